/*
 * checksum: the Internet checksum (RFC 1071) and its incremental update (RFC 1624).
 *
 * A running sum is a uint64_t of words in the machine's own order; RFC 1071
 * section 2 (B) says why that is right as long as the result is stored in the
 * same order, which checksum_store() does. Every piece but the last must have an
 * even number of octets.
 */
#pragma once

#include <endian.h>
#include <stddef.h>
#include <stdint.h>

/* Adds len octets at p to sum. */
uint64_t checksum_add(uint64_t sum, const void *p, size_t len);

/* Copies len octets to `to`, which does not overlap them; their sum. */
uint64_t checksum_copy(void *to, const void *p, size_t len);

/* The sum of what two sums are of. */
static inline uint64_t checksum_join(uint64_t a, uint64_t b)
{
	a += b;
	return a + (a < b);
}

/* Adds a field with this value in host order, at an even offset. */
static inline uint64_t checksum_word16(uint64_t sum, uint16_t value)
{
	return checksum_join(sum, htobe16(value));
}

static inline uint64_t checksum_word32(uint64_t sum, uint32_t value)
{
	return checksum_join(sum, htobe32(value));
}

/* The sum folded to 16 bits, not complemented; machine order. */
uint16_t checksum_fold(uint64_t sum);

/* The pseudo header of an IPv4 packet whose header stands at ip (20 octets
 * readable), for protocol proto with len octets behind the IP header. */
uint64_t checksum_pseudo4(const uint8_t *ip, uint8_t proto, uint32_t len);

/* The same of an IPv6 packet whose fixed header stands at ip (RFC 8200 section 8.1);
 * proto is the upper-layer protocol, len the octets of its header and data. */
uint64_t checksum_pseudo6(const uint8_t *ip, uint8_t proto, uint32_t len);

/* Writes the complement of the sum: the checksum field. */
void checksum_store(uint8_t *field, uint64_t sum);

/* Writes the sum itself: what VIRTIO_NET_HDR_F_NEEDS_CSUM wants in the field. */
void checksum_store_partial(uint8_t *field, uint64_t sum);

/* A 16-bit word under the checksum changes from old to new (host order values,
 * at an even offset): RFC 1624 equation 3. */
void checksum_replace16(uint8_t *field, uint16_t old_word, uint16_t new_word);
