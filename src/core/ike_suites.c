/*
 * ike_suites: the configuration's IKE policies and transform sets as ike's, and the
 * built-in lists that stand in for them (DESIGN.md section 4). Called by ike_glue.
 *
 * The built-in lists hold what every current native client can meet (clients.md 1.1 to
 * 1.7) and nothing with 3DES, MD5 or MODP 1024: Windows 7 to 11 takes AES-256 SHA-1
 * ECP-384, Apple since 2016 AES-256 SHA-256 MODP 2048, ChromeOS AES-128 SHA-256 MODP 3072,
 * NetworkManager AES-256 SHA-256 MODP 2048, MikroTik AES-128 SHA-1 MODP 2048. Android
 * (all) and Apple before 2016 offer MODP 1024 only: they need a policy by name.
 */
#include "ike_suites.h"

#include <stdio.h>
#include <string.h>

#define CIPHER_3DES 5 /* RFC 2409 appendix A */
#define AES_CBC     7
#define LIFETIME    86400
#define N(array)    (sizeof(array) / sizeof((array)[0]))

/* Strongest first: by group, then by key, then by hash. Of groups of like strength the
 * elliptic ones come first, which cost us less. */
static const struct {
	uint8_t group;
	uint16_t key_bits;
	enum prim_hash hash;
} builtin_policies[] = {
	{21, 256, PRIM_SHA512}, {21, 256, PRIM_SHA384}, {21, 256, PRIM_SHA256},
	{20, 256, PRIM_SHA512}, {20, 256, PRIM_SHA384}, {20, 256, PRIM_SHA256},
	{20, 256, PRIM_SHA1},   {20, 128, PRIM_SHA256}, {20, 128, PRIM_SHA1},
	{16, 256, PRIM_SHA512}, {16, 256, PRIM_SHA256}, {16, 256, PRIM_SHA1},
	{19, 256, PRIM_SHA512}, {19, 256, PRIM_SHA256}, {19, 256, PRIM_SHA1},
	{19, 128, PRIM_SHA256}, {19, 128, PRIM_SHA1},   {15, 256, PRIM_SHA512},
	{15, 256, PRIM_SHA256}, {15, 256, PRIM_SHA1},   {15, 128, PRIM_SHA256},
	{15, 128, PRIM_SHA1},   {14, 256, PRIM_SHA512}, {14, 256, PRIM_SHA384},
	{14, 256, PRIM_SHA256}, {14, 256, PRIM_SHA1},   {14, 192, PRIM_SHA256},
	{14, 192, PRIM_SHA1},   {14, 128, PRIM_SHA256}, {14, 128, PRIM_SHA1},
};

/*
 * Strongest first; transport mode where the client offers it, tunnel mode as well.
 *
 * SHA-2 stands before SHA-1. The kernels of old Androids cut HMAC-SHA-256 to 96 bits
 * although they agree to 128 (clients.md 1.3); the data plane finds that out for each SA
 * from its first packets, which come from the client in L2TP, so that it is no reason
 * any more to give everybody else the weaker hash. SHA-512 and -384, which those kernels
 * do right, come before SHA-256 and spare the later ones the guess.
 */
static const struct burst_alg builtin_esps[] = {
	{BURST_AES_GCM16, 32, BURST_AUTH_NONE},     {BURST_AES_CBC, 32, BURST_HMAC_SHA512_256},
	{BURST_AES_CBC, 32, BURST_HMAC_SHA384_192}, {BURST_AES_CBC, 32, BURST_HMAC_SHA256_128},
	{BURST_AES_CBC, 32, BURST_HMAC_SHA1_96},    {BURST_AES_GCM16, 24, BURST_AUTH_NONE},
	{BURST_AES_CBC, 24, BURST_HMAC_SHA512_256}, {BURST_AES_CBC, 24, BURST_HMAC_SHA384_192},
	{BURST_AES_CBC, 24, BURST_HMAC_SHA256_128}, {BURST_AES_CBC, 24, BURST_HMAC_SHA1_96},
	{BURST_AES_GCM16, 16, BURST_AUTH_NONE},     {BURST_AES_CBC, 16, BURST_HMAC_SHA512_256},
	{BURST_AES_CBC, 16, BURST_HMAC_SHA384_192}, {BURST_AES_CBC, 16, BURST_HMAC_SHA256_128},
	{BURST_AES_CBC, 16, BURST_HMAC_SHA1_96},
};

size_t ike_suites_policies(const struct config *cfg, struct ike_policy out[POLICIES_MAX])
{
	size_t n = 0;

	for (; n < cfg->n_ike && n < POLICIES_MAX; n++) {
		const struct cfg_ike_policy *p = &cfg->ike[n];

		out[n] = (struct ike_policy){.priority = p->priority,
					     .cipher = p->cipher,
					     .key_bits = p->key_bits,
					     .hash = (enum prim_hash)p->hash,
					     .group = p->group,
					     .auth = IKE_AUTH_PSK,
					     .life_s = p->life_s};
	}
	if (n)
		return n;
	for (; n < N(builtin_policies); n++)
		out[n] = (struct ike_policy){.cipher = AES_CBC,
					     .key_bits = builtin_policies[n].key_bits,
					     .hash = builtin_policies[n].hash,
					     .group = builtin_policies[n].group,
					     .auth = IKE_AUTH_PSK,
					     .life_s = LIFETIME};
	return n;
}

static const struct cfg_transform_set *set_by_name(const struct config *cfg, const char *name)
{
	for (unsigned i = 0; i < cfg->n_sets; i++) {
		if (strcmp(cfg->sets[i].name, name) == 0)
			return &cfg->sets[i];
	}
	return NULL;
}

static bool map_is_used(const struct config *cfg, const char *dynmap)
{
	for (unsigned m = 0; m < cfg->n_maps; m++) {
		if (strcmp(cfg->maps[m].dynamic, dynmap) != 0)
			continue;
		for (unsigned i = 0; i < cfg->n_interfaces; i++) {
			if (strcmp(cfg->interfaces[i].crypto_map, cfg->maps[m].name) == 0)
				return true;
		}
	}
	return false;
}

static struct ike_esp configured(const struct cfg_transform_set *t)
{
	struct ike_esp e = {.alg = {(enum burst_cipher)t->cipher, (uint16_t)(t->key_bits / 8),
				    (enum burst_auth)t->auth},
			    .transport = t->transport,
			    .tunnel = !t->transport};

	snprintf(e.name, sizeof(e.name), "%.31s", t->name);
	return e;
}

struct esp_list {
	struct ike_esp *of;
	size_t n;
};

static void add(struct esp_list *l, struct ike_esp e, const struct cfg_dynamic_map *entry)
{
	if (l->n == ESPS_MAX)
		return;
	if (entry) {
		e.pfs_group = entry->pfs ? entry->pfs_group : 0;
		e.life_s = entry->life_s;
		e.life_kb = entry->life_kb;
	}
	l->of[l->n++] = e;
}

static void add_builtin(struct esp_list *l, const struct cfg_dynamic_map *entry)
{
	for (size_t i = 0; i < N(builtin_esps); i++)
		add(l,
		    (struct ike_esp){.alg = builtin_esps[i],
				     .transport = true,
				     .tunnel = true,
				     .name = "built-in"},
		    entry);
}

size_t ike_suites_esps(const struct config *cfg, struct ike_esp out[ESPS_MAX])
{
	struct esp_list l = {.of = out};

	for (unsigned d = 0; d < cfg->n_dynmaps; d++) {
		const struct cfg_dynamic_map *entry = &cfg->dynmaps[d];

		if (!map_is_used(cfg, entry->name))
			continue;
		if (entry->n_sets == 0)
			add_builtin(&l, entry);
		for (unsigned i = 0; i < entry->n_sets; i++) {
			const struct cfg_transform_set *t = set_by_name(cfg, entry->sets[i]);

			if (t)
				add(&l, configured(t), entry);
		}
	}
	if (l.n == 0)
		add_builtin(&l, NULL);
	return l.n;
}

/* ---- names ---- */

/* By key length: 16, 24, 32 octets. */
static const char *const aes[] = {"AES128", "AES192", "AES256"};
static const char *const gcm[] = {"AESGCM128", "AESGCM192", "AESGCM256"};

const char *ike_suites_cipher_name(const struct burst_alg *alg)
{
	switch (alg->cipher) {
	case BURST_AES_CBC:
		return aes[alg->key_len / 8 - 2];
	case BURST_AES_GCM16:
		return gcm[alg->key_len / 8 - 2];
	case BURST_3DES_CBC:
		return "3DES";
	case BURST_DES_CBC:
		break;
	}
	return "DES";
}

const char *ike_suites_auth_name(const struct burst_alg *alg)
{
	static const char *const names[] = {
		[BURST_HMAC_SHA1_96] = "SHA1",      [BURST_HMAC_SHA256_128] = "SHA256",
		[BURST_HMAC_SHA256_96] = "SHA256",  [BURST_HMAC_SHA384_192] = "SHA384",
		[BURST_HMAC_SHA512_256] = "SHA512", [BURST_HMAC_MD5_96] = "MD5",
		[BURST_AUTH_NONE] = "none"};

	return names[alg->auth];
}

const char *ike_suites_policy_cipher_name(const struct ike_policy *p)
{
	if (p->cipher == 0)
		return "-";
	if (p->key_bits)
		return aes[p->key_bits / 64 - 2];
	return p->cipher == CIPHER_3DES ? "3DES" : "DES";
}

const char *ike_suites_policy_hash_name(const struct ike_policy *p)
{
	static const char *const names[] = {
		[PRIM_MD4] = "MD4",       [PRIM_MD5] = "MD5",       [PRIM_SHA1] = "SHA1",
		[PRIM_SHA256] = "SHA256", [PRIM_SHA384] = "SHA384", [PRIM_SHA512] = "SHA512"};

	return p->cipher ? names[p->hash] : "-";
}
