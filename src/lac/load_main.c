/*
 * load_main: `sekisho-lac load`: starts the threads, leads them through the phases, says each
 * second how it goes, and reports. Called by src/main/sekisho_lac.c.
 */
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "call.h"
#include "command.h"
#include "load.h"

#define TICK_US        10000
#define US_A_SECOND    1000000ull
#define DRAIN_US       1000000
#define DRAIN_LEAST_US 200000 /* the resets of TCP arrive, and what was under way */
#define LEAVE_MAX_US   (10 * US_A_SECOND)

static volatile sig_atomic_t interrupted;

struct lead {
	struct load_run run;
	struct load_thread *threads;
	pthread_t *ids;
	unsigned n;
	struct load_moment told; /* by the last line of progress */
};

static void on_signal(int sig)
{
	(void)sig;
	interrupted = 1;
}

static uint64_t cpu_us(void)
{
	struct rusage u;

	getrusage(RUSAGE_SELF, &u);
	return (uint64_t)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) * US_A_SECOND +
	       (uint64_t)(u.ru_utime.tv_usec + u.ru_stime.tv_usec);
}

/* A socket a client, and some. */
static void want_descriptors(const struct load_options *o)
{
	struct rlimit l = {0};
	rlim_t want = o->sources_bits ? 4096 : o->clients + 1024ul;

	getrlimit(RLIMIT_NOFILE, &l);
	if (l.rlim_cur >= want)
		return;
	l.rlim_cur = want;
	if (l.rlim_max < want)
		l.rlim_max = want;
	if (setrlimit(RLIMIT_NOFILE, &l) != 0)
		fprintf(stderr, "sekisho-lac: fewer descriptors than clients: ulimit -n %lu\n",
			(unsigned long)want);
}

/* ---- the sums ---- */

static void look(const struct lead *l, struct load_moment *m)
{
	memset(m, 0, sizeof(*m));
	m->at_us = call_now_us();
	m->cpu_us = cpu_us();
	for (unsigned i = 0; i < l->n; i++)
		load_stats_sum(&m->stats, &l->threads[i].stats);
}

static uint64_t sum_of(const struct lead *l, enum load_count which)
{
	uint64_t sum = 0;

	for (unsigned i = 0; i < l->n; i++)
		sum += load_count_read(&l->threads[i].stats, which);
	return sum;
}

static bool all_done(const struct lead *l)
{
	for (unsigned i = 0; i < l->n; i++) {
		if (!__atomic_load_n(&l->threads[i].done, __ATOMIC_ACQUIRE))
			return false;
	}
	return true;
}

/* ---- leading ---- */

static void wake_all(struct lead *l)
{
	for (unsigned i = 0; i < l->n; i++)
		os_linux()->wake(NULL, l->threads[i].wake);
}

static void enter(struct lead *l, enum load_phase phase)
{
	for (unsigned i = 0; i < l->n; i++)
		__atomic_store_n(&l->threads[i].phase, (int)phase, __ATOMIC_RELEASE);
	wake_all(l);
}

static void storm(struct lead *l)
{
	for (unsigned i = 0; i < l->n; i++)
		__atomic_add_fetch(&l->threads[i].storms, 1, __ATOMIC_RELEASE);
	wake_all(l);
	l->run.storm_us = call_now_us();
	fprintf(stderr, "storm: all vanish\n");
}

/* One tick, and the line of each second. */
static void tick(struct lead *l)
{
	struct load_moment *now;

	usleep(TICK_US);
	if (call_now_us() - l->told.at_us < US_A_SECOND)
		return;
	now = malloc(sizeof(*now));
	if (!now)
		return;
	look(l, now);
	load_progress(&l->run, &l->told, now);
	l->told = *now;
	free(now);
}

static void set_up(struct lead *l)
{
	uint64_t end = call_now_us() + l->run.opt->setup_s * US_A_SECOND;

	while (!interrupted && call_now_us() < end &&
	       sum_of(l, COUNT_SETTLED) < l->run.opt->clients)
		tick(l);
	look(l, &l->run.up);
}

/* All have vanished, dialled again and come up: since when? */
static void watch_storm(struct lead *l)
{
	if (!l->run.storm_us || l->run.recovered_us ||
	    sum_of(l, COUNT_VANISHED) < l->run.up.stats.n[COUNT_NOW_UP] ||
	    sum_of(l, COUNT_NOW_UP) < l->run.up.stats.n[COUNT_NOW_UP])
		return;
	look(l, &l->run.last);
	l->run.recovered_us = l->run.last.stats.n[COUNT_LAST_UP_US] - l->run.storm_us;
}

static void have_traffic(struct lead *l)
{
	uint64_t begin = call_now_us(), end = begin + l->run.opt->seconds * US_A_SECOND;

	enter(l, LOAD_TRAFFIC);
	while (!interrupted && call_now_us() < end) {
		if (l->run.opt->storm && !l->run.storm_us &&
		    call_now_us() - begin >= l->run.opt->storm_s * US_A_SECOND)
			storm(l);
		watch_storm(l);
		tick(l);
	}
	look(l, &l->run.end);
}

static void drain(struct lead *l)
{
	uint64_t begin = call_now_us();

	enter(l, LOAD_DRAIN);
	while (!interrupted && call_now_us() - begin < DRAIN_US &&
	       (call_now_us() - begin < DRAIN_LEAST_US ||
		sum_of(l, COUNT_UDP_RECEIVED) < sum_of(l, COUNT_UDP_SENT)))
		tick(l);
	look(l, &l->run.drained);
}

static void leave(struct lead *l)
{
	uint64_t end = call_now_us() + LEAVE_MAX_US;

	interrupted = 0; /* a second Ctrl-C leaves at once */
	enter(l, l->run.opt->abandon ? LOAD_QUIT : LOAD_LEAVE);
	while (!all_done(l) && !interrupted && call_now_us() < end)
		tick(l);
	enter(l, LOAD_QUIT);
}

/* ---- threads ---- */

static unsigned start(struct lead *l)
{
	unsigned n = 0;

	while (n < l->n && pthread_create(&l->ids[n], NULL, load_thread_run, &l->threads[n]) == 0)
		n++;
	if (n < l->n)
		fprintf(stderr, "sekisho-lac: no thread could be started\n");
	return n;
}

static bool make(struct lead *l)
{
	l->threads = calloc(l->run.opt->threads, sizeof(*l->threads));
	l->ids = calloc(l->run.opt->threads, sizeof(*l->ids));
	if (!l->threads || !l->ids) {
		fprintf(stderr, "sekisho-lac: no memory\n");
		return false;
	}
	for (unsigned i = 0; i < l->run.opt->threads; i++) {
		l->n = i + 1; /* what was begun is freed, too */
		if (!load_thread_init(&l->threads[i], l->run.opt, i))
			return false;
	}
	return true;
}

static void unmake(struct lead *l)
{
	for (unsigned i = 0; i < l->n; i++)
		load_thread_free(&l->threads[i]);
	free(l->threads);
	free(l->ids);
}

static void join(struct lead *l, unsigned started)
{
	for (unsigned i = 0; i < started; i++)
		pthread_join(l->ids[i], NULL);
	look(l, &l->run.last);
	/* the drops of calls that are still there are counted when they go */
	for (unsigned i = 0; i < l->n; i++) {
		for (unsigned k = 0; k < l->threads[i].n_clients; k++)
			load_client_free(&l->threads[i].clients[k]);
		load_stats_sum_reasons(&l->run.last.stats, &l->threads[i].stats);
	}
}

/* Everybody whom we wanted was up, and still is when the traffic ends, or dials again because
 * we wanted that. */
static bool worked(const struct load_run *r)
{
	const struct load_stats *s = &r->end.stats;
	uint64_t up = s->n[COUNT_NOW_UP];

	return up > 0 && (up == r->opt->clients || (s->n[COUNT_FAILED] == 0 && r->opt->churn));
}

static int run(struct lead *l)
{
	unsigned started;

	if (!make(l))
		return EXIT_FAILED;
	look(l, &l->run.start);
	l->told = l->run.start;
	started = start(l);
	if (started == l->n) {
		set_up(l);
		have_traffic(l);
		drain(l);
		l->run.interrupted = interrupted;
		leave(l);
	} else {
		enter(l, LOAD_QUIT);
	}
	join(l, started);
	if (started == l->n)
		load_report(&l->run);
	return started == l->n && worked(&l->run) ? 0 : EXIT_FAILED;
}

static int go(struct load_options *o, struct lead *l, int argc, char **argv)
{
	const struct sigaction quit = {.sa_handler = on_signal};
	enum load_asked asked = load_options_read(o, argc, argv);
	int rc;

	if (asked != LOAD_GO)
		return asked == LOAD_HELP ? 0 : EXIT_USAGE;
	sigaction(SIGINT, &quit, NULL);
	sigaction(SIGTERM, &quit, NULL);
	want_descriptors(o);
	l->run.opt = o;
	rc = run(l);
	unmake(l);
	return rc;
}

int load_command(int argc, char **argv)
{
	struct load_options *o = calloc(1, sizeof(*o));
	struct lead *l = calloc(1, sizeof(*l));
	int rc = EXIT_FAILED;

	if (o && l)
		rc = go(o, l, argc, argv);
	else
		fprintf(stderr, "sekisho-lac: no memory\n");
	if (o) {
		secret_wipe(&o->psk);
		secret_wipe(&o->password);
	}
	free(o);
	free(l);
	return rc;
}
