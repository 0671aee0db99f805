/* Tests of every suite of burst.h through the data plane: both ways, both modes, lengths,
 * IVs, runs, and what fits into a datagram outside. */
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
#define SUITES   64

static struct kit *k;
static struct client a;
static struct burst_alg suites[SUITES];
static unsigned n_suites;

static int find_suites(void **state)
{
	static const uint16_t lengths[] = {8, 16, 24, 32};

	(void)state;
	for (int cipher = BURST_AES_CBC; cipher <= BURST_DES_CBC; cipher++) {
		for (int auth = BURST_HMAC_SHA1_96; auth <= BURST_AUTH_NONE; auth++) {
			for (unsigned i = 0; i < 4; i++) {
				struct burst_alg alg = {(enum burst_cipher)cipher, lengths[i],
							(enum burst_auth)auth};

				if (burst_alg_known(&alg))
					suites[n_suites++] = alg;
			}
		}
	}
	return n_suites < 20 || n_suites >= SUITES;
}

static int setup(void **state)
{
	(void)state;
	k = kit_new(1);
	kit_client(k, &a, 0, 1);
	a.tunnel_ip = 0xc0a80202;
	a.server_ip = 0xc0000201;
	k->sends = k->gso_sends = 0;
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	kit_client_free(&a);
	kit_free(k);
	return 0;
}

/* New SAs of a suite for a; the form's bits: tunnel mode, plain ESP. */
static void use(unsigned suite, unsigned form)
{
	static uint32_t spi = 0x100000;
	struct dp_cmd path = {.kind = DP_CMD_PEER_PATH};

	a.alg = suites[suite];
	a.tunnel = form & 1;
	a.udp_encap = !(form & 2);
	a.flow.remote.port = a.udp_encap ? 4500 : 0;
	path.u.peer.slot = a.slot;
	path.u.peer.flow = a.flow;
	path.u.peer.udp_encap = a.udp_encap;
	assert_true(kit_cmd(k, 0, &path, NULL));
	a.child = ++spi;
	if (a.spi_in > 0x1000000) { /* the one before */
		struct dp_cmd del = {.kind = DP_CMD_SA_IN_DEL};

		del.u.sa_del.spi = a.spi_in;
		assert_true(kit_cmd(k, 0, &del, NULL));
	}
	assert_true(kit_sa_in(k, &a, spi * 16));
	assert_true(kit_sa_out(k, &a, spi * 16 + 1));
}

/* Each length of the payload leaves another remainder for the padding. */
static void both_ways(void **state)
{
	uint8_t ip[1500], got[1500];

	(void)state;
	for (unsigned at = 0; at < n_suites * 4; at++) {
		use(at / 4, at % 4);
		for (size_t payload = 0; payload < 20; payload++) {
			size_t len = kit_ip(ip, a.ip, FAR_HOST, 47, payload);
			const struct fake_packet *p;

			kit_send_ip(k, &a, ip, len);
			kit_run(k);
			p = fake_take(k->fake, k->tap[0]);
			assert_non_null(p);
			assert_int_equal(p->len, VNET_HDR + ETH_HDR + len);
			assert_memory_equal(p->p + VNET_HDR + ETH_HDR, ip, len);
			len = kit_ip(ip, FAR_HOST, a.ip, 47, payload);
			kit_tap_frame(k, 0, &a, NULL, ip, len);
			kit_run(k);
			assert_int_equal(kit_take_ip(k, &a, got), len);
			assert_memory_equal(got, ip, len);
		}
	}
}

/* Every length below a whole packet with header, IV, block and ICV is refused unlooked at,
 * and the shortest that passes the gate is judged by its ICV. */
static void shortest_packets(void **state)
{
	uint8_t esp[200];

	(void)state;
	for (unsigned suite = 0; suite < n_suites; suite++) {
		size_t least = ESP_HDR + burst_iv_len(&suites[suite]) +
			       burst_icv_len(&suites[suite]) + burst_block_len(&suites[suite]);
		uint64_t before = kit_counter(k, "esp-short"), icv = kit_counter(k, "esp-icv");
		/* the shortest with the other truncation is tried too (icv.c) */
		bool two = suites[suite].auth == BURST_HMAC_SHA256_128;

		use(suite, 0);
		memset(esp, 0x5a, sizeof(esp));
		put_be32(esp, a.spi_in);
		put_be32(esp + 4, 1);
		for (size_t len = NATT_MARKER; len <= least; len++)
			kit_push(k, &a, esp, len);
		kit_run(k);
		assert_int_equal(kit_counter(k, "esp-icv") - icv, 1 + two);
		assert_int_equal(kit_counter(k, "esp-short") - before,
				 least - NATT_MARKER + 1 - (1 + two));
	}
	assert_int_equal(kit_counter(k, "esp-in"), 0);
}

/* Every octet behind the SPI is authentic: header, IV, ciphertext and ICV. */
static void every_octet_is_covered(void **state)
{
	uint8_t ip[100], udp[200], esp[300];
	size_t len = kit_ip(ip, a.ip, FAR_HOST, 47, 5);

	(void)state;
	for (unsigned suite = 0; suite < n_suites; suite++) {
		uint64_t before = kit_counter(k, "esp-icv"), in = kit_counter(k, "esp-in");
		size_t n;

		use(suite, 0);
		n = kit_l2tp(&a, udp, ip, len);
		n = kit_seal(k, &a, esp, udp, n, 7, IPV4_UDP, false);
		for (size_t i = 4; i < n; i++) {
			esp[i] ^= 0x10;
			kit_push(k, &a, esp, n);
			esp[i] ^= 0x10;
		}
		kit_push(k, &a, esp, n);
		kit_run(k);
		assert_int_equal(kit_counter(k, "esp-icv") - before, n - 4);
		assert_int_equal(kit_counter(k, "esp-in") - in, 1);
	}
}

/* GCM: the sequence number, so that none comes twice (RFC 4106 3.1). CBC: unpredictable. */
static void initialization_vectors(void **state)
{
	uint8_t ip[100];
	size_t len = kit_ip(ip, FAR_HOST, a.ip, 47, 5);

	(void)state;
	for (unsigned suite = 0; suite < n_suites; suite++) {
		bool counter = suites[suite].cipher == BURST_AES_GCM16;
		size_t iv_len = burst_iv_len(&suites[suite]);
		uint8_t last[BURST_IV_MAX] = {0};

		use(suite, 0);
		for (uint32_t i = 1; i <= 5; i++) {
			const struct fake_packet *p;

			kit_tap_frame(k, 0, &a, NULL, ip, len);
			kit_run(k);
			p = fake_take(k->fake, FAKE_ANY);
			assert_non_null(p);
			assert_int_equal(be32(p->p + 4), i);
			assert_memory_not_equal(p->p + ESP_HDR, last, iv_len);
			memcpy(last, p->p + ESP_HDR, iv_len);
			if (counter)
				assert_int_equal(be32(last), 0);
			assert_int_equal(be32(last + 4) == i, counter);
		}
	}
}

/* A super-packet becomes one run of equal datagrams, and comes back as one. */
static void super_packets(void **state)
{
	static uint8_t big[70000];
	const struct vnet v = {.gso_type = VNET_GSO_TCPV4, .gso_size = 1400};
	uint8_t got[1600];

	(void)state;
	fake_set_gro(k->fake, k->udp4500[0], true);
	for (unsigned at = 0; at < n_suites * 2; at++) {
		size_t len = kit_tcp(big, FAR_HOST, a.ip, 1, TCP_ACK, 30000), sum = 0, l;
		unsigned sends;

		use(at / 2, at % 2);
		sends = k->sends;
		kit_tap_frame(k, 0, &a, &v, big, len);
		kit_run(k);
		assert_int_equal(k->sends, sends + 1);
		while ((l = kit_take_ip(k, &a, got)))
			sum += l - 40;
		assert_int_equal(sum, 30000);
		for (uint32_t i = 0; i < 20; i++)
			kit_send_ip(k, &a, got,
				    kit_tcp(got, a.ip, FAR_HOST, 1 + i * 1000, TCP_ACK, 1000));
		kit_run(k);
		assert_int_equal(fake_take(k->fake, k->tap[0])->len,
				 VNET_HDR + ETH_HDR + 40 + 20000);
		assert_null(fake_take(k->fake, k->tap[0]));
	}
}

static size_t outer_len(const struct fake_packet *p)
{
	return p->len + (a.udp_encap ? UDP_HDR : 0u) +
	       (p->flow.remote.addr.family == 6 ? 40 : IPV4_HDR);
}

/* The server's session, whose MTU the worker keeps to the SA. */
static uint16_t session_mtu(void)
{
	return kit_worker(k, 0)->sessions[a.slot].cfg.mtu;
}

static void new_session(uint16_t mtu, bool sequencing)
{
	struct dp_cmd cmd = {.kind = DP_CMD_SESSION_DEL};
	struct dp_session s = kit_worker(k, 0)->sessions[a.slot].cfg;

	cmd.u.session_del.slot = a.slot;
	assert_true(kit_cmd(k, 0, &cmd, NULL));
	s.mtu = mtu;
	s.sequencing = sequencing;
	cmd = (struct dp_cmd){.kind = DP_CMD_SESSION_ADD, .u.session = s};
	assert_true(kit_cmd(k, 0, &cmd, NULL));
}

/* The largest packet of a session makes a datagram of at most 1500 octets, and one more
 * block would not have fitted. */
static void the_largest_packet_fits(void **state)
{
	static uint8_t ip[1600], udp[1600];

	(void)state;
	for (unsigned at = 0; at < n_suites * 16; at++) {
		bool v6 = at & 4, sequencing = at & 8;
		const struct fake_packet *p;
		size_t len;

		if (v6)
			a.flow.remote.addr = (struct ip_addr){6, {0x20, 1, 0xd, 0xb8}};
		else
			a.flow.remote.addr = ip4_addr(0xcb007101);
		new_session(1500, sequencing);
		use(at / 16, at % 4);
		len = kit_ip(ip, FAR_HOST, a.ip, 47, session_mtu() - IPV4_HDR);
		assert_true(len >= 1280 && len < 1500);
		kit_tap_frame(k, 0, &a, NULL, ip, len);
		kit_run(k);
		p = fake_take(k->fake, a.udp_encap ? k->udp4500[0] : k->esp[0]);
		assert_non_null(p);
		assert_true(outer_len(p) <= 1500);
		assert_true(outer_len(p) + burst_block_len(&a.alg) > 1500);
		len = kit_ip(ip, FAR_HOST, a.ip, 47, session_mtu() - IPV4_HDR + 1);
		kit_tap_frame(k, 0, &a, NULL, ip, len);
		kit_run(k);
		assert_null(fake_take(k->fake, FAKE_ANY));
		assert_non_null(fake_take(k->fake, k->tap[0])); /* "too big" */
		fake_advance(k->fake, 1000);
		assert_int_equal(kit_take_udp(k, &a, udp), 0);
	}
}

/* Control's MTU is kept where it fits, and comes back when a shorter suite does. */
static void a_rekey_may_change_the_mtu(void **state)
{
	static const struct burst_alg sha1 = {BURST_AES_CBC, 32, BURST_HMAC_SHA1_96};
	static const struct burst_alg sha512 = {BURST_AES_CBC, 32, BURST_HMAC_SHA512_256};
	struct dp_sa sa = {.alg = sha512, .udp_encap = true};

	(void)state;
	assert_int_equal(session_mtu(), KIT_MTU);
	a.alg = sha512;
	assert_true(kit_sa_out(k, &a, 0x777));
	assert_int_equal(session_mtu(), dp_session_mtu(&sa, 4, false, 1500));
	assert_int_equal(session_mtu(), 1388);
	new_session(KIT_MTU, false); /* one that comes later */
	assert_int_equal(session_mtu(), 1388);
	a.alg = sha1;
	assert_true(kit_sa_out(k, &a, 0x778));
	assert_int_equal(session_mtu(), KIT_MTU);
	new_session(600, false);
	assert_int_equal(session_mtu(), 600);
}

int main(void)
{
#define T(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(both_ways),
		T(shortest_packets),
		T(every_octet_is_covered),
		T(initialization_vectors),
		T(super_packets),
		T(the_largest_packet_fits),
		T(a_rekey_may_change_the_mtu),
	};

	return cmocka_run_group_tests(tests, find_suites, NULL);
}
