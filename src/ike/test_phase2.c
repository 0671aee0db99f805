/*
 * Quick Modes and Informationals from odd or hostile peers that hold the keys, and
 * from those that do not (security.md 1C, 1D, H-07, H-10, H-11, H-13, H-14).
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

/* ---- Quick Mode ---- */

static const uint8_t inner[4] = {192, 168, 0, 2}, outer[4] = {203, 0, 113, 1};

struct qm {
	uint8_t id;
	unsigned bits, auth, encap, group;
	uint8_t ci_type, protocol;
	uint16_t ci_port, cr_port;
	unsigned ids; /* how many */
};

static const struct qm good_qm = {
	ESP_AES_CBC, 256, DOI_HMAC_SHA1, ENCAP_TRANSPORT, 0, ID_IPV4_ADDR, 17, 1701, 1701, 2};

static void quick_with(const struct qm *q, uint32_t mid)
{
	struct craft c;

	craft_begin(&c);
	craft_sa_esp(&c, q->id, q->bits, q->auth, q->encap, q->group);
	craft_nonce(&c);
	if (q->ids > 0 && q->ci_type == ID_FQDN)
		craft_id(&c, ID_FQDN, q->protocol, q->ci_port, "laptop", 6);
	else if (q->ids > 0)
		craft_id(&c, q->ci_type, q->protocol, q->ci_port, inner, 4);
	if (q->ids > 1)
		craft_id(&c, ID_IPV4_ADDR, q->protocol, q->cr_port, outer, 4);
	if (q->ids > 2)
		craft_id(&c, ID_IPV4_ADDR, q->protocol, q->cr_port, outer, 4);
	craft_send(&lab, EXCHANGE_QUICK, mid, c.first, craft_chain(&c), NULL);
}

static void quick_modes_taken_and_refused(void **state)
{
	struct qm rows[] = {good_qm, good_qm, good_qm, good_qm, good_qm, good_qm, good_qm, good_qm,
			    good_qm, good_qm, good_qm, good_qm, good_qm, good_qm, good_qm, good_qm};
	const char *refused[16] = {NULL};
	unsigned n = 0;

	(void)state;
	n++; /* row 0 is good */
	rows[n++].ci_port = 0;
	rows[n++].ci_port = 54321;
	rows[n++].cr_port = 0;
	rows[n++].ci_type = ID_FQDN;
	rows[n++].ids = 0;
	refused[n] = "no-esp-proposal", rows[n++].id = ESP_3DES;
	refused[n] = "no-esp-proposal", rows[n++].bits = 0; /* means 128 */
	refused[n] = "no-esp-proposal", rows[n++].auth = 0;
	refused[n] = "no-esp-proposal", rows[n++].encap = ENCAP_TUNNEL;
	refused[n] = "no-esp-proposal", rows[n++].encap = ENCAP_UDP_TRANSPORT;
	refused[n] = "no-esp-proposal", rows[n++].group = 19; /* without KE */
	refused[n] = "invalid-id", rows[n++].cr_port = 22;
	refused[n] = "invalid-id", rows[n++].protocol = 6;
	refused[n] = "invalid-id", rows[n++].ids = 1;
	refused[n] = "invalid-id", rows[n++].ids = 3;
	for (unsigned i = 0; i < n; i++) {
		unsigned adds, sent;

		connect_default();
		adds = lab.s[SERVER].n_add;
		sent = lab.sent;
		quick_with(&rows[i], 0x11111111);
		assert_int_equal(lab.s[SERVER].n_add - adds, refused[i] ? 0 : 1);
		assert_int_equal(lab.sent - sent, 1);
		assert_int_equal(lab.log[lab.sent - 1].b[18],
				 refused[i] ? EXCHANGE_INFORMATIONAL : EXCHANGE_QUICK);
		assert_int_equal(lab.log[lab.sent - 1].b[19], FLAG_ENCRYPTION);
		if (refused[i])
			assert_true(lab_noted(&lab.s[SERVER], refused[i]));
		lab_free(&lab);
	}
}

/* EtherIP's selectors are taken where EtherIP is served, L2TP's where L2TP is (RFC 3378). */
static void selectors_of_what_is_served(void **state)
{
	static const struct {
		unsigned serves;
		uint8_t protocol;
		uint16_t ci_port, cr_port;
		bool taken;
	} rows[] = {
		{IKE_SERVES_L2TP, 97, 0, 0, false},
		{IKE_SERVES_L2TP, 0, 0, 0, false},
		{IKE_SERVES_ETHERIP, 97, 0, 0, true},
		{IKE_SERVES_ETHERIP, 0, 0, 0, true},
		{IKE_SERVES_ETHERIP, 97, 0, 7, false},
		{IKE_SERVES_ETHERIP, 115, 0, 0, false},
		{IKE_SERVES_ETHERIP, 17, 1701, 1701, false},
		{IKE_SERVES_ETHERIP | IKE_SERVES_L2TP, 17, 1701, 1701, true},
		{IKE_SERVES_ETHERIP | IKE_SERVES_L2TP, 97, 0, 0, true},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct qm q = good_qm;
		struct ike_config cfg;
		unsigned adds;

		connect_default();
		cfg = lab_config(&lab, SERVER);
		cfg.serves = (uint8_t)rows[i].serves;
		assert_true(ike_reconfigure(lab.s[SERVER].k, &cfg));
		q.protocol = rows[i].protocol;
		q.ci_port = rows[i].ci_port;
		q.cr_port = rows[i].cr_port;
		adds = lab.s[SERVER].n_add;
		quick_with(&q, 0x11111111);
		assert_int_equal(lab.s[SERVER].n_add - adds, rows[i].taken);
		assert_int_equal(lab_noted(&lab.s[SERVER], "invalid-id"), !rows[i].taken);
		lab_free(&lab);
	}
}

/* AH and ESP under one number can only be taken together: refused. */
static void bundle_is_refused(void **state)
{
	struct craft c;
	size_t len, proposal = 12; /* behind header, DOI, situation */
	uint8_t two[512];

	(void)state;
	connect_default();
	craft_begin(&c);
	craft_sa_esp(&c, ESP_AES_CBC, 256, DOI_HMAC_SHA1, ENCAP_TRANSPORT, 0);
	len = c.w.len - proposal;
	memcpy(two, c.buf, c.w.len);
	memcpy(two + c.w.len, c.buf + proposal, len);
	two[proposal] = PAYLOAD_PROPOSAL; /* next */
	two[proposal + 5] = PROTO_AH;
	craft_begin(&c);
	craft_add(&c, PAYLOAD_SA, two + 4, proposal - 4 + 2 * len);
	craft_nonce(&c);
	craft_send(&lab, EXCHANGE_QUICK, 0x22222222, c.first, craft_chain(&c), NULL);
	assert_true(lab_noted(&lab.s[SERVER], "no-esp-proposal"));
	assert_int_equal(lab.s[SERVER].n_add, 1);
	/* the same two under different numbers are a choice */
	two[proposal + len + 4] = 2;
	craft_begin(&c);
	craft_add(&c, PAYLOAD_SA, two + 4, proposal - 4 + 2 * len);
	craft_nonce(&c);
	craft_send(&lab, EXCHANGE_QUICK, 0x33333333, c.first, craft_chain(&c), NULL);
	assert_int_equal(lab.s[SERVER].n_add, 2);
	lab_free(&lab);
}

static void quick_mode_limits(void **state)
{
	(void)state;
	connect_default();
	lab.s[SERVER].hold_install = true;
	for (uint32_t i = 1; i <= 5; i++)
		quick_with(&good_qm, i);
	assert_int_equal(lab.s[SERVER].n_add, 1 + 3);
	assert_int_equal(lab_drops(&lab.s[SERVER], "quick-mode-too-many"), 2);
	lab_free(&lab);

	connect_default();
	for (uint32_t i = 1; i <= 20; i++) {
		quick_with(&good_qm, 0x70000000 + i);
		ike_child_used(lab.s[SERVER].k, lab.now_ms, lab.s[SERVER].child);
		lab_run(&lab, 100);
	}
	assert_int_equal(lab.s[SERVER].n_add, 8);
	assert_true(lab_noted(&lab.s[SERVER], "children-too-many"));
	lab_free(&lab);
}

/* H-07: five in a second, the client's own included. */
static void quick_mode_rate(void **state)
{
	(void)state;
	connect_default();
	for (uint32_t i = 1; i <= 7; i++) {
		quick_with(&good_qm, i);
		ike_child_used(lab.s[SERVER].k, lab.now_ms, lab.s[SERVER].child);
		lab_settle(&lab);
	}
	assert_int_equal(lab.s[SERVER].n_add, 5);
	lab_run(&lab, 1000);
	quick_with(&good_qm, 20);
	assert_int_equal(lab.s[SERVER].n_add, 6);
	lab_free(&lab);
}

static void quick_mode_replay(void **state)
{
	struct lab_packet qm1;
	unsigned sent;

	(void)state;
	connect_default();
	qm1 = lab.log[6];
	assert_int_equal(qm1.b[18], EXCHANGE_QUICK);
	sent = lab.sent;
	for (int i = 0; i < 5; i++)
		lab_inject(&lab, SERVER, &qm1.flow, false, qm1.b, qm1.len);
	lab_run(&lab, 40000); /* the exchange is forgotten, its message id is not */
	lab_inject(&lab, SERVER, &qm1.flow, false, qm1.b, qm1.len);
	assert_true(lab_drops(&lab.s[SERVER], "message-id-seen") >= 1);
	assert_int_equal(lab.s[SERVER].n_add, 1);
	assert_true(lab.sent - sent <= 6); /* stored QM2, at most 3 times; client answers QM3 */
	for (uint32_t mid = 1; mid <= 3; mid++) {
		quick_with(&good_qm, mid); /* the Windows counter */
		lab_run(&lab, 40000);
	}
	assert_int_equal(lab.s[SERVER].n_add, 4);
	quick_with(&good_qm, 2);
	assert_int_equal(lab.s[SERVER].n_add, 4);
	lab_free(&lab);
}

static void quick_mode_wrong_hash_leaves_nothing(void **state)
{
	struct craft c;
	uint8_t hash[32] = {0};

	(void)state;
	connect_default();
	craft_begin(&c);
	craft_add(&c, PAYLOAD_HASH, hash, sizeof(hash));
	craft_sa_esp(&c, ESP_AES_CBC, 256, DOI_HMAC_SHA1, ENCAP_TRANSPORT, 0);
	craft_nonce(&c);
	craft_send_plain(&lab, EXCHANGE_QUICK, 0x44444444, c.first, craft_chain(&c), NULL);
	assert_int_equal(lab_drops(&lab.s[SERVER], "hash-wrong"), 1);
	assert_int_equal(craft_sa(&lab, SERVER)->n_quicks, 1);
	assert_int_equal(lab.s[SERVER].n_add, 1);
	lab_free(&lab);
}

static void message_3_with_a_wrong_hash(void **state)
{
	struct craft c;
	uint8_t hash[32] = {0}, iv[IKE_BLOCK];
	struct quick *q;

	(void)state;
	connect_default();
	quick_with(&good_qm, 3);
	assert_int_equal(lab.s[SERVER].n_add, 2);
	q = list_entry(craft_sa(&lab, SERVER)->quicks.prev, struct quick, link);
	assert_int_equal(q->mid, 3);
	assert_int_equal(q->state, QM_WAIT_MSG3);
	memcpy(iv, q->iv, IKE_BLOCK);
	craft_begin(&c);
	craft_add(&c, PAYLOAD_HASH, hash, sizeof(hash));
	craft_send_plain(&lab, EXCHANGE_QUICK, 3, c.first, craft_chain(&c), iv);
	assert_int_equal(q->state, QM_WAIT_MSG3);
	assert_int_equal(lab.s[SERVER].n_child_up, 1); /* the first one's */
	assert_int_equal(lab_drops(&lab.s[SERVER], "hash-wrong"), 1);
	lab_free(&lab);
}

/* ---- Informational ---- */

static void add_delete_esp(struct craft *c, uint32_t spi)
{
	const uint8_t body[] = {0,
				0,
				0,
				1,
				PROTO_ESP,
				4,
				0,
				1,
				(uint8_t)(spi >> 24),
				(uint8_t)(spi >> 16),
				(uint8_t)(spi >> 8),
				(uint8_t)spi};

	craft_add(c, PAYLOAD_DELETE, body, sizeof(body));
}

static void add_delete_sa(struct craft *c)
{
	const struct isakmp_sa *sa = craft_sa(&lab, CLIENT);
	uint8_t body[24] = {0, 0, 0, 1, PROTO_ISAKMP, 16, 0, 1};

	memcpy(body + 8, sa->cky_i, 8);
	memcpy(body + 16, sa->cky_r, 8);
	craft_add(c, PAYLOAD_DELETE, body, sizeof(body));
}

static void add_notify(struct craft *c, uint16_t type, uint32_t sequence)
{
	const struct isakmp_sa *sa = craft_sa(&lab, CLIENT);
	uint8_t body[28] = {0, 0, 0, 1, PROTO_ISAKMP, 16, (uint8_t)(type >> 8), (uint8_t)type};

	memcpy(body + 8, sa->cky_i, 8);
	memcpy(body + 16, sa->cky_r, 8);
	body[27] = (uint8_t)sequence;
	craft_add(c, PAYLOAD_NOTIFY, body, sizeof(body));
}

static void delete_needs_a_right_hash(void **state)
{
	struct craft c;
	uint8_t hash[32] = {0};
	uint32_t spi;

	(void)state;
	connect_default();
	spi = lab.s[SERVER].keys.spi_out;
	craft_begin(&c); /* no HASH at all */
	add_delete_esp(&c, spi);
	add_delete_sa(&c);
	craft_send_plain(&lab, EXCHANGE_INFORMATIONAL, 7, c.first, craft_chain(&c), NULL);
	craft_begin(&c); /* a wrong one */
	craft_add(&c, PAYLOAD_HASH, hash, sizeof(hash));
	add_delete_sa(&c);
	craft_send_plain(&lab, EXCHANGE_INFORMATIONAL, 7, c.first, craft_chain(&c), NULL);
	craft_begin(&c); /* not in the first place */
	add_delete_sa(&c);
	craft_add(&c, PAYLOAD_HASH, hash, sizeof(hash));
	craft_send_plain(&lab, EXCHANGE_INFORMATIONAL, 7, c.first, craft_chain(&c), NULL);
	assert_int_equal(lab.s[SERVER].n_child_down + lab.s[SERVER].n_down, 0);
	craft_begin(&c);
	add_delete_esp(&c, spi);
	craft_send(&lab, EXCHANGE_INFORMATIONAL, 7, c.first, craft_chain(&c), NULL);
	assert_int_equal(lab.s[SERVER].n_child_down, 1);
	assert_string_equal(lab.s[SERVER].child_down_reason, "peer-delete");
	assert_int_equal(lab.s[SERVER].n_down, 0);
	lab_free(&lab);
}

/* security.md 72: whatever an unprotected message claims, nothing happens. */
static void unprotected_informational_has_no_effect(void **state)
{
	struct flow flow;

	(void)state;
	connect_default();
	flow = lab.log[0].flow;
	for (unsigned protocol = 0; protocol < 256; protocol++) {
		const struct isakmp_sa *sa = craft_sa(&lab, CLIENT);
		uint32_t spi = lab.s[SERVER].keys.spi_out;
		uint8_t body[12] = {0,
				    0,
				    0,
				    1,
				    (uint8_t)protocol,
				    4,
				    0,
				    1,
				    (uint8_t)(spi >> 24),
				    (uint8_t)(spi >> 16),
				    (uint8_t)(spi >> 8),
				    (uint8_t)spi};
		uint8_t buf[128];
		struct isakmp_header h;
		struct bytes b;
		struct msg m;

		sa_header(sa, EXCHANGE_INFORMATIONAL, 9, &h);
		msg_begin(&m, buf, sizeof(buf), &h);
		msg_add(&m, protocol & 1 ? PAYLOAD_DELETE : PAYLOAD_NOTIFY,
			(struct bytes){body, sizeof(body)});
		b = msg_clear(&m);
		lab_inject(&lab, SERVER, &flow, false, b.p, b.len);
	}
	assert_int_equal(lab_drops(&lab.s[SERVER], "informational-not-encrypted"), 256);
	assert_int_equal(lab.s[SERVER].n_child_down + lab.s[SERVER].n_down, 0);
	lab_free(&lab);
}

/* security.md 73 */
static void every_bit_of_an_informational_counts(void **state)
{
	struct lab_packet del;

	(void)state;
	connect_default();
	ike_close(lab.s[CLIENT].k, lab.now_ms, lab.s[CLIENT].peer, "user");
	lab_actions(&lab, CLIENT);
	del = lab.queue[lab.head % 64];
	lab.head = lab.tail;
	for (size_t bit = 8 * ISAKMP_HEADER_LEN; bit < 8 * del.len; bit++) {
		del.b[bit / 8] ^= (uint8_t)(1u << bit % 8);
		lab_inject(&lab, SERVER, &del.flow, del.natt, del.b, del.len);
		del.b[bit / 8] ^= (uint8_t)(1u << bit % 8);
	}
	/* only a bit of the padding, which HASH(1) does not cover, may be changed */
	assert_true(lab.s[SERVER].n_child_down <= 1);
	assert_int_equal(lab.s[SERVER].n_down, 0);
	lab_free(&lab);
}

/* security.md 74 */
static void delete_twice_in_one_message(void **state)
{
	struct craft c;
	struct ike_stats stats;

	(void)state;
	connect_default();
	craft_begin(&c);
	add_delete_sa(&c);
	add_delete_sa(&c);
	add_delete_esp(&c, lab.s[SERVER].keys.spi_out);
	add_notify(&c, NOTIFY_R_U_THERE, 1);
	craft_send(&lab, EXCHANGE_INFORMATIONAL, 7, c.first, craft_chain(&c), NULL);
	assert_int_equal(lab.s[SERVER].n_down, 1);
	assert_int_equal(lab.s[SERVER].n_child_down, 1);
	ike_get_stats(lab.s[SERVER].k, &stats);
	assert_int_equal(stats.established + stats.children, 0);
	craft_send(&lab, EXCHANGE_INFORMATIONAL, 8, c.first, craft_chain(&c), NULL);
	assert_int_equal(lab_drops(&lab.s[SERVER], "cookie-unknown"), 1);
	lab_free(&lab);
}

static void send_dpd(uint32_t mid, uint32_t sequence)
{
	struct craft c;

	craft_begin(&c);
	add_notify(&c, NOTIFY_R_U_THERE, sequence);
	craft_send(&lab, EXCHANGE_INFORMATIONAL, mid, c.first, craft_chain(&c), NULL);
}

/* H-14, H-13 */
static void dpd_is_answered_with_care(void **state)
{
	unsigned sent;

	(void)state;
	connect_default();
	sent = lab.sent;
	send_dpd(101, 5);
	assert_int_equal(lab.sent - sent, 1);
	lab_run(&lab, 2000);
	send_dpd(101, 6); /* message id seen */
	send_dpd(102, 4); /* sequence falls */
	assert_int_equal(lab.sent - sent, 1);
	assert_int_equal(lab_drops(&lab.s[SERVER], "message-id-seen"), 1);
	for (uint32_t i = 0; i < 100; i++)
		send_dpd(200 + i, 6 + i);
	assert_int_equal(lab.sent - sent, 2); /* one a second */
	lab_free(&lab);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(quick_modes_taken_and_refused),
		cmocka_unit_test(selectors_of_what_is_served),
		cmocka_unit_test(bundle_is_refused),
		cmocka_unit_test(quick_mode_limits),
		cmocka_unit_test(quick_mode_rate),
		cmocka_unit_test(quick_mode_replay),
		cmocka_unit_test(quick_mode_wrong_hash_leaves_nothing),
		cmocka_unit_test(message_3_with_a_wrong_hash),
		cmocka_unit_test(delete_needs_a_right_hash),
		cmocka_unit_test(unprotected_informational_has_no_effect),
		cmocka_unit_test(every_bit_of_an_informational_counts),
		cmocka_unit_test(delete_twice_in_one_message),
		cmocka_unit_test(dpd_is_answered_with_care),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
