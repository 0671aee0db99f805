/* Tests of tunnel mode: the inner header both ways, and every reason to refuse one. */
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
#define CLIENT   UINT32_C(0xc0a80202) /* behind its NAT */
#define SERVER   UINT32_C(0xc0000201)

static struct kit *k;
static struct client a;
static uint8_t ip[1500], inner[1600], esp[1700];

static int setup(void **state)
{
	(void)state;
	k = kit_new(1);
	kit_client(k, &a, 0, 1);
	a.tunnel = true;
	a.tunnel_ip = CLIENT;
	a.server_ip = SERVER;
	a.child = 5;
	if (!kit_sa_in(k, &a, 0x5000) || !kit_sa_out(k, &a, 0x5001))
		abort();
	memset(k->punts, 0, sizeof(k->punts));
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	kit_client_free(&a);
	kit_free(k);
	return 0;
}

static void both_ways(void **state)
{
	uint8_t got[1500];

	(void)state;
	for (size_t payload = 0; payload < 60; payload += 7) {
		size_t len = kit_ip(ip, a.ip, FAR_HOST, 47, payload);
		const struct fake_packet *p;

		kit_send_ip(k, &a, ip, len);
		kit_run(k);
		p = fake_take(k->fake, k->tap[0]);
		assert_non_null(p);
		assert_int_equal(p->len, VNET_HDR + ETH_HDR + len);
		assert_memory_equal(p->p + VNET_HDR + ETH_HDR, ip, len);
		kit_tap_frame(k, 0, &a, NULL, ip, kit_ip(ip, FAR_HOST, a.ip, 47, payload));
		kit_run(k);
		assert_int_equal(kit_take_ip(k, &a, got), len); /* looks at the inner header */
		assert_memory_equal(got, ip, len);
	}
}

/* A control message reaches control with its ports, and an answer the client. */
static void control_messages(void **state)
{
	static const uint8_t sccrq[] = {0xc8, 0x02, 0, 12, 0, 0, 0, 0, 0, 0, 0, 0};
	struct dp_cmd c = {.kind = DP_CMD_SEND_L2TP};
	uint8_t got[200];
	size_t len;

	(void)state;
	udp_put(inner, 40000, 1701, UDP_HDR + sizeof(sccrq));
	memcpy(inner + UDP_HDR, sccrq, sizeof(sccrq));
	len = kit_wrap(&a, inner, UDP_HDR + sizeof(sccrq));
	kit_push(k, &a, esp, kit_seal(k, &a, esp, inner, len, 1, ESP_NEXT_IPV4, false));
	kit_run(k);
	assert_int_equal(k->punts[DP_PUNT_L2TP], 1);
	assert_int_equal(k->last[DP_PUNT_L2TP].remote_port, 40000);
	assert_int_equal(k->last[DP_PUNT_L2TP].len, sizeof(sccrq));
	assert_memory_equal(k->message[DP_PUNT_L2TP], sccrq, sizeof(sccrq));
	c.u.l2tp.peer = a.slot;
	c.u.l2tp.local_port = 1701;
	c.u.l2tp.remote_port = 40000;
	c.u.l2tp.len = sizeof(sccrq);
	assert_true(kit_cmd(k, 0, &c, sccrq));
	assert_int_equal(kit_take_udp(k, &a, got), UDP_HDR + sizeof(sccrq));
	assert_memory_equal(got + UDP_HDR, sccrq, sizeof(sccrq));
	assert_int_equal(be16(got + 2), 40000);
}

/* The mode is the SA's: neither takes the other's packets. */
static void modes_are_not_mixed(void **state)
{
	struct client transport = a;
	size_t len = kit_ip(ip, a.ip, FAR_HOST, 47, 40), n;

	(void)state;
	n = kit_l2tp(&a, inner, ip, len);
	kit_push(k, &a, esp, kit_seal(k, &a, esp, inner, n, 1, IPV4_UDP, false));
	kit_run(k);
	assert_int_equal(kit_counter(k, "esp-transport"), 1);
	transport.tunnel = false;
	transport.child = 6;
	transport.seal = transport.open = NULL;
	assert_true(kit_sa_in(k, &transport, 0x6000));
	n = kit_wrap(&a, inner, n);
	kit_push(k, &transport, esp,
		 kit_seal(k, &transport, esp, inner, n, 1, ESP_NEXT_IPV4, false));
	kit_run(k);
	assert_int_equal(kit_counter(k, "esp-tunnel"), 1);
	kit_push(k, &a, esp, kit_seal(k, &a, esp, inner, n, 2, 41, false)); /* IPv6 */
	kit_push(k, &a, esp, kit_seal(k, &a, esp, inner, n, 3, ESP_NEXT_NONE, false));
	kit_run(k);
	assert_int_equal(kit_counter(k, "esp-selector"), 1);
	assert_int_equal(kit_counter(k, "esp-dummy"), 1);
	assert_null(fake_take(k->fake, k->tap[0]));
	assert_int_equal(kit_counter(k, "esp-in"), 0);
	kit_client_free(&transport);
}

/* One field of the inner header is another; a right packet follows each. */
static void headers_that_do_not_fit(void **state)
{
	static const struct {
		size_t at;
		uint8_t value;
		bool fix_sum;
		const char *counter;
	} rows[] = {
		{0, 0x65, true, "tunnel-header"},   {0, 0x44, true, "tunnel-header"},
		{0, 0x4f, false, "tunnel-header"},  {2, 0xff, true, "tunnel-header"},
		{3, 19, true, "tunnel-header"},     {10, 0x77, false, "tunnel-header"},
		{12, 0xc1, true, "tunnel-address"}, {15, 0x03, true, "tunnel-address"},
		{16, 0xc1, true, "tunnel-address"}, {19, 0x02, true, "tunnel-address"},
		{6, 0x20, true, "tunnel-fragment"}, {7, 0x01, true, "tunnel-fragment"},
		{9, 6, true, "esp-selector"},       {9, 4, true, "esp-selector"},
	};
	size_t len = kit_ip(ip, a.ip, FAR_HOST, 47, 40);
	uint32_t seq = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		size_t n = kit_wrap(&a, inner, kit_l2tp(&a, inner, ip, len));
		uint64_t before = kit_counter(k, rows[i].counter);

		kit_push(k, &a, esp, kit_seal(k, &a, esp, inner, n, ++seq, ESP_NEXT_IPV4, false));
		inner[rows[i].at] = rows[i].value;
		if (rows[i].fix_sum)
			ipv4_fix_checksum(inner, IPV4_HDR);
		kit_push(k, &a, esp, kit_seal(k, &a, esp, inner, n, ++seq, ESP_NEXT_IPV4, false));
		kit_run(k);
		assert_int_equal(kit_counter(k, rows[i].counter), before + 1);
		assert_int_equal(kit_counter(k, "user-in"), i + 1);
	}
}

/* Every length of the inner packet, cut and with what TFC adds behind it (RFC 4303 2.7). */
static void lengths(void **state)
{
	size_t len = kit_ip(ip, a.ip, FAR_HOST, 47, 40);
	size_t n = kit_wrap(&a, inner, kit_l2tp(&a, inner, ip, len));
	uint32_t seq = 0;

	(void)state;
	for (size_t cut = 0; cut < n; cut++)
		kit_push(k, &a, esp, kit_seal(k, &a, esp, inner, cut, ++seq, ESP_NEXT_IPV4, false));
	kit_run(k);
	assert_int_equal(kit_counter(k, "tunnel-header"), n);
	assert_int_equal(kit_counter(k, "esp-in"), 0);
	memset(inner + n, 0xee, 100);
	kit_push(k, &a, esp, kit_seal(k, &a, esp, inner, n + 100, ++seq, ESP_NEXT_IPV4, false));
	kit_run(k);
	assert_int_equal(kit_counter(k, "user-in"), 1);
	assert_int_equal(fake_take(k->fake, k->tap[0])->len, VNET_HDR + ETH_HDR + len);
}

/* Options are skipped; a UDP header cut by the inner length is seen. */
static void inner_options(void **state)
{
	size_t len = kit_ip(ip, a.ip, FAR_HOST, 47, 40);
	size_t n = kit_l2tp(&a, inner + 24, ip, len) + 24;

	(void)state;
	ipv4_put(inner, (uint16_t)n, 3, IPV4_UDP, CLIENT, SERVER);
	inner[0] = 0x46;
	memset(inner + 20, 1, 4);
	ipv4_fix_checksum(inner, 24);
	kit_push(k, &a, esp, kit_seal(k, &a, esp, inner, n, 1, ESP_NEXT_IPV4, false));
	kit_run(k);
	assert_int_equal(kit_counter(k, "user-in"), 1);
	ipv4_set_total_len(inner, 24 + UDP_HDR - 1);
	ipv4_fix_checksum(inner, 24);
	kit_push(k, &a, esp, kit_seal(k, &a, esp, inner, n, 2, ESP_NEXT_IPV4, false));
	kit_run(k);
	assert_int_equal(kit_counter(k, "inner-udp-length"), 1);
}

int main(void)
{
#define T(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(both_ways),
		T(control_messages),
		T(modes_are_not_mixed),
		T(headers_that_do_not_fit),
		T(lengths),
		T(inner_options),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
