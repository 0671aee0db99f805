/*
 * quick_responder: Quick Mode, answering side (RFC 2409 5.5, RFC 2407 4.5, RFC
 * 3947 5): QM1 to a choice, a DH job for PFS, CHILD_ADD; QM2 leaves only when the
 * data plane has the SAs; QM3 makes the child usable. Called by quick.c.
 */
#include "exchange.h"
#include "quirk.h"

/* Refuses with a protected Notify that is stored for duplicates of QM1. */
static enum step refuse(struct quick *q, struct event *e, enum ike_drop why, uint16_t type)
{
	struct isakmp_sa *sa = q->sa;
	struct bytes none = {NULL, 0}, sent;

	drop(sa->ike, why);
	sa->ike->stats.phase2_failed++;
	sent = notify_send(sa, PROTO_ESP, none, type, none);
	if (sent.len)
		reply_keep(&q->reply, e->msg_hash, sent, e->flow, e->natt);
	quick_finish(q, e->now_ms);
	return STEP_GONE;
}

static enum step refuse_proposal(struct quick *q, struct event *e, const struct esp_wish *wish,
				 const struct offers *offers)
{
	struct ike *k = q->sa->ike;
	char theirs[LIST_WORDS], ours[LIST_WORDS], why[REFUSAL_WORDS];

	act_note(k, q->sa, e->flow, NOTE_REFUSED, "no-esp-proposal",
		 "offered %s; accepted here%s: %s",
		 esp_offers_words(offers, theirs, sizeof(theirs)), q->sa->natt ? " (UDP)" : "",
		 esps_words(&k->esps, ours, sizeof(ours)));
	act_note(k, q->sa, e->flow, NOTE_INFO, "esp-offer-refused", "the offer fails because %s",
		 esp_refusal(wish, offers, why, sizeof(why)));
	return refuse(q, e, DROP_PROPOSAL, NOTIFY_NO_PROPOSAL_CHOSEN);
}

static const char *served_words(unsigned serves)
{
	if (!(serves & IKE_SERVES_ETHERIP))
		return "only UDP to port 1701 is served";
	return serves & IKE_SERVES_L2TP ? "only UDP to port 1701 and EtherIP (97) are served"
					: "only EtherIP (97) is served";
}

static enum step refuse_id(struct quick *q, struct event *e)
{
	const struct payload *first = payload_first(e->p, KIND_ID);
	const struct payload *second = payload_next(e->p, first);
	char wi[ENDPOINT_TEXT], wr[ENDPOINT_TEXT];
	struct ike_id i = {0}, r = {0};

	id_parse(first->body, &i);
	if (second)
		id_parse(second->body, &r);
	act_note(q->sa->ike, q->sa, e->flow, NOTE_REFUSED, "invalid-id",
		 "Quick Mode asks for %s protocol %u port %u to %s protocol %u port %u; %s",
		 id_words(&i, wi, sizeof(wi)), i.protocol, i.port, id_words(&r, wr, sizeof(wr)),
		 r.protocol, r.port, served_words(q->sa->ike->cfg.serves));
	return refuse(q, e, DROP_ID, NOTIFY_INVALID_ID_INFORMATION);
}

static struct bytes build_msg2(struct quick *q)
{
	struct isakmp_sa *sa = q->sa;
	struct ike *k = sa->ike;
	uint8_t spi[4];
	struct wr ws = wr_of(spi, sizeof(spi));
	struct isakmp_header h;
	struct msg m;
	size_t at;

	wr_u32(&ws, q->keys.spi_in);
	sa_header(sa, EXCHANGE_QUICK, q->mid, &h);
	h.flags = q->commit ? FLAG_COMMIT : 0;
	msg_begin(&m, k->build, IKE_MESSAGE_MAX, &h);
	at = msg_hash_room(&m, sa->key.hash_len);
	offer_echo(msg_open(&m, PAYLOAD_SA), q->proposal, PROTO_ESP, wr_done(&ws),
		   (struct bytes){q->raw, q->raw_len});
	msg_close(&m);
	msg_add(&m, PAYLOAD_NONCE, (struct bytes){q->nr, q->nr_len});
	if (q->group)
		msg_add(&m, PAYLOAD_KE, dh_ours(q->dh));
	quick_write_ids(q, &m);
	quick_write_nat_oa(q, &m);
	quick_write_replay_status(q, &m);
	lifetime_write(q, &m);
	if (!quick_hash_fill(sa, q->mid, (struct bytes){q->ni, q->ni_len}, &m, at))
		return (struct bytes){NULL, 0};
	return msg_encrypt(&m, &sa->key, q->iv);
}

/* Everything is agreed: keys, the child, and QM2 made ready but held back. */
static enum step install(struct quick *q, struct event *e)
{
	struct isakmp_sa *sa = q->sa;
	struct ike *k = sa->ike;
	struct bytes msg2 = {NULL, 0};
	struct child *c;

	q->keys.spi_in = k->cfg.host.spi(k->cfg.host.ctx, sa->peer->id);
	if (q->keys.spi_in == 0) {
		act_note(k, sa, &sa->flow, NOTE_REFUSED, "no-spi", "no SPI is free on any worker");
		return refuse(q, e, DROP_SPI, NOTIFY_NO_PROPOSAL_CHOSEN);
	}
	if (quick_keys(q))
		msg2 = build_msg2(q);
	if (msg2.len == 0 || !reply_keep(&q->reply, 0, msg2, &sa->flow, sa->natt)) {
		drop(k, DROP_CRYPTO);
		quick_end(q);
		return STEP_GONE;
	}
	c = child_new(sa, q, e->now_ms);
	if (!c) {
		act_note(k, sa, &sa->flow, NOTE_REFUSED, "children-too-many",
			 "the peer has %u pairs of ESP SAs already", sa->peer->n_children);
		return refuse(q, e, DROP_CHILDREN, NOTIFY_NO_PROPOSAL_CHOSEN);
	}
	q->child = c->id;
	secret_zero(q->keys.in_enc, sizeof(q->keys.in_enc));
	secret_zero(q->keys.in_auth, sizeof(q->keys.in_auth));
	secret_zero(q->keys.out_enc, sizeof(q->keys.out_enc));
	secret_zero(q->keys.out_auth, sizeof(q->keys.out_auth));
	return STEP_NEXT;
}

static void take_choice(struct quick *q, const struct esp_choice *c)
{
	const struct lifetime agreed = lifetime_of_esp(&q->sa->ike->cfg, c);
	struct rd spi = rd_of_bytes(c->offer->spi);

	q->proposal = c->offer->proposal;
	q->raw_len = (uint8_t)c->offer->raw.len;
	memcpy(q->raw, c->offer->raw.p, c->offer->raw.len);
	q->group = (uint8_t)c->group;
	q->keys.alg = c->esp->alg;
	q->keys.udp_encap = c->udp_encap;
	q->keys.tunnel = c->tunnel;
	q->keys.spi_out = rd_u32(&spi);
	q->offered = (struct lifetime){c->offer->life_s, c->offer->life_kb};
	q->keys.life_s = agreed.s;
	q->keys.life_kb = agreed.kb;
}

static void note_offer(struct quick *q, const struct event *e, const struct offers *offers)
{
	char theirs[LIST_WORDS];

	act_note(q->sa->ike, q->sa, e->flow, NOTE_INFO, "esp-offer", "Quick Mode offers %s%s%s",
		 esp_offers_words(offers, theirs, sizeof(theirs)),
		 payload_first(e->p, KIND_ID) ? "" : ", no identities",
		 payload_first(e->p, KIND_NAT_OA) ? ", with NAT-OA" : "");
}

static void note_choice(struct quick *q, const struct event *e, const struct esp_choice *c)
{
	char suite[32], group[16];

	act_note(q->sa->ike, q->sa, e->flow, NOTE_CHOICE, "esp-suite",
		 "%s (%s), %s mode%s, lifetime %u s, client port %u%s%s",
		 esp_words(&q->keys.alg, suite, sizeof(suite)), c->esp->name,
		 q->keys.tunnel ? "tunnel" : "transport", q->keys.udp_encap ? " in UDP" : "",
		 q->keys.life_s, q->keys.remote_port, q->group ? ", PFS " : "",
		 q->group ? group_words(q->group, group, sizeof(group)) : "");
}

static enum step start_pfs(struct quick *q, struct event *e, const struct payload *ke)
{
	struct isakmp_sa *sa = q->sa;

	q->dh = dh_job_new(q->group, DH_BOTH, ke->body);
	if (!q->dh) {
		act_note(sa->ike, sa, e->flow, NOTE_REFUSED, "pfs-invalid",
			 "the PFS key exchange value has %zu octets, not those of its group",
			 ke->body.len);
		return refuse(q, e, DROP_KE, NOTIFY_INVALID_KEY_INFORMATION);
	}
	q->dh->mid = q->mid;
	q->dh_out = true;
	q->state = QM_R_DH;
	act_dh(sa->ike, sa, q->dh, false);
	return STEP_STAY;
}

enum step quick_recv_msg1(struct quick *q, struct event *e)
{
	struct isakmp_sa *sa = q->sa;
	struct ike *k = sa->ike;
	const struct payload *nonce = payload_first(e->p, KIND_NONCE);
	const struct payload *ke = payload_first(e->p, KIND_KE);
	const struct esp_wish wish = {.ours = &k->esps,
				      .groups = &k->policies,
				      .natt = sa->natt ? sa->variant : NULL,
				      .plain_too = !sa->peer_behind_nat && !sa->we_behind_nat,
				      .avoid_sha256 = quirk_avoids_sha256(peer_quirk(sa->peer)),
				      .ke = ke != NULL};
	struct esp_choice choice;
	struct offers offers;
	struct notify asked;
	enum ike_drop bad = offers_parse(payload_first(e->p, KIND_SA)->body, PHASE_2, &offers);

	if (bad)
		return refuse(q, e, bad, NOTIFY_PAYLOAD_MALFORMED);
	note_offer(q, e, &offers);
	if (quick_take_ids(q, e))
		return refuse_id(q, e);
	if (!esp_choose(&wish, &offers, &choice))
		return refuse_proposal(q, e, &wish, &offers);
	take_choice(q, &choice);
	note_choice(q, e, &choice);
	q->request = e->msg_hash;
	q->replay_asked = quick_has_notify(e, NOTIFY_REPLAY_STATUS, &asked);
	memcpy(q->ni, nonce->body.p, nonce->body.len);
	q->ni_len = (uint16_t)nonce->body.len;
	k->cfg.host.random(k->cfg.host.ctx, q->nr, IKE_OUR_NONCE);
	q->nr_len = IKE_OUR_NONCE;
	return q->group ? start_pfs(q, e, ke) : install(q, e);
}

enum step quick_r_dh(struct quick *q, struct event *e)
{
	e->msg_hash = q->request;
	e->flow = &q->sa->flow;
	e->natt = q->sa->natt;
	return install(q, e);
}

enum step quick_r_added(struct quick *q, struct event *e)
{
	struct isakmp_sa *sa = q->sa;
	struct ike *k = sa->ike;

	q->reply.request = q->request;
	q->tries = 1;
	quick_arm(q, e->now_ms + k->cfg.retransmit_ms);
	act_send(k, sa, &sa->flow, sa->natt, (struct bytes){q->reply.bytes, q->reply.len});
	return STEP_NEXT;
}

void quick_confirmed(struct quick *q, const struct flow *flow, uint64_t now_ms)
{
	struct child *c = child_by_id(q->sa->ike, q->child);

	dpd_alive(q->sa->peer, now_ms);
	if (c)
		child_up(c, flow, now_ms);
	quick_finish(q, now_ms);
}

/* HASH(3) = prf(SKEYID_a, 0 | M-ID | Ni_b | Nr_b) */
enum step quick_recv_msg3(struct quick *q, struct event *e)
{
	struct isakmp_sa *sa = q->sa;
	const struct bytes hash = payload_first(e->p, KIND_HASH)->body;
	uint8_t head[5], want[PRIM_HASH_MAX];
	struct wr w = wr_of(head, sizeof(head));

	wr_u8(&w, 0);
	wr_u32(&w, q->mid);
	const struct bytes parts[] = {wr_done(&w), {q->ni, q->ni_len}, {q->nr, q->nr_len}};

	if (!keymat_hash(&sa->key, parts, 3, want) || hash.len != sa->key.hash_len ||
	    !secret_eq(want, hash.p, hash.len)) {
		drop(sa->ike, DROP_HASH);
		return STEP_STAY;
	}
	peer_heard(sa, e->flow, e->natt, e->now_ms);
	memcpy(q->iv, e->next_iv, IKE_BLOCK);
	if ((q->commit || e->h->flags & FLAG_COMMIT) && !quick_send_msg4(q, e))
		drop(sa->ike, DROP_CRYPTO);
	quick_confirmed(q, e->flow, e->now_ms);
	return STEP_GONE;
}
