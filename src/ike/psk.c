/*
 * psk: authentication of phase 1 with a pre-shared key (RFC 2409 section 5 and
 * 5.4). Called by main and aggressive. In Main Mode the key is found by the address
 * alone, since the identity comes encrypted under it. Never keeps the key.
 */
#include "psk.h"

#include "keylog.h"

static enum ike_drop derive(struct isakmp_sa *sa, struct secret *psk)
{
	const struct handshake *hs = sa->hs;
	const struct bytes ni = {hs->ni, hs->ni_len}, nr = {hs->nr, hs->nr_len};
	const bool initiator = sa->role == IKE_INITIATOR;
	const struct bytes gxi = initiator ? dh_ours(hs->dh) : dh_theirs(hs->dh);
	const struct bytes gxr = initiator ? dh_theirs(hs->dh) : dh_ours(hs->dh);
	const struct keymat_seed seed = {.cky_i = {sa->cky_i, ISAKMP_COOKIE_LEN},
					 .cky_r = {sa->cky_r, ISAKMP_COOKIE_LEN},
					 .ni = ni,
					 .nr = nr,
					 .g_xy = dh_secret(hs->dh)};
	bool ok = keymat_skeyid_psk(&sa->key, secret_bytes(psk), ni, nr) &&
		  keymat_derive(&sa->key, &seed) && keymat_iv(&sa->key, gxi, gxr, sa->iv);

	secret_wipe(psk);
	if (ok)
		keylog_phase1(sa);
	return ok ? DROP_NONE : DROP_CRYPTO;
}

enum ike_drop psk_keys(struct isakmp_sa *sa)
{
	const struct ike_host *host = &sa->ike->cfg.host;
	struct secret psk = {0};

	if (!host->psk(host->ctx, &sa->flow, sa->aggressive ? &sa->peer_id : NULL, &psk))
		return DROP_PSK;
	return derive(sa, &psk);
}

enum ike_drop psk_keys_of_nobody(struct isakmp_sa *sa)
{
	const struct ike_host *host = &sa->ike->cfg.host;
	struct secret psk = {.len = 32};

	host->random(host->ctx, psk.b, psk.len);
	return derive(sa, &psk);
}

bool psk_hash(const struct isakmp_sa *sa, bool of_initiator, struct bytes id_body, uint8_t *out)
{
	const struct ike_dh_job *dh = sa->hs->dh;
	const bool own = of_initiator == (sa->role == IKE_INITIATOR);
	const struct bytes cky_i = {sa->cky_i, ISAKMP_COOKIE_LEN};
	const struct bytes cky_r = {sa->cky_r, ISAKMP_COOKIE_LEN};
	const struct bytes parts[6] = {own ? dh_ours(dh) : dh_theirs(dh),
				       own ? dh_theirs(dh) : dh_ours(dh),
				       of_initiator ? cky_i : cky_r,
				       of_initiator ? cky_r : cky_i,
				       sa_sai(sa),
				       id_body};

	return keymat_auth_hash(&sa->key, parts, out);
}

bool psk_check(const struct isakmp_sa *sa, bool of_initiator, struct bytes id_body,
	       struct bytes hash)
{
	uint8_t want[PRIM_HASH_MAX];

	return psk_hash(sa, of_initiator, id_body, want) && hash.len == sa->key.hash_len &&
	       secret_eq(want, hash.p, hash.len);
}
