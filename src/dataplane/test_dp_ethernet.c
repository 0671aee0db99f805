/* Tests of ports that speak Ethernet (EtherIP, RFC 3378): ethernet.c, ethernet_out.c, floods. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "test_kit.h"
#include "wire/arp.h"
#include "wire/checksum.h"
#include "wire/esp.h"
#include "wire/etherip.h"
#include "wire/udp.h"

#define SITE_HOST UINT32_C(0x0a000033) /* behind the first port */
#define LAN_HOST  UINT32_C(0x0a000032)
#define TYPE_TEST 0x88b5 /* for experiments (IEEE 802) */
#define GRE       47
#define SA_MTU    1500

static const uint8_t lan_mac[ETH_ADDR] = {0x02, 0xbb, 0, 0, 0, 0x32};
static const uint8_t a_mac[ETH_ADDR] = {0x02, 0xcc, 0, 0, 0, 0x0a};
static const uint8_t b_mac[ETH_ADDR] = {0x02, 0xcc, 0, 0, 0, 0x0b};
static const uint8_t nobody[ETH_ADDR] = {0x02, 0xdd, 0, 0, 0, 0x01};
static const uint8_t everybody[ETH_ADDR] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff};

static struct kit *k;
static struct client a, b, u; /* two sites, the second in the last worker, and a user */
static uint8_t got[70000];
static struct hub_policy policy;

static int begin(unsigned workers, bool bridged)
{
	k = kit_new(workers);
	if (bridged)
		kit_bridge(k);
	kit_client(k, &a, 0, 1);
	kit_client(k, &b, workers - 1, 2);
	kit_client(k, &u, 0, 3);
	hub_policy_standard(&policy);
	return 0;
}

static int on_a_lan(void **state)
{
	(void)state;
	return begin(1, true);
}

static int on_a_lan_by_two(void **state)
{
	(void)state;
	return begin(2, true);
}

static int behind_nat(void **state)
{
	(void)state;
	return begin(1, false);
}

static int behind_nat_by_two(void **state)
{
	(void)state;
	return begin(2, false);
}

static int teardown(void **state)
{
	(void)state;
	kit_client_free(&a);
	kit_client_free(&b);
	kit_client_free(&u);
	kit_free(k);
	return 0;
}

static void both(void)
{
	assert_true(kit_port(k, &a, 0, &policy));
	assert_true(kit_port(k, &b, 1, &policy));
	kit_run(k);
}

/* ---- what goes in ---- */

static void site_sends_payload(struct client *c, const void *payload, size_t len)
{
	static uint8_t inner[70000], esp[70000];

	memcpy(inner, payload, len);
	len = kit_wrap(c, inner, len);
	kit_push(k, c, esp, kit_seal(k, c, esp, inner, len, ++c->seq, kit_next(c), false));
	kit_run(k);
}

static void site_sends(struct client *c, const void *frame, size_t len)
{
	static uint8_t payload[70000];

	etherip_put(payload);
	memcpy(payload + ETHERIP_HDR, frame, len);
	site_sends_payload(c, payload, ETHERIP_HDR + len);
}

static void lan_sends(unsigned queue, const struct vnet *v, const void *frame, size_t len)
{
	uint8_t vnet[VNET_HDR] = {0};

	if (v)
		vnet_put(vnet, v);
	fake_tap_push(k->fake, k->tap[queue], vnet, frame, len);
	kit_run(k);
}

/* A frame of no protocol that anything here looks into. */
static size_t plain(uint8_t *frame, const uint8_t *dst, const uint8_t *src, size_t payload)
{
	eth_put(frame, dst, src, TYPE_TEST);
	for (size_t i = 0; i < payload; i++)
		frame[ETH_HDR + i] = (uint8_t)(i * 3 + 1);
	return ETH_HDR + payload;
}

static void site_says(struct client *c, const uint8_t *dst, const uint8_t *src, size_t payload)
{
	uint8_t frame[2000];

	site_sends(c, frame, plain(frame, dst, src, payload));
}

static void lan_says(unsigned queue, const uint8_t *dst, const uint8_t *src, size_t payload)
{
	uint8_t frame[2000];

	lan_sends(queue, NULL, frame, plain(frame, dst, src, payload));
}

/* ---- what comes out ---- */

/* The next frame that the site gets, in got; 0: none. */
static size_t site_gets(struct client *c)
{
	static uint8_t payload[70000];
	size_t len = kit_take_udp(k, c, payload);

	if (len == 0)
		return 0;
	assert_true(len >= ETHERIP_HDR + ETH_HDR);
	assert_int_equal(be16(payload), ETHERIP_VERSION);
	memcpy(got, payload + ETHERIP_HDR, len - ETHERIP_HDR);
	return len - ETHERIP_HDR;
}

static size_t lan_gets(unsigned queue)
{
	const struct fake_packet *p = fake_take(k->fake, k->tap[queue]);

	if (!p)
		return 0;
	memcpy(got, p->p + VNET_HDR, p->len - VNET_HDR);
	return p->len - VNET_HDR;
}

static void assert_plain(size_t len, const uint8_t *dst, const uint8_t *src, size_t payload)
{
	uint8_t frame[2000];

	assert_int_equal(len, plain(frame, dst, src, payload));
	assert_memory_equal(got, frame, len);
}

static void assert_site_gets(struct client *c, const uint8_t *dst, const uint8_t *src,
			     size_t payload)
{
	assert_plain(site_gets(c), dst, src, payload);
}

static void assert_lan_gets(unsigned queue, const uint8_t *dst, const uint8_t *src, size_t payload)
{
	assert_plain(lan_gets(queue), dst, src, payload);
}

static void drain(void)
{
	for (unsigned i = 0; i < k->workers; i++) {
		while (fake_take(k->fake, k->tap[i]) || fake_take(k->fake, k->udp4500[i]))
			;
	}
}

/* Nothing is left anywhere. */
static void assert_silent(void)
{
	for (unsigned i = 0; i < k->workers; i++) {
		assert_null(fake_take(k->fake, k->tap[i]));
		assert_null(fake_take(k->fake, k->udp4500[i]));
		assert_null(fake_take(k->fake, k->esp[i]));
	}
}

/* ---- in, out, flood ---- */

static void a_flood_reaches_all_but_its_source(void **state)
{
	unsigned last = k->workers - 1;

	(void)state;
	both();
	site_says(&a, everybody, a_mac, 46);
	assert_site_gets(&b, everybody, a_mac, 46);
	assert_lan_gets(0, everybody, a_mac, 46);
	assert_silent();
	lan_says(0, everybody, lan_mac, 50);
	assert_site_gets(&b, everybody, lan_mac, 50);
	assert_site_gets(&a, everybody, lan_mac, 50);
	assert_silent();
	site_says(&b, nobody, b_mac, 60); /* nobody knows where */
	assert_site_gets(&a, nobody, b_mac, 60);
	assert_lan_gets(last, nobody, b_mac, 60);
	assert_silent();
	assert_int_equal(kit_counter(k, "flooded"), 3);
	assert_int_equal(kit_counter(k, "port-in"), 2);
	assert_int_equal(kit_counter(k, "port-out"), 4);
}

static void what_was_learned_decides(void **state)
{
	unsigned last = k->workers - 1;

	(void)state;
	both();
	site_says(&a, everybody, a_mac, 46);
	site_says(&b, everybody, b_mac, 46);
	lan_says(0, everybody, lan_mac, 46);
	drain();
	site_says(&a, b_mac, a_mac, 47);
	assert_site_gets(&b, b_mac, a_mac, 47);
	assert_silent();
	site_says(&b, lan_mac, b_mac, 48);
	assert_lan_gets(last, lan_mac, b_mac, 48);
	assert_silent();
	lan_says(0, b_mac, lan_mac, 49);
	assert_site_gets(&b, b_mac, lan_mac, 49);
	assert_silent();
	site_says(&a, a_mac, a_mac, 50); /* it is on the same side */
	assert_silent();
	site_says(&b, everybody, a_mac, 51); /* the host moved to the other site */
	drain();
	lan_says(0, a_mac, lan_mac, 52);
	assert_site_gets(&b, a_mac, lan_mac, 52);
	assert_silent();
}

static void a_port_that_goes_is_forgotten(void **state)
{
	struct dp_cmd c = {.kind = DP_CMD_PORT_DEL};

	(void)state;
	both();
	site_says(&a, everybody, a_mac, 46);
	drain();
	c.u.session_del.slot = 0;
	assert_true(kit_cmd(k, 0, &c, NULL));
	assert_false(kit_cmd(k, 0, &c, NULL));
	for (unsigned i = 0; i < k->workers; i++)
		assert_int_equal(mac_table_hub_count(&kit_worker(k, i)->sw.macs, KIT_HUB), 0);
	lan_says(0, a_mac, lan_mac, 47);
	assert_site_gets(&b, a_mac, lan_mac, 47);
	assert_silent();
	site_says(&a, everybody, a_mac, 48);
	assert_silent();
	assert_int_equal(kit_counter(k, "etherip-no-port"), 1);
	assert_true(kit_port(k, &a, 0, &policy)); /* the slot is free again */
	site_says(&a, everybody, a_mac, 49);
	assert_site_gets(&b, everybody, a_mac, 49);
}

/* The last port of a hub that is otherwise plain leaves it plain, in every worker. */
static void a_plain_hub_is_plain_again(void **state)
{
	struct dp_cmd c = {.kind = DP_CMD_PEER_DEL};

	(void)state;
	for (unsigned i = 0; i < k->workers; i++)
		assert_false(kit_worker(k, i)->hubs[KIT_HUB].judged);
	both();
	for (unsigned i = 0; i < k->workers; i++)
		assert_true(kit_worker(k, i)->hubs[KIT_HUB].judged);
	c.u.peer.slot = a.slot;
	assert_true(kit_cmd(k, 0, &c, NULL));
	kit_run(k);
	for (unsigned i = 0; i < k->workers; i++)
		assert_true(kit_worker(k, i)->hubs[KIT_HUB].judged);
	c.u.peer.slot = b.slot;
	assert_true(kit_cmd(k, b.worker, &c, NULL));
	kit_run(k);
	for (unsigned i = 0; i < k->workers; i++)
		assert_false(kit_worker(k, i)->hubs[KIT_HUB].judged);
}

static void tunnel_mode(void **state)
{
	uint8_t frame[100];

	(void)state;
	a.tunnel = true;
	a.tunnel_ip = 0xc0a80202;
	a.server_ip = 0xc0000201;
	assert_true(kit_sa_in(k, &a, 0x9000) && kit_sa_out(k, &a, 0x9100));
	assert_true(kit_port(k, &a, 0, &policy));
	site_says(&a, everybody, a_mac, 46);
	assert_lan_gets(0, everybody, a_mac, 46);
	lan_says(0, a_mac, lan_mac, 47);
	assert_site_gets(&a, a_mac, lan_mac, 47);
	a.proto = 98; /* some other protocol in the inner header */
	site_sends(&a, frame, plain(frame, everybody, a_mac, 46));
	assert_silent();
	assert_int_equal(kit_counter(k, "esp-selector"), 1);
	a.proto = ETHERIP_PROTO;
	a.tunnel = false; /* transport mode on a tunnel mode SA */
	site_sends(&a, frame, plain(frame, everybody, a_mac, 46));
	assert_silent();
	assert_int_equal(kit_counter(k, "esp-transport"), 1);
}

static void what_is_no_etherip_is_dropped(void **state)
{
	static const uint8_t version2[20] = {0x20}, reserved[20] = {0x30, 1};
	struct dp_cmd c = {.kind = DP_CMD_PORT_STATS};

	(void)state;
	a.proto = ETHERIP_PROTO;
	site_says(&a, everybody, a_mac, 46);
	assert_int_equal(kit_counter(k, "etherip-no-port"), 1);
	both();
	site_sends_payload(&a, version2, sizeof(version2));
	site_sends_payload(&a, reserved, sizeof(reserved));
	assert_int_equal(kit_counter(k, "etherip-header"), 2);
	site_sends_payload(&a, "0\0aaaaaabbbbbb\x88", 15);
	site_sends_payload(&a, "0", 1);
	assert_int_equal(kit_counter(k, "etherip-short"), 2);
	site_says(&a, everybody, everybody, 46);
	assert_int_equal(kit_counter(k, "hub-source-group"), 1);
	assert_silent();
	c.u.session_del.slot = 0;
	assert_true(kit_cmd(k, 0, &c, NULL));
	assert_int_equal(k->last[DP_PUNT_STATS].stats.drops_in, 5);
	assert_int_equal(k->last[DP_PUNT_STATS].stats.packets_in, 1);
	assert_int_equal(k->last[DP_PUNT_STATS].session_handle, 5000);
}

static void wrong_ports_are_refused(void **state)
{
	struct dp_cmd c = {.kind = DP_CMD_PORT_ADD};
	struct dp_cmd del = {.kind = DP_CMD_HUB_DEL}, gone = {.kind = DP_CMD_SESSION_DEL};

	(void)state;
	assert_true(kit_port(k, &a, 0, &policy));
	assert_false(kit_port(k, &a, 1, &policy)); /* it has one */
	assert_false(kit_port(k, &b, 0, &policy)); /* the slot is taken */
	assert_false(kit_port(k, &b, DP_PORTS_MAX, &policy));
	c.u.port = (struct dp_port){.slot = 5, .peer = b.slot, .hub = KIT_HUB + 1, .mtu = 1500};
	assert_false(kit_cmd(k, 0, &c, NULL));
	c.u.port.hub = KIT_HUB;
	c.u.port.mtu = 1279;
	assert_false(kit_cmd(k, 0, &c, NULL));
	c.u.port.mtu = 1500;
	c.u.port.peer = 15;
	assert_false(kit_cmd(k, 0, &c, NULL));
	for (uint32_t slot = 1; slot <= 3; slot++) {
		gone.u.session_del.slot = slot;
		assert_true(kit_cmd(k, 0, &gone, NULL));
	}
	del.u.hub.hub = KIT_HUB;
	assert_false(kit_cmd(k, 0, &del, NULL));
	gone.kind = DP_CMD_PORT_DEL;
	gone.u.session_del.slot = 0;
	assert_true(kit_cmd(k, 0, &gone, NULL));
	assert_true(kit_cmd(k, 0, &del, NULL));
}

/* The MACs of sessions name port numbers: none of them is a way to flood, or out of the hub. */
static void macs_of_no_session_lead_nowhere(void **state)
{
	static const uint8_t last[] = {0xf0, 0xf1, 0xfe};
	uint8_t mac[ETH_ADDR] = {0x5a, KIT_MACHINE, 0xff, 0xff, 0xff}, frame[100];
	size_t len = kit_ip(frame + ETH_HDR, SITE_HOST, LAN_HOST, GRE, 50);

	(void)state;
	both();
	for (size_t i = 0; i < sizeof(last); i++) {
		mac[5] = last[i];
		eth_put(frame, mac, a_mac, ETH_TYPE_IPV4);
		site_sends(&a, frame, ETH_HDR + len);
		assert_silent();
	}
	assert_int_equal(kit_counter(k, "frame-not-port"), 2);
	dp_session_mac(KIT_MACHINE, 0, 15, mac); /* of no session */
	eth_put(frame, mac, a_mac, ETH_TYPE_IPV4);
	site_sends(&a, frame, ETH_HDR + len);
	assert_silent();
}

/* ---- with sessions ---- */

static void assert_frame(size_t len, const uint8_t *dst, const uint8_t *src, const void *ip,
			 size_t ip_len)
{
	assert_int_equal(len, ETH_HDR + ip_len);
	assert_memory_equal(got, dst, ETH_ADDR);
	assert_memory_equal(got + ETH_ADDR, src, ETH_ADDR);
	assert_memory_equal(got + ETH_HDR, ip, ip_len);
}

static void a_session_and_a_site_reach_each_other(void **state)
{
	uint8_t ip[200], frame[200], mac[ETH_ADDR], answer[200];
	size_t len, n;
	struct arp arp;
	struct rd r;

	(void)state;
	assert_true(kit_port(k, &b, 1, &policy));
	kit_run(k);
	dp_session_mac(KIT_MACHINE, u.worker, u.slot, mac);
	len = kit_ip(ip, u.ip, SITE_HOST, GRE, 50);
	kit_send_ip(k, &u, ip, len); /* asks for it, at the site and on the LAN */
	kit_run(k);
	n = site_gets(&b);
	assert_int_equal(n, ETH_HDR + ARP_LEN);
	r = rd_of(got + ETH_HDR, ARP_LEN);
	assert_true(arp_parse(&r, &arp));
	assert_int_equal(arp.target_ip, SITE_HOST);
	assert_memory_equal(arp.sender_mac, mac, ETH_ADDR);
	assert_int_equal(lan_gets(0), ETH_HDR + ARP_LEN);
	site_sends(&b, frame, kit_arp(frame, ARP_REPLY, b_mac, SITE_HOST, mac, u.ip));
	assert_frame(site_gets(&b), b_mac, mac, ip, len);
	assert_silent();
	/* the hub answers the host's own question in the session's name, to nobody else */
	site_sends(&b, frame, kit_arp(frame, ARP_REQUEST, b_mac, SITE_HOST, everybody, u.ip));
	n = site_gets(&b);
	kit_arp(answer, ARP_REPLY, mac, u.ip, b_mac, SITE_HOST);
	assert_int_equal(n, ETH_HDR + ARP_LEN);
	assert_memory_equal(got, answer, n);
	assert_silent();
	len = kit_ip(ip, SITE_HOST, u.ip, GRE, 60);
	eth_put(frame, mac, b_mac, ETH_TYPE_IPV4);
	memcpy(frame + ETH_HDR, ip, len);
	site_sends(&b, frame, ETH_HDR + len);
	assert_int_equal(kit_take_ip(k, &u, got), len);
	assert_memory_equal(got, ip, len);
	assert_silent();
	/* nobody there takes the session's address or MAC */
	site_sends(&b, frame, kit_arp(frame, ARP_REPLY, b_mac, u.ip, everybody, u.ip));
	len = kit_ip(ip, SITE_HOST, LAN_HOST, GRE, 60);
	eth_put(frame, lan_mac, mac, ETH_TYPE_IPV4);
	memcpy(frame + ETH_HDR, ip, len);
	site_sends(&b, frame, ETH_HDR + len);
	assert_silent();
}

/* Behind NAT the host on the TAP routes for the session as before. */
static void the_way_out_stays(void **state)
{
	uint8_t ip[200], mac[ETH_ADDR];
	size_t len = kit_ip(ip, u.ip, 0x08080808, GRE, 50);

	(void)state;
	assert_true(kit_port(k, &b, 1, &policy));
	kit_run(k);
	dp_session_mac(KIT_MACHINE, u.worker, u.slot, mac);
	kit_send_ip(k, &u, ip, len);
	kit_run(k);
	assert_frame(lan_gets(0), kit_tap_mac, mac, ip, len);
	len = kit_ip(ip, u.ip, KIT_GATEWAY, GRE, 51);
	kit_send_ip(k, &u, ip, len);
	kit_run(k);
	assert_frame(lan_gets(0), kit_tap_mac, mac, ip, len);
	len = kit_ip(ip, u.ip, UINT32_MAX, GRE, 52); /* what is for all is for the site, too */
	kit_send_ip(k, &u, ip, len);
	kit_run(k);
	assert_frame(site_gets(&b), everybody, mac, ip, len);
	assert_frame(lan_gets(0), everybody, mac, ip, len);
	assert_silent();
}

/* ---- super-packets, checksums, sizes ---- */

static void check_segments(size_t l3, uint8_t ip_hdr, size_t total)
{
	size_t sum = 0, n;

	while ((n = site_gets(&a))) {
		assert_memory_equal(got, a_mac, ETH_ADDR);
		assert_true(kit_checksums_ok(got + l3, n - l3));
		assert_true(n - l3 <= 1500);
		sum += n - l3 - ip_hdr - TCP_HDR;
	}
	assert_int_equal(sum, total);
}

static void a_super_packet_is_cut(void **state)
{
	static uint8_t frame[20100], ip[20000];
	size_t len = kit_tcp(ip, LAN_HOST, SITE_HOST, 1, TCP_ACK, 10000);
	struct ipv6_addr from = {KIT_NET6, 1}, to = {KIT_NET6, 2};
	struct vnet v = {.flags = VNET_F_NEEDS_CSUM,
			 .gso_type = VNET_GSO_TCPV4,
			 .hdr_len = ETH_HDR + IPV4_HDR + TCP_HDR,
			 .gso_size = 1460,
			 .csum_start = ETH_HDR + IPV4_HDR,
			 .csum_offset = TCP_CHECKSUM};

	(void)state;
	assert_true(kit_port(k, &a, 0, &policy));
	eth_put(frame, a_mac, lan_mac, ETH_TYPE_IPV4);
	memcpy(frame + ETH_HDR, ip, len);
	k->sends = k->gso_sends = 0;
	lan_sends(0, &v, frame, ETH_HDR + len);
	assert_true(k->gso_sends >= 1 && k->sends <= 2); /* nothing that has to be fragmented */
	check_segments(ETH_HDR, IPV4_HDR, 10000);
	len = kit_tcp6(ip, from, to, 1, TCP_ACK, 9000);
	eth_put(frame, a_mac, lan_mac, ETH_TYPE_IPV6);
	memcpy(frame + ETH_HDR, ip, len);
	v.gso_type = VNET_GSO_TCPV6;
	v.csum_start = ETH_HDR + IPV6_HDR;
	lan_sends(0, &v, frame, ETH_HDR + len);
	check_segments(ETH_HDR, IPV6_HDR, 9000);
	len = kit_tcp(ip, LAN_HOST, SITE_HOST, 1, TCP_ACK, 8000); /* tagged */
	eth_put(frame, a_mac, lan_mac, VLAN_TYPE);
	put_be16(frame + ETH_HDR, 7);
	put_be16(frame + ETH_HDR + 2, ETH_TYPE_IPV4);
	memcpy(frame + ETH_HDR + VLAN_TAG, ip, len);
	v.gso_type = VNET_GSO_TCPV4;
	v.csum_start = ETH_HDR + VLAN_TAG + IPV4_HDR;
	lan_sends(0, &v, frame, ETH_HDR + VLAN_TAG + len);
	check_segments(ETH_HDR + VLAN_TAG, IPV4_HDR, 8000);
	v.gso_size = 0;
	lan_sends(0, &v, frame, ETH_HDR + VLAN_TAG + len);
	assert_silent();
	assert_int_equal(kit_counter(k, "gso"), 1);
}

static void checksums_are_completed(void **state)
{
	uint8_t frame[300], *udp = frame + ETH_HDR + IPV4_HDR;
	struct vnet v = {.flags = VNET_F_NEEDS_CSUM,
			 .csum_start = ETH_HDR + IPV4_HDR,
			 .csum_offset = UDP_CHECKSUM};
	size_t len = ETH_HDR + kit_ip(frame + ETH_HDR, LAN_HOST, SITE_HOST, IPV4_UDP, 100);

	(void)state;
	both();
	eth_put(frame, everybody, lan_mac, ETH_TYPE_IPV4);
	udp_put(udp, 1000, 2000, 100);
	checksum_store_partial(udp + UDP_CHECKSUM,
			       checksum_pseudo4(frame + ETH_HDR, IPV4_UDP, 100));
	lan_sends(0, &v, frame, len);
	assert_int_equal(site_gets(&b), len);
	assert_true(kit_checksums_ok(got + ETH_HDR, len - ETH_HDR));
	assert_int_equal(site_gets(&a), len); /* both copies were made from the same */
	assert_true(kit_checksums_ok(got + ETH_HDR, len - ETH_HDR));
	v.csum_offset = 300;
	lan_sends(0, &v, frame, len);
	assert_silent();
	assert_int_equal(kit_counter(k, "checksum-offload"), 2);
}

/* A SYN with the MSS of Ethernet. */
static size_t syn(uint8_t *frame, const uint8_t *dst, const uint8_t *src, uint32_t from,
		  uint32_t to)
{
	uint8_t *ip = frame + ETH_HDR, *tcp = ip + IPV4_HDR;
	size_t len = kit_tcp(ip, from, to, 1, TCP_SYN, 4), l4 = len - IPV4_HDR;

	eth_put(frame, dst, src, ETH_TYPE_IPV4);
	tcp[12] = 6 << 4;
	put_be32(tcp + TCP_HDR, 0x02040000 | 1460);
	put_be16(tcp + TCP_CHECKSUM, 0);
	checksum_store(tcp + TCP_CHECKSUM,
		       checksum_add(checksum_pseudo4(ip, IPV4_TCP, (uint32_t)l4), tcp, l4));
	return ETH_HDR + len;
}

static void tcp_is_told_what_fits(void **state)
{
	uint8_t frame[100];
	size_t len, largest = 0;
	uint16_t mss;

	(void)state;
	assert_true(kit_port(k, &a, 0, &policy));
	len = syn(frame, everybody, a_mac, SITE_HOST, LAN_HOST);
	site_sends(&a, frame, len);
	assert_int_equal(lan_gets(0), len);
	mss = be16(got + ETH_HDR + IPV4_HDR + TCP_HDR + 2);
	assert_true(kit_checksums_ok(got + ETH_HDR, len - ETH_HDR));
	len = syn(frame, a_mac, lan_mac, LAN_HOST, SITE_HOST);
	lan_sends(0, NULL, frame, len);
	assert_int_equal(site_gets(&a), len);
	assert_true(kit_checksums_ok(got + ETH_HDR, len - ETH_HDR));
	assert_int_equal(be16(got + ETH_HDR + IPV4_HDR + TCP_HDR + 2), mss);
	assert_int_equal(kit_counter(k, "mss-clamped"), 2);
	/* the MSS is the largest that needs no fragment outside */
	for (size_t payload = 1300; payload < 1500; payload++) {
		const struct fake_packet *p;

		lan_says(0, a_mac, lan_mac, payload);
		p = fake_take(k->fake, k->udp4500[0]);
		assert_non_null(p);
		if (p->len <= SA_MTU - IPV4_HDR - UDP_HDR)
			largest = payload;
	}
	assert_int_equal(mss, largest - IPV4_HDR - TCP_HDR);
}

/* The kernel fragments what is too long for the path (measured in tests/e2e/20-etherip). */
static void a_long_frame_leaves_alone(void **state)
{
	(void)state;
	assert_true(kit_port(k, &a, 0, &policy));
	k->sends = k->gso_sends = 0;
	lan_says(0, a_mac, lan_mac, 1500);
	lan_says(0, a_mac, lan_mac, 1500);
	assert_int_equal(k->gso_sends, 0);
	assert_site_gets(&a, a_mac, lan_mac, 1500);
	assert_site_gets(&a, a_mac, lan_mac, 1500);
	site_says(&a, lan_mac, a_mac, 1500);
	assert_lan_gets(0, lan_mac, a_mac, 1500);
}

/* ---- policies ---- */

static void one_host_behind_a_port_without_bridge(void **state)
{
	(void)state;
	policy.value[POLICY_NO_BRIDGE] = 1;
	assert_true(kit_port(k, &a, 0, &policy));
	site_says(&a, everybody, a_mac, 46);
	assert_lan_gets(0, everybody, a_mac, 46);
	site_says(&a, everybody, b_mac, 47);
	assert_silent();
	assert_int_equal(kit_counter(k, "hub-policy-no-bridge"), 1);
	site_says(&a, everybody, a_mac, 48);
	assert_lan_gets(0, everybody, a_mac, 48);
}

/* Each port gets the frame with or without its tag, whatever the others get. */
static void each_port_has_its_own_copy(void **state)
{
	uint8_t frame[100];
	size_t len;

	(void)state;
	policy.value[POLICY_VLAN_ID] = 10;
	assert_true(kit_port(k, &b, 1, &policy));
	policy.value[POLICY_VLAN_ID] = 0;
	assert_true(kit_port(k, &a, 0, &policy));
	kit_run(k);
	len = plain(frame, everybody, lan_mac, 60);
	put_be16(frame + 2 * ETH_ADDR, VLAN_TYPE);
	put_be16(frame + ETH_HDR, 10);
	put_be16(frame + ETH_HDR + 2, TYPE_TEST);
	lan_sends(0, NULL, frame, len);
	assert_int_equal(site_gets(&a), len);
	assert_memory_equal(got, frame, len);
	assert_int_equal(site_gets(&b), len - VLAN_TAG);
	assert_memory_equal(got, frame, 2 * ETH_ADDR);
	assert_memory_equal(got + 2 * ETH_ADDR, frame + 2 * ETH_ADDR + VLAN_TAG,
			    len - VLAN_TAG - 2 * ETH_ADDR);
	put_be16(frame + ETH_HDR, 11);
	lan_sends(0, NULL, frame, len);
	assert_int_equal(site_gets(&a), len);
	assert_int_equal(site_gets(&b), 0);
	site_says(&b, everybody, b_mac, 61); /* without a tag it is in VLAN 10 */
	assert_int_equal(site_gets(&a), ETH_HDR + VLAN_TAG + 61);
	assert_int_equal(be16(got + ETH_HDR), 10);
	assert_int_equal(lan_gets(k->workers - 1), ETH_HDR + VLAN_TAG + 61);
	assert_silent();
}

static void a_delayed_flood(void **state)
{
	struct dp_cmd c = {.kind = DP_CMD_HUB_RULES};
	struct access_rule r = access_rule_any();
	struct hub_options options;
	struct access_list *list;

	(void)state;
	both();
	hub_options_standard(&options);
	r.id = r.priority = 1;
	r.delay_ms = 100;
	list = access_list_build(&r, 1);
	c.u.rules.hub = KIT_HUB;
	c.u.rules.options = &options;
	c.u.rules.access = list;
	for (unsigned i = 0; i < k->workers; i++)
		assert_true(kit_cmd(k, i, &c, NULL));
	site_says(&a, everybody, a_mac, 46);
	assert_silent();
	fake_advance(k->fake, 100);
	kit_run(k);
	assert_site_gets(&b, everybody, a_mac, 46);
	assert_lan_gets(0, everybody, a_mac, 46);
	assert_silent();
	c.u.rules.access = NULL;
	for (unsigned i = 0; i < k->workers; i++)
		assert_true(kit_cmd(k, i, &c, NULL));
	access_list_free(list);
}

#define LAN(test)  cmocka_unit_test_setup_teardown(test, on_a_lan, teardown)
#define LAN2(test) cmocka_unit_test_setup_teardown(test, on_a_lan_by_two, teardown)
#define NAT(test)  cmocka_unit_test_setup_teardown(test, behind_nat, teardown)
#define NAT2(test) cmocka_unit_test_setup_teardown(test, behind_nat_by_two, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		LAN(a_flood_reaches_all_but_its_source),
		LAN2(a_flood_reaches_all_but_its_source),
		NAT(a_flood_reaches_all_but_its_source),
		LAN(what_was_learned_decides),
		LAN2(what_was_learned_decides),
		LAN(a_port_that_goes_is_forgotten),
		LAN2(a_port_that_goes_is_forgotten),
		NAT(a_plain_hub_is_plain_again),
		NAT2(a_plain_hub_is_plain_again),
		LAN(tunnel_mode),
		LAN(what_is_no_etherip_is_dropped),
		LAN(wrong_ports_are_refused),
		LAN(macs_of_no_session_lead_nowhere),
		LAN2(macs_of_no_session_lead_nowhere),
		LAN(a_session_and_a_site_reach_each_other),
		LAN2(a_session_and_a_site_reach_each_other),
		NAT(a_session_and_a_site_reach_each_other),
		NAT2(a_session_and_a_site_reach_each_other),
		NAT(the_way_out_stays),
		NAT2(the_way_out_stays),
		LAN(a_super_packet_is_cut),
		LAN(checksums_are_completed),
		LAN(tcp_is_told_what_fits),
		LAN(a_long_frame_leaves_alone),
		LAN(one_host_behind_a_port_without_bridge),
		LAN(each_port_has_its_own_copy),
		LAN2(each_port_has_its_own_copy),
		LAN(a_delayed_flood),
		LAN2(a_delayed_flood),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
