/*
 * probe_reach: the way to the server and what it says of itself without a key: does UDP 500
 * answer, does 4500 (RFC 3947 4), which versions of NAT traversal and which extensions does
 * it announce, does it answer Aggressive Mode (RFC 2409 5.4), and L2TP in clear. Called by
 * the command probe.
 */
#include <string.h>

#include "probe.h"

#define TRIES      3
#define WAIT_MS    1000
#define NATT_TRIES 2
#define ALL_NATT   ((1u << IKE_NATT_COUNT) - 1)

/* What nearly every server has something of: the first to be asked. */
static const struct ike_policy common[] = {
	{1, 7, 256, PRIM_SHA256, 14, IKE_AUTH_PSK, 28800},
	{2, 7, 256, PRIM_SHA1, 14, IKE_AUTH_PSK, 28800},
	{3, 7, 128, PRIM_SHA1, 14, IKE_AUTH_PSK, 28800},
	{4, 7, 128, PRIM_SHA256, 14, IKE_AUTH_PSK, 28800},
	{5, 7, 256, PRIM_SHA1, 20, IKE_AUTH_PSK, 28800},
	{6, 7, 256, PRIM_SHA256, 20, IKE_AUTH_PSK, 28800},
	{7, 7, 128, PRIM_SHA256, 19, IKE_AUTH_PSK, 28800},
	{8, 7, 128, PRIM_SHA1, 19, IKE_AUTH_PSK, 28800},
	{9, 7, 256, PRIM_SHA1, 5, IKE_AUTH_PSK, 28800},
	{10, 7, 256, PRIM_SHA1, 2, IKE_AUTH_PSK, 28800},
	{11, 7, 128, PRIM_SHA1, 2, IKE_AUTH_PSK, 28800},
	{12, 5, 0, PRIM_SHA1, 14, IKE_AUTH_PSK, 28800},
	{13, 5, 0, PRIM_SHA1, 5, IKE_AUTH_PSK, 28800},
	{14, 5, 0, PRIM_SHA1, 2, IKE_AUTH_PSK, 28800},
	{15, 5, 0, PRIM_MD5, 2, IKE_AUTH_PSK, 28800},
};

#define N_COMMON (sizeof(common) / sizeof(common[0]))

static bool has_vendor(const struct probe_reach *r, const struct ike_probe_vendor *v)
{
	for (unsigned i = 0; i < r->n_vendors; i++)
		if (r->vendors[i].len == v->len && memcmp(r->vendors[i].data, v->data, v->len) == 0)
			return true;
	return false;
}

static void take_answer(struct probe_reach *r, const struct ike_probe_answer *a)
{
	r->natt_versions |= a->natt;
	r->dpd |= a->dpd;
	r->fragmentation |= a->fragmentation;
	r->xauth |= a->xauth;
	for (unsigned i = 0; i < a->n_vendors && r->n_vendors < IKE_PROBE_VENDORS; i++)
		if (!has_vendor(r, &a->vendors[i]))
			r->vendors[r->n_vendors++] = a->vendors[i];
}

/* A server answers the best version that it is offered, or says all that it has. */
static void ask_natt(struct probe_reach *r, const struct probe_asker *asker)
{
	struct ike_probe_answer answer;
	uint32_t us;

	for (int v = 0; v < IKE_NATT_COUNT; v++) {
		struct ike_probe q = {.policies = &r->taken, .n_policies = 1, .natt = 1u << v};

		if (r->natt_versions & 1u << v)
			continue;
		if (asker->ask(asker->ctx, 500, &q, 1, WAIT_MS, &answer, &us) != HEARD_CHOSE)
			return;
		take_answer(r, &answer);
	}
}

void probe_reach_step(struct probe *p, const struct probe_asker *asker)
{
	struct ike_probe q = {.policies = common,
			      .n_policies = N_COMMON,
			      .natt = ALL_NATT,
			      .dpd = true,
			      .fragmentation = true};
	struct probe_reach *r = &p->reach;
	struct ike_probe_answer answer;

	r->ike = asker->ask(asker->ctx, 500, &q, TRIES, WAIT_MS, &answer, &r->ike_us);
	if (r->ike == HEARD_CHOSE) {
		take_answer(r, &answer);
		r->taken = answer.chosen;
		r->taken.life_s = PROBE_LIFE_S;
	}
	r->natt = asker->ask(asker->ctx, 4500, &q, NATT_TRIES, WAIT_MS, &answer, &r->natt_us);
	if (r->ike == HEARD_CHOSE && !p->opt.brief)
		ask_natt(r, asker);
}

/* Main Mode's suites tell nothing of it: a server may have others for Aggressive Mode. */
void probe_aggressive_step(struct probe *p, const struct probe_asker *asker)
{
	static const uint8_t groups[] = {14, 2, 5};
	struct probe_reach *r = &p->reach;
	struct ike_probe_answer answer;
	struct ike_policy of[N_COMMON];
	uint32_t us;

	r->aggressive = r->aggressive_hash = KNOWN_NO;
	for (size_t g = 0; g < sizeof(groups) && r->aggressive != KNOWN_YES; g++) {
		struct ike_probe q = {.policies = of, .natt = 1u << IKE_NATT_RFC3947};

		for (size_t i = 0; i < N_COMMON; i++)
			if (common[i].group == groups[g])
				of[q.n_policies++] = common[i];
		q.aggressive_id = lac_identity("sekisho-probe");
		if (asker->ask(asker->ctx, 500, &q, 1, WAIT_MS, &answer, &us) != HEARD_CHOSE)
			continue;
		r->aggressive = KNOWN_YES;
		if (answer.hash)
			r->aggressive_hash = KNOWN_YES;
	}
}

/* Is there an L2TP server that anybody can talk to without IPsec? */
void probe_raw_step(struct probe *p)
{
	struct probe_call call = probe_own_call(p, p->opt.raw ? STOP_UP : STOP_AUTH);

	call.lac.raw = true;
	if (!p->opt.raw)
		call.timeout_ms = 2500;
	probe_call(&call, &p->raw);
	p->raw_tried = strcmp(p->raw.reason, "local") != 0;
	p->raw_answers = p->raw.reached >= LAC_PPP ||
			 (p->raw_tried && !p->raw.ok && strcmp(p->raw.reason, "silent") != 0 &&
			  strcmp(p->raw.reason, "timeout") != 0);
}
