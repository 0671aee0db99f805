/*
 * world: clock and rounds. Called by the scripts' runner and the tests beside it.
 */
#include "world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define QUIET_ROUNDS 3 /* a command and its answer need two rounds that show nothing outside */
#define ROUNDS_MAX   200000

struct sum {
	struct list link;
	struct ike_dh_job *job;
};

uint64_t world_now(const struct world *w)
{
	const struct os *os = fake_os(w->fake);

	return os->now_ms(os->ctx);
}

uint64_t world_random(struct world *w)
{
	w->random += UINT64_C(0x9e3779b97f4a7c15);
	uint64_t z = w->random;

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

/* ---- the server ---- */

static void submit(void *ctx, struct ike_dh_job *job)
{
	struct world *w = ctx;
	struct sum *s = calloc(1, sizeof(*s));

	if (!s)
		abort();
	s->job = job;
	list_push(&w->sums, &s->link);
}

static bool run_sums(struct world *w)
{
	bool any = false;

	list_each (&w->sums, it) {
		struct sum *s = list_entry(it, struct sum, link);

		list_del(it);
		ike_dh_run(s->job);
		core_dh_done(w->core, s->job);
		free(s);
		any = true;
	}
	return any;
}

static void watched_open_tap(void *ctx, const struct priv_tap *req, struct priv_result *out)
{
	struct world *w = ctx;
	const struct priv_ops *real = fake_priv(w->fake);

	real->open_tap(real->ctx, req, out);
	for (unsigned i = 0; out->ok && i < out->n_fds; i++)
		host_add(w, out->fds[i], req);
}

/* The other verbs as the fake has them, but with this world as context. */
static void pass_open_udp(void *ctx, const struct priv_udp *req, struct priv_result *out)
{
	const struct priv_ops *real = fake_priv(((struct world *)ctx)->fake);

	real->open_udp(real->ctx, req, out);
}

static void pass_open_esp(void *ctx, const struct ip_addr *addr, uint16_t n,
			  struct priv_result *out)
{
	const struct priv_ops *real = fake_priv(((struct world *)ctx)->fake);

	real->open_esp(real->ctx, addr, n, out);
}

static void pass_close_tap(void *ctx, const char *name, struct priv_result *out)
{
	const struct priv_ops *real = fake_priv(((struct world *)ctx)->fake);

	real->close_tap(real->ctx, name, out);
}

static void pass_nat_on(void *ctx, const struct priv_nat *req, struct priv_result *out)
{
	const struct priv_ops *real = fake_priv(((struct world *)ctx)->fake);

	real->nat_on(real->ctx, req, out);
}

static void pass_nat_off(void *ctx, const char *tap, struct priv_result *out)
{
	const struct priv_ops *real = fake_priv(((struct world *)ctx)->fake);

	real->nat_off(real->ctx, tap, out);
}

/* The fake that is in use: the table's functions get no world. */
static struct world *watched;

/* A closed socket loses what was sent on it last; a real network would carry it. */
static void watched_close(void *ctx, int fd)
{
	const struct os *real = fake_os(watched->fake);

	network_from_server(watched);
	real->close(ctx, fd);
}

bool world_stop(struct world *w, char *what, size_t cap)
{
	const struct fake_call *call;
	int taps = 0, nats = 0;

	watched = w;
	core_free(w->core);
	w->core = NULL;
	w->core_next = TIMER_NEVER;
	for (unsigned i = 0; (call = fake_call(w->fake, i)); i++) {
		taps += (call->verb == FAKE_OPEN_TAP) - (call->verb == FAKE_CLOSE_TAP);
		nats += (call->verb == FAKE_NAT_ON) - (call->verb == FAKE_NAT_OFF);
	}
	snprintf(what, cap, "%u descriptors, %d TAPs and %d NATs", fake_open_count(w->fake), taps,
		 nats);
	return !fake_open_count(w->fake) && !taps && !nats;
}

static void parse_error(const struct cfg_errors *errs, char *error)
{
	for (unsigned i = 0; i < errs->n && i < 64; i++) {
		const struct cfg_error *e = &errs->e[i];

		if (e->warning)
			continue;
		snprintf(error, 256, "configuration line %u column %u: %.200s", e->line, e->column,
			 e->text);
		return;
	}
	snprintf(error, 256, "memory is short");
}

static bool start_server(struct world *w, const char *text, unsigned workers, unsigned sessions_max,
			 char *error)
{
	const struct os *os = fake_os(w->fake);
	struct cfg_errors *errs = calloc(1, sizeof(*errs));
	struct config *cfg =
		errs ? config_parse(text, strlen(text), errs, os->random, os->ctx) : NULL;
	const struct core_config cc = {
		.os = &w->os,
		.priv = &w->priv,
		.workers = workers,
		.sessions_max = sessions_max,
		.submit = submit,
		.submit_ctx = w,
		.spare_keys = workers > 1, /* both ways are played */
	};

	if (!cfg && errs)
		parse_error(errs, error);
	free(errs);
	if (!cfg)
		return false;
	w->core = core_new(&cc);
	if (w->core && core_apply(w->core, cfg, error, 256))
		return true;
	config_free(cfg);
	return false;
}

struct world *world_new(const char *config, unsigned workers, unsigned sessions_max, uint64_t seed,
			char *error)
{
	struct world *w = calloc(1, sizeof(*w));

	if (!w)
		abort();
	w->fake = fake_new(seed);
	if (!w->fake)
		abort();
	w->random = seed;
	w->next_port = 40000;
	w->server = ip4_addr(0xcb007101); /* 203.0.113.1 */
	list_init(&w->sums);
	list_init(&w->flying);
	list_init(&w->kept);
	list_init(&w->waiting);
	list_init(&w->waiting6);
	w->os = *fake_os(w->fake);
	w->os.close = watched_close;
	watched = w;
	w->priv = (struct priv_ops){
		.ctx = w,
		.open_udp = pass_open_udp,
		.open_esp = pass_open_esp,
		.open_tap = watched_open_tap,
		.close_tap = pass_close_tap,
		.nat_on = pass_nat_on,
		.nat_off = pass_nat_off,
	};
	if (start_server(w, config, workers, sessions_max, error)) {
		world_settle(w);
		return w;
	}
	world_free(w);
	return NULL;
}

void world_free(struct world *w)
{
	while (w->n_clients)
		client_free(w->clients[0]);
	watched = w;
	if (w->core)
		core_free(w->core);
	list_each (&w->sums, it) {
		list_del(it);
		free(list_entry(it, struct sum, link));
	}
	network_free(w);
	host_free(w);
	fake_free(w->fake);
	free(w);
}

/* ---- time ---- */

static bool round_once(struct world *w)
{
	bool busy = run_sums(w);
	uint64_t now_ms = world_now(w);

	if (w->core)
		w->core_next = core_run(w->core);
	busy |= network_from_server(w);
	busy |= host_round(w);
	for (unsigned i = 0; i < w->n_clients; i++) {
		struct client *c = w->clients[i];

		if (lac_next_ms(c->lac) <= now_ms)
			lac_run(c->lac, now_ms);
		busy |= client_round(c);
	}
	return busy | network_deliver(w);
}

void world_settle(struct world *w)
{
	unsigned quiet = 0;

	for (unsigned i = 0; quiet < QUIET_ROUNDS; i++) {
		quiet = round_once(w) ? 0 : quiet + 1;
		if (i == ROUNDS_MAX) {
			fprintf(stderr, "world: no rest at this instant: an endless exchange\n");
			abort();
		}
	}
}

static uint64_t next_ms(const struct world *w)
{
	uint64_t next = w->core_next, other = network_next_ms(w);

	if (other < next)
		next = other;
	for (unsigned i = 0; i < w->n_clients; i++) {
		other = lac_next_ms(w->clients[i]->lac);
		if (other < next)
			next = other;
	}
	return next;
}

bool world_until(struct world *w, uint64_t ms, bool (*done)(void *ctx), void *ctx)
{
	uint64_t end_ms = world_now(w) + ms;

	world_settle(w);
	while (!done(ctx)) {
		uint64_t now_ms = world_now(w), next = next_ms(w);

		if (now_ms >= end_ms)
			return false;
		if (next <= now_ms)
			next = now_ms + 1;
		fake_advance(w->fake, (next < end_ms ? next : end_ms) - now_ms);
		world_settle(w);
	}
	return true;
}

static bool never(void *ctx)
{
	(void)ctx;
	return false;
}

void world_run(struct world *w, uint64_t ms)
{
	world_until(w, ms, never, NULL);
}
