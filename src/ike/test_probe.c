/*
 * Questions to a server (ike/probe.h): each put to a real responder, its answers read back,
 * cut and changed answers never taken for a choice.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "ike/probe.h"
#include "isakmp.h"
#include "lab.h"

#define N(array) (sizeof(array) / sizeof((array)[0]))

static struct lab lab;
static uint8_t last_question[IKE_PROBE_OCTETS];
static size_t last_len;

static void draw(void *ctx, void *buf, size_t len)
{
	uint8_t *p = buf;

	(void)ctx;
	for (size_t i = 0; i < len; i++) {
		lab.rng = lab.rng * 6364136223846793005u + 1442695040888963407u;
		p[i] = (uint8_t)(lab.rng >> 40);
	}
}

static struct flow from_client(void)
{
	struct flow f = lab_client_flow();

	return (struct flow){.local = f.remote, .remote = f.local};
}

static struct bytes answer_of_server(unsigned since)
{
	for (unsigned i = since; i < lab.sent && i < N(lab.log); i++)
		if (lab.log[i].to == CLIENT)
			return (struct bytes){lab.log[i].b, lab.log[i].len};
	return (struct bytes){NULL, 0};
}

/* The question goes to the server; its answer, empty when there is none. */
static struct bytes put(struct ike_probe *q)
{
	const struct flow flow = from_client();
	unsigned since = lab.sent;

	draw(NULL, q->cky_i, sizeof(q->cky_i));
	last_len = ike_probe_write(q, draw, NULL, last_question, sizeof(last_question));
	assert_int_not_equal(last_len, 0);
	lab.now_ms += 1000; /* the server's limit of refusals */
	lab_inject(&lab, SERVER, &flow, false, last_question, last_len);
	return answer_of_server(since);
}

static enum ike_probe_verdict ask(struct ike_probe *q, struct ike_probe_answer *out)
{
	struct bytes answer = put(q);

	return answer.len ? ike_probe_read(q, answer, out) : IKE_PROBE_OTHER;
}

static struct ike_policy policy(uint8_t cipher, uint16_t bits, enum prim_hash hash, uint8_t group)
{
	return (struct ike_policy){1, cipher, bits, hash, group, IKE_AUTH_PSK, 4000};
}

static void chosen_of_many(void **state)
{
	const struct ike_policy of[] = {policy(5, 0, PRIM_SHA1, 2), policy(7, 192, PRIM_SHA256, 19),
					lab_policy, policy(7, 256, PRIM_MD5, 19)};
	struct ike_probe q = {
		.policies = of, .n_policies = N(of), .natt = 1u << IKE_NATT_RFC3947, .dpd = true};
	struct ike_probe_answer a;

	(void)state;
	lab_default(&lab);
	assert_int_equal(ask(&q, &a), IKE_PROBE_CHOSE);
	assert_int_equal(a.chosen.cipher, lab_policy.cipher);
	assert_int_equal(a.chosen.key_bits, lab_policy.key_bits);
	assert_int_equal(a.chosen.hash, lab_policy.hash);
	assert_int_equal(a.chosen.group, lab_policy.group);
	assert_int_equal(a.chosen.life_s, lab_policy.life_s);
	assert_int_equal(a.natt, 1u << IKE_NATT_RFC3947);
	assert_true(a.dpd && !a.fragmentation && !a.xauth && !a.hash);
	assert_int_equal(a.n_vendors, 2);
	lab_free(&lab);
}

static void refused(void **state)
{
	const struct ike_policy of[] = {policy(5, 0, PRIM_SHA1, 2)};
	struct ike_probe q = {.policies = of, .n_policies = 1};
	struct ike_probe_answer a;
	char words[48];

	(void)state;
	lab_default(&lab);
	assert_int_equal(ask(&q, &a), IKE_PROBE_REFUSED);
	assert_int_equal(a.notify, NOTIFY_NO_PROPOSAL_CHOSEN);
	assert_string_equal(ike_notify_words(a.notify, words, sizeof(words)),
			    "NO-PROPOSAL-CHOSEN (14)");
	lab_free(&lab);
}

/* Each version alone is answered by itself. */
static void natt_versions(void **state)
{
	struct ike_probe_answer a;

	(void)state;
	lab_default(&lab);
	for (int v = 0; v < IKE_NATT_COUNT; v++) {
		struct ike_probe q = {.policies = &lab_policy, .n_policies = 1, .natt = 1u << v};

		assert_int_equal(ask(&q, &a), IKE_PROBE_CHOSE);
		assert_int_equal(a.natt, 1u << v);
		assert_int_not_equal(strlen(ike_natt_words((enum ike_natt)v)), 1);
	}
	lab_free(&lab);
}

/* The question is what a client that plays this system sends first. */
static void as_a_system_says_it(void **state)
{
	const struct ike_profile *row;

	(void)state;
	for (unsigned n = 0; (row = ike_profile(n)); n++) {
		struct ike_probe q = {.profile = row};
		struct ike_config cfg;

		lab_default(&lab);
		ike_free(lab.s[CLIENT].k);
		cfg = lab_config(&lab, CLIENT);
		cfg.profile = row;
		lab_start(&lab, CLIENT, &cfg);
		lab.cut = true;
		assert_int_not_equal(lab_dial(&lab), 0);
		lab_actions(&lab, CLIENT);
		draw(NULL, q.cky_i, sizeof(q.cky_i));
		last_len = ike_probe_write(&q, draw, NULL, last_question, sizeof(last_question));
		assert_int_equal(last_len, lab.log[0].len);
		/* Vendor ids stand behind the SA, and one of strongSwan's is random */
		assert_memory_equal(last_question + 16, lab.log[0].b + 16,
				    (size_t)(last_question[30] << 8 | last_question[31]) + 12);
		lab_free(&lab);
	}
}

static void aggressive(void **state)
{
	struct ike_probe q = {.policies = &lab_policy, .n_policies = 1};
	struct ike_probe_answer a;

	(void)state;
	q.aggressive_id = lab_key_id("probe");
	lab_aggressive(&lab, "probe");
	assert_int_equal(ask(&q, &a), IKE_PROBE_CHOSE);
	assert_true(a.hash);
	assert_int_equal(a.chosen.group, lab_policy.group);
	lab_free(&lab);
	lab_default(&lab);
	assert_int_not_equal(ask(&q, &a), IKE_PROBE_CHOSE);
	lab_free(&lab);
}

/* An answer that is cut, of another question, or has any bit changed. */
static void bad_answers(void **state)
{
	struct ike_probe q = {.policies = &lab_policy, .n_policies = 1, .dpd = true}, other;
	struct ike_probe_answer a;
	struct bytes answer;
	uint8_t copy[512];

	(void)state;
	lab_default(&lab);
	answer = put(&q);
	assert_true(answer.len > 28 && answer.len < sizeof(copy));
	for (size_t len = 0; len < answer.len; len++) {
		uint8_t *exact = malloc(len ? len : 1);

		memcpy(exact, answer.p, len);
		assert_int_not_equal(ike_probe_read(&q, (struct bytes){exact, len}, &a),
				     IKE_PROBE_CHOSE);
		free(exact);
	}
	other = q;
	other.cky_i[0] ^= 1;
	assert_int_equal(ike_probe_read(&other, answer, &a), IKE_PROBE_OTHER);
	for (size_t bit = 0; bit < answer.len * 8; bit++) {
		memcpy(copy, answer.p, answer.len);
		copy[bit / 8] ^= (uint8_t)(1u << bit % 8);
		/* whatever is taken was offered */
		if (ike_probe_read(&q, (struct bytes){copy, answer.len}, &a) == IKE_PROBE_CHOSE)
			assert_int_equal(a.chosen.group, lab_policy.group);
	}
	lab_free(&lab);
}

/* What was not offered is strange, not chosen. */
static void not_offered(void **state)
{
	const struct ike_policy one = policy(7, 128, PRIM_SHA1, 14);
	struct ike_probe q = {.policies = &lab_policy, .n_policies = 1}, other;
	struct ike_probe_answer a;
	struct bytes answer;

	(void)state;
	lab_default(&lab);
	answer = put(&q);
	other = q;
	other.policies = &one;
	assert_int_equal(ike_probe_read(&other, answer, &a), IKE_PROBE_STRANGE);
	lab_free(&lab);
}

/* The lifetime is what the server says, also when that is more than was asked for. */
static void lifetime_of_the_answer(void **state)
{
	const struct ike_policy own = {1,
				       lab_policy.cipher,
				       lab_policy.key_bits,
				       lab_policy.hash,
				       lab_policy.group,
				       IKE_AUTH_PSK,
				       0x1234};
	struct ike_probe q = {.policies = &own, .n_policies = 1};
	struct ike_probe_answer a;
	struct bytes answer;
	uint8_t copy[512];
	size_t at = 28;

	(void)state;
	lab_default(&lab);
	answer = put(&q);
	assert_true(answer.len > 32 && answer.len < sizeof(copy));
	memcpy(copy, answer.p, answer.len);
	while (at + 2 < answer.len && (copy[at] != 0x12 || copy[at + 1] != 0x34))
		at++;
	copy[at] = 0x56;
	assert_int_equal(ike_probe_read(&q, (struct bytes){copy, answer.len}, &a), IKE_PROBE_CHOSE);
	assert_int_equal(a.chosen.life_s, 0x5634);
	lab_free(&lab);
}

/* A notify that is no error refuses nothing. */
static void status_is_no_refusal(void **state)
{
	const struct ike_policy of[] = {policy(5, 0, PRIM_SHA1, 2)};
	struct ike_probe q = {.policies = of, .n_policies = 1};
	struct ike_probe_answer a;
	struct bytes answer;
	uint8_t copy[64];

	(void)state;
	lab_default(&lab);
	answer = put(&q);
	assert_int_equal(answer.len, 40);
	memcpy(copy, answer.p, answer.len);
	assert_int_equal(ike_probe_read(&q, (struct bytes){copy, 40}, &a), IKE_PROBE_REFUSED);
	copy[38] = 0x60; /* the type becomes a status */
	assert_int_equal(ike_probe_read(&q, (struct bytes){copy, 40}, &a), IKE_PROBE_OTHER);
	lab_free(&lab);
}

/* To a server that does not listen to unprotected notifies it is nothing. */
static void abandon(void **state)
{
	struct ike_probe q = {.policies = &lab_policy, .n_policies = 1};
	const struct flow flow = from_client();
	struct ike_probe_answer a;
	uint8_t out[64];
	unsigned sent;
	size_t len;

	(void)state;
	lab_default(&lab);
	assert_int_equal(ask(&q, &a), IKE_PROBE_CHOSE);
	assert_int_equal(ike_probe_abandon(&q, &a, draw, NULL, out, 63), 0);
	len = ike_probe_abandon(&q, &a, draw, NULL, out, sizeof(out));
	assert_int_equal(len, 40);
	sent = lab.sent;
	lab_inject(&lab, SERVER, &flow, false, out, len);
	assert_int_equal(lab.sent, sent);
	assert_int_equal(lab_drops(&lab.s[SERVER], "informational-not-encrypted"), 1);
	lab_free(&lab);
}

static void nothing_to_ask(void **state)
{
	static struct ike_policy many[IKE_PROBE_POLICIES + 1];
	struct ike_probe q = {.policies = many};

	(void)state;
	for (size_t i = 0; i < N(many); i++)
		many[i] = lab_policy;
	assert_int_equal(ike_probe_write(&q, draw, NULL, last_question, IKE_PROBE_OCTETS), 0);
	q.n_policies = IKE_PROBE_POLICIES + 1;
	assert_int_equal(ike_probe_write(&q, draw, NULL, last_question, IKE_PROBE_OCTETS), 0);
	q.n_policies = IKE_PROBE_POLICIES;
	q.natt = (1u << IKE_NATT_COUNT) - 1;
	q.dpd = q.fragmentation = true;
	q.cky_i[0] = 1;
	assert_int_not_equal(ike_probe_write(&q, draw, NULL, last_question, IKE_PROBE_OCTETS), 0);
	assert_int_equal(ike_probe_write(&q, draw, NULL, last_question, 100), 0);
}

static void vendor_words(void **state)
{
	const struct ike_probe_vendor dpd = {.len = 16,
					     .data = {0xaf, 0xca, 0xd7, 0x13, 0x68, 0xa1, 0xf1,
						      0xc9, 0x6b, 0x86, 0x96, 0xfc, 0x77, 0x57,
						      0x01, 0x00}};
	const struct ike_probe_vendor strange = {.len = 24, .data = {0xde, 0xad}};
	char words[IKE_VENDOR_WORDS];

	(void)state;
	assert_string_equal(ike_vendor_words(&dpd, words, sizeof(words)),
			    "dead peer detection, RFC 3706");
	assert_memory_equal(ike_vendor_words(&strange, words, sizeof(words)), "dead0000", 8);
	assert_true(strlen(words) < sizeof(words));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(chosen_of_many),
		cmocka_unit_test(refused),
		cmocka_unit_test(natt_versions),
		cmocka_unit_test(as_a_system_says_it),
		cmocka_unit_test(aggressive),
		cmocka_unit_test(bad_answers),
		cmocka_unit_test(not_offered),
		cmocka_unit_test(abandon),
		cmocka_unit_test(lifetime_of_the_answer),
		cmocka_unit_test(status_is_no_refusal),
		cmocka_unit_test(nothing_to_ask),
		cmocka_unit_test(vendor_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
