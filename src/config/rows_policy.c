/*
 * Rows: group policies and their attributes (asa-and-peers.md 1.2 to 1.4). A leaf
 * that is set to `none` is a value and ends the inheritance; `no` gives it back
 * to the chain. Data for the schema; called by parse.c and print.c only.
 */
#include <stdio.h>
#include <string.h>

#include "parse.h"
#include "print.h"

#define POLICIES_MAX 256
#define MINUTES_MAX  "35791394"

static struct cfg_group_policy *policy_of(struct config *c, const char *name)
{
	const struct cfg_group_policy *g = config_group_policy(c, name);

	return g ? &c->policies[g - c->policies] : NULL;
}

static bool no_policy(struct parse *p, const struct grammar_word *w)
{
	return parse_error(p, w->column,
			   "there is no group policy \"%s\"; make it with `group-policy %s "
			   "internal`",
			   w->text, w->text);
}

static bool set_policy(struct parse *p, void *obj, const struct grammar_match *m)
{
	const struct grammar_word *w = &m->cap[0].word;
	struct config *c = obj;
	struct cfg_group_policy *g = policy_of(c, w->text), *from = NULL;

	if (m->cap[1].set && !policy_of(c, m->cap[1].word.text))
		return no_policy(p, &m->cap[1].word);
	if (!g) {
		g = parse_grow(p, &c->policies, &c->n_policies, sizeof(*g), POLICIES_MAX, w->column,
			       "group policies");
		if (!g)
			return false;
		name_copy(g->name, w);
	}
	if (m->cap[1].set)
		from = policy_of(c, m->cap[1].word.text);
	if (from)
		g->v = from->v;
	return true;
}

static bool set_external(struct parse *p, void *obj, const struct grammar_match *m)
{
	(void)obj;
	return parse_error(p, m->cap[0].word.column,
			   "external group policies come with AAA servers in a later version; use "
			   "`internal`");
}

static bool unset_policy(struct parse *p, void *obj, const struct grammar_match *m)
{
	const struct grammar_word *w = &m->cap[0].word;
	struct config *c = obj;
	const struct cfg_group_policy *g = config_group_policy(c, w->text);

	if (!g)
		return parse_error(p, w->column, "there is no group policy \"%s\"", w->text);
	if (g == c->policies)
		return parse_error(p, w->column,
				   DEFAULT_POLICY " is built in: it can be changed, "
						  "not removed");
	parse_remove(&c->policies, &c->n_policies, sizeof(*g), (unsigned)(g - c->policies));
	return true;
}

static bool set_attributes(struct parse *p, void *obj, const struct grammar_match *m)
{
	const struct grammar_word *w = &m->cap[0].word;
	struct config *c = obj;
	const struct cfg_group_policy *g = config_group_policy(c, w->text);

	if (!g)
		return no_policy(p, w);
	parse_enter(p, MODE_GROUP_POLICY, (unsigned)(g - c->policies));
	return true;
}

static bool unset_attributes(struct parse *p, void *obj, const struct grammar_match *m)
{
	struct cfg_group_policy *g = policy_of(obj, m->cap[0].word.text);

	if (!g)
		return no_policy(p, &m->cap[0].word);
	memset(&g->v, 0, sizeof(g->v));
	return true;
}

static void print_policies(struct print *w, const struct config *c, const void *obj)
{
	(void)obj;
	for (unsigned i = 0; i < c->n_policies; i++) {
		const struct cfg_group_policy *g = &c->policies[i];
		const char *name = print_name(w, g->name);

		if (i > 0)
			print_line(w, "group-policy %s internal", name);
		print_mode(w, c, MODE_GROUP_POLICY, g, false, "group-policy %s attributes", name);
	}
}

static struct cfg_policy_values *values(void *obj)
{
	return &((struct cfg_group_policy *)obj)->v;
}

static const struct cfg_policy_values *values_in(const void *obj)
{
	return &((const struct cfg_group_policy *)obj)->v;
}

#define PROTOCOLS "{ikev1|ikev2|l2tp-ipsec|ssl-client|ssl-clientless}"

static const char *const protocol_names[] = {"ikev1", "ikev2", "l2tp-ipsec", "ssl-client"};

static unsigned protocols_in(const struct grammar_match *m)
{
	static const unsigned bits[] = {CFG_PROTO_IKEV1, CFG_PROTO_IKEV2, CFG_PROTO_L2TP_IPSEC,
					CFG_PROTO_SSL, CFG_PROTO_SSL};
	unsigned set = 0;

	for (unsigned i = 0; i < m->n; i++)
		set |= m->cap[i].set ? bits[m->cap[i].number] : 0;
	return set;
}

static bool set_protocols(struct parse *p, void *obj, const struct grammar_match *m)
{
	(void)p;
	values(obj)->protocols = protocols_in(m);
	values(obj)->protocols_set = true;
	return true;
}

static bool unset_protocols(struct parse *p, void *obj, const struct grammar_match *m)
{
	struct cfg_policy_values *v = values(obj);

	(void)p;
	v->protocols &= m->n ? ~protocols_in(m) : 0U;
	v->protocols_set = v->protocols_set && v->protocols != 0;
	return true;
}

static void print_protocols(struct print *w, const struct config *c, const void *obj)
{
	const struct cfg_policy_values *v = values_in(obj);
	char text[64] = "";
	size_t n = 0;

	(void)c;
	for (unsigned i = 0; i < 4; i++) {
		if (v->protocols & 1U << i)
			n += (size_t)snprintf(text + n, sizeof(text) - n, " %s",
					      protocol_names[i]);
	}
	if (v->protocols_set)
		print_line(w, "vpn-tunnel-protocol%s", text);
}

static void print_servers(struct print *w, const char *command, bool set, const uint32_t ip[2])
{
	if (!set)
		return;
	if (!ip[0])
		print_line(w, "%s none", command);
	else if (!ip[1])
		print_line(w, "%s value %s", command, print_ip(w, ip[0]));
	else
		print_line(w, "%s value %s %s", command, print_ip(w, ip[0]), print_ip(w, ip[1]));
}

/* Two addresses from the captures behind number `from`; both 0 for `none`. */
static bool servers_in(struct parse *p, const struct grammar_match *m, unsigned from,
		       uint32_t ip[2])
{
	for (unsigned i = 0; i < 2; i++) {
		const struct grammar_capture *cap = &m->cap[from + i];

		if (cap->set && cap->number == 0)
			return parse_error(p, cap->word.column,
					   "IP: 0.0.0.0 is no server; write `none`");
	}
	ip[0] = m->cap[from].number;
	ip[1] = m->cap[from + 1].number;
	return true;
}

static bool set_dns(struct parse *p, void *obj, const struct grammar_match *m)
{
	values(obj)->dns_set = servers_in(p, m, 1, values(obj)->dns) || values(obj)->dns_set;
	return true;
}

static bool unset_dns(struct parse *p, void *obj, const struct grammar_match *m)
{
	(void)p;
	(void)m;
	values(obj)->dns_set = false;
	memset(values(obj)->dns, 0, sizeof(values(obj)->dns));
	return true;
}

static void print_dns(struct print *w, const struct config *c, const void *obj)
{
	(void)c;
	print_servers(w, "dns-server", values_in(obj)->dns_set, values_in(obj)->dns);
}

static bool set_wins(struct parse *p, void *obj, const struct grammar_match *m)
{
	values(obj)->wins_set = servers_in(p, m, 0, values(obj)->wins) || values(obj)->wins_set;
	return true;
}

static bool unset_wins(struct parse *p, void *obj, const struct grammar_match *m)
{
	(void)p;
	(void)m;
	values(obj)->wins_set = false;
	memset(values(obj)->wins, 0, sizeof(values(obj)->wins));
	return true;
}

static void print_wins(struct print *w, const struct config *c, const void *obj)
{
	(void)c;
	print_servers(w, "wins-server", values_in(obj)->wins_set, values_in(obj)->wins);
}

static bool set_domain(struct parse *p, void *obj, const struct grammar_match *m)
{
	struct cfg_policy_values *v = values(obj);

	(void)p;
	memset(v->domain, 0, sizeof(v->domain));
	if (m->cap[0].set)
		memcpy(v->domain, m->cap[0].word.text, m->cap[0].word.len);
	v->domain_set = true;
	return true;
}

static bool unset_domain(struct parse *p, void *obj, const struct grammar_match *m)
{
	(void)p;
	(void)m;
	values(obj)->domain_set = false;
	memset(values(obj)->domain, 0, sizeof(values(obj)->domain));
	return true;
}

static void print_domain(struct print *w, const struct config *c, const void *obj)
{
	const struct cfg_policy_values *v = values_in(obj);

	(void)c;
	if (v->domain_set && v->domain[0])
		print_line(w, "default-domain value %s", print_name(w, v->domain));
	else if (v->domain_set)
		print_line(w, "default-domain none");
}

static bool set_logins(struct parse *p, void *obj, const struct grammar_match *m)
{
	(void)p;
	values(obj)->logins_set = true;
	values(obj)->logins = m->cap[0].number;
	return true;
}

static bool unset_logins(struct parse *p, void *obj, const struct grammar_match *m)
{
	(void)p;
	(void)m;
	values(obj)->logins_set = false;
	values(obj)->logins = 0;
	return true;
}

static void print_logins(struct print *w, const struct config *c, const void *obj)
{
	(void)c;
	if (values_in(obj)->logins_set)
		print_line(w, "vpn-simultaneous-logins %u", values_in(obj)->logins);
}

static uint32_t minutes_s(const struct grammar_capture *cap)
{
	return cap->number == UINT32_MAX ? CFG_NONE : cap->number * 60;
}

static void print_minutes(struct print *w, const char *command, uint32_t seconds)
{
	if (seconds == CFG_NONE)
		print_line(w, "%s none", command);
	else
		print_line(w, "%s %u", command, seconds / 60);
}

static bool set_idle(struct parse *p, void *obj, const struct grammar_match *m)
{
	(void)p;
	values(obj)->idle_set = true;
	values(obj)->idle_s = minutes_s(&m->cap[0]);
	return true;
}

static bool unset_idle(struct parse *p, void *obj, const struct grammar_match *m)
{
	(void)p;
	(void)m;
	values(obj)->idle_set = false;
	values(obj)->idle_s = 0;
	return true;
}

static void print_idle(struct print *w, const struct config *c, const void *obj)
{
	(void)c;
	if (values_in(obj)->idle_set)
		print_minutes(w, "vpn-idle-timeout", values_in(obj)->idle_s);
}

static bool set_session(struct parse *p, void *obj, const struct grammar_match *m)
{
	(void)p;
	values(obj)->session_set = true;
	values(obj)->session_s = minutes_s(&m->cap[0]);
	return true;
}

static bool unset_session(struct parse *p, void *obj, const struct grammar_match *m)
{
	(void)p;
	(void)m;
	values(obj)->session_set = false;
	values(obj)->session_s = 0;
	return true;
}

static void print_session(struct print *w, const struct config *c, const void *obj)
{
	(void)c;
	if (values_in(obj)->session_set)
		print_minutes(w, "vpn-session-timeout", values_in(obj)->session_s);
}

static bool set_pools(struct parse *p, void *obj, const struct grammar_match *m)
{
	struct cfg_policy_values *v = values(obj);

	if (m->n > CFG_POLICY_POOLS_MAX)
		return parse_error(p, m->cap[CFG_POLICY_POOLS_MAX].word.column,
				   "at most %u pools are allowed", CFG_POLICY_POOLS_MAX);
	v->n_pools = 0;
	memset(v->pools, 0, sizeof(v->pools));
	for (unsigned i = 0; i < m->n; i++) {
		name_copy(v->pools[v->n_pools++], &m->cap[i].word);
		parse_mark(p, MARK_REF_POOL, &m->cap[i].word);
	}
	v->pools_set = true;
	return true;
}

static bool unset_pools(struct parse *p, void *obj, const struct grammar_match *m)
{
	(void)p;
	(void)m;
	values(obj)->pools_set = false;
	values(obj)->n_pools = 0;
	memset(values(obj)->pools, 0, sizeof(values(obj)->pools));
	return true;
}

static void print_pools(struct print *w, const struct config *c, const void *obj)
{
	const struct cfg_policy_values *v = values_in(obj);
	char names[CFG_POLICY_POOLS_MAX * (2 * CFG_NAME_MAX + 4)] = "";
	size_t o = 0;

	(void)c;
	for (unsigned i = 0; i < v->n_pools; i++)
		o += (size_t)snprintf(names + o, sizeof(names) - o, " %s",
				      print_name(w, v->pools[i]));
	if (v->pools_set)
		print_line(w, "address-pools %s%s", v->n_pools ? "value" : "none", names);
}

static const struct row rows[] = {
	{MODE_GLOBAL, "group-policy NAME internal [from OTHER]",
	 "group-policy NAME [internal [from OTHER]]", "A group policy kept in this configuration",
	 "NAME=its name;OTHER=the policy to start from", false, set_policy, unset_policy, NULL},
	{MODE_GLOBAL, "group-policy NAME external [TEXT...]", NULL,
	 "Refused: needs an AAA server, which comes later", NULL, false, set_external, NULL, NULL},
	{MODE_GLOBAL, "group-policy NAME attributes", "group-policy NAME attributes",
	 "The attributes of a group policy", "NAME=its name, or " DEFAULT_POLICY, true,
	 set_attributes, unset_attributes, print_policies},
	{MODE_GROUP_POLICY, "vpn-tunnel-protocol " PROTOCOLS "...",
	 "vpn-tunnel-protocol [" PROTOCOLS "...]", "The protocols that its users may use", NULL,
	 false, set_protocols, unset_protocols, print_protocols},
	{MODE_GROUP_POLICY, "{dns-server|dns} value IP [IP]",
	 "{dns-server|dns} [{value|none}] [IP] [IP]", "DNS servers for clients",
	 "IP=address of a server;value=one or two follow", false, set_dns, unset_dns, print_dns},
	{MODE_GROUP_POLICY, "{dns-server|dns} none", NULL, "No DNS server, also none inherited",
	 NULL, false, set_dns, NULL, NULL},
	{MODE_GROUP_POLICY, "wins-server value IP [IP]", "wins-server [{value|none}] [IP] [IP]",
	 "WINS servers for clients", "IP=address of a server;value=one or two follow", false,
	 set_wins, unset_wins, print_wins},
	{MODE_GROUP_POLICY, "wins-server none", NULL, "No WINS server, also none inherited", NULL,
	 false, set_wins, NULL, NULL},
	{MODE_GROUP_POLICY, "default-domain value DOMAIN", "default-domain [{value|none}] [DOMAIN]",
	 "The domain of clients", "DOMAIN=its name", false, set_domain, unset_domain, print_domain},
	{MODE_GROUP_POLICY, "default-domain none", NULL, "No domain, also none inherited", NULL,
	 false, set_domain, NULL, NULL},
	{MODE_GROUP_POLICY, "vpn-simultaneous-logins NUMBER<0-2147483647>",
	 "vpn-simultaneous-logins [NUMBER<0-2147483647>]",
	 "Sessions of one user at a time; 0 refuses them; default 3", "NUMBER=sessions", false,
	 set_logins, unset_logins, print_logins},
	{MODE_GROUP_POLICY, "vpn-idle-timeout MINUTES<1-" MINUTES_MAX "|none>",
	 "vpn-idle-timeout [MINUTES<1-" MINUTES_MAX "|none>]",
	 "End a session that carries nothing for so long; default 30", "MINUTES=minutes, or none",
	 false, set_idle, unset_idle, print_idle},
	{MODE_GROUP_POLICY, "vpn-session-timeout MINUTES<1-" MINUTES_MAX "|none>",
	 "vpn-session-timeout [MINUTES<1-" MINUTES_MAX "|none>]",
	 "End every session after so long; default none", "MINUTES=minutes, or none", false,
	 set_session, unset_session, print_session},
	{MODE_GROUP_POLICY, "address-pools value POOL...", "address-pools [{value|none}] [POOL...]",
	 "Pools for its users, in this order; they beat the profile's address-pool",
	 "POOL=name of a pool, at most six", false, set_pools, unset_pools, print_pools},
	{MODE_GROUP_POLICY, "address-pools none", NULL, "No pool, also none inherited", NULL, false,
	 set_pools, NULL, NULL},
};

const struct topic topic_policy = TOPIC(rows);
