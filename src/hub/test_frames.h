/*
 * test_frames: builds the frames that the hub's tests send. Each builder returns the length.
 */
#pragma once

#include <string.h>

#include "base/wr.h"
#include "hub/headers.h"
#include "wire/arp.h"
#include "wire/checksum.h"
#include "wire/eth.h"
#include "wire/ipv4.h"
#include "wire/ipv6.h"
#include "wire/nd.h"
#include "wire/tcp.h"
#include "wire/udp.h"
#include "wire/vlan.h"

#define FRAME_MAX 600
#define ALL_HOSTS UINT64_C(0xffffffffffff)
#define IP(d)     (UINT32_C(0xc0a80100) + (d)) /* 192.168.1.d */
#define MAC(d)    (UINT64_C(0x020000000000) + (d))

struct frame {
	uint8_t p[FRAME_MAX];
	size_t len;
};

static inline size_t put_eth(struct frame *f, uint64_t src, uint64_t dst, uint16_t type)
{
	memset(f->p, 0, sizeof(f->p));
	hub_mac_octets(f->p, dst);
	hub_mac_octets(f->p + ETH_ADDR, src);
	put_be16(f->p + 2 * ETH_ADDR, type);
	f->len = 60;
	return ETH_HDR;
}

static inline void put_raw(struct frame *f, uint64_t src, uint64_t dst, uint16_t type)
{
	(void)put_eth(f, src, dst, type);
}

static inline void put_arp(struct frame *f, uint64_t src, uint64_t dst, uint16_t op,
			   uint32_t sender_ip, uint32_t target_ip)
{
	struct arp a = {.op = op, .sender_ip = sender_ip, .target_ip = target_ip};
	struct wr w = wr_of(f->p + ETH_HDR, ARP_LEN);

	(void)put_eth(f, src, dst, ETH_TYPE_ARP);
	hub_mac_octets(a.sender_mac, src);
	arp_build(&w, &a);
}

/* IPv4 with n octets of payload behind the header; returns where the payload is. */
static inline uint8_t *put_ip4(struct frame *f, uint64_t src, uint64_t dst, uint8_t proto,
			       uint32_t src_ip, uint32_t dst_ip, size_t n)
{
	size_t at = put_eth(f, src, dst, ETH_TYPE_IPV4);

	ipv4_put(f->p + at, (uint16_t)(IPV4_HDR + n), 64, proto, src_ip, dst_ip);
	f->len = at + IPV4_HDR + n;
	return f->p + at + IPV4_HDR;
}

static inline void put_ports_of_tcp(uint8_t *p, uint16_t src_port, uint16_t dst_port, uint8_t flags)
{
	put_be16(p, src_port);
	put_be16(p + 2, dst_port);
	p[12] = 5 << 4;
	p[TCP_FLAGS] = flags;
}

static inline void put_tcp4(struct frame *f, uint64_t src, uint64_t dst, uint32_t src_ip,
			    uint32_t dst_ip, uint16_t src_port, uint16_t dst_port, uint8_t flags)
{
	put_ports_of_tcp(put_ip4(f, src, dst, IPV4_TCP, src_ip, dst_ip, TCP_HDR), src_port,
			 dst_port, flags);
}

static inline uint8_t *put_udp4(struct frame *f, uint64_t src, uint64_t dst, uint32_t src_ip,
				uint32_t dst_ip, uint16_t src_port, uint16_t dst_port, size_t n)
{
	uint8_t *p = put_ip4(f, src, dst, IPV4_UDP, src_ip, dst_ip, UDP_HDR + n);

	udp_put(p, src_port, dst_port, (uint16_t)(UDP_HDR + n));
	return p + UDP_HDR;
}

#define DHCP_SIZE 264

/* A DHCP message; op by its type. */
static inline void put_dhcp(struct frame *f, uint64_t src, uint64_t dst, uint32_t src_ip,
			    uint8_t message, uint64_t chaddr, uint32_t yiaddr, uint32_t lease_s)
{
	bool reply =
		message == DHCP_MSG_OFFER || message == DHCP_MSG_ACK || message == DHCP_MSG_NAK;
	uint8_t *p = put_udp4(f, src, dst, src_ip, UINT32_MAX, reply ? 67 : 68, reply ? 68 : 67,
			      DHCP_SIZE);

	p[0] = reply ? DHCP_BOOTREPLY : DHCP_BOOTREQUEST;
	p[1] = 1;
	p[2] = 6;
	put_be32(p + 16, yiaddr);
	hub_mac_octets(p + 28, chaddr);
	put_be32(p + 236, UINT32_C(0x63825363));
	p[240] = 53;
	p[241] = 1;
	p[242] = message;
	p[243] = 51;
	p[244] = 4;
	put_be32(p + 245, lease_s);
	p[249] = 255;
}

static inline uint8_t *put_ip6(struct frame *f, uint64_t src, uint64_t dst, uint8_t proto,
			       struct ipv6_addr src_ip, struct ipv6_addr dst_ip, size_t n)
{
	size_t at = put_eth(f, src, dst, ETH_TYPE_IPV6);

	ipv6_put(f->p + at, (uint16_t)n, 255, proto, src_ip, dst_ip);
	f->len = at + IPV6_HDR + n;
	return f->p + at + IPV6_HDR;
}

static inline void put_tcp6(struct frame *f, uint64_t src, uint64_t dst, struct ipv6_addr src_ip,
			    struct ipv6_addr dst_ip, uint16_t src_port, uint16_t dst_port,
			    uint8_t flags)
{
	put_ports_of_tcp(put_ip6(f, src, dst, IPV6_TCP, src_ip, dst_ip, TCP_HDR), src_port,
			 dst_port, flags);
}

static inline void put_udp6(struct frame *f, uint64_t src, uint64_t dst, struct ipv6_addr src_ip,
			    struct ipv6_addr dst_ip, uint16_t src_port, uint16_t dst_port)
{
	udp_put(put_ip6(f, src, dst, IPV6_UDP, src_ip, dst_ip, 20), src_port, dst_port, 20);
}

/* fe80::1:d, and the link's groups. */
static inline struct ipv6_addr link6(uint32_t d)
{
	return (struct ipv6_addr){IPV6_LINK_PREFIX, 0x10000 + d};
}

static inline struct ipv6_addr group6(uint32_t d)
{
	return (struct ipv6_addr){UINT64_C(0xff02) << 48, d};
}

#define MAC_GROUP6(d) (UINT64_C(0x333300000000) + (d))

/* Neighbor Discovery: type 133 to 137 with its fixed part and one option with the MAC. */
static inline void put_nd(struct frame *f, uint64_t src, uint64_t dst, struct ipv6_addr src_ip,
			  uint8_t type, struct ipv6_addr target, uint64_t link_addr)
{
	size_t fixed = type == 134 ? 16 : type == 137 ? 40 : type >= 135 ? 24 : 8;
	uint8_t *p = put_ip6(f, src, dst, IPV6_ICMP, src_ip, group6(1), fixed + 8);
	uint64_t sum;

	p[0] = type;
	if (type == 134) {
		p[4] = 64;
		put_be16(p + 6, 1800);
	}
	if (type >= 135)
		ipv6_addr_put(p + 8, target);
	p[fixed] = type >= 136 ? 2 : 1;
	p[fixed + 1] = 1;
	hub_mac_octets(p + fixed + 2, link_addr);
	sum = checksum_pseudo6(p - IPV6_HDR, IPV6_ICMP, (uint32_t)fixed + 8);
	checksum_store(p + 2, checksum_add(sum, p, fixed + 8));
}

/* Puts a tag into a frame. */
static inline void put_tag(struct frame *f, uint16_t type, uint16_t vlan)
{
	memmove(f->p + 16, f->p + 12, f->len - 12);
	put_be16(f->p + 12, type);
	put_be16(f->p + 14, vlan);
	f->len += VLAN_TAG;
}

/* Puts a SNAP header before what the type names; where the type was is a length then. */
static inline void put_snap(struct frame *f)
{
	memmove(f->p + 20, f->p + 12, f->len - 12);
	f->len += 8;
	put_be16(f->p + 12, (uint16_t)(f->len - ETH_HDR));
	put_be32(f->p + 14, UINT32_C(0xaaaa0300));
	put_be16(f->p + 18, 0);
}
