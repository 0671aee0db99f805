/*
 * sign: private RSA keys and the bare signature of IKEv1 (RFC 2409 section 5.1, RFC 8017
 * section 8.2 without the DigestInfo of 9.2). Called by the program that holds the key. Never
 * prints a key.
 */
#include "sign_i.h"

#include <openssl/bio.h>
#include <openssl/decoder.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <stdlib.h>
#include <string.h>

#include "libcrypto.h"

struct sign_key *sign_key_of(EVP_PKEY *pkey, const char **why)
{
	struct sign_key *key = NULL;
	int bits = EVP_PKEY_get_bits(pkey);

	if (!EVP_PKEY_is_a(pkey, "RSA"))
		*why = "the private key is no RSA key, which IKEv1 wants here";
	else if (bits < SIGN_RSA_BITS_MIN)
		*why = "the RSA key has less than 1024 bits: make one of 2048 or more";
	else if (bits > SIGN_RSA_BITS_MAX)
		*why = "the RSA key has more than 8192 bits: make one of 2048 to 8192";
	else if (!(key = calloc(1, sizeof(*key))))
		*why = "no memory";
	if (!key) {
		EVP_PKEY_free(pkey);
		return NULL;
	}
	key->pkey = pkey;
	return key;
}

struct password {
	struct bytes text;
	bool asked;
};

static int give_password(char *buf, int size, int writing, void *arg)
{
	struct password *p = arg;

	(void)writing;
	p->asked = true;
	if (p->text.len > (size_t)size)
		return -1;
	if (p->text.len)
		memcpy(buf, p->text.p, p->text.len);
	return (int)p->text.len;
}

static EVP_PKEY *read_key(struct bytes file, struct password *password)
{
	const struct libcrypto *l = libcrypto();
	BIO *bio = l ? BIO_new_mem_buf(file.p, (int)file.len) : NULL;
	const uint8_t *p = file.p;
	EVP_PKEY *pkey = NULL;

	if (!bio)
		return NULL;
	pkey = PEM_read_bio_PrivateKey_ex(bio, NULL, give_password, password, l->ctx, NULL);
	if (!pkey && file.len && file.p[0] == 0x30)
		pkey = d2i_AutoPrivateKey_ex(NULL, &p, (long)file.len, l->ctx, NULL);
	BIO_free(bio);
	return pkey;
}

struct sign_key *sign_key_load(struct bytes file, struct bytes password, const char **why)
{
	struct password pw = {.text = password};
	EVP_PKEY *pkey = file.len && file.len <= SIGN_FILE_MAX ? read_key(file, &pw) : NULL;

	libcrypto_forget_errors();
	if (pkey)
		return sign_key_of(pkey, why);
	*why = !pw.asked      ? "there is no private key in it"
	       : password.len ? "the password is not the private key's"
			      : "the private key is encrypted: its password is needed";
	return NULL;
}

void sign_key_free(struct sign_key *key)
{
	if (!key)
		return;
	EVP_PKEY_free(key->pkey);
	free(key);
}

unsigned sign_key_bits(const struct sign_key *key)
{
	return (unsigned)EVP_PKEY_get_bits(key->pkey);
}

size_t sign_bare(const struct sign_key *key, struct bytes digest, uint8_t out[SIGN_MAX])
{
	const struct libcrypto *l = libcrypto();
	EVP_PKEY_CTX *ctx = l ? EVP_PKEY_CTX_new_from_pkey(l->ctx, key->pkey, NULL) : NULL;
	size_t len = SIGN_MAX;
	bool ok = ctx && digest.len >= 16 && digest.len <= PRIM_HASH_MAX &&
		  EVP_PKEY_sign_init(ctx) == 1 &&
		  EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_PADDING) == 1 &&
		  EVP_PKEY_sign(ctx, out, &len, digest.p, digest.len) == 1;

	EVP_PKEY_CTX_free(ctx);
	libcrypto_forget_errors();
	if (ok)
		return len;
	memset(out, 0, SIGN_MAX);
	return 0;
}
