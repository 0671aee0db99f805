/*
 * quick_initiator: Quick Mode, calling side (RFC 2409 5.5, RFC 3947 5): QM1 when
 * phase 1 is up, QM2 to CHILD_ADD, QM3 when the data plane has the SAs. Called by
 * main_initiator.c and quick.c.
 */
#include "exchange.h"

static void own_ids(struct quick *q)
{
	struct isakmp_sa *sa = q->sa;
	const struct ip_addr *ours = &sa->flow.local.addr, *theirs = &sa->flow.remote.addr;
	struct wr i = wr_of(q->id_i, sizeof(q->id_i)), r = wr_of(q->id_r, sizeof(q->id_r));

	wr_u8(&i, ours->family == 6 ? ID_IPV6_ADDR : ID_IPV4_ADDR);
	wr_u8(&i, sa->dial.protocol);
	wr_u16(&i, sa->dial.local_port);
	wr_copy(&i, ours->ip, ip_addr_len(ours));
	wr_u8(&r, theirs->family == 6 ? ID_IPV6_ADDR : ID_IPV4_ADDR);
	wr_u8(&r, sa->dial.protocol);
	wr_u16(&r, sa->dial.remote_port);
	wr_copy(&r, theirs->ip, ip_addr_len(theirs));
	q->id_i_len = (uint8_t)i.len;
	q->id_r_len = (uint8_t)r.len;
	q->keys.local_ip = *ours;
	q->keys.remote_ip = *theirs;
	q->keys.protocol = sa->dial.protocol;
	q->keys.local_port = sa->dial.local_port;
	q->keys.remote_port = sa->dial.remote_port;
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
	const struct esp_propose propose = {.ours = &k->esps,
					    .natt = sa->natt ? sa->variant : NULL,
					    .spi = q->keys.spi_in,
					    .life_s = k->cfg.esp_life_s,
					    .life_kb = k->cfg.esp_life_kb,
					    .group = q->group};
	struct isakmp_header h;
	struct msg m;
	size_t at;

	sa_header(sa, EXCHANGE_QUICK, q->mid, &h);
	msg_begin(&m, k->build, sizeof(k->build), &h);
	at = msg_hash_room(&m, sa->key.hash_len);
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
	quick_arm(q, now_ms + k->cfg.retransmit_ms);
	return send_and_keep(q, 0, msg_encrypt(&m, &sa->key, q->iv));
}

void quick_initiate(struct isakmp_sa *sa, uint64_t now_ms)
{
	struct ike *k = sa->ike;
	struct quick *q = quick_new(sa, IKE_INITIATOR, random_u32(k) | 0x10000);
	char words[LIST_WORDS];

	if (!q) {
		drop(k, DROP_MEMORY);
		return;
	}
	seen_add(&sa->seen, q->mid, true);
	own_ids(q);
	k->cfg.host.random(k->cfg.host.ctx, q->ni, IKE_OUR_NONCE);
	q->ni_len = IKE_OUR_NONCE;
	q->keys.spi_in = k->cfg.host.spi(k->cfg.host.ctx, sa->id);
	if (q->keys.spi_in == 0) {
		fail(q, "no-spi");
		return;
	}
	act_note(k, sa, &sa->flow, NOTE_INFO, "esp-offer", "Quick Mode offers %s",
		 esps_words(&k->esps, words, sizeof(words)));
	if (k->cfg.esp_pfs) {
		q->group = sa->policy.group;
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
	const struct esp_wish wish = {.ours = &k->esps,
				      .groups = &k->policies,
				      .natt = sa->natt ? sa->variant : NULL,
				      .ke = q->group != 0};
	struct esp_choice c;
	struct offers answer;
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

	if (!quick_hash_check(sa, q->mid, (struct bytes){q->ni, q->ni_len}, e->p)) {
		drop(k, DROP_HASH);
		return STEP_STAY;
	}
	if (!take_answer(q, e) || (ke != NULL) != (q->group != 0) ||
	    (ke && !dh_job_set_theirs(q->dh, ke->body))) {
		drop(k, DROP_PROPOSAL);
		fail(q, "peer-answer-invalid");
		return STEP_GONE;
	}
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
	struct child *c = child_by_id(sa, q->child);
	uint8_t head[5], hash[PRIM_HASH_MAX];
	struct wr w = wr_of(head, sizeof(head));
	struct isakmp_header h;
	struct msg m;

	wr_u8(&w, 0);
	wr_u32(&w, q->mid);
	const struct bytes parts[] = {wr_done(&w), {q->ni, q->ni_len}, {q->nr, q->nr_len}};

	sa_header(sa, EXCHANGE_QUICK, q->mid, &h);
	msg_begin(&m, k->build, sizeof(k->build), &h);
	if (!c || !keymat_hash(&sa->key, parts, 3, hash)) {
		fail(q, "internal");
		return STEP_GONE;
	}
	msg_add(&m, PAYLOAD_HASH, (struct bytes){hash, sa->key.hash_len});
	if (!send_and_keep(q, q->request, msg_encrypt(&m, &sa->key, q->iv))) {
		fail(q, "internal");
		return STEP_GONE;
	}
	child_up(c, &sa->flow);
	quick_finish(q, e->now_ms);
	return STEP_GONE;
}
