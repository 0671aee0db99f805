/*
 * table: pool, hash chains and port lists of the MAC and IP tables. Called by mac_table.c and
 * ip_table.c only. Nothing but table_init() and table_tend() allocates.
 */
#include "hub/table.h"

#include <stdlib.h>
#include <string.h>

#define MAX_ENTRIES   (UINT32_C(1) << 26)
#define FIRST_HEADS   TABLE_CHUNK
#define MOVE_BY       4  /* chains moved by an insertion while the heads double */
#define CHUNKS_A_TEND 64 /* 4 MiB */

static uint32_t hash_of(const struct table *t, const struct table_key *k)
{
	uint64_t h = t->seed ^ k->zone;

	h = (h ^ k->lo) * UINT64_C(0x9e3779b97f4a7c15);
	h ^= h >> 32;
	h = (h ^ k->hi ^ t->seed >> 7) * UINT64_C(0xd6e8feb86659fd93);
	return (uint32_t)(h >> 32);
}

static uint32_t *head_of(const struct table *t, uint32_t hash)
{
	if (t->old_heads && (hash & t->old_mask) >= t->moved)
		return &t->old_heads[hash & t->old_mask];
	return &t->heads[hash & t->mask];
}

static void give_back(struct table *t, uint32_t i)
{
	struct table_entry *e = table_at(t, i);

	e->zone = 0;
	e->port = UINT32_MAX;
	e->next = t->free;
	t->free = i;
	t->n_free++;
}

static bool add_chunk(struct table *t)
{
	struct table_entry *chunk;

	if (t->n_chunks == t->max_chunks)
		return false;
	chunk = calloc(TABLE_CHUNK, sizeof(*chunk));
	if (!chunk)
		return false;
	t->chunks[t->n_chunks++] = chunk;
	/* place 0 of the pool is "none" */
	for (uint32_t i = TABLE_CHUNK, first = t->n_chunks == 1; i > first; i--)
		give_back(t, (t->n_chunks - 1) * TABLE_CHUNK + i - 1);
	return true;
}

bool table_init(struct table *t, uint32_t max, uint32_t hubs, uint64_t seed,
		bool (*expired)(const struct table_entry *e, uint32_t now_s))
{
	*t = (struct table){.seed = seed, .expired = expired, .hubs = hubs};
	if (max == 0 || max > MAX_ENTRIES || hubs == 0 || hubs > TABLE_HUBS_MAX)
		return false;
	/* in the worst case each entry has a port of its own */
	t->max_chunks = 2 * max / TABLE_CHUNK + 1;
	t->chunks = calloc(t->max_chunks, sizeof(struct table_entry *));
	t->heads = calloc(FIRST_HEADS, sizeof(*t->heads));
	t->hub_count = calloc(hubs, sizeof(*t->hub_count));
	t->mask = FIRST_HEADS - 1;
	if (!t->chunks || !t->heads || !t->hub_count || !add_chunk(t)) {
		table_free(t);
		return false;
	}
	return true;
}

void table_free(struct table *t)
{
	for (uint32_t i = 0; t->chunks && i < t->n_chunks; i++)
		free(t->chunks[i]);
	free(t->chunks);
	free(t->heads);
	free(t->old_heads);
	free(t->hub_count);
	*t = (struct table){0};
}

static bool is(const struct table_entry *e, const struct table_key *k)
{
	return e->lo == k->lo && e->hi == k->hi && e->zone == k->zone;
}

uint32_t table_find(const struct table *t, const struct table_key *key)
{
	uint32_t i = *head_of(t, hash_of(t, key));

	for (uint32_t n = 0; i && n < TABLE_CHAIN_MAX; n++) {
		const struct table_entry *e = table_at(t, i);

		if (is(e, key))
			return i;
		i = e->next;
	}
	return 0;
}

void table_prefetch(const struct table *t, const struct table_key *key, bool entry)
{
	const uint32_t *head = head_of(t, hash_of(t, key));

	if (!entry)
		__builtin_prefetch(head);
	else if (*head)
		__builtin_prefetch(table_at(t, *head));
}

/* Moves up to chains chains to the doubled heads. */
static void move_chains(struct table *t, uint32_t chains)
{
	for (; t->old_heads && chains > 0; chains--) {
		uint32_t i = t->old_heads[t->moved];

		t->moved++;
		while (i) {
			struct table_entry *e = table_at(t, i);
			uint32_t next = e->next, *head = &t->heads[e->hash & t->mask];

			e->next = *head;
			*head = i;
			i = next;
		}
		if (t->moved > t->old_mask) {
			free(t->old_heads);
			t->old_heads = NULL;
		}
	}
}

static void double_heads(struct table *t)
{
	uint32_t mask = t->mask * 2 + 1;
	uint32_t *heads;

	if (t->old_heads || t->n + t->n_records <= t->mask)
		return;
	heads = calloc((size_t)mask + 1, sizeof(*heads));
	if (!heads)
		return;
	t->old_heads = t->heads;
	t->old_mask = t->mask;
	t->moved = 0;
	t->heads = heads;
	t->mask = mask;
}

static bool chain_is_full(const struct table *t, uint32_t i)
{
	uint32_t n = 0;

	for (; i && n < TABLE_CHAIN_MAX; n++)
		i = table_at(t, i)->next;
	return n == TABLE_CHAIN_MAX;
}

/* Takes a free place (there is one) and puts it into its chain. 0: that is full, so that a
 * look-up would not find what is in it. */
static uint32_t place(struct table *t, const struct table_key *k, uint32_t now_s)
{
	uint32_t i = t->free, hash = hash_of(t, k), *head;
	struct table_entry *e = table_at(t, i);

	move_chains(t, MOVE_BY);
	head = head_of(t, hash);
	if (chain_is_full(t, *head))
		return 0;
	t->free = e->next;
	t->n_free--;
	*e = (struct table_entry){.hi = k->hi,
				  .lo = k->lo,
				  .zone = k->zone,
				  .hash = hash,
				  .next = *head,
				  .created_s = now_s,
				  .seen_s = now_s};
	*head = i;
	return i;
}

/* Takes entry i out of its chain; the chain may be longer than a look-up walks. */
static void unplace(struct table *t, uint32_t i)
{
	struct table_entry *e = table_at(t, i);
	uint32_t *at = head_of(t, e->hash);

	while (*at != i)
		at = &table_at(t, *at)->next;
	*at = e->next;
	give_back(t, i);
}

static struct table_key record_key(uint32_t port)
{
	return (struct table_key){.lo = port, .zone = TABLE_ZONE_PORT};
}

/* The port's record; made when there is none and there is room. 0: none. */
static uint32_t record_of(struct table *t, uint32_t port, bool make)
{
	struct table_key k = record_key(port);
	uint32_t r = table_find(t, &k);

	if (r || !make || !t->n_free)
		return r;
	r = place(t, &k, 0);
	t->n_records += r != 0;
	return r;
}

/* A record whose last entry went away goes, too. */
static void drop_record(struct table *t, uint32_t record)
{
	if (!record || table_at(t, record)->port_next)
		return;
	t->n_records--;
	unplace(t, record);
}

static void hang(struct table *t, uint32_t i, uint32_t record, uint32_t port)
{
	struct table_entry *e = table_at(t, i), *r = table_at(t, record);

	e->port = port;
	e->port_prev = record;
	e->port_next = r->port_next;
	if (r->port_next)
		table_at(t, r->port_next)->port_prev = i;
	r->port_next = i;
	r->count[e->class]++;
}

static void unhang(struct table *t, uint32_t i)
{
	struct table_entry *e = table_at(t, i);
	uint32_t record = record_of(t, e->port, false);

	table_at(t, e->port_prev)->port_next = e->port_next;
	if (e->port_next)
		table_at(t, e->port_next)->port_prev = e->port_prev;
	table_at(t, record)->count[e->class]--;
	drop_record(t, record);
}

enum table_room table_insert(struct table *t, const struct table_key *key, uint32_t port,
			     uint8_t class, uint32_t now_s, uint32_t *out)
{
	uint16_t hub = (uint16_t)(key->zone >> 16);
	uint32_t record;

	if (hub >= t->hubs)
		return TABLE_NO_ROOM;
	if (t->hub_count[hub] >= TABLE_PER_HUB)
		return TABLE_HUB_FULL;
	if (t->n_free < 2)
		return TABLE_NO_ROOM;
	record = record_of(t, port, true);
	*out = record ? place(t, key, now_s) : 0;
	if (!*out) {
		drop_record(t, record);
		return TABLE_NO_ROOM;
	}
	table_at(t, *out)->class = class;
	hang(t, *out, record, port);
	t->n++;
	t->hub_count[hub]++;
	return TABLE_OK;
}

void table_remove(struct table *t, uint32_t i)
{
	t->hub_count[table_hub_of(table_at(t, i))]--;
	t->n--;
	unhang(t, i);
	unplace(t, i);
}

bool table_move(struct table *t, uint32_t i, uint32_t port)
{
	uint32_t record = record_of(t, port, true);

	if (!record)
		return false;
	unhang(t, i);
	hang(t, i, record, port);
	return true;
}

uint32_t table_port_count(const struct table *t, uint32_t port, uint8_t class)
{
	struct table_key k = record_key(port);
	uint32_t r = table_find(t, &k);

	return r ? table_at(t, r)->count[class] : 0;
}

bool table_forget_port(struct table *t, uint32_t port, uint32_t budget)
{
	for (; budget > 0; budget--) {
		uint32_t r = record_of(t, port, false);

		if (!r)
			return true;
		table_remove(t, table_at(t, r)->port_next);
	}
	return record_of(t, port, false) == 0;
}

static bool in_use(const struct table_entry *e)
{
	return e->port != UINT32_MAX && e->zone != TABLE_ZONE_PORT;
}

static uint32_t places(const struct table *t)
{
	return t->n_chunks * TABLE_CHUNK;
}

bool table_forget_hub(struct table *t, uint16_t hub, uint32_t *cursor, uint32_t budget)
{
	if (hub >= t->hubs)
		return true;
	for (; budget > 0 && t->hub_count[hub] > 0; budget--) {
		uint32_t i = ++*cursor;

		if (i >= places(t))
			*cursor = 0;
		else if (in_use(table_at(t, i)) && table_hub_of(table_at(t, i)) == hub)
			table_remove(t, i);
	}
	return t->hub_count[hub] == 0;
}

static void age(struct table *t, uint32_t now_s, uint32_t budget)
{
	for (; budget > 0 && t->n > 0; budget--) {
		if (++t->hand >= places(t))
			t->hand = 1;
		if (in_use(table_at(t, t->hand)) && t->expired(table_at(t, t->hand), now_s))
			table_remove(t, t->hand);
	}
}

void table_tend(struct table *t, uint32_t now_s, uint32_t budget)
{
	/* as many again as there are, so that a burst between two calls finds room */
	uint32_t reserve = t->n / 4 < TABLE_CHUNK / 2 ? TABLE_CHUNK / 2 : t->n / 4;

	age(t, now_s, budget);
	double_heads(t);
	move_chains(t, budget);
	for (unsigned i = 0; i < CHUNKS_A_TEND && t->n_free < reserve && add_chunk(t);)
		i++;
}

const struct table_entry *table_next(const struct table *t, uint16_t hub, uint32_t *cursor,
				     uint32_t budget)
{
	for (; budget > 0 && *cursor != UINT32_MAX; budget--) {
		uint32_t i = ++*cursor;

		if (i >= places(t))
			*cursor = UINT32_MAX;
		else if (in_use(table_at(t, i)) && table_hub_of(table_at(t, i)) == hub)
			return table_at(t, i);
	}
	return NULL;
}
