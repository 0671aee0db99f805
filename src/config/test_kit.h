/*
 * test_kit: parsing with the cheapest hash and counted salts, for the tests of
 * this folder.
 */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "parse.h"
#include "password.h"

#define RA(sub) "tunnel-group DefaultRAGroup " sub "-attributes\n"
#define GP      "group-policy DfltGrpPolicy attributes\n"

static struct cfg_errors errs;

static void count_up(void *ctx, void *buf, size_t len)
{
	static uint8_t next;

	(void)ctx;
	for (size_t i = 0; i < len; i++)
		((uint8_t *)buf)[i] = next++;
}

static struct config *parse_len(const char *text, size_t len)
{
	return config_parse_cost(text, len, &errs, count_up, NULL, PASSWORD_ITERATIONS_MIN);
}

static struct config *parse(const char *text)
{
	return parse_len(text, strlen(text));
}

/* Parses, with no error or warning. */
static __attribute__((unused)) struct config *good(const char *text)
{
	struct config *c = parse(text);

	if (!c || errs.n)
		fail_msg("%u:%u %s\nin:\n%s", errs.e[0].line, errs.e[0].column, errs.e[0].text,
			 text);
	return c;
}

/* The first error (or warning) of a text: where it is, and a part of what it says. */
struct mistake {
	const char *text;
	unsigned line, column;
	bool warning;
	const char *why;
};

static __attribute__((unused)) void assert_mistake(const struct mistake *m)
{
	struct config *c = parse(m->text);

	if (!errs.n || errs.e[0].line != m->line || errs.e[0].column != m->column ||
	    errs.e[0].warning != m->warning || !strstr(errs.e[0].text, m->why))
		fail_msg("got %u:%u %s \"%s\"\nnot %u:%u \"%s\"\nfor:\n%s", errs.e[0].line,
			 errs.e[0].column, errs.e[0].warning ? "warning" : "error", errs.e[0].text,
			 m->line, m->column, m->why, m->text);
	assert_int_equal(c != NULL, m->warning);
	config_free(c);
}

/* Both texts mean the same. */
static __attribute__((unused)) void assert_same(const char *one, const char *other)
{
	struct config *a = good(one), *b = good(other);
	char *text_a = config_print(a, false), *text_b = config_print(b, false);

	assert_string_equal(text_a, text_b);
	free(text_a);
	free(text_b);
	config_free(a);
	config_free(b);
}
