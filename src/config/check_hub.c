/*
 * Check of hubs: what holds between the commands of hubs and those of pools, profiles and users,
 * once all lines are read. Called by check.c only. Changes nothing.
 */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "parse.h"

/* ---- nets ---- */

/* A session must not get the address of its own gateway. */
static void check_hosts(struct parse *p)
{
	const struct config *c = p->c;

	for (unsigned i = 0; i < c->n_pools; i++)
		for (unsigned k = 0; k < c->n_hubs; k++)
			if (c->pools[i].first <= c->hubs[k].host_ip &&
			    c->hubs[k].host_ip <= c->pools[i].last)
				parse_report(p, MARK_POOL, c->pools[i].name, false,
					     "the pool \"%s\" holds the address of the hub \"%s\"",
					     c->pools[i].name, c->hubs[k].name);
}

static bool has_net(const struct cfg_hub *h)
{
	return h->online && h->securenat && h->host_ip;
}

/* The kernel has one way to an address, so one hub would get what is the other's. */
static void check_nets(struct parse *p)
{
	const struct config *c = p->c;

	for (unsigned i = 0; i < c->n_hubs; i++) {
		for (unsigned k = 0; k < i; k++) {
			const struct cfg_hub *a = &c->hubs[k], *b = &c->hubs[i];
			unsigned len = a->prefix < b->prefix ? a->prefix : b->prefix;

			if (has_net(a) && has_net(b) &&
			    (a->host_ip ^ b->host_ip) >> (32 - len) == 0)
				parse_report(p, MARK_HUB, b->name, false,
					     "the net of the hub \"%s\" overlaps that of the hub "
					     "\"%s\"; one of them may be offline",
					     b->name, a->name);
		}
	}
}

/* IPv6 of a hub goes by its TAP, so it has none without SecureNAT, and no prefix may be
 * routed to two of them. */
static void check_ipv6(struct parse *p)
{
	const struct config *c = p->c;

	for (unsigned i = 0; i < c->n_hubs; i++) {
		const struct cfg_hub *b = &c->hubs[i];

		if (b->prefix6 && b->bridge[0])
			parse_report(p, MARK_HUB, b->name, false,
				     "the hub \"%s\" has an IPv6 prefix, which comes with "
				     "SecureNAT only, and is bridged to \"%s\": take `ipv6 prefix` "
				     "away",
				     b->name, b->bridge);
		else if (b->prefix6 && !(b->securenat && b->host_ip))
			parse_report(p, MARK_HUB, b->name, true,
				     "the hub \"%s\" has an IPv6 prefix, but no way out: its "
				     "sessions get no IPv6 without `secure-nat host` and "
				     "`secure-nat enable`",
				     b->name);
		for (unsigned k = 0; k < i && b->prefix6; k++) {
			const struct cfg_hub *a = &c->hubs[k];
			unsigned len = a->prefix6 < b->prefix6 ? a->prefix6 : b->prefix6;

			if (len && (a->net6 ^ b->net6) >> (64 - len) == 0)
				parse_report(p, MARK_HUB, b->name, false,
					     "the IPv6 prefix of the hub \"%s\" overlaps that of "
					     "the hub \"%s\"",
					     b->name, a->name);
		}
	}
}

/* ---- users ---- */

static const char *wrong_with_user(const struct cfg_hub *h, const struct cfg_hub_user *u)
{
	bool elsewhere = u->auth == CFG_AUTH_RADIUS || u->auth == CFG_AUTH_NT_DOMAIN;

	if (strcmp(u->login.name, "*") == 0 && !elsewhere)
		return "the user `*` stands for every other name: its passwords are known only to "
		       "a server, so want `auth radius` or `auth nt-domain`";
	if (u->group[0] && !config_hub_group(h, u->group))
		return "the hub has no such group; make it with `group NAME` under the hub: first "
		       "`exit`, in a user's block `group` is the user's membership";
	return NULL;
}

static const char *doubt_of_user(const struct cfg_hub_user *u)
{
	switch (u->auth) {
	case CFG_AUTH_PASSWORD:
		return u->login.kind == CFG_PW_NONE
			       ? "has no password and cannot log in: `auth password PASSWORD`"
			       : NULL;
	case CFG_AUTH_RADIUS:
	case CFG_AUTH_NT_DOMAIN:
		return "cannot log in: there is no AAA server yet that would know the password";
	case CFG_AUTH_CERTIFICATE:
	case CFG_AUTH_SIGNED:
		return "cannot log in by L2TP, which has no place for a certificate";
	case CFG_AUTH_ANONYMOUS:
		break;
	}
	return NULL;
}

static void check_hub_users(struct parse *p, const struct cfg_hub *h)
{
	for (unsigned i = 0; i < h->n_users; i++) {
		const struct cfg_hub_user *u = &h->users[i];
		const char *wrong = wrong_with_user(h, u), *doubt = doubt_of_user(u);
		char mark[CFG_NAME_MAX + 1];

		hub_mark_name(h->name, u->login.name, mark);
		if (wrong)
			parse_report(p, MARK_HUB_USER, mark, false, "%s", wrong);
		else if (doubt)
			parse_report(p, MARK_HUB_USER, mark, true,
				     "the user \"%s\" of the hub \"%s\" %s", u->login.name, h->name,
				     doubt);
	}
}

/* ---- bridges ---- */

/* A hub has one way out, and an interface one hub: each takes all that comes. */
static void check_bridges(struct parse *p)
{
	const struct config *c = p->c;

	for (unsigned i = 0; i < c->n_hubs; i++) {
		const struct cfg_hub *b = &c->hubs[i];

		if (!b->bridge[0])
			continue;
		if (b->securenat)
			parse_report(p, MARK_HUB, b->name, false,
				     "the hub \"%s\" cannot have both `bridge %s` and `secure-nat "
				     "enable`; take one away: `no bridge` or `no secure-nat`",
				     b->name, b->bridge);
		for (unsigned k = 0; k < i; k++)
			if (strcmp(c->hubs[k].bridge, b->bridge) == 0)
				parse_report(p, MARK_HUB, b->name, false,
					     "the hubs \"%s\" and \"%s\" are both bridged to "
					     "\"%s\"; an interface can be the way out of one hub",
					     c->hubs[k].name, b->name, b->bridge);
	}
}

static bool has_new_mark(const struct parse *p, enum mark kind, const char *name)
{
	for (unsigned i = 0; i < p->n_marks; i++)
		if (p->marks[i].kind == kind && p->marks[i].line &&
		    strcasecmp(p->marks[i].name, name) == 0)
			return true;
	return false;
}

/* Pools win over the segment's DHCP server, which knows nothing of them. */
static void check_bridged_pools(struct parse *p)
{
	const struct config *c = p->c;

	for (unsigned i = 0; i < c->n_groups; i++) {
		const struct cfg_tunnel_group *g = &c->groups[i];
		const struct cfg_hub *h = g->l2l ? NULL : config_group_hub(c, g);
		struct cfg_policy_values v;
		bool of_group;

		if (!h || !h->bridge[0])
			continue;
		config_policy(c, g, NULL, &v);
		if (!g->n_pools && !v.n_pools)
			continue;
		of_group = has_new_mark(p, MARK_GROUP, g->name);
		parse_report(
			p, of_group ? MARK_GROUP : MARK_HUB, of_group ? g->name : h->name, true,
			"the tunnel group \"%s\" has address pools and its hub \"%s\" is "
			"bridged: the pools must lie in the LAN's net and outside of the range "
			"of its DHCP server",
			g->name, h->name);
	}
}

/* ---- access lists ---- */

static bool is_last_mark(const struct parse *p, unsigned i)
{
	for (unsigned k = i + 1; k < p->n_marks; k++)
		if (p->marks[k].kind == p->marks[i].kind &&
		    strcasecmp(p->marks[k].name, p->marks[i].name) == 0)
			return false;
	return true;
}

/* With the user `*` a hub has users of any name. */
static bool is_known_name(const struct cfg_hub *h, const char *name)
{
	return config_hub_user(h, name, strlen(name)) || config_hub_group(h, name) ||
	       config_hub_user(h, "*", 1);
}

/* The name that the rule of a mark asks for, when the hub has nobody of it; else NULL. */
static const char *unknown_name(const struct cfg_hub *h, const struct parse_mark *m)
{
	char text[CFG_NAME_MAX + 1];
	const struct cfg_access *a;
	const char *name;
	size_t len;

	hub_mark_name(h->name, "", text);
	len = strlen(text);
	if (strncasecmp(m->name, text, len) != 0)
		return NULL;
	a = config_access(h, (uint32_t)strtoul(m->name + len, NULL, 10));
	if (!a)
		return NULL;
	name = m->kind == MARK_ACCESS_SOURCE ? a->src_user : a->dst_user;
	return name[0] && !is_known_name(h, name) ? name : NULL;
}

/* By marks and not by rules: a list may be long, and only new rules are told of. */
static void check_access_names(struct parse *p)
{
	for (unsigned i = 0; i < p->n_marks; i++) {
		const struct parse_mark *m = &p->marks[i];

		if (!m->line ||
		    (m->kind != MARK_ACCESS_SOURCE && m->kind != MARK_ACCESS_DESTINATION))
			continue;
		for (unsigned k = 0; k < p->c->n_hubs; k++) {
			const struct cfg_hub *h = &p->c->hubs[k];
			const char *name = unknown_name(h, m);

			if (name && is_last_mark(p, i))
				parse_report(p, m->kind, m->name, true,
					     "the hub \"%s\" has no user and no group \"%s\": "
					     "the rule matches nobody",
					     h->name, name);
		}
	}
}

void check_hubs(struct parse *p)
{
	check_hosts(p);
	check_nets(p);
	check_ipv6(p);
	check_bridges(p);
	check_bridged_pools(p);
	check_access_names(p);
	for (unsigned i = 0; i < p->c->n_hubs; i++)
		check_hub_users(p, &p->c->hubs[i]);
}
