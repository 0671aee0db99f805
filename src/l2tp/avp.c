/*
 * avp: walking and writing the AVPs of a control message, RFC 2661 section 4.1.
 *
 * Called by message.c. Knows no AVP by number (that is avp_catalogue.c) and
 * opens no hidden one (that is avp_hide.c).
 */
#include "avp.h"

#define AVP_M        0x8000u
#define AVP_H        0x4000u
#define AVP_RESERVED 0x3c00u
#define AVP_LEN_MASK 0x03ffu
#define MESSAGE_TYPE 0

enum avp_step avp_next(struct rd *r, struct avp *out)
{
	uint16_t head, length;

	if (!rd_ok(r))
		return AVP_BROKEN;
	if (rd_left(r) == 0)
		return AVP_END;
	head = rd_u16(r);
	length = head & AVP_LEN_MASK;
	out->mandatory = head & AVP_M;
	out->hidden = head & AVP_H;
	out->reserved = head & AVP_RESERVED;
	out->vendor = rd_u16(r);
	out->type = rd_u16(r);
	if (!rd_ok(r) || length < AVP_HEADER_LEN) {
		rd_fail(r);
		return AVP_BROKEN;
	}
	out->value = rd_bytes(r, (size_t)length - AVP_HEADER_LEN);
	return rd_ok(r) ? AVP_NEXT : AVP_BROKEN;
}

bool avp_chain_ok(struct bytes body)
{
	struct rd r = rd_of_bytes(body);
	struct avp a;
	enum avp_step step = avp_next(&r, &a);

	if (step != AVP_NEXT || a.vendor != 0 || a.type != MESSAGE_TYPE || a.hidden ||
	    a.value.len != 2)
		return false;
	while (step == AVP_NEXT)
		step = avp_next(&r, &a);
	return step == AVP_END;
}

size_t avp_begin(struct wr *w, bool mandatory, uint16_t type)
{
	size_t start = w->len;

	wr_u16(w, mandatory ? AVP_M : 0);
	wr_u16(w, 0);
	wr_u16(w, type);
	return start;
}

void avp_end(struct wr *w, size_t start)
{
	size_t len = w->len - start;

	if (w->err || len > AVP_HEADER_LEN + AVP_VALUE_MAX) {
		w->err = true;
		return;
	}
	wr_put16(w, start, (uint16_t)((unsigned)w->buf[start] << 8 | len));
}
