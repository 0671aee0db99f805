/* The server's life: impostors, ports that go, leases restored and reconfigured, weeks of clients,
 * a full range, what is no configuration. */
#include "test_server_rig.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* A user who tells another user's client identifier gets nothing, and takes nothing. */
static void an_impostor(void **state)
{
	struct kit_head h;
	uint32_t ip;

	(void)state;
	open_server();
	assert_int_equal(ask(DHCP_DISCOVER, 1, "3d03 00 6161 ff"), DHCP_DROP_NONE);
	ip = t.m.head.yiaddr;
	ask_ip(DHCP_REQUEST, 1, ip, "3d03 00 6161 3604 c0a81e01");
	assert_int_equal(t.type, DHCP_ACK);
	t.from.port = 8;
	assert_int_equal(ask(DHCP_DISCOVER, 2, "3d03 00 6161 ff"), DHCP_DROP_CHADDR);
	assert_int_equal(ask_ip(DHCP_REQUEST, 2, ip, "3d03 00 6161"), DHCP_DROP_CHADDR);
	h = head(DHCP_RELEASE, 2, "3d03 00 6161 ff");
	h.ciaddr = h.src_ip = ip;
	assert_int_equal(give(&h), DHCP_DROP_NO_LEASE);
	/* when its port is gone, the same person may come by another, with another MAC */
	dhcp_server_port_gone(t.s, PORT);
	assert_int_equal(ask_ip(DHCP_REQUEST, 2, ip, "3d03 00 6161"), DHCP_DROP_NONE);
	assert_int_equal(t.type, DHCP_ACK);
	assert_memory_equal(t.saved.mac, mac_of(2), 6);
}

static void restored(void **state)
{
	struct dhcp_lease kept[3], table[8];
	uint32_t ip[3];

	(void)state;
	open_server();
	for (unsigned i = 0; i < 3; i++) {
		ip[i] = lease_to(i + 1);
		kept[i] = t.saved;
	}
	dhcp_server_free(t.s);
	open_server();
	kept[1].ends_ms = t.now_ms; /* over meanwhile */
	assert_true(dhcp_server_restore(t.s, t.now_ms, &kept[0]));
	assert_false(dhcp_server_restore(t.s, t.now_ms, &kept[0])); /* twice */
	assert_false(dhcp_server_restore(t.s, t.now_ms, &kept[1]));
	assert_true(dhcp_server_restore(t.s, t.now_ms, &kept[2]));
	kept[2].ip = 0x0a000001;
	assert_false(dhcp_server_restore(t.s, t.now_ms, &kept[2]));
	kept[2].ip = FIRST + 9; /* a second one of the same client */
	assert_false(dhcp_server_restore(t.s, t.now_ms, &kept[2]));
	look();
	assert_int_equal(t.n_save + t.n_drop, 0);
	assert_int_equal(dhcp_server_table(t.s, 0, table, 8), 2);
	assert_true(table[0].ip == ip[0] && table[1].ip == ip[2]);
	assert_int_equal(lease_to(7), ip[1]);
	assert_int_equal(lease_to(3), ip[2]);
	assert_int_equal(dhcp_server_table(t.s, table[0].id, table, 1), 1);
	assert_int_equal(table[0].ip, ip[2]);
	pass(7100000);
	assert_int_equal(t.n_drop, 0);
	pass(110000);
	assert_int_equal(t.n_drop, 3);
}

/* The end of a lease is told even when its address has a new client before anybody asks. */
static void an_end_is_told(void **state)
{
	uint32_t ip;

	(void)state;
	t.cfg.last = FIRST;
	open_server();
	ip = lease_to(1);
	t.now_ms += 7200000;
	timerq_run(&t.timers, t.now_ms, 10); /* and the actions are not taken */
	assert_int_equal(ask(DHCP_DISCOVER, 2, "ff"), DHCP_DROP_NONE);
	assert_true(t.n_drop == 1 && t.dropped.ip == ip);
	assert_memory_equal(t.dropped.mac, mac_of(1), 6);
}

static void reconfigured(void **state)
{
	struct kit_head h;

	(void)state;
	open_server();
	assert_int_equal(lease_to(1), FIRST);
	assert_int_equal(lease_to(2), FIRST + 1);
	t.cfg.first = FIRST + 1;
	t.cfg.lease_s = 60;
	assert_true(dhcp_server_reconfigure(t.s, t.now_ms, &t.cfg));
	look();
	assert_int_equal(t.n_drop, 0);
	h = head(DHCP_REQUEST, 2, "ff");
	h.ciaddr = h.src_ip = FIRST + 1;
	give(&h);
	assert_int_equal(t.type, DHCP_ACK);
	assert_int_equal(kit_number(&t.m, 51), 60);
	h = head(DHCP_REQUEST, 1, "ff"); /* out of the range now: told when it renews */
	h.ciaddr = h.src_ip = FIRST;
	give(&h);
	assert_int_equal(t.type, DHCP_NAK);
	assert_int_equal(lease_to(1), FIRST + 2);
	t.cfg.ip = t.cfg.gateway = t.cfg.dns[0] = 0x0a000001; /* another net */
	t.cfg.first = 0x0a000010;
	t.cfg.last = 0x0a000020;
	assert_true(dhcp_server_reconfigure(t.s, t.now_ms, &t.cfg));
	look();
	assert_int_equal(t.n_drop, 2);
	assert_int_equal(stats().bound, 0);
	t.cfg.lease_s = 1;
	assert_false(dhcp_server_reconfigure(t.s, t.now_ms, &t.cfg));
}

static void deleted(void **state)
{
	(void)state;
	open_server();
	assert_false(dhcp_server_delete(t.s, t.now_ms, FIRST));
	lease_to(1);
	assert_true(dhcp_server_delete(t.s, t.now_ms, FIRST));
	look();
	assert_int_equal(t.n_drop, 1);
	assert_false(dhcp_server_delete(t.s, t.now_ms, FIRST));
}

/* Four weeks of hosts that come, renew or vanish: nothing leaks, no address is given twice. */
static void four_weeks(void **state)
{
	uint32_t had[60] = {0};
	struct dhcp_lease table[256];

	(void)state;
	t.cfg.last = FIRST + 29; /* half of what they need */
	open_server();
	for (unsigned hour = 0; hour < 24 * 28; hour++) {
		for (unsigned i = 0; i < 10; i++) {
			uint8_t host;

			kit_random(&t.seed, &host, 1);
			host %= 60;
			t.now_ms += 100000;
			timerq_run(&t.timers, t.now_ms, 1000);
			look();
			if (ask(DHCP_DISCOVER, host + 1u, "ff") != DHCP_DROP_NONE)
				continue;
			had[host] = t.m.head.yiaddr;
			assert_int_equal(ask_ip(DHCP_REQUEST, host + 1u, had[host], ""),
					 DHCP_DROP_NONE);
			assert_int_equal(t.type, DHCP_ACK);
		}
		pass(2600000);
		size_t n = dhcp_server_table(t.s, 0, table, 256);
		assert_true(n <= 30 && stats().bound == n);
		for (size_t i = 0; i < n; i++)
			for (size_t j = i + 1; j < n; j++)
				assert_int_not_equal(table[i].ip, table[j].ip);
	}
	assert_true(stats().acks > 3000 && stats().expired > 1000);
	pass(7200000);
	assert_int_equal(stats().bound, 0);
	assert_int_equal(stats().ended + stats().free, 30);
}

static void a_large_range(void **state)
{
	(void)state;
	t.cfg.ip = t.cfg.gateway = t.cfg.dns[0] = 0x0a000001;
	t.cfg.mask = 0xff000000;
	t.cfg.first = 0x0a000000 + 100;
	t.cfg.last = t.cfg.first + 65535;
	t.from.leases_max = 70000;
	t.cfg.last = t.cfg.first + 9; /* it grows */
	open_server();
	for (unsigned i = 1; i <= 10; i++)
		lease_to(i);
	t.cfg.last = t.cfg.first + 65535;
	assert_true(dhcp_server_reconfigure(t.s, t.now_ms, &t.cfg));
	assert_int_equal(lease_to(7), t.cfg.first + 6); /* each is found as before */
	for (unsigned i = 1; i <= 65536; i++) {
		struct kit_head h = head(DHCP_REQUEST, i, "ff");

		h.ciaddr = h.src_ip = t.cfg.first + i - 1;
		h.dst_ip = t.cfg.ip;
		t.now_ms += 6;
		assert_int_equal(give(&h), DHCP_DROP_NONE);
		assert_int_equal(t.type, DHCP_ACK);
	}
	assert_int_equal(stats().free, 0);
	assert_int_equal(ask(DHCP_DISCOVER, 70000, "ff"), DHCP_DROP_POOL_EMPTY);
	t.cfg.last++;
	assert_non_null(dhcp_server_check(&t.cfg));
}

static void what_is_no_configuration(void **state)
{
	struct dhcp_static st = {.user = "x", .ip = 0x0a000001};
	struct dhcp_route routes[65] = {{0, 33, 0}};
	struct dhcp_server_config c;

	(void)state;
#define NOT(change)                                                                                \
	do {                                                                                       \
		c = t.cfg;                                                                         \
		change;                                                                            \
		assert_non_null(dhcp_server_check(&c));                                            \
		assert_null(dhcp_server_new(&c));                                                  \
	} while (0)
	assert_null(dhcp_server_check(&t.cfg));
	NOT(c.mask = 0xff00ff00);
	NOT(c.mask = 0xffffffff);
	NOT(c.mask = 0);
	NOT(c.ip = KIT_NET);
	NOT(c.first = c.last + 1);
	NOT(c.last = KIT_NET + 256);
	NOT(c.first = KIT_NET - 1);
	NOT(c.lease_s = 14);
	NOT(c.gateway = 0x0a000001);
	NOT(c.gateway = KIT_NET + 255);
	NOT((c.routes = routes, c.n_routes = 1));
	NOT((c.routes = routes, c.n_routes = 65));
	NOT((c.statics = &st, c.n_statics = 1));
#undef NOT
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(an_impostor), T(restored),   T(an_end_is_told), T(reconfigured),
		T(deleted),     T(four_weeks), T(a_large_range),  T(what_is_no_configuration),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
