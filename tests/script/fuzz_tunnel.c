/*
 * fuzz_tunnel: a client that has authenticated turns hostile. Behind right keys
 * it sends made-up L2TP messages, control messages with right numbers, PPP
 * frames, IP packets and ISAKMP payloads; the host on the TAP sends made-up
 * frames. The server must live, and be empty when the client is gone.
 *
 * Input: records of (kind, length high, length low, octets).
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fixture.h"
#include "lac/echo.h"

#define RECORDS_MAX 32
#define UP_MS       20000
#define DOWN_MS     60000
#define EMPTY_MS    300000

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char config[] = FIXTURE_OFFICE "hub DEFAULT\n"
					    " ipv6 prefix 2001:db8:1::/48\n"
					    "group-policy DfltGrpPolicy attributes\n"
					    " vpn-idle-timeout none\n"
					    "tunnel-group DefaultRAGroup ppp-attributes\n"
					    " authentication pap\n";

static bool is_down(void *ctx)
{
	return client_is(ctx, LAC_DOWN) || client_is(ctx, LAC_IDLE);
}

static void must(bool ok, const char *what, const char *more)
{
	if (ok)
		return;
	fprintf(stderr, "fuzz_tunnel: %s %s\n", what, more);
	abort();
}

/* The first octet of a control message's record chooses the ids, the rest are AVPs. */
static void say_control(struct client *c, unsigned n, struct bytes b)
{
	uint16_t tunnel = 0, session = 0;

	if (b.len == 0)
		return;
	check_ids(c->world, &tunnel, &session);
	if (b.p[0] & 1)
		tunnel = 0;
	if (b.p[0] & 2)
		session = 0;
	client_say_control(c, n, tunnel, session, (struct bytes){b.p + 1, b.len - 1});
}

static void play(struct world *w, struct client *c, uint8_t kind, struct bytes b, unsigned *control)
{
	switch (kind % 7) {
	case 0:
		client_say_l2tp(c, b);
		break;
	case 1:
		say_control(c, (*control)++, b);
		break;
	case 2:
		client_say_ppp(c, b);
		break;
	case 3:
		client_packet(c, b);
		break;
	case 4:
		if (b.len)
			client_say_isakmp(c, b.p[0], (struct bytes){b.p + 1, b.len - 1});
		break;
	case 5:
		fake_tap_push(w->fake, w->taps[0].fd, NULL, b.p, b.len);
		break;
	default:
		world_run(w, b.len ? b.p[0] * 50u : 0);
		break;
	}
	world_settle(w);
}

static void still_serves(struct world *w)
{
	const struct client_options o = fixture_alice("B", 0x0a000003);
	struct client *c = client_new(w, &o);

	client_dial(c);
	must(world_until(w, UP_MS, fixture_is_up, c),
	     "an honest client does not come up:", lac_state_name(lac_get_state(c->lac)));
	client_hang_up(c);
	world_until(w, DOWN_MS, is_down, c);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct client_options o = fixture_alice("A", 0x0a000002);
	struct rd r = rd_of(data, size);
	unsigned control = 0;
	char what[256] = "";
	struct world *w;
	struct client *c;

	fixture_no_log();
	o.auth = PPP_AUTH_PAP | PPP_AUTH_MSCHAP2;
	o.ipv6 = true;
	w = world_new(config, 1, 16, 1, what);
	must(w != NULL, "the server does not start:", what);
	c = client_new(w, &o);
	client_dial(c);
	must(world_until(w, UP_MS, fixture_is_up, c), "the client does not come up:", "");
	for (unsigned i = 0; i < RECORDS_MAX && rd_left(&r) >= 3; i++) {
		uint8_t kind = rd_u8(&r);
		uint16_t len = rd_u16(&r) & 0x7ff;

		play(w, c, kind, rd_bytes(&r, len < rd_left(&r) ? len : rd_left(&r)), &control);
	}
	still_serves(w);
	client_hang_up(c);
	world_until(w, DOWN_MS, is_down, c);
	c->vanished = true;
	if (!world_until(w, EMPTY_MS, fixture_is_empty, w)) {
		check_empty(w, what, sizeof(what));
		must(false, "the server still has", what);
	}
	world_free(w);
	return 0;
}
