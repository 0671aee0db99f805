/*
 * hubs: brings one hub up or down: its way out (TAP and NAT; bridge.c has the other), the
 * workers' tables, its rules, its sessions. Called by hubs_apply and at the end. All privileged
 * acts go through priv_ops.
 */
#include "core_i.h"

#include <ctype.h>
#include <stdlib.h>
#include <strings.h>

#define STOP_ROUNDS 200 /* core_wait() each: until the workers have forgotten a hub */

struct hub_run *hub_by_name(struct core *c, const char *name)
{
	for (unsigned i = 0; i < CFG_HUBS_MAX; i++) {
		struct hub_run *h = &c->hubs[i];

		if (h->used && !h->closing && strcasecmp(h->name, name) == 0)
			return h;
	}
	return NULL;
}

struct hub_run *hub_open_to(const struct peer *p, const struct cfg_hub *h)
{
	struct hub_run *run = hub_by_name(p->core, h->name);

	if (!h->online)
		story_refuse(p, "hub-offline", "the hub %s is offline", h->name);
	else if (!run)
		story_refuse(p, "no-hub", "the hub %s is not up: it has no way out", h->name);
	return h->online ? run : NULL;
}

bool hub_has_room(const struct peer *p, const struct cfg_hub *h, uint32_t others)
{
	return !h->max_sessions || others < h->max_sessions ||
	       story_refuse(p, "hub-full", "the hub %s has %u sessions: max-session is %u", h->name,
			    others, h->max_sessions);
}

bool hub_admits(struct session *s, const struct account *a)
{
	const struct hub_run *run;
	uint32_t others;

	if (!a->hub)
		return story_refuse(s->peer, "no-hub", "there is no hub for the profile %s",
				    a->group->name);
	run = hub_open_to(s->peer, a->hub);
	if (!run)
		return false;
	others = run->n_logins - (!list_empty(&s->login_node) && s->login_hub == run->index);
	if (!hub_has_room(s->peer, a->hub, others))
		return false;
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

bool hub_queues_came(struct core *c, struct priv_result *r, const char *what)
{
	if (r->ok && r->n_fds == c->cfg.workers)
		return true;
	if (r->ok)
		snprintf(r->error, sizeof(r->error), "%u %s instead of %u", r->n_fds, what,
			 c->cfg.workers);
	for (unsigned i = 0; i < r->n_fds; i++)
		c->os->close(c->os->ctx, r->fds[i]);
	return false;
}

void hub_queues_put(struct dp_hub *out, const struct priv_result *r)
{
	for (unsigned w = 0; w < DP_WORKERS_MAX; w++)
		out->tap[w] = r && w < r->n_fds ? r->fds[w] : -1;
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
	return hub_queues_came(c, r, "TAP queues");
}

static bool nat_on(struct core *c, struct hub_run *h, struct priv_result *r)
{
	struct priv_nat req = {.net = net_of(h->host_ip, h->prefix), .prefix = h->prefix};

	snprintf(req.tap, sizeof(req.tap), "%s", h->tap);
	c->cfg.priv->nat_on(c->cfg.priv->ctx, &req, r);
	return r->ok;
}

static void way_out_close(struct core *c, struct hub_run *h)
{
	struct priv_result r;

	if (h->nat)
		c->cfg.priv->nat_off(c->cfg.priv->ctx, h->tap, &r);
	if (!h->bridge[0] || h->way_index)
		c->cfg.priv->close_tap(c->cfg.priv->ctx, h->tap, &r);
	h->way_index = 0;
	prefixes_free(&h->prefixes);
	h->used = h->nat = false;
}

static bool open_secure_nat(struct core *c, struct hub_run *h, const struct cfg_hub *cfg,
			    struct dp_cmd *cmd, char *error, size_t cap)
{
	struct priv_result r = {0};

	h->host_ip = cfg->host_ip;
	h->prefix = cfg->prefix;
	h->prefix6 = cfg->prefix6;
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
	host_mac(h, cmd->u.hub.tap_mac);
	cmd->u.hub.tap_ip = h->host_ip;
	hub_queues_put(&cmd->u.hub, &r);
	h->nat = cfg->nat && nat_on(c, h, &r);
	if (cfg->nat && !h->nat) {
		snprintf(error, cap, "hub %s: %s", cfg->name, r.error);
		return false;
	}
	return true;
}

/* cmd: what the workers are to be told; its queues are open when h->used, also after a failure. */
static bool hub_open(struct core *c, struct hub_run *h, const struct cfg_hub *cfg,
		     struct dp_cmd *cmd, char *error, size_t cap)
{
	snprintf(h->name, sizeof(h->name), "%s", cfg->name);
	snprintf(h->bridge, sizeof(h->bridge), "%s", cfg->bridge);
	tap_name(c, h);
	cmd->kind = DP_CMD_HUB_ADD;
	cmd->u.hub.hub = h->index;
	h->rules = rules_new(c, cfg);
	if (!h->rules) {
		snprintf(error, cap, "hub %s: memory is short", cfg->name);
		return false;
	}
	if (!h->bridge[0])
		return open_secure_nat(c, h, cfg, cmd, error, cap);
	h->used = true;
	bridge_start(c, h, &cmd->u.hub);
	return true;
}

static void close_queues(struct core *c, const struct dp_cmd *cmd)
{
	for (unsigned w = 0; w < c->cfg.workers; w++)
		c->os->close(c->os->ctx, cmd->u.hub.tap[w]);
}

static void announce(struct core *c, struct hub_run *h, const struct dp_cmd *cmd)
{
	struct dp_cmd own = {.kind = DP_CMD_NEIGH_ADD};

	command_all(c, cmd);
	rules_tell(c, h);
	/* fe80::2 is the next hop of the host's route to the sessions */
	own.u.neigh.hub = h->index;
	own.u.neigh.prefix6 = IPV6_LINK_PREFIX;
	dp_hub_mac(h->index, own.u.neigh.mac);
	if (h->prefixes.n)
		command_all(c, &own);
	log_line(LOG_LEVEL_INFO, "core",
		 "event=hub-up hub=%s %s=%s nat=%s ipv6=%s access_rules=%zu", h->name,
		 h->bridge[0] ? "bridge" : "tap", h->bridge[0] ? h->bridge : h->tap,
		 h->nat ? "yes" : "no", h->prefixes.n ? "yes" : "no",
		 access_list_rules(h->rules->access));
}

/* Not the place that a hub had just now: frames for that one may still be between workers. */
static struct hub_run *free_place(struct core *c)
{
	for (unsigned i = 0; i < CFG_HUBS_MAX; i++) {
		unsigned at = (c->next_hub + i) % CFG_HUBS_MAX;

		if (c->hubs[at].used)
			continue;
		c->next_hub = at + 1;
		c->hubs[at] = (struct hub_run){.index = (uint16_t)at};
		return &c->hubs[at];
	}
	return NULL;
}

struct hub_run *hub_start(struct core *c, const struct cfg_hub *cfg, char *error, size_t cap)
{
	struct hub_run *h = free_place(c);
	struct dp_cmd cmd = {0};

	if (!h) {
		snprintf(error, cap, "hub %s: every place for a hub is taken", cfg->name);
		return NULL;
	}
	if (hub_open(c, h, cfg, &cmd, error, cap)) {
		announce(c, h, &cmd);
		return h;
	}
	if (h->used) {
		close_queues(c, &cmd);
		way_out_close(c, h);
	}
	rules_free(c, h);
	return NULL;
}

/* ---- the end of one ---- */

static void end_sessions(struct core *c, const struct hub_run *h, const char *why)
{
	list_each (&c->sessions, it) {
		struct session *s = list_entry(it, struct session, node);

		if (strcmp(name_text(s->hub_name), h->name) != 0)
			continue;
		session_leave(s);
		if (s->state <= SESSION_UP)
			session_event(s, SESSION_EV_CLOSE, why);
	}
	core_drain(c);
}

void hub_acked(struct core *c, uint64_t index, bool ok)
{
	struct hub_run *h = &c->hubs[index % CFG_HUBS_MAX];

	if (!ok)
		log_line(LOG_LEVEL_ERROR, "core", "event=hub-not-removed hub=%s", h->name);
	if (h->acks)
		h->acks--;
}

void hub_stop(struct core *c, struct hub_run *h, const char *why)
{
	struct dp_cmd del = {.kind = DP_CMD_HUB_DEL, .cookie = ack_cookie(ACK_HUB, h->index)};

	h->closing = true;
	log_line(LOG_LEVEL_INFO, "core", "event=hub-down hub=%s tap=%s sessions=%u reason=%s",
		 h->name, h->tap, h->n_logins, why);
	end_sessions(c, h, why);
	etherip_hub_down(c, h->index, why);
	del.u.hub.hub = h->index;
	h->acks = c->cfg.workers;
	command_all(c, &del);
	for (unsigned i = 0; i < STOP_ROUNDS && h->acks; i++) {
		if (c->cfg.threads)
			core_wait(c);
		core_run(c);
	}
	/* without the answers its place is not given to another one */
	if (h->acks)
		log_line(LOG_LEVEL_ERROR, "core", "event=hub-not-removed hub=%s", h->name);
	way_out_close(c, h);
	h->used = h->acks > 0;
	if (!h->used)
		rules_free(c, h);
}

/* Translation can change under the sessions. */
bool hub_set_nat(struct core *c, struct hub_run *h, bool on, char *error, size_t cap)
{
	struct priv_result r = {0};

	if (h->nat == on || h->bridge[0])
		return true;
	if (on)
		nat_on(c, h, &r);
	else
		c->cfg.priv->nat_off(c->cfg.priv->ctx, h->tap, &r);
	if (r.ok)
		h->nat = on;
	else
		snprintf(error, cap, "hub %s: %s", h->name, r.error);
	return r.ok;
}

void hubs_close(struct core *c)
{
	for (unsigned i = 0; i < CFG_HUBS_MAX; i++) {
		if (c->hubs[i].used && !c->hubs[i].closing)
			way_out_close(c, &c->hubs[i]);
		c->hubs[i].used = false;
	}
}
