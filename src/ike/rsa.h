/* Authentication with RSA signatures (RFC 2409 5.1). Private to src/ike. */
#pragma once

#include "auth.h"
#include "proof.h"

/* Of a handshake in signature mode; made at the first use, freed with the handshake. */
struct rsa_half {
	struct proof *kept; /* the peer's, until it can be checked */
	uint8_t *id_body;   /* of Aggressive Mode's message 1, with its length */
	uint16_t id_body_len;
	struct ike_dh_job *check; /* out; NULL: none is */
	bool signing;             /* IKE_ACT_SIGN is out */
	bool asked, found;        /* by a CERTREQ; for a CA that one of our chains leads to */
	uint8_t chain;            /* which of ours */
	uint8_t n_send;           /* certificates of it that are sent; 0: all */
};

void rsa_half_free(struct rsa_half *r); /* NULL is harmless */

/* The ID body of a message that is long gone when its proof is checked: of any length, which
 * struct ike_id has not. False: memory. */
bool rsa_keep_id(struct isakmp_sa *sa, struct bytes id_body);

/* Can this be configured? A chain, trust, a clock; nothing too long for a message. */
bool rsa_possible(const struct ike_config *cfg);

/* The DN to stand as our identity, or *id is set (address, or as configured) and it is empty. */
struct bytes rsa_own_id(const struct isakmp_sa *sa, struct ike_id *id);

/* As id_parse(), but an ID_DER_ASN1_DN may have any length (ike.h, struct ike_id). */
bool rsa_id_parse(struct bytes body, struct ike_id *out);

/* Is job the check that sa waits for? Then it no longer does. */
bool rsa_take_check(struct isakmp_sa *sa, const struct ike_dh_job *job);
/* The same for a signature. */
bool rsa_take_signing(struct isakmp_sa *sa);

/* The check of the event's job was good: the certificate stays with the SA, the story says whose it
 * is. No job: nothing. */
void rsa_proved(struct isakmp_sa *sa, const struct event *e);

/* The check of the event's job was bad: counts, and tells the story. Returns what it said. */
const struct proof *rsa_refused(struct isakmp_sa *sa, const struct event *e);
/* Tells the peer, protected under the keys of the arrival; the octets, for its repetitions. */
struct bytes rsa_tell_refusal(struct isakmp_sa *sa, uint16_t notify);
