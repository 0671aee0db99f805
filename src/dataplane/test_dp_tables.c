/* Tests of the look-ups of a worker (tables.c): they double a few places at a time, and are
 * as a plain array would be at every moment of it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "worker.h"

enum { KEYS = 30000 };

static uint32_t model[KEYS]; /* NONE: not there */

static uint64_t key_of(unsigned i)
{
	return (i + 1) * UINT64_C(0x10001);
}

static void check_all(const struct slot_map *m)
{
	uint32_t used = 0;

	for (unsigned i = 0; i < KEYS; i++) {
		assert_int_equal(slot_map_find(m, key_of(i)), model[i]);
		used += model[i] != NONE;
	}
	assert_int_equal(m->used, used);
}

static void a_slot_map_in_the_middle_of_growing(void **state)
{
	struct slot_map m;
	unsigned middles = 0;

	(void)state;
	srand(9);
	for (unsigned i = 0; i < KEYS; i++)
		model[i] = NONE;
	assert_true(slot_map_init(&m));
	for (unsigned n = 0; n < 150000; n++) {
		unsigned i = (unsigned)rand() % KEYS;

		if (model[i] == NONE && rand() % 4) {
			model[i] = (uint32_t)rand() % 1000;
			assert_true(slot_map_add(&m, key_of(i), model[i]));
		} else if (rand() % 3 == 0) {
			slot_map_del(&m, key_of(i)); /* there or not */
			model[i] = NONE;
		}
		assert_int_equal(slot_map_find(&m, key_of(i)), model[i]);
		if (m.old_slots && m.moved > m.mask / 8 && n % 8 == 0 && middles < 60) {
			check_all(&m);
			middles++;
		}
	}
	assert_in_range(middles, 30, 60);
	check_all(&m);
	slot_map_free(&m);
}

static void no_addition_moves_a_whole_slot_map(void **state)
{
	struct slot_map m;
	unsigned doubled = 0;

	(void)state;
	assert_true(slot_map_init(&m));
	for (unsigned i = 0; i < 100000; i++) {
		uint32_t mask = m.mask, moved = m.old_slots ? m.moved : 0;
		bool growing = m.old_slots != NULL;

		assert_true(slot_map_add(&m, key_of(i), i));
		if (m.mask != mask) {
			doubled++;
			assert_false(growing); /* the last time is over long before */
			moved = 0;
		}
		assert_in_range((m.old_slots ? m.moved
				 : growing   ? mask / 2 + 1
					     : 0) -
					moved,
				0, SLOT_MAP_MOVES);
	}
	assert_int_equal(doubled, 8);
	for (unsigned i = 0; i < 100000; i++)
		assert_int_equal(slot_map_find(&m, key_of(i)), i);
	slot_map_free(&m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_slot_map_in_the_middle_of_growing),
		cmocka_unit_test(no_addition_moves_a_whole_slot_map),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
