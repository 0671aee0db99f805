/*
 * informational: Informational exchanges that arrive (RFC 2408 4.8, RFC 2409 5.7,
 * RFC 3706): Delete, Notify, R-U-THERE. Called by exchange.c. Only what HASH(1)
 * protects under a fresh message id has an effect (H-10, H-11, H-13); after a
 * Delete of the ISAKMP SA the rest of the message is not looked at (security.md 74).
 */
#include "exchange.h"

enum step info_clear(struct isakmp_sa *sa, struct event *e)
{
	(void)e;
	drop(sa->ike, DROP_NOTIFY_CLEAR);
	return STEP_STAY;
}

static void delete_esp(struct isakmp_sa *sa, const struct delete_body *d)
{
	struct rd r = rd_of_bytes(d->spis);

	/* an SA may delete what was made under another one of the same peer */
	while (rd_left(&r)) {
		struct child *c = child_by_spi_out(sa->peer, rd_u32(&r));

		if (!c)
			continue;
		struct quick *q = quick_by_child(sa->peer, c->id);

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

/* The Deletes of one message: pairs first in whatever order they stand, because behind the
 * ISAKMP SA's own end nothing is looked at (security.md 74). */
static enum step deletes_recv(struct isakmp_sa *sa, const struct event *e)
{
	bool names_sa = false;
	struct delete_body d;

	for (const struct payload *p = payload_first(e->p, KIND_DELETE); p;
	     p = payload_next(e->p, p)) {
		if (!delete_parse(p->body, &d))
			drop(sa->ike, DROP_PAYLOAD_BODY);
		else if (d.protocol == PROTO_ESP && d.spi_len == 4)
			delete_esp(sa, &d);
		else if (delete_names_sa(sa, &d))
			names_sa = true;
	}
	if (!names_sa)
		return STEP_STAY;
	act_note(sa->ike, sa, e->flow, NOTE_INFO, "peer-delete", "the peer deleted the ISAKMP SA");
	peer_rekey_before(sa->peer, sa, e->now_ms);
	sa_end(sa, "peer-delete", true);
	return STEP_GONE;
}

enum step info_recv(struct isakmp_sa *sa, struct event *e)
{
	struct ike *k = sa->ike;
	const struct quick *waiting;

	if (!quick_hash_check(sa, e->h->mid, (struct bytes){NULL, 0}, e->p)) {
		drop(k, DROP_HASH);
		return STEP_STAY;
	}
	waiting = quick_by_mid(sa, e->h->mid);
	if (!(waiting && waiting->state == QM_WAIT_CONNECTED) &&
	    seen_check(&sa->seen, e->h->mid, false) != SEEN_FRESH) {
		drop(k, DROP_REPLAY);
		return STEP_STAY;
	}
	if (!seen_add(&sa->seen, e->h->mid, false)) {
		drop(k, DROP_MEMORY);
		return STEP_STAY;
	}
	peer_heard(sa, e->flow, e->natt, e->now_ms);
	for (const struct payload *p = payload_first(e->p, KIND_NOTIFY); p;
	     p = payload_next(e->p, p))
		if (notify_recv(sa, e, p->body) == STEP_GONE)
			return STEP_GONE;
	return deletes_recv(sa, e);
}
