/*
 * commands: what control tells a worker (dp.h). A command that names a slot out of
 * range or in the wrong state is refused and says so in its acknowledgement. Called
 * once a round. Keys are wiped from the ring as soon as they are expanded.
 */
#include "commands.h"
#include "base/secret.h"
#include "wire/esp.h"
#include "worker.h"

#define TAKE_MAX 256

typedef bool handler(struct worker *w, struct dp_cmd *c, const uint8_t *message);

static struct peer *peer_at(struct worker *w, uint32_t slot)
{
	return slot < w->peers_max && w->peers[slot].used ? &w->peers[slot] : NULL;
}

static struct session *session_at(struct worker *w, uint32_t slot)
{
	return slot < w->sessions_max && w->sessions[slot].used ? &w->sessions[slot] : NULL;
}

static struct segment *hub_at(struct worker *w, uint16_t hub)
{
	return hub < DP_HUBS_MAX && w->hubs[hub].used ? &w->hubs[hub] : NULL;
}

static bool hub_add(struct worker *w, struct dp_cmd *c, const uint8_t *message)
{
	const struct dp_hub *h = &c->u.hub;
	struct hub_options standard;
	int tap;

	(void)message;
	if (h->hub >= DP_HUBS_MAX || w->hubs[h->hub].used)
		return false;
	tap = h->tap[w->index];
	if (tap >= 0 && !worker_watch(w, SOURCE_TAP, h->hub, tap))
		return false;
	w->hubs[h->hub] = (struct segment){
		.used = true,
		.bridged = h->bridged,
		.tap = tap,
		.tap_ip = h->tap_ip,
		.port_first = NONE,
		.hub = {.number = h->hub, .online = true},
		.way_out = {.number = PORT_WAY_OUT | h->hub, .hub = h->hub, .kind = HUB_WAY_OUT},
	};
	memcpy(w->hubs[h->hub].tap_mac, h->tap_mac, 6);
	hub_options_standard(&standard);
	bridge_rule_hub(w, h->hub, &standard, NULL);
	return true;
}

static bool hub_del(struct worker *w, struct dp_cmd *c, const uint8_t *message)
{
	struct segment *h = hub_at(w, c->u.hub.hub);

	(void)message;
	if (!h || h->sessions)
		return false;
	worker_unwatch(w, SOURCE_TAP, c->u.hub.hub);
	neigh_del_hub(&w->neigh, c->u.hub.hub);
	bridge_forget_hub(w, c->u.hub.hub);
	*h = (struct segment){.tap = -1};
	return true;
}

static bool hub_rules(struct worker *w, struct dp_cmd *c, const uint8_t *message)
{
	(void)message;
	if (!hub_at(w, c->u.rules.hub))
		return false;
	bridge_rule_hub(w, c->u.rules.hub, c->u.rules.options, c->u.rules.access);
	return true;
}

static bool hub_way(struct worker *w, struct dp_cmd *c, const uint8_t *message)
{
	struct segment *h = hub_at(w, c->u.hub.hub);
	int tap = c->u.hub.tap[w->index];

	(void)message;
	if (!h || !h->bridged) {
		command_give_up(w, c);
		return false;
	}
	worker_unwatch(w, SOURCE_TAP, c->u.hub.hub);
	h->no_uso = false;
	h->tap = tap >= 0 && worker_watch(w, SOURCE_TAP, c->u.hub.hub, tap) ? tap : -1;
	if (h->tap != tap)
		command_give_up(w, c);
	return h->tap == tap;
}

static uint64_t neigh_addr(const struct dp_cmd *c)
{
	return c->u.neigh.prefix6 ? c->u.neigh.prefix6 : c->u.neigh.ip;
}

static bool neigh_cmd_add(struct worker *w, struct dp_cmd *c, const uint8_t *message)
{
	(void)message;
	if (!hub_at(w, c->u.neigh.hub) ||
	    !neigh_add(&w->neigh, c->u.neigh.hub, neigh_addr(c), c->u.neigh.mac))
		return false;
	if (!c->u.neigh.prefix6)
		bridge_assign(w, c->u.neigh.hub, c->u.neigh.ip, c->u.neigh.mac, true);
	return true;
}

static bool neigh_cmd_del(struct worker *w, struct dp_cmd *c, const uint8_t *message)
{
	(void)message;
	if (!neigh_del(&w->neigh, c->u.neigh.hub, neigh_addr(c)))
		return false;
	if (!c->u.neigh.prefix6)
		bridge_assign(w, c->u.neigh.hub, c->u.neigh.ip, c->u.neigh.mac, false);
	return true;
}

static bool peer_add(struct worker *w, struct dp_cmd *c, const uint8_t *message)
{
	uint32_t slot = c->u.peer.slot;

	(void)message;
	if (slot >= w->peers_max || w->peers[slot].used)
		return false;
	w->peers[slot] = (struct peer){
		.used = true,
		.udp_encap = c->u.peer.udp_encap,
		.flow = c->u.peer.flow,
		.handle = c->u.peer.handle,
		.sa_first = NONE,
		.session_first = NONE,
		.port_first = NONE,
	};
	keepalive_set(w, &w->peers[slot], c->u.peer.keepalive_s);
	return true;
}

static bool peer_path(struct worker *w, struct dp_cmd *c, const uint8_t *message)
{
	struct peer *p = peer_at(w, c->u.peer.slot);

	(void)message;
	if (!p)
		return false;
	p->flow = c->u.peer.flow;
	p->udp_encap = c->u.peer.udp_encap;
	keepalive_set(w, p, c->u.peer.keepalive_s);
	return true;
}

static bool peer_del(struct worker *w, struct dp_cmd *c, const uint8_t *message)
{
	(void)message;
	if (!peer_at(w, c->u.peer.slot))
		return false;
	tx_flush(w); /* a farewell of this round is sealed with the keys that go */
	peer_release(w, c->u.peer.slot);
	return true;
}

static bool sa_in_add(struct worker *w, struct dp_cmd *c, const uint8_t *message)
{
	(void)message;
	return sa_in_make(w, &c->u.sa);
}

static bool sa_in_del(struct worker *w, struct dp_cmd *c, const uint8_t *message)
{
	uint32_t slot = slot_map_find(&w->by_spi, c->u.sa_del.spi);

	(void)message;
	if (slot == NONE)
		return false;
	sa_in_release(w, slot);
	return true;
}

static bool sa_out_set(struct worker *w, struct dp_cmd *c, const uint8_t *message)
{
	(void)message;
	return sa_out_make(w, &c->u.sa);
}

static bool sa_out_del(struct worker *w, struct dp_cmd *c, const uint8_t *message)
{
	struct peer *p = peer_at(w, c->u.child.peer);

	(void)message;
	return p && sa_out_delete(w, p, c->u.child.sa_handle);
}

static bool sa_move_cmd(struct worker *w, struct dp_cmd *c, const uint8_t *message)
{
	struct peer *from = peer_at(w, c->u.child.peer);

	(void)message;
	return from && peer_at(w, c->u.child.to) &&
	       sa_move(w, from, c->u.child.to, c->u.child.sa_handle);
}

static bool sa_stats(struct worker *w, struct dp_cmd *c, const uint8_t *message)
{
	struct peer *peer = peer_at(w, c->u.child.peer);
	struct dp_punt p = {.kind = DP_PUNT_SA_STATS, .cookie = c->cookie};

	(void)message;
	if (!peer || !sa_stats_get(w, peer, c->u.child.sa_handle, &p.sa_stats))
		return false;
	p.peer_handle = peer->handle;
	p.sa_handle = c->u.child.sa_handle;
	return punt_reply(w, &p);
}

static bool session_ok(struct worker *w, const struct dp_session *s)
{
	uint8_t mac[6];

	if (s->slot >= w->sessions_max || w->sessions[s->slot].used || !peer_at(w, s->peer) ||
	    !hub_at(w, s->hub) || s->mtu < IPV4_MTU_MIN || s->prefix > 32 || s->ip == 0 ||
	    s->ip == w->hubs[s->hub].tap_ip)
		return false;
	dp_session_mac(w->machine, w->index, s->slot, mac);
	return memcmp(mac, s->mac, sizeof(mac)) == 0 &&
	       slot_map_find(&w->by_call, call_key(s->peer, s->tunnel_id, s->session_id)) == NONE;
}

static bool session_add(struct worker *w, struct dp_cmd *c, const uint8_t *message)
{
	const struct dp_session *s = &c->u.session;
	struct peer *p;

	(void)message;
	if (!session_ok(w, s) ||
	    !slot_map_add(&w->by_call, call_key(s->peer, s->tunnel_id, s->session_id), s->slot))
		return false;
	p = &w->peers[s->peer];
	w->sessions[s->slot] = (struct session){
		.used = true,
		.next = p->session_first,
		.port = {.hub = s->hub, .ip = s->ip, .prefix = s->prefix},
		.ns = s->ns,
		.mtu_max = s->mtu,
		.cfg = *s,
	};
	session_fit(w, &w->sessions[s->slot]);
	bridge_judge_session(w, &w->sessions[s->slot], &c->u.judged);
	p->session_first = s->slot;
	w->hubs[s->hub].sessions++;
	return true;
}

static bool session_del(struct worker *w, struct dp_cmd *c, const uint8_t *message)
{
	(void)message;
	if (!session_at(w, c->u.session_del.slot))
		return false;
	session_release(w, c->u.session_del.slot);
	return true;
}

static bool session_ip6(struct worker *w, struct dp_cmd *c, const uint8_t *message)
{
	struct session *s = session_at(w, c->u.session_ip6.slot);
	uint64_t prefix = c->u.session_ip6.prefix;

	(void)message;
	if (!s || (prefix &&
		   (s->cfg.mtu < IPV6_MTU_MIN || prefix >> 32 == 0 || w->hubs[s->cfg.hub].bridged)))
		return false;
	s->link.assigned.prefix = prefix;
	s->link.assigned.iid = prefix ? c->u.session_ip6.peer_iid : 0;
	s->ip6 = (struct port_ip6){
		.on = prefix != 0,
		.prefix = prefix,
		.peer_iid = c->u.session_ip6.peer_iid,
		.router_iid = c->u.session_ip6.router_iid,
	};
	return true;
}

/* Not a user's packet: it neither counts as one nor keeps a session from being idle. */
static bool put_packet(struct worker *w, struct session *s, const uint8_t *packet, size_t len,
		       uint8_t ppp_protocol)
{
	uint8_t *dst = l2tp_out_begin(w, s, len, ppp_protocol);

	if (!dst)
		return false;
	memcpy(dst, packet, len);
	l2tp_out_end(w, s, dst, len);
	return true;
}

static bool send_packet(struct worker *w, struct dp_cmd *c, const uint8_t *message)
{
	struct session *s = session_at(w, c->u.packet.slot);
	uint32_t len = c->u.packet.len;
	struct ipv4 ip;
	struct ipv6 ip6;

	if (!s || len > s->cfg.mtu)
		return false;
	if (ipv4_parse(message, len, false, &ip) == IPV4_OK)
		return ip.total_len == len && put_packet(w, s, message, len, PPP_IPV4);
	return s->ip6.on && ipv6_parse(message, len, &ip6) == IPV6_OK && ip6.total_len == len &&
	       put_packet(w, s, message, len, PPP_IPV6);
}

static bool send_frame(struct worker *w, struct dp_cmd *c, const uint8_t *message)
{
	uint32_t len = c->u.frame.len;

	if (!hub_at(w, c->u.frame.hub) || c->u.frame.slot >= w->sessions_max || len < ETH_HDR ||
	    len > DP_FRAME_MAX)
		return false;
	return bridge_own(w, c->u.frame.hub, c->u.frame.slot, message, len);
}

static bool send_isakmp(struct worker *w, struct dp_cmd *c, const uint8_t *message)
{
	size_t marker = c->u.isakmp.natt ? NATT_MARKER : 0, len = marker + c->u.isakmp.len;
	bool on_4500 = c->u.isakmp.natt || c->u.isakmp.flow.local.port == NATT_PORT;
	int fd = w->sources[on_4500 ? SOURCE_UDP4500 : SOURCE_UDP500].fd;
	uint8_t *p;

	if (w->index != 0 || fd < 0)
		return false;
	p = tx_reserve(w, len);
	if (!p)
		return false;
	memset(p, 0, marker);
	memcpy(p + marker, message, c->u.isakmp.len);
	tx_commit(w, fd, &c->u.isakmp.flow, len, false);
	return true;
}

static bool send_l2tp(struct worker *w, struct dp_cmd *c, const uint8_t *message)
{
	struct peer *p = peer_at(w, c->u.l2tp.peer);

	/* a peer without an SA: a packet that is dropped and counted, no wrong command */
	if (p)
		l2tp_out_message(w, p, c->u.l2tp.local_port, c->u.l2tp.remote_port, message,
				 c->u.l2tp.len);
	return p != NULL;
}

static bool stats(struct worker *w, struct dp_cmd *c, const uint8_t *message)
{
	struct session *s = session_at(w, c->u.session_del.slot);
	struct dp_punt p = {.kind = DP_PUNT_STATS, .cookie = c->cookie};

	(void)message;
	if (!s)
		return false;
	p.peer_handle = w->peers[s->cfg.peer].handle;
	p.session_handle = s->cfg.handle;
	p.stats = s->stats;
	p.stats.ns = s->ns;
	return punt_reply(w, &p);
}

static bool port_add(struct worker *w, struct dp_cmd *c, const uint8_t *message)
{
	(void)message;
	return ethernet_add(w, &c->u.port);
}

static bool port_del(struct worker *w, struct dp_cmd *c, const uint8_t *message)
{
	(void)message;
	if (!ethernet_at(w, c->u.session_del.slot))
		return false;
	ethernet_release(w, c->u.session_del.slot);
	return true;
}

static bool port_stats(struct worker *w, struct dp_cmd *c, const uint8_t *message)
{
	struct ethernet *e = ethernet_at(w, c->u.session_del.slot);
	struct dp_punt p = {.kind = DP_PUNT_STATS, .cookie = c->cookie};

	(void)message;
	if (!e)
		return false;
	p.peer_handle = w->peers[e->cfg.peer].handle;
	p.session_handle = e->cfg.handle;
	p.stats = e->stats;
	return punt_reply(w, &p);
}

/* What was written for the socket that goes leaves by it. */
static bool listen_on(struct worker *w, struct dp_cmd *c, const uint8_t *message)
{
	static const enum source_kind kinds[DP_SOCKETS] = {
		[DP_SOCKET_UDP500] = SOURCE_UDP500,
		[DP_SOCKET_UDP4500] = SOURCE_UDP4500,
		[DP_SOCKET_ESP] = SOURCE_ESP,
	};
	int fd = c->u.listen.fd;

	(void)message;
	if (c->u.listen.which >= DP_SOCKETS)
		return false;
	tx_flush(w);
	worker_unwatch(w, kinds[c->u.listen.which], 0);
	if (fd < 0 || worker_watch(w, kinds[c->u.listen.which], 0, fd))
		return true;
	w->os->close(w->os->ctx, fd);
	return false;
}

static handler *const handlers[] = {
	[DP_CMD_HUB_ADD] = hub_add,
	[DP_CMD_HUB_DEL] = hub_del,
	[DP_CMD_HUB_RULES] = hub_rules,
	[DP_CMD_HUB_WAY] = hub_way,
	[DP_CMD_NEIGH_ADD] = neigh_cmd_add,
	[DP_CMD_NEIGH_DEL] = neigh_cmd_del,
	[DP_CMD_PEER_ADD] = peer_add,
	[DP_CMD_PEER_PATH] = peer_path,
	[DP_CMD_PEER_DEL] = peer_del,
	[DP_CMD_SA_IN_ADD] = sa_in_add,
	[DP_CMD_SA_IN_DEL] = sa_in_del,
	[DP_CMD_SA_OUT_SET] = sa_out_set,
	[DP_CMD_SA_OUT_DEL] = sa_out_del,
	[DP_CMD_SA_MOVE] = sa_move_cmd,
	[DP_CMD_SA_STATS] = sa_stats,
	[DP_CMD_SESSION_ADD] = session_add,
	[DP_CMD_SESSION_DEL] = session_del,
	[DP_CMD_SESSION_IP6] = session_ip6,
	[DP_CMD_SEND_PACKET] = send_packet,
	[DP_CMD_SEND_FRAME] = send_frame,
	[DP_CMD_SEND_ISAKMP] = send_isakmp,
	[DP_CMD_SEND_L2TP] = send_l2tp,
	[DP_CMD_STATS] = stats,
	[DP_CMD_PORT_ADD] = port_add,
	[DP_CMD_PORT_DEL] = port_del,
	[DP_CMD_PORT_STATS] = port_stats,
	[DP_CMD_LISTEN] = listen_on,
};

uint32_t command_message_len(const struct dp_cmd *c)
{
	if (c->kind == DP_CMD_SEND_ISAKMP)
		return c->u.isakmp.len;
	if (c->kind == DP_CMD_SEND_PACKET)
		return c->u.packet.len;
	if (c->kind == DP_CMD_SEND_FRAME)
		return c->u.frame.len;
	return c->kind == DP_CMD_SEND_L2TP ? c->u.l2tp.len : 0;
}

void command_wipe(struct dp_cmd *c)
{
	if (c->kind != DP_CMD_SA_IN_ADD && c->kind != DP_CMD_SA_OUT_SET)
		return;
	secret_zero(c->u.sa.enc_key, sizeof(c->u.sa.enc_key));
	secret_zero(c->u.sa.auth_key, sizeof(c->u.sa.auth_key));
}

void command_give_up(struct worker *w, struct dp_cmd *c)
{
	int fd = -1;

	if (c->kind == DP_CMD_HUB_ADD || c->kind == DP_CMD_HUB_WAY)
		fd = c->u.hub.tap[w->index];
	if (c->kind == DP_CMD_LISTEN)
		fd = c->u.listen.fd;
	if (fd >= 0)
		w->os->close(w->os->ctx, fd);
	command_wipe(c);
}

static void run(struct worker *w, struct dp_cmd *c)
{
	struct dp_punt ack = {.kind = DP_PUNT_ACK, .cookie = c->cookie};

	ack.ok = handlers[c->kind](w, c, (const uint8_t *)(c + 1));
	command_wipe(c);
	count(w, ack.ok ? COUNT_COMMANDS : COUNT_COMMANDS_REFUSED);
	if (c->cookie)
		punt_reply(w, &ack);
}

void commands_take(struct worker *w)
{
	size_t len;

	for (unsigned n = 0; n < TAKE_MAX; n++) {
		/* the consumer owns the record until the pop: keys are wiped in place */
		struct dp_cmd *c = (struct dp_cmd *)(uintptr_t)ring_peek(w->commands, &len);

		if (!c)
			return;
		if (!punt_has_room(w)) {
			w->command_stalled = true;
			return;
		}
		run(w, c);
		w->work++;
		ring_pop(w->commands);
	}
	w->more = true;
}
