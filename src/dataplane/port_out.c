/*
 * port_out: an IPv4 packet or super-packet leaves the hub by a session's port:
 * MSS clamp, segmentation to the session's MTU, checksums completed, too large
 * packets answered (RFC 1191) or fragmented (RFC 791). Called by switch; passes to
 * l2tp_out, and IPv6 to port_out6.c.
 */
#include "dataplane/gso.h"
#include "wire/checksum.h"
#include "wire/eth.h"
#include "wire/icmp.h"
#include "worker.h"

#define ICMP_PER_SECOND 100

/* One packet on its way out of a port. */
struct port_tx {
	struct session *s;
	uint8_t *frame; /* Ethernet header */
	uint8_t *packet;
	struct ipv4 ip;
	struct vnet vnet;
};

void port_drop(struct worker *w, struct session *s, enum dp_count reason)
{
	s->stats.drops_out++;
	count(w, reason);
}

static void sent(struct worker *w, struct session *s, uint8_t *packet, size_t len)
{
	l2tp_out_end(w, s, packet, len);
	s->stats.packets_out++;
	s->stats.bytes_out += len;
	s->stats.last_out_ms = w->now_ms;
	count(w, COUNT_USER_OUT);
}

static uint8_t *out_begin(struct worker *w, struct session *s, size_t len, uint8_t ppp_protocol)
{
	uint8_t *dst = l2tp_out_begin(w, s, len, ppp_protocol);

	if (!dst)
		s->stats.drops_out++;
	return dst;
}

/* The source of the error is the client: the TAP's host would refuse a packet with
 * its own address as source. */
static void too_big(struct worker *w, const struct port_tx *t)
{
	uint8_t answer[TAP_ROOM + VNET_HDR + ETH_HDR + ICMP_TOO_BIG_MAX] = {0};
	uint8_t *frame = answer + TAP_ROOM + VNET_HDR;
	struct eth eth = {.dst = t->frame, .src = t->frame + ETH_ADDR};
	size_t len;

	port_drop(w, t->s, DROP_TOO_BIG);
	len = icmp_too_big(frame + ETH_HDR, t->packet, t->ip.total_len, t->s->cfg.ip,
			   t->s->cfg.mtu);
	if (len == 0 || eth_is_group(eth.src) ||
	    !rate_ok(&w->icmp_rate, w->now_ms, ICMP_PER_SECOND)) {
		count(w, DROP_ICMP_LIMIT);
		return;
	}
	eth_put(frame, eth.src, t->s->cfg.mac, ETH_TYPE_IPV4);
	count(w, COUNT_ICMP_TOO_BIG);
	switch_own_frame(w, t->s, answer + TAP_ROOM, ETH_HDR + len);
}

static void send_fragments(struct worker *w, struct session *s, const uint8_t *packet,
			   const struct ipv4 *ip)
{
	struct frag f;
	size_t len;

	if (!frag_begin(&f, packet, ip, s->cfg.mtu)) {
		port_drop(w, s, DROP_IPV4_LENGTH);
		return;
	}
	while ((len = frag_next_len(&f))) {
		uint8_t *dst = out_begin(w, s, len, PPP_IPV4);

		if (!dst)
			return;
		frag_write(&f, dst);
		sent(w, s, dst, len);
	}
}

void port_send(struct worker *w, struct session *s, const uint8_t *packet, size_t len,
	       uint8_t ppp_protocol)
{
	uint8_t *dst = out_begin(w, s, len, ppp_protocol);

	if (!dst)
		return;
	memcpy(dst, packet, len);
	sent(w, s, dst, len);
}

static void send_one(struct worker *w, struct session *s, const uint8_t *packet,
		     const struct ipv4 *ip)
{
	if (ip->total_len > s->cfg.mtu)
		send_fragments(w, s, packet, ip);
	else
		port_send(w, s, packet, ip->total_len, PPP_IPV4);
}

bool port_send_segments(struct worker *w, struct session *s, struct gso *g, uint8_t ppp_protocol)
{
	size_t len;

	while ((len = gso_next_len(g))) {
		uint8_t *dst;

		if (len > s->cfg.mtu)
			return false;
		dst = out_begin(w, s, len, ppp_protocol);
		if (!dst)
			return true;
		gso_write(g, dst);
		sent(w, s, dst, len);
	}
	return true;
}

/* A UDP segment larger than the MTU is a datagram to be fragmented: by the scratch buffer. */
static bool send_large_segment(struct worker *w, struct session *s, struct gso *g, size_t len)
{
	struct ipv4 ip;

	gso_write(g, w->scratch);
	if (ipv4_parse(w->scratch, len, false, &ip) != IPV4_OK)
		return false;
	send_fragments(w, s, w->scratch, &ip);
	return true;
}

static void send_super(struct worker *w, struct port_tx *t)
{
	uint8_t type = t->vnet.gso_type & (uint8_t)~VNET_GSO_ECN;
	uint8_t proto = type == VNET_GSO_TCPV4 ? IPV4_TCP : IPV4_UDP;
	uint16_t mtu = t->s->cfg.mtu;
	struct gso g;

	if ((type != VNET_GSO_TCPV4 && type != VNET_GSO_UDP_L4) || t->ip.proto != proto ||
	    !gso_begin(&g, t->packet, &t->ip, t->vnet.gso_size, mtu)) {
		port_drop(w, t->s, DROP_GSO);
		return;
	}
	if (gso_next_len(&g) > mtu && (t->ip.frag & IPV4_FRAG_DF)) {
		too_big(w, t);
		return;
	}
	while (!port_send_segments(w, t->s, &g, PPP_IPV4)) {
		if (!send_large_segment(w, t->s, &g, gso_next_len(&g)))
			return;
	}
}

bool port_complete_checksum(uint8_t *packet, const struct vnet *v, size_t hdr_len, size_t len,
			    uint8_t proto)
{
	size_t end = ETH_HDR + len, start = v->csum_start;
	uint8_t *frame = packet - ETH_HDR, *field = frame + start + v->csum_offset;

	if (!(v->flags & VNET_F_NEEDS_CSUM))
		return true;
	if (start < ETH_HDR + hdr_len || start + v->csum_offset + 2 > end)
		return false;
	checksum_store(field, checksum_add(0, frame + start, end - start));
	if (proto == IPV4_UDP && be16(field) == 0)
		put_be16(field, UINT16_MAX);
	return true;
}

static void clamp(struct worker *w, struct port_tx *t)
{
	uint8_t *tcp = t->packet + t->ip.hdr_len;
	size_t len = (size_t)t->ip.total_len - t->ip.hdr_len;
	uint16_t max = (uint16_t)(t->s->cfg.mtu - IPV4_HDR - TCP_HDR);

	if (t->ip.proto == IPV4_TCP && !ipv4_is_fragment(&t->ip) &&
	    tcp_clamp_mss(tcp, len, max, !(t->vnet.flags & VNET_F_NEEDS_CSUM)))
		count(w, COUNT_MSS_CLAMPED);
}

void port_out(struct worker *w, struct session *s, uint8_t *vnet_at, size_t frame_len)
{
	struct port_tx t = {.s = s, .frame = vnet_at + VNET_HDR};
	enum ipv4_fault fault;

	if (be16(t.frame + 2 * ETH_ADDR) == ETH_TYPE_IPV6) {
		port_out6(w, s, vnet_at, frame_len);
		return;
	}
	t.packet = t.frame + ETH_HDR;
	fault = ipv4_parse(t.packet, frame_len - ETH_HDR, false, &t.ip);
	if (fault != IPV4_OK || !vnet_parse(vnet_at, VNET_HDR, &t.vnet)) {
		port_drop(w, s, DROP_IPV4_LENGTH);
		return;
	}
	clamp(w, &t);
	if (t.vnet.gso_type != VNET_GSO_NONE) {
		send_super(w, &t);
	} else if (!port_complete_checksum(t.packet, &t.vnet, t.ip.hdr_len, t.ip.total_len,
					   t.ip.proto)) {
		port_drop(w, s, DROP_CSUM);
	} else if (t.ip.total_len > s->cfg.mtu && (t.ip.frag & IPV4_FRAG_DF)) {
		too_big(w, &t);
	} else {
		send_one(w, s, t.packet, &t.ip);
	}
}
