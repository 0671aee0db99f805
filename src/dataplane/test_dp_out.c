/* Tests of the way out: TAP to ESP, segmentation, fragments, sequence numbers, ARP. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "test_kit.h"
#include "wire/arp.h"
#include "wire/checksum.h"
#include "wire/eth.h"
#include "wire/udp.h"

#define FAR_HOST UINT32_C(0x08080808)

static struct kit *k;
static struct client a;
static uint8_t big[70000];

static int setup(void **state)
{
	(void)state;
	k = kit_new(1);
	kit_client(k, &a, 0, 1);
	k->sends = k->gso_sends = 0;
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

static void packet_for_the_user(void **state)
{
	static const uint16_t sizes[] = {20, 21, 27, 28, 40, 576, 1399, 1400};
	uint8_t ip[1500], got[1500];

	(void)state;
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		size_t len = kit_ip(ip, FAR_HOST, a.ip, 47, sizes[i] - 20u);

		kit_tap_frame(k, 0, &a, NULL, ip, len);
		kit_run(k);
		assert_int_equal(kit_take_ip(k, &a, got), len);
		assert_memory_equal(got, ip, len);
	}
	assert_int_equal(kit_counter(k, "user-out"), 8);
	assert_null(fake_take(k->fake, FAKE_ANY));
}

/* All four forms of the PPP header, plain ESP, another key size and hash. */
static void forms_of_the_headers(void **state)
{
	uint8_t ip[1500], got[1500];
	size_t len = kit_ip(ip, FAR_HOST, a.ip, 47, 100);

	(void)state;
	for (unsigned form = 1; form < 16; form++) {
		struct client c;

		kit_client(k, &c, 0, form == 1 ? 0 : form); /* slot 1 is a's */
		{
			struct dp_cmd cmd = {.kind = DP_CMD_SESSION_DEL};

			cmd.u.session_del.slot = c.slot;
			assert_true(kit_cmd(k, 0, &cmd, NULL));
		}
		c.tx_acfc = form & 1;
		c.tx_pfc = form & 2;
		c.udp_encap = !(form & 4);
		if (form & 8)
			c.alg = (struct burst_alg){BURST_AES_CBC, 16, BURST_HMAC_SHA256_128};
		assert_true(kit_session(k, &c));
		assert_true(kit_sa_in(k, &c, 0x5000 + form));
		assert_true(kit_sa_out(k, &c, 0x6000 + form));
		kit_tap_frame(k, 0, &c, NULL, ip, len);
		kit_run(k);
		assert_int_equal(kit_take_ip(k, &c, got), len);
		assert_memory_equal(got, ip, len);
		kit_client_free(&c);
	}
}

static void super_packet_is_cut_and_sent_as_a_run(void **state)
{
	const struct vnet v = {.flags = VNET_F_NEEDS_CSUM,
			       .gso_type = VNET_GSO_TCPV4,
			       .hdr_len = 54,
			       .gso_size = 1448,
			       .csum_start = 34,
			       .csum_offset = 16};
	size_t len = kit_tcp(big, FAR_HOST, a.ip, 0xfffff000, TCP_ACK | TCP_PSH | TCP_CWR, 40000);
	uint8_t got[1500];
	size_t at = 0, n = 0, l;

	(void)state;
	kit_tap_frame(k, 0, &a, &v, big, len);
	kit_run(k);
	while ((l = kit_take_ip(k, &a, got))) {
		uint8_t flags = got[IPV4_HDR + TCP_FLAGS];

		assert_true(l <= KIT_MTU);
		assert_true(kit_checksums_ok(got, l));
		assert_int_equal(be32(got + IPV4_HDR + TCP_SEQ), (uint32_t)(0xfffff000 + at));
		assert_int_equal(be16(got + IPV4_ID), n);
		assert_memory_equal(got + 40, big + 40 + at, l - 40);
		at += l - 40;
		assert_int_equal(!!(flags & TCP_PSH), at == 40000);
		assert_int_equal(!!(flags & TCP_CWR), n == 0);
		n++;
	}
	assert_int_equal(at, 40000);
	assert_int_equal(n, (40000 + 1359) / 1360);
	assert_int_equal(k->sends, 1); /* one UDP_SEGMENT run */
	assert_int_equal(k->gso_sends, 1);
}

static void run_of_the_largest_super_packet(void **state)
{
	const struct vnet v = {.gso_type = VNET_GSO_TCPV4, .gso_size = 1000};
	size_t len = kit_tcp(big, FAR_HOST, a.ip, 1, TCP_ACK, 65535 - 40);
	uint8_t got[1500];
	size_t at = 0, l;

	(void)state;
	for (unsigned i = 0; i < 12; i++) /* more than the arena holds */
		kit_tap_frame(k, 0, &a, &v, big, len);
	kit_run(k);
	while ((l = kit_take_ip(k, &a, got)))
		at += l - 40;
	assert_int_equal(at, 12 * (65535 - 40));
	assert_int_equal(kit_counter(k, "tx"), 0);
}

static void udp_super_packet(void **state)
{
	struct vnet v = {.flags = VNET_F_NEEDS_CSUM,
			 .gso_type = VNET_GSO_UDP_L4,
			 .gso_size = 1000,
			 .csum_start = 34,
			 .csum_offset = 6};
	size_t len = kit_ip(big, FAR_HOST, a.ip, IPV4_UDP, UDP_HDR + 3500);
	uint8_t got[1500];
	size_t at = 0, l;

	(void)state;
	udp_put(big + IPV4_HDR, 53, 4000, UDP_HDR + 3500);
	kit_tap_frame(k, 0, &a, &v, big, len);
	kit_run(k);
	while ((l = kit_take_ip(k, &a, got))) {
		assert_true(kit_checksums_ok(got, l));
		assert_int_equal(be16(got + IPV4_HDR + 4), l - IPV4_HDR);
		assert_memory_equal(got + 28, big + 28 + at, l - 28);
		at += l - 28;
		assert_true(l == 1028 || at == 3500);
	}
	assert_int_equal(at, 3500);
	/* segments above the MTU: with DF an error, without fragments */
	v.gso_size = 1450;
	kit_tap_frame(k, 0, &a, &v, big, len);
	kit_run(k);
	assert_int_equal(kit_counter(k, "too-big"), 1);
	assert_int_equal(kit_take_ip(k, &a, got), 0);
	put_be16(big + IPV4_FRAG, 0);
	ipv4_fix_checksum(big, IPV4_HDR);
	kit_tap_frame(k, 0, &a, &v, big, len);
	kit_run(k);
	for (at = 0; (l = kit_take_ip(k, &a, got)); at++) {
		assert_true(l <= KIT_MTU);
		/* the third is the last, shorter segment: whole */
		assert_int_equal(!!(be16(got + IPV4_FRAG) & (IPV4_FRAG_MF | IPV4_FRAG_OFFSET)),
				 at < 4);
	}
	assert_int_equal(at, 5);
}

static void checksum_is_completed(void **state)
{
	const struct vnet v = {.flags = VNET_F_NEEDS_CSUM, .csum_start = 34, .csum_offset = 16};
	struct vnet bad = v;
	uint8_t ip[200], got[1500];
	size_t len = kit_tcp(ip, FAR_HOST, a.ip, 5, TCP_ACK, 33);

	(void)state;
	checksum_store_partial(ip + IPV4_HDR + TCP_CHECKSUM,
			       checksum_pseudo4(ip, IPV4_TCP, (uint32_t)len - 20));
	kit_tap_frame(k, 0, &a, &v, ip, len);
	kit_run(k);
	assert_int_equal(kit_take_ip(k, &a, got), len);
	assert_true(kit_checksums_ok(got, len));
	bad.csum_start = (uint16_t)(ETH_HDR + len - 1);
	kit_tap_frame(k, 0, &a, &bad, ip, len);
	bad.csum_start = 4;
	kit_tap_frame(k, 0, &a, &bad, ip, len);
	bad.csum_start = 65535;
	bad.csum_offset = 65535;
	kit_tap_frame(k, 0, &a, &bad, ip, len);
	kit_run(k);
	assert_int_equal(kit_counter(k, "checksum-offload"), 3);
	assert_int_equal(kit_take_ip(k, &a, got), 0);
}

static void too_big_is_told(void **state)
{
	size_t len = kit_ip(big, FAR_HOST, a.ip, 47, 1381);
	const struct fake_packet *p;
	const uint8_t *ip;

	(void)state;
	kit_tap_frame(k, 0, &a, NULL, big, len);
	kit_run(k);
	p = fake_take(k->fake, k->tap[0]);
	assert_non_null(p);
	ip = p->p + VNET_HDR + ETH_HDR;
	assert_memory_equal(p->p + VNET_HDR, kit_tap_mac, 6);
	assert_true(kit_checksums_ok(ip, p->len - VNET_HDR - ETH_HDR));
	assert_int_equal(be32(ip + 16), FAR_HOST);
	assert_int_equal(be32(ip + 12), a.ip);
	assert_int_equal(ip[20], 3);
	assert_int_equal(ip[21], 4);
	assert_int_equal(be16(ip + 26), KIT_MTU);
	assert_memory_equal(ip + 28, big, 548);
	assert_int_equal(checksum_fold(checksum_add(0, ip + 20, 556)), UINT16_MAX);
	/* an ICMP error is not answered, and the rate has a limit */
	big[9] = IPV4_ICMP;
	big[20] = 3;
	ipv4_fix_checksum(big, 20);
	kit_tap_frame(k, 0, &a, NULL, big, len);
	kit_run(k);
	assert_null(fake_take(k->fake, k->tap[0]));
	big[9] = 47;
	ipv4_fix_checksum(big, 20);
	for (unsigned i = 0; i < 200; i++)
		kit_tap_frame(k, 0, &a, NULL, big, len);
	kit_run(k);
	assert_int_equal(kit_counter(k, "icmp-too-big-sent"), 100);
	assert_int_equal(kit_take_ip(k, &a, big), 0);
}

static void fragments_reassemble(void **state)
{
	static uint8_t whole[9000];
	uint8_t got[1500];
	size_t len = kit_ip(big, FAR_HOST, a.ip, IPV4_UDP, 8000), l, total = 0;

	(void)state;
	put_be16(big + IPV4_FRAG, 0);
	put_be16(big + IPV4_ID, 0x4242);
	ipv4_fix_checksum(big, IPV4_HDR);
	kit_tap_frame(k, 0, &a, NULL, big, len);
	kit_run(k);
	while ((l = kit_take_ip(k, &a, got))) {
		size_t at = (size_t)(be16(got + IPV4_FRAG) & IPV4_FRAG_OFFSET) * 8;
		struct ipv4 ip;

		assert_true(l <= KIT_MTU);
		assert_int_equal(ipv4_parse(got, l, true, &ip), IPV4_OK);
		assert_int_equal(ip.id, 0x4242);
		assert_int_equal(!!(ip.frag & IPV4_FRAG_MF), at + l - 20 < 8000);
		memcpy(whole + at, got + 20, l - 20);
		total += l - 20;
	}
	assert_int_equal(total, 8000);
	assert_memory_equal(whole, big + 20, 8000);
}

static void mss_towards_the_user(void **state)
{
	struct vnet v = {.flags = VNET_F_NEEDS_CSUM, .csum_start = 34, .csum_offset = 16};
	uint8_t ip[100], got[1500];
	size_t len;

	(void)state;
	for (unsigned partial = 0; partial < 2; partial++) {
		uint8_t *t = ip + IPV4_HDR;
		uint64_t sum;

		len = kit_tcp(ip, FAR_HOST, a.ip, 1, TCP_SYN | TCP_ACK, 4);
		t[12] = 6 << 4;
		t[20] = 2;
		t[21] = 4;
		put_be16(t + 22, 8960);
		put_be16(t + TCP_CHECKSUM, 0);
		sum = checksum_pseudo4(ip, IPV4_TCP, 24);
		if (partial)
			checksum_store_partial(t + TCP_CHECKSUM, sum);
		else
			checksum_store(t + TCP_CHECKSUM, checksum_add(sum, t, 24));
		kit_tap_frame(k, 0, &a, partial ? &v : NULL, ip, len);
		kit_run(k);
		assert_int_equal(kit_take_ip(k, &a, got), len);
		assert_int_equal(be16(got + IPV4_HDR + 22), KIT_MTU - 40);
		assert_true(kit_checksums_ok(got, len));
	}
}

static void arp_is_answered(void **state)
{
	struct arp q = {.op = ARP_REQUEST, .sender_ip = KIT_GATEWAY, .target_ip = a.ip}, r;
	uint8_t frame[64] = {0}, mac[6];
	const struct fake_packet *p;
	struct wr w = wr_of(frame + ETH_HDR, ARP_LEN);
	struct rd rd;

	(void)state;
	memset(frame, 0xff, 6);
	memcpy(q.sender_mac, kit_tap_mac, 6);
	put_be16(frame + 12, ETH_TYPE_ARP);
	arp_build(&w, &q);
	fake_tap_push(k->fake, k->tap[0], NULL, frame, 60);
	kit_run(k);
	p = fake_take(k->fake, k->tap[0]);
	assert_non_null(p);
	dp_session_mac(KIT_MACHINE, 0, a.slot, mac);
	assert_memory_equal(p->p + VNET_HDR, kit_tap_mac, 6);
	assert_memory_equal(p->p + VNET_HDR + 6, mac, 6);
	rd = rd_of(p->p + VNET_HDR + ETH_HDR, p->len - VNET_HDR - ETH_HDR);
	assert_true(arp_parse(&rd, &r));
	assert_int_equal(r.op, ARP_REPLY);
	assert_int_equal(r.sender_ip, a.ip);
	assert_memory_equal(r.sender_mac, mac, 6);
	put_be32(frame + ETH_HDR + 24, a.ip + 50); /* nobody */
	fake_tap_push(k->fake, k->tap[0], NULL, frame, 42);
	fake_tap_push(k->fake, k->tap[0], NULL, frame, 41);
	kit_run(k);
	assert_null(fake_take(k->fake, k->tap[0]));
	assert_int_equal(kit_counter(k, "arp-ignored"), 1);
	assert_int_equal(kit_counter(k, "arp-malformed"), 1);
}

static void frames_for_nobody(void **state)
{
	uint8_t frame[100] = {0};

	(void)state;
	kit_ip(frame + ETH_HDR, FAR_HOST, a.ip, 47, 20);
	put_be16(frame + 12, ETH_TYPE_IPV4);
	memset(frame, 0xff, 6);
	fake_tap_push(k->fake, k->tap[0], NULL, frame, 54);
	dp_session_mac(KIT_MACHINE, 0, a.slot + 1, frame); /* no session there */
	fake_tap_push(k->fake, k->tap[0], NULL, frame, 54);
	dp_session_mac(KIT_MACHINE, 0, 0xffffff, frame);
	fake_tap_push(k->fake, k->tap[0], NULL, frame, 54);
	dp_session_mac(KIT_MACHINE + 1, 0, a.slot, frame); /* another server's */
	fake_tap_push(k->fake, k->tap[0], NULL, frame, 54);
	dp_session_mac(KIT_MACHINE, 63, a.slot, frame); /* no such worker */
	fake_tap_push(k->fake, k->tap[0], NULL, frame, 54);
	dp_session_mac(KIT_MACHINE, 0, a.slot, frame);
	put_be16(frame + 12, 0x88cc); /* LLDP */
	fake_tap_push(k->fake, k->tap[0], NULL, frame, 54);
	for (size_t len = 1; len < ETH_HDR + 20; len++) {
		put_be16(frame + 12, ETH_TYPE_IPV4);
		fake_tap_push(k->fake, k->tap[0], NULL, frame, len);
	}
	kit_run(k);
	assert_null(fake_take(k->fake, FAKE_ANY));
	assert_int_equal(kit_counter(k, "frame-group"), 1);
	assert_int_equal(kit_counter(k, "frame-not-port"), 3);
	assert_int_equal(kit_counter(k, "handoff-no-worker"), 1);
	assert_int_equal(kit_counter(k, "frame-not-ip"), 1);
	assert_int_equal(kit_counter(k, "frame-short"), 13);
}

static void bad_super_packets(void **state)
{
	struct vnet v = {.gso_type = VNET_GSO_TCPV4, .gso_size = 0};
	size_t len = kit_tcp(big, FAR_HOST, a.ip, 1, TCP_ACK, 3000);

	(void)state;
	kit_tap_frame(k, 0, &a, &v, big, len); /* size 0 */
	v.gso_size = 1000;
	v.gso_type = VNET_GSO_TCPV6;
	kit_tap_frame(k, 0, &a, &v, big, len);
	v.gso_type = VNET_GSO_UDP_L4;
	kit_tap_frame(k, 0, &a, &v, big, len);
	v.gso_type = VNET_GSO_TCPV4;
	big[IPV4_HDR + 12] = 0x40; /* TCP header of 16 octets */
	kit_tap_frame(k, 0, &a, &v, big, len);
	kit_tap_frame(k, 0, &a, &v, big, kit_tcp(big, FAR_HOST, a.ip, 1, TCP_ACK, 0));
	kit_run(k);
	assert_int_equal(kit_counter(k, "gso"), 5);
	assert_null(fake_take(k->fake, FAKE_ANY));
}

static void sequence_numbers_end(void **state)
{
	struct peer *p = &kit_worker(k, 0)->peers[a.slot];
	uint8_t ip[100], got[1500];
	size_t len = kit_ip(ip, FAR_HOST, a.ip, 47, 20);

	(void)state;
	p->out.seq = DP_SEQ_SOFT - 2;
	for (unsigned i = 0; i < 4; i++)
		kit_tap_frame(k, 0, &a, NULL, ip, len);
	kit_run(k);
	assert_int_equal(k->punts[DP_PUNT_SA_SOFT], 1);
	assert_int_equal(k->last[DP_PUNT_SA_SOFT].sa_handle, a.spi_out);
	for (unsigned i = 0; i < 4; i++)
		assert_int_equal(kit_take_ip(k, &a, got), len);
	p->out.seq = UINT32_MAX - 2;
	for (unsigned i = 0; i < 5; i++)
		kit_tap_frame(k, 0, &a, NULL, ip, len);
	kit_run(k);
	for (unsigned i = 0; i < 2; i++) {
		const struct fake_packet *f = fake_take(k->fake, FAKE_ANY);

		assert_non_null(f);
		assert_int_equal(be32(f->p + 4), UINT32_MAX - 1 + i);
	}
	assert_null(fake_take(k->fake, FAKE_ANY));
	assert_int_equal(kit_counter(k, "esp-sequence-exhausted"), 3);
	/* a new SA begins at 1 */
	assert_true(kit_sa_out(k, &a, 0x7777));
	kit_tap_frame(k, 0, &a, NULL, ip, len);
	kit_run(k);
	assert_int_equal(kit_take_ip(k, &a, got), len);
	assert_int_equal(p->out.seq, 1);
}

static void ivs_never_repeat(void **state)
{
	static uint8_t ivs[1200][16];
	uint8_t ip[100];
	size_t len = kit_ip(ip, FAR_HOST, a.ip, 47, 20);

	(void)state;
	for (unsigned i = 0; i < 1200; i++) {
		const struct fake_packet *p;

		kit_tap_frame(k, 0, &a, NULL, ip, len);
		kit_run(k);
		p = fake_take(k->fake, FAKE_ANY);
		assert_non_null(p);
		memcpy(ivs[i], p->p + 8, 16);
		for (unsigned j = 0; j < i; j++)
			assert_memory_not_equal(ivs[i], ivs[j], 16);
	}
}

static void full_socket_drops_and_counts(void **state)
{
	uint8_t ip[100];
	size_t len = kit_ip(ip, FAR_HOST, a.ip, 47, 20);

	(void)state;
	fake_queue_max(k->fake, k->udp4500[0], 0);
	kit_tap_frame(k, 0, &a, NULL, ip, len);
	kit_tap_frame(k, 0, &a, NULL, ip, len);
	kit_run(k);
	assert_int_equal(kit_counter(k, "tx"), 2);
	fake_queue_max(k->fake, k->tap[0], 0);
	kit_ip(ip, a.ip, FAR_HOST, 47, 20);
	fake_queue_max(k->fake, k->udp4500[0], 10);
	kit_send_ip(k, &a, ip, len);
	kit_run(k);
	assert_int_equal(kit_counter(k, "tap-write"), 1);
}

int main(void)
{
#define T(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(packet_for_the_user),
		T(forms_of_the_headers),
		T(super_packet_is_cut_and_sent_as_a_run),
		T(run_of_the_largest_super_packet),
		T(udp_super_packet),
		T(checksum_is_completed),
		T(too_big_is_told),
		T(fragments_reassemble),
		T(mss_towards_the_user),
		T(arp_is_answered),
		T(frames_for_nobody),
		T(bad_super_packets),
		T(sequence_numbers_end),
		T(ivs_never_repeat),
		T(full_socket_drops_and_counts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
