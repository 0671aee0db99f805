/*
 * esp: choice of the phase 2 suite for ESP and suites in words (RFC 2407 4.4.4
 * and 4.5, RFC 3602, RFC 2404, RFC 4868, encapsulation modes of RFC 3947 5.1).
 * Called by quick. Never accepts AH, bundles, NULL or suites without integrity.
 */
#include "esp.h"

#include <stdio.h>

#include "attribute.h"

static uint16_t auth_wire(enum burst_auth auth)
{
	return auth == BURST_HMAC_SHA1_96 ? DOI_HMAC_SHA1 : DOI_HMAC_SHA256;
}

bool esp_possible(const struct ike_esp *e)
{
	return e->alg.cipher == BURST_AES_CBC &&
	       (e->alg.key_len == 16 || e->alg.key_len == 24 || e->alg.key_len == 32) &&
	       (e->alg.auth == BURST_HMAC_SHA1_96 || e->alg.auth == BURST_HMAC_SHA256_128) &&
	       (e->transport || e->tunnel);
}

static uint16_t key_bits_of(const struct offer *o)
{
	return o->cipher == ESP_AES_CBC && o->key_bits == 0 ? 128 : o->key_bits;
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
	return tunnel ? e->tunnel : e->transport;
}

bool esp_meets(const struct esp_wish *wish, const struct ike_esp *e, const struct offer *o,
	       struct esp_choice *out)
{
	if (o->strange || o->bundled || o->protocol != PROTO_ESP || o->spi.len != 4 ||
	    o->raw.len > OFFER_RAW_MAX)
		return false;
	if (o->cipher != ESP_AES_CBC || key_bits_of(o) != e->alg.key_len * 8 ||
	    o->hash != auth_wire(e->alg.auth))
		return false;
	if ((o->group != 0) != wish->ke ||
	    (o->group != 0 && !policy_has_group(wish->groups, o->group)))
		return false;
	out->offer = o;
	out->esp = e;
	out->group = o->group;
	return encap_ok(wish, e, o->encap, out);
}

bool esp_choose(const struct esp_wish *wish, const struct offers *theirs, struct esp_choice *out)
{
	for (size_t i = 0; i < wish->ours->n; i++)
		for (unsigned j = 0; j < theirs->n; j++)
			if (esp_meets(wish, &wish->ours->of[i], &theirs->of[j], out))
				return true;
	return false;
}

static void suite_words(uint16_t id, uint16_t key_bits, uint16_t hash, char *buf, size_t cap)
{
	static const char *const macs[] = {"none", "MD5",    "SHA1",   "DES-MAC",
					   "KPDK", "SHA256", "SHA384", "SHA512"};
	const char *mac = hash < sizeof(macs) / sizeof(macs[0]) ? macs[hash] : "auth?";

	switch (id) {
	case ESP_AES_CBC:
		snprintf(buf, cap, "AES%u-%s", key_bits, mac);
		break;
	case ESP_AES_GCM_16:
		snprintf(buf, cap, "AESGCM%u", key_bits);
		break;
	case ESP_3DES:
		snprintf(buf, cap, "3DES-%s", mac);
		break;
	case ESP_DES:
		snprintf(buf, cap, "DES-%s", mac);
		break;
	case ESP_NULL:
		snprintf(buf, cap, "NULL-%s", mac);
		break;
	default:
		snprintf(buf, cap, "cipher%u-%s", id, mac);
	}
}

const char *esp_words(const struct burst_alg *alg, char *buf, size_t cap)
{
	suite_words(ESP_AES_CBC, (uint16_t)(alg->key_len * 8), auth_wire(alg->auth), buf, cap);
	return buf;
}

static const char *encap_words(uint16_t encap)
{
	static const char *const words[] = {"no mode", "tunnel", "transport", "UDP tunnel",
					    "UDP transport"};

	return encap < sizeof(words) / sizeof(words[0]) ? words[encap] : "draft UDP mode";
}

const char *esp_offers_words(const struct offers *o, char *buf, size_t cap)
{
	struct word_list l = {.buf = buf, .cap = cap};

	for (unsigned i = 0; i < o->n; i++) {
		const struct offer *x = &o->of[i];
		char suite[32], group[16], one[80];

		suite_words(x->cipher, key_bits_of(x), x->hash, suite, sizeof(suite));
		if (x->protocol != PROTO_ESP)
			snprintf(one, sizeof(one), "%s", x->protocol == PROTO_AH ? "AH" : "no ESP");
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
		char suite[32], one[64];

		esp_words(&e->of[i].alg, suite, sizeof(suite));
		snprintf(one, sizeof(one), "%s %s", suite,
			 !e->of[i].tunnel     ? "transport"
			 : e->of[i].transport ? "both modes"
					      : "tunnel");
		word_list_add(&l, one);
	}
	word_list_end(&l);
	return buf;
}

static void esp_transform(struct wr *w, const struct esp_propose *p, const struct ike_esp *e,
			  uint8_t number, bool last)
{
	size_t start = w->len, at;
	uint16_t encap = e->transport ? ENCAP_TRANSPORT : ENCAP_TUNNEL;

	if (p->natt)
		encap = e->transport ? p->natt->encap_transport : p->natt->encap_tunnel;
	wr_u8(w, last ? PAYLOAD_NONE : PAYLOAD_TRANSFORM);
	wr_u8(w, 0);
	at = wr_begin16(w);
	wr_u8(w, number);
	wr_u8(w, ESP_AES_CBC);
	wr_u16(w, 0);
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
	attribute_put(w, DOI_AUTH, auth_wire(e->alg.auth));
	attribute_put(w, DOI_KEY_LENGTH, (uint16_t)(e->alg.key_len * 8));
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
