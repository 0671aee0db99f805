/*
 * tcp_i: what the files of one TCP connection share (tcp.h).
 */
#pragma once

#include "base/fsm.h"
#include "tcp.h"
#include "tcp_segment.h"

#define TCB_CWND_MAX (8u << 20) /* octets */
#define TCB_DUP_ACKS 3          /* RFC 5681 3.2 */

enum tcb_event {
	TCB_EV_OPEN,
	TCB_EV_SYN,
	TCB_EV_SYN_ACK, /* acknowledges our SYN, or has done so before */
	TCB_EV_ACK,     /* acknowledges our SYN; no SYN in it */
	TCB_EV_FIN,
	TCB_EV_RST,
	TCB_EV_GIVE_UP,
	TCB_EV_ABORT,
	TCB_EVENTS
};

/* tcp.c */
extern const struct fsm tcb_fsm;
void tcb_event(struct tcb *t, uint64_t now_us, enum tcb_event ev);

/* tcp_loss.c: the congestion window, what is missing, and the timer */
void tcb_congestion_begin(struct tcb *t);
/* An acknowledgement came; s is of the connection and in its window. */
void tcb_acknowledged(struct tcb *t, uint64_t now_us, const struct tcp_segment *s);
/* The segment that may leave next; 0: none. again: it was sent before. */
uint32_t tcb_next_data(const struct tcb *t, uint32_t *seq, bool *again);
/* It left. */
void tcb_sent_data(struct tcb *t, uint64_t now_us, uint32_t seq, uint32_t len, bool again);
void tcb_timer_set(struct tcb *t, uint64_t now_us);
void tcb_timer_fired(struct tcb *t, uint64_t now_us);
