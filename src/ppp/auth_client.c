/*
 * auth_client: the peer's side of the authentication phase, with the password in
 * hand.
 *
 * RFC 1334 section 2, RFC 1994, RFC 2433, RFC 2759. Called by auth. A server that
 * cannot prove that it knows the password (MS-CHAPv2, S=) is not believed.
 */
#include <string.h>

#include "base/log.h"
#include "base/secret.h"
#include "crypto/mschap.h"
#include "crypto/prim.h"
#include "link.h"

enum client_event {
	CLIENT_START,     /* LCP is open and the peer demands a method */
	CLIENT_CHALLENGE, /* credentials are wanted */
	CLIENT_SUCCESS,
	CLIENT_FAILURE,
	CLIENT_TIMEOUT,
	CLIENT_STOP, /* LCP is down or ends */
	CLIENT_N_EVENTS,
};

enum {
	DO_NOTHING,
	DO_BEGIN,
	DO_RESPOND,
	DO_CHECK,
	DO_FAIL,
	DO_RESEND,
	DO_GIVE_UP,
	DO_STOP,
};

static const char *const state_names[AUTH_CLIENT_N_STATES] = {"idle", "wait", "sent", "passed",
							      "failed"};
static const char *const event_names[CLIENT_N_EVENTS] = {"start",   "challenge", "success",
							 "failure", "timeout",   "stop"};

#define NO_PHASE "no authentication is going on"
#define NOT_SENT "no credentials were sent"
#define DECIDED  "it is decided"
#define NO_TIMER "the timer does not run here"

#define ON(state, event, next, act) [(state)*CLIENT_N_EVENTS + (event)] = FSM_DO(next, act)
#define NO(state, event, why)       [(state)*CLIENT_N_EVENTS + (event)] = FSM_IGNORE(state, why)

static const struct fsm_cell cells[AUTH_CLIENT_N_STATES * CLIENT_N_EVENTS] = {
	ON(AUTH_IDLE, CLIENT_START, AUTH_WAIT, DO_BEGIN),
	NO(AUTH_IDLE, CLIENT_CHALLENGE, NO_PHASE),
	NO(AUTH_IDLE, CLIENT_SUCCESS, NO_PHASE),
	NO(AUTH_IDLE, CLIENT_FAILURE, NO_PHASE),
	NO(AUTH_IDLE, CLIENT_TIMEOUT, NO_TIMER),
	NO(AUTH_IDLE, CLIENT_STOP, NO_PHASE),

	ON(AUTH_WAIT, CLIENT_START, AUTH_WAIT, DO_BEGIN),
	ON(AUTH_WAIT, CLIENT_CHALLENGE, AUTH_BUSY, DO_RESPOND),
	NO(AUTH_WAIT, CLIENT_SUCCESS, NOT_SENT),
	NO(AUTH_WAIT, CLIENT_FAILURE, NOT_SENT),
	ON(AUTH_WAIT, CLIENT_TIMEOUT, AUTH_FAILED, DO_GIVE_UP),
	ON(AUTH_WAIT, CLIENT_STOP, AUTH_IDLE, DO_STOP),

	ON(AUTH_BUSY, CLIENT_START, AUTH_WAIT, DO_BEGIN),
	ON(AUTH_BUSY, CLIENT_CHALLENGE, AUTH_BUSY, DO_RESPOND),
	ON(AUTH_BUSY, CLIENT_SUCCESS, AUTH_PASSED, DO_CHECK),
	ON(AUTH_BUSY, CLIENT_FAILURE, AUTH_FAILED, DO_FAIL),
	ON(AUTH_BUSY, CLIENT_TIMEOUT, AUTH_BUSY, DO_RESEND),
	ON(AUTH_BUSY, CLIENT_STOP, AUTH_IDLE, DO_STOP),

	ON(AUTH_PASSED, CLIENT_START, AUTH_WAIT, DO_BEGIN),
	ON(AUTH_PASSED, CLIENT_CHALLENGE, AUTH_BUSY, DO_RESPOND),
	NO(AUTH_PASSED, CLIENT_SUCCESS, DECIDED),
	NO(AUTH_PASSED, CLIENT_FAILURE, DECIDED),
	NO(AUTH_PASSED, CLIENT_TIMEOUT, NO_TIMER),
	ON(AUTH_PASSED, CLIENT_STOP, AUTH_IDLE, DO_STOP),

	ON(AUTH_FAILED, CLIENT_START, AUTH_WAIT, DO_BEGIN),
	NO(AUTH_FAILED, CLIENT_CHALLENGE, DECIDED),
	NO(AUTH_FAILED, CLIENT_SUCCESS, DECIDED),
	NO(AUTH_FAILED, CLIENT_FAILURE, DECIDED),
	NO(AUTH_FAILED, CLIENT_TIMEOUT, NO_TIMER),
	ON(AUTH_FAILED, CLIENT_STOP, AUTH_IDLE, DO_STOP),
};

const struct fsm auth_client_fsm = {
	.name = "authenticated peer",
	.state_names = state_names,
	.event_names = event_names,
	.n_states = AUTH_CLIENT_N_STATES,
	.n_events = CLIENT_N_EVENTS,
	.cells = cells,
};

static enum ppp_auth method_of(const struct ppp *p)
{
	return (enum ppp_auth)p->lcp.theirs.auth;
}

static bool is_pap(const struct ppp *p)
{
	return method_of(p) == PPP_AUTH_PAP;
}

static struct bytes own_name(const struct ppp *p)
{
	return (struct bytes){(const uint8_t *)p->cfg.name, strlen(p->cfg.name)};
}

static void event(struct ppp *p, uint64_t now_ms, enum client_event ev, struct bytes message);

static void forget(struct ppp *p)
{
	timerq_disarm(p->cfg.timers, &p->auth.timer);
	secret_zero(p->auth.exchange->response, sizeof(p->auth.exchange->response));
	p->auth.exchange->response_len = 0;
}

static void begin(struct ppp *p, uint64_t now_ms)
{
	struct auth *a = &p->auth;

	forget(p);
	timerq_arm(p->cfg.timers, &a->timer,
		   now_ms + (uint64_t)p->cfg.restart_ms * p->cfg.max_configure);
	if (is_pap(p)) {
		a->id = link_next_id(p);
		event(p, now_ms, CLIENT_CHALLENGE, (struct bytes){NULL, 0});
	}
}

static void send_credentials(struct ppp *p, uint64_t now_ms)
{
	uint8_t buf[2 + 2 * PPP_NAME_MAX];
	struct wr w = wr_of(buf, sizeof(buf));
	struct auth *a = &p->auth;
	struct auth_exchange *x = p->auth.exchange;

	if (is_pap(p))
		pap_write_request(&w, own_name(p), p->cfg.password);
	else
		chap_write_value(&w, (struct bytes){x->response, x->response_len}, own_name(p));
	link_send(p, is_pap(p) ? PROTO_PAP : PROTO_CHAP, is_pap(p) ? PAP_REQUEST : CHAP_RESPONSE,
		  a->id, wr_done(&w));
	secret_zero(buf, sizeof(buf));
	timerq_arm(p->cfg.timers, &a->timer, now_ms + p->cfg.restart_ms);
}

static bool sum_md5(struct ppp *p, struct wr *w)
{
	struct auth *a = &p->auth;
	struct auth_exchange *x = p->auth.exchange;
	struct bytes parts[] = {{&a->id, 1}, p->cfg.password, {x->challenge, x->challenge_len}};
	uint8_t *out = wr_reserve(w, CHAP_MD5_VALUE);

	return out && prim_hash(PRIM_MD5, parts, 3, out);
}

static bool sum_mschap1(struct ppp *p, struct wr *w, const uint8_t nt_hash[NT_HASH_LEN])
{
	uint8_t nt_response[MSCHAP_NT_RESPONSE];

	if (!mschap_challenge_response(p->auth.exchange->challenge, nt_hash, nt_response))
		return false;
	chap_write_mschap1(w, nt_response);
	return true;
}

static bool sum_mschap2(struct ppp *p, struct wr *w, const uint8_t nt_hash[NT_HASH_LEN])
{
	struct auth_exchange *x = p->auth.exchange;
	struct bytes bare = mschap_bare_name(own_name(p));
	uint8_t nt_response[MSCHAP_NT_RESPONSE];

	p->cfg.random(p->cfg.random_ctx, x->peer_challenge, sizeof(x->peer_challenge));
	if (!mschap2_nt_response(x->challenge, x->peer_challenge, bare, nt_hash, nt_response) ||
	    !mschap2_auth_response(nt_hash, nt_response, x->peer_challenge, x->challenge, bare,
				   x->expected))
		return false;
	chap_write_mschap2(w, x->peer_challenge, nt_response);
	return true;
}

static bool compute_response(struct ppp *p)
{
	struct auth_exchange *x = p->auth.exchange;
	struct wr w = wr_of(x->response, sizeof(x->response));
	uint8_t nt_hash[NT_HASH_LEN];
	bool ok;

	if (method_of(p) == PPP_AUTH_CHAP) {
		ok = sum_md5(p, &w);
	} else {
		ok = mschap_nt_hash(p->cfg.password, nt_hash) &&
		     (method_of(p) == PPP_AUTH_MSCHAP2 ? sum_mschap2(p, &w, nt_hash)
						       : sum_mschap1(p, &w, nt_hash));
		secret_zero(nt_hash, sizeof(nt_hash));
	}
	x->response_len = ok ? (uint8_t)wr_done(&w).len : 0;
	return ok && wr_ok(&w);
}

static void respond(struct ppp *p, uint64_t now_ms)
{
	p->auth.tries = 1;
	if (!is_pap(p) && p->auth.exchange->response_len == 0 && !compute_response(p)) {
		link_note(p, NOTE_REFUSED, "auth-failed", "%s: no response can be computed",
			  ppp_auth_name(method_of(p)));
		link_terminate(p, now_ms, "auth-failed");
		return;
	}
	send_credentials(p, now_ms);
}

static void give_up(struct ppp *p, uint64_t now_ms)
{
	forget(p);
	/* a challenge that came late or twice, behind the success: the server waits for nothing
	 * and the open link stands */
	if (p->phase == PHASE_NETWORK) {
		p->auth.state = AUTH_PASSED;
		return;
	}
	link_note(p, NOTE_REFUSED, "auth-timeout", "%s: the server does not answer",
		  ppp_auth_name(method_of(p)));
	link_terminate(p, now_ms, "auth-timeout");
}

static void resend(struct ppp *p, uint64_t now_ms)
{
	if (p->auth.tries >= p->cfg.max_configure) {
		give_up(p, now_ms);
		return;
	}
	p->auth.tries++;
	send_credentials(p, now_ms);
}

static void check(struct ppp *p, uint64_t now_ms, struct bytes message)
{
	struct auth *a = &p->auth;
	struct auth_exchange *x = p->auth.exchange;

	/* the response stays: a challenge that comes late again must get the same one */
	timerq_disarm(p->cfg.timers, &a->timer);
	if (method_of(p) == PPP_AUTH_MSCHAP2 && !chap_success_matches(message, x->expected)) {
		a->state = AUTH_FAILED;
		link_note(p, NOTE_REFUSED, "auth-server-false",
			  "MS-CHAPv2: the server does not prove that it knows the password");
		link_terminate(p, now_ms, "auth-failed");
		return;
	}
	link_note(p, NOTE_CHOICE, "auth-ok", "%s accepted by the server",
		  ppp_auth_name(method_of(p)));
	link_authenticated(p, now_ms);
}

static void fail(struct ppp *p, uint64_t now_ms, struct bytes message)
{
	char text[NOTE_TEXT - 60];

	forget(p);
	link_note(p, NOTE_REFUSED, "auth-failed", "%s refused by the server, saying %s",
		  ppp_auth_name(method_of(p)),
		  log_quote(message.p, message.len, text, sizeof(text)));
	link_terminate(p, now_ms, "auth-failed");
}

static void event(struct ppp *p, uint64_t now_ms, enum client_event ev, struct bytes message)
{
	const struct fsm_cell *cell = fsm_cell(&auth_client_fsm, p->auth.state, ev);

	p->auth.state = cell->next;
	switch (cell->action) {
	case DO_BEGIN:
		begin(p, now_ms);
		break;
	case DO_RESPOND:
		respond(p, now_ms);
		break;
	case DO_CHECK:
		check(p, now_ms, message);
		break;
	case DO_FAIL:
		fail(p, now_ms, message);
		break;
	case DO_RESEND:
		resend(p, now_ms);
		break;
	case DO_GIVE_UP:
		give_up(p, now_ms);
		break;
	case DO_STOP:
		forget(p);
		break;
	default:
		link_drop(p, PPP_DROP_STATE);
	}
}

/* The same challenge again gets the same response again. */
static void chap_challenge(struct ppp *p, uint64_t now_ms, const struct cp_packet *in)
{
	struct auth *a = &p->auth;
	struct auth_exchange *x = p->auth.exchange;
	struct bytes value, name;
	size_t want = method_of(p) == PPP_AUTH_CHAP ? 0 : chap_challenge_len(method_of(p));

	if (!chap_parse_value(in->body, &value, &name) || value.len == 0 ||
	    value.len > sizeof(x->challenge) || (want && value.len != want)) {
		link_drop(p, PPP_DROP_SHORT);
		return;
	}
	if (a->state != AUTH_WAIT && a->state != AUTH_BUSY && a->state != AUTH_PASSED) {
		link_drop(p, PPP_DROP_STATE);
		return;
	}
	if (in->id != a->id || !bytes_eq(value, (struct bytes){x->challenge, x->challenge_len}))
		x->response_len = 0;
	a->id = in->id;
	x->challenge_len = (uint8_t)value.len;
	memcpy(x->challenge, value.p, value.len);
	event(p, now_ms, CLIENT_CHALLENGE, in->body);
}

/* The message of a PAP reply stands behind its length; some servers leave both out. */
static struct bytes reply_message(const struct ppp *p, const struct cp_packet *in)
{
	struct rd r = rd_of_bytes(in->body);

	if (!is_pap(p))
		return in->body;
	return rd_bytes(&r, rd_u8(&r));
}

void auth_client_input(struct ppp *p, uint64_t now_ms, uint16_t protocol,
		       const struct cp_packet *in)
{
	bool pap = is_pap(p);
	unsigned yes = pap ? PAP_ACK : CHAP_SUCCESS;
	unsigned no = pap ? PAP_NAK : CHAP_FAILURE;

	if (!p->lcp.theirs.auth || protocol != (pap ? PROTO_PAP : PROTO_CHAP))
		link_drop(p, PPP_DROP_METHOD);
	else if (!pap && in->code == CHAP_CHALLENGE)
		chap_challenge(p, now_ms, in);
	else if (in->code != yes && in->code != no)
		link_drop(p, PPP_DROP_CODE);
	else if (in->id != p->auth.id)
		link_drop(p, PPP_DROP_ID);
	else
		event(p, now_ms, in->code == yes ? CLIENT_SUCCESS : CLIENT_FAILURE,
		      reply_message(p, in));
}

void auth_client_start(struct ppp *p, uint64_t now_ms)
{
	event(p, now_ms, CLIENT_START, (struct bytes){NULL, 0});
}

void auth_client_stop(struct ppp *p, uint64_t now_ms)
{
	event(p, now_ms, CLIENT_STOP, (struct bytes){NULL, 0});
}

void auth_client_timer(struct ppp *p, uint64_t now_ms)
{
	event(p, now_ms, CLIENT_TIMEOUT, (struct bytes){NULL, 0});
}
