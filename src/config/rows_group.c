/*
 * Rows: tunnel groups (connection profiles) and their three attribute modes
 * (asa-and-peers.md 1.2). Data for the schema; called by parse.c and print.c only.
 */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "parse.h"
#include "print.h"

#define GROUPS_MAX          256
#define DEFAULT_PPP_AUTH    (CFG_PPP_CHAP | CFG_PPP_MSCHAP1)
#define DEFAULT_THRESHOLD_S 300
#define DEFAULT_RETRY_S     2

static struct cfg_tunnel_group *group_of(struct config *c, const struct grammar_word *w)
{
	const struct cfg_tunnel_group *g = config_group(c, w->text);

	return g ? &c->groups[g - c->groups] : NULL;
}

static bool set_type(struct parse *p, void *obj, const struct grammar_match *m)
{
	const struct grammar_word *w = &m->cap[0].word;
	bool l2l = m->cap[1].number == 1;
	struct config *c = obj;
	struct cfg_tunnel_group *g = group_of(c, w);

	if (g && g->l2l != l2l)
		return parse_error(p, m->cap[1].word.column,
				   "the tunnel group \"%s\" is of type %s; remove it first",
				   w->text, g->l2l ? "ipsec-l2l" : "remote-access");
	if (g)
		return true;
	g = parse_grow(p, &c->groups, &c->n_groups, sizeof(*g), GROUPS_MAX, w->column,
		       "tunnel groups");
	if (!g)
		return false;
	name_copy(g->name, w);
	group_defaults(g);
	g->l2l = l2l;
	parse_mark(p, MARK_GROUP, w);
	return true;
}

static bool no_group(struct parse *p, const struct grammar_word *w)
{
	return parse_error(p, w->column,
			   "there is no tunnel group \"%s\"; make it with `tunnel-group %s type "
			   "remote-access`",
			   w->text, w->text);
}

static bool unset_type(struct parse *p, void *obj, const struct grammar_match *m)
{
	struct config *c = obj;
	struct cfg_tunnel_group *g = group_of(c, &m->cap[0].word);

	if (!g)
		return no_group(p, &m->cap[0].word);
	if (g == c->groups)
		return parse_error(p, m->cap[0].word.column,
				   DEFAULT_GROUP " is built in: it can be changed, not removed");
	parse_remove(&c->groups, &c->n_groups, sizeof(*g), (unsigned)(g - c->groups));
	return true;
}

static bool enter_group(struct parse *p, const struct grammar_match *m, enum mode mode)
{
	struct cfg_tunnel_group *g = group_of(p->c, &m->cap[0].word);

	if (!g)
		return no_group(p, &m->cap[0].word);
	parse_mark(p, MARK_GROUP, &m->cap[0].word);
	parse_enter(p, mode, (unsigned)(g - p->c->groups));
	return true;
}

static bool set_general(struct parse *p, void *obj, const struct grammar_match *m)
{
	(void)obj;
	return enter_group(p, m, MODE_TUNNEL_GENERAL);
}

static bool set_ipsec(struct parse *p, void *obj, const struct grammar_match *m)
{
	(void)obj;
	return enter_group(p, m, MODE_TUNNEL_IPSEC);
}

static bool set_ppp(struct parse *p, void *obj, const struct grammar_match *m)
{
	(void)obj;
	return enter_group(p, m, MODE_TUNNEL_PPP);
}

static void print_groups(struct print *w, const struct config *c, const void *obj)
{
	(void)obj;
	for (unsigned i = 0; i < c->n_groups; i++) {
		const struct cfg_tunnel_group *g = &c->groups[i];
		const char *name = print_name(w, g->name);

		if (i > 0)
			print_line(w, "tunnel-group %s type %s", name,
				   g->l2l ? "ipsec-l2l" : "remote-access");
		/* a name is forgotten after eight more: each header makes its own */
		print_mode(w, c, MODE_TUNNEL_GENERAL, g, false,
			   "tunnel-group %s general-attributes", print_name(w, g->name));
		print_mode(w, c, MODE_TUNNEL_IPSEC, g, false, "tunnel-group %s ipsec-attributes",
			   print_name(w, g->name));
		print_mode(w, c, MODE_TUNNEL_PPP, g, false, "tunnel-group %s ppp-attributes",
			   print_name(w, g->name));
	}
}

static int pool_index(const struct cfg_tunnel_group *g, const char *name)
{
	for (unsigned i = 0; i < g->n_pools; i++)
		if (strcmp(g->pools[i], name) == 0)
			return (int)i;
	return -1;
}

static bool set_pools(struct parse *p, void *obj, const struct grammar_match *m)
{
	struct cfg_tunnel_group *g = obj;

	for (unsigned i = 0; i < m->n; i++) {
		const struct grammar_word *w = &m->cap[i].word;

		if (pool_index(g, w->text) >= 0)
			continue;
		if (g->n_pools == CFG_POLICY_POOLS_MAX)
			return parse_error(p, w->column, "at most %u pools are allowed",
					   CFG_POLICY_POOLS_MAX);
		name_copy(g->pools[g->n_pools++], w);
		parse_mark(p, MARK_REF_POOL, w);
	}
	return true;
}

static bool unset_pools(struct parse *p, void *obj, const struct grammar_match *m)
{
	struct cfg_tunnel_group *g = obj;

	if (!m->n) {
		g->n_pools = 0;
		memset(g->pools, 0, sizeof(g->pools));
	}
	for (unsigned i = 0; i < m->n; i++) {
		const struct grammar_word *w = &m->cap[i].word;
		int at = pool_index(g, w->text);

		if (at < 0)
			return parse_error(p, w->column, "the pool \"%s\" is not in this list",
					   w->text);
		g->n_pools--;
		memmove(g->pools[at], g->pools[at + 1],
			(g->n_pools - (unsigned)at) * sizeof(g->pools[0]));
		memset(g->pools[g->n_pools], 0, sizeof(g->pools[0]));
	}
	return true;
}

static void print_pools(struct print *w, const struct config *c, const void *obj)
{
	const struct cfg_tunnel_group *g = obj;
	char names[CFG_POLICY_POOLS_MAX * (2 * CFG_NAME_MAX + 4)] = "";
	size_t o = 0;

	(void)c;
	for (unsigned i = 0; i < g->n_pools; i++)
		o += (size_t)snprintf(names + o, sizeof(names) - o, " %s",
				      print_name(w, g->pools[i]));
	if (g->n_pools)
		print_line(w, "address-pool%s", names);
}

static bool set_policy(struct parse *p, void *obj, const struct grammar_match *m)
{
	name_copy(((struct cfg_tunnel_group *)obj)->group_policy, &m->cap[0].word);
	parse_mark(p, MARK_REF_POLICY, &m->cap[0].word);
	return true;
}

static bool unset_policy(struct parse *p, void *obj, const struct grammar_match *m)
{
	struct cfg_tunnel_group *g = obj;

	(void)p;
	(void)m;
	memset(g->group_policy, 0, sizeof(g->group_policy));
	return true;
}

static void print_policy(struct print *w, const struct config *c, const void *obj)
{
	const struct cfg_tunnel_group *g = obj;

	(void)c;
	if (g->group_policy[0])
		print_line(w, "default-group-policy %s", print_name(w, g->group_policy));
}

static bool set_hub(struct parse *p, void *obj, const struct grammar_match *m)
{
	name_copy(((struct cfg_tunnel_group *)obj)->hub, &m->cap[0].word);
	parse_mark(p, MARK_REF_HUB, &m->cap[0].word);
	return true;
}

static bool unset_hub(struct parse *p, void *obj, const struct grammar_match *m)
{
	struct cfg_tunnel_group *g = obj;

	(void)p;
	(void)m;
	memset(g->hub, 0, sizeof(g->hub));
	return true;
}

static void print_hub(struct print *w, const struct config *c, const void *obj)
{
	const struct cfg_tunnel_group *g = obj;

	(void)c;
	if (g->hub[0])
		print_line(w, "virtual-hub %s", print_name(w, g->hub));
}

static bool set_servers(struct parse *p, void *obj, const struct grammar_match *m)
{
	const struct grammar_word *w = &m->cap[0].word;

	(void)obj;
	if (strcasecmp(w->text, "LOCAL") == 0 && !m->cap[1].set)
		return true;
	if (strcasecmp(w->text, "LOCAL") == 0)
		return parse_error(p, m->cap[1].word.column, "nothing may follow LOCAL");
	return parse_error(p, w->column, "there is no aaa-server \"%s\"; only LOCAL is available",
			   w->text);
}

static bool unset_servers(struct parse *p, void *obj, const struct grammar_match *m)
{
	(void)p;
	(void)obj;
	(void)m;
	return true;
}

static bool set_strip(struct parse *p, void *obj, const struct grammar_match *m)
{
	struct cfg_tunnel_group *g = obj;

	(void)p;
	*(m->cap[0].number == 0 ? &g->strip_realm : &g->strip_group) = true;
	return true;
}

static bool unset_strip(struct parse *p, void *obj, const struct grammar_match *m)
{
	struct cfg_tunnel_group *g = obj;

	(void)p;
	*(m->cap[0].number == 0 ? &g->strip_realm : &g->strip_group) = false;
	return true;
}

static void print_strip(struct print *w, const struct config *c, const void *obj)
{
	const struct cfg_tunnel_group *g = obj;

	(void)c;
	if (g->strip_realm)
		print_line(w, "strip-realm");
	if (g->strip_group)
		print_line(w, "strip-group");
}

static bool set_key(struct parse *p, void *obj, const struct grammar_match *m)
{
	const struct grammar_word *w = &m->cap[1].word;
	struct cfg_tunnel_group *g = obj;

	if (m->cap[0].set && m->cap[0].number == 1)
		return parse_error(p, m->cap[0].word.column,
				   "a key of type 8 is encrypted with a passphrase of another "
				   "device: give it in clear");
	if (!w->quoted && strspn(w->text, "*") == w->len) {
		parse_warn(p, w->column, "the pre-shared key is masked: it has to be set again");
		return true;
	}
	g->psk_set = secret_set(&g->psk, w->text, w->len);
	return true;
}

static bool unset_key(struct parse *p, void *obj, const struct grammar_match *m)
{
	struct cfg_tunnel_group *g = obj;

	(void)p;
	(void)m;
	g->psk_set = false;
	secret_wipe(&g->psk);
	return true;
}

static void print_psk(struct print *w, const struct config *c, const void *obj)
{
	const struct cfg_tunnel_group *g = obj;

	(void)c;
	if (g->psk_set)
		print_line(w, "ikev1 pre-shared-key %s", print_key(w, &g->psk));
}

static bool set_keepalive(struct parse *p, void *obj, const struct grammar_match *m)
{
	struct cfg_tunnel_group *g = obj;

	(void)p;
	g->keepalive = true;
	g->keepalive_s = (uint16_t)m->cap[0].number;
	g->keepalive_retry_s = m->cap[1].set ? (uint16_t)m->cap[1].number : DEFAULT_RETRY_S;
	return true;
}

static bool unset_keepalive(struct parse *p, void *obj, const struct grammar_match *m)
{
	struct cfg_tunnel_group *g = obj;

	(void)p;
	(void)m;
	g->keepalive = true;
	g->keepalive_s = DEFAULT_THRESHOLD_S;
	g->keepalive_retry_s = DEFAULT_RETRY_S;
	return true;
}

static bool set_no_keepalive(struct parse *p, void *obj, const struct grammar_match *m)
{
	unset_keepalive(p, obj, m);
	((struct cfg_tunnel_group *)obj)->keepalive = false;
	return true;
}

static void print_keepalive(struct print *w, const struct config *c, const void *obj)
{
	const struct cfg_tunnel_group *g = obj;

	(void)c;
	if (!g->keepalive)
		print_line(w, "isakmp keepalive disable");
	else if (g->keepalive_s != DEFAULT_THRESHOLD_S || g->keepalive_retry_s != DEFAULT_RETRY_S)
		print_line(w, "isakmp keepalive threshold %u retry %u", g->keepalive_s,
			   g->keepalive_retry_s);
}

static const struct {
	const char *name;
	unsigned bit;
} methods[] = {{"pap", CFG_PPP_PAP},
	       {"chap", CFG_PPP_CHAP},
	       {"ms-chap-v1", CFG_PPP_MSCHAP1},
	       {"ms-chap-v2", CFG_PPP_MSCHAP2},
	       {"eap-proxy", CFG_PPP_EAP}};

static bool set_authentication(struct parse *p, void *obj, const struct grammar_match *m)
{
	(void)p;
	((struct cfg_tunnel_group *)obj)->ppp_auth |= methods[m->cap[0].number].bit;
	return true;
}

static bool unset_authentication(struct parse *p, void *obj, const struct grammar_match *m)
{
	(void)p;
	((struct cfg_tunnel_group *)obj)->ppp_auth &= ~methods[m->cap[0].number].bit;
	return true;
}

static void print_authentication(struct print *w, const struct config *c, const void *obj)
{
	unsigned auth = ((const struct cfg_tunnel_group *)obj)->ppp_auth;

	(void)c;
	for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]); i++)
		if ((auth ^ DEFAULT_PPP_AUTH) & methods[i].bit)
			print_line(w, "%sauthentication %s", auth & methods[i].bit ? "" : "no ",
				   methods[i].name);
}

#define METHODS "{pap|chap|ms-chap-v1|ms-chap-v2|eap-proxy}"

static const struct row rows[] = {
	{MODE_GLOBAL, "tunnel-group NAME type {remote-access|ipsec-l2l|ipsec-ra}",
	 "tunnel-group NAME [type {remote-access|ipsec-l2l|ipsec-ra}]", "A connection profile",
	 "NAME=its name;ipsec-ra=the same as remote-access", false, set_type, unset_type,
	 print_groups},
	{MODE_GLOBAL, "tunnel-group NAME general-attributes", NULL, "Addresses, policy and users",
	 "NAME=its name, or " DEFAULT_GROUP, true, set_general, NULL, NULL},
	{MODE_GLOBAL, "tunnel-group NAME ipsec-attributes", NULL, "Keys and IKE keepalives",
	 "NAME=its name, or " DEFAULT_GROUP, true, set_ipsec, NULL, NULL},
	{MODE_GLOBAL, "tunnel-group NAME ppp-attributes", NULL, "PPP authentication",
	 "NAME=its name, or " DEFAULT_GROUP, true, set_ppp, NULL, NULL},
	{MODE_TUNNEL_GENERAL, "address-pool POOL...", "address-pool [POOL...]",
	 "Adds pools that give users their addresses, in this order", "POOL=name, at most six",
	 false, set_pools, unset_pools, print_pools},
	{MODE_TUNNEL_GENERAL, "default-group-policy NAME", "default-group-policy [NAME]",
	 "The group policy of users without their own", "NAME=name of a group policy", false,
	 set_policy, unset_policy, print_policy},
	{MODE_TUNNEL_GENERAL, "virtual-hub NAME", "virtual-hub [NAME]",
	 "The hub of its sessions; default: the hub of the profile's name, else " DEFAULT_HUB,
	 "NAME=name of a hub, in any case", false, set_hub, unset_hub, print_hub},
	{MODE_TUNNEL_GENERAL, "authentication-server-group SERVERS [FALLBACK]",
	 "authentication-server-group [SERVERS] [FALLBACK]", "Who knows the users",
	 "SERVERS=LOCAL, the users of this configuration;FALLBACK=LOCAL when no server answers",
	 false, set_servers, unset_servers, NULL},
	{MODE_TUNNEL_GENERAL, "{strip-realm|strip-group}", "{strip-realm|strip-group}",
	 "Take off what follows the user's own name before the users are asked", NULL, false,
	 set_strip, unset_strip, print_strip},
	{MODE_TUNNEL_IPSEC, "ikev1 pre-shared-key [{0|8}] KEY",
	 "ikev1 pre-shared-key [{0|8}] [KEY]", "The key that this server and its clients share",
	 "KEY=1 to 128 octets, in quotes when it has spaces;0=the key follows in clear;8=refused",
	 false, set_key, unset_key, print_psk},
	{MODE_TUNNEL_IPSEC, "pre-shared-key [{0|8}] KEY", "pre-shared-key [{0|8}] [KEY]",
	 "The same in its older spelling", "KEY=1 to 128 octets", false, set_key, unset_key, NULL},
	{MODE_TUNNEL_IPSEC, "isakmp keepalive threshold SECONDS<10-3600> [retry RETRY<2-10>]",
	 "isakmp keepalive [threshold SECONDS<10-3600>] [retry RETRY<2-10>]",
	 "Ask a silent peer if it lives; default 300 and 2",
	 "SECONDS=silence before asking;RETRY=seconds between questions", false, set_keepalive,
	 unset_keepalive, print_keepalive},
	{MODE_TUNNEL_IPSEC, "isakmp keepalive disable", "isakmp keepalive disable",
	 "Never ask; `no` gives the default back", NULL, false, set_no_keepalive, unset_keepalive,
	 NULL},
	{MODE_TUNNEL_PPP, "authentication " METHODS, "authentication " METHODS,
	 "Adds a way to authenticate; default chap and ms-chap-v1", NULL, false, set_authentication,
	 unset_authentication, print_authentication},
};

const struct topic topic_group = TOPIC(rows);
