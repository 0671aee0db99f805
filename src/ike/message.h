/*
 * Building ISAKMP messages (RFC 2408 3.1, 3.2) and the encryption of whole
 * messages (RFC 2409 section 5, appendix B). Private to src/ike.
 */
#pragma once

#include "base/wr.h"
#include "header.h"
#include "keymat.h"

struct msg {
	struct wr w;
	size_t next_at;       /* offset of the octet that names the next payload */
	size_t start, len_at; /* of the open payload */
};

/* Begins a message in buf; next payload and length of h are filled later. */
void msg_begin(struct msg *m, uint8_t *buf, size_t cap, const struct isakmp_header *h);

/* Opens a payload; write its body to the returned writer, then msg_close(). */
struct wr *msg_open(struct msg *m, uint8_t type);
void msg_close(struct msg *m);
void msg_add(struct msg *m, uint8_t type, struct bytes body);

/* Opens a HASH payload of len octets to be filled once the rest is written;
 * returns the offset of its body. Everything behind offset + len is "the rest". */
size_t msg_hash_room(struct msg *m, size_t len);

/* The whole message in clear; empty when something did not fit. */
struct bytes msg_clear(struct msg *m);

/* The same encrypted: zero padding to the cipher's block, flag E, iv moves to the last
 * block. Empty when something did not fit or libcrypto failed. */
struct bytes msg_encrypt(struct msg *m, const struct keymat *k, uint8_t iv[IKE_BLOCK]);

/* Decrypts body (what follows the header) into plain (cap octets). next_iv gets
 * the last block of the ciphertext; it may be iv. */
enum ike_drop msg_decrypt(const struct keymat *k, const uint8_t iv[IKE_BLOCK], struct bytes body,
			  uint8_t *plain, size_t cap, uint8_t next_iv[IKE_BLOCK]);
