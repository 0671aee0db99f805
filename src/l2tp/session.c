/*
 * session: Ethernet sessions of a control connection, RFC 3931 section 7.3 as one table
 * for the side that asks and the side that answers, with Set-Link-Info (6.14).
 *
 * Called by control.c with the parsed message in l->parse, by l2tp3.c and by the
 * session's timer. The first message of a session is session_request.c's.
 */
#include "state3.h"

#include <string.h>

enum session_action {
	SACT_NONE,
	SACT_SEND_ICRQ,
	SACT_SEND_ICRP,
	SACT_SEND_ICCN,
	SACT_UP,
	SACT_STATUS,    /* what SLI says of the peer's circuit */
	SACT_REFUSE,    /* CDN with the engine's refusal */
	SACT_FSM_ERROR, /* CDN: not in this state */
	SACT_CLOSE,     /* CDN with its end */
	SACT_LATE,      /* CDN: not up in time */
	SACT_PEER_CDN,
	SACT_DROP, /* gone without a word */
	SACT_CONNECTION_GONE,
};

static const char *const state_names[SESSION_STATES] = {
	"idle", "wait-control-conn", "wait-reply", "wait-connect", "established",
};

static const char *const event_names[SESSION_EVENTS] = {
	"call",
	"connection-open",
	"ICRQ",
	"ICRP",
	"ICCN",
	"CDN",
	"SLI",
	"unacceptable",
	"OCRQ or WEN",
	"tie-lost",
	"close",
	"timer",
	"connection-gone",
};

#define AT(state, event) [SESSION_##state * SESSION_EVENTS + SEV_##event]
#define GO(next, action) FSM_DO(SESSION_##next, SACT_##action)
#define STAY(state, why) FSM_IGNORE(SESSION_##state, why)
#define MAKING           "idle lasts only while the session is being made"
#define NOT_TOLD         "no message can name a session that the peer was not told of"
#define ONCE             "a session is asked for once"
#define IS_OPEN          "its control connection is open already"
#define OF_THE_CIRCUIT   "about errors of a circuit, of which we have none"
#define NOT_CROSSING     "only an ICRQ that is not answered yet can cross another"
#define WITH_REPLY       "the status comes with the reply"

static const struct fsm_cell cells[SESSION_STATES * SESSION_EVENTS] = {
	AT(IDLE, CALL) = GO(WAIT_CONNECTION, NONE),
	AT(IDLE, CONNECTION_OPEN) = STAY(IDLE, MAKING),
	AT(IDLE, ICRQ) = GO(WAIT_CONNECT, SEND_ICRP),
	AT(IDLE, ICRP) = STAY(IDLE, MAKING),
	AT(IDLE, ICCN) = STAY(IDLE, MAKING),
	AT(IDLE, CDN) = STAY(IDLE, MAKING),
	AT(IDLE, SLI) = STAY(IDLE, MAKING),
	AT(IDLE, UNACCEPTABLE) = GO(IDLE, REFUSE),
	AT(IDLE, OTHER) = STAY(IDLE, MAKING),
	AT(IDLE, TIE_LOST) = STAY(IDLE, MAKING),
	AT(IDLE, CLOSE) = GO(IDLE, DROP),
	AT(IDLE, TIMER) = STAY(IDLE, MAKING),
	AT(IDLE, CONNECTION_GONE) = GO(IDLE, CONNECTION_GONE),

	AT(WAIT_CONNECTION, CALL) = STAY(WAIT_CONNECTION, ONCE),
	AT(WAIT_CONNECTION, CONNECTION_OPEN) = GO(WAIT_REPLY, SEND_ICRQ),
	AT(WAIT_CONNECTION, ICRQ) = STAY(WAIT_CONNECTION, NOT_TOLD),
	AT(WAIT_CONNECTION, ICRP) = STAY(WAIT_CONNECTION, NOT_TOLD),
	AT(WAIT_CONNECTION, ICCN) = STAY(WAIT_CONNECTION, NOT_TOLD),
	AT(WAIT_CONNECTION, CDN) = STAY(WAIT_CONNECTION, NOT_TOLD),
	AT(WAIT_CONNECTION, SLI) = STAY(WAIT_CONNECTION, NOT_TOLD),
	AT(WAIT_CONNECTION, UNACCEPTABLE) = STAY(WAIT_CONNECTION, NOT_TOLD),
	AT(WAIT_CONNECTION, OTHER) = STAY(WAIT_CONNECTION, NOT_TOLD),
	AT(WAIT_CONNECTION, TIE_LOST) = STAY(WAIT_CONNECTION, NOT_TOLD),
	AT(WAIT_CONNECTION, CLOSE) = GO(IDLE, DROP),
	AT(WAIT_CONNECTION, TIMER) = STAY(WAIT_CONNECTION, "the connection's own limit runs"),
	AT(WAIT_CONNECTION, CONNECTION_GONE) = GO(IDLE, CONNECTION_GONE),

	AT(WAIT_REPLY, CALL) = STAY(WAIT_REPLY, ONCE),
	AT(WAIT_REPLY, CONNECTION_OPEN) = STAY(WAIT_REPLY, IS_OPEN),
	AT(WAIT_REPLY, ICRQ) = GO(IDLE, FSM_ERROR),
	AT(WAIT_REPLY, ICRP) = GO(ESTABLISHED, SEND_ICCN),
	AT(WAIT_REPLY, ICCN) = GO(IDLE, FSM_ERROR),
	AT(WAIT_REPLY, CDN) = GO(IDLE, PEER_CDN),
	AT(WAIT_REPLY, SLI) = STAY(WAIT_REPLY, WITH_REPLY),
	AT(WAIT_REPLY, UNACCEPTABLE) = GO(IDLE, REFUSE),
	AT(WAIT_REPLY, OTHER) = STAY(WAIT_REPLY, OF_THE_CIRCUIT),
	AT(WAIT_REPLY, TIE_LOST) = GO(IDLE, DROP),
	AT(WAIT_REPLY, CLOSE) = GO(IDLE, CLOSE),
	AT(WAIT_REPLY, TIMER) = GO(IDLE, LATE),
	AT(WAIT_REPLY, CONNECTION_GONE) = GO(IDLE, CONNECTION_GONE),

	AT(WAIT_CONNECT, CALL) = STAY(WAIT_CONNECT, ONCE),
	AT(WAIT_CONNECT, CONNECTION_OPEN) = STAY(WAIT_CONNECT, IS_OPEN),
	AT(WAIT_CONNECT, ICRQ) = GO(IDLE, FSM_ERROR),
	AT(WAIT_CONNECT, ICRP) = GO(IDLE, FSM_ERROR),
	AT(WAIT_CONNECT, ICCN) = GO(ESTABLISHED, UP),
	AT(WAIT_CONNECT, CDN) = GO(IDLE, PEER_CDN),
	AT(WAIT_CONNECT, SLI) = GO(WAIT_CONNECT, STATUS),
	AT(WAIT_CONNECT, UNACCEPTABLE) = GO(IDLE, REFUSE),
	AT(WAIT_CONNECT, OTHER) = STAY(WAIT_CONNECT, OF_THE_CIRCUIT),
	AT(WAIT_CONNECT, TIE_LOST) = STAY(WAIT_CONNECT, NOT_CROSSING),
	AT(WAIT_CONNECT, CLOSE) = GO(IDLE, CLOSE),
	AT(WAIT_CONNECT, TIMER) = GO(IDLE, LATE),
	AT(WAIT_CONNECT, CONNECTION_GONE) = GO(IDLE, CONNECTION_GONE),

	AT(ESTABLISHED, CALL) = STAY(ESTABLISHED, ONCE),
	AT(ESTABLISHED, CONNECTION_OPEN) = STAY(ESTABLISHED, IS_OPEN),
	AT(ESTABLISHED, ICRQ) = GO(IDLE, FSM_ERROR),
	AT(ESTABLISHED, ICRP) = GO(IDLE, FSM_ERROR),
	AT(ESTABLISHED, ICCN) = GO(IDLE, FSM_ERROR),
	AT(ESTABLISHED, CDN) = GO(IDLE, PEER_CDN),
	AT(ESTABLISHED, SLI) = GO(ESTABLISHED, STATUS),
	AT(ESTABLISHED, UNACCEPTABLE) = GO(IDLE, REFUSE),
	AT(ESTABLISHED, OTHER) = STAY(ESTABLISHED, OF_THE_CIRCUIT),
	AT(ESTABLISHED, TIE_LOST) = STAY(ESTABLISHED, NOT_CROSSING),
	AT(ESTABLISHED, CLOSE) = GO(IDLE, CLOSE),
	AT(ESTABLISHED, TIMER) = STAY(ESTABLISHED, "it is up"),
	AT(ESTABLISHED, CONNECTION_GONE) = GO(IDLE, CONNECTION_GONE),
};

const struct fsm session_fsm = {"session",      state_names,    event_names,
				SESSION_STATES, SESSION_EVENTS, cells};

static void arm_limit(struct session *s, uint64_t now_ms)
{
	timerq_arm(s->ses.control->settings->timers, &s->ses.timer, now_ms + SETUP_LIMIT_MS);
}

/* Both ids, whole, in every message about a session (5.4.4). */
static struct l2tp3_message about(uint16_t type, uint32_t id, uint32_t peer_id)
{
	return (struct l2tp3_message){
		.type = type,
		.present = AVP3_BIT(AVP3_LOCAL_SESSION_ID) | AVP3_BIT(AVP3_REMOTE_SESSION_ID),
		.local_session_id = id,
		.remote_session_id = peer_id,
	};
}

void session_send_cdn(struct connection *c, uint32_t id, uint32_t peer_id, struct l2tp_result why,
		      const char *text)
{
	struct l2tp3_message m = about(MSG_CDN, id, peer_id);

	m.present |= AVP3_BIT(AVP3_RESULT_CODE);
	m.result = why.result ? why.result : 3;
	m.error = why.error;
	m.error_message = l2tp_text(text);
	connection_send(c, &m);
}

static void disconnect(struct session *s, uint64_t now_ms, struct l2tp_result why, const char *text)
{
	uint16_t result = why.result ? why.result : 3;

	s->ses.end = why;
	session_send_cdn(s->connection, s->ses.id, s->peer_id, why, text);
	control_note(s->ses.control, NOTE_END, "l2tp3-cdn-sent",
		     "session %u closed by us (%s): CDN result %u (%s), error %u (%s)", s->ses.id,
		     why.reason, result, cdn_words(result), why.error, error_words(why.error));
	control_session_down(&s->ses, now_ms);
}

static void send_icrq(struct session *s, uint64_t now_ms)
{
	struct connection *c = s->connection;
	const struct l2tp3_config *cfg = &c->settings->cfg;
	struct l2tp3_message m = about(MSG_ICRQ, s->ses.id, 0);

	m.present |= AVP3_BIT(AVP3_SERIAL_NUMBER) | AVP3_BIT(AVP3_PW_TYPE) |
		     AVP3_BIT(AVP3_REMOTE_END_ID);
	m.serial_number = ++c->ctl.e->serial;
	m.pw_type = s->pw_type;
	m.remote_end_id = l2tp_text(s->remote_end_id);
	if (cfg->tie_breaker) {
		m.tie_breaker = tie_breaker_draw(&s->tie_breaker, c->ctl.settings);
		m.present |= AVP3_BIT(AVP3_TIE_BREAKER);
	}
	terms_fill(s, &m);
	connection_send(c, &m);
	arm_limit(s, now_ms);
}

static void send_icrp(struct session *s, uint64_t now_ms)
{
	struct l2tp3_message m = about(MSG_ICRP, s->ses.id, s->peer_id);

	if (s->connection->style->reply_pw_type) {
		m.present |= AVP3_BIT(AVP3_PW_TYPE);
		m.pw_type = s->pw_type;
	}
	terms_fill(s, &m);
	connection_send(s->connection, &m);
	arm_limit(s, now_ms);
}

static const char *pw_words(uint16_t type)
{
	return type == L2TP3_PW_ETHERNET_VLAN ? "Ethernet VLAN" : "Ethernet";
}

void session_tell_status(struct session *s, bool active)
{
	struct l2tp3_message m = about(MSG_SLI, s->ses.id, s->peer_id);

	s->active = active;
	if (s->ses.state != SESSION_ESTABLISHED || s->told_active == active)
		return;
	s->told_active = active;
	m.present |= AVP3_BIT(AVP3_CIRCUIT_STATUS);
	m.circuit_status = active ? CIRCUIT_ACTIVE : 0;
	connection_send(s->connection, &m);
}

static void up(struct session *s, uint64_t now_ms)
{
	struct connection *c = s->connection;

	timerq_disarm(c->ctl.settings->timers, &s->ses.timer);
	control_note(&c->ctl, NOTE_INFO, "l2tp3-session-up",
		     "%s session %u up, peer's id %u, end id \"%s\", cookies %u and %u octets%s%s",
		     pw_words(s->pw_type), s->ses.id, s->peer_id, s->remote_end_id, s->cookie_len,
		     s->peer_cookie_len, s->peer_sublayer ? ", peer wants the sublayer" : "",
		     s->peer_active ? "" : ", peer's circuit is not active");
	session_tell_status(s, s->active); /* it may have changed since our terms left */
	if (act3_session_up(s))
		return;
	s->ses.end = (struct l2tp_result){4, 0, "no-resources"};
	session_event(&s->ses, now_ms, SEV_CLOSE);
}

static void send_iccn(struct session *s, uint64_t now_ms)
{
	struct l2tp3_message m;

	s->peer_id = s->connection->l->parse.m.local_session_id;
	m = about(MSG_ICCN, s->ses.id, s->peer_id);
	connection_send(s->connection, &m);
	up(s, now_ms);
}

static void take_status(struct session *s)
{
	const struct l2tp3_message *m = &s->connection->l->parse.m;
	bool active = m->circuit_status & CIRCUIT_ACTIVE;

	if (!has3(m, AVP3_CIRCUIT_STATUS) || active == s->peer_active)
		return;
	s->peer_active = active;
	control_note(s->ses.control, NOTE_INFO, "l2tp3-circuit-status",
		     "peer's circuit of session %u is %s", s->ses.id,
		     active ? "active" : "not active: nothing is sent to it");
	if (s->ses.state == SESSION_ESTABLISHED)
		act3_session_status(s);
}

static void refuse(struct session *s, uint64_t now_ms)
{
	struct l2tp_result why = s->connection->l->engine.refusal;
	char text[NOTE_TEXT];

	refusal3_text(&s->connection->l->parse, text, sizeof(text));
	control_note(s->ses.control, NOTE_REFUSED, "l2tp3-refused",
		     "session refused (%s): %.100s%s", why.reason, text, refusal3_fix(why.reason));
	disconnect(s, now_ms, why, why.error ? text : "");
}

static void peer_cdn(struct session *s, uint64_t now_ms)
{
	const struct l2tp3_message *m = &s->connection->l->parse.m;
	char text[RESULT_TEXT];

	result_codes_text(m->type, m->result, m->error, m->error_message, text);
	control_note(s->ses.control, NOTE_END, "l2tp3-peer-cdn", "peer closed session %u: %s",
		     s->ses.id, text);
	s->ses.end = (struct l2tp_result){m->result, m->error, "peer-cdn"};
	control_session_down(&s->ses, now_ms);
}

static void drop(struct session *s, uint64_t now_ms)
{
	if (!s->ses.end.reason)
		s->ses.end.reason = "fsm-error";
	control_session_down(&s->ses, now_ms);
}

static void perform(struct session *s, uint64_t now_ms, enum session_action action)
{
	switch (action) {
	case SACT_NONE:
		return;
	case SACT_SEND_ICRQ:
		return send_icrq(s, now_ms);
	case SACT_SEND_ICRP:
		return send_icrp(s, now_ms);
	case SACT_SEND_ICCN:
		return send_iccn(s, now_ms);
	case SACT_UP:
		return up(s, now_ms);
	case SACT_STATUS:
		return take_status(s);
	case SACT_REFUSE:
		return refuse(s, now_ms);
	case SACT_FSM_ERROR:
		return disconnect(s, now_ms, (struct l2tp_result){16, 0, "fsm-error"}, "");
	case SACT_CLOSE:
		return disconnect(s, now_ms, s->ses.end, "");
	case SACT_LATE:
		return disconnect(s, now_ms, (struct l2tp_result){16, 0, "setup-timeout"}, "");
	case SACT_PEER_CDN:
		return peer_cdn(s, now_ms);
	case SACT_DROP:
		return drop(s, now_ms);
	case SACT_CONNECTION_GONE:
		s->ses.end = s->connection->ctl.end;
		return control_session_down(&s->ses, now_ms);
	}
}

void session_event(struct control_session *s, uint64_t now_ms, unsigned event)
{
	const struct fsm_cell *cell = fsm_cell(&session_fsm, s->state, event);

	if (s->gone || !cell)
		return;
	if (cell->ignored_because) {
		s->control->e->counts.drop_state += event >= SEV_ICRQ && event <= SEV_OTHER;
		return;
	}
	s->state = cell->next;
	perform(session_of(s), now_ms, (enum session_action)cell->action);
}

struct session *session_make(struct connection *c)
{
	struct session *s = session_of(control_session_new(&c->ctl));

	if (!s)
		return NULL;
	s->connection = c;
	s->active = true;
	return s;
}

static enum session_event classify(struct session *s)
{
	struct l2tp3 *l = s->connection->l;
	const struct message3_parse *p = &l->parse;

	if (p->m.type == MSG_CDN)
		return SEV_CDN;
	if (p->verdict != MESSAGE_OK)
		return SEV_UNACCEPTABLE;
	if (p->m.type == MSG_SLI)
		return SEV_SLI;
	if (p->m.type != MSG_ICRP && p->m.type != MSG_ICCN)
		return p->m.type == MSG_ICRQ ? SEV_ICRQ : SEV_OTHER;
	l->engine.refusal = terms_take(s);
	if (l->engine.refusal.result)
		return SEV_UNACCEPTABLE;
	return p->m.type == MSG_ICRP ? SEV_ICRP : SEV_ICCN;
}

/* Section 5.4.4: by the id that we assigned, or by the peer's when it knows none. */
static struct session *session_meant(struct connection *c)
{
	const struct l2tp3_message *m = &c->l->parse.m;
	struct session *s = session_by_id(c->l, m->remote_session_id);

	if (m->remote_session_id)
		return s && s->connection == c ? s : NULL;
	return session_by_peer(c, m->local_session_id);
}

void session_message(struct control *control, uint64_t now_ms)
{
	struct connection *c = connection_of(control);
	uint16_t type = c->l->parse.m.type;
	struct session *s;

	if (type == MSG_ICRQ || type == MSG_OCRQ) {
		session_request(c, now_ms);
		return;
	}
	s = session_meant(c);
	if (!s) {
		c->l->stats.drop_no_session++;
		return;
	}
	session_event(&s->ses, now_ms, classify(s));
}

struct session *session_call(struct connection *c, uint64_t now_ms)
{
	const struct l2tp3_config *cfg = &c->settings->cfg;
	struct session *s = session_make(c);

	if (!s)
		return NULL;
	s->caller = true;
	s->pw_type = cfg->pw_type;
	memcpy(s->remote_end_id, c->settings->remote_end_id, sizeof(s->remote_end_id));
	session_event(&s->ses, now_ms, SEV_CALL);
	return s;
}
