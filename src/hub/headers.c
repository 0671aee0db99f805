/*
 * headers: reads the headers of one Ethernet frame: 802.1Q and 802.1ad tags, SNAP, ARP (RFC 826),
 * IPv4 (RFC 791), IPv6 with its extension headers (RFC 8200 section 4), TCP's and UDP's
 * ports, DHCP (RFC 2131), Neighbor Discovery (RFC 4861). Called by forward for each frame.
 * Never judges and never changes a frame.
 */
#include "hub/headers.h"

#include "base/rd.h"
#include "wire/arp.h"
#include "wire/eth.h"
#include "wire/ipv4.h"
#include "wire/tcp.h"
#include "wire/udp.h"
#include "wire/vlan.h"

#define SHIMS_MAX      4
#define TYPE_MIN       1536 /* below it is a length: LLC (IEEE 802.3 section 3.2.6) */
#define SNAP_LEN       8
#define EXTENSIONS_MAX 8
#define ND_OPTIONS_MAX 8
#define ND_REDIRECT    137
#define ND_FIRST       133
#define BPDU_GROUP     UINT64_C(0x0180c2000000)
#define TYPE_PPPOE_1   0x8863
#define TYPE_PPPOE_2   0x8864

enum ipv6_extension {
	EXT_HOP_BY_HOP = 0,
	EXT_ROUTING = 43,
	EXT_FRAGMENT = 44,
	EXT_AUTH = 51,
	EXT_DESTINATION = 60,
	EXT_MOBILITY = 135,
};

static void read_arp(const uint8_t *p, size_t len, struct hub_headers *h)
{
	struct rd r = rd_of(p, len);
	struct arp a;

	if (!arp_parse(&r, &a))
		return;
	h->flags |= HDR_ARP;
	h->arp = (struct hub_arp){.op = a.op,
				  .sender_mac = hub_mac(a.sender_mac),
				  .sender_ip = a.sender_ip,
				  .target_ip = a.target_ip};
}

/* Link-layer addresses are in option 1 (source) and option 2 (target), RFC 4861 4.6.1. */
static void read_nd(const uint8_t *p, size_t len, struct hub_headers *h)
{
	bool has_target = h->icmp_type >= 135;
	uint8_t want = h->icmp_type >= 136 ? 2 : 1;
	struct rd r = rd_of(p, len);

	h->flags |= HDR_ND;
	h->nd = (struct hub_nd){0};
	rd_skip(&r, h->icmp_type == 134 ? 16 : 8);
	if (has_target && rd_left(&r) >= 16)
		h->nd.target = ipv6_addr_get(r.p);
	rd_skip(&r, has_target ? 16 : 0);
	rd_skip(&r, h->icmp_type == ND_REDIRECT ? 16 : 0);
	for (unsigned i = 0; i < ND_OPTIONS_MAX && rd_left(&r) >= 8; i++) {
		uint8_t type = r.p[0], units = r.p[1];

		if (units == 0)
			return;
		if (type == want)
			h->nd.link_addr = hub_mac(r.p + 2);
		rd_skip(&r, 8u * units);
	}
}

static void read_dhcp(const uint8_t *p, size_t len, struct hub_headers *h)
{
	h->flags |= HDR_DHCP;
	/* clients listen on 68 whatever the other port is, and no client sends from 67 */
	if (h->dst_port == DHCP_PORT_CLIENT || h->src_port == DHCP_PORT_SERVER)
		h->flags |= HDR_DHCP_SERVER;
	if (h->flags & HDR_FRAGMENT || !dhcp_peek(p, len, &h->dhcp))
		return;
	h->flags |= HDR_DHCP_READ;
	if (h->dhcp.op == DHCP_BOOTREPLY)
		h->flags |= HDR_DHCP_SERVER;
}

static bool is_port(const struct hub_headers *h, uint16_t a, uint16_t b)
{
	return h->dst_port == a || h->dst_port == b || h->src_port == a || h->src_port == b;
}

static void read_udp(const uint8_t *p, size_t len, struct hub_headers *h)
{
	if (len < UDP_HDR) {
		h->flags |= HDR_L4_CUT;
		return;
	}
	h->flags |= HDR_UDP;
	if (h->flags & HDR_IPV4 && is_port(h, DHCP_PORT_SERVER, DHCP_PORT_CLIENT))
		read_dhcp(p + UDP_HDR, len - UDP_HDR, h);
	if (h->flags & HDR_IPV6 && is_port(h, DHCP6_PORT_SERVER, DHCP6_PORT_CLIENT)) {
		h->flags |= HDR_DHCP6;
		if (h->dst_port == DHCP6_PORT_CLIENT || h->src_port == DHCP6_PORT_SERVER)
			h->flags |= HDR_DHCP6_SERVER;
	}
}

/* p: what follows the IP headers of a whole packet or of a first fragment. */
static void read_transport(const uint8_t *p, size_t len, struct hub_headers *h)
{
	struct tcp tcp;

	if (h->proto == IPV4_TCP || h->proto == IPV4_UDP) {
		if (len < 4) {
			h->flags |= HDR_L4_CUT;
			return;
		}
		h->flags |= HDR_PORTS;
		h->src_port = be16(p);
		h->dst_port = be16(p + 2);
	}
	if (h->proto == IPV4_UDP) {
		read_udp(p, len, h);
	} else if (h->proto == IPV4_TCP) {
		if (tcp_parse(p, len, &tcp)) {
			h->flags |= HDR_TCP;
			h->tcp_flags = tcp.flags;
		} else {
			h->flags |= HDR_L4_CUT;
		}
	} else if (h->proto == IPV6_ICMP && h->flags & HDR_IPV6 && len > 0) {
		h->flags |= HDR_ICMP6;
		h->icmp_type = p[0];
		if (p[0] >= ND_FIRST && p[0] <= ND_REDIRECT)
			read_nd(p, len, h);
	}
}

static void read_ipv4(const uint8_t *p, size_t len, struct hub_headers *h)
{
	struct ipv4 ip;
	uint16_t offset;

	if (ipv4_parse(p, len, false, &ip) != IPV4_OK)
		return;
	h->flags |= HDR_IPV4;
	h->proto = ip.proto;
	h->hop_limit = ip.ttl;
	h->src_ip = hub_ip4(ip.src);
	h->dst_ip = hub_ip4(ip.dst);
	h->l4_at = (uint16_t)(h->l3_at + ip.hdr_len);
	offset = ip.frag & IPV4_FRAG_OFFSET;
	if (ipv4_is_fragment(&ip))
		h->flags |= HDR_FRAGMENT;
	if (offset == 0)
		read_transport(p + ip.hdr_len, ip.total_len - (size_t)ip.hdr_len, h);
	else
		h->flags |= HDR_LATER | (offset == 1 && ip.proto == IPV4_TCP ? HDR_L4_CUT : 0);
}

static bool is_extension(uint8_t next)
{
	return next == EXT_HOP_BY_HOP || next == EXT_ROUTING || next == EXT_FRAGMENT ||
	       next == EXT_AUTH || next == EXT_DESTINATION || next == EXT_MOBILITY;
}

/* One extension header; false when it is cut. Notes fragments. */
static bool skip_extension(struct rd *r, struct hub_headers *h)
{
	uint8_t kind = h->proto, units;
	uint16_t frag;

	h->proto = rd_u8(r);
	units = rd_u8(r);
	if (kind == EXT_FRAGMENT) {
		frag = rd_u16(r);
		rd_skip(r, 4);
		/* an "atomic" fragment (RFC 6946) is a whole packet */
		if (frag & 0xfff9)
			h->flags |= HDR_FRAGMENT | (frag & 0xfff8 ? HDR_LATER : 0);
	} else if (kind == EXT_AUTH) {
		rd_skip(r, (units + 2u) * 4 - 2);
	} else {
		rd_skip(r, (units + 1u) * 8 - 2);
	}
	return rd_ok(r);
}

static void read_ipv6(const uint8_t *p, size_t len, struct hub_headers *h)
{
	struct ipv6 ip;
	struct rd r;

	if (ipv6_parse(p, len, &ip) != IPV6_OK)
		return;
	h->flags |= HDR_IPV6;
	h->proto = ip.proto;
	h->hop_limit = ip.hop_limit;
	h->src_ip = ip.src;
	h->dst_ip = ip.dst;
	r = rd_of(p + IPV6_HDR, ip.total_len - (size_t)IPV6_HDR);
	for (unsigned i = 0; is_extension(h->proto) && !(h->flags & HDR_LATER); i++) {
		if (i == EXTENSIONS_MAX || !skip_extension(&r, h)) {
			h->flags |= HDR_CHAIN_CUT;
			return;
		}
	}
	h->l4_at = (uint16_t)(h->l3_at + (r.p - p));
	if (!(h->flags & HDR_LATER))
		read_transport(r.p, rd_left(&r), h);
}

static bool is_snap(const uint8_t *p, size_t left)
{
	return left >= SNAP_LEN && be32(p) == UINT32_C(0xaaaa0300) && be16(p + 4) == 0;
}

/* Steps over tags and SNAP headers (RFC 1042) in any order: systems take IP behind all of them,
 * so guards must see it there (CVE-2021-27853, -27854, -27861). */
static void read_shims(const uint8_t *frame, size_t len, struct hub_headers *h)
{
	size_t at = ETH_HDR;
	unsigned i = 0;

	for (; i < SHIMS_MAX; i++) {
		if (vlan_is_tag(h->type) && len - at >= VLAN_TAG) {
			if (i == 0) {
				h->flags |= HDR_TAGGED;
				h->vlan = be16(frame + at) & VLAN_ID_MASK;
			}
			h->type = be16(frame + at + 2);
			at += VLAN_TAG;
		} else if (h->type < TYPE_MIN && is_snap(frame + at, len - at)) {
			h->type = be16(frame + at + 6);
			at += SNAP_LEN;
		} else {
			break;
		}
	}
	if (i == SHIMS_MAX)
		h->flags |= HDR_STACKED;
	h->l3_at = (uint16_t)at;
}

bool hub_headers_parse(const uint8_t *frame, size_t len, struct hub_headers *h)
{
	struct eth eth;

	if (!eth_parse(frame, len, &eth))
		return false;
	h->flags = 0;
	h->len = (uint32_t)len;
	h->src_mac = hub_mac(eth.src);
	h->dst_mac = hub_mac(eth.dst);
	h->type = eth.type;
	h->vlan = 0;
	h->l3_at = ETH_HDR;
	h->l4_at = 0;
	if (hub_mac_is_group(h->dst_mac)) {
		h->flags |= HDR_GROUP;
		if (h->dst_mac == HUB_MAC_BROADCAST)
			h->flags |= HDR_BROADCAST;
		if ((h->dst_mac & ~UINT64_C(0xf)) == BPDU_GROUP)
			h->flags |= HDR_BPDU;
	}
	if (vlan_is_tag(h->type) || h->type < TYPE_MIN)
		read_shims(frame, len, h);
	if (h->type == ETH_TYPE_IPV4)
		read_ipv4(frame + h->l3_at, len - h->l3_at, h);
	else if (h->type == ETH_TYPE_IPV6)
		read_ipv6(frame + h->l3_at, len - h->l3_at, h);
	else if (h->type == ETH_TYPE_ARP)
		read_arp(frame + h->l3_at, len - h->l3_at, h);
	else if (h->type == TYPE_PPPOE_1 || h->type == TYPE_PPPOE_2)
		h->flags |= HDR_PPPOE;
	return true;
}
