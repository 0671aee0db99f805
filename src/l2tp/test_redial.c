/* A peer that dials again, both sides that dial at once, and the question whether anybody is
 * there. */
#include "test_script.h"

#include <stdio.h>

static void a_redial_makes_a_new_tunnel_up_to_the_limit(void **state)
{
	(void)state;
	start(SCCRQ(0021));
	start(SCCRQ(0022));
	start(SCCRQ(0023));
	start(SCCRQ(0024));
	say(0, 0, 0, 0, SCCRQ(0025));
	assert_int_equal(rig_type(sent()), MSG_STOPCCN);
	assert_int_equal(stats_now().tunnels, 4);
	assert_int_equal(stats_now().drop_limit, 1);
	rig.path.owner = 8;
	start(SCCRQ(0021)); /* same peer id, another owner: another tunnel */
	assert_int_equal(stats_now().tunnels, 5);
}

static void a_closed_tunnel_makes_way_for_the_next(void **state)
{
	uint16_t first = established(), second;

	(void)state;
	say(first, 0, 2, 1, STOPCCN(0021));
	second = start(SCCRQ(0021)); /* Windows counts from 1 again */
	assert_int_not_equal(first, second);
	assert_int_equal(rig_count(lns, L2TP_ACT_TUNNEL_DOWN), 1);
	say(second, 0, 1, 1, SCCCN);
	say(second, 0, 2, 1, STOPCCN(0021));
	start(SCCRQ(0001));
	start(SCCRQ(0002));
	start(SCCRQ(0003));
	start(SCCRQ(0004)); /* the stopped one leaves its place */
	assert_int_equal(stats_now().tunnels, 4);
}

static void a_stopccn_to_tunnel_0_is_found_by_the_peers_id(void **state)
{
	(void)state;
	start(SCCRQ(0021));
	rig_forget(lns);
	say(0, 0, 1, 0, STOPCCN(0021));
	assert_int_equal(sent()->len, 12);
	assert_true(rig_noted(lns, "l2tp-peer-stopccn"));
	rig_pass(&rig, 40000);
	assert_int_equal(stats_now().tunnels, 0);
}

static void a_tie_breaker_wins_over_our_dial(void **state)
{
	(void)state;
	assert_int_not_equal(l2tp_dial(rig.lns.l, rig.now, &rig.path), 0);
	rig_drain(&rig);
	say(0, 0, 0, 0, SCCRQ(0021)); /* no tie breaker on either side: two tunnels */
	assert_int_equal(stats_now().tunnels, 2);
	say(0, 0, 0, 0, SCCRQ(0022) "000e000000050000000000000001 ");
	assert_int_equal(stats_now().tunnels, 2);
	assert_string_equal(rig_last(lns, L2TP_ACT_CALL_DOWN)->result.reason, "tie-breaker-lost");
	assert_int_equal(rig_type(sent()), MSG_SCCRP);
}

/* The owner asks whether anybody is there: a Hello now, not at the interval. */
static void a_probe_asks_at_once(void **state)
{
	uint16_t t = established();
	uint64_t began;

	(void)state;
	call_up(t);
	l2tp_owner_probe(rig.lns.l, rig.now, rig.path.owner + 1);
	rig_drain(&rig);
	assert_int_equal(lns->n_acts, 0);
	l2tp_owner_probe(rig.lns.l, rig.now, rig.path.owner);
	rig_drain(&rig);
	assert_int_equal(rig_count(lns, L2TP_ACT_SEND), 1);
	assert_int_equal(rig_type(sent()), MSG_HELLO);
	l2tp_owner_probe(rig.lns.l, rig.now, rig.path.owner); /* one is outstanding */
	rig_drain(&rig);
	assert_int_equal(rig_count(lns, L2TP_ACT_SEND), 1);
	say(t, 0, 4, 3, "");
	rig_pass(&rig, 20000);
	assert_int_equal(stats_now().tunnels, 1);
	began = rig.now;
	l2tp_owner_probe(rig.lns.l, rig.now, rig.path.owner);
	rig_pass(&rig, 60000);
	assert_string_equal(rig_last(lns, L2TP_ACT_TUNNEL_DOWN)->result.reason, "hello-timeout");
	assert_string_equal(rig_last(lns, L2TP_ACT_CALL_DOWN)->result.reason, "hello-timeout");
	assert_int_equal(rig_last(lns, L2TP_ACT_TUNNEL_DOWN)->at_ms - began, 31000);
}

static void a_probe_leaves_a_tunnel_in_the_making_alone(void **state)
{
	(void)state;
	start(SCCRQ(0021));
	rig_forget(lns);
	l2tp_owner_probe(rig.lns.l, rig.now, rig.path.owner);
	rig_drain(&rig);
	assert_int_equal(lns->n_acts, 0);
}

/* The same peer dials again with another id while its first tunnel stands; the first
 * dies by itself, its call and the new one's are not mixed. */
static void a_redial_stands_beside_the_old_tunnel(void **state)
{
	uint16_t first = established(), second;

	(void)state;
	call_up(first);
	second = start(SCCRQ(0022));
	say(second, 0, 1, 1, SCCCN);
	say(second, 0, 2, 1, ICRQ(0031)); /* the same session id: another tunnel's */
	say(second, avp16(sent(), AVP_ASSIGNED_SESSION_ID), 3, 2, ICCN);
	assert_int_equal(stats_now().calls, 2);
	for (unsigned i = 0; i < 60 && stats_now().tunnels == 2; i++) {
		rig_pass(&rig, 2000); /* the new one answers Hello, the old one is dead */
		if (rig_type(sent()) == MSG_HELLO && rig_u16(sent()->bytes + 4) == 0x22)
			say(second, 0, 4, (uint16_t)(rig_u16(sent()->bytes + 8) + 1), "");
	}
	assert_int_equal(stats_now().tunnels, 1);
	assert_int_equal(rig_last(lns, L2TP_ACT_CALL_DOWN)->tunnel_id, first);
	assert_int_equal(stats_now().calls, 1);
}

/* A peer that began anew counts its ids from the start again. */
static void a_peer_that_begins_anew_gets_a_new_tunnel(void **state)
{
	uint16_t first = established(), second;

	(void)state;
	call_up(first);
	say(0, 0, 0, 0, SCCRQ(0021)); /* late copies of the first request */
	say(0, 0, 0, 0, SCCRQ(0021));
	rig_pass(&rig, 3000);
	say(0, 0, 0, 0, SCCRQ(0021));
	say(0, 0, 0, 0, SCCRQ(0021));
	assert_int_equal(stats_now().drop_duplicate, 4);
	assert_int_equal(stats_now().calls, 1);
	rig_pass(&rig, 2000);
	rig_forget(lns);
	start(SCCRQ(0021)); /* somebody goes on asking */
	assert_true(rig_noted(lns, "l2tp-peer-began-anew"));
	assert_int_equal(stats_now().tunnels, 1);
	assert_int_equal(stats_now().calls, 0);
	rig_pass(&rig, 32000);
	assert_int_equal(stats_now().tunnels, 0);

	first = established();
	call_up(first);
	rig_pass(&rig, 31000); /* too late for a copy */
	rig_forget(lns);
	second = start(SCCRQ(0021));
	assert_int_not_equal(first, second);
	assert_true(rig_noted(lns, "l2tp-peer-began-anew"));
	assert_string_equal(rig_last(lns, L2TP_ACT_CALL_DOWN)->result.reason, "peer-began-anew");
	assert_int_equal(rig_last(lns, L2TP_ACT_TUNNEL_DOWN)->tunnel_id, first);
	assert_int_equal(stats_now().tunnels, 1);
	say(second, 0, 1, 1, SCCCN);
	/* other octets are no copy, however early */
	first = start(SCCRQ(0021) "80080000000a0004 ");
	assert_int_not_equal(first, second);
	assert_int_equal(stats_now().tunnels, 1);
	/* another host that uses the same id: both stand */
	start(MT(01) PROTO FRAMING3 "80070000000779 " TUNNEL(0021));
	assert_int_equal(stats_now().tunnels, 2);
	/* a request that is refused ends nothing */
	say(0, 0, 0, 0, SCCRQ(0021) "8007000901ffff ");
	assert_int_equal(stats_now().tunnels, 2);
}

static void with_tie_breaker(struct l2tp_config *cfg)
{
	cfg->tie_breaker = true;
}

/* Both sides dial: RFC 2661 4.4.3. */
static void a_simultaneous_open_has_one_winner(void **state)
{
	size_t len;
	const uint8_t *ours;
	char crossing[200];

	(void)state;
	for (int order = -1; order <= 2; order++) { /* 2: the peer has no tie breaker */
		rig_close(&rig);
		open_with(with_tie_breaker);
		assert_int_not_equal(l2tp_dial(rig.lns.l, rig.now, &rig.path), 0);
		rig_drain(&rig);
		ours = rig_avp(sent(), AVP_TIE_BREAKER, &len);
		assert_int_equal(len, 8);
		assert_true(ours[7] > 0 && ours[7] < 0xff);
		snprintf(crossing, sizeof(crossing),
			 SCCRQ(0022) "%s%02x%02x%02x%02x%02x%02x%02x%02x ",
			 order == 2 ? "0006000900ff"
				      ""
				    : "000e00000005",
			 ours[0], ours[1], ours[2], ours[3], ours[4], ours[5], ours[6],
			 (uint8_t)(ours[7] + order));
		if (order == 2)
			crossing[strlen(SCCRQ(0022))] = 0;
		rig_forget(lns);
		say(0, 0, 0, 0, crossing);
		if (order < 0) { /* theirs is lower */
			assert_int_equal(rig_type(sent()), MSG_SCCRP);
			assert_string_equal(rig_last(lns, L2TP_ACT_CALL_DOWN)->result.reason,
					    "tie-breaker-lost");
		} else {
			assert_int_equal(rig_count(lns, L2TP_ACT_SEND), 0);
			assert_int_equal(rig_count(lns, L2TP_ACT_CALL_DOWN), order == 0);
		}
		assert_int_equal(stats_now().tunnels, order != 0);
	}
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(a_redial_makes_a_new_tunnel_up_to_the_limit),
		T(a_closed_tunnel_makes_way_for_the_next),
		T(a_stopccn_to_tunnel_0_is_found_by_the_peers_id),
		T(a_tie_breaker_wins_over_our_dial),
		T(a_probe_asks_at_once),
		T(a_probe_leaves_a_tunnel_in_the_making_alone),
		T(a_redial_stands_beside_the_old_tunnel),
		T(a_peer_that_begins_anew_gets_a_new_tunnel),
		T(a_simultaneous_open_has_one_winner),
	};

	return cmocka_run_group_tests_name("l2tp_redial", tests, NULL, NULL);
}
