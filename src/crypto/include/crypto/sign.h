/*
 * sign: private RSA keys, and the RSA signature of IKEv1 (RFC 2409 section 5.1): PKCS #1 v1.5
 * padding of block type 1 around the bare octets of HASH_I or HASH_R, without the DigestInfo
 * of other signatures. For the process that holds the key (the monitor; a client itself):
 * verification is cert.h's.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/rd.h"

#define SIGN_RSA_BITS_MIN  1024
#define SIGN_RSA_BITS_MAX  8192
#define SIGN_RSA_BITS_GOOD 2048 /* what a new key should have at least */
#define SIGN_MAX           (SIGN_RSA_BITS_MAX / 8)

struct sign_key;

/* A private key from the octets of a file: PEM (PKCS #1, PKCS #8, encrypted with password) or
 * DER. Other PEM blocks around it are skipped. NULL: *why is a constant that says why. */
struct sign_key *sign_key_load(struct bytes file, struct bytes password, const char **why);
void sign_key_free(struct sign_key *key); /* wipes; NULL is harmless */

/* Bits of the modulus: SIGN_RSA_BITS_MIN to _MAX. */
unsigned sign_key_bits(const struct sign_key *key);

/* Signs digest (16 to 64 octets) into out (room for SIGN_MAX). Octets of the signature, which is
 * as long as the modulus; 0: libcrypto failed, and out is zero. Slow: 1 ms for 2048 bits,
 * 40 ms for 8192. Any thread. */
size_t sign_bare(const struct sign_key *key, struct bytes digest, uint8_t out[SIGN_MAX]);
