/* Unit tests of the policies and options as tables, and for each that the hub carries out: a frame
 * that passes without it and is dropped, with that reason, by it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "test_forward.h"
#include "test_world.h"

#define G6 MAC_GROUP6(1)

/* Each returns what became of the frame that matters. */
typedef enum hub_drop scene(struct world *w);

/* from A to B, after B said where it is */
static enum hub_drop a_to_b(struct world *w, const struct frame *f)
{
	struct frame hello;

	put_raw(&hello, MAC(2), MAC(99), 0x88b5);
	world_send(w, B, &hello);
	return world_send(w, A, f);
}

static enum hub_drop dhcp_request(struct world *w)
{
	struct frame f;

	put_dhcp(&f, MAC(1), ALL_HOSTS, 0, DHCP_MSG_DISCOVER, MAC(1), 0, 0);
	return a_to_b(w, &f);
}

static enum hub_drop dhcp_answer(struct world *w)
{
	struct frame f;

	put_dhcp(&f, MAC(1), MAC(2), IP(1), DHCP_MSG_OFFER, MAC(2), IP(9), 60);
	return a_to_b(w, &f);
}

static enum hub_drop netbios(struct world *w)
{
	struct frame f;

	put_udp4(&f, MAC(1), ALL_HOSTS, IP(1), IP(255), 137, 137, 20);
	return a_to_b(w, &f);
}

static enum hub_drop unicast(struct world *w)
{
	struct frame f;

	put_udp4(&f, MAC(1), MAC(2), IP(1), IP(2), 1000, 1001, 20);
	return a_to_b(w, &f);
}

static enum hub_drop served4(struct world *w)
{
	struct frame f;

	put_tcp4(&f, MAC(1), MAC(2), IP(1), IP(2), 80, 40000, TCP_SYN | TCP_ACK);
	return a_to_b(w, &f);
}

static enum hub_drop served6(struct world *w)
{
	struct frame f;

	put_tcp6(&f, MAC(1), MAC(2), link6(1), link6(2), 80, 40000, TCP_SYN | TCP_ACK);
	return a_to_b(w, &f);
}

static enum hub_drop router_asks(struct world *w)
{
	struct frame f;

	put_nd(&f, MAC(1), G6, link6(1), 133, link6(0), MAC(1));
	return a_to_b(w, &f);
}

static enum hub_drop router_says(struct world *w)
{
	struct frame f;

	put_nd(&f, MAC(1), G6, link6(1), 134, link6(0), MAC(1));
	return a_to_b(w, &f);
}

static enum hub_drop dhcp6_request(struct world *w)
{
	struct frame f;

	put_udp6(&f, MAC(1), MAC_GROUP6(0x10002), link6(1), group6(0x10002), 546, 547);
	return a_to_b(w, &f);
}

static enum hub_drop dhcp6_answer(struct world *w)
{
	struct frame f;

	put_udp6(&f, MAC(1), MAC(2), link6(1), link6(2), 547, 546);
	return a_to_b(w, &f);
}

static enum hub_drop arp(struct world *w)
{
	struct frame f;

	put_arp(&f, MAC(1), ALL_HOSTS, ARP_REQUEST, IP(1), IP(2));
	return a_to_b(w, &f);
}

static enum hub_drop ipv6(struct world *w)
{
	struct frame f;

	put_udp6(&f, MAC(1), MAC(2), link6(1), link6(2), 5000, 5001);
	return a_to_b(w, &f);
}

static enum hub_drop lldp(struct world *w)
{
	struct frame f;

	put_raw(&f, MAC(1), MAC(2), 0x88b5);
	return a_to_b(w, &f);
}

static enum hub_drop ospf(struct world *w)
{
	struct frame f;

	put_ip4(&f, MAC(1), MAC(2), 89, IP(1), IP(2), 24);
	return a_to_b(w, &f);
}

static enum hub_drop pppoe(struct world *w)
{
	struct frame f;

	put_raw(&f, MAC(1), MAC(2), 0x8863);
	return a_to_b(w, &f);
}

static enum hub_drop bpdu(struct world *w)
{
	struct frame f;

	put_raw(&f, MAC(1), UINT64_C(0x0180c2000000), 0x0026);
	return a_to_b(w, &f);
}

/* n MACs, and the n-th's frame */
static enum hub_drop two_macs(struct world *w)
{
	unicast(w);
	struct frame f;

	put_udp4(&f, MAC(3), MAC(2), IP(3), IP(2), 1, 1, 20);
	return world_send(w, A, &f);
}

static enum hub_drop addresses4(struct world *w, unsigned n)
{
	enum hub_drop drop = HUB_PASS;
	struct frame f;

	for (unsigned i = 0; i < n; i++) {
		put_udp4(&f, MAC(1), MAC(2), IP(1 + i), IP(2), 1, 1, 20);
		drop = a_to_b(w, &f);
		assert_true(i + 1 == n || drop == HUB_PASS);
	}
	return drop;
}

static enum hub_drop addresses6(struct world *w, unsigned n)
{
	enum hub_drop drop = HUB_PASS;
	struct frame f;

	for (unsigned i = 0; i < n; i++) {
		put_udp6(&f, MAC(1), MAC(2), link6(1 + i), link6(99), 1, 1);
		drop = a_to_b(w, &f);
		assert_true(i + 1 == n || drop == HUB_PASS);
	}
	return drop;
}

static enum hub_drop two_addresses4(struct world *w)
{
	return addresses4(w, 2);
}

static enum hub_drop two_addresses6(struct world *w)
{
	return addresses6(w, 2);
}

static enum hub_drop five_addresses4(struct world *w)
{
	return addresses4(w, HUB_NO_ROUTING_PER_MAC + 1);
}

static enum hub_drop seventeen_addresses6(struct world *w)
{
	return addresses6(w, HUB_NO_ROUTING6_PER_MAC + 1);
}

/* B's MAC, B's addresses, from A */
static enum hub_drop foreign_mac(struct world *w)
{
	struct frame f;

	put_raw(&f, MAC(2), MAC(99), 0x88b5);
	return a_to_b(w, &f);
}

static enum hub_drop foreign_ip4(struct world *w)
{
	struct frame f;

	put_arp(&f, MAC(2), ALL_HOSTS, ARP_REQUEST, IP(2), IP(3));
	world_send(w, B, &f);
	put_arp(&f, MAC(1), ALL_HOSTS, ARP_REPLY, IP(2), IP(3));
	return world_send(w, A, &f);
}

static enum hub_drop foreign_ip6(struct world *w)
{
	struct frame f;

	put_nd(&f, MAC(2), G6, link6(2), 135, link6(3), MAC(2));
	world_send(w, B, &f);
	/* the source is its own, the address that it says it has is not */
	put_nd(&f, MAC(1), G6, link6(1), 136, link6(2), MAC(1));
	return world_send(w, A, &f);
}

static enum hub_drop upload(struct world *w)
{
	enum hub_drop drop = HUB_PASS;

	for (unsigned i = 0; i < 10 && drop == HUB_PASS; i++)
		drop = unicast(w);
	return drop;
}

static enum hub_drop broadcasts(struct world *w)
{
	enum hub_drop drop = HUB_PASS;

	for (unsigned i = 0; i < STORM_PORT_DEFAULT + 1 && drop == HUB_PASS; i++)
		drop = netbios(w);
	return drop;
}

/* A frame with a tag, from the port that has its own VLAN. */
static enum hub_drop tagged(struct world *w)
{
	struct frame f;

	put_raw(&f, MAC(1), MAC(2), 0x88b5);
	put_tag(&f, VLAN_TYPE, 7);
	return a_to_b(w, &f);
}

static const struct {
	enum hub_policy_id id;
	uint32_t value;
	scene *run;
	enum hub_drop drop;
	bool at_receiver, both;
} rows[] = {
	{POLICY_DHCP_FILTER, 1, dhcp_request, HUB_DROP_DHCP_FILTER, false, false},
	{POLICY_DHCP_FILTER, 1, dhcp_answer, HUB_DROP_DHCP_FILTER, true, false},
	{POLICY_DHCP_NO_SERVER, 1, dhcp_answer, HUB_DROP_DHCP_SERVER, false, false},
	{POLICY_DHCP_FORCE, 1, unicast, HUB_DROP_DHCP_FORCE, false, false},
	{POLICY_NO_BRIDGE, 1, two_macs, HUB_DROP_NO_BRIDGE, false, false},
	{POLICY_NO_ROUTING, 1, five_addresses4, HUB_DROP_NO_ROUTING, false, false},
	{POLICY_CHECK_MAC, 1, foreign_mac, HUB_DROP_CHECK_MAC, false, false},
	{POLICY_CHECK_IP, 1, foreign_ip4, HUB_DROP_CHECK_IP, false, false},
	{POLICY_ARP_DHCP_ONLY, 1, netbios, HUB_DROP_ARP_DHCP_ONLY, false, false},
	{POLICY_PRIVACY_FILTER, 1, unicast, HUB_DROP_PRIVACY, false, true},
	{POLICY_NO_SERVER, 1, served4, HUB_DROP_NO_SERVER, false, false},
	{POLICY_MAX_MAC, 1, two_macs, HUB_DROP_MAX_MAC, false, false},
	{POLICY_MAX_IP, 1, two_addresses4, HUB_DROP_MAX_IP, false, false},
	{POLICY_MAX_UPLOAD, 1000, upload, HUB_DROP_UPLOAD, false, false},
	{POLICY_MAX_DOWNLOAD, 1000, upload, HUB_DROP_DOWNLOAD, true, false},
	{POLICY_RS_RA_FILTER, 1, router_asks, HUB_DROP_RS_RA, false, false},
	{POLICY_RS_RA_FILTER, 1, router_says, HUB_DROP_RS_RA, false, false},
	{POLICY_RA_FILTER, 1, router_says, HUB_DROP_RA, false, false},
	{POLICY_DHCPV6_FILTER, 1, dhcp6_request, HUB_DROP_DHCP6_FILTER, false, false},
	{POLICY_DHCPV6_NO_SERVER, 1, dhcp6_answer, HUB_DROP_DHCP6_SERVER, false, false},
	{POLICY_NO_ROUTING_V6, 1, seventeen_addresses6, HUB_DROP_NO_ROUTING_V6, false, false},
	{POLICY_CHECK_IPV6, 1, foreign_ip6, HUB_DROP_CHECK_IPV6, false, false},
	{POLICY_NO_SERVER_V6, 1, served6, HUB_DROP_NO_SERVER_V6, false, false},
	{POLICY_MAX_IPV6, 1, two_addresses6, HUB_DROP_MAX_IPV6, false, false},
	{POLICY_FILTER_IPV4, 1, unicast, HUB_DROP_FILTER_IPV4, false, false},
	{POLICY_FILTER_IPV4, 1, unicast, HUB_DROP_FILTER_IPV4, true, false},
	{POLICY_FILTER_IPV4, 1, arp, HUB_DROP_FILTER_IPV4, false, false},
	{POLICY_FILTER_IPV6, 1, ipv6, HUB_DROP_FILTER_IPV6, false, false},
	{POLICY_FILTER_NON_IP, 1, lldp, HUB_DROP_FILTER_NON_IP, false, false},
	{POLICY_VLAN_ID, 7, tagged, HUB_DROP_TAGGED, false, false},
	{POLICY_VLAN_ID, 8, unicast, HUB_DROP_OTHER_VLAN, true, false},
};

static enum hub_drop run_row(size_t i, bool on)
{
	struct world w;
	enum hub_drop drop;

	world_make(&w);
	/* only the two ports matter: what else a flood reaches must not make it a pass */
	w.ports[WAY_OUT].hub = w.ports[SESSION].hub = w.ports[OTHER_SESSION].hub = 99;
	if (on && (!rows[i].at_receiver || rows[i].both))
		w.policies[A].value[rows[i].id] = rows[i].value;
	if (on && (rows[i].at_receiver || rows[i].both))
		w.policies[B].value[rows[i].id] = rows[i].value;
	world_configure(&w);
	drop = rows[i].run(&w);
	if (drop == HUB_DROP_OTHER_HUB) /* the last port of a flood that reached nobody */
		drop = w.at[B];
	world_free(&w);
	return drop;
}

void every_policy_drops_its_frame(void **state)
{
	bool has_row[POLICY_N] = {false};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_int_equal(run_row(i, false), HUB_PASS);
		assert_int_equal(run_row(i, true), rows[i].drop);
		has_row[rows[i].id] = true;
	}
	/* these three let pass, or change a frame: tests of their own */
	has_row[POLICY_NO_BROADCAST_LIMITER] = true;
	has_row[POLICY_NO_DEFAULT_ROUTER_IN_RA] = true;
	has_row[POLICY_NO_DEFAULT_ROUTER_IN_RA_WHEN_IPV6] = true;
	for (unsigned id = 0; id < POLICY_N; id++) {
		enum hub_policy_by by = hub_policy_row(id)->by;

		assert_int_equal(has_row[id], by == POLICY_BY_FRAME || by == POLICY_BY_PORT);
	}
}

void no_broadcast_limiter_lets_pass(void **state)
{
	struct world w;

	(void)state;
	world_make(&w);
	assert_int_equal(broadcasts(&w), HUB_DROP_STORM_PORT);
	assert_true(storm_is_on(&w.ports[A].storm, w.now_ms));
	w.now_ms += 2 * STORM_WINDOW_MS;
	assert_false(storm_is_on(&w.ports[A].storm, w.now_ms));
	w.policies[A].value[POLICY_NO_BROADCAST_LIMITER] = 1;
	world_configure(&w);
	assert_int_equal(broadcasts(&w), HUB_PASS);
	world_free(&w);
}

void arp_dhcp_only_lets_these_pass(void **state)
{
	static scene *const runs[] = {arp, dhcp_request, router_says, dhcp6_request, unicast};
	struct world w;

	(void)state;
	world_make(&w);
	w.policies[A].value[POLICY_ARP_DHCP_ONLY] = w.policies[B].value[POLICY_ARP_DHCP_ONLY] = 1;
	world_configure(&w);
	for (size_t i = 0; i < sizeof(runs) / sizeof(runs[0]); i++)
		assert_int_equal(runs[i](&w), HUB_PASS);
	world_free(&w);
}

/* Who may not be a server may have one. */
void no_dhcp_server_may_be_a_client(void **state)
{
	struct world w;

	(void)state;
	world_make(&w);
	w.policies[B].value[POLICY_DHCP_NO_SERVER] = w.policies[B].value[POLICY_DHCPV6_NO_SERVER] =
		1;
	world_configure(&w);
	assert_int_equal(dhcp_answer(&w), HUB_PASS);
	assert_int_equal(dhcp6_answer(&w), HUB_PASS);
	world_free(&w);
}

/* The first segment towards the port that may not serve; the port may itself connect. */
void no_server_looks_both_ways(void **state)
{
	struct world w;
	struct frame f;

	(void)state;
	world_make(&w);
	w.policies[B].value[POLICY_NO_SERVER] = w.policies[B].value[POLICY_NO_SERVER_V6] = 1;
	world_configure(&w);
	put_tcp4(&f, MAC(1), MAC(2), IP(1), IP(2), 40000, 80, TCP_SYN);
	assert_int_equal(a_to_b(&w, &f), HUB_DROP_NO_SERVER);
	put_tcp4(&f, MAC(1), MAC(2), IP(1), IP(2), 80, 40000, TCP_SYN | TCP_ACK);
	assert_int_equal(a_to_b(&w, &f), HUB_PASS);
	put_tcp6(&f, MAC(1), MAC(2), link6(1), link6(2), 40000, 80, TCP_SYN);
	assert_int_equal(a_to_b(&w, &f), HUB_DROP_NO_SERVER_V6);
	/* flags hidden in a tiny first fragment, or by its overlap (RFC 3128) */
	put_ip4(&f, MAC(1), MAC(2), 6, IP(1), IP(2), 8);
	put_be16(f.p + ETH_HDR + IPV4_FRAG, IPV4_FRAG_MF);
	assert_int_equal(a_to_b(&w, &f), HUB_DROP_NO_SERVER);
	put_be16(f.p + ETH_HDR + IPV4_FRAG, 1);
	assert_int_equal(a_to_b(&w, &f), HUB_DROP_NO_SERVER);
	put_be16(f.p + ETH_HDR + IPV4_FRAG, 2);
	assert_int_equal(a_to_b(&w, &f), HUB_PASS);
	world_free(&w);
}

void ra_guard_is_not_fooled_by_headers(void **state)
{
	struct world w;
	struct frame f;
	uint8_t *p;

	(void)state;
	world_make(&w);
	w.policies[A].value[POLICY_RA_FILTER] = 1;
	world_configure(&w);
	/* behind destination options */
	p = put_ip6(&f, MAC(1), G6, 60, link6(1), group6(1), 8 + 16);
	p[0] = IPV6_ICMP;
	p[8] = 134;
	assert_int_equal(a_to_b(&w, &f), HUB_DROP_RA);
	/* in a first fragment */
	p[-40 + 6] = 44;
	put_be16(p + 2, 1);
	assert_int_equal(a_to_b(&w, &f), HUB_DROP_RA);
	/* behind a chain that does not end in this packet (RFC 7113) */
	p[0] = 60;
	p[8] = IPV6_ICMP;
	p[9] = 200;
	assert_int_equal(a_to_b(&w, &f), HUB_DROP_RA);
	assert_true(w.h.flags & HDR_CHAIN_CUT);
	/* what a router passed on is no RA */
	p[-40 + 7] = 64;
	assert_int_equal(a_to_b(&w, &f), HUB_PASS);
	world_free(&w);
}

void privacy_filter_and_its_options(void **state)
{
	struct world w;
	const enum hub_option_id same_user = OPTION_ALLOW_SAME_USER_IN_PRIVACY_FILTER_MODE;

	(void)state;
	world_make(&w);
	w.ports[WAY_OUT].hub = w.ports[SESSION].hub = w.ports[OTHER_SESSION].hub = 99;
	w.policies[A].value[POLICY_PRIVACY_FILTER] = 1;
	world_configure(&w);
	assert_int_equal(unicast(&w), HUB_PASS); /* only one of them */
	w.policies[B].value[POLICY_PRIVACY_FILTER] = 1;
	world_configure(&w);
	assert_int_equal(unicast(&w), HUB_DROP_PRIVACY);
	assert_int_equal(arp(&w), HUB_PASS);
	assert_int_equal(netbios(&w), HUB_PASS);
	w.options.value[OPTION_DROP_BROADCASTS_IN_PRIVACY_FILTER_MODE] = 1;
	world_configure(&w);
	assert_int_equal(arp(&w), HUB_PASS);
	netbios(&w);
	assert_int_equal(w.at[B], HUB_DROP_PRIVACY);
	w.options.value[OPTION_DROP_ARP_IN_PRIVACY_FILTER_MODE] = 1;
	world_configure(&w);
	arp(&w);
	assert_int_equal(w.at[B], HUB_DROP_PRIVACY);
	w.ports[B].user = w.ports[A].user;
	assert_int_equal(unicast(&w), HUB_DROP_PRIVACY);
	w.options.value[same_user] = 1;
	world_configure(&w);
	assert_int_equal(unicast(&w), HUB_PASS);
	w.ports[A].user = w.ports[B].user = ACCESS_ANYONE; /* two of whom nothing is known */
	assert_int_equal(unicast(&w), HUB_DROP_PRIVACY);
	world_free(&w);
}

void every_option_filter_drops_its_frame(void **state)
{
	static const struct {
		enum hub_option_id id;
		scene *run;
		enum hub_drop drop;
	} filters[] = {
		{OPTION_FILTER_IPV4, unicast, HUB_DROP_OPTION_IPV4},
		{OPTION_FILTER_IPV4, arp, HUB_DROP_OPTION_IPV4},
		{OPTION_FILTER_IPV6, ipv6, HUB_DROP_OPTION_IPV6},
		{OPTION_FILTER_NON_IP, lldp, HUB_DROP_OPTION_NON_IP},
		{OPTION_FILTER_BPDU, bpdu, HUB_DROP_OPTION_BPDU},
		{OPTION_FILTER_PPPOE, pppoe, HUB_DROP_OPTION_PPPOE},
		{OPTION_FILTER_OSPF, ospf, HUB_DROP_OPTION_OSPF},
	};
	struct world w;

	(void)state;
	for (size_t i = 0; i < sizeof(filters) / sizeof(filters[0]); i++) {
		world_make(&w);
		assert_int_equal(filters[i].run(&w), HUB_PASS);
		w.options.value[filters[i].id] = 1;
		world_configure(&w);
		assert_int_equal(filters[i].run(&w), filters[i].drop);
		world_free(&w);
	}
}

void policy_rows_are_right(void **state)
{
	struct hub_policy p;

	(void)state;
	hub_policy_standard(&p);
	for (unsigned id = 0; id < POLICY_N; id++) {
		const struct hub_policy_row *r = hub_policy_row(id);

		assert_non_null(r->name);
		assert_true(r->text[0] != 0);
		assert_int_equal(hub_policy_find(r->name), id);
		assert_int_equal(r->by == POLICY_BY_NOBODY, r->refused != NULL);
		assert_int_equal(hub_policy_check(id, r->standard), POLICY_OK);
		if (r->max < UINT32_MAX)
			assert_int_equal(hub_policy_check(id, r->max + 1), POLICY_RANGE);
		if (r->kind == POLICY_NUMBER)
			assert_int_equal(hub_policy_check(id, 0),
					 r->zero_is_none ? POLICY_OK : POLICY_RANGE);
		if (r->refused)
			assert_int_equal(hub_policy_check(id, r->min + !r->standard),
					 POLICY_REFUSED);
	}
	assert_null(hub_policy_row(POLICY_N));
	assert_int_equal(hub_policy_check(POLICY_N, 0), POLICY_NO_SUCH);
	assert_int_equal(hub_policy_find("nodhcp"), -1);
	assert_int_equal(hub_policy_find("dhcpfilter"), POLICY_DHCP_FILTER);
	assert_int_equal(hub_policy_find("VLANID"), 37); /* SoftEther's number */
	assert_int_equal(p.value[POLICY_ACCESS], 1);
	assert_int_equal(p.value[POLICY_TIMEOUT], 20);
}

void option_rows_are_right(void **state)
{
	(void)state;
	assert_int_equal(OPTION_N, 61);
	for (unsigned id = 0; id < OPTION_N; id++) {
		const struct hub_option_row *r = hub_option_row(id);

		assert_non_null(r->name);
		assert_true(r->text[0] != 0);
		assert_int_equal(hub_option_find(r->name), id);
		assert_int_equal(r->by == OPTION_FIXED, r->refused != NULL);
		assert_int_equal(hub_option_check(id, r->standard), OPTION_OK);
		if (r->by == OPTION_FIXED)
			assert_int_equal(hub_option_check(id, r->standard + 1), OPTION_REFUSED);
		else if (r->max < UINT32_MAX)
			assert_int_equal(hub_option_check(id, r->max + 1), OPTION_RANGE);
	}
	assert_null(hub_option_row(OPTION_N));
	assert_int_equal(hub_option_check(OPTION_N, 0), OPTION_NO_SUCH);
	assert_int_equal(hub_option_find("filterbpdu"), OPTION_FILTER_BPDU);
	assert_int_equal(hub_option_find("no such"), -1);
	assert_int_equal(hub_option_check(OPTION_VLAN_TYPE_ID, VLAN_TYPE_S), OPTION_OK);
	assert_int_equal(hub_option_check(OPTION_VLAN_TYPE_ID, VLAN_TYPE + 1), OPTION_RANGE);
}
