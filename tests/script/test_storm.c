/*
 * storm: some clients behind two NATs and none, who dial, ping, renew their SAs,
 * hang up, vanish and change ports as a seed says, on a network that loses,
 * doubles, delays and spoils datagrams, while the administrator ends sessions and
 * old datagrams come again. No invariant may break on the way, honest clients
 * still get in, and in the end the server is empty. `test_storm SEED [LAST]` plays one, or each to
 * LAST.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fixture.h"

#define SEEDS    12
#define CLIENTS  12
#define STEPS    400
#define STEP_MS  3000 /* at most */
#define UP_MS    60000
#define EMPTY_MS 300000

static const char config[] = FIXTURE_CONFIG(
	"10.4.5.1 255.255.255.0",
	"10.4.5.10-10.4.5.17 mask 255.255.255.0") "hub DEFAULT\n"
						  " ipv6 prefix fd00:1::/56\n"
						  "group-policy DfltGrpPolicy attributes\n"
						  " vpn-simultaneous-logins 2\n"
						  " vpn-session-timeout 5\n"
						  "tunnel-group DefaultRAGroup ppp-attributes\n"
						  " authentication pap\n"
						  "username bob password secret2 mschap\n"
						  "username carol password secret3 mschap\n"
						  "username dave password secret4 mschap\n"
						  "username erin password secret5 mschap\n";

static const char *const users[] = {"alice", "bob", "carol", "dave", "erin"};
static const char *const passwords[] = {"secret1", "secret2", "secret3", "secret4", "secret5"};

struct storm {
	struct world *w;
	bool calm; /* the network behaves */
	unsigned made, times_up;
};

static unsigned dice(struct world *w, unsigned sides)
{
	return (unsigned)(world_random(w) >> 33) % sides;
}

static struct fate weather(void *ctx, const struct client *c, enum world_dir dir, unsigned k)
{
	const struct storm *s = ctx;
	struct fate f = {FATE_DELIVER, 0};

	(void)dir;
	(void)k;
	if (s->calm)
		return f;
	switch (dice(c->world, 40)) {
	case 0:
	case 1:
		return (struct fate){FATE_LOSE, 0};
	case 2:
		return (struct fate){FATE_TWICE, 0};
	case 3:
	case 4:
		return (struct fate){FATE_DELAY, dice(c->world, 6000)};
	case 5:
		return (struct fate){FATE_CORRUPT, (uint32_t)world_random(c->world)};
	default:
		return f;
	}
}

static void make_client(struct storm *s)
{
	struct world *w = s->w;
	unsigned n = s->made++, user = dice(w, 5);
	struct client_options o = {.name = "x",
				   .user = users[user],
				   .password = dice(w, 12) ? passwords[user] : "wrong",
				   .psk = dice(w, 15) ? "testpsk" : "other",
				   .ipv6 = dice(w, 2),
				   .auth = dice(w, 3) ? PPP_AUTH_MSCHAP2 : PPP_AUTH_PAP,
				   .inner = ip4_addr(0x0a000002 + n),
				   .policies = &fixture_ecp256,
				   .n_policies = 1};

	if (dice(w, 3)) {
		o.inner = ip4_addr(0xc0a80102); /* the same for everybody behind a NAT */
		o.outer = ip4_addr(0xc6336409 + dice(w, 2));
	} else {
		o.plain = dice(w, 2);
	}
	client_new(w, &o);
}

static void act(struct storm *s, struct client *c)
{
	struct world *w = s->w;

	switch (dice(w, 14)) {
	case 0:
		client_hang_up(c);
		break;
	case 1:
		if (c->natted)
			network_rebind(c);
		break;
	case 2:
		if (client_is(c, LAC_UP) && dice(w, 4))
			lac_rekey(c->lac, world_now(w));
		else if (client_is(c, LAC_UP))
			lac_renew(c->lac, world_now(w));
		break;
	case 3:
		if (client_is(c, LAC_UP))
			client_drop_old(c);
		break;
	case 4:
		if (dice(w, 3) == 0)
			client_free(c); /* vanished */
		break;
	case 5:
		api_logoff(w->core, API_LOGOFF_NAME, users[dice(w, 5)]);
		break;
	case 6:
		if (dice(w, 8) == 0)
			network_replay(w);
		break;
	case 7:
		if (client_is(c, LAC_UP))
			host_ping(w, c->up.local_ip, dice(w, 1300));
		break;
	case 8:
		if (client_is(c, LAC_UP))
			client_inform(c, (struct bytes){NULL, 0});
		break;
	case 9:
		if (client_is(c, LAC_UP) && c->v6.address.prefix)
			client6_ping(c, (struct ipv6_addr){w->taps[0].net6, 1}, dice(w, 1300));
		break;
	default:
		if (client_is(c, LAC_UP))
			client_ping(c, 0x0a040501, dice(w, 1300));
		else
			client_dial(c);
		break;
	}
}

/* Whatever happens: no more sessions or addresses than there can be, none twice. */
static bool sane(struct world *w, char *what, size_t cap)
{
	json_t *sessions = api_sessions(w->core), *s, *t;
	bool ok = json_array_size(sessions) <= CLIENTS * 4;
	size_t i, j;

	snprintf(what, cap, "too many sessions");
	json_array_foreach(sessions, i, s)
	{
		const char *ip = json_string_value(json_object_get(s, "assigned_ip"));

		json_array_foreach(sessions, j, t)
		{
			const char *other = json_string_value(json_object_get(t, "assigned_ip"));

			if (i == j || !ip || !other || strcmp(ip, other) != 0)
				continue;
			snprintf(what, cap, "%s is assigned twice", ip);
			ok = false;
		}
	}
	json_decref(sessions);
	return ok;
}

static bool is_up(void *ctx)
{
	return client_is(ctx, LAC_UP) || client_is(ctx, LAC_DOWN);
}

static bool fail(uint64_t seed, const char *what, const char *more)
{
	fprintf(stderr, "seed %llu: %s%s\n", (unsigned long long)seed, what, more);
	return false;
}

/* Everybody is gone and the weather is fine: one honest client, then nobody. */
static bool after(struct storm *s, uint64_t seed)
{
	const struct client_options o = fixture_alice("honest", 0x0a00ff02);
	struct world *w = s->w;
	char what[128];
	struct client *c;
	unsigned place;

	s->calm = true;
	while (w->n_clients)
		client_free(w->clients[0]);
	world_until(w, EMPTY_MS, fixture_is_empty, w);
	if (!check_empty(w, what, sizeof(what)))
		return fail(seed, "the server still has ", what);
	c = client_new(w, &o);
	client_dial(c);
	world_until(w, UP_MS, is_up, c);
	if (!client_is(c, LAC_UP))
		return fail(seed, "an honest client does not come up: ", lac_down_reason(c->lac));
	place = client_ping(c, 0x0a040501, 1300);
	world_run(w, 1000);
	if (!c->pings[place].answered)
		return fail(seed, "an honest client gets no answer", "");
	client_hang_up(c);
	world_run(w, 5000);
	if (!check_empty(w, what, sizeof(what)))
		return fail(seed, "behind an honest client the server has ", what);
	return true;
}

static bool storm(uint64_t seed, unsigned *times_up)
{
	struct storm s = {0};
	char what[256] = "";
	bool ok = true;

	s.w = world_new(config, 1 + (unsigned)seed % 3, 32, seed, what);
	if (!s.w)
		return fail(seed, "the server does not start: ", what);
	s.w->fate = weather;
	s.w->fate_ctx = &s;
	for (unsigned i = 0; ok && i < STEPS; i++) {
		s.w->keep = dice(s.w, 10) == 0;
		while (s.w->n_clients < CLIENTS)
			make_client(&s);
		act(&s, s.w->clients[dice(s.w, CLIENTS)]);
		world_run(s.w, dice(s.w, STEP_MS));
		for (unsigned n = 0; n < s.w->n_clients; n++) {
			*times_up += s.w->clients[n]->times_up;
			s.w->clients[n]->times_up = 0;
		}
		ok = sane(s.w, what, sizeof(what)) || fail(seed, what, "");
	}
	ok = ok && after(&s, seed);
	world_free(s.w);
	return ok;
}

int main(int argc, char **argv)
{
	uint64_t first = argc > 1 ? strtoull(argv[1], NULL, 10) : 1;
	uint64_t last = argc > 2 ? strtoull(argv[2], NULL, 10) : argc > 1 ? first : SEEDS;
	unsigned failed = 0, times_up = 0, n = 0;

	if (first != last)
		fixture_no_log();
	for (uint64_t seed = first; seed <= last; seed++, n++)
		failed += !storm(seed, &times_up);
	printf("%u storms, %u connections came up, %u failed\n", n, times_up, failed);
	return failed || times_up < n * 10 ? 1 : 0;
}
