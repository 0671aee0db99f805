/*
 * Hint: what may follow the words typed so far, for `?` and Tab in the shell.
 * Called by src/manage; changes nothing.
 */
#include <stdio.h>
#include <string.h>

#include "states.h"

/* The text behind "TOKEN=" in a row's words, up to ';'. */
static const char *help_of(const struct grammar_row *row, const char *token, size_t len,
			   size_t *help_len)
{
	const char *at = row->words;

	while (at && *at) {
		size_t run = strcspn(at, ";");

		if (run > len && at[len] == '=' && memcmp(at, token, len) == 0) {
			*help_len = run - len - 1;
			return at + len + 1;
		}
		at += run + (at[run] == ';');
	}
	*help_len = row->help ? strlen(row->help) : 0;
	return row->help;
}

struct hints {
	struct grammar_hint *out;
	size_t n, cap;
	const struct grammar_row *row;
	struct grammar_word partial;
	bool keyword;
};

static bool hint_add(void *ctx, unsigned index, const char *text, size_t len)
{
	struct hints *h = ctx;
	struct grammar_hint *hint;

	(void)index;
	if (h->n == h->cap || len >= sizeof(h->out->token))
		return false;
	if (h->keyword && h->partial.len &&
	    (h->partial.len > len || !grammar_is_prefix(&h->partial, text)))
		return true;
	for (size_t i = 0; i < h->n; i++)
		if (strlen(h->out[i].token) == len && memcmp(h->out[i].token, text, len) == 0)
			return true;
	hint = &h->out[h->n++];
	memcpy(hint->token, text, len);
	hint->token[len] = '\0';
	hint->keyword = h->keyword;
	hint->help = help_of(h->row, text, len, &hint->help_len);
	return true;
}

static void hints_of(const struct state *s, struct hints *h)
{
	struct token t = walk_token(s->place.at);

	h->row = s->row;
	h->keyword = t.kind == TOKEN_KEYWORD || t.kind == TOKEN_CHOICE;
	if (h->keyword)
		walk_keywords(&t, hint_add, h);
	else if (t.kind == TOKEN_PARAM)
		hint_add(h, 0, t.text, t.len);
	else if (!h->partial.len)
		hint_add(h, 0, "<cr>", 4);
}

size_t grammar_next(const struct grammar_row *rows, size_t n, const struct grammar_word *words,
		    size_t n_words, const char *partial, struct grammar_hint *out, size_t cap)
{
	struct states sets[2];
	struct grammar_error err;
	struct hints h = {.out = out,
			  .cap = cap,
			  .partial = {.text = partial, .len = partial ? strlen(partial) : 0}};

	if (n_words > GRAMMAR_WORDS_MAX || n > GRAMMAR_ROWS_MAX)
		return 0;
	states_start(&sets[0], rows, n);
	for (unsigned i = 0; i < n_words; i++)
		if (!states_step(&sets[i % 2], &sets[(i + 1) % 2], i, &words[i], &err))
			return 0;
	for (unsigned i = 0; i < sets[n_words % 2].n; i++)
		hints_of(&sets[n_words % 2].s[i], &h);
	return h.n;
}
