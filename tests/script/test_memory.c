/*
 * memory: what one established idle session costs the server: the growth of the
 * heap over many sessions with their clients gone, half a minute later, and the tables of
 * the workers and of IKE that are laid out for one more session at start. 100 000 are to fit
 * into 1 GiB: 10 KiB each is what the process may grow by, pages and heap included
 * (bench_setups counts them).
 */
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "world.h"

#define SESSIONS 200
#define IDLE_MS  31000 /* then Quick Mode no longer waits for duplicates */
#define LIMIT    7400

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

static bool is_up(void *ctx)
{
	return client_is(ctx, LAC_UP);
}

/* One client connects and is then gone without a word: only the server's part stays. */
static void connect_one(struct world *w, unsigned i)
{
	static const struct ike_policy ecp256 = {1, 7, 128, PRIM_SHA256, 19, IKE_AUTH_PSK, 28800};
	const struct client_options o = {.name = "A",
					 .user = "alice",
					 .password = "secret1",
					 .psk = "testpsk",
					 .inner = ip4_addr(0x0a000002 + i),
					 .policies = &ecp256,
					 .n_policies = 1};
	struct client *c = client_new(w, &o);

	client_dial(c);
	if (!world_until(w, 5000, is_up, c)) {
		fprintf(stderr, "session %u did not come up: %s\n", i, lac_down_reason(c->lac));
		exit(1);
	}
	client_ping(c, 0x0a040001, 56);
	world_settle(w);
	client_free(c);
}

/* Octets of tables for each session that the server is told to be ready for. */
static double table_octets(void)
{
	size_t before = heap(), small, large;
	struct world *w = start(1024);

	small = heap() - before;
	world_free(w);
	before = heap();
	w = start(3072);
	large = heap() - before;
	world_free(w);
	return (double)(large - small) / 2048;
}

static void no_log(void *ctx, enum log_level level, const char *line)
{
	(void)ctx;
	(void)level;
	(void)line;
}

int main(void)
{
	double tables, each;
	struct world *w;
	size_t before;

	log_set_sink(no_log, NULL);
	tables = table_octets();
	w = start(512);
	/* what grows once and not with each session is there before the count */
	for (unsigned i = 0; i < 20; i++)
		connect_one(w, i);
	world_run(w, IDLE_MS);
	before = heap();
	for (unsigned i = 20; i < 20 + SESSIONS; i++)
		connect_one(w, i);
	world_run(w, IDLE_MS);
	each = ((double)heap() - (double)before) / SESSIONS;
	if (check_sessions(w) != 20 + SESSIONS) {
		fprintf(stderr, "only %u sessions are up\n", check_sessions(w));
		return 1;
	}
	printf("%u sessions: %.0f octets of heap and %.0f of tables each, %.0f in all; limit %d\n",
	       SESSIONS, each, tables, each + tables, LIMIT);
	world_free(w);
	return each > 0 && tables > 0 && each + tables <= LIMIT ? 0 : 1;
}
