/*
 * Every suite through whole exchanges, initiator against responder with real DH: each
 * cipher, hash and group of phase 1, each suite of phase 2 in either mode with and without
 * PFS, lifetimes that the responder shortens.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "craft.h"
#include "lab.h"

#define N(array) (sizeof(array) / sizeof((array)[0]))

static struct lab lab;

static void start(const struct ike_policy *p, const struct ike_esp *e, bool pfs)
{
	lab_init(&lab);
	for (int i = 0; i < 2; i++) {
		struct ike_config cfg = lab_config(&lab, i);

		cfg.policies = p;
		cfg.esps = e;
		cfg.esp_pfs = pfs;
		lab_start(&lab, i, &cfg);
	}
}

static void assert_connected(const struct burst_alg *alg)
{
	const struct ike_child *c = &lab.s[CLIENT].keys, *s = &lab.s[SERVER].keys;
	size_t enc = burst_enc_key_len(alg), auth = burst_auth_key_len(alg->auth);
	static const uint8_t zero[BURST_AUTH_KEY_MAX];

	for (int i = 0; i < 2; i++) {
		assert_int_equal(lab.s[i].n_up, 1);
		assert_int_equal(lab.s[i].n_child_up, 1);
		assert_int_equal(lab.s[i].n_down, 0);
		assert_memory_equal(&lab.s[i].keys.alg, alg, sizeof(*alg));
	}
	assert_memory_equal(c->in_enc, s->out_enc, enc);
	assert_memory_equal(c->out_enc, s->in_enc, enc);
	assert_memory_equal(c->in_auth, s->out_auth, auth);
	assert_memory_equal(c->out_auth, s->in_auth, auth);
	assert_memory_not_equal(c->in_enc, c->out_enc, enc);
	/* the last octet of the keying material is there, nothing behind it */
	assert_memory_not_equal(s->in_enc + enc - 4, zero, 4);
	assert_memory_equal(s->in_enc + enc, zero, BURST_ENC_KEY_MAX - enc);
	if (auth)
		assert_memory_not_equal(s->in_auth + auth - 4, zero, 4);
	assert_memory_equal(s->in_auth + auth, zero, BURST_AUTH_KEY_MAX - auth);
}

/* One Main Mode, Quick Mode and Delete: all three IV rules of appendix B. */
static void whole_life(const struct ike_policy *p, const struct ike_esp *e, bool pfs)
{
	struct ike_sa_info info;

	start(p, e, pfs);
	assert_int_not_equal(lab_dial(&lab), 0);
	lab_settle(&lab);
	assert_connected(&e->alg);
	assert_int_equal(lab.s[SERVER].keys.pfs, pfs);
	assert_int_equal(lab.s[SERVER].keys.tunnel, !e->transport);
	assert_int_equal(lab.s[CLIENT].keys.tunnel, !e->transport);
	assert_true(ike_get_sa(lab.s[SERVER].k, lab.s[SERVER].up, &info));
	assert_int_equal(info.policy.cipher, p->cipher);
	ike_close(lab.s[CLIENT].k, lab.now_ms, lab.s[CLIENT].peer, "test");
	lab_settle(&lab);
	assert_int_equal(lab.s[SERVER].n_down, 1);
	assert_int_equal(lab.s[SERVER].n_child_down, 1);
	lab_free(&lab);
}

static void every_phase1_cipher_and_hash(void **state)
{
	static const struct {
		uint8_t cipher;
		uint16_t bits;
	} ciphers[] = {{7, 128}, {7, 192}, {7, 256}, {5, 0}, {1, 0}};
	static const enum prim_hash hashes[] = {PRIM_MD5, PRIM_SHA1, PRIM_SHA256, PRIM_SHA384,
						PRIM_SHA512};

	(void)state;
	for (size_t c = 0; c < N(ciphers); c++)
		for (size_t h = 0; h < N(hashes); h++) {
			struct ike_policy p = lab_policy;

			p.cipher = ciphers[c].cipher;
			p.key_bits = ciphers[c].bits;
			p.hash = hashes[h];
			whole_life(&p, &lab_esp, false);
		}
}

static void every_group(void **state)
{
	static const uint8_t groups[] = {1, 2, 5, 14, 15, 16, 17, 18, 19, 20, 21};

	(void)state;
	for (size_t g = 0; g < N(groups); g++) {
		struct ike_policy p = lab_policy;

		p.group = groups[g];
		whole_life(&p, &lab_esp, false);
	}
}

static void every_esp_suite_and_mode(void **state)
{
	static const struct burst_alg algs[] = {
		{BURST_AES_CBC, 16, BURST_HMAC_SHA1_96},
		{BURST_AES_CBC, 24, BURST_HMAC_SHA256_128},
		{BURST_AES_CBC, 32, BURST_HMAC_SHA384_192},
		{BURST_AES_CBC, 32, BURST_HMAC_SHA512_256},
		{BURST_AES_CBC, 16, BURST_HMAC_MD5_96},
		{BURST_AES_GCM16, 16, BURST_AUTH_NONE},
		{BURST_AES_GCM16, 24, BURST_AUTH_NONE},
		{BURST_AES_GCM16, 32, BURST_AUTH_NONE},
		{BURST_3DES_CBC, 24, BURST_HMAC_SHA1_96},
		{BURST_DES_CBC, 8, BURST_HMAC_SHA256_128},
	};

	(void)state;
	for (size_t i = 0; i < N(algs); i++)
		for (unsigned how = 0; how < 4; how++) {
			struct ike_esp e = {.alg = algs[i],
					    .transport = how & 1,
					    .tunnel = !(how & 1),
					    .name = "test"};
			struct ike_policy p = lab_policy;

			p.hash = how & 2 ? PRIM_SHA1 : PRIM_SHA512;
			whole_life(&p, &e, how & 2);
		}
}

/* `set pfs group21` of a transform set: a group that no policy has. */
static void pfs_group_of_a_transform_set(void **state)
{
	struct ike_esp e = lab_esp;
	struct ike_config cfg;

	(void)state;
	e.pfs_group = 21;
	lab_init(&lab);
	cfg = lab_config(&lab, CLIENT);
	cfg.esp_pfs = true; /* with ECP 256, the group of phase 1 */
	lab_start(&lab, CLIENT, &cfg);
	cfg = lab_config(&lab, SERVER);
	cfg.esps = &e;
	lab_start(&lab, SERVER, &cfg);
	lab_dial(&lab);
	lab_settle(&lab);
	assert_true(lab_noted(&lab.s[SERVER], "no-esp-proposal"));
	assert_true(lab_noted(&lab.s[SERVER], "esp-offer-refused"));
	assert_int_equal(lab.s[SERVER].n_add, 0);
	lab_free(&lab);
}

/* What the server shortens: seconds and kilobytes of phase 2, seconds of phase 1. */
static void the_client_is_told_of_shorter_lives(void **state)
{
	struct ike_policy theirs = lab_policy, ours = lab_policy;
	struct ike_config cfg;
	struct ike_sa_info info;

	(void)state;
	theirs.life_s = 28800;
	ours.life_s = 1000;
	lab_init(&lab);
	cfg = lab_config(&lab, CLIENT);
	cfg.policies = &theirs;
	cfg.esp_life_s = 3600;
	cfg.esp_life_kb = 250000;
	lab_start(&lab, CLIENT, &cfg);
	cfg = lab_config(&lab, SERVER);
	cfg.policies = &ours;
	cfg.esp_life_s = 700;
	cfg.esp_life_kb = 100000;
	lab_start(&lab, SERVER, &cfg);
	lab_dial(&lab);
	lab_settle(&lab);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(lab.s[i].keys.life_s, 700);
		assert_int_equal(lab.s[i].keys.life_kb, 100000);
		assert_true(ike_get_sa(lab.s[i].k, lab.s[i].up, &info));
		assert_int_equal(info.life_s, 1000);
	}
	assert_true(lab_noted(&lab.s[CLIENT], "peer-lifetime"));
	assert_int_equal(lab.sent, 10); /* one more than without */
	lab_free(&lab);
}

/* The same lives, or longer ones here: nothing is said. */
static void equal_lives_need_no_words(void **state)
{
	struct ike_policy theirs = lab_policy;
	struct ike_config cfg;

	(void)state;
	theirs.life_s = 300;
	lab_init(&lab);
	cfg = lab_config(&lab, CLIENT);
	cfg.policies = &theirs;
	cfg.esp_life_s = 300;
	cfg.esp_life_kb = 5000;
	lab_start(&lab, CLIENT, &cfg);
	cfg = lab_config(&lab, SERVER);
	cfg.esp_life_s = 28800;
	cfg.esp_life_kb = 4608000;
	lab_start(&lab, SERVER, &cfg);
	lab_dial(&lab);
	lab_settle(&lab);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(lab.s[i].keys.life_s, 300);
		assert_int_equal(lab.s[i].keys.life_kb, 5000);
	}
	assert_false(lab_noted(&lab.s[CLIENT], "peer-lifetime"));
	assert_int_equal(lab.sent, 9);
	lab_free(&lab);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_phase1_cipher_and_hash),
		cmocka_unit_test(every_group),
		cmocka_unit_test(every_esp_suite_and_mode),
		cmocka_unit_test(pfs_group_of_a_transform_set),
		cmocka_unit_test(the_client_is_told_of_shorter_lives),
		cmocka_unit_test(equal_lives_need_no_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
