/*
 * map: open-addressing hash from 64-bit handles to objects. Called by core.
 * Never used on the data path.
 */
#include "base/map.h"

#include <stdlib.h>

#define MIN_CAP 64

static size_t home(const struct map *m, uint64_t key)
{
	return (size_t)((key * UINT64_C(0x9e3779b97f4a7c15)) >> 20) & (m->cap - 1);
}

static struct map_slot *find(const struct map *m, uint64_t key)
{
	for (size_t i = home(m, key);; i = (i + 1) & (m->cap - 1)) {
		if (m->slots[i].key == key || m->slots[i].key == 0)
			return &m->slots[i];
	}
}

static bool grow(struct map *m)
{
	struct map old = *m;

	m->cap = old.cap ? old.cap * 2 : MIN_CAP;
	m->slots = calloc(m->cap, sizeof(*m->slots));
	if (!m->slots) {
		*m = old;
		return false;
	}
	for (size_t i = 0; i < old.cap; i++) {
		if (old.slots[i].key)
			*find(m, old.slots[i].key) = old.slots[i];
	}
	free(old.slots);
	return true;
}

bool map_put(struct map *m, uint64_t key, void *value)
{
	struct map_slot *s;

	if (m->used * 4 >= m->cap * 3 && !grow(m))
		return false;
	s = find(m, key);
	if (!s->key)
		m->used++;
	*s = (struct map_slot){key, value};
	return true;
}

void *map_get(const struct map *m, uint64_t key)
{
	return m->cap ? find(m, key)->value : NULL;
}

void map_del(struct map *m, uint64_t key)
{
	struct map_slot *s;
	size_t hole, i;

	if (!m->cap || !(s = find(m, key))->key)
		return;
	m->used--;
	hole = (size_t)(s - m->slots);
	/* what follows moves up unless its home lies behind the hole */
	for (i = (hole + 1) & (m->cap - 1); m->slots[i].key; i = (i + 1) & (m->cap - 1)) {
		size_t from_home = (i - home(m, m->slots[i].key)) & (m->cap - 1);
		size_t from_hole = (i - hole) & (m->cap - 1);

		if (from_home < from_hole)
			continue;
		m->slots[hole] = m->slots[i];
		hole = i;
	}
	m->slots[hole] = (struct map_slot){0, NULL};
}

void map_free(struct map *m)
{
	free(m->slots);
	*m = (struct map){0};
}
