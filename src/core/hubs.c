/*
 * hubs: brings the configured hubs up and down: TAP, NAT, the workers' tables.
 * Called by core at start and end. All privileged acts go through priv_ops.
 */
#include "core_i.h"

#include <ctype.h>
#include <stdlib.h>
#include <strings.h>

struct hub_run *hub_by_name(struct core *c, const char *name)
{
	for (unsigned i = 0; i < CFG_HUBS_MAX; i++) {
		if (c->hubs[i].used && strcasecmp(c->hubs[i].name, name) == 0)
			return &c->hubs[i];
	}
	return NULL;
}

bool hub_admits(struct session *s, const struct account *a)
{
	const struct cfg_hub *h = a->hub;
	const struct hub_run *run = h ? hub_by_name(s->core, h->name) : NULL;
	uint32_t others;

	if (!h)
		return account_refuse(s, "no-hub", "there is no hub for the profile %s",
				      a->group->name);
	if (!h->online)
		return account_refuse(s, "hub-offline", "the hub %s is offline", h->name);
	if (!run)
		return account_refuse(s, "no-hub", "the hub %s is not up: it has no way out",
				      h->name);
	others = run->n_logins - (!list_empty(&s->login_node) && s->login_hub == run->index);
	if (h->max_sessions && others >= h->max_sessions)
		return account_refuse(s, "hub-full",
				      "the hub %s has %u sessions: max-session is %u", h->name,
				      others, h->max_sessions);
	s->hub = run->index;
	return true;
}

/* "sk-" and what of the hub's name an interface name can hold; made unique by a
 * number when another hub has it. */
static void tap_name(struct core *c, struct hub_run *h)
{
	char stem[9];
	size_t n = 0;

	for (const char *p = h->name; *p && n < sizeof(stem) - 1; p++) {
		if (isalnum((unsigned char)*p))
			stem[n++] = (char)tolower((unsigned char)*p);
	}
	stem[n] = '\0';
	snprintf(h->tap, sizeof(h->tap), "sk-%s", n ? stem : "hub");
	for (unsigned i = 0; i < CFG_HUBS_MAX; i++) {
		if (&c->hubs[i] != h && c->hubs[i].used && strcmp(c->hubs[i].tap, h->tap) == 0)
			snprintf(h->tap, sizeof(h->tap), "sk-%s-%u", n ? stem : "hub", h->index);
	}
}

/* The host's MAC: locally administered, from the hub's place, and unlike any session's. */
static void host_mac(const struct hub_run *h, uint8_t mac[6])
{
	const uint8_t m[6] = {0x06, 's', 'k', 0, (uint8_t)(h->index >> 8), (uint8_t)h->index};

	memcpy(mac, m, sizeof(m));
}

static uint32_t net_of(uint32_t ip, uint8_t prefix)
{
	return prefix ? ip & (UINT32_MAX << (32 - prefix)) : 0;
}

static void close_fds(struct core *c, const struct priv_result *r)
{
	for (unsigned i = 0; i < r->n_fds; i++)
		c->os->close(c->os->ctx, r->fds[i]);
}

static bool open_tap(struct core *c, struct hub_run *h, uint8_t prefix6, struct priv_result *r)
{
	struct priv_tap req = {
		.host_ip = h->host_ip,
		.prefix = h->prefix,
		.queues = (uint16_t)c->cfg.workers,
		.mtu = HUB_MTU,
		.net6 = h->prefixes.net,
		.prefix6 = prefix6,
	};

	snprintf(req.name, sizeof(req.name), "%s", h->tap);
	host_mac(h, req.mac);
	c->cfg.priv->open_tap(c->cfg.priv->ctx, &req, r);
	if (r->ok && r->n_fds == c->cfg.workers)
		return true;
	if (r->ok)
		snprintf(r->error, sizeof(r->error), "%u TAP queues instead of %u", r->n_fds,
			 c->cfg.workers);
	close_fds(c, r);
	return false;
}

static bool nat_on(struct core *c, struct hub_run *h, struct priv_result *r)
{
	struct priv_nat req = {.net = net_of(h->host_ip, h->prefix), .prefix = h->prefix};

	snprintf(req.tap, sizeof(req.tap), "%s", h->tap);
	c->cfg.priv->nat_on(c->cfg.priv->ctx, &req, r);
	return r->ok;
}

/* cmd: what the workers are to be told once every hub is open. */
static bool hub_open(struct core *c, struct hub_run *h, const struct cfg_hub *cfg,
		     struct dp_cmd *cmd, char *error, size_t cap)
{
	struct priv_result r = {0};

	snprintf(h->name, sizeof(h->name), "%s", cfg->name);
	h->host_ip = cfg->host_ip;
	h->prefix = cfg->prefix;
	tap_name(c, h);
	h->n_dns6 = cfg->n_dns6;
	memcpy(h->dns6, cfg->dns6, sizeof(h->dns6));
	if (!prefixes_init(&h->prefixes, cfg->net6, cfg->prefix6)) {
		snprintf(error, cap, "hub %s: memory is short", cfg->name);
		return false;
	}
	h->used = open_tap(c, h, cfg->prefix6, &r);
	if (!h->used) {
		prefixes_free(&h->prefixes);
		snprintf(error, cap, "hub %s: %s", cfg->name, r.error);
		return false;
	}
	cmd->kind = DP_CMD_HUB_ADD;
	cmd->u.hub.hub = h->index;
	host_mac(h, cmd->u.hub.tap_mac);
	cmd->u.hub.tap_ip = h->host_ip;
	for (unsigned w = 0; w < DP_WORKERS_MAX; w++)
		cmd->u.hub.tap[w] = w < r.n_fds ? r.fds[w] : -1;
	h->nat = cfg->nat && nat_on(c, h, &r);
	if (cfg->nat && !h->nat) {
		snprintf(error, cap, "hub %s: %s", cfg->name, r.error);
		return false;
	}
	return true;
}

static bool has_way_out(const struct cfg_hub *h)
{
	return h->online && h->securenat && h->host_ip;
}

static bool open_all(struct core *c, const struct config *cfg, struct dp_cmd *cmds, char *error,
		     size_t cap)
{
	for (unsigned i = 0; i < cfg->n_hubs; i++) {
		c->hubs[i].index = (uint16_t)i;
		if (has_way_out(&cfg->hubs[i]) &&
		    !hub_open(c, &c->hubs[i], &cfg->hubs[i], &cmds[i], error, cap))
			return false;
	}
	return true;
}

static void close_queues(struct core *c, const struct dp_cmd *cmds, unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		for (unsigned w = 0; c->hubs[i].used && w < c->cfg.workers; w++)
			c->os->close(c->os->ctx, cmds[i].u.hub.tap[w]);
	}
}

static void announce(struct core *c, const struct hub_run *h, const struct dp_cmd *cmd)
{
	struct dp_cmd own = {.kind = DP_CMD_NEIGH_ADD};

	command_all(c, cmd);
	/* fe80::2 is the next hop of the host's route to the sessions */
	own.u.neigh.hub = h->index;
	own.u.neigh.prefix6 = IPV6_LINK_PREFIX;
	dp_hub_mac(h->index, own.u.neigh.mac);
	if (h->prefixes.n)
		command_all(c, &own);
	log_line(LOG_LEVEL_INFO, "core", "event=hub-up hub=%s tap=%s nat=%s ipv6=%s", h->name,
		 h->tap, h->nat ? "yes" : "no", h->prefixes.n ? "yes" : "no");
}

bool hubs_open(struct core *c, const struct config *cfg, char *error, size_t cap)
{
	struct dp_cmd *cmds = calloc(cfg->n_hubs + 1, sizeof(*cmds));
	bool ok = false;

	snprintf(error, cap, "memory is short");
	if (cmds)
		ok = open_all(c, cfg, cmds, error, cap);
	for (unsigned i = 0; ok && i < cfg->n_hubs; i++) {
		if (c->hubs[i].used)
			announce(c, &c->hubs[i], &cmds[i]);
	}
	if (!ok && cmds) {
		close_queues(c, cmds, cfg->n_hubs);
		hubs_close(c);
	}
	free(cmds);
	return ok;
}

void hubs_close(struct core *c)
{
	struct priv_result r;

	for (unsigned i = 0; i < CFG_HUBS_MAX; i++) {
		struct hub_run *h = &c->hubs[i];

		if (!h->used)
			continue;
		if (h->nat)
			c->cfg.priv->nat_off(c->cfg.priv->ctx, h->tap, &r);
		c->cfg.priv->close_tap(c->cfg.priv->ctx, h->tap, &r);
		prefixes_free(&h->prefixes);
		h->used = h->nat = false;
	}
}

bool hubs_unchanged(struct core *c, const struct config *cfg)
{
	if (cfg->n_hubs != c->config->n_hubs)
		return false;
	for (unsigned i = 0; i < cfg->n_hubs; i++) {
		const struct cfg_hub *a = &cfg->hubs[i], *b = &c->config->hubs[i];

		if (strcasecmp(a->name, b->name) != 0 || a->online != b->online ||
		    a->securenat != b->securenat || a->nat != b->nat || a->host_ip != b->host_ip ||
		    a->prefix != b->prefix || a->engine != b->engine || a->net6 != b->net6 ||
		    a->prefix6 != b->prefix6 || a->n_dns6 != b->n_dns6 ||
		    memcmp(a->dns6, b->dns6, a->n_dns6 * sizeof(a->dns6[0])) != 0)
			return false;
	}
	return true;
}
