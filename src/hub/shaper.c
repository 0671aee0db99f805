/*
 * shaper: the token bucket of a port's rate. Called by forward (upload) and deliver (download).
 */
#include "hub/shaper.h"

#define MILLI 1000

bool shaper_admit(struct shaper *s, uint32_t rate_bps, size_t len, uint64_t now_ms)
{
	int64_t full = (int64_t)rate_bps * SHAPER_BURST_MS;
	uint64_t passed_ms = now_ms > s->last_ms ? now_ms - s->last_ms : 0;

	if (rate_bps == 0)
		return true;
	if (!s->started) {
		s->started = true;
		s->tokens = full;
	} else {
		/* at most a day at once, so that the product fits */
		passed_ms = passed_ms < 86400000 ? passed_ms : 86400000;
		s->tokens += (int64_t)(passed_ms * rate_bps);
	}
	if (s->tokens > full)
		s->tokens = full;
	s->last_ms = now_ms > s->last_ms ? now_ms : s->last_ms;
	if (s->tokens <= 0)
		return false;
	s->tokens -= (int64_t)len * 8 * MILLI;
	return true;
}
