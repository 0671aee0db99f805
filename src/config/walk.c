/*
 * Walk: the tokens of a grammar string and the places that follow a place.
 *
 * Called by match.c and hint.c for the tables of this program only: grammar
 * strings are constants of ours (test_grammar.c walks every one of them), never
 * bytes from outside. Never allocates.
 */
#include "walk.h"

#include <string.h>

static bool is_param(char ch)
{
	return ch >= 'A' && ch <= 'Z';
}

static struct token token_choice(const char *at)
{
	const char *end = strchr(at, '}');
	struct token t = {.kind = TOKEN_CHOICE, .text = at + 1, .len = (size_t)(end - at) - 1};

	t.repeat = strncmp(end + 1, "...", 3) == 0;
	t.next = end + (t.repeat ? 4 : 1);
	return t;
}

static struct token token_param(const char *at)
{
	struct token t = {.kind = TOKEN_PARAM, .text = at};

	t.len = strspn(at, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-");
	at += t.len;
	if (*at == '<') {
		t.range = at + 1;
		at = strchr(at, '>') + 1;
	}
	if (strncmp(at, "...", 3) == 0) {
		t.repeat = true;
		at += 3;
	}
	t.next = at;
	return t;
}

struct token walk_token(const char *at)
{
	struct token t = {.kind = TOKEN_END, .text = at, .next = at};

	if (!*at)
		return t;
	if (*at == '{')
		return token_choice(at);
	if (is_param(*at))
		return token_param(at);
	t.kind = TOKEN_KEYWORD;
	t.len = strcspn(at, " []|)");
	t.next = at + t.len;
	return t;
}

/* Behind the bracket that closes the one at `at`; counts the captures inside. */
static const char *skip_optional(const char *at, unsigned *slots)
{
	unsigned depth = 0;

	for (;;) {
		if (*at == '[')
			depth++;
		if (*at == ']' && --depth == 0)
			return at + 1;
		if (*at == '{' || is_param(*at)) {
			(*slots)++;
			at = walk_token(at).next;
			continue;
		}
		at++;
	}
}

/* Behind the tokens of a member of (a|b), on its '|' or ')'. */
static const char *member_end(const char *at, unsigned *slots)
{
	while (*at != '|' && *at != ')') {
		struct token t = walk_token(at);

		*slots += t.kind != TOKEN_KEYWORD;
		at = t.next + (*t.next == ' ');
	}
	return at;
}

/* The '(' of the place behind one of its members. */
static struct place set_start(struct place p)
{
	struct place start = p;
	unsigned slots = 0;

	while (*start.at != '(')
		start.at--;
	for (const char *at = start.at; at < p.at; at = member_end(at + 1, &slots))
		continue;
	start.slot -= slots;
	return start;
}

/* From '(' on: the members, and in *behind what follows them. */
static unsigned set_members(struct place p, struct place out[PLACES_MAX], unsigned n,
			    struct place *behind)
{
	while (*p.at != ')') {
		p.at++;
		if (n < PLACES_MAX)
			out[n++] = p;
		p.at = member_end(p.at, &p.slot);
	}
	p.at++;
	*behind = p;
	return n;
}

unsigned walk_places(struct place from, struct place out[PLACES_MAX])
{
	struct place todo[PLACES_MAX] = {from};
	unsigned n_todo = 1, n = 0;

	while (n_todo > 0) {
		struct place p = todo[--n_todo];

		while (*p.at == ' ' || *p.at == ']')
			p.at++;
		if (*p.at == '|' || *p.at == ')')
			p = set_start(p);
		if (*p.at == '(') {
			n = set_members(p, out, n, &todo[n_todo]);
			n_todo++;
			continue;
		}
		if (*p.at != '[') {
			if (n < PLACES_MAX)
				out[n++] = p;
			continue;
		}
		if (n_todo + 2 > PLACES_MAX)
			break;
		todo[n_todo] = p;
		todo[n_todo].at = skip_optional(p.at, &todo[n_todo].slot);
		n_todo++;
		p.at++;
		todo[n_todo++] = p;
	}
	return n;
}

void walk_keywords(const struct token *t, walk_keyword *each, void *ctx)
{
	const char *at = t->text, *end = t->text + t->len;

	for (unsigned i = 0; at < end; i++) {
		const char *bar = memchr(at, '|', (size_t)(end - at));
		const char *stop = bar ? bar : end;

		if (!each(ctx, i, at, (size_t)(stop - at)))
			return;
		at = stop + 1;
	}
}

bool walk_has_secret(const char *grammar)
{
	while (*grammar) {
		struct token t = walk_token(grammar);

		if (t.kind == TOKEN_PARAM && value_is_secret(&t))
			return true;
		grammar = t.next;
		grammar += strspn(grammar, " []()|");
	}
	return false;
}
