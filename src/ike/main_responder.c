/*
 * main_responder: Main Mode, answering side (RFC 2409 5.1, 5.4, RFC 3947): MM1 to MM2
 * without any slow sum, MM3 to a DH job, the finished job to MM4, MM5 to MM6; with
 * signatures MM5 to a check, the check to a signature, that to MM6. Called by ike.c (first message)
 * and exchange.c. Never retransmits by itself: the peer is not authenticated (security.md 75).
 */
#include "exchange.h"
#include "quirk.h"
#include "rsa.h"

#define BUDGET_NOTED 2 /* a second: a flood does not fill the stories */

void main_refuse_proposal(struct ike *k, const struct event *e, const struct offers *offers)
{
	char theirs[LIST_WORDS], ours[LIST_WORDS], why[REFUSAL_WORDS];

	drop(k, DROP_PROPOSAL);
	k->stats.phase1_failed++;
	act_note(k, NULL, e->flow, NOTE_REFUSED, "no-ike-proposal", "offered %s; accepted here: %s",
		 offers_words(offers, theirs, sizeof(theirs)),
		 policies_words(&k->policies, ours, sizeof(ours)));
	act_note(k, NULL, e->flow, NOTE_INFO, "ike-offer-refused",
		 "the first offer fails because %s",
		 offer_refusal(&k->policies, &offers->of[0], why, sizeof(why)));
	act_send(k, NULL, e->flow, e->natt, notify_clear(k, NULL, e, NOTIFY_NO_PROPOSAL_CHOSEN));
}

/* Never longer than message 1 (H-03): one of its transforms, and only vendor ids that
 * it announced itself. */
static struct bytes build_msg2(struct isakmp_sa *sa, const struct offer *o)
{
	struct ike *k = sa->ike;
	struct isakmp_header h;
	struct msg m;

	sa_header(sa, EXCHANGE_MAIN, 0, &h);
	msg_begin(&m, k->build, IKE_MESSAGE_MAX, &h);
	offer_echo(msg_open(&m, PAYLOAD_SA), o->proposal, PROTO_ISAKMP, o->spi, o->raw);
	msg_close(&m);
	main_vendors(sa, &m, true);
	return msg_clear(&m);
}

void main_note_offer(struct isakmp_sa *sa, const struct event *e, const struct offers *offers)
{
	char theirs[LIST_WORDS], suite[SUITE_WORDS];

	act_note(sa->ike, sa, e->flow, NOTE_INFO, "ike-offer", "client: %s; it offers %s",
		 sa->quirk->system, offers_words(offers, theirs, sizeof(theirs)));
	act_note(sa->ike, sa, e->flow, NOTE_CHOICE, "ike-policy", "policy %u: %s, lifetime %u s",
		 sa->policy.priority, policy_words(&sa->policy, suite, sizeof(suite)),
		 sa->policy.life_s);
}

struct isakmp_sa *main_accept(struct ike *k, struct event *e, struct bytes sai)
{
	enum ike_drop bad = sa_admit(k, e->flow, e->now_ms);
	struct isakmp_sa *sa = bad ? NULL : sa_new(k, IKE_RESPONDER, e->flow, e->now_ms);

	if (!sa) {
		drop(k, bad ? bad : DROP_SA_TABLE);
		return NULL;
	}
	memcpy(sa->cky_i, e->h->cky_i, ISAKMP_COOKIE_LEN);
	while (cookie_zero(sa->cky_r))
		k->cfg.host.random(k->cfg.host.ctx, sa->cky_r, ISAKMP_COOKIE_LEN);
	sa_index_own(sa);
	sa_index_mm1(sa);
	if (!sa_keep_sai(sa, sai)) {
		drop(k, DROP_SA_SIZE);
		sa_end(sa, "sa-too-large", false);
		return NULL;
	}
	return sa;
}

static void answer_first(struct isakmp_sa *sa, struct event *e, const struct offers *offers,
			 const struct offer *o, const struct ike_policy *chosen)
{
	struct ike *k = sa->ike;
	struct bytes msg2;

	main_take_vendors(sa, e, offers);
	main_set_suite(sa, chosen);
	sa->hs->offered_life_s = o->life_s;
	sa->natt = e->natt;
	main_note_offer(sa, e, offers);
	msg2 = build_msg2(sa, o);
	if (msg2.len == 0 || !reply_keep(&sa->reply, e->msg_hash, msg2, e->flow, e->natt)) {
		drop(k, DROP_MEMORY);
		sa_end(sa, "memory", false);
		return;
	}
	sa->state = MM_WAIT_MSG3;
	sa_arm(sa, e->now_ms + k->cfg.half_open_ms);
	act_send(k, sa, e->flow, e->natt, msg2);
}

void main_first(struct ike *k, struct event *e)
{
	struct isakmp_sa *sa = sa_by_mm1(k, e->h->cky_i, e->flow);
	struct bytes body = {e->msg.p + ISAKMP_HEADER_LEN, e->h->length - ISAKMP_HEADER_LEN};
	struct bytes sai;
	struct payloads p;
	struct offers offers;
	struct ike_policy chosen;
	const struct offer *o;
	enum ike_drop bad;

	if (sa) {
		if (sa->reply.request == e->msg_hash)
			sa_duplicate(sa, e);
		else
			drop(k, DROP_DUPLICATE);
		return;
	}
	e->p = &p;
	bad = payloads_parse(e->h->next, body, false, &p);
	if (!bad)
		bad = payloads_require(&p, KIND_BIT(KIND_SA), KIND_BIT(KIND_SA));
	if (!bad) {
		sai = payload_first(&p, KIND_SA)->body;
		bad = offers_parse(sai, PHASE_1, &offers);
	}
	if (bad) {
		drop(k, bad);
		return;
	}
	o = policy_choose(&k->policies, &offers, &chosen);
	if (!o) {
		main_refuse_proposal(k, e, &offers);
		return;
	}
	sa = main_accept(k, e, sai);
	if (sa)
		answer_first(sa, e, &offers, o, &chosen);
}

/* May the server compute for this stranger now? Those who wait send again. */
static enum ike_drop dh_budget(struct isakmp_sa *sa, const struct event *e)
{
	struct ike *k = sa->ike;
	enum ike_drop bad = DROP_DH_BUDGET;

	if (k->dh_strangers < k->cfg.dh_jobs_max)
		bad = dh_budget_take(k, e->flow, sa->policy.group, e->now_ms);
	if (bad && bucket_take(&k->budget_notes, e->now_ms, BUDGET_NOTED))
		act_note(k, sa, e->flow, NOTE_RETRY, "dh-budget",
			 "too many key exchanges %s at this moment: the client has to send its "
			 "message again",
			 bad == DROP_DH_SOURCE ? "from its network" : "of strangers");
	return bad;
}

enum step main_recv_msg3(struct isakmp_sa *sa, struct event *e)
{
	struct ike *k = sa->ike;
	struct handshake *hs = sa->hs;
	enum ike_drop bad = main_take_ke_nonce(sa, e);

	if (!bad)
		bad = dh_budget(sa, e);
	if (!bad) {
		sa->dh_owed = (uint8_t)sa->policy.group;
		hs->dh = dh_job_new(sa->policy.group, DH_BOTH, payload_first(e->p, KIND_KE)->body);
		bad = hs->dh ? DROP_NONE : DROP_MEMORY;
	}
	if (bad) {
		drop(k, bad);
		return STEP_STAY;
	}
	hs->request = e->msg_hash;
	hs->dh_out = true;
	k->cfg.host.random(k->cfg.host.ctx, hs->nr, IKE_OUR_NONCE);
	hs->nr_len = IKE_OUR_NONCE;
	sa_mark_late(sa);
	/* routers send again every 10 s (clients.md 1.7, 1.13): who has shown that it hears us
	 * gets the time once more */
	sa_arm(sa, e->now_ms + k->cfg.half_open_ms);
	main_nat_note(sa, e);
	auth_of(sa)->asked(sa, e);
	act_dh(k, sa, hs->dh, true);
	return STEP_NEXT;
}

enum step main_send_msg4(struct isakmp_sa *sa, struct event *e)
{
	struct ike *k = sa->ike;
	struct handshake *hs = sa->hs;
	enum ike_drop bad = auth_of(sa)->keys(sa);
	struct isakmp_header h;
	struct bytes msg4 = {NULL, 0};
	struct msg m;

	(void)e;
	if (!bad) {
		sa_header(sa, EXCHANGE_MAIN, 0, &h);
		msg_begin(&m, k->build, IKE_MESSAGE_MAX, &h);
		main_ke_nonce(sa, &m, (struct bytes){hs->nr, hs->nr_len});
		auth_of(sa)->ask(sa, &m);
		if (main_nat_d(sa, &m))
			msg4 = msg_clear(&m);
	}
	if (bad || msg4.len == 0 ||
	    !reply_keep(&sa->reply, hs->request, msg4, &sa->flow, sa->natt)) {
		drop(k, bad ? bad : DROP_CRYPTO);
		k->stats.phase1_failed++;
		if (bad == DROP_PSK)
			act_note(k, sa, &sa->flow, NOTE_REFUSED, "no-psk",
				 "no pre-shared key is configured for this peer");
		sa_end(sa, bad == DROP_PSK ? "no-psk" : "internal", false);
		return STEP_GONE;
	}
	act_send(k, sa, &sa->flow, sa->natt, msg4);
	return STEP_NEXT;
}

/* Messages 5 that do not authenticate: some, then no more. */
static enum step count_bad(struct isakmp_sa *sa, const struct flow *flow)
{
	struct ike *k = sa->ike;

	if (sa->hs->bad_msg5 < BAD_MSG5_MAX)
		return STEP_STAY;
	k->stats.phase1_failed++;
	act_note(k, sa, flow, NOTE_END, "ike-auth-failed",
		 "%u messages in a row did not authenticate", sa->hs->bad_msg5);
	sa_end(sa, "ike-auth-failed", false);
	return STEP_GONE;
}

/* One reply whatever is wrong with the message (H-09), in clear because the peer
 * can not read what we would encrypt (security.md 45); it is stored, so that the
 * retransmissions of a client with the wrong key are not looked at again. */
enum step main_bad_msg5(struct isakmp_sa *sa, struct event *e, enum ike_drop why)
{
	struct ike *k = sa->ike;
	struct bytes reply;

	drop(k, why);
	drop(k, DROP_AUTH);
	if (++sa->hs->bad_msg5 == 1)
		act_note(k, sa, e->flow, NOTE_REFUSED, auth_of(sa)->mismatch, "%s",
			 auth_of(sa)->client_is_wrong);
	reply = notify_clear(k, sa, e, NOTIFY_AUTHENTICATION_FAILED);
	if (reply.len && reply_keep(&sa->reply, e->msg_hash, reply, e->flow, e->natt))
		act_send(k, sa, e->flow, e->natt, reply);
	return count_bad(sa, e->flow);
}

/* Its certificate or its signature is not good: in signature mode it can read a Notify that is
 * protected, which also tells it why. */
enum step main_refuse_msg5(struct isakmp_sa *sa, struct event *e)
{
	const struct arrival *a = &sa->hs->arrival;
	const struct proof *f = rsa_refused(sa, e);
	struct bytes reply = rsa_tell_refusal(sa, f->notify);

	if (reply.len)
		reply_keep(&sa->reply, a->request, reply, &a->flow, a->natt);
	sa->hs->bad_msg5++;
	return count_bad(sa, &a->flow) == STEP_GONE ? STEP_GONE : STEP_NEXT;
}

static struct bytes build_msg6(struct isakmp_sa *sa, struct bytes signature)
{
	struct ike *k = sa->ike;
	uint8_t id[OWN_ID_MAX];
	struct isakmp_header h;
	struct msg m;

	sa_header(sa, EXCHANGE_MAIN, 0, &h);
	msg_begin(&m, k->build, IKE_MESSAGE_MAX, &h);
	msg_add(&m, PAYLOAD_ID, auth_own_id(sa, id));
	if (!auth_of(sa)->write(sa, &m, signature))
		return (struct bytes){NULL, 0};
	return msg_encrypt(&m, &sa->key, sa->iv);
}

bool main_initial_contact(const struct event *e)
{
	struct notify n;

	for (const struct payload *p = payload_first(e->p, KIND_NOTIFY); p;
	     p = payload_next(e->p, p))
		if (notify_parse(p->body, &n) && n.type == NOTIFY_INITIAL_CONTACT)
			return true;
	return false;
}

static enum step fail_msg6(struct isakmp_sa *sa)
{
	drop(sa->ike, DROP_CRYPTO);
	sa_end(sa, "internal", false);
	return STEP_GONE;
}

/* Message 5 is believed, and what it needs to be answered is there. */
enum step main_send_msg6(struct isakmp_sa *sa, struct event *e)
{
	const struct arrival a = sa->hs->arrival;
	struct bytes msg6 = build_msg6(sa, e->signature);

	if (msg6.len == 0 || !reply_keep(&sa->reply, a.request, msg6, &a.flow, a.natt))
		return fail_msg6(sa);
	act_send(sa->ike, sa, &a.flow, a.natt, msg6);
	if (!sa_activate(sa, e->now_ms))
		return STEP_GONE;
	if (a.contact)
		peer_initial_contact(sa);
	return STEP_NEXT;
}

static enum step answer_msg5(struct isakmp_sa *sa, struct event *e)
{
	const struct arrival *a = &sa->hs->arrival;

	memcpy(sa->iv, a->next_iv, IKE_BLOCK);
	/* RFC 3947 4: message 5 may come from port 4500 and, through a NAT, from anywhere */
	sa->flow = a->flow;
	sa->natt = a->natt;
	switch (auth_of(sa)->prove(sa)) {
	case AUTH_GOOD:
		return main_send_msg6(sa, e);
	case AUTH_LATER:
		sa->state = MM_SIGN_MSG6;
		return STEP_STAY;
	default:
		return fail_msg6(sa);
	}
}

/* Is there room for one more that is authenticated? */
static bool has_room(struct isakmp_sa *sa)
{
	struct ike *k = sa->ike;

	if (k->stats.established < k->cfg.sa_max)
		return true;
	drop(k, DROP_SA_TABLE);
	return false;
}

enum step main_checked_msg5(struct isakmp_sa *sa, struct event *e)
{
	if (!has_room(sa)) {
		sa->state = MM_WAIT_MSG5; /* it comes again */
		return STEP_STAY;
	}
	rsa_proved(sa, e);
	return answer_msg5(sa, e);
}

enum step main_recv_msg5(struct isakmp_sa *sa, struct event *e)
{
	if (!main_take_id(sa, e))
		return main_bad_msg5(sa, e, DROP_ID);
	main_arrive(sa, e);
	auth_of(sa)->asked(sa, e);
	switch (auth_check(sa, e, payload_first(e->p, KIND_ID)->body)) {
	case AUTH_GOOD:
		return has_room(sa) ? answer_msg5(sa, e) : STEP_STAY;
	case AUTH_LATER:
		sa->state = MM_CHK_MSG5;
		return STEP_STAY;
	default:
		return main_bad_msg5(sa, e, DROP_HASH);
	}
}
