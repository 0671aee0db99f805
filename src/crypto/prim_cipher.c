/*
 * AES-CBC (RFC 3602) of prim.h, and the single DES of MS-CHAP (des.h).
 *
 * Called by: ike (messages, key wrapping), mschap.c. The ESP path uses burst.
 */
#include <limits.h>
#include <string.h>

#include <openssl/err.h>

#include "crypto/prim.h"
#include "des.h"
#include "libcrypto.h"

#define AES_BLOCK 16

enum { DECRYPT = 0, ENCRYPT = 1 };

/* len is whole blocks of the cipher; no padding is added or taken off. */
static bool run(const EVP_CIPHER *cipher, int direction, const uint8_t *key, const uint8_t *iv,
		const uint8_t *in, uint8_t *out, int len)
{
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	int n = 0;
	bool ok = ctx && EVP_CipherInit_ex2(ctx, cipher, key, iv, direction, NULL) == 1 &&
		  EVP_CIPHER_CTX_set_padding(ctx, 0) == 1 &&
		  EVP_CipherUpdate(ctx, out, &n, in, len) == 1 && n == len;

	EVP_CIPHER_CTX_free(ctx);
	if (!ok)
		ERR_clear_error();
	return ok;
}

static bool aes_cbc(int direction, const uint8_t *key, size_t key_len, const uint8_t iv[16],
		    uint8_t *data, size_t len)
{
	const EVP_CIPHER *cipher = libcrypto_aes_cbc(key_len);

	if (cipher && len % AES_BLOCK == 0 && len <= INT_MAX &&
	    (len == 0 || run(cipher, direction, key, iv, data, data, (int)len)))
		return true;
	secret_zero(data, len);
	return false;
}

bool prim_aes_cbc_encrypt(const uint8_t *key, size_t key_len, const uint8_t iv[16], uint8_t *data,
			  size_t len)
{
	return aes_cbc(ENCRYPT, key, key_len, iv, data, len);
}

bool prim_aes_cbc_decrypt(const uint8_t *key, size_t key_len, const uint8_t iv[16], uint8_t *data,
			  size_t len)
{
	return aes_cbc(DECRYPT, key, key_len, iv, data, len);
}

/* 3DES with K1 = K2 = K3 is E(D(E(x))) = E(x): single DES out of the default
 * provider, where single DES itself is only in the legacy one. */
bool des_encrypt_block(const uint8_t key[8], const uint8_t in[8], uint8_t out[8])
{
	const struct libcrypto *l = libcrypto();
	uint8_t triple[24];
	bool ok;

	for (unsigned i = 0; i < 3; i++)
		memcpy(triple + 8 * i, key, 8);
	ok = l && run(l->des_ede3, ENCRYPT, triple, NULL, in, out, 8);
	secret_zero(triple, sizeof(triple));
	if (!ok)
		secret_zero(out, 8);
	return ok;
}
