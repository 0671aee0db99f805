/*
 * dial_options: the command line of `sekisho-lac dial`.
 */
#include <errno.h>
#include <getopt.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "command.h"
#include "dial.h"

static const char usage[] =
	"usage: sekisho-lac dial SERVER (--psk-file FILE | --psk KEY | --cert FILE | --raw)\n"
	"                   --user NAME\n"
	"                   [--password-file FILE] [OPTION...]\n"
	"Connects as an L2TP/IPsec client. Without --tun, --netns, --exec or --stay: pings "
	"through\n"
	"the tunnel and hangs up; nothing of this machine is touched. With one of them (as root):\n"
	"makes a network interface, stays connected, and connects again when it was cut.\n"
	"\n"
	"  SERVER           address or host name\n"
	"  --psk-file FILE  the pre-shared key is the first line; -: of standard input\n"
	"  --psk KEY        every user of this machine can see it in ps: a file is safer\n"
	"  --cert FILE      a certificate instead of a key: PEM with its private key and perhaps\n"
	"                   its chain, or PKCS #12; with\n"
	"    --key FILE       the private key, when it is not in that file\n"
	"    --cert-password-file FILE   the first line opens the key or the PKCS #12 file\n"
	"    --ca FILE        who may have certified the server: CAs in PEM or DER; default: the\n"
	"                     CAs in --cert's file\n"
	"    --server-id NAME the server's certificate must be NAME's (a host name, an address,\n"
	"                     \"C=JP, O=Office, CN=vpn\"; any: anybody's); default: SERVER\n"
	"  --raw            plain L2TP without IPsec: nothing is encrypted\n"
	"  --user NAME, --password-file FILE   without a file it is asked for on the terminal\n"
	"  --timeout S      seconds to be connected in, 20\n"
	"  --no-natt        plain ESP (IP protocol 50); needs root\n"
	"  --port-any       any free UDP ports instead of 500 and 4500 (1701)\n"
	"  --aggressive ID  Aggressive Mode under this name (a group name, user@host, host.name)\n"
	"  --mtu N          576 to 1500, default 1400\n"
	"\n"
	"Pinging:\n"
	"  --ping ADDRESS   default: the other end of the PPP link\n"
	"  --count N        3; 0: none\n"
	"\n"
	"Staying:\n"
	"  --stay           with the interface sekisho0 (or the next free number)\n"
	"  --tun NAME       the interface's name\n"
	"  --netns NAME     the interface is in this network namespace, which is made if there is\n"
	"                   none, with the default route through it; the encrypted packets stay "
	"here\n"
	"  --exec CMD       runs CMD by /bin/sh when the tunnel is up, in the namespace (without\n"
	"                   --netns: one of its own), with SEKISHO_ADDRESS, SEKISHO_PEER,\n"
	"                   SEKISHO_DNS, SEKISHO_TUN; hangs up when it ends. With --tun: here\n"
	"  --route PREFIX   through the tunnel; may be repeated. Without any: the peer alone\n"
	"  --default-route  everything through the tunnel, except the tunnel's own packets\n"
	"  --dns            uses the name servers that the server gives\n"
	"  --once           does not connect again\n"
	"  --keep-trying    not even a wrong password or key ends it\n"
	"Signals: SIGTERM and SIGINT hang up, SIGHUP dials again.\n"
	"\n"
	"Exit status: 0 it worked; 1 something of this machine failed, or a ping got no answer;\n"
	"2 the command line is wrong; 3 no answer from the server; refused or cut in 4 IKE\n"
	"phase 1 (key, suites), 5 Quick Mode, 6 L2TP, 7 authentication (user, password), 8 PPP\n"
	"(address); 9 it was up and was cut (--once). With --exec: CMD's, when it has ended.\n";

enum {
	OPT_SERVER = 256,
	OPT_PSK,
	OPT_PSK_FILE,
	OPT_CERT,
	OPT_KEY,
	OPT_CERT_PASSWORD,
	OPT_CA,
	OPT_SERVER_ID,
	OPT_RAW,
	OPT_USER,
	OPT_PASSWORD,
	OPT_TIMEOUT,
	OPT_NO_NATT,
	OPT_PORT_ANY,
	OPT_AGGRESSIVE,
	OPT_MTU,
	OPT_PING,
	OPT_COUNT,
	OPT_STAY,
	OPT_TUN,
	OPT_NETNS,
	OPT_EXEC,
	OPT_ROUTE,
	OPT_DEFAULT_ROUTE,
	OPT_DNS,
	OPT_ONCE,
	OPT_KEEP_TRYING,
	OPT_HELP
};

static const struct option longs[] = {
	{"server", required_argument, NULL, OPT_SERVER},
	{"psk", required_argument, NULL, OPT_PSK},
	{"psk-file", required_argument, NULL, OPT_PSK_FILE},
	{"cert", required_argument, NULL, OPT_CERT},
	{"key", required_argument, NULL, OPT_KEY},
	{"cert-password-file", required_argument, NULL, OPT_CERT_PASSWORD},
	{"ca", required_argument, NULL, OPT_CA},
	{"server-id", required_argument, NULL, OPT_SERVER_ID},
	{"raw", no_argument, NULL, OPT_RAW},
	{"user", required_argument, NULL, OPT_USER},
	{"password-file", required_argument, NULL, OPT_PASSWORD},
	{"timeout", required_argument, NULL, OPT_TIMEOUT},
	{"no-natt", no_argument, NULL, OPT_NO_NATT},
	{"port-any", no_argument, NULL, OPT_PORT_ANY},
	{"aggressive", required_argument, NULL, OPT_AGGRESSIVE},
	{"mtu", required_argument, NULL, OPT_MTU},
	{"ping", required_argument, NULL, OPT_PING},
	{"count", required_argument, NULL, OPT_COUNT},
	{"stay", no_argument, NULL, OPT_STAY},
	{"tun", required_argument, NULL, OPT_TUN},
	{"netns", required_argument, NULL, OPT_NETNS},
	{"exec", required_argument, NULL, OPT_EXEC},
	{"route", required_argument, NULL, OPT_ROUTE},
	{"default-route", no_argument, NULL, OPT_DEFAULT_ROUTE},
	{"dns", no_argument, NULL, OPT_DNS},
	{"once", no_argument, NULL, OPT_ONCE},
	{"keep-trying", no_argument, NULL, OPT_KEEP_TRYING},
	{"help", no_argument, NULL, OPT_HELP},
	{NULL, 0, NULL, 0},
};

static bool wrong(const char *what, const char *text)
{
	fprintf(stderr, "sekisho-lac: %s: %s\n", text, what);
	return false;
}

/* ---- values ---- */

static bool read_prefix(const char *text, struct dial_prefix *out)
{
	char addr[IP_ADDR_TEXT];
	const char *slash = strchr(text, '/');
	size_t len = slash ? (size_t)(slash - text) : strlen(text);
	uint64_t bits = 32;
	struct ip_addr ip;

	if (len >= sizeof(addr))
		return wrong("no prefix like 10.0.0.0/8", text);
	memcpy(addr, text, len);
	addr[len] = 0;
	if (!arg_ip4(addr, &ip) || (slash && !arg_number(slash + 1, 0, 32, &bits)))
		return false;
	*out = (struct dial_prefix){ip4_of(&ip), (uint8_t)bits};
	if (bits < 32 && out->net & UINT32_MAX >> bits)
		return wrong("there are bits set behind the prefix length", text);
	return true;
}

static bool add_route(struct dial_options *o, const char *text)
{
	if (o->n_routes == DIAL_ROUTES)
		return wrong("too many routes", text);
	return read_prefix(text, &o->route[o->n_routes++]);
}

/* A word that is also the name of a file or an interface. */
static bool read_name(const char *text, size_t cap, const char **out)
{
	*out = text;
	if (*text && strlen(text) < cap && !strchr(text, '/') && strcmp(text, ".") != 0 &&
	    strcmp(text, "..") != 0)
		return true;
	return wrong("no usable name", text);
}

static bool set_ping(struct dial_options *o)
{
	struct ip_addr ip;

	if (!arg_ip4(optarg, &ip))
		return false;
	o->ping = ip4_of(&ip);
	return true;
}

static bool set_number(struct dial_options *o, int opt)
{
	uint64_t n;

	switch (opt) {
	case OPT_TIMEOUT:
		if (!arg_number(optarg, 1, 3600, &n))
			return false;
		o->timeout_ms = n * 1000;
		return true;
	case OPT_MTU:
		if (!arg_number(optarg, PPP_MRU_MIN, 1500, &n))
			return false;
		o->mtu = (uint16_t)n;
		return true;
	default:
		if (!arg_number(optarg, 0, 1000, &n))
			return false;
		o->count = (unsigned)n;
		return true;
	}
}

/* ---- the words ---- */

static void set_flag(struct dial_options *o, int opt)
{
	o->raw |= opt == OPT_RAW;
	o->natt &= opt != OPT_NO_NATT;
	o->port_any |= opt == OPT_PORT_ANY;
	o->stay |= opt == OPT_STAY;
	o->default_route |= opt == OPT_DEFAULT_ROUTE;
	o->dns |= opt == OPT_DNS;
	o->once |= opt == OPT_ONCE;
	o->keep_trying |= opt == OPT_KEEP_TRYING;
}

static bool set_cert(struct dial_cert *c, int opt)
{
	switch (opt) {
	case OPT_CERT:
		c->path = optarg;
		return true;
	case OPT_KEY:
		c->key_path = optarg;
		return true;
	case OPT_CA:
		c->ca_path = optarg;
		return true;
	case OPT_SERVER_ID:
		c->server_id = optarg;
		return (*optarg && strlen(optarg) <= 255) || wrong("no usable name", optarg);
	default:
		return arg_secret_file(optarg, &c->password);
	}
}

static bool one(struct dial_options *o, int opt)
{
	switch (opt) {
	case OPT_SERVER:
		o->server = optarg;
		return true;
	case OPT_PSK:
		return arg_secret_shown("--psk", optarg, &o->psk);
	case OPT_PSK_FILE:
		return arg_secret_file(optarg, &o->psk);
	case OPT_CERT:
	case OPT_KEY:
	case OPT_CERT_PASSWORD:
	case OPT_CA:
	case OPT_SERVER_ID:
		return set_cert(&o->cert, opt);
	case OPT_USER:
		o->user = optarg;
		return strlen(optarg) <= PPP_NAME_MAX || wrong("longer than 255 octets", optarg);
	case OPT_PASSWORD:
		return arg_secret_file(optarg, &o->password);
	case OPT_TIMEOUT:
	case OPT_MTU:
	case OPT_COUNT:
		return set_number(o, opt);
	case OPT_PING:
		return set_ping(o);
	case OPT_AGGRESSIVE:
		o->aggressive = optarg;
		return true;
	case OPT_TUN:
		return read_name(optarg, IFNAMSIZ, &o->tun);
	case OPT_NETNS:
		return read_name(optarg, DIAL_NAME_MAX, &o->netns);
	case OPT_EXEC:
		o->exec = optarg;
		return true;
	case OPT_ROUTE:
		return add_route(o, optarg);
	default:
		set_flag(o, opt);
		return true;
	}
}

/* ---- the whole ---- */

/* One way to prove who we are. */
static bool cert_fits(const struct dial_options *o)
{
	const struct dial_cert *c = &o->cert;

	if (!c->path && (c->key_path || c->ca_path || c->server_id || c->password.len))
		return wrong("--key, --ca, --server-id and --cert-password-file go with --cert",
			     "dial");
	if (c->path && (o->psk.len || o->raw))
		return wrong("a certificate takes the place of --psk, and there is none with --raw",
			     "--cert");
	if (c->path && o->aggressive)
		return wrong("with a certificate the identity is hidden by Main Mode: leave it out",
			     "--aggressive");
	return true;
}

static bool is_whole(struct dial_options *o)
{
	bool stays = o->stay || o->tun || o->netns || o->exec;

	if (!o->server || !o->user || !(o->raw || o->psk.len || o->cert.path)) {
		fputs(usage, stderr);
		return false;
	}
	if (!cert_fits(o))
		return false;
	if (o->raw && (o->psk.len || o->aggressive || !o->natt))
		return wrong("there is no IPsec: neither key nor --aggressive nor --no-natt",
			     "--raw");
	if (!stays && (o->n_routes || o->default_route || o->dns || o->keep_trying))
		return wrong("--route, --default-route, --dns and --keep-trying need one of "
			     "--tun, --netns, --exec, --stay",
			     "dial");
	o->stay = stays;
	if (o->password.len)
		return true;
	if (isatty(STDIN_FILENO))
		return arg_secret_ask("Password", &o->password);
	return wrong("it is missing, and there is no terminal to ask on", "--password-file");
}

int dial_options(struct dial_options *o, int argc, char **argv)
{
	int opt;

	*o = (struct dial_options){.count = 3, .timeout_ms = 20000, .natt = true, .mtu = 1400};
	optind = 1;
	while ((opt = getopt_long(argc, argv, "", longs, NULL)) != -1) {
		if (opt == OPT_HELP) {
			fputs(usage, stdout);
			return DIAL_HELP;
		}
		if (opt == '?') {
			fputs("sekisho-lac dial --help says more\n", stderr);
			return EXIT_USAGE;
		}
		if (!one(o, opt))
			return EXIT_USAGE;
	}
	if (optind < argc && !o->server)
		o->server = argv[optind++];
	if (optind < argc) {
		wrong("one word too many", argv[optind]);
		return EXIT_USAGE;
	}
	return is_whole(o) ? 0 : EXIT_USAGE;
}
