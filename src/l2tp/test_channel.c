/* The reliable channel alone: numbers, windows, loss, order, memory. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/list.h"
#include "channel.h"
#include "header.h"

#define SENT 400

struct end {
	struct channel ch;
	unsigned n, zlb, again;
	uint16_t ns[SENT], nr[SENT];
	uint8_t last[64];
	size_t last_len;
	bool exhausted;
	uint16_t exhausted_tag;
};

static struct timerq timers;
static struct channel_pool pool;
static struct end a;

static void on_transmit(struct channel *ch, struct bytes msg, bool again)
{
	struct end *e = list_entry(ch, struct end, ch);
	struct l2tp_header h;

	assert_int_equal(header_parse(msg, &h), HEADER_OK);
	assert_true(e->n < SENT);
	if (msg.len == HEADER_CONTROL_LEN) {
		e->zlb++;
	} else {
		e->ns[e->n] = h.ns;
		e->nr[e->n++] = h.nr;
	}
	e->again += again;
	e->last_len = msg.len < sizeof(e->last) ? msg.len : sizeof(e->last);
	memcpy(e->last, msg.p, e->last_len);
}

static void on_exhausted(struct channel *ch, uint64_t now_ms, uint16_t tag)
{
	struct end *e = list_entry(ch, struct end, ch);

	(void)now_ms;
	e->exhausted = true;
	e->exhausted_tag = tag;
}

static const struct channel_ops ops = {on_transmit, on_exhausted};

static void open_end(struct end *e, uint16_t rx_window)
{
	struct channel_config cfg = {
		.ops = &ops,
		.pool = &pool,
		.timers = &timers,
		.retransmit_ms = 1000,
		.retransmit_max_ms = 8000,
		.retransmit_tries = 5,
		.rx_window = rx_window,
		.queue_max = 64,
	};

	memset(e, 0, sizeof(*e));
	channel_init(&e->ch, &cfg);
}

static int setup(void **state)
{
	(void)state;
	memset(&timers, 0, sizeof(timers));
	pool = (struct channel_pool){.limit = 100000};
	open_end(&a, 8);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	channel_end(&a.ch);
	assert_int_equal(pool.used, 0);
	assert_int_equal(timerq_next_ms(&timers), TIMER_NEVER);
	return 0;
}

/* A message of 16 octets, its payload i. */
static struct bytes message(uint8_t *buf, unsigned i)
{
	struct wr w = wr_of(buf, 16);
	size_t start = header_begin_control(&w, 1, 0);

	wr_u32(&w, i);
	header_end(&w, start);
	return wr_done(&w);
}

static bool queue(unsigned i)
{
	uint8_t buf[16];

	return channel_send(&a.ch, message(buf, i), (uint16_t)i);
}

static enum channel_verdict take(uint16_t ns, uint16_t nr, bool zlb)
{
	uint8_t buf[16];

	return channel_receive(&a.ch, 0, ns, nr, zlb, message(buf, ns));
}

/* Moves the channel's numbers to at, as if everything before had been acknowledged. */
static void wind(uint16_t at)
{
	a.ch.una = a.ch.nxt = a.ch.high = a.ch.tail = at;
	a.ch.nr = at;
}

static void slow_start_opens_to_the_peers_window(void **state)
{
	(void)state;
	channel_set_peer_window(&a.ch, 3);
	for (unsigned i = 0; i < 10; i++)
		assert_true(queue(i));
	channel_flush(&a.ch, 0);
	assert_int_equal(a.n, 1);
	assert_int_equal(take(0, 1, true), CHANNEL_ACK_ONLY);
	channel_flush(&a.ch, 0);
	assert_int_equal(a.n, 3); /* cwnd 2 */
	take(0, 3, true);
	channel_flush(&a.ch, 0);
	assert_int_equal(a.n, 6); /* cwnd 3, and no more */
	take(0, 6, true);
	channel_flush(&a.ch, 0);
	assert_int_equal(a.n, 9);
}

static void windows_of_0_and_1_and_65535(void **state)
{
	static const uint16_t windows[] = {0, 1, 65535};

	(void)state;
	for (unsigned w = 0; w < 3; w++) {
		unsigned most = 0;

		channel_end(&a.ch);
		open_end(&a, 8);
		channel_set_peer_window(&a.ch, windows[w]);
		for (unsigned i = 0; i < 60; i++)
			assert_true(queue(i));
		for (uint16_t acked = 0; acked < 60; acked++) {
			channel_flush(&a.ch, 0);
			if (a.n - acked > most)
				most = a.n - acked;
			take(0, (uint16_t)(acked + 1), true);
		}
		assert_true(channel_idle(&a.ch));
		assert_true(windows[w] > 1 ? most > 20 : most == 1);
	}
}

static void numbers_wrap(void **state)
{
	(void)state;
	channel_set_peer_window(&a.ch, 4);
	wind(65530);
	for (unsigned i = 0; i < 20; i++) {
		uint16_t ns = (uint16_t)(65530 + i);

		assert_true(queue(i));
		assert_int_equal(take(ns, ns, false), CHANNEL_DELIVER);
		channel_flush(&a.ch, 0);
		assert_int_equal(a.ns[i], ns);
		assert_int_equal(a.nr[i], (uint16_t)(ns + 1));
		take(0, (uint16_t)(ns + 1), true);
		assert_true(channel_idle(&a.ch));
	}
	assert_int_equal(a.ch.nr, 14);
}

/* Every Ns and every Nr against a channel in the middle of its numbers. */
static void the_sweep_of_all_numbers(void **state)
{
	static const uint16_t bases[] = {0, 5, 32767, 32768, 65533};

	(void)state;
	for (unsigned b = 0; b < 5; b++) {
		uint16_t base = bases[b];

		for (unsigned n = 0; n <= UINT16_MAX; n++) {
			uint16_t ahead = (uint16_t)(n - base);
			enum channel_verdict v;

			wind(base);
			v = take((uint16_t)n, base, false);
			if (ahead == 0)
				assert_int_equal(v, CHANNEL_DELIVER);
			else if (ahead < 8)
				assert_int_equal(v, CHANNEL_HELD);
			else
				assert_int_equal(v, ahead < 32768 ? CHANNEL_OUTSIDE
								  : CHANNEL_DUPLICATE);
			channel_end(&a.ch);
			a.ch.quiet = false;
			wind(base);
			v = take(base, (uint16_t)n, true);
			assert_int_equal(v, ahead == 0 || ahead >= 32768 ? CHANNEL_ACK_ONLY
									 : CHANNEL_BAD_NR);
		}
	}
}

static void order_is_restored(void **state)
{
	struct channel_msg *m;
	unsigned want = 1;

	(void)state;
	assert_int_equal(take(3, 0, false), CHANNEL_HELD);
	assert_int_equal(take(1, 0, false), CHANNEL_HELD);
	assert_int_equal(take(2, 0, false), CHANNEL_HELD);
	assert_int_equal(take(2, 0, false), CHANNEL_DUPLICATE);
	assert_int_equal(take(5, 0, false), CHANNEL_HELD);
	assert_int_equal(take(8, 0, false), CHANNEL_OUTSIDE);
	assert_null(channel_take(&a.ch));
	assert_int_equal(take(0, 0, false), CHANNEL_DELIVER);
	while ((m = channel_take(&a.ch))) {
		assert_int_equal(m->b[15], want++);
		channel_put(&a.ch, m);
	}
	assert_int_equal(want, 4);
	channel_flush(&a.ch, 0);
	assert_int_equal(a.zlb, 1); /* one acknowledgement for the four */
	assert_int_equal(a.last[11], 4);
}

static void held_messages_are_bounded(void **state)
{
	uint8_t big[600];

	(void)state;
	channel_end(&a.ch);
	open_end(&a, 32768);
	for (unsigned i = 1; i < 2000; i++)
		take((uint16_t)i, 0, false);
	assert_int_equal(a.ch.n_held, CHANNEL_HELD_MAX);
	channel_end(&a.ch);
	open_end(&a, 32768);
	memset(big, 0, sizeof(big));
	assert_int_equal(channel_receive(&a.ch, 0, 1, 0, false, (struct bytes){big, sizeof(big)}),
			 CHANNEL_OUTSIDE);
}

static void duplicates_are_acknowledged_at_once(void **state)
{
	(void)state;
	assert_int_equal(take(0, 0, false), CHANNEL_DELIVER);
	channel_flush(&a.ch, 0);
	assert_int_equal(a.zlb, 1);
	for (unsigned i = 0; i < 3; i++) {
		assert_int_equal(take(0, 0, false), CHANNEL_DUPLICATE);
		channel_flush(&a.ch, 0);
		assert_int_equal(a.zlb, 2 + i);
	}
	channel_flush(&a.ch, 0);
	assert_int_equal(a.zlb, 4);
}

static void an_answer_carries_the_acknowledgement(void **state)
{
	(void)state;
	assert_int_equal(take(0, 0, false), CHANNEL_DELIVER);
	queue(1);
	channel_flush(&a.ch, 0);
	assert_int_equal(a.zlb, 0);
	assert_int_equal(a.nr[0], 1);
}

static void after_a_loss_it_goes_back(void **state)
{
	(void)state;
	channel_set_peer_window(&a.ch, 4);
	a.ch.cwnd = 4;
	for (unsigned i = 0; i < 6; i++)
		queue(i);
	channel_flush(&a.ch, 0);
	assert_int_equal(a.n, 4);
	take(0, 1, true); /* the second is lost */
	channel_flush(&a.ch, 0);
	assert_int_equal(a.n, 5);
	timerq_run(&timers, 1000, 10);
	assert_int_equal(a.n, 6);
	assert_int_equal(a.ns[5], 1);
	assert_int_equal(a.again, 1);
	channel_flush(&a.ch, 1000);
	assert_int_equal(a.n, 6); /* one at a time after a loss */
	take(0, 5, true);         /* the peer had held the others */
	channel_flush(&a.ch, 1000);
	assert_int_equal(a.n, 7);
	assert_int_equal(a.ns[6], 5);
	assert_int_equal(a.again, 1);
	take(0, 6, true);
	assert_true(channel_idle(&a.ch));
	assert_int_equal(timerq_next_ms(&timers), TIMER_NEVER);
}

static void a_retransmission_carries_the_newest_nr(void **state)
{
	(void)state;
	queue(0);
	channel_flush(&a.ch, 0);
	take(0, 0, false);
	take(1, 0, false);
	timerq_run(&timers, 1000, 10);
	assert_int_equal(a.nr[0], 0);
	assert_int_equal(a.nr[1], 2);
	assert_int_equal(a.ns[1], 0);
}

static void it_gives_up_after_its_tries(void **state)
{
	(void)state;
	queue(77);
	channel_flush(&a.ch, 0);
	for (uint64_t t = 0; t < 31000; t += 500)
		timerq_run(&timers, t, 100);
	assert_int_equal(a.n, 6);
	assert_false(a.exhausted);
	for (uint64_t t = 31000; t < 60000; t += 500)
		timerq_run(&timers, t, 100);
	assert_true(a.exhausted);
	assert_int_equal(a.exhausted_tag, 77);
	assert_int_equal(channel_cycle_ms(&a.ch), 31000);
	assert_false(queue(1));
	assert_int_equal(take(0, 0, false), CHANNEL_OUTSIDE);
}

static void queue_and_pool_are_bounded(void **state)
{
	unsigned n = 0;

	(void)state;
	while (queue(n))
		n++;
	assert_int_equal(n, 64);
	assert_int_equal(take(0, 0, false), CHANNEL_OUTSIDE); /* no room for a reply */
	channel_end(&a.ch);
	open_end(&a, 8);
	pool.limit = 100;
	for (n = 0; queue(n); n++)
		;
	assert_true(n < 5);
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(slow_start_opens_to_the_peers_window),
		T(windows_of_0_and_1_and_65535),
		T(numbers_wrap),
		T(the_sweep_of_all_numbers),
		T(order_is_restored),
		T(held_messages_are_bounded),
		T(duplicates_are_acknowledged_at_once),
		T(an_answer_carries_the_acknowledgement),
		T(after_a_loss_it_goes_back),
		T(a_retransmission_carries_the_newest_nr),
		T(it_gives_up_after_its_tries),
		T(queue_and_pool_are_bounded),
	};

	return cmocka_run_group_tests_name("l2tp_channel", tests, NULL, NULL);
}
