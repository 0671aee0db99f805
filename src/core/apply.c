/*
 * apply: a configuration takes effect, whole or not at all: the first one opens
 * sockets, workers and hubs, a later one changes what can change without them.
 * Called by core and, through core.h, by main.
 */
#include "core_i.h"

/* The address to listen on: an interface's own, or every local one. */
static struct ip_addr listen_address(const struct config *cfg)
{
	struct ip_addr any = {0};
	const struct cfg_interface *only = NULL;

	for (unsigned i = 0; i < cfg->n_interfaces; i++) {
		if (!cfg->interfaces[i].ike_enable)
			continue;
		if (only)
			return any;
		only = &cfg->interfaces[i];
	}
	return only && only->ip ? ip4_addr(only->ip) : any;
}

static bool take_fds(struct core *c, const struct priv_result *r, unsigned n, int *fds, char *error,
		     size_t cap)
{
	if (r->ok && r->n_fds == n) {
		memcpy(fds, r->fds, n * sizeof(*fds));
		return true;
	}
	for (unsigned i = 0; i < r->n_fds; i++)
		c->os->close(c->os->ctx, r->fds[i]);
	snprintf(error, cap, "%s", r->ok ? "the monitor gave another number of sockets" : r->error);
	return false;
}

static bool open_udp(struct core *c, const struct ip_addr *addr, uint16_t port, uint16_t n,
		     int *fds, char *error, size_t cap)
{
	struct priv_udp req = {.addr = *addr, .port = port, .n = n, .steer_by_spi = port == 4500};
	struct priv_result r = {0};

	c->cfg.priv->open_udp(c->cfg.priv->ctx, &req, &r);
	return take_fds(c, &r, n, fds, error, cap);
}

static bool open_sockets(struct core *c, const struct config *cfg, struct dp_config *dc,
			 char *error, size_t cap)
{
	struct ip_addr addr = listen_address(cfg);
	uint16_t n = (uint16_t)c->cfg.workers;
	struct priv_result r = {0};

	if (!open_udp(c, &addr, 500, 1, &dc->udp500, error, cap) ||
	    !open_udp(c, &addr, 4500, n, dc->udp4500, error, cap))
		return false;
	c->cfg.priv->open_esp(c->cfg.priv->ctx, &addr, n, &r);
	return take_fds(c, &r, n, dc->esp, error, cap);
}

static void no_descriptors(struct dp_config *dc)
{
	dc->udp500 = -1;
	for (unsigned w = 0; w < DP_WORKERS_MAX; w++)
		dc->udp4500[w] = dc->esp[w] = -1;
}

static void close_descriptors(struct core *c, const struct dp_config *dc)
{
	if (dc->udp500 >= 0)
		c->os->close(c->os->ctx, dc->udp500);
	for (unsigned w = 0; w < DP_WORKERS_MAX; w++) {
		if (dc->udp4500[w] >= 0)
			c->os->close(c->os->ctx, dc->udp4500[w]);
		if (dc->esp[w] >= 0)
			c->os->close(c->os->ctx, dc->esp[w]);
	}
}

static bool start_dataplane(struct core *c, const struct config *cfg, char *error, size_t cap)
{
	struct dp_config dc = {
		.os = c->os,
		.workers = c->cfg.workers,
		.peers_max = c->cfg.sessions_max,
		.sessions_max = c->cfg.sessions_max,
		.pin = c->cfg.threads,
		.burst = BURST_AUTO,
		.punts_per_second_max = 10000,
	};

	no_descriptors(&dc);
	if (config_ike_enabled(cfg) && !open_sockets(c, cfg, &dc, error, cap)) {
		close_descriptors(c, &dc);
		return false;
	}
	c->dp = dp_new(&dc);
	if (!c->dp) {
		close_descriptors(c, &dc);
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
	return start_dataplane(c, cfg, error, cap) && hubs_open(c, cfg, error, cap);
}

void apply_undo(struct core *c)
{
	hubs_close(c);
	dp_free(c->dp);
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
	return true;
}

static bool listens_alike(const struct config *a, const struct config *b)
{
	struct ip_addr la = listen_address(a), lb = listen_address(b);

	return config_ike_enabled(a) == config_ike_enabled(b) && ip_addr_eq(&la, &lb);
}

static bool later_apply(struct core *c, struct config *cfg, char *error, size_t cap)
{
	struct pool_run *pools;
	uint16_t keepalive_s;

	if (!hubs_unchanged(c, cfg) || !listens_alike(c->config, cfg)) {
		snprintf(error, cap,
			 "a change of hubs or of listening addresses takes effect at "
			 "the next start: nothing was changed");
		return false;
	}
	pools = address_plan_pools(c, cfg, error, cap);
	if (!pools)
		return false;
	if (!ike_glue_apply(c, cfg)) {
		snprintf(error, cap, "the IKE policies could not be taken over");
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
	return true;
}

bool core_apply(struct core *c, struct config *cfg, char *error, size_t cap)
{
	return c->config ? later_apply(c, cfg, error, cap) : first_apply(c, cfg, error, cap);
}
