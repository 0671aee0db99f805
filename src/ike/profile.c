/*
 * profile: writes the offers and vendor ids of client systems from their rows, part by
 * part (RFC 2408 3.3 to 3.6, RFC 2407 4.5, RFC 2409 5). Called by the initiators of main
 * and quick when the configuration names a profile. Holds no octets of a
 * capture: test_profile.c compares with them.
 */
#include "profile.h"

#include "attribute.h"
#include "esp.h"
#include "isakmp.h"
#include "policy.h"

#define VENDOR_MAX 64

static void put_long(struct wr *w, uint16_t type, uint32_t value)
{
	wr_u16(w, type);
	wr_u16(w, 4);
	wr_u32(w, value);
}

static void put_life(struct wr *w, uint16_t type_attr, uint16_t unit, uint32_t value, bool in_full)
{
	attribute_put(w, type_attr, unit);
	if (in_full)
		put_long(w, (uint16_t)(type_attr + 1), value);
	else
		attribute_put32(w, (uint16_t)(type_attr + 1), value);
}

static uint16_t auth_method(const struct ike_profile *p)
{
	return (uint16_t)(p->auth ? p->auth : IKE_AUTH_PSK);
}

static void phase1_part(struct wr *w, const struct ike_profile *p,
			const struct ike_profile_suite *s, uint8_t part)
{
	switch (part) {
	case IKE_PART_CIPHER:
		attribute_put(w, OAKLEY_ENCRYPTION, s->cipher);
		break;
	case IKE_PART_KEY_LENGTH:
		if (s->key_bits)
			attribute_put(w, OAKLEY_KEY_LENGTH, s->key_bits);
		break;
	case IKE_PART_HASH:
		attribute_put(w, OAKLEY_HASH, s->hash);
		break;
	case IKE_PART_GROUP:
		attribute_put(w, OAKLEY_GROUP, s->group);
		break;
	case IKE_PART_AUTH:
		attribute_put(w, OAKLEY_AUTH, auth_method(p));
		break;
	default:
		put_life(w, OAKLEY_LIFE_TYPE, LIFE_SECONDS, p->life_s, p->life_long);
		break;
	}
}

struct esp_parts {
	const struct ike_profile *p;
	uint32_t spi;
	uint16_t encap;
};

static void phase2_part(struct wr *w, const struct esp_parts *e, const struct ike_profile_suite *s,
			uint8_t part)
{
	const struct ike_profile *p = e->p;

	switch (part) {
	case IKE_PART_KEY_LENGTH:
		if (s->key_bits)
			attribute_put(w, DOI_KEY_LENGTH, s->key_bits);
		break;
	case IKE_PART_GROUP:
		if (p->pfs_group)
			attribute_put(w, DOI_GROUP, p->pfs_group);
		break;
	case IKE_PART_AUTH:
		if (s->hash)
			attribute_put(w, DOI_AUTH, s->hash);
		break;
	case IKE_PART_KILOBYTES:
		if (p->esp_life_kb)
			put_life(w, DOI_LIFE_TYPE, LIFE_KILOBYTES, p->esp_life_kb,
				 p->esp_life_long);
		break;
	case IKE_PART_ENCAP:
		attribute_put(w, DOI_ENCAPSULATION, e->encap);
		break;
	default:
		put_life(w, DOI_LIFE_TYPE, LIFE_SECONDS, p->esp_life_s, p->esp_life_long);
		break;
	}
}

/* esp NULL: of phase 1 */
static void transform(struct wr *w, const struct ike_profile *p, const struct esp_parts *esp,
		      const struct ike_profile_suite *s, unsigned number, bool last)
{
	const uint8_t *parts = esp ? p->esp_parts : p->parts;
	size_t start = w->len, at;

	wr_u8(w, last ? PAYLOAD_NONE : PAYLOAD_TRANSFORM);
	wr_u8(w, 0);
	at = wr_begin16(w);
	wr_u8(w, (uint8_t)number);
	wr_u8(w, esp ? s->cipher : TRANSFORM_KEY_IKE);
	wr_u16(w, 0);
	for (unsigned i = 0; i < IKE_PROFILE_PARTS && parts[i]; i++) {
		if (esp)
			phase2_part(w, esp, s, parts[i]);
		else
			phase1_part(w, p, s, parts[i]);
	}
	wr_end16(w, at, start);
}

static void proposal(struct wr *w, const struct ike_profile *p, const struct esp_parts *esp,
		     unsigned from, unsigned n, bool last)
{
	const struct ike_profile_suite *suites = esp ? p->esps : p->suites;
	bool each = esp && p->proposal_each;
	size_t start = w->len, at;

	wr_u8(w, last ? PAYLOAD_NONE : PAYLOAD_PROPOSAL);
	wr_u8(w, 0);
	at = wr_begin16(w);
	wr_u8(w, (uint8_t)(p->first_number + (each ? from : 0)));
	wr_u8(w, esp ? PROTO_ESP : PROTO_ISAKMP);
	wr_u8(w, esp ? sizeof(esp->spi) : 0);
	wr_u8(w, (uint8_t)n);
	if (esp)
		wr_u32(w, esp->spi);
	for (unsigned i = 0; i < n; i++)
		transform(w, p, esp, &suites[from + i], p->first_number + i, i + 1 == n);
	wr_end16(w, at, start);
}

void profile_write_sa(struct wr *w, const struct ike_profile *p)
{
	wr_u32(w, DOI_IPSEC);
	wr_u32(w, SIT_IDENTITY_ONLY);
	proposal(w, p, NULL, 0, p->n_suites, true);
}

void profile_write_esps(struct wr *w, const struct ike_profile *p, uint32_t spi, uint16_t encap)
{
	const struct esp_parts e = {p, spi, encap};

	wr_u32(w, DOI_IPSEC);
	wr_u32(w, SIT_IDENTITY_ONLY);
	if (!p->proposal_each) {
		proposal(w, p, &e, 0, p->n_esps, true);
		return;
	}
	for (unsigned i = 0; i < p->n_esps; i++)
		proposal(w, p, &e, i, 1, i + 1 == p->n_esps);
}

static uint8_t nibble(char c)
{
	return (uint8_t)(c <= '9' ? c - '0' : c - 'a' + 10);
}

void profile_add_vendors(struct msg *m, const char *const *vendors, const struct ike_host *host)
{
	uint8_t id[VENDOR_MAX];

	for (; vendors && *vendors; vendors++) {
		const char *hex = *vendors;
		size_t n = 0;

		for (; n < sizeof(id) && hex[2 * n]; n++)
			id[n] = (uint8_t)(nibble(hex[2 * n]) << 4 | nibble(hex[2 * n + 1]));
		if (n == 0) {
			n = 16;
			host->random(host->ctx, id, n);
		}
		msg_add(m, PAYLOAD_VENDOR_ID, (struct bytes){id, n});
	}
}

/* ---- what we can do of it ---- */

static bool hash_of(uint8_t wire, enum prim_hash *out)
{
	static const struct {
		uint8_t wire;
		enum prim_hash hash;
	} known[] = {{OAKLEY_MD5, PRIM_MD5},
		     {OAKLEY_SHA1, PRIM_SHA1},
		     {OAKLEY_SHA256, PRIM_SHA256},
		     {OAKLEY_SHA384, PRIM_SHA384},
		     {OAKLEY_SHA512, PRIM_SHA512}};

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		if (known[i].wire == wire) {
			*out = known[i].hash;
			return true;
		}
	}
	return false;
}

size_t ike_profile_policies(const struct ike_profile *p, struct ike_policy *out, size_t cap)
{
	size_t n = 0;

	for (unsigned i = 0; i < p->n_suites && n < cap; i++) {
		const struct ike_profile_suite *s = &p->suites[i];
		struct ike_policy policy = {.priority = (uint16_t)(i + 1),
					    .cipher = s->cipher,
					    .key_bits = s->key_bits,
					    .group = s->group,
					    .auth = (enum ike_auth)auth_method(p),
					    .life_s = p->life_s};

		if (hash_of(s->hash, &policy.hash) && policy_possible(&policy))
			out[n++] = policy;
	}
	return n;
}

static bool esp_alg_of(const struct ike_profile_suite *s, struct burst_alg *out)
{
	static const struct {
		uint8_t wire;
		enum burst_auth auth;
	} auths[] = {{0, BURST_AUTH_NONE},
		     {DOI_HMAC_MD5, BURST_HMAC_MD5_96},
		     {DOI_HMAC_SHA1, BURST_HMAC_SHA1_96},
		     {DOI_HMAC_SHA256, BURST_HMAC_SHA256_128},
		     {DOI_HMAC_SHA384, BURST_HMAC_SHA384_192},
		     {DOI_HMAC_SHA512, BURST_HMAC_SHA512_256}};
	static const struct {
		uint8_t wire;
		enum burst_cipher cipher;
		uint16_t key_len; /* where no attribute says it */
	} ciphers[] = {{ESP_AES_CBC, BURST_AES_CBC, 16},
		       {ESP_AES_GCM_16, BURST_AES_GCM16, 16},
		       {ESP_3DES, BURST_3DES_CBC, 24},
		       {ESP_DES, BURST_DES_CBC, 8}};
	bool cipher = false, auth = false;

	for (size_t i = 0; i < sizeof(ciphers) / sizeof(ciphers[0]); i++) {
		if (ciphers[i].wire != s->cipher)
			continue;
		out->cipher = ciphers[i].cipher;
		out->key_len = s->key_bits ? s->key_bits / 8 : ciphers[i].key_len;
		cipher = true;
	}
	for (size_t i = 0; i < sizeof(auths) / sizeof(auths[0]); i++) {
		if (auths[i].wire != s->hash)
			continue;
		out->auth = auths[i].auth;
		auth = true;
	}
	return cipher && auth;
}

size_t ike_profile_esps(const struct ike_profile *p, struct ike_esp *out, size_t cap)
{
	size_t n = 0;

	for (unsigned i = 0; i < p->n_esps && n < cap; i++) {
		struct ike_esp e = {.transport = true, .name = "profile"};

		if (esp_alg_of(&p->esps[i], &e.alg) && esp_possible(&e))
			out[n++] = e;
	}
	return n;
}

/* ---- habits ---- */

uint16_t profile_nonce_len(const struct ike_profile *p)
{
	return p ? p->nonce_len : IKE_OUR_NONCE;
}

uint64_t profile_resend_ms(const struct ike_profile *p, uint32_t first_ms, unsigned tries)
{
	uint64_t ms = p ? p->resend_ms : first_ms;

	return p && !p->resend_doubles ? ms : ms << (tries - 1);
}

unsigned profile_tries(const struct ike_profile *p, unsigned ours)
{
	return p ? p->tries : ours;
}

uint64_t profile_soft_ms(const struct ike_profile *p, bool esp, uint64_t ours_ms)
{
	if (!p)
		return ours_ms;
	return (esp ? p->rekey_s : p->renew_s) * UINT64_C(1000);
}
