/*
 * keymat: SKEYID and its children, cipher key, IVs and KEYMAT (RFC 2409 section
 * 5, 5.5 and appendix B; checked against NIST SP 800-135 vectors). Called by
 * psk, main, quick and cipher. Never keeps a copy of what it is given.
 */
#include "keymat.h"

static struct bytes of(const uint8_t *p, size_t len)
{
	return (struct bytes){p, len};
}

bool keymat_skeyid_psk(struct keymat *k, struct bytes psk, struct bytes ni, struct bytes nr)
{
	const struct bytes parts[] = {ni, nr};

	return prim_hmac(k->hash, psk, parts, 2, k->skeyid);
}

bool keymat_skeyid_signature(struct keymat *k, struct bytes g_xy, struct bytes ni, struct bytes nr)
{
	uint8_t nonces[2 * IKE_NONCE_MAX];
	struct wr w = wr_of(nonces, sizeof(nonces));

	wr_bytes(&w, ni);
	wr_bytes(&w, nr);
	return wr_ok(&w) && prim_hmac(k->hash, wr_done(&w), &g_xy, 1, k->skeyid);
}

/* SKEYID_x = prf(SKEYID, [previous |] g^xy | CKY-I | CKY-R | number) */
static bool skeyid_child(const struct keymat *k, const struct keymat_seed *s,
			 const uint8_t *previous, uint8_t number, uint8_t *out)
{
	const struct bytes parts[] = {of(previous, previous ? k->hash_len : 0), s->g_xy, s->cky_i,
				      s->cky_r, of(&number, 1)};

	return prim_hmac(k->hash, of(k->skeyid, k->hash_len), parts, 5, out);
}

/* Appendix B: the first eight octets of SKEYID_e that are no weak or semi-weak key. */
static bool des_key(struct keymat *k)
{
	for (size_t at = 0; at + k->key_len <= k->hash_len; at += k->key_len) {
		memcpy(k->enc_key, k->e + at, k->key_len);
		if (!prim_cbc_key_weak(PRIM_DES_CBC, k->enc_key))
			return true;
	}
	return false;
}

/* Appendix B: a key longer than SKEYID_e is Ka = prf(SKEYID_e, 0), K1 | K2 ... */
static bool long_key(struct keymat *k)
{
	static const uint8_t zero = 0;
	uint8_t ka[PRIM_HASH_MAX], next[PRIM_HASH_MAX];
	struct bytes part = of(&zero, 1);
	bool ok = true;

	for (size_t got = 0; got < k->key_len && ok; got += k->hash_len) {
		size_t n = (size_t)k->key_len - got;

		ok = prim_hmac(k->hash, of(k->e, k->hash_len), &part, 1, next);
		memcpy(ka, next, k->hash_len);
		memcpy(k->enc_key + got, ka, n < k->hash_len ? n : k->hash_len);
		part = of(ka, k->hash_len);
	}
	secret_zero(ka, sizeof(ka));
	secret_zero(next, sizeof(next));
	return ok;
}

bool keymat_cipher_key(struct keymat *k)
{
	if (k->cipher == PRIM_DES_CBC)
		return des_key(k);
	if (k->key_len > k->hash_len && !long_key(k))
		return false;
	if (k->key_len <= k->hash_len)
		memcpy(k->enc_key, k->e, k->key_len);
	return !prim_cbc_key_weak(k->cipher, k->enc_key);
}

bool keymat_derive(struct keymat *k, const struct keymat_seed *s)
{
	return skeyid_child(k, s, NULL, 0, k->d) && skeyid_child(k, s, k->d, 1, k->a) &&
	       skeyid_child(k, s, k->a, 2, k->e) && keymat_cipher_key(k);
}

static bool iv_of(const struct keymat *k, struct bytes a, struct bytes b, uint8_t iv[IKE_BLOCK])
{
	const struct bytes parts[] = {a, b};
	uint8_t digest[PRIM_HASH_MAX];

	if (!prim_hash(k->hash, parts, 2, digest))
		return false;
	memset(iv, 0, IKE_BLOCK);
	memcpy(iv, digest, prim_cbc_block_len(k->cipher));
	return true;
}

bool keymat_iv(const struct keymat *k, struct bytes gxi, struct bytes gxr, uint8_t iv[IKE_BLOCK])
{
	return iv_of(k, gxi, gxr, iv);
}

bool keymat_iv_phase2(const struct keymat *k, const uint8_t last[IKE_BLOCK], uint32_t mid,
		      uint8_t iv[IKE_BLOCK])
{
	uint8_t id[4];
	struct wr w = wr_of(id, sizeof(id));

	wr_u32(&w, mid);
	return iv_of(k, of(last, prim_cbc_block_len(k->cipher)), of(id, sizeof(id)), iv);
}

bool keymat_auth_hash(const struct keymat *k, const struct bytes parts[6], uint8_t *out)
{
	return prim_hmac(k->hash, of(k->skeyid, k->hash_len), parts, 6, out);
}

bool keymat_hash(const struct keymat *k, const struct bytes *parts, size_t n, uint8_t *out)
{
	return prim_hmac(k->hash, of(k->a, k->hash_len), parts, n, out);
}

bool keymat_child(const struct keymat *k, struct bytes g_qm_xy, uint8_t protocol, uint32_t spi,
		  struct bytes ni, struct bytes nr, uint8_t *out, size_t len)
{
	uint8_t block[PRIM_HASH_MAX], head[5];
	struct wr w = wr_of(head, sizeof(head));
	struct bytes previous = {NULL, 0};
	bool ok = true;

	wr_u8(&w, protocol);
	wr_u32(&w, spi);
	for (size_t got = 0; got < len && ok; got += k->hash_len) {
		const struct bytes parts[] = {previous, g_qm_xy, wr_done(&w), ni, nr};
		uint8_t next[PRIM_HASH_MAX];
		size_t n = len - got;

		ok = prim_hmac(k->hash, of(k->d, k->hash_len), parts, 5, next);
		memcpy(block, next, k->hash_len);
		secret_zero(next, sizeof(next));
		memcpy(out + got, block, n < k->hash_len ? n : k->hash_len);
		previous = of(block, k->hash_len);
	}
	secret_zero(block, sizeof(block));
	if (!ok)
		secret_zero(out, len);
	return ok;
}

void keymat_wipe(struct keymat *k)
{
	secret_zero(k, sizeof(*k));
}
