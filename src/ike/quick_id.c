/*
 * quick_id: identities and original addresses of Quick Mode (RFC 2407 4.6.2, RFC
 * 3947 5.2, RFC 3193 section 4). Called by quick_responder.c and quick_initiator.c.
 * Ids are kept and echoed octet for octet; an id never chooses an SA.
 */
#include "exchange.h"

#define PROTO_UDP 17
#define PORT_L2TP 1701

static bool selectors_ok(const struct ike_id *i, const struct ike_id *r)
{
	struct ip_addr a;

	if (i->protocol != PROTO_UDP || r->protocol != PROTO_UDP)
		return false;
	if (r->port != 0 && r->port != PORT_L2TP)
		return false;
	return id_address(r, &a) && (id_address(i, &a) || i->type == ID_FQDN);
}

static void take_nat_oa(struct quick *q, const struct event *e, struct ip_addr *oa_i)
{
	const struct payload *oa = payload_first(e->p, KIND_NAT_OA);

	*oa_i = q->sa->flow.remote.addr;
	if (!oa || !q->sa->natt)
		return;
	(void)nat_oa_parse(oa->body, oa_i);
}

enum ike_drop quick_take_ids(struct quick *q, const struct event *e)
{
	const struct payload *first = payload_first(e->p, KIND_ID);
	const struct payload *second = first ? payload_next(e->p, first) : NULL;
	struct ip_addr oa_i;
	struct ike_id i, r;

	take_nat_oa(q, e, &oa_i);
	q->keys.remote_ip = oa_i;
	q->keys.local_ip = q->sa->flow.local.addr;
	if (!first)
		return DROP_NONE;
	if (e->p->count[KIND_ID] != 2 || first->body.len > QM_ID_MAX ||
	    second->body.len > QM_ID_MAX || !id_parse(first->body, &i) ||
	    !id_parse(second->body, &r) || !selectors_ok(&i, &r))
		return DROP_ID;
	memcpy(q->id_i, first->body.p, first->body.len);
	memcpy(q->id_r, second->body.p, second->body.len);
	q->id_i_len = (uint8_t)first->body.len;
	q->id_r_len = (uint8_t)second->body.len;
	if (!id_address(&i, &q->keys.remote_ip))
		q->keys.remote_ip = oa_i; /* a host name (clients.md 1.1) */
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

/* NAT-OAi, then NAT-OAr: the initiator's address and the responder's, each as
 * the sender sees them. Only for transport mode under UDP encapsulation. */
void quick_write_nat_oa(const struct quick *q, struct msg *m)
{
	const struct isakmp_sa *sa = q->sa;
	bool initiator = q->role == IKE_INITIATOR;

	if (!sa->natt || !sa->variant || !q->keys.udp_encap || q->keys.tunnel)
		return;
	nat_oa_write(msg_open(m, sa->variant->nat_oa),
		     initiator ? &sa->flow.local.addr : &sa->flow.remote.addr);
	msg_close(m);
	nat_oa_write(msg_open(m, sa->variant->nat_oa),
		     initiator ? &sa->flow.remote.addr : &sa->flow.local.addr);
	msg_close(m);
}
