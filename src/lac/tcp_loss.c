/*
 * tcp_loss: how much a connection may have under way, what of it is missing, and the
 * retransmission timer: slow start and congestion avoidance (RFC 5681, counted in octets
 * as RFC 3465 does), loss detection and recovery by selective acknowledgements (RFC
 * 6675) or duplicate ones (RFC 6582), RFC 6298. Called by tcp_in.c, tcp_out.c, tcp.c.
 *
 * What is missing is one stretch, [rexmit, lost_end), less what the peer has of it: in
 * fast recovery it ends where the peer's last block does, after a timeout at snd_nxt.
 */
#include "tcp_i.h"

#define FIRST_SEGMENTS 10 /* RFC 6928 */
#define RTO_MIN_US     200000
#define RTO_MAX_US     60000000
#define TRIES_MAX      10
#define SYN_TRIES_MAX  6
#define WINDOW_SLACK   3 /* segments: a window that is so full limits the sender */

static uint32_t least(uint32_t a, uint32_t b)
{
	return a < b ? a : b;
}

static uint32_t most(uint32_t a, uint32_t b)
{
	return a > b ? a : b;
}

void tcb_congestion_begin(struct tcb *t)
{
	t->cwnd = FIRST_SEGMENTS * (uint32_t)t->mss;
	t->ssthresh = TCB_CWND_MAX;
}

/* Octets of [from, to) that the peer has, as far as it says so. */
static uint32_t arrived(const struct tcb *t, uint32_t from, uint32_t to)
{
	if (t->sack)
		return t->sacked.n ? tcp_ranges_within(&t->sacked, from, to) : 0;
	return least(t->dup_acks * t->mss, to - from);
}

/* What is in the network by our count (RFC 6675 section 4). */
static uint32_t pipe_octets(const struct tcb *t)
{
	uint32_t rest = t->snd_nxt - t->lost_end, again = t->rexmit - t->snd_una;

	rest -= arrived(t, t->lost_end, t->snd_nxt);
	if (again && t->sack)
		again -= arrived(t, t->snd_una, t->rexmit);
	return rest + again;
}

/* ---- sending ---- */

/* The next segment of what is missing. */
static uint32_t next_missing(const struct tcb *t, uint32_t *seq)
{
	uint32_t from = t->rexmit, to;

	if (t->sacked.n)
		from = tcp_ranges_hole(&t->sacked, from);
	if (!seq_lt(from, t->lost_end))
		return 0;
	to = tcp_ranges_next(&t->sacked, from, t->lost_end);
	*seq = from;
	return least(to - from, t->mss);
}

static uint32_t next_new(const struct tcb *t, uint32_t pipe)
{
	uint32_t under_way = t->snd_nxt - t->snd_una;

	if (!t->cfg.sends)
		return 0;
	if (t->probe_due)
		return 1;
	return pipe + t->mss <= t->cwnd && under_way + t->mss <= t->snd_wnd ? t->mss : 0;
}

uint32_t tcb_next_data(const struct tcb *t, uint32_t *seq, bool *again)
{
	uint32_t pipe = pipe_octets(t), len = 0;

	*again = seq_lt(t->rexmit, t->lost_end);
	if (*again)
		len = next_missing(t, seq);
	if (len)
		return t->rexmit_due || pipe + len <= t->cwnd ? len : 0;
	*again = false;
	*seq = t->snd_nxt;
	return next_new(t, pipe);
}

void tcb_sent_data(struct tcb *t, uint64_t now_us, uint32_t seq, uint32_t len, bool again)
{
	if (again) {
		t->rexmit = seq + len;
		t->rexmit_due = false;
		t->timed_us = 0; /* Karn: RFC 6298 section 3 */
		t->counts.sent_again++;
	} else {
		t->snd_nxt = seq + len;
		t->probe_due = false;
		if (!t->timed_us && t->congestion == TCB_OPEN) {
			t->timed_us = now_us;
			t->timed_seq = t->snd_nxt;
		}
	}
	if (t->rto_at_us == TCB_NEVER)
		tcb_timer_set(t, now_us);
}

/* ---- the timer ---- */

void tcb_timer_set(struct tcb *t, uint64_t now_us)
{
	t->rto_at_us = now_us + t->rto_us;
}

static void timeout_from_measured(struct tcb *t)
{
	if (!t->srtt_us)
		return;
	t->rto_us = most(t->srtt_us + 4 * t->rttvar_us, RTO_MIN_US);
	t->rto_us = least(t->rto_us, RTO_MAX_US);
}

/* RFC 6298 section 2. */
static void measured(struct tcb *t, uint32_t rtt_us)
{
	uint32_t off;

	t->rtt_us = rtt_us;
	t->counts.measured++;
	off = rtt_us > t->srtt_us ? rtt_us - t->srtt_us : t->srtt_us - rtt_us;

	if (!t->srtt_us) {
		t->srtt_us = most(rtt_us, 1);
		t->rttvar_us = rtt_us / 2;
	} else {
		t->rttvar_us += off / 4 - t->rttvar_us / 4;
		t->srtt_us = most(t->srtt_us - t->srtt_us / 8 + rtt_us / 8, 1);
	}
}

/* Everything under way counts as lost (RFC 5681 3.1, RFC 6675 5.1). */
static void all_lost(struct tcb *t)
{
	if (t->congestion != TCB_LOSS)
		t->ssthresh = most(pipe_octets(t) / 2, 2u * t->mss);
	/* RFC 2018 section 8: the peer may have thrown away what it had */
	if (t->tries > 1)
		t->sacked.n = 0;
	t->congestion = TCB_LOSS;
	t->cwnd = t->mss;
	t->acked_in_cwnd = t->dup_acks = 0;
	t->rexmit = t->snd_una;
	t->lost_end = t->recover = t->snd_nxt;
	t->rexmit_due = true;
	t->timed_us = 0;
	t->counts.timeouts++;
}

void tcb_timer_fired(struct tcb *t, uint64_t now_us)
{
	bool opening = t->state != TCB_ESTABLISHED;

	if (++t->tries > (opening ? SYN_TRIES_MAX : TRIES_MAX)) {
		tcb_event(t, now_us, TCB_EV_GIVE_UP);
		return;
	}
	if (opening)
		t->syn_due = true;
	else if (t->snd_una == t->snd_nxt)
		t->probe_due = true; /* of a closed window (RFC 9293 3.8.6.1) */
	else
		all_lost(t);
	t->rto_us = least(t->rto_us * 2, RTO_MAX_US);
	tcb_timer_set(t, now_us);
}

/* ---- acknowledgements ---- */

static void recovery_begin(struct tcb *t)
{
	t->ssthresh = most(pipe_octets(t) / 2, 2u * t->mss);
	t->cwnd = t->ssthresh;
	t->congestion = TCB_RECOVERY;
	t->recover = t->snd_nxt;
	t->rexmit = t->snd_una;
	t->lost_end = t->snd_una;
	t->rexmit_due = true;
	t->timed_us = 0;
}

/* The stretch of what is missing, in fast recovery. */
static void find_missing(struct tcb *t)
{
	if (t->congestion != TCB_RECOVERY)
		return;
	if (t->sack)
		t->lost_end = tcp_ranges_top(&t->sacked, t->snd_una);
	else
		t->lost_end = t->snd_una + least(t->mss, t->snd_nxt - t->snd_una);
	if (seq_lt(t->lost_end, t->rexmit))
		t->lost_end = t->rexmit;
}

static bool looks_lost(const struct tcb *t)
{
	uint32_t enough = TCB_DUP_ACKS * (uint32_t)t->mss;

	if (t->congestion == TCB_OPEN)
		return arrived(t, t->snd_una, t->snd_nxt) >= enough;
	/* What left behind the retransmissions has arrived and they have not: they are lost. */
	return t->congestion == TCB_RECOVERY && t->sack &&
	       arrived(t, t->recover, t->snd_nxt) >= enough;
}

static void grow(struct tcb *t, uint32_t acked, uint32_t pipe_before)
{
	uint32_t slack = WINDOW_SLACK * (uint32_t)t->mss;

	if (t->congestion == TCB_RECOVERY)
		return;
	if (t->cwnd < t->ssthresh) {
		if (t->congestion == TCB_LOSS || 2 * pipe_before + slack >= t->cwnd)
			t->cwnd += least(acked, t->ssthresh - t->cwnd);
	} else if (pipe_before + slack >= t->cwnd) {
		t->acked_in_cwnd += acked;
		if (t->acked_in_cwnd >= t->cwnd) {
			t->acked_in_cwnd -= t->cwnd;
			t->cwnd += t->mss;
		}
	}
	t->cwnd = least(t->cwnd, TCB_CWND_MAX);
}

static void recovery_end(struct tcb *t)
{
	if (t->congestion == TCB_RECOVERY)
		t->cwnd = t->ssthresh;
	t->congestion = TCB_OPEN;
	t->rexmit = t->lost_end = t->snd_una;
	t->rexmit_due = false;
	t->dup_acks = 0;
	t->acked_in_cwnd = 0;
}

/* RFC 6582 3.2 step 3: the next one is missing, too; what the duplicates stood for is in it. */
static void partly(struct tcb *t, uint32_t acked)
{
	if (t->congestion != TCB_RECOVERY || t->sack)
		return;
	t->dup_acks -= least(t->dup_acks, acked / t->mss);
	t->rexmit = t->snd_una;
	t->rexmit_due = true;
}

static void advance(struct tcb *t, uint64_t now_us, uint32_t ack)
{
	uint32_t acked = ack - t->snd_una, pipe = pipe_octets(t);

	t->snd_una = ack;
	t->counts.acked += acked;
	t->tries = 0;
	tcp_ranges_trim(&t->sacked, ack);
	if (seq_lt(t->rexmit, ack))
		t->rexmit = ack;
	if (seq_lt(t->lost_end, ack))
		t->lost_end = ack;
	if (t->timed_us && seq_le(t->timed_seq, ack)) {
		measured(t, (uint32_t)(now_us - t->timed_us));
		t->timed_us = 0;
	}
	timeout_from_measured(t); /* what the timer doubled is single again: the path works */
	grow(t, acked, pipe);
	if (t->congestion == TCB_OPEN)
		t->dup_acks = 0;
	else if (seq_le(t->recover, ack))
		recovery_end(t);
	else
		partly(t, acked);
	t->rto_at_us = TCB_NEVER;
	if (t->snd_una != t->snd_nxt)
		tcb_timer_set(t, now_us);
}

/* True: the segment says nothing but that something came early (RFC 5681 section 2). */
static bool is_duplicate(const struct tcb *t, const struct tcp_segment *s, uint32_t window)
{
	return s->ack == t->snd_una && s->data == 0 && window == t->snd_wnd &&
	       t->snd_una != t->snd_nxt && !(s->flags & (TCP_SYN | TCP_FIN));
}

static void take_blocks(struct tcb *t, const struct tcp_segment *s)
{
	for (unsigned i = 0; t->sack && i < s->n_sacks; i++) {
		uint32_t from = s->sacks[i].from, to = s->sacks[i].to;

		/* a block that is acknowledged already tells of a duplicate (RFC 2883) */
		if (seq_lt(from, to) && seq_lt(t->snd_una, from) && seq_le(to, t->snd_nxt))
			tcp_ranges_add(&t->sacked, from, to);
	}
}

void tcb_acknowledged(struct tcb *t, uint64_t now_us, const struct tcp_segment *s)
{
	uint32_t window = (uint32_t)s->window << t->snd_scale;

	if (seq_lt(s->ack, t->snd_una))
		return;
	if (seq_lt(t->snd_nxt, s->ack)) {
		t->acks_due = 1; /* RFC 9293 3.10.7.4: of something that we never sent */
		return;
	}
	if (!t->sack && is_duplicate(t, s, window))
		t->dup_acks++;
	if (s->ack != t->snd_una)
		advance(t, now_us, s->ack);
	t->snd_wnd = window;
	take_blocks(t, s);
	if (looks_lost(t))
		recovery_begin(t);
	find_missing(t);
}
