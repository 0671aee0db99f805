/*
 * fixture: see fixture.h. Called by the programs beside script_test.
 */
#include "fixture.h"

#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/log.h"

#define UP_MS 5000

const struct ike_policy fixture_ecp256 = {1, 7, 128, PRIM_SHA256, 19, IKE_AUTH_PSK, 28800};

struct client_options fixture_alice(const char *name, uint32_t inner)
{
	return (struct client_options){.name = name,
				       .user = "alice",
				       .password = "secret1",
				       .psk = "testpsk",
				       .inner = ip4_addr(inner),
				       .policies = &fixture_ecp256,
				       .n_policies = 1};
}

struct client *fixture_connect(struct world *w, const struct client_options *o)
{
	struct client *c = client_new(w, o);
	const char *reason;

	client_dial(c);
	if (world_until(w, UP_MS, fixture_is_up, c))
		return c;
	reason = lac_down_reason(c->lac);
	fprintf(stderr, "client %s did not come up at %llu s: %s\n", o->name,
		(unsigned long long)world_now(w) / 1000, reason ? reason : "no answer");
	exit(1);
}

bool fixture_is_up(void *client)
{
	return client_is(client, LAC_UP);
}

bool fixture_is_empty(void *world)
{
	char what[256];

	return check_empty(world, what, sizeof(what));
}

/* mallinfo2() knows nothing of a sanitizer's heap. */
__attribute__((weak)) size_t __sanitizer_get_current_allocated_bytes(void);

size_t fixture_heap(void)
{
	struct mallinfo2 m;

	if (__sanitizer_get_current_allocated_bytes)
		return __sanitizer_get_current_allocated_bytes();
	m = mallinfo2();
	return m.uordblks + m.hblkhd;
}

static void no_log(void *ctx, enum log_level level, const char *line)
{
	(void)ctx;
	(void)level;
	(void)line;
}

void fixture_no_log(void)
{
	log_set_sink(no_log, NULL);
}
