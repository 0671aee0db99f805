/* What clients do beside the straight way: MRU of every size, packets that are to be taken in
 * silence, renegotiation after opening, storms of what is not spoken. */
#include "test_rig.h"

#define LCP  0xc021
#define PAP  0xc023
#define CHAP 0xc223
#define IPCP 0x8021

static struct rig r;
static struct end *const e = &r.server;

static void start(unsigned auth)
{
	struct ppp_config c;

	rig_init(&r);
	c = rig_config(&r, e, PPP_SERVER, auth);
	rig_end(&r, e, &c);
	ppp_open(e->p, r.now_ms);
	rig_drain(&r, e);
}

static void authenticate(unsigned id)
{
	rig_packet(&r, e, PAP, 1, id, "04 55736572 0a 636c69656e7450617373");
}

static void open_ipcp(void)
{
	rig_ack(&r, e, IPCP);
	rig_packet(&r, e, IPCP, 1, 1, "0306 0a000042");
	assert_true(e->is_up);
	rig_forget(e);
}

static void bring_up(const char *lcp_options)
{
	start(PPP_AUTH_PAP);
	rig_ack(&r, e, LCP);
	rig_packet(&r, e, LCP, 1, 1, lcp_options);
	authenticate(7);
	open_ipcp();
}

static void every_mru_from_576_is_taken(void **state)
{
	static const unsigned sizes[] = {576,  1000, 1270, 1280, 1400, 1410,
					 1450, 1492, 1500, 1501, 9000, 65535};

	(void)state;
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		char hex[32];

		snprintf(hex, sizeof(hex), "0104 %04x 0506 11223344", sizes[i]);
		bring_up(hex);
		assert_int_equal(e->up.peer_mru, sizes[i]);
		/* what we send stays within our own frames, whatever the peer would take */
		rig_packet(&r, e, LCP, 0x55, 1, "00");
		assert_true(rig_take(e).len <= PPP_FRAME_MAX);
		rig_free(&r);
	}
}

/* RFC 1570: Identification and Time-Remaining may come in every state. */
static void say_what_needs_no_answer(void)
{
	unsigned sent = e->frames_sent;

	rig_packet(&r, e, LCP, 12, 1, "00000000 4d5352415356352e3230");
	rig_packet(&r, e, LCP, 12, 2, "00000000 4d535241532d302d5043"); /* MSRAS-0-PC */
	rig_packet(&r, e, LCP, 12, 3, "00000000 00ff1122334455667788990011223344");
	rig_packet(&r, e, LCP, 12, 4, ""); /* even without its magic number */
	rig_packet(&r, e, LCP, 13, 5, "00000000 00000e10");
	rig_packet(&r, e, LCP, 13, 6, "");
	assert_int_equal(e->frames_sent, sent);
	assert_int_equal(e->downs, 0);
}

static void identification_is_taken_in_every_state(void **state)
{
	(void)state;
	start(PPP_AUTH_PAP);
	say_what_needs_no_answer(); /* Req-Sent */
	rig_packet(&r, e, LCP, 1, 1, "0506 11223344");
	say_what_needs_no_answer(); /* Ack-Sent */
	rig_ack(&r, e, LCP);
	say_what_needs_no_answer(); /* Opened: authentication */
	authenticate(1);
	say_what_needs_no_answer(); /* network */
	open_ipcp();
	say_what_needs_no_answer();
	rig_packet(&r, e, LCP, 1, 2, "0506 11223344");
	say_what_needs_no_answer(); /* renegotiating */
	ppp_close(e->p, r.now_ms, "admin");
	rig_drain(&r, e);
	say_what_needs_no_answer(); /* Closing */
	rig_wait(&r, e, 10000);
	assert_string_equal(e->reason, "admin");
	rig_free(&r);

	start(PPP_AUTH_PAP);
	rig_ack(&r, e, LCP);
	say_what_needs_no_answer(); /* Ack-Rcvd */
	rig_free(&r);
}

/* While it authenticates, the peer may say what it does not speak; only the method's own
 * rejection is the end. */
static void rejections_while_authenticating(void **state)
{
	(void)state;
	start(PPP_AUTH_PAP);
	rig_ack(&r, e, LCP);
	rig_packet(&r, e, LCP, 1, 1, "0506 11223344");
	rig_forget(e);
	rig_packet(&r, e, LCP, 8, 1, "80fd 01010004");
	rig_packet(&r, e, LCP, 8, 2, "8057 01010004");
	assert_int_equal(e->n_out, 0);
	authenticate(7);
	open_ipcp();
	rig_packet(&r, e, LCP, 8, 3, "c023 02010004"); /* too late to mean anything */
	assert_true(e->is_up && e->n_out == 0);
	rig_free(&r);

	start(PPP_AUTH_PAP);
	rig_ack(&r, e, LCP);
	rig_packet(&r, e, LCP, 1, 1, "0506 11223344");
	rig_packet(&r, e, LCP, 8, 1, "c023 03010004");
	rig_wait(&r, e, 7000);
	assert_string_equal(e->reason, "auth-refused");
	rig_free(&r);
}

/* A code of LCP that nobody knows is told so, an NCP's too. */
static void unknown_codes_are_rejected(void **state)
{
	struct rig_frame f;

	(void)state;
	bring_up("0506 11223344");
	rig_packet(&r, e, LCP, 14, 9, "0102"); /* Reset-Request belongs to CCP */
	f = rig_take(e);
	assert_int_equal(f.b[2], 7);
	assert_memory_equal(f.b + 6, "\x0e\x09\x00\x06\x01\x02", 6);
	rig_packet(&r, e, IPCP, 12, 9, "");
	f = rig_take(e);
	assert_int_equal(f.b[1], 0x21);
	assert_int_equal(f.b[2], 7);
	assert_true(e->is_up);
	rig_free(&r);
}

/* The peer starts LCP over in the middle of a session: everything again, one session. */
static void lcp_starts_over_in_a_session(void **state)
{
	(void)state;
	bring_up("0104 0578 0506 11223344");
	for (unsigned round = 1; round < 4; round++) {
		rig_packet(&r, e, LCP, 1, 10 + round, "0104 0514 0506 55667788");
		assert_int_equal(e->suspends, round);
		assert_false(e->is_up);
		rig_hex(&r, e, "8021 01 01 000a 0306 0a000042"); /* not before it is done */
		rig_ack(&r, e, LCP);
		authenticate(20 + round);
		assert_true(rig_sent(e, PAP, 2));
		assert_int_equal(e->auths, 1 + round);
		open_ipcp();
		assert_int_equal(e->ups, 1 + round);
		assert_int_equal(e->up.peer_mru, 1300);
	}
	assert_int_equal(e->downs, 0);
	rig_free(&r);
}

/* A client that proves itself again in a session gets the same answer; nothing else. */
static void credentials_again_in_a_session(void **state)
{
	struct rig_frame f;

	(void)state;
	bring_up("0506 11223344");
	authenticate(8);
	f = rig_take(e);
	assert_int_equal(f.b[2], 2);
	assert_int_equal(f.b[3], 8);
	assert_int_equal(e->auths, 1);
	assert_int_equal(e->suspends, 0);
	rig_packet(&r, e, CHAP, 2, 1, "00");
	assert_int_equal(ppp_drops(e->p, PPP_DROP_METHOD), 1);
	rig_packet(&r, e, PAP, 1, 9, "04 6576696c 01 78"); /* another name changes nothing */
	f = rig_take(e);
	assert_int_equal(f.b[2], 2);
	assert_int_equal(e->auths, 1);
	assert_true(e->is_up);
	rig_free(&r);
}

static void storms_of_what_is_not_spoken(void **state)
{
	static const unsigned protocols[] = {0x80fd, 0x8057, 0x8235, 0x0235, 0xc02b, 0xc02d,
					     0xc025, 0x8281, 0x802b, 0x003d, 0x8053, 0xc029};
	size_t told = 0;

	(void)state;
	bring_up("0506 11223344");
	for (unsigned second = 0; second < 5; second++) {
		for (unsigned i = 0; i < 600; i++) {
			rig_packet(&r, e, protocols[i % 12], 1, i, "0102");
			assert_true(e->n_out <= 10);
		}
		assert_int_equal(e->n_out, 10);
		rig_forget(e);
		r.now_ms += 1000;
	}
	assert_int_equal(ppp_drops(e->p, PPP_DROP_RATE), 5 * 590);
	for (const char *at = e->notes; (at = strstr(at, "ppp-protocol-refused")); at++)
		told++;
	assert_true(told >= 10 && told <= 12);
	assert_true(e->is_up);
	rig_free(&r);
}

/* WINS is given where there is one, and rejected without it, one by one. */
static void wins_as_configured(void **state)
{
	static const struct {
		uint32_t wins[2];
		const char *answer;
	} rows[] = {
		{{0, 0}, "8021 04 05 0010 8206 00000000 8406 00000000"},
		{{0x0a000003, 0}, "8021 04 05 000a 8406 00000000"},
		{{0, 0x0a000004}, "8021 04 05 000a 8206 00000000"},
		{{0x0a000003, 0x0a000004},
		 "8021 03 05 0016 0306 0a000042 8206 0a000003 8406 0a000004"},
	};

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		start(PPP_AUTH_PAP);
		memcpy(e->network.wins, rows[i].wins, sizeof(rows[i].wins));
		rig_ack(&r, e, LCP);
		rig_packet(&r, e, LCP, 1, 1, "0506 11223344");
		authenticate(7);
		rig_forget(e);
		rig_packet(&r, e, IPCP, 1, 5, "0306 00000000 8206 00000000 8406 00000000");
		struct rig_frame f = rig_take(e);
		rig_assert_hex(&f, rows[i].answer);
		rig_free(&r);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_mru_from_576_is_taken),
		cmocka_unit_test(identification_is_taken_in_every_state),
		cmocka_unit_test(rejections_while_authenticating),
		cmocka_unit_test(unknown_codes_are_rejected),
		cmocka_unit_test(lcp_starts_over_in_a_session),
		cmocka_unit_test(credentials_again_in_a_session),
		cmocka_unit_test(storms_of_what_is_not_spoken),
		cmocka_unit_test(wins_as_configured),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
