/*
 * avp_field: reading and writing the values of AVPs (RFC 2661 and RFC 3931
 * section 4.4 and 5.4), and opening hidden ones.
 *
 * Called by message.c and message3.c, each with the rows of its own catalogue.
 * Knows no AVP by number.
 */
#include "avp_field.h"

#include "base/secret.h"

bool avp_reveal(struct avp_reveal *r, struct avp *a)
{
	uint8_t clear[AVP_VALUE_MAX];
	struct bytes value;
	bool ok = avp_unhide(a->type, r->secret, r->random_vector, a->value, clear, &value);

	if (ok && AVP_SCRATCH - r->used >= value.len) {
		memcpy(r->scratch + r->used, value.p, value.len);
		a->value = (struct bytes){r->scratch + r->used, value.len};
		r->used += value.len;
	} else {
		ok = false;
	}
	secret_zero(clear, sizeof(clear));
	return ok;
}

void avp_field_read(enum avp_kind kind, struct bytes value, void *field)
{
	struct rd r = rd_of_bytes(value);
	uint16_t v16;
	uint32_t v32;

	switch (kind) {
	case AVP_KIND_TYPE:
	case AVP_KIND_U16:
		v16 = rd_u16(&r);
		memcpy(field, &v16, sizeof(v16));
		break;
	case AVP_KIND_ID8:
		v16 = rd_u16(&r) & 0xff;
		memcpy(field, &v16, sizeof(v16));
		break;
	case AVP_KIND_U32:
		v32 = rd_u32(&r);
		memcpy(field, &v32, sizeof(v32));
		break;
	case AVP_KIND_BYTES:
		memcpy(field, &value, sizeof(value));
		break;
	case AVP_KIND_RESULT:
	case AVP_KIND_VECTOR:
	case AVP_KIND_FLAG:
		break;
	}
}

void avp_field_write(struct wr *w, enum avp_kind kind, const void *field)
{
	struct bytes value;
	uint32_t v32;
	uint16_t v16;

	switch (kind) {
	case AVP_KIND_TYPE:
	case AVP_KIND_U16:
	case AVP_KIND_ID8:
		memcpy(&v16, field, sizeof(v16));
		wr_u16(w, v16);
		break;
	case AVP_KIND_U32:
		memcpy(&v32, field, sizeof(v32));
		wr_u32(w, v32);
		break;
	case AVP_KIND_BYTES:
		memcpy(&value, field, sizeof(value));
		wr_bytes(w, value);
		break;
	case AVP_KIND_RESULT:
	case AVP_KIND_VECTOR:
	case AVP_KIND_FLAG:
		break;
	}
}

void avp_result_write(struct wr *w, uint16_t result, uint16_t error, struct bytes message)
{
	wr_u16(w, result);
	if (error || message.len)
		wr_u16(w, error);
	wr_bytes(w, message);
}
