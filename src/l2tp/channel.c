/*
 * channel: reliable delivery of control messages, RFC 2661 section 5.8 and RFC 3931
 * section 4.2, with the slow start and congestion avoidance of their appendix A.
 *
 * Called by control.c and control_accept.c, for both versions. Numbers are modulo
 * 65536 throughout. After a timeout it goes back to the oldest message and sends on from there as
 * acknowledgements come. A peer that never acknowledges costs it queue_max
 * messages of ours; new messages of such a peer are not taken in
 * when only CHANNEL_RESERVE is left, so it cannot make us queue replies without end.
 */
#include "channel.h"

#include <stdlib.h>
#include <string.h>

#include "base/list.h"
#include "header.h"

#define HALF 0x8000u

static uint16_t distance(uint16_t from, uint16_t to)
{
	return (uint16_t)(to - from);
}

static struct channel_msg *pool_get(struct channel_pool *pool, struct bytes msg)
{
	size_t size = sizeof(struct channel_msg) + msg.len;
	struct channel_msg *m;

	if (msg.len > UINT16_MAX || pool->used + size > pool->limit)
		return NULL;
	m = malloc(size);
	if (!m)
		return NULL;
	pool->used += size;
	*m = (struct channel_msg){.len = (uint16_t)msg.len};
	memcpy(m->b, msg.p, msg.len);
	return m;
}

void channel_put(struct channel *ch, struct channel_msg *m)
{
	ch->pool->used -= sizeof(*m) + m->len;
	free(m);
}

static uint64_t back_off_ms(const struct channel *ch, unsigned tries)
{
	uint64_t ms = ch->retransmit_ms;

	for (unsigned i = 0; i < tries && ms < ch->retransmit_max_ms; i++)
		ms *= 2;
	return ms < ch->retransmit_max_ms ? ms : ch->retransmit_max_ms;
}

uint64_t channel_cycle_ms(const struct channel *ch)
{
	uint64_t ms = 0;

	for (unsigned i = 0; i <= ch->tries_max; i++)
		ms += back_off_ms(ch, i);
	return ms;
}

static void stamp_v2(struct channel *ch, uint8_t *msg, size_t len, uint16_t ns, uint16_t nr)
{
	(void)ch;
	(void)len;
	header_set_seq(msg, ns, nr);
}

static void zlb_v2(struct channel *ch, struct wr *w)
{
	header_end(w, header_begin_control(w, ch->peer_tunnel_id, 0));
}

static const struct channel_form version_2 = {stamp_v2, zlb_v2};

/* Number and acknowledgement are of the moment of sending: Nr is never stale. */
static void transmit(struct channel *ch, struct channel_msg *m, bool again)
{
	ch->form->stamp(ch, m->b, m->len, m->ns, ch->nr);
	ch->ack_due = false;
	ch->ops->transmit(ch, (struct bytes){m->b, m->len}, again);
}

static void transmit_ack(struct channel *ch)
{
	uint8_t buf[CHANNEL_ACK_MAX];
	struct wr w = wr_of(buf, sizeof(buf));

	ch->form->acknowledge(ch, &w);
	ch->form->stamp(ch, buf, w.len, ch->high, ch->nr);
	ch->ack_due = false;
	ch->ops->transmit(ch, wr_done(&w), false);
}

static void on_retransmit(struct timer *t, uint64_t now_ms)
{
	struct channel *ch = list_entry(t, struct channel, retransmit);

	if (ch->tries >= ch->tries_max) {
		ch->quiet = true;
		ch->ops->exhausted(ch, now_ms, ch->out->tag);
		return;
	}
	ch->tries++;
	ch->ssthresh = ch->cwnd > 3 ? ch->cwnd / 2 : 1;
	ch->cwnd = 1;
	ch->cwnd_acked = 0;
	ch->nxt = (uint16_t)(ch->una + 1);
	ch->unsent = ch->out->next;
	transmit(ch, ch->out, true);
	timerq_arm(ch->timers, &ch->retransmit, now_ms + back_off_ms(ch, ch->tries));
}

void channel_init(struct channel *ch, const struct channel_config *cfg)
{
	*ch = (struct channel){
		.ops = cfg->ops,
		.form = cfg->form ? cfg->form : &version_2,
		.pool = cfg->pool,
		.timers = cfg->timers,
		.retransmit_ms = cfg->retransmit_ms,
		.retransmit_max_ms = cfg->retransmit_max_ms,
		.tries_max = cfg->retransmit_tries,
		.rx_window = cfg->rx_window,
		.queue_max = cfg->queue_max,
		.peer_window = CHANNEL_WINDOW_DEFAULT,
		.cwnd = 1,
		.ssthresh = CHANNEL_WINDOW_DEFAULT,
		.retransmit.fire = on_retransmit,
	};
}

static void free_list(struct channel *ch, struct channel_msg *m)
{
	while (m) {
		struct channel_msg *next = m->next;

		channel_put(ch, m);
		m = next;
	}
}

void channel_stop_sending(struct channel *ch)
{
	timerq_disarm(ch->timers, &ch->retransmit);
	free_list(ch, ch->out);
	ch->out = ch->out_last = ch->unsent = NULL;
	ch->una = ch->nxt = ch->high = ch->tail;
}

void channel_end(struct channel *ch)
{
	channel_stop_sending(ch);
	free_list(ch, ch->held);
	ch->held = NULL;
	ch->n_held = 0;
	ch->quiet = true;
}

void channel_set_peer_window(struct channel *ch, uint16_t window)
{
	ch->peer_window = window ? window : 1;
	ch->ssthresh = ch->peer_window;
	if (ch->cwnd > ch->peer_window)
		ch->cwnd = ch->peer_window;
}

bool channel_send(struct channel *ch, struct bytes msg, uint16_t tag)
{
	struct channel_msg *m;

	if (ch->quiet || msg.len < HEADER_CONTROL_LEN ||
	    distance(ch->una, ch->tail) >= ch->queue_max)
		return false;
	m = pool_get(ch->pool, msg);
	if (!m)
		return false;
	m->ns = ch->tail++;
	m->tag = tag;
	if (ch->out)
		ch->out_last->next = m;
	else
		ch->out = m;
	ch->out_last = m;
	if (!ch->unsent)
		ch->unsent = m;
	return true;
}

/* Appendix A: one more for each acknowledgement below ssthresh, one more for each
 * window above it, never more than the peer's window. */
static void open_window(struct channel *ch)
{
	if (ch->cwnd >= ch->peer_window)
		return;
	if (ch->cwnd < ch->ssthresh) {
		ch->cwnd++;
	} else if (++ch->cwnd_acked >= ch->cwnd) {
		ch->cwnd++;
		ch->cwnd_acked = 0;
	}
}

/* False when nr acknowledges what was never sent. An old nr says nothing new. */
static bool take_ack(struct channel *ch, uint64_t now_ms, uint16_t nr)
{
	uint16_t acked = distance(ch->una, nr);

	if (acked > distance(ch->una, ch->high))
		return acked >= HALF;
	if (acked == 0)
		return true;
	for (; acked; acked--) {
		struct channel_msg *m = ch->out;

		if (ch->unsent == m)
			ch->unsent = m->next;
		ch->out = m->next;
		channel_put(ch, m);
		open_window(ch);
	}
	ch->una = nr;
	if (distance(ch->una, ch->nxt) >= HALF)
		ch->nxt = ch->una;
	ch->tries = 0;
	if (ch->nxt == ch->una)
		timerq_disarm(ch->timers, &ch->retransmit);
	else
		timerq_arm(ch->timers, &ch->retransmit, now_ms + back_off_ms(ch, 0));
	return true;
}

/* Keeps msg in order of Ns. */
static enum channel_verdict hold(struct channel *ch, uint16_t ns, struct bytes msg)
{
	struct channel_msg **at = &ch->held, *m;

	while (*at && distance(ch->nr, (*at)->ns) < distance(ch->nr, ns))
		at = &(*at)->next;
	if (*at && (*at)->ns == ns)
		return CHANNEL_DUPLICATE;
	if (ch->n_held >= CHANNEL_HELD_MAX || msg.len > CHANNEL_HELD_LEN ||
	    !(m = pool_get(ch->pool, msg)))
		return CHANNEL_OUTSIDE;
	m->ns = ns;
	m->next = *at;
	*at = m;
	ch->n_held++;
	return CHANNEL_HELD;
}

enum channel_verdict channel_receive(struct channel *ch, uint64_t now_ms, uint16_t ns, uint16_t nr,
				     bool zlb, struct bytes msg)
{
	uint16_t ahead = distance(ch->nr, ns);

	if (ch->quiet)
		return CHANNEL_OUTSIDE;
	if (!take_ack(ch, now_ms, nr))
		return CHANNEL_BAD_NR;
	if (zlb)
		return CHANNEL_ACK_ONLY;
	if (ahead >= HALF) {
		ch->ack_due = true;
		return CHANNEL_DUPLICATE;
	}
	if (ahead >= ch->rx_window ||
	    distance(ch->una, ch->tail) + CHANNEL_RESERVE >= ch->queue_max)
		return CHANNEL_OUTSIDE;
	if (ahead > 0)
		return hold(ch, ns, msg);
	ch->nr++;
	ch->ack_due = true;
	return CHANNEL_DELIVER;
}

struct channel_msg *channel_take(struct channel *ch)
{
	struct channel_msg *m = ch->held;

	if (!m || ch->quiet || m->ns != ch->nr)
		return NULL;
	ch->held = m->next;
	m->next = NULL;
	ch->n_held--;
	ch->nr++;
	ch->ack_due = true;
	return m;
}

void channel_flush(struct channel *ch, uint64_t now_ms)
{
	uint16_t window = ch->cwnd < ch->peer_window ? ch->cwnd : ch->peer_window;

	if (ch->quiet)
		return;
	while (ch->unsent && distance(ch->una, ch->nxt) < window) {
		struct channel_msg *m = ch->unsent;
		bool again = distance(ch->una, m->ns) < distance(ch->una, ch->high);

		ch->unsent = m->next;
		ch->nxt = (uint16_t)(m->ns + 1);
		if (!again)
			ch->high = ch->nxt;
		if (!ch->retransmit.armed)
			timerq_arm(ch->timers, &ch->retransmit, now_ms + back_off_ms(ch, 0));
		transmit(ch, m, again);
	}
	if (ch->ack_due)
		transmit_ack(ch);
}

bool channel_idle(const struct channel *ch)
{
	return !ch->out;
}
