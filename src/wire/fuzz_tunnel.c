/*
 * fuzz_tunnel: what comes in by EtherIP and L2TPv3 sessions. What parses is written
 * again and must be the same octets, and tags must come off and go on.
 *
 * Input: one octet of choices (1 UDP, 2 sublayer, 4 and 8 the cookie), then the
 * message; its own cookie is taken for the session's when bit 7 is set.
 */
#include <stdlib.h>

#include "wire/etherip.h"
#include "wire/l2tp3_data.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void tags(struct bytes frame)
{
	static uint8_t room[VLAN_TAG + 65536];
	uint8_t *p = room + VLAN_TAG;
	uint16_t control;

	if (frame.len > 65536)
		return;
	memcpy(p, frame.p, frame.len);
	(void)l2tp3_frame_is_ip(frame);
	p = l2tp3_vlan_insert(p, 0x2005);
	if (!l2tp3_vlan_get((struct bytes){p, frame.len + VLAN_TAG}, &control) || control != 0x2005)
		abort();
	p = l2tp3_vlan_strip(p);
	if (memcmp(p, frame.p, frame.len) != 0)
		abort();
}

static void session(const struct l2tp3_encap *e, struct bytes msg)
{
	static struct l2tp3_order order;
	uint8_t again[L2TP3_DATA_MAX];
	struct l2tp3_frame f;
	unsigned head = l2tp3_data_len(e);

	if (l2tp3_data_parse(msg, e, &f) != L2TP3_OK)
		return;
	if (f.frame.len != msg.len - head || f.frame.len < ETH_HDR || f.seq > L2TP3_SEQ_MASK)
		abort();
	l2tp3_data_put(again, e, f.sequenced, f.seq);
	if (memcmp(again + (e->udp ? 4 : 0), msg.p + (e->udp ? 4 : 0), 4u + e->cookie_len) != 0)
		abort();
	if (f.sequenced)
		(void)l2tp3_order_take(&order, f.seq);
	tags(f.frame);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct l2tp3_encap e = {0};
	struct bytes msg, frame;

	if (size < 1)
		return 0;
	msg = (struct bytes){data + 1, size - 1};
	if (etherip_parse(msg, &frame) == ETHERIP_OK)
		tags(frame);
	e.udp = data[0] & 1;
	e.sublayer = data[0] & 2;
	e.cookie_len = data[0] & 8 ? 8 : data[0] & 4;
	if (l2tp3_session_id(msg, e.udp, &e.session_id) != L2TP3_OK)
		return 0;
	if ((data[0] & 0x80) && msg.len >= l2tp3_data_len(&e))
		memcpy(e.cookie, msg.p + (e.udp ? 8 : 4), e.cookie_len);
	session(&e, msg);
	return 0;
}
