/*
 * Fuzz: any text through config_parse(). What parses must print, the print must
 * parse without an error, and that must print the same again.
 */
#include <stdlib.h>
#include <string.h>

#include "parse.h"
#include "password.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void no_salt(void *ctx, void *buf, size_t len)
{
	(void)ctx;
	memset(buf, 0x5a, len);
}

static struct config *parse(const char *text, size_t len, struct cfg_errors *errs)
{
	return config_parse_cost(text, len, errs, no_salt, NULL, PASSWORD_ITERATIONS_MIN);
}

static void positions_exist(const struct cfg_errors *errs)
{
	for (unsigned i = 0; i < errs->n && i < 64; i++)
		if (!errs->e[i].line || !errs->e[i].column || !errs->e[i].text[0])
			abort();
}

static void round_trip(const struct config *c)
{
	struct cfg_errors errs;
	char *once = config_print(c, false), *masked = config_print(c, true), *twice;
	struct config *again;

	if (!once || !masked)
		abort();
	again = parse(once, strlen(once), &errs);
	if (!again)
		abort();
	twice = config_print(again, false);
	if (!twice || strcmp(once, twice) != 0)
		abort();
	config_free(again);
	again = parse(masked, strlen(masked), &errs);
	if (!again)
		abort();
	config_free(again);
	free(once);
	free(masked);
	free(twice);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct cfg_errors errs;
	struct config *c = parse((const char *)data, size, &errs);

	positions_exist(&errs);
	if (c)
		round_trip(c);
	else if (errs.n == 0)
		abort();
	config_free(c);
	return 0;
}
