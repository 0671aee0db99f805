/* Unit tests of a hub's decisions: switching, VLANs, sessions, answers, access list, storms and
 * full tables; with test_guards.c and test_policy.c every drop reason is reached. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "test_forward.h"
#include "test_world.h"

#define BIT(i) (1u << (i))

static void learns_and_switches(void **state)
{
	struct world w;
	struct frame f;

	(void)state;
	world_make(&w);
	put_udp4(&f, MAC(1), MAC(2), IP(1), IP(2), 1, 1, 20);
	assert_int_equal(world_send(&w, A, &f), HUB_PASS); /* unknown: not to sessions */
	assert_int_equal(w.reached, BIT(B) | BIT(WAY_OUT));
	assert_int_equal(w.at[A], HUB_DROP_ECHO);
	assert_int_equal(w.d.tell, HUB_TELL_MAC);
	put_udp4(&f, MAC(2), MAC(1), IP(2), IP(1), 1, 1, 20);
	assert_int_equal(world_send(&w, B, &f), HUB_PASS);
	assert_int_equal(w.reached, BIT(A));
	put_udp4(&f, MAC(1), MAC(2), IP(1), IP(2), 1, 1, 20);
	assert_int_equal(world_send(&w, A, &f), HUB_PASS);
	assert_int_equal(w.reached, BIT(B));
	assert_int_equal(w.d.tell, 0);
	put_udp4(&f, MAC(3), MAC(1), IP(3), IP(1), 1, 1, 20);
	assert_int_equal(world_send(&w, A, &f), HUB_DROP_SAME_PORT);
	put_udp4(&f, MAC(1), ALL_HOSTS, IP(1), IP(255), 137, 137, 20);
	assert_int_equal(world_send(&w, A, &f), HUB_PASS);
	assert_int_equal(w.reached, BIT(B) | BIT(WAY_OUT) | BIT(SESSION) | BIT(OTHER_SESSION));
	w.hub.groups_to_sessions = false;
	world_send(&w, A, &f);
	assert_int_equal(w.reached, BIT(B) | BIT(WAY_OUT));
	/* traffic as SoftEther counts it */
	assert_int_equal(w.hub.in.unicast, 4);
	assert_int_equal(w.hub.in.group, 2);
	assert_int_equal(w.hub.out.unicast, 2 + 1 + 1);
	assert_int_equal(w.hub.out.group, 4 + 2);
	assert_int_equal(w.hub.in.group_octets, 2 * f.len);
	w.now_ms += MAC_LIFE_S * 1000;
	put_udp4(&f, MAC(2), MAC(1), IP(2), IP(1), 1, 1, 20);
	world_send(&w, B, &f); /* forgotten: flooded */
	assert_int_equal(w.reached, BIT(A) | BIT(WAY_OUT));
	world_free(&w);
}

static void frames_that_are_none(void **state)
{
	struct world w;
	struct frame f;

	(void)state;
	world_make(&w);
	put_raw(&f, MAC(1), MAC(2), 0x88b5);
	f.len = 13;
	assert_int_equal(world_send(&w, A, &f), HUB_DROP_SHORT);
	f.len = 14;
	assert_int_equal(world_send(&w, A, &f), HUB_PASS);
	put_raw(&f, ALL_HOSTS, MAC(2), 0x88b5);
	assert_int_equal(world_send(&w, A, &f), HUB_DROP_SOURCE_GROUP);
	put_raw(&f, 0, MAC(2), 0x88b5);
	assert_int_equal(world_send(&w, WAY_OUT, &f), HUB_DROP_SOURCE_GROUP);
	put_raw(&f, MAC(1), UINT64_C(0x0180c2000001), 0x8808); /* pause */
	assert_int_equal(world_send(&w, A, &f), HUB_DROP_RESERVED_GROUP);
	/* an RA behind two tags of VLAN 0 and SNAP is seen, behind more is not passed on */
	w.policies[A].value[POLICY_RA_FILTER] = 1;
	world_configure(&w);
	put_nd(&f, MAC(1), MAC_GROUP6(1), link6(1), 134, link6(0), MAC(1));
	put_snap(&f);
	put_tag(&f, VLAN_TYPE, 0);
	put_tag(&f, VLAN_TYPE_S, 0);
	assert_int_equal(world_send(&w, A, &f), HUB_DROP_RA);
	put_tag(&f, VLAN_TYPE, 0);
	assert_int_equal(world_send(&w, A, &f), HUB_DROP_STACKED);
	w.hub.online = false;
	put_raw(&f, MAC(1), MAC(2), 0x88b5);
	assert_int_equal(world_send(&w, A, &f), HUB_DROP_OFFLINE);
	assert_int_equal(w.hub.drops[HUB_DROP_OFFLINE], 1);
	world_free(&w);
}

static void vlans_are_apart(void **state)
{
	uint8_t buf[FRAME_MAX + VLAN_TAG], *out;
	struct world w;
	struct frame f, tagged;
	size_t len;

	(void)state;
	world_make(&w);
	w.policies[A].value[POLICY_VLAN_ID] = 7; /* WAY_OUT is the trunk */
	w.policies[B].value[POLICY_VLAN_ID] = 8;
	world_configure(&w);
	put_udp4(&f, MAC(1), ALL_HOSTS, IP(1), IP(255), 1, 1, 20);
	assert_int_equal(world_send(&w, A, &f), HUB_PASS);
	assert_int_equal(w.reached, BIT(WAY_OUT));
	assert_int_equal(w.at[B], HUB_DROP_OTHER_VLAN);
	/* the tag is put on for the trunk */
	memcpy(buf + VLAN_TAG, f.p, f.len);
	len = f.len;
	out = hub_edit_frame(buf + VLAN_TAG, &len, &w.h, &w.edit[WAY_OUT]);
	tagged = f;
	put_tag(&tagged, VLAN_TYPE, 7);
	assert_int_equal(len, tagged.len);
	assert_memory_equal(out, tagged.p, len);
	/* and taken off for the port, also of a known host */
	put_udp4(&f, MAC(9), MAC(1), IP(9), IP(1), 1, 1, 20);
	tagged = f;
	put_tag(&tagged, VLAN_TYPE, 7);
	assert_int_equal(world_send(&w, WAY_OUT, &tagged), HUB_PASS);
	assert_int_equal(w.d.verdict, HUB_TO_PORT);
	assert_int_equal(w.reached, BIT(A));
	len = tagged.len;
	out = hub_edit_frame(tagged.p, &len, &w.h, &w.edit[A]);
	assert_int_equal(len, f.len);
	assert_memory_equal(out, f.p, len);
	/* between two ports in one VLAN there is no tag at all */
	w.policies[B].value[POLICY_VLAN_ID] = 7;
	world_configure(&w);
	put_udp4(&f, MAC(3), MAC(1), IP(3), IP(1), 1, 1, 20);
	assert_int_equal(world_send(&w, B, &f), HUB_PASS);
	assert_int_equal(w.reached, BIT(A));
	assert_false(w.edit[A].strip_tag || w.edit[A].add_tag);
	w.policies[B].value[POLICY_VLAN_ID] = 8;
	world_configure(&w);
	put_udp4(&f, MAC(9), MAC(1), IP(9), IP(1), 1, 1, 20);
	/* in another VLAN nobody knows it */
	put_tag(&f, VLAN_TYPE, 8);
	assert_int_equal(world_send(&w, WAY_OUT, &f), HUB_PASS);
	assert_int_equal(w.d.verdict, HUB_FLOOD);
	assert_int_equal(w.reached, BIT(B));
	/* an option for one table */
	w.options.value[OPTION_NO_MANAGE_VLAN_ID] = 1;
	world_configure(&w);
	put_udp4(&f, MAC(1), MAC(9), IP(1), IP(9), 1, 1, 20);
	world_send(&w, A, &f);
	put_udp4(&f, MAC(9), MAC(1), IP(9), IP(1), 1, 1, 20);
	put_tag(&f, VLAN_TYPE_S, 7);
	assert_int_equal(world_send(&w, WAY_OUT, &f), HUB_PASS);
	assert_int_equal(w.d.verdict, HUB_TO_PORT);
	world_free(&w);
}

static void sessions_get_what_is_for_them(void **state)
{
	struct world w;
	struct frame f;
	struct hub_source from = {.port = NUMBER(A)};

	(void)state;
	world_make(&w);
	put_udp4(&f, MAC(1), SESSION_MAC(SESSION), IP(1), SESSION_IP(SESSION), 1, 1, 20);
	assert_int_equal(world_send(&w, A, &f), HUB_PASS);
	assert_int_equal(w.reached, BIT(SESSION));
	put_raw(&f, MAC(1), SESSION_MAC(SESSION), 0x88b5);
	assert_int_equal(world_send(&w, A, &f), HUB_DROP_NOT_FOR_SESSION);
	assert_int_equal(hub_deliver(&w.sw, &w.hub, &w.ports[SESSION], &from, &w.h, w.now_ms,
				     &w.edit[0], NULL),
			 HUB_DROP_NOT_FOR_SESSION);
	/* one session to the other */
	put_udp4(&f, SESSION_MAC(SESSION), SESSION_MAC(OTHER_SESSION), SESSION_IP(SESSION),
		 SESSION_IP(OTHER_SESSION), 1, 1, 20);
	assert_int_equal(world_send(&w, SESSION, &f), HUB_PASS);
	assert_int_equal(w.reached, BIT(OTHER_SESSION));
	/* the slot belongs to another hub by now */
	w.ports[OTHER_SESSION].hub = 2;
	assert_int_equal(world_send(&w, SESSION, &f), HUB_DROP_OTHER_HUB);
	/* a chosen MAC is pinned */
	w.ports[SESSION].assigned.mac = MAC(77);
	assert_true(mac_table_pin(&w.sw.macs, WORLD_HUB, 0, MAC(77), NUMBER(SESSION), 5000));
	put_udp4(&f, MAC(1), MAC(77), IP(1), SESSION_IP(SESSION), 1, 1, 20);
	assert_int_equal(world_send(&w, A, &f), HUB_PASS);
	assert_int_equal(w.reached, BIT(SESSION));
	put_udp4(&f, MAC(77), MAC(1), SESSION_IP(SESSION), IP(1), 1, 1, 20);
	assert_int_equal(world_send(&w, SESSION, &f), HUB_PASS);
	assert_int_equal(world_send(&w, B, &f), HUB_DROP_MAC_PINNED);
	put_udp4(&f, SESSION_MAC(SESSION), MAC(1), IP(9), IP(1), 1, 1, 20);
	assert_int_equal(world_send(&w, B, &f), HUB_DROP_MAC_PINNED);
	assert_int_equal(world_send(&w, WAY_OUT, &f), HUB_DROP_MAC_PINNED);
	world_free(&w);
}

static void the_hub_answers_for_sessions(void **state)
{
	struct arp reply;
	struct world w;
	struct frame f;
	struct rd r;

	(void)state;
	world_make(&w);
	put_arp(&f, MAC(1), ALL_HOSTS, ARP_REQUEST, IP(1), SESSION_IP(SESSION));
	assert_int_equal(world_send(&w, A, &f), HUB_PASS);
	assert_int_equal(w.d.verdict, HUB_ANSWER);
	assert_int_equal(w.d.answer_len, FRAME_ARP_ANSWER_LEN);
	r = rd_of(w.answer + ETH_HDR, ARP_LEN);
	assert_true(arp_parse(&r, &reply));
	assert_int_equal(hub_mac(reply.sender_mac), SESSION_MAC(SESSION));
	assert_int_equal(reply.sender_ip, SESSION_IP(SESSION));
	/* a renewed question goes to the session's MAC */
	put_arp(&f, MAC(1), SESSION_MAC(SESSION), ARP_REQUEST, IP(1), SESSION_IP(SESSION));
	assert_int_equal(world_send(&w, A, &f), HUB_PASS);
	assert_int_equal(w.d.verdict, HUB_ANSWER);
	put_arp(&f, MAC(1), SESSION_MAC(SESSION), ARP_REQUEST, IP(1), IP(99));
	assert_int_equal(world_send(&w, A, &f), HUB_DROP_NOBODY);
	/* also for a session with a MAC that an administrator chose */
	struct ip_claim c = {.hub = WORLD_HUB,
			     .addr = hub_ip4(IP(150)),
			     .mac = MAC(77),
			     .port = NUMBER(SESSION),
			     .how = IP_ASSIGNED};

	ip_table_claim(&w.sw.ips, &c, 5000);
	put_arp(&f, MAC(1), ALL_HOSTS, ARP_REQUEST, IP(1), IP(150));
	assert_int_equal(world_send(&w, A, &f), HUB_PASS);
	assert_int_equal(w.d.verdict, HUB_ANSWER);
	assert_int_equal(hub_mac(w.answer + ETH_ADDR), MAC(77));
	/* not to the session itself, which asks whether its address is free */
	put_arp(&f, SESSION_MAC(OTHER_SESSION), ALL_HOSTS, ARP_REQUEST, 0, IP(151));
	c.addr = hub_ip4(IP(151));
	c.port = NUMBER(OTHER_SESSION);
	ip_table_claim(&w.sw.ips, &c, 5000);
	assert_int_equal(world_send(&w, OTHER_SESSION, &f), HUB_PASS);
	assert_int_equal(w.d.verdict, HUB_FLOOD);
	/* others answer for themselves */
	put_arp(&f, MAC(2), ALL_HOSTS, ARP_REQUEST, IP(2), IP(1));
	assert_int_equal(world_send(&w, B, &f), HUB_PASS);
	put_arp(&f, MAC(1), ALL_HOSTS, ARP_REQUEST, IP(1), IP(2));
	assert_int_equal(world_send(&w, A, &f), HUB_PASS);
	assert_int_equal(w.d.verdict, HUB_FLOOD);
	assert_int_equal(w.reached, BIT(B) | BIT(WAY_OUT));
	world_free(&w);
}

/* A session in a VLAN is known there only, also to a trunk, whose question has a tag. */
static void the_hub_answers_in_vlans(void **state)
{
	struct ip_claim c = {.hub = WORLD_HUB,
			     .vlan = 7,
			     .addr = hub_ip4(IP(150)),
			     .mac = SESSION_MAC(SESSION),
			     .port = NUMBER(SESSION),
			     .how = IP_ASSIGNED};
	struct world w;
	struct frame f;
	struct hub_headers h;

	(void)state;
	world_make(&w);
	w.policies[A].value[POLICY_VLAN_ID] = w.policies[SESSION].value[POLICY_VLAN_ID] = 7;
	world_configure(&w);
	ip_table_claim(&w.sw.ips, &c, 5000);
	put_arp(&f, MAC(1), ALL_HOSTS, ARP_REQUEST, IP(1), IP(150));
	assert_int_equal(world_send(&w, A, &f), HUB_PASS);
	assert_int_equal(w.d.verdict, HUB_ANSWER);
	assert_true(hub_headers_parse(w.answer, w.d.answer_len, &h));
	assert_int_equal(h.arp.sender_mac, SESSION_MAC(SESSION));
	assert_int_equal(h.dst_mac, MAC(1));
	put_arp(&f, MAC(2), ALL_HOSTS, ARP_REQUEST, IP(2), IP(150));
	assert_int_equal(world_send(&w, B, &f), HUB_PASS);
	assert_int_equal(w.d.verdict, HUB_FLOOD);
	put_tag(&f, VLAN_TYPE, 7);
	assert_int_equal(world_send(&w, B, &f), HUB_PASS);
	assert_int_equal(w.d.verdict, HUB_ANSWER);
	assert_true(hub_headers_parse(w.answer, w.d.answer_len, &h));
	assert_int_equal(h.vlan, 7);
	assert_int_equal(h.arp.sender_ip, IP(150));
	/* a session that is in no VLAN is unknown in one */
	put_arp(&f, MAC(1), ALL_HOSTS, ARP_REQUEST, IP(1), SESSION_IP(OTHER_SESSION));
	assert_int_equal(world_send(&w, A, &f), HUB_PASS);
	assert_int_equal(w.d.verdict, HUB_FLOOD);
	/* and its packets are stripped of the tag, or do not reach it */
	put_udp4(&f, MAC(2), SESSION_MAC(SESSION), IP(2), IP(150), 1, 1, 20);
	assert_int_equal(world_send(&w, B, &f), HUB_DROP_OTHER_VLAN);
	put_tag(&f, VLAN_TYPE, 7);
	assert_int_equal(world_send(&w, B, &f), HUB_PASS);
	assert_true(w.edit[SESSION].strip_tag);
	world_free(&w);
}

static void the_hubs_mac_routes_ipv6(void **state)
{
	const uint64_t hub_mac_bits = UINT64_C(0x5e0100000001);
	const uint64_t prefix = UINT64_C(0xfd00000000000100) + SESSION;
	uint8_t mac[6];
	struct world w;
	struct frame f;

	(void)state;
	world_make(&w);
	put_udp6(&f, MAC(1), hub_mac_bits, link6(1), (struct ipv6_addr){prefix, 5}, 1, 1);
	assert_int_equal(world_send(&w, WAY_OUT, &f), HUB_DROP_NOBODY);
	hub_mac_octets(mac, SESSION_MAC(SESSION));
	assert_true(neigh_add(&w.neigh, WORLD_HUB, prefix, mac));
	assert_int_equal(world_send(&w, WAY_OUT, &f), HUB_PASS);
	assert_int_equal(w.reached, BIT(SESSION));
	put_nd(&f, MAC(1), MAC_GROUP6(0xff000005), link6(1), 135, (struct ipv6_addr){prefix, 5},
	       MAC(1));
	ipv6_addr_put(f.p + ETH_HDR + IPV6_DST, ipv6_solicited((struct ipv6_addr){prefix, 5}));
	put_be16(f.p + ETH_HDR + IPV6_HDR + 2, 0);
	checksum_store(f.p + ETH_HDR + IPV6_HDR + 2,
		       checksum_add(checksum_pseudo6(f.p + ETH_HDR, IPV6_ICMP, 32),
				    f.p + ETH_HDR + IPV6_HDR, 32));
	assert_int_equal(world_send(&w, WAY_OUT, &f), HUB_PASS);
	assert_int_equal(w.d.verdict, HUB_ANSWER);
	assert_int_equal(w.d.answer_len, FRAME_ND_ANSWER_LEN);
	world_free(&w);
}

static struct access_list *list_of(struct access_rule r)
{
	r.id = 9;
	return access_list_build(&r, 1);
}

static void access_rules_are_carried_out(void **state)
{
	struct access_rule r = access_rule_any();
	struct access_list *l;
	unsigned lost = 0, min = UINT32_MAX, max = 0;
	struct world w;
	struct frame f;

	(void)state;
	world_make(&w);
	put_udp4(&f, MAC(1), MAC(2), IP(1), IP(2), 1, 1, 20);
	r.src_name = w.ports[A].group;
	r.discard = true;
	w.hub.access = l = list_of(r);
	assert_int_equal(world_send(&w, A, &f), HUB_DROP_ACCESS_LIST);
	assert_int_equal(w.d.rule, 9);
	access_list_free(l);
	r.discard = false;
	r.loss_percent = 30;
	r.delay_ms = 1000;
	r.jitter_percent = 50;
	w.hub.access = l = list_of(r);
	for (unsigned i = 0; i < 250; i++) {
		enum hub_drop drop = world_send(&w, A, &f);

		lost += drop == HUB_DROP_ACCESS_LOSS;
		if (drop != HUB_PASS)
			continue;
		min = w.d.delay_ms < min ? w.d.delay_ms : min;
		max = w.d.delay_ms > max ? w.d.delay_ms : max;
	}
	access_list_free(l);
	assert_in_range(lost, 40, 110);
	assert_in_range(min, 500, 600);
	assert_in_range(max, 1400, 1500);
	world_free(&w);
}

/* A list that names receivers: of a flood each port gets its own verdict. */
static void access_rules_that_name_the_receiver(void **state)
{
	struct access_rule r = access_rule_any();
	struct access_list *l;
	struct world w;
	struct frame f;

	(void)state;
	world_make(&w);
	put_udp4(&f, MAC(1), ALL_HOSTS, IP(1), IP(255), 1, 1, 20);
	r.discard = true;
	r.dst_name = w.ports[B].user;
	w.hub.access = l = list_of(r);
	assert_int_equal(world_send(&w, A, &f), HUB_PASS);
	assert_int_equal(w.at[B], HUB_DROP_ACCESS_LIST);
	assert_int_equal(w.reached, BIT(WAY_OUT) | BIT(SESSION) | BIT(OTHER_SESSION));
	access_list_free(l);
	/* one that may, before one for all */
	struct access_rule two[2] = {r, access_rule_any()};

	two[0].discard = false;
	two[0].id = 1;
	two[1].discard = true;
	two[1].id = 2;
	two[1].priority = 9;
	w.hub.access = l = access_list_build(two, 2);
	assert_int_equal(world_send(&w, A, &f), HUB_PASS);
	assert_int_equal(w.reached, BIT(B));
	access_list_free(l);
	world_free(&w);
}

static void storms_end(void **state)
{
	struct world w;
	struct frame f;
	unsigned passed = 0;

	(void)state;
	world_make(&w);
	put_raw(&f, MAC(1), ALL_HOSTS, 0x88b5);
	for (unsigned i = 0; i < 10000; i++)
		passed += world_send(&w, A, &f) == HUB_PASS;
	assert_int_equal(passed, STORM_PORT_DEFAULT);
	/* classes are apart, unless it is strict */
	put_raw(&f, MAC(1), UINT64_C(0x01005e000001), 0x88b5);
	assert_int_equal(world_send(&w, A, &f), HUB_PASS);
	w.options.value[OPTION_BROADCAST_LIMITER_STRICT_MODE] = 1;
	world_configure(&w);
	assert_int_equal(world_send(&w, A, &f), HUB_DROP_STORM_PORT);
	w.options.value[OPTION_BROADCAST_LIMITER_STRICT_MODE] = 0;
	world_configure(&w);
	/* a host that only listens */
	put_raw(&f, MAC(1), MAC(50), 0x88b5);
	for (unsigned i = 0; i < STORM_PORT_DEFAULT * STORM_UNKNOWN_FACTOR; i++)
		assert_int_equal(world_send(&w, A, &f), HUB_PASS);
	assert_int_equal(world_send(&w, A, &f), HUB_DROP_STORM_PORT);
	/* DHCP for our server */
	w.hub.dhcp_server = true;
	put_dhcp(&f, MAC(1), ALL_HOSTS, 0, DHCP_MSG_DISCOVER, MAC(1), 0, 0);
	assert_int_equal(world_send(&w, A, &f), HUB_PASS);
	assert_int_equal(w.d.verdict, HUB_TO_CONTROL);
	w.hub.dhcp_server = false;
	/* known unicast is no storm */
	put_raw(&f, MAC(2), MAC(1), 0x88b5);
	assert_int_equal(world_send(&w, B, &f), HUB_PASS);
	/* the hub's limit holds where the ports' are off */
	w.options.value[OPTION_BROADCAST_LIMITER_STRICT_MODE] = 0;
	w.options.value[OPTION_BROADCAST_STORM_DETECTION_THRESHOLD] = 10;
	w.policies[B].value[POLICY_NO_BROADCAST_LIMITER] = 1;
	world_configure(&w);
	w.now_ms += 1000;
	put_raw(&f, MAC(2), ALL_HOSTS, 0x88b5);
	for (unsigned i = 0; i < 40; i++)
		assert_int_equal(world_send(&w, B, &f), HUB_PASS);
	assert_int_equal(world_send(&w, B, &f), HUB_DROP_STORM_HUB);
	world_free(&w);
}

/* Two bridges in a loop bring each broadcast back by the other port. */
static void a_loop_is_cut(void **state)
{
	struct world w;
	struct frame f;
	unsigned passed = 0, flapping = 0;

	(void)state;
	world_make(&w);
	put_raw(&f, MAC(1), ALL_HOSTS, 0x88b5);
	for (unsigned i = 0; i < 1000; i++) {
		enum hub_drop drop = world_send(&w, i % 2 ? A : B, &f);

		passed += drop == HUB_PASS;
		flapping += drop == HUB_DROP_MAC_FLAPPING;
	}
	assert_in_range(passed, 6, STORM_PORT_DEFAULT + 10);
	assert_in_range(flapping, 490, 500);
	world_free(&w);
}

static void full_tables_drop_newcomers(void **state)
{
	struct world w;
	struct frame f;

	(void)state;
	world_make(&w);
	for (uint32_t i = 0; i < TABLE_PER_HUB; i++) {
		struct ip_claim c = {.hub = WORLD_HUB,
				     .addr = hub_ip4(UINT32_C(0x0a000000) + i),
				     .port = NUMBER(B)};
		struct mac_claim m = {.hub = WORLD_HUB, .mac = MAC(1000) + i, .port = NUMBER(B)};

		if (i % 100 == 0)
			hub_switch_tend(&w.sw, w.now_ms, 64);
		mac_table_learn(&w.sw.macs, &m, 5000);
		ip_table_claim(&w.sw.ips, &c, 5000);
	}
	assert_int_equal(mac_table_hub_count(&w.sw.macs, WORLD_HUB), TABLE_PER_HUB);
	put_raw(&f, MAC(1), MAC(1000), 0x88b5);
	assert_int_equal(world_send(&w, A, &f), HUB_DROP_MAC_TABLE_FULL);
	mac_table_delete(&w.sw.macs, WORLD_HUB, 0, MAC(1001));
	assert_int_equal(world_send(&w, A, &f), HUB_PASS);
	put_udp4(&f, MAC(1), MAC(1000), IP(1), IP(2), 1, 1, 20);
	assert_int_equal(world_send(&w, A, &f), HUB_DROP_IP_TABLE_FULL);
	/* the Internet is not learned, so it passes */
	put_udp4(&f, MAC(1), MAC(1000), 0x08080808, IP(2), 1, 1, 20);
	assert_int_equal(world_send(&w, A, &f), HUB_PASS);
	w.options.value[OPTION_MANAGE_ONLY_PRIVATE_IP] = 0;
	world_configure(&w);
	w.now_ms += 1000; /* what was claimed in this second is not asked again */
	assert_int_equal(world_send(&w, A, &f), HUB_DROP_IP_TABLE_FULL);
	w.options.value[OPTION_NO_IP_TABLE] = 1;
	world_configure(&w);
	assert_int_equal(world_send(&w, A, &f), HUB_PASS);
	world_free(&w);
}

static void router_advertisements_without_router(void **state)
{
	struct world w;
	struct frame f;
	struct nd nd;
	size_t len;

	(void)state;
	world_make(&w);
	w.policies[B].value[POLICY_NO_DEFAULT_ROUTER_IN_RA_WHEN_IPV6] = 1;
	world_configure(&w);
	put_nd(&f, MAC(1), MAC_GROUP6(1), link6(1), 134, link6(0), MAC(1));
	world_send(&w, A, &f);
	assert_false(w.edit[B].no_default_router); /* its peer is reached over IPv4 */
	w.ports[B].outer_ipv6 = true;
	world_send(&w, A, &f);
	assert_true(w.edit[B].no_default_router);
	assert_false(w.edit[WAY_OUT].no_default_router);
	len = f.len;
	assert_ptr_equal(hub_edit_frame(f.p, &len, &w.h, &w.edit[B]), f.p);
	assert_int_equal(nd_parse(f.p + ETH_HDR, len - ETH_HDR, &nd),
			 ND_OK); /* its checksum, too */
	assert_int_equal(nd.ra.lifetime_s, 0);
	assert_int_equal(nd.ra.hop_limit, 64);
	w.policies[B].value[POLICY_NO_DEFAULT_ROUTER_IN_RA_WHEN_IPV6] = 0;
	w.options.value[OPTION_NO_DEFAULT_ROUTER_IN_RA_WHEN_IPV6] = 1;
	world_configure(&w);
	put_nd(&f, MAC(1), MAC_GROUP6(1), link6(1), 134, link6(0), MAC(1));
	world_send(&w, A, &f);
	assert_true(w.edit[B].no_default_router);
	w.ports[B].outer_ipv6 = false;
	world_send(&w, A, &f);
	assert_false(w.edit[B].no_default_router);
	w.policies[B].value[POLICY_NO_DEFAULT_ROUTER_IN_RA] = 1;
	world_configure(&w);
	put_nd(&f, MAC(1), MAC_GROUP6(1), link6(1), 134, link6(0), MAC(1));
	world_send(&w, A, &f);
	assert_true(w.edit[B].no_default_router);
	world_free(&w);
}

static void every_drop_was_reached(void **state)
{
	(void)state;
	for (unsigned i = 0; i < HUB_DROP_N; i++) {
		if (!world_seen[i])
			fail_msg("%s was never reached", hub_drop_name(i));
		assert_true(hub_drop_help(i)[0] != 0);
	}
	assert_string_equal(hub_drop_name(HUB_DROP_N), "unknown");
	assert_string_equal(hub_drop_name(HUB_PASS), "pass");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(learns_and_switches),
		cmocka_unit_test(frames_that_are_none),
		cmocka_unit_test(vlans_are_apart),
		cmocka_unit_test(sessions_send_only_what_is_theirs),
		cmocka_unit_test(sessions_get_what_is_for_them),
		cmocka_unit_test(the_hub_answers_for_sessions),
		cmocka_unit_test(the_hub_answers_in_vlans),
		cmocka_unit_test(the_hubs_mac_routes_ipv6),
		cmocka_unit_test(hosts_say_their_own_mac),
		cmocka_unit_test(discovers_have_a_rate),
		cmocka_unit_test(leases_are_learned),
		cmocka_unit_test(dhcp_goes_to_control),
		cmocka_unit_test(access_rules_are_carried_out),
		cmocka_unit_test(access_rules_that_name_the_receiver),
		cmocka_unit_test(storms_end),
		cmocka_unit_test(a_loop_is_cut),
		cmocka_unit_test(full_tables_drop_newcomers),
		cmocka_unit_test(router_advertisements_without_router),
		cmocka_unit_test(every_policy_drops_its_frame),
		cmocka_unit_test(no_broadcast_limiter_lets_pass),
		cmocka_unit_test(arp_dhcp_only_lets_these_pass),
		cmocka_unit_test(no_dhcp_server_may_be_a_client),
		cmocka_unit_test(no_server_looks_both_ways),
		cmocka_unit_test(ra_guard_is_not_fooled_by_headers),
		cmocka_unit_test(privacy_filter_and_its_options),
		cmocka_unit_test(every_option_filter_drops_its_frame),
		cmocka_unit_test(policy_rows_are_right),
		cmocka_unit_test(option_rows_are_right),
		cmocka_unit_test(every_drop_was_reached), /* the last one */
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
