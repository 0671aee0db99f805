/*
 * tcp_out: the segments of a connection of a load client, one by one: reset, SYN, data,
 * acknowledgements (RFC 9293 section 3.10, RFC 2018 section 4). Called by load_tcp.c.
 */
#include "tcp_i.h"

#define HEADERS 40

static uint16_t window_field(const struct tcb *t, bool syn)
{
	uint32_t w = t->cfg.window >> (syn ? 0 : t->rcv_scale);

	return (uint16_t)(w < UINT16_MAX ? w : UINT16_MAX);
}

static struct tcp_segment segment(const struct tcb *t, uint8_t flags, uint32_t seq)
{
	return (struct tcp_segment){
		.src_ip = t->cfg.local_ip,
		.dst_ip = t->cfg.remote_ip,
		.src_port = t->cfg.local_port,
		.dst_port = t->cfg.remote_port,
		.seq = seq,
		.ack = flags & TCP_ACK ? t->rcv_nxt : 0,
		.flags = flags,
		.window = window_field(t, flags & TCP_SYN),
	};
}

static size_t put_reset(struct tcb *t, uint8_t *p)
{
	struct tcp_segment s = segment(t, TCP_RST | TCP_ACK, t->snd_nxt);

	t->rst_due = false;
	return tcp_segment_put(p, &s);
}

/* In answer to a SYN only the options that it had (RFC 7323 2.2, RFC 2018 section 2). */
static size_t put_syn(struct tcb *t, uint8_t *p)
{
	bool answers = t->state == TCB_SYN_RECEIVED;
	struct tcp_segment s = segment(t, answers ? TCP_SYN | TCP_ACK : TCP_SYN, t->cfg.isn);

	s.mss = (uint16_t)(t->cfg.mtu - HEADERS);
	s.scale_known = !answers || t->rcv_scale;
	s.scale = t->rcv_scale;
	s.sack_permitted = !answers || t->sack;
	t->syn_due = false;
	return tcp_segment_put(p, &s);
}

/* The block of what came last, then the others from the first on. */
static void add_blocks(const struct tcb *t, struct tcp_segment *s)
{
	const struct tcp_range *last = tcp_ranges_at(&t->early, t->recent);

	if (last)
		s->sacks[s->n_sacks++] = *last;
	for (unsigned i = 0; i < t->early.n && s->n_sacks < TCP_SACKS_MAX; i++) {
		if (&t->early.r[i] != last)
			s->sacks[s->n_sacks++] = t->early.r[i];
	}
}

static void acknowledged_all(struct tcb *t)
{
	t->unacked = 0;
	t->ack_at_us = TCB_NEVER;
}

static size_t put_ack(struct tcb *t, uint8_t *p)
{
	struct tcp_segment s = segment(t, TCP_ACK, t->snd_nxt);

	if (t->sack)
		add_blocks(t, &s);
	t->acks_due--;
	acknowledged_all(t);
	return tcp_segment_put(p, &s);
}

static size_t put_data(struct tcb *t, uint64_t now_us, uint8_t *p)
{
	struct tcp_segment s;
	uint32_t seq, len;
	bool again;

	len = tcb_next_data(t, &seq, &again);
	if (!len)
		return 0;
	s = segment(t, TCP_ACK, seq);
	s.data = len;
	tcb_sent_data(t, now_us, seq, len, again);
	t->acks_due = 0;
	acknowledged_all(t);
	return tcp_segment_put(p, &s);
}

/* Nothing is under way and nothing may leave: the window is closed, which the timer asks. */
static void watch_window(struct tcb *t, uint64_t now_us)
{
	if (t->cfg.sends && t->rto_at_us == TCB_NEVER)
		tcb_timer_set(t, now_us);
}

size_t tcb_output(struct tcb *t, uint64_t now_us, uint8_t *p)
{
	size_t len = 0;

	if (t->rst_due)
		return put_reset(t, p);
	if (t->syn_due)
		return put_syn(t, p);
	if (t->state != TCB_ESTABLISHED)
		return 0;
	/* what came early is told before data leave, which carry no blocks */
	if (t->acks_due && t->early.n)
		return put_ack(t, p);
	len = put_data(t, now_us, p);
	if (!len && t->acks_due)
		return put_ack(t, p);
	if (!len)
		watch_window(t, now_us);
	return len;
}
