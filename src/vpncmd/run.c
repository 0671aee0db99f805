/*
 * run: carries out a row: its parameters, the calls that it makes, the answer (softether.md
 * 3.1). Called by shell.c; the rows that need more call run_call() themselves.
 */
#include <stdlib.h>
#include <string.h>

#include "verb.h"

unsigned run_fail(const struct vpncmd *v, unsigned code, const char *text)
{
	const char *known = vpncmd_error_text(code);

	fprintf(v->io.out, "Error occurred. (Error code: %u)\n%s\n", code,
		text && *text ? text
		: known       ? known
			      : "");
	return code;
}

json_t *run_call(struct vpncmd *v, const char *method, json_t *params, unsigned *error)
{
	json_t *answer = v->io.call(v->io.ctx, method, params), *result, *e;

	if (!answer) {
		*error = run_fail(v, VPNCMD_DISCONNECTED, NULL);
		v->leave = true;
		return NULL;
	}
	e = json_object_get(answer, "error");
	result = json_incref(json_object_get(answer, "result"));
	*error = 0;
	if (e || !result)
		*error = run_fail(v, (unsigned)json_integer_value(json_object_get(e, "code")),
				  json_string_value(json_object_get(e, "message")));
	json_decref(answer);
	if (*error) {
		json_decref(result);
		return NULL;
	}
	return result;
}

/* The parameters that name the object: what `before` is called with. */
static json_t *keys_of(const struct verb *verb, const json_t *args)
{
	json_t *keys = json_object();
	char name[64];

	for (const char *at = verb->keys ? verb->keys : ""; *at; at += strspn(at, " ")) {
		size_t len = strcspn(at, " ");

		snprintf(name, sizeof(name), "%.*s", (int)len, at);
		json_object_set(keys, name, json_object_get(args, name));
		at += len;
	}
	return keys;
}

/* What the call gets: what there was, under what was asked for, under the row's constants. */
static json_t *parameters(struct vpncmd *v, const struct verb *verb, const json_t *args,
			  unsigned *error)
{
	json_t *constants = verb->constants ? json_loads(verb->constants, 0, NULL) : NULL;
	json_t *all;

	*error = 0;
	all = verb->before ? run_call(v, verb->before, keys_of(verb, args), error) : json_object();
	if (all) {
		json_object_update(all, (json_t *)args);
		json_object_update(all, constants);
	}
	json_decref(constants);
	return all;
}

static unsigned call_row(struct vpncmd *v, const struct verb *verb, const json_t *args)
{
	unsigned error;
	json_t *params = parameters(v, verb, args, &error), *answer;

	if (!params)
		return error;
	answer = run_call(v, verb->method, params, &error);
	if (!answer)
		return error;
	print_answer(v, verb, answer);
	json_decref(answer);
	return 0;
}

unsigned run_verb(struct vpncmd *v, const struct verb *verb, const struct line *line)
{
	unsigned error;
	json_t *args;

	if (verb->why_not)
		return run_fail(v, VPNCMD_NOT_SUPPORTED, verb->why_not);
	if (verb->scope == VERB_HUB && !*v->hub) {
		fprintf(v->io.out,
			"%s is a command for one virtual hub: choose it with \"Hub NAME\" "
			"first.\n",
			verb->name);
		return VPNCMD_INVALID_PARAMETER;
	}
	args = arguments_take(v, verb, line, &error);
	if (!args)
		return error;
	if (verb->scope == VERB_HUB)
		json_object_set_new(args, "HubName_str", json_string(v->hub));
	error = verb->run ? verb->run(v, verb, args) : call_row(v, verb, args);
	json_decref(args);
	if (!error && !v->o.csv)
		fprintf(v->io.out, "The command completed.\n\n");
	return error;
}
