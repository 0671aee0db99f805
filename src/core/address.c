/*
 * address: which address a session gets (DESIGN.md section 4: the user's fixed
 * one, then the pools of the policy, then those of the profile) and which hub.
 * Called by session_ppp. Keeps pools across changes of the configuration.
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
	story_add(s->core, s->peer->sa, &s->peer->flow, NOTE_REFUSED, reason, "%s %s", text, name);
}

static bool choose_hub(struct session *s, const struct config *cfg,
		       const struct cfg_tunnel_group *g)
{
	const struct cfg_hub *h = config_group_hub(cfg, g);
	struct hub_run *run = h ? hub_by_name(s->core, h->name) : NULL;

	if (!run) {
		refuse(s, "no-hub", "no hub is up for the profile", g->name);
		return false;
	}
	s->hub = run->index;
	return true;
}

static bool take_fixed(struct session *s, const struct cfg_user *u)
{
	struct core *c = s->core;

	list_each (&c->sessions, it) {
		struct session *other = list_entry(it, struct session, node);

		if (other != s && other->ip == u->framed_ip && other->hub == s->hub) {
			refuse(s, "address-in-use", "the fixed address is in use by", other->user);
			return false;
		}
	}
	for (unsigned i = 0; i < c->n_pools; i++) {
		if (pool_take_ip(c->pools[i].pool, u->framed_ip))
			s->pool = c->pools[i].pool;
	}
	s->ip = u->framed_ip;
	return true;
}

static bool take_from(struct session *s, unsigned n, const char (*names)[CFG_NAME_MAX + 1])
{
	for (unsigned i = 0; i < n; i++) {
		struct pool_run *p = pool_by_name(s->core, names[i]);

		if (p && (s->ip = pool_take(p->pool))) {
			s->pool = p->pool;
			return true;
		}
	}
	return false;
}

bool address_assign(struct session *s, const struct config *cfg)
{
	const struct cfg_tunnel_group *g = config_group(cfg, s->tunnel_group);
	const struct cfg_user *u = config_user(cfg, s->user, strlen(s->user));
	struct cfg_policy_values v;

	if (s->ip)
		return true; /* LCP was renegotiated: the address stays */
	if (!g || !u || !choose_hub(s, cfg, g))
		return false;
	config_policy(cfg, g, u, &v);
	if (u->framed_ip)
		return take_fixed(s, u);
	if (v.n_pools ? take_from(s, v.n_pools, v.pools) : take_from(s, g->n_pools, g->pools))
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
	if (s->pool)
		pool_give(s->pool, s->ip);
	s->pool = NULL;
	s->ip = 0;
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

static bool in_use(const struct pool_run *p)
{
	return p && pool_used(p->pool) > 0;
}

bool address_apply_pools(struct core *c, const struct config *cfg, char *error, size_t cap)
{
	struct pool_run *next = calloc(cfg->n_pools ? cfg->n_pools : 1, sizeof(*next));
	struct pool_run *old;

	if (!next) {
		snprintf(error, cap, "memory is short");
		return false;
	}
	for (unsigned i = 0; i < c->n_pools; i++) {
		const struct cfg_pool *p = config_pool(cfg, c->pools[i].name);

		if (in_use(&c->pools[i]) && (!p || !same_range(c, p))) {
			snprintf(error, cap, "pool %s is in use by %u sessions", c->pools[i].name,
				 pool_used(c->pools[i].pool));
			free(next);
			return false;
		}
	}
	for (unsigned i = 0; i < cfg->n_pools; i++) {
		const struct cfg_pool *p = &cfg->pools[i];

		old = pool_by_name(c, p->name);
		snprintf(next[i].name, sizeof(next[i].name), "%s", p->name);
		next[i].prefix = p->prefix;
		if (old && same_range(c, p)) {
			next[i].pool = old->pool;
			old->pool = NULL;
			continue;
		}
		next[i].pool = pool_new(p->first, p->last);
		if (!next[i].pool)
			log_line(LOG_LEVEL_ERROR, "core", "event=pool-refused pool=%s", p->name);
	}
	address_free_pools(c);
	c->pools = next;
	c->n_pools = cfg->n_pools;
	return true;
}

void address_free_pools(struct core *c)
{
	for (unsigned i = 0; i < c->n_pools; i++)
		pool_free(c->pools[i].pool);
	free(c->pools);
	c->pools = NULL;
	c->n_pools = 0;
}
