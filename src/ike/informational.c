/*
 * informational: Informational exchanges that arrive (RFC 2408 4.8, RFC 2409 5.7,
 * RFC 3706): Delete, Notify, R-U-THERE. Called by exchange.c. Only what HASH(1)
 * protects under a fresh message id has an effect (H-10, H-11, H-13); after a
 * Delete of the ISAKMP SA the rest of the message is not looked at (security.md 74).
 */
#include <stdio.h>

#include "exchange.h"

#define DPD_MIN_MS 1000 /* H-14 */

enum step info_clear(struct isakmp_sa *sa, struct event *e)
{
	(void)e;
	drop(sa->ike, DROP_NOTIFY_CLEAR);
	return STEP_STAY;
}

/* RFC 3706 5.3, 5.4: the SPI is the cookie pair; the sequence number must rise. */
static void r_u_there(struct isakmp_sa *sa, const struct event *e, const struct notify *n)
{
	struct rd r = rd_of_bytes(n->data);
	uint32_t sequence = rd_u32(&r);
	bool cookies = n->spi.len == 2 * ISAKMP_COOKIE_LEN &&
		       memcmp(n->spi.p, sa->cky_i, ISAKMP_COOKIE_LEN) == 0 &&
		       memcmp(n->spi.p + ISAKMP_COOKIE_LEN, sa->cky_r, ISAKMP_COOKIE_LEN) == 0;

	if (!rd_done(&r) || !cookies ||
	    (sa->dpd_any && ((int32_t)(sequence - sa->dpd_sequence) <= 0 ||
			     e->now_ms - sa->dpd_ms < DPD_MIN_MS))) {
		drop(sa->ike, DROP_DPD);
		return;
	}
	sa->dpd_any = true;
	sa->dpd_sequence = sequence;
	sa->dpd_ms = e->now_ms;
	notify_send(sa, PROTO_ISAKMP, n->spi, NOTIFY_R_U_THERE_ACK, n->data);
}

/* An initiator's Quick Mode that the peer refuses, told by a protected Notify. */
static enum step peer_refuses(struct isakmp_sa *sa, const struct event *e, const struct notify *n)
{
	struct quick *waiting = NULL;
	char text[64];

	list_each (&sa->quicks, it) {
		struct quick *q = list_entry(it, struct quick, link);

		if (q->role == IKE_INITIATOR && q->state == QM_WAIT_MSG2)
			waiting = q;
	}
	snprintf(text, sizeof(text), "the peer sent error notify %u", n->type);
	act_note(sa->ike, sa, e->flow, NOTE_REFUSED,
		 n->type == NOTIFY_NO_PROPOSAL_CHOSEN ? "peer-no-proposal" : "peer-error", "%s%s",
		 text, waiting ? " to our Quick Mode" : "");
	if (!waiting)
		return STEP_STAY;
	sa->ike->stats.phase2_failed++;
	quick_end(waiting);
	if (sa->n_children)
		return STEP_STAY;
	delete_send_isakmp(sa);
	sa_end(sa, n->type == NOTIFY_NO_PROPOSAL_CHOSEN ? "peer-no-proposal" : "peer-error", true);
	return STEP_GONE;
}

static enum step notify_recv(struct isakmp_sa *sa, const struct event *e, struct bytes body)
{
	struct notify n;

	if (!notify_parse(body, &n)) {
		drop(sa->ike, DROP_PAYLOAD_BODY);
		return STEP_STAY;
	}
	if (n.type <= NOTIFY_ERROR_LAST)
		return peer_refuses(sa, e, &n);
	if (n.type == NOTIFY_R_U_THERE)
		r_u_there(sa, e, &n);
	else
		act_note(sa->ike, sa, e->flow, NOTE_INFO, "peer-notify",
			 n.type == NOTIFY_INITIAL_CONTACT
				 ? "INITIAL-CONTACT (notify %u): noted only"
				 : "notify %u: nothing to do",
			 n.type);
	return STEP_STAY;
}

static void delete_esp(struct isakmp_sa *sa, const struct delete_body *d)
{
	struct rd r = rd_of_bytes(d->spis);

	while (rd_left(&r)) {
		struct child *c = child_by_spi_out(sa, rd_u32(&r));

		if (!c)
			continue;
		struct quick *q = quick_by_child(sa, c->id);

		if (q)
			quick_end(q);
		child_end(c, "peer-delete");
	}
}

/* True: the Delete names this ISAKMP SA. */
static bool delete_names_sa(const struct isakmp_sa *sa, const struct delete_body *d)
{
	struct rd r = rd_of_bytes(d->spis);

	if (d->protocol != PROTO_ISAKMP || d->spi_len != 2 * ISAKMP_COOKIE_LEN)
		return false;
	while (rd_left(&r)) {
		struct bytes i = rd_bytes(&r, ISAKMP_COOKIE_LEN);
		struct bytes x = rd_bytes(&r, ISAKMP_COOKIE_LEN);

		if (memcmp(i.p, sa->cky_i, i.len) == 0 && memcmp(x.p, sa->cky_r, x.len) == 0)
			return true;
	}
	return false;
}

static enum step delete_recv(struct isakmp_sa *sa, const struct event *e, struct bytes body)
{
	struct delete_body d;

	if (!delete_parse(body, &d)) {
		drop(sa->ike, DROP_PAYLOAD_BODY);
		return STEP_STAY;
	}
	if (d.protocol == PROTO_ESP && d.spi_len == 4) {
		delete_esp(sa, &d);
		return STEP_STAY;
	}
	if (!delete_names_sa(sa, &d))
		return STEP_STAY;
	act_note(sa->ike, sa, e->flow, NOTE_END, "peer-delete", "the peer deleted the ISAKMP SA");
	sa_end(sa, "peer-delete", true);
	return STEP_GONE;
}

enum step info_recv(struct isakmp_sa *sa, struct event *e)
{
	struct ike *k = sa->ike;

	if (!quick_hash_check(sa, e->h->mid, (struct bytes){NULL, 0}, e->p)) {
		drop(k, DROP_HASH);
		return STEP_STAY;
	}
	if (seen_check(&sa->seen, e->h->mid, false) != SEEN_FRESH) {
		drop(k, DROP_REPLAY);
		return STEP_STAY;
	}
	seen_add(&sa->seen, e->h->mid, false);
	sa_move(sa, e->flow, e->natt, e->now_ms);
	for (const struct payload *p = payload_first(e->p, KIND_NOTIFY); p;
	     p = payload_next(e->p, p))
		if (notify_recv(sa, e, p->body) == STEP_GONE)
			return STEP_GONE;
	for (const struct payload *p = payload_first(e->p, KIND_DELETE); p;
	     p = payload_next(e->p, p))
		if (delete_recv(sa, e, p->body) == STEP_GONE)
			return STEP_GONE;
	return STEP_STAY;
}
