/* The header: every flag and version, lengths that lie, data headers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "header.h"

static struct bytes text(const char *s)
{
	return (struct bytes){(const uint8_t *)s, strlen(s)};
}

static void header_flags_and_versions(void **state)
{
	uint8_t buf[24];
	struct l2tp_header h;

	(void)state;
	for (unsigned flags = 0; flags <= UINT16_MAX; flags++) {
		bool t = flags & 0x8000, l = flags & 0x4000, s = flags & 0x0800;
		bool o = flags & 0x0200, p = flags & 0x0100;
		enum header_verdict want = HEADER_OK, got;
		struct wr w = wr_of(buf, sizeof(buf));

		wr_u16(&w, (uint16_t)flags);
		if (l)
			wr_u16(&w, sizeof(buf));
		wr_u32(&w, 0x00010002);
		if (s)
			wr_u32(&w, 0x00030004);
		if (o)
			wr_u16(&w, 4);
		wr_zero(&w, sizeof(buf) - w.len);
		if ((flags & 15) != 2)
			want = HEADER_VERSION;
		else if (t && (!l || !s || o || p))
			want = HEADER_FLAGS;
		got = header_parse((struct bytes){buf, sizeof(buf)}, &h);
		assert_int_equal(got, want);
		if (got != HEADER_OK)
			continue;
		assert_int_equal(h.tunnel_id, 1);
		assert_int_equal(h.session_id, 2);
		assert_int_equal(h.ns, s ? 3 : 0);
		assert_int_equal(h.payload.len,
				 sizeof(buf) - 6 - 2u * l - 4u * s - 2u * o - 4u * o);
	}
}

static void header_lengths(void **state)
{
	uint8_t buf[16] = {0xc8, 0x02, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0};
	uint8_t offset[10] = {0x02, 0x02, 0, 1, 0, 2, 0, 3, 1, 2};
	struct l2tp_header h;

	(void)state;
	for (uint8_t len = 0; len < 20; len++) {
		buf[3] = len;
		assert_int_equal(header_parse((struct bytes){buf, sizeof(buf)}, &h),
				 len < 12 || len > 16 ? HEADER_LENGTH : HEADER_OK);
		if (len >= 12 && len <= 16)
			assert_int_equal(h.payload.len, len - 12u);
	}
	assert_int_equal(header_parse((struct bytes){offset, sizeof(offset)}, &h), HEADER_LENGTH);
	offset[7] = 2;
	assert_int_equal(header_parse((struct bytes){offset, sizeof(offset)}, &h), HEADER_OK);
	assert_int_equal(h.payload.len, 0);
	offset[6] = 0xff;
	assert_int_equal(header_parse((struct bytes){offset, sizeof(offset)}, &h), HEADER_LENGTH);
}

static void data_headers_are_built(void **state)
{
	struct l2tp_header h = {.tunnel_id = 1, .session_id = 2, .ns = 9, .has_seq = true}, back;
	uint8_t buf[64];
	struct wr w = wr_of(buf, sizeof(buf));

	(void)state;
	header_write_data(&w, &h, text("frame"));
	assert_int_equal(header_parse(wr_done(&w), &back), HEADER_OK);
	assert_int_equal(back.ns, 9);
	assert_true(bytes_eq(back.payload, text("frame")));
	h.has_seq = false;
	w = wr_of(buf, sizeof(buf));
	header_write_data(&w, &h, text("frame"));
	assert_memory_equal(buf, "\x40\x02\x00\x0d\0\1\0\2frame", 13);
	w = wr_of(buf, 8);
	header_write_data(&w, &h, text("frame"));
	assert_false(wr_ok(&w));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(header_flags_and_versions),
		cmocka_unit_test(header_lengths),
		cmocka_unit_test(data_headers_are_built),
	};

	return cmocka_run_group_tests_name("l2tp_header", tests, NULL, NULL);
}
