/*
 * rpc_policy: the security policies of users and groups as fields of their calls, and the list of
 * all (softether.md 2.1, 4.2). Called by rpc.c and rpc_user.c.
 */
#include <string.h>
#include <strings.h>

#include "hub/policy.h"
#include "rpc.h"

static void key_of(const struct hub_policy_row *row, char *key, size_t cap)
{
	snprintf(key, cap, "policy:%s_%s", row->name, row->kind == POLICY_BOOL ? "bool" : "u32");
}

static uint32_t value_of(const struct cfg_hub_policy *own, const struct cfg_hub_policy *over,
			 unsigned id)
{
	if (own->set >> id & 1)
		return own->value[id];
	return over && over->set >> id & 1 ? over->value[id] : hub_policy_row(id)->standard;
}

void rpc_put_policies(struct rpc *r, const struct cfg_hub_policy *own,
		      const struct cfg_hub_policy *over)
{
	for (unsigned id = 0; id < POLICY_N; id++) {
		const struct hub_policy_row *row = hub_policy_row(id);
		uint32_t value = value_of(own, over, id);
		char key[64];

		key_of(row, key, sizeof(key));
		json_object_set_new(r->result, key,
				    row->kind == POLICY_BOOL ? json_boolean(value)
							     : json_integer(value));
	}
	json_object_set_new(r->result, "UsePolicy_bool", json_boolean(own->set != 0));
}

/* False: the call does not say it, or says what is no value (told). */
static bool asked_value(struct rpc *r, const struct hub_policy_row *row, uint32_t *value)
{
	uint64_t n;
	char key[64];

	key_of(row, key, sizeof(key));
	n = row->kind == POLICY_BOOL ? rpc_bool(r, key) : rpc_number(r, key);
	if (n > UINT32_MAX)
		rpc_fail(r, RPC_INVALID_PARAMETER, "The policy %s is a number from %u to %u.",
			 row->name, row->zero_is_none ? 0 : row->min, row->max);
	*value = (uint32_t)n;
	return n <= UINT32_MAX && rpc_has(r, key);
}

static void command(struct rpc *r, const struct hub_policy_row *row, uint32_t value)
{
	if (row->kind == POLICY_BOOL)
		rpc_command(r, "policy %q %s", row->name, value ? "yes" : "no");
	else
		rpc_command(r, "policy %q %u", row->name, value);
}

void rpc_set_policies(struct rpc *r, const struct cfg_hub_policy *own,
		      const struct cfg_hub_policy *over)
{
	bool use = rpc_bool(r, "UsePolicy_bool");

	for (unsigned id = 0; id < POLICY_N && rpc_has(r, "UsePolicy_bool"); id++) {
		const struct hub_policy_row *row = hub_policy_row(id);
		uint32_t value;

		if (!use && own->set >> id & 1)
			rpc_command(r, "no policy %q", row->name);
		if (use && asked_value(r, row, &value) && value != value_of(own, over, id))
			command(r, row, value);
	}
}

static void values_text(const struct hub_policy_row *row, char *out, size_t cap)
{
	if (row->kind == POLICY_BOOL)
		snprintf(out, cap, "yes, no");
	else
		snprintf(out, cap, "%s%u to %u%s%s", row->zero_is_none ? "0 (none), " : "",
			 row->min, row->max, *row->unit ? " " : "", row->unit);
}

static json_t *policy_json(const struct hub_policy_row *row)
{
	char values[64], key[64];

	values_text(row, values, sizeof(values));
	key_of(row, key, sizeof(key));
	return json_pack("{s:s, s:s, s:s, s:s, s:o, s:s, s:s}", "Name_str", row->name,
			 "Descrption_utf", row->text, "Values_str", values, "Unit_str", row->unit,
			 "Default",
			 row->kind == POLICY_BOOL ? json_boolean(row->standard)
						  : json_integer(row->standard),
			 "Refused_utf", row->refused ? row->refused : "", "Key_str", key);
}

/* Those whose names begin as the call says; a name that is whole means one. */
static void enum_policy(struct rpc *r)
{
	const char *only = rpc_text(r, "Name_str");
	int exact = hub_policy_find(only);
	json_t *list = json_array();

	for (unsigned id = 0; id < POLICY_N; id++) {
		const struct hub_policy_row *row = hub_policy_row(id);

		if (exact >= 0 ? id == (unsigned)exact
			       : strncasecmp(row->name, only, strlen(only)) == 0)
			json_array_append_new(list, policy_json(row));
	}
	if (!json_array_size(list))
		rpc_fail(r, RPC_OBJECT_NOT_FOUND, "There is no policy \"%s\".", only);
	json_object_set_new(r->result, "PolicyList", list);
}

const struct rpc_row rpc_policy_rows[] = {
	{"EnumPolicy", enum_policy, false},
	{NULL, NULL, false},
};
