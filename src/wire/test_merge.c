/*
 * Tests of merge: which octets of the headers may differ, room, checksums.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "wire/merge.h"
#include "wire/udp.h"

#define PACKET 100

typedef bool (*same_fn)(const uint8_t *a, const uint8_t *b);

static bool same_ip4(const uint8_t *a, const uint8_t *b)
{
	return merge_same_ip(a, b, false);
}

static bool same_ip6(const uint8_t *a, const uint8_t *b)
{
	return merge_same_ip(a, b, true);
}

static bool same_addresses4(const uint8_t *a, const uint8_t *b)
{
	return merge_same_addresses(a, b, false);
}

static bool same_addresses6(const uint8_t *a, const uint8_t *b)
{
	return merge_same_addresses(a, b, true);
}

static bool same_tcp(const uint8_t *a, const uint8_t *b)
{
	struct tcp ta, tb;

	assert_true(tcp_parse(a, PACKET, &ta));
	assert_true(tcp_parse(b, PACKET, &tb));
	return merge_same_tcp(a, &ta, b, &tb);
}

/* Each octet of a header in turn is another one in b: only those of `matters` (its bits from the
 * low one are octets from 0) are noticed. */
static void each_octet(same_fn same, const uint8_t *header, unsigned len, uint64_t matters)
{
	for (unsigned i = 0; i < len; i++) {
		uint8_t b[PACKET];

		memcpy(b, header, PACKET);
		assert_true(same(header, b));
		b[i] ^= 0x20;
		assert_int_equal(same(header, b), !(matters >> i & 1));
	}
}

static void headers_that_may_differ(void **state)
{
	uint8_t p[PACKET] = {0x45};

	(void)state;
	/* type of service, flags and offset, TTL */
	each_octet(same_ip4, p, IPV4_HDR, 1 << 1 | 3 << 6 | 1 << 8);
	each_octet(same_addresses4, p, IPV4_HDR, UINT64_C(0xff) << 12);
	/* version, traffic class and flow label, hop limit */
	each_octet(same_ip6, p, IPV6_HDR, 0xf | 1 << 7);
	each_octet(same_addresses6, p, IPV6_HDR, UINT64_C(0xffffffff) << 8);
	/* acknowledgement, length of the header, window, options */
	p[12] = 0x70;
	each_octet(same_tcp, p, 32, 0xf << 8 | 1 << 12 | 3 << 14 | 0xff << 20);
	p[12] = 0x50;
	each_octet(same_tcp, p, 32, 0xf << 8 | 1 << 12 | 3 << 14);
}

static void room_of_a_super_packet(void **state)
{
	(void)state;
	assert_true(merge_has_room(1000, 100, 100));
	assert_true(merge_has_room(1000, 100, 1));
	assert_false(merge_has_room(1000, 100, 0));
	assert_false(merge_has_room(1000, 100, 101));
	assert_true(merge_has_room(65435, 100, 100));
	assert_false(merge_has_room(65436, 100, 100));
}

static void sums_of_pieces(void **state)
{
	uint8_t p[PACKET] = {0};

	(void)state;
	for (unsigned v6 = 0; v6 < 2; v6++) {
		uint8_t *l4 = p + (v6 ? IPV6_HDR : IPV4_HDR);
		uint32_t len = (uint32_t)(p + PACKET - l4);
		uint64_t pseudo;

		for (size_t i = 0; i < PACKET; i++)
			p[i] = (uint8_t)(i * 7);
		put_be16(l4 + UDP_CHECKSUM, 0);
		pseudo = merge_pseudo_sum(p, v6, IPV4_UDP, len);
		assert_false(merge_sum_ok(pseudo, l4, len));
		checksum_store(l4 + UDP_CHECKSUM, checksum_add(pseudo, l4, len));
		assert_true(merge_sum_ok(pseudo, l4, len));
		p[v6 ? IPV6_DST : IPV4_SRC] ^= 1;
		assert_false(merge_sum_ok(merge_pseudo_sum(p, v6, IPV4_UDP, len), l4, len));
		l4[20] ^= 1;
		assert_false(merge_sum_ok(pseudo, l4, len));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(headers_that_may_differ),
		cmocka_unit_test(room_of_a_super_packet),
		cmocka_unit_test(sums_of_pieces),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
