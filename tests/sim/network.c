/*
 * network: the NATs (RFC 4787: endpoint-independent mapping) and the lines between
 * clients and server. Called by person.c, server.c and sim.c.
 *
 * A line loses, doubles and delays at random, but never three datagrams of a client
 * within LOSS_WINDOW_MS: so whoever repeats itself for longer than that gets through,
 * and loss alone excuses nothing. A blackout is another thing, and is written down.
 */
#include <stdlib.h>
#include <string.h>

#include "sim.h"
#include "wire/be.h"

#define LOSS_WINDOW_MS 30000
#define LATE_MS        400
#define TAKEN_MS       (2 * MINUTE_MS) /* the server takes a newcomer for who was heard within 75 s */

static uint64_t outer_key(const struct ip_addr *a, uint16_t port)
{
	return (uint64_t)ip4_of(a) << 17 | (uint64_t)port << 1 | 1;
}

/* ---- NAT ---- */

static uint16_t free_port(struct person *p, uint16_t wanted)
{
	struct sim *s = p->sim;
	uint16_t port = wanted;

	while (map_get(&s->outer, outer_key(&p->outer, port)))
		port = (uint16_t)(1024 + sim_dice(s, 64000));
	return port;
}

/* What one client gives up may be the next one's. With the same inner address, which is its
 * identity, the next one looks like the first that came back: nothing in Main Mode tells them
 * apart, and either may lose by it (ike/peer.c: two in one are found out and ended). */
static void taken(struct person *p, uint64_t key)
{
	struct sim *s = p->sim;

	for (unsigned i = 0; i < SIM_GIVEN_UP; i++) {
		const struct given_up *g = &s->given_up[i];

		if (g->key != key || g->person == p || sim_now(s) - g->ms > TAKEN_MS)
			continue;
		life_did(p, DEED_TAKEN);
		life_did(g->person, DEED_TAKEN);
	}
}

static void map_port(struct person *p, struct mapping *m, uint16_t outer)
{
	struct sim *s = p->sim;

	if (m->used) {
		uint64_t key = outer_key(&p->outer, m->outer);

		map_del(&s->outer, key);
		s->given_up[s->next_given_up++ % SIM_GIVEN_UP] =
			(struct given_up){key, p, sim_now(s)};
	}
	m->outer = outer;
	m->used = true;
	taken(p, outer_key(&p->outer, outer));
	if (!map_put(&s->outer, outer_key(&p->outer, outer), p))
		abort();
}

static uint16_t outer_port(struct person *p, uint16_t inner)
{
	struct mapping *m = p->map;

	while (m < p->map + 2 && m->used && m->inner != inner)
		m++;
	if (!m->used || m->inner != inner) {
		m->inner = inner;
		map_port(p, m, inner ? free_port(p, inner) : 0);
	}
	return m->outer;
}

void network_rebind(struct person *p)
{
	for (unsigned i = 0; i < 3; i++) {
		struct mapping *m = &p->map[i];

		if (m->used)
			map_port(p, m, free_port(p, (uint16_t)(1024 + sim_dice(p->sim, 64000))));
	}
}

/* ---- the line ---- */

static bool loses(struct person *p)
{
	struct line *l = &p->line;
	uint64_t now_ms = sim_now(p->sim);

	if (sim_dice(p->sim, 10000) >= l->lose)
		return false;
	if (l->lost_ms[0] && now_ms - l->lost_ms[0] < LOSS_WINDOW_MS)
		return false;
	l->lost_ms[0] = l->lost_ms[1];
	l->lost_ms[1] = now_ms;
	return true;
}

static void due(struct timer *t, uint64_t now_ms)
{
	(void)now_ms;
	network_deliver(list_entry(t, struct datagram, due));
}

static void fly(struct person *p, bool to_server, const struct flow *flow, bool raw,
		const uint8_t *bytes, size_t len)
{
	struct sim *s = p->sim;
	struct line *l = &p->line;
	struct datagram *d = calloc(1, sizeof(*d) + len);
	uint64_t at_ms = sim_now(s) + l->delay_ms + sim_dice(s, l->jitter_ms + 1);

	if (!d)
		abort();
	d->person = p;
	d->to_server = to_server;
	d->raw = raw;
	d->flow = *flow;
	d->len = len;
	memcpy(d->p, bytes, len);
	d->due.fire = due;
	if (at_ms <= l->last_due_ms[to_server])
		at_ms = l->last_due_ms[to_server] + 1;
	if (sim_dice(s, 10000) < l->late)
		at_ms += sim_dice(s, LATE_MS);
	else
		l->last_due_ms[to_server] = at_ms;
	list_push(&s->flying, &d->link);
	timerq_arm(&s->timers, &d->due, at_ms);
}

static void enter(struct person *p, bool to_server, const struct flow *flow, bool raw,
		  const uint8_t *bytes, size_t len)
{
	struct sim *s = p->sim;

	if (to_server)
		s->n.to_server++;
	else
		s->n.to_client++;
	if (!p->present || sim_now(s) < p->dark_until_ms || loses(p)) {
		s->n.lost++;
		return;
	}
	fly(p, to_server, flow, raw, bytes, len);
	if (sim_dice(s, 10000) < p->line.twice) {
		s->n.doubled++;
		fly(p, to_server, flow, raw, bytes, len);
	}
}

void network_from_client(struct person *p, const struct lac_act *a)
{
	struct flow flow = {.local = a->flow.remote,
			    .remote = {p->outer, outer_port(p, a->flow.local.port)}};

	enter(p, true, &flow, a->raw_esp, a->bytes.p, a->bytes.len);
}

/* Is it ESP that goes out here: no NAT keepalive, no ISAKMP (RFC 3948 section 2)? */
static bool is_esp(const struct fake_packet *p)
{
	return p->len >= 8 && (p->local_port == 0 || (p->local_port == 4500 && be32(p->p) != 0));
}

static const struct mapping *mapping_of(const struct person *p, uint16_t outer)
{
	for (unsigned i = 0; i < 3; i++) {
		if (p->map[i].used && p->map[i].outer == outer)
			return &p->map[i];
	}
	return NULL;
}

static void from_server(struct sim *s, const struct fake_packet *p)
{
	uint16_t port = p->local_port ? p->flow.remote.port : 0;
	struct flow flow = {.remote = {s->server, p->local_port}};
	uint64_t key = outer_key(&p->flow.remote.addr, port);
	struct person *to = map_get(&s->outer, key);
	const struct mapping *m = to ? mapping_of(to, port) : NULL;

	if (is_esp(p))
		judge_from_server(s, &p->flow.remote.addr, p->p);
	if (!m) {
		s->n.nobody++;
		return;
	}
	flow.local.addr = to->inner;
	flow.local.port = m->inner;
	enter(to, false, &flow, p->local_port == 0, p->p, p->len);
}

bool network_from_server(struct sim *s)
{
	const struct fake_packet *p;
	bool any = false;

	for (unsigned i = 0; i < s->n_sockets; i++) {
		while ((p = fake_take(s->fake, s->sockets[i]))) {
			from_server(s, p);
			any = true;
		}
	}
	return any;
}

void network_deliver(struct datagram *d)
{
	struct person *p = d->person;
	struct sim *s = p->sim;

	list_del(&d->link);
	if (!d->to_server) {
		person_arrive(p, d);
	} else if (fake_arrive(s->fake, &d->flow, d->p, d->len) >= 0) {
		s->n.accepted++;
		s->poked = true;
	} else {
		s->n.full++;
	}
	free(d);
}

void network_free(struct sim *s)
{
	list_each (&s->flying, it) {
		struct datagram *d = list_entry(it, struct datagram, link);

		timerq_disarm(&s->timers, &d->due);
		list_del(it);
		free(d);
	}
	map_free(&s->outer);
}
