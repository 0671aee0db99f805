/*
 * tunnel: the control connection, RFC 2661 section 7.2 as a table for both
 * roles, with the tunnel's end as two states of its own: our StopCCN until it is
 * acknowledged (STOP_SENT), the peer's until a full retransmission cycle is over
 * (STOPPED, section 5.7: duplicates are still answered). Version 3 has the same table
 * (RFC 3931 section 7.2, connection.c).
 *
 * Called by l2tp.c with the parsed message in l->parse, by timers and by call.c.
 * What makes a message acceptable is decided in tunnel_accept.c before the
 * table is asked. Never sends but through the channel.
 */
#include "state.h"

#include <stdio.h>
#include <string.h>

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

static void set_timer(struct tunnel *t, uint64_t deadline_ms)
{
	timerq_arm(t->settings->cfg.timers, &t->timer, deadline_ms);
}

void tunnel_send(struct tunnel *t, uint16_t session_id, const struct l2tp_message *m)
{
	uint8_t buf[L2TP_MESSAGE_MAX];
	struct wr w = wr_of(buf, sizeof(buf));
	size_t start = header_begin_control(&w, t->peer_id, session_id);

	message_write(&w, m);
	header_end(&w, start);
	if (!wr_ok(&w) || !channel_send(&t->channel, wr_done(&w), m->type))
		t->starved = true;
}

static struct bytes text_bytes(const char *text)
{
	return (struct bytes){(const uint8_t *)text, strlen(text)};
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
	m->host_name = text_bytes(t->settings->host_name);
	m->vendor_name = text_bytes(t->settings->vendor_name);
	m->assigned_tunnel_id = t->id;
	m->receive_window_size = cfg->rx_window;
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
		t->starved = true;
		return;
	}
	m->challenge_response = (struct bytes){out, CHALLENGE_LEN};
	m->present |= AVP_BIT(AVP_CHALLENGE_RESPONSE);
}

static void fill_tie_breaker(struct tunnel *t, struct l2tp_message *m)
{
	const struct l2tp_config *cfg = &t->settings->cfg;

	if (!cfg->tie_breaker)
		return;
	cfg->random(cfg->random_ctx, t->tie_breaker, sizeof(t->tie_breaker));
	t->has_tie = true;
	m->tie_breaker = (struct bytes){t->tie_breaker, sizeof(t->tie_breaker)};
	m->present |= AVP_BIT(AVP_TIE_BREAKER);
}

static void send_start(struct tunnel *t, uint64_t now_ms, uint16_t type)
{
	struct l2tp_message m = {.type = type};
	uint8_t response[CHALLENGE_LEN], host[HABIT_HOST];

	fill_start(t, &m);
	habit_start(t, &m, host);
	if (type == MSG_SCCRP)
		fill_response(t, &m, response);
	else
		fill_tie_breaker(t, &m);
	tunnel_send(t, 0, &m);
	set_timer(t, now_ms + SETUP_LIMIT_MS);
}

static void up(struct tunnel *t, uint64_t now_ms)
{
	uint64_t hello_ms = (uint64_t)t->settings->cfg.hello_s * 1000;

	t->up_ms = t->copy_ms = now_ms;
	timerq_disarm(t->settings->cfg.timers, &t->timer);
	if (hello_ms)
		set_timer(t, now_ms + hello_ms);
	tunnel_note(t, NOTE_INFO, "l2tp-tunnel-up", "L2TP tunnel %u established, peer's id %u",
		    t->id, t->peer_id);
	l2tp_act_tunnel_up(t);
	if (!tunnel_habit(t) || !tunnel_habit(t)->waits)
		calls_event(t, now_ms, CEV_TUNNEL_OPEN);
}

static void send_scccn(struct tunnel *t, uint64_t now_ms)
{
	struct l2tp_message m = {.type = MSG_SCCCN};
	uint8_t response[CHALLENGE_LEN];

	fill_response(t, &m, response);
	tunnel_send(t, 0, &m);
	up(t, now_ms);
}

/* StopCCN with t->end; the calls go with it. */
static void stop(struct tunnel *t, uint64_t now_ms, struct l2tp_result end)
{
	struct l2tp_message m = {
		.type = MSG_STOPCCN,
		.present = AVP_BIT(AVP_RESULT_CODE) | AVP_BIT(AVP_ASSIGNED_TUNNEL_ID),
		.assigned_tunnel_id = t->id,
	};

	t->end = end;
	t->up_ms = now_ms;
	m.result = end.result ? end.result : 1;
	m.error = end.error;
	habit_end(t, &m);
	calls_event(t, now_ms, CEV_TUNNEL_GONE);
	tunnel_send(t, 0, &m);
	set_timer(t, now_ms + 2 * channel_cycle_ms(&t->channel));
	tunnel_note(t, NOTE_END, "l2tp-stopccn-sent",
		    "tunnel %u closed by us (%s): StopCCN result %u (%s), error %u (%s)", t->id,
		    end.reason, m.result, stopccn_words(m.result), m.error, error_words(m.error));
}

static void refuse(struct tunnel *t, uint64_t now_ms)
{
	char text[NOTE_TEXT];

	refusal_text(&t->l->parse, text, sizeof(text));
	tunnel_note(t, NOTE_REFUSED, "l2tp-refused", "refused (%s): %.150s", t->l->refusal.reason,
		    text);
	stop(t, now_ms, t->l->refusal);
}

static void linger(struct tunnel *t, uint64_t now_ms)
{
	channel_stop_sending(&t->channel);
	set_timer(t, now_ms + channel_cycle_ms(&t->channel));
}

static void peer_stop(struct tunnel *t, uint64_t now_ms)
{
	const struct l2tp_message *m = &t->l->parse.m;
	char text[RESULT_TEXT];

	result_text(m, text);
	tunnel_note(t, NOTE_END, "l2tp-peer-stopccn", "peer sent StopCCN: %s", text);
	t->end = (struct l2tp_result){m->result, m->error, "peer-stopccn"};
	calls_event(t, now_ms, CEV_TUNNEL_GONE);
	linger(t, now_ms);
}

static void bury(struct tunnel *t, uint64_t now_ms)
{
	if (!t->end.reason)
		t->end.reason = "path-gone";
	calls_event(t, now_ms, CEV_TUNNEL_GONE);
	tunnel_bury(t);
	l2tp_act_tunnel_down(t);
}

/* What is outstanding already asks the same question. */
static void probe(struct tunnel *t)
{
	const struct l2tp_message m = {.type = MSG_HELLO};

	if (channel_idle(&t->channel))
		tunnel_send(t, 0, &m);
}

static void hello(struct tunnel *t, uint64_t now_ms)
{
	uint64_t hello_ms = (uint64_t)t->settings->cfg.hello_s * 1000;

	if (now_ms < t->heard_ms + hello_ms) {
		set_timer(t, t->heard_ms + hello_ms);
		return;
	}
	probe(t);
	set_timer(t, now_ms + hello_ms);
}

static void perform(struct tunnel *t, uint64_t now_ms, enum tunnel_action action)
{
	switch (action) {
	case TACT_NONE:
		return;
	case TACT_SEND_SCCRQ:
		return send_start(t, now_ms, MSG_SCCRQ);
	case TACT_SEND_SCCRP:
		return send_start(t, now_ms, MSG_SCCRP);
	case TACT_SEND_SCCCN:
		return send_scccn(t, now_ms);
	case TACT_UP:
		return up(t, now_ms);
	case TACT_REFUSE:
		return refuse(t, now_ms);
	case TACT_FSM_ERROR:
		return stop(t, now_ms, (struct l2tp_result){7, 0, "fsm-error"});
	case TACT_CLOSE:
		return stop(t, now_ms, t->end);
	case TACT_LATE:
		return stop(t, now_ms, (struct l2tp_result){1, 0, "setup-timeout"});
	case TACT_PEER_STOP:
		return peer_stop(t, now_ms);
	case TACT_LINGER:
		return linger(t, now_ms);
	case TACT_CALL:
		return call_message(t, now_ms);
	case TACT_HELLO:
		return hello(t, now_ms);
	case TACT_PROBE:
		return probe(t);
	case TACT_TELL_CALLS:
		return calls_event(t, now_ms, CEV_ALL_ACKED);
	case TACT_BURY:
		return bury(t, now_ms);
	}
}

void tunnel_event(struct tunnel *t, uint64_t now_ms, enum tunnel_event event)
{
	const struct fsm_cell *cell = fsm_cell(&tunnel_fsm, t->state, event);

	if (t->gone || !cell)
		return;
	if (cell->ignored_because) {
		t->l->stats.drop_state +=
			event >= TEV_SCCRQ && event <= TEV_CALL && event != TEV_HELLO;
		return;
	}
	t->state = cell->next;
	perform(t, now_ms, (enum tunnel_action)cell->action);
}

void tunnel_settle(struct tunnel *t, uint64_t now_ms)
{
	if (t->starved && !t->gone) {
		t->end = (struct l2tp_result){2, 4, "no-resources"};
		tunnel_note(t, NOTE_END, "l2tp-no-resources",
			    "tunnel %u dropped: no room for a control message", t->id);
		tunnel_event(t, now_ms, TEV_VANISH);
	}
	if (t->gone)
		return;
	channel_flush(&t->channel, now_ms);
	if (!channel_idle(&t->channel))
		return;
	tunnel_event(t, now_ms, TEV_ALL_ACKED);
	if (!t->gone)
		channel_flush(&t->channel, now_ms);
}

static void on_timer(struct timer *timer, uint64_t now_ms)
{
	struct tunnel *t = list_entry(timer, struct tunnel, timer);
	struct l2tp *l = t->l;

	tunnel_event(t, now_ms, TEV_TIMER);
	tunnel_settle(t, now_ms);
	l2tp_reap(l);
}

static void on_transmit(struct channel *ch, struct bytes msg, bool again)
{
	struct tunnel *t = list_entry(ch, struct tunnel, channel);

	if (again)
		t->l->stats.retransmits++;
	if (msg.len == HEADER_CONTROL_LEN)
		t->l->stats.zlb_out++;
	if (again && ch->tries == 1)
		tunnel_note(t, NOTE_RETRY, "l2tp-retransmit",
			    "no acknowledgement from the peer of tunnel %u: sending again", t->id);
	l2tp_act_send(t, msg);
}

static void on_exhausted(struct channel *ch, uint64_t now_ms, uint16_t tag)
{
	struct tunnel *t = list_entry(ch, struct tunnel, channel);
	struct l2tp *l = t->l;

	if (!t->end.reason)
		t->end.reason = tag == MSG_HELLO ? "hello-timeout" : "retransmit-timeout";
	tunnel_note(t, NOTE_END,
		    tag == MSG_HELLO ? "l2tp-hello-timeout" : "l2tp-retransmit-timeout",
		    "%s was sent %u times and never acknowledged: tunnel %u given up",
		    message_name(tag), t->channel.tries_max + 1u, t->id);
	tunnel_event(t, now_ms, TEV_EXHAUSTED);
	l2tp_reap(l);
}

void tunnel_init(struct tunnel *t)
{
	static const struct channel_ops ops = {on_transmit, on_exhausted};
	const struct l2tp_config *cfg = &t->settings->cfg;
	unsigned queue_max = 32 + 2 * cfg->calls_per_tunnel_max;
	struct channel_config ch = {
		.ops = &ops,
		.pool = &t->l->pool,
		.timers = cfg->timers,
		.retransmit_ms = cfg->retransmit_ms,
		.retransmit_max_ms = cfg->retransmit_max_ms,
		.retransmit_tries = cfg->retransmit_tries,
		.rx_window = cfg->rx_window,
		.queue_max = queue_max < QUEUE_MAX ? (uint16_t)queue_max : QUEUE_MAX,
	};

	channel_init(&t->channel, &ch);
	t->timer.fire = on_timer;
}
