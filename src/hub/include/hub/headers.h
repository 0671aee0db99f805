/*
 * headers: one look at an Ethernet frame, for everything that the hub decides about it.
 *
 * The only place where the hub reads a frame's octets. It is tolerant: what cannot be read
 * is absent (its flag is not set), and only a frame without an Ethernet header is refused.
 * Where an absent header is itself a way around a filter, a flag says so (HDR_CHAIN_CUT,
 * HDR_L4_CUT). A frame of a bulk flow costs two or three cache lines of reading and no call
 * out of headers.c but to IPv4's and TCP's gates; ARP, DHCP and Neighbor Discovery, which
 * are rare, cost more.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "wire/dhcp_peek.h"
#include "wire/ipv6.h"

#define HUB_PORT_NONE UINT32_MAX

enum hub_header {
	HDR_GROUP = 1 << 0,     /* destination is a group; broadcast is one */
	HDR_BROADCAST = 1 << 1, /* ff:ff:ff:ff:ff:ff */
	HDR_TAGGED = 1 << 2,    /* 802.1Q or 802.1ad, outermost: vlan is set */
	HDR_ARP = 1 << 3,       /* arp is set */
	HDR_IPV4 = 1 << 4,      /* addresses and proto are set */
	HDR_IPV6 = 1 << 5,      /* the same */
	HDR_IP = HDR_IPV4 | HDR_IPV6,
	HDR_FRAGMENT = 1 << 6, /* part of a fragmented packet */
	HDR_LATER = 1 << 7,    /* not its first part: nothing of the transport is here */
	/* IPv6's extension headers run out of the packet or are more than 8: what is behind
	 * them is unknown (RFC 7113 section 3 drops such packets where it guards) */
	HDR_CHAIN_CUT = 1 << 8,
	HDR_PORTS = 1 << 9,   /* TCP or UDP: src_port, dst_port are set */
	HDR_TCP = 1 << 10,    /* tcp_flags is set */
	HDR_L4_CUT = 1 << 11, /* TCP or UDP, but its header is cut or overlaps (RFC 3128) */
	HDR_UDP = 1 << 12,
	/* DHCP by its ports: _SERVER is what a server sends, or what a client would take for
	 * it; _READ: dhcp is set */
	HDR_DHCP = 1 << 13,
	HDR_DHCP_SERVER = 1 << 14,
	HDR_DHCP_READ = 1 << 15,
	HDR_DHCP6 = 1 << 16,
	HDR_DHCP6_SERVER = 1 << 17,
	HDR_ICMP6 = 1 << 18, /* icmp_type is set */
	HDR_ND = 1 << 19,    /* RS, RA, NS, NA or Redirect by icmp_type; nd is set as far as read */
	HDR_BPDU = 1 << 20,  /* to 01:80:c2:00:00:0x: spanning tree, LACP, LLDP, pause */
	HDR_PPPOE = 1 << 21,
	HDR_STACKED = 1 << 22, /* four tags or SNAP headers, or more: what is behind is unknown */
};

struct hub_arp {
	uint16_t op;
	uint64_t sender_mac;
	uint32_t sender_ip, target_ip; /* host order */
};

/* Neighbor Discovery; what is not there is zero. */
struct hub_nd {
	struct ipv6_addr target; /* NS, NA */
	uint64_t link_addr;      /* option 1 of RS, RA, NS; option 2 of NA, Redirect */
};

struct hub_headers {
	uint32_t flags;    /* enum hub_header; every other field means something only with its flag,
			    * but len, src_mac, dst_mac, type, vlan, l3_at */
	uint32_t len;      /* octets of the frame */
	uint64_t src_mac;  /* 48 bits as a number, first octet highest */
	uint64_t dst_mac;  /* the same */
	uint16_t type;     /* EtherType behind tags and SNAP; below 1536: LLC */
	uint16_t vlan;     /* of the outermost tag, 0: none, or "priority only" */
	uint16_t l3_at;    /* offset of what the type names */
	uint16_t l4_at;    /* offset of the transport header; 0: none */
	uint8_t proto;     /* behind IPv6's extension headers */
	uint8_t tcp_flags; /* TCP_SYN ... of wire/tcp.h */
	uint8_t icmp_type; /* of ICMPv6 */
	uint8_t hop_limit; /* TTL or hop limit */
	uint16_t src_port, dst_port;
	/* IPv4 addresses are mapped: ::ffff:a.b.c.d (RFC 4291 section 2.5.5.2) */
	struct ipv6_addr src_ip, dst_ip;
	union {
		struct hub_arp arp;
		struct dhcp_peek dhcp;
		struct hub_nd nd;
	};
};

/* Reads the frame (len octets, at most 65 600). False only when it has no Ethernet header.
 * Nothing in h points into the frame. */
bool hub_headers_parse(const uint8_t *frame, size_t len, struct hub_headers *h);

/* An Ethernet address as a number, and back. */
static inline uint64_t hub_mac(const uint8_t mac[6])
{
	return (uint64_t)be16(mac) << 32 | be32(mac + 2);
}

static inline void hub_mac_octets(uint8_t out[6], uint64_t mac)
{
	put_be16(out, (uint16_t)(mac >> 32));
	put_be32(out + 2, (uint32_t)mac);
}

#define HUB_MAC_BROADCAST UINT64_C(0xffffffffffff)

static inline bool hub_mac_is_group(uint64_t mac)
{
	return mac >> 40 & 1;
}

/* An IPv4 address (host order) as the number that the tables and lists know it by. */
static inline struct ipv6_addr hub_ip4(uint32_t ip)
{
	return (struct ipv6_addr){0, UINT64_C(0xffff) << 32 | ip};
}

static inline bool hub_ip_is_4(struct ipv6_addr a)
{
	return a.prefix == 0 && a.iid >> 32 == 0xffff;
}
