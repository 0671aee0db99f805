/*
 * peer: the other end, its ESP SAs and the worker that owns them.
 *
 * A peer begins with its first phase 1, outlives each ISAKMP SA that another one
 * replaces, and ends when ike has ended it, its last session is gone and its worker
 * has forgotten it. Called by the glue files. Never sends.
 */
#include "core_i.h"

#include <stdlib.h>

#include "base/secret.h"

#define BARE_RENEWALS_MAX 4 /* in a row, without a session between them */

#define BARE_MS 1000 /* sessions without an ESP SA: then we make one, where the client takes it */

static void linger_over(struct timer *t, uint64_t now_ms)
{
	struct peer *p = list_entry(t, struct peer, linger);
	struct l2tp_result why = {.result = 1, .reason = "no-session"};

	if (p->gone)
		return;
	if (p->n_sessions) {
		if (list_empty(&p->children))
			ike_rekey(p->core->ike, now_ms, p->id);
		return;
	}
	story_add(p->core, p->sa, &p->flow, NOTE_END, "no-session",
		  p->orphan ? "the client has deleted its ISAKMP SA and has no session: closed"
			    : "no session for %d s: the IPsec connection is closed",
		  PEER_LINGER_MS / 1000);
	l2tp_owner_close(p->core->l2tp, now_ms, p->handle, why, true);
	ike_close(p->core->ike, now_ms, p->id, "no-session");
}

static unsigned least_loaded(const struct core *c)
{
	unsigned best = 0;

	for (unsigned w = 1; w < c->cfg.workers; w++) {
		if (c->worker_load[w] < c->worker_load[best])
			best = w;
	}
	return best;
}

/* That of the peer which this one may turn out to be: then its children can move there. */
static unsigned worker_for(struct core *c, const struct ike_act *up)
{
	const struct peer *twin = core_peer_by_ike(c, up->twin);

	return twin && c->peer_slots[twin->worker].n_free ? twin->worker : least_loaded(c);
}

/* RFC 3948 4; whichever side the NAT is on: what comes from here keeps the mapping of a NAT in
 * front of the peer as well. */
static uint16_t keepalive_s(const struct peer *p)
{
	return p->natt && (p->peer_behind_nat || p->we_behind_nat)
		       ? p->core->config->natt_keepalive_s
		       : 0;
}

static void take_nat(struct peer *p, const struct ike_sa_info *info)
{
	p->natt = info->natt;
	p->peer_behind_nat = info->peer_behind_nat;
	p->we_behind_nat = info->we_behind_nat;
}

static void take_client(struct peer *p)
{
	struct ike_sa_info info;

	p->client = "unknown";
	p->client_version = "";
	if (!ike_get_sa(p->core->ike, p->sa, &info))
		return;
	p->client = info.client;
	p->client_version = info.client_version;
	p->quirks = info.quirks;
	take_nat(p, &info);
}

struct peer *core_peer_new(struct core *c, const struct ike_act *up)
{
	struct peer *p = calloc(1, sizeof(*p));
	struct dp_cmd cmd = {.kind = DP_CMD_PEER_ADD};

	if (!p)
		return NULL;
	p->core = c;
	p->id = up->peer;
	p->sa = up->sa;
	p->flow = up->flow;
	take_client(p);
	p->handle = ++c->next_handle;
	p->worker = worker_for(c, up);
	p->linger.fire = linger_over;
	list_init(&p->children);
	list_init(&p->sessions);
	list_init(&p->node);
	if (!slots_take(&c->peer_slots[p->worker], &p->slot)) {
		free(p);
		return NULL;
	}
	if (!map_put(&c->peers_by_handle, p->handle, p) || !map_put(&c->peers_by_ike, p->id, p)) {
		map_del(&c->peers_by_handle, p->handle);
		slots_give(&c->peer_slots[p->worker], p->slot);
		free(p);
		return NULL;
	}
	c->worker_load[p->worker]++;
	list_push(&c->peers, &p->node);
	timerq_arm(&c->timers, &p->linger, core_now(c) + PEER_LINGER_MS);
	cmd.u.peer.slot = p->slot;
	cmd.u.peer.flow = p->flow;
	cmd.u.peer.handle = p->handle;
	cmd.u.peer.keepalive_s = keepalive_s(p);
	command_send(c, p->worker, &cmd, NULL);
	return p;
}

struct peer *core_peer_by_ike(struct core *c, ike_peer_id id)
{
	return id ? map_get(&c->peers_by_ike, id) : NULL;
}

struct peer *core_peer_by_handle(struct core *c, uint64_t handle)
{
	return map_get(&c->peers_by_handle, handle);
}

static void send_path(struct peer *p)
{
	struct dp_cmd cmd = {.kind = DP_CMD_PEER_PATH};

	cmd.u.peer.slot = p->slot;
	cmd.u.peer.flow = p->flow;
	cmd.u.peer.udp_encap = p->udp_encap;
	cmd.u.peer.handle = p->handle;
	cmd.u.peer.keepalive_s = keepalive_s(p);
	command_send(p->core, p->worker, &cmd, NULL);
}

void core_peer_moved(struct peer *p, const struct flow *flow)
{
	p->flow = *flow;
	send_path(p);
}

void core_peers_keepalive(struct core *c)
{
	list_each (&c->peers, it) {
		struct peer *p = list_entry(it, struct peer, node);

		if (!p->removing)
			send_path(p);
	}
}

void core_peer_renewed(struct peer *p, ike_sa_id sa, const struct flow *flow)
{
	uint16_t before_s = keepalive_s(p);
	struct ike_sa_info info;

	if (ike_get_sa(p->core->ike, sa, &info))
		take_nat(p, &info);
	/* it dials again, perhaps when its time was nearly over; a client without a session is
	 * not kept for ever by renewing */
	if (!p->n_sessions && p->bare_renewals < BARE_RENEWALS_MAX) {
		p->bare_renewals++;
		timerq_arm(&p->core->timers, &p->linger, core_now(p->core) + PEER_LINGER_MS);
	}
	p->orphan = false;
	if (!endpoint_eq(&p->flow.remote, &flow->remote))
		core_peer_moved(p, flow);
	else if (keepalive_s(p) != before_s)
		send_path(p);
}

/* RFC 2409 4: phase 2 outlives phase 1. Whoever is still there answers a Hello, and begins
 * a new phase 1 when it needs one (clients.md 1.14 rule 11). */
void core_peer_orphan(struct peer *p)
{
	p->orphan = true;
	if (p->n_sessions)
		l2tp_owner_probe(p->core->l2tp, core_now(p->core), p->handle);
	core_peer_release(p);
}

/* The message may be late: what began under the SA that it came on, or later, stands. */
void core_peer_restarted(struct peer *p, ike_sa_id sa)
{
	struct ike_sa_info info;

	if (!ike_get_sa(p->core->ike, sa, &info))
		return;
	list_each (&p->sessions, it) {
		struct session *s = list_entry(it, struct session, peer_node);

		if (s->begin_ms < info.up_ms)
			session_event(s, SESSION_EV_CLOSE, "client-restarted");
	}
}

void core_peer_down(struct peer *p, const char *reason)
{
	struct core *c = p->core;
	struct l2tp_result why = {.result = 1, .reason = reason};

	map_del(&c->peers_by_ike, p->id);
	p->gone = true;
	if (!p->n_sessions)
		story_add(c, p->sa, &p->flow, NOTE_END, reason, "the IPsec connection is over: %s",
			  reason);
	timerq_disarm(&c->timers, &p->linger);
	etherip_peer_down(p, reason);
	while (!list_empty(&p->children))
		core_child_free(list_entry(p->children.next, struct child, node));
	l2tp_owner_close(c->l2tp, core_now(c), p->handle, why, false);
	core_peer_release(p);
}

void core_peer_say_goodbye(struct peer *p, const char *reason)
{
	struct l2tp_result why = {.result = 6, .reason = reason};
	struct core *c = p->core;
	ike_peer_id id = p->id;

	if (p->gone)
		return;
	l2tp_owner_close(c->l2tp, core_now(c), p->handle, why, true);
	core_drain(c);
	ike_close(c->ike, core_now(c), id, reason);
	core_drain(c);
}

uint16_t core_peer_mtu(const struct peer *p, bool sequencing)
{
	uint16_t fits = HUB_MTU;

	if (p->sending)
		fits = dp_session_mtu(&p->sending->out, p->flow.remote.addr.family, sequencing,
				      DP_OUTER_MTU);
	return fits < HUB_MTU ? fits : HUB_MTU;
}

void core_peer_release(struct peer *p)
{
	struct core *c = p->core;
	struct dp_cmd cmd = {.kind = DP_CMD_PEER_DEL,
			     .cookie = ack_cookie(ACK_PEER_DEL, p->handle)};

	if (p->n_sessions)
		return;
	if (!p->gone) {
		timerq_arm(&c->timers, &p->linger, core_now(c) + (p->orphan ? 0 : PEER_LINGER_MS));
		return;
	}
	if (p->removing)
		return;
	p->removing = true;
	cmd.u.peer.slot = p->slot;
	command_send(c, p->worker, &cmd, NULL);
}

void core_peer_removed(struct peer *p)
{
	struct core *c = p->core;

	map_del(&c->peers_by_handle, p->handle);
	slots_give(&c->peer_slots[p->worker], p->slot);
	c->worker_load[p->worker]--;
	list_del(&p->node);
	free(p);
}

void core_peer_free_all(struct core *c)
{
	list_each (&c->peers, it) {
		struct peer *p = list_entry(it, struct peer, node);

		while (!list_empty(&p->children))
			core_child_free(list_entry(p->children.next, struct child, node));
		timerq_disarm(&c->timers, &p->linger);
		list_del(&p->node);
		free(p);
	}
}

static void fill_sa(struct dp_sa *sa, const struct child *ch, uint32_t spi,
		    const struct ike_child *k, const uint8_t *enc, const uint8_t *auth)
{
	sa->spi = spi;
	sa->alg = k->alg;
	memcpy(sa->enc_key, enc, burst_enc_key_len(&k->alg));
	memcpy(sa->auth_key, auth, burst_auth_key_len(k->alg.auth));
	sa->peer = ch->peer->slot;
	sa->udp_encap = k->udp_encap;
	sa->tunnel = k->tunnel;
	sa->tunnel_local = ip4_of(&k->local_ip);
	sa->tunnel_remote = ip4_of(&k->remote_ip);
	sa->soft_kb = k->life_kb - k->life_kb / 10;
	/* a client that knows no volume lifetimes and refuses our Quick Mode would be cut off in
	 * the middle of a download; only where blocks of 64 bits repeat is that the lesser evil */
	if (burst_block_len(&k->alg) == 8)
		sa->hard_kb = k->life_kb;
	sa->replay_window = ch->peer->core->config->replay_window;
	sa->sa_handle = ch->handle;
}

struct child *core_child_new(struct peer *p, ike_child_id id, const struct ike_child *k)
{
	struct core *c = p->core;
	struct child *ch = calloc(1, sizeof(*ch));
	struct dp_cmd cmd = {.kind = DP_CMD_SA_IN_ADD};

	if (!ch)
		return NULL;
	ch->peer = p;
	ch->id = id;
	ch->handle = ++c->next_handle;
	ch->udp_encap = k->udp_encap;
	ch->protocol = k->protocol;
	ch->life_s = k->life_s;
	ch->life_kb = k->life_kb;
	ch->up_ms = core_now(c);
	list_init(&ch->node);
	ch->spi_in = k->spi_in;
	if (!map_put(&c->children_by_handle, ch->handle, ch) ||
	    !map_put(&c->children_by_id, id, ch) || !map_put(&c->children_by_spi, k->spi_in, ch)) {
		map_del(&c->children_by_handle, ch->handle);
		map_del(&c->children_by_id, id);
		free(ch);
		return NULL;
	}
	fill_sa(&ch->out, ch, k->spi_out, k, k->out_enc, k->out_auth);
	fill_sa(&cmd.u.sa, ch, k->spi_in, k, k->in_enc, k->in_auth);
	list_push(&p->children, &ch->node);
	cmd.cookie = ack_cookie(ACK_CHILD, ch->handle);
	command_send(c, p->worker, &cmd, NULL);
	secret_zero(&cmd, sizeof(cmd));
	return ch;
}

struct child *core_child_by_id(struct core *c, ike_child_id id)
{
	return map_get(&c->children_by_id, id);
}

struct child *core_child_by_handle(struct core *c, uint64_t handle)
{
	return map_get(&c->children_by_handle, handle);
}

bool core_child_has_spi(struct core *c, uint32_t spi)
{
	return map_get(&c->children_by_spi, spi) != NULL;
}

/* The worker keeps the SAs that were sent on before with their sequence numbers, which must
 * never repeat (RFC 4303 section 3.3.3): keys go to it once. */
void core_child_send_on(struct child *ch)
{
	struct peer *p = ch->peer;
	struct dp_cmd cmd = {.kind = DP_CMD_SA_OUT_SET};

	if (p->sending == ch)
		return;
	if (p->udp_encap != ch->udp_encap) {
		p->udp_encap = ch->udp_encap;
		send_path(p);
	}
	ch->out_used = true;
	p->sending = ch;
	cmd.u.sa = ch->out;
	command_send(p->core, p->worker, &cmd, NULL);
	secret_zero(&cmd, sizeof(cmd));
	secret_zero(ch->out.enc_key, sizeof(ch->out.enc_key));
	secret_zero(ch->out.auth_key, sizeof(ch->out.auth_key));
	etherip_try(p);
}

/* An SA that is used for the first time proves that the peer has it; one that we have left
 * for a newer one since does not call us back. */
void core_child_first_used(struct child *ch)
{
	const struct child *sending = ch->peer->sending;

	if (!sending || ch->handle > sending->handle)
		core_child_send_on(ch);
}

/* Lists of children are by age. */
static void list_child(struct peer *p, struct child *ch)
{
	struct list *at = p->children.prev;

	while (at != &p->children && list_entry(at, struct child, node)->handle > ch->handle)
		at = at->prev;
	list_push(at->next, &ch->node);
	ch->peer = p;
	ch->out.peer = p->slot;
}

void core_child_move(struct child *ch, struct peer *to)
{
	struct peer *from = ch->peer;
	struct dp_cmd cmd = {.kind = DP_CMD_SA_MOVE};
	bool was_sending = from->sending == ch;

	cmd.u.child.peer = from->slot;
	cmd.u.child.to = to->slot;
	cmd.u.child.sa_handle = ch->handle;
	command_send(to->core, to->worker, &cmd, NULL);
	if (was_sending)
		from->sending = NULL;
	list_del(&ch->node);
	list_child(to, ch);
	if (was_sending)
		core_child_first_used(ch);
}

void core_child_free(struct child *ch)
{
	struct core *c = ch->peer->core;
	struct peer *p = ch->peer;
	struct dp_cmd in = {.kind = DP_CMD_SA_IN_DEL, .u.sa_del.spi = ch->spi_in};
	struct dp_cmd out = {.kind = DP_CMD_SA_OUT_DEL,
			     .u.child = {.peer = p->slot, .sa_handle = ch->handle}};

	list_del(&ch->node);
	/* the newest of the others: the peer has it, or it would not have deleted this one */
	if (p->sending == ch && !p->gone && !list_empty(&p->children))
		core_child_send_on(list_entry(p->children.prev, struct child, node));
	if (p->sending == ch)
		p->sending = NULL;
	command_send(c, p->worker, &in, NULL);
	if (ch->out_used)
		command_send(c, p->worker, &out, NULL);
	map_del(&c->children_by_handle, ch->handle);
	map_del(&c->children_by_id, ch->id);
	map_del(&c->children_by_spi, ch->spi_in);
	secret_zero(ch, sizeof(*ch));
	free(ch);
	if (!p->gone)
		etherip_child_gone(p);
	/* a client that leaves says so in a moment; one that does not has sessions and no SA */
	if (!p->gone && p->n_sessions && list_empty(&p->children))
		timerq_arm(&c->timers, &p->linger, core_now(c) + BARE_MS);
}
