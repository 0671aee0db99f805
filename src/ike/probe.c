/*
 * probe: single questions to a server and what its answers say (RFC 2409 5.1 to 5.4, RFC
 * 2408 3.14). Called by the command probe of sekisho-lac. Never waits, repeats or judges, and
 * never goes on with an exchange that it began.
 */
#include "ike/probe.h"

#include <stdio.h>

#include "dh.h"
#include "exchange.h"
#include "profile.h"

#define ABANDON_OCTETS 64

/* ---- questions ---- */

static void write_offer(struct wr *w, const struct ike_probe *p)
{
	struct ike_policy of[IKE_PROBE_POLICIES];
	const struct policies ours = {p->n_policies, of};

	if (p->profile) {
		profile_write_sa(w, p->profile);
		return;
	}
	memcpy(of, p->policies, p->n_policies * sizeof(of[0]));
	policies_offer(w, &ours);
}

static void write_vendors(struct msg *m, const struct ike_probe *p)
{
	for (int v = 0; v < IKE_NATT_COUNT; v++)
		if (p->natt & 1u << v)
			msg_add(m, PAYLOAD_VENDOR_ID, vendor_bytes(natt_vendor((enum ike_natt)v)));
	if (p->fragmentation)
		msg_add(m, PAYLOAD_VENDOR_ID, vendor_bytes(VENDOR_FRAGMENTATION_80));
	if (p->dpd)
		msg_add(m, PAYLOAD_VENDOR_ID, vendor_bytes(VENDOR_DPD));
}

/* KE, Nonce and ID of Aggressive Mode; false: no key pair can be made. */
static bool write_aggressive(struct msg *m, const struct ike_probe *p, ike_random *random,
			     void *random_ctx)
{
	struct ike_dh_job *job =
		dh_job_new(p->policies[0].group, DH_GENERATE, (struct bytes){NULL, 0});
	uint8_t nonce[IKE_OUR_NONCE];
	bool ok;

	if (!job)
		return false;
	ike_dh_run(job);
	ok = job->ok;
	if (ok)
		msg_add(m, PAYLOAD_KE, dh_ours(job));
	dh_job_free(job);
	random(random_ctx, nonce, sizeof(nonce));
	msg_add(m, PAYLOAD_NONCE, (struct bytes){nonce, sizeof(nonce)});
	id_write(msg_open(m, PAYLOAD_ID), &p->aggressive_id);
	msg_close(m);
	return ok;
}

size_t ike_probe_write(const struct ike_probe *p, ike_random *random, void *random_ctx,
		       uint8_t *out, size_t cap)
{
	const bool aggressive = p->aggressive_id.type != 0;
	const struct ike_host host = {.ctx = random_ctx, .random = random};
	struct isakmp_header h = {.exchange = aggressive ? EXCHANGE_AGGRESSIVE : EXCHANGE_MAIN};
	struct msg m;

	if (!p->profile && (!p->n_policies || p->n_policies > IKE_PROBE_POLICIES))
		return 0;
	if (aggressive && p->profile)
		return 0;
	memcpy(h.cky_i, p->cky_i, ISAKMP_COOKIE_LEN);
	msg_begin(&m, out, cap, &h);
	write_offer(msg_open(&m, PAYLOAD_SA), p);
	msg_close(&m);
	if (aggressive && !write_aggressive(&m, p, random, random_ctx))
		return 0;
	if (p->profile)
		profile_add_vendors(&m, p->profile->vendors, &host);
	else
		write_vendors(&m, p);
	return msg_clear(&m).len;
}

size_t ike_probe_abandon(const struct ike_probe *p, const struct ike_probe_answer *a,
			 ike_random *random, void *random_ctx, uint8_t *out, size_t cap)
{
	struct isakmp_header h = {.exchange = EXCHANGE_INFORMATIONAL};
	const struct bytes none = {NULL, 0};
	struct msg m;

	if (cap < ABANDON_OCTETS)
		return 0;
	memcpy(h.cky_i, p->cky_i, ISAKMP_COOKIE_LEN);
	memcpy(h.cky_r, a->cky_r, ISAKMP_COOKIE_LEN);
	random(random_ctx, &h.mid, sizeof(h.mid));
	h.mid |= 1;
	msg_begin(&m, out, cap, &h);
	notify_body(msg_open(&m, PAYLOAD_NOTIFY), PROTO_ISAKMP, none, NOTIFY_NO_PROPOSAL_CHOSEN,
		    none);
	msg_close(&m);
	return msg_clear(&m).len;
}

/* ---- answers ---- */

static void take_vendors(const struct payloads *p, struct ike_probe_answer *out)
{
	const uint32_t set = vendors_of(p);
	const struct payload *v = payload_first(p, KIND_VENDOR_ID);

	for (int n = 0; n < IKE_NATT_COUNT; n++)
		if (set & VENDOR_BIT(natt_vendor((enum ike_natt)n)))
			out->natt |= 1u << n;
	out->dpd = set & VENDOR_BIT(VENDOR_DPD);
	out->fragmentation = set & VENDORS_FRAGMENTATION;
	out->xauth = set & VENDOR_BIT(VENDOR_XAUTH);
	for (; v && out->n_vendors < IKE_PROBE_VENDORS; v = payload_next(p, v)) {
		struct ike_probe_vendor *to = &out->vendors[out->n_vendors++];

		to->len =
			(uint8_t)(v->body.len < sizeof(to->data) ? v->body.len : sizeof(to->data));
		memcpy(to->data, v->body.p, to->len);
	}
}

/* Is the one transform of the answer one of those that were offered? */
static bool take_choice(const struct ike_probe *p, struct bytes sa_body,
			struct ike_probe_answer *out)
{
	struct ike_policy of[IKE_PROBE_POLICIES];
	struct policies ours = {p->n_policies, of};
	struct offers answer;

	if (p->profile)
		ours.n = ike_profile_policies(p->profile, of, IKE_PROBE_POLICIES);
	else
		memcpy(of, p->policies, p->n_policies * sizeof(of[0]));
	for (size_t i = 0; i < ours.n; i++)
		of[i].life_s = 0;
	return offers_parse(sa_body, PHASE_1, &answer) == DROP_NONE && answer.n == 1 &&
	       policy_choose(&ours, &answer, &out->chosen) != NULL;
}

static enum ike_probe_verdict read_message2(const struct ike_probe *p, const struct payloads *in,
					    struct ike_probe_answer *out)
{
	const struct payload *sa = payload_first(in, KIND_SA);

	take_vendors(in, out);
	out->hash = p->aggressive_id.type && payload_first(in, KIND_HASH);
	return sa && take_choice(p, sa->body, out) ? IKE_PROBE_CHOSE : IKE_PROBE_STRANGE;
}

static enum ike_probe_verdict read_notify(const struct payloads *in, struct ike_probe_answer *out)
{
	const struct payload *p = payload_first(in, KIND_NOTIFY);
	struct notify n;

	if (!p || !notify_parse(p->body, &n) || n.type > NOTIFY_ERROR_LAST)
		return IKE_PROBE_OTHER;
	out->notify = n.type;
	return IKE_PROBE_REFUSED;
}

enum ike_probe_verdict ike_probe_read(const struct ike_probe *p, struct bytes msg,
				      struct ike_probe_answer *out)
{
	const uint8_t exchange = p->aggressive_id.type ? EXCHANGE_AGGRESSIVE : EXCHANGE_MAIN;
	struct isakmp_header h;
	struct payloads in;
	struct bytes rest;

	memset(out, 0, sizeof(*out));
	if (isakmp_header_parse(msg, &h, &rest) ||
	    memcmp(h.cky_i, p->cky_i, ISAKMP_COOKIE_LEN) != 0 || (h.flags & FLAG_ENCRYPTION))
		return IKE_PROBE_OTHER;
	memcpy(out->cky_r, h.cky_r, ISAKMP_COOKIE_LEN);
	if (h.exchange != exchange && h.exchange != EXCHANGE_INFORMATIONAL)
		return IKE_PROBE_OTHER;
	if (payloads_parse(h.next, rest, true, &in))
		return h.exchange == exchange ? IKE_PROBE_STRANGE : IKE_PROBE_OTHER;
	if (h.exchange == EXCHANGE_INFORMATIONAL || !payload_first(&in, KIND_SA))
		return read_notify(&in, out);
	return read_message2(p, &in, out);
}

/* ---- words ---- */

const char *ike_notify_words(uint16_t type, char *buf, size_t cap)
{
	return notify_words(type, buf, cap);
}

const char *ike_natt_words(enum ike_natt version)
{
	const struct natt_variant *v = natt_choose(VENDOR_BIT(natt_vendor(version)));

	return v ? v->name : "?";
}

static const char *vendor_name(uint32_t bit)
{
	static const char *const names[VENDOR_COUNT] = {
		[VENDOR_RFC3947] = "NAT traversal, RFC 3947",
		[VENDOR_NATT_00] = "NAT traversal, draft 00",
		[VENDOR_NATT_01] = "NAT traversal, draft 01",
		[VENDOR_NATT_02] = "NAT traversal, draft 02",
		[VENDOR_NATT_02N] = "NAT traversal, draft 02\\n",
		[VENDOR_NATT_03] = "NAT traversal, draft 03",
		[VENDOR_NATT_04] = "NAT traversal, draft 04",
		[VENDOR_NATT_05] = "NAT traversal, draft 05",
		[VENDOR_NATT_06] = "NAT traversal, draft 06",
		[VENDOR_NATT_07] = "NAT traversal, draft 07",
		[VENDOR_NATT_08] = "NAT traversal, draft 08",
		[VENDOR_NATT_APPLE] = "NAT traversal, Apple's draft",
		[VENDOR_DPD] = "dead peer detection, RFC 3706",
		[VENDOR_XAUTH] = "XAUTH",
		[VENDOR_UNITY] = "Cisco Unity",
		[VENDOR_FRAGMENTATION] = "fragmentation",
		[VENDOR_FRAGMENTATION_80] = "fragmentation",
		[VENDOR_FRAGMENTATION_C0] = "fragmentation (Cisco)",
		[VENDOR_MS_NT5] = "Microsoft",
		[VENDOR_MS_WIN8] = "Microsoft, Windows 8.1 or later",
		[VENDOR_MS_CGA] = "Microsoft IKE CGA",
		[VENDOR_MS_DISCOVERY] = "Microsoft negotiation discovery",
		[VENDOR_MS_CONTACT] = "Microsoft initial contact",
		[VENDOR_RACOON] = "racoon",
		[VENDOR_STRONGSWAN] = "strongSwan",
		[VENDOR_OPENSWAN] = "Openswan or libreswan",
		[VENDOR_FORTINET] = "Fortinet",
		[VENDOR_PALO_ALTO] = "Palo Alto",
	};

	for (int v = 0; v < VENDOR_COUNT; v++)
		if (bit == VENDOR_BIT(v))
			return names[v];
	return NULL;
}

const char *ike_vendor_words(const struct ike_probe_vendor *v, char *buf, size_t cap)
{
	const char *name = vendor_name(vendor_bit((struct bytes){v->data, v->len}));
	size_t at = 0;

	if (name) {
		snprintf(buf, cap, "%s", name);
		return buf;
	}
	buf[0] = 0;
	for (unsigned i = 0; i < v->len && at + 3 <= cap; i++)
		at += (size_t)snprintf(buf + at, cap - at, "%02x", v->data[i]);
	return buf;
}
