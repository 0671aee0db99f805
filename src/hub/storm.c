/*
 * storm: the broadcast limiter. Called by forward for frames that are about to be flooded.
 */
#include "hub/storm.h"

/* Numbers begin at 2, so that "never" is long over. */
static uint32_t window_of(uint64_t now_ms)
{
	return (uint32_t)(now_ms / STORM_WINDOW_MS) + 2;
}

bool storm_admit(struct storm *s, enum storm_class class, uint32_t limit, bool strict,
		 uint64_t now_ms)
{
	uint32_t window = window_of(now_ms), n;

	if (s->window != window) {
		s->n[0] = s->n[1] = s->n[2] = 0;
		s->window = window;
	}
	n = strict ? s->n[0] + s->n[1] + s->n[2] : s->n[class];
	if (n >= limit) {
		s->over = window;
		return false;
	}
	s->n[class]++;
	return true;
}

bool storm_is_on(const struct storm *s, uint64_t now_ms)
{
	return window_of(now_ms) - s->over <= 1;
}
