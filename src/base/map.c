/*
 * map: open-addressing hash from 64-bit handles to objects. Called by core and the protocol
 * rooms. Never used on the data path.
 *
 * While it doubles, the old slots stay as they are, so that their chains hold, and are moved in
 * their order: those before `moved` count no more, and what is deleted behind it stands there
 * without a value until its turn.
 */
#include "base/map.h"

#include <stdlib.h>

#define MIN_CAP 64

static size_t home(size_t cap, uint64_t key)
{
	return (size_t)((key * UINT64_C(0x9e3779b97f4a7c15)) >> 20) & (cap - 1);
}

static struct map_slot *find_in(struct map_slot *slots, size_t cap, uint64_t key)
{
	for (size_t i = home(cap, key);; i = (i + 1) & (cap - 1)) {
		if (slots[i].key == key || slots[i].key == 0)
			return &slots[i];
	}
}

static struct map_slot *find(const struct map *m, uint64_t key)
{
	return find_in(m->slots, m->cap, key);
}

/* The old slot of a key that is there and has not been moved, or NULL. */
static struct map_slot *find_old(const struct map *m, uint64_t key)
{
	struct map_slot *s = m->old ? find_in(m->old, m->cap / 2, key) : NULL;

	return s && s->key && s->value && s >= m->old + m->moved ? s : NULL;
}

static void move_some(struct map *m)
{
	for (unsigned i = 0; m->old && i < MAP_MOVES; i++) {
		const struct map_slot *s = &m->old[m->moved++];

		if (s->key && s->value)
			*find(m, s->key) = *s;
		if (m->moved < m->cap / 2)
			continue;
		free(m->old);
		m->old = NULL;
	}
}

static bool grow(struct map *m)
{
	size_t cap = m->cap ? m->cap * 2 : MIN_CAP;
	struct map_slot *slots = calloc(cap, sizeof(*slots));

	if (!slots)
		return false;
	m->old = m->slots;
	m->moved = 0;
	m->slots = slots;
	m->cap = cap;
	return true;
}

bool map_put(struct map *m, uint64_t key, void *value)
{
	struct map_slot *s;

	move_some(m);
	s = find_old(m, key);
	if (s) {
		s->value = value;
		return true;
	}
	if (m->used * 4 >= m->cap * 3 && !grow(m))
		return false;
	/* to grow leaves every key in the old slots */
	s = find_old(m, key);
	if (!s)
		s = find(m, key);
	if (!s->key)
		m->used++;
	*s = (struct map_slot){key, value};
	return true;
}

void *map_get(const struct map *m, uint64_t key)
{
	struct map_slot *s = m->cap ? find(m, key) : NULL;

	if (s && !s->key)
		s = find_old(m, key);
	return s ? s->value : NULL;
}

static void del_new(struct map *m, size_t hole)
{
	/* what follows moves up unless its home lies behind the hole */
	for (size_t i = (hole + 1) & (m->cap - 1); m->slots[i].key; i = (i + 1) & (m->cap - 1)) {
		size_t from_home = (i - home(m->cap, m->slots[i].key)) & (m->cap - 1);
		size_t from_hole = (i - hole) & (m->cap - 1);

		if (from_home < from_hole)
			continue;
		m->slots[hole] = m->slots[i];
		hole = i;
	}
	m->slots[hole] = (struct map_slot){0, NULL};
}

void map_del(struct map *m, uint64_t key)
{
	struct map_slot *s;

	if (!m->cap)
		return;
	move_some(m);
	s = find(m, key);
	if (s->key) {
		del_new(m, (size_t)(s - m->slots));
		m->used--;
		return;
	}
	s = find_old(m, key);
	if (!s)
		return;
	s->value = NULL;
	m->used--;
}

void map_free(struct map *m)
{
	free(m->slots);
	free(m->old);
	*m = (struct map){0};
}
