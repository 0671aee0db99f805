/*
 * ECP groups: RFC 5903 (19, 20, 21). A public value is X|Y, each as long as the
 * field's prime (section 7); the shared secret is X alone (section 9).
 *
 * The curves have cofactor 1: a point on the curve other than the point at
 * infinity, which X|Y cannot express, is in the right group.
 *
 * Called by: prim_dh.c.
 */
#include <string.h>

#include <openssl/ec.h>

#include "dh.h"
#include "libcrypto.h"

#define FIELD_MAX    66
#define UNCOMPRESSED 4 /* SEC 1 section 2.3.3 */

static EC_GROUP *curve_of(const struct dh_group *g)
{
	const struct libcrypto *l = libcrypto();

	return l ? EC_GROUP_new_by_curve_name_ex(l->ctx, NULL, g->curve) : NULL;
}

static bool ecp_fits(const struct dh_group *g, const BIGNUM *x, BN_CTX *ctx)
{
	EC_GROUP *curve = curve_of(g);
	bool ok = curve && !BN_is_zero(x) && BN_cmp(x, EC_GROUP_get0_order(curve)) < 0;

	(void)ctx;
	EC_GROUP_free(curve);
	return ok;
}

static bool ecp_generate(const struct dh_group *g, BIGNUM *x, BN_CTX *ctx)
{
	EC_GROUP *curve = curve_of(g);
	bool ok = curve;

	do
		ok = ok && BN_priv_rand_range_ex(x, EC_GROUP_get0_order(curve), 0, ctx) == 1;
	while (ok && BN_is_zero(x));
	EC_GROUP_free(curve);
	return ok;
}

/* X, and Y behind it when y is wanted, of an affine point. */
static bool put_point(const struct dh_group *g, const EC_GROUP *curve, const EC_POINT *point,
		      uint8_t *out, bool with_y, BN_CTX *ctx)
{
	BIGNUM *x = BN_new(), *y = BN_new();
	int len = g->secret_len;
	bool ok = x && y && EC_POINT_get_affine_coordinates(curve, point, x, y, ctx) == 1 &&
		  BN_bn2binpad(x, out, len) == len &&
		  (!with_y || BN_bn2binpad(y, out + len, len) == len);

	BN_clear_free(x);
	BN_clear_free(y);
	return ok;
}

static bool ecp_public_of(const struct dh_group *g, const BIGNUM *x, uint8_t *out, BN_CTX *ctx)
{
	EC_GROUP *curve = curve_of(g);
	EC_POINT *point = curve ? EC_POINT_new(curve) : NULL;
	bool ok = point && EC_POINT_mul(curve, point, x, NULL, NULL, ctx) == 1 &&
		  put_point(g, curve, point, out, true, ctx);

	EC_POINT_free(point);
	EC_GROUP_free(curve);
	return ok;
}

/* EC_POINT_oct2point() refuses coordinates not below the prime and points off the curve. */
static bool ecp_derive(const struct dh_group *g, const BIGNUM *x, const uint8_t *peer, uint8_t *out,
		       BN_CTX *ctx)
{
	uint8_t octets[1 + 2 * FIELD_MAX] = {UNCOMPRESSED};
	EC_GROUP *curve = curve_of(g);
	EC_POINT *y = curve ? EC_POINT_new(curve) : NULL, *z = curve ? EC_POINT_new(curve) : NULL;
	bool ok;

	memcpy(octets + 1, peer, g->public_len);
	ok = y && z && EC_POINT_oct2point(curve, y, octets, g->public_len + 1u, ctx) == 1 &&
	     EC_POINT_mul(curve, z, NULL, y, x, ctx) == 1 && !EC_POINT_is_at_infinity(curve, z) &&
	     put_point(g, curve, z, out, false, ctx);
	EC_POINT_free(y);
	EC_POINT_clear_free(z);
	EC_GROUP_free(curve);
	return ok;
}

const struct dh_kind dh_ecp = {ecp_generate, ecp_fits, ecp_public_of, ecp_derive};
