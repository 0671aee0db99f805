/*
 * exchange: the engine of phase 1: looks up the row, decrypts, lets the payload
 * gate and the row's payload sets pass, calls the handler, moves the state (RFC
 * 2408 5, RFC 2409 5). Called by ike.c with messages, timers and finished sums.
 * Never interprets a payload itself.
 */
#include "exchange.h"

typedef enum step handler(struct isakmp_sa *sa, struct event *e);

static enum step dh_failed(struct isakmp_sa *sa, struct event *e)
{
	(void)e;
	drop(sa->ike, DROP_KE);
	sa->ike->stats.phase1_failed++;
	act_note(sa->ike, sa, &sa->flow, NOTE_REFUSED, "ke-invalid",
		 "the peer's key exchange value is not valid for its group");
	sa_end(sa, "ke-invalid", sa->role == IKE_INITIATOR);
	return STEP_GONE;
}

static enum step half_open_end(struct isakmp_sa *sa, struct event *e)
{
	(void)e;
	sa->ike->stats.phase1_failed++;
	act_note(sa->ike, sa, &sa->flow, NOTE_END, "ike-half-open-timeout",
		 "phase 1 was not completed: last state %s%s", sa_state_name(sa->state),
		 sa->state == MM_WAIT_MSG5 ? ", our key exchange was answered by nothing" : "");
	sa_end(sa, "half-open-timeout", false);
	return STEP_GONE;
}

static enum step expire(struct isakmp_sa *sa, struct event *e)
{
	(void)e;
	act_note(sa->ike, sa, &sa->flow, NOTE_END, "ike-expired",
		 "the ISAKMP SA reached its agreed lifetime of %u s", sa->policy.life_s);
	delete_send_isakmp(sa);
	sa_end(sa, "ike-expired", true);
	return STEP_GONE;
}

static handler *const handlers[SA_ACTION_COUNT] = {
	[ACT_MSG2] = main_recv_msg2,
	[ACT_MSG3] = main_recv_msg3,
	[ACT_MSG4] = main_recv_msg4,
	[ACT_MSG5] = main_recv_msg5,
	[ACT_MSG6] = main_recv_msg6,
	[ACT_SEND_MSG3] = main_send_msg3,
	[ACT_SEND_MSG4] = main_send_msg4,
	[ACT_SEND_MSG5] = main_send_msg5,
	[ACT_DH_FAILED] = dh_failed,
	[ACT_QUICK] = quick_input,
	[ACT_INFO] = info_recv,
	[ACT_INFO_CLEAR] = info_clear,
	[ACT_HINT] = main_hint,
	[ACT_RESEND] = main_resend,
	[ACT_HALF_OPEN_END] = half_open_end,
	[ACT_EXPIRE] = expire,
};

static bool is_message(enum sa_event ev)
{
	return ev <= EV_INFO_SECRET;
}

/* Decrypts where the event says so and runs the payload gate. Quick Mode finds its
 * IV itself, by message id. */
static enum ike_drop open_message(struct isakmp_sa *sa, enum sa_event ev, struct event *e,
				  struct bytes body, struct payloads *p)
{
	struct ike *k = sa->ike;
	uint8_t iv[IKE_BLOCK];
	enum ike_drop bad;

	e->p = p;
	if (ev == EV_MAIN || ev == EV_INFO)
		return payloads_parse(e->h->next, body, false, p);
	memcpy(iv, sa->iv, IKE_BLOCK);
	if (ev == EV_INFO_SECRET && !keymat_iv_phase2(&sa->key, sa->iv, e->h->mid, iv))
		return DROP_CRYPTO;
	bad = msg_decrypt(&sa->key, iv, body, k->plain, sizeof(k->plain), e->next_iv);
	if (bad)
		return bad;
	bad = payloads_parse(e->h->next, (struct bytes){k->plain, body.len}, true, p);
	return bad ? DROP_DECRYPT : DROP_NONE;
}

static enum ike_drop gate(struct isakmp_sa *sa, const struct fsm_cell *cell, enum sa_event ev,
			  struct event *e, struct payloads *p)
{
	const struct payload_row *row = &sa_rows[cell->action];
	struct bytes body = {e->msg.p + ISAKMP_HEADER_LEN, e->h->length - ISAKMP_HEADER_LEN};
	enum ike_drop bad;

	/* until it is authenticated an SA lives at one address; message 5 may float (RFC 3947 4) */
	if (ev == EV_MAIN && !endpoint_eq(&sa->flow.remote, &e->flow->remote))
		return DROP_ADDRESS;
	bad = open_message(sa, ev, e, body, p);
	return bad ? bad : payloads_require(p, row->required, row->once);
}

void sa_event(struct isakmp_sa *sa, enum sa_event ev, struct event *e)
{
	const struct fsm_cell *cell = fsm_cell(&sa_fsm, sa->state, ev);
	struct payloads p;
	enum ike_drop bad = DROP_NONE;
	enum step step;

	if (cell->ignored_because) {
		if (is_message(ev))
			drop(sa->ike, DROP_STATE);
		return;
	}
	if (is_message(ev) && ev != EV_QUICK)
		bad = gate(sa, cell, ev, e, &p);
	if (bad && cell->action == ACT_MSG5) {
		main_bad_msg5(sa, e, bad);
		return;
	}
	if (bad) {
		drop(sa->ike, bad);
		return;
	}
	step = handlers[cell->action](sa, e);
	if (step == STEP_NEXT)
		sa->state = cell->next;
}

void sa_timer_fired(struct timer *t, uint64_t now_ms)
{
	struct isakmp_sa *sa = list_entry(t, struct isakmp_sa, timer);
	struct event e = {.now_ms = now_ms, .flow = &sa->flow, .natt = sa->natt};

	if (!act_room(sa->ike))
		sa_arm(sa, now_ms + 1);
	else
		sa_event(sa, EV_TIMER, &e);
}

/* RFC 3948 4: one octet FF, without the marker. */
void keepalive_fired(struct timer *t, uint64_t now_ms)
{
	static const uint8_t ff = 0xff;
	struct isakmp_sa *sa = list_entry(t, struct isakmp_sa, keepalive);
	struct ike *k = sa->ike;

	act_send(k, sa, &sa->flow, false, (struct bytes){&ff, 1});
	timerq_arm(k->timers, t, now_ms + k->cfg.keepalive_s * UINT64_C(1000));
}

void sa_arm(struct isakmp_sa *sa, uint64_t deadline_ms)
{
	sa->timer.fire = sa_timer_fired;
	timerq_arm(sa->ike->timers, &sa->timer, deadline_ms);
}

void sa_duplicate(struct isakmp_sa *sa, const struct event *e)
{
	struct ike *k = sa->ike;

	if (!reply_may_repeat(&sa->reply, e->flow, e->now_ms)) {
		drop(k, DROP_DUPLICATE);
		return;
	}
	k->stats.replies_repeated++;
	act_send(k, sa, e->flow, e->natt, (struct bytes){sa->reply.bytes, sa->reply.len});
	act_note(k, sa, e->flow, NOTE_RETRY, "ike-retransmission",
		 "the peer sent its last message again in %s: our answer was sent again",
		 sa_state_name(sa->state));
}

void sa_activate(struct isakmp_sa *sa, uint64_t now_ms)
{
	struct ike *k = sa->ike;
	char suite[SUITE_WORDS], id[ENDPOINT_TEXT];

	sa->up_ms = now_ms;
	sa->state = MM_ACTIVE;
	sa_handshake_done(sa);
	k->stats.phase1_up++;
	timerq_disarm(k->timers, &sa->timer);
	if (sa->policy.life_s)
		sa_arm(sa, now_ms + sa->policy.life_s * UINT64_C(1000));
	sa->keepalive.fire = keepalive_fired;
	if (sa->natt && sa->we_behind_nat && k->cfg.keepalive_s)
		timerq_arm(k->timers, &sa->keepalive, now_ms + k->cfg.keepalive_s * UINT64_C(1000));
	act_must(k, IKE_ACT_UP, sa);
	act_note(k, sa, &sa->flow, NOTE_INFO, "ike-up",
		 "phase 1 is up: peer id %s, %s, lifetime %u s, %s",
		 id_words(&sa->peer_id, id, sizeof(id)),
		 policy_words(&sa->policy, suite, sizeof(suite)), sa->policy.life_s,
		 sa->natt ? "UDP encapsulation" : "no UDP encapsulation");
}
