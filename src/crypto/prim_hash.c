/*
 * Digests, HMAC (RFC 2104) and PBKDF2 (RFC 8018 section 5.2) of prim.h.
 *
 * HMAC is built here from the digest so that every enum prim_hash has it, MD4
 * included, in one way.
 *
 * Called by: ike (key material, hashes), ppp and aaa (CHAP, MS-CHAP, RADIUS).
 */
#include <string.h>

#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/kdf.h>
#include <openssl/params.h>

#include "crypto/prim.h"
#include "libcrypto.h"
#include "md4.h"

#define HMAC_BLOCK_MAX 128
#define PBKDF2_OUT_MAX 64

struct digest {
	enum prim_hash h;
	EVP_MD_CTX *evp; /* all but MD4 */
	struct md4 md4;
};

size_t prim_hash_len(enum prim_hash h)
{
	static const uint8_t len[] = {
		[PRIM_MD4] = 16,    [PRIM_MD5] = 16,    [PRIM_SHA1] = 20,
		[PRIM_SHA256] = 32, [PRIM_SHA384] = 48, [PRIM_SHA512] = 64,
	};

	return len[h];
}

static size_t block_len(enum prim_hash h)
{
	return h >= PRIM_SHA384 ? 128 : 64;
}

static bool digest_open(struct digest *d, enum prim_hash h)
{
	const struct libcrypto *l = libcrypto();

	*d = (struct digest){.h = h};
	if (h == PRIM_MD4)
		return true;
	d->evp = l ? EVP_MD_CTX_new() : NULL;
	return d->evp;
}

static bool digest_begin(struct digest *d)
{
	if (d->h != PRIM_MD4)
		return EVP_DigestInit_ex2(d->evp, libcrypto()->md[d->h], NULL) == 1;
	md4_begin(&d->md4);
	return true;
}

static bool digest_add(struct digest *d, const uint8_t *p, size_t len)
{
	if (len == 0)
		return true;
	if (d->h != PRIM_MD4)
		return EVP_DigestUpdate(d->evp, p, len) == 1;
	md4_add(&d->md4, p, len);
	return true;
}

static bool digest_end(struct digest *d, uint8_t *out)
{
	if (d->h != PRIM_MD4)
		return EVP_DigestFinal_ex(d->evp, out, NULL) == 1;
	md4_end(&d->md4, out);
	return true;
}

/* EVP_MD_CTX_free() wipes what the digest saw. */
static bool digest_close(struct digest *d, bool ok, uint8_t *out)
{
	EVP_MD_CTX_free(d->evp);
	secret_zero(&d->md4, sizeof(d->md4));
	if (!ok) {
		secret_zero(out, prim_hash_len(d->h));
		ERR_clear_error();
	}
	return ok;
}

/* One whole digest: a leading run, then the parts. */
static bool digest_of(struct digest *d, struct bytes lead, const struct bytes *parts, size_t n,
		      uint8_t *out)
{
	bool ok = digest_begin(d) && digest_add(d, lead.p, lead.len);

	for (size_t i = 0; ok && i < n; i++)
		ok = digest_add(d, parts[i].p, parts[i].len);
	return ok && digest_end(d, out);
}

bool prim_hash(enum prim_hash h, const struct bytes *parts, size_t n, uint8_t *out)
{
	struct digest d;
	bool ok = digest_open(&d, h) && digest_of(&d, (struct bytes){NULL, 0}, parts, n, out);

	return digest_close(&d, ok, out);
}

/* RFC 2104 section 2: K as a whole block; a longer key is hashed first. */
static bool hmac_key_block(struct digest *d, struct bytes key, uint8_t block[HMAC_BLOCK_MAX])
{
	memset(block, 0, HMAC_BLOCK_MAX);
	if (key.len > block_len(d->h))
		return digest_of(d, key, NULL, 0, block);
	if (key.len)
		memcpy(block, key.p, key.len);
	return true;
}

static void xor_block(uint8_t block[HMAC_BLOCK_MAX], uint8_t with)
{
	for (size_t i = 0; i < HMAC_BLOCK_MAX; i++)
		block[i] ^= with;
}

bool prim_hmac(enum prim_hash h, struct bytes key, const struct bytes *parts, size_t n,
	       uint8_t *out)
{
	uint8_t pad[HMAC_BLOCK_MAX], inner[PRIM_HASH_MAX];
	struct bytes lead = {pad, block_len(h)}, second = {inner, prim_hash_len(h)};
	struct digest d;
	bool ok = digest_open(&d, h) && hmac_key_block(&d, key, pad);

	if (ok) {
		xor_block(pad, 0x36);
		ok = digest_of(&d, lead, parts, n, inner);
	}
	if (ok) {
		xor_block(pad, 0x36 ^ 0x5c);
		ok = digest_of(&d, lead, &second, 1, out);
	}
	secret_zero(pad, sizeof(pad));
	secret_zero(inner, sizeof(inner));
	return digest_close(&d, ok, out);
}

static bool pbkdf2(EVP_KDF_CTX *ctx, struct bytes password, struct bytes salt, uint32_t iterations,
		   uint8_t *out, size_t out_len)
{
	static char digest_name[] = "SHA2-512";
	static const uint8_t nothing[1];
	int pkcs5 = 1; /* RFC 8018's bounds, not those of SP 800-132 */
	OSSL_PARAM params[] = {
		OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, digest_name, 0),
		OSSL_PARAM_construct_octet_string(
			OSSL_KDF_PARAM_PASSWORD,
			(void *)(uintptr_t)(password.len ? password.p : nothing), password.len),
		OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_SALT,
						  (void *)(uintptr_t)(salt.len ? salt.p : nothing),
						  salt.len),
		OSSL_PARAM_construct_uint32(OSSL_KDF_PARAM_ITER, &iterations),
		OSSL_PARAM_construct_int(OSSL_KDF_PARAM_PKCS5, &pkcs5),
		OSSL_PARAM_construct_end(),
	};

	return EVP_KDF_derive(ctx, out, out_len, params) == 1;
}

bool prim_pbkdf2(struct bytes password, struct bytes salt, uint32_t iterations, uint8_t *out,
		 size_t out_len)
{
	const struct libcrypto *l = libcrypto();
	EVP_KDF_CTX *ctx = l ? EVP_KDF_CTX_new(l->pbkdf2) : NULL;
	bool ok = ctx && iterations && out_len && out_len <= PBKDF2_OUT_MAX &&
		  pbkdf2(ctx, password, salt, iterations, out, out_len);

	EVP_KDF_CTX_free(ctx);
	if (!ok) {
		secret_zero(out, out_len);
		ERR_clear_error();
	}
	return ok;
}
