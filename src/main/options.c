/* options: parses sekishod's command line. Called by sekishod. */
#include "options.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dataplane/dp.h"
#include "paths.h"

enum {
	OPT_CONFIG = 256,
	OPT_RUN,
	OPT_STATE,
	OPT_FOREGROUND,
	OPT_WORKERS,
	OPT_CHECK,
	OPT_VERSION,
	OPT_HELP,
	OPT_DEBUG,
	OPT_ENGINE
};

static const struct option longs[] = {
	{"config", required_argument, NULL, OPT_CONFIG},
	{"run", required_argument, NULL, OPT_RUN},
	{"state", required_argument, NULL, OPT_STATE},
	{"foreground", no_argument, NULL, OPT_FOREGROUND},
	{"workers", required_argument, NULL, OPT_WORKERS},
	{"check-config", no_argument, NULL, OPT_CHECK},
	{"version", no_argument, NULL, OPT_VERSION},
	{"help", no_argument, NULL, OPT_HELP},
	{"debug", no_argument, NULL, OPT_DEBUG},
	{"engine", required_argument, NULL, OPT_ENGINE},
	{NULL, 0, NULL, 0},
};

void options_usage(void)
{
	printf("usage: sekishod [--config FILE] [--run DIR] [--state DIR] [--foreground]\n"
	       "                [--workers N] [--check-config] [--debug] [--version]\n"
	       "  --config FILE    the configuration (%s)\n"
	       "  --run DIR        control socket and pid file (%s)\n"
	       "  --state DIR      what is kept between starts (%s)\n"
	       "  --foreground     stay in front and log to stderr\n"
	       "  --workers N      worker threads, 1 to %d (one for each core)\n"
	       "  --check-config   read the configuration, say what is wrong, and end\n",
	       DEFAULT_CONFIG, DEFAULT_RUN_DIR, DEFAULT_STATE_DIR, DP_WORKERS_MAX);
}

static bool parse_workers(const char *text, unsigned *out)
{
	char *end;
	unsigned long n = strtoul(text, &end, 10);

	if (*end || n < 1 || n > DP_WORKERS_MAX) {
		fprintf(stderr, "sekishod: --workers takes 1 to %d, not %s\n", DP_WORKERS_MAX,
			text);
		return false;
	}
	*out = (unsigned)n;
	return true;
}

static bool one(struct options *o, int opt)
{
	switch (opt) {
	case OPT_CONFIG:
		o->config = optarg;
		return true;
	case OPT_RUN:
		o->run = optarg;
		return true;
	case OPT_STATE:
		o->state = optarg;
		return true;
	case OPT_FOREGROUND:
		o->foreground = true;
		return true;
	case OPT_WORKERS:
		return parse_workers(optarg, &o->workers);
	case OPT_CHECK:
		o->check_config = true;
		return true;
	case OPT_VERSION:
		o->version = true;
		return true;
	case OPT_HELP:
		o->help = true;
		return true;
	case OPT_DEBUG:
		o->debug = true;
		return true;
	case OPT_ENGINE:
		o->engine =
			sscanf(optarg, "%d,%d,%d", &o->priv_fd, &o->control_fd, &o->ready_fd) == 3;
		return o->engine;
	default:
		return false;
	}
}

bool options_parse(int argc, char **argv, struct options *out)
{
	int opt;

	*out = (struct options){
		.config = DEFAULT_CONFIG, .run = DEFAULT_RUN_DIR, .state = DEFAULT_STATE_DIR};
	while ((opt = getopt_long(argc, argv, "", longs, NULL)) != -1) {
		if (!one(out, opt))
			return false;
	}
	if (optind < argc) {
		fprintf(stderr, "sekishod: what is \"%s\"?\n", argv[optind]);
		return false;
	}
	return true;
}
