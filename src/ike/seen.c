/*
 * seen: the set of message ids of an ISAKMP SA (security.md H-13). Quick Mode
 * ids are never accepted twice: random ids are kept in a set, small ones (the
 * Windows counter, clients.md 1.1) in a sliding window. Informational ids are
 * kept in a ring: what such a message could do again is harmless once done.
 * Called by quick and informational, only for messages whose HASH was right.
 */
#include "seen.h"

#include <stdlib.h>

#define WINDOW    64
#define FIRST_IDS 4

static enum seen_verdict counter_check(const struct seen_ids *s, uint32_t mid)
{
	if (mid > s->counter_top)
		return SEEN_FRESH;
	if (s->counter_top - mid >= WINDOW)
		return SEEN_BEFORE;
	return s->counter_bits >> (s->counter_top - mid) & 1 ? SEEN_BEFORE : SEEN_FRESH;
}

static void counter_add(struct seen_ids *s, uint32_t mid)
{
	if (mid > s->counter_top) {
		uint32_t shift = mid - s->counter_top;

		s->counter_bits = shift >= WINDOW ? 0 : s->counter_bits << shift;
		s->counter_top = mid;
	}
	s->counter_bits |= UINT64_C(1) << (s->counter_top - mid);
}

enum seen_verdict seen_check(const struct seen_ids *s, uint32_t mid, bool quick)
{
	if (mid == 0) /* phase 1 has it (RFC 2408 3.1) */
		return SEEN_BEFORE;
	for (uint32_t i = 0; i < s->n_ring; i++)
		if (s->ring[i] == mid)
			return SEEN_BEFORE;
	if (mid <= SEEN_COUNTER_MAX && quick)
		return counter_check(s, mid);
	for (uint32_t i = 0; i < s->n_quick; i++)
		if (s->quick[i] == mid)
			return SEEN_BEFORE;
	return quick && s->n_quick == SEEN_QUICK_MAX ? SEEN_FULL : SEEN_FRESH;
}

/* Most SAs see few ids, so that memory comes in small steps. */
static bool room_for_one(uint32_t **ids, uint32_t n, uint32_t *cap)
{
	uint32_t more = *cap ? *cap * 2 : FIRST_IDS;
	uint32_t *p;

	if (n < *cap)
		return true;
	p = realloc(*ids, more * sizeof(*p));
	if (!p)
		return false;
	*ids = p;
	*cap = more;
	return true;
}

/* Without memory the ring stays as long as it is. */
static bool ring_add(struct seen_ids *s, uint32_t mid)
{
	if (s->n_ring < SEEN_RING && room_for_one(&s->ring, s->n_ring, &s->cap_ring))
		s->ring[s->n_ring++] = mid;
	else if (s->n_ring)
		s->ring[s->ring_next++ % s->n_ring] = mid;
	else
		return false;
	return true;
}

bool seen_add(struct seen_ids *s, uint32_t mid, bool quick)
{
	if (!quick)
		return ring_add(s, mid);
	if (mid <= SEEN_COUNTER_MAX) {
		counter_add(s, mid);
		return true;
	}
	if (!room_for_one(&s->quick, s->n_quick, &s->cap_quick))
		return false;
	s->quick[s->n_quick++] = mid;
	return true;
}

void seen_free(struct seen_ids *s)
{
	free(s->quick);
	free(s->ring);
	*s = (struct seen_ids){0};
}
