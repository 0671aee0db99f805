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

/* SoftEther takes another hub when the default one does not exist, and says nothing. */
static void check_default_hub(struct parse *p)
{
	const struct config *c = p->c;
	const char *name = c->services.default_hub;

	if (name[0] && !config_hub(c, name))
		parse_report(p, MARK_REF_HUB, name, false,
			     "there is no hub \"%s\"; make it with `hub %s`", name, name);
}

/* SoftEther takes a row whose hub does not exist, and its router waits for ever. */
static void check_etherip(struct parse *p)
{
	const struct config *c = p->c;

	for (unsigned i = 0; i < c->n_etherip; i++) {
		const struct cfg_etherip *e = &c->etherip[i];
		const struct cfg_hub *h = config_hub(c, e->hub);
		char mark[CFG_NAME_MAX + 1];

		hub_mark_name(e->hub, e->id, mark);
		if (!h)
			parse_report(p, MARK_ETHERIP, mark, false,
				     "there is no hub \"%s\"; make it with `hub %s`", e->hub,
				     e->hub);
		else if (!config_hub_user(h, e->user, strlen(e->user)))
			parse_report(p, MARK_ETHERIP, mark, true,
				     "the hub \"%s\" has no user \"%s\": the EtherIP client "
				     "\"%s\" cannot log in",
				     e->hub, e->user, e->id);
	}
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

	if ((c->services.l2tp || c->services.etherip) && !c->groups[0].psk_set) {
		parse_report(p, MARK_SERVICE, "", true,
			     "%s over IPsec is on, but " DEFAULT_GROUP
			     " has no pre-shared key: no client can connect",
			     c->services.l2tp ? "L2TP" : "EtherIP");
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
	check_policies(p);
	check_groups(p);
	check_default_hub(p);
	check_hubs(p);
	check_etherip(p);
	check_crypto(p);
	check_pfs(p);
	check_users(p);
	check_local_auth(p);
	check_key(p);
	check_aggressive(p);
}
