/*
 * jump: hundreds of clients are connected and gone without a word when the clock jumps by
 * ten hours (a virtual machine that slept): Hellos, lifetimes and idle peers of all of them
 * are due in one round. Whatever ends then has to be told to everybody who holds a part of
 * it, or the server keeps peers for ever (found by tests/sim, 10 000 clients).
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "os/fake.h"
#include "world.h"

#define CLIENTS 600
#define HOUR_MS UINT64_C(3600000)

static const char config[] = "hostname cw\n"
			     "l2tp tunnel hello 300\n"
			     "hub DEFAULT\n"
			     " secure-nat host 10.4.0.1 255.255.252.0\n"
			     " secure-nat enable\n"
			     "ip local pool OFFICE 10.4.0.10-10.4.3.250 mask 255.255.252.0\n"
			     "group-policy DfltGrpPolicy attributes\n"
			     " vpn-tunnel-protocol l2tp-ipsec\n"
			     " vpn-simultaneous-logins 1000\n"
			     "tunnel-group DefaultRAGroup general-attributes\n"
			     " address-pool OFFICE\n"
			     "tunnel-group DefaultRAGroup ipsec-attributes\n"
			     " ikev1 pre-shared-key testpsk\n"
			     "tunnel-group DefaultRAGroup ppp-attributes\n"
			     " no authentication chap\n"
			     " authentication ms-chap-v2\n"
			     "username alice password secret1 mschap\n"
			     "crypto ikev1 enable outside\n";

static void no_log(void *ctx, enum log_level level, const char *line)
{
	(void)ctx;
	(void)level;
	(void)line;
}

static bool is_up(void *ctx)
{
	return client_is(ctx, LAC_UP);
}

static bool connect_and_vanish(struct world *w, unsigned i)
{
	static const struct ike_policy ecp256 = {1, 7, 128, PRIM_SHA256, 19, IKE_AUTH_PSK, 28800};
	const struct client_options o = {.name = "A",
					 .user = "alice",
					 .password = "secret1",
					 .psk = "testpsk",
					 .inner = ip4_addr(0x14000002 + i * 256),
					 .policies = &ecp256,
					 .n_policies = 1};
	struct client *c = client_new(w, &o);
	bool up;

	client_dial(c);
	up = world_until(w, 5000, is_up, c);
	if (!up)
		fprintf(stderr, "client %u did not come up: %s\n", i, lac_down_reason(c->lac));
	client_free(c);
	return up;
}

static bool nothing_left(void *ctx)
{
	char what[256];

	return check_empty(ctx, what, sizeof(what));
}

int main(void)
{
	char what[256] = "";
	struct world *w;

	log_set_sink(no_log, NULL);
	w = world_new(config, 2, CLIENTS, 11, what);
	if (!w) {
		fprintf(stderr, "the server does not start: %s\n", what);
		return 2;
	}
	for (unsigned i = 0; i < CLIENTS; i++)
		if (!connect_and_vanish(w, i))
			return 1;
	fake_advance(w->fake, 10 * HOUR_MS);
	if (!world_until(w, HOUR_MS / 6, nothing_left, w)) {
		check_empty(w, what, sizeof(what));
		fprintf(stderr, "ten minutes after the jump: %s is left\n", what);
		return 1;
	}
	printf("%u clients: nothing is left after the jump\n", CLIENTS);
	world_free(w);
	return 0;
}
