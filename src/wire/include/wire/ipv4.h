/*
 * ipv4: the IPv4 header (RFC 791), as a gate for the packet path.
 *
 * ipv4_parse() checks every length once; behind it the header is hdr_len octets
 * long, the packet total_len, and fields may be written at fixed offsets.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define IPV4_HDR     20
#define IPV4_HDR_MAX 60
#define IPV4_MTU_MIN 68
#define IPV4_ICMP    1
#define IPV4_TCP     6
#define IPV4_UDP     17

/* Offsets of the fields that are compared or rewritten in place. */
#define IPV4_TOS       1
#define IPV4_TOTAL_LEN 2
#define IPV4_ID        4
#define IPV4_FRAG      6
#define IPV4_TTL       8
#define IPV4_CHECKSUM  10
#define IPV4_SRC       12

#define IPV4_FRAG_DF     0x4000
#define IPV4_FRAG_MF     0x2000
#define IPV4_FRAG_OFFSET 0x1fff

struct ipv4 {
	uint8_t hdr_len; /* octets, 20 to 60 */
	uint8_t tos, ttl, proto;
	uint16_t total_len; /* octets, hdr_len to len */
	uint16_t id;
	uint16_t frag;     /* flags and offset as on the wire */
	uint32_t src, dst; /* host order */
};

enum ipv4_fault {
	IPV4_OK,
	IPV4_SHORT,   /* fewer octets than the header says it has */
	IPV4_VERSION, /* not version 4 */
	IPV4_IHL,     /* header length below 20 */
	IPV4_LENGTH,  /* total length below the header's or above len */
	IPV4_BAD_SUM, /* header checksum */
};

/* The gate. check_sum: the header checksum is verified, too. Octets behind
 * total_len (padding) are allowed and not looked at. */
enum ipv4_fault ipv4_parse(const uint8_t *p, size_t len, bool check_sum, struct ipv4 *out);

/* Is any part of a fragmented packet? */
static inline bool ipv4_is_fragment(const struct ipv4 *ip)
{
	return ip->frag & (IPV4_FRAG_MF | IPV4_FRAG_OFFSET);
}

/* Recomputes the header checksum of the header at p (hdr_len octets). */
void ipv4_fix_checksum(uint8_t *p, size_t hdr_len);

/* Sets the total length in place; the checksum is the caller's next act. */
void ipv4_set_total_len(uint8_t *p, uint16_t total_len);

/* A 20-octet header with right checksum: DF set, id 0. */
void ipv4_put(uint8_t *p, uint16_t total_len, uint8_t ttl, uint8_t proto, uint32_t src,
	      uint32_t dst);
