/* Our client against our server in virtual time, every message lost, doubled or late: each run
 * must end with a lease that both know, and with nothing left behind. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "test_kit.h"

#define WIRE 256

/* A frame on its way. */
struct flight {
	bool used, to_server;
	uint64_t at_ms;
	size_t len;
	uint8_t b[1514];
};

struct world {
	uint64_t now_ms, seed;
	struct timerq timers;
	struct dhcp_server *s;
	struct dhcp_client *c;
	struct dhcp_from from;
	struct flight wire[WIRE];
	unsigned sent, lose, copy, late; /* the n-th frame (from 1) is lost, doubled, late */
	unsigned loss_percent;
	bool server_off;
	/* what the client said */
	unsigned leases, renewals, losts;
	const char *reason;
	struct dhcp_result got;
	/* what the server said */
	unsigned saves, drops;
	struct dhcp_lease saved;
};

static struct dhcp_server_config server_config(struct world *w)
{
	static const struct dhcp_route route = {0x0a000000, 8, KIT_SERVER_IP};
	struct dhcp_server_config cfg = {
		.ip = KIT_SERVER_IP,
		.first = KIT_NET + 10,
		.last = KIT_NET + 200,
		.mask = 0xffffff00,
		.lease_s = 7200,
		.gateway = KIT_SERVER_IP,
		.dns = {KIT_SERVER_IP, 0x08080808},
		.domain = "vpn.example",
		.routes = &route,
		.n_routes = 1,
		.random = kit_random,
		.random_ctx = &w->seed,
		.timers = &w->timers,
	};

	memcpy(cfg.mac, kit_server_mac, 6);
	return cfg;
}

static void world_open(struct world *w, uint64_t seed)
{
	struct dhcp_server_config cfg;
	struct dhcp_client_config ccfg = {
		.host_name = "alice",
		.vendor_class = "Sekisho",
		.setup_ms = 600000,
		.random = kit_random,
		.random_ctx = &w->seed,
		.timers = &w->timers,
	};

	memset(w, 0, sizeof(*w));
	w->seed = seed;
	w->now_ms = 1000;
	w->from = (struct dhcp_from){.port = 7, .leases_max = 1, .ppp = true};
	cfg = server_config(w);
	memcpy(ccfg.mac, kit_client_mac, 6);
	w->s = dhcp_server_new(&cfg);
	w->c = dhcp_client_new(&ccfg);
	assert_true(w->s && w->c);
}

static void world_close(struct world *w)
{
	dhcp_client_free(w->c);
	dhcp_server_free(w->s);
	assert_int_equal(timerq_next_ms(&w->timers), TIMER_NEVER);
}

static void put(struct world *w, bool to_server, struct bytes frame, uint64_t delay_ms)
{
	for (unsigned i = 0; i < WIRE; i++) {
		struct flight *f = &w->wire[i];

		if (f->used)
			continue;
		*f = (struct flight){.used = true,
				     .to_server = to_server,
				     .at_ms = w->now_ms + delay_ms,
				     .len = frame.len};
		memcpy(f->b, frame.p, frame.len);
		return;
	}
	fail_msg("the wire is full");
}

static void fly(struct world *w, bool to_server, struct bytes frame)
{
	uint8_t dice;

	w->sent++;
	kit_random(&w->seed, &dice, 1);
	if (w->sent == w->lose || dice % 100 < w->loss_percent)
		return;
	put(w, to_server, frame, w->sent == w->late ? 9000 : 5);
	if (w->sent == w->copy)
		put(w, to_server, frame, 700);
}

static void drain(struct world *w)
{
	uint8_t buf[DHCP_CLIENT_FRAME_MAX];
	struct dhcp_client_act act;
	struct dhcp_server_act did;

	while (dhcp_server_next(w->s, &did)) {
		if (did.kind == DHCP_SERVER_SEND)
			fly(w, false, did.frame);
		w->saves += did.kind == DHCP_SERVER_LEASE_SAVE;
		w->drops += did.kind == DHCP_SERVER_LEASE_DROP;
		if (did.kind == DHCP_SERVER_LEASE_SAVE)
			w->saved = did.lease;
	}
	while (dhcp_client_next(w->c, &act, buf)) {
		if (act.kind == DHCP_CLIENT_SEND)
			fly(w, true, act.frame);
		if (act.kind == DHCP_CLIENT_LEASE || act.kind == DHCP_CLIENT_RENEWED)
			w->got = *act.result;
		w->leases += act.kind == DHCP_CLIENT_LEASE;
		w->renewals += act.kind == DHCP_CLIENT_RENEWED;
		w->losts += act.kind == DHCP_CLIENT_LOST;
		if (act.kind == DHCP_CLIENT_LOST)
			w->reason = act.reason;
	}
}

static void deliver(struct world *w, struct flight *f)
{
	uint8_t *copy = malloc(f->len);

	assert_non_null(copy);
	memcpy(copy, f->b, f->len);
	f->used = false;
	if (!f->to_server)
		dhcp_client_input(w->c, w->now_ms, (struct bytes){copy, f->len});
	else if (!w->server_off)
		dhcp_server_input(w->s, w->now_ms, &w->from, (struct bytes){copy, f->len});
	free(copy);
	drain(w);
}

/* The earliest thing that happens up to until_ms; false: nothing. */
static bool step(struct world *w, uint64_t until_ms)
{
	uint64_t next = timerq_next_ms(&w->timers);
	struct flight *first = NULL;

	for (unsigned i = 0; i < WIRE; i++)
		if (w->wire[i].used && (!first || w->wire[i].at_ms < first->at_ms))
			first = &w->wire[i];
	if (first && first->at_ms <= next && first->at_ms <= until_ms) {
		w->now_ms = first->at_ms;
		deliver(w, first);
		return true;
	}
	if (next > until_ms)
		return false;
	w->now_ms = next > w->now_ms ? next : w->now_ms;
	timerq_run(&w->timers, w->now_ms, 1);
	drain(w);
	return true;
}

static void run(struct world *w, uint64_t for_ms)
{
	uint64_t until_ms = w->now_ms + for_ms;
	unsigned steps = 0;

	while (step(w, until_ms))
		assert_true(++steps < 1000000);
	w->now_ms = until_ms;
}

static void start(struct world *w)
{
	dhcp_client_start(w->c, w->now_ms);
	drain(w);
}

static void both_agree(struct world *w)
{
	struct dhcp_lease row;

	assert_int_equal(w->leases, 1);
	assert_int_equal(w->losts, 0);
	assert_string_equal(dhcp_client_state(w->c), "bound");
	assert_int_equal(dhcp_server_table(w->s, 0, &row, 1), 1);
	assert_int_equal(row.state, DHCP_LEASE_BOUND);
	assert_int_equal(row.ip, w->got.ip);
	assert_memory_equal(row.mac, kit_client_mac, 6);
	assert_string_equal(row.host_name, "alice");
	assert_true(w->got.ends_ms <= row.ends_ms); /* never longer than the server thinks */
	assert_int_equal(w->got.router, 0);         /* 121 without a default route */
	assert_int_equal(w->got.n_routes, 1);
	assert_int_equal(w->got.dns[0], KIT_SERVER_IP);
	assert_int_equal(w->got.dns[1], 0x08080808);
	assert_string_equal(w->got.domain, "vpn.example");
	assert_int_equal(w->got.prefix, 24);
}

static void a_lease(void **state)
{
	static struct world w;

	(void)state;
	world_open(&w, 1);
	start(&w);
	run(&w, 1000);
	both_agree(&w);
	assert_int_equal(w.sent, 4);
	assert_int_equal(w.got.ip, KIT_NET + 10);
	assert_int_equal(w.saves, 1);
	assert_true(w.got.ends_ms >= 1000 + 7200000 && w.got.ends_ms <= 1020 + 7200000);
	dhcp_client_stop(w.c, w.now_ms);
	drain(&w);
	run(&w, 1000);
	assert_int_equal(w.drops, 1);
	assert_int_equal(dhcp_server_table(w.s, 0, &w.saved, 1), 0);
	world_close(&w);
}

static void each_message_lost_doubled_late(void **state)
{
	static struct world w;

	(void)state;
	for (unsigned kind = 0; kind < 3; kind++) {
		for (unsigned n = 1; n <= 5; n++) {
			world_open(&w, 100 * kind + n);
			w.lose = kind == 0 ? n : 0;
			w.copy = kind == 1 ? n : 0;
			w.late = kind == 2 ? n : 0;
			start(&w);
			run(&w, 120000);
			both_agree(&w);
			run(&w, 5200000); /* and the first renewal, or its repetition */
			assert_int_equal(w.renewals, 1);
			both_agree(&w);
			world_close(&w);
		}
	}
}

/* A bad segment for two weeks: whatever is lost, the lease is never lost by it. */
static void two_weeks_of_loss(void **state)
{
	static struct world w;

	(void)state;
	for (unsigned seed = 1; seed <= 20; seed++) {
		world_open(&w, seed);
		w.loss_percent = 20;
		start(&w);
		run(&w, UINT64_C(14) * 86400 * 1000);
		assert_true(w.renewals > 250);
		assert_int_equal(w.losts, 0);
		w.loss_percent = 0;
		run(&w, 1800000); /* out of a renewal that is under way */
		both_agree(&w);
		world_close(&w);
	}
}

static void the_server_goes(void **state)
{
	static struct world w;

	(void)state;
	world_open(&w, 5);
	start(&w);
	run(&w, 1000);
	both_agree(&w);
	w.server_off = true;
	run(&w, 7199000 - 1000);
	assert_int_equal(w.losts, 0);
	assert_string_equal(dhcp_client_state(w.c), "rebinding");
	run(&w, 2000);
	assert_int_equal(w.losts, 1);
	assert_string_equal(w.reason, "dhcp-expired");
	assert_string_equal(dhcp_client_state(w.c), "idle");
	assert_null(dhcp_client_result(w.c));
	assert_int_equal(w.drops, 1); /* the server's clock went on */
	assert_true(w.sent < 40);     /* and it was no flood */
	w.server_off = false;
	w.leases = w.losts = 0;
	start(&w);
	run(&w, 20000);
	both_agree(&w);
	assert_int_equal(w.got.ip, KIT_NET + 10); /* the same address again */
	world_close(&w);
}

/* It is back before the end, with another answer to what was asked in the meantime. */
static void the_server_comes_back(void **state)
{
	static struct world w;

	(void)state;
	world_open(&w, 6);
	start(&w);
	run(&w, 1000);
	w.server_off = true;
	run(&w, 6500000);
	w.server_off = false;
	run(&w, 690000);
	assert_int_equal(w.losts, 0);
	assert_true(w.renewals >= 1);
	assert_string_equal(dhcp_client_state(w.c), "bound");
	world_close(&w);
}

static void nobody_answers(void **state)
{
	static struct world w;

	(void)state;
	world_open(&w, 7);
	w.server_off = true;
	start(&w);
	run(&w, 599000);
	assert_int_equal(w.losts, 0);
	assert_true(w.sent >= 9 && w.sent <= 16);
	run(&w, 2000);
	assert_int_equal(w.losts, 1);
	assert_string_equal(w.reason, "dhcp-no-server");
	world_close(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_lease),
		cmocka_unit_test(each_message_lost_doubled_late),
		cmocka_unit_test(two_weeks_of_loss),
		cmocka_unit_test(the_server_goes),
		cmocka_unit_test(the_server_comes_back),
		cmocka_unit_test(nobody_answers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
