/*
 * burst over libcrypto: ESP with AES-CBC and HMAC (RFC 4303, 3602, 2404, 4868), one
 * packet at a time.
 *
 * The cipher is an EVP context keyed once for the SA; a packet only sets its IV.
 * The HMAC continues copies of two precomputed hash states. Nothing is allocated
 * for a packet: that is why the hash is the low-level SHA of libcrypto, whose state
 * is a plain struct; an EVP digest context is copied through the heap in OpenSSL 3.
 *
 * Called by: burst.c.
 */
#define OPENSSL_SUPPRESS_DEPRECATED
#include <string.h>

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/sha.h>

#include "base/secret.h"
#include "burst_impl.h"
#include "libcrypto.h"

#define HMAC_BLOCK      64 /* both hashes */
#define HMAC_BLOCK_BITS (8 * HMAC_BLOCK)

bool burst_openssl_available(void)
{
	return libcrypto();
}

/* Both hashes keep their state as native words at the front, in the order of FIPS 180. */
static void sha1_after_block(const uint8_t block[HMAC_BLOCK], uint32_t state[HASH_WORDS_MAX])
{
	SHA_CTX c;

	SHA1_Init(&c);
	SHA1_Update(&c, block, HMAC_BLOCK);
	state[0] = c.h0;
	state[1] = c.h1;
	state[2] = c.h2;
	state[3] = c.h3;
	state[4] = c.h4;
	secret_zero(&c, sizeof(c));
}

static void sha256_after_block(const uint8_t block[HMAC_BLOCK], uint32_t state[HASH_WORDS_MAX])
{
	SHA256_CTX c;

	SHA256_Init(&c);
	SHA256_Update(&c, block, HMAC_BLOCK);
	memcpy(state, c.h, sizeof(c.h));
	secret_zero(&c, sizeof(c));
}

static void hmac_states(struct burst_sa *sa, const uint8_t *auth_key)
{
	size_t key_len = burst_auth_key_len(sa->alg.auth);
	uint8_t pads[2][HMAC_BLOCK];
	uint32_t *states[2] = {sa->inner, sa->outer};

	memset(pads[0], 0x36, HMAC_BLOCK);
	memset(pads[1], 0x5c, HMAC_BLOCK);
	for (unsigned i = 0; i < 2; i++) {
		for (size_t k = 0; k < key_len; k++)
			pads[i][k] ^= auth_key[k];
		if (sa->alg.auth == BURST_HMAC_SHA1_96)
			sha1_after_block(pads[i], states[i]);
		else
			sha256_after_block(pads[i], states[i]);
	}
	secret_zero(pads, sizeof(pads));
}

bool burst_openssl_sa_init(struct burst_sa *sa, const uint8_t *enc_key, const uint8_t *auth_key)
{
	const EVP_CIPHER *cipher = libcrypto_aes_cbc(sa->alg.key_len);
	EVP_CIPHER_CTX *ctx = cipher ? EVP_CIPHER_CTX_new() : NULL;

	if (!ctx ||
	    EVP_CipherInit_ex2(ctx, cipher, enc_key, NULL, sa->dir == BURST_SEAL, NULL) != 1 ||
	    EVP_CIPHER_CTX_set_padding(ctx, 0) != 1) {
		EVP_CIPHER_CTX_free(ctx);
		ERR_clear_error();
		return false;
	}
	sa->cipher = ctx;
	hmac_states(sa, auth_key);
	return true;
}

void burst_openssl_sa_end(struct burst_sa *sa)
{
	EVP_CIPHER_CTX_free(sa->cipher);
	sa->cipher = NULL;
}

static void sha1_from(SHA_CTX *c, const uint32_t state[HASH_WORDS_MAX])
{
	c->h0 = state[0];
	c->h1 = state[1];
	c->h2 = state[2];
	c->h3 = state[3];
	c->h4 = state[4];
	c->Nl = HMAC_BLOCK_BITS;
	c->Nh = 0;
	c->num = 0;
}

static void hmac_sha1(const struct burst_sa *sa, const uint8_t *p, size_t len, uint8_t *icv)
{
	uint8_t md[SHA_DIGEST_LENGTH];
	SHA_CTX c;

	sha1_from(&c, sa->inner);
	SHA1_Update(&c, p, len);
	SHA1_Final(md, &c);
	sha1_from(&c, sa->outer);
	SHA1_Update(&c, md, sizeof(md));
	SHA1_Final(md, &c);
	memcpy(icv, md, 12);
}

static void sha256_from(SHA256_CTX *c, const uint32_t state[HASH_WORDS_MAX])
{
	memcpy(c->h, state, sizeof(c->h));
	c->Nl = HMAC_BLOCK_BITS;
	c->Nh = 0;
	c->num = 0;
	c->md_len = SHA256_DIGEST_LENGTH;
}

static void hmac_sha256(const struct burst_sa *sa, const uint8_t *p, size_t len, uint8_t *icv)
{
	uint8_t md[SHA256_DIGEST_LENGTH];
	SHA256_CTX c;

	sha256_from(&c, sa->inner);
	SHA256_Update(&c, p, len);
	SHA256_Final(md, &c);
	sha256_from(&c, sa->outer);
	SHA256_Update(&c, md, sizeof(md));
	SHA256_Final(md, &c);
	memcpy(icv, md, 16);
}

static void put_icv(const struct burst_job *job, uint8_t *icv)
{
	if (job->sa->alg.auth == BURST_HMAC_SHA1_96)
		hmac_sha1(job->sa, job->esp, job->len, icv);
	else
		hmac_sha256(job->sa, job->esp, job->len, icv);
}

static bool run_cipher(const struct burst_job *job)
{
	EVP_CIPHER_CTX *ctx = job->sa->cipher;
	uint8_t *iv = job->esp + ESP_HEADER_LEN, *text = iv + AES_BLOCK;
	int len = (int)(job->len - ESP_HEADER_LEN - AES_BLOCK), n = 0;

	if (EVP_CipherInit_ex(ctx, NULL, NULL, NULL, iv, -1) == 1 &&
	    EVP_CipherUpdate(ctx, text, &n, text, len) == 1 && n == len)
		return true;
	ERR_clear_error();
	return false;
}

void burst_openssl_seal(struct burst_job *const *jobs, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct burst_job *job = jobs[i];

		job->ok = run_cipher(job);
		if (job->ok)
			put_icv(job, job->esp + job->len);
	}
}

void burst_openssl_open(struct burst_job *const *jobs, size_t n)
{
	uint8_t icv[ICV_MAX];

	for (size_t i = 0; i < n; i++) {
		struct burst_job *job = jobs[i];

		put_icv(job, icv);
		job->ok = secret_eq(icv, job->esp + job->len, burst_icv_len(&job->sa->alg)) &&
			  run_cipher(job);
	}
}
