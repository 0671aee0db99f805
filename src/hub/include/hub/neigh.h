/*
 * neigh: which MAC has an address on a hub.
 *
 * An address is a number: an IPv4 address in host order, or the upper 64 bits of an
 * IPv6 address (wire/ipv6.h), since every session has a /64 of its own (RFC 8273). The
 * two cannot meet: an IPv6 prefix that hosts may have is above 2^32.
 *
 * One table for all hubs of a worker: open addressing, linear probing, deletion by
 * shifting back, so that a look-up never meets tombstones. It grows to the size that
 * neigh_init() is told. Only control fills it; packets never do (H-27).
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct neigh_entry {
	uint64_t addr;
	uint16_t tag; /* the hub's number (at most 32766) and 1; 0: free */
	uint8_t mac[6];
};

struct neigh {
	struct neigh_entry *entries;
	uint32_t mask; /* number of entries - 1 */
	uint32_t n, max;
	struct neigh_entry *old; /* while it doubles: the half that is being left */
	uint32_t moved;          /* those before are in entries */
};

#define NEIGH_MOVES 8 /* old entries that an addition or deletion moves */

/* Room for max entries (1 to 2^24). False when memory is short. */
bool neigh_init(struct neigh *t, uint32_t max);
void neigh_free(struct neigh *t);

/* Adds or changes an entry; false when the table is full or memory is short. */
bool neigh_add(struct neigh *t, uint16_t hub, uint64_t addr, const uint8_t mac[6]);

/* False when there was none. */
bool neigh_del(struct neigh *t, uint16_t hub, uint64_t addr);
void neigh_del_hub(struct neigh *t, uint16_t hub);

/* The entry of the hub at or behind *cursor (0 at first), which then stands behind it; NULL at the
 * end. Nothing may be added or deleted between two calls. */
const struct neigh_entry *neigh_next(const struct neigh *t, uint16_t hub, uint32_t *cursor);

/* The MAC, valid until the next change, or NULL. */
const uint8_t *neigh_find(const struct neigh *t, uint16_t hub, uint64_t addr);

/* The same for the /64 of an IPv6 address; NULL also for a prefix that no host has and
 * that would be taken for an IPv4 address. */
static inline const uint8_t *neigh_find6(const struct neigh *t, uint16_t hub, uint64_t prefix)
{
	return prefix >> 32 ? neigh_find(t, hub, prefix) : NULL;
}
