/*
 * dp: the control thread's side of the data plane: start and stop, commands down,
 * punts up, counters. Called by core. Never touches a worker's state while its
 * thread runs.
 */
#include "dataplane/dp.h"

#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "commands.h"
#include "worker.h"

#define HANDOFF_RING_SMALL (256 * 1024) /* half of it must hold a super-packet */
#define HANDOFF_RING       (1024 * 1024)
#define UNREAD_MAX         64 /* commands that need not wake their worker, in a row */

struct dp {
	const struct os *os;
	unsigned n_workers;
	uint32_t shard_mask;
	bool pin, owns_fds;
	int punt_fd;
	atomic_bool control_woken;
	unsigned unread[DP_WORKERS_MAX]; /* commands since the worker was woken last */
	unsigned next_punts;             /* the worker whose punts are read first */
	struct worker *workers[DP_WORKERS_MAX];
	struct ring **handoffs; /* [from * n_workers + to] */
};

unsigned dp_shard_bits(unsigned workers)
{
	unsigned bits = 0;

	while (1u << bits < workers)
		bits++;
	return bits;
}

/* Like the socket's filter: numbers above the last worker are worker 0's. */
unsigned dp_owner(const struct worker *w, uint32_t spi)
{
	unsigned n = spi & w->dp->shard_mask;

	return n < w->n_workers ? n : 0;
}

struct ring *dp_handoff_ring(const struct worker *w, unsigned from, unsigned to)
{
	return w->dp->handoffs[from * w->n_workers + to];
}

/* A thread that is woken and has not looked at its rings since then sees what is in them now:
 * it need not be woken again. The exchanges pair with those before it looks. */
static void wake_worker(struct worker *w)
{
	if (!atomic_exchange(&w->woken, true))
		w->os->wake(w->os->ctx, w->wake);
}

static void wake_control(struct dp *dp)
{
	if (!atomic_exchange(&dp->control_woken, true))
		dp->os->wake(dp->os->ctx, dp->punt_fd);
}

void dp_wake(const struct worker *w, unsigned worker)
{
	wake_worker(w->dp->workers[worker]);
}

void dp_wake_control(const struct worker *w)
{
	wake_control(w->dp);
}

void dp_session_mac(uint8_t machine, unsigned worker, uint32_t slot, uint8_t mac[6])
{
	port_mac_put(mac, (struct port_mac){machine, (uint8_t)worker, slot});
}

void dp_hub_mac(uint16_t hub, uint8_t mac[6])
{
	hub_mac_put(mac, (uint8_t)hub);
}

static bool alloc_handoffs(struct dp *dp)
{
	size_t size = dp->n_workers > 8 ? HANDOFF_RING_SMALL : HANDOFF_RING;
	unsigned n = dp->n_workers * dp->n_workers;

	dp->handoffs = calloc(n, sizeof(*dp->handoffs));
	for (unsigned i = 0; dp->handoffs && i < n; i++) {
		if (i / dp->n_workers == i % dp->n_workers)
			continue;
		dp->handoffs[i] = ring_new(size);
		if (!dp->handoffs[i])
			return false;
	}
	return dp->handoffs != NULL;
}

struct dp *dp_new(const struct dp_config *cfg)
{
	struct dp *dp;

	if (cfg->workers < 1 || cfg->workers > DP_WORKERS_MAX || cfg->peers_max < 1 ||
	    cfg->sessions_max < 1 || cfg->peers_max > PORT_MAC_SLOTS / DP_WORKERS_MAX ||
	    cfg->sessions_max > PORT_MAC_SLOTS / DP_WORKERS_MAX / 2)
		return NULL;
	dp = calloc(1, sizeof(*dp));
	if (!dp)
		return NULL;
	dp->os = cfg->os;
	dp->n_workers = cfg->workers;
	dp->shard_mask = (1u << dp_shard_bits(cfg->workers)) - 1;
	dp->pin = cfg->pin;
	dp->punt_fd = cfg->os->wake_new(cfg->os->ctx);
	dp->owns_fds = dp->punt_fd >= 0 && alloc_handoffs(dp);
	for (unsigned i = 0; i < cfg->workers && dp->owns_fds; i++) {
		dp->workers[i] = worker_new(dp, cfg, i);
		dp->owns_fds = dp->workers[i] != NULL;
	}
	if (dp->owns_fds)
		return dp;
	dp_free(dp); /* the descriptors stay the caller's */
	return NULL;
}

/* The i-th core, from 0, that this process may use. */
static void pin_thread(pthread_t thread, unsigned i)
{
	cpu_set_t allowed, one;

	if (sched_getaffinity(0, sizeof(allowed), &allowed) || CPU_COUNT(&allowed) == 0)
		return;
	i %= (unsigned)CPU_COUNT(&allowed);
	for (size_t cpu = 0; cpu < CPU_SETSIZE; cpu++) {
		if (!CPU_ISSET(cpu, &allowed) || i--)
			continue;
		CPU_ZERO(&one);
		CPU_SET(cpu, &one);
		pthread_setaffinity_np(thread, sizeof(one), &one);
		return;
	}
}

static uint64_t cpu_clock_us(clockid_t clock)
{
	struct timespec t;

	if (clock_gettime(clock, &t))
		return 0;
	return (uint64_t)t.tv_sec * 1000000 + (uint64_t)t.tv_nsec / 1000;
}

static void *thread_main(void *arg)
{
	struct worker *w = arg;

	worker_loop(w);
	atomic_store(&w->cpu_us, cpu_clock_us(CLOCK_THREAD_CPUTIME_ID));
	return NULL;
}

bool dp_start(struct dp *dp)
{
	for (unsigned i = 0; i < dp->n_workers; i++) {
		struct worker *w = dp->workers[i];

		atomic_store(&w->stop, false);
		if (w->started)
			continue;
		if (pthread_create(&w->thread, NULL, thread_main, w)) {
			dp_stop(dp);
			return false;
		}
		w->started = true;
		if (dp->pin)
			pin_thread(w->thread, i);
	}
	return true;
}

bool dp_run_once(struct dp *dp)
{
	bool any = false;

	for (unsigned i = 0; i < dp->n_workers; i++)
		any |= worker_round_all(dp->workers[i]);
	return any;
}

uint64_t dp_next_ms(const struct dp *dp)
{
	uint64_t next = TIMER_NEVER;

	for (unsigned i = 0; i < dp->n_workers; i++)
		next = worker_next_ms(dp->workers[i]) < next ? worker_next_ms(dp->workers[i])
							     : next;
	return next;
}

void dp_stop(struct dp *dp)
{
	for (unsigned i = 0; i < dp->n_workers; i++) {
		struct worker *w = dp->workers[i];

		if (!w || !w->started)
			continue;
		atomic_store_explicit(&w->stop, true, memory_order_release);
		dp->os->wake(dp->os->ctx, w->wake);
		pthread_join(w->thread, NULL);
		w->started = false;
	}
}

/* Commands that no round has taken may hold keys and descriptors. */
static void wipe_commands(struct worker *w)
{
	size_t len;

	for (;;) {
		struct dp_cmd *c = (struct dp_cmd *)(uintptr_t)ring_peek(w->commands, &len);

		if (!c)
			return;
		command_give_up(w, c);
		ring_pop(w->commands);
	}
}

void dp_free(struct dp *dp)
{
	if (!dp)
		return;
	dp_stop(dp);
	for (unsigned i = 0; i < dp->n_workers; i++) {
		struct worker *w = dp->workers[i];

		if (!w)
			continue;
		wipe_commands(w);
		for (unsigned s = SOURCE_UDP500; dp->owns_fds && s < SOURCE_TAP + DP_HUBS_MAX;
		     s++) {
			if (w->sources[s].fd >= 0)
				worker_unwatch(w, w->sources[s].kind, w->sources[s].hub);
		}
		worker_free(w);
	}
	for (unsigned i = 0; dp->handoffs && i < dp->n_workers * dp->n_workers; i++)
		ring_free(dp->handoffs[i]);
	free(dp->handoffs);
	if (dp->punt_fd >= 0)
		dp->os->close(dp->os->ctx, dp->punt_fd);
	free(dp);
}

/* A round takes commands before packets, so that a worker knows a neighbour before the first
 * packet to it: it need not be woken for that alone. */
static bool may_wait(const struct dp_cmd *cmd)
{
	return cmd->cookie == 0 && (cmd->kind == DP_CMD_NEIGH_ADD || cmd->kind == DP_CMD_NEIGH_DEL);
}

bool dp_command(struct dp *dp, unsigned worker, const struct dp_cmd *cmd, const void *message)
{
	uint32_t len = command_message_len(cmd);
	struct dp_cmd *at;

	if (worker >= dp->n_workers || (unsigned)cmd->kind > DP_CMD_LISTEN || len > DP_MESSAGE_MAX)
		return false;
	at = ring_reserve(dp->workers[worker]->commands, sizeof(*cmd) + len);
	if (!at)
		return false;
	*at = *cmd;
	if (len)
		memcpy(at + 1, message, len);
	ring_commit(dp->workers[worker]->commands);
	if (may_wait(cmd) && ++dp->unread[worker] < UNREAD_MAX)
		return true;
	dp->unread[worker] = 0;
	wake_worker(dp->workers[worker]);
	return true;
}

int dp_punt_fd(const struct dp *dp)
{
	return dp->punt_fd;
}

static unsigned punts_of(struct worker *w, void (*fn)(void *ctx, const struct dp_punt *p),
			 void *ctx, unsigned max)
{
	unsigned n;

	for (n = 0; n < max; n++) {
		size_t len;
		const struct dp_punt *at = ring_peek(w->punts, &len);
		struct dp_punt p;

		if (!at)
			break;
		p = *at;
		p.message = p.len ? (const uint8_t *)(at + 1) : NULL;
		fn(ctx, &p);
		ring_pop(w->punts);
	}
	return n;
}

unsigned dp_punts(struct dp *dp, void (*fn)(void *ctx, const struct dp_punt *p), void *ctx,
		  unsigned max)
{
	unsigned n = 0;

	dp->os->wake_clear(dp->os->ctx, dp->punt_fd);
	atomic_exchange(&dp->control_woken, false);
	for (unsigned i = 0; i < dp->n_workers; i++)
		n += punts_of(dp->workers[(dp->next_punts + i) % dp->n_workers], fn, ctx, max - n);
	/* another worker is first next time, so that a busy one cannot hide the rest */
	dp->next_punts = (dp->next_punts + 1) % dp->n_workers;
	if (n == max)
		wake_control(dp);
	return n;
}

static const struct {
	const char *name, *help;
} count_names[DP_COUNT_N] = {
#define X(id, name, help) [DROP_##id] = {name, help},
	DP_DROPS(X)
#undef X
#define X(id, name, help) [DROP_HUB_##id] = {"hub-" name, help},
		HUB_DROPS(X)
#undef X
#define X(id, name, help) [COUNT_##id] = {name, help},
			DP_COUNTS(X)
#undef X
};

bool dp_counter(const struct dp *dp, unsigned n, const char **name, const char **help,
		uint64_t *value)
{
	if (n >= DP_COUNT_N)
		return false;
	*name = count_names[n].name;
	*help = count_names[n].help;
	*value = 0;
	for (unsigned i = 0; i < dp->n_workers; i++)
		*value += __atomic_load_n(&dp->workers[i]->counts[n], __ATOMIC_RELAXED);
	return true;
}

void dp_worker_cpu(const struct dp *dp, unsigned worker, uint64_t *cpu_us)
{
	struct worker *w = worker < dp->n_workers ? dp->workers[worker] : NULL;
	clockid_t clock;

	*cpu_us = w ? atomic_load(&w->cpu_us) : 0;
	if (w && w->started && pthread_getcpuclockid(w->thread, &clock) == 0)
		*cpu_us = cpu_clock_us(clock);
}

struct worker *dp_worker(const struct dp *dp, unsigned worker)
{
	return dp->workers[worker];
}
