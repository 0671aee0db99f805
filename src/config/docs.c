/*
 * Docs: prints docs/COMMANDS.md from the schema on stdout. A program of its own,
 * run by hand when commands change; nothing of the server calls it.
 */
#include <stdio.h>
#include <string.h>

#include "hub/options.h"
#include "hub/policy.h"
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

static void print_policies(void)
{
	const struct hub_policy_row *r;

	printf("\n## Security policies\n\n"
	       "By name, for `policy NAME VALUE` of a group or a user of a hub.\n\n");
	for (unsigned id = 0; (r = hub_policy_row(id)); id++) {
		if (r->refused) {
			printf("* `%s`: not taken: %s.\n", r->name, r->refused);
			continue;
		}
		if (r->kind == POLICY_BOOL)
			printf("* `%s` yes or no, default %s: %s.", r->name,
			       r->standard ? "yes" : "no", r->text);
		else
			printf("* `%s` %u to %u%s%s%s, default %u: %s.", r->name, r->min, r->max,
			       r->unit[0] ? " " : "", r->unit,
			       !r->zero_is_none ? ""
			       : r->unit[0]     ? " or 0, no limit"
						: " or 0, none",
			       r->standard, r->text);
		printf("%s\n", r->ports == POLICY_ON_ETHERNET
				       ? " For ports of EtherIP and L2TPv3 only."
				       : "");
	}
}

static void print_options(void)
{
	const struct hub_option_row *r;

	printf("\n## Extended options of hubs\n\n"
	       "By name, for `option NAME VALUE`. What the server cannot do otherwise has one "
	       "value.\n\n");
	for (unsigned id = 0; (r = hub_option_row(id)); id++) {
		if (r->refused)
			printf("* `%s` is %u (%s): %s.\n", r->name, r->standard, r->text,
			       r->refused);
		else
			printf("* `%s` %u to %u, default %u: %s.%s\n", r->name, r->min, r->max,
			       r->standard, r->text,
			       config_option_acts(id) ? ""
						      : " Not acted on yet: only the default.");
	}
}

int main(void)
{
	printf("# Commands of the configuration\n\n"
	       "Made by `config-docs` from the schema in `src/config`; do not edit.\n\n"
	       "Words in lower case are typed as they are, or by a prefix that no other word of\n"
	       "that place shares. `{a|b}` is one of these, `[x]` may be left out, `NAME` is a\n"
	       "value, `N<1-9>` a number in this range, `X...` one or more, `(a X|b Y)` any of\n"
	       "these in any order, each once. Indentation means nothing: a line is tried in the\n"
	       "open mode first, then as a global command, which closes the mode; so does `exit`.\n"
	       "Lines that begin with `!` or `:` are comments.\n"
	       "A value with spaces stands in \"quotes\".\n");
	for (enum mode m = MODE_GLOBAL; m < MODE_N; m++)
		print_section(m);
	print_policies();
	print_options();
	return 0;
}
