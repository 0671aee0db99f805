/*
 * Aggressive Mode (RFC 2409 5.4, RFC 3947, H-12): both roles against each other, loss,
 * doubling and change of every message, and a recorded exchange.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "aggressive.h"
#include "craft.h"
#include "lab.h"
#include "psk.h"
#include "test_files.h"

static struct lab lab;

static void assert_connected(void)
{
	for (int i = 0; i < 2; i++) {
		assert_int_equal(lab.s[i].n_up, 1);
		assert_int_equal(lab.s[i].n_child_up, 1);
		assert_int_equal(lab.s[i].n_down, 0);
	}
	assert_int_equal(lab.s[CLIENT].keys.spi_in, lab.s[SERVER].keys.spi_out);
	assert_memory_equal(lab.s[CLIENT].keys.in_enc, lab.s[SERVER].keys.out_enc, 32);
	assert_memory_equal(lab.s[CLIENT].keys.out_auth, lab.s[SERVER].keys.in_auth, 20);
}

static void three_messages_and_quick_mode(void **state)
{
	struct ike_sa_info info;

	(void)state;
	for (int clear = 0; clear < 2; clear++) {
		lab_aggressive(&lab, "sales");
		lab.clear_msg3 = clear;
		lab_dial(&lab);
		lab_settle(&lab);
		assert_connected();
		assert_int_equal(lab.sent, 6);
		assert_int_equal(lab.log[2].b[18], EXCHANGE_AGGRESSIVE);
		assert_int_equal(lab.log[2].b[19], clear ? 0 : FLAG_ENCRYPTION);
		assert_false(lab.s[SERVER].keys.udp_encap);
		assert_true(ike_get_sa(lab.s[SERVER].k, lab.s[SERVER].up, &info));
		assert_string_equal(info.state, "AM_ACTIVE");
		assert_int_equal(info.peer_id.type, ID_KEY_ID);
		assert_memory_equal(info.peer_id.data, "sales", 5);
		assert_true(ike_get_sa(lab.s[CLIENT].k, lab.s[CLIENT].up, &info));
		assert_string_equal(info.state, "AM_ACTIVE");
		assert_true(lab_noted(&lab.s[SERVER], "aggressive-mode"));
		assert_int_equal(lab.s[SERVER].k->n_aggressive, 0);
		ike_close(lab.s[CLIENT].k, lab.now_ms, lab.s[CLIENT].peer, "user");
		lab_settle(&lab);
		assert_string_equal(lab.s[SERVER].down_reason, "peer-delete");
		assert_true(craft_nothing_left(&lab, SERVER));
		lab_free(&lab);
	}
}

static void main_mode_is_as_before(void **state)
{
	struct ike_sa_info info;

	(void)state;
	lab_aggressive(&lab, "sales");
	lab.aggressive = false;
	lab_dial(&lab);
	lab_settle(&lab);
	assert_connected();
	assert_false(lab.s[SERVER].asked_with_id);
	assert_true(ike_get_sa(lab.s[SERVER].k, lab.s[SERVER].up, &info));
	assert_string_equal(info.state, "MM_ACTIVE");
	lab_free(&lab);
}

static void key_is_found_by_identity(void **state)
{
	(void)state;
	lab_aggressive(&lab, "sales");
	strcpy(lab.s[CLIENT].psk, "the group's own key");
	strcpy(lab.s[SERVER].group, "sales");
	strcpy(lab.s[SERVER].group_psk, "the group's own key");
	lab_dial(&lab);
	lab_settle(&lab);
	assert_connected();
	assert_true(lab.s[SERVER].asked_with_id);
	assert_int_equal(lab.s[SERVER].asked_id.type, ID_KEY_ID);
	lab_free(&lab);

	lab_aggressive(&lab, "sales"); /* another identity has another key */
	lab.id = lab_key_id("support");
	strcpy(lab.s[CLIENT].psk, "the group's own key");
	strcpy(lab.s[SERVER].group, "sales");
	strcpy(lab.s[SERVER].group_psk, "the group's own key");
	lab_dial(&lab);
	lab_run(&lab, 60000);
	assert_int_equal(lab.s[SERVER].n_up, 0);
	assert_string_equal(lab.s[CLIENT].down_reason, "peer-auth-failed");
	assert_true(craft_nothing_left(&lab, SERVER));
	lab_free(&lab);
}

static void nat_is_found_and_floats(void **state)
{
	struct ike_sa_info info;

	(void)state;
	for (int clear = 0; clear < 2; clear++) {
		lab_aggressive(&lab, "sales");
		lab.clear_msg3 = clear;
		lab.nat = true;
		lab_dial(&lab);
		lab_settle(&lab);
		assert_connected();
		assert_true(lab.s[SERVER].keys.udp_encap);
		assert_true(ike_get_sa(lab.s[SERVER].k, lab.s[SERVER].up, &info));
		assert_true(info.natt && info.peer_behind_nat && !info.we_behind_nat);
		assert_int_equal(info.flow.remote.port, 40001);
		assert_true(ike_get_sa(lab.s[CLIENT].k, lab.s[CLIENT].up, &info));
		assert_true(info.we_behind_nat && !info.peer_behind_nat);
		lab_free(&lab);
	}
}

static void force_encap_makes_the_client_float(void **state)
{
	struct ike_config cfg;
	struct ike_sa_info info;

	(void)state;
	lab_aggressive(&lab, "sales");
	cfg = lab_config(&lab, SERVER);
	cfg.aggressive = true;
	cfg.force_encap = true;
	assert_true(ike_reconfigure(lab.s[SERVER].k, &cfg));
	lab_dial(&lab);
	lab_settle(&lab);
	assert_connected();
	assert_true(lab.s[SERVER].keys.udp_encap);
	assert_true(ike_get_sa(lab.s[SERVER].k, lab.s[SERVER].up, &info));
	assert_true(info.natt);
	assert_false(info.peer_behind_nat);
	lab_free(&lab);
}

/* Every message lost or doubled, and changed at several places. */
static void one_fault_in_any_message(void **state)
{
	static const size_t offsets[] = {0,  9,  16, 17, 18,  19,  21,  26,  28,
					 31, 40, 60, 75, 100, 140, 180, 230, 270};

	(void)state;
	for (unsigned fault = LAB_LOSE; fault <= LAB_CORRUPT; fault++) {
		size_t n_offsets = fault == LAB_CORRUPT ? sizeof(offsets) / sizeof(offsets[0]) : 1;

		for (unsigned at = 1; at <= 6; at++) {
			for (size_t o = 0; o < n_offsets; o++) {
				lab_aggressive(&lab, "sales");
				lab.clear_msg3 = o % 2;
				lab.fault = (enum lab_fault)fault;
				lab.fault_at = at;
				lab.corrupt_offset = offsets[o];
				lab_dial(&lab);
				lab_run(&lab, 29000);
				if (fault == LAB_CORRUPT && at <= 3) {
					assert_true(lab.s[CLIENT].n_child_up <= 1);
					lab_run(&lab, 200000);
				} else {
					assert_connected();
				}
				lab_free(&lab);
			}
		}
	}
}

/* Message 3 is lost: the client is up, its Quick Mode brings message 2 and with it message 3
 * back, and its own retransmission of QM1 is then taken. */
static void lost_message_3_comes_back(void **state)
{
	(void)state;
	for (int nat = 0; nat < 2; nat++) {
		lab_aggressive(&lab, "sales");
		lab.nat = nat;
		lab.fault = LAB_LOSE;
		lab.fault_at = 3;
		lab_dial(&lab);
		lab_settle(&lab);
		assert_int_equal(lab.s[CLIENT].n_up, 1);
		assert_int_equal(lab.s[SERVER].n_up, 1);
		assert_true(lab_noted(&lab.s[SERVER], "aggressive-message-3-lost"));
		assert_int_equal(lab.s[SERVER].n_child_up, 0);
		lab_run(&lab, 1500);
		assert_connected();
		assert_int_equal(lab.s[SERVER].keys.udp_encap, nat);
		lab_free(&lab);
	}
}

/* QM1 overtakes message 3: it is not taken, and does not count as seen. */
static void quick_mode_overtakes_message_3(void **state)
{
	struct lab_packet msg3, qm1;

	(void)state;
	lab_aggressive(&lab, "sales");
	lab_dial(&lab);
	lab.fault = LAB_LOSE;
	lab.fault_at = 3;
	lab.s[SERVER].hold_install = false;
	lab_settle(&lab);
	msg3 = lab.log[2];
	lab_free(&lab);

	lab_aggressive(&lab, "sales");
	lab.fault = LAB_LOSE;
	lab.fault_at = 3;
	lab_dial(&lab);
	while (lab.sent < 4) {
		lab_actions(&lab, CLIENT);
		if (lab.head != lab.tail) {
			struct lab_packet p = lab.queue[lab.head++ % 64];

			ike_input(lab.s[p.to].k, lab.now_ms, &p.flow, p.natt,
				  (struct bytes){p.b, p.len});
			lab_actions(&lab, p.to);
		}
	}
	msg3 = lab.log[2];
	qm1 = lab.log[3];
	lab.head = lab.tail;
	assert_int_equal(qm1.b[18], EXCHANGE_QUICK);
	ike_input(lab.s[SERVER].k, lab.now_ms, &qm1.flow, qm1.natt, (struct bytes){qm1.b, qm1.len});
	assert_int_equal(lab.s[SERVER].n_add, 0);
	ike_input(lab.s[SERVER].k, lab.now_ms, &msg3.flow, msg3.natt,
		  (struct bytes){msg3.b, msg3.len});
	lab_actions(&lab, SERVER);
	assert_int_equal(lab.s[SERVER].n_up, 1);
	lab_inject(&lab, SERVER, &qm1.flow, qm1.natt, qm1.b, qm1.len); /* sent again */
	lab_run(&lab, 1500);
	assert_connected();
	lab_free(&lab);
}

static void doubled_message_1_is_answered_from_memory(void **state)
{
	struct lab_packet m1;
	unsigned before;

	(void)state;
	lab_aggressive(&lab, "sales");
	lab.s[SERVER].hold_dh = true;
	lab_dial(&lab);
	lab_settle(&lab);
	assert_int_equal(lab.sent, 1);
	m1 = lab.log[0];
	lab_inject(&lab, SERVER, &m1.flow, m1.natt, m1.b, m1.len); /* the sum is not done yet */
	assert_int_equal(lab.sent, 1);
	assert_int_equal(lab_drops(&lab.s[SERVER], "sum-in-progress"), 1);
	assert_int_equal(lab.s[SERVER].k->dh_strangers, 1);
	ike_dh_run(lab.s[SERVER].held_dh);
	ike_dh_done(lab.s[SERVER].k, lab.now_ms, lab.s[SERVER].held_dh);
	lab.s[SERVER].held_dh = NULL;
	lab.s[SERVER].hold_dh = false;
	lab_actions(&lab, SERVER);
	lab.head = lab.tail; /* the client does not get it */
	before = lab.sent;
	for (int i = 0; i < 10; i++) {
		ike_input(lab.s[SERVER].k, lab.now_ms, &m1.flow, m1.natt,
			  (struct bytes){m1.b, m1.len});
		lab_actions(&lab, SERVER);
	}
	assert_int_equal(lab.sent - before, 3);
	assert_memory_equal(lab.log[before].b, lab.log[before - 1].b, lab.log[before].len);
	assert_int_equal(lab.s[SERVER].k->dh_strangers, 0);
	lab_settle(&lab);
	assert_connected();
	lab_free(&lab);
}

static void half_open_ends_with_no_leftovers(void **state)
{
	ike_peer_id peer;

	(void)state;
	lab_aggressive(&lab, "sales");
	lab.fault = LAB_LOSE;
	lab.fault_at = 2;
	peer = lab_dial(&lab);
	lab_settle(&lab);
	ike_close(lab.s[CLIENT].k, lab.now_ms, peer, "user");
	assert_int_equal(lab.s[SERVER].k->n_aggressive, 1);
	lab_run(&lab, 30000);
	assert_true(craft_nothing_left(&lab, SERVER));
	assert_true(lab_noted(&lab.s[SERVER], "ike-half-open-timeout"));
	lab_free(&lab);

	lab_aggressive(&lab, "sales"); /* the sum comes back after the end */
	lab.s[SERVER].hold_dh = true;
	lab_dial(&lab);
	lab_settle(&lab);
	lab_run(&lab, 60000);
	ike_dh_run(lab.s[SERVER].held_dh);
	ike_dh_done(lab.s[SERVER].k, lab.now_ms, lab.s[SERVER].held_dh);
	lab.s[SERVER].held_dh = NULL;
	assert_true(craft_nothing_left(&lab, SERVER));
	lab_free(&lab);
}

/* ---- a recorded exchange: AM3 in clear, then Quick Mode ---- */

static uint8_t recorded[8][512], g_xy[128];
static size_t recorded_len[8];

static bool read_record(void)
{
	FILE *f = captures_open("rub-nds/handshakes.txt");
	char line[8192];
	unsigned n = 0;
	bool mine = false;

	if (!f)
		return false;
	while (fgets(line, sizeof(line), f)) {
		if (strncmp(line, "== ", 3) == 0)
			mine = strncmp(line + 3, "aggressive-psk ", 15) == 0;
		if (mine && n < 8 && (line[0] == 'I' || line[0] == 'R') && line[1] == ' ') {
			int len = hex_bytes(line + 2, recorded[n], sizeof(recorded[0]));

			assert_true(len > 0);
			recorded_len[n++] = (size_t)len;
		}
		if (mine && strncmp(line, "g_xy = ", 7) == 0)
			assert_int_equal(hex_bytes(line + 7, g_xy, sizeof(g_xy)), 128);
	}
	fclose(f);
	return n >= 4;
}

static struct bytes recorded_body(unsigned n, struct payloads *p, enum payload_kind kind)
{
	struct isakmp_header h;
	struct bytes body;

	assert_int_equal(
		isakmp_header_parse((struct bytes){recorded[n], recorded_len[n]}, &h, &body),
		DROP_NONE);
	assert_int_equal(payloads_parse(h.next, body, false, p), DROP_NONE);
	return payload_first(p, kind)->body;
}

/* The responder's side of it with our code: HASH_R is what was sent, HASH_I is accepted, and
 * the Quick Mode behind a message 3 in clear begins at the first IV. */
static void recorded_exchange(void **state)
{
	struct ike_config cfg;
	struct isakmp_sa *sa;
	struct payloads m1, m2, m3, qm;
	struct isakmp_header h;
	struct bytes body, ni, nr;
	const struct flow flow = lab_client_flow();
	uint8_t hash[PRIM_HASH_MAX], iv[IKE_BLOCK], plain[512];

	(void)state;
	if (!read_record())
		skip();
	lab_init(&lab);
	strcpy(lab.s[SERVER].psk, "AAAA");
	cfg = lab_config(&lab, SERVER);
	lab_start(&lab, SERVER, &cfg);
	sa = sa_new(lab.s[SERVER].k, IKE_RESPONDER, &flow, 0);
	sa->aggressive = true;
	lab.s[SERVER].k->n_aggressive++;
	sa->key.hash = PRIM_SHA1;
	sa->key.hash_len = 20;
	sa->key.cipher = PRIM_AES_CBC;
	sa->key.key_len = 16;
	memcpy(sa->cky_i, recorded[1], 8);
	memcpy(sa->cky_r, recorded[1] + 8, 8);
	assert_true(sa_keep_sai(sa, recorded_body(0, &m1, KIND_SA)));
	assert_true(id_parse(payload_first(&m1, KIND_ID)->body, &sa->peer_id));
	ni = payload_first(&m1, KIND_NONCE)->body;
	nr = recorded_body(1, &m2, KIND_NONCE);
	memcpy(sa->hs->ni, ni.p, ni.len);
	memcpy(sa->hs->nr, nr.p, nr.len);
	sa->hs->ni_len = (uint16_t)ni.len;
	sa->hs->nr_len = (uint16_t)nr.len;
	sa->hs->dh = dh_job_new(2, DH_BOTH, payload_first(&m1, KIND_KE)->body);
	assert_non_null(sa->hs->dh);
	memcpy(sa->hs->dh->ours, payload_first(&m2, KIND_KE)->body.p, 128);
	memcpy(sa->hs->dh->secret, g_xy, 128);
	assert_int_equal(psk_keys(sa), DROP_NONE);
	assert_true(lab.s[SERVER].asked_with_id);
	assert_true(auth_hash(sa, false, payload_first(&m2, KIND_ID)->body, hash));
	assert_memory_equal(hash, payload_first(&m2, KIND_HASH)->body.p, 20);
	assert_int_equal(recorded[2][19], 0);
	body = recorded_body(2, &m3, KIND_HASH);
	assert_true(psk_check(sa, true, aggressive_id_body(&sa->peer_id, plain), body));
	hash[0] ^= 1;
	assert_false(
		psk_check(sa, false, payload_first(&m2, KIND_ID)->body, (struct bytes){hash, 20}));
	assert_int_equal(
		isakmp_header_parse((struct bytes){recorded[3], recorded_len[3]}, &h, &body),
		DROP_NONE);
	assert_true(keymat_iv_phase2(&sa->key, sa->iv, h.mid, iv));
	assert_int_equal(msg_decrypt(&sa->key, iv, body, plain, sizeof(plain), iv), DROP_NONE);
	assert_int_equal(payloads_parse(h.next, (struct bytes){plain, body.len}, true, &qm),
			 DROP_NONE);
	assert_true(quick_hash_check(sa, h.mid, (struct bytes){NULL, 0}, &qm));
	sa_end(sa, "test", false);
	lab_actions(&lab, SERVER);
	ike_free(lab.s[SERVER].k);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(three_messages_and_quick_mode),
		cmocka_unit_test(main_mode_is_as_before),
		cmocka_unit_test(key_is_found_by_identity),
		cmocka_unit_test(nat_is_found_and_floats),
		cmocka_unit_test(force_encap_makes_the_client_float),
		cmocka_unit_test(one_fault_in_any_message),
		cmocka_unit_test(lost_message_3_comes_back),
		cmocka_unit_test(quick_mode_overtakes_message_3),
		cmocka_unit_test(doubled_message_1_is_answered_from_memory),
		cmocka_unit_test(half_open_ends_with_no_leftovers),
		cmocka_unit_test(recorded_exchange),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
