/*
 * The payload gate and the header: every cut, every length, every type, caps
 * (security.md 1A rows 1 to 16, 21, 22, 32, 60).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "craft.h"

static struct lab lab;

static enum ike_drop parse_exact(uint8_t first, const uint8_t *b, size_t len, bool tail)
{
	struct payloads p;
	uint8_t *copy = malloc(len ? len : 1);
	enum ike_drop bad;

	memcpy(copy, b, len);
	bad = payloads_parse(first, (struct bytes){copy, len}, tail, &p);
	free(copy);
	return bad;
}

/* CVE-2004-0218: lengths below the generic header must not loop. */
static void short_lengths(void **state)
{
	uint8_t b[64] = {PAYLOAD_VENDOR_ID};

	(void)state;
	for (unsigned type = 1; type < 256; type++)
		for (uint8_t len = 0; len < 4; len++) {
			b[3] = len;
			assert_int_equal(parse_exact((uint8_t)type, b, sizeof(b), false),
					 DROP_PAYLOAD_LENGTH);
		}
}

static void chain_of(uint8_t *b, unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		uint8_t one[8] = {i + 1 < n ? PAYLOAD_VENDOR_ID : PAYLOAD_NONE, 0, 0, 8};

		memcpy(b + 8 * i, one, 8);
	}
}

/* CVE-2026-12413: one below, at and above the cap. */
static void payload_count_cap(void **state)
{
	static uint8_t b[8 * 10000];

	(void)state;
	for (unsigned n = PAYLOADS_MAX - 1; n <= PAYLOADS_MAX + 1; n++) {
		chain_of(b, n);
		assert_int_equal(parse_exact(PAYLOAD_VENDOR_ID, b, 8 * n, false),
				 n > PAYLOADS_MAX ? DROP_PAYLOAD_COUNT : DROP_NONE);
		for (unsigned i = 0; i + 1 < n; i++)
			b[8 * i] = 200; /* private types count as well */
		assert_int_equal(parse_exact(200, b, 8 * n, false),
				 n > PAYLOADS_MAX ? DROP_PAYLOAD_COUNT : DROP_NONE);
	}
	chain_of(b, 10000);
	assert_int_equal(parse_exact(PAYLOAD_VENDOR_ID, b, sizeof(b), false), DROP_PAYLOAD_COUNT);
}

/* Next payload 0..255: IKEv2's 33..54, nested types and unknown ones are refused. */
static void payload_types(void **state)
{
	(void)state;
	for (unsigned type = 1; type < 256; type++) {
		uint8_t b[24] = {0, 0, 0, 24};
		bool known = (type >= 4 && type <= 13) || type == 1 || type == 20 || type == 21;
		bool skipped = type >= 128 || type == 15 || type == 16;

		if (type == PAYLOAD_NOTIFY || type == PAYLOAD_DELETE)
			b[8] = 3;
		assert_int_equal(parse_exact((uint8_t)type, b, sizeof(b), false),
				 known || skipped ? DROP_NONE : DROP_PAYLOAD_TYPE);
	}
}

static void reserved_and_tail(void **state)
{
	uint8_t b[12] = {0, 1, 0, 8};

	(void)state;
	assert_int_equal(parse_exact(PAYLOAD_VENDOR_ID, b, 8, false), DROP_PAYLOAD_RESERVED);
	b[1] = 0;
	assert_int_equal(parse_exact(PAYLOAD_VENDOR_ID, b, 12, false), DROP_PAYLOAD_LENGTH);
	assert_int_equal(parse_exact(PAYLOAD_VENDOR_ID, b, 12, true), DROP_NONE);
	assert_int_equal(parse_exact(PAYLOAD_NONE, b, 12, false), DROP_PAYLOAD_LENGTH);
}

/* CVE-2004-0221: counts and sizes of Delete that lie. */
static void delete_counts(void **state)
{
	(void)state;
	for (unsigned spi_len = 0; spi_len < 256; spi_len++) {
		for (unsigned n = 0; n < 70000; n = n < 40 ? n + 1 : n * 3) {
			uint8_t b[8 + 64] = {
				0, 0, 0, 1, 3, (uint8_t)spi_len, (uint8_t)(n >> 8), (uint8_t)n};
			struct delete_body d;
			bool ok = delete_parse((struct bytes){b, sizeof(b)}, &d);

			assert_int_equal(ok, (n & 0xffff) * spi_len == 64);
		}
	}
}

/* CVE-2004-0184, CVE-2025-9242: each type with each length. */
static void identity_lengths(void **state)
{
	(void)state;
	for (unsigned type = 0; type < 256; type++) {
		for (size_t len = 0; len < 300; len++) {
			uint8_t *b = calloc(1, len ? len : 1);
			struct ike_id id;
			struct ip_addr a;
			char words[ENDPOINT_TEXT];

			if (len)
				b[0] = (uint8_t)type;
			if (id_parse((struct bytes){b, len}, &id)) {
				assert_int_equal(id.len, len - 4);
				assert_true(id.len <= sizeof(id.data));
				id_address(&id, &a);
				id_words(&id, words, sizeof(words));
			} else if (type == ID_IPV4_ADDR) {
				assert_true(len != 8);
			}
			free(b);
		}
	}
}

static void notify_spi_sizes(void **state)
{
	(void)state;
	for (unsigned spi_len = 0; spi_len < 256; spi_len++) {
		uint8_t b[8 + 16] = {0, 0, 0, 1, 1, (uint8_t)spi_len, 0x8d, 0x28};
		struct notify n;

		assert_int_equal(notify_parse((struct bytes){b, sizeof(b)}, &n), spi_len <= 16);
	}
}

/* Row 6 and 12: datagrams of 0..28 octets, header lengths that lie. */
static void headers(void **state)
{
	static const uint32_t lengths[] = {0, 27, 28, 29, 59, 61, 65536, 0x80000000, 0xffffffff};
	uint8_t b[60] = {1, [16] = PAYLOAD_VENDOR_ID, [17] = 0x10, [18] = 2, [27] = 60, [31] = 32};
	struct isakmp_header h;
	struct bytes rest;

	(void)state;
	for (size_t len = 0; len <= 28; len++) {
		uint8_t *copy = malloc(len ? len : 1);

		memcpy(copy, b, len);
		assert_int_equal(isakmp_header_parse((struct bytes){copy, len}, &h, &rest),
				 len < 28 ? DROP_SHORT : DROP_LENGTH);
		free(copy);
	}
	assert_int_equal(isakmp_header_parse((struct bytes){b, 60}, &h, &rest), DROP_NONE);
	for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
		struct wr w = wr_of(b + 24, 4);

		wr_u32(&w, lengths[i]);
		b[59] = 1; /* what is left over is not zero padding */
		assert_int_equal(isakmp_header_parse((struct bytes){b, 60}, &h, &rest),
				 DROP_LENGTH);
	}
}

static void header_versions(void **state)
{
	static uint8_t big[IKE_MESSAGE_MAX + 1] = {1, [17] = 0x10};
	uint8_t b[60] = {1, [27] = 60};
	struct isakmp_header h;
	struct bytes rest;

	(void)state;
	for (unsigned v = 0; v < 256; v++) {
		b[17] = (uint8_t)v;
		assert_int_equal(isakmp_header_parse((struct bytes){b, 60}, &h, &rest),
				 v >> 4 == 1 ? DROP_NONE : DROP_VERSION);
	}
	assert_int_equal(isakmp_header_parse((struct bytes){big, sizeof(big)}, &h, &rest),
			 DROP_LONG);
}

/* Every message of an exchange, cut after every octet with the header's length set
 * to match: nothing may move, nothing may leave but a refusal. */
static void every_message_cut_everywhere(void **state)
{
	(void)state;
	for (unsigned which = 0; which < 9; which++) {
		struct lab_packet p;
		struct ike_sa_info before, after;
		unsigned cursor = 0;

		lab_default(&lab);
		lab.fault = LAB_LOSE;
		lab.fault_at = which + 1;
		lab_dial(&lab);
		lab_settle(&lab);
		p = lab.log[which]; /* lost: its receiver still waits for it */
		ike_each_sa(lab.s[p.to].k, &cursor, &before);
		for (size_t cut = 0; cut < p.len; cut++) {
			struct wr w = wr_of(p.b + 24, 4);

			wr_u32(&w, (uint32_t)cut);
			lab_inject(&lab, p.to, &p.flow, p.natt, p.b, cut);
		}
		cursor = 0;
		assert_int_equal(lab.s[SERVER].n_child_down + lab.s[SERVER].n_down, 0);
		if (which > 0 && ike_each_sa(lab.s[p.to].k, &cursor, &after) && which != 4)
			assert_string_equal(before.state, after.state);
		lab_free(&lab);
	}
}

/* CVE-2005-3732: each payload of MM1, MM3 taken away. */
static void missing_payloads(void **state)
{
	static const struct {
		unsigned have, required;
		enum ike_drop want;
	} rows[] = {
		{KIND_BIT(KIND_KE), KIND_BIT(KIND_KE) | KIND_BIT(KIND_NONCE), DROP_PAYLOAD_MISSING},
		{KIND_BIT(KIND_NONCE), KIND_BIT(KIND_KE) | KIND_BIT(KIND_NONCE),
		 DROP_PAYLOAD_MISSING},
		{0, KIND_BIT(KIND_SA), DROP_PAYLOAD_MISSING},
		{KIND_BIT(KIND_KE) | KIND_BIT(KIND_NONCE), KIND_BIT(KIND_KE) | KIND_BIT(KIND_NONCE),
		 DROP_NONE},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct payloads p = {0};

		for (unsigned k = 0; k < KIND_COUNT; k++)
			p.count[k] = rows[i].have & KIND_BIT(k) ? 1 : 0;
		assert_int_equal(payloads_require(&p, rows[i].required, rows[i].required),
				 rows[i].want);
	}
	for (unsigned a = 0; a < SA_ACTION_COUNT; a++) {
		struct payloads p = {0};
		unsigned required = sa_rows[a].required;

		for (unsigned k = 0; k < KIND_COUNT; k++)
			p.count[k] = 1;
		for (unsigned k = 0; k < KIND_COUNT; k++) {
			p.count[k] = 0;
			assert_int_equal(payloads_require(&p, required, 0),
					 required & KIND_BIT(k) ? DROP_PAYLOAD_MISSING : DROP_NONE);
			p.count[k] = 2;
			assert_int_equal(payloads_require(&p, 0, sa_rows[a].once),
					 sa_rows[a].once & KIND_BIT(k) ? DROP_PAYLOAD_COUNT
								       : DROP_NONE);
			p.count[k] = 1;
		}
	}
}

static void seen_ids_are_bounded(void **state)
{
	struct seen_ids s = {0};

	(void)state;
	assert_int_equal(seen_check(&s, 5, true), SEEN_FRESH);
	seen_add(&s, 5, true);
	assert_int_equal(seen_check(&s, 5, true), SEEN_BEFORE);
	assert_int_equal(seen_check(&s, 4, true), SEEN_FRESH); /* came late */
	seen_add(&s, 200, true);
	assert_int_equal(seen_check(&s, 4, true), SEEN_BEFORE); /* behind the window */
	for (uint32_t i = 0; i < SEEN_QUICK_MAX; i++) {
		assert_int_equal(seen_check(&s, 0x100000 + i, true), SEEN_FRESH);
		assert_true(seen_add(&s, 0x100000 + i, true));
	}
	assert_int_equal(seen_check(&s, 0x100000, true), SEEN_BEFORE);
	assert_int_equal(seen_check(&s, 0x900000, true), SEEN_FULL);
	for (uint32_t i = 0; i < SEEN_RING; i++)
		seen_add(&s, 0x5000000 + i, false);
	assert_int_equal(seen_check(&s, 0x5000000, false), SEEN_BEFORE);
	assert_int_equal(seen_check(&s, 0x5000000, true), SEEN_BEFORE);
	for (uint32_t i = 0; i < 100; i++)
		seen_add(&s, 0x6000000 + i, false); /* the oldest make room */
	assert_int_equal(seen_check(&s, 0x5000000 + 99, false), SEEN_FRESH);
	assert_int_equal(seen_check(&s, 0x5000000 + 100, false), SEEN_BEFORE);
	assert_int_equal(seen_check(&s, 0x6000000, false), SEEN_BEFORE);
	assert_int_equal(s.n_ring, SEEN_RING);
	assert_int_equal(seen_check(&s, 0, false), SEEN_BEFORE);
	seen_free(&s);
	assert_int_equal(seen_check(&s, 0x6000000, false), SEEN_FRESH);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(short_lengths),    cmocka_unit_test(payload_count_cap),
		cmocka_unit_test(payload_types),    cmocka_unit_test(reserved_and_tail),
		cmocka_unit_test(delete_counts),    cmocka_unit_test(identity_lengths),
		cmocka_unit_test(notify_spi_sizes), cmocka_unit_test(headers),
		cmocka_unit_test(header_versions),  cmocka_unit_test(every_message_cut_everywhere),
		cmocka_unit_test(missing_payloads), cmocka_unit_test(seen_ids_are_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
