/*
 * Aggressive Mode from strangers (security.md H-01, H-03, H-09, 10, 22, 28, 44, 60): off,
 * wrong keys, unknown identities, nothing in common, malformed, floods.
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

/* H-01: nothing leaves, and the story says what to do. */
static void off_by_default(void **state)
{
	struct ike_stats stats;

	(void)state;
	lab_default(&lab);
	lab.aggressive = true;
	lab.id = lab_key_id("sales");
	lab_dial(&lab);
	lab_run(&lab, 60000);
	assert_int_equal(lab.sent, 5); /* all of them the client's */
	assert_int_equal(lab.s[CLIENT].n_down, 1);
	assert_string_equal(lab.s[CLIENT].down_reason, "timeout");
	assert_int_equal(lab_drops(&lab.s[SERVER], "aggressive-mode-off"), 5);
	assert_non_null(strstr(lab_note(&lab.s[SERVER], "aggressive-mode-off"), "sales"));
	assert_non_null(strstr(lab_note(&lab.s[SERVER], "aggressive-mode-off"),
			       "no crypto ikev1 am-disable"));
	ike_get_stats(lab.s[SERVER].k, &stats);
	assert_int_equal(stats.half_open, 0);
	assert_true(craft_nothing_left(&lab, SERVER));
	lab_free(&lab);
}

static void refusals_of_a_flood_are_noted_rarely(void **state)
{
	struct lab_packet m1;

	(void)state;
	lab_default(&lab);
	lab.aggressive = true;
	lab_dial(&lab);
	lab_settle(&lab);
	m1 = lab.log[0];
	lab.s[SERVER].n_notes = 0;
	for (unsigned i = 0; i < 1000; i++)
		lab_inject(&lab, SERVER, &m1.flow, false, m1.b, m1.len);
	assert_true(lab.s[SERVER].n_notes <= 2);
	assert_int_equal(lab.sent, 1);
	assert_int_equal(lab_drops(&lab.s[SERVER], "aggressive-mode-off"), 1001);
	lab_free(&lab);
}

static void wrong_key(void **state)
{
	(void)state;
	lab_aggressive(&lab, "sales");
	strcpy(lab.s[CLIENT].psk, "battery staple");
	lab_dial(&lab);
	lab_settle(&lab);
	/* the initiator sees it first: HASH_R is wrong */
	assert_string_equal(lab.s[CLIENT].down_reason, "peer-auth-failed");
	assert_true(lab_noted(&lab.s[CLIENT], "psk-mismatch"));
	assert_int_equal(lab.s[SERVER].n_up, 0);
	lab_run(&lab, 40000);
	assert_true(craft_nothing_left(&lab, SERVER));
	lab_free(&lab);
}

/* A message 3 whose HASH_I is wrong, in clear and encrypted: one small answer, three tries. */
static void wrong_message_3(void **state)
{
	(void)state;
	for (int clear = 0; clear < 2; clear++) {
		struct lab_packet m3;
		unsigned before;

		lab_aggressive(&lab, "sales");
		lab.clear_msg3 = clear;
		lab.fault = LAB_LOSE;
		lab.fault_at = 3;
		lab_dial(&lab);
		lab_actions(&lab, CLIENT);
		while (lab.sent < 3) {
			struct lab_packet p = lab.queue[lab.head++ % 64];

			ike_input(lab.s[p.to].k, lab.now_ms, &p.flow, p.natt,
				  (struct bytes){p.b, p.len});
			lab_actions(&lab, p.to);
		}
		lab.head = lab.tail;
		m3 = lab.log[2];
		before = lab.sent;
		for (int i = 0; i < 3; i++) {
			m3.b[40] ^= (uint8_t)(1 << i);
			ike_input(lab.s[SERVER].k, lab.now_ms, &m3.flow, m3.natt,
				  (struct bytes){m3.b, m3.len});
			lab_actions(&lab, SERVER);
		}
		assert_int_equal(lab.sent - before, 3);
		assert_int_equal(lab.log[before].b[18], EXCHANGE_INFORMATIONAL);
		assert_true(lab.log[before].len <= m3.len);
		assert_true(lab_noted(&lab.s[SERVER], "psk-mismatch"));
		assert_int_equal(lab.s[SERVER].n_up, 0);
		assert_true(craft_nothing_left(&lab, SERVER));
		lab_free(&lab);
	}
}

/* H-10: message 3 in clear does not protect what stands behind HASH_I. */
static void initial_contact_in_clear_is_not_believed(void **state)
{
	static const uint8_t contact[12] = {0, 0, 0, 12, 0, 0, 0, 1, PROTO_ISAKMP, 0, 0x60, 2};

	(void)state;
	lab_aggressive(&lab, "sales");
	lab.clear_msg3 = true;
	lab.fault = LAB_LOSE;
	lab.fault_at = 3;
	{
		struct lab_packet m3 = (craft_until(&lab, 4), lab.log[2]);
		size_t at = 28;

		while (m3.b[at])
			at += (size_t)m3.b[at + 2] << 8 | m3.b[at + 3];
		m3.b[at] = PAYLOAD_NOTIFY;
		memcpy(m3.b + m3.len, contact, sizeof(contact));
		m3.len += sizeof(contact);
		m3.b[26] = (uint8_t)(m3.len >> 8);
		m3.b[27] = (uint8_t)m3.len;
		craft_give(&lab, &m3);
	}
	assert_int_equal(lab.s[SERVER].n_up, 1);
	assert_false(lab_noted(&lab.s[SERVER], "initial-contact"));
	lab_free(&lab);
}

/* H-09: an identity without a key and one with a key get answers of one form. */
static void unknown_identity_looks_like_a_known_one(void **state)
{
	struct lab_packet known, unknown;

	(void)state;
	lab_aggressive(&lab, "sales");
	strcpy(lab.s[SERVER].group, "sales");
	strcpy(lab.s[SERVER].group_psk, "k");
	lab_dial(&lab);
	lab_settle(&lab);
	known = lab.log[1];
	lab_free(&lab);

	lab_aggressive(&lab, "sales");
	lab.s[SERVER].no_psk = true;
	lab_dial(&lab);
	lab_settle(&lab);
	assert_int_equal(lab.sent, 2);
	unknown = lab.log[1];
	assert_int_equal(unknown.b[18], EXCHANGE_AGGRESSIVE);
	assert_int_equal(unknown.len, known.len);
	assert_memory_equal(unknown.b + 16, known.b + 16, 12 + 56); /* up to the KE */
	assert_true(lab_noted(&lab.s[SERVER], "no-psk"));
	assert_int_equal(lab.s[SERVER].n_up, 0);
	lab_run(&lab, 40000);
	assert_true(craft_nothing_left(&lab, SERVER));
	lab_free(&lab);
}

static void nothing_in_common(void **state)
{
	struct ike_policy p = lab_policy;
	struct ike_config cfg;

	(void)state;
	lab_aggressive(&lab, "sales");
	p.key_bits = 128;
	cfg = lab_config(&lab, SERVER);
	cfg.aggressive = true;
	cfg.policies = &p;
	assert_true(ike_reconfigure(lab.s[SERVER].k, &cfg));
	lab_dial(&lab);
	lab_settle(&lab);
	assert_true(lab_noted(&lab.s[SERVER], "no-ike-proposal"));
	assert_int_equal(lab.log[1].b[18], EXCHANGE_INFORMATIONAL);
	assert_int_equal(lab.log[1].b[19], 0);
	lab_run(&lab, 20000);
	assert_string_equal(lab.s[CLIENT].down_reason, "peer-no-proposal");
	/* security.md 44: the refusal's cookie is of no SA */
	lab_inject(&lab, SERVER, &lab.log[0].flow, false, lab.log[1].b, lab.log[1].len);
	assert_true(craft_nothing_left(&lab, SERVER));
	lab_free(&lab);
}

/* The KE is of the first transform's group: one of another group is not chosen, even where
 * only that one is accepted here. */
static void the_group_is_not_negotiated(void **state)
{
	struct ike_policy client[2] = {lab_policy, lab_policy}, server = lab_policy;
	struct ike_config cfg;
	struct lab_packet m1;

	(void)state;
	lab_aggressive(&lab, "sales");
	client[1].hash = PRIM_SHA1;
	client[0].group = client[1].group = 14;
	server.group = 14;
	server.hash = PRIM_SHA1;
	for (int i = 0; i < 2; i++) {
		cfg = lab_config(&lab, i);
		cfg.aggressive = i == SERVER;
		cfg.policies = i == CLIENT ? client : &server;
		cfg.n_policies = i == CLIENT ? 2 : 1;
		assert_true(ike_reconfigure(lab.s[i].k, &cfg));
	}
	lab_dial(&lab);
	lab_settle(&lab);
	assert_connected();
	lab_free(&lab);

	lab_aggressive(&lab, "sales");
	client[0].group = client[1].group = 19;
	for (int i = 0; i < 2; i++) {
		cfg = lab_config(&lab, i);
		cfg.aggressive = i == SERVER;
		cfg.policies = i == CLIENT ? client : &server;
		cfg.n_policies = i == CLIENT ? 2 : 1;
		assert_true(ike_reconfigure(lab.s[i].k, &cfg));
	}
	lab_dial(&lab);
	lab_actions(&lab, CLIENT);
	lab.head = lab.tail;
	m1 = lab.log[0]; /* the second transform now says 14, which is what is accepted here */
	for (size_t at = 28, n = 0; at + 4 < m1.len && n < 2; at++)
		if (memcmp(m1.b + at, "\x80\x04\x00\x13", 4) == 0 && ++n == 2)
			m1.b[at + 3] = 14;
	craft_give(&lab, &m1);
	assert_int_equal(lab.s[SERVER].k->dh_strangers, 0);
	assert_true(lab_noted(&lab.s[SERVER], "no-ike-proposal"));
	assert_non_null(strstr(lab_note(&lab.s[SERVER], "no-ike-proposal"), "offered AES256"));
	assert_int_equal(lab_drops(&lab.s[SERVER], "key-exchange-invalid"), 0);
	lab_free(&lab);
}

/* security.md 10, 22, 28: message 1 without each payload, with wrong lengths, cut anywhere. */
static void malformed_message_1(void **state)
{
	struct lab_packet m1;

	(void)state;
	lab_aggressive(&lab, "sales");
	lab_dial(&lab);
	lab_actions(&lab, CLIENT);
	while (lab.sent < 1) {
		lab_settle(&lab);
	}
	lab_settle(&lab);
	m1 = lab.log[0];
	lab_free(&lab);
	for (unsigned skip = 0; skip < 4; skip++) {
		uint8_t b[2048];
		size_t at = 28, out = 28, next_at = 16;
		uint8_t type = m1.b[16];

		lab_aggressive(&lab, "sales");
		memcpy(b, m1.b, 28);
		for (unsigned n = 0; at < m1.len; n++) {
			size_t len = (size_t)m1.b[at + 2] << 8 | m1.b[at + 3];
			uint8_t next = m1.b[at];

			if (n != skip) {
				memcpy(b + out, m1.b + at, len);
				b[next_at] = type;
				next_at = out;
				out += len;
			}
			type = next;
			at += len;
		}
		b[next_at] = 0;
		b[26] = (uint8_t)(out >> 8);
		b[27] = (uint8_t)out;
		lab_inject(&lab, SERVER, &m1.flow, false, b, out);
		assert_int_equal(lab.sent, 0);
		assert_int_equal(lab_drops(&lab.s[SERVER], "payload-missing"), 1);
		assert_true(craft_nothing_left(&lab, SERVER));
		lab_free(&lab);
	}
	lab_aggressive(&lab, "sales");
	for (size_t len = 0; len < m1.len; len++) {
		struct lab_packet cut = m1;

		cut.b[26] = (uint8_t)(len >> 8);
		cut.b[27] = (uint8_t)len;
		lab_inject(&lab, SERVER, &m1.flow, false, cut.b, len);
		assert_int_equal(lab.s[SERVER].k->n_aggressive, 0);
	}
	assert_int_equal(lab.sent, 0);
	lab_free(&lab);
}

/* A copy of message 1 as another client's: other cookie, other address. */
static void stranger(struct lab_packet *m, unsigned i)
{
	m->b[0] = (uint8_t)(i >> 8);
	m->b[1] = (uint8_t)i;
	m->b[2] = 0x77;
}

static void limits(void **state)
{
	struct lab_packet m1;
	unsigned sums = 0;

	(void)state;
	lab_aggressive(&lab, "sales");
	lab_dial(&lab);
	lab_settle(&lab);
	m1 = lab.log[0];
	lab_free(&lab);

	lab_aggressive(
		&lab, "sales"); /* a source: a quarter of its half-open places, and four a second */
	for (unsigned i = 0; i < 100; i++) {
		struct lab_packet m = m1;

		stranger(&m, i);
		lab_inject(&lab, SERVER, &m.flow, false, m.b, m.len);
		if (i % 10 == 9)
			lab_run(&lab, 100);
	}
	assert_int_equal(lab.s[SERVER].k->n_aggressive, 3);
	assert_int_equal(lab.sent, 3);
	assert_true(lab_drops(&lab.s[SERVER], "half-open-per-source") > 90);
	lab_free(&lab);

	lab_aggressive(&lab, "sales"); /* in all: an eighth of the half-open places */
	for (unsigned i = 0; i < 1000; i++) {
		struct lab_packet m = m1;

		stranger(&m, i);
		m.flow.remote.addr.ip[1] = (uint8_t)(i >> 8);
		m.flow.remote.addr.ip[2] = (uint8_t)i;
		lab_inject(&lab, SERVER, &m.flow, false, m.b, m.len);
		lab_run(&lab, 10);
	}
	assert_true(lab.s[SERVER].k->n_aggressive <= 64 / 8 + 1);
	assert_true(lab_drops(&lab.s[SERVER], "half-open-table-full") > 900);
	/* and Main Mode has room */
	assert_true(lab.s[SERVER].k->n_free_handshakes >= 64 - 64 / 8 - 1);
	lab_free(&lab);

	lab_aggressive(&lab, "sales"); /* sums out: a quarter of the budget */
	lab.s[SERVER].hold_dh = true;
	for (unsigned i = 0; i < 20; i++) {
		struct lab_packet m = m1;
		const struct ike_act *a;

		stranger(&m, i);
		m.flow.remote.addr.ip[1] = (uint8_t)(i + 1);
		ike_input(lab.s[SERVER].k, lab.now_ms, &m.flow, false, (struct bytes){m.b, m.len});
		while ((a = ike_next(lab.s[SERVER].k)))
			sums += a->kind == IKE_ACT_DH;
	}
	assert_int_equal(sums, 16 / 4 + 1);
	assert_int_equal(lab_drops(&lab.s[SERVER], "dh-budget"), 15);
	list_each (&lab.s[SERVER].k->dh_out, it) {
		struct ike_dh_job *job = list_entry(it, struct ike_dh_job, link);

		ike_dh_run(job);
		ike_dh_done(lab.s[SERVER].k, lab.now_ms, job);
	}
	lab_actions(&lab, SERVER);
	lab_free(&lab);
}

/* H-03: ten thousand small first messages get fewer octets back than they bring. */
static void amplification(void **state)
{
	struct lab_packet m1;
	uint64_t in = 0, out = 0;
	size_t n = 0;

	(void)state;
	lab_aggressive(&lab, "sales");
	lab.s[CLIENT].k->cfg.natt = true;
	lab.id = lab_key_id("x");
	lab_dial(&lab);
	lab_settle(&lab);
	m1 = lab.log[0];
	lab_free(&lab);

	lab_aggressive(&lab, "sales");
	for (unsigned i = 0; i < 10000; i++) {
		struct lab_packet m = m1;
		unsigned before = lab.sent;

		stranger(&m, i);
		/* the smallest that can be answered: the vendor ids cut off but for NAT-T's */
		m.flow.remote.addr.ip[1] = (uint8_t)(i >> 8);
		m.flow.remote.addr.ip[2] = (uint8_t)i;
		for (size_t at = 28, next_at = 16, k = 0;; k++) {
			size_t len = (size_t)m.b[at + 2] << 8 | m.b[at + 3];

			if (k == 5) { /* SA KE NONCE ID V */
				m.b[next_at] = 0;
				m.len = at;
				break;
			}
			next_at = at;
			at += len;
		}
		m.b[26] = (uint8_t)(m.len >> 8);
		m.b[27] = (uint8_t)m.len;
		in += m.len;
		lab_inject(&lab, SERVER, &m.flow, false, m.b, m.len);
		lab.head = lab.tail;
		if (lab.sent != before) {
			n++;
			out += lab.log[(lab.sent - 1) % 64].len;
			assert_true(lab.log[(lab.sent - 1) % 64].len < 2 * m.len);
		}
		lab_run(&lab, 10);
	}
	assert_true(n > 0);
	assert_true(out <= in);
	lab_free(&lab);

	/* the client gets through all the same */
	lab_aggressive(&lab, "sales");
	lab_dial(&lab);
	lab_settle(&lab);
	assert_connected();
	lab_free(&lab);
}

/* An established peer is not touched by a first message from its address (security.md 60). */
static void first_message_from_a_peer_in_place(void **state)
{
	struct lab_packet m;

	(void)state;
	lab_aggressive(&lab, "sales");
	lab_dial(&lab);
	lab_settle(&lab);
	assert_connected();
	m = lab.log[0];
	stranger(&m, 5);
	lab_inject(&lab, SERVER, &m.flow, false, m.b, m.len);
	lab_run(&lab, 40000);
	assert_int_equal(lab.s[SERVER].n_down, 0);
	assert_int_equal(lab.s[SERVER].n_child_down, 0);
	lab_free(&lab);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(off_by_default),
		cmocka_unit_test(refusals_of_a_flood_are_noted_rarely),
		cmocka_unit_test(wrong_key),
		cmocka_unit_test(wrong_message_3),
		cmocka_unit_test(initial_contact_in_clear_is_not_believed),
		cmocka_unit_test(unknown_identity_looks_like_a_known_one),
		cmocka_unit_test(nothing_in_common),
		cmocka_unit_test(the_group_is_not_negotiated),
		cmocka_unit_test(malformed_message_1),
		cmocka_unit_test(limits),
		cmocka_unit_test(amplification),
		cmocka_unit_test(first_message_from_a_peer_in_place),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
