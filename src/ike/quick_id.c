/*
 * quick_id: identities and original addresses of Quick Mode (RFC 2407 4.6.2, RFC
 * 3947 5.2, RFC 3193 section 4). Called by quick_responder.c and quick_initiator.c.
 * Ids are kept and echoed octet for octet; an id never chooses an SA.
 */
#include "exchange.h"
#include "quirk.h"

#define PROTO_UDP     17
#define PROTO_ETHERIP 97
#define PORT_L2TP     1701

static bool is_l2tp(const struct ike_id *i, const struct ike_id *r)
{
	return i->protocol == PROTO_UDP && r->protocol == PROTO_UDP &&
	       (r->port == 0 || r->port == PORT_L2TP);
}

/* EtherIP alone, or everything: then the port of the hub takes EtherIP only. */
static bool is_etherip(const struct ike_id *i, const struct ike_id *r)
{
	return i->protocol == r->protocol && i->port == 0 && r->port == 0 &&
	       (i->protocol == PROTO_ETHERIP || i->protocol == 0);
}

static bool selectors_ok(unsigned serves, const struct ike_id *i, const struct ike_id *r)
{
	struct ip_addr a;

	if (!(is_l2tp(i, r) && (!serves || serves & IKE_SERVES_L2TP)) &&
	    !(is_etherip(i, r) && serves & IKE_SERVES_ETHERIP))
		return false;
	return id_address(r, &a) && (id_address(i, &a) || i->type == ID_FQDN);
}

/* Original addresses as the peer tells them; family 0: not told. */
struct originals {
	struct ip_addr peers; /* its own, as it has it */
	struct ip_addr ours;  /* ours, as it sees it */
};

/* One address of the variant's n-th NAT-OA payload. What is not an address is counted and
 * nothing else: nobody is refused for a hint (RFC 3947 5.2). */
static void read_nat_oa(const struct quick *q, const struct event *e, unsigned n,
			struct ip_addr *out)
{
	const struct isakmp_sa *sa = q->sa;
	const struct payload *oa = natt_payload(e->p, sa->variant->nat_oa, n);

	*out = (struct ip_addr){0};
	if (!oa || nat_oa_parse(oa->body, out))
		return;
	*out = (struct ip_addr){0};
	drop(sa->ike, DROP_NAT_OA);
}

/* The pair is NAT-OAi, NAT-OAr whoever sends it; a single one is the sender's. */
static void take_nat_oa(const struct quick *q, const struct event *e, struct originals *out)
{
	const struct isakmp_sa *sa = q->sa;
	struct ip_addr first, second;

	*out = (struct originals){0};
	if (!sa->natt || !sa->variant)
		return;
	read_nat_oa(q, e, 0, &first);
	read_nat_oa(q, e, 1, &second);
	if (q->role == IKE_RESPONDER || second.family == 0)
		*out = (struct originals){.peers = first, .ours = second};
	else
		*out = (struct originals){.peers = second, .ours = first};
}

static void note_nat_oa(const struct quick *q, const struct event *e, const struct originals *oa)
{
	const struct isakmp_sa *sa = q->sa;
	char peers[IP_ADDR_TEXT], outside[IP_ADDR_TEXT], ours[IP_ADDR_TEXT];

	if (oa->peers.family == 0)
		return;
	act_note(sa->ike, sa, e->flow, NOTE_INFO, "original-address",
		 "NAT-OA: the peer has the address %s, we see %s; it sees us at %s",
		 ip_addr_text(&oa->peers, peers, sizeof(peers)),
		 ip_addr_text(&sa->flow.remote.addr, outside, sizeof(outside)),
		 oa->ours.family ? ip_addr_text(&oa->ours, ours, sizeof(ours)) : "(not told)");
}

void quick_note_nat_oa(const struct quick *q, const struct event *e)
{
	struct originals oa;

	take_nat_oa(q, e, &oa);
	note_nat_oa(q, e, &oa);
}

enum ike_drop quick_take_ids(struct quick *q, const struct event *e)
{
	const struct payload *first = payload_first(e->p, KIND_ID);
	const struct payload *second = first ? payload_next(e->p, first) : NULL;
	struct originals oa;
	struct ike_id i, r;

	take_nat_oa(q, e, &oa);
	note_nat_oa(q, e, &oa);
	/* behind NAT64 a client may have an address of the other family */
	if (oa.peers.family != q->sa->flow.remote.addr.family)
		oa.peers = q->sa->flow.remote.addr;
	q->keys.remote_ip = oa.peers;
	q->keys.local_ip = q->sa->flow.local.addr;
	if (!first)
		return DROP_NONE;
	if (e->p->count[KIND_ID] != 2 || first->body.len > QM_ID_MAX ||
	    second->body.len > QM_ID_MAX || !id_parse(first->body, &i) ||
	    !id_parse(second->body, &r) || !selectors_ok(q->sa->ike->cfg.serves, &i, &r))
		return DROP_ID;
	memcpy(q->id_i, first->body.p, first->body.len);
	memcpy(q->id_r, second->body.p, second->body.len);
	q->id_i_len = (uint8_t)first->body.len;
	q->id_r_len = (uint8_t)second->body.len;
	if (!id_address(&i, &q->keys.remote_ip))
		q->keys.remote_ip = oa.peers; /* a host name (clients.md 1.1) */
	id_address(&r, &q->keys.local_ip);
	q->keys.protocol = i.protocol;
	q->keys.remote_port = i.port;
	q->keys.local_port = r.port;
	return DROP_NONE;
}

void quick_write_ids(const struct quick *q, struct msg *m)
{
	if (q->id_i_len == 0)
		return;
	msg_add(m, PAYLOAD_ID, (struct bytes){q->id_i, q->id_i_len});
	msg_add(m, PAYLOAD_ID, (struct bytes){q->id_r, q->id_r_len});
}

static void write_one_oa(const struct quick *q, struct msg *m, const struct ip_addr *a)
{
	nat_oa_write(msg_open(m, q->sa->variant->nat_oa), a);
	msg_close(m);
}

/* Who must not know that we are behind NAT is told the address that it knows us by: another
 * one would give the NAT away after all. */
static const struct ip_addr *own_address(const struct quick *q)
{
	bool hide = q->role == IKE_RESPONDER && quirk_hides_our_nat(q->sa->quirk);

	return hide ? &q->keys.local_ip : &q->sa->flow.local.addr;
}

/* The initiator's address, then the responder's, each as the sender sees them; drafts before
 * 04 want the sender's own alone. Only for transport mode under UDP encapsulation. */
void quick_write_nat_oa(const struct quick *q, struct msg *m)
{
	const struct isakmp_sa *sa = q->sa;
	const struct ip_addr *own = own_address(q);
	bool initiator = q->role == IKE_INITIATOR;

	if (!sa->natt || !sa->variant || !q->keys.udp_encap || q->keys.tunnel)
		return;
	if (sa->variant->own_oa_only) {
		write_one_oa(q, m, own);
		return;
	}
	write_one_oa(q, m, initiator ? own : &sa->flow.remote.addr);
	write_one_oa(q, m, initiator ? &sa->flow.remote.addr : own);
}
