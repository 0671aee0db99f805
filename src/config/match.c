/*
 * Match: the words of a line against a table of grammars.
 *
 * All rows are walked side by side, a word at a time; a state is a place in one
 * row's grammar and the capture that each word went to. At each word an exact
 * keyword beats a prefix, and a keyword beats a parameter, so what a line means
 * never depends on the order of the rows. Called by parse.c and by the shell.
 * Work and memory are bounded by GRAMMAR_ROWS_MAX x GRAMMAR_WORDS_MAX.
 */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/log.h"
#include "states.h"

#define CANDIDATES_MAX 6

/* words: how many the line has so far. A member of (a|b) that was taken cannot come again. */
static void states_push(struct states *s, const struct state *from, unsigned words, const char *at,
			unsigned slot)
{
	struct place places[PLACES_MAX];
	unsigned n = walk_places((struct place){at, slot}, places);

	for (unsigned i = 0; i < n && s->n < STATES_MAX; i++) {
		if (memchr(from->path, (int)places[i].slot, words))
			continue;
		s->s[s->n] = *from;
		s->s[s->n].place = places[i];
		s->n++;
	}
}

void states_start(struct states *s, const struct grammar_row *rows, size_t n)
{
	s->n = 0;
	for (size_t i = 0; i < n; i++) {
		struct state st = {.row = &rows[i]};

		states_push(s, &st, 0, rows[i].grammar, 0);
	}
}

/* How well a word fits a keyword or choice token. */
struct fit {
	const struct grammar_word *w;
	enum fit_level { FIT_NONE, FIT_PREFIX, FIT_EXACT } level;
	unsigned index;
};

bool grammar_is_prefix(const struct grammar_word *w, const char *keyword)
{
	return !w->quoted && w->len > 0 && strncasecmp(w->text, keyword, w->len) == 0;
}

static bool fit_keyword(void *ctx, unsigned index, const char *text, size_t len)
{
	struct fit *f = ctx;
	enum fit_level level;

	if (f->w->len > len || !grammar_is_prefix(f->w, text))
		return true;
	level = f->w->len == len ? FIT_EXACT : FIT_PREFIX;
	if (level > f->level) {
		f->level = level;
		f->index = index;
	}
	return true;
}

static struct fit fit_of(const struct token *t, const struct grammar_word *w)
{
	struct fit f = {.w = w};

	if (t->kind == TOKEN_KEYWORD || t->kind == TOKEN_CHOICE)
		walk_keywords(t, fit_keyword, &f);
	return f;
}

static enum fit_level best_fit(const struct states *s, const struct grammar_word *w)
{
	enum fit_level best = FIT_NONE;

	for (unsigned i = 0; i < s->n; i++) {
		struct token t = walk_token(s->s[i].place.at);
		struct fit f = fit_of(&t, w);

		if (f.level > best)
			best = f.level;
	}
	return best;
}

/* Distinct keywords that stand at the states' places and pass a filter. */
struct candidates {
	const struct grammar_word *prefix; /* only keywords that begin with it, or NULL */
	unsigned n;                        /* counted beyond the array too */
	struct {
		const char *text;
		size_t len;
	} k[CANDIDATES_MAX];
};

static bool candidate_add(void *ctx, unsigned index, const char *text, size_t len)
{
	struct candidates *c = ctx;

	(void)index;
	if (c->prefix && (c->prefix->len > len || !grammar_is_prefix(c->prefix, text)))
		return true;
	for (unsigned i = 0; i < c->n && i < CANDIDATES_MAX; i++)
		if (c->k[i].len == len && memcmp(c->k[i].text, text, len) == 0)
			return true;
	if (c->n < CANDIDATES_MAX) {
		c->k[c->n].text = text;
		c->k[c->n].len = len;
	}
	c->n++;
	return true;
}

static void candidates_of(const struct states *s, struct candidates *c, bool params)
{
	for (unsigned i = 0; i < s->n; i++) {
		struct token t = walk_token(s->s[i].place.at);

		if (t.kind == TOKEN_KEYWORD || t.kind == TOKEN_CHOICE)
			walk_keywords(&t, candidate_add, c);
		else if (t.kind == TOKEN_PARAM && params)
			candidate_add(c, 0, t.text, t.len);
	}
}

static void candidates_text(const struct candidates *c, char *buf, size_t cap)
{
	size_t o = 0;

	buf[0] = '\0';
	for (unsigned i = 0; i < c->n && i < CANDIDATES_MAX && o < cap; i++)
		o += (size_t)snprintf(buf + o, cap - o, "%s%.*s",
				      i == 0                                    ? ""
				      : i + 1 == c->n && c->n <= CANDIDATES_MAX ? " or "
										: ", ",
				      (int)c->k[i].len, c->k[i].text);
	if (c->n > CANDIDATES_MAX && o < cap)
		snprintf(buf + o, cap - o, " ...");
}

/* May the word at fault be told? Not when a command that is meant may hold a
 * secret, which could stand anywhere behind its first word. */
static bool may_quote(const struct states *s, unsigned depth)
{
	for (unsigned i = 0; depth > 0 && i < s->n; i++)
		if (walk_has_secret(s->s[i].row->grammar))
			return false;
	return true;
}

static void fail(struct grammar_error *err, enum grammar_fault fault, unsigned depth,
		 unsigned column)
{
	*err = (struct grammar_error){
		.fault = fault, .depth = depth, .column = column, .distance = GRAMMAR_FAR};
}

/* " \"WORD\"", or nothing when the word may not be told. */
static void word_text(const struct states *s, unsigned depth, const struct grammar_word *w,
		      char *buf, size_t cap)
{
	size_t len = w->len < 40 ? w->len : 40;

	buf[0] = '\0';
	if (!may_quote(s, depth))
		return;
	buf[0] = ' ';
	log_quote(w->text, len, buf + 1, cap - 1);
}

static void fail_ambiguous(const struct states *s, unsigned depth, const struct grammar_word *w,
			   struct grammar_error *err)
{
	struct candidates c = {.prefix = w};
	char names[120], word[100];

	candidates_of(s, &c, false);
	candidates_text(&c, names, sizeof(names));
	word_text(s, depth, w, word, sizeof(word));
	fail(err, GRAMMAR_AMBIGUOUS, depth, w->column);
	err->distance = 0;
	snprintf(err->text, sizeof(err->text), "the word%s is ambiguous: %s", word, names);
}

struct nearest {
	const struct grammar_word *w;
	unsigned distance;
	const char *text;
	size_t len;
};

static bool nearest_try(void *ctx, unsigned index, const char *text, size_t len)
{
	struct nearest *n = ctx;
	unsigned d = edit_distance(n->w->text, n->w->len, text, len);

	(void)index;
	if (d < n->distance) {
		n->distance = d;
		n->text = text;
		n->len = len;
	}
	return true;
}

static void nearest_of(const struct states *s, struct nearest *near)
{
	near->distance = GRAMMAR_FAR;
	for (unsigned i = 0; i < s->n; i++) {
		struct token t = walk_token(s->s[i].place.at);

		if (t.kind == TOKEN_KEYWORD || t.kind == TOKEN_CHOICE)
			walk_keywords(&t, nearest_try, near);
	}
	if (!edit_is_near(near->distance, near->w->len, near->len))
		near->distance = GRAMMAR_FAR;
}

static void fail_unknown(const struct states *s, unsigned depth, const struct grammar_word *w,
			 struct grammar_error *err)
{
	struct nearest near = {.w = w};
	struct candidates c = {0};
	char names[100], word[100];

	fail(err, GRAMMAR_UNKNOWN, depth, w->column);
	word_text(s, depth, w, word, sizeof(word));
	nearest_of(s, &near);
	err->distance = near.distance;
	if (near.distance != GRAMMAR_FAR) {
		snprintf(err->text, sizeof(err->text), "unknown %s%s; nearest is \"%.*s\"",
			 depth ? "word" : "command", word, (int)near.len, near.text);
		return;
	}
	if (depth)
		candidates_of(s, &c, true);
	candidates_text(&c, names, sizeof(names));
	if (depth == 0)
		snprintf(err->text, sizeof(err->text), "unknown command%s", word);
	else if (c.n)
		snprintf(err->text, sizeof(err->text), "unknown word%s; expected %s", word, names);
	else
		snprintf(err->text, sizeof(err->text),
			 "the word%s is too much: the command ends before it", word);
}

static void fail_value(const struct states *s, unsigned depth, const struct grammar_word *w,
		       const struct token *t, const char *why, struct grammar_error *err)
{
	char word[100];

	word_text(s, depth, w, word, sizeof(word));
	fail(err, GRAMMAR_BAD_VALUE, depth, w->column);
	snprintf(err->text, sizeof(err->text), "%.*s: the word%s %s", (int)t->len, t->text, word,
		 why);
}

static void advance(struct states *to, const struct state *from, unsigned depth,
		    const struct token *t)
{
	struct state st = *from;
	unsigned slot = st.place.slot;

	st.path[depth] = t->kind == TOKEN_KEYWORD ? NOT_CAPTURED : (uint8_t)slot;
	st.token[depth] = (uint16_t)(st.place.at - st.row->grammar);
	if (t->kind != TOKEN_KEYWORD)
		slot++;
	if (t->repeat && slot < GRAMMAR_CAPTURES_MAX)
		states_push(to, &st, depth + 1, st.place.at, slot);
	states_push(to, &st, depth + 1, t->next, slot);
}

/* Keeps the states whose keyword fits; more than one keyword is ambiguous. */
static bool step_keyword(const struct states *s, struct states *to, unsigned depth,
			 const struct grammar_word *w, enum fit_level level,
			 struct grammar_error *err)
{
	struct candidates c = {.prefix = w};

	candidates_of(s, &c, false);
	if (level == FIT_PREFIX && c.n > 1) {
		fail_ambiguous(s, depth, w, err);
		return false;
	}
	for (unsigned i = 0; i < s->n; i++) {
		struct token t = walk_token(s->s[i].place.at);

		if (fit_of(&t, w).level == level)
			advance(to, &s->s[i], depth, &t);
	}
	return true;
}

static bool step_param(const struct states *s, struct states *to, unsigned depth,
		       const struct grammar_word *w, struct grammar_error *err)
{
	struct grammar_capture scratch;
	struct token wrong = {.kind = TOKEN_END};
	char why[80], first_why[80] = "";

	for (unsigned i = 0; i < s->n; i++) {
		struct token t = walk_token(s->s[i].place.at);

		if (t.kind != TOKEN_PARAM)
			continue;
		if (value_parse(&t, w, &scratch, why, sizeof(why))) {
			advance(to, &s->s[i], depth, &t);
		} else if (wrong.kind == TOKEN_END) {
			wrong = t;
			memcpy(first_why, why, sizeof(why));
		}
	}
	if (to->n)
		return true;
	if (wrong.kind == TOKEN_PARAM)
		fail_value(s, depth, w, &wrong, first_why, err);
	else
		fail_unknown(s, depth, w, err);
	return false;
}

bool states_step(const struct states *s, struct states *to, unsigned depth,
		 const struct grammar_word *w, struct grammar_error *err)
{
	enum fit_level level = best_fit(s, w);

	to->n = 0;
	if (level != FIT_NONE)
		return step_keyword(s, to, depth, w, level, err);
	return step_param(s, to, depth, w, err);
}

static void captures_of(const struct state *st, const struct grammar_word *words, size_t n_words,
			struct grammar_match *out)
{
	char why[80];

	memset(out, 0, sizeof(*out));
	out->row = st->row;
	for (size_t i = 0; i < n_words; i++) {
		struct token t = walk_token(st->row->grammar + st->token[i]);
		struct grammar_capture *cap;

		if (st->path[i] >= GRAMMAR_CAPTURES_MAX)
			continue;
		cap = &out->cap[st->path[i]];
		if (t.kind == TOKEN_CHOICE)
			*cap = (struct grammar_capture){.set = true,
							.word = words[i],
							.number = fit_of(&t, &words[i]).index};
		else
			value_parse(&t, &words[i], cap, why, sizeof(why));
		if (st->path[i] >= out->n)
			out->n = st->path[i] + 1U;
	}
}

static const struct state *complete(const struct states *s)
{
	for (unsigned i = 0; i < s->n; i++)
		if (walk_token(s->s[i].place.at).kind == TOKEN_END)
			return &s->s[i];
	return NULL;
}

static void fail_incomplete(const struct states *s, const struct grammar_word *last, unsigned depth,
			    struct grammar_error *err)
{
	struct candidates c = {0};
	char names[140];

	candidates_of(s, &c, true);
	candidates_text(&c, names, sizeof(names));
	fail(err, GRAMMAR_INCOMPLETE, depth, last->column + (unsigned)last->len);
	snprintf(err->text, sizeof(err->text), "the command is not complete: %s is missing", names);
}

bool grammar_match(const struct grammar_row *rows, size_t n, const struct grammar_word *words,
		   size_t n_words, struct grammar_match *out, struct grammar_error *err)
{
	struct states sets[2];
	const struct state *done;

	fail(err, GRAMMAR_OK, 0, 1);
	if (n_words == 0 || n_words > GRAMMAR_WORDS_MAX || n > GRAMMAR_ROWS_MAX) {
		fail(err, GRAMMAR_INCOMPLETE, 0, 1);
		snprintf(err->text, sizeof(err->text), "no command");
		return false;
	}
	states_start(&sets[0], rows, n);
	for (unsigned i = 0; i < n_words; i++)
		if (!states_step(&sets[i % 2], &sets[(i + 1) % 2], i, &words[i], err))
			return false;
	done = complete(&sets[n_words % 2]);
	if (!done) {
		fail_incomplete(&sets[n_words % 2], &words[n_words - 1], (unsigned)n_words, err);
		return false;
	}
	captures_of(done, words, n_words, out);
	return true;
}
