/*
 * exchange: the engine of phase 1: looks up the row, decrypts, lets the payload
 * gate and the row's payload sets pass, calls the handler, moves the state (RFC
 * 2408 5, RFC 2409 5). Called by ike.c with messages, timers and finished sums.
 * Never interprets a payload itself.
 */
#include "exchange.h"

#include "auth.h"
#include "quirk.h"

#define LIFE_GRACE_MS 5000 /* the peer, who counts too, deletes or renews first */

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

static enum step sign_failed(struct isakmp_sa *sa, struct event *e)
{
	(void)e;
	drop(sa->ike, DROP_CRYPTO);
	sa->ike->stats.phase1_failed++;
	act_note(sa->ike, sa, &sa->flow, NOTE_REFUSED, "sign-failed",
		 "our certificate's private key did not sign: is it there, and does it fit?");
	sa_end(sa, "sign-failed", sa->role == IKE_INITIATOR);
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

/* Late in the lifetime the SA is renewed, where that is ours to do; at its end it goes, and
 * its peer keeps its children. */
static enum step expire(struct isakmp_sa *sa, struct event *e)
{
	if (!sa->replaced && e->now_ms < sa->expire_ms) {
		sa_arm(sa, sa->expire_ms);
		if (sa->peer->sas.prev == &sa->peer_link)
			ike_renew(sa->ike, e->now_ms, sa->peer->id);
		return STEP_STAY;
	}
	act_note(sa->ike, sa, &sa->flow, NOTE_INFO, sa->replaced ? "ike-replaced" : "ike-expired",
		 sa->replaced ? "a newer ISAKMP SA has taken this one's place (lifetime %u s)"
			      : "the ISAKMP SA reached its agreed lifetime of %u s",
		 sa->policy.life_s);
	/* the peer counts too: with another SA at hand its pairs get away from this one first */
	peer_rekey_before(sa->peer, sa, e->now_ms);
	if (sa->replaced || peer_speaker(sa->peer) == sa)
		delete_send_isakmp(sa);
	sa_end(sa, sa->replaced ? "ike-replaced" : "ike-expired", true);
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
	[ACT_CHECKED_MSG5] = main_checked_msg5,
	[ACT_REFUSE_MSG5] = main_refuse_msg5,
	[ACT_SEND_MSG6] = main_send_msg6,
	[ACT_SIGNED_MSG5] = main_signed_msg5,
	[ACT_CHECKED_MSG6] = main_checked_msg6,
	[ACT_REFUSE_MSG6] = main_refuse_msg6,
	[ACT_SIGN_FAILED] = sign_failed,
	[ACT_AM2] = aggressive_recv_msg2,
	[ACT_AM3] = aggressive_recv_msg3,
	[ACT_SEND_AM1] = aggressive_send_msg1,
	[ACT_SEND_AM2] = aggressive_send_msg2,
	[ACT_SEND_AM3] = aggressive_send_msg3,
	[ACT_SIGNED_AM2] = aggressive_signed_msg2,
	[ACT_CHECKED_AM3] = aggressive_checked_msg3,
	[ACT_CHECKED_AM2] = aggressive_checked_msg2,
	[ACT_REFUSE_AM2] = aggressive_refuse_msg2,
	[ACT_SIGNED_AM3] = aggressive_signed_msg3,
	[ACT_AM2_AGAIN] = aggressive_msg2_again,
	[ACT_DH_FAILED] = dh_failed,
	[ACT_QUICK] = quick_input,
	[ACT_INFO] = info_recv,
	[ACT_INFO_CLEAR] = info_clear,
	[ACT_HINT] = main_hint,
	[ACT_HINT_SECRET] = main_hint_secret,
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
	if (ev == EV_MAIN || ev == EV_AGGRESSIVE || ev == EV_INFO)
		return payloads_parse(e->h->next, body, false, p);
	memcpy(iv, sa->iv, IKE_BLOCK);
	if (ev == EV_INFO_SECRET && !keymat_iv_phase2(&sa->key, sa->iv, e->h->mid, iv))
		return DROP_CRYPTO;
	bad = msg_decrypt(&sa->key, iv, body, k->plain, IKE_MESSAGE_MAX, e->next_iv);
	if (bad)
		return bad;
	bad = payloads_parse(e->h->next, (struct bytes){k->plain, body.len}, true, p);
	return bad ? DROP_DECRYPT : DROP_NONE;
}

static enum ike_drop gate(struct isakmp_sa *sa, const struct fsm_cell *cell, enum sa_event ev,
			  struct event *e, struct payloads *p)
{
	const struct payload_row *row = &sa_rows[cell->action];
	unsigned proof = row->proof ? KIND_BIT(auth_of(sa)->proof) : 0;
	struct bytes body = {e->msg.p + ISAKMP_HEADER_LEN, e->h->length - ISAKMP_HEADER_LEN};
	enum ike_drop bad;

	/* until it is authenticated an SA lives at one address; message 5, and message 3 of
	 * Aggressive Mode, may float (RFC 3947 4) */
	if ((ev == EV_MAIN || cell->action == ACT_AM2) &&
	    !endpoint_eq(&sa->flow.remote, &e->flow->remote))
		return DROP_ADDRESS;
	bad = open_message(sa, ev, e, body, p);
	return bad ? bad : payloads_require(p, row->required | proof, row->once | proof);
}

/* The message once more whose sum is out: an impatient client in a crowd, no disorder. */
static bool being_answered(const struct isakmp_sa *sa, const struct event *e)
{
	return sa->hs && sa->hs->dh_out && sa->hs->request == e->msg_hash;
}

void sa_event(struct isakmp_sa *sa, enum sa_event ev, struct event *e)
{
	const struct fsm_cell *cell = fsm_cell(&sa_fsm, sa->state, ev);
	struct payloads p;
	enum ike_drop bad = DROP_NONE;
	enum step step;

	if (cell->ignored_because) {
		if (is_message(ev))
			drop(sa->ike, being_answered(sa, e) ? DROP_BUSY : DROP_STATE);
		return;
	}
	if (is_message(ev) && ev != EV_QUICK)
		bad = gate(sa, cell, ev, e, &p);
	if (bad && (cell->action == ACT_MSG5 || ev == EV_AGGRESSIVE_SECRET)) {
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
static void keepalive_fired(struct timer *t, uint64_t now_ms)
{
	static const uint8_t ff = 0xff;
	struct peer *p = list_entry(t, struct peer, keepalive);
	struct ike *k = p->ike;

	act_send(k, peer_speaker(p), &p->flow, false, (struct bytes){&ff, 1});
	if (k->cfg.keepalive_s)
		timerq_arm(k->timers, t, now_ms + k->cfg.keepalive_s * UINT64_C(1000));
}

/* For as long as the peer is there, and whichever side the NAT is on: what comes from here
 * keeps the mapping of a NAT in front of the peer as well. */
static void arm_keepalive(const struct isakmp_sa *sa, uint64_t now_ms)
{
	struct peer *p = sa->peer;

	p->keepalive.fire = keepalive_fired;
	timerq_disarm(sa->ike->timers, &p->keepalive);
	if (sa->natt && (sa->we_behind_nat || sa->peer_behind_nat) && sa->ike->cfg.keepalive_s)
		timerq_arm(sa->ike->timers, &p->keepalive,
			   now_ms + sa->ike->cfg.keepalive_s * UINT64_C(1000));
}

void sa_arm(struct isakmp_sa *sa, uint64_t deadline_ms)
{
	sa->timer.fire = sa_timer_fired;
	timerq_arm(sa->ike->timers, &sa->timer, deadline_ms);
}

/* An initiator may have moved on to port 4500 with what it answered. */
void sa_duplicate(struct isakmp_sa *sa, const struct event *e)
{
	struct ike *k = sa->ike;
	bool moved = sa->role == IKE_INITIATOR &&
		     ip_addr_eq(&sa->flow.remote.addr, &e->flow->remote.addr);
	const struct flow *to = moved ? &sa->flow : e->flow;

	if (!reply_may_repeat(&sa->reply, to, e->now_ms)) {
		drop(k, DROP_DUPLICATE);
		return;
	}
	k->stats.replies_repeated++;
	act_send(k, sa, to, moved ? sa->natt : e->natt,
		 (struct bytes){sa->reply.bytes, sa->reply.len});
	act_note(k, sa, e->flow, NOTE_RETRY, "ike-retransmission",
		 "the peer sent its last message again in %s: our answer was sent again",
		 sa_shown_state(sa));
}

static void arm_life(struct isakmp_sa *sa, uint64_t now_ms)
{
	struct ike *k = sa->ike;
	uint64_t life_ms = sa->policy.life_s * UINT64_C(1000), renewal_ms;

	timerq_disarm(k->timers, &sa->timer);
	if (!life_ms)
		return;
	sa->expire_ms = now_ms + life_ms + (sa->role == IKE_RESPONDER ? LIFE_GRACE_MS : 0);
	renewal_ms = lifetime_renewal_ms(k, PHASE_1, sa->role,
					 !sa->aggressive && quirk_allows_renew(sa->quirk), life_ms);
	sa_arm(sa, renewal_ms ? now_ms + renewal_ms : sa->expire_ms);
}

void sa_shorten(struct isakmp_sa *sa, uint32_t life_s, uint64_t now_ms)
{
	if (sa->replaced || !life_s || (sa->policy.life_s && life_s >= sa->policy.life_s))
		return;
	sa->policy.life_s = life_s;
	arm_life(sa, now_ms);
}

bool sa_activate(struct isakmp_sa *sa, uint64_t now_ms)
{
	struct ike *k = sa->ike;
	char suite[SUITE_WORDS], id[ENDPOINT_TEXT];
	uint32_t offered_s = sa->hs ? sa->hs->offered_life_s : 0;

	sa->up_ms = now_ms;
	sa->state = MM_ACTIVE;
	sa_handshake_done(sa);
	k->stats.phase1_up++;
	arm_life(sa, now_ms);
	if (!peer_admit(sa, now_ms)) {
		drop(k, DROP_SA_TABLE);
		sa_end(sa, "memory", false);
		return false;
	}
	arm_keepalive(sa, now_ms);
	dpd_start(sa->peer, now_ms);
	lifetime_tell(sa, offered_s);
	act_note(k, sa, &sa->flow, NOTE_INFO, "ike-up",
		 "phase 1 is up: peer id %s, %s, lifetime %u s, %s",
		 id_words(&sa->peer_id, id, sizeof(id)),
		 policy_words(&sa->policy, suite, sizeof(suite)), sa->policy.life_s,
		 sa->natt ? "UDP encapsulation" : "no UDP encapsulation");
	return true;
}
