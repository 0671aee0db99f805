/*
 * Block ciphers in CBC (RFC 3602, 2451, 2405) of prim.h with the weak keys of DES (RFC
 * 2409 appendix A), and the single DES of MS-CHAP (des.h).
 *
 * Called by: ike (messages, keys), burst.c (weak keys), mschap.c. The ESP path uses burst.
 */
#include <limits.h>
#include <string.h>

#include <openssl/err.h>

#include "crypto/prim.h"
#include "des.h"
#include "libcrypto.h"

#define DES_BLOCK 8
#define DES_KEY   8
#define DES3_KEY  24

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

size_t prim_cbc_block_len(enum prim_cipher c)
{
	return c == PRIM_AES_CBC ? 16 : DES_BLOCK;
}

/* 3DES with K1 = K2 = K3 is E(D(E(x))) = E(x): single DES out of the default
 * provider, where single DES itself is only in the legacy one. */
static void triple_of(const uint8_t key[DES_KEY], uint8_t triple[DES3_KEY])
{
	for (unsigned i = 0; i < DES3_KEY; i += DES_KEY)
		memcpy(triple + i, key, DES_KEY);
}

/* The cipher, and in *key what it takes; NULL when the key length is not one of its. */
static const EVP_CIPHER *cbc_of(enum prim_cipher c, const uint8_t **key, size_t key_len,
				uint8_t triple[DES3_KEY])
{
	const struct libcrypto *l = libcrypto();

	if (c == PRIM_AES_CBC)
		return libcrypto_aes_cbc(key_len);
	if (!l || key_len != (c == PRIM_DES_CBC ? DES_KEY : DES3_KEY))
		return NULL;
	if (c == PRIM_DES_CBC) {
		triple_of(*key, triple);
		*key = triple;
	}
	return l->des_ede3_cbc;
}

static bool cbc(enum prim_cipher c, int direction, const uint8_t *key, size_t key_len,
		const uint8_t *iv, uint8_t *data, size_t len)
{
	uint8_t triple[DES3_KEY];
	const EVP_CIPHER *cipher = cbc_of(c, &key, key_len, triple);
	bool ok = cipher && len % prim_cbc_block_len(c) == 0 && len <= INT_MAX &&
		  (len == 0 || run(cipher, direction, key, iv, data, data, (int)len));

	secret_zero(triple, sizeof(triple));
	if (!ok)
		secret_zero(data, len);
	return ok;
}

bool prim_cbc_encrypt(enum prim_cipher c, const uint8_t *key, size_t key_len, const uint8_t *iv,
		      uint8_t *data, size_t len)
{
	return cbc(c, ENCRYPT, key, key_len, iv, data, len);
}

bool prim_cbc_decrypt(enum prim_cipher c, const uint8_t *key, size_t key_len, const uint8_t *iv,
		      uint8_t *data, size_t len)
{
	return cbc(c, DECRYPT, key, key_len, iv, data, len);
}

/* RFC 2409 appendix A, without the parity bits. */
static bool des_weak(const uint8_t key[DES_KEY])
{
	static const uint8_t weak[][DES_KEY] = {
		{0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00},
		{0xfe, 0xfe, 0xfe, 0xfe, 0xfe, 0xfe, 0xfe, 0xfe},
		{0x1e, 0x1e, 0x1e, 0x1e, 0x0e, 0x0e, 0x0e, 0x0e},
		{0xe0, 0xe0, 0xe0, 0xe0, 0xf0, 0xf0, 0xf0, 0xf0},
		{0x00, 0xfe, 0x00, 0xfe, 0x00, 0xfe, 0x00, 0xfe},
		{0xfe, 0x00, 0xfe, 0x00, 0xfe, 0x00, 0xfe, 0x00},
		{0x1e, 0xe0, 0x1e, 0xe0, 0x0e, 0xf0, 0x0e, 0xf0},
		{0xe0, 0x1e, 0xe0, 0x1e, 0xf0, 0x0e, 0xf0, 0x0e},
		{0x00, 0xe0, 0x00, 0xe0, 0x00, 0xf0, 0x00, 0xf0},
		{0xe0, 0x00, 0xe0, 0x00, 0xf0, 0x00, 0xf0, 0x00},
		{0x1e, 0xfe, 0x1e, 0xfe, 0x0e, 0xfe, 0x0e, 0xfe},
		{0xfe, 0x1e, 0xfe, 0x1e, 0xfe, 0x0e, 0xfe, 0x0e},
		{0x00, 0x1e, 0x00, 0x1e, 0x00, 0x0e, 0x00, 0x0e},
		{0x1e, 0x00, 0x1e, 0x00, 0x0e, 0x00, 0x0e, 0x00},
		{0xe0, 0xfe, 0xe0, 0xfe, 0xf0, 0xfe, 0xf0, 0xfe},
		{0xfe, 0xe0, 0xfe, 0xe0, 0xfe, 0xf0, 0xfe, 0xf0},
	};
	unsigned found = 0;

	for (size_t i = 0; i < sizeof(weak) / sizeof(weak[0]); i++) {
		unsigned differs = 0;

		for (unsigned k = 0; k < DES_KEY; k++)
			differs |= (key[k] ^ weak[i][k]) & 0xfeu;
		found |= !differs;
	}
	return found;
}

static bool des_same(const uint8_t *a, const uint8_t *b)
{
	unsigned differs = 0;

	for (unsigned k = 0; k < DES_KEY; k++)
		differs |= (a[k] ^ b[k]) & 0xfeu;
	return !differs;
}

bool prim_cbc_key_weak(enum prim_cipher c, const uint8_t *key)
{
	if (c == PRIM_AES_CBC)
		return false;
	if (c == PRIM_DES_CBC)
		return des_weak(key);
	return des_same(key, key + DES_KEY) || des_same(key + DES_KEY, key + 2 * DES_KEY) ||
	       des_weak(key) || des_weak(key + DES_KEY) || des_weak(key + 2 * DES_KEY);
}

bool des_encrypt_block(const uint8_t key[8], const uint8_t in[8], uint8_t out[8])
{
	const struct libcrypto *l = libcrypto();
	uint8_t triple[DES3_KEY];
	bool ok;

	triple_of(key, triple);
	ok = l && run(l->des_ede3, ENCRYPT, triple, NULL, in, out, DES_BLOCK);
	secret_zero(triple, sizeof(triple));
	if (!ok)
		secret_zero(out, DES_BLOCK);
	return ok;
}
