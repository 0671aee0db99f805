/*
 * hubs_apply: from the hubs that are up to those of a configuration, whole or not at all: new
 * ones are opened first, then those that go or change are closed, with their sessions, and the
 * changed ones opened again. Hubs that stay, and their sessions, are not touched. Called by apply.
 */
#include "core_i.h"

static bool has_way_out(const struct cfg_hub *h)
{
	return h->online && (h->bridge[0] || (h->securenat && h->host_ip));
}

static bool same_way_out(const struct hub_run *h, const struct cfg_hub *cfg)
{
	if (strcmp(cfg->bridge, h->bridge) != 0)
		return false;
	return h->bridge[0] ||
	       (cfg->host_ip == h->host_ip && cfg->prefix == h->prefix &&
		cfg->prefix6 == h->prefix6 && (!h->prefix6 || cfg->net6 == h->prefixes.net));
}

/* Why a hub that is up cannot stay as it is; NULL: it can. */
static const char *why_not(const struct hub_run *h, const struct cfg_hub *cfg)
{
	if (!cfg)
		return "hub-removed";
	if (!cfg->online)
		return "hub-offline";
	if (!has_way_out(cfg) || !same_way_out(h, cfg))
		return "hub-changed";
	return NULL;
}

/* Opens every hub of cfg that is to be up and is not. None that is up is in its way. */
static bool open_missing(struct core *c, const struct config *cfg, bool *started, char *error,
			 size_t cap)
{
	for (unsigned i = 0; i < cfg->n_hubs; i++) {
		struct hub_run *h;

		if (!has_way_out(&cfg->hubs[i]) || hub_by_name(c, cfg->hubs[i].name))
			continue;
		h = hub_start(c, &cfg->hubs[i], error, cap);
		if (!h)
			return false;
		started[h->index] = true;
	}
	return true;
}

static unsigned places_left(const struct core *c)
{
	unsigned n = 0;

	for (unsigned i = 0; i < CFG_HUBS_MAX; i++)
		n += !c->hubs[i].used;
	return n;
}

static bool set_nats(struct core *c, const struct config *cfg, char *error, size_t cap)
{
	for (unsigned i = 0; i < cfg->n_hubs; i++) {
		struct hub_run *h = hub_by_name(c, cfg->hubs[i].name);

		if (h && !why_not(h, &cfg->hubs[i]) &&
		    !hub_set_nat(c, h, cfg->hubs[i].nat, error, cap))
			return false;
	}
	return true;
}

/* What changes under the sessions. */
static void take_rest(struct core *c, const struct config *cfg)
{
	for (unsigned i = 0; i < cfg->n_hubs; i++) {
		struct hub_run *h = hub_by_name(c, cfg->hubs[i].name);

		if (!h)
			continue;
		h->n_dns6 = cfg->hubs[i].n_dns6;
		memcpy(h->dns6, cfg->hubs[i].dns6, sizeof(h->dns6));
		rules_change(c, h, &cfg->hubs[i]);
	}
}

static void close_others(struct core *c, const struct config *cfg)
{
	for (unsigned i = 0; i < CFG_HUBS_MAX; i++) {
		struct hub_run *h = &c->hubs[i];
		const char *why =
			h->used && !h->closing ? why_not(h, config_hub(cfg, h->name)) : NULL;

		if (why)
			hub_stop(c, h, why);
	}
}

/* As it was before; what cannot be had again is logged, for the caller's error is another. */
static void go_back(struct core *c, const bool *started)
{
	bool again[CFG_HUBS_MAX] = {false};
	char error[PRIV_ERROR + CFG_NAME_MAX];

	c->stopping = !c->config; /* at the first one nothing may begin */
	for (unsigned i = 0; i < CFG_HUBS_MAX; i++) {
		if (started[i] && c->hubs[i].used)
			hub_stop(c, &c->hubs[i], "hub-removed");
	}
	if (c->config && !(set_nats(c, c->config, error, sizeof(error)) &&
			   open_missing(c, c->config, again, error, sizeof(error))))
		log_line(LOG_LEVEL_ERROR, "core", "event=hub-lost: %s", error);
	c->stopping = false;
}

bool hubs_apply(struct core *c, const struct config *cfg, char *error, size_t cap)
{
	bool started[CFG_HUBS_MAX] = {false};

	/* first what may fail, while nothing is closed */
	if ((places_left(c) >= cfg->n_hubs && !open_missing(c, cfg, started, error, cap)) ||
	    !set_nats(c, cfg, error, cap)) {
		go_back(c, started);
		return false;
	}
	close_others(c, cfg);
	if (!open_missing(c, cfg, started, error, cap)) {
		go_back(c, started);
		return false;
	}
	take_rest(c, cfg);
	return true;
}
