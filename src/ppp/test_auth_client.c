/* The client's side of authentication: the RFC's own example, false servers, failures
 * and silence. */
#include "test_rig.h"

#define LCP  0xc021
#define PAP  0xc023
#define CHAP 0xc223

static struct rig r;

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
	struct rig_frame q = rig_find(c, 0x8021, 1);
	rig_forget(c);
	rig_packet(&r, c, CHAP, 1, 0x17, "10 5b5d7c7d7b3f2f3e3c2c602132262628 73");
	g = rig_find(c, CHAP, 2);
	assert_memory_equal(g.b, f.b, f.len);
	/* another one, that the server has long forgotten: the open link stands */
	rig_packet(&r, c, 0x8021, 3, q.b[3], "0306 0a000042");
	rig_ack(&r, c, 0x8021);
	rig_packet(&r, c, 0x8021, 1, 1, "0306 0a000001");
	assert_true(c->is_up);
	rig_packet(&r, c, CHAP, 1, 0x18, "10 00112233445566778899aabbccddeeff 73");
	rig_wait(&r, c, 60000);
	assert_int_equal(c->downs, 0);
	assert_true(c->is_up);
	rig_free(&r);
}

static void client_refuses_what_is_not_a_proof(void **state)
{
	static const char one_digit_off[] =
		"533d 34303741353538393131354644304436323039463531304645"
		"3943303435363639333243444135 37";
	static const char *const bad[] = {"", "533d", "4d3d6f6b", one_digit_off};

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
		cmocka_unit_test(client_speaks_rfc_2759),
		cmocka_unit_test(client_refuses_what_is_not_a_proof),
		cmocka_unit_test(client_hears_failures_and_silence),
		cmocka_unit_test(client_naks_what_it_does_not_do),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
