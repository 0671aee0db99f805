/*
 * neigh: which MAC has an IPv4 address on a hub.
 *
 * One table for all hubs of a worker: open addressing, linear probing, deletion by
 * shifting back, so that a look-up never meets tombstones. Its size is fixed by
 * neigh_init(). Only control fills it; packets never do (H-27).
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct neigh_entry {
	uint32_t ip; /* host order */
	uint16_t hub;
	bool used;
	uint8_t mac[6];
};

struct neigh {
	struct neigh_entry *entries;
	uint32_t mask; /* number of entries - 1 */
	uint32_t n, max;
};

/* Room for max entries (1 to 2^24). False when memory is short. */
bool neigh_init(struct neigh *t, uint32_t max);
void neigh_free(struct neigh *t);

/* Adds or changes an entry; false when the table is full. */
bool neigh_add(struct neigh *t, uint16_t hub, uint32_t ip, const uint8_t mac[6]);

/* False when there was none. */
bool neigh_del(struct neigh *t, uint16_t hub, uint32_t ip);
void neigh_del_hub(struct neigh *t, uint16_t hub);

/* The MAC, valid until the next change, or NULL. */
const uint8_t *neigh_find(const struct neigh *t, uint16_t hub, uint32_t ip);
