/*
 * bridge: frames of hubs whose way out is a LAN segment (IEEE 802.1D), of hubs with an access list
 * or options, and of sessions with policies: hub_forward() decides about each, this carries it
 * out, and hub_deliver() is asked at the port of exit, in the worker that owns it. What a worker
 * learns it tells the others by the handoff rings. Called by switch, tap_in, handoff and commands.
 *
 * A hub without any of that never comes here: for it the answer is always the same, and switch.c
 * knows it.
 */
#include <string.h>

#include "base/list.h"
#include "wire/arp.h"
#include "worker.h"

#define TEND_MS     10
#define TEND_PLACES 256                      /* of the tables, each time */
#define IPV4_TO_MAC UINT64_C(0x01005e000000) /* groups, RFC 1112 section 6.4 */
#define GROUP_BITS  UINT32_C(0x7fffff)

static uint8_t *frame_of(const struct bridge_frame *f)
{
	return f->vnet_at + VNET_HDR;
}

static struct session *session_of_port(struct worker *w, uint32_t port)
{
	uint32_t slot = port_slot(port);

	if (port_worker(port) != w->index || slot >= w->sessions_max || !w->sessions[slot].used)
		return NULL;
	return &w->sessions[slot];
}

/* Are there hosts in the hub besides its sessions and the one on its TAP? */
static bool has_hosts(const struct worker *w, uint16_t hub)
{
	return w->hubs[hub].bridged || w->port_workers[hub];
}

static bool is_arp_reply(const struct hub_headers *h)
{
	return h->flags & HDR_ARP && h->arp.op == ARP_REPLY;
}

/* ---- out of a port ---- */

/* The offsets of the virtio header count from the frame's beginning, which a tag moves. */
static void edit_frame(struct bridge_frame *f, const struct hub_headers *h,
		       const struct hub_edit *edit)
{
	uint8_t *was = frame_of(f), *now;
	struct vnet v;
	int moved;

	if (!vnet_parse(f->vnet_at, VNET_HDR, &v))
		v = (struct vnet){0};
	now = hub_edit_frame(was, &f->len, h, edit);
	moved = (int)(was - now);
	if (v.flags & VNET_F_NEEDS_CSUM)
		v.csum_start = (uint16_t)(v.csum_start + moved);
	if (v.gso_type != VNET_GSO_NONE)
		v.hdr_len = (uint16_t)(v.hdr_len + moved);
	f->vnet_at = now - VNET_HDR;
	vnet_put(f->vnet_at, &v);
}

static bool wants_edit(const struct hub_edit *e)
{
	return e->strip_tag || e->add_tag || e->no_default_router;
}

/* A user's packets leave merged where they stay as they are until the flush. */
static void leave_by_way_out(struct worker *w, const struct bridge_frame *f)
{
	uint8_t *packet = frame_of(f) + ETH_HDR;
	uint16_t type = be16(frame_of(f) + 2 * ETH_ADDR);
	struct ipv4 ip;
	struct ipv6 ip6;

	if (f->stays && type == ETH_TYPE_IPV4 &&
	    ipv4_parse(packet, f->len - ETH_HDR, false, &ip) == IPV4_OK)
		tap_out(w, f->hub, packet, &ip);
	else if (f->stays && type == ETH_TYPE_IPV6 &&
		 ipv6_parse(packet, f->len - ETH_HDR, &ip6) == IPV6_OK)
		tap_out6(w, f->hub, packet, &ip6);
	else
		tap_out_frame(w, f->hub, f->vnet_at, f->len);
}

void bridge_leave(struct worker *w, const struct bridge_frame *f, uint32_t port)
{
	struct ethernet *e;
	struct session *s;

	if (port_is_way_out(port)) {
		leave_by_way_out(w, f);
		return;
	}
	s = session_of_port(w, port);
	e = ethernet_of_port(w, port);
	if (s && s->cfg.hub == f->hub)
		port_out(w, s, f->vnet_at, f->len);
	else if (e && e->cfg.hub == f->hub)
		ethernet_out(w, e, f->vnet_at, f->len);
	else
		count(w, DROP_FRAME_NOT_PORT);
}

/* A flooded frame goes to others, too, so that what one port changes is its own. */
static void edit_for(struct worker *w, struct bridge_frame *f, const struct hub_source *from,
		     const struct hub_headers *h, const struct hub_edit *edit)
{
	if (from->flags & HUB_FROM_FLOOD) {
		memcpy(w->flood_mem + TAP_ROOM, f->vnet_at, VNET_HDR + f->len);
		f->vnet_at = w->flood_mem + TAP_ROOM;
	}
	edit_frame(f, h, edit);
	f->stays = false;
}

/* stats: of the port; NULL: it is the way out. */
static void deliver(struct worker *w, struct hub_port *out, struct dp_session_stats *stats,
		    const struct bridge_frame *f, const struct hub_source *from,
		    const struct hub_headers *h)
{
	struct bridge_frame edited = *f;
	struct hub_edit edit;
	uint16_t delay_ms = 0;
	enum hub_drop drop = hub_deliver(&w->sw, &w->hubs[f->hub].hub, out, from, h, w->now_ms,
					 &edit, &delay_ms);

	if (drop != HUB_PASS) {
		count(w, drop_of_hub(drop));
		if (stats)
			stats->drops_out++;
		return;
	}
	if (wants_edit(&edit))
		edit_for(w, &edited, from, h, &edit);
	if (delay_ms)
		delay_frame(w, &edited, out->number, NULL, delay_ms);
	else
		bridge_leave(w, &edited, out->number);
}

/* To the hub's ports that speak Ethernet, which get copies; all: in every worker, and then the way
 * out, which may keep the frame. Sessions take no groups. */
static void flood(struct worker *w, const struct bridge_frame *f, bool all,
		  const struct hub_source *from, const struct hub_headers *h)
{
	struct segment *g = &w->hubs[f->hub];
	uint64_t workers = all ? w->port_workers[f->hub] : 0;

	for (unsigned to = 0; to < w->n_workers; to++) {
		if (to != w->index && workers >> to & 1)
			handoff_bridge(w, to, f, PORT_FLOOD_HERE, from);
	}
	for (uint32_t slot = g->port_first; slot != NONE; slot = w->ethernets[slot].next_of_hub) {
		struct ethernet *e = &w->ethernets[slot];

		if (e->link.number != from->port)
			deliver(w, &e->link, &e->stats, f, from, h);
	}
	if (all)
		deliver(w, &g->way_out, NULL, f, from, h);
}

static void out(struct worker *w, const struct bridge_frame *f, uint32_t port,
		const struct hub_source *from, const struct hub_headers *h)
{
	struct ethernet *e = ethernet_of_port(w, port);
	struct session *s = session_of_port(w, port);

	if (port_is_way_out(port))
		deliver(w, &w->hubs[f->hub].way_out, NULL, f, from, h);
	else if (port >= PORT_FLOOD_HERE)
		flood(w, f, port == PORT_FLOOD, from, h);
	else if (e && e->cfg.hub == f->hub)
		deliver(w, &e->link, &e->stats, f, from, h);
	else if (s && s->cfg.hub == f->hub && is_arp_reply(h))
		neighbour_heard(w, f->hub, h->arp.sender_ip, h->arp.sender_mac, true);
	else if (s && s->cfg.hub == f->hub)
		deliver(w, &s->link, &s->stats, f, from, h);
	else if (!s && !e && is_arp_reply(h)) /* control probes an address */
		punt_frame(w, f->hub, port, frame_of(f), f->len);
	else
		count(w, DROP_FRAME_NOT_PORT);
}

void bridge_out(struct worker *w, const struct bridge_frame *f, uint32_t port,
		const struct hub_source *from)
{
	struct hub_headers h;

	if (w->hubs[f->hub].used && hub_headers_parse(frame_of(f), f->len, &h))
		out(w, f, port, from, &h);
	else
		count(w, DROP_FRAME_NOT_PORT);
}

void bridge_to_session(struct worker *w, struct session *s, const struct bridge_frame *f)
{
	struct hub_source from = {.port = PORT_WAY_OUT | f->hub};
	struct hub_headers h;
	struct port_mac mac;

	if (!hub_headers_parse(frame_of(f), f->len, &h))
		return;
	if (port_mac_parse(frame_of(f) + ETH_ADDR, &mac) && mac.machine == w->machine)
		from.port = port_number(mac.worker, mac.slot);
	deliver(w, &s->link, &s->stats, f, &from, &h);
}

/* ---- what was learned ---- */

static void tell_all(struct worker *w, const struct bridge_news *news)
{
	for (unsigned to = 0; to < w->n_workers; to++) {
		if (to != w->index)
			handoff_news(w, to, news);
	}
}

static void tell(struct worker *w, const struct hub_port *in, const struct hub_headers *h,
		 const struct hub_decision *d)
{
	struct bridge_news news = {.kind = NEWS_MAC};

	if (d->tell & HUB_TELL_MAC) {
		news.mac = (struct mac_claim){.hub = in->hub,
					      .vlan = d->from.vlan,
					      .mac = h->src_mac,
					      .port = in->number};
		tell_all(w, &news);
	}
	if (d->tell & HUB_TELL_LEASE) {
		news.kind = NEWS_LEASE;
		news.lease = d->lease;
		tell_all(w, &news);
	}
}

/* Somebody announces its address (RFC 5227 section 1.2): next hops that are known follow. */
static void hear_announcement(struct worker *w, uint16_t hub, const struct hub_headers *h)
{
	struct bridge_news news = {
		.kind = NEWS_ARP, .hub = hub, .ip = h->arp.sender_ip, .at = h->arp.sender_mac};

	if (!(h->flags & HDR_ARP) || h->arp.sender_ip != h->arp.target_ip || !h->arp.sender_ip)
		return;
	bridge_learn(w, &news);
	tell_all(w, &news);
}

void bridge_learn(struct worker *w, const struct bridge_news *news)
{
	uint32_t now_s = (uint32_t)(w->now_ms / 1000);

	switch (news->kind) {
	case NEWS_MAC:
		mac_table_learn(&w->sw.macs, &news->mac, now_s);
		break;
	case NEWS_LEASE:
		ip_table_claim(&w->sw.ips, &news->lease, now_s);
		break;
	case NEWS_ARP:
		neighbour_heard(w, news->hub, news->ip, news->at, false);
		break;
	case NEWS_PORT:
		ethernet_heard(w, news);
		break;
	}
}

/* ---- into the hub ---- */

static void send_to(struct worker *w, const struct bridge_frame *f, const struct hub_headers *h,
		    uint32_t port, const struct hub_decision *d)
{
	if (d->delay_ms)
		delay_frame(w, f, port, &d->from, d->delay_ms);
	else if (port_is_here(w->index, port))
		out(w, f, port, &d->from, h);
	else
		handoff_bridge(w, port_worker(port), f, port, &d->from);
}

/* By the port that asked. */
static void answer(struct worker *w, const struct hub_port *in, const uint8_t *built,
		   const struct hub_headers *h, size_t len)
{
	uint8_t frame[VNET_HDR + FRAME_ANSWER_MAX] = {0};
	struct ethernet *e = ethernet_of_port(w, in->number);

	memcpy(frame + VNET_HDR, built, len);
	count(w, h->flags & HDR_ARP ? COUNT_ARP_ANSWERED : COUNT_ND_ANSWERED);
	if (e)
		ethernet_out(w, e, frame, len);
	else
		tap_out_frame(w, in->hub, frame, len);
}

static void carry_out(struct worker *w, const struct hub_port *in, const struct bridge_frame *f,
		      const struct hub_headers *h, const uint8_t *built,
		      const struct hub_decision *d)
{
	switch (d->verdict) {
	case HUB_DROP:
		count(w, drop_of_hub(d->drop));
		break;
	case HUB_ANSWER:
		answer(w, in, built, h, d->answer_len);
		break;
	case HUB_TO_PORT: /* a MAC that names no port may name a flood */
		if (d->port < PORT_FLOOD_HERE)
			send_to(w, f, h, d->port, d);
		else
			count(w, DROP_FRAME_NOT_PORT);
		break;
	case HUB_FLOOD:
		count(w, COUNT_FLOODED);
		if (has_hosts(w, f->hub))
			hear_announcement(w, f->hub, h);
		send_to(w, f, h, PORT_FLOOD, d);
		break;
	case HUB_TO_CONTROL:
		break;
	}
}

/* A host of the segment answers the probe for an address that its DHCP server has just given to
 * one of our sessions: dropped as anybody's claim of it, but control has to hear of it. */
static bool is_claim_of_leased(const struct hub_port *in, const struct hub_headers *h,
			       const struct hub_decision *d)
{
	return d->verdict == HUB_DROP && in->kind == HUB_WAY_OUT && is_arp_reply(h) &&
	       (d->drop == HUB_DROP_IP_LEASED || d->drop == HUB_DROP_IP_ASSIGNED);
}

static void punt_claim(struct worker *w, const struct bridge_frame *f)
{
	struct port_mac mac;

	if (port_mac_parse(frame_of(f), &mac) && mac.machine == w->machine)
		punt_frame(w, f->hub, port_number(mac.worker, mac.slot), frame_of(f), f->len);
}

bool bridge_in(struct worker *w, struct hub_port *in, const struct bridge_frame *f)
{
	uint8_t built[FRAME_ANSWER_MAX];
	struct hub_decision d;
	struct hub_headers h;

	hub_forward(&w->sw, &w->hubs[f->hub].hub, in, frame_of(f), f->len, w->now_ms, &h, built,
		    &d);
	if (d.tell && w->n_workers > 1)
		tell(w, in, &h, &d);
	if (d.control & HUB_CONTROL_DHCP_CLIENT)
		punt_frame(w, f->hub, d.client, frame_of(f), f->len);
	if (is_claim_of_leased(in, &h, &d))
		punt_claim(w, f);
	carry_out(w, in, f, &h, built, &d);
	return d.verdict != HUB_DROP;
}

/* ---- from a user ---- */

static void from_user(struct worker *w, struct session *s, const struct bridge_frame *f)
{
	if (!bridge_in(w, &s->link, f))
		s->stats.drops_in++;
}

/* Its destination is to be written. */
static struct bridge_frame frame_around(struct session *s, uint8_t *packet, size_t len,
					uint16_t type)
{
	static const struct vnet plain = {0};
	uint8_t *frame = packet - ETH_HDR;

	memcpy(frame + ETH_ADDR, s->cfg.mac, ETH_ADDR);
	put_be16(frame + 2 * ETH_ADDR, type);
	vnet_put(frame - VNET_HDR, &plain);
	return (struct bridge_frame){.hub = s->cfg.hub,
				     .vnet_at = frame - VNET_HDR,
				     .len = ETH_HDR + len,
				     .stays = true};
}

static void send_by(struct worker *w, struct session *s, const struct bridge_frame *f,
		    const uint8_t *mac)
{
	memcpy(frame_of(f), mac, ETH_ADDR);
	from_user(w, s, f);
}

/* Broadcast, of the net or of all (RFC 1122 section 3.3.6), and groups; false: neither. */
static bool group_mac(const struct port_ip *p, uint32_t dst, uint8_t mac[ETH_ADDR])
{
	bool to_net = p->prefix < 31 && port_is_on_net(p, dst) && (~dst & port_host_bits(p)) == 0;

	if (dst == UINT32_MAX || to_net)
		hub_mac_octets(mac, HUB_MAC_BROADCAST);
	else if (dst >> 28 == 0xe)
		hub_mac_octets(mac, IPV4_TO_MAC | (dst & GROUP_BITS));
	else
		return false;
	return true;
}

/* On a segment with other hosts (RFC 1122 section 3.3.1): groups by their own MACs, who is on
 * the net directly, the rest by the router. */
static void to_segment(struct worker *w, struct session *s, const struct bridge_frame *f,
		       uint32_t dst)
{
	const uint8_t *session = neigh_find(&w->neigh, s->cfg.hub, dst);
	uint32_t hop = port_is_on_net(&s->port, dst) ? dst : s->cfg.gateway_ip;
	uint8_t mac[ETH_ADDR];

	if (group_mac(&s->port, dst, mac))
		send_by(w, s, f, mac);
	else if (session)
		send_by(w, s, f, session);
	else if (hop)
		neighbour_send(w, s, hop, f);
	else
		switch_drop(w, s, DROP_NO_ROUTE);
}

/* The host on the TAP routes, and need not be asked. */
static bool is_for_tap(const struct segment *g, const struct session *s, uint32_t dst)
{
	uint8_t mac[ETH_ADDR];

	return !g->bridged && (dst == g->tap_ip ||
			       (!port_is_on_net(&s->port, dst) && !group_mac(&s->port, dst, mac)));
}

void bridge_user_packet(struct worker *w, struct session *s, uint8_t *packet, const struct ipv4 *ip)
{
	struct bridge_frame f = frame_around(s, packet, ip->total_len, ETH_TYPE_IPV4);
	const struct segment *g = &w->hubs[s->cfg.hub];

	if (has_hosts(w, s->cfg.hub) && !is_for_tap(g, s, ip->dst))
		to_segment(w, s, &f, ip->dst);
	else
		send_by(w, s, &f, port_next_hop(&w->neigh, &s->port, ip->dst, g->tap_mac));
}

void bridge_user_packet6(struct worker *w, struct session *s, uint8_t *packet,
			 const struct ipv6 *ip)
{
	struct bridge_frame f = frame_around(s, packet, ip->total_len, ETH_TYPE_IPV6);
	const uint8_t *mac = neigh_find6(&w->neigh, s->cfg.hub, ip->dst.prefix);

	send_by(w, s, &f, mac ? mac : w->hubs[s->cfg.hub].tap_mac);
}

/* ---- control ---- */

bool bridge_own(struct worker *w, uint16_t hub, uint32_t slot, const uint8_t *frame, size_t len)
{
	uint8_t room[TAP_ROOM + VNET_HDR + DP_FRAME_MAX] = {0};
	struct hub_port own = {.number = port_number(w->index, slot), .hub = hub, .kind = HUB_OWN};
	struct bridge_frame f = {.hub = hub, .vnet_at = room + TAP_ROOM, .len = len};

	memcpy(frame_of(&f), frame, len);
	return bridge_in(w, &own, &f);
}

static bool asks_for_judgement(const struct hub_policy *p)
{
	for (unsigned id = 0; id < POLICY_N; id++) {
		const struct hub_policy_row *row = hub_policy_row(id);

		if (p->value[id] && row->ports & POLICY_ON_SESSIONS &&
		    (row->by == POLICY_BY_FRAME || row->by == POLICY_BY_PORT))
			return true;
	}
	return false;
}

void bridge_judge_session(struct worker *w, struct session *s, const struct dp_judged *by)
{
	const struct dp_session *c = &s->cfg;

	s->link = (struct hub_port){
		.number = port_number(w->index, c->slot),
		.hub = c->hub,
		.kind = HUB_SESSION,
		.outer_ipv6 = w->peers[c->peer].flow.remote.addr.family == 6,
		.user = by->user,
		.group = by->group,
		.assigned = {.mac = hub_mac(c->mac), .ip = c->ip},
	};
	hub_port_configure(&s->link, &by->policy);
	s->judged = asks_for_judgement(&by->policy);
}

static bool has_options(const struct hub_options *o)
{
	for (unsigned id = 0; id < OPTION_N; id++) {
		const struct hub_option_row *row = hub_option_row(id);

		if (row->by == OPTION_BY_HUB && o->value[id] != row->standard)
			return true;
	}
	return false;
}

/* What a session's port is given with its MAC, which ends with the port's number. */
static struct ip_claim assignment(uint16_t hub, uint32_t ip, const uint8_t *mac)
{
	return (struct ip_claim){.hub = hub,
				 .addr = hub_ip4(ip),
				 .mac = hub_mac(mac),
				 .port = (uint32_t)hub_mac(mac),
				 .how = IP_ASSIGNED};
}

/* The tables of a hub that was plain know nobody yet, of this worker or another. */
static void take_sessions(struct worker *w, uint16_t hub)
{
	const struct neigh_entry *e;
	uint32_t cursor = 0;

	while ((e = neigh_next(&w->neigh, hub, &cursor))) {
		struct ip_claim c = assignment(hub, (uint32_t)e->addr, e->mac);

		if (e->addr <= UINT32_MAX) /* not an IPv6 prefix */
			ip_table_claim(&w->sw.ips, &c, (uint32_t)(w->now_ms / 1000));
	}
}

void bridge_rule_hub(struct worker *w, uint16_t hub, const struct hub_options *o,
		     const struct access_list *access)
{
	struct segment *g = &w->hubs[hub];

	hub_configure(&g->hub, o);
	g->hub.access = access;
	g->ruled = access_list_rules(access) || has_options(o);
	bridge_judge_hub(w, hub);
}

void bridge_judge_hub(struct worker *w, uint16_t hub)
{
	struct segment *g = &w->hubs[hub];
	bool judged = g->ruled || has_hosts(w, hub);

	if (judged && !g->judged) {
		w->n_judged++;
		take_sessions(w, hub);
		if (!g->bridged)
			mac_table_pin(&w->sw.macs, hub, 0, hub_mac(g->tap_mac), g->way_out.number,
				      (uint32_t)(w->now_ms / 1000));
	}
	if (!judged && g->judged)
		bridge_forget_hub(w, hub);
	g->judged = judged;
}

void bridge_forget_hub(struct worker *w, uint16_t hub)
{
	uint32_t cursor = 0;

	if (!w->hubs[hub].judged)
		return;
	while (!mac_table_forget_hub(&w->sw.macs, hub, &cursor, TEND_PLACES))
		;
	cursor = 0;
	while (!ip_table_forget_hub(&w->sw.ips, hub, &cursor, TEND_PLACES))
		;
	neighbour_forget_hub(w, hub);
	w->hubs[hub].judged = false;
	w->n_judged--;
}

void bridge_assign(struct worker *w, uint16_t hub, uint32_t ip, const uint8_t *mac, bool there)
{
	struct ip_claim c = assignment(hub, ip, mac);

	if (!w->hubs[hub].judged)
		return;
	if (there)
		ip_table_claim(&w->sw.ips, &c, (uint32_t)(w->now_ms / 1000));
	else
		ip_table_delete(&w->sw.ips, hub, 0, c.addr);
}

void bridge_tend(struct worker *w)
{
	if (!w->n_judged || w->now_ms < w->tended_ms + TEND_MS)
		return;
	w->tended_ms = w->now_ms;
	hub_switch_tend(&w->sw, w->now_ms, TEND_PLACES);
}
