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
