/*
 * probe_text_server: what the command probe has found out about the server, for people:
 * what it announces, which suites it takes, NAT, IP protocol 50, PPP. Called by probe_text.c.
 */
#include <stdio.h>
#include <string.h>

#include "probe.h"
#include "probe_para.h"

static void say_extensions(const struct probe_reach *r)
{
	struct para p = para_begin("NAT traversal");

	for (int v = 0; v < IKE_NATT_COUNT; v++)
		if (r->natt_versions & 1u << v)
			para_put(&p, ike_natt_words((enum ike_natt)v), ", ");
	if (!r->natt_versions)
		para_put(&p, "not announced", NULL);
	para_end();
	p = para_begin("extensions");
	para_put(&p, r->dpd ? "dead peer detection" : "no dead peer detection", ", ");
	para_put(&p, r->fragmentation ? "IKE fragments" : "no IKE fragments", ", ");
	if (r->xauth)
		para_put(&p, "XAUTH", NULL);
	para_end();
}

/* Those that the lines above do not tell of. */
static bool told_already(const char *vendor)
{
	static const char *const begins[] = {"NAT traversal", "dead peer", "fragmentation",
					     "XAUTH"};

	for (size_t i = 0; i < sizeof(begins) / sizeof(begins[0]); i++)
		if (strncmp(vendor, begins[i], strlen(begins[i])) == 0)
			return true;
	return false;
}

static void say_vendors(const struct probe_reach *r)
{
	char words[IKE_VENDOR_WORDS];
	struct para p = {0};
	bool any = false;

	for (unsigned i = 0; i < r->n_vendors; i++) {
		if (told_already(ike_vendor_words(&r->vendors[i], words, sizeof(words))))
			continue;
		if (!any)
			p = para_begin("vendor ids");
		any = true;
		para_put(&p, words, "; ");
	}
	if (any)
		para_end();
}

static void put_suite(struct para *p, const char *suite, const char *weak)
{
	char words[LAC_WORDS];

	snprintf(words, sizeof(words), "%s%s", suite, *weak ? " (weak)" : "");
	para_put(p, words, ", ");
}

/* The hashes of a cipher in one group, as bits. */
static unsigned hashes_with(const struct ike_policy *of, unsigned n,
			    const struct ike_policy *cipher)
{
	unsigned set = 0;

	for (unsigned i = 0; i < n; i++)
		if (of[i].cipher == cipher->cipher && of[i].key_bits == cipher->key_bits)
			set |= 1u << of[i].hash;
	return set;
}

/* "AES256-SHA1-MODP2048" as part 0, 1, 2. */
static const char *part(const struct ike_policy *p, int n, char *buf, size_t cap)
{
	char words[LAC_WORDS], *save = NULL, *w;

	ike_policy_words(p, words, sizeof(words));
	w = strtok_r(words, "-", &save);
	while (w && n--)
		w = strtok_r(NULL, "-", &save);
	snprintf(buf, cap, "%s", w ? w : "?");
	return buf;
}

/* The n suites of one group: ciphers with the same hashes together. */
static void say_group(const struct ike_policy *of, unsigned n)
{
	char words[24], label[32];
	bool said[PROBE_SUITES] = {false};
	struct para p;

	snprintf(label, sizeof(label), "  %s%s", part(of, 2, words, sizeof(words)),
		 of->group <= 2 ? " weak" : "");
	p = para_begin(label);
	for (unsigned i = 0; i < n; i++) {
		unsigned hashes = hashes_with(of, n, &of[i]), left = hashes;

		if (said[i])
			continue;
		for (unsigned j = i; j < n; j++) {
			if (hashes_with(of, n, &of[j]) != hashes)
				continue;
			said[j] = true;
			if (j == i || hashes_with(&of[i], j - i, &of[j]) == 0)
				put_suite(&p, part(&of[j], 0, words, sizeof(words)),
					  of[j].cipher == 7 ? "" : "weak");
		}
		p.separator = " ";
		para_put(&p, "with", " ");
		for (unsigned j = i; j < n && left; j++) {
			if (!(left & 1u << of[j].hash) || of[j].cipher != of[i].cipher ||
			    of[j].key_bits != of[i].key_bits)
				continue;
			left &= ~(1u << of[j].hash);
			put_suite(&p, part(&of[j], 1, words, sizeof(words)),
				  of[j].hash == PRIM_MD5 ? "weak" : "");
		}
		p.separator = "; ";
	}
	para_end();
}

static void say_ike_suites(const struct probe_offers *o)
{
	unsigned n;

	for (unsigned i = 0; i < o->n; i += n) {
		for (n = 1; i + n < o->n && o->accepted[i + n].group == o->accepted[i].group; n++)
			;
		say_group(&o->accepted[i], n);
	}
}

static void say_offers(const struct probe_offers *o)
{
	char buf[PROBE_WORDS];

	if (!o->done)
		return;
	snprintf(buf, sizeof(buf), "%u taken, found with %u questions%s%s", o->n, o->questions,
		 o->refuses_by_notify    ? "; others are refused"
		 : o->refuses_by_silence ? "; others get no answer"
					 : "",
		 o->stopped_after ? "; NOT COMPLETE: it stopped answering" : "");
	para_line("IKE suites", buf);
	say_ike_suites(o);
	if (o->life_s)
		snprintf(buf, sizeof(buf), "%u s of %u s that were asked for", o->life_s,
			 PROBE_LIFE_S);
	else
		snprintf(buf, sizeof(buf), "not said in its answers");
	if (o->n)
		para_line("IKE lifetime", buf);
}

static const char *yes_no(enum probe_known k)
{
	return k == KNOWN_YES ? "yes" : k == KNOWN_NO ? "no" : "not known";
}

static void say_suites(const struct probe_suites *s)
{
	struct para p;
	char words[LAC_WORDS], weak[64], buf[120];

	if (!s->done)
		return;
	p = para_begin("ESP suites");
	for (unsigned i = 0; i < s->n; i++)
		put_suite(&p, ike_esp_words(&s->accepted[i], words, sizeof(words)),
			  probe_weak_esp(&s->accepted[i], weak, sizeof(weak)));
	if (!s->n)
		para_put(&p, "none of ours", NULL);
	para_end();
	snprintf(buf, sizeof(buf), "transport in UDP: %s; transport without: %s; tunnel: %s",
		 yes_no(s->encap), yes_no(s->plain), yes_no(s->tunnel));
	para_line("ESP modes", buf);
}

static void say_auth(const struct probe_auth *a)
{
	char words[80];

	if (a->done)
		para_line("PPP", a->none == KNOWN_YES ? "no authentication is asked for"
				 : a->methods ? probe_auth_words(a->methods, words, sizeof(words))
					      : "no method that we have");
}

void probe_say_announced(const struct probe *p)
{
	if (p->reach.ike != HEARD_CHOSE)
		return;
	say_extensions(&p->reach);
	say_vendors(&p->reach);
}

static void say_nat(const struct probe *p)
{
	if (!p->nat_known)
		return;
	para_line("NAT",
		  p->server_behind_nat && p->we_behind_nat ? "on both sides, or the server says so"
		  : p->server_behind_nat                   ? "the server is behind NAT, or says so"
		  : p->we_behind_nat ? "we are behind NAT, or the server says so to get ESP in UDP"
				     : "none on the way");
}

static void say_esp50(const struct probe *p)
{
	const struct probe_result *r = &p->suites.esp50;
	char buf[PROBE_WORDS];

	if (!p->suites.done)
		return;
	if (!p->suites.esp50_tried)
		snprintf(buf, sizeof(buf), "not tried: %s", r->refusal.text);
	else if (r->ok)
		snprintf(buf, sizeof(buf), "works");
	else if (r->reached <= LAC_PHASE1)
		snprintf(buf, sizeof(buf),
			 "not possible: without NAT traversal the server does not finish phase 1");
	else
		snprintf(buf, sizeof(buf), "does not come through: %s",
			 probe_cause(probe_trouble(r, p->reach.natt)));
	para_line("IP protocol 50", buf);
}

void probe_say_server(const struct probe *p)
{
	if (p->nat_known || p->suites.done || p->offers.done || p->auth.done)
		printf("\nServer\n");
	say_nat(p);
	say_esp50(p);
	if (p->reach.aggressive != NOT_KNOWN)
		para_line("Aggressive Mode",
			  p->reach.aggressive == KNOWN_YES ? "answered" : "not answered");
	say_offers(&p->offers);
	say_suites(&p->suites);
	say_auth(&p->auth);
}
