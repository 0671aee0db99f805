/*
 * quick: the engine of Quick Mode and what both roles share (RFC 2409 5.5): find
 * the exchange by message id, decrypt with its IV chain, gate, row, handler;
 * KEYMAT; HASH(1) and HASH(2); duplicates. Called by exchange.c, ike.c. Nothing
 * is allocated for a message whose HASH is wrong.
 */
#include "exchange.h"
#include "profile.h"

#include <stdlib.h>

#define QUICK_KEEP_MS   30000 /* after its end, for duplicates */
#define QUICK_WAIT_MS   30000 /* for a sum */
#define INSTALL_WAIT_MS 10000 /* for the data plane */
#define QUICKS_KEPT_MAX 8     /* complete ones that still answer duplicates */

typedef enum step handler(struct quick *q, struct event *e);

static enum step quick_failed(struct quick *q, struct event *e)
{
	static const struct bytes none = {NULL, 0};
	struct isakmp_sa *sa = q->sa;

	(void)e;
	drop(sa->ike, DROP_KE);
	sa->ike->stats.phase2_failed++;
	notify_send(sa, PROTO_ESP, none, NOTIFY_INVALID_KEY_INFORMATION, none);
	act_note(sa->ike, sa, &sa->flow, NOTE_REFUSED, "pfs-invalid",
		 "the PFS key exchange value of Quick Mode is not valid for its group");
	quick_end(q);
	return STEP_GONE;
}

static enum step quick_not_added(struct quick *q, struct event *e)
{
	struct isakmp_sa *sa = q->sa;
	struct child *c = child_by_id(sa->ike, q->child);

	sa->ike->stats.phase2_failed++;
	act_note(sa->ike, sa, &sa->flow, NOTE_REFUSED, "esp-install-failed",
		 "the data plane could not install the ESP SAs: Quick Mode is not answered");
	quick_finish(q, e->now_ms);
	if (c)
		child_end(c, "esp-install-failed");
	return STEP_GONE;
}

static enum step quick_over(struct quick *q, struct event *e)
{
	(void)e;
	quick_end(q);
	return STEP_GONE;
}

static enum step quick_no_answer(struct quick *q, struct event *e)
{
	struct isakmp_sa *sa = q->sa;

	if (q->state == QM_WAIT_CONNECTED) {
		act_note(sa->ike, sa, &sa->flow, NOTE_INFO, "quick-no-connected",
			 "the peer has set the commit bit and does not say CONNECTED: the ESP SAs "
			 "are used all the same");
		quick_confirmed(q, &sa->flow, e->now_ms);
		return STEP_GONE;
	}
	act_note(sa->ike, sa, &sa->flow, NOTE_END,
		 q->role == IKE_INITIATOR ? "timeout" : "quick-no-message-3",
		 "no answer in Quick Mode after %u tries", q->tries);
	if (q->role == IKE_RESPONDER) {
		/* ESP may flow all the same: the pair stays until it is replaced or expires */
		quick_finish(q, e->now_ms);
		return STEP_GONE;
	}
	sa->ike->stats.phase2_failed++;
	quick_end(q);
	if (sa->peer->n_children == 0) {
		delete_send_isakmp(sa);
		sa_end(sa, "timeout", true);
	}
	return STEP_GONE;
}

static enum step quick_resend(struct quick *q, struct event *e)
{
	struct isakmp_sa *sa = q->sa;
	struct ike *k = sa->ike;

	const struct ike_profile *profile = q->role == IKE_INITIATOR ? k->cfg.profile : NULL;

	if (q->tries == profile_tries(profile, INITIATOR_TRIES))
		return quick_no_answer(q, e);
	q->tries++;
	quick_arm(q, e->now_ms + profile_resend_ms(profile, k->cfg.retransmit_ms, q->tries));
	act_send(k, sa, &sa->flow, sa->natt, (struct bytes){q->reply.bytes, q->reply.len});
	act_note(k, sa, &sa->flow, NOTE_RETRY, "quick-resend", "no answer in Quick Mode: try %u",
		 q->tries);
	return STEP_STAY;
}

static handler *const handlers[QUICK_ACTION_COUNT] = {
	[QACT_MSG1] = quick_recv_msg1,      [QACT_MSG2] = quick_recv_msg2,
	[QACT_MSG3] = quick_recv_msg3,      [QACT_MSG4] = quick_recv_msg4,
	[QACT_CONNECTED] = quick_connected, [QACT_R_DH] = quick_r_dh,
	[QACT_I_DH1] = quick_i_dh1,         [QACT_I_DH2] = quick_i_dh2,
	[QACT_FAILED] = quick_failed,       [QACT_R_ADDED] = quick_r_added,
	[QACT_I_ADDED] = quick_i_added,     [QACT_NOT_ADDED] = quick_not_added,
	[QACT_RESEND] = quick_resend,       [QACT_END] = quick_over,
};

void quick_event(struct quick *q, enum quick_event ev, struct event *e)
{
	const struct fsm_cell *cell = fsm_cell(&quick_fsm, q->state, ev);

	if (cell->ignored_because) {
		if (ev == QEV_MSG)
			drop(q->sa->ike, DROP_STATE);
		return;
	}
	if (handlers[cell->action](q, e) == STEP_NEXT)
		q->state = cell->next;
}

static void quick_timer_fired(struct timer *t, uint64_t now_ms)
{
	struct quick *q = list_entry(t, struct quick, timer);
	struct event e = {.now_ms = now_ms, .flow = &q->sa->flow, .natt = q->sa->natt};

	if (!act_room(q->sa->ike))
		quick_arm(q, now_ms + 1);
	else
		quick_event(q, QEV_TIMER, &e);
}

void quick_arm(struct quick *q, uint64_t deadline_ms)
{
	q->timer.fire = quick_timer_fired;
	timerq_arm(q->sa->ike->timers, &q->timer, deadline_ms);
}

struct quick *quick_new(struct isakmp_sa *sa, enum ike_role role, uint32_t mid)
{
	struct quick *q = calloc(1, sizeof(*q));

	if (!q)
		return NULL;
	q->sa = sa;
	q->role = role;
	q->mid = mid;
	q->began = sa->ike->next_id;
	list_push(&sa->quicks, &q->link);
	sa->n_quicks++;
	return q;
}

void quick_end(struct quick *q)
{
	timerq_disarm(q->sa->ike->timers, &q->timer);
	list_del(&q->link);
	q->sa->n_quicks--;
	reply_drop(&q->reply);
	if (!q->dh_out)
		dh_job_free(q->dh);
	secret_zero(q, sizeof(*q));
	free(q);
}

void quick_finish(struct quick *q, uint64_t now_ms)
{
	q->state = QM_DONE;
	secret_zero(&q->keys, sizeof(q->keys));
	if (!q->dh_out)
		dh_job_free(q->dh);
	q->dh = NULL;
	quick_arm(q, now_ms + QUICK_KEEP_MS);
}

struct quick *quick_by_mid(struct isakmp_sa *sa, uint32_t mid)
{
	list_each (&sa->quicks, it) {
		struct quick *q = list_entry(it, struct quick, link);

		if (q->mid == mid)
			return q;
	}
	return NULL;
}

struct quick *quick_by_child(struct peer *p, ike_child_id id)
{
	list_each (&p->sas, at)
		list_each (&list_entry(at, struct isakmp_sa, peer_link)->quicks, it) {
			struct quick *q = list_entry(it, struct quick, link);

			if (q->child == id)
				return q;
		}
	return NULL;
}

/* At most QUICKS_MAX in progress; complete ones make room for new ones. */
static bool quick_room(struct isakmp_sa *sa)
{
	unsigned open = 0;

	list_each (&sa->quicks, it) {
		struct quick *q = list_entry(it, struct quick, link);

		if (q->state != QM_DONE)
			open++;
		else if (sa->n_quicks >= QUICKS_KEPT_MAX)
			quick_end(q);
	}
	return open < QUICKS_MAX;
}

static struct bytes mid_bytes(uint8_t buf[4], uint32_t mid)
{
	struct wr w = wr_of(buf, 4);

	wr_u32(&w, mid);
	return wr_done(&w);
}

bool quick_hash_fill(const struct isakmp_sa *sa, uint32_t mid, struct bytes extra, struct msg *m,
		     size_t at)
{
	size_t behind = at + sa->key.hash_len;
	uint8_t id[4];
	struct bytes parts[3];

	if (!wr_ok(&m->w))
		return false;
	parts[0] = mid_bytes(id, mid);
	parts[1] = extra;
	parts[2] = (struct bytes){m->w.buf + behind, m->w.len - behind};
	return keymat_hash(&sa->key, parts, 3, m->w.buf + at);
}

bool quick_hash_check(const struct isakmp_sa *sa, uint32_t mid, struct bytes extra,
		      const struct payloads *p)
{
	const struct payload *hash = p->n ? &p->all[0] : NULL;
	uint8_t want[PRIM_HASH_MAX], id[4];
	struct bytes parts[3];

	if (!hash || hash->kind != KIND_HASH || hash->whole.p != p->chain.p ||
	    hash->body.len != sa->key.hash_len)
		return false;
	parts[0] = mid_bytes(id, mid);
	parts[1] = extra;
	parts[2] = (struct bytes){p->chain.p + hash->whole.len, p->chain.len - hash->whole.len};
	return keymat_hash(&sa->key, parts, 3, want) &&
	       secret_eq(want, hash->body.p, hash->body.len);
}

static bool direction_keys(const struct quick *q, uint32_t spi, uint8_t *enc, uint8_t *auth)
{
	const struct burst_alg *alg = &q->keys.alg;
	size_t enc_len = burst_enc_key_len(alg), auth_len = burst_auth_key_len(alg->auth);
	struct bytes secret = {NULL, 0};
	uint8_t keymat[BURST_ENC_KEY_MAX + BURST_AUTH_KEY_MAX];
	bool ok;

	if (q->group)
		secret = dh_secret(q->dh);
	ok = keymat_child(&q->sa->key, secret, PROTO_ESP, spi, (struct bytes){q->ni, q->ni_len},
			  (struct bytes){q->nr, q->nr_len}, keymat, enc_len + auth_len);
	memcpy(enc, keymat, enc_len);
	memcpy(auth, keymat + enc_len, auth_len);
	secret_zero(keymat, sizeof(keymat));
	return ok;
}

bool quick_keys(struct quick *q)
{
	q->keys.pfs = q->group != 0;
	return direction_keys(q, q->keys.spi_in, q->keys.in_enc, q->keys.in_auth) &&
	       direction_keys(q, q->keys.spi_out, q->keys.out_enc, q->keys.out_auth);
}

/* Decrypts with iv and lets the gate and the row's payload sets pass. */
static enum ike_drop quick_open(struct isakmp_sa *sa, const uint8_t iv[IKE_BLOCK],
				enum quick_action action, struct event *e, struct payloads *p)
{
	const struct payload_row *row = &quick_rows[action];
	struct bytes body = {e->msg.p + ISAKMP_HEADER_LEN, e->h->length - ISAKMP_HEADER_LEN};
	struct ike *k = sa->ike;
	enum ike_drop bad = msg_decrypt(&sa->key, iv, body, k->plain, IKE_MESSAGE_MAX, e->next_iv);

	e->p = p;
	if (bad)
		return bad;
	if (payloads_parse(e->h->next, (struct bytes){k->plain, body.len}, true, p))
		return DROP_DECRYPT;
	return payloads_require(p, row->required, row->once);
}

static void quick_first(struct isakmp_sa *sa, struct event *e)
{
	struct ike *k = sa->ike;
	enum seen_verdict seen = seen_check(&sa->seen, e->h->mid, true);
	uint8_t iv[IKE_BLOCK];
	struct payloads p;
	struct quick *q;
	enum ike_drop bad = DROP_CRYPTO;

	if (seen != SEEN_FRESH) {
		drop(k, seen == SEEN_FULL ? DROP_MESSAGE_ID : DROP_REPLAY);
		return;
	}
	if (keymat_iv_phase2(&sa->key, sa->iv, e->h->mid, iv))
		bad = quick_open(sa, iv, QACT_MSG1, e, &p);
	if (!bad && !quick_hash_check(sa, e->h->mid, (struct bytes){NULL, 0}, &p))
		bad = DROP_HASH;
	if (!bad && payload_first(&p, KIND_KE))
		bad = dh_budget_peer(sa->peer, payload_first(&p, KIND_KE)->body.len, e->now_ms);
	if (!bad &&
	    (!bucket_take(&sa->quick_rate, e->now_ms, QUICKS_PER_SECOND) || !quick_room(sa)))
		bad = DROP_QUICK_OPEN;
	if (bad) {
		drop(k, bad);
		return;
	}
	q = seen_add(&sa->seen, e->h->mid, true) ? quick_new(sa, IKE_RESPONDER, e->h->mid) : NULL;
	if (!q) {
		drop(k, DROP_MEMORY);
		return;
	}
	peer_heard(sa, e->flow, e->natt, e->now_ms);
	dpd_alive(sa->peer, e->now_ms);
	memcpy(q->iv, e->next_iv, IKE_BLOCK);
	q->commit = e->h->flags & FLAG_COMMIT;
	quick_arm(q, e->now_ms + QUICK_WAIT_MS);
	quick_event(q, QEV_MSG, e);
}

static void quick_duplicate(struct quick *q, const struct event *e)
{
	struct ike *k = q->sa->ike;

	if (!reply_may_repeat(&q->reply, e->flow, e->now_ms)) {
		drop(k, DROP_DUPLICATE);
		return;
	}
	k->stats.replies_repeated++;
	act_send(k, q->sa, e->flow, e->natt, (struct bytes){q->reply.bytes, q->reply.len});
	act_note(k, q->sa, e->flow, NOTE_RETRY, "quick-retransmission",
		 "the peer sent its Quick Mode message again: our answer was sent again");
}

enum step quick_input(struct isakmp_sa *sa, struct event *e)
{
	struct quick *q = quick_by_mid(sa, e->h->mid);
	const struct fsm_cell *cell;
	struct payloads p;
	enum ike_drop bad;

	if (!q) {
		quick_first(sa, e);
		return STEP_STAY;
	}
	if (q->reply.request == e->msg_hash) {
		quick_duplicate(q, e);
		return STEP_STAY;
	}
	cell = fsm_cell(&quick_fsm, q->state, QEV_MSG);
	if (cell->ignored_because) {
		drop(sa->ike, DROP_STATE);
		return STEP_STAY;
	}
	bad = quick_open(sa, q->iv, (enum quick_action)cell->action, e, &p);
	if (bad)
		drop(sa->ike, bad);
	else
		quick_event(q, QEV_MSG, e);
	return STEP_STAY;
}

void quick_dh_done(struct isakmp_sa *sa, struct event *e)
{
	struct quick *q = quick_by_mid(sa, e->job->mid);

	if (!q || !q->dh_out || q->dh != e->job) {
		dh_job_free(e->job);
		return;
	}
	q->dh_out = false;
	quick_arm(q, e->now_ms + INSTALL_WAIT_MS);
	quick_event(q, e->job->ok ? QEV_DH_OK : QEV_DH_BAD, e);
}
