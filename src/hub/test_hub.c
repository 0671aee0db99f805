/* Unit tests of the hub room: neighbour table, verdicts on frames, next hop, port MACs. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "hub/frame.h"
#include "wire/arp.h"
#include "wire/eth.h"
#include "wire/ipv6.h"
#include "wire/nd.h"

#define HUB     3
#define CLIENT  UINT32_C(0x0a000005)
#define HOST_IP UINT32_C(0x0a000001)

static const uint8_t host[6] = {2, 0, 0, 0, 0, 1}, other[6] = {2, 0, 0, 0, 0, 9};

static void port(uint8_t mac[6], uint8_t machine)
{
	port_mac_put(mac, (struct port_mac){.machine = machine, .worker = 2, .slot = 77});
}

static void neighbours_come_and_go(void **state)
{
	struct neigh t;
	uint8_t mac[6] = {2, 0, 0, 0, 0, 0};

	(void)state;
	assert_false(neigh_init(&t, 0));
	assert_true(neigh_init(&t, 1000));
	/* in rounds, so that chains are shifted through every place */
	for (uint32_t round = 0; round < 30; round++) {
		uint32_t base = round * 977;

		for (uint32_t i = 0; i < 1000; i++) {
			mac[4] = (uint8_t)(i >> 8);
			mac[5] = (uint8_t)i;
			assert_true(neigh_add(&t, (uint16_t)(i % 3), base + i, mac));
		}
		assert_false(neigh_add(&t, 0, base + 5000, mac)); /* full */
		assert_true(neigh_add(&t, 0, base, mac));         /* a change is no new entry */
		assert_memory_equal(neigh_find(&t, 0, base), mac, 6);
		for (uint32_t i = 0; i < 1000; i += 2)
			assert_true(neigh_del(&t, (uint16_t)(i % 3), base + i));
		for (uint32_t i = 0; i < 1000; i++) {
			const uint8_t *found = neigh_find(&t, (uint16_t)(i % 3), base + i);

			assert_int_equal(found != NULL, i % 2);
			assert_null(neigh_find(&t, (uint16_t)((i + 1) % 3), base + i));
			if (found)
				assert_int_equal(found[4] << 8 | found[5], i);
		}
		assert_false(neigh_del(&t, 0, base));
		neigh_del_hub(&t, 1);
		for (uint32_t i = 1; i < 1000; i += 2)
			assert_int_equal(neigh_find(&t, (uint16_t)(i % 3), base + i) != NULL,
					 i % 3 != 1);
		neigh_del_hub(&t, 0);
		neigh_del_hub(&t, 2);
		assert_int_equal(t.n, 0);
	}
	neigh_free(&t);
}

/* In the middle of doubling the table is as a plain array would be, and no call moves more
 * than it may. */
static void a_neighbour_table_grows_a_few_places_at_a_time(void **state)
{
	enum { N = 20000 };
	static uint8_t model[N]; /* last octet of the MAC; 0: not there */
	uint8_t mac[6] = {2, 0, 0, 0, 0, 0};
	unsigned doubled = 0;
	struct neigh t;

	(void)state;
	srand(3);
	assert_true(neigh_init(&t, N));
	for (unsigned n = 0; n < 100000; n++) {
		uint32_t i = (uint32_t)rand() % N, mask = t.mask, moved = t.old ? t.moved : 0;
		bool growing = t.old != NULL;

		if (rand() % 4) {
			mac[5] = model[i] = (uint8_t)(rand() % 255 + 1);
			assert_true(neigh_add(&t, 1, i, mac));
		} else {
			assert_int_equal(neigh_del(&t, 1, i), model[i] != 0);
			model[i] = 0;
		}
		doubled += t.mask != mask;
		if (t.mask == mask)
			assert_in_range((t.old     ? t.moved
					 : growing ? mask / 2 + 1
						   : 0) -
						moved,
					0, NEIGH_MOVES);
		else
			assert_false(growing);
		for (unsigned k = 0; k < 4; k++, i = (i * 7 + 1) % N) {
			const uint8_t *found = neigh_find(&t, 1, i);

			assert_int_equal(found ? found[5] : 0, model[i]);
			assert_null(neigh_find(&t, 0, i));
		}
	}
	assert_int_equal(doubled, 5);
	neigh_free(&t);
}

static enum frame_verdict judge(const struct neigh *t, const uint8_t *dst, uint16_t type,
				size_t len, struct port_mac *p)
{
	uint8_t frame[64] = {0}, answer[FRAME_ANSWER_MAX];

	eth_put(frame, dst, host, type);
	return frame_judge(t, HUB, frame, len, p, answer);
}

static void verdicts_on_frames(void **state)
{
	static const uint8_t all[6] = {255, 255, 255, 255, 255, 255},
			     group[6] = {1, 0, 0x5e, 0, 0, 1};
	uint8_t mine[6], foreign[6];
	struct port_mac p;
	struct neigh t;

	(void)state;
	assert_true(neigh_init(&t, 10));
	port(mine, HUB);
	port(foreign, HUB + 1);
	assert_int_equal(judge(&t, mine, ETH_TYPE_IPV4, 60, &p), FRAME_TO_PORT);
	assert_int_equal(p.machine, HUB);
	assert_int_equal(p.worker, 2);
	assert_int_equal(p.slot, 77);
	for (size_t len = 0; len < ETH_HDR; len++)
		assert_int_equal(judge(&t, mine, ETH_TYPE_IPV4, len, &p), FRAME_SHORT);
	assert_int_equal(judge(&t, mine, ETH_TYPE_IPV6, 60, &p), FRAME_TO_PORT);
	assert_int_equal(judge(&t, mine, 0x88cc, 60, &p), FRAME_NOT_IP);
	assert_int_equal(judge(&t, foreign, ETH_TYPE_IPV4, 60, &p), FRAME_TO_PORT);
	assert_int_equal(p.machine, HUB + 1); /* for the data plane to refuse */
	assert_int_equal(judge(&t, other, ETH_TYPE_IPV4, 60, &p), FRAME_NOT_PORT);
	assert_int_equal(judge(&t, all, ETH_TYPE_IPV4, 60, &p), FRAME_GROUP);
	assert_int_equal(judge(&t, group, ETH_TYPE_IPV4, 60, &p), FRAME_GROUP);
	assert_int_equal(judge(&t, all, ETH_TYPE_ARP, 60, &p), FRAME_ARP_MALFORMED);
	neigh_free(&t);
}

static enum frame_verdict ask(const struct neigh *t, struct arp *q, uint8_t *answer)
{
	uint8_t frame[ETH_HDR + ARP_LEN];
	struct wr w = wr_of(frame + ETH_HDR, ARP_LEN);
	struct port_mac p;

	memset(frame, 0xff, 6);
	memcpy(frame + 6, host, 6);
	put_be16(frame + 12, ETH_TYPE_ARP);
	arp_build(&w, q);
	return frame_judge(t, HUB, frame, sizeof(frame), &p, answer);
}

static void arp_for_ports_only(void **state)
{
	struct arp q = {.op = ARP_REQUEST, .sender_ip = HOST_IP, .target_ip = CLIENT}, a;
	uint8_t mac[6], answer[FRAME_ANSWER_MAX];
	struct neigh t;
	struct rd r;

	(void)state;
	assert_true(neigh_init(&t, 10));
	memcpy(q.sender_mac, host, 6);
	port(mac, HUB);
	assert_true(neigh_add(&t, HUB, CLIENT, mac));
	assert_true(neigh_add(&t, HUB, CLIENT + 1, other)); /* a real host */
	assert_int_equal(ask(&t, &q, answer), FRAME_ARP_ANSWER);
	assert_memory_equal(answer, host, 6);
	assert_memory_equal(answer + 6, mac, 6);
	r = rd_of(answer + ETH_HDR, ARP_LEN);
	assert_true(arp_parse(&r, &a));
	assert_int_equal(a.op, ARP_REPLY);
	assert_int_equal(a.sender_ip, CLIENT);
	assert_int_equal(a.target_ip, HOST_IP);
	assert_memory_equal(a.sender_mac, mac, 6);
	assert_memory_equal(a.target_mac, host, 6);
	q.target_ip = CLIENT + 1;
	assert_int_equal(ask(&t, &q, answer), FRAME_ARP_IGNORED);
	q.target_ip = CLIENT + 2;
	assert_int_equal(ask(&t, &q, answer), FRAME_ARP_IGNORED);
	q.target_ip = CLIENT;
	q.sender_ip = CLIENT; /* gratuitous */
	assert_int_equal(ask(&t, &q, answer), FRAME_ARP_IGNORED);
	q.sender_ip = HOST_IP;
	q.op = ARP_REPLY;
	assert_int_equal(ask(&t, &q, answer), FRAME_ARP_IGNORED);
	q.op = ARP_REQUEST;
	q.sender_mac[0] |= 1; /* an answer to everybody is not wanted */
	assert_int_equal(ask(&t, &q, answer), FRAME_ARP_IGNORED);
	neigh_free(&t);
}

static const struct ipv6_addr far_host = {UINT64_C(0x2001048600000000), 1},
			      link_host = {IPV6_LINK_PREFIX, 1},
			      link_hub = {IPV6_LINK_PREFIX, HUB_IPV6_IID};

#define NET6 UINT64_C(0x20010db800010000)

/* A solicitation to everybody, or to the hub's MAC. */
static enum frame_verdict ask6(const struct neigh *t, struct ipv6_addr src, struct ipv6_addr target,
			       bool unicast, uint8_t *answer)
{
	uint8_t frame[ETH_HDR + ND_PACKET_MAX], group[6] = {0x33, 0x33, 0xff, 0, 0, 0}, mac[6];
	struct wr w = wr_of(frame + ETH_HDR, ND_PACKET_MAX);
	struct port_mac p;

	hub_mac_put(mac, HUB);
	eth_put(frame, unicast ? mac : group, host, ETH_TYPE_IPV6);
	nd_put_ns(&w, src, target, host);
	return frame_judge(t, HUB, frame, ETH_HDR + w.len, &p, answer);
}

static void discovery_for_ports_and_the_hub(void **state)
{
	const struct ipv6_addr nobody = {0, 0};
	uint8_t mac[6], hub_mac[6], answer[FRAME_ANSWER_MAX];
	struct neigh t;
	struct nd nd;

	(void)state;
	assert_true(neigh_init(&t, 10));
	port(mac, HUB);
	hub_mac_put(hub_mac, HUB);
	assert_true(neigh_add(&t, HUB, NET6 + 1, mac));
	/* a hub without IPv6 has no address of its own */
	assert_int_equal(ask6(&t, link_host, link_hub, false, answer), FRAME_ND_IGNORED);
	assert_true(neigh_add(&t, HUB, IPV6_LINK_PREFIX, hub_mac));
	for (unsigned unicast = 0; unicast < 2; unicast++) {
		assert_int_equal(ask6(&t, link_host, link_hub, unicast, answer), FRAME_ND_ANSWER);
		assert_int_equal(
			ask6(&t, link_host, (struct ipv6_addr){NET6 + 1, 77}, unicast, answer),
			FRAME_ND_ANSWER);
		assert_memory_equal(answer, host, 6);
		assert_memory_equal(answer + 6, hub_mac, 6);
		assert_int_equal(nd_parse(answer + ETH_HDR, FRAME_ND_ANSWER_LEN - ETH_HDR, &nd),
				 ND_OK);
		assert_int_equal(nd.type, ND_NEIGHBOR_ADVERTISEMENT);
		assert_memory_equal(nd.link_addr, hub_mac, 6);
		assert_int_equal(
			ask6(&t, link_host, (struct ipv6_addr){NET6 + 2, 77}, unicast, answer),
			FRAME_ND_IGNORED);
		assert_int_equal(ask6(&t, link_host, link_host, unicast, answer), FRAME_ND_IGNORED);
		assert_int_equal(ask6(&t, nobody, link_hub, unicast, answer), FRAME_ND_IGNORED);
	}
	neigh_free(&t);
}

static void ipv6_by_prefix(void **state)
{
	uint8_t frame[ETH_HDR + IPV6_HDR + 20] = {0}, answer[FRAME_ANSWER_MAX], mac[6];
	struct port_mac p;
	struct neigh t;

	(void)state;
	assert_true(neigh_init(&t, 10));
	port(mac, HUB);
	assert_true(neigh_add(&t, HUB, NET6 + 1, mac));
	assert_true(neigh_add(&t, HUB, CLIENT, mac));
	hub_mac_put(mac, HUB);
	eth_put(frame, mac, host, ETH_TYPE_IPV6);
	ipv6_put(frame + ETH_HDR, 20, 64, 50, far_host, (struct ipv6_addr){NET6 + 1, 5});
	assert_int_equal(frame_judge(&t, HUB, frame, sizeof(frame), &p, answer), FRAME_TO_PORT);
	assert_int_equal(p.slot, 77);
	assert_int_equal(frame_judge(&t, HUB, frame, sizeof(frame) - 1, &p, answer),
			 FRAME_IPV6_SHORT);
	assert_int_equal(frame_judge(&t, HUB + 1, frame, sizeof(frame), &p, answer),
			 FRAME_NOT_PORT);
	ipv6_put(frame + ETH_HDR, 20, 255, IPV6_ICMP, link_host, (struct ipv6_addr){NET6 + 1, 5});
	assert_int_equal(frame_judge(&t, HUB, frame, sizeof(frame), &p, answer), FRAME_TO_PORT);
	frame[ETH_HDR + IPV6_HDR] = 137; /* a redirect is of the host's link */
	assert_int_equal(frame_judge(&t, HUB, frame, sizeof(frame), &p, answer), FRAME_ND_IGNORED);
	frame[ETH_HDR + IPV6_HDR] = 0;
	ipv6_put(frame + ETH_HDR, 20, 64, 50, far_host, (struct ipv6_addr){NET6 + 2, 5});
	assert_int_equal(frame_judge(&t, HUB, frame, sizeof(frame), &p, answer), FRAME_IPV6_NOBODY);
	/* 0:0:a00:5:: is no IPv4 address */
	ipv6_put(frame + ETH_HDR, 20, 64, 50, far_host, (struct ipv6_addr){CLIENT, 5});
	assert_int_equal(frame_judge(&t, HUB, frame, sizeof(frame), &p, answer), FRAME_IPV6_NOBODY);
	ipv6_put(frame + ETH_HDR, 20, 64, 50, link_host, link_hub);
	assert_int_equal(frame_judge(&t, HUB, frame, sizeof(frame), &p, answer), FRAME_GROUP);
	put_be16(frame + 12, ETH_TYPE_IPV4);
	assert_int_equal(frame_judge(&t, HUB, frame, sizeof(frame), &p, answer), FRAME_NOT_PORT);
	neigh_free(&t);
}

static void next_hop(void **state)
{
	struct port_ip p = {.hub = HUB, .ip = CLIENT, .prefix = 24};
	uint8_t mac[6];
	struct neigh t;

	(void)state;
	assert_true(neigh_init(&t, 10));
	port(mac, HUB);
	neigh_add(&t, HUB, CLIENT + 1, mac);
	neigh_add(&t, HUB, CLIENT + 0x100, mac);
	neigh_add(&t, HUB + 1, CLIENT + 2, mac);
	assert_memory_equal(port_next_hop(&t, &p, CLIENT + 1, host), mac, 6);
	assert_memory_equal(port_next_hop(&t, &p, CLIENT + 0x100, host), host, 6); /* not on-link */
	assert_memory_equal(port_next_hop(&t, &p, CLIENT + 2, host), host, 6); /* another hub's */
	assert_memory_equal(port_next_hop(&t, &p, 0x08080808, host), host, 6);
	p.prefix = 16;
	assert_memory_equal(port_next_hop(&t, &p, CLIENT + 0x100, host), mac, 6);
	p.prefix = 0;
	assert_memory_equal(port_next_hop(&t, &p, CLIENT + 0x100, host), mac, 6);
	p.prefix = 32;
	assert_memory_equal(port_next_hop(&t, &p, CLIENT + 1, host), host, 6);
	assert_true(port_source_ok(&p, CLIENT));
	assert_false(port_source_ok(&p, CLIENT + 1));
	neigh_free(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(neighbours_come_and_go),
		cmocka_unit_test(a_neighbour_table_grows_a_few_places_at_a_time),
		cmocka_unit_test(verdicts_on_frames),
		cmocka_unit_test(arp_for_ports_only),
		cmocka_unit_test(discovery_for_ports_and_the_hub),
		cmocka_unit_test(ipv6_by_prefix),
		cmocka_unit_test(next_hop),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
