/*
 * aggressive_initiator: Aggressive Mode, calling side (RFC 2409 5.1, 5.4, RFC 3947 3 and 4): a
 * DH job, AM1, AM2 to the second half of the job (with signatures to a check of the server's and
 * one of our own), AM3 on port 4500 where a NAT was found; then Quick Mode. Called by
 * main_initiator.c (main_initiate) and exchange.c. AM3 is kept: a responder that has not got it
 * sends AM2 again.
 */
#include "aggressive.h"
#include "profile.h"
#include "rsa.h"

static unsigned first_group(const struct ike *k)
{
	return k->cfg.profile ? k->cfg.profile->suites[0].group : k->policies.of[0].group;
}

static enum ike_auth first_auth(const struct ike *k)
{
	if (k->cfg.profile)
		return k->cfg.profile->auth ? k->cfg.profile->auth : IKE_AUTH_PSK;
	return k->policies.of[0].auth;
}

bool aggressive_start(struct isakmp_sa *sa, uint64_t now_ms)
{
	struct ike *k = sa->ike;

	sa->aggressive = true;
	/* message 1 has our identity, so it has one method, that of the first suite */
	sa->policy.auth = first_auth(k);
	sa->hs->dh = dh_job_new(first_group(k), DH_GENERATE, (struct bytes){NULL, 0});
	if (!sa->hs->dh)
		return false;
	sa->state = AM_BLD_MSG1;
	sa->hs->dh_out = true;
	sa_arm(sa, now_ms + k->cfg.half_open_ms);
	act_dh(k, sa, sa->hs->dh, false);
	return true;
}

/* The suites of a client system as far as they have the group of the first, as Apple does it. */
static void offer_profile(struct wr *w, const struct ike_profile *profile)
{
	struct ike_profile one = *profile;

	one.n_suites = 0;
	while (one.n_suites < profile->n_suites &&
	       profile->suites[one.n_suites].group == profile->suites[0].group)
		one.n_suites++;
	profile_write_sa(w, &one);
}

/* The policies of the first one's group and method, for KE and ID are of those. */
static void offer_one_group(struct wr *w, const struct ike *k)
{
	struct ike_policy of[UINT8_MAX];
	struct policies some = {0, of};

	if (k->cfg.profile) {
		offer_profile(w, k->cfg.profile);
		return;
	}
	for (size_t i = 0; i < k->policies.n && some.n < UINT8_MAX; i++)
		if (k->policies.of[i].group == k->policies.of[0].group &&
		    k->policies.of[i].auth == k->policies.of[0].auth)
			of[some.n++] = k->policies.of[i];
	policies_offer(w, &some);
}

static struct bytes build_msg1(struct isakmp_sa *sa)
{
	struct ike *k = sa->ike;
	struct handshake *hs = sa->hs;
	uint8_t id[OWN_ID_MAX];
	struct isakmp_header h;
	struct msg m;
	size_t at;

	sa_header(sa, EXCHANGE_AGGRESSIVE, 0, &h);
	msg_begin(&m, k->build, IKE_MESSAGE_MAX, &h);
	msg_open(&m, PAYLOAD_SA);
	at = m.w.len;
	offer_one_group(&m.w, k);
	if (!wr_ok(&m.w) || !sa_keep_sai(sa, (struct bytes){k->build + at, m.w.len - at}))
		return (struct bytes){NULL, 0};
	msg_close(&m);
	main_ke_nonce(sa, &m, (struct bytes){hs->ni, hs->ni_len});
	msg_add(&m, PAYLOAD_ID, auth_own_id(sa, id));
	auth_of(sa)->ask(sa, &m);
	main_announce(k, &m);
	return msg_clear(&m);
}

enum step aggressive_send_msg1(struct isakmp_sa *sa, struct event *e)
{
	struct ike *k = sa->ike;
	struct handshake *hs = sa->hs;
	char words[LIST_WORDS];

	k->cfg.host.random(k->cfg.host.ctx, hs->ni, IKE_OUR_NONCE);
	hs->ni_len = profile_nonce_len(k->cfg.profile);
	if (!main_send_and_keep(sa, 0, build_msg1(sa), e->now_ms))
		return main_give_up(sa, "internal");
	act_note(k, sa, &sa->flow, NOTE_INFO, "ike-offer", "Aggressive Mode: we offer %s",
		 policies_words(&k->policies, words, sizeof(words)));
	return STEP_NEXT;
}

enum step aggressive_recv_msg2(struct isakmp_sa *sa, struct event *e)
{
	struct ike *k = sa->ike;
	struct handshake *hs = sa->hs;
	const struct bytes id_body = payload_first(e->p, KIND_ID)->body;
	struct ike_policy chosen;
	enum ike_drop bad = main_read_answer(k, e, &chosen);

	if (!bad && (chosen.group != hs->dh->group || chosen.auth != sa->policy.auth))
		bad = DROP_PROPOSAL;
	if (!bad && !main_take_id(sa, e))
		bad = DROP_ID;
	if (!bad && !dh_job_set_theirs(hs->dh, payload_first(e->p, KIND_KE)->body))
		bad = DROP_KE;
	if (bad) {
		drop(k, bad);
		return STEP_STAY;
	}
	main_take_answer(sa, e, &chosen);
	bad = main_take_ke_nonce(sa, e);
	if (bad) {
		drop(k, bad);
		return main_give_up(sa, "internal");
	}
	main_nat_note(sa, e);
	auth_of(sa)->asked(sa, e);
	if (!auth_of(sa)->keep(sa, e, id_body))
		return main_give_up(sa, "memory");
	hs->dh_out = true;
	hs->dh->sum = DH_DERIVE;
	act_dh(k, sa, hs->dh, false);
	return STEP_NEXT;
}

static struct bytes build_msg3(struct isakmp_sa *sa, struct bytes signature)
{
	struct ike *k = sa->ike;
	struct isakmp_header h;
	struct msg m;

	sa_header(sa, EXCHANGE_AGGRESSIVE, 0, &h);
	msg_begin(&m, k->build, IKE_MESSAGE_MAX, &h);
	if (!auth_of(sa)->write(sa, &m, signature) || !main_nat_d(sa, &m))
		return (struct bytes){NULL, 0};
	if (main_says_contact(sa, IKE_CONTACT_IN_MSG5))
		main_add_contact(sa, &m);
	main_float(sa);
	return sa->peer->dial.clear_msg3 ? msg_clear(&m) : msg_encrypt(&m, &sa->key, sa->iv);
}

enum step aggressive_signed_msg3(struct isakmp_sa *sa, struct event *e)
{
	struct bytes msg3 = build_msg3(sa, e->signature);
	bool contact;

	if (!main_send_and_keep(sa, sa->hs->request, msg3, e->now_ms))
		return main_give_up(sa, "internal");
	contact = main_says_contact(sa, IKE_CONTACT_INFORMATIONAL);
	if (!sa_activate(sa, e->now_ms))
		return STEP_GONE;
	if (contact)
		main_send_contact(sa);
	if (sa->peer->n_children == 0)
		quick_initiate(sa, e->now_ms);
	return STEP_NEXT;
}

enum step aggressive_checked_msg2(struct isakmp_sa *sa, struct event *e)
{
	rsa_proved(sa, e);
	switch (auth_of(sa)->prove(sa)) {
	case AUTH_GOOD:
		return aggressive_signed_msg3(sa, e);
	case AUTH_LATER:
		sa->state = AM_SIGN_MSG3;
		return STEP_STAY;
	default:
		return main_give_up(sa, "internal");
	}
}

/* The server has keys, too, and hears why nothing comes of it. */
enum step aggressive_refuse_msg2(struct isakmp_sa *sa, struct event *e)
{
	const struct proof *f = rsa_refused(sa, e);
	const char *reason = f->reason;

	sa->hs->arrival = (struct arrival){.flow = sa->flow, .natt = sa->natt};
	memcpy(sa->hs->arrival.next_iv, sa->iv, IKE_BLOCK);
	rsa_tell_refusal(sa, f->notify);
	return main_give_up(sa, reason);
}

enum step aggressive_send_msg3(struct isakmp_sa *sa, struct event *e)
{
	enum ike_drop bad = auth_of(sa)->keys(sa);
	uint8_t id[AGGRESSIVE_ID_MAX];

	if (bad)
		return main_keys_failed(sa, bad);
	switch (auth_of(sa)->check(sa, aggressive_id_body(&sa->peer_id, id))) {
	case AUTH_GOOD:
		return aggressive_checked_msg2(sa, e);
	case AUTH_LATER:
		sa->state = AM_CHK_MSG2;
		return STEP_STAY;
	default:
		break;
	}
	drop(sa->ike, DROP_HASH);
	act_note(sa->ike, sa, &sa->flow, NOTE_REFUSED, auth_of(sa)->mismatch, "%s",
		 auth_of(sa)->server_is_wrong);
	return main_give_up(sa, auth_of(sa)->failed);
}
