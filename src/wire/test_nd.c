/* Neighbor Discovery: a router advertisement to the octet, there and back, and everything that
 * RFC 4861 6.1 and 7.1 forbid. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "wire/checksum.h"
#include "wire/nd.h"

#define LL(n)     ((struct ipv6_addr){IPV6_LINK_PREFIX, (n)})
#define GLOBAL(n) ((struct ipv6_addr){UINT64_C(0x20010db800010000), (n)})
#define NOBODY    ((struct ipv6_addr){0, 0})

static const uint8_t mac[6] = {2, 0, 0, 0xaa, 0xbb, 0xcc};
static uint8_t buf[ND_PACKET_MAX];
static struct wr w;

static void begin(void)
{
	memset(buf, 0x5a, sizeof(buf));
	w = wr_of(buf, sizeof(buf));
}

static size_t from_hex(const char *hex, uint8_t *out, size_t cap)
{
	size_t n = 0;
	unsigned v;

	for (const char *s = hex; *s;) {
		if (*s == ' ') {
			s++;
			continue;
		}
		assert_true(n < cap && sscanf(s, "%2x", &v) == 1);
		out[n++] = (uint8_t)v;
		s += 2;
	}
	return n;
}

/* Through an exact-size copy, so that the sanitizer sees one octet too many. */
static enum nd_fault parse(const uint8_t *p, size_t len, struct nd *out)
{
	uint8_t *copy = malloc(len ? len : 1);
	enum nd_fault why;

	assert_non_null(copy);
	memcpy(copy, p, len);
	why = nd_parse(copy, len, out);
	free(copy);
	return why;
}

/* Right lengths and checksum over what the test changed. */
static void fix(size_t len)
{
	put_be16(buf + IPV6_LEN, (uint16_t)(len - IPV6_HDR));
	put_be16(buf + IPV6_HDR + 2, 0);
	checksum_store(buf + IPV6_HDR + 2,
		       checksum_add(checksum_pseudo6(buf, IPV6_ICMP, (uint32_t)(len - IPV6_HDR)),
				    buf + IPV6_HDR, len - IPV6_HDR));
}

static struct nd_ra ppp_ra(void)
{
	return (struct nd_ra){
		.hop_limit = 64,
		.other = true,
		.lifetime_s = 1800,
		.mtu = 1400,
		.n_prefixes = 1,
		.prefixes = {{.addr = GLOBAL(0),
			      .len = 64,
			      .autonomous = true,
			      .valid_s = 86400,
			      .preferred_s = 14400}},
		.n_dns = 2,
		.dns = {GLOBAL(0x53), {UINT64_C(0x2606470047000000), 0x1111}},
		.dns_lifetime_s = 3600,
	};
}

static void an_advertisement_to_the_octet(void **state)
{
	uint8_t want[ND_PACKET_MAX];
	struct nd_ra ra = ppp_ra();
	size_t n;

	(void)state;
	begin();
	nd_put_ra(&w, LL(1), ND_ALL_NODES, &ra, NULL);
	assert_true(wr_ok(&w));
	n = from_hex("60000000 0060 3a ff fe800000000000000000000000000001"
		     "ff020000000000000000000000000001"
		     "86 00 0000 40 40 0708 00000000 00000000"
		     "05 01 0000 00000578"
		     "03 04 40 40 00015180 00003840 00000000 20010db8000100000000000000000000"
		     "19 05 0000 00000e10 20010db8000100000000000000000053"
		     "26064700470000000000000000001111",
		     want, sizeof(want));
	assert_int_equal(w.len, n);
	memcpy(want + 42, buf + 42, 2); /* the checksum is checked by its sum */
	assert_memory_equal(buf, want, n);
	assert_int_equal(
		checksum_fold(checksum_add(checksum_pseudo6(buf, IPV6_ICMP, (uint32_t)(n - 40)),
					   buf + 40, n - 40)),
		0xffff);
}

/* The example of a real packet: a solicitation as Windows sends it on PPP (no option), its
 * checksum summed by hand: ff02 + 2 + fe80 + 1122 + 3344 + 5566 + 7788 + 8 + 3a + 8500. */
static void a_solicitation_to_the_octet(void **state)
{
	uint8_t p[48];
	struct nd m;

	(void)state;
	from_hex("60000000 0008 3a ff fe800000000000001122334455667788"
		 "ff020000000000000000000000000002 85 00 0000 00000000",
		 p, sizeof(p));
	uint32_t sum = 0xff02 + 2 + 0xfe80 + 0x1122 + 0x3344 + 0x5566 + 0x7788 + 8 + 0x3a + 0x8500;
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	put_be16(p + 42, (uint16_t)~sum);
	assert_true(nd_looks_like(p, sizeof(p)));
	assert_int_equal(parse(p, sizeof(p), &m), ND_OK);
	assert_int_equal(m.type, ND_ROUTER_SOLICITATION);
	assert_true(ipv6_addr_eq(m.src, LL(UINT64_C(0x1122334455667788))));
	assert_true(ipv6_addr_eq(m.dst, ND_ALL_ROUTERS));
	assert_false(m.has_link_addr);
	begin();
	nd_put_rs(&w, LL(UINT64_C(0x1122334455667788)), NULL);
	assert_int_equal(w.len, sizeof(p));
	assert_memory_equal(buf, p, sizeof(p));
}

static void advertisements_there_and_back(void **state)
{
	struct nd_ra ra = ppp_ra(), plain = {.hop_limit = 1, .managed = true, .mtu = 1279};
	struct nd m;

	(void)state;
	ra.prefixes[1] = (struct nd_prefix){.addr = GLOBAL(UINT64_C(1) << 63),
					    .len = 65,
					    .on_link = true,
					    .valid_s = UINT32_MAX};
	ra.prefixes[2] = (struct nd_prefix){.addr = GLOBAL(9), .len = 128};
	ra.n_prefixes = 3;
	ra.reachable_ms = 30000;
	ra.retrans_ms = 1000;
	begin();
	nd_put_ra(&w, LL(1), LL(7), &ra, mac);
	assert_int_equal(parse(buf, w.len, &m), ND_OK);
	assert_int_equal(m.type, ND_ROUTER_ADVERTISEMENT);
	assert_true(ipv6_addr_eq(m.src, LL(1)) && ipv6_addr_eq(m.dst, LL(7)));
	assert_true(m.has_link_addr);
	assert_memory_equal(m.link_addr, mac, 6);
	assert_true(m.ra.hop_limit == 64 && !m.ra.managed && m.ra.other);
	assert_true(m.ra.lifetime_s == 1800 && m.ra.mtu == 1400);
	assert_true(m.ra.reachable_ms == 30000 && m.ra.retrans_ms == 1000);
	assert_int_equal(m.ra.n_prefixes, 3);
	assert_int_equal(m.ra.prefixes[2].len, 128);
	assert_true(m.ra.prefixes[0].len == 64 && m.ra.prefixes[0].autonomous &&
		    !m.ra.prefixes[0].on_link);
	assert_true(m.ra.prefixes[0].valid_s == 86400 && m.ra.prefixes[0].preferred_s == 14400);
	assert_true(m.ra.prefixes[1].len == 65 && m.ra.prefixes[1].on_link &&
		    !m.ra.prefixes[1].autonomous);
	assert_true(ipv6_addr_eq(m.ra.prefixes[1].addr, GLOBAL(UINT64_C(1) << 63)));
	assert_int_equal(m.ra.n_dns, 2);
	assert_true(ipv6_addr_eq(m.ra.dns[0], GLOBAL(0x53)));
	assert_int_equal(m.ra.dns_lifetime_s, 3600);
	ra.prefixes[1].len = 129; /* no prefix: passed over */
	begin();
	nd_put_ra(&w, LL(1), LL(7), &ra, mac);
	assert_int_equal(parse(buf, w.len, &m), ND_OK);
	assert_int_equal(m.ra.n_prefixes, 2);
	begin();
	nd_put_ra(&w, LL(1), ND_ALL_NODES, &plain, NULL);
	assert_int_equal(w.len, 56); /* an MTU that no IPv6 link has is not said */
	assert_int_equal(parse(buf, w.len, &m), ND_OK);
	assert_true(m.ra.managed && !m.ra.other && m.ra.mtu == 0 && m.ra.lifetime_s == 0);
	assert_int_equal(m.ra.n_prefixes + m.ra.n_dns, 0);
}

static void the_longest_advertisement(void **state)
{
	struct nd_ra ra = ppp_ra();
	struct nd m;

	(void)state;
	for (unsigned i = 0; i < ND_PREFIXES_MAX; i++)
		ra.prefixes[i] = ra.prefixes[0];
	ra.n_prefixes = 200; /* what is beyond the array is left out, not read */
	ra.n_dns = 200;
	begin();
	nd_put_ra(&w, LL(1), ND_ALL_NODES, &ra, mac);
	assert_true(wr_ok(&w));
	assert_int_equal(w.len, ND_PACKET_MAX);
	assert_int_equal(parse(buf, w.len, &m), ND_OK);
	assert_int_equal(m.ra.n_prefixes, ND_PREFIXES_MAX);
	assert_int_equal(m.ra.n_dns, ND_DNS_MAX);
	/* one prefix more than the parser keeps, and a fourth server */
	uint8_t big[ND_PACKET_MAX + 32 + 16];
	memcpy(big, buf, 72);
	memcpy(big + 72, buf + 72, 32);
	memcpy(big + 104, buf + 72, ND_PACKET_MAX - 72);
	big[104 + ND_PACKET_MAX - 72 - 56 + 1] += 2;
	memset(big + sizeof(big) - 16, 0x11, 16);
	put_be16(big + IPV6_LEN, sizeof(big) - IPV6_HDR);
	put_be16(big + 42, 0);
	checksum_store(big + 42, checksum_add(checksum_pseudo6(big, 58, sizeof(big) - 40), big + 40,
					      sizeof(big) - 40));
	assert_int_equal(parse(big, sizeof(big), &m), ND_OK);
	assert_int_equal(m.ra.n_prefixes, ND_PREFIXES_MAX);
	assert_int_equal(m.ra.n_dns, ND_DNS_MAX);
	w = wr_of(buf, ND_PACKET_MAX - 1);
	nd_put_ra(&w, LL(1), ND_ALL_NODES, &ra, mac);
	assert_false(wr_ok(&w));
	assert_int_equal(wr_done(&w).len, 0);
}

static void questions_and_answers(void **state)
{
	struct nd q, a;

	(void)state;
	begin();
	nd_put_ns(&w, LL(7), GLOBAL(UINT64_C(0x1234567890abcdef)), mac);
	assert_int_equal(parse(buf, w.len, &q), ND_OK);
	assert_int_equal(q.type, ND_NEIGHBOR_SOLICITATION);
	assert_true(ipv6_addr_eq(
		q.dst, (struct ipv6_addr){UINT64_C(0xff02) << 48, UINT64_C(0x1ffabcdef)}));
	assert_true(q.has_link_addr && memcmp(q.link_addr, mac, 6) == 0);
	begin();
	nd_put_na(&w, &q, true, mac);
	assert_int_equal(w.len, 40 + 24 + 8);
	assert_int_equal(buf[44], 0xe0);
	assert_int_equal(parse(buf, w.len, &a), ND_OK);
	assert_true(a.router && a.solicited && a.override && a.has_link_addr);
	assert_true(ipv6_addr_eq(a.src, q.target) && ipv6_addr_eq(a.dst, LL(7)));
	assert_true(ipv6_addr_eq(a.target, q.target));
	/* duplicate address detection: the answer goes to all nodes, unsolicited */
	begin();
	nd_put_ns(&w, NOBODY, LL(1), mac);
	assert_int_equal(w.len, 40 + 24); /* no link-layer address from :: */
	assert_int_equal(parse(buf, w.len, &q), ND_OK);
	begin();
	nd_put_na(&w, &q, false, NULL);
	assert_int_equal(buf[44], 0x20);
	assert_int_equal(parse(buf, w.len, &a), ND_OK);
	assert_true(!a.router && !a.solicited && a.override && !a.has_link_addr);
	assert_true(ipv6_addr_eq(a.dst, ND_ALL_NODES) && ipv6_addr_eq(a.src, LL(1)));
	begin();
	nd_put_rs(&w, NOBODY, mac);
	assert_int_equal(w.len, 48);
	assert_int_equal(parse(buf, w.len, &q), ND_OK);
	begin();
	nd_put_rs(&w, LL(3), mac);
	assert_int_equal(w.len, 56);
	assert_int_equal(parse(buf, w.len, &q), ND_OK);
	assert_true(q.has_link_addr);
}

/* Builds the message `which` and hands it back with a change at an octet. */
static enum nd_fault spoilt(unsigned which, size_t at, uint8_t value)
{
	struct nd_ra ra = ppp_ra();
	struct nd q = {.src = LL(7), .target = LL(1)}, m;

	begin();
	if (which == 0)
		nd_put_rs(&w, LL(7), mac);
	else if (which == 1)
		nd_put_ra(&w, LL(1), ND_ALL_NODES, &ra, mac);
	else if (which == 2)
		nd_put_ns(&w, LL(7), LL(1), mac);
	else
		nd_put_na(&w, &q, true, mac);
	buf[at] = value;
	fix(w.len);
	return parse(buf, w.len, &m);
}

static void what_the_rfc_forbids(void **state)
{
	struct nd m;

	(void)state;
	for (unsigned which = 0; which < 4; which++) {
		size_t first_option = which == 0 ? 48 : which == 1 ? 56 : 64;

		assert_int_equal(spoilt(which, 0, 0x60), ND_OK);
		assert_int_equal(spoilt(which, IPV6_HOP_LIMIT, 254), ND_HOP_LIMIT);
		assert_int_equal(spoilt(which, IPV6_HOP_LIMIT, 0), ND_HOP_LIMIT);
		assert_int_equal(spoilt(which, IPV6_NEXT, 0), ND_OTHER);
		assert_int_equal(spoilt(which, 0, 0x45), ND_OTHER);
		assert_int_equal(spoilt(which, 40, 137), ND_OTHER); /* Redirect */
		assert_int_equal(spoilt(which, 40, 128), ND_OTHER);
		assert_int_equal(spoilt(which, 41, 1), ND_CODE);
		assert_int_equal(spoilt(which, first_option + 1, 0), ND_OPTION);
		assert_int_equal(spoilt(which, first_option + 1, 200), ND_OPTION);
		assert_int_equal(spoilt(which, IPV6_SRC, 0xff), ND_ADDRESS);
		assert_int_equal(spoilt(which, first_option, 14), ND_OK); /* unknown: passed */
	}
	assert_int_equal(spoilt(1, IPV6_SRC, 0x20), ND_ADDRESS); /* only a link-local router */
	assert_int_equal(spoilt(2, 48, 0xff), ND_ADDRESS);       /* multicast target */
	assert_int_equal(spoilt(3, 48, 0xff), ND_ADDRESS);
	assert_int_equal(spoilt(3, IPV6_DST, 0xff), ND_ADDRESS); /* solicited, to a group */
	assert_int_equal(spoilt(0, 42, 0), ND_OK);               /* fix() sums again */
	buf[43] ^= 1;
	assert_int_equal(parse(buf, w.len, &m), ND_CHECKSUM);
	/* from nobody: not with a link-layer address, and only to the solicited-node group */
	begin();
	nd_put_ns(&w, LL(7), LL(1), mac);
	memset(buf + IPV6_SRC, 0, 16);
	fix(w.len);
	assert_int_equal(parse(buf, w.len, &m), ND_ADDRESS);
	begin();
	nd_put_ns(&w, NOBODY, LL(1), NULL);
	buf[IPV6_DST + 15] ^= 1;
	fix(w.len);
	assert_int_equal(parse(buf, w.len, &m), ND_ADDRESS);
	begin();
	nd_put_rs(&w, LL(7), mac);
	memset(buf + IPV6_SRC, 0, 16);
	fix(w.len);
	assert_int_equal(parse(buf, w.len, &m), ND_ADDRESS);
	for (unsigned i = 0; i < ND_N_FAULTS; i++)
		assert_true(nd_fault_name((enum nd_fault)i)[0] >= 'a');
	assert_string_equal(nd_fault_name(ND_N_FAULTS), "unknown");
}

static void cut_and_padded(void **state)
{
	struct nd_ra ra = ppp_ra();
	struct nd m;
	uint8_t padded[ND_PACKET_MAX + 30];
	size_t whole;

	(void)state;
	begin();
	nd_put_ra(&w, LL(1), ND_ALL_NODES, &ra, mac);
	whole = w.len;
	memset(padded, 0xee, sizeof(padded));
	memcpy(padded, buf, whole);
	assert_int_equal(parse(padded, whole + 30, &m), ND_OK); /* padding is not read */
	for (size_t n = 0; n < whole; n++) {
		assert_int_equal(parse(buf, n, &m), ND_SHORT);
		assert_int_equal(nd_looks_like(buf, n), n > 40);
	}
	for (size_t n = 41; n < whole; n++) { /* shorter, with a right length and sum */
		enum nd_fault why;

		memcpy(buf, padded, whole);
		if (n < 44)
			put_be16(buf + IPV6_LEN, (uint16_t)(n - 40));
		else
			fix(n);
		why = parse(buf, n, &m);
		if (n < 56)
			assert_int_equal(why, ND_SHORT);
		else
			assert_int_equal(
				why, n == 56 || n == 64 || n == 72 || n == 104 ? ND_OK : ND_OPTION);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_advertisement_to_the_octet),
		cmocka_unit_test(a_solicitation_to_the_octet),
		cmocka_unit_test(advertisements_there_and_back),
		cmocka_unit_test(the_longest_advertisement),
		cmocka_unit_test(questions_and_answers),
		cmocka_unit_test(what_the_rfc_forbids),
		cmocka_unit_test(cut_and_padded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
