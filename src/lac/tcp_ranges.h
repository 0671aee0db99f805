/*
 * tcp_ranges: a few stretches of TCP's sequence space (RFC 9293 3.4), sorted, apart from
 * each other: what came early, or what the peer says came early (RFC 2018).
 *
 * All are within 2^31 octets behind one base, which the caller keeps.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define TCP_RANGES_MAX 32

/* Order of sequence numbers that are less than 2^31 apart. */
static inline bool seq_lt(uint32_t a, uint32_t b)
{
	return (int32_t)(a - b) < 0;
}

static inline bool seq_le(uint32_t a, uint32_t b)
{
	return (int32_t)(a - b) <= 0;
}

struct tcp_range {
	uint32_t from, to; /* [from, to) */
};

struct tcp_ranges {
	unsigned n;
	struct tcp_range r[TCP_RANGES_MAX];
};

/* Adds [from, to), which joins what it touches. False: there is no room for one more. */
bool tcp_ranges_add(struct tcp_ranges *s, uint32_t from, uint32_t to);

/* Forgets what is before seq. */
void tcp_ranges_trim(struct tcp_ranges *s, uint32_t seq);

/* How many octets of [from, to) are in it. */
uint32_t tcp_ranges_within(const struct tcp_ranges *s, uint32_t from, uint32_t to);

/* The range that seq is in, or NULL. */
const struct tcp_range *tcp_ranges_at(const struct tcp_ranges *s, uint32_t seq);

/* The first octet at or behind seq that is not in it. */
uint32_t tcp_ranges_hole(const struct tcp_ranges *s, uint32_t seq);

/* Where the next range behind seq begins; limit when there is none before it. */
uint32_t tcp_ranges_next(const struct tcp_ranges *s, uint32_t seq, uint32_t limit);

/* The end of the last one; base when it is empty. */
uint32_t tcp_ranges_top(const struct tcp_ranges *s, uint32_t base);
