/*
 * Model: a configuration as a value: defaults, look-ups, the inheritance of group
 * policies (asa-and-peers.md 1.4). Called by core and by the parser. Changes
 * nothing that was parsed.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "parse.h"

#define DEFAULT_IDLE_S (30 * 60) /* asa-and-peers.md 1.3 */
#define DEFAULT_LOGINS 3

static bool config_defaults(struct config *c)
{
	snprintf(c->hostname, sizeof(c->hostname), "sekisho");
	c->l2tp_hello_s = 60;
	c->natt = true;
	c->natt_keepalive_s = 20;
	c->natt_force = true;
	c->fragment_mtu = 1280;
	c->esp_life_s = 28800;
	c->esp_life_kb = 4608000;
	c->replay_window = 1024;
	c->policies = calloc(8, sizeof(*c->policies));
	c->groups = calloc(8, sizeof(*c->groups));
	if (!c->policies || !c->groups)
		return false;
	c->n_policies = 1;
	snprintf(c->policies[0].name, sizeof(c->policies[0].name), DEFAULT_POLICY);
	c->n_groups = 1;
	snprintf(c->groups[0].name, sizeof(c->groups[0].name), DEFAULT_GROUP);
	group_defaults(&c->groups[0]);
	return true;
}

void group_defaults(struct cfg_tunnel_group *g)
{
	g->ppp_auth = CFG_PPP_CHAP | CFG_PPP_MSCHAP1;
	g->keepalive = true;
	g->keepalive_s = 300;
	g->keepalive_retry_s = 2;
}

struct config *config_new(void)
{
	struct config *c = calloc(1, sizeof(*c));

	if (c && !config_defaults(c)) {
		config_free(c);
		return NULL;
	}
	return c;
}

static void free_wiped(void *p, size_t n, size_t size)
{
	if (p)
		secret_zero(p, n * size);
	free(p);
}

void hub_free_inside(struct cfg_hub *h)
{
	free_wiped(h->users, h->n_users, sizeof(*h->users));
	free_wiped(h->groups, h->n_groups, sizeof(*h->groups));
	free(h->access);
}

void config_free(struct config *c)
{
	if (!c)
		return;
	for (unsigned i = 0; i < c->n_hubs; i++)
		hub_free_inside(&c->hubs[i]);
	free(c->hubs);
	free_wiped(c->etherip, c->n_etherip, sizeof(*c->etherip));
	free(c->pools);
	free(c->policies);
	free_wiped(c->groups, c->n_groups, sizeof(*c->groups));
	free_wiped(c->users, c->n_users, sizeof(*c->users));
	free(c->ike);
	free(c->sets);
	free(c->dynmaps);
	free(c->maps);
	free(c->interfaces);
	secret_wipe(&c->l2tp_secret);
	free(c);
}

const struct cfg_hub *config_hub(const struct config *c, const char *name)
{
	for (unsigned i = 0; i < c->n_hubs; i++)
		if (strcasecmp(c->hubs[i].name, name) == 0)
			return &c->hubs[i];
	return NULL;
}

static bool same_name(const char *name, const char *text, size_t len)
{
	return strncasecmp(name, text, len) == 0 && !name[len];
}

const struct cfg_hub_user *config_hub_user(const struct cfg_hub *h, const char *name, size_t len)
{
	if (len == 0 || len > CFG_NAME_MAX || memchr(name, '\0', len))
		return NULL;
	for (unsigned i = 0; i < h->n_users; i++)
		if (same_name(h->users[i].login.name, name, len))
			return &h->users[i];
	return NULL;
}

const struct cfg_hub_group *config_hub_group(const struct cfg_hub *h, const char *name)
{
	for (unsigned i = 0; i < h->n_groups; i++)
		if (strcasecmp(h->groups[i].name, name) == 0)
			return &h->groups[i];
	return NULL;
}

static bool own_policy(const struct cfg_hub_policy *own, unsigned id, uint32_t *value)
{
	if (!(own->set >> id & 1))
		return false;
	*value = own->value[id];
	return true;
}

bool config_hub_policy(const struct cfg_hub *h, const struct cfg_hub_user *u,
		       enum cfg_hub_policy_id id, uint32_t *value)
{
	const struct cfg_hub_group *g = config_hub_group(h, u->group);

	return own_policy(&u->policy, id, value) || (g && own_policy(&g->policy, id, value));
}

void config_hub_policies(const struct cfg_hub *h, const struct cfg_hub_user *u,
			 struct hub_policy *out)
{
	const struct cfg_hub_group *g = u ? config_hub_group(h, u->group) : NULL;

	hub_policy_standard(out);
	for (unsigned i = 0; u && i < POLICY_N; i++)
		if (!own_policy(&u->policy, i, &out->value[i]) && g)
			own_policy(&g->policy, i, &out->value[i]);
}

const struct cfg_access *config_access(const struct cfg_hub *h, uint32_t id)
{
	unsigned low = 0, high = h->n_access;

	while (low < high) {
		unsigned mid = low + (high - low) / 2;

		if (h->access[mid].rule.id == id)
			return &h->access[mid];
		if (h->access[mid].rule.id < id)
			low = mid + 1;
		else
			high = mid;
	}
	return NULL;
}

void config_hub_options(const struct cfg_hub *h, struct hub_options *out)
{
	hub_options_standard(out);
	for (unsigned i = 0; i < OPTION_N; i++)
		if (h->options_set >> i & 1)
			out->value[i] = h->options[i];
}

const struct cfg_hub *config_default_hub(const struct config *c)
{
	return config_hub(c, c->services.default_hub[0] ? c->services.default_hub : DEFAULT_HUB);
}

const struct cfg_pool *config_pool(const struct config *c, const char *name)
{
	for (unsigned i = 0; i < c->n_pools; i++)
		if (strcmp(c->pools[i].name, name) == 0)
			return &c->pools[i];
	return NULL;
}

const struct cfg_user *config_user(const struct config *c, const char *name, size_t len)
{
	if (len == 0 || len > CFG_NAME_MAX || memchr(name, '\0', len))
		return NULL;
	for (unsigned i = 0; i < c->n_users; i++)
		if (same_name(c->users[i].name, name, len))
			return &c->users[i];
	return NULL;
}

const struct cfg_tunnel_group *config_group(const struct config *c, const char *name)
{
	for (unsigned i = 0; i < c->n_groups; i++)
		if (strcmp(c->groups[i].name, name) == 0)
			return &c->groups[i];
	return NULL;
}

const struct cfg_group_policy *config_group_policy(const struct config *c, const char *name)
{
	for (unsigned i = 0; i < c->n_policies; i++)
		if (strcmp(c->policies[i].name, name) == 0)
			return &c->policies[i];
	return NULL;
}

const struct cfg_hub *config_group_hub(const struct config *c, const struct cfg_tunnel_group *g)
{
	const struct cfg_hub *hub;

	if (g->hub[0])
		return config_hub(c, g->hub);
	hub = config_hub(c, g->name);
	return hub ? hub : config_default_hub(c);
}

/* Values that are not set yet are taken from a policy further down the chain. */
static void inherit(struct cfg_policy_values *v, const struct cfg_policy_values *from)
{
	struct cfg_policy_values merged = *from;

#define KEEP(flag, field)                                                                          \
	do {                                                                                       \
		if (v->flag) {                                                                     \
			merged.flag = true;                                                        \
			memcpy(&merged.field, &v->field, sizeof(v->field));                        \
		}                                                                                  \
	} while (0)
	KEEP(protocols_set, protocols);
	KEEP(dns_set, dns);
	KEEP(wins_set, wins);
	KEEP(domain_set, domain);
	KEEP(logins_set, logins);
	KEEP(idle_set, idle_s);
	KEEP(session_set, session_s);
	KEEP(pools_set, pools);
	if (v->pools_set)
		merged.n_pools = v->n_pools;
#undef KEEP
	*v = merged;
}

void config_policy(const struct config *c, const struct cfg_tunnel_group *g,
		   const struct cfg_user *u, struct cfg_policy_values *out)
{
	static const struct cfg_policy_values built_in = {
		.protocols_set = true,
		.protocols = CFG_PROTO_IKEV1 | CFG_PROTO_L2TP_IPSEC,
		.dns_set = true,
		.wins_set = true,
		.domain_set = true,
		.logins_set = true,
		.logins = DEFAULT_LOGINS,
		.idle_set = true,
		.idle_s = DEFAULT_IDLE_S,
		.session_set = true,
		.session_s = CFG_NONE,
		.pools_set = true,
	};
	const char *chain[] = {u ? u->group_policy : "", g ? g->group_policy : "", DEFAULT_POLICY};

	memset(out, 0, sizeof(*out));
	for (size_t i = 0; i < sizeof(chain) / sizeof(chain[0]); i++) {
		const struct cfg_group_policy *p = config_group_policy(c, chain[i]);

		if (p)
			inherit(out, &p->v);
	}
	inherit(out, &built_in);
}

bool config_policy_has_logins(const struct config *c, const struct cfg_tunnel_group *g,
			      const struct cfg_user *u)
{
	const char *chain[] = {u ? u->group_policy : "", g ? g->group_policy : "", DEFAULT_POLICY};

	for (size_t i = 0; i < sizeof(chain) / sizeof(chain[0]); i++) {
		const struct cfg_group_policy *p = config_group_policy(c, chain[i]);

		if (p && p->v.logins_set)
			return true;
	}
	return false;
}

const struct cfg_etherip *config_etherip(const struct config *c, const char *id)
{
	const struct cfg_etherip *any = NULL;

	for (unsigned i = 0; i < c->n_etherip; i++) {
		if (strcasecmp(c->etherip[i].id, id) == 0)
			return &c->etherip[i];
		if (strcmp(c->etherip[i].id, "*") == 0)
			any = &c->etherip[i];
	}
	return any;
}

bool config_l2tp_enabled(const struct config *c)
{
	if (c->services.l2tp)
		return true;
	for (unsigned i = 0; i < c->n_interfaces; i++)
		if (c->interfaces[i].ike_enable)
			return true;
	return false;
}

bool config_ike_enabled(const struct config *c)
{
	return c->services.etherip || config_l2tp_enabled(c);
}
