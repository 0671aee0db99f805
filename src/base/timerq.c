/*
 * timerq: a pairing heap of deadlines (Fredman et al., 1986). Called by every
 * room that has timers, from one thread at a time. Never allocates and never
 * reads a clock.
 */
#include "base/timerq.h"

#include <stddef.h>

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

void timerq_disarm(struct timerq *q, struct timer *t)
{
	struct timer *sub;

	if (!t->armed)
		return;
	t->armed = false;
	sub = meld_pairs(t->child);
	t->child = NULL;
	if (q->root == t) {
		q->root = sub;
		return;
	}
	if (t->prev->child == t)
		t->prev->child = t->next;
	else
		t->prev->next = t->next;
	if (t->next)
		t->next->prev = t->prev;
	t->next = t->prev = NULL;
	q->root = meld(q->root, sub);
}

void timerq_arm(struct timerq *q, struct timer *t, uint64_t deadline_ms)
{
	timerq_disarm(q, t);
	t->deadline_ms = deadline_ms;
	t->armed = true;
	t->child = t->next = t->prev = NULL;
	q->root = meld(q->root, t);
}

uint64_t timerq_next_ms(const struct timerq *q)
{
	return q->root ? q->root->deadline_ms : TIMER_NEVER;
}

struct timer *timerq_pop(struct timerq *q, uint64_t now_ms)
{
	struct timer *t = q->root;

	if (!t || t->deadline_ms > now_ms)
		return NULL;
	timerq_disarm(q, t);
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
