/*
 * A line of the shell as words: a command's name, at most one value without a name, and values
 * with names (`/NAME:value`).
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#define LINE_VALUES_MAX 32

struct line_value {
	const char *name; /* without the mark; "" for a value that has none */
	char mark;        /* '/' or '-' in front of the name */
	const char *text; /* "" when nothing stood behind the name */
};

struct line {
	char *copy; /* what the texts point into */
	const char *command;
	unsigned n;
	struct line_value values[LINE_VALUES_MAX];
	bool too_many;
};

/* Cuts text into words. A word ends at a blank outside of quotation marks; two marks in a quoted
 * text stand for one. False: memory is short. An empty line has the command "". */
bool line_parse(const char *text, struct line *out);
void line_free(struct line *l);

/* How a typed name fits a name: not at all, as a beginning of it or of its capital letters
 * (`hl` for HubList), or exactly; any case. */
enum line_match { LINE_DIFFERS, LINE_SHORTENED, LINE_EXACT };
enum line_match line_match(const char *typed, const char *name);
