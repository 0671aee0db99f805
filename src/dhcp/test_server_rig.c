/* A server, scripted clients of it, and what came out of it. */
#include "test_server_rig.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

struct server_rig t;

static bool in_use(void *ctx, uint32_t ip, const uint8_t mac[6])
{
	(void)ctx;
	(void)mac;
	return ip == t.in_use;
}

static void count_ready(void *ctx)
{
	(void)ctx;
	t.ready++;
}

int fresh(void **state)
{
	(void)state;
	memset(&t, 0, sizeof(t));
	t.seed = 9;
	t.now_ms = 1000;
	t.from = (struct dhcp_from){.port = PORT, .leases_max = 300};
	t.cfg = (struct dhcp_server_config){
		.ip = KIT_SERVER_IP,
		.first = FIRST,
		.last = KIT_NET + 200,
		.mask = 0xffffff00,
		.lease_s = 7200,
		.gateway = KIT_SERVER_IP,
		.dns = {KIT_SERVER_IP},
		.in_use = in_use,
		.random = kit_random,
		.random_ctx = &t.seed,
		.timers = &t.timers,
		.ready = count_ready,
	};
	memcpy(t.cfg.mac, kit_server_mac, 6);
	return 0;
}

int done(void **state)
{
	(void)state;
	dhcp_server_free(t.s);
	assert_int_equal(timerq_next_ms(&t.timers), TIMER_NEVER);
	return 0;
}

void open_server(void)
{
	assert_null(dhcp_server_check(&t.cfg));
	t.s = dhcp_server_new(&t.cfg);
	assert_non_null(t.s);
}

void look(void)
{
	struct dhcp_server_act act;

	t.n_sent = t.n_save = t.n_drop = t.n_note = 0;
	while (dhcp_server_next(t.s, &act)) {
		t.n_sent += act.kind == DHCP_SERVER_SEND;
		t.n_save += act.kind == DHCP_SERVER_LEASE_SAVE;
		t.n_drop += act.kind == DHCP_SERVER_LEASE_DROP;
		t.n_note += act.kind == DHCP_SERVER_NOTE;
		if (act.kind == DHCP_SERVER_LEASE_SAVE) {
			assert_int_equal(t.n_sent, 0); /* it is kept before it is told */
			t.saved = act.lease;
			t.renewed = act.renewed;
		}
		if (act.kind == DHCP_SERVER_LEASE_DROP)
			t.dropped = act.lease;
		if (act.kind == DHCP_SERVER_NOTE)
			t.note = act.note;
		if (act.kind != DHCP_SERVER_SEND)
			continue;
		assert_int_equal(act.port, t.from.port);
		t.type = act.type;
		memcpy(t.reply.b, act.frame.p, act.frame.len);
		t.reply.len = act.frame.len;
		t.m = kit_open(kit_bytes(&t.reply), &t.e);
		assert_int_equal(kit_number(&t.m, 53), t.type);
		assert_true(t.m.head.op == 2 && t.m.head.hops == 0);
	}
}

void pass(uint64_t ms)
{
	t.now_ms += ms;
	timerq_run(&t.timers, t.now_ms, 100000);
	look();
}

/* The n-th host of the segment. */
const uint8_t *mac_of(unsigned n)
{
	static uint8_t mac[4][6];
	static unsigned i;
	uint8_t *m = mac[i++ % 4];

	m[0] = 0x02;
	m[1] = 0;
	put_be32(m + 2, n);
	return m;
}

struct kit_head head(uint8_t type, unsigned host, const char *options)
{
	const uint8_t *mac = mac_of(host);

	return (struct kit_head){
		.op = 1,
		.type = type,
		.xid = 0x1000 + host,
		.chaddr = mac,
		.src_mac = mac,
		.src_port = 68,
		.dst_port = 67,
		.options = options,
	};
}

enum dhcp_drop give(const struct kit_head *h)
{
	struct kit_frame f;
	enum dhcp_drop why;
	uint8_t *copy;

	kit_frame(&f, h);
	copy = malloc(f.len);
	assert_non_null(copy);
	memcpy(copy, f.b, f.len);
	why = dhcp_server_input(t.s, t.now_ms, &t.from, (struct bytes){copy, f.len});
	free(copy);
	look();
	return why;
}

enum dhcp_drop ask(uint8_t type, unsigned host, const char *options)
{
	struct kit_head h = head(type, host, options);

	t.now_ms += 20;
	return give(&h);
}

enum dhcp_drop ask_ip(uint8_t type, unsigned host, uint32_t ip, const char *more)
{
	char options[200];

	snprintf(options, sizeof(options), "3204 %08x %s ff", ip, more);
	return ask(type, host, options);
}

/* DISCOVER and REQUEST; the address. */
uint32_t lease_to(unsigned host)
{
	uint32_t ip;
	char us[20];

	assert_int_equal(ask(DHCP_DISCOVER, host, "ff"), DHCP_DROP_NONE);
	assert_int_equal(t.type, DHCP_OFFER);
	ip = t.m.head.yiaddr;
	snprintf(us, sizeof(us), "3604 %08x", t.cfg.ip);
	assert_int_equal(ask_ip(DHCP_REQUEST, host, ip, us), DHCP_DROP_NONE);
	assert_int_equal(t.type, DHCP_ACK);
	assert_int_equal(t.m.head.yiaddr, ip);
	assert_int_equal(t.n_save, 1);
	return ip;
}

struct dhcp_server_stats stats(void)
{
	struct dhcp_server_stats s;

	dhcp_server_get_stats(t.s, &s);
	return s;
}
