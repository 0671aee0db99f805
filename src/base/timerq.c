/*
 * timerq: a pairing heap of deadlines (Fredman et al., 1986), or a hierarchical wheel
 * (Varghese and Lauck, 1987) whose slots are such heaps. Called by every room that has
 * timers, from one thread at a time. Never allocates and never reads a clock.
 *
 * Level l of the wheel has slots of SLOT_MS * 64^l ms: 16 ms, 1 s, 65 s, 70 min, 75 h; a timer is
 * on the first level whose 64 slots reach from base_ms to its deadline, and behind the last one,
 * 199 days, in the heap. base_ms follows the clock, so that a level never holds two turns of the
 * wheel, and the first slot at or behind base_ms has the earliest timers of its level: the
 * earliest of all is the root of one of six heaps. When it is due the other timers of its
 * slot go to nearer levels.
 */
#include "base/timerq.h"

#include <stddef.h>

#define SLOT_MS_BITS 4 /* 16 ms */
#define LEVEL_BITS   6

static unsigned shift_of(unsigned level)
{
	return SLOT_MS_BITS + LEVEL_BITS * level;
}

/* ---- heaps ---- */

static struct timer *meld(struct timer *a, struct timer *b)
{
	struct timer *low, *high;

	if (!a || !b)
		return a ? a : b;
	low = a->deadline_ms <= b->deadline_ms ? a : b;
	high = low == a ? b : a;
	high->prev = low;
	high->next = low->child;
	if (low->child)
		low->child->prev = high;
	low->child = high;
	low->next = NULL;
	low->prev = NULL;
	return low;
}

/* Melds a sibling chain into one tree: pairs left to right, then right to left. */
static struct timer *meld_pairs(struct timer *first)
{
	struct timer *pairs = NULL, *root = NULL;

	while (first) {
		struct timer *a = first;
		struct timer *b = a->next;

		first = b ? b->next : NULL;
		a->next = a->prev = NULL;
		if (b)
			b->next = b->prev = NULL;
		a = meld(a, b);
		a->next = pairs;
		pairs = a;
	}
	while (pairs) {
		struct timer *a = pairs;

		pairs = a->next;
		a->next = NULL;
		root = meld(root, a);
	}
	return root;
}

/* Takes t out of the heap of *root. */
static void heap_del(struct timer **root, struct timer *t)
{
	struct timer *sub = meld_pairs(t->child);

	t->child = NULL;
	if (*root == t) {
		*root = sub;
		return;
	}
	if (t->prev->child == t)
		t->prev->child = t->next;
	else
		t->prev->next = t->next;
	if (t->next)
		t->next->prev = t->prev;
	t->next = t->prev = NULL;
	*root = meld(*root, sub);
}

/* ---- the wheel ---- */

static void choose_slot(const struct timerq *q, struct timer *t)
{
	uint64_t base_ms = q->wheel ? q->wheel->base_ms : 0;
	/* what should have fired long ago stands with what is due now */
	uint64_t at_ms = t->deadline_ms > base_ms ? t->deadline_ms : base_ms;

	t->level = TIMER_LEVELS;
	t->slot = 0;
	for (unsigned l = 0; q->wheel && l < TIMER_LEVELS; l++) {
		uint64_t block = at_ms >> shift_of(l);

		if (block - (base_ms >> shift_of(l)) >= TIMER_SLOTS)
			continue;
		t->level = (uint8_t)l;
		t->slot = (uint8_t)(block % TIMER_SLOTS);
		return;
	}
}

static struct timer **heap_of(struct timerq *q, const struct timer *t)
{
	return t->level < TIMER_LEVELS ? &q->wheel->slots[t->level][t->slot] : &q->root;
}

static void put(struct timerq *q, struct timer *t)
{
	struct timer **root;

	t->child = t->next = t->prev = NULL;
	choose_slot(q, t);
	root = heap_of(q, t);
	*root = meld(*root, t);
	if (t->level < TIMER_LEVELS)
		q->wheel->filled[t->level] |= UINT64_C(1) << t->slot;
}

static void take(struct timerq *q, struct timer *t)
{
	struct timer **root = heap_of(q, t);

	heap_del(root, t);
	if (!*root && t->level < TIMER_LEVELS)
		q->wheel->filled[t->level] &= ~(UINT64_C(1) << t->slot);
}

/* The earliest timer of a level, or NULL. */
static struct timer *first_of(const struct timer_wheel *w, unsigned level)
{
	unsigned from = (w->base_ms >> shift_of(level)) % TIMER_SLOTS;
	uint64_t bits = w->filled[level];

	if (!bits)
		return NULL;
	bits = bits >> from | (from ? bits << (TIMER_SLOTS - from) : 0);
	return w->slots[level][(from + (unsigned)__builtin_ctzll(bits)) % TIMER_SLOTS];
}

static struct timer *earliest(const struct timerq *q)
{
	struct timer *best = q->root;

	for (unsigned l = TIMER_LEVELS; q->wheel && l-- > 0;) {
		struct timer *t = first_of(q->wheel, l);

		if (t && (!best || t->deadline_ms <= best->deadline_ms))
			best = t;
	}
	return best;
}

/* The timers of a heap that belong to no place any more are armed again, each once. */
static void put_all(struct timerq *q, struct timer *list)
{
	while (list) {
		struct timer *t = list;

		list = t->next;
		for (struct timer *c = t->child, *next; c; c = next) {
			next = c->next;
			c->next = list;
			list = c;
		}
		put(q, t);
		q->wheel->moves++;
	}
}

/* What shares a slot with t, which is due, will be due within that slot's time: nearer. */
static void come_nearer(struct timerq *q, struct timer *t)
{
	struct timer_wheel *w = q->wheel;
	struct timer *others = t->child;

	w->slots[t->level][t->slot] = NULL;
	w->filled[t->level] &= ~(UINT64_C(1) << t->slot);
	t->child = NULL;
	put_all(q, others);
}

/* ---- the queue ---- */

void timerq_use_wheel(struct timerq *q, struct timer_wheel *wheel, uint64_t now_ms)
{
	wheel->base_ms = now_ms;
	q->wheel = wheel;
}

void timerq_disarm(struct timerq *q, struct timer *t)
{
	if (!t->armed)
		return;
	t->armed = false;
	take(q, t);
}

void timerq_arm(struct timerq *q, struct timer *t, uint64_t deadline_ms)
{
	timerq_disarm(q, t);
	t->deadline_ms = deadline_ms;
	t->armed = true;
	put(q, t);
}

uint64_t timerq_next_ms(const struct timerq *q)
{
	const struct timer *t = earliest(q);

	return t ? t->deadline_ms : TIMER_NEVER;
}

static void follow_clock(struct timerq *q, uint64_t ms)
{
	if (q->wheel && ms > q->wheel->base_ms)
		q->wheel->base_ms = ms;
}

struct timer *timerq_pop(struct timerq *q, uint64_t now_ms)
{
	struct timer *t = earliest(q);
	bool due = t && t->deadline_ms <= now_ms;

	follow_clock(q, due ? t->deadline_ms : now_ms);
	if (!due)
		return NULL;
	if (t->level > 0 && t->level < TIMER_LEVELS)
		come_nearer(q, t);
	else
		take(q, t);
	t->armed = false;
	return t;
}

unsigned timerq_run(struct timerq *q, uint64_t now_ms, unsigned limit)
{
	unsigned n = 0;
	struct timer *t;

	while (n < limit && (t = timerq_pop(q, now_ms))) {
		t->fire(t, now_ms);
		n++;
	}
	return n;
}
