/* Tests of access lists, options and policies at sessions' ports: bridge.c, delay.c. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "test_kit.h"

#define LAN_HOST UINT32_C(0x0a000032) /* 10.0.0.50, on the sessions' net */
#define FAR_HOST UINT32_C(0x08080808)
#define GRE      47

static struct kit *k;
static struct client a, b;
static struct hub_options options;
static struct access_list *list;
static struct dp_judged by_a, by_b;

static int setup(void **state)
{
	(void)state;
	k = kit_new(1);
	kit_client(k, &a, 0, 1);
	kit_client(k, &b, 0, 2);
	hub_options_standard(&options);
	list = NULL;
	by_a = by_b = (struct dp_judged){0};
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	kit_client_free(&a);
	kit_client_free(&b);
	kit_free(k);
	access_list_free(list);
	return 0;
}

static void user_sends(struct client *c, uint32_t dst, size_t payload)
{
	uint8_t ip[2000];

	kit_send_ip(k, c, ip, kit_ip(ip, c->ip, dst, GRE, payload));
	kit_run(k);
}

/* What leaves next is a packet of so many octets to the host on the TAP. */
static void assert_leaves(size_t payload)
{
	const struct fake_packet *p = fake_take(k->fake, k->tap[0]);

	assert_non_null(p);
	assert_memory_equal(p->p + VNET_HDR, kit_tap_mac, ETH_ADDR);
	assert_int_equal(p->len, VNET_HDR + ETH_HDR + IPV4_HDR + payload);
}

static void assert_silent(void)
{
	assert_null(fake_take(k->fake, k->tap[0]));
}

static bool user_gets(struct client *c, size_t len)
{
	uint8_t got[2000];

	return kit_take_ip(k, c, got) == len;
}

static bool rules(void)
{
	struct dp_cmd c = {.kind = DP_CMD_HUB_RULES};
	bool ok = true;

	c.u.rules.hub = KIT_HUB;
	c.u.rules.options = &options;
	c.u.rules.access = list;
	for (unsigned i = 0; i < k->workers; i++)
		ok &= kit_cmd(k, i, &c, NULL);
	return ok;
}

static struct access_rule against(uint32_t dst)
{
	struct access_rule r = access_rule_any();

	r.id = r.priority = 1;
	r.discard = true;
	r.family = ACCESS_IPV4;
	r.dst = (struct access_prefix){hub_ip4(dst), 128};
	return r;
}

static void an_access_list_judges_users(void **state)
{
	struct access_rule r = against(FAR_HOST);
	uint8_t ip[200];
	size_t len = kit_ip(ip, LAN_HOST, a.ip, GRE, 50);
	struct access_list *none = NULL;

	(void)state;
	user_sends(&a, FAR_HOST, 10);
	assert_leaves(10);
	list = access_list_build(&r, 1);
	assert_true(rules());
	user_sends(&a, FAR_HOST, 11);
	assert_silent();
	assert_int_equal(kit_counter(k, "hub-access-list"), 1);
	assert_int_equal(kit_worker(k, 0)->sessions[a.slot].stats.drops_in, 1);
	user_sends(&a, FAR_HOST + 1, 12);
	assert_leaves(12);
	kit_tap_frame(k, 0, &a, NULL, ip, len); /* the host on the TAP is not in the list */
	kit_run(k);
	assert_true(user_gets(&a, len));
	none = list;
	list = NULL;
	assert_true(rules());
	access_list_free(none);
	user_sends(&a, FAR_HOST, 13);
	assert_leaves(13);
}

static void an_option_judges_users(void **state)
{
	(void)state;
	options.value[OPTION_FILTER_IPV4] = 1;
	assert_true(rules());
	user_sends(&a, FAR_HOST, 11);
	assert_silent();
	assert_int_equal(kit_counter(k, "hub-option-ipv4"), 1);
}

static void ipv6_with_rules(void **state)
{
	uint8_t ip[200];
	size_t len;

	(void)state;
	assert_true(kit_ip6(k, &a, 1));
	assert_true(kit_ip6(k, &b, 2));
	options.value[OPTION_FILTER_PPPOE] = 1; /* judged, and nobody is hit by it */
	assert_true(rules());
	len = kit_packet6(ip, kit_addr6(&a, 7), (struct ipv6_addr){KIT_NET6, 1}, 59, 60);
	kit_send_ip(k, &a, ip, len);
	kit_run(k);
	assert_int_equal(fake_take(k->fake, k->tap[0])->len, VNET_HDR + ETH_HDR + len);
	len = kit_packet6(ip, kit_addr6(&a, 7), kit_addr6(&b, 8), 59, 61);
	kit_send_ip(k, &a, ip, len);
	kit_run(k);
	assert_true(user_gets(&b, len));
	len = kit_packet6(ip, (struct ipv6_addr){KIT_NET6, 1}, kit_addr6(&a, 9), 59, 62);
	kit_tap_frame(k, 0, &a, NULL, ip, len);
	kit_run(k);
	assert_true(user_gets(&a, len));
}

static void delayed_frames_leave_later(void **state)
{
	struct access_rule r = against(FAR_HOST);

	(void)state;
	r.discard = false;
	r.delay_ms = 100;
	list = access_list_build(&r, 1);
	assert_true(rules());
	user_sends(&a, FAR_HOST, 10);
	fake_advance(k->fake, 50);
	user_sends(&a, FAR_HOST, 11);
	user_sends(&a, FAR_HOST + 1, 12);
	assert_leaves(12);
	assert_silent();
	fake_advance(k->fake, 49);
	kit_run(k);
	assert_silent();
	assert_int_equal(dp_next_ms(k->dp), kit_worker(k, 0)->now_ms + 1);
	fake_advance(k->fake, 1);
	kit_run(k);
	assert_leaves(10);
	assert_silent();
	fake_advance(k->fake, 50);
	kit_run(k);
	assert_leaves(11);
	assert_int_equal(dp_next_ms(k->dp), TIMER_NEVER);
	for (unsigned i = 0; i < 600; i++)
		user_sends(&a, FAR_HOST, 13);
	assert_int_equal(kit_counter(k, "delay-full"), 600 - 512);
}

static void policy(struct client *c, enum hub_policy_id id, uint32_t value)
{
	struct dp_judged *by = c == &a ? &by_a : &by_b;

	by->policy.value[id] = value;
	bridge_judge_session(kit_worker(k, c->worker), &kit_worker(k, c->worker)->sessions[c->slot],
			     by);
}

static void privacy_between_users(void **state)
{
	uint8_t ip[200];
	size_t len = kit_ip(ip, a.ip, b.ip, GRE, 50);

	(void)state;
	policy(&a, POLICY_PRIVACY_FILTER, 1);
	kit_send_ip(k, &a, ip, len);
	kit_run(k);
	assert_true(user_gets(&b, len)); /* one side alone is not enough */
	policy(&b, POLICY_PRIVACY_FILTER, 1);
	kit_send_ip(k, &a, ip, len);
	kit_run(k);
	assert_false(user_gets(&b, len));
	assert_int_equal(kit_counter(k, "hub-policy-privacy"), 1);
	user_sends(&a, FAR_HOST, 10);
	assert_leaves(10);
}

static void a_rate_limit_each_way(void **state)
{
	uint8_t ip[1400];
	size_t len = kit_ip(ip, FAR_HOST, a.ip, GRE, 1300);
	unsigned up = 0, down = 0;

	(void)state;
	policy(&a, POLICY_MAX_UPLOAD, 100000);
	policy(&a, POLICY_MAX_DOWNLOAD, 200000);
	for (unsigned i = 0; i < 1000; i++) { /* 10 s of 1.06 Mbit/s */
		user_sends(&a, FAR_HOST, 1300);
		kit_tap_frame(k, 0, &a, NULL, ip, len);
		kit_run(k);
		fake_advance(k->fake, 10);
		up += fake_take(k->fake, k->tap[0]) != NULL;
		down += user_gets(&a, len);
	}
	assert_in_range(up, 85, 105);
	assert_in_range(down, 170, 205);
	assert_int_equal(kit_counter(k, "hub-policy-upload") > 0, 1);
	assert_int_equal(kit_counter(k, "hub-policy-download") > 0, 1);
}

static void no_server_for_users(void **state)
{
	uint8_t ip[200];
	size_t len = kit_tcp(ip, FAR_HOST, a.ip, 1, TCP_SYN, 0);

	(void)state;
	kit_tap_frame(k, 0, &a, NULL, ip, len);
	kit_run(k);
	assert_true(user_gets(&a, len));
	policy(&a, POLICY_NO_SERVER, 1);
	kit_tap_frame(k, 0, &a, NULL, ip, len);
	kit_run(k);
	assert_false(user_gets(&a, len));
	assert_int_equal(kit_counter(k, "hub-policy-no-server"), 1);
}

/* A policy that says nothing about frames leaves the session on the short way. */
static void sessions_without_such_policies_are_plain(void **state)
{
	(void)state;
	policy(&a, POLICY_ACCESS, 1);
	policy(&a, POLICY_TIMEOUT, 20);
	policy(&a, POLICY_MULTI_LOGINS, 3);
	assert_false(kit_worker(k, 0)->sessions[a.slot].judged);
	assert_false(kit_worker(k, 0)->hubs[KIT_HUB].judged);
	policy(&a, POLICY_ARP_DHCP_ONLY, 1);
	assert_true(kit_worker(k, 0)->sessions[a.slot].judged);
}

#define T(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(an_access_list_judges_users),
		T(an_option_judges_users),
		T(ipv6_with_rules),
		T(delayed_frames_leave_later),
		T(privacy_between_users),
		T(a_rate_limit_each_way),
		T(no_server_for_users),
		T(sessions_without_such_policies_are_plain),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
