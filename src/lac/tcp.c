/*
 * tcp: the states of a load client's TCP connection (RFC 9293 section 3.3.2, the part of
 * it that needs no orderly close) and its clock. Called by load_tcp.c. Never does I/O.
 */
#include "tcp_i.h"

#define RTO_FIRST_US 1000000 /* RFC 6298 2.1 */
#define SCALE_MAX    14

/* ---- the table ---- */

enum action {
	ACT_NONE,
	ACT_SYN,
	ACT_SYN_ACK,
	ACT_UP,
	ACT_CHALLENGE,
	ACT_CLOSED_BY_PEER,
	ACT_RESET,
	ACT_TIMEOUT,
	ACT_FORGET,
	ACT_ABORT,
};

#define AT(state, event) [(state)*TCB_EVENTS + (event)]

static const struct fsm_cell cells[TCB_STATES * TCB_EVENTS] = {
	AT(TCB_CLOSED, TCB_EV_OPEN) = FSM_DO(TCB_SYN_SENT, ACT_SYN),
	AT(TCB_CLOSED, TCB_EV_SYN) = FSM_IGNORE(TCB_CLOSED, "nobody listens"),
	AT(TCB_CLOSED, TCB_EV_SYN_ACK) = FSM_IGNORE(TCB_CLOSED, "the connection is over"),
	AT(TCB_CLOSED, TCB_EV_ACK) = FSM_IGNORE(TCB_CLOSED, "the connection is over"),
	AT(TCB_CLOSED, TCB_EV_FIN) = FSM_IGNORE(TCB_CLOSED, "the connection is over"),
	AT(TCB_CLOSED, TCB_EV_RST) = FSM_IGNORE(TCB_CLOSED, "the connection is over"),
	AT(TCB_CLOSED, TCB_EV_GIVE_UP) = FSM_IGNORE(TCB_CLOSED, "no timer runs"),
	AT(TCB_CLOSED, TCB_EV_ABORT) = FSM_IGNORE(TCB_CLOSED, "the connection is over"),

	AT(TCB_SYN_SENT, TCB_EV_OPEN) = FSM_IGNORE(TCB_SYN_SENT, "it is being opened"),
	AT(TCB_SYN_SENT, TCB_EV_SYN) = FSM_DO(TCB_SYN_RECEIVED, ACT_SYN_ACK),
	AT(TCB_SYN_SENT, TCB_EV_SYN_ACK) = FSM_DO(TCB_ESTABLISHED, ACT_UP),
	AT(TCB_SYN_SENT, TCB_EV_ACK) = FSM_IGNORE(TCB_SYN_SENT, "it has no SYN"),
	AT(TCB_SYN_SENT, TCB_EV_FIN) = FSM_IGNORE(TCB_SYN_SENT, "its place is not known yet"),
	AT(TCB_SYN_SENT, TCB_EV_RST) = FSM_DO(TCB_CLOSED, ACT_RESET),
	AT(TCB_SYN_SENT, TCB_EV_GIVE_UP) = FSM_DO(TCB_CLOSED, ACT_TIMEOUT),
	AT(TCB_SYN_SENT, TCB_EV_ABORT) = FSM_DO(TCB_CLOSED, ACT_FORGET),

	AT(TCB_SYN_RECEIVED, TCB_EV_OPEN) = FSM_IGNORE(TCB_SYN_RECEIVED, "it is being opened"),
	AT(TCB_SYN_RECEIVED, TCB_EV_SYN) = FSM_DO(TCB_SYN_RECEIVED, ACT_SYN_ACK),
	AT(TCB_SYN_RECEIVED, TCB_EV_SYN_ACK) = FSM_DO(TCB_ESTABLISHED, ACT_UP),
	AT(TCB_SYN_RECEIVED, TCB_EV_ACK) = FSM_DO(TCB_ESTABLISHED, ACT_UP),
	AT(TCB_SYN_RECEIVED, TCB_EV_FIN) = FSM_DO(TCB_CLOSED, ACT_CLOSED_BY_PEER),
	AT(TCB_SYN_RECEIVED, TCB_EV_RST) = FSM_DO(TCB_CLOSED, ACT_RESET),
	AT(TCB_SYN_RECEIVED, TCB_EV_GIVE_UP) = FSM_DO(TCB_CLOSED, ACT_TIMEOUT),
	AT(TCB_SYN_RECEIVED, TCB_EV_ABORT) = FSM_DO(TCB_CLOSED, ACT_ABORT),

	AT(TCB_ESTABLISHED, TCB_EV_OPEN) = FSM_IGNORE(TCB_ESTABLISHED, "it is open"),
	AT(TCB_ESTABLISHED, TCB_EV_SYN) = FSM_DO(TCB_ESTABLISHED, ACT_CHALLENGE),
	AT(TCB_ESTABLISHED, TCB_EV_SYN_ACK) = FSM_DO(TCB_ESTABLISHED, ACT_CHALLENGE),
	AT(TCB_ESTABLISHED, TCB_EV_ACK) = FSM_IGNORE(TCB_ESTABLISHED, "our SYN is old"),
	AT(TCB_ESTABLISHED, TCB_EV_FIN) = FSM_DO(TCB_CLOSED, ACT_CLOSED_BY_PEER),
	AT(TCB_ESTABLISHED, TCB_EV_RST) = FSM_DO(TCB_CLOSED, ACT_RESET),
	AT(TCB_ESTABLISHED, TCB_EV_GIVE_UP) = FSM_DO(TCB_CLOSED, ACT_TIMEOUT),
	AT(TCB_ESTABLISHED, TCB_EV_ABORT) = FSM_DO(TCB_CLOSED, ACT_ABORT),
};

static const char *const state_names[TCB_STATES] = {
	"CLOSED",
	"SYN-SENT",
	"SYN-RECEIVED",
	"ESTABLISHED",
};

static const char *const event_names[TCB_EVENTS] = {
	"open", "SYN", "SYN,ACK", "ACK", "FIN", "RST", "give-up", "abort",
};

const struct fsm tcb_fsm = {
	.name = "tcp",
	.state_names = state_names,
	.event_names = event_names,
	.n_states = TCB_STATES,
	.n_events = TCB_EVENTS,
	.cells = cells,
};

/* ---- actions ---- */

static void end(struct tcb *t, const char *reason, bool reset)
{
	t->reason = reason;
	t->rst_due = reset;
	t->syn_due = false;
	t->acks_due = 0;
	t->rto_at_us = t->ack_at_us = TCB_NEVER;
}

static void up(struct tcb *t)
{
	t->syn_due = false;
	t->snd_una = t->rexmit = t->lost_end = t->snd_nxt;
	t->rto_at_us = TCB_NEVER;
	t->tries = 0;
	t->acks_due = 1;
	t->rto_us = RTO_FIRST_US;
	tcb_congestion_begin(t);
}

static void act(struct tcb *t, uint64_t now_us, enum action what)
{
	switch (what) {
	case ACT_NONE:
		break;
	case ACT_SYN:
	case ACT_SYN_ACK:
		t->syn_due = true;
		tcb_timer_set(t, now_us);
		break;
	case ACT_UP:
		up(t);
		break;
	case ACT_CHALLENGE: /* RFC 5961 section 4, and RFC 9293 when our ACK was lost */
		t->acks_due = 1;
		break;
	case ACT_CLOSED_BY_PEER:
		end(t, "peer-closed", true);
		break;
	case ACT_RESET:
		end(t, t->rcv_nxt ? "reset" : "refused", false);
		break;
	case ACT_TIMEOUT:
		end(t, "timeout", t->rcv_nxt != 0);
		break;
	case ACT_FORGET:
		end(t, "aborted", false);
		break;
	case ACT_ABORT:
		end(t, "aborted", true);
		break;
	}
}

void tcb_event(struct tcb *t, uint64_t now_us, enum tcb_event ev)
{
	const struct fsm_cell *c = fsm_cell(&tcb_fsm, t->state, ev);

	if (!c || c->ignored_because)
		return;
	t->state = (enum tcb_state)c->next;
	act(t, now_us, (enum action)c->action);
}

/* ---- the caller's ---- */

void tcb_open(struct tcb *t, const struct tcb_config *cfg, uint64_t now_us)
{
	*t = (struct tcb){
		.cfg = *cfg,
		.snd_una = cfg->isn,
		.snd_nxt = cfg->isn + 1, /* the SYN takes a number */
		.rexmit = cfg->isn,
		.lost_end = cfg->isn,
		.rto_us = RTO_FIRST_US,
		.rto_at_us = TCB_NEVER,
		.ack_at_us = TCB_NEVER,
	};
	while (t->rcv_scale < SCALE_MAX && cfg->window >> t->rcv_scale > UINT16_MAX)
		t->rcv_scale++;
	tcb_event(t, now_us, TCB_EV_OPEN);
}

void tcb_abort(struct tcb *t, uint64_t now_us)
{
	tcb_event(t, now_us, TCB_EV_ABORT);
}

void tcb_run(struct tcb *t, uint64_t now_us)
{
	if (now_us >= t->ack_at_us) {
		t->ack_at_us = TCB_NEVER;
		t->acks_due = t->acks_due ? t->acks_due : 1;
	}
	if (now_us >= t->rto_at_us) {
		t->rto_at_us = TCB_NEVER;
		tcb_timer_fired(t, now_us);
	}
}

uint64_t tcb_next_us(const struct tcb *t)
{
	return t->ack_at_us < t->rto_at_us ? t->ack_at_us : t->rto_at_us;
}
