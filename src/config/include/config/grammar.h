/*
 * grammar: a line into words, and words against a table of commands.
 *
 * Used twice: for the commands of the configuration (schema.h) and for the exec
 * commands of the shell. Nothing here knows what a command means.
 *
 * A grammar is one string of words with single spaces between them:
 *
 *   keyword        typed as it is or by a prefix that no other keyword of that
 *                  place shares; any case
 *   {a|b|c}        one of these keywords; captured, its number is the index
 *   NAME           a parameter (upper case); captured. IP, MASK and RANGE are
 *                  checked and converted; KEY and PASSWORD are secret; DOMAIN is
 *                  up to 255 octets, IDENTITY 128, TEXT a whole line, LINES several (secret: a
 *                  line may hold a password), every other name 64
 *   SECONDS<10-300>        a decimal number in this range; captured
 *   SECONDS<10-300|none>   the same, or the word `none`, which is UINT32_MAX
 *   [ ... ]        may be left out (`[` and `]` touch the words inside)
 *   (a X|b Y|{c})  any of these, each at most once, in any order; each begins with a
 *                  keyword and has one capture; not inside of [ ]
 *   NAME...        one or more of it; only as the last word
 *
 * Captures are numbered from 0 in the order of the grammar, left-out ones
 * counted (their `set` is false); the values of NAME... take successive places.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define GRAMMAR_LINE_MAX     1024 /* octets */
#define GRAMMAR_LINES_MAX    (1U << 20)
#define GRAMMAR_WORDS_MAX    40 /* words of a line */
#define GRAMMAR_CAPTURES_MAX 20
#define GRAMMAR_ROWS_MAX     256 /* rows of a table */

struct grammar_word {
	const char *text; /* NUL-terminated, no control characters */
	size_t len;
	unsigned column; /* from 1, in octets */
	bool quoted;     /* stood in "...": never a keyword */
};

/* The words of one line; they point into buf. */
struct grammar_line {
	char buf[GRAMMAR_LINE_MAX + 1];
	unsigned n;
	struct grammar_word w[GRAMMAR_WORDS_MAX];
};

enum grammar_fault {
	GRAMMAR_OK,
	GRAMMAR_LEXICAL,    /* control character, open quote, too long */
	GRAMMAR_UNKNOWN,    /* no command has this word here */
	GRAMMAR_AMBIGUOUS,  /* a prefix of several keywords */
	GRAMMAR_BAD_VALUE,  /* a parameter is out of its range or shape */
	GRAMMAR_INCOMPLETE, /* words are missing at the end */
};

#define GRAMMAR_FAR UINT32_MAX

struct grammar_error {
	enum grammar_fault fault;
	unsigned column;   /* of the word at fault, from 1 */
	unsigned depth;    /* words understood before it */
	uint32_t distance; /* edit distance of the nearest keyword; 0: ambiguous; GRAMMAR_FAR: none
			    */
	char text[256];    /* never holds a word of a command with a secret in it */
};

/* Splits a line (without its newline) at spaces and tabs. "..." is one word, in
 * it \" and \\ stand for " and \. A line that starts with ! or : has no words.
 * False with *err when it is too long, has too many words or a control character. */
bool grammar_split(const char *text, size_t len, struct grammar_line *line,
		   struct grammar_error *err);

/* The word as it must be written so that grammar_split() gives it back, into buf
 * (2 * strlen(word) + 3 octets are enough); returns buf. */
const char *grammar_quote(const char *word, char *buf, size_t cap);

/* One command. help: one line for people. words: help for parameters and keywords,
 * "NAME=the pool's name;MASK=its subnet mask", or NULL. id: the caller's. */
struct grammar_row {
	const char *grammar;
	const char *help;
	unsigned id;
	const char *words;
};

struct grammar_capture {
	bool set;
	struct grammar_word word;
	uint32_t number;  /* number; IP in host order; MASK as prefix length; RANGE first;
			   * index in {a|b|c} */
	uint32_t number2; /* RANGE last */
};

struct grammar_match {
	const struct grammar_row *row;
	unsigned n; /* captures up to the last one that is set */
	struct grammar_capture cap[GRAMMAR_CAPTURES_MAX];
};

/* Finds the one row of rows[0..n) that the words are a whole command of. False
 * with *err when there is none; an unknown word names the nearest keyword. The
 * captures point at the words. n at most GRAMMAR_ROWS_MAX, n_words at least 1. */
bool grammar_match(const struct grammar_row *rows, size_t n, const struct grammar_word *words,
		   size_t n_words, struct grammar_match *out, struct grammar_error *err);

/* One thing that may come next, for `?` and Tab. */
struct grammar_hint {
	char token[64]; /* keyword, parameter name, or "<cr>" */
	bool keyword;
	const char *help; /* not NUL-terminated: help_len octets; NULL when there is none */
	size_t help_len;
};

/* What may follow the words; partial, when not empty, is the start of the next
 * word and keeps only keywords that begin with it (and parameters). Returns how
 * many hints were written, at most cap, each token once, in the order of rows. */
size_t grammar_next(const struct grammar_row *rows, size_t n, const struct grammar_word *words,
		    size_t n_words, const char *partial, struct grammar_hint *out, size_t cap);

/* Is the word, as typed, this keyword or a prefix of it? */
bool grammar_is_prefix(const struct grammar_word *w, const char *keyword);
