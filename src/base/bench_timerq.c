/*
 * bench_timerq: nanoseconds of an idle server's timers, with the heap alone and with the
 * wheel: every object has a timer that fires and is armed again for a minute, and one for
 * retransmission that is armed and disarmed. By hand: bench_timerq [OBJECTS].
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/timerq.h"

#define PERIOD_MS 60000
#define SHORT_MS  1000

struct object {
	struct timer life, retransmit;
	char rest[2048]; /* what else a session has: timers do not stand next to each other */
};

static struct timerq q;

static void fired(struct timer *t, uint64_t now_ms)
{
	struct object *o = (struct object *)(void *)t;

	timerq_arm(&q, &o->retransmit, now_ms + SHORT_MS);
	timerq_arm(&q, t, now_ms + PERIOD_MS);
	timerq_disarm(&q, &o->retransmit);
}

static double seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static void measure(const char *name, struct timer_wheel *wheel, unsigned n, struct object *objects)
{
	uint64_t now_ms = 0, fires = 0;
	double start, longest = 0;

	q = (struct timerq){0};
	if (wheel)
		timerq_use_wheel(&q, wheel, now_ms);
	for (unsigned i = 0; i < n; i++) {
		objects[i] = (struct object){.life.fire = fired};
		timerq_arm(&q, &objects[i].life, (uint64_t)rand() % PERIOD_MS);
	}
	start = seconds();
	while (now_ms < 3 * PERIOD_MS) {
		double before = seconds();

		now_ms += 10;
		fires += timerq_run(&q, now_ms, UINT32_MAX);
		timerq_next_ms(&q);
		if (seconds() - before > longest)
			longest = seconds() - before;
	}
	printf("%-6s %7u timers: %6.0f ns a firing with 2 arms and a disarm, longest round %.2f "
	       "ms\n",
	       name, n, 1e9 * (seconds() - start) / (double)fires, 1e3 * longest);
}

int main(int argc, char **argv)
{
	static struct timer_wheel wheel;
	unsigned n = argc > 1 ? (unsigned)strtoul(argv[1], NULL, 10) : 100000;
	struct object *objects = calloc(n, sizeof(*objects));

	if (!objects)
		return 1;
	measure("heap", NULL, n, objects);
	measure("wheel", &wheel, n, objects);
	free(objects);
	return 0;
}
