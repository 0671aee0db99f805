/*
 * Rows: IKE version 1: where it listens, policies, NAT traversal
 * (asa-and-peers.md 1.2). Data for the schema; called by parse.c and print.c only.
 */
#include <string.h>

#include "algorithm.h"
#include "crypto/prim.h"
#include "print.h"
#include "rows_interface.h"

#define IKE_POLICIES_MAX 128
#define CIPHER_DES       1 /* RFC 2409 appendix A, RFC 3602 5.2 */
#define CIPHER_3DES      5
#define CIPHER_AES_CBC   7
#define NATT_KEEPALIVE_S 20

static bool set_enable(struct parse *p, void *obj, const struct grammar_match *m)
{
	struct cfg_interface *f = interface_named(p, &m->cap[0].word, true);

	(void)obj;
	if (!f)
		return false;
	f->ike_enable = true;
	parse_mark(p, MARK_IKE_ENABLE, &m->cap[0].word);
	return true;
}

static bool unset_enable(struct parse *p, void *obj, const struct grammar_match *m)
{
	struct cfg_interface *f = interface_named(p, &m->cap[0].word, false);

	if (!f || !f->ike_enable)
		return parse_error(p, m->cap[0].word.column, "IKE is not enabled on \"%s\"",
				   m->cap[0].word.text);
	f->ike_enable = false;
	interface_tidy(obj, f);
	return true;
}

static void print_enable(struct print *w, const struct config *c, const void *obj)
{
	(void)obj;
	for (unsigned i = 0; i < c->n_interfaces; i++)
		if (c->interfaces[i].ike_enable)
			print_line(w, "crypto ikev1 enable %s",
				   print_name(w, c->interfaces[i].nameif));
}

static bool set_policy(struct parse *p, void *obj, const struct grammar_match *m)
{
	struct config *c = obj;
	uint16_t priority = (uint16_t)m->cap[0].number;
	unsigned i = 0;

	while (i < c->n_ike && c->ike[i].priority < priority)
		i++;
	if (i == c->n_ike || c->ike[i].priority != priority) {
		if (!parse_grow(p, &c->ike, &c->n_ike, sizeof(c->ike[0]), IKE_POLICIES_MAX,
				m->cap[0].word.column, "IKE policies"))
			return false;
		memmove(&c->ike[i + 1], &c->ike[i], (c->n_ike - 1 - i) * sizeof(c->ike[0]));
		c->ike[i] = (struct cfg_ike_policy){.priority = priority,
						    .cipher = CIPHER_AES_CBC,
						    .key_bits = 128,
						    .hash = PRIM_SHA1,
						    .group = GROUP_DEFAULT,
						    .life_s = 86400};
	}
	parse_enter(p, MODE_IKE_POLICY, i);
	return true;
}

static bool unset_policy(struct parse *p, void *obj, const struct grammar_match *m)
{
	struct config *c = obj;

	for (unsigned i = 0; i < c->n_ike; i++) {
		if (c->ike[i].priority != m->cap[0].number)
			continue;
		parse_remove(&c->ike, &c->n_ike, sizeof(c->ike[0]), i);
		return true;
	}
	return parse_error(p, m->cap[0].word.column, "there is no IKE policy %u", m->cap[0].number);
}

static void print_policies(struct print *w, const struct config *c, const void *obj)
{
	(void)obj;
	for (unsigned i = 0; i < c->n_ike; i++)
		print_mode(w, c, MODE_IKE_POLICY, &c->ike[i], true, "crypto ikev1 policy %u",
			   c->ike[i].priority);
}

static bool set_authentication(struct parse *p, void *obj, const struct grammar_match *m)
{
	(void)obj;
	if (m->cap[0].number == 0)
		return true;
	return parse_error(p, m->cap[0].word.column,
			   "certificates come with a later version; use pre-share");
}

static bool unset_authentication(struct parse *p, void *obj, const struct grammar_match *m)
{
	(void)p;
	(void)obj;
	(void)m;
	return true;
}

static void print_authentication(struct print *w, const struct config *c, const void *obj)
{
	(void)c;
	(void)obj;
	print_line(w, "authentication pre-share");
}

static const struct {
	const char *word;
	uint8_t cipher;
	uint16_t bits;
} ciphers[] = {
	{"aes", CIPHER_AES_CBC, 128},     {"aes-192", CIPHER_AES_CBC, 192},
	{"aes-256", CIPHER_AES_CBC, 256}, {"3des", CIPHER_3DES, 0},
	{"des", CIPHER_DES, 0},
};

static bool set_encryption(struct parse *p, void *obj, const struct grammar_match *m)
{
	struct cfg_ike_policy *policy = obj;
	const struct grammar_capture *cap = &m->cap[0];

	policy->cipher = ciphers[cap->number].cipher;
	policy->key_bits = ciphers[cap->number].bits;
	if (policy->cipher != CIPHER_AES_CBC)
		algorithm_warn(p, policy->cipher == CIPHER_DES ? ALGORITHM_DES : ALGORITHM_3DES,
			       &cap->word);
	return true;
}

static bool unset_encryption(struct parse *p, void *obj, const struct grammar_match *m)
{
	(void)p;
	(void)m;
	((struct cfg_ike_policy *)obj)->cipher = CIPHER_AES_CBC;
	((struct cfg_ike_policy *)obj)->key_bits = 128;
	return true;
}

static void print_encryption(struct print *w, const struct config *c, const void *obj)
{
	const struct cfg_ike_policy *policy = obj;

	(void)c;
	for (unsigned i = 0; i < sizeof(ciphers) / sizeof(ciphers[0]); i++)
		if (ciphers[i].cipher == policy->cipher && ciphers[i].bits == policy->key_bits)
			print_line(w, "encryption %s", ciphers[i].word);
}

static const uint8_t hashes[] = {PRIM_SHA1, PRIM_SHA256, PRIM_SHA384, PRIM_SHA512, PRIM_MD5};

static bool set_hash(struct parse *p, void *obj, const struct grammar_match *m)
{
	uint8_t hash = hashes[m->cap[0].number];

	if (hash == PRIM_MD5)
		algorithm_warn(p, ALGORITHM_MD5, &m->cap[0].word);
	((struct cfg_ike_policy *)obj)->hash = hash;
	return true;
}

static bool unset_hash(struct parse *p, void *obj, const struct grammar_match *m)
{
	(void)p;
	(void)m;
	((struct cfg_ike_policy *)obj)->hash = PRIM_SHA1;
	return true;
}

static void print_hash(struct print *w, const struct config *c, const void *obj)
{
	static const char *const names[] = {"sha", "sha256", "sha384", "sha512", "md5"};

	(void)c;
	for (unsigned i = 0; i < sizeof(hashes); i++)
		if (hashes[i] == ((const struct cfg_ike_policy *)obj)->hash)
			print_line(w, "hash %s", names[i]);
}

static bool set_group(struct parse *p, void *obj, const struct grammar_match *m)
{
	uint8_t group = algorithm_group(m->cap[0].number);

	algorithm_warn_group(p, group, &m->cap[0].word);
	((struct cfg_ike_policy *)obj)->group = group;
	return true;
}

static bool unset_group(struct parse *p, void *obj, const struct grammar_match *m)
{
	(void)p;
	(void)m;
	((struct cfg_ike_policy *)obj)->group = GROUP_DEFAULT;
	return true;
}

static void print_group(struct print *w, const struct config *c, const void *obj)
{
	(void)c;
	print_line(w, "group %u", ((const struct cfg_ike_policy *)obj)->group);
}

static bool set_lifetime(struct parse *p, void *obj, const struct grammar_match *m)
{
	uint32_t seconds = m->cap[0].number;

	(void)p;
	((struct cfg_ike_policy *)obj)->life_s = seconds == UINT32_MAX ? 0 : seconds;
	return true;
}

static bool unset_lifetime(struct parse *p, void *obj, const struct grammar_match *m)
{
	(void)p;
	(void)m;
	((struct cfg_ike_policy *)obj)->life_s = 86400;
	return true;
}

static void print_lifetime(struct print *w, const struct config *c, const void *obj)
{
	uint32_t seconds = ((const struct cfg_ike_policy *)obj)->life_s;

	(void)c;
	if (seconds)
		print_line(w, "lifetime %u", seconds);
	else
		print_line(w, "lifetime none");
}

static bool set_natt(struct parse *p, void *obj, const struct grammar_match *m)
{
	struct config *c = obj;

	(void)p;
	c->natt = true;
	c->natt_keepalive_s = m->cap[0].set ? (uint16_t)m->cap[0].number : NATT_KEEPALIVE_S;
	return true;
}

static bool unset_natt(struct parse *p, void *obj, const struct grammar_match *m)
{
	struct config *c = obj;

	(void)p;
	(void)m;
	c->natt = false;
	c->natt_keepalive_s = NATT_KEEPALIVE_S;
	return true;
}

static void print_natt(struct print *w, const struct config *c, const void *obj)
{
	(void)obj;
	if (!c->natt)
		print_line(w, "no crypto isakmp nat-traversal");
	else if (c->natt_keepalive_s != NATT_KEEPALIVE_S)
		print_line(w, "crypto isakmp nat-traversal %u", c->natt_keepalive_s);
	if (!c->natt_force)
		print_line(w, "crypto isakmp nat-traversal encapsulate detected");
}

static bool set_encapsulate(struct parse *p, void *obj, const struct grammar_match *m)
{
	(void)p;
	((struct config *)obj)->natt_force = m->cap[0].number == 0;
	return true;
}

static bool unset_encapsulate(struct parse *p, void *obj, const struct grammar_match *m)
{
	(void)p;
	(void)m;
	((struct config *)obj)->natt_force = true;
	return true;
}

#define NATT "crypto isakmp nat-traversal "

static const struct row rows[] = {
	{MODE_GLOBAL, "crypto ikev1 enable IF", "crypto ikev1 enable IF",
	 "Listen for IKE on an interface; without it nothing is enabled",
	 "IF=the interface's nameif", false, set_enable, unset_enable, print_enable},
	{MODE_GLOBAL, "crypto isakmp enable IF", "crypto isakmp enable IF",
	 "The same in its older spelling", "IF=the interface's nameif", false, set_enable,
	 unset_enable, NULL},
	{MODE_GLOBAL, "crypto ikev1 policy PRIORITY<1-65535>",
	 "crypto ikev1 policy PRIORITY<1-65535>",
	 "An IKE policy; without any a built-in list is used, with one only what is configured",
	 "PRIORITY=1 is tried first", true, set_policy, unset_policy, print_policies},
	{MODE_IKE_POLICY, "authentication {pre-share|rsa-sig|crack}",
	 "authentication [{pre-share|rsa-sig|crack}]", "How the peers prove themselves", NULL,
	 false, set_authentication, unset_authentication, print_authentication},
	{MODE_IKE_POLICY, "encryption {aes|aes-192|aes-256|3des|des}",
	 "encryption [{aes|aes-192|aes-256|3des|des}]",
	 "Cipher of IKE messages; default aes (128 bit); 3des and des are weak", NULL, false,
	 set_encryption, unset_encryption, print_encryption},
	{MODE_IKE_POLICY, "hash {sha|sha256|sha384|sha512|md5}",
	 "hash [{sha|sha256|sha384|sha512|md5}]", "Hash of IKE; default sha (SHA-1); md5 is weak",
	 NULL, false, set_hash, unset_hash, print_hash},
	{MODE_IKE_POLICY, "group {" GROUP_CHOICE "}", "group [{" GROUP_CHOICE "}]",
	 "Diffie-Hellman group; default 14; 1, 2 and 5 are weak", NULL, false, set_group,
	 unset_group, print_group},
	{MODE_IKE_POLICY, "{" GROUP_CHOICE1 "}", "{" GROUP_CHOICE1 "}", "The same in one word",
	 NULL, false, set_group, unset_group, NULL},
	{MODE_IKE_POLICY, "lifetime SECONDS<120-2147483647|none>",
	 "lifetime [SECONDS<120-2147483647|none>]", "Life of the ISAKMP SA; default 86400",
	 "SECONDS=life in seconds, or none", false, set_lifetime, unset_lifetime, print_lifetime},
	{MODE_GLOBAL, NATT "[SECONDS<10-3600>]", NATT "[SECONDS<10-3600>]",
	 "NAT traversal; default on, keepalive every 20 seconds", "SECONDS=interval of keepalives",
	 false, set_natt, unset_natt, print_natt},
	{MODE_GLOBAL, NATT "encapsulate {always|detected}", NATT "encapsulate [{always|detected}]",
	 "Who uses UDP encapsulation: every peer that can, or only those behind NAT; default "
	 "always",
	 NULL, false, set_encapsulate, unset_encapsulate, NULL},
};

const struct topic topic_ike = TOPIC(rows);
