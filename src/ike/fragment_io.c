/*
 * fragment_io: IKE fragments on their way in and out of an SA ([MS-IKEE] 3.3; clients.md 1.1,
 * 1.2). Called by ike.c for a datagram whose next payload is 132 and by act.c for a message
 * that is too long for one packet. An Apple client sets flag E on the fragments of an
 * encrypted message and cuts without having been asked to; both are taken.
 */
#include "sa.h"

static enum ike_drop refuse_off(struct ike *k, struct isakmp_sa *sa, const struct event *e)
{
	if (sa && !sa->fragment_noted) {
		sa->fragment_noted = true;
		act_note(k, sa, e->flow, NOTE_REFUSED, "ike-fragments-off",
			 "the client sends IKE fragments; they are off here: `crypto ikev1 "
			 "fragmentation`");
	}
	return DROP_FRAGMENT_OFF;
}

enum ike_drop fragment_input(struct ike *k, struct event *e, struct isakmp_header *h,
			     struct bytes rest)
{
	struct isakmp_sa *sa = sa_by_cookies(k, h->cky_i, h->cky_r);
	struct isakmp_header inner;
	struct fragment frag;
	struct bytes body;
	enum ike_drop bad;

	e->msg = (struct bytes){NULL, 0};
	k->stats.fragments_in++;
	if (!k->cfg.fragment_mtu)
		return refuse_off(k, sa, e);
	bad = fragment_parse(rest, &frag);
	if (!bad)
		bad = fragments_take(&k->fragments, h, &e->flow->remote, !sa || sa->hs, &frag,
				     e->now_ms, &e->msg);
	if (bad || e->msg.len == 0)
		return bad;
	k->stats.reassembled++;
	bad = isakmp_header_parse(e->msg, &inner, &body);
	/* what is inside must be what the fragments said, and no fragment itself */
	if (!bad && (inner.next == PAYLOAD_FRAGMENT || inner.exchange != h->exchange ||
		     memcmp(inner.cky_i, h->cky_i, ISAKMP_COOKIE_LEN) != 0 ||
		     memcmp(inner.cky_r, h->cky_r, ISAKMP_COOKIE_LEN) != 0))
		bad = DROP_FRAGMENT;
	*h = inner;
	return bad;
}

/* One fragment as an action. */
static bool push(struct ike *k, const struct isakmp_sa *sa, const struct flow *flow, bool natt,
		 struct bytes msg, const struct fragment *frag)
{
	size_t len = FRAGMENT_HEADER_LEN + frag->data.len;
	struct ike_act *a = outbox_push(k->out, sizeof(*a) + len);
	struct wr w;

	if (!a)
		return false;
	a->kind = IKE_ACT_SEND;
	a->sa = sa->id;
	a->peer = sa->peer ? sa->peer->id : 0;
	a->flow = *flow;
	a->natt = natt;
	a->bytes.len = len;
	w = wr_of(a + 1, len);
	fragment_write(&w, msg, frag);
	k->stats.messages_out++;
	k->stats.fragments_out++;
	return true;
}

bool fragment_send(struct ike *k, struct isakmp_sa *sa, const struct flow *flow, bool natt,
		   struct bytes msg)
{
	struct fragment frag = {.number = 1};
	struct rd r = rd_of_bytes(msg);
	size_t room;

	if (!sa || !sa->peer_fragments || !k->cfg.fragment_mtu)
		return false;
	room = fragment_room(flow, natt, k->cfg.fragment_mtu, msg.len);
	if (room == 0)
		return false;
	frag.id = ++sa->fragment_id;
	for (; rd_left(&r); frag.number++) {
		frag.last = rd_left(&r) <= room;
		frag.data = rd_bytes(&r, frag.last ? rd_left(&r) : room);
		if (!push(k, sa, flow, natt, msg, &frag)) {
			drop(k, DROP_OUTBOX);
			break;
		}
	}
	return true;
}
