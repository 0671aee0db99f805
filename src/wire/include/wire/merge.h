/*
 * merge: may a TCP segment or a UDP datagram continue a super-packet? The rules are those of
 * the kernel's GRO: what is cut apart again is what came, so headers may differ in nothing
 * that merging would lose.
 *
 * Every packet here has passed the gates (ipv4_parse() or ipv6_parse(), tcp_parse() or
 * udp_parse()); TCP or UDP stands right behind an IP header without options.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "wire/checksum.h"
#include "wire/ipv4.h"
#include "wire/ipv6.h"
#include "wire/tcp.h"

/* Both addresses of the IP headers at a and b. */
static inline bool merge_same_addresses(const uint8_t *a, const uint8_t *b, bool v6)
{
	return v6 ? memcmp(a + IPV6_SRC, b + IPV6_SRC, 32) == 0
		  : memcmp(a + IPV4_SRC, b + IPV4_SRC, 8) == 0;
}

/* The other fields of the IP headers at a and b that a super-packet has once: type of service,
 * flags and TTL; version, traffic class, flow label and hop limit. */
static inline bool merge_same_ip(const uint8_t *a, const uint8_t *b, bool v6)
{
	if (v6)
		return memcmp(a, b, IPV6_LEN) == 0 && a[IPV6_HOP_LIMIT] == b[IPV6_HOP_LIMIT];
	return a[IPV4_TOS] == b[IPV4_TOS] && memcmp(a + IPV4_FRAG, b + IPV4_FRAG, 2) == 0 &&
	       a[IPV4_TTL] == b[IPV4_TTL];
}

/* The TCP headers at a and b, parsed in ta and tb: acknowledgement, window and options. */
static inline bool merge_same_tcp(const uint8_t *a, const struct tcp *ta, const uint8_t *b,
				  const struct tcp *tb)
{
	return ta->hdr_len == tb->hdr_len && ta->ack == tb->ack &&
	       memcmp(a + TCP_WINDOW, b + TCP_WINDOW, 2) == 0 &&
	       (ta->hdr_len == TCP_HDR ||
		memcmp(a + TCP_HDR, b + TCP_HDR, (size_t)ta->hdr_len - TCP_HDR) == 0);
}

/* Is there room for payload more octets behind a super-packet of total_len (IP) whose first
 * piece has segment octets of payload? */
static inline bool merge_has_room(uint32_t total_len, uint16_t segment, size_t payload)
{
	return payload && payload <= segment && total_len + payload <= UINT16_MAX;
}

/* The pseudo header of the IP packet at ip, for l4_len octets behind its header. */
static inline uint64_t merge_pseudo_sum(const uint8_t *ip, bool v6, uint8_t proto, uint32_t l4_len)
{
	return v6 ? checksum_pseudo6(ip, proto, l4_len) : checksum_pseudo4(ip, proto, l4_len);
}

/* Is the checksum of the l4_len octets at l4 right? pseudo: merge_pseudo_sum() of theirs. The
 * header of a super-packet asks for a new one to be completed, so a broken piece would become a
 * good one. False for a UDP datagram without a checksum (RFC 768), which would get one. */
static inline bool merge_sum_ok(uint64_t pseudo, const uint8_t *l4, uint32_t l4_len)
{
	return checksum_fold(checksum_add(pseudo, l4, l4_len)) == UINT16_MAX;
}
