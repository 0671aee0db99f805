/* One ESP suite as numbers of the wire and as words (RFC 2407 4.4.4, 4.5; RFC 4106, 4868).
 * Private to src/ike. */
#pragma once

#include "crypto/burst.h"
#include "proposal.h"

/* Can a transform say it? (the truncation of old Androids can not) */
bool suite_has_wire(const struct burst_alg *alg);

/* Transform id; DOI_AUTH's value, 0: none. */
uint8_t suite_id(const struct burst_alg *alg);
uint16_t suite_auth(const struct burst_alg *alg);

/* Do transforms of this id carry a key length? (RFC 2451: not 3DES) */
bool suite_says_key_length(uint16_t id);

/* Bits of the cipher's key that an offer means; AES without a key length: 128. */
uint16_t suite_key_bits(const struct offer *o);

/* "AES256-SHA1", "AESGCM128" into buf. */
void suite_words(uint16_t id, uint16_t key_bits, uint16_t auth, char *buf, size_t cap);

/* The words of `transform-set NAME ...` that take an offer; false: there are none. */
bool suite_command(const struct offer *o, char *buf, size_t cap);
