/*
 * tcp: one TCP connection (RFC 9293) of a load client, as whole IPv4 packets in and out.
 *
 * Its data are octets of value zero without end: nothing is kept to be sent again, and
 * what comes is counted and forgotten, so that a connection with megabytes under way
 * costs a kilobyte. MSS and window scale (RFC 7323), selective acknowledgements (RFC
 * 2018), slow start, congestion avoidance, fast recovery (RFC 5681, 6675, 6582) and the
 * retransmission timer (RFC 6298) are as they should be; there are no timestamps, no
 * urgent data and no orderly close: the end is a reset, and so is the answer to a FIN.
 *
 * Pure: the caller has the clock and carries the packets. One thread.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/rd.h"
#include "tcp_ranges.h"

#define TCB_PACKET_MAX 1500
#define TCB_NEVER      UINT64_MAX

enum tcb_state { TCB_CLOSED, TCB_SYN_SENT, TCB_SYN_RECEIVED, TCB_ESTABLISHED, TCB_STATES };

struct tcb_config {
	uint32_t local_ip, remote_ip; /* host order */
	uint16_t local_port, remote_port;
	uint16_t mtu;    /* octets of the longest IPv4 packet, 576 to TCB_PACKET_MAX */
	uint32_t isn;    /* the first sequence number (RFC 6528: unpredictable) */
	uint32_t window; /* octets that may be on their way to us, to 2^30 */
	bool sends;      /* the user has data; else it only receives */
};

/* What a connection did; never goes back. */
struct tcb_counts {
	uint64_t acked;      /* octets that the peer has acknowledged */
	uint64_t received;   /* octets that came, in order */
	uint64_t sent_again; /* segments */
	uint64_t timeouts;   /* of the retransmission timer */
	uint64_t dropped;    /* packets that are no segment of ours: checksum, cut, ports */
	uint64_t early;      /* segments that came before one that is missing */
	uint64_t measured;   /* round trips (RFC 6298) */
};

enum tcb_congestion {
	TCB_OPEN,     /* nothing is missing that we know of */
	TCB_RECOVERY, /* fast recovery */
	TCB_LOSS,     /* the timer fired: everything under way counts as lost */
};

struct tcb {
	struct tcb_config cfg;
	enum tcb_state state;
	const char *reason; /* of the end: "reset", "peer-closed", "timeout", "aborted" */
	struct tcb_counts counts;

	/* sending: snd_una <= rexmit, lost_end <= snd_nxt */
	uint32_t snd_una, snd_nxt, snd_wnd;
	uint32_t cwnd, ssthresh, acked_in_cwnd;
	uint32_t rexmit, lost_end; /* what is missing of [rexmit, lost_end) is sent again */
	uint32_t recover;          /* recovery is over when this is acknowledged */
	uint32_t dup_acks;
	enum tcb_congestion congestion;
	uint16_t mss;
	uint8_t snd_scale, rcv_scale;
	bool sack, syn_due, rst_due, probe_due;
	bool rexmit_due; /* one segment goes again whatever the window says */
	struct tcp_ranges sacked;

	/* the timer and what it is made of */
	uint32_t rtt_us; /* the last one that was measured */
	uint32_t srtt_us, rttvar_us, rto_us;
	uint64_t timed_us; /* when timed_seq left; 0: no segment is timed */
	uint32_t timed_seq;
	uint64_t rto_at_us, ack_at_us;
	unsigned tries;

	/* receiving */
	uint32_t rcv_nxt;
	uint32_t recent; /* the early segment that came last (RFC 2018 section 4) */
	struct tcp_ranges early;
	unsigned unacked; /* segments since our last acknowledgement */
	unsigned acks_due;
};

/* Begins: the first tcb_output() gives the SYN. Also the other end of a simultaneous open
 * (RFC 9293 section 3.5). *t needs no end: it owns nothing. */
void tcb_open(struct tcb *t, const struct tcb_config *cfg, uint64_t now_us);

/* An IPv4 packet of protocol 6. Answers wait in tcb_output(): call it when all that came at
 * once was put in, then they are one. */
void tcb_input(struct tcb *t, uint64_t now_us, struct bytes packet);

/* The next packet that may leave now, written to p (TCB_PACKET_MAX octets); its length, or 0:
 * nothing more for now. */
size_t tcb_output(struct tcb *t, uint64_t now_us, uint8_t *p);

/* Fires what is due; then tcb_output(). */
void tcb_run(struct tcb *t, uint64_t now_us);
uint64_t tcb_next_us(const struct tcb *t); /* TCB_NEVER: nothing waits */

/* A reset leaves with the next tcb_output(). */
void tcb_abort(struct tcb *t, uint64_t now_us);
