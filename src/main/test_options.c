/* Unit tests of options: the command line of sekishod. */
#include <fcntl.h>
#include <getopt.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "options.h"
#include "paths.h"

#define ARGS_MAX 12

static bool parse(struct options *o, const char *const *args)
{
	char *argv[ARGS_MAX] = {(char *)"sekishod"};
	int argc = 1;

	while (args[argc - 1]) {
		argv[argc] = (char *)(uintptr_t)args[argc - 1];
		argc++;
	}
	optind = 0; /* getopt begins anew (GNU) */
	return options_parse(argc, argv, o);
}

static void nothing_said_is_the_standard_places(void **state)
{
	struct options o;

	(void)state;
	assert_true(parse(&o, (const char *const[]){NULL}));
	assert_string_equal(o.config, DEFAULT_CONFIG);
	assert_string_equal(o.run, DEFAULT_RUN_DIR);
	assert_string_equal(o.state, DEFAULT_STATE_DIR);
	assert_int_equal(o.workers, 0);
	assert_false(o.foreground || o.check_config || o.engine || o.debug || o.version || o.help);
}

static void every_option_is_taken(void **state)
{
	struct options o;

	(void)state;
	assert_true(parse(&o, (const char *const[]){"--config", "C", "--run", "R", "--state=S",
						    "--foreground", "--workers", "64", "--debug",
						    NULL}));
	assert_string_equal(o.config, "C");
	assert_string_equal(o.run, "R");
	assert_string_equal(o.state, "S");
	assert_int_equal(o.workers, 64);
	assert_true(o.foreground && o.debug);
	assert_true(parse(&o, (const char *const[]){"--check-config", NULL}) && o.check_config);
	assert_true(parse(&o, (const char *const[]){"--version", NULL}) && o.version);
	assert_true(parse(&o, (const char *const[]){"--help", NULL}) && o.help);
	assert_true(parse(&o, (const char *const[]){"--engine", "3,4,5", NULL}) && o.engine);
	assert_int_equal(o.priv_fd, 3);
	assert_int_equal(o.control_fd, 4);
	assert_int_equal(o.ready_fd, 5);
}

static void what_is_wrong_is_refused(void **state)
{
	static const char *const lines[][4] = {
		{"--workers", "0"},
		{"--workers", "65"},
		{"--workers", "-1"},
		{"--workers", "2x"},
		{"--workers", ""},
		{"--workers", "99999999999999999999"},
		{"--workers"},
		{"--no-such-option"},
		{"start"},
		{"--config"},
		{"--engine", "3,4"},
		{"--engine", "x"},
		{"--foreground", "--", "now"},
	};
	struct options o;
	int kept = dup(2), null = open("/dev/null", O_WRONLY | O_CLOEXEC);

	(void)state;
	dup2(null, 2); /* the messages are for people */
	for (size_t i = 0; i < sizeof(lines) / sizeof(*lines); i++)
		assert_false(parse(&o, lines[i]));
	dup2(kept, 2);
	close(kept);
	close(null);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_said_is_the_standard_places),
		cmocka_unit_test(every_option_is_taken),
		cmocka_unit_test(what_is_wrong_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
