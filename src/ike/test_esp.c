/*
 * The choice of the phase 2 suite (RFC 2407 4.5, RFC 2408 4.2): our order, transport mode
 * first, every nesting of proposals and transforms, key lengths, encapsulation values of
 * the NAT-T variants, PFS; the words of a refusal.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "attribute.h"
#include "esp.h"
#include "lifetime.h"

/* the tables below leave out what is 0 */
#pragma GCC diagnostic ignored "-Wmissing-field-initializers"

#define N(array) (sizeof(array) / sizeof((array)[0]))

/* A transform; encap 0, auth 0, bits 0, group 0: the attribute is left out. */
struct transform {
	uint8_t id;
	uint16_t bits, auth, encap, group;
	bool esn; /* an attribute that we do not have: RFC 4304 */
};

struct proposal {
	uint8_t number, protocol;
	struct transform t[3]; /* up to the first with id 0 */
};

static void put_transform(struct wr *w, const struct transform *t, uint8_t number, bool last)
{
	size_t start = w->len, at;

	wr_u8(w, last ? PAYLOAD_NONE : PAYLOAD_TRANSFORM);
	wr_u8(w, 0);
	at = wr_begin16(w);
	wr_u8(w, number);
	wr_u8(w, t->id);
	wr_u16(w, 0);
	attribute_put(w, DOI_LIFE_TYPE, LIFE_SECONDS);
	attribute_put(w, DOI_LIFE_DURATION, 3600);
	if (t->group)
		attribute_put(w, DOI_GROUP, t->group);
	if (t->encap)
		attribute_put(w, DOI_ENCAPSULATION, t->encap);
	if (t->auth)
		attribute_put(w, DOI_AUTH, t->auth);
	if (t->bits)
		attribute_put(w, DOI_KEY_LENGTH, t->bits);
	if (t->esn)
		attribute_put(w, 11, 1);
	wr_end16(w, at, start);
}

static void put_proposal(struct wr *w, const struct proposal *p, bool last)
{
	size_t start = w->len, at;
	uint8_t n = 0;

	while (n < N(p->t) && p->t[n].id)
		n++;
	wr_u8(w, last ? PAYLOAD_NONE : PAYLOAD_PROPOSAL);
	wr_u8(w, 0);
	at = wr_begin16(w);
	wr_u8(w, p->number);
	wr_u8(w, p->protocol);
	wr_u8(w, p->protocol == PROTO_IPCOMP ? 2 : 4);
	wr_u8(w, n);
	if (p->protocol == PROTO_IPCOMP)
		wr_u16(w, 0x4321);
	else
		wr_u32(w, 0xabcdef00u + p->number);
	for (uint8_t i = 0; i < n; i++)
		put_transform(w, &p->t[i], (uint8_t)(i + 1), i + 1 == n);
	wr_end16(w, at, start);
}

/* The offers of up to n proposals (the first without a number ends them). */
static void offers_of(const struct proposal *p, size_t n, uint8_t *buf, size_t cap,
		      struct offers *out)
{
	struct wr w = wr_of(buf, cap);
	size_t have = 0;

	while (have < n && p[have].number)
		have++;
	wr_u32(&w, DOI_IPSEC);
	wr_u32(&w, SIT_IDENTITY_ONLY);
	for (size_t i = 0; i < have; i++)
		put_proposal(&w, &p[i], i + 1 == have);
	assert_int_equal(offers_parse(wr_done(&w), PHASE_2, out), DROP_NONE);
}

#define BOTH .transport = true, .tunnel = true
static struct ike_esp list[] = {
	{.alg = {BURST_AES_GCM16, 32, BURST_AUTH_NONE}, BOTH, .name = "gcm256"},
	{.alg = {BURST_AES_CBC, 32, BURST_HMAC_SHA512_256}, BOTH, .name = "sha512"},
	{.alg = {BURST_AES_CBC, 32, BURST_HMAC_SHA256_128}, BOTH, .name = "sha256"},
	{.alg = {BURST_AES_GCM16, 16, BURST_AUTH_NONE}, BOTH, .name = "gcm128"},
	{.alg = {BURST_AES_CBC, 16, BURST_HMAC_SHA1_96}, .transport = true, .name = "aes128"},
	{.alg = {BURST_3DES_CBC, 24, BURST_HMAC_MD5_96}, .tunnel = true, .name = "3des"},
	{.alg = {BURST_DES_CBC, 8, BURST_HMAC_SHA1_96}, .transport = true, .name = "des"},
};
static const struct esps ours = {N(list), list};
static struct ike_policy group14 = {.cipher = 7, .key_bits = 256, .group = 14};
static const struct policies groups = {1, &group14};
static const struct natt_variant draft = {.encap_tunnel = ENCAP_DRAFT_TUNNEL,
					  .encap_transport = ENCAP_DRAFT_TRANSPORT};

#define ESP_ PROTO_ESP
#define TR   ENCAP_TRANSPORT
#define TU   ENCAP_TUNNEL

static const struct {
	struct proposal p[3];
	const struct natt_variant *natt;
	bool plain_too, ke;
	const char *name; /* NULL: refused */
	uint8_t proposal; /* of the choice */
	uint8_t transform;
	bool tunnel, udp;
} rows[] = {
	/* our order, whatever theirs is: in one proposal, in several, nested */
	{.p = {{1, ESP_, {{12, 128, 2, TR}, {12, 256, 5, TR}, {20, 128, 0, TR}}}},
	 .name = "sha256",
	 .proposal = 1,
	 .transform = 2},
	{.p = {{1, ESP_, {{12, 128, 2, TR}}}, {2, ESP_, {{12, 256, 5, TR}, {20, 256, 0, TR}}}},
	 .name = "gcm256",
	 .proposal = 2,
	 .transform = 2},
	{.p = {{7, ESP_, {{3, 0, 1, TU}}},
	       {9, ESP_, {{20, 128, 0, TR}}},
	       {9 + 1, ESP_, {{2, 0, 2, TR}}}},
	 .name = "gcm128",
	 .proposal = 9,
	 .transform = 1},
	/* transport before tunnel, of one suite */
	{.p = {{1, ESP_, {{12, 256, 5, TU}, {12, 256, 5, TR}}}},
	 .name = "sha256",
	 .proposal = 1,
	 .transform = 2},
	{.p = {{1, ESP_, {{12, 256, 5, TU}, {12, 128, 2, TR}}}},
	 .name = "sha256",
	 .proposal = 1,
	 .transform = 1,
	 .tunnel = true},
	/* modes that the set does not have */
	{.p = {{1, ESP_, {{12, 128, 2, TU}}}}},
	{.p = {{1, ESP_, {{3, 0, 1, TR}}}}},
	{.p = {{1, ESP_, {{3, 0, 1, TU}}}},
	 .name = "3des",
	 .proposal = 1,
	 .transform = 1,
	 .tunnel = true},
	{.p = {{1, ESP_, {{12, 128, 2, 0}}}}},
	/* AH, IPCOMP are passed over; together with ESP under one number they take it along */
	{.p = {{1, PROTO_AH, {{2, 0, 2, TR}}}, {2, ESP_, {{12, 128, 2, TR}}}},
	 .name = "aes128",
	 .proposal = 2,
	 .transform = 1},
	{.p = {{1, ESP_, {{12, 256, 5, TR}}},
	       {1, PROTO_AH, {{2, 0, 2, TR}}},
	       {2, ESP_, {{12, 128, 2, TR}}}},
	 .name = "aes128",
	 .proposal = 2,
	 .transform = 1},
	{.p = {{1, PROTO_IPCOMP, {{2, 0, 0, TR}}}, {1, ESP_, {{12, 256, 5, TR}}}}},
	{.p = {{1, PROTO_IPCOMP, {{2, 0, 0, TR}}}, {2, ESP_, {{12, 256, 7, TR}}}},
	 .name = "sha512",
	 .proposal = 2,
	 .transform = 1},
	/* key lengths: absent means 128 for AES, is right for DES; present is wrong there */
	{.p = {{1, ESP_, {{12, 0, 2, TR}}}}, .name = "aes128", .proposal = 1, .transform = 1},
	{.p = {{1, ESP_, {{20, 0, 0, TR}}}}, .name = "gcm128", .proposal = 1, .transform = 1},
	{.p = {{1, ESP_, {{2, 0, 2, TR}}}}, .name = "des", .proposal = 1, .transform = 1},
	{.p = {{1, ESP_, {{2, 64, 2, TR}}}}},
	{.p = {{1, ESP_, {{3, 192, 1, TU}}}}},
	{.p = {{1, ESP_, {{12, 192, 2, TR}}}}},
	/* GCM has no second algorithm, CBC must have one; NULL; an attribute that we do not have */
	{.p = {{1, ESP_, {{20, 256, 2, TR}}}}},
	{.p = {{1, ESP_, {{12, 128, 0, TR}}}}},
	{.p = {{1, ESP_, {{ESP_NULL, 0, 2, TR}}}}},
	{.p = {{1, ESP_, {{12, 128, 2, TR, 0, true}, {2, 0, 2, TR}}}},
	 .name = "des",
	 .proposal = 1,
	 .transform = 2},
	/* encapsulation by the NAT-T variant */
	{.p = {{1, ESP_, {{12, 128, 2, ENCAP_UDP_TRANSPORT}}}},
	 .natt = &natt_rfc3947,
	 .name = "aes128",
	 .proposal = 1,
	 .transform = 1,
	 .udp = true},
	{.p = {{1, ESP_, {{12, 256, 5, ENCAP_UDP_TUNNEL}}}},
	 .natt = &natt_rfc3947,
	 .name = "sha256",
	 .proposal = 1,
	 .transform = 1,
	 .tunnel = true,
	 .udp = true},
	{.p = {{1, ESP_, {{12, 128, 2, 61444}}}},
	 .natt = &draft,
	 .name = "aes128",
	 .proposal = 1,
	 .transform = 1,
	 .udp = true},
	{.p = {{1, ESP_, {{12, 256, 5, 61443}}}},
	 .natt = &draft,
	 .name = "sha256",
	 .proposal = 1,
	 .transform = 1,
	 .tunnel = true,
	 .udp = true},
	{.p = {{1, ESP_, {{12, 128, 2, 61444}}}}, .natt = &natt_rfc3947},
	{.p = {{1, ESP_, {{12, 128, 2, 4}}}}, .natt = &draft},
	{.p = {{1, ESP_, {{12, 128, 2, 4}}}}},
	{.p = {{1, ESP_, {{12, 128, 2, TR}}}}, .natt = &natt_rfc3947},
	{.p = {{1, ESP_, {{12, 128, 2, TR}}}},
	 .natt = &natt_rfc3947,
	 .plain_too = true,
	 .name = "aes128",
	 .proposal = 1,
	 .transform = 1},
	/* PFS: with a group of the policies; the group and the KE payload only together */
	{.p = {{1, ESP_, {{12, 128, 2, TR, 14}}}},
	 .ke = true,
	 .name = "aes128",
	 .proposal = 1,
	 .transform = 1},
	{.p = {{1, ESP_, {{12, 128, 2, TR, 2}}}}, .ke = true},
	{.p = {{1, ESP_, {{12, 128, 2, TR, 14}}}}},
	{.p = {{1, ESP_, {{12, 128, 2, TR}}}}, .ke = true},
};

static void choices(void **state)
{
	(void)state;
	for (size_t i = 0; i < N(rows); i++) {
		const struct esp_wish wish = {.ours = &ours,
					      .groups = &groups,
					      .natt = rows[i].natt,
					      .plain_too = rows[i].plain_too,
					      .ke = rows[i].ke};
		struct esp_choice c;
		struct offers o;
		uint8_t buf[512];
		bool found;

		offers_of(rows[i].p, N(rows[i].p), buf, sizeof(buf), &o);
		found = esp_choose(&wish, &o, &c);
		if (found != (rows[i].name != NULL))
			fail_msg("row %zu: %s", i, found ? c.esp->name : "refused");
		if (!found)
			continue;
		assert_string_equal(c.esp->name, rows[i].name);
		assert_int_equal(c.offer->proposal, rows[i].proposal);
		assert_int_equal(c.offer->transform, rows[i].transform);
		assert_int_equal(c.tunnel, rows[i].tunnel);
		assert_int_equal(c.udp_encap, rows[i].udp);
		assert_int_equal(c.group, rows[i].ke ? 14 : 0);
	}
}

/* `set pfs group2` of one entry, and an entry without behind it. */
static void pfs_by_transform_set(void **state)
{
	static struct ike_esp sets[] = {
		{.alg = {BURST_AES_CBC, 16, BURST_HMAC_SHA1_96},
		 .transport = true,
		 .name = "mikrotik",
		 .pfs_group = 2,
		 .life_s = 1800},
		{.alg = {BURST_AES_CBC, 16, BURST_HMAC_SHA1_96}, .transport = true, .name = "rest"},
	};
	static const struct esps both = {2, sets}, one = {1, sets};
	static const struct proposal with2 = {1, ESP_, {{12, 128, 2, TR, 2}}};
	static const struct proposal with14 = {1, ESP_, {{12, 128, 2, TR, 14}}};
	static const struct proposal without = {1, ESP_, {{12, 128, 2, TR}}};
	const struct ike_config cfg = {.esp_life_s = 28800, .esp_life_kb = 5000};
	struct esp_wish wish = {.ours = &both, .groups = &groups, .ke = true};
	char why[REFUSAL_WORDS];
	struct esp_choice c;
	struct offers o;
	uint8_t buf[128];

	(void)state;
	offers_of(&with2, 1, buf, sizeof(buf), &o);
	assert_true(esp_choose(&wish, &o, &c));
	assert_string_equal(c.esp->name, "mikrotik");
	assert_int_equal(c.group, 2);
	assert_int_equal(lifetime_of_esp(&cfg, &c).s, 1800);
	assert_int_equal(lifetime_of_esp(&cfg, &c).kb, 5000);
	offers_of(&with14, 1, buf, sizeof(buf), &o);
	assert_true(esp_choose(&wish, &o, &c));
	assert_string_equal(c.esp->name, "rest");
	assert_int_equal(lifetime_of_esp(&cfg, &c).s, 3600);
	wish.ke = false;
	offers_of(&without, 1, buf, sizeof(buf), &o);
	assert_true(esp_choose(&wish, &o, &c));
	assert_string_equal(c.esp->name, "rest");
	wish.ours = &one;
	assert_false(esp_choose(&wish, &o, &c));
	assert_string_equal(esp_refusal(&wish, &o, why, sizeof(why)),
			    "it has no PFS, which `set pfs group2` demands; `no crypto dynamic-map "
			    "NAME SEQ set pfs` takes it");
}

/* The initiator takes nothing that it did not offer. */
static void an_answer_must_be_what_was_offered(void **state)
{
	static const struct proposal tunnel = {1, ESP_, {{12, 256, 5, TU}}};
	static const struct proposal transport = {1, ESP_, {{12, 256, 5, TR}}};
	struct esp_wish wish = {.ours = &ours, .groups = &groups, .as_offered = true};
	struct esp_choice c;
	struct offers o;
	uint8_t buf[128];

	(void)state;
	offers_of(&tunnel, 1, buf, sizeof(buf), &o);
	assert_false(esp_choose(&wish, &o, &c));
	wish.as_offered = false;
	assert_true(esp_choose(&wish, &o, &c));
	wish.as_offered = true;
	offers_of(&transport, 1, buf, sizeof(buf), &o);
	assert_true(esp_choose(&wish, &o, &c));
}

static void refusals_name_the_commands(void **state)
{
	static const struct {
		struct proposal p[2];
		bool ke;
		const char *why;
	} t[] = {
		{.p = {{1, ESP_, {{12, 192, 7, TR}}}},
		 .why = "no transform set has AES192-SHA512; `crypto ipsec ikev1 transform-set "
			"NAME "
			"esp-aes-192 esp-sha512-hmac` takes it"},
		{.p = {{1, ESP_, {{20, 192, 0, TR}}}},
		 .why = "no transform set has AESGCM192; `crypto ipsec ikev1 transform-set NAME "
			"esp-aes-gcm-192` takes it"},
		{.p = {{1, ESP_, {{2, 0, 1, TR}}}, {2, ESP_, {{3, 0, 2, TR}}}},
		 .why = "no transform set has DES-MD5; `crypto ipsec ikev1 transform-set NAME "
			"esp-des esp-md5-hmac` takes it"},
		{.p = {{1, ESP_, {{ESP_NULL, 0, 2, TR}}}}, .why = "NULL-SHA1 is not possible here"},
		{.p = {{1, ESP_, {{12, 128, 2, TU}}}},
		 .why = "the transform set aes128 is not for tunnel mode; `no crypto ipsec ikev1 "
			"transform-set aes128 mode transport` takes it"},
		{.p = {{1, ESP_, {{3, 0, 1, TR}}}},
		 .why = "the transform set 3des is not for transport mode; `crypto ipsec ikev1 "
			"transform-set 3des mode transport` takes it"},
		{.p = {{1, ESP_, {{12, 128, 2, ENCAP_DRAFT_TRANSPORT}}}},
		 .why = "draft UDP transport is no encapsulation for a peer on UDP 500"},
		{.p = {{1, ESP_, {{12, 128, 2, TR, 2}}}},
		 .ke = true,
		 .why = "PFS with MODP1024 is not accepted; `crypto dynamic-map NAME SEQ set pfs "
			"group2` takes it"},
		{.p = {{1, ESP_, {{12, 128, 2, TR, 25}}}},
		 .ke = true,
		 .why = "PFS with group25 is not possible here"},
		{.p = {{1, PROTO_AH, {{2, 0, 2, TR}}}},
		 .why = "none of them is ESP alone with attributes that are known here"},
	};
	char why[REFUSAL_WORDS];

	(void)state;
	for (size_t i = 0; i < N(t); i++) {
		const struct esp_wish wish = {.ours = &ours, .groups = &groups, .ke = t[i].ke};
		struct esp_choice c;
		struct offers o;
		uint8_t buf[256];

		offers_of(t[i].p, N(t[i].p), buf, sizeof(buf), &o);
		assert_false(esp_choose(&wish, &o, &c));
		assert_string_equal(esp_refusal(&wish, &o, why, sizeof(why)), t[i].why);
	}
}

/* What we offer comes back as it went out, and nothing of it is strange to us. */
static void offered_is_understood(void **state)
{
	static const struct natt_variant *const variants[] = {NULL, &natt_rfc3947, &draft};

	(void)state;
	for (size_t v = 0; v < N(variants); v++) {
		const struct esp_propose p = {.ours = &ours,
					      .natt = variants[v],
					      .spi = 0x12345678,
					      .life_s = 90000,
					      .life_kb = 4608000};
		const struct esp_wish wish = {
			.ours = &ours, .groups = &groups, .natt = variants[v], .as_offered = true};
		uint8_t buf[1024];
		struct wr w = wr_of(buf, sizeof(buf));
		struct offers o;

		esps_offer(&w, &p);
		assert_int_equal(offers_parse(wr_done(&w), PHASE_2, &o), DROP_NONE);
		assert_int_equal(o.n, ours.n);
		for (unsigned i = 0; i < o.n; i++) {
			struct offers one = {.n = 1, .of = {o.of[i]}};
			struct esp_choice c;

			assert_true(esp_choose(&wish, &one, &c));
			assert_ptr_equal(c.esp, &list[i]);
			assert_int_equal(o.of[i].life_s, 90000);
			assert_int_equal(o.of[i].life_kb, 4608000);
		}
	}
}

static void suites_that_can_not_be_done(void **state)
{
	struct ike_esp bad[] = {list[0], list[1], list[1], list[1], list[1]};

	(void)state;
	for (size_t i = 0; i < ours.n; i++)
		assert_true(esp_possible(&list[i]));
	bad[0].alg.auth = BURST_HMAC_SHA1_96;
	bad[1].alg.auth = BURST_AUTH_NONE;
	bad[2].alg.auth = BURST_HMAC_SHA256_96; /* nothing on the wire says it */
	bad[3].transport = bad[3].tunnel = false;
	bad[4].pfs_group = 25;
	for (size_t i = 0; i < N(bad); i++)
		assert_false(esp_possible(&bad[i]));
}

/* RFC 2407 4.6.3.1: only what is shorter than was offered. */
static void shortened_lifetimes(void **state)
{
	static const struct {
		enum phase phase;
		struct lifetime offered, agreed;
		uint8_t want[24];
		size_t len;
	} t[] = {
		{PHASE_1, {28800, 0}, {300, 0}, {0x80, 11, 0, 1, 0x80, 12, 1, 44}, 8},
		{PHASE_1, {300, 0}, {300, 0}, {0}, 0},
		{PHASE_1, {0, 0}, {300, 0}, {0}, 0},
		{PHASE_1, {300, 0}, {0, 0}, {0}, 0},
		{PHASE_2, {3600, 250000}, {3600, 250000}, {0}, 0},
		{PHASE_2, {28800, 0}, {3600, 4608000}, {0x80, 1, 0, 1, 0x80, 2, 14, 16}, 8},
		/* nothing said: 28800 s */
		{PHASE_2, {0, 0}, {28800, 0}, {0}, 0},
		{PHASE_2, {0, 0}, {3600, 0}, {0x80, 1, 0, 1, 0x80, 2, 14, 16}, 8},
		{PHASE_2,
		 {90000, 250000},
		 {80000, 1000},
		 {0x80, 1, 0, 1, 0, 2, 0, 4, 0, 1, 0x38, 0x80, 0x80, 1, 0, 2, 0x80, 2, 3, 0xe8},
		 20},
	};

	(void)state;
	for (size_t i = 0; i < N(t); i++) {
		uint8_t buf[32];
		struct wr w = wr_of(buf, sizeof(buf));

		lifetime_attributes(&w, t[i].phase, t[i].offered, t[i].agreed);
		assert_int_equal(w.len, t[i].len);
		assert_memory_equal(buf, t[i].want, w.len);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(choices),
		cmocka_unit_test(pfs_by_transform_set),
		cmocka_unit_test(an_answer_must_be_what_was_offered),
		cmocka_unit_test(refusals_name_the_commands),
		cmocka_unit_test(offered_is_understood),
		cmocka_unit_test(suites_that_can_not_be_done),
		cmocka_unit_test(shortened_lifetimes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
