/*
 * NAT for a hub's net: one nftables table of our own a TAP, and one for its IPv6, which
 * is routed and not translated but has the same rule about who may begin. The scripts
 * are fixed; only a checked name and checked numbers are put into them. Called by
 * priv_server.c.
 */
#include <stdio.h>

#include "priv_act.h"

#define SCRIPT 1024

/* Naming the table first makes the delete good whether it was there or not; nft takes
 * the whole script as one transaction. */
#define REMOVE(family)                                                                             \
	"table " family " sekisho-%s\n"                                                            \
	"delete table " family " sekisho-%s\n"

/* Nobody outside begins a talk with a client (CVE-2019-14899). */
#define FORWARD                                                                                    \
	"chain forward {\n"                                                                        \
	"type filter hook forward priority filter; policy accept;\n"                               \
	"iifname != \"%s\" oifname \"%s\" ct state != { established, related } drop\n"             \
	"}\n"

static bool filter6_on(const char *tap, char *error)
{
	char script[SCRIPT];

	snprintf(script, sizeof(script), REMOVE("ip6") "table ip6 sekisho-%s {\n" FORWARD "}\n",
		 tap, tap, tap, tap, tap);
	return nft_run(script, error);
}

bool priv_nat_on(const struct priv_nat *req, bool v6, char *error)
{
	struct ip_addr net = ip4_addr(req->net);
	char script[SCRIPT], addr[IP_ADDR_TEXT];

	ip_addr_text(&net, addr, sizeof(addr));
	snprintf(script, sizeof(script),
		 REMOVE("ip") "table ip sekisho-%s {\n"
			      "	chain postrouting {\n"
			      "		type nat hook postrouting priority srcnat; policy accept;\n"
			      "		ip saddr %s/%u oifname != \"%s\" masquerade\n"
			      "	}\n" FORWARD "}\n",
		 req->tap, req->tap, req->tap, addr, req->prefix, req->tap, req->tap, req->tap);
	return nft_run(script, error) && (!v6 || filter6_on(req->tap, error));
}

/* A kernel without IPv6 tables has none of ours. */
bool priv_nat_off(const char *tap, char *error)
{
	char script[SCRIPT], ignored[PRIV_ERROR];

	snprintf(script, sizeof(script), REMOVE("ip6"), tap, tap);
	nft_run(script, ignored);
	snprintf(script, sizeof(script), REMOVE("ip"), tap, tap);
	return nft_run(script, error);
}
