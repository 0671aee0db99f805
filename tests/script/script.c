/*
 * script: reads FILE.t and plays it (tests/script/README.md says the language).
 * Prints FILE:LINE and what was wrong at the first line that fails.
 */
#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "core/api.h"
#include "script.h"

static const char *const default_config =
	"hostname cw\n"
	"hub DEFAULT\n"
	" secure-nat host 10.4.5.1 255.255.255.0\n"
	" secure-nat nat enable\n"
	" secure-nat enable\n"
	"ip local pool OFFICE 10.4.5.10-10.4.5.200 mask 255.255.255.0\n"
	"group-policy DfltGrpPolicy attributes\n"
	" vpn-tunnel-protocol l2tp-ipsec\n"
	" dns-server value 10.4.5.1\n"
	"tunnel-group DefaultRAGroup general-attributes\n"
	" address-pool OFFICE\n"
	" virtual-hub DEFAULT\n"
	"tunnel-group DefaultRAGroup ipsec-attributes\n"
	" ikev1 pre-shared-key testpsk\n"
	"tunnel-group DefaultRAGroup ppp-attributes\n"
	" no authentication chap\n"
	" no authentication ms-chap-v1\n"
	" authentication ms-chap-v2\n"
	"username alice password secret1 mschap\n"
	"username bob password secret2 mschap\n"
	"crypto ikev1 enable outside\n";

void script_fail(struct script *s, const char *fmt, ...)
{
	va_list ap;

	fprintf(stderr, "%s:%u: ", s->file, s->line);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fprintf(stderr, "\n");
	s->failed = true;
}

struct world *script_world(struct script *s)
{
	char error[256] = "";

	if (s->world)
		return s->world;
	s->world = world_new(s->config[0] ? s->config : default_config, s->workers ? s->workers : 1,
			     64, s->seed ? s->seed : 1, error);
	if (!s->world) {
		script_fail(s, "the server does not start: %s", error);
		return NULL;
	}
	s->world->keep = true;
	s->world->server_inner = s->server_inner;
	s->world->fate = script_fate;
	s->world->fate_ctx = s;
	return s->world;
}

/* ---- lines ---- */

/* Words by blanks; "..." is one word. */
static bool split(struct script *s, char *line)
{
	char *p = line;

	s->n_words = 0;
	while (*p) {
		while (isspace((unsigned char)*p))
			p++;
		if (!*p || *p == '#')
			break;
		if (s->n_words == SCRIPT_WORDS) {
			script_fail(s, "too many words");
			return false;
		}
		if (*p == '"') {
			s->words[s->n_words++] = ++p;
			p = strchr(p, '"');
			if (!p) {
				script_fail(s, "a quote is not closed");
				return false;
			}
		} else {
			s->words[s->n_words++] = p;
			while (*p && !isspace((unsigned char)*p))
				p++;
		}
		if (*p)
			*p++ = '\0';
	}
	return true;
}

/* The text up to a line that is only the mark. */
static void take_text(struct script *s, FILE *f, const char *mark)
{
	char line[SCRIPT_LINE];
	size_t at = 0;

	s->config[0] = '\0';
	while (fgets(line, sizeof(line), f)) {
		s->line++;
		if (strcspn(line, "\n") == strlen(mark) && strncmp(line, mark, strlen(mark)) == 0)
			return;
		if (at + strlen(line) >= sizeof(s->config)) {
			script_fail(s, "the configuration is too long");
			return;
		}
		strcpy(s->config + at, line);
		at += strlen(line);
	}
	script_fail(s, "no line \"%s\" ends the text", mark);
}

static void config_line(struct script *s, FILE *f)
{
	if (s->world)
		script_fail(s, "the configuration comes before the first client");
	else if (s->n_words == 2 && strncmp(s->words[1], "<<", 2) == 0 && s->words[1][2])
		take_text(s, f, s->words[1] + 2);
	else if (s->n_words == 2 && strncmp(s->words[1], "+<<", 3) == 0 && s->words[1][3]) {
		char more[sizeof(s->config)];

		take_text(s, f, s->words[1] + 3);
		snprintf(more, sizeof(more), "%s", s->config);
		if (snprintf(s->config, sizeof(s->config), "%s%s", default_config, more) >=
		    (int)sizeof(s->config))
			script_fail(s, "the configuration is too long");
	} else
		script_fail(s, "config <<MARK or config +<<MARK");
}

/* What the front ends do: lines on top of the running configuration. */
static void configure_line(struct script *s, FILE *f)
{
	bool wrong = s->n_words == 4 && strcmp(s->words[1], "refused") == 0;
	char want[SCRIPT_LINE], mark[SCRIPT_LINE], error[256] = "";
	struct cfg_errors errs;
	const char *said;
	bool done;

	if (s->n_words != (wrong ? 4 : 2) || strncmp(s->words[s->n_words - 1], "<<", 2) != 0) {
		script_fail(s, "configure [refused TEXT] <<MARK");
		return;
	}
	snprintf(want, sizeof(want), "%s", s->words[2 * wrong]);
	snprintf(mark, sizeof(mark), "%s", s->words[s->n_words - 1] + 2);
	if (!script_world(s))
		return;
	take_text(s, f, mark);
	done = api_configure(s->world->core, s->config, strlen(s->config), false, &errs, error,
			     sizeof(error)) == API_CONFIGURED;
	said = error[0] ? error : errs.n ? errs.e[0].text : "";
	if (wrong && (done || !strstr(said, want)))
		script_fail(s, "the lines are %s: %s", done ? "taken" : "refused otherwise", said);
	else if (!wrong && !done)
		script_fail(s, "the lines are refused: %s", said);
}

static void play(struct script *s, FILE *f)
{
	char line[SCRIPT_LINE];

	while (!s->failed && fgets(line, sizeof(line), f)) {
		char mark[SCRIPT_LINE];

		s->line++;
		line[strcspn(line, "\n")] = '\0';
		if (!split(s, line) || s->n_words == 0)
			continue;
		if (strcmp(s->words[0], "config") == 0) {
			snprintf(mark, sizeof(mark), "%s", s->n_words > 1 ? s->words[1] : "");
			if (s->n_words > 1)
				s->words[1] = mark;
			config_line(s, f);
		} else if (strcmp(s->words[0], "configure") == 0) {
			configure_line(s, f);
		} else {
			script_command(s);
		}
	}
}

/* The end of every script: the server can be stopped and gives everything back. */
static void end(struct script *s)
{
	char left[128];

	if (!s->world)
		return;
	if (s->world->core && !world_stop(s->world, left, sizeof(left)))
		script_fail(s, "the server ended and left %s", left);
	world_free(s->world);
	s->world = NULL;
}

static void no_log(void *ctx, enum log_level level, const char *line)
{
	(void)ctx;
	(void)level;
	(void)line;
}

int main(int argc, char **argv)
{
	bool verbose = argc > 2 && strcmp(argv[1], "-v") == 0;
	struct script *s = calloc(1, sizeof(*s));
	const char *file = argc > 1 ? argv[argc - 1] : NULL;
	FILE *f = file ? fopen(file, "r") : NULL;
	bool failed;

	if (!f || !s) {
		fprintf(stderr, "usage: script_test [-v] FILE.t\n");
		return 2;
	}
	if (!verbose)
		log_set_sink(no_log, NULL);
	s->file = file;
	s->verbose = verbose;
	play(s, f);
	fclose(f);
	if (s->failed && s->world)
		script_tell(s);
	end(s);
	failed = s->failed;
	free(s);
	return failed ? 1 : 0;
}
