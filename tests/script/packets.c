/*
 * packets: the lines of a script about IPv6 and DHCPINFORM inside the tunnel. Called by
 * commands.c and expect.c.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "script.h"

#define PING_MS 10000

/* An IPv6 address, or a client's name for the address that it has. */
static bool address_of(struct script *s, const char *word, struct ipv6_addr *out)
{
	const struct client *c = client_by_name(s->world, word);
	struct ip_addr ip;

	if (c) {
		*out = c->v6.address;
		return true;
	}
	if (!script_ip(s, word, &ip))
		return false;
	*out = ipv6_addr_get(ip.ip);
	return ip.family == 6;
}

static bool answered(void *ctx)
{
	return ((const struct client *)ctx)->v6.ping_answered;
}

/* ping6 A 2001:db8:1::1 [SIZE]; ping6 A B: the address that B has */
void script_ping6(struct script *s)
{
	struct client *c = s->n_words > 2 ? script_client(s, s->words[1]) : NULL;
	struct ipv6_addr to;
	unsigned size = 56;

	if (!c || !address_of(s, s->words[2], &to) ||
	    (s->n_words > 3 && !script_number(s, s->words[3], &size)))
		return;
	client6_ping(c, to, size);
	if (!world_until(s->world, PING_MS, answered, c))
		script_fail(s, "no answer from %s to %s", s->words[2], c->name);
}

/* hostping6 A [SIZE]: from the host on the TAP to the client. */
void script_hostping6(struct script *s)
{
	struct client *c = s->n_words > 1 ? script_client(s, s->words[1]) : NULL;
	unsigned before, size = 56;

	if (!c || (s->n_words > 2 && !script_number(s, s->words[2], &size)))
		return;
	before = s->world->host_echoes + s->world->host_too_big;
	host6_ping(s->world, c->v6.address, size);
	world_run(s->world, 1000);
	if (s->world->host_echoes + s->world->host_too_big == before)
		script_fail(s, "the host gets no answer from %s", c->name);
}

/* spoof6 A B: A sends with an address of B's, or with this one; nothing may come of it */
void script_spoof6(struct script *s)
{
	struct client *c = s->n_words == 3 ? script_client(s, s->words[1]) : NULL;
	struct ipv6_addr as, to;

	if (!c || !address_of(s, s->words[2], &as))
		return;
	to = (struct ipv6_addr){s->world->taps[0].net6, 1};
	client6_spoof(c, as, to);
	world_settle(s->world);
}

/* solicit A: its system asks for a router */
void script_solicit(struct script *s)
{
	struct client *c = s->n_words == 2 ? script_client(s, s->words[1]) : NULL;
	unsigned before;

	if (!c)
		return;
	before = c->v6.advertisements;
	client6_solicit(c);
	world_run(s->world, 1000);
	if (c->v6.advertisements == before)
		script_fail(s, "no router advertisement for %s", c->name);
}

/* inform A [6,44,43,1,249,15]: its system asks by DHCPINFORM, with or without a list */
void script_inform(struct script *s)
{
	struct client *c = s->n_words > 1 ? script_client(s, s->words[1]) : NULL;
	uint8_t codes[64];
	struct bytes list = {codes, 0};

	if (!c)
		return;
	for (char *p = s->n_words > 2 ? s->words[2] : NULL; p && list.len < sizeof(codes);) {
		codes[list.len++] = (uint8_t)strtoul(p, &p, 10);
		p = *p == ',' ? p + 1 : NULL;
	}
	client_inform(c, list);
	world_run(s->world, 1000);
	if (!c->inform_len)
		script_fail(s, "no answer to %s's DHCPINFORM", c->name);
}

/* expect A prefix 2001:db8:1:1::; expect A router / dns6 IP; expect A mtu6 N;
 * expect A advertised N+; expect A option CODE HEX|none */
static bool expect_number(struct script *s, const struct client *c, const char *what,
			  unsigned value)
{
	char *word = s->words[3];
	bool more = *word && word[strlen(word) - 1] == '+';
	unsigned want;

	if (more)
		word[strlen(word) - 1] = '\0';
	if (!script_number(s, word, &want) || (more ? value >= want : value == want))
		return true;
	script_fail(s, "the %s of %s is %u", what, c->name, value);
	return true;
}

static bool expect_option(struct script *s, const struct client *c)
{
	uint8_t data[256];
	char hex[2 * sizeof(data) + 1] = "";
	bool found;
	size_t n = client_informed(c, (uint8_t)strtoul(s->words[3], NULL, 10), data, sizeof(data),
				   &found);

	for (size_t i = 0; i < n; i++)
		snprintf(hex + 2 * i, 3, "%02x", data[i]);
	if (strcmp(s->words[4], found ? hex : "none") != 0)
		script_fail(s, "option %s of %s is %s", s->words[3], c->name, found ? hex : "none");
	return true;
}

static bool expect_address(struct script *s, const struct client *c, const char *what,
			   struct ipv6_addr have)
{
	struct ipv6_addr want;

	if (address_of(s, s->words[3], &want) && !ipv6_addr_eq(want, have))
		script_fail(s, "the %s of %s is %llx:%llx", what, c->name,
			    (unsigned long long)have.prefix, (unsigned long long)have.iid);
	return true;
}

bool script_expect_packets(struct script *s, const struct client *c)
{
	const char *what = s->words[2];

	if (s->n_words == 5 && strcmp(what, "option") == 0)
		return expect_option(s, c);
	if (s->n_words != 4)
		return false;
	if (strcmp(what, "prefix") == 0)
		return expect_address(s, c, what, (struct ipv6_addr){c->v6.address.prefix, 0});
	if (strcmp(what, "router") == 0)
		return expect_address(s, c, what, c->v6.router);
	if (strcmp(what, "dns6") == 0)
		return expect_address(s, c, what, c->v6.dns);
	if (strcmp(what, "mtu6") == 0)
		return expect_number(s, c, what, c->v6.mtu);
	if (strcmp(what, "advertised") == 0)
		return expect_number(s, c, what, c->v6.advertisements);
	return false;
}
