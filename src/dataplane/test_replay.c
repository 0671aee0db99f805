/*
 * Tests of the replay window: numbered steps around every edge, and a comparison
 * with a model that remembers everything.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "replay.h"

#define W REPLAY_WINDOW_MIN
#define M REPLAY_WINDOW_MAX

static struct replay r;

struct snapshot {
	struct replay r;
	uint64_t map[REPLAY_WORDS_MAX];
};

static struct snapshot take(void)
{
	struct snapshot s = {.r = r};

	memcpy(s.map, r.map, (r.mask + 1) * sizeof(*r.map));
	return s;
}

static bool changed(const struct snapshot *s)
{
	return memcmp(&s->r, &r, sizeof(r)) != 0 ||
	       memcmp(s->map, r.map, (r.mask + 1) * sizeof(*r.map)) != 0;
}

static void step(unsigned line, uint64_t seq, enum replay_verdict want)
{
	struct snapshot before = take();
	enum replay_verdict checked = replay_check(&r, seq);

	if (changed(&before))
		fail_msg("line %u: replay_check() changed the window", line);
	if (checked != want || replay_commit(&r, seq) != want)
		fail_msg("line %u: sequence %llu: got %d, want %d", line, (unsigned long long)seq,
			 checked, want);
	if (want != REPLAY_FRESH && changed(&before))
		fail_msg("line %u: a refused packet changed the window", line);
}

#define FRESH(seq) step(__LINE__, seq, REPLAY_FRESH)
#define SEEN(seq)  step(__LINE__, seq, REPLAY_SEEN)
#define OLD(seq)   step(__LINE__, seq, REPLAY_OLD)
#define ZERO(seq)  step(__LINE__, seq, REPLAY_ZERO)

static void numbered_steps(void **state)
{
	(void)state;
	for (unsigned pass = 0; pass < 2; pass++) {
		uint64_t w = pass ? M : W;

		replay_init(&r, (uint32_t)w);
		/*  1 */ ZERO(0);
		/*  2 */ FRESH(1);
		/*  3 */ SEEN(1);
		/*  4 */ ZERO(0);
		/*  5 */ FRESH(9);
		/*  6 */ FRESH(8);
		/*  7 */ FRESH(7);
		/*  8 */ SEEN(7);
		/*  9 */ SEEN(8);
		/* 10 */ SEEN(9);
		/* 11 */ FRESH(64);
		/* 12 */ FRESH(63);
		/* 13 */ FRESH(65);
		/* 14 */ SEEN(64);
		/* 15 */ FRESH(w);
		/* 16 */ FRESH(w - 1);
		/* 17 */ SEEN(w);
		/* 18 */ FRESH(2);
		/* 19 */ SEEN(1);
		/* 20 */ FRESH(w + 1); /* 1 falls out, 2 stays */
		/* 21 */ OLD(1);
		/* 22 */ SEEN(2);
		/* 23 */ FRESH(3);
		/* 24 */ FRESH(w + 2);
		/* 25 */ OLD(2);
		/* 26 */ FRESH(4);
		/* 27 */ FRESH(2 * w + 100); /* a jump within the map */
		/* 28 */ OLD(w + 100);
		/* 29 */ FRESH(w + 101);
		/* 30 */ FRESH(w + 102);
		/* 31 */ SEEN(w + 101);
		/* 32 */ OLD(w + 2);
		/* 33 */ FRESH(100 * w); /* a jump beyond the map */
		/* 34 */ SEEN(100 * w);
		/* 35 */ FRESH(100 * w - w + 1);
		/* 36 */ OLD(100 * w - w);
		/* 37 */ FRESH(100 * w - w / 2);
		/* 38 */ FRESH(UINT32_MAX - 1);
		/* 39 */ FRESH(UINT32_MAX);
		/* 40 */ SEEN(UINT32_MAX - 1);
		/* 41 */ OLD(1); /* no wrap: 1 is old, not new */
		/* 42 */ OLD(UINT32_MAX - w);
		/* 43 */ FRESH(UINT32_MAX - w + 1);
		/* 44 */ FRESH((uint64_t)UINT32_MAX + 1); /* inside it is 64 bits wide */
		/* 45 */ SEEN(UINT32_MAX);
		/* 46 */ FRESH(UINT64_MAX - 1);
		/* 47 */ FRESH(UINT64_MAX);
		/* 48 */ SEEN(UINT64_MAX);
		/* 49 */ OLD(UINT64_MAX - w);
		/* 50 */ FRESH(UINT64_MAX - w + 1);
	}
}

static void window_is_brought_into_range(void **state)
{
	(void)state;
	replay_init(&r, 0);
	assert_int_equal(r.window, REPLAY_WINDOW_MIN);
	replay_init(&r, 2000);
	assert_int_equal(r.window, 2000);
	replay_init(&r, UINT32_MAX);
	assert_int_equal(r.window, REPLAY_WINDOW_MAX);
}

/* Jumps of every length around the size of the map leave no old bit behind. */
static void jumps_clear_what_they_pass(void **state)
{
	(void)state;
	for (uint64_t jump = 1; jump < 64 * REPLAY_WORDS_MAX + 130; jump++) {
		uint64_t top = 10000;

		replay_init(&r, M);
		for (uint64_t s = top - M + 1; s <= top; s++)
			FRESH(s);
		FRESH(top + jump);
		for (uint64_t d = 1; d < M && d < jump; d += 17)
			FRESH(top + jump - d);
		if (jump < M)
			SEEN(top);
		else
			OLD(top);
	}
}

static void random_walk_against_a_model(void **state)
{
	enum { N = 60000 };
	static uint8_t seen[N + 5000];
	uint64_t top = 0, x = 88172645463325252u;

	(void)state;
	replay_init(&r, 1500);
	memset(seen, 0, sizeof(seen));
	for (unsigned i = 0; i < 200000; i++) {
		uint64_t seq;
		enum replay_verdict want;

		x ^= x << 13;
		x ^= x >> 7;
		x ^= x << 17;
		seq = top < 2990 ? x % 3000 : top + 60 - x % 3000;
		if (seq >= N)
			break;
		want = seq == 0                         ? REPLAY_ZERO
		       : top > seq && top - seq >= 1500 ? REPLAY_OLD
		       : seen[seq]                      ? REPLAY_SEEN
							: REPLAY_FRESH;
		step(i, seq, want);
		seen[seq] = 1;
		if (want == REPLAY_FRESH && seq > top)
			top = seq;
	}
	assert_true(top > 30000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbered_steps),
		cmocka_unit_test(window_is_brought_into_range),
		cmocka_unit_test(jumps_clear_what_they_pass),
		cmocka_unit_test(random_walk_against_a_model),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
