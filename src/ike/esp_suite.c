/*
 * esp_suite: the ESP suites of crypto/burst.h as transform ids and attribute values (RFC
 * 2407 4.4.4 and 4.5, RFC 3602, 4106, 4868) and as words. Called by esp. Never judges.
 */
#include "esp_suite.h"

#include <stdio.h>

static const struct {
	uint8_t id;
	bool says_key_length;
	uint16_t fixed_bits;
	const char *words, *command;
} ciphers[] = {
	[BURST_AES_CBC] = {ESP_AES_CBC, true, 0, "AES", "aes"},
	[BURST_AES_GCM16] = {ESP_AES_GCM_16, true, 0, "AESGCM", "aes-gcm"},
	[BURST_3DES_CBC] = {ESP_3DES, false, 192, "3DES", "3des"},
	[BURST_DES_CBC] = {ESP_DES, false, 64, "DES", "des"},
};

static const struct {
	uint16_t wire;
	const char *words, *command;
} auths[] = {
	[BURST_HMAC_SHA1_96] = {DOI_HMAC_SHA1, "SHA1", "sha"},
	[BURST_HMAC_SHA256_128] = {DOI_HMAC_SHA256, "SHA256", "sha256"},
	[BURST_HMAC_SHA384_192] = {DOI_HMAC_SHA384, "SHA384", "sha384"},
	[BURST_HMAC_SHA512_256] = {DOI_HMAC_SHA512, "SHA512", "sha512"},
	[BURST_HMAC_MD5_96] = {DOI_HMAC_MD5, "MD5", "md5"},
};

#define N_CIPHERS (sizeof(ciphers) / sizeof(ciphers[0]))
#define N_AUTHS   (sizeof(auths) / sizeof(auths[0]))

bool suite_has_wire(const struct burst_alg *alg)
{
	return alg->auth != BURST_HMAC_SHA256_96;
}

uint8_t suite_id(const struct burst_alg *alg)
{
	return ciphers[alg->cipher].id;
}

uint16_t suite_auth(const struct burst_alg *alg)
{
	return alg->auth == BURST_AUTH_NONE ? 0 : auths[alg->auth].wire;
}

/* Index of a transform id, or N_CIPHERS. */
static size_t cipher_by_id(uint16_t id)
{
	size_t i = 0;

	while (i < N_CIPHERS && ciphers[i].id != id)
		i++;
	return i;
}

static size_t auth_by_wire(uint16_t wire)
{
	size_t i = 0;

	while (i < N_AUTHS && (auths[i].wire == 0 || auths[i].wire != wire))
		i++;
	return i;
}

bool suite_says_key_length(uint16_t id)
{
	size_t i = cipher_by_id(id);

	return i < N_CIPHERS && ciphers[i].says_key_length;
}

uint16_t suite_key_bits(const struct offer *o)
{
	size_t i = cipher_by_id(o->cipher);

	if (i == N_CIPHERS)
		return o->key_bits;
	if (!ciphers[i].says_key_length)
		return o->key_bits ? 0 : ciphers[i].fixed_bits;
	return o->key_bits ? o->key_bits : 128;
}

void suite_words(uint16_t id, uint16_t key_bits, uint16_t auth, char *buf, size_t cap)
{
	size_t c = cipher_by_id(id), a = auth_by_wire(auth);
	const char *mac = auth == 0 ? "none" : a < N_AUTHS ? auths[a].words : "auth?";
	char cipher[24];

	if (id == ESP_NULL)
		snprintf(cipher, sizeof(cipher), "NULL");
	else if (c == N_CIPHERS)
		snprintf(cipher, sizeof(cipher), "cipher%u", id);
	else if (ciphers[c].says_key_length)
		snprintf(cipher, sizeof(cipher), "%s%u", ciphers[c].words, key_bits);
	else
		snprintf(cipher, sizeof(cipher), "%s", ciphers[c].words);
	if (id == ESP_AES_GCM_16 && auth == 0)
		snprintf(buf, cap, "%s", cipher);
	else
		snprintf(buf, cap, "%s-%s", cipher, mac);
}

bool suite_command(const struct offer *o, char *buf, size_t cap)
{
	size_t c = cipher_by_id(o->cipher), a = auth_by_wire(o->hash);
	uint16_t bits = suite_key_bits(o);
	struct burst_alg alg;
	char key[8] = "";

	if (c == N_CIPHERS || (o->hash != 0 && a == N_AUTHS))
		return false;
	alg = (struct burst_alg){(enum burst_cipher)c, bits / 8,
				 o->hash ? (enum burst_auth)a : BURST_AUTH_NONE};
	if (!burst_alg_known(&alg) || bits % 8)
		return false;
	if (ciphers[c].says_key_length && bits != 128)
		snprintf(key, sizeof(key), "-%u", bits);
	if (o->hash)
		snprintf(buf, cap, "esp-%s%s esp-%s-hmac", ciphers[c].command, key,
			 auths[a].command);
	else
		snprintf(buf, cap, "esp-%s%s", ciphers[c].command, key);
	return true;
}
