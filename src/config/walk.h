/*
 * walk: steps through a grammar string (grammar.h) without compiling it. A place
 * is a pointer into the string; what stands there is one token.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "config/grammar.h"

enum token_kind { TOKEN_END, TOKEN_KEYWORD, TOKEN_CHOICE, TOKEN_PARAM };

struct token {
	enum token_kind kind;
	const char *text; /* keyword, inside of the braces, or parameter name */
	size_t len;
	const char *range; /* behind '<', or NULL */
	bool repeat;
	const char *next; /* the place behind it */
};

/* The token at a place that walk_places() gave. */
struct token walk_token(const char *at);

/* A place and the number of captures before it. */
struct place {
	const char *at;
	unsigned slot;
};

#define PLACES_MAX 24

/* Where the next token may stand from here on, optional parts taken and left
 * out, in a (a|b) all of its members; returns how many (at most PLACES_MAX). */
unsigned walk_places(struct place from, struct place out[PLACES_MAX]);

/* Calls back each keyword of a keyword or choice token, in order, until false. */
typedef bool walk_keyword(void *ctx, unsigned index, const char *text, size_t len);
void walk_keywords(const struct token *t, walk_keyword *each, void *ctx);

/* Does the grammar have a secret parameter? */
bool walk_has_secret(const char *grammar);

/* value.c: the parameter t with the word w. False and why (at most cap octets,
 * without the word) when the word does not fit. */
bool value_parse(const struct token *t, const struct grammar_word *w, struct grammar_capture *out,
		 char *why, size_t cap);
bool value_is_secret(const struct token *t);
/* A word of decimal digits alone, up to 4294967295. */
bool value_decimal(const struct grammar_word *w, uint32_t *out);

/* nearest.c: optimal string alignment distance, case ignored; texts of more than
 * 64 octets are far from everything. */
unsigned edit_distance(const char *a, size_t a_len, const char *b, size_t b_len);

/* Is a keyword of this length near enough to be what was meant? */
bool edit_is_near(unsigned distance, size_t typed_len, size_t len);

/* The name that was probably meant, of name(0), name(1)... up to NULL; NULL: none is near. */
const char *nearest_name(const char *text, const char *(*name)(unsigned i));
