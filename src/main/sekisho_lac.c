/*
 * sekisho-lac: the client side of the protocols: `dial` is a client, `probe` says what a
 * server offers, `load` is many clients. The commands are in src/lac.
 */
#include <stdio.h>
#include <string.h>

#include "command.h"

static const struct {
	const char *name;
	int (*run)(int argc, char **argv);
	const char *what;
} commands[] = {
	{"dial", dial_command, "connects to an L2TP/IPsec server as a client"},
	{"probe", probe_command, "says what a server offers and which systems would connect"},
	{"load", load_command, "is many clients at once, with traffic, and measures"},
};

static void usage(FILE *to)
{
	fprintf(to, "usage: sekisho-lac COMMAND ...\n");
	for (size_t i = 0; i < sizeof(commands) / sizeof(*commands); i++)
		fprintf(to, "  %-8s %s\n", commands[i].name, commands[i].what);
	fprintf(to, "`sekisho-lac COMMAND --help` says more; --version says which one this is.\n");
}

int main(int argc, char **argv)
{
	const char *word = argc > 1 ? argv[1] : "";

	for (size_t i = 0; i < sizeof(commands) / sizeof(*commands); i++) {
		if (strcmp(word, commands[i].name) == 0)
			return commands[i].run(argc - 1, argv + 1);
	}
	if (strcmp(word, "--version") == 0) {
		printf("sekisho-lac %s\n", SEKISHO_VERSION);
		return 0;
	}
	usage(strcmp(word, "--help") == 0 ? stdout : stderr);
	return strcmp(word, "--help") == 0 ? 0 : EXIT_USAGE;
}
