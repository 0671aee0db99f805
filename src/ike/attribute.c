/*
 * attribute: data attributes of transforms (RFC 2408 3.3). Called by proposal
 * and esp parsing and by the builders. Never interprets a type.
 */
#include "attribute.h"

#define ATTRIBUTE_TV 0x8000

bool attribute_next(struct rd *r, struct attribute *out)
{
	uint16_t head, len;
	struct bytes v;

	if (!rd_ok(r) || rd_left(r) == 0)
		return false;
	head = rd_u16(r);
	len = rd_u16(r);
	*out = (struct attribute){.type = head & 0x7fff, .fits = true, .value = len};
	if (head & ATTRIBUTE_TV)
		return rd_ok(r);
	v = rd_bytes(r, len);
	if (!rd_ok(r))
		return false;
	out->value = 0;
	for (size_t i = 0; i < v.len; i++) {
		if (out->value >> 24)
			out->fits = false;
		out->value = out->value << 8 | v.p[i];
	}
	if (!out->fits || v.len == 0)
		*out = (struct attribute){out->type, false, UINT32_MAX};
	return true;
}

void attribute_put(struct wr *w, uint16_t type, uint16_t value)
{
	wr_u16(w, ATTRIBUTE_TV | type);
	wr_u16(w, value);
}

void attribute_put32(struct wr *w, uint16_t type, uint32_t value)
{
	if (value <= UINT16_MAX) {
		attribute_put(w, type, (uint16_t)value);
		return;
	}
	wr_u16(w, type);
	wr_u16(w, 4);
	wr_u32(w, value);
}
