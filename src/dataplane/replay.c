/*
 * replay: RFC 6479 window. Called by esp_in. Never sees a packet that is not
 * authentic in replay_commit().
 */
#include "replay.h"

#include <stdlib.h>

bool replay_init(struct replay *r, uint32_t window)
{
	uint32_t words = 1;

	replay_free(r);
	if (window < REPLAY_WINDOW_MIN)
		window = REPLAY_WINDOW_MIN;
	if (window > REPLAY_WINDOW_MAX)
		window = REPLAY_WINDOW_MAX;
	while (words * 64 < window + 64)
		words *= 2;
	r->window = window;
	r->mask = words - 1;
	r->map = calloc(words, sizeof(*r->map));
	return r->map != NULL;
}

void replay_free(struct replay *r)
{
	free(r->map);
	*r = (struct replay){0};
}

static uint64_t bit_of(uint64_t seq)
{
	return UINT64_C(1) << (seq % 64);
}

enum replay_verdict replay_check(const struct replay *r, uint64_t seq)
{
	if (seq == 0)
		return REPLAY_ZERO;
	if (seq > r->top)
		return REPLAY_FRESH;
	if (r->top - seq >= r->window)
		return REPLAY_OLD;
	return r->map[seq / 64 & r->mask] & bit_of(seq) ? REPLAY_SEEN : REPLAY_FRESH;
}

static void advance(struct replay *r, uint64_t seq)
{
	uint64_t words = seq / 64 - r->top / 64;

	if (words > r->mask)
		words = (uint64_t)r->mask + 1;
	for (uint64_t i = 1; i <= words; i++)
		r->map[(r->top / 64 + i) & r->mask] = 0;
	r->top = seq;
}

enum replay_verdict replay_commit(struct replay *r, uint64_t seq)
{
	enum replay_verdict v = replay_check(r, seq);

	if (v != REPLAY_FRESH)
		return v;
	if (seq > r->top)
		advance(r, seq);
	r->map[seq / 64 & r->mask] |= bit_of(seq);
	return REPLAY_FRESH;
}
