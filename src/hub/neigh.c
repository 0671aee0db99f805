/*
 * neigh: the neighbour table of the hubs. Called by dataplane: changes by
 * commands, look-ups by packets. The table doubles when it is half full, a few places at a
 * time, so that few sessions are not spread over the memory of many and no command moves them
 * all. Packets never allocate.
 */
#include "hub/neigh.h"

#include <stdlib.h>
#include <string.h>

#define NEIGH_MAX  (UINT32_C(1) << 24)
#define FIRST_SIZE 1024   /* a power of two */
#define DEAD       0x8000 /* bit of a tag: deleted among the old entries */

bool neigh_init(struct neigh *t, uint32_t max)
{
	*t = (struct neigh){0};
	if (max == 0 || max > NEIGH_MAX)
		return false;
	t->entries = calloc(FIRST_SIZE, sizeof(*t->entries));
	t->mask = FIRST_SIZE - 1;
	t->max = max;
	return t->entries != NULL;
}

void neigh_free(struct neigh *t)
{
	free(t->entries);
	free(t->old);
	*t = (struct neigh){0};
}

/* Addresses are ours to assign, so a stranger cannot aim at one chain: a
 * multiplicative hash is enough. */
static uint32_t home(uint16_t hub, uint64_t addr, uint32_t mask)
{
	uint64_t h = ((uint64_t)hub << 32 ^ addr) * UINT64_C(0x9e3779b97f4a7c15);

	return (uint32_t)(h >> 32) & mask;
}

/* The entry, or the free place where it would stand. */
static uint32_t place_in(const struct neigh_entry *entries, uint32_t mask, uint16_t hub,
			 uint64_t addr)
{
	uint32_t i = home(hub, addr, mask);

	while (entries[i].tag && (entries[i].addr != addr || (entries[i].tag & ~DEAD) != hub + 1))
		i = (i + 1) & mask;
	return i;
}

static uint32_t place(const struct neigh *t, uint16_t hub, uint64_t addr)
{
	return place_in(t->entries, t->mask, hub, addr);
}

/* The old entry of an address that is there and has not been moved, or NULL. */
static struct neigh_entry *find_old(const struct neigh *t, uint16_t hub, uint64_t addr)
{
	uint32_t i;

	if (!t->old)
		return NULL;
	i = place_in(t->old, t->mask >> 1, hub, addr);
	return i >= t->moved && t->old[i].tag && !(t->old[i].tag & DEAD) ? &t->old[i] : NULL;
}

/* The old entries stay as they are, so that their chains hold; what is deleted there is DEAD. */
static void move_some(struct neigh *t, uint32_t n)
{
	while (t->old && n--) {
		const struct neigh_entry *e = &t->old[t->moved++];

		if (e->tag && !(e->tag & DEAD))
			t->entries[place(t, (uint16_t)(e->tag - 1), e->addr)] = *e;
		if (t->moved <= t->mask >> 1)
			continue;
		free(t->old);
		t->old = NULL;
	}
}

static bool grow(struct neigh *t)
{
	size_t size = 2 * ((size_t)t->mask + 1);
	struct neigh_entry *entries = calloc(size, sizeof(*entries));

	if (!entries)
		return false;
	t->old = t->entries;
	t->moved = 0;
	t->entries = entries;
	t->mask = (uint32_t)(size - 1);
	return true;
}

bool neigh_add(struct neigh *t, uint16_t hub, uint64_t addr, const uint8_t mac[6])
{
	struct neigh_entry *e;

	move_some(t, NEIGH_MOVES);
	e = find_old(t, hub, addr);
	if (!e)
		e = &t->entries[place(t, hub, addr)];
	if (!e->tag) {
		if (t->n == t->max || (2 * t->n > t->mask && !grow(t)))
			return false;
		t->n++;
		e = &t->entries[place(t, hub, addr)];
		*e = (struct neigh_entry){.addr = addr, .tag = (uint16_t)(hub + 1)};
	}
	memcpy(e->mac, mac, 6);
	return true;
}

/* Empties place i and moves back what could no longer be found behind it. */
static void remove_at(struct neigh *t, uint32_t i)
{
	uint32_t j = i;

	for (;;) {
		uint32_t want;

		j = (j + 1) & t->mask;
		if (!t->entries[j].tag)
			break;
		want = home((uint16_t)(t->entries[j].tag - 1), t->entries[j].addr, t->mask);
		if (((j - want) & t->mask) < ((j - i) & t->mask))
			continue;
		t->entries[i] = t->entries[j];
		i = j;
	}
	t->entries[i].tag = 0;
	t->n--;
}

bool neigh_del(struct neigh *t, uint16_t hub, uint64_t addr)
{
	struct neigh_entry *old;
	uint32_t i;

	move_some(t, NEIGH_MOVES);
	old = find_old(t, hub, addr);
	i = place(t, hub, addr);
	if (t->entries[i].tag) {
		remove_at(t, i);
		return true;
	}
	if (!old)
		return false;
	old->tag |= DEAD;
	t->n--;
	return true;
}

void neigh_del_hub(struct neigh *t, uint16_t hub)
{
	uint32_t i = 0;

	move_some(t, UINT32_MAX);
	while (i <= t->mask) {
		if (t->entries[i].tag == hub + 1) {
			remove_at(t, i); /* what moved here is looked at next */
			continue;
		}
		i++;
	}
}

const struct neigh_entry *neigh_next(const struct neigh *t, uint16_t hub, uint32_t *cursor)
{
	uint32_t old = t->old ? (t->mask >> 1) + 1 : 0;

	while (*cursor <= t->mask + old) {
		uint32_t i = (*cursor)++;
		const struct neigh_entry *e =
			i <= t->mask ? &t->entries[i] : &t->old[i - t->mask - 1];

		if (e->tag == hub + 1 && (i <= t->mask || i - t->mask - 1 >= t->moved))
			return e;
	}
	return NULL;
}

const uint8_t *neigh_find(const struct neigh *t, uint16_t hub, uint64_t addr)
{
	const struct neigh_entry *e = &t->entries[place(t, hub, addr)];

	if (!e->tag)
		e = find_old(t, hub, addr);
	return e ? e->mac : NULL;
}
