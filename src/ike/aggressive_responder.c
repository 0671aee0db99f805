/*
 * aggressive_responder: Aggressive Mode, answering side (RFC 2409 5.1, 5.4, RFC 3947 3 and 4):
 * AM1 to a DH job, the finished job to AM2 (with signatures by way of our own), AM3 (encrypted
 * or not, on either port) to an active SA (with signatures by way of a check). Called by ike.c
 * (first message) and exchange.c.
 *
 * A stranger gets a Diffie-Hellman sum and HASH_R for one message, so: off unless configured;
 * few a second, of one network and in all; a share of the half-open limits and of the DH
 * budget, so that Main Mode always has the rest; nothing is evicted for it; an answer that is
 * longer than the request leaves as rarely as an unprotected Notify does (H-03). What an
 * unknown identity gets looks like what a known one gets (H-09).
 */
#include "aggressive.h"
#include "psk.h"
#include "quirk.h"
#include "rsa.h"

#define FIRST_PER_SECOND         50
#define FIRST_PER_NET_PER_SECOND 4
#define REFUSALS_NOTED           2 /* a second */
#define SHARE                    4 /* of half-open places of a source, and of sums out */
#define HALF_OPEN_SHARE          8 /* of half-open places in all */

/* Somebody may be waiting in front of a client that says nothing but "no response". */
static void refuse_off(struct ike *k, const struct event *e)
{
	struct bytes body = {e->msg.p + ISAKMP_HEADER_LEN, e->h->length - ISAKMP_HEADER_LEN};
	const struct payload *x;
	struct payloads p;
	struct ike_id id;
	char words[64];

	drop(k, DROP_AM_OFF);
	if (!bucket_take(&k->am_refusals, e->now_ms, REFUSALS_NOTED) ||
	    payloads_parse(e->h->next, body, false, &p) || !(x = payload_first(&p, KIND_ID)) ||
	    !id_parse(x->body, &id))
		return;
	act_note(k, NULL, e->flow, NOTE_REFUSED, "aggressive-mode-off",
		 "the client wants Aggressive Mode, as %s; it is off here: leave the group name "
		 "(identifier) empty on the client, or switch it on with `no crypto ikev1 "
		 "am-disable`",
		 id_words(&id, words, sizeof(words)));
}

/* The limits that are narrower than those of Main Mode. */
static enum ike_drop admit(struct ike *k, const struct event *e)
{
	unsigned of_source = k->cfg.half_open_per_source_max / SHARE;

	if (k->n_aggressive > k->cfg.half_open_max / HALF_OPEN_SHARE || !k->n_free_handshakes)
		return DROP_HALF_OPEN;
	if (sa_half_open_of(k, e->flow) > of_source)
		return DROP_SOURCE;
	if (k->dh_strangers > k->cfg.dh_jobs_max / SHARE)
		return DROP_DH_BUDGET;
	if (!bucket_take_net(k, &k->am_by_net, e->flow, e->now_ms, FIRST_PER_NET_PER_SECOND) ||
	    !bucket_take(&k->am_all, e->now_ms, FIRST_PER_SECOND))
		return DROP_AM_RATE;
	return DROP_NONE;
}

static enum ike_drop read_first(struct event *e, struct payloads *p, struct offers *offers,
				struct ike_id *id)
{
	static const unsigned all =
		KIND_BIT(KIND_SA) | KIND_BIT(KIND_KE) | KIND_BIT(KIND_NONCE) | KIND_BIT(KIND_ID);
	struct bytes body = {e->msg.p + ISAKMP_HEADER_LEN, e->h->length - ISAKMP_HEADER_LEN};
	enum ike_drop bad = payloads_parse(e->h->next, body, false, p);

	e->p = p;
	if (!bad)
		bad = payloads_require(p, all, all);
	if (!bad)
		bad = offers_parse(payload_first(p, KIND_SA)->body, PHASE_1, offers);
	if (!bad && !rsa_id_parse(payload_first(p, KIND_ID)->body, id))
		bad = DROP_ID;
	if (!bad)
		aggressive_one_group(offers);
	return bad;
}

/* Everything of AM1 is taken over and the sum is on its way. */
static void begin(struct isakmp_sa *sa, struct event *e, const struct offers *offers,
		  const struct offer *o, const struct ike_policy *chosen)
{
	struct ike *k = sa->ike;
	struct handshake *hs = sa->hs;
	const struct bytes nonce = payload_first(e->p, KIND_NONCE)->body;
	char words[64];

	main_take_vendors(sa, e, offers);
	main_set_suite(sa, chosen);
	hs->offered_life_s = o->life_s;
	sa->natt = e->natt;
	sa->state = AM_BLD_MSG2;
	hs->proposal = o->proposal;
	hs->raw_len = (uint8_t)o->raw.len;
	memcpy(hs->raw, o->raw.p, o->raw.len);
	memcpy(hs->ni, nonce.p, nonce.len);
	hs->ni_len = (uint16_t)nonce.len;
	k->cfg.host.random(k->cfg.host.ctx, hs->nr, IKE_OUR_NONCE);
	hs->nr_len = IKE_OUR_NONCE;
	hs->request = e->msg_hash;
	hs->request_len = (uint16_t)e->h->length;
	hs->dh_out = true;
	sa_arm(sa, e->now_ms + k->cfg.half_open_ms);
	auth_of(sa)->asked(sa, e);
	act_note(k, sa, e->flow, NOTE_INFO, "aggressive-mode",
		 "the client uses Aggressive Mode, as %s: who sees this exchange %s",
		 id_words(&sa->peer_id, words, sizeof(words)),
		 chosen->auth == IKE_AUTH_PSK ? "can guess the pre-shared key offline"
					      : "knows who it is");
	main_note_offer(sa, e, offers);
	act_dh(k, sa, hs->dh, true);
}

/* The same message again: nothing is computed twice. */
static void again(struct isakmp_sa *sa, struct event *e)
{
	if (sa->reply.request == e->msg_hash)
		sa_duplicate(sa, e);
	else
		drop(sa->ike,
		     sa->hs && sa->hs->request == e->msg_hash ? DROP_BUSY : DROP_DUPLICATE);
}

/* With signatures HASH_I is needed over an ID body of any length; else struct ike_id is it. */
static bool keep_id(struct isakmp_sa *sa, const struct ike_policy *chosen, struct bytes body)
{
	struct ike_id id;

	return chosen->auth == IKE_AUTH_RSA ? rsa_keep_id(sa, body) : id_parse(body, &id);
}

void aggressive_first(struct ike *k, struct event *e)
{
	struct isakmp_sa *sa = sa_by_mm1(k, e->h->cky_i, e->flow);
	struct ike_policy chosen;
	struct offers offers;
	struct payloads p;
	struct ike_id id;
	const struct offer *o = NULL;
	struct bytes ke;
	enum ike_drop bad;

	if (sa || !k->cfg.aggressive) {
		if (sa)
			again(sa, e);
		else
			refuse_off(k, e);
		return;
	}
	bad = read_first(e, &p, &offers, &id);
	if (!bad && !(o = policy_choose(&k->policies, &offers, &chosen))) {
		main_refuse_proposal(k, e, &offers);
		return;
	}
	if (!bad)
		bad = admit(k, e);
	ke = o ? payload_first(&p, KIND_KE)->body : (struct bytes){NULL, 0};
	if (!bad && ke.len != prim_dh_public_len(chosen.group))
		bad = DROP_KE;
	if (!bad)
		bad = dh_budget_take(k, e->flow, chosen.group, e->now_ms);
	if (bad) {
		drop(k, bad);
		return;
	}
	sa = main_accept(k, e, payload_first(&p, KIND_SA)->body);
	if (!sa)
		return;
	sa->aggressive = true;
	sa->dh_owed = (uint8_t)chosen.group;
	k->n_aggressive++;
	sa->peer_id = id;
	sa->hs->dh = dh_job_new(chosen.group, DH_BOTH, ke);
	if (sa->hs->dh && keep_id(sa, &chosen, payload_first(&p, KIND_ID)->body)) {
		begin(sa, e, &offers, o, &chosen);
		return;
	}
	drop(k, DROP_MEMORY);
	sa_end(sa, "memory", false);
}

static struct bytes build_msg2(struct isakmp_sa *sa, struct bytes signature, bool extras)
{
	struct ike *k = sa->ike;
	struct handshake *hs = sa->hs;
	uint8_t id[OWN_ID_MAX];
	struct isakmp_header h;
	struct msg m;

	sa_header(sa, EXCHANGE_AGGRESSIVE, 0, &h);
	msg_begin(&m, k->build, IKE_MESSAGE_MAX, &h);
	offer_echo(msg_open(&m, PAYLOAD_SA), hs->proposal, PROTO_ISAKMP, (struct bytes){NULL, 0},
		   (struct bytes){hs->raw, hs->raw_len});
	msg_close(&m);
	main_ke_nonce(sa, &m, (struct bytes){hs->nr, hs->nr_len});
	msg_add(&m, PAYLOAD_ID, auth_own_id(sa, id));
	if (!auth_of(sa)->write(sa, &m, signature))
		return (struct bytes){NULL, 0};
	auth_of(sa)->ask(sa, &m);
	main_vendors(sa, &m, extras);
	if (!main_nat_d(sa, &m))
		return (struct bytes){NULL, 0};
	return msg_clear(&m);
}

/* Not longer than message 1 where that can be; else as rarely as what nobody asked for. */
static enum ike_drop fit_msg2(struct isakmp_sa *sa, const struct event *e, struct bytes *msg2)
{
	*msg2 = build_msg2(sa, e->signature, true);
	if (msg2->len > sa->hs->request_len)
		*msg2 = build_msg2(sa, e->signature, false);
	if (msg2->len == 0)
		return DROP_CRYPTO;
	return msg2->len <= sa->hs->request_len || notify_allowed(sa->ike, &sa->flow, e->now_ms)
		       ? DROP_NONE
		       : DROP_AM_LONG;
}

static enum step fail(struct isakmp_sa *sa, enum ike_drop why, const char *reason)
{
	drop(sa->ike, why);
	sa->ike->stats.phase1_failed++;
	sa_end(sa, reason, false);
	return STEP_GONE;
}

enum step aggressive_signed_msg2(struct isakmp_sa *sa, struct event *e)
{
	struct bytes msg2 = {NULL, 0};
	enum ike_drop bad = fit_msg2(sa, e, &msg2);

	if (!bad && !reply_keep(&sa->reply, sa->hs->request, msg2, &sa->flow, sa->natt))
		bad = DROP_MEMORY;
	if (bad)
		return fail(sa, bad, "internal");
	act_send(sa->ike, sa, &sa->flow, sa->natt, msg2);
	return STEP_NEXT;
}

enum step aggressive_send_msg2(struct isakmp_sa *sa, struct event *e)
{
	struct ike *k = sa->ike;
	enum ike_drop bad = auth_of(sa)->keys(sa);
	char words[64];

	if (bad == DROP_PSK) {
		drop(k, bad);
		act_note(k, sa, &sa->flow, NOTE_REFUSED, "no-psk",
			 "no pre-shared key is configured for %s, nor for DefaultRAGroup",
			 id_words(&sa->peer_id, words, sizeof(words)));
		bad = psk_keys_of_nobody(sa);
	}
	if (bad)
		return fail(sa, bad, "internal");
	switch (auth_of(sa)->prove(sa)) {
	case AUTH_GOOD:
		return aggressive_signed_msg2(sa, e);
	case AUTH_LATER:
		sa->state = AM_SIGN_MSG2;
		return STEP_STAY;
	default:
		return fail(sa, DROP_CRYPTO, "internal");
	}
}

/* A client that has moved to port 4500 may have hashed the ports of message 1 all the same. */
static enum ike_drop take_nat_d(struct isakmp_sa *sa, const struct event *e)
{
	enum ike_drop bad = main_take_nat_d(sa, e);
	bool peer = sa->peer_behind_nat, we = sa->we_behind_nat;
	struct event first = *e;

	if (bad || !sa->nat_checked || (!peer && !we))
		return bad;
	first.flow = &sa->flow;
	bad = main_take_nat_d(sa, &first);
	sa->peer_behind_nat = sa->peer_behind_nat && peer;
	sa->we_behind_nat = sa->we_behind_nat && we;
	return bad;
}

enum step aggressive_checked_msg3(struct isakmp_sa *sa, struct event *e)
{
	const struct arrival a = sa->hs->arrival;
	struct ike *k = sa->ike;

	if (k->stats.established >= k->cfg.sa_max) {
		drop(k, DROP_SA_TABLE);
		sa->state = AM_WAIT_MSG3; /* it comes again */
		return STEP_STAY;
	}
	rsa_proved(sa, e);
	memcpy(sa->iv, a.next_iv, IKE_BLOCK);
	/* RFC 3947 4: message 3 may come from port 4500 and, through a NAT, from anywhere */
	sa->flow = a.flow;
	sa->natt = a.natt;
	reply_drop(&sa->reply);
	if (!sa_activate(sa, e->now_ms))
		return STEP_GONE;
	if (a.contact)
		peer_initial_contact(sa);
	return STEP_NEXT;
}

/* The ID body of message 1. */
static struct bytes first_id(const struct isakmp_sa *sa, uint8_t buf[AGGRESSIVE_ID_MAX])
{
	const struct rsa_half *r = sa->hs->rsa;

	return r && r->id_body ? (struct bytes){r->id_body, r->id_body_len}
			       : aggressive_id_body(&sa->peer_id, buf);
}

enum step aggressive_recv_msg3(struct isakmp_sa *sa, struct event *e)
{
	struct arrival *a = &sa->hs->arrival;
	uint8_t id[AGGRESSIVE_ID_MAX];
	enum auth_step step;
	enum ike_drop bad;

	main_arrive(sa, e);
	/* HASH_I does not cover it: in a message in clear anybody may have put it there (H-10) */
	if (!(e->h->flags & FLAG_ENCRYPTION)) {
		a->contact = false;
		memcpy(a->next_iv, sa->iv, IKE_BLOCK);
	}
	step = auth_check(sa, e, first_id(sa, id));
	if (step == AUTH_BAD)
		return main_bad_msg5(sa, e, DROP_HASH);
	bad = take_nat_d(sa, e);
	if (bad)
		return fail(sa, bad, "internal");
	main_nat_note(sa, e);
	if (step == AUTH_GOOD)
		return aggressive_checked_msg3(sa, e);
	sa->state = AM_CHK_MSG3;
	return STEP_STAY;
}

enum step aggressive_msg2_again(struct isakmp_sa *sa, struct event *e)
{
	struct ike *k = sa->ike;
	struct reply *r = &sa->reply;

	drop(k, DROP_STATE);
	if (!ip_addr_eq(&r->flow.remote.addr, &e->flow->remote.addr) ||
	    !reply_may_repeat(r, &r->flow, e->now_ms))
		return STEP_STAY;
	k->stats.replies_repeated++;
	act_send(k, sa, &r->flow, r->natt, (struct bytes){r->bytes, r->len});
	act_note(k, sa, e->flow, NOTE_RETRY, "aggressive-message-3-lost",
		 "the client is in Quick Mode already, so its message 3 was lost: message 2 is "
		 "sent again");
	return STEP_STAY;
}
