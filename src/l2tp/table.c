/*
 * table: tunnels and calls by their ids, owners and peers' ids, and the choice
 * of ids (security.md rows 96, 109: random, never sequential).
 *
 * Called by tunnel.c, call.c and l2tp.c. Ids carry the shard in their low bits.
 * What is buried leaves the tables at once and is freed by l2tp_reap() when the
 * reaction is over, so that no function holds freed memory.
 */
#include "state.h"

#include <stdlib.h>
#include <string.h>

#include "base/secret.h"

#define DRAWS       32 /* random ids to try before looking for the next free one */
#define BUCKETS_MIN 8

bool l2tp_path_eq(const struct l2tp_path *a, const struct l2tp_path *b)
{
	return a->owner == b->owner && a->local_port == b->local_port &&
	       a->remote_port == b->remote_port;
}

static uint64_t mix(uint64_t key)
{
	key ^= key >> 33;
	key *= UINT64_C(0xff51afd7ed558ccd);
	return key ^ key >> 33;
}

static uint64_t hash_owner(const struct list *link)
{
	return mix(list_entry(link, struct tunnel, owner_link)->path.owner);
}

static uint64_t hash_id(const struct list *link)
{
	return mix(list_entry(link, struct tunnel, id_link)->id);
}

static uint64_t hash_call(const struct list *link)
{
	return mix(call_handle(list_entry(link, struct call, hash_link)));
}

bool l2tp_tables_init(struct l2tp *l, unsigned tunnels_max)
{
	unsigned n = BUCKETS_MIN;

	while (n < tunnels_max && n < BUCKETS_FIRST)
		n *= 2;
	return buckets_init(&l->owners, n, hash_owner) && buckets_init(&l->ids, n, hash_id) &&
	       buckets_init(&l->calls, n, hash_call);
}

void l2tp_tables_free(struct l2tp *l)
{
	buckets_free(&l->owners);
	buckets_free(&l->ids);
	buckets_free(&l->calls);
}

static struct list *bucket_of(const struct buckets *table, uint64_t key)
{
	return buckets_of(table, mix(key));
}

static void index_tunnel(struct tunnel *t)
{
	struct l2tp *l = t->l;

	buckets_grow(&l->owners, l->stats.tunnels, BUCKETS_MAX);
	buckets_grow(&l->ids, l->stats.tunnels, BUCKETS_MAX);
	list_push(bucket_of(&l->owners, t->path.owner), &t->owner_link);
	list_push(bucket_of(&l->ids, t->id), &t->id_link);
}

static void index_call(struct call *c)
{
	struct l2tp *l = c->tunnel->l;

	buckets_grow(&l->calls, l->stats.calls, BUCKETS_MAX);
	list_push(bucket_of(&l->calls, call_handle(c)), &c->hash_link);
}

struct list *l2tp_owner_bucket(struct l2tp *l, uint64_t owner)
{
	return bucket_of(&l->owners, owner);
}

struct tunnel *tunnel_by_id(struct l2tp *l, const struct l2tp_path *path, uint16_t id)
{
	list_each (bucket_of(&l->ids, id), it) {
		struct tunnel *t = list_entry(it, struct tunnel, id_link);

		if (t->id == id && l2tp_path_eq(&t->path, path))
			return t;
	}
	return NULL;
}

bool tunnel_id_known(struct l2tp *l, uint16_t id)
{
	list_each (bucket_of(&l->ids, id), it) {
		if (list_entry(it, struct tunnel, id_link)->id == id)
			return true;
	}
	return false;
}

static bool owner_has_id(struct l2tp *l, uint64_t owner, uint16_t id)
{
	list_each (bucket_of(&l->ids, id), it) {
		struct tunnel *t = list_entry(it, struct tunnel, id_link);

		if (t->id == id && t->path.owner == owner)
			return true;
	}
	return false;
}

struct tunnel *tunnel_by_peer(struct l2tp *l, const struct l2tp_path *path, uint16_t peer_id,
			      const char *host)
{
	struct list *bucket = l2tp_owner_bucket(l, path->owner);
	struct tunnel *found = NULL;

	list_each (bucket, it) {
		struct tunnel *t = list_entry(it, struct tunnel, owner_link);

		if (peer_id && l2tp_path_eq(&t->path, path) && t->peer_id == peer_id &&
		    (!host || strcmp(t->peer_host_name, host) == 0))
			found = t;
	}
	return found;
}

struct tunnel *tunnel_alone(struct l2tp *l, const struct l2tp_path *path)
{
	struct list *bucket = l2tp_owner_bucket(l, path->owner);
	struct tunnel *found = NULL;

	list_each (bucket, it) {
		struct tunnel *t = list_entry(it, struct tunnel, owner_link);

		if (!l2tp_path_eq(&t->path, path))
			continue;
		if (found)
			return NULL;
		found = t;
	}
	return found;
}

struct tunnel *tunnel_dialling(struct l2tp *l, const struct l2tp_path *path)
{
	struct list *bucket = l2tp_owner_bucket(l, path->owner);

	list_each (bucket, it) {
		struct tunnel *t = list_entry(it, struct tunnel, owner_link);

		if (l2tp_path_eq(&t->path, path) && t->state == TUNNEL_WAIT_CTL_REPLY)
			return t;
	}
	return NULL;
}

unsigned l2tp_owner_tunnels(struct l2tp *l, uint64_t owner)
{
	struct list *bucket = l2tp_owner_bucket(l, owner);
	unsigned n = 0;

	list_each (bucket, it)
		n += list_entry(it, struct tunnel, owner_link)->path.owner == owner;
	return n;
}

struct tunnel *tunnel_stopped_of(struct l2tp *l, uint64_t owner)
{
	struct list *bucket = l2tp_owner_bucket(l, owner);

	list_each (bucket, it) {
		struct tunnel *t = list_entry(it, struct tunnel, owner_link);

		if (t->path.owner == owner && t->state == TUNNEL_STOPPED)
			return t;
	}
	return NULL;
}

/* A random id with the shard in its low bits; not 0. */
static uint16_t random_id(const struct settings *s, uint16_t shard)
{
	uint16_t mask = (uint16_t)((1u << s->cfg.shard_bits) - 1);
	uint16_t id;

	s->cfg.random(s->cfg.random_ctx, &id, sizeof(id));
	return (uint16_t)((id & ~mask) | (shard & mask));
}

struct draw {
	struct l2tp *l;
	uint64_t owner;   /* ids of its tunnels */
	struct tunnel *t; /* not NULL: ids of its sessions */
};

static bool id_taken(const struct draw *d, uint16_t id)
{
	if (!d->t)
		return owner_has_id(d->l, d->owner, id);
	return call_by_handle(d->l, (uint32_t)d->t->id << 16 | id);
}

/* As Windows numbers its tunnels. */
static uint16_t count_id(struct l2tp *l, uint64_t owner)
{
	do
		l->counted_id++;
	while (l->counted_id == 0 || owner_has_id(l, owner, l->counted_id));
	return l->counted_id;
}

static uint16_t draw(const struct draw *d, const struct settings *s, uint16_t shard)
{
	uint16_t step = (uint16_t)(1u << s->cfg.shard_bits);
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

uint16_t tunnel_id_draw(struct l2tp *l, const struct l2tp_path *path)
{
	return draw(&(struct draw){.l = l, .owner = path->owner}, l->settings, path->shard);
}

uint16_t session_id_draw(struct tunnel *t)
{
	return draw(&(struct draw){.l = t->l, .t = t}, t->settings, t->path.shard);
}

void l2tp_settings_put(struct settings *s)
{
	if (--s->refs)
		return;
	secret_wipe(&s->cfg.secret);
	free(s);
}

struct tunnel *tunnel_new(struct l2tp *l, const struct l2tp_path *path, bool lac)
{
	const struct l2tp_config *cfg = &l->settings->cfg;
	struct tunnel *t;
	uint16_t id;

	if (l->stats.tunnels >= cfg->tunnels_max ||
	    l2tp_owner_tunnels(l, path->owner) >= cfg->tunnels_per_owner_max)
		return NULL;
	id = lac && cfg->habit && cfg->habit->counts_tunnels ? count_id(l, path->owner)
							     : tunnel_id_draw(l, path);
	t = id ? calloc(1, sizeof(*t)) : NULL;
	if (!t)
		return NULL;
	t->l = l;
	t->settings = l->settings;
	t->settings->refs++;
	t->id = id;
	t->lac = lac;
	t->path = *path;
	list_init(&t->calls);
	list_init(&t->grave_link);
	tunnel_init(t);
	index_tunnel(t);
	l->stats.tunnels++;
	return t;
}

void tunnel_bury(struct tunnel *t)
{
	struct l2tp *l = t->l;

	t->gone = true;
	list_del(&t->owner_link);
	list_del(&t->id_link);
	timerq_disarm(t->settings->cfg.timers, &t->timer);
	channel_end(&t->channel);
	secret_zero(t->challenge, sizeof(t->challenge));
	list_push(&l->dead_tunnels, &t->grave_link);
	l->stats.tunnels--;
}

uint32_t call_handle(const struct call *c)
{
	return (uint32_t)c->tunnel->id << 16 | c->id;
}

struct call *call_by_handle(struct l2tp *l, uint32_t handle)
{
	list_each (bucket_of(&l->calls, handle), it) {
		struct call *c = list_entry(it, struct call, hash_link);

		if (call_handle(c) == handle)
			return c;
	}
	return NULL;
}

struct call *call_by_peer(struct tunnel *t, uint16_t peer_session_id)
{
	list_each (&t->calls, it) {
		struct call *c = list_entry(it, struct call, tunnel_link);

		if (c->peer_id == peer_session_id)
			return c;
	}
	return NULL;
}

struct call *call_new(struct tunnel *t)
{
	struct call *c;
	uint16_t id;

	if (t->n_calls >= t->settings->cfg.calls_per_tunnel_max)
		return NULL;
	id = session_id_draw(t);
	c = id ? calloc(1, sizeof(*c)) : NULL;
	if (!c)
		return NULL;
	c->tunnel = t;
	c->id = id;
	list_init(&c->grave_link);
	list_push(&t->calls, &c->tunnel_link);
	index_call(c);
	t->n_calls++;
	t->l->stats.calls++;
	return c;
}

void call_bury(struct call *c)
{
	struct tunnel *t = c->tunnel;

	c->gone = true;
	list_del(&c->tunnel_link);
	list_del(&c->hash_link);
	timerq_disarm(t->settings->cfg.timers, &c->timer);
	list_push(&t->l->dead_calls, &c->grave_link);
	t->n_calls--;
	t->l->stats.calls--;
}

/* What core has not been told of yet stays until l2tp_act_next() has room for it. */
void l2tp_reap(struct l2tp *l)
{
	list_each (&l->dead_calls, it) {
		struct call *c = list_entry(it, struct call, grave_link);

		if (!c->told)
			continue;
		list_del(it);
		free(c);
	}
	list_each (&l->dead_tunnels, it) {
		struct tunnel *t = list_entry(it, struct tunnel, grave_link);

		if (!t->told)
			continue;
		list_del(it);
		l2tp_settings_put(t->settings);
		free(t);
	}
}
