/* Tests of segmentation and fragmentation over all sizes: what was cut joins to the original. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "dataplane/gso.h"
#include "test_kit.h"
#include "wire/udp.h"

static uint8_t packet[66000], joined[66000], out[66000];

/* Cuts packet; returns how many segments. Each is checked. */
static unsigned cut(size_t len, uint16_t segment, uint16_t mtu, unsigned hdr)
{
	struct ipv4 ip;
	struct gso g;
	size_t at = 0, n;
	unsigned count = 0;

	assert_int_equal(ipv4_parse(packet, len, true, &ip), IPV4_OK);
	assert_true(gso_begin(&g, packet, &ip, segment, mtu));
	while ((n = gso_next_len(&g))) {
		memset(out, 0xee, n + 1);
		gso_write(&g, out);
		assert_int_equal(out[n], 0xee);
		assert_true(kit_checksums_ok(out, n));
		assert_true(n > hdr && n - hdr <= segment);
		memcpy(joined + at, out + hdr, n - hdr);
		at += n - hdr;
		count++;
	}
	assert_int_equal(at, len - hdr);
	assert_memory_equal(joined, packet + hdr, at);
	return count;
}

static void tcp_of_every_size(void **state)
{
	(void)state;
	for (size_t payload = 1; payload < 4200; payload += 7) {
		size_t len = kit_tcp(packet, 1 << 24, 2 << 24, 9, TCP_ACK | TCP_FIN, payload);

		assert_int_equal(cut(len, 1000, 1500, 40), (payload + 999) / 1000);
		assert_int_equal(cut(len, 1460, 1280, 40), (payload + 1239) / 1240);
	}
	assert_int_equal(cut(kit_tcp(packet, 1, 2, 9, TCP_ACK, 65495), 1, 1500, 40), 65495);
}

static void tcp_with_options(void **state)
{
	size_t len = kit_tcp(packet, 1, 2, 9, TCP_ACK, 3000);

	(void)state;
	/* 12 octets of the payload become TCP options, 24 + 20 octets more header */
	packet[IPV4_HDR + 12] = 8 << 4;
	packet[IPV4_HDR + TCP_HDR] = 1;
	assert_int_equal(cut(len, 1448, 1400, 52), 3);
}

static void flags_stand_where_they_belong(void **state)
{
	struct ipv4 ip;
	struct gso g;
	size_t len = kit_tcp(packet, 1, 2, 100, TCP_ACK | TCP_FIN | TCP_PSH | TCP_CWR, 3000), n;
	const uint8_t want[] = {TCP_ACK | TCP_CWR, TCP_ACK, TCP_ACK | TCP_FIN | TCP_PSH};
	unsigned i = 0;

	(void)state;
	assert_int_equal(ipv4_parse(packet, len, true, &ip), IPV4_OK);
	assert_true(gso_begin(&g, packet, &ip, 1000, 1400));
	while ((n = gso_next_len(&g))) {
		gso_write(&g, out);
		assert_int_equal(out[IPV4_HDR + TCP_FLAGS], want[i]);
		assert_int_equal(be32(out + IPV4_HDR + TCP_SEQ), 100 + 1000 * i);
		i++;
	}
	assert_int_equal(i, 3);
}

static void udp_of_every_size(void **state)
{
	(void)state;
	for (size_t payload = 1; payload < 4200; payload += 13) {
		size_t len = kit_ip(packet, 1, 2, IPV4_UDP, UDP_HDR + payload);

		udp_put(packet + IPV4_HDR, 5, 6, (uint16_t)(UDP_HDR + payload));
		assert_int_equal(cut(len, 1200, 1400, 28), (payload + 1199) / 1200);
	}
}

/* A sum that comes out as 0 is written as 0xffff: 0 would say that there is none (RFC 768). */
static void udp_checksum_of_zero(void **state)
{
	size_t len = kit_ip(packet, 1, 2, IPV4_UDP, UDP_HDR + 100);
	struct ipv4 ip;
	struct gso g;

	(void)state;
	udp_put(packet + IPV4_HDR, 5, 6, UDP_HDR + 100);
	put_be16(packet + 28, 0);
	for (unsigned pass = 0; pass < 2; pass++) {
		assert_int_equal(ipv4_parse(packet, len, true, &ip), IPV4_OK);
		assert_true(gso_begin(&g, packet, &ip, 1000, 1400));
		gso_write(&g, out);
		put_be16(packet + 28, be16(out + IPV4_HDR + UDP_CHECKSUM));
	}
	assert_int_equal(be16(out + IPV4_HDR + UDP_CHECKSUM), 0xffff);
}

static void refused(void **state)
{
	size_t len = kit_tcp(packet, 1, 2, 9, TCP_ACK, 3000);
	struct ipv4 ip;
	struct gso g;

	(void)state;
	assert_int_equal(ipv4_parse(packet, len, true, &ip), IPV4_OK);
	assert_false(gso_begin(&g, packet, &ip, 0, 1400));
	assert_false(gso_begin(&g, packet, &ip, 1000, 40)); /* no room for payload */
	ip.frag = IPV4_FRAG_MF;
	assert_false(gso_begin(&g, packet, &ip, 1000, 1400));
	ip.frag = 3;
	assert_false(gso_begin(&g, packet, &ip, 1000, 1400));
	ip.frag = 0;
	ip.proto = 47;
	assert_false(gso_begin(&g, packet, &ip, 1000, 1400));
	ip.proto = IPV4_TCP;
	ip.total_len = 39; /* a cut TCP header */
	assert_false(gso_begin(&g, packet, &ip, 1000, 1400));
	ip.total_len = 40; /* no payload */
	assert_false(gso_begin(&g, packet, &ip, 1000, 1400));
	ip.proto = IPV4_UDP;
	ip.total_len = 27;
	assert_false(gso_begin(&g, packet, &ip, 1000, 1400));
}

static void fragments(size_t len, uint16_t mtu, uint16_t first_offset, bool more)
{
	struct frag f;
	struct ipv4 ip, piece;
	size_t n, hdr, end = 0;

	assert_int_equal(ipv4_parse(packet, len, false, &ip), IPV4_OK);
	hdr = ip.hdr_len;
	assert_true(frag_begin(&f, packet, &ip, mtu));
	while ((n = frag_next_len(&f))) {
		size_t at;

		assert_true(n <= mtu);
		frag_write(&f, out);
		assert_int_equal(ipv4_parse(out, n, true, &piece), IPV4_OK);
		assert_int_equal(piece.total_len, n);
		at = (size_t)((piece.frag & IPV4_FRAG_OFFSET) - first_offset) * 8;
		assert_int_equal(at, end);
		memcpy(joined + at, out + hdr, n - hdr);
		end += n - hdr;
		assert_int_equal(!!(piece.frag & IPV4_FRAG_MF), end < len - hdr || more);
	}
	assert_int_equal(end, len - hdr);
	assert_memory_equal(joined, packet + hdr, end);
}

static void fragments_of_every_size(void **state)
{
	(void)state;
	for (size_t payload = 1; payload < 4000; payload += 3) {
		size_t len = kit_ip(packet, 1, 2, 47, payload);

		put_be16(packet + IPV4_FRAG, 0);
		fragments(len, 1400, 0, false);
		put_be16(packet + IPV4_FRAG, IPV4_FRAG_MF | 100); /* a fragment again */
		fragments(len, 68, 100, true);
	}
}

static void options_in_fragments(void **state)
{
	size_t len = kit_ip(packet, 1, 2, 47, 2012);
	struct frag f;
	struct ipv4 ip;

	(void)state;
	put_be16(packet + IPV4_FRAG, 0);
	packet[0] = 0x48; /* record route (not copied), router alert (copied), end */
	memcpy(packet + 20, "\x07\x07\x04\x0a\x0b\x0c\x0d\x94\x04\x00\x00\x00", 12);
	ipv4_fix_checksum(packet, 32);
	fragments(len, 600, 0, false);
	assert_int_equal(ipv4_parse(packet, len, true, &ip), IPV4_OK);
	assert_true(frag_begin(&f, packet, &ip, 600));
	frag_write(&f, out);
	assert_memory_equal(out + 20, packet + 20, 12);
	frag_write(&f, out);
	assert_memory_equal(out + 20, "\x01\x01\x01\x01\x01\x01\x01\x94\x04\x00\x00\x00", 12);
	assert_false(frag_begin(&f, packet, &ip, 39));
	ip.frag = IPV4_FRAG_OFFSET - 10;
	assert_false(frag_begin(&f, packet, &ip, 600)); /* the offsets would wrap */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tcp_of_every_size),
		cmocka_unit_test(tcp_with_options),
		cmocka_unit_test(flags_stand_where_they_belong),
		cmocka_unit_test(udp_of_every_size),
		cmocka_unit_test(udp_checksum_of_zero),
		cmocka_unit_test(refused),
		cmocka_unit_test(fragments_of_every_size),
		cmocka_unit_test(options_in_fragments),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
