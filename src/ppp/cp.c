/*
 * cp: parses the frame and packet formats of PPP's control protocols.
 *
 * RFC 1661 sections 2, 5 and 6, RFC 1662 section 3.1. Called by link and negotiate.
 * Never changes anything, never keeps a pointer.
 */
#include "cp.h"

bool frame_parse(struct bytes frame, uint16_t *protocol, struct bytes *payload)
{
	struct rd r = rd_of_bytes(frame);
	unsigned high = rd_u8(&r);
	unsigned low;

	if (high == 0xff) {
		if (rd_u8(&r) != 0x03)
			return false;
		high = rd_u8(&r);
	}
	low = high;
	if (high & 1) {
		high = 0;
	} else {
		low = rd_u8(&r);
		if (!(low & 1))
			return false;
	}
	*protocol = (uint16_t)(high << 8 | low);
	*payload = rd_rest(&r);
	return rd_ok(&r);
}

bool cp_parse(struct bytes payload, struct cp_packet *out)
{
	struct rd r = rd_of_bytes(payload);
	size_t len;

	out->code = rd_u8(&r);
	out->id = rd_u8(&r);
	len = rd_u16(&r);
	if (!rd_ok(&r) || len < CP_HEADER)
		return false;
	out->body = rd_bytes(&r, len - CP_HEADER);
	out->whole = (struct bytes){payload.p, len};
	return rd_ok(&r);
}

bool cp_option_next(struct rd *r, struct cp_option_in *out)
{
	const uint8_t *start = r->p;
	size_t len;

	if (!rd_ok(r) || rd_left(r) == 0)
		return false;
	out->type = rd_u8(r);
	len = rd_u8(r);
	if (len < 2)
		rd_fail(r);
	out->data = rd_bytes(r, len < 2 ? 0 : len - 2);
	out->whole = (struct bytes){start, len};
	return rd_ok(r);
}

bool cp_options_ok(struct bytes options)
{
	struct rd r = rd_of_bytes(options);
	struct cp_option_in o;

	while (cp_option_next(&r, &o))
		;
	return rd_ok(&r);
}
