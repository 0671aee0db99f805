/* The catalogue of options, its readers at every length (security.md row 154), its writers; the
 * guard of a hub's ports. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "dhcp/guard.h"
#include "test_kit.h"
#include "wire/be.h"
#include "wire/ipv4.h"

/* A message whose options are these octets. */
static struct dhcp_message message_of(const uint8_t *options, size_t len)
{
	return (struct dhcp_message){.options = {options, len}};
}

static struct dhcp_message message(const char *hex)
{
	static uint8_t b[2000];

	return message_of(b, kit_hex(hex, b, sizeof(b)));
}

static void the_catalogue(void **state)
{
	bool asked[256] = {false};
	unsigned n_asked = 0;

	(void)state;
	for (unsigned code = 0; code < 256; code++) {
		const struct dhcp_option_row *row = dhcp_option_row((uint8_t)code);

		if (!row)
			continue;
		assert_int_equal(row->code, code);
		assert_true(strlen(row->name) > 3);
		if (!row->ask)
			continue;
		assert_false(asked[row->ask]); /* each place once, without a gap */
		asked[row->ask] = true;
		n_asked++;
	}
	for (unsigned i = 1; i <= n_asked; i++)
		assert_true(asked[i]);
	/* RFC 3442: 121 in front of 3 */
	assert_true(dhcp_option_row(121)->ask < dhcp_option_row(3)->ask);
	assert_null(dhcp_option_row(99));
}

/* Each option with each length, once and in two pieces: what is read has the kind's length. */
static void every_length_of_every_option(void **state)
{
	static const uint8_t lens[] = {
		[DHCP_KIND_U8] = 1, [DHCP_KIND_U16] = 2, [DHCP_KIND_U32] = 4,
		[DHCP_KIND_IP] = 4, [DHCP_KIND_IPS] = 0, [DHCP_KIND_BYTES] = 0};
	struct dhcp_route routes[64];
	uint32_t v, ips[3];
	char text[300];
	uint8_t from;

	(void)state;
	for (unsigned code = 1; code < 255; code++) {
		const struct dhcp_option_row *row = dhcp_option_row((uint8_t)code);
		uint8_t want = row ? lens[row->kind] : 0;

		for (unsigned len = 0; len <= 255; len++) {
			uint8_t *b = malloc(2 * (2 + 255)); /* its end is the sanitizer's */
			struct dhcp_message m;

			assert_non_null(b);
			for (unsigned pieces = 1; pieces <= 2; pieces++) {
				unsigned rest = pieces == 2 ? len / 2 : 0, n = 0;

				memset(b, 'a', 2 * (2 + 255));
				b[n++] = (uint8_t)code;
				b[n++] = (uint8_t)(len - rest);
				n += len - rest;
				if (pieces == 2) {
					b[n++] = (uint8_t)code;
					b[n++] = (uint8_t)rest;
					n += rest;
				}
				m = message_of(b, n);
				assert_int_equal(dhcp_get_number(&m, (uint8_t)code, &v),
						 want && len == want);
				assert_int_equal(dhcp_get_ips(&m, (uint8_t)code, ips, 3),
						 len % 4 && len < 64 ? 0
						 : len / 4 < 3       ? len / 4
								     : 3);
				assert_int_equal(
					dhcp_get_text(&m, (uint8_t)code, text, sizeof(text)),
					len > 0);
				assert_int_equal(strlen(text), len);
				assert_int_equal(dhcp_get_label(&m, (uint8_t)code, text, 10),
						 len < 9 ? len : 9);
				assert_int_equal(dhcp_get_routes(&m, routes, 64, &from), 0);
			}
			free(b);
		}
	}
}

static void routes_are_read(void **state)
{
	struct dhcp_route r[3];
	struct dhcp_message m;
	uint8_t from;

	(void)state;
	m = message("790e 10 0a01 0a000001 00 0a000001 ff");
	assert_int_equal(dhcp_get_routes(&m, r, 3, &from), 0); /* two octets too many: none */
	m = message("790c 10 0a01 0a000001 00 0a000001 ff");
	assert_int_equal(dhcp_get_routes(&m, r, 3, &from), 2);
	assert_true(r[0].net == 0x0a010000 && r[0].prefix == 16 && r[0].router == 0x0a000001);
	assert_true(r[1].net == 0 && r[1].prefix == 0 && from == 121);
	assert_int_equal(dhcp_get_routes(&m, r, 1, &from), 1);
	m = message("7909 21 0a010000 0a000001 f905 00 0a000002 ff"); /* prefix 33; then 249's */
	assert_int_equal(dhcp_get_routes(&m, r, 3, &from), 1);
	assert_true(from == 249 && r[0].router == 0x0a000002);
	m = message("7909 20 0a010203 0a000001 ff");
	assert_int_equal(dhcp_get_routes(&m, r, 3, &from), 1);
	assert_true(r[0].net == 0x0a010203 && r[0].prefix == 32);
	for (unsigned prefix = 0; prefix <= 32; prefix++) { /* what is written is read */
		struct dhcp_route put = {0xa5a5a5a5, (uint8_t)prefix, 0x01020304};
		uint8_t b[20] = {121, 0};
		struct wr w = wr_of(b + 2, sizeof(b) - 2);

		dhcp_put_route(&w, &put);
		b[1] = (uint8_t)w.len;
		m = message_of(b, 2 + w.len);
		assert_int_equal(dhcp_get_routes(&m, r, 3, &from), 1);
		assert_int_equal(r[0].prefix, prefix);
		assert_int_equal(r[0].router, 0x01020304);
		assert_int_equal(r[0].net, prefix ? 0xa5a5a5a5 & (UINT32_MAX << (32 - prefix)) : 0);
	}
}

static void text_is_data(void **state)
{
	struct dhcp_message m;
	char text[20];

	(void)state;
	m = message("0f07 61 2e 62 2d 5f 20 2c ff");
	assert_true(dhcp_get_text(&m, 15, text, sizeof(text)));
	assert_string_equal(text, "a.b-_ ,");
	m = message("0f05 61 24 28 69 29 ff");
	assert_false(dhcp_get_text(&m, 15, text, sizeof(text)));
	assert_string_equal(text, "");
	assert_int_equal(dhcp_get_label(&m, 15, text, sizeof(text)), 5);
	assert_string_equal(text, "a??i?");
	m = message("0f05 61 00 62 00 00 ff");
	assert_false(dhcp_get_text(&m, 15, text, sizeof(text)));
	m = message("0f03 61 62 63 ff");
	assert_false(dhcp_get_text(&m, 15, text, 3));
	assert_true(dhcp_get_text(&m, 15, text, 4));
}

static void what_is_written(void **state)
{
	uint8_t b[64];
	struct wr w = wr_of(b, sizeof(b));
	const uint32_t ips[3] = {0, 0x01020304, 0x05060708};

	(void)state;
	dhcp_put_number(&w, DHCP_OPT_TYPE, 5);
	dhcp_put_number(&w, DHCP_OPT_MAX_SIZE, 1500);
	dhcp_put_number(&w, DHCP_OPT_LEASE_TIME, 0x01020304);
	dhcp_put_ips(&w, DHCP_OPT_DNS, ips, 3);
	dhcp_put_ips(&w, DHCP_OPT_DNS, ips, 1);
	dhcp_put_text(&w, DHCP_OPT_DOMAIN, "lan");
	dhcp_put_text(&w, DHCP_OPT_DOMAIN, "");
	dhcp_put_text(&w, DHCP_OPT_DOMAIN, NULL);
	assert_int_equal(w.len, 3 + 4 + 6 + 10 + 5);
	assert_memory_equal(
		b, "\x35\1\5\x39\2\x05\xdc\x33\4\1\2\3\4\6\x08\1\2\3\4\5\6\7\x08\x0f\3lan", w.len);
}

static void masks_and_hosts(void **state)
{
	(void)state;
	for (unsigned n = 1; n <= 32; n++) {
		assert_true(dhcp_mask_ok(UINT32_MAX << (32 - n)));
		assert_int_equal(dhcp_mask_prefix(UINT32_MAX << (32 - n)), n);
	}
	assert_false(dhcp_mask_ok(0) || dhcp_mask_ok(1) || dhcp_mask_ok(0xff00ff00) ||
		     dhcp_mask_ok(0x7fffffff));
	assert_true(dhcp_host_ip(0x0a000001, 0xffffff00) && dhcp_host_ip(0x0a000000, 0));
	assert_true(dhcp_host_ip(0x0a000000, 0xfffffffe) && dhcp_host_ip(0x0a0000ff, 0xffffffff));
	assert_false(dhcp_host_ip(0x0a000000, 0xffffff00) || dhcp_host_ip(0x0a0000ff, 0xffffff00));
	assert_false(dhcp_host_ip(0x7f000001, 0) || dhcp_host_ip(0xe0000001, 0) ||
		     dhcp_host_ip(0x00ffffff, 0) || dhcp_host_ip(UINT32_MAX, 0));
}

static struct kit_head of_client(uint8_t type)
{
	return (struct kit_head){.op = 1,
				 .type = type,
				 .chaddr = kit_client_mac,
				 .src_mac = kit_client_mac,
				 .src_port = 68,
				 .dst_port = 67,
				 .options = "ff"};
}

static enum dhcp_drop guard(const struct dhcp_guard *g, const struct kit_head *h)
{
	struct kit_frame f;

	kit_frame(&f, h);
	return dhcp_guard(g, kit_bytes(&f));
}

static void the_guard(void **state)
{
	static const uint8_t other[6] = {2, 2, 2, 2, 2, 2};
	const struct dhcp_guard user = {0}, relay = {.may_relay = true};
	const struct dhcp_guard server = {.may_serve = true}, none = {.no_dhcp = true};
	const struct dhcp_guard ppp = {.mac = kit_client_mac};
	struct kit_head h = of_client(DHCP_DISCOVER);
	struct kit_frame f;

	(void)state;
	assert_int_equal(guard(&user, &h), DHCP_DROP_NONE);
	assert_int_equal(guard(&ppp, &h), DHCP_DROP_NONE);
	assert_int_equal(guard(&none, &h), DHCP_DROP_TYPE);
	h.src_mac = h.chaddr = other;
	assert_int_equal(guard(&user, &h), DHCP_DROP_NONE);
	assert_int_equal(guard(&ppp, &h), DHCP_DROP_CHADDR);
	h.src_mac = kit_client_mac; /* starvation from one card */
	assert_int_equal(guard(&user, &h), DHCP_DROP_CHADDR);
	kit_frame(&f, &h);
	f.b[42 + 3] = 1; /* hops */
	put_be16(f.b + 40, 0);
	assert_int_equal(dhcp_guard(&user, kit_bytes(&f)), DHCP_DROP_RELAYED);
	h.giaddr = 0x0a000001;
	assert_int_equal(guard(&user, &h), DHCP_DROP_RELAYED);
	assert_int_equal(guard(&relay, &h), DHCP_DROP_NONE);
	h = of_client(DHCP_OFFER); /* a rogue server */
	h.op = 2;
	h.src_port = 67;
	h.dst_port = 68;
	assert_int_equal(guard(&user, &h), DHCP_DROP_FROM_USER);
	assert_int_equal(guard(&relay, &h), DHCP_DROP_FROM_USER);
	assert_int_equal(guard(&server, &h), DHCP_DROP_NONE);
	h.dst_port = 67; /* to a relay */
	assert_int_equal(guard(&user, &h), DHCP_DROP_FROM_USER);
	/* in pieces, cut, and no DHCP at all */
	h = of_client(DHCP_DISCOVER);
	kit_frame(&f, &h);
	put_be16(f.b + 14 + 6, 0x2000);
	ipv4_fix_checksum(f.b + 14, 20);
	assert_int_equal(dhcp_guard(&user, kit_bytes(&f)), DHCP_DROP_FRAGMENT);
	kit_frame(&f, &h);
	f.b[42 + 236] = 0;
	put_be16(f.b + 40, 0);
	assert_int_equal(dhcp_guard(&user, kit_bytes(&f)), DHCP_DROP_SHORT);
	h.dst_port = 53;
	assert_int_equal(guard(&none, &h), DHCP_DROP_NONE);
	f.b[12] = 0x86;
	assert_int_equal(dhcp_guard(&none, kit_bytes(&f)), DHCP_DROP_NONE);
	assert_int_equal(dhcp_guard(&none, (struct bytes){f.b, 3}), DHCP_DROP_NONE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_catalogue),   cmocka_unit_test(every_length_of_every_option),
		cmocka_unit_test(routes_are_read), cmocka_unit_test(text_is_data),
		cmocka_unit_test(what_is_written), cmocka_unit_test(masks_and_hosts),
		cmocka_unit_test(the_guard),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
