/*
 * Floods of half-open SAs from real addresses (security.md H-06, 3.2) in virtual time:
 * what Diffie-Hellman for strangers may cost, who is served all the same, and many
 * clients behind one address.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "craft.h"

static struct lab lab;

/* Only the server; 40 % of a core for strangers, a quarter of that for one network. */
static struct ike *start_server(unsigned per_source)
{
	struct ike_config cfg;

	lab_init(&lab);
	cfg = lab_config(&lab, CLIENT);
	lab_start(&lab, CLIENT, &cfg);
	cfg = lab_config(&lab, SERVER);
	cfg.half_open_max = 4096;
	cfg.half_open_per_source_max = per_source;
	cfg.sa_max = 2000;
	cfg.dh_us_per_second = 400000;
	cfg.dh_net_us_per_second = 100000;
	lab_start(&lab, SERVER, &cfg);
	return lab.s[SERVER].k;
}

static struct flow from(uint32_t address, uint16_t port)
{
	return (struct flow){.local = {ip4_addr(0xcb007101), 500},
			     .remote = {ip4_addr(address), port}};
}

static bool served(struct ike *k, uint32_t address, unsigned group)
{
	struct flow flow = from(address, 500);

	return dh_budget_take(k, &flow, group, lab.now_ms) == DROP_NONE;
}

static void one_network_has_its_share(void **state)
{
	struct ike *k = start_server(8);
	unsigned got = 0;

	(void)state;
	for (unsigned i = 0; i < 1000; i++)
		got += served(k, 0x0a000000 + i % 250, 14);
	assert_int_equal(got, 100000 / dh_cost_us(14));
	assert_true(served(k, 0x0b000001, 14)); /* others are not its affair */
	lab.now_ms += 500;
	for (got = 0; served(k, 0x0a000009, 14); got++)
		;
	assert_in_range(got, 50000 / dh_cost_us(14), 50000 / dh_cost_us(14) + 1);
	lab_free(&lab);
}

/* A group that costs more than the whole share is served from a full one. */
static void expensive_groups_pass_one_by_one(void **state)
{
	struct ike *k = start_server(8);
	unsigned got = 0;

	(void)state;
	k->cfg.dh_net_us_per_second = 20000;
	for (unsigned ms = 0; ms < 10000; ms += 100, lab.now_ms += 100)
		got += served(k, 0x0a000001, 18);
	assert_in_range(got, 5, 10);
	lab_free(&lab);
}

static uint32_t next_random(void)
{
	lab.rng = lab.rng * UINT64_C(6364136223846793005) + 1442695040888963407;
	return (uint32_t)(lab.rng >> 33);
}

/* A client that tries at 0, 1 and 3 seconds, as they do. */
struct newcomer {
	uint64_t born_ms;
	uint32_t address;
	unsigned tries;
};

static bool tries_now(const struct newcomer *n, uint64_t now_ms)
{
	static const uint64_t at_ms[] = {0, 1000, 3000};

	return n->tries < 3 && now_ms >= n->born_ms + at_ms[n->tries];
}

/* 1000 addresses send ten third messages a second each; ten clients a second come new. */
static void a_flood_leaves_room_for_newcomers(void **state)
{
	enum { FLOODERS = 1000, SECONDS = 60, A_SECOND = 10 };
	static struct newcomer in[SECONDS * A_SECOND];
	struct ike *k = start_server(8);
	uint64_t cost_us = 0, begin_ms = lab.now_ms;
	unsigned n = 0, connected = 0;

	(void)state;
	memset(in, 0, sizeof(in));
	while (lab.now_ms < begin_ms + SECONDS * 1000) {
		uint64_t passed = lab.now_ms - begin_ms;

		for (unsigned i = 0; i < FLOODERS / 10; i++)
			if (served(k, 0x50000000 + (next_random() % FLOODERS) * 256, 14))
				cost_us += dh_cost_us(14);
		if (passed % (1000 / A_SECOND) == 0) {
			in[n] = (struct newcomer){lab.now_ms, 0x60000000 + n * 256, 0};
			n++;
		}
		for (unsigned i = 0; i < n; i++) {
			if (!tries_now(&in[i], lab.now_ms))
				continue;
			in[i].tries++;
			if (!served(k, in[i].address, 14))
				continue;
			in[i].tries = 9;
			connected++;
			cost_us += dh_cost_us(14);
		}
		lab.now_ms += 10;
	}
	assert_true(cost_us <= UINT64_C(400000) * (SECONDS + 1));
	assert_true(connected * 100 >= n * 95);
	lab_free(&lab);
}

/* On the wire: who is not served now is served when it sends again. */
static void refused_for_now(void **state)
{
	struct ike *k = start_server(8);

	(void)state;
	k->cfg.dh_us_per_second = 250; /* one exchange in group 19 a second */
	k->cfg.dh_net_us_per_second = 250;
	lab_dial(&lab);
	lab_settle(&lab);
	assert_int_equal(lab.s[SERVER].n_up, 1);
	lab_dial(&lab);
	lab_settle(&lab);
	assert_int_equal(lab.s[SERVER].n_up + lab.s[SERVER].n_renewed, 1);
	assert_int_equal(lab_drops(&lab.s[SERVER], "dh-budget"), 1);
	assert_true(lab_noted(&lab.s[SERVER], "dh-budget"));
	assert_true(lab.s[SERVER].n_child_up == 1);
	lab_run(&lab, 3000);
	assert_int_equal(lab.s[SERVER].n_up + lab.s[SERVER].n_renewed, 2);
	lab_free(&lab);
}

/* In Aggressive Mode the first message already costs a sum. */
static void aggressive_mode_is_charged(void **state)
{
	(void)state;
	lab_aggressive(&lab, "sales");
	lab.s[SERVER].k->cfg.dh_us_per_second = 250;
	lab.s[SERVER].k->cfg.dh_net_us_per_second = 250;
	lab_dial(&lab);
	lab_settle(&lab);
	assert_int_equal(lab.s[SERVER].n_up, 1);
	lab_dial(&lab);
	lab_settle(&lab);
	assert_int_equal(lab_drops(&lab.s[SERVER], "dh-budget"), 1);
	assert_int_equal(lab.s[SERVER].n_up + lab.s[SERVER].n_renewed, 1);
	lab_run(&lab, 3000);
	assert_int_equal(lab.s[SERVER].n_up + lab.s[SERVER].n_renewed, 2);
	lab_free(&lab);
}

/* H-07: who is authenticated has a share of its own, and no more: Quick Modes with large PFS
 * values. What is dropped is not remembered: the same message is taken later. */
static void pfs_of_an_authenticated_peer(void **state)
{
	static const uint8_t ke[1024] = {1};
	struct craft c;

	(void)state;
	start_server(8);
	lab.s[SERVER].k->cfg.dh_net_us_per_second = 70000; /* two in MODP 8192 a second */
	craft_establish(&lab);
	craft_begin(&c);
	craft_sa_esp(&c, ESP_AES_CBC, 256, DOI_HMAC_SHA1, ENCAP_TRANSPORT, 18);
	craft_nonce(&c);
	craft_add(&c, PAYLOAD_KE, ke, sizeof(ke));
	for (uint32_t mid = 1; mid <= 4; mid++)
		craft_send(&lab, EXCHANGE_QUICK, mid << 20, c.first, craft_chain(&c), NULL);
	assert_int_equal(lab_drops(&lab.s[SERVER], "dh-budget-per-net"), 2);
	assert_int_equal(lab_drops(&lab.s[SERVER], "quick-mode-too-many"), 0);
	lab_run(&lab, 1000);
	craft_send(&lab, EXCHANGE_QUICK, 4 << 20, c.first, craft_chain(&c), NULL);
	assert_int_equal(lab_drops(&lab.s[SERVER], "dh-budget-per-net"), 2);
	assert_int_equal(lab_drops(&lab.s[SERVER], "message-id-seen"), 0);
	lab_free(&lab);
}

/* 500 clients behind one address connect again within a second, after an outage: first
 * message, 50 ms later the third, two seconds later (old telephones are slow) authenticated.
 * With 64 places. */
static void an_outage_of_a_large_nat(void **state)
{
	enum { CLIENTS = 500 };
	static struct isakmp_sa *sa[CLIENTS];
	static uint64_t next_ms[CLIENTS];
	static unsigned step[CLIENTS], tries[CLIENTS];
	struct ike *k = start_server(64);
	uint64_t begin_ms = lab.now_ms;
	unsigned done = 0;

	(void)state;
	for (unsigned i = 0; i < CLIENTS; i++) {
		sa[i] = NULL;
		next_ms[i] = lab.now_ms + i * 2;
		step[i] = tries[i] = 0;
	}
	while (done < CLIENTS && lab.now_ms < begin_ms + 20000) {
		for (unsigned i = 0; i < CLIENTS; i++) {
			struct flow flow = from(0xc6336407, (uint16_t)(1024 + i));

			if (lab.now_ms < next_ms[i] || step[i] == 3)
				continue;
			if (step[i] == 0 && !sa_admit(k, &flow, lab.now_ms)) {
				sa[i] = sa_new(k, IKE_RESPONDER, &flow, lab.now_ms);
				assert_non_null(sa[i]);
				step[i] = 1;
				next_ms[i] = lab.now_ms + 50;
			} else if (step[i] == 0 ||
				   (step[i] == 1 && dh_budget_take(k, &flow, 19, lab.now_ms))) {
				next_ms[i] = lab.now_ms + (1000u << tries[i]++);
			} else if (step[i] == 1) {
				sa_mark_late(sa[i]);
				step[i] = 2;
				next_ms[i] = lab.now_ms + 2000;
			} else {
				sa_handshake_done(sa[i]);
				step[i] = 3;
				done++;
			}
		}
		lab.now_ms += 10;
	}
	assert_int_equal(done, CLIENTS);
	assert_true(lab.now_ms - begin_ms <= 5000);
	for (unsigned i = 0; i < CLIENTS; i++)
		sa_end(sa[i], "test", false);
	lab_free(&lab);
}

/* A network whose clients log in is not held to what strangers may have; the strangers in
 * it are. Nobody gives back twice. */
static void users_give_back_what_they_took(void **state)
{
	struct ike *k = start_server(64);
	unsigned users = 0, strangers = 0;

	(void)state;
	for (unsigned i = 0; i < 1000; i++, lab.now_ms++) {
		struct isakmp_sa user = {
			.ike = k, .flow = from(0x0a000001, (uint16_t)(1024 + i)), .dh_owed = 14};

		if (dh_budget_take(k, &user.flow, 14, lab.now_ms) != DROP_NONE)
			continue;
		users++;
		dh_budget_settle(&user, lab.now_ms);
		dh_budget_settle(&user, lab.now_ms);
	}
	assert_int_equal(users, 1000);
	for (unsigned i = 0; i < 1000; i++)
		strangers += served(k, 0x0a000001, 14);
	assert_in_range(strangers, 1, 100000 / dh_cost_us(14));
	lab_free(&lab);
}

/* On the wire: the first set-up is the stranger's until a user logs in; renewals go on the
 * share of the peer, whose rest is the stranger's again. */
static void a_login_settles_the_budget(void **state)
{
	struct ike *k = start_server(8);
	uint32_t left;

	(void)state;
	k->cfg.dh_us_per_second = k->cfg.dh_net_us_per_second = 450; /* two in group 19 */
	lab_dial(&lab);
	lab_settle(&lab);
	assert_int_equal(lab.s[SERVER].n_up, 1);
	left = k->dh_budget->left_us;
	ike_vouch(k, lab.now_ms, lab.s[SERVER].peer);
	ike_vouch(k, lab.now_ms, lab.s[SERVER].peer);
	assert_int_equal(k->dh_budget->left_us, left + dh_cost_us(19));
	for (unsigned i = 0; i < 2; i++) {
		lab_dial(&lab);
		lab_settle(&lab);
	}
	assert_int_equal(lab.s[SERVER].n_renewed, 2);
	assert_int_equal(k->dh_budget->left_us, left + dh_cost_us(19));
	lab_dial(&lab);
	lab_settle(&lab);
	assert_int_equal(lab.s[SERVER].n_renewed, 3);
	assert_true(k->dh_budget->left_us < left + dh_cost_us(19));
	ike_vouch(k, lab.now_ms, 12345); /* nobody */
	lab_free(&lab);
}

/* Who only sends first messages from that address gets the 64 places and no more. */
static void an_address_without_third_messages(void **state)
{
	struct ike *k = start_server(64);
	unsigned got = 0;

	(void)state;
	for (unsigned i = 0; i < 1000; i++) {
		struct flow flow = from(0xc6336407, (uint16_t)(1024 + i));

		if (!sa_admit(k, &flow, lab.now_ms))
			got += sa_new(k, IKE_RESPONDER, &flow, lab.now_ms) != NULL;
	}
	assert_int_equal(got, 64);
	lab_free(&lab);
}

/* Third messages too: eight times as many, and no more. */
static void an_address_with_third_messages(void **state)
{
	struct ike *k = start_server(64);
	unsigned got = 0;

	(void)state;
	for (unsigned i = 0; i < 1000; i++) {
		struct flow flow = from(0xc6336407, (uint16_t)(1024 + i));
		struct isakmp_sa *sa;

		if (sa_admit(k, &flow, lab.now_ms))
			continue;
		sa = sa_new(k, IKE_RESPONDER, &flow, lab.now_ms);
		sa_mark_late(sa);
		got++;
	}
	assert_int_equal(got, 512);
	lab_free(&lab);
}

/* Makes what is to be made ahead; returns how many pairs. */
static unsigned make_spares(struct ike *k)
{
	struct ike_dh_job *job;
	unsigned n = 0;

	for (; (job = ike_dh_spare(k)); n++) {
		ike_dh_run(job);
		ike_dh_done(k, lab.now_ms, job);
	}
	return n;
}

/* Pairs are made ahead of a group that somebody has used, each is used once, and the secrets
 * are right: both sides come up. */
static void pairs_are_made_ahead(void **state)
{
	struct ike *k = start_server(8);
	const struct spare_set *set = &k->spares.of[19];
	uint8_t ahead[PRIM_DH_PUBLIC_MAX];
	struct ike_dh_job *out;
	unsigned made;

	(void)state;
	assert_null(ike_dh_spare(k));
	lab_dial(&lab);
	lab_settle(&lab);
	made = make_spares(k);
	assert_int_equal(made, set->n);
	assert_in_range(made, 100, 256);
	memcpy(ahead, list_entry(set->jobs.next, struct ike_dh_job, link)->ours,
	       prim_dh_public_len(19));
	lab_dial(&lab);
	lab_settle(&lab);
	assert_int_equal(lab.s[SERVER].n_up + lab.s[SERVER].n_renewed, 2);
	assert_int_equal(lab.s[CLIENT].n_up + lab.s[CLIENT].n_renewed, 2);
	assert_int_equal(set->n, made - 1);
	list_each (&set->jobs, it)
		assert_memory_not_equal(list_entry(it, struct ike_dh_job, link)->ours, ahead,
					prim_dh_public_len(19));
	assert_int_equal(make_spares(k), 1);
	/* one that is out when the server goes */
	lab_dial(&lab);
	lab_settle(&lab);
	out = ike_dh_spare(k);
	assert_non_null(out);
	lab_free(&lab);
	ike_dh_run(out);
	ike_dh_done(NULL, 0, out);
}

/* The tables of a server with many SAs grow; every SA is still found by its cookies and its
 * first message. */
static void tables_grow_with_the_sas(void **state)
{
	enum { SAS = 3000 };
	struct ike *k = start_server(SAS);
	uint32_t mask = k->by_own.mask;

	(void)state;
	for (uint32_t i = 0; i < SAS; i++) {
		struct flow flow = from(0x0a000000 + i, 500);
		struct isakmp_sa *sa = sa_new(k, IKE_RESPONDER, &flow, lab.now_ms);

		assert_non_null(sa);
		memcpy(sa->cky_i, &i, sizeof(i));
		memcpy(sa->cky_r, &i, sizeof(i));
		sa_index_own(sa);
		sa_index_mm1(sa);
	}
	assert_true(k->by_own.mask > mask);
	for (uint32_t i = 0; i < SAS; i++) {
		struct flow flow = from(0x0a000000 + i, 500);
		uint8_t cookie[ISAKMP_COOKIE_LEN] = {0};
		struct isakmp_sa *sa;

		memcpy(cookie, &i, sizeof(i));
		sa = sa_by_cookies(k, cookie, cookie);
		assert_non_null(sa);
		assert_ptr_equal(sa_by_mm1(k, cookie, &flow), sa);
		sa_end(sa, "test", false);
		assert_null(sa_by_cookies(k, cookie, cookie));
	}
	lab_free(&lab);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_network_has_its_share),
		cmocka_unit_test(expensive_groups_pass_one_by_one),
		cmocka_unit_test(a_flood_leaves_room_for_newcomers),
		cmocka_unit_test(refused_for_now),
		cmocka_unit_test(aggressive_mode_is_charged),
		cmocka_unit_test(pfs_of_an_authenticated_peer),
		cmocka_unit_test(an_outage_of_a_large_nat),
		cmocka_unit_test(users_give_back_what_they_took),
		cmocka_unit_test(a_login_settles_the_budget),
		cmocka_unit_test(an_address_without_third_messages),
		cmocka_unit_test(an_address_with_third_messages),
		cmocka_unit_test(pairs_are_made_ahead),
		cmocka_unit_test(tables_grow_with_the_sas),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
