/* IPV6CP, both roles: identifiers, who begins, that it comes and goes without the link. */
#include "test_rig.h"

#define LCP    0xc021
#define IPCP   0x8021
#define IPV6CP 0x8057

#define LOCAL_IID UINT64_C(0x0000000000000001)
#define PEER_IID  UINT64_C(0x00aa00bb00cc00dd)

static struct rig r;
static struct end *const e = &r.server;

/* A server in the network phase that waits for the answer to NETWORK. */
static void open_server(void)
{
	struct ppp_config c;

	rig_init(&r);
	c = rig_config(&r, e, PPP_SERVER, PPP_AUTH_PAP);
	c.ipv6 = true;
	rig_end(&r, e, &c);
	rig_open_lcp(&r, e);
	e->by_hand = true;
	rig_packet(&r, e, 0xc023, 1, 7, "04 55736572 0a 636c69656e7450617373");
	rig_answer_auth(&r, e);
	rig_drain(&r, e);
	assert_int_equal(e->networks, 1);
	rig_forget(e);
}

static void give_network(uint64_t local_iid, uint64_t peer_iid)
{
	e->network.local_iid = local_iid;
	e->network.peer_iid = peer_iid;
	ppp_set_network(e->p, r.now_ms, &e->network);
	rig_drain(&r, e);
}

static void open_ipcp(void)
{
	rig_ack(&r, e, IPCP);
	rig_packet(&r, e, IPCP, 1, 1, "0306 0a000042");
	assert_true(e->is_up);
	rig_forget(e);
}

/* A server with IPv4 up and the identifiers that were given. */
static void bring_up(uint64_t local_iid, uint64_t peer_iid)
{
	open_server();
	give_network(local_iid, peer_iid);
	open_ipcp();
}

static uint64_t iid_of(const struct rig_frame *f)
{
	struct rd rd = rd_of(f->b + 6, f->len - 6u);
	uint64_t high;

	assert_int_equal(rd_u16(&rd), 0x010a);
	high = rd_u32(&rd);
	high = high << 32 | rd_u32(&rd);
	assert_true(rd_done(&rd));
	return high;
}

static const char *state_of(const struct end *end)
{
	struct ppp_status s;

	ppp_get_status(end->p, &s);
	return s.ipv6cp_state;
}

static void stays_up(void)
{
	rig_wait(&r, e, 120000);
	assert_int_equal(e->downs, 0);
	assert_true(e->is_up);
	rig_free(&r);
}

static void windows_proposes_and_gets_its_own(void **state)
{
	struct rig_frame f;

	(void)state;
	bring_up(0, 0);
	rig_wait(&r, e, 10000);
	assert_int_equal(e->n_out, 0); /* a client without IPv6 hears nothing of it */
	rig_hex(&r, e, "ff03 8057 01 05 000e 010a a1b2c3d4e5f60718");
	f = rig_take(e);
	assert_int_equal(f.b[2], 1);
	assert_true(iid_of(&f) != 0);
	assert_int_equal(f.b[8] & 2, 0); /* made up: not universal */
	f = rig_take(e);
	rig_assert_hex(&f, "8057 02 05 000e 010a a1b2c3d4e5f60718");
	assert_int_equal(e->up6s, 0);
	rig_wait(&r, e, 3000);
	rig_ack(&r, e, IPV6CP);
	assert_int_equal(e->up6s, 1);
	assert_true(e->up6.peer_iid == UINT64_C(0xa1b2c3d4e5f60718));
	assert_true(e->up6.local_iid != 0 && e->up6.local_iid != e->up6.peer_iid);
	assert_string_equal(state_of(e), "Opened");
	assert_true(rig_noted(e, "peer's fe80::a1b2:c3d4:e5f6:718"));
	stays_up();
}

static void zero_and_ours_get_a_suggestion(void **state)
{
	static const char *const bad[] = {"010a 0000000000000000",
					  "010a 0000000000000001",
					  "0106 00000001",
					  "010c 00112233445566778899",
					  "0102",
					  ""};

	(void)state;
	for (size_t i = 0; i < 6; i++) {
		char hex[64];
		struct rig_frame f;
		uint64_t iid;

		bring_up(LOCAL_IID, 0);
		rig_packet(&r, e, IPV6CP, 1, 9, bad[i]);
		f = rig_take(e);
		assert_true(iid_of(&f) == LOCAL_IID);
		f = rig_take(e);
		assert_int_equal(f.b[2], 3);
		iid = iid_of(&f);
		assert_true(iid != 0 && iid != LOCAL_IID);
		rig_packet(&r, e, IPV6CP, 1, 9, bad[i]); /* each is made up anew */
		f = rig_take(e);
		assert_true(iid_of(&f) != iid);
		iid = iid_of(&f);
		snprintf(hex, sizeof(hex), "010a %016llx", (unsigned long long)iid);
		rig_packet(&r, e, IPV6CP, 1, 10, hex);
		f = rig_take(e);
		assert_int_equal(f.b[2], 2);
		rig_wait(&r, e, 3000);
		rig_ack(&r, e, IPV6CP);
		assert_true(e->up6.peer_iid == iid && e->up6.local_iid == LOCAL_IID);
		stays_up();
	}
}

/* What core assigned is what the peer may have, and nothing else. */
static void an_assigned_identifier_is_the_only_one(void **state)
{
	struct rig_frame f;

	(void)state;
	bring_up(LOCAL_IID, PEER_IID);
	rig_packet(&r, e, IPV6CP, 1, 1, "010a a1b2c3d4e5f60718 0204 004f");
	rig_take(e);
	f = rig_take(e); /* compression goes first, whatever the identifier */
	rig_assert_hex(&f, "8057 04 01 0008 0204 004f");
	rig_packet(&r, e, IPV6CP, 1, 2, "010a a1b2c3d4e5f60718");
	f = rig_take(e);
	rig_assert_hex(&f, "8057 03 02 000e 010a 00aa00bb00cc00dd");
	rig_packet(&r, e, IPV6CP, 1, 3, "010a 00aa00bb00cc00dd");
	f = rig_take(e);
	assert_int_equal(f.b[2], 2);
	rig_wait(&r, e, 3000);
	rig_ack(&r, e, IPV6CP);
	assert_true(e->up6.peer_iid == PEER_IID);
	stays_up();
}

/* A peer that insists has no IPv6, and keeps what it has. */
static void who_insists_goes_without(void **state)
{
	(void)state;
	bring_up(LOCAL_IID, PEER_IID);
	for (unsigned i = 0; i < 12; i++)
		rig_packet(&r, e, IPV6CP, 1, i, "010a a1b2c3d4e5f60718");
	assert_true(rig_sent(e, IPV6CP, 5));
	assert_true(rig_noted(e, "ipv6cp-closed: IPV6CP: no agreement"));
	rig_wait(&r, e, 30000);
	assert_string_equal(state_of(e), "Closed");
	rig_forget(e);
	rig_packet(&r, e, IPV6CP, 1, 99, "010a 00aa00bb00cc00dd"); /* too late on this link */
	assert_true(rig_sent(e, IPV6CP, 6));
	assert_int_equal(e->up6s, 0);
	stays_up();
}

static void it_may_come_before_ipcp_and_before_the_network(void **state)
{
	struct rig_frame f;

	(void)state;
	open_server();
	rig_packet(&r, e, IPV6CP, 1, 1, "010a 1111111111111111");
	rig_packet(&r, e, IPV6CP, 5, 2, "");
	assert_int_equal(ppp_drops(e->p, PPP_DROP_STATE), 1);
	rig_packet(&r, e, IPV6CP, 1, 3, "010a 2222222222222222"); /* the newest counts */
	rig_packet(&r, e, IPV6CP, 1, 4, "010a 2222222222222222 ee10 00112233445566778899aabbccdd");
	assert_int_equal(ppp_drops(e->p, PPP_DROP_STATE), 2); /* too long to wait */
	assert_int_equal(e->n_out, 0);
	give_network(0, 0);
	f = rig_find(e, IPV6CP, 1);
	f.b[2] = 2;
	rig_bytes(&r, e, f.b, f.len);
	f = rig_find(e, IPV6CP, 2);
	rig_assert_hex(&f, "8057 02 03 000e 010a 2222222222222222");
	assert_true(e->is_up6 && !e->is_up);
	rig_wait(&r, e, 3000);
	open_ipcp();
	assert_true(e->is_up6);
	stays_up();
}

static void open_both(void)
{
	bring_up(LOCAL_IID, PEER_IID);
	rig_packet(&r, e, IPV6CP, 1, 1, "010a 00aa00bb00cc00dd");
	rig_ack(&r, e, IPV6CP);
	assert_true(e->is_up6 && e->is_up);
	rig_forget(e);
}

static void it_closes_alone_and_comes_again(void **state)
{
	(void)state;
	open_both();
	rig_packet(&r, e, IPV6CP, 5, 2, "");
	assert_true(rig_sent(e, IPV6CP, 6));
	assert_int_equal(e->down6s, 1);
	assert_true(e->is_up);
	rig_wait(&r, e, 10000);
	assert_true(rig_noted(e, "IPV6CP: ended by the peer"));
	rig_forget(e);
	rig_packet(&r, e, IPV6CP, 1, 3, "010a 00aa00bb00cc00dd");
	rig_ack(&r, e, IPV6CP);
	assert_true(e->is_up6);
	assert_int_equal(e->up6s, 2);
	rig_packet(&r, e, IPV6CP, 1, 4, "010a 00aa00bb00cc00dd"); /* renegotiated while open */
	assert_false(e->is_up6);
	rig_ack(&r, e, IPV6CP);
	assert_true(e->is_up6);
	assert_int_equal(e->suspends, 0);
	stays_up();
}

static void it_stands_through_ipcps_renegotiation(void **state)
{
	(void)state;
	open_both();
	rig_packet(&r, e, IPCP, 1, 5, "0306 0a000042");
	assert_int_equal(e->suspends, 1);
	assert_true(e->is_up6);
	rig_ack(&r, e, IPCP);
	assert_true(e->is_up && e->is_up6);
	assert_int_equal(e->down6s, 0);
	stays_up();
}

static void lcp_takes_it_down_and_up_again(void **state)
{
	(void)state;
	open_both();
	rig_packet(&r, e, LCP, 1, 9, "0506 11223344");
	assert_int_equal(e->down6s, 1);
	assert_int_equal(e->suspends, 1);
	rig_packet(&r, e, IPV6CP, 1, 1, "010a 00aa00bb00cc00dd");
	assert_int_equal(ppp_drops(e->p, PPP_DROP_EARLY), 1);
	rig_ack(&r, e, LCP);
	rig_packet(&r, e, 0xc023, 1, 8, "04 55736572 0a 636c69656e7450617373");
	rig_answer_auth(&r, e);
	rig_drain(&r, e);
	rig_forget(e);
	rig_packet(&r, e, IPV6CP, 1, 2, "010a 0000000000000007");
	give_network(LOCAL_IID, 7); /* another user, another identifier */
	rig_ack(&r, e, IPV6CP);
	assert_true(e->is_up6);
	assert_true(e->up6.peer_iid == 7);
	rig_packet(&r, e, LCP, 5, 3, "");
	assert_int_equal(e->down6s, 2);
	rig_wait(&r, e, 10000);
	assert_string_equal(e->reason, "peer-terminated");
	rig_free(&r);
}

static void a_peer_without_it(void **state)
{
	(void)state;
	open_both();
	rig_packet(&r, e, LCP, 8, 1, "8057 0101000e010a0000000000000001");
	assert_int_equal(e->down6s, 1);
	assert_true(rig_noted(e, "does not speak protocol 8057"));
	stays_up();

	/* ... that begins and then says nothing more: no timer is left running */
	bring_up(0, 0);
	unsigned before = e->frames_sent;
	rig_packet(&r, e, IPV6CP, 1, 1, "");
	rig_wait(&r, e, 60000);
	assert_int_equal(timerq_next_ms(&r.timers), TIMER_NEVER);
	assert_int_equal(e->frames_sent - before, 11); /* ten requests and a Nak */
	rig_forget(e);
	stays_up();

	/* ... that rejects our identifier */
	bring_up(LOCAL_IID, PEER_IID);
	rig_packet(&r, e, IPV6CP, 1, 1, "010a 00aa00bb00cc00dd");
	struct rig_frame f = rig_find(e, IPV6CP, 1);
	f.b[2] = 4;
	rig_bytes(&r, e, f.b, f.len);
	assert_true(rig_noted(e, "no agreement on interface identifiers"));
	assert_int_equal(e->up6s, 0);
	rig_forget(e);
	stays_up();
}

static void without_ipv6_it_is_a_protocol_reject(void **state)
{
	struct ppp_config c;
	struct rig_frame f;

	(void)state;
	rig_init(&r);
	c = rig_config(&r, e, PPP_SERVER, PPP_AUTH_PAP);
	rig_end(&r, e, &c);
	rig_open_lcp(&r, e);
	rig_packet(&r, e, 0xc023, 1, 7, "04 55736572 0a 636c69656e7450617373");
	open_ipcp();
	rig_packet(&r, e, IPV6CP, 1, 1, "010a 00aa00bb00cc00dd");
	f = rig_take(e);
	assert_memory_equal(f.b + 6, "\x80\x57\x01\x01\x00\x0e\x01\x0a", 8);
	assert_true(rig_noted(e, "refused IPV6CP"));
	assert_string_equal(state_of(e), "Initial");
	rig_forget(e);
	stays_up();
}

/* It negotiates for ever: it ends, the link does not. */
static void negotiation_without_end_ends_it_alone(void **state)
{
	(void)state;
	bring_up(LOCAL_IID, 0);
	for (unsigned i = 0; i < 200; i++) {
		rig_packet(&r, e, IPV6CP, 1, i, i & 1 ? "0204 004f" : "010a 00aa00bb00cc00dd");
		rig_forget(e);
	}
	assert_int_equal(e->up6s, 0);
	assert_true(rig_noted(e, "ipv6cp-closed"));
	rig_wait(&r, e, 20000);
	rig_forget(e);
	stays_up();

	bring_up(LOCAL_IID, 0);
	for (unsigned i = 0; i < 60; i++) {
		rig_packet(&r, e, IPV6CP, 1, i, "010a 00aa00bb00cc00dd");
		if (rig_sent(e, IPV6CP, 1))
			rig_ack(&r, e, IPV6CP);
		rig_forget(e);
	}
	assert_true(e->up6s > 10 && e->up6s < 20);
	assert_false(e->is_up6);
	rig_wait(&r, e, 20000);
	rig_forget(e);
	stays_up();
}

/* A peer that renegotiates now and then, for days, is no loop. */
static void days_of_renegotiation(void **state)
{
	(void)state;
	open_both();
	for (unsigned i = 0; i < 100; i++) {
		rig_wait(&r, e, 3600000);
		rig_packet(&r, e, IPV6CP, 1, i, "010a 00aa00bb00cc00dd");
		rig_ack(&r, e, IPV6CP);
		rig_packet(&r, e, IPCP, 1, i, "0306 0a000042");
		rig_ack(&r, e, IPCP);
		rig_forget(e);
		assert_true(e->is_up6 && e->is_up);
	}
	stays_up();
}

/* ---- the client's side ---- */

static void start_pair(uint64_t local_iid, uint64_t peer_iid, bool server_ipv6)
{
	struct ppp_config s, c;

	rig_init(&r);
	s = rig_config(&r, e, PPP_SERVER, PPP_AUTH_MSCHAP2);
	c = rig_config(&r, &r.client, PPP_CLIENT, PPP_AUTH_MSCHAP2);
	s.ipv6 = server_ipv6;
	c.ipv6 = true;
	rig_end(&r, e, &s);
	rig_end(&r, &r.client, &c);
	e->network.local_iid = local_iid;
	e->network.peer_iid = peer_iid;
	ppp_open(e->p, r.now_ms);
	ppp_open(r.client.p, r.now_ms);
}

static void both_up6(void)
{
	assert_true(e->is_up6 && r.client.is_up6 && e->is_up && r.client.is_up);
	assert_true(e->up6.local_iid == r.client.up6.peer_iid);
	assert_true(e->up6.peer_iid == r.client.up6.local_iid);
	assert_true(e->up6.peer_iid != e->up6.local_iid && e->up6.peer_iid && e->up6.local_iid);
}

static void client_and_server_agree(void **state)
{
	(void)state;
	start_pair(0, 0, true);
	rig_run(&r, 10000);
	both_up6();
	rig_free(&r);
	start_pair(LOCAL_IID, PEER_IID, true);
	rig_run(&r, 10000);
	both_up6();
	assert_true(r.client.up6.local_iid == PEER_IID && r.client.up6.peer_iid == LOCAL_IID);
	rig_free(&r);
	start_pair(0, 0, false);
	rig_run(&r, 60000);
	assert_true(r.client.is_up && !r.client.is_up6);
	assert_int_equal(r.client.downs, 0);
	rig_free(&r);
}

static void any_loss_and_any_copy_heals(void **state)
{
	unsigned n;

	(void)state;
	start_pair(LOCAL_IID, PEER_IID, true);
	rig_run(&r, 10000);
	n = r.carried;
	rig_free(&r);
	assert_true(n > 15);
	for (unsigned k = 0; k < 2 * n; k++) {
		start_pair(LOCAL_IID, PEER_IID, true);
		if (k < n)
			r.lose = (int)k;
		else
			r.twice = (int)(k - n);
		rig_run(&r, 30000);
		both_up6();
		rig_free(&r);
	}
}

static void client_takes_no_nonsense(void **state)
{
	struct ppp_config c;
	struct end *k = &r.client;
	struct rig_frame f;
	uint64_t first;

	(void)state;
	rig_init(&r);
	c = rig_config(&r, k, PPP_CLIENT, 0);
	c.ipv6 = true;
	rig_end(&r, k, &c);
	rig_open_lcp(&r, k);
	f = rig_find(k, IPV6CP, 1);
	first = iid_of(&f);
	assert_true(first != 0);
	rig_packet(&r, k, IPV6CP, 1, 1, "010a 0000000000000005");
	assert_true(rig_sent(k, IPV6CP, 2));
	rig_packet(&r, k, IPV6CP, 3, f.b[3], "010a 0000000000000000");
	f = rig_find(k, IPV6CP, 1);
	assert_true(iid_of(&f) != 0 && iid_of(&f) != 5);
	rig_packet(&r, k, IPV6CP, 3, f.b[3], "010a 0000000000000005"); /* the server's own */
	f = rig_find(k, IPV6CP, 1);
	assert_true(iid_of(&f) != 0 && iid_of(&f) != 5);
	rig_packet(&r, k, IPV6CP, 3, f.b[3], "010a 0000000000000006");
	f = rig_find(k, IPV6CP, 1);
	assert_true(iid_of(&f) == 6);
	f.b[2] = 2;
	rig_bytes(&r, k, f.b, f.len);
	assert_true(k->up6.local_iid == 6 && k->up6.peer_iid == 5);
	rig_free(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(windows_proposes_and_gets_its_own),
		cmocka_unit_test(zero_and_ours_get_a_suggestion),
		cmocka_unit_test(an_assigned_identifier_is_the_only_one),
		cmocka_unit_test(who_insists_goes_without),
		cmocka_unit_test(it_may_come_before_ipcp_and_before_the_network),
		cmocka_unit_test(it_closes_alone_and_comes_again),
		cmocka_unit_test(it_stands_through_ipcps_renegotiation),
		cmocka_unit_test(lcp_takes_it_down_and_up_again),
		cmocka_unit_test(a_peer_without_it),
		cmocka_unit_test(without_ipv6_it_is_a_protocol_reject),
		cmocka_unit_test(negotiation_without_end_ends_it_alone),
		cmocka_unit_test(days_of_renegotiation),
		cmocka_unit_test(client_and_server_agree),
		cmocka_unit_test(any_loss_and_any_copy_heals),
		cmocka_unit_test(client_takes_no_nonsense),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
