/*
 * main: what both roles of Main Mode share (RFC 2409 5, RFC 3947 3): KE and
 * Nonce, NAT-D, our own identity. Called by main_responder.c and
 * main_initiator.c. Never changes the state.
 */
#include "exchange.h"

void main_ke_nonce(struct isakmp_sa *sa, struct msg *m, struct bytes nonce)
{
	msg_add(m, PAYLOAD_KE, dh_ours(sa->hs->dh));
	msg_add(m, PAYLOAD_NONCE, nonce);
}

/* RFC 3947 3.2: first the hash of the address we send to, then our own. With
 * force_encap a capable peer is made to see a NAT in front of itself: the hash of
 * its address is random. Our own never looks translated: the responder returns
 * what the peer itself hashed as the server's address (clients.md 1.1). */
bool main_nat_d(struct isakmp_sa *sa, struct msg *m)
{
	struct ike *k = sa->ike;
	uint8_t remote[PRIM_HASH_MAX], local[PRIM_HASH_MAX];
	size_t len = prim_hash_len(sa->policy.hash);
	bool responder = sa->role == IKE_RESPONDER;

	if (!sa->variant || (responder && !sa->nat_checked))
		return true;
	if (!natt_hash(sa->policy.hash, sa->cky_i, sa->cky_r, &sa->flow.remote, remote) ||
	    !natt_hash(sa->policy.hash, sa->cky_i, sa->cky_r, &sa->flow.local, local))
		return false;
	if (k->cfg.force_encap && responder) {
		k->cfg.host.random(k->cfg.host.ctx, remote, len);
		memcpy(local, sa->hs->peer_dst_natd, len);
	} else if (k->cfg.force_encap) {
		k->cfg.host.random(k->cfg.host.ctx, local, len);
	}
	msg_add(m, sa->variant->nat_d, (struct bytes){remote, len});
	msg_add(m, sa->variant->nat_d, (struct bytes){local, len});
	return true;
}

/* Takes nonce and NAT-D of the peer's MM3 or MM4 and checks the KE length. */
enum ike_drop main_take_ke_nonce(struct isakmp_sa *sa, const struct event *e)
{
	const struct payload *ke = payload_first(e->p, KIND_KE);
	const struct payload *nonce = payload_first(e->p, KIND_NONCE);
	const struct payload *natd = payload_first(e->p, KIND_NAT_D);
	bool responder = sa->role == IKE_RESPONDER;
	struct natt_finding f = {0};

	if (ke->body.len != prim_dh_public_len(sa->policy.group))
		return DROP_KE;
	if (sa->variant && !natt_find(sa->policy.hash, sa->cky_i, sa->cky_r, e->flow, e->p, &f))
		return DROP_CRYPTO;
	memcpy(responder ? sa->hs->ni : sa->hs->nr, nonce->body.p, nonce->body.len);
	*(responder ? &sa->hs->ni_len : &sa->hs->nr_len) = (uint16_t)nonce->body.len;
	sa->nat_checked = f.checked;
	sa->peer_behind_nat = f.peer_behind_nat;
	sa->we_behind_nat = f.we_behind_nat;
	if (f.checked && natd->body.len == prim_hash_len(sa->policy.hash))
		memcpy(sa->hs->peer_dst_natd, natd->body.p, natd->body.len);
	else
		sa->nat_checked = false;
	return DROP_NONE;
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
	act_note(sa->ike, sa, e->flow, NOTE_INFO, "nat-detection", "%s%s", found,
		 sa->nat_checked && sa->ike->cfg.force_encap
			 ? "; the peer is asked to use UDP encapsulation"
			 : "");
}

size_t main_own_id(const struct isakmp_sa *sa, uint8_t out[20])
{
	struct wr w = wr_of(out, 20);
	const struct ip_addr *a = &sa->flow.local.addr;

	wr_u8(&w, a->family == 6 ? ID_IPV6_ADDR : ID_IPV4_ADDR);
	wr_u8(&w, 0);
	wr_u16(&w, 0);
	wr_copy(&w, a->ip, ip_addr_len(a));
	return w.len;
}
