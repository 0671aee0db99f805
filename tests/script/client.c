/*
 * client: a struct lac as a person with a computer: dials, pings, answers pings,
 * remembers what it was told.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lac/echo.h"
#include "world.h"

static void lac_random(void *ctx, void *buf, size_t len)
{
	struct world *w = ctx;
	uint8_t *p = buf;

	for (size_t i = 0; i < len; i++)
		p[i] = (uint8_t)(world_random(w) >> 24);
}

struct client *client_new(struct world *w, const struct client_options *o)
{
	struct client *c = calloc(1, sizeof(*c));
	const char *secret = o->l2tp_secret ? o->l2tp_secret : "";
	const struct lac_config lc = {
		.local = {o->inner, 500},
		.server = w->server,
		.psk = {(const uint8_t *)o->psk, strlen(o->psk)},
		.user = o->user,
		.password = {(const uint8_t *)o->password, strlen(o->password)},
		.ppp_auth = o->auth ? o->auth : PPP_AUTH_MSCHAP2,
		.policies = o->policies,
		.n_policies = o->n_policies,
		.esps = o->esps,
		.n_esps = o->n_esps,
		.natt = !o->plain,
		.l2tp_port = o->l2tp_port,
		.l2tp_secret = {(const uint8_t *)secret, strlen(secret)},
		.ipv6 = o->ipv6,
		.profile = o->profile,
		.esp_life_s = o->esp_life_s,
		.esp_life_kb = o->esp_life_kb,
		.aggressive_id = o->aggressive_id,
		.clear_msg3 = o->clear_msg3,
		.fragment_mtu = o->fragment_mtu,
		.shared = o->shared,
		.random = lac_random,
		.random_ctx = w,
	};

	if (!c || w->n_clients == WORLD_CLIENTS)
		abort();
	c->world = w;
	snprintf(c->name, sizeof(c->name), "%s", o->name);
	c->inner = o->inner;
	c->natted = o->outer.family != 0;
	c->outer = c->natted ? o->outer : o->inner;
	c->lac = lac_new(&lc);
	if (!c->lac)
		abort();
	w->clients[w->n_clients++] = c;
	return c;
}

void client_free(struct client *c)
{
	struct world *w = c->world;

	network_forget(w, c);
	for (unsigned i = 0; i < w->n_clients; i++) {
		if (w->clients[i] != c)
			continue;
		memmove(&w->clients[i], &w->clients[i + 1],
			(w->n_clients - i - 1) * sizeof(w->clients[0]));
		w->n_clients--;
		break;
	}
	lac_free(c->lac);
	free(c);
}

struct client *client_by_name(struct world *w, const char *name)
{
	for (unsigned i = 0; i < w->n_clients; i++) {
		if (strcmp(w->clients[i]->name, name) == 0)
			return w->clients[i];
	}
	return NULL;
}

void client_dial(struct client *c)
{
	c->n_notes = 0;
	lac_dial(c->lac, world_now(c->world));
}

void client_hang_up(struct client *c)
{
	lac_hang_up(c->lac, world_now(c->world));
}

bool client_is(const struct client *c, enum lac_state state)
{
	return lac_get_state(c->lac) == state;
}

/* ---- pings ---- */

void client_packet(struct client *c, struct bytes packet)
{
	lac_send(c->lac, world_now(c->world), packet);
}

unsigned client_ping(struct client *c, uint32_t to, size_t size)
{
	unsigned place = c->ping_seq % WORLD_PINGS;
	struct ping *ping = &c->pings[place];
	struct echo e = {.type = ECHO_REQUEST, .src = c->up.local_ip, .dst = to, .size = size};
	uint8_t p[WORLD_PACKET];
	size_t len;

	*ping = (struct ping){.used = true, .seq = ++c->ping_seq, .to = to, .size = size};
	e.seq = ping->seq;
	len = echo_build(p, &e);
	client_packet(c, (struct bytes){p, len});
	return place;
}

static void take_packet(struct client *c, struct bytes packet)
{
	uint8_t p[WORLD_PACKET];
	struct echo e, back;
	size_t len;

	if (packet.len && packet.p[0] >> 4 == 6) {
		client6_take(c, packet);
		return;
	}
	if (client_take_inform(c, packet))
		return;
	if (!echo_parse(packet, &e) || e.dst != c->up.local_ip || !e.intact)
		return;
	if (e.type == ECHO_REQUEST) {
		c->echoes_answered++;
		back = (struct echo){.type = ECHO_REPLY,
				     .seq = e.seq,
				     .src = e.dst,
				     .dst = e.src,
				     .size = e.size};
		len = echo_build(p, &back);
		client_packet(c, (struct bytes){p, len});
		return;
	}
	for (unsigned i = 0; i < WORLD_PINGS; i++) {
		struct ping *ping = &c->pings[i];

		if (ping->used && ping->seq == e.seq && ping->to == e.src && ping->size == e.size)
			ping->answered = true;
	}
}

/* ---- what the client is told ---- */

static void take_note(struct client *c, const struct note *note)
{
	if (c->n_notes == WORLD_NOTES) {
		memmove(&c->notes[0], &c->notes[1], sizeof(c->notes) - sizeof(c->notes[0]));
		c->n_notes--;
	}
	c->notes[c->n_notes++] = *note;
	for (unsigned i = 0; i < WORLD_REASONS; i++) {
		if (c->told[i].reason && strcmp(c->told[i].reason, note->reason) != 0)
			continue;
		c->told[i].reason = note->reason;
		c->told[i].n++;
		return;
	}
	abort();
}

unsigned client_told(const struct client *c, const char *reason)
{
	for (unsigned i = 0; i < WORLD_REASONS && c->told[i].reason; i++) {
		if (strcmp(c->told[i].reason, reason) == 0)
			return c->told[i].n;
	}
	return 0;
}

bool client_noted(const struct client *c, const char *text)
{
	for (unsigned i = 0; i < c->n_notes; i++) {
		if (strcmp(c->notes[i].reason, text) == 0 || strstr(c->notes[i].text, text))
			return true;
	}
	return false;
}

static void take(struct client *c, const struct lac_act *a)
{
	switch (a->kind) {
	case LAC_ACT_DATAGRAM:
		network_from_client(c, a);
		break;
	case LAC_ACT_PACKET:
		take_packet(c, a->bytes);
		break;
	case LAC_ACT_DH:
		ike_dh_run(a->job);
		lac_dh_done(c->lac, world_now(c->world), a->job);
		break;
	case LAC_ACT_NOTE:
		take_note(c, &a->note);
		break;
	case LAC_ACT_UP:
		c->up = a->up;
		c->times_up++;
		break;
	case LAC_ACT_DOWN:
		c->times_down++;
		break;
	}
}

bool client_round(struct client *c)
{
	const struct lac_act *a;
	bool any = false;

	while ((a = lac_next(c->lac))) {
		take(c, a);
		any = true;
	}
	return any;
}
