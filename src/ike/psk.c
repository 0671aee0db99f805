/*
 * psk: authentication of phase 1 with a pre-shared key (RFC 2409 section 5 and
 * 5.4). Called by main and aggressive. In Main Mode the key is found by the address
 * alone, since the identity comes encrypted under it. Never keeps the key.
 */
#include "psk.h"

static enum ike_drop derive(struct isakmp_sa *sa, struct secret *psk)
{
	const struct handshake *hs = sa->hs;
	bool ok = keymat_skeyid_psk(&sa->key, secret_bytes(psk), (struct bytes){hs->ni, hs->ni_len},
				    (struct bytes){hs->nr, hs->nr_len});

	secret_wipe(psk);
	return ok ? auth_derive(sa) : DROP_CRYPTO;
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

bool psk_check(const struct isakmp_sa *sa, bool of_initiator, struct bytes id_body,
	       struct bytes hash)
{
	uint8_t want[PRIM_HASH_MAX];

	return auth_hash(sa, of_initiator, id_body, want) && hash.len == sa->key.hash_len &&
	       secret_eq(want, hash.p, hash.len);
}

/* ---- as an authenticator ---- */

static enum auth_step prove(struct isakmp_sa *sa)
{
	(void)sa;
	return AUTH_GOOD;
}

static bool write(struct isakmp_sa *sa, struct msg *m, struct bytes signature)
{
	uint8_t hash[PRIM_HASH_MAX], id[OWN_ID_MAX];

	(void)signature;
	if (!auth_hash(sa, sa->role == IKE_INITIATOR, auth_own_id(sa, id), hash))
		return false;
	msg_add(m, PAYLOAD_HASH, (struct bytes){hash, sa->key.hash_len});
	return true;
}

static bool keep(struct isakmp_sa *sa, const struct event *e, struct bytes id_body)
{
	const struct bytes hash = payload_first(e->p, KIND_HASH)->body;

	(void)id_body;
	memcpy(sa->hs->peer_hash, hash.p, hash.len);
	sa->hs->peer_hash_len = (uint8_t)hash.len;
	return true;
}

static enum auth_step check(struct isakmp_sa *sa, struct bytes id_body)
{
	const struct bytes hash = {sa->hs->peer_hash, sa->hs->peer_hash_len};

	return psk_check(sa, sa->role == IKE_RESPONDER, id_body, hash) ? AUTH_GOOD : AUTH_BAD;
}

static void ask(const struct isakmp_sa *sa, struct msg *m)
{
	(void)sa;
	(void)m;
}

static void asked(struct isakmp_sa *sa, const struct event *e)
{
	(void)sa;
	(void)e;
}

const struct authenticator psk_authenticator = {
	.method = IKE_AUTH_PSK,
	.proof = KIND_HASH,
	.keys = psk_keys,
	.prove = prove,
	.write = write,
	.keep = keep,
	.check = check,
	.ask = ask,
	.asked = asked,
	.mismatch = "psk-mismatch",
	.client_is_wrong =
		"the pre-shared key on the client is probably different from the one here",
	.server_is_wrong = "the server's HASH_R is wrong: it has another pre-shared key",
	.failed = "peer-auth-failed",
	.refused = "peer-auth-failed",
	.server_refuses = "the pre-shared keys are probably different",
};
