/*
 * port_out6: an IPv6 packet or super-packet leaves the hub by a session's port: only
 * to the session's own prefix; MSS clamp, segmentation to the session's MTU, checksums
 * completed. Nothing is fragmented on the way (RFC 8200 section 5): what is too large
 * is answered (RFC 4443 section 3.2). Called by port_out; passes to l2tp_out.
 */
#include "dataplane/gso.h"
#include "wire/eth.h"
#include "wire/icmp6.h"
#include "worker.h"

#define ICMP_PER_SECOND 100

/* The source of the error is the client, as in port_out.c. */
static void too_big(struct worker *w, struct session *s, const uint8_t *packet,
		    const struct ipv6 *ip)
{
	uint8_t answer[TAP_ROOM + VNET_HDR + ETH_HDR + ICMP6_TOO_BIG_MAX];
	uint8_t *frame = answer + TAP_ROOM + VNET_HDR;
	const uint8_t *from = packet - ETH_HDR + ETH_ADDR;
	size_t len;

	port_drop(w, s, DROP_TOO_BIG);
	memset(answer, 0, TAP_ROOM + VNET_HDR);
	len = icmp6_too_big(frame + ETH_HDR, packet, ip->total_len, s->cfg.mtu);
	if (len == 0 || eth_is_group(from) || !rate_ok(&w->icmp_rate, w->now_ms, ICMP_PER_SECOND)) {
		count(w, DROP_ICMP_LIMIT);
		return;
	}
	eth_put(frame, from, s->cfg.mac, ETH_TYPE_IPV6);
	count(w, COUNT_ICMP_TOO_BIG);
	switch_own_frame(w, s, answer + TAP_ROOM, ETH_HDR + len);
}

static void send_super(struct worker *w, struct session *s, const uint8_t *packet,
		       const struct ipv6 *ip, const struct vnet *v)
{
	uint8_t type = v->gso_type & (uint8_t)~VNET_GSO_ECN;
	uint8_t proto = type == VNET_GSO_TCPV6 ? IPV6_TCP : IPV6_UDP;
	struct gso g;

	if ((type != VNET_GSO_TCPV6 && type != VNET_GSO_UDP_L4) || ip->proto != proto ||
	    !gso_begin6(&g, packet, ip, v->gso_size, s->cfg.mtu))
		port_drop(w, s, DROP_GSO);
	else if (!port_send_segments(w, s, &g, PPP_IPV6))
		too_big(w, s, packet, ip);
}

static void clamp(struct worker *w, struct session *s, uint8_t *packet, const struct ipv6 *ip,
		  bool complete)
{
	uint16_t max = (uint16_t)(s->cfg.mtu - IPV6_HDR - TCP_HDR);

	if (ip->proto == IPV6_TCP &&
	    tcp_clamp_mss(packet + IPV6_HDR, (size_t)ip->total_len - IPV6_HDR, max, complete))
		count(w, COUNT_MSS_CLAMPED);
}

void port_out6(struct worker *w, struct session *s, uint8_t *vnet_at, size_t frame_len)
{
	uint8_t *packet = vnet_at + VNET_HDR + ETH_HDR;
	struct vnet v;
	struct ipv6 ip;

	if (ipv6_parse(packet, frame_len - ETH_HDR, &ip) != IPV6_OK ||
	    !vnet_parse(vnet_at, VNET_HDR, &v)) {
		port_drop(w, s, DROP_IPV6_LENGTH);
		return;
	}
	if (!s->ip6.on || ip.dst.prefix != s->ip6.prefix) {
		port_drop(w, s, DROP_IPV6_OFF);
		return;
	}
	clamp(w, s, packet, &ip, !(v.flags & VNET_F_NEEDS_CSUM));
	if (v.gso_type != VNET_GSO_NONE)
		send_super(w, s, packet, &ip, &v);
	else if (!port_complete_checksum(packet, &v, IPV6_HDR, ip.total_len, ip.proto))
		port_drop(w, s, DROP_CSUM);
	else if (ip.total_len > s->cfg.mtu)
		too_big(w, s, packet, &ip);
	else
		port_send(w, s, packet, ip.total_len, PPP_IPV6);
}
