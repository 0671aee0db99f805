/*
 * burst_impl: what burst.c shares with the two implementations.
 *
 * An implementation is given only jobs that burst.c has checked: the SA is of
 * this direction, len is header, IV and one or more whole blocks, n is 1 to
 * BURST_MAX. It sets ok of every job.
 */
#pragma once

#include "crypto/burst.h"

#define ESP_HEADER_LEN 8 /* SPI and sequence number, RFC 4303 section 2 */
#define AES_BLOCK      16
#define AES_ROUNDS_MAX 15 /* round keys of AES-256 */
#define GCM_SALT       4  /* RFC 4106 section 4: the nonce is salt, then IV */
#define GCM_NONCE      12

struct burst_mb;

/* A hash's chaining value as native words in the order of its standard. */
union hash_state {
	_Alignas(16) uint32_t w32[8]; /* MD5: 4, SHA-1: 5, SHA-256: 8 */
	uint64_t w64[8];              /* SHA-384 and SHA-512 */
};

#define SA_KEY_MAX 32 /* without GCM's salt */

/* Immutable once made. A hundred thousand sessions have two each: nothing is here that a
 * worker can have once for all of them. */
struct burst_sa {
	/* ipsec-mb's round keys: as they are used in this direction. 16-byte aligned for it. */
	_Alignas(16) uint8_t round_keys[AES_BLOCK * AES_ROUNDS_MAX];
	/* HMAC (RFC 2104): the hash's state after the block of key xor ipad, and xor opad. */
	union hash_state inner, outer;
	struct burst_alg alg;
	enum burst_dir dir;
	uint8_t iv_len, icv_len, block_len;
	uint8_t salt[GCM_SALT];
	uint8_t key[SA_KEY_MAX]; /* libcrypto's; 3DES's for DES */
	uint64_t serial;         /* no other SA of the process has it, living or freed */
	void *mb_keys;           /* what ipsec-mb has in place of round keys for DES and GCM */
};

/* burst_hmac.c. The states of sa from its key; the whole HMAC of len octets at p, of
 * which a packet carries the first sa->icv_len. */
void burst_hmac_init(struct burst_sa *sa, const uint8_t *auth_key);
void burst_hmac(const struct burst_sa *sa, const uint8_t *p, size_t len,
		uint8_t out[BURST_AUTH_KEY_MAX]);

/* burst_openssl.c. new: NULL when libcrypto is not available or memory is short. */
struct burst_openssl;
struct burst_openssl *burst_openssl_new(void);
void burst_openssl_free(struct burst_openssl *o);
void burst_openssl_forget(struct burst_openssl *o, const struct burst_sa *sa);
void burst_openssl_sa_init(struct burst_sa *sa, const uint8_t *enc_key);
void burst_openssl_seal(struct burst_openssl *o, struct burst_job *const *jobs, size_t n);
void burst_openssl_open(struct burst_openssl *o, struct burst_job *const *jobs, size_t n);

/* burst_mb.c, or burst_no_mb.c where intel-ipsec-mb is not there at build time:
 * then burst_mb_new() is NULL and burst_mb_sa_init() does nothing. sa_init: false
 * when memory is short. */
struct burst_mb *burst_mb_new(void);
void burst_mb_free(struct burst_mb *mb);
bool burst_mb_sa_init(struct burst_sa *sa, const uint8_t *enc_key);
void burst_mb_sa_end(struct burst_sa *sa);
void burst_mb_run(struct burst_mb *mb, enum burst_dir dir, struct burst_job *const *jobs, size_t n);
