/*
 * rpc_access: calls about the access list of a virtual hub (softether.md 2.3, 4.2). Called by
 * rpc.c. A rule's fields become a struct cfg_access (rpc_access_json.c), and that the command
 * `access`. Its id, here also its Unique ID, stays the same as long as the rule is there.
 */
#include "rpc_access.h"

#include <stdlib.h>

#define COMMAND_MAX 1024 /* octets of a line */

static void write_access(struct rpc *r, const struct cfg_hub *h, const struct cfg_access *a)
{
	char line[COMMAND_MAX];

	rpc_check_text(r, a->src_user);
	rpc_check_text(r, a->dst_user);
	rpc_check_text(r, a->note);
	if (!config_access_line(a, line, sizeof(line)))
		rpc_fail(r, RPC_INVALID_PARAMETER, "The rule is too long for a command.");
	rpc_command(r, "hub %q", h->name);
	rpc_command(r, "%s", line);
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
