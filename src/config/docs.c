/*
 * Docs: prints docs/COMMANDS.md from the schema on stdout. A program of its own,
 * run by hand when commands change; nothing of the server calls it.
 */
#include <stdio.h>
#include <string.h>

#include "schema.h"

/* A grammar may hold '|', which ends a cell of a table: rows are lists instead. */
static void print_words(const char *words)
{
	while (words && *words) {
		size_t run = strcspn(words, ";"), name = strcspn(words, "=");

		printf("  * `%.*s`: %.*s\n", (int)name, words, (int)(run - name - 1),
		       words + name + 1);
		words += run + (words[run] == ';');
	}
}

static void print_row(const struct row *r)
{
	if (r->set)
		printf("* `%s`  \n  %s.\n", r->grammar, r->help);
	else
		printf("* %s.\n", r->help);
	if (r->no && r->set)
		printf("  Undone by `no %s`.\n", r->no);
	print_words(r->words);
}

static void print_section(enum mode m)
{
	const struct mode_info *info = schema_mode(m);
	const struct row *r;

	if (info->parent != MODE_GLOBAL)
		printf("\n## Under `%s`, `%s` (%s)\n\n", schema_mode(info->parent)->header,
		       info->header, info->prompt);
	else if (info->header)
		printf("\n## Under `%s` (%s)\n\n", info->header, info->prompt);
	else
		printf("\n## Global commands (%s)\n\n", info->prompt);
	for (unsigned i = 0; (r = schema_row(i)); i++)
		if (r->mode == m)
			print_row(r);
}

int main(void)
{
	printf("# Commands of the configuration\n\n"
	       "Made by `config-docs` from the schema in `src/config`; do not edit.\n\n"
	       "Words in lower case are typed as they are, or by a prefix that no other word of\n"
	       "that place shares. `{a|b}` is one of these, `[x]` may be left out, `NAME` is a\n"
	       "value, `N<1-9>` a number in this range, `X...` one or more. Indentation means\n"
	       "nothing: a line is tried in the open mode first, then as a global command, which\n"
	       "closes the mode; so does `exit`. Lines that begin with `!` or `:` are comments.\n"
	       "A value with spaces stands in \"quotes\".\n");
	for (enum mode m = MODE_GLOBAL; m < MODE_N; m++)
		print_section(m);
	return 0;
}
