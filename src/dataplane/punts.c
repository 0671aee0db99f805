/*
 * punts: worker to control. Messages of strangers and peers and events are limited
 * by class; of L2TP messages one peer gets at most a quarter of its class, so that
 * it cannot silence the others. Acknowledgements and statistics have no limit:
 * commands are taken only while the ring has room for them.
 */
#include "worker.h"

static const enum dp_count class_drops[PUNT_CLASSES] = {
	[PUNT_CLASS_ISAKMP] = DROP_PUNT_ISAKMP_LIMIT,
	[PUNT_CLASS_L2TP] = DROP_PUNT_L2TP_LIMIT,
	[PUNT_CLASS_EVENT] = DROP_PUNT_EVENT_LIMIT,
};

bool rate_ok(struct rate *r, uint64_t now_ms, uint32_t max)
{
	if (r->second != now_ms / 1000) {
		r->second = now_ms / 1000;
		r->used = 0;
	}
	if (r->used >= max)
		return false;
	r->used++;
	return true;
}

static bool push(struct worker *w, struct dp_punt *p)
{
	struct dp_punt *at = ring_reserve(w->punts, sizeof(*p) + p->len);

	if (!at)
		return false;
	p->worker = w->index;
	*at = *p;
	at->message = NULL; /* the reader finds it behind the record */
	if (p->len)
		memcpy(at + 1, p->message, p->len);
	ring_commit(w->punts);
	w->punted = true;
	count(w, COUNT_PUNTS);
	return true;
}

bool punt_message(struct worker *w, enum punt_class class, struct dp_punt *p)
{
	if (!rate_ok(&w->punt_rates[class], w->now_ms, w->punt_limit)) {
		count(w, class_drops[class]);
		return false;
	}
	if (!push(w, p)) {
		count(w, DROP_PUNT_FULL);
		return false;
	}
	return true;
}

bool punt_reply(struct worker *w, struct dp_punt *p)
{
	return push(w, p);
}

bool punt_has_room(struct worker *w)
{
	/* a reservation that is not committed leaves no trace */
	return ring_reserve(w->punts, 4 * sizeof(struct dp_punt)) != NULL;
}

bool punt_peer_ok(struct worker *w, struct peer *p)
{
	if (rate_ok(&p->punts, w->now_ms, w->punt_limit / 4 + 1))
		return true;
	count(w, DROP_PUNT_L2TP_PEER);
	return false;
}
