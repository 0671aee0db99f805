/*
 * peer: the other end of an ISAKMP SA, its ESP SAs and the worker that owns them.
 *
 * A peer begins with phase 1 and ends when its SA is down, its last session is
 * gone and its worker has forgotten it. Called by the glue files. Never sends.
 */
#include "core_i.h"

#include <stdlib.h>

#include "base/secret.h"

static void linger_over(struct timer *t, uint64_t now_ms)
{
	struct peer *p = list_entry(t, struct peer, linger);
	struct l2tp_result why = {.result = 1, .reason = "no-session"};

	if (p->n_sessions || p->gone)
		return;
	story_add(p->core, p->sa, &p->flow, NOTE_END, "no-session",
		  "no session for %d s: the IPsec connection is closed", PEER_LINGER_MS / 1000);
	l2tp_owner_close(p->core->l2tp, now_ms, p->handle, why, true);
	ike_close(p->core->ike, now_ms, p->sa, "no-session");
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

struct peer *core_peer_new(struct core *c, ike_sa_id sa, const struct flow *flow)
{
	struct peer *p = calloc(1, sizeof(*p));
	struct dp_cmd cmd = {.kind = DP_CMD_PEER_ADD};

	if (!p)
		return NULL;
	p->core = c;
	p->sa = sa;
	p->flow = *flow;
	p->handle = ++c->next_handle;
	p->worker = least_loaded(c);
	p->linger.fire = linger_over;
	list_init(&p->children);
	list_init(&p->sessions);
	list_init(&p->node);
	if (!slots_take(&c->peer_slots[p->worker], &p->slot)) {
		free(p);
		return NULL;
	}
	if (!map_put(&c->peers_by_handle, p->handle, p) || !map_put(&c->peers_by_sa, sa, p)) {
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
	command_send(c, p->worker, &cmd, NULL);
	return p;
}

struct peer *core_peer_by_sa(struct core *c, ike_sa_id sa)
{
	return map_get(&c->peers_by_sa, sa);
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
	command_send(p->core, p->worker, &cmd, NULL);
}

void core_peer_moved(struct peer *p, const struct flow *flow)
{
	p->flow = *flow;
	send_path(p);
}

void core_peer_down(struct peer *p, const char *reason)
{
	struct core *c = p->core;
	struct l2tp_result why = {.result = 1, .reason = reason};

	map_del(&c->peers_by_sa, p->sa);
	p->gone = true;
	timerq_disarm(&c->timers, &p->linger);
	while (!list_empty(&p->children))
		core_child_free(list_entry(p->children.next, struct child, node));
	l2tp_owner_close(c->l2tp, core_now(c), p->handle, why, false);
	core_peer_release(p);
}

void core_peer_release(struct peer *p)
{
	struct core *c = p->core;
	struct dp_cmd cmd = {.kind = DP_CMD_PEER_DEL,
			     .cookie = ack_cookie(ACK_PEER_DEL, p->handle)};

	if (p->n_sessions)
		return;
	if (!p->gone) {
		timerq_arm(&c->timers, &p->linger, core_now(c) + PEER_LINGER_MS);
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
	memcpy(sa->enc_key, enc, k->alg.key_len);
	memcpy(sa->auth_key, auth, burst_auth_key_len(k->alg.auth));
	sa->peer = ch->peer->slot;
	sa->udp_encap = k->udp_encap;
	sa->tunnel = k->tunnel;
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

/* Once for each SA: a worker that is given an SA again would start its sequence
 * numbers again, which must never repeat (RFC 4303 section 3.3.3). */
void core_child_send_on(struct child *ch)
{
	struct peer *p = ch->peer;
	struct dp_cmd cmd = {.kind = DP_CMD_SA_OUT_SET};

	if (ch->out_used)
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
}

/* The SA that we send on is gone: the newest one that was never sent on takes its
 * place. The peer has it, or it would not have deleted the other. */
static void send_on_another(struct peer *p)
{
	if (p->gone)
		return;
	for (struct list *it = p->children.prev; it != &p->children; it = it->prev) {
		struct child *ch = list_entry(it, struct child, node);

		if (ch->out_used)
			continue;
		core_child_send_on(ch);
		return;
	}
}

void core_child_free(struct child *ch)
{
	struct core *c = ch->peer->core;
	struct peer *p = ch->peer;
	struct dp_cmd cmd = {.kind = DP_CMD_SA_IN_DEL};
	bool sending = p->sending == ch;

	cmd.u.sa_del.spi = ch->spi_in;
	command_send(c, p->worker, &cmd, NULL);
	map_del(&c->children_by_handle, ch->handle);
	map_del(&c->children_by_id, ch->id);
	map_del(&c->children_by_spi, ch->spi_in);
	list_del(&ch->node);
	secret_zero(ch, sizeof(*ch));
	free(ch);
	if (!sending)
		return;
	p->sending = NULL;
	send_on_another(p);
}
