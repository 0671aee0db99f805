/* Unit tests of apply, hubs and address: a configuration takes effect whole or not at
 * all, hubs are undone, sessions get the right address and give it back. */
#include "test_kit.h"

#include "aaa/pool.h"

static char error[512];

/* ---- whole or not at all ---- */

static void a_verb_that_fails_leaves_nothing_open(void **state)
{
	static const enum fake_verb verbs[] = {FAKE_OPEN_TAP, FAKE_NAT_ON};
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

/* ---- lines of front ends ---- */

static enum api_configured say(struct world *w, const char *lines, bool save)
{
	static struct cfg_errors errs;
	enum api_configured done =
		api_configure(w->core, lines, strlen(lines), save, &errs, error, sizeof(error));

	if (done == API_LINES_WRONG)
		snprintf(error, sizeof(error), "%u:%u: %s", errs.e[0].line, errs.e[0].column,
			 errs.e[0].text);
	return done;
}

/* ---- services ---- */

#define OFF       KIT_HUB KIT_POOL KIT_PROFILE KIT_USERS
#define AT(ip)    "interface eth0\n nameif outside\n ip address " ip " 255.255.255.0\n"
#define N_SOCKETS 3 /* of one worker: UDP 500, UDP 4500, ESP */

static const char *service_says(struct world *w, const char *key)
{
	static char text[256];
	json_t *o = api_services(w->core);
	const json_t *v = json_object_get(json_object_get(o, "l2tp_ipsec"), key);

	snprintf(text, sizeof(text), "%s", json_string_value(v) ? json_string_value(v) : "-");
	json_decref(o);
	return text;
}

static void a_service_is_switched_at_once(void **state)
{
	struct session *s;
	int before;
	struct world w;

	(void)state;
	kit_world(&w, 1, OFF);
	assert_string_equal(service_says(&w, "state"), "off");
	before = (int)fake_open_count(w.fake);
	assert_true(reload(&w, OFF "ipsec-service l2tp\n"));
	kit_settle(&w);
	assert_int_equal(fake_open_count(w.fake), before + N_SOCKETS);
	assert_string_equal(service_says(&w, "state"), "up");
	assert_string_equal(service_says(&w, "address"), "any");
	s = kit_up(&w, kit_peer(&w), "alice");
	/* the same by the other command: nothing is opened, nobody notices */
	assert_true(reload(&w, OFF KIT_IKE));
	assert_int_equal(calls_of(&w, FAKE_OPEN_UDP), 2);
	assert_int_equal(s->state, SESSION_UP);
	/* to another address, which is the one that the session came to: it stays */
	assert_true(reload(&w, OFF KIT_IKE AT("192.0.2.1")));
	assert_int_equal(calls_of(&w, FAKE_OPEN_UDP), 4);
	assert_string_equal(service_says(&w, "address"), "192.0.2.1");
	assert_int_equal(s->state, SESSION_UP);
	kit_settle(&w);
	assert_int_equal(fake_open_count(w.fake), before + N_SOCKETS);
	session_event(s, SESSION_EV_CALL_DOWN, "peer-cdn");
	kit_settle(&w);
	assert_true(reload(&w, OFF));
	assert_int_equal(fake_open_count(w.fake), before);
	assert_string_equal(service_says(&w, "state"), "off");
	kit_end(&w);
}

/* softether.md 1.2: there a bind that fails is not told to anybody. */
static void a_port_that_is_taken_is_told_and_tried_again(void **state)
{
	static const enum fake_verb verbs[] = {FAKE_OPEN_UDP, FAKE_OPEN_ESP};
	struct world w;

	(void)state;
	for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++) {
		int before;

		kit_bare(&w, 1);
		fake_fail(w.fake, verbs[i], "UDP port 500 is held by charon (pid 812)");
		assert_true(core_apply(w.core, kit_config(KIT_CONFIG), error, sizeof(error)));
		assert_string_equal(error, "UDP port 500 is held by charon (pid 812)");
		assert_string_equal(service_says(&w, "state"), "waiting");
		assert_string_equal(service_says(&w, "waits_because"), error);
		kit_settle(&w);
		before = (int)fake_open_count(w.fake); /* nothing is kept meanwhile */
		fake_fail(w.fake, verbs[i], "UDP port 500 is held by charon (pid 812)");
		kit_seconds(&w, 1);
		assert_string_equal(service_says(&w, "state"), "waiting");
		assert_int_equal(fake_open_count(w.fake), before);
		kit_seconds(&w, 1);
		assert_string_equal(service_says(&w, "state"), "up");
		assert_int_equal(fake_open_count(w.fake), before + N_SOCKETS);
		/* and then it is left alone */
		kit_seconds(&w, 5);
		assert_int_equal(fake_open_count(w.fake), before + N_SOCKETS);
		kit_end(&w);
	}
	kit_world(&w, 1, OFF);
	fake_fail(w.fake, FAKE_OPEN_UDP, "held by charon (pid 812)");
	assert_int_equal(say(&w, "ipsec-service l2tp", false), API_CONFIGURED);
	assert_string_equal(error, "held by charon (pid 812)");
	assert_int_equal(say(&w, "no ipsec-service l2tp", false), API_CONFIGURED);
	assert_string_equal(error, "");
	kit_seconds(&w, 3);
	assert_int_equal(calls_of(&w, FAKE_OPEN_UDP), 0);
	kit_end(&w);
}

/* ---- hubs that come, change and go ---- */

#define LAB(host, more)                                                                            \
	"hub LAB\n secure-nat host " host " 255.255.255.0\n secure-nat enable\n" more              \
	" user carol\n  auth password secret3\n  note \"IPv4: 10.9.9.7\"\n"
#define DAVE "username dave password secret4 mschap\n"

static const char *end_reason_of(struct world *w, const char *who)
{
	static char reason[64];
	json_t *all = api_explain(w->core, who);
	const json_t *notes = json_object_get(json_array_get(all, 0), "notes");
	const json_t *last = json_array_get(notes, json_array_size(notes) - 1);

	snprintf(reason, sizeof(reason), "%s", json_string_value(json_object_get(last, "reason")));
	json_decref(all);
	return reason;
}

static void a_hub_comes_and_goes_and_others_stay(void **state)
{
	struct session *alice, *carol;
	struct world w;
	unsigned index;

	(void)state;
	kit_world(&w, 2, KIT_CONFIG);
	alice = kit_up(&w, kit_peer(&w), "alice");
	assert_true(reload(&w, KIT_CONFIG LAB("10.9.9.1", "")));
	carol = kit_up(&w, kit_peer(&w), "carol@lab");
	assert_int_equal(carol->ip, 0x0a090907);
	assert_true(carol->hub != alice->hub);
	index = carol->hub;
	assert_int_equal(w.core->hubs[index].n_logins, 1);
	assert_int_equal(calls_of(&w, FAKE_OPEN_TAP), 2);

	assert_true(reload(&w, KIT_CONFIG));
	assert_int_equal(carol->state, SESSION_CLOSING);
	assert_string_equal(carol->end_reason, "hub-removed");
	assert_int_equal(w.core->hubs[index].n_logins, 0);
	assert_null(hub_by_name(w.core, "LAB"));
	assert_int_equal(calls_of(&w, FAKE_CLOSE_TAP), 1);
	assert_int_equal(alice->state, SESSION_UP);
	session_event(carol, SESSION_EV_CALL_DOWN, "peer-cdn");
	kit_settle(&w);
	assert_string_equal(end_reason_of(&w, "198.51.100.7"), "hub-removed");
	/* it may come back, at another place: frames of the old one may still be on their way */
	assert_true(reload(&w, KIT_CONFIG LAB("10.9.9.1", "")));
	assert_true(hub_by_name(w.core, "LAB")->index != index);
	kit_end(&w);
}

static void a_hub_is_switched_and_changed(void **state)
{
	struct session *carol;
	struct world w;

	(void)state;
	kit_world(&w, 1, KIT_CONFIG LAB("10.9.9.1", ""));
	carol = kit_up(&w, kit_peer(&w), "carol@lab");
	/* translation changes under it, limits and users too */
	assert_true(
		reload(&w, KIT_CONFIG LAB("10.9.9.1", " secure-nat nat enable\n max-session 1\n")));
	assert_true(hub_by_name(w.core, "LAB")->nat);
	assert_int_equal(carol->state, SESSION_UP);
	assert_true(reload(&w, KIT_CONFIG LAB("10.9.9.1", "")));
	assert_int_equal(calls_of(&w, FAKE_NAT_OFF), 1);
	assert_int_equal(carol->state, SESSION_UP);
	/* the host's address does not */
	assert_true(reload(&w, KIT_CONFIG LAB("10.9.9.2", "")));
	assert_string_equal(carol->end_reason, "hub-changed");
	assert_int_equal(hub_by_name(w.core, "LAB")->host_ip, 0x0a090902);
	session_event(carol, SESSION_EV_CALL_DOWN, "peer-cdn");
	kit_settle(&w);
	carol = kit_up(&w, kit_peer(&w), "carol@lab");
	assert_true(reload(&w, KIT_CONFIG LAB("10.9.9.2", " offline\n")));
	assert_string_equal(carol->end_reason, "hub-offline");
	assert_null(hub_by_name(w.core, "LAB"));
	assert_true(reload(&w, KIT_CONFIG LAB("10.9.9.2", "")));
	assert_non_null(hub_by_name(w.core, "LAB"));
	session_event(carol, SESSION_EV_CALL_DOWN, "peer-cdn");
	kit_settle(&w);
	kit_end(&w);
}

static void a_hub_that_cannot_be_opened_changes_nothing(void **state)
{
	const struct config *before;
	struct session *alice;
	struct world w;

	(void)state;
	kit_world(&w, 1, KIT_CONFIG);
	alice = kit_up(&w, kit_peer(&w), "alice");
	before = w.core->config;
	fake_fail(w.fake, FAKE_OPEN_TAP, "no more TAPs");
	assert_false(reload(&w, KIT_CONFIG DAVE LAB("10.9.9.1", "")));
	assert_string_equal(error, "hub LAB: no more TAPs");
	assert_ptr_equal(w.core->config, before);
	assert_null(hub_by_name(w.core, "LAB"));
	fake_fail(w.fake, FAKE_NAT_ON, "nft is missing");
	assert_false(reload(&w, KIT_CONFIG LAB("10.9.9.1", " secure-nat nat enable\n")));
	assert_null(hub_by_name(w.core, "LAB"));
	assert_int_equal(alice->state, SESSION_UP);
	kit_settle(&w);
	/* a change that fails in the middle: the hub is there again as it was, its session is not
	 */
	fake_fail(w.fake, FAKE_OPEN_TAP, "no more TAPs");
	assert_false(reload(&w, "hub DEFAULT\n secure-nat host 10.4.5.2 255.255.255.0\n"
				" secure-nat enable\n" KIT_POOL KIT_PROFILE KIT_USERS KIT_IKE));
	assert_int_equal(hub_by_name(w.core, "DEFAULT")->host_ip, 0x0a040501);
	assert_true(hub_by_name(w.core, "DEFAULT")->nat);
	assert_string_equal(alice->end_reason, "hub-changed");
	session_event(alice, SESSION_EV_CALL_DOWN, "peer-cdn");
	kit_settle(&w);
	kit_end(&w);
}

/* 64 hubs, and 64 others in their place: the old ones have to go first. */
static void as_many_hubs_as_there_may_be_are_replaced(void **state)
{
	char text[2][CFG_HUBS_MAX * 100];
	struct world w;
	size_t n;

	(void)state;
	for (unsigned k = 0; k < 2; k++) {
		n = 0;
		for (unsigned i = 0; i < CFG_HUBS_MAX; i++)
			n += (size_t)snprintf(text[k] + n, sizeof(text[k]) - n,
					      "hub %c%u\n secure-nat host 10.%u.%u.1 "
					      "255.255.255.0\n secure-nat enable\n",
					      'a' + (int)k, i, k, i);
	}
	kit_world(&w, 1, text[0]);
	assert_true(reload(&w, text[1]));
	assert_null(hub_by_name(w.core, "a0"));
	assert_non_null(hub_by_name(w.core, "b0"));
	assert_non_null(hub_by_name(w.core, "b63"));
	assert_int_equal(calls_of(&w, FAKE_CLOSE_TAP), CFG_HUBS_MAX);
	kit_settle(&w);
	kit_end(&w);
}

static void lines_take_effect_whole_or_not_at_all(void **state)
{
	const struct config *before;
	char *text;
	struct world w;

	(void)state;
	kit_world(&w, 1, KIT_CONFIG);
	before = w.core->config;
	assert_int_equal(say(&w, "hub X\n online\nhup Y\n", true), API_LINES_WRONG);
	assert_non_null(strstr(error, "3:1: unknown command \"hup\""));
	fake_fail(w.fake, FAKE_OPEN_TAP, "no more TAPs");
	assert_int_equal(say(&w, LAB("10.9.9.1", ""), true), API_REFUSED);
	assert_ptr_equal(w.core->config, before);
	assert_null(fake_saved_config(w.fake));

	assert_int_equal(say(&w, LAB("10.9.9.1", ""), false), API_CONFIGURED);
	assert_non_null(hub_by_name(w.core, "LAB"));
	assert_null(fake_saved_config(w.fake));
	assert_int_equal(say(&w, "hostname tokyo", true), API_CONFIGURED);
	text = config_print(w.core->config, false);
	assert_string_equal(fake_saved_config(w.fake), text);
	assert_non_null(strstr(text, "ikev1 pre-shared-key testpsk"));
	free(text);

	fake_fail(w.fake, FAKE_SAVE_CONFIG, "the disk is full");
	assert_int_equal(say(&w, "hostname osaka", true), API_NOT_SAVED);
	assert_string_equal(error, "the disk is full");
	assert_string_equal(w.core->config->hostname, "osaka");
	kit_settle(&w);
	kit_end(&w);
}

static void sessions_go_where_their_names_say(void **state)
{
	struct session *s;
	struct world w;

	(void)state;
	kit_world(&w, 1,
		  KIT_CONFIG LAB("10.9.9.1",
				 " user alice\n  auth anonymous\n  note \"IPv4: 10.9.9.8\"\n"));
	s = kit_up(&w, kit_peer(&w), "LAB\\ALICE");
	assert_string_equal(name_text(s->user), "alice");
	assert_string_equal(name_text(s->hub_name), "LAB");
	assert_true(s->hub_user);
	s = kit_up(&w, kit_peer(&w), "alice");
	assert_string_equal(name_text(s->hub_name), "DEFAULT");
	assert_false(s->hub_user);
	/* two users of one name: neither counts as the other's login */
	assert_int_equal(s->account->n_logins, 1);
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
		cmocka_unit_test(a_service_is_switched_at_once),
		cmocka_unit_test(a_port_that_is_taken_is_told_and_tried_again),
		cmocka_unit_test(a_hub_comes_and_goes_and_others_stay),
		cmocka_unit_test(a_hub_is_switched_and_changed),
		cmocka_unit_test(a_hub_that_cannot_be_opened_changes_nothing),
		cmocka_unit_test(as_many_hubs_as_there_may_be_are_replaced),
		cmocka_unit_test(sessions_go_where_their_names_say),
		cmocka_unit_test(lines_take_effect_whole_or_not_at_all),
		cmocka_unit_test(a_fixed_address_comes_first_and_is_taken_in_its_pool),
		cmocka_unit_test(a_fixed_address_in_use_is_refused),
		cmocka_unit_test(a_new_pool_does_not_give_a_fixed_address_away),
		cmocka_unit_test(the_policys_pools_come_before_the_profiles),
	};

	log_set_level(LOG_LEVEL_ERROR);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
