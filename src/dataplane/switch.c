/*
 * switch: the hub's forwarding for IP ports. A user's packet passes the IPv4 gate
 * and the source check (H-25), its SYN's MSS is clamped, and it goes to the host on
 * the TAP or to another session's port; a frame goes to the port that its
 * destination names, in this worker or by handoff. The TTL stays: a hub is a
 * switch, the host behind the TAP routes. Called by ppp_in, tap_in and handoff.
 */
#include "wire/eth.h"
#include "worker.h"

static const enum dp_count ipv4_faults[] = {
	[IPV4_SHORT] = DROP_IPV4_SHORT, [IPV4_VERSION] = DROP_IPV4_VERSION,
	[IPV4_IHL] = DROP_IPV4_IHL,     [IPV4_LENGTH] = DROP_IPV4_LENGTH,
	[IPV4_BAD_SUM] = DROP_IPV4_SUM,
};

static const enum dp_count frame_faults[] = {
	[FRAME_SHORT] = DROP_FRAME_SHORT,           [FRAME_GROUP] = DROP_FRAME_GROUP,
	[FRAME_NOT_PORT] = DROP_FRAME_NOT_PORT,     [FRAME_NOT_IPV4] = DROP_FRAME_NOT_IPV4,
	[FRAME_ARP_MALFORMED] = DROP_ARP_MALFORMED, [FRAME_ARP_IGNORED] = DROP_ARP_IGNORED,
};

static void drop_in(struct worker *w, struct session *s, enum dp_count reason)
{
	s->stats.drops_in++;
	count(w, reason);
}

/* To the port that the frame's destination named. */
static void to_port(struct worker *w, const struct port_mac *port, uint8_t *vnet_at, size_t len)
{
	struct session *s;

	if (port->worker != w->index) {
		handoff_frame(w, port->worker, port->hub, vnet_at, len);
		return;
	}
	s = port->slot < w->sessions_max ? &w->sessions[port->slot] : NULL;
	if (s && s->used && s->cfg.hub == port->hub)
		port_out(w, s, vnet_at, len);
	else
		count(w, DROP_FRAME_NOT_PORT);
}

void switch_user_packet(struct worker *w, struct session *s, uint8_t *packet, size_t len)
{
	static const struct vnet plain = {0};
	uint8_t *frame = packet - ETH_HDR;
	enum ipv4_fault fault;
	struct port_mac port;
	const uint8_t *mac;
	struct ipv4 ip;

	fault = ipv4_parse(packet, len, true, &ip);
	if (fault != IPV4_OK) {
		drop_in(w, s, ipv4_faults[fault]);
		return;
	}
	if (!port_source_ok(&s->port, ip.src)) {
		drop_in(w, s, DROP_SOURCE);
		return;
	}
	s->stats.packets_in++;
	s->stats.bytes_in += ip.total_len;
	s->stats.last_in_ms = w->now_ms;
	count(w, COUNT_USER_IN);
	if (ip.proto == IPV4_TCP && !ipv4_is_fragment(&ip) &&
	    tcp_clamp_mss(packet + ip.hdr_len, (size_t)ip.total_len - ip.hdr_len,
			  (uint16_t)(s->cfg.mtu - IPV4_HDR - TCP_HDR), true))
		count(w, COUNT_MSS_CLAMPED);
	mac = port_next_hop(&w->neigh, &s->port, ip.dst, w->hubs[s->cfg.hub].tap_mac);
	eth_put(frame, mac, s->cfg.mac, ETH_TYPE_IPV4);
	if (port_mac_parse(mac, &port) && port.hub == s->cfg.hub) {
		vnet_put(frame - VNET_HDR, &plain);
		to_port(w, &port, frame - VNET_HDR, ETH_HDR + (size_t)ip.total_len);
	} else {
		tap_out(w, s->cfg.hub, packet, &ip);
	}
}

static void answer_arp(struct worker *w, uint16_t hub, const uint8_t *answer)
{
	uint8_t frame[VNET_HDR + FRAME_ANSWER_LEN] = {0};

	memcpy(frame + VNET_HDR, answer, FRAME_ANSWER_LEN);
	count(w, COUNT_ARP_ANSWERED);
	tap_out_frame(w, hub, frame, FRAME_ANSWER_LEN);
}

void switch_frame(struct worker *w, uint16_t hub, uint8_t *vnet_at, size_t len)
{
	uint8_t answer[FRAME_ANSWER_LEN];
	enum frame_verdict v;
	struct port_mac port;

	v = frame_judge(&w->neigh, hub, vnet_at + VNET_HDR, len, &port, answer);
	if (v == FRAME_TO_PORT)
		to_port(w, &port, vnet_at, len);
	else if (v == FRAME_ARP_ANSWER)
		answer_arp(w, hub, answer);
	else
		count(w, frame_faults[v]);
}

void switch_own_frame(struct worker *w, uint16_t hub, uint8_t *vnet_at, size_t len)
{
	struct port_mac port;

	if (port_mac_parse(vnet_at + VNET_HDR, &port) && port.hub == hub)
		to_port(w, &port, vnet_at, len);
	else
		tap_out_frame(w, hub, vnet_at, len);
}
