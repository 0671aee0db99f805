/*
 * lac: unit tests of the client's own parts: its table, its ESP, its pings. The
 * whole client against the whole server is tests/script.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "lac/echo.h"
#include "lac_i.h"

/* ---- the table ---- */

static void table_is_complete(void **state)
{
	char where[100] = "";

	(void)state;
	if (!fsm_check(&lac_fsm, where, sizeof(where)))
		fail_msg("%s", where);
}

/* ---- ESP: two ends with crossed keys ---- */

struct ends {
	struct esp_yard yard;
	struct esp a, b;
	struct ike_child keys_a, keys_b;
};

static void cross_keys(struct ends *e, uint32_t spi, enum burst_auth auth, uint16_t key_len)
{
	struct ike_child *a = &e->keys_a, *b = &e->keys_b;

	*a = (struct ike_child){.spi_in = spi,
				.spi_out = spi + 1,
				.alg = {BURST_AES_CBC, key_len, auth},
				.udp_encap = true};
	memset(a->in_enc, (int)spi, sizeof(a->in_enc));
	memset(a->in_auth, (int)spi + 1, sizeof(a->in_auth));
	memset(a->out_enc, (int)spi + 2, sizeof(a->out_enc));
	memset(a->out_auth, (int)spi + 3, sizeof(a->out_auth));
	*b = *a;
	b->spi_in = a->spi_out;
	b->spi_out = a->spi_in;
	memcpy(b->in_enc, a->out_enc, sizeof(b->in_enc));
	memcpy(b->in_auth, a->out_auth, sizeof(b->in_auth));
	memcpy(b->out_enc, a->in_enc, sizeof(b->out_enc));
	memcpy(b->out_auth, a->in_auth, sizeof(b->out_auth));
}

static struct ends *ends_new(void)
{
	struct ends *e = calloc(1, sizeof(*e));

	assert_non_null(e);
	e->yard.burst = burst_new(BURST_LIBCRYPTO);
	assert_non_null(e->yard.burst);
	e->a.yard = e->b.yard = &e->yard;
	return e;
}

static void ends_free(struct ends *e)
{
	esp_wipe(&e->a);
	esp_wipe(&e->b);
	burst_free(e->yard.burst);
	free(e);
}

static void ends_add(struct ends *e, ike_child_id id, uint32_t spi)
{
	cross_keys(e, spi, id % 2 ? BURST_HMAC_SHA1_96 : BURST_HMAC_SHA256_128, id % 2 ? 32 : 16);
	assert_true(esp_add(&e->a, id, &e->keys_a));
	assert_true(esp_add(&e->b, id, &e->keys_b));
	esp_up(&e->a, id);
	esp_up(&e->b, id);
}

#define TEXT_MAX 200
#define SEALED   (ESP_UDP_FRONT + TEXT_MAX + ESP_UDP_BACK)

/* A packet from a to b, somewhere in the SEALED octets at room. */
static struct bytes seal(struct ends *e, const char *text, uint8_t *room)
{
	const uint8_t iv[16] = {9, 8, 7, 6, 5, 4, 3, 2, 1};
	struct esp_pair *p = esp_sender(&e->a);
	struct burst_job job = {0};
	size_t len = strlen(text);

	memcpy(room + ESP_UDP_FRONT, text, len);
	assert_true(esp_seal_begin(p, 1701, 1702, iv, room + ESP_UDP_FRONT, len, &job));
	assert_true(job.esp >= room);
	assert_true(job.esp + job.len + p->icv_len <= room + SEALED);
	burst_seal(e->yard.burst, &job, 1);
	return (struct bytes){job.esp, job.len + p->icv_len};
}

/* As b takes it: a copy is opened, for the packet comes again in some tests. */
static enum lac_drop open_b(struct ends *e, struct bytes packet, struct bytes *payload)
{
	static uint8_t copy[SEALED];
	uint16_t src = 0, dst = 0;
	struct burst_job job = {0};
	enum lac_drop bad;

	if (packet.len)
		memcpy(copy, packet.p, packet.len);
	bad = esp_open_begin(&e->b, copy, packet.len, &job);
	if (bad)
		return bad;
	burst_open(e->yard.burst, &job, 1);
	bad = esp_open_end(&e->b, &job, &src, &dst, payload);
	if (!bad) {
		assert_int_equal(src, 1701);
		assert_int_equal(dst, 1702);
	}
	return bad;
}

static void esp_carries_every_length(void **state)
{
	struct ends *e = ends_new();
	uint8_t p[SEALED];
	char text[TEXT_MAX] = "";
	struct bytes payload;

	(void)state;
	for (ike_child_id id = 1; id <= 2; id++) {
		ends_add(e, id, 1000 * (uint32_t)id);
		for (size_t n = 0; n < sizeof(text) - 1; n++) {
			memset(text, 'x', n);
			text[n] = '\0';
			assert_int_equal(open_b(e, seal(e, text, p), &payload), LAC_DROP_NONE);
			assert_int_equal(payload.len, n);
			assert_memory_equal(payload.p, text, n);
		}
	}
	ends_free(e);
}

static void esp_refuses_replays(void **state)
{
	struct ends *e = ends_new();
	uint8_t p[100][SEALED];
	struct bytes packet[100], payload;

	(void)state;
	ends_add(e, 1, 1000);
	for (unsigned i = 0; i < 100; i++)
		packet[i] = seal(e, "hello", p[i]);
	assert_int_equal(open_b(e, packet[10], &payload), LAC_DROP_NONE);
	assert_int_equal(open_b(e, packet[10], &payload), LAC_DROP_REPLAY);
	assert_int_equal(open_b(e, packet[2], &payload), LAC_DROP_NONE); /* late, but new */
	assert_int_equal(open_b(e, packet[2], &payload), LAC_DROP_REPLAY);
	assert_int_equal(open_b(e, packet[99], &payload), LAC_DROP_NONE);
	assert_int_equal(open_b(e, packet[36], &payload), LAC_DROP_NONE);   /* 63 behind */
	assert_int_equal(open_b(e, packet[35], &payload), LAC_DROP_REPLAY); /* 64 behind */
	assert_int_equal(open_b(e, packet[99], &payload), LAC_DROP_REPLAY);
	ends_free(e);
}

/* A forged packet does not move the window. */
static void esp_refuses_forgeries(void **state)
{
	struct ends *e = ends_new();
	uint8_t p[SEALED], good[SEALED];
	struct bytes packet, payload;

	(void)state;
	ends_add(e, 1, 1000);
	packet = seal(e, "hello", good);
	for (size_t bit = 0; bit < packet.len * 8; bit++) {
		enum lac_drop why;

		memcpy(p, packet.p, packet.len);
		p[bit / 8] ^= (uint8_t)(1u << bit % 8);
		why = open_b(e, (struct bytes){p, packet.len}, &payload);
		assert_int_not_equal(why, LAC_DROP_NONE);
		if (bit >= 64)
			assert_int_equal(why, LAC_DROP_ICV);
	}
	for (size_t len = 0; len < packet.len; len++)
		assert_int_not_equal(open_b(e, (struct bytes){packet.p, len}, &payload),
				     LAC_DROP_NONE);
	assert_int_equal(open_b(e, packet, &payload), LAC_DROP_NONE);
	ends_free(e);
}

static void newest_pair_sends_all_receive(void **state)
{
	struct ends *e = ends_new();
	uint8_t first[SEALED], second[SEALED];
	struct bytes old, new, payload;

	(void)state;
	assert_null(esp_sender(&e->a));
	ends_add(e, 1, 1000);
	old = seal(e, "old", first);
	cross_keys(e, 2000, BURST_HMAC_SHA1_96, 32);
	assert_true(esp_add(&e->a, 2, &e->keys_a));
	assert_true(esp_add(&e->b, 2, &e->keys_b));
	assert_int_equal(esp_sender(&e->a)->id, 1); /* the peer may not have it yet */
	esp_up(&e->a, 2);
	assert_int_equal(esp_sender(&e->a)->id, 2);
	new = seal(e, "new", second);
	assert_int_equal(open_b(e, new, &payload), LAC_DROP_NONE);
	assert_int_equal(open_b(e, old, &payload), LAC_DROP_NONE);
	esp_del(&e->b, 1);
	old = seal(e, "again", first);
	assert_int_equal(open_b(e, old, &payload), LAC_DROP_NONE);
	esp_del(&e->b, 2);
	assert_int_equal(open_b(e, seal(e, "gone", first), &payload), LAC_DROP_SPI);
	ends_free(e);
}

static void sequence_numbers_end(void **state)
{
	struct ends *e = ends_new();
	uint8_t iv[16] = {0}, room[SEALED];
	struct burst_job job;
	struct esp_pair *p;

	(void)state;
	ends_add(e, 1, 1000);
	p = esp_sender(&e->a);
	p->seq = UINT32_MAX - 1;
	assert_true(esp_seal_begin(p, 1, 2, iv, room + ESP_UDP_FRONT, 1, &job));
	assert_false(esp_seal_begin(p, 1, 2, iv, room + ESP_UDP_FRONT, 1, &job));
	ends_free(e);
}

/* GCM's IV must never come twice under a key (RFC 4106 section 3.1): it counts. */
static void ivs_of_gcm_count(void **state)
{
	struct ends *e = ends_new();
	uint8_t room[SEALED];
	struct bytes payload, p;

	(void)state;
	cross_keys(e, 1000, BURST_AUTH_NONE, 16);
	e->keys_a.alg.cipher = e->keys_b.alg.cipher = BURST_AES_GCM16;
	assert_true(esp_add(&e->a, 1, &e->keys_a));
	assert_true(esp_add(&e->b, 1, &e->keys_b));
	esp_up(&e->a, 1);
	for (uint8_t n = 1; n < 20; n++) {
		const uint8_t iv[8] = {0, 0, 0, 0, 0, 0, 0, n};

		p = seal(e, "hello", room);
		assert_memory_equal(p.p + 8, iv, sizeof(iv));
		assert_int_equal(open_b(e, p, &payload), LAC_DROP_NONE);
	}
	ends_free(e);
}

/* ---- pings ---- */

static void echo_comes_back(void **state)
{
	struct echo out, e = {.type = ECHO_REQUEST,
			      .seq = 7,
			      .src = 0x0a000001,
			      .dst = 0x0a000002,
			      .size = 33};
	uint8_t p[ECHO_HEADERS + 33];
	size_t len = echo_build(p, &e);

	(void)state;
	assert_int_equal(len, sizeof(p));
	assert_true(echo_parse((struct bytes){p, len}, &out));
	assert_true(out.intact);
	assert_int_equal(out.seq, 7);
	assert_int_equal(out.size, 33);
	assert_int_equal(out.dst, 0x0a000002);
	for (size_t cut = 0; cut < len; cut++)
		assert_false(echo_parse((struct bytes){p, cut}, &out));
	p[len - 1] ^= 1;
	assert_false(echo_parse((struct bytes){p, len}, &out)); /* checksum */
}

/* ---- the client alone ---- */

static void counting_random(void *ctx, void *buf, size_t len)
{
	uint64_t *n = ctx;

	for (size_t i = 0; i < len; i++)
		((uint8_t *)buf)[i] = (uint8_t)(++*n * 167 >> 3);
}

static struct lac *lone_client(uint64_t *n)
{
	const struct lac_config cfg = {.local = {ip4_addr(0x0a000002), 500},
				       .server = ip4_addr(0x0a000001),
				       .psk = {(const uint8_t *)"k", 1},
				       .user = "u",
				       .password = {(const uint8_t *)"p", 1},
				       .ppp_auth = PPP_AUTH_MSCHAP2,
				       .natt = true,
				       .random = counting_random,
				       .random_ctx = n};
	struct lac *l = lac_new(&cfg);

	assert_non_null(l);
	return l;
}

/* Nobody answers: five tries, then DOWN with the reason, once; and it may dial again. */
static void nobody_answers(void **state)
{
	unsigned sent = 0, downs = 0;
	const struct lac_act *a;
	uint64_t n = 0, now = 0;
	struct lac *l = lone_client(&n);

	(void)state;
	for (int dial = 1; dial <= 2; dial++) {
		lac_dial(l, now);
		assert_int_equal(lac_get_state(l), LAC_PHASE1);
		while (lac_get_state(l) != LAC_DOWN) {
			now = lac_next_ms(l);
			assert_true(now < 200000);
			lac_run(l, now);
		}
		while ((a = lac_next(l))) {
			sent += a->kind == LAC_ACT_DATAGRAM && a->flow.remote.port == 500;
			downs += a->kind == LAC_ACT_DOWN;
		}
		assert_string_equal(lac_down_reason(l), "timeout");
		assert_int_equal(sent, 5 * dial);
		assert_int_equal(downs, dial);
	}
	lac_free(l);
}

static void hang_up_at_once(void **state)
{
	uint64_t n = 0;
	struct lac *l = lone_client(&n);

	(void)state;
	lac_hang_up(l, 0);
	assert_int_equal(lac_get_state(l), LAC_IDLE);
	lac_dial(l, 0);
	lac_hang_up(l, 10);
	assert_int_equal(lac_get_state(l), LAC_DOWN);
	assert_string_equal(lac_down_reason(l), "hang-up");
	assert_int_equal(lac_next_ms(l), TIMER_NEVER);
	lac_free(l);
}

/* Junk on every way in is dropped and counted, and a user's packet while down, too. */
static void junk_is_counted(void **state)
{
	struct flow flow = {{ip4_addr(0x0a000002), 4500}, {ip4_addr(0x0a000001), 4500}};
	const uint8_t junk[40] = {1, 2, 3, 4};
	uint64_t n = 0, count, total = 0;
	struct lac *l = lone_client(&n);
	const char *name;

	(void)state;
	lac_input(l, 0, &flow, false, (struct bytes){junk, 40}); /* unknown SPI */
	lac_input(l, 0, &flow, false, (struct bytes){junk, 3});  /* short */
	lac_input(l, 0, &flow, true, (struct bytes){junk, 40});  /* unknown SPI */
	lac_send(l, 0, (struct bytes){junk, 40});                /* not up */
	for (unsigned i = 0; lac_drop_counter(l, i, &name, &count); i++) {
		assert_non_null(name);
		total += count;
	}
	assert_int_equal(total, 4);
	lac_free(l);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(table_is_complete),
		cmocka_unit_test(esp_carries_every_length),
		cmocka_unit_test(esp_refuses_replays),
		cmocka_unit_test(esp_refuses_forgeries),
		cmocka_unit_test(newest_pair_sends_all_receive),
		cmocka_unit_test(sequence_numbers_end),
		cmocka_unit_test(ivs_of_gcm_count),
		cmocka_unit_test(echo_comes_back),
		cmocka_unit_test(nobody_answers),
		cmocka_unit_test(hang_up_at_once),
		cmocka_unit_test(junk_is_counted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
