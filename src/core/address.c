/*
 * address: which address a session gets (DESIGN.md section 4: the user's fixed
 * one, then the pools of the policy, then those of the profile, then the segment's DHCP
 * server) and which hub. Called by session_ppp and lease. Keeps pools across changes of the
 * configuration.
 */
#include "core_i.h"

#include <stdlib.h>
#include <strings.h>

static struct pool_run *pool_by_name(struct core *c, const char *name)
{
	for (unsigned i = 0; i < c->n_pools; i++) {
		if (strcmp(c->pools[i].name, name) == 0)
			return &c->pools[i];
	}
	return NULL;
}

static void refuse(struct session *s, const char *reason, const char *text, const char *name)
{
	story_refuse(s->peer, reason, "%s %s", text, name);
}

/* It was up when the user was let in. */
static bool choose_hub(struct session *s)
{
	struct hub_run *run = hub_by_name(s->core, name_text(s->hub_name));

	if (!run) {
		refuse(s, "no-hub", "no longer up is the hub", name_text(s->hub_name));
		return false;
	}
	s->hub = run->index;
	return true;
}

static uint64_t ip_key(uint16_t hub, uint32_t ip)
{
	return (uint64_t)(hub + 1) << 32 | ip;
}

struct session *session_by_ip(struct core *c, uint16_t hub, uint32_t ip)
{
	return map_get(&c->sessions_by_ip, ip_key(hub, ip));
}

bool address_hold(struct session *s, uint32_t ip)
{
	if (session_by_ip(s->core, s->hub, ip) ||
	    !map_put(&s->core->sessions_by_ip, ip_key(s->hub, ip), s))
		return false;
	s->ip = ip;
	return true;
}

/* False: memory; what was taken of a pool is given back. */
static bool hold(struct session *s, uint32_t ip)
{
	s->ip = ip;
	if (map_put(&s->core->sessions_by_ip, ip_key(s->hub, ip), s))
		return true;
	address_release(s);
	return false;
}

static bool take_fixed(struct session *s, const struct cfg_user *u)
{
	struct core *c = s->core;
	const struct session *other = session_by_ip(c, s->hub, u->framed_ip);

	if (other) {
		refuse(s, "address-in-use", "the fixed address is in use by",
		       name_text(other->user));
		return false;
	}
	for (unsigned i = 0; i < c->n_pools; i++) {
		if (pool_take_ip(c->pools[i].pool, u->framed_ip))
			s->pool = c->pools[i].pool;
	}
	return hold(s, u->framed_ip);
}

static bool take_from(struct session *s, unsigned n, const char (*names)[CFG_NAME_MAX + 1])
{
	for (unsigned i = 0; i < n; i++) {
		struct pool_run *p = pool_by_name(s->core, names[i]);

		uint32_t ip = p ? pool_take(p->pool) : 0;

		if (ip) {
			s->pool = p->pool;
			return hold(s, ip);
		}
	}
	return false;
}

bool address_assign(struct session *s, const struct config *cfg)
{
	const struct cfg_tunnel_group *g = config_group(cfg, name_text(s->tunnel_group));
	const struct cfg_user *u = account_of_session(s, cfg);
	struct cfg_policy_values v;

	if (s->ip)
		return true; /* LCP was renegotiated: the address stays */
	if (!g || !u || !choose_hub(s))
		return false;
	config_policy(cfg, g, u, &v);
	if (u->framed_ip)
		return take_fixed(s, u);
	if (v.n_pools ? take_from(s, v.n_pools, v.pools) : take_from(s, g->n_pools, g->pools))
		return true;
	if (!v.n_pools && !g->n_pools && s->core->hubs[s->hub].bridge[0])
		return true;
	if (!v.n_pools && !g->n_pools)
		refuse(s, "no-pool", "no address pool is configured for the profile", g->name);
	else
		refuse(s, "pool-exhausted", "no address is free in pool",
		       v.n_pools ? v.pools[0] : g->pools[0]);
	return false;
}

void address_release(struct session *s)
{
	uint64_t key = ip_key(s->hub, s->ip);

	lease_give_back(s);
	if (s->pool)
		pool_give(s->pool, s->ip);
	if (s->ip && map_get(&s->core->sessions_by_ip, key) == s)
		map_del(&s->core->sessions_by_ip, key);
	s->pool = NULL;
	s->ip = 0;
	ipv6_release(s);
}

uint8_t address_pool_prefix(const struct session *s)
{
	for (unsigned i = 0; i < s->core->n_pools; i++) {
		if (s->pool && s->core->pools[i].pool == s->pool && s->core->pools[i].prefix < 32)
			return s->core->pools[i].prefix;
	}
	return 0;
}

/* ---- pools of the configuration ---- */

static bool same_range(const struct core *c, const struct cfg_pool *p)
{
	for (unsigned i = 0; i < c->config->n_pools; i++) {
		const struct cfg_pool *old = &c->config->pools[i];

		if (strcmp(old->name, p->name) == 0)
			return old->first == p->first && old->last == p->last;
	}
	return false;
}

static bool may_change(struct core *c, const struct config *cfg, char *error, size_t cap)
{
	for (unsigned i = 0; i < c->n_pools; i++) {
		const struct cfg_pool *p = config_pool(cfg, c->pools[i].name);
		unsigned used = pool_used(c->pools[i].pool);

		if (used && (!p || !same_range(c, p))) {
			snprintf(error, cap, "pool %s is in use by %u sessions", c->pools[i].name,
				 used);
			return false;
		}
	}
	return true;
}

static bool plan_one(struct core *c, const struct cfg_pool *p, struct pool_run *out)
{
	struct pool_run *old = pool_by_name(c, p->name);

	snprintf(out->name, sizeof(out->name), "%s", p->name);
	out->prefix = p->prefix;
	out->kept = old && same_range(c, p);
	out->pool = out->kept ? old->pool : pool_new(p->first, p->last);
	return out->pool != NULL;
}

struct pool_run *address_plan_pools(struct core *c, const struct config *cfg, char *error,
				    size_t cap)
{
	struct pool_run *plan;

	if (!may_change(c, cfg, error, cap))
		return NULL;
	plan = calloc(cfg->n_pools + 1, sizeof(*plan));
	for (unsigned i = 0; plan && i < cfg->n_pools; i++) {
		if (plan_one(c, &cfg->pools[i], &plan[i]))
			continue;
		address_drop_plan(plan, i);
		plan = NULL;
	}
	if (!plan)
		snprintf(error, cap, "the address pools could not be set up: memory is short");
	return plan;
}

void address_drop_plan(struct pool_run *plan, unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		if (!plan[i].kept)
			pool_free(plan[i].pool);
	}
	free(plan);
}

/* A fixed address that a new pool holds is taken there too, or it would be given twice. */
static void take_fixed_again(struct core *c)
{
	list_each (&c->sessions, it) {
		struct session *s = list_entry(it, struct session, node);

		for (unsigned i = 0; s->ip && !s->pool && i < c->n_pools; i++) {
			if (pool_take_ip(c->pools[i].pool, s->ip))
				s->pool = c->pools[i].pool;
		}
	}
}

void address_use_plan(struct core *c, struct pool_run *plan, unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		if (plan[i].kept)
			pool_by_name(c, plan[i].name)->pool = NULL;
	}
	address_free_pools(c);
	c->pools = plan;
	c->n_pools = n;
	take_fixed_again(c);
}

void address_free_pools(struct core *c)
{
	for (unsigned i = 0; i < c->n_pools; i++)
		pool_free(c->pools[i].pool);
	free(c->pools);
	c->pools = NULL;
	c->n_pools = 0;
}
