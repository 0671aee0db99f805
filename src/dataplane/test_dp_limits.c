/* Tests of the bounds inside a round: runs, pieces, arenas, message lengths. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "test_kit.h"
#include "wire/esp.h"
#include "wire/eth.h"
#include "wire/udp.h"

#define FAR_HOST UINT32_C(0x08080808)

static struct kit *k;
static struct client a, b;
static uint8_t big[70000];

static int setup(void **state)
{
	(void)state;
	k = kit_new(2);
	kit_client(k, &a, 0, 1);
	kit_client(k, &b, 1, 2);
	k->sends = k->gso_sends = 0;
	fake_set_gro(k->fake, k->udp4500[0], true);
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

/* n segments of payload octets arrive in one batch; none is lost, none of the
 * super-packets is too long. Returns how many frames they became. */
static unsigned merge(unsigned n, size_t payload)
{
	const struct fake_packet *p;
	unsigned frames = 0;
	size_t octets = 0;
	uint8_t ip[1500];

	for (uint32_t i = 0; i < n; i++)
		kit_send_ip(k, &a, ip,
			    kit_tcp(ip, a.ip, FAR_HOST, i * (uint32_t)payload, TCP_ACK, payload));
	kit_run(k);
	while ((p = fake_take(k->fake, k->tap[0]))) {
		size_t len = p->len - VNET_HDR - ETH_HDR;

		assert_int_equal(be16(p->p + VNET_HDR + ETH_HDR + 2), len);
		octets += len - 40;
		frames++;
	}
	assert_int_equal(octets, n * payload);
	return frames;
}

static void super_packets_end_in_time(void **state)
{
	(void)state;
	assert_int_equal(merge(101, 1300), 3); /* 50 fit into 65535 octets */
	assert_int_equal(merge(130, 100), 3);  /* 64 pieces */
}

/* Behind a shorter segment nothing may follow: the kernel would cut elsewhere. */
static void a_short_segment_ends_the_super_packet(void **state)
{
	static const size_t sizes[] = {500, 500, 300, 300, 300};
	uint32_t seq = 1;
	uint8_t ip[1500];

	(void)state;
	for (unsigned i = 0; i < 5; i++) {
		kit_send_ip(k, &a, ip, kit_tcp(ip, a.ip, FAR_HOST, seq, TCP_ACK, sizes[i]));
		seq += (uint32_t)sizes[i];
	}
	kit_run(k);
	assert_int_equal(fake_take(k->fake, k->tap[0])->len, VNET_HDR + ETH_HDR + 40 + 1300);
	assert_int_equal(fake_take(k->fake, k->tap[0])->len, VNET_HDR + ETH_HDR + 40 + 600);
	assert_null(fake_take(k->fake, k->tap[0]));
}

static void a_run_has_at_most_64_datagrams(void **state)
{
	const struct vnet v = {.gso_type = VNET_GSO_TCPV4, .gso_size = 100};
	uint8_t got[1500];
	unsigned n = 0;

	(void)state;
	kit_tap_frame(k, 0, &a, &v, big, kit_tcp(big, FAR_HOST, a.ip, 1, TCP_ACK, 20000));
	kit_run(k);
	while (kit_take_ip(k, &a, got))
		n++;
	assert_int_equal(n, 200);
	assert_int_equal(k->sends, 4);
}

static void more_messages_than_runs(void **state)
{
	struct dp_cmd c = {.kind = DP_CMD_SEND_ISAKMP};
	unsigned n = 0;

	(void)state;
	c.u.isakmp.flow = a.flow;
	c.u.isakmp.flow.local.port = 500;
	c.u.isakmp.len = 100;
	for (unsigned i = 0; i < TX_RUNS + 50; i++)
		assert_true(dp_command(k->dp, 0, &c, big));
	kit_run(k);
	while (fake_take(k->fake, k->udp500))
		n++;
	assert_int_equal(n, TX_RUNS + 50);
}

/* What IP has to fragment is never given to UDP_SEGMENT. */
static void long_messages_go_alone(void **state)
{
	struct dp_cmd c = {.kind = DP_CMD_SEND_L2TP};
	static uint8_t udp[70000];

	(void)state;
	c.u.l2tp.peer = a.slot;
	c.u.l2tp.len = 3000;
	for (unsigned i = 0; i < 3; i++)
		assert_true(dp_command(k->dp, 0, &c, big));
	kit_run(k);
	for (unsigned i = 0; i < 3; i++)
		assert_int_equal(kit_take_udp(k, &a, udp), 3008);
	assert_int_equal(k->sends, 3);
	assert_int_equal(k->gso_sends, 0);
}

/* 1460 octets of ESP in UDP are whole over IPv4 and not over IPv6. */
static void runs_know_the_outer_family(void **state)
{
	struct dp_cmd c = {.kind = DP_CMD_SEND_L2TP}, path = {.kind = DP_CMD_PEER_PATH};
	static uint8_t udp[70000];

	(void)state;
	c.u.l2tp.peer = a.slot;
	c.u.l2tp.len = 1414;
	for (unsigned v6 = 0; v6 < 2; v6++) {
		for (unsigned i = 0; i < 3; i++)
			assert_true(dp_command(k->dp, 0, &c, big));
		kit_run(k);
		for (unsigned i = 0; i < 3; i++)
			assert_int_equal(kit_take_udp(k, &a, udp), 1422);
		assert_int_equal(k->sends, 1 + v6 * 3);
		assert_int_equal(k->gso_sends, 1);
		a.flow.remote.addr = (struct ip_addr){6, {0x20, 1, 0xd, 0xb8}};
		path.u.peer.slot = a.slot;
		path.u.peer.flow = a.flow;
		path.u.peer.udp_encap = true;
		assert_true(kit_cmd(k, 0, &path, NULL));
	}
}

static void long_isakmp_is_dropped(void **state)
{
	(void)state;
	fake_push(k->fake, k->udp500, &a.flow, big, DP_MESSAGE_MAX + 1);
	kit_run(k);
	assert_int_equal(k->punts[DP_PUNT_ISAKMP], 0);
	assert_int_equal(kit_counter(k, "rx-long"), 1);
	fake_push(k->fake, k->udp500, &a.flow, big, DP_MESSAGE_MAX);
	kit_run(k);
	assert_int_equal(k->punts[DP_PUNT_ISAKMP], 1);
	assert_int_equal(k->last[DP_PUNT_ISAKMP].len, DP_MESSAGE_MAX);
}

/* One message of a host; v6: 2001:db8:0:NET::HOST, else 10.NET.NET.HOST. */
static void from_host(bool v6, uint8_t net, uint8_t host, size_t len)
{
	struct flow flow = a.flow;

	if (v6)
		flow.remote.addr = (struct ip_addr){
			6, {0x20, 1, 0xd, 0xb8, 0, 0, 0, net, host, host, 0, 0, 0, 0, 0, host}};
	else
		flow.remote.addr =
			ip4_addr(0x0a000000 | (uint32_t)net << 16 | (uint32_t)net << 8 | host);
	flow.remote.port = (uint16_t)(1000 + host);
	fake_push(k->fake, k->udp500, &flow, big, len);
}

/* A flood from the hosts of one network takes half of a second's messages; from the other
 * half every other network gets its share, and the flood comes first in the queue. */
static void a_flood_from_one_network_leaves_the_others_theirs(void **state)
{
	unsigned before;

	(void)state;
	for (unsigned v6 = 0; v6 < 2; v6++) {
		fake_advance(k->fake, 1000);
		before = k->punts[DP_PUNT_ISAKMP];
		for (unsigned i = 0; i < 200; i++)
			from_host(v6, 1, (uint8_t)i, 100);
		kit_run(k);
		assert_int_equal(k->punts[DP_PUNT_ISAKMP] - before, KIT_PUNTS / 2);
		for (uint8_t net = 2; net < 2 + KIT_PUNTS / 2; net++) {
			from_host(v6, net, 1, 100);
			from_host(v6, net, 2, 100); /* beyond its share of one */
			from_host(v6, 1, 1, 100);
		}
		kit_run(k);
		assert_int_equal(k->punts[DP_PUNT_ISAKMP] - before, KIT_PUNTS);
		from_host(v6, 99, 1, 100);
		kit_run(k);
		assert_int_equal(kit_counter(k, "punt-isakmp-limit"), v6 + 1);
	}
	assert_int_equal(kit_counter(k, "punt-isakmp-source-limit"), 2 * (190 + KIT_PUNTS));
}

/* Nobody takes the punts while one network sends the longest messages: the ring keeps room
 * for another network's message, and behind all ISAKMP for a peer's and for answers. */
static void a_flood_of_long_messages_leaves_room(void **state)
{
	struct dp_cmd stats = {.kind = DP_CMD_STATS, .cookie = 1};
	static const uint8_t sccrq[] = {0xc8, 2, 0, 12, 0, 0, 0, 0, 0, 0, 0, 0};
	uint8_t udp[100], esp[200];

	(void)state;
	kit_worker(k, 0)->punt_limit = 512; /* of which a network's share is 9 */
	for (unsigned i = 0; i < 100; i++)
		from_host(false, 1, (uint8_t)i, DP_MESSAGE_MAX);
	dp_run_once(k->dp);
	assert_true(kit_counter(k, "punt-full") > 0);
	for (uint8_t net = 2; net < 6; net++) {
		uint64_t before = kit_counter(k, "punts");

		from_host(false, net, 1, DP_MESSAGE_MAX);
		from_host(false, net, 2, DP_MESSAGE_MAX); /* a long one is a whole share */
		dp_run_once(k->dp);
		assert_int_equal(kit_counter(k, "punts"), before + 1);
	}
	for (unsigned i = 6; i < 200; i++) /* now from everywhere */
		from_host(false, (uint8_t)i, 1, DP_MESSAGE_MAX);
	dp_run_once(k->dp);
	udp_put(udp, a.remote_port, a.local_port, UDP_HDR + sizeof(sccrq));
	memcpy(udp + UDP_HDR, sccrq, sizeof(sccrq));
	kit_push(k, &a, esp,
		 kit_seal(k, &a, esp, udp, UDP_HDR + sizeof(sccrq), 1, IPV4_UDP, false));
	stats.u.session_del.slot = a.slot;
	assert_true(dp_command(k->dp, 0, &stats, NULL));
	dp_run_once(k->dp);
	assert_int_equal(kit_counter(k, "commands-refused"), 0);
	kit_run(k);
	assert_int_equal(k->punts[DP_PUNT_L2TP], 1);
	assert_int_equal(k->punts[DP_PUNT_STATS], 1);
}

/* Raw ESP that ends inside its header: every length is counted, as what it is. */
static void short_raw_esp_is_counted(void **state)
{
	(void)state;
	for (size_t len = 1; len < ESP_HDR; len++)
		fake_push(k->fake, k->esp[0], &a.flow, big, len);
	kit_run(k);
	assert_int_equal(kit_counter(k, "esp-short"), ESP_HDR - 1);
	assert_int_equal(kit_counter(k, "esp-spi-unknown"), 0);
}

/* More than the arena of handed over packets holds, in one round. */
static void many_handoffs_in_a_round(void **state)
{
	uint8_t ip[1500], udp[1600], esp[1700];
	size_t len = kit_ip(ip, b.ip, FAR_HOST, 47, 1370);
	unsigned n = 0;

	(void)state;
	for (uint32_t i = 1; i <= 500; i++) {
		size_t udp_len = kit_l2tp(&b, udp, ip, len);

		fake_push(k->fake, k->udp4500[0], &b.flow, esp,
			  kit_seal(k, &b, esp, udp, udp_len, i, IPV4_UDP, false));
	}
	kit_run(k);
	while (fake_take(k->fake, k->tap[1]))
		n++;
	assert_int_equal(n, 500);
}

/* A full ring drops and counts; the owner goes on. */
static void full_handoff_ring(void **state)
{
	static const struct vnet v = {.gso_type = VNET_GSO_TCPV4, .gso_size = 1000};
	uint8_t got[1500];
	size_t len = kit_tcp(big, FAR_HOST, b.ip, 1, TCP_ACK, 60000);

	(void)state;
	for (unsigned i = 0; i < 40; i++)
		kit_tap_frame(k, 0, &b, &v, big, len);
	kit_run(k);
	assert_true(kit_counter(k, "handoff-full") > 0);
	assert_int_equal(kit_counter(k, "handoff-full") + kit_counter(k, "handoffs"), 40);
	while (kit_take_ip(k, &b, got))
		;
	kit_tap_frame(k, 0, &b, NULL, big, kit_ip(big, FAR_HOST, b.ip, 47, 50));
	kit_run(k);
	assert_int_equal(kit_take_ip(k, &b, got), 70);
}

int main(void)
{
#define T(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(super_packets_end_in_time),
		T(a_short_segment_ends_the_super_packet),
		T(a_run_has_at_most_64_datagrams),
		T(more_messages_than_runs),
		T(long_messages_go_alone),
		T(long_isakmp_is_dropped),
		T(many_handoffs_in_a_round),
		T(full_handoff_ring),
		T(a_flood_from_one_network_leaves_the_others_theirs),
		T(a_flood_of_long_messages_leaves_room),
		T(short_raw_esp_is_counted),
		T(runs_know_the_outer_family),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
