/*
 * jump: hundreds of clients are connected and gone without a word when the clock jumps by
 * ten hours (a virtual machine that slept): Hellos, lifetimes and idle peers of all of them
 * are due in one round. Whatever ends then has to be told to everybody who holds a part of
 * it, or the server keeps peers for ever (found by tests/sim, 10 000 clients).
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fixture.h"
#include "os/fake.h"

#define CLIENTS 600
#define HOUR_MS UINT64_C(3600000)

static const char config[] = FIXTURE_CROWD "l2tp tunnel hello 300\n";

static void connect_and_vanish(struct world *w, unsigned i)
{
	const struct client_options o = fixture_alice("A", 0x14000002 + i * 256);

	client_free(fixture_connect(w, &o));
}

int main(void)
{
	char what[256] = "";
	struct world *w;

	fixture_no_log();
	w = world_new(config, 2, CLIENTS, 11, what);
	if (!w) {
		fprintf(stderr, "the server does not start: %s\n", what);
		return 2;
	}
	for (unsigned i = 0; i < CLIENTS; i++)
		connect_and_vanish(w, i);
	fake_advance(w->fake, 10 * HOUR_MS);
	if (!world_until(w, HOUR_MS / 6, fixture_is_empty, w)) {
		check_empty(w, what, sizeof(what));
		fprintf(stderr, "ten minutes after the jump: %s is left\n", what);
		return 1;
	}
	printf("%u clients: nothing is left after the jump\n", CLIENTS);
	world_free(w);
	return 0;
}
