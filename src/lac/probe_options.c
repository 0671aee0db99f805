/*
 * probe_options: the command line of `sekisho-lac probe`. Called by probe.c.
 */
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "command.h"
#include "probe.h"

#define DEFAULT_MS 20000

static const char usage[] =
	"usage: sekisho-lac probe SERVER [--psk-file FILE | --psk KEY]\n"
	"           [--user NAME --password-file FILE] [--system NAME]... [--raw] [--brief]\n"
	"           [--json] [--timeout SECONDS] [--port-500]\n"
	"\n"
	"Says what an L2TP/IPsec server offers and which client systems would connect to it.\n"
	"Without a key: what anybody can see. With the key: phase 2, L2TP and PPP too. With a "
	"user\n"
	"and a password: a whole connection as each system makes it, with a ping to the peer.\n"
	"\n"
	"  --psk-file FILE       the pre-shared key is its first line (- is standard input)\n"
	"  --user NAME           with --password-file FILE, or the terminal is asked\n"
	"  --system NAME         only this client system; may be given several times\n"
	"  --raw                 L2TP without IPsec, and nothing else\n"
	"  --brief               the client systems only: no search for every suite\n"
	"  --timeout SECONDS     of one connection (default 20)\n"
	"  --port-500            from UDP ports 500 and 4500 as clients do, in the place of free\n"
	"                        ones, which make each connection another client to the server\n"
	"\n"
	"Needs root only for --port-500 and to try ESP without UDP (IP protocol 50).\n"
	"Looking for PAP logs a refused login of the name sekisho-probe on the server.\n"
	"Exit status: 0 every system connects (without a key: gets an answer to its proposal),\n"
	"1 one does not, 2 the command line is wrong.\n"
	"\nsystems:";

enum {
	O_PSK = 1000,
	O_PSK_FILE,
	O_USER,
	O_PASSWORD,
	O_PASSWORD_FILE,
	O_SYSTEM,
	O_RAW,
	O_JSON,
	O_BRIEF,
	O_TIMEOUT,
	O_PORT_500,
	O_HELP
};

static const struct option options[] = {
	{"psk", required_argument, NULL, O_PSK},
	{"psk-file", required_argument, NULL, O_PSK_FILE},
	{"user", required_argument, NULL, O_USER},
	{"password", required_argument, NULL, O_PASSWORD},
	{"password-file", required_argument, NULL, O_PASSWORD_FILE},
	{"system", required_argument, NULL, O_SYSTEM},
	{"raw", no_argument, NULL, O_RAW},
	{"json", no_argument, NULL, O_JSON},
	{"brief", no_argument, NULL, O_BRIEF},
	{"timeout", required_argument, NULL, O_TIMEOUT},
	{"port-500", no_argument, NULL, O_PORT_500},
	{"help", no_argument, NULL, O_HELP},
	{NULL, 0, NULL, 0},
};

static void say_usage(FILE *to)
{
	const struct lac_profile *row;

	fputs(usage, to);
	for (unsigned n = 0; (row = lac_profile(n)); n++)
		fprintf(to, "\n  %-18s %s", row->name, row->system);
	fputc('\n', to);
}

static bool add_system(struct probe_options *o, const struct lac_profile *row)
{
	for (unsigned i = 0; i < o->n_systems; i++)
		if (o->systems[i] == row)
			return true;
	if (o->n_systems == PROBE_SYSTEMS)
		return false;
	o->systems[o->n_systems++] = row;
	return true;
}

static bool take_system(struct probe_options *o, const char *name)
{
	const struct lac_profile *row = lac_profile_by_name(name);

	if (row)
		return add_system(o, row);
	fprintf(stderr, "sekisho-lac: there is no system \"%s\"; there are", name);
	for (unsigned n = 0; (row = lac_profile(n)); n++)
		fprintf(stderr, " %s", row->name);
	fputc('\n', stderr);
	return false;
}

static bool take_option(struct probe_options *o, int option, char *text)
{
	uint64_t seconds;

	switch (option) {
	case O_PSK:
		return o->has_psk = arg_secret_shown("--psk", text, &o->psk);
	case O_PSK_FILE:
		return o->has_psk = arg_secret_file(text, &o->psk);
	case O_USER:
		o->user = text;
		return true;
	case O_PASSWORD:
		return o->has_password = arg_secret_shown("--password", text, &o->password);
	case O_PASSWORD_FILE:
		return o->has_password = arg_secret_file(text, &o->password);
	case O_SYSTEM:
		return take_system(o, text);
	case O_RAW:
		return o->raw = true;
	case O_JSON:
		return o->json = true;
	case O_BRIEF:
		return o->brief = true;
	case O_PORT_500:
		return o->port_500 = true;
	case O_TIMEOUT:
		if (!arg_number(text, 1, 150, &seconds))
			return false;
		o->timeout_ms = seconds * 1000;
		return true;
	default:
		return false;
	}
}

static bool complain(const char *what)
{
	fprintf(stderr, "sekisho-lac: %s\n", what);
	return false;
}

static bool check(struct probe_options *o)
{
	if (o->has_password && !o->user)
		return complain("a password needs --user");
	if (o->user && strlen(o->user) > PPP_NAME_MAX)
		return complain("a user name has at most 255 octets");
	if (o->user && !o->has_psk && !o->raw)
		return complain("--user needs --psk-file, or --raw");
	if (o->raw && (o->has_psk || o->n_systems))
		return complain("--raw has neither keys nor systems");
	if (o->user && !o->has_password)
		o->has_password = arg_secret_ask("Password", &o->password);
	return !o->user || o->has_password || complain("--user needs --password-file");
}

static void take_all_systems(struct probe_options *o)
{
	const struct lac_profile *row;

	for (unsigned n = 0; (row = lac_profile(n)); n++)
		(void)add_system(o, row);
}

static bool read_all(struct probe_options *o, int argc, char **argv, int *status)
{
	int option;

	while ((option = getopt_long(argc, argv, "h", options, NULL)) != -1) {
		if (option == O_HELP || option == 'h') {
			say_usage(stdout);
			*status = 0;
			return false;
		}
		if (!take_option(o, option, optarg))
			return false;
	}
	return true;
}

bool probe_read_options(struct probe_options *o, int argc, char **argv, int *status)
{
	*status = EXIT_USAGE;
	o->timeout_ms = DEFAULT_MS;
	optind = 1;
	if (!read_all(o, argc, argv, status))
		return false;
	if (optind + 1 != argc)
		return complain(optind == argc ? "which server? (--help)" : "one server at a time");
	o->server_text = argv[optind];
	if (!check(o) || !arg_server(o->server_text, &o->server))
		return false;
	if (!o->n_systems && !o->raw)
		take_all_systems(o);
	return true;
}
