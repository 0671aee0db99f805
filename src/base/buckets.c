/*
 * buckets: a hash table of intrusive lists that doubles a few lists at a time. Called by
 * ike and l2tp for their tables of SAs and tunnels, from one thread.
 */
#include "base/buckets.h"

#include <stdlib.h>

bool buckets_init(struct buckets *b, uint32_t n, uint64_t (*hash)(const struct list *link))
{
	*b = (struct buckets){.lists = calloc(n, sizeof(*b->lists)), .mask = n - 1, .hash = hash};
	return b->lists != NULL;
}

void buckets_free(struct buckets *b)
{
	free(b->lists);
	free(b->old);
	*b = (struct buckets){0};
}

static struct list *used(struct list *bucket)
{
	if (!bucket->next)
		list_init(bucket);
	return bucket;
}

struct list *buckets_of(const struct buckets *b, uint64_t hash)
{
	uint32_t in_old = (uint32_t)hash & b->mask >> 1;

	if (b->old && in_old >= b->moved)
		return used(&b->old[in_old]);
	return used(&b->lists[hash & b->mask]);
}

static void each(struct list *lists, uint32_t from, uint32_t to, void (*fn)(struct list *link))
{
	for (uint32_t i = from; lists && i <= to; i++) {
		if (!lists[i].next)
			continue; /* never used */
		list_each (&lists[i], it)
			fn(it);
	}
}

void buckets_each(struct buckets *b, void (*fn)(struct list *link))
{
	each(b->lists, 0, b->mask, fn);
	each(b->old, b->moved, b->mask >> 1, fn);
}

static void move_one(struct buckets *b)
{
	struct list *from = &b->old[b->moved++];

	if (!from->next)
		return;
	list_each (from, it) {
		list_del(it);
		list_push(used(&b->lists[b->hash(it) & b->mask]), it);
	}
}

static void move_some(struct buckets *b)
{
	for (unsigned i = 0; i < BUCKETS_MOVES && b->moved <= b->mask >> 1; i++)
		move_one(b);
	if (b->moved <= b->mask >> 1)
		return;
	free(b->old);
	b->old = NULL;
}

void buckets_grow(struct buckets *b, uint32_t n, uint32_t max)
{
	struct list *lists;

	if (!b->old && n > b->mask && b->mask < max - 1) {
		lists = calloc(2 * ((size_t)b->mask + 1), sizeof(*lists));
		if (!lists)
			return;
		b->old = b->lists;
		b->lists = lists;
		b->mask = 2 * b->mask + 1;
		b->moved = 0;
	}
	if (b->old)
		move_some(b);
}
