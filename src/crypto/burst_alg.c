/*
 * burst_alg: the algorithms of ESP as tables of lengths (RFC 4303 2.3, 2.4, 2.8; RFC
 * 2405, 2451, 3602, 4106; RFC 2403, 2404, 4868).
 *
 * Called by: burst.c and the implementations, ike (keying material), dataplane (room
 * for a packet). Never looks at a key or a packet.
 */
#include "burst_impl.h"

static const struct {
	uint8_t iv_len, block_len, salt_len;
	bool authenticates;
	uint16_t key_lens[3];
} ciphers[] = {
	[BURST_AES_CBC] = {16, 16, 0, false, {16, 24, 32}},
	[BURST_AES_GCM16] = {8, 4, 4, true, {16, 24, 32}},
	[BURST_3DES_CBC] = {8, 8, 0, false, {24}},
	[BURST_DES_CBC] = {8, 8, 0, false, {8}},
};

static const struct {
	uint8_t key_len, icv_len;
} auths[] = {
	[BURST_HMAC_SHA1_96] = {20, 12},    [BURST_HMAC_SHA256_128] = {32, 16},
	[BURST_HMAC_SHA256_96] = {32, 12},  [BURST_HMAC_SHA384_192] = {48, 24},
	[BURST_HMAC_SHA512_256] = {64, 32}, [BURST_HMAC_MD5_96] = {16, 12},
	[BURST_AUTH_NONE] = {0, 0},
};

#define N_CIPHERS (sizeof(ciphers) / sizeof(ciphers[0]))
#define N_AUTHS   (sizeof(auths) / sizeof(auths[0]))
#define GCM_ICV   16

bool burst_alg_known(const struct burst_alg *alg)
{
	bool fits = false;

	if ((size_t)alg->cipher >= N_CIPHERS || (size_t)alg->auth >= N_AUTHS || alg->key_len == 0)
		return false;
	for (unsigned i = 0; i < 3; i++)
		fits |= ciphers[alg->cipher].key_lens[i] == alg->key_len;
	return fits && ciphers[alg->cipher].authenticates == (alg->auth == BURST_AUTH_NONE);
}

size_t burst_iv_len(const struct burst_alg *alg)
{
	return ciphers[alg->cipher].iv_len;
}

size_t burst_icv_len(const struct burst_alg *alg)
{
	return ciphers[alg->cipher].authenticates ? GCM_ICV : auths[alg->auth].icv_len;
}

size_t burst_block_len(const struct burst_alg *alg)
{
	return ciphers[alg->cipher].block_len;
}

size_t burst_enc_key_len(const struct burst_alg *alg)
{
	return (size_t)alg->key_len + ciphers[alg->cipher].salt_len;
}

size_t burst_auth_key_len(enum burst_auth auth)
{
	return auths[auth].key_len;
}

bool burst_iv_is_counter(const struct burst_alg *alg)
{
	return ciphers[alg->cipher].authenticates;
}
