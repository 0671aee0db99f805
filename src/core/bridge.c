/*
 * bridge: the way out of a hub that is bridged to an interface of this host. The interface may
 * be absent when the hub comes up, go down, go away, and come back as another one: it is looked
 * at each second, and the sessions stay meanwhile. Called by hubs and hubs_apply. All
 * privileged acts go through priv_ops.
 */
#include "core_i.h"

#define LOOK_MS 1000

static const char *const state_names[] = {
	[WAY_ABSENT] = "absent",
	[WAY_DOWN] = "down",
	[WAY_UP] = "up",
};

const char *way_state_name(enum way_state way)
{
	return state_names[way];
}

/* Told when it changes, and not each second. */
static void set_state(struct hub_run *h, enum way_state way, const char *why)
{
	if (h->way == way && strcmp(h->way_why, why) == 0)
		return;
	h->way = way;
	snprintf(h->way_why, sizeof(h->way_why), "%s", why);
	log_line(way == WAY_UP ? LOG_LEVEL_INFO : LOG_LEVEL_WARNING, "core",
		 "event=bridge-%s hub=%s interface=%s%s%s", way_state_name(way), h->name, h->bridge,
		 *why ? ": " : "", why);
}

static bool open_queues(struct core *c, struct hub_run *h, struct priv_result *r)
{
	struct priv_bridge req = {.queues = (uint16_t)c->cfg.workers};

	snprintf(req.interface, sizeof(req.interface), "%s", h->bridge);
	snprintf(req.tap, sizeof(req.tap), "%s", h->tap);
	c->cfg.priv->open_bridge(c->cfg.priv->ctx, &req, r);
	if (r->ok && !r->index) {
		r->ok = false;
		snprintf(r->error, sizeof(r->error), "the interface has no number");
	}
	return hub_queues_came(c, r, "queues");
}

/* The queues of an interface that is up; look is what was found there. */
static bool try_open(struct core *c, struct hub_run *h, const struct priv_result *look,
		     struct dp_hub *out)
{
	struct priv_result r = {0};

	hub_queues_put(out, NULL);
	if (!look->ok) {
		set_state(h, look->index ? WAY_DOWN : WAY_ABSENT, look->error);
		return false;
	}
	if (!open_queues(c, h, &r)) {
		set_state(h, WAY_ABSENT, r.error);
		return false;
	}
	hub_queues_put(out, &r);
	h->way_index = r.index;
	set_state(h, WAY_UP, "");
	return true;
}

static void look_at(struct core *c, const struct hub_run *h, struct priv_result *look)
{
	*look = (struct priv_result){0};
	c->cfg.priv->look_bridge(c->cfg.priv->ctx, h->bridge, look);
}

static struct dp_cmd way_of(const struct hub_run *h)
{
	struct dp_cmd cmd = {.kind = DP_CMD_HUB_WAY};

	cmd.u.hub.hub = h->index;
	cmd.u.hub.bridged = true;
	return cmd;
}

/* The interface that the queues were of is not there any more. */
static void shut(struct core *c, struct hub_run *h)
{
	struct dp_cmd cmd = way_of(h);
	struct priv_result r;

	hub_queues_put(&cmd.u.hub, NULL);
	command_all(c, &cmd);
	c->cfg.priv->close_tap(c->cfg.priv->ctx, h->tap, &r);
	h->way_index = 0;
}

static void look_after(struct core *c, struct hub_run *h)
{
	struct dp_cmd cmd = way_of(h);
	struct priv_result look;

	look_at(c, h, &look);
	if (h->way_index && look.index == h->way_index) {
		set_state(h, look.ok ? WAY_UP : WAY_DOWN, look.ok ? "" : look.error);
		return;
	}
	if (h->way_index)
		shut(c, h);
	if (try_open(c, h, &look, &cmd.u.hub))
		command_all(c, &cmd);
}

static bool is_bridged(const struct hub_run *h)
{
	return h->used && !h->closing && h->bridge[0];
}

static void look_due(struct timer *t, uint64_t now_ms)
{
	struct core *c = list_entry(t, struct core, bridges);
	bool any = false;

	(void)now_ms;
	for (unsigned i = 0; i < CFG_HUBS_MAX; i++) {
		if (!is_bridged(&c->hubs[i]))
			continue;
		any = true;
		look_after(c, &c->hubs[i]);
	}
	if (any && !c->stopping)
		timerq_arm(&c->timers, &c->bridges, core_now(c) + LOOK_MS);
}

void bridge_start(struct core *c, struct hub_run *h, struct dp_hub *out)
{
	struct priv_result look;

	look_at(c, h, &look);
	out->bridged = true;
	try_open(c, h, &look, out);
	c->bridges.fire = look_due;
	if (!c->bridges.armed)
		timerq_arm(&c->timers, &c->bridges, core_now(c) + LOOK_MS);
}
