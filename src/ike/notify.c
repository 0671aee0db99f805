/*
 * notify: Informational messages that we send (RFC 2408 3.14, 3.15, 5.14; RFC 2409
 * 5.7; RFC 3706): protected by HASH(1) once keys exist, in clear only before that,
 * rate limited; its 40 octets are fewer than any request that gets here (H-03). Called by every
 * exchange. Never sends a protected message under keys that are not complete.
 *
 * Which refusal is told by which type:
 *   phase 1, in clear: no suite in common NO-PROPOSAL-CHOSEN; HASH_I wrong, or a message that
 *     does not decrypt, AUTHENTICATION-FAILED, the same whatever is wrong (H-09); everything
 *     else is junk to us and gets nothing;
 *   phase 1 with signatures, protected, because the peer has the keys all the same: a certificate
 *     INVALID-CERTIFICATE, its issuer INVALID-CERT-AUTHORITY, none CERTIFICATE-UNAVAILABLE, an
 *     identity that is not in it INVALID-ID-INFORMATION, a signature INVALID-SIGNATURE (proof.c);
 *   Quick Mode, protected: an SA payload that cannot be read PAYLOAD-MALFORMED; no suite in
 *     common, no SPI, no room, an answer that we did not offer NO-PROPOSAL-CHOSEN; a KE of
 *     wrong length or value INVALID-KEY-INFORMATION; identities that are not served
 *     INVALID-ID-INFORMATION; a wrong HASH gets nothing.
 */
#include <stdio.h>

#include "exchange.h"

#define CLEAR_PER_SECOND         100
#define CLEAR_PER_NET_PER_SECOND 4

/* RFC 2408 3.14.1, RFC 2407 4.6.3, RFC 3706 5.1 */
static const char *notify_name(uint16_t type)
{
	static const char *const errors[] = {
		[1] = "INVALID-PAYLOAD-TYPE",
		[2] = "DOI-NOT-SUPPORTED",
		[3] = "SITUATION-NOT-SUPPORTED",
		[4] = "INVALID-COOKIE",
		[5] = "INVALID-MAJOR-VERSION",
		[6] = "INVALID-MINOR-VERSION",
		[7] = "INVALID-EXCHANGE-TYPE",
		[8] = "INVALID-FLAGS",
		[9] = "INVALID-MESSAGE-ID",
		[10] = "INVALID-PROTOCOL-ID",
		[11] = "INVALID-SPI",
		[12] = "INVALID-TRANSFORM-ID",
		[13] = "ATTRIBUTES-NOT-SUPPORTED",
		[14] = "NO-PROPOSAL-CHOSEN",
		[15] = "BAD-PROPOSAL-SYNTAX",
		[16] = "PAYLOAD-MALFORMED",
		[17] = "INVALID-KEY-INFORMATION",
		[18] = "INVALID-ID-INFORMATION",
		[19] = "INVALID-CERT-ENCODING",
		[20] = "INVALID-CERTIFICATE",
		[21] = "CERT-TYPE-UNSUPPORTED",
		[22] = "INVALID-CERT-AUTHORITY",
		[23] = "INVALID-HASH-INFORMATION",
		[24] = "AUTHENTICATION-FAILED",
		[25] = "INVALID-SIGNATURE",
		[26] = "ADDRESS-NOTIFICATION",
		[27] = "NOTIFY-SA-LIFETIME",
		[28] = "CERTIFICATE-UNAVAILABLE",
		[29] = "UNSUPPORTED-EXCHANGE-TYPE",
		[30] = "UNEQUAL-PAYLOAD-LENGTHS",
	};

	if (type < sizeof(errors) / sizeof(errors[0]) && errors[type])
		return errors[type];
	switch (type) {
	case NOTIFY_CONNECTED:
		return "CONNECTED";
	case NOTIFY_RESPONDER_LIFETIME:
		return "RESPONDER-LIFETIME";
	case NOTIFY_REPLAY_STATUS:
		return "REPLAY-STATUS";
	case NOTIFY_INITIAL_CONTACT:
		return "INITIAL-CONTACT";
	case NOTIFY_R_U_THERE:
		return "R-U-THERE";
	case NOTIFY_R_U_THERE_ACK:
		return "R-U-THERE-ACK";
	default:
		return "of an unknown type";
	}
}

const char *notify_words(uint16_t type, char *buf, size_t cap)
{
	snprintf(buf, cap, "%s (%u)", notify_name(type), type);
	return buf;
}

void info_begin(struct isakmp_sa *sa, struct info_out *o)
{
	struct ike *k = sa->ike;
	struct isakmp_header h;

	o->mid = random_u32(k);
	sa_header(sa, EXCHANGE_INFORMATIONAL, o->mid, &h);
	msg_begin(&o->m, k->build, IKE_MESSAGE_MAX, &h);
	o->hash_at = msg_hash_room(&o->m, sa->key.hash_len);
}

struct bytes info_send(struct isakmp_sa *sa, struct info_out *o)
{
	struct ike *k = sa->ike;
	struct bytes out = {NULL, 0};
	uint8_t iv[IKE_BLOCK];

	if (!quick_hash_fill(sa, o->mid, (struct bytes){NULL, 0}, &o->m, o->hash_at) ||
	    !keymat_iv_phase2(&sa->key, sa->iv, o->mid, iv)) {
		drop(k, DROP_CRYPTO);
		return out;
	}
	out = msg_encrypt(&o->m, &sa->key, iv);
	act_send(k, sa, &sa->flow, sa->natt, out);
	return out;
}

void notify_body(struct wr *w, uint8_t protocol, struct bytes spi, uint16_t type, struct bytes data)
{
	wr_u32(w, DOI_IPSEC);
	wr_u8(w, protocol);
	wr_u8(w, (uint8_t)spi.len);
	wr_u16(w, type);
	wr_bytes(w, spi);
	wr_bytes(w, data);
}

struct bytes notify_send(struct isakmp_sa *sa, uint8_t protocol, struct bytes spi, uint16_t type,
			 struct bytes data)
{
	struct info_out o;

	info_begin(sa, &o);
	notify_body(msg_open(&o.m, PAYLOAD_NOTIFY), protocol, spi, type, data);
	msg_close(&o.m);
	return info_send(sa, &o);
}

bool notify_allowed(struct ike *k, const struct flow *flow, uint64_t now_ms)
{
	return bucket_take_net(k, &k->notify_by_net, flow, now_ms, CLEAR_PER_NET_PER_SECOND) &&
	       bucket_take(&k->notify_all, now_ms, CLEAR_PER_SECOND);
}

struct bytes notify_clear(struct ike *k, const struct isakmp_sa *sa, const struct event *e,
			  uint16_t type)
{
	static const struct bytes none = {NULL, 0};
	struct isakmp_header h = {.exchange = EXCHANGE_INFORMATIONAL, .mid = 0};
	struct msg m;

	if (!notify_allowed(k, e->flow, e->now_ms)) {
		drop(k, DROP_NOTIFY_LIMIT);
		return none;
	}
	h.mid = random_u32(k);
	memcpy(h.cky_i, e->h->cky_i, ISAKMP_COOKIE_LEN);
	/* a refusal never shows a live cookie (security.md 44) */
	if (sa)
		memcpy(h.cky_r, sa->cky_r, ISAKMP_COOKIE_LEN);
	else
		k->cfg.host.random(k->cfg.host.ctx, h.cky_r, ISAKMP_COOKIE_LEN);
	msg_begin(&m, k->build, IKE_MESSAGE_MAX, &h);
	notify_body(msg_open(&m, PAYLOAD_NOTIFY), PROTO_ISAKMP, none, type, none);
	msg_close(&m);
	return msg_clear(&m);
}

static void delete_body(struct wr *w, uint8_t protocol, uint8_t spi_len)
{
	wr_u32(w, DOI_IPSEC);
	wr_u8(w, protocol);
	wr_u8(w, spi_len);
	wr_u16(w, 1);
}

void delete_send_esp(struct isakmp_sa *sa, uint32_t spi_in)
{
	struct info_out o;
	struct wr *w;

	info_begin(sa, &o);
	w = msg_open(&o.m, PAYLOAD_DELETE);
	delete_body(w, PROTO_ESP, 4);
	wr_u32(w, spi_in);
	msg_close(&o.m);
	info_send(sa, &o);
}

void delete_send_isakmp(struct isakmp_sa *sa)
{
	struct info_out o;
	struct wr *w;

	info_begin(sa, &o);
	w = msg_open(&o.m, PAYLOAD_DELETE);
	delete_body(w, PROTO_ISAKMP, 2 * ISAKMP_COOKIE_LEN);
	wr_copy(w, sa->cky_i, ISAKMP_COOKIE_LEN);
	wr_copy(w, sa->cky_r, ISAKMP_COOKIE_LEN);
	msg_close(&o.m);
	info_send(sa, &o);
}
