/*
 * worker: one round of the data plane: commands, handoffs, what is ready, then
 * everything leaves. The thread sleeps in poll_wait() only. Called by dp.
 */
#include "worker.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "base/secret.h"
#include "crypto/iv_source.h"

#define PUNTS_DEFAULT 1000
#define NEIGH_SPARE   1024      /* neighbours that are not sessions */
#define TABLE_MAX     (1 << 18) /* MACs and addresses of all hubs */
#define STALL_MS      20        /* how soon to look again for room in control's ring */

bool worker_watch(struct worker *w, enum source_kind kind, unsigned hub, int fd)
{
	struct source *s = &w->sources[kind + hub];

	*s = (struct source){.kind = kind, .hub = (uint16_t)hub, .fd = fd};
	if (w->os->poll_add(w->os->ctx, w->poll, fd, s))
		return true;
	s->fd = -1;
	return false;
}

void worker_unwatch(struct worker *w, enum source_kind kind, unsigned hub)
{
	struct source *s = &w->sources[kind + hub];

	if (s->fd < 0)
		return;
	w->os->poll_del(w->os->ctx, w->poll, s->fd);
	w->os->close(w->os->ctx, s->fd);
	s->fd = -1;
}

static bool alloc_buffers(struct worker *w)
{
	w->rx_mem = malloc((size_t)RX_BATCH * RX_BUF);
	w->tap_mem = malloc(TAP_ROOM + TAP_BUF);
	w->scratch = malloc(RX_BUF);
	w->handoff_mem = malloc(HANDOFF_ARENA);
	w->tx.arena = malloc(TX_ARENA);
	w->flood_mem = malloc(TAP_ROOM + TAP_BUF);
	return w->rx_mem && w->tap_mem && w->flood_mem && w->scratch && w->handoff_mem &&
	       w->tx.arena;
}

static bool switch_init(struct worker *w, const struct dp_config *cfg)
{
	uint64_t seed[2];

	w->machine = cfg->machine;
	w->os->random(w->os->ctx, seed, sizeof(seed));
	if (!hub_switch_init(&w->sw, TABLE_MAX, DP_HUBS_MAX, seed[0]))
		return false;
	w->sw.neigh = &w->neigh;
	w->sw.session_mac = (uint64_t)PORT_MAC_FIRST << 40 | (uint64_t)cfg->machine << 32;
	w->sw.session_mask = UINT64_C(0xffff00000000);
	w->sw.prng = seed[1] | 1;
	return true;
}

static bool watch_all(struct worker *w, const struct dp_config *cfg)
{
	int udp4500 = cfg->udp4500[w->index], esp = cfg->esp[w->index];

	w->poll = w->os->poll_new(w->os->ctx);
	w->wake = w->os->wake_new(w->os->ctx);
	return w->poll >= 0 && w->wake >= 0 && worker_watch(w, SOURCE_WAKE, 0, w->wake) &&
	       (w->index || cfg->udp500 < 0 || worker_watch(w, SOURCE_UDP500, 0, cfg->udp500)) &&
	       (udp4500 < 0 || worker_watch(w, SOURCE_UDP4500, 0, udp4500)) &&
	       (esp < 0 || worker_watch(w, SOURCE_ESP, 0, esp));
}

struct worker *worker_new(struct dp *dp, const struct dp_config *cfg, unsigned index)
{
	struct worker *w = calloc(1, sizeof(*w));

	if (!w)
		return NULL;
	w->dp = dp;
	w->os = cfg->os;
	w->index = index;
	w->n_workers = cfg->workers;
	w->iv_at = sizeof(w->ivs);
	w->poll = w->wake = -1;
	w->punt_limit = cfg->punts_per_second_max ? cfg->punts_per_second_max : PUNTS_DEFAULT;
	for (unsigned i = 0; i < SOURCE_TAP + DP_HUBS_MAX; i++)
		w->sources[i].fd = -1;
	for (unsigned i = 0; i < DP_HUBS_MAX; i++)
		w->hubs[i].tap = -1;
	keepalive_init(w);
	w->burst = burst_new(cfg->burst);
	w->iv_source = iv_source_new();
	w->commands = ring_new(256 * 1024);
	w->punts = ring_new(512 * 1024);
	if (w->burst && w->commands && w->punts && alloc_buffers(w) && tables_init(w, cfg) &&
	    neigh_init(&w->neigh, 2 * cfg->sessions_max * cfg->workers + NEIGH_SPARE) &&
	    switch_init(w, cfg) && watch_all(w, cfg))
		return w;
	worker_free(w);
	return NULL;
}

/* Descriptors of the configuration and the TAPs are closed by dp_free() before. */
void worker_free(struct worker *w)
{
	if (!w)
		return;
	if (w->poll >= 0)
		w->os->close(w->os->ctx, w->poll);
	if (w->wake >= 0)
		w->os->close(w->os->ctx, w->wake);
	tables_free(w);
	neigh_free(&w->neigh);
	hub_switch_free(&w->sw);
	neighbour_free(w);
	delay_free(w);
	ring_free(w->commands);
	ring_free(w->punts);
	if (w->burst)
		burst_free(w->burst);
	free(w->rx_mem);
	free(w->tap_mem);
	free(w->scratch);
	free(w->handoff_mem);
	free(w->tx.arena);
	free(w->flood_mem);
	iv_source_free(w->iv_source);
	secret_zero(w->ivs, sizeof(w->ivs));
	free(w);
}

static void round_begin(struct worker *w)
{
	atomic_exchange(&w->woken, false); /* before the rings are read: dp.c */
	w->now_ms = w->os->now_ms(w->os->ctx);
	w->more = false;
	w->command_stalled = false;
	commands_take(w);
	handoff_take(w);
	keepalive_run(w);
	delay_run(w);
	bridge_tend(w);
	ethernet_tell(w);
}

static void round_end(struct worker *w)
{
	tx_flush(w);
	handoff_wake(w);
	if (w->punted)
		dp_wake_control(w);
	w->punted = false;
}

static void serve(struct worker *w, const struct source *s)
{
	if (s->kind == SOURCE_WAKE)
		w->os->wake_clear(w->os->ctx, s->fd);
	else if (s->kind == SOURCE_TAP)
		tap_in(w, s);
	else
		rx_socket(w, s);
}

bool worker_round_all(struct worker *w)
{
	uint64_t before = w->work;

	serve(w, &w->sources[SOURCE_WAKE]);
	round_begin(w);
	for (unsigned i = SOURCE_WAKE + 1; i < SOURCE_TAP + DP_HUBS_MAX; i++) {
		if (w->sources[i].fd >= 0)
			serve(w, &w->sources[i]);
	}
	round_end(w);
	return w->work != before;
}

uint64_t worker_next_ms(const struct worker *w)
{
	uint64_t delay_ms = delay_next_ms(w);

	return delay_ms < w->keepalive_ms ? delay_ms : w->keepalive_ms;
}

/* How long to sleep without a packet or a command. */
static int patience_ms(const struct worker *w)
{
	uint64_t next_ms = worker_next_ms(w), wait_ms = next_ms - w->now_ms;

	if (w->more || next_ms <= w->now_ms)
		return 0;
	if (w->command_stalled)
		return STALL_MS;
	if (next_ms == TIMER_NEVER)
		return -1;
	return wait_ms < INT_MAX ? (int)wait_ms : INT_MAX;
}

void worker_loop(struct worker *w)
{
	struct os_ready ready[OS_BATCH];
	int timeout_ms = 0;

	while (!atomic_load_explicit(&w->stop, memory_order_acquire)) {
		unsigned n = w->os->poll_wait(w->os->ctx, w->poll, ready, OS_BATCH, timeout_ms);

		/* the wake is cleared before the rings are read, or one could be missed */
		for (unsigned i = 0; i < n; i++) {
			if (ready[i].tag == &w->sources[SOURCE_WAKE])
				serve(w, ready[i].tag);
		}
		round_begin(w);
		for (unsigned i = 0; i < n; i++) {
			const struct source *s = ready[i].tag;

			/* a command of this round may have taken it away */
			if (s->fd >= 0 && s->kind != SOURCE_WAKE)
				serve(w, s);
		}
		round_end(w);
		timeout_ms = patience_ms(w);
	}
}
