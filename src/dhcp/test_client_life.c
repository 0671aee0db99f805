/* The client's life in virtual time: retransmission, renewal, rebinding, expiry, NAK, conflict,
 * release; the wishes for one address. */
#include "test_client_rig.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* RFC 2131 4.1: 4, 8, 16, 32, 64, 64 s, one second more or less. */
static void retransmission_times(void **state)
{
	static const uint64_t want_ms[] = {4000, 8000, 16000, 32000, 64000, 64000};
	uint64_t last = t.now_ms;
	uint32_t first;

	(void)state;
	t.cfg.setup_ms = 10 * 60000;
	open_client();
	start();
	first = xid();
	for (size_t i = 0; i < 6; i++) {
		uint64_t at = timerq_next_ms(&t.timers);

		assert_in_range(at - last, want_ms[i] - 1000, want_ms[i] + 1000);
		t.now_ms = at;
		timerq_run(&t.timers, at, 1);
		look();
		assert_int_equal(t.n_sent, 1);
		assert_int_equal(xid(), first);
		assert_int_equal(kit_open(t.sent, NULL).head.secs, (at - 50000) / 1000);
		last = at;
	}
}

/* T1 is not at the same moment for all who came together. */
static void sessions_do_not_renew_together(void **state)
{
	uint64_t at[20];
	unsigned others = 0;

	(void)state;
	open_client();
	for (unsigned i = 0; i < 20; i++) {
		bind_by(DNSMASQ);
		at[i] = timerq_next_ms(&t.timers) - t.now_ms;
		assert_in_range(at[i], 1800000 - 112500, 1800000);
		others += at[i] != at[0];
		dhcp_client_stop(t.c, t.now_ms);
		look();
	}
	assert_true(others > 15);
}

/* What a server said in an earlier life is no server that answers now. */
static void nobody_after_somebody(void **state)
{
	(void)state;
	open_client();
	bind_by(DNSMASQ);
	dhcp_client_stop(t.c, t.now_ms);
	look();
	start();
	t.now_ms = timerq_next_ms(&t.timers);
	timerq_run(&t.timers, t.now_ms, 1);
	look();
	assert_int_equal(t.n_note, 1);
	assert_string_equal(t.note, "no DHCP server answers: asking again");
}

static void set_up_has_an_end(void **state)
{
	(void)state;
	open_client();
	start();
	assert_int_equal(pass(19999), 2);
	pass(1);
	assert_int_equal(t.n_lost, 1);
	assert_string_equal(t.reason, "dhcp-no-server");
	assert_string_equal(dhcp_client_state(t.c), "idle");
	assert_int_equal(answer(DHCP_OFFER, DNSMASQ), DHCP_DROP_STATE); /* too late */
	start();                                                        /* and once more */
	assert_int_equal(t.n_sent, 1);
}

/* A server that offers and then is silent: REQUEST three times, then DISCOVER anew. */
static void a_silent_server(void **state)
{
	uint32_t first;

	(void)state;
	t.cfg.setup_ms = 100000;
	t.cfg.resend_ms = 1000;
	open_client();
	start();
	first = xid();
	answer(DHCP_OFFER, DNSMASQ);
	assert_int_equal(pass(5500), 2); /* 1, 2 s */
	assert_int_equal(sent_number(53), DHCP_REQUEST);
	assert_int_equal(xid(), first);
	while (strcmp(dhcp_client_state(t.c), "requesting") == 0)
		pass(100);
	assert_in_range(t.now_ms, 50000 + 5250, 50000 + 8750); /* after 4 s more */
	assert_string_equal(dhcp_client_state(t.c), "selecting");
	assert_int_not_equal(xid(), first);
	answer(DHCP_OFFER, DNSMASQ);
	while (!t.n_lost)
		pass(1000);
	assert_string_equal(t.reason, "dhcp-no-answer");
	assert_true(t.now_ms <= 50000 + 100000);
}

static void refused_while_requesting(void **state)
{
	unsigned rounds = 0;

	(void)state;
	t.cfg.setup_ms = 60000;
	open_client();
	start();
	while (!t.n_lost) { /* a server that always says so */
		if (strcmp(dhcp_client_state(t.c), "selecting") == 0 && t.n_sent) {
			answer(DHCP_OFFER, DNSMASQ);
			assert_int_equal(answer(DHCP_NAK, "3604 0a000002 ff"), DHCP_DROP_NONE);
			assert_string_equal(t.note,
					    "DHCP server 10.0.0.2 refuses 10.0.0.55 (DHCPNAK)");
			assert_int_equal(t.n_sent, 0);
			rounds++;
		}
		pass(500);
	}
	assert_string_equal(t.reason, "dhcp-refused");
	assert_in_range(rounds, 4, 7); /* 1, 2, 4, 8, 16 s between them */
}

static void renewed_at_t1_by_unicast(void **state)
{
	struct dhcp_envelope e;
	struct dhcp_message m;
	struct kit_head h;
	uint64_t asked_ms;

	(void)state;
	open_client();
	bind_by(DNSMASQ);
	assert_int_equal(pass(1687000), 0); /* T1 less a sixteenth */
	assert_int_equal(pass(113000), 1);
	m = kit_open(t.sent, &e);
	assert_true(e.src_ip == LAN_IP && e.dst_ip == LAN_SERVER);
	assert_memory_equal(e.dst_mac, lan_mac, 6);
	assert_int_equal(m.head.ciaddr, LAN_IP);
	kit_options_are(&m, "3501 03 3d07 01 ca0102030405 3902 05dc"
			    "370b 01 79 f9 03 06 0f 2c 33 36 3a 3b ff");
	assert_string_equal(dhcp_client_state(t.c), "renewing");
	h = answer_head(DHCP_ACK, "3604 0a000003 3304 00000e10 0104 ffffff00 ff");
	assert_int_equal(give(&h), DHCP_DROP_SERVER_ID);
	/* lost: again after half of what is left to T2 */
	assert_int_equal(pass(700000), 1);
	asked_ms = t.now_ms;
	h = answer_head(DHCP_ACK, DNSMASQ);
	assert_int_equal(give(&h), DHCP_DROP_NONE);
	assert_int_equal(t.n_renewed, 1);
	assert_false(t.changed);
	assert_true(t.got.ends_ms <= asked_ms + 3600000);
	assert_true(t.got.ends_ms > asked_ms + 3600000 - 120000);
	assert_string_equal(dhcp_client_state(t.c), "bound");
	/* the next time with other name servers */
	assert_int_equal(pass(1800000), 1);
	h = answer_head(DHCP_ACK, "3604 0a000002 3304 00000e10 0104 ffffff00 0604 01010101 ff");
	assert_int_equal(give(&h), DHCP_DROP_NONE);
	assert_true(t.n_renewed == 1 && t.changed);
	assert_int_equal(t.got.dns[0], 0x01010101);
}

/* T2: by broadcast, any server may answer; then the other one is asked. */
static void rebound_by_another_server(void **state)
{
	struct dhcp_envelope e;
	struct dhcp_message m;
	struct kit_head h;

	(void)state;
	open_client();
	bind_by(DNSMASQ);
	pass(3150000);
	assert_string_equal(dhcp_client_state(t.c), "rebinding");
	m = kit_open(t.sent, &e);
	assert_true(e.src_ip == LAN_IP && e.dst_ip == UINT32_MAX && m.head.ciaddr == LAN_IP);
	assert_memory_equal(e.dst_mac, "\xff\xff\xff\xff\xff\xff", 6);
	assert_false(kit_has(&m, DHCP_OPT_SERVER_ID) || kit_has(&m, DHCP_OPT_REQUESTED_IP));
	h = answer_head(DHCP_ACK, "3604 0a000003 3304 00000e10 0104 ffffff00 ff");
	h.src_mac = router_mac;
	assert_int_equal(give(&h), DHCP_DROP_NONE);
	assert_int_equal(t.got.server, OTHER);
	pass(1800000);
	m = kit_open(t.sent, &e);
	assert_int_equal(e.dst_ip, OTHER);
	assert_memory_equal(e.dst_mac, router_mac, 6);
}

static void the_end_of_a_lease(void **state)
{
	unsigned sent;

	(void)state;
	open_client();
	bind_by(DNSMASQ);
	sent = pass(3599000);
	assert_in_range(sent, 5, 12);
	assert_int_equal(t.n_lost, 0);
	pass(1001);
	assert_int_equal(t.n_lost, 1);
	assert_string_equal(t.reason, "dhcp-expired");
	assert_int_equal(t.now_ms, 50000 + 3600000);
	assert_null(dhcp_client_result(t.c));
}

/* The shortest lease, for an hour: two messages for each 2 s at most, no busy loop. */
static void a_lease_of_five_seconds(void **state)
{
	unsigned sent = 0;

	(void)state;
	open_client();
	bind_by("3604 0a000002 3304 00000005 0104 ffffff00 ff");
	for (unsigned i = 0; i < 36000 && !t.n_lost; i++) {
		unsigned n = pass(100);

		sent += n;
		if (n)
			answer(DHCP_ACK, "3604 0a000002 3304 00000005 0104 ffffff00 ff");
	}
	assert_int_equal(t.n_lost, 0);
	assert_in_range(sent, 1500, 2200);
	while (!t.n_lost) /* the server stops */
		sent += pass(100);
	assert_string_equal(t.reason, "dhcp-expired");
}

static void a_lease_for_ever(void **state)
{
	(void)state;
	open_client();
	bind_by("3604 0a000002 3304 ffffffff 0104 ffffff00 ff");
	assert_int_equal(t.got.ends_ms, TIMER_NEVER);
	assert_int_equal(timerq_next_ms(&t.timers), TIMER_NEVER);
	dhcp_client_stop(t.c, t.now_ms);
	look();
	assert_int_equal(t.n_sent, 1);
}

/* T1 and T2 that make no sense are replaced by the RFC's. */
static void times_out_of_order(void **state)
{
	static const char *const options[] = {
		"3604 0a000002 3304 00000e10 3a04 00000e10 3b04 00000e11 0104 ffffff00 ff",
		"3604 0a000002 3304 00000e10 3a04 00000000 3b04 00000000 0104 ffffff00 ff",
		"3604 0a000002 3304 00000e10 3a04 ffffffff 3b04 ffffffff 0104 ffffff00 ff",
	};

	(void)state;
	open_client();
	for (size_t i = 0; i < 3; i++) {
		bind_by(options[i]);
		assert_true(t.got.t1_s == 1800 && t.got.t2_s == 3150);
		dhcp_client_stop(t.c, t.now_ms);
		look();
	}
	bind_by("3604 0a000002 3304 00000e10 3a04 00000064 3b04 000000c8 0104 ffffff00 ff");
	assert_true(t.got.t1_s == 100 && t.got.t2_s == 200);
}

static void refused_or_moved_while_renewing(void **state)
{
	struct kit_head h;

	(void)state;
	open_client();
	bind_by(DNSMASQ);
	pass(1800000);
	assert_int_equal(answer(DHCP_NAK, "3604 0a000003 ff"), DHCP_DROP_SERVER_ID);
	assert_int_equal(t.n_lost, 0);
	assert_int_equal(answer(DHCP_NAK, "3604 0a000002 ff"), DHCP_DROP_NONE);
	assert_int_equal(t.n_lost, 1);
	assert_string_equal(t.reason, "dhcp-refused");
	bind_by(DNSMASQ);
	pass(1800000);
	h = answer_head(DHCP_ACK, DNSMASQ);
	h.yiaddr = LAN_IP + 1;
	assert_int_equal(give(&h), DHCP_DROP_NONE);
	assert_int_equal(t.n_lost, 1);
	assert_string_equal(t.reason, "dhcp-refused");
}

static void release_to_the_octet(void **state)
{
	struct dhcp_envelope e;
	struct dhcp_message m;

	(void)state;
	t.cfg.host_name = "alice";
	open_client();
	bind_by(DNSMASQ);
	dhcp_client_stop(t.c, t.now_ms);
	look();
	assert_true(t.n_sent == 1 && t.n_lost == 0);
	m = kit_open(t.sent, &e);
	assert_true(e.src_ip == LAN_IP && e.dst_ip == LAN_SERVER && m.head.ciaddr == LAN_IP);
	assert_memory_equal(e.dst_mac, lan_mac, 6);
	kit_options_are(&m, "3501 07 3d07 01 ca0102030405 3604 0a000002 ff");
	assert_string_equal(dhcp_client_state(t.c), "idle");
	dhcp_client_stop(t.c, t.now_ms);
	look();
	assert_int_equal(t.n_sent, 0);
}

static void declined_after_the_probe(void **state)
{
	struct dhcp_envelope e;
	struct dhcp_message m;

	(void)state;
	t.cfg.probe = true;
	t.cfg.setup_ms = 60000;
	open_client();
	start();
	answer(DHCP_OFFER, DNSMASQ);
	answer(DHCP_ACK, DNSMASQ);
	assert_true(t.n_probe == 1 && t.n_lease == 0 && t.probe_ip == LAN_IP);
	dhcp_client_probed(t.c, t.now_ms, true);
	look();
	assert_int_equal(t.n_sent, 1);
	assert_string_equal(t.note, "DHCP server 10.0.0.2 gave 10.0.0.55, which somebody else uses "
				    "already");
	m = kit_open(t.sent, &e);
	assert_true(e.src_ip == 0 && e.dst_ip == UINT32_MAX && m.head.ciaddr == 0);
	kit_options_are(&m, "3501 04 3d07 01 ca0102030405 3204 0a000037 3604 0a000002 ff");
	assert_int_equal(pass(9999), 0); /* RFC 2131 3.1: ten seconds */
	assert_int_equal(pass(1), 1);
	answer(DHCP_OFFER, DNSMASQ);
	answer(DHCP_ACK, DNSMASQ);
	assert_int_equal(t.n_lease, 0);
	dhcp_client_probed(t.c, t.now_ms, false);
	look();
	assert_int_equal(t.n_lease, 1);
	dhcp_client_probed(t.c, t.now_ms, false); /* said twice */
	look();
	assert_int_equal(t.n_lease, 0);
	dhcp_client_probed(t.c, t.now_ms, true); /* later somebody else is seen with it */
	look();
	assert_true(t.n_sent == 1 && t.n_lost == 1);
	assert_string_equal(t.reason, "dhcp-address-taken");
	assert_int_equal(sent_number(53), 4);
}

static void a_probe_that_nobody_answers(void **state)
{
	(void)state;
	t.cfg.probe = true;
	open_client();
	start();
	answer(DHCP_OFFER, DNSMASQ);
	answer(DHCP_ACK, DNSMASQ);
	while (!t.n_lost)
		pass(1000);
	assert_string_equal(t.reason, "dhcp-probe-silent");
	assert_int_equal(t.n_sent, 1); /* the lease is given back */
	assert_int_equal(sent_number(53), 7);
}

/* A client of the LAN that asked IPCP for 10.0.0.99: by lease only. */
static void one_address_by_lease(void **state)
{
	struct kit_head h;

	(void)state;
	t.cfg.want = DHCP_WANT_LEASED;
	t.cfg.wanted_ip = 0x0a000063;
	open_client();
	start();
	assert_int_equal(sent_number(50), 0x0a000063);
	assert_int_equal(answer(DHCP_OFFER, DNSMASQ), DHCP_DROP_OTHER_ADDRESS);
	assert_string_equal(t.note_reason, "dhcp-other-address");
	assert_int_equal(answer(DHCP_OFFER, DNSMASQ), DHCP_DROP_OTHER_ADDRESS);
	assert_int_equal(t.n_note, 0); /* told once */
	while (!t.n_lost)
		pass(1000);
	assert_string_equal(t.reason, "dhcp-other-address");
	start();
	h = answer_head(DHCP_OFFER, DNSMASQ);
	h.yiaddr = 0x0a000063;
	assert_int_equal(give(&h), DHCP_DROP_NONE);
	h = answer_head(DHCP_ACK, DNSMASQ);
	h.yiaddr = 0x0a000063;
	assert_int_equal(give(&h), DHCP_DROP_NONE);
	assert_int_equal(t.got.ip, 0x0a000063);
}

static void a_preferred_address(void **state)
{
	(void)state;
	t.cfg.wanted_ip = 0x0a000063;
	open_client();
	bind_by(DNSMASQ); /* another is as good */
	assert_int_equal(t.got.ip, LAN_IP);
}

static void one_address_by_inform(void **state)
{
	struct dhcp_envelope e;
	struct dhcp_message m;
	struct kit_head h;

	(void)state;
	t.cfg.want = DHCP_WANT_INFORM;
	t.cfg.wanted_ip = 0x0a000063;
	t.cfg.probe = true;
	open_client();
	start();
	assert_true(t.n_probe == 1 && t.probe_ip == 0x0a000063 && t.n_sent == 0);
	dhcp_client_probed(t.c, t.now_ms, false);
	look();
	m = kit_open(t.sent, &e);
	assert_true(e.src_ip == 0x0a000063 && e.dst_ip == UINT32_MAX);
	assert_int_equal(m.head.ciaddr, 0x0a000063);
	kit_options_are(&m, "3501 08 3d07 01 ca0102030405 3902 05dc"
			    "370b 01 79 f9 03 06 0f 2c 33 36 3a 3b ff");
	h = answer_head(DHCP_ACK, "3604 0a000002 0304 0a000001 ff"); /* no mask: not for use */
	h.yiaddr = 0;
	assert_int_equal(give(&h), DHCP_DROP_MASK);
	h = answer_head(DHCP_NAK, "3604 0a000002 ff");
	assert_int_equal(give(&h), DHCP_DROP_STATE);
	h = answer_head(DHCP_ACK, "3604 0a000002 0104 ffff0000 0304 0a000001 0604 0a000001 ff");
	h.yiaddr = 0;
	assert_int_equal(give(&h), DHCP_DROP_NONE);
	assert_int_equal(t.n_lease, 1);
	assert_true(t.got.ip == 0x0a000063 && t.got.prefix == 16 && !t.got.leased);
	assert_true(t.got.router == 0x0a000001 && t.got.ends_ms == TIMER_NEVER);
	dhcp_client_stop(t.c, t.now_ms);
	look();
	assert_int_equal(t.n_sent, 0); /* nothing to release */
	start();
	dhcp_client_probed(t.c, t.now_ms, true);
	look();
	assert_true(t.n_lost == 1 && t.n_sent == 0);
	assert_string_equal(t.reason, "dhcp-address-taken");
	start();
	dhcp_client_probed(t.c, t.now_ms, false);
	while (!t.n_lost)
		pass(1000);
	assert_string_equal(t.reason, "dhcp-inform-silent");
	t.cfg.wanted_ip = 0xffffffff;
	assert_null(dhcp_client_new(&t.cfg));
}

/* Long names are cut, a long id too; the frame has room for all of them at once. */
static void everything_long(void **state)
{
	uint8_t id[200];
	struct dhcp_message m;
	uint8_t b[256];
	char name[200];

	(void)state;
	memset(name, 'n', sizeof(name) - 1);
	name[199] = '\0';
	memset(id, 7, sizeof(id));
	t.cfg.host_name = t.cfg.vendor_class = t.cfg.user_class = name;
	t.cfg.client_id = (struct bytes){id, sizeof(id)};
	t.cfg.broadcast = true;
	open_client();
	start();
	m = kit_open(t.sent, NULL);
	assert_int_equal(m.head.flags, 0x8000);
	assert_int_equal(dhcp_option(&m, 12, b, sizeof(b), NULL), 63);
	assert_int_equal(dhcp_option(&m, 61, b, sizeof(b), NULL), 63);
	assert_int_equal(dhcp_option(&m, 60, b, sizeof(b), NULL), 63);
	assert_int_equal(dhcp_option(&m, 77, b, sizeof(b), NULL), 64);
	answer(DHCP_OFFER, DNSMASQ);
	m = kit_open(t.sent, NULL);
	assert_true(kit_has(&m, 55) && kit_has(&m, 50) && kit_has(&m, 54));
	assert_true(t.sent.len <= 576 + 14);
	answer(DHCP_ACK, DNSMASQ);
	pass(1800000); /* RFC 2131 4.1: a client with an address asks for no broadcast */
	assert_int_equal(kit_open(t.sent, NULL).head.flags, 0);
}

/* Domain text that is no name (rows 155, 156) is no domain; the rest counts. */
static void hostile_text(void **state)
{
	(void)state;
	open_client();
	bind_by("3604 0a000002 3304 00000e10 0104 ffffff00 0f09 613b207265626f6f74 0304 0a000001 "
		"ff");
	assert_string_equal(t.got.domain, "");
	assert_int_equal(t.got.router, 0x0a000001);
	dhcp_client_stop(t.c, t.now_ms);
	look();
	bind_by("3604 0a000002 3304 00000e10 0104 ffffff00 0f06 6c616e0000 00 ff");
	assert_string_equal(t.got.domain, "lan");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(retransmission_times),
		T(sessions_do_not_renew_together),
		T(nobody_after_somebody),
		T(set_up_has_an_end),
		T(a_silent_server),
		T(refused_while_requesting),
		T(renewed_at_t1_by_unicast),
		T(rebound_by_another_server),
		T(the_end_of_a_lease),
		T(a_lease_of_five_seconds),
		T(a_lease_for_ever),
		T(times_out_of_order),
		T(refused_or_moved_while_renewing),
		T(release_to_the_octet),
		T(declined_after_the_probe),
		T(a_probe_that_nobody_answers),
		T(one_address_by_lease),
		T(a_preferred_address),
		T(one_address_by_inform),
		T(everything_long),
		T(hostile_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
