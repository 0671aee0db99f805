/*
 * arguments: the values of a line into the parameters of a call, by the rows of the command;
 * what is missing is asked for, unless nobody is there to answer (softether.md 3.1). Called by
 * run.c.
 */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "verb.h"

static const char *mark_of(const struct verb_arg *arg)
{
	return *arg->name ? "/" : "";
}

/* The argument that a typed name means; NULL, and how many it may mean. */
static const struct verb_arg *meant(const struct verb *verb, const char *typed, unsigned *n)
{
	const struct verb_arg *found = NULL;

	*n = 0;
	for (const struct verb_arg *a = verb->args; a && a->name; a++) {
		if (strcasecmp(typed, a->name) == 0) {
			*n = 1;
			return a;
		}
		if (*typed && strncasecmp(typed, a->name, strlen(typed)) == 0) {
			found = a;
			++*n;
		}
	}
	return *n == 1 ? found : NULL;
}

/* Each value to its argument, values without a name beyond the first one are an error too: what
 * SoftEther ignores may be a forgotten quotation mark. */
static unsigned place(struct vpncmd *v, const struct verb *verb, const struct line *line,
		      const char **texts)
{
	if (line->too_many)
		return run_fail(v, VPNCMD_INVALID_PARAMETER, "There are too many values.");
	for (unsigned i = 0; i < line->n; i++) {
		const struct line_value *value = &line->values[i];
		unsigned n;
		const struct verb_arg *a = meant(verb, value->name, &n);

		if (a && !texts[a - verb->args]) {
			texts[a - verb->args] = value->text;
			continue;
		}
		fprintf(v->io.out, "%s has %s \"%s%s\". See \"%s ?\".\n", verb->name,
			a       ? "a second value for"
			: n > 1 ? "several parameters that begin with"
				: "no parameter",
			*value->name ? "/" : "", *value->name ? value->name : value->text,
			verb->name);
		return VPNCMD_INVALID_PARAMETER;
	}
	return 0;
}

/* Typed twice, not shown. NULL: given up. */
static char *ask_secret(struct vpncmd *v, const struct verb_arg *arg)
{
	for (;;) {
		char *once = v->io.read(v->io.ctx, arg->prompt, true);
		char *again = once ? v->io.read(v->io.ctx, "Confirm: ", true) : NULL;
		bool same = once && again && strcmp(once, again) == 0;

		if (again)
			explicit_bzero(again, strlen(again));
		free(again);
		if (same || !once || !again)
			return same ? once : (free(once), NULL);
		explicit_bzero(once, strlen(once));
		free(once);
		fprintf(v->io.out, "The two are not alike.\n");
	}
}

static char *ask(struct vpncmd *v, const struct verb_arg *arg)
{
	if (v->o.programming)
		fprintf(v->io.out, "[PROMPT:%d:%s]\n", arg->kind == ARG_SECRET ? 1 : 0,
			arg->prompt);
	if (arg->kind == ARG_SECRET && !v->o.programming)
		return ask_secret(v, arg);
	return v->io.read(v->io.ctx, v->o.programming ? "" : arg->prompt, arg->kind == ARG_SECRET);
}

/* Puts text, or what is typed when it is missing or wrong, until it is right. False: given up. */
static bool put(struct vpncmd *v, const struct verb_arg *arg, const char *text, json_t *params)
{
	bool given = text;

	for (;;) {
		char *typed = given ? NULL : ask(v, arg), *wrong;

		if (!given && !typed)
			return false;
		wrong = value_put(arg, given ? text : typed, params);
		if (typed)
			explicit_bzero(typed, strlen(typed));
		free(typed);
		if (!wrong)
			return true;
		fprintf(v->io.out, "%s%s: %s\n", mark_of(arg), *arg->name ? arg->name : "The value",
			wrong);
		free(wrong);
		if (given || v->o.programming)
			return false;
	}
}

json_t *arguments_take(struct vpncmd *v, const struct verb *verb, const struct line *line,
		       unsigned *error)
{
	const char *texts[VERB_ARGS_MAX] = {0};
	json_t *params = json_object();

	*error = place(v, verb, line, texts);
	for (const struct verb_arg *a = verb->args; a && a->name && !*error; a++) {
		const char *text = texts[a - verb->args];

		if (!text && !a->prompt)
			continue;
		if (!put(v, a, text, params))
			*error = VPNCMD_INVALID_PARAMETER;
	}
	if (!*error)
		return params;
	json_decref(params);
	return NULL;
}
