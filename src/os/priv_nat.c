/*
 * NAT for a hub's net: one nftables table of our own a TAP, and the kernel's
 * forwarding switch. The script is fixed; only a checked name and checked
 * numbers are put into it. Called by priv_server.c.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "priv_act.h"

#define FORWARD "/proc/sys/net/ipv4/ip_forward"
#define SCRIPT  1024

/* Naming the table first makes the delete good whether it was there or not; nft takes
 * the whole script as one transaction. */
#define REMOVE                                                                                     \
	"table ip sekisho-%s\n"                                                                    \
	"delete table ip sekisho-%s\n"

bool priv_nat_on(const struct priv_nat *req, char *error)
{
	struct ip_addr net = ip4_addr(req->net);
	char script[SCRIPT], addr[IP_ADDR_TEXT];

	ip_addr_text(&net, addr, sizeof(addr));
	snprintf(script, sizeof(script),
		 REMOVE "table ip sekisho-%s {\n"
			"	chain postrouting {\n"
			"		type nat hook postrouting priority srcnat; policy accept;\n"
			"		ip saddr %s/%u oifname != \"%s\" masquerade\n"
			"	}\n"
			/* nobody outside begins a talk with a client (CVE-2019-14899) */
			"	chain forward {\n"
			"		type filter hook forward priority filter; policy accept;\n"
			"		iifname != \"%s\" oifname \"%s\" "
			"ct state != { established, related } drop\n"
			"	}\n"
			"}\n",
		 req->tap, req->tap, req->tap, addr, req->prefix, req->tap, req->tap, req->tap);
	return nft_run(script, error);
}

bool priv_nat_off(const char *tap, char *error)
{
	char script[SCRIPT];

	snprintf(script, sizeof(script), REMOVE, tap, tap);
	return nft_run(script, error);
}

int priv_forward_set(int value, char *error)
{
	int fd = open(FORWARD, O_RDWR | O_CLOEXEC);
	char was = '0', want = (char)('0' + value);
	bool ok = fd >= 0 && pread(fd, &was, 1, 0) == 1;

	if (ok && was != want)
		ok = pwrite(fd, &want, 1, 0) == 1;
	if (!ok)
		priv_error(error, "IPv4 forwarding cannot be switched (%s): %s", FORWARD,
			   strerror(errno));
	if (fd >= 0)
		close(fd);
	return ok ? was != '0' : -1;
}
