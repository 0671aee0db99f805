/* Tests of hubs that are LAN segments, and of rules and policies: bridge.c, neighbour.c, delay.c.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "test_kit.h"
#include "wire/arp.h"
#include "wire/checksum.h"
#include "wire/udp.h"

#define LAN_HOST UINT32_C(0x0a000032) /* 10.0.0.50, on the sessions' net */
#define FAR_HOST UINT32_C(0x08080808)
#define GRE      47

static const uint8_t host_mac[ETH_ADDR] = {0x02, 0xbb, 0, 0, 0, 0x32};
static const uint8_t router_mac[ETH_ADDR] = {0x02, 0xbb, 0, 0, 0, 0x01};
static const uint8_t everybody[ETH_ADDR] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff};

static struct kit *k;
static struct client a, b;

static int begin(unsigned workers)
{
	k = kit_new(workers);
	kit_bridge(k);
	kit_client(k, &a, 0, 1);
	kit_client(k, &b, workers - 1, 2);
	memset(k->punts, 0, sizeof(k->punts));
	return 0;
}

static int on_a_lan(void **state)
{
	(void)state;
	return begin(1);
}

static int on_a_lan_by_two(void **state)
{
	(void)state;
	return begin(2);
}

static int teardown(void **state)
{
	(void)state;
	kit_client_free(&a);
	kit_client_free(&b);
	kit_free(k);
	return 0;
}

/* The next frame on the TAP, without its virtio header; NULL: none. */
static const uint8_t *frame_out(unsigned queue, size_t *len)
{
	const struct fake_packet *p = fake_take(k->fake, k->tap[queue]);

	if (!p)
		return NULL;
	*len = p->len - VNET_HDR;
	return p->p + VNET_HDR;
}

static void mac_of(const struct client *c, uint8_t mac[ETH_ADDR])
{
	dp_session_mac(KIT_MACHINE, c->worker, c->slot, mac);
}

static void user_sends(struct client *c, uint32_t dst, size_t payload)
{
	uint8_t ip[2000];

	kit_send_ip(k, c, ip, kit_ip(ip, c->ip, dst, GRE, payload));
	kit_run(k);
}

static void lan_sends_ip(unsigned queue, const uint8_t *src, const uint8_t *dst, const void *ip,
			 size_t len)
{
	uint8_t frame[2000];

	eth_put(frame, dst, src, ETH_TYPE_IPV4);
	memcpy(frame + ETH_HDR, ip, len);
	fake_tap_push(k->fake, k->tap[queue], NULL, frame, ETH_HDR + len);
	kit_run(k);
}

static void lan_says_arp(unsigned queue, uint16_t op, const uint8_t *from, uint32_t from_ip,
			 const uint8_t *to, uint32_t to_ip)
{
	uint8_t frame[60] = {0};

	kit_arp(frame, op, from, from_ip, to, to_ip);
	fake_tap_push(k->fake, k->tap[queue], NULL, frame, sizeof(frame));
	kit_run(k);
}

static void answer_arp(unsigned queue, const struct client *c, uint32_t ip, const uint8_t *mac)
{
	uint8_t to[ETH_ADDR];

	mac_of(c, to);
	lan_says_arp(queue, ARP_REPLY, mac, ip, to, c->ip);
}

/* What leaves next is the session's question for ip. */
static void assert_asks(unsigned queue, const struct client *c, uint32_t ip)
{
	uint8_t mac[ETH_ADDR];
	struct arp arp;
	struct rd r;
	size_t len;
	const uint8_t *f = frame_out(queue, &len);

	assert_non_null(f);
	assert_int_equal(len, ETH_HDR + ARP_LEN);
	r = rd_of(f + ETH_HDR, ARP_LEN);
	assert_true(arp_parse(&r, &arp));
	mac_of(c, mac);
	assert_memory_equal(f, everybody, ETH_ADDR);
	assert_memory_equal(f + ETH_ADDR, mac, ETH_ADDR);
	assert_memory_equal(arp.sender_mac, mac, ETH_ADDR);
	assert_int_equal(arp.op, ARP_REQUEST);
	assert_int_equal(arp.sender_ip, c->ip);
	assert_int_equal(arp.target_ip, ip);
}

/* What leaves next is an IPv4 packet of so many octets to this MAC. */
static void assert_leaves(unsigned queue, const struct client *c, const uint8_t *to, size_t payload)
{
	uint8_t mac[ETH_ADDR];
	size_t len;
	const uint8_t *f = frame_out(queue, &len);

	assert_non_null(f);
	mac_of(c, mac);
	assert_memory_equal(f, to, ETH_ADDR);
	assert_memory_equal(f + ETH_ADDR, mac, ETH_ADDR);
	assert_int_equal(be16(f + 2 * ETH_ADDR), ETH_TYPE_IPV4);
	assert_int_equal(len, ETH_HDR + IPV4_HDR + payload);
}

static void assert_silent(unsigned queue)
{
	assert_null(fake_take(k->fake, k->tap[queue]));
}

static bool user_gets(struct client *c, size_t len)
{
	uint8_t got[2000];

	return kit_take_ip(k, c, got) == len;
}

/* ---- next hops ---- */

static void a_next_hop_is_asked_for(void **state)
{
	(void)state;
	user_sends(&a, LAN_HOST, 10);
	assert_asks(0, &a, LAN_HOST);
	assert_silent(0);
	user_sends(&a, LAN_HOST, 11); /* no second question in the same second */
	assert_silent(0);
	answer_arp(0, &a, LAN_HOST, host_mac);
	assert_leaves(0, &a, host_mac, 10);
	assert_leaves(0, &a, host_mac, 11);
	user_sends(&a, LAN_HOST, 12);
	assert_leaves(0, &a, host_mac, 12);
	user_sends(&b, LAN_HOST, 13); /* the other session knows it, too */
	assert_leaves(0, &b, host_mac, 13);
	assert_int_equal(kit_counter(k, "arp-asked"), 1);
}

static void the_rest_goes_to_the_router(void **state)
{
	(void)state;
	user_sends(&a, FAR_HOST, 10);
	assert_asks(0, &a, KIT_GATEWAY);
	answer_arp(0, &a, KIT_GATEWAY, router_mac);
	assert_leaves(0, &a, router_mac, 10);
	user_sends(&a, FAR_HOST + 1, 11);
	assert_leaves(0, &a, router_mac, 11);
}

static void a_segment_without_a_router(void **state)
{
	(void)state;
	kit_worker(k, 0)->sessions[a.slot].cfg.gateway_ip = 0;
	user_sends(&a, FAR_HOST, 10);
	assert_silent(0);
	assert_int_equal(kit_counter(k, "no-route"), 1);
	user_sends(&a, LAN_HOST, 10);
	assert_asks(0, &a, LAN_HOST);
}

static void groups_have_macs_of_their_own(void **state)
{
	static const uint8_t group[ETH_ADDR] = {1, 0, 0x5e, 0x7f, 0xff, 0xfa};

	(void)state;
	user_sends(&a, UINT32_MAX, 10);
	assert_leaves(0, &a, everybody, 10);
	user_sends(&a, 0x0a0000ff, 11); /* 10.0.0.255 */
	assert_leaves(0, &a, everybody, 11);
	user_sends(&a, 0xeffffffa, 12); /* 239.255.255.250 */
	assert_leaves(0, &a, group, 12);
	assert_silent(0);
}

/* The newest four wait; who never answers costs no more than that, and not for ever. */
static void packets_wait_in_a_bounded_room(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 7; i++)
		user_sends(&a, LAN_HOST, 10 + i);
	assert_asks(0, &a, LAN_HOST);
	assert_int_equal(kit_counter(k, "next-hop"), 3);
	answer_arp(0, &a, LAN_HOST, host_mac);
	for (unsigned i = 3; i < 7; i++)
		assert_leaves(0, &a, host_mac, 10 + i);
	assert_silent(0);
	for (uint32_t n = 0; n < 200; n++)
		user_sends(&a, LAN_HOST + 1 + n % 100, 20);
	while (fake_take(k->fake, k->tap[0]))
		;
	assert_true(kit_counter(k, "next-hop") >= 200 - 128);
	fake_advance(k->fake, 3000);
	user_sends(&a, LAN_HOST + 1, 30);
	assert_asks(0, &a, LAN_HOST + 1);
	assert_int_equal(kit_counter(k, "next-hop"), 3 + 200);
}

static void old_knowledge_is_renewed_and_forgotten(void **state)
{
	(void)state;
	user_sends(&a, LAN_HOST, 10);
	assert_asks(0, &a, LAN_HOST);
	answer_arp(0, &a, LAN_HOST, host_mac);
	assert_leaves(0, &a, host_mac, 10);
	fake_advance(k->fake, 59999);
	user_sends(&a, LAN_HOST, 11);
	assert_leaves(0, &a, host_mac, 11);
	fake_advance(k->fake, 1);
	user_sends(&a, LAN_HOST, 12); /* asked again while it is used */
	assert_asks(0, &a, LAN_HOST);
	assert_leaves(0, &a, host_mac, 12);
	fake_advance(k->fake, 30000); /* no answer */
	user_sends(&a, LAN_HOST, 13);
	assert_asks(0, &a, LAN_HOST);
	assert_silent(0);
	answer_arp(0, &a, LAN_HOST, router_mac); /* another machine has it now */
	assert_leaves(0, &a, router_mac, 13);
}

/* Nobody is believed whom we have not asked (H-24), but an announcement moves what is known. */
static void unasked_answers_are_not_believed(void **state)
{
	(void)state;
	answer_arp(0, &a, LAN_HOST, host_mac);
	user_sends(&a, LAN_HOST, 10);
	assert_asks(0, &a, LAN_HOST);
	assert_silent(0);
	answer_arp(0, &a, LAN_HOST, host_mac);
	assert_leaves(0, &a, host_mac, 10);
	fake_advance(k->fake, 3000);
	answer_arp(0, &a, LAN_HOST, router_mac); /* late: not ours to believe */
	user_sends(&a, LAN_HOST, 11);
	assert_leaves(0, &a, host_mac, 11);
	lan_says_arp(0, ARP_REQUEST, router_mac, LAN_HOST, everybody, LAN_HOST);
	user_sends(&a, LAN_HOST, 12);
	assert_leaves(0, &a, router_mac, 12);
	lan_says_arp(0, ARP_REQUEST, router_mac, LAN_HOST + 1, everybody, LAN_HOST + 1);
	user_sends(&a, LAN_HOST + 1, 13); /* announced, but nobody wanted it: asked */
	assert_asks(0, &a, LAN_HOST + 1);
}

/* ---- from the segment ---- */

static void the_lan_reaches_a_user(void **state)
{
	uint8_t ip[200], mac[ETH_ADDR];
	size_t len = kit_ip(ip, LAN_HOST, a.ip, GRE, 50), n;
	const uint8_t *f;
	struct arp arp;
	struct rd r;

	(void)state;
	mac_of(&a, mac);
	lan_says_arp(0, ARP_REQUEST, host_mac, LAN_HOST, everybody, a.ip);
	f = frame_out(0, &n);
	assert_non_null(f);
	r = rd_of(f + ETH_HDR, n - ETH_HDR);
	assert_true(arp_parse(&r, &arp));
	assert_memory_equal(f, host_mac, ETH_ADDR);
	assert_memory_equal(arp.sender_mac, mac, ETH_ADDR);
	assert_int_equal(arp.sender_ip, a.ip);
	lan_sends_ip(0, host_mac, mac, ip, len);
	assert_true(user_gets(&a, len));
	mac[1] ^= 1; /* a session of another server on the same LAN */
	lan_sends_ip(0, host_mac, mac, ip, len);
	assert_false(user_gets(&a, len));
	assert_silent(0);
}

static void users_reach_each_other(void **state)
{
	uint8_t ip[200];
	size_t len = kit_ip(ip, a.ip, b.ip, GRE, 50);

	(void)state;
	kit_send_ip(k, &a, ip, len);
	kit_run(k);
	assert_true(user_gets(&b, len));
	for (unsigned i = 0; i < k->workers; i++)
		assert_silent(i);
}

/* A segment's kernel leaves checksums and segments to the device. */
static void a_super_packet_from_the_lan(void **state)
{
	static uint8_t ip[20000];
	uint8_t frame[20100], vnet[VNET_HDR], mac[ETH_ADDR], got[2000];
	size_t len = kit_tcp(ip, LAN_HOST, a.ip, 1, TCP_ACK, 10000), sum = 0, n;
	struct vnet v = {.flags = VNET_F_NEEDS_CSUM,
			 .gso_type = VNET_GSO_TCPV4,
			 .hdr_len = ETH_HDR + IPV4_HDR + TCP_HDR,
			 .gso_size = 1300,
			 .csum_start = ETH_HDR + IPV4_HDR,
			 .csum_offset = TCP_CHECKSUM};

	(void)state;
	mac_of(&a, mac);
	eth_put(frame, mac, host_mac, ETH_TYPE_IPV4);
	memcpy(frame + ETH_HDR, ip, len);
	vnet_put(vnet, &v);
	fake_tap_push(k->fake, k->tap[0], vnet, frame, ETH_HDR + len);
	kit_run(k);
	while ((n = kit_take_ip(k, &a, got))) {
		assert_true(kit_checksums_ok(got, n));
		sum += n - IPV4_HDR - TCP_HDR;
	}
	assert_int_equal(sum, 10000);
}

static void too_large_for_the_tunnel(void **state)
{
	uint8_t ip[1500], mac[ETH_ADDR];
	size_t len = kit_ip(ip, LAN_HOST, a.ip, GRE, 1480), n;
	const uint8_t *f;

	(void)state;
	put_be16(ip + IPV4_FRAG, IPV4_FRAG_DF);
	ipv4_fix_checksum(ip, IPV4_HDR);
	mac_of(&a, mac);
	lan_sends_ip(0, host_mac, mac, ip, len);
	f = frame_out(0, &n);
	assert_non_null(f);
	assert_memory_equal(f, host_mac, ETH_ADDR);
	assert_int_equal(f[ETH_HDR + 9], 1); /* ICMP */
	assert_int_equal(f[ETH_HDR + IPV4_HDR], 3);
	assert_int_equal(be16(f + ETH_HDR + IPV4_HDR + 6), KIT_MTU);
}

/* ---- DHCP and control ---- */

static size_t dhcp(uint8_t *frame, const uint8_t *dst, const uint8_t *src, const uint8_t *chaddr,
		   bool from_server)
{
	uint8_t *udp = frame + ETH_HDR + IPV4_HDR, *m = udp + UDP_HDR;
	size_t len = 300;

	memset(frame, 0, ETH_HDR + IPV4_HDR + UDP_HDR + len);
	eth_put(frame, dst, src, ETH_TYPE_IPV4);
	ipv4_put(frame + ETH_HDR, (uint16_t)(IPV4_HDR + UDP_HDR + len), 64, IPV4_UDP,
		 from_server ? KIT_GATEWAY : 0, UINT32_MAX);
	udp_put(udp, from_server ? 67 : 68, from_server ? 68 : 67, (uint16_t)(UDP_HDR + len));
	m[0] = from_server ? 2 : 1;
	m[1] = 1;
	m[2] = ETH_ADDR;
	memcpy(m + 28, chaddr, ETH_ADDR);
	put_be32(m + 236, 0x63825363);
	m[240] = 53;
	m[241] = 1;
	m[242] = from_server ? 2 : 1;
	m[243] = 255;
	return ETH_HDR + IPV4_HDR + UDP_HDR + len;
}

static bool control_sends(unsigned worker, uint32_t slot, const void *frame, size_t len)
{
	struct dp_cmd c = {.kind = DP_CMD_SEND_FRAME};

	c.u.frame.hub = KIT_HUB;
	c.u.frame.slot = slot;
	c.u.frame.len = (uint32_t)len;
	return kit_cmd(k, worker, &c, frame);
}

/* Of a session that is not installed yet: slot 9 of the last worker. */
static void dhcp_goes_to_control(void **state)
{
	uint8_t frame[400], vnet[VNET_HDR], mac[ETH_ADDR];
	const struct dp_punt *p = &k->last[DP_PUNT_FRAME];
	unsigned owner = k->workers - 1;
	size_t len, n;
	const uint8_t *f;
	struct vnet v = {.flags = VNET_F_NEEDS_CSUM,
			 .csum_start = ETH_HDR + IPV4_HDR,
			 .csum_offset = UDP_CHECKSUM};
	uint8_t *udp = frame + ETH_HDR + IPV4_HDR;

	(void)state;
	dp_session_mac(KIT_MACHINE, owner, 9, mac);
	len = dhcp(frame, everybody, mac, mac, false);
	assert_true(control_sends(owner, 9, frame, len));
	f = frame_out(owner, &n);
	assert_non_null(f);
	assert_int_equal(n, len);
	assert_memory_equal(f, frame, len);

	len = dhcp(frame, everybody, router_mac, mac, true); /* the offer, to all */
	fake_tap_push(k->fake, k->tap[0], NULL, frame, len);
	kit_run(k);
	assert_int_equal(k->punts[DP_PUNT_FRAME], 1);
	assert_int_equal(p->port_worker, owner);
	assert_int_equal(p->port_slot, 9);
	assert_int_equal(p->hub, KIT_HUB);
	assert_memory_equal(k->message[DP_PUNT_FRAME], frame, len);

	/* to it alone, and the checksum was left to the device */
	len = dhcp(frame, mac, router_mac, mac, true);
	checksum_store_partial(
		udp + UDP_CHECKSUM,
		checksum_pseudo4(frame + ETH_HDR, IPV4_UDP, (uint32_t)(len - ETH_HDR - IPV4_HDR)));
	vnet_put(vnet, &v);
	fake_tap_push(k->fake, k->tap[0], vnet, frame, len);
	kit_run(k);
	assert_int_equal(k->punts[DP_PUNT_FRAME], 2);
	assert_true(kit_checksums_ok(k->message[DP_PUNT_FRAME] + ETH_HDR, p->len - ETH_HDR));

	mac[1] ^= 1; /* another server's client */
	len = dhcp(frame, everybody, router_mac, mac, true);
	fake_tap_push(k->fake, k->tap[0], NULL, frame, len);
	kit_run(k);
	assert_int_equal(k->punts[DP_PUNT_FRAME], 2);
}

/* The LAN's DHCP server has just given the address to a session, and a host there has it. */
static void a_leased_address_that_somebody_has(void **state)
{
	unsigned owner = k->workers - 1;
	uint8_t frame[400], mac[ETH_ADDR];
	size_t len;

	(void)state;
	dp_session_mac(KIT_MACHINE, owner, 9, mac);
	len = dhcp(frame, mac, router_mac, mac, true);
	put_be32(frame + ETH_HDR + IPV4_HDR + UDP_HDR + 16, LAN_HOST);
	frame[ETH_HDR + IPV4_HDR + UDP_HDR + 242] = 5; /* ACK */
	fake_tap_push(k->fake, k->tap[0], NULL, frame, len);
	kit_run(k);
	assert_int_equal(k->punts[DP_PUNT_FRAME], 1);
	lan_says_arp(0, ARP_REPLY, host_mac, LAN_HOST, mac, 0);
	assert_int_equal(kit_counter(k, "hub-ip-leased"), 1);
	assert_int_equal(k->punts[DP_PUNT_FRAME], 2);
	assert_int_equal(k->last[DP_PUNT_FRAME].port_slot, 9);
	assert_int_equal(k->last[DP_PUNT_FRAME].port_worker, owner);
	lan_says_arp(0, ARP_REPLY, host_mac, LAN_HOST, everybody, 0); /* for nobody of ours */
	assert_int_equal(k->punts[DP_PUNT_FRAME], 2);
}

static void control_probes_an_address(void **state)
{
	uint8_t frame[ETH_HDR + ARP_LEN], mac[ETH_ADDR];
	struct wr w = wr_of(frame + ETH_HDR, ARP_LEN);
	struct arp probe = {.op = ARP_REQUEST, .target_ip = LAN_HOST};
	unsigned owner = k->workers - 1;
	size_t n;

	(void)state;
	dp_session_mac(KIT_MACHINE, owner, 9, mac);
	memcpy(probe.sender_mac, mac, ETH_ADDR);
	eth_put(frame, everybody, mac, ETH_TYPE_ARP);
	arp_build(&w, &probe);
	assert_true(control_sends(owner, 9, frame, sizeof(frame)));
	assert_non_null(frame_out(owner, &n));
	assert_int_equal(n, sizeof(frame));
	lan_says_arp(0, ARP_REPLY, host_mac, LAN_HOST, mac, 0);
	assert_int_equal(k->punts[DP_PUNT_FRAME], 1);
	assert_int_equal(k->last[DP_PUNT_FRAME].port_slot, 9);
	assert_int_equal(k->last[DP_PUNT_FRAME].port_worker, owner);
	assert_false(control_sends(owner, 1000000, frame, sizeof(frame)));
	assert_false(control_sends(owner, 9, frame, 13));
}

static void the_interface_comes_and_goes(void **state)
{
	struct dp_cmd c = {.kind = DP_CMD_HUB_WAY};
	uint8_t ip[200], mac[ETH_ADDR];
	size_t len = kit_ip(ip, LAN_HOST, a.ip, GRE, 50);

	(void)state;
	c.u.hub.hub = KIT_HUB;
	c.u.hub.tap[0] = -1;
	assert_true(kit_cmd(k, 0, &c, NULL));
	user_sends(&a, UINT32_MAX, 10);
	assert_int_equal(kit_counter(k, "no-tap"), 1);
	c.u.hub.tap[0] = k->tap[0] = fake_tap(k->fake);
	assert_true(kit_cmd(k, 0, &c, NULL));
	user_sends(&a, UINT32_MAX, 11);
	assert_leaves(0, &a, everybody, 11);
	mac_of(&a, mac);
	lan_sends_ip(0, host_mac, mac, ip, len);
	assert_true(user_gets(&a, len));
	c.u.hub.hub = KIT_HUB + 1; /* there is no such hub: its queue is closed */
	c.u.hub.tap[0] = fake_tap(k->fake);
	assert_false(kit_cmd(k, 0, &c, NULL));
}

/* ---- two workers ---- */

static void frames_find_their_worker(void **state)
{
	uint8_t ip[200], mac[ETH_ADDR];
	size_t len = kit_ip(ip, LAN_HOST, b.ip, GRE, 50);

	(void)state;
	assert_int_equal(b.worker, 1);
	mac_of(&b, mac);
	lan_sends_ip(0, host_mac, mac, ip, len); /* by the other worker's queue */
	assert_true(user_gets(&b, len));
	user_sends(&b, LAN_HOST, 10);
	assert_asks(1, &b, LAN_HOST);
	answer_arp(0, &b, LAN_HOST, host_mac); /* so does the answer */
	assert_leaves(1, &b, host_mac, 10);
	lan_says_arp(0, ARP_REQUEST, router_mac, LAN_HOST, everybody, LAN_HOST);
	user_sends(&b, LAN_HOST, 11); /* and the announcement */
	assert_leaves(1, &b, router_mac, 11);
	users_reach_each_other(state);
}

/* The MAC that one worker has learned is known to the other: nothing is flooded as unknown. */
static void workers_tell_what_they_learn(void **state)
{
	uint8_t frame[60] = {0};

	(void)state;
	eth_put(frame, everybody, host_mac, 0x88b5);
	fake_tap_push(k->fake, k->tap[0], NULL, frame, sizeof(frame));
	kit_run(k);
	for (unsigned i = 0; i < 2; i++)
		assert_int_equal(mac_table_find(&kit_worker(k, i)->sw.macs, KIT_HUB, 0,
						hub_mac(host_mac),
						(uint32_t)(kit_worker(k, i)->now_ms / 1000)),
				 PORT_WAY_OUT | KIT_HUB);
}

#define LAN(test) cmocka_unit_test_setup_teardown(test, on_a_lan, teardown)
#define TWO(test) cmocka_unit_test_setup_teardown(test, on_a_lan_by_two, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		LAN(a_next_hop_is_asked_for),
		LAN(the_rest_goes_to_the_router),
		LAN(a_segment_without_a_router),
		LAN(groups_have_macs_of_their_own),
		LAN(packets_wait_in_a_bounded_room),
		LAN(old_knowledge_is_renewed_and_forgotten),
		LAN(unasked_answers_are_not_believed),
		LAN(the_lan_reaches_a_user),
		LAN(users_reach_each_other),
		LAN(a_super_packet_from_the_lan),
		LAN(too_large_for_the_tunnel),
		LAN(dhcp_goes_to_control),
		LAN(control_probes_an_address),
		LAN(a_leased_address_that_somebody_has),
		LAN(the_interface_comes_and_goes),
		TWO(users_reach_each_other),
		TWO(dhcp_goes_to_control),
		TWO(control_probes_an_address),
		TWO(a_leased_address_that_somebody_has),
		TWO(frames_find_their_worker),
		TWO(workers_tell_what_they_learn),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
