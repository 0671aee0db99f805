/*
 * load_options: the command line of `sekisho-lac load`. Called by load_main.c.
 */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "command.h"
#include "load.h"
#include "wire/ipv4.h"
#include "wire/udp.h"

#define SIZE_LEAST         (IPV4_HDR + UDP_HDR + LOAD_UDP_DATA)
#define TCP_LEAST          576
#define PPS_MAX            1000000
#define SECONDS_MAX        (7 * 24 * 3600)
#define SOURCES_BITS_LEAST 8
#define SOURCES_BITS_MOST  30

static const char usage[] =
	"usage: sekisho-lac load SERVER --psk-file FILE --user NAME --password-file FILE "
	"[OPTION...]\n"
	"Emulates many L2TP/IPsec clients, with traffic through their tunnels, and measures.\n"
	"SERVER: an IPv4 address or a name.\n"
	"  --psk-file FILE      pre-shared key; or --psk KEY, which other users can see\n"
	"  --user NAME          %d in it becomes the number of the client, from 1\n"
	"  --password-file FILE of all users; or --password TEXT\n"
	"  --raw                plain L2TP without IPsec\n"
	"  --profile NAME       clients as this system is (windows10, ios, android ...)\n"
	"the clients\n"
	"  --clients N          how many (1)\n"
	"  --threads T          on so many threads (one for each processor, at most 4)\n"
	"  --rate R             dials a second; 0: as --window lets them (0)\n"
	"  --window W           dials under way at once (100)\n"
	"  --dial-timeout S     a dial has failed after so long (30)\n"
	"  --setup S            no longer than this for all to come up, before traffic begins "
	"(60)\n"
	"  --sources NET/BITS   an address of its own for each, out of this net, as far as they\n"
	"                       go; before: ip route add local NET/BITS dev lo\n"
	"  --fresh-keys         a Diffie-Hellman key pair for each client, not one for all\n"
	"the traffic\n"
	"  --traffic none|udp|tcp-like   (none)\n"
	"  --direction up|down|both|echo   udp: echo or up (echo); tcp-like: up, down, both "
	"(down)\n"
	"  --target ADDRESS[:PORT]   where to; default: the other end of the PPP link; ports: 7 "
	"for\n"
	"                       echo, 9 for up, 19 for down and both\n"
	"  --size B             octets of an IP packet (1400)\n"
	"  --pps P              UDP packets a second of each client (10)\n"
	"  --ping S             each client pings the target every S seconds\n"
	"  --seconds S          of traffic (10)\n"
	"  --churn C            C clients a second hang up and dial again\n"
	"  --storm S            in second S all vanish without a word and dial again\n"
	"the end\n"
	"  --abandon            leaves without hanging up\n"
	"  --json               the result as JSON on standard output\n";

enum {
	OPT_PSK,
	OPT_PSK_FILE,
	OPT_USER,
	OPT_PASSWORD,
	OPT_PASSWORD_FILE,
	OPT_RAW,
	OPT_PROFILE,
	OPT_CLIENTS,
	OPT_THREADS,
	OPT_RATE,
	OPT_WINDOW,
	OPT_DIAL_TIMEOUT,
	OPT_SETUP,
	OPT_SOURCES,
	OPT_FRESH_KEYS,
	OPT_TRAFFIC,
	OPT_DIRECTION,
	OPT_TARGET,
	OPT_SIZE,
	OPT_PPS,
	OPT_PING,
	OPT_SECONDS,
	OPT_CHURN,
	OPT_STORM,
	OPT_ABANDON,
	OPT_JSON,
	OPT_HELP
};

static const struct option longs[] = {
	{"psk", required_argument, NULL, OPT_PSK},
	{"psk-file", required_argument, NULL, OPT_PSK_FILE},
	{"user", required_argument, NULL, OPT_USER},
	{"password", required_argument, NULL, OPT_PASSWORD},
	{"password-file", required_argument, NULL, OPT_PASSWORD_FILE},
	{"raw", no_argument, NULL, OPT_RAW},
	{"profile", required_argument, NULL, OPT_PROFILE},
	{"clients", required_argument, NULL, OPT_CLIENTS},
	{"threads", required_argument, NULL, OPT_THREADS},
	{"rate", required_argument, NULL, OPT_RATE},
	{"window", required_argument, NULL, OPT_WINDOW},
	{"dial-timeout", required_argument, NULL, OPT_DIAL_TIMEOUT},
	{"setup", required_argument, NULL, OPT_SETUP},
	{"sources", required_argument, NULL, OPT_SOURCES},
	{"fresh-keys", no_argument, NULL, OPT_FRESH_KEYS},
	{"traffic", required_argument, NULL, OPT_TRAFFIC},
	{"direction", required_argument, NULL, OPT_DIRECTION},
	{"target", required_argument, NULL, OPT_TARGET},
	{"size", required_argument, NULL, OPT_SIZE},
	{"pps", required_argument, NULL, OPT_PPS},
	{"ping", required_argument, NULL, OPT_PING},
	{"seconds", required_argument, NULL, OPT_SECONDS},
	{"churn", required_argument, NULL, OPT_CHURN},
	{"storm", required_argument, NULL, OPT_STORM},
	{"abandon", no_argument, NULL, OPT_ABANDON},
	{"json", no_argument, NULL, OPT_JSON},
	{"help", no_argument, NULL, OPT_HELP},
	{NULL, 0, NULL, 0},
};

/* What one call of load_options_read() keeps besides the options. */
struct reading {
	struct load_options *o;
	bool direction;
};

static bool say(const char *what, const char *value)
{
	fprintf(stderr, "sekisho-lac: \"%s\" %s\n", value, what);
	return false;
}

static bool number(uint64_t least, uint64_t most, unsigned *out)
{
	uint64_t v;

	if (!arg_number(optarg, least, most, &v))
		return false;
	*out = (unsigned)v;
	return true;
}

/* The index of optarg among names. */
static bool word(const char *const *names, const char *what, unsigned *out)
{
	for (unsigned i = 0; names[i]; i++) {
		if (strcmp(names[i], optarg) == 0) {
			*out = i;
			return true;
		}
	}
	return say(what, optarg);
}

static bool read_traffic(struct load_options *o)
{
	static const char *const names[] = {"none", "udp", "tcp-like", NULL};
	unsigned at;

	if (!word(names, "is no traffic: none, udp, tcp-like", &at))
		return false;
	o->traffic.kind = (enum load_kind)at;
	return true;
}

static bool read_direction(struct reading *r)
{
	static const char *const names[] = {"up", "down", "both", "echo", NULL};
	unsigned at;

	if (!word(names, "is no direction: up, down, both, echo", &at))
		return false;
	r->o->traffic.direction = (enum load_direction)at;
	r->direction = true;
	return true;
}

/* ADDRESS, a mark, and a number in its range; without the mark the number stays 0. */
static bool read_pair(char mark, uint64_t least, uint64_t most, uint32_t *ip, uint64_t *n)
{
	char text[IP_ADDR_TEXT];
	const char *at = strchr(optarg, mark);
	size_t len = at ? (size_t)(at - optarg) : strlen(optarg);
	struct ip_addr a;

	*n = 0;
	if (len >= sizeof(text))
		return say("is no address", optarg);
	snprintf(text, sizeof(text), "%.*s", (int)len, optarg);
	if (!arg_ip4(text, &a) || (at && !arg_number(at + 1, least, most, n)))
		return false;
	*ip = ip4_of(&a);
	return true;
}

static bool read_target(struct load_options *o)
{
	uint64_t port;

	if (!read_pair(':', 1, UINT16_MAX, &o->traffic.target_ip, &port))
		return false;
	o->traffic.target_port = (uint16_t)port;
	return true;
}

static bool read_sources(struct load_options *o)
{
	uint64_t bits;

	if (!read_pair('/', SOURCES_BITS_LEAST, SOURCES_BITS_MOST, &o->sources, &bits))
		return false;
	o->sources_bits = (unsigned)bits;
	return bits || say("has no length: NET/BITS", optarg);
}

static bool read_profile(struct load_options *o)
{
	o->profile = lac_profile_by_name(optarg);
	return o->profile || say("is no client system", optarg);
}

/* At most one %d, and no other %. */
static bool read_user(struct load_options *o)
{
	const char *mark = strchr(optarg, '%');

	o->user = optarg;
	if (strlen(optarg) >= LOAD_USER_MAX)
		return say("is too long", optarg);
	return !mark || (mark[1] == 'd' && !strchr(mark + 1, '%')) ||
	       say("has a % that is not the one %d", optarg);
}

static bool one_text(struct reading *r, int opt)
{
	struct load_options *o = r->o;

	switch (opt) {
	case OPT_PSK:
		return arg_secret_shown("--psk", optarg, &o->psk);
	case OPT_PSK_FILE:
		return arg_secret_file(optarg, &o->psk);
	case OPT_USER:
		return read_user(o);
	case OPT_PASSWORD:
		return arg_secret_shown("--password", optarg, &o->password);
	case OPT_PASSWORD_FILE:
		return arg_secret_file(optarg, &o->password);
	case OPT_PROFILE:
		return read_profile(o);
	case OPT_SOURCES:
		return read_sources(o);
	case OPT_TRAFFIC:
		return read_traffic(o);
	case OPT_DIRECTION:
		return read_direction(r);
	case OPT_TARGET:
		return read_target(o);
	default:
		return false; /* getopt has said it */
	}
}

static bool one(struct reading *r, int opt)
{
	struct load_options *o = r->o;

	switch (opt) {
	case OPT_RAW:
		return o->raw = true;
	case OPT_FRESH_KEYS:
		return o->fresh_keys = true;
	case OPT_ABANDON:
		return o->abandon = true;
	case OPT_JSON:
		return o->json = true;
	case OPT_CLIENTS:
		return number(1, LOAD_CLIENTS_MAX, &o->clients);
	case OPT_THREADS:
		return number(1, LOAD_THREADS_MAX, &o->threads);
	case OPT_RATE:
		return number(0, LOAD_CLIENTS_MAX, &o->rate);
	case OPT_WINDOW:
		return number(1, LOAD_CLIENTS_MAX, &o->window);
	case OPT_DIAL_TIMEOUT:
		return number(1, 3600, &o->dial_s);
	case OPT_SETUP:
		return number(1, SECONDS_MAX, &o->setup_s);
	case OPT_SIZE:
		return number(SIZE_LEAST, LOAD_PACKET_MAX, &o->traffic.size);
	case OPT_PPS:
		return number(1, PPS_MAX, &o->traffic.pps);
	case OPT_PING:
		return number(1, 3600, &o->traffic.ping_s);
	case OPT_SECONDS:
		return number(0, SECONDS_MAX, &o->seconds);
	case OPT_CHURN:
		return number(1, LOAD_CLIENTS_MAX, &o->churn);
	case OPT_STORM:
		o->storm = true;
		return number(0, SECONDS_MAX, &o->storm_s);
	default:
		return one_text(r, opt);
	}
}

/* What only makes sense together. */
static bool consistent(struct reading *r)
{
	struct load_traffic_options *f = &r->o->traffic;

	if (!r->direction)
		f->direction = f->kind == LOAD_UDP ? LOAD_ECHO : LOAD_DOWN;
	if (f->kind == LOAD_UDP && f->direction != LOAD_ECHO && f->direction != LOAD_UP)
		return say("has only --direction echo and up", "--traffic udp");
	if (f->kind == LOAD_TCP && f->direction == LOAD_ECHO)
		return say("has no --direction echo", "--traffic tcp-like");
	if (f->kind == LOAD_TCP && f->size < TCP_LEAST)
		return say("needs --size 576 at least", "--traffic tcp-like");
	if (r->o->storm && r->o->storm_s >= r->o->seconds)
		return say("must be before the end of --seconds", "--storm");
	return true;
}

static enum load_asked refused(void)
{
	fputs("sekisho-lac load --help says more\n", stderr);
	return LOAD_REFUSED;
}

static unsigned processors(void)
{
	long n = sysconf(_SC_NPROCESSORS_ONLN);

	return n < 1 ? 1 : n > 4 ? 4 : (unsigned)n;
}

static bool whole(struct reading *r, int argc, char **argv)
{
	const struct load_options *o = r->o;

	if (!o->user)
		return say("is missing", "--user");
	if (!o->psk.len && !o->raw)
		return say("is missing", "--psk-file");
	if (!o->password.len)
		return say("is missing", "--password-file");
	if (optind == argc)
		return say("is missing", "SERVER");
	if (optind + 1 < argc)
		return say("is one word too many", argv[optind + 1]);
	return consistent(r) && arg_server(argv[optind], &r->o->server);
}

/* No thread without a client, and none without a part of the rate. */
static void choose_threads(struct load_options *o)
{
	if (!o->threads)
		o->threads = processors();
	if (o->threads > o->clients)
		o->threads = o->clients;
	if (o->rate && o->threads > o->rate)
		o->threads = o->rate;
}

enum load_asked load_options_read(struct load_options *o, int argc, char **argv)
{
	struct reading r = {.o = o};
	int opt;

	*o = (struct load_options){.clients = 1,
				   .window = 100,
				   .seconds = 10,
				   .setup_s = 60,
				   .dial_s = 30,
				   .traffic = {.size = 1400, .pps = 10}};
	while ((opt = getopt_long(argc, argv, "", longs, NULL)) != -1) {
		if (opt == OPT_HELP) {
			fputs(usage, stdout);
			return LOAD_HELP;
		}
		if (!one(&r, opt))
			return refused();
	}
	choose_threads(o);
	return whole(&r, argc, argv) ? LOAD_GO : refused();
}
