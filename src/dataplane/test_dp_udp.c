/* Tests of the way in: UDP datagrams of one flow become one super-packet (tap_out.c). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "test_kit.h"
#include "wire/checksum.h"
#include "wire/eth.h"
#include "wire/udp.h"

#define FAR_HOST UINT32_C(0x08080808)
#define HEADS    (IPV4_HDR + UDP_HDR)

static struct kit *k;
static struct client a;
static bool (*fake_tap_write)(void *ctx, int fd, const struct iovec *iov, unsigned n);

static int setup(void **state)
{
	(void)state;
	k = kit_new(1);
	kit_client(k, &a, 0, 1);
	fake_set_gro(k->fake, k->udp4500[0], true);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	kit_client_free(&a);
	kit_free(k);
	return 0;
}

/* Datagram i of a flow, with DF and a right checksum. */
static size_t datagram(uint8_t *ip, uint16_t src_port, unsigned i, size_t payload)
{
	size_t len = kit_ip(ip, a.ip, FAR_HOST, IPV4_UDP, UDP_HDR + payload);
	uint8_t *udp = ip + IPV4_HDR;
	uint32_t l4_len = (uint32_t)(UDP_HDR + payload);

	udp_put(udp, src_port, 7, (uint16_t)l4_len);
	memset(udp + UDP_HDR, (int)i, payload);
	checksum_store(udp + UDP_CHECKSUM,
		       checksum_add(checksum_pseudo4(ip, IPV4_UDP, l4_len), udp, l4_len));
	return len;
}

/* The TAP's next frame is the IP packet as it was sent, alone. */
static void expect_alone(const uint8_t *ip, size_t len)
{
	const struct fake_packet *p = fake_take(k->fake, k->tap[0]);

	assert_non_null(p);
	assert_int_equal(p->len, VNET_HDR + ETH_HDR + len);
	assert_int_equal(p->p[0], 0);
	assert_int_equal(p->p[1], VNET_GSO_NONE);
	assert_memory_equal(p->p + VNET_HDR + ETH_HDR, ip, len);
}

static void datagrams_are_merged(void **state)
{
	const struct fake_packet *p;
	uint8_t ip[1500], *frame;
	struct vnet v;
	size_t len;

	(void)state;
	for (unsigned i = 0; i < 10; i++) /* the last one is shorter, and ends it */
		kit_send_ip(k, &a, ip, datagram(ip, 5000, i, i == 9 ? 300 : 400));
	kit_send_ip(k, &a, ip, datagram(ip, 5000, 10, 300));
	kit_run(k);
	p = fake_take(k->fake, k->tap[0]);
	assert_non_null(p);
	assert_true(vnet_parse(p->p, p->len, &v));
	assert_int_equal(v.flags, VNET_F_NEEDS_CSUM);
	assert_int_equal(v.gso_type, VNET_GSO_UDP_L4);
	assert_int_equal(v.gso_size, 400);
	assert_int_equal(v.hdr_len, ETH_HDR + HEADS);
	assert_int_equal(v.csum_offset, UDP_CHECKSUM);
	assert_int_equal(p->len, VNET_HDR + ETH_HDR + HEADS + 9 * 400 + 300);
	frame = kit_complete(p, &len);
	assert_non_null(frame);
	assert_int_equal(be16(frame + ETH_HDR + IPV4_HDR + UDP_LEN), len - ETH_HDR - IPV4_HDR);
	for (size_t i = 0; i < 3900; i++)
		assert_int_equal(frame[ETH_HDR + HEADS + i], i / 400);
	free(frame);
	expect_alone(ip, datagram(ip, 5000, 10, 300));
	assert_null(fake_take(k->fake, k->tap[0]));
	assert_int_equal(kit_counter(k, "tap-merged"), 9);
}

/* What the second datagram has that keeps it alone. */
enum difference { LONGER, PORT, NO_CHECKSUM, BAD_CHECKSUM, NO_DF, TTL, EMPTY, CUT, DIFFERENCES };

static size_t odd_one(uint8_t *ip, enum difference d)
{
	size_t len = datagram(ip, d == PORT ? 5016 : 5000, 1,
			      d == LONGER  ? 401
			      : d == EMPTY ? 0
					   : 400);
	uint8_t *udp = ip + IPV4_HDR;

	if (d == NO_CHECKSUM)
		put_be16(udp + UDP_CHECKSUM, 0);
	if (d == BAD_CHECKSUM)
		udp[UDP_CHECKSUM] ^= 1;
	if (d == CUT) { /* right all the same, as a sum of everything */
		put_be16(udp + UDP_LEN, 100);
		put_be16(udp + UDP_CHECKSUM, 0);
		checksum_store(udp + UDP_CHECKSUM,
			       checksum_add(checksum_pseudo4(ip, IPV4_UDP, 408), udp, 408));
	}
	if (d == NO_DF)
		put_be16(ip + IPV4_FRAG, 0);
	if (d == TTL)
		ip[8]--;
	ipv4_fix_checksum(ip, IPV4_HDR);
	return len;
}

static void what_must_not_be_merged(void **state)
{
	uint8_t first[1500], odd[1500];

	(void)state;
	for (enum difference d = 0; d < DIFFERENCES; d++) {
		size_t odd_len = odd_one(odd, d);
		size_t first_len = d == NO_DF ? odd_one(first, d) : datagram(first, 5000, 0, 400);

		kit_send_ip(k, &a, first, first_len);
		kit_send_ip(k, &a, odd, odd_len);
		kit_run(k);
		expect_alone(first, first_len);
		expect_alone(odd, odd_len);
		assert_null(fake_take(k->fake, k->tap[0]));
	}
	assert_int_equal(kit_counter(k, "tap-merged"), 0);
}

/* One whose own checksum is wrong begins nothing: the kernel would make it right. */
static void a_wrong_first_one_stays_wrong(void **state)
{
	uint8_t first[1500], second[1500];
	size_t first_len = odd_one(first, BAD_CHECKSUM),
	       second_len = datagram(second, 5000, 1, 400);

	(void)state;
	kit_send_ip(k, &a, first, first_len);
	kit_send_ip(k, &a, second, second_len);
	kit_run(k);
	expect_alone(first, first_len);
	expect_alone(second, second_len);
}

static bool old_kernel(void *ctx, int fd, const struct iovec *iov, unsigned n)
{
	if (((const uint8_t *)iov[0].iov_base)[1] == VNET_GSO_UDP_L4)
		return false;
	return fake_tap_write(ctx, fd, iov, n);
}

static void a_kernel_that_takes_none_gets_them_alone(void **state)
{
	uint8_t ip[1500];

	(void)state;
	fake_tap_write = k->os.tap_write;
	k->os.tap_write = old_kernel;
	for (unsigned round = 0; round < 2; round++) {
		for (unsigned i = 0; i < 5; i++)
			kit_send_ip(k, &a, ip, datagram(ip, 5000, i, 400));
		kit_run(k);
		for (unsigned i = 0; i < 5; i++)
			expect_alone(ip, datagram(ip, 5000, i, 400));
		assert_null(fake_take(k->fake, k->tap[0]));
		/* it is tried once */
		assert_int_equal(kit_counter(k, "tap-merged"), 4);
	}
	assert_int_equal(kit_counter(k, "tap-write"), 0);
}

int main(void)
{
#define T(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(datagrams_are_merged),
		T(what_must_not_be_merged),
		T(a_wrong_first_one_stays_wrong),
		T(a_kernel_that_takes_none_gets_them_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
