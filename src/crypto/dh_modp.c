/*
 * MODP groups: RFC 2409 section 6 (1, 2), RFC 3526 (5, 14-18); generator 2.
 *
 * The primes are safe primes, so a public value in 2..p-2 has a large order and no
 * further check is needed (RFC 6989 section 2.1).
 *
 * Called by: prim_dh.c.
 */
#include "dh.h"

/* RFC 2412 section 2.3.1.1 and RFC 3526 section 8: an exponent of twice the
 * group's strength in bits is as strong as a full one, and several times faster.
 * The top bit is set so that the length, and with it the running time, is fixed. */
static bool modp_generate(const struct dh_group *g, BIGNUM *x, BN_CTX *ctx)
{
	return BN_priv_rand_ex(x, g->private_bits, BN_RAND_TOP_ONE, BN_RAND_BOTTOM_ANY, 0, ctx) ==
	       1;
}

/* 1 < v < p-1 */
static bool inner(const BIGNUM *v, const BIGNUM *p, BN_CTX *ctx)
{
	BIGNUM *least;
	bool ok;

	BN_CTX_start(ctx);
	least = BN_CTX_get(ctx);
	ok = least && BN_copy(least, p) && BN_sub_word(least, 1) == 1 && !BN_is_zero(v) &&
	     !BN_is_one(v) && BN_cmp(v, least) < 0;
	BN_CTX_end(ctx);
	return ok;
}

static bool modp_fits(const struct dh_group *g, const BIGNUM *x, BN_CTX *ctx)
{
	BIGNUM *p = g->prime(NULL);
	bool ok = p && (BN_is_one(x) || inner(x, p, ctx));

	BN_free(p);
	return ok;
}

/* base^x mod p with leading zeros, refused unless 1 < result < p-1. */
static bool power(const struct dh_group *g, const BIGNUM *base, const BIGNUM *x, const BIGNUM *p,
		  uint8_t *out, BN_CTX *ctx)
{
	BIGNUM *r = BN_new();
	bool ok = r && BN_mod_exp_mont_consttime(r, base, x, p, ctx, NULL) == 1 &&
		  inner(r, p, ctx) && BN_bn2binpad(r, out, g->secret_len) == g->secret_len;

	BN_clear_free(r);
	return ok;
}

static bool modp_public_of(const struct dh_group *g, const BIGNUM *x, uint8_t *out, BN_CTX *ctx)
{
	BIGNUM *p = g->prime(NULL), *two = BN_new();
	bool ok = p && two && BN_set_word(two, 2) == 1 && power(g, two, x, p, out, ctx);

	BN_free(two);
	BN_free(p);
	return ok;
}

static bool modp_derive(const struct dh_group *g, const BIGNUM *x, const uint8_t *peer,
			uint8_t *out, BN_CTX *ctx)
{
	BIGNUM *p = g->prime(NULL), *y = BN_bin2bn(peer, g->public_len, NULL);
	bool ok = p && y && inner(y, p, ctx) && power(g, y, x, p, out, ctx);

	BN_free(y);
	BN_free(p);
	return ok;
}

const struct dh_kind dh_modp = {modp_generate, modp_fits, modp_public_of, modp_derive};
