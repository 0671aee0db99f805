/* Unit tests of the tables of the base room that double a few places at a time: each against
 * a plain array, and no call moves more than it may. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/buckets.h"
#include "base/map.h"

/* ---- map ---- */

enum { KEYS = 20000 };

static char there[KEYS];
static void *model[KEYS];

static uint64_t key_of(unsigned i)
{
	return (i + 1) * UINT64_C(0x100000001);
}

static void check_all(const struct map *m)
{
	size_t used = 0;

	for (unsigned i = 0; i < KEYS; i++) {
		assert_ptr_equal(map_get(m, key_of(i)), model[i]);
		used += model[i] != NULL;
	}
	assert_int_equal(m->used, used);
}

/* Half-way through its moves a map answers like any other. */
static void a_map_in_the_middle_of_growing(void **state)
{
	struct map m = {0};
	unsigned n = 0, middles = 0;

	(void)state;
	srand(5);
	for (unsigned i = 0; i < KEYS; i++)
		model[i] = NULL;
	while (n < 120000) {
		unsigned i = (unsigned)rand() % KEYS;

		if (rand() % 4) {
			model[i] = &there[rand() % KEYS];
			assert_true(map_put(&m, key_of(i), model[i]));
		} else {
			model[i] = NULL;
			map_del(&m, key_of(i));
		}
		assert_ptr_equal(map_get(&m, key_of(i)), model[i]);
		if (m.old && m.moved > m.cap / 8 && n % 16 == 0 && middles < 100) {
			check_all(&m);
			middles++;
		}
		n++;
	}
	assert_in_range(middles, 50, 100);
	check_all(&m);
	for (unsigned i = 0; i < KEYS; i++) {
		map_del(&m, key_of(i));
		model[i] = NULL;
	}
	check_all(&m);
	map_free(&m);
}

static void no_put_moves_a_whole_map(void **state)
{
	struct map m = {0};
	unsigned doubled = 0;

	(void)state;
	for (unsigned i = 0; i < 100000; i++) {
		size_t cap = m.cap, moved = m.old ? m.moved : 0;
		bool growing = m.old != NULL;

		assert_true(map_put(&m, key_of(i), there));
		if (m.cap != cap) {
			doubled++;
			assert_false(growing); /* the last time is over long before */
			moved = 0;
		}
		assert_in_range((m.old ? m.moved : growing ? cap / 2 : 0) - moved, 0, MAP_MOVES);
	}
	assert_int_equal(m.used, 100000);
	assert_in_range(doubled, 10, 20);
	for (unsigned i = 0; i < 100000; i++)
		assert_ptr_equal(map_get(&m, key_of(i)), there);
	map_free(&m);
}

/* ---- buckets ---- */

struct object {
	struct list link;
	uint64_t key;
};

static uint64_t hash_object(const struct list *link)
{
	return list_entry(link, struct object, link)->key * UINT64_C(0x9e3779b97f4a7c15) >> 20;
}

static struct object *find(const struct buckets *b, uint64_t key)
{
	struct object probe = {.key = key};

	list_each (buckets_of(b, hash_object(&probe.link)), it) {
		if (list_entry(it, struct object, link)->key == key)
			return list_entry(it, struct object, link);
	}
	return NULL;
}

static unsigned n_seen;

static void see(struct list *link)
{
	list_del(link);
	n_seen++;
}

static void buckets_grow_a_few_at_a_time(void **state)
{
	enum { N = 10000 };
	static struct object o[N];
	struct buckets b;
	unsigned doubled = 0;

	(void)state;
	assert_true(buckets_init(&b, 16, hash_object));
	for (unsigned i = 0; i < N; i++) {
		uint32_t mask = b.mask, moved = b.old ? b.moved : 0;
		bool growing = b.old != NULL;

		buckets_grow(&b, i, 4096);
		if (b.mask != mask) {
			doubled++;
			assert_false(growing);
			moved = 0;
		}
		assert_in_range((b.old     ? b.moved
				 : growing ? mask / 2 + 1
					   : 4) -
					moved,
				0, BUCKETS_MOVES);
		o[i].key = i + 1;
		list_push(buckets_of(&b, hash_object(&o[i].link)), &o[i].link);
		if (i % 37 == 0) { /* whoever went while they move is not found */
			list_del(&o[i / 2].link);
			assert_null(find(&b, i / 2 + 1));
			list_push(buckets_of(&b, hash_object(&o[i / 2].link)), &o[i / 2].link);
		}
		assert_ptr_equal(find(&b, i / 3 + 1), &o[i / 3]);
	}
	assert_int_equal(b.mask, 4095); /* as many as there may be */
	assert_int_equal(doubled, 8);
	for (unsigned i = 0; i < N; i++)
		assert_ptr_equal(find(&b, i + 1), &o[i]);
	buckets_each(&b, see);
	assert_int_equal(n_seen, N);
	buckets_free(&b);
}

static void all_are_seen_in_the_middle_of_growing(void **state)
{
	static struct object o[36];
	struct buckets b;

	(void)state;
	n_seen = 0;
	assert_true(buckets_init(&b, 32, hash_object));
	for (unsigned i = 0; i < 36; i++) {
		buckets_grow(&b, i, 4096);
		o[i].key = i + 1;
		list_push(buckets_of(&b, hash_object(&o[i].link)), &o[i].link);
	}
	assert_non_null(b.old);
	buckets_each(&b, see);
	assert_int_equal(n_seen, 36);
	buckets_free(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_map_in_the_middle_of_growing),
		cmocka_unit_test(no_put_moves_a_whole_map),
		cmocka_unit_test(buckets_grow_a_few_at_a_time),
		cmocka_unit_test(all_are_seen_in_the_middle_of_growing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
