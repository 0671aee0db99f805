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

enum burst_cipher { BURST_AES_CBC };
enum burst_auth { BURST_HMAC_SHA1_96, BURST_HMAC_SHA256_128 };

struct burst_alg {
	enum burst_cipher cipher;
	uint16_t key_len; /* octets: 16, 24 or 32 */
	enum burst_auth auth;
};

enum burst_dir { BURST_SEAL, BURST_OPEN };

struct burst;
struct burst_sa; /* expanded keys of one SA in one direction */

/* Which implementation: BURST_AUTO takes ipsec-mb where the CPU can run it. */
enum burst_impl { BURST_AUTO, BURST_IPSEC_MB, BURST_LIBCRYPTO };

/* NULL when the implementation is not available here. */
struct burst *burst_new(enum burst_impl impl);
void burst_free(struct burst *b);
const char *burst_impl_name(const struct burst *b);

/* Octets of IV, ICV, and of the cipher block for padding. */
size_t burst_iv_len(const struct burst_alg *alg);
size_t burst_icv_len(const struct burst_alg *alg);
size_t burst_block_len(const struct burst_alg *alg);
size_t burst_auth_key_len(enum burst_auth auth); /* 20 or 32 (RFC 4868 2.1.1) */

/* Expands keys; NULL when the lengths do not fit the algorithms. Keys are copied
 * in expanded form; burst_sa_free() wipes them. The SA works with every struct
 * burst of the same process, but with one at a time: libcrypto's part of it holds
 * the state of the packet that is being worked on. One thread may make the SA and
 * hand it to another. */
struct burst_sa *burst_sa_new(const struct burst_alg *alg, enum burst_dir dir,
			      const uint8_t *enc_key, const uint8_t *auth_key);
void burst_sa_free(struct burst_sa *sa);

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
