/*
 * header: the L2TPv2 header, RFC 2661 section 3.1.
 *
 * Called by l2tp.c for every datagram and by message.c, channel.c and call.c
 * for what leaves. Never looks up tunnels and never keeps anything.
 */
#include "header.h"

#define FLAG_T       0x8000u
#define FLAG_L       0x4000u
#define FLAG_S       0x0800u
#define FLAG_O       0x0200u
#define FLAG_P       0x0100u
#define VERSION_MASK 0x000fu
#define VERSION_2    0x0002u

#define SEQ_AT 8 /* Ns of a control header: flags, Length and two ids before it */

/* The rest of the message behind flags and Length, as Length says. */
static struct rd message_rest(struct rd *r, const struct l2tp_header *h)
{
	size_t used = h->has_length ? 4 : 2;
	struct rd rest;

	if (!h->has_length)
		return *r;
	if (h->length < used) {
		rest = *r;
		rd_fail(&rest);
		return rest;
	}
	return rd_sub(r, h->length - used);
}

enum header_verdict header_parse(struct bytes datagram, struct l2tp_header *out)
{
	struct rd r = rd_of_bytes(datagram);
	uint16_t flags = rd_u16(&r);
	struct rd m;

	*out = (struct l2tp_header){.datagram_len = datagram.len};
	if (!rd_ok(&r))
		return HEADER_SHORT;
	if ((flags & VERSION_MASK) != VERSION_2)
		return HEADER_VERSION;
	out->control = flags & FLAG_T;
	out->has_length = flags & FLAG_L;
	out->has_seq = flags & FLAG_S;
	out->has_offset = flags & FLAG_O;
	out->priority = flags & FLAG_P;
	if (out->control && (!out->has_length || !out->has_seq || out->has_offset || out->priority))
		return HEADER_FLAGS;
	if (out->has_length)
		out->length = rd_u16(&r);
	if (!rd_ok(&r))
		return HEADER_SHORT;
	m = message_rest(&r, out);
	if (!rd_ok(&m))
		return HEADER_LENGTH;
	out->tunnel_id = rd_u16(&m);
	out->session_id = rd_u16(&m);
	if (out->has_seq) {
		out->ns = rd_u16(&m);
		out->nr = rd_u16(&m);
	}
	if (!rd_ok(&m))
		return out->has_length ? HEADER_LENGTH : HEADER_SHORT;
	if (out->has_offset)
		rd_skip(&m, rd_u16(&m));
	if (!rd_ok(&m))
		return HEADER_LENGTH;
	out->payload = rd_rest(&m);
	return HEADER_OK;
}

size_t header_begin_control(struct wr *w, uint16_t tunnel_id, uint16_t session_id)
{
	size_t start = w->len;

	wr_u16(w, FLAG_T | FLAG_L | FLAG_S | VERSION_2);
	wr_u16(w, 0);
	wr_u16(w, tunnel_id);
	wr_u16(w, session_id);
	wr_u32(w, 0);
	return start;
}

void header_end(struct wr *w, size_t start)
{
	wr_end16(w, start + 2, start);
}

void header_set_seq(uint8_t *msg, uint16_t ns, uint16_t nr)
{
	struct wr w = wr_of(msg + SEQ_AT, 4);

	wr_u16(&w, ns);
	wr_u16(&w, nr);
}

void header_write_data(struct wr *w, const struct l2tp_header *h, struct bytes frame)
{
	size_t start = w->len;

	wr_u16(w, (uint16_t)(FLAG_L | (h->has_seq ? FLAG_S : 0) | VERSION_2));
	wr_u16(w, 0);
	wr_u16(w, h->tunnel_id);
	wr_u16(w, h->session_id);
	if (h->has_seq) {
		wr_u16(w, h->ns);
		wr_u16(w, 0); /* Nr of a data message is reserved (section 3.1) */
	}
	wr_bytes(w, frame);
	header_end(w, start);
}
