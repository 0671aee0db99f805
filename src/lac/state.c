/*
 * state: the client's life as one table: phase 1, Quick Mode, tunnel and call,
 * PPP, and the same way back (RFC 3193 section 4: L2TP ends before its SAs). A raw
 * client begins with the tunnel.
 * Called by glue.c with what the rooms report and by lac.c with what the user
 * wants.
 */
#include "lac_i.h"

#define DIAL_LIMIT_MS  150000 /* every layer's last try */
#define CLOSE_LIMIT_MS 12000  /* PPP's two Terminate-Requests, then the rest */
#define ECHO_FAIL_MAX  3
#define LEAVE_LIMIT_MS 4000 /* StopCCN and one repetition */

enum action {
	A_NONE,
	A_DIAL,
	A_DIAL_RAW,
	A_OPEN_CALL,
	A_OPEN_PPP,
	A_ANNOUNCE,
	A_CLOSE_PPP,
	A_CLOSE_CALL,
	A_CLOSE_TUNNEL,
	A_LEAVE,
	A_CLOSE_IKE,
	A_FINISH,
};

static const char *const state_names[LAC_STATES] = {
	[LAC_IDLE] = "idle",       [LAC_PHASE1] = "phase1", [LAC_PHASE2] = "phase2",
	[LAC_TUNNEL] = "tunnel",   [LAC_PPP] = "ppp",       [LAC_UP] = "up",
	[LAC_CLOSING] = "closing", [LAC_DOWN] = "down",
};

static const char *const event_names[LAC_EVENTS] = {
	"dial",     "dial-raw",  "ike-up",      "esp-up",   "call-up", "ppp-up",  "ppp-suspend",
	"ppp-down", "call-down", "tunnel-down", "ike-down", "hang-up", "timeout",
};

const char *lac_state_name(enum lac_state s)
{
	return s < LAC_STATES ? state_names[s] : "?";
}

#define AT(state, event) [LAC_##state * LAC_EVENTS + EV_##event]
#define GO(next, action) FSM_DO(LAC_##next, A_##action)
#define STAY(state, why) FSM_IGNORE(LAC_##state, why)
#define NOT_YET          "nothing above this layer is there yet"
#define ONCE             "a client has one connection at a time"
#define OVER             "the connection is over"
#define ENDING           "it is ending"
#define RENEWED          "a renewed pair of SAs: the packets follow it"
#define PASSED           "this layer is up already"
#define NO_GUARD         "no time limit runs"

/* clang-format off */
#define IDLE_ROWS(S, why)                                                                          \
	AT(S, IKE_UP)      = STAY(S, why),                                                         \
	AT(S, ESP_UP)      = STAY(S, why),                                                         \
	AT(S, CALL_UP)     = STAY(S, why),                                                         \
	AT(S, PPP_UP)      = STAY(S, why),                                                         \
	AT(S, PPP_SUSPEND) = STAY(S, why),                                                         \
	AT(S, PPP_DOWN)    = STAY(S, why),                                                         \
	AT(S, CALL_DOWN)   = STAY(S, why),                                                         \
	AT(S, TUNNEL_DOWN) = STAY(S, why),                                                         \
	AT(S, IKE_DOWN)    = STAY(S, why),                                                         \
	AT(S, HANG_UP)     = STAY(S, why),                                                         \
	AT(S, TIMEOUT)     = STAY(S, NO_GUARD)

static const struct fsm_cell cells[LAC_STATES * LAC_EVENTS] = {
	AT(IDLE, DIAL)           = GO(PHASE1, DIAL),
	AT(IDLE, DIAL_RAW)       = GO(TUNNEL, DIAL_RAW),
	IDLE_ROWS(IDLE, NOT_YET),

	AT(PHASE1, DIAL)         = STAY(PHASE1, ONCE),
	AT(PHASE1, DIAL_RAW)     = STAY(PHASE1, ONCE),
	AT(PHASE1, IKE_UP)       = GO(PHASE2, NONE),
	AT(PHASE1, ESP_UP)       = STAY(PHASE1, NOT_YET),
	AT(PHASE1, CALL_UP)      = STAY(PHASE1, NOT_YET),
	AT(PHASE1, PPP_UP)       = STAY(PHASE1, NOT_YET),
	AT(PHASE1, PPP_SUSPEND)  = STAY(PHASE1, NOT_YET),
	AT(PHASE1, PPP_DOWN)     = STAY(PHASE1, NOT_YET),
	AT(PHASE1, CALL_DOWN)    = STAY(PHASE1, NOT_YET),
	AT(PHASE1, TUNNEL_DOWN)  = STAY(PHASE1, NOT_YET),
	AT(PHASE1, IKE_DOWN)     = GO(DOWN, FINISH),
	AT(PHASE1, HANG_UP)      = GO(CLOSING, CLOSE_IKE),
	AT(PHASE1, TIMEOUT)      = GO(CLOSING, CLOSE_IKE),

	AT(PHASE2, DIAL)         = STAY(PHASE2, ONCE),
	AT(PHASE2, DIAL_RAW)     = STAY(PHASE2, ONCE),
	AT(PHASE2, IKE_UP)       = STAY(PHASE2, PASSED),
	AT(PHASE2, ESP_UP)       = GO(TUNNEL, OPEN_CALL),
	AT(PHASE2, CALL_UP)      = STAY(PHASE2, NOT_YET),
	AT(PHASE2, PPP_UP)       = STAY(PHASE2, NOT_YET),
	AT(PHASE2, PPP_SUSPEND)  = STAY(PHASE2, NOT_YET),
	AT(PHASE2, PPP_DOWN)     = STAY(PHASE2, NOT_YET),
	AT(PHASE2, CALL_DOWN)    = STAY(PHASE2, NOT_YET),
	AT(PHASE2, TUNNEL_DOWN)  = STAY(PHASE2, NOT_YET),
	AT(PHASE2, IKE_DOWN)     = GO(DOWN, FINISH),
	AT(PHASE2, HANG_UP)      = GO(CLOSING, CLOSE_IKE),
	AT(PHASE2, TIMEOUT)      = GO(CLOSING, CLOSE_IKE),

	AT(TUNNEL, DIAL)         = STAY(TUNNEL, ONCE),
	AT(TUNNEL, DIAL_RAW)     = STAY(TUNNEL, ONCE),
	AT(TUNNEL, IKE_UP)       = STAY(TUNNEL, PASSED),
	AT(TUNNEL, ESP_UP)       = STAY(TUNNEL, RENEWED),
	AT(TUNNEL, CALL_UP)      = GO(PPP, OPEN_PPP),
	AT(TUNNEL, PPP_UP)       = STAY(TUNNEL, NOT_YET),
	AT(TUNNEL, PPP_SUSPEND)  = STAY(TUNNEL, NOT_YET),
	AT(TUNNEL, PPP_DOWN)     = STAY(TUNNEL, NOT_YET),
	AT(TUNNEL, CALL_DOWN)    = GO(CLOSING, LEAVE),
	AT(TUNNEL, TUNNEL_DOWN)  = GO(CLOSING, CLOSE_IKE),
	AT(TUNNEL, IKE_DOWN)     = GO(DOWN, FINISH),
	AT(TUNNEL, HANG_UP)      = GO(CLOSING, CLOSE_TUNNEL),
	AT(TUNNEL, TIMEOUT)      = GO(CLOSING, CLOSE_IKE),

	AT(PPP, DIAL)            = STAY(PPP, ONCE),
	AT(PPP, DIAL_RAW)        = STAY(PPP, ONCE),
	AT(PPP, IKE_UP)          = STAY(PPP, PASSED),
	AT(PPP, ESP_UP)          = STAY(PPP, RENEWED),
	AT(PPP, CALL_UP)         = STAY(PPP, PASSED),
	AT(PPP, PPP_UP)          = GO(UP, ANNOUNCE),
	AT(PPP, PPP_SUSPEND)     = STAY(PPP, "it is not up yet"),
	AT(PPP, PPP_DOWN)        = GO(CLOSING, CLOSE_CALL),
	AT(PPP, CALL_DOWN)       = GO(CLOSING, LEAVE),
	AT(PPP, TUNNEL_DOWN)     = GO(CLOSING, CLOSE_IKE),
	AT(PPP, IKE_DOWN)        = GO(DOWN, FINISH),
	AT(PPP, HANG_UP)         = GO(CLOSING, CLOSE_PPP),
	AT(PPP, TIMEOUT)         = GO(CLOSING, CLOSE_IKE),

	AT(UP, DIAL)             = STAY(UP, ONCE),
	AT(UP, DIAL_RAW)         = STAY(UP, ONCE),
	AT(UP, IKE_UP)           = STAY(UP, PASSED),
	AT(UP, ESP_UP)           = STAY(UP, RENEWED),
	AT(UP, CALL_UP)          = STAY(UP, PASSED),
	AT(UP, PPP_UP)           = STAY(UP, PASSED),
	AT(UP, PPP_SUSPEND)      = GO(PPP, NONE),
	AT(UP, PPP_DOWN)         = GO(CLOSING, CLOSE_CALL),
	AT(UP, CALL_DOWN)        = GO(CLOSING, LEAVE),
	AT(UP, TUNNEL_DOWN)      = GO(CLOSING, CLOSE_IKE),
	AT(UP, IKE_DOWN)         = GO(DOWN, FINISH),
	AT(UP, HANG_UP)          = GO(CLOSING, CLOSE_PPP),
	AT(UP, TIMEOUT)          = STAY(UP, NO_GUARD),

	AT(CLOSING, DIAL)        = STAY(CLOSING, ONCE),
	AT(CLOSING, DIAL_RAW)    = STAY(CLOSING, ONCE),
	AT(CLOSING, IKE_UP)      = STAY(CLOSING, ENDING),
	AT(CLOSING, ESP_UP)      = STAY(CLOSING, ENDING),
	AT(CLOSING, CALL_UP)     = STAY(CLOSING, ENDING),
	AT(CLOSING, PPP_UP)      = STAY(CLOSING, ENDING),
	AT(CLOSING, PPP_SUSPEND) = STAY(CLOSING, ENDING),
	AT(CLOSING, PPP_DOWN)    = GO(CLOSING, CLOSE_CALL),
	AT(CLOSING, CALL_DOWN)   = GO(CLOSING, LEAVE),
	AT(CLOSING, TUNNEL_DOWN) = GO(CLOSING, CLOSE_IKE),
	AT(CLOSING, IKE_DOWN)    = GO(DOWN, FINISH),
	AT(CLOSING, HANG_UP)     = STAY(CLOSING, ENDING),
	AT(CLOSING, TIMEOUT)     = GO(CLOSING, CLOSE_IKE),

	AT(DOWN, DIAL)           = GO(PHASE1, DIAL),
	AT(DOWN, DIAL_RAW)       = GO(TUNNEL, DIAL_RAW),
	IDLE_ROWS(DOWN, OVER),
};
/* clang-format on */

const struct fsm lac_fsm = {
	"lac", state_names, event_names, LAC_STATES, LAC_EVENTS, cells,
};

/* ---- actions ---- */

static void guard(struct lac *l, uint64_t deadline_ms)
{
	timerq_arm(&l->timers, &l->guard, deadline_ms);
}

static void finish(struct lac *l, uint64_t now_ms)
{
	struct l2tp_result gone = {.reason = "path-gone"};

	timerq_disarm(&l->timers, &l->guard);
	lac_play_down(l);
	l2tp_owner_close(l->l2tp, now_ms, l->owner, gone, false);
	ppp_free(l->ppp);
	l->ppp = NULL;
	l->call = 0;
	l->call_info = (struct l2tp_call_info){0};
	l->server = 0;
	esp_wipe(&l->esp);
	shared_wipe(l->sh);
	lac_act_note(l, NOTE_END, l->reason, "the connection is down: %s", l->reason);
	lac_act_down(l);
}

static void begin(struct lac *l, uint64_t now_ms, uint16_t remote_port)
{
	l->reason = NULL;
	l->owner++;
	l->remote_port = LAC_L2TP_PORT;
	l->flow = (struct flow){.local = l->cfg.local, .remote = {l->cfg.server, remote_port}};
	guard(l, now_ms + DIAL_LIMIT_MS);
}

static void dial(struct lac *l, uint64_t now_ms)
{
	struct ike_dial d = {
		.protocol = 17, .local_port = l->cfg.l2tp_port, .remote_port = LAC_L2TP_PORT};

	d.aggressive = l->cfg.aggressive_id.type != 0;
	d.clear_msg3 = l->cfg.clear_msg3;
	d.id = l->cfg.aggressive_id;
	begin(l, now_ms, 500);
	d.flow = l->flow;
	l->server = ike_initiate(l->ike, now_ms, &d);
	if (!l->server)
		lac_event(l, now_ms, EV_IKE_DOWN, "no-resources");
}

static void open_call(struct lac *l, uint64_t now_ms)
{
	struct l2tp_path path = {
		.owner = l->owner, .local_port = l->cfg.l2tp_port, .remote_port = LAC_L2TP_PORT};

	l->call = l2tp_dial(l->l2tp, now_ms, &path);
	if (!l->call)
		lac_event(l, now_ms, EV_TUNNEL_DOWN, "no-resources");
}

static void open_ppp(struct lac *l, uint64_t now_ms)
{
	struct ppp_config pc = {
		.role = PPP_CLIENT,
		.auth = l->cfg.ppp_auth,
		.mru = l->cfg.mru,
		.name = l->user,
		.password = secret_bytes(&l->password),
		.random = l->cfg.random,
		.random_ctx = l->cfg.random_ctx,
		.timers = &l->timers,
		.ipv6 = l->cfg.ipv6,
		.echo_s = l->cfg.echo_s,
		.echo_fail_max = ECHO_FAIL_MAX,
	};

	l->ipv6_open = false;
	lac_play_ppp(l, &pc);
	lac_play_link(l);
	ppp_free(l->ppp);
	l->ppp = ppp_new(&pc);
	if (!l->ppp)
		lac_event(l, now_ms, EV_PPP_DOWN, "no-resources");
	else
		ppp_open(l->ppp, now_ms);
}

static void leave_tunnel(struct lac *l, uint64_t now_ms)
{
	struct l2tp_result why = {.result = 6, .reason = l->reason};

	guard(l, now_ms + LEAVE_LIMIT_MS);
	l2tp_owner_close(l->l2tp, now_ms, l->owner, why, true);
}

static void perform(struct lac *l, uint64_t now_ms, enum action action)
{
	struct l2tp_result user = {.result = 3, .reason = l->reason};

	switch (action) {
	case A_NONE:
		break;
	case A_DIAL:
		dial(l, now_ms);
		break;
	case A_DIAL_RAW:
		begin(l, now_ms, LAC_L2TP_PORT);
		open_call(l, now_ms);
		break;
	case A_OPEN_CALL:
		open_call(l, now_ms);
		break;
	case A_OPEN_PPP:
		open_ppp(l, now_ms);
		break;
	case A_ANNOUNCE:
		timerq_disarm(&l->timers, &l->guard);
		lac_act_up(l);
		lac_play_up(l, now_ms);
		break;
	case A_CLOSE_PPP:
		guard(l, now_ms + CLOSE_LIMIT_MS);
		ppp_close(l->ppp, now_ms, l->reason);
		break;
	case A_CLOSE_CALL:
		guard(l, now_ms + LEAVE_LIMIT_MS);
		l2tp_call_close(l->l2tp, now_ms, l->call, user);
		break;
	case A_CLOSE_TUNNEL:
		leave_tunnel(l, now_ms);
		break;
	case A_LEAVE:
		guard(l, now_ms + LEAVE_LIMIT_MS);
		break;
	case A_CLOSE_IKE:
		if (l->cfg.raw) /* there is nothing below L2TP */
			lac_event(l, now_ms, EV_IKE_DOWN, l->reason);
		else
			ike_close(l->ike, now_ms, l->server, l->reason);
		break;
	case A_FINISH:
		finish(l, now_ms);
		break;
	}
}

void lac_event(struct lac *l, uint64_t now_ms, enum lac_event ev, const char *reason)
{
	const struct fsm_cell *cell = fsm_cell(&lac_fsm, l->state, ev);

	if (cell->ignored_because)
		return;
	if (reason && !l->reason)
		l->reason = reason;
	l->state = (enum lac_state)cell->next;
	perform(l, now_ms, (enum action)cell->action);
}

void lac_guard_fired(struct timer *t, uint64_t now_ms)
{
	lac_event(list_entry(t, struct lac, guard), now_ms, EV_TIMEOUT, "timeout");
}
