/*
 * network: datagrams between the clients and the server, the NATs between them
 * (RFC 4787: address and port translation, endpoint-independent mapping), and
 * what may happen on the way.
 */
#include <stdlib.h>
#include <string.h>

#include "world.h"

/* ---- NAT ---- */

static bool outer_taken(const struct world *w, const struct ip_addr *outer, uint16_t port)
{
	for (unsigned i = 0; i < w->n_clients; i++) {
		const struct client *c = w->clients[i];

		if (!ip_addr_eq(&c->outer, outer))
			continue;
		for (unsigned m = 0; m < 4; m++) {
			if (c->nat[m].used && c->nat[m].outer == port)
				return true;
		}
	}
	return false;
}

/* The client's outer port for one of its own; a new mapping keeps the port when it is free. */
static uint16_t outer_port(struct client *c, uint16_t inner)
{
	struct world *w = c->world;
	struct nat_port *m = c->nat;

	for (unsigned i = 0; i < 4; i++) {
		if (c->nat[i].used && c->nat[i].inner == inner)
			return c->nat[i].outer;
	}
	while (m < c->nat + 3 && m->used)
		m++;
	m->used = false;
	m->inner = m->outer = inner;
	if (c->natted && inner && outer_taken(w, &c->outer, inner)) {
		while (outer_taken(w, &c->outer, w->next_port))
			w->next_port++;
		m->outer = w->next_port++;
	}
	m->used = true;
	return m->outer;
}

void network_rebind(struct client *c)
{
	for (unsigned i = 0; i < 4; i++) {
		if (c->nat[i].used && c->nat[i].inner)
			c->nat[i].outer = c->world->next_port++;
	}
}

/* Whose mapping is this, and to which port of its own; NULL: nobody's. */
static struct client *mapped(struct world *w, const struct endpoint *to, uint16_t *inner)
{
	for (unsigned i = 0; i < w->n_clients; i++) {
		struct client *c = w->clients[i];

		if (!ip_addr_eq(&c->outer, &to->addr))
			continue;
		for (unsigned m = 0; m < 4; m++) {
			if (c->nat[m].used && c->nat[m].outer == to->port) {
				*inner = c->nat[m].inner;
				return c;
			}
		}
	}
	return NULL;
}

/* ---- on the way ---- */

static struct datagram *datagram_new(struct client *c, enum world_dir dir, const struct flow *flow,
				     bool raw, const void *p, size_t len)
{
	struct datagram *d = calloc(1, sizeof(*d) + len);

	if (!d)
		abort();
	d->dir = dir;
	d->client = c;
	d->raw = raw;
	d->flow = *flow;
	d->due_ms = world_now(c->world);
	d->len = len;
	memcpy(d->p, p, len);
	return d;
}

static void fly(struct datagram *d, struct fate fate)
{
	struct world *w = d->client->world;

	switch (fate.kind) {
	case FATE_LOSE:
		free(d);
		return;
	case FATE_DELAY:
		d->due_ms += fate.arg;
		break;
	case FATE_CORRUPT:
		if (d->len)
			d->p[d->len - 1 - fate.arg / 8 % d->len] ^= (uint8_t)(1u << fate.arg % 8);
		break;
	case FATE_TWICE:
		list_push(&w->flying,
			  &datagram_new(d->client, d->dir, &d->flow, d->raw, d->p, d->len)->link);
		break;
	case FATE_DELIVER:
		break;
	}
	list_push(&w->flying, &d->link);
}

static void enter(struct client *c, enum world_dir dir, const struct flow *flow, bool raw,
		  const void *p, size_t len)
{
	struct world *w = c->world;
	struct fate fate = {FATE_DELIVER, 0};

	c->sent[dir]++;
	if (c->vanished)
		return;
	if (w->keep && dir == TO_SERVER)
		list_push(&w->kept, &datagram_new(c, dir, flow, raw, p, len)->link);
	if (w->fate)
		fate = w->fate(w->fate_ctx, c, dir, c->sent[dir]);
	fly(datagram_new(c, dir, flow, raw, p, len), fate);
}

void network_from_client(struct client *c, const struct lac_act *a)
{
	struct flow flow = {.local = a->flow.remote,
			    .remote = {c->outer, outer_port(c, a->flow.local.port)}};

	if (c->world->server_inner.family && a->raw_esp)
		return; /* the server's NAT forwards UDP 500 and 4500 */
	if (c->world->server_inner.family)
		flow.local.addr = c->world->server_inner;
	enter(c, TO_SERVER, &flow, a->raw_esp, a->bytes.p, a->bytes.len);
}

bool network_from_server(struct world *w)
{
	const struct fake_packet *p;
	bool any = false;

	while ((p = fake_take(w->fake, FAKE_ANY))) {
		struct flow flow = {.remote = {w->server, p->local_port}};
		struct endpoint to = p->flow.remote;
		struct client *c;

		any = true;
		if (!p->local_port)
			to.port = 0;
		c = mapped(w, &to, &flow.local.port);
		if (!c)
			continue; /* no such mapping (any more): the NAT drops it */
		flow.local.addr = c->inner;
		enter(c, TO_CLIENT, &flow, !p->local_port, p->p, p->len);
	}
	return any;
}

static void arrive(struct world *w, const struct datagram *d)
{
	if (d->dir == TO_SERVER)
		fake_arrive(w->fake, &d->flow, d->p, d->len);
	else if (!d->client->vanished)
		lac_input(d->client->lac, world_now(w), &d->flow, d->raw,
			  (struct bytes){d->p, d->len});
}

bool network_deliver(struct world *w)
{
	uint64_t now_ms = world_now(w);
	bool any = false;

	list_each (&w->flying, it) {
		struct datagram *d = list_entry(it, struct datagram, link);

		if (d->due_ms > now_ms)
			continue;
		list_del(it);
		arrive(w, d);
		free(d);
		any = true;
	}
	return any;
}

uint64_t network_next_ms(const struct world *w)
{
	uint64_t next = UINT64_MAX;

	for (const struct list *it = w->flying.next; it != &w->flying; it = it->next) {
		const struct datagram *d = list_entry(it, struct datagram, link);

		if (d->due_ms < next)
			next = d->due_ms;
	}
	return next;
}

unsigned network_replay(struct world *w)
{
	unsigned n = 0;

	w->keep = false;
	list_each (&w->kept, it) {
		const struct datagram *d = list_entry(it, struct datagram, link);

		fake_arrive(w->fake, &d->flow, d->p, d->len);
		world_settle(w);
		n++;
	}
	return n;
}

bool network_flood(struct world *w, unsigned n)
{
	struct datagram *first =
		list_empty(&w->kept) ? NULL : list_entry(w->kept.next, struct datagram, link);
	struct datagram *d;

	if (!first)
		return false;
	d = datagram_new(first->client, TO_SERVER, &first->flow, false, first->p, first->len);
	for (unsigned i = 0; i < n; i++) {
		uint64_t cookie = world_random(w);

		d->flow.remote.addr = ip4_addr(0x64400000 + (uint32_t)(cookie & 0x3fffff));
		memcpy(d->p, &cookie, sizeof(cookie));
		fake_arrive(w->fake, &d->flow, d->p, d->len);
		if (i % 64 == 63)
			world_settle(w);
	}
	free(d);
	world_settle(w);
	return true;
}

static void drop_all(struct list *all, const struct client *of)
{
	list_each (all, it) {
		struct datagram *d = list_entry(it, struct datagram, link);

		if (of && d->client != of)
			continue;
		list_del(it);
		free(d);
	}
}

void network_forget(struct world *w, struct client *c)
{
	drop_all(&w->flying, c);
	drop_all(&w->kept, c);
}

void network_free(struct world *w)
{
	drop_all(&w->flying, NULL);
	drop_all(&w->kept, NULL);
}
