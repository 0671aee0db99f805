/*
 * auth: what the authenticators have in common (RFC 2409 5): the derivation behind SKEYID,
 * HASH_I and HASH_R, our identity. Called by main, aggressive and the rows themselves.
 */
#include "auth.h"

#include "ike/profile.h"
#include "keylog.h"
#include "rsa.h"

const struct authenticator *auth_of(const struct isakmp_sa *sa)
{
	return sa->policy.auth == IKE_AUTH_RSA ? &rsa_authenticator : &psk_authenticator;
}

enum auth_step auth_check(struct isakmp_sa *sa, const struct event *e, struct bytes id_body)
{
	const struct authenticator *a = auth_of(sa);

	return a->keep(sa, e, id_body) ? a->check(sa, id_body) : AUTH_BAD;
}

enum ike_drop auth_derive(struct isakmp_sa *sa)
{
	const struct handshake *hs = sa->hs;
	const bool initiator = sa->role == IKE_INITIATOR;
	const struct bytes gxi = initiator ? dh_ours(hs->dh) : dh_theirs(hs->dh);
	const struct bytes gxr = initiator ? dh_theirs(hs->dh) : dh_ours(hs->dh);
	const struct keymat_seed seed = {.cky_i = {sa->cky_i, ISAKMP_COOKIE_LEN},
					 .cky_r = {sa->cky_r, ISAKMP_COOKIE_LEN},
					 .ni = {hs->ni, hs->ni_len},
					 .nr = {hs->nr, hs->nr_len},
					 .g_xy = dh_secret(hs->dh)};

	if (!keymat_derive(&sa->key, &seed) || !keymat_iv(&sa->key, gxi, gxr, sa->iv))
		return DROP_CRYPTO;
	keylog_phase1(sa);
	return DROP_NONE;
}

bool auth_hash(const struct isakmp_sa *sa, bool of_initiator, struct bytes id_body, uint8_t *out)
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

/* What we are without a name: our address (RFC 2409 5.4 leaves nothing else in Main Mode). */
static void address_id(const struct isakmp_sa *sa, struct ike_id *id)
{
	const struct ip_addr *a = &sa->flow.local.addr;

	*id = (struct ike_id){.type = a->family == 6 ? ID_IPV6_ADDR : ID_IPV4_ADDR,
			      .len = (uint8_t)ip_addr_len(a)};
	memcpy(id->data, a->ip, id->len);
}

struct bytes auth_own_id(const struct isakmp_sa *sa, uint8_t out[OWN_ID_MAX])
{
	const struct ike_profile *p = sa->role == IKE_INITIATOR ? sa->ike->cfg.profile : NULL;
	struct wr w = wr_of(out, OWN_ID_MAX);
	struct bytes dn = {NULL, 0};
	struct ike_id id;

	if (sa->aggressive && sa->role == IKE_INITIATOR && sa->peer->dial.id.type) {
		id_write(&w, &sa->peer->dial.id);
		return wr_done(&w);
	}
	address_id(sa, &id);
	if (sa->policy.auth == IKE_AUTH_RSA)
		dn = rsa_own_id(sa, &id);
	if (p && !dn.len) {
		id.protocol = p->id_protocol;
		id.port = p->id_port;
	}
	id_write(&w, &id);
	wr_bytes(&w, dn);
	return wr_done(&w);
}
