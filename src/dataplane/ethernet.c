/*
 * ethernet: ports that speak Ethernet, with a switch of the peer's behind them: EtherIP (RFC 3378)
 * in the peer's SAs. What came in goes to the hub's switch like a frame of the way out, but
 * untrusted (hub/guards.h); TCP connections are told what fits the path, because a switch cannot
 * answer that a packet is too large. The other workers hear which hubs have such ports here, so
 * that what is flooded reaches them. Called by esp_in, commands, bridge and tables; the way out of
 * a port is ethernet_out.c's.
 */
#include "wire/etherip.h"
#include "worker.h"

#define FORGET_PLACES 256

static const enum dp_count faults[] = {
	[ETHERIP_SHORT] = DROP_ETHERIP_SHORT,
	[ETHERIP_BAD] = DROP_ETHERIP_HEADER,
	[ETHERIP_RESERVED] = DROP_ETHERIP_HEADER,
	[ETHERIP_FRAME] = DROP_ETHERIP_SHORT,
};

struct ethernet *ethernet_of_port(struct worker *w, uint32_t port)
{
	uint32_t slot = port_slot(port) - w->sessions_max;

	if (port_worker(port) != w->index || slot >= DP_PORTS_MAX || !w->ethernets[slot].used)
		return NULL;
	return &w->ethernets[slot];
}

static struct ethernet *of_peer(struct worker *w, const struct peer *p, enum dp_port_kind kind)
{
	uint32_t slot = p->port_first;

	while (slot != NONE && w->ethernets[slot].cfg.kind != kind)
		slot = w->ethernets[slot].next;
	return slot == NONE ? NULL : &w->ethernets[slot];
}

static void frame_in(struct worker *w, struct ethernet *e, uint8_t *frame, size_t len)
{
	static const struct vnet plain = {0};
	struct bridge_frame f = {
		.hub = e->cfg.hub, .vnet_at = frame - VNET_HDR, .len = len, .stays = true};

	e->stats.packets_in++;
	e->stats.bytes_in += len;
	e->stats.last_in_ms = w->now_ms;
	count(w, COUNT_PORT_IN);
	ethernet_clamp(w, e, frame, len, true);
	vnet_put(f.vnet_at, &plain);
	if (!bridge_in(w, &e->link, &f))
		e->stats.drops_in++;
}

void ethernet_in(struct worker *w, const struct esp_rx *rx, uint8_t *payload, size_t len)
{
	struct ethernet *e = of_peer(w, &w->peers[rx->sa->peer], DP_PORT_ETHERIP);
	enum etherip_fault fault;
	struct bytes frame;

	if (!e) {
		count(w, DROP_ETHERIP_NO_PORT);
		return;
	}
	fault = etherip_parse((struct bytes){payload, len}, &frame);
	if (fault == ETHERIP_OK) {
		frame_in(w, e, payload + ETHERIP_HDR, frame.len);
	} else {
		e->stats.drops_in++;
		count(w, faults[fault]);
	}
}

/* ---- what the other workers know ---- */

/* True: all of them have been told. */
static bool told(struct worker *w, struct ethernet *e)
{
	struct bridge_news news = {
		.kind = NEWS_PORT,
		.hub = e->cfg.hub,
		.port = port_number(w->index, w->sessions_max + e->cfg.slot),
		.gone = !e->used,
		.there = w->port_workers[e->cfg.hub] >> w->index & 1,
	};

	for (unsigned to = 0; to < w->n_workers; to++) {
		if (e->untold >> to & 1 && handoff_news(w, to, &news))
			e->untold &= ~(UINT64_C(1) << to);
	}
	return e->untold == 0;
}

void ethernet_tell(struct worker *w)
{
	for (uint32_t slot = 0; w->ports_untold && slot < DP_PORTS_MAX; slot++) {
		struct ethernet *e = &w->ethernets[slot];

		if (e->untold && told(w, e))
			w->ports_untold--;
	}
	w->more |= w->ports_untold != 0;
}

static void tell_later(struct worker *w, struct ethernet *e)
{
	uint64_t all =
		w->n_workers == DP_WORKERS_MAX ? UINT64_MAX : (UINT64_C(1) << w->n_workers) - 1;

	w->ports_untold -= e->untold != 0;
	e->untold = all & ~(UINT64_C(1) << w->index);
	w->ports_untold += e->untold != 0;
	ethernet_tell(w);
}

static void forget_port(struct worker *w, uint32_t number)
{
	while (!mac_table_forget_port(&w->sw.macs, number, FORGET_PLACES))
		;
	while (!ip_table_forget_port(&w->sw.ips, number, FORGET_PLACES))
		;
}

/* Whether the hub has ports of this worker. */
static void know(struct worker *w, uint16_t hub, unsigned worker, bool there)
{
	uint64_t bit = UINT64_C(1) << worker;

	w->port_workers[hub] = there ? w->port_workers[hub] | bit : w->port_workers[hub] & ~bit;
	if (w->hubs[hub].used)
		bridge_judge_hub(w, hub);
}

void ethernet_heard(struct worker *w, const struct bridge_news *news)
{
	if (news->gone)
		forget_port(w, news->port);
	know(w, news->hub, port_worker(news->port), news->there);
}

/* ---- commands ---- */

static bool may_be(struct worker *w, const struct dp_port *p)
{
	const struct ethernet *e = p->slot < DP_PORTS_MAX ? &w->ethernets[p->slot] : NULL;

	return e && !e->used && !e->untold && p->peer < w->peers_max && w->peers[p->peer].used &&
	       p->hub < DP_HUBS_MAX && w->hubs[p->hub].used && p->mtu >= IPV6_MTU_MIN &&
	       p->kind == DP_PORT_ETHERIP && !of_peer(w, &w->peers[p->peer], p->kind);
}

bool ethernet_add(struct worker *w, const struct dp_port *p)
{
	struct ethernet *e;
	struct segment *g;
	struct peer *peer;

	if (!may_be(w, p))
		return false;
	peer = &w->peers[p->peer];
	e = &w->ethernets[p->slot];
	g = &w->hubs[p->hub];
	*e = (struct ethernet){
		.used = true,
		.next = peer->port_first,
		.next_of_hub = g->port_first,
		.cfg = *p,
		.link = {.number = port_number(w->index, w->sessions_max + p->slot),
			 .hub = p->hub,
			 .kind = HUB_ETHERNET,
			 .outer_ipv6 = peer->flow.remote.addr.family == 6,
			 .user = p->user,
			 .group = p->group},
	};
	hub_port_configure(&e->link, &p->policy);
	peer->port_first = g->port_first = p->slot;
	g->sessions++;
	know(w, p->hub, w->index, true);
	tell_later(w, e);
	return true;
}

static void unlink_port(struct worker *w, uint32_t slot)
{
	struct ethernet *e = &w->ethernets[slot];
	uint32_t *at = &w->peers[e->cfg.peer].port_first;

	while (*at != slot)
		at = &w->ethernets[*at].next;
	*at = e->next;
	at = &w->hubs[e->cfg.hub].port_first;
	while (*at != slot)
		at = &w->ethernets[*at].next_of_hub;
	*at = e->next_of_hub;
}

void ethernet_release(struct worker *w, uint32_t slot)
{
	struct ethernet *e = &w->ethernets[slot];
	struct segment *g = &w->hubs[e->cfg.hub];

	unlink_port(w, slot);
	g->sessions--;
	e->used = false;
	forget_port(w, e->link.number);
	know(w, e->cfg.hub, w->index, g->port_first != NONE);
	tell_later(w, e);
}

struct ethernet *ethernet_at(struct worker *w, uint32_t slot)
{
	return slot < DP_PORTS_MAX && w->ethernets[slot].used ? &w->ethernets[slot] : NULL;
}
