/*
 * check: from a configuration file to a struct config, with messages for people.
 * Called by sekishod --check-config, by the monitor before it starts anything
 * and by the engine. Never prints a secret.
 */
#include "check.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>
#include <unistd.h>

#include "base/secret.h"
#include "os/priv.h"
#include "os/priv_server.h"

static void salt(void *ctx, void *buf, size_t len)
{
	(void)ctx;
	if (getrandom(buf, len, 0) != (ssize_t)len)
		abort(); /* getrandom of a few octets fails only on a kernel without it */
}

static void print_errors(const struct cfg_errors *errs, const char *path)
{
	size_t shown = sizeof(errs->e) / sizeof(*errs->e);

	for (unsigned i = 0; i < errs->n && i < shown; i++) {
		const struct cfg_error *e = &errs->e[i];

		fprintf(stderr, "%s:%u:%u: %s%s\n", path, e->line, e->column,
			e->warning ? "warning: " : "", e->text);
	}
	if (errs->n > shown)
		fprintf(stderr, "%s: %zu more\n", path, errs->n - shown);
}

/* Everything that is in fd; NULL when memory is short or it cannot be read. */
static char *read_all(int fd, size_t *len)
{
	char *text = malloc(PRIV_CONFIG_MAX + 1);
	ssize_t n;

	*len = 0;
	while (text && *len < PRIV_CONFIG_MAX &&
	       (n = pread(fd, text + *len, PRIV_CONFIG_MAX - *len, (off_t)*len)) != 0) {
		if (n < 0) {
			free(text);
			return NULL;
		}
		*len += (size_t)n;
	}
	return text;
}

struct config *check_parse(int fd, const char *path)
{
	struct cfg_errors errs = {0};
	struct config *cfg = NULL;
	size_t len;
	char *text = read_all(fd, &len);

	close(fd);
	if (!text) {
		fprintf(stderr, "%s: cannot be read\n", path);
		return NULL;
	}
	cfg = config_parse(text, len, &errs, salt, NULL);
	print_errors(&errs, path);
	secret_zero(text, len);
	free(text);
	return cfg;
}

int check_main(const char *path)
{
	char error[PRIV_ERROR];
	int fd = priv_config_open(path, error);
	struct config *cfg;

	if (fd < 0) {
		fprintf(stderr, "%s\n", error);
		return 1;
	}
	cfg = check_parse(fd, path);
	if (!cfg)
		return 1;
	config_free(cfg);
	printf("%s: the configuration is right\n", path);
	return 0;
}
