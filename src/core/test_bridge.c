/* Unit tests of bridge and rules: a hub bridged to an interface that is absent, comes, goes down,
 * is replaced; access lists, options, names and policies that reach the workers, and what they
 * do there. */
#include "test_lan.h"

#include "wire/eth.h"

static struct world w;
static char error[512];

static bool reload(const char *text)
{
	struct config *cfg = kit_config(text);
	bool done = core_apply(w.core, cfg, error, sizeof(error));

	if (!done)
		config_free(cfg);
	kit_settle(&w);
	return done;
}

static const char *way_says(const char *key)
{
	static char text[300];
	json_t *all = api_hubs(w.core, true);
	const json_t *way = json_object_get(json_array_get(all, 0), "way_out");
	const char *v = json_string_value(json_object_get(way, key));

	snprintf(text, sizeof(text), "%s", v ? v : "-");
	json_decref(all);
	return text;
}

static struct hub_run *lan(void)
{
	return hub_by_name(w.core, "LAN");
}

static void bare_without_eth1(unsigned workers)
{
	kit_bare(&w, workers);
	assert_true(fake_interface(w.fake, "eth1", 0, false));
	assert_true(core_apply(w.core, kit_config(LAN_CONFIG), error, sizeof(error)));
	kit_settle(&w);
}

/* ---- the interface ---- */

static void an_interface_that_is_absent_is_waited_for(void **state)
{
	struct session *s;
	unsigned before;

	(void)state;
	bare_without_eth1(2);
	assert_string_equal(error, "");
	assert_string_equal(way_says("kind"), "bridge");
	assert_string_equal(way_says("interface"), "eth1");
	assert_string_equal(way_says("state"), "absent");
	assert_non_null(strstr(way_says("why"), "eth1"));
	before = fake_open_count(w.fake);
	kit_seconds(&w, 3);
	assert_int_equal(fake_open_count(w.fake), before);
	/* the hub takes sessions; this one waits for a DHCP server */
	s = lan_login(&w, kit_peer(&w), "carol@lan");
	assert_true(fake_interface(w.fake, "eth1", 7, true));
	kit_seconds(&w, 1);
	assert_int_equal(fake_open_count(w.fake), before + 2);
	assert_string_equal(way_says("state"), "up");
	assert_string_equal(way_says("why"), "-");
	assert_int_equal(s->state, SESSION_LINK);
	kit_end(&w);
}

static void one_that_is_replaced_is_opened_again(void **state)
{
	struct session *s;
	unsigned before;

	(void)state;
	kit_world(&w, 1, LAN_CONFIG);
	s = lan_up(&w, kit_peer(&w), "carol@lan", LAN_IP);
	before = fake_open_count(w.fake);
	assert_true(fake_interface(w.fake, "eth1", 0, false));
	kit_seconds(&w, 1);
	assert_string_equal(way_says("state"), "absent");
	assert_int_equal(fake_open_count(w.fake), before - 1);
	assert_int_equal(lan_fd(&w), -1);
	assert_true(fake_interface(w.fake, "eth1", 8, true));
	kit_seconds(&w, 1);
	assert_string_equal(way_says("state"), "up");
	assert_int_equal(lan()->way_index, 8);
	assert_int_equal(fake_open_count(w.fake), before);
	/* another one between two looks */
	assert_true(fake_interface(w.fake, "eth1", 9, true));
	kit_seconds(&w, 1);
	assert_int_equal(lan()->way_index, 9);
	assert_int_equal(fake_open_count(w.fake), before);
	assert_int_equal(s->state, SESSION_UP);
	/* and the session is heard on it */
	lan_ignore(&w);
	session_event(s, SESSION_EV_CALL_DOWN, "peer-cdn");
	kit_settle(&w);
	lan_expect(&w, DHCP_RELEASE);
	kit_end(&w);
}

static void one_that_goes_down_is_told(void **state)
{
	struct session *s;
	unsigned before;

	(void)state;
	kit_world(&w, 1, LAN_CONFIG);
	s = lan_up(&w, kit_peer(&w), "carol@lan", LAN_IP);
	before = fake_open_count(w.fake);
	assert_true(fake_interface(w.fake, "eth1", FAKE_INTERFACE_INDEX, false));
	kit_seconds(&w, 1);
	assert_string_equal(way_says("state"), "down");
	assert_non_null(strstr(way_says("why"), "eth1"));
	assert_int_equal(fake_open_count(w.fake), before);
	assert_true(fake_interface(w.fake, "eth1", FAKE_INTERFACE_INDEX, true));
	kit_seconds(&w, 1);
	assert_string_equal(way_says("state"), "up");
	assert_int_equal(s->state, SESSION_UP);
	assert_int_equal(fake_open_count(w.fake), before);
	kit_end(&w);
}

static void one_that_is_down_at_the_start_is_waited_for(void **state)
{
	(void)state;
	kit_bare(&w, 1);
	assert_true(fake_interface(w.fake, "eth1", 3, false));
	assert_true(core_apply(w.core, kit_config(LAN_CONFIG), error, sizeof(error)));
	kit_settle(&w);
	assert_string_equal(way_says("state"), "down");
	assert_int_equal(lan_fd(&w), -1);
	assert_true(fake_interface(w.fake, "eth1", 3, true));
	kit_seconds(&w, 1);
	assert_string_equal(way_says("state"), "up");
	assert_true(lan_fd(&w) >= 0);
	kit_end(&w);
}

static void one_that_cannot_be_opened_is_tried_again(void **state)
{
	(void)state;
	kit_bare(&w, 1);
	fake_fail(w.fake, FAKE_OPEN_BRIDGE, "eth1 is no Ethernet interface");
	assert_true(core_apply(w.core, kit_config(LAN_CONFIG), error, sizeof(error)));
	assert_string_equal(way_says("state"), "absent");
	assert_string_equal(way_says("why"), "eth1 is no Ethernet interface");
	kit_seconds(&w, 1);
	assert_string_equal(way_says("state"), "up");
	kit_end(&w);
}

static void another_interface_ends_the_sessions(void **state)
{
	struct session *s;

	(void)state;
	kit_world(&w, 1, LAN_CONFIG);
	s = lan_up(&w, kit_peer(&w), "carol@lan", LAN_IP);
	assert_true(reload(LAN_CONFIG "hub LAN\n max-session 5\n"));
	assert_int_equal(s->state, SESSION_UP);
	assert_true(reload(LAN_CONFIG "hub LAN\n bridge eth2\n"));
	assert_string_equal(s->end_reason, "hub-changed");
	assert_string_equal(way_says("interface"), "eth2");
	session_event(s, SESSION_EV_CALL_DOWN, "peer-cdn");
	kit_settle(&w);
	assert_true(reload(LAN_CONFIG "hub LAN\n no bridge\n"
				      " secure-nat host 10.4.5.1 255.255.255.0\n"
				      " secure-nat enable\n"));
	assert_string_equal(way_says("kind"), "secure-nat");
	kit_end(&w);
}

/* ---- rules ---- */

#define DENY LAN_CONFIG "hub LAN\n access 10 discard source-user Carol\n"

static bool discards(struct hub_run *h, const struct session *s)
{
	struct hub_headers headers = {0};
	struct access_names who = {.src_user = s->access_user ? s->access_user->number : 0,
				   .src_group = s->access_group ? s->access_group->number : 0};

	return access_list_judge(h->rules->access, &headers, &who, false).discard;
}

static void rules_change_under_the_sessions(void **state)
{
	struct session *carol, *alice;
	const struct rules *first;

	(void)state;
	kit_world(&w, 2, LAN_CONFIG);
	carol = lan_up(&w, kit_peer(&w), "carol@lan", LAN_IP);
	assert_int_equal(lan()->rules->acks, 0);
	first = lan()->rules;
	assert_true(reload(LAN_CONFIG "hostname tokyo\n"));
	assert_ptr_equal(lan()->rules, first);
	assert_true(reload(DENY));
	assert_ptr_not_equal(lan()->rules, first);
	assert_int_equal(lan()->rules->acks, 0);
	assert_null(lan()->rules->older);
	assert_true(discards(lan(), carol));
	assert_int_equal(carol->state, SESSION_UP);
	/* the same ones again are nothing new, though they were compiled again */
	first = lan()->rules;
	assert_true(reload(DENY));
	assert_ptr_equal(lan()->rules, first);
	alice = kit_login(&w, kit_peer(&w), "alice");
	assert_false(discards(lan(), alice));
	assert_true(reload(LAN_CONFIG "hub LAN\n access 10 discard source-user alice\n"));
	assert_true(discards(lan(), alice)); /* LOCAL's */
	assert_false(discards(lan(), carol));
	assert_true(reload(LAN_CONFIG "hub LAN\n option FilterIPv4 1\n"));
	assert_int_equal(lan()->rules->options.value[OPTION_FILTER_IPV4], 1);
	assert_false(discards(lan(), carol));
	kit_end(&w);
}

/* A worker that has not said that it has the next ones may read the former. */
static void rules_are_kept_until_every_worker_has_the_next(void **state)
{
	struct rules *first;

	(void)state;
	kit_world(&w, 2, LAN_CONFIG);
	first = lan()->rules;
	assert_true(core_apply(w.core, kit_config(DENY), error, sizeof(error)));
	assert_ptr_equal(lan()->rules->older, first);
	assert_int_equal(lan()->rules->acks, 2);
	ack_take(w.core, ack_cookie(ACK_RULES, lan()->rules->serial), true);
	assert_ptr_equal(lan()->rules->older, first);
	/* one that refused them reads the former for ever */
	ack_take(w.core, ack_cookie(ACK_RULES, lan()->rules->serial), false);
	assert_ptr_equal(lan()->rules->older, first);
	ack_take(w.core, ack_cookie(ACK_RULES, lan()->rules->serial), true);
	assert_null(lan()->rules->older);
	ack_take(w.core, ack_cookie(ACK_RULES, 4711), true); /* of a hub that is gone */
	kit_end(&w);
}

static void groups_and_policies_reach_the_worker(void **state)
{
	struct dp_judged dp = {0};
	struct session *s, *alice;

	(void)state;
	kit_world(&w, 1,
		  LAN_CONFIG "hub LAN\n group Staff\n  policy NoServer yes\n"
			     " user carol\n  group staff\n"
			     " access 10 discard source-user STAFF\n");
	s = kit_login(&w, kit_peer(&w), "carol@lan");
	assert_true(discards(lan(), s));
	account_judged_by(s, &dp);
	assert_int_equal(dp.user, s->access_user->number);
	assert_int_equal(dp.group, s->access_group->number);
	assert_int_not_equal(dp.user, dp.group);
	assert_int_equal(dp.policy.value[POLICY_NO_SERVER], 1);
	assert_int_equal(dp.policy.value[POLICY_ACCESS], 1);
	alice = kit_login(&w, kit_peer(&w), "alice");
	account_judged_by(alice, &dp);
	assert_int_equal(dp.user, alice->access_user->number);
	assert_int_equal(dp.group, ACCESS_ANYONE);
	assert_int_equal(dp.policy.value[POLICY_NO_SERVER], 0);
	assert_int_equal(dp.policy.value[POLICY_ACCESS], 1);
	kit_end(&w);
}

/* Who came by the user `*` is judged by the name that he typed. */
static void a_name_that_stands_for_others_is_not_one(void **state)
{
	struct account a = {0};
	struct session *s;

	(void)state;
	kit_world(&w, 1, DENY);
	s = kit_login(&w, kit_peer(&w), "dora@lan");
	account_find(w.core->config, (struct bytes){(const uint8_t *)"dora@lan", 8}, &a);
	a.bare = (struct bytes){(const uint8_t *)"CAROL", 5};
	assert_true(account_become(s, &a));
	assert_true(discards(lan(), s));
	kit_end(&w);
}

/* ---- what they do ---- */

/* A frame of a user into the segment, as the worker sees it behind the tunnel. */
static unsigned frames_from(struct session *s, uint8_t octet)
{
	uint8_t frame[60] = {0};
	static const uint8_t all[6] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
	struct dp_cmd cmd = {.kind = DP_CMD_SEND_FRAME};
	struct lan_frame f;
	unsigned n = 0;

	eth_put(frame, all, s->mac, 0x88b5);
	frame[20] = octet;
	cmd.u.frame.hub = s->hub;
	cmd.u.frame.slot = s->slot;
	cmd.u.frame.len = sizeof(frame);
	assert_true(command_send(w.core, 0, &cmd, frame));
	kit_settle(&w);
	while (lan_take(&w, &f))
		n += !f.is_arp && !f.dhcp;
	return n;
}

static void an_access_list_acts_at_once(void **state)
{
	struct session *s;

	(void)state;
	kit_world(&w, 1, LAN_CONFIG);
	s = lan_up(&w, kit_peer(&w), "carol@lan", LAN_IP);
	assert_int_equal(frames_from(s, 1), 1);
	assert_true(reload(LAN_CONFIG "hub LAN\n access 10 discard\n"));
	assert_int_equal(frames_from(s, 2), 0);
	assert_true(reload(LAN_CONFIG));
	assert_int_equal(frames_from(s, 3), 1);
	kit_end(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_interface_that_is_absent_is_waited_for),
		cmocka_unit_test(one_that_is_replaced_is_opened_again),
		cmocka_unit_test(one_that_goes_down_is_told),
		cmocka_unit_test(one_that_is_down_at_the_start_is_waited_for),
		cmocka_unit_test(one_that_cannot_be_opened_is_tried_again),
		cmocka_unit_test(another_interface_ends_the_sessions),
		cmocka_unit_test(rules_change_under_the_sessions),
		cmocka_unit_test(rules_are_kept_until_every_worker_has_the_next),
		cmocka_unit_test(groups_and_policies_reach_the_worker),
		cmocka_unit_test(a_name_that_stands_for_others_is_not_one),
		cmocka_unit_test(an_access_list_acts_at_once),
	};

	log_set_level(LOG_LEVEL_ERROR);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
