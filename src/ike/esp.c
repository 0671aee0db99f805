/*
 * esp: choice of the phase 2 suite for ESP (RFC 2407 4.4.4 and 4.5; RFC 3602, 4106, 2451,
 * 2405; RFC 2404, 4868, 2403; encapsulation modes of RFC 3947 5.1). Called by quick.
 * Never accepts AH, IPCOMP, bundles, NULL or suites without integrity.
 */
#include "esp.h"

#include <stdio.h>

#include "attribute.h"
#include "esp_suite.h"

bool esp_possible(const struct ike_esp *e)
{
	return burst_alg_known(&e->alg) && suite_has_wire(&e->alg) && (e->transport || e->tunnel) &&
	       (e->pfs_group == 0 || prim_dh_known(e->pfs_group));
}

static bool encap_ok(const struct esp_wish *wish, const struct ike_esp *e, uint16_t encap,
		     struct esp_choice *out)
{
	bool plain = encap == ENCAP_TUNNEL || encap == ENCAP_TRANSPORT;
	bool tunnel = encap == ENCAP_TUNNEL;

	if (wish->natt && !plain) {
		tunnel = encap == wish->natt->encap_tunnel;
		if (!tunnel && encap != wish->natt->encap_transport)
			return false;
	} else if (!plain || (wish->natt && !wish->plain_too)) {
		return false;
	}
	out->tunnel = tunnel;
	out->udp_encap = !plain;
	if (tunnel)
		return e->tunnel && !(wish->as_offered && e->transport);
	return e->transport;
}

static bool group_ok(const struct esp_wish *wish, const struct ike_esp *e, const struct offer *o)
{
	if ((o->group != 0) != wish->ke)
		return false;
	if (e->pfs_group)
		return o->group == e->pfs_group;
	return o->group == 0 || policy_has_group(wish->groups, o->group);
}

static bool cipher_ok(const struct ike_esp *e, const struct offer *o)
{
	return o->cipher == suite_id(&e->alg) && suite_key_bits(o) == e->alg.key_len * 8;
}

static bool is_esp(const struct offer *o)
{
	return !o->strange && !o->bundled && o->protocol == PROTO_ESP && o->spi.len == 4 &&
	       o->raw.len <= OFFER_RAW_MAX;
}

/* How far an offer gets with one suite of ours. */
enum fit { FIT_NOT, FIT_ESP, FIT_CIPHER, FIT_AUTH, FIT_MODE, FIT_ALL };

static enum fit fit(const struct esp_wish *wish, const struct ike_esp *e, const struct offer *o,
		    struct esp_choice *out)
{
	if (!is_esp(o))
		return FIT_NOT;
	if (!cipher_ok(e, o))
		return FIT_ESP;
	if (o->hash != suite_auth(&e->alg))
		return FIT_CIPHER;
	if (!encap_ok(wish, e, o->encap, out))
		return FIT_AUTH;
	if (!group_ok(wish, e, o))
		return FIT_MODE;
	out->offer = o;
	out->esp = e;
	out->group = o->group;
	return FIT_ALL;
}

static bool choose(const struct esp_wish *wish, const struct offers *theirs, bool sha256,
		   struct esp_choice *out)
{
	for (size_t i = 0; i < wish->ours->n; i++) {
		struct esp_choice tunnel = {0}, c;

		if (!sha256 && wish->ours->of[i].alg.auth == BURST_HMAC_SHA256_128)
			continue;
		for (unsigned j = 0; j < theirs->n; j++) {
			if (fit(wish, &wish->ours->of[i], &theirs->of[j], &c) != FIT_ALL)
				continue;
			if (!c.tunnel) {
				*out = c;
				return true;
			}
			if (!tunnel.offer)
				tunnel = c;
		}
		if (tunnel.offer) {
			*out = tunnel;
			return true;
		}
	}
	return false;
}

bool esp_choose(const struct esp_wish *wish, const struct offers *theirs, struct esp_choice *out)
{
	return (wish->avoid_sha256 && choose(wish, theirs, false, out)) ||
	       choose(wish, theirs, true, out);
}

/* ---- words ---- */

const char *esp_words(const struct burst_alg *alg, char *buf, size_t cap)
{
	suite_words(suite_id(alg), (uint16_t)(alg->key_len * 8), suite_auth(alg), buf, cap);
	return buf;
}

static const char *encap_words(uint16_t encap)
{
	static const char *const words[] = {"no mode", "tunnel", "transport", "UDP tunnel",
					    "UDP transport"};

	if (encap == ENCAP_DRAFT_TUNNEL || encap == ENCAP_DRAFT_TRANSPORT)
		return encap == ENCAP_DRAFT_TUNNEL ? "draft UDP tunnel" : "draft UDP transport";
	return encap < sizeof(words) / sizeof(words[0]) ? words[encap] : "unknown mode";
}

const char *esp_offers_words(const struct offers *o, char *buf, size_t cap)
{
	struct word_list l = {.buf = buf, .cap = cap};

	for (unsigned i = 0; i < o->n; i++) {
		const struct offer *x = &o->of[i];
		char suite[32], group[16], one[80];

		suite_words(x->cipher, suite_key_bits(x), x->hash, suite, sizeof(suite));
		if (x->protocol != PROTO_ESP)
			snprintf(one, sizeof(one), "%s",
				 x->protocol == PROTO_AH       ? "AH"
				 : x->protocol == PROTO_IPCOMP ? "IPCOMP"
							       : "no ESP");
		else if (x->group)
			snprintf(one, sizeof(one), "%s %s PFS %s", suite, encap_words(x->encap),
				 group_words(x->group, group, sizeof(group)));
		else
			snprintf(one, sizeof(one), "%s %s", suite, encap_words(x->encap));
		word_list_add(&l, one);
	}
	word_list_end(&l);
	return buf;
}

const char *esps_words(const struct esps *e, char *buf, size_t cap)
{
	struct word_list l = {.buf = buf, .cap = cap};

	for (size_t i = 0; i < e->n; i++) {
		const struct ike_esp *x = &e->of[i];
		char suite[32], group[16], one[80];

		snprintf(one, sizeof(one), "%s %s%s%s", esp_words(&x->alg, suite, sizeof(suite)),
			 !x->tunnel     ? "transport"
			 : x->transport ? "both modes"
					: "tunnel",
			 x->pfs_group ? " PFS " : "",
			 x->pfs_group ? group_words(x->pfs_group, group, sizeof(group)) : "");
		word_list_add(&l, one);
	}
	word_list_end(&l);
	return buf;
}

static const char *pfs_refusal(const struct esp_wish *wish, const struct ike_esp *e,
			       const struct offer *o, char *buf, size_t cap)
{
	char group[16];

	if ((o->group != 0) != wish->ke)
		snprintf(buf, cap, "it names %s group and the message carries %s key exchange",
			 o->group ? "a" : "no", wish->ke ? "a" : "no");
	else if (!o->group)
		snprintf(buf, cap,
			 "it has no PFS, which `set pfs group%u` demands; `no crypto dynamic-map "
			 "NAME SEQ set pfs` takes it",
			 e->pfs_group);
	else if (prim_dh_known(o->group))
		snprintf(buf, cap,
			 "PFS with %s is not accepted; `crypto dynamic-map NAME SEQ set pfs "
			 "group%u` takes it",
			 group_words(o->group, group, sizeof(group)), o->group);
	else
		snprintf(buf, cap, "PFS with %s is not possible here",
			 group_words(o->group, group, sizeof(group)));
	return buf;
}

static const char *suite_refusal(const struct offer *o, char *buf, size_t cap)
{
	char suite[32], command[64];

	suite_words(o->cipher, suite_key_bits(o), o->hash, suite, sizeof(suite));
	if (suite_command(o, command, sizeof(command)))
		snprintf(buf, cap,
			 "no transform set has %s; `crypto ipsec ikev1 transform-set NAME %s` "
			 "takes it",
			 suite, command);
	else
		snprintf(buf, cap, "%s is not possible here", suite);
	return buf;
}

static const char *mode_refusal(const struct esp_wish *wish, const struct ike_esp *e,
				const struct offer *o, char *buf, size_t cap)
{
	struct esp_choice c;
	const struct ike_esp both = {.transport = true, .tunnel = true};

	if (encap_ok(wish, &both, o->encap, &c))
		snprintf(buf, cap,
			 "the transform set %s is not for %s mode; `%scrypto ipsec ikev1 "
			 "transform-set %s mode transport` takes it",
			 e->name, c.tunnel ? "tunnel" : "transport", c.tunnel ? "no " : "",
			 e->name);
	else
		snprintf(buf, cap, "%s is no encapsulation for a peer %s", encap_words(o->encap),
			 wish->natt ? "on UDP 4500" : "on UDP 500");
	return buf;
}

const char *esp_refusal(const struct esp_wish *wish, const struct offers *theirs, char *buf,
			size_t cap)
{
	const struct offer *nearest = NULL;
	const struct ike_esp *e = NULL;
	enum fit best = FIT_NOT;

	for (unsigned j = 0; j < theirs->n; j++) {
		for (size_t i = 0; i < wish->ours->n; i++) {
			struct esp_choice c;
			enum fit f = fit(wish, &wish->ours->of[i], &theirs->of[j], &c);

			if (f <= best)
				continue;
			best = f;
			nearest = &theirs->of[j];
			e = &wish->ours->of[i];
		}
	}
	if (best == FIT_MODE)
		return pfs_refusal(wish, e, nearest, buf, cap);
	if (best == FIT_AUTH)
		return mode_refusal(wish, e, nearest, buf, cap);
	if (nearest)
		return suite_refusal(nearest, buf, cap);
	snprintf(buf, cap, "none of them is ESP alone with attributes that are known here");
	return buf;
}

/* ---- offering ---- */

static void esp_attributes(struct wr *w, const struct esp_propose *p, const struct ike_esp *e)
{
	uint16_t encap = e->transport ? ENCAP_TRANSPORT : ENCAP_TUNNEL;

	if (p->natt)
		encap = e->transport ? p->natt->encap_transport : p->natt->encap_tunnel;
	if (p->life_s) {
		attribute_put(w, DOI_LIFE_TYPE, LIFE_SECONDS);
		attribute_put32(w, DOI_LIFE_DURATION, p->life_s);
	}
	if (p->life_kb) {
		attribute_put(w, DOI_LIFE_TYPE, LIFE_KILOBYTES);
		attribute_put32(w, DOI_LIFE_DURATION, p->life_kb);
	}
	if (p->group)
		attribute_put(w, DOI_GROUP, p->group);
	attribute_put(w, DOI_ENCAPSULATION, encap);
	if (suite_auth(&e->alg))
		attribute_put(w, DOI_AUTH, suite_auth(&e->alg));
	if (suite_says_key_length(suite_id(&e->alg)))
		attribute_put(w, DOI_KEY_LENGTH, (uint16_t)(e->alg.key_len * 8));
}

static void esp_transform(struct wr *w, const struct esp_propose *p, const struct ike_esp *e,
			  uint8_t number, bool last)
{
	size_t start = w->len, at;

	wr_u8(w, last ? PAYLOAD_NONE : PAYLOAD_TRANSFORM);
	wr_u8(w, 0);
	at = wr_begin16(w);
	wr_u8(w, number);
	wr_u8(w, suite_id(&e->alg));
	wr_u16(w, 0);
	esp_attributes(w, p, e);
	wr_end16(w, at, start);
}

void esps_offer(struct wr *w, const struct esp_propose *p)
{
	size_t start, at, n = p->ours->n;

	wr_u32(w, DOI_IPSEC);
	wr_u32(w, SIT_IDENTITY_ONLY);
	start = w->len;
	wr_u8(w, PAYLOAD_NONE);
	wr_u8(w, 0);
	at = wr_begin16(w);
	wr_u8(w, 1);
	wr_u8(w, PROTO_ESP);
	wr_u8(w, 4);
	wr_u8(w, (uint8_t)n);
	wr_u32(w, p->spi);
	for (size_t i = 0; i < n; i++)
		esp_transform(w, p, &p->ours->of[i], (uint8_t)(i + 1), i + 1 == n);
	wr_end16(w, at, start);
}
