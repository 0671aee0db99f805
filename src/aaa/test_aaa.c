/* Unit tests of aaa: LOCAL against every method, and address pools. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "aaa/aaa.h"
#include "aaa/pool.h"
#include "crypto/prim.h"

static struct bytes text(const char *s)
{
	return (struct bytes){(const uint8_t *)s, strlen(s)};
}

struct fixture {
	uint8_t nt[16], salt[16], hash[32];
	struct aaa_local_user nt_user, slow_user;
};

static struct fixture fixture(void)
{
	static struct fixture f;

	assert_true(mschap_nt_hash(text("secret1"), f.nt));
	memset(f.salt, 7, sizeof(f.salt));
	assert_true(prim_pbkdf2(text("secret1"), (struct bytes){f.salt, 16}, 1000, f.hash, 32));
	f.nt_user = (struct aaa_local_user){.stored = AAA_STORED_NT_HASH, .nt_hash = f.nt};
	f.slow_user = (struct aaa_local_user){.stored = AAA_STORED_PBKDF2,
					      .salt = f.salt,
					      .hash = f.hash,
					      .hash_len = sizeof(f.hash),
					      .iterations = 1000};
	return f;
}

static struct aaa_request mschap2(const struct fixture *f, const char *name)
{
	struct aaa_request r = {.method = AAA_MSCHAP2, .name = text(name)};

	memset(r.challenge, 1, 16);
	memset(r.peer_challenge, 2, 16);
	assert_true(mschap2_nt_response(r.challenge, r.peer_challenge, mschap_bare_name(r.name),
					f->nt, r.nt_response));
	return r;
}

static enum aaa_result result(const struct aaa_request *r, const struct aaa_local_user *u)
{
	struct aaa_verdict v;

	aaa_local(r, u, &v);
	if (v.result != AAA_OK) {
		assert_int_equal(v.mschap_error, 691);
		assert_non_null(v.reason);
	}
	return v.result;
}

static void pap_needs_the_whole_password(void **state)
{
	struct fixture f = fixture();
	const char *const wrong[] = {"", "secret", "secret11", "Secret1", "secret1 "};
	struct aaa_request r = {.method = AAA_PAP, .name = text("alice")};

	(void)state;
	r.password = text("secret1");
	assert_int_equal(result(&r, &f.nt_user), AAA_OK);
	assert_int_equal(result(&r, &f.slow_user), AAA_OK);
	f.slow_user.hash_len = 16;
	assert_int_equal(result(&r, &f.slow_user), AAA_OK);
	for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
		r.password = text(wrong[i]);
		assert_int_equal(result(&r, &f.nt_user), AAA_WRONG_PASSWORD);
		assert_int_equal(result(&r, &f.slow_user), AAA_WRONG_PASSWORD);
	}
}

static void a_hash_without_octets_lets_nobody_in(void **state)
{
	struct fixture f = fixture();
	struct aaa_request r = {.method = AAA_PAP, .name = text("alice")};
	const uint8_t lens[] = {0, 1, 15, 33, 255};

	(void)state;
	r.password = text("secret1");
	for (size_t i = 0; i < sizeof(lens); i++) {
		f.slow_user.hash_len = lens[i];
		assert_int_equal(result(&r, &f.slow_user), AAA_WRONG_PASSWORD);
	}
}

static void mschap2_hashes_the_bare_name(void **state)
{
	struct fixture f = fixture();
	struct aaa_request r = mschap2(&f, "CORP\\alice");
	struct aaa_verdict v;

	(void)state;
	aaa_local(&r, &f.nt_user, &v);
	assert_int_equal(v.result, AAA_OK);
	assert_int_not_equal(v.auth_response[0] | v.auth_response[1] | v.auth_response[2], 0);
	r.nt_response[23] ^= 1;
	assert_int_equal(result(&r, &f.nt_user), AAA_WRONG_PASSWORD);
}

static void mschap1_checks_the_response(void **state)
{
	struct fixture f = fixture();
	struct aaa_request r = {.method = AAA_MSCHAP1, .name = text("alice")};

	(void)state;
	memset(r.challenge, 3, 8);
	assert_true(mschap_challenge_response(r.challenge, f.nt, r.nt_response));
	assert_int_equal(result(&r, &f.nt_user), AAA_OK);
	r.challenge[7] ^= 1;
	assert_int_equal(result(&r, &f.nt_user), AAA_WRONG_PASSWORD);
}

static void what_local_cannot_do_is_refused(void **state)
{
	struct fixture f = fixture();
	struct aaa_request r = mschap2(&f, "alice");

	(void)state;
	assert_int_equal(result(&r, &f.slow_user), AAA_NO_CREDENTIAL);
	assert_int_equal(result(&r, NULL), AAA_UNKNOWN_USER);
	r.method = AAA_CHAP;
	assert_int_equal(result(&r, &f.nt_user), AAA_METHOD_REFUSED);
	r = (struct aaa_request){.method = AAA_PAP, .name = text(""), .password = text("")};
	assert_int_equal(result(&r, NULL), AAA_UNKNOWN_USER);
}

static void pool_gives_each_address_once(void **state)
{
	struct pool *p = pool_new(0x0a040509, 0x0a04050b);

	(void)state;
	assert_null(pool_new(2, 1));
	assert_null(pool_new(0, UINT32_C(1) << 20));
	assert_int_equal(pool_take(p), 0x0a040509);
	assert_false(pool_take_ip(p, 0x0a040509));
	assert_true(pool_take_ip(p, 0x0a04050a));
	assert_int_equal(pool_take(p), 0x0a04050b);
	assert_int_equal(pool_take(p), 0);
	assert_int_equal(pool_used(p), 3);
	pool_give(p, 0x0a04050a);
	pool_give(p, 0x0a04050a);
	pool_give(p, 0x0a04050c);
	assert_int_equal(pool_used(p), 2);
	assert_int_equal(pool_take(p), 0x0a04050a);
	pool_free(p);
}

static void released_address_rests(void **state)
{
	struct pool *p = pool_new(1, 4);

	(void)state;
	assert_int_equal(pool_take(p), 1);
	pool_give(p, 1);
	assert_int_equal(pool_take(p), 2);
	pool_free(p);
}

/* RFC 2759 8.7: only who knows the password can answer by MS-CHAPv2. */
static void an_anonymous_user_needs_no_password(void **state)
{
	struct aaa_request pap = {.method = AAA_PAP, .name = text("guest@hub1")};
	struct aaa_request chap = {.method = AAA_CHAP, .name = text("guest@hub1")};
	struct aaa_request right;
	const char *const passwords[] = {"guest", "GUEST@HUB1", "guest@hub1", "", "secret1"};
	struct aaa_verdict v;
	struct fixture f;

	(void)state;
	aaa_anonymous(&pap, text("guest"), &v);
	assert_int_equal(v.result, AAA_OK);
	pap.password = text("anything");
	aaa_anonymous(&pap, text("guest"), &v);
	assert_int_equal(v.result, AAA_OK);
	aaa_anonymous(&chap, text("guest"), &v);
	assert_int_equal(v.result, AAA_OK);
	for (size_t i = 0; i < 5; i++) {
		uint8_t want[MSCHAP2_AUTH_RESPONSE];

		assert_true(mschap_nt_hash(text(passwords[i]), f.nt));
		right = mschap2(&f, "guest@hub1");
		aaa_anonymous(&right, text("guest"), &v);
		assert_int_equal(v.result, i == 1 || i == 4 ? AAA_WRONG_PASSWORD : AAA_OK);
		if (v.result != AAA_OK) {
			assert_int_equal(v.mschap_error, 691);
			assert_string_equal(v.reason, "anonymous-mschap2");
			continue;
		}
		assert_true(mschap2_auth_response(f.nt, right.nt_response, right.peer_challenge,
						  right.challenge, right.name, want));
		assert_memory_equal(v.auth_response, want, sizeof(want));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pap_needs_the_whole_password),
		cmocka_unit_test(a_hash_without_octets_lets_nobody_in),
		cmocka_unit_test(mschap2_hashes_the_bare_name),
		cmocka_unit_test(mschap1_checks_the_response),
		cmocka_unit_test(what_local_cannot_do_is_refused),
		cmocka_unit_test(an_anonymous_user_needs_no_password),
		cmocka_unit_test(pool_gives_each_address_once),
		cmocka_unit_test(released_address_rests),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
