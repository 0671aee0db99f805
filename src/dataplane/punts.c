/*
 * punts: worker to control. Messages of strangers and peers and events are limited
 * by class; L2TP has more, because it comes from peers only and a set-up takes fifteen
 * messages, but one peer gets at most a sixteenth, so that it cannot silence the others. Of ISAKMP
 * messages the first half of a second's limit and of the ring is for whoever comes; the rest only
 * for networks (/24, /64) that have not had their share yet, so that a flood from one leaves the
 * others theirs. Networks share buckets by a hash that is another one each second. Acknowledgements
 * and statistics have no limit: commands are taken only while the ring has room for them.
 */
#include "worker.h"

#define L2TP_TIMES 4            /* as many messages of L2TP as of ISAKMP */
#define SHARES     64           /* a network's share is one of them */
#define LONG       1024         /* octets; a longer message counts as several */
#define RING_KEPT  (128 * 1024) /* ISAKMP leaves this room in the ring to everything else, */
#define RING_FLOOD (224 * 1024) /* and a network beyond its share this */

static const enum dp_count class_drops[PUNT_CLASSES] = {
	[PUNT_CLASS_ISAKMP] = DROP_PUNT_ISAKMP_LIMIT,
	[PUNT_CLASS_L2TP] = DROP_PUNT_L2TP_LIMIT,
	[PUNT_CLASS_EVENT] = DROP_PUNT_EVENT_LIMIT,
	[PUNT_CLASS_PACKET] = DROP_PUNT_PACKET_LIMIT,
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
	uint32_t limit = class == PUNT_CLASS_L2TP ? w->punt_limit * L2TP_TIMES : w->punt_limit;

	if (!rate_ok(&w->punt_rates[class], w->now_ms, limit)) {
		count(w, class_drops[class]);
		return false;
	}
	if (!push(w, p)) {
		count(w, DROP_PUNT_FULL);
		return false;
	}
	return true;
}

static uint32_t *source_used(struct worker *w, const struct ip_addr *a)
{
	size_t prefix = a->family == 6 ? 8 : 3;

	if (w->isakmp_second != w->now_ms / 1000) {
		w->isakmp_second = w->now_ms / 1000;
		memset(w->isakmp_used, 0, sizeof(w->isakmp_used));
		w->os->random(w->os->ctx, &w->isakmp_seed, sizeof(w->isakmp_seed));
	}
	return &w->isakmp_used[hash_bytes(a->ip, prefix, w->isakmp_seed) % ISAKMP_SOURCES];
}

bool punt_isakmp(struct worker *w, struct dp_punt *p)
{
	const struct rate *class = &w->punt_rates[PUNT_CLASS_ISAKMP];
	uint32_t *used = source_used(w, &p->flow.remote.addr);
	uint32_t sent = class->second == w->now_ms / 1000 ? class->used : 0;
	bool beyond = *used >= w->punt_limit / SHARES + 1;

	if (beyond && sent >= w->punt_limit / 2) {
		count(w, DROP_PUNT_ISAKMP_SOURCE);
		return false;
	}
	if (!ring_reserve(w->punts, sizeof(*p) + p->len + (beyond ? RING_FLOOD : RING_KEPT))) {
		count(w, DROP_PUNT_FULL);
		return false;
	}
	if (!punt_message(w, PUNT_CLASS_ISAKMP, p))
		return false;
	*used += 1 + p->len / LONG; /* the ring's room is shared, too */
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

/* A user's question that waits too long is asked again, so it leaves room to the rest. */
bool punt_packet(struct worker *w, struct session *s, struct dp_punt *p)
{
	if (!rate_ok(&s->packets, w->now_ms, DP_PACKET_PUNTS)) {
		count(w, DROP_PUNT_PACKET_SESSION);
		return false;
	}
	if (!ring_reserve(w->punts, sizeof(*p) + p->len + RING_FLOOD)) {
		count(w, DROP_PUNT_FULL);
		return false;
	}
	return punt_message(w, PUNT_CLASS_PACKET, p);
}

/* With the checksum that the sender's kernel left to the device (RFC 768): control's DHCP checks
 * it. */
static size_t whole_copy(uint8_t *copy, const uint8_t *frame, size_t len)
{
	const uint8_t *vnet_at = frame - VNET_HDR;
	struct ipv4 ip;
	struct vnet v;

	memcpy(copy, frame, len);
	if (be16(frame + 2 * ETH_ADDR) == ETH_TYPE_IPV4 && vnet_parse(vnet_at, VNET_HDR, &v) &&
	    v.gso_type == VNET_GSO_NONE &&
	    ipv4_parse(copy + ETH_HDR, len - ETH_HDR, false, &ip) == IPV4_OK)
		port_complete_checksum(copy + ETH_HDR, &v, ip.hdr_len, ip.total_len, ip.proto);
	return len;
}

void punt_frame(struct worker *w, uint16_t hub, uint32_t port, const uint8_t *frame, size_t len)
{
	uint8_t copy[DP_FRAME_MAX];
	struct dp_punt p = {
		.kind = DP_PUNT_FRAME,
		.hub = hub,
		.port_worker = port_worker(port),
		.port_slot = port_slot(port),
		.message = copy,
	};

	if (len > DP_FRAME_MAX) {
		count(w, DROP_PUNT_LONG);
		return;
	}
	p.len = (uint32_t)whole_copy(copy, frame, len);
	if (!ring_reserve(w->punts, sizeof(p) + p.len + RING_FLOOD))
		count(w, DROP_PUNT_FULL);
	else if (punt_message(w, PUNT_CLASS_PACKET, &p))
		count(w, COUNT_FRAMES_PUNTED);
}

bool punt_peer_ok(struct worker *w, struct peer *p)
{
	if (rate_ok(&p->punts, w->now_ms, w->punt_limit / 4 + 1))
		return true;
	count(w, DROP_PUNT_L2TP_PEER);
	return false;
}
