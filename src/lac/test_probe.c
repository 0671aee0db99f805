/*
 * The command probe without a network: the search for suites against a real responder and
 * against servers with bad manners; command lines.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "command.h"
#include "probe.h"

#define N(array) (sizeof(array) / sizeof((array)[0]))

/* ---- a server ---- */

struct server {
	struct ike *k;
	struct timerq timers;
	uint64_t now_ms, rng;
	unsigned asked, answered;
	bool mute;          /* refuses by silence */
	unsigned stops_at;  /* question from which it says nothing; 0: never */
	bool takes_all;     /* no responder: the first of every offer */
	bool answers_wrong; /* with something that was not offered */
};

static void draw(void *ctx, void *buf, size_t len)
{
	struct server *s = ctx;
	uint8_t *p = buf;

	for (size_t i = 0; i < len; i++) {
		s->rng = s->rng * 6364136223846793005u + 1442695040888963407u;
		p[i] = (uint8_t)(s->rng >> 40);
	}
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

static void start(struct server *s, const struct ike_policy *of, size_t n)
{
	static const struct ike_esp esp = {.alg = {BURST_AES_CBC, 32, BURST_HMAC_SHA1_96},
					   .transport = true};
	const struct ike_config cfg = {
		.host = {.ctx = s, .random = draw, .psk = no_psk, .spi = no_spi},
		.timers = &s->timers,
		.policies = of,
		.n_policies = n,
		.esps = &esp,
		.n_esps = 1,
		.natt = true,
		.half_open_max = 64,
		.half_open_per_source_max = 8,
		.sa_max = 4,
		.dh_jobs_max = 2,
		.half_open_ms = 30000,
	};

	*s = (struct server){.rng = 4711, .now_ms = 1000};
	s->k = ike_new(&cfg);
	assert_non_null(s->k);
}

static enum probe_heard judge(enum ike_probe_verdict v)
{
	return v == IKE_PROBE_CHOSE     ? HEARD_CHOSE
	       : v == IKE_PROBE_REFUSED ? HEARD_REFUSED
	       : v == IKE_PROBE_STRANGE ? HEARD_STRANGE
					: HEARD_NOTHING;
}

static enum probe_heard ask_responder(struct server *s, const struct ike_probe *q,
				      struct ike_probe_answer *out)
{
	const struct flow flow = {.local = {ip4_addr(0xcb007101), 500},
				  .remote = {ip4_addr(0xc0a80002), 40000}};
	enum probe_heard heard = HEARD_NOTHING;
	uint8_t msg[IKE_PROBE_OCTETS];
	size_t len = ike_probe_write(q, draw, s, msg, sizeof(msg));
	const struct ike_act *a;

	assert_int_not_equal(len, 0);
	ike_input(s->k, s->now_ms, &flow, false, (struct bytes){msg, len});
	while ((a = ike_next(s->k)))
		if (a->kind == IKE_ACT_SEND)
			heard = judge(ike_probe_read(q, a->bytes, out));
	return heard;
}

static enum probe_heard ask(void *ctx, uint16_t port, struct ike_probe *q, unsigned tries,
			    uint32_t wait_ms, struct ike_probe_answer *out, uint32_t *us)
{
	struct server *s = ctx;
	enum probe_heard heard;

	assert_int_equal(port, 500);
	assert_true(tries >= 1 && wait_ms >= 100);
	memset(out, 0, sizeof(*out));
	*us = 1000;
	s->asked++;
	s->now_ms += 300;
	timerq_run(&s->timers, s->now_ms, 1000);
	draw(s, q->cky_i, sizeof(q->cky_i));
	if (s->stops_at && s->asked >= s->stops_at)
		return HEARD_NOTHING;
	if (s->answers_wrong)
		return HEARD_STRANGE;
	if (s->takes_all) {
		out->chosen = q->policies[0];
		return HEARD_CHOSE;
	}
	heard = ask_responder(s, q, out);
	return heard == HEARD_REFUSED && s->mute ? HEARD_NOTHING : heard;
}

static void scan(struct server *s, struct probe_offers *out)
{
	const struct probe_asker asker = {s, ask};
	const struct probe_reach nothing = {.ike_us = 1000};

	probe_offers_scan(&asker, &nothing, out);
}

/* ---- the search ---- */

/* The server likes the weaker ones best. */
static const struct ike_policy some[] = {
	{10, 5, 0, PRIM_MD5, 2, IKE_AUTH_PSK, 3600},
	{20, 7, 192, PRIM_SHA512, 14, IKE_AUTH_PSK, 3600},
	{30, 7, 128, PRIM_SHA384, 19, IKE_AUTH_PSK, 3600},
	{40, 1, 0, PRIM_SHA1, 1, IKE_AUTH_PSK, 3600},
	{50, 7, 256, PRIM_SHA1, 14, IKE_AUTH_PSK, 3600},
	{60, 7, 256, PRIM_SHA256, 21, IKE_AUTH_PSK, 3600},
};

static bool found(const struct probe_offers *o, const struct ike_policy *p)
{
	for (unsigned i = 0; i < o->n; i++)
		if (o->accepted[i].cipher == p->cipher && o->accepted[i].key_bits == p->key_bits &&
		    o->accepted[i].hash == p->hash && o->accepted[i].group == p->group)
			return true;
	return false;
}

static void exactly_what_is_configured(void **state)
{
	struct probe_offers o;
	struct server s;

	(void)state;
	start(&s, some, N(some));
	scan(&s, &o);
	assert_int_equal(o.n, N(some));
	for (size_t i = 0; i < N(some); i++)
		assert_true(found(&o, &some[i]));
	assert_true(o.refuses_by_notify && !o.refuses_by_silence);
	assert_int_equal(o.stopped_after, 0);
	assert_int_equal(o.questions, s.asked);
	assert_true(o.questions <= 11 + N(some)); /* one for each group and each that is taken */
	/* the strongest of the first group leads */
	assert_int_equal(o.accepted[0].key_bits, 256);
	assert_int_equal(o.accepted[0].group, 14);
	assert_int_equal(o.accepted[o.n - 1].group, 21);
	ike_free(s.k);
}

static void one_that_refuses_by_silence(void **state)
{
	struct probe_offers o;
	struct server s;

	(void)state;
	start(&s, some, N(some));
	s.mute = true;
	scan(&s, &o);
	assert_int_equal(o.n, N(some));
	for (size_t i = 0; i < N(some); i++)
		assert_true(found(&o, &some[i]));
	assert_true(o.refuses_by_silence && !o.refuses_by_notify);
	assert_int_equal(o.stopped_after, 0);
	ike_free(s.k);
}

/* Whose silence comes before anything that it takes. */
static void one_with_the_last_groups(void **state)
{
	struct probe_offers o;
	struct server s;

	(void)state;
	start(&s, &some[2], 1);
	s.mute = true;
	scan(&s, &o);
	assert_int_equal(o.n, 1);
	assert_true(found(&o, &some[2]));
	assert_int_equal(o.stopped_after, 0);
	ike_free(s.k);
}

static void one_that_stops(void **state)
{
	struct probe_offers o;
	struct server s;

	(void)state;
	start(&s, some, N(some));
	s.stops_at = 4;
	scan(&s, &o);
	assert_int_equal(o.stopped_after, 4);
	assert_true(o.n >= 2 && o.n < N(some));
	assert_int_equal(s.asked, 5); /* once more with what it took, then no longer */
	ike_free(s.k);
}

/* Nothing is known of it: silence of all groups is no rate limit. But where the first steps
 * have seen it take something, it is one. */
static void one_that_is_silent(void **state)
{
	struct server s = {.stops_at = 1, .rng = 1};
	const struct probe_asker asker = {&s, ask};
	const struct probe_reach took = {.ike_us = 1000, .taken = some[1]};
	struct probe_offers o;

	(void)state;
	scan(&s, &o);
	assert_int_equal(o.n, 0);
	assert_int_equal(o.stopped_after, 0);
	probe_offers_scan(&asker, &took, &o);
	assert_int_equal(o.stopped_after, 1);
}

static void one_that_takes_all(void **state)
{
	struct server s = {.takes_all = true, .rng = 1};
	struct probe_offers o;
	char words[LAC_WORDS];

	(void)state;
	scan(&s, &o);
	assert_int_equal(o.n, 11 * 25);
	assert_int_equal(o.life_s, PROBE_LIFE_S);
	for (unsigned i = 1; i < o.n; i++)
		for (unsigned j = 0; j < i; j++)
			assert_false(memcmp(&o.accepted[i], &o.accepted[j], sizeof(*o.accepted)) ==
				     0);
	assert_string_equal(ike_policy_words(&o.accepted[0], words, sizeof(words)),
			    "AES256-SHA512-MODP2048");
}

static void one_with_strange_answers(void **state)
{
	struct server s = {.answers_wrong = true, .rng = 1};
	struct probe_offers o;

	(void)state;
	scan(&s, &o);
	assert_int_equal(o.n, 0);
	assert_int_equal(o.strange, 11);
}

static void what_is_weak(void **state)
{
	const struct ike_policy strong = {1, 7, 128, PRIM_SHA1, 5, IKE_AUTH_PSK, 0};
	const struct ike_policy weak = {1, 1, 0, PRIM_MD5, 1, IKE_AUTH_PSK, 0};
	const struct burst_alg md5 = {BURST_3DES_CBC, 24, BURST_HMAC_MD5_96};
	const struct burst_alg gcm = {BURST_AES_GCM16, 16, BURST_AUTH_NONE};
	char buf[64];

	(void)state;
	assert_string_equal(probe_weak_policy(&strong, buf, sizeof(buf)), "");
	assert_string_equal(probe_weak_policy(&weak, buf, sizeof(buf)), "DES, MD5, MODP768");
	assert_string_equal(probe_weak_esp(&md5, buf, sizeof(buf)), "3DES, MD5");
	assert_string_equal(probe_weak_esp(&gcm, buf, sizeof(buf)), "");
}

/* ---- command lines ---- */

static int command(const char *const *words)
{
	char *argv[16], text[16][40];
	int n = 0;

	for (; words[n]; n++) {
		snprintf(text[n], sizeof(text[n]), "%s", words[n]);
		argv[n] = text[n];
	}
	argv[n] = NULL;
	return probe_command(n, argv);
}

static void command_lines(void **state)
{
	static const char *const wrong[][9] = {
		{"probe"},
		{"probe", "127.0.0.1", "127.0.0.2"},
		{"probe", "127.0.0.1", "--system", "beos"},
		{"probe", "127.0.0.1", "--user", "alice"},
		{"probe", "127.0.0.1", "--psk-file", "/nonexistent"},
		{"probe", "127.0.0.1", "--timeout", "0"},
		{"probe", "127.0.0.1", "--nonsense"},
		{"probe", "127.0.0.1", "--psk", "x", "--password", "y"},
		{"probe", "127.0.0.1", "--raw", "--psk", "x"},
		{"probe", "127.0.0.1", "--raw", "--system", "windows10"},
	};
	static const char *const help[] = {"probe", "--help", NULL};

	(void)state;
	for (size_t i = 0; i < N(wrong); i++)
		assert_int_equal(command(wrong[i]), EXIT_USAGE);
	assert_int_equal(command(help), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(exactly_what_is_configured),
		cmocka_unit_test(one_that_refuses_by_silence),
		cmocka_unit_test(one_with_the_last_groups),
		cmocka_unit_test(one_that_stops),
		cmocka_unit_test(one_that_is_silent),
		cmocka_unit_test(one_that_takes_all),
		cmocka_unit_test(one_with_strange_answers),
		cmocka_unit_test(what_is_weak),
		cmocka_unit_test(command_lines),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
