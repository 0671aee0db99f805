/*
 * help: what a command is for, how it is typed, what its parameters mean; and the list of all
 * (softether.md 3.1). Called by shell.c.
 */
#include <string.h>

#include "verb.h"

#define WIDTH 79

/* text in lines of WIDTH characters, each behind indent blanks. */
static void print_wrapped(FILE *out, unsigned indent, const char *text)
{
	size_t column = 0;

	while (*text) {
		size_t len = strcspn(text, " ");

		if (column && column + 1 + len > WIDTH - indent) {
			fputc('\n', out);
			column = 0;
		}
		fprintf(out, "%*s%.*s", column ? 1 : (int)indent, "", (int)len, text);
		column += len + (column > 0);
		text += len;
		text += strspn(text, " ");
	}
	fputc('\n', out);
}

static void print_usage(FILE *out, const struct verb *verb)
{
	fprintf(out, "\nUsage:\n  %s", verb->name);
	for (const struct verb_arg *a = verb->args; a && a->name; a++) {
		if (*a->name)
			fprintf(out, " [/%s:%s]", a->name, a->kind == ARG_YES ? "yes|no" : "...");
		else
			fprintf(out, " [%s]", a->field);
	}
	fputc('\n', out);
}

static size_t widest(const struct verb *verb)
{
	size_t most = 0;

	for (const struct verb_arg *a = verb->args; a && a->name; a++) {
		size_t n = *a->name ? strlen(a->name) + 1 : strlen(a->field);

		most = n > most ? n : most;
	}
	return most;
}

void help_verb(const struct vpncmd *v, const struct verb *verb)
{
	FILE *out = v->io.out;
	int w = (int)widest(verb);

	fprintf(out, "%s: %s\n\nPurpose:\n", verb->name, verb->purpose);
	print_wrapped(out, 2, verb->purpose);
	if (verb->why_not || verb->help) {
		fprintf(out, "\nDescription:\n");
		print_wrapped(out, 2, verb->why_not ? verb->why_not : verb->help);
	}
	print_usage(out, verb);
	if (verb->args && verb->args->name)
		fprintf(out, "\nParameters:\n");
	for (const struct verb_arg *a = verb->args; a && a->name; a++) {
		fprintf(out, "  %s%-*s -", *a->name ? "/" : "", w - (*a->name != 0),
			*a->name ? a->name : a->field);
		print_wrapped(out, 1, a->help);
	}
}

void help_list(const struct vpncmd *v, const char *typed)
{
	for (const struct verb *const *table = verb_tables; *table; table++) {
		for (const struct verb *verb = *table; verb->name; verb++) {
			if (!typed || line_match(typed, verb->name))
				fprintf(v->io.out, " %-26s - %s\n", verb->name, verb->purpose);
		}
	}
}
