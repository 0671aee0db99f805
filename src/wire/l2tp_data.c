/*
 * l2tp_data: RFC 2661 section 3.1 data headers. Called by dataplane. Reserved
 * bits are ignored on receipt; control messages are recognised and left alone
 * (room l2tp reads them).
 */
#include "wire/l2tp_data.h"

#include "wire/be.h"

enum l2tp_data_fault l2tp_data_parse(struct bytes message, struct l2tp_data *out)
{
	struct rd r = rd_of_bytes(message);
	uint16_t flags = rd_u16(&r);

	*out = (struct l2tp_data){.control = flags & L2TP_T, .sequenced = flags & L2TP_S};
	if (!rd_ok(&r))
		return L2TP_DATA_SHORT;
	if ((flags & L2TP_VERSION) != 2)
		return L2TP_DATA_VERSION;
	if (out->control)
		return L2TP_DATA_OK;
	if (flags & L2TP_L) {
		uint16_t len = rd_u16(&r);

		if (len < 4 || len > message.len)
			return L2TP_DATA_LENGTH;
		r.end = message.p + len;
	}
	out->tunnel_id = rd_u16(&r);
	out->session_id = rd_u16(&r);
	if (flags & L2TP_S) {
		out->ns = rd_u16(&r);
		out->nr = rd_u16(&r);
	}
	if (flags & L2TP_O)
		rd_skip(&r, rd_u16(&r));
	out->payload = rd_rest(&r);
	return rd_ok(&r) ? L2TP_DATA_OK : L2TP_DATA_SHORT;
}

size_t l2tp_data_put(uint8_t *p, uint16_t tunnel_id, uint16_t session_id, bool sequenced,
		     uint16_t ns)
{
	put_be16(p, (uint16_t)(2 | (sequenced ? L2TP_S : 0)));
	put_be16(p + 2, tunnel_id);
	put_be16(p + 4, session_id);
	if (!sequenced)
		return 6;
	put_be16(p + 6, ns);
	put_be16(p + 8, 0); /* Nr is reserved in data messages */
	return 10;
}
