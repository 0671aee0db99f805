/*
 * channel: reliable delivery of control messages (RFC 2661 section 5.8 and
 * appendix A, RFC 3931 section 4.2). Numbers, windows, retransmission, acknowledgement; what the
 * messages say is none of its business.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/rd.h"
#include "base/timerq.h"
#include "base/wr.h"

#define CHANNEL_WINDOW_DEFAULT 4   /* a peer that sends no Receive Window Size (4.4.3) */
#define CHANNEL_HELD_MAX       8   /* messages kept that came before their turn */
#define CHANNEL_HELD_LEN       512 /* octets of the longest such message */
#define CHANNEL_RESERVE        4   /* of queue_max: kept for what we send of ourselves */
#define CHANNEL_ACK_MAX        64  /* octets of an acknowledgement */

/* Buffers of all channels, bounded in octets. */
struct channel_pool {
	size_t used, limit;
};

struct channel_msg {
	struct channel_msg *next;
	uint16_t ns;
	uint16_t len;
	uint16_t tag; /* the sender's, to know it again in exhausted() */
	uint8_t b[];
};

struct channel;

struct channel_ops {
	/* A message leaves now: valid during the call. */
	void (*transmit)(struct channel *ch, struct bytes msg, bool again);
	/* The oldest message (tag) was sent retransmit_tries times more and is not
	 * acknowledged. The channel is quiet from here on. */
	void (*exhausted)(struct channel *ch, uint64_t now_ms, uint16_t tag);
};

/* What differs between the versions of L2TP in a message that leaves. */
struct channel_form {
	/* Numbers into a whole message, and what depends on them. */
	void (*stamp)(struct channel *ch, uint8_t *msg, size_t len, uint16_t ns, uint16_t nr);
	/* An acknowledgement without its numbers; at most CHANNEL_ACK_MAX octets. */
	void (*acknowledge)(struct channel *ch, struct wr *w);
};

struct channel_config {
	const struct channel_ops *ops;
	const struct channel_form *form; /* NULL: version 2 */
	struct channel_pool *pool;
	struct timerq *timers;
	uint32_t retransmit_ms, retransmit_max_ms;
	uint8_t retransmit_tries;
	uint16_t rx_window;
	uint16_t queue_max; /* messages of ours not yet acknowledged */
};

struct channel {
	const struct channel_ops *ops;
	const struct channel_form *form;
	struct channel_pool *pool;
	struct timerq *timers;
	struct timer retransmit;
	struct channel_msg *out, *out_last; /* una .. tail, by Ns */
	struct channel_msg *unsent;         /* the message of number nxt, or NULL */
	struct channel_msg *held;           /* came before their turn, by Ns */
	uint32_t retransmit_ms, retransmit_max_ms;
	uint16_t rx_window, queue_max;
	uint16_t una;  /* oldest number that is not acknowledged */
	uint16_t nxt;  /* next number to transmit */
	uint16_t high; /* one above the highest number ever transmitted */
	uint16_t tail; /* number of the next message that is queued: Ns of a ZLB when idle */
	uint16_t nr;   /* number that we expect from the peer */
	uint16_t peer_window, cwnd, ssthresh, cwnd_acked;
	uint16_t peer_tunnel_id; /* for the header of a ZLB of version 2 */
	uint8_t tries, tries_max, n_held;
	bool ack_due, quiet;
};

void channel_init(struct channel *ch, const struct channel_config *cfg);

/* Drops every buffer and disarms the timer. */
void channel_end(struct channel *ch);

/* Forgets what is queued, acknowledged or not; goes on to acknowledge. */
void channel_stop_sending(struct channel *ch);

/* The peer's Receive Window Size; 0 counts as 1. */
void channel_set_peer_window(struct channel *ch, uint16_t window);

/* Queues a control message (header with room for Ns and Nr, see header.h) behind
 * what is there. False when queue_max or the pool's limit is reached. */
bool channel_send(struct channel *ch, struct bytes msg, uint16_t tag);

enum channel_verdict {
	CHANNEL_DELIVER,   /* the message that was expected: act on it, then channel_take() */
	CHANNEL_ACK_ONLY,  /* a ZLB */
	CHANNEL_HELD,      /* kept until the ones before it come */
	CHANNEL_DUPLICATE, /* seen before; an acknowledgement is due */
	CHANNEL_OUTSIDE,   /* beyond the receive window, or no room; not acknowledged */
	CHANNEL_BAD_NR,    /* acknowledges what was never sent */
};

/* Numbers of a message that came. msg: the whole control message; zlb: no AVPs. */
enum channel_verdict channel_receive(struct channel *ch, uint64_t now_ms, uint16_t ns, uint16_t nr,
				     bool zlb, struct bytes msg);

/* After CHANNEL_DELIVER: the next message in turn that was held, or NULL. The
 * caller returns it with channel_put(). */
struct channel_msg *channel_take(struct channel *ch);
void channel_put(struct channel *ch, struct channel_msg *m);

/* End of a reaction: transmits what the windows allow, and a ZLB when an
 * acknowledgement is due that no message carried. */
void channel_flush(struct channel *ch, uint64_t now_ms);

/* Is everything that was queued acknowledged? */
bool channel_idle(const struct channel *ch);

/* Milliseconds from a first transmission to giving up (section 5.7: how long a
 * closed tunnel answers duplicates). */
uint64_t channel_cycle_ms(const struct channel *ch);
