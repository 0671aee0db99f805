/*
 * Access text: the conditions of an access rule as words and back (access_text.h). Called by
 * rows_hub_access.c. Text from the administrator only; keeps and allocates nothing.
 */
#include "access_text.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/addr.h"

/* ---- prefixes ---- */

static struct ipv6_addr halves_of(const struct ip_addr *a)
{
	struct ipv6_addr out = {0};

	if (a->family == 4)
		return hub_ip4(ip4_of(a));
	for (unsigned i = 0; i < 8; i++) {
		out.prefix = out.prefix << 8 | a->ip[i];
		out.iid = out.iid << 8 | a->ip[8 + i];
	}
	return out;
}

static struct ip_addr address_of(struct ipv6_addr a, enum access_family family)
{
	struct ip_addr out = {.family = 6};

	if (family == ACCESS_IPV4)
		return ip4_addr((uint32_t)a.iid);
	for (unsigned i = 0; i < 8; i++) {
		out.ip[i] = (uint8_t)(a.prefix >> (56 - 8 * i));
		out.ip[8 + i] = (uint8_t)(a.iid >> (56 - 8 * i));
	}
	return out;
}

/* A half without the bits behind the first n. */
static uint64_t first_bits(uint64_t half, unsigned n)
{
	if (n >= 64)
		return half;
	return n ? half >> (64 - n) << (64 - n) : 0;
}

/* Up to three digits, the whole text; UINT32_MAX when it is something else. */
static uint32_t small_number(const char *text)
{
	size_t digits = strspn(text, "0123456789");

	return digits >= 1 && digits <= 3 && !text[digits] ? (uint32_t)strtoul(text, NULL, 10)
							   : UINT32_MAX;
}

const char *access_prefix_read(const char *text, struct access_prefix *out,
			       enum access_family *family, bool *had_rest)
{
	static const char shape[] = "want an address or a prefix: 10.0.0.0/8 or 2001:db8::/32";
	const char *slash = strchr(text, '/');
	size_t len = slash ? (size_t)(slash - text) : strlen(text);
	char addr_text[IP_ADDR_TEXT];
	struct ipv6_addr given;
	struct ip_addr addr;
	uint32_t bits;

	if (len >= sizeof(addr_text))
		return shape;
	memcpy(addr_text, text, len);
	addr_text[len] = '\0';
	if (!ip_addr_parse(addr_text, &addr))
		return shape;
	bits = slash ? small_number(slash + 1) : addr.family == 4 ? 32 : 128;
	if (bits > (addr.family == 4 ? 32u : 128u))
		return addr.family == 4 ? "the length of an IPv4 prefix is 0 to 32"
					: "the length of an IPv6 prefix is 0 to 128";
	*family = addr.family == 4 ? ACCESS_IPV4 : ACCESS_IPV6;
	bits += addr.family == 4 ? 96 : 0;
	given = halves_of(&addr);
	out->len = (uint8_t)bits;
	out->addr.prefix = first_bits(given.prefix, bits);
	out->addr.iid = first_bits(given.iid, bits > 64 ? bits - 64 : 0);
	*had_rest = out->addr.prefix != given.prefix || out->addr.iid != given.iid;
	return NULL;
}

const char *access_prefix_write(const struct access_prefix *p, enum access_family family, char *buf)
{
	struct ip_addr addr = address_of(p->addr, family);
	unsigned most = family == ACCESS_IPV4 ? 32 : 128, len = p->len - (128 - most);
	char text[IP_ADDR_TEXT];

	ip_addr_text(&addr, text, sizeof(text));
	if (len == most)
		snprintf(buf, ACCESS_TEXT, "%s", text);
	else
		snprintf(buf, ACCESS_TEXT, "%s/%u", text, len);
	return buf;
}

/* ---- protocols (IANA, Protocol Numbers) ---- */

static const struct {
	const char *name;
	uint8_t number;
} protocols[] = {
	{"icmp", 1},   {"igmp", 2},   {"ipip", 4},     {"tcp", 6},       {"udp", 17},
	{"rsvp", 46},  {"gre", 47},   {"esp", 50},     {"ah", 51},       {"icmpv6", 58},
	{"eigrp", 88}, {"ospf", 89},  {"etherip", 97}, {"pim", 103},     {"ipcomp", 108},
	{"vrrp", 112}, {"l2tp", 115}, {"sctp", 132},   {"udplite", 136},
};

#define N_PROTOCOLS (sizeof(protocols) / sizeof(protocols[0]))

const char *access_proto_read(const char *text, uint16_t *out)
{
	uint32_t number = small_number(text);

	for (size_t i = 0; i < N_PROTOCOLS; i++)
		if (strcasecmp(protocols[i].name, text) == 0)
			number = protocols[i].number;
	if (number > 255)
		return "want a number from 0 to 255 or tcp, udp, icmp, icmpv6, igmp, ipip, gre, "
		       "esp, ah, ospf, sctp, ...";
	*out = (uint16_t)number;
	return NULL;
}

const char *access_proto_write(uint16_t proto, char *buf)
{
	for (size_t i = 0; i < N_PROTOCOLS; i++) {
		if (protocols[i].number == proto) {
			snprintf(buf, ACCESS_TEXT, "%s", protocols[i].name);
			return buf;
		}
	}
	snprintf(buf, ACCESS_TEXT, "%u", proto);
	return buf;
}

/* ---- ports ---- */

/* 1 to 65535 and the place behind it; 0 when there is none. */
static uint16_t port_of(const char **at)
{
	size_t digits = strspn(*at, "0123456789");
	unsigned long n = digits >= 1 && digits <= 5 ? strtoul(*at, NULL, 10) : 0;

	*at += digits;
	return n <= UINT16_MAX ? (uint16_t)n : 0;
}

const char *access_ports_read(const char *text, struct access_ports *out)
{
	static const char shape[] = "want a port from 1 to 65535 or a range: 1024-65535";

	out->first = out->last = port_of(&text);
	if (*text == '-') {
		text++;
		out->last = port_of(&text);
	}
	return *text || !out->first || !out->last ? shape : NULL;
}

const char *access_ports_write(const struct access_ports *r, char *buf)
{
	if (r->first == r->last)
		snprintf(buf, ACCESS_TEXT, "%u", r->first);
	else
		snprintf(buf, ACCESS_TEXT, "%u-%u", r->first, r->last);
	return buf;
}

/* ---- MACs ---- */

#define MAC_BITS   48
#define MAC_ALL    ((UINT64_C(1) << MAC_BITS) - 1)
#define MAC_DIGITS 12

/* Twelve hex digits, separators between them; the place behind, or NULL. */
static const char *mac_of(const char *at, uint64_t *out)
{
	*out = 0;
	for (unsigned digits = 0; digits < MAC_DIGITS; at++) {
		if (isxdigit((unsigned char)*at)) {
			char digit[] = {*at, '\0'};

			*out = *out << 4 | strtoul(digit, NULL, 16);
			digits++;
		} else if (!*at || !strchr(":-.", *at) || digits == 0 || digits % 2 != 0 ||
			   !isxdigit((unsigned char)at[-1])) {
			return NULL;
		}
	}
	return at;
}

const char *access_mac_read(const char *text, struct access_mac *out)
{
	static const char shape[] = "want a MAC, 00:11:22:33:44:55, and perhaps a mask of the same "
				    "form behind '/'";

	out->mask = MAC_ALL;
	text = mac_of(text, &out->mac);
	if (text && *text == '/')
		text = mac_of(text + 1, &out->mask);
	if (!text || *text)
		return shape;
	out->mac &= out->mask;
	return NULL;
}

static void mac_text(uint64_t mac, char out[18])
{
	snprintf(out, 18, "%02x:%02x:%02x:%02x:%02x:%02x", (unsigned)(mac >> 40 & 255),
		 (unsigned)(mac >> 32 & 255), (unsigned)(mac >> 24 & 255),
		 (unsigned)(mac >> 16 & 255), (unsigned)(mac >> 8 & 255), (unsigned)(mac & 255));
}

const char *access_mac_write(const struct access_mac *m, char *buf)
{
	char mac[18], mask[18];

	mac_text(m->mac, mac);
	mac_text(m->mask, mask);
	if (m->mask == MAC_ALL)
		snprintf(buf, ACCESS_TEXT, "%s", mac);
	else
		snprintf(buf, ACCESS_TEXT, "%s/%s", mac, mask);
	return buf;
}
