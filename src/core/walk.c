/*
 * walk: the sessions in pieces, for front ends (core/api.h): fresh counters, JSON, logoff of
 * some of them at a time, so that packets are served in between. Sessions that come or
 * go meanwhile do no harm: a walk stands at the session that it comes to next, and session.c
 * says when that one goes. Called by manage through api.h, by session and by commands.
 */
#include "core/api.h"

#include <stdlib.h>

#include "core_i.h"

#define REFRESH_MS 200

struct api_walk {
	struct list node; /* core->walks */
	struct core *core;
	struct list *next; /* in core->sessions; its head: the end */
	uint64_t last;     /* handle: later sessions are not looked at */
	uint64_t round;    /* names the answers that are waited for */
	unsigned wanted;   /* of them still out */
	struct timer timeout;
	void (*fresh)(void *ctx); /* NULL: nobody waits */
	void *ctx;
};

struct api_walk *api_walk_new(struct core *c)
{
	struct api_walk *w = calloc(1, sizeof(*w));

	if (!w)
		return NULL;
	w->core = c;
	w->next = c->sessions.next;
	w->last = c->next_handle;
	list_push(&c->walks, &w->node);
	return w;
}

void api_walk_free(struct api_walk *w)
{
	if (!w)
		return;
	timerq_disarm(&w->core->timers, &w->timeout);
	list_del(&w->node);
	free(w);
}

void walks_session_goes(struct session *s)
{
	list_each (&s->core->walks, it) {
		struct api_walk *w = list_entry(it, struct api_walk, node);

		if (w->next == &s->node)
			w->next = s->node.next;
	}
}

static struct session *session_at(const struct api_walk *w, struct list *at)
{
	struct session *s = list_entry(at, struct session, node);

	return at != &w->core->sessions && s->handle <= w->last ? s : NULL;
}

/* The next one, which is left behind; NULL: there are no more. */
static struct session *step(struct api_walk *w)
{
	struct session *s = session_at(w, w->next);

	if (s)
		w->next = w->next->next;
	return s;
}

/* ---- fresh counters ---- */

static void done(struct api_walk *w)
{
	void (*fresh)(void *ctx) = w->fresh;

	timerq_disarm(&w->core->timers, &w->timeout);
	w->wanted = 0;
	w->fresh = NULL;
	if (fresh)
		fresh(w->ctx);
}

static void timed_out(struct timer *t, uint64_t now_ms)
{
	(void)now_ms;
	done(list_entry(t, struct api_walk, timeout));
}

void walks_answered(struct core *c, uint64_t round)
{
	list_each (&c->walks, it) {
		struct api_walk *w = list_entry(it, struct api_walk, node);

		if (w->round != round || !w->wanted)
			continue;
		if (--w->wanted == 0)
			done(w);
		return;
	}
}

void api_walk_refresh(struct api_walk *w, unsigned max, void (*fresh)(void *ctx), void *ctx)
{
	struct core *c = w->core;
	uint64_t cookie;
	struct list *at = w->next;

	w->round = ++c->walk_round;
	w->wanted = 0;
	w->fresh = fresh;
	w->ctx = ctx;
	cookie = ack_cookie(ACK_STATS, w->round);
	for (unsigned n = 0; n < max && session_at(w, at); n++, at = at->next) {
		struct session *s = session_at(w, at);

		if (s->installed && command_stats(s, cookie))
			w->wanted++;
	}
	w->timeout.fire = timed_out;
	timerq_arm(&c->timers, &w->timeout, core_now(c) + (w->wanted ? REFRESH_MS : 0));
}

/* ---- pieces ---- */

json_t *api_walk_sessions(struct api_walk *w, unsigned max)
{
	json_t *some = json_array();
	struct session *s;

	for (unsigned n = 0; n < max && (s = step(w)); n++)
		json_array_append_new(some, api_session(s));
	return some;
}

bool api_walk_logoff(struct api_walk *w, unsigned max, const struct api_whom *whom, unsigned *ended)
{
	struct session *s = NULL;

	for (unsigned n = 0; n < max && (s = step(w)); n++) {
		if (s->state > SESSION_UP || !api_is_whom(s, whom))
			continue;
		++*ended;
		session_event(s, SESSION_EV_CLOSE, "administrator");
	}
	if (!s)
		*ended += etherip_logoff(w->core, whom);
	core_drain(w->core);
	return s != NULL;
}
