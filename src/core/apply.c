/*
 * apply: a configuration takes effect, whole or not at all: the first one opens
 * sockets, workers and hubs, a later one changes what can change without them.
 * Called by core and, through core.h, by main.
 */
#include "core_i.h"

static bool start_dataplane(struct core *c, char *error, size_t cap)
{
	struct dp_config dc = {
		.os = c->os,
		.workers = c->cfg.workers,
		.peers_max = c->cfg.sessions_max,
		.sessions_max = c->cfg.sessions_max,
		.pin = c->cfg.threads,
		.machine = c->cfg.machine,
		.burst = BURST_AUTO,
		.punts_per_second_max = 10000,
	};

	dc.udp500 = -1;
	for (unsigned w = 0; w < DP_WORKERS_MAX; w++)
		dc.udp4500[w] = dc.esp[w] = -1;
	c->dp = dp_new(&dc);
	if (!c->dp) {
		snprintf(error, cap, "the data plane could not be set up: memory is short");
		return false;
	}
	if (c->cfg.threads && !dp_start(c->dp)) {
		snprintf(error, cap, "the worker threads could not be started");
		return false;
	}
	return true;
}

/* Pools and protocol tables are made first: what is seen outside comes last. */
static bool make_all(struct core *c, const struct config *cfg, char *error, size_t cap)
{
	struct pool_run *pools = address_plan_pools(c, cfg, error, cap);

	if (!pools)
		return false;
	address_use_plan(c, pools, cfg->n_pools);
	c->ike = ike_glue_new(c, cfg);
	c->l2tp = l2tp_glue_new(c, cfg);
	if (!c->ike || !c->l2tp) {
		snprintf(error, cap, "the protocol tables could not be set up");
		return false;
	}
	return start_dataplane(c, error, cap) && hubs_apply(c, cfg, error, cap);
}

void apply_undo(struct core *c)
{
	hubs_close(c);
	dp_free(c->dp);
	for (unsigned i = 0; i < CFG_HUBS_MAX; i++)
		rules_free(c, &c->hubs[i]);
	l2tp_free(c->l2tp);
	ike_free(c->ike);
	c->dp = NULL;
	c->l2tp = NULL;
	c->ike = NULL;
	address_free_pools(c);
}

static bool first_apply(struct core *c, struct config *cfg, char *error, size_t cap)
{
	if (!make_all(c, cfg, error, cap)) {
		apply_undo(c);
		return false;
	}
	c->config = cfg;
	listen_apply(c, cfg);
	return true;
}

static bool later_apply(struct core *c, struct config *cfg, char *error, size_t cap)
{
	struct pool_run *pools;
	uint16_t keepalive_s;

	pools = address_plan_pools(c, cfg, error, cap);
	if (!pools)
		return false;
	if (!ike_glue_apply(c, cfg)) {
		snprintf(error, cap, "the IKE policies could not be taken over");
		address_drop_plan(pools, cfg->n_pools);
		return false;
	}
	if (!hubs_apply(c, cfg, error, cap)) {
		ike_glue_apply(c, c->config);
		address_drop_plan(pools, cfg->n_pools);
		return false;
	}
	address_use_plan(c, pools, cfg->n_pools);
	l2tp_glue_apply(c, cfg);
	keepalive_s = c->config->natt_keepalive_s;
	config_free(c->config);
	c->config = cfg;
	if (cfg->natt_keepalive_s != keepalive_s)
		core_peers_keepalive(c);
	listen_apply(c, cfg);
	etherip_apply(c);
	return true;
}

bool core_apply(struct core *c, struct config *cfg, char *error, size_t cap)
{
	bool done = c->config ? later_apply(c, cfg, error, cap) : first_apply(c, cfg, error, cap);

	if (done)
		snprintf(error, cap, "%s", listen_waits(c) ? listen_waits(c) : "");
	return done;
}
