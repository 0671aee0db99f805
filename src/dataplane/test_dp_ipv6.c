/* Tests of users' IPv6 on the way in: the gate, sources, scopes, other sessions, merging,
 * and packets that control answers, DHCPINFORM among them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "test_kit.h"
#include "wire/checksum.h"
#include "wire/eth.h"
#include "wire/nd.h"
#include "wire/udp.h"

static const struct ipv6_addr far_host = {UINT64_C(0x2001048600000000), 0x8888}, nobody = {0, 0},
			      router = {IPV6_LINK_PREFIX, HUB_IPV6_IID};

static struct kit *k;
static struct client a, b;

static int setup(void **state)
{
	(void)state;
	k = kit_new(1);
	kit_client(k, &a, 0, 1);
	kit_client(k, &b, 0, 2);
	assert_true(kit_ip6(k, &a, 1));
	assert_true(kit_ip6(k, &b, 2));
	memset(k->punts, 0, sizeof(k->punts));
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
}

static void send(const uint8_t *p, size_t len)
{
	kit_send_ip(k, &a, p, len);
	kit_run(k);
}

/* Any address of its /64: the client's system makes up temporary ones (RFC 8981). */
static void user_packet_reaches_the_tap(void **state)
{
	static const uint64_t iids[] = {KIT_IID, 1, UINT64_MAX, 0x1122334455667788};
	uint8_t p[1500], mac[6];

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		size_t len = kit_packet6(p, kit_addr6(&a, iids[i]), far_host, 50, 100 + i);
		const struct fake_packet *got;

		send(p, len);
		got = fake_take(k->fake, k->tap[0]);
		assert_non_null(got);
		assert_int_equal(got->len, VNET_HDR + ETH_HDR + len);
		assert_memory_equal(got->p + VNET_HDR, kit_tap_mac, 6);
		dp_session_mac(KIT_MACHINE, 0, a.slot, mac);
		assert_memory_equal(got->p + VNET_HDR + 6, mac, 6);
		assert_int_equal(be16(got->p + VNET_HDR + 12), ETH_TYPE_IPV6);
		assert_memory_equal(got->p + VNET_HDR + ETH_HDR, p, len);
	}
	assert_int_equal(kit_counter(k, "user-in"), 4);
	assert_int_equal(kit_counter(k, "user-in-ipv6"), 4);
	nothing_came_out();
}

static void client_to_client(void **state)
{
	uint8_t p[1500], got[1500];
	size_t len = kit_packet6(p, kit_addr6(&a, 5), kit_addr6(&b, 99), IPV6_UDP, 300);

	(void)state;
	send(p, len);
	assert_int_equal(kit_take_ip(k, &b, got), len);
	assert_memory_equal(got, p, len);
	nothing_came_out();
}

/* H-25: nobody speaks with another's address, the router's or the host's. */
static void wrong_source_is_dropped(void **state)
{
	const struct ipv6_addr wrong[] = {
		kit_addr6(&b, KIT_IID),        /* the other session's */
		{KIT_NET6, 1},                 /* the host's on the TAP */
		{a.prefix6 + 0x100, KIT_IID},  /* nobody's */
		{IPV6_LINK_PREFIX, KIT_IID},   /* its own, but not on this link */
		router,                        /* ours */
		{IPV6_LINK_PREFIX, 1},         /* the host's */
		{UINT64_C(0xff02) << 48, 1},   /* no source at all */
		{0, 1},                        /* loopback */
		{0, UINT64_C(0xffff0a00000b)}, /* ::ffff:10.0.0.11 */
		nobody,
	};
	uint8_t p[200];

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		send(p, kit_packet6(p, wrong[i], far_host, 50, 20));
		send(p, kit_packet6(p, wrong[i], kit_addr6(&b, 1), 50, 20));
		assert_int_equal(kit_counter(k, "ipv6-source-address"), 2 * i + 2);
	}
	nothing_came_out();
	assert_int_equal(kit_counter(k, "user-in"), 0);
}

static void link_scope_stays_on_the_link(void **state)
{
	const struct ipv6_addr dst[] = {
		{UINT64_C(0xff02) << 48, 1},       /* all nodes */
		{UINT64_C(0xff02) << 48, 0xfb},    /* mDNS */
		{UINT64_C(0xff05) << 48, 0x10003}, /* DHCPv6 servers */
		router,
		{IPV6_LINK_PREFIX, 1},
		{UINT64_C(0xfe80000000000001), 1},
		{UINT64_C(0xfebf) << 48, 1},
		{b.ip, 1}, /* 0:0:a00:c::1: not taken for b's IPv4 address */
		{0, 1},
		nobody,
	};
	uint8_t p[200];

	(void)state;
	for (size_t i = 0; i < sizeof(dst) / sizeof(dst[0]); i++) {
		send(p, kit_packet6(p, kit_addr6(&a, 1), dst[i], IPV6_UDP, 20));
		assert_int_equal(kit_counter(k, "ipv6-scope"), i + 1);
	}
	nothing_came_out();
}

static void gate(void **state)
{
	uint8_t p[200], whole[200];
	size_t len = kit_packet6(whole, kit_addr6(&a, 1), far_host, 50, 40);

	(void)state;
	/* cut at every place; the PPP frame is whole */
	for (size_t n = 1; n < len; n++)
		kit_send_ip(k, &a, whole, n);
	kit_run(k);
	assert_int_equal(kit_counter(k, "ipv6-short"), IPV6_HDR - 1);
	assert_int_equal(kit_counter(k, "ipv6-length"), len - IPV6_HDR);
	memcpy(p, whole, len);
	put_be16(p + IPV6_LEN, 0); /* a jumbogram */
	send(p, len);
	assert_int_equal(kit_counter(k, "ipv6-length"), len - IPV6_HDR + 1);
	nothing_came_out();
	send(whole, len + 7); /* padding behind is cut off */
	assert_int_equal(fake_take(k->fake, k->tap[0])->len, VNET_HDR + ETH_HDR + len);
}

/* The protocol field says IPv6, the packet IPv4; and without IPV6CP nothing passes. */
static void ipv6_that_is_not(void **state)
{
	struct client c = b;
	struct dp_cmd off = {.kind = DP_CMD_SESSION_IP6};
	uint8_t p[200], udp[400], esp[500];
	size_t len = kit_ip(p, a.ip, 0x08080808, 47, 40), n;

	(void)state;
	n = kit_l2tp(&a, udp, p, len);
	udp[n - len - 1] = PPP_IPV6;
	kit_push(k, &a, esp, kit_seal(k, &a, esp, udp, n, ++a.seq, IPV4_UDP, false));
	kit_run(k);
	assert_int_equal(kit_counter(k, "ipv6-version"), 1);
	off.u.session_ip6.slot = b.slot;
	assert_true(kit_cmd(k, 0, &off, NULL));
	kit_send_ip(k, &c, p, kit_packet6(p, kit_addr6(&b, 1), far_host, 50, 40));
	kit_run(k);
	assert_int_equal(kit_counter(k, "ipv6-off"), 1);
	send(p, kit_packet6(p, kit_addr6(&a, 1), kit_addr6(&b, 1), 50, 40)); /* nor to it */
	assert_int_equal(kit_counter(k, "ipv6-off"), 2);
	assert_int_equal(k->punts[DP_PUNT_L2TP], 0);
	nothing_came_out();
}

static void commands_are_checked(void **state)
{
	struct dp_cmd cmd = {.kind = DP_CMD_SESSION_IP6};
	struct client c;

	(void)state;
	cmd.u.session_ip6.prefix = KIT_NET6 + 9;
	cmd.u.session_ip6.slot = 15; /* no session */
	assert_false(kit_cmd(k, 0, &cmd, NULL));
	cmd.u.session_ip6.slot = UINT32_MAX;
	assert_false(kit_cmd(k, 0, &cmd, NULL));
	cmd.u.session_ip6.slot = a.slot;
	cmd.u.session_ip6.prefix = 0xffffffff; /* would be taken for an IPv4 address */
	assert_false(kit_cmd(k, 0, &cmd, NULL));
	kit_client(k, &c, 0, 3);
	{
		struct dp_cmd del = {.kind = DP_CMD_SESSION_DEL};

		del.u.session_del.slot = c.slot;
		assert_true(kit_cmd(k, 0, &del, NULL));
	}
	c.mtu = IPV6_MTU_MIN - 1;
	assert_true(kit_session(k, &c));
	assert_false(kit_ip6(k, &c, 3));
	kit_client_free(&c);
}

static void segments_are_merged(void **state)
{
	const struct ipv6_addr src = kit_addr6(&a, 77);
	const struct fake_packet *p;
	uint8_t ip[1500], *frame;
	struct vnet v = {0};
	size_t len;

	(void)state;
	fake_set_gro(k->fake, k->udp4500[0], true);
	for (uint32_t i = 0; i < 20; i++) {
		len = kit_tcp6(ip, src, far_host, 1000 + i * 1000,
			       i == 19 ? TCP_ACK | TCP_PSH : TCP_ACK, i == 19 ? 300 : 1000);
		kit_send_ip(k, &a, ip, len);
	}
	kit_run(k);
	p = fake_take(k->fake, k->tap[0]);
	assert_non_null(p);
	assert_true(vnet_parse(p->p, p->len, &v));
	assert_int_equal(v.flags, VNET_F_NEEDS_CSUM);
	assert_int_equal(v.gso_type, VNET_GSO_TCPV6);
	assert_int_equal(v.gso_size, 1000);
	assert_int_equal(v.hdr_len, ETH_HDR + 60);
	assert_int_equal(v.csum_start, ETH_HDR + IPV6_HDR);
	assert_int_equal(p->len, VNET_HDR + ETH_HDR + 60 + 19 * 1000 + 300);
	frame = kit_complete(p, &len);
	assert_non_null(frame);
	for (size_t i = 0; i < 19300; i++)
		assert_int_equal(frame[ETH_HDR + 60 + i], (uint8_t)((1000 + i) * 7));
	free(frame);
	assert_int_equal(kit_counter(k, "tap-merged"), 19);
	nothing_came_out();
}

/* The second segment differs from what would be merged in one thing. */
static void segments_that_differ(void **state)
{
	static const struct {
		size_t at; /* octet of the second packet */
		uint8_t flip;
		bool merged;
	} rows[] = {
		{0, 0, true},
		{0, 1, false}, /* traffic class */
		{3, 1, false}, /* flow label */
		{IPV6_HOP_LIMIT, 1, false},
		{IPV6_SRC + 15, 1, false},
		{IPV6_DST, 1, false},
		{IPV6_HDR + 1, 1, false},  /* port */
		{IPV6_HDR + 7, 1, false},  /* sequence */
		{IPV6_HDR + 11, 1, false}, /* acknowledgement */
		{IPV6_HDR + TCP_FLAGS, TCP_PSH, true},
		{IPV6_HDR + 15, 1, false}, /* window */
	};
	uint8_t ip[1500], *t = ip + IPV6_HDR;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		uint64_t before = kit_counter(k, "tap-merged");
		size_t len = kit_tcp6(ip, kit_addr6(&a, 2), far_host, 1000, TCP_ACK, 500);

		kit_send_ip(k, &a, ip, len);
		kit_tcp6(ip, kit_addr6(&a, 2), far_host, 1500, TCP_ACK, 500);
		ip[rows[i].at] ^= rows[i].flip;
		put_be16(t + TCP_CHECKSUM, 0);
		checksum_store(t + TCP_CHECKSUM,
			       checksum_add(checksum_pseudo6(ip, IPV6_TCP, 520), t, 520));
		kit_send_ip(k, &a, ip, len);
		kit_run(k);
		assert_int_equal(kit_counter(k, "tap-merged") - before, rows[i].merged);
		assert_non_null(fake_take(k->fake, k->tap[0]));
		if (!rows[i].merged)
			assert_non_null(fake_take(k->fake, k->tap[0]));
		nothing_came_out();
	}
}

/* One flow each of IPv4 and IPv6 in one place of the table: neither joins the other. */
static void families_are_not_mixed(void **state)
{
	uint8_t ip[1500];

	(void)state;
	for (unsigned i = 0; i < 6; i++) {
		kit_send_ip(k, &a, ip,
			    kit_tcp6(ip, kit_addr6(&a, 2), (struct ipv6_addr){far_host.prefix, 0},
				     1000 + i * 100, TCP_ACK, 100));
		kit_send_ip(k, &a, ip, kit_tcp(ip, a.ip, 0x08080808, 1000 + i * 100, TCP_ACK, 100));
	}
	kit_run(k);
	for (unsigned n = 0; n < 12;) {
		const struct fake_packet *p = fake_take(k->fake, k->tap[0]);
		size_t hdr, v6;

		assert_non_null(p);
		v6 = be16(p->p + VNET_HDR + 12) == ETH_TYPE_IPV6;
		hdr = VNET_HDR + ETH_HDR + TCP_HDR + (v6 ? IPV6_HDR : IPV4_HDR);
		assert_int_equal((p->len - hdr) % 100, 0);
		n += (unsigned)((p->len - hdr) / 100);
	}
	nothing_came_out();
}

static void syn_is_clamped(void **state)
{
	uint8_t ip[200], *t = ip + IPV6_HDR;
	const struct fake_packet *p;
	size_t len = kit_tcp6(ip, kit_addr6(&a, 1), far_host, 1, TCP_SYN, 4);

	(void)state;
	t[12] = 6 << 4;
	put_be32(t + TCP_HDR, 0x020405b4); /* MSS 1460 */
	put_be16(t + TCP_CHECKSUM, 0);
	checksum_store(t + TCP_CHECKSUM, checksum_add(checksum_pseudo6(ip, IPV6_TCP, 24), t, 24));
	send(ip, len);
	p = fake_take(k->fake, k->tap[0]);
	assert_non_null(p);
	assert_int_equal(be16(p->p + VNET_HDR + ETH_HDR + IPV6_HDR + TCP_HDR + 2), KIT_MTU - 60);
	assert_true(kit_checksums_ok(p->p + VNET_HDR + ETH_HDR, len));
	assert_int_equal(kit_counter(k, "mss-clamped"), 1);
}

/* ---- what control answers ---- */

static void solicitations_are_punted(void **state)
{
	const struct ipv6_addr link = {IPV6_LINK_PREFIX, KIT_IID};
	const struct ipv6_addr sources[] = {nobody, link, kit_addr6(&a, 0xbeef)};
	uint8_t p[ND_PACKET_MAX];
	unsigned n = 0;

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		struct wr w = wr_of(p, sizeof(p));

		nd_put_rs(&w, sources[i], NULL);
		send(p, w.len);
		assert_int_equal(k->punts[DP_PUNT_PACKET], ++n);
		w = wr_of(p, sizeof(p));
		nd_put_ns(&w, sources[i], router, NULL);
		send(p, w.len);
		assert_int_equal(k->punts[DP_PUNT_PACKET], ++n);
		assert_int_equal(k->last[DP_PUNT_PACKET].session_handle, 9001);
		assert_int_equal(k->last[DP_PUNT_PACKET].peer_handle, 7001);
		assert_int_equal(k->last[DP_PUNT_PACKET].len, w.len);
		assert_memory_equal(k->message[DP_PUNT_PACKET], p, w.len);
	}
	/* it is no traffic of the user's */
	assert_int_equal(kit_counter(k, "user-in"), 0);
	assert_int_equal(kit_counter(k, "packets-punted"), 6);
	nothing_came_out();
}

/* H-27: no router or neighbour advertisement of a user reaches anybody. */
static void what_discovery_must_not_do(void **state)
{
	const struct ipv6_addr wrong[] = {
		{IPV6_LINK_PREFIX, KIT_IID + 1}, router, kit_addr6(&b, 1), far_host};
	const struct nd_ra ra = {.lifetime_s = 1800};
	struct nd nd = {.src = kit_addr6(&b, 1), .target = kit_addr6(&a, 1)};
	struct ipv6_addr link = {IPV6_LINK_PREFIX, KIT_IID};
	uint8_t p[ND_PACKET_MAX];
	struct wr w;

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		w = wr_of(p, sizeof(p));
		nd_put_ns(&w, wrong[i], router, NULL);
		send(p, w.len);
	}
	assert_int_equal(kit_counter(k, "ipv6-source-address"), 4);
	for (size_t i = 0; i < 2; i++) {
		w = wr_of(p, sizeof(p));
		nd_put_ra(&w, link, i ? kit_addr6(&b, 1) : ND_ALL_NODES, &ra, NULL);
		send(p, w.len);
	}
	w = wr_of(p, sizeof(p));
	nd_put_na(&w, &nd, true, NULL);
	send(p, w.len);
	assert_int_equal(kit_counter(k, "nd-ignored"), 3);
	/* a redirect (137) is from the link's address, and that goes nowhere */
	send(p, kit_packet6(p, link, kit_addr6(&b, 1), IPV6_ICMP, 40));
	assert_int_equal(kit_counter(k, "ipv6-source-address"), 5);
	assert_int_equal(k->punts[DP_PUNT_PACKET], 0);
	nothing_came_out();
}

static size_t inform(uint8_t *p, uint32_t src, uint32_t dst, size_t len)
{
	size_t n = kit_ip(p, src, dst, IPV4_UDP, UDP_HDR + len);

	udp_put(p + IPV4_HDR, 68, 67, (uint16_t)(UDP_HDR + len));
	return n;
}

static void dhcp_is_punted_and_never_switched(void **state)
{
	static const uint32_t dst[] = {UINT32_MAX, KIT_GATEWAY, 0x08080808, 0x0a00000c};
	uint8_t p[1500];
	size_t len;

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		len = inform(p, a.ip, dst[i], 300);
		send(p, len);
		assert_int_equal(k->punts[DP_PUNT_PACKET], i + 1);
		assert_int_equal(k->last[DP_PUNT_PACKET].session_handle, 9001);
		assert_int_equal(k->last[DP_PUNT_PACKET].len, len);
		assert_memory_equal(k->message[DP_PUNT_PACKET], p, len);
	}
	send(p, inform(p, b.ip, UINT32_MAX, 300)); /* not its address */
	assert_int_equal(kit_counter(k, "source-address"), 1);
	len = inform(p, a.ip, UINT32_MAX, 300);
	put_be16(p + IPV4_HDR + 2, 68);
	send(p, len); /* nobody is a DHCP server here (H-27) */
	assert_int_equal(kit_counter(k, "dhcp-server"), 1);
	assert_null(fake_take(k->fake, k->tap[0]));
	put_be16(p + IPV4_HDR + 2, 69);
	send(p, len); /* another port is a packet like any */
	assert_int_equal(k->punts[DP_PUNT_PACKET], 4);
	assert_non_null(fake_take(k->fake, k->tap[0]));
	put_be16(p + IPV4_HDR + 2, 67);
	put_be16(p + IPV4_FRAG, 10); /* no UDP header stands there */
	ipv4_fix_checksum(p, IPV4_HDR);
	send(p, len);
	assert_int_equal(k->punts[DP_PUNT_PACKET], 4);
	assert_non_null(fake_take(k->fake, k->tap[0]));
	nothing_came_out();
}

/* Of one session and of all; the other is still heard. */
static void questions_have_a_limit(void **state)
{
	uint8_t p[400];
	size_t len = inform(p, a.ip, UINT32_MAX, 300);

	(void)state;
	for (unsigned i = 0; i < 50; i++)
		kit_send_ip(k, &a, p, len);
	kit_run(k);
	assert_int_equal(k->punts[DP_PUNT_PACKET], DP_PACKET_PUNTS);
	assert_int_equal(kit_counter(k, "punt-packet-session-limit"), 50 - DP_PACKET_PUNTS);
	kit_send_ip(k, &b, p, inform(p, b.ip, UINT32_MAX, 300));
	kit_run(k);
	assert_int_equal(k->punts[DP_PUNT_PACKET], DP_PACKET_PUNTS + 1);
	fake_advance(k->fake, 1000);
	kit_send_ip(k, &a, p, inform(p, a.ip, UINT32_MAX, 300));
	kit_run(k);
	assert_int_equal(k->punts[DP_PUNT_PACKET], DP_PACKET_PUNTS + 2);
}

/* A control message of its whole length. */
static void say_control(struct client *c, uint16_t len)
{
	uint8_t udp[1500] = {0}, esp[1700];

	udp_put(udp, c->remote_port, c->local_port, (uint16_t)(UDP_HDR + len));
	put_be16(udp + UDP_HDR, 0xc802);
	put_be16(udp + UDP_HDR + 2, len);
	kit_push(k, c, esp, kit_seal(k, c, esp, udp, UDP_HDR + len, ++c->seq, IPV4_UDP, false));
}

/* While control is busy, users' questions leave room in its ring for everything else. */
static void questions_leave_room(void **state)
{
	uint8_t p[1500];

	(void)state;
	for (unsigned second = 0; second < 40; second++) {
		for (unsigned i = 0; i < DP_PACKET_PUNTS; i++) {
			kit_send_ip(k, &a, p, inform(p, a.ip, UINT32_MAX, 1400));
			kit_send_ip(k, &b, p, inform(p, b.ip, UINT32_MAX, 1400));
		}
		dp_run_once(k->dp);
		fake_advance(k->fake, 1000);
	}
	assert_true(kit_counter(k, "punt-full") > 0);
	assert_true(kit_counter(k, "packets-punted") > 100);
	for (unsigned i = 0; i <= KIT_PUNTS / 4; i++) {
		say_control(&a, 1400);
		say_control(&b, 1400);
	}
	kit_run(k);
	assert_int_equal(k->punts[DP_PUNT_L2TP], 2 * (KIT_PUNTS / 4 + 1));
}

static void too_long_for_control(void **state)
{
	uint8_t p[2000];
	size_t len = inform(p, a.ip, UINT32_MAX, DP_PACKET_PUNT_MAX - IPV4_HDR - UDP_HDR);

	(void)state;
	assert_int_equal(len, DP_PACKET_PUNT_MAX);
	send(p, len);
	assert_int_equal(k->punts[DP_PUNT_PACKET], 1);
	send(p, inform(p, a.ip, UINT32_MAX, len - IPV4_HDR - UDP_HDR + 1));
	assert_int_equal(k->punts[DP_PUNT_PACKET], 1);
	assert_int_equal(kit_counter(k, "punt-long"), 1);
}

static bool answer(struct client *c, uint32_t slot, const uint8_t *p, size_t len)
{
	struct dp_cmd cmd = {.kind = DP_CMD_SEND_PACKET};

	cmd.u.packet.slot = slot;
	cmd.u.packet.len = (uint32_t)len;
	return kit_cmd(k, c->worker, &cmd, p);
}

static void control_answers(void **state)
{
	uint8_t p[1500], got[1500];
	size_t len = kit_ip(p, KIT_GATEWAY, a.ip, IPV4_UDP, 300);
	struct wr w;

	(void)state;
	assert_true(answer(&a, a.slot, p, len));
	assert_int_equal(kit_take_ip(k, &a, got), len);
	assert_memory_equal(got, p, len);
	w = wr_of(p, sizeof(p));
	nd_put_ra(&w, router, ND_ALL_NODES, &(struct nd_ra){.mtu = 1400}, NULL);
	assert_true(answer(&b, b.slot, p, w.len));
	assert_int_equal(kit_take_ip(k, &b, got), w.len);
	assert_memory_equal(got, p, w.len);
	assert_int_equal(kit_counter(k, "user-out"), 0); /* keeps no session from being idle */
	assert_false(answer(&a, 15, p, w.len));
	assert_false(answer(&a, a.slot, p, w.len - 1));
	assert_false(answer(&a, a.slot, p, 0));
	memset(p, 0, 10);
	assert_false(answer(&a, a.slot, p, w.len)); /* neither IPv4 nor IPv6 */
	len = kit_ip(p, KIT_GATEWAY, a.ip, IPV4_UDP, KIT_MTU + 1 - IPV4_HDR);
	assert_false(answer(&a, a.slot, p, len));
	nothing_came_out();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(user_packet_reaches_the_tap, setup, teardown),
		cmocka_unit_test_setup_teardown(client_to_client, setup, teardown),
		cmocka_unit_test_setup_teardown(wrong_source_is_dropped, setup, teardown),
		cmocka_unit_test_setup_teardown(link_scope_stays_on_the_link, setup, teardown),
		cmocka_unit_test_setup_teardown(gate, setup, teardown),
		cmocka_unit_test_setup_teardown(ipv6_that_is_not, setup, teardown),
		cmocka_unit_test_setup_teardown(commands_are_checked, setup, teardown),
		cmocka_unit_test_setup_teardown(segments_are_merged, setup, teardown),
		cmocka_unit_test_setup_teardown(segments_that_differ, setup, teardown),
		cmocka_unit_test_setup_teardown(families_are_not_mixed, setup, teardown),
		cmocka_unit_test_setup_teardown(syn_is_clamped, setup, teardown),
		cmocka_unit_test_setup_teardown(solicitations_are_punted, setup, teardown),
		cmocka_unit_test_setup_teardown(what_discovery_must_not_do, setup, teardown),
		cmocka_unit_test_setup_teardown(dhcp_is_punted_and_never_switched, setup, teardown),
		cmocka_unit_test_setup_teardown(questions_have_a_limit, setup, teardown),
		cmocka_unit_test_setup_teardown(questions_leave_room, setup, teardown),
		cmocka_unit_test_setup_teardown(too_long_for_control, setup, teardown),
		cmocka_unit_test_setup_teardown(control_answers, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
