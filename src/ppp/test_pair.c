/* Server against client in virtual time: every method, every single loss, every single
 * duplicate. */
#include "test_rig.h"

static void start(struct rig *r, unsigned server_auth, unsigned client_auth)
{
	struct ppp_config s, c;

	rig_init(r);
	s = rig_config(r, &r->server, PPP_SERVER, server_auth);
	c = rig_config(r, &r->client, PPP_CLIENT, client_auth);
	rig_end(r, &r->server, &s);
	rig_end(r, &r->client, &c);
	ppp_open(r->server.p, r->now_ms);
	ppp_open(r->client.p, r->now_ms);
}

static void assert_both_up(const struct rig *r)
{
	struct ppp_status s, c;

	ppp_get_status(r->server.p, &s);
	ppp_get_status(r->client.p, &c);
	assert_string_equal(s.phase, "Network");
	assert_string_equal(c.phase, "Network");
	assert_string_equal(s.ipcp_state, "Opened");
	assert_string_equal(c.ipcp_state, "Opened");
	assert_int_equal(s.auth, c.auth);
	assert_true(r->server.is_up && r->client.is_up);
	assert_int_equal(r->server.up.local_ip, 0x0a000001);
	assert_int_equal(r->server.up.peer_ip, 0x0a000042);
	assert_int_equal(r->client.up.local_ip, 0x0a000042);
	assert_int_equal(r->client.up.peer_ip, 0x0a000001);
	assert_int_equal(r->client.up.dns[0], 0x08080808);
	assert_int_equal(r->client.up.dns[1], 0x08080404);
	assert_int_equal(r->client.up.wins[0], 0x0a000003);
	assert_int_equal(r->client.up.wins[1], 0);
	assert_int_equal(r->server.up.peer_mru, 1400);
	assert_true(r->server.up.tx_acfc && r->server.up.tx_pfc);
}

static void every_method_comes_up(void **state)
{
	static struct rig r;

	(void)state;
	for (unsigned method = PPP_AUTH_PAP; method <= PPP_AUTH_MSCHAP2; method <<= 1) {
		struct ppp_status s;

		start(&r, method, method);
		rig_run(&r, 1000);
		assert_both_up(&r);
		assert_int_equal(r.server.auths, 1);
		assert_int_equal(r.server.auth.name.len, 4);
		assert_memory_equal(r.server.name, "User", 4);
		ppp_get_status(r.server.p, &s);
		assert_int_equal(s.auth, method);
		assert_int_equal(s.frames_dropped, 0);
		assert_true(r.carried <= 24);
		rig_free(&r);
	}
}

static void no_method_comes_up_without_a_question(void **state)
{
	static struct rig r;

	(void)state;
	start(&r, 0, PPP_AUTH_MSCHAP2);
	rig_run(&r, 1000);
	assert_both_up(&r);
	assert_int_equal(r.server.auths, 0);
	rig_free(&r);
}

static void server_offers_the_strongest_and_falls_back(void **state)
{
	static struct rig r;
	struct ppp_status s;

	(void)state;
	start(&r, PPP_AUTH_PAP | PPP_AUTH_CHAP | PPP_AUTH_MSCHAP1 | PPP_AUTH_MSCHAP2,
	      PPP_AUTH_PAP | PPP_AUTH_MSCHAP1);
	rig_run(&r, 1000);
	assert_both_up(&r);
	ppp_get_status(r.server.p, &s);
	assert_int_equal(s.auth, PPP_AUTH_MSCHAP1);
	assert_true(rig_noted(&r.server, "peer wants MS-CHAPv1 instead of MS-CHAPv2"));
	rig_free(&r);
}

static unsigned strongest(unsigned set)
{
	unsigned bit = PPP_AUTH_MSCHAP2;

	while (!(bit & set))
		bit >>= 1;
	return bit;
}

/* H-22: all 15 x 15 sets. The server asks for its strongest; a client that does not have
 * it names its own strongest; that is taken when it is allowed, and otherwise the link
 * ends. */
static void method_matrix(void **state)
{
	static struct rig r;

	(void)state;
	for (unsigned allowed = 1; allowed < 16; allowed++) {
		for (unsigned wanted = 1; wanted < 16; wanted++) {
			unsigned agreed = strongest(allowed);
			struct ppp_status s;

			if (!(agreed & wanted))
				agreed = strongest(wanted);
			start(&r, allowed, wanted);
			rig_run(&r, 20000);
			if (agreed & allowed) {
				assert_both_up(&r);
				ppp_get_status(r.server.p, &s);
				assert_int_equal(s.auth, agreed);
			} else {
				assert_string_equal(r.server.reason, "auth-refused");
				assert_true(rig_noted(&r.server, "that is not allowed here"));
				assert_int_equal(r.server.auths + r.server.ups + r.client.ups, 0);
			}
			rig_free(&r);
		}
	}
}

static unsigned frames_of_a_clean_run(unsigned method)
{
	static struct rig r;
	unsigned n;

	start(&r, method, method);
	rig_run(&r, 1000);
	n = r.carried;
	rig_free(&r);
	return n;
}

static void any_single_loss_heals(void **state)
{
	static struct rig r;

	(void)state;
	for (unsigned method = PPP_AUTH_PAP; method <= PPP_AUTH_MSCHAP2; method <<= 1) {
		unsigned n = frames_of_a_clean_run(method);

		assert_true(n > 10);
		for (unsigned k = 0; k < n; k++) {
			start(&r, method, method);
			r.lose = (int)k;
			rig_run(&r, 30000);
			assert_both_up(&r);
			assert_int_equal(r.server.downs + r.client.downs, 0);
			rig_free(&r);
		}
	}
}

static void any_single_duplicate_heals(void **state)
{
	static struct rig r;

	(void)state;
	for (unsigned method = PPP_AUTH_PAP; method <= PPP_AUTH_MSCHAP2; method <<= 1) {
		unsigned n = frames_of_a_clean_run(method);

		for (unsigned k = 0; k < n; k++) {
			start(&r, method, method);
			r.twice = (int)k;
			rig_run(&r, 30000);
			assert_both_up(&r);
			assert_int_equal(r.server.downs + r.client.downs, 0);
			rig_free(&r);
		}
	}
}

/* Many losses at once, from a seed: one in four frames, both ways. */
static void heavy_loss_ends_in_up_or_a_reason(void **state)
{
	static struct rig r;
	unsigned came_up = 0;

	(void)state;
	srand(3);
	for (unsigned run = 0; run < 150; run++) {
		start(&r, PPP_AUTH_MSCHAP2, PPP_AUTH_MSCHAP2);
		for (unsigned step = 0; step < 400 && !(r.server.is_up && r.client.is_up); step++) {
			r.lose = rand() % 4 ? -1 : (int)r.carried;
			r.twice = rand() % 8 ? -1 : (int)r.carried;
			rig_run(&r, 200);
		}
		if (r.server.is_up && r.client.is_up)
			came_up++;
		else
			assert_true(r.server.downs == 1 || r.client.downs == 1);
		rig_free(&r);
	}
	assert_true(came_up > 120);
}

static void wrong_password_ends_with_auth_failed(void **state)
{
	static struct rig r;

	(void)state;
	for (unsigned method = PPP_AUTH_PAP; method <= PPP_AUTH_MSCHAP2; method <<= 1) {
		start(&r, method, method);
		r.server.password = "another";
		rig_run(&r, 20000);
		assert_string_equal(r.server.reason, "auth-failed");
		assert_string_equal(r.client.reason, "auth-failed");
		assert_int_equal(r.server.auths, 1);
		assert_int_equal(r.server.networks, 0);
		assert_int_equal(r.server.ups + r.client.ups, 0);
		assert_true(rig_noted(&r.server, "refused for name \"User\", error 691"));
		rig_free(&r);
	}
}

static void client_does_not_believe_a_false_server(void **state)
{
	static struct rig r;
	struct ppp_verdict v = {.ok = true};

	(void)state;
	start(&r, PPP_AUTH_MSCHAP2, PPP_AUTH_MSCHAP2);
	r.server.by_hand = true;
	rig_run(&r, 500);
	assert_int_equal(r.server.auths, 1);
	ppp_verdict(r.server.p, r.now_ms, &v);
	rig_run(&r, 20000);
	assert_int_equal(r.client.ups, 0);
	assert_string_equal(r.client.reason, "auth-failed");
	assert_true(rig_noted(&r.client, "does not prove that it knows the password"));
	rig_free(&r);
}

static void close_takes_both_down(void **state)
{
	static struct rig r;

	(void)state;
	start(&r, PPP_AUTH_MSCHAP2, PPP_AUTH_MSCHAP2);
	rig_run(&r, 1000);
	ppp_close(r.server.p, r.now_ms, "admin");
	rig_run(&r, 10000);
	assert_string_equal(r.server.reason, "admin");
	assert_string_equal(r.client.reason, "peer-terminated");
	assert_int_equal(r.server.suspends, 1);
	assert_true(rig_noted(&r.client, "peer terminates, saying \"admin\""));
	rig_free(&r);
}

static void close_before_open_is_down_at_once(void **state)
{
	static struct rig r;

	(void)state;
	rig_init(&r);
	struct ppp_config c = rig_config(&r, &r.server, PPP_SERVER, PPP_AUTH_MSCHAP2);
	rig_end(&r, &r.server, &c);
	ppp_close(r.server.p, r.now_ms, "admin");
	rig_drain(&r, &r.server);
	assert_string_equal(r.server.reason, "admin");
	assert_int_equal(r.server.frames_sent, 0);
	ppp_open(r.server.p, r.now_ms);
	rig_drain(&r, &r.server);
	assert_int_equal(r.server.frames_sent, 0);
	rig_free(&r);
}

static void silence_ends_with_lcp_timeout(void **state)
{
	static struct rig r;

	(void)state;
	rig_init(&r);
	struct ppp_config c = rig_config(&r, &r.server, PPP_SERVER, PPP_AUTH_MSCHAP2);
	rig_end(&r, &r.server, &c);
	ppp_open(r.server.p, r.now_ms);
	rig_drain(&r, &r.server);
	rig_wait(&r, &r.server, 29000);
	assert_int_equal(r.server.downs, 0);
	assert_int_equal(r.server.frames_sent, 10); /* Max-Configure */
	rig_wait(&r, &r.server, 2000);
	assert_string_equal(r.server.reason, "lcp-timeout");
	rig_free(&r);
}

static void echoes_go_unanswered(void **state)
{
	static struct rig r;
	struct ppp_config s, c;

	(void)state;
	rig_init(&r);
	s = rig_config(&r, &r.server, PPP_SERVER, PPP_AUTH_MSCHAP2);
	s.echo_s = 10;
	s.echo_fail_max = 3;
	c = rig_config(&r, &r.client, PPP_CLIENT, PPP_AUTH_MSCHAP2);
	rig_end(&r, &r.server, &s);
	rig_end(&r, &r.client, &c);
	ppp_open(r.server.p, r.now_ms);
	ppp_open(r.client.p, r.now_ms);
	rig_run(&r, 100000); /* the client answers */
	assert_true(r.server.is_up);
	assert_int_equal(r.server.downs, 0);

	rig_wait(&r, &r.server, 9000);
	rig_forget(&r.server);
	for (unsigned i = 0; i < 20; i++) { /* packets pass: no echo is needed */
		ppp_alive(r.server.p, r.now_ms);
		rig_wait(&r, &r.server, 5000);
	}
	assert_false(rig_sent(&r.server, 0xc021, 9));
	rig_wait(&r, &r.server, 60000);
	assert_true(rig_noted(&r.server, "echo-timeout: 3 LCP echoes went unanswered"));
	assert_string_equal(r.server.reason, "echo-timeout");
	assert_int_equal(r.server.downs, 1);
	rig_free(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_method_comes_up),
		cmocka_unit_test(no_method_comes_up_without_a_question),
		cmocka_unit_test(server_offers_the_strongest_and_falls_back),
		cmocka_unit_test(method_matrix),
		cmocka_unit_test(any_single_loss_heals),
		cmocka_unit_test(any_single_duplicate_heals),
		cmocka_unit_test(heavy_loss_ends_in_up_or_a_reason),
		cmocka_unit_test(wrong_password_ends_with_auth_failed),
		cmocka_unit_test(client_does_not_believe_a_false_server),
		cmocka_unit_test(close_takes_both_down),
		cmocka_unit_test(close_before_open_is_down_at_once),
		cmocka_unit_test(silence_ends_with_lcp_timeout),
		cmocka_unit_test(echoes_go_unanswered),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
