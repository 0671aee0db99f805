/*
 * Exchanges in IKE fragments (clients.md 0.2, 1.1, 1.2; security.md 39 to 43): ours and
 * those of clients, in any order, twice, incomplete, refused.
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

static void start_with(unsigned client_mtu, unsigned server_mtu, uint8_t group)
{
	struct ike_policy p = lab_policy;

	p.group = group;
	lab_init(&lab);
	lab.trace = getenv("IKE_TRACE") ? stderr : NULL;
	for (int i = 0; i < 2; i++) {
		struct ike_config cfg = lab_config(&lab, i);

		cfg.policies = &p;
		cfg.fragment_mtu = (uint16_t)(i == CLIENT ? client_mtu : server_mtu);
		lab_start(&lab, i, &cfg);
	}
}

static void assert_connected(void)
{
	for (int i = 0; i < 2; i++) {
		assert_int_equal(lab.s[i].n_up, 1);
		assert_int_equal(lab.s[i].n_child_up, 1);
		assert_int_equal(lab.s[i].n_down, 0);
	}
}

/* Cuts p into pieces of at most each octets. */
static unsigned cut(const struct lab_packet *p, size_t each, uint16_t id, uint8_t flags,
		    struct lab_packet *out)
{
	unsigned n = 0;

	for (size_t at = 0; at < p->len; at += each, n++) {
		struct fragment f = {.id = id, .number = (uint8_t)(n + 1)};
		struct wr w = wr_of(out[n].b, sizeof(out[n].b));

		f.last = at + each >= p->len;
		f.data = (struct bytes){p->b + at, f.last ? p->len - at : each};
		out[n].to = p->to;
		out[n].flow = p->flow;
		out[n].natt = p->natt;
		fragment_write(&w, (struct bytes){p->b, p->len}, &f);
		out[n].len = w.len;
		out[n].b[19] = flags;
	}
	return n;
}

/* ---- fragments ---- */

static void long_messages_travel_in_fragments(void **state)
{
	struct ike_stats c, s;

	(void)state;
	for (int nat = 0; nat < 2; nat++) {
		start_with(576, 576, 16);
		lab.nat = nat;
		lab_dial(&lab);
		lab_settle(&lab);
		assert_connected();
		ike_get_stats(lab.s[CLIENT].k, &c);
		ike_get_stats(lab.s[SERVER].k, &s);
		assert_int_equal(c.fragments_out, 2); /* message 3 */
		assert_int_equal(s.fragments_out, 2); /* message 4 */
		assert_int_equal(c.fragments_in, 2);
		assert_int_equal(s.reassembled, 1);
		for (unsigned i = 0; i < lab.sent; i++)
			assert_true(lab.log[i].len + 28 + (lab.log[i].natt ? 4 : 0) <= 576);
		lab_free(&lab);
	}
}

static void only_where_both_want_it(void **state)
{
	struct ike_stats c, s;

	(void)state;
	for (int side = 0; side < 2; side++) {
		start_with(side == CLIENT ? 0 : 576, side == SERVER ? 0 : 576, 16);
		lab_dial(&lab);
		lab_settle(&lab);
		assert_connected();
		ike_get_stats(lab.s[CLIENT].k, &c);
		ike_get_stats(lab.s[SERVER].k, &s);
		assert_int_equal(c.fragments_out + s.fragments_out, 0);
		lab_free(&lab);
	}
	start_with(1280, 1280, 16); /* nothing is that long */
	lab_dial(&lab);
	lab_settle(&lab);
	ike_get_stats(lab.s[SERVER].k, &s);
	assert_int_equal(s.fragments_out + s.fragments_in, 0);
	lab_free(&lab);
}

static bool has_vendor(const struct lab_packet *p, const uint8_t *id, size_t len)
{
	struct isakmp_header h;
	struct payloads all;
	struct bytes body;

	assert_int_equal(isakmp_header_parse((struct bytes){p->b, p->len}, &h, &body), DROP_NONE);
	assert_int_equal(payloads_parse(h.next, body, false, &all), DROP_NONE);
	for (const struct payload *v = payload_first(&all, KIND_VENDOR_ID); v;
	     v = payload_next(&all, v))
		if (bytes_eq(v->body, (struct bytes){id, len}))
			return true;
	return false;
}

/* The id goes back in the form in which it came: racoon's, Windows' and Cisco's. */
static void announced_in_the_peers_form(void **state)
{
	static const uint8_t id[20] = {0x40, 0x48, 0xb7, 0xd5, 0x6e, 0xbc, 0xe8, 0x85, 0x25,
				       0xe7, 0xde, 0x7f, 0x00, 0xd6, 0xc2, 0xd3, 0x80};
	uint8_t cisco[20];

	(void)state;
	memcpy(cisco, id, sizeof(id));
	cisco[16] = 0xc0;
	for (int form = 0; form < 4; form++) {
		struct lab_packet m1;
		size_t at = 28;

		start_with(1280, form == 3 ? 0 : 1280, 19);
		m1 = craft_until(&lab, 1);
		while (memcmp(m1.b + at + 4, id, 20) != 0)
			at += (size_t)m1.b[at + 2] << 8 | m1.b[at + 3];
		if (form == 1) { /* without capabilities */
			memmove(m1.b + at + 20, m1.b + at + 24, m1.len - at - 24);
			m1.b[at + 3] = 20;
			m1.len -= 4;
			m1.b[27] = (uint8_t)(m1.b[27] - 4);
		} else if (form == 2) {
			m1.b[at + 20] = 0xc0;
		}
		ike_input(lab.s[SERVER].k, lab.now_ms, &m1.flow, false,
			  (struct bytes){m1.b, m1.len});
		lab_actions(&lab, SERVER);
		assert_int_equal(lab.sent, 2);
		assert_int_equal(has_vendor(&lab.log[1], id, 20), form == 0);
		assert_int_equal(has_vendor(&lab.log[1], id, 16), form == 1);
		assert_int_equal(has_vendor(&lab.log[1], cisco, 20), form == 2);
		assert_true(lab.log[1].len <= m1.len);
		lab_free(&lab);
	}
}

static void one_fragment_lost_or_doubled(void **state)
{
	(void)state;
	for (unsigned fault = LAB_LOSE; fault <= LAB_DOUBLE; fault++) {
		for (unsigned at = 1; at <= 11; at++) {
			start_with(576, 576, 16);
			lab.fault = (enum lab_fault)fault;
			lab.fault_at = at;
			lab_dial(&lab);
			lab_run(&lab, 29000);
			assert_connected();
			assert_int_equal(lab.s[SERVER].k->fragments.n, 0);
			lab_free(&lab);
		}
	}
}

/* An Apple client: cuts message 5 though nobody asked, flag E on the pieces, id 1 always. */
static void pieces_in_any_order_with_flag_e(void **state)
{
	static const unsigned orders[3][4] = {{0, 1, 2, 3}, {3, 2, 1, 0}, {2, 0, 3, 1}};

	(void)state;
	for (unsigned o = 0; o < 3; o++) {
		static struct lab_packet pieces[8];
		struct lab_packet m5;

		start_with(0, 1280, 19);
		lab.nat = true;
		m5 = craft_until(&lab, 5);
		assert_int_equal(cut(&m5, (m5.len + 3) / 4, 1, FLAG_ENCRYPTION, pieces), 4);
		for (unsigned i = 0; i < 4; i++) {
			assert_int_equal(lab.s[SERVER].n_up, 0);
			craft_give(&lab, &pieces[orders[o][i]]);
		}
		assert_connected();
		lab_free(&lab);
	}
}

/* The client did not get the answer: the same pieces again bring the same answer. */
static void repeated_pieces_are_answered_from_memory(void **state)
{
	static struct lab_packet pieces[8];
	struct lab_packet m3;
	unsigned before;

	(void)state;
	start_with(0, 1280, 19);
	m3 = craft_until(&lab, 3);
	assert_int_equal(cut(&m3, 100, 1, 0, pieces), (m3.len + 99) / 100);
	for (int round = 0; round < 3; round++) {
		before = lab.sent;
		for (unsigned i = 0; i < (m3.len + 99) / 100; i++) {
			ike_input(lab.s[SERVER].k, lab.now_ms, &pieces[i].flow, false,
				  (struct bytes){pieces[i].b, pieces[i].len});
			lab_actions(&lab, SERVER);
		}
		assert_int_equal(lab.sent, before + 1);
	}
	assert_memory_equal(lab.log[before].b, lab.log[before - 1].b, lab.log[before].len);
	lab_settle(&lab);
	assert_connected();
	lab_free(&lab);
}

/* A stranger's first message in pieces: one answer, shorter than what came. */
static void a_first_message_in_pieces(void **state)
{
	static struct lab_packet pieces[8];
	struct lab_packet m1;
	unsigned n;

	(void)state;
	start_with(0, 1280, 19);
	m1 = craft_until(&lab, 1);
	n = cut(&m1, 40, 7, 0, pieces);
	for (unsigned i = n; i-- > 0;)
		craft_give(&lab, &pieces[i]);
	assert_connected();
	assert_true(lab.log[1].len <= m1.len);
	lab_free(&lab);
}

static void quick_mode_in_pieces(void **state)
{
	static struct lab_packet pieces[8];
	struct lab_packet qm1;
	unsigned n;

	(void)state;
	start_with(1280, 1280, 19);
	qm1 = craft_until(&lab, 7);
	assert_int_equal(qm1.b[18], EXCHANGE_QUICK);
	n = cut(&qm1, 60, 1, FLAG_ENCRYPTION, pieces);
	for (unsigned i = 0; i < n; i++)
		craft_give(&lab, &pieces[i]);
	assert_connected();
	lab_free(&lab);
}

static void what_is_inside_must_fit(void **state)
{
	static struct lab_packet pieces[8], nested[8];
	struct lab_packet m5, bad;
	unsigned n;

	(void)state;
	start_with(0, 1280, 19);
	m5 = craft_until(&lab, 5);
	n = cut(&m5, 60, 1, 0, pieces); /* a fragment in fragments */
	assert_int_equal(cut(&pieces[0], 50, 2, 0, nested), 2);
	craft_give(&lab, &nested[0]);
	craft_give(&lab, &nested[1]);
	assert_int_equal(lab_drops(&lab.s[SERVER], "fragment-malformed"), 1);
	for (unsigned at = 0; at < 19; at += at == 15 ? 3 : 1) { /* cookies, exchange */
		for (unsigned i = 0; i < n; i++) {
			bad = pieces[i];
			if (i == 0)
				bad.b[36 + at] ^= 2; /* of the message inside */
			craft_give(&lab, &bad);
		}
	}
	assert_int_equal(lab_drops(&lab.s[SERVER], "fragment-malformed"), 18);
	assert_int_equal(lab.s[SERVER].n_up, 0);
	for (unsigned i = 0; i < n; i++)
		craft_give(&lab, &pieces[i]);
	assert_connected();
	lab_free(&lab);
}

static void pieces_from_two_places_are_not_mixed(void **state)
{
	static struct lab_packet pieces[8];
	struct lab_packet m5;
	unsigned n;

	(void)state;
	start_with(0, 1280, 19);
	m5 = craft_until(&lab, 5);
	n = cut(&m5, 60, 1, 0, pieces);
	pieces[1].flow.remote.port++;
	for (unsigned i = 0; i < n; i++)
		craft_give(&lab, &pieces[i]);
	assert_int_equal(lab.s[SERVER].n_up, 0);
	assert_int_equal(lab.s[SERVER].k->fragments.n, 2);
	lab_run(&lab, FRAGMENT_TIME_MS);
	assert_int_equal(lab.s[SERVER].k->fragments.n, 0);
	assert_int_equal(lab_drops(&lab.s[SERVER], "fragments-incomplete"), 2);
	lab_free(&lab);
}

static void fragments_are_off(void **state)
{
	static struct lab_packet pieces[8];
	struct lab_packet m5;
	unsigned n;

	(void)state;
	start_with(0, 0, 19);
	m5 = craft_until(&lab, 5);
	n = cut(&m5, 60, 1, 0, pieces);
	lab.s[SERVER].n_notes = 0;
	for (unsigned i = 0; i < n; i++)
		craft_give(&lab, &pieces[i]);
	assert_int_equal(lab_drops(&lab.s[SERVER], "fragment-not-enabled"), n);
	assert_int_equal(lab.s[SERVER].n_notes, 1);
	assert_true(lab_noted(&lab.s[SERVER], "ike-fragments-off"));
	craft_give(&lab, &m5);
	assert_connected();
	lab_free(&lab);
}

/* security.md 3.5: what strangers leave behind goes, and is bounded before. */
static void a_flood_of_fragments(void **state)
{
	static struct lab_packet pieces[8];
	struct lab_packet m1;

	(void)state;
	start_with(0, 1280, 19);
	m1 = craft_until(&lab, 1);
	cut(&m1, 40, 7, 0, pieces);
	for (unsigned i = 0; i < 3000; i++) {
		pieces[1].flow.remote.addr.ip[2] = (uint8_t)(i >> 8);
		pieces[1].flow.remote.addr.ip[3] = (uint8_t)i;
		craft_give(&lab, &pieces[1]);
		assert_true(lab.s[SERVER].k->fragments.n <= FRAGMENT_STRANGERS_MAX);
	}
	assert_int_equal(lab.sent, 1);
	craft_give(&lab, &m1);
	assert_connected();
	ike_close(lab.s[CLIENT].k, lab.now_ms, lab.s[CLIENT].peer, "user");
	lab_run(&lab, FRAGMENT_TIME_MS + 1000);
	assert_true(craft_nothing_left(&lab, SERVER));
	lab_free(&lab);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(long_messages_travel_in_fragments),
		cmocka_unit_test(only_where_both_want_it),
		cmocka_unit_test(announced_in_the_peers_form),
		cmocka_unit_test(one_fragment_lost_or_doubled),
		cmocka_unit_test(pieces_in_any_order_with_flag_e),
		cmocka_unit_test(repeated_pieces_are_answered_from_memory),
		cmocka_unit_test(a_first_message_in_pieces),
		cmocka_unit_test(quick_mode_in_pieces),
		cmocka_unit_test(what_is_inside_must_fit),
		cmocka_unit_test(pieces_from_two_places_are_not_mixed),
		cmocka_unit_test(fragments_are_off),
		cmocka_unit_test(a_flood_of_fragments),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
