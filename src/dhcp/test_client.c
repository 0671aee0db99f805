/* The client against scripted servers: what it sends to the octet, what it takes of the answers
 * of dnsmasq's and ISC's kind, and everything that it must not take. */
#include "test_client_rig.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void table_is_whole(void **state)
{
	char where[100];

	(void)state;
	if (!dhcp_client_table_ok(where, sizeof(where)))
		fail_msg("not listed: %s", where);
}

static void discover_and_request_to_the_octet(void **state)
{
	struct dhcp_envelope e;
	struct dhcp_message m;
	uint32_t first;

	(void)state;
	t.cfg.host_name = "alice";
	t.cfg.vendor_class = "MSFT 5.0";
	t.cfg.user_class = "HUB1";
	open_client();
	start();
	assert_true(t.ready);
	m = kit_open(t.sent, &e);
	assert_true(e.src_ip == 0 && e.dst_ip == UINT32_MAX && e.src_port == 68 &&
		    e.dst_port == 67);
	assert_memory_equal(e.src_mac, kit_client_mac, 6);
	assert_memory_equal(e.dst_mac, "\xff\xff\xff\xff\xff\xff", 6);
	assert_true(m.head.op == 1 && m.head.htype == 1 && m.head.hlen == 6 && m.head.hops == 0);
	assert_true(m.head.secs == 0 && m.head.flags == 0 && m.head.ciaddr == 0);
	assert_memory_equal(m.head.chaddr, kit_client_mac, 6);
	kit_options_are(&m, "3501 01 3d07 01 ca0102030405 0c05 616c696365 3c08 4d53465420352e30"
			    "4d05 04 48554231 3902 05dc 370b 01 79 f9 03 06 0f 2c 33 36 3a 3b ff");
	first = m.head.xid;
	assert_int_equal(answer(DHCP_OFFER, DNSMASQ), DHCP_DROP_NONE);
	assert_string_equal(t.note_reason, "dhcp-offer");
	assert_string_equal(t.note, "DHCP server 10.0.0.2 offers 10.0.0.55");
	m = kit_open(t.sent, &e);
	assert_true(e.src_ip == 0 && e.dst_ip == UINT32_MAX);
	assert_true(m.head.xid == first && m.head.ciaddr == 0);
	kit_options_are(&m, "3501 03 3d07 01 ca0102030405 3204 0a000037 3604 0a000002 0c05"
			    "616c696365 3c08 4d53465420352e30 4d05 04 48554231 3902 05dc"
			    "370b 01 79 f9 03 06 0f 2c 33 36 3a 3b ff");
}

static void what_dnsmasq_says(void **state)
{
	(void)state;
	open_client();
	bind_by(DNSMASQ);
	assert_true(t.got.ip == LAN_IP && t.got.mask == 0xffffff00 && t.got.prefix == 24);
	assert_true(t.got.router == 0x0a000001 && t.got.dns[0] == 0x0a000001);
	assert_true(t.got.dns[1] == 0x08080808 && t.got.wins[0] == 0 && t.got.n_routes == 0);
	assert_true(t.got.lease_s == 3600 && t.got.t1_s == 1800 && t.got.t2_s == 3150);
	assert_true(t.got.server == LAN_SERVER && t.got.leased);
	assert_memory_equal(t.got.server_mac, lan_mac, 6);
	assert_string_equal(t.got.domain, "lan.example");
	assert_int_equal(t.got.ends_ms, 50000 + 3600000);
	assert_string_equal(dhcp_client_state(t.c), "bound");
	assert_int_equal(dhcp_client_result(t.c)->ip, LAN_IP);
}

/* RFC 3442: with option 121 the router of option 3 is not looked at; T1 and T2 by default. */
static void what_isc_says(void **state)
{
	(void)state;
	open_client();
	bind_by(ISC);
	assert_true(t.got.lease_s == 600 && t.got.t1_s == 300 && t.got.t2_s == 525);
	assert_int_equal(t.got.router, 0x0a000001);
	assert_int_equal(t.got.routes_from, 121);
	assert_int_equal(t.got.n_routes, 2);
	assert_true(t.got.routes[0].net == 0xc0a80a00 && t.got.routes[0].prefix == 24 &&
		    t.got.routes[0].router == 0x0a000009);
	assert_true(t.got.wins[0] == 0x0a000005 && t.got.wins[1] == 0x0a000006);
}

/* 249 alone, going on in 250 as Windows Server sends it; option 3 stays the default. */
static void what_windows_says(void **state)
{
	(void)state;
	open_client();
	bind_by("3604 0a000002 3304 00000e10 0104 ffffff00 0304 0a000001 f905 08 0a 0a00 00"
		"fa03 09 08 0b fa04 0a00 0008 ff");
	assert_int_equal(t.got.routes_from, 249);
	assert_int_equal(t.got.n_routes, 2);
	assert_true(t.got.routes[1].net == 0x0b000000 && t.got.routes[1].router == 0x0a000008);
	assert_int_equal(t.got.router, 0x0a000001);
}

/* RFC 3396 pieces and RFC 2131 overload: the router in sname, the names in file. */
static void long_and_overloaded_options(void **state)
{
	struct kit_frame f;
	struct kit_head h;
	char options[2000] = "3604 0a000002 3304 00000e10 0104 ffffff00 340103";

	(void)state;
	strcat(options, "79ff");
	for (unsigned i = 0; i < 31; i++)
		sprintf(options + strlen(options), "18 0a%02x01 0a000009", i);
	strcat(options, "18 0a1f01 0a0000 7909 09 18 0a2001 0a000009 ff");
	open_client();
	start();
	for (unsigned round = 0; round < 2; round++) {
		h = answer_head(round ? DHCP_ACK : DHCP_OFFER, options);
		kit_frame(&f, &h);
		kit_hex("0304 0a000063 ff", f.b + 42 + 44, 64);
		kit_hex("0f03 6c616e 0604 0a000035 ff", f.b + 42 + 108, 128);
		put_be16(f.b + 40, 0); /* no UDP checksum (RFC 768) */
		assert_int_equal(feed(&f), DHCP_DROP_NONE);
	}
	assert_int_equal(t.n_lease, 1);
	assert_int_equal(t.got.n_routes, 33);
	assert_int_equal(t.got.routes[31].net, 0x0a1f0100);
	assert_int_equal(t.got.routes[32].net, 0x0a200100);
	assert_int_equal(t.got.dns[0], 0x0a000035);
	assert_string_equal(t.got.domain, "lan");
	assert_int_equal(t.got.router, 0); /* 121 says no default route */
}

/* The name is a user's, who may type what he likes (security.md row 155). */
static void a_hostile_host_name(void **state)
{
	struct dhcp_message m;
	uint8_t b[64];

	(void)state;
	t.cfg.host_name = "CORP\\bob@x.y;$(id)\n\xc3\xa4_9";
	t.cfg.wanted_ip = UINT32_MAX; /* and asks for what no host can have */
	open_client();
	start();
	m = kit_open(t.sent, NULL);
	assert_int_equal(dhcp_option(&m, 12, b, sizeof(b), NULL), 23);
	assert_memory_equal(b, "CORP-bob-x.y---id----_9", 23);
	assert_false(kit_has(&m, 50));
}

/* Routes that were not asked are not read (security.md row 158). */
static void routes_that_nobody_asked(void **state)
{
	struct dhcp_message m;

	(void)state;
	t.cfg.no_routes = true;
	open_client();
	start();
	m = kit_open(t.sent, NULL);
	kit_options_are(&m,
			"350101 3d0701ca0102030405 390205dc 3709 01 03 06 0f 2c 33 36 3a 3b ff");
	answer(DHCP_OFFER, ISC);
	answer(DHCP_ACK, ISC);
	assert_int_equal(t.n_lease, 1);
	assert_int_equal(t.got.n_routes, 0);
	assert_int_equal(t.got.router, 0x0a0000fe);
}

struct bad {
	const char *options;
	enum dhcp_drop why;
};

/* What an OFFER must have, each in turn wrong: it is as if it had not come. */
static void offers_that_are_none(void **state)
{
	static const struct bad rows[] = {
		{"3304 00000e10 0104 ffffff00 ff", DHCP_DROP_SERVER_ID},
		{"3603 0a0000 3304 00000e10 0104 ffffff00 ff", DHCP_DROP_SERVER_ID},
		{"3604 00000000 3304 00000e10 0104 ffffff00 ff", DHCP_DROP_SERVER_ID},
		{"3604 0a000002 0104 ffffff00 ff", DHCP_DROP_LEASE_TIME},
		{"3604 0a000002 3304 00000004 0104 ffffff00 ff", DHCP_DROP_LEASE_TIME},
		{"3604 0a000002 3305 00000e1000 0104 ffffff00 ff", DHCP_DROP_LEASE_TIME},
		{"3604 0a000002 3304 00000e10 0104 ff00ff00 ff", DHCP_DROP_MASK},
		{"3604 0a000002 3304 00000e10 0104 00000000 ff", DHCP_DROP_MASK},
		{"3604 0a000002 3304 00000e10 0104 fffffffc 3304 ff", DHCP_DROP_OPTION},
		{"3604 0a000002 3304 00000e10 0108 ffffff00 ffffff00 ff", DHCP_DROP_NONE},
	};
	struct kit_head h;

	(void)state;
	open_client();
	start();
	for (size_t i = 0; i + 1 < sizeof(rows) / sizeof(rows[0]); i++) {
		enum dhcp_drop why = answer(DHCP_OFFER, rows[i].options);

		if (why != rows[i].why)
			fail_msg("row %zu is %s", i, dhcp_drop_name(why));
		assert_int_equal(t.n_sent, 0);
	}
	static const uint32_t bad_ips[] = {0,          0x00000001, 0x7f000001, 0xe0000001,
					   0xffffffff, 0x0a000000, 0x0a0000ff};
	for (size_t i = 0; i < sizeof(bad_ips) / sizeof(bad_ips[0]); i++) {
		h = answer_head(DHCP_OFFER, DNSMASQ);
		h.yiaddr = bad_ips[i];
		assert_int_equal(give(&h), DHCP_DROP_ADDRESS);
	}
	assert_string_equal(dhcp_client_state(t.c), "selecting");
}

/* Everything that a message is matched by (security.md row 157). */
static void answers_that_are_not_ours(void **state)
{
	struct kit_head h;
	struct kit_frame f;

	(void)state;
	open_client();
	start();
	h = answer_head(DHCP_OFFER, DNSMASQ);
	h.xid++;
	assert_int_equal(give(&h), DHCP_DROP_XID);
	h = answer_head(DHCP_OFFER, DNSMASQ);
	h.chaddr = lan_mac;
	assert_int_equal(give(&h), DHCP_DROP_CHADDR);
	h = answer_head(DHCP_OFFER, DNSMASQ);
	h.dst_mac = router_mac;
	assert_int_equal(give(&h), DHCP_DROP_FRAME);
	h = answer_head(DHCP_OFFER, DNSMASQ);
	h.src_port = 6767;
	assert_int_equal(give(&h), DHCP_DROP_UDP);
	h = answer_head(DHCP_OFFER, DNSMASQ);
	h.dst_port = 67;
	assert_int_equal(give(&h), DHCP_DROP_UDP);
	h = answer_head(DHCP_OFFER, DNSMASQ);
	h.op = 1;
	assert_int_equal(give(&h), DHCP_DROP_HEADER);
	h = answer_head(0, DNSMASQ); /* BOOTP */
	assert_int_equal(give(&h), DHCP_DROP_TYPE);
	h = answer_head(9, DNSMASQ); /* DHCPFORCERENEW */
	assert_int_equal(give(&h), DHCP_DROP_TYPE);
	h = answer_head(DHCP_ACK, DNSMASQ); /* not asked yet */
	assert_int_equal(give(&h), DHCP_DROP_STATE);
	h = answer_head(DHCP_OFFER, DNSMASQ);
	kit_frame(&f, &h);
	f.b[41] ^= 1;
	assert_int_equal(feed(&f), DHCP_DROP_CHECKSUM);
	kit_frame(&f, &h);
	f.b[12] = 0x86;
	assert_int_equal(feed(&f), DHCP_DROP_FRAME);
	kit_frame(&f, &h);
	f.b[6] |= 1; /* nobody's source */
	assert_int_equal(feed(&f), DHCP_DROP_FRAME);
	for (size_t n = 0; n < 42 + 240; n++) {
		kit_frame(&f, &h);
		f.len = n;
		assert_int_not_equal(feed(&f), DHCP_DROP_NONE);
	}
	h.dst_mac = NULL; /* broadcast is fine */
	assert_int_equal(give(&h), DHCP_DROP_NONE);
	/* now it is 10.0.0.2's ACK or NAK, for 10.0.0.55, that counts */
	h = answer_head(DHCP_ACK, "3604 0a000003 3304 00000e10 0104 ffffff00 ff");
	assert_int_equal(give(&h), DHCP_DROP_SERVER_ID);
	h = answer_head(DHCP_NAK, "3604 0a000003 ff");
	assert_int_equal(give(&h), DHCP_DROP_SERVER_ID);
	h = answer_head(DHCP_NAK, "ff");
	assert_int_equal(give(&h), DHCP_DROP_SERVER_ID);
	h = answer_head(DHCP_ACK, DNSMASQ);
	h.yiaddr = LAN_IP + 1;
	assert_int_equal(give(&h), DHCP_DROP_OTHER_ADDRESS);
	h = answer_head(DHCP_OFFER, DNSMASQ); /* a second offer */
	assert_int_equal(give(&h), DHCP_DROP_STATE);
	assert_string_equal(dhcp_client_state(t.c), "requesting");
	assert_int_equal(answer(DHCP_ACK, DNSMASQ), DHCP_DROP_NONE);
	assert_int_equal(t.n_lease, 1);
	assert_int_equal(answer(DHCP_ACK, DNSMASQ), DHCP_DROP_STATE); /* doubled */
	assert_int_equal(t.n_lease, 0);
	struct dhcp_client_stats stats;
	dhcp_client_get_stats(t.c, &stats);
	assert_int_equal(stats.drops[DHCP_DROP_SERVER_ID], 3);
	assert_int_equal(stats.received, 2);
	assert_int_equal(stats.acts_refused, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(table_is_whole),
		T(discover_and_request_to_the_octet),
		T(what_dnsmasq_says),
		T(what_isc_says),
		T(what_windows_says),
		T(long_and_overloaded_options),
		T(a_hostile_host_name),
		T(routes_that_nobody_asked),
		T(offers_that_are_none),
		T(answers_that_are_not_ours),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
