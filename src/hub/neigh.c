/*
 * neigh: the neighbour table of the hubs. Called by dataplane: changes by
 * commands, look-ups by packets. The table doubles when it is half full, so that few
 * sessions are not spread over the memory of many. Packets never allocate.
 */
#include "hub/neigh.h"

#include <stdlib.h>
#include <string.h>

#define NEIGH_MAX  (UINT32_C(1) << 24)
#define FIRST_SIZE 1024 /* a power of two */

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
	*t = (struct neigh){0};
}

/* Addresses are ours to assign, so a stranger cannot aim at one chain: a
 * multiplicative hash is enough. */
static uint32_t home(const struct neigh *t, uint16_t hub, uint64_t addr)
{
	uint64_t h = ((uint64_t)hub << 32 ^ addr) * UINT64_C(0x9e3779b97f4a7c15);

	return (uint32_t)(h >> 32) & t->mask;
}

/* The entry, or the free place where it would stand. */
static uint32_t place(const struct neigh *t, uint16_t hub, uint64_t addr)
{
	uint32_t i = home(t, hub, addr);

	while (t->entries[i].tag && (t->entries[i].addr != addr || t->entries[i].tag != hub + 1))
		i = (i + 1) & t->mask;
	return i;
}

static bool grow(struct neigh *t)
{
	struct neigh old = *t;

	t->mask = old.mask * 2 + 1;
	t->entries = calloc((size_t)t->mask + 1, sizeof(*t->entries));
	if (!t->entries) {
		*t = old;
		return false;
	}
	for (uint32_t i = 0; i <= old.mask; i++) {
		const struct neigh_entry *e = &old.entries[i];

		if (e->tag)
			t->entries[place(t, (uint16_t)(e->tag - 1), e->addr)] = *e;
	}
	free(old.entries);
	return true;
}

bool neigh_add(struct neigh *t, uint16_t hub, uint64_t addr, const uint8_t mac[6])
{
	struct neigh_entry *e = &t->entries[place(t, hub, addr)];

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
		want = home(t, (uint16_t)(t->entries[j].tag - 1), t->entries[j].addr);
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
	uint32_t i = place(t, hub, addr);

	if (!t->entries[i].tag)
		return false;
	remove_at(t, i);
	return true;
}

void neigh_del_hub(struct neigh *t, uint16_t hub)
{
	uint32_t i = 0;

	while (i <= t->mask) {
		if (t->entries[i].tag == hub + 1) {
			remove_at(t, i); /* what moved here is looked at next */
			continue;
		}
		i++;
	}
}

const uint8_t *neigh_find(const struct neigh *t, uint16_t hub, uint64_t addr)
{
	const struct neigh_entry *e = &t->entries[place(t, hub, addr)];

	return e->tag ? e->mac : NULL;
}
