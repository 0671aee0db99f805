/* Tests of the bounds inside a round: runs, pieces, arenas, message lengths. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "test_kit.h"
#include "wire/eth.h"

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
		T(super_packets_end_in_time),      T(a_short_segment_ends_the_super_packet),
		T(a_run_has_at_most_64_datagrams), T(more_messages_than_runs),
		T(long_messages_go_alone),         T(long_isakmp_is_dropped),
		T(many_handoffs_in_a_round),       T(full_handoff_ring),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
