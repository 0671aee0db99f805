/* Tests of users' IPv6 on the way out: Neighbor Discovery on the TAP, the way to a
 * session by its /64, segmentation, Packet Too Big, between workers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "test_kit.h"
#include "wire/checksum.h"
#include "wire/eth.h"
#include "wire/icmp6.h"
#include "wire/nd.h"
#include "wire/udp.h"

static const struct ipv6_addr far_host = {UINT64_C(0x2001048600000000), 0x8888},
			      hub = {IPV6_LINK_PREFIX, HUB_IPV6_IID}, host = {IPV6_LINK_PREFIX, 1};

static struct kit *k;
static struct client a, b;
static uint8_t big[70000];

static int setup(void **state)
{
	(void)state;
	k = kit_new(2);
	kit_client(k, &a, 0, 1);
	kit_client(k, &b, 1, 2);
	assert_true(kit_ip6(k, &a, 1));
	assert_true(kit_ip6(k, &b, 2));
	k->sends = k->gso_sends = 0;
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	kit_client_free(&a);
	kit_client_free(&b);
	kit_free(k);
	return 0;
}

static void nothing_came_out(void)
{
	assert_null(fake_take(k->fake, FAKE_ANY));
	assert_null(fake_take(k->fake, k->tap[0]));
	assert_null(fake_take(k->fake, k->tap[1]));
}

/* From the kernel to the hub's MAC, at either queue; found by the destination's /64. */
static void packet_for_the_user(void **state)
{
	static const uint64_t iids[] = {KIT_IID, 0, UINT64_MAX};
	uint8_t p[1500], got[1500];

	(void)state;
	for (unsigned queue = 0; queue < 2; queue++) {
		for (size_t i = 0; i < 3; i++) {
			struct client *c = i & 1 ? &a : &b;
			size_t len = kit_packet6(p, far_host, kit_addr6(c, iids[i]), 50,
						 i ? KIT_MTU - IPV6_HDR : 1);

			kit_tap_frame(k, queue, c, NULL, p, len);
			kit_run(k);
			assert_int_equal(kit_take_ip(k, c, got), len);
			assert_memory_equal(got, p, len);
		}
	}
	assert_int_equal(kit_counter(k, "user-out"), 6);
	assert_int_equal(kit_counter(k, "handoffs"), 3);
	nothing_came_out();
}

static void frame(const uint8_t *dst, const uint8_t *src, const uint8_t *p, size_t len)
{
	static uint8_t buf[70000];

	eth_put(buf, dst, src, ETH_TYPE_IPV6);
	memcpy(buf + ETH_HDR, p, len);
	fake_tap_push(k->fake, k->tap[0], NULL, buf, ETH_HDR + len);
	kit_run(k);
}

static void packets_for_nobody(void **state)
{
	const struct ipv6_addr dst[] = {
		{KIT_NET6, 1},           /* the host's own /64 */
		{KIT_NET6 + 3, KIT_IID}, /* no session has it */
		far_host,
		{a.ip, 1}, /* not taken for an IPv4 address */
		{0, 1},
	};
	uint8_t p[200], mac[6];
	size_t len;

	(void)state;
	for (size_t i = 0; i < 5; i++) {
		kit_tap_frame(k, 0, &a, NULL, p, kit_packet6(p, far_host, dst[i], 50, 40));
		kit_run(k);
		assert_int_equal(kit_counter(k, "frame-ipv6-nobody"), i + 1);
	}
	/* to a port's MAC, but another's address */
	dp_session_mac(KIT_MACHINE, 0, a.slot, mac);
	frame(mac, kit_tap_mac, p, kit_packet6(p, far_host, kit_addr6(&b, 1), 50, 40));
	assert_int_equal(kit_counter(k, "ipv6-off"), 1);
	dp_hub_mac(KIT_HUB + 1, mac);
	frame(mac, kit_tap_mac, p, kit_packet6(p, far_host, kit_addr6(&a, 1), 50, 40));
	assert_int_equal(kit_counter(k, "frame-not-port"), 1);
	dp_hub_mac(KIT_HUB, mac);
	len = kit_packet6(p, far_host, kit_addr6(&a, 1), 50, 40);
	for (size_t cut = 0; cut < len; cut++)
		frame(mac, kit_tap_mac, p, cut);
	assert_int_equal(kit_counter(k, "frame-ipv6-short"), len);
	nothing_came_out();
}

static void taken_back(void **state)
{
	struct dp_cmd del = {.kind = DP_CMD_NEIGH_DEL};
	uint8_t p[200];

	(void)state;
	del.u.neigh.hub = KIT_HUB;
	del.u.neigh.prefix6 = a.prefix6;
	assert_true(kit_cmd(k, 0, &del, NULL));
	assert_false(kit_cmd(k, 0, &del, NULL));
	kit_tap_frame(k, 0, &a, NULL, p, kit_packet6(p, far_host, kit_addr6(&a, 1), 50, 40));
	kit_run(k);
	assert_int_equal(kit_counter(k, "frame-ipv6-nobody"), 1);
	nothing_came_out();
}

/* ---- Neighbor Discovery on the TAP ---- */

static void solicit(struct ipv6_addr src, struct ipv6_addr target, const uint8_t *src_mac)
{
	uint8_t p[ND_PACKET_MAX], group[6] = {0x33, 0x33, 0xff};
	struct wr w = wr_of(p, sizeof(p));

	nd_put_ns(&w, src, target, src_mac);
	put_be32(group + 2, 0xff000000 | (uint32_t)target.iid);
	group[2] = 0xff;
	frame(group, src_mac, p, w.len);
}

static void hub_answers_for_itself_and_sessions(void **state)
{
	const struct ipv6_addr mine[] = {hub, kit_addr6(&a, 1), kit_addr6(&b, UINT64_MAX)};
	const struct fake_packet *p;
	uint8_t mac[6];
	struct nd nd;

	(void)state;
	dp_hub_mac(KIT_HUB, mac);
	for (size_t i = 0; i < 3; i++) {
		solicit(host, mine[i], kit_tap_mac);
		p = fake_take(k->fake, k->tap[0]);
		assert_non_null(p);
		assert_memory_equal(p->p + VNET_HDR, kit_tap_mac, 6);
		assert_memory_equal(p->p + VNET_HDR + 6, mac, 6);
		assert_int_equal(
			nd_parse(p->p + VNET_HDR + ETH_HDR, p->len - VNET_HDR - ETH_HDR, &nd),
			ND_OK);
		assert_int_equal(nd.type, ND_NEIGHBOR_ADVERTISEMENT);
		assert_true(ipv6_addr_eq(nd.target, mine[i]) && ipv6_addr_eq(nd.dst, host));
		assert_true(nd.router && nd.solicited && nd.override && nd.has_link_addr);
		assert_memory_equal(nd.link_addr, mac, 6);
	}
	assert_int_equal(kit_counter(k, "nd-answered"), 3);
	nothing_came_out();
}

/* The kernel asks again by unicast before it gives a neighbour up (RFC 4861 7.3.3). */
static void unicast_solicitations(void **state)
{
	const struct ipv6_addr target[] = {hub, kit_addr6(&a, 1)};
	uint8_t p[ND_PACKET_MAX], mac[6];

	(void)state;
	dp_hub_mac(KIT_HUB, mac);
	for (size_t i = 0; i < 2; i++) {
		struct wr w = wr_of(p, sizeof(p));

		nd_put_ns(&w, host, target[i], kit_tap_mac);
		ipv6_addr_put(p + IPV6_DST, target[i]);
		put_be16(p + IPV6_HDR + 2, 0);
		checksum_store(
			p + IPV6_HDR + 2,
			checksum_add(checksum_pseudo6(p, IPV6_ICMP, (uint32_t)w.len - IPV6_HDR),
				     p + IPV6_HDR, w.len - IPV6_HDR));
		frame(mac, kit_tap_mac, p, w.len);
		assert_non_null(fake_take(k->fake, k->tap[0]));
	}
	assert_int_equal(kit_counter(k, "nd-answered"), 2);
	nothing_came_out();
}

static void solicitations_for_others(void **state)
{
	const struct ipv6_addr others[] = {
		host, {KIT_NET6, 1}, {KIT_NET6 + 3, 1}, {IPV6_LINK_PREFIX, KIT_IID}, {a.ip, 1}};
	const struct nd_ra ra = {.lifetime_s = 1800};
	uint8_t p[ND_PACKET_MAX], group_src[6], all[6] = {0x33, 0x33, 0, 0, 0, 1};
	struct wr w = wr_of(p, sizeof(p));

	(void)state;
	for (size_t i = 0; i < 5; i++)
		solicit(host, others[i], kit_tap_mac);
	solicit((struct ipv6_addr){0, 0}, hub, kit_tap_mac); /* duplicate address detection */
	memcpy(group_src, kit_tap_mac, 6);
	group_src[0] |= 1;
	solicit(host, hub, group_src);
	assert_int_equal(kit_counter(k, "frame-nd-ignored"), 7);
	nd_put_ra(&w, host, ND_ALL_NODES, &ra, kit_tap_mac);
	frame(all, kit_tap_mac, p, w.len);
	assert_int_equal(kit_counter(k, "frame-nd-ignored"), 8);
	p[IPV6_HDR + 2] ^= 1;
	frame(all, kit_tap_mac, p, w.len);
	p[IPV6_HDR + 2] ^= 1;
	p[IPV6_HOP_LIMIT] = 254;
	frame(all, kit_tap_mac, p, w.len);
	assert_int_equal(kit_counter(k, "frame-nd-malformed"), 2);
	frame(all, kit_tap_mac, p,
	      kit_packet6(p, host, (struct ipv6_addr){UINT64_C(0xff02) << 48, 0xfb}, IPV6_UDP, 40));
	assert_int_equal(kit_counter(k, "frame-group"), 1);
	nothing_came_out();
}

/* ---- sizes ---- */

static void super_packet_is_cut_and_sent_as_a_run(void **state)
{
	const struct vnet v = {.flags = VNET_F_NEEDS_CSUM,
			       .gso_type = VNET_GSO_TCPV6,
			       .hdr_len = 74,
			       .gso_size = 1440,
			       .csum_start = 54,
			       .csum_offset = 16};
	size_t len = kit_tcp6(big, far_host, kit_addr6(&a, 7), 0xfffff000,
			      TCP_ACK | TCP_PSH | TCP_CWR, 40000);
	uint8_t got[1500];
	size_t at = 0, n = 0, l;

	(void)state;
	kit_tap_frame(k, 0, &a, &v, big, len);
	kit_run(k);
	while ((l = kit_take_ip(k, &a, got))) {
		uint8_t flags = got[IPV6_HDR + TCP_FLAGS];

		assert_true(l <= KIT_MTU);
		assert_true(kit_checksums_ok(got, l));
		assert_int_equal(be32(got + IPV6_HDR + TCP_SEQ), (uint32_t)(0xfffff000 + at));
		assert_memory_equal(got + 60, big + 60 + at, l - 60);
		at += l - 60;
		assert_int_equal(!!(flags & TCP_PSH), at == 40000);
		assert_int_equal(!!(flags & TCP_CWR), n == 0);
		n++;
	}
	assert_int_equal(at, 40000);
	assert_int_equal(n, (40000 + 1339) / 1340);
	assert_true(k->gso_sends > 0);
	nothing_came_out();
}

static size_t udp6(uint8_t *p, const struct client *c, size_t payload)
{
	size_t len = kit_packet6(p, far_host, kit_addr6(c, 7), IPV6_UDP, UDP_HDR + payload);

	udp_put(p + IPV6_HDR, 53, 5000, (uint16_t)(UDP_HDR + payload));
	return len;
}

static void udp_super_packet(void **state)
{
	const struct vnet v = {.flags = VNET_F_NEEDS_CSUM,
			       .gso_type = VNET_GSO_UDP_L4,
			       .hdr_len = 62,
			       .gso_size = 1200,
			       .csum_start = 54,
			       .csum_offset = 6};
	size_t len = udp6(big, &b, 5000), at = 0, l;
	uint8_t got[1500];

	(void)state;
	kit_tap_frame(k, 0, &b, &v, big, len);
	kit_run(k);
	while ((l = kit_take_ip(k, &b, got))) {
		assert_true(kit_checksums_ok(got, l));
		assert_int_equal(be16(got + IPV6_HDR + 4), l - IPV6_HDR);
		assert_memory_equal(got + 48, big + 48 + at, l - 48);
		at += l - 48;
	}
	assert_int_equal(at, 5000);
	nothing_came_out();
}

static void assert_too_big(const uint8_t *about)
{
	const struct fake_packet *p = fake_take(k->fake, k->tap[0]);
	const uint8_t *ip;

	assert_non_null(p);
	ip = p->p + VNET_HDR + ETH_HDR;
	assert_memory_equal(p->p + VNET_HDR, kit_tap_mac, 6);
	assert_int_equal(be16(p->p + VNET_HDR + 12), ETH_TYPE_IPV6);
	assert_int_equal(p->len - VNET_HDR - ETH_HDR, ICMP6_TOO_BIG_MAX);
	assert_true(kit_checksums_ok(ip, ICMP6_TOO_BIG_MAX));
	assert_true(ipv6_addr_eq(ipv6_addr_get(ip + IPV6_DST), far_host));
	assert_memory_equal(ip + IPV6_SRC, about + IPV6_DST, 16);
	assert_int_equal(be32(ip + IPV6_HDR) >> 16, 2 << 8);
	assert_int_equal(be32(ip + IPV6_HDR + 4), KIT_MTU);
	assert_memory_equal(ip + IPV6_HDR + 8, about, ICMP6_TOO_BIG_MAX - IPV6_HDR - 8);
}

static void too_large_is_answered(void **state)
{
	const struct vnet v = {
		.gso_type = VNET_GSO_UDP_L4, .hdr_len = 62, .gso_size = KIT_MTU - 47};
	size_t len = kit_packet6(big, far_host, kit_addr6(&a, 9), 50, KIT_MTU - IPV6_HDR + 1);

	(void)state;
	kit_tap_frame(k, 0, &a, NULL, big, len);
	kit_run(k);
	assert_too_big(big);
	len = udp6(big, &a, 5000); /* segments one octet too large */
	kit_tap_frame(k, 0, &a, &v, big, len);
	kit_run(k);
	assert_too_big(big);
	assert_int_equal(kit_counter(k, "too-big"), 2);
	assert_int_equal(kit_counter(k, "icmp-too-big-sent"), 2);
	assert_int_equal(kit_counter(k, "user-out"), 0);
	nothing_came_out();
}

static void too_large_with_a_limit(void **state)
{
	size_t len = kit_packet6(big, far_host, kit_addr6(&a, 9), 50, 1400), n = 0;

	(void)state;
	for (unsigned i = 0; i < 300; i++)
		kit_tap_frame(k, 0, &a, NULL, big, len);
	kit_run(k);
	while (fake_take(k->fake, k->tap[0]))
		n++;
	assert_int_equal(n, 100);
	assert_int_equal(kit_counter(k, "icmp-limit"), 200);
	/* never about an error, nor to everybody */
	len = kit_packet6(big, far_host, kit_addr6(&a, 9), IPV6_ICMP, 1400);
	big[IPV6_HDR] = 1;
	fake_advance(k->fake, 1000);
	kit_tap_frame(k, 0, &a, NULL, big, len);
	kit_tap_frame(k, 0, &a, NULL, big,
		      kit_packet6(big, (struct ipv6_addr){0, 0}, kit_addr6(&a, 9), 50, 1400));
	kit_run(k);
	assert_int_equal(kit_counter(k, "icmp-limit"), 202);
	nothing_came_out();
}

/* From one session to another: the sender learns it. */
static void too_large_between_sessions(void **state)
{
	struct dp_cmd del = {.kind = DP_CMD_SESSION_DEL};
	size_t len = kit_packet6(big, kit_addr6(&a, 4), kit_addr6(&b, 5), 50, 1300);
	uint8_t got[1500];

	(void)state;
	del.u.session_del.slot = b.slot;
	assert_true(kit_cmd(k, 1, &del, NULL));
	b.mtu = 1300;
	assert_true(kit_session(k, &b) && kit_ip6(k, &b, 2));
	kit_send_ip(k, &a, big, len);
	kit_run(k);
	assert_int_equal(kit_take_ip(k, &a, got), ICMP6_TOO_BIG_MAX);
	assert_int_equal(got[IPV6_HDR], 2);
	assert_int_equal(be32(got + IPV6_HDR + 4), 1300);
	assert_true(kit_checksums_ok(got, ICMP6_TOO_BIG_MAX));
	nothing_came_out();
}

static void checksum_is_completed(void **state)
{
	struct vnet v = {.flags = VNET_F_NEEDS_CSUM, .csum_start = 54, .csum_offset = 6};
	size_t len = udp6(big, &a, 99);
	uint8_t got[1500];

	(void)state;
	checksum_store_partial(big + IPV6_HDR + UDP_CHECKSUM,
			       checksum_pseudo6(big, IPV6_UDP, UDP_HDR + 99));
	kit_tap_frame(k, 0, &a, &v, big, len);
	kit_run(k);
	assert_int_equal(kit_take_ip(k, &a, got), len);
	assert_true(kit_checksums_ok(got, len));
	for (uint16_t start = 0; start < 54; start++) { /* inside the header, or outside */
		v.csum_start = start;
		kit_tap_frame(k, 0, &a, &v, big, len);
	}
	v.csum_start = (uint16_t)(ETH_HDR + len - 7);
	kit_tap_frame(k, 0, &a, &v, big, len);
	v.csum_start = UINT16_MAX;
	kit_tap_frame(k, 0, &a, &v, big, len);
	kit_run(k);
	assert_int_equal(kit_counter(k, "checksum-offload"), 56);
	nothing_came_out();
}

static void bad_super_packets(void **state)
{
	struct vnet v = {.gso_type = VNET_GSO_TCPV6, .gso_size = 0};
	size_t len = kit_tcp6(big, far_host, kit_addr6(&a, 1), 1, TCP_ACK, 3000);

	(void)state;
	kit_tap_frame(k, 0, &a, &v, big, len);
	v.gso_size = 1000;
	v.gso_type = VNET_GSO_TCPV4; /* of the other family */
	kit_tap_frame(k, 0, &a, &v, big, len);
	v.gso_type = VNET_GSO_UDP_L4;
	kit_tap_frame(k, 0, &a, &v, big, len);
	v.gso_type = VNET_GSO_TCPV6;
	big[IPV6_NEXT] = 0; /* an extension header in front */
	kit_tap_frame(k, 0, &a, &v, big, len);
	big[IPV6_NEXT] = IPV6_TCP;
	big[IPV6_HDR + 12] = 4 << 4; /* TCP header below 20 */
	kit_tap_frame(k, 0, &a, &v, big, len);
	kit_run(k);
	assert_int_equal(kit_counter(k, "gso"), 5);
	nothing_came_out();
}

static void syn_is_clamped(void **state)
{
	size_t len = kit_tcp6(big, far_host, kit_addr6(&a, 1), 1, TCP_SYN | TCP_ACK, 4);
	uint8_t *t = big + IPV6_HDR, got[1500];

	(void)state;
	t[12] = 6 << 4;
	put_be32(t + TCP_HDR, 0x020405b4);
	put_be16(t + TCP_CHECKSUM, 0);
	checksum_store(t + TCP_CHECKSUM, checksum_add(checksum_pseudo6(big, IPV6_TCP, 24), t, 24));
	kit_tap_frame(k, 0, &a, NULL, big, len);
	kit_run(k);
	assert_int_equal(kit_take_ip(k, &a, got), len);
	assert_int_equal(be16(got + IPV6_HDR + TCP_HDR + 2), KIT_MTU - 60);
	assert_true(kit_checksums_ok(got, len));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(packet_for_the_user, setup, teardown),
		cmocka_unit_test_setup_teardown(packets_for_nobody, setup, teardown),
		cmocka_unit_test_setup_teardown(taken_back, setup, teardown),
		cmocka_unit_test_setup_teardown(hub_answers_for_itself_and_sessions, setup,
						teardown),
		cmocka_unit_test_setup_teardown(unicast_solicitations, setup, teardown),
		cmocka_unit_test_setup_teardown(solicitations_for_others, setup, teardown),
		cmocka_unit_test_setup_teardown(super_packet_is_cut_and_sent_as_a_run, setup,
						teardown),
		cmocka_unit_test_setup_teardown(udp_super_packet, setup, teardown),
		cmocka_unit_test_setup_teardown(too_large_is_answered, setup, teardown),
		cmocka_unit_test_setup_teardown(too_large_with_a_limit, setup, teardown),
		cmocka_unit_test_setup_teardown(too_large_between_sessions, setup, teardown),
		cmocka_unit_test_setup_teardown(checksum_is_completed, setup, teardown),
		cmocka_unit_test_setup_teardown(bad_super_packets, setup, teardown),
		cmocka_unit_test_setup_teardown(syn_is_clamped, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
