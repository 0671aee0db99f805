/*
 * lac: one L2TP/IPsec client (RFC 3193) from the initiator's side: makes the
 * rooms, takes what comes from the network, the user and the clock. Called by
 * the scripts and by sekisho-lac. Never does I/O; every slow sum leaves as an
 * action.
 */
#include <stdlib.h>
#include <string.h>

#include "lac_i.h"
#include "wire/esp.h"

#define TIMERS_A_RUN 64
#define SUITES_MAX   32

static const struct ike_policy builtin_policies[] = {
	{1, 7, 256, PRIM_SHA1, 14, IKE_AUTH_PSK, 28800},
	{2, 7, 128, PRIM_SHA256, 19, IKE_AUTH_PSK, 28800},
};

/* with a certificate */
static const struct ike_policy builtin_rsa[] = {
	{1, 7, 256, PRIM_SHA256, 14, IKE_AUTH_RSA, 28800},
	{2, 7, 256, PRIM_SHA1, 14, IKE_AUTH_RSA, 28800},
	{3, 7, 128, PRIM_SHA256, 19, IKE_AUTH_RSA, 28800},
};

static const struct ike_esp builtin_esps[] = {
	{.alg = {BURST_AES_CBC, 32, BURST_HMAC_SHA1_96},
	 .transport = true,
	 .name = "AES-256 SHA-1"},
	{.alg = {BURST_AES_CBC, 16, BURST_HMAC_SHA256_128},
	 .transport = true,
	 .name = "AES-128 SHA-256"},
};

/* ---- what ike asks ---- */

static void host_random(void *ctx, void *buf, size_t len)
{
	struct lac *l = ctx;

	l->cfg.random(l->cfg.random_ctx, buf, len);
}

static bool host_psk(void *ctx, const struct flow *flow, const struct ike_id *id,
		     struct secret *out)
{
	struct lac *l = ctx;

	(void)flow;
	(void)id;
	return l->psk.len && secret_set(out, l->psk.b, l->psk.len);
}

static int64_t host_wall_s(void *ctx)
{
	struct lac *l = ctx;

	return l->cfg.wall_s(l->cfg.random_ctx);
}

static uint32_t host_spi(void *ctx, ike_peer_id peer)
{
	struct lac *l = ctx;
	uint32_t spi = 0;

	(void)peer;
	while (spi < ESP_SPI_MIN || esp_has_spi(&l->esp, spi))
		host_random(l, &spi, sizeof(spi));
	return spi;
}

/* ---- making ---- */

static void *copy_of(const void *p, size_t len)
{
	void *to = malloc(len);

	return to ? memcpy(to, p, len) : NULL;
}

/* With a certificate every suite is authenticated by it, and message 5 is large. */
static void use_certificate(struct lac *l)
{
	l->ike_profile.auth = IKE_AUTH_RSA;
	for (size_t i = 0; l->policies && i < l->cfg.n_policies; i++)
		l->policies[i].auth = IKE_AUTH_RSA;
	if (!l->cfg.fragment_mtu)
		l->cfg.fragment_mtu = 1280;
}

static bool copy_config(struct lac *l, const struct lac_config *cfg)
{
	bool own = cfg->policies && cfg->n_policies, own_esp = cfg->esps && cfg->n_esps;
	size_t n = own ? cfg->n_policies : sizeof(builtin_policies) / sizeof(*builtin_policies);
	struct ike_policy profile_policies[SUITES_MAX];
	struct ike_esp profile_esps[SUITES_MAX];
	const struct ike_policy *builtin = builtin_policies;
	size_t n_esp = own_esp ? cfg->n_esps : sizeof(builtin_esps) / sizeof(*builtin_esps);

	if (!own && cfg->pki.n_chains) {
		builtin = builtin_rsa;
		n = sizeof(builtin_rsa) / sizeof(*builtin_rsa);
	}
	l->cfg = *cfg;
	l->cfg.psk = l->cfg.password = (struct bytes){NULL, 0};
	if (strlen(cfg->user) >= sizeof(l->user) ||
	    !secret_set(&l->psk, cfg->psk.p, cfg->psk.len) ||
	    !secret_set(&l->password, cfg->password.p, cfg->password.len))
		return false;
	memcpy(l->user, cfg->user, strlen(cfg->user) + 1);
	l->cfg.user = l->user;
	if (!lac_play_config(l))
		return false;
	if (!own && l->cfg.profile)
		n = ike_profile_policies(&l->ike_profile, profile_policies, SUITES_MAX);
	if (!own_esp && l->cfg.profile)
		n_esp = ike_profile_esps(&l->ike_profile, profile_esps, SUITES_MAX);
	l->policies = copy_of(own              ? cfg->policies
			      : l->cfg.profile ? profile_policies
					       : builtin,
			      n * sizeof(*l->policies));
	l->esps = copy_of(own_esp          ? cfg->esps
			  : l->cfg.profile ? profile_esps
					   : builtin_esps,
			  n_esp * sizeof(*l->esps));
	l->cfg.policies = l->policies;
	l->cfg.n_policies = n;
	l->cfg.esps = l->esps;
	l->cfg.n_esps = n_esp;
	if (l->cfg.pki.n_chains)
		use_certificate(l);
	if (!l->cfg.local.port)
		l->cfg.local.port = l->cfg.raw ? LAC_L2TP_PORT : 500;
	if (l->cfg.raw)
		l->cfg.l2tp_port = l->cfg.local.port;
	else if (!l->cfg.l2tp_port)
		l->cfg.l2tp_port = LAC_L2TP_PORT;
	if (!l->cfg.mru)
		l->cfg.mru = 1400;
	return l->policies && l->esps;
}

static bool make_ike(struct lac *l)
{
	struct ike_config ic = {
		.host = {.ctx = l, .random = host_random, .psk = host_psk, .spi = host_spi},
		.pki = l->cfg.pki,
		.work = l->sh->ike,
		.timers = &l->timers,
		.policies = l->policies,
		.n_policies = l->cfg.n_policies,
		.esps = l->esps,
		.n_esps = l->cfg.n_esps,
		.natt = l->cfg.natt,
		.keepalive_s = 20,
		.fragment_mtu = l->cfg.fragment_mtu,
		.esp_life_s = 3600,
		.esp_life_kb = l->cfg.esp_life_kb ? l->cfg.esp_life_kb : 250000,
		.half_open_max = 2,
		.half_open_per_source_max = 1,
		.sa_max = 4,
		.dh_jobs_max = 2,
		.half_open_ms = 30000,
		.retransmit_ms = 1000,
	};

	if (l->cfg.raw)
		return true;
	if (l->cfg.wall_s)
		ic.host.wall_s = host_wall_s;
	lac_play_ike(l, &ic);
	l->ike = ike_new(&ic);
	return l->ike != NULL;
}

static bool make_l2tp(struct lac *l)
{
	struct l2tp_config lc = {
		.host_name = "sekisho-lac",
		.vendor_name = "Sekisho",
		.rx_window = 4,
		.retransmit_ms = 1000,
		.retransmit_max_ms = 8000,
		.retransmit_tries = 5,
		.tunnels_max = LAC_TUNNELS,
		.tunnels_per_owner_max = 1,
		.calls_per_tunnel_max = 1,
		.work = l->sh->l2tp,
		.random = l->cfg.random,
		.random_ctx = l->cfg.random_ctx,
		.timers = &l->timers,
	};

	if (!secret_set(&lc.secret, l->cfg.l2tp_secret.p, l->cfg.l2tp_secret.len))
		return false;
	l->cfg.l2tp_secret = (struct bytes){NULL, 0};
	lac_play_l2tp(l, &lc);
	l->l2tp = l2tp_new(&lc);
	secret_wipe(&lc.secret);
	return l->l2tp != NULL;
}

struct lac *lac_new(const struct lac_config *cfg)
{
	struct lac *l = calloc(1, sizeof(*l));

	if (!l)
		return NULL;
	l->guard.fire = lac_guard_fired;
	l->inform.fire = lac_inform_fired;
	l->worn.fire = lac_worn_fired;
	l->own_shared = !cfg->shared;
	l->sh = cfg->shared ? cfg->shared : shared_new(BURST_LIBCRYPTO);
	if (l->sh)
		l->esp.yard = &l->sh->yard;
	if (l->sh && copy_config(l, cfg) && make_ike(l) && make_l2tp(l))
		return l;
	lac_free(l);
	return NULL;
}

/* Sums that nobody has taken go back: they are ike's. */
static void return_sums(struct lac *l)
{
	const struct lac_act *a;

	while ((a = lac_next(l))) {
		if (a->kind == LAC_ACT_DH)
			ike_dh_done(l->ike, 0, a->job);
	}
}

void lac_free(struct lac *l)
{
	if (!l)
		return;
	return_sums(l);
	ppp_free(l->ppp);
	if (l->l2tp)
		l2tp_free(l->l2tp);
	if (l->ike)
		ike_free(l->ike);
	esp_wipe(&l->esp);
	if (l->own_shared)
		lac_shared_free(l->sh);
	free(l->policies);
	free(l->esps);
	secret_zero(l, sizeof(*l));
	free(l);
}

/* ---- events ---- */

void lac_dial(struct lac *l, uint64_t now_ms)
{
	lac_event(l, now_ms, l->cfg.raw ? EV_DIAL_RAW : EV_DIAL, NULL);
	lac_drain(l, now_ms);
}

void lac_hang_up(struct lac *l, uint64_t now_ms)
{
	lac_event(l, now_ms, EV_HANG_UP, "hang-up");
	lac_drain(l, now_ms);
}

void lac_renew(struct lac *l, uint64_t now_ms)
{
	if (l->state == LAC_UP && l->ike)
		ike_renew(l->ike, now_ms, l->server);
	lac_drain(l, now_ms);
}

void lac_rekey(struct lac *l, uint64_t now_ms)
{
	if (l->state == LAC_UP && l->ike)
		ike_rekey(l->ike, now_ms, l->server);
	lac_drain(l, now_ms);
}

/* What shares the server's port 4500 (RFC 3948 section 2). */
static void encapsulated_in(struct lac *l, uint64_t now_ms, const struct flow *flow,
			    struct bytes datagram)
{
	struct rd r = rd_of_bytes(datagram);
	uint32_t marker = rd_u32(&r);

	if (datagram.len == 1 && datagram.p[0] == NATT_KEEPALIVE)
		return;
	if (!rd_ok(&r))
		lac_drop(l, LAC_DROP_SHORT);
	else if (marker == 0)
		ike_input(l->ike, now_ms, flow, true, rd_rest(&r));
	else
		lac_esp_in(l, now_ms, datagram);
}

void lac_input(struct lac *l, uint64_t now_ms, const struct flow *flow, bool raw_esp,
	       struct bytes datagram)
{
	struct flow at = *flow;

	/* one name for both of our ports: ike compares flows, and ours never moves */
	at.local = l->cfg.local;
	if (l->cfg.raw)
		lac_plain_in(l, now_ms, flow, datagram);
	else if (raw_esp)
		lac_esp_in(l, now_ms, datagram);
	else if (flow->remote.port == 4500)
		encapsulated_in(l, now_ms, &at, datagram);
	else
		ike_input(l->ike, now_ms, &at, false, datagram);
	lac_drain(l, now_ms);
}

void lac_dh_done(struct lac *l, uint64_t now_ms, struct ike_dh_job *job)
{
	ike_dh_done(l->ike, now_ms, job);
	lac_drain(l, now_ms);
}

bool lac_get_up6(const struct lac *l, struct ppp_up6 *out)
{
	*out = l->up6;
	return l->ipv6_open;
}

void lac_send(struct lac *l, uint64_t now_ms, struct bytes ip_packet)
{
	lac_send_packet(l, now_ms, ip_packet);
	lac_drain(l, now_ms);
}

void lac_run(struct lac *l, uint64_t now_ms)
{
	timerq_run(&l->timers, now_ms, TIMERS_A_RUN);
	lac_drain(l, now_ms);
}

uint64_t lac_next_ms(const struct lac *l)
{
	return timerq_next_ms(&l->timers);
}

enum lac_state lac_get_state(const struct lac *l)
{
	return l->state;
}

const struct ppp_up *lac_get_up(const struct lac *l)
{
	return l->state == LAC_UP ? &l->up : NULL;
}

const char *lac_down_reason(const struct lac *l)
{
	return l->state == LAC_DOWN ? l->reason : NULL;
}

/* ---- counters ---- */

static const char *const drop_names[LAC_DROPS] = {
	[LAC_DROP_NONE] = "none",       [LAC_DROP_SHORT] = "short",
	[LAC_DROP_LONG] = "long",       [LAC_DROP_SPI] = "spi",
	[LAC_DROP_REPLAY] = "replay",   [LAC_DROP_ICV] = "icv",
	[LAC_DROP_PADDING] = "padding", [LAC_DROP_NEXT] = "next-header",
	[LAC_DROP_PORT] = "port",       [LAC_DROP_ADDRESS] = "address",
	[LAC_DROP_NO_SA] = "no-sa",     [LAC_DROP_SEQUENCE] = "sequence",
	[LAC_DROP_NOT_UP] = "not-up",   [LAC_DROP_QUEUE] = "queue",
};

bool lac_drop_counter(const struct lac *l, unsigned n, const char **name, uint64_t *count)
{
	if (n + 1 >= LAC_DROPS)
		return false;
	*name = drop_names[n + 1];
	*count = l->drops[n + 1];
	return true;
}
