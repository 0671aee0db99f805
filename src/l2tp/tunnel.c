/*
 * tunnel: the control connection, RFC 2661 section 7.2 as a table for both
 * roles, with the tunnel's end as two states of its own: our StopCCN until it is
 * acknowledged (STOP_SENT), the peer's until a full retransmission cycle is over
 * (STOPPED, section 5.7: duplicates are still answered). Version 3 has the same table
 * (RFC 3931 section 7.2). What its cells ask for is done by control.c with the messages
 * of version 2, which are here.
 *
 * Called by control.c, with the parsed message in l->parse. Never sends but through the
 * channel.
 */
#include "state.h"

#include "base/secret.h"
#include "header.h"

#define FIRMWARE 0x0100

static const char *const state_names[TUNNEL_STATES] = {
	"idle", "wait-ctl-reply", "wait-ctl-conn", "established", "stop-sent", "stopped",
};

static const char *const event_names[TUNNEL_EVENTS] = {
	"open",  "SCCRQ",    "SCCRP", "SCCCN",     "unacceptable", "StopCCN", "HELLO", "call",
	"close", "tie-lost", "timer", "exhausted", "all-acked",    "vanish",  "probe",
};

#define AT(state, event) [TUNNEL_##state * TUNNEL_EVENTS + TEV_##event]
#define GO(next, action) FSM_DO(TUNNEL_##next, TACT_##action)
#define STAY(state, why) FSM_IGNORE(TUNNEL_##state, why)
#define MAKING           "idle lasts only while the tunnel is being made"
#define OPEN_ONCE        "a tunnel is opened once"
#define NO_CALL_YET      "no call before the control connection is up"
#define ACK_ANSWERS      "its acknowledgement is the answer"
#define LEAVING          "our StopCCN has ended it"
#define LEFT             "the peer's StopCCN has ended it; only duplicates are answered"
#define NOT_CROSSING     "only an SCCRQ that is not answered yet can cross another"
#define ASKED            "a message of ours waits for its acknowledgement as it is"
#define UP_NEEDS_MESSAGE "an acknowledgement alone does not bring it up"

static const struct fsm_cell cells[TUNNEL_STATES * TUNNEL_EVENTS] = {
	AT(IDLE, OPEN) = GO(WAIT_CTL_REPLY, SEND_SCCRQ),
	AT(IDLE, SCCRQ) = GO(WAIT_CTL_CONN, SEND_SCCRP),
	AT(IDLE, SCCRP) = STAY(IDLE, MAKING),
	AT(IDLE, SCCCN) = STAY(IDLE, MAKING),
	AT(IDLE, UNACCEPTABLE) = STAY(IDLE, MAKING),
	AT(IDLE, STOPCCN) = STAY(IDLE, MAKING),
	AT(IDLE, HELLO) = STAY(IDLE, MAKING),
	AT(IDLE, CALL) = STAY(IDLE, MAKING),
	AT(IDLE, CLOSE) = GO(IDLE, BURY),
	AT(IDLE, TIE_LOST) = STAY(IDLE, MAKING),
	AT(IDLE, TIMER) = STAY(IDLE, MAKING),
	AT(IDLE, EXHAUSTED) = STAY(IDLE, MAKING),
	AT(IDLE, ALL_ACKED) = STAY(IDLE, MAKING),
	AT(IDLE, VANISH) = GO(IDLE, BURY),
	AT(IDLE, PROBE) = STAY(IDLE, MAKING),

	AT(WAIT_CTL_REPLY, OPEN) = STAY(WAIT_CTL_REPLY, OPEN_ONCE),
	AT(WAIT_CTL_REPLY, SCCRQ) = GO(STOP_SENT, FSM_ERROR),
	AT(WAIT_CTL_REPLY, SCCRP) = GO(ESTABLISHED, SEND_SCCCN),
	AT(WAIT_CTL_REPLY, SCCCN) = GO(STOP_SENT, FSM_ERROR),
	AT(WAIT_CTL_REPLY, UNACCEPTABLE) = GO(STOP_SENT, REFUSE),
	AT(WAIT_CTL_REPLY, STOPCCN) = GO(STOPPED, PEER_STOP),
	AT(WAIT_CTL_REPLY, HELLO) = STAY(WAIT_CTL_REPLY, ACK_ANSWERS),
	AT(WAIT_CTL_REPLY, CALL) = STAY(WAIT_CTL_REPLY, NO_CALL_YET),
	AT(WAIT_CTL_REPLY, CLOSE) = GO(STOP_SENT, CLOSE),
	AT(WAIT_CTL_REPLY, TIE_LOST) = GO(IDLE, BURY),
	AT(WAIT_CTL_REPLY, TIMER) = GO(STOP_SENT, LATE),
	AT(WAIT_CTL_REPLY, EXHAUSTED) = GO(IDLE, BURY),
	AT(WAIT_CTL_REPLY, ALL_ACKED) = STAY(WAIT_CTL_REPLY, UP_NEEDS_MESSAGE),
	AT(WAIT_CTL_REPLY, VANISH) = GO(IDLE, BURY),
	AT(WAIT_CTL_REPLY, PROBE) = STAY(WAIT_CTL_REPLY, ASKED),

	AT(WAIT_CTL_CONN, OPEN) = STAY(WAIT_CTL_CONN, OPEN_ONCE),
	AT(WAIT_CTL_CONN, SCCRQ) = GO(STOP_SENT, FSM_ERROR),
	AT(WAIT_CTL_CONN, SCCRP) = GO(STOP_SENT, FSM_ERROR),
	AT(WAIT_CTL_CONN, SCCCN) = GO(ESTABLISHED, UP),
	AT(WAIT_CTL_CONN, UNACCEPTABLE) = GO(STOP_SENT, REFUSE),
	AT(WAIT_CTL_CONN, STOPCCN) = GO(STOPPED, PEER_STOP),
	AT(WAIT_CTL_CONN, HELLO) = STAY(WAIT_CTL_CONN, ACK_ANSWERS),
	AT(WAIT_CTL_CONN, CALL) = STAY(WAIT_CTL_CONN, NO_CALL_YET),
	AT(WAIT_CTL_CONN, CLOSE) = GO(STOP_SENT, CLOSE),
	AT(WAIT_CTL_CONN, TIE_LOST) = STAY(WAIT_CTL_CONN, NOT_CROSSING),
	AT(WAIT_CTL_CONN, TIMER) = GO(STOP_SENT, LATE),
	AT(WAIT_CTL_CONN, EXHAUSTED) = GO(IDLE, BURY),
	AT(WAIT_CTL_CONN, ALL_ACKED) = STAY(WAIT_CTL_CONN, UP_NEEDS_MESSAGE),
	AT(WAIT_CTL_CONN, VANISH) = GO(IDLE, BURY),
	AT(WAIT_CTL_CONN, PROBE) = STAY(WAIT_CTL_CONN, ASKED),

	AT(ESTABLISHED, OPEN) = STAY(ESTABLISHED, OPEN_ONCE),
	AT(ESTABLISHED, SCCRQ) = GO(STOP_SENT, FSM_ERROR),
	AT(ESTABLISHED, SCCRP) = GO(STOP_SENT, FSM_ERROR),
	AT(ESTABLISHED, SCCCN) = GO(STOP_SENT, FSM_ERROR),
	AT(ESTABLISHED, UNACCEPTABLE) = GO(STOP_SENT, REFUSE),
	AT(ESTABLISHED, STOPCCN) = GO(STOPPED, PEER_STOP),
	AT(ESTABLISHED, HELLO) = STAY(ESTABLISHED, ACK_ANSWERS),
	AT(ESTABLISHED, CALL) = GO(ESTABLISHED, CALL),
	AT(ESTABLISHED, CLOSE) = GO(STOP_SENT, CLOSE),
	AT(ESTABLISHED, TIE_LOST) = STAY(ESTABLISHED, NOT_CROSSING),
	AT(ESTABLISHED, TIMER) = GO(ESTABLISHED, HELLO),
	AT(ESTABLISHED, EXHAUSTED) = GO(IDLE, BURY),
	AT(ESTABLISHED, ALL_ACKED) = GO(ESTABLISHED, TELL_CALLS),
	AT(ESTABLISHED, VANISH) = GO(IDLE, BURY),
	AT(ESTABLISHED, PROBE) = GO(ESTABLISHED, PROBE),

	AT(STOP_SENT, OPEN) = STAY(STOP_SENT, OPEN_ONCE),
	AT(STOP_SENT, SCCRQ) = STAY(STOP_SENT, LEAVING),
	AT(STOP_SENT, SCCRP) = STAY(STOP_SENT, LEAVING),
	AT(STOP_SENT, SCCCN) = STAY(STOP_SENT, LEAVING),
	AT(STOP_SENT, UNACCEPTABLE) = STAY(STOP_SENT, LEAVING),
	AT(STOP_SENT, STOPCCN) = GO(STOPPED, LINGER),
	AT(STOP_SENT, HELLO) = STAY(STOP_SENT, LEAVING),
	AT(STOP_SENT, CALL) = STAY(STOP_SENT, LEAVING),
	AT(STOP_SENT, CLOSE) = STAY(STOP_SENT, LEAVING),
	AT(STOP_SENT, TIE_LOST) = STAY(STOP_SENT, NOT_CROSSING),
	AT(STOP_SENT, TIMER) = GO(IDLE, BURY),
	AT(STOP_SENT, EXHAUSTED) = GO(IDLE, BURY),
	AT(STOP_SENT, ALL_ACKED) = GO(IDLE, BURY),
	AT(STOP_SENT, VANISH) = GO(IDLE, BURY),
	AT(STOP_SENT, PROBE) = STAY(STOP_SENT, LEAVING),

	AT(STOPPED, OPEN) = STAY(STOPPED, OPEN_ONCE),
	AT(STOPPED, SCCRQ) = STAY(STOPPED, LEFT),
	AT(STOPPED, SCCRP) = STAY(STOPPED, LEFT),
	AT(STOPPED, SCCCN) = STAY(STOPPED, LEFT),
	AT(STOPPED, UNACCEPTABLE) = STAY(STOPPED, LEFT),
	AT(STOPPED, STOPCCN) = STAY(STOPPED, LEFT),
	AT(STOPPED, HELLO) = STAY(STOPPED, LEFT),
	AT(STOPPED, CALL) = STAY(STOPPED, LEFT),
	AT(STOPPED, CLOSE) = STAY(STOPPED, LEFT),
	AT(STOPPED, TIE_LOST) = STAY(STOPPED, NOT_CROSSING),
	AT(STOPPED, TIMER) = GO(IDLE, BURY),
	AT(STOPPED, EXHAUSTED) = STAY(STOPPED, "nothing of ours is sent any more"),
	AT(STOPPED, ALL_ACKED) = STAY(STOPPED, LEFT),
	AT(STOPPED, VANISH) = GO(IDLE, BURY),
	AT(STOPPED, PROBE) = STAY(STOPPED, LEFT),
};

const struct fsm tunnel_fsm = {"tunnel",      state_names,   event_names,
			       TUNNEL_STATES, TUNNEL_EVENTS, cells};

void tunnel_send(struct tunnel *t, uint16_t session_id, const struct l2tp_message *m)
{
	uint8_t buf[L2TP_MESSAGE_MAX];
	struct wr w = wr_of(buf, sizeof(buf));
	size_t start = header_begin_control(&w, (uint16_t)t->ctl.peer_id, session_id);

	message_write(&w, m);
	header_end(&w, start);
	control_send(&t->ctl, &w, m->type);
}

/* What SCCRQ and SCCRP have in common, our challenge included when a secret is set. */
static void fill_start(struct tunnel *t, struct l2tp_message *m)
{
	const struct l2tp_config *cfg = &t->settings->cfg;

	m->present = AVP_BIT(AVP_PROTOCOL_VERSION) | AVP_BIT(AVP_FRAMING_CAPABILITIES) |
		     AVP_BIT(AVP_BEARER_CAPABILITIES) | AVP_BIT(AVP_FIRMWARE_REVISION) |
		     AVP_BIT(AVP_HOST_NAME) | AVP_BIT(AVP_VENDOR_NAME) |
		     AVP_BIT(AVP_ASSIGNED_TUNNEL_ID) | AVP_BIT(AVP_RECEIVE_WINDOW_SIZE);
	m->protocol_version = PROTOCOL_VERSION_1;
	m->framing_capabilities = 3; /* asynchronous and synchronous */
	m->firmware_revision = FIRMWARE;
	m->host_name = l2tp_text(cfg->host_name);
	m->vendor_name = l2tp_text(cfg->vendor_name);
	m->assigned_tunnel_id = (uint16_t)t->ctl.id;
	m->receive_window_size = t->ctl.settings->rx_window;
	if (!cfg->secret.len)
		return;
	cfg->random(cfg->random_ctx, t->challenge, sizeof(t->challenge));
	t->challenged = true;
	m->challenge = (struct bytes){t->challenge, sizeof(t->challenge)};
	m->present |= AVP_BIT(AVP_CHALLENGE);
}

/* Answers the Challenge of the message in l->parse, when there is one. */
static void fill_response(struct tunnel *t, struct l2tp_message *m, uint8_t out[CHALLENGE_LEN])
{
	const struct l2tp_message *in = &t->l->parse.m;

	if (!has(in, AVP_CHALLENGE) || !t->settings->cfg.secret.len)
		return;
	if (!avp_challenge_response((uint8_t)m->type, secret_bytes(&t->settings->cfg.secret),
				    in->challenge, out)) {
		t->ctl.starved = true;
		return;
	}
	m->challenge_response = (struct bytes){out, CHALLENGE_LEN};
	m->present |= AVP_BIT(AVP_CHALLENGE_RESPONSE);
}

static void send_start(struct control *c, uint16_t type)
{
	struct tunnel *t = tunnel_of(c);
	struct l2tp_message m = {.type = type};
	uint8_t response[CHALLENGE_LEN], host[HABIT_HOST];

	fill_start(t, &m);
	habit_start(t, &m, host);
	if (type == MSG_SCCRP) {
		fill_response(t, &m, response);
	} else if (t->settings->cfg.tie_breaker) {
		m.tie_breaker = tie_breaker_draw(&c->tie_breaker, c->settings);
		m.present |= AVP_BIT(AVP_TIE_BREAKER);
	}
	tunnel_send(t, 0, &m);
}

static void up(struct control *c, uint64_t now_ms)
{
	struct tunnel *t = tunnel_of(c);

	t->copy_ms = now_ms;
	control_note(c, NOTE_INFO, "l2tp-tunnel-up", "L2TP tunnel %u established, peer's id %u",
		     c->id, c->peer_id);
	control_act(c->e, L2TP_ACT_TUNNEL_UP, &c->path, c->id, (struct bytes){NULL, 0}, true);
	if (!tunnel_habit(t) || !tunnel_habit(t)->waits)
		control_sessions_event(c, now_ms, CEV_TUNNEL_OPEN);
}

static void send_connected(struct control *c)
{
	struct l2tp_message m = {.type = MSG_SCCCN};
	uint8_t response[CHALLENGE_LEN];

	fill_response(tunnel_of(c), &m, response);
	tunnel_send(tunnel_of(c), 0, &m);
}

static void send_hello(struct control *c)
{
	const struct l2tp_message m = {.type = MSG_HELLO};

	tunnel_send(tunnel_of(c), 0, &m);
}

static uint16_t send_stop(struct control *c, struct l2tp_result why, const char *text)
{
	struct l2tp_message m = {
		.type = MSG_STOPCCN,
		.present = AVP_BIT(AVP_RESULT_CODE) | AVP_BIT(AVP_ASSIGNED_TUNNEL_ID),
		.result = why.result,
		.error = why.error,
		.assigned_tunnel_id = (uint16_t)c->id,
	};

	(void)text;
	habit_end(tunnel_of(c), &m);
	tunnel_send(tunnel_of(c), 0, &m);
	return m.result;
}

static void refuse(struct control *c, uint64_t now_ms)
{
	char text[NOTE_TEXT];

	refusal_text(&tunnel_of(c)->l->parse, text, sizeof(text));
	control_note(c, NOTE_REFUSED, "l2tp-refused", "refused (%s): %.150s", c->e->refusal.reason,
		     text);
	control_stop(c, now_ms, c->e->refusal, "");
}

static struct l2tp_result peer_result(struct control *c, char *text)
{
	const struct l2tp_message *m = &tunnel_of(c)->l->parse.m;

	result_text(m, text);
	return (struct l2tp_result){m->result, m->error, "peer-stopccn"};
}

/* An acknowledgement may be what a call waits for (habit.h, waits). */
static void all_acked(struct control *c, uint64_t now_ms)
{
	control_sessions_event(c, now_ms, CEV_ALL_ACKED);
}

static void transmit(struct control *c, struct bytes msg)
{
	if (msg.len == HEADER_CONTROL_LEN)
		c->e->counts.acks_out++;
	control_act_send(c->e, &c->path, c->id, msg);
}

static void init(struct control *c)
{
	struct tunnel *t = tunnel_of(c);

	t->l = list_entry(c->e, struct l2tp, engine);
	t->settings = settings_of(c->settings);
}

const struct control_version l2tp_version = {
	.size = sizeof(struct tunnel),
	.session_size = sizeof(struct call),
	.noun = "tunnel",
	.unheard = "",
	.stopccn_sent = "l2tp-stopccn-sent",
	.peer_stopccn = "l2tp-peer-stopccn",
	.no_resources = "l2tp-no-resources",
	.retransmit = "l2tp-retransmit",
	.hello_timeout = "l2tp-hello-timeout",
	.retransmit_timeout = "l2tp-retransmit-timeout",
	.began_anew = "l2tp-peer-began-anew",
	.late_result = 1,
	.act_send = L2TP_ACT_SEND,
	.act_note = L2TP_ACT_NOTE,
	.act_down = L2TP_ACT_TUNNEL_DOWN,
	.act_session_down = L2TP_ACT_CALL_DOWN,
	.session_timer = CEV_TIMER,
	.session_close = CEV_CLOSE,
	.session_gone = CEV_TUNNEL_GONE,
	.draw = tunnel_draw,
	.draw_session = call_draw,
	.init = init,
	.handle = tunnel_handle,
	.transmit = transmit,
	.send_start = send_start,
	.send_connected = send_connected,
	.send_hello = send_hello,
	.send_stop = send_stop,
	.up = up,
	.refuse = refuse,
	.peer_result = peer_result,
	.session_message = call_message,
	.session_event = call_event,
	.all_acked = all_acked,
	.copy_renews = tunnel_copy_renews,
};
