/* Unit tests of mschap.h by the examples of RFC 2759 9.2 and RFC 2433 B.2. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "crypto/mschap.h"
#include "test_files.h"

static struct bytes text(const char *s)
{
	return (struct bytes){(const uint8_t *)s, strlen(s)};
}

static void assert_hex(const uint8_t *got, const char *hex)
{
	uint8_t want[64];
	struct bytes b = hex_bytes(hex, want, sizeof(want));

	assert_memory_equal(got, want, b.len);
}

static void rfc2433_example(void **state)
{
	uint8_t hash[NT_HASH_LEN], challenge[8], response[MSCHAP_NT_RESPONSE];

	(void)state;
	hex_bytes("102db5df085d3041", challenge, sizeof(challenge));
	assert_true(mschap_nt_hash(text("MyPw"), hash));
	assert_hex(hash, "fc156af7edcd6c0edde3337d427f4eac");
	assert_true(mschap_challenge_response(challenge, hash, response));
	assert_hex(response, "4e9d3c8f9cfd385d5bf4d3246791956ca4c351ab409a3d61");
}

static void rfc2759_example(void **state)
{
	uint8_t hash[NT_HASH_LEN], auth[16], peer[16];
	uint8_t response[MSCHAP_NT_RESPONSE], answer[MSCHAP2_AUTH_RESPONSE];

	(void)state;
	hex_bytes("5b5d7c7d7b3f2f3e3c2c602132262628", auth, sizeof(auth));
	hex_bytes("21402324255e262a28295f2b3a337c7e", peer, sizeof(peer));
	assert_true(mschap_nt_hash(text("clientPass"), hash));
	assert_hex(hash, "44ebba8d5312b8d611474411f56989ae");
	assert_true(mschap2_nt_response(auth, peer, text("User"), hash, response));
	assert_hex(response, "82309ecd8d708b5ea08faa3981cd83544233114a3d85d6df");
	assert_true(mschap2_auth_response(hash, response, peer, auth, text("User"), answer));
	assert_hex(answer, "407a5589115fd0d6209f510fe9c04566932cda56");
	/* The name is part of it: with the domain left on, the sums differ. */
	assert_true(mschap2_nt_response(auth, peer, text("DOM\\User"), hash, response));
	assert_memory_not_equal(response, "\x82\x30\x9e\xcd", 4);
	assert_true(mschap2_nt_response(auth, peer, mschap_bare_name(text("DOM\\User")), hash,
					response));
	assert_hex(response, "82309ecd8d708b5ea08faa3981cd83544233114a3d85d6df");
}

static void names_lose_their_domain(void **state)
{
	(void)state;
	assert_true(bytes_eq(mschap_bare_name(text("User")), text("User")));
	assert_true(bytes_eq(mschap_bare_name(text("D\\User")), text("User")));
	assert_true(bytes_eq(mschap_bare_name(text("A\\B\\u@h")), text("u@h")));
	assert_true(bytes_eq(mschap_bare_name(text("D\\")), text("")));
	assert_true(bytes_eq(mschap_bare_name(text("")), text("")));
	assert_int_equal(mschap_bare_name((struct bytes){NULL, 0}).len, 0);
}

/* MD4 of UTF-16LE computed with an independent implementation: Latin, kanji, and a
 * character beyond the first plane. */
static void passwords_are_utf16le(void **state)
{
	uint8_t hash[NT_HASH_LEN];

	(void)state;
	assert_true(mschap_nt_hash(text(""), hash));
	assert_hex(hash, "31d6cfe0d16ae931b73c59d7e0c089c0");
	assert_true(mschap_nt_hash(text("p\xc3\xa4ss"), hash));
	assert_hex(hash, "411b68984d6b19bbb302455798320a06");
	assert_true(mschap_nt_hash(text("\xe9\x96\xa2\xe6\x89\x80"), hash));
	assert_hex(hash, "6394e0d6246d68195dabb8b694c3d2b8");
	assert_true(mschap_nt_hash(text("\xf0\x9f\x94\x91k"), hash));
	assert_hex(hash, "22d1e6ad634794fdbe7811470801914f");
}

static void bad_passwords_are_refused(void **state)
{
	static const char *const bad[] = {
		"\x80",
		"a\xff",
		"\xc3",
		"\xc3(",
		"\xc0\xaf",
		"\xe0\x80\xaf",
		"\xed\xa0\x80",
		"\xf0\x80\x80\xaf",
		"\xf4\x90\x80\x80",
		"\xf8\x88\x80\x80\x80",
		"\xe9\x96",
		"\xf0\x9f\x94",
	};
	static const uint8_t zero[NT_HASH_LEN];
	uint8_t hash[NT_HASH_LEN], octets[1024];

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		memset(hash, 0x55, sizeof(hash));
		assert_false(mschap_nt_hash(text(bad[i]), hash));
		assert_memory_equal(hash, zero, sizeof(hash));
	}
	memset(octets, 'x', sizeof(octets));
	assert_true(mschap_nt_hash((struct bytes){octets, 256}, hash));
	assert_false(mschap_nt_hash((struct bytes){octets, 257}, hash));
	for (unsigned i = 0; i < 256; i++)
		memcpy(octets + 4 * i, "\xf0\x9f\x94\x91", 4);
	assert_true(mschap_nt_hash((struct bytes){octets, 4 * 128}, hash));
	assert_false(mschap_nt_hash((struct bytes){octets, 4 * 129}, hash));
}

/* The last DES key has only two octets of the hash: each octet of the hash counts all the same. */
static void every_octet_of_the_hash_counts(void **state)
{
	static const uint8_t challenge[8] = {1, 2, 3, 4, 5, 6, 7, 8};
	uint8_t hash[NT_HASH_LEN] = {0}, base[MSCHAP_NT_RESPONSE], other[MSCHAP_NT_RESPONSE];

	(void)state;
	assert_true(mschap_challenge_response(challenge, hash, base));
	for (unsigned bit = 0; bit < 8 * NT_HASH_LEN; bit++) {
		hash[bit / 8] ^= (uint8_t)(1u << bit % 8);
		assert_true(mschap_challenge_response(challenge, hash, other));
		assert_memory_not_equal(base, other, sizeof(base));
		hash[bit / 8] ^= (uint8_t)(1u << bit % 8);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rfc2433_example),
		cmocka_unit_test(rfc2759_example),
		cmocka_unit_test(names_lose_their_domain),
		cmocka_unit_test(passwords_are_utf16le),
		cmocka_unit_test(bad_passwords_are_refused),
		cmocka_unit_test(every_octet_of_the_hash_counts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
