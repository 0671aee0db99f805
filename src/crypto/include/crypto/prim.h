/*
 * prim: the cryptographic primitives that IKE, PPP and AAA need, over libcrypto.
 *
 * Pure functions of their arguments: no randomness but where said, no I/O.
 * Every function that returns bool returns false on any failure of libcrypto
 * and then leaves its output zeroed.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/rd.h"
#include "base/secret.h"

enum prim_hash { PRIM_MD4, PRIM_MD5, PRIM_SHA1, PRIM_SHA256, PRIM_SHA384, PRIM_SHA512 };

/* Loads everything of libcrypto that this room uses into a library context of its
 * own: openssl.cnf and loadable providers play no part. The first call of any
 * other function does the same; a process that gives up its file system or its
 * system calls calls this before. False when libcrypto lacks something: *why
 * (when not NULL) is then a string constant that names it. Any thread, any number
 * of times. */
bool prim_init(const char **why);

#define PRIM_HASH_MAX 64

/* Octets of the digest; 16 to 64. */
size_t prim_hash_len(enum prim_hash h);

/* Digest of the n parts in order into out (prim_hash_len octets). */
bool prim_hash(enum prim_hash h, const struct bytes *parts, size_t n, uint8_t *out);

/* HMAC (RFC 2104) of the n parts under key into out (prim_hash_len octets). */
bool prim_hmac(enum prim_hash h, struct bytes key, const struct bytes *parts, size_t n,
	       uint8_t *out);

/* Block ciphers in CBC: RFC 3602, RFC 2451, RFC 2405. */
enum prim_cipher { PRIM_AES_CBC, PRIM_3DES_CBC, PRIM_DES_CBC };

#define PRIM_CBC_BLOCK_MAX 16
#define PRIM_CBC_KEY_MAX   32

/* Octets of a block and of an IV: 16 or 8. */
size_t prim_cbc_block_len(enum prim_cipher c);

/* Encrypts or decrypts in place. key_len: AES 16, 24 or 32, 3DES 24, DES 8 (parity bits
 * ignored); iv one block, not changed; len a multiple of the block. */
bool prim_cbc_encrypt(enum prim_cipher c, const uint8_t *key, size_t key_len, const uint8_t *iv,
		      uint8_t *data, size_t len);
bool prim_cbc_decrypt(enum prim_cipher c, const uint8_t *key, size_t key_len, const uint8_t *iv,
		      uint8_t *data, size_t len);

/* Is it one of the weak and semi-weak keys of DES (RFC 2409 appendix A), or a 3DES key with
 * two equal neighbours, which is single DES (RFC 2451 section 2.3)? AES has none. */
bool prim_cbc_key_weak(enum prim_cipher c, const uint8_t *key);

/* PBKDF2-HMAC-SHA-512 (RFC 8018); out_len up to 64. */
bool prim_pbkdf2(struct bytes password, struct bytes salt, uint32_t iterations, uint8_t *out,
		 size_t out_len);

/*
 * Diffie-Hellman. Groups by their IANA number (RFC 2409, 3526, 5903): MODP 1, 2,
 * 5, 14-18; ECP 19, 20, 21. Public values and secrets have the fixed length of
 * the group: MODP as long as the prime with leading zeros kept, ECP public value
 * X|Y and secret X only (RFC 5903 sections 7 and 9).
 *
 * Generating and deriving are slow: they run in the crypto pool, never in the
 * control thread. An object is used by one thread at a time.
 */
#define PRIM_DH_PUBLIC_MAX 1024
#define PRIM_DH_SECRET_MAX 1024

struct prim_dh;

bool prim_dh_known(unsigned group);
size_t prim_dh_public_len(unsigned group); /* 0 when the group is not known */
size_t prim_dh_secret_len(unsigned group);

/* A fresh key pair (libcrypto's random source), or NULL. Caller frees. */
struct prim_dh *prim_dh_generate(unsigned group);
void prim_dh_free(struct prim_dh *dh);

/* The key pair with this private value: MODP exponent or ECP scalar, big-endian,
 * 1 to p-2 or 1 to the curve's order - 1; NULL when it is not. For known-answer
 * tests and recorded exchanges; a server generates. Caller frees. */
struct prim_dh *prim_dh_from_private(unsigned group, struct bytes private_value);

/* Our public value into out (prim_dh_public_len octets). */
bool prim_dh_public(const struct prim_dh *dh, uint8_t *out);

/* Shared secret with the peer's public value into out (prim_dh_secret_len octets).
 * False when the value's length is not the group's, when it is 0, 1, p-1 or not
 * below p, when the point is not on the curve, or the result is degenerate. */
bool prim_dh_derive(const struct prim_dh *dh, struct bytes peer_public, uint8_t *out);
