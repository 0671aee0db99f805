/*
 * port_out: an IPv4 packet or super-packet leaves the hub by a session's port:
 * MSS clamp, segmentation to the session's MTU, checksums completed, too large
 * packets answered (RFC 1191) or fragmented (RFC 791). Called by switch; passes to
 * l2tp_out.
 */
#include "gso.h"
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

static void drop_out(struct worker *w, struct session *s, enum dp_count reason)
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

static uint8_t *out_begin(struct worker *w, struct session *s, size_t len)
{
	uint8_t *dst = l2tp_out_begin(w, s, len);

	if (!dst)
		s->stats.drops_out++;
	return dst;
}

/* The source of the error is the client: the TAP's host would refuse a packet with
 * its own address as source. */
static void too_big(struct worker *w, const struct port_tx *t)
{
	uint8_t answer[VNET_HDR + ETH_HDR + ICMP_TOO_BIG_MAX] = {0};
	struct eth eth = {.dst = t->frame, .src = t->frame + ETH_ADDR};
	size_t len;

	drop_out(w, t->s, DROP_TOO_BIG);
	len = icmp_too_big(answer + VNET_HDR + ETH_HDR, t->packet, t->ip.total_len, t->s->cfg.ip,
			   t->s->cfg.mtu);
	if (len == 0 || eth_is_group(eth.src) ||
	    !rate_ok(&w->icmp_rate, w->now_ms, ICMP_PER_SECOND)) {
		count(w, DROP_ICMP_LIMIT);
		return;
	}
	eth_put(answer + VNET_HDR, eth.src, t->s->cfg.mac, ETH_TYPE_IPV4);
	count(w, COUNT_ICMP_TOO_BIG);
	switch_own_frame(w, t->s->cfg.hub, answer, ETH_HDR + len);
}

static void send_fragments(struct worker *w, struct session *s, const uint8_t *packet,
			   const struct ipv4 *ip)
{
	struct frag f;
	size_t len;

	if (!frag_begin(&f, packet, ip, s->cfg.mtu)) {
		drop_out(w, s, DROP_IPV4_LENGTH);
		return;
	}
	while ((len = frag_next_len(&f))) {
		uint8_t *dst = out_begin(w, s, len);

		if (!dst)
			return;
		frag_write(&f, dst);
		sent(w, s, dst, len);
	}
}

static void send_one(struct worker *w, struct session *s, const uint8_t *packet,
		     const struct ipv4 *ip)
{
	uint8_t *dst;

	if (ip->total_len > s->cfg.mtu) {
		send_fragments(w, s, packet, ip);
		return;
	}
	dst = out_begin(w, s, ip->total_len);
	if (!dst)
		return;
	memcpy(dst, packet, ip->total_len);
	sent(w, s, dst, ip->total_len);
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
	size_t len;

	if ((type != VNET_GSO_TCPV4 && type != VNET_GSO_UDP_L4) || t->ip.proto != proto ||
	    !gso_begin(&g, t->packet, &t->ip, t->vnet.gso_size, mtu)) {
		drop_out(w, t->s, DROP_GSO);
		return;
	}
	if (gso_next_len(&g) > mtu && (t->ip.frag & IPV4_FRAG_DF)) {
		too_big(w, t);
		return;
	}
	while ((len = gso_next_len(&g))) {
		uint8_t *dst;

		if (len > mtu) {
			if (!send_large_segment(w, t->s, &g, len))
				return;
			continue;
		}
		dst = out_begin(w, t->s, len);
		if (!dst)
			return;
		gso_write(&g, dst);
		sent(w, t->s, dst, len);
	}
}

/* What the kernel left to the device: the sum from csum_start to the packet's end,
 * over the pseudo header's sum that stands in the field. */
static bool complete_checksum(struct port_tx *t)
{
	size_t end = ETH_HDR + (size_t)t->ip.total_len, start = t->vnet.csum_start;
	uint8_t *field = t->frame + start + t->vnet.csum_offset;

	if (!(t->vnet.flags & VNET_F_NEEDS_CSUM))
		return true;
	if (start < (size_t)ETH_HDR + t->ip.hdr_len || start + t->vnet.csum_offset + 2 > end)
		return false;
	checksum_store(field, checksum_add(0, t->frame + start, end - start));
	if (t->ip.proto == IPV4_UDP && be16(field) == 0)
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

	t.packet = t.frame + ETH_HDR;
	fault = ipv4_parse(t.packet, frame_len - ETH_HDR, false, &t.ip);
	if (fault != IPV4_OK || !vnet_parse(vnet_at, VNET_HDR, &t.vnet)) {
		drop_out(w, s, DROP_IPV4_LENGTH);
		return;
	}
	clamp(w, &t);
	if (t.vnet.gso_type != VNET_GSO_NONE) {
		send_super(w, &t);
	} else if (!complete_checksum(&t)) {
		drop_out(w, s, DROP_CSUM);
	} else if (t.ip.total_len > s->cfg.mtu && (t.ip.frag & IPV4_FRAG_DF)) {
		too_big(w, &t);
	} else {
		send_one(w, s, t.packet, &t.ip);
	}
}
