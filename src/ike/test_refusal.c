/*
 * Phase 1 refusals and limits: wrong keys, nothing in common, messages out of
 * place, floods (security.md 1C, H-03, H-05, H-06, H-09).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "craft.h"
#include "lab.h"

static struct lab lab;

static void connect_default(void)
{
	lab_default(&lab);
	lab_dial(&lab);
	lab_settle(&lab);
	assert_int_equal(lab.s[SERVER].n_child_up, 1);
	assert_int_equal(lab.s[CLIENT].n_child_up, 1);
}

static const char *note_text(const struct lab_side *s, const char *reason)
{
	for (unsigned i = 0; i < s->n_notes && i < 64; i++)
		if (strcmp(s->reasons[i], reason) == 0)
			return s->texts[i];
	return "";
}

static void wrong_psk(void **state)
{
	struct ike_stats stats;

	(void)state;
	lab_default(&lab);
	strcpy(lab.s[CLIENT].psk, "battery staple");
	lab_dial(&lab);
	lab_settle(&lab);
	assert_true(lab_noted(&lab.s[SERVER], "psk-mismatch"));
	assert_int_equal(lab.s[SERVER].n_up, 0);
	/* in clear, smaller than message 5, from a live SA without usable keys */
	assert_int_equal(lab.log[lab.sent - 1].to, CLIENT);
	assert_int_equal(lab.log[lab.sent - 1].b[18], EXCHANGE_INFORMATIONAL);
	assert_int_equal(lab.log[lab.sent - 1].b[19], 0);
	assert_true(lab.log[lab.sent - 1].len <= lab.log[lab.sent - 2].len);
	lab_run(&lab, 40000);
	assert_int_equal(lab.s[CLIENT].n_down, 1);
	assert_string_equal(lab.s[CLIENT].down_reason, "peer-auth-failed");
	ike_get_stats(lab.s[SERVER].k, &stats);
	assert_int_equal(stats.half_open + stats.established, 0);
	lab_free(&lab);
}

/* The right key but another HASH_I: a bit of the ciphertext changed on the way. */
static void wrong_hash_i(void **state)
{
	(void)state;
	for (size_t at = 44; at < 60; at++) {
		lab_default(&lab);
		lab.fault = LAB_CORRUPT;
		lab.fault_at = 5;
		lab.corrupt_offset = at;
		lab_dial(&lab);
		lab_settle(&lab);
		assert_int_equal(lab.s[SERVER].n_up, 0);
		assert_int_equal(lab_drops(&lab.s[SERVER], "authentication-failed"), 1);
		lab_free(&lab);
	}
}

/* H-09: whatever is wrong with message 5, the answer is the same. */
static void message_5_errors_look_alike(void **state)
{
	struct lab_packet a, b;
	uint8_t junk[76 + 16];

	(void)state;
	lab_default(&lab);
	strcpy(lab.s[CLIENT].psk, "battery staple");
	lab_dial(&lab);
	lab_settle(&lab);
	a = lab.log[5];
	memcpy(junk, lab.log[4].b, 28);
	memset(junk + 28, 0x5a, sizeof(junk) - 28);
	junk[27] = sizeof(junk);
	lab_inject(&lab, SERVER, &lab.log[4].flow, false, junk, sizeof(junk));
	b = lab.log[lab.sent - 1];
	assert_int_equal(a.len, b.len);
	assert_memory_equal(a.b, b.b, 20);
	assert_memory_equal(a.b + 24, b.b + 24, a.len - 24);
	lab_free(&lab);
}

static void wrong_message_5_three_times_ends_it(void **state)
{
	struct ike_stats stats;
	struct lab_packet m5;

	(void)state;
	lab_default(&lab);
	strcpy(lab.s[CLIENT].psk, "battery staple");
	lab_dial(&lab);
	lab_settle(&lab);
	m5 = lab.log[4];
	for (int i = 1; i <= 2; i++) {
		m5.b[40] = (uint8_t)i;
		lab_inject(&lab, SERVER, &m5.flow, false, m5.b, m5.len);
	}
	ike_get_stats(lab.s[SERVER].k, &stats);
	assert_int_equal(stats.half_open, 0);
	lab_free(&lab);
}

static void no_common_policy(void **state)
{
	struct ike_policy p = lab_policy;
	struct ike_config cfg;
	struct ike_stats stats;

	(void)state;
	p.group = 2;
	p.hash = PRIM_SHA1;
	lab_init(&lab);
	cfg = lab_config(&lab, CLIENT);
	cfg.policies = &p;
	lab_start(&lab, CLIENT, &cfg);
	cfg = lab_config(&lab, SERVER);
	lab_start(&lab, SERVER, &cfg);
	lab_dial(&lab);
	lab_settle(&lab);
	assert_string_equal(note_text(&lab.s[SERVER], "no-ike-proposal"),
			    "offered AES256-SHA1-MODP1024; accepted here: AES256-SHA256-ECP256");
	assert_string_equal(note_text(&lab.s[SERVER], "ike-offer-refused"),
			    "the first offer fails because no policy has MODP1024; "
			    "`crypto ikev1 policy 10` with `encryption aes-256`, `hash sha`, "
			    "`group 2` takes it");
	assert_int_equal(lab.sent, 2);
	assert_true(lab.log[1].len <= lab.log[0].len);
	ike_get_stats(lab.s[SERVER].k, &stats);
	assert_int_equal(stats.half_open, 0);
	lab_run(&lab, 20000);
	assert_string_equal(lab.s[CLIENT].down_reason, "peer-no-proposal");
	lab_free(&lab);
}

static void no_psk_for_this_peer(void **state)
{
	struct ike_stats stats;

	(void)state;
	lab_default(&lab);
	lab.s[SERVER].no_psk = true;
	lab_dial(&lab);
	lab_settle(&lab);
	assert_true(lab_noted(&lab.s[SERVER], "no-psk"));
	ike_get_stats(lab.s[SERVER].k, &stats);
	assert_int_equal(stats.half_open, 0);
	lab_free(&lab);
}

/* ---- strangers ---- */

static void established_sa_survives_a_new_message_1(void **state)
{
	struct lab_packet mm1;

	(void)state;
	connect_default();
	mm1 = lab.log[0];
	mm1.b[3] ^= 0xff; /* another cookie, same address */
	lab_inject(&lab, SERVER, &mm1.flow, false, mm1.b, mm1.len);
	assert_int_equal(lab.s[SERVER].n_down + lab.s[SERVER].n_child_down, 0);
	ike_close(lab.s[CLIENT].k, lab.now_ms, lab.s[CLIENT].peer, "user");
	lab_settle(&lab);
	assert_int_equal(lab.s[SERVER].n_down, 1); /* by its own peer only */
	lab_free(&lab);
}

static void encrypted_messages_before_keys(void **state)
{
	static const uint8_t exchanges[] = {EXCHANGE_MAIN, EXCHANGE_QUICK, EXCHANGE_INFORMATIONAL,
					    EXCHANGE_TRANSACTION, EXCHANGE_AGGRESSIVE};

	(void)state;
	for (unsigned stop = 1; stop <= 4; stop++) {
		lab_default(&lab);
		lab.fault = LAB_LOSE;
		lab.fault_at = stop;
		lab_dial(&lab);
		lab_settle(&lab);
		for (size_t x = 0; x < sizeof(exchanges); x++) {
			struct lab_packet p = lab.log[stop > 1 ? 1 : 0];
			unsigned sent = lab.sent;

			p.b[18] = exchanges[x];
			p.b[19] = FLAG_ENCRYPTION;
			p.b[23] = 5; /* message id */
			lab_inject(&lab, SERVER, &lab.log[0].flow, false, p.b, p.len);
			assert_int_equal(lab.sent, sent);
		}
		lab_free(&lab);
	}
}

static struct flow stranger(uint32_t n)
{
	return (struct flow){.local = {ip4_addr(0xcb007101), 500},
			     .remote = {ip4_addr(0x0a000000 + n), 500}};
}

static void half_open_limits(void **state)
{
	struct lab_packet mm1;
	struct ike_stats stats;
	struct flow f;

	(void)state;
	lab_default(&lab);
	lab_dial(&lab);
	lab_settle(&lab);
	mm1 = lab.log[0];
	f = stranger(1);
	for (uint8_t i = 1; i <= 20; i++) { /* one source, many cookies */
		mm1.b[0] = i;
		lab.head = lab.tail;
		ike_input(lab.s[SERVER].k, lab.now_ms, &f, false, (struct bytes){mm1.b, mm1.len});
		lab_actions(&lab, SERVER);
	}
	lab.head = lab.tail;
	ike_get_stats(lab.s[SERVER].k, &stats);
	assert_int_equal(stats.half_open, 8);
	assert_int_equal(lab_drops(&lab.s[SERVER], "half-open-per-source"), 12);
	for (uint32_t i = 2; i < 1002; i++) { /* many sources */
		f = stranger(i);
		ike_input(lab.s[SERVER].k, lab.now_ms, &f, false, (struct bytes){mm1.b, mm1.len});
		lab_actions(&lab, SERVER);
		lab.head = lab.tail;
	}
	ike_get_stats(lab.s[SERVER].k, &stats);
	assert_int_equal(stats.half_open, 64);
	assert_int_equal(stats.established, 1);
	assert_true(lab_drops(&lab.s[SERVER], "half-open-evicted") >= 900);
	lab.fault = LAB_FINE;
	lab_run(&lab, 31000);
	ike_get_stats(lab.s[SERVER].k, &stats);
	assert_int_equal(stats.half_open, 0); /* and no answer by a timer: row 75 */
	assert_int_equal(lab.s[SERVER].n_down, 0);
	lab_free(&lab);
}

/* Who sends first messages in a client's name does not keep that client out for long. */
static void source_gets_places_back(void **state)
{
	struct lab_packet mm1;
	struct ike_stats stats;
	struct flow f = stranger(1);

	(void)state;
	lab_default(&lab);
	lab_dial(&lab);
	lab_settle(&lab);
	mm1 = lab.log[0];
	for (uint8_t i = 1; i <= 30; i++) {
		mm1.b[0] = i;
		if (i == 21)
			lab_run(&lab, 2000);
		lab.head = lab.tail;
		ike_input(lab.s[SERVER].k, lab.now_ms, &f, false, (struct bytes){mm1.b, mm1.len});
		lab_actions(&lab, SERVER);
		ike_get_stats(lab.s[SERVER].k, &stats);
		assert_int_equal(stats.half_open, i < 8 ? i : 8);
	}
	/* after 2 s all 8 places may be had once, by the newest */
	assert_int_equal(lab_drops(&lab.s[SERVER], "half-open-per-source"), 12 + 2);
	assert_int_equal(lab_drops(&lab.s[SERVER], "half-open-evicted"), 8);
	lab.head = lab.tail;
	lab_free(&lab);
}

/* An SA past message 3 is not pushed out by a flood of first messages. */
static void flood_does_not_evict_who_paid(void **state)
{
	struct lab_packet mm1;

	(void)state;
	lab_default(&lab);
	lab.s[SERVER].hold_dh = true;
	lab_dial(&lab);
	lab_settle(&lab);
	mm1 = lab.log[0];
	for (uint32_t i = 2; i < 302; i++) {
		struct flow f = stranger(i);

		ike_input(lab.s[SERVER].k, lab.now_ms, &f, false, (struct bytes){mm1.b, mm1.len});
		lab_actions(&lab, SERVER);
		lab.head = lab.tail;
	}
	ike_dh_run(lab.s[SERVER].held_dh);
	ike_dh_done(lab.s[SERVER].k, lab.now_ms, lab.s[SERVER].held_dh);
	lab.s[SERVER].held_dh = NULL;
	lab.s[SERVER].hold_dh = false;
	lab_settle(&lab);
	assert_int_equal(lab.s[SERVER].n_child_up, 1);
	lab_free(&lab);
}

static void dh_budget(void **state)
{
	struct ike_config cfg;

	(void)state;
	lab_init(&lab);
	cfg = lab_config(&lab, CLIENT);
	lab_start(&lab, CLIENT, &cfg);
	cfg = lab_config(&lab, SERVER);
	cfg.dh_jobs_max = 1;
	lab_start(&lab, SERVER, &cfg);
	lab.s[SERVER].hold_dh = true;
	lab_dial(&lab);
	lab_dial(&lab);
	lab_settle(&lab);
	assert_int_equal(lab_drops(&lab.s[SERVER], "dh-budget"), 1);
	ike_dh_run(lab.s[SERVER].held_dh);
	ike_dh_done(lab.s[SERVER].k, lab.now_ms, lab.s[SERVER].held_dh);
	lab.s[SERVER].held_dh = NULL;
	lab.s[SERVER].hold_dh = false;
	lab_run(&lab, 10000); /* the other one comes through by retransmission */
	assert_int_equal(lab.s[SERVER].n_child_up, 2);
	lab_free(&lab);
}

/* H-03: refusals to strangers are few. */
static void refusals_are_rate_limited(void **state)
{
	struct ike_policy p = lab_policy;
	struct ike_config cfg;
	struct lab_packet mm1;
	unsigned sent;

	(void)state;
	p.group = 14;
	lab_init(&lab);
	cfg = lab_config(&lab, CLIENT);
	cfg.policies = &p;
	lab_start(&lab, CLIENT, &cfg);
	cfg = lab_config(&lab, SERVER);
	lab_start(&lab, SERVER, &cfg);
	lab_dial(&lab);
	lab_settle(&lab);
	mm1 = lab.log[0];
	sent = lab.sent;
	for (unsigned i = 0; i < 100; i++) {
		ike_input(lab.s[SERVER].k, lab.now_ms, &mm1.flow, false,
			  (struct bytes){mm1.b, mm1.len});
		lab_actions(&lab, SERVER);
		lab.head = lab.tail;
	}
	assert_true(lab.sent - sent <= 4);
	assert_true(lab_drops(&lab.s[SERVER], "notify-rate") >= 96);
	lab_free(&lab);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(wrong_psk),
		cmocka_unit_test(wrong_hash_i),
		cmocka_unit_test(message_5_errors_look_alike),
		cmocka_unit_test(wrong_message_5_three_times_ends_it),
		cmocka_unit_test(no_common_policy),
		cmocka_unit_test(no_psk_for_this_peer),
		cmocka_unit_test(established_sa_survives_a_new_message_1),
		cmocka_unit_test(encrypted_messages_before_keys),
		cmocka_unit_test(half_open_limits),
		cmocka_unit_test(source_gets_places_back),
		cmocka_unit_test(flood_does_not_evict_who_paid),
		cmocka_unit_test(dh_budget),
		cmocka_unit_test(refusals_are_rate_limited),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
