/*
 * aaa: requests and verdicts of user authentication.
 *
 * The request is what PPP collected; the verdict is what PPP needs to answer and
 * what the session needs to start. Back ends are one file each; LOCAL is the only
 * one so far. Any error denies.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/rd.h"
#include "crypto/mschap.h"

enum aaa_method { AAA_PAP, AAA_CHAP, AAA_MSCHAP1, AAA_MSCHAP2, AAA_METHODS };

const char *aaa_method_name(enum aaa_method m);

struct aaa_request {
	enum aaa_method method;
	struct bytes name;          /* as the peer sent it: what MS-CHAP hashes */
	struct bytes password;      /* PAP */
	uint8_t challenge[16];      /* MS-CHAPv2: 16 octets; MS-CHAPv1: 8 */
	uint8_t peer_challenge[16]; /* MS-CHAPv2 */
	uint8_t nt_response[24];    /* MS-CHAPv1, v2 */
};

/* Why a user is not let in. The peer sees only error 691 for the first four
 * (security.md H-09); the story has the name. */
enum aaa_result {
	AAA_OK,
	AAA_UNKNOWN_USER,
	AAA_WRONG_PASSWORD,
	AAA_NO_CREDENTIAL,  /* the stored password cannot answer this method */
	AAA_METHOD_REFUSED, /* the server type cannot do this method (seed, table 1) */
	AAA_TYPE_REFUSED,   /* the user's authentication type cannot be asked here */
	AAA_ERROR,
};

struct aaa_verdict {
	enum aaa_result result;
	uint8_t auth_response[MSCHAP2_AUTH_RESPONSE]; /* OK with MS-CHAPv2 */
	uint16_t mschap_error;                        /* not OK: 691 */
	const char *reason; /* kebab-case constant: "wrong-password" ... */
	char text[160];     /* for the story, no secret in it */
};

/* What LOCAL stores of a user. */
enum aaa_stored { AAA_STORED_NONE, AAA_STORED_NT_HASH, AAA_STORED_PBKDF2 };

struct aaa_local_user {
	enum aaa_stored stored;
	const uint8_t *nt_hash; /* 16 octets */
	const uint8_t *salt;    /* 16 octets */
	const uint8_t *hash;    /* hash_len octets */
	uint8_t hash_len;       /* 16 (a hash from an ASA) or 32 */
	uint32_t iterations;
};

/* Checks a request against a LOCAL user (NULL: there is no such user; the
 * work of one stored with mschap is done and the same error told). RFC 2433, 2759; PAP compares the
 * NT hash or the PBKDF2 hash in constant time. */
void aaa_local(const struct aaa_request *req, const struct aaa_local_user *user,
	       struct aaa_verdict *out);

/* An anonymous user of a hub (softether.md 2.2): any password is right by PAP, CHAP and
 * MS-CHAPv1. MS-CHAPv2's answer proves that the server knows the password too (RFC 2759 8.7),
 * so there only these are right: bare, which is the user's name without a hub, the name as the
 * peer sent it, and the empty one. */
void aaa_anonymous(const struct aaa_request *req, struct bytes bare, struct aaa_verdict *out);

/* The verdict of whom no back end is asked about: result (not AAA_OK), 691 for the peer, reason
 * (a constant) and text for the story. */
void aaa_refuse(struct aaa_verdict *out, enum aaa_result result, const char *reason,
		const char *text);
