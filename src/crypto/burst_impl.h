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
#define HASH_WORDS_MAX 8
#define ICV_MAX        16

struct burst_mb;

/* Immutable once made, but for what `cipher` points to. */
struct burst_sa {
	/* ipsec-mb's round keys: as they are used in this direction. 16-byte aligned for it. */
	_Alignas(16) uint8_t round_keys[AES_BLOCK * AES_ROUNDS_MAX];
	/* HMAC (RFC 2104): the hash's state after the block of key xor ipad, and xor opad. */
	_Alignas(16) uint32_t inner[HASH_WORDS_MAX];
	_Alignas(16) uint32_t outer[HASH_WORDS_MAX];
	struct burst_alg alg;
	enum burst_dir dir;
	void *cipher; /* EVP_CIPHER_CTX of this key and direction */
};

/* burst_openssl.c. sa_init fills sa's HMAC states and cipher for its alg and dir;
 * false when libcrypto failed, and then there is nothing to end. */
bool burst_openssl_available(void);
bool burst_openssl_sa_init(struct burst_sa *sa, const uint8_t *enc_key, const uint8_t *auth_key);
void burst_openssl_sa_end(struct burst_sa *sa);
void burst_openssl_seal(struct burst_job *const *jobs, size_t n);
void burst_openssl_open(struct burst_job *const *jobs, size_t n);

/* burst_mb.c, or burst_no_mb.c where intel-ipsec-mb is not there at build time:
 * then burst_mb_new() is NULL and burst_mb_sa_init() does nothing. */
struct burst_mb *burst_mb_new(void);
void burst_mb_free(struct burst_mb *mb);
void burst_mb_sa_init(struct burst_sa *sa, const uint8_t *enc_key);
void burst_mb_run(struct burst_mb *mb, enum burst_dir dir, struct burst_job *const *jobs, size_t n);
