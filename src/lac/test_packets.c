/* Packets between the interface and the call: super-packets that are cut and merged. The
 * interface is a socket pair that keeps the bounds of messages; the call is a list. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "dial_packets.h"
#include "wire/checksum.h"
#include "wire/ipv4.h"
#include "wire/tcp.h"
#include "wire/udp.h"
#include "wire/vnet.h"

#define SRC     0x0a000001
#define DST     0x0a000002
#define TCP_LEN 32 /* with timestamps */
#define HEADERS (IPV4_HDR + TCP_LEN)
#define MESSAGE 70000

/* ---- the call that dial_packets.c sees ---- */

static struct {
	uint8_t packet[CALL_PACKET_MAX];
	size_t len;
} sent[64];
static unsigned n_sent, n_flushes;

uint8_t *call_packet(struct call *c)
{
	(void)c;
	assert_true(n_sent < 64);
	return sent[n_sent].packet;
}

void call_packet_done(struct call *c, size_t len)
{
	(void)c;
	sent[n_sent++].len = len;
}

void call_flush(struct call *c)
{
	(void)c;
	n_flushes++;
}

static struct call *const the_call = (struct call *)&sent;

/* ---- packets ---- */

struct rig {
	struct dial_packets *p;
	int ours, host; /* what dial_packets.c reads and writes; the host's end */
};

static int set_up(void **state)
{
	static struct rig r;
	int fd[2], size = 1 << 20;

	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK, 0, fd), 0);
	setsockopt(fd[0], SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
	setsockopt(fd[1], SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
	r = (struct rig){dial_packets_new(), fd[0], fd[1]};
	n_sent = n_flushes = 0;
	*state = &r;
	return r.p == NULL;
}

static int tear_down(void **state)
{
	struct rig *r = *state;

	dial_packets_free(r->p);
	close(r->ours);
	close(r->host);
	return 0;
}

static uint8_t octet_at(uint32_t seq)
{
	return (uint8_t)(seq * 31 + (seq >> 8));
}

static bool tcp_sum_ok(const uint8_t *p, size_t len)
{
	uint32_t l4 = (uint32_t)len - IPV4_HDR;

	return checksum_fold(checksum_add(checksum_pseudo4(p, IPV4_TCP, l4), p + IPV4_HDR, l4)) ==
	       UINT16_MAX;
}

/* A TCP segment whose data says where it belongs; returns its length. */
static size_t segment(uint8_t *p, uint16_t port, uint32_t seq, size_t data, uint8_t flags)
{
	uint8_t *tcp = p + IPV4_HDR;
	size_t len = HEADERS + data;

	ipv4_put(p, (uint16_t)len, 64, IPV4_TCP, SRC, DST);
	memset(tcp, 0, TCP_LEN);
	put_be16(tcp, port);
	put_be16(tcp + 2, 80);
	put_be32(tcp + TCP_SEQ, seq);
	put_be32(tcp + 8, 7777);
	tcp[12] = TCP_LEN / 4 << 4;
	tcp[TCP_FLAGS] = flags;
	put_be16(tcp + 14, 500);
	memcpy(tcp + TCP_HDR, "\1\1\10\12abcdefgh", 12);
	for (size_t i = 0; i < data; i++)
		p[HEADERS + i] = octet_at(seq + (uint32_t)i);
	checksum_store(tcp + TCP_CHECKSUM,
		       checksum_add(checksum_pseudo4(p, IPV4_TCP, (uint32_t)len - IPV4_HDR), tcp,
				    len - IPV4_HDR));
	return len;
}

static void check_data(const uint8_t *p, size_t len, uint32_t seq)
{
	assert_int_equal(be32(p + IPV4_HDR + TCP_SEQ), seq);
	for (size_t i = HEADERS; i < len; i++)
		assert_int_equal(p[i], octet_at(seq + (uint32_t)(i - HEADERS)));
}

/* ---- to the host ---- */

/* What the host reads next: the IP packet's length, or 0 for nothing. */
static size_t host_reads(struct rig *r, struct vnet *v, uint8_t *packet)
{
	static uint8_t buf[MESSAGE];
	ssize_t n = read(r->host, buf, sizeof(buf));

	if (n <= 0)
		return 0;
	assert_true(vnet_parse(buf, (size_t)n, v));
	memcpy(packet, buf + VNET_HDR, (size_t)n - VNET_HDR);
	return (size_t)n - VNET_HDR;
}

static void give(struct rig *r, const uint8_t *p, size_t len)
{
	dial_packets_in(r->p, r->ours, (struct bytes){p, len});
}

static uint8_t store[64][2000]; /* packets stay until the flush */
static uint8_t got[MESSAGE];

static void test_segments_are_merged(void **state)
{
	struct rig *r = *state;
	struct vnet v;
	size_t len;

	for (unsigned i = 0; i < 10; i++) {
		len = segment(store[i], 1000, 5000 + i * 1000, i == 9 ? 400 : 1000,
			      i == 9 ? TCP_ACK | TCP_PSH : TCP_ACK);
		give(r, store[i], len);
	}
	dial_packets_flush(r->p, r->ours);
	len = host_reads(r, &v, got);
	assert_int_equal(len, HEADERS + 9400);
	assert_int_equal(v.gso_type, VNET_GSO_TCPV4);
	assert_int_equal(v.gso_size, 1000);
	assert_int_equal(v.hdr_len, HEADERS);
	assert_int_equal(v.flags, VNET_F_NEEDS_CSUM);
	assert_int_equal(v.csum_start, IPV4_HDR);
	assert_int_equal(v.csum_offset, TCP_CHECKSUM);
	assert_int_equal(be16(got + IPV4_TOTAL_LEN), len);
	assert_int_equal(checksum_fold(checksum_add(0, got, IPV4_HDR)), UINT16_MAX);
	assert_int_equal(got[IPV4_HDR + TCP_FLAGS], TCP_ACK | TCP_PSH);
	check_data(got, len, 5000);
	/* completed as the kernel will, it is right */
	checksum_store(got + IPV4_HDR + TCP_CHECKSUM,
		       checksum_add(0, got + IPV4_HDR, len - IPV4_HDR));
	assert_true(tcp_sum_ok(got, len));
	assert_int_equal(host_reads(r, &v, got), 0);
}

/* Each of these stays alone, unchanged and in order. */
static void check_alone(struct rig *r, unsigned n)
{
	struct vnet v;

	dial_packets_flush(r->p, r->ours);
	for (unsigned i = 0; i < n; i++) {
		size_t len = host_reads(r, &v, got);

		assert_int_equal(len, be16(store[i] + IPV4_TOTAL_LEN));
		assert_memory_equal(got, store[i], len);
		assert_int_equal(v.flags, 0);
		assert_int_equal(v.gso_type, VNET_GSO_NONE);
	}
	assert_int_equal(host_reads(r, &v, got), 0);
}

static void resum(uint8_t *p)
{
	uint8_t *field = p + IPV4_HDR + TCP_CHECKSUM;
	size_t len = be16(p + IPV4_TOTAL_LEN);

	ipv4_fix_checksum(p, IPV4_HDR);
	put_be16(field, 0);
	checksum_store(field, checksum_add(checksum_pseudo4(p, IPV4_TCP, (uint32_t)len - IPV4_HDR),
					   p + IPV4_HDR, len - IPV4_HDR));
}

static void test_what_is_not_merged(void **state)
{
	/* an octet of the second packet that is changed, with what */
	static const struct {
		size_t at;
		uint8_t value;
	} changes[] = {
		{1, 0x10},      /* type of service */
		{8, 63},        /* TTL */
		{IPV4_FRAG, 0}, /* may be fragmented */
		{IPV4_HDR + TCP_FLAGS, TCP_ACK | TCP_FIN},
		{IPV4_HDR + TCP_FLAGS, TCP_ACK | TCP_URG},
		{IPV4_HDR + 11, 1},            /* acknowledges something else */
		{IPV4_HDR + 15, 1},            /* another window */
		{IPV4_HDR + TCP_HDR + 8, 'x'}, /* another timestamp */
		{IPV4_HDR + TCP_SEQ + 3, 1},   /* a gap */
		{15, 9},                       /* another host */
		{IPV4_HDR + 1, 9},             /* another port */
	};
	struct rig *r = *state;

	for (size_t i = 0; i < sizeof(changes) / sizeof(*changes); i++) {
		give(r, store[0], segment(store[0], 1000, 5000, 1000, TCP_ACK));
		segment(store[1], 1000, 6000, 1000, TCP_ACK);
		store[1][changes[i].at] = changes[i].value;
		resum(store[1]);
		give(r, store[1], HEADERS + 1000);
		dial_packets_flush(r->p, r->ours);
		{
			struct vnet v;
			size_t a = host_reads(r, &v, got), b = host_reads(r, &v, got);

			print_message("octet %zu\n", changes[i].at);
			assert_int_equal(a, HEADERS + 1000);
			assert_int_equal(b, HEADERS + 1000);
		}
	}
	/* a longer one than the first */
	give(r, store[0], segment(store[0], 1000, 5000, 500, TCP_ACK));
	give(r, store[1], segment(store[1], 1000, 5500, 1000, TCP_ACK));
	/* behind a shorter one */
	give(r, store[2], segment(store[2], 1000, 6500, 400, TCP_ACK));
	give(r, store[3], segment(store[3], 1000, 6900, 400, TCP_ACK));
	dial_packets_flush(r->p, r->ours);
	{
		struct vnet v;

		assert_int_equal(host_reads(r, &v, got), HEADERS + 500);
		assert_int_equal(host_reads(r, &v, got), HEADERS + 1400);
		assert_int_equal(host_reads(r, &v, got), HEADERS + 400);
		assert_int_equal(host_reads(r, &v, got), 0);
	}
}

static void test_a_broken_segment_stays_broken(void **state)
{
	struct rig *r = *state;

	segment(store[0], 1000, 5000, 1000, TCP_ACK);
	segment(store[1], 1000, 6000, 1000, TCP_ACK);
	segment(store[2], 1000, 7000, 1000, TCP_ACK);
	store[1][HEADERS + 10] ^= 1;
	for (unsigned i = 0; i < 3; i++)
		give(r, store[i], HEADERS + 1000);
	check_alone(r, 3);
	/* the first one, too */
	segment(store[0], 1000, 5000, 1000, TCP_ACK);
	segment(store[1], 1000, 6000, 1000, TCP_ACK);
	store[0][HEADERS + 10] ^= 1;
	give(r, store[0], HEADERS + 1000);
	give(r, store[1], HEADERS + 1000);
	check_alone(r, 2);
}

static void test_others_pass(void **state)
{
	struct rig *r = *state;

	ipv4_put(store[0], 60, 64, IPV4_UDP, SRC, DST);
	ipv4_put(store[1], 60, 64, 1, SRC, DST);
	memset(store[0] + IPV4_HDR, 1, 40);
	memset(store[1] + IPV4_HDR, 2, 40);
	segment(store[2], 1000, 1, 0, TCP_ACK);
	give(r, store[0], 60);
	give(r, store[1], 60);
	give(r, store[2], HEADERS);
	check_alone(r, 3);
}

/* By its octets, or by its pieces. */
static void check_ends(struct rig *r, size_t size)
{
	size_t total = 0, len;
	unsigned supers = 0;
	struct vnet v;

	for (unsigned i = 0; i < 60; i++) {
		segment(store[i], 1000, 5000 + i * (uint32_t)size, size, TCP_ACK);
		give(r, store[i], HEADERS + size);
	}
	dial_packets_flush(r->p, r->ours);
	while ((len = host_reads(r, &v, got)) != 0) {
		assert_int_equal(be16(got + IPV4_TOTAL_LEN), len);
		check_data(got, len, 5000 + (uint32_t)total);
		total += len - HEADERS;
		supers++;
	}
	assert_int_equal(total, 60 * size);
	assert_int_equal(supers, 2);
}

static void test_a_super_packet_has_an_end(void **state)
{
	check_ends(*state, 1448);
	check_ends(*state, 100);
}

static void test_a_push_ends_a_super_packet(void **state)
{
	struct rig *r = *state;
	struct vnet v;

	for (unsigned i = 0; i < 4; i++) {
		segment(store[i], 1000, 5000 + i * 1000, 1000,
			i == 1 ? TCP_ACK | TCP_PSH : TCP_ACK);
		give(r, store[i], HEADERS + 1000);
	}
	dial_packets_flush(r->p, r->ours);
	assert_int_equal(host_reads(r, &v, got), HEADERS + 2000);
	assert_int_equal(got[IPV4_HDR + TCP_FLAGS], TCP_ACK | TCP_PSH);
	assert_int_equal(host_reads(r, &v, got), HEADERS + 2000);
	assert_int_equal(got[IPV4_HDR + TCP_FLAGS], TCP_ACK);
	assert_int_equal(host_reads(r, &v, got), 0);
}

/* ---- from the host ---- */

static void host_writes(struct rig *r, const struct vnet *v, const uint8_t *packet, size_t len)
{
	static uint8_t buf[MESSAGE];

	vnet_put(buf, v);
	memcpy(buf + VNET_HDR, packet, len);
	assert_int_equal(write(r->host, buf, VNET_HDR + len), (ssize_t)(VNET_HDR + len));
}

static void test_super_packets_are_cut(void **state)
{
	struct rig *r = *state;
	const struct vnet v = {.flags = VNET_F_NEEDS_CSUM,
			       .gso_type = VNET_GSO_TCPV4,
			       .hdr_len = HEADERS,
			       .gso_size = 1300,
			       .csum_start = IPV4_HDR,
			       .csum_offset = TCP_CHECKSUM};
	static uint8_t big[HEADERS + 20000];

	segment(big, 1000, 5000, 20000, TCP_ACK | TCP_PSH);
	host_writes(r, &v, big, sizeof(big));
	dial_packets_out(r->p, r->ours, the_call, 1400);
	assert_int_equal(n_sent, 16);
	assert_true(n_flushes > 0);
	for (unsigned i = 0; i < n_sent; i++) {
		assert_int_equal(sent[i].len, i < 15 ? HEADERS + 1300 : HEADERS + 500);
		assert_int_equal(be16(sent[i].packet + IPV4_TOTAL_LEN), sent[i].len);
		assert_true(tcp_sum_ok(sent[i].packet, sent[i].len));
		check_data(sent[i].packet, sent[i].len, 5000 + i * 1300);
	}
}

static void test_checksums_are_completed(void **state)
{
	struct rig *r = *state;
	struct vnet v = {
		.flags = VNET_F_NEEDS_CSUM, .csum_start = IPV4_HDR, .csum_offset = TCP_CHECKSUM};
	uint8_t *p = store[0];

	segment(p, 1000, 5000, 101, TCP_ACK);
	checksum_store_partial(p + IPV4_HDR + TCP_CHECKSUM,
			       checksum_pseudo4(p, IPV4_TCP, TCP_LEN + 101));
	host_writes(r, &v, p, HEADERS + 101);
	/* a field outside the packet */
	v.csum_start = 60000;
	host_writes(r, &v, p, HEADERS + 101);
	dial_packets_out(r->p, r->ours, the_call, 1400);
	assert_int_equal(n_sent, 1);
	assert_true(tcp_sum_ok(sent[0].packet, sent[0].len));
}

static void test_a_udp_checksum_is_never_none(void **state)
{
	struct rig *r = *state;
	const struct vnet v = {
		.flags = VNET_F_NEEDS_CSUM, .csum_start = IPV4_HDR, .csum_offset = UDP_CHECKSUM};
	uint8_t *p = store[0], *udp = p + IPV4_HDR;
	uint64_t sum;

	/* data that makes the sum come out as zero */
	ipv4_put(p, IPV4_HDR + UDP_HDR + 2, 64, IPV4_UDP, SRC, DST);
	put_be16(udp, 1000);
	put_be16(udp + 2, 2000);
	put_be16(udp + 4, UDP_HDR + 2);
	put_be16(udp + UDP_CHECKSUM, 0);
	put_be16(udp + UDP_HDR, 0);
	sum = checksum_pseudo4(p, IPV4_UDP, UDP_HDR + 2);
	checksum_store(udp + UDP_HDR, checksum_add(sum, udp, UDP_HDR));
	checksum_store_partial(udp + UDP_CHECKSUM, sum);
	host_writes(r, &v, p, IPV4_HDR + UDP_HDR + 2);
	dial_packets_out(r->p, r->ours, the_call, 1400);
	assert_int_equal(n_sent, 1);
	assert_int_equal(be16(sent[0].packet + IPV4_HDR + UDP_CHECKSUM), UINT16_MAX);
}

static void test_nonsense_of_the_host(void **state)
{
	struct rig *r = *state;
	const struct vnet plain = {0}, gso = {.gso_type = VNET_GSO_TCPV4}, udp = {.gso_type = 77};
	uint8_t *p = store[0];

	segment(p, 1000, 5000, 100, TCP_ACK);
	host_writes(r, &gso, p, HEADERS + 100); /* segments of nothing */
	host_writes(r, &udp, p, HEADERS + 100);
	host_writes(r, &plain, p, 19);
	p[0] = 0x60; /* IPv6 */
	host_writes(r, &plain, p, HEADERS + 100);
	assert_int_equal(write(r->host, p, 5), 5);
	dial_packets_out(r->p, r->ours, the_call, 1400);
	assert_int_equal(n_sent, 0);
	/* and what waited while the call was away is passed over */
	host_writes(r, &plain, p, HEADERS + 100);
	dial_packets_out(r->p, r->ours, NULL, 0);
	assert_int_equal(n_sent, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_segments_are_merged, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_what_is_not_merged, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_a_broken_segment_stays_broken, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(test_others_pass, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_a_super_packet_has_an_end, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_a_push_ends_a_super_packet, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_super_packets_are_cut, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_checksums_are_completed, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_a_udp_checksum_is_never_none, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(test_nonsense_of_the_host, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
