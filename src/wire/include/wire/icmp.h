/*
 * icmp: the one ICMP error that the data path sends (RFC 792, RFC 1191).
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#define ICMP_TOO_BIG_MAX 576 /* longest packet that icmp_too_big() makes (RFC 1812 4.3.2.3) */

/* "Fragmentation needed and DF set" with the next hop's mtu, as a whole IPv4 packet at
 * dst (ICMP_TOO_BIG_MAX octets), about the packet at p (len octets, at least its header).
 * From src (host order) to the packet's source. Returns its length, or 0 when the
 * packet must not be answered (RFC 1122 3.2.2: not a first fragment, ICMP error,
 * no single host as source). */
size_t icmp_too_big(uint8_t *dst, const uint8_t *p, size_t len, uint32_t src, uint16_t mtu);
