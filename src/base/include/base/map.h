/*
 * map: 64-bit keys to pointers, for the control thread's tables. Open
 * addressing; grows by doubling. Key 0 is not allowed. Owns nothing.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct map_slot {
	uint64_t key;
	void *value;
};

struct map {
	struct map_slot *slots;
	size_t cap; /* a power of two, or 0 */
	size_t used;
};

/* Sets key to value (replaces). False when memory is short. */
bool map_put(struct map *m, uint64_t key, void *value);
void *map_get(const struct map *m, uint64_t key); /* NULL: not there */
void map_del(struct map *m, uint64_t key);
void map_free(struct map *m);
