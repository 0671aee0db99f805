/* LCP of a server until it is open: options, methods, loops, malformed requests. */
#include "test_rig.h"

#define LCP 0xc021

static struct rig r;
static struct end *const e = &r.server;

static void new_server(unsigned auth)
{
	struct ppp_config c;

	rig_init(&r);
	c = rig_config(&r, e, PPP_SERVER, auth);
	rig_end(&r, e, &c);
}

static void start(unsigned auth)
{
	new_server(auth);
	ppp_open(e->p, r.now_ms);
	rig_drain(&r, e);
}

static void own_request_says_what_we_want(void **state)
{
	struct rig_frame f;

	(void)state;
	start(PPP_AUTH_MSCHAP2);
	f = rig_take(e);
	assert_int_equal(f.len, 2 + 4 + 4 + 5 + 6 + 2 + 2);
	assert_memory_equal(f.b + 6, "\x01\x04\x05\x78\x03\x05\xc2\x23\x81\x05\x06", 11);
	assert_memory_equal(f.b + 21, "\x07\x02\x08\x02", 4);
	/* rejected options go, the rest is asked again with a new identifier */
	rig_packet(&r, e, LCP, 4, f.b[3], "0104 0578 0702 0802");
	uint8_t old_id = f.b[3];
	f = rig_take(e);
	assert_int_not_equal(f.b[3], old_id);
	assert_int_equal(f.len, 2 + 4 + 5 + 6);
	rig_packet(&r, e, LCP, 2, old_id, "");
	assert_int_equal(ppp_drops(e->p, PPP_DROP_ID), 1);
	assert_int_equal(e->n_out, 0);
	rig_free(&r);
}

/* An Ack that took longer than the restart timer still counts. */
static void a_late_ack_counts(void **state)
{
	struct rig_frame f;

	(void)state;
	start(PPP_AUTH_MSCHAP2);
	f = rig_take(e);
	rig_wait(&r, e, 3000);
	struct rig_frame again = rig_take(e);
	assert_int_equal(again.len, f.len);
	assert_memory_equal(again.b, f.b, f.len);
	f.b[2] = 2;
	rig_bytes(&r, e, f.b, f.len);
	rig_packet(&r, e, LCP, 1, 1, "0506 11223344");
	assert_true(rig_sent(e, 0xc223, 1));
	rig_free(&r);
}

static void mru_is_bounded_both_ways(void **state)
{
	struct rig_frame f;

	(void)state;
	start(PPP_AUTH_MSCHAP2);
	f = rig_take(e);
	rig_packet(&r, e, LCP, 1, 1, "0104 0040");
	struct rig_frame g = rig_take(e);
	rig_assert_hex(&g, "c021 03 01 0008 0104 0240");
	rig_packet(&r, e, LCP, 1, 2, "0104 ffff");
	g = rig_take(e);
	assert_int_equal(g.b[2], 2);
	rig_packet(&r, e, LCP, 1, 3, "0103 05"); /* wrong length */
	g = rig_take(e);
	rig_assert_hex(&g, "c021 03 03 0008 0104 0240");
	/* the peer's proposals for ours: smaller is taken, larger and tiny are not */
	rig_packet(&r, e, LCP, 3, f.b[3], "0104 05dc");
	f = rig_take(e);
	assert_memory_equal(f.b + 6, "\x01\x04\x05\x78", 4);
	rig_packet(&r, e, LCP, 3, f.b[3], "0104 0100");
	f = rig_take(e);
	assert_memory_equal(f.b + 6, "\x01\x04\x05\x78", 4);
	rig_packet(&r, e, LCP, 3, f.b[3], "0104 0514");
	f = rig_take(e);
	assert_memory_equal(f.b + 6, "\x01\x04\x05\x14", 4);
	rig_free(&r);
}

/* Max-Failure: after five Naks the same wish is rejected. */
static void naks_turn_into_a_reject(void **state)
{
	(void)state;
	start(PPP_AUTH_MSCHAP2);
	rig_forget(e);
	for (unsigned i = 0; i < 5; i++) {
		rig_packet(&r, e, LCP, 1, i, "0104 0040");
		assert_int_equal(rig_take(e).b[2], 3);
	}
	rig_packet(&r, e, LCP, 1, 9, "0104 0040");
	struct rig_frame f = rig_take(e);
	rig_assert_hex(&f, "c021 04 09 0008 0104 0040");
	rig_free(&r);
}

static void malformed_requests_are_counted_and_dropped(void **state)
{
	static const char *const bad[] = {
		"c021 01 01 0008 0100 0578",
		"c021 01 01 0006 0101",
		"c021 01 01 0007 0104 05",
		"c021 01 01 0005 07",
		"c021 01 01 0010 0702",
		"c021 01 01 0003",
		"c021 01 01 0000",
		"c021 01",
		"c021",
		"c0",
		"ff03",
		"",
	};

	(void)state;
	start(PPP_AUTH_MSCHAP2);
	rig_forget(e);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		rig_hex(&r, e, bad[i]);
	assert_int_equal(e->n_out, 0);
	assert_int_equal(ppp_drops(e->p, PPP_DROP_OPTION), 4);
	assert_int_equal(ppp_drops(e->p, PPP_DROP_SHORT), 8);
	rig_hex(&r, e, "c021 01 01 0006 0702 ffff"); /* padding is no option */
	struct rig_frame f = rig_take(e);
	rig_assert_hex(&f, "c021 02 01 0006 0702");
	rig_free(&r);
}

static void no_authentication_means_no_link(void **state)
{
	(void)state;
	start(PPP_AUTH_MSCHAP2 | PPP_AUTH_PAP);
	struct rig_frame f = rig_take(e);
	rig_packet(&r, e, LCP, 4, f.b[3], "0305 c22381");
	assert_true(rig_sent(e, LCP, 5));
	rig_wait(&r, e, 7000);
	assert_string_equal(e->reason, "auth-refused");
	assert_true(rig_noted(e, "peer refuses to authenticate, MS-CHAPv2 was asked"));
	rig_free(&r);
}

static void a_method_outside_the_set_ends_it(void **state)
{
	static const char *const wishes[] = {"0304 c227", "0305 c22305", "0305 c22380", "0304 c023",
					     "0304 c027", "0302",        "0304 c223"};
	static const char *const told[] = {"EAP",
					   "CHAP",
					   "MS-CHAPv1",
					   "PAP",
					   "SPAP",
					   "an unknown authentication protocol",
					   "an unknown authentication protocol"};

	(void)state;
	for (size_t i = 0; i < sizeof(wishes) / sizeof(wishes[0]); i++) {
		char text[128];

		start(PPP_AUTH_MSCHAP2);
		struct rig_frame f = rig_take(e);
		rig_packet(&r, e, LCP, 3, f.b[3], wishes[i]);
		rig_wait(&r, e, 7000);
		assert_string_equal(e->reason, "auth-refused");
		snprintf(text, sizeof(text), "peer wants %s instead of MS-CHAPv2", told[i]);
		assert_true(rig_noted(e, text));
		rig_free(&r);
	}
}

/* v2 -> PAP -> v2 again would go round for ever: what the peer refused stays refused. */
static void a_method_refused_once_is_not_offered_again(void **state)
{
	(void)state;
	start(PPP_AUTH_MSCHAP2 | PPP_AUTH_PAP);
	struct rig_frame f = rig_take(e);
	rig_packet(&r, e, LCP, 3, f.b[3], "0304 c023");
	f = rig_take(e);
	rig_packet(&r, e, LCP, 3, f.b[3], "0305 c22381");
	rig_wait(&r, e, 7000);
	assert_string_equal(e->reason, "auth-refused");
	rig_free(&r);
}

static void a_client_may_not_ask_us_to_authenticate(void **state)
{
	(void)state;
	start(PPP_AUTH_MSCHAP2);
	rig_forget(e);
	rig_packet(&r, e, LCP, 1, 1, "0304 c023");
	struct rig_frame f = rig_take(e);
	rig_assert_hex(&f, "c021 04 01 0008 0304 c023");
	rig_free(&r);
}

static void a_looped_link_ends(void **state)
{
	(void)state;
	start(PPP_AUTH_MSCHAP2);
	for (unsigned i = 0; i < 100 && e->n_out; i++) {
		struct rig_frame f = rig_take(e);

		rig_bytes(&r, e, f.b, f.len);
	}
	rig_wait(&r, e, 7000);
	assert_string_equal(e->reason, "lcp-loopback");
	assert_true(e->frames_sent < 40);
	rig_free(&r);
}

static void an_open_link_that_loops_ends(void **state)
{
	struct rig_frame req;
	char hex[64];

	(void)state;
	new_server(PPP_AUTH_PAP);
	ppp_open(e->p, r.now_ms);
	rig_drain(&r, e);
	req = e->out[0];
	rig_forget(e);
	ppp_free(e->p);
	rig_free(&(struct rig){0});
	new_server(PPP_AUTH_PAP);
	rig_open_lcp(&r, e);
	/* our magic number stands behind MRU and PAP */
	snprintf(hex, sizeof(hex), "%02x%02x%02x%02x", req.b[16], req.b[17], req.b[18], req.b[19]);
	rig_forget(e);
	for (unsigned i = 0; i < 5; i++)
		rig_packet(&r, e, LCP, 9, i, hex);
	assert_false(rig_sent(e, LCP, 10));
	rig_wait(&r, e, 7000);
	assert_string_equal(e->reason, "lcp-loopback");
	assert_int_equal(ppp_drops(e->p, PPP_DROP_LOOPED), 5);
	rig_free(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(own_request_says_what_we_want),
		cmocka_unit_test(a_late_ack_counts),
		cmocka_unit_test(mru_is_bounded_both_ways),
		cmocka_unit_test(naks_turn_into_a_reject),
		cmocka_unit_test(malformed_requests_are_counted_and_dropped),
		cmocka_unit_test(no_authentication_means_no_link),
		cmocka_unit_test(a_method_outside_the_set_ends_it),
		cmocka_unit_test(a_method_refused_once_is_not_offered_again),
		cmocka_unit_test(a_client_may_not_ask_us_to_authenticate),
		cmocka_unit_test(a_looped_link_ends),
		cmocka_unit_test(an_open_link_that_loops_ends),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
