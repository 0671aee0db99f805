/*
 * sim: time and the whole run: `sim_test [-v] [-p] [-c CLIENTS] [-h HOURS] [-w WORKERS]
 * [-s SEED] [-n RUNS]`. See README.md.
 */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#include "base/log.h"
#include "sim.h"

#define QUIET_ROUNDS 2
#define ROUNDS_MAX   10000
#define TIMERS_MAX   10000000
#define EMPTY_MS     (10 * MINUTE_MS) /* behind the last one's leaving */

uint64_t sim_now(const struct sim *s)
{
	return s->os.now_ms(s->os.ctx);
}

uint64_t sim_random(struct sim *s)
{
	s->random += UINT64_C(0x9e3779b97f4a7c15);
	uint64_t z = s->random;

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

uint32_t sim_dice(struct sim *s, uint32_t sides)
{
	return (uint32_t)((sim_random(s) >> 32) * sides >> 32);
}

/* Exponential by bits: each octave is half as likely as the one before. */
uint64_t sim_about(struct sim *s, uint64_t mean_ms)
{
	uint64_t sum = 0;

	for (unsigned i = 0; i < 8; i++) {
		sum += sim_random(s) % (mean_ms + 1);
		if (sim_random(s) & 1)
			break;
	}
	return sum;
}

static void settle(struct sim *s)
{
	unsigned quiet = 0;

	s->poked = false;
	for (unsigned i = 0; quiet < QUIET_ROUNDS && !s->failed; i++) {
		quiet = server_round(s) ? 0 : quiet + 1;
		if (i == ROUNDS_MAX)
			judge_fail(s, NULL, "rest", "the server finds no rest at this instant");
	}
}

static uint64_t next_ms(const struct sim *s)
{
	uint64_t next = timerq_next_ms(&s->timers), server = s->core_next_ms;

	if (server < s->stalled_until_ms)
		server = s->stalled_until_ms;
	return server < next ? server : next;
}

bool sim_until(struct sim *s, uint64_t end_ms)
{
	while (!s->failed && sim_now(s) < end_ms) {
		uint64_t now_ms = sim_now(s), next = next_ms(s);

		if (next <= now_ms)
			next = now_ms + 1;
		next += SIM_STEP_MS - 1 - (next + SIM_STEP_MS - 1) % SIM_STEP_MS;
		fake_advance(s->fake, (next < end_ms ? next : end_ms) - now_ms);
		now_ms = sim_now(s);
		timerq_run(&s->timers, now_ms, TIMERS_MAX);
		now_ms = sim_now(s); /* it may have jumped */
		if (now_ms >= s->stalled_until_ms && (s->poked || s->core_next_ms <= now_ms))
			settle(s);
	}
	return !s->failed;
}

/* ---- the run ---- */

static void log_to_judge(void *ctx, enum log_level level, const char *line)
{
	judge_log(ctx, (int)level, line);
}

static struct sim *sim_new(const struct sim_options *o)
{
	struct sim *s = calloc(1, sizeof(*s));

	if (!s)
		abort();
	s->o = *o;
	s->random = o->seed;
	s->server = ip4_addr(0xcb007101); /* 203.0.113.1 */
	s->fake = fake_new(o->seed);
	s->persons = calloc(o->persons, sizeof(*s->persons));
	s->seen = calloc((size_t)o->persons * SIM_SPIS, sizeof(*s->seen));
	s->shared = lac_shared_new();
	if (!s->fake || !s->persons || !s->seen || !s->shared)
		abort();
	list_init(&s->sums);
	list_init(&s->flying);
	list_init(&s->waiting);
	log_set_sink(log_to_judge, s);
	return s;
}

static void sim_free(struct sim *s)
{
	for (unsigned i = 0; i < s->o.persons; i++)
		person_free(&s->persons[i]);
	if (s->core)
		server_stop(s);
	network_free(s);
	host_free(s);
	fake_free(s->fake);
	map_free(&s->spis);
	free(s->seen);
	free(s->persons);
	lac_shared_free(s->shared);
	free(s);
}

static double seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void days(struct sim *s)
{
	uint64_t begin_ms, end_ms;

	for (unsigned i = 0; i < s->o.persons; i++)
		person_init(s, &s->persons[i], i);
	s->heap_persons = audit_heap();
	life_begin(s);
	begin_ms = sim_now(s);
	end_ms = begin_ms + s->o.hours * HOUR_MS;
	for (uint64_t at_ms = begin_ms; at_ms < end_ms && !s->failed;) {
		at_ms = sim_now(s) + HOUR_MS < end_ms ? sim_now(s) + HOUR_MS : end_ms;
		sim_until(s, at_ms);
		if (s->o.progress)
			audit_report(s);
	}
	life_over(s);
	sim_until(s, sim_now(s) + 2 * EMPTY_MS);
}

static bool run(const struct sim_options *o)
{
	struct sim *s = sim_new(o);
	double began = seconds();
	struct rusage usage;
	bool ok;

	s->os = *fake_os(s->fake);
	if (server_start(s)) {
		settle(s);
		s->heap_start = audit_heap();
		days(s);
	}
	if (!s->failed)
		audit_end(s);
	if (!s->failed)
		server_stop(s);
	audit_report(s);
	getrusage(RUSAGE_SELF, &usage);
	printf("seed %llu: %u clients, %llu h, %s, %.1f s, %.1f s of CPU, %ld MiB\n",
	       (unsigned long long)o->seed, o->persons, (unsigned long long)o->hours,
	       s->failed ? "FAILED" : "ok", seconds() - began,
	       (double)usage.ru_utime.tv_sec + (double)usage.ru_utime.tv_usec / 1e6,
	       usage.ru_maxrss / 1024);
	ok = !s->failed;
	sim_free(s);
	return ok;
}

static unsigned long number(const char *text)
{
	return strtoul(text, NULL, 10);
}

int main(int argc, char **argv)
{
	struct sim_options o = {.seed = 1, .persons = 100, .workers = 2, .hours = 24};
	unsigned long runs = 1;
	int c, failed = 0;

	while ((c = getopt(argc, argv, "vpc:h:w:s:n:")) != -1) {
		if (c == 'v')
			o.verbose = true;
		else if (c == 'p')
			o.progress = true;
		else if (c == 'c')
			o.persons = (unsigned)number(optarg);
		else if (c == 'h')
			o.hours = number(optarg);
		else if (c == 'w')
			o.workers = (unsigned)number(optarg);
		else if (c == 's')
			o.seed = number(optarg);
		else if (c == 'n')
			runs = number(optarg);
		else
			return 2;
	}
	if (!o.persons || o.persons > 10000 || !o.workers || o.workers > SIM_TAPS)
		return 2;
	for (; runs; runs--, o.seed++)
		failed += !run(&o);
	return failed != 0;
}
