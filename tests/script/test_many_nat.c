/*
 * many_nat: 64 clients behind one NAT, all with the same inner address and the same L2TP
 * port, who dial at the same moment (security.md H-17, H-18; clients.md 1.14 rule 7): traffic to
 * and from each at each step, through rekeys of both phases and a NAT that forgets all its
 * mappings; nothing may cross.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fixture.h"

#define CLIENTS 64
#define GATEWAY 0x0a040001

static const char config[] = FIXTURE_CROWD "crypto isakmp nat-traversal 10\n";

static struct client *clients[CLIENTS];

static void die(const char *step, const char *what, unsigned i)
{
	fprintf(stderr, "%s: client %u: %s\n", step, i, what);
	exit(1);
}

static bool all_up(void *ctx)
{
	(void)ctx;
	for (unsigned i = 0; i < CLIENTS; i++)
		if (!client_is(clients[i], LAC_UP))
			return false;
	return true;
}

static void dial_all(struct world *w)
{
	struct client_options o = fixture_alice(NULL, 0xc0a80102);
	char name[16];

	o.name = name;
	o.outer = ip4_addr(0xc6336409);
	o.l2tp_port = 1701;
	for (unsigned i = 0; i < CLIENTS; i++) {
		snprintf(name, sizeof(name), "C%u", i);
		clients[i] = client_new(w, &o);
	}
	for (unsigned i = 0; i < CLIENTS; i++)
		client_dial(clients[i]);
	if (!world_until(w, 60000, all_up, NULL))
		for (unsigned i = 0; i < CLIENTS; i++)
			if (!client_is(clients[i], LAC_UP))
				die("dial",
				    lac_down_reason(clients[i]->lac)
					    ? lac_down_reason(clients[i]->lac)
					    : "not up",
				    i);
}

static void addresses_differ(void)
{
	for (unsigned i = 0; i < CLIENTS; i++)
		for (unsigned j = 0; j < i; j++)
			if (clients[i]->up.local_ip == clients[j]->up.local_ip)
				die("addresses", "has another client's", i);
}

/* From first to last each pings the gateway and is pinged by the host, each with a size of
 * its own; everything must arrive where it belongs, and nothing anywhere else. */
static void traffic(struct world *w, const char *step, unsigned first)
{
	unsigned place[CLIENTS], echoes[CLIENTS], host = w->host_echoes;

	for (unsigned i = first; i < CLIENTS; i++) {
		echoes[i] = clients[i]->echoes_answered;
		place[i] = client_ping(clients[i], GATEWAY, 64 + i);
	}
	world_run(w, 500);
	for (unsigned i = first; i < CLIENTS; i++)
		host_ping(w, clients[i]->up.local_ip, 200 + i);
	world_run(w, 3000);
	for (unsigned i = first; i < CLIENTS; i++) {
		if (!clients[i]->pings[place[i]].answered)
			die(step, "its ping was not answered", i);
		if (clients[i]->echoes_answered != echoes[i] + 1)
			die(step, "the host's pings came to another client, or not", i);
	}
	if (w->host_echoes != host + CLIENTS - first)
		die(step, "the host counts other answers than pings", CLIENTS);
	if (check_sessions(w) != CLIENTS - first)
		die(step, "sessions were lost or made", check_sessions(w));
}

/* The pairs that the server sends on, by their inbound SPIs. */
static json_t *pairs_in_use(struct world *w)
{
	json_t *sas = api_ipsec_sas(w->core), *used = json_object(), *sa;
	size_t i;

	json_array_foreach(sas, i, sa)
	{
		if (json_is_true(json_object_get(sa, "sending")))
			json_object_set_new(used,
					    json_string_value(json_object_get(sa, "inbound_spi")),
					    json_true());
	}
	json_decref(sas);
	return used;
}

/* Every client has a new pair in use. */
static void pairs_are_new(struct world *w, json_t *before)
{
	json_t *now = pairs_in_use(w), *value;
	const char *spi;

	if (json_object_size(now) != CLIENTS || json_object_size(before) != CLIENTS)
		die("rekey", "not one pair for each client", (unsigned)json_object_size(now));
	json_object_foreach(now, spi, value)
	{
		if (json_object_get(before, spi))
			die("rekey", "an old pair is still in use", CLIENTS);
	}
	json_decref(now);
	json_decref(before);
}

static void rekey_all(struct world *w)
{
	json_t *before = pairs_in_use(w);

	for (unsigned i = 0; i < CLIENTS; i++)
		lac_rekey(clients[i]->lac, world_now(w));
	world_run(w, 20000);
	traffic(w, "after the rekey", 0);
	pairs_are_new(w, before);
	for (unsigned i = 0; i < CLIENTS; i++)
		lac_renew(clients[i]->lac, world_now(w));
	world_run(w, 20000);
	traffic(w, "after the new Main Modes", 0);
}

/* What the NAT gives out anew lies beside what others had before. */
static void rebind_all(struct world *w)
{
	for (unsigned i = 0; i < CLIENTS; i++)
		network_rebind(clients[i]);
	traffic(w, "after the NAT forgot its mappings", 0);
}

/* `crypto isakmp nat-traversal 10`: whoever is idle hears from us all ten seconds, so that its
 * NAT keeps the mapping; L2TP's Hello may come in between. */
static void keepalives(struct world *w)
{
	unsigned before[CLIENTS];

	for (unsigned i = 0; i < CLIENTS; i++)
		before[i] = clients[i]->sent[TO_CLIENT];
	world_run(w, 50500);
	for (unsigned i = 0; i < CLIENTS; i++) {
		unsigned heard = clients[i]->sent[TO_CLIENT] - before[i];

		if (heard < 5 || heard > 8)
			die("keepalives", "heard more or less than one all ten seconds", i);
	}
}

int main(void)
{
	char error[256], what[256];
	struct world *w;

	fixture_no_log();
	w = world_new(config, 4, 128, 7, error);
	if (!w) {
		fprintf(stderr, "the server does not start: %s\n", error);
		return 2;
	}
	dial_all(w);
	addresses_differ();
	traffic(w, "connected", 0);
	keepalives(w);
	rekey_all(w);
	rebind_all(w);
	world_run(w, 6000); /* H-16: one change of address in five seconds */
	rekey_all(w);
	for (unsigned i = 0; i < CLIENTS / 2; i++)
		client_hang_up(clients[i]);
	world_run(w, 5000);
	traffic(w, "when half of them are gone", CLIENTS / 2);
	for (unsigned i = CLIENTS / 2; i < CLIENTS; i++)
		client_hang_up(clients[i]);
	if (!world_until(w, 60000, fixture_is_empty, w)) {
		check_empty(w, what, sizeof(what));
		fprintf(stderr, "at the end: %s is left\n", what);
		return 1;
	}
	printf("%u clients behind one NAT: all steps passed\n", CLIENTS);
	world_free(w);
	return 0;
}
