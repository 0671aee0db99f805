/*
 * keylog: the keys of SAs as lines of Wireshark's tables ikev1_decryption_table and
 * esp_sa, so that a capture of an exchange can be read. Called by psk when phase 1 has
 * keys and by child when a pair of ESP SAs has; gives the lines to the caller's `keys`.
 * Never does anything unless ike_debug_keys() was called.
 */
#include "keylog.h"

#include <stdio.h>

#define LINE_MAX_LEN 480

static const char *hex(const uint8_t *b, size_t len, char *out)
{
	for (size_t i = 0; i < len; i++)
		snprintf(out + 2 * i, 3, "%02x", b[i]);
	out[2 * len] = 0;
	return out;
}

static void tell(const struct ike *k, char *line)
{
	k->cfg.host.keys(k->cfg.host.ctx, line);
	secret_zero(line, LINE_MAX_LEN);
}

static bool wanted(const struct ike *k)
{
	return k->debug_keys && k->cfg.host.keys;
}

void keylog_phase1(const struct isakmp_sa *sa)
{
	char line[LINE_MAX_LEN], cky[2 * ISAKMP_COOKIE_LEN + 1], key[2 * PRIM_CBC_KEY_MAX + 1];

	if (!wanted(sa->ike))
		return;
	snprintf(line, sizeof(line), "ikev1_decryption_table %s,%s",
		 hex(sa->cky_i, ISAKMP_COOKIE_LEN, cky),
		 hex(sa->key.enc_key, sa->key.key_len, key));
	tell(sa->ike, line);
	secret_zero(key, sizeof(key));
}

/* Wireshark's names of the algorithms. */
static const char *cipher_name(enum burst_cipher cipher)
{
	switch (cipher) {
	case BURST_AES_CBC:
		return "AES-CBC [RFC3602]";
	case BURST_AES_GCM16:
		return "AES-GCM with 16 octet ICV [RFC4106]";
	case BURST_3DES_CBC:
		return "TripleDES-CBC [RFC2451]";
	case BURST_DES_CBC:
		return "DES-CBC [RFC2405]";
	}
	return "NULL";
}

static const char *auth_name(enum burst_auth auth)
{
	switch (auth) {
	case BURST_HMAC_SHA1_96:
		return "HMAC-SHA-1-96 [RFC2404]";
	case BURST_HMAC_SHA256_128:
		return "HMAC-SHA-256-128 [RFC4868]";
	case BURST_HMAC_SHA256_96:
		return "HMAC-SHA-256-96 [draft-ietf-ipsec-ciph-sha-256-00]";
	case BURST_HMAC_SHA384_192:
		return "HMAC-SHA-384-192 [RFC4868]";
	case BURST_HMAC_SHA512_256:
		return "HMAC-SHA-512-256 [RFC4868]";
	case BURST_HMAC_MD5_96:
		return "HMAC-MD5-96 [RFC2403]";
	case BURST_AUTH_NONE:
		break;
	}
	return "NULL";
}

/* An SPI is enough to find the SA by: addresses change behind a NAT. */
static void child_line(const struct ike *k, const struct ike_child *c, uint32_t spi,
		       const uint8_t *enc, const uint8_t *auth)
{
	char line[LINE_MAX_LEN], ek[2 * BURST_ENC_KEY_MAX + 1], ak[2 * BURST_AUTH_KEY_MAX + 1];
	size_t auth_len = burst_auth_key_len(c->alg.auth);

	snprintf(line, sizeof(line),
		 "esp_sa \"%s\",\"*\",\"*\",\"0x%08x\",\"%s\",\"0x%s\",\"%s\",\"%s%s\"",
		 c->remote_ip.family == 6 ? "IPv6" : "IPv4", spi, cipher_name(c->alg.cipher),
		 hex(enc, burst_enc_key_len(&c->alg), ek), auth_name(c->alg.auth),
		 auth_len ? "0x" : "", hex(auth, auth_len, ak));
	tell(k, line);
	secret_zero(ek, sizeof(ek));
	secret_zero(ak, sizeof(ak));
}

void keylog_child(const struct ike *k, const struct ike_child *c)
{
	if (!wanted(k))
		return;
	child_line(k, c, c->spi_in, c->in_enc, c->in_auth);
	child_line(k, c, c->spi_out, c->out_enc, c->out_auth);
}
