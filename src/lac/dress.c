/*
 * dress: makes the Configure-Requests of our PPP client (RFC 1661 5.1) look like those of
 * another system: other order, options of its own that the server refuses or takes
 * (RFC 1661 5.2 to 5.4), identifiers that count on; its Identification (RFC 1570 2.1)
 * and its offers of protocols that we do not speak.
 *
 * Called by glue.c for every frame of the link when a profile is set. Keeps ppp's own
 * automaton in charge: what ppp did not say it never hears of.
 */
#include "dress.h"

#include <string.h>

#define PPP_LCP        0xc021
#define PPP_IPCP       0x8021
#define PPP_CHAP       0xc223
#define PPP_PAP        0xc023
#define REQUEST        1
#define ACK            2
#define NAK            3
#define REJECT         4
#define IDENTIFICATION 12
#define MAGIC          5
#define EXTRA_MAX      64
#define FRAME_MAX      (2 + 4 + DRESS_OPTIONS)

void dress_begin(struct dress *d)
{
	d->lcp = d->ipcp = (struct dress_cp){0};
	d->identified = d->offered = false;
	memset(d->magic, 0, sizeof(d->magic));
}

static size_t hex_octets(const char *hex, uint8_t *out, size_t cap)
{
	size_t n = 0;

	for (; hex && hex[2 * n] && n < cap; n++) {
		unsigned v = 0;

		for (unsigned i = 0; i < 2; i++) {
			char c = hex[2 * n + i];

			v = v << 4 | (unsigned)(c <= '9' ? c - '0' : c - 'a' + 10);
		}
		out[n] = (uint8_t)v;
	}
	return n;
}

/* The option of a type in a list; empty when it is not there. */
static struct bytes find_option(struct bytes options, uint8_t type)
{
	struct rd r = rd_of_bytes(options);

	while (rd_left(&r) >= 2) {
		struct rd at = r;
		uint8_t t = rd_u8(&r), len = rd_u8(&r);
		struct bytes whole = rd_bytes(&at, len);

		if (len < 2 || !rd_ok(&at))
			break;
		if (t == type)
			return whole;
		r = at;
	}
	return (struct bytes){NULL, 0};
}

static bool is_refused(const struct dress_cp *cp, uint8_t type)
{
	return memchr(cp->refused, type, cp->n_refused) != NULL;
}

/* ---- out ---- */

static void send_packet(struct dress *d, uint16_t protocol, uint8_t code, uint8_t id,
			struct bytes body)
{
	uint8_t buf[FRAME_MAX];
	struct wr w = wr_of(buf, sizeof(buf));

	wr_u16(&w, protocol);
	wr_u8(&w, code);
	wr_u8(&w, id);
	wr_u16(&w, (uint16_t)(4 + body.len));
	wr_bytes(&w, body);
	if (wr_ok(&w))
		d->send(d->ctx, wr_done(&w));
}

/* cp->real in the system's order with its extra options; sends it. */
static void send_request(struct dress *d, struct dress_cp *cp, uint16_t protocol)
{
	bool lcp = protocol == PPP_LCP;
	const uint8_t *order = lcp ? d->profile->lcp_order : d->profile->ipcp_order;
	uint8_t extra[EXTRA_MAX];
	struct bytes extras = {extra,
			       hex_octets(lcp ? d->profile->lcp_extra : d->profile->ipcp_extra,
					  extra, sizeof(extra))};
	struct bytes real = {cp->real, cp->real_len};
	struct wr w = wr_of(cp->wire, sizeof(cp->wire));

	for (unsigned i = 0; i < LAC_ORDER_MAX && order[i]; i++) {
		struct bytes option = find_option(real, order[i]);

		if (!option.len && !is_refused(cp, order[i]))
			option = find_option(extras, order[i]);
		wr_bytes(&w, option);
	}
	cp->wire_len = wr_done(&w).len;
	cp->open = true;
	send_packet(d, protocol, REQUEST, cp->wire_id, wr_done(&w));
}

static void request_out(struct dress *d, struct dress_cp *cp, uint16_t protocol, uint8_t id,
			struct bytes options)
{
	struct bytes magic = find_option(options, MAGIC);

	if (protocol == PPP_LCP && magic.len == 6)
		memcpy(d->magic, magic.p + 2, sizeof(d->magic));
	cp->ppp_id = cp->wire_id = id;
	d->next_id = (uint8_t)(id + 0x80); /* never one that ppp will use soon */
	cp->real_len = options.len;
	if (options.len)
		memcpy(cp->real, options.p, options.len);
	send_request(d, cp, protocol);
}

static void identify(struct dress *d)
{
	const char *const *text = d->profile->identification;
	uint8_t buf[64];

	for (unsigned i = 0; i < 4 && text[i]; i++) {
		struct wr w = wr_of(buf, sizeof(buf));

		wr_copy(&w, d->magic, sizeof(d->magic));
		wr_copy(&w, text[i], strlen(text[i]));
		send_packet(d, PPP_LCP, IDENTIFICATION, d->next_id++, wr_done(&w));
	}
}

static void offer(struct dress *d)
{
	const struct lac_offer *o = d->profile->offers;
	uint8_t options[EXTRA_MAX];

	for (unsigned i = 0; i < 3 && o[i].protocol; i++) {
		size_t len = hex_octets(o[i].options, options, sizeof(options));

		send_packet(d, o[i].protocol, REQUEST, d->next_id++, (struct bytes){options, len});
	}
}

void dress_out(struct dress *d, struct bytes frame)
{
	struct rd r = rd_of_bytes(frame);
	uint16_t protocol = rd_u16(&r);
	uint8_t code = rd_u8(&r), id = rd_u8(&r);
	uint16_t len = rd_u16(&r);
	struct bytes options = rd_bytes(&r, len >= 4 ? len - 4u : 0);
	bool request = (protocol == PPP_LCP || protocol == PPP_IPCP) && code == REQUEST;

	if (!d->profile || !rd_ok(&r)) {
		d->send(d->ctx, frame);
		return;
	}
	if ((protocol == PPP_CHAP || protocol == PPP_PAP) && !d->identified) {
		d->identified = true;
		identify(d);
	}
	if (protocol == PPP_IPCP && request && !d->offered) {
		d->offered = true;
		offer(d);
	}
	if (request && options.len <= DRESS_OPTIONS)
		request_out(d, protocol == PPP_LCP ? &d->lcp : &d->ipcp, protocol, id, options);
	else
		d->send(d->ctx, frame);
}

/* ---- in ---- */

static void put_packet(struct wr *w, uint16_t protocol, uint8_t code, uint8_t id, struct bytes body)
{
	wr_u16(w, protocol);
	wr_u8(w, code);
	wr_u8(w, id);
	wr_u16(w, (uint16_t)(4 + body.len));
	wr_bytes(w, body);
}

/* Nak or Reject: what is about ppp's own options is ppp's, an extra option goes. */
static bool refusal_in(struct dress *d, struct dress_cp *cp, uint16_t protocol, uint8_t code,
		       struct bytes options, struct wr *w)
{
	struct bytes real = {cp->real, cp->real_len}, sent = {cp->wire, cp->wire_len};
	uint8_t left[DRESS_OPTIONS];
	struct wr pass = wr_of(left, sizeof(left));
	struct rd r = rd_of_bytes(options);

	while (rd_left(&r) >= 2) {
		struct bytes option = find_option((struct bytes){r.p, rd_left(&r)}, r.p[0]);

		if (!option.len)
			break;
		rd_skip(&r, option.len);
		if (find_option(real, option.p[0]).len || !find_option(sent, option.p[0]).len)
			wr_bytes(&pass, option);
		else if (!is_refused(cp, option.p[0]) && cp->n_refused < LAC_ORDER_MAX)
			cp->refused[cp->n_refused++] = option.p[0];
	}
	cp->open = false;
	if (wr_done(&pass).len) {
		put_packet(w, protocol, code, cp->ppp_id, wr_done(&pass));
		return wr_ok(w);
	}
	cp->wire_id = d->next_id++;
	send_request(d, cp, protocol);
	return false;
}

bool dress_in(struct dress *d, struct bytes frame, struct wr *w)
{
	struct rd r = rd_of_bytes(frame), framed = r;
	uint16_t protocol, len;
	struct bytes options;
	struct dress_cp *cp;
	uint8_t code, id;

	if (rd_u16(&framed) == 0xff03)
		r = framed;
	protocol = rd_u16(&r);
	code = rd_u8(&r);
	id = rd_u8(&r);
	len = rd_u16(&r);
	options = rd_bytes(&r, len >= 4 ? len - 4u : 0);
	cp = protocol == PPP_LCP ? &d->lcp : &d->ipcp;
	if (!d->profile || !rd_ok(&r) || (protocol != PPP_LCP && protocol != PPP_IPCP) ||
	    code < ACK || code > REJECT) {
		wr_bytes(w, frame);
		return wr_ok(w);
	}
	if (!cp->open || id != cp->wire_id)
		return false; /* of a request that is over */
	if (code != ACK)
		return refusal_in(d, cp, protocol, code, options, w);
	if (!bytes_eq(options, (struct bytes){cp->wire, cp->wire_len}))
		return false; /* RFC 1661 5.2: not what was asked */
	cp->open = false;
	put_packet(w, protocol, ACK, cp->ppp_id, (struct bytes){cp->real, cp->real_len});
	return wr_ok(w);
}
