/*
 * table: the ids of tunnels and calls (security.md rows 96, 109: random, never
 * sequential), and look-ups that only version 2 has.
 *
 * Called by control_table.c, tunnel_accept.c, call.c and l2tp.c. Ids carry the shard in
 * their low bits.
 */
#include "state.h"

#define DRAWS 32 /* random ids to try before looking for the next free one */

struct control *tunnel_alone(struct l2tp *l, const struct l2tp_path *path)
{
	struct control *found = NULL;

	list_each (control_owner_bucket(&l->engine, path->owner), it) {
		struct control *c = list_entry(it, struct control, owner_link);

		if (!l2tp_path_eq(&c->path, path))
			continue;
		if (found)
			return NULL;
		found = c;
	}
	return found;
}

/* A random id with the shard in its low bits; not 0. */
static uint16_t random_id(const struct control_settings *s, uint16_t shard)
{
	uint16_t mask = (uint16_t)((1u << s->shard_bits) - 1);
	uint16_t id;

	s->random(s->random_ctx, &id, sizeof(id));
	return (uint16_t)((id & ~mask) | (shard & mask));
}

struct draw {
	struct control_engine *e;
	uint64_t owner;    /* ids of its tunnels */
	struct control *t; /* not NULL: ids of its sessions */
};

static uint32_t handle_of(const struct control *t, uint16_t id)
{
	return t->id << 16 | id;
}

static bool id_taken(const struct draw *d, uint16_t id)
{
	if (!d->t)
		return control_by_id(d->e, d->owner, id);
	return control_session_by_id(d->e, handle_of(d->t, id));
}

/* As Windows numbers its tunnels. */
static uint16_t count_id(struct l2tp *l, uint64_t owner)
{
	do
		l->counted_id++;
	while (l->counted_id == 0 || control_by_id(&l->engine, owner, l->counted_id));
	return l->counted_id;
}

static uint16_t draw(const struct draw *d, const struct control_settings *s, uint16_t shard)
{
	uint16_t step = (uint16_t)(1u << s->shard_bits);
	uint16_t id = 0, start;

	for (unsigned i = 0; i < DRAWS; i++) {
		id = random_id(s, shard);
		if (id && !id_taken(d, id))
			return id;
	}
	start = id;
	do {
		if (id && !id_taken(d, id))
			return id;
		id = (uint16_t)(id + step);
	} while (id != start);
	return 0;
}

uint32_t tunnel_draw(struct control_engine *e, const struct l2tp_path *path, bool lac)
{
	const struct l2tp_habit *habit = settings_of(e->settings)->cfg.habit;

	if (lac && habit && habit->counts_tunnels)
		return count_id(list_entry(e, struct l2tp, engine), path->owner);
	return draw(&(struct draw){.e = e, .owner = path->owner}, e->settings, path->shard);
}

uint32_t call_draw(struct control *c)
{
	uint16_t id = draw(&(struct draw){.e = c->e, .t = c}, c->settings, c->path.shard);

	return id ? handle_of(c, id) : 0;
}

struct call *call_by_handle(struct l2tp *l, uint32_t handle)
{
	return call_of(control_session_by_id(&l->engine, handle));
}

struct call *call_by_peer(struct tunnel *t, uint16_t peer_session_id)
{
	list_each (&t->ctl.sessions, it) {
		struct call *c = list_entry(it, struct call, ses.control_link);

		if (c->peer_id == peer_session_id)
			return c;
	}
	return NULL;
}
