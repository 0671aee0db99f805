/*
 * gso: software segmentation of a super-packet, and IPv4 fragmentation, as
 * iterators that write one packet at a time to where it is needed.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "wire/ipv4.h"
#include "wire/ipv6.h"
#include "wire/tcp.h"

struct gso {
	const uint8_t *packet; /* the super-packet's IP header */
	bool v6;
	uint8_t ip_len;   /* octets of the IP header */
	uint8_t proto;    /* IPV4_TCP or IPV4_UDP */
	uint16_t id;      /* IPv4 */
	uint16_t hdr_len; /* IP and TCP or UDP header */
	uint16_t segment; /* octets of payload in each packet but the last */
	uint32_t payload_len;
	uint32_t at; /* payload octets written so far */
	uint16_t index;
	uint32_t seq;  /* TCP */
	uint8_t flags; /* TCP */
	/* what is the same in all: headers in which the rest is 0, and their sums, that of TCP or
	 * UDP over the pseudo header */
	uint8_t head[IPV4_HDR_MAX + TCP_HDR_MAX];
	uint64_t ip_sum, l4_sum;
};

/* Begins to cut the TCP or UDP packet (ip: its parsed header; not a fragment) into
 * packets with at most `segment` octets of payload; TCP segments are made smaller
 * when they would exceed mtu. False when its headers do not fit each other. A UDP
 * datagram is never made smaller: the caller compares gso_next_len() with the MTU. */
bool gso_begin(struct gso *g, const uint8_t *packet, const struct ipv4 *ip, uint16_t segment,
	       uint16_t mtu);

/* The same of an IPv6 packet with TCP or UDP right behind its fixed header. */
bool gso_begin6(struct gso *g, const uint8_t *packet, const struct ipv6 *ip, uint16_t segment,
		uint16_t mtu);

/* Length of the next IP packet, 0 when all were written. */
size_t gso_next_len(const struct gso *g);

/* Writes the next packet, gso_next_len() octets, with complete checksums. */
void gso_write(struct gso *g, uint8_t *dst);

struct frag {
	const uint8_t *packet;
	struct ipv4 ip;
	uint16_t piece; /* payload octets of each fragment but the last, a multiple of 8 */
	uint32_t at;
};

/* Begins to fragment an IPv4 packet without DF whose checksums are complete
 * (RFC 791 section 3.2). False when mtu leaves no room behind the header, or when
 * the offsets would not fit. */
bool frag_begin(struct frag *f, const uint8_t *packet, const struct ipv4 *ip, uint16_t mtu);
size_t frag_next_len(const struct frag *f);
void frag_write(struct frag *f, uint8_t *dst);
