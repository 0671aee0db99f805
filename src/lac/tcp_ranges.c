/*
 * tcp_ranges: stretches of sequence space in a small sorted array (RFC 2018). Called by
 * tcp_in.c and tcp_loss.c. Never allocates: a range that finds no room is not remembered,
 * which costs a retransmission.
 */
#include "tcp_ranges.h"

#include <string.h>

static uint32_t seq_max(uint32_t a, uint32_t b)
{
	return seq_lt(a, b) ? b : a;
}

static uint32_t seq_min(uint32_t a, uint32_t b)
{
	return seq_lt(a, b) ? a : b;
}

static void remove_at(struct tcp_ranges *s, unsigned at, unsigned count)
{
	memmove(&s->r[at], &s->r[at + count], (s->n - at - count) * sizeof(s->r[0]));
	s->n -= count;
}

bool tcp_ranges_add(struct tcp_ranges *s, uint32_t from, uint32_t to)
{
	unsigned first = 0, last;

	while (first < s->n && seq_lt(s->r[first].to, from))
		first++;
	last = first;
	while (last < s->n && seq_le(s->r[last].from, to))
		last++;
	if (first < last) {
		from = seq_min(from, s->r[first].from);
		to = seq_max(to, s->r[last - 1].to);
		remove_at(s, first, last - first - 1);
	} else if (s->n == TCP_RANGES_MAX) {
		return false;
	} else {
		memmove(&s->r[first + 1], &s->r[first], (s->n - first) * sizeof(s->r[0]));
		s->n++;
	}
	s->r[first] = (struct tcp_range){from, to};
	return true;
}

void tcp_ranges_trim(struct tcp_ranges *s, uint32_t seq)
{
	unsigned gone = 0;

	while (gone < s->n && seq_le(s->r[gone].to, seq))
		gone++;
	if (gone)
		remove_at(s, 0, gone);
	if (s->n && seq_lt(s->r[0].from, seq))
		s->r[0].from = seq;
}

uint32_t tcp_ranges_within(const struct tcp_ranges *s, uint32_t from, uint32_t to)
{
	uint32_t sum = 0;

	for (unsigned i = 0; i < s->n; i++) {
		uint32_t a = seq_max(s->r[i].from, from), b = seq_min(s->r[i].to, to);

		if (seq_lt(a, b))
			sum += b - a;
	}
	return sum;
}

const struct tcp_range *tcp_ranges_at(const struct tcp_ranges *s, uint32_t seq)
{
	for (unsigned i = 0; i < s->n; i++) {
		if (seq_le(s->r[i].from, seq) && seq_lt(seq, s->r[i].to))
			return &s->r[i];
	}
	return NULL;
}

uint32_t tcp_ranges_hole(const struct tcp_ranges *s, uint32_t seq)
{
	const struct tcp_range *in = tcp_ranges_at(s, seq);

	return in ? in->to : seq;
}

uint32_t tcp_ranges_next(const struct tcp_ranges *s, uint32_t seq, uint32_t limit)
{
	for (unsigned i = 0; i < s->n; i++) {
		if (seq_lt(seq, s->r[i].from))
			return seq_min(s->r[i].from, limit);
	}
	return limit;
}

uint32_t tcp_ranges_top(const struct tcp_ranges *s, uint32_t base)
{
	return s->n ? s->r[s->n - 1].to : base;
}
