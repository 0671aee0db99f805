/*
 * switch6: the hub's forwarding for a user's IPv6 packet (RFC 8200). Each session has a
 * /64 of its own (RFC 8273), so the source check (H-25) is one comparison whatever
 * temporary addresses the client's system makes up, and the way to another session is
 * one look-up. Solicitations to us are control's to answer (RFC 4861); nothing else of
 * link scope goes anywhere: no user reaches another's link, so no rogue router
 * advertisement, redirect or multicast either (H-27, H-28). The hop limit stays, as
 * switch does with the TTL. Called by ppp_in.
 */
#include "wire/eth.h"
#include "wire/nd.h"
#include "worker.h"

static const enum dp_count ipv6_faults[] = {
	[IPV6_SHORT] = DROP_IPV6_SHORT,
	[IPV6_VERSION] = DROP_IPV6_VERSION,
	[IPV6_LENGTH] = DROP_IPV6_LENGTH,
};

/* A temporary address is in the prefix too; :: asks before there is an address. */
static bool may_solicit(const struct port_ip6 *p, struct ipv6_addr src)
{
	return src.prefix == p->prefix || ipv6_is_unspecified(src) ||
	       (src.prefix == IPV6_LINK_PREFIX && src.iid == p->peer_iid);
}

static void discovery(struct worker *w, struct session *s, const uint8_t *packet,
		      const struct ipv6 *ip)
{
	uint8_t type = packet[IPV6_HDR];

	if (!may_solicit(&s->ip6, ip->src)) {
		switch_drop(w, s, DROP_IPV6_SOURCE);
	} else if (type != ND_ROUTER_SOLICITATION && type != ND_NEIGHBOR_SOLICITATION) {
		switch_drop(w, s, DROP_ND_IGNORED);
	} else {
		switch_punt(w, s, packet, ip->total_len);
	}
}

/* Nothing of it leaves the link, and ::/32 would be taken for IPv4 by the table. */
static bool leaves_the_link(struct ipv6_addr dst)
{
	return dst.prefix >> 32 && !ipv6_is_multicast(dst) && !ipv6_is_link_local(dst);
}

static void forward(struct worker *w, struct session *s, uint8_t *packet, const struct ipv6 *ip)
{
	uint16_t hub = s->cfg.hub;
	const uint8_t *mac = neigh_find6(&w->neigh, hub, ip->dst.prefix);
	uint8_t *frame = packet - ETH_HDR;

	switch_taken(w, s, ip->total_len);
	count(w, COUNT_USER_IN6);
	if (ip->proto == IPV6_TCP &&
	    tcp_clamp_mss(packet + IPV6_HDR, (size_t)ip->total_len - IPV6_HDR,
			  (uint16_t)(s->cfg.mtu - IPV6_HDR - TCP_HDR), true))
		count(w, COUNT_MSS_CLAMPED);
	if (s->judged || w->hubs[hub].judged) {
		bridge_user_packet6(w, s, packet, ip);
		return;
	}
	if (!mac)
		mac = w->hubs[hub].tap_mac;
	eth_put(frame, mac, s->cfg.mac, ETH_TYPE_IPV6);
	if (!switch_to_session(w, s, mac, frame, ETH_HDR + (size_t)ip->total_len))
		tap_out6(w, hub, packet, ip);
}

void switch_user_packet6(struct worker *w, struct session *s, uint8_t *packet, size_t len)
{
	enum ipv6_fault fault;
	struct ipv6 ip;

	if (!s->ip6.on) {
		switch_drop(w, s, DROP_IPV6_OFF);
		return;
	}
	fault = ipv6_parse(packet, len, &ip);
	if (fault != IPV6_OK)
		switch_drop(w, s, ipv6_faults[fault]);
	else if (nd_looks_like(packet, ip.total_len))
		discovery(w, s, packet, &ip);
	else if (!leaves_the_link(ip.dst))
		switch_drop(w, s, DROP_IPV6_SCOPE);
	else if (ip.src.prefix != s->ip6.prefix)
		switch_drop(w, s, DROP_IPV6_SOURCE);
	else
		forward(w, s, packet, &ip);
}
