/*
 * dhcp_peek: the fixed part of a DHCP message (RFC 2131 section 2) and three of its options.
 * Called by hub for frames that pass a switch. Never answers and never changes a message.
 */
#include "wire/dhcp_peek.h"

#include <string.h>

#include "base/rd.h"

#define HTYPE_ETHERNET 1
#define HLEN_ETHERNET  6
#define CHADDR_PAD     10  /* chaddr has 16 octets */
#define SNAME_FILE     192 /* sname and file */
#define MAGIC          UINT32_C(0x63825363)
#define OPTIONS_MAX    256 /* padding counts */

enum option { OPT_PAD = 0, OPT_LEASE = 51, OPT_MESSAGE = 53, OPT_SERVER = 54, OPT_END = 255 };

static void take_option(struct dhcp_peek *out, uint8_t code, struct rd body)
{
	size_t len = rd_left(&body);

	if (code == OPT_MESSAGE && len == 1)
		out->message = rd_u8(&body);
	else if (code == OPT_LEASE && len == 4)
		out->lease_s = rd_u32(&body);
	else if (code == OPT_SERVER && len == 4)
		out->server_id = rd_u32(&body);
}

static bool walk_options(struct rd *r, struct dhcp_peek *out)
{
	for (unsigned i = 0; i < OPTIONS_MAX && rd_left(r) > 0; i++) {
		uint8_t code = rd_u8(r);
		struct rd body;

		if (code == OPT_END)
			return true;
		if (code == OPT_PAD)
			continue;
		body = rd_sub(r, rd_u8(r));
		if (!rd_ok(r))
			return false;
		take_option(out, code, body);
	}
	return rd_ok(r);
}

bool dhcp_peek(const uint8_t *p, size_t len, struct dhcp_peek *out)
{
	struct rd r = rd_of(p, len);
	uint8_t htype, hlen;
	uint32_t magic;

	*out = (struct dhcp_peek){.op = rd_u8(&r)};
	htype = rd_u8(&r);
	hlen = rd_u8(&r);
	rd_skip(&r, 1 + 4 + 2 + 2); /* hops, xid, secs, flags */
	out->ciaddr = rd_u32(&r);
	out->yiaddr = rd_u32(&r);
	rd_skip(&r, 4); /* siaddr */
	out->giaddr = rd_u32(&r);
	rd_copy(&r, out->chaddr, sizeof(out->chaddr));
	rd_skip(&r, CHADDR_PAD + SNAME_FILE);
	magic = rd_u32(&r);
	if (!rd_ok(&r) || htype != HTYPE_ETHERNET || hlen != HLEN_ETHERNET || magic != MAGIC)
		return false;
	return walk_options(&r, out);
}
