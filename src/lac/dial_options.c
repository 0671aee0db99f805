/*
 * dial_options: the command line of sekisho-dial. Secrets come from files only: a
 * command line can be read by every user of the machine.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "dial.h"

static const char usage[] =
	"usage: sekisho-dial --server ADDRESS --psk-file FILE --user NAME --password-file FILE\n"
	"                    [--ping ADDRESS] [--count N] [--timeout SECONDS] [--no-natt]\n"
	"                    [--port-any] [--aggressive NAME]\n"
	"Connects as an L2TP/IPsec client, pings through the tunnel, hangs up.\n"
	"  --ping      default: the other end of the PPP link\n"
	"  --count     pings, default 3; 0: none\n"
	"  --timeout   seconds to be connected in, default 20\n"
	"  --no-natt   plain ESP (IP protocol 50); needs root\n"
	"  --port-any  any free UDP ports instead of 500 and 4500\n"
	"  --aggressive  Aggressive Mode under this name (a group name, user@host, host.name)\n";

enum {
	OPT_SERVER,
	OPT_PSK,
	OPT_USER,
	OPT_PASSWORD,
	OPT_PING,
	OPT_COUNT,
	OPT_TIMEOUT,
	OPT_NO_NATT,
	OPT_PORT_ANY,
	OPT_AGGRESSIVE,
	OPT_HELP
};

static const struct option longs[] = {
	{"server", required_argument, NULL, OPT_SERVER},
	{"psk-file", required_argument, NULL, OPT_PSK},
	{"user", required_argument, NULL, OPT_USER},
	{"password-file", required_argument, NULL, OPT_PASSWORD},
	{"ping", required_argument, NULL, OPT_PING},
	{"count", required_argument, NULL, OPT_COUNT},
	{"timeout", required_argument, NULL, OPT_TIMEOUT},
	{"no-natt", no_argument, NULL, OPT_NO_NATT},
	{"port-any", no_argument, NULL, OPT_PORT_ANY},
	{"aggressive", required_argument, NULL, OPT_AGGRESSIVE},
	{"help", no_argument, NULL, OPT_HELP},
	{NULL, 0, NULL, 0},
};

/* The file's first line. */
static bool read_secret(const char *path, struct secret *out)
{
	char buf[SECRET_MAX + 2];
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, buf, sizeof(buf) - 1);
	bool ok;

	if (n < 0)
		fprintf(stderr, "sekisho-dial: %s: %s\n", path, strerror(errno));
	if (fd >= 0)
		close(fd);
	if (n < 0)
		return false;
	buf[n] = '\0';
	ok = secret_set(out, buf, strcspn(buf, "\r\n")) && out->len;
	if (!ok)
		fprintf(stderr, "sekisho-dial: %s: the first line is empty or too long\n", path);
	secret_zero(buf, sizeof(buf));
	return ok;
}

static bool read_number(const char *text, unsigned most, unsigned *out)
{
	char *end;
	unsigned long v = strtoul(text, &end, 10);

	if (*end || end == text || v > most) {
		fprintf(stderr, "sekisho-dial: \"%s\" is no number from 0 to %u\n", text, most);
		return false;
	}
	*out = (unsigned)v;
	return true;
}

static bool read_ip4(const char *text, struct ip_addr *out)
{
	if (ip_addr_parse(text, out) && out->family == 4)
		return true;
	fprintf(stderr, "sekisho-dial: \"%s\" is no IPv4 address\n", text);
	return false;
}

static bool one(struct dial_options *o, int opt)
{
	struct ip_addr ip;
	unsigned n;

	switch (opt) {
	case OPT_SERVER:
		return read_ip4(optarg, &o->server);
	case OPT_PSK:
		return read_secret(optarg, &o->psk);
	case OPT_USER:
		o->user = optarg;
		return true;
	case OPT_PASSWORD:
		return read_secret(optarg, &o->password);
	case OPT_PING:
		if (!read_ip4(optarg, &ip))
			return false;
		o->ping = ip4_of(&ip);
		return true;
	case OPT_COUNT:
		return read_number(optarg, 1000, &o->count);
	case OPT_TIMEOUT:
		if (!read_number(optarg, 3600, &n))
			return false;
		o->timeout_ms = (uint64_t)n * 1000;
		return true;
	case OPT_NO_NATT:
		o->natt = false;
		return true;
	case OPT_PORT_ANY:
		o->port_any = true;
		return true;
	case OPT_AGGRESSIVE:
		o->aggressive = optarg;
		return true;
	default:
		fputs(usage, stderr);
		return false;
	}
}

bool dial_options(struct dial_options *o, int argc, char **argv)
{
	int opt;

	*o = (struct dial_options){.count = 3, .timeout_ms = 20000, .natt = true};
	while ((opt = getopt_long(argc, argv, "", longs, NULL)) != -1) {
		if (!one(o, opt))
			return false;
	}
	if (optind == argc && o->server.family && o->user && o->psk.len && o->password.len)
		return true;
	fputs(usage, stderr);
	return false;
}
