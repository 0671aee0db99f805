/*
 * auth_server: the authenticator's side of the authentication phase.
 *
 * RFC 1334 section 2, RFC 1994 sections 2 and 4, RFC 2433, RFC 2759. Called by auth
 * (packets, phase) and by ppp_verdict(). Decides nothing about a user: it asks aaa
 * once for a challenge and repeats the answer to a peer that repeats itself. A
 * verdict about credentials from before a renegotiation is never used for new ones.
 */
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/secret.h"
#include "link.h"

#define VERDICT_MS 60000 /* longest that aaa may take */
#define RETRY_MS   60000 /* longest that a person may take to type a password again */

enum server_event {
	SERVER_START,       /* LCP is open and we demand a method */
	SERVER_CREDENTIALS, /* fit to be checked */
	SERVER_UNFIT,       /* cannot be right: no name, no NT response */
	SERVER_ACCEPT,
	SERVER_REFUSE,
	SERVER_REFUSE_ONCE, /* the peer may try again */
	SERVER_COPY,        /* the response that was refused comes again */
	SERVER_CHANGE,      /* a Change-Password packet */
	SERVER_TIMEOUT,
	SERVER_STOP, /* LCP is down or ends */
	SERVER_N_EVENTS,
};

enum {
	DO_NOTHING,
	DO_BEGIN,
	DO_ASK,
	DO_PASS,
	DO_FAIL,
	DO_LET_TRY,
	DO_REPEAT,
	DO_RESEND,
	DO_REFUSE_CHANGE,
	DO_GIVE_UP,
	DO_NO_MORE,
	DO_STOP,
};

static const char *const state_names[AUTH_N_STATES] = {"idle",   "wait",   "asked",
						       "passed", "failed", "retry"};
static const char *const event_names[SERVER_N_EVENTS] = {
	"start",       "credentials", "unfit",           "accept",  "refuse",
	"refuse-once", "copy",        "change-password", "timeout", "stop"};

#define NO_PHASE   "no authentication is going on"
#define NO_REQUEST "no question to aaa is open"
#define AWAITED    "aaa was asked already"
#define DECIDED    "it is decided"
#define NO_TIMER   "the timer does not run here"
#define NO_SECOND  "only a second try has a first"
#define NOT_ASKED  "nothing was said about a password that must be changed"

#define ON(state, event, next, act) [(state)*SERVER_N_EVENTS + (event)] = FSM_DO(next, act)
#define NO(state, event, why)       [(state)*SERVER_N_EVENTS + (event)] = FSM_IGNORE(state, why)

static const struct fsm_cell cells[AUTH_N_STATES * SERVER_N_EVENTS] = {
	ON(AUTH_IDLE, SERVER_START, AUTH_WAIT, DO_BEGIN),
	NO(AUTH_IDLE, SERVER_CREDENTIALS, NO_PHASE),
	NO(AUTH_IDLE, SERVER_UNFIT, NO_PHASE),
	NO(AUTH_IDLE, SERVER_ACCEPT, NO_REQUEST),
	NO(AUTH_IDLE, SERVER_REFUSE, NO_REQUEST),
	NO(AUTH_IDLE, SERVER_REFUSE_ONCE, NO_REQUEST),
	NO(AUTH_IDLE, SERVER_COPY, NO_SECOND),
	NO(AUTH_IDLE, SERVER_CHANGE, NOT_ASKED),
	NO(AUTH_IDLE, SERVER_TIMEOUT, NO_TIMER),
	NO(AUTH_IDLE, SERVER_STOP, NO_PHASE),

	ON(AUTH_WAIT, SERVER_START, AUTH_WAIT, DO_BEGIN),
	ON(AUTH_WAIT, SERVER_CREDENTIALS, AUTH_BUSY, DO_ASK),
	ON(AUTH_WAIT, SERVER_UNFIT, AUTH_FAILED, DO_FAIL),
	NO(AUTH_WAIT, SERVER_ACCEPT, NO_REQUEST),
	NO(AUTH_WAIT, SERVER_REFUSE, NO_REQUEST),
	NO(AUTH_WAIT, SERVER_REFUSE_ONCE, NO_REQUEST),
	NO(AUTH_WAIT, SERVER_COPY, NO_SECOND),
	NO(AUTH_WAIT, SERVER_CHANGE, NOT_ASKED),
	ON(AUTH_WAIT, SERVER_TIMEOUT, AUTH_WAIT, DO_RESEND),
	ON(AUTH_WAIT, SERVER_STOP, AUTH_IDLE, DO_STOP),

	ON(AUTH_BUSY, SERVER_START, AUTH_WAIT, DO_BEGIN),
	NO(AUTH_BUSY, SERVER_CREDENTIALS, AWAITED),
	NO(AUTH_BUSY, SERVER_UNFIT, AWAITED),
	ON(AUTH_BUSY, SERVER_ACCEPT, AUTH_PASSED, DO_PASS),
	ON(AUTH_BUSY, SERVER_REFUSE, AUTH_FAILED, DO_FAIL),
	ON(AUTH_BUSY, SERVER_REFUSE_ONCE, AUTH_RETRY, DO_LET_TRY),
	NO(AUTH_BUSY, SERVER_COPY, NO_SECOND),
	NO(AUTH_BUSY, SERVER_CHANGE, AWAITED),
	ON(AUTH_BUSY, SERVER_TIMEOUT, AUTH_IDLE, DO_GIVE_UP),
	ON(AUTH_BUSY, SERVER_STOP, AUTH_IDLE, DO_STOP),

	ON(AUTH_PASSED, SERVER_START, AUTH_WAIT, DO_BEGIN),
	ON(AUTH_PASSED, SERVER_CREDENTIALS, AUTH_PASSED, DO_REPEAT),
	ON(AUTH_PASSED, SERVER_UNFIT, AUTH_PASSED, DO_REPEAT),
	NO(AUTH_PASSED, SERVER_ACCEPT, DECIDED),
	NO(AUTH_PASSED, SERVER_REFUSE, DECIDED),
	NO(AUTH_PASSED, SERVER_REFUSE_ONCE, DECIDED),
	NO(AUTH_PASSED, SERVER_COPY, NO_SECOND),
	NO(AUTH_PASSED, SERVER_CHANGE, DECIDED),
	NO(AUTH_PASSED, SERVER_TIMEOUT, NO_TIMER),
	ON(AUTH_PASSED, SERVER_STOP, AUTH_IDLE, DO_STOP),

	ON(AUTH_FAILED, SERVER_START, AUTH_WAIT, DO_BEGIN),
	ON(AUTH_FAILED, SERVER_CREDENTIALS, AUTH_FAILED, DO_REPEAT),
	ON(AUTH_FAILED, SERVER_UNFIT, AUTH_FAILED, DO_REPEAT),
	NO(AUTH_FAILED, SERVER_ACCEPT, DECIDED),
	NO(AUTH_FAILED, SERVER_REFUSE, DECIDED),
	NO(AUTH_FAILED, SERVER_REFUSE_ONCE, DECIDED),
	NO(AUTH_FAILED, SERVER_COPY, NO_SECOND),
	ON(AUTH_FAILED, SERVER_CHANGE, AUTH_FAILED, DO_REFUSE_CHANGE),
	NO(AUTH_FAILED, SERVER_TIMEOUT, NO_TIMER),
	NO(AUTH_FAILED, SERVER_STOP, "the Failure may have to be said again"),

	ON(AUTH_RETRY, SERVER_START, AUTH_WAIT, DO_BEGIN),
	ON(AUTH_RETRY, SERVER_CREDENTIALS, AUTH_BUSY, DO_ASK),
	ON(AUTH_RETRY, SERVER_UNFIT, AUTH_FAILED, DO_FAIL),
	NO(AUTH_RETRY, SERVER_ACCEPT, NO_REQUEST),
	NO(AUTH_RETRY, SERVER_REFUSE, NO_REQUEST),
	NO(AUTH_RETRY, SERVER_REFUSE_ONCE, NO_REQUEST),
	ON(AUTH_RETRY, SERVER_COPY, AUTH_RETRY, DO_REPEAT),
	ON(AUTH_RETRY, SERVER_CHANGE, AUTH_FAILED, DO_REFUSE_CHANGE),
	ON(AUTH_RETRY, SERVER_TIMEOUT, AUTH_FAILED, DO_NO_MORE),
	ON(AUTH_RETRY, SERVER_STOP, AUTH_IDLE, DO_STOP),
};

const struct fsm auth_server_fsm = {
	.name = "authenticator",
	.state_names = state_names,
	.event_names = event_names,
	.n_states = AUTH_N_STATES,
	.n_events = SERVER_N_EVENTS,
	.cells = cells,
};

static enum ppp_auth method_of(const struct ppp *p)
{
	return (enum ppp_auth)p->lcp.ours.auth;
}

static bool is_pap(const struct ppp *p)
{
	return method_of(p) == PPP_AUTH_PAP;
}

static void arm(struct ppp *p, uint64_t now_ms, uint64_t after_ms)
{
	timerq_arm(p->cfg.timers, &p->auth.timer, now_ms + after_ms);
}

static void forget(struct ppp *p)
{
	struct auth *a = &p->auth;
	struct auth_exchange *x = a->exchange;

	timerq_disarm(p->cfg.timers, &a->timer);
	a->stale = a->asked;
	if (!x)
		return;
	secret_zero(x->response, sizeof(x->response));
	x->response_len = 0;
}

static void send_challenge(struct ppp *p)
{
	uint8_t buf[1 + 16 + PPP_NAME_MAX];
	struct wr w = wr_of(buf, sizeof(buf));
	const struct auth_exchange *x = p->auth.exchange;

	chap_write_value(&w, (struct bytes){x->challenge, x->challenge_len},
			 (struct bytes){(const uint8_t *)p->cfg.name, strlen(p->cfg.name)});
	link_send(p, PROTO_CHAP, CHAP_CHALLENGE, p->auth.id, wr_done(&w));
}

static void begin(struct ppp *p, uint64_t now_ms)
{
	struct auth *a = &p->auth;
	struct auth_exchange *x;

	forget(p);
	if (!auth_exchange_need(a)) {
		a->state = AUTH_IDLE;
		link_terminate(p, now_ms, "memory");
		return;
	}
	free(a->result);
	a->result = NULL;
	x = a->exchange;
	x->name_len = 0;
	a->tries = 1;
	if (!is_pap(p)) {
		a->id = link_next_id(p);
		x->challenge_len = (uint8_t)chap_challenge_len(method_of(p));
		p->cfg.random(p->cfg.random_ctx, x->challenge, x->challenge_len);
		send_challenge(p);
	}
	arm(p, now_ms, p->cfg.restart_ms);
}

static void resend(struct ppp *p, uint64_t now_ms)
{
	struct auth *a = &p->auth;

	if (a->tries >= p->cfg.max_configure) {
		link_note(p, NOTE_REFUSED, "auth-timeout", "%s: the peer sends no credentials",
			  ppp_auth_name(method_of(p)));
		link_terminate(p, now_ms, "auth-timeout");
		return;
	}
	a->tries++;
	if (!is_pap(p))
		send_challenge(p);
	arm(p, now_ms, p->cfg.restart_ms);
}

static void ask(struct ppp *p, uint64_t now_ms)
{
	struct auth *a = &p->auth;
	const struct auth_exchange *x = a->exchange;
	char who[NOTE_TEXT - 60];

	link_note(p, NOTE_INFO, "auth-request", "%s for name %s", ppp_auth_name(method_of(p)),
		  log_quote(x->name, x->name_len, who, sizeof(who)));
	arm(p, now_ms, VERDICT_MS);
	if (a->asked)
		return;
	a->asked = true;
	queue_plain(p, PPP_ACT_AUTH);
}

/* The reply once more, to whoever holds the identifier of this round. */
static void send_result(struct ppp *p)
{
	const struct auth_result *r = p->auth.result;

	if (r)
		link_send(p, is_pap(p) ? PROTO_PAP : PROTO_CHAP, r->code, p->auth.id,
			  (struct bytes){r->b, r->len});
	else
		link_drop(p, PPP_DROP_DUPLICATE);
}

/* again: the new challenge of a Failure is the one that the next response answers. Returns
 * the code. */
static uint8_t write_result(struct ppp *p, struct wr *w, const struct ppp_verdict *v, bool again)
{
	uint8_t *challenge = p->auth.exchange->challenge;

	if (is_pap(p)) {
		uint8_t text[AUTH_MESSAGE_MAX];
		struct wr t = wr_of(text, sizeof(text));

		auth_write_message(&t, v->message, v->ok ? "Welcome" : "Authentication failed");
		pap_write_reply(w, wr_done(&t));
		return v->ok ? PAP_ACK : PAP_NAK;
	}
	if (v->ok) {
		chap_write_success(w, method_of(p), v);
		return CHAP_SUCCESS;
	}
	p->cfg.random(p->cfg.random_ctx, challenge, sizeof(p->auth.exchange->challenge));
	chap_write_failure(w, method_of(p), v, again, challenge);
	return CHAP_FAILURE;
}

/* Without memory nothing is sent: the peer repeats itself and then gives up. */
static void answer(struct ppp *p, const struct ppp_verdict *v, bool again)
{
	uint8_t buf[AUTH_RESULT_MAX];
	struct wr w = wr_of(buf, sizeof(buf));
	uint8_t code = write_result(p, &w, v, again);
	struct bytes b = wr_done(&w);
	struct auth_result *r = malloc(sizeof(*r) + b.len);

	free(p->auth.result);
	p->auth.result = r;
	if (r) {
		r->code = code;
		r->len = (uint8_t)b.len;
		memcpy(r->b, b.p, b.len);
	}
	send_result(p);
}

static unsigned error_of(const struct ppp_verdict *v)
{
	return v->mschap_error ? v->mschap_error : MSCHAP_ERROR_AUTHENTICATION_FAILURE;
}

static void pass(struct ppp *p, uint64_t now_ms, const struct ppp_verdict *v)
{
	struct auth *a = &p->auth;
	const struct auth_exchange *x = a->exchange;
	char who[NOTE_TEXT - 80];

	forget(p);
	a->refusals = 0;
	answer(p, v, false);
	link_note(p, NOTE_CHOICE, "auth-ok", "%s accepted for name %s", ppp_auth_name(method_of(p)),
		  log_quote(x->name, x->name_len, who, sizeof(who)));
	link_authenticated(p, now_ms);
}

static void fail(struct ppp *p, uint64_t now_ms, const struct ppp_verdict *v)
{
	const struct auth_exchange *x = p->auth.exchange;
	char who[NOTE_TEXT - 80];

	forget(p);
	answer(p, v, false);
	link_note(p, NOTE_REFUSED, "auth-failed", "%s refused for name %s, error %u",
		  ppp_auth_name(method_of(p)), log_quote(x->name, x->name_len, who, sizeof(who)),
		  error_of(v));
	link_terminate(p, now_ms, "auth-failed");
}

/* RFC 2759 9.1.3: Windows shows its dialogue again and answers the Failure's challenge. */
static void let_try(struct ppp *p, uint64_t now_ms, const struct ppp_verdict *v)
{
	struct auth *a = &p->auth;
	const struct auth_exchange *x = a->exchange;
	char who[NOTE_TEXT - 80];

	forget(p);
	a->refusals++;
	answer(p, v, true);
	link_note(p, NOTE_RETRY, "auth-retry", "%s refused for name %s, error %u: try %u of %u",
		  ppp_auth_name(method_of(p)), log_quote(x->name, x->name_len, who, sizeof(who)),
		  error_of(v), a->refusals, p->cfg.auth_tries);
	arm(p, now_ms, RETRY_MS);
}

/* Changing a password is aaa's affair elsewhere: here it is an error of its own, so that
 * Windows says what happened. */
static void refuse_change(struct ppp *p, uint64_t now_ms)
{
	static const struct ppp_verdict refused = {
		.mschap_error = MSCHAP_ERROR_CHANGING_PASSWORD,
		.message = "The password cannot be changed here",
	};

	forget(p);
	answer(p, &refused, false);
	link_note(p, NOTE_REFUSED, "auth-change-password",
		  "peer wants to change the password, which cannot be done here");
	link_terminate(p, now_ms, "auth-failed");
}

static void no_more(struct ppp *p, uint64_t now_ms)
{
	forget(p);
	link_note(p, NOTE_REFUSED, "auth-failed", "%s: no other try came after the refusal",
		  ppp_auth_name(method_of(p)));
	link_terminate(p, now_ms, "auth-failed");
}

static void give_up(struct ppp *p, uint64_t now_ms)
{
	forget(p);
	link_note(p, NOTE_REFUSED, "auth-timeout", "no verdict came from aaa");
	link_terminate(p, now_ms, "auth-timeout");
}

static void event(struct ppp *p, uint64_t now_ms, enum server_event ev, const struct ppp_verdict *v)
{
	const struct fsm_cell *cell = fsm_cell(&auth_server_fsm, p->auth.state, ev);

	p->auth.state = cell->next;
	switch (cell->action) {
	case DO_BEGIN:
		begin(p, now_ms);
		break;
	case DO_ASK:
		ask(p, now_ms);
		break;
	case DO_PASS:
		pass(p, now_ms, v);
		break;
	case DO_FAIL:
		fail(p, now_ms, v);
		break;
	case DO_LET_TRY:
		let_try(p, now_ms, v);
		break;
	case DO_REPEAT:
		send_result(p);
		break;
	case DO_RESEND:
		resend(p, now_ms);
		break;
	case DO_REFUSE_CHANGE:
		refuse_change(p, now_ms);
		break;
	case DO_GIVE_UP:
		give_up(p, now_ms);
		break;
	case DO_NO_MORE:
		no_more(p, now_ms);
		break;
	case DO_STOP:
		forget(p);
		break;
	default:
		if (ev == SERVER_CREDENTIALS || ev == SERVER_UNFIT)
			link_drop(p, PPP_DROP_DUPLICATE);
		else if (ev == SERVER_CHANGE)
			link_drop(p, PPP_DROP_CODE);
	}
}

/* Credentials of this round into the object, unless it holds them already. */
static void offer(struct ppp *p, uint64_t now_ms, struct bytes name, const struct chap_response *r,
		  const char *unfit)
{
	static const struct ppp_verdict refused = {.ok = false};
	struct auth *a = &p->auth;
	struct auth_exchange *x = a->exchange;

	if (a->state == AUTH_WAIT || a->state == AUTH_RETRY) {
		x->name_len = (uint8_t)name.len;
		memcpy(x->name, name.p, name.len);
		if (name.len == 0)
			unfit = "the name is empty";
		if (unfit)
			link_note(p, NOTE_REFUSED, "auth-unfit", "%s: response refused, %s",
				  ppp_auth_name(method_of(p)), unfit);
		x->response_len = (uint8_t)(unfit ? 0 : r->response.len);
		if (x->response_len)
			memcpy(x->response, r->response.p, r->response.len);
		if (!unfit && r->peer_challenge.len)
			memcpy(x->peer_challenge, r->peer_challenge.p, sizeof(x->peer_challenge));
	}
	event(p, now_ms, unfit ? SERVER_UNFIT : SERVER_CREDENTIALS, &refused);
}

static void pap_request(struct ppp *p, uint64_t now_ms, const struct cp_packet *in)
{
	struct chap_response r = {{NULL, 0}, {NULL, 0}};
	struct bytes name;

	if (!pap_parse_request(in->body, &name, &r.response)) {
		link_drop(p, PPP_DROP_SHORT);
		return;
	}
	/* the peer counts its tries; the answer carries the last one's identifier */
	p->auth.id = in->id;
	offer(p, now_ms, name, &r, NULL);
}

static void chap_response(struct ppp *p, uint64_t now_ms, const struct cp_packet *in)
{
	struct auth *a = &p->auth;
	struct chap_response r;
	struct bytes value, name;
	const char *unfit;

	if (a->state == AUTH_RETRY && in->id == a->id) {
		event(p, now_ms, SERVER_COPY, NULL);
		return;
	}
	/* RFC 2759 9.1.3: the next try counts the identifier up */
	if (in->id != (a->state == AUTH_RETRY ? (uint8_t)(a->id + 1) : a->id)) {
		link_drop(p, PPP_DROP_ID);
		return;
	}
	if (!chap_parse_value(in->body, &value, &name)) {
		link_drop(p, PPP_DROP_SHORT);
		return;
	}
	a->id = in->id;
	unfit = chap_split_response(method_of(p), value, &r);
	offer(p, now_ms, name, &r, unfit);
}

/* RFC 2433 7 and 8, RFC 2759 7: what Windows sends after error 648 or by the user's wish. */
static bool is_change_password(const struct ppp *p, unsigned code)
{
	if (method_of(p) == PPP_AUTH_MSCHAP1)
		return code == MSCHAP_CHANGE_PASSWORD_1 || code == MSCHAP_CHANGE_PASSWORD_2;
	return method_of(p) == PPP_AUTH_MSCHAP2 && code == MSCHAP_CHANGE_PASSWORD_3;
}

static void change_password(struct ppp *p, uint64_t now_ms, const struct cp_packet *in)
{
	if (p->auth.state == AUTH_FAILED || p->auth.state == AUTH_RETRY)
		p->auth.id = in->id;
	event(p, now_ms, SERVER_CHANGE, NULL);
}

void auth_server_input(struct ppp *p, uint64_t now_ms, uint16_t protocol,
		       const struct cp_packet *in)
{
	if (protocol != (is_pap(p) ? PROTO_PAP : PROTO_CHAP) || !p->lcp.ours.auth)
		link_drop(p, PPP_DROP_METHOD);
	else if (is_pap(p) && in->code == PAP_REQUEST)
		pap_request(p, now_ms, in);
	else if (!is_pap(p) && in->code == CHAP_RESPONSE)
		chap_response(p, now_ms, in);
	else if (is_change_password(p, in->code))
		change_password(p, now_ms, in);
	else
		link_drop(p, PPP_DROP_CODE);
}

/* Only a wrong name or password can be mended by typing it again; PAP and CHAP have no way
 * to say that it may be. What was refused before a renegotiation counts. */
static enum server_event refusal(const struct ppp *p, const struct ppp_verdict *v)
{
	bool mschap = method_of(p) & (PPP_AUTH_MSCHAP1 | PPP_AUTH_MSCHAP2);
	bool left = p->auth.refusals + 1 < p->cfg.auth_tries;

	return mschap && left && error_of(v) == MSCHAP_ERROR_AUTHENTICATION_FAILURE
		       ? SERVER_REFUSE_ONCE
		       : SERVER_REFUSE;
}

void auth_server_verdict(struct ppp *p, uint64_t now_ms, const struct ppp_verdict *v)
{
	struct auth *a = &p->auth;

	if (!a->asked)
		return;
	a->asked = false;
	if (a->stale) {
		a->stale = false;
		if (a->state == AUTH_BUSY)
			ask(p, now_ms);
		return;
	}
	event(p, now_ms, v->ok ? SERVER_ACCEPT : refusal(p, v), v);
}

void auth_server_repeat(struct ppp *p)
{
	if (p->auth.state == AUTH_PASSED)
		send_result(p);
}

void auth_server_settled(struct ppp *p)
{
	if (p->cfg.role == PPP_SERVER && !p->auth.asked)
		auth_exchange_drop(&p->auth);
}

void auth_show_request(const struct ppp *p, struct ppp_auth_request *out)
{
	const struct auth_exchange *x = p->auth.exchange;

	out->method = method_of(p);
	out->id = p->auth.id;
	out->name = (struct bytes){x->name, x->name_len};
	out->response = (struct bytes){x->response, x->response_len};
	memcpy(out->challenge, x->challenge, sizeof(out->challenge));
	memcpy(out->peer_challenge, x->peer_challenge, sizeof(out->peer_challenge));
}

void auth_server_start(struct ppp *p, uint64_t now_ms)
{
	event(p, now_ms, SERVER_START, NULL);
}

void auth_server_stop(struct ppp *p, uint64_t now_ms)
{
	event(p, now_ms, SERVER_STOP, NULL);
}

void auth_server_timer(struct ppp *p, uint64_t now_ms)
{
	event(p, now_ms, SERVER_TIMEOUT, NULL);
}
