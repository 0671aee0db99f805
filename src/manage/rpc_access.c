/*
 * rpc_access: calls about the access list of a virtual hub (softether.md 2.3, 4.2). Called by
 * rpc.c. A rule's fields become a struct cfg_access (rpc_access_json.c), and that the command
 * `access`. Its id, here also its Unique ID, stays the same as long as the rule is there.
 */
#include "rpc_access.h"

#include <stdlib.h>

#include "wire/ipv6.h"

#define MAC_FULL UINT64_C(0xffffffffffff)

/* ---- to the command ---- */

static void write_net(struct rpc *r, const char *word, const struct access_prefix *p, bool is_4)
{
	struct ip_addr a = {.family = 6};
	char text[IP_ADDR_TEXT];

	if (!p->len)
		return;
	ipv6_addr_put(a.ip, p->addr);
	if (is_4)
		a = ip4_addr((uint32_t)p->addr.iid);
	rpc_words(r, " %s %s/%u", word, ip_addr_text(&a, text, sizeof(text)),
		  is_4 ? p->len - 96U : p->len);
}

static void write_ports(struct rpc *r, const char *word, const struct access_ports *p)
{
	if (p->last && p->first == p->last)
		rpc_words(r, " %s %u", word, (unsigned)p->first);
	else if (p->last)
		rpc_words(r, " %s %u-%u", word, (unsigned)p->first, (unsigned)p->last);
}

static void mac_text(uint64_t mac, char out[18])
{
	for (unsigned i = 0; i < 6; i++)
		snprintf(out + 3 * i, 4, "%02x%s", (unsigned)(mac >> (40 - 8 * i) & 0xff),
			 i < 5 ? "-" : "");
}

static void write_mac(struct rpc *r, const char *word, const struct access_mac *m)
{
	char mac[18], mask[18];

	if (!m->mask)
		return;
	mac_text(m->mac, mac);
	mac_text(m->mask, mask);
	rpc_words(r, " %s %s%s%s", word, mac, m->mask == MAC_FULL ? "" : "/",
		  m->mask == MAC_FULL ? "" : mask);
}

static void write_effect(struct rpc *r, const struct access_rule *rule)
{
	if (rule->tcp != ACCESS_TCP_ANY)
		rpc_words(r, " tcp %s",
			  rule->tcp == ACCESS_TCP_ESTABLISHED ? "established" : "unestablished");
	if (rule->delay_ms)
		rpc_words(r, " delay %u", (unsigned)rule->delay_ms);
	if (rule->jitter_percent)
		rpc_words(r, " jitter %u", (unsigned)rule->jitter_percent);
	if (rule->loss_percent)
		rpc_words(r, " loss %u", (unsigned)rule->loss_percent);
}

static void write_access(struct rpc *r, const struct cfg_hub *h, const struct cfg_access *a)
{
	static const char *const families[] = {
		[ACCESS_ANY] = "", [ACCESS_IPV4] = " ipv4", [ACCESS_IPV6] = " ipv6"};
	const struct access_rule *rule = &a->rule;

	rpc_command(r, "hub %q", h->name);
	rpc_words(r, "access %u %s priority %u%s", rule->id, rule->discard ? "discard" : "pass",
		  rule->priority, families[rule->family]);
	write_net(r, "source", &rule->src, rule->family == ACCESS_IPV4);
	write_net(r, "destination", &rule->dst, rule->family == ACCESS_IPV4);
	if (rule->proto != ACCESS_NO_PROTO)
		rpc_words(r, " protocol %u", (unsigned)rule->proto);
	write_ports(r, "source-port", &rule->src_port);
	write_ports(r, "destination-port", &rule->dst_port);
	if (*a->src_user)
		rpc_words(r, " source-user %q", a->src_user);
	if (*a->dst_user)
		rpc_words(r, " destination-user %q", a->dst_user);
	write_mac(r, "source-mac", &rule->src_mac);
	write_mac(r, "destination-mac", &rule->dst_mac);
	write_effect(r, rule);
	if (*a->note)
		rpc_words(r, " note %q", a->note);
	rpc_command(r, rule->active ? "" : " inactive");
}

/* ---- the calls ---- */

static int by_priority(const void *a, const void *b)
{
	const struct access_rule *x = &(*(const struct cfg_access *const *)a)->rule,
				 *y = &(*(const struct cfg_access *const *)b)->rule;

	if (x->priority != y->priority)
		return x->priority < y->priority ? -1 : 1;
	return x->id < y->id ? -1 : x->id > y->id;
}

/* In the order in which a frame meets them. */
static void enum_access(struct rpc *r)
{
	const struct cfg_hub *h = rpc_hub(r);
	const struct cfg_access **order = h ? calloc(h->n_access + 1, sizeof(*order)) : NULL;
	json_t *list = json_array();

	json_object_set_new(r->result, "AccessList", list);
	if (!h)
		return;
	if (!order) {
		rpc_fail(r, RPC_MEMORY, "Memory is short.");
		return;
	}
	for (unsigned i = 0; i < h->n_access; i++)
		order[i] = &h->access[i];
	qsort(order, h->n_access, sizeof(*order), by_priority);
	for (unsigned i = 0; i < h->n_access; i++)
		json_array_append_new(list, rpc_access_json(order[i]));
	json_object_set_new(r->result, "HubName_str", json_string(h->name));
	free(order);
}

/* The lowest that no rule has; they are kept by id. */
static uint32_t free_id(const struct cfg_hub *h)
{
	uint32_t id = 1;

	for (unsigned i = 0; i < h->n_access && h->access[i].rule.id == id; i++)
		id++;
	return id;
}

static void add_access(struct rpc *r)
{
	const json_t *single = json_object_get(r->params, "AccessListSingle");
	const struct cfg_hub *h = rpc_hub(r);
	struct cfg_access a;

	if (!h)
		return;
	if (h->n_access >= ACCESS_RULES_MAX) {
		rpc_fail(r, RPC_TOO_MANY_ACCESS, "A virtual hub has at most %u access rules.",
			 ACCESS_RULES_MAX);
		return;
	}
	if (json_array_size(single) != 1) {
		rpc_fail(r, RPC_INVALID_PARAMETER, "AccessListSingle is a list of one rule.");
		return;
	}
	rpc_access_take(r, json_array_get(single, 0), &a);
	a.rule.id = free_id(h);
	write_access(r, h, &a);
	json_object_set_new(r->result, "HubName_str", json_string(h->name));
	json_object_set_new(r->result, "AccessListSingle", json_pack("[o]", rpc_access_json(&a)));
}

/* The rule that the call names; NULL: the error is set. */
static const struct cfg_access *find(struct rpc *r, const struct cfg_hub *h)
{
	uint64_t id = rpc_number(r, "Id_u32");
	const struct cfg_access *a = h && id <= UINT32_MAX ? config_access(h, (uint32_t)id) : NULL;

	if (h && !a)
		rpc_fail(r, RPC_OBJECT_NOT_FOUND,
			 "The virtual hub \"%s\" has no access rule %llu: AccessList shows them.",
			 h->name, (unsigned long long)id);
	return a;
}

static void delete_access(struct rpc *r)
{
	const struct cfg_hub *h = rpc_hub(r);
	const struct cfg_access *a = find(r, h);

	if (!a)
		return;
	rpc_command(r, "hub %q", h->name);
	rpc_command(r, "no access %u", a->rule.id);
}

/* Not one of SoftEther's: it would have the whole list written anew. */
static void enable_access(struct rpc *r)
{
	const struct cfg_hub *h = rpc_hub(r);
	const struct cfg_access *now = find(r, h);
	struct cfg_access a;

	if (!now)
		return;
	a = *now;
	a.rule.active = rpc_bool(r, "Active_bool");
	write_access(r, h, &a);
}

const struct rpc_row rpc_access_rows[] = {
	{"EnumAccess", enum_access, false},
	{"AddAccess", add_access, false},
	{"DeleteAccess", delete_access, false},
	{"EnableAccess", enable_access, false},
	{NULL, NULL, false},
};
