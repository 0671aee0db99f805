/*
 * Dead peer detection both ways (RFC 3706) in virtual time: who is asked and when, whose
 * answers count, the end of a silent peer.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "craft.h"
#include "quirk.h"

static struct lab lab;

static void connect_asking(uint16_t threshold_s)
{
	struct ike_config cfg;

	lab_init(&lab);
	cfg = lab_config(&lab, CLIENT);
	lab_start(&lab, CLIENT, &cfg);
	cfg = lab_config(&lab, SERVER);
	cfg.dpd_s = threshold_s;
	cfg.dpd_retry_s = 2;
	lab_start(&lab, SERVER, &cfg);
	lab_dial(&lab);
	lab_settle(&lab);
	assert_int_equal(lab.s[SERVER].n_child_up, 1);
}

static struct ike_stats stats_of(int side)
{
	struct ike_stats stats;

	ike_get_stats(lab.s[side].k, &stats);
	return stats;
}

/* The client hears nothing more and says nothing more. */
static void vanish(void)
{
	ike_free(lab.s[CLIENT].k);
	lab.s[CLIENT].k = NULL;
	lab.s[CLIENT].timers = (struct timerq){0};
}

static void run_server(uint64_t ms)
{
	uint64_t end = lab.now_ms + ms;

	for (uint64_t next; (next = timerq_next_ms(&lab.s[SERVER].timers)) <= end;) {
		lab.now_ms = next > lab.now_ms ? next : lab.now_ms;
		timerq_run(&lab.s[SERVER].timers, lab.now_ms, 100);
		lab_actions(&lab, SERVER);
		lab.head = lab.tail; /* nobody is there */
	}
	lab.now_ms = end;
}

static void free_server(void)
{
	lab_actions(&lab, SERVER);
	ike_free(lab.s[SERVER].k);
	lab.s[SERVER].k = NULL;
}

static void answering_peer_lives(void **state)
{
	(void)state;
	connect_asking(10);
	lab_run(&lab, 9000);
	assert_int_equal(stats_of(SERVER).dpd_sent, 0);
	lab_run(&lab, 591000);
	/* every ten seconds, each answered at once */
	assert_in_range(stats_of(SERVER).dpd_sent, 50, 61);
	assert_int_equal(stats_of(SERVER).dpd_dead, 0);
	assert_int_equal(lab.s[SERVER].n_down, 0);
	assert_int_equal(lab.s[SERVER].n_silent, stats_of(SERVER).dpd_sent);
	assert_int_equal(lab_drops(&lab.s[CLIENT], "dpd-rate-or-sequence"), 0);
	assert_int_equal(lab_drops(&lab.s[SERVER], "dpd-rate-or-sequence"), 0);
	lab_free(&lab);
}

static void silent_peer_ends(void **state)
{
	(void)state;
	connect_asking(10);
	vanish();
	run_server(39900); /* asked at 10, 12 ... 38 s; over at 40 */
	assert_int_equal(stats_of(SERVER).dpd_sent, 15);
	assert_int_equal(lab.s[SERVER].n_down, 0);
	assert_int_equal(lab.s[SERVER].n_silent, 1);
	run_server(200);
	assert_int_equal(lab.s[SERVER].n_down, 1);
	assert_string_equal(lab.s[SERVER].down_reason, "dpd-timeout");
	assert_string_equal(lab.s[SERVER].child_down_reason, "dpd-timeout");
	assert_true(lab_noted(&lab.s[SERVER], "dpd-timeout"));
	assert_int_equal(stats_of(SERVER).dpd_dead, 1);
	assert_int_equal(stats_of(SERVER).established + stats_of(SERVER).children, 0);
	assert_int_equal(timerq_next_ms(&lab.s[SERVER].timers), TIMER_NEVER);
	free_server();
}

/* What the caller has heard counts: L2TP, counters of the workers. */
static void signs_of_life_from_the_caller(void **state)
{
	(void)state;
	connect_asking(10);
	vanish();
	for (int i = 0; i < 20; i++) {
		run_server(9000);
		ike_alive(lab.s[SERVER].k, lab.now_ms, lab.s[SERVER].peer);
	}
	assert_int_equal(stats_of(SERVER).dpd_sent, 0);
	run_server(13000); /* asked twice */
	assert_int_equal(stats_of(SERVER).dpd_sent, 2);
	ike_alive(lab.s[SERVER].k, lab.now_ms - 1000, lab.s[SERVER].peer);
	run_server(8000);
	assert_int_equal(stats_of(SERVER).dpd_sent, 2);
	assert_int_equal(lab.s[SERVER].n_down, 0);
	ike_alive(lab.s[SERVER].k, 5, lab.s[SERVER].peer); /* old news */
	ike_alive(lab.s[SERVER].k, UINT64_MAX, 4711);      /* nobody */
	run_server(45000);
	assert_string_equal(lab.s[SERVER].down_reason, "dpd-timeout");
	free_server();
}

static void who_is_never_asked(void **state)
{
	(void)state;
	/* switched off */
	connect_asking(0);
	vanish();
	run_server(3600000);
	assert_int_equal(stats_of(SERVER).dpd_sent, 0);
	assert_int_equal(lab.s[SERVER].n_down, 0);
	free_server();
	/* a system whose row says no */
	connect_asking(10);
	{
		const struct quirk_signs windows = {.vendors = VENDOR_BIT(VENDOR_MS_NT5)};
		struct isakmp_sa *sa = craft_sa(&lab, SERVER);

		sa->quirk = ledger_find(&windows);
		dpd_start(sa->peer, lab.now_ms);
	}
	lab_run(&lab, 60000);
	assert_int_equal(stats_of(SERVER).dpd_sent, 0);
	lab_free(&lab);
	/* one that did not announce it */
	connect_asking(10);
	craft_sa(&lab, SERVER)->peer_dpd = false;
	dpd_start(craft_sa(&lab, SERVER)->peer, lab.now_ms);
	lab_run(&lab, 60000);
	assert_int_equal(stats_of(SERVER).dpd_sent, 0);
	lab_free(&lab);
}

static void send_dpd(uint32_t mid, uint16_t type, uint32_t sequence, bool right_cookies)
{
	const struct isakmp_sa *sa = craft_sa(&lab, CLIENT);
	uint8_t body[28] = {0, 0, 0, 1, PROTO_ISAKMP, 16, (uint8_t)(type >> 8), (uint8_t)type};
	struct wr w = wr_of(body + 24, 4);
	struct craft c;

	memcpy(body + 8, sa->cky_i, 8);
	memcpy(body + 16, sa->cky_r, 8);
	body[8] ^= right_cookies ? 0 : 1;
	wr_u32(&w, sequence);
	craft_begin(&c);
	craft_add(&c, PAYLOAD_NOTIFY, body, sizeof(body));
	craft_send(&lab, EXCHANGE_INFORMATIONAL, mid, c.first, craft_chain(&c), NULL);
}

/* RFC 3706 6.2: only an answer to a question that is out is a sign of life, so that an old
 * one, sent again by somebody else, keeps nobody alive. */
static void answers_are_matched(void **state)
{
	uint32_t sequence;

	(void)state;
	connect_asking(10);
	send_dpd(900, NOTIFY_R_U_THERE_ACK, 1, true); /* nobody asked */
	assert_int_equal(lab_drops(&lab.s[SERVER], "dpd-rate-or-sequence"), 1);
	lab_run(&lab, 60000);
	sequence = craft_sa(&lab, SERVER)->peer->dpd.sequence;
	/* from here on the real client's answers are lost */
	while (craft_sa(&lab, SERVER)->peer->dpd.asked < 2) {
		lab.now_ms = timerq_next_ms(&lab.s[SERVER].timers);
		timerq_run(&lab.s[SERVER].timers, lab.now_ms, 10);
		lab_actions(&lab, SERVER);
		lab.head = lab.tail;
	}
	send_dpd(901, NOTIFY_R_U_THERE_ACK, sequence, true);     /* an old one */
	send_dpd(902, NOTIFY_R_U_THERE_ACK, sequence + 9, true); /* of the future */
	send_dpd(903, NOTIFY_R_U_THERE_ACK, sequence + 1, false);
	assert_int_equal(lab_drops(&lab.s[SERVER], "dpd-rate-or-sequence"), 4);
	assert_int_equal(craft_sa(&lab, SERVER)->peer->dpd.asked, 2);
	send_dpd(904, NOTIFY_R_U_THERE_ACK, sequence + 1, true); /* late, but to a question */
	assert_int_equal(craft_sa(&lab, SERVER)->peer->dpd.asked, 0);
	assert_int_equal(craft_sa(&lab, SERVER)->peer->dpd.alive_ms, lab.now_ms);
	lab_free(&lab);
}

/* H-13, H-14: rising numbers, one a second; the same number again, in a fresh message. */
static void questions_are_answered_with_care(void **state)
{
	uint64_t alive_ms;
	unsigned sent;

	(void)state;
	connect_asking(0);
	sent = lab.sent;
	send_dpd(101, NOTIFY_R_U_THERE, 5, true);
	assert_int_equal(lab.sent - sent, 1);
	send_dpd(102, NOTIFY_R_U_THERE, 6, true); /* too soon */
	lab_run(&lab, 2000);
	send_dpd(103, NOTIFY_R_U_THERE, 4, true); /* fallen */
	send_dpd(104, NOTIFY_R_U_THERE, 6, false);
	assert_int_equal(lab.sent - sent, 1);
	assert_int_equal(lab_drops(&lab.s[SERVER], "dpd-rate-or-sequence"), 3);
	alive_ms = craft_sa(&lab, SERVER)->peer->dpd.alive_ms;
	send_dpd(105, NOTIFY_R_U_THERE, 5, true);
	assert_int_equal(lab.sent - sent, 2);
	assert_int_equal(craft_sa(&lab, SERVER)->peer->dpd.alive_ms, alive_ms); /* no proof */
	lab_run(&lab, 2000);
	send_dpd(106, NOTIFY_R_U_THERE, 6, true);
	assert_int_equal(lab.sent - sent, 3);
	assert_int_equal(craft_sa(&lab, SERVER)->peer->dpd.alive_ms, lab.now_ms);
	lab_free(&lab);
}

/* One question, one asker: a further phase 1 takes over, nothing is asked twice. */
static void renewed_peer_is_asked_once(void **state)
{
	(void)state;
	connect_asking(10);
	lab_run(&lab, 1000);
	assert_true(ike_renew(lab.s[CLIENT].k, lab.now_ms, lab.s[CLIENT].peer));
	lab_run(&lab, 9500);
	assert_int_equal(lab.s[SERVER].n_renewed, 1);
	assert_int_equal(stats_of(SERVER).dpd_sent, 0);
	lab_run(&lab, 1000);
	assert_int_equal(stats_of(SERVER).dpd_sent, 1);
	lab_free(&lab);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(answering_peer_lives),
		cmocka_unit_test(silent_peer_ends),
		cmocka_unit_test(signs_of_life_from_the_caller),
		cmocka_unit_test(who_is_never_asked),
		cmocka_unit_test(answers_are_matched),
		cmocka_unit_test(questions_are_answered_with_care),
		cmocka_unit_test(renewed_peer_is_asked_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
