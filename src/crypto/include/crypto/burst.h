/*
 * burst: many ESP packets at once.
 *
 * One interface, two implementations: intel-ipsec-mb (multi-buffer; the lanes
 * are filled across packets and SAs) and libcrypto (a packet at a time; the only
 * one where intel-ipsec-mb is not available, and the better one for bursts of a
 * few packets). A struct burst belongs to one thread.
 *
 * Packets are handled in place: `esp` points at the SPI; SPI, sequence number
 * and IV stand in front of the ciphertext (RFC 4303 section 2).
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum burst_cipher {
	BURST_AES_CBC,   /* RFC 3602 */
	BURST_AES_GCM16, /* RFC 4106 with the ICV of 16 octets; auth is BURST_AUTH_NONE */
	BURST_3DES_CBC,  /* RFC 2451 */
	BURST_DES_CBC,   /* RFC 2405 */
};

enum burst_auth {
	BURST_HMAC_SHA1_96,    /* RFC 2404 */
	BURST_HMAC_SHA256_128, /* RFC 4868 */
	BURST_HMAC_SHA256_96,  /* the truncation of a draft, which old Androids kept */
	BURST_HMAC_SHA384_192,
	BURST_HMAC_SHA512_256,
	BURST_HMAC_MD5_96, /* RFC 2403 */
	BURST_AUTH_NONE,   /* only with a cipher that authenticates */
};

struct burst_alg {
	enum burst_cipher cipher;
	uint16_t key_len; /* octets of the cipher's key: AES 16, 24 or 32; 3DES 24; DES 8 */
	enum burst_auth auth;
};

/* Longest of any algorithm: an AES-256 key with the salt of GCM (RFC 4106 8.1); SHA2-512. */
#define BURST_ENC_KEY_MAX  36
#define BURST_AUTH_KEY_MAX 64
#define BURST_IV_MAX       16
#define BURST_ICV_MAX      32

enum burst_dir { BURST_SEAL, BURST_OPEN };

struct burst;
struct burst_sa; /* expanded keys of one SA in one direction */

/* Which implementation: BURST_AUTO takes ipsec-mb where the CPU can run it. */
enum burst_impl { BURST_AUTO, BURST_IPSEC_MB, BURST_LIBCRYPTO };

/* NULL when the implementation is not available here. */
struct burst *burst_new(enum burst_impl impl);
void burst_free(struct burst *b);
const char *burst_impl_name(const struct burst *b);

/* Is it a cipher with a key length and an authentication that this room has together? */
bool burst_alg_known(const struct burst_alg *alg);

/* Octets of IV, of ICV, and of the block that the ciphertext is a whole number of (RFC
 * 4303 2.4: at least 4). alg is known. */
size_t burst_iv_len(const struct burst_alg *alg);
size_t burst_icv_len(const struct burst_alg *alg);
size_t burst_block_len(const struct burst_alg *alg);

/* Octets of keying material: the cipher's key and, for GCM, the 4 octets of salt behind it
 * (RFC 4106 8.1); the authentication key (RFC 2404, RFC 4868 2.1.1), 0 for none. */
size_t burst_enc_key_len(const struct burst_alg *alg);
size_t burst_auth_key_len(enum burst_auth auth);

/* True: an IV must never come twice under a key and need not be unpredictable (RFC 4106
 * section 3.1): the sequence number is a good one. False: it must be unpredictable (RFC
 * 3602 section 3). */
bool burst_iv_is_counter(const struct burst_alg *alg);

/* Expands keys; NULL when the lengths do not fit the algorithms, and for the weak keys of
 * DES and 3DES (RFC 2405 section 2.3, RFC 2451 section 2.3). enc_key and auth_key
 * are burst_enc_key_len() and burst_auth_key_len() octets. Keys are copied in expanded
 * form; burst_sa_free() wipes them. The SA works with every struct
 * burst of the same process. One thread may make the SA and hand it to another. */
struct burst_sa *burst_sa_new(const struct burst_alg *alg, enum burst_dir dir,
			      const uint8_t *enc_key, const uint8_t *auth_key);
void burst_sa_free(struct burst_sa *sa);

/* b may keep the key of the SA that it worked with last: it is wiped there. For the thread
 * of b, before burst_sa_free(); sa may be NULL. */
void burst_forget(struct burst *b, const struct burst_sa *sa);

struct burst_job {
	const struct burst_sa *sa;
	uint8_t *esp; /* the SPI */
	uint32_t len; /* SPI to the end of the ciphertext, ICV not counted */
	bool ok;      /* out */
	void *owner;  /* the caller's */
};

#define BURST_MAX     64
#define BURST_LEN_MAX 65535 /* no ESP packet is longer (RFC 791, RFC 8200) */

/* Encrypts esp[8 + iv .. len) in place and writes the ICV at esp + len. The
 * caller has written header, IV, payload, padding and trailer; n at most
 * BURST_MAX; all SAs made for BURST_SEAL. */
void burst_seal(struct burst *b, struct burst_job *jobs, size_t n);

/* Checks the ICV at esp + len in constant time and decrypts in place. ok false:
 * the ICV was wrong or the length is not a whole number of blocks, and the
 * payload's contents are undefined and must not be looked at. */
void burst_open(struct burst *b, struct burst_job *jobs, size_t n);
