/*
 * Peers: what a new ISAKMP SA, a new pair of ESP SAs, a Delete, an INITIAL-CONTACT or another
 * address means to what the same client has here already (ike.h; clients.md 1.14).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "craft.h"
#include "lab.h"

static struct lab lab;

static unsigned sas(int side)
{
	struct ike_sa_info info;
	unsigned n = 0, cursor = 0;

	while (ike_each_sa(lab.s[side].k, &cursor, &info))
		n++;
	return n;
}

static unsigned children(int side)
{
	struct ike_stats stats;

	ike_get_stats(lab.s[side].k, &stats);
	return stats.children;
}

static void connect_with(uint32_t client_life_s, uint32_t server_life_s, bool server_rekeys)
{
	struct ike_policy policy = lab_policy;
	struct ike_config cfg;

	lab_init(&lab);
	lab.nat = true;
	for (int side = 0; side < 2; side++) {
		cfg = lab_config(&lab, side);
		policy.life_s = 8 * (side == CLIENT ? client_life_s : server_life_s);
		cfg.policies = &policy;
		cfg.esp_life_s = side == CLIENT ? client_life_s : server_life_s;
		cfg.rekey = side == SERVER && server_rekeys;
		lab_start(&lab, side, &cfg);
	}
	lab.s[SERVER].hellos = true;
	lab_dial(&lab);
	lab_settle(&lab);
	assert_int_equal(lab.s[SERVER].n_child_up, 1);
}

static void assert_one_peer(void)
{
	assert_int_equal(lab.s[SERVER].n_up, 1);
	assert_int_equal(lab.s[SERVER].n_down, 0);
	assert_int_equal(lab.s[CLIENT].n_down, 0);
}

static void a_new_phase_1_keeps_the_children(void **state)
{
	(void)state;
	connect_with(3600, 3600, false);
	assert_true(ike_renew(lab.s[CLIENT].k, lab.now_ms, lab.s[CLIENT].peer));
	assert_false(ike_renew(lab.s[CLIENT].k, lab.now_ms, lab.s[CLIENT].peer));
	lab_settle(&lab);
	assert_int_equal(lab.s[SERVER].n_renewed, 1);
	assert_int_equal(lab.s[CLIENT].n_renewed, 1);
	assert_int_equal(sas(SERVER), 2);
	lab_run(&lab, 10000);
	/* whoever began it has deleted the old one */
	assert_int_equal(sas(SERVER), 1);
	assert_int_equal(sas(CLIENT), 1);
	assert_int_equal(lab.s[SERVER].n_child_down, 0);
	assert_int_equal(lab.s[SERVER].n_orphan, 0);
	assert_one_peer();
	/* and a Quick Mode under the new SA follows from what was agreed under the old one */
	assert_true(ike_rekey(lab.s[CLIENT].k, lab.now_ms, lab.s[CLIENT].peer));
	lab_settle(&lab);
	assert_int_equal(lab.s[SERVER].n_child_up, 2);
	lab_run(&lab, 20000);
	assert_int_equal(children(SERVER), 1);
	assert_int_equal(children(CLIENT), 1);
	lab_free(&lab);
}

static void lifetimes_renew_for_days(void **state)
{
	unsigned min_renewed = 2 * 86400 / (8 * 300);

	(void)state;
	connect_with(300, 300, false);
	for (unsigned hour = 0; hour < 48; hour++) {
		lab_run(&lab, UINT64_C(3600000));
		assert_true(sas(SERVER) >= 1 && sas(SERVER) <= 2);
		assert_true(children(SERVER) >= 1 && children(SERVER) <= 2);
	}
	assert_true(lab.s[SERVER].n_renewed >= min_renewed);
	assert_true(lab.s[SERVER].n_child_up >= 2 * 86400 / 300);
	assert_int_equal(lab.s[SERVER].n_orphan, 0);
	assert_one_peer();
	lab_free(&lab);
}

/* Our lifetimes are the shorter ones and the client does not know it. We do not begin a Main
 * Mode towards a client that we do not know: it does, when we delete the SA. */
static void the_server_renews_when_the_client_does_not(void **state)
{
	(void)state;
	connect_with(100000, 300, true);
	lab.s[CLIENT].renew_orphans = true;
	lab_run(&lab, UINT64_C(24) * 3600000);
	assert_true(lab.s[CLIENT].n_child_up >= 24 * 3600 / 300);
	assert_true(lab.s[CLIENT].n_renewed >= 24 * 3600 / 2400 - 2);
	assert_true(children(SERVER) >= 1 && children(SERVER) <= 2);
	assert_true(children(CLIENT) >= 1 && children(CLIENT) <= 2);
	assert_one_peer();
	lab_free(&lab);
}

static void both_renew_at_once(void **state)
{
	(void)state;
	connect_with(3600, 3600, false);
	assert_true(ike_renew(lab.s[CLIENT].k, lab.now_ms, lab.s[CLIENT].peer));
	assert_true(ike_renew(lab.s[SERVER].k, lab.now_ms, lab.s[SERVER].peer));
	assert_true(ike_rekey(lab.s[CLIENT].k, lab.now_ms, lab.s[CLIENT].peer));
	assert_true(ike_rekey(lab.s[SERVER].k, lab.now_ms, lab.s[SERVER].peer));
	lab_run(&lab, 60000);
	assert_true(sas(SERVER) >= 1 && sas(SERVER) == sas(CLIENT));
	assert_true(children(SERVER) >= 1 && children(SERVER) == children(CLIENT));
	assert_one_peer();
	lab_free(&lab);
}

static void children_outlive_the_last_sa(void **state)
{
	struct isakmp_sa *sa;

	(void)state;
	connect_with(3600, 3600, false);
	sa = craft_sa(&lab, CLIENT);
	delete_send_isakmp(sa);
	lab_settle(&lab);
	assert_int_equal(sas(SERVER), 0);
	assert_int_equal(lab.s[SERVER].n_orphan, 1);
	assert_int_equal(lab.s[SERVER].n_child_down, 0);
	assert_one_peer();
	assert_false(ike_rekey(lab.s[SERVER].k, lab.now_ms, lab.s[SERVER].peer));
	/* the pair still ends by its own lifetime, and the peer with it */
	lab_run(&lab, UINT64_C(3700000));
	assert_int_equal(lab.s[SERVER].n_child_down, 1);
	assert_int_equal(lab.s[SERVER].n_down, 1);
	assert_string_equal(lab.s[SERVER].down_reason, "esp-expired");
	lab_free(&lab);
}

static void an_orphan_finds_a_new_phase_1(void **state)
{
	(void)state;
	connect_with(3600, 3600, false);
	delete_send_isakmp(craft_sa(&lab, CLIENT));
	lab_settle(&lab);
	assert_true(ike_renew(lab.s[CLIENT].k, lab.now_ms, lab.s[CLIENT].peer));
	lab_settle(&lab);
	assert_int_equal(lab.s[SERVER].n_renewed, 1);
	assert_int_equal(children(SERVER), 1);
	assert_one_peer();
	lab_free(&lab);
}

static void initial_contact_forgets_what_was(void **state)
{
	static const uint8_t body[8] = {0, 0, 0, 1, PROTO_ISAKMP, 0, 0x60, 2};
	struct info_out o;

	(void)state;
	connect_with(3600, 3600, false);
	/* on the only SA: nothing to forget */
	info_begin(craft_sa(&lab, CLIENT), &o);
	msg_add(&o.m, PAYLOAD_NOTIFY, (struct bytes){body, sizeof(body)});
	info_send(craft_sa(&lab, CLIENT), &o);
	lab_settle(&lab);
	assert_int_equal(lab.s[SERVER].n_restarted, 0);
	assert_int_equal(lab.s[SERVER].n_child_down, 0);
	ike_renew(lab.s[CLIENT].k, lab.now_ms, lab.s[CLIENT].peer);
	lab_settle(&lab);
	/* a late one on the old SA says nothing about the new one */
	info_begin(craft_sa(&lab, CLIENT), &o);
	msg_add(&o.m, PAYLOAD_NOTIFY, (struct bytes){body, sizeof(body)});
	info_send(craft_sa(&lab, CLIENT), &o);
	lab_settle(&lab);
	assert_int_equal(lab.s[SERVER].n_restarted, 0);
	assert_int_equal(sas(SERVER), 2);
	info_begin(peer_speaker(craft_sa(&lab, CLIENT)->peer), &o);
	msg_add(&o.m, PAYLOAD_NOTIFY, (struct bytes){body, sizeof(body)});
	info_send(peer_speaker(craft_sa(&lab, CLIENT)->peer), &o);
	lab_settle(&lab);
	assert_int_equal(lab.s[SERVER].n_restarted, 1);
	assert_int_equal(lab.s[SERVER].n_child_down, 1);
	assert_string_equal(lab.s[SERVER].child_down_reason, "initial-contact");
	assert_int_equal(sas(SERVER), 1);
	assert_one_peer();
	lab_free(&lab);
}

static void delete_esp_under_another_sa(void **state)
{
	struct isakmp_sa *newer;

	(void)state;
	connect_with(3600, 3600, false);
	ike_renew(lab.s[CLIENT].k, lab.now_ms, lab.s[CLIENT].peer);
	lab_settle(&lab);
	newer = peer_speaker(craft_sa(&lab, CLIENT)->peer);
	assert_ptr_not_equal(newer, craft_sa(&lab, CLIENT));
	delete_send_esp(newer, lab.s[CLIENT].keys.spi_in);
	lab_settle(&lab);
	assert_int_equal(lab.s[SERVER].n_child_down, 1);
	assert_int_equal(children(SERVER), 0);
	lab_free(&lab);
}

/* Another port behind the same NAT: another client, whatever its identity says. */
static void same_identity_elsewhere_is_somebody_else(void **state)
{
	(void)state;
	connect_with(3600, 3600, false);
	lab.nat_shift = 1;
	lab_dial(&lab);
	lab_settle(&lab);
	assert_int_equal(lab.s[SERVER].n_up, 2);
	assert_int_equal(lab.s[SERVER].n_renewed, 0);
	assert_int_equal(children(SERVER), 2);
	lab_free(&lab);
}

/* The NAT forgot the mapping and the first message from the new port is a Main Mode. */
static void joined_when_the_old_sa_speaks_from_there_too(void **state)
{
	struct isakmp_sa *old;

	(void)state;
	connect_with(3600, 3600, false);
	old = craft_sa(&lab, CLIENT);
	lab.nat_shift = 1;
	ike_renew(lab.s[CLIENT].k, lab.now_ms, lab.s[CLIENT].peer);
	lab_settle(&lab);
	assert_int_equal(lab.s[SERVER].n_up, 2);
	lab_run(&lab, 4000);
	notify_send(old, PROTO_ISAKMP, (struct bytes){NULL, 0}, NOTIFY_INITIAL_CONTACT - 1,
		    (struct bytes){NULL, 0});
	lab_settle(&lab);
	assert_int_equal(lab.s[SERVER].n_path, 1);
	assert_int_equal(lab.s[SERVER].n_renewed, 1);
	assert_int_equal(lab.s[SERVER].n_down, 1);
	assert_string_equal(lab.s[SERVER].down_reason, "joined");
	assert_int_equal(children(SERVER), 1);
	assert_true(ike_rekey(lab.s[SERVER].k, lab.now_ms, lab.s[SERVER].peer) ||
		    lab.s[SERVER].n_up == 2);
	lab_free(&lab);
}

/* Who was silent for minutes may have lost its port to somebody with the same identity: only a
 * sign of life from there proves that it is the same client. */
static void a_silent_peer_is_joined_when_it_is_heard(void **state)
{
	ike_peer_id old;

	(void)state;
	connect_with(36000, 36000, false);
	old = lab.s[SERVER].peer;
	lab.s[SERVER].hellos = false;
	lab_run(&lab, 200000);
	ike_renew(lab.s[CLIENT].k, lab.now_ms, lab.s[CLIENT].peer);
	lab_settle(&lab);
	assert_int_equal(lab.s[SERVER].n_silent, 1);
	assert_int_equal(lab.s[SERVER].n_up, 2);
	ike_alive(lab.s[SERVER].k, lab.now_ms - 100000, old); /* old news */
	ike_alive(lab.s[SERVER].k, lab.now_ms - 200000, old);
	ike_alive(lab.s[SERVER].k, 0, old);
	lab_settle(&lab);
	assert_int_equal(lab.s[SERVER].n_renewed, 0);
	ike_alive(lab.s[SERVER].k, lab.now_ms, old);
	lab_settle(&lab);
	assert_int_equal(lab.s[SERVER].n_renewed, 1);
	assert_string_equal(lab.s[SERVER].down_reason, "joined");
	assert_int_equal(children(SERVER), 1);
	lab_free(&lab);
}

/* All was silent, and the client's new phase 1 and pair came before its answer to a Hello. */
static ike_peer_id a_silent_peer_and_a_pair(void)
{
	ike_peer_id old;

	connect_with(36000, 36000, false);
	old = lab.s[SERVER].peer;
	ike_vouch(lab.s[SERVER].k, lab.now_ms, old);
	lab.s[SERVER].hellos = false;
	lab_run(&lab, 200000);
	ike_renew(lab.s[CLIENT].k, lab.now_ms, lab.s[CLIENT].peer);
	lab_settle(&lab);
	assert_int_equal(lab.s[SERVER].n_up, 2);
	assert_int_equal(lab.s[SERVER].twin, old);
	assert_true(ike_rekey(lab.s[CLIENT].k, lab.now_ms, lab.s[CLIENT].peer));
	lab_settle(&lab);
	assert_int_equal(lab.s[SERVER].n_child_up, 2);
	assert_int_equal(children(SERVER), 2);
	return old;
}

static void the_older_peer_gets_the_pairs_of_the_newer(void **state)
{
	ike_peer_id old = a_silent_peer_and_a_pair();

	(void)state;
	ike_alive(lab.s[SERVER].k, lab.now_ms, old);
	lab_settle(&lab);
	assert_int_equal(lab.s[SERVER].n_renewed, 1);
	assert_int_equal(lab.s[SERVER].n_child_moved, 1);
	assert_int_equal(lab.s[SERVER].peer, old);
	assert_int_equal(lab.s[SERVER].n_child_down, 0);
	assert_int_equal(lab.s[SERVER].n_down, 1);
	assert_string_equal(lab.s[SERVER].down_reason, "joined");
	assert_int_equal(children(SERVER), 2);
	/* it goes on: the client's Deletes, our Quick Mode with what the moved pair has */
	lab_run(&lab, 20000);
	assert_int_equal(children(SERVER), 1);
	assert_int_equal(children(CLIENT), 1);
	assert_int_equal(sas(SERVER), 1);
	assert_true(ike_rekey(lab.s[SERVER].k, lab.now_ms, old));
	lab_run(&lab, 20000);
	assert_int_equal(lab.s[SERVER].n_child_up, 3);
	assert_int_equal(children(SERVER), 1);
	assert_int_equal(children(CLIENT), 1);
	assert_int_equal(lab.s[SERVER].n_down, 1);
	assert_int_equal(lab.s[CLIENT].n_down, 0);
	lab_free(&lab);
}

/* Pairs that name another worker: today's two, until one of them has none. */
static void pairs_that_cannot_move(void **state)
{
	ike_peer_id old = a_silent_peer_and_a_pair();

	(void)state;
	lab.s[SERVER].no_move = true;
	ike_alive(lab.s[SERVER].k, lab.now_ms, old);
	lab_settle(&lab);
	assert_int_equal(lab.s[SERVER].n_child_moved, 0);
	assert_int_equal(lab.s[SERVER].n_down, 0);
	assert_int_equal(children(SERVER), 2);
	lab_free(&lab);
}

/* Somebody has logged in over either: they are two. */
static void pairs_of_two_with_sessions_stay(void **state)
{
	ike_peer_id old = a_silent_peer_and_a_pair();

	(void)state;
	ike_vouch(lab.s[SERVER].k, lab.now_ms, lab.s[SERVER].peer);
	ike_alive(lab.s[SERVER].k, lab.now_ms, old);
	lab_settle(&lab);
	assert_int_equal(lab.s[SERVER].n_child_moved, 0);
	assert_int_equal(lab.s[SERVER].n_down, 0);
	assert_int_equal(children(SERVER), 2);
	lab_free(&lab);
}

/* The server begins the new phase 1: for the client nobody else is where it has dialled. */
static void who_was_dialled_is_known_after_any_silence(void **state)
{
	(void)state;
	connect_with(36000, 36000, false);
	lab.s[SERVER].hellos = false;
	lab_run(&lab, 200000);
	assert_true(ike_renew(lab.s[SERVER].k, lab.now_ms, lab.s[SERVER].peer));
	lab_settle(&lab);
	assert_int_equal(lab.s[CLIENT].n_up, 1);
	assert_int_equal(lab.s[CLIENT].n_renewed, 1);
	assert_int_equal(lab.s[CLIENT].n_silent, 0);
	lab_free(&lab);
}

/* Two clients that were taken for one: both begin again, neither hears the other for long. */
static void one_peer_at_two_addresses(void **state)
{
	struct flow here, there;

	(void)state;
	for (unsigned joined = 0; joined < 2; joined++) {
		connect_with(36000, 36000, false);
		if (joined)
			ike_renew(lab.s[CLIENT].k, lab.now_ms, lab.s[CLIENT].peer);
		lab_settle(&lab);
		here = there = lab.s[SERVER].up_flow;
		there.remote.port++;
		for (unsigned i = 0; i < 8; i++) {
			lab_run(&lab, 6000);
			ike_path_changed(lab.s[SERVER].k, lab.now_ms, lab.s[SERVER].peer,
					 i % 2 ? &here : &there);
			lab_settle(&lab);
		}
		/* a line that is balanced between two addresses is not two clients */
		assert_int_equal(lab.s[SERVER].n_down, joined);
		if (joined)
			assert_string_equal(lab.s[SERVER].down_reason, "address-conflict");
		lab_free(&lab);
	}
}

static void phase_1_over_and_over(void **state)
{
	(void)state;
	connect_with(36000, 36000, false);
	for (unsigned i = 0; i < 20; i++) {
		assert_true(ike_renew(lab.s[CLIENT].k, lab.now_ms, lab.s[CLIENT].peer));
		lab_run(&lab, 50);
		assert_true(sas(SERVER) <= SAS_MAX);
	}
	assert_int_equal(lab.s[SERVER].n_renewed, 20);
	assert_int_equal(lab.s[SERVER].n_child_down, 0);
	assert_one_peer();
	lab_free(&lab);
}

/* strongSwan takes the pairs of an ISAKMP SA down with it. */
static void pairs_get_away_from_an_sa_that_ends(void **state)
{
	struct isakmp_sa *old;
	unsigned before;

	(void)state;
	connect_with(36000, 36000, true);
	old = craft_sa(&lab, CLIENT);
	ike_renew(lab.s[CLIENT].k, lab.now_ms, lab.s[CLIENT].peer);
	lab_settle(&lab);
	before = lab.s[SERVER].n_child_up;
	delete_send_isakmp(old);
	lab_settle(&lab);
	assert_int_equal(lab.s[SERVER].n_child_up, before + 1);
	/* and when the renewal is ours, at once */
	assert_true(ike_renew(lab.s[SERVER].k, lab.now_ms, lab.s[SERVER].peer));
	lab_settle(&lab);
	assert_int_equal(lab.s[SERVER].n_child_up, before + 2);
	lab_run(&lab, 60000);
	assert_int_equal(children(SERVER), 1);
	assert_one_peer();
	lab_free(&lab);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_new_phase_1_keeps_the_children),
		cmocka_unit_test(lifetimes_renew_for_days),
		cmocka_unit_test(the_server_renews_when_the_client_does_not),
		cmocka_unit_test(both_renew_at_once),
		cmocka_unit_test(children_outlive_the_last_sa),
		cmocka_unit_test(an_orphan_finds_a_new_phase_1),
		cmocka_unit_test(initial_contact_forgets_what_was),
		cmocka_unit_test(delete_esp_under_another_sa),
		cmocka_unit_test(same_identity_elsewhere_is_somebody_else),
		cmocka_unit_test(joined_when_the_old_sa_speaks_from_there_too),
		cmocka_unit_test(a_silent_peer_is_joined_when_it_is_heard),
		cmocka_unit_test(the_older_peer_gets_the_pairs_of_the_newer),
		cmocka_unit_test(pairs_that_cannot_move),
		cmocka_unit_test(pairs_of_two_with_sessions_stay),
		cmocka_unit_test(who_was_dialled_is_known_after_any_silence),
		cmocka_unit_test(one_peer_at_two_addresses),
		cmocka_unit_test(phase_1_over_and_over),
		cmocka_unit_test(pairs_get_away_from_an_sa_that_ends),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
