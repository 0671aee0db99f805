/* The server against scripted clients: Windows, Linux, a BOOTP box, a relay, liars and floods;
 * what it answers to the octet, which address it chooses. */
#include "test_server_rig.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define WINDOWS                                                                                    \
	"3d07 01 020000000005 0c07 4445534b544f50 3c08 4d53465420352e30 370e 01 03 06 0f 1f 21 2b" \
	" 2c 2e 2f 77 79 f9 fc ff"

static void windows_to_the_octet(void **state)
{
	static const struct dhcp_route routes[] = {{0x0a000000, 8, KIT_SERVER_IP},
						   {0xac100000, 12, KIT_SERVER_IP}};

	(void)state;
	t.cfg.routes = routes;
	t.cfg.n_routes = 2;
	t.cfg.dns[1] = 0x08080808;
	t.cfg.domain = "vpn.example";
	open_server();
	assert_int_equal(ask(DHCP_DISCOVER, 5, WINDOWS), DHCP_DROP_NONE);
	assert_int_equal(t.type, DHCP_OFFER);
	assert_true(t.e.src_ip == KIT_SERVER_IP && t.e.dst_ip == FIRST);
	assert_true(t.e.src_port == 67 && t.e.dst_port == 68);
	assert_memory_equal(t.e.src_mac, kit_server_mac, 6);
	assert_memory_equal(t.e.dst_mac, mac_of(5), 6);
	assert_true(t.m.head.xid == 0x1005 && t.m.head.yiaddr == FIRST && t.m.head.ciaddr == 0);
	kit_options_are(&t.m,
			"3501 02 3604 c0a81e01 3304 00001c20 3a04 00000e10 3b04 0000189c"
			"3d07 01 020000000005 0104 ffffff00 0304 c0a81e01 0608 c0a81e01 08080808"
			"0f0b 76706e2e6578616d706c65 f90d 080a c0a81e01 0cac10 c0a81e01"
			"790d 080a c0a81e01 0cac10 c0a81e01 ff");
	assert_int_equal(t.n_save, 0);
	assert_int_equal(ask(DHCP_REQUEST, 5, "3204 c0a81e0a 3604 c0a81e01 " WINDOWS),
			 DHCP_DROP_NONE);
	assert_int_equal(t.type, DHCP_ACK);
	assert_true(t.n_save == 1 && !t.renewed);
	assert_true(t.saved.ip == FIRST && t.saved.ends_ms == t.now_ms + 7200000);
	assert_true(t.saved.leased_ms == t.now_ms && t.saved.port == PORT);
	assert_string_equal(t.saved.host_name, "DESKTOP");
	assert_int_equal(t.saved.client_id_len, 7);
}

/* systemd-networkd: a DUID as identifier, broadcast flag; then renewal by unicast. */
static void linux_renews(void **state)
{
	struct kit_head h;
	uint64_t leased;

	(void)state;
	open_server();
	h = head(DHCP_DISCOVER, 6,
		 "3d13 ff e2343f3e 0002 0000ab11 0102030405060708 3703 01 03 06 ff");
	h.flags = 0x8000;
	assert_int_equal(give(&h), DHCP_DROP_NONE);
	assert_int_equal(t.e.dst_ip, UINT32_MAX);
	assert_memory_equal(t.e.dst_mac, "\xff\xff\xff\xff\xff\xff", 6);
	assert_int_equal(t.m.head.flags, 0x8000);
	h.type = DHCP_REQUEST;
	h.options =
		"3204 c0a81e0a 3604 c0a81e01 3d13 ff e2343f3e 0002 0000ab11 0102030405060708 ff";
	assert_int_equal(give(&h), DHCP_DROP_NONE);
	assert_int_equal(t.type, DHCP_ACK);
	leased = t.saved.leased_ms;
	pass(3600000);
	h.options = "3d13 ff e2343f3e 0002 0000ab11 0102030405060708 ff";
	h.flags = 0;
	h.ciaddr = h.src_ip = FIRST;
	h.dst_ip = KIT_SERVER_IP;
	h.dst_mac = kit_server_mac;
	assert_int_equal(give(&h), DHCP_DROP_NONE);
	assert_int_equal(t.type, DHCP_ACK);
	assert_true(t.e.dst_ip == FIRST && t.m.head.ciaddr == FIRST && t.m.head.yiaddr == FIRST);
	assert_true(t.renewed && t.saved.leased_ms == leased);
	assert_int_equal(t.saved.ends_ms, t.now_ms + 7200000);
	h.dst_ip = 0; /* REBINDING */
	h.dst_mac = NULL;
	assert_int_equal(give(&h), DHCP_DROP_NONE);
	assert_int_equal(t.type, DHCP_ACK);
	h.options = "3d13 ff e2343f3e 0002 0000ab11 0102030405060709 ff"; /* not its client */
	assert_int_equal(give(&h), DHCP_DROP_NONE);
	assert_int_equal(t.type, DHCP_NAK);
}

static void bootp_and_others_get_nothing(void **state)
{
	struct kit_head h;

	(void)state;
	open_server();
	assert_int_equal(ask(0, 1, "ff"), DHCP_DROP_TYPE); /* BOOTP: no address without an end */
	assert_int_equal(ask(DHCP_OFFER, 1, "ff"), DHCP_DROP_TYPE);
	assert_int_equal(ask(9, 1, "ff"), DHCP_DROP_TYPE);
	assert_int_equal(ask(DHCP_REQUEST, 1, "ff"), DHCP_DROP_OPTION);
	h = head(DHCP_DISCOVER, 1, "ff");
	h.op = 2;
	assert_int_equal(give(&h), DHCP_DROP_HEADER);
	h = head(DHCP_DISCOVER, 1, "ff");
	h.chaddr = kit_client_mac; /* H-26: another's hardware address */
	assert_int_equal(give(&h), DHCP_DROP_CHADDR);
	h = head(DHCP_DISCOVER, 1, "ff");
	h.dst_mac = kit_client_mac;
	assert_int_equal(give(&h), DHCP_DROP_TARGET);
	h = head(DHCP_DISCOVER, 1, "ff");
	h.dst_ip = 0x08080808;
	assert_int_equal(give(&h), DHCP_DROP_TARGET);
	h = head(DHCP_DISCOVER, 1, "ff");
	h.dst_port = 69;
	assert_int_equal(give(&h), DHCP_DROP_UDP);
	assert_int_equal(ask(DHCP_DISCOVER, 1, "3d ff 01 ff"), DHCP_DROP_OPTION);
	assert_int_equal(t.n_sent, 0);
	assert_int_equal(stats().in[0], 2);
}

static void a_relay(void **state)
{
	struct kit_head h = head(DHCP_DISCOVER, 1, "5206 0104 65746830 ff");

	(void)state;
	open_server();
	assert_int_equal(give(&h),
			 DHCP_DROP_NONE); /* RFC 3046 2.2: a relay's word, not a client's */
	assert_false(kit_has(&t.m, 82));
	h.giaddr = KIT_NET + 250;
	h.src_mac = kit_client_mac; /* the relay's */
	h.src_port = 67;
	assert_int_equal(give(&h), DHCP_DROP_RELAYED);
	t.cfg.relays = true;
	assert_true(dhcp_server_reconfigure(t.s, t.now_ms, &t.cfg));
	assert_int_equal(give(&h), DHCP_DROP_NONE);
	assert_true(t.e.dst_ip == KIT_NET + 250 && t.e.dst_port == 67);
	assert_memory_equal(t.e.dst_mac, kit_client_mac, 6);
	assert_int_equal(t.m.head.giaddr, KIT_NET + 250);
	kit_options_are(&t.m, "350102 3604c0a81e01 330400001c20 3a0400000e10 3b040000189c"
			      "5206 0104 65746830 0104ffffff00 0304c0a81e01 0604c0a81e01 ff");
	h.type = DHCP_REQUEST;
	h.options = "3204 0a000001 ff"; /* of another net: the relay must broadcast the NAK */
	assert_int_equal(give(&h), DHCP_DROP_NONE);
	assert_true(t.type == DHCP_NAK && t.m.head.flags == 0x8000);
	h.giaddr = 0x0a000001; /* another net's relay */
	assert_int_equal(give(&h), DHCP_DROP_RELAYED);
}

static void naks(void **state)
{
	uint32_t ip;

	(void)state;
	open_server();
	ip = lease_to(1);
	assert_int_equal(ask_ip(DHCP_REQUEST, 2, ip, ""), DHCP_DROP_NONE); /* somebody else's */
	assert_int_equal(t.type, DHCP_NAK);
	assert_int_equal(t.e.dst_ip, UINT32_MAX);
	assert_memory_equal(t.e.dst_mac, "\xff\xff\xff\xff\xff\xff", 6);
	assert_true(t.m.head.yiaddr == 0 && t.m.head.ciaddr == 0);
	assert_false(kit_has(&t.m, 51) || kit_has(&t.m, 1));
	assert_true(kit_has(&t.m, 56) && kit_number(&t.m, 54) == KIT_SERVER_IP);
	ask_ip(DHCP_REQUEST, 2, KIT_NET + 5, ""); /* outside of the range */
	assert_int_equal(t.type, DHCP_NAK);
	ask_ip(DHCP_REQUEST, 2, 0x0a000001, "3604 c0a81e01"); /* another net */
	assert_int_equal(t.type, DHCP_NAK);
	ask_ip(DHCP_REQUEST, 1, ip + 1, ""); /* it has another */
	assert_int_equal(t.type, DHCP_NAK);
	assert_int_equal(t.n_save, 0);
	/* authoritative: nobody has it, so a client that says it had it goes on with it */
	assert_int_equal(ask_ip(DHCP_REQUEST, 2, FIRST + 77, ""), DHCP_DROP_NONE);
	assert_int_equal(t.type, DHCP_ACK);
	assert_int_equal(t.saved.ip, FIRST + 77);
	assert_int_equal(stats().naks, 4);
}

static void another_server_is_chosen(void **state)
{
	(void)state;
	open_server();
	struct kit_head h = head(DHCP_DISCOVER, 1, "ff");
	h.ciaddr = KIT_NET + 77; /* RFC 2131 table 3: 0 in an OFFER */
	assert_int_equal(give(&h), DHCP_DROP_NONE);
	assert_int_equal(t.m.head.ciaddr, 0);
	assert_int_equal(stats().offered, 1);
	assert_int_equal(ask_ip(DHCP_REQUEST, 1, 0x0a000009, "3604 0a000001"),
			 DHCP_DROP_OTHER_SERVER);
	assert_int_equal(stats().offered, 0);
	assert_int_equal(t.n_sent, 0);
}

/* Its own again, the one it asks for, a new one, the one that ended first. */
static void which_address(void **state)
{
	uint32_t a, b;

	(void)state;
	t.cfg.last = FIRST + 3;
	open_server();
	a = lease_to(1);
	b = lease_to(2);
	assert_true(a == FIRST && b == FIRST + 1);
	assert_int_equal(ask_ip(DHCP_DISCOVER, 3, FIRST + 3, ""), DHCP_DROP_NONE);
	assert_int_equal(t.m.head.yiaddr, FIRST + 3);
	assert_int_equal(ask_ip(DHCP_DISCOVER, 4, b, ""), DHCP_DROP_NONE); /* taken */
	assert_int_equal(t.m.head.yiaddr, FIRST + 2);
	assert_int_equal(ask(DHCP_DISCOVER, 5, "ff"), DHCP_DROP_POOL_EMPTY);
	assert_int_equal(t.n_note, 1);
	assert_string_equal(t.note.reason, "dhcp-pool-empty");
	assert_string_equal(t.note.text, "02:00:00:00:00:05 gets no address: none is free");
	pass(5001); /* the offers are over */
	assert_int_equal(stats().offered, 0);
	assert_int_equal(lease_to(5), FIRST + 2);
	assert_int_equal(lease_to(6), FIRST + 3);
	pass(7300000); /* all leases are over, and told so */
	assert_int_equal(t.n_drop, 4);
	assert_true(t.ready >= 1);
	assert_int_equal(stats().ended, 4);
	assert_int_equal(lease_to(6), FIRST + 3); /* again what it had */
	assert_int_equal(lease_to(7), a);         /* what ended first */
	assert_int_equal(lease_to(2), b);
	assert_int_equal(lease_to(1), FIRST + 2);
	assert_int_equal(ask(DHCP_DISCOVER, 5, "ff"), DHCP_DROP_POOL_EMPTY);
}

static void random_addresses(void **state)
{
	bool seen[200] = {false};
	unsigned in_order = 0;
	uint32_t last = 0;

	(void)state;
	t.cfg.random_addresses = true;
	open_server();
	for (unsigned i = 1; i <= 191; i++) {
		uint32_t ip = lease_to(i);

		assert_in_range(ip, FIRST, KIT_NET + 200);
		assert_false(seen[ip - FIRST]);
		seen[ip - FIRST] = true;
		in_order += ip == last + 1;
		last = ip;
	}
	assert_true(in_order < 60);
	assert_int_equal(ask(DHCP_DISCOVER, 500, "ff"), DHCP_DROP_POOL_EMPTY);
	assert_int_equal(stats().free, 0);
}

static void static_addresses(void **state)
{
	struct dhcp_static statics[] = {{.user = "Alice", .ip = KIT_NET + 5},
					{.user = NULL, .ip = FIRST}};

	(void)state;
	memcpy(statics[1].mac, mac_of(9), 6);
	t.cfg.statics = statics;
	t.cfg.n_statics = 2;
	open_server();
	memset(statics, 0, sizeof(statics));      /* it has its own copy */
	assert_int_equal(lease_to(1), FIRST + 1); /* the static one is nobody else's */
	assert_int_equal(ask_ip(DHCP_REQUEST, 1, FIRST, ""), DHCP_DROP_NONE);
	assert_int_equal(t.type, DHCP_NAK);
	assert_int_equal(lease_to(9), FIRST);
	t.from.user = "aLICE";
	assert_int_equal(lease_to(2), KIT_NET + 5);
	assert_int_equal(lease_to(3), FIRST + 2); /* her second device */
	assert_int_equal(ask_ip(DHCP_REQUEST, 3, KIT_NET + 5, ""), DHCP_DROP_NONE);
	assert_int_equal(t.type, DHCP_NAK);
	t.from.user = "bob";
	assert_int_equal(ask_ip(DHCP_REQUEST, 4, KIT_NET + 5, ""), DHCP_DROP_NONE);
	assert_int_equal(t.type, DHCP_NAK);
	t.from.fixed_ip = KIT_NET + 7; /* the note "IPv4:" */
	assert_int_equal(lease_to(4), KIT_NET + 7);
	t.from.fixed_ip = KIT_SERVER_IP; /* not to be given */
	assert_int_equal(lease_to(5), FIRST + 3);
}

/* What is there already is not given: the server, the gateway, name servers. */
static void reserved_addresses(void **state)
{
	(void)state;
	t.cfg.first = KIT_NET;
	t.cfg.last = KIT_NET + 255;
	t.cfg.gateway = KIT_NET + 3;
	t.cfg.dns[0] = KIT_NET + 4;
	t.cfg.wins[0] = KIT_NET + 5;
	open_server();
	assert_int_equal(stats().free, 256 - 6); /* and the net's two own */
	assert_int_equal(lease_to(1), KIT_NET + 2);
	assert_int_equal(lease_to(2), KIT_NET + 6);
	ask_ip(DHCP_REQUEST, 3, KIT_NET + 255, "");
	assert_int_equal(t.type, DHCP_NAK);
}

static void released(void **state)
{
	struct kit_head h;
	uint32_t ip;

	(void)state;
	open_server();
	ip = lease_to(1);
	h = head(DHCP_RELEASE, 2, "3604 c0a81e01 ff"); /* another's */
	h.ciaddr = h.src_ip = ip;
	assert_int_equal(give(&h), DHCP_DROP_NO_LEASE);
	h = head(DHCP_RELEASE, 1, "3604 0a000001 ff"); /* another server's */
	h.ciaddr = h.src_ip = ip;
	assert_int_equal(give(&h), DHCP_DROP_NO_LEASE);
	t.from.port = 4; /* by another port */
	h.options = "3604 c0a81e01 ff";
	assert_int_equal(give(&h), DHCP_DROP_NO_LEASE);
	t.from.port = PORT;
	assert_int_equal(give(&h), DHCP_DROP_NONE);
	assert_true(t.n_drop == 1 && t.n_sent == 0 && t.dropped.ip == ip);
	assert_int_equal(give(&h), DHCP_DROP_NO_LEASE);
	assert_int_equal(lease_to(1), ip);
}

static void declined(void **state)
{
	uint32_t ip;

	(void)state;
	t.cfg.decline_s = 600;
	open_server();
	ip = lease_to(1);
	assert_int_equal(ask_ip(DHCP_DECLINE, 2, ip, "3604 c0a81e01"), DHCP_DROP_NO_LEASE);
	assert_int_equal(ask_ip(DHCP_DECLINE, 1, ip, "3604 c0a81e01"), DHCP_DROP_NONE);
	assert_true(t.n_drop == 1 && t.n_sent == 0);
	assert_string_equal(t.note.reason, "dhcp-declined");
	assert_int_equal(lease_to(1), ip + 1);
	ask_ip(DHCP_REQUEST, 2, ip, ""); /* kept back */
	assert_int_equal(t.type, DHCP_NAK);
	pass(600000);
	assert_int_equal(ask_ip(DHCP_REQUEST, 2, ip, ""), DHCP_DROP_NONE);
	assert_int_equal(t.type, DHCP_ACK);
}

/* One port cannot make a pool useless by declining it. */
static void declining_everything(void **state)
{
	(void)state;
	t.from.leases_max = 1;
	open_server();
	for (unsigned i = 0; i < 100; i++) {
		uint32_t ip = lease_to(1);

		assert_int_equal(ask_ip(DHCP_DECLINE, 1, ip, "3604 c0a81e01"), DHCP_DROP_NONE);
		pass(2000);
	}
	assert_int_equal(stats().kept_back, 5);
	assert_int_equal(stats().declined, 100);
}

/* The hub knows that a host without a lease has the address. */
static void an_address_in_use(void **state)
{
	(void)state;
	t.in_use = FIRST;
	open_server();
	assert_int_equal(lease_to(1), FIRST + 1);
	assert_int_equal(stats().conflicts, 1);
	assert_int_equal(stats().kept_back, 1);
	t.in_use = FIRST + 5;
	ask_ip(DHCP_REQUEST, 2, FIRST + 5, "");
	assert_int_equal(t.type, DHCP_NAK);
}

static void informed(void **state)
{
	struct kit_head h = head(DHCP_INFORM, 1, "3702 01 06 ff");

	(void)state;
	open_server();
	assert_int_equal(give(&h), DHCP_DROP_CIADDR);
	h.ciaddr = h.src_ip = KIT_NET + 9;
	assert_int_equal(give(&h), DHCP_DROP_NONE);
	assert_int_equal(t.type, DHCP_ACK);
	assert_true(t.m.head.yiaddr == 0 && t.m.head.ciaddr == KIT_NET + 9);
	assert_true(t.e.dst_ip == KIT_NET + 9 && t.n_save == 0);
	kit_options_are(&t.m, "350105 3604c0a81e01 0104ffffff00 0604c0a81e01 ff");
	h.ciaddr = 0x0a000001;
	assert_int_equal(give(&h), DHCP_DROP_CIADDR);
}

/* A PPP session without a gateway hears of the segment (softether.md 2.5). */
static void the_segment_without_a_gateway(void **state)
{
	(void)state;
	t.cfg.gateway = 0;
	open_server();
	assert_int_equal(ask(DHCP_DISCOVER, 1, "3702 f9 03 ff"), DHCP_DROP_NONE);
	assert_false(kit_has(&t.m, 249) || kit_has(&t.m, 3));
	t.from.ppp = true;
	assert_int_equal(ask(DHCP_DISCOVER, 1, "3702 f9 03 ff"), DHCP_DROP_NONE);
	kit_options_are(&t.m, "350102 3604c0a81e01 330400001c20 3a0400000e10 3b040000189c"
			      "0104ffffff00 f908 18c0a81e 00000000 7908 18c0a81e 00000000 ff");
}

/* H-26: a thousand hardware addresses from one session, and from an Ethernet port. */
static void a_flood_of_discovers(void **state)
{
	(void)state;
	open_server();
	t.from = (struct dhcp_from){.port = 1, .leases_max = 1, .ppp = true};
	for (unsigned i = 1; i <= 1000; i++) {
		struct kit_head h = head(DHCP_DISCOVER, i, "ff");

		t.now_ms++;
		give(&h);
	}
	assert_int_equal(stats().offered, 1);
	assert_in_range(stats().drops[DHCP_DROP_RATE], 985, 995);
	t.from = (struct dhcp_from){.port = 2, .leases_max = 20};
	for (unsigned i = 1; i <= 10000; i++) {
		ask(DHCP_DISCOVER, 2000 + i, "ff");
		timerq_run(&t.timers, t.now_ms, 1000);
		assert_true(stats().offered <= 21);
	}
	assert_true(stats().drops[DHCP_DROP_PORT_FULL] > 1000);
	t.from = (struct dhcp_from){.port = 3}; /* and others live */
	lease_to(1);
	assert_true(stats().ended == 0);
	/* the session's one address while it has it */
	t.from = (struct dhcp_from){.port = 4, .leases_max = 1};
	lease_to(100);
	assert_int_equal(ask(DHCP_DISCOVER, 101, "ff"), DHCP_DROP_PORT_FULL);
	assert_int_equal(ask_ip(DHCP_REQUEST, 101, FIRST + 100, ""), DHCP_DROP_PORT_FULL);
	assert_int_equal(ask(DHCP_DISCOVER, 100, "ff"), DHCP_DROP_NONE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(windows_to_the_octet),
		T(linux_renews),
		T(bootp_and_others_get_nothing),
		T(a_relay),
		T(naks),
		T(another_server_is_chosen),
		T(which_address),
		T(random_addresses),
		T(static_addresses),
		T(reserved_addresses),
		T(released),
		T(declined),
		T(declining_everything),
		T(an_address_in_use),
		T(informed),
		T(the_segment_without_a_gateway),
		T(a_flood_of_discovers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
