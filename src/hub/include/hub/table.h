/*
 * table: what the MAC table and the IP table have in common. Only mac_table.c and
 * ip_table.c use it; others use those.
 *
 * One table holds the entries of all hubs of a worker. An entry is one cache line, never
 * moves, and is on three lists: its hash chain, its port's entries, and (by its place in the
 * pool) the round of ageing. Entries come from chunks that table_tend() allocates ahead of
 * need; a packet takes one that is there or learns nothing. The hash heads double in place:
 * each insertion and each table_tend() moves a few chains, so no call ever moves them all.
 *
 * The hash is seeded: who chooses the addresses cannot aim at one chain. A chain is walked for
 * at most 64 entries.
 *
 * A port's entries and their number by class hang on a record of the port, which is an entry
 * of the same pool under the zone TABLE_ZONE_PORT; it lives as long as the port has entries.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TABLE_ZONE_PORT UINT32_MAX
#define TABLE_NEVER     UINT32_MAX
#define TABLE_CHUNK     1024 /* entries */
#define TABLE_CLASSES   2
#define TABLE_HUBS_MAX  65535
#define TABLE_PER_HUB   65536 /* softether.md 2.3 */
#define TABLE_CHAIN_MAX 64

struct table_key {
	uint64_t hi, lo; /* the address */
	uint32_t zone;   /* hub << 16 | VLAN id */
};

struct table_entry {
	uint64_t hi, lo;
	uint32_t zone, hash;
	uint32_t next; /* in its chain, or of the free ones; 0: none */
	uint32_t port, port_next, port_prev;
	uint32_t created_s, seen_s;
	uint32_t aux_s; /* MAC: when the others were told; IP: how long it lives unseen */
	uint8_t class, kind, moves; /* moves: of a MAC, in the second aux_s */
	union {
		uint64_t data;                 /* IP: the MAC */
		uint32_t count[TABLE_CLASSES]; /* of a port's record */
	};
};

struct table {
	struct table_entry **chunks;
	uint32_t *heads, *old_heads; /* old_heads: while the heads double */
	uint32_t mask, old_mask, moved;
	uint32_t n_chunks, max_chunks;
	uint32_t n, free, n_free; /* n: entries in use, ports' records not counted */
	uint32_t n_records;
	uint32_t hand; /* of ageing */
	uint32_t *hub_count, hubs;
	uint64_t seed;
	bool (*expired)(const struct table_entry *e, uint32_t now_s);
};

enum table_room { TABLE_OK, TABLE_HUB_FULL, TABLE_NO_ROOM };

/* Room for max entries (1 to 2^26) of hubs 0 to hubs - 1 (hubs: 1 to TABLE_HUBS_MAX), and
 * for as many records of ports. seed: random. Allocates the first chunk. False: out of range
 * or memory is short. */
bool table_init(struct table *t, uint32_t max, uint32_t hubs, uint64_t seed,
		bool (*expired)(const struct table_entry *e, uint32_t now_s));
void table_free(struct table *t);

static inline struct table_entry *table_at(const struct table *t, uint32_t i)
{
	return &t->chunks[i / TABLE_CHUNK][i % TABLE_CHUNK];
}

static inline uint16_t table_hub_of(const struct table_entry *e)
{
	return (uint16_t)(e->zone >> 16);
}

/* The entry's index, or 0; expired ones are found, too. */
uint32_t table_find(const struct table *t, const struct table_key *key);

/* Has what table_find() will read fetched: the head of the chain, or (entry) its first entry. */
void table_prefetch(const struct table *t, const struct table_key *key, bool entry);

/* Adds an entry (there is none with this key). *out is its index. Never allocates. */
enum table_room table_insert(struct table *t, const struct table_key *key, uint32_t port,
			     uint8_t class, uint32_t now_s, uint32_t *out);
void table_remove(struct table *t, uint32_t i);

/* Hangs the entry on another port; false when there is no room for that port's record. */
bool table_move(struct table *t, uint32_t i, uint32_t port);

/* Entries of a port in a class; 0 for a port without entries. */
uint32_t table_port_count(const struct table *t, uint32_t port, uint8_t class);

/* Removes at most budget entries of the port (of the hub: looks at budget places from
 * *cursor, 0 at first). True when none is left. */
bool table_forget_port(struct table *t, uint32_t port, uint32_t budget);
bool table_forget_hub(struct table *t, uint16_t hub, uint32_t *cursor, uint32_t budget);

/* Not for a packet: looks at budget entries and removes the expired ones, moves on with
 * doubling the heads, allocates chunks ahead of need. */
void table_tend(struct table *t, uint32_t now_s, uint32_t budget);

/* The next entry of the hub from *cursor on (0 at first), looking at no more than budget
 * places; NULL when there was none among them. *cursor is UINT32_MAX at the end. */
const struct table_entry *table_next(const struct table *t, uint16_t hub, uint32_t *cursor,
				     uint32_t budget);
