/*
 * tcp_in: what comes on a connection of a load client (RFC 9293 section 3.10.7), and what
 * of it has to be acknowledged. Called by load_tcp.c. Never keeps data.
 */
#include "tcp_i.h"

#define ACK_DELAY_US 10000 /* RFC 9293 3.8.6.3 allows half a second */
#define ACK_EVERY    2     /* segments, at the latest */
#define MSS_DEFAULT  536   /* RFC 9293 3.7.1 */
#define HEADERS      40

static bool is_ours(const struct tcb *t, const struct tcp_segment *s)
{
	return s->src_ip == t->cfg.remote_ip && s->dst_ip == t->cfg.local_ip &&
	       s->src_port == t->cfg.remote_port && s->dst_port == t->cfg.local_port;
}

/* ---- before it is open ---- */

/* What the peer's SYN says of itself. */
static void learn(struct tcb *t, const struct tcp_segment *s)
{
	uint16_t own = (uint16_t)(t->cfg.mtu - HEADERS);

	t->rcv_nxt = s->seq + 1;
	t->mss = s->mss ? s->mss : MSS_DEFAULT;
	if (t->mss > own)
		t->mss = own;
	t->sack = s->sack_permitted;
	t->snd_scale = s->scale_known ? s->scale : 0;
	if (!s->scale_known)
		t->rcv_scale = 0;
	t->snd_wnd = s->window; /* never scaled in a SYN (RFC 7323 2.2) */
}

static void input_syn_sent(struct tcb *t, uint64_t now_us, const struct tcp_segment *s)
{
	bool acks = s->flags & TCP_ACK;

	if (acks && s->ack != t->snd_nxt) {
		t->counts.dropped++;
		return;
	}
	if (s->flags & TCP_RST) {
		if (acks)
			tcb_event(t, now_us, TCB_EV_RST);
		return;
	}
	if (!(s->flags & TCP_SYN))
		return;
	learn(t, s);
	tcb_event(t, now_us, acks ? TCB_EV_SYN_ACK : TCB_EV_SYN);
}

/* ---- data ---- */

static void take_early(struct tcb *t, uint32_t from, uint32_t to)
{
	if (!tcp_ranges_add(&t->early, from, to))
		return;
	t->recent = from;
	t->counts.early++;
	/* without SACK three of them tell the peer of the loss (RFC 5681 section 3.2) */
	if (t->sack)
		t->acks_due = 1;
	else if (t->acks_due < TCB_DUP_ACKS)
		t->acks_due++;
}

static void take_next(struct tcb *t, uint64_t now_us, uint32_t to)
{
	uint32_t old = t->rcv_nxt;

	t->rcv_nxt = to;
	if (t->early.n) {
		t->rcv_nxt = tcp_ranges_hole(&t->early, to);
		tcp_ranges_trim(&t->early, t->rcv_nxt);
		t->unacked = ACK_EVERY;
	}
	t->counts.received += t->rcv_nxt - old;
	if (++t->unacked >= ACK_EVERY)
		t->acks_due = t->acks_due ? t->acks_due : 1;
	else if (t->ack_at_us == TCB_NEVER)
		t->ack_at_us = now_us + ACK_DELAY_US;
}

static void take_data(struct tcb *t, uint64_t now_us, const struct tcp_segment *s)
{
	uint32_t from = s->seq, to = s->seq + s->data;

	if (s->data == 0)
		return;
	if (seq_le(to, t->rcv_nxt))
		t->acks_due = 1; /* it came again: the acknowledgement was lost */
	else if (seq_lt(t->rcv_nxt, from))
		take_early(t, from, to);
	else
		take_next(t, now_us, to);
}

/* ---- open ---- */

/* RFC 9293 3.10.7.4, first; our window never shrinks, so its end is where it was. */
static bool acceptable(const struct tcb *t, const struct tcp_segment *s)
{
	uint32_t end = s->seq + s->data;

	return seq_le(t->rcv_nxt - t->cfg.window, s->seq) &&
	       seq_le(end, t->rcv_nxt + t->cfg.window);
}

static void input_open(struct tcb *t, uint64_t now_us, const struct tcp_segment *s)
{
	if (!acceptable(t, s)) {
		t->acks_due = 1;
		return;
	}
	if (s->flags & TCP_RST) {
		if (s->seq == t->rcv_nxt) /* RFC 5961 section 3 */
			tcb_event(t, now_us, TCB_EV_RST);
		return;
	}
	if (s->flags & TCP_SYN) {
		tcb_event(t, now_us, s->flags & TCP_ACK ? TCB_EV_SYN_ACK : TCB_EV_SYN);
		return;
	}
	if (!(s->flags & TCP_ACK))
		return;
	if (t->state == TCB_SYN_RECEIVED && s->ack == t->snd_nxt)
		tcb_event(t, now_us, TCB_EV_ACK);
	if (t->state != TCB_ESTABLISHED)
		return;
	tcb_acknowledged(t, now_us, s);
	take_data(t, now_us, s);
	if (s->flags & TCP_FIN && s->seq + s->data == t->rcv_nxt)
		tcb_event(t, now_us, TCB_EV_FIN);
}

void tcb_input(struct tcb *t, uint64_t now_us, struct bytes packet)
{
	struct tcp_segment s;

	if (tcp_segment_parse(packet, &s) != SEGMENT_OK || !is_ours(t, &s)) {
		t->counts.dropped++;
		return;
	}
	if (t->state == TCB_SYN_SENT)
		input_syn_sent(t, now_us, &s);
	else if (t->state != TCB_CLOSED)
		input_open(t, now_us, &s);
}
