/* md4: the MD4 message digest (RFC 1320). Broken as a hash; MS-CHAP is defined on it. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#define MD4_LEN   16
#define MD4_BLOCK 64

struct md4 {
	uint32_t state[4];
	uint64_t len; /* octets so far */
	uint8_t block[MD4_BLOCK];
};

void md4_begin(struct md4 *m);
void md4_add(struct md4 *m, const uint8_t *p, size_t len);

/* Writes the digest and wipes m. */
void md4_end(struct md4 *m, uint8_t out[MD4_LEN]);
