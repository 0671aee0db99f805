/* Unit tests of ipv6 and session_packet: prefixes, router advertisements and their times,
 * what a session may have and when, DHCPINFORM and solicitations answered. No SA leads
 * out here, so what would be sent is counted as "no-sa-out". */
#include "test_kit.h"

#include "hub/frame.h"
#include "wire/ipv4.h"
#include "wire/udp.h"

#define NET6  UINT64_C(0xfd00000000000000)
#define HUB6  " ipv6 prefix fd00::/62\n" /* three sessions */
#define DNS6  " ipv6 dns-server fd00::53\n"
#define WITH6 KIT_HUB HUB6 DNS6 KIT_POOL KIT_PROFILE KIT_USERS KIT_IKE

static const struct ppp_up6 ids = {.local_iid = HUB_IPV6_IID, .peer_iid = 0x1234};

static uint64_t counter(const struct world *w, const char *want)
{
	const char *name, *help;
	uint64_t value;

	for (unsigned i = 0; dp_counter(w->core->dp, i, &name, &help, &value); i++)
		if (strcmp(name, want) == 0)
			return value;
	fail();
	return 0;
}

static uint64_t sent(struct world *w)
{
	kit_settle(w);
	return counter(w, "no-sa-out");
}

/* The worker took every other command. */
static void nothing_but_packets_refused(struct world *w)
{
	uint64_t n = sent(w);

	assert_int_equal(counter(w, "commands-refused"), n);
}

static struct session *up6(struct world *w, struct peer *p)
{
	struct session *s = kit_up(w, p, "alice");

	ipv6_up(s, &ids);
	kit_settle(w);
	return s;
}

/* ---- prefixes ---- */

static void each_session_has_a_prefix_of_its_own(void **state)
{
	struct session *s[4];
	struct world w;
	struct peer *p;

	(void)state;
	kit_world(&w, 2, WITH6);
	p = kit_peer(&w);
	for (unsigned i = 0; i < 4; i++) {
		s[i] = up6(&w, p);
		assert_int_equal(s[i]->ipv6_on, i < 3);
		if (i < 3)
			assert_true(s[i]->prefix6 == NET6 + i + 1); /* 0 is the host's */
	}
	assert_int_equal(s[3]->state, SESSION_UP); /* IPv4 goes on */
	nothing_but_packets_refused(&w);
	ipv6_down(s[1]);
	assert_false(s[1]->ipv6_on);
	ipv6_release(s[1]);
	ipv6_up(s[3], &ids);
	assert_true(s[3]->ipv6_on && s[3]->prefix6 == NET6 + 2);
	ipv6_up(s[1], &ids);
	assert_false(s[1]->ipv6_on);
	kit_end(&w);
}

/* What is still on its way to who had it must not find another user. */
static void a_prefix_is_not_given_again_at_once(void **state)
{
	struct world w;
	struct peer *p;

	(void)state;
	kit_world(&w, 1, WITH6);
	p = kit_peer(&w);
	for (unsigned i = 0; i < 9; i++) {
		struct session *s = up6(&w, p);

		assert_true(s->prefix6 == NET6 + i % 3 + 1);
		session_event(s, SESSION_EV_CALL_DOWN, "peer-cdn");
		kit_settle(&w);
		assert_int_equal(w.core->hubs[0].prefixes.n_used, 0);
	}
	nothing_but_packets_refused(&w);
	kit_end(&w);
}

static void renegotiation_keeps_the_prefix(void **state)
{
	struct session *s, *other;
	uint64_t prefix;
	struct world w;
	struct peer *p;

	(void)state;
	kit_world(&w, 1, WITH6);
	p = kit_peer(&w);
	s = up6(&w, p);
	prefix = s->prefix6;
	session_event(s, SESSION_EV_PPP_SUSPEND, NULL); /* IPCP alone: IPV6CP stays open */
	kit_settle(&w);
	assert_false(s->ipv6_on);
	assert_false(s->ra.armed);
	other = up6(&w, p);
	assert_true(other->prefix6 != prefix);
	session_event(s, SESSION_EV_PPP_UP, NULL);
	kit_settle(&w);
	assert_true(s->ipv6_on && s->prefix6 == prefix);
	nothing_but_packets_refused(&w);
	kit_end(&w);
}

/* IPV6CP may open before IPCP. */
static void ipv6_waits_for_the_session(void **state)
{
	struct session *s;
	struct world w;

	(void)state;
	kit_world(&w, 1, WITH6);
	s = kit_login(&w, kit_peer(&w), "alice");
	assert_true(ipv6_wanted(s));
	ipv6_up(s, &ids);
	assert_false(s->ipv6_on);
	session_event(s, SESSION_EV_PPP_UP, NULL);
	kit_settle(&w);
	assert_int_equal(s->state, SESSION_UP);
	assert_true(s->ipv6_on);
	assert_int_equal(sent(&w), 1);
	kit_end(&w);
}

static void small_links_have_no_ipv6(void **state)
{
	struct session *s;
	struct world w;

	(void)state;
	kit_world(&w, 1, WITH6);
	s = kit_login(&w, kit_peer(&w), "alice");
	s->up.peer_mru = 1270; /* Samsung */
	session_event(s, SESSION_EV_PPP_UP, NULL);
	ipv6_up(s, &ids);
	assert_false(s->ipv6_on);
	assert_int_equal(sent(&w), 0);
	assert_int_equal(s->state, SESSION_UP);
	kit_end(&w);
}

static void without_a_prefix_there_is_none(void **state)
{
	const struct fake_call *call;
	struct world w;

	(void)state;
	kit_world(&w, 1, KIT_CONFIG);
	assert_false(ipv6_wanted(kit_login(&w, kit_peer(&w), "alice")));
	for (unsigned i = 0; (call = fake_call(w.fake, i)); i++)
		if (call->verb == FAKE_OPEN_TAP)
			assert_int_equal(call->tap.prefix6, 0);
	kit_end(&w);
	kit_world(&w, 1, WITH6);
	for (unsigned i = 0; (call = fake_call(w.fake, i)); i++) {
		if (call->verb != FAKE_OPEN_TAP)
			continue;
		assert_int_equal(call->tap.prefix6, 62);
		assert_true(call->tap.net6 == NET6);
	}
	kit_end(&w);
}

/* Name servers change under a session; another prefix, or none, ends it. */
static void a_change_takes_effect_at_once(void **state)
{
	static const char no_dns[] = KIT_HUB HUB6 KIT_POOL KIT_PROFILE KIT_USERS KIT_IKE;
	static const char *const other[] = {
		KIT_CONFIG,
		KIT_HUB " ipv6 prefix fd00::/61\n" DNS6 KIT_POOL KIT_PROFILE KIT_USERS KIT_IKE};
	static const uint32_t prefixes[] = {0, 8};
	char error[512];

	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		struct session *s;
		struct world w;

		kit_world(&w, 1, WITH6);
		s = up6(&w, kit_peer(&w));
		assert_true(core_apply(w.core, kit_config(no_dns), error, sizeof(error)));
		assert_int_equal(s->state, SESSION_UP);
		assert_int_equal(w.core->hubs[s->hub].n_dns6, 0);
		assert_true(core_apply(w.core, kit_config(other[i]), error, sizeof(error)));
		assert_int_equal(s->state, SESSION_CLOSING);
		assert_string_equal(s->end_reason, "hub-changed");
		assert_false(s->ipv6_on);
		assert_int_equal(hub_by_name(w.core, "DEFAULT")->prefixes.n, prefixes[i]);
		session_event(s, SESSION_EV_CALL_DOWN, "peer-cdn");
		kit_settle(&w);
		kit_end(&w);
	}
}

/* ---- router advertisements ---- */

static void advertisements_come_in_time(void **state)
{
	struct session *s;
	struct world w;

	(void)state;
	kit_world(&w, 1, WITH6);
	s = up6(&w, kit_peer(&w));
	assert_int_equal(sent(&w), 1); /* at once, and twice in case it is lost */
	kit_seconds(&w, 15);
	assert_int_equal(sent(&w), 1);
	kit_seconds(&w, 1);
	assert_int_equal(sent(&w), 2);
	kit_seconds(&w, 16);
	assert_int_equal(sent(&w), 3);
	kit_seconds(&w, 299);
	assert_int_equal(sent(&w), 3);
	kit_seconds(&w, 1 + 300 * 3);
	assert_int_equal(sent(&w), 7);
	ipv6_down(s);
	kit_seconds(&w, 700);
	assert_int_equal(sent(&w), 7);
	kit_end(&w);
}

/* ---- what control answers ---- */

static void question(struct world *w, struct session *s, const uint8_t *p, size_t len)
{
	struct dp_punt punt = {.kind = DP_PUNT_PACKET,
			       .session_handle = s->handle,
			       .message = p,
			       .len = (uint32_t)len};

	session_packet(w->core, &punt);
}

static void solicitations(void **state)
{
	const struct ipv6_addr nobody = {0, 0}, link = {IPV6_LINK_PREFIX, 0x1234},
			       router = {IPV6_LINK_PREFIX, HUB_IPV6_IID};
	const struct ipv6_addr others[] = {link, {NET6, 1}, {IPV6_LINK_PREFIX, 1}, {NET6 + 1, 2}};
	uint8_t p[ND_PACKET_MAX];
	struct session *s;
	struct world w;
	uint64_t n;
	struct wr wr;

	(void)state;
	kit_world(&w, 1, WITH6);
	s = up6(&w, kit_peer(&w));
	n = sent(&w);
	for (unsigned i = 0; i < 2; i++) {
		wr = wr_of(p, sizeof(p));
		nd_put_rs(&wr, i ? link : nobody, NULL);
		question(&w, s, p, wr.len);
		assert_int_equal(sent(&w), ++n);
		wr = wr_of(p, sizeof(p));
		nd_put_ns(&wr, i ? link : nobody, router, NULL);
		question(&w, s, p, wr.len);
		assert_int_equal(sent(&w), ++n);
	}
	for (unsigned i = 0; i < 4; i++) { /* its own, and the host's: silence */
		wr = wr_of(p, sizeof(p));
		nd_put_ns(&wr, nobody, others[i], NULL);
		question(&w, s, p, wr.len);
	}
	assert_int_equal(w.core->drops.nd[ND_OK], 8);
	p[IPV6_HDR + 2] ^= 1;
	question(&w, s, p, wr.len);
	assert_int_equal(w.core->drops.nd[ND_CHECKSUM], 1);
	ipv6_down(s);
	wr = wr_of(p, sizeof(p));
	nd_put_rs(&wr, link, NULL);
	question(&w, s, p, wr.len);
	assert_int_equal(sent(&w), n);
	nothing_but_packets_refused(&w); /* nor was the worker asked */
	kit_end(&w);
}

/* As Apple sends it (clients.md 3.2). */
static size_t inform(uint8_t *p, uint32_t ip)
{
	static const uint8_t options[] = {99, 130, 83, 99, 53, 1, 8,  61, 7, 8,   0,  0,  0,
					  1,  0,   0,  55, 6,  6, 44, 43, 1, 249, 15, 255};
	size_t len = 236 + sizeof(options);
	uint8_t *d = p + IPV4_HDR + UDP_HDR;

	ipv4_put(p, (uint16_t)(IPV4_HDR + UDP_HDR + len), 64, IPV4_UDP, ip, UINT32_MAX);
	udp_put(p + IPV4_HDR, 68, 67, (uint16_t)(UDP_HDR + len));
	memset(d, 0, 236);
	d[0] = 1;
	d[1] = 8;
	d[2] = 6;
	d[7] = 1;
	put_be32(d + 12, ip);
	memcpy(d + 236, options, sizeof(options));
	return IPV4_HDR + UDP_HDR + len;
}

static void dhcpinform(void **state)
{
	uint8_t p[600];
	struct session *s;
	struct world w;
	json_t *stories;
	char *text;

	(void)state;
	kit_world(&w, 1, KIT_CONFIG);
	s = kit_up(&w, kit_peer(&w), "alice");
	story_user(w.core, s->peer->sa, (struct bytes){(const uint8_t *)"alice", 5});
	for (unsigned i = 0; i < 3; i++) {
		question(&w, s, p, inform(p, s->ip));
		assert_int_equal(sent(&w), i + 1);
	}
	assert_int_equal(w.core->drops.inform[DHCP_DROP_NONE], 3);
	question(&w, s, p, inform(p, s->ip + 1));
	assert_int_equal(w.core->drops.inform[DHCP_DROP_SOURCE], 1);
	question(&w, s, p, 30);
	assert_int_equal(sent(&w), 3);
	stories = api_explain(w.core, NULL);
	text = json_dumps(stories, 0);
	assert_non_null(strstr(text, "for options 6,44,43,1,249,15"));
	assert_null(strstr(strstr(text, "for options") + 1, "for options")); /* once */
	free(text);
	json_decref(stories);
	kit_end(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_session_has_a_prefix_of_its_own),
		cmocka_unit_test(a_prefix_is_not_given_again_at_once),
		cmocka_unit_test(renegotiation_keeps_the_prefix),
		cmocka_unit_test(ipv6_waits_for_the_session),
		cmocka_unit_test(small_links_have_no_ipv6),
		cmocka_unit_test(without_a_prefix_there_is_none),
		cmocka_unit_test(a_change_takes_effect_at_once),
		cmocka_unit_test(advertisements_come_in_time),
		cmocka_unit_test(solicitations),
		cmocka_unit_test(dhcpinform),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
