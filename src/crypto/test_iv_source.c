/* Tests of the source of IVs against single blocks of AES. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "crypto/iv_source.h"
#include "crypto/prim.h"

#define BLOCK 16

/* Block number n of the key stream: the counter, encrypted alone. */
static void key_stream(const uint8_t *key, uint8_t n, uint8_t *out)
{
	static const uint8_t zero[BLOCK];

	memset(out, 0, BLOCK);
	out[BLOCK - 1] = n;
	assert_true(prim_cbc_encrypt(PRIM_AES_CBC, key, IV_SOURCE_SEED, zero, out, BLOCK));
}

/* What a filling of 3 blocks must be; key becomes the next one. */
static void expect(uint8_t *key, uint8_t *out)
{
	uint8_t next[IV_SOURCE_SEED];

	for (uint8_t i = 0; i < 2; i++)
		key_stream(key, i, next + i * BLOCK);
	for (uint8_t i = 0; i < 3; i++)
		key_stream(key, (uint8_t)(i + 2), out + i * BLOCK);
	memcpy(key, next, sizeof(next));
}

static void each_filling_has_its_key(void **state)
{
	struct iv_source *s = iv_source_new();
	uint8_t key[IV_SOURCE_SEED], got[3 * BLOCK + 1] = {0}, want[3 * BLOCK];

	(void)state;
	assert_non_null(s);
	for (uint8_t i = 0; i < sizeof(key); i++)
		key[i] = (uint8_t)(i * 7 + 1);
	iv_source_seed(s, key);
	for (unsigned i = 0; i < 3; i++) {
		expect(key, want);
		assert_true(iv_source_fill(s, got, 3 * BLOCK));
		assert_memory_equal(got, want, sizeof(want));
		assert_int_equal(got[3 * BLOCK], 0);
	}
	iv_source_free(s);
}

static void a_seed_is_mixed_in(void **state)
{
	struct iv_source *s = iv_source_new();
	uint8_t key[IV_SOURCE_SEED] = {1, 2, 3}, more[IV_SOURCE_SEED] = {9, 8};
	uint8_t got[3 * BLOCK], want[3 * BLOCK];

	(void)state;
	assert_non_null(s);
	iv_source_seed(s, key);
	assert_true(iv_source_fill(s, got, sizeof(got)));
	expect(key, want);
	iv_source_seed(s, more);
	for (unsigned i = 0; i < sizeof(key); i++)
		key[i] ^= more[i];
	assert_true(iv_source_fill(s, got, sizeof(got)));
	expect(key, want);
	assert_memory_equal(got, want, sizeof(want));
	iv_source_free(s);
}

static void nothing_without_a_seed(void **state)
{
	struct iv_source *s = iv_source_new();
	uint8_t got[BLOCK];

	(void)state;
	assert_non_null(s);
	assert_false(iv_source_fill(s, got, sizeof(got)));
	iv_source_free(s);
	iv_source_free(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_filling_has_its_key),
		cmocka_unit_test(a_seed_is_mixed_in),
		cmocka_unit_test(nothing_without_a_seed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
