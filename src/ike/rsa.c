/*
 * rsa: authentication of phase 1 with RSA signatures (RFC 2409 5.1; RFC 2408 3.9, 3.10, 3.12;
 * RFC 4945): SKEYID, CERTREQ both ways, which chain of ours is sent, the signature as an action
 * for who holds the key, the peer's proof as a job for the crypto pool. Called by main and
 * aggressive through auth.h. Holds no private key and checks nothing itself.
 */
#include "rsa.h"

#include <stdlib.h>

#include "exchange.h"

#define CERT_X509_SIGNATURE 4 /* RFC 2408 3.9 */
#define CHAIN_OCTETS_MAX    8000
#define REQUESTS_MAX        8    /* CERTREQs of ours */
#define REQUEST_OCTETS_MAX  2000 /* of all of them; more CAs than fit: one for anybody */
#define ID_HEAD             64   /* of a DN that is too long for struct ike_id */

static struct rsa_half *half(struct isakmp_sa *sa)
{
	if (!sa->hs->rsa)
		sa->hs->rsa = calloc(1, sizeof(*sa->hs->rsa));
	return sa->hs->rsa;
}

void rsa_half_free(struct rsa_half *r)
{
	if (!r)
		return;
	proof_free(r->kept);
	free(r->id_body);
	free(r);
}

bool rsa_keep_id(struct isakmp_sa *sa, struct bytes id_body)
{
	struct rsa_half *r = half(sa);

	if (!r)
		return false;
	free(r->id_body);
	r->id_body = malloc(id_body.len);
	r->id_body_len = r->id_body ? (uint16_t)id_body.len : 0;
	if (r->id_body)
		memcpy(r->id_body, id_body.p, id_body.len);
	return r->id_body != NULL;
}

bool rsa_possible(const struct ike_config *cfg)
{
	const struct ike_pki *pki = &cfg->pki;

	if (!pki->n_chains || pki->n_chains > IKE_CHAINS_MAX || !pki->trust || !cfg->host.wall_s ||
	    (pki->peer_name && strlen(pki->peer_name) > 255))
		return false;
	for (size_t i = 0; i < pki->n_chains; i++) {
		const struct cert_chain *c = pki->chains[i];
		size_t octets = 0;

		for (size_t j = 0; j < cert_chain_count(c); j++)
			octets += cert_chain_der(c, j).len;
		if (octets > CHAIN_OCTETS_MAX || cert_chain_subject(c, 0).len > OWN_ID_MAX - 4)
			return false;
	}
	return true;
}

/* ---- keys ---- */

static enum ike_drop keys(struct isakmp_sa *sa)
{
	const struct handshake *hs = sa->hs;

	if (!half(sa))
		return DROP_MEMORY;
	if (!keymat_skeyid_signature(&sa->key, dh_secret(hs->dh),
				     (struct bytes){hs->ni, hs->ni_len},
				     (struct bytes){hs->nr, hs->nr_len}))
		return DROP_CRYPTO;
	return auth_derive(sa);
}

/* ---- which certificates ---- */

/* How many certificates of a chain lead to the CA of this name; 0: it is not on the way. */
static uint8_t leads_to(const struct cert_chain *c, struct bytes ca)
{
	for (size_t i = 0; i < cert_chain_count(c); i++) {
		struct bytes issuer = cert_chain_issuer(c, i);

		if (issuer.len == ca.len && memcmp(issuer.p, ca.p, ca.len) == 0)
			return (uint8_t)(i + 1);
	}
	return 0;
}

static void choose(const struct ike_pki *pki, struct rsa_half *r, struct bytes ca)
{
	for (size_t i = 0; i < pki->n_chains && !r->found; i++) {
		r->n_send = ca.len ? leads_to(pki->chains[i], ca) : 0;
		r->found = !ca.len || r->n_send;
		r->chain = (uint8_t)(r->found ? i : 0);
	}
}

/* The first CERTREQ that we can meet counts (RFC 2408 3.10); an empty one means anybody. What
 * cannot be met is answered all the same (RFC 4945 3.2.7.2). */
static void asked(struct isakmp_sa *sa, const struct event *e)
{
	const struct payload *p = payload_first(e->p, KIND_CERT_REQUEST);
	struct rsa_half *r = p ? half(sa) : NULL;

	for (; r && p && !r->found; p = payload_next(e->p, p)) {
		struct rd rd = rd_of_bytes(p->body);

		if (rd_u8(&rd) != CERT_X509_SIGNATURE || !rd_ok(&rd))
			continue;
		r->asked = true;
		choose(&sa->ike->cfg.pki, r, rd_rest(&rd));
	}
}

static void ask_for(struct msg *m, struct bytes ca)
{
	struct wr *w = msg_open(m, PAYLOAD_CERT_REQUEST);

	wr_u8(w, CERT_X509_SIGNATURE);
	wr_bytes(w, ca);
	msg_close(m);
}

static void ask(const struct isakmp_sa *sa, struct msg *m)
{
	const struct cert_trust *t = sa->ike->cfg.pki.trust;
	size_t n = t ? cert_trust_count(t) : 0, octets = 0;

	for (size_t i = 0; i < n; i++)
		octets += cert_trust_subject(t, i).len;
	if (n == 0 || n > REQUESTS_MAX || octets > REQUEST_OCTETS_MAX) {
		ask_for(m, (struct bytes){NULL, 0});
		return;
	}
	for (size_t i = 0; i < n; i++)
		ask_for(m, cert_trust_subject(t, i));
}

/* ---- our identity and our proof ---- */

/* NULL: the configuration that this handshake began with had it, and is another one now. */
static const struct cert_chain *own_chain(const struct isakmp_sa *sa)
{
	const struct rsa_half *r = sa->hs ? sa->hs->rsa : NULL;
	size_t i = r ? r->chain : 0;

	return i < sa->ike->cfg.pki.n_chains ? sa->ike->cfg.pki.chains[i] : NULL;
}

struct bytes rsa_own_id(const struct isakmp_sa *sa, struct ike_id *id)
{
	const struct ike_id *own = &sa->ike->cfg.pki.own_id;
	const struct cert_chain *c = own_chain(sa);

	if (!c || own->type == ID_IPV4_ADDR || own->type == ID_IPV6_ADDR)
		return (struct bytes){NULL, 0}; /* the address that we speak from */
	if (own->type) {
		*id = *own;
		return (struct bytes){NULL, 0};
	}
	*id = (struct ike_id){.type = ID_DER_ASN1_DN};
	return cert_chain_subject(c, 0);
}

static void act_sign(struct isakmp_sa *sa, struct bytes digest)
{
	struct ike *k = sa->ike;
	struct ike_act *a = outbox_push_must(k->out, sizeof(*a) + digest.len);

	if (!a) {
		drop(k, DROP_OUTBOX);
		return;
	}
	a->kind = IKE_ACT_SIGN;
	a->sa = sa->id;
	a->peer = sa->peer ? sa->peer->id : 0;
	a->flow = sa->flow;
	a->chain = sa->hs->rsa->chain;
	a->bytes.len = digest.len;
	memcpy(a + 1, digest.p, digest.len);
}

static enum auth_step prove(struct isakmp_sa *sa)
{
	uint8_t hash[PRIM_HASH_MAX], id[OWN_ID_MAX];

	if (!own_chain(sa) || !auth_hash(sa, sa->role == IKE_INITIATOR, auth_own_id(sa, id), hash))
		return AUTH_BAD;
	if (sa->hs->rsa->asked && !sa->hs->rsa->found)
		act_note(sa->ike, sa, &sa->flow, NOTE_INFO, "certificate-not-asked-for",
			 "the peer asks for a certificate of a CA that has issued none of ours: it "
			 "is sent one all the same");
	sa->hs->rsa->signing = true;
	act_sign(sa, (struct bytes){hash, sa->key.hash_len});
	return AUTH_LATER;
}

/* RFC 4945 3.3.4: our own first, then those that lead to the CA that was asked for. Also without a
 * CERTREQ: some never send one and want it. */
static bool write(struct isakmp_sa *sa, struct msg *m, struct bytes signature)
{
	const struct cert_chain *c = own_chain(sa);
	size_t n = c ? cert_chain_count(c) : 0;

	if (sa->hs->rsa->n_send && sa->hs->rsa->n_send < n)
		n = sa->hs->rsa->n_send;
	for (size_t i = 0; i < n; i++) {
		struct wr *w = msg_open(m, PAYLOAD_CERT);

		wr_u8(w, CERT_X509_SIGNATURE);
		wr_bytes(w, cert_chain_der(c, i));
		msg_close(m);
	}
	msg_add(m, PAYLOAD_SIGNATURE, signature);
	return n && wr_ok(&m->w);
}

bool rsa_take_signing(struct isakmp_sa *sa)
{
	struct rsa_half *r = sa->hs ? sa->hs->rsa : NULL;
	bool was = r && r->signing;

	if (was)
		r->signing = false;
	return was;
}

/* ---- the peer's proof ---- */

bool rsa_id_parse(struct bytes body, struct ike_id *out)
{
	struct rd r = rd_of_bytes(body);
	struct bytes dn;

	if (id_parse(body, out))
		return true;
	*out = (struct ike_id){.type = rd_u8(&r), .protocol = rd_u8(&r), .port = rd_u16(&r)};
	dn = rd_rest(&r);
	if (out->type != ID_DER_ASN1_DN || dn.len <= sizeof(out->data))
		return false;
	memcpy(out->data, dn.p, ID_HEAD);
	out->len = sizeof(out->data);
	return prim_hash(PRIM_SHA256, &dn, 1, out->data + ID_HEAD);
}

static bool keep(struct isakmp_sa *sa, const struct event *e, struct bytes id_body)
{
	struct rsa_half *r = half(sa);

	if (!r)
		return false;
	proof_free(r->kept);
	r->kept = proof_new(e->p, id_body, payload_first(e->p, KIND_SIGNATURE)->body);
	return r->kept != NULL;
}

static enum auth_step check(struct isakmp_sa *sa, struct bytes id_body)
{
	const struct ike_config *cfg = &sa->ike->cfg;
	struct rsa_half *r = sa->hs->rsa;
	struct proof *f = r->kept;
	struct ike_dh_job *job;

	(void)id_body; /* the proof has it whole */
	if (!rsa_possible(cfg) || !auth_hash(sa, sa->role == IKE_RESPONDER, f->id_body, f->digest))
		return AUTH_BAD;
	r->kept = NULL;
	f->digest_len = sa->key.hash_len;
	f->trust = cert_trust_hold(cfg->pki.trust);
	f->now_s = cfg->host.wall_s(cfg->host.ctx);
	f->of_server = sa->role == IKE_INITIATOR;
	f->id_check = cfg->pki.id_check;
	f->sha1 = cfg->pki.sha1;
	f->rsa_bits_min = cfg->pki.rsa_bits_min;
	if (cfg->pki.peer_name && f->of_server)
		memcpy(f->name, cfg->pki.peer_name, strlen(cfg->pki.peer_name));
	job = dh_job_of_proof(f);
	if (!job)
		return AUTH_BAD;
	r->check = job;
	act_dh(sa->ike, sa, job, sa->role == IKE_RESPONDER);
	return AUTH_LATER;
}

bool rsa_take_check(struct isakmp_sa *sa, const struct ike_dh_job *job)
{
	struct rsa_half *r = sa->hs ? sa->hs->rsa : NULL;
	bool waits = r && r->check == job;

	if (waits)
		r->check = NULL;
	return waits;
}

void rsa_proved(struct isakmp_sa *sa, const struct event *e)
{
	const struct proof *f = e->job ? e->job->proof : NULL;

	if (!f)
		return;
	act_note(sa->ike, sa, &sa->flow, NOTE_INFO, "certificate",
		 "the peer has shown the certificate of %s", f->subject);
	free(sa->cert);
	sa->cert = malloc(f->der[0].len);
	sa->cert_len = 0;
	if (!sa->cert)
		return;
	memcpy(sa->cert, f->der[0].p, f->der[0].len);
	sa->cert_len = (uint16_t)f->der[0].len;
}

const struct proof *rsa_refused(struct isakmp_sa *sa, const struct event *e)
{
	const struct proof *f = e->job->proof;

	drop(sa->ike, DROP_CERT);
	drop(sa->ike, DROP_AUTH);
	act_note(sa->ike, sa, &sa->flow, NOTE_REFUSED, f->reason, "%s: %s",
		 sa->role == IKE_INITIATOR ? "the server" : "the client", f->words);
	return f;
}

struct bytes rsa_tell_refusal(struct isakmp_sa *sa, uint16_t notify)
{
	const struct arrival *a = &sa->hs->arrival;
	const struct flow flow = sa->flow;
	const bool natt = sa->natt;
	uint8_t iv[IKE_BLOCK];
	struct bytes out;

	/* as the peer sees it: its last message was taken and came from where it is now */
	memcpy(iv, sa->iv, IKE_BLOCK);
	memcpy(sa->iv, a->next_iv, IKE_BLOCK);
	sa->flow = a->flow;
	sa->natt = a->natt;
	out = notify_send(sa, PROTO_ISAKMP, (struct bytes){NULL, 0}, notify,
			  (struct bytes){NULL, 0});
	memcpy(sa->iv, iv, IKE_BLOCK);
	sa->flow = flow;
	sa->natt = natt;
	return out;
}

const struct authenticator rsa_authenticator = {
	.method = IKE_AUTH_RSA,
	.proof = KIND_SIGNATURE,
	.keys = keys,
	.prove = prove,
	.write = write,
	.keep = keep,
	.check = check,
	.ask = ask,
	.asked = asked,
	.mismatch = "certificate-malformed",
	.client_is_wrong = "the client's message with its certificate and signature cannot be read",
	.server_is_wrong = "the server's message with its certificate cannot be read",
	.failed = "certificate-malformed",
	.refused = "peer-refuses-certificate",
	.server_refuses = "probably for the CA, the dates or the name of our certificate",
};
