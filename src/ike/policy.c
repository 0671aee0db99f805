/*
 * policy: choice of the phase 1 suite (RFC 2409 section 5, RFC 2408 4.2), the
 * reason for a refusal, and suites in words. Called by main. Never looks at
 * offers that were not parsed by offers_parse().
 */
#include "policy.h"

#include <stdio.h>

#include "attribute.h"
#include "lifetime.h"

static const struct {
	uint16_t wire;
	enum prim_hash hash;
	const char *words, *command;
} hashes[] = {
	{OAKLEY_SHA1, PRIM_SHA1, "SHA1", "sha"},
	{OAKLEY_SHA256, PRIM_SHA256, "SHA256", "sha256"},
	{OAKLEY_SHA384, PRIM_SHA384, "SHA384", "sha384"},
	{OAKLEY_SHA512, PRIM_SHA512, "SHA512", "sha512"},
	{OAKLEY_MD5, PRIM_MD5, "MD5", "md5"},
};

#define N_HASHES (sizeof(hashes) / sizeof(hashes[0]))

static uint16_t hash_wire(enum prim_hash h)
{
	for (size_t i = 0; i < N_HASHES; i++)
		if (hashes[i].hash == h)
			return hashes[i].wire;
	return 0;
}

static const struct {
	uint16_t wire;
	enum prim_cipher cipher;
	uint8_t key_len; /* 0: by the key length attribute */
	const char *words, *command;
} ciphers[] = {
	{OAKLEY_AES_CBC, PRIM_AES_CBC, 0, "AES", "aes"},
	{OAKLEY_3DES, PRIM_3DES_CBC, 24, "3DES", "3des"},
	{OAKLEY_DES, PRIM_DES_CBC, 8, "DES", "des"},
};

#define N_CIPHERS (sizeof(ciphers) / sizeof(ciphers[0]))

static size_t cipher_by_wire(uint16_t wire)
{
	size_t i = 0;

	while (i < N_CIPHERS && ciphers[i].wire != wire)
		i++;
	return i;
}

/* RFC 2409 appendix A: no key length where the cipher has one of its own. */
static bool key_bits_possible(uint16_t cipher, uint16_t key_bits)
{
	size_t i = cipher_by_wire(cipher);

	if (i == N_CIPHERS || ciphers[i].key_len)
		return i < N_CIPHERS && key_bits == 0;
	return key_bits == 128 || key_bits == 192 || key_bits == 256;
}

bool policy_possible(const struct ike_policy *p)
{
	return key_bits_possible(p->cipher, p->key_bits) && hash_wire(p->hash) != 0 &&
	       prim_dh_known(p->group) && (p->auth == IKE_AUTH_PSK || p->auth == IKE_AUTH_RSA);
}

void policy_keymat(const struct ike_policy *p, struct keymat *k)
{
	size_t i = cipher_by_wire(p->cipher);

	k->hash = p->hash;
	k->hash_len = (uint8_t)prim_hash_len(p->hash);
	k->cipher = ciphers[i].cipher;
	k->key_len = ciphers[i].key_len ? ciphers[i].key_len : (uint8_t)(p->key_bits / 8);
}

bool policy_has_group(const struct policies *ours, unsigned group)
{
	for (size_t i = 0; i < ours->n; i++)
		if (ours->of[i].group == group)
			return true;
	return false;
}

/* RFC 3602 demands a key length; where it is left out 128 is meant. */
static uint16_t key_bits_of(const struct offer *o)
{
	return o->cipher == OAKLEY_AES_CBC && o->key_bits == 0 ? 128 : o->key_bits;
}

static bool usable(const struct offer *o)
{
	return !o->strange && !o->bundled && o->protocol == PROTO_ISAKMP &&
	       o->id == TRANSFORM_KEY_IKE && o->raw.len <= OFFER_RAW_MAX;
}

static bool meets(const struct ike_policy *p, const struct offer *o)
{
	return usable(o) && o->cipher == p->cipher && key_bits_of(o) == p->key_bits &&
	       o->hash == hash_wire(p->hash) && o->group == p->group && o->auth == p->auth;
}

const struct offer *policy_choose(const struct policies *ours, const struct offers *theirs,
				  struct ike_policy *chosen)
{
	for (size_t i = 0; i < ours->n; i++) {
		for (unsigned j = 0; j < theirs->n; j++) {
			if (!meets(&ours->of[i], &theirs->of[j]))
				continue;
			*chosen = ours->of[i];
			chosen->life_s = lifetime_smaller(chosen->life_s, theirs->of[j].life_s);
			return &theirs->of[j];
		}
	}
	return NULL;
}

static const char *hash_words(uint16_t wire)
{
	for (size_t i = 0; i < N_HASHES; i++)
		if (hashes[i].wire == wire)
			return hashes[i].words;
	return "hash?";
}

const char *group_words(unsigned group, char *buf, size_t cap)
{
	static const struct {
		unsigned group;
		const char *words;
	} names[] = {{1, "MODP768"},   {2, "MODP1024"},  {5, "MODP1536"},  {14, "MODP2048"},
		     {15, "MODP3072"}, {16, "MODP4096"}, {17, "MODP6144"}, {18, "MODP8192"},
		     {19, "ECP256"},   {20, "ECP384"},   {21, "ECP521"}};

	snprintf(buf, cap, "group%u", group);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (names[i].group == group)
			snprintf(buf, cap, "%s", names[i].words);
	return buf;
}

static const char *cipher_words(uint16_t cipher, uint16_t key_bits, char *buf, size_t cap)
{
	size_t i = cipher_by_wire(cipher);

	if (i == N_CIPHERS)
		snprintf(buf, cap, "cipher%u", cipher);
	else if (key_bits)
		snprintf(buf, cap, "%s%u", ciphers[i].words, key_bits);
	else
		snprintf(buf, cap, "%s", ciphers[i].words);
	return buf;
}

static const char *auth_words(uint16_t auth)
{
	switch (auth) {
	case IKE_AUTH_PSK:
		return "";
	case IKE_AUTH_RSA:
		return "-RSA";
	case 65001:
		return "-XAUTH";
	default:
		return "-auth?";
	}
}

const char *offer_words(const struct offer *o, char *buf, size_t cap)
{
	char group[16], cipher[16];

	snprintf(buf, cap, "%s-%s-%s%s",
		 cipher_words(o->cipher, key_bits_of(o), cipher, sizeof(cipher)),
		 hash_words(o->hash), group_words(o->group, group, sizeof(group)),
		 auth_words(o->auth));
	return buf;
}

const char *policy_words(const struct ike_policy *p, char *buf, size_t cap)
{
	struct offer o = {.cipher = p->cipher,
			  .key_bits = p->key_bits,
			  .hash = hash_wire(p->hash),
			  .group = p->group,
			  .auth = (uint16_t)p->auth};

	return offer_words(&o, buf, cap);
}

void word_list_add(struct word_list *l, const char *words)
{
	static const size_t room_for_end = 16; /* " and 128 more" */
	size_t len = strlen(words) + (l->len ? 2 : 0);

	if (l->left_out || l->len + len + room_for_end > l->cap) {
		l->left_out++;
		return;
	}
	l->len += (size_t)snprintf(l->buf + l->len, l->cap - l->len, "%s%s", l->len ? ", " : "",
				   words);
}

void word_list_end(struct word_list *l)
{
	if (l->len == 0)
		l->buf[0] = 0;
	if (l->left_out)
		snprintf(l->buf + l->len, l->cap - l->len, " and %u more", l->left_out);
}

const char *offers_words(const struct offers *o, char *buf, size_t cap)
{
	struct word_list l = {.buf = buf, .cap = cap};
	char one[SUITE_WORDS];

	for (unsigned i = 0; i < o->n; i++)
		word_list_add(&l, offer_words(&o->of[i], one, sizeof(one)));
	word_list_end(&l);
	return buf;
}

const char *policies_words(const struct policies *p, char *buf, size_t cap)
{
	struct word_list l = {.buf = buf, .cap = cap};
	char one[SUITE_WORDS];

	for (size_t i = 0; i < p->n; i++)
		word_list_add(&l, policy_words(&p->of[i], one, sizeof(one)));
	word_list_end(&l);
	return buf;
}

static bool has_auth(const struct policies *ours, uint16_t auth)
{
	for (size_t i = 0; i < ours->n; i++)
		if (ours->of[i].auth == auth)
			return true;
	return false;
}

/* What no policy has, as words; which of it is looked at in this order. */
static const char *what_is_missing(const struct policies *ours, const struct offer *o, char *buf,
				   size_t cap)
{
	bool cipher = false, hash = false, group = false;

	for (size_t i = 0; i < ours->n; i++) {
		const struct ike_policy *p = &ours->of[i];

		cipher |= p->cipher == o->cipher && p->key_bits == key_bits_of(o);
		hash |= hash_wire(p->hash) == o->hash;
		group |= p->group == o->group;
	}
	if (!cipher)
		return cipher_words(o->cipher, key_bits_of(o), buf, cap);
	if (!group)
		return group_words(o->group, buf, cap);
	snprintf(buf, cap, "%s", hash ? "this combination" : hash_words(o->hash));
	return buf;
}

/* The commands that take an offer; false: none would. */
static bool policy_command(const struct offer *o, char *buf, size_t cap)
{
	size_t c = cipher_by_wire(o->cipher), h = 0;
	uint16_t bits = key_bits_of(o);
	char key[8] = "";

	while (h < N_HASHES && hashes[h].wire != o->hash)
		h++;
	if (!key_bits_possible(o->cipher, bits) || h == N_HASHES || !prim_dh_known(o->group))
		return false;
	if (bits && bits != 128)
		snprintf(key, sizeof(key), "-%u", bits);
	snprintf(buf, cap, "`crypto ikev1 policy 10` with `encryption %s%s`, `hash %s`, `group %u`",
		 ciphers[c].command, key, hashes[h].command, o->group);
	return true;
}

const char *offer_refusal(const struct policies *ours, const struct offer *o, char *buf, size_t cap)
{
	char words[24], command[96];

	if (!usable(o))
		snprintf(buf, cap, "it is not a lone IKE transform with known attributes");
	else if (o->auth == IKE_AUTH_RSA && !has_auth(ours, o->auth))
		snprintf(buf, cap,
			 "it wants certificates (RSA signatures), and no policy has them: choose a "
			 "pre-shared key on the client");
	else if (o->auth == IKE_AUTH_PSK && !has_auth(ours, o->auth))
		snprintf(buf, cap,
			 "it wants a pre-shared key, and every policy wants certificates");
	else if (!has_auth(ours, o->auth))
		snprintf(buf, cap, "no policy has its authentication method (%u)", o->auth);
	else if (policy_command(o, command, sizeof(command)))
		snprintf(buf, cap, "no policy has %s; %s takes it%s",
			 what_is_missing(ours, o, words, sizeof(words)), command,
			 ours->n && ours->of[0].priority == 0 ? " (and ends the built-in list)"
							      : "");
	else
		snprintf(buf, cap, "%s is not possible here",
			 what_is_missing(ours, o, words, sizeof(words)));
	return buf;
}

static void policy_transform(struct wr *w, const struct ike_policy *p, uint8_t number, bool last)
{
	size_t start = w->len, at;

	wr_u8(w, last ? PAYLOAD_NONE : PAYLOAD_TRANSFORM);
	wr_u8(w, 0);
	at = wr_begin16(w);
	wr_u8(w, number);
	wr_u8(w, TRANSFORM_KEY_IKE);
	wr_u16(w, 0);
	attribute_put(w, OAKLEY_ENCRYPTION, p->cipher);
	if (p->key_bits)
		attribute_put(w, OAKLEY_KEY_LENGTH, p->key_bits);
	attribute_put(w, OAKLEY_HASH, hash_wire(p->hash));
	attribute_put(w, OAKLEY_GROUP, p->group);
	attribute_put(w, OAKLEY_AUTH, (uint16_t)p->auth);
	if (p->life_s) {
		attribute_put(w, OAKLEY_LIFE_TYPE, LIFE_SECONDS);
		attribute_put32(w, OAKLEY_LIFE_DURATION, p->life_s);
	}
	wr_end16(w, at, start);
}

void policies_offer(struct wr *w, const struct policies *ours)
{
	size_t start, at;

	wr_u32(w, DOI_IPSEC);
	wr_u32(w, SIT_IDENTITY_ONLY);
	start = w->len;
	wr_u8(w, PAYLOAD_NONE);
	wr_u8(w, 0);
	at = wr_begin16(w);
	wr_u8(w, 1);
	wr_u8(w, PROTO_ISAKMP);
	wr_u8(w, 0);
	wr_u8(w, (uint8_t)ours->n);
	for (size_t i = 0; i < ours->n; i++)
		policy_transform(w, &ours->of[i], (uint8_t)(i + 1), i + 1 == ours->n);
	wr_end16(w, at, start);
}
