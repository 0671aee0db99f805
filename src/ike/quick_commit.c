/*
 * quick_commit: the commit bit (RFC 2408 3.1): who has it set waits with the new SAs until
 * the other says CONNECTED. A peer that sets it in its Quick Mode gets a fourth message; one
 * that sets it in its answer makes us wait, for a fourth message of Quick Mode, an
 * Informational exchange with the same message id, or an ESP packet. Called by quick.c,
 * quick_responder.c and notify_recv.c.
 */
#include "exchange.h"

bool quick_send_msg4(struct quick *q, const struct event *e)
{
	struct isakmp_sa *sa = q->sa;
	struct ike *k = sa->ike;
	const struct child *c = child_by_id(k, q->child);
	uint8_t spi[4];
	struct wr ws = wr_of(spi, sizeof(spi));
	struct isakmp_header h;
	struct bytes msg4;
	struct msg m;
	size_t at;

	if (!c)
		return false;
	wr_u32(&ws, c->spi_in);
	sa_header(sa, EXCHANGE_QUICK, q->mid, &h);
	h.flags = FLAG_COMMIT;
	msg_begin(&m, k->build, IKE_MESSAGE_MAX, &h);
	at = msg_hash_room(&m, sa->key.hash_len);
	notify_body(msg_open(&m, PAYLOAD_NOTIFY), PROTO_ESP, wr_done(&ws), NOTIFY_CONNECTED,
		    (struct bytes){NULL, 0});
	msg_close(&m);
	if (!quick_hash_fill(sa, q->mid, (struct bytes){NULL, 0}, &m, at))
		return false;
	msg4 = msg_encrypt(&m, &sa->key, q->iv);
	if (msg4.len == 0 || !reply_keep(&q->reply, e->msg_hash, msg4, e->flow, e->natt))
		return false;
	act_send(k, sa, e->flow, e->natt, msg4);
	return true;
}

enum step quick_connected(struct quick *q, struct event *e)
{
	act_note(q->sa->ike, q->sa, e->flow, NOTE_INFO, "peer-connected",
		 "the peer says that its ESP SAs are in place");
	quick_confirmed(q, e->flow, e->now_ms);
	return STEP_GONE;
}

enum step quick_recv_msg4(struct quick *q, struct event *e)
{
	struct notify n;

	if (!quick_hash_check(q->sa, q->mid, (struct bytes){NULL, 0}, e->p)) {
		drop(q->sa->ike, DROP_HASH);
		return STEP_STAY;
	}
	if (!notify_parse(payload_first(e->p, KIND_NOTIFY)->body, &n) ||
	    n.type != NOTIFY_CONNECTED) {
		drop(q->sa->ike, DROP_PAYLOAD_BODY);
		return STEP_STAY;
	}
	return quick_connected(q, e);
}

/* RFC 2407 4.6.3.2: a peer that asks whether we look at sequence numbers is told that we do. */
void quick_write_replay_status(const struct quick *q, struct msg *m)
{
	static const uint8_t enabled[4] = {0, 0, 0, 1};
	uint8_t spi[4];
	struct wr ws = wr_of(spi, sizeof(spi));

	if (!q->replay_asked)
		return;
	wr_u32(&ws, q->keys.spi_in);
	notify_body(msg_open(m, PAYLOAD_NOTIFY), PROTO_ESP, wr_done(&ws), NOTIFY_REPLAY_STATUS,
		    (struct bytes){enabled, sizeof(enabled)});
	msg_close(m);
}

bool quick_has_notify(const struct event *e, uint16_t type, struct notify *out)
{
	for (const struct payload *p = payload_first(e->p, KIND_NOTIFY); p;
	     p = payload_next(e->p, p))
		if (notify_parse(p->body, out) && out->type == type)
			return true;
	return false;
}
