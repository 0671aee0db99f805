/* The authentication phase: message formats, refusals without a question, repeats,
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
	assert_memory_equal(f.b + 6, "E=691 R=0 C=", 12);
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

/* RFC 2759 9.2 through the client: its random peer challenge is the RFC's. */
static void rfc_random(void *ctx, void *buf, size_t len)
{
	static const uint8_t peer_challenge[16] = "!@#$%^&*()_+:3|~";

	(void)ctx;
	memset(buf, 0x42, len);
	if (len == sizeof(peer_challenge))
		memcpy(buf, peer_challenge, len);
}

static struct end *open_client(unsigned auth_accepted, const char *auth_option_hex)
{
	struct end *c = &r.client;
	struct ppp_config cfg;
	char body[64];

	rig_init(&r);
	cfg = rig_config(&r, c, PPP_CLIENT, auth_accepted);
	cfg.random = rfc_random;
	rig_end(&r, c, &cfg);
	ppp_open(c->p, r.now_ms);
	rig_drain(&r, c);
	rig_ack(&r, c, LCP);
	snprintf(body, sizeof(body), "%s 0506 11223344", auth_option_hex);
	rig_packet(&r, c, LCP, 1, 1, body);
	return c;
}

static void client_speaks_rfc_2759(void **state)
{
	struct end *c = open_client(PPP_AUTH_MSCHAP2, "0305 c22381");

	(void)state;
	rig_forget(c);
	rig_packet(&r, c, CHAP, 1, 0x17, "10 5b5d7c7d7b3f2f3e3c2c602132262628 73");
	struct rig_frame f = rig_take(c);
	rig_assert_hex(&f, "c223 02 17 003a 31 21402324255e262a28295f2b3a337c7e 0000000000000000"
			   "82309ecd8d708b5ea08faa3981cd83544233114a3d85d6df 00 55736572");
	rig_wait(&r, c, 3000);
	struct rig_frame g = rig_take(c);
	assert_int_equal(g.len, f.len);
	assert_memory_equal(g.b, f.b, f.len);
	rig_packet(&r, c, CHAP, 3, 0x18, "533d");
	assert_int_equal(ppp_drops(c->p, PPP_DROP_ID), 1);
	/* S=407A5589115FD0D6209F510FE9C04566932CDA56, as the RFC prints it */
	rig_packet(&r, c, CHAP, 3, 0x17,
		   "533d 34303741353538393131354644304436323039463531304645394330343536363933"
		   "32434441 3536");
	assert_true(rig_sent(c, 0x8021, 1));
	assert_int_equal(c->downs, 0);
	/* the same challenge late again: the same response again */
	rig_forget(c);
	rig_packet(&r, c, CHAP, 1, 0x17, "10 5b5d7c7d7b3f2f3e3c2c602132262628 73");
	g = rig_find(c, CHAP, 2);
	assert_memory_equal(g.b, f.b, f.len);
	rig_free(&r);
}

static void client_refuses_what_is_not_a_proof(void **state)
{
	static const char one_digit_off[] =
		"533d 34303741353538393131354644304436323039463531304645"
		"3943303435363639333243444135 37";
	static const char *const bad[] = {"", "533d", "4d3d6f6b",
					  "533d 34303741353538393131354644304436323039463531304645"
					  "3943303435363639333243444135 37"};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct end *c = open_client(PPP_AUTH_MSCHAP2, "0305 c22381");

		rig_packet(&r, c, CHAP, 1, 0x17, "10 5b5d7c7d7b3f2f3e3c2c602132262628 73");
		rig_packet(&r, c, CHAP, 3, 0x17, bad[i]);
		rig_wait(&r, c, 7000);
		assert_string_equal(c->reason, "auth-failed");
		rig_free(&r);
	}
}

static void client_hears_failures_and_silence(void **state)
{
	struct end *c = open_client(PPP_AUTH_MSCHAP2, "0305 c22381");

	(void)state;
	rig_packet(&r, c, CHAP, 3, 0, ""); /* before any challenge */
	assert_int_equal(c->downs, 0);
	rig_packet(&r, c, CHAP, 1, 1, "08 0001020304050607"); /* not 16 octets */
	rig_packet(&r, c, CHAP, 1, 1, "11 00");
	rig_packet(&r, c, CHAP, 1, 1, "00");
	assert_false(rig_sent(c, CHAP, 2));
	rig_packet(&r, c, CHAP, 1, 1, "10 5b5d7c7d7b3f2f3e3c2c602132262628");
	rig_packet(&r, c, CHAP, 4, 1, "453d3639 31");
	assert_true(rig_noted(c, "refused by the server, saying \"E=691\""));
	rig_wait(&r, c, 7000);
	assert_string_equal(c->reason, "auth-failed");
	rig_free(&r);

	c = open_client(PPP_AUTH_MSCHAP2, "0305 c22381");
	rig_wait(&r, c, 40000);
	assert_string_equal(c->reason, "auth-timeout");
	rig_free(&r);

	c = open_client(PPP_AUTH_PAP, "0304 c023");
	assert_true(rig_sent(c, PAP, 1));
	rig_wait(&r, c, 40000);
	assert_string_equal(c->reason, "auth-timeout");
	rig_free(&r);

	c = open_client(PPP_AUTH_PAP, "0304 c023");
	struct rig_frame f = rig_find(c, PAP, 1);
	rig_packet(&r, c, PAP, 2, f.b[3], ""); /* an Ack without a message */
	assert_true(rig_sent(c, 0x8021, 1));
	rig_free(&r);
}

static void client_naks_what_it_does_not_do(void **state)
{
	struct end *c = open_client(PPP_AUTH_MSCHAP2, "0304 c023");

	(void)state;
	struct rig_frame f = rig_find(c, LCP, 3);
	rig_assert_hex(&f, "c021 03 01 0009 0305 c22381");
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
		cmocka_unit_test(client_speaks_rfc_2759),
		cmocka_unit_test(client_refuses_what_is_not_a_proof),
		cmocka_unit_test(client_hears_failures_and_silence),
		cmocka_unit_test(client_naks_what_it_does_not_do),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
