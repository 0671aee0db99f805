/*
 * Unit tests of what core knows of a client as a whole: signs of life for ike, the
 * client system for front ends.
 */
#include "test_kit.h"

/* RFC 3706: before ike gives a peer up the workers are asked whether its sessions are used. */
static void a_silent_peer_is_looked_after(void **state)
{
	struct ike_act silent = {.kind = IKE_ACT_SILENT};
	struct session *s;
	struct peer *p;
	struct world w;

	(void)state;
	kit_world(&w, 1, KIT_CONFIG);
	p = kit_peer(&w);
	s = kit_up(&w, p, "alice");
	kit_settle(&w);
	s->stats_came = false;
	silent.peer = 4711;
	ike_action(w.core, &silent);
	kit_settle(&w);
	assert_false(s->stats_came);
	silent.peer = p->id;
	ike_action(w.core, &silent);
	kit_settle(&w);
	assert_true(s->stats_came);
	session_event(s, SESSION_EV_CALL_DOWN, "peer-cdn");
	kit_settle(&w);
	kit_end(&w);
}

static void the_client_system_is_told(void **state)
{
	json_t *all, *o, *quirks;
	struct session *s;
	struct peer *p;
	struct world w;

	(void)state;
	kit_world(&w, 1, KIT_CONFIG);
	p = kit_peer(&w);
	s = kit_up(&w, p, "alice");
	p->client = "Windows";
	p->client_version = "7 or Server 2008 R2";
	p->quirks = IKE_QUIRK_NO_DPD | IKE_QUIRK_HIDE_NAT;
	p->peer_behind_nat = true;
	all = api_sessions(w.core);
	o = json_array_get(all, 0);
	assert_string_equal(json_string_value(json_object_get(o, "client")), "Windows");
	assert_string_equal(json_string_value(json_object_get(o, "client_version")),
			    "7 or Server 2008 R2");
	assert_string_equal(json_string_value(json_object_get(o, "nat")), "client");
	assert_string_equal(json_string_value(json_object_get(o, "l2tp_client")), "unknown");
	assert_string_equal(json_string_value(json_object_get(o, "ppp_client")), "unknown");
	quirks = json_object_get(o, "quirks");
	assert_int_equal(json_array_size(quirks), 2);
	assert_string_equal(json_string_value(json_array_get(quirks, 0)), "no-dpd");
	assert_string_equal(json_string_value(json_array_get(quirks, 1)), "hides-our-nat");
	json_decref(all);
	session_event(s, SESSION_EV_CALL_DOWN, "peer-cdn");
	kit_settle(&w);
	kit_end(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_silent_peer_is_looked_after),
		cmocka_unit_test(the_client_system_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
