/*
 * shell: lines to commands: the prompt, the chosen hub, HELP and the forms of it, shortened
 * names, the end (softether.md 3.1). Called by src/main/vpncmd.c.
 */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "verb.h"

struct vpncmd *vpncmd_new(const struct vpncmd_io *io, const struct vpncmd_options *o)
{
	struct vpncmd *v = calloc(1, sizeof(*v));

	if (!v)
		return NULL;
	v->io = *io;
	v->o = *o;
	return v;
}

void vpncmd_free(struct vpncmd *v)
{
	free(v);
}

bool vpncmd_begin(struct vpncmd *v)
{
	unsigned error;
	char *line;

	if (!v->o.csv)
		fprintf(v->io.out,
			"Connected to the server \"%s\" as the administrator of %s%s.\n\n",
			v->o.server, v->o.hub_admin ? "the virtual hub " : "the whole server",
			v->o.hub_admin ? v->o.hub : "");
	if (!*v->o.hub)
		return true;
	if (asprintf(&line, "Hub \"%s\"", v->o.hub) < 0)
		return false;
	error = vpncmd_line(v, line);
	free(line);
	return error == 0;
}

const struct verb *shell_find(const char *typed, unsigned *n)
{
	const struct verb *found = NULL;

	*n = 0;
	for (const struct verb *const *table = verb_tables; *table; table++) {
		for (const struct verb *verb = *table; verb->name; verb++) {
			enum line_match match = line_match(typed, verb->name);

			if (match == LINE_EXACT) {
				*n = 1;
				return verb;
			}
			if (match == LINE_SHORTENED) {
				found = verb;
				++*n;
			}
		}
	}
	return *n == 1 ? found : NULL;
}

/* The row of a typed name; NULL: the error was told. */
static const struct verb *find(const struct vpncmd *v, const char *typed)
{
	unsigned n;
	const struct verb *verb = shell_find(typed, &n);

	if (n > 1) {
		fprintf(v->io.out, "\"%s\" may be any of these:\n", typed);
		help_list(v, typed);
	} else if (!verb) {
		fprintf(v->io.out, "\"%s\": there is no such command. HELP lists them all.\n",
			typed);
	}
	return verb;
}

static bool asks_for_help(const struct line *line)
{
	for (unsigned i = 0; i < line->n; i++) {
		const struct line_value *value = &line->values[i];
		const char *text = *value->name ? value->name : value->text;

		if (strcmp(text, "?") == 0 || (*value->name && strcasecmp(text, "HELP") == 0))
			return true;
	}
	return false;
}

/* SoftEther's help ends with this number, and so do scripts that look at it. */
static unsigned help(struct vpncmd *v, const char *typed)
{
	const struct verb *verb;

	if (!*typed) {
		help_list(v, NULL);
		fprintf(v->io.out, "\n\"NAME ?\" tells more about one of them.\n\n");
		return 0;
	}
	verb = find(v, typed);
	if (!verb)
		return VPNCMD_BAD_COMMAND;
	help_verb(v, verb);
	return VPNCMD_INVALID_PARAMETER;
}

static const char *first_text(const struct line *line)
{
	return line->n ? (*line->values[0].name ? line->values[0].name : line->values[0].text) : "";
}

static unsigned carry_out(struct vpncmd *v, const struct line *line)
{
	const struct verb *verb;

	if (strcasecmp(line->command, "exit") == 0 || strcasecmp(line->command, "quit") == 0) {
		v->leave = true;
		return 0;
	}
	if (strcasecmp(line->command, "help") == 0)
		return help(v, first_text(line));
	if (*line->command == '?')
		return help(v, line->command[1] ? line->command + 1 : first_text(line));
	verb = find(v, line->command);
	if (!verb)
		return VPNCMD_BAD_COMMAND;
	if (asks_for_help(line)) {
		help_verb(v, verb);
		return VPNCMD_INVALID_PARAMETER;
	}
	if (!v->o.csv)
		fprintf(v->io.out, "%s: %s\n", verb->name, verb->purpose);
	return run_verb(v, verb, line);
}

unsigned vpncmd_line(struct vpncmd *v, const char *text)
{
	struct line line;
	unsigned error = 0;

	if (!line_parse(text, &line))
		return run_fail(v, VPNCMD_BAD_COMMAND, "Memory is short.");
	if (*line.command)
		error = carry_out(v, &line);
	line_free(&line);
	return error;
}

unsigned vpncmd_shell(struct vpncmd *v)
{
	unsigned error = 0;
	char prompt[300];

	while (!v->leave) {
		char *line;

		snprintf(prompt, sizeof(prompt), "VPN Server%s%s>", *v->hub ? "/" : "", v->hub);
		line = v->io.read(v->io.ctx, prompt, false);
		if (!line)
			break;
		if (*line)
			error = vpncmd_line(v, line);
		explicit_bzero(line, strlen(line));
		free(line);
	}
	return error;
}
