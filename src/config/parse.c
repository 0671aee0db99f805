/*
 * Parse: a text to a configuration, whole or not at all (DESIGN.md section 4,
 * "modes in a file": a line is tried in the open submode first, then as a global
 * command, which closes the submode; indentation means nothing).
 *
 * Called by the monitor, the shell and --check-config through config_parse().
 * Knows no command: each one is a row of the schema. Bounded by TEXT_MAX and by
 * the limits of the rows; a line's words are wiped as soon as it is done.
 */
#include "parse.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/log.h"
#include "password.h"
#include "walk.h"

#define TEXT_MAX   (8U << 20)
#define MARKS_MAX  (1U << 20)
#define ERRORS_MAX (sizeof(((struct cfg_errors *)0)->e) / sizeof(struct cfg_error))

/* When the array is full an error takes the place of a warning. */
static struct cfg_error *error_slot(struct cfg_errors *errs, bool warning)
{
	if (errs->n < ERRORS_MAX)
		return &errs->e[errs->n];
	for (unsigned i = ERRORS_MAX; !warning && i-- > 0;)
		if (errs->e[i].warning)
			return &errs->e[i];
	return NULL;
}

__attribute__((format(printf, 5, 0))) static void file_error(struct parse *p, unsigned line,
							     unsigned column, bool warning,
							     const char *fmt, va_list ap)
{
	struct cfg_errors *errs = p->errs;
	struct cfg_error *e;

	if (warning && line == 0)
		return; /* told when that line was made */
	if (!warning)
		p->failed = true;
	e = error_slot(errs, warning);
	errs->n++;
	if (!e)
		return;
	e->line = line;
	e->column = column;
	e->warning = warning;
	vsnprintf(e->text, sizeof(e->text), fmt, ap);
}

bool parse_error(struct parse *p, unsigned column, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	file_error(p, p->line, column, false, fmt, ap);
	va_end(ap);
	return false;
}

void parse_warn(struct parse *p, unsigned column, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	file_error(p, p->line, column, true, fmt, ap);
	va_end(ap);
}

void parse_report(struct parse *p, enum mark kind, const char *name, bool warning, const char *fmt,
		  ...)
{
	unsigned line = 1, column = 1;
	va_list ap;

	for (unsigned i = p->n_marks; p->errs->n < ERRORS_MAX && i-- > 0;) {
		if (p->marks[i].kind != kind || strcasecmp(p->marks[i].name, name) != 0)
			continue;
		line = p->marks[i].line;
		column = p->marks[i].column;
		break;
	}
	va_start(ap, fmt);
	file_error(p, line, column, warning, fmt, ap);
	va_end(ap);
}

const char *hub_mark_name(const char *hub, const char *user, char buf[CFG_NAME_MAX + 1])
{
	snprintf(buf, CFG_NAME_MAX + 1, "%.20s/%s", hub, user);
	return buf;
}

void parse_mark(struct parse *p, enum mark kind, const struct grammar_word *w)
{
	struct parse_mark *m =
		parse_grow(p, &p->marks, &p->n_marks, sizeof(*m), MARKS_MAX, w->column, "names");

	if (!m)
		return;
	m->kind = kind;
	name_copy(m->name, w);
	m->line = p->line;
	m->column = w->column;
}

void name_copy(char dst[CFG_NAME_MAX + 1], const struct grammar_word *w)
{
	size_t len = w->len < CFG_NAME_MAX ? w->len : CFG_NAME_MAX;

	memset(dst, 0, CFG_NAME_MAX + 1);
	memcpy(dst, w->text, len);
}

void parse_enter(struct parse *p, enum mode m, unsigned obj)
{
	if (schema_mode(m)->parent != MODE_GLOBAL)
		p->outer = p->obj;
	p->mode = m;
	p->obj = obj;
	p->obj_ok = true;
}

void *parse_grow(struct parse *p, void *array, unsigned *n, size_t size, unsigned max,
		 unsigned column, const char *what)
{
	char *old, *mem;

	memcpy(&old, array, sizeof(old));
	if (*n >= max) {
		parse_error(p, column, "too many %s: %u are allowed", what, max);
		return NULL;
	}
	if (*n == 0 || (*n >= 8 && (*n & (*n - 1)) == 0)) {
		mem = calloc(*n ? (size_t)*n * 2 : 8, size);
		if (!mem) {
			parse_error(p, column, "not enough memory");
			return NULL;
		}
		if (*n) {
			memcpy(mem, old, *n * size);
			secret_zero(old, *n * size);
		}
		free(old);
		memcpy(array, &mem, sizeof(mem));
		old = mem;
	}
	memset(old + *n * size, 0, size);
	return old + (*n)++ * size;
}

void parse_remove(void *array, unsigned *n, size_t size, unsigned i)
{
	char *base;

	memcpy(&base, array, sizeof(base));
	memmove(base + i * size, base + (i + 1) * size, (*n - i - 1) * size);
	(*n)--;
	secret_zero(base + *n * size, size);
}

/* The mode inside closes: the object around it is the open one again. */
static void leave(struct parse *p)
{
	p->mode = schema_mode(p->mode)->parent;
	p->obj = p->outer;
}

/* The lines below a header that failed are still looked at. */
static void enter_failed(struct parse *p, const struct row *r)
{
	for (enum mode sub = MODE_GLOBAL + 1; sub < MODE_N; sub++)
		if (schema_mode(sub)->parent == r->mode &&
		    strcmp(schema_mode(sub)->header, r->grammar) == 0)
			parse_enter(p, sub, 0);
	p->obj_ok = false;
}

/* A row was found: opens, closes and carries out. */
static void carry_out(struct parse *p, enum mode m, const struct grammar_match *match, bool no)
{
	const struct row *r = schema_row(match->row->id);
	void *obj = p->c;
	bool done = false;

	while (p->mode != m)
		leave(p);
	if (m != MODE_GLOBAL)
		obj = p->obj_ok ? schema_object(p->c, m, p->outer, p->obj) : NULL;
	if (obj)
		done = (no ? r->unset : r->set)(p, obj, match);
	if (!done && !no && r->enters)
		enter_failed(p, r);
}

struct whole_word {
	const struct grammar_word *w;
	bool found;
};

static bool is_whole_word(void *ctx, unsigned index, const char *text, size_t len)
{
	struct whole_word *f = ctx;

	(void)index;
	f->found = f->w->len == len && grammar_is_prefix(f->w, text);
	return !f->found;
}

/* Is this word, unabbreviated, the first of a command of the table? */
static bool begins(const struct parse_grammars *g, const struct grammar_word *w)
{
	struct whole_word f = {.w = w};

	for (size_t i = 0; i < g->n && !f.found; i++) {
		struct token t = walk_token(g->rows[i].grammar);

		walk_keywords(&t, is_whole_word, &f);
	}
	return f.found;
}

/* The header of the mode whose commands begin with this word, when the open ones
 * have none. */
static const char *home_of(const struct parse *p, const struct grammar_word *w)
{
	for (enum mode m = MODE_GLOBAL + 1; m < MODE_N; m++)
		if (begins(&p->set[m], w))
			return schema_mode(m)->header;
	return NULL;
}

/* Of the submode's and the global reason, the one that understood more. */
static void file_mismatch(struct parse *p, const struct grammar_word *first,
			  const struct grammar_error *sub, const struct grammar_error *global)
{
	const struct grammar_error *e = sub;
	char word[100];
	const char *home;

	if (global->depth > sub->depth ||
	    (global->depth == sub->depth && global->distance < sub->distance))
		e = global;
	home = e->depth == 0 && e->fault == GRAMMAR_UNKNOWN ? home_of(p, first) : NULL;
	if (home)
		parse_error(p, first->column, "%s belongs under \"%s\"",
			    log_quote(first->text, first->len, word, sizeof(word)), home);
	else
		parse_error(p, e->column, "%s", e->text);
}

static bool is_keyword(const struct grammar_word *w, const char *keyword)
{
	return !w->quoted && strcasecmp(w->text, keyword) == 0;
}

/* The mode around a submode: the global one, or one that is a submode itself. */
static bool begins_outside(const struct parse_grammars *set, enum mode m,
			   const struct grammar_word *w)
{
	while (m != MODE_GLOBAL) {
		m = schema_mode(m)->parent;
		if (begins(&set[m], w))
			return true;
	}
	return false;
}

static void keep_better(struct grammar_error *best, const struct grammar_error *e)
{
	if (!best->text[0] || e->depth > best->depth ||
	    (e->depth == best->depth && e->distance < best->distance))
		*best = *e;
}

/* The open submode first, then the ones around it, then the global commands. A whole word of
 * one beats an abbreviation in another: `group 15` is a mistake in an IKE policy and never
 * the beginning of `group-policy`. */
static void parse_command(struct parse *p, const struct grammar_word *w, unsigned n, bool no)
{
	const struct parse_grammars *set = no ? p->no : p->set;
	struct grammar_error sub_err = {.distance = GRAMMAR_FAR}, err = {.distance = GRAMMAR_FAR};
	struct grammar_match match;
	enum mode m;

	for (m = p->mode; m != MODE_GLOBAL; m = schema_mode(m)->parent) {
		bool in_sub = begins(&set[m], w), outside = begins_outside(set, m, w);

		if (!in_sub && outside)
			continue;
		if (grammar_match(set[m].rows, set[m].n, w, n, &match, &err)) {
			carry_out(p, m, &match, no);
			return;
		}
		keep_better(&sub_err, &err);
		if (in_sub && !outside) {
			parse_error(p, err.column, "%s", err.text);
			return;
		}
	}
	if (grammar_match(set[m].rows, set[m].n, w, n, &match, &err))
		carry_out(p, m, &match, no);
	else
		file_mismatch(p, w, sub_err.text[0] ? &sub_err : &err, &err);
}

static void parse_words(struct parse *p, const struct grammar_word *w, unsigned n)
{
	bool no = is_keyword(w, "no");

	if (no && n == 1)
		parse_error(p, w->column, "the command is not complete: `no` stands alone");
	else
		parse_command(p, w + no, n - no, no);
}

static void parse_line(struct parse *p, const char *text, size_t len)
{
	struct grammar_line line;
	struct grammar_error err;

	if (len > 0 && text[len - 1] == '\r')
		len--;
	if (!grammar_split(text, len, &line, &err)) {
		parse_error(p, err.column, "%s", err.text);
	} else if (line.n == 1 && p->mode != MODE_GLOBAL && is_keyword(&line.w[0], "exit")) {
		leave(p);
	} else if (line.n > 0) {
		parse_words(p, line.w, line.n);
	}
	secret_zero(&line, sizeof(line));
}

static void parse_text(struct parse *p, const char *text, size_t len)
{
	size_t at = 0;

	p->mode = MODE_GLOBAL;
	p->line = 0;

	if (len >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0)
		at = 3;
	while (at < len) {
		const char *nl = memchr(text + at, '\n', len - at);
		size_t run = nl ? (size_t)(nl - (text + at)) : len - at;

		p->line++;
		parse_line(p, text + at, run);
		at += run + 1;
	}
}

static int by_line(const void *a, const void *b)
{
	const struct cfg_error *x = a, *y = b;

	if (x->line != y->line)
		return x->line < y->line ? -1 : 1;
	return (x->column > y->column) - (x->column < y->column);
}

/* The interfaces that only crypto commands name come last, as they print. */
static void order_interfaces(struct config *c)
{
	unsigned placed = 0;

	for (unsigned i = 0; i < c->n_interfaces; i++) {
		struct cfg_interface f = c->interfaces[i];

		if (!f.name[0])
			continue;
		memmove(&c->interfaces[placed + 1], &c->interfaces[placed],
			(i - placed) * sizeof(f));
		c->interfaces[placed++] = f;
	}
}

static struct config *finish(struct parse *p)
{
	struct config *c = p->c;
	size_t n = p->errs->n < ERRORS_MAX ? p->errs->n : ERRORS_MAX;

	qsort(p->errs->e, n, sizeof(p->errs->e[0]), by_line);
	if (p->failed) {
		config_free(c);
		c = NULL;
	}
	free(p->marks);
	free(p);
	return c;
}

static struct parse *start(struct cfg_errors *errs, cfg_random *random, void *random_ctx,
			   uint32_t iterations)
{
	struct parse *p = calloc(1, sizeof(*p));

	memset(errs, 0, sizeof(*errs));
	if (!p)
		return NULL;
	*p = (struct parse){.errs = errs,
			    .line = 1,
			    .random = random,
			    .random_ctx = random_ctx,
			    .iterations = iterations,
			    .c = config_new()};
	for (enum mode m = MODE_GLOBAL; m < MODE_N; m++) {
		p->set[m].n = schema_grammars(m, false, p->set[m].rows);
		p->no[m].n = schema_grammars(m, true, p->no[m].rows);
	}
	if (!p->c)
		parse_error(p, 1, "not enough memory");
	return p;
}

static struct config *read_and_check(struct parse *p, const char *text, size_t len)
{
	if (!p->failed && len > TEXT_MAX)
		parse_error(p, 1, "the text is too long: %u octets are allowed", TEXT_MAX);
	if (!p->failed)
		parse_text(p, text, len);
	if (!p->failed) {
		order_interfaces(p->c);
		check_config(p);
	}
	return finish(p);
}

struct config *config_parse_cost(const char *text, size_t len, struct cfg_errors *errs,
				 cfg_random *random, void *random_ctx, uint32_t iterations)
{
	struct parse *p = start(errs, random, random_ctx, iterations);

	return p ? read_and_check(p, text, len) : NULL;
}

/* What c has, as lines that are nobody's: their marks are those of line 0. */
static void read_base(struct parse *p, const struct config *c)
{
	char *base = config_print(c, false);

	if (!base) {
		parse_error(p, 1, "not enough memory");
		return;
	}
	parse_text(p, base, strlen(base));
	secret_zero(base, strlen(base));
	free(base);
	for (unsigned i = 0; i < p->n_marks; i++)
		p->marks[i].line = p->marks[i].column = 0;
	if (!p->failed)
		memset(p->errs, 0, sizeof(*p->errs));
}

struct config *config_amend(const struct config *c, const char *text, size_t len,
			    struct cfg_errors *errs, cfg_random *random, void *random_ctx)
{
	struct parse *p = start(errs, random, random_ctx, PASSWORD_ITERATIONS);

	if (p && !p->failed)
		read_base(p, c);
	return p ? read_and_check(p, text, len) : NULL;
}

struct config *config_parse(const char *text, size_t len, struct cfg_errors *errs,
			    cfg_random *random, void *random_ctx)
{
	return config_parse_cost(text, len, errs, random, random_ctx, PASSWORD_ITERATIONS);
}
