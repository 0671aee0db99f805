/*
 * icmp6: the one ICMPv6 error that the data path sends (RFC 4443 section 3.2). What
 * belongs to Neighbor Discovery is in nd.h.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#define ICMP6_TOO_BIG_MAX 1280 /* longest packet that icmp6_too_big() makes (RFC 4443 2.4 c) */

/* Packet Too Big with the next hop's mtu, as a whole IPv6 packet at dst
 * (ICMP6_TOO_BIG_MAX octets), about the packet at p (len octets, at least its header).
 * From that packet's destination to its source. Returns its length, or 0 when the
 * packet must not be answered (RFC 4443 section 2.4 e: an ICMPv6 error or redirect, no
 * single host as source). */
size_t icmp6_too_big(uint8_t *dst, const uint8_t *p, size_t len, uint32_t mtu);
