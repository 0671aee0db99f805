/* digest: control message authentication of RFC 3931 sections 4.3 and 5.4.1. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/rd.h"

#define DIGEST_KEY_LEN   16
#define DIGEST_MAX       20
#define DIGEST_FOR_HIDE  1 /* purposes of a key */
#define DIGEST_FOR_CHECK 2

/* HMAC_MD5(secret, purpose); false when libcrypto fails. */
bool digest_key(struct bytes secret, uint8_t purpose, uint8_t out[DIGEST_KEY_LEN]);

/* Octets of a digest of the type; 0: no such type. */
size_t digest_len(uint8_t type);

/* The nonces of a message that leaves; turned round for one that comes. Both empty
 * for an SCCRQ. */
struct digest_nonces {
	struct bytes sender, receiver;
};

/* Fills the Message Digest AVP that stands directly behind the Message Type of a
 * control message (from its header on). False: there is none, or libcrypto failed. */
bool digest_fill(uint8_t *msg, size_t len, struct bytes key, const struct digest_nonces *nonces);

enum digest_verdict { DIGEST_OK, DIGEST_NONE, DIGEST_WRONG };

/* Checks the one or two Message Digests of a control message; one that is right is
 * enough. *type: of that one. */
enum digest_verdict digest_check(struct bytes msg, struct bytes key,
				 const struct digest_nonces *nonces, uint8_t *type);

/* What must be known of a message before it may be trusted: its type, and its nonce
 * (empty when it has none). Cisco's own message is an ACK. False: not a chain of AVPs
 * that opens with a Message Type. */
bool digest_peek(struct bytes msg, uint16_t *message_type, struct bytes *nonce);
