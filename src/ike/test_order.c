/*
 * How messages of Main Mode and Quick Mode may arrive: twice, too early, with one marker too
 * many (clients.md 1.2), with payloads that nobody asked for, or never (H-12).
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
#include "psk.h"

static struct lab lab;

static void assert_connected(void)
{
	for (int i = 0; i < 2; i++) {
		assert_int_equal(lab.s[i].n_up, 1);
		assert_int_equal(lab.s[i].n_child_up, 1);
		assert_int_equal(lab.s[i].n_down, 0);
	}
}

/* ---- markers ---- */

static void a_marker_too_many(void **state)
{
	struct lab_packet m5, twice;

	(void)state;
	lab_default(&lab);
	lab.nat = true;
	m5 = craft_until(&lab, 5);
	assert_true(m5.natt);
	twice = m5;
	memset(twice.b, 0, 4);
	memcpy(twice.b + 4, m5.b, m5.len);
	twice.len = m5.len + 4;
	twice.natt = false; /* not on port 500 */
	craft_give(&lab, &twice);
	assert_int_equal(lab.s[SERVER].n_up, 0);
	twice.natt = true;
	craft_give(&lab, &twice);
	assert_connected();
	lab_free(&lab);
}

static void a_cookie_may_begin_with_zeros(void **state)
{
	static const uint8_t zeros[64];
	uint8_t b[64] = {0, 0, 0, 0, 1, 2, 3, 4};
	struct bytes msg = {b, sizeof(b)};

	(void)state;
	b[27] = sizeof(b);
	assert_ptr_equal(isakmp_behind_marker(msg).p, b);
	b[27] = 0;
	b[31] = sizeof(b) - 4;
	assert_ptr_equal(isakmp_behind_marker(msg).p, b + 4);
	assert_int_equal(isakmp_behind_marker(msg).len, sizeof(b) - 4);
	for (size_t len = 0; len < sizeof(zeros); len++) {
		struct bytes r = isakmp_behind_marker((struct bytes){zeros, len});

		assert_true(r.len <= len);
	}
}

/* ---- duplicates ---- */

/* Each message of the client three times in a row, the answers stay the same and nothing is
 * done twice. */
static void every_message_three_times(void **state)
{
	(void)state;
	for (unsigned n = 1; n <= 9; n += 2) {
		struct lab_packet p;
		unsigned before, answers;

		lab_default(&lab);
		p = craft_until(&lab, n);
		before = lab.sent;
		for (int i = 0; i < 3; i++) {
			ike_input(lab.s[SERVER].k, lab.now_ms, &p.flow, p.natt,
				  (struct bytes){p.b, p.len});
			lab_actions(&lab, SERVER);
		}
		answers = lab.sent - before;
		assert_int_equal(answers, n == 9 ? 0 : 3); /* QM3 has none */
		for (unsigned i = 1; i < answers; i++) {
			assert_int_equal(lab.log[before].len, lab.log[before + i].len);
			assert_memory_equal(lab.log[before].b, lab.log[before + i].b,
					    lab.log[before].len);
		}
		lab_run(&lab, 5000);
		assert_connected();
		assert_int_equal(lab.s[SERVER].n_add, 1);
		lab_free(&lab);
	}
}

/* A copy of a message that is old by now finds nothing to do. */
static void late_copies_change_nothing(void **state)
{
	struct ike_stats stats;
	unsigned before;

	(void)state;
	lab_default(&lab);
	lab_dial(&lab);
	lab_settle(&lab);
	assert_connected();
	before = lab.sent;
	for (unsigned i = 0; i < before; i += 2)
		craft_give(&lab, &lab.log[i]);
	lab_run(&lab, 60000);
	for (unsigned i = 0; i < before; i += 2)
		craft_give(&lab, &lab.log[i]);
	lab_run(&lab, 60000);
	assert_connected();
	assert_int_equal(lab.s[SERVER].n_add, 1);
	ike_get_stats(lab.s[SERVER].k, &stats);
	assert_int_equal(stats.established, 1);
	assert_int_equal(stats.children, 1);
	lab_free(&lab);
}

/* An encrypted message while the sum for message 4 is out, and a Quick Mode before message 5:
 * dropped, and what follows works. */
static void too_early(void **state)
{
	struct lab_packet m3, m5;
	uint8_t junk[92];

	(void)state;
	lab_default(&lab);
	m3 = craft_until(&lab, 3);
	lab.s[SERVER].hold_dh = true;
	craft_give(&lab, &m3);
	assert_non_null(lab.s[SERVER].held_dh);
	memcpy(junk, m3.b, 28);
	memset(junk + 28, 0x5a, sizeof(junk) - 28);
	junk[16] = PAYLOAD_ID;
	junk[19] = FLAG_ENCRYPTION;
	junk[26] = 0;
	junk[27] = sizeof(junk);
	lab_inject(&lab, SERVER, &m3.flow, false, junk, sizeof(junk));
	assert_int_equal(lab_drops(&lab.s[SERVER], "not-expected-in-this-state"), 1);
	craft_give(&lab, &m3); /* and message 3 again: it is being answered */
	assert_int_equal(lab_drops(&lab.s[SERVER], "sum-in-progress"), 1);
	assert_int_equal(lab_drops(&lab.s[SERVER], "not-expected-in-this-state"), 1);
	lab.s[SERVER].hold_dh = false;
	ike_dh_run(lab.s[SERVER].held_dh);
	ike_dh_done(lab.s[SERVER].k, lab.now_ms, lab.s[SERVER].held_dh);
	lab.s[SERVER].held_dh = NULL;
	lab_settle(&lab);
	assert_connected();
	lab_free(&lab);

	lab_default(&lab);
	m5 = craft_until(&lab, 5);
	memcpy(junk, m5.b, 28);
	junk[16] = PAYLOAD_HASH;
	junk[18] = EXCHANGE_QUICK;
	junk[23] = 1;
	junk[26] = 0;
	junk[27] = sizeof(junk);
	lab_inject(&lab, SERVER, &m5.flow, false, junk, sizeof(junk));
	assert_int_equal(lab_drops(&lab.s[SERVER], "not-expected-in-this-state"), 1);
	craft_give(&lab, &m5);
	assert_connected();
	lab_free(&lab);
}

/* ---- never ---- */

/* The client falls silent behind any of its messages: nothing of it stays. */
static void half_finished_exchanges_expire(void **state)
{
	(void)state;
	for (unsigned n = 1; n <= 7; n++) {
		struct lab_packet p;

		lab_default(&lab);
		p = craft_until(&lab, n);
		if (p.to == SERVER)
			craft_give(&lab, &p);
		ike_free(lab.s[CLIENT].k);
		lab.s[CLIENT].k = NULL;
		lab.head = lab.tail;
		for (unsigned t = 0; t < 4000; t++) { /* the child and then its peer */
			lab.now_ms += 10000;
			timerq_run(&lab.s[SERVER].timers, lab.now_ms, 1000);
			lab_actions(&lab, SERVER);
			lab.head = lab.tail;
		}
		assert_true(craft_nothing_left(&lab, SERVER));
		assert_int_equal(timerq_next_ms(&lab.s[SERVER].timers), TIMER_NEVER);
		assert_int_equal(lab.s[SERVER].n_add, lab.s[SERVER].n_child_down);
		assert_int_equal(lab.s[SERVER].n_up, lab.s[SERVER].n_down);
		ike_free(lab.s[SERVER].k);
	}
}

/* ---- payloads ---- */

/* Message 5 by hand: the ID in any of the forms that clients use, and much around it. */
static void give_message_5(uint8_t protocol, uint16_t port, bool extras)
{
	struct isakmp_sa *sa;
	struct lab_packet m5 = craft_until(&lab, 5);
	uint8_t id[8] = {
		ID_IPV4_ADDR, protocol, (uint8_t)(port >> 8), (uint8_t)port, 192, 168, 0, 2};
	uint8_t hash[PRIM_HASH_MAX], iv[IKE_BLOCK], buf[1024];
	static const uint8_t contact[8] = {0, 0, 0, 1, PROTO_ISAKMP, 0, 0x60, 2};
	struct isakmp_header h;
	struct bytes out;
	struct msg m;

	sa = craft_sa(&lab, CLIENT);
	assert_true(auth_hash(sa, true, (struct bytes){id, 8}, hash));
	assert_true(keymat_iv(&sa->key, dh_ours(sa->hs->dh), dh_theirs(sa->hs->dh), iv));
	sa_header(sa, EXCHANGE_MAIN, 0, &h);
	msg_begin(&m, buf, sizeof(buf), &h);
	if (extras)
		msg_add(&m, PAYLOAD_VENDOR_ID, (struct bytes){hash, 20});
	msg_add(&m, PAYLOAD_ID, (struct bytes){id, 8});
	if (extras) {
		msg_add(&m, PAYLOAD_CERT, (struct bytes){id, 8});
		msg_add(&m, PAYLOAD_CERT_REQUEST, (struct bytes){id, 1});
		msg_add(&m, PAYLOAD_CERT_REQUEST, (struct bytes){NULL, 0});
		msg_add(&m, 0x85, (struct bytes){id, 4});
	}
	msg_add(&m, PAYLOAD_HASH, (struct bytes){hash, sa->key.hash_len});
	if (extras)
		msg_add(&m, PAYLOAD_NOTIFY, (struct bytes){contact, sizeof(contact)});
	out = msg_encrypt(&m, &sa->key, iv);
	memcpy(sa->iv, iv, IKE_BLOCK);
	lab_inject(&lab, SERVER, &m5.flow, m5.natt, out.p, out.len);
}

static void identities_as_clients_write_them(void **state)
{
	static const struct {
		uint8_t protocol;
		uint16_t port;
	} rows[] = {{0, 0}, {17, 500}, {17, 0}, {17, 1701}, {17, 4500}, {0, 500}};

	(void)state;
	for (size_t i = 0; i < 2 * sizeof(rows) / sizeof(rows[0]); i++) {
		struct ike_sa_info info;
		bool extras = i % 2;

		lab_default(&lab);
		give_message_5(rows[i / 2].protocol, rows[i / 2].port, extras);
		assert_connected();
		assert_true(ike_get_sa(lab.s[SERVER].k, lab.s[SERVER].up, &info));
		assert_int_equal(info.peer_id.protocol, rows[i / 2].protocol);
		assert_int_equal(info.peer_id.port, rows[i / 2].port);
		assert_int_equal(lab_noted(&lab.s[SERVER], "initial-contact"), extras);
		lab_free(&lab);
	}
}

/* Clear messages with payloads that nobody asked for: what is known is used, the rest not. */
static void extra_payloads_in_clear(void **state)
{
	static const uint8_t types[] = {
		PAYLOAD_VENDOR_ID, PAYLOAD_CERT_REQUEST, PAYLOAD_CERT, PAYLOAD_NOTIFY, 0x80, 0xff};
	static const uint8_t body[24] = {0, 0, 0, 1, 1, 0, 0x60, 2};

	(void)state;
	for (unsigned n = 1; n <= 3; n += 2) {
		for (size_t t = 0; t < sizeof(types); t++) {
			struct lab_packet p;
			size_t at = 28;
			struct wr w;

			lab_default(&lab);
			p = craft_until(&lab, n);
			while (p.b[at])
				at += (size_t)p.b[at + 2] << 8 | p.b[at + 3];
			p.b[at] = types[t];
			w = wr_of(p.b + p.len, 100);
			wr_u32(&w, 4 + sizeof(body));
			wr_copy(&w, body, sizeof(body));
			p.len += w.len;
			p.b[26] = (uint8_t)(p.len >> 8);
			p.b[27] = (uint8_t)p.len;
			craft_give(&lab, &p);
			assert_connected();
			lab_free(&lab);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_marker_too_many),
		cmocka_unit_test(a_cookie_may_begin_with_zeros),
		cmocka_unit_test(every_message_three_times),
		cmocka_unit_test(late_copies_change_nothing),
		cmocka_unit_test(too_early),
		cmocka_unit_test(half_finished_exchanges_expire),
		cmocka_unit_test(identities_as_clients_write_them),
		cmocka_unit_test(extra_payloads_in_clear),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
