/*
 * rpc_option: calls about the extended options of a virtual hub (softether.md 2.4, 4.2). Called by
 * rpc.c.
 */
#include "hub/options.h"
#include "rpc.h"

/* Why the option has its default only; NULL: it acts. */
static const char *refusal(unsigned id)
{
	const struct hub_option_row *row = hub_option_row(id);

	if (row->refused)
		return row->refused;
	return config_option_acts(id) ? NULL : "nothing acts on it yet";
}

static json_t *option_json(unsigned id, uint32_t value)
{
	const struct hub_option_row *row = hub_option_row(id);
	json_t *o = json_pack("{s:s, s:I}", "Name_str", row->name, "Value_u32", (json_int_t)value);

	json_object_set_new(o, "Descrption_utf",
			    refusal(id) ? json_sprintf("%s (always %u: %s)", row->text,
						       row->standard, refusal(id))
					: json_string(row->text));
	return o;
}

static void get_options(struct rpc *r)
{
	const struct cfg_hub *h = rpc_hub(r);
	json_t *list = json_array();
	struct hub_options now;

	json_object_set_new(r->result, "AdminOptionList", list);
	if (!h)
		return;
	config_hub_options(h, &now);
	json_object_set_new(r->result, "HubName_str", json_string(h->name));
	for (unsigned id = 0; id < OPTION_N; id++)
		json_array_append_new(list, option_json(id, now.value[id]));
}

/* False: told. */
static bool is_right(struct rpc *r, unsigned id, uint32_t value)
{
	const struct hub_option_row *row = hub_option_row(id);

	if (refusal(id) && value != row->standard)
		rpc_fail(r, RPC_NOT_SUPPORTED, "The option %s is always %u here: %s.", row->name,
			 row->standard, refusal(id));
	else if (hub_option_check(id, value) != OPTION_OK)
		rpc_fail(r, RPC_INVALID_PARAMETER, "The option %s is a number from %u to %u: %s.",
			 row->name, row->min, row->max, row->text);
	return !r->code;
}

/* One row of the call's list; what is as it should be writes nothing. */
static void set_option(struct rpc *r, const struct cfg_hub *h, const struct hub_options *now,
		       const json_t *asked)
{
	const char *name = json_string_value(json_object_get(asked, "Name_str"));
	const json_t *number = json_object_get(asked, "Value_u32");
	json_int_t value = json_integer_value(number);
	int id = hub_option_find(name ? name : "");

	if (id < 0) {
		rpc_fail(r, RPC_OBJECT_NOT_FOUND,
			 "There is no extended option \"%s\": ExtOptionList shows them.",
			 name ? name : "");
		return;
	}
	if (!json_is_integer(number) || value < 0 || value > UINT32_MAX) {
		rpc_fail(r, RPC_INVALID_PARAMETER, "The option %s wants a number.", name);
		return;
	}
	if (!is_right(r, (unsigned)id, (uint32_t)value) || now->value[id] == value)
		return;
	if (value == hub_option_row((unsigned)id)->standard && h->options_set >> id & 1)
		rpc_command(r, "no option %q", hub_option_row((unsigned)id)->name);
	else
		rpc_command(r, "option %q %u", hub_option_row((unsigned)id)->name, (unsigned)value);
}

static void set_options(struct rpc *r)
{
	const json_t *list = json_object_get(r->params, "AdminOptionList"), *asked;
	const struct cfg_hub *h = rpc_hub(r);
	struct hub_options now;
	size_t i;

	if (!h)
		return;
	config_hub_options(h, &now);
	rpc_command(r, "hub %q", h->name);
	json_array_foreach((json_t *)list, i, asked)
	{
		if (!r->code)
			set_option(r, h, &now, asked);
	}
}

const struct rpc_row rpc_option_rows[] = {
	{"GetHubExtOptions", get_options, false},
	{"SetHubExtOptions", set_options, false},
	{NULL, NULL, false},
};
