/* Key material (RFC 2409 section 5, 5.5, appendix B). Private to src/ike. */
#pragma once

#include "base/rd.h"
#include "base/wr.h"
#include "crypto/prim.h"
#include "isakmp.h"

/* Secrets of an ISAKMP SA. */
struct keymat {
	enum prim_hash hash;
	uint8_t hash_len;
	enum prim_cipher cipher;
	uint8_t key_len;               /* octets of enc_key: 8, 16, 24, 32 */
	uint8_t skeyid[PRIM_HASH_MAX]; /* wiped when phase 1 is done */
	uint8_t d[PRIM_HASH_MAX], a[PRIM_HASH_MAX], e[PRIM_HASH_MAX];
	uint8_t enc_key[PRIM_CBC_KEY_MAX];
};

/* What SKEYID* and HASH_I/HASH_R are made of. */
struct keymat_seed {
	struct bytes cky_i, cky_r, ni, nr;
	struct bytes g_xy; /* fixed length of the group, leading zeros kept */
};

/* SKEYID = prf(psk, Ni_b | Nr_b) */
bool keymat_skeyid_psk(struct keymat *k, struct bytes psk, struct bytes ni, struct bytes nr);

/* SKEYID = prf(Ni_b | Nr_b, g^xy), for signatures */
bool keymat_skeyid_signature(struct keymat *k, struct bytes g_xy, struct bytes ni, struct bytes nr);

/* SKEYID_d, _a, _e and the cipher key (appendix B) from k->skeyid. False also for a weak
 * key of 3DES, or of DES where SKEYID_e has no other eight octets. */
bool keymat_derive(struct keymat *k, const struct keymat_seed *s);

/* The cipher key alone, from k->e; keymat_derive() does it. */
bool keymat_cipher_key(struct keymat *k);

/* First IV: hash(g^xi | g^xr), cut to the cipher's block; what is left of iv is zero. */
bool keymat_iv(const struct keymat *k, struct bytes gxi, struct bytes gxr, uint8_t iv[IKE_BLOCK]);

/* IV of a phase 2 or Informational exchange: hash(last phase 1 block | message id). */
bool keymat_iv_phase2(const struct keymat *k, const uint8_t last[IKE_BLOCK], uint32_t mid,
		      uint8_t iv[IKE_BLOCK]);

/* HASH_I or HASH_R: prf(SKEYID, own g^x | other's g^x | own cookie | other's cookie | SAi_b |
 * own ID body). */
bool keymat_auth_hash(const struct keymat *k, const struct bytes parts[6], uint8_t *out);

/* prf(SKEYID_a, parts), for HASH(1), HASH(2), HASH(3) and Informational. */
bool keymat_hash(const struct keymat *k, const struct bytes *parts, size_t n, uint8_t *out);

/* KEYMAT of one direction (5.5): prf+(SKEYID_d, [g(qm)^xy |] protocol | SPI | Ni_b | Nr_b). */
bool keymat_child(const struct keymat *k, struct bytes g_qm_xy, uint8_t protocol, uint32_t spi,
		  struct bytes ni, struct bytes nr, uint8_t *out, size_t len);

void keymat_wipe(struct keymat *k);
