/*
 * HMAC (RFC 2104) for ESP over libcrypto: MD5 (RFC 2403), SHA-1 (RFC 2404), SHA-256,
 * -384 and -512 (RFC 4868).
 *
 * It continues copies of two precomputed hash states. Nothing is allocated for a
 * packet: that is why the hashes are the low-level ones of libcrypto, whose state is
 * a plain struct; an EVP digest context is copied through the heap in OpenSSL 3. The
 * same states are what ipsec-mb wants.
 *
 * Called by: burst.c (keys), burst_openssl.c (packets).
 */
#define OPENSSL_SUPPRESS_DEPRECATED
#include <string.h>

#include <openssl/md5.h>
#include <openssl/sha.h>

#include "base/secret.h"
#include "burst_impl.h"

#define BLOCK_32  64  /* octets of a block: MD5, SHA-1, SHA-256 */
#define BLOCK_64  128 /* SHA-384, SHA-512 */
#define BLOCK_MAX BLOCK_64

/* One hash: the state after a first block, and a digest that goes on from such a state. */
struct hash {
	size_t block, digest;
	void (*first)(const uint8_t *block, union hash_state *out);
	void (*go_on)(const union hash_state *from, const uint8_t *p, size_t len, uint8_t *out);
};

static void md5_first(const uint8_t *block, union hash_state *out)
{
	MD5_CTX c;

	MD5_Init(&c);
	MD5_Update(&c, block, BLOCK_32);
	out->w32[0] = c.A;
	out->w32[1] = c.B;
	out->w32[2] = c.C;
	out->w32[3] = c.D;
	secret_zero(&c, sizeof(c));
}

static void md5_go_on(const union hash_state *from, const uint8_t *p, size_t len, uint8_t *out)
{
	MD5_CTX c = {.A = from->w32[0], .B = from->w32[1], .C = from->w32[2], .D = from->w32[3]};

	c.Nl = 8 * BLOCK_32;
	MD5_Update(&c, p, len);
	MD5_Final(out, &c);
}

static void sha1_first(const uint8_t *block, union hash_state *out)
{
	SHA_CTX c;

	SHA1_Init(&c);
	SHA1_Update(&c, block, BLOCK_32);
	out->w32[0] = c.h0;
	out->w32[1] = c.h1;
	out->w32[2] = c.h2;
	out->w32[3] = c.h3;
	out->w32[4] = c.h4;
	secret_zero(&c, sizeof(c));
}

static void sha1_go_on(const union hash_state *from, const uint8_t *p, size_t len, uint8_t *out)
{
	SHA_CTX c;

	c.h0 = from->w32[0];
	c.h1 = from->w32[1];
	c.h2 = from->w32[2];
	c.h3 = from->w32[3];
	c.h4 = from->w32[4];
	c.Nl = 8 * BLOCK_32;
	c.Nh = 0;
	c.num = 0;
	SHA1_Update(&c, p, len);
	SHA1_Final(out, &c);
}

static void sha256_first(const uint8_t *block, union hash_state *out)
{
	SHA256_CTX c;

	SHA256_Init(&c);
	SHA256_Update(&c, block, BLOCK_32);
	memcpy(out->w32, c.h, sizeof(c.h));
	secret_zero(&c, sizeof(c));
}

static void sha256_go_on(const union hash_state *from, const uint8_t *p, size_t len, uint8_t *out)
{
	SHA256_CTX c;

	memcpy(c.h, from->w32, sizeof(c.h));
	c.Nl = 8 * BLOCK_32;
	c.Nh = 0;
	c.num = 0;
	c.md_len = SHA256_DIGEST_LENGTH;
	SHA256_Update(&c, p, len);
	SHA256_Final(out, &c);
}

static void sha384_first(const uint8_t *block, union hash_state *out)
{
	SHA512_CTX c;

	SHA384_Init(&c);
	SHA384_Update(&c, block, BLOCK_64);
	memcpy(out->w64, c.h, sizeof(c.h));
	secret_zero(&c, sizeof(c));
}

static void sha512_first(const uint8_t *block, union hash_state *out)
{
	SHA512_CTX c;

	SHA512_Init(&c);
	SHA512_Update(&c, block, BLOCK_64);
	memcpy(out->w64, c.h, sizeof(c.h));
	secret_zero(&c, sizeof(c));
}

static void sha512_from(SHA512_CTX *c, const union hash_state *from, unsigned digest)
{
	memcpy(c->h, from->w64, sizeof(c->h));
	c->Nl = 8 * BLOCK_64;
	c->Nh = 0;
	c->num = 0;
	c->md_len = digest;
}

static void sha384_go_on(const union hash_state *from, const uint8_t *p, size_t len, uint8_t *out)
{
	SHA512_CTX c;

	sha512_from(&c, from, SHA384_DIGEST_LENGTH);
	SHA384_Update(&c, p, len);
	SHA384_Final(out, &c);
}

static void sha512_go_on(const union hash_state *from, const uint8_t *p, size_t len, uint8_t *out)
{
	SHA512_CTX c;

	sha512_from(&c, from, SHA512_DIGEST_LENGTH);
	SHA512_Update(&c, p, len);
	SHA512_Final(out, &c);
}

static const struct hash sha256 = {BLOCK_32, 32, sha256_first, sha256_go_on};
static const struct hash hashes[] = {
	[BURST_HMAC_SHA1_96] = {BLOCK_32, 20, sha1_first, sha1_go_on},
	[BURST_HMAC_SHA384_192] = {BLOCK_64, 48, sha384_first, sha384_go_on},
	[BURST_HMAC_SHA512_256] = {BLOCK_64, 64, sha512_first, sha512_go_on},
	[BURST_HMAC_MD5_96] = {BLOCK_32, 16, md5_first, md5_go_on},
};

static const struct hash *hash_of(const struct burst_sa *sa)
{
	enum burst_auth auth = sa->alg.auth;

	return auth == BURST_HMAC_SHA256_128 || auth == BURST_HMAC_SHA256_96 ? &sha256
									     : &hashes[auth];
}

void burst_hmac_init(struct burst_sa *sa, const uint8_t *auth_key)
{
	size_t key_len = burst_auth_key_len(sa->alg.auth);
	uint8_t pads[2][BLOCK_MAX];

	if (sa->alg.auth == BURST_AUTH_NONE)
		return;
	memset(pads[0], 0x36, BLOCK_MAX);
	memset(pads[1], 0x5c, BLOCK_MAX);
	for (size_t i = 0; i < key_len; i++) {
		pads[0][i] ^= auth_key[i];
		pads[1][i] ^= auth_key[i];
	}
	hash_of(sa)->first(pads[0], &sa->inner);
	hash_of(sa)->first(pads[1], &sa->outer);
	secret_zero(pads, sizeof(pads));
}

void burst_hmac(const struct burst_sa *sa, const uint8_t *p, size_t len,
		uint8_t out[BURST_AUTH_KEY_MAX])
{
	const struct hash *h = hash_of(sa);

	h->go_on(&sa->inner, p, len, out);
	h->go_on(&sa->outer, out, h->digest, out);
}
