/*
 * rules: what the workers judge the frames of a hub by: its access list and its extended
 * options (softether.md 2.3, 2.4). Compiled from the configuration when a hub comes up and
 * whenever they change, without touching its sessions. Workers read them in place: they are
 * freed when all workers have acknowledged the next ones, or the hub is gone. Called by hubs,
 * hubs_apply and commands.
 */
#include "core_i.h"

#include <stdlib.h>

static void free_one(struct core *c, struct rules *r)
{
	access_list_free(r->access);
	for (unsigned i = 0; i < r->n_names; i++)
		name_put(c, r->names[i]);
	free(r->names);
	free(r);
}

static void free_from(struct core *c, struct rules *r)
{
	while (r) {
		struct rules *older = r->older;

		free_one(c, r);
		r = older;
	}
}

/* The number of a user's or a group's name. False: memory. */
static bool take_name(struct core *c, struct rules *r, const char *text, uint32_t *number)
{
	struct name *n;

	*number = ACCESS_ANYONE;
	if (!text[0])
		return true;
	n = name_numbered(c, text);
	if (!n)
		return false;
	r->names[r->n_names++] = n;
	*number = n->number;
	return true;
}

static bool compile(struct core *c, const struct cfg_hub *cfg, struct rules *r)
{
	struct access_rule *rules = calloc(cfg->n_access, sizeof(*rules));
	bool done = rules != NULL;

	r->names = calloc((size_t)cfg->n_access * 2, sizeof(*r->names));
	done = done && r->names;
	for (unsigned i = 0; done && i < cfg->n_access; i++) {
		const struct cfg_access *a = &cfg->access[i];

		rules[i] = a->rule;
		done = take_name(c, r, a->src_user, &rules[i].src_name) &&
		       take_name(c, r, a->dst_user, &rules[i].dst_name);
	}
	r->access = done ? access_list_build(rules, cfg->n_access) : NULL;
	free(rules);
	return r->access != NULL;
}

struct rules *rules_new(struct core *c, const struct cfg_hub *cfg)
{
	struct rules *r = calloc(1, sizeof(*r));

	if (!r)
		return NULL;
	r->serial = ++c->next_rules;
	config_hub_options(cfg, &r->options);
	if (!cfg->n_access || compile(c, cfg, r))
		return r;
	free_one(c, r);
	return NULL;
}

void rules_tell(struct core *c, struct hub_run *h)
{
	struct dp_cmd cmd = {.kind = DP_CMD_HUB_RULES,
			     .cookie = ack_cookie(ACK_RULES, h->rules->serial)};

	cmd.u.rules.hub = h->index;
	cmd.u.rules.options = &h->rules->options;
	cmd.u.rules.access = h->rules->access;
	h->rules->acks = c->cfg.workers;
	command_all(c, &cmd);
}

/* The same rules have the same numbers: their names are referred to by the former ones. */
static bool same(const struct rules *a, const struct rules *b)
{
	return memcmp(&a->options, &b->options, sizeof(a->options)) == 0 &&
	       access_list_digest(a->access) == access_list_digest(b->access);
}

void rules_change(struct core *c, struct hub_run *h, const struct cfg_hub *cfg)
{
	struct rules *r = rules_new(c, cfg);

	if (!r) {
		log_line(LOG_LEVEL_ERROR, "core",
			 "event=hub-rules-lost hub=%s: memory is short: the former access list "
			 "and options stay",
			 h->name);
		return;
	}
	if (same(r, h->rules)) {
		free_one(c, r);
		return;
	}
	r->older = h->rules;
	h->rules = r;
	rules_tell(c, h);
	log_line(LOG_LEVEL_INFO, "core", "event=hub-rules hub=%s access_rules=%zu", h->name,
		 access_list_rules(r->access));
}

/* A worker that has not taken these may read the former ones for ever. */
static void acked(struct core *c, const struct hub_run *h, struct rules *r, bool ok)
{
	if (!ok) {
		log_line(LOG_LEVEL_ERROR, "core", "event=hub-rules-refused hub=%s", h->name);
		return;
	}
	if (--r->acks)
		return;
	free_from(c, r->older);
	r->older = NULL;
}

void rules_acked(struct core *c, uint64_t serial, bool ok)
{
	for (unsigned i = 0; i < CFG_HUBS_MAX; i++) {
		for (struct rules *r = c->hubs[i].rules; r; r = r->older) {
			if (r->serial != serial)
				continue;
			acked(c, &c->hubs[i], r, ok);
			return;
		}
	}
}

void rules_free(struct core *c, struct hub_run *h)
{
	free_from(c, h->rules);
	h->rules = NULL;
}
