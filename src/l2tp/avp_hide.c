/*
 * avp_hide: hidden AVPs (RFC 2661 section 4.3) and the tunnel authentication
 * response (5.1.1), both MD5 over a shared secret.
 *
 * Called by message.c and tunnel.c. Every length inside a hidden value is the
 * peer's word, deciphered with a key that a stranger need not know: none is used
 * before it is compared with the octets that are there (security.md row 90).
 */
#include "avp.h"

#include "base/secret.h"
#include "crypto/prim.h"

#define BLOCK      16
#define LENGTH_LEN 2 /* Length of Original Value */
#define AVP_H      0x4000u

/* One block of the key stream: MD5(type | secret | random vector) for the first,
 * MD5(secret | previous cipher block) for the others. */
static bool key_block(uint16_t type, struct bytes secret, struct bytes chain, bool first,
		      uint8_t out[BLOCK])
{
	uint8_t number[2] = {(uint8_t)(type >> 8), (uint8_t)type};
	struct bytes parts[3] = {{number, sizeof(number)}, secret, chain};

	return first ? prim_hash(PRIM_MD5, parts, 3, out) : prim_hash(PRIM_MD5, parts + 1, 2, out);
}

bool avp_unhide(uint16_t type, struct bytes secret, struct bytes random_vector, struct bytes hidden,
		uint8_t out[AVP_VALUE_MAX], struct bytes *value)
{
	struct bytes chain = random_vector;
	uint8_t key[BLOCK];
	struct rd r;
	bool ok = true;

	*value = (struct bytes){NULL, 0};
	if (!secret.len || !random_vector.len || hidden.len < LENGTH_LEN ||
	    hidden.len > AVP_VALUE_MAX)
		return false;
	for (size_t at = 0; ok && at < hidden.len; at += BLOCK) {
		size_t n = hidden.len - at < BLOCK ? hidden.len - at : BLOCK;

		ok = key_block(type, secret, chain, at == 0, key);
		for (size_t i = 0; ok && i < n; i++)
			out[at + i] = hidden.p[at + i] ^ key[i];
		chain = (struct bytes){hidden.p + at, n};
	}
	secret_zero(key, sizeof(key));
	if (!ok)
		return false;
	r = rd_of(out, hidden.len);
	*value = rd_bytes(&r, rd_u16(&r));
	return rd_ok(&r);
}

bool avp_write_hidden(struct wr *w, bool mandatory, uint16_t type, struct bytes secret,
		      struct bytes random_vector, struct bytes value, struct bytes pad)
{
	size_t start = avp_begin(w, mandatory, type);
	struct bytes chain = random_vector;
	size_t from = w->len, len;
	uint8_t key[BLOCK];
	bool ok = secret.len && random_vector.len && value.len <= UINT16_MAX;

	wr_u16(w, (uint16_t)value.len);
	wr_bytes(w, value);
	wr_bytes(w, pad);
	len = w->len - from;
	for (size_t at = 0; ok && wr_ok(w) && at < len; at += BLOCK) {
		size_t n = len - at < BLOCK ? len - at : BLOCK;
		uint8_t *p = w->buf + from + at;

		ok = key_block(type, secret, chain, at == 0, key);
		for (size_t i = 0; ok && i < n; i++)
			p[i] ^= key[i];
		chain = (struct bytes){p, n};
	}
	secret_zero(key, sizeof(key));
	avp_end(w, start);
	if (!ok || !wr_ok(w)) {
		w->err = true;
		return false;
	}
	w->buf[start] |= (uint8_t)(AVP_H >> 8);
	return true;
}

bool avp_challenge_response(uint8_t message_type, struct bytes secret, struct bytes challenge,
			    uint8_t out[16])
{
	struct bytes parts[3] = {{&message_type, 1}, secret, challenge};

	return prim_hash(PRIM_MD5, parts, 3, out);
}
