/*
 * control_table: control connections by their ids, owners and peers' ids, their sessions by
 * id, and the settings under which they were made.
 *
 * Called by control.c and the files of the versions, which choose the ids. What is buried
 * leaves the tables at once and is freed by control_reap() when the reaction is over, so that
 * no function holds freed memory.
 */
#include "control.h"

#include <stdlib.h>
#include <string.h>

#include "base/secret.h"

#define POOL_BASE         (64 * 1024)
#define POOL_EACH         (8 * 1024)
#define POOL_MAX          (64 * 1024 * 1024)
#define OUTBOX_MIN        (32 * 1024)
#define OUTBOX_EACH       1024
#define OUTBOX_MAX        (256 * 1024)
#define BUCKETS_MIN       8
#define BUCKETS_FIRST     1024 /* at most, for many connections; it grows with them */
#define BUCKETS_MAX       131072
#define RX_WINDOW_MAX     32768
#define RETRANSMIT_MAX_MS 8000
#define TRIES_MIN         5
#define SHARD_BITS_MAX    12

bool l2tp_path_eq(const struct l2tp_path *a, const struct l2tp_path *b)
{
	return a->owner == b->owner && a->local_port == b->local_port &&
	       a->remote_port == b->remote_port;
}

/* Room for n connections; more when many have something to say. */
static size_t room(size_t base, size_t each, size_t max, unsigned n)
{
	size_t octets = base + n * each;

	return octets < max ? octets : max;
}

size_t control_outbox_octets(unsigned all_max)
{
	return room(OUTBOX_MIN, OUTBOX_EACH, OUTBOX_MAX, all_max);
}

void control_settings_limit(struct control_settings *s, const char *host, const char *vendor,
			    const char *default_host)
{
	/* RFC 2661 4.4.3: at least one octet */
	strncpy(s->host_name, host && *host ? host : default_host, L2TP_HOST_NAME_MAX);
	strncpy(s->vendor_name, vendor ? vendor : "", L2TP_HOST_NAME_MAX);
	if (s->rx_window == 0)
		s->rx_window = 1;
	if (s->rx_window > RX_WINDOW_MAX)
		s->rx_window = RX_WINDOW_MAX;
	if (s->retransmit_max_ms == 0 || s->retransmit_max_ms > RETRANSMIT_MAX_MS)
		s->retransmit_max_ms = RETRANSMIT_MAX_MS;
	if (s->retransmit_ms == 0)
		s->retransmit_ms = 1000;
	if (s->retransmit_tries < TRIES_MIN)
		s->retransmit_tries = TRIES_MIN;
	if (s->shard_bits > SHARD_BITS_MAX)
		s->shard_bits = SHARD_BITS_MAX;
}

void control_settings_put(struct control_settings *s)
{
	if (--s->refs)
		return;
	secret_zero(s, s->size);
	free(s);
}

static uint64_t mix(uint64_t key)
{
	key ^= key >> 33;
	key *= UINT64_C(0xff51afd7ed558ccd);
	return key ^ key >> 33;
}

static uint64_t hash_owner(const struct list *link)
{
	return mix(list_entry(link, struct control, owner_link)->path.owner);
}

static uint64_t hash_id(const struct list *link)
{
	return mix(list_entry(link, struct control, id_link)->id);
}

static uint64_t hash_session(const struct list *link)
{
	return mix(list_entry(link, struct control_session, id_link)->id);
}

static void free_tables(struct control_engine *e)
{
	buckets_free(&e->owners);
	buckets_free(&e->ids);
	buckets_free(&e->sessions);
}

bool control_engine_init(struct control_engine *e, const struct control_version *v,
			 struct control_settings *s)
{
	unsigned n = BUCKETS_MIN;

	if (!s)
		return false;
	while (n < s->all_max && n < BUCKETS_FIRST)
		n *= 2;
	*e = (struct control_engine){.version = v, .settings = s};
	e->pool.limit = room(POOL_BASE, POOL_EACH, POOL_MAX, s->all_max);
	list_init(&e->dead);
	list_init(&e->dead_sessions);
	if (buckets_init(&e->owners, n, hash_owner) && buckets_init(&e->ids, n, hash_id) &&
	    buckets_init(&e->sessions, n, hash_session))
		return true;
	free_tables(e);
	control_settings_put(s);
	return false;
}

void control_engine_configure(struct control_engine *e, struct control_settings *s)
{
	if (!s)
		return;
	control_settings_put(e->settings);
	e->settings = s;
	e->pool.limit = room(POOL_BASE, POOL_EACH, POOL_MAX, s->all_max);
}

static void bury_whole(struct list *owner_link)
{
	struct control *c = list_entry(owner_link, struct control, owner_link);

	list_each (&c->sessions, it)
		control_session_bury(list_entry(it, struct control_session, control_link));
	control_bury(c);
}

void control_engine_end(struct control_engine *e)
{
	buckets_each(&e->owners, bury_whole);
	list_each (&e->dead_sessions, it)
		list_entry(it, struct control_session, grave_link)->told = true;
	list_each (&e->dead, it)
		list_entry(it, struct control, grave_link)->told = true;
	control_reap(e);
	control_settings_put(e->settings);
	free_tables(e);
}

struct list *control_owner_bucket(struct control_engine *e, uint64_t owner)
{
	return buckets_of(&e->owners, mix(owner));
}

unsigned control_owner_count(struct control_engine *e, uint64_t owner)
{
	unsigned n = 0;

	list_each (control_owner_bucket(e, owner), it)
		n += list_entry(it, struct control, owner_link)->path.owner == owner;
	return n;
}

struct control *control_by_id(struct control_engine *e, uint64_t owner, uint32_t id)
{
	list_each (buckets_of(&e->ids, mix(id)), it) {
		struct control *c = list_entry(it, struct control, id_link);

		if (c->id == id && (!owner || c->path.owner == owner))
			return c;
	}
	return NULL;
}

struct control *control_on_path(struct control_engine *e, const struct l2tp_path *path, uint32_t id)
{
	struct control *c = control_by_id(e, path->owner, id);

	return c && l2tp_path_eq(&c->path, path) ? c : NULL;
}

struct control *control_by_peer(struct control_engine *e, const struct l2tp_path *path,
				uint32_t peer_id, const char *host)
{
	struct control *found = NULL;

	list_each (control_owner_bucket(e, path->owner), it) {
		struct control *c = list_entry(it, struct control, owner_link);

		if (peer_id && l2tp_path_eq(&c->path, path) && c->peer_id == peer_id &&
		    (!host || strcmp(c->peer_host_name, host) == 0))
			found = c;
	}
	return found;
}

struct control_session *control_session_by_id(struct control_engine *e, uint32_t id)
{
	list_each (buckets_of(&e->sessions, mix(id)), it) {
		struct control_session *s = list_entry(it, struct control_session, id_link);

		if (s->id == id)
			return s;
	}
	return NULL;
}

static void index_control(struct control_engine *e, struct control *c)
{
	buckets_grow(&e->owners, e->n, BUCKETS_MAX);
	buckets_grow(&e->ids, e->n, BUCKETS_MAX);
	list_push(control_owner_bucket(e, c->path.owner), &c->owner_link);
	list_push(buckets_of(&e->ids, mix(c->id)), &c->id_link);
	e->n++;
}

struct control *control_new(struct control_engine *e, const struct l2tp_path *path, bool caller)
{
	const struct control_settings *s = e->settings;
	struct control *c;
	uint32_t id;

	if (e->n >= s->all_max || control_owner_count(e, path->owner) >= s->per_owner_max)
		return NULL;
	id = e->version->draw(e, path, caller);
	c = id ? calloc(1, e->version->size) : NULL;
	if (!c)
		return NULL;
	c->e = e;
	c->settings = e->settings;
	c->settings->refs++;
	c->id = id;
	c->caller = caller;
	c->path = *path;
	list_init(&c->sessions);
	list_init(&c->grave_link);
	control_init(c);
	e->version->init(c);
	index_control(e, c);
	return c;
}

void control_bury(struct control *c)
{
	struct control_engine *e = c->e;

	c->gone = true;
	list_del(&c->owner_link);
	list_del(&c->id_link);
	timerq_disarm(c->settings->timers, &c->timer);
	channel_end(&c->channel);
	list_push(&e->dead, &c->grave_link);
	e->n--;
}

static void on_session_timer(struct timer *timer, uint64_t now_ms)
{
	struct control_session *s = list_entry(timer, struct control_session, timer);
	struct control *c = s->control;
	struct control_engine *e = c->e;

	e->version->session_event(s, now_ms, e->version->session_timer);
	control_settle(c, now_ms);
	control_reap(e);
}

struct control_session *control_session_new(struct control *c)
{
	struct control_engine *e = c->e;
	struct control_session *s;
	uint32_t id;

	if (c->n_sessions >= c->settings->sessions_max)
		return NULL;
	id = e->version->draw_session(c);
	s = id ? calloc(1, e->version->session_size) : NULL;
	if (!s)
		return NULL;
	s->control = c;
	s->id = id;
	s->timer.fire = on_session_timer;
	list_init(&s->grave_link);
	list_push(&c->sessions, &s->control_link);
	buckets_grow(&e->sessions, e->n_sessions, BUCKETS_MAX);
	list_push(buckets_of(&e->sessions, mix(id)), &s->id_link);
	c->n_sessions++;
	e->n_sessions++;
	return s;
}

void control_session_bury(struct control_session *s)
{
	struct control *c = s->control;

	s->gone = true;
	list_del(&s->control_link);
	list_del(&s->id_link);
	timerq_disarm(c->settings->timers, &s->timer);
	list_push(&c->e->dead_sessions, &s->grave_link);
	c->n_sessions--;
	c->e->n_sessions--;
}

/* What the caller of the room has not been told of yet stays until control_act_next() has
 * room for it. */
void control_reap(struct control_engine *e)
{
	list_each (&e->dead_sessions, it) {
		struct control_session *s = list_entry(it, struct control_session, grave_link);

		if (!s->told)
			continue;
		list_del(it);
		secret_zero(s, e->version->session_size);
		free(s);
	}
	list_each (&e->dead, it) {
		struct control *c = list_entry(it, struct control, grave_link);

		if (!c->told)
			continue;
		list_del(it);
		control_settings_put(c->settings);
		secret_zero(c, e->version->size);
		free(c);
	}
}
