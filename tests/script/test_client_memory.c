/*
 * client memory: what one connected idle client costs a process that has many of them
 * with one struct lac_shared (the load generator): the heap that comes back when it goes.
 */
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "world.h"

#define CLIENTS 100
#define LIMIT   (40 * 1024)

static const char config[] = "hostname cw\n"
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

/* The sanitizer's own count, where there is one: mallinfo2() knows nothing there. */
__attribute__((weak)) size_t __sanitizer_get_current_allocated_bytes(void);

static size_t heap(void)
{
	struct mallinfo2 m;

	if (__sanitizer_get_current_allocated_bytes)
		return __sanitizer_get_current_allocated_bytes();
	m = mallinfo2();
	return m.uordblks + m.hblkhd;
}

static bool is_up(void *ctx)
{
	return client_is(ctx, LAC_UP);
}

static struct client *connect_one(struct world *w, unsigned i, struct lac_shared *shared)
{
	static const struct ike_policy ecp256 = {1, 7, 128, PRIM_SHA256, 19, IKE_AUTH_PSK, 28800};
	struct client_options o = {.user = "alice",
				   .password = "secret1",
				   .psk = "testpsk",
				   .inner = ip4_addr(0x0a000002 + i),
				   .policies = &ecp256,
				   .n_policies = 1,
				   .shared = shared};
	char name[16];
	struct client *c;

	snprintf(name, sizeof(name), "C%u", i);
	o.name = name;
	c = client_new(w, &o);
	client_dial(c);
	if (!world_until(w, 5000, is_up, c)) {
		fprintf(stderr, "client %u did not come up: %s\n", i, lac_down_reason(c->lac));
		exit(1);
	}
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
	before = heap();
	for (unsigned i = 0; i < CLIENTS; i++)
		client_free(c[i]);
	return (double)(before - heap()) / CLIENTS - (double)sizeof(struct client);
}

static void no_log(void *ctx, enum log_level level, const char *line)
{
	(void)ctx;
	(void)level;
	(void)line;
}

int main(void)
{
	struct lac_shared *shared = lac_shared_new();
	char error[256];
	struct world *w;
	double each, alone;

	log_set_sink(no_log, NULL);
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
