/* IPCP, and what a link costs: addresses given and insisted on, name servers, requests
 * that come early, renegotiation, memory. */
#include <malloc.h>

#include "test_rig.h"

#define LCP  0xc021
#define IPCP 0x8021

static struct rig r;
static struct end *const e = &r.server;

/* Authenticated by PAP; PPP_ACT_NETWORK is not answered yet. */
static void authenticated(void)
{
	struct ppp_config c;

	rig_init(&r);
	c = rig_config(&r, e, PPP_SERVER, PPP_AUTH_PAP);
	rig_end(&r, e, &c);
	e->by_hand = true;
	rig_open_lcp(&r, e);
	rig_packet(&r, e, 0xc023, 1, 7, "04 55736572 0a 636c69656e7450617373");
	rig_answer_auth(&r, e);
	rig_drain(&r, e);
	assert_int_equal(e->networks, 1);
	rig_forget(e);
}

static void give_network(void)
{
	ppp_set_network(e->p, r.now_ms, &e->network);
	rig_drain(&r, e);
}

static void up(void)
{
	authenticated();
	give_network();
	rig_ack(&r, e, IPCP);
	rig_packet(&r, e, IPCP, 1, 1, "0306 0a000042");
	assert_true(e->is_up);
	rig_forget(e);
}

/* H-24: whatever it asks for, it gets its own or nothing. */
static void another_address_is_never_acknowledged(void **state)
{
	static const char *const wishes[] = {"0306 00000000", "0306 0a000001", "0306 0a000043",
					     "0306 ffffffff", "0306 7f000001", "0306 0a0000ff"};

	(void)state;
	authenticated();
	give_network();
	rig_ack(&r, e, IPCP);
	for (unsigned i = 0; i < 5; i++) {
		rig_packet(&r, e, IPCP, 1, i, wishes[i]);
		struct rig_frame f = rig_take(e);

		assert_int_equal(f.b[3], i);
		f.b[3] = 0;
		rig_assert_hex(&f, "8021 03 00 000a 0306 0a000042");
	}
	rig_packet(&r, e, IPCP, 1, 9, wishes[5]);
	struct rig_frame f = rig_take(e);
	rig_assert_hex(&f, "8021 04 09 000a 0306 0a0000ff");
	assert_true(rig_sent(e, LCP, 5));
	assert_int_equal(e->ups, 0);
	rig_wait(&r, e, 7000);
	assert_string_equal(e->reason, "ipcp-refused");
	rig_free(&r);
}

static void an_address_left_out_is_not_let_pass(void **state)
{
	(void)state;
	authenticated();
	give_network();
	rig_ack(&r, e, IPCP);
	for (unsigned i = 0; i < 5; i++) {
		rig_packet(&r, e, IPCP, 1, i, "");
		assert_int_equal(rig_take(e).b[2], 3);
	}
	rig_packet(&r, e, IPCP, 1, 9, "");
	assert_int_equal(e->ups, 0);
	rig_wait(&r, e, 7000);
	assert_string_equal(e->reason, "ipcp-refused");
	rig_free(&r);
}

static void name_servers(void **state)
{
	(void)state;
	authenticated();
	e->network.dns[1] = 0;
	e->network.wins[0] = 0;
	give_network();
	rig_ack(&r, e, IPCP);
	rig_packet(&r, e, IPCP, 1, 1,
		   "0106 0a000001 0306 0a000042 8106 01010101 8206 00000000 8306 01010101 8406"
		   "00000000 9004 0000");
	struct rig_frame f = rig_take(e);
	rig_assert_hex(&f, "8021 04 01 0020 0106 0a000001 8206 00000000 8306 01010101 8406"
			   "00000000 9004 0000");
	for (unsigned i = 0; i < 5; i++) { /* insists on its own server */
		rig_packet(&r, e, IPCP, 1, 2, "0306 0a000042 8106 01010101");
		f = rig_take(e);
		rig_assert_hex(&f, "8021 03 02 000a 8106 08080808");
	}
	rig_packet(&r, e, IPCP, 1, 3, "0306 0a000042 8106 01010101");
	f = rig_take(e);
	rig_assert_hex(&f, "8021 04 03 000a 8106 01010101");
	rig_packet(&r, e, IPCP, 1, 4, "0306 0a000042");
	assert_true(e->is_up);
	assert_int_equal(e->up.dns[0], 0x08080808);
	assert_int_equal(e->up.dns[1], 0);
	rig_free(&r);
}

static void wrong_option_lengths(void **state)
{
	(void)state;
	authenticated();
	give_network();
	rig_forget(e);
	rig_packet(&r, e, IPCP, 1, 1, "0305 0a0000");
	struct rig_frame f = rig_take(e);
	rig_assert_hex(&f, "8021 03 01 000a 0306 0a000042");
	rig_packet(&r, e, IPCP, 1, 2, "0306 0a000042 8103 01");
	f = rig_take(e);
	rig_assert_hex(&f, "8021 03 02 000a 8106 08080808");
	rig_packet(&r, e, IPCP, 1, 3, "0307 0a000042");
	assert_int_equal(e->n_out, 0);
	assert_int_equal(ppp_drops(e->p, PPP_DROP_OPTION), 1);
	rig_free(&r);
}

static void the_newest_early_request_is_answered_at_once(void **state)
{
	(void)state;
	authenticated();
	rig_packet(&r, e, IPCP, 1, 1, "0306 00000000");
	rig_packet(&r, e, IPCP, 1, 2, "0306 00000000 8106 00000000");
	assert_int_equal(e->n_out, 0);
	give_network();
	struct rig_frame f = rig_find(e, IPCP, 3);
	rig_assert_hex(&f, "8021 03 02 0010 0306 0a000042 8106 08080808");
	assert_int_equal(e->n_out, 0);
	/* a second answer is nobody's */
	e->network.peer_ip = 0x0a000099;
	give_network();
	rig_packet(&r, e, IPCP, 1, 3, "0306 0a000099");
	assert_int_equal(rig_take(e).b[2], 3);
	rig_free(&r);

	authenticated(); /* one that is too long to be kept comes again */
	char body[400] = "";
	for (unsigned i = 0; i < 30; i++)
		strcat(body, "90040000");
	rig_packet(&r, e, IPCP, 1, 1, body);
	assert_int_equal(ppp_drops(e->p, PPP_DROP_STATE), 1);
	rig_free(&r);
}

static void our_address_may_be_refused(void **state)
{
	(void)state;
	authenticated();
	give_network();
	struct rig_frame f = rig_take(e);
	assert_memory_equal(f.b + 6, "\x03\x06\x0a\x00\x00\x01", 6);
	rig_packet(&r, e, IPCP, 3, f.b[3], "0306 01020304"); /* another one: ours stays */
	f = rig_take(e);
	assert_memory_equal(f.b + 6, "\x03\x06\x0a\x00\x00\x01", 6);
	rig_packet(&r, e, IPCP, 4, f.b[3], "0306 0a000001"); /* none: it is not said */
	f = rig_take(e);
	assert_int_equal(f.len, 6);
	rig_packet(&r, e, IPCP, 2, f.b[3], "");
	rig_packet(&r, e, IPCP, 1, 1, "0306 0a000042");
	assert_true(e->is_up);
	assert_int_equal(e->up.local_ip, 0x0a000001);
	rig_free(&r);
}

static void silence_and_the_end(void **state)
{
	(void)state;
	authenticated();
	give_network();
	rig_wait(&r, e, 37000);
	assert_string_equal(e->reason, "ipcp-timeout");
	rig_free(&r);

	up();
	rig_packet(&r, e, IPCP, 5, 3, "");
	struct rig_frame f = rig_take(e);
	rig_assert_hex(&f, "8021 06 03 0004");
	assert_int_equal(e->suspends, 1);
	rig_wait(&r, e, 12000);
	assert_string_equal(e->reason, "peer-terminated");
	rig_free(&r);

	authenticated();
	ppp_close(e->p, r.now_ms, "no-address");
	rig_drain(&r, e);
	give_network(); /* too late */
	assert_false(rig_sent(e, IPCP, 1));
	rig_wait(&r, e, 7000);
	assert_string_equal(e->reason, "no-address");
	rig_free(&r);

	authenticated();
	e->network.peer_ip = 0;
	give_network();
	rig_wait(&r, e, 7000);
	assert_string_equal(e->reason, "no-address");
	assert_int_equal(e->ups, 0);
	rig_free(&r);
}

static void ipcp_may_be_negotiated_again(void **state)
{
	(void)state;
	up();
	rig_packet(&r, e, IPCP, 1, 5, "0306 0a000042");
	assert_int_equal(e->suspends, 1);
	assert_false(e->is_up);
	rig_ack(&r, e, IPCP);
	assert_true(e->is_up);
	assert_int_equal(e->ups, 2);
	assert_int_equal(e->auths, 1);
	for (unsigned i = 0; i < 40 && !rig_noted(e, "ipcp-refused"); i++) {
		rig_packet(&r, e, IPCP, 1, 6 + i, "0306 0a000042");
		if (rig_sent(e, IPCP, 1))
			rig_ack(&r, e, IPCP);
	}
	rig_wait(&r, e, 7000);
	assert_string_equal(e->reason, "ipcp-refused");
	rig_free(&r);
}

/* An address found for the first user is not given to the second. */
static void a_late_network_is_not_for_the_next_user(void **state)
{
	(void)state;
	authenticated();
	rig_packet(&r, e, LCP, 1, 2, "0506 11223344");
	rig_ack(&r, e, LCP);
	rig_packet(&r, e, 0xc023, 1, 8, "04 55736572 0a 636c69656e7450617373");
	rig_answer_auth(&r, e);
	rig_drain(&r, e);
	assert_int_equal(e->networks, 1);
	rig_forget(e);
	give_network();
	assert_int_equal(e->networks, 2);
	assert_int_equal(e->n_out, 0);
	e->network.peer_ip = 0x0a000077;
	give_network();
	rig_packet(&r, e, IPCP, 1, 1, "0306 00000000");
	struct rig_frame f = rig_find(e, IPCP, 3);
	assert_memory_equal(f.b + 6, "\x03\x06\x0a\x00\x00\x77", 6);
	rig_free(&r);
}

static struct end *client(void)
{
	struct end *c = &r.client;
	struct ppp_config cfg;

	rig_init(&r);
	cfg = rig_config(&r, c, PPP_CLIENT, PPP_AUTH_PAP);
	rig_end(&r, c, &cfg);
	ppp_open(c->p, r.now_ms);
	rig_drain(&r, c);
	rig_ack(&r, c, LCP);
	rig_packet(&r, c, LCP, 1, 1, "0506 11223344"); /* demands no authentication */
	return c;
}

static void client_takes_what_it_is_given(void **state)
{
	struct end *c = client();
	struct rig_frame f = rig_find(c, IPCP, 1);

	(void)state;
	assert_memory_equal(f.b + 6,
			    "\x03\x06\0\0\0\0\x81\x06\0\0\0\0\x82\x06\0\0\0\0\x83\x06\0\0\0\0\x84",
			    25);
	rig_packet(&r, c, IPCP, 4, f.b[3], "8206 00000000 8406 00000000");
	f = rig_take(c);
	assert_int_equal(f.len, 6 + 18);
	rig_packet(&r, c, IPCP, 3, f.b[3], "0306 c0a80109 8106 c0a80101");
	f = rig_take(c);
	f.b[2] = 2;
	rig_bytes(&r, c, f.b, f.len);
	rig_packet(&r, c, IPCP, 1, 1, "0306 c0a80101");
	assert_true(c->is_up);
	assert_int_equal(c->up.local_ip, 0xc0a80109);
	assert_int_equal(c->up.peer_ip, 0xc0a80101);
	assert_int_equal(c->up.dns[0], 0xc0a80101);
	rig_free(&r);
}

static void client_without_an_address_ends(void **state)
{
	struct end *c = client();

	(void)state;
	rig_ack(&r, c, IPCP); /* "0.0.0.0 is fine" */
	rig_packet(&r, c, IPCP, 1, 1, "0306 c0a80101");
	assert_int_equal(c->ups, 0);
	rig_wait(&r, c, 7000);
	assert_string_equal(c->reason, "ipcp-refused");
	rig_free(&r);
}

static void a_link_costs_one_page(void **state)
{
	struct ppp_config c;
	char name[PPP_NAME_MAX + 1];
	size_t before;

	(void)state;
	rig_init(&r);
	memset(name, 'n', sizeof(name) - 1);
	name[PPP_NAME_MAX] = '\0';
	c = rig_config(&r, e, PPP_SERVER, PPP_AUTH_PAP);
	c.name = name;
	rig_end(&r, e, &c);
	assert_true(malloc_usable_size(e->p) <= 4096);
	before = malloc_usable_size(e->p);
	rig_open_lcp(&r, e);
	assert_int_equal(malloc_usable_size(e->p), before);
	rig_free(&r);

	uint8_t password[256] = {1};
	rig_init(&r);
	c = rig_config(&r, &r.client, PPP_CLIENT, PPP_AUTH_PAP);
	c.password = (struct bytes){password, 256};
	assert_null(ppp_new(&c));
}

/* No address is left: the refusal comes in IPCP, then the link ends. */
static void no_network_is_refused_in_ipcp(void **state)
{
	struct rig_frame f;

	(void)state;
	authenticated();
	ppp_close(e->p, r.now_ms, "no-address");
	rig_drain(&r, e);
	f = rig_take(e);
	assert_int_equal(f.b[0] << 8 | f.b[1], IPCP);
	assert_int_equal(f.b[2], 5);
	assert_memory_equal(f.b + 6, "no-address", 10);
	f = rig_take(e);
	assert_int_equal(f.b[0] << 8 | f.b[1], LCP);
	assert_int_equal(f.b[2], 5);
	rig_free(&r);
	up();
	ppp_close(e->p, r.now_ms, "admin");
	rig_drain(&r, e);
	f = rig_take(e);
	assert_int_equal(f.b[0] << 8 | f.b[1], LCP);
	rig_free(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(another_address_is_never_acknowledged),
		cmocka_unit_test(an_address_left_out_is_not_let_pass),
		cmocka_unit_test(name_servers),
		cmocka_unit_test(wrong_option_lengths),
		cmocka_unit_test(the_newest_early_request_is_answered_at_once),
		cmocka_unit_test(our_address_may_be_refused),
		cmocka_unit_test(silence_and_the_end),
		cmocka_unit_test(ipcp_may_be_negotiated_again),
		cmocka_unit_test(a_late_network_is_not_for_the_next_user),
		cmocka_unit_test(client_takes_what_it_is_given),
		cmocka_unit_test(client_without_an_address_ends),
		cmocka_unit_test(no_network_is_refused_in_ipcp),
		cmocka_unit_test(a_link_costs_one_page),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
