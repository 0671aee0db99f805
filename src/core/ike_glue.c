/*
 * ike_glue: the configuration as ike's, its questions answered, its actions
 * carried out. Called by core and drain.
 */
#include "core_i.h"

#include <stdlib.h>

#define ESPS_MAX     32
#define POLICIES_MAX 64

/* Strongest first; every current native client can meet one (clients.md 1). */
static const struct ike_policy builtin_policies[] = {
	{0, 7, 256, PRIM_SHA384, 20, IKE_AUTH_PSK, 86400},
	{0, 7, 256, PRIM_SHA256, 20, IKE_AUTH_PSK, 86400},
	{0, 7, 256, PRIM_SHA1, 20, IKE_AUTH_PSK, 86400},
	{0, 7, 256, PRIM_SHA256, 19, IKE_AUTH_PSK, 86400},
	{0, 7, 128, PRIM_SHA256, 19, IKE_AUTH_PSK, 86400},
	{0, 7, 128, PRIM_SHA1, 19, IKE_AUTH_PSK, 86400},
	{0, 7, 256, PRIM_SHA512, 14, IKE_AUTH_PSK, 86400},
	{0, 7, 256, PRIM_SHA384, 14, IKE_AUTH_PSK, 86400},
	{0, 7, 256, PRIM_SHA256, 14, IKE_AUTH_PSK, 86400},
	{0, 7, 192, PRIM_SHA256, 14, IKE_AUTH_PSK, 86400},
	{0, 7, 128, PRIM_SHA256, 14, IKE_AUTH_PSK, 86400},
	{0, 7, 256, PRIM_SHA1, 14, IKE_AUTH_PSK, 86400},
	{0, 7, 192, PRIM_SHA1, 14, IKE_AUTH_PSK, 86400},
	{0, 7, 128, PRIM_SHA1, 14, IKE_AUTH_PSK, 86400},
};

/* SHA-1 before SHA-256: old Androids truncate the latter wrongly (clients.md 1.3). */
static const struct ike_esp builtin_esps[] = {
	{{BURST_AES_CBC, 32, BURST_HMAC_SHA1_96}, true, false, "built-in"},
	{{BURST_AES_CBC, 24, BURST_HMAC_SHA1_96}, true, false, "built-in"},
	{{BURST_AES_CBC, 16, BURST_HMAC_SHA1_96}, true, false, "built-in"},
	{{BURST_AES_CBC, 32, BURST_HMAC_SHA256_128}, true, false, "built-in"},
	{{BURST_AES_CBC, 24, BURST_HMAC_SHA256_128}, true, false, "built-in"},
	{{BURST_AES_CBC, 16, BURST_HMAC_SHA256_128}, true, false, "built-in"},
};

static const struct cfg_transform_set *set_by_name(const struct config *cfg, const char *name)
{
	for (unsigned i = 0; i < cfg->n_sets; i++) {
		if (strcmp(cfg->sets[i].name, name) == 0)
			return &cfg->sets[i];
	}
	return NULL;
}

static bool map_is_used(const struct config *cfg, const char *dynmap)
{
	for (unsigned m = 0; m < cfg->n_maps; m++) {
		if (strcmp(cfg->maps[m].dynamic, dynmap) != 0)
			continue;
		for (unsigned i = 0; i < cfg->n_interfaces; i++) {
			if (strcmp(cfg->interfaces[i].crypto_map, cfg->maps[m].name) == 0)
				return true;
		}
	}
	return false;
}

static struct ike_esp esp_of(const struct cfg_transform_set *t)
{
	struct ike_esp e = {
		.alg = {BURST_AES_CBC, (uint16_t)(t->key_bits / 8), (enum burst_auth)t->auth},
		.transport = t->transport,
		.tunnel = !t->transport};

	snprintf(e.name, sizeof(e.name), "%.31s", t->name);
	return e;
}

/* The transform sets of the dynamic maps that an interface's crypto map names. */
static size_t configured_esps(const struct config *cfg, struct ike_esp *out, uint32_t *life_s,
			      uint32_t *life_kb)
{
	size_t n = 0;

	for (unsigned d = 0; d < cfg->n_dynmaps; d++) {
		const struct cfg_dynamic_map *dm = &cfg->dynmaps[d];

		if (!map_is_used(cfg, dm->name))
			continue;
		if (dm->life_s)
			*life_s = dm->life_s;
		if (dm->life_kb)
			*life_kb = dm->life_kb;
		for (unsigned i = 0; i < dm->n_sets && n < ESPS_MAX; i++) {
			const struct cfg_transform_set *t = set_by_name(cfg, dm->sets[i]);

			if (t)
				out[n++] = esp_of(t);
		}
	}
	return n;
}

static size_t configured_policies(const struct config *cfg, struct ike_policy *out)
{
	size_t n = 0;

	for (; n < cfg->n_ike && n < POLICIES_MAX; n++) {
		const struct cfg_ike_policy *p = &cfg->ike[n];

		out[n] = (struct ike_policy){
			p->priority, p->cipher,    p->key_bits, (enum prim_hash)p->hash,
			p->group,    IKE_AUTH_PSK, p->life_s};
	}
	return n;
}

/* ---- what ike asks ---- */

static void host_random(void *ctx, void *buf, size_t len)
{
	struct core *c = ctx;

	c->os->random(c->os->ctx, buf, len);
}

static bool host_psk(void *ctx, const struct flow *flow, const struct ike_id *id,
		     struct secret *out)
{
	const struct core *c = ctx;
	const struct cfg_tunnel_group *g = config_group(c->config, "DefaultRAGroup");

	(void)flow;
	(void)id;
	return g && g->psk_set && secret_set(out, g->psk.b, g->psk.len);
}

/* The worker's number in the low bits, the rest random; never one that is in use. */
static uint32_t host_spi(void *ctx, ike_sa_id sa)
{
	struct core *c = ctx;
	struct peer *p = core_peer_by_sa(c, sa);
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

/* ---- configuration ---- */

static void fill(struct core *c, const struct config *cfg, struct ike_config *out,
		 struct ike_policy *policies, struct ike_esp *esps)
{
	*out = (struct ike_config){
		.host = {c, host_random, host_psk, host_spi},
		.timers = &c->timers,
		.natt = cfg->natt,
		.force_encap = cfg->natt && cfg->natt_force,
		.keepalive_s = cfg->natt_keepalive_s,
		.esp_life_s = cfg->esp_life_s,
		.esp_life_kb = cfg->esp_life_kb,
		.half_open_max = 4096,
		.half_open_per_source_max = 64,
		.sa_max = c->cfg.sessions_max * c->cfg.workers,
		.dh_jobs_max = 64,
		.half_open_ms = 30000,
		.retransmit_ms = 1000,
	};
	out->n_policies = configured_policies(cfg, policies);
	out->policies = policies;
	if (!out->n_policies) {
		out->policies = builtin_policies;
		out->n_policies = sizeof(builtin_policies) / sizeof(*builtin_policies);
	}
	out->n_esps = configured_esps(cfg, esps, &out->esp_life_s, &out->esp_life_kb);
	out->esps = esps;
	if (!out->n_esps) {
		out->esps = builtin_esps;
		out->n_esps = sizeof(builtin_esps) / sizeof(*builtin_esps);
	}
}

struct ike *ike_glue_new(struct core *c, const struct config *cfg)
{
	struct ike_policy policies[POLICIES_MAX];
	struct ike_esp esps[ESPS_MAX];
	struct ike_config ic;

	fill(c, cfg, &ic, policies, esps);
	return ike_new(&ic);
}

bool ike_glue_apply(struct core *c, const struct config *cfg)
{
	struct ike_policy policies[POLICIES_MAX];
	struct ike_esp esps[ESPS_MAX];
	struct ike_config ic;

	fill(c, cfg, &ic, policies, esps);
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
	if (core_peer_new(c, a->sa, &a->flow))
		return;
	story_add(c, a->sa, &a->flow, NOTE_REFUSED, "too-many-sessions",
		  "every place for a peer is taken");
	ike_close(c->ike, core_now(c), a->sa, "too-many-sessions");
}

static void child_add(struct core *c, const struct ike_act *a)
{
	struct peer *p = core_peer_by_sa(c, a->sa);

	if (!p || !core_child_new(p, a->child, &a->keys))
		ike_child_added(c->ike, core_now(c), a->child, false);
}

static void child_up(struct core *c, const struct ike_act *a)
{
	struct child *ch = core_child_by_id(c, a->child);

	if (ch)
		core_child_send_on(ch);
}

void ike_action(struct core *c, const struct ike_act *a)
{
	struct peer *p = core_peer_by_sa(c, a->sa);
	struct child *ch;

	switch (a->kind) {
	case IKE_ACT_SEND:
		send_isakmp(c, a);
		break;
	case IKE_ACT_NOTE:
		story_note(c, a->sa, &a->flow, &a->note);
		break;
	case IKE_ACT_DH:
		c->cfg.submit(c->cfg.submit_ctx, a->job);
		break;
	case IKE_ACT_UP:
		phase1_up(c, a);
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
	case IKE_ACT_CHILD_DOWN:
		if ((ch = core_child_by_id(c, a->child)))
			core_child_free(ch);
		break;
	}
}
