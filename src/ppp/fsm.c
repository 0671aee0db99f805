/*
 * fsm: the option negotiation automaton as a table.
 *
 * RFC 1661 section 4.1 (table), 4.4 (actions), 4.6 (counters and timer). Called by
 * negotiate (packets), link (layer events) and the timer queue. Never looks into a
 * packet and knows no protocol.
 */
#include "fsm.h"

#include <string.h>

#include "base/list.h"
#include "link.h"

/* The combinations of actions that the table of RFC 1661 4.1 holds. */
enum {
	A_NONE,
	A_TLS,
	A_TLF,
	A_TLD,
	A_IRC,
	A_SCR,
	A_SCA,
	A_SCN,
	A_STR,
	A_STA,
	A_SCJ,
	A_SER,
	A_IRC_SCR,
	A_IRC_STR,
	A_IRC_TLU,
	A_SCA_TLU,
	A_IRC_SCR_SCA,
	A_IRC_SCR_SCN,
	A_TLD_IRC_STR,
	A_TLD_SCR,
	A_TLD_SCR_SCA,
	A_TLD_SCR_SCN,
	A_TLD_ZRC_STA,
};

static const uint16_t actions[] = {
	[A_TLS] = DO_TLS,
	[A_TLF] = DO_TLF,
	[A_TLD] = DO_TLD,
	[A_IRC] = DO_IRC,
	[A_SCR] = DO_SCR,
	[A_SCA] = DO_SCA,
	[A_SCN] = DO_SCN,
	[A_STR] = DO_STR,
	[A_STA] = DO_STA,
	[A_SCJ] = DO_SCJ,
	[A_SER] = DO_SER,
	[A_IRC_SCR] = DO_IRC | DO_SCR,
	[A_IRC_STR] = DO_IRC | DO_STR,
	[A_IRC_TLU] = DO_IRC | DO_TLU,
	[A_SCA_TLU] = DO_SCA | DO_TLU,
	[A_IRC_SCR_SCA] = DO_IRC | DO_SCR | DO_SCA,
	[A_IRC_SCR_SCN] = DO_IRC | DO_SCR | DO_SCN,
	[A_TLD_IRC_STR] = DO_TLD | DO_IRC | DO_STR,
	[A_TLD_SCR] = DO_TLD | DO_SCR,
	[A_TLD_SCR_SCA] = DO_TLD | DO_SCR | DO_SCA,
	[A_TLD_SCR_SCN] = DO_TLD | DO_SCR | DO_SCN,
	[A_TLD_ZRC_STA] = DO_TLD | DO_ZRC | DO_STA,
};

static const char *const state_names[CP_N_STATES] = {
	"Initial",  "Starting", "Closed",   "Stopped",  "Closing",
	"Stopping", "Req-Sent", "Ack-Rcvd", "Ack-Sent", "Opened",
};

static const char *const event_names[CP_N_EVENTS] = {
	"Up",  "Down", "Open", "Close", "TO+", "TO-",  "RCR+", "RCR-",
	"RCA", "RCN",  "RTR",  "RTA",   "RUC", "RXJ+", "RXJ-", "RXR",
};

#define NOT_DOWN "the lower layer is up already"
#define NO_LOWER "the lower layer is down"
#define NO_TIMER "the restart timer does not run here"
#define ENDING   "the layer is being terminated"
#define NOTHING  "nothing is outstanding"
#define SETTLED  "it is open or opening already"
#define NOT_OPEN "echo and discard mean something only in Opened"
#define BEARABLE "we can do without what was rejected"

#define ON(state, event, next, act) [(state)*CP_N_EVENTS + (event)] = FSM_DO(next, act)
#define NO(state, event, why)       [(state)*CP_N_EVENTS + (event)] = FSM_IGNORE(state, why)

/* The packets that mean nothing while the lower layer is down. */
#define NO_PACKETS(s)                                                                              \
	NO(s, CP_RCR_PLUS, NO_LOWER), NO(s, CP_RCR_MINUS, NO_LOWER), NO(s, CP_RCA, NO_LOWER),      \
		NO(s, CP_RCN, NO_LOWER), NO(s, CP_RTR, NO_LOWER), NO(s, CP_RTA, NO_LOWER),         \
		NO(s, CP_RUC, NO_LOWER), NO(s, CP_RXJ_PLUS, NO_LOWER),                             \
		NO(s, CP_RXJ_MINUS, NO_LOWER), NO(s, CP_RXR, NO_LOWER)

static const struct fsm_cell cells[CP_N_STATES * CP_N_EVENTS] = {
	ON(CP_INITIAL, CP_UP, CP_CLOSED, A_NONE),
	NO(CP_INITIAL, CP_DOWN, NO_LOWER),
	ON(CP_INITIAL, CP_OPEN, CP_STARTING, A_TLS),
	NO(CP_INITIAL, CP_CLOSE, NOTHING),
	NO(CP_INITIAL, CP_TO_PLUS, NO_TIMER),
	NO(CP_INITIAL, CP_TO_MINUS, NO_TIMER),
	NO_PACKETS(CP_INITIAL),

	ON(CP_STARTING, CP_UP, CP_REQ_SENT, A_IRC_SCR),
	NO(CP_STARTING, CP_DOWN, NO_LOWER),
	NO(CP_STARTING, CP_OPEN, SETTLED),
	ON(CP_STARTING, CP_CLOSE, CP_INITIAL, A_TLF),
	NO(CP_STARTING, CP_TO_PLUS, NO_TIMER),
	NO(CP_STARTING, CP_TO_MINUS, NO_TIMER),
	NO_PACKETS(CP_STARTING),

	NO(CP_CLOSED, CP_UP, NOT_DOWN),
	ON(CP_CLOSED, CP_DOWN, CP_INITIAL, A_NONE),
	ON(CP_CLOSED, CP_OPEN, CP_REQ_SENT, A_IRC_SCR),
	NO(CP_CLOSED, CP_CLOSE, NOTHING),
	NO(CP_CLOSED, CP_TO_PLUS, NO_TIMER),
	NO(CP_CLOSED, CP_TO_MINUS, NO_TIMER),
	ON(CP_CLOSED, CP_RCR_PLUS, CP_CLOSED, A_STA),
	ON(CP_CLOSED, CP_RCR_MINUS, CP_CLOSED, A_STA),
	ON(CP_CLOSED, CP_RCA, CP_CLOSED, A_STA),
	ON(CP_CLOSED, CP_RCN, CP_CLOSED, A_STA),
	ON(CP_CLOSED, CP_RTR, CP_CLOSED, A_STA),
	NO(CP_CLOSED, CP_RTA, NOTHING),
	ON(CP_CLOSED, CP_RUC, CP_CLOSED, A_SCJ),
	NO(CP_CLOSED, CP_RXJ_PLUS, BEARABLE),
	ON(CP_CLOSED, CP_RXJ_MINUS, CP_CLOSED, A_TLF),
	NO(CP_CLOSED, CP_RXR, NOT_OPEN),

	NO(CP_STOPPED, CP_UP, NOT_DOWN),
	ON(CP_STOPPED, CP_DOWN, CP_STARTING, A_TLS),
	NO(CP_STOPPED, CP_OPEN, "no restart option: it waits for the peer's request"),
	ON(CP_STOPPED, CP_CLOSE, CP_CLOSED, A_NONE),
	NO(CP_STOPPED, CP_TO_PLUS, NO_TIMER),
	NO(CP_STOPPED, CP_TO_MINUS, NO_TIMER),
	ON(CP_STOPPED, CP_RCR_PLUS, CP_ACK_SENT, A_IRC_SCR_SCA),
	ON(CP_STOPPED, CP_RCR_MINUS, CP_REQ_SENT, A_IRC_SCR_SCN),
	ON(CP_STOPPED, CP_RCA, CP_STOPPED, A_STA),
	ON(CP_STOPPED, CP_RCN, CP_STOPPED, A_STA),
	ON(CP_STOPPED, CP_RTR, CP_STOPPED, A_STA),
	NO(CP_STOPPED, CP_RTA, NOTHING),
	ON(CP_STOPPED, CP_RUC, CP_STOPPED, A_SCJ),
	NO(CP_STOPPED, CP_RXJ_PLUS, BEARABLE),
	ON(CP_STOPPED, CP_RXJ_MINUS, CP_STOPPED, A_TLF),
	NO(CP_STOPPED, CP_RXR, NOT_OPEN),

	NO(CP_CLOSING, CP_UP, NOT_DOWN),
	ON(CP_CLOSING, CP_DOWN, CP_INITIAL, A_NONE),
	ON(CP_CLOSING, CP_OPEN, CP_STOPPING, A_NONE),
	NO(CP_CLOSING, CP_CLOSE, ENDING),
	ON(CP_CLOSING, CP_TO_PLUS, CP_CLOSING, A_STR),
	ON(CP_CLOSING, CP_TO_MINUS, CP_CLOSED, A_TLF),
	NO(CP_CLOSING, CP_RCR_PLUS, ENDING),
	NO(CP_CLOSING, CP_RCR_MINUS, ENDING),
	NO(CP_CLOSING, CP_RCA, ENDING),
	NO(CP_CLOSING, CP_RCN, ENDING),
	ON(CP_CLOSING, CP_RTR, CP_CLOSING, A_STA),
	ON(CP_CLOSING, CP_RTA, CP_CLOSED, A_TLF),
	ON(CP_CLOSING, CP_RUC, CP_CLOSING, A_SCJ),
	NO(CP_CLOSING, CP_RXJ_PLUS, BEARABLE),
	ON(CP_CLOSING, CP_RXJ_MINUS, CP_CLOSED, A_TLF),
	NO(CP_CLOSING, CP_RXR, NOT_OPEN),

	NO(CP_STOPPING, CP_UP, NOT_DOWN),
	ON(CP_STOPPING, CP_DOWN, CP_STARTING, A_NONE),
	NO(CP_STOPPING, CP_OPEN, "no restart option: it ends first"),
	ON(CP_STOPPING, CP_CLOSE, CP_CLOSING, A_NONE),
	ON(CP_STOPPING, CP_TO_PLUS, CP_STOPPING, A_STR),
	ON(CP_STOPPING, CP_TO_MINUS, CP_STOPPED, A_TLF),
	NO(CP_STOPPING, CP_RCR_PLUS, ENDING),
	NO(CP_STOPPING, CP_RCR_MINUS, ENDING),
	NO(CP_STOPPING, CP_RCA, ENDING),
	NO(CP_STOPPING, CP_RCN, ENDING),
	ON(CP_STOPPING, CP_RTR, CP_STOPPING, A_STA),
	ON(CP_STOPPING, CP_RTA, CP_STOPPED, A_TLF),
	ON(CP_STOPPING, CP_RUC, CP_STOPPING, A_SCJ),
	NO(CP_STOPPING, CP_RXJ_PLUS, BEARABLE),
	ON(CP_STOPPING, CP_RXJ_MINUS, CP_STOPPED, A_TLF),
	NO(CP_STOPPING, CP_RXR, NOT_OPEN),

	NO(CP_REQ_SENT, CP_UP, NOT_DOWN),
	ON(CP_REQ_SENT, CP_DOWN, CP_STARTING, A_NONE),
	NO(CP_REQ_SENT, CP_OPEN, SETTLED),
	ON(CP_REQ_SENT, CP_CLOSE, CP_CLOSING, A_IRC_STR),
	ON(CP_REQ_SENT, CP_TO_PLUS, CP_REQ_SENT, A_SCR),
	ON(CP_REQ_SENT, CP_TO_MINUS, CP_STOPPED, A_TLF),
	ON(CP_REQ_SENT, CP_RCR_PLUS, CP_ACK_SENT, A_SCA),
	ON(CP_REQ_SENT, CP_RCR_MINUS, CP_REQ_SENT, A_SCN),
	ON(CP_REQ_SENT, CP_RCA, CP_ACK_RCVD, A_IRC),
	ON(CP_REQ_SENT, CP_RCN, CP_REQ_SENT, A_IRC_SCR),
	ON(CP_REQ_SENT, CP_RTR, CP_REQ_SENT, A_STA),
	NO(CP_REQ_SENT, CP_RTA, NOTHING),
	ON(CP_REQ_SENT, CP_RUC, CP_REQ_SENT, A_SCJ),
	NO(CP_REQ_SENT, CP_RXJ_PLUS, BEARABLE),
	ON(CP_REQ_SENT, CP_RXJ_MINUS, CP_STOPPED, A_TLF),
	NO(CP_REQ_SENT, CP_RXR, NOT_OPEN),

	NO(CP_ACK_RCVD, CP_UP, NOT_DOWN),
	ON(CP_ACK_RCVD, CP_DOWN, CP_STARTING, A_NONE),
	NO(CP_ACK_RCVD, CP_OPEN, SETTLED),
	ON(CP_ACK_RCVD, CP_CLOSE, CP_CLOSING, A_IRC_STR),
	ON(CP_ACK_RCVD, CP_TO_PLUS, CP_REQ_SENT, A_SCR),
	ON(CP_ACK_RCVD, CP_TO_MINUS, CP_STOPPED, A_TLF),
	ON(CP_ACK_RCVD, CP_RCR_PLUS, CP_OPENED, A_SCA_TLU),
	ON(CP_ACK_RCVD, CP_RCR_MINUS, CP_ACK_RCVD, A_SCN),
	ON(CP_ACK_RCVD, CP_RCA, CP_REQ_SENT, A_SCR),
	ON(CP_ACK_RCVD, CP_RCN, CP_REQ_SENT, A_SCR),
	ON(CP_ACK_RCVD, CP_RTR, CP_REQ_SENT, A_STA),
	ON(CP_ACK_RCVD, CP_RTA, CP_REQ_SENT, A_NONE),
	ON(CP_ACK_RCVD, CP_RUC, CP_ACK_RCVD, A_SCJ),
	ON(CP_ACK_RCVD, CP_RXJ_PLUS, CP_REQ_SENT, A_NONE),
	ON(CP_ACK_RCVD, CP_RXJ_MINUS, CP_STOPPED, A_TLF),
	NO(CP_ACK_RCVD, CP_RXR, NOT_OPEN),

	NO(CP_ACK_SENT, CP_UP, NOT_DOWN),
	ON(CP_ACK_SENT, CP_DOWN, CP_STARTING, A_NONE),
	NO(CP_ACK_SENT, CP_OPEN, SETTLED),
	ON(CP_ACK_SENT, CP_CLOSE, CP_CLOSING, A_IRC_STR),
	ON(CP_ACK_SENT, CP_TO_PLUS, CP_ACK_SENT, A_SCR),
	ON(CP_ACK_SENT, CP_TO_MINUS, CP_STOPPED, A_TLF),
	ON(CP_ACK_SENT, CP_RCR_PLUS, CP_ACK_SENT, A_SCA),
	ON(CP_ACK_SENT, CP_RCR_MINUS, CP_REQ_SENT, A_SCN),
	ON(CP_ACK_SENT, CP_RCA, CP_OPENED, A_IRC_TLU),
	ON(CP_ACK_SENT, CP_RCN, CP_ACK_SENT, A_IRC_SCR),
	ON(CP_ACK_SENT, CP_RTR, CP_REQ_SENT, A_STA),
	NO(CP_ACK_SENT, CP_RTA, NOTHING),
	ON(CP_ACK_SENT, CP_RUC, CP_ACK_SENT, A_SCJ),
	NO(CP_ACK_SENT, CP_RXJ_PLUS, BEARABLE),
	ON(CP_ACK_SENT, CP_RXJ_MINUS, CP_STOPPED, A_TLF),
	NO(CP_ACK_SENT, CP_RXR, NOT_OPEN),

	NO(CP_OPENED, CP_UP, NOT_DOWN),
	ON(CP_OPENED, CP_DOWN, CP_STARTING, A_TLD),
	NO(CP_OPENED, CP_OPEN, SETTLED),
	ON(CP_OPENED, CP_CLOSE, CP_CLOSING, A_TLD_IRC_STR),
	NO(CP_OPENED, CP_TO_PLUS, NO_TIMER),
	NO(CP_OPENED, CP_TO_MINUS, NO_TIMER),
	ON(CP_OPENED, CP_RCR_PLUS, CP_ACK_SENT, A_TLD_SCR_SCA),
	ON(CP_OPENED, CP_RCR_MINUS, CP_REQ_SENT, A_TLD_SCR_SCN),
	ON(CP_OPENED, CP_RCA, CP_REQ_SENT, A_TLD_SCR),
	ON(CP_OPENED, CP_RCN, CP_REQ_SENT, A_TLD_SCR),
	ON(CP_OPENED, CP_RTR, CP_STOPPING, A_TLD_ZRC_STA),
	ON(CP_OPENED, CP_RTA, CP_REQ_SENT, A_TLD_SCR),
	ON(CP_OPENED, CP_RUC, CP_OPENED, A_SCJ),
	NO(CP_OPENED, CP_RXJ_PLUS, BEARABLE),
	ON(CP_OPENED, CP_RXJ_MINUS, CP_STOPPING, A_TLD_IRC_STR),
	ON(CP_OPENED, CP_RXR, CP_OPENED, A_SER),
};

const struct fsm cp_fsm = {
	.name = "negotiation",
	.state_names = state_names,
	.event_names = event_names,
	.n_states = CP_N_STATES,
	.n_events = CP_N_EVENTS,
	.cells = cells,
};

unsigned cp_actions(const struct fsm_cell *cell)
{
	return actions[cell->action];
}

const char *cp_state_name(const struct cp *cp)
{
	return state_names[cp->state];
}

static void on_restart_timer(struct timer *t, uint64_t now_ms)
{
	struct cp *cp = list_entry(t, struct cp, restart);

	cp_event(cp, now_ms, cp->restart_count ? CP_TO_PLUS : CP_TO_MINUS, NULL);
	if (cp->restart.armed && cp->ops->again)
		cp->ops->again(cp->link);
}

void cp_init(struct cp *cp, struct ppp *link, const struct cp_ops *ops)
{
	memset(cp, 0, sizeof(*cp));
	cp->ops = ops;
	cp->link = link;
	cp->restart.fire = on_restart_timer;
}

static void restart(struct cp *cp, uint64_t now_ms)
{
	timerq_arm(cp->link->cfg.timers, &cp->restart, now_ms + cp->link->cfg.restart_ms);
}

/* A retransmission keeps its identifier, so that a late Ack still counts (5.1). */
static void send_configure_request(struct cp *cp, uint64_t now_ms, enum cp_event ev)
{
	uint8_t buf[CP_BODY_MAX];
	struct wr w = wr_of(buf, sizeof(buf));

	if (ev != CP_TO_PLUS)
		cp->request_id = link_next_id(cp->link);
	cp->answered = false;
	cp_build_request(cp, &w);
	link_send(cp->link, cp->ops->protocol, CODE_CONFIGURE_REQUEST, cp->request_id, wr_done(&w));
	if (cp->restart_count)
		cp->restart_count--;
	restart(cp, now_ms);
}

static void send_terminate_request(struct cp *cp, uint64_t now_ms)
{
	const char *why = cp->link->end_reason ? cp->link->end_reason : "";

	link_send(cp->link, cp->ops->protocol, CODE_TERMINATE_REQUEST, link_next_id(cp->link),
		  (struct bytes){(const uint8_t *)why, strlen(why)});
	if (cp->restart_count)
		cp->restart_count--;
	restart(cp, now_ms);
}

static void init_counters(struct cp *cp, uint64_t now_ms, unsigned todo)
{
	if (todo & DO_IRC)
		cp->restart_count =
			todo & DO_STR ? cp->link->cfg.max_terminate : cp->link->cfg.max_configure;
	if (todo & DO_ZRC) {
		cp->restart_count = 0;
		restart(cp, now_ms);
	}
}

static void send_answer(struct cp *cp, unsigned todo, const struct cp_reply *reply)
{
	struct ppp *p = cp->link;
	uint16_t protocol = cp->ops->protocol;

	if (!reply)
		return;
	if (todo & (DO_SCA | DO_SCN))
		link_send(p, protocol, reply->code, reply->id, reply->body);
	if (todo & DO_STA)
		link_send(p, protocol, CODE_TERMINATE_ACK, reply->id, (struct bytes){NULL, 0});
	if (todo & DO_SCJ)
		link_send(p, protocol, CODE_CODE_REJECT, link_next_id(p), reply->body);
	if (todo & DO_SER)
		link_send(p, protocol, CODE_ECHO_REPLY, reply->id, reply->body);
}

static bool timer_runs_in(unsigned state)
{
	return state >= CP_CLOSING && state <= CP_ACK_SENT;
}

/* A layer that stood for this long did not come up in a loop. */
#define SETTLED_S 600

static void layer_up(struct cp *cp, uint64_t now_ms)
{
	uint32_t now_s = (uint32_t)(now_ms / 1000);

	if (now_s - cp->up_s > SETTLED_S)
		cp->reopens = 0;
	cp->up_s = now_s;
	cp->rounds = 0;
	cp->naks = 0;
	if (cp->reopens < UINT8_MAX)
		cp->reopens++;
	cp->ops->up(cp->link, now_ms);
}

void cp_event(struct cp *cp, uint64_t now_ms, enum cp_event ev, const struct cp_reply *reply)
{
	const struct fsm_cell *cell = fsm_cell(&cp_fsm, cp->state, ev);
	unsigned todo = actions[cell->action];

	if (cell->ignored_because && ev >= CP_RCR_PLUS && ev != CP_RXJ_PLUS)
		link_drop(cp->link, PPP_DROP_STATE);
	cp->state = cell->next;
	if (!timer_runs_in(cp->state))
		timerq_disarm(cp->link->cfg.timers, &cp->restart);
	if (todo & DO_TLD)
		cp->ops->down(cp->link, now_ms);
	init_counters(cp, now_ms, todo);
	if (todo & DO_SCR)
		send_configure_request(cp, now_ms, ev);
	send_answer(cp, todo, reply);
	if (todo & DO_STR)
		send_terminate_request(cp, now_ms);
	if (todo & DO_TLU)
		layer_up(cp, now_ms);
	if (todo & DO_TLF)
		cp->ops->finished(cp->link, now_ms);
}
