/*
 * value_net: addresses, nets, MACs, protocols and ports as an administrator types them, into the
 * fields of a call (softether.md 3.2, 4.1). Called by value.c. Never prints.
 */
#include <arpa/inet.h>
#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "base/base64.h"
#include "value.h"

#define TEXT_MAX 64

/* ---- IPv4 ---- */

static bool ipv4_of(const char *text, uint32_t *out)
{
	struct in_addr in;

	if (inet_pton(AF_INET, text, &in) != 1)
		return false;
	*out = ntohl(in.s_addr);
	return true;
}

static json_t *ipv4_json(uint32_t ip)
{
	struct in_addr in = {htonl(ip)};
	char text[INET_ADDRSTRLEN];

	inet_ntop(AF_INET, &in, text, sizeof(text));
	return json_string(text);
}

char *value_put_ipv4(const struct verb_arg *a, const char *text, json_t *params)
{
	uint32_t ip = 0;

	if (!(value_is_none(text) && a->least == 0) && !ipv4_of(text, &ip))
		return value_say("\"%s\" is no IPv4 address such as 192.168.30.1%s.", text,
				 a->least == 0 ? " (or none)" : "");
	json_object_set_new(params, a->field, ipv4_json(ip));
	return NULL;
}

/* 255.255.255.0 or 24 */
static bool mask_of(const char *text, uint32_t *out)
{
	uint64_t bits;

	if (value_number(text, 32, &bits)) {
		*out = bits ? UINT32_MAX << (32 - bits) : 0;
		return true;
	}
	return ipv4_of(text, out) && (~*out & (~*out + 1)) == 0;
}

char *value_put_mask(const struct verb_arg *a, const char *text, json_t *params)
{
	uint32_t mask;

	if (!mask_of(text, &mask))
		return value_say("\"%s\" is no subnet mask such as 255.255.255.0 or 24.", text);
	json_object_set_new(params, a->field, ipv4_json(mask));
	return NULL;
}

/* "BEFORE/BEHIND"; false: longer than any that is right. behind NULL: no slash. */
static bool halves(const char *text, char before[TEXT_MAX], const char **behind)
{
	size_t len = strcspn(text, "/");

	*behind = text[len] ? text + len + 1 : NULL;
	snprintf(before, TEXT_MAX, "%.*s", (int)(len < TEXT_MAX ? len : 0), text);
	return len < TEXT_MAX;
}

char *value_put_net4(const struct verb_arg *a, const char *text, json_t *params)
{
	uint32_t ip = 0, mask = UINT32_MAX;
	char address[TEXT_MAX];
	const char *behind;

	if (value_is_none(text))
		mask = 0;
	else if (!halves(text, address, &behind) || !ipv4_of(address, &ip) ||
		 (behind && !mask_of(behind, &mask)))
		return value_say("\"%s\" is no net such as 192.168.0.0/24 or "
				 "192.168.0.0/255.255.255.0.",
				 text);
	json_object_set_new(params, a->field, ipv4_json(ip & mask));
	json_object_set_new(params, a->field2, ipv4_json(mask));
	return NULL;
}

/* ---- IPv6 ---- */

static json_t *bin_json(const uint8_t *octets, size_t len)
{
	char text[BASE64_TEXT(16)];

	base64_write(text, octets, len);
	return json_string(text);
}

/* ffff:ffff:: or 32 */
static bool mask6_of(const char *text, uint8_t out[16])
{
	uint64_t bits;
	bool ended = false;

	if (value_number(text, 128, &bits)) {
		for (unsigned i = 0; i<16; i++, bits -= bits> 8 ? 8 : bits)
			out[i] = (uint8_t)(0xff00U >> (bits > 8 ? 8 : bits));
		return true;
	}
	if (inet_pton(AF_INET6, text, out) != 1)
		return false;
	for (unsigned i = 0; i < 128; i++) {
		bool bit = out[i / 8] >> (7 - i % 8) & 1;

		if (bit && ended)
			return false;
		ended |= !bit;
	}
	return true;
}

char *value_put_net6(const struct verb_arg *a, const char *text, json_t *params)
{
	uint8_t ip[16] = {0}, mask[16];
	char address[TEXT_MAX];
	const char *behind;

	memset(mask, value_is_none(text) ? 0 : 0xff, sizeof(mask));
	if (!value_is_none(text) &&
	    (!halves(text, address, &behind) || inet_pton(AF_INET6, address, ip) != 1 ||
	     (behind && !mask6_of(behind, mask))))
		return value_say("\"%s\" is no net such as 2001:db8::/32.", text);
	for (unsigned i = 0; i < 16; i++)
		ip[i] &= mask[i];
	json_object_set_new(params, a->field, bin_json(ip, sizeof(ip)));
	json_object_set_new(params, a->field2, bin_json(mask, sizeof(mask)));
	return NULL;
}

/* ---- Ethernet ---- */

/* 12 digits, marks between them wherever they are. */
static bool mac_of(const char *text, char digits[13])
{
	unsigned n = 0;

	for (const char *p = text; *p; p++) {
		if (n < 12 && isxdigit((unsigned char)*p))
			digits[n++] = (char)toupper((unsigned char)*p);
		else if (*p != '-' && *p != ':' && *p != '.')
			return false;
	}
	digits[n] = '\0';
	return n == 12;
}

char *value_put_mac(const struct verb_arg *a, const char *text, json_t *params)
{
	char digits[13], out[19] = "";

	if (!value_is_none(text) && !mac_of(text, digits))
		return value_say("\"%s\" is no MAC address such as 5E-00-00-00-00-01.", text);
	for (unsigned i = 0; !value_is_none(text) && i < 6; i++)
		snprintf(out + i * 3, 4, "%c%c-", digits[i * 2], digits[i * 2 + 1]);
	out[17] = '\0';
	json_object_set_new(params, a->field, json_string(out));
	return NULL;
}

static json_t *mac_json(const char *digits)
{
	static const char hex[] = "0123456789ABCDEF";
	uint8_t octets[6];

	for (unsigned i = 0; i < 6; i++)
		octets[i] = (uint8_t)((strchr(hex, digits[2 * i]) - hex) << 4 |
				      (strchr(hex, digits[2 * i + 1]) - hex));
	return bin_json(octets, sizeof(octets));
}

char *value_put_macs(const struct verb_arg *a, const char *text, json_t *params)
{
	char address[TEXT_MAX], mac[13] = "000000000000", mask[13] = "FFFFFFFFFFFF";
	const char *behind;

	if (value_is_none(text))
		memset(mask, '0', 12);
	else if (!halves(text, address, &behind) || !mac_of(address, mac) ||
		 (behind && !mac_of(behind, mask)))
		return value_say("\"%s\" is no MAC address such as 5E-00-00-00-00-01, nor one with "
				 "a mask such as 5E-00-00-00-00-00/FF-FF-00-00-00-00.",
				 text);
	json_object_set_new(params, a->field, mac_json(mac));
	json_object_set_new(params, a->field2, mac_json(mask));
	return NULL;
}

/* ---- above IP ---- */

static const struct {
	unsigned number;
	const char *name;
} protocols[] = {{6, "TCP"}, {17, "UDP"}, {1, "ICMPv4"}, {58, "ICMPv6"}, {0, "IP"}};

const char *value_protocol_name(unsigned number)
{
	for (size_t i = 0; i < sizeof(protocols) / sizeof(protocols[0]); i++) {
		if (protocols[i].number == number)
			return protocols[i].name;
	}
	return NULL;
}

char *value_put_protocol(const struct verb_arg *a, const char *text, json_t *params)
{
	uint64_t number = 0;
	bool found = value_is_none(text) || value_number(text, UINT8_MAX, &number);

	for (size_t i = 0; !found && i < sizeof(protocols) / sizeof(protocols[0]); i++) {
		found = strcasecmp(text, protocols[i].name) == 0;
		number = protocols[i].number;
	}
	if (!found)
		return value_say("\"%s\" is none of tcp, udp, icmpv4, icmpv6, ip, nor a number "
				 "from 0 to 255.",
				 text);
	json_object_set_new(params, a->field, json_integer((json_int_t)number));
	return NULL;
}

char *value_put_ports(const struct verb_arg *a, const char *text, json_t *params)
{
	const char *dash = strchr(text, '-');
	uint64_t first = 0, last = 0;
	char begin[8];

	snprintf(begin, sizeof(begin), "%.*s", dash ? (int)(dash - text) : 7, text);
	if (!value_is_none(text) &&
	    ((dash && dash - text >= (int)sizeof(begin)) ||
	     !value_number(dash ? begin : text, UINT16_MAX, &first) ||
	     !value_number(dash ? dash + 1 : text, UINT16_MAX, &last) || !first || first > last))
		return value_say("\"%s\" is no port such as 80 and no range such as 80-90, of 1 to "
				 "65535.",
				 text);
	json_object_set_new(params, a->field, json_integer((json_int_t)first));
	json_object_set_new(params, a->field2, json_integer((json_int_t)last));
	return NULL;
}
