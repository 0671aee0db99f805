/*
 * iv_source: AES-256 in counter mode with its key replaced at each filling. Called by the
 * workers of dataplane (RFC 3602 section 3: an IV that nobody can predict). Never asks the
 * system for randomness: the caller seeds it.
 */
#include "crypto/iv_source.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>

#include "base/secret.h"
#include "libcrypto.h"

struct iv_source {
	EVP_CIPHER *aes;
	EVP_CIPHER_CTX *ctx;
	bool seeded;
	uint8_t key[IV_SOURCE_SEED];
};

struct iv_source *iv_source_new(void)
{
	const struct libcrypto *l = libcrypto();
	struct iv_source *s = calloc(1, sizeof(*s));

	if (!l || !s) {
		free(s);
		return NULL;
	}
	s->aes = EVP_CIPHER_fetch(l->ctx, "AES-256-CTR", NULL);
	s->ctx = EVP_CIPHER_CTX_new();
	if (s->aes && s->ctx)
		return s;
	ERR_clear_error();
	iv_source_free(s);
	return NULL;
}

void iv_source_free(struct iv_source *s)
{
	if (!s)
		return;
	EVP_CIPHER_CTX_free(s->ctx);
	EVP_CIPHER_free(s->aes);
	secret_zero(s, sizeof(*s));
	free(s);
}

void iv_source_seed(struct iv_source *s, const uint8_t *seed)
{
	for (size_t i = 0; i < sizeof(s->key); i++)
		s->key[i] ^= seed[i];
	s->seeded = true;
}

/* The key stream's next octets. */
static bool stream(EVP_CIPHER_CTX *ctx, uint8_t *out, size_t len)
{
	int n = 0;

	memset(out, 0, len);
	return EVP_EncryptUpdate(ctx, out, &n, out, (int)len) == 1 && (size_t)n == len;
}

bool iv_source_fill(struct iv_source *s, void *out, size_t len)
{
	static const uint8_t zero[16];

	if (!s->seeded || len > INT_MAX)
		return false;
	if (EVP_EncryptInit_ex2(s->ctx, s->aes, s->key, zero, NULL) == 1 &&
	    stream(s->ctx, s->key, sizeof(s->key)) && stream(s->ctx, out, len))
		return true;
	ERR_clear_error();
	s->seeded = false;
	return false;
}
