/*
 * quick_initiator: Quick Mode, calling side (RFC 2409 5.5, RFC 3947 5): QM1 when
 * phase 1 is up, QM2 to CHILD_ADD, QM3 when the data plane has the SAs. Called by
 * main_initiator.c and quick.c.
 */
#include "exchange.h"
#include "profile.h"

/* The same as the peer's last pair has, from our side. */
static void known_ids(struct quick *q)
{
	const struct peer *p = q->sa->peer;
	struct ike_id ours, theirs;

	memcpy(q->id_i, p->id_ours, p->id_ours_len);
	memcpy(q->id_r, p->id_theirs, p->id_theirs_len);
	q->id_i_len = p->id_ours_len;
	q->id_r_len = p->id_theirs_len;
	q->keys.local_ip = q->sa->flow.local.addr;
	q->keys.remote_ip = q->sa->flow.remote.addr;
	if (!id_parse((struct bytes){q->id_i, q->id_i_len}, &ours) ||
	    !id_parse((struct bytes){q->id_r, q->id_r_len}, &theirs))
		return;
	id_address(&ours, &q->keys.local_ip);
	id_address(&theirs, &q->keys.remote_ip);
	q->keys.protocol = ours.protocol;
	q->keys.local_port = ours.port;
	q->keys.remote_port = theirs.port;
}

static void dialled_ids(struct quick *q)
{
	struct isakmp_sa *sa = q->sa;
	const struct ike_dial *dial = &sa->peer->dial;
	const struct ike_profile *profile = sa->ike->cfg.profile;
	bool first = profile && profile->first_any_port && sa->peer->n_children == 0;
	uint16_t port = first || (profile && profile->any_port) ? 0 : dial->local_port;
	uint16_t their_port = first ? 0 : dial->remote_port;
	const struct ip_addr *ours = &sa->flow.local.addr, *theirs = &sa->flow.remote.addr;
	struct wr i = wr_of(q->id_i, sizeof(q->id_i)), r = wr_of(q->id_r, sizeof(q->id_r));

	wr_u8(&i, ours->family == 6 ? ID_IPV6_ADDR : ID_IPV4_ADDR);
	wr_u8(&i, dial->protocol);
	wr_u16(&i, port);
	wr_copy(&i, ours->ip, ip_addr_len(ours));
	wr_u8(&r, theirs->family == 6 ? ID_IPV6_ADDR : ID_IPV4_ADDR);
	wr_u8(&r, dial->protocol);
	wr_u16(&r, their_port);
	wr_copy(&r, theirs->ip, ip_addr_len(theirs));
	q->id_i_len = (uint8_t)i.len;
	q->id_r_len = (uint8_t)r.len;
	q->keys.local_ip = *ours;
	q->keys.remote_ip = *theirs;
	q->keys.protocol = dial->protocol;
	q->keys.local_port = port;
	q->keys.remote_port = their_port;
}

/* The suites to offer: all of ours at first, then the one in use; a profile always all. */
static struct esps to_offer(const struct quick *q)
{
	struct peer *p = q->sa->peer;

	if (p->id_ours_len && !q->sa->ike->cfg.profile)
		return (struct esps){1, &p->suite};
	return q->sa->ike->esps;
}

static void fail(struct quick *q, const char *reason)
{
	struct isakmp_sa *sa = q->sa;

	sa->ike->stats.phase2_failed++;
	act_note(sa->ike, sa, &sa->flow, NOTE_REFUSED, reason, "Quick Mode can not be done here");
	quick_end(q);
}

static bool send_and_keep(struct quick *q, uint64_t request, struct bytes msg)
{
	struct isakmp_sa *sa = q->sa;

	if (msg.len == 0 || !reply_keep(&q->reply, request, msg, &sa->flow, sa->natt)) {
		drop(sa->ike, DROP_CRYPTO);
		return false;
	}
	act_send(sa->ike, sa, &sa->flow, sa->natt, msg);
	return true;
}

static bool send_msg1(struct quick *q, uint64_t now_ms)
{
	struct isakmp_sa *sa = q->sa;
	struct ike *k = sa->ike;
	const struct esps ours = to_offer(q);
	/* no longer than the pair before: a peer may keep to its own limit without a word */
	const struct esp_propose propose = {
		.ours = &ours,
		.natt = sa->natt ? sa->variant : NULL,
		.spi = q->keys.spi_in,
		.life_s = lifetime_smaller(k->cfg.esp_life_s, sa->peer->life_s),
		.life_kb = lifetime_smaller(k->cfg.esp_life_kb, sa->peer->life_kb),
		.group = q->group};
	struct isakmp_header h;
	struct msg m;
	size_t at;

	sa_header(sa, EXCHANGE_QUICK, q->mid, &h);
	msg_begin(&m, k->build, IKE_MESSAGE_MAX, &h);
	at = msg_hash_room(&m, sa->key.hash_len);
	if (k->cfg.profile)
		profile_write_esps(msg_open(&m, PAYLOAD_SA), k->cfg.profile, q->keys.spi_in,
				   sa->natt ? sa->variant->encap_transport : ENCAP_TRANSPORT);
	else
		esps_offer(msg_open(&m, PAYLOAD_SA), &propose);
	msg_close(&m);
	msg_add(&m, PAYLOAD_NONCE, (struct bytes){q->ni, q->ni_len});
	if (q->group)
		msg_add(&m, PAYLOAD_KE, dh_ours(q->dh));
	quick_write_ids(q, &m);
	q->keys.udp_encap = sa->natt;
	quick_write_nat_oa(q, &m);
	if (!quick_hash_fill(sa, q->mid, (struct bytes){NULL, 0}, &m, at) ||
	    !keymat_iv_phase2(&sa->key, sa->iv, q->mid, q->iv))
		return false;
	q->tries = 1;
	quick_arm(q, now_ms + profile_resend_ms(k->cfg.profile, k->cfg.retransmit_ms, 1));
	return send_and_keep(q, 0, msg_encrypt(&m, &sa->key, q->iv));
}

static uint32_t new_message_id(struct isakmp_sa *sa)
{
	const struct ike_profile *p = sa->ike->cfg.profile;

	return p && p->counts_messages ? ++sa->counted_quicks : random_u32(sa->ike) | 0x10000;
}

/* The group of PFS: the profile's, the one in use, our own wish; 0: none. */
static uint8_t pfs_group(const struct isakmp_sa *sa)
{
	const struct ike *k = sa->ike;

	if (k->cfg.profile)
		return k->cfg.profile->pfs_group;
	if (sa->peer->pfs_group)
		return sa->peer->pfs_group;
	return k->cfg.esp_pfs ? sa->policy.group : 0;
}

void quick_initiate(struct isakmp_sa *sa, uint64_t now_ms)
{
	struct ike *k = sa->ike;
	struct quick *q = quick_new(sa, IKE_INITIATOR, new_message_id(sa));
	struct esps ours;
	char words[LIST_WORDS];

	if (!q) {
		drop(k, DROP_MEMORY);
		return;
	}
	seen_add(&sa->seen, q->mid, true);
	if (sa->peer->id_ours_len && !k->cfg.profile)
		known_ids(q);
	else
		dialled_ids(q);
	q->ni_len = profile_nonce_len(k->cfg.profile);
	k->cfg.host.random(k->cfg.host.ctx, q->ni, q->ni_len);
	ours = to_offer(q);
	q->keys.spi_in = k->cfg.host.spi(k->cfg.host.ctx, sa->peer->id);
	if (q->keys.spi_in == 0) {
		fail(q, "no-spi");
		return;
	}
	act_note(k, sa, &sa->flow, NOTE_INFO, "esp-offer", "Quick Mode offers %s",
		 esps_words(&ours, words, sizeof(words)));
	q->group = pfs_group(sa);
	if (q->group) {
		q->dh = dh_job_new(q->group, DH_GENERATE, (struct bytes){NULL, 0});
		if (!q->dh) {
			fail(q, "memory");
			return;
		}
		q->dh->mid = q->mid;
		q->dh_out = true;
		q->state = QM_I_DH1;
		act_dh(k, sa, q->dh, false);
		return;
	}
	q->state = QM_WAIT_MSG2;
	if (!send_msg1(q, now_ms))
		fail(q, "internal");
}

enum step quick_i_dh1(struct quick *q, struct event *e)
{
	if (send_msg1(q, e->now_ms))
		return STEP_NEXT;
	fail(q, "internal");
	return STEP_GONE;
}

/* QM2 must hold exactly one transform that we offered (RFC 2409 5.5). */
static bool take_answer(struct quick *q, const struct event *e)
{
	struct isakmp_sa *sa = q->sa;
	struct ike *k = sa->ike;
	const struct esps ours = to_offer(q);
	const struct esp_wish wish = {.ours = &ours,
				      .groups = &k->policies,
				      .natt = sa->natt ? sa->variant : NULL,
				      .ke = q->group != 0,
				      .as_offered = true};
	struct esp_choice c;
	struct offers answer;
	struct lifetime told;
	struct notify n;
	struct rd spi;

	if (offers_parse(payload_first(e->p, KIND_SA)->body, PHASE_2, &answer) || answer.n != 1 ||
	    !esp_choose(&wish, &answer, &c) || c.group != q->group)
		return false;
	spi = rd_of_bytes(c.offer->spi);
	q->keys.spi_out = rd_u32(&spi);
	q->keys.alg = c.esp->alg;
	q->keys.udp_encap = c.udp_encap;
	q->keys.tunnel = c.tunnel;
	q->keys.life_s = c.offer->life_s;
	q->keys.life_kb = c.offer->life_kb;
	q->commit = e->h->flags & FLAG_COMMIT;
	if (quick_has_notify(e, NOTIFY_RESPONDER_LIFETIME, &n) && notify_lifetime(&n, &told)) {
		q->keys.life_s = lifetime_smaller(q->keys.life_s, told.s);
		q->keys.life_kb = lifetime_smaller(q->keys.life_kb, told.kb);
	}
	return q->keys.spi_out > 255;
}

static enum step install(struct quick *q, struct event *e)
{
	struct child *c = quick_keys(q) ? child_new(q->sa, q, e->now_ms) : NULL;

	if (!c) {
		fail(q, "children-too-many");
		return STEP_GONE;
	}
	q->child = c->id;
	return STEP_NEXT;
}

enum step quick_recv_msg2(struct quick *q, struct event *e)
{
	struct isakmp_sa *sa = q->sa;
	struct ike *k = sa->ike;
	const struct bytes nonce = payload_first(e->p, KIND_NONCE)->body;
	const struct payload *ke = payload_first(e->p, KIND_KE);
	static const struct bytes none = {NULL, 0};

	if (!quick_hash_check(sa, q->mid, (struct bytes){q->ni, q->ni_len}, e->p)) {
		drop(k, DROP_HASH);
		return STEP_STAY;
	}
	if (!take_answer(q, e) || (ke != NULL) != (q->group != 0) ||
	    (ke && !dh_job_set_theirs(q->dh, ke->body))) {
		drop(k, DROP_PROPOSAL);
		notify_send(sa, PROTO_ESP, none, NOTIFY_NO_PROPOSAL_CHOSEN, none);
		fail(q, "peer-answer-invalid");
		return STEP_GONE;
	}
	quick_note_nat_oa(q, e);
	memcpy(q->nr, nonce.p, nonce.len);
	q->nr_len = (uint16_t)nonce.len;
	memcpy(q->iv, e->next_iv, IKE_BLOCK);
	q->request = e->msg_hash;
	timerq_disarm(k->timers, &q->timer);
	if (!q->group)
		return install(q, e);
	q->dh->sum = DH_DERIVE;
	q->dh_out = true;
	q->state = QM_I_DH2;
	act_dh(k, sa, q->dh, false);
	return STEP_STAY;
}

enum step quick_i_dh2(struct quick *q, struct event *e)
{
	return install(q, e);
}

enum step quick_i_added(struct quick *q, struct event *e)
{
	struct isakmp_sa *sa = q->sa;
	struct ike *k = sa->ike;
	struct child *c = child_by_id(sa->ike, q->child);
	uint8_t head[5], hash[PRIM_HASH_MAX];
	struct wr w = wr_of(head, sizeof(head));
	struct isakmp_header h;
	struct msg m;

	wr_u8(&w, 0);
	wr_u32(&w, q->mid);
	const struct bytes parts[] = {wr_done(&w), {q->ni, q->ni_len}, {q->nr, q->nr_len}};

	sa_header(sa, EXCHANGE_QUICK, q->mid, &h);
	msg_begin(&m, k->build, IKE_MESSAGE_MAX, &h);
	if (!c || !keymat_hash(&sa->key, parts, 3, hash)) {
		fail(q, "internal");
		return STEP_GONE;
	}
	msg_add(&m, PAYLOAD_HASH, (struct bytes){hash, sa->key.hash_len});
	if (!send_and_keep(q, q->request, msg_encrypt(&m, &sa->key, q->iv))) {
		fail(q, "internal");
		return STEP_GONE;
	}
	if (k->cfg.profile && k->cfg.profile->doubles_msg3)
		act_send(k, sa, &sa->flow, sa->natt, (struct bytes){q->reply.bytes, q->reply.len});
	if (q->commit) {
		q->state = QM_WAIT_CONNECTED;
		q->tries = 1;
		quick_arm(q, e->now_ms + k->cfg.retransmit_ms);
		return STEP_STAY;
	}
	quick_finish(q, e->now_ms);
	child_up(c, &sa->flow, e->now_ms);
	return STEP_GONE;
}
