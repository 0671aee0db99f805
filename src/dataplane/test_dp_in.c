/* Tests of the way in: ESP to the TAP, every reason to drop, punts, path changes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "test_kit.h"
#include "wire/checksum.h"
#include "wire/esp.h"
#include "wire/eth.h"
#include "wire/udp.h"

#define FAR_HOST UINT32_C(0x08080808)

static struct kit *k;
static struct client a, b;

static int setup(void **state)
{
	(void)state;
	k = kit_new(1);
	kit_client(k, &a, 0, 1);
	kit_client(k, &b, 0, 2);
	k->sends = k->gso_sends = 0;
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

static void user_packet_reaches_the_tap(void **state)
{
	uint8_t ip[1500], mac[6];
	size_t len = kit_ip(ip, a.ip, FAR_HOST, IPV4_UDP, 100);
	const struct fake_packet *p;

	(void)state;
	for (unsigned form = 0; form < 2; form++) { /* a plain ESP packet is as good */
		a.udp_encap = form == 0;
		kit_send_ip(k, &a, ip, len);
		kit_run(k);
		p = fake_take(k->fake, k->tap[0]);
		assert_non_null(p);
		assert_int_equal(p->len, VNET_HDR + ETH_HDR + len);
		assert_memory_equal(p->p + VNET_HDR, kit_tap_mac, 6);
		dp_session_mac(KIT_MACHINE, 0, a.slot, mac);
		assert_memory_equal(p->p + VNET_HDR + 6, mac, 6);
		assert_int_equal(be16(p->p + VNET_HDR + 12), ETH_TYPE_IPV4);
		assert_memory_equal(p->p + VNET_HDR + ETH_HDR, ip, len);
	}
	nothing_came_out();
	assert_int_equal(k->punts[DP_PUNT_SA_FIRST], 1);
	assert_int_equal(k->last[DP_PUNT_SA_FIRST].sa_handle, a.spi_in);
	assert_int_equal(k->punts[DP_PUNT_PATH], 0);
}

static void client_to_client(void **state)
{
	uint8_t ip[1500], got[1500];
	size_t len = kit_ip(ip, a.ip, b.ip, 47, 300);

	(void)state;
	kit_send_ip(k, &a, ip, len);
	kit_run(k);
	assert_int_equal(kit_take_ip(k, &b, got), len);
	assert_memory_equal(got, ip, len);
	nothing_came_out();
}

static void replays_are_refused(void **state)
{
	uint8_t ip[200], udp[300], esp[400];
	size_t len = kit_l2tp(&a, udp, ip, kit_ip(ip, a.ip, FAR_HOST, 47, 64));
	size_t n = kit_seal(k, &a, esp, udp, len, 5000, IPV4_UDP, false);

	(void)state;
	kit_push(k, &a, esp, n);
	kit_push(k, &a, esp, n); /* twice in one burst */
	kit_run(k);
	kit_push(k, &a, esp, n);
	kit_run(k);
	assert_int_equal(kit_counter(k, "esp-replay-seen"), 2);
	n = kit_seal(k, &a, esp, udp, len, 5000 - 1024, IPV4_UDP, false);
	kit_push(k, &a, esp, n);
	n = kit_seal(k, &a, esp, udp, len, 0, IPV4_UDP, false);
	kit_push(k, &a, esp, n);
	kit_run(k);
	assert_int_equal(kit_counter(k, "esp-replay-old"), 1);
	assert_int_equal(kit_counter(k, "esp-sequence-zero"), 1);
	assert_int_equal(kit_counter(k, "user-in"), 1);
	n = kit_seal(k, &a, esp, udp, len, 5000 - 1023, IPV4_UDP, false);
	kit_push(k, &a, esp, n);
	kit_run(k);
	assert_int_equal(kit_counter(k, "user-in"), 2);
}

/* A forged packet must not mark its number as seen. */
static void every_wrong_bit_fails_the_icv(void **state)
{
	uint8_t ip[200], udp[300], esp[400];
	size_t len = kit_l2tp(&a, udp, ip, kit_ip(ip, a.ip, FAR_HOST, 47, 20));
	size_t n = kit_seal(k, &a, esp, udp, len, 9, IPV4_UDP, false);

	(void)state;
	for (size_t i = 4; i < n; i++) {
		esp[i] ^= (uint8_t)(1 << (i % 8));
		kit_push(k, &a, esp, n);
		esp[i] ^= (uint8_t)(1 << (i % 8));
	}
	kit_run(k);
	assert_int_equal(kit_counter(k, "esp-icv"), n - 4);
	assert_int_equal(kit_counter(k, "esp-in"), 0);
	nothing_came_out();
	kit_push(k, &a, esp, n);
	kit_run(k);
	assert_int_equal(kit_counter(k, "user-in"), 1);
}

static void wrong_source_is_dropped(void **state)
{
	const uint32_t wrong[] = {b.ip, KIT_GATEWAY, 0, UINT32_MAX, a.ip + 0x100, 0x7f000001};
	uint8_t ip[200];

	(void)state;
	for (size_t i = 0; i < 6; i++)
		kit_send_ip(k, &a, ip, kit_ip(ip, wrong[i], FAR_HOST, 47, 20));
	kit_run(k);
	assert_int_equal(kit_counter(k, "source-address"), 6);
	nothing_came_out();
}

/* H-18: a's ids in b's SA lead nowhere, they are control's to judge. */
static void ids_of_another_peer(void **state)
{
	struct client evil = b;
	uint8_t ip[200];

	(void)state;
	evil.tunnel_id = a.tunnel_id;
	evil.session_id = a.session_id;
	kit_send_ip(k, &evil, ip, kit_ip(ip, a.ip, FAR_HOST, 47, 20));
	kit_run(k);
	nothing_came_out();
	assert_int_equal(kit_counter(k, "user-in"), 0);
	assert_int_equal(k->punts[DP_PUNT_L2TP], 1);
	assert_int_equal(k->last[DP_PUNT_L2TP].peer_handle, 7002);
	assert_int_equal(k->last[DP_PUNT_L2TP].sa_handle, b.spi_in);
	assert_int_equal(k->last[DP_PUNT_L2TP].session_handle, 0);
	evil.local_port = 1702;
	evil.tunnel_id = b.tunnel_id;
	evil.session_id = b.session_id;
	evil.seq++;
	kit_send_ip(k, &evil, ip, kit_ip(ip, b.ip, FAR_HOST, 47, 20));
	kit_run(k);
	assert_int_equal(kit_counter(k, "l2tp-port"), 1);
	nothing_came_out();
}

static void padding_and_next_header(void **state)
{
	uint8_t ip[200], udp[300], esp[400];
	size_t len = kit_l2tp(&a, udp, ip, kit_ip(ip, a.ip, FAR_HOST, 47, 20));

	(void)state;
	kit_push(k, &a, esp, kit_seal(k, &a, esp, udp, len, 1, IPV4_UDP, true));
	kit_run(k);
	assert_int_equal(kit_counter(k, "esp-padding"), 1);
	for (unsigned next = 0; next < 256; next++) {
		if (next != IPV4_UDP)
			kit_push(k, &a, esp,
				 kit_seal(k, &a, esp, udp, len, 2 + next, (uint8_t)next, false));
	}
	kit_run(k);
	assert_int_equal(kit_counter(k, "esp-selector"), 252);
	assert_int_equal(kit_counter(k, "etherip-no-port"), 1);
	assert_int_equal(kit_counter(k, "esp-tunnel"), 1);
	assert_int_equal(kit_counter(k, "esp-dummy"), 1);
	nothing_came_out();
}

/* A whole block whose last octets say that all of it and more is padding. */
static void pad_length_beyond_the_payload(void **state)
{
	size_t hdr = ESP_HDR + 16;
	uint8_t esp[200];

	(void)state;
	for (unsigned pad = 0; pad < 256; pad++) {
		struct burst_job job = {.sa = a.seal, .esp = esp, .len = (uint32_t)hdr + 16};

		put_be32(esp, a.spi_in);
		put_be32(esp + 4, pad + 1);
		memset(esp + 8, 1, 16);
		for (uint8_t i = 0; i < 14; i++)
			esp[hdr + i] = (uint8_t)(i + 1);
		esp[hdr + 14] = (uint8_t)pad;
		esp[hdr + 15] = IPV4_UDP;
		burst_seal(k->burst, &job, 1);
		kit_push(k, &a, esp, hdr + 16 + 12);
	}
	kit_run(k);
	/* pad 0: a UDP header with nonsense; 14: an empty payload; the rest is broken padding */
	assert_int_equal(kit_counter(k, "inner-udp-length"), 2);
	assert_int_equal(kit_counter(k, "esp-padding"), 254);
	nothing_came_out();
}

static void short_packets_are_silent(void **state)
{
	uint8_t p[80];

	(void)state;
	for (size_t len = 0; len <= 64; len++) {
		memset(p, 0xff, sizeof(p));
		fake_push(k->fake, k->udp4500[0], &a.flow, p, len);
		put_be32(p, a.spi_in);
		put_be32(p + 4, 1);
		fake_push(k->fake, k->udp4500[0], &a.flow, p, len);
		fake_push(k->fake, k->esp[0], &a.flow, p, len);
		memset(p, 0, 4);
		fake_push(k->fake, k->udp4500[0], &a.flow, p, len < 32 ? len : 31);
		fake_push(k->fake, k->udp500, &a.flow, p, len < 28 ? len : 27);
	}
	kit_run(k);
	nothing_came_out();
	assert_int_equal(k->sends, 0);
	assert_int_equal(k->punts[DP_PUNT_ISAKMP], 0);
	assert_int_equal(kit_counter(k, "rx-keepalive"), 1);
	assert_true(kit_counter(k, "esp-short") > 0);
}

static void unknown_spi_is_silent(void **state)
{
	uint8_t p[100] = {0};

	(void)state;
	for (uint32_t i = 1; i < 300; i++) {
		put_be32(p, i * 0x01010101);
		fake_push(k->fake, k->udp4500[0], &a.flow, p, sizeof(p));
	}
	kit_run(k);
	nothing_came_out();
	assert_int_equal(kit_counter(k, "esp-spi-unknown"), 299);
}

static void isakmp_is_punted_with_a_limit(void **state)
{
	uint8_t p[104] = {0};

	(void)state;
	p[4] = 0x77;
	fake_push(k->fake, k->udp4500[0], &a.flow, p, 100);
	kit_run(k);
	assert_int_equal(k->punts[DP_PUNT_ISAKMP], 1);
	assert_true(k->last[DP_PUNT_ISAKMP].natt);
	assert_int_equal(k->last[DP_PUNT_ISAKMP].len, 96);
	assert_int_equal(k->message[DP_PUNT_ISAKMP][0], 0x77);
	assert_true(endpoint_eq(&k->last[DP_PUNT_ISAKMP].flow.remote, &a.flow.remote));
	for (unsigned i = 0; i < 50; i++)
		fake_push(k->fake, k->udp500, &a.flow, p, 100);
	kit_run(k);
	assert_int_equal(k->punts[DP_PUNT_ISAKMP], KIT_PUNTS / 2); /* what one network gets */
	assert_false(k->last[DP_PUNT_ISAKMP].natt);
	assert_int_equal(kit_counter(k, "punt-isakmp-source-limit"), 51 - KIT_PUNTS / 2);
	fake_advance(k->fake, 1000);
	fake_push(k->fake, k->udp500, &a.flow, p, 100);
	kit_run(k);
	assert_int_equal(k->punts[DP_PUNT_ISAKMP], KIT_PUNTS / 2 + 1);
}

static void send_control(struct client *c, const void *message, size_t len)
{
	uint8_t udp[600], esp[700];

	udp_put(udp, c->remote_port, c->local_port, (uint16_t)(UDP_HDR + len));
	memcpy(udp + UDP_HDR, message, len);
	kit_push(k, c, esp, kit_seal(k, c, esp, udp, UDP_HDR + len, ++c->seq, IPV4_UDP, false));
}

static void control_and_negotiation_are_punted(void **state)
{
	static const uint8_t sccrq[] = {0xc8, 0x02, 0, 12, 0, 0, 0, 0, 0, 0, 0, 0};
	uint8_t lcp[] = {0x00, 0x02, 0, 0, 0, 0, 0xff, 0x03, 0xc0, 0x21, 1, 1, 0, 4};

	(void)state;
	send_control(&a, sccrq, sizeof(sccrq));
	kit_run(k);
	assert_int_equal(k->punts[DP_PUNT_L2TP], 1);
	assert_int_equal(k->last[DP_PUNT_L2TP].len, sizeof(sccrq));
	assert_memory_equal(k->message[DP_PUNT_L2TP], sccrq, sizeof(sccrq));
	assert_int_equal(k->last[DP_PUNT_L2TP].local_port, 1701);
	assert_int_equal(k->last[DP_PUNT_L2TP].peer_handle, 7001);
	put_be16(lcp + 2, a.tunnel_id);
	put_be16(lcp + 4, a.session_id);
	send_control(&a, lcp, sizeof(lcp));
	kit_run(k);
	assert_int_equal(k->punts[DP_PUNT_L2TP], 2);
	assert_int_equal(k->last[DP_PUNT_L2TP].session_handle, 9001);
	assert_memory_equal(k->message[DP_PUNT_L2TP], lcp, sizeof(lcp));
	/* one peer has a quarter, so the other is still heard */
	for (unsigned i = 0; i < 50; i++)
		send_control(&a, sccrq, sizeof(sccrq));
	send_control(&b, sccrq, sizeof(sccrq));
	kit_run(k);
	assert_int_equal(k->punts[DP_PUNT_L2TP], KIT_PUNTS / 4 + 1 + 1);
	assert_int_equal(k->last[DP_PUNT_L2TP].peer_handle, 7002);
	assert_int_equal(kit_counter(k, "punt-l2tp-peer-limit"), 52 - (KIT_PUNTS / 4 + 1));
}

static void broken_l2tp_and_ppp(void **state)
{
	struct {
		uint8_t b[20];
		size_t len;
		const char *counter;
	} rows[] = {
		{{0}, 0, "l2tp-short"},
		{{0x00}, 1, "l2tp-short"},
		{{0x00, 0x02, 0, 1, 0}, 5, "l2tp-short"},
		{{0x00, 0x03, 0, 1, 0, 1}, 6, "l2tp-version"},
		{{0x40, 0x02, 0, 30, 0, 1, 0, 1}, 8, "l2tp-length"},
		{{0x40, 0x02, 0, 3, 0, 1, 0, 1}, 8, "l2tp-length"},
		{{0x02, 0x02, 0, 101, 0, 201, 0, 9, 1}, 9, "l2tp-short"},
		{{0x08, 0x02, 0, 101, 0, 201, 0, 9, 1}, 9, "l2tp-short"},
		{{0x00, 0x02, 0, 101, 0, 201}, 6, "ppp-short"},
		{{0x00, 0x02, 0, 101, 0, 201, 0xff, 0x03}, 8, "ppp-short"},
		{{0x00, 0x02, 0, 101, 0, 201, 0x00}, 7, "ppp-short"},
		{{0x00, 0x02, 0, 101, 0, 201, 0x21}, 7, "ipv4-short"},
		{{0x00, 0x02, 0, 101, 0, 201, 0x00, 0x21, 0x45}, 9, "ipv4-short"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		uint64_t before = kit_counter(k, rows[i].counter);

		send_control(&a, rows[i].b, rows[i].len);
		kit_run(k);
		assert_int_equal(kit_counter(k, rows[i].counter), before + 1);
	}
	nothing_came_out();
	assert_int_equal(k->punts[DP_PUNT_L2TP], 0);
}

static void send_bad_ip(const uint8_t *ip, size_t len, const char *counter)
{
	kit_send_ip(k, &a, ip, len);
	kit_run(k);
	assert_int_equal(kit_counter(k, counter), 1);
}

static void ipv4_gate(void **state)
{
	uint8_t ip[100];
	size_t len = kit_ip(ip, a.ip, FAR_HOST, 47, 20);

	(void)state;
	ip[0] = 0x55;
	send_bad_ip(ip, len, "ipv4-version");
	ip[0] = 0x44;
	send_bad_ip(ip, len, "ipv4-ihl");
	ip[0] = 0x45;
	put_be16(ip + 2, (uint16_t)(len + 1));
	send_bad_ip(ip, len, "ipv4-length");
	put_be16(ip + 2, (uint16_t)len);
	ip[11] ^= 1;
	send_bad_ip(ip, len, "ipv4-checksum");
	nothing_came_out();
}

static void path_follows_the_newest_packet(void **state)
{
	struct flow old = a.flow;
	uint8_t ip[200], udp[300], first[400], esp[400], got[300];
	size_t len = kit_ip(ip, a.ip, FAR_HOST, 47, 20);
	size_t udp_len = kit_l2tp(&a, udp, ip, len), first_len;

	(void)state;
	first_len = kit_seal(k, &a, first, udp, udp_len, 10, IPV4_UDP, false);
	kit_push(k, &a, esp, kit_seal(k, &a, esp, udp, udp_len, 20, IPV4_UDP, false));
	kit_run(k);
	/* an older one from elsewhere is accepted and moves nothing (H-16) */
	a.flow.remote.port = 5000;
	kit_push(k, &a, first, first_len);
	kit_run(k);
	assert_int_equal(kit_counter(k, "user-in"), 2);
	assert_int_equal(k->punts[DP_PUNT_PATH], 0);
	/* a forged one neither */
	first_len = kit_seal(k, &a, first, udp, udp_len, 30, IPV4_UDP, false);
	first[40] ^= 1;
	kit_push(k, &a, first, first_len);
	kit_run(k);
	assert_int_equal(k->punts[DP_PUNT_PATH], 0);
	/* the newest moves the peer at once */
	a.seq = 30;
	kit_send_ip(k, &a, ip, len);
	kit_run(k);
	assert_int_equal(k->punts[DP_PUNT_PATH], 1);
	assert_int_equal(k->last[DP_PUNT_PATH].flow.remote.port, 5000);
	assert_int_equal(k->last[DP_PUNT_PATH].peer_handle, 7001);
	kit_tap_frame(k, 0, &a, NULL, ip, kit_ip(ip, FAR_HOST, a.ip, 47, 20));
	kit_run(k);
	{
		const struct fake_packet *p = fake_take(k->fake, k->udp4500[0]);

		assert_non_null(p);
		assert_int_equal(p->flow.remote.port, 5000);
	}
	/* again within 5 s: held */
	a.flow = old;
	fake_advance(k->fake, 4999);
	kit_ip(ip, a.ip, FAR_HOST, 47, 20);
	kit_send_ip(k, &a, ip, len);
	kit_run(k);
	assert_int_equal(k->punts[DP_PUNT_PATH], 1);
	assert_int_equal(kit_counter(k, "path-held"), 1);
	fake_advance(k->fake, 1);
	kit_send_ip(k, &a, ip, len);
	kit_run(k);
	assert_int_equal(k->punts[DP_PUNT_PATH], 2);
	(void)got;
}

static void segments_are_merged(void **state)
{
	uint8_t ip[1500];
	const struct fake_packet *p;
	struct vnet v = {0};
	uint8_t *frame;
	size_t len;

	(void)state;
	fake_set_gro(k->fake, k->udp4500[0], true);
	for (uint32_t i = 0; i < 20; i++) {
		len = kit_tcp(ip, a.ip, FAR_HOST, 1000 + i * 1000,
			      i == 19 ? TCP_ACK | TCP_PSH : TCP_ACK, i == 19 ? 300 : 1000);
		kit_send_ip(k, &a, ip, len);
	}
	kit_run(k);
	p = fake_take(k->fake, k->tap[0]);
	assert_non_null(p);
	assert_true(vnet_parse(p->p, p->len, &v));
	assert_int_equal(v.flags, VNET_F_NEEDS_CSUM);
	assert_int_equal(v.gso_type, VNET_GSO_TCPV4);
	assert_int_equal(v.gso_size, 1000);
	assert_int_equal(v.hdr_len, ETH_HDR + 40);
	assert_int_equal(p->len, VNET_HDR + ETH_HDR + 40 + 19 * 1000 + 300);
	frame = kit_complete(p, &len);
	assert_non_null(frame);
	assert_int_equal(frame[ETH_HDR + IPV4_HDR + TCP_FLAGS], TCP_ACK | TCP_PSH);
	for (size_t i = 0; i < 19300; i++)
		assert_int_equal(frame[ETH_HDR + 40 + i], (uint8_t)((1000 + i) * 7));
	free(frame);
	assert_int_equal(kit_counter(k, "tap-merged"), 19);
	nothing_came_out();
}

/* Each of these must leave as it came, in its place. */
static void what_must_not_be_merged(void **state)
{
	struct {
		uint32_t seq;
		uint8_t flags;
		size_t len;
		int break_at; /* octet of the packet to change, -1: none */
	} rows[] = {
		{1000, TCP_ACK, 500, -1},           {1500, TCP_ACK, 501, -1}, /* longer */
		{2001, TCP_ACK | TCP_FIN, 500, -1}, {2600, TCP_ACK, 500, -1}, /* a gap before */
		{3100, TCP_ACK, 500, 60},           {3600, TCP_ACK, 0, -1},   /* wrong checksum */
		{3600, TCP_ACK, 500, -1},           {4100, TCP_ACK | TCP_URG, 500, -1},
	};
	uint8_t ip[1500];

	(void)state;
	for (size_t i = 0; i < 8; i++) {
		size_t len = kit_tcp(ip, a.ip, FAR_HOST, rows[i].seq, rows[i].flags, rows[i].len);

		if (rows[i].break_at >= 0)
			ip[rows[i].break_at] ^= 1;
		kit_send_ip(k, &a, ip, len);
	}
	kit_run(k);
	for (size_t i = 0; i < 8; i++) {
		const struct fake_packet *p = fake_take(k->fake, k->tap[0]);
		size_t len = kit_tcp(ip, a.ip, FAR_HOST, rows[i].seq, rows[i].flags, rows[i].len);

		if (rows[i].break_at >= 0)
			ip[rows[i].break_at] ^= 1;
		assert_non_null(p);
		assert_int_equal(p->len, VNET_HDR + ETH_HDR + len);
		assert_int_equal(p->p[1], VNET_GSO_NONE);
		assert_memory_equal(p->p + VNET_HDR + ETH_HDR, ip, len);
	}
	nothing_came_out();
	assert_int_equal(kit_counter(k, "tap-merged"), 0);
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
		{1, 4, false}, /* type of service */
		{5, 1, true},
		{6, 0x40, false}, /* identification, DF */
		{8, 1, false},
		{23, 1, false}, /* TTL, source port */
		{27, 8, false},
		{31, 1, false}, /* sequence, acknowledgement */
		{IPV4_HDR + TCP_FLAGS, 2, false},
		{IPV4_HDR + TCP_FLAGS, TCP_PSH, true},
		{35, 1, false}, /* window */
	};
	uint8_t ip[1500];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		uint64_t before = kit_counter(k, "tap-merged");
		size_t len = kit_tcp(ip, a.ip, FAR_HOST, 1000, TCP_ACK, 500);
		uint8_t *t = ip + IPV4_HDR;

		kit_send_ip(k, &a, ip, len);
		kit_tcp(ip, a.ip, FAR_HOST, 1500, TCP_ACK, 500);
		ip[rows[i].at] ^= rows[i].flip;
		ipv4_fix_checksum(ip, IPV4_HDR);
		put_be16(t + TCP_CHECKSUM, 0);
		checksum_store(t + TCP_CHECKSUM,
			       checksum_add(checksum_pseudo4(ip, IPV4_TCP, 520), t, 520));
		kit_send_ip(k, &a, ip, len);
		kit_run(k);
		assert_int_equal(kit_counter(k, "tap-merged") - before, rows[i].merged);
		assert_non_null(fake_take(k->fake, k->tap[0]));
		if (!rows[i].merged)
			assert_non_null(fake_take(k->fake, k->tap[0]));
		nothing_came_out();
	}
}

/* Packets of one size to two clients alternate: none may leave to the other's address. */
static void a_run_has_one_flow(void **state)
{
	uint8_t ip[200], got[1500];
	size_t len = 0;

	(void)state;
	for (unsigned i = 0; i < 10; i++) {
		struct client *c = i / 2 % 2 ? &b : &a;

		len = kit_ip(ip, FAR_HOST, c->ip, 47, 100);
		kit_tap_frame(k, 0, c, NULL, ip, len);
	}
	kit_run(k);
	for (unsigned i = 0; i < 10; i++)
		assert_int_equal(kit_take_ip(k, i / 2 % 2 ? &b : &a, got), len);
	assert_int_equal(k->sends, 5);
	assert_int_equal(k->gso_sends, 5);
}

static void mss_of_a_syn_is_lowered(void **state)
{
	uint8_t ip[100];
	size_t len = kit_tcp(ip, a.ip, FAR_HOST, 1, TCP_SYN, 4);
	uint8_t *t = ip + IPV4_HDR;
	const struct fake_packet *p;

	(void)state;
	t[12] = 6 << 4;
	t[20] = 2;
	t[21] = 4;
	put_be16(t + 22, 1460);
	put_be16(t + TCP_CHECKSUM, 0);
	checksum_store(t + TCP_CHECKSUM, checksum_add(checksum_pseudo4(ip, IPV4_TCP, 24), t, 24));
	kit_send_ip(k, &a, ip, len);
	kit_run(k);
	p = fake_take(k->fake, k->tap[0]);
	assert_non_null(p);
	assert_int_equal(be16(p->p + VNET_HDR + ETH_HDR + IPV4_HDR + 22), KIT_MTU - 40);
	assert_true(kit_checksums_ok(p->p + VNET_HDR + ETH_HDR, len));
}

int main(void)
{
#define T(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(user_packet_reaches_the_tap),
		T(client_to_client),
		T(replays_are_refused),
		T(every_wrong_bit_fails_the_icv),
		T(wrong_source_is_dropped),
		T(ids_of_another_peer),
		T(padding_and_next_header),
		T(pad_length_beyond_the_payload),
		T(short_packets_are_silent),
		T(unknown_spi_is_silent),
		T(isakmp_is_punted_with_a_limit),
		T(control_and_negotiation_are_punted),
		T(broken_l2tp_and_ppp),
		T(ipv4_gate),
		T(path_follows_the_newest_packet),
		T(segments_are_merged),
		T(what_must_not_be_merged),
		T(segments_that_differ),
		T(a_run_has_one_flow),
		T(mss_of_a_syn_is_lowered),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
