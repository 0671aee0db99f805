/* Unit tests of ipv6, icmp6 and the IPv6 pseudo header. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "wire/checksum.h"
#include "wire/icmp6.h"
#include "wire/ipv6.h"

static const struct ipv6_addr a = {UINT64_C(0x20010db800010002), UINT64_C(0x1122334455667788)},
			      b = {UINT64_C(0xfd00123456789abc), 1};

static void addresses(void **state)
{
	static const uint8_t wire[16] = {0x20, 0x01, 0x0d, 0xb8, 0x00, 0x01, 0x00, 0x02,
					 0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77, 0x88};
	static const uint8_t group[16] = {0xff, 0x02, 0, 0, 0,    0,    0,    0,
					  0,    0,    0, 1, 0xff, 0x66, 0x77, 0x88};
	uint8_t p[16];

	(void)state;
	ipv6_addr_put(p, a);
	assert_memory_equal(p, wire, 16);
	assert_true(ipv6_addr_eq(ipv6_addr_get(wire), a));
	assert_false(ipv6_addr_eq(a, b));
	ipv6_addr_put(p, ipv6_solicited(a));
	assert_memory_equal(p, group, 16);
	assert_true(ipv6_is_multicast(ipv6_addr_get(group)));
	assert_false(ipv6_is_multicast(a) || ipv6_is_link_local(a) || ipv6_is_unspecified(a));
	assert_true(ipv6_is_link_local((struct ipv6_addr){IPV6_LINK_PREFIX, 1}));
	assert_true(ipv6_is_link_local((struct ipv6_addr){UINT64_C(0xfebf) << 48, 1}));
	assert_false(ipv6_is_link_local((struct ipv6_addr){UINT64_C(0xfec0) << 48, 1}));
	assert_false(ipv6_is_link_local((struct ipv6_addr){UINT64_C(0xfe7f) << 48, 1}));
	assert_true(ipv6_is_unspecified((struct ipv6_addr){0, 0}));
	assert_false(ipv6_is_unspecified((struct ipv6_addr){0, 1}));
}

static void header_gate(void **state)
{
	uint8_t p[100] = {0};
	struct ipv6 ip;

	(void)state;
	ipv6_put(p, 20, 17, IPV6_UDP, a, b);
	assert_int_equal(ipv6_parse(p, 60, &ip), IPV6_OK);
	assert_int_equal(ip.proto, IPV6_UDP);
	assert_int_equal(ip.hop_limit, 17);
	assert_int_equal(ip.total_len, 60);
	assert_true(ipv6_addr_eq(ip.src, a) && ipv6_addr_eq(ip.dst, b));
	assert_int_equal(ipv6_parse(p, 100, &ip), IPV6_OK); /* padding behind */
	assert_int_equal(ip.total_len, 60);
	for (size_t len = 0; len < 60; len++)
		assert_int_equal(ipv6_parse(p, len, &ip),
				 len < IPV6_HDR ? IPV6_SHORT : IPV6_LENGTH);
	for (unsigned version = 0; version < 16; version++) {
		p[0] = (uint8_t)(version << 4 | 0xf);
		assert_int_equal(ipv6_parse(p, 60, &ip), version == 6 ? IPV6_OK : IPV6_VERSION);
	}
	p[0] = 0x60;
	put_be16(p + IPV6_LEN, 0);
	assert_int_equal(ipv6_parse(p, 60, &ip), IPV6_LENGTH);
}

/* The total length is 16 bits wide. */
static void the_longest_packet(void **state)
{
	static uint8_t p[70000];
	struct ipv6 ip;

	(void)state;
	ipv6_put(p, UINT16_MAX - IPV6_HDR, 1, 6, a, b);
	assert_int_equal(ipv6_parse(p, sizeof(p), &ip), IPV6_OK);
	assert_int_equal(ip.total_len, UINT16_MAX);
	put_be16(p + IPV6_LEN, UINT16_MAX - IPV6_HDR + 1);
	assert_int_equal(ipv6_parse(p, sizeof(p), &ip), IPV6_LENGTH);
}

/* An echo request, fe80::1 to fe80::2, identifier 1, sequence 1. */
static void pseudo_header(void **state)
{
	uint8_t p[IPV6_HDR + 8];
	uint32_t sum = 0;

	(void)state;
	ipv6_put(p, 8, 64, IPV6_ICMP, (struct ipv6_addr){IPV6_LINK_PREFIX, 1},
		 (struct ipv6_addr){IPV6_LINK_PREFIX, 2});
	put_be32(p + IPV6_HDR, UINT32_C(0x80000000));
	put_be32(p + IPV6_HDR + 4, 0x00010001);
	checksum_store(p + IPV6_HDR + 2,
		       checksum_add(checksum_pseudo6(p, IPV6_ICMP, 8), p + IPV6_HDR, 8));
	/* by hand, RFC 8200 section 8.1: both addresses, length, protocol, message */
	sum = 0xfe80 + 1 + 0xfe80 + 2 + 8 + 58 + 0x8000 + 1 + 1;
	sum = (sum & 0xffff) + (sum >> 16);
	assert_int_equal(be16(p + IPV6_HDR + 2), (uint16_t)~sum);
	assert_int_equal(
		checksum_fold(checksum_add(checksum_pseudo6(p, IPV6_ICMP, 8), p + IPV6_HDR, 8)),
		UINT16_MAX);
}

static bool is_right(const uint8_t *p, size_t len)
{
	return checksum_fold(
		       checksum_add(checksum_pseudo6(p, IPV6_ICMP, (uint32_t)(len - IPV6_HDR)),
				    p + IPV6_HDR, len - IPV6_HDR)) == UINT16_MAX;
}

static void too_big(void **state)
{
	uint8_t p[1500] = {0}, out[ICMP6_TOO_BIG_MAX];
	const struct ipv6_addr nobody[] = {
		{0, 0}, {0, 1}, {UINT64_C(0xff02) << 48, 1}, {UINT64_C(0xff0e) << 48, 9}};
	size_t len;

	(void)state;
	ipv6_put(p, 1460, 64, 6, a, b);
	len = icmp6_too_big(out, p, 1500, 1400);
	assert_int_equal(len, ICMP6_TOO_BIG_MAX);
	assert_true(is_right(out, len));
	assert_true(ipv6_addr_eq(ipv6_addr_get(out + IPV6_SRC), b));
	assert_true(ipv6_addr_eq(ipv6_addr_get(out + IPV6_DST), a));
	assert_int_equal(be16(out + IPV6_HDR), 2 << 8);
	assert_int_equal(be32(out + IPV6_HDR + 4), 1400);
	assert_memory_equal(out + IPV6_HDR + 8, p, len - IPV6_HDR - 8);
	ipv6_put(p, 10, 64, 6, a, b);
	assert_int_equal(icmp6_too_big(out, p, 50, 1400), IPV6_HDR + 8 + 50);
	assert_int_equal(icmp6_too_big(out, p, 49, 1400), 0);
	for (size_t i = 0; i < 4; i++) {
		ipv6_put(p, 10, 64, 6, nobody[i], b);
		assert_int_equal(icmp6_too_big(out, p, 50, 1400), 0);
	}
	ipv6_put(p, 10, 64, 6, a, nobody[2]);
	assert_int_equal(icmp6_too_big(out, p, 50, 1400), 0);
	for (unsigned type = 0; type < 256; type++) { /* no error about an error or a redirect */
		ipv6_put(p, 10, 64, IPV6_ICMP, a, b);
		p[IPV6_HDR] = (uint8_t)type;
		assert_int_equal(icmp6_too_big(out, p, 50, 1400) != 0, type >= 128 && type != 137);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(addresses),
		cmocka_unit_test(header_gate),
		cmocka_unit_test(the_longest_packet),
		cmocka_unit_test(pseudo_header),
		cmocka_unit_test(too_big),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
