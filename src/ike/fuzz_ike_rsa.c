/*
 * fuzz_ike_rsa: message 5 of Main Mode with RSA signatures as a client with whatever keys it likes
 * may send it: ID, CERT, CERTREQ, SIG and anything else, in any number and order, true ones
 * among them. Input: records of an octet that says what, and what it needs (see enum). Only
 * with the certificate, identity and signature of the true client may an SA come up.
 */
#include <stdlib.h>

#include "craft.h"
#include "rsa.h"
#include "test_pki.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum {
	R_ID,         /* the true one */
	R_CERT,       /* the true one */
	R_CA,         /* its issuer's */
	R_SIG,        /* the true one */
	R_CERT_BENT,  /* the true one with an octet changed: offset (2), xor (1) */
	R_SIG_BENT,   /* the same */
	R_ID_BENT,    /* the same */
	R_CERT_OTHER, /* of the same CA, another one's */
	R_PAYLOAD,    /* type (1), length (2), body */
	R_COUNT
};

static struct lab lab;
static struct pki *root, *pc, *gw, *other;
static struct sign_key *key;
static struct cert_trust *trust;
static struct cert_chain *chains[2];
static uint8_t plain[IKE_MESSAGE_MAX];

static void must(bool ok)
{
	if (!ok)
		abort();
}

static void make_all(void)
{
	static uint8_t pem[8192];
	const char *why;

	root = pki_ca("Root CA");
	pc = pki_leaf(root, "pc", "DNS:pc.example,IP:192.168.0.2");
	gw = pki_leaf(root, "gw", NULL);
	other = pki_leaf(root, "other", "DNS:other.example");
	key = sign_key_load(pki_pem(NULL, 0, pc, NULL, pem, sizeof(pem)), (struct bytes){NULL, 0},
			    &why);
	trust = cert_trust_new();
	must(key && trust && cert_trust_add(trust, root->der));
	chains[CLIENT] = cert_chain_new(&pc->der, 1, NULL);
	chains[SERVER] = cert_chain_new(&gw->der, 1, NULL);
	must(chains[CLIENT] && chains[SERVER]);
}

/* Both sides have keys; the client's message 5 waits for a signature that does not come. */
static void until_message_5(void)
{
	static const struct ike_policy policy = {10, 7, 256, PRIM_SHA256, 19, IKE_AUTH_RSA, 28800};

	lab_init(&lab);
	for (int i = 0; i < 2; i++) {
		struct ike_config cfg = lab_config(&lab, i);

		lab.s[i].wall_s = PKI_NOW;
		lab.s[i].hold_sign = true;
		cfg.policies = &policy;
		cfg.pki = (struct ike_pki){.chains = (const struct cert_chain *const *)&chains[i],
					   .n_chains = 1,
					   .trust = trust};
		lab_start(&lab, i, &cfg);
	}
	lab_dial(&lab);
	lab_settle(&lab);
	must(craft_sa(&lab, CLIENT)->state == MM_SIGN_MSG5);
}

/* ---- records ---- */

static void payload(struct wr *w, size_t *next_at, uint8_t *first, uint8_t type, struct bytes body)
{
	size_t at = w->len;

	if (!wr_ok(w) || body.len > UINT16_MAX - 4)
		return;
	if (at)
		plain[*next_at] = type;
	else
		*first = type;
	*next_at = at;
	wr_u16(w, 0);
	wr_u16(w, (uint16_t)(body.len + 4));
	wr_bytes(w, body);
}

/* One changed octet of what stands at the end of w. */
static void bend(struct wr *w, struct rd *r, size_t len)
{
	uint16_t offset = rd_u16(r);
	uint8_t with = rd_u8(r);

	if (wr_ok(w) && len && w->len >= len)
		plain[w->len - len + offset % len] ^= with;
}

static struct bytes true_signature(uint8_t out[SIGN_MAX])
{
	const struct isakmp_sa *sa = craft_sa(&lab, CLIENT);
	uint8_t hash[PRIM_HASH_MAX], id[OWN_ID_MAX];
	size_t len;

	must(auth_hash(sa, true, auth_own_id(sa, id), hash));
	len = sign_bare(key, (struct bytes){hash, sa->key.hash_len}, out);
	must(len);
	return (struct bytes){out, len};
}

static struct bytes encoded(const struct pki *p, uint8_t *buf)
{
	buf[0] = 4;
	memcpy(buf + 1, p->der.p, p->der.len);
	return (struct bytes){buf, p->der.len + 1};
}

static uint8_t build(struct rd *r, struct wr *w)
{
	static uint8_t cert[CERT_DER_MAX + 1], signature[SIGN_MAX], id[OWN_ID_MAX];
	const struct isakmp_sa *sa = craft_sa(&lab, CLIENT);
	uint8_t first = PAYLOAD_NONE, type;
	size_t next_at = 0;
	struct bytes b;

	while (rd_left(r)) {
		uint8_t what = rd_u8(r) % R_COUNT;

		switch (what) {
		case R_ID:
		case R_ID_BENT:
			b = auth_own_id(sa, id);
			type = PAYLOAD_ID;
			break;
		case R_SIG:
		case R_SIG_BENT:
			b = true_signature(signature);
			type = PAYLOAD_SIGNATURE;
			break;
		case R_PAYLOAD:
			type = rd_u8(r);
			b = rd_bytes(r, rd_u16(r));
			break;
		default:
			b = encoded(what == R_CA ? root : what == R_CERT_OTHER ? other : pc, cert);
			type = PAYLOAD_CERT;
			break;
		}
		payload(w, &next_at, &first, type, b);
		if (what == R_ID_BENT || what == R_SIG_BENT || what == R_CERT_BENT)
			bend(w, r, b.len);
	}
	return first;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rd r = rd_of(data, size);
	uint8_t iv[IKE_BLOCK], first;
	struct wr w = wr_of(plain, sizeof(plain) - 64);
	const struct isakmp_sa *sa;

	if (!root)
		make_all();
	until_message_5();
	memcpy(iv, craft_sa(&lab, CLIENT)->iv, IKE_BLOCK);
	first = build(&r, &w);
	if (wr_ok(&w))
		craft_send_plain(&lab, EXCHANGE_MAIN, 0, first, wr_done(&w), iv);
	sa = craft_sa(&lab, SERVER);
	/* the check was good: it is the true client's, octet for octet */
	if (sa && sa->state == MM_SIGN_MSG6)
		must(sa->cert_len == pc->der.len && memcmp(sa->cert, pc->der.p, pc->der.len) == 0 &&
		     sa->peer_id.type == ID_DER_ASN1_DN);
	must(!lab.s[SERVER].n_up);
	lab_run(&lab, 100000);
	must(!lab.s[SERVER].n_up && craft_nothing_left(&lab, SERVER));
	lab_free(&lab);
	return 0;
}
