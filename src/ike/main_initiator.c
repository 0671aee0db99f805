/*
 * main_initiator: Main Mode with a pre-shared key, calling side (RFC 2409 5.4,
 * RFC 3947): MM1, MM2 to a DH job, MM3, MM4 to the second half of the job, MM5 on
 * port 4500 where a NAT was found, MM6; then Quick Mode. Called by ike.c
 * (ike_initiate) and exchange.c. An unprotected Notify only hints (H-11).
 */
#include "exchange.h"
#include "psk.h"
#include "vendor.h"

#define NATT_PORT    4500
#define HINTED_TRIES 3

static bool send_and_keep(struct isakmp_sa *sa, uint64_t request, struct bytes msg, uint64_t now_ms)
{
	struct ike *k = sa->ike;

	if (msg.len == 0 || !reply_keep(&sa->reply, request, msg, &sa->flow, sa->natt)) {
		drop(k, DROP_CRYPTO);
		return false;
	}
	sa->tries = 1;
	sa_arm(sa, now_ms + k->cfg.retransmit_ms);
	act_send(k, sa, &sa->flow, sa->natt, msg);
	return true;
}

static enum step give_up(struct isakmp_sa *sa, const char *reason)
{
	sa->ike->stats.phase1_failed++;
	sa_end(sa, reason, true);
	return STEP_GONE;
}

static struct bytes build_msg1(struct isakmp_sa *sa)
{
	struct ike *k = sa->ike;
	struct isakmp_header h;
	struct msg m;
	size_t at;

	sa_header(sa, EXCHANGE_MAIN, 0, &h);
	msg_begin(&m, k->build, sizeof(k->build), &h);
	msg_open(&m, PAYLOAD_SA);
	at = m.w.len;
	policies_offer(&m.w, &k->policies);
	if (!wr_ok(&m.w) || !sa_keep_sai(sa, (struct bytes){k->build + at, m.w.len - at}))
		return (struct bytes){NULL, 0};
	msg_close(&m);
	if (k->cfg.natt)
		msg_add(&m, PAYLOAD_VENDOR_ID, vendor_bytes(VENDOR_RFC3947));
	msg_add(&m, PAYLOAD_VENDOR_ID, vendor_bytes(VENDOR_DPD));
	return msg_clear(&m);
}

ike_sa_id ike_initiate(struct ike *k, uint64_t now_ms, const struct ike_dial *d)
{
	struct isakmp_sa *sa;
	char words[LIST_WORDS];

	if (!act_room(k) || k->stats.established >= k->cfg.sa_max)
		return 0;
	sa = sa_new(k, IKE_INITIATOR, &d->flow, now_ms);
	if (!sa)
		return 0;
	sa->dial = *d;
	while (cookie_zero(sa->cky_i))
		k->cfg.host.random(k->cfg.host.ctx, sa->cky_i, ISAKMP_COOKIE_LEN);
	sa_index_own(sa);
	sa->state = MM_WAIT_MSG2;
	if (!send_and_keep(sa, 0, build_msg1(sa), now_ms)) {
		sa_end(sa, "memory", false);
		return 0;
	}
	act_note(k, sa, &sa->flow, NOTE_INFO, "ike-offer", "we offer %s",
		 policies_words(&k->policies, words, sizeof(words)));
	return sa->id;
}

static bool same_transform(const struct ike_policy *p, const struct offers *answer,
			   struct ike_policy *chosen)
{
	struct ike_policy one = *p;
	const struct policies just = {1, &one};

	return answer->n == 1 && policy_choose(&just, answer, chosen) != NULL;
}

enum step main_recv_msg2(struct isakmp_sa *sa, struct event *e)
{
	struct ike *k = sa->ike;
	struct offers answer;
	struct ike_policy chosen;
	char suite[SUITE_WORDS];
	size_t i = 0;

	if (cookie_zero(e->h->cky_r) ||
	    offers_parse(payload_first(e->p, KIND_SA)->body, PHASE_1, &answer)) {
		drop(k, DROP_SA_BODY);
		return STEP_STAY;
	}
	while (i < k->policies.n && !same_transform(&k->policies.of[i], &answer, &chosen))
		i++;
	if (i == k->policies.n) {
		drop(k, DROP_PROPOSAL);
		return STEP_STAY;
	}
	sa->hs->dh = dh_job_new(chosen.group, DH_GENERATE, (struct bytes){NULL, 0});
	if (!sa->hs->dh) {
		drop(k, DROP_MEMORY);
		return STEP_STAY;
	}
	sa->policy = chosen;
	sa->key.hash = chosen.hash;
	sa->key.hash_len = (uint8_t)prim_hash_len(chosen.hash);
	sa->key.key_len = (uint8_t)(chosen.key_bits / 8);
	memcpy(sa->cky_r, e->h->cky_r, ISAKMP_COOKIE_LEN);
	sa->vendors = vendors_of(e->p);
	sa->peer_dpd = sa->vendors & VENDOR_BIT(VENDOR_DPD);
	if (k->cfg.natt && (sa->vendors & VENDOR_BIT(VENDOR_RFC3947)))
		sa->variant = &natt_rfc3947;
	sa->hs->hint = NULL;
	sa->hs->request = e->msg_hash;
	sa->hs->dh_out = true;
	act_note(k, sa, e->flow, NOTE_CHOICE, "ike-policy", "the server chose %s, lifetime %u s",
		 policy_words(&chosen, suite, sizeof(suite)), chosen.life_s);
	act_dh(k, sa, sa->hs->dh, false);
	return STEP_NEXT;
}

enum step main_send_msg3(struct isakmp_sa *sa, struct event *e)
{
	struct ike *k = sa->ike;
	struct handshake *hs = sa->hs;
	struct isakmp_header h;
	struct msg m;

	k->cfg.host.random(k->cfg.host.ctx, hs->ni, IKE_OUR_NONCE);
	hs->ni_len = IKE_OUR_NONCE;
	sa_header(sa, EXCHANGE_MAIN, 0, &h);
	msg_begin(&m, k->build, sizeof(k->build), &h);
	main_ke_nonce(sa, &m, (struct bytes){hs->ni, hs->ni_len});
	if (!main_nat_d(sa, &m) || !send_and_keep(sa, hs->request, msg_clear(&m), e->now_ms))
		return give_up(sa, "internal");
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
	hs->request = e->msg_hash;
	hs->dh_out = true;
	hs->dh->sum = DH_DERIVE;
	main_nat_note(sa, e);
	act_dh(k, sa, hs->dh, false);
	return STEP_NEXT;
}

enum step main_send_msg5(struct isakmp_sa *sa, struct event *e)
{
	struct ike *k = sa->ike;
	uint8_t hash[PRIM_HASH_MAX], id[20];
	struct bytes id_body = {id, main_own_id(sa, id)};
	struct isakmp_header h;
	struct msg m;
	enum ike_drop bad = psk_keys(sa);

	if (bad) {
		act_note(k, sa, &sa->flow, NOTE_REFUSED, "no-psk",
			 "no pre-shared key is configured for this server");
		return give_up(sa, "no-psk");
	}
	if (sa->nat_checked && (sa->peer_behind_nat || sa->we_behind_nat || k->cfg.force_encap)) {
		sa->natt = true;
		sa->flow.remote.port = NATT_PORT;
	}
	if (!psk_hash(sa, true, id_body, hash))
		return give_up(sa, "internal");
	sa_header(sa, EXCHANGE_MAIN, 0, &h);
	msg_begin(&m, k->build, sizeof(k->build), &h);
	msg_add(&m, PAYLOAD_ID, id_body);
	msg_add(&m, PAYLOAD_HASH, (struct bytes){hash, sa->key.hash_len});
	if (!send_and_keep(sa, sa->hs->request, msg_encrypt(&m, &sa->key, sa->iv), e->now_ms))
		return give_up(sa, "internal");
	return STEP_NEXT;
}

enum step main_recv_msg6(struct isakmp_sa *sa, struct event *e)
{
	const struct payload *id = payload_first(e->p, KIND_ID);
	struct ike_id peer;

	if (!id_parse(id->body, &peer) ||
	    !psk_check(sa, false, id->body, payload_first(e->p, KIND_HASH)->body)) {
		drop(sa->ike, DROP_HASH);
		if (!sa->hs->hint)
			act_note(sa->ike, sa, e->flow, NOTE_REFUSED, "psk-mismatch",
				 "the server's HASH_R is wrong: it has another pre-shared key");
		sa->hs->hint = "peer-auth-failed";
		return STEP_STAY;
	}
	sa->peer_id = peer;
	memcpy(sa->iv, e->next_iv, IKE_BLOCK);
	reply_drop(&sa->reply);
	sa_activate(sa, e->now_ms);
	quick_initiate(sa, e->now_ms);
	return STEP_NEXT;
}

enum step main_hint(struct isakmp_sa *sa, struct event *e)
{
	const struct payload *p = payload_first(e->p, KIND_NOTIFY);
	struct notify n;

	drop(sa->ike, DROP_NOTIFY_CLEAR);
	if (!p || !notify_parse(p->body, &n) || n.type > NOTIFY_ERROR_LAST || sa->hs->hint)
		return STEP_STAY;
	if (sa->state == MM_WAIT_MSG6)
		sa->hs->hint = "peer-auth-failed";
	else if (n.type == NOTIFY_NO_PROPOSAL_CHOSEN)
		sa->hs->hint = "peer-no-proposal";
	else
		return STEP_STAY;
	act_note(sa->ike, sa, e->flow, NOTE_REFUSED, sa->hs->hint,
		 sa->state == MM_WAIT_MSG6
			 ? "the server refuses our authentication (notify %u, not protected): the "
			   "pre-shared keys are probably different"
			 : "the server accepts none of our suites (notify %u, not protected)",
		 n.type);
	return STEP_STAY;
}

enum step main_resend(struct isakmp_sa *sa, struct event *e)
{
	struct ike *k = sa->ike;
	bool summing = sa->state == MM_BLD_MSG3 || sa->state == MM_BLD_MSG5;

	if (summing) {
		sa_arm(sa, e->now_ms + k->cfg.retransmit_ms);
		return STEP_STAY;
	}
	/* a hint may be forged: a right answer still gets its chance */
	if (sa->tries >= (sa->hs->hint ? HINTED_TRIES : INITIATOR_TRIES)) {
		act_note(k, sa, &sa->flow, NOTE_END, sa->hs->hint ? sa->hs->hint : "timeout",
			 "no valid answer in %s after %u tries", sa_state_name(sa->state),
			 sa->tries);
		return give_up(sa, sa->hs->hint ? sa->hs->hint : "timeout");
	}
	sa_arm(sa, e->now_ms + ((uint64_t)k->cfg.retransmit_ms << sa->tries));
	sa->tries++;
	act_send(k, sa, &sa->flow, sa->natt, (struct bytes){sa->reply.bytes, sa->reply.len});
	act_note(k, sa, &sa->flow, NOTE_RETRY, "ike-resend", "no answer in %s: try %u",
		 sa_state_name(sa->state), sa->tries);
	return STEP_STAY;
}
