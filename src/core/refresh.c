/*
 * refresh: fresh counters of every session for front ends (core/api.h). Every
 * worker is asked once a round; the answers, refusals too, are counted. Called by
 * manage through api.h and by commands.
 */
#include "core/api.h"

#include "core_i.h"

#define REFRESH_MS 200

static void done(struct core *c)
{
	struct refresh r = c->refresh;

	timerq_disarm(&c->timers, &c->refresh.timeout);
	c->refresh.n = 0;
	c->refresh.wanted = 0;
	for (unsigned i = 0; i < r.n; i++)
		r.waiters[i].done(r.waiters[i].ctx);
}

static void timed_out(struct timer *t, uint64_t now_ms)
{
	(void)now_ms;
	done(list_entry(t, struct core, refresh.timeout));
}

void refresh_answered(struct core *c, uint64_t round)
{
	if (round == c->refresh.round && c->refresh.wanted && --c->refresh.wanted == 0)
		done(c);
}

static void ask_all(struct core *c)
{
	uint64_t cookie = ack_cookie(ACK_STATS, ++c->refresh.round);

	list_each (&c->sessions, it) {
		struct session *s = list_entry(it, struct session, node);

		if (s->installed && command_stats(s, cookie))
			c->refresh.wanted++;
	}
}

void api_refresh(struct core *c, void (*fn)(void *ctx), void *ctx)
{
	uint64_t now_ms = core_now(c);

	if (c->refresh.n == REFRESH_WAITERS) {
		fn(ctx);
		return;
	}
	c->refresh.waiters[c->refresh.n].done = fn;
	c->refresh.waiters[c->refresh.n++].ctx = ctx;
	if (c->refresh.n > 1)
		return;
	ask_all(c);
	c->refresh.timeout.fire = timed_out;
	timerq_arm(&c->timers, &c->refresh.timeout, now_ms + (c->refresh.wanted ? REFRESH_MS : 0));
}

void api_refresh_cancel(struct core *c, void *ctx)
{
	unsigned kept = 0;

	for (unsigned i = 0; i < c->refresh.n; i++) {
		if (c->refresh.waiters[i].ctx != ctx)
			c->refresh.waiters[kept++] = c->refresh.waiters[i];
	}
	c->refresh.n = kept;
}
