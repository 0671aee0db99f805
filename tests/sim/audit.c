/*
 * audit: every ten minutes the server's tables against each other, against the
 * counters and against what the persons believe; at the end, that nothing is left.
 * Looks behind core_api on purpose, as tests/script/check.c does. Called by life.c
 * and sim.c.
 */
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core_i.h"
#include "sim.h"
#include "view.h"

#define GRACE_MS    (3 * MINUTE_MS) /* Hello, its repetitions, R-U-THERE: then both sides agree */
#define DIAL_MAX_MS 60000           /* a dial that nothing disturbs is over */
#define WARM_AUDITS 36              /* six hours */
#define LOW_AUDITS  12              /* two hours */
#define SESSION_MAX (32 * 1024)
#define HASH_MAX    1024 /* octets of hash tables for each session that was there at once */
#define HEAP_SLACK  (512 * 1024)

/* The sanitizer's own count, where there is one: mallinfo2() knows nothing there. */
__attribute__((weak)) size_t __sanitizer_get_current_allocated_bytes(void);

size_t audit_heap(void)
{
	struct mallinfo2 m;

	if (__sanitizer_get_current_allocated_bytes)
		return __sanitizer_get_current_allocated_bytes();
	m = mallinfo2();
	return m.uordblks + m.hblkhd;
}

/* ---- tables ---- */

static bool equal(struct sim *s, const char *invariant, const char *what, uint64_t a,
		  const char *than, uint64_t b)
{
	if (a == b)
		return true;
	judge_fail(s, NULL, invariant, "%llu %s, %llu %s", (unsigned long long)a, what,
		   (unsigned long long)b, than);
	return false;
}

static bool same(struct sim *s, const char *what, uint64_t a, const char *than, uint64_t b)
{
	return equal(s, "tables", what, a, than, b);
}

struct tally {
	uint64_t sessions, begun, addresses, peers, children, slots, peer_slots, load;
};

static struct tally count(struct core *c)
{
	struct tally t = {0};

	list_each (&c->sessions, it) {
		const struct session *x = list_entry(it, struct session, node);

		t.sessions++;
		t.begun += x->up_ms != 0;
		t.addresses += x->pool != NULL;
	}
	list_each (&c->peers, it) {
		struct peer *p = list_entry(it, struct peer, node);

		t.peers++;
		list_each (&p->children, ch)
			t.children++;
	}
	for (unsigned w = 0; w < c->cfg.workers; w++) {
		t.slots += c->session_slots[w].n - c->session_slots[w].n_free;
		t.peer_slots += c->peer_slots[w].n - c->peer_slots[w].n_free;
		t.load += c->worker_load[w];
	}
	return t;
}

static bool tables(struct sim *s)
{
	struct core *c = s->core;
	struct tally t = count(c);
	struct ike_stats ike;
	uint64_t used = 0;

	ike_get_stats(c->ike, &ike);
	for (unsigned i = 0; i < c->n_pools; i++)
		used += pool_used(c->pools[i].pool);
	return same(s, "sessions", t.sessions, "by handle", c->sessions_by_handle.used) &&
	       same(s, "sessions", t.sessions, "slots of sessions", t.slots) &&
	       same(s, "sessions up", t.begun, "in the count", c->sessions_now) &&
	       same(s, "sessions up", t.begun, "begun and not ended in the log",
		    s->n.server_ups - s->n.server_ends_up) &&
	       same(s, "sessions in all", c->sessions_total, "in the log", s->n.server_ups) &&
	       same(s, "addresses", t.addresses, "taken of the pools", used) &&
	       same(s, "peers", t.peers, "by handle", c->peers_by_handle.used) &&
	       same(s, "peers", t.peers, "slots of peers", t.peer_slots) &&
	       same(s, "peers", t.peers, "load of the workers", t.load) &&
	       same(s, "pairs", t.children, "by handle", c->children_by_handle.used) &&
	       same(s, "pairs", t.children, "by id", c->children_by_id.used) &&
	       same(s, "pairs", t.children, "by SPI", c->children_by_spi.used) &&
	       same(s, "commands wait", !list_empty(&c->commands), "of none", 0);
}

/* ---- counters ---- */

static uint64_t dp(struct sim *s, const char *name)
{
	uint64_t n = view_counter(s->core, name);

	if (n == UINT64_MAX)
		judge_fail(s, NULL, "counters", "there is no counter %s", name);
	return n;
}

static uint64_t sum(struct sim *s, const char *const *names)
{
	uint64_t n = 0;

	for (; *names; names++)
		n += dp(s, *names);
	return n;
}

static bool same_count(struct sim *s, const char *what, uint64_t a, const char *than, uint64_t b)
{
	return equal(s, "counters", what, a, than, b);
}

static bool counters(struct sim *s)
{
	static const char *const ended[] = {"rx-short",
					    "rx-long",
					    "rx-keepalive",
					    "esp-in",
					    "esp-short",
					    "esp-spi-unknown",
					    "esp-sequence-zero",
					    "esp-replay-old",
					    "esp-replay-seen",
					    "esp-icv",
					    "handoff-full",
					    "handoff-no-worker",
					    "punt-isakmp-limit",
					    "punt-isakmp-source-limit",
					    NULL};
	static const char *const never[] = {"commands-refused",
					    "punt-full",
					    "handoff-full",
					    "handoff-no-worker",
					    "tx",
					    "esp-icv",
					    "esp-padding",
					    "esp-selector",
					    "inner-udp-length",
					    "l2tp-short",
					    "source-address",
					    "esp-sequence-exhausted",
					    "frame-short",
					    "rx-short",
					    "tap-write",
					    "punt-l2tp-limit",
					    "punt-event-limit",
					    NULL};
	struct ike_stats ike;

	ike_get_stats(s->core->ike, &ike);
	for (const char *const *n = never; *n; n++) {
		/* messages to a peer whose SAs ended while the clock jumped are refused */
		if (s->n.deeds[DEED_JUMP] && strcmp(*n, "commands-refused") == 0)
			continue;
		if (dp(s, *n))
			return same_count(s, *n, dp(s, *n), "allowed", 0);
	}
	return same_count(s, "datagrams to the server", s->n.accepted, "rx-datagrams",
			  dp(s, "rx-datagrams")) &&
	       same_count(s, "datagrams to the server", s->n.accepted,
			  "handled or dropped by reason", sum(s, ended) + ike.messages_in) &&
	       same_count(s, "frames from the host", s->n.tap_in, "tap-frames-in",
			  dp(s, "tap-frames-in")) &&
	       same_count(s, "frames to the host", s->n.tap_out, "tap-frames-out",
			  dp(s, "tap-frames-out"));
}

/* ---- who is up where ---- */

/* The server's sessions, each with an address of its own and SAs under it. */
static bool sessions(struct sim *s, struct map *by_ip)
{
	list_each (&s->core->sessions, it) {
		struct session *x = list_entry(it, struct session, node);

		if (x->ip && map_get(by_ip, x->ip)) {
			judge_fail(s, NULL, "address", "%08x is assigned twice, to %s", x->ip,
				   name_text(x->user));
			return false;
		}
		if (x->ip && !map_put(by_ip, x->ip, x))
			abort();
		if (x->state != SESSION_UP || !list_empty(&x->peer->children) ||
		    (s->jumped_ms && sim_now(s) - s->jumped_ms < GRACE_MS))
			continue;
		judge_fail(s, NULL, "protection", "the session of %s has no ESP SA",
			   name_text(x->user));
		return false;
	}
	return true;
}

/* Its server side is gone for a reason that it cannot have heard of: it finds out when it talks. */
static bool unaware(const struct person *p)
{
	static const enum deed deeds[] = {DEED_REBIND, DEED_BLACKOUT, DEED_JUMP};
	uint64_t taken_ms = p->did_ms[DEED_TAKEN];

	/* perhaps while it dialled: its session began as another's */
	if (p->server.up_now == 0 && taken_ms && taken_ms + MINUTE_MS >= p->up_ms)
		return true;

	for (unsigned i = 0; i < sizeof(deeds) / sizeof(*deeds); i++) {
		if (p->server.up_now == 0 && p->did_ms[deeds[i]] >= p->up_ms)
			return true;
	}
	return false;
}

static bool agreed(struct sim *s, const struct person *p, const struct map *by_ip)
{
	const struct session *x = p->up ? map_get(by_ip, p->ip) : NULL;
	char user[16];

	snprintf(user, sizeof(user), "p%u", p->index);
	if (!p->up && p->server.up_now) {
		judge_fail(s, p, "ghost", "the server still has %u sessions of it",
			   p->server.up_now);
		return false;
	}
	if (p->up && (!x || strcmp(name_text(x->user), user) != 0 || x->state != SESSION_UP)) {
		judge_fail(s, p, "agreement", "is up with %08x, the server has %s there", p->ip,
			   x ? name_text(x->user) : "nobody");
		return false;
	}
	if (p->up && p->server.up_now != 1) {
		judge_fail(s, p, "agreement", "is up once, the server has %u sessions of it",
			   p->server.up_now);
		return false;
	}
	return true;
}

static bool believed(struct sim *s, struct person *p, const struct map *by_ip)
{
	enum lac_state state = lac_get_state(p->lac);

	judge_unanswered(p);
	if (judge_disturbed(p, GRACE_MS) || sim_now(s) - p->down_ms < GRACE_MS)
		return true;
	if (!p->up && !p->impostor && state != LAC_IDLE && state != LAC_DOWN &&
	    sim_now(s) - p->did_ms[DEED_DIAL] > DIAL_MAX_MS) {
		judge_fail(s, p, "admission", "is in %s since it dialled", lac_state_name(state));
		return false;
	}
	return (p->up && unaware(p)) || agreed(s, p, by_ip);
}

static bool beliefs(struct sim *s)
{
	struct map by_ip = {0};
	bool ok = sessions(s, &by_ip);

	for (unsigned i = 0; ok && i < s->o.persons; i++)
		ok = believed(s, &s->persons[i], &by_ip);
	map_free(&by_ip);
	return ok;
}

/* ---- memory ---- */

/* A leak shows in the least of a time, not in the most: when the clock jumps everybody dials
 * again at once, and for minutes old and new sessions are there. */
static void growth(struct sim *s, size_t grown)
{
	if (s->n.audits % LOW_AUDITS == 1 || grown < s->grown_low)
		s->grown_low = grown;
	if (s->n.audits % LOW_AUDITS)
		return;
	if (s->n.audits <= WARM_AUDITS)
		s->grown_warm = s->grown_max;
	else if (s->grown_low > s->grown_warm + s->grown_warm / 16 + HEAP_SLACK / 2)
		judge_fail(
			s, NULL, "memory",
			"never less than %zu octets for hours, at most %zu in the first: it grows",
			s->grown_low, s->grown_warm);
}

/* What is there besides the clients that idle: sessions at both ends, datagrams. */
static void memory(struct sim *s)
{
	size_t now = audit_heap(), grown = now > s->heap_persons ? now - s->heap_persons : 0;
	uint64_t sessions = s->core->sessions_peak;

	s->sessions_peak = sessions;
	if (grown > s->grown_max)
		s->grown_max = grown;
	if (grown > sessions * SESSION_MAX + HEAP_SLACK)
		judge_fail(s, NULL, "memory", "%zu octets for at most %llu sessions", grown,
			   (unsigned long long)sessions);
	growth(s, grown);
}

void audit(struct sim *s)
{
	s->n.audits++;
	if (!s->core || sim_now(s) < s->stalled_until_ms)
		return;
	while (server_round(s))
		;
	if (!s->failed && tables(s) && counters(s) && beliefs(s))
		memory(s);
}

/* Who is still there, for whoever looks for the reason. */
static const char *peers_text(const struct core *c, char *buf, size_t cap)
{
	char from[ENDPOINT_TEXT];
	size_t at = 0;

	buf[0] = '\0';
	list_each (&c->peers, it) {
		const struct peer *p = list_entry(it, struct peer, node);

		if (at >= cap)
			break;
		at += (size_t)snprintf(buf + at, cap - at,
				       "; peer %llu at %s: sessions %u, children %s, gone %d, "
				       "removing %d, orphan %d, linger %lld ms",
				       (unsigned long long)p->id,
				       endpoint_text(&p->flow.remote, from, sizeof(from)),
				       p->n_sessions, list_empty(&p->children) ? "none" : "some",
				       p->gone, p->removing, p->orphan,
				       p->linger.armed ? (long long)p->linger.deadline_ms : -1);
	}
	return buf;
}

void audit_end(struct sim *s)
{
	char what[128], peers[300];
	size_t now;

	if (!view_empty(s->core, what, sizeof(what)) &&
	    !(s->n.deeds[DEED_JUMP] && strcmp(what, "commands-refused") == 0)) {
		judge_fail(s, NULL, "empty", "everybody has left, and the server has %s%s", what,
			   peers_text(s->core, peers, sizeof(peers)));
		return;
	}
	if (!tables(s) || !counters(s))
		return;
	for (unsigned i = 0; i < s->o.persons; i++)
		person_free(&s->persons[i]);
	/* the simulator's own, and the server's hashes, which never shrink */
	map_free(&s->spis);
	map_free(&s->outer);
	now = audit_heap();
	if (now > s->heap_start + s->sessions_peak * HASH_MAX + HEAP_SLACK)
		judge_fail(s, NULL, "memory",
			   "%zu octets of heap when all is over, %zu at the start", now,
			   s->heap_start);
}

void audit_report(const struct sim *s)
{
	const struct sim_counts *n = &s->n;

	printf("%llu h: dials %llu, ups %llu, downs %llu, refused %llu; server: ups %llu, ends "
	       "%llu; "
	       "pings %llu/%llu, host's %llu/%llu\n",
	       (unsigned long long)((sim_now(s) - 1000000) / HOUR_MS), (unsigned long long)n->dials,
	       (unsigned long long)n->ups, (unsigned long long)n->downs,
	       (unsigned long long)n->refused, (unsigned long long)n->server_ups,
	       (unsigned long long)n->server_ends_up, (unsigned long long)n->answers,
	       (unsigned long long)n->pings, (unsigned long long)n->host_answers,
	       (unsigned long long)n->host_pings);
	printf("  datagrams to the server %llu, to clients %llu, lost %llu, doubled %llu, to "
	       "nobody "
	       "%llu; rebinds %llu, rekeys %llu, renewals %llu, jumps %llu, stalls %llu, changes "
	       "%llu; heap %zu "
	       "at most for %llu sessions\n",
	       (unsigned long long)n->to_server, (unsigned long long)n->to_client,
	       (unsigned long long)n->lost, (unsigned long long)n->doubled,
	       (unsigned long long)n->nobody, (unsigned long long)n->rebinds,
	       (unsigned long long)n->rekeys, (unsigned long long)n->renewals,
	       (unsigned long long)n->jumps, (unsigned long long)n->stalls,
	       (unsigned long long)n->changes, s->grown_max, (unsigned long long)s->sessions_peak);
	fflush(stdout);
}
