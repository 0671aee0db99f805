/*
 * limits: how long a session may last and be idle, and how many one user may have
 * (asa-and-peers.md 1.3). Called by session, session_ppp and core. Ends sessions
 * only by their events.
 */
#include "core_i.h"

#define LIMIT_LOOK_MS  300000
#define SIGN_MS        60000 /* how old signs of life may be (ike/peer.c: FRESH_MS) */
#define LIMIT_FIRST_MS 1000

/* ---- logins ---- */

/* The one to end when a user has too many: idle for longest, else the oldest. */
static struct session *most_idle(const struct session *s)
{
	struct session *victim = NULL;

	list_each (&s->account->logins, it) {
		struct session *other = list_entry(it, struct session, login_node);

		if (other != s && (!victim || session_idle_ms(other) > session_idle_ms(victim)))
			victim = other;
	}
	return victim;
}

/* vpn-simultaneous-logins (asa-and-peers.md 1.3): 0 refuses, else the longest idle goes. */
bool session_login_limit(struct session *s, uint32_t logins)
{
	uint32_t others = s->account->n_logins - !list_empty(&s->login_node);
	struct session *victim;

	if (logins == 0)
		return story_refuse(s->peer, "login-disabled",
				    "vpn-simultaneous-logins is 0 in group policy %s",
				    name_text(s->group_policy));
	victim = others >= logins ? most_idle(s) : NULL;
	if (victim)
		session_event(victim, SESSION_EV_CLOSE, "simultaneous-logins");
	return true;
}

/* ---- time ---- */

void session_stats(struct session *s, const struct dp_session_stats *stats)
{
	s->stats = *stats;
	s->stats_came = true;
	ike_alive(s->core->ike, stats->last_in_ms, s->peer->id);
	if (s->l2tp.sequencing)
		l2tp_call_set_ns(s->core->l2tp, s->call, stats->ns);
}

static uint64_t last_used_ms(const struct session *s)
{
	uint64_t begin = s->up_ms ? s->up_ms : s->begin_ms;
	uint64_t last = s->stats.last_in_ms > s->stats.last_out_ms ? s->stats.last_in_ms
								   : s->stats.last_out_ms;

	return last > begin ? last : begin;
}

uint64_t session_idle_ms(const struct session *s)
{
	uint64_t last = last_used_ms(s);

	return core_now(s->core) > last ? core_now(s->core) - last : 0;
}

/* The counters say when the client was heard last; where Hellos say it as often, they are only
 * looked at for the limits. */
static uint64_t look_ms(const struct core *c)
{
	uint64_t hello_ms = (uint64_t)c->config->l2tp_hello_s * 1000;

	return hello_ms && hello_ms <= SIGN_MS ? LIMIT_LOOK_MS : SIGN_MS;
}

/* Milliseconds until a limit of limit_s behind since_ms; most_ms at most. */
static uint64_t until(uint32_t limit_s, uint64_t since_ms, uint64_t now_ms, uint64_t most_ms)
{
	uint64_t due = since_ms + (uint64_t)limit_s * 1000;

	if (limit_s == CFG_NONE || due > now_ms + most_ms)
		return most_ms;
	return due > now_ms ? due - now_ms : 0;
}

/* The worker has the counters: idle is only who is idle by an answer to a question of
 * now. A session that no worker has cannot be used. */
static bool is_idle(const struct session *s)
{
	return s->stats_asked && (s->stats_came || !s->installed);
}

static void ask(struct session *s, bool seems_idle)
{
	s->stats_asked = seems_idle;
	s->stats_came = false;
	if (s->installed && !command_stats(s, 0))
		s->stats_asked = false; /* no room in the ring: another time */
}

/* Policy TimeOut (softether.md 2.1): its last packet or message. Counters are as old as the
 * last look, messages of L2TP come at once. */
static uint64_t silent_ms(const struct session *s, uint64_t now_ms)
{
	uint64_t last = s->up_ms;

	if (s->stats.last_in_ms > last)
		last = s->stats.last_in_ms;
	if (s->peer->heard_ms > last)
		last = s->peer->heard_ms;
	return now_ms > last ? now_ms - last : 0;
}

/* Whoever says nothing for a quarter of the time is asked by a Hello, each quarter again. */
static bool is_silent(struct session *s, uint64_t now_ms)
{
	uint64_t limit_ms = (uint64_t)s->silence_s * 1000, silent = silent_ms(s, now_ms);

	if (limit_ms && silent >= limit_ms)
		return true;
	if (limit_ms && silent >= limit_ms / 4)
		l2tp_owner_probe(s->core->l2tp, now_ms, s->peer->handle);
	return false;
}

static bool has_limits(const struct session *s)
{
	return s->idle_s != CFG_NONE || s->session_s != CFG_NONE || s->silence_s;
}

/* Counters are asked for here and judged at the next look. */
static void limits_look(struct timer *t, uint64_t now_ms)
{
	struct session *s = list_entry(t, struct session, watch);
	uint64_t most_ms = s->silence_s ? (uint64_t)s->silence_s * 250 : look_ms(s->core);
	uint64_t session_ms = until(s->session_s, s->up_ms, now_ms, most_ms);
	uint64_t idle_ms = until(s->idle_s, last_used_ms(s), now_ms, most_ms);

	if (session_ms == 0) {
		session_event(s, SESSION_EV_CLOSE,
			      s->auto_disconnect ? "auto-disconnect" : "session-timeout");
		return;
	}
	if (is_silent(s, now_ms)) {
		session_event(s, SESSION_EV_CLOSE, "policy-timeout");
		return;
	}
	if (idle_ms == 0 && is_idle(s)) {
		session_event(s, SESSION_EV_CLOSE, "idle-timeout");
		return;
	}
	if (!has_limits(s))
		return;
	ask(s, idle_ms == 0);
	if (idle_ms == 0)
		idle_ms = LIMIT_FIRST_MS;
	timerq_arm(&s->core->timers, t, now_ms + (idle_ms < session_ms ? idle_ms : session_ms));
}

void limits_watch(struct session *s)
{
	s->watch.fire = limits_look;
	timerq_arm(&s->core->timers, &s->watch, core_now(s->core) + LIMIT_FIRST_MS);
}
