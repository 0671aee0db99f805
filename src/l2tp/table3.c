/*
 * table3: the ids of control connections and sessions of version 3 (security.md rows 96,
 * 109: random), and look-ups of sessions.
 *
 * Called by control_table.c, connection_accept.c, session.c and l2tp3.c. Ids are unique in
 * the engine, since a frame names nothing but its session, and carry the shard in their low
 * bits.
 */
#include "state3.h"

#define DRAWS 64 /* with 32 bits the first one is free but for one time in thousands */

uint32_t id3_draw(struct control_engine *e, const struct l2tp_path *path, bool caller)
{
	const struct control_settings *s = e->settings;
	uint32_t mask = (UINT32_C(1) << s->shard_bits) - 1;

	(void)caller;
	for (unsigned i = 0; i < DRAWS; i++) {
		uint32_t id;

		s->random(s->random_ctx, &id, sizeof(id));
		id = (id & ~mask) | (path->shard & mask);
		if (id && !control_by_id(e, 0, id) && !control_session_by_id(e, id))
			return id;
	}
	return 0;
}

uint32_t session3_draw(struct control *c)
{
	return id3_draw(c->e, &c->path, c->caller);
}

struct session *session_by_id(struct l2tp3 *l, uint32_t id)
{
	return session_of(control_session_by_id(&l->engine, id));
}

struct session *session_by_peer(struct connection *c, uint32_t peer_id)
{
	list_each (&c->ctl.sessions, it) {
		struct session *s = list_entry(it, struct session, ses.control_link);

		if (peer_id && s->peer_id == peer_id)
			return s;
	}
	return NULL;
}
