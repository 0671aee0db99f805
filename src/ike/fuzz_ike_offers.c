/*
 * fuzz_ike_offers: SA payloads of both phases: parsing, choice, refusal in words, echo.
 * What is chosen must be usable, and its echo must be one transform, not longer than what
 * came in, that is chosen again; an initiator must not take more than a responder.
 *
 * Input: bits (1: phase 2, 2: with a NAT-T variant, 4: with KE, 8: plain ESP too, 16: an
 * answer), then the body of the SA payload.
 */
#include <stdlib.h>
#include <string.h>

#include "esp.h"
#include "lifetime.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct ike_policy policy_list[] = {
	{1, 7, 256, PRIM_SHA256, 19, IKE_AUTH_PSK, 28800},
	{2, 7, 128, PRIM_SHA1, 14, IKE_AUTH_PSK, 0},
	{3, 5, 0, PRIM_MD5, 2, IKE_AUTH_PSK, 300},
	{4, 1, 0, PRIM_SHA1, 1, IKE_AUTH_PSK, 86400},
};
static struct ike_esp esp_list[] = {
	{.alg = {BURST_AES_GCM16, 16, BURST_AUTH_NONE}, .transport = true, .tunnel = true},
	{.alg = {BURST_AES_CBC, 32, BURST_HMAC_SHA256_128}, .transport = true, .pfs_group = 2},
	{.alg = {BURST_AES_CBC, 16, BURST_HMAC_SHA1_96}, .transport = true, .tunnel = true},
	{.alg = {BURST_3DES_CBC, 24, BURST_HMAC_MD5_96}, .tunnel = true, .life_s = 300},
	{.alg = {BURST_DES_CBC, 8, BURST_HMAC_SHA512_256}, .transport = true},
};
static const struct policies policies = {4, policy_list};
static const struct esps esps = {5, esp_list};

static void must(bool ok)
{
	if (!ok)
		abort();
}

/* The echo of a choice, parsed. */
static void echo(const struct offer *o, enum phase phase, size_t size, struct offers *out)
{
	static uint8_t buf[OFFER_RAW_MAX + 300];
	struct wr w = wr_of(buf, sizeof(buf));

	must(!o->strange && !o->bundled && o->raw.len <= OFFER_RAW_MAX);
	offer_echo(&w, o->proposal, o->protocol, o->spi, o->raw);
	must(wr_ok(&w) && w.len <= size);
	must(offers_parse(wr_done(&w), phase, out) == DROP_NONE && out->n == 1);
	must(out->of[0].raw.len == o->raw.len &&
	     memcmp(out->of[0].raw.p + 1, o->raw.p + 1, o->raw.len - 1) == 0);
}

static void phase1(const struct offers *o, size_t size)
{
	static struct offers again;
	struct ike_policy p, q;
	const struct offer *chosen = policy_choose(&policies, o, &p);
	char words[REFUSAL_WORDS];
	struct keymat k;

	must(strlen(offers_words(o, words, LIST_WORDS)) < LIST_WORDS);
	for (unsigned i = 0; i < o->n && !chosen; i++)
		must(strlen(offer_refusal(&policies, &o->of[i], words, sizeof(words))) > 0);
	if (!chosen)
		return;
	must(policy_possible(&p) && chosen->protocol == PROTO_ISAKMP);
	policy_keymat(&p, &k);
	must(k.key_len >= 8 && k.key_len <= PRIM_CBC_KEY_MAX);
	echo(chosen, PHASE_1, size, &again);
	must(policy_choose(&policies, &again, &q) == &again.of[0] && p.priority == q.priority &&
	     p.life_s == q.life_s);
}

static void phase2(const struct offers *o, uint8_t bits, size_t size)
{
	static const struct ike_config cfg = {.esp_life_s = 28800, .esp_life_kb = 4608000};
	static struct offers again;
	struct esp_wish wish = {.ours = &esps,
				.groups = &policies,
				.natt = bits & 2 ? &natt_rfc3947 : NULL,
				.ke = bits & 4,
				.plain_too = bits & 8,
				.as_offered = bits & 16};
	char words[REFUSAL_WORDS];
	struct esp_choice c, d;
	struct lifetime life;

	must(strlen(esp_offers_words(o, words, LIST_WORDS)) < LIST_WORDS);
	if (!esp_choose(&wish, o, &c)) {
		must(strlen(esp_refusal(&wish, o, words, sizeof(words))) > 0);
		return;
	}
	must(c.offer->protocol == PROTO_ESP && (c.group != 0) == wish.ke &&
	     (c.tunnel ? c.esp->tunnel : c.esp->transport) && (!c.udp_encap || wish.natt));
	life = lifetime_of_esp(&cfg, &c);
	must(life.s && life.kb && life.s <= 28800 && life.kb <= 4608000);
	echo(c.offer, PHASE_2, size, &again);
	must(esp_choose(&wish, &again, &d) && d.esp == c.esp && d.tunnel == c.tunnel);
	wish.as_offered = false;
	must(esp_choose(&wish, o, &d));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct offers o;
	enum phase phase;

	if (size == 0)
		return 0;
	phase = data[0] & 1 ? PHASE_2 : PHASE_1;
	if (offers_parse((struct bytes){data + 1, size - 1}, phase, &o) != DROP_NONE)
		return 0;
	must(o.n <= OFFERS_MAX);
	if (phase == PHASE_1)
		phase1(&o, size - 1);
	else
		phase2(&o, data[0], size - 1);
	return 0;
}
