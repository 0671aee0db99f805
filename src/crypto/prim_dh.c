/*
 * Diffie-Hellman of prim.h: the table of groups and the life of a key pair. The
 * sums are in dh_modp.c and dh_ecp.c.
 *
 * Called by: the crypto pool on behalf of ike. Never runs in the control thread.
 */
#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/obj_mac.h>

#include "dh.h"
#include "libcrypto.h"

struct prim_dh {
	const struct dh_group *g;
	BIGNUM *x;
	uint8_t public_value[PRIM_DH_PUBLIC_MAX];
};

/* Exponent lengths: the larger estimates of RFC 3526 section 8; 256 bits where
 * that would be less or (groups 1 and 2) nothing is said. */
static const struct dh_group groups[] = {
	{1, 96, 96, &dh_modp, BN_get_rfc2409_prime_768, 256, 0},
	{2, 128, 128, &dh_modp, BN_get_rfc2409_prime_1024, 256, 0},
	{5, 192, 192, &dh_modp, BN_get_rfc3526_prime_1536, 256, 0},
	{14, 256, 256, &dh_modp, BN_get_rfc3526_prime_2048, 320, 0},
	{15, 384, 384, &dh_modp, BN_get_rfc3526_prime_3072, 420, 0},
	{16, 512, 512, &dh_modp, BN_get_rfc3526_prime_4096, 480, 0},
	{17, 768, 768, &dh_modp, BN_get_rfc3526_prime_6144, 540, 0},
	{18, 1024, 1024, &dh_modp, BN_get_rfc3526_prime_8192, 620, 0},
	{19, 64, 32, &dh_ecp, NULL, 0, NID_X9_62_prime256v1},
	{20, 96, 48, &dh_ecp, NULL, 0, NID_secp384r1},
	{21, 132, 66, &dh_ecp, NULL, 0, NID_secp521r1},
};

static const struct dh_group *group_of(unsigned id)
{
	for (size_t i = 0; i < sizeof(groups) / sizeof(groups[0]); i++)
		if (groups[i].id == id)
			return &groups[i];
	return NULL;
}

bool prim_dh_known(unsigned group)
{
	return group_of(group);
}

size_t prim_dh_public_len(unsigned group)
{
	const struct dh_group *g = group_of(group);

	return g ? g->public_len : 0;
}

size_t prim_dh_secret_len(unsigned group)
{
	const struct dh_group *g = group_of(group);

	return g ? g->secret_len : 0;
}

/* A context for sums with secrets: libcrypto's secure heap when there is one, wiped. */
static BN_CTX *scratch(void)
{
	const struct libcrypto *l = libcrypto();

	return l ? BN_CTX_secure_new_ex(l->ctx) : NULL;
}

static struct prim_dh *dh_new(const struct dh_group *g)
{
	struct prim_dh *dh = g ? calloc(1, sizeof(*dh)) : NULL;

	if (!dh)
		return NULL;
	dh->g = g;
	dh->x = BN_secure_new();
	if (!dh->x) {
		free(dh);
		return NULL;
	}
	BN_set_flags(dh->x, BN_FLG_CONSTTIME);
	return dh;
}

void prim_dh_free(struct prim_dh *dh)
{
	if (!dh)
		return;
	BN_clear_free(dh->x);
	free(dh);
}

/* Ends making a key pair: the public value, or nothing when something failed. */
static struct prim_dh *dh_finish(struct prim_dh *dh, bool ok, BN_CTX *ctx)
{
	ok = ok && dh->g->kind->public_of(dh->g, dh->x, dh->public_value, ctx);
	BN_CTX_free(ctx);
	if (ok)
		return dh;
	ERR_clear_error();
	prim_dh_free(dh);
	return NULL;
}

struct prim_dh *prim_dh_generate(unsigned group)
{
	struct prim_dh *dh = dh_new(group_of(group));
	BN_CTX *ctx = scratch();

	return dh_finish(dh, dh && ctx && dh->g->kind->generate(dh->g, dh->x, ctx), ctx);
}

struct prim_dh *prim_dh_from_private(unsigned group, struct bytes private_value)
{
	struct prim_dh *dh = dh_new(group_of(group));
	BN_CTX *ctx = scratch();
	bool ok = dh && ctx && private_value.len <= PRIM_DH_SECRET_MAX &&
		  BN_bin2bn(private_value.p, (int)private_value.len, dh->x) &&
		  dh->g->kind->fits(dh->g, dh->x, ctx);

	return dh_finish(dh, ok, ctx);
}

bool prim_dh_public(const struct prim_dh *dh, uint8_t *out)
{
	memcpy(out, dh->public_value, dh->g->public_len);
	return true;
}

bool prim_dh_derive(const struct prim_dh *dh, struct bytes peer_public, uint8_t *out)
{
	const struct dh_group *g = dh->g;
	BN_CTX *ctx = scratch();
	bool ok = ctx && peer_public.len == g->public_len &&
		  g->kind->derive(g, dh->x, peer_public.p, out, ctx);

	BN_CTX_free(ctx);
	if (!ok) {
		secret_zero(out, g->secret_len);
		ERR_clear_error();
	}
	return ok;
}
