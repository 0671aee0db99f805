/*
 * Lexer: a line of a configuration or of the shell into words with columns.
 *
 * Called by parse.c and by the shell of src/manage. Never allocates, never reads
 * beyond the line, never changes the caller's text. Any octets may come in; the
 * words that go out are free of control characters.
 */
#include <stdio.h>
#include <string.h>

#include "config/grammar.h"

struct lexer {
	const char *text;
	size_t len, at;
	struct grammar_line *line;
	size_t used; /* octets of line->buf */
	struct grammar_error *err;
};

static bool lex_fail(struct lexer *l, const char *why)
{
	*l->err = (struct grammar_error){.fault = GRAMMAR_LEXICAL,
					 .column = (unsigned)l->at + 1,
					 .depth = l->line->n,
					 .distance = GRAMMAR_FAR};
	snprintf(l->err->text, sizeof(l->err->text), "%s", why);
	return false;
}

static bool is_space(char ch)
{
	return ch == ' ' || ch == '\t';
}

static bool is_control(char ch)
{
	return (unsigned char)ch < 0x20 || ch == 0x7f;
}

static bool lex_plain(struct lexer *l)
{
	while (l->at < l->len && !is_space(l->text[l->at])) {
		if (is_control(l->text[l->at]))
			return lex_fail(l, "a control character is not allowed");
		l->line->buf[l->used++] = l->text[l->at++];
	}
	return true;
}

static bool lex_quoted(struct lexer *l)
{
	l->at++;
	while (l->at < l->len && l->text[l->at] != '"') {
		if (l->text[l->at] == '\\' && l->at + 1 < l->len &&
		    (l->text[l->at + 1] == '"' || l->text[l->at + 1] == '\\'))
			l->at++;
		if (is_control(l->text[l->at]))
			return lex_fail(l, "a control character is not allowed");
		l->line->buf[l->used++] = l->text[l->at++];
	}
	if (l->at == l->len)
		return lex_fail(l, "the closing quote is missing");
	l->at++;
	if (l->at < l->len && !is_space(l->text[l->at]))
		return lex_fail(l, "a space must follow the closing quote");
	return true;
}

static bool lex_word(struct lexer *l)
{
	struct grammar_word *w;
	size_t start = l->used;

	if (l->line->n == GRAMMAR_WORDS_MAX)
		return lex_fail(l, "too many words in one line");
	w = &l->line->w[l->line->n];
	w->column = (unsigned)l->at + 1;
	w->text = l->line->buf + start;
	w->quoted = l->text[l->at] == '"';
	if (!(w->quoted ? lex_quoted(l) : lex_plain(l)))
		return false;
	w->len = l->used - start;
	l->line->buf[l->used++] = '\0';
	l->line->n++;
	return true;
}

bool grammar_split(const char *text, size_t len, struct grammar_line *line,
		   struct grammar_error *err)
{
	struct lexer l = {.text = text, .len = len, .line = line, .err = err};

	line->n = 0;
	while (l.at < len && is_space(text[l.at]))
		l.at++;
	if (l.at < len && (text[l.at] == '!' || text[l.at] == ':'))
		return true;
	if (len - l.at > GRAMMAR_LINE_MAX - 1)
		return lex_fail(&l, "the line is too long: 1023 octets are allowed");
	while (l.at < len) {
		if (is_space(text[l.at]))
			l.at++;
		else if (!lex_word(&l))
			return false;
	}
	return true;
}

static bool needs_quotes(const char *word)
{
	static const char *const special[] = {"0", "8"}; /* key types (asa-and-peers.md 1.2) */

	for (size_t i = 0; i < sizeof(special) / sizeof(special[0]); i++)
		if (strcmp(word, special[i]) == 0)
			return true;
	return word[0] == '"' || strpbrk(word, " \t") || strspn(word, "*") == strlen(word);
}

const char *grammar_quote(const char *word, char *buf, size_t cap)
{
	size_t o = 0;

	if (!needs_quotes(word)) {
		snprintf(buf, cap, "%s", word);
		return buf;
	}
	buf[o++] = '"';
	for (; *word && o + 4 < cap; word++) {
		if (*word == '"' || *word == '\\')
			buf[o++] = '\\';
		buf[o++] = *word;
	}
	buf[o++] = '"';
	buf[o] = '\0';
	return buf;
}
