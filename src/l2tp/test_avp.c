/* AVPs, hidden AVPs, tunnel authentication, and messages both ways. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "message.h"

static uint8_t scratch[MESSAGE_SCRATCH];

/* Parses an exact-size copy, so that the sanitizer sees one octet too many. */
static void parse(const uint8_t *p, size_t len, struct bytes secret, struct message_parse *out)
{
	uint8_t *copy = malloc(len ? len : 1);

	assert_non_null(copy);
	memcpy(copy, p, len);
	message_parse((struct bytes){copy, len}, secret, scratch, out);
	free(copy);
}

static struct bytes text(const char *s)
{
	return (struct bytes){(const uint8_t *)s, strlen(s)};
}

static size_t unhex(const char *hex, uint8_t *out, size_t cap)
{
	size_t n = 0;
	unsigned v;

	for (; n < cap && sscanf(hex, "%2x", &v) == 1; hex += 2)
		out[n++] = (uint8_t)v;
	return n;
}

struct hide_vector {
	uint16_t type;
	const char *value;
	const char *hidden;
};

/* Secret "l2tpsecret", random vector 00..0f; computed apart from this code. */
static const struct hide_vector hide_vectors[] = {
	{9, "1234", "95c80ce2"},
	{7, "6c61632e6578616d706c652e6e6574", "ed797bbb5a08ccc6181b598703ecac39e4"},
	{11, "303132333435363738393a3b3c3d3e3f404142434445464748494a4b4c4d4e4f",
	 "aa69923adcb9fd341b7ec0bab5c214586ecd28bb5162326195d6ebace68acaee9e52"},
};

static void check_hide_vector(uint16_t type, struct bytes secret, struct bytes rv,
			      struct bytes value, struct bytes hidden)
{
	uint8_t out[AVP_VALUE_MAX], built[AVP_VALUE_MAX + AVP_HEADER_LEN];
	struct wr w = wr_of(built, sizeof(built));
	struct bytes got;

	assert_true(avp_unhide(type, secret, rv, hidden, out, &got));
	assert_true(bytes_eq(got, value));
	assert_true(avp_write_hidden(&w, true, type, secret, rv, value, (struct bytes){0}));
	assert_int_equal(built[0] & 0xc0, 0xc0);
	assert_memory_equal(built + AVP_HEADER_LEN, hidden.p, value.len + 2);
}

static void hidden_avps_match_the_vectors(void **state)
{
	uint8_t rv[16], value[64], hidden[64];

	(void)state;
	for (uint8_t i = 0; i < 16; i++)
		rv[i] = i;
	for (unsigned i = 0; i < sizeof(hide_vectors) / sizeof(hide_vectors[0]); i++) {
		const struct hide_vector *v = &hide_vectors[i];
		size_t n = unhex(v->value, value, sizeof(value));
		size_t h = unhex(v->hidden, hidden, sizeof(hidden));

		check_hide_vector(v->type, text("l2tpsecret"), (struct bytes){rv, 16},
				  (struct bytes){value, n}, (struct bytes){hidden, h});
	}
}

static FILE *vectors(void)
{
	const char *dir = getenv("SEKISHO_CAPTURES");
	char path[500];

	snprintf(path, sizeof(path), "%s/vectors/vectors.txt",
		 dir ? dir : SEKISHO_SOURCE_ROOT "/../shared/captures");
	return fopen(path, "r");
}

/* "key = hex" lines of the file; a blank line ends a vector. */
static void hidden_avps_match_the_file(void **state)
{
	uint8_t type[2] = {0}, secret[64], rv[64], value[64], hidden[128];
	size_t s = 0, r = 0, v = 0, h;
	FILE *f = vectors();
	char line[600];
	unsigned seen = 0;

	(void)state;
	if (!f)
		skip();
	while (fgets(line, sizeof(line), f)) {
		if (!strncmp(line, "attr_type = ", 12))
			unhex(line + 12, type, sizeof(type));
		else if (!strncmp(line, "secret = ", 9))
			s = unhex(line + 9, secret, sizeof(secret));
		else if (!strncmp(line, "random_vector = ", 16))
			r = unhex(line + 16, rv, sizeof(rv));
		else if (!strncmp(line, "value = ", 8))
			v = unhex(line + 8, value, sizeof(value));
		if (strncmp(line, "hidden_value = ", 15) != 0)
			continue;
		h = unhex(line + 15, hidden, sizeof(hidden));
		check_hide_vector((uint16_t)((unsigned)type[0] << 8 | type[1]),
				  (struct bytes){secret, s}, (struct bytes){rv, r},
				  (struct bytes){value, v}, (struct bytes){hidden, h});
		seen++;
	}
	fclose(f);
	assert_true(seen >= 3);
}

static void challenge_responses_match_the_vectors(void **state)
{
	uint8_t challenge[16], want[16], got[16];

	(void)state;
	unhex("a0a1a2a3a4a5a6a7a8a9aaabacadaeaf", challenge, 16);
	unhex("764555e8678123a19a36c5c2cfb70e4f", want, 16);
	assert_true(
		avp_challenge_response(2, text("l2tpsecret"), (struct bytes){challenge, 16}, got));
	assert_memory_equal(got, want, 16);
	unhex("eafb7ece44055b078974e9bea37ac834", want, 16);
	assert_true(
		avp_challenge_response(3, text("l2tpsecret"), (struct bytes){challenge, 16}, got));
	assert_memory_equal(got, want, 16);
}

/* security.md row 90: random octets of every length, with and without a secret. */
static void hidden_values_of_any_length_are_bounded(void **state)
{
	uint8_t out[AVP_VALUE_MAX], hidden[AVP_VALUE_MAX + 1];
	struct bytes got, rv = text("vector");
	unsigned opened = 0;

	(void)state;
	srand(1);
	for (unsigned round = 0; round < 3000; round++) {
		for (size_t len = 0; len <= 40; len++) {
			uint8_t *copy = malloc(len ? len : 1);

			assert_non_null(copy);
			for (size_t i = 0; i < len; i++)
				copy[i] = (uint8_t)rand();
			if (avp_unhide(9, text("s"), rv, (struct bytes){copy, len}, out, &got)) {
				assert_true(got.len + 2 <= len && got.p == out + 2);
				opened++;
			}
			free(copy);
		}
	}
	assert_true(opened > 0);
	memset(hidden, 0, sizeof(hidden));
	assert_false(
		avp_unhide(9, text("s"), rv, (struct bytes){hidden, sizeof(hidden)}, out, &got));
	assert_false(avp_unhide(9, text(""), rv, (struct bytes){hidden, 4}, out, &got));
	assert_false(avp_unhide(9, text("s"), text(""), (struct bytes){hidden, 4}, out, &got));
	assert_int_equal(got.len, 0);
}

/* Message Type and one AVP of the type, with a Length that may lie. */
static size_t one_avp(uint8_t *buf, size_t cap, unsigned type, unsigned length, size_t real,
		      uint16_t flags)
{
	struct wr w = wr_of(buf, cap);

	wr_u64(&w, 0x8008000000000006); /* HELLO */
	wr_u16(&w, (uint16_t)(flags | length));
	wr_u16(&w, 0);
	wr_u16(&w, (uint16_t)type);
	for (size_t i = 0; i < real; i++)
		wr_u8(&w, (uint8_t)i);
	assert_true(wr_ok(&w));
	return w.len;
}

static void lying_lengths_break_the_message(void **state)
{
	uint8_t buf[1100];
	struct message_parse p;
	size_t len;

	(void)state;
	for (unsigned type = 0; type < 50; type++) {
		for (unsigned flags = 0; flags <= 0xc000; flags += 0x4000) {
			for (unsigned length = 0; length < 6; length++) {
				len = one_avp(buf, sizeof(buf), type, length, 2, (uint16_t)flags);
				parse(buf, len, text("s"), &p);
				assert_int_equal(p.verdict, MESSAGE_BROKEN);
			}
			for (unsigned length = 9; length <= 0x3ff; length += 13) {
				len = one_avp(buf, sizeof(buf), type, length, 2, (uint16_t)flags);
				parse(buf, len, text("s"), &p);
				assert_int_equal(p.verdict, MESSAGE_BROKEN);
			}
		}
	}
	for (len = 1; len < 6; len++) { /* an AVP header that is cut */
		memset(buf + 8, 0x80, 6);
		parse(buf, 8 + len, text(""), &p);
		assert_int_equal(p.verdict, MESSAGE_BROKEN);
	}
}

/* Every AVP with every value length: right, refused by M, or passed over. */
static void value_lengths_go_by_the_catalogue(void **state)
{
	uint8_t buf[1100];
	struct message_parse p;

	(void)state;
	for (unsigned type = 1; type < 50; type++) {
		const struct avp_row *row = avp_row(type);

		for (size_t n = 0; n <= AVP_VALUE_MAX; n += n < 40 ? 1 : 61) {
			bool fits = row && n >= row->min_len && n <= row->max_len;
			size_t len = one_avp(buf, sizeof(buf), type, (unsigned)n + 6, n, 0x8000);

			parse(buf, len, text(""), &p);
			if (!row)
				assert_int_equal(p.verdict, MESSAGE_UNKNOWN_AVP);
			else if (!fits)
				assert_int_equal(p.verdict, MESSAGE_BAD_LENGTH);
			else
				assert_int_equal(p.verdict, MESSAGE_OK);
			if (p.verdict != MESSAGE_OK)
				assert_int_equal(p.culprit, type);
			len = one_avp(buf, sizeof(buf), type, (unsigned)n + 6, n, 0);
			parse(buf, len, text(""), &p);
			assert_int_equal(p.verdict, MESSAGE_OK);
			assert_int_equal(p.m.present & ~AVP_BIT(0),
					 fits ? AVP_BIT(type) : UINT64_C(0));
		}
	}
}

static void vendor_and_reserved_avps(void **state)
{
	uint8_t buf[64];
	struct message_parse p;
	size_t len;

	(void)state;
	for (unsigned vendor = 1; vendor <= UINT16_MAX; vendor += 97) {
		for (unsigned type = 0; type < 45; type++) {
			len = one_avp(buf, sizeof(buf), type, 8, 2, 0);
			buf[10] = (uint8_t)(vendor >> 8);
			buf[11] = (uint8_t)vendor;
			parse(buf, len, text(""), &p);
			assert_int_equal(p.verdict, MESSAGE_OK);
			assert_int_equal(p.m.present, AVP_BIT(0));
			buf[8] |= 0x80;
			parse(buf, len, text(""), &p);
			assert_int_equal(p.verdict, MESSAGE_UNKNOWN_AVP);
			assert_int_equal(p.culprit_vendor, vendor);
		}
	}
	len = one_avp(buf, sizeof(buf), 9, 8, 2, 0x8000 | 0x0400); /* a reserved bit */
	parse(buf, len, text(""), &p);
	assert_int_equal(p.verdict, MESSAGE_UNKNOWN_AVP);
}

static void hidden_avps_inside_a_message(void **state)
{
	uint8_t buf[200];
	struct wr w = wr_of(buf, sizeof(buf));
	struct message_parse p;
	size_t at;

	(void)state;
	wr_u64(&w, 0x8008000000000001); /* SCCRQ */
	at = avp_begin(&w, true, AVP_RANDOM_VECTOR);
	wr_copy(&w, "0123456789abcdef", 16);
	avp_end(&w, at);
	avp_write_hidden(&w, true, AVP_ASSIGNED_TUNNEL_ID, text("key"), text("0123456789abcdef"),
			 (struct bytes){(const uint8_t *)"\x12\x34", 2}, text("padding"));
	avp_write_hidden(&w, false, AVP_VENDOR_NAME, text("key"), text("0123456789abcdef"),
			 text("a vendor of more than sixteen octets"), text(""));
	parse(buf, w.len, text("key"), &p);
	assert_int_equal(p.m.assigned_tunnel_id, 0x1234);
	assert_true(bytes_eq(p.m.vendor_name, text("a vendor of more than sixteen octets")));
	assert_int_equal(p.verdict, MESSAGE_MISSING); /* of the rest of an SCCRQ */
	parse(buf, w.len, text(""), &p);
	assert_int_equal(p.verdict, MESSAGE_UNKNOWN_AVP);
	assert_int_equal(p.culprit, AVP_ASSIGNED_TUNNEL_ID);
}

static void result_codes_of_all_shapes(void **state)
{
	static const struct {
		const char *value;
		size_t len;
		uint16_t result, error;
	} shapes[] = {
		{"\0\3", 2, 3, 0},         {"\0\2\0\6", 4, 2, 6},
		{"\0\2\0\6text", 8, 2, 6}, {"\3\0\xde\xad\xbe\xef\1\2", 8, 3, 0},
		{"\0\2\6", 3, 2, 0},       {"\0\1\xde\xad\xbe\xef\1\2", 8, 1, 0},
		{"\0\5\1\0", 4, 5, 0x100}, {"\1\0\0\0\0\0\0\0", 8, 1, 0},
	};
	uint8_t buf[64];
	struct message_parse p;

	(void)state;
	for (unsigned i = 0; i < sizeof(shapes) / sizeof(shapes[0]); i++) {
		size_t len = one_avp(buf, sizeof(buf), AVP_RESULT_CODE, (unsigned)shapes[i].len + 6,
				     shapes[i].len, 0x8000);

		buf[7] = MSG_STOPCCN;
		memcpy(buf + 14, shapes[i].value, shapes[i].len);
		parse(buf, len, text(""), &p);
		assert_int_equal(p.verdict, MESSAGE_OK);
		assert_int_equal(p.m.result, shapes[i].result);
		assert_int_equal(p.m.error, shapes[i].error);
	}
}

/* Every AVP that a message may carry, written and read back. */
static void messages_survive_both_ways(void **state)
{
	static const uint8_t some[26] = "abcdefghijklmnopqrstuvwxyz";
	uint8_t buf[1400], again[1400];

	(void)state;
	for (uint16_t type = 1; type < MSG_TYPES; type++) {
		struct l2tp_message m = {.type = type, .result = 2, .error = 6};
		struct message_parse p;
		struct wr w = wr_of(buf, sizeof(buf)), v = wr_of(again, sizeof(again));

		if (!message_name(type))
			continue;
		for (unsigned t = 1; t < AVP_TYPES; t++) {
			const struct avp_row *row = avp_row(t);
			uint8_t *field = row ? (uint8_t *)&m + row->field : NULL;
			struct bytes b = {some, row && row->max_len < 26 ? row->max_len : 26};
			uint16_t v16 = (uint16_t)(t + 1);
			uint32_t v32 = 0x01020300 + t;

			if (!row || !(row->messages & MSG_BIT(type)) || t == AVP_RANDOM_VECTOR)
				continue;
			m.present |= AVP_BIT(t);
			if (row->kind == AVP_KIND_BYTES)
				memcpy(field, &b, sizeof(b));
			else if (row->kind == AVP_KIND_U32)
				memcpy(field, &v32, sizeof(v32));
			else if (row->kind == AVP_KIND_U16 || row->kind == AVP_KIND_ID8)
				memcpy(field, &v16, sizeof(v16));
		}
		assert_int_equal(message_required(type) & ~m.present, 0);
		message_write(&w, &m);
		assert_true(wr_ok(&w));
		assert_int_equal(buf[0], 0x80);
		assert_int_equal(buf[1], 0x08);
		message_parse(wr_done(&w), text(""), scratch, &p);
		assert_int_equal(p.verdict, MESSAGE_OK);
		assert_int_equal(p.m.present, m.present | AVP_BIT(0));
		message_write(&v, &p.m);
		assert_true(bytes_eq(wr_done(&w), wr_done(&v)));
	}
}

static void what_section_6_requires_is_required(void **state)
{
	uint8_t buf[400];

	(void)state;
	for (unsigned type = 1; type < MSG_TYPES; type++) {
		uint64_t required = message_required(type);

		for (unsigned out = 1; out < AVP_TYPES; out++) {
			struct l2tp_message m = {
				.type = (uint16_t)type,
				.assigned_tunnel_id = 1,
				.assigned_session_id = 1,
				.host_name = text("h"),
				.call_errors = text("abcdefghijklmnopqrstuvwxyz"),
				.accm = text("abcdefghij"),
			};
			struct wr w = wr_of(buf, sizeof(buf));
			struct message_parse p;

			if (!(required & AVP_BIT(out)))
				continue;
			m.present = required & ~AVP_BIT(out);
			message_write(&w, &m);
			message_parse(wr_done(&w), text(""), scratch, &p);
			assert_int_equal(p.verdict, MESSAGE_MISSING);
			assert_int_equal(p.culprit, out);
		}
	}
}

static void a_message_that_does_not_fit_is_not_built(void **state)
{
	uint8_t big[AVP_VALUE_MAX + 1], buf[1400];
	struct l2tp_message m = {.type = MSG_SCCRQ,
				 .present = AVP_BIT(AVP_HOST_NAME),
				 .host_name = {big, sizeof(big)}};
	struct wr w = wr_of(buf, sizeof(buf));

	(void)state;
	memset(big, 'x', sizeof(big));
	message_write(&w, &m);
	assert_false(wr_ok(&w));
	m.host_name.len--;
	w = wr_of(buf, sizeof(buf));
	message_write(&w, &m);
	assert_true(wr_ok(&w));
	w = wr_of(buf, 1000);
	message_write(&w, &m);
	assert_false(wr_ok(&w));
}

/* All flags and versions on a header that is otherwise whole. */

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(hidden_avps_match_the_vectors),
		cmocka_unit_test(hidden_avps_match_the_file),
		cmocka_unit_test(challenge_responses_match_the_vectors),
		cmocka_unit_test(hidden_values_of_any_length_are_bounded),
		cmocka_unit_test(lying_lengths_break_the_message),
		cmocka_unit_test(value_lengths_go_by_the_catalogue),
		cmocka_unit_test(vendor_and_reserved_avps),
		cmocka_unit_test(hidden_avps_inside_a_message),
		cmocka_unit_test(result_codes_of_all_shapes),
		cmocka_unit_test(messages_survive_both_ways),
		cmocka_unit_test(what_section_6_requires_is_required),
		cmocka_unit_test(a_message_that_does_not_fit_is_not_built),
	};

	return cmocka_run_group_tests_name("l2tp_avp", tests, NULL, NULL);
}
