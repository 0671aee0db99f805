/*
 * Check: what holds between commands, once all lines are read: names that stand
 * for nothing, pools that overlap (errors), and set-ups that cannot work
 * (warnings). Called by parse.c only. Changes nothing.
 */
#include <string.h>

#include "parse.h"

#define LOCAL_AUTH (CFG_PPP_PAP | CFG_PPP_MSCHAP1 | CFG_PPP_MSCHAP2)
#define MSCHAP     (CFG_PPP_MSCHAP1 | CFG_PPP_MSCHAP2)

#define AGGRESSIVE_KEY_MIN 20 /* characters */

static void need_pool(struct parse *p, const char *name)
{
	if (!config_pool(p->c, name))
		parse_report(p, MARK_REF_POOL, name, false,
			     "there is no pool \"%s\"; make it with `ip local pool %s ...`", name,
			     name);
}

static void need_policy(struct parse *p, const char *name)
{
	if (name[0] && !config_group_policy(p->c, name))
		parse_report(p, MARK_REF_POLICY, name, false,
			     "there is no group policy \"%s\"; make it with `group-policy %s "
			     "internal`",
			     name, name);
}

static void check_pools(struct parse *p)
{
	const struct config *c = p->c;

	for (unsigned i = 0; i < c->n_pools; i++) {
		for (unsigned k = 0; k < i; k++) {
			const struct cfg_pool *a = &c->pools[k], *b = &c->pools[i];

			if (a->first <= b->last && b->first <= a->last)
				parse_report(p, MARK_POOL, b->name, false,
					     "the pool \"%s\" overlaps the pool \"%s\"", b->name,
					     a->name);
		}
	}
}

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

		if (b->prefix6 && !(b->securenat && b->host_ip))
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

static void check_policies(struct parse *p)
{
	const struct config *c = p->c;

	for (unsigned i = 0; i < c->n_policies; i++)
		for (unsigned k = 0; k < c->policies[i].v.n_pools; k++)
			need_pool(p, c->policies[i].v.pools[k]);
}

static void check_groups(struct parse *p)
{
	const struct config *c = p->c;

	for (unsigned i = 0; i < c->n_groups; i++) {
		const struct cfg_tunnel_group *g = &c->groups[i];

		for (unsigned k = 0; k < g->n_pools; k++)
			need_pool(p, g->pools[k]);
		need_policy(p, g->group_policy);
		if (g->hub[0] && !config_hub(c, g->hub))
			parse_report(p, MARK_REF_HUB, g->hub, false,
				     "there is no hub \"%s\"; make it with `hub %s`", g->hub,
				     g->hub);
	}
}

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

/* SoftEther takes another hub when the default one does not exist, and says nothing. */
static void check_default_hub(struct parse *p)
{
	const struct config *c = p->c;
	const char *name = c->services.default_hub;

	if (name[0] && !config_hub(c, name))
		parse_report(p, MARK_REF_HUB, name, false,
			     "there is no hub \"%s\"; make it with `hub %s`", name, name);
	for (unsigned i = 0; i < c->n_hubs; i++)
		check_hub_users(p, &c->hubs[i]);
}

static bool has_set(const struct config *c, const char *name)
{
	for (unsigned i = 0; i < c->n_sets; i++)
		if (strcmp(c->sets[i].name, name) == 0)
			return true;
	return false;
}

static bool has_dynmap(const struct config *c, const char *name)
{
	for (unsigned i = 0; i < c->n_dynmaps; i++)
		if (strcmp(c->dynmaps[i].name, name) == 0)
			return true;
	return false;
}

static bool has_map(const struct config *c, const char *name)
{
	for (unsigned i = 0; i < c->n_maps; i++)
		if (strcmp(c->maps[i].name, name) == 0)
			return true;
	return false;
}

/* No entry of this dynamic map takes a peer without PFS. */
static bool all_demand_pfs(const struct config *c, const char *name)
{
	bool any = false;

	for (unsigned i = 0; i < c->n_dynmaps; i++) {
		if (strcmp(c->dynmaps[i].name, name) != 0)
			continue;
		if (!c->dynmaps[i].pfs)
			return false;
		any = true;
	}
	return any;
}

static void check_pfs(struct parse *p)
{
	const struct config *c = p->c;

	for (unsigned i = 0; i < c->n_dynmaps; i++) {
		const char *name = c->dynmaps[i].name;

		if ((i == 0 || strcmp(c->dynmaps[i - 1].name, name) != 0) &&
		    all_demand_pfs(c, name))
			parse_report(p, MARK_PFS, name, true,
				     "every entry of the dynamic map \"%s\" demands PFS: Windows, "
				     "Apple and Android have none and are refused; a further entry "
				     "without `set pfs` takes them",
				     name);
	}
}

static void check_crypto(struct parse *p)
{
	const struct config *c = p->c;

	for (unsigned i = 0; i < c->n_dynmaps; i++)
		for (unsigned k = 0; k < c->dynmaps[i].n_sets; k++)
			if (!has_set(c, c->dynmaps[i].sets[k]))
				parse_report(p, MARK_REF_SET, c->dynmaps[i].sets[k], false,
					     "there is no transform set \"%s\"",
					     c->dynmaps[i].sets[k]);
	for (unsigned i = 0; i < c->n_maps; i++)
		if (!has_dynmap(c, c->maps[i].dynamic))
			parse_report(p, MARK_REF_DYNMAP, c->maps[i].dynamic, false,
				     "there is no dynamic map \"%s\"", c->maps[i].dynamic);
	for (unsigned i = 0; i < c->n_interfaces; i++)
		if (c->interfaces[i].crypto_map[0] && !has_map(c, c->interfaces[i].crypto_map))
			parse_report(p, MARK_REF_MAP, c->interfaces[i].crypto_map, false,
				     "there is no crypto map \"%s\"", c->interfaces[i].crypto_map);
}

/* A profile that takes MS-CHAP users, when none takes PAP. */
static const struct cfg_tunnel_group *mschap_only(const struct config *c)
{
	const struct cfg_tunnel_group *found = NULL;

	for (unsigned i = 0; i < c->n_groups; i++) {
		const struct cfg_tunnel_group *g = &c->groups[i];

		if (!g->l2l && g->ppp_auth & CFG_PPP_PAP)
			return NULL;
		if (!g->l2l && !found && g->ppp_auth & MSCHAP)
			found = g;
	}
	return found;
}

static void check_users(struct parse *p)
{
	const struct config *c = p->c;
	const struct cfg_tunnel_group *g = mschap_only(c);

	for (unsigned i = 0; i < c->n_users; i++) {
		const struct cfg_user *u = &c->users[i];

		if (u->kind == CFG_PW_PBKDF2 && g)
			parse_report(p, MARK_USER, u->name, true,
				     "the user \"%s\" has no NT hash and cannot log in: the tunnel "
				     "group \"%s\" takes no PAP; add `mschap` to the password",
				     u->name, g->name);
		need_policy(p, u->group_policy);
	}
}

/* The seed's table 1: LOCAL takes PAP, MS-CHAPv1 and MS-CHAPv2 only. */
static void check_local_auth(struct parse *p)
{
	const struct config *c = p->c;

	for (unsigned i = 0; i < c->n_groups && c->n_users; i++) {
		const struct cfg_tunnel_group *g = &c->groups[i];

		if (!g->l2l && !(g->ppp_auth & LOCAL_AUTH))
			parse_report(
				p, MARK_GROUP, g->name, true,
				"no local user can connect through \"%s\": LOCAL takes PAP, "
				"MS-CHAPv1 and MS-CHAPv2, not CHAP or EAP (table 1, AAA server "
				"support and PPP authentication types)",
				g->name);
	}
}

static void check_key(struct parse *p)
{
	const struct config *c = p->c;

	if (c->services.l2tp && !c->groups[0].psk_set) {
		parse_report(p, MARK_SERVICE, "", true,
			     "L2TP over IPsec is on, but " DEFAULT_GROUP
			     " has no pre-shared key: no client can connect");
		return;
	}
	for (unsigned i = 0; i < c->n_interfaces && !c->groups[0].psk_set; i++) {
		if (!c->interfaces[i].ike_enable)
			continue;
		parse_report(p, MARK_IKE_ENABLE, c->interfaces[i].nameif, true,
			     "IKE is enabled, but " DEFAULT_GROUP
			     " has no pre-shared key: no client "
			     "can connect");
		return;
	}
}

/* H-01: the key of Aggressive Mode must stand years of guessing. */
static void check_aggressive(struct parse *p)
{
	const struct config *c = p->c;

	for (unsigned i = 0; i < c->n_groups && c->aggressive; i++)
		if (c->groups[i].psk_set && c->groups[i].psk.len < AGGRESSIVE_KEY_MIN)
			parse_report(p, MARK_AGGRESSIVE, "", true,
				     "Aggressive Mode is on and the pre-shared key of \"%s\" has "
				     "fewer than %u characters: it can be guessed offline",
				     c->groups[i].name, AGGRESSIVE_KEY_MIN);
}

void check_config(struct parse *p)
{
	check_pools(p);
	check_hosts(p);
	check_nets(p);
	check_ipv6(p);
	check_policies(p);
	check_groups(p);
	check_default_hub(p);
	check_crypto(p);
	check_pfs(p);
	check_users(p);
	check_local_auth(p);
	check_key(p);
	check_aggressive(p);
}
