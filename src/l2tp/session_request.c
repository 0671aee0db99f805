/*
 * session_request: the first message of a session, ICRQ, and what becomes of one that
 * crosses ours (RFC 3931 sections 5.4.4 and 6.6).
 *
 * Called by session.c with the parsed message in l->parse. Outgoing calls (OCRQ) are
 * refused: there is no circuit to dial. A refused request leaves nothing behind.
 */
#include "state3.h"

static void refuse_request(struct connection *c, struct l2tp_result why)
{
	struct l2tp3 *l = c->l;
	char text[NOTE_TEXT];

	refusal3_text(&l->parse, text, sizeof(text));
	control_note(&c->ctl, NOTE_REFUSED, "l2tp3-refused", "session refused (%s): %.100s%s",
		     why.reason, text, refusal3_fix(why.reason));
	session_send_cdn(c, session3_draw(&c->ctl), l->parse.m.local_session_id, why,
			 why.error ? text : "");
}

/* Our ICRQ for the same circuit that waits for its reply (5.4.4, Session Tie Breaker). */
static struct session *crossing(struct connection *c)
{
	struct bytes end_id = c->l->parse.m.remote_end_id;

	list_each (&c->ctl.sessions, it) {
		struct session *s = list_entry(it, struct session, ses.control_link);

		if (s->ses.state == SESSION_WAIT_REPLY &&
		    bytes_eq(l2tp_text(s->remote_end_id), end_id))
			return s;
	}
	return NULL;
}

static void on_request(struct connection *c, uint64_t now_ms)
{
	const struct message3_parse *p = &c->l->parse;
	struct session *s;

	s = session_make(c);
	if (!s) {
		c->ctl.e->counts.drop_limit++;
		refuse_request(c, (struct l2tp_result){4, 0, "no-resources"});
		return;
	}
	s->peer_id = p->m.local_session_id;
	l2tp_printable(p->m.remote_end_id, s->remote_end_id, sizeof(s->remote_end_id));
	c->l->engine.refusal = terms_take(s);
	session_event(&s->ses, now_ms, c->l->engine.refusal.result ? SEV_UNACCEPTABLE : SEV_ICRQ);
}

/* With equal values or none at all both requests end. */
static void acceptable_request(struct connection *c, uint64_t now_ms)
{
	struct session *ours = crossing(c);
	int order = ours ? tie_breaker_order(&ours->tie_breaker, c->l->parse.m.tie_breaker) : -1;

	if (order < 0)
		on_request(c, now_ms);
	else
		refuse_request(c, (struct l2tp_result){13, 0, "tie-breaker"});
	if (!ours || order > 0)
		return;
	ours->ses.end = (struct l2tp_result){13, 0, "tie-breaker-lost"};
	session_event(&ours->ses, now_ms, order < 0 ? SEV_TIE_LOST : SEV_CLOSE);
}

/* ICRQ or OCRQ: the first message of a session. */
void session_request(struct connection *c, uint64_t now_ms)
{
	const struct message3_parse *p = &c->l->parse;
	struct session *s = session_by_peer(c, p->m.local_session_id);

	if (s)
		session_event(&s->ses, now_ms, SEV_ICRQ);
	else if (!p->m.local_session_id)
		c->l->stats.drop_no_session++;
	else if (p->verdict != MESSAGE_OK)
		refuse_request(c, c->l->engine.refusal);
	else if (p->m.type == MSG_OCRQ)
		refuse_request(c, (struct l2tp_result){5, 0, "call-direction"});
	else
		acceptable_request(c, now_ms);
}
