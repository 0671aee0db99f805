/*
 * lease: the server's leases: by address, by client, by age.
 *
 * RFC 2131 section 4.3. Called by server.c and server_choose.c. Every lease has its own timer; an
 * address without a lease costs one bit. Knows nothing of messages.
 */
#include <stdlib.h>
#include <string.h>

#include "base/addr.h"
#include "server_i.h"

#define BUCKETS_MIN 64

static struct list *bucket_of(const struct dhcp_server *s, const uint8_t *p, size_t len)
{
	struct list *b = &s->buckets[hash_bytes(p, len, s->seed) & s->bucket_mask];

	if (!b->next)
		list_init(b);
	return b;
}

static struct list *bucket(const struct dhcp_server *s, const struct client_key *key)
{
	return key->id_len ? bucket_of(s, key->id, key->id_len)
			   : bucket_of(s, key->mac, sizeof(key->mac));
}

static struct client_key key_of(const struct lease *l)
{
	struct client_key key = {.id_len = l->pub.client_id_len};

	memcpy(key.mac, l->pub.mac, sizeof(key.mac));
	memcpy(key.id, l->pub.client_id, sizeof(key.id));
	return key;
}

bool lease_buckets(struct dhcp_server *s, uint32_t n_leases)
{
	uint32_t mask = BUCKETS_MIN - 1;
	struct list *buckets;

	while (mask < n_leases - 1)
		mask = 2 * mask + 1;
	if (s->buckets && mask <= s->bucket_mask)
		return true;
	buckets = calloc((size_t)mask + 1, sizeof(*buckets));
	if (!buckets)
		return false;
	free(s->buckets);
	s->buckets = buckets;
	s->bucket_mask = mask;
	list_each (&s->leases, it) {
		struct lease *l = list_entry(it, struct lease, all);
		struct client_key key = key_of(l);

		if (l->pub.state == DHCP_LEASE_DECLINED)
			continue;
		list_init(&l->by_key); /* its old bucket is no more */
		list_push(bucket(s, &key), &l->by_key);
	}
	return true;
}

static bool has_key(const struct lease *l, const struct client_key *key)
{
	if (l->pub.client_id_len != key->id_len)
		return false;
	return key->id_len ? memcmp(l->pub.client_id, key->id, key->id_len) == 0
			   : memcmp(l->pub.mac, key->mac, sizeof(key->mac)) == 0;
}

struct lease *lease_by_ip(const struct dhcp_server *s, uint32_t ip)
{
	return ip ? map_get(&s->by_ip, ip) : NULL;
}

struct lease *lease_by_key(const struct dhcp_server *s, const struct client_key *key)
{
	struct list *b = bucket(s, key);

	list_each (b, it) {
		struct lease *l = list_entry(it, struct lease, by_key);

		if (has_key(l, key))
			return l;
	}
	return NULL;
}

static uint32_t *counter(struct dhcp_server *s, enum dhcp_lease_state state)
{
	uint32_t *const counters[] = {
		[DHCP_LEASE_OFFERED] = &s->stats.offered,
		[DHCP_LEASE_BOUND] = &s->stats.bound,
		[DHCP_LEASE_ENDED] = &s->stats.ended,
		[DHCP_LEASE_DECLINED] = &s->stats.kept_back,
	};

	return counters[state];
}

static void set_port(struct lease *l, struct port *port)
{
	if (l->port)
		l->port->n_leases--;
	list_del(&l->on_port);
	l->port = port;
	if (!port)
		return;
	port->n_leases++;
	list_push(&port->leases, &l->on_port);
	l->pub.port = port->number;
}

static void timer_fires(struct timer *t, uint64_t now_ms)
{
	struct lease *l = list_entry(t, struct lease, timer);
	struct dhcp_server *s = l->s;

	(void)now_ms;
	s->stats.expired += l->pub.state == DHCP_LEASE_BOUND;
	lease_end(l);
	if (s->cfg.ready && !list_empty(&s->dirty))
		s->cfg.ready(s->cfg.ready_ctx);
}

struct lease *lease_new(struct dhcp_server *s, uint32_t ip, const struct client_key *key)
{
	struct lease *l = calloc(1, sizeof(*l));

	if (!l)
		return NULL;
	l->s = s;
	l->pub.ip = ip;
	if (!map_put(&s->by_ip, ip, l)) {
		free(l);
		return NULL;
	}
	l->pub.id = ++s->next_id;
	l->pub.state = DHCP_LEASE_OFFERED;
	memcpy(l->pub.mac, key->mac, sizeof(key->mac));
	l->pub.client_id_len = key->id_len;
	memcpy(l->pub.client_id, key->id, key->id_len);
	l->timer.fire = timer_fires;
	list_init(&l->idle);
	list_init(&l->dirty);
	list_init(&l->all);
	list_init(&l->by_key);
	list_init(&l->on_port);
	list_push(&s->leases, &l->all);
	list_push(bucket(s, key), &l->by_key);
	s->n_leases++;
	(*counter(s, l->pub.state))++;
	choose_mark(s, ip, true);
	return l;
}

void lease_set(struct lease *l, enum dhcp_lease_state state, uint64_t ends_ms, struct port *port)
{
	struct dhcp_server *s = l->s;

	(*counter(s, l->pub.state))--;
	(*counter(s, state))++;
	l->pub.state = (uint8_t)state;
	l->pub.ends_ms = ends_ms;
	set_port(l, port);
	list_del(&l->idle);
	timerq_disarm(s->cfg.timers, &l->timer);
	if (state == DHCP_LEASE_ENDED)
		list_push(&s->idle, &l->idle);
	else if (ends_ms != TIMER_NEVER)
		timerq_arm(s->cfg.timers, &l->timer, ends_ms);
}

static void tell(struct lease *l, enum pending what)
{
	l->pending = what;
	list_del(&l->dirty);
	list_push(&l->s->dirty, &l->dirty);
}

void lease_save(struct lease *l, bool renewed)
{
	l->renewed = renewed;
	tell(l, PENDING_SAVE);
}

/* A lease that was offered anew after its end, and not taken, is remembered as before. */
void lease_end(struct lease *l)
{
	bool was_bound = l->pub.state == DHCP_LEASE_BOUND;

	if (l->pub.leased_ms == 0 || l->pub.state == DHCP_LEASE_DECLINED) {
		lease_remove(l);
		return;
	}
	lease_set(l, DHCP_LEASE_ENDED, l->pub.ends_ms, NULL);
	if (was_bound)
		tell(l, PENDING_DROP);
}

/* Its client gets another, so it is not found by its key. */
void lease_keep_back(struct lease *l, uint64_t ends_ms)
{
	bool was_bound = l->pub.state == DHCP_LEASE_BOUND;

	lease_set(l, DHCP_LEASE_DECLINED, ends_ms, NULL);
	list_del(&l->by_key);
	if (was_bound)
		tell(l, PENDING_DROP);
}

void lease_remove(struct lease *l)
{
	struct dhcp_server *s = l->s;
	bool saved = l->pub.state == DHCP_LEASE_BOUND || l->pending == PENDING_DROP;

	timerq_disarm(s->cfg.timers, &l->timer);
	set_port(l, NULL);
	(*counter(s, l->pub.state))--;
	map_del(&s->by_ip, l->pub.ip);
	choose_mark(s, l->pub.ip, false);
	list_del(&l->all);
	list_del(&l->by_key);
	list_del(&l->idle);
	s->n_leases--;
	l->dead = true;
	if (saved)
		tell(l, PENDING_DROP);
	else
		lease_free(l);
}

void lease_free(struct lease *l)
{
	list_del(&l->dirty);
	free(l);
}
