/*
 * The client profiles: the first message of each octet for octet against what was
 * captured or rebuilt, and every one of them through connect, rekeys and renewals
 * against our responder.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "ike/profile.h"
#include "isakmp.h"
#include "lab.h"
#include "test_files.h"

#define SUITES_MAX 24

static struct lab lab;
static struct ike_policy policies[SUITES_MAX];
static struct ike_esp esps[SUITES_MAX];

/* What a server takes that is configured for everybody, the old ones by name. */
static const struct ike_policy served[] = {
	{10, 7, 256, PRIM_SHA256, 14, IKE_AUTH_PSK, 86400},
	{20, 7, 256, PRIM_SHA1, 20, IKE_AUTH_PSK, 86400},
	{30, 7, 256, PRIM_SHA1, 14, IKE_AUTH_PSK, 86400},
	{40, 7, 128, PRIM_SHA1, 14, IKE_AUTH_PSK, 86400},
	{50, 7, 256, PRIM_SHA256, 2, IKE_AUTH_PSK, 86400},
	{60, 7, 256, PRIM_SHA1, 2, IKE_AUTH_PSK, 86400},
	{70, 7, 128, PRIM_SHA1, 2, IKE_AUTH_PSK, 86400},
	{80, 5, 0, PRIM_SHA1, 14, IKE_AUTH_PSK, 86400},
};
static const struct ike_esp served_esps[] = {
	{.alg = {BURST_AES_CBC, 32, BURST_HMAC_SHA1_96}, .transport = true, .name = "A"},
	{.alg = {BURST_AES_GCM16, 16, BURST_AUTH_NONE}, .transport = true, .name = "B"},
	{.alg = {BURST_AES_CBC, 16, BURST_HMAC_SHA1_96}, .transport = true, .name = "C"},
	{.alg = {BURST_3DES_CBC, 24, BURST_HMAC_SHA1_96}, .transport = true, .name = "D"},
};

static void prepare(const struct ike_profile *p, bool nat)
{
	struct ike_config client, server;

	lab_init(&lab);
	lab.nat = nat;
	client = lab_config(&lab, CLIENT);
	client.profile = p;
	client.policies = policies;
	client.n_policies = ike_profile_policies(p, policies, SUITES_MAX);
	client.esps = esps;
	client.n_esps = ike_profile_esps(p, esps, SUITES_MAX);
	server = lab_config(&lab, SERVER);
	server.policies = served;
	server.n_policies = sizeof(served) / sizeof(served[0]);
	server.esps = served_esps;
	server.n_esps = sizeof(served_esps) / sizeof(served_esps[0]);
	server.esp_life_s = 86400;
	server.force_encap = true;
	lab_start(&lab, CLIENT, &client);
	lab_start(&lab, SERVER, &server);
}

static void connect_as(const struct ike_profile *p, bool nat)
{
	prepare(p, nat);
	assert_int_not_equal(lab_dial(&lab), 0);
	lab_settle(&lab);
}

static bool read_hex_file(const char *name, uint8_t *out, size_t cap, size_t *len)
{
	char path[100], line[4096];
	FILE *f;
	int n;

	snprintf(path, sizeof(path), "profiles/%s.mm1.hex", name);
	f = captures_open(path);
	if (!f)
		return false;
	assert_non_null(fgets(line, sizeof(line), f));
	fclose(f);
	n = hex_bytes(line, out, cap);
	assert_true(n > 0);
	*len = (size_t)n;
	return true;
}

static void first_messages_are_the_real_ones(void **state)
{
	static const char *const names[] = {"windows10",       "windows7",       "apple-2016+",
					    "apple-2011-2015", "android-7.1-11", "android-4.3-7.0"};
	uint8_t want[2048];
	size_t len = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (!read_hex_file(names[i], want, sizeof(want), &len))
			skip();
		connect_as(ike_profile_by_name(names[i]), false);
		memcpy(want, lab.log[0].b, ISAKMP_COOKIE_LEN); /* random in both */
		assert_int_equal(lab.log[0].len, len);
		assert_memory_equal(lab.log[0].b, want, len);
		lab_free(&lab);
	}
}

static void every_system_connects(void **state)
{
	const struct ike_profile *p;

	(void)state;
	for (unsigned i = 0; (p = ike_profile(i)); i++) {
		assert_ptr_equal(ike_profile_by_name(p->name), p);
		for (unsigned nat = 0; nat < 2; nat++) {
			connect_as(p, nat);
			if (!lab.s[SERVER].n_child_up)
				fail_msg("%s does not connect", p->name);
			assert_int_equal(lab.s[CLIENT].n_child_up, 1);
			assert_true(lab.s[SERVER].keys.udp_encap);
			assert_int_equal(lab.s[SERVER].keys.pfs, p->pfs_group != 0);
			assert_int_equal(lab.s[SERVER].keys.remote_port,
					 p->any_port || p->first_any_port ? 0 : 1701);
			assert_int_equal(lab.s[SERVER].keys.life_s, p->esp_life_s);
			lab_free(&lab);
		}
	}
	assert_null(ike_profile_by_name("amiga"));
}

/* The client's n-th (from 0) message of an exchange, of the last 64 messages. */
static const struct lab_packet *said(uint8_t exchange, unsigned n)
{
	for (unsigned i = 0; i < lab.sent && i < 64; i++) {
		if (lab.log[i].to != SERVER || lab.log[i].b[18] != exchange || n--)
			continue;
		return &lab.log[i];
	}
	return NULL;
}

static uint32_t message_id(const struct lab_packet *p)
{
	return (uint32_t)p->b[20] << 24 | (uint32_t)p->b[21] << 16 | (uint32_t)p->b[22] << 8 |
	       p->b[23];
}

/* Sizes that were seen: clients.md 1.1. */
static void messages_have_the_sizes_that_were_seen(void **state)
{
	(void)state;
	connect_as(ike_profile_by_name("windows10"), true);
	assert_int_equal(said(EXCHANGE_MAIN, 0)->len, 408);
	assert_int_equal(said(EXCHANGE_MAIN, 2)->len, 76);
	assert_int_equal(said(EXCHANGE_QUICK, 0)->len, 444);
	assert_int_equal(message_id(said(EXCHANGE_QUICK, 0)), 1);
	assert_true(ike_rekey(lab.s[CLIENT].k, lab.now_ms, lab.s[CLIENT].peer));
	lab_settle(&lab);
	assert_int_equal(message_id(said(EXCHANGE_QUICK, 2)), 2);
	lab_free(&lab);
	connect_as(ike_profile_by_name("windows7"), false);
	assert_int_equal(said(EXCHANGE_MAIN, 0)->len, 384);
	lab_free(&lab);
}

static unsigned count(uint8_t exchange)
{
	unsigned n = 0;

	while (said(exchange, n))
		n++;
	return n;
}

static void contacts_and_copies(void **state)
{
	(void)state;
	connect_as(ike_profile_by_name("apple-2016+"), true);
	assert_int_equal(count(EXCHANGE_QUICK), 3); /* QM3 twice */
	assert_int_equal(count(EXCHANGE_INFORMATIONAL), 0);
	assert_true(lab_noted(&lab.s[SERVER], "initial-contact"));
	assert_int_equal(lab.s[SERVER].n_child_up, 1);
	lab_free(&lab);
	connect_as(ike_profile_by_name("android-7.1-11"), true);
	assert_int_equal(count(EXCHANGE_INFORMATIONAL), 1);
	assert_true(lab_noted(&lab.s[SERVER], "initial-contact"));
	lab_free(&lab);
	connect_as(ike_profile_by_name("windows10"), true);
	assert_false(lab_noted(&lab.s[SERVER], "initial-contact"));
	lab_free(&lab);
}

/* Time passes, and packets that the data plane would tell the server of. */
static void live(uint64_t ms)
{
	const uint64_t step_ms = 10000;

	for (; ms > step_ms; ms -= step_ms) {
		lab_run(&lab, step_ms);
		ike_alive(lab.s[SERVER].k, lab.now_ms, lab.s[SERVER].peer);
	}
	lab_run(&lab, ms);
}

/* A day of each: who renews does so at its time, and who does not ends when phase 1 does. */
static void a_day_of_each(void **state)
{
	const struct ike_profile *p;

	(void)state;
	for (unsigned i = 0; (p = ike_profile(i)); i++) {
		uint64_t day_ms = 24 * 3600 * UINT64_C(1000);
		uint32_t seconds = p->renew_s ? 24 * 3600 : p->life_s - 1;

		connect_as(p, true);
		live(p->renew_s ? day_ms : (p->life_s - 1) * UINT64_C(1000));
		if (lab.s[SERVER].n_down)
			fail_msg("%s: %s", p->name, lab.s[SERVER].down_reason);
		assert_int_equal(lab.s[SERVER].n_up, 1);
		assert_int_equal(lab.s[CLIENT].n_down, 0);
		assert_int_equal(lab.s[SERVER].n_orphan, 0);
		assert_in_range(lab.s[SERVER].n_renewed, p->renew_s ? seconds / p->renew_s - 1 : 0,
				p->renew_s ? seconds / p->renew_s : 0);
		assert_in_range(lab.s[SERVER].n_child_up, p->rekey_s ? seconds / p->rekey_s - 1 : 1,
				p->rekey_s ? seconds / p->rekey_s + 1 : 1);
		/* the pair in use and at most one that is about to go */
		assert_in_range(lab.s[SERVER].n_add - lab.s[SERVER].n_child_down, 1, 2);
		if (!p->renew_s) {
			lab_run(&lab, 60000);
			assert_int_equal(lab.s[SERVER].n_down, 1);
		}
		lab_free(&lab);
	}
}

/* Who sends again every 10 s and loses two answers has not yet sent message 3 at 20 s: the
 * answer to that may be lost too. */
static void slow_routers_get_their_time(void **state)
{
	static const unsigned lost[] = {2, 4, 8}; /* MM2, MM2 again, MM4 */

	(void)state;
	prepare(ike_profile_by_name("mikrotik"), true);
	lab.fault = LAB_LOSE;
	lab.fault_at = lost[0];
	assert_int_not_equal(lab_dial(&lab), 0);
	for (unsigned i = 1; i < 3; i++) {
		lab_run(&lab, 9999);
		lab.fault_at = lost[i];
		lab_run(&lab, 1);
	}
	assert_int_equal(lab.s[SERVER].n_child_up, 0);
	lab_run(&lab, 10000);
	assert_int_equal(lab.s[SERVER].n_child_up, 1);
	lab_free(&lab);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(first_messages_are_the_real_ones),
		cmocka_unit_test(every_system_connects),
		cmocka_unit_test(messages_have_the_sizes_that_were_seen),
		cmocka_unit_test(contacts_and_copies),
		cmocka_unit_test(slow_routers_get_their_time),
		cmocka_unit_test(a_day_of_each),
	};

	return cmocka_run_group_tests_name("ike_profile", tests, NULL, NULL);
}
