/*
 * memory: what one established idle session costs the server: the growth of the
 * heap over many sessions with their clients gone, half a minute later, and the tables of
 * the workers and of IKE that are laid out for one more session at start. 100 000 are to fit
 * into 1 GiB: 10 KiB each is what the process may grow by, pages and heap included
 * (bench_setups counts them).
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fixture.h"

#define SESSIONS 200
#define IDLE_MS  31000 /* then Quick Mode no longer waits for duplicates */
#define LIMIT    7520  /* of them 160: the port of the hub's switch, with its rates */

static const char config[] = FIXTURE_CROWD;

static struct world *start(unsigned sessions_max)
{
	char error[256];
	struct world *w = world_new(config, 1, sessions_max, 1, error);

	if (!w) {
		fprintf(stderr, "the server does not start: %s\n", error);
		exit(2);
	}
	return w;
}

/* One client connects and is then gone without a word: only the server's part stays. */
static void connect_one(struct world *w, unsigned i)
{
	const struct client_options o = fixture_alice("A", 0x0a000002 + i);
	struct client *c = fixture_connect(w, &o);

	client_ping(c, 0x0a040001, 56);
	world_settle(w);
	client_free(c);
}

/* Octets of tables for each session that the server is told to be ready for. */
static double table_octets(void)
{
	size_t before = fixture_heap(), small, large;
	struct world *w = start(1024);

	small = fixture_heap() - before;
	world_free(w);
	before = fixture_heap();
	w = start(3072);
	large = fixture_heap() - before;
	world_free(w);
	return (double)(large - small) / 2048;
}

int main(void)
{
	double tables, each;
	struct world *w;
	size_t before;

	fixture_no_log();
	tables = table_octets();
	w = start(512);
	/* what grows once and not with each session is there before the count */
	for (unsigned i = 0; i < 20; i++)
		connect_one(w, i);
	world_run(w, IDLE_MS);
	before = fixture_heap();
	for (unsigned i = 20; i < 20 + SESSIONS; i++)
		connect_one(w, i);
	world_run(w, IDLE_MS);
	each = ((double)fixture_heap() - (double)before) / SESSIONS;
	if (check_sessions(w) != 20 + SESSIONS) {
		fprintf(stderr, "only %u sessions are up\n", check_sessions(w));
		return 1;
	}
	printf("%u sessions: %.0f octets of heap and %.0f of tables each, %.0f in all; limit %d\n",
	       SESSIONS, each, tables, each + tables, LIMIT);
	world_free(w);
	return each > 0 && tables > 0 && each + tables <= LIMIT ? 0 : 1;
}
