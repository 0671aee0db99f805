/* Unit tests of etherip and l2tp3_data: every length, every bit, both carriers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "wire/etherip.h"
#include "wire/l2tp3_data.h"

/* An exact-size copy, so that the sanitizer sees one octet too many. */
static struct bytes copy_of(const void *p, size_t len)
{
	uint8_t *copy = malloc(len ? len : 1);

	assert_non_null(copy);
	memcpy(copy, p, len);
	return (struct bytes){copy, len};
}

static void free_copy(struct bytes b)
{
	free((void *)(uintptr_t)b.p);
}

static enum etherip_fault etherip_of(uint16_t head, size_t len, struct bytes *frame)
{
	uint8_t p[64] = {(uint8_t)(head >> 8), (uint8_t)head};
	struct bytes msg = copy_of(p, len);
	enum etherip_fault fault = etherip_parse(msg, frame);

	if (fault == ETHERIP_OK)
		assert_ptr_equal(frame->p, msg.p + 2);
	free_copy(msg);
	return fault;
}

static void etherip_headers(void **state)
{
	struct bytes frame = {0};
	uint8_t p[2];

	(void)state;
	for (unsigned head = 0; head <= 0xffff; head++) {
		enum etherip_fault want = head == 0x3000    ? ETHERIP_OK
					  : head >> 12 == 3 ? ETHERIP_RESERVED
							    : ETHERIP_BAD;

		assert_int_equal(etherip_of((uint16_t)head, 60, &frame), want);
	}
	for (size_t len = 0; len < 16; len++)
		assert_int_equal(etherip_of(0x3000, len, &frame),
				 len < 2 ? ETHERIP_SHORT : ETHERIP_FRAME);
	assert_int_equal(etherip_of(0x3000, 16, &frame), ETHERIP_OK);
	assert_int_equal(frame.len, 14);
	etherip_put(p);
	assert_memory_equal(p, "\x30\x00", 2);
}

static void session_ids(void **state)
{
	static const uint8_t udp[] = {0x00, 0x03, 0x00, 0x00, 0x12, 0x34, 0x56, 0x78};
	static const uint8_t noisy[] = {0x7f, 0xf3, 0xff, 0xff, 0x12, 0x34, 0x56, 0x78};
	static const uint8_t control[] = {0xc8, 0x03, 0x00, 0x0c, 0, 0, 0, 0};
	static const uint8_t v2[] = {0x00, 0x02, 0x00, 0x01, 0, 1, 0, 0};
	static const uint8_t zero[8] = {0x00, 0x03};
	uint32_t id = 0;

	(void)state;
	assert_int_equal(l2tp3_session_id((struct bytes){udp, 8}, true, &id), L2TP3_OK);
	assert_int_equal(id, 0x12345678);
	id = 0;
	assert_int_equal(l2tp3_session_id((struct bytes){noisy, 8}, true, &id), L2TP3_OK);
	assert_int_equal(id, 0x12345678);
	assert_int_equal(l2tp3_session_id((struct bytes){control, 8}, true, &id), L2TP3_CONTROL);
	assert_int_equal(l2tp3_session_id((struct bytes){v2, 8}, true, &id), L2TP3_VERSION);
	assert_int_equal(l2tp3_session_id((struct bytes){zero, 8}, true, &id), L2TP3_SESSION);
	assert_int_equal(l2tp3_session_id((struct bytes){zero + 2, 4}, false, &id), L2TP3_CONTROL);
	assert_int_equal(l2tp3_session_id((struct bytes){udp + 4, 4}, false, &id), L2TP3_OK);
	assert_int_equal(id, 0x12345678);
	for (size_t len = 0; len < 8; len++) {
		struct bytes b = copy_of(udp, len);

		assert_int_equal(l2tp3_session_id(b, true, &id), L2TP3_SHORT);
		if (len < 4)
			assert_int_equal(l2tp3_session_id(b, false, &id), L2TP3_SHORT);
		free_copy(b);
	}
}

/* The octets of RFC 3931 figures 4.1.1.1, 4.1.2.1 and 4.6. */
static void headers_to_the_octet(void **state)
{
	static const uint8_t all[] = {0x00, 0x03, 0x00, 0x00, 0xca, 0xfe, 0x00, 0x05, 1,    2,
				      3,    4,    5,    6,    7,    8,    0x40, 0xab, 0xcd, 0xef};
	static const uint8_t bare[] = {0xca, 0xfe, 0x00, 0x05};
	struct l2tp3_encap e = {.session_id = 0xcafe0005,
				.udp = true,
				.sublayer = true,
				.cookie_len = 8,
				.cookie = {1, 2, 3, 4, 5, 6, 7, 8}};
	uint8_t p[L2TP3_DATA_MAX];

	(void)state;
	assert_int_equal(l2tp3_data_len(&e), sizeof(all));
	assert_int_equal(sizeof(all), L2TP3_DATA_MAX);
	l2tp3_data_put(p, &e, true, 0x12abcdef);
	assert_memory_equal(p, all, sizeof(all));
	l2tp3_data_put(p, &e, false, 0x12abcdef);
	assert_memory_equal(p, all, 16);
	assert_memory_equal(p + 16, "\0\0\0\0", 4);
	e = (struct l2tp3_encap){.session_id = 0xcafe0005};
	assert_int_equal(l2tp3_data_len(&e), sizeof(bare));
	l2tp3_data_put(p, &e, true, 7);
	assert_memory_equal(p, bare, sizeof(bare));
}

static void one_encap(const struct l2tp3_encap *e)
{
	uint8_t p[L2TP3_DATA_MAX + 60] = {0};
	unsigned head = l2tp3_data_len(e);
	struct l2tp3_frame f;
	uint32_t id;

	l2tp3_data_put(p, e, true, 0xfffffe);
	p[head] = 0xaa;
	for (size_t len = e->udp ? 8 : 4; len < head + 60; len++) {
		struct bytes msg = copy_of(p, len);
		enum l2tp3_fault fault = l2tp3_data_parse(msg, e, &f);

		assert_int_equal(l2tp3_session_id(msg, e->udp, &id), L2TP3_OK);
		assert_int_equal(id, e->session_id);
		if (len < (e->udp ? 8u : 4u) + e->cookie_len)
			assert_int_equal(fault, L2TP3_COOKIE);
		else if (len < head + 14)
			assert_int_equal(fault, L2TP3_FRAME);
		else
			assert_int_equal(fault, L2TP3_OK);
		if (fault == L2TP3_OK) {
			assert_int_equal(f.frame.len, len - head);
			assert_int_equal(f.frame.p[0], 0xaa);
			assert_int_equal(f.sequenced, e->sublayer);
			assert_int_equal(f.seq, e->sublayer ? 0xfffffe : 0);
		}
		free_copy(msg);
	}
	for (unsigned bit = 0; bit < e->cookie_len * 8u; bit++) {
		uint8_t *at = p + (e->udp ? 8 : 4) + bit / 8;

		*at ^= (uint8_t)(1u << bit % 8);
		assert_int_equal(l2tp3_data_parse((struct bytes){p, head + 60}, e, &f),
				 L2TP3_COOKIE);
		*at ^= (uint8_t)(1u << bit % 8);
	}
}

static void every_wrapping(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 12; i++) {
		struct l2tp3_encap e = {.session_id = 0x80000001,
					.udp = i & 1,
					.sublayer = i & 2,
					.cookie_len = (uint8_t)(i / 4 * 4),
					.cookie = {9, 8, 7, 6, 5, 4, 3, 2}};

		one_encap(&e);
	}
}

static void order_of_frames(void **state)
{
	struct l2tp3_order o = {0};

	(void)state;
	assert_true(l2tp3_order_take(&o, 0));
	assert_false(l2tp3_order_take(&o, 0));
	assert_true(l2tp3_order_take(&o, 1));
	assert_true(l2tp3_order_take(&o, 5));
	assert_false(l2tp3_order_take(&o, 3));
	assert_true(l2tp3_order_take(&o, 6));
	o = (struct l2tp3_order){.expected = 0xffffff};
	assert_true(l2tp3_order_take(&o, 0xffffff));
	assert_true(l2tp3_order_take(&o, 0));
	assert_false(l2tp3_order_take(&o, 0xffffff));
}

/* Appendix C: a sender that begins anew is heard again, stray old frames do not do it. */
static void order_begins_anew(void **state)
{
	struct l2tp3_order o = {.expected = 1000};
	unsigned dropped = 0;

	(void)state;
	while (!l2tp3_order_take(&o, dropped))
		dropped++;
	assert_int_equal(dropped, L2TP3_OLD_MAX - 1);
	assert_true(l2tp3_order_take(&o, L2TP3_OLD_MAX));
	o = (struct l2tp3_order){.expected = 1000};
	for (unsigned i = 0; i < 500; i++)
		assert_false(l2tp3_order_take(&o, i * 7 % 999));
}

static void frames_with_ip(void **state)
{
	uint8_t p[30] = {0};

	(void)state;
	put_be16(p + 12, 0x0800);
	assert_true(l2tp3_frame_is_ip((struct bytes){p, 14}));
	put_be16(p + 12, 0x0806);
	assert_false(l2tp3_frame_is_ip((struct bytes){p, 14}));
	put_be16(p + 12, 0x88a8);
	put_be16(p + 16, 0x8100);
	put_be16(p + 20, 0x86dd);
	assert_true(l2tp3_frame_is_ip((struct bytes){p, 22}));
	assert_false(l2tp3_frame_is_ip((struct bytes){p, 21}));
	put_be16(p + 20, 0x8100);
	put_be16(p + 24, 0x0800);
	assert_false(l2tp3_frame_is_ip((struct bytes){p, 30}));
	assert_false(l2tp3_frame_is_ip((struct bytes){p, 13}));
}

static void vlan_tags(void **state)
{
	static const uint8_t plain[18] = {1, 2, 3, 4,    5,    6,    7,    8,    9,
					  0, 1, 2, 0x08, 0x00, 0xde, 0xad, 0xbe, 0xef};
	uint8_t room[VLAN_TAG + sizeof(plain)];
	uint8_t *p = room + VLAN_TAG;
	uint16_t control = 0;

	(void)state;
	memcpy(p, plain, sizeof(plain));
	assert_false(l2tp3_vlan_get((struct bytes){p, sizeof(plain)}, &control));
	p = l2tp3_vlan_insert(p, 0xa064);
	assert_ptr_equal(p, room);
	assert_memory_equal(p, plain, 12);
	assert_memory_equal(p + 12, "\x81\x00\xa0\x64\x08\x00\xde\xad\xbe\xef", 10);
	assert_true(l2tp3_vlan_get((struct bytes){p, sizeof(room)}, &control));
	assert_int_equal(control, 0xa064);
	l2tp3_vlan_set(p, 0xf0c8);
	assert_true(l2tp3_vlan_get((struct bytes){p, sizeof(room)}, &control));
	assert_int_equal(control, 0xa0c8);
	assert_false(l2tp3_vlan_get((struct bytes){p, 17}, &control));
	p = l2tp3_vlan_strip(p);
	assert_ptr_equal(p, room + VLAN_TAG);
	assert_memory_equal(p, plain, sizeof(plain));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(etherip_headers),      cmocka_unit_test(session_ids),
		cmocka_unit_test(headers_to_the_octet), cmocka_unit_test(every_wrapping),
		cmocka_unit_test(order_of_frames),      cmocka_unit_test(order_begins_anew),
		cmocka_unit_test(frames_with_ip),       cmocka_unit_test(vlan_tags),
	};

	return cmocka_run_group_tests_name("wire tunnels", tests, NULL, NULL);
}
