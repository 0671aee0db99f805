/* Unit tests of apply, hubs and address: a configuration takes effect whole or not at
 * all, hubs are undone, sessions get the right address and give it back. */
#include "test_kit.h"

#include "aaa/pool.h"

static char error[256];

/* ---- whole or not at all ---- */

static void a_verb_that_fails_leaves_nothing_open(void **state)
{
	static const enum fake_verb verbs[] = {FAKE_OPEN_UDP, FAKE_OPEN_ESP, FAKE_OPEN_TAP,
					       FAKE_NAT_ON};
	struct world w;

	(void)state;
	for (size_t i = 0; i < sizeof(verbs) / sizeof(*verbs); i++) {
		struct config *cfg = kit_config(KIT_CONFIG);

		kit_bare(&w, 2);
		fake_fail(w.fake, verbs[i], "held by charon (pid 812)");
		assert_false(core_apply(w.core, cfg, error, sizeof(error)));
		assert_non_null(strstr(error, "charon"));
		assert_int_equal(fake_open_count(w.fake), 0);
		assert_null(w.core->config);
		assert_int_equal(core_punt_fd(w.core), -1);
		/* and it can be tried again */
		assert_true(core_apply(w.core, cfg, error, sizeof(error)));
		assert_ptr_equal(w.core->config, cfg);
		kit_settle(&w);
		kit_end(&w);
	}
}

static unsigned calls_of(const struct world *w, enum fake_verb verb)
{
	const struct fake_call *call;
	unsigned n = 0;

	for (unsigned i = 0; (call = fake_call(w->fake, i)); i++)
		n += call->verb == verb && call->ok;
	return n;
}

static const struct priv_ops *fake_ops;

static void only_default_gets_a_tap(void *ctx, const struct priv_tap *req, struct priv_result *out)
{
	if (strcmp(req->name, "sk-default") == 0) {
		fake_ops->open_tap(ctx, req, out);
		return;
	}
	*out = (struct priv_result){.ok = false};
	snprintf(out->error, sizeof(out->error), "no more TAPs");
}

static void a_second_hub_that_fails_takes_the_first_with_it(void **state)
{
	struct config *cfg = kit_config(KIT_CONFIG "hub LAB\n"
						   " secure-nat host 10.9.9.1 255.255.255.0\n"
						   " secure-nat enable\n");
	struct priv_ops ops;
	struct world w;

	(void)state;
	kit_bare(&w, 1);
	fake_ops = w.core->cfg.priv;
	ops = *fake_ops;
	ops.open_tap = only_default_gets_a_tap;
	w.core->cfg.priv = &ops;
	assert_false(core_apply(w.core, cfg, error, sizeof(error)));
	assert_string_equal(error, "hub LAB: no more TAPs");
	assert_int_equal(calls_of(&w, FAKE_NAT_ON), 1);
	assert_int_equal(calls_of(&w, FAKE_NAT_OFF), 1);
	assert_int_equal(calls_of(&w, FAKE_CLOSE_TAP), 1);
	assert_int_equal(fake_open_count(w.fake), 0);
	config_free(cfg);
	kit_end(&w);
}

static void a_nat_that_fails_closes_its_tap(void **state)
{
	struct config *cfg = kit_config(KIT_HUB);
	struct world w;

	(void)state;
	kit_bare(&w, 1);
	fake_fail(w.fake, FAKE_NAT_ON, "nft is missing");
	assert_false(core_apply(w.core, cfg, error, sizeof(error)));
	assert_string_equal(error, "hub DEFAULT: nft is missing");
	assert_int_equal(calls_of(&w, FAKE_OPEN_TAP), 1);
	assert_int_equal(calls_of(&w, FAKE_CLOSE_TAP), 1);
	assert_int_equal(calls_of(&w, FAKE_NAT_OFF), 0); /* it never was on */
	config_free(cfg);
	kit_end(&w);
}

static void the_end_undoes_tap_and_nat_once(void **state)
{
	struct world w;

	(void)state;
	kit_world(&w, 2, KIT_CONFIG);
	assert_true(hub_by_name(w.core, "default")->nat);
	hubs_close(w.core);
	hubs_close(w.core);
	assert_int_equal(calls_of(&w, FAKE_NAT_OFF), 1);
	assert_int_equal(calls_of(&w, FAKE_CLOSE_TAP), 1);
	kit_end(&w);
}

static void taps_have_names_of_their_own(void **state)
{
	struct world w;
	const struct hub_run *h;

	(void)state;
	kit_world(&w, 1,
		  "hub Office-Tokyo-1\n secure-nat host 10.1.0.1 255.255.255.0\n"
		  " secure-nat enable\n"
		  "hub Office-Tokyo-2\n secure-nat host 10.2.0.1 255.255.255.0\n"
		  " secure-nat enable\n"
		  "hub ___\n secure-nat host 10.3.0.1 255.255.255.0\n secure-nat enable\n");
	h = w.core->hubs;
	assert_string_equal(h[0].tap, "sk-officeto");
	assert_string_equal(h[1].tap, "sk-officeto-1");
	assert_string_equal(h[2].tap, "sk-hub");
	kit_end(&w);
}

/* ---- changes of a running server ---- */

static bool reload(struct world *w, const char *text)
{
	struct config *cfg = kit_config(text);

	if (core_apply(w->core, cfg, error, sizeof(error)))
		return true;
	config_free(cfg);
	return false;
}

/* RFC 3948 4: the workers send NAT keepalives, also to those who are here already. */
static void a_new_keepalive_interval_reaches_the_workers(void **state)
{
	struct world w;
	struct peer *p;

	(void)state;
	kit_world(&w, 1, KIT_CONFIG "crypto isakmp nat-traversal 40\n");
	p = kit_peer(&w);
	kit_settle(&w);
	assert_true(dp_next_ms(w.core->dp) == UINT64_MAX); /* there is no NAT */
	p->natt = p->peer_behind_nat = true;
	core_peer_moved(p, &p->flow);
	kit_settle(&w);
	assert_int_equal(dp_next_ms(w.core->dp), core_now(w.core) + 40000);
	assert_int_equal(core_run(w.core), core_now(w.core) + 40000);
	assert_true(reload(&w, KIT_CONFIG "crypto isakmp nat-traversal 10\n"));
	kit_settle(&w);
	assert_int_equal(dp_next_ms(w.core->dp), core_now(w.core) + 10000);
	kit_end(&w);
}

static void a_pool_in_use_cannot_go(void **state)
{
	struct world w;
	struct session *s;
	const struct config *before;

	(void)state;
	kit_world(&w, 1, KIT_CONFIG);
	s = kit_up(&w, kit_peer(&w), "alice");
	assert_int_equal(s->ip, 0x0a04050a);
	before = w.core->config;
	assert_false(
		reload(&w, KIT_HUB
		       "ip local pool OFFICE 10.4.5.20-10.4.5.30 mask 255.255.255.0\n" KIT_PROFILE
			       KIT_USERS KIT_IKE));
	assert_non_null(strstr(error, "OFFICE is in use by 1"));
	assert_ptr_equal(w.core->config, before);
	assert_int_equal(pool_used(w.core->pools[0].pool), 1);

	assert_true(reload(&w, KIT_CONFIG "ip local pool MORE 10.4.5.40-10.4.5.41\n"));
	assert_int_equal(w.core->n_pools, 2);
	assert_int_equal(pool_used(s->pool), 1); /* the very pool that the session knows */
	session_event(s, SESSION_EV_CALL_DOWN, "peer-cdn");
	kit_settle(&w);
	assert_int_equal(pool_used(w.core->pools[0].pool), 0);
	assert_true(reload(&w, KIT_HUB KIT_USERS KIT_IKE));
	assert_int_equal(w.core->n_pools, 0);
	kit_end(&w);
}

static void hubs_and_sockets_do_not_change_on_the_run(void **state)
{
	struct world w;

	(void)state;
	kit_world(&w, 1, KIT_CONFIG);
	assert_false(reload(&w, KIT_HUB KIT_POOL KIT_PROFILE KIT_USERS));
	assert_false(reload(&w, KIT_IKE));
	assert_non_null(strstr(error, "next start"));
	assert_true(reload(&w, KIT_CONFIG));
	kit_end(&w);
}

/* ---- addresses ---- */

#define FIXED "username alice attributes\n vpn-framed-ip-address 10.4.5.12 255.255.255.0\n"

static void a_fixed_address_comes_first_and_is_taken_in_its_pool(void **state)
{
	struct world w;
	struct session *s, *b1, *b2, *b3;
	struct peer *p;

	(void)state;
	kit_world(&w, 1, KIT_CONFIG FIXED);
	p = kit_peer(&w);
	s = kit_login(&w, p, "alice");
	assert_int_equal(s->ip, 0x0a04050c);
	b1 = kit_login(&w, p, "bob");
	b2 = kit_login(&w, p, "bob");
	b3 = kit_login(&w, p, "bob");
	assert_int_equal(b1->ip, 0x0a04050a);
	assert_int_equal(b2->ip, 0x0a04050b);
	assert_int_equal(b3->ip, 0x0a04050d); /* not .12 */
	kit_end(&w);
}

static void a_fixed_address_in_use_is_refused(void **state)
{
	struct world w;
	struct session *a, *b;
	struct peer *p;
	json_t *all;

	(void)state;
	kit_world(&w, 1, KIT_CONFIG FIXED);
	p = kit_peer(&w);
	a = kit_login(&w, p, "alice");
	b = kit_login(&w, p, "bob");
	address_release(b);
	session_log_out(b);
	assert_true(name_set(w.core, &b->user, "alice"));
	assert_false(address_assign(b, w.core->config));
	assert_int_equal(b->ip, 0);
	all = api_explain(w.core, "198.51.100.7");
	assert_string_equal(json_string_value(json_object_get(json_array_get(all, 0), "cause")),
			    "address-in-use");
	json_decref(all);
	address_release(a);
	assert_true(address_assign(b, w.core->config));
	kit_end(&w);
}

static void a_new_pool_does_not_give_a_fixed_address_away(void **state)
{
	struct world w;
	struct session *s;
	struct peer *p;

	(void)state;
	kit_world(&w, 1,
		  KIT_CONFIG "username alice attributes\n"
			     " vpn-framed-ip-address 10.4.5.50 255.255.255.0\n");
	p = kit_peer(&w);
	s = kit_login(&w, p, "alice");
	assert_null(s->pool);
	assert_true(
		reload(&w, KIT_HUB
		       "ip local pool OFFICE 10.4.5.50-10.4.5.51 mask 255.255.255.0\n" KIT_PROFILE
			       KIT_USERS KIT_IKE));
	assert_int_equal(kit_login(&w, p, "bob")->ip, 0x0a040533);
	address_release(s);
	assert_int_equal(pool_used(w.core->pools[0].pool), 1);
	kit_end(&w);
}

static void the_policys_pools_come_before_the_profiles(void **state)
{
	struct world w;
	struct session *s;
	struct peer *p;

	(void)state;
	kit_world(&w, 1,
		  KIT_CONFIG "ip local pool STAFF 10.4.5.100-10.4.5.100\n"
			     "group-policy STAFF internal\n"
			     "group-policy STAFF attributes\n"
			     " address-pools value STAFF\n"
			     "username alice attributes\n vpn-group-policy STAFF\n");
	p = kit_peer(&w);
	s = kit_login(&w, p, "alice");
	assert_int_equal(s->ip, 0x0a040564);
	assert_int_equal(kit_login(&w, p, "bob")->ip, 0x0a04050a);
	/* exhausted: the profile's pool is not for alice */
	address_release(s);
	assert_int_equal(pool_take(w.core->pools[1].pool), 0x0a040564);
	assert_false(address_assign(s, w.core->config));
	kit_end(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_verb_that_fails_leaves_nothing_open),
		cmocka_unit_test(a_second_hub_that_fails_takes_the_first_with_it),
		cmocka_unit_test(a_nat_that_fails_closes_its_tap),
		cmocka_unit_test(the_end_undoes_tap_and_nat_once),
		cmocka_unit_test(taps_have_names_of_their_own),
		cmocka_unit_test(a_new_keepalive_interval_reaches_the_workers),
		cmocka_unit_test(a_pool_in_use_cannot_go),
		cmocka_unit_test(hubs_and_sockets_do_not_change_on_the_run),
		cmocka_unit_test(a_fixed_address_comes_first_and_is_taken_in_its_pool),
		cmocka_unit_test(a_fixed_address_in_use_is_refused),
		cmocka_unit_test(a_new_pool_does_not_give_a_fixed_address_away),
		cmocka_unit_test(the_policys_pools_come_before_the_profiles),
	};

	log_set_level(LOG_LEVEL_ERROR);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
