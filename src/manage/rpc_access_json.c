/*
 * rpc_access_json: a rule of an access list as the fields of its calls (softether.md 2.3, 4.2) and
 * back. Called by rpc_access.c.
 */
#include "rpc_access.h"

#include <arpa/inet.h>
#include <string.h>
#include <strings.h>

#include "base/base64.h"
#include "wire/ipv6.h"

/* ---- to JSON ---- */

static json_t *ip4_json(uint32_t ip)
{
	struct ip_addr a = ip4_addr(ip);
	char text[IP_ADDR_TEXT];

	return json_string(ip_addr_text(&a, text, sizeof(text)));
}

static json_t *bin_json(const uint8_t *octets, size_t len)
{
	char text[BASE64_TEXT(16)];

	base64_write(text, octets, len);
	return json_string(text);
}

static struct ipv6_addr mask_of(unsigned bits)
{
	return (struct ipv6_addr){
		.prefix = bits >= 64 ? UINT64_MAX : ~(UINT64_MAX >> bits),
		.iid = bits >= 128  ? UINT64_MAX
		       : bits <= 64 ? 0
				    : ~(UINT64_MAX >> (bits - 64)),
	};
}

static json_t *ip6_json(struct ipv6_addr a)
{
	uint8_t octets[16];

	ipv6_addr_put(octets, a);
	return bin_json(octets, sizeof(octets));
}

static json_t *mac_json(uint64_t mac)
{
	uint8_t octets[6];

	for (unsigned i = 0; i < 6; i++)
		octets[i] = (uint8_t)(mac >> (40 - 8 * i));
	return bin_json(octets, sizeof(octets));
}

/* Names of the fields of one end of a frame. */
struct end_fields {
	const char *ip, *mask, *ip6, *mask6, *user, *check_mac, *mac, *mac_mask, *port, *last_port;
};

static const struct end_fields src_fields = {"SrcIpAddress_ip",   "SrcSubnetMask_ip",
					     "SrcIpAddress6_bin", "SrcSubnetMask6_bin",
					     "SrcUsername_str",   "CheckSrcMac_bool",
					     "SrcMacAddress_bin", "SrcMacMask_bin",
					     "SrcPortStart_u32",  "SrcPortEnd_u32"},
			       dst_fields = {"DestIpAddress_ip",   "DestSubnetMask_ip",
					     "DestIpAddress6_bin", "DestSubnetMask6_bin",
					     "DestUsername_str",   "CheckDstMac_bool",
					     "DstMacAddress_bin",  "DstMacMask_bin",
					     "DestPortStart_u32",  "DestPortEnd_u32"};

/* One end of a rule, and where its fields are. */
struct end {
	const struct end_fields *f;
	struct access_prefix *net;
	struct access_ports *ports;
	struct access_mac *mac;
	char *user;
};

static struct end end_of(struct cfg_access *a, bool src)
{
	return src ? (struct end){&src_fields, &a->rule.src, &a->rule.src_port, &a->rule.src_mac,
				  a->src_user}
		   : (struct end){&dst_fields, &a->rule.dst, &a->rule.dst_port, &a->rule.dst_mac,
				  a->dst_user};
}

static void put_end(json_t *o, const struct end *e, enum access_family family)
{
	bool is_6 = family == ACCESS_IPV6;
	unsigned bits = e->net->len;
	uint32_t mask = bits > 96 ? UINT32_MAX << (128 - bits) : 0;

	json_object_set_new(o, e->f->ip, ip4_json(is_6 || !bits ? 0 : (uint32_t)e->net->addr.iid));
	json_object_set_new(o, e->f->mask, ip4_json(is_6 ? 0 : mask));
	if (is_6) {
		json_object_set_new(o, e->f->ip6, ip6_json(e->net->addr));
		json_object_set_new(o, e->f->mask6, ip6_json(mask_of(bits)));
	}
	json_object_set_new(o, e->f->port, json_integer(e->ports->first));
	json_object_set_new(o, e->f->last_port, json_integer(e->ports->last));
	json_object_set_new(o, e->f->user, json_string(e->user));
	json_object_set_new(o, e->f->check_mac, json_boolean(e->mac->mask));
	json_object_set_new(o, e->f->mac, mac_json(e->mac->mac));
	json_object_set_new(o, e->f->mac_mask, mac_json(e->mac->mask));
}

json_t *rpc_access_json(const struct cfg_access *of)
{
	static const char *const families[] = {
		[ACCESS_ANY] = "any", [ACCESS_IPV4] = "ipv4", [ACCESS_IPV6] = "ipv6"};
	struct cfg_access a = *of;
	const struct access_rule *r = &a.rule;
	struct end src = end_of(&a, true), dst = end_of(&a, false);
	json_t *o =
		json_pack("{s:I, s:s, s:b, s:I, s:b, s:b, s:s}", "Id_u32", (json_int_t)r->id,
			  "Note_utf", a.note, "Active_bool", (int)r->active, "Priority_u32",
			  (json_int_t)r->priority, "Discard_bool", (int)r->discard, "IsIPv6_bool",
			  r->family == ACCESS_IPV6, "Family_str", families[r->family]);

	put_end(o, &src, r->family);
	put_end(o, &dst, r->family);
	json_object_set_new(o, "Protocol_u32",
			    json_integer(r->proto == ACCESS_NO_PROTO ? 0 : r->proto));
	json_object_set_new(o, "CheckTcpState_bool", json_boolean(r->tcp != ACCESS_TCP_ANY));
	json_object_set_new(o, "Established_bool", json_boolean(r->tcp == ACCESS_TCP_ESTABLISHED));
	json_object_set_new(o, "Delay_u32", json_integer(r->delay_ms));
	json_object_set_new(o, "Jitter_u32", json_integer(r->jitter_percent));
	json_object_set_new(o, "Loss_u32", json_integer(r->loss_percent));
	return o;
}

/* ---- from JSON ---- */

static const char *text_of(const json_t *o, const char *field)
{
	const char *text = json_string_value(json_object_get(o, field));

	return text ? text : "";
}

static uint32_t number_of(struct rpc *r, const json_t *o, const char *field, uint32_t most)
{
	const json_t *value = json_object_get(o, field);
	json_int_t n = json_integer_value(value);

	if (value && (!json_is_integer(value) || n < 0 || n > most)) {
		rpc_fail(r, RPC_INVALID_PARAMETER, "%s is a number from 0 to %u.", field, most);
		return 0;
	}
	return (uint32_t)n;
}

/* The octets of a _bin field; all 0 when it is missing. */
static void bin_of(struct rpc *r, const json_t *o, const char *field, uint8_t *out, size_t len)
{
	const char *text = text_of(o, field);

	memset(out, 0, len);
	if (*text && !base64_read(text, strlen(text), out, len))
		rpc_fail(r, RPC_INVALID_PARAMETER, "%s is not the base64 text of %zu octets.",
			 field, len);
}

static uint32_t ip4_from(struct rpc *r, const json_t *o, const char *field)
{
	const char *text = text_of(o, field);
	struct in_addr in = {0};

	if (*text && inet_pton(AF_INET, text, &in) != 1)
		rpc_fail(r, RPC_INVALID_PARAMETER, "\"%s\" (%s) is no IPv4 address.", text, field);
	return ntohl(in.s_addr);
}

static struct ipv6_addr ip6_from(struct rpc *r, const json_t *o, const char *field)
{
	uint8_t octets[16];

	bin_of(r, o, field, octets, sizeof(octets));
	return ipv6_addr_get(octets);
}

/* The bits of a mask whose bits are all in front; else told. */
static unsigned bits_of(struct rpc *r, struct ipv6_addr mask, const char *field)
{
	unsigned bits = 0;

	while (bits < 128 && (bits < 64 ? mask.prefix << bits : mask.iid << (bits - 64)) >> 63)
		bits++;
	if (!ipv6_addr_eq(mask, mask_of(bits)))
		rpc_fail(r, RPC_INVALID_PARAMETER,
			 "%s has a gap: a rule is about a net, ADDRESS/BITS.", field);
	return bits;
}

/* A prefix of n bits, without what stands behind them. */
static struct access_prefix prefix_of(struct ipv6_addr a, unsigned n)
{
	struct ipv6_addr mask = mask_of(n);

	return (struct access_prefix){{a.prefix & mask.prefix, a.iid & mask.iid}, (uint8_t)n};
}

static struct access_prefix net_from(struct rpc *r, const json_t *o, const struct end_fields *f,
				     bool is_6)
{
	uint32_t mask4 = is_6 ? 0 : ip4_from(r, o, f->mask);
	unsigned bits;

	if (is_6)
		return prefix_of(ip6_from(r, o, f->ip6),
				 bits_of(r, ip6_from(r, o, f->mask6), f->mask6));
	bits = bits_of(r, (struct ipv6_addr){(uint64_t)mask4 << 32, 0}, f->mask);
	if (!bits)
		return (struct access_prefix){.len = 0};
	return prefix_of((struct ipv6_addr){0, UINT64_C(0xffff) << 32 | ip4_from(r, o, f->ip)},
			 96 + bits);
}

static uint64_t mac_from(struct rpc *r, const json_t *o, const char *field)
{
	uint64_t mac = 0;
	uint8_t octets[6];

	bin_of(r, o, field, octets, sizeof(octets));
	for (unsigned i = 0; i < 6; i++)
		mac = mac << 8 | octets[i];
	return mac;
}

static void text_from(struct rpc *r, const json_t *o, const char *field, char *out, size_t cap)
{
	const char *text = text_of(o, field);

	if (strlen(text) >= cap)
		rpc_fail(r, RPC_INVALID_PARAMETER, "%s is longer than %zu octets.", field, cap - 1);
	snprintf(out, cap, "%s", text);
}

/* SoftEther reads lists of names from files of the server. */
static void user_from(struct rpc *r, const json_t *o, const char *field, char *out)
{
	text_from(r, o, field, out, CFG_NAME_MAX + 1);
	if (strncasecmp(out, "include:", 8) == 0 || strncasecmp(out, "exclude:", 8) == 0)
		rpc_fail(r, RPC_NOT_SUPPORTED,
			 "A rule names one user or group: make a group in place of the file.");
}

static void take_end(struct rpc *r, const json_t *o, const struct end *e, bool is_6)
{
	*e->net = net_from(r, o, e->f, is_6);
	e->ports->first = (uint16_t)number_of(r, o, e->f->port, UINT16_MAX);
	e->ports->last = (uint16_t)number_of(r, o, e->f->last_port, UINT16_MAX);
	if (!e->ports->last)
		e->ports->last = e->ports->first;
	user_from(r, o, e->f->user, e->user);
	if (json_is_true(json_object_get(o, e->f->check_mac))) {
		e->mac->mac = mac_from(r, o, e->f->mac);
		e->mac->mask = mac_from(r, o, e->f->mac_mask);
	}
}

static enum access_tcp tcp_from(const json_t *o)
{
	if (!json_is_true(json_object_get(o, "CheckTcpState_bool")))
		return ACCESS_TCP_ANY;
	return json_is_true(json_object_get(o, "Established_bool")) ? ACCESS_TCP_ESTABLISHED
								    : ACCESS_TCP_UNESTABLISHED;
}

void rpc_access_take(struct rpc *r, const json_t *o, struct cfg_access *a)
{
	bool is_6 = json_is_true(json_object_get(o, "IsIPv6_bool"));
	struct end src = end_of(a, true), dst = end_of(a, false);
	uint32_t proto = number_of(r, o, "Protocol_u32", UINT8_MAX);

	*a = (struct cfg_access){.rule = access_rule_any()};
	a->rule.family = is_6 ? ACCESS_IPV6 : ACCESS_IPV4;
	a->rule.active = !json_is_false(json_object_get(o, "Active_bool"));
	a->rule.discard = json_is_true(json_object_get(o, "Discard_bool"));
	a->rule.priority = number_of(r, o, "Priority_u32", UINT32_MAX);
	a->rule.proto = (uint16_t)(proto ? proto : ACCESS_NO_PROTO);
	a->rule.tcp = tcp_from(o);
	a->rule.delay_ms = (uint16_t)number_of(r, o, "Delay_u32", ACCESS_DELAY_MAX);
	a->rule.jitter_percent = (uint8_t)number_of(r, o, "Jitter_u32", 100);
	a->rule.loss_percent = (uint8_t)number_of(r, o, "Loss_u32", 100);
	take_end(r, o, &src, is_6);
	take_end(r, o, &dst, is_6);
	text_from(r, o, "Note_utf", a->note, sizeof(a->note));
	if (!r->code && !a->rule.priority)
		rpc_fail(r, RPC_INVALID_PARAMETER,
			 "A priority is a number from 1; the lowest is looked at first.");
	if (*text_of(o, "RedirectUrl_str"))
		rpc_fail(r, RPC_NOT_SUPPORTED,
			 "The server does not answer a user's HTTP request in the place of the "
			 "site: a rule passes or discards.");
}
