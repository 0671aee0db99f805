/*
 * MD4, RFC 1320 section 3. Here because libcrypto 3 keeps MD4 in the legacy
 * provider, a loadable module that need not be installed.
 *
 * Called by: prim_hash.c. Never allocates.
 */
#include "md4.h"

#include <string.h>

#include "base/secret.h"

#define MD4_ROUND2 0x5a827999u
#define MD4_ROUND3 0x6ed9eba1u

static uint32_t rol(uint32_t v, unsigned n)
{
	return v << n | v >> (32 - n);
}

static uint32_t f(uint32_t x, uint32_t y, uint32_t z)
{
	return (x & y) | (~x & z);
}

static uint32_t g(uint32_t x, uint32_t y, uint32_t z)
{
	return (x & y) | (x & z) | (y & z);
}

static uint32_t h(uint32_t x, uint32_t y, uint32_t z)
{
	return x ^ y ^ z;
}

static void load_words(const uint8_t *p, uint32_t x[16])
{
	for (unsigned i = 0; i < 16; i++, p += 4)
		x[i] = p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

/* 3.4: sixteen steps a round; step i works on the register that step i-1 left three behind. */
static void compress(uint32_t state[4], const uint8_t *block)
{
	static const uint8_t order[3][16] = {
		{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15},
		{0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15},
		{0, 8, 4, 12, 2, 10, 6, 14, 1, 9, 5, 13, 3, 11, 7, 15},
	};
	static const uint8_t shift[3][4] = {{3, 7, 11, 19}, {3, 5, 9, 13}, {3, 9, 11, 15}};
	uint32_t x[16], r[4];

	load_words(block, x);
	memcpy(r, state, sizeof(r));
	for (unsigned i = 0; i < 48; i++) {
		unsigned round = i / 16, at = (4 - i % 4) % 4;
		uint32_t b = r[(at + 1) % 4], c = r[(at + 2) % 4], d = r[(at + 3) % 4];
		uint32_t t = r[at] + x[order[round][i % 16]];

		if (round == 0)
			t += f(b, c, d);
		else if (round == 1)
			t += g(b, c, d) + MD4_ROUND2;
		else
			t += h(b, c, d) + MD4_ROUND3;
		r[at] = rol(t, shift[round][i % 4]);
	}
	for (unsigned i = 0; i < 4; i++)
		state[i] += r[i];
	secret_zero(x, sizeof(x));
}

void md4_begin(struct md4 *m)
{
	*m = (struct md4){.state = {0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476}};
}

void md4_add(struct md4 *m, const uint8_t *p, size_t len)
{
	while (len) {
		size_t used = m->len % MD4_BLOCK;
		size_t take = MD4_BLOCK - used < len ? MD4_BLOCK - used : len;

		memcpy(m->block + used, p, take);
		m->len += take;
		p += take;
		len -= take;
		if (used + take == MD4_BLOCK)
			compress(m->state, m->block);
	}
}

void md4_end(struct md4 *m, uint8_t out[MD4_LEN])
{
	static const uint8_t pad[MD4_BLOCK] = {0x80};
	uint64_t bits = m->len * 8;
	size_t used = m->len % MD4_BLOCK;
	uint8_t count[8];

	for (unsigned i = 0; i < 8; i++)
		count[i] = (uint8_t)(bits >> 8 * i);
	md4_add(m, pad, used < 56 ? 56 - used : 120 - used);
	md4_add(m, count, sizeof(count));
	for (unsigned i = 0; i < MD4_LEN; i++)
		out[i] = (uint8_t)(m->state[i / 4] >> 8 * (i % 4));
	secret_zero(m, sizeof(*m));
}
