/*
 * path: follows a peer whose outer address changes (a NAT that rebinds, RFC 3947
 * section 8, RFC 3948 section 4). Only an authentic packet with the highest
 * sequence number so far moves the peer (H-16), at most once in 5 s. Called by
 * esp_in.
 */
#include "worker.h"

#define MOVE_INTERVAL_MS 5000

/* The local port is the socket's affair. */
static bool same_path(const struct flow *a, const struct flow *b)
{
	return a->remote.port == b->remote.port && ip_addr_eq(&a->remote.addr, &b->remote.addr) &&
	       ip_addr_eq(&a->local.addr, &b->local.addr);
}

/* Protocol 50 has no ports: those of the peer's ISAKMP messages stay. */
static struct flow path_of(const struct peer *p, const struct esp_rx *rx)
{
	struct flow f = *rx->flow;

	if (!rx->udp_encap) {
		f.remote.port = p->flow.remote.port;
		f.local.port = p->flow.local.port;
	}
	return f;
}

/* Apart, because path_seen() runs for every packet and this is large. False: no room. */
static __attribute__((noinline)) bool tell(struct worker *w, const struct peer *p,
					   const struct esp_rx *rx, const struct flow *now)
{
	struct dp_punt punt = {
		.kind = DP_PUNT_PATH,
		.flow = *now,
		.peer_handle = p->handle,
		.sa_handle = rx->sa->esp.handle,
	};

	return punt_message(w, PUNT_CLASS_EVENT, &punt);
}

void path_seen(struct worker *w, const struct esp_rx *rx, bool newest)
{
	struct peer *p = &w->peers[rx->sa->peer];
	struct flow now;

	/* the encapsulation was negotiated: an SA accepts either, but a packet in the
	 * other one does not say where the peer hears us */
	if (!newest || rx->udp_encap != p->udp_encap)
		return;
	now = path_of(p, rx);
	if (same_path(&p->flow, &now))
		return;
	if (p->moved && w->now_ms - p->moved_ms < MOVE_INTERVAL_MS) {
		count(w, COUNT_PATH_HELD);
		return;
	}
	/* control must hear of each change, so no change without room for the punt */
	if (!tell(w, p, rx, &now))
		return;
	p->flow = now;
	p->moved = true;
	p->moved_ms = w->now_ms;
	count(w, COUNT_PATH_CHANGED);
}
