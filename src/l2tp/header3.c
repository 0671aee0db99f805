/*
 * header3: the L2TPv3 control message header, RFC 3931 sections 3.2.1, 4.1.1.2 and
 * 4.1.2.1: 12 octets as in version 2, with one id of 32 bits where that has two.
 *
 * Called by l2tp3.c for every datagram and by connection.c for what leaves. Knows
 * nothing of the carrier: what stands before the header has been taken off.
 */
#include "header3.h"

#define FLAG_T       0x8000u
#define FLAG_L       0x4000u
#define FLAG_S       0x0800u
#define VERSION_MASK 0x000fu
#define VERSION_3    0x0003u

enum header_verdict header3_parse(struct bytes msg, struct l2tp3_header *out)
{
	struct rd r = rd_of_bytes(msg);
	uint16_t flags = rd_u16(&r);

	*out = (struct l2tp3_header){0};
	if (!rd_ok(&r))
		return HEADER_SHORT;
	if ((flags & VERSION_MASK) != VERSION_3)
		return HEADER_VERSION;
	out->control = flags & FLAG_T;
	if (!out->control)
		return HEADER_OK;
	if (!(flags & FLAG_L) || !(flags & FLAG_S))
		return HEADER_FLAGS;
	out->length = rd_u16(&r);
	if (!rd_ok(&r))
		return HEADER_SHORT;
	if (out->length < HEADER_CONTROL_LEN || out->length > msg.len)
		return HEADER_LENGTH;
	r.end = msg.p + out->length;
	out->connection_id = rd_u32(&r);
	out->ns = rd_u16(&r);
	out->nr = rd_u16(&r);
	out->payload = rd_rest(&r);
	return HEADER_OK;
}

size_t header3_begin(struct wr *w, uint32_t connection_id)
{
	size_t start = w->len;

	wr_u16(w, FLAG_T | FLAG_L | FLAG_S | VERSION_3);
	wr_u16(w, 0);
	wr_u32(w, connection_id);
	wr_u32(w, 0);
	return start;
}
