/*
 * IKE fragments: every order, duplicates, contradictions, sizes, time and table
 * limits (security.md 39 to 43; 3.5), and what we cut ourselves.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "fragment.h"

static struct fragments f;
static struct timerq timers;
static uint64_t incomplete;
static uint8_t message[IKE_MESSAGE_MAX + 100];

static const struct endpoint client = {{4, {198, 51, 100, 7}}, 4500};
static const struct isakmp_header header = {
	.cky_i = {1, 2, 3}, .cky_r = {4, 5, 6}, .exchange = EXCHANGE_MAIN};

static int setup(void **state)
{
	(void)state;
	timers = (struct timerq){0};
	incomplete = 0;
	fragments_init(&f, &timers, &incomplete);
	for (size_t i = 0; i < sizeof(message); i++)
		message[i] = (uint8_t)(i * 31 + (i >> 8));
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	fragments_free(&f);
	assert_int_equal(f.n, 0);
	assert_int_equal(f.n_strangers, 0);
	assert_int_equal(timerq_next_ms(&timers), TIMER_NEVER);
	return 0;
}

/* Piece number of n of the first len octets of message. */
static struct fragment piece(size_t len, unsigned n, unsigned number)
{
	size_t each = (len + n - 1) / n, at = each * (number - 1);

	return (struct fragment){
		.id = 1,
		.number = (uint8_t)number,
		.last = number == n,
		.data = {message + at, number == n ? len - at : each},
	};
}

static enum ike_drop give(const struct fragment *frag, uint64_t now_ms, struct bytes *whole)
{
	return fragments_take(&f, &header, &client, true, frag, now_ms, whole);
}

static void any_order(void **state)
{
	static const unsigned orders[][4] = {
		{1, 2, 3, 4}, {4, 3, 2, 1}, {2, 4, 1, 3}, {3, 1, 4, 2}, {1, 4, 2, 3}};

	(void)state;
	for (size_t o = 0; o < sizeof(orders) / sizeof(orders[0]); o++) {
		struct bytes whole;

		for (unsigned i = 0; i < 4; i++) {
			struct fragment x = piece(4099, 4, orders[o][i]);

			assert_int_equal(give(&x, 1000, &whole), DROP_NONE);
			assert_int_equal(whole.len, i == 3 ? 4099 : 0);
			/* every piece again: nothing changes */
			if (i < 3)
				assert_int_equal(give(&x, 1000, &whole), DROP_NONE);
		}
		assert_memory_equal(whole.p, message, 4099);
		assert_int_equal(f.n, 0);
	}
	assert_int_equal(incomplete, 0);
}

static void one_piece_alone_is_a_message(void **state)
{
	struct fragment x = piece(200, 1, 1);
	struct bytes whole;

	(void)state;
	assert_int_equal(give(&x, 0, &whole), DROP_NONE);
	assert_int_equal(whole.len, 200);
}

/* A retransmission under the same id fills what was lost the first time. */
static void retransmission_with_the_same_id(void **state)
{
	struct fragment a = piece(900, 3, 1), b = piece(900, 3, 2), c = piece(900, 3, 3);
	struct bytes whole;

	(void)state;
	give(&a, 0, &whole);
	give(&c, 0, &whole);
	give(&a, 3000, &whole);
	assert_int_equal(whole.len, 0);
	give(&b, 3000, &whole);
	assert_int_equal(whole.len, 900);
	assert_memory_equal(whole.p, message, 900);
	/* the last piece of the second try is the start of a set that times out */
	give(&c, 3000, &whole);
	assert_int_equal(whole.len, 0);
	assert_int_equal(timerq_run(&timers, 3000 + FRAGMENT_TIME_MS, 10), 1);
	assert_int_equal(f.n, 0);
	assert_int_equal(incomplete, 1);
}

static void retransmission_with_a_new_id(void **state)
{
	struct fragment a = piece(900, 2, 1), b = piece(900, 2, 2);
	struct bytes whole;

	(void)state;
	give(&a, 0, &whole);
	b.id = 2;
	give(&b, 10, &whole);
	assert_int_equal(whole.len, 0); /* not mixed with those of id 1 */
	assert_int_equal(incomplete, 1);
	a.id = 2;
	give(&a, 10, &whole);
	assert_int_equal(whole.len, 900);
}

static void another_exchange_is_another_message(void **state)
{
	struct isakmp_header quick = header;
	struct fragment a = piece(900, 2, 1), b = piece(900, 2, 2);
	struct bytes whole;

	(void)state;
	give(&a, 0, &whole);
	quick.exchange = EXCHANGE_QUICK;
	fragments_take(&f, &quick, &client, true, &b, 0, &whole);
	assert_int_equal(whole.len, 0);
	assert_int_equal(f.n, 1);
}

static void contradictions_end_the_set(void **state)
{
	struct fragment first = piece(900, 3, 1), other = piece(900, 3, 1);
	struct fragment second = piece(900, 3, 2), last = piece(900, 3, 3);
	struct fragment beyond = piece(900, 5, 4), early = piece(900, 3, 2);
	struct bytes whole;

	(void)state;
	/* the same number, other octets */
	give(&first, 0, &whole);
	other.data.p++;
	assert_int_equal(give(&other, 0, &whole), DROP_FRAGMENT_CONFLICT);
	assert_int_equal(f.n, 0);
	/* the same number, shorter */
	give(&first, 0, &whole);
	other = first;
	other.data.len--;
	assert_int_equal(give(&other, 0, &whole), DROP_FRAGMENT_CONFLICT);
	/* the last flag on a lower number than one that is here */
	give(&last, 0, &whole);
	early.last = true;
	assert_int_equal(give(&early, 0, &whole), DROP_FRAGMENT_CONFLICT);
	/* a number behind the last one */
	give(&last, 0, &whole);
	assert_int_equal(give(&beyond, 0, &whole), DROP_FRAGMENT_CONFLICT);
	/* not the last any more */
	give(&last, 0, &whole);
	last.last = false;
	assert_int_equal(give(&last, 0, &whole), DROP_FRAGMENT_CONFLICT);
	give(&second, 0, &whole);
	early = second;
	early.last = true;
	assert_int_equal(give(&early, 0, &whole), DROP_FRAGMENT_CONFLICT);
	assert_int_equal(incomplete, 6);
	assert_int_equal(f.n, 0);
}

static void size_is_limited(void **state)
{
	struct bytes whole;
	struct fragment x;

	(void)state;
	for (unsigned n = 1; n <= 10; n++) {
		x = piece(IKE_MESSAGE_MAX, 10, n);
		assert_int_equal(give(&x, 0, &whole), DROP_NONE);
	}
	assert_int_equal(whole.len, IKE_MESSAGE_MAX);
	for (unsigned n = 1; n <= 9; n++) {
		x = piece(IKE_MESSAGE_MAX + 1, 10, n);
		assert_int_equal(give(&x, 0, &whole), DROP_NONE);
	}
	x = piece(IKE_MESSAGE_MAX + 1, 10, 10);
	x.data.len = IKE_MESSAGE_MAX + 1 - 9 * piece(IKE_MESSAGE_MAX + 1, 10, 1).data.len;
	assert_int_equal(give(&x, 0, &whole), DROP_FRAGMENT_SIZE);
	assert_int_equal(whole.len, 0);
	assert_int_equal(f.n, 0);
}

/* security.md 43: 255 pieces in the worst order cost what they cost in the best. */
static void many_pieces_backwards(void **state)
{
	struct bytes whole = {NULL, 0};

	(void)state;
	for (unsigned round = 0; round < 100; round++) {
		for (unsigned n = 255; n >= 1; n--) {
			struct fragment x = piece(255 * 30, 255, n);

			assert_int_equal(give(&x, 0, &whole), DROP_NONE);
		}
		assert_int_equal(whole.len, 255 * 30);
		assert_memory_equal(whole.p, message, whole.len);
	}
}

static void parse(void **state)
{
	static const uint8_t good[] = {0, 0, 0, 10, 0, 7, 3, 1, 'a', 'b'};
	uint8_t b[sizeof(good)];
	struct fragment x;

	(void)state;
	assert_int_equal(fragment_parse((struct bytes){good, sizeof(good)}, &x), DROP_NONE);
	assert_int_equal(x.id, 7);
	assert_int_equal(x.number, 3);
	assert_true(x.last);
	assert_int_equal(x.data.len, 2);
	for (size_t n = 0; n < sizeof(good); n++) /* cut off, so the length is wrong */
		assert_int_equal(fragment_parse((struct bytes){good, n}, &x), DROP_FRAGMENT);
	for (unsigned len = 0; len < 300; len++) { /* lengths below and above the real one */
		memcpy(b, good, sizeof(b));
		b[2] = (uint8_t)(len >> 8);
		b[3] = (uint8_t)len;
		assert_int_equal(fragment_parse((struct bytes){b, sizeof(b)}, &x),
				 len == sizeof(good) ? DROP_NONE : DROP_FRAGMENT);
	}
	memcpy(b, good, sizeof(b));
	b[3] = 8; /* no body */
	assert_int_equal(fragment_parse((struct bytes){b, 8}, &x), DROP_FRAGMENT);
	memcpy(b, good, sizeof(b));
	b[6] = 0; /* number 0 */
	assert_int_equal(fragment_parse((struct bytes){b, sizeof(b)}, &x), DROP_FRAGMENT);
	memcpy(b, good, sizeof(b));
	b[0] = PAYLOAD_VENDOR_ID; /* not alone */
	assert_int_equal(fragment_parse((struct bytes){b, sizeof(b)}, &x), DROP_FRAGMENT);
}

static void strangers_are_bounded(void **state)
{
	struct fragment first = piece(900, 2, 1), last = piece(900, 2, 2);
	struct endpoint e = client;
	struct isakmp_header h = header;
	struct bytes whole;

	(void)state;
	/* a peer that is authenticated is in the middle of a message */
	h.cky_i[7] = 99;
	assert_int_equal(fragments_take(&f, &h, &client, false, &first, 0, &whole), DROP_NONE);
	for (unsigned i = 0; i < 1000; i++) { /* one address, other ports */
		e.port = (uint16_t)(i + 1);
		assert_int_equal(fragments_take(&f, &header, &e, true, &first, i, &whole),
				 DROP_NONE);
		assert_true(f.n_strangers <= FRAGMENT_PER_ADDRESS_MAX);
	}
	for (unsigned i = 0; i < 1000; i++) { /* many addresses */
		e.addr.ip[2] = (uint8_t)(i >> 8);
		e.addr.ip[3] = (uint8_t)i;
		e.addr.ip[1] = 77;
		assert_int_equal(fragments_take(&f, &header, &e, true, &first, 1000 + i, &whole),
				 DROP_NONE);
		assert_true(f.n_strangers <= FRAGMENT_STRANGERS_MAX);
	}
	for (unsigned i = 0; i < 100; i++) { /* and peers */
		h.cky_i[6] = (uint8_t)(i + 1);
		assert_int_equal(fragments_take(&f, &h, &client, false, &first, 2000, &whole),
				 DROP_NONE);
		assert_true(f.n <= FRAGMENT_SETS_MAX);
	}
	h.cky_i[6] = 0;
	assert_int_equal(fragments_take(&f, &h, &client, false, &last, 2000, &whole), DROP_NONE);
	assert_int_equal(whole.len, 900); /* nobody pushed it out */
}

static void table_full_of_peers(void **state)
{
	struct fragment first = piece(900, 2, 1);
	struct isakmp_header h = header;
	struct bytes whole;

	(void)state;
	for (unsigned i = 0; i < FRAGMENT_SETS_MAX; i++) {
		h.cky_i[6] = (uint8_t)(i + 1);
		assert_int_equal(fragments_take(&f, &h, &client, false, &first, 0, &whole),
				 DROP_NONE);
	}
	assert_int_equal(give(&first, 0, &whole), DROP_FRAGMENT_FULL);
	assert_int_equal(f.n, FRAGMENT_SETS_MAX);
	timerq_run(&timers, FRAGMENT_TIME_MS, 1);
	assert_int_equal(f.n, 0);
}

/* What we cut is what we can put together, and no packet is larger than the mtu. */
static void cut_and_reassembled(void **state)
{
	static const unsigned mtus[] = {FRAGMENT_MTU_MIN, 1280, 1500};
	struct flow flow = {.remote = client};
	struct fragment x = {.id = 3};

	(void)state;
	for (unsigned m = 0; m < 3; m++) {
		for (unsigned v6 = 0; v6 < 2; v6++) {
			size_t head = (v6 ? 40 : 20) + 8 + 4, len = 3000, at = 0, room;
			struct bytes whole = {NULL, 0};

			flow.remote.addr.family = v6 ? 6 : 4;
			assert_int_equal(fragment_room(&flow, true, mtus[m], mtus[m] - head), 0);
			room = fragment_room(&flow, true, mtus[m], mtus[m] - head + 1);
			assert_int_equal(room + FRAGMENT_HEADER_LEN + head, mtus[m]);
			for (x.number = 1; at < len; x.number++) {
				uint8_t out[1600];
				struct wr w = wr_of(out, sizeof(out));
				struct isakmp_header h;
				struct fragment got;
				struct bytes rest;

				x.data = (struct bytes){message + at,
							len - at < room ? len - at : room};
				at += x.data.len;
				x.last = at == len;
				message[17] = ISAKMP_VERSION_1_0;
				message[19] = FLAG_ENCRYPTION;
				fragment_write(&w, (struct bytes){message, len}, &x);
				assert_true(wr_done(&w).len + head <= mtus[m]);
				assert_int_equal(isakmp_header_parse(wr_done(&w), &h, &rest),
						 DROP_NONE);
				assert_int_equal(h.next, PAYLOAD_FRAGMENT);
				assert_int_equal(h.flags, 0);
				assert_memory_equal(h.cky_i, message, 8);
				assert_int_equal(fragment_parse(rest, &got), DROP_NONE);
				assert_int_equal(give(&got, 0, &whole), DROP_NONE);
			}
			assert_int_equal(whole.len, len);
			assert_memory_equal(whole.p, message, len);
		}
	}
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(any_order),
		T(one_piece_alone_is_a_message),
		T(retransmission_with_the_same_id),
		T(retransmission_with_a_new_id),
		T(another_exchange_is_another_message),
		T(contradictions_end_the_set),
		T(size_is_limited),
		T(many_pieces_backwards),
		T(parse),
		T(strangers_are_bounded),
		T(table_full_of_peers),
		T(cut_and_reassembled),
	};
#undef T

	return cmocka_run_group_tests(tests, NULL, NULL);
}
