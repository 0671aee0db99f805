/*
 * neighbour: the MACs of sessions' next hops on a bridged segment, asked for by ARP (RFC 826,
 * RFC 1122 section 2.3.2) in the name of the session that needs one, each worker for its own.
 * A packet waits for the answer, the newest few of a next hop. Answers are believed when we have
 * asked, announcements when the next hop is known already: nobody fills the table unasked.
 *
 * Called by bridge. Fixed memory, made when a hub is first bridged: a full bucket forgets whom it
 * has not heard of for longest.
 */
#include <stdlib.h>
#include <string.h>

#include "base/addr.h"
#include "wire/arp.h"
#include "worker.h"

#define BUCKETS   1024
#define PLACES    8 /* of a bucket */
#define HELD_MAX  128
#define HELD_EACH 4    /* packets that wait for one next hop */
#define HELD_LEN  2048 /* octets of a frame with its virtio header */
#define HELD_MS   3000
#define ASK_MS    1000  /* a next hop is asked for no more often */
#define ANSWER_MS 3000  /* an answer is believed so long */
#define FRESH_MS  60000 /* it is asked again behind this, */
#define KNOWN_MS  90000 /* and no longer used behind this */

struct neighbour {
	bool used;
	uint16_t hub;
	uint32_t ip;
	uint64_t mac; /* 0: not known */
	uint64_t asked_ms, known_ms;
};

struct held {
	bool used;
	uint16_t hub;
	uint32_t slot; /* of the session */
	uint64_t handle;
	uint32_t ip, len;
	uint64_t since_ms, order;
	uint8_t octets[TAP_ROOM + HELD_LEN];
};

struct neighbours {
	uint64_t seed, order;
	unsigned n_held;
	struct held held[HELD_MAX];
	struct neighbour places[BUCKETS][PLACES];
};

static struct neighbours *table(struct worker *w)
{
	if (!w->neighbours) {
		w->neighbours = calloc(1, sizeof(*w->neighbours));
		if (w->neighbours)
			w->os->random(w->os->ctx, &w->neighbours->seed, sizeof(uint64_t));
	}
	return w->neighbours;
}

static struct neighbour *bucket_of(struct neighbours *t, uint16_t hub, uint32_t ip)
{
	uint32_t key[2] = {ip, hub};

	return t->places[hash_bytes(key, sizeof(key), t->seed) % BUCKETS];
}

static struct neighbour *find(struct neighbours *t, uint16_t hub, uint32_t ip)
{
	struct neighbour *bucket = bucket_of(t, hub, ip);

	for (unsigned i = 0; i < PLACES; i++) {
		if (bucket[i].used && bucket[i].hub == hub && bucket[i].ip == ip)
			return &bucket[i];
	}
	return NULL;
}

static uint64_t last_ms(const struct neighbour *n)
{
	return n->known_ms > n->asked_ms ? n->known_ms : n->asked_ms;
}

static struct neighbour *add(struct neighbours *t, uint16_t hub, uint32_t ip)
{
	struct neighbour *bucket = bucket_of(t, hub, ip), *oldest = bucket;

	for (unsigned i = 0; i < PLACES; i++) {
		if (!bucket[i].used) {
			oldest = &bucket[i];
			break;
		}
		if (last_ms(&bucket[i]) < last_ms(oldest))
			oldest = &bucket[i];
	}
	*oldest = (struct neighbour){.used = true, .hub = hub, .ip = ip};
	return oldest;
}

static void ask(struct worker *w, struct session *s, struct neighbour *n)
{
	uint8_t room[TAP_ROOM + VNET_HDR + ARP_FRAME] = {0};
	struct bridge_frame f = {.hub = s->cfg.hub, .vnet_at = room + TAP_ROOM, .len = ARP_FRAME};

	n->asked_ms = w->now_ms;
	arp_ask(f.vnet_at + VNET_HDR, s->cfg.mac, s->cfg.ip, n->ip);
	count(w, COUNT_ARP_ASKED);
	bridge_in(w, &s->link, &f);
}

static void send_held(struct worker *w, struct held *h, uint64_t mac)
{
	struct session *s = &w->sessions[h->slot];
	struct bridge_frame f = {.hub = h->hub, .vnet_at = h->octets + TAP_ROOM, .len = h->len};

	h->used = false;
	w->neighbours->n_held--;
	if (!s->used || s->cfg.handle != h->handle || s->cfg.hub != h->hub)
		return;
	hub_mac_octets(f.vnet_at + VNET_HDR, mac);
	if (!bridge_in(w, &s->link, &f))
		s->stats.drops_in++;
}

static void drop_held(struct worker *w, struct held *h)
{
	struct session *s = &w->sessions[h->slot];

	h->used = false;
	w->neighbours->n_held--;
	if (s->used && s->cfg.handle == h->handle)
		switch_drop(w, s, DROP_NEXT_HOP);
	else
		count(w, DROP_NEXT_HOP);
}

/* A place for one more packet: of the next hop's own when it has its share, else a free one,
 * else the oldest's. */
static struct held *place_for(struct worker *w, uint16_t hub, uint32_t ip)
{
	struct held *own = NULL, *any = NULL, *empty = NULL;
	unsigned n = 0;

	for (unsigned i = 0; i < HELD_MAX; i++) {
		struct held *h = &w->neighbours->held[i];

		if (h->used && h->since_ms + HELD_MS <= w->now_ms)
			drop_held(w, h);
		if (!h->used) {
			empty = h;
			continue;
		}
		if (h->hub == hub && h->ip == ip) {
			n++;
			if (!own || h->order < own->order)
				own = h;
		}
		if (!any || h->order < any->order)
			any = h;
	}
	if (n >= HELD_EACH)
		empty = own;
	else if (!empty)
		empty = any;
	if (empty->used)
		drop_held(w, empty);
	return empty;
}

static void hold(struct worker *w, struct session *s, uint32_t ip, const struct bridge_frame *f)
{
	struct held *h;

	if (VNET_HDR + f->len > HELD_LEN) {
		switch_drop(w, s, DROP_NEXT_HOP);
		return;
	}
	h = place_for(w, s->cfg.hub, ip);
	h->used = true;
	h->hub = s->cfg.hub;
	h->slot = s->cfg.slot;
	h->handle = s->cfg.handle;
	h->ip = ip;
	h->len = (uint32_t)f->len;
	h->since_ms = w->now_ms;
	h->order = w->neighbours->order++;
	memcpy(h->octets + TAP_ROOM, f->vnet_at, VNET_HDR + f->len);
	w->neighbours->n_held++;
}

void neighbour_send(struct worker *w, struct session *s, uint32_t ip, const struct bridge_frame *f)
{
	struct neighbours *t = table(w);
	struct neighbour *n = t ? find(t, s->cfg.hub, ip) : NULL;
	bool known;

	if (!t) {
		switch_drop(w, s, DROP_NEXT_HOP);
		return;
	}
	if (!n)
		n = add(t, s->cfg.hub, ip);
	known = n->mac && w->now_ms < n->known_ms + KNOWN_MS;
	if (!known)
		hold(w, s, ip, f);
	if ((!known || w->now_ms >= n->known_ms + FRESH_MS) &&
	    (!n->asked_ms || w->now_ms >= n->asked_ms + ASK_MS))
		ask(w, s, n);
	if (!known)
		return;
	hub_mac_octets(f->vnet_at + VNET_HDR, n->mac);
	if (!bridge_in(w, &s->link, f))
		s->stats.drops_in++;
}

static void release(struct worker *w, const struct neighbour *n)
{
	struct neighbours *t = w->neighbours;

	for (uint64_t order = 0; t->n_held;) {
		struct held *next = NULL;

		for (unsigned i = 0; i < HELD_MAX; i++) {
			struct held *h = &t->held[i];

			if (h->used && h->hub == n->hub && h->ip == n->ip && h->order >= order &&
			    (!next || h->order < next->order))
				next = h;
		}
		if (!next)
			return;
		order = next->order + 1;
		send_held(w, next, n->mac);
	}
}

void neighbour_heard(struct worker *w, uint16_t hub, uint32_t ip, uint64_t mac, bool to_session)
{
	struct neighbour *n = w->neighbours ? find(w->neighbours, hub, ip) : NULL;

	if (!n || hub_mac_is_group(mac) || !mac)
		return;
	if (to_session ? !n->asked_ms || w->now_ms >= n->asked_ms + ANSWER_MS : !n->mac)
		return;
	n->mac = mac;
	n->known_ms = w->now_ms;
	release(w, n);
}

void neighbour_forget_hub(struct worker *w, uint16_t hub)
{
	struct neighbours *t = w->neighbours;

	for (unsigned i = 0; t && i < HELD_MAX; i++) {
		if (t->held[i].used && t->held[i].hub == hub)
			drop_held(w, &t->held[i]);
	}
	for (unsigned i = 0; t && i < BUCKETS * PLACES; i++) {
		struct neighbour *n = &t->places[i / PLACES][i % PLACES];

		if (n->used && n->hub == hub)
			*n = (struct neighbour){0};
	}
}

void neighbour_free(struct worker *w)
{
	free(w->neighbours);
}
