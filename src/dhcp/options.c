/*
 * options: the catalogue of options and typed access to them.
 *
 * RFC 2132 (lengths of each option), RFC 3442 (121), [MS-DHCPE] 2.2.8 (249), RFC 3004 (77),
 * RFC 3046 (82). Called by reply, client and server. Never judges a message: what is not
 * well formed is absent.
 */
#include "dhcp/options.h"

#include <string.h>

#define OPTION_MAX  255
#define LIST_OCTETS 64   /* of a list of addresses: 16 of them */
#define ROUTE_BYTES 2048 /* of option 121 or 249 in pieces */

/* The order of asking is RFC 3442's: 121 in front of 3, so that a server which can give only
 * some gives that. */
static const struct dhcp_option_row rows[] = {
	{DHCP_OPT_MASK, "subnet mask", DHCP_KIND_IP, 1},
	{DHCP_OPT_ROUTES, "classless static routes", DHCP_KIND_ROUTES, 2},
	{DHCP_OPT_MS_ROUTES, "Microsoft classless static routes", DHCP_KIND_ROUTES, 3},
	{DHCP_OPT_ROUTER, "router", DHCP_KIND_IPS, 4},
	{DHCP_OPT_DNS, "domain name server", DHCP_KIND_IPS, 5},
	{DHCP_OPT_DOMAIN, "domain name", DHCP_KIND_TEXT, 6},
	{DHCP_OPT_NETBIOS, "NetBIOS name server", DHCP_KIND_IPS, 7},
	{DHCP_OPT_LEASE_TIME, "IP address lease time", DHCP_KIND_U32, 8},
	{DHCP_OPT_SERVER_ID, "server identifier", DHCP_KIND_IP, 9},
	{DHCP_OPT_T1, "renewal (T1) time", DHCP_KIND_U32, 10},
	{DHCP_OPT_T2, "rebinding (T2) time", DHCP_KIND_U32, 11},
	{DHCP_OPT_HOST_NAME, "host name", DHCP_KIND_TEXT, 0},
	{DHCP_OPT_BROADCAST, "broadcast address", DHCP_KIND_IP, 0},
	{DHCP_OPT_REQUESTED_IP, "requested IP address", DHCP_KIND_IP, 0},
	{DHCP_OPT_OVERLOAD, "option overload", DHCP_KIND_U8, 0},
	{DHCP_OPT_TYPE, "DHCP message type", DHCP_KIND_U8, 0},
	{DHCP_OPT_ASKED, "parameter request list", DHCP_KIND_BYTES, 0},
	{DHCP_OPT_MESSAGE, "message", DHCP_KIND_TEXT, 0},
	{DHCP_OPT_MAX_SIZE, "maximum DHCP message size", DHCP_KIND_U16, 0},
	{DHCP_OPT_VENDOR_CLASS, "vendor class identifier", DHCP_KIND_TEXT, 0},
	{DHCP_OPT_CLIENT_ID, "client-identifier", DHCP_KIND_BYTES, 0},
	{DHCP_OPT_USER_CLASS, "user class", DHCP_KIND_BYTES, 0},
	{DHCP_OPT_RELAY_INFO, "relay agent information", DHCP_KIND_BYTES, 0},
	{DHCP_OPT_MS_MORE, "Microsoft option continuation", DHCP_KIND_BYTES, 0},
};
#define N_ROWS (sizeof(rows) / sizeof(rows[0]))

const struct dhcp_option_row *dhcp_option_row(uint8_t code)
{
	for (size_t i = 0; i < N_ROWS; i++)
		if (rows[i].code == code)
			return &rows[i];
	return NULL;
}

/* Octets of a number of the kind, or 0. */
static size_t number_len(uint8_t code)
{
	const struct dhcp_option_row *row = dhcp_option_row(code);

	if (!row)
		return 0;
	switch (row->kind) {
	case DHCP_KIND_U8:
		return 1;
	case DHCP_KIND_U16:
		return 2;
	case DHCP_KIND_U32:
	case DHCP_KIND_IP:
		return 4;
	default:
		return 0;
	}
}

bool dhcp_get_number(const struct dhcp_message *m, uint8_t code, uint32_t *value)
{
	uint8_t b[5]; /* one more than the longest, so that a longer option is seen */
	size_t len = dhcp_option(m, code, b, sizeof(b), NULL);
	struct rd r = rd_of(b, len);

	if (len == 0 || len != number_len(code))
		return false;
	*value = 0;
	while (rd_left(&r))
		*value = *value << 8 | rd_u8(&r);
	return true;
}

size_t dhcp_get_ips(const struct dhcp_message *m, uint8_t code, uint32_t *ips, size_t max)
{
	uint8_t b[LIST_OCTETS];
	size_t n = 0;
	struct rd r = rd_of(b, dhcp_option(m, code, b, sizeof(b), NULL));

	if (rd_left(&r) % 4)
		return 0;
	while (rd_left(&r) && n < max) {
		uint32_t ip = rd_u32(&r);

		if (ip)
			ips[n++] = ip;
	}
	return n;
}

static bool name_char(uint8_t c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c == '.' || c == '-' || c == '_' || c == ' ' || c == ',';
}

/* The text without trailing NULs, which some senders count. */
static size_t text_of(const struct dhcp_message *m, uint8_t code, uint8_t *b, size_t cap)
{
	size_t len = dhcp_option(m, code, b, cap, NULL);

	while (len && b[len - 1] == 0)
		len--;
	return len;
}

bool dhcp_get_text(const struct dhcp_message *m, uint8_t code, char *dst, size_t cap)
{
	uint8_t b[OPTION_MAX + 1];
	size_t len = text_of(m, code, b, sizeof(b));

	dst[0] = '\0';
	if (len == 0 || len >= cap)
		return false;
	for (size_t i = 0; i < len; i++)
		if (!name_char(b[i]))
			return false;
	memcpy(dst, b, len);
	dst[len] = '\0';
	return true;
}

size_t dhcp_get_label(const struct dhcp_message *m, uint8_t code, char *dst, size_t cap)
{
	uint8_t b[OPTION_MAX];
	size_t len = text_of(m, code, b, sizeof(b));

	if (len >= cap)
		len = cap - 1;
	for (size_t i = 0; i < len; i++)
		dst[i] = name_char(b[i]) ? (char)b[i] : '?';
	dst[len] = '\0';
	return len;
}

/* One route; false when it is malformed. */
static bool read_route(struct rd *r, struct dhcp_route *route)
{
	struct bytes net;

	route->prefix = rd_u8(r);
	if (route->prefix > 32)
		return false;
	net = rd_bytes(r, ((size_t)route->prefix + 7) / 8);
	route->net = 0;
	for (size_t i = 0; i < net.len; i++)
		route->net |= (uint32_t)net.p[i] << (24 - 8 * i);
	route->router = rd_u32(r);
	return rd_ok(r);
}

static size_t read_routes(struct rd *r, struct dhcp_route *routes, size_t max)
{
	struct dhcp_route route;
	size_t n = 0;

	while (rd_left(r)) {
		if (!read_route(r, &route))
			return 0;
		if (n < max)
			routes[n++] = route;
	}
	return n;
}

size_t dhcp_get_routes(const struct dhcp_message *m, struct dhcp_route *routes, size_t max,
		       uint8_t *from)
{
	static const uint8_t codes[] = {DHCP_OPT_ROUTES, DHCP_OPT_MS_ROUTES};
	uint8_t b[ROUTE_BYTES];

	for (size_t i = 0; i < sizeof(codes); i++) {
		struct rd r = rd_of(b, dhcp_option_ms(m, codes[i], b, sizeof(b), NULL));
		size_t n = read_routes(&r, routes, max);

		*from = n ? codes[i] : 0;
		if (n)
			return n;
	}
	return 0;
}

void dhcp_put_number(struct wr *w, uint8_t code, uint32_t value)
{
	size_t len = number_len(code);

	wr_u8(w, code);
	wr_u8(w, (uint8_t)len);
	for (size_t i = len; i > 0; i--)
		wr_u8(w, (uint8_t)(value >> (8 * (i - 1))));
}

void dhcp_put_ips(struct wr *w, uint8_t code, const uint32_t *ips, size_t n)
{
	uint8_t b[LIST_OCTETS];
	struct wr list = wr_of(b, sizeof(b));

	for (size_t i = 0; i < n && list.len < sizeof(b); i++)
		if (ips[i])
			wr_u32(&list, ips[i]);
	if (list.len)
		dhcp_put_option(w, code, wr_done(&list), false);
}

void dhcp_put_text(struct wr *w, uint8_t code, const char *text)
{
	size_t len = text ? strnlen(text, OPTION_MAX) : 0;

	if (len)
		dhcp_put_option(w, code, (struct bytes){(const uint8_t *)text, len}, false);
}

void dhcp_put_asked(struct wr *w, bool routes)
{
	uint8_t list[N_ROWS];
	size_t n = 0;

	for (uint8_t place = 1; place <= N_ROWS; place++)
		for (size_t i = 0; i < N_ROWS; i++)
			if (rows[i].ask == place && (routes || rows[i].kind != DHCP_KIND_ROUTES))
				list[n++] = rows[i].code;
	dhcp_put_option(w, DHCP_OPT_ASKED, (struct bytes){list, n}, false);
}

bool dhcp_mask_ok(uint32_t mask)
{
	return mask && (~mask & (~mask + 1)) == 0;
}

uint8_t dhcp_mask_prefix(uint32_t mask)
{
	uint8_t n = 0;

	for (; mask; mask <<= 1)
		n++;
	return n;
}

bool dhcp_host_ip(uint32_t ip, uint32_t mask)
{
	uint32_t host = ip & ~mask;

	if (ip >> 24 == 0 || ip >> 24 == 127 || ip >= 0xe0000000)
		return false;
	return mask == 0 || mask >= 0xfffffffe || (host != 0 && host != ~mask);
}
