/*
 * timerq: deadlines in virtual or real milliseconds, without allocation.
 *
 * A struct timer lives inside the object that it wakes. The queue is a pairing
 * heap: arm and disarm are O(log n) amortised. Nothing here reads a clock; the
 * caller pops what is due at its own `now`.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define TIMER_NEVER UINT64_MAX

struct timer {
	struct timer *child; /* first child */
	struct timer *next;  /* next sibling */
	struct timer *prev;  /* previous sibling, or parent of a first child */
	uint64_t deadline_ms;
	bool armed;
	void (*fire)(struct timer *t, uint64_t now_ms); /* set once by the owner */
};

struct timerq {
	struct timer *root;
};

/* Arms or re-arms t for deadline_ms. */
void timerq_arm(struct timerq *q, struct timer *t, uint64_t deadline_ms);

/* Disarms t; harmless when it is not armed. */
void timerq_disarm(struct timerq *q, struct timer *t);

/* Earliest deadline, or TIMER_NEVER. */
uint64_t timerq_next_ms(const struct timerq *q);

/* Takes one timer that is due at now_ms off the queue, or NULL. */
struct timer *timerq_pop(struct timerq *q, uint64_t now_ms);

/* Fires everything that is due at now_ms, at most limit timers; returns how many. */
unsigned timerq_run(struct timerq *q, uint64_t now_ms, unsigned limit);
