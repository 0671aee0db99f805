/*
 * map: 64-bit keys to pointers, for the control thread's tables. Open addressing; doubles by
 * a few slots a call, so that no call ever moves them all. Key 0 is not allowed, nor is a
 * value NULL. Owns nothing.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MAP_MOVES 8 /* old slots that a put or del moves while the map doubles */

struct map_slot {
	uint64_t key;
	void *value;
};

struct map {
	struct map_slot *slots;
	size_t cap; /* a power of two, or 0 */
	size_t used;
	struct map_slot *old; /* cap / 2, while they are moved; those before `moved` are */
	size_t moved;
};

/* Sets key to value (replaces). False when memory is short. */
bool map_put(struct map *m, uint64_t key, void *value);
void *map_get(const struct map *m, uint64_t key); /* NULL: not there */
void map_del(struct map *m, uint64_t key);
void map_free(struct map *m);
