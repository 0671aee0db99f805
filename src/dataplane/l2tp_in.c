/*
 * l2tp_in: the UDP datagram inside an SA (RFC 3193, RFC 2661 section 3.1). Data of
 * a known session goes on to ppp_in; control messages and data of a session that
 * control has not given us are punted with the SA that carried them. A session is
 * found by its peer and both ids, so another peer's ids lead nowhere (H-18). The
 * inner UDP checksum is not looked at: ESP's ICV covers it, and a NAT may have made
 * it wrong (RFC 3948 section 3.1.2). Sequence numbers of data messages are not
 * used: ESP has refused replays, and late packets are the user's protocol's affair
 * (RFC 2661 section 5.4 leaves it open).
 */
#include "wire/l2tp_data.h"
#include "wire/udp.h"
#include "worker.h"

static const enum dp_count l2tp_faults[] = {
	[L2TP_DATA_SHORT] = DROP_L2TP_SHORT,
	[L2TP_DATA_VERSION] = DROP_L2TP_VERSION,
	[L2TP_DATA_LENGTH] = DROP_L2TP_LENGTH,
};

static void l2tp_punt(struct worker *w, const struct l2tp_rx *l2tp, uint64_t session_handle)
{
	struct peer *peer = &w->peers[l2tp->rx->sa->peer];
	struct dp_punt p = {
		.kind = DP_PUNT_L2TP,
		.flow = *l2tp->rx->flow,
		.peer_handle = peer->handle,
		.sa_handle = l2tp->rx->sa->esp.handle,
		.session_handle = session_handle,
		.local_port = l2tp->local_port,
		.remote_port = l2tp->remote_port,
		.message = l2tp->message,
		.len = l2tp->len,
	};

	if (p.len > DP_MESSAGE_MAX)
		count(w, DROP_RX_LONG);
	else if (punt_peer_ok(w, peer))
		punt_message(w, PUNT_CLASS_L2TP, &p);
}

void l2tp_in_control(struct worker *w, struct session *s, const struct l2tp_rx *l2tp)
{
	l2tp_punt(w, l2tp, s ? s->cfg.handle : 0);
}

void l2tp_in(struct worker *w, const struct esp_rx *rx, uint8_t *payload, size_t len)
{
	struct l2tp_rx l2tp = {.rx = rx};
	enum l2tp_data_fault fault;
	struct l2tp_data d;
	struct session *s;
	struct udp udp;
	uint32_t slot;

	if (!udp_parse(payload, len, &udp)) {
		count(w, DROP_UDP_LENGTH);
		return;
	}
	l2tp.local_port = udp.dst_port;
	l2tp.remote_port = udp.src_port;
	l2tp.message = payload + UDP_HDR;
	l2tp.len = (uint32_t)(udp.len - UDP_HDR);
	fault = l2tp_data_parse((struct bytes){l2tp.message, l2tp.len}, &d);
	if (fault != L2TP_DATA_OK) {
		count(w, l2tp_faults[fault]);
		return;
	}
	slot = d.control ? NONE
			 : slot_map_find(&w->by_call,
					 call_key(rx->sa->peer, d.tunnel_id, d.session_id));
	if (slot == NONE) {
		l2tp_in_control(w, NULL, &l2tp);
		return;
	}
	s = &w->sessions[slot];
	if (udp.dst_port == s->cfg.local_port) {
		ppp_in(w, s, &l2tp, payload + (d.payload.p - payload), d.payload.len);
		return;
	}
	s->stats.drops_in++;
	count(w, DROP_L2TP_PORT);
}
