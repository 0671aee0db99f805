/* LCP of a server once it is open: echoes, rejects both ways, renegotiation, and the end
 * of a link in every state. */
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

/* Up to UP with PAP: the shortest way. */
static void bring_up(void)
{
	new_server(PPP_AUTH_PAP);
	rig_open_lcp(&r, e);
	rig_packet(&r, e, 0xc023, 1, 7, "04 55736572 0a 636c69656e7450617373");
	rig_ack(&r, e, 0x8021);
	rig_packet(&r, e, 0x8021, 1, 2, "0306 0a000042");
	assert_true(e->is_up);
	rig_forget(e);
}

static void echo_and_discard(void **state)
{
	(void)state;
	start(PPP_AUTH_PAP);
	rig_forget(e);
	rig_packet(&r, e, LCP, 9, 1, "11223344"); /* not open: silent */
	assert_int_equal(e->n_out, 0);
	ppp_free(e->p);
	bring_up();
	rig_packet(&r, e, LCP, 9, 0x55, "11223344 cafe");
	struct rig_frame f = rig_take(e);
	assert_int_equal(f.len, 12);
	assert_memory_equal(f.b, "\xc0\x21\x0a\x55\x00\x0a", 6);
	assert_memory_not_equal(f.b + 6, "\x11\x22\x33\x44", 4); /* our magic, not its */
	assert_memory_equal(f.b + 10, "\xca\xfe", 2);
	rig_packet(&r, e, LCP, 11, 1, "11223344 00");
	rig_packet(&r, e, LCP, 10, 1, "11223344");
	rig_packet(&r, e, LCP, 13, 1, "11223344 00000000");
	rig_packet(&r, e, LCP, 12, 1, "11223344 80");
	rig_packet(&r, e, LCP, 9, 1, "1122");
	assert_int_equal(e->n_out, 0);
	assert_int_equal(ppp_drops(e->p, PPP_DROP_SHORT), 1);
	rig_free(&r);
}

/* The largest echo that comes is answered whole; it never outgrows the peer's MRU. */
static void large_packets_stay_within_bounds(void **state)
{
	uint8_t big[1500] = {0xc0, 0x21, 9, 1, 0x05, 0xda, 0x11, 0x22, 0x33, 0x44};

	(void)state;
	bring_up();
	rig_bytes(&r, e, big, 1500);
	struct rig_frame f = rig_take(e);
	assert_int_equal(f.len, 1500);
	memcpy(big, "\x80\xfd\x01\x01\x05\xda", 6); /* CCP */
	rig_bytes(&r, e, big, 1500);
	f = rig_take(e);
	assert_int_equal(f.len, 2 + 4 + 1496);
	memcpy(big, "\xc0\x21\x63\x01\x05\xda", 6); /* code 99 */
	rig_bytes(&r, e, big, 1500);
	f = rig_take(e);
	assert_int_equal(f.b[2], 7);
	assert_int_equal(f.len, 2 + 4 + 1496);
	/* a peer whose MRU is 576 */
	rig_packet(&r, e, LCP, 1, 1, "0104 0240");
	rig_ack(&r, e, LCP);
	rig_packet(&r, e, 0xc023, 1, 7, "04 55736572 0a 636c69656e7450617373");
	rig_forget(e);
	rig_bytes(&r, e, big, 1500);
	f = rig_take(e);
	assert_int_equal(f.len, 2 + 576);
	memcpy(big, "\x80\xfd\x01\x01\x05\xda", 6);
	rig_bytes(&r, e, big, 1500);
	f = rig_take(e);
	assert_int_equal(f.len, 2 + 576);
	memcpy(big, "\xc0\x21\x09\x01\x05\xda", 6);
	rig_bytes(&r, e, big, 1500);
	assert_int_equal(e->n_out, 0);
	rig_free(&r);
}

/* RFC 1661 4.3: of 1500 octets of unknown options each comes back. */
static void a_request_full_of_unknown_options(void **state)
{
	uint8_t big[1500] = {0xc0, 0x21, 1, 1, 0x05, 0xda};

	(void)state;
	start(PPP_AUTH_PAP);
	rig_forget(e);
	for (size_t i = 6; i < 1500; i += 2) {
		big[i] = 99;
		big[i + 1] = 2;
	}
	rig_bytes(&r, e, big, 1500);
	struct rig_frame f = rig_take(e);
	assert_int_equal(f.b[2], 4);
	assert_int_equal(f.len, 1500);
	assert_memory_equal(f.b + 6, big + 6, 1494);
	rig_free(&r);
}

static void unknown_protocols_wait_for_the_network_phase(void **state)
{
	static const char *const others[] = {"80fd 01 01 0004", "8057 01 01 0004",
					     "8235 01 01 0004", "c227 01 01 0005 01",
					     "8281 01 01 0004", "00fd 00"};

	(void)state;
	start(PPP_AUTH_PAP);
	rig_forget(e);
	for (size_t i = 0; i < 6; i++)
		rig_hex(&r, e, others[i]);
	rig_hex(&r, e, "8021 01 01 000a 0306 0a000042");
	rig_hex(&r, e, "0021 45");
	assert_int_equal(ppp_drops(e->p, PPP_DROP_EARLY), 8);
	assert_int_equal(e->n_out, 0);
	ppp_free(e->p);
	bring_up();
	for (size_t i = 0; i < 6; i++) {
		rig_hex(&r, e, others[i]);
		struct rig_frame f = rig_take(e);
		assert_int_equal(f.b[2], 8);
	}
	for (unsigned i = 0; i < 20; i++)
		rig_hex(&r, e, others[0]);
	assert_int_equal(e->n_out, 4); /* ten a second */
	assert_int_equal(ppp_drops(e->p, PPP_DROP_RATE), 16);
	r.now_ms += 1000;
	rig_hex(&r, e, others[0]);
	assert_int_equal(e->n_out, 5);
	rig_hex(&r, e, "0021 45");
	rig_hex(&r, e, "21 45");
	rig_hex(&r, e, "ff03 57 60");
	assert_int_equal(ppp_drops(e->p, PPP_DROP_USER), 3);
	rig_free(&r);
}

static void rejects_from_the_peer(void **state)
{
	(void)state;
	bring_up();
	rig_packet(&r, e, LCP, 8, 1, "80fd 0101");
	rig_packet(&r, e, LCP, 7, 1, "0c010004"); /* it does not know Identification */
	assert_true(e->is_up);
	rig_packet(&r, e, LCP, 8, 1, "8021 0101");
	rig_wait(&r, e, 7000);
	assert_string_equal(e->reason, "ipcp-refused");
	rig_free(&r);

	bring_up();
	rig_packet(&r, e, LCP, 7, 1, "01010004"); /* nor Configure-Request */
	assert_false(e->is_up);
	rig_wait(&r, e, 7000);
	assert_int_equal(e->downs, 1);
	rig_free(&r);

	new_server(PPP_AUTH_MSCHAP2);
	rig_open_lcp(&r, e);
	rig_packet(&r, e, LCP, 8, 1, "c223 0101");
	rig_wait(&r, e, 7000);
	assert_string_equal(e->reason, "auth-refused");
	rig_free(&r);
}

/* H-23 */
static void renegotiation_starts_authentication_over(void **state)
{
	(void)state;
	bring_up();
	rig_packet(&r, e, LCP, 1, 9, "0506 55667788");
	assert_int_equal(e->suspends, 1);
	assert_false(e->is_up);
	rig_packet(&r, e, 0x8021, 1, 3, "0306 0a000042");
	assert_int_equal(ppp_drops(e->p, PPP_DROP_EARLY), 1);
	rig_ack(&r, e, LCP);
	rig_packet(&r, e, 0x8021, 1, 4, "0306 0a000042");
	assert_int_equal(ppp_drops(e->p, PPP_DROP_EARLY), 2);
	assert_int_equal(e->ups, 1);
	/* the old password's verdict does not count for the new one */
	e->by_hand = true;
	rig_packet(&r, e, 0xc023, 1, 8, "04 55736572 03 626164");
	assert_int_equal(e->auths, 2);
	rig_answer_auth(&r, e);
	rig_drain(&r, e);
	assert_true(rig_sent(e, 0xc023, 3));
	rig_wait(&r, e, 7000);
	assert_string_equal(e->reason, "auth-failed");
	rig_free(&r);
}

static void renegotiation_never_agrees_on_less(void **state)
{
	struct ppp_verdict v = {.ok = true};

	(void)state;
	new_server(PPP_AUTH_MSCHAP2 | PPP_AUTH_PAP);
	e->by_hand = true;
	rig_open_lcp(&r, e);
	struct rig_frame f = rig_find(e, 0xc223, 1);
	char body[160] = "31";
	for (unsigned i = 0; i < 49; i++)
		strcat(body, "00");
	rig_packet(&r, e, 0xc223, 2, f.b[3], body);
	/* an empty name cannot be a user: nobody is asked */
	assert_int_equal(e->auths, 0);
	rig_wait(&r, e, 7000);
	assert_string_equal(e->reason, "auth-failed");
	rig_free(&r);

	new_server(PPP_AUTH_MSCHAP2 | PPP_AUTH_PAP);
	e->by_hand = true;
	rig_open_lcp(&r, e);
	f = rig_find(e, 0xc223, 1);
	strcat(body, "61");
	rig_packet(&r, e, 0xc223, 2, f.b[3], body);
	assert_int_equal(e->auths, 1);
	ppp_verdict(e->p, r.now_ms, &v);
	rig_drain(&r, e);
	rig_packet(&r, e, LCP, 1, 2, "0506 11223344");
	f = rig_find(e, LCP, 1);
	rig_packet(&r, e, LCP, 3, f.b[3], "0304 c023");
	rig_wait(&r, e, 7000);
	assert_string_equal(e->reason, "auth-refused");
	rig_free(&r);
}

static void negotiation_without_end_ends(void **state)
{
	(void)state;
	start(PPP_AUTH_PAP);
	for (unsigned i = 0; i < 100; i++) {
		rig_forget(e);
		rig_packet(&r, e, LCP, 1, i, "0d03 06");
	}
	rig_wait(&r, e, 7000);
	assert_string_equal(e->reason, "lcp-loop");
	assert_true(e->frames_sent < 70);
	rig_free(&r);

	new_server(PPP_AUTH_PAP);
	rig_open_lcp(&r, e);
	for (unsigned i = 0; i < 40 && !rig_noted(e, "lcp-loop"); i++) {
		rig_forget(e);
		rig_packet(&r, e, LCP, 1, i, "0506 11223344");
		if (rig_sent(e, LCP, 1))
			rig_ack(&r, e, LCP);
	}
	rig_wait(&r, e, 7000);
	assert_string_equal(e->reason, "lcp-loop");
	rig_free(&r);
}

/* Its Ack was lost, or the network doubled it: the layer stays up and the Ack goes out again.
 * Another identifier or other options: it begins anew. */
static void the_acknowledged_request_again(void **state)
{
	(void)state;
	new_server(PPP_AUTH_PAP);
	rig_open_lcp(&r, e);
	for (unsigned i = 0; i < 3; i++) {
		rig_forget(e);
		rig_packet(&r, e, LCP, 1, 1, "0506 11223344");
		assert_true(rig_sent(e, LCP, 2));
		assert_false(rig_sent(e, LCP, 1));
	}
	rig_forget(e);
	rig_packet(&r, e, LCP, 1, 2, "0506 11223344");
	assert_true(rig_sent(e, LCP, 1));
	rig_ack(&r, e, LCP);
	rig_forget(e);
	rig_packet(&r, e, LCP, 1, 2, "0506 11223345");
	assert_true(rig_sent(e, LCP, 1));
	rig_free(&r);

	/* without a magic number nothing tells a new beginning from a repetition */
	start(PPP_AUTH_PAP);
	rig_ack(&r, e, LCP);
	rig_packet(&r, e, LCP, 1, 9, "");
	rig_forget(e);
	rig_packet(&r, e, LCP, 1, 9, "");
	assert_true(rig_sent(e, LCP, 1));
	rig_free(&r);
}

enum stop {
	STOP_REQ_SENT,
	STOP_ACK_RCVD,
	STOP_ACK_SENT,
	STOP_AUTH,
	STOP_NETWORK,
	STOP_UP,
	N_STOPS
};

static void go_to(enum stop s)
{
	new_server(PPP_AUTH_PAP);
	e->by_hand = s == STOP_NETWORK;
	if (s == STOP_UP) {
		ppp_free(e->p);
		bring_up();
		return;
	}
	if (s >= STOP_AUTH) {
		rig_open_lcp(&r, e);
		if (s == STOP_NETWORK) {
			rig_packet(&r, e, 0xc023, 1, 7, "04 55736572 0a 636c69656e7450617373");
			rig_answer_auth(&r, e);
			rig_drain(&r, e);
			assert_int_equal(e->networks, 1);
		}
		return;
	}
	ppp_open(e->p, r.now_ms);
	rig_drain(&r, e);
	if (s == STOP_ACK_RCVD)
		rig_ack(&r, e, LCP);
	if (s == STOP_ACK_SENT)
		rig_packet(&r, e, LCP, 1, 1, "0506 11223344");
}

static void terminate_in_every_state(void **state)
{
	(void)state;
	for (unsigned s = 0; s < N_STOPS; s++) {
		/* the peer ends it */
		go_to((enum stop)s);
		rig_forget(e);
		rig_packet(&r, e, LCP, 5, 0x77, "");
		struct rig_frame f = rig_take(e);
		rig_assert_hex(&f, "c021 06 77 0004");
		rig_wait(&r, e, 60000);
		assert_int_equal(e->downs, 1);
		assert_string_equal(e->reason, "peer-terminated");
		rig_free(&r);

		/* we end it, and the peer answers */
		go_to((enum stop)s);
		rig_forget(e);
		ppp_close(e->p, r.now_ms, "admin");
		rig_drain(&r, e);
		f = rig_find(e, LCP, 5);
		assert_memory_equal(f.b + 6, "admin", 5);
		assert_int_equal(e->downs, 0);
		rig_packet(&r, e, LCP, 6, f.b[3], "");
		assert_string_equal(e->reason, "admin");
		rig_free(&r);

		/* we end it, and nobody answers: two requests, 3 s apart */
		go_to((enum stop)s);
		rig_forget(e);
		ppp_close(e->p, r.now_ms, "admin");
		rig_drain(&r, e);
		rig_wait(&r, e, 5900);
		assert_int_equal(e->downs, 0);
		assert_int_equal(e->n_out, s == STOP_NETWORK ? 3 : 2); /* and the refusal of IPCP */
		rig_wait(&r, e, 200);
		assert_string_equal(e->reason, "admin");
		rig_forget(e);
		rig_packet(&r, e, LCP, 1, 1, "0506 11223344");
		ppp_set_network(e->p, r.now_ms, &e->network);
		ppp_verdict(e->p, r.now_ms, &(struct ppp_verdict){.ok = true});
		ppp_close(e->p, r.now_ms, "again");
		rig_drain(&r, e);
		assert_int_equal(e->n_out, 0);
		assert_int_equal(ppp_drops(e->p, PPP_DROP_DEAD), 1);
		rig_free(&r);
	}
}

/* Whoever does not take the actions loses them, and no memory. */
static void an_undrained_queue_is_bounded(void **state)
{
	(void)state;
	bring_up();
	for (unsigned i = 0; i < 1000; i++)
		ppp_input(e->p, r.now_ms,
			  (struct bytes){
				  (const uint8_t *)"\xc0\x21\x09\x01\x00\x08\x01\x02\x03\x04", 10});
	assert_true(ppp_drops(e->p, PPP_DROP_QUEUE) > 800);
	ppp_close(e->p, r.now_ms, "admin");
	while (ppp_next(e->p))
		;
	rig_wait(&r, e, 7000);
	assert_string_equal(e->reason, "admin"); /* DOWN is never lost */
	rig_free(&r);
}

/* A link lives long, its story is short: what the end is about is always told. */
static void notes_have_a_budget(void **state)
{
	(void)state;
	bring_up();
	for (unsigned i = 0; i < 500; i++)
		rig_packet(&r, e, LCP, 12, 1, "11223344 41");
	assert_true(strlen(e->notes) < 80 * 60);
	rig_packet(&r, e, LCP, 7, 1, "01010004");
	assert_true(rig_noted(e, "peer does not know code 1"));
	rig_free(&r);
}

/* The same Ack twice is a copy: it must not take an open link down. */
static void a_copy_of_an_ack_changes_nothing(void **state)
{
	struct rig_frame f;

	(void)state;
	new_server(PPP_AUTH_PAP);
	ppp_open(e->p, r.now_ms);
	rig_drain(&r, e);
	f = rig_take(e);
	f.b[2] = 2;
	rig_bytes(&r, e, f.b, f.len);
	rig_bytes(&r, e, f.b, f.len);
	rig_packet(&r, e, LCP, 1, 1, "0506 11223344");
	rig_bytes(&r, e, f.b, f.len);
	assert_int_equal(ppp_drops(e->p, PPP_DROP_ID), 2);
	assert_false(rig_sent(e, LCP, 1));
	assert_true(rig_noted(e, "LCP is open"));
	assert_false(rig_noted(e, "ppp-renegotiate"));
	rig_free(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(echo_and_discard),
		cmocka_unit_test(large_packets_stay_within_bounds),
		cmocka_unit_test(a_request_full_of_unknown_options),
		cmocka_unit_test(unknown_protocols_wait_for_the_network_phase),
		cmocka_unit_test(rejects_from_the_peer),
		cmocka_unit_test(renegotiation_starts_authentication_over),
		cmocka_unit_test(renegotiation_never_agrees_on_less),
		cmocka_unit_test(negotiation_without_end_ends),
		cmocka_unit_test(the_acknowledged_request_again),
		cmocka_unit_test(terminate_in_every_state),
		cmocka_unit_test(notes_have_a_budget),
		cmocka_unit_test(a_copy_of_an_ack_changes_nothing),
		cmocka_unit_test(an_undrained_queue_is_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
