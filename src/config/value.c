/*
 * Value: one word as the value of a parameter of a grammar (grammar.h).
 *
 * Called by match.c. Reasons never hold the word, so that a secret cannot slip
 * into an error; match.c adds the word where that is safe.
 */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "walk.h"

struct value_type {
	const char *name;
	bool (*parse)(const struct grammar_word *w, struct grammar_capture *out);
	const char *shape; /* why a word is refused */
	size_t max;        /* octets of a text */
	bool secret;
};

static bool parse_ip4(const char *text, size_t len, uint32_t *out)
{
	char buf[16];
	struct in_addr in;

	if (len == 0 || len >= sizeof(buf))
		return false;
	memcpy(buf, text, len);
	buf[len] = '\0';
	if (inet_pton(AF_INET, buf, &in) != 1)
		return false;
	*out = ntohl(in.s_addr);
	return true;
}

static bool value_ip(const struct grammar_word *w, struct grammar_capture *out)
{
	return parse_ip4(w->text, w->len, &out->number);
}

static bool value_mask(const struct grammar_word *w, struct grammar_capture *out)
{
	uint32_t mask;

	if (!parse_ip4(w->text, w->len, &mask) || (~mask & (~mask + 1)) != 0)
		return false;
	out->number = (uint32_t)__builtin_popcount(mask);
	return true;
}

static bool value_range(const struct grammar_word *w, struct grammar_capture *out)
{
	const char *dash = memchr(w->text, '-', w->len);
	size_t first_len = dash ? (size_t)(dash - w->text) : w->len;

	if (!parse_ip4(w->text, first_len, &out->number))
		return false;
	out->number2 = out->number;
	if (dash && !parse_ip4(dash + 1, w->len - first_len - 1, &out->number2))
		return false;
	return out->number <= out->number2;
}

static const struct value_type types[] = {
	{"IP", value_ip, "is not an IPv4 address", 0, false},
	{"MASK", value_mask, "is not a subnet mask", 0, false},
	{"RANGE", value_range, "is not an IPv4 address or a range FIRST-LAST", 0, false},
	{"KEY", NULL, NULL, 128, true},
	{"PASSWORD", NULL, NULL, 255, true},
	{"DOMAIN", NULL, NULL, 255, false},
	{"IDENTITY", NULL, NULL, 128, false},
	{"TEXT", NULL, NULL, GRAMMAR_LINE_MAX, false},
	{"LINES", NULL, NULL, GRAMMAR_LINES_MAX, true},
	{NULL, NULL, NULL, 64, false}, /* every other name */
};

static const struct value_type *type_of(const struct token *t)
{
	const struct value_type *type = types;

	while (type->name &&
	       !(strlen(type->name) == t->len && !memcmp(type->name, t->text, t->len)))
		type++;
	return type;
}

bool value_is_secret(const struct token *t)
{
	return type_of(t)->secret;
}

bool value_decimal(const struct grammar_word *w, uint32_t *out)
{
	size_t digits = strspn(w->text, "0123456789");
	uint64_t v = 0;

	for (size_t i = 0; i < digits && v <= UINT32_MAX; i++)
		v = v * 10 + (uint64_t)(w->text[i] - '0');
	*out = (uint32_t)v;
	return digits > 0 && digits == w->len && v <= UINT32_MAX;
}

/* "10-300>" or "10-300|none>" */
static bool value_number(const struct token *t, const struct grammar_word *w,
			 struct grammar_capture *out, char *why, size_t cap)
{
	char *end;
	unsigned long lo = strtoul(t->range, &end, 10), hi = strtoul(end + 1, &end, 10);
	bool none = *end == '|';

	if (none && strcmp(w->text, "none") == 0) {
		out->number = UINT32_MAX;
		return true;
	}
	if (value_decimal(w, &out->number) && out->number >= lo && out->number <= hi)
		return true;
	snprintf(why, cap, "is not a number from %lu to %lu%s", lo, hi, none ? " or none" : "");
	return false;
}

bool value_parse(const struct token *t, const struct grammar_word *w, struct grammar_capture *out,
		 char *why, size_t cap)
{
	const struct value_type *type = type_of(t);

	*out = (struct grammar_capture){.set = true, .word = *w};
	if (t->range)
		return value_number(t, w, out, why, cap);
	if (type->parse) {
		if (type->parse(w, out))
			return true;
		snprintf(why, cap, "%s", type->shape);
		return false;
	}
	if (w->len >= 1 && w->len <= type->max)
		return true;
	snprintf(why, cap, w->len ? "is longer than %zu octets" : "is empty", type->max);
	return false;
}
