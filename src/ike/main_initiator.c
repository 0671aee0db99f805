/*
 * main_initiator: Main Mode, calling side (RFC 2409 5.1, 5.4, RFC 3947): MM1, MM2 to a DH
 * job, MM3, MM4 to the second half of the job, MM5 on port 4500 where a NAT was found, MM6;
 * with signatures our own before MM5 and a check of the server's behind MM6; then
 * Quick Mode. Called by ike.c
 * (ike_initiate) and exchange.c. An unprotected Notify only hints (H-11).
 */
#include "exchange.h"
#include "profile.h"
#include "quirk.h"
#include "rsa.h"

#define NATT_PORT    4500
#define HINTED_TRIES 3

bool main_send_and_keep(struct isakmp_sa *sa, uint64_t request, struct bytes msg, uint64_t now_ms)
{
	struct ike *k = sa->ike;

	if (msg.len == 0 || !reply_keep(&sa->reply, request, msg, &sa->flow, sa->natt)) {
		drop(k, DROP_CRYPTO);
		return false;
	}
	sa->tries = 1;
	sa_arm(sa, now_ms + profile_resend_ms(k->cfg.profile, k->cfg.retransmit_ms, 1));
	act_send(k, sa, &sa->flow, sa->natt, msg);
	return true;
}

enum step main_give_up(struct isakmp_sa *sa, const char *reason)
{
	sa->ike->stats.phase1_failed++;
	sa_end(sa, reason, true);
	return STEP_GONE;
}

void main_announce(struct ike *k, struct msg *m)
{
	if (k->cfg.profile) {
		profile_add_vendors(m, k->cfg.profile->vendors, &k->cfg.host);
		return;
	}
	if (k->cfg.natt)
		msg_add(m, PAYLOAD_VENDOR_ID, vendor_bytes(natt_vendor(k->cfg.natt_version)));
	if (k->cfg.fragment_mtu)
		msg_add(m, PAYLOAD_VENDOR_ID, vendor_bytes(VENDOR_FRAGMENTATION_80));
	msg_add(m, PAYLOAD_VENDOR_ID, vendor_bytes(VENDOR_DPD));
}

/* All of ours at first; a renewal offers what is in use, for no longer than that has: a peer
 * may keep to its own limit without a word. */
static struct policies to_offer(const struct isakmp_sa *sa)
{
	struct isakmp_sa *in_use = peer_speaker(sa->peer);

	return in_use ? (struct policies){1, &in_use->policy} : sa->ike->policies;
}

static struct bytes build_msg1(struct isakmp_sa *sa)
{
	const struct policies ours = to_offer(sa);
	struct ike *k = sa->ike;
	struct isakmp_header h;
	struct msg m;
	size_t at;

	sa_header(sa, EXCHANGE_MAIN, 0, &h);
	msg_begin(&m, k->build, IKE_MESSAGE_MAX, &h);
	msg_open(&m, PAYLOAD_SA);
	at = m.w.len;
	if (k->cfg.profile)
		profile_write_sa(&m.w, k->cfg.profile);
	else
		policies_offer(&m.w, &ours);
	if (!wr_ok(&m.w) || !sa_keep_sai(sa, (struct bytes){k->build + at, m.w.len - at}))
		return (struct bytes){NULL, 0};
	msg_close(&m);
	main_announce(k, &m);
	return msg_clear(&m);
}

static bool main_start(struct isakmp_sa *sa, uint64_t now_ms)
{
	struct ike *k = sa->ike;
	char words[LIST_WORDS];

	sa->state = MM_WAIT_MSG2;
	if (!main_send_and_keep(sa, 0, build_msg1(sa), now_ms))
		return false;
	act_note(k, sa, &sa->flow, NOTE_INFO, "ike-offer", "we offer %s",
		 policies_words(&k->policies, words, sizeof(words)));
	return true;
}

ike_sa_id main_initiate(struct peer *p, uint64_t now_ms)
{
	struct ike *k = p->ike;
	struct isakmp_sa *sa = NULL;

	if (k->stats.established < k->cfg.sa_max)
		sa = sa_new(k, IKE_INITIATOR, &p->flow, now_ms);
	if (!sa)
		return 0;
	sa->natt = p->natt;
	sa->quirk = peer_quirk(p);
	peer_take_sa(p, sa);
	while (cookie_zero(sa->cky_i))
		k->cfg.host.random(k->cfg.host.ctx, sa->cky_i, ISAKMP_COOKIE_LEN);
	sa_index_own(sa);
	if (p->dial.aggressive ? !aggressive_start(sa, now_ms) : !main_start(sa, now_ms)) {
		sa_end(sa, "memory", false);
		return 0;
	}
	return sa->id;
}

ike_peer_id ike_initiate(struct ike *k, uint64_t now_ms, const struct ike_dial *d)
{
	struct peer *p = act_room(k) ? peer_new(k, &d->flow) : NULL;

	if (!p)
		return 0;
	p->dial = *d;
	if (main_initiate(p, now_ms))
		return p->id;
	peer_end(p, "no-resources", false);
	return 0;
}

static bool same_transform(const struct ike_policy *p, const struct offers *answer,
			   struct ike_policy *chosen)
{
	struct ike_policy one = *p;
	const struct policies just = {1, &one};

	return answer->n == 1 && policy_choose(&just, answer, chosen) != NULL;
}

enum ike_drop main_read_answer(struct ike *k, const struct event *e, struct ike_policy *chosen)
{
	struct offers answer;
	size_t i = 0;

	if (cookie_zero(e->h->cky_r) ||
	    offers_parse(payload_first(e->p, KIND_SA)->body, PHASE_1, &answer))
		return DROP_SA_BODY;
	while (i < k->policies.n && !same_transform(&k->policies.of[i], &answer, chosen))
		i++;
	return i == k->policies.n ? DROP_PROPOSAL : DROP_NONE;
}

void main_take_answer(struct isakmp_sa *sa, const struct event *e, const struct ike_policy *chosen)
{
	char suite[SUITE_WORDS];

	main_set_suite(sa, chosen);
	memcpy(sa->cky_r, e->h->cky_r, ISAKMP_COOKIE_LEN);
	main_take_vendors(sa, e, NULL);
	sa->hs->hint = NULL;
	sa->hs->request = e->msg_hash;
	act_note(sa->ike, sa, e->flow, NOTE_CHOICE, "ike-policy",
		 "the server chose %s, lifetime %u s", policy_words(chosen, suite, sizeof(suite)),
		 chosen->life_s);
}

enum step main_recv_msg2(struct isakmp_sa *sa, struct event *e)
{
	struct ike *k = sa->ike;
	struct ike_policy chosen;
	enum ike_drop bad = main_read_answer(k, e, &chosen);

	if (!bad) {
		sa->hs->dh = dh_job_new(chosen.group, DH_GENERATE, (struct bytes){NULL, 0});
		bad = sa->hs->dh ? DROP_NONE : DROP_MEMORY;
	}
	if (bad) {
		drop(k, bad);
		return STEP_STAY;
	}
	main_take_answer(sa, e, &chosen);
	sa->hs->dh_out = true;
	act_dh(k, sa, sa->hs->dh, false);
	return STEP_NEXT;
}

enum step main_send_msg3(struct isakmp_sa *sa, struct event *e)
{
	struct ike *k = sa->ike;
	struct handshake *hs = sa->hs;
	struct isakmp_header h;
	struct msg m;

	hs->ni_len = profile_nonce_len(k->cfg.profile);
	k->cfg.host.random(k->cfg.host.ctx, hs->ni, hs->ni_len);
	sa_header(sa, EXCHANGE_MAIN, 0, &h);
	msg_begin(&m, k->build, IKE_MESSAGE_MAX, &h);
	main_ke_nonce(sa, &m, (struct bytes){hs->ni, hs->ni_len});
	auth_of(sa)->ask(sa, &m);
	if (k->cfg.profile)
		profile_add_vendors(&m, k->cfg.profile->vendors_msg3, &k->cfg.host);
	if (!main_nat_d(sa, &m) || !main_send_and_keep(sa, hs->request, msg_clear(&m), e->now_ms))
		return main_give_up(sa, "internal");
	return STEP_NEXT;
}

enum step main_recv_msg4(struct isakmp_sa *sa, struct event *e)
{
	struct ike *k = sa->ike;
	struct handshake *hs = sa->hs;
	enum ike_drop bad = main_take_ke_nonce(sa, e);

	if (!bad && !dh_job_set_theirs(hs->dh, payload_first(e->p, KIND_KE)->body))
		bad = DROP_KE;
	if (bad) {
		drop(k, bad);
		return STEP_STAY;
	}
	main_nat_note(sa, e);
	if (k->cfg.natt_shy && sa->peer_behind_nat) {
		act_note(k, sa, e->flow, NOTE_REFUSED, "server-behind-nat",
			 "the server looks translated: Windows does not go on from here");
		return main_give_up(sa, "server-behind-nat");
	}
	auth_of(sa)->asked(sa, e);
	hs->request = e->msg_hash;
	hs->dh_out = true;
	hs->dh->sum = DH_DERIVE;
	act_dh(k, sa, hs->dh, false);
	return STEP_NEXT;
}

void main_float(struct isakmp_sa *sa)
{
	/* a renewal has begun on 4500, or where a NAT put the peer */
	if (sa->natt || !sa->nat_checked || !sa->variant->floats ||
	    (!sa->peer_behind_nat && !sa->we_behind_nat && !sa->ike->cfg.force_encap))
		return;
	sa->natt = true;
	sa->flow.remote.port = NATT_PORT;
}

/* RFC 2407 4.6.3.3, where and when the client system says it: not on a renewal. */
bool main_says_contact(const struct isakmp_sa *sa, enum ike_profile_contact how)
{
	const struct ike_profile *p = sa->ike->cfg.profile;

	return p && p->contact == how && !sa->peer->up;
}

void main_add_contact(const struct isakmp_sa *sa, struct msg *m)
{
	uint8_t spi[2 * ISAKMP_COOKIE_LEN];

	memcpy(spi, sa->cky_i, ISAKMP_COOKIE_LEN);
	memcpy(spi + ISAKMP_COOKIE_LEN, sa->cky_r, ISAKMP_COOKIE_LEN);
	notify_body(msg_open(m, PAYLOAD_NOTIFY), PROTO_ISAKMP, (struct bytes){spi, sizeof(spi)},
		    NOTIFY_INITIAL_CONTACT, (struct bytes){NULL, 0});
	msg_close(m);
}

void main_send_contact(struct isakmp_sa *sa)
{
	struct info_out o;

	info_begin(sa, &o);
	main_add_contact(sa, &o.m);
	info_send(sa, &o);
}

static struct bytes build_msg5(struct isakmp_sa *sa, struct bytes signature)
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
	if (main_says_contact(sa, IKE_CONTACT_IN_MSG5))
		main_add_contact(sa, &m);
	return msg_encrypt(&m, &sa->key, sa->iv);
}

enum step main_signed_msg5(struct isakmp_sa *sa, struct event *e)
{
	if (!main_send_and_keep(sa, sa->hs->request, build_msg5(sa, e->signature), e->now_ms))
		return main_give_up(sa, "internal");
	return STEP_NEXT;
}

enum step main_keys_failed(struct isakmp_sa *sa, enum ike_drop bad)
{
	drop(sa->ike, bad);
	if (bad != DROP_PSK)
		return main_give_up(sa, "internal");
	act_note(sa->ike, sa, &sa->flow, NOTE_REFUSED, "no-psk",
		 "no pre-shared key is configured for this server");
	return main_give_up(sa, "no-psk");
}

enum step main_send_msg5(struct isakmp_sa *sa, struct event *e)
{
	enum ike_drop bad = auth_of(sa)->keys(sa);

	if (bad)
		return main_keys_failed(sa, bad);
	main_float(sa);
	switch (auth_of(sa)->prove(sa)) {
	case AUTH_GOOD:
		return main_signed_msg5(sa, e);
	case AUTH_LATER:
		sa->state = MM_SIGN_MSG5;
		return STEP_STAY;
	default:
		return main_give_up(sa, "internal");
	}
}

enum step main_checked_msg6(struct isakmp_sa *sa, struct event *e)
{
	const struct arrival *a = &sa->hs->arrival;
	bool contact;

	rsa_proved(sa, e);
	memcpy(sa->iv, a->next_iv, IKE_BLOCK);
	reply_drop(&sa->reply);
	contact = main_says_contact(sa, IKE_CONTACT_INFORMATIONAL);
	if (!sa_activate(sa, e->now_ms))
		return STEP_GONE;
	if (contact)
		main_send_contact(sa);
	if (sa->peer->n_children == 0)
		quick_initiate(sa, e->now_ms);
	return STEP_NEXT;
}

static enum step wrong_msg6(struct isakmp_sa *sa, struct event *e)
{
	const struct authenticator *auth = auth_of(sa);

	drop(sa->ike, DROP_HASH);
	if (!sa->hs->hint)
		act_note(sa->ike, sa, e->flow, NOTE_REFUSED, auth->mismatch, "%s",
			 auth->server_is_wrong);
	sa->hs->hint = auth->failed;
	return STEP_STAY;
}

/* What may have been changed on the way is waited for once more; else the server hears why
 * nothing comes of it, and that we are gone. */
enum step main_refuse_msg6(struct isakmp_sa *sa, struct event *e)
{
	const struct proof *f = rsa_refused(sa, e);
	const char *reason = f->reason;

	if (!f->certain) {
		sa->hs->hint = reason;
		return STEP_NEXT;
	}
	rsa_tell_refusal(sa, f->notify);
	memcpy(sa->iv, sa->hs->arrival.next_iv, IKE_BLOCK);
	delete_send_isakmp(sa);
	return main_give_up(sa, reason);
}

enum step main_recv_msg6(struct isakmp_sa *sa, struct event *e)
{
	if (!main_take_id(sa, e))
		return wrong_msg6(sa, e);
	main_arrive(sa, e);
	switch (auth_check(sa, e, payload_first(e->p, KIND_ID)->body)) {
	case AUTH_GOOD:
		return main_checked_msg6(sa, e);
	case AUTH_LATER:
		sa->state = MM_CHK_MSG6;
		return STEP_STAY;
	default:
		return wrong_msg6(sa, e);
	}
}

/* A refusal that we cannot be sure of: from anybody, or from whoever holds the other end of a
 * Diffie-Hellman exchange that is not authenticated yet. */
static enum step hint(struct isakmp_sa *sa, struct event *e, bool protected)
{
	const struct payload *p = payload_first(e->p, KIND_NOTIFY);
	char name[NOTIFY_WORDS];
	struct notify n;
	bool ours;

	if (!p || !notify_parse(p->body, &n) || n.type > NOTIFY_ERROR_LAST || sa->hs->hint)
		return STEP_STAY;
	ours = sa->state == MM_WAIT_MSG6 || n.type == NOTIFY_AUTHENTICATION_FAILED;
	if (!ours && n.type != NOTIFY_NO_PROPOSAL_CHOSEN)
		return STEP_STAY;
	sa->hs->hint = ours ? auth_of(sa)->refused : "peer-no-proposal";
	notify_words(n.type, name, sizeof(name));
	if (ours)
		act_note(sa->ike, sa, e->flow, NOTE_REFUSED, sa->hs->hint,
			 "the server refuses our authentication (notify %s%s): %s", name,
			 protected ? "" : ", not protected", auth_of(sa)->server_refuses);
	else
		act_note(sa->ike, sa, e->flow, NOTE_REFUSED, sa->hs->hint,
			 "the server accepts none of our suites (notify %s, not protected)", name);
	return STEP_STAY;
}

enum step main_hint(struct isakmp_sa *sa, struct event *e)
{
	drop(sa->ike, DROP_NOTIFY_CLEAR);
	return hint(sa, e, false);
}

enum step main_hint_secret(struct isakmp_sa *sa, struct event *e)
{
	if (!quick_hash_check(sa, e->h->mid, (struct bytes){NULL, 0}, e->p)) {
		drop(sa->ike, DROP_HASH);
		return STEP_STAY;
	}
	return hint(sa, e, true);
}

enum step main_resend(struct isakmp_sa *sa, struct event *e)
{
	struct ike *k = sa->ike;
	bool summing = sa->state == MM_BLD_MSG3 || sa->state == MM_BLD_MSG5 ||
		       sa->state == MM_SIGN_MSG5 || sa->state == MM_CHK_MSG6 ||
		       sa->state == AM_BLD_MSG3 || sa->state == AM_CHK_MSG2 ||
		       sa->state == AM_SIGN_MSG3;
	unsigned tries = profile_tries(k->cfg.profile, INITIATOR_TRIES);

	if (summing) {
		sa_arm(sa, e->now_ms + k->cfg.retransmit_ms);
		return STEP_STAY;
	}
	/* a hint may be forged: a right answer still gets its chance */
	if (sa->tries >= (sa->hs->hint ? HINTED_TRIES : tries)) {
		act_note(k, sa, &sa->flow, NOTE_END, sa->hs->hint ? sa->hs->hint : "timeout",
			 "no valid answer in %s after %u tries", sa_state_name(sa->state),
			 sa->tries);
		return main_give_up(sa, sa->hs->hint ? sa->hs->hint : "timeout");
	}
	sa->tries++;
	sa_arm(sa, e->now_ms + profile_resend_ms(k->cfg.profile, k->cfg.retransmit_ms, sa->tries));
	act_send(k, sa, &sa->flow, sa->natt, (struct bytes){sa->reply.bytes, sa->reply.len});
	act_note(k, sa, &sa->flow, NOTE_RETRY, "ike-resend", "no answer in %s: try %u",
		 sa_state_name(sa->state), sa->tries);
	return STEP_STAY;
}
