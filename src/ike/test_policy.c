/*
 * Phase 1 policies against the first messages of real clients (captures:
 * profiles): which suite is chosen, that it is echoed octet for octet, that the
 * answer is not longer than the request; attribute forms; words.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "attribute.h"
#include "craft.h"
#include "test_files.h"
#include "vendor.h"

static struct lab lab;

#define POLICY(n, bits, h, g)                                                                      \
	{                                                                                          \
		.priority = (n), .cipher = 7, .key_bits = (bits), .hash = (h), .group = (g),       \
		.auth = IKE_AUTH_PSK, .life_s = 86400                                              \
	}

/* Strongest first, and MODP 1024 by name for the oldest. */
static const struct ike_policy list[] = {
	POLICY(1, 256, PRIM_SHA384, 20), POLICY(2, 256, PRIM_SHA256, 14),
	POLICY(3, 256, PRIM_SHA1, 20),   POLICY(4, 256, PRIM_SHA1, 14),
	POLICY(5, 128, PRIM_SHA1, 14),   POLICY(6, 256, PRIM_SHA1, 2),
};

/* What an administrator may allow by name: everything, strongest first. */
#define LEGACY(n, c, bits, h, g)                                                                   \
	{                                                                                          \
		.priority = (n), .cipher = (c), .key_bits = (bits), .hash = (h), .group = (g),     \
		.auth = IKE_AUTH_PSK, .life_s = 86400                                              \
	}
static const struct ike_policy permissive[] = {
	POLICY(1, 256, PRIM_SHA512, 2),  POLICY(2, 256, PRIM_SHA384, 2),
	POLICY(3, 256, PRIM_SHA256, 2),  POLICY(4, 256, PRIM_SHA1, 2),
	LEGACY(5, 5, 0, PRIM_SHA1, 14),  LEGACY(6, 5, 0, PRIM_SHA1, 2),
	LEGACY(7, 5, 0, PRIM_MD5, 2),    LEGACY(8, 1, 0, PRIM_MD5, 2),
	LEGACY(9, 7, 256, PRIM_MD5, 14),
};
static const struct ike_policy only_3des[] = {LEGACY(6, 5, 0, PRIM_SHA1, 2)};
static const struct ike_policy only_des[] = {LEGACY(8, 1, 0, PRIM_MD5, 2)};

static void start_with(const struct ike_policy *policies, size_t n)
{
	struct ike_config cfg;

	lab_init(&lab);
	cfg = lab_config(&lab, CLIENT);
	lab_start(&lab, CLIENT, &cfg);
	cfg = lab_config(&lab, SERVER);
	cfg.policies = policies;
	cfg.n_policies = n;
	lab_start(&lab, SERVER, &cfg);
}

#define N(array) (sizeof(array) / sizeof((array)[0]))

static void start_server(void)
{
	start_with(list, N(list));
}

static size_t read_mm1(const char *name, uint8_t *out, size_t cap)
{
	char path[80], text[4096];
	FILE *f;
	int n = 0;

	snprintf(path, sizeof(path), "profiles/%s.mm1.hex", name);
	f = captures_open(path);
	if (!f)
		return 0;
	if (fgets(text, sizeof(text), f))
		n = hex_bytes(text, out, cap);
	fclose(f);
	return n > 0 ? (size_t)n : 0;
}

/* The transform of the answer stands in the request, octet for octet but for the
 * next-payload octet. */
static bool stands_in(const uint8_t *hay, size_t hay_len, const uint8_t *needle, size_t len)
{
	for (size_t i = 0; i + len <= hay_len; i++)
		if (memcmp(hay + i, needle, len) == 0)
			return true;
	return false;
}

static void check_answer(const uint8_t *mm1, size_t len)
{
	const struct lab_packet *mm2 = &lab.log[0];
	struct bytes body = {mm2->b + ISAKMP_HEADER_LEN, mm2->len - ISAKMP_HEADER_LEN};
	struct offers o;
	struct payloads p;

	assert_int_equal(lab.sent, 1);
	assert_true(mm2->len <= len);
	assert_int_equal(mm2->b[18], EXCHANGE_MAIN);
	assert_int_equal(payloads_parse(mm2->b[16], body, false, &p), DROP_NONE);
	assert_int_equal(p.count[KIND_SA], 1);
	assert_int_equal(offers_parse(payload_first(&p, KIND_SA)->body, PHASE_1, &o), DROP_NONE);
	assert_int_equal(o.n, 1);
	assert_int_equal(o.of[0].raw.p[0], PAYLOAD_NONE);
	assert_true(stands_in(mm1, len, o.of[0].raw.p + 1, o.of[0].raw.len - 1));
	assert_true(vendors_of(&p) & VENDOR_BIT(VENDOR_RFC3947));
	assert_false(vendors_of(&p) & VENDOR_BIT(VENDOR_NATT_02N));
}

static void real_clients(void **state)
{
	static const struct {
		const char *name, *client;
		unsigned priority, life_s;
		bool dpd;
	} rows[] = {
		{"windows10", "Windows", 3, 28800, false},
		{"windows7", "Windows", 3, 28800, false},
		{"apple-2016+", "macOS/iOS", 2, 3600, true},
		{"apple-2011-2015", "macOS/iOS", 6, 3600, true},
		{"android-4.3-7.0", "Android", 6, 28800, true},
		{"android-7.1-11", "Android", 6, 28800, true},
	};
	uint8_t mm1[1024];
	struct flow flow = {.local = lab_client_flow().remote, .remote = lab_client_flow().local};
	unsigned found = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		size_t len = read_mm1(rows[i].name, mm1, sizeof(mm1));
		struct ike_sa_info info;
		unsigned cursor = 0;

		if (len == 0)
			continue;
		found++;
		start_server();
		ike_input(lab.s[SERVER].k, lab.now_ms, &flow, false, (struct bytes){mm1, len});
		lab_actions(&lab, SERVER);
		assert_true(ike_each_sa(lab.s[SERVER].k, &cursor, &info));
		assert_string_equal(info.client, rows[i].client);
		assert_int_equal(info.policy.priority, rows[i].priority);
		assert_int_equal(info.life_s, rows[i].life_s);
		assert_string_equal(info.state, "MM_WAIT_MSG3");
		check_answer(mm1, len);
		lab_free(&lab);
	}
	if (found == 0)
		skip();
}

/* Weak suites where they are named: the strongest that a client has by our order. */
static void real_clients_and_legacy_policies(void **state)
{
	static const struct {
		const char *name;
		const struct ike_policy *policies;
		size_t n;
		unsigned priority; /* 0: refused */
	} rows[] = {
		{"windows10", permissive, N(permissive), 5},
		{"windows7", only_3des, N(only_3des), 6},
		{"windows10", only_des, N(only_des), 0},
		{"apple-2016+", permissive, N(permissive), 3},
		{"apple-2016+", permissive + 8, 1, 9},
		{"apple-2016+", only_3des, N(only_3des), 6},
		{"apple-2011-2015", permissive, N(permissive), 4},
		{"apple-2011-2015", only_3des, N(only_3des), 6},
		{"android-4.3-7.0", permissive, N(permissive), 3},
		{"android-4.3-7.0", only_des, N(only_des), 8},
		{"android-7.1-11", permissive, N(permissive), 1},
		{"android-7.1-11", permissive + 6, 2, 7},
	};
	uint8_t mm1[1024];
	struct flow flow = {.local = lab_client_flow().remote, .remote = lab_client_flow().local};
	unsigned found = 0;

	(void)state;
	for (size_t i = 0; i < N(rows); i++) {
		size_t len = read_mm1(rows[i].name, mm1, sizeof(mm1));
		struct ike_sa_info info;
		unsigned cursor = 0;

		if (len == 0)
			continue;
		found++;
		start_with(rows[i].policies, rows[i].n);
		ike_input(lab.s[SERVER].k, lab.now_ms, &flow, false, (struct bytes){mm1, len});
		lab_actions(&lab, SERVER);
		if (rows[i].priority) {
			assert_true(ike_each_sa(lab.s[SERVER].k, &cursor, &info));
			assert_int_equal(info.policy.priority, rows[i].priority);
			check_answer(mm1, len);
		} else {
			assert_true(lab_noted(&lab.s[SERVER], "no-ike-proposal"));
		}
		lab_free(&lab);
	}
	if (found == 0)
		skip();
}

/* An SA body with one transform of these attribute octets. */
static struct bytes one_transform(uint8_t *buf, size_t cap, const uint8_t *attrs, size_t len)
{
	struct wr w = wr_of(buf, cap);
	size_t p, t;

	wr_u32(&w, DOI_IPSEC);
	wr_u32(&w, SIT_IDENTITY_ONLY);
	p = w.len;
	wr_u32(&w, 0);
	wr_u32(&w, 0x01010001);
	t = w.len;
	wr_u32(&w, 0);
	wr_u32(&w, 0x01010000);
	wr_copy(&w, attrs, len);
	wr_end16(&w, t + 2, t);
	wr_end16(&w, p + 2, p);
	return wr_done(&w);
}

#define TV(t, v) 0x80, (t), (v) >> 8, (v)&0xff
#define SUITE    TV(1, 7), TV(2, 2), TV(3, 1), TV(4, 14)

static void attribute_forms(void **state)
{
	static const struct {
		uint8_t a[48];
		size_t len;
		unsigned priority; /* 0: refused */
		uint32_t life_s;
	} rows[] = {
		{{SUITE, TV(14, 256), TV(11, 1), TV(12, 3600)}, 28, 4, 3600},
		/* any order; duration in the long form of 4 octets */
		{{TV(11, 1), 0, 12, 0, 4, 0, 0, 0x70, 0x80, TV(14, 256), SUITE}, 32, 4, 28800},
		/* long form of other widths */
		{{SUITE, TV(14, 256), TV(11, 1), 0, 12, 0, 1, 200}, 29, 4, 200},
		{{SUITE, TV(14, 256), TV(11, 1), 0, 12, 0, 8, 0, 0, 0, 1, 0, 0, 0, 0},
		 36,
		 4,
		 86400},
		/* no lifetime; kilobytes only */
		{{SUITE, TV(14, 256)}, 20, 4, 86400},
		{{SUITE, TV(14, 256), TV(11, 2), TV(12, 5000)}, 28, 4, 86400},
		/* no key length means 128 */
		{{SUITE}, 16, 5, 86400},
		/* key lengths that are not AES's (CVE-2005-3671) */
		{{SUITE, TV(14, 0)}, 20, 0, 0},
		{{SUITE, TV(14, 1)}, 20, 0, 0},
		{{SUITE, TV(14, 64)}, 20, 0, 0},
		{{SUITE, TV(14, 65535)}, 20, 0, 0},
		{{TV(1, 5), TV(2, 2), TV(3, 1), TV(4, 14), TV(14, 256)}, 20, 0, 0},
		/* RSA encryption, XAUTH (H-08) */
		{{TV(1, 7), TV(2, 2), TV(3, 4), TV(4, 14), TV(14, 256)}, 20, 0, 0},
		/* twice; unknown class; duration without its type */
		{{SUITE, TV(14, 256), TV(4, 14)}, 24, 0, 0},
		{{SUITE, TV(14, 256), TV(99, 1)}, 24, 0, 0},
		{{SUITE, TV(14, 256), TV(12, 3600)}, 24, 0, 0},
		/* several durations: the smallest of a unit, kilobytes apart, 0 says nothing */
		{{SUITE, TV(14, 256), TV(11, 1), TV(12, 3600), TV(11, 1), TV(12, 300)}, 36, 4, 300},
		{{SUITE, TV(14, 256), TV(11, 1), TV(12, 300), TV(11, 1), TV(12, 3600)}, 36, 4, 300},
		{{TV(11, 2), TV(12, 9), TV(11, 1), TV(12, 0x500), TV(14, 256), SUITE},
		 36,
		 4,
		 0x500},
		{{SUITE, TV(14, 256), TV(11, 1), TV(12, 0)}, 28, 4, 86400},
		/* unknown unit */
		{{SUITE, TV(14, 256), TV(11, 3), TV(12, 3600)}, 28, 0, 0},
		/* everything in the long form, of odd widths */
		{{0, 1, 0, 2, 0, 7, 0, 2,  0, 1,  2, 0, 3, 0, 4, 0,
		  0, 0, 1, 0, 4, 0, 1, 14, 0, 14, 0, 3, 0, 1, 0},
		 31,
		 4,
		 86400},
		/* the group's own type, and another */
		{{SUITE, TV(14, 256), TV(5, 1)}, 24, 4, 86400},
		{{SUITE, TV(14, 256), TV(5, 2)}, 24, 0, 0},
		{{TV(1, 7), TV(2, 5), TV(3, 1), TV(4, 20), TV(14, 256), TV(5, 2)}, 24, 1, 86400},
		/* 3DES and DES have no key length (RFC 2409 appendix A) */
		{{TV(1, 5), TV(2, 2), TV(3, 1), TV(4, 2)}, 16, 7, 86400},
		{{TV(1, 5), TV(2, 2), TV(3, 1), TV(4, 2), TV(14, 192)}, 20, 0, 0},
		{{TV(1, 1), TV(2, 1), TV(3, 1), TV(4, 1)}, 16, 8, 86400},
	};
	static const struct ike_policy more[] = {
		POLICY(1, 256, PRIM_SHA384, 20), POLICY(2, 256, PRIM_SHA256, 14),
		POLICY(3, 256, PRIM_SHA1, 20),   POLICY(4, 256, PRIM_SHA1, 14),
		POLICY(5, 128, PRIM_SHA1, 14),   POLICY(6, 256, PRIM_SHA1, 2),
		LEGACY(7, 5, 0, PRIM_SHA1, 2),   LEGACY(8, 1, 0, PRIM_MD5, 1),
	};
	const struct policies ours = {N(more), (struct ike_policy *)more};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		uint8_t buf[128];
		struct offers o;
		struct ike_policy chosen = {0};

		assert_int_equal(
			offers_parse(one_transform(buf, sizeof(buf), rows[i].a, rows[i].len),
				     PHASE_1, &o),
			DROP_NONE);
		policy_choose(&ours, &o, &chosen);
		assert_int_equal(chosen.priority, rows[i].priority);
		if (rows[i].priority)
			assert_int_equal(chosen.life_s, rows[i].life_s);
	}
}

/* Cut at every octet: refused, never read beyond (security.md 2). */
static void every_cut_is_malformed(void **state)
{
	static const uint8_t attrs[] = {SUITE, TV(14, 256), 0, 12, 0, 4, 0, 0, 0, 1};
	uint8_t buf[128];
	struct bytes whole = one_transform(buf, sizeof(buf), attrs, sizeof(attrs));
	struct offers o;

	(void)state;
	for (size_t cut = 0; cut < whole.len; cut++) {
		uint8_t *copy = malloc(cut ? cut : 1);

		memcpy(copy, whole.p, cut);
		assert_int_not_equal(offers_parse((struct bytes){copy, cut}, PHASE_1, &o),
				     DROP_NONE);
		free(copy);
	}
	for (unsigned bit = 0; bit < 32; bit++) { /* DOI walking ones (CVE-2015-3204) */
		memset(buf, 0, 4);
		buf[bit / 8] = (uint8_t)(1u << bit % 8);
		assert_int_equal(offers_parse(whole, PHASE_1, &o),
				 bit == 24 ? DROP_NONE : DROP_SA_BODY);
	}
}

static void number_of_transforms_is_bounded(void **state)
{
	static uint8_t buf[8 + 8 + 200 * 8];
	struct offers o;

	(void)state;
	for (unsigned n = 127; n <= 129; n++) {
		struct wr w = wr_of(buf, sizeof(buf));
		size_t p;

		wr_u32(&w, DOI_IPSEC);
		wr_u32(&w, SIT_IDENTITY_ONLY);
		p = w.len;
		wr_u32(&w, 0);
		wr_u32(&w, 0x01010000 | n);
		for (unsigned i = 1; i <= n; i++) {
			wr_u32(&w, i == n ? 8 : 0x03000008);
			wr_u32(&w, i << 24 | 0x00010000);
		}
		wr_end16(&w, p + 2, p);
		assert_int_equal(offers_parse(wr_done(&w), PHASE_1, &o),
				 n > OFFERS_MAX ? DROP_SA_COUNT : DROP_NONE);
	}
}

static void lists_in_words(void **state)
{
	const struct policies ours = {sizeof(list) / sizeof(list[0]), (struct ike_policy *)list};
	char buf[LIST_WORDS];

	(void)state;
	assert_string_equal(
		policies_words(&ours, buf, sizeof(buf)),
		"AES256-SHA384-ECP384, AES256-SHA256-MODP2048, AES256-SHA1-ECP384 and 3 more");
}

/* Each command text is one that configures exactly what was offered. */
static void refusals_name_the_commands(void **state)
{
	static const struct {
		struct ike_policy offer;
		const char *why;
	} rows[] = {
		{POLICY(0, 256, PRIM_SHA1, 5),
		 "no policy has MODP1536; `crypto ikev1 policy 10` with `encryption aes-256`, "
		 "`hash sha`, `group 5` takes it"},
		{POLICY(0, 128, PRIM_SHA256, 14),
		 "no policy has this combination; `crypto ikev1 policy 10` with `encryption aes`, "
		 "`hash sha256`, `group 14` takes it"},
		{LEGACY(0, 5, 0, PRIM_MD5, 2),
		 "no policy has 3DES; `crypto ikev1 policy 10` with `encryption 3des`, `hash md5`, "
		 "`group 2` takes it"},
		{LEGACY(0, 1, 0, PRIM_MD5, 1),
		 "no policy has DES; `crypto ikev1 policy 10` with `encryption des`, `hash md5`, "
		 "`group 1` takes it"},
		{POLICY(0, 256, PRIM_MD5, 14),
		 "no policy has MD5; `crypto ikev1 policy 10` with `encryption aes-256`, "
		 "`hash md5`, `group 14` takes it"},
	};
	const struct policies ours = {N(list), (struct ike_policy *)list};
	struct ike_policy builtin = list[0];
	const struct policies alone = {1, &builtin};
	char buf[REFUSAL_WORDS];

	(void)state;
	for (size_t i = 0; i < N(rows); i++) {
		struct ike_policy p = rows[i].offer;
		const struct policies one = {1, &p};
		uint8_t body[256];
		struct wr w = wr_of(body, sizeof(body));
		struct offers o;

		policies_offer(&w, &one);
		assert_int_equal(offers_parse(wr_done(&w), PHASE_1, &o), DROP_NONE);
		assert_string_equal(offer_refusal(&ours, &o.of[0], buf, sizeof(buf)), rows[i].why);
		builtin.priority = 0;
		assert_non_null(strstr(offer_refusal(&alone, &o.of[0], buf, sizeof(buf)),
				       "takes it (and ends the built-in list)"));
		o.of[0].hash = 99;
		assert_non_null(strstr(offer_refusal(&ours, &o.of[0], buf, sizeof(buf)),
				       "is not possible here"));
		o.of[0].auth = 5;
		assert_string_equal(offer_refusal(&ours, &o.of[0], buf, sizeof(buf)),
				    "no policy has its authentication method (5)");
		o.of[0].auth = IKE_AUTH_RSA;
		assert_string_equal(offer_refusal(&ours, &o.of[0], buf, sizeof(buf)),
				    "it wants certificates (RSA signatures), and no policy has "
				    "them: choose a pre-shared key on the client");
	}
}

static void policies_that_can_not_be_done(void **state)
{
	struct ike_policy p[9];

	(void)state;
	lab_init(&lab);
	for (size_t i = 0; i < N(p); i++)
		p[i] = lab_policy;
	p[0].cipher = 5; /* with a key length */
	p[1].key_bits = 64;
	p[2].hash = PRIM_MD4;
	p[3].group = 99;
	p[4].auth = (enum ike_auth)3;
	p[5].key_bits = 0;
	p[6].cipher = 1;
	p[7].cipher = 3; /* Blowfish */
	p[8].cipher = 3;
	p[8].key_bits = 0;
	for (size_t i = 0; i < N(p); i++) {
		struct ike_config cfg = lab_config(&lab, SERVER);

		cfg.policies = &p[i];
		assert_null(ike_new(&cfg));
	}
}

static void reconfigure_is_for_new_exchanges(void **state)
{
	struct ike_policy other = lab_policy;
	struct ike_config cfg;

	(void)state;
	other.group = 20;
	lab_default(&lab);
	lab_dial(&lab);
	lab_settle(&lab);
	cfg = lab_config(&lab, SERVER);
	cfg.policies = &other;
	assert_true(ike_reconfigure(lab.s[SERVER].k, &cfg));
	assert_int_equal(lab.s[SERVER].n_down, 0);
	lab_dial(&lab);
	lab_settle(&lab);
	assert_true(lab_noted(&lab.s[SERVER], "no-ike-proposal"));
	assert_int_equal(lab.s[SERVER].n_up, 1);
	lab_free(&lab);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(real_clients),
		cmocka_unit_test(real_clients_and_legacy_policies),
		cmocka_unit_test(refusals_name_the_commands),
		cmocka_unit_test(attribute_forms),
		cmocka_unit_test(every_cut_is_malformed),
		cmocka_unit_test(number_of_transforms_is_bounded),
		cmocka_unit_test(lists_in_words),
		cmocka_unit_test(policies_that_can_not_be_done),
		cmocka_unit_test(reconfigure_is_for_new_exchanges),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
