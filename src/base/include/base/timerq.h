/*
 * timerq: deadlines in virtual or real milliseconds, without allocation.
 *
 * A struct timer lives inside the object that it wakes. The queue is a pairing heap: arm is
 * O(1), disarm O(log n) amortised, with the cache misses of a walk over all timers. A queue of
 * many gets a wheel: 64 small heaps in each of five levels by how far away a deadline is, so
 * that arm and disarm touch the timers of about the same time only, O(1) of the whole. Either way
 * deadlines are exact, however far the clock jumps; timers of one deadline fire in any order.
 * Nothing here reads a clock; the caller pops what is due at its own `now`.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define TIMER_NEVER UINT64_MAX

#define TIMER_LEVELS 5
#define TIMER_SLOTS  64

struct timer {
	struct timer *child; /* first child */
	struct timer *next;  /* next sibling */
	struct timer *prev;  /* previous sibling, or parent of a first child */
	uint64_t deadline_ms;
	bool armed;
	uint8_t level, slot; /* where in the wheel; TIMER_LEVELS: in none */
	void (*fire)(struct timer *t, uint64_t now_ms); /* set once by the owner */
};

struct timer_wheel {
	uint64_t base_ms; /* no deadline that is armed lies before, but those armed in the past */
	uint64_t filled[TIMER_LEVELS]; /* bits of the slots that have timers */
	struct timer *slots[TIMER_LEVELS][TIMER_SLOTS];
	uint64_t moves; /* timers that went from a level to a nearer one: for tests */
};

/* All zero: an empty queue. */
struct timerq {
	struct timer *root; /* those that are in no wheel */
	struct timer_wheel *wheel;
};

/* Gives an empty queue a wheel, all zero, that outlives it: about 2.6 KiB for thousands of
 * timers. now_ms: the caller's clock. */
void timerq_use_wheel(struct timerq *q, struct timer_wheel *wheel, uint64_t now_ms);

/* Arms or re-arms t for deadline_ms. */
void timerq_arm(struct timerq *q, struct timer *t, uint64_t deadline_ms);

/* Disarms t; harmless when it is not armed. */
void timerq_disarm(struct timerq *q, struct timer *t);

/* Earliest deadline, or TIMER_NEVER. */
uint64_t timerq_next_ms(const struct timerq *q);

/* Takes one timer that is due at now_ms off the queue, the earliest deadline first, or NULL.
 * now_ms never goes back. */
struct timer *timerq_pop(struct timerq *q, uint64_t now_ms);

/* Fires everything that is due at now_ms, at most limit timers; returns how many. */
unsigned timerq_run(struct timerq *q, uint64_t now_ms, unsigned limit);
