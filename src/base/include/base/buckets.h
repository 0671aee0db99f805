/*
 * buckets: a hash table of intrusive lists, for objects that several tables know.
 *
 * It doubles when its owner says that there are more objects than buckets, and then moves a few
 * buckets with each call that adds one: no call ever moves them all. A bucket that is not used
 * yet is not written: few objects are not spread over the memory of many. Owns only the buckets.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/list.h"

#define BUCKETS_MOVES 4 /* old buckets that buckets_grow() moves */

struct buckets {
	struct list *lists, *old; /* old: the half that is being left, or NULL */
	uint32_t mask, moved;     /* of lists; of old: those before are empty */
	uint64_t (*hash)(const struct list *link);
};

/* n buckets, a power of two. hash: of the object that link is in, as given to buckets_of().
 * False: memory is short. */
bool buckets_init(struct buckets *b, uint32_t n, uint64_t (*hash)(const struct list *link));
void buckets_free(struct buckets *b);

/* The list for objects of this hash, to look in or to push to. Objects of other hashes are in
 * it, too. Valid until the next buckets_grow(). */
struct list *buckets_of(const struct buckets *b, uint64_t hash);

/* Calls fn for each object, which may take it out. */
void buckets_each(struct buckets *b, void (*fn)(struct list *link));

/* An object is about to be added, there are n now: goes on doubling, or begins, at most
 * to max buckets. Without memory the lists are longer. */
void buckets_grow(struct buckets *b, uint32_t n, uint32_t max);
