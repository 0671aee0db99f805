/*
 * The authenticators of phase 1, a row each (RFC 2409 5.1 signatures, 5.4 pre-shared keys):
 * where SKEYID comes from, how we prove who we are, how the peer does. Private to src/ike.
 */
#pragma once

#include "sa.h"

#define OWN_ID_MAX (4 + 1024) /* octets of our ID payload body */

enum auth_step {
	AUTH_GOOD,
	AUTH_LATER, /* a sum is out: EV_AUTH_OK or EV_AUTH_BAD will come */
	AUTH_BAD,   /* check: wrong; prove: no memory */
};

struct authenticator {
	enum ike_auth method;
	enum payload_kind proof; /* the payload that proves: HASH or SIG */
	/* SKEYID*, cipher key and first IV from the finished DH job. DROP_PSK: no key for it. */
	enum ike_drop (*keys)(struct isakmp_sa *sa);
	enum auth_step (*prove)(struct isakmp_sa *sa);
	/* What stands behind our ID; signature: what prove() has led to. False: libcrypto. */
	bool (*write)(struct isakmp_sa *sa, struct msg *m, struct bytes signature);
	/* Keeps the proof in e, which has the payload; then checks what was kept, once there are
	 * keys. id_body: the peer's. False: memory. */
	bool (*keep)(struct isakmp_sa *sa, const struct event *e, struct bytes id_body);
	enum auth_step (*check)(struct isakmp_sa *sa, struct bytes id_body);
	/* CERTREQs of ours into a message that may have some, and those of the peer's messages. */
	void (*ask)(const struct isakmp_sa *sa, struct msg *m);
	void (*asked)(struct isakmp_sa *sa, const struct event *e);
	/* Reason and words of a proof that is wrong; reason of an initiator's end by one; reason
	 * and words of a refusal by the server. */
	const char *mismatch, *client_is_wrong, *server_is_wrong;
	const char *failed;
	const char *refused, *server_refuses;
};

extern const struct authenticator psk_authenticator, rsa_authenticator;

/* Of the suite that was chosen. */
const struct authenticator *auth_of(const struct isakmp_sa *sa);

/* keep() and check() at once. */
enum auth_step auth_check(struct isakmp_sa *sa, const struct event *e, struct bytes id_body);

/* From key.skeyid and the handshake: the rest of the key material and the first IV. */
enum ike_drop auth_derive(struct isakmp_sa *sa);

/* HASH_I (of_initiator) or HASH_R over an ID body into out (key.hash_len octets). */
bool auth_hash(const struct isakmp_sa *sa, bool of_initiator, struct bytes id_body, uint8_t *out);

/* Our ID payload's body. */
struct bytes auth_own_id(const struct isakmp_sa *sa, uint8_t out[OWN_ID_MAX]);
