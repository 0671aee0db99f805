/*
 * ipv6: the IPv6 header (RFC 8200 section 3), as a gate for the packet path.
 *
 * ipv6_parse() checks every length once; behind it the packet is total_len octets
 * long. Extension headers are not followed: `proto` is what stands right behind the
 * fixed header, so that TCP or UDP there is certain, and behind an extension header
 * unknown.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "wire/be.h"

#define IPV6_HDR       40
#define IPV6_MTU_MIN   1280 /* RFC 8200 section 5: what every link carries */
#define IPV6_TCP       6
#define IPV6_UDP       17
#define IPV6_ICMP      58
#define IPV6_HOP_MAX   255
#define IPV6_LEN       4 /* offsets */
#define IPV6_NEXT      6
#define IPV6_HOP_LIMIT 7
#define IPV6_SRC       8
#define IPV6_DST       24

/* An address as two numbers in host order: the /64 prefix and the interface identifier. */
struct ipv6_addr {
	uint64_t prefix, iid;
};

#define IPV6_LINK_PREFIX UINT64_C(0xfe80000000000000) /* fe80::/64, RFC 4291 section 2.5.6 */

struct ipv6 {
	uint8_t proto, hop_limit;
	uint16_t total_len; /* octets with the header, at most 65535 */
	struct ipv6_addr src, dst;
};

enum ipv6_fault {
	IPV6_OK,
	IPV6_SHORT,   /* fewer octets than the fixed header */
	IPV6_VERSION, /* not version 6 */
	IPV6_LENGTH,  /* payload length 0 (RFC 2675) or above what is there */
};

static inline struct ipv6_addr ipv6_addr_get(const uint8_t *p)
{
	return (struct ipv6_addr){
		.prefix = (uint64_t)be32(p) << 32 | be32(p + 4),
		.iid = (uint64_t)be32(p + 8) << 32 | be32(p + 12),
	};
}

static inline void ipv6_addr_put(uint8_t *p, struct ipv6_addr a)
{
	put_be32(p, (uint32_t)(a.prefix >> 32));
	put_be32(p + 4, (uint32_t)a.prefix);
	put_be32(p + 8, (uint32_t)(a.iid >> 32));
	put_be32(p + 12, (uint32_t)a.iid);
}

static inline bool ipv6_addr_eq(struct ipv6_addr a, struct ipv6_addr b)
{
	return a.prefix == b.prefix && a.iid == b.iid;
}

static inline bool ipv6_is_multicast(struct ipv6_addr a)
{
	return a.prefix >> 56 == 0xff;
}

/* fe80::/10 (RFC 4291 section 2.4). */
static inline bool ipv6_is_link_local(struct ipv6_addr a)
{
	return a.prefix >> 54 == 0xfe80 >> 6;
}

static inline bool ipv6_is_unspecified(struct ipv6_addr a)
{
	return (a.prefix | a.iid) == 0;
}

/* The solicited-node multicast address of a (RFC 4291 section 2.7.1). */
static inline struct ipv6_addr ipv6_solicited(struct ipv6_addr a)
{
	return (struct ipv6_addr){UINT64_C(0xff02) << 48,
				  UINT64_C(0x1ff000000) | (a.iid & 0xffffff)};
}

/* The gate. Octets behind total_len (padding) are allowed and not looked at. */
static inline enum ipv6_fault ipv6_parse(const uint8_t *p, size_t len, struct ipv6 *out)
{
	uint16_t payload;

	if (len < IPV6_HDR)
		return IPV6_SHORT;
	if (p[0] >> 4 != 6)
		return IPV6_VERSION;
	payload = be16(p + IPV6_LEN);
	if (payload == 0 || payload > len - IPV6_HDR || payload > UINT16_MAX - IPV6_HDR)
		return IPV6_LENGTH;
	*out = (struct ipv6){
		.proto = p[IPV6_NEXT],
		.hop_limit = p[IPV6_HOP_LIMIT],
		.total_len = (uint16_t)(IPV6_HDR + payload),
		.src = ipv6_addr_get(p + IPV6_SRC),
		.dst = ipv6_addr_get(p + IPV6_DST),
	};
	return IPV6_OK;
}

/* Writes IPV6_HDR octets. payload_len: octets behind the header. */
static inline void ipv6_put(uint8_t *p, uint16_t payload_len, uint8_t hop_limit, uint8_t proto,
			    struct ipv6_addr src, struct ipv6_addr dst)
{
	put_be32(p, UINT32_C(6) << 28);
	put_be16(p + IPV6_LEN, payload_len);
	p[IPV6_NEXT] = proto;
	p[IPV6_HOP_LIMIT] = hop_limit;
	ipv6_addr_put(p + IPV6_SRC, src);
	ipv6_addr_put(p + IPV6_DST, dst);
}
