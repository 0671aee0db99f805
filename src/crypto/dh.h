/*
 * dh: what a Diffie-Hellman group of either kind does for prim_dh.c.
 *
 * Both kinds hold the private value as a BIGNUM and the public value as the
 * octets that go into the KE payload.
 */
#pragma once

#include <openssl/bn.h>

#include "crypto/prim.h"

struct dh_group;

/* Each returns false on any failure; out may then hold anything. */
struct dh_kind {
	/* A fresh private value into x. */
	bool (*generate)(const struct dh_group *g, BIGNUM *x, BN_CTX *ctx);
	/* Is x in the range of private values? */
	bool (*fits)(const struct dh_group *g, const BIGNUM *x, BN_CTX *ctx);
	/* Public value of x, g->public_len octets. */
	bool (*public_of)(const struct dh_group *g, const BIGNUM *x, uint8_t *out, BN_CTX *ctx);
	/* Secret of x and the peer's g->public_len octets, g->secret_len octets. */
	bool (*derive)(const struct dh_group *g, const BIGNUM *x, const uint8_t *peer, uint8_t *out,
		       BN_CTX *ctx);
};

struct dh_group {
	uint16_t id; /* IANA number */
	uint16_t public_len, secret_len;
	const struct dh_kind *kind;
	BIGNUM *(*prime)(BIGNUM *bn); /* MODP: libcrypto's own copy of the prime */
	uint16_t private_bits;        /* MODP */
	int curve;                    /* ECP: NID */
};

extern const struct dh_kind dh_modp, dh_ecp;
