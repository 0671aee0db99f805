/*
 * The built-in lists against what native clients offer (captures: profiles; clients.md 1.1
 * to 1.7), and the configuration's policies, transform sets, PFS groups and lifetimes.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/wr.h"
#include "ike_suites.h"

#define N(array)   (sizeof(array) / sizeof((array)[0]))
#define HEADER_LEN 28

static void a_random(void *ctx, void *buf, size_t len)
{
	uint8_t *b = buf;

	(void)ctx;
	for (size_t i = 0; i < len; i++)
		b[i] = (uint8_t)rand();
}

static bool no_psk(void *ctx, const struct flow *flow, const struct ike_id *id, struct secret *out)
{
	(void)ctx;
	(void)flow;
	(void)id;
	(void)out;
	return false;
}

static uint32_t no_spi(void *ctx, ike_peer_id peer)
{
	(void)ctx;
	(void)peer;
	return 0;
}

/* Gives a first message to a server with these policies; false: refused. */
static bool chosen(const struct ike_policy *policies, size_t n, struct bytes mm1,
		   struct ike_policy *out)
{
	static struct ike_esp esps[ESPS_MAX];
	struct config *none = config_new();
	struct flow flow = {.local = {.port = 500}, .remote = {.port = 500}};
	struct timerq timers = {0};
	struct ike_config cfg = {.host = {.random = a_random, .psk = no_psk, .spi = no_spi},
				 .timers = &timers,
				 .policies = policies,
				 .n_policies = n,
				 .esps = esps,
				 .natt = true,
				 .half_open_max = 4,
				 .half_open_per_source_max = 4,
				 .sa_max = 4,
				 .dh_jobs_max = 4,
				 .half_open_ms = 30000,
				 .retransmit_ms = 1000};
	struct ike_sa_info info;
	unsigned cursor = 0;
	struct ike *k;
	bool found;

	flow.local.addr.family = flow.remote.addr.family = 4;
	flow.remote.addr.ip[0] = 10;
	cfg.n_esps = ike_suites_esps(none, esps);
	k = ike_new(&cfg);
	assert_non_null(k);
	ike_input(k, 1000, &flow, false, mm1);
	while (ike_next(k))
		;
	found = ike_each_sa(k, &cursor, &info);
	if (found)
		*out = info.policy;
	ike_free(k);
	config_free(none);
	return found;
}

static bool read_mm1(const char *name, uint8_t *out, size_t cap, size_t *len)
{
	const char *dir = getenv("SEKISHO_CAPTURES");
	char path[512];
	unsigned octet;
	FILE *f;

	snprintf(path, sizeof(path), "%s/profiles/%s.mm1.hex",
		 dir ? dir : SOURCE_ROOT "/../shared/captures", name);
	f = fopen(path, "r");
	*len = 0;
	if (!f)
		return false;
	while (*len < cap && fscanf(f, "%2x", &octet) == 1)
		out[(*len)++] = (uint8_t)octet;
	fclose(f);
	return *len > 0;
}

struct suite {
	uint8_t cipher;
	uint16_t bits;
	uint8_t hash, group; /* RFC 2409 appendix A */
};

static void put_attribute(struct wr *w, uint16_t type, uint16_t value)
{
	wr_u16(w, 0x8000 | type);
	wr_u16(w, value);
}

static struct bytes make_mm1(uint8_t *buf, size_t cap, const struct suite *s)
{
	struct wr w = wr_of(buf, cap);
	size_t sa, proposal;
	uint8_t n = 0;

	while (s[n].cipher)
		n++;
	for (unsigned i = 0; i < 8; i++)
		wr_u8(&w, 0x11);
	wr_zero(&w, 8);
	wr_u32(&w, 0x01100200);
	wr_u32(&w, 0);
	wr_u32(&w, 0);
	sa = w.len;
	wr_u32(&w, 0);
	wr_u32(&w, 1);
	wr_u32(&w, 1);
	proposal = w.len;
	wr_u32(&w, 0);
	wr_u32(&w, 0x01010000u | n);
	for (uint8_t i = 0; i < n; i++) {
		size_t t = w.len;

		wr_u32(&w, i + 1 == n ? 0 : 0x03000000);
		wr_u32(&w, (uint32_t)(i + 1) << 24 | 0x010000);
		put_attribute(&w, 1, s[i].cipher);
		put_attribute(&w, 2, s[i].hash);
		put_attribute(&w, 3, 1);
		put_attribute(&w, 4, s[i].group);
		if (s[i].bits)
			put_attribute(&w, 14, s[i].bits);
		wr_end16(&w, t + 2, t);
	}
	wr_end16(&w, proposal + 2, proposal);
	wr_end16(&w, sa + 2, sa);
	wr_put32(&w, HEADER_LEN - 4, (uint32_t)w.len);
	return wr_done(&w);
}

static void assert_suite(const char *name, bool found, const struct ike_policy *p, uint16_t bits,
			 enum prim_hash hash, uint8_t group)
{
	if (found != (bits != 0))
		fail_msg("%s: %s", name, found ? "taken" : "refused");
	if (found &&
	    (p->cipher != 7 || p->key_bits != bits || p->hash != hash || p->group != group))
		fail_msg("%s: AES-%u, hash %d, group %u", name, p->key_bits, p->hash, p->group);
}

/* Recorded first messages; bits 0: refused, because the client has MODP 1024 only. */
static void recorded_clients_and_the_builtin_policies(void **state)
{
	static const struct {
		const char *name;
		uint16_t bits;
		enum prim_hash hash;
		uint8_t group;
	} rows[] = {
		{"windows10", 256, PRIM_SHA1, 20},     {"windows7", 256, PRIM_SHA1, 20},
		{"apple-2016+", 256, PRIM_SHA512, 14}, {"apple-2011-2015", 0, PRIM_SHA1, 0},
		{"android-4.3-7.0", 0, PRIM_SHA1, 0},  {"android-7.1-11", 0, PRIM_SHA1, 0},
	};
	struct ike_policy builtin[POLICIES_MAX], p = {0};
	struct config *none = config_new();
	size_t n = ike_suites_policies(none, builtin), len;
	uint8_t mm1[1024];
	unsigned read = 0;

	(void)state;
	config_free(none);
	for (size_t i = 0; i < N(rows); i++) {
		bool found;

		if (!read_mm1(rows[i].name, mm1, sizeof(mm1), &len))
			continue;
		read++;
		found = chosen(builtin, n, (struct bytes){mm1, len}, &p);
		assert_suite(rows[i].name, found, &p, rows[i].bits, rows[i].hash, rows[i].group);
	}
	if (!read)
		skip();
}

/* Offers as clients.md tells them. */
static void other_clients_and_the_builtin_policies(void **state)
{
	static const struct {
		const char *name;
		struct suite s[12];
		uint16_t bits;
		enum prim_hash hash;
		uint8_t group;
	} rows[] = {
		{"ChromeOS",
		 {{7, 128, 4, 15}, {7, 128, 2, 14}, {5, 0, 2, 5}, {5, 0, 2, 2}},
		 128,
		 PRIM_SHA256,
		 15},
		{"NetworkManager",
		 {{7, 256, 4, 14},
		  {7, 256, 4, 5},
		  {7, 256, 4, 2},
		  {7, 256, 2, 14},
		  {7, 256, 2, 5},
		  {7, 256, 2, 2},
		  {7, 256, 2, 20},
		  {7, 128, 2, 2},
		  {7, 128, 2, 19},
		  {5, 0, 2, 14}},
		 256,
		 PRIM_SHA1,
		 20},
		{"libreswan",
		 {{7, 256, 4, 14}, {7, 256, 2, 14}, {7, 128, 2, 14}},
		 256,
		 PRIM_SHA256,
		 14},
		{"MikroTik",
		 {{7, 128, 2, 14}, {7, 128, 2, 2}, {5, 0, 2, 14}, {5, 0, 2, 2}},
		 128,
		 PRIM_SHA1,
		 14},
		{"FortiGate", {{7, 256, 6, 20}}, 256, PRIM_SHA512, 20},
		{"AES without a key length", {{7, 0, 2, 14}}, 128, PRIM_SHA1, 14},
		{"Windows XP",
		 {{5, 0, 2, 14}, {5, 0, 2, 2}, {5, 0, 1, 2}, {1, 0, 2, 1}},
		 0,
		 PRIM_SHA1,
		 0},
		{"TP-Link", {{5, 0, 1, 2}, {5, 0, 2, 2}}, 0, PRIM_SHA1, 0},
		{"MD5", {{7, 256, 1, 14}}, 0, PRIM_SHA1, 0},
		{"MODP 1536", {{7, 256, 4, 5}}, 0, PRIM_SHA1, 0},
	};
	struct ike_policy builtin[POLICIES_MAX], p = {0};
	struct config *none = config_new();
	size_t n = ike_suites_policies(none, builtin);
	uint8_t mm1[1024];

	(void)state;
	config_free(none);
	for (size_t i = 0; i < N(rows); i++) {
		bool found = chosen(builtin, n, make_mm1(mm1, sizeof(mm1), rows[i].s), &p);

		assert_suite(rows[i].name, found, &p, rows[i].bits, rows[i].hash, rows[i].group);
	}
}

static bool same_alg(const struct burst_alg *a, const struct burst_alg *b)
{
	return a->cipher == b->cipher && a->key_len == b->key_len && a->auth == b->auth;
}

/* The first of the built-in list that a client has. */
static void clients_and_the_builtin_transform_sets(void **state)
{
#define CBC(bits, auth)                                                                            \
	{                                                                                          \
		BURST_AES_CBC, (bits) / 8, (auth)                                                  \
	}
	static const struct {
		const char *name;
		struct burst_alg has[8], want;
	} rows[] = {
		{"Windows",
		 {CBC(256, BURST_HMAC_SHA1_96),
		  CBC(128, BURST_HMAC_SHA1_96),
		  {BURST_3DES_CBC, 24, BURST_HMAC_SHA1_96},
		  {BURST_DES_CBC, 8, BURST_HMAC_SHA1_96}},
		 CBC(256, BURST_HMAC_SHA1_96)},
		{"Apple since 2020",
		 {CBC(256, BURST_HMAC_SHA256_128), CBC(256, BURST_HMAC_SHA1_96),
		  CBC(256, BURST_HMAC_MD5_96), CBC(128, BURST_HMAC_SHA256_128)},
		 CBC(256, BURST_HMAC_SHA256_128)},
		{"Android 11",
		 {CBC(256, BURST_HMAC_SHA512_256), CBC(256, BURST_HMAC_SHA384_192),
		  CBC(256, BURST_HMAC_SHA1_96), CBC(256, BURST_HMAC_SHA256_128)},
		 CBC(256, BURST_HMAC_SHA512_256)},
		{"Android 4.3",
		 {CBC(256, BURST_HMAC_SHA256_128), CBC(256, BURST_HMAC_SHA1_96),
		  CBC(256, BURST_HMAC_MD5_96)},
		 CBC(256, BURST_HMAC_SHA256_128)},
		{"ChromeOS",
		 {{BURST_AES_GCM16, 16, BURST_AUTH_NONE},
		  CBC(128, BURST_HMAC_SHA256_128),
		  CBC(128, BURST_HMAC_SHA1_96)},
		 {BURST_AES_GCM16, 16, BURST_AUTH_NONE}},
		{"MikroTik",
		 {CBC(256, BURST_HMAC_SHA1_96), CBC(192, BURST_HMAC_SHA1_96),
		  CBC(128, BURST_HMAC_SHA1_96)},
		 CBC(256, BURST_HMAC_SHA1_96)},
	};
	struct ike_esp builtin[ESPS_MAX];
	struct config *none = config_new();
	size_t n = ike_suites_esps(none, builtin);

	(void)state;
	config_free(none);
	for (size_t r = 0; r < N(rows); r++) {
		const struct burst_alg *first = NULL;

		for (size_t i = 0; i < n && !first; i++)
			for (size_t h = 0; h < N(rows[r].has); h++)
				if (rows[r].has[h].key_len &&
				    same_alg(&builtin[i].alg, &rows[r].has[h]))
					first = &builtin[i].alg;
		if (!first || !same_alg(first, &rows[r].want))
			fail_msg("%s", rows[r].name);
	}
	for (size_t i = 0; i < n; i++) {
		assert_true(burst_alg_known(&builtin[i].alg));
		assert_true(builtin[i].transport && builtin[i].tunnel);
		assert_int_equal(builtin[i].pfs_group, 0);
		assert_true(builtin[i].alg.cipher == BURST_AES_CBC ||
			    builtin[i].alg.cipher == BURST_AES_GCM16);
		assert_int_not_equal(builtin[i].alg.auth, BURST_HMAC_MD5_96);
	}
}

static struct config *parsed(const char *text)
{
	struct cfg_errors errs = {0};
	struct config *c = config_parse(text, strlen(text), &errs, a_random, NULL);

	if (!c)
		fail_msg("%u: %s", errs.e[0].line, errs.e[0].text);
	return c;
}

static void configured_policies(void **state)
{
	struct config *c =
		parsed("crypto ikev1 policy 20\n encryption 3des\n hash md5\n group 2\n"
		       " lifetime 300\n"
		       "crypto ikev1 policy 10\n encryption aes-192\n hash sha512\n group 21\n"
		       "crypto ikev1 policy 30\n encryption des\n lifetime none\n");
	struct ike_policy p[POLICIES_MAX];

	(void)state;
	assert_int_equal(ike_suites_policies(c, p), 3);
	assert_int_equal(p[0].priority, 10);
	assert_int_equal(p[0].key_bits, 192);
	assert_int_equal(p[0].hash, PRIM_SHA512);
	assert_int_equal(p[0].group, 21);
	assert_int_equal(p[1].cipher, 5);
	assert_int_equal(p[1].key_bits, 0);
	assert_int_equal(p[1].hash, PRIM_MD5);
	assert_int_equal(p[1].group, 2);
	assert_int_equal(p[1].life_s, 300);
	assert_int_equal(p[2].cipher, 1);
	assert_int_equal(p[2].life_s, 0);
	config_free(c);
}

#define MAP                                                                                        \
	"crypto map M 1 ipsec-isakmp dynamic D\ncrypto map M interface outside\n"                  \
	"crypto ikev1 enable outside\n"

static void configured_transform_sets(void **state)
{
	struct config *c =
		parsed("crypto ipsec ikev1 transform-set A esp-aes-gcm-256\n"
		       "crypto ipsec ikev1 transform-set A mode transport\n"
		       "crypto ipsec ikev1 transform-set B esp-3des esp-md5-hmac\n"
		       "crypto ipsec ikev1 transform-set C esp-des esp-sha384-hmac\n"
		       "crypto dynamic-map D 20 set ikev1 transform-set C\n"
		       "crypto dynamic-map D 10 set ikev1 transform-set B A\n"
		       "crypto dynamic-map D 10 set pfs group2\n"
		       "crypto dynamic-map D 10 set security-association lifetime seconds 300\n"
		       "crypto dynamic-map E 10 set ikev1 transform-set A\n" MAP);
	struct ike_esp e[ESPS_MAX];

	(void)state;
	assert_int_equal(ike_suites_esps(c, e), 3);
	assert_string_equal(e[0].name, "B");
	assert_int_equal(e[0].alg.cipher, BURST_3DES_CBC);
	assert_int_equal(e[0].alg.key_len, 24);
	assert_int_equal(e[0].alg.auth, BURST_HMAC_MD5_96);
	assert_true(e[0].tunnel && !e[0].transport);
	assert_int_equal(e[0].pfs_group, 2);
	assert_int_equal(e[0].life_s, 300);
	assert_string_equal(e[1].name, "A");
	assert_int_equal(e[1].alg.cipher, BURST_AES_GCM16);
	assert_int_equal(e[1].alg.key_len, 32);
	assert_int_equal(e[1].alg.auth, BURST_AUTH_NONE);
	assert_true(e[1].transport && !e[1].tunnel);
	assert_string_equal(e[2].name, "C");
	assert_int_equal(e[2].alg.key_len, 8);
	assert_int_equal(e[2].alg.auth, BURST_HMAC_SHA384_192);
	assert_int_equal(e[2].pfs_group, 0);
	assert_int_equal(e[2].life_s, 0);
	config_free(c);
}

/* An entry that names no transform set has the built-in ones, with its PFS group. */
static void an_entry_without_sets_has_the_builtin_ones(void **state)
{
	struct config *c = parsed("crypto ipsec ikev1 transform-set C esp-aes esp-sha-hmac\n"
				  "crypto dynamic-map D 10 set pfs group2\n"
				  "crypto dynamic-map D 20 set ikev1 transform-set C\n" MAP);
	struct config *none = config_new();
	struct ike_esp e[ESPS_MAX], builtin[ESPS_MAX];
	size_t n = ike_suites_esps(c, e), n_builtin = ike_suites_esps(none, builtin);

	(void)state;
	assert_int_equal(n, n_builtin + 1);
	for (size_t i = 0; i < n_builtin; i++) {
		assert_true(same_alg(&e[i].alg, &builtin[i].alg));
		assert_int_equal(e[i].pfs_group, 2);
	}
	assert_string_equal(e[n - 1].name, "C");
	config_free(none);
	config_free(c);
}

static void names(void **state)
{
	static const struct {
		struct burst_alg alg;
		const char *cipher, *auth;
	} rows[] = {
		{CBC(128, BURST_HMAC_MD5_96), "AES128", "MD5"},
		{CBC(256, BURST_HMAC_SHA384_192), "AES256", "SHA384"},
		{CBC(192, BURST_HMAC_SHA256_96), "AES192", "SHA256"},
		{{BURST_AES_GCM16, 32, BURST_AUTH_NONE}, "AESGCM256", "none"},
		{{BURST_3DES_CBC, 24, BURST_HMAC_SHA512_256}, "3DES", "SHA512"},
		{{BURST_DES_CBC, 8, BURST_HMAC_SHA1_96}, "DES", "SHA1"},
	};
	struct ike_policy p = {0};

	(void)state;
	for (size_t i = 0; i < N(rows); i++) {
		assert_string_equal(ike_suites_cipher_name(&rows[i].alg), rows[i].cipher);
		assert_string_equal(ike_suites_auth_name(&rows[i].alg), rows[i].auth);
	}
	assert_string_equal(ike_suites_policy_cipher_name(&p), "-");
	assert_string_equal(ike_suites_policy_hash_name(&p), "-");
	p = (struct ike_policy){.cipher = 5, .hash = PRIM_MD5};
	assert_string_equal(ike_suites_policy_cipher_name(&p), "3DES");
	assert_string_equal(ike_suites_policy_hash_name(&p), "MD5");
	p.cipher = 1;
	assert_string_equal(ike_suites_policy_cipher_name(&p), "DES");
	p = (struct ike_policy){.cipher = 7, .key_bits = 192, .hash = PRIM_SHA512};
	assert_string_equal(ike_suites_policy_cipher_name(&p), "AES192");
	assert_string_equal(ike_suites_policy_hash_name(&p), "SHA512");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(recorded_clients_and_the_builtin_policies),
		cmocka_unit_test(other_clients_and_the_builtin_policies),
		cmocka_unit_test(clients_and_the_builtin_transform_sets),
		cmocka_unit_test(configured_policies),
		cmocka_unit_test(configured_transform_sets),
		cmocka_unit_test(an_entry_without_sets_has_the_builtin_ones),
		cmocka_unit_test(names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
