/*
 * access_text: what a rule of an access list is about, in one line in SoftEther's form
 * (softether.md 2.3, 3.2; field names 4.2). Called by verbs_access.c.
 */
#include <arpa/inet.h>
#include <string.h>

#include "base/base64.h"
#include "value.h"

struct writer {
	FILE *out;
	const json_t *rule;
	bool more;
};

static void part(struct writer *w, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
static void part(struct writer *w, const char *fmt, ...)
{
	va_list ap;

	fputs(w->more ? ", " : "", w->out);
	w->more = true;
	va_start(ap, fmt);
	vfprintf(w->out, fmt, ap);
	va_end(ap);
}

static const char *text_of(const struct writer *w, const char *field)
{
	const char *text = json_string_value(json_object_get(w->rule, field));

	return text ? text : "";
}

static unsigned number_of(const struct writer *w, const char *field)
{
	return (unsigned)json_integer_value(json_object_get(w->rule, field));
}

static bool is_true(const struct writer *w, const char *field)
{
	return json_is_true(json_object_get(w->rule, field));
}

/* The bits in front of the first 0. */
static unsigned bits_of(const uint8_t *mask, unsigned octets)
{
	unsigned n = 0;

	while (n < octets * 8 && mask[n / 8] >> (7 - n % 8) & 1)
		n++;
	return n;
}

static void net4(struct writer *w, const char *label, const char *ip, const char *mask)
{
	uint8_t octets[4];
	unsigned bits;

	if (inet_pton(AF_INET, text_of(w, mask), octets) != 1)
		return;
	bits = bits_of(octets, sizeof(octets));
	if (bits == 32)
		part(w, "%sIPv4=%s", label, text_of(w, ip));
	else if (bits)
		part(w, "%sIPv4=%s/%u", label, text_of(w, ip), bits);
}

static bool octets_of(struct writer *w, const char *field, uint8_t *out, size_t len)
{
	const char *text = text_of(w, field);

	return base64_read(text, strlen(text), out, len);
}

static void net6(struct writer *w, const char *label, const char *ip, const char *mask)
{
	char text[INET6_ADDRSTRLEN];
	uint8_t octets[16], m[16];
	unsigned bits;

	if (!octets_of(w, ip, octets, 16) || !octets_of(w, mask, m, 16))
		return;
	bits = bits_of(m, sizeof(m));
	inet_ntop(AF_INET6, octets, text, sizeof(text));
	if (bits == 128)
		part(w, "%sIPv6=%s", label, text);
	else if (bits)
		part(w, "%sIPv6=%s/%u", label, text, bits);
}

static void nets(struct writer *w)
{
	if (is_true(w, "IsIPv6_bool")) {
		net6(w, "Src", "SrcIpAddress6_bin", "SrcSubnetMask6_bin");
		net6(w, "Dst", "DestIpAddress6_bin", "DestSubnetMask6_bin");
	} else {
		net4(w, "Src", "SrcIpAddress_ip", "SrcSubnetMask_ip");
		net4(w, "Dst", "DestIpAddress_ip", "DestSubnetMask_ip");
	}
}

static void protocol(struct writer *w)
{
	unsigned n = number_of(w, "Protocol_u32");
	const char *name = value_protocol_name(n);

	if (n && name)
		part(w, "Protocol=%s", name);
	else if (n)
		part(w, "Protocol=%u", n);
}

static void ports(struct writer *w, const char *label, const char *first, const char *last)
{
	unsigned from = number_of(w, first), to = number_of(w, last);

	if (to && from == to)
		part(w, "%sPort=%u", label, from);
	else if (to)
		part(w, "%sPort=%u-%u", label, from, to);
}

static void mac_text(const uint8_t mac[6], char out[18])
{
	for (unsigned i = 0; i < 6; i++)
		snprintf(out + 3 * i, 4, "%02X%s", mac[i], i < 5 ? "-" : "");
}

static void mac(struct writer *w, const char *label, const char *address, const char *mask)
{
	char text[18], mask_text[18];
	uint8_t octets[6], m[6];

	if (!octets_of(w, address, octets, 6) || !octets_of(w, mask, m, 6))
		return;
	mac_text(octets, text);
	mac_text(m, mask_text);
	if (bits_of(m, sizeof(m)) == 48)
		part(w, "%sMac=%s", label, text);
	else
		part(w, "%sMac=%s/%s", label, text, mask_text);
}

static void persons(struct writer *w)
{
	if (*text_of(w, "SrcUsername_str"))
		part(w, "SrcUser=%s", text_of(w, "SrcUsername_str"));
	if (*text_of(w, "DestUsername_str"))
		part(w, "DstUser=%s", text_of(w, "DestUsername_str"));
	if (is_true(w, "CheckSrcMac_bool"))
		mac(w, "Src", "SrcMacAddress_bin", "SrcMacMask_bin");
	if (is_true(w, "CheckDstMac_bool"))
		mac(w, "Dst", "DstMacAddress_bin", "DstMacMask_bin");
}

static void effects(struct writer *w)
{
	if (is_true(w, "CheckTcpState_bool"))
		part(w, "%s", is_true(w, "Established_bool") ? "Established" : "Unestablished");
	if (number_of(w, "Delay_u32"))
		part(w, "Delay=%u", number_of(w, "Delay_u32"));
	if (number_of(w, "Jitter_u32"))
		part(w, "Jitter=%u", number_of(w, "Jitter_u32"));
	if (number_of(w, "Loss_u32"))
		part(w, "Loss=%u", number_of(w, "Loss_u32"));
}

char *access_text(const json_t *rule)
{
	struct writer w = {.rule = rule};
	char *text = NULL;
	size_t len;

	w.out = open_memstream(&text, &len);
	if (!w.out)
		return NULL;
	fprintf(w.out, "(%s) ",
		*text_of(&w, "Family_str")   ? text_of(&w, "Family_str")
		: is_true(&w, "IsIPv6_bool") ? "ipv6"
					     : "ipv4");
	nets(&w);
	protocol(&w);
	ports(&w, "Src", "SrcPortStart_u32", "SrcPortEnd_u32");
	ports(&w, "Dst", "DestPortStart_u32", "DestPortEnd_u32");
	persons(&w);
	effects(&w);
	fputs(w.more ? "" : "*", w.out);
	fclose(w.out);
	return text;
}
