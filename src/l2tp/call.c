/*
 * call: incoming calls, RFC 2661 section 7.4.1 (LAC) and 7.4.2 (LNS) as one
 * table: the two roles share their established state and differ in how they
 * come to it. Data messages of a call (sections 3.1 and 5.4).
 *
 * Called by control.c with the parsed message in l->parse, by l2tp.c and by the
 * call's timer. Outgoing calls (OCRQ) are refused: no client here asks for them.
 */
#include "state.h"

#include "header.h"

#define LINE_BPS    100000000 /* Tx Connect Speed that we claim as LAC */
#define SYNCHRONOUS 1         /* Framing Type */

enum call_action {
	CACT_NONE,
	CACT_SEND_ICRQ,
	CACT_SEND_ICRP,
	CACT_SEND_ICCN,
	CACT_UP,
	CACT_REFUSE,    /* CDN with the engine's refusal */
	CACT_FSM_ERROR, /* CDN: not in this state */
	CACT_CLOSE,     /* CDN with its end */
	CACT_LATE,      /* CDN result 10 */
	CACT_PEER_CDN,
	CACT_DROP, /* gone without a word */
	CACT_TUNNEL_GONE,
	CACT_CONFIRMED, /* ICCN has arrived */
};

static const char *const state_names[CALL_STATES] = {
	"idle", "wait-tunnel", "wait-reply", "wait-connect", "established",
};

static const char *const event_names[CALL_EVENTS] = {
	"dial",         "tunnel-open", "ICRQ",  "ICRP",  "ICCN",        "CDN",
	"unacceptable", "WEN or SLI",  "close", "timer", "tunnel-gone", "all-acked",
};

#define AT(state, event) [CALL_##state * CALL_EVENTS + CEV_##event]
#define GO(next, action) FSM_DO(CALL_##next, CACT_##action)
#define STAY(state, why) FSM_IGNORE(CALL_##state, why)
#define MAKING           "idle lasts only while the call is being made"
#define NOT_TOLD         "no message can name a call that the peer was not told of"
#define DIALLED          "a call is dialled once"
#define IS_OPEN          "its tunnel is open already"
#define NEEDS_MESSAGE    "an acknowledgement alone says nothing about a call"
#define OF_THE_LINE      "about an asynchronous line, of which we have none"

static const struct fsm_cell cells[CALL_STATES * CALL_EVENTS] = {
	AT(IDLE, DIAL) = GO(WAIT_TUNNEL, NONE),
	AT(IDLE, TUNNEL_OPEN) = STAY(IDLE, MAKING),
	AT(IDLE, ICRQ) = GO(WAIT_CONNECT, SEND_ICRP),
	AT(IDLE, ICRP) = STAY(IDLE, MAKING),
	AT(IDLE, ICCN) = STAY(IDLE, MAKING),
	AT(IDLE, CDN) = STAY(IDLE, MAKING),
	AT(IDLE, UNACCEPTABLE) = STAY(IDLE, MAKING),
	AT(IDLE, OTHER) = STAY(IDLE, MAKING),
	AT(IDLE, CLOSE) = GO(IDLE, DROP),
	AT(IDLE, TIMER) = STAY(IDLE, MAKING),
	AT(IDLE, TUNNEL_GONE) = GO(IDLE, TUNNEL_GONE),
	AT(IDLE, ALL_ACKED) = STAY(IDLE, MAKING),

	AT(WAIT_TUNNEL, DIAL) = STAY(WAIT_TUNNEL, DIALLED),
	AT(WAIT_TUNNEL, TUNNEL_OPEN) = GO(WAIT_REPLY, SEND_ICRQ),
	AT(WAIT_TUNNEL, ICRQ) = STAY(WAIT_TUNNEL, NOT_TOLD),
	AT(WAIT_TUNNEL, ICRP) = STAY(WAIT_TUNNEL, NOT_TOLD),
	AT(WAIT_TUNNEL, ICCN) = STAY(WAIT_TUNNEL, NOT_TOLD),
	AT(WAIT_TUNNEL, CDN) = STAY(WAIT_TUNNEL, NOT_TOLD),
	AT(WAIT_TUNNEL, UNACCEPTABLE) = STAY(WAIT_TUNNEL, NOT_TOLD),
	AT(WAIT_TUNNEL, OTHER) = STAY(WAIT_TUNNEL, NOT_TOLD),
	AT(WAIT_TUNNEL, CLOSE) = GO(IDLE, DROP),
	AT(WAIT_TUNNEL, TIMER) = STAY(WAIT_TUNNEL, "the tunnel's own limit runs"),
	AT(WAIT_TUNNEL, TUNNEL_GONE) = GO(IDLE, TUNNEL_GONE),
	AT(WAIT_TUNNEL, ALL_ACKED) = GO(WAIT_REPLY, SEND_ICRQ),

	AT(WAIT_REPLY, DIAL) = STAY(WAIT_REPLY, DIALLED),
	AT(WAIT_REPLY, TUNNEL_OPEN) = STAY(WAIT_REPLY, IS_OPEN),
	AT(WAIT_REPLY, ICRQ) = GO(IDLE, FSM_ERROR),
	AT(WAIT_REPLY, ICRP) = GO(ESTABLISHED, SEND_ICCN),
	AT(WAIT_REPLY, ICCN) = GO(IDLE, DROP),
	AT(WAIT_REPLY, CDN) = GO(IDLE, PEER_CDN),
	AT(WAIT_REPLY, UNACCEPTABLE) = GO(IDLE, REFUSE),
	AT(WAIT_REPLY, OTHER) = STAY(WAIT_REPLY, OF_THE_LINE),
	AT(WAIT_REPLY, CLOSE) = GO(IDLE, CLOSE),
	AT(WAIT_REPLY, TIMER) = GO(IDLE, LATE),
	AT(WAIT_REPLY, TUNNEL_GONE) = GO(IDLE, TUNNEL_GONE),
	AT(WAIT_REPLY, ALL_ACKED) = STAY(WAIT_REPLY, NEEDS_MESSAGE),

	AT(WAIT_CONNECT, DIAL) = STAY(WAIT_CONNECT, DIALLED),
	AT(WAIT_CONNECT, TUNNEL_OPEN) = STAY(WAIT_CONNECT, IS_OPEN),
	AT(WAIT_CONNECT, ICRQ) = GO(IDLE, FSM_ERROR),
	AT(WAIT_CONNECT, ICRP) = GO(IDLE, FSM_ERROR),
	AT(WAIT_CONNECT, ICCN) = GO(ESTABLISHED, UP),
	AT(WAIT_CONNECT, CDN) = GO(IDLE, PEER_CDN),
	AT(WAIT_CONNECT, UNACCEPTABLE) = GO(IDLE, REFUSE),
	AT(WAIT_CONNECT, OTHER) = STAY(WAIT_CONNECT, OF_THE_LINE),
	AT(WAIT_CONNECT, CLOSE) = GO(IDLE, CLOSE),
	AT(WAIT_CONNECT, TIMER) = GO(IDLE, LATE),
	AT(WAIT_CONNECT, TUNNEL_GONE) = GO(IDLE, TUNNEL_GONE),
	AT(WAIT_CONNECT, ALL_ACKED) = STAY(WAIT_CONNECT, NEEDS_MESSAGE),

	AT(ESTABLISHED, DIAL) = STAY(ESTABLISHED, DIALLED),
	AT(ESTABLISHED, TUNNEL_OPEN) = STAY(ESTABLISHED, IS_OPEN),
	AT(ESTABLISHED, ICRQ) = GO(IDLE, FSM_ERROR),
	AT(ESTABLISHED, ICRP) = GO(IDLE, FSM_ERROR),
	AT(ESTABLISHED, ICCN) = GO(IDLE, FSM_ERROR),
	AT(ESTABLISHED, CDN) = GO(IDLE, PEER_CDN),
	AT(ESTABLISHED, UNACCEPTABLE) = GO(IDLE, REFUSE),
	AT(ESTABLISHED, OTHER) = STAY(ESTABLISHED, OF_THE_LINE),
	AT(ESTABLISHED, CLOSE) = GO(IDLE, CLOSE),
	AT(ESTABLISHED, TIMER) = STAY(ESTABLISHED, "it is up"),
	AT(ESTABLISHED, TUNNEL_GONE) = GO(IDLE, TUNNEL_GONE),
	AT(ESTABLISHED, ALL_ACKED) = GO(ESTABLISHED, CONFIRMED),
};

const struct fsm call_fsm = {"call", state_names, event_names, CALL_STATES, CALL_EVENTS, cells};

static void arm_limit(struct call *c, uint64_t now_ms)
{
	timerq_arm(c->ses.control->settings->timers, &c->ses.timer, now_ms + SETUP_LIMIT_MS);
}

/* CDN about the peer's session peer_id, for our session id. */
static void send_cdn(struct tunnel *t, uint16_t id, uint16_t peer_id, struct l2tp_result why)
{
	struct l2tp_message m = {
		.type = MSG_CDN,
		.present = AVP_BIT(AVP_RESULT_CODE) | AVP_BIT(AVP_ASSIGNED_SESSION_ID),
		.result = why.result ? why.result : 3,
		.error = why.error,
		.assigned_session_id = id,
	};

	if (tunnel_habit(t) && tunnel_habit(t)->no_cdn)
		return;
	habit_end(t, &m);
	tunnel_send(t, peer_id, &m);
}

static void disconnect(struct call *c, uint64_t now_ms, struct l2tp_result why)
{
	c->ses.end = why;
	send_cdn(c->tunnel, c->id, c->peer_id, why);
	control_note(c->ses.control, NOTE_END, "l2tp-cdn-sent",
		     "call %u closed by us (%s): CDN result %u (%s), error %u (%s)", c->id,
		     why.reason, why.result ? why.result : 3,
		     cdn_words(why.result ? why.result : 3), why.error, error_words(why.error));
	control_session_down(&c->ses, now_ms);
}

static void send_icrq(struct call *c, uint64_t now_ms)
{
	struct l2tp_message m = {
		.type = MSG_ICRQ,
		.present = AVP_BIT(AVP_ASSIGNED_SESSION_ID) | AVP_BIT(AVP_CALL_SERIAL_NUMBER) |
			   AVP_BIT(AVP_BEARER_TYPE),
		.assigned_session_id = c->id,
		.call_serial_number = ++c->tunnel->ctl.e->serial,
	};
	uint8_t tail[HABIT_TAIL];

	habit_call(c->tunnel, &m, tail);
	tunnel_send(c->tunnel, 0, &m);
	arm_limit(c, now_ms);
}

static void send_icrp(struct call *c, uint64_t now_ms)
{
	struct l2tp_message m = {
		.type = MSG_ICRP,
		.present = AVP_BIT(AVP_ASSIGNED_SESSION_ID),
		.assigned_session_id = c->id,
	};

	tunnel_send(c->tunnel, c->peer_id, &m);
	arm_limit(c, now_ms);
}

/* Sequencing Required stands in ICCN (LNS) or ICRP (LAC). */
static void take_sequencing(struct call *c)
{
	c->required = has(&c->tunnel->l->parse.m, AVP_SEQUENCING_REQUIRED);
	c->sequencing = c->required;
}

static void announce(struct call *c, uint64_t now_ms)
{
	timerq_disarm(c->ses.control->settings->timers, &c->ses.timer);
	control_note(c->ses.control, NOTE_INFO, "l2tp-call-up", "L2TP call %u up, peer's id %u%s",
		     c->id, c->peer_id, c->required ? ", sequencing required" : "");
	if (l2tp_act_call_up(c))
		return;
	c->ses.end = (struct l2tp_result){2, 4, "no-resources"};
	call_event(&c->ses, now_ms, CEV_CLOSE);
}

static void up(struct call *c, uint64_t now_ms)
{
	take_sequencing(c);
	announce(c, now_ms);
}

static void send_iccn(struct call *c, uint64_t now_ms)
{
	struct l2tp_message m = {
		.type = MSG_ICCN,
		.present = AVP_BIT(AVP_TX_CONNECT_SPEED) | AVP_BIT(AVP_FRAMING_TYPE),
		.tx_connect_speed = LINE_BPS,
		.framing_type = SYNCHRONOUS,
	};
	uint8_t tail[HABIT_TAIL];

	c->peer_id = c->tunnel->l->parse.m.assigned_session_id;
	habit_call(c->tunnel, &m, tail);
	tunnel_send(c->tunnel, c->peer_id, &m);
	c->unconfirmed = tunnel_habit(c->tunnel) && tunnel_habit(c->tunnel)->waits;
	take_sequencing(c);
	if (!c->unconfirmed)
		announce(c, now_ms);
}

static void confirmed(struct call *c, uint64_t now_ms)
{
	if (!c->unconfirmed)
		return;
	c->unconfirmed = false;
	announce(c, now_ms);
}

static void refuse(struct call *c, uint64_t now_ms)
{
	struct l2tp *l = c->tunnel->l;
	char text[NOTE_TEXT];

	refusal_text(&l->parse, text, sizeof(text));
	control_note(c->ses.control, NOTE_REFUSED, "l2tp-refused", "call %u refused (%s): %.150s",
		     c->id, l->engine.refusal.reason, text);
	disconnect(c, now_ms, l->engine.refusal);
}

static void peer_cdn(struct call *c, uint64_t now_ms)
{
	const struct l2tp_message *m = &c->tunnel->l->parse.m;
	char text[RESULT_TEXT];

	result_text(m, text);
	control_note(c->ses.control, NOTE_END, "l2tp-peer-cdn", "peer closed call %u: %s", c->id,
		     text);
	c->ses.end = (struct l2tp_result){m->result, m->error, "peer-cdn"};
	control_session_down(&c->ses, now_ms);
}

static void perform(struct call *c, uint64_t now_ms, enum call_action action)
{
	switch (action) {
	case CACT_NONE:
		return;
	case CACT_SEND_ICRQ:
		return send_icrq(c, now_ms);
	case CACT_SEND_ICRP:
		return send_icrp(c, now_ms);
	case CACT_SEND_ICCN:
		return send_iccn(c, now_ms);
	case CACT_UP:
		return up(c, now_ms);
	case CACT_REFUSE:
		return refuse(c, now_ms);
	case CACT_FSM_ERROR:
		return disconnect(c, now_ms, (struct l2tp_result){2, 5, "fsm-error"});
	case CACT_CLOSE:
		return disconnect(c, now_ms, c->ses.end);
	case CACT_LATE:
		return disconnect(c, now_ms, (struct l2tp_result){10, 0, "setup-timeout"});
	case CACT_PEER_CDN:
		return peer_cdn(c, now_ms);
	case CACT_DROP:
		if (!c->ses.end.reason)
			c->ses.end.reason = "fsm-error";
		return control_session_down(&c->ses, now_ms);
	case CACT_TUNNEL_GONE:
		c->ses.end = c->tunnel->ctl.end;
		return control_session_down(&c->ses, now_ms);
	case CACT_CONFIRMED:
		return confirmed(c, now_ms);
	}
}

void call_event(struct control_session *s, uint64_t now_ms, unsigned event)
{
	const struct fsm_cell *cell = fsm_cell(&call_fsm, s->state, event);

	if (s->gone || !cell || cell->ignored_because)
		return;
	s->state = cell->next;
	perform(call_of(s), now_ms, (enum call_action)cell->action);
}

static void refuse_request(struct tunnel *t, struct l2tp_result why)
{
	char text[NOTE_TEXT];

	refusal_text(&t->l->parse, text, sizeof(text));
	control_note(&t->ctl, NOTE_REFUSED, "l2tp-refused", "call refused (%s): %.150s", why.reason,
		     text);
	send_cdn(t, (uint16_t)call_draw(&t->ctl), t->l->parse.m.assigned_session_id, why);
}

static struct call *call_make(struct tunnel *t)
{
	struct call *c = call_of(control_session_new(&t->ctl));

	if (!c)
		return NULL;
	c->tunnel = t;
	c->id = (uint16_t)c->ses.id;
	return c;
}

/* ICRQ or OCRQ: the first message of a call. */
static void call_request(struct tunnel *t, uint64_t now_ms)
{
	const struct message_parse *p = &t->l->parse;
	struct call *c =
		p->m.assigned_session_id ? call_by_peer(t, p->m.assigned_session_id) : NULL;

	if (c) {
		call_event(&c->ses, now_ms, CEV_ICRQ);
		return;
	}
	if (p->verdict != MESSAGE_OK) {
		refuse_request(t, t->l->engine.refusal);
		return;
	}
	if (p->m.type == MSG_OCRQ || t->ctl.caller) {
		refuse_request(t, (struct l2tp_result){5, 0, "call-direction"});
		return;
	}
	c = call_make(t);
	if (!c) {
		t->ctl.e->counts.drop_limit++;
		refuse_request(t, (struct l2tp_result){2, 4, "no-resources"});
		return;
	}
	c->peer_id = p->m.assigned_session_id;
	call_event(&c->ses, now_ms, CEV_ICRQ);
}

static enum call_event classify(const struct message_parse *p)
{
	if (p->m.type == MSG_CDN)
		return CEV_CDN;
	if (p->verdict != MESSAGE_OK)
		return CEV_UNACCEPTABLE;
	if (p->m.type == MSG_ICRQ)
		return CEV_ICRQ;
	if (p->m.type == MSG_ICRP)
		return CEV_ICRP;
	if (p->m.type == MSG_ICCN)
		return CEV_ICCN;
	return CEV_OTHER;
}

void call_message(struct control *control, uint64_t now_ms)
{
	struct tunnel *t = tunnel_of(control);
	const struct message_parse *p = &t->l->parse;
	uint16_t id = t->l->session_id;
	struct call *c = NULL;

	if (id == 0 && (p->m.type == MSG_ICRQ || p->m.type == MSG_OCRQ)) {
		call_request(t, now_ms);
		return;
	}
	if (id)
		c = call_by_handle(t->l, t->ctl.id << 16 | id);
	else if (p->m.type == MSG_CDN && p->m.assigned_session_id)
		c = call_by_peer(t, p->m.assigned_session_id);
	if (!c) {
		t->l->stats.drop_no_call++;
		return;
	}
	call_event(&c->ses, now_ms, classify(p));
}

struct call *call_dial(struct tunnel *t, uint64_t now_ms)
{
	struct call *c = call_make(t);

	if (!c)
		return NULL;
	call_event(&c->ses, now_ms, CEV_DIAL);
	return c;
}

/* Section 5.4: the LNS decides on sequence numbers as long as the LAC did not
 * require them, and the LAC follows with its own messages. */
void call_data(struct call *c, bool has_seq, struct bytes frame)
{
	struct l2tp *l = c->tunnel->l;

	if (c->ses.state != CALL_ESTABLISHED || c->unconfirmed) {
		l->engine.counts.drop_state++;
		return;
	}
	if (frame.len == 0 || frame.len > ACT_BYTES_MAX) {
		l->stats.drop_length++;
		return;
	}
	if (c->tunnel->ctl.caller)
		c->sequencing = c->required || has_seq;
	l2tp_act_data(c, L2TP_ACT_PPP, frame);
}

void call_send_frame(struct call *c, struct bytes frame)
{
	struct l2tp_header h = {
		.has_seq = c->sequencing,
		.tunnel_id = (uint16_t)c->tunnel->ctl.peer_id,
		.session_id = c->peer_id,
		.ns = c->data_ns,
	};
	uint8_t buf[ACT_BYTES_MAX];
	struct wr w = wr_of(buf, sizeof(buf));

	header_write_data(&w, &h, frame);
	if (c->ses.state != CALL_ESTABLISHED || !wr_ok(&w))
		return;
	if (c->sequencing)
		c->data_ns++;
	l2tp_act_data(c, L2TP_ACT_SEND_DATA, wr_done(&w));
}
