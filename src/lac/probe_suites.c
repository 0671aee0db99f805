/*
 * probe_suites: with the key, what lies behind phase 1: ESP suites and modes (RFC 2407 4.4.4
 * and 4.5, RFC 3948, RFC 4303), and the authentication that the server's LCP agrees to (RFC
 * 1661 6.2). Called by the command probe. Each answer costs a connection that is hung up as
 * soon as it is known.
 */
#include <stdio.h>
#include <string.h>

#include "probe.h"

#define STEP_MS     6000 /* a connection to a server that has answered before */
#define PATIENCE_MS 8000
#define SILENT_MS   3500 /* some answer nothing that has no NAT traversal */

static const struct ike_policy policies[] = {
	{1, 7, 256, PRIM_SHA1, 14, IKE_AUTH_PSK, 28800},
	{2, 7, 128, PRIM_SHA1, 14, IKE_AUTH_PSK, 28800},
	{3, 7, 256, PRIM_SHA256, 14, IKE_AUTH_PSK, 28800},
	{4, 7, 128, PRIM_SHA256, 19, IKE_AUTH_PSK, 28800},
	{5, 7, 256, PRIM_SHA1, 20, IKE_AUTH_PSK, 28800},
	{6, 7, 256, PRIM_SHA1, 5, IKE_AUTH_PSK, 28800},
	{7, 7, 256, PRIM_SHA1, 2, IKE_AUTH_PSK, 28800},
	{8, 7, 128, PRIM_SHA1, 2, IKE_AUTH_PSK, 28800},
	{9, 5, 0, PRIM_SHA1, 14, IKE_AUTH_PSK, 28800},
	{10, 5, 0, PRIM_SHA1, 2, IKE_AUTH_PSK, 28800},
	{11, 5, 0, PRIM_MD5, 2, IKE_AUTH_PSK, 28800},
};

/* All ESP suites that we can do, the strongest first. */
static size_t all_esps(struct ike_esp *out, size_t cap)
{
	static const struct {
		enum burst_cipher cipher;
		uint16_t len;
	} ciphers[] = {{BURST_AES_CBC, 32},   {BURST_AES_CBC, 24},  {BURST_AES_CBC, 16},
		       {BURST_3DES_CBC, 24},  {BURST_DES_CBC, 8},   {BURST_AES_GCM16, 32},
		       {BURST_AES_GCM16, 24}, {BURST_AES_GCM16, 16}};
	static const enum burst_auth auths[] = {BURST_HMAC_SHA512_256, BURST_HMAC_SHA384_192,
						BURST_HMAC_SHA256_128, BURST_HMAC_SHA1_96,
						BURST_HMAC_MD5_96,     BURST_AUTH_NONE};
	size_t n = 0;

	for (size_t c = 0; c < sizeof(ciphers) / sizeof(ciphers[0]); c++) {
		for (size_t a = 0; a < sizeof(auths) / sizeof(auths[0]) && n < cap; a++) {
			out[n] = (struct ike_esp){
				.alg = {ciphers[c].cipher, ciphers[c].len, auths[a]},
				.transport = true,
				.name = "probe"};
			n += burst_alg_known(&out[n].alg);
		}
	}
	return n;
}

static void know_esps(struct probe *p)
{
	if (!p->n_esps)
		p->n_esps = all_esps(p->esps, PROBE_ESPS);
}

struct probe_call probe_own_call(struct probe *p, enum probe_stop stop)
{
	const struct probe_options *o = &p->opt;
	struct probe_call call = {.patience_ms = PATIENCE_MS,
				  .port_any = !o->port_500,
				  .stop = stop,
				  .timeout_ms = o->timeout_ms,
				  .leaving = &p->leaving};

	know_esps(p);
	call.lac = (struct lac_config){
		.server = o->server,
		.psk = secret_bytes(&o->psk),
		.user = o->user && stop == STOP_UP ? o->user : "sekisho-probe",
		.password = stop == STOP_UP ? secret_bytes(&o->password) : (struct bytes){NULL, 0},
		.ppp_auth = PPP_AUTH_PAP | PPP_AUTH_CHAP | PPP_AUTH_MSCHAP1 | PPP_AUTH_MSCHAP2,
		.policies = p->reach.taken.cipher ? &p->reach.taken : policies,
		.n_policies = p->reach.taken.cipher ? 1 : sizeof(policies) / sizeof(policies[0]),
		.esps = p->esps,
		.n_esps = p->n_esps,
		.natt = true,
	};
	return call;
}

/* ---- ESP ---- */

static bool take_out(struct ike_esp *of, size_t *n, const char *chosen, struct burst_alg *alg)
{
	char words[LAC_WORDS];

	for (size_t i = 0; i < *n; i++) {
		if (strcmp(ike_esp_words(&of[i].alg, words, sizeof(words)), chosen) != 0)
			continue;
		*alg = of[i].alg;
		memmove(&of[i], &of[i + 1], (--*n - i) * sizeof(of[0]));
		return true;
	}
	return false;
}

/* A connection with these suites up to ESP. */
static void try_esps(struct probe *p, const struct ike_esp *of, size_t n, struct probe_result *out)
{
	struct probe_call call = probe_own_call(p, STOP_ESP);

	call.lac.esps = of;
	call.lac.n_esps = n;
	if (call.timeout_ms > STEP_MS)
		call.timeout_ms = STEP_MS;
	probe_call(&call, out);
}

static void scan_esps(struct probe *p, struct ike_esp *of, size_t n)
{
	struct probe_suites *s = &p->suites;
	struct probe_result r;

	while (n && s->n < PROBE_ESPS) {
		try_esps(p, of, n, &r);
		if (!r.ok || !take_out(of, &n, r.info.phase2, &s->accepted[s->n]))
			return;
		s->n++;
		*(r.info.udp_encap ? &s->encap : &s->plain) = KNOWN_YES;
	}
}

/* The client does transport mode only: a server that agrees to the other one meets a client
 * that cannot install it. */
static void try_tunnel(struct probe *p, struct ike_esp *of, size_t n)
{
	struct probe_result r;

	for (size_t i = 0; i < n; i++) {
		of[i].transport = false;
		of[i].tunnel = true;
	}
	try_esps(p, of, n, &r);
	if (r.reached < LAC_PHASE2)
		return;
	p->suites.tunnel = strcmp(r.reason, "esp-install-failed") == 0 ? KNOWN_YES : KNOWN_NO;
}

/* IP protocol 50, as clients take it where no NAT is on the way. */
static void try_esp50(struct probe *p)
{
	struct probe_call call = probe_own_call(p, p->opt.has_password ? STOP_UP : STOP_AUTH);

	call.lac.natt = false;
	call.patience_ms = SILENT_MS;
	if (call.timeout_ms > STEP_MS)
		call.timeout_ms = STEP_MS;
	probe_call(&call, &p->suites.esp50);
	p->suites.esp50_tried = strcmp(p->suites.esp50.reason, "local") != 0;
	if (p->suites.esp50.reached >= LAC_TUNNEL)
		p->suites.plain = KNOWN_YES;
	else if (p->suites.esp50_tried && p->suites.plain == NOT_KNOWN)
		p->suites.plain = KNOWN_NO;
}

void probe_suites_step(struct probe *p)
{
	struct ike_esp left[PROBE_ESPS];

	know_esps(p);
	p->suites.done = true;
	memcpy(left, p->esps, sizeof(left));
	scan_esps(p, left, p->n_esps);
	memcpy(left, p->esps, sizeof(left));
	try_tunnel(p, left, p->n_esps);
	try_esp50(p);
}

/* ---- PPP ---- */

void probe_auth_step(struct probe *p)
{
	static const enum ppp_auth methods[] = {PPP_AUTH_MSCHAP2, PPP_AUTH_MSCHAP1, PPP_AUTH_CHAP,
						PPP_AUTH_PAP};
	struct probe_auth *a = &p->auth;
	struct probe_result r;

	for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]); i++) {
		struct probe_call call = probe_own_call(p, STOP_AUTH);

		call.lac.raw = p->opt.raw;
		call.lac.ppp_auth = methods[i];
		if (call.timeout_ms > STEP_MS)
			call.timeout_ms = STEP_MS;
		probe_call(&call, &r);
		if (r.reached < LAC_PPP)
			return;
		a->done = true;
		if (!a->first[0])
			memcpy(a->first, r.lcp_offer, sizeof(a->first));
		if (r.ok && !r.auth)
			a->none = KNOWN_YES;
		a->methods |= r.auth;
	}
}

const char *probe_auth_words(unsigned methods, char *buf, size_t cap)
{
	size_t at = 0;

	buf[0] = 0;
	for (unsigned bit = PPP_AUTH_MSCHAP2; bit && at < cap; bit >>= 1) {
		if (methods & bit)
			at += (size_t)snprintf(buf + at, cap - at, "%s%s", at ? ", " : "",
					       ppp_auth_name((enum ppp_auth)bit));
	}
	return buf;
}
