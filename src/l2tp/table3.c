/*
 * table3: control connections and sessions of version 3 by their ids, owners and
 * peers' ids, and the choice of ids (security.md rows 96, 109: random).
 *
 * Called by connection.c, session.c and l2tp3.c. Ids are unique in the engine, since a
 * frame names nothing but its session, and carry the shard in their low bits. What
 * is buried leaves the tables at once and is freed by l2tp3_reap().
 */
#include "state3.h"

#include <stdlib.h>
#include <string.h>

#include "base/secret.h"

#define DRAWS 64 /* with 32 bits the first one is free but for one time in thousands */

uint32_t id3_draw(struct l2tp3 *l, const struct map *taken, uint16_t shard)
{
	const struct l2tp3_config *cfg = &l->settings->cfg;
	uint32_t mask = (UINT32_C(1) << cfg->shard_bits) - 1;

	for (unsigned i = 0; i < DRAWS; i++) {
		uint32_t id;

		cfg->random(cfg->random_ctx, &id, sizeof(id));
		id = (id & ~mask) | (shard & mask);
		if (id && !map_get(taken, id))
			return id;
	}
	return 0;
}

struct owner3 *owner3_of(struct l2tp3 *l, uint64_t owner)
{
	return owner ? map_get(&l->owners, owner) : NULL;
}

static struct owner3 *owner_get(struct l2tp3 *l, uint64_t id)
{
	struct owner3 *o = owner3_of(l, id);

	if (o || !id)
		return o;
	o = calloc(1, sizeof(*o));
	if (!o)
		return NULL;
	o->id = id;
	list_init(&o->connections);
	if (map_put(&l->owners, id, o))
		return o;
	free(o);
	return NULL;
}

static void owner_put(struct l2tp3 *l, struct owner3 *o)
{
	if (o->n)
		return;
	map_del(&l->owners, o->id);
	free(o);
}

struct connection *connection_by_id(struct l2tp3 *l, uint32_t id)
{
	return id ? map_get(&l->connections, id) : NULL;
}

struct connection *connection_by_peer(struct l2tp3 *l, const struct l2tp_path *path,
				      uint32_t peer_id, const char *host)
{
	struct owner3 *o = owner3_of(l, path->owner);
	struct connection *found = NULL;

	if (!o || !peer_id)
		return NULL;
	list_each (&o->connections, it) {
		struct connection *c = list_entry(it, struct connection, owner_link);

		if (c->peer_id == peer_id && l2tp_path_eq(&c->path, path) &&
		    (!host || strcmp(c->peer_host_name, host) == 0))
			found = c;
	}
	return found;
}

struct connection *connection_calling(struct l2tp3 *l, const struct l2tp_path *path)
{
	struct owner3 *o = owner3_of(l, path->owner);

	if (!o)
		return NULL;
	list_each (&o->connections, it) {
		struct connection *c = list_entry(it, struct connection, owner_link);

		if (l2tp_path_eq(&c->path, path) && c->state == TUNNEL_WAIT_CTL_REPLY)
			return c;
	}
	return NULL;
}

static struct connection *connection_alloc(struct l2tp3 *l, const struct l2tp_path *path)
{
	struct connection *c = calloc(1, sizeof(*c));

	if (!c)
		return NULL;
	c->l = l;
	c->settings = l->settings;
	c->path = *path;
	list_init(&c->sessions);
	list_init(&c->link);
	list_init(&c->owner_link);
	list_init(&c->grave_link);
	c->id = id3_draw(l, &l->connections, path->shard);
	if (c->id && map_put(&l->connections, c->id, c))
		return c;
	free(c);
	return NULL;
}

struct connection *connection_new(struct l2tp3 *l, const struct l2tp_path *path, bool caller)
{
	const struct l2tp3_config *cfg = &l->settings->cfg;
	struct connection *c;
	struct owner3 *o;

	if (l->stats.connections >= cfg->connections_max)
		return NULL;
	o = owner_get(l, path->owner);
	if (!o)
		return NULL;
	c = o->n < cfg->connections_per_owner_max ? connection_alloc(l, path) : NULL;
	if (!c) {
		owner_put(l, o);
		return NULL;
	}
	c->settings->refs++;
	c->caller = caller;
	c->style = caller ? cfg->style : NULL;
	c->owner = o;
	o->n++;
	list_push(&o->connections, &c->owner_link);
	list_push(&l->all, &c->link);
	connection_init(c);
	l->stats.connections++;
	return c;
}

void connection_bury(struct connection *c)
{
	struct l2tp3 *l = c->l;

	c->gone = true;
	list_del(&c->link);
	list_del(&c->owner_link);
	c->owner->n--;
	owner_put(l, c->owner);
	c->owner = NULL;
	map_del(&l->connections, c->id);
	timerq_disarm(c->settings->cfg.timers, &c->timer);
	channel_end(&c->channel);
	list_push(&l->dead_connections, &c->grave_link);
	l->stats.connections--;
}

struct session *session_by_id(struct l2tp3 *l, uint32_t id)
{
	return id ? map_get(&l->sessions, id) : NULL;
}

struct session *session_by_peer(struct connection *c, uint32_t peer_id)
{
	list_each (&c->sessions, it) {
		struct session *s = list_entry(it, struct session, connection_link);

		if (peer_id && s->peer_id == peer_id)
			return s;
	}
	return NULL;
}

struct session *session_new(struct connection *c)
{
	struct l2tp3 *l = c->l;
	struct session *s;

	if (c->n_sessions >= c->settings->cfg.sessions_per_connection_max)
		return NULL;
	s = calloc(1, sizeof(*s));
	if (!s)
		return NULL;
	s->id = id3_draw(l, &l->sessions, c->path.shard);
	if (!s->id || !map_put(&l->sessions, s->id, s)) {
		free(s);
		return NULL;
	}
	s->connection = c;
	s->active = true;
	list_init(&s->grave_link);
	list_push(&c->sessions, &s->connection_link);
	c->n_sessions++;
	l->stats.sessions++;
	return s;
}

void session_bury(struct session *s)
{
	struct connection *c = s->connection;

	s->gone = true;
	list_del(&s->connection_link);
	map_del(&c->l->sessions, s->id);
	timerq_disarm(c->settings->cfg.timers, &s->timer);
	list_push(&c->l->dead_sessions, &s->grave_link);
	c->n_sessions--;
	c->l->stats.sessions--;
}

/* What core has not been told of yet stays until act3_next() has room for it. */
void l2tp3_reap(struct l2tp3 *l)
{
	list_each (&l->dead_sessions, it) {
		struct session *s = list_entry(it, struct session, grave_link);

		if (!s->told)
			continue;
		list_del(it);
		secret_zero(s, sizeof(*s));
		free(s);
	}
	list_each (&l->dead_connections, it) {
		struct connection *c = list_entry(it, struct connection, grave_link);

		if (!c->told)
			continue;
		list_del(it);
		settings3_put(c->settings);
		free(c);
	}
}
