/*
 * probe: `sekisho-lac probe SERVER`: what a server offers and whether each native client
 * system would connect to it, each step timed, with the likely cause and the fix where one
 * fails. This file is the order of the steps. Called by src/main/sekisho_lac.c.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "command.h"
#include "probe.h"

#define PAUSE_US 100000 /* between two whole connections */

static void progress(const struct probe *p, const char *what)
{
	if (!p->opt.json && isatty(STDERR_FILENO))
		fprintf(stderr, "\r\033[K%s%s", what, *what ? " ..." : "");
}

static void tell(const struct probe *p, void (*say)(const struct probe *))
{
	if (p->opt.json)
		return;
	progress(p, "");
	say(p);
	fflush(stdout);
}

static void tell_system(const struct probe *p, const struct probe_system *s)
{
	if (p->opt.json)
		return;
	progress(p, "");
	probe_say_system(s);
	fflush(stdout);
}

/* ---- without a key ---- */

static bool complain(const char *what)
{
	fprintf(stderr, "sekisho-lac: %s\n", what);
	return false;
}

/* A line to ask by; NULL: a sentence is on stderr. */
static struct probe_line *open_line(const struct probe *p, struct probe_asker *asker)
{
	char err[160];
	struct probe_line *line = probe_line_new(&p->opt, asker, err, sizeof(err));

	if (!line)
		complain(err);
	return line;
}

static bool ask_first(struct probe *p)
{
	struct probe_asker asker;
	struct probe_line *line = open_line(p, &asker);

	if (!line)
		return false;
	progress(p, "UDP 500 and 4500");
	probe_reach_step(p, &asker);
	probe_line_free(line);
	return true;
}

static void ask_systems(struct probe *p)
{
	struct probe_asker asker;
	struct probe_line *line = open_line(p, &asker);

	for (unsigned i = 0; line && i < p->n_systems; i++) {
		probe_system_ask(p, &p->systems[i], &asker);
		tell_system(p, &p->systems[i]);
	}
	probe_line_free(line);
	probe_nat_step(p);
}

static void ask_rest(struct probe *p)
{
	struct probe_asker asker;
	struct probe_line *line = open_line(p, &asker);

	if (!line)
		return;
	progress(p, "Aggressive Mode");
	probe_aggressive_step(p, &asker);
	progress(p, "IKE suites");
	probe_offers_scan(&asker, &p->reach, &p->offers);
	probe_line_free(line);
}

/* ---- with a key ---- */

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

static void call_systems(struct probe *p)
{
	for (unsigned i = 0; i < p->n_systems; i++) {
		progress(p, p->systems[i].profile->system);
		probe_system_call(p, &p->systems[i]);
		tell_system(p, &p->systems[i]);
		usleep(PAUSE_US);
	}
}

static void call_rest(struct probe *p)
{
	if (!p->opt.has_psk || key_is_of_no_use(p))
		return;
	progress(p, "PPP authentication");
	probe_auth_step(p);
	progress(p, "ESP suites");
	probe_suites_step(p);
	probe_leave(&p->leaving);
}

/* ---- all of it ---- */

static void nobody_answers(struct probe *p)
{
	for (unsigned i = 0; i < p->n_systems; i++)
		p->systems[i].trouble = TROUBLE_SILENT;
	tell(p, probe_say_why);
}

/* Behind the first questions: whatever the server has shown, and what the key opens. */
static void run_ipsec(struct probe *p)
{
	if (p->reach.ike == HEARD_NOTHING || p->reach.ike == HEARD_CLOSED) {
		nobody_answers(p);
		return;
	}
	tell(p, probe_say_head);
	if (p->opt.has_psk)
		call_systems(p);
	else
		ask_systems(p);
	tell(p, probe_say_why);
	probe_leave(&p->leaving);
	if (p->opt.brief)
		return;
	call_rest(p);
	ask_rest(p);
}

static bool run(struct probe *p)
{
	uint64_t begin = call_now_ms();

	if (!p->opt.raw && !ask_first(p))
		return false;
	progress(p, "UDP 1701");
	probe_raw_step(p);
	tell(p, probe_say_reach);
	if (!p->opt.raw)
		run_ipsec(p);
	else if (!p->opt.brief && p->raw.reached >= LAC_PPP)
		probe_auth_step(p);
	probe_leave(&p->leaving);
	p->took_ms = call_now_ms() - begin;
	tell(p, probe_say_rest);
	return true;
}

int probe_command(int argc, char **argv)
{
	struct probe *p = calloc(1, sizeof(*p));
	int status = EXIT_FAILED;

	if (!p)
		return EXIT_FAILED;
	list_init(&p->leaving);
	if (probe_read_options(&p->opt, argc, argv, &status)) {
		for (; p->n_systems < p->opt.n_systems; p->n_systems++)
			p->systems[p->n_systems].profile = p->opt.systems[p->n_systems];
		status = run(p) ? probe_status(p) : EXIT_FAILED;
		if (p->opt.json && p->took_ms && !probe_print_json(p))
			status = EXIT_FAILED;
	}
	secret_wipe(&p->opt.psk);
	secret_wipe(&p->opt.password);
	free(p);
	return status;
}
