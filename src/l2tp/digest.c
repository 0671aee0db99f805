/*
 * digest: control message authentication, RFC 3931 sections 4.3 and 5.4.1: a keyed
 * hash over two nonces and the whole message, in which the digests are zero.
 *
 * Called by connection.c for what leaves, by l2tp3.c for what comes, before anything
 * else of a message is used. Keeps nothing.
 */
#include "digest.h"

#include "avp.h"
#include "base/secret.h"
#include "crypto/prim.h"
#include "header.h"
#include "message3.h"

#define TYPE_MESSAGE 0
#define TYPE_DIGEST  59
#define TYPE_NONCE   73
#define DIGESTS_MAX  2
#define PARTS_MAX    (2 + 2 * DIGESTS_MAX + 1)

/* Where the digests of a message are. */
struct places {
	unsigned n;
	struct bytes value[DIGESTS_MAX]; /* behind the Digest Type */
	uint8_t type[DIGESTS_MAX];
};

bool digest_key(struct bytes secret, uint8_t purpose, uint8_t out[DIGEST_KEY_LEN])
{
	struct bytes data = {&purpose, 1};

	return prim_hmac(PRIM_MD5, secret, &data, 1, out);
}

size_t digest_len(uint8_t type)
{
	return type == 0 ? 16 : type == 1 ? 20 : 0;
}

static struct rd avps_of(struct bytes msg)
{
	struct rd r = rd_of_bytes(msg);

	rd_skip(&r, HEADER_CONTROL_LEN);
	return r;
}

/* At most two, directly behind the Message Type, each of its type's length. */
static void find(struct bytes msg, struct places *out)
{
	struct rd r = avps_of(msg);
	struct avp a;

	out->n = 0;
	if (avp_next(&r, &a) != AVP_NEXT)
		return;
	while (out->n < DIGESTS_MAX && avp_next(&r, &a) == AVP_NEXT) {
		if (a.vendor != 0 || a.type != TYPE_DIGEST || a.hidden || a.value.len < 1 ||
		    a.value.len != 1 + digest_len(a.value.p[0]))
			return;
		out->type[out->n] = a.value.p[0];
		out->value[out->n++] = (struct bytes){a.value.p + 1, a.value.len - 1};
	}
}

static bool compute(struct bytes msg, const struct places *at, uint8_t type, struct bytes key,
		    const struct digest_nonces *nonces, uint8_t out[DIGEST_MAX])
{
	static const uint8_t zeros[DIGEST_MAX];
	struct bytes parts[PARTS_MAX] = {nonces->sender, nonces->receiver};
	const uint8_t *from = msg.p;
	size_t n = 2;

	for (unsigned i = 0; i < at->n; i++) {
		parts[n++] = (struct bytes){from, (size_t)(at->value[i].p - from)};
		parts[n++] = (struct bytes){zeros, at->value[i].len};
		from = at->value[i].p + at->value[i].len;
	}
	parts[n++] = (struct bytes){from, (size_t)(msg.p + msg.len - from)};
	return prim_hmac(type == 0 ? PRIM_MD5 : PRIM_SHA1, key, parts, n, out);
}

bool digest_fill(uint8_t *msg, size_t len, struct bytes key, const struct digest_nonces *nonces)
{
	struct bytes whole = {msg, len};
	uint8_t digest[DIGEST_MAX];
	struct places at;

	find(whole, &at);
	if (!at.n || !compute(whole, &at, at.type[0], key, nonces, digest))
		return false;
	memcpy(msg + (at.value[0].p - msg), digest, at.value[0].len);
	return true;
}

enum digest_verdict digest_check(struct bytes msg, struct bytes key,
				 const struct digest_nonces *nonces, uint8_t *type)
{
	uint8_t want[DIGEST_MAX];
	struct places at;

	find(msg, &at);
	for (unsigned i = 0; i < at.n; i++) {
		if (!compute(msg, &at, at.type[i], key, nonces, want) ||
		    !secret_eq(want, at.value[i].p, at.value[i].len))
			continue;
		*type = at.type[i];
		return DIGEST_OK;
	}
	return at.n ? DIGEST_WRONG : DIGEST_NONE;
}

bool digest_peek(struct bytes msg, uint16_t *message_type, struct bytes *nonce)
{
	struct rd r = avps_of(msg);
	struct avp a = {0};
	enum avp_step step = avp_next(&r, &a);
	struct rd type = rd_of_bytes(a.value);

	*nonce = (struct bytes){NULL, 0};
	if (step != AVP_NEXT || a.type != TYPE_MESSAGE || a.hidden)
		return false;
	if (a.vendor == CISCO)
		*message_type = MSG_ACK;
	else if (a.vendor == 0 && a.value.len == 2)
		*message_type = rd_u16(&type);
	else
		return false;
	while ((step = avp_next(&r, &a)) == AVP_NEXT) {
		if (a.vendor == 0 && a.type == TYPE_NONCE && !a.hidden && !nonce->len)
			*nonce = a.value;
	}
	return step == AVP_END;
}
