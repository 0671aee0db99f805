/* Unit tests of the base room: readers, writers, timers, rings, logs. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>
#include <pthread.h>

#include "base/addr.h"
#include "base/base64.h"
#include "base/fsm.h"
#include "base/list.h"
#include "base/log.h"
#include "base/map.h"
#include "base/outbox.h"
#include "base/rd.h"
#include "base/ring.h"
#include "base/secret.h"
#include "base/timerq.h"
#include "base/wr.h"

/* RFC 4648 section 10, and what is not strict. */
static void base64_is_there_and_back(void **state)
{
	static const char *const texts[] = {"",         "Zg==",     "Zm8=",    "Zm9v",
					    "Zm9vYg==", "Zm9vYmE=", "Zm9vYmFy"};
	static const char *const bad[] = {
		"Zg=", "Zg", "Zh==", "Zg=a", "Z===", "Zm8=", "Z g=", "====", "-g=="};
	uint8_t out[8];
	char text[BASE64_TEXT(6)];

	(void)state;
	for (size_t len = 0; len < 7; len++) {
		base64_write(text, (const uint8_t *)"foobar", len);
		assert_string_equal(text, texts[len]);
		assert_true(base64_read(text, strlen(text), out, len));
		assert_memory_equal(out, "foobar", len);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(base64_read(bad[i], strlen(bad[i]), out, 1));
}

static void reader_stops_at_the_end(void **state)
{
	static const uint8_t in[] = {1, 2, 3, 4, 5};
	struct rd r = rd_of(in, sizeof(in));
	struct rd sub;

	(void)state;
	assert_int_equal(rd_u16(&r), 0x0102);
	sub = rd_sub(&r, 2);
	assert_int_equal(rd_u8(&sub), 3);
	assert_int_equal(rd_left(&r), 1);
	assert_int_equal(rd_u16(&r), 0);
	assert_false(rd_ok(&r));
	assert_int_equal(rd_u8(&r), 0); /* the error is sticky */
	assert_int_equal(rd_left(&r), 0);
	sub = rd_sub(&r, 1);
	assert_false(rd_ok(&sub));
}

static void writer_refuses_what_does_not_fit(void **state)
{
	uint8_t out[8];
	struct wr w = wr_of(out, sizeof(out));
	size_t at;

	(void)state;
	wr_u8(&w, 9);
	at = wr_begin16(&w);
	wr_u32(&w, 0x01020304);
	wr_end16(&w, at, 0);
	assert_true(wr_ok(&w));
	assert_int_equal(out[2], 7);
	wr_u16(&w, 1);
	assert_false(wr_ok(&w));
	assert_int_equal(wr_done(&w).len, 0);
}

static unsigned fired[4], n_fired;
struct named_timer {
	struct timer t;
	unsigned id;
};

static void on_fire(struct timer *t, uint64_t now_ms)
{
	(void)now_ms;
	fired[n_fired++ & 3] = ((struct named_timer *)(void *)t)->id;
}

static void timers_fire_in_order(void **state)
{
	struct timerq q = {0};
	struct named_timer t[4];

	(void)state;
	for (unsigned i = 0; i < 4; i++) {
		t[i] = (struct named_timer){.t = {.fire = on_fire}, .id = i};
		timerq_arm(&q, &t[i].t, 100 - 10 * i);
	}
	timerq_arm(&q, &t[0].t, 75); /* re-armed: between 2 (80) and 3 (70) */
	timerq_disarm(&q, &t[1].t);
	timerq_disarm(&q, &t[1].t);
	assert_int_equal(timerq_next_ms(&q), 70);
	assert_int_equal(timerq_run(&q, 69, 10), 0);
	assert_int_equal(timerq_run(&q, 1000, 10), 3);
	assert_int_equal(fired[0], 3);
	assert_int_equal(fired[1], 0);
	assert_int_equal(fired[2], 2);
	assert_int_equal(timerq_next_ms(&q), TIMER_NEVER);
}

static void timers_survive_a_random_walk(void **state)
{
	enum { N = 200 };
	static struct named_timer t[N];
	struct timerq q = {0};
	uint64_t last = 0;
	unsigned armed = 0;

	(void)state;
	srand(7);
	for (unsigned i = 0; i < N; i++)
		t[i] = (struct named_timer){.t = {.fire = on_fire}, .id = i};
	for (unsigned i = 0; i < 5000; i++) {
		struct timer *x = &t[rand() % N].t;

		if (rand() % 3)
			timerq_arm(&q, x, (uint64_t)(rand() % 1000));
		else
			timerq_disarm(&q, x);
	}
	for (unsigned i = 0; i < N; i++)
		armed += t[i].t.armed;
	for (struct timer *x; (x = timerq_pop(&q, 2000)); armed--) {
		assert_true(x->deadline_ms >= last);
		last = x->deadline_ms;
	}
	assert_int_equal(armed, 0);
}

/* A queue beside a plain array: the deadlines that are armed. */
enum { MODEL_N = 300 };

struct model {
	struct timerq q;
	struct timer_wheel wheel;
	struct timer t[MODEL_N];
	uint64_t now_ms, deadline_ms[MODEL_N]; /* TIMER_NEVER: not armed */
};

static uint64_t model_next_ms(const struct model *m)
{
	uint64_t next = TIMER_NEVER;

	for (unsigned i = 0; i < MODEL_N; i++)
		next = m->deadline_ms[i] < next ? m->deadline_ms[i] : next;
	return next;
}

/* Near ones, those of this day and of this year, some beyond the wheel, some long over. */
static uint64_t random_deadline_ms(uint64_t now_ms)
{
	static const uint64_t far_ms[] = {1, 40, 2000, 70000, 5000000, 300000000, 40000000000};
	uint64_t at = ((uint64_t)rand() << 31 | (uint64_t)rand()) % far_ms[rand() % 7];

	if (rand() % 500 == 0)
		return TIMER_NEVER - 1;
	return rand() % 20 ? now_ms + at : now_ms - at % (now_ms + 1);
}

static void model_change(struct model *m)
{
	unsigned i = (unsigned)rand() % MODEL_N;

	if (rand() % 3) {
		m->deadline_ms[i] = random_deadline_ms(m->now_ms);
		timerq_arm(&m->q, &m->t[i], m->deadline_ms[i]);
	} else {
		m->deadline_ms[i] = TIMER_NEVER;
		timerq_disarm(&m->q, &m->t[i]);
	}
	assert_int_equal(m->t[i].armed, m->deadline_ms[i] != TIMER_NEVER);
}

static void model_pop(struct model *m, uint64_t now_ms)
{
	uint64_t next = model_next_ms(m);
	struct timer *t = timerq_pop(&m->q, now_ms);

	m->now_ms = now_ms;
	assert_int_equal(t != NULL, next <= now_ms);
	if (!t)
		return;
	assert_int_equal(t->deadline_ms, next);
	assert_int_equal(m->deadline_ms[t - m->t], next);
	assert_false(t->armed);
	m->deadline_ms[t - m->t] = TIMER_NEVER;
}

static void compare_with_model(struct model *m)
{
	srand(11);
	for (unsigned i = 0; i < MODEL_N; i++)
		m->deadline_ms[i] = TIMER_NEVER;
	for (unsigned i = 0; i < 60000; i++) {
		uint64_t next = model_next_ms(m), later = random_deadline_ms(m->now_ms);

		assert_int_equal(timerq_next_ms(&m->q), next);
		if (rand() % 3)
			model_change(m);
		else if (rand() % 4 && next < TIMER_NEVER - 1 && next > m->now_ms)
			model_pop(m, next); /* as those do who drive a clock of their own */
		else if (later > m->now_ms && later < TIMER_NEVER - 1 && rand() % 8 == 0)
			model_pop(m, later); /* the machine slept */
		else
			model_pop(m, m->now_ms);
	}
	while (model_next_ms(m) != TIMER_NEVER)
		model_pop(m, TIMER_NEVER - 1);
	assert_int_equal(timerq_next_ms(&m->q), TIMER_NEVER);
	assert_null(timerq_pop(&m->q, TIMER_NEVER));
}

static void timers_match_a_plain_array(void **state)
{
	static struct model heap, wheel;

	(void)state;
	compare_with_model(&heap);
	wheel.now_ms = 1795000000;
	timerq_use_wheel(&wheel.q, &wheel.wheel, wheel.now_ms);
	compare_with_model(&wheel);
	assert_true(wheel.wheel.moves > 100);
}

/* However many there are, each comes nearer a few times in its life, and none does that is
 * disarmed before. */
static void a_wheel_moves_a_timer_a_few_times(void **state)
{
	enum { N = 20000 };
	static struct timer t[N];
	static struct timer_wheel wheel;
	struct timerq q = {0};
	uint64_t now_ms = 123456789;

	(void)state;
	timerq_use_wheel(&q, &wheel, now_ms);
	for (unsigned i = 0; i < N; i++)
		timerq_arm(&q, &t[i], now_ms + 40000 + i);
	for (unsigned i = 0; i < N; i += 2)
		timerq_disarm(&q, &t[i]);
	assert_int_equal(wheel.moves, 0);
	for (unsigned n = 0; n < N / 2; n++) {
		assert_non_null(timerq_pop(&q, timerq_next_ms(&q)));
		assert_in_range(wheel.moves, 0, n + 600); /* a slot of 1 s at a time */
	}
	assert_null(timerq_pop(&q, TIMER_NEVER - 1));
}

static void *produce(void *arg)
{
	struct ring *r = arg;

	for (uint32_t i = 0; i < 20000;) {
		size_t len = 4 + i % 300;
		uint8_t *p = ring_reserve(r, len);

		if (!p)
			continue;
		memcpy(p, &i, 4);
		memset(p + 4, (int)(i & 255), len - 4);
		ring_commit(r);
		i++;
	}
	return NULL;
}

static void ring_keeps_order_between_threads(void **state)
{
	struct ring *r = ring_new(4096);
	pthread_t thread;

	(void)state;
	assert_null(ring_new(5000));
	assert_non_null(r);
	assert_null(ring_reserve(r, 4096));
	pthread_create(&thread, NULL, produce, r);
	for (uint32_t i = 0; i < 20000;) {
		size_t len;
		const uint8_t *p = ring_peek(r, &len);
		uint32_t got;

		if (!p)
			continue;
		memcpy(&got, p, 4);
		assert_int_equal(got, i);
		assert_int_equal(len, 4 + i % 300);
		if (len > 4)
			assert_int_equal(p[len - 1], i & 255);
		ring_pop(r);
		i++;
	}
	pthread_join(thread, NULL);
	assert_true(ring_empty(r));
	ring_free(r);
}

static void outbox_is_a_bounded_fifo(void **state)
{
	struct outbox o;
	unsigned pushed = 0;
	int *p;

	(void)state;
	assert_int_equal(outbox_init(&o, 4 * OUTBOX_RESERVE), 0);
	while ((p = outbox_push(&o, 100)))
		*p = (int)pushed++;
	assert_true(o.refused == 1 && pushed > 90);
	assert_non_null(outbox_push_must(&o, 100)); /* the reserve is still there */
	for (unsigned i = 0; i < pushed; i++)
		assert_int_equal(*(int *)outbox_pop(&o), i);
	assert_non_null(outbox_pop(&o));
	assert_null(outbox_pop(&o));
	assert_non_null(outbox_push(&o, 100)); /* empty again: starts over */
	outbox_free(&o);
}

static void addresses_print_and_parse(void **state)
{
	struct endpoint e = {.port = 4500};
	char text[ENDPOINT_TEXT];

	(void)state;
	assert_true(ip_addr_parse("192.0.2.1", &e.addr));
	assert_int_equal(ip4_of(&e.addr), 0xc0000201);
	assert_string_equal(endpoint_text(&e, text, sizeof(text)), "192.0.2.1:4500");
	assert_true(ip_addr_parse("2001:db8::1", &e.addr));
	assert_string_equal(endpoint_text(&e, text, sizeof(text)), "[2001:db8::1]:4500");
	assert_false(ip_addr_parse("192.0.2.256", &e.addr));
	assert_false(ip_addr_parse("192.0.2.1 ", &e.addr));
}

static void quoted_text_is_harmless(void **state)
{
	char buf[64];

	(void)state;
	assert_string_equal(log_quote("a\"\n%n", 5, buf, sizeof(buf)), "\"a\\x22\\x0a%n\"");
	log_quote("\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1", 20, buf, 16);
	assert_true(strlen(buf) < 16);
}

static void log_limit_counts_what_it_holds_back(void **state)
{
	struct log_limit l = {.per_second = 2};
	uint64_t held;

	(void)state;
	assert_true(log_allow(&l, 100, &held));
	assert_true(log_allow(&l, 200, &held));
	assert_false(log_allow(&l, 300, &held));
	assert_false(log_allow(&l, 400, &held));
	assert_true(log_allow(&l, 1000, &held));
	assert_int_equal(held, 2);
}

static void secrets_compare_and_wipe(void **state)
{
	struct secret s;

	(void)state;
	memset(&s, 0, sizeof(s));
	assert_true(secret_set(&s, "key", 3));
	assert_true(secret_eq(s.b, "key", 3));
	assert_false(secret_eq(s.b, "kex", 3));
	secret_wipe(&s);
	assert_int_equal(s.b[0] | s.len, 0);
	assert_false(secret_set(&s, "x", SECRET_MAX + 1));
}

static void incomplete_table_is_found(void **state)
{
	static const char *const states[] = {"A", "B"};
	static const char *const events[] = {"go", "stop"};
	static const struct fsm_cell cells[4] = {
		[0] = FSM_DO(1, 1), [1] = FSM_IGNORE(0, "idle"), [2] = FSM_IGNORE(1, "gone")};
	struct fsm f = {"toy", states, events, 2, 2, cells};
	char why[80];

	(void)state;
	assert_false(fsm_check(&f, why, sizeof(why)));
	assert_string_equal(why, "toy: B/stop is not listed");
	assert_null(fsm_cell(&f, 2, 0));
}

static void list_survives_deletion_in_a_loop(void **state)
{
	struct list head, node[3];
	unsigned n = 0;

	(void)state;
	list_init(&head);
	for (unsigned i = 0; i < 3; i++)
		list_push(&head, &node[i]);
	list_each (&head, it) {
		list_del(it);
		n++;
	}
	assert_int_equal(n, 3);
	assert_true(list_empty(&head));
}

static void map_matches_a_plain_array(void **state)
{
	enum { KEYS = 500 };
	static uint64_t there[KEYS + 1];
	struct map m = {0};

	(void)state;
	srand(11);
	assert_null(map_get(&m, 5));
	map_del(&m, 5);
	for (unsigned i = 0; i < 20000; i++) {
		uint64_t key = (uint64_t)(rand() % KEYS) + 1;

		if (rand() % 2) {
			assert_true(map_put(&m, key << 32, &there[key]));
			there[key] = 1;
		} else {
			map_del(&m, key << 32);
			there[key] = 0;
		}
		key = (uint64_t)(rand() % KEYS) + 1;
		assert_ptr_equal(map_get(&m, key << 32), there[key] ? &there[key] : NULL);
	}
	map_free(&m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(base64_is_there_and_back),
		cmocka_unit_test(reader_stops_at_the_end),
		cmocka_unit_test(writer_refuses_what_does_not_fit),
		cmocka_unit_test(timers_fire_in_order),
		cmocka_unit_test(timers_survive_a_random_walk),
		cmocka_unit_test(timers_match_a_plain_array),
		cmocka_unit_test(a_wheel_moves_a_timer_a_few_times),
		cmocka_unit_test(ring_keeps_order_between_threads),
		cmocka_unit_test(outbox_is_a_bounded_fifo),
		cmocka_unit_test(addresses_print_and_parse),
		cmocka_unit_test(quoted_text_is_harmless),
		cmocka_unit_test(log_limit_counts_what_it_holds_back),
		cmocka_unit_test(secrets_compare_and_wipe),
		cmocka_unit_test(incomplete_table_is_found),
		cmocka_unit_test(map_matches_a_plain_array),
		cmocka_unit_test(list_survives_deletion_in_a_loop),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
