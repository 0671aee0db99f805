/*
 * Rows: the security policies of users and groups (softether.md 2.1, 3.2). The names come from
 * the server's answers, "policy:NAME_bool" or "policy:NAME_u32" (4.2) and EnumPolicy, so that this
 * side has no list of its own to grow old. Called by shell.c and run.c; policy_print() by
 * verbs_user.c.
 */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "verb.h"

#define PREFIX "policy:"

static const struct verb_arg policy_list[] = {
	{"", NULL, "One policy; nothing: all of them.", "Name_str", .kind = ARG_TEXT},
	{.name = NULL},
};

#define OF(what)                                                                                   \
	{                                                                                          \
		"", what " name: ", "The " what ".", "Name_str", .kind = ARG_NAME                  \
	}
#define POLICY_NAME                                                                                \
	{                                                                                          \
		"NAME", "Name of the policy: ", "One of the names that PolicyList shows.",         \
			"Policy_str", .kind = ARG_NAME                                             \
	}
#define POLICY_VALUE                                                                               \
	{                                                                                          \
		"VALUE", "Value: ", "yes or no, or a number; PolicyList NAME says which.",         \
			"Value_str", .kind = ARG_NAME                                              \
	}

static const struct verb_arg user_set[] = {OF("User"), POLICY_NAME, POLICY_VALUE, {.name = NULL}};
static const struct verb_arg group_set[] = {OF("Group"), POLICY_NAME, POLICY_VALUE, {.name = NULL}};
static const struct verb_arg user_remove[] = {OF("User"), {.name = NULL}};
static const struct verb_arg group_remove[] = {OF("Group"), {.name = NULL}};

/* NAME of "policy:NAME_bool"; its length, 0: no policy. */
static size_t name_of(const char *key, const char **name)
{
	const char *end;

	if (strncmp(key, PREFIX, strlen(PREFIX)) != 0)
		return 0;
	*name = key + strlen(PREFIX);
	end = strrchr(*name, '_');
	return end ? (size_t)(end - *name) : 0;
}

static const char *text_of(const json_t *policy, const char *field)
{
	const char *text = json_string_value(json_object_get(policy, field));

	return text ? text : "";
}

/* Yes, No, "20 s", and for a number that is not set "-"; the caller frees. */
static char *value_text(const json_t *value, const char *unit)
{
	json_int_t n = json_integer_value(value);
	char *text;

	if (json_is_boolean(value))
		return strdup(json_is_true(value) ? "Yes" : "No");
	if (!n)
		return strdup("-");
	return asprintf(&text, "%" JSON_INTEGER_FORMAT "%s%s", n, *unit ? " " : "", unit) < 0
		       ? NULL
		       : text;
}

/* The server's policies whose names begin as typed; the caller decrefs. NULL: told. */
static json_t *enumerate(struct vpncmd *v, const char *typed, unsigned *error)
{
	return run_call(v, "EnumPolicy", json_pack("{s:s}", "Name_str", typed), error);
}

void policy_print(struct vpncmd *v, const char *what, const json_t *object)
{
	json_t *answer, *policy;
	struct table *t;
	unsigned error;
	size_t i;

	if (!json_is_true(json_object_get(object, "UsePolicy_bool")) || v->o.csv)
		return;
	answer = enumerate(v, "", &error);
	t = table_new(3);
	table_add(t, strdup("Policy name"));
	table_add(t, strdup("Simple description of policy"));
	table_add(t, strdup("Setting value"));
	json_array_foreach(json_object_get(answer, "PolicyList"), i, policy)
	{
		const json_t *value = json_object_get(object, text_of(policy, "Key_str"));

		table_add(t, strdup(text_of(policy, "Name_str")));
		table_add(t, strdup(text_of(policy, "Descrption_utf")));
		table_add(t, value_text(value, text_of(policy, "Unit_str")));
	}
	fprintf(v->io.out, "\nSecurity Policy Set for this %s\n", what);
	table_print(t, v->io.out, false);
	table_free(t);
	json_decref(answer);
}

/* The key of a policy in what the server knows of an object, by its name or a beginning of it. */
static const char *find_policy(const json_t *object, const char *typed, unsigned *n)
{
	const char *key, *found = NULL, *name;
	json_t *value;

	*n = 0;
	json_object_foreach((json_t *)object, key, value)
	{
		size_t len = name_of(key, &name);

		if (!len || strlen(typed) > len || strncasecmp(name, typed, strlen(typed)) != 0)
			continue;
		found = key;
		if (strlen(typed) == len) {
			*n = 1;
			return key;
		}
		++*n;
	}
	return *n == 1 ? found : NULL;
}

/* The typed value as the policy's kind, by value.c's rules. False: told. */
static bool put(struct vpncmd *v, json_t *object, const char *key, const char *typed)
{
	bool flag = json_is_boolean(json_object_get(object, key));
	struct verb_arg arg = {.name = "VALUE", .field = key, .most = UINT32_MAX};
	char *wrong;

	arg.kind = flag ? ARG_YES : ARG_NUMBER;
	wrong = value_put(&arg, typed, object);
	if (wrong)
		fprintf(v->io.out, "/VALUE: %s\n", wrong);
	free(wrong);
	return !wrong;
}

static unsigned store(struct vpncmd *v, bool group, json_t *object)
{
	unsigned error;

	json_decref(run_call(v, group ? "SetGroup" : "SetUser", object, &error));
	return error;
}

/* The object with every policy's value, those that it has none of its own of as the default. */
static json_t *fetch(struct vpncmd *v, bool group, json_t *args, unsigned *error)
{
	json_t *keys = json_pack("{s:O, s:O}", "HubName_str", json_object_get(args, "HubName_str"),
				 "Name_str", json_object_get(args, "Name_str"));

	return run_call(v, group ? "GetGroup" : "GetUser", keys, error);
}

static unsigned set(struct vpncmd *v, const struct verb *verb, json_t *args)
{
	bool group = verb->name[0] == 'G';
	const char *typed = json_string_value(json_object_get(args, "Policy_str")), *key;
	const char *value = json_string_value(json_object_get(args, "Value_str"));
	unsigned error, n;
	json_t *object = fetch(v, group, args, &error);

	if (!object)
		return error;
	key = find_policy(object, typed, &n);
	if (!key || !put(v, object, key, value)) {
		if (!key)
			fprintf(v->io.out, "\"%s\" is %s. See PolicyList.\n", typed,
				n ? "the beginning of several policies" : "no policy");
		json_decref(object);
		return VPNCMD_INVALID_PARAMETER;
	}
	json_object_set_new(object, "UsePolicy_bool", json_true());
	return store(v, group, object);
}

static unsigned unset(struct vpncmd *v, const struct verb *verb, json_t *args)
{
	bool group = verb->name[0] == 'G';
	unsigned error;
	json_t *object = fetch(v, group, args, &error);

	if (!object)
		return error;
	json_object_set_new(object, "UsePolicy_bool", json_false());
	return store(v, group, object);
}

static const struct verb_column policy_columns[] = {
	{"Policy name", "Name_str", SHOW_TEXT, NULL},
	{"Simple description of policy", "Descrption_utf", SHOW_TEXT, NULL},
	{.label = NULL},
};

static void print_one(const struct vpncmd *v, const json_t *policy)
{
	char *standard =
		value_text(json_object_get(policy, "Default"), text_of(policy, "Unit_str"));
	const char *refused = text_of(policy, "Refused_utf");

	fprintf(v->io.out, "[Policy Name]\n %s\n\n[Simple Description of Policy]\n %s\n\n",
		text_of(policy, "Name_str"), text_of(policy, "Descrption_utf"));
	fprintf(v->io.out, "[Range of Settable Values]\n %s\n\n[Default Value]\n %s\n\n",
		*refused ? "the default only" : text_of(policy, "Values_str"),
		standard ? standard : "");
	if (*refused)
		fprintf(v->io.out, "[Why Nothing Else Can Be Set]\n %s\n\n", refused);
	free(standard);
}

/* All of them as a table; the one that is meant in full. */
static unsigned list(struct vpncmd *v, const struct verb *verb, json_t *args)
{
	const char *typed = json_string_value(json_object_get(args, "Name_str"));
	unsigned error;
	json_t *answer = enumerate(v, typed ? typed : "", &error), *policies;

	if (!answer)
		return error;
	policies = json_object_get(answer, verb->list);
	if (json_array_size(policies) == 1 && !v->o.csv)
		print_one(v, json_array_get(policies, 0));
	else
		print_answer(v, verb, answer);
	json_decref(answer);
	return 0;
}

const struct verb verbs_policy[] = {
	{.name = "PolicyList",
	 .purpose = "list the security policies that users and groups can have",
	 .args = policy_list,
	 .run = list,
	 .output = PRINT_TABLE,
	 .list = "PolicyList",
	 .columns = policy_columns},
	{.name = "UserPolicySet",
	 .purpose = "set a security policy of a user",
	 .scope = VERB_HUB,
	 .args = user_set,
	 .run = set},
	{.name = "UserPolicyRemove",
	 .purpose = "take a user's own policies away: its group's count",
	 .scope = VERB_HUB,
	 .args = user_remove,
	 .run = unset},
	{.name = "GroupPolicySet",
	 .purpose = "set a security policy of a group",
	 .scope = VERB_HUB,
	 .args = group_set,
	 .run = set},
	{.name = "GroupPolicyRemove",
	 .purpose = "take a group's policies away",
	 .scope = VERB_HUB,
	 .args = group_remove,
	 .run = unset},
	{.name = NULL},
};
