/* MS-CHAP after a refusal: the password typed again on the Failure's challenge (RFC 2759
 * 9.1), how often and how long, and Change-Password packets. */
#include "test_rig.h"

#define LCP  0xc021
#define PAP  0xc023
#define CHAP 0xc223

static struct rig r;
static struct end *const e = &r.server;
static uint8_t id; /* of the challenge, or of the last response */

static void open_with(unsigned auth, uint8_t tries)
{
	struct ppp_config c;

	rig_init(&r);
	c = rig_config(&r, e, PPP_SERVER, auth);
	c.auth_tries = tries;
	rig_end(&r, e, &c);
	e->by_hand = true;
	rig_open_lcp(&r, e);
	if (auth != PPP_AUTH_PAP)
		id = rig_find(e, CHAP, 1).b[3];
	rig_forget(e);
}

/* A response: 24 zero octets, or peer challenge `fill` and 8 zeros; 24 of `fill`; the flag. */
static void respond_as(unsigned with_id, unsigned fill, const char *name)
{
	uint8_t b[400];
	struct wr w = wr_of(b, sizeof(b));
	size_t n = strlen(name);

	wr_u16(&w, CHAP);
	wr_u8(&w, 2);
	wr_u8(&w, (uint8_t)with_id);
	wr_u16(&w, (uint16_t)(4 + 1 + 49 + n));
	wr_u8(&w, 49);
	for (unsigned i = 0; i < 16; i++)
		wr_u8(&w, (uint8_t)fill);
	wr_zero(&w, 8);
	for (unsigned i = 0; i < 24; i++)
		wr_u8(&w, (uint8_t)fill);
	wr_u8(&w, 1);
	wr_copy(&w, name, n);
	rig_bytes(&r, e, b, wr_done(&w).len);
}

static void respond(unsigned with_id, unsigned fill)
{
	respond_as(with_id, fill, "user");
}

static void decide(bool ok, unsigned error)
{
	struct ppp_verdict v = {.ok = ok, .mschap_error = (uint16_t)error};

	memset(v.auth_response, 0x5c, 20);
	ppp_verdict(e->p, r.now_ms, &v);
	rig_drain(&r, e);
}

/* The next frame is a Failure that says this; its challenge into out (len octets). */
static void take_failure(const char *says, uint8_t *out, size_t len)
{
	struct rig_frame f = rig_take(e);

	assert_int_equal(f.b[0] << 8 | f.b[1], CHAP);
	assert_int_equal(f.b[2], 4);
	assert_int_equal(f.b[3], id);
	assert_memory_equal(f.b + 6, says, strlen(says));
	for (size_t i = 0; i < len; i++) {
		unsigned v;

		assert_int_equal(sscanf((char *)f.b + 18 + 2 * i, "%2X", &v), 1);
		out[i] = (uint8_t)v;
	}
}

static void ends(const char *reason)
{
	rig_wait(&r, e, 7000);
	assert_int_equal(e->downs, 1);
	assert_string_equal(e->reason, reason);
	rig_free(&r);
}

static void windows_types_its_password_again(void **state)
{
	uint8_t challenge[16], first[16];

	(void)state;
	open_with(PPP_AUTH_MSCHAP2, 0);
	respond(id, 0xa1);
	memcpy(first, e->auth.challenge, 16);
	decide(false, 691);
	take_failure("E=691 R=1 C=", challenge, 16);
	assert_memory_not_equal(challenge, first, 16);
	assert_int_equal(e->n_out, 0); /* no Terminate-Request */
	rig_wait(&r, e, 20000);        /* the user types */
	assert_int_equal(e->n_out, 0);
	respond_as(++id, 0xb2, "User2");
	assert_int_equal(e->auths, 2);
	assert_int_equal(e->auth.id, id);
	assert_memory_equal(e->auth.challenge, challenge, 16);
	assert_int_equal(e->auth.peer_challenge[3], 0xb2);
	assert_int_equal(e->response[23], 0xb2);
	assert_memory_equal(e->name, "User2", 5);
	decide(true, 0);
	struct rig_frame f = rig_take(e);
	assert_int_equal(f.b[2], 3);
	assert_int_equal(f.b[3], id);
	assert_int_equal(e->networks, 1);
	assert_int_equal(timerq_next_ms(&r.timers), TIMER_NEVER); /* it is decided */
	assert_true(rig_noted(e, "auth-retry: MS-CHAPv2 refused for name \"user\", error 691: try "
				 "1 of 3"));
	assert_true(rig_noted(e, "auth-ok: MS-CHAPv2 accepted for name \"User2\""));
	ppp_set_network(e->p, r.now_ms, &e->network);
	rig_drain(&r, e);
	rig_ack(&r, e, 0x8021);
	rig_packet(&r, e, 0x8021, 1, 1, "0306 0a000042");
	assert_true(e->is_up);
	rig_packet(&r, e, LCP, 5, 9, ""); /* what was refused once is forgotten */
	ends("peer-terminated");
}

static void mschap1_has_a_challenge_of_eight(void **state)
{
	uint8_t challenge[8];

	(void)state;
	open_with(PPP_AUTH_MSCHAP1, 0);
	respond(id, 0xa1);
	decide(false, 0);
	take_failure("E=691 R=1 C=", challenge, 8);
	respond(++id, 0xb2);
	assert_int_equal(e->auths, 2);
	assert_memory_equal(e->auth.challenge, challenge, 8);
	assert_int_equal(e->auth.response.len, 24);
	assert_int_equal(e->response[0], 0xb2);
	decide(true, 0);
	assert_int_equal(e->networks, 1);
	rig_free(&r);
}

static void three_tries_and_no_more(void **state)
{
	(void)state;
	open_with(PPP_AUTH_MSCHAP2, 0);
	for (unsigned i = 0; i < 3; i++) {
		respond(id, i);
		decide(false, 691);
		take_failure(i < 2 ? "E=691 R=1 C=" : "E=691 R=0 C=", NULL, 0);
		id++;
	}
	assert_true(rig_sent(e, LCP, 5));
	respond(id, 9);
	assert_int_equal(e->auths, 3);
	ends("auth-failed");
}

static void the_number_of_tries_is_the_callers(void **state)
{
	(void)state;
	open_with(PPP_AUTH_MSCHAP2, 1);
	respond(id, 1);
	decide(false, 691);
	take_failure("E=691 R=0 C=", NULL, 0);
	assert_true(rig_sent(e, LCP, 5));
	ends("auth-failed");
	open_with(PPP_AUTH_MSCHAP2, 2);
	respond(id, 1);
	decide(false, 691);
	take_failure("E=691 R=1 C=", NULL, 0);
	respond(++id, 2);
	decide(false, 691);
	take_failure("E=691 R=0 C=", NULL, 0);
	ends("auth-failed");
}

/* Guessing is not made cheaper by starting LCP over. */
static void tries_are_counted_over_renegotiations(void **state)
{
	(void)state;
	open_with(PPP_AUTH_MSCHAP2, 0);
	for (unsigned i = 0; i < 3; i++) {
		respond(id, i);
		decide(false, 691);
		take_failure(i < 2 ? "E=691 R=1 C=" : "E=691 R=0 C=", NULL, 0);
		if (i == 2)
			break;
		rig_packet(&r, e, LCP, 1, 50 + i, "0506 11223344");
		rig_ack(&r, e, LCP);
		id = rig_find(e, CHAP, 1).b[3];
		rig_forget(e);
	}
	ends("auth-failed");
}

static void what_typing_cannot_mend_is_final(void **state)
{
	static const unsigned errors[] = {646, 647, 648, 649};

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		char says[16];

		open_with(PPP_AUTH_MSCHAP2, 0);
		respond(id, 1);
		decide(false, errors[i]);
		snprintf(says, sizeof(says), "E=%u R=0 C=", errors[i]);
		take_failure(says, NULL, 0);
		assert_true(rig_sent(e, LCP, 5));
		ends("auth-failed");
	}
	/* CHAP has no words for another try */
	open_with(PPP_AUTH_CHAP, 0);
	rig_packet(&r, e, CHAP, 2, id, "10 00112233445566778899aabbccddeeff 75");
	decide(false, 691);
	assert_true(rig_sent(e, CHAP, 4));
	assert_true(rig_sent(e, LCP, 5));
	ends("auth-failed");
	open_with(PPP_AUTH_PAP, 0);
	rig_packet(&r, e, PAP, 1, 1, "01 75 01 70");
	decide(false, 691);
	assert_true(rig_sent(e, PAP, 3));
	assert_true(rig_sent(e, LCP, 5));
	ends("auth-failed");
}

static void a_lost_failure_is_said_again(void **state)
{
	struct rig_frame f, g;

	(void)state;
	open_with(PPP_AUTH_MSCHAP2, 0);
	respond(id, 1);
	decide(false, 691);
	f = rig_take(e);
	respond(id, 1);
	g = rig_take(e);
	assert_int_equal(g.len, f.len);
	assert_memory_equal(g.b, f.b, f.len);
	respond(id + 2u, 2);
	respond(id - 1u, 2);
	assert_int_equal(e->n_out, 0);
	assert_int_equal(ppp_drops(e->p, PPP_DROP_ID), 2);
	assert_int_equal(e->auths, 1);
	respond(++id, 2);
	respond(id, 2); /* while aaa is asked */
	assert_int_equal(e->auths, 2);
	assert_int_equal(ppp_drops(e->p, PPP_DROP_DUPLICATE), 1);
	decide(true, 0);
	f = rig_find(e, CHAP, 3);
	rig_forget(e);
	respond(id, 2);
	g = rig_find(e, CHAP, 3);
	assert_memory_equal(g.b, f.b, f.len);
	rig_free(&r);
}

static void a_person_has_a_minute(void **state)
{
	(void)state;
	open_with(PPP_AUTH_MSCHAP2, 0);
	respond(id, 1);
	decide(false, 691);
	rig_forget(e);
	rig_wait(&r, e, 59999);
	assert_int_equal(e->n_out, 0);
	rig_wait(&r, e, 2);
	assert_true(rig_sent(e, LCP, 5));
	assert_true(rig_noted(e, "no other try came after the refusal"));
	respond(id + 1u, 1);
	assert_int_equal(e->auths, 1);
	ends("auth-failed");
}

/* pppd does not ask again: it terminates, and that is no end by the user's wish. */
static void a_peer_that_gives_up_was_refused(void **state)
{
	(void)state;
	open_with(PPP_AUTH_MSCHAP2, 0);
	respond(id, 1);
	decide(false, 691);
	rig_packet(&r, e, LCP, 5, 9, "");
	assert_true(rig_sent(e, LCP, 6));
	ends("auth-failed");
	assert_true(rig_noted(e, "auth-failed: the peer ends the link after its credentials"));
}

static void a_second_try_that_is_unfit_ends_it(void **state)
{
	(void)state;
	open_with(PPP_AUTH_MSCHAP2, 0);
	respond(id, 1);
	decide(false, 691);
	rig_forget(e);
	rig_packet(&r, e, CHAP, 2, id + 1u, "31 00"); /* cut: dropped, the try is not lost */
	assert_int_equal(ppp_drops(e->p, PPP_DROP_SHORT), 1);
	respond_as(++id, 2, "");
	take_failure("E=691 R=0 C=", NULL, 0);
	assert_int_equal(e->auths, 1);
	ends("auth-failed");
}

/* An old question must not decide about the second try of a new round. */
static void a_late_verdict_is_not_for_a_second_try(void **state)
{
	(void)state;
	open_with(PPP_AUTH_MSCHAP2, 0);
	respond(id, 1);
	decide(false, 691);
	respond(++id, 2);
	assert_int_equal(e->auths, 2);
	rig_packet(&r, e, LCP, 1, 50, "0506 11223344");
	rig_ack(&r, e, LCP);
	id = rig_find(e, CHAP, 1).b[3];
	rig_forget(e);
	respond(id, 3);
	assert_int_equal(e->auths, 2);
	decide(true, 0);
	assert_int_equal(e->networks, 0);
	assert_int_equal(e->auths, 3);
	assert_int_equal(e->response[0], 3);
	rig_free(&r);
}

/* The packet of RFC 2759 7: encrypted password and hash, peer challenge, response, flags. */
static void change_password(unsigned code, unsigned with_id)
{
	uint8_t b[600] = {0};
	struct wr w = wr_of(b, sizeof(b));

	wr_u16(&w, CHAP);
	wr_u8(&w, (uint8_t)code);
	wr_u8(&w, (uint8_t)with_id);
	wr_u16(&w, 586);
	wr_zero(&w, 582);
	rig_bytes(&r, e, b, wr_done(&w).len);
}

static void a_password_cannot_be_changed_here(void **state)
{
	(void)state;
	open_with(PPP_AUTH_MSCHAP2, 0);
	change_password(7, id); /* nobody spoke of it */
	assert_int_equal(ppp_drops(e->p, PPP_DROP_CODE), 1);
	respond(id, 1);
	change_password(7, id + 1u);
	assert_int_equal(ppp_drops(e->p, PPP_DROP_CODE), 2);
	decide(false, 648); /* expired: Windows shows its dialogue */
	take_failure("E=648 R=0 C=", NULL, 0);
	rig_forget(e);
	change_password(7, ++id);
	take_failure("E=709 R=0 C=", NULL, 0);
	assert_true(rig_noted(e, "auth-change-password"));
	change_password(5, id); /* MS-CHAPv1's */
	assert_int_equal(ppp_drops(e->p, PPP_DROP_CODE), 3);
	ends("auth-failed");

	open_with(PPP_AUTH_MSCHAP2, 0);
	respond(id, 1);
	decide(false, 691);
	rig_forget(e);
	change_password(7, ++id);
	take_failure("E=709 R=0 C=", NULL, 0);
	assert_true(rig_sent(e, LCP, 5));
	respond(id + 1u, 1);
	assert_int_equal(e->auths, 1);
	ends("auth-failed");

	open_with(PPP_AUTH_MSCHAP1, 0);
	respond(id, 1);
	decide(false, 691);
	rig_forget(e);
	change_password(7, id + 1u);
	assert_int_equal(ppp_drops(e->p, PPP_DROP_CODE), 1);
	change_password(6, ++id);
	take_failure("E=709 R=0 C=", NULL, 0);
	ends("auth-failed");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(windows_types_its_password_again),
		cmocka_unit_test(mschap1_has_a_challenge_of_eight),
		cmocka_unit_test(three_tries_and_no_more),
		cmocka_unit_test(the_number_of_tries_is_the_callers),
		cmocka_unit_test(tries_are_counted_over_renegotiations),
		cmocka_unit_test(what_typing_cannot_mend_is_final),
		cmocka_unit_test(a_lost_failure_is_said_again),
		cmocka_unit_test(a_person_has_a_minute),
		cmocka_unit_test(a_peer_that_gives_up_was_refused),
		cmocka_unit_test(a_second_try_that_is_unfit_ends_it),
		cmocka_unit_test(a_late_verdict_is_not_for_a_second_try),
		cmocka_unit_test(a_password_cannot_be_changed_here),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
