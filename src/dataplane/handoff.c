/*
 * handoff: packets that belong to another worker's SA or session, by a ring for
 * each pair of workers. Called by rx and switch; the other end runs in the owner's
 * round. A full ring drops and counts. The owner is woken once a round.
 */
#include "worker.h"

#define TAKE_MAX 1024 /* records of one ring in a round */

enum handoff_kind { HANDOFF_ESP, HANDOFF_FRAME, HANDOFF_BRIDGE, HANDOFF_NEWS };

struct handoff {
	enum handoff_kind kind;
	bool udp_encap;
	uint16_t hub;
	/* octets behind this header; of a frame without TAP_ROOM and its vnet header */
	uint32_t len;
	union {
		struct flow flow; /* ESP */
		struct {
			uint32_t port;
			struct hub_source from;
		} bridge;
		struct bridge_news news;
	};
};

static uint8_t *reserve(struct worker *w, unsigned to, size_t len, struct handoff **h)
{
	struct ring *ring = to < w->n_workers ? dp_handoff_ring(w, w->index, to) : NULL;

	if (!ring) {
		count(w, DROP_HANDOFF_NONE);
		return NULL;
	}
	*h = ring_reserve(ring, sizeof(**h) + len);
	if (!*h) {
		count(w, DROP_HANDOFF_FULL);
		return NULL;
	}
	return (uint8_t *)(*h + 1);
}

static void commit(struct worker *w, unsigned to)
{
	ring_commit(dp_handoff_ring(w, w->index, to));
	w->wake_workers |= UINT64_C(1) << to;
	count(w, COUNT_HANDOFFS);
}

void handoff_esp(struct worker *w, unsigned to, const uint8_t *esp, size_t len,
		 const struct flow *flow, bool udp_encap)
{
	struct handoff *h;
	uint8_t *p = reserve(w, to, len, &h);

	if (!p)
		return;
	*h = (struct handoff){
		.kind = HANDOFF_ESP, .udp_encap = udp_encap, .len = (uint32_t)len, .flow = *flow};
	memcpy(p, esp, len);
	commit(w, to);
}

/* The record with the frame behind it, not yet committed; NULL: counted. */
static struct handoff *put_frame(struct worker *w, unsigned to, enum handoff_kind kind,
				 const struct bridge_frame *f)
{
	struct handoff *h;
	uint8_t *p = reserve(w, to, TAP_ROOM + VNET_HDR + f->len, &h);

	if (!p)
		return NULL;
	*h = (struct handoff){.kind = kind, .hub = f->hub, .len = (uint32_t)f->len};
	memcpy(p + TAP_ROOM, f->vnet_at, VNET_HDR + f->len);
	return h;
}

void handoff_frame(struct worker *w, unsigned to, const struct bridge_frame *f)
{
	if (put_frame(w, to, HANDOFF_FRAME, f))
		commit(w, to);
}

void handoff_bridge(struct worker *w, unsigned to, const struct bridge_frame *f, uint32_t port,
		    const struct hub_source *from)
{
	struct handoff *h = put_frame(w, to, HANDOFF_BRIDGE, f);

	if (!h)
		return;
	h->bridge.port = port;
	h->bridge.from = *from;
	commit(w, to);
}

bool handoff_news(struct worker *w, unsigned to, const struct bridge_news *news)
{
	struct handoff *h;

	if (!reserve(w, to, 0, &h))
		return false;
	*h = (struct handoff){.kind = HANDOFF_NEWS, .news = *news};
	commit(w, to);
	return true;
}

static void flush_esp(struct worker *w)
{
	esp_in_flush(w);
	tap_out_flush(w);
	w->handoff_used = 0;
}

/* ESP waits for its burst beyond the record's life in the ring, so it is copied
 * with its flow into the arena (8-aligned). */
static void take_esp(struct worker *w, const struct handoff *h, const uint8_t *p)
{
	size_t need = (sizeof(h->flow) + h->len + 7) & ~(size_t)7;
	struct flow *flow;
	uint8_t *at;

	if (w->handoff_used + need > HANDOFF_ARENA)
		flush_esp(w);
	at = w->handoff_mem + w->handoff_used;
	flow = (struct flow *)(void *)at;
	*flow = h->flow;
	memcpy(at + sizeof(*flow), p, h->len);
	w->handoff_used += need;
	esp_in(w, at + sizeof(*flow), h->len, flow, h->udp_encap);
}

static void take(struct worker *w, struct handoff *h)
{
	uint8_t *vnet_at = (uint8_t *)(h + 1) + TAP_ROOM;
	struct bridge_frame f = {.hub = h->hub, .vnet_at = vnet_at, .len = h->len};

	if (h->kind == HANDOFF_ESP)
		take_esp(w, h, (const uint8_t *)(h + 1));
	else if (h->kind == HANDOFF_NEWS)
		bridge_learn(w, &h->news);
	else if (!w->hubs[h->hub].used)
		count(w, DROP_FRAME_NOT_PORT);
	else if (h->kind == HANDOFF_BRIDGE)
		bridge_out(w, &f, h->bridge.port, &h->bridge.from);
	else
		switch_frame(w, h->hub, vnet_at, h->len);
}

static void take_ring(struct worker *w, struct ring *ring)
{
	struct handoff *h;
	size_t len;

	for (unsigned n = 0; n < TAKE_MAX; n++) {
		/* the consumer owns the record until the pop: frames are changed in place */
		h = (struct handoff *)(uintptr_t)ring_peek(ring, &len);
		if (!h)
			return;
		take(w, h);
		w->work++;
		ring_pop(ring);
	}
	w->more = true;
}

void handoff_take(struct worker *w)
{
	for (unsigned from = 0; from < w->n_workers; from++) {
		if (from != w->index)
			take_ring(w, dp_handoff_ring(w, from, w->index));
	}
	flush_esp(w);
}

void handoff_wake(struct worker *w)
{
	for (unsigned to = 0; w->wake_workers; to++, w->wake_workers >>= 1) {
		if (w->wake_workers & 1)
			dp_wake(w, to);
	}
}
