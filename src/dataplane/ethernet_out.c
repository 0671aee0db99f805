/*
 * ethernet_out: frames that leave the hub by a port that speaks Ethernet: super-packets cut to
 * what fits the path, checksums completed, the EtherIP header (RFC 3378 section 3) in front, into
 * the peer's SA. A frame is copied before anything in it changes: others may get it, too. One that
 * is too long for the path leaves in an ESP packet that the kernel fragments, and comes out whole
 * (RFC 3378 section 4). Called by bridge.
 */
#include "dataplane/gso.h"
#include "wire/etherip.h"
#include "wire/udp.h"
#include "worker.h"

#define TAGS_MAX 2

/* Where the packet begins behind the tags; 0: none. */
static size_t packet_at(const uint8_t *frame, size_t len, uint16_t *type)
{
	size_t at = 2 * ETH_ADDR;

	for (unsigned tags = 0; tags <= TAGS_MAX && at + 2 <= len; tags++) {
		*type = be16(frame + at);
		if (!vlan_is_tag(*type))
			return at + 2;
		at += VLAN_TAG;
	}
	return 0;
}

/* Of a packet that begins at this offset of its frame. */
static uint16_t mtu_at(const struct worker *w, const struct ethernet *e, size_t at)
{
	return (uint16_t)(ethernet_mtu(w, e) - (at - ETH_HDR));
}

void ethernet_clamp(struct worker *w, const struct ethernet *e, uint8_t *frame, size_t len,
		    bool whole)
{
	uint16_t type = 0, mtu;
	size_t at = packet_at(frame, len, &type);
	uint8_t *packet = frame + at;
	bool done = false;
	struct ipv4 ip;
	struct ipv6 ip6;

	if (at == 0)
		return;
	mtu = mtu_at(w, e, at);
	if (type == ETH_TYPE_IPV4 && ipv4_parse(packet, len - at, false, &ip) == IPV4_OK &&
	    ip.proto == IPV4_TCP && !ipv4_is_fragment(&ip))
		done = tcp_clamp_mss(packet + ip.hdr_len, (size_t)ip.total_len - ip.hdr_len,
				     (uint16_t)(mtu - IPV4_HDR - TCP_HDR), whole);
	else if (type == ETH_TYPE_IPV6 && ipv6_parse(packet, len - at, &ip6) == IPV6_OK &&
		 ip6.proto == IPV6_TCP)
		done = tcp_clamp_mss(packet + IPV6_HDR, (size_t)ip6.total_len - IPV6_HDR,
				     (uint16_t)(mtu - IPV6_HDR - TCP_HDR), whole);
	if (done)
		count(w, COUNT_MSS_CLAMPED);
}

static void drop(struct worker *w, struct ethernet *e, enum dp_count reason)
{
	e->stats.drops_out++;
	count(w, reason);
}

static uint8_t *out_begin(struct worker *w, struct ethernet *e, size_t len)
{
	uint8_t *p = esp_out_begin(w, &w->peers[e->cfg.peer], ETHERIP_HDR + len);

	if (!p) {
		e->stats.drops_out++;
		return NULL;
	}
	etherip_put(p);
	return p + ETHERIP_HDR;
}

static void out_end(struct worker *w, struct ethernet *e, uint8_t *frame, size_t len)
{
	esp_out_end(w, &w->peers[e->cfg.peer], frame - ETHERIP_HDR, ETHERIP_HDR + len,
		    ETHERIP_PROTO);
	e->stats.packets_out++;
	e->stats.bytes_out += len;
	e->stats.last_out_ms = w->now_ms;
	count(w, COUNT_PORT_OUT);
}

static void send_frame(struct worker *w, struct ethernet *e, const uint8_t *frame, size_t len,
		       const struct vnet *v)
{
	uint8_t proto = v->csum_offset == UDP_CHECKSUM ? IPV4_UDP : IPV4_TCP;
	uint8_t *copy = out_begin(w, e, len);

	if (!copy)
		return;
	memcpy(copy, frame, len);
	ethernet_clamp(w, e, copy, len, !(v->flags & VNET_F_NEEDS_CSUM));
	if (port_complete_checksum(copy + ETH_HDR, v, 0, len - ETH_HDR, proto))
		out_end(w, e, copy, len);
	else
		drop(w, e, DROP_CSUM);
}

/* False: the headers do not fit each other. */
static bool cut_begin(struct gso *g, const uint8_t *packet, size_t len, uint16_t type,
		      const struct vnet *v, uint16_t mtu)
{
	uint8_t kind = v->gso_type & (uint8_t)~VNET_GSO_ECN;
	bool is_udp = kind == VNET_GSO_UDP_L4;
	struct ipv4 ip;
	struct ipv6 ip6;

	if (type == ETH_TYPE_IPV4)
		return (is_udp || kind == VNET_GSO_TCPV4) &&
		       ipv4_parse(packet, len, false, &ip) == IPV4_OK &&
		       ip.proto == (is_udp ? IPV4_UDP : IPV4_TCP) &&
		       gso_begin(g, packet, &ip, v->gso_size, mtu);
	return type == ETH_TYPE_IPV6 && (is_udp || kind == VNET_GSO_TCPV6) &&
	       ipv6_parse(packet, len, &ip6) == IPV6_OK &&
	       ip6.proto == (is_udp ? IPV6_UDP : IPV6_TCP) &&
	       gso_begin6(g, packet, &ip6, v->gso_size, mtu);
}

static void send_super(struct worker *w, struct ethernet *e, const uint8_t *frame, size_t len,
		       const struct vnet *v)
{
	uint16_t type = 0;
	size_t at = packet_at(frame, len, &type), n;
	struct gso g;

	if (at == 0 || !cut_begin(&g, frame + at, len - at, type, v, mtu_at(w, e, at))) {
		drop(w, e, DROP_GSO);
		return;
	}
	while ((n = gso_next_len(&g))) {
		uint8_t *copy = out_begin(w, e, at + n);

		if (!copy)
			return;
		memcpy(copy, frame, at);
		gso_write(&g, copy + at);
		out_end(w, e, copy, at + n);
	}
}

void ethernet_out(struct worker *w, struct ethernet *e, const uint8_t *vnet_at, size_t len)
{
	struct vnet v;

	if (!vnet_parse(vnet_at, VNET_HDR + len, &v) || len < ETH_HDR)
		drop(w, e, DROP_FRAME_SHORT);
	else if (v.gso_type != VNET_GSO_NONE)
		send_super(w, e, vnet_at + VNET_HDR, len, &v);
	else
		send_frame(w, e, vnet_at + VNET_HDR, len, &v);
}
