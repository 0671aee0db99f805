/* The authenticator's side: message formats, refusals without a question, repeats,
 * timers, and questions that outlive a renegotiation. */
#include "test_rig.h"

#define LCP  0xc021
#define PAP  0xc023
#define CHAP 0xc223

static struct rig r;
static struct end *const e = &r.server;

static void open_server(unsigned auth)
{
	struct ppp_config c;

	rig_init(&r);
	c = rig_config(&r, e, PPP_SERVER, auth);
	rig_end(&r, e, &c);
	e->by_hand = true;
	rig_open_lcp(&r, e);
}

static void decide(bool ok, unsigned error, const char *message)
{
	struct ppp_verdict v = {.ok = ok, .mschap_error = (uint16_t)error, .message = message};

	memset(v.auth_response, 0x5c, 20);
	ppp_verdict(e->p, r.now_ms, &v);
	rig_drain(&r, e);
}

/* A Response of value_len octets with the flag octet last, then a name of name_len. */
static void respond(unsigned id, unsigned value_len, unsigned flag, const void *name,
		    size_t name_len)
{
	uint8_t b[1600];
	struct wr w = wr_of(b, sizeof(b));

	wr_u16(&w, CHAP);
	wr_u8(&w, 2);
	wr_u8(&w, (uint8_t)id);
	wr_u16(&w, (uint16_t)(4 + 1 + value_len + name_len));
	wr_u8(&w, (uint8_t)value_len);
	for (unsigned i = 0; i + 1 < value_len; i++)
		wr_u8(&w, (uint8_t)i);
	if (value_len)
		wr_u8(&w, (uint8_t)flag);
	wr_copy(&w, name, name_len);
	rig_bytes(&r, e, b, wr_done(&w).len);
}

static void pap_request(unsigned id, const void *name, size_t name_len, const void *password,
			size_t password_len)
{
	uint8_t b[600];
	struct wr w = wr_of(b, sizeof(b));

	wr_u16(&w, PAP);
	wr_u8(&w, 1);
	wr_u8(&w, (uint8_t)id);
	wr_u16(&w, (uint16_t)(6 + name_len + password_len));
	wr_u8(&w, (uint8_t)name_len);
	wr_copy(&w, name, name_len);
	wr_u8(&w, (uint8_t)password_len);
	wr_copy(&w, password, password_len);
	rig_bytes(&r, e, b, wr_done(&w).len);
}

static void pap_lengths(void **state)
{
	uint8_t long_name[255];

	(void)state;
	memset(long_name, 0xfe, sizeof(long_name));
	long_name[7] = 0;
	open_server(PPP_AUTH_PAP);
	pap_request(1, long_name, 255, long_name, 255);
	assert_int_equal(e->auth.name.len, 255);
	assert_int_equal(e->auth.response.len, 255);
	assert_memory_equal(e->name, long_name, 255);
	assert_memory_equal(e->response, long_name, 255);
	assert_true(rig_noted(e, "auth-request: PAP for name \"\\xfe\\xfe"));
	decide(true, 0, NULL);
	rig_free(&r);

	open_server(PPP_AUTH_PAP);
	pap_request(1, "a\0b", 3, "", 0); /* an empty password is aaa's to judge, as such */
	assert_int_equal(e->auths, 1);
	assert_int_equal(e->auth.response.len, 0);
	assert_memory_equal(e->name, "a\0b", 3);
	rig_free(&r);

	open_server(PPP_AUTH_PAP);
	pap_request(3, "", 0, "secret", 6);
	assert_int_equal(e->auths, 0);
	assert_true(rig_sent(e, PAP, 3));
	rig_wait(&r, e, 7000);
	assert_string_equal(e->reason, "auth-failed");
	rig_free(&r);
}

static void pap_lengths_that_lie(void **state)
{
	static const char *const bad[] = {"",         "05",          "05 41",   "01 41",
					  "01 41 05", "01 41 02 42", "ff 41 00"};

	(void)state;
	open_server(PPP_AUTH_PAP);
	rig_forget(e);
	for (size_t i = 0; i < 7; i++)
		rig_packet(&r, e, PAP, 1, 1, bad[i]);
	assert_int_equal(e->auths, 0);
	assert_int_equal(e->n_out, 0);
	assert_int_equal(ppp_drops(e->p, PPP_DROP_SHORT), 7);
	rig_packet(&r, e, PAP, 2, 1, "00"); /* an Ack to the server */
	assert_int_equal(ppp_drops(e->p, PPP_DROP_CODE), 1);
	rig_packet(&r, e, CHAP, 2, 1, "00");
	assert_int_equal(ppp_drops(e->p, PPP_DROP_METHOD), 1);
	rig_free(&r);
}

static void pap_answers(void **state)
{
	(void)state;
	open_server(PPP_AUTH_PAP);
	rig_forget(e);
	pap_request(5, "u", 1, "p", 1);
	pap_request(6, "u", 1, "p", 1); /* its timer: the question is open */
	assert_int_equal(e->auths, 1);
	assert_int_equal(ppp_drops(e->p, PPP_DROP_DUPLICATE), 1);
	decide(true, 0, "hi");
	struct rig_frame f = rig_take(e);
	rig_assert_hex(&f, "c023 02 06 0007 02 6869");
	pap_request(7, "u", 1, "p", 1); /* our Ack was lost */
	f = rig_take(e);
	rig_assert_hex(&f, "c023 02 07 0007 02 6869");
	assert_int_equal(e->auths, 1);
	rig_free(&r);

	open_server(PPP_AUTH_PAP);
	rig_forget(e);
	pap_request(5, "u", 1, "p", 1);
	decide(false, 0, NULL);
	f = rig_take(e);
	assert_memory_equal(f.b,
			    "\xc0\x23\x03\x05\x00\x1a\x15"
			    "Authentication failed",
			    28);
	rig_free(&r);
}

static void response_values_that_do_not_fit(void **state)
{
	static const struct {
		unsigned auth, len, flag;
		const char *told;
	} bad[] = {
		{PPP_AUTH_MSCHAP2, 48, 0, "wrong length"},
		{PPP_AUTH_MSCHAP2, 50, 0, "wrong length"},
		{PPP_AUTH_MSCHAP2, 0, 0, "wrong length"},
		{PPP_AUTH_MSCHAP2, 16, 0, "wrong length"},
		{PPP_AUTH_MSCHAP1, 48, 1, "wrong length"},
		{PPP_AUTH_MSCHAP1, 49, 0, "LAN Manager"},
		{PPP_AUTH_MSCHAP1, 49, 2, "LAN Manager"},
		{PPP_AUTH_CHAP, 15, 0, "wrong length"},
		{PPP_AUTH_CHAP, 17, 0, "wrong length"},
		{PPP_AUTH_CHAP, 255, 0, "wrong length"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		open_server(bad[i].auth);
		struct rig_frame f = rig_find(e, CHAP, 1);

		respond(f.b[3], bad[i].len, bad[i].flag, "user", 4);
		assert_int_equal(e->auths, 0);
		assert_true(rig_sent(e, CHAP, 4));
		assert_true(rig_noted(e, "auth-unfit"));
		assert_true(rig_noted(e, bad[i].told));
		rig_wait(&r, e, 7000);
		assert_string_equal(e->reason, "auth-failed");
		rig_free(&r);
	}
}

static void responses_whose_lengths_lie(void **state)
{
	uint8_t name[300];

	(void)state;
	memset(name, 'n', sizeof(name));
	open_server(PPP_AUTH_MSCHAP2);
	struct rig_frame f = rig_find(e, CHAP, 1);
	rig_packet(&r, e, CHAP, 2, f.b[3], "");
	rig_packet(&r, e, CHAP, 2, f.b[3], "31");
	rig_packet(&r, e, CHAP, 2, f.b[3], "ff 00");
	respond(f.b[3], 49, 0, name, 256);
	assert_int_equal(ppp_drops(e->p, PPP_DROP_SHORT), 4);
	assert_int_equal(e->auths, 0);
	respond(f.b[3] + 1u, 49, 0, name, 4);
	assert_int_equal(ppp_drops(e->p, PPP_DROP_ID), 1);
	rig_packet(&r, e, CHAP, 1, f.b[3], "01 00");
	rig_packet(&r, e, CHAP, 3, f.b[3], "");
	assert_int_equal(ppp_drops(e->p, PPP_DROP_CODE), 2);
	assert_int_equal(e->n_out, 0);
	respond(f.b[3], 49, 0, name, 255);
	assert_int_equal(e->auths, 1);
	assert_int_equal(e->auth.name.len, 255);
	rig_free(&r);
}

static void success_and_failure_texts(void **state)
{
	(void)state;
	open_server(PPP_AUTH_MSCHAP2);
	struct rig_frame f = rig_find(e, CHAP, 1);
	respond(f.b[3], 49, 0, "u", 1);
	assert_int_equal(e->auth.response.len, 24);
	assert_int_equal(e->response[0], 24);
	assert_int_equal(e->auth.peer_challenge[15], 15);
	decide(true, 0, "a\nb\xc3");
	f = rig_take(e);
	assert_memory_equal(f.b + 6, "S=5C5C5C5C5C5C5C5C5C5C5C5C5C5C5C5C5C5C5C5C M=a?b?", 50);
	rig_free(&r);

	open_server(PPP_AUTH_MSCHAP2);
	f = rig_find(e, CHAP, 1);
	respond(f.b[3], 49, 0, "u", 1);
	decide(false, 648, "expired");
	f = rig_take(e);
	assert_int_equal(f.b[2], 4);
	assert_memory_equal(f.b + 6, "E=648 R=0 C=", 12);
	assert_int_equal(strspn((char *)f.b + 18, "0123456789ABCDEF"), 32);
	assert_memory_equal(f.b + 50, " V=3 M=expired", 14);
	assert_int_equal(f.len, 64);
	rig_free(&r);

	open_server(PPP_AUTH_MSCHAP1);
	f = rig_find(e, CHAP, 1);
	assert_int_equal(f.b[6], 8);
	respond(f.b[3], 49, 1, "u", 1);
	assert_int_equal(e->auth.method, PPP_AUTH_MSCHAP1);
	assert_int_equal(e->auth.response.len, 24);
	assert_int_equal(e->response[0], 24); /* the NT half */
	decide(false, 0, NULL);
	f = rig_take(e);
	assert_memory_equal(f.b + 6, "E=691 R=1 C=", 12);
	assert_int_equal(strspn((char *)f.b + 18, "0123456789ABCDEF"), 16);
	assert_memory_equal(f.b + 34, " V=2", 4);
	assert_int_equal(f.len, 38);
	rig_free(&r);
}

static void a_repeated_response_gets_the_same_answer(void **state)
{
	(void)state;
	for (unsigned ok = 0; ok < 2; ok++) {
		open_server(PPP_AUTH_MSCHAP2);
		struct rig_frame f = rig_find(e, CHAP, 1);
		uint8_t id = f.b[3];

		respond(id, 49, 0, "u", 1);
		respond(id, 49, 0, "u", 1);
		assert_int_equal(e->auths, 1);
		decide(ok, 0, NULL);
		f = rig_find(e, CHAP, ok ? 3 : 4);
		rig_forget(e);
		respond(id, 49, 0, "u", 1);
		respond(id, 49, 0, "other", 5);
		for (unsigned i = 0; i < 2; i++) {
			struct rig_frame g = rig_find(e, CHAP, ok ? 3 : 4);

			assert_int_equal(g.len, f.len);
			assert_memory_equal(g.b, f.b, f.len);
		}
		assert_int_equal(e->auths, 1);
		assert_int_equal(e->networks, ok);
		decide(!ok, 0, NULL); /* nobody asked */
		assert_int_equal(e->n_out, 0);
		rig_free(&r);
	}
}

static void challenges_repeat_and_end(void **state)
{
	(void)state;
	open_server(PPP_AUTH_MSCHAP2);
	struct rig_frame f = rig_find(e, CHAP, 1);
	rig_wait(&r, e, 3000);
	struct rig_frame g = rig_find(e, CHAP, 1);
	assert_int_equal(g.len, f.len);
	assert_memory_equal(g.b, f.b, f.len);
	rig_wait(&r, e, 40000);
	assert_string_equal(e->reason, "auth-timeout");
	assert_true(e->frames_sent < 16);
	rig_free(&r);

	open_server(PPP_AUTH_PAP);
	rig_wait(&r, e, 40000);
	assert_string_equal(e->reason, "auth-timeout");
	rig_free(&r);
}

static void aaa_that_never_answers(void **state)
{
	(void)state;
	open_server(PPP_AUTH_PAP);
	pap_request(1, "u", 1, "p", 1);
	rig_wait(&r, e, 59000);
	assert_int_equal(e->downs, 0);
	rig_wait(&r, e, 9000);
	assert_string_equal(e->reason, "auth-timeout");
	decide(true, 0, NULL);
	assert_int_equal(e->networks, 0);
	rig_free(&r);
}

/* A verdict about the first user must not let the second one in. */
static void a_late_verdict_is_not_for_the_next_user(void **state)
{
	(void)state;
	open_server(PPP_AUTH_PAP);
	pap_request(1, "good", 4, "p", 1);
	assert_int_equal(e->auths, 1);
	rig_forget(e);
	rig_packet(&r, e, LCP, 1, 2, "0506 11223344"); /* renegotiate */
	rig_ack(&r, e, LCP);
	pap_request(2, "evil", 4, "x", 1);
	assert_int_equal(e->auths, 1); /* the first question is still open */
	rig_forget(e);
	decide(true, 0, NULL);
	assert_int_equal(e->networks, 0);
	assert_false(rig_sent(e, PAP, 2));
	assert_int_equal(e->auths, 2);
	assert_memory_equal(e->name, "evil", 4);
	assert_memory_equal(e->response, "x", 1);
	decide(false, 0, NULL);
	assert_true(rig_sent(e, PAP, 3));
	assert_int_equal(e->networks, 0);
	rig_free(&r);
}

/* The peer never saw its Success and waits: it is said again while the peer is silent. */
static void success_is_repeated_to_a_silent_peer(void **state)
{
	(void)state;
	open_server(PPP_AUTH_MSCHAP2);
	struct rig_frame f = rig_find(e, CHAP, 1);
	respond(f.b[3], 49, 0, "u", 1);
	decide(true, 0, NULL);
	ppp_set_network(e->p, r.now_ms, &e->network);
	rig_drain(&r, e);
	rig_forget(e);
	rig_wait(&r, e, 3000);
	assert_true(rig_sent(e, CHAP, 3));
	assert_true(rig_sent(e, 0x8021, 1));
	rig_packet(&r, e, 0x8021, 1, 1, "0306 00000000");
	rig_forget(e);
	rig_wait(&r, e, 3000);
	assert_false(rig_sent(e, CHAP, 3));
	assert_true(rig_sent(e, 0x8021, 1));
	rig_free(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pap_lengths),
		cmocka_unit_test(pap_lengths_that_lie),
		cmocka_unit_test(pap_answers),
		cmocka_unit_test(response_values_that_do_not_fit),
		cmocka_unit_test(responses_whose_lengths_lie),
		cmocka_unit_test(success_and_failure_texts),
		cmocka_unit_test(a_repeated_response_gets_the_same_answer),
		cmocka_unit_test(challenges_repeat_and_end),
		cmocka_unit_test(aaa_that_never_answers),
		cmocka_unit_test(a_late_verdict_is_not_for_the_next_user),
		cmocka_unit_test(success_is_repeated_to_a_silent_peer),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
