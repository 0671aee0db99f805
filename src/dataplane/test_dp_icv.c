/* Tests of how a peer that cuts HMAC-SHA2-256 to 96 bits is found out (icv.c). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "test_kit.h"
#include "wire/esp.h"
#include "wire/eth.h"
#include "wire/udp.h"

#define FAR_HOST UINT32_C(0x08080808)
#define TRIES    8

static const struct burst_alg bits_128 = {BURST_AES_CBC, 32, BURST_HMAC_SHA256_128};
static const struct burst_alg bits_96 = {BURST_AES_CBC, 32, BURST_HMAC_SHA256_96};

static struct kit *k;
static struct client a, b;
static uint8_t ip[1500], got[1500];

/* A child that is negotiated with 128 bits; the client does as `does` says. */
static void child(struct client *c, const struct burst_alg *does, uint32_t spi, bool out_first)
{
	c->agreed = bits_128;
	c->alg = *does;
	c->child = spi;
	if (out_first)
		assert_true(kit_sa_out(k, c, spi + 1));
	assert_true(kit_sa_in(k, c, spi));
	if (!out_first)
		assert_true(kit_sa_out(k, c, spi + 1));
}

static int setup(void **state)
{
	(void)state;
	k = kit_new(1);
	kit_client(k, &a, 0, 1);
	kit_client(k, &b, 0, 2);
	memset(k->punts, 0, sizeof(k->punts));
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	kit_client_free(&a);
	kit_client_free(&b);
	kit_free(k);
	return 0;
}

/* n packets of the client; how many of them came out of the TAP. */
static unsigned send_in(struct client *c, unsigned n)
{
	unsigned out = 0;

	for (unsigned i = 0; i < n; i++)
		kit_send_ip(k, c, ip, kit_ip(ip, c->ip, FAR_HOST, 47, 40));
	kit_run(k);
	while (fake_take(k->fake, k->tap[0]))
		out++;
	return out;
}

/* One packet to the client, which opens it with its own truncation or aborts. */
static void send_out(struct client *c)
{
	size_t len = kit_ip(ip, FAR_HOST, c->ip, 47, 40);

	kit_tap_frame(k, 0, c, NULL, ip, len);
	kit_run(k);
	assert_int_equal(kit_take_ip(k, c, got), len);
}

static size_t length_out(struct client *c)
{
	kit_tap_frame(k, 0, c, NULL, ip, kit_ip(ip, FAR_HOST, c->ip, 47, 40));
	kit_run(k);
	return fake_take(k->fake, k->udp4500[0])->len;
}

static struct sa_in *sa_of(const struct client *c)
{
	struct worker *w = kit_worker(k, 0);

	return &w->sas[slot_map_find(&w->by_spi, c->spi_in)];
}

static void an_old_android_is_found_by_its_first_packet(void **state)
{
	(void)state;
	child(&a, &bits_96, 0x5000, false);
	assert_int_equal(send_in(&a, 1), 1);
	assert_int_equal(k->punts[DP_PUNT_SA_FIRST], 1);
	assert_true(k->last[DP_PUNT_SA_FIRST].icv96);
	assert_int_equal(kit_counter(k, "sa-icv96"), 1);
	assert_int_equal(kit_counter(k, "esp-icv"), 0);
	send_out(&a); /* the outbound SA of the child cuts, too */
	assert_int_equal(send_in(&a, 100), 100);
	assert_int_equal(kit_counter(k, "sa-icv96"), 1);
	assert_int_equal(k->punts[DP_PUNT_SA_FIRST], 1);
}

/* Whatever cipher stands in front: the length tells the forms apart, of every payload. */
static void every_cipher_and_length(void **state)
{
	static const struct burst_alg algs[] = {{BURST_AES_CBC, 16, BURST_HMAC_SHA256_96},
						{BURST_AES_CBC, 24, BURST_HMAC_SHA256_96},
						{BURST_3DES_CBC, 24, BURST_HMAC_SHA256_96},
						{BURST_DES_CBC, 8, BURST_HMAC_SHA256_96}};

	(void)state;
	for (unsigned i = 0; i < 4 * 17; i++) {
		struct dp_cmd del = {.kind = DP_CMD_SA_IN_DEL};

		kit_worker(k, 0)->peers[a.slot].icv96 = false; /* the first guess */
		a.alg = a.agreed = algs[i / 17];
		a.agreed.auth = BURST_HMAC_SHA256_128;
		a.child = i + 1;
		assert_true(kit_sa_in(k, &a, 0x5000 + i));
		kit_send_ip(k, &a, ip, kit_ip(ip, a.ip, FAR_HOST, 47, i % 17));
		kit_run(k);
		assert_int_equal(kit_counter(k, "user-in"), i + 1);
		assert_int_equal(kit_counter(k, "sa-icv96"), i + 1);
		del.u.sa_del.spi = a.spi_in;
		assert_true(kit_cmd(k, 0, &del, NULL));
	}
}

/* Several packets are in the first burst, and the outbound SA comes later. */
static void the_first_packets_come_together(void **state)
{
	(void)state;
	a.agreed = bits_128;
	a.alg = bits_96;
	a.child = 1;
	assert_true(kit_sa_in(k, &a, 0x5000));
	fake_set_gro(k->fake, k->udp4500[0], true);
	assert_int_equal(send_in(&a, 150), 150);
	assert_true(kit_sa_out(k, &a, 0x5001));
	assert_null(kit_worker(k, 0)->peers[a.slot].out.esp.other); /* it is known */
	send_out(&a);
}

static void who_keeps_to_the_rfc_is_not_touched(void **state)
{
	(void)state;
	child(&a, &bits_128, 0x5000, true);
	send_out(&a); /* before anything came in */
	assert_int_equal(send_in(&a, 1), 1);
	assert_false(k->last[DP_PUNT_SA_FIRST].icv96);
	assert_null(sa_of(&a)->esp.other);
	assert_null(kit_worker(k, 0)->peers[a.slot].out.esp.other);
	send_out(&a);
	assert_int_equal(kit_counter(k, "sa-icv96"), 0);
}

/* What is decided stays: 96 bits are never taken from a peer that has shown 128, though the
 * key is the same, and the other way round. */
static void nothing_changes_behind_the_first_good_packet(void **state)
{
	static const struct burst_alg *const order[][2] = {{&bits_128, &bits_96},
							   {&bits_96, &bits_128}};

	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		struct dp_cmd cmd;
		uint64_t before = kit_counter(k, "esp-short");

		child(&a, order[i][0], 0x5000 + i * 16, false);
		assert_int_equal(send_in(&a, 1), 1);
		cmd = kit_sa_cmd(&a, DP_CMD_SA_IN_ADD, a.spi_in);
		burst_sa_free(a.seal);
		a.alg = *order[i][1];
		a.seal = burst_sa_new(&a.alg, BURST_SEAL, cmd.u.sa.enc_key, cmd.u.sa.auth_key);
		assert_int_equal(send_in(&a, 20), 0);
		assert_int_equal(kit_counter(k, "esp-short") - before, 20);
		assert_int_equal(length_out(&a), ESP_HDR + 16 + 80 + (i ? 12u : 16u));
	}
}

/* The same inside of one batch, from a peer that does now this, now that. */
static void the_first_of_a_batch_decides(void **state)
{
	(void)state;
	fake_set_gro(k->fake, k->udp4500[0], true);
	for (unsigned i = 0; i < 2; i++) {
		const struct burst_alg *forms[] = {i ? &bits_96 : &bits_128,
						   i ? &bits_128 : &bits_96};
		struct burst_sa *keys[2];
		uint64_t in = kit_counter(k, "user-in"), bad = kit_counter(k, "esp-short");
		struct dp_cmd cmd;

		kit_worker(k, 0)->peers[b.slot].icv96 = false; /* the first guess */
		child(&b, &bits_128, 0x5000 + i * 16, false);
		cmd = kit_sa_cmd(&b, DP_CMD_SA_IN_ADD, b.spi_in);
		burst_sa_free(b.seal);
		for (unsigned n = 0; n < 2; n++)
			keys[n] = burst_sa_new(forms[n], BURST_SEAL, cmd.u.sa.enc_key,
					       cmd.u.sa.auth_key);
		for (unsigned n = 0; n < 6; n++) {
			b.alg = *forms[n % 2];
			b.seal = keys[n % 2];
			kit_send_ip(k, &b, ip, kit_ip(ip, b.ip, FAR_HOST, 47, 40));
		}
		kit_run(k);
		assert_int_equal(kit_counter(k, "user-in") - in, 3);
		assert_int_equal(kit_counter(k, "esp-short") - bad, 3);
		burst_sa_free(keys[0]);
		burst_sa_free(keys[1]);
		b.seal = NULL;
	}
}

/* Forged packets of the other length: each is one try, and there are 8. */
static void tries_have_a_bound(void **state)
{
	uint8_t udp[200], esp[300];
	size_t len, n;

	(void)state;
	child(&a, &bits_96, 0x5000, false);
	len = kit_l2tp(&a, udp, ip, kit_ip(ip, a.ip, FAR_HOST, 47, 40));
	for (unsigned i = 0; i < TRIES - 1; i++) {
		n = kit_seal(k, &a, esp, udp, len, i + 1, IPV4_UDP, false);
		esp[n - 1] ^= 1;
		kit_push(k, &a, esp, n);
	}
	kit_run(k);
	assert_int_equal(kit_counter(k, "esp-icv"), TRIES - 1);
	assert_non_null(sa_of(&a)->esp.other);
	/* one try is left: a good one is still found */
	assert_int_equal(send_in(&a, 1), 1);
	assert_int_equal(kit_counter(k, "sa-icv96"), 1);
	child(&b, &bits_96, 0x6000, false);
	for (unsigned i = 0; i < 100; i++) {
		n = kit_seal(k, &b, esp, udp, len, i + 1, IPV4_UDP, false);
		esp[n - 1] ^= 1;
		kit_push(k, &b, esp, n);
	}
	kit_run(k);
	assert_int_equal(kit_counter(k, "esp-icv"), 2 * TRIES - 1);
	assert_int_equal(kit_counter(k, "esp-short"), 100 - TRIES);
	assert_null(sa_of(&b)->esp.other);
	b.seq = 100;
	assert_int_equal(send_in(&b, 1), 0);
	/* and the form that was agreed is as good as before */
	{
		struct dp_cmd cmd = kit_sa_cmd(&b, DP_CMD_SA_IN_ADD, b.spi_in);

		burst_sa_free(b.seal);
		b.alg = bits_128;
		b.seal = burst_sa_new(&b.alg, BURST_SEAL, cmd.u.sa.enc_key, cmd.u.sa.auth_key);
		assert_int_equal(send_in(&b, 5), 5);
	}
}

/* Failures of the agreed form are no tries. */
static void forged_packets_of_the_agreed_form_decide_nothing(void **state)
{
	uint8_t udp[200], esp[300];
	struct client forger;
	size_t len;

	(void)state;
	child(&a, &bits_96, 0x5000, false);
	forger = a;
	forger.alg = bits_128;
	forger.seal = burst_sa_new(&bits_128, BURST_SEAL, esp, esp);
	len = kit_l2tp(&a, udp, ip, kit_ip(ip, a.ip, FAR_HOST, 47, 40));
	for (uint32_t i = 0; i < 100; i++)
		kit_push(k, &a, esp, kit_seal(k, &forger, esp, udp, len, i + 1, IPV4_UDP, false));
	kit_run(k);
	assert_int_equal(kit_counter(k, "esp-icv"), 100);
	assert_int_equal(send_in(&a, 3), 3);
	assert_int_equal(kit_counter(k, "sa-icv96"), 1);
	burst_sa_free(forger.seal);
}

/* Replays, zeros and what is too old cost no try and no decision. */
static void a_replay_is_no_try(void **state)
{
	uint8_t udp[200], esp[300];
	size_t len;

	(void)state;
	child(&a, &bits_96, 0x5000, false);
	len = kit_l2tp(&a, udp, ip, kit_ip(ip, a.ip, FAR_HOST, 47, 40));
	for (unsigned i = 0; i < 50; i++)
		kit_push(k, &a, esp, kit_seal(k, &a, esp, udp, len, 0, IPV4_UDP, false));
	kit_run(k);
	assert_int_equal(kit_counter(k, "esp-sequence-zero"), 50);
	assert_int_equal(sa_of(&a)->other_failures, 0);
	assert_int_equal(send_in(&a, 1), 1);
}

/* A rekeyed child begins with what is known: the first packet out is right before any
 * packet came in. It may still turn out otherwise (a client that was updated). */
static void later_children_begin_with_the_finding(void **state)
{
	(void)state;
	child(&a, &bits_96, 0x5000, false);
	assert_int_equal(send_in(&a, 1), 1);
	child(&a, &bits_96, 0x5010, true);
	send_out(&a);
	assert_int_equal(send_in(&a, 70), 70);
	assert_int_equal(kit_counter(k, "sa-icv96"), 2);
	child(&a, &bits_128, 0x5020, true);
	assert_int_equal(send_in(&a, 1), 1);
	assert_false(k->last[DP_PUNT_SA_FIRST].icv96);
	send_out(&a);
	child(&a, &bits_128, 0x5030, true);
	send_out(&a);
	assert_int_equal(kit_counter(k, "sa-icv96"), 2);
	/* another peer's finding is its own */
	child(&b, &bits_128, 0x6000, true);
	send_out(&b);
}

/* A parked SA is told, too: the first packet of its child may come late. */
static void a_parked_sa_learns_it(void **state)
{
	struct client old;
	struct dp_cmd set;

	(void)state;
	child(&a, &bits_96, 0x5000, false);
	old = a;
	a.seal = a.open = NULL;
	child(&a, &bits_128, 0x5010, false);
	assert_int_equal(send_in(&old, 1), 1);
	assert_int_equal(send_in(&a, 1), 1);
	send_out(&a);
	set = kit_sa_cmd(&old, DP_CMD_SA_OUT_SET, old.spi_out);
	assert_true(kit_cmd(k, 0, &set, NULL));
	send_out(&old);
	kit_client_free(&old);
}

static void other_algorithms_have_no_other_form(void **state)
{
	static const struct burst_alg algs[] = {{BURST_AES_CBC, 32, BURST_HMAC_SHA1_96},
						{BURST_AES_CBC, 32, BURST_HMAC_SHA512_256},
						{BURST_AES_GCM16, 32, BURST_AUTH_NONE},
						{BURST_AES_CBC, 32, BURST_HMAC_SHA256_96}};

	(void)state;
	for (unsigned i = 0; i < 4; i++) {
		a.alg = algs[i];
		a.child = i + 1;
		assert_true(kit_sa_in(k, &a, 0x5000 + i * 16));
		assert_null(sa_of(&a)->esp.other);
		assert_int_equal(send_in(&a, 1), 1);
		assert_false(k->last[DP_PUNT_SA_FIRST].icv96);
	}
	assert_int_equal(kit_counter(k, "sa-icv96"), 0);
}

int main(void)
{
#define T(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(an_old_android_is_found_by_its_first_packet),
		T(every_cipher_and_length),
		T(the_first_packets_come_together),
		T(who_keeps_to_the_rfc_is_not_touched),
		T(nothing_changes_behind_the_first_good_packet),
		T(the_first_of_a_batch_decides),
		T(tries_have_a_bound),
		T(forged_packets_of_the_agreed_form_decide_nothing),
		T(a_replay_is_no_try),
		T(later_children_begin_with_the_finding),
		T(a_parked_sa_learns_it),
		T(other_algorithms_have_no_other_form),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
