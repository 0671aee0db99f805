/*
 * main: what both roles of Main Mode share (RFC 2409 5, RFC 3947 3): KE and
 * Nonce, NAT-D, what message 5 or 6 leaves behind. Called by main_responder.c and
 * main_initiator.c. Never changes the state.
 */
#include "exchange.h"
#include "profile.h"
#include "quirk.h"
#include "rsa.h"

void main_set_suite(struct isakmp_sa *sa, const struct ike_policy *chosen)
{
	sa->policy = *chosen;
	policy_keymat(chosen, &sa->key);
}

/* What the vendor ids of the peer's first message say; offers NULL: it is an answer. A client
 * that calls us and that we call now shows less of itself: what is known stays. */
void main_take_vendors(struct isakmp_sa *sa, const struct event *e, const struct offers *offers)
{
	struct quirk_signs signs;

	sa->vendors = vendors_of(e->p);
	sa->peer_dpd = sa->vendors & VENDOR_BIT(VENDOR_DPD);
	sa->peer_fragments = sa->ike->cfg.fragment_mtu && (sa->vendors & VENDORS_FRAGMENTATION);
	if (offers || !sa->quirk) {
		ledger_signs(e->p, offers, &signs);
		sa->quirk = ledger_find(&signs);
	}
	sa->variant = sa->ike->cfg.natt ? natt_choose(sa->vendors) : NULL;
}

/* Of the forms of the id the one that the peer has. */
static enum vendor fragmentation_of(uint32_t vendors)
{
	if (vendors & VENDOR_BIT(VENDOR_FRAGMENTATION_80))
		return VENDOR_FRAGMENTATION_80;
	return vendors & VENDOR_BIT(VENDOR_FRAGMENTATION_C0) ? VENDOR_FRAGMENTATION_C0
							     : VENDOR_FRAGMENTATION;
}

/* What a responder announces: only what the peer has announced itself, so never longer. */
void main_vendors(const struct isakmp_sa *sa, struct msg *m, bool extras)
{
	if (sa->variant)
		msg_add(m, PAYLOAD_VENDOR_ID, vendor_bytes(sa->variant->vendor));
	if (sa->peer_dpd && extras)
		msg_add(m, PAYLOAD_VENDOR_ID, vendor_bytes(VENDOR_DPD));
	if (sa->peer_fragments && extras)
		msg_add(m, PAYLOAD_VENDOR_ID, vendor_bytes(fragmentation_of(sa->vendors)));
}

void main_ke_nonce(struct isakmp_sa *sa, struct msg *m, struct bytes nonce)
{
	msg_add(m, PAYLOAD_KE, dh_ours(sa->hs->dh));
	msg_add(m, PAYLOAD_NONCE, nonce);
}

/* Which of our two hashes do not tell the truth, and why:
 * force_encap makes a capable peer see a NAT in front of itself; what it must not see is one
 * in front of us, for then Windows goes away (clients.md 1.1) and others send keepalives to
 * nobody. A Windows client in front of a server that is behind NAT needs both: it must
 * encapsulate to come through, and must not know why. Our own hash can be untrue only where
 * the peer has shown what it takes for our address. */
static void choose_lies(const struct isakmp_sa *sa, bool *theirs, bool *ours)
{
	bool force = sa->ike->cfg.force_encap && sa->variant->floats;
	bool hide = sa->nat_checked && quirk_hides_our_nat(sa->quirk);

	*theirs = sa->role == IKE_RESPONDER && (force || (hide && sa->we_behind_nat));
	*ours = sa->role == IKE_RESPONDER ? sa->nat_checked && (force || hide) : force;
}

/* RFC 3947 3.2: the hash of the address we send to, then our own. */
bool main_nat_d(struct isakmp_sa *sa, struct msg *m)
{
	struct ike *k = sa->ike;
	const struct natt_variant *v = sa->variant;
	uint8_t remote[PRIM_HASH_MAX], local[PRIM_HASH_MAX];
	size_t len = prim_hash_len(sa->policy.hash);
	bool theirs, ours;

	/* in Aggressive Mode the responder speaks first */
	if (!v || (sa->role == IKE_RESPONDER && !sa->nat_checked && !sa->aggressive))
		return true;
	if (!natt_hash(sa->policy.hash, sa->cky_i, sa->cky_r, &sa->flow.remote, remote) ||
	    !natt_hash(sa->policy.hash, sa->cky_i, sa->cky_r, &sa->flow.local, local))
		return false;
	choose_lies(sa, &theirs, &ours);
	if (theirs)
		k->cfg.host.random(k->cfg.host.ctx, remote, len);
	if (ours && sa->role == IKE_RESPONDER)
		memcpy(local, sa->hs->peer_dst_natd, len);
	else if (ours)
		k->cfg.host.random(k->cfg.host.ctx, local, len);
	msg_add(m, v->nat_d, (struct bytes){v->source_first ? local : remote, len});
	msg_add(m, v->nat_d, (struct bytes){v->source_first ? remote : local, len});
	return true;
}

enum ike_drop main_take_nat_d(struct isakmp_sa *sa, const struct event *e)
{
	struct natt_finding f = {0};

	if (sa->variant &&
	    !natt_find(sa->variant, sa->policy.hash, sa->cky_i, sa->cky_r, e->flow, e->p, &f))
		return DROP_CRYPTO;
	sa->nat_checked = f.checked && f.ours.len == prim_hash_len(sa->policy.hash);
	sa->peer_behind_nat = f.peer_behind_nat;
	sa->we_behind_nat = f.we_behind_nat;
	if (sa->nat_checked)
		memcpy(sa->hs->peer_dst_natd, f.ours.p, f.ours.len);
	return DROP_NONE;
}

/* Takes nonce and NAT-D of the peer's MM3 or MM4 and checks the KE length. */
enum ike_drop main_take_ke_nonce(struct isakmp_sa *sa, const struct event *e)
{
	const struct payload *ke = payload_first(e->p, KIND_KE);
	const struct payload *nonce = payload_first(e->p, KIND_NONCE);
	bool responder = sa->role == IKE_RESPONDER;
	enum ike_drop bad;

	if (ke->body.len != prim_dh_public_len(sa->policy.group))
		return DROP_KE;
	bad = main_take_nat_d(sa, e);
	if (bad)
		return bad;
	memcpy(responder ? sa->hs->ni : sa->hs->nr, nonce->body.p, nonce->body.len);
	*(responder ? &sa->hs->ni_len : &sa->hs->nr_len) = (uint16_t)nonce->body.len;
	return DROP_NONE;
}

static const char *nat_consequence(const struct isakmp_sa *sa)
{
	bool theirs, ours;

	if (!sa->nat_checked)
		return "";
	if (!sa->variant->floats && (sa->peer_behind_nat || sa->we_behind_nat))
		return "; this version of NAT traversal stays on port 500, where ESP in UDP is not "
		       "served";
	choose_lies(sa, &theirs, &ours);
	if (sa->we_behind_nat && ours && sa->role == IKE_RESPONDER)
		return "; the peer is not told of ours, and asked to use UDP encapsulation";
	return theirs || ours ? "; the peer is asked to use UDP encapsulation" : "";
}

void main_nat_note(struct isakmp_sa *sa, const struct event *e)
{
	const char *found = "no NAT between us";

	if (!sa->nat_checked)
		found = sa->variant ? "the peer sent no usable NAT-D" : "no NAT traversal agreed";
	else if (sa->peer_behind_nat && sa->we_behind_nat)
		found = "both sides are behind NAT";
	else if (sa->peer_behind_nat)
		found = "the peer is behind NAT";
	else if (sa->we_behind_nat)
		found = "we are behind NAT";
	act_note(sa->ike, sa, e->flow, NOTE_INFO, "nat-detection", "%s%s%s%s%s", found,
		 sa->variant ? " (" : "", sa->variant ? sa->variant->name : "",
		 sa->variant ? ")" : "", nat_consequence(sa));
}

void main_arrive(struct isakmp_sa *sa, const struct event *e)
{
	struct arrival *a = &sa->hs->arrival;

	*a = (struct arrival){.flow = *e->flow,
			      .natt = e->natt,
			      .request = e->msg_hash,
			      .contact = main_initial_contact(e)};
	memcpy(a->next_iv, e->next_iv, IKE_BLOCK);
}

bool main_take_id(struct isakmp_sa *sa, const struct event *e)
{
	const struct bytes body = payload_first(e->p, KIND_ID)->body;

	return sa->policy.auth == IKE_AUTH_RSA ? rsa_id_parse(body, &sa->peer_id)
					       : id_parse(body, &sa->peer_id);
}
