/*
 * aggressive_initiator: Aggressive Mode with a pre-shared key, calling side (RFC 2409 5.4,
 * RFC 3947 3 and 4): a DH job, AM1, AM2 to the second half of the job, AM3 on port 4500 where
 * a NAT was found; then Quick Mode. Called by main_initiator.c (main_initiate) and exchange.c.
 * AM3 is kept: a responder that has not got it sends AM2 again.
 */
#include "aggressive.h"
#include "profile.h"
#include "psk.h"

/* What we say of ourselves. */
static struct bytes own_id(const struct isakmp_sa *sa, uint8_t out[AGGRESSIVE_ID_MAX])
{
	const struct ike_id *id = &sa->peer->dial.id;

	if (id->type)
		return aggressive_id_body(id, out);
	return (struct bytes){out, main_own_id(sa, out)};
}

static unsigned first_group(const struct ike *k)
{
	return k->cfg.profile ? k->cfg.profile->suites[0].group : k->policies.of[0].group;
}

bool aggressive_start(struct isakmp_sa *sa, uint64_t now_ms)
{
	struct ike *k = sa->ike;

	sa->aggressive = true;
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

/* The policies of the first one's group, for the KE is of that group. */
static void offer_one_group(struct wr *w, const struct ike *k)
{
	struct ike_policy of[UINT8_MAX];
	struct policies some = {0, of};

	if (k->cfg.profile) {
		offer_profile(w, k->cfg.profile);
		return;
	}
	for (size_t i = 0; i < k->policies.n && some.n < UINT8_MAX; i++)
		if (k->policies.of[i].group == k->policies.of[0].group)
			of[some.n++] = k->policies.of[i];
	policies_offer(w, &some);
}

static struct bytes build_msg1(struct isakmp_sa *sa)
{
	struct ike *k = sa->ike;
	struct handshake *hs = sa->hs;
	uint8_t id[AGGRESSIVE_ID_MAX];
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
	msg_add(&m, PAYLOAD_ID, own_id(sa, id));
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
	const struct bytes hash = payload_first(e->p, KIND_HASH)->body;
	struct ike_policy chosen;
	struct ike_id id;
	enum ike_drop bad = main_read_answer(k, e, &chosen);

	if (!bad && chosen.group != hs->dh->group)
		bad = DROP_PROPOSAL;
	if (!bad && !id_parse(payload_first(e->p, KIND_ID)->body, &id))
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
	sa->peer_id = id;
	memcpy(hs->hash_r, hash.p, hash.len);
	hs->hash_r_len = (uint8_t)hash.len;
	hs->dh_out = true;
	hs->dh->sum = DH_DERIVE;
	act_dh(k, sa, hs->dh, false);
	return STEP_NEXT;
}

static struct bytes build_msg3(struct isakmp_sa *sa)
{
	struct ike *k = sa->ike;
	uint8_t hash[PRIM_HASH_MAX], id[AGGRESSIVE_ID_MAX];
	struct isakmp_header h;
	struct msg m;

	if (!psk_hash(sa, true, own_id(sa, id), hash))
		return (struct bytes){NULL, 0};
	sa_header(sa, EXCHANGE_AGGRESSIVE, 0, &h);
	msg_begin(&m, k->build, IKE_MESSAGE_MAX, &h);
	msg_add(&m, PAYLOAD_HASH, (struct bytes){hash, sa->key.hash_len});
	if (!main_nat_d(sa, &m))
		return (struct bytes){NULL, 0};
	if (main_says_contact(sa, IKE_CONTACT_IN_MSG5))
		main_add_contact(sa, &m);
	main_float(sa);
	return sa->peer->dial.clear_msg3 ? msg_clear(&m) : msg_encrypt(&m, &sa->key, sa->iv);
}

enum step aggressive_send_msg3(struct isakmp_sa *sa, struct event *e)
{
	struct ike *k = sa->ike;
	struct handshake *hs = sa->hs;
	uint8_t id[AGGRESSIVE_ID_MAX];
	enum ike_drop bad = psk_keys(sa);
	bool contact;

	if (bad) {
		act_note(k, sa, &sa->flow, NOTE_REFUSED, "no-psk",
			 "no pre-shared key is configured for this server");
		return main_give_up(sa, "no-psk");
	}
	if (!psk_check(sa, false, aggressive_id_body(&sa->peer_id, id),
		       (struct bytes){hs->hash_r, hs->hash_r_len})) {
		drop(k, DROP_HASH);
		act_note(k, sa, &sa->flow, NOTE_REFUSED, "psk-mismatch",
			 "the server's HASH_R is wrong: it has another pre-shared key");
		return main_give_up(sa, "peer-auth-failed");
	}
	if (!main_send_and_keep(sa, hs->request, build_msg3(sa), e->now_ms))
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
