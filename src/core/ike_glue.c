/*
 * ike_glue: the configuration as ike's, its questions answered, its actions
 * carried out. Called by core and drain.
 */
#include "core_i.h"
#include "ike_suites.h"

#include <stdlib.h>

/* ---- what ike asks ---- */

static void host_random(void *ctx, void *buf, size_t len)
{
	struct core *c = ctx;

	c->os->random(c->os->ctx, buf, len);
}

/* In Aggressive Mode a client's name may be that of a tunnel group (RFC 2407 4.6.2.1: a host
 * name, a user at a host, a key's name; what an address says is nobody's name). */
static const struct cfg_tunnel_group *named_group(const struct core *c, const struct ike_id *id)
{
	char name[CFG_NAME_MAX + 1];
	const struct cfg_tunnel_group *g;

	if (!id || (id->type != 2 && id->type != 3 && id->type != 11) || id->len > CFG_NAME_MAX)
		return NULL;
	memcpy(name, id->data, id->len);
	name[id->len] = '\0';
	g = strlen(name) == id->len ? config_group(c->config, name) : NULL;
	return g && g->psk_set ? g : NULL;
}

static bool host_psk(void *ctx, const struct flow *flow, const struct ike_id *id,
		     struct secret *out)
{
	const struct core *c = ctx;
	const struct cfg_tunnel_group *g = named_group(c, id);

	(void)flow;
	if (!g)
		g = config_group(c->config, "DefaultRAGroup");
	return g && g->psk_set && secret_set(out, g->psk.b, g->psk.len);
}

/* The worker's number in the low bits, the rest random; never one that is in use. */
static uint32_t host_spi(void *ctx, ike_peer_id peer)
{
	struct core *c = ctx;
	struct peer *p = core_peer_by_ike(c, peer);
	uint32_t mask = (UINT32_C(1) << c->shard_bits) - 1;

	if (!p)
		return 0;
	for (unsigned tries = 0; tries < 64; tries++) {
		uint32_t spi;

		host_random(c, &spi, sizeof(spi));
		spi = (spi & ~mask) | p->worker;
		if (spi > 255 && !core_child_has_spi(c, spi))
			return spi;
	}
	return 0;
}

/* An SPI names its worker. */
static bool host_may_move(void *ctx, ike_peer_id from, ike_peer_id to)
{
	const struct peer *a = core_peer_by_ike(ctx, from), *b = core_peer_by_ike(ctx, to);

	return a && b && a->worker == b->worker;
}

/* ---- configuration ---- */

static void fill(struct core *c, const struct config *cfg, struct ike_config *out,
		 struct ike_policy *policies, struct ike_esp *esps)
{
	const struct cfg_tunnel_group *g = config_group(cfg, "DefaultRAGroup");

	*out = (struct ike_config){
		.host = {.ctx = c,
			 .random = host_random,
			 .psk = host_psk,
			 .spi = host_spi,
			 .may_move = host_may_move,
			 .keys = debug_keys_line},
		.timers = &c->timers,
		.natt = cfg->natt,
		.force_encap = cfg->natt && cfg->natt_force,
		.keepalive_s = 0, /* the workers send them: peer.c */
		.aggressive = cfg->aggressive,
		.fragment_mtu = cfg->fragment_mtu,
		.esp_life_s = cfg->esp_life_s,
		.esp_life_kb = cfg->esp_life_kb,
		.rekey = true,
		.serves = (uint8_t)((config_l2tp_enabled(cfg) ? IKE_SERVES_L2TP : 0) |
				    (cfg->services.etherip ? IKE_SERVES_ETHERIP : 0)),
		.dpd_s = g && g->keepalive ? g->keepalive_s : 0,
		.dpd_retry_s = g ? g->keepalive_retry_s : 0,
		.half_open_max = 4096,
		.half_open_per_source_max = 64,
		.sa_max = c->cfg.sessions_max * c->cfg.workers,
		.dh_jobs_max = 256,
		.dh_us_per_second = 200000 * (c->cfg.workers > 2 ? c->cfg.workers : 2),
		.dh_net_us_per_second = 100000,
		.half_open_ms = 30000,
		.retransmit_ms = 1000,
	};
	out->policies = policies;
	out->n_policies = ike_suites_policies(cfg, policies);
	out->esps = esps;
	out->n_esps = ike_suites_esps(cfg, esps);
}

/* H-01; once, when it becomes so. */
static void warn_aggressive(const struct config *before, const struct config *cfg)
{
	if (cfg->aggressive && !(before && before->aggressive))
		log_line(LOG_LEVEL_WARNING, "ike",
			 "event=aggressive-mode-on risk=\"whoever sends one packet can guess the "
			 "pre-shared key offline\" off=\"crypto ikev1 am-disable\"");
}

struct ike *ike_glue_new(struct core *c, const struct config *cfg)
{
	struct ike_policy policies[POLICIES_MAX];
	struct ike_esp esps[ESPS_MAX];
	struct ike_config ic;

	fill(c, cfg, &ic, policies, esps);
	warn_aggressive(NULL, cfg);
	return ike_new(&ic);
}

bool ike_glue_apply(struct core *c, const struct config *cfg)
{
	struct ike_policy policies[POLICIES_MAX];
	struct ike_esp esps[ESPS_MAX];
	struct ike_config ic;

	fill(c, cfg, &ic, policies, esps);
	warn_aggressive(c->config, cfg);
	return ike_reconfigure(c->ike, &ic);
}

/* ---- actions ---- */

static void send_isakmp(struct core *c, const struct ike_act *a)
{
	struct dp_cmd cmd = {.kind = DP_CMD_SEND_ISAKMP};

	cmd.u.isakmp.flow = a->flow;
	cmd.u.isakmp.natt = a->natt;
	cmd.u.isakmp.len = (uint32_t)a->bytes.len;
	command_send(c, 0, &cmd, a->bytes.p);
}

static void phase1_up(struct core *c, const struct ike_act *a)
{
	if (core_peer_new(c, a))
		return;
	story_add(c, a->sa, &a->flow, NOTE_REFUSED, "too-many-sessions",
		  "every place for a peer is taken");
	ike_close(c->ike, core_now(c), a->peer, "too-many-sessions");
}

static void child_add(struct core *c, const struct ike_act *a)
{
	struct peer *p = core_peer_by_ike(c, a->peer);

	/* an SPI that was chosen for a peer that has joined this one names another worker */
	if (!p || (a->keys.spi_in & ((UINT32_C(1) << c->shard_bits) - 1)) != p->worker ||
	    !core_child_new(p, a->child, &a->keys))
		ike_child_added(c->ike, core_now(c), a->child, false);
}

static void child_moved(struct core *c, const struct ike_act *a)
{
	struct child *ch = core_child_by_id(c, a->child);
	struct peer *p = core_peer_by_ike(c, a->peer);

	if (ch && p)
		core_child_move(ch, p);
}

static void child_up(struct core *c, const struct ike_act *a)
{
	struct child *ch = core_child_by_id(c, a->child);

	if (ch)
		core_child_send_on(ch);
}

/* Only the workers know whether its sessions are in use: the answers are signs of life. */
/* Its counters and a Hello: is anybody there? */
static void peer_silent(struct peer *p)
{
	l2tp_owner_probe(p->core->l2tp, core_now(p->core), p->handle);
	list_each (&p->sessions, it) {
		struct session *s = list_entry(it, struct session, peer_node);

		if (s->installed)
			command_stats(s, 0);
	}
	etherip_silent(p);
}

void ike_action(struct core *c, const struct ike_act *a)
{
	struct peer *p = core_peer_by_ike(c, a->peer);
	struct child *ch;

	switch (a->kind) {
	case IKE_ACT_SEND:
		send_isakmp(c, a);
		break;
	case IKE_ACT_NOTE:
		story_note(c, p ? p->sa : a->sa, &a->flow, &a->note);
		break;
	case IKE_ACT_DH:
		core_submit(c, a->job);
		break;
	case IKE_ACT_SIGN: /* no policy of the configuration has signatures */
		ike_signed(c->ike, core_now(c), a->sa, (struct bytes){NULL, 0});
		break;
	case IKE_ACT_UP:
		phase1_up(c, a);
		break;
	case IKE_ACT_RENEWED:
		if (p) {
			story_joins(c, a->sa, p->sa);
			core_peer_renewed(p, a->sa, &a->flow);
		}
		break;
	case IKE_ACT_ORPHAN:
		if (p)
			core_peer_orphan(p);
		break;
	case IKE_ACT_RESTARTED:
		if (p)
			core_peer_restarted(p, a->sa);
		break;
	case IKE_ACT_SILENT:
		if (p)
			peer_silent(p);
		break;
	case IKE_ACT_DOWN:
		if (p)
			core_peer_down(p, a->reason);
		break;
	case IKE_ACT_PATH:
		if (p)
			core_peer_moved(p, &a->flow);
		break;
	case IKE_ACT_CHILD_ADD:
		child_add(c, a);
		break;
	case IKE_ACT_CHILD_UP:
		child_up(c, a);
		break;
	case IKE_ACT_CHILD_MOVED:
		child_moved(c, a);
		break;
	case IKE_ACT_CHILD_DOWN:
		if ((ch = core_child_by_id(c, a->child)))
			core_child_free(ch);
		break;
	}
}
