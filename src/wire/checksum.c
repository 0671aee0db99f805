/*
 * checksum: RFC 1071 sums over 8 octets at a time, or 32 where the processor can, with or
 * without a copy in the same pass; RFC 1624 updates. Called by dataplane and by the builders of
 * this room. Never looks at what it sums.
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

/* The last 0 to 7 octets. By pieces of fixed size: a memcpy() of len octets into a word is a
 * call, and the word then waits for its parts to come out of the store buffer. */
static inline uint64_t load_tail(const uint8_t *p, size_t len)
{
	uint64_t sum = 0;
	uint32_t v32;
	uint16_t v16;
	uint8_t last[2] = {0};

	if (len & 4) {
		memcpy(&v32, p, sizeof(v32));
		sum += v32;
		p += 4;
	}
	if (len & 2) {
		memcpy(&v16, p, sizeof(v16));
		sum += v16;
		p += 2;
	}
	if (len & 1) {
		last[0] = *p;
		memcpy(&v16, last, sizeof(v16));
		sum += v16;
	}
	return sum;
}

#ifdef __x86_64__

#define WIDE_LEAST 128 /* octets from which the wide way is worth its start */

typedef uint64_t wide __attribute__((vector_size(32), aligned(1), may_alias));

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
	return checksum_join(checksum_join(a[0], a[1]), checksum_join(a[2], a[3]));
}

/* The same with a copy to `to`. */
__attribute__((target("avx2"))) static uint64_t copy_wide(uint8_t *to, const uint8_t *p, size_t len)
{
	wide a = {0}, b = {0};

	for (; len >= 64; to += 64, p += 64, len -= 64) {
		wide u = *(const wide *)(const void *)p, v = *(const wide *)(const void *)(p + 32);

		*(wide *)(void *)to = u;
		*(wide *)(void *)(to + 32) = v;
		a += (u & UINT32_MAX) + (u >> 32);
		b += (v & UINT32_MAX) + (v >> 32);
	}
	a += b;
	return checksum_join(checksum_join(a[0], a[1]), checksum_join(a[2], a[3]));
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

static uint64_t copy_wide(uint8_t *to, const uint8_t *p, size_t len)
{
	(void)to;
	return add_wide(p, len);
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
	uint64_t a = 0, b = 0, c = 0, d = 0;

	if (can_wide(len)) {
		size_t most = len & ~(size_t)63;

		sum = checksum_join(sum, add_wide(p, most));
		p += most;
		len -= most;
	}
	/* four chains, so that the carries do not wait for each other */
	for (; len >= 32; p += 32, len -= 32) {
		a = checksum_join(a, load64(p));
		b = checksum_join(b, load64(p + 8));
		c = checksum_join(c, load64(p + 16));
		d = checksum_join(d, load64(p + 24));
	}
	for (; len >= 8; p += 8, len -= 8)
		a = checksum_join(a, load64(p));
	b = checksum_join(b, load_tail(p, len));
	return checksum_join(sum, checksum_join(checksum_join(a, b), checksum_join(c, d)));
}

uint64_t checksum_copy(void *to, const void *data, size_t len)
{
	size_t most = can_wide(len) ? len & ~(size_t)63 : 0;
	uint64_t sum = most ? copy_wide(to, data, most) : 0;
	const uint8_t *rest = (const uint8_t *)data + most;

	memcpy((uint8_t *)to + most, rest, len - most);
	return checksum_add(sum, rest, len - most);
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
	return checksum_word32(checksum_word16(load64(ip + 12), proto), len);
}

uint64_t checksum_pseudo6(const uint8_t *ip, uint8_t proto, uint32_t len)
{
	return checksum_add(checksum_word32(checksum_word16(0, proto), len), ip + 8, 32);
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
