/*
 * client memory: what one connected idle client costs a process that has many of them
 * with one struct lac_shared (the load generator): the heap that comes back when it goes.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fixture.h"

#define CLIENTS 100
#define LIMIT   (40 * 1024)

static const char config[] = FIXTURE_CROWD;

static struct client *connect_one(struct world *w, unsigned i, struct lac_shared *shared)
{
	char name[16];
	struct client_options o = fixture_alice(name, 0x0a000002 + i);
	struct client *c;

	snprintf(name, sizeof(name), "C%u", i);
	o.shared = shared;
	c = fixture_connect(w, &o);
	client_ping(c, 0x0a040001, 56);
	world_settle(w);
	return c;
}

/* Octets of one client, when they share and when each has its own. */
static double octets(struct world *w, unsigned first, struct lac_shared *shared)
{
	struct client *c[CLIENTS];
	size_t before;

	for (unsigned i = 0; i < CLIENTS; i++)
		c[i] = connect_one(w, first + i, shared);
	world_run(w, 60000);
	before = fixture_heap();
	for (unsigned i = 0; i < CLIENTS; i++)
		client_free(c[i]);
	return (double)(before - fixture_heap()) / CLIENTS - (double)sizeof(struct client);
}

int main(void)
{
	struct lac_shared *shared = lac_shared_new();
	char error[256];
	struct world *w;
	double each, alone;

	fixture_no_log();
	w = world_new(config, 1, 512, 1, error);
	if (!w || !shared) {
		fprintf(stderr, "the server does not start: %s\n", error);
		return 2;
	}
	each = octets(w, 0, shared);
	alone = octets(w, CLIENTS, NULL);
	printf("%d clients: %.0f octets each that share, limit %d; %.0f each alone\n", CLIENTS,
	       each, LIMIT, alone);
	world_free(w);
	lac_shared_free(shared);
	return each > 4096 && each <= LIMIT && alone > each ? 0 : 1;
}
