/*
 * line: a line of the shell into words, and shortened names (softether.md 3.1). Called by
 * shell.c and arguments.c. Never prints.
 */
#include "line.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* Moves one word from *at to *to, quotation marks taken off; its start. quoted: it began with
 * one, so that a mark in front of it is text. */
static char *take_word(const char **at, char **to, bool *quoted)
{
	const char *p = *at;
	char *start = *to, *w = *to;
	bool inside = false;

	*quoted = *p == '"';
	for (; *p && (inside || !isspace((unsigned char)*p)); p++) {
		if (*p != '"') {
			*w++ = *p;
		} else if (inside && p[1] == '"') {
			*w++ = '"';
			p++;
		} else {
			inside = !inside;
		}
	}
	*w++ = '\0';
	*at = p;
	*to = w;
	return start;
}

static bool is_named(const char *word, bool quoted)
{
	return !quoted && (*word == '/' ||
			   (*word == '-' && (isalpha((unsigned char)word[1]) || word[1] == '?')));
}

static void add(struct line *l, char *word, bool quoted)
{
	struct line_value *v;
	char *end;

	if (l->n == LINE_VALUES_MAX) {
		l->too_many = true;
		return;
	}
	v = &l->values[l->n++];
	if (!is_named(word, quoted)) {
		*v = (struct line_value){.name = "", .text = word};
		return;
	}
	end = word + strcspn(word, ":=");
	*v = (struct line_value){.name = word + 1, .mark = *word, .text = *end ? end + 1 : ""};
	*end = '\0';
}

bool line_parse(const char *text, struct line *out)
{
	bool quoted, first = true;
	const char *at = text;
	char *to;

	*out = (struct line){.command = ""};
	out->copy = to = malloc(strlen(text) + 2);
	if (!to)
		return false;
	for (;;) {
		char *word;

		at += strspn(at, " \t\r\n\v\f");
		if (!*at)
			return true;
		word = take_word(&at, &to, &quoted);
		if (first)
			out->command = word;
		else
			add(out, word, quoted);
		first = false;
	}
}

void line_free(struct line *l)
{
	free(l->copy);
	*l = (struct line){.command = ""};
}

/* Is typed a beginning of name's capital letters? */
static bool fits_capitals(const char *typed, const char *name)
{
	for (; *name && *typed; name++) {
		if (!isupper((unsigned char)*name) && !isdigit((unsigned char)*name))
			continue;
		if (tolower((unsigned char)*name) != tolower((unsigned char)*typed))
			return false;
		typed++;
	}
	return !*typed;
}

enum line_match line_match(const char *typed, const char *name)
{
	if (strcasecmp(typed, name) == 0)
		return LINE_EXACT;
	if (!*typed)
		return LINE_DIFFERS;
	return strncasecmp(typed, name, strlen(typed)) == 0 || fits_capitals(typed, name)
		       ? LINE_SHORTENED
		       : LINE_DIFFERS;
}
