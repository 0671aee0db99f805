/*
 * A peer's certificates and signature as a sum that leaves the control thread (RFC 2409 5.1,
 * RFC 4945): everything that the check needs goes along, its verdict comes back. Private to
 * src/ike.
 */
#pragma once

#include "isakmp.h"
#include "payload.h"

/* Reasons are constants in kebab case: a refusal's reason, and of an initiator's end. */
struct proof {
	/* the question */
	struct cert_trust *trust; /* held */
	int64_t now_s;
	bool of_server; /* whose certificate it is */
	enum ike_id_check id_check;
	bool sha1;
	unsigned rsa_bits_min;
	char name[256]; /* the peer must be called so; empty: need not */
	uint8_t digest[PRIM_HASH_MAX];
	uint8_t digest_len;
	size_t n; /* certificates; more than CERT_CHAIN_MAX: they are not kept */
	struct bytes der[CERT_CHAIN_MAX], id_body, signature; /* in mem */
	/* the answer */
	const char *reason; /* NULL: good */
	bool certain;       /* a refusal that another copy of the message would not change */
	uint16_t notify;    /* what the peer is told */
	char words[NOTE_TEXT], subject[CERT_NAME];
	uint8_t mem[];
};

/* Copies the CERT payloads of p (X.509 for signatures only), the ID body and the signature.
 * NULL: memory. */
struct proof *proof_new(const struct payloads *p, struct bytes id_body, struct bytes signature);
void proof_free(struct proof *f); /* NULL is harmless */

/* Any thread: fills in the answer; true: good. */
bool proof_check(struct proof *f);
