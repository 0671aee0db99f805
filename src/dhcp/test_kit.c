/* What the tests of client and server share. */
#include "test_kit.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define COOKIE_AT 236

const uint8_t kit_client_mac[6] = {0xca, 1, 2, 3, 4, 5};
const uint8_t kit_server_mac[6] = {0x5e, 0, 0, 0, 0x1e, 1};

void kit_random(void *ctx, void *buf, size_t len)
{
	uint64_t *state = ctx;
	uint8_t *p = buf;

	for (size_t i = 0; i < len; i++) {
		*state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
		p[i] = (uint8_t)(*state >> 33);
	}
}

size_t kit_hex(const char *hex, uint8_t *out, size_t cap)
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

void kit_frame(struct kit_frame *f, const struct kit_head *h)
{
	static const uint8_t everybody[6] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
	uint8_t options[1200];
	struct wr w = wr_of(f->b + DHCP_FRAME_HDRS, sizeof(f->b) - DHCP_FRAME_HDRS);
	struct dhcp_header head = {
		.op = h->op,
		.htype = 1,
		.hlen = 6,
		.xid = h->xid,
		.flags = h->flags,
		.ciaddr = h->ciaddr,
		.yiaddr = h->yiaddr,
		.giaddr = h->giaddr,
	};
	struct dhcp_envelope e = {.src_ip = h->src_ip,
				  .dst_ip = h->dst_ip ? h->dst_ip : UINT32_MAX,
				  .src_port = h->src_port,
				  .dst_port = h->dst_port};
	size_t n = kit_hex(h->options, options, sizeof(options));

	memcpy(head.chaddr, h->chaddr, 6);
	memcpy(e.src_mac, h->src_mac, 6);
	memcpy(e.dst_mac, h->dst_mac ? h->dst_mac : everybody, 6);
	dhcp_put_header(&w, &head);
	if (h->type)
		dhcp_put_number(&w, DHCP_OPT_TYPE, h->type);
	wr_copy(&w, options, n);
	assert_true(wr_ok(&w));
	dhcp_seal_frame(f->b, w.len, &e);
	f->len = DHCP_FRAME_HDRS + w.len;
}

struct bytes kit_bytes(const struct kit_frame *f)
{
	return (struct bytes){f->b, f->len};
}

struct dhcp_message kit_open(struct bytes frame, struct dhcp_envelope *e)
{
	struct dhcp_envelope any;
	struct dhcp_message m;
	struct bytes payload;

	if (!e)
		e = &any;
	if (dhcp_open_frame(frame, 67, e, &payload) != DHCP_DROP_NONE)
		assert_int_equal(dhcp_open_frame(frame, 68, e, &payload), DHCP_DROP_NONE);
	assert_int_equal(dhcp_parse(payload, &m), DHCP_DROP_NONE);
	assert_true(payload.len >= DHCP_MIN);
	return m;
}

uint32_t kit_number(const struct dhcp_message *m, uint8_t code)
{
	uint32_t v = 0;

	if (!dhcp_get_number(m, code, &v))
		fail_msg("option %u is absent", code);
	return v;
}

bool kit_has(const struct dhcp_message *m, uint8_t code)
{
	uint8_t b[1];
	bool found;

	dhcp_option(m, code, b, sizeof(b), &found);
	return found;
}

void kit_options_are(const struct dhcp_message *m, const char *hex)
{
	uint8_t want[1200];
	size_t n = kit_hex(hex, want, sizeof(want));

	assert_true(m->options.len >= n);
	for (size_t i = 0; i < n; i++)
		if (m->options.p[i] != want[i])
			fail_msg("octet %zu of the options is %02x, not %02x", i, m->options.p[i],
				 want[i]);
	for (size_t i = n; i < m->options.len; i++)
		assert_int_equal(m->options.p[i], 0);
}
