/* Unit tests of the wire room: checksums, header gates, MSS clamp, L2TP, ESP padding, ICMP. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "wire/arp.h"
#include "wire/checksum.h"
#include "wire/esp.h"
#include "wire/eth.h"
#include "wire/icmp.h"
#include "wire/ipv4.h"
#include "wire/l2tp_data.h"
#include "wire/tcp.h"
#include "wire/udp.h"
#include "wire/vnet.h"

/* RFC 1071 section 4.1, two octets at a time. */
static uint16_t slow_sum(const uint8_t *p, size_t len)
{
	uint32_t sum = 0;

	for (size_t i = 0; i < len; i++)
		sum += i & 1 ? p[i] : (uint32_t)p[i] << 8;
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)sum;
}

static uint16_t stored(uint64_t sum)
{
	uint8_t field[2];

	checksum_store(field, sum);
	return (uint16_t)~be16(field);
}

static void checksum_of_rfc1071(void **state)
{
	static const uint8_t example[] = {0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7};
	uint8_t field[2];

	(void)state;
	assert_int_equal(stored(checksum_add(0, example, 8)), 0xddf2); /* section 3 */
	checksum_store_partial(field, checksum_add(0, example, 8));
	assert_int_equal(be16(field), 0xddf2);
}

static void checksum_of_every_length_and_place(void **state)
{
	uint8_t p[300];
	uint32_t x = 1;

	(void)state;
	for (size_t i = 0; i < sizeof(p); i++) {
		x = x * 1103515245 + 12345;
		p[i] = i % 5 ? (uint8_t)(x >> 16) : 0xff;
	}
	for (size_t at = 0; at < 9; at++) {
		for (size_t len = 0; len + at < sizeof(p); len++)
			assert_int_equal(stored(checksum_add(0, p + at, len)),
					 slow_sum(p + at, len));
	}
	memset(p, 0xff, sizeof(p)); /* all carries */
	for (size_t len = 0; len < sizeof(p); len++)
		assert_int_equal(stored(checksum_add(0, p, len)), slow_sum(p, len));
	for (size_t cut = 0; cut < sizeof(p); cut += 2)
		assert_int_equal(stored(checksum_add(checksum_add(0, p, cut), p + cut, 300 - cut)),
				 slow_sum(p, 300));
}

static void checksum_with_a_copy(void **state)
{
	uint8_t from[300], to[300];

	(void)state;
	for (size_t i = 0; i < sizeof(from); i++)
		from[i] = (uint8_t)(i * 73 + 11);
	for (size_t len = 0; len + 1 < sizeof(from); len++) {
		memset(to, 0xee, sizeof(to));
		assert_int_equal(stored(checksum_copy(to, from + 1, len)), slow_sum(from + 1, len));
		assert_memory_equal(to, from + 1, len);
		assert_int_equal(to[len], 0xee);
	}
	assert_int_equal(stored(checksum_word32(checksum_word16(0, 0xfff0), 0x12340020)), 0x1245);
}

static void checksum_update_of_rfc1624(void **state)
{
	uint8_t p[20];

	(void)state;
	/* the example of section 4: 0x5555 becomes 0x3285 and the sum 0xdd2f becomes 0x0000 */
	put_be16(p, 0xdd2f);
	checksum_replace16(p, 0x5555, 0x3285);
	assert_int_equal(be16(p), 0x0000);
	for (uint32_t i = 0; i < 70000; i += 7) {
		uint16_t before, after = (uint16_t)(i * 40503);

		ipv4_put(p, (uint16_t)i, 64, 6, i * 2654435761u, ~i);
		before = be16(p + IPV4_ID);
		checksum_replace16(p + IPV4_CHECKSUM, before, after);
		put_be16(p + IPV4_ID, after);
		assert_int_equal(slow_sum(p, 20), 0xffff);
	}
}

static void ipv4_header_gate(void **state)
{
	uint8_t p[100] = {0};
	struct ipv4 ip;

	(void)state;
	ipv4_put(p, 60, 17, 6, 0x0a010203, 0xc0a80001);
	assert_int_equal(ipv4_parse(p, 60, true, &ip), IPV4_OK);
	assert_int_equal(ip.src, 0x0a010203);
	assert_int_equal(ip.dst, 0xc0a80001);
	assert_int_equal(ip.ttl, 17);
	assert_int_equal(ip.total_len, 60);
	assert_int_equal(ip.frag, IPV4_FRAG_DF);
	assert_false(ipv4_is_fragment(&ip));
	assert_int_equal(ipv4_parse(p, 100, true, &ip), IPV4_OK); /* padding behind */
	for (size_t len = 0; len < 60; len++)
		assert_int_equal(ipv4_parse(p, len, true, &ip),
				 len < 20 ? IPV4_SHORT : IPV4_LENGTH);
	for (size_t i = 0; i < 20; i++) { /* each octet is covered */
		if (i == 0 || i == 2 || i == 3)
			continue;
		p[i] ^= 0x40;
		assert_int_equal(ipv4_parse(p, 60, true, &ip), IPV4_BAD_SUM);
		assert_int_equal(ipv4_parse(p, 60, false, &ip), IPV4_OK);
		p[i] ^= 0x40;
	}
	p[0] = 0x55;
	assert_int_equal(ipv4_parse(p, 60, true, &ip), IPV4_VERSION);
	for (uint8_t ihl = 0; ihl < 5; ihl++) {
		p[0] = 0x40 | ihl;
		assert_int_equal(ipv4_parse(p, 60, true, &ip), IPV4_IHL);
	}
	p[0] = 0x4f;
	assert_int_equal(ipv4_parse(p, 59, false, &ip), IPV4_SHORT);
	assert_int_equal(ipv4_parse(p, 60, false, &ip), IPV4_OK);
	put_be16(p + 2, 59); /* total length inside the header */
	assert_int_equal(ipv4_parse(p, 60, false, &ip), IPV4_LENGTH);
}

static void udp_header_gate(void **state)
{
	uint8_t p[20];
	struct udp u;

	(void)state;
	memset(p, 0xff, sizeof(p));
	udp_put(p, 1701, 40000, 12);
	assert_true(udp_parse(p, 12, &u));
	assert_true(udp_parse(p, 20, &u));
	assert_int_equal(u.src_port, 1701);
	assert_int_equal(u.dst_port, 40000);
	assert_int_equal(u.len, 12);
	for (size_t len = 0; len < 12; len++)
		assert_false(udp_parse(p, len, &u));
	udp_put(p, 1, 2, 7);
	assert_false(udp_parse(p, 20, &u));
	udp_put(p, 1, 2, 8);
	assert_true(udp_parse(p, 8, &u));
}

/* A SYN with these options; its checksum is over the header alone. */
static size_t syn(uint8_t *p, const char *options, size_t len)
{
	memset(p, 0, TCP_HDR_MAX);
	put_be16(p, 1000);
	p[12] = (uint8_t)((TCP_HDR + (len + 3) / 4 * 4) / 4 << 4);
	p[TCP_FLAGS] = TCP_SYN;
	memcpy(p + TCP_HDR, options, len);
	checksum_store(p + TCP_CHECKSUM, checksum_add(0, p, TCP_HDR + (len + 3) / 4 * 4));
	return TCP_HDR + (len + 3) / 4 * 4;
}

static void mss_clamp(void **state)
{
	static const struct {
		const char *options;
		size_t len;
		int at; /* of the value behind clamping, -1: nothing changes */
	} rows[] = {
		{"\x02\x04\x05\xb4", 4, 22},
		{"\x01\x02\x04\x05\xb4", 5, 23}, /* at an odd offset */
		{"\x01\x01\x02\x04\x05\xb4\x01\x01", 8, 24},
		{"\x04\x02\x08\x0a\1\2\3\4\5\6\7\x08\x02\x04\x05\xb4", 16, 34},
		{"\x02\x04\x05\x50", 4, -1},                 /* exactly 1360 */
		{"\x02\x04\x02\x00", 4, -1},                 /* smaller */
		{"\x00\x02\x04\x05\xb4\x00\x00\x00", 8, -1}, /* behind the end */
		{"\x02\x03\x05\xb4", 4, -1},                 /* wrong length */
		{"\x08\x00\x02\x04\x05\xb4", 6, -1},         /* an option of length 0 */
		{"\x08\x01\x02\x04\x05\xb4", 6, -1},
		{"\x08\x30\x02\x04\x05\xb4", 6, -1}, /* beyond the header */
		{"\x01\x01\x01\x02", 4, -1},         /* cut */
		{"\x01\x02\x04\x05", 4, -1},
	};
	uint8_t p[TCP_HDR_MAX + 4], before[TCP_HDR_MAX];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		size_t len = syn(p, rows[i].options, rows[i].len);

		memcpy(before, p, len);
		assert_int_equal(tcp_clamp_mss(p, len, 1360, true), rows[i].at >= 0);
		if (rows[i].at >= 0)
			assert_int_equal(be16(p + rows[i].at), 1360);
		else
			assert_memory_equal(p, before, len);
		assert_int_equal(slow_sum(p, len), 0xffff);
	}
	for (size_t cut = 0; cut < 24; cut++) { /* the header is not whole */
		syn(p, "\x02\x04\x05\xb4", 4);
		assert_false(tcp_clamp_mss(p, cut, 1360, true));
	}
	syn(p, "\x02\x04\x05\xb4", 4);
	p[TCP_FLAGS] = TCP_ACK;
	assert_false(tcp_clamp_mss(p, 24, 1360, true));
	p[TCP_FLAGS] = TCP_SYN | TCP_ACK;
	memcpy(before, p, 24);
	assert_true(tcp_clamp_mss(p, 24, 1360, false));
	assert_memory_equal(p + TCP_CHECKSUM, before + TCP_CHECKSUM, 2); /* partial: stays */
}

static void l2tp_headers(void **state)
{
	static const struct {
		const char *b;
		size_t len;
		enum l2tp_data_fault fault;
		size_t payload;
	} rows[] = {
		{"\x00\x02\x00\x07\x00\x09"
		 "ABC",
		 9, L2TP_DATA_OK, 3},
		{"\x00\x02\x00\x07\x00\x09", 6, L2TP_DATA_OK, 0},
		{"\x40\x02\x00\x0a\x00\x07\x00\x09"
		 "ABC",
		 11, L2TP_DATA_OK, 2}, /* the length says 10 */
		{"\x08\x02\x00\x07\x00\x09\x00\x01\x00\x02"
		 "ABC",
		 13, L2TP_DATA_OK, 3},
		{"\x02\x02\x00\x07\x00\x09\x00\x02xxABC", 13, L2TP_DATA_OK, 3},
		{"\x4b\x02\x00\x13\x00\x07\x00\x09\x00\x01\x00\x02\x00\x04xxxxA", 19, L2TP_DATA_OK,
		 1},
		{"\x01\x02\x00\x07\x00\x09"
		 "ABC",
		 9, L2TP_DATA_OK, 3}, /* priority */
		{"\x40\x02\x00\x03\x00\x07\x00\x09", 8, L2TP_DATA_LENGTH, 0},
		{"\x40\x02\x00\x07\x00\x07\x00\x09", 8, L2TP_DATA_SHORT, 0},
		{"\x40\x02\x00\x09\x00\x07\x00\x09", 8, L2TP_DATA_LENGTH, 0},
		{"\x02\x02\x00\x07\x00\x09\x00\x04xxx", 11, L2TP_DATA_SHORT, 0},
		{"\x02\x02\x00\x07\x00\x09\xff\xff", 8, L2TP_DATA_SHORT, 0},
		{"\x00\x01\x00\x07\x00\x09", 6, L2TP_DATA_VERSION, 0},
		{"\x00\x03\x00\x07\x00\x09", 6, L2TP_DATA_VERSION, 0},
		{"\xc8\x03", 2, L2TP_DATA_VERSION, 0},
		{"\xc8", 1, L2TP_DATA_SHORT, 0},
	};
	struct l2tp_data d;
	uint8_t p[L2TP_DATA_HDR_MAX];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct bytes b = {(const uint8_t *)rows[i].b, rows[i].len};

		assert_int_equal(l2tp_data_parse(b, &d), rows[i].fault);
		if (rows[i].fault != L2TP_DATA_OK)
			continue;
		assert_int_equal(d.tunnel_id, 7);
		assert_int_equal(d.session_id, 9);
		assert_int_equal(d.payload.len, rows[i].payload);
		assert_false(d.control);
	}
	assert_int_equal(l2tp_data_parse((struct bytes){(const uint8_t *)"\xc8\x02", 2}, &d),
			 L2TP_DATA_OK);
	assert_true(d.control);
	assert_int_equal(l2tp_data_put(p, 300, 400, true, 77), 10);
	assert_int_equal(l2tp_data_parse((struct bytes){p, 10}, &d), L2TP_DATA_OK);
	assert_true(d.sequenced);
	assert_int_equal(d.tunnel_id, 300);
	assert_int_equal(d.session_id, 400);
	assert_int_equal(d.ns, 77);
	assert_int_equal(l2tp_data_put(p, 300, 400, false, 77), 6);
}

static void esp_padding(void **state)
{
	uint8_t p[200], next;
	size_t payload;

	(void)state;
	for (size_t block = 4; block <= 64; block *= 2) {
		for (size_t len = 0; len < 100; len++) {
			size_t total;

			memset(p, 0xdd, sizeof(p));
			total = esp_pad(p, len, block, 17);
			assert_int_equal(total % block, 0);
			assert_true(total < len + 2 + block);
			assert_int_equal(p[total], 0xdd);
			assert_int_equal(esp_unpad(p, total, &payload, &next), ESP_TRAILER_OK);
			assert_int_equal(payload, len);
			assert_int_equal(next, 17);
			for (size_t i = len; i + 2 < total; i++) {
				p[i] ^= 1;
				assert_int_equal(esp_unpad(p, total, &payload, &next),
						 ESP_TRAILER_PADDING);
				p[i] ^= 1;
			}
		}
	}
	assert_int_equal(esp_unpad(p, 0, &payload, &next), ESP_TRAILER_SHORT);
	assert_int_equal(esp_unpad(p, 1, &payload, &next), ESP_TRAILER_SHORT);
	p[0] = 1;
	assert_int_equal(esp_unpad(p, 2, &payload, &next), ESP_TRAILER_PADDING);
}

static void arp_there_and_back(void **state)
{
	struct arp a = {.op = ARP_REQUEST, .sender_ip = 1, .target_ip = 0xfffffffe}, b;
	uint8_t p[ARP_LEN];
	struct wr w = wr_of(p, sizeof(p));
	struct rd r = rd_of(p, sizeof(p));

	(void)state;
	memcpy(a.sender_mac, "\1\2\3\4\5\6", 6);
	arp_build(&w, &a);
	assert_true(wr_ok(&w));
	assert_int_equal(w.len, ARP_LEN);
	assert_true(arp_parse(&r, &b));
	assert_int_equal(b.op, ARP_REQUEST);
	assert_int_equal(b.sender_ip, 1);
	assert_int_equal(b.target_ip, 0xfffffffe);
	assert_memory_equal(b.sender_mac, a.sender_mac, 6);
	assert_memory_equal(b.target_mac, a.target_mac, 6);
	for (size_t len = 0; len < ARP_LEN; len++) {
		r = rd_of(p, len);
		assert_false(arp_parse(&r, &b));
	}
	for (size_t i = 0; i < 6; i++) { /* types and lengths */
		p[i] ^= 0x10;
		r = rd_of(p, sizeof(p));
		assert_false(arp_parse(&r, &b));
		p[i] ^= 0x10;
	}
}

static void vnet_there_and_back(void **state)
{
	static const uint8_t wire[] = {1, 5, 0x36, 0, 0xb4, 5, 0x22, 0, 0x10, 0};
	struct vnet v;
	uint8_t p[VNET_HDR];

	(void)state;
	assert_false(vnet_parse(wire, 9, &v));
	assert_true(vnet_parse(wire, 10, &v));
	assert_int_equal(v.flags, VNET_F_NEEDS_CSUM);
	assert_int_equal(v.gso_type, VNET_GSO_UDP_L4);
	assert_int_equal(v.hdr_len, 54);
	assert_int_equal(v.gso_size, 1460);
	assert_int_equal(v.csum_start, 34);
	assert_int_equal(v.csum_offset, 16);
	vnet_put(p, &v);
	assert_memory_equal(p, wire, 10);
}

static void icmp_about_packets(void **state)
{
	uint8_t p[1500] = {0}, out[ICMP_TOO_BIG_MAX];
	static const uint32_t nobody[] = {0, 0xffffffff, 0xe0000001, 0xf0000000, 0x7f000001};
	size_t len;

	(void)state;
	ipv4_put(p, 1500, 64, 6, 0x01020304, 0x05060708);
	len = icmp_too_big(out, p, 1500, 0x05060708, 1280);
	assert_int_equal(len, ICMP_TOO_BIG_MAX);
	assert_int_equal(slow_sum(out, 20), 0xffff);
	assert_int_equal(slow_sum(out + 20, len - 20), 0xffff);
	assert_int_equal(be16(out + 26), 1280);
	assert_memory_equal(out + 28, p, len - 28);
	ipv4_put(p, 30, 64, 6, 0x01020304, 0x05060708);
	assert_int_equal(icmp_too_big(out, p, 30, 1, 1280), 58);
	assert_int_equal(icmp_too_big(out, p, 29, 1, 1280), 0);
	put_be16(p + IPV4_FRAG, 1); /* not the first fragment */
	assert_int_equal(icmp_too_big(out, p, 30, 1, 1280), 0);
	for (size_t i = 0; i < 5; i++) {
		ipv4_put(p, 30, 64, 6, nobody[i], 0x05060708);
		assert_int_equal(icmp_too_big(out, p, 30, 1, 1280), 0);
	}
	for (unsigned type = 0; type < 20; type++) {
		ipv4_put(p, 30, 64, IPV4_ICMP, 0x01020304, 0x05060708);
		p[20] = (uint8_t)type;
		assert_int_equal(icmp_too_big(out, p, 30, 1, 1280),
				 type == 0 || type == 8 ? 58 : 0);
	}
	ipv4_put(p, 20, 64, IPV4_ICMP, 0x01020304, 0x05060708);
	assert_int_equal(icmp_too_big(out, p, 20, 1, 1280), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(checksum_of_rfc1071),
		cmocka_unit_test(checksum_of_every_length_and_place),
		cmocka_unit_test(checksum_with_a_copy),
		cmocka_unit_test(checksum_update_of_rfc1624),
		cmocka_unit_test(ipv4_header_gate),
		cmocka_unit_test(udp_header_gate),
		cmocka_unit_test(mss_clamp),
		cmocka_unit_test(l2tp_headers),
		cmocka_unit_test(esp_padding),
		cmocka_unit_test(arp_there_and_back),
		cmocka_unit_test(vnet_there_and_back),
		cmocka_unit_test(icmp_about_packets),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
