/*
 * switch: the hub's forwarding for IP ports. A user's packet passes the IPv4 gate
 * and the source check (H-25), its SYN's MSS is clamped, and it goes to the host on
 * the TAP or to another session's port; a frame goes to the port that its
 * destination names, in this worker or by handoff. The TTL stays: a hub is a
 * switch, the host behind the TAP routes. DHCP is control's to answer and never
 * reaches the segment (H-27). Called by ppp_in, tap_in and handoff; IPv6 in switch6.c.
 */
#include "wire/eth.h"
#include "wire/udp.h"
#include "worker.h"

#define DHCP_SERVER 67
#define DHCP_CLIENT 68

static const enum dp_count ipv4_faults[] = {
	[IPV4_SHORT] = DROP_IPV4_SHORT, [IPV4_VERSION] = DROP_IPV4_VERSION,
	[IPV4_IHL] = DROP_IPV4_IHL,     [IPV4_LENGTH] = DROP_IPV4_LENGTH,
	[IPV4_BAD_SUM] = DROP_IPV4_SUM,
};

static const enum dp_count frame_faults[] = {
	[FRAME_SHORT] = DROP_FRAME_SHORT,
	[FRAME_GROUP] = DROP_FRAME_GROUP,
	[FRAME_NOT_PORT] = DROP_FRAME_NOT_PORT,
	[FRAME_NOT_IP] = DROP_FRAME_NOT_IP,
	[FRAME_ARP_MALFORMED] = DROP_ARP_MALFORMED,
	[FRAME_ARP_IGNORED] = DROP_ARP_IGNORED,
	[FRAME_IPV6_SHORT] = DROP_FRAME_IPV6_SHORT,
	[FRAME_IPV6_NOBODY] = DROP_FRAME_IPV6_NOBODY,
	[FRAME_ND_MALFORMED] = DROP_FRAME_ND_MALFORMED,
	[FRAME_ND_IGNORED] = DROP_FRAME_ND_IGNORED,
};

void switch_drop(struct worker *w, struct session *s, enum dp_count reason)
{
	s->stats.drops_in++;
	count(w, reason);
}

/* To the port of the hub that the frame's destination named. */
static void to_port(struct worker *w, uint16_t hub, const struct port_mac *port, uint8_t *vnet_at,
		    size_t len)
{
	struct bridge_frame f = {.hub = hub, .vnet_at = vnet_at, .len = len};
	struct session *s;

	if (port->machine != w->machine) {
		count(w, DROP_FRAME_NOT_PORT);
		return;
	}
	if (port->worker != w->index) {
		handoff_frame(w, port->worker, &f);
		return;
	}
	s = port->slot < w->sessions_max ? &w->sessions[port->slot] : NULL;
	if (!s || !s->used || s->cfg.hub != hub)
		count(w, DROP_FRAME_NOT_PORT);
	else if (s->judged)
		bridge_to_session(w, s, &f);
	else
		port_out(w, s, vnet_at, len);
}

/* Does more than its addresses decide where a frame of the session goes? */
static bool is_judged(const struct worker *w, const struct session *s)
{
	return s->judged || w->hubs[s->cfg.hub].judged;
}

void switch_taken(struct worker *w, struct session *s, size_t len)
{
	s->stats.packets_in++;
	s->stats.bytes_in += len;
	s->stats.last_in_ms = w->now_ms;
	count(w, COUNT_USER_IN);
}

bool switch_to_session(struct worker *w, struct session *s, const uint8_t *mac, uint8_t *frame,
		       size_t len)
{
	static const struct vnet plain = {0};
	struct port_mac port;

	if (!port_mac_parse(mac, &port))
		return false;
	vnet_put(frame - VNET_HDR, &plain);
	to_port(w, s->cfg.hub, &port, frame - VNET_HDR, len);
	return true;
}

void switch_punt(struct worker *w, struct session *s, const uint8_t *packet, size_t len)
{
	struct dp_punt p = {
		.kind = DP_PUNT_PACKET,
		.peer_handle = w->peers[s->cfg.peer].handle,
		.session_handle = s->cfg.handle,
		.message = packet,
		.len = (uint32_t)len,
	};

	if (len > DP_PACKET_PUNT_MAX)
		count(w, DROP_PUNT_LONG);
	else if (punt_packet(w, s, &p))
		count(w, COUNT_PACKETS_PUNTED);
}

/* The destination port, 0 when no UDP header stands there. */
static uint16_t udp_to(const uint8_t *packet, const struct ipv4 *ip)
{
	if (ip->proto != IPV4_UDP || (ip->frag & IPV4_FRAG_OFFSET) ||
	    ip->total_len - ip->hdr_len < UDP_HDR)
		return 0;
	return be16(packet + ip->hdr_len + 2);
}

/* True: it goes no further. Users ask us, and are nobody's DHCP server. */
static bool dhcp(struct worker *w, struct session *s, const uint8_t *packet, const struct ipv4 *ip)
{
	uint16_t port = udp_to(packet, ip);

	if (port == DHCP_SERVER)
		switch_punt(w, s, packet, ip->total_len);
	else if (port == DHCP_CLIENT)
		switch_drop(w, s, DROP_DHCP_SERVER);
	return port == DHCP_SERVER || port == DHCP_CLIENT;
}

void switch_user_packet(struct worker *w, struct session *s, uint8_t *packet, size_t len)
{
	uint8_t *frame = packet - ETH_HDR;
	enum ipv4_fault fault;
	const uint8_t *mac;
	struct ipv4 ip;

	fault = ipv4_parse(packet, len, true, &ip);
	if (fault != IPV4_OK) {
		switch_drop(w, s, ipv4_faults[fault]);
		return;
	}
	if (!port_source_ok(&s->port, ip.src)) {
		switch_drop(w, s, DROP_SOURCE);
		return;
	}
	if (dhcp(w, s, packet, &ip))
		return;
	switch_taken(w, s, ip.total_len);
	if (ip.proto == IPV4_TCP && !ipv4_is_fragment(&ip) &&
	    tcp_clamp_mss(packet + ip.hdr_len, (size_t)ip.total_len - ip.hdr_len,
			  (uint16_t)(s->cfg.mtu - IPV4_HDR - TCP_HDR), true))
		count(w, COUNT_MSS_CLAMPED);
	if (is_judged(w, s)) {
		bridge_user_packet(w, s, packet, &ip);
		return;
	}
	mac = port_next_hop(&w->neigh, &s->port, ip.dst, w->hubs[s->cfg.hub].tap_mac);
	eth_put(frame, mac, s->cfg.mac, ETH_TYPE_IPV4);
	if (!switch_to_session(w, s, mac, frame, ETH_HDR + (size_t)ip.total_len))
		tap_out(w, s->cfg.hub, packet, &ip);
}

static void answer(struct worker *w, uint16_t hub, const uint8_t *built, size_t len,
		   enum dp_count counter)
{
	uint8_t frame[VNET_HDR + FRAME_ANSWER_MAX] = {0};

	memcpy(frame + VNET_HDR, built, len);
	count(w, counter);
	tap_out_frame(w, hub, frame, len);
}

void switch_frame(struct worker *w, uint16_t hub, uint8_t *vnet_at, size_t len)
{
	struct bridge_frame f = {.hub = hub, .vnet_at = vnet_at, .len = len};
	uint8_t built[FRAME_ANSWER_MAX];
	enum frame_verdict v;
	struct port_mac port;

	if (w->hubs[hub].judged) {
		bridge_in(w, &w->hubs[hub].way_out, &f);
		return;
	}
	v = frame_judge(&w->neigh, hub, vnet_at + VNET_HDR, len, &port, built);
	if (v == FRAME_TO_PORT)
		to_port(w, hub, &port, vnet_at, len);
	else if (v == FRAME_ARP_ANSWER)
		answer(w, hub, built, FRAME_ARP_ANSWER_LEN, COUNT_ARP_ANSWERED);
	else if (v == FRAME_ND_ANSWER)
		answer(w, hub, built, FRAME_ND_ANSWER_LEN, COUNT_ND_ANSWERED);
	else
		count(w, frame_faults[v]);
}

void switch_own_frame(struct worker *w, struct session *s, uint8_t *vnet_at, size_t len)
{
	uint16_t hub = s->cfg.hub;
	struct bridge_frame f = {.hub = hub, .vnet_at = vnet_at, .len = len};
	struct port_mac port;

	if (is_judged(w, s))
		bridge_in(w, &s->link, &f);
	else if (port_mac_parse(vnet_at + VNET_HDR, &port))
		to_port(w, hub, &port, vnet_at, len);
	else
		tap_out_frame(w, hub, vnet_at, len);
}
