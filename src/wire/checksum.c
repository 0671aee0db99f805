/*
 * checksum: RFC 1071 sums over 8 octets at a time, or 32 where the processor can, RFC 1624
 * updates. Called by
 * dataplane and by the builders of this room. Never looks at what it sums.
 */
#include "wire/checksum.h"

#include <stdbool.h>
#include <string.h>

#include "wire/be.h"

static inline uint64_t load64(const uint8_t *p)
{
	uint64_t v;

	memcpy(&v, p, sizeof(v));
	return v;
}

/* Ones-complement addition of 64-bit words. */
static inline uint64_t add64(uint64_t a, uint64_t b)
{
	a += b;
	return a + (a < b);
}

#ifdef __x86_64__

#define WIDE_LEAST 128 /* octets from which the wide way is worth its start */

typedef uint64_t wide __attribute__((vector_size(32), aligned(1)));

/* Halves of 32 bits in sums of 64, which cannot overflow: a packet has less than 2^32. The
 * sums of both ways are equal as folded (RFC 1071 section 2, parallel summation). */
__attribute__((target("avx2"))) static uint64_t add_wide(const uint8_t *p, size_t len)
{
	wide a = {0}, b = {0};

	for (; len >= 64; p += 64, len -= 64) {
		wide u = *(const wide *)(const void *)p, v = *(const wide *)(const void *)(p + 32);

		a += (u & UINT32_MAX) + (u >> 32);
		b += (v & UINT32_MAX) + (v >> 32);
	}
	a += b;
	return add64(add64(a[0], a[1]), add64(a[2], a[3]));
}

static bool can_wide(size_t len)
{
	return len >= WIDE_LEAST && __builtin_cpu_supports("avx2");
}

#else

static uint64_t add_wide(const uint8_t *p, size_t len)
{
	(void)p;
	(void)len;
	return 0;
}

static bool can_wide(size_t len)
{
	(void)len;
	return false;
}

#endif

uint64_t checksum_add(uint64_t sum, const void *data, size_t len)
{
	const uint8_t *p = data;
	uint64_t a = 0, b = 0, c = 0, d = 0, tail = 0;

	if (can_wide(len)) {
		size_t most = len & ~(size_t)63;

		sum = add64(sum, add_wide(p, most));
		p += most;
		len -= most;
	}
	/* four chains, so that the carries do not wait for each other */
	for (; len >= 32; p += 32, len -= 32) {
		a = add64(a, load64(p));
		b = add64(b, load64(p + 8));
		c = add64(c, load64(p + 16));
		d = add64(d, load64(p + 24));
	}
	for (; len >= 8; p += 8, len -= 8)
		a = add64(a, load64(p));
	if (len) {
		memcpy(&tail, p, len);
		b = add64(b, tail);
	}
	return add64(sum, add64(add64(a, b), add64(c, d)));
}

uint16_t checksum_fold(uint64_t sum)
{
	sum = (sum >> 32) + (sum & UINT32_MAX);
	sum = (sum >> 32) + (sum & UINT32_MAX);
	sum = (sum >> 16) + (sum & UINT16_MAX);
	sum = (sum >> 16) + (sum & UINT16_MAX);
	sum = (sum >> 16) + (sum & UINT16_MAX);
	return (uint16_t)sum;
}

uint64_t checksum_pseudo4(const uint8_t *ip, uint8_t proto, uint32_t len)
{
	uint8_t rest[8] = {0};

	rest[3] = proto;
	put_be32(rest + 4, len);
	return checksum_add(checksum_add(0, ip + 12, 8), rest, sizeof(rest));
}

uint64_t checksum_pseudo6(const uint8_t *ip, uint8_t proto, uint32_t len)
{
	uint8_t rest[8] = {0};

	put_be32(rest, len);
	rest[7] = proto;
	return checksum_add(checksum_add(0, ip + 8, 32), rest, sizeof(rest));
}

void checksum_store(uint8_t *field, uint64_t sum)
{
	uint16_t v = (uint16_t)~checksum_fold(sum);

	memcpy(field, &v, sizeof(v));
}

void checksum_store_partial(uint8_t *field, uint64_t sum)
{
	uint16_t v = checksum_fold(sum);

	memcpy(field, &v, sizeof(v));
}

void checksum_replace16(uint8_t *field, uint16_t old_word, uint16_t new_word)
{
	uint32_t sum = (uint16_t)~be16(field);

	sum += (uint16_t)~old_word;
	sum += new_word;
	sum = (sum >> 16) + (sum & UINT16_MAX);
	sum = (sum >> 16) + (sum & UINT16_MAX);
	put_be16(field, (uint16_t)~sum);
}
