/*
 * probe: `sekisho-lac probe SERVER`: what a server offers and whether each native client
 * system would connect to it, each step timed, with the likely cause and the fix where one
 * fails. This file is the command line and the order of the steps. Called by
 * src/main/sekisho_lac.c.
 */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "command.h"
#include "probe.h"

#define PAUSE_US   100000 /* between two whole connections */
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

/* ---- the command line ---- */

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

/* 0: go on; else an exit status + 1. */
static int read_options(struct probe_options *o, int argc, char **argv)
{
	const struct lac_profile *row;
	int option;

	o->timeout_ms = DEFAULT_MS;
	optind = 1;
	while ((option = getopt_long(argc, argv, "h", options, NULL)) != -1) {
		if (option == O_HELP || option == 'h') {
			say_usage(stdout);
			return 1;
		}
		if (!take_option(o, option, optarg))
			return EXIT_USAGE + 1;
	}
	if (optind + 1 != argc) {
		complain(optind == argc ? "which server? (--help)" : "one server at a time");
		return EXIT_USAGE + 1;
	}
	o->server_text = argv[optind];
	if (!check(o) || !arg_server(o->server_text, &o->server))
		return EXIT_USAGE + 1;
	for (unsigned n = 0; !o->n_systems && !o->raw && (row = lac_profile(n)); n++)
		o->systems[n] = row;
	while (!o->raw && o->n_systems < PROBE_SYSTEMS && o->systems[o->n_systems])
		o->n_systems++;
	return 0;
}

/* ---- the steps ---- */

static void progress(const struct probe *p, const char *what)
{
	if (!p->opt.json && isatty(STDERR_FILENO))
		fprintf(stderr, "\r\033[K%s%s", what, *what ? " ..." : "");
}

/* Questions without a key. False: a sentence is on stderr. */
static bool ask_first(struct probe *p)
{
	struct probe_asker asker;
	char err[160];
	struct probe_line *line = probe_line_new(&p->opt, &asker, err, sizeof(err));

	if (!line)
		return complain(err);
	progress(p, "UDP 500 and 4500");
	probe_reach_step(p, &asker);
	for (unsigned i = 0; !p->opt.has_psk && i < p->n_systems; i++)
		probe_system_ask(p, &p->systems[i], &asker);
	probe_line_free(line);
	return true;
}

static void ask_rest(struct probe *p)
{
	struct probe_asker asker;
	char err[160];
	struct probe_line *line = probe_line_new(&p->opt, &asker, err, sizeof(err));

	if (!line)
		return;
	progress(p, "IKE suites");
	probe_offers_scan(&asker, &p->reach, &p->offers);
	if (!p->offers.stopped_after)
		probe_aggressive_step(p, &asker);
	probe_line_free(line);
}

/* No system came to phase 2, and for another reason than its own suites. */
static bool key_is_of_no_use(const struct probe *p)
{
	for (unsigned i = 0; i < p->n_systems; i++)
		if (p->systems[i].result.reached >= LAC_PHASE2 ||
		    p->systems[i].trouble == TROUBLE_PROPOSAL ||
		    p->systems[i].trouble == TROUBLE_NATTED)
			return false;
	return true;
}

static void call_all(struct probe *p)
{
	for (unsigned i = 0; i < p->n_systems; i++) {
		progress(p, p->systems[i].profile->system);
		probe_system_call(p, &p->systems[i]);
		usleep(PAUSE_US);
	}
	if (p->opt.brief || key_is_of_no_use(p))
		return;
	progress(p, "PPP authentication");
	probe_auth_step(p);
	progress(p, "ESP suites");
	probe_suites_step(p);
}

static void nobody_answers(struct probe *p)
{
	for (unsigned i = 0; i < p->n_systems; i++)
		p->systems[i].trouble = TROUBLE_SILENT;
}

/* Behind the first questions: whatever the server has shown, and what the key opens. */
static void run_ipsec(struct probe *p)
{
	if (p->reach.ike == HEARD_NOTHING || p->reach.ike == HEARD_CLOSED) {
		nobody_answers(p);
		return;
	}
	if (p->opt.has_psk)
		call_all(p);
	else
		probe_nat_step(p);
	if (!p->opt.brief)
		ask_rest(p);
}

static bool run(struct probe *p)
{
	uint64_t begin = call_now_ms();

	if (!p->opt.raw && !ask_first(p))
		return false;
	progress(p, "UDP 1701");
	probe_raw_step(p);
	if (!p->opt.raw)
		run_ipsec(p);
	else if (!p->opt.brief && p->raw.reached >= LAC_PPP)
		probe_auth_step(p);
	progress(p, "");
	p->took_ms = call_now_ms() - begin;
	return true;
}

static int report(const struct probe *p)
{
	if (!p->opt.json)
		probe_print(p);
	else if (!probe_print_json(p))
		return complain("no memory") ? 0 : EXIT_FAILED;
	return probe_status(p);
}

int probe_command(int argc, char **argv)
{
	struct probe *p = calloc(1, sizeof(*p));
	int rc = EXIT_FAILED, bad;

	if (!p)
		return EXIT_FAILED;
	bad = read_options(&p->opt, argc, argv);
	for (; !bad && p->n_systems < p->opt.n_systems; p->n_systems++)
		p->systems[p->n_systems].profile = p->opt.systems[p->n_systems];
	if (bad)
		rc = bad - 1;
	else if (run(p))
		rc = report(p);
	secret_wipe(&p->opt.psk);
	secret_wipe(&p->opt.password);
	free(p);
	return rc;
}
