/*
 * Notify payloads of RFC 2408 3.14.1 and RFC 2407 4.6.3, protected, in both directions; what
 * we send for which refusal; the commit bit (RFC 2408 3.1).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "attribute.h"
#include "craft.h"
#include "lab.h"
#include "test_files.h"

static struct lab lab;

static void connect_default(void)
{
	lab_default(&lab);
	lab.trace = getenv("IKE_TRACE") ? stderr : NULL;
	lab_dial(&lab);
	lab_settle(&lab);
	assert_int_equal(lab.s[SERVER].n_child_up, 1);
	assert_int_equal(lab.s[CLIENT].n_child_up, 1);
}

/* Lets the messages flow through hook, which may change one or lose it (false). */
static void pump(bool (*hook)(struct lab_packet *p))
{
	lab_actions(&lab, CLIENT);
	lab_actions(&lab, SERVER);
	while (lab.head != lab.tail) {
		struct lab_packet p = lab.queue[lab.head++ % 64];

		if (!hook(&p))
			continue;
		ike_input(lab.s[p.to].k, lab.now_ms, &p.flow, p.natt, (struct bytes){p.b, p.len});
		lab_actions(&lab, p.to);
	}
}

/* A protected message to a side, as its peer sends it. */
static void send_to(int to, uint8_t exchange, uint32_t mid, uint8_t first, struct bytes chain,
		    uint8_t *iv)
{
	const struct isakmp_sa *sa = craft_sa(&lab, to);
	static uint8_t buf[IKE_MESSAGE_MAX];
	uint8_t own_iv[IKE_BLOCK];
	struct isakmp_header h;
	struct bytes out;
	struct msg m;
	size_t at;

	sa_header(sa, exchange, mid, &h);
	msg_begin(&m, buf, sizeof(buf), &h);
	at = msg_hash_room(&m, sa->key.hash_len);
	m.w.buf[m.next_at] = first;
	wr_bytes(&m.w, chain);
	assert_true(quick_hash_fill(sa, mid, (struct bytes){NULL, 0}, &m, at));
	keymat_iv_phase2(&sa->key, sa->iv, mid, own_iv);
	out = msg_encrypt(&m, &sa->key, iv ? iv : own_iv);
	lab_inject(&lab, to, &sa->flow, sa->natt, out.p, out.len);
}

static uint32_t next_mid = 0x70000000;

static void notify_to(int to, uint8_t protocol, uint16_t type, const void *spi, size_t spi_len,
		      const void *data, size_t data_len)
{
	uint8_t body[256];
	struct wr w = wr_of(body, sizeof(body));
	struct craft c;

	notify_body(&w, protocol, (struct bytes){spi, spi_len}, type,
		    (struct bytes){data, data_len});
	craft_begin(&c);
	craft_add(&c, PAYLOAD_NOTIFY, body, w.len);
	send_to(to, EXCHANGE_INFORMATIONAL, ++next_mid, c.first, craft_chain(&c), NULL);
}

static void spi_bytes(uint8_t out[4], uint32_t spi)
{
	struct wr w = wr_of(out, 4);

	wr_u32(&w, spi);
}

/* The payloads of an Informational that a side has sent. */
static uint8_t plain[IKE_MESSAGE_MAX];
static struct payloads opened;

static const struct payloads *open_info(const struct lab_packet *p)
{
	const struct isakmp_sa *sa = craft_sa(&lab, p->to);
	struct isakmp_header h;
	struct bytes body;
	uint8_t iv[IKE_BLOCK];

	assert_int_equal(isakmp_header_parse((struct bytes){p->b, p->len}, &h, &body), DROP_NONE);
	assert_int_equal(h.exchange, EXCHANGE_INFORMATIONAL);
	assert_int_equal(h.flags, FLAG_ENCRYPTION);
	keymat_iv_phase2(&sa->key, sa->iv, h.mid, iv);
	assert_int_equal(msg_decrypt(&sa->key, iv, body, plain, sizeof(plain), iv), DROP_NONE);
	assert_int_equal(payloads_parse(h.next, (struct bytes){plain, body.len}, true, &opened),
			 DROP_NONE);
	return &opened;
}

static uint16_t notified(const struct lab_packet *p)
{
	const struct payload *x = payload_first(open_info(p), KIND_NOTIFY);
	struct notify n;

	assert_non_null(x);
	assert_true(notify_parse(x->body, &n));
	return n.type;
}

static void every_type_has_its_name(void **state)
{
	static const uint16_t status[] = {16384, 24576, 24577, 24578, 36136, 36137};
	char a[NOTIFY_WORDS], b[NOTIFY_WORDS];

	(void)state;
	for (uint16_t t = 1; t <= 30; t++) {
		assert_null(strstr(notify_words(t, a, sizeof(a)), "unknown"));
		for (uint16_t u = 1; u < t; u++)
			assert_string_not_equal(a, notify_words(u, b, sizeof(b)));
	}
	for (size_t i = 0; i < sizeof(status) / sizeof(status[0]); i++)
		assert_null(strstr(notify_words(status[i], a, sizeof(a)), "unknown"));
	assert_string_equal(notify_words(18, a, sizeof(a)), "INVALID-ID-INFORMATION (18)");
	assert_string_equal(notify_words(9999, a, sizeof(a)), "of an unknown type (9999)");
}

/* Errors and statuses that mean nothing here leave everything as it is. */
static void unexpected_ones_are_told_only(void **state)
{
	struct ike_stats stats;

	(void)state;
	connect_default();
	for (unsigned t = 1; t <= 40; t++) {
		if (t == NOTIFY_INVALID_SPI)
			continue;
		notify_to(SERVER, PROTO_ESP, (uint16_t)t, NULL, 0, NULL, 0);
		notify_to(CLIENT, PROTO_ISAKMP, (uint16_t)t, NULL, 0, NULL, 0);
	}
	notify_to(SERVER, PROTO_ESP, NOTIFY_CONNECTED, NULL, 0, NULL, 0);
	notify_to(SERVER, PROTO_ESP, NOTIFY_REPLAY_STATUS, NULL, 0, "\0\0\0\1", 4);
	notify_to(SERVER, PROTO_ESP, 32000, NULL, 0, NULL, 0);
	for (int i = 0; i < 2; i++) {
		ike_get_stats(lab.s[i].k, &stats);
		assert_int_equal(stats.established, 1);
		assert_int_equal(stats.children, 1);
	}
	assert_non_null(strstr(lab_note(&lab.s[SERVER], "peer-error"), "INVALID-PAYLOAD-TYPE (1)"));
	lab_free(&lab);
}

static void invalid_spi_ends_the_pair_that_it_names(void **state)
{
	uint8_t spi[4];

	(void)state;
	for (int in_data = 0; in_data < 2; in_data++) {
		connect_default();
		spi_bytes(spi, 0xdeadbeef);
		notify_to(SERVER, PROTO_ESP, NOTIFY_INVALID_SPI, spi, 4, NULL, 0);
		assert_int_equal(lab.s[SERVER].n_child_down, 0);
		/* what the server sends to is what the client has inbound */
		spi_bytes(spi, lab.s[SERVER].keys.spi_out);
		if (in_data)
			notify_to(SERVER, PROTO_ESP, NOTIFY_INVALID_SPI, NULL, 0, spi, 4);
		else
			notify_to(SERVER, PROTO_ESP, NOTIFY_INVALID_SPI, spi, 4, NULL, 0);
		assert_int_equal(lab.s[SERVER].n_child_down, 1);
		assert_string_equal(lab.s[SERVER].child_down_reason, "peer-invalid-spi");
		assert_int_equal(lab.s[SERVER].n_down, 0);
		lab_free(&lab);
	}
}

static bool lose_quick_from_client(struct lab_packet *p)
{
	return !(p->to == SERVER && p->b[18] == EXCHANGE_QUICK);
}

static bool lose_msg3(struct lab_packet *p)
{
	static unsigned quick;

	if (p->to == SERVER && p->b[18] == EXCHANGE_QUICK)
		quick++;
	else if (p->b[18] == EXCHANGE_MAIN)
		quick = 0;
	return quick < 2;
}

static void errors_end_the_quick_mode_they_answer(void **state)
{
	static const struct {
		uint16_t type;
		const char *reason;
	} rows[] = {{NOTIFY_NO_PROPOSAL_CHOSEN, "peer-no-proposal"},
		    {NOTIFY_INVALID_ID_INFORMATION, "peer-invalid-id"},
		    {NOTIFY_AUTHENTICATION_FAILED, "peer-auth-failed"},
		    {NOTIFY_PAYLOAD_MALFORMED, "peer-error"}};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		lab_default(&lab);
		lab_dial(&lab);
		pump(lose_quick_from_client);
		assert_int_equal(lab.s[CLIENT].n_up, 1);
		notify_to(CLIENT, PROTO_ESP, rows[i].type, NULL, 0, NULL, 0);
		assert_int_equal(lab.s[CLIENT].n_down, 1);
		assert_string_equal(lab.s[CLIENT].down_reason, rows[i].reason);
		lab_free(&lab);
	}
}

/* The client does not like our message 2: it is not sent again, and the pair is gone. */
static void an_error_for_our_answer_ends_the_pair(void **state)
{
	unsigned before;

	(void)state;
	lab_default(&lab);
	lab_dial(&lab);
	pump(lose_msg3);
	assert_int_equal(lab.s[SERVER].n_add, 1);
	assert_int_equal(lab.s[SERVER].n_child_up, 0);
	notify_to(SERVER, PROTO_ESP, NOTIFY_NO_PROPOSAL_CHOSEN, NULL, 0, NULL, 0);
	assert_int_equal(lab.s[SERVER].n_child_down, 1);
	assert_string_equal(lab.s[SERVER].child_down_reason, "peer-no-proposal");
	ike_free(lab.s[CLIENT].k);
	lab.s[CLIENT].k = NULL;
	before = lab.sent;
	lab.now_ms += 20000;
	timerq_run(&lab.s[SERVER].timers, lab.now_ms, 100);
	lab_actions(&lab, SERVER);
	assert_int_equal(lab.sent, before);
	ike_free(lab.s[SERVER].k);
}

static void put_life(struct wr *w, bool first, uint32_t seconds)
{
	attribute_put(w, first ? OAKLEY_LIFE_TYPE : DOI_LIFE_TYPE, LIFE_SECONDS);
	attribute_put32(w, first ? OAKLEY_LIFE_DURATION : DOI_LIFE_DURATION, seconds);
}

/* RFC 2407 4.6.3.1: the one who asked takes over what is shorter, the other nothing. */
static void responder_lifetime_of_both_phases(void **state)
{
	uint8_t data[32], spi[16];
	struct wr w;
	struct ike_sa_info info;

	(void)state;
	connect_default();
	w = wr_of(data, sizeof(data));
	put_life(&w, true, 300);
	memcpy(spi, craft_sa(&lab, CLIENT)->cky_i, 8);
	memcpy(spi + 8, craft_sa(&lab, CLIENT)->cky_r, 8);
	notify_to(CLIENT, PROTO_ISAKMP, NOTIFY_RESPONDER_LIFETIME, spi, 16, data, w.len);
	assert_true(ike_get_sa(lab.s[CLIENT].k, lab.s[CLIENT].up, &info));
	assert_int_equal(info.life_s, 300);
	notify_to(SERVER, PROTO_ISAKMP, NOTIFY_RESPONDER_LIFETIME, spi, 16, data, w.len);
	assert_true(ike_get_sa(lab.s[SERVER].k, lab.s[SERVER].up, &info));
	assert_int_equal(info.life_s, 28800);
	/* longer than what is agreed: nothing */
	w = wr_of(data, sizeof(data));
	put_life(&w, true, 90000);
	notify_to(CLIENT, PROTO_ISAKMP, NOTIFY_RESPONDER_LIFETIME, spi, 16, data, w.len);
	assert_true(ike_get_sa(lab.s[CLIENT].k, lab.s[CLIENT].up, &info));
	assert_int_equal(info.life_s, 300);
	/* the client renews in its time */
	lab.s[SERVER].hellos = true;
	lab_run(&lab, 280000);
	assert_int_equal(lab.s[CLIENT].n_renewed, 1);
	assert_int_equal(lab.s[SERVER].n_renewed, 1);
	lab_free(&lab);

	connect_default(); /* ESP */
	w = wr_of(data, sizeof(data));
	put_life(&w, false, 200);
	spi_bytes(spi, lab.s[CLIENT].keys.spi_out);
	notify_to(CLIENT, PROTO_ESP, NOTIFY_RESPONDER_LIFETIME, spi, 4, data, w.len);
	lab_run(&lab, 190000);
	assert_int_equal(lab.s[CLIENT].n_add, 2);
	assert_int_equal(lab.s[SERVER].n_add, 2);
	lab_free(&lab);

	connect_default(); /* without attributes, cut, of another unit */
	notify_to(CLIENT, PROTO_ESP, NOTIFY_RESPONDER_LIFETIME, spi, 4, NULL, 0);
	notify_to(CLIENT, PROTO_ESP, NOTIFY_RESPONDER_LIFETIME, spi, 4, data, 7);
	notify_to(CLIENT, PROTO_ESP, NOTIFY_RESPONDER_LIFETIME, spi, 4, "\x80\1\0\7\x80\2\0\1", 8);
	assert_int_equal(lab_drops(&lab.s[CLIENT], "payload-body"), 3);
	lab_free(&lab);
}

/* What a Cisco router sends behind its message 6. */
static void recorded_lifetime(void **state)
{
	FILE *f = captures_open("rub-nds/handshakes.txt");
	char line[8192];
	bool mine = false;
	unsigned n = 0;

	(void)state;
	if (!f)
		skip();
	while (fgets(line, sizeof(line), f)) {
		const char *hex = strstr(line, "payload 11 ");
		struct lifetime told;
		struct notify note;
		uint8_t body[256];
		int len;

		if (strncmp(line, "== ", 3) == 0)
			mine = strstr(line, "responder-lifetime") != NULL;
		if (!mine || !hex)
			continue;
		len = hex_bytes(hex + 11, body, sizeof(body));
		assert_true(len > 0);
		assert_true(notify_parse((struct bytes){body, (size_t)len}, &note));
		assert_int_equal(note.type, NOTIFY_RESPONDER_LIFETIME);
		assert_true(notify_lifetime(&note, &told));
		assert_int_equal(told.s, 300);
		assert_int_equal(told.kb, 0);
		n++;
	}
	fclose(f);
	assert_int_equal(n, 1);
}

/* The responder's Quick Mode message 2 says what it has cut. */
static void lifetime_inside_message_2(void **state)
{
	(void)state;
	lab_init(&lab);
	for (int i = 0; i < 2; i++) {
		struct ike_config cfg = lab_config(&lab, i);

		cfg.esp_life_s = i == SERVER ? 600 : 3600;
		lab_start(&lab, i, &cfg);
	}
	lab_dial(&lab);
	lab_settle(&lab);
	assert_int_equal(lab.s[SERVER].keys.life_s, 600);
	assert_int_equal(lab.s[CLIENT].keys.life_s, 600);
	lab_free(&lab);
}

static void initial_contact_reaches_the_peer(void **state)
{
	(void)state;
	connect_default();
	notify_to(SERVER, PROTO_ISAKMP, NOTIFY_INITIAL_CONTACT, NULL, 0, NULL, 0);
	assert_true(lab_noted(&lab.s[SERVER], "initial-contact"));
	assert_int_equal(lab.s[SERVER].n_down, 0);
	lab_free(&lab);
}

/* ---- what we send for which refusal ---- */

static void quick_chain(struct craft *c, size_t ke_len, unsigned group)
{
	static const uint8_t ke[256] = {4, 1}, inner[4] = {192, 168, 0, 2};
	static const uint8_t outer[4] = {203, 0, 113, 1};

	craft_begin(c);
	craft_sa_esp(c, ESP_AES_CBC, 256, DOI_HMAC_SHA1, ENCAP_TRANSPORT, group);
	craft_nonce(c);
	if (ke_len)
		craft_add(c, PAYLOAD_KE, ke, ke_len);
	craft_id(c, ID_IPV4_ADDR, 17, 1701, inner, 4);
	craft_id(c, ID_IPV4_ADDR, 17, 1701, outer, 4);
}

static void each_refusal_has_its_notify(void **state)
{
	struct craft c;

	(void)state;
	connect_default(); /* a proposal that says nothing */
	quick_chain(&c, 0, 0);
	c.buf[4 + 8 + 3] = 255; /* the proposal is longer than its payload */
	craft_send(&lab, EXCHANGE_QUICK, 0x5000001, c.first, craft_chain(&c), NULL);
	assert_int_equal(notified(&lab.log[lab.sent - 1]), NOTIFY_PAYLOAD_MALFORMED);
	assert_int_equal(lab.s[SERVER].n_add, 1);

	quick_chain(&c, 63, 19); /* a KE of no length of its group */
	craft_send(&lab, EXCHANGE_QUICK, 0x5000002, c.first, craft_chain(&c), NULL);
	assert_int_equal(notified(&lab.log[lab.sent - 1]), NOTIFY_INVALID_KEY_INFORMATION);

	quick_chain(&c, 0, 0);
	c.buf[c.w.len - 5] = 23; /* port of IDcr */
	craft_send(&lab, EXCHANGE_QUICK, 0x5000003, c.first, craft_chain(&c), NULL);
	assert_int_equal(notified(&lab.log[lab.sent - 1]), NOTIFY_INVALID_ID_INFORMATION);
	lab_free(&lab);
}

/* ---- RFC 2407 4.6.3.2 ---- */

static void replay_status_is_answered(void **state)
{
	static const uint8_t asked[] = {0, 0, 0, 1, PROTO_ESP, 0, 0x60, 1, 0, 0, 0, 1};

	(void)state;
	for (int ask = 0; ask < 2; ask++) {
		struct craft c;
		const struct payload *x;
		const struct isakmp_sa *sa;
		const struct lab_packet *p;
		struct isakmp_header h;
		struct bytes body;
		struct payloads got;
		struct notify n;
		uint8_t iv[IKE_BLOCK];

		quick_chain(&c, 0, 0);
		connect_default();
		if (ask)
			craft_add(&c, PAYLOAD_NOTIFY, asked, sizeof(asked));
		sa = craft_sa(&lab, CLIENT);
		keymat_iv_phase2(&sa->key, sa->iv, 0x6000000, iv);
		craft_send(&lab, EXCHANGE_QUICK, 0x6000000, c.first, craft_chain(&c), iv);
		p = &lab.log[lab.sent - 1];
		assert_int_equal(p->b[18], EXCHANGE_QUICK);
		isakmp_header_parse((struct bytes){p->b, p->len}, &h, &body);
		assert_int_equal(msg_decrypt(&sa->key, iv, body, plain, sizeof(plain), iv),
				 DROP_NONE);
		payloads_parse(h.next, (struct bytes){plain, body.len}, true, &got);
		x = payload_first(&got, KIND_NOTIFY);
		while (x && notify_parse(x->body, &n) && n.type != NOTIFY_REPLAY_STATUS)
			x = payload_next(&got, x);
		assert_int_equal(x != NULL, ask);
		if (x) {
			assert_int_equal(n.spi.len, 4);
			assert_int_equal(n.data.len, 4);
			assert_int_equal(n.data.p[3], 1);
		}
		lab_free(&lab);
	}
}

/* ---- the commit bit ---- */

static unsigned n_quick;

static bool commit_in_msg1(struct lab_packet *p)
{
	if (p->b[18] == EXCHANGE_QUICK && n_quick++ == 0)
		p->b[19] |= FLAG_COMMIT;
	return true;
}

static bool commit_in_msg3(struct lab_packet *p)
{
	if (p->b[18] == EXCHANGE_QUICK && n_quick++ == 2)
		p->b[19] |= FLAG_COMMIT;
	return true;
}

static bool commit_in_msg2(struct lab_packet *p)
{
	if (p->b[18] == EXCHANGE_QUICK && n_quick++ == 1)
		p->b[19] |= FLAG_COMMIT;
	return true;
}

static void begin(void)
{
	n_quick = 0;
	lab_default(&lab);
	lab.trace = getenv("IKE_TRACE") ? stderr : NULL;
	lab_dial(&lab);
}

/* The peer sets it in QM1: QM2 has it too, and QM4 says CONNECTED, on which it waits. */
static void commit_bit_is_answered(void **state)
{
	const struct lab_packet *qm3;

	(void)state;
	begin();
	pump(commit_in_msg1);
	assert_int_equal(lab.sent, 10);
	assert_int_equal(lab.log[7].b[19], FLAG_ENCRYPTION | FLAG_COMMIT);
	assert_int_equal(lab.log[9].b[18], EXCHANGE_QUICK);
	assert_int_equal(lab.log[9].to, CLIENT);
	assert_true(lab_noted(&lab.s[CLIENT], "peer-connected"));
	assert_int_equal(lab.s[CLIENT].n_child_up, 1);
	assert_int_equal(lab.s[SERVER].n_child_up, 1);
	/* QM3 again: the same QM4 again */
	qm3 = &lab.log[8];
	lab_inject(&lab, SERVER, &qm3->flow, qm3->natt, qm3->b, qm3->len);
	assert_int_equal(lab.sent, 11);
	assert_int_equal(lab.log[10].len, lab.log[9].len);
	assert_memory_equal(lab.log[10].b, lab.log[9].b, lab.log[9].len);
	lab_free(&lab);

	begin(); /* only in QM3: the client here does not wait, and QM4 does no harm */
	pump(commit_in_msg3);
	assert_int_equal(lab.sent, 10);
	assert_int_equal(lab.s[CLIENT].n_child_up, 1);
	assert_int_equal(lab.s[SERVER].n_child_up, 1);
	lab_free(&lab);
}

static bool commit_and_lose_msg4(struct lab_packet *p)
{
	if (p->b[18] == EXCHANGE_QUICK && n_quick++ == 0)
		p->b[19] |= FLAG_COMMIT;
	return n_quick != 4;
}

static void a_lost_connected_is_asked_for_again(void **state)
{
	(void)state;
	begin();
	pump(commit_and_lose_msg4);
	assert_int_equal(lab.s[SERVER].n_child_up, 1);
	assert_int_equal(lab.s[CLIENT].n_child_up, 0);
	lab_run(&lab, 1500); /* QM3 again, QM4 again */
	assert_int_equal(lab.s[CLIENT].n_child_up, 1);
	lab_free(&lab);
}

static void connected_chain(struct craft *c, uint16_t type)
{
	uint8_t body[8] = {0, 0, 0, 1, PROTO_ESP, 0, (uint8_t)(type >> 8), (uint8_t)type};

	craft_begin(c);
	craft_add(c, PAYLOAD_NOTIFY, body, sizeof(body));
}

static uint32_t open_mid(int side)
{
	list_each (&craft_sa(&lab, side)->quicks, it)
		return list_entry(it, struct quick, link)->mid;
	return 0;
}

/* A responder that sets it in QM2 makes us wait: for an Informational of the same message id,
 * for a QM4, for ESP, and not for ever. */
static void we_wait_for_connected(void **state)
{
	struct craft yes, no;
	struct quick *q;

	(void)state;
	connected_chain(&yes, NOTIFY_CONNECTED);
	connected_chain(&no, 24579);
	for (int way = 0; way < 4; way++) {
		uint32_t mid;

		begin();
		pump(commit_in_msg2);
		assert_int_equal(lab.s[CLIENT].n_child_up, 0);
		assert_int_equal(lab.s[SERVER].n_child_up, 1);
		mid = open_mid(CLIENT);
		q = list_entry(craft_sa(&lab, CLIENT)->quicks.next, struct quick, link);
		if (way == 0) {
			send_to(CLIENT, EXCHANGE_INFORMATIONAL, mid + 1, yes.first,
				craft_chain(&yes), NULL); /* of another exchange */
			assert_int_equal(lab.s[CLIENT].n_child_up, 0);
			send_to(CLIENT, EXCHANGE_INFORMATIONAL, mid, yes.first, craft_chain(&yes),
				NULL);
		} else if (way == 1) {
			uint8_t iv[IKE_BLOCK];

			memcpy(iv, q->iv, IKE_BLOCK);
			send_to(CLIENT, EXCHANGE_QUICK, mid, no.first, craft_chain(&no), iv);
			assert_int_equal(lab.s[CLIENT].n_child_up, 0);
			memcpy(iv, q->iv, IKE_BLOCK);
			send_to(CLIENT, EXCHANGE_QUICK, mid, yes.first, craft_chain(&yes), iv);
		} else if (way == 2) {
			ike_child_used(lab.s[CLIENT].k, lab.now_ms, lab.s[CLIENT].child);
			lab_settle(&lab);
		} else {
			lab_run(&lab, 62000);
			assert_true(lab_noted(&lab.s[CLIENT], "quick-no-connected"));
		}
		assert_int_equal(lab.s[CLIENT].n_child_up, 1);
		assert_int_equal(lab.s[CLIENT].n_down, 0);
		lab_free(&lab);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_type_has_its_name),
		cmocka_unit_test(unexpected_ones_are_told_only),
		cmocka_unit_test(invalid_spi_ends_the_pair_that_it_names),
		cmocka_unit_test(errors_end_the_quick_mode_they_answer),
		cmocka_unit_test(an_error_for_our_answer_ends_the_pair),
		cmocka_unit_test(responder_lifetime_of_both_phases),
		cmocka_unit_test(recorded_lifetime),
		cmocka_unit_test(lifetime_inside_message_2),
		cmocka_unit_test(initial_contact_reaches_the_peer),
		cmocka_unit_test(each_refusal_has_its_notify),
		cmocka_unit_test(replay_status_is_answered),
		cmocka_unit_test(commit_bit_is_answered),
		cmocka_unit_test(a_lost_connected_is_asked_for_again),
		cmocka_unit_test(we_wait_for_connected),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
