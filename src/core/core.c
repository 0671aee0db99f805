/*
 * core: the control thread's state and its one round: punts, timers, actions.
 *
 * Called by main (with libuv) and by the tests (with the fake os). Never blocks
 * but in the privileged calls of core_apply() and core_free().
 */
#include "core_i.h"

#include <stdlib.h>

#define PUNTS_A_ROUND  1024
#define TIMERS_A_ROUND 1024
#define RETRY_MS       10
#define TICK_MS        50
#define CLOSE_ROUNDS   32
#define CLOSE_WAIT_MS  20

struct core *core_new(const struct core_config *cfg)
{
	struct core *c = calloc(1, sizeof(*c));

	if (!c)
		return NULL;
	c->cfg = *cfg;
	c->os = cfg->os;
	timerq_use_wheel(&c->timers, &c->wheel, core_now(c));
	c->shard_bits = dp_shard_bits(cfg->workers);
	c->note_limit.per_second = 100;
	c->keys_limit.per_second = 100;
	c->os->random(c->os->ctx, &c->names_seed, sizeof(c->names_seed));
	c->started_ms = core_now(c);
	c->started_wall_s = c->os->wall_s(c->os->ctx);
	list_init(&c->peers);
	list_init(&c->sessions);
	list_init(&c->walks);
	list_init(&c->commands);
	list_init(&c->ready);
	list_init(&c->leases);
	list_init(&c->etherips);
	if (!stories_init(c)) {
		core_free(c);
		return NULL;
	}
	for (unsigned w = 0; w < cfg->workers; w++) {
		if (!slots_init(&c->peer_slots[w], cfg->sessions_max) ||
		    !slots_init(&c->port_slots[w], DP_PORTS_MAX) ||
		    !slots_init(&c->session_slots[w], cfg->sessions_max)) {
			core_free(c);
			return NULL;
		}
	}
	return c;
}

int core_punt_fd(const struct core *c)
{
	return c->dp ? dp_punt_fd(c->dp) : -1;
}

/* ---- a round ---- */

void core_drain(struct core *c)
{
	const struct ike_act *ia;
	const struct l2tp_act *la;
	bool again = true;

	while (again) {
		again = false;
		while ((ia = ike_next(c->ike))) {
			ike_action(c, ia);
			again = true;
		}
		while ((la = l2tp_next(c->l2tp))) {
			/* a copy: carrying it out may queue more */
			struct l2tp_act act = *la;

			l2tp_action(c, &act);
			again = true;
		}
	}
}

static void first_packet(struct core *c, const struct dp_punt *p)
{
	struct child *ch = core_child_by_handle(c, p->sa_handle);

	if (!ch)
		return;
	/* a good packet on our inbound SA proves Quick Mode's third message */
	core_child_first_used(ch);
	if (p->icv96)
		story_add(c, ch->peer->sa, &ch->peer->flow, NOTE_INFO, "sha2-96",
			  "the client cuts HMAC-SHA2-256 to 96 bits, as old Androids do: so do we");
	ike_child_used(c->ike, core_now(c), ch->id);
}

/* The client rekeys by its own limits, long before; the worker stops before 2^32. */
static void numbers_run_out(struct core *c, const struct dp_punt *p)
{
	struct peer *peer = core_peer_by_handle(c, p->peer_handle);

	if (!peer || peer->gone)
		return;
	story_add(c, peer->sa, &peer->flow, NOTE_INFO, "esp-soft-limit",
		  "an ESP SA comes to the end of its packets or octets and the client has not "
		  "rekeyed: we do%s",
		  ike_rekey(c->ike, core_now(c), peer->id) ? "" : " not, there is no ISAKMP SA");
}

static void path_changed(struct core *c, const struct dp_punt *p)
{
	struct peer *peer = core_peer_by_handle(c, p->peer_handle);

	if (!peer || peer->gone)
		return;
	peer->flow = p->flow;
	ike_path_changed(c->ike, core_now(c), peer->id, &p->flow);
}

static void punt(void *ctx, const struct dp_punt *p)
{
	struct core *c = ctx;
	struct session *s;

	switch (p->kind) {
	case DP_PUNT_ACK:
		ack_take(c, p->cookie, p->ok);
		break;
	case DP_PUNT_ISAKMP:
		if (c->stopping)
			break; /* nothing begins now, and the crypto pool may be gone */
		ike_input(c->ike, core_now(c), &p->flow, p->natt,
			  (struct bytes){p->message, p->len});
		break;
	case DP_PUNT_L2TP:
		l2tp_punt(c, p);
		break;
	case DP_PUNT_PATH:
		path_changed(c, p);
		break;
	case DP_PUNT_SA_SOFT:
		numbers_run_out(c, p);
		break;
	case DP_PUNT_SA_FIRST:
		first_packet(c, p);
		break;
	case DP_PUNT_STATS:
		if ((s = session_by_handle(c, p->session_handle)))
			session_stats(s, &p->stats);
		else
			etherip_stats(c, p);
		break;
	case DP_PUNT_PACKET:
		session_packet(c, p);
		break;
	case DP_PUNT_FRAME:
		lease_frame(c, p);
		break;
	case DP_PUNT_SA_STATS:
		break;
	}
	core_drain(c);
}

/* PPP links and DHCP clients whose timers queued actions. Draining one may take others off the
 * list. */
static void drain_links(struct core *c)
{
	leases_drain(c);
	while (!list_empty(&c->ready)) {
		struct session *s = list_entry(c->ready.next, struct session, ready_node);

		list_del(&s->ready_node);
		session_ppp_drain(s);
		list_del(&s->ready_node); /* what it queued itself is drained */
		leases_drain(c);
		core_drain(c);
	}
}

/* A worker does not tell when its ring has room again: what waits for it is tried soon. */
static uint64_t next_look_ms(const struct core *c)
{
	uint64_t next = timerq_next_ms(&c->timers), retry = core_now(c) + RETRY_MS;
	uint64_t dp_ms = c->cfg.threads ? TIMER_NEVER : dp_next_ms(c->dp);

	next = next < c->tick_ms ? c->tick_ms : next;
	next = dp_ms < next ? dp_ms : next;
	return list_empty(&c->commands) || next < retry ? next : retry;
}

void core_submit(struct core *c, struct ike_dh_job *job)
{
	c->dh_out++;
	c->cfg.submit(c->cfg.submit_ctx, job);
}

/* One at a time: a client's sum never waits for more than one of them. */
static void make_spare_keys(struct core *c)
{
	struct ike_dh_job *job = NULL;

	if (c->cfg.spare_keys && !c->dh_out && !c->stopping)
		job = ike_dh_spare(c->ike);
	if (job)
		core_submit(c, job);
}

/* One at a time, and what it queued is carried out before the next: when a clock has jumped,
 * thousands are due at once, and the rooms' outboxes have an end. With workers of their own the
 * deadlines of TICK_MS, all far ones (Hellos, retransmissions), are looked at together: what they
 * send leaves together, and so do the answers come. */
static void run_timers(struct core *c)
{
	uint64_t now_ms = core_now(c);

	if (now_ms < c->tick_ms)
		return;
	for (unsigned n = 0; n < TIMERS_A_ROUND; n++) {
		if (!timerq_run(&c->timers, now_ms, 1)) {
			c->tick_ms = c->cfg.threads ? now_ms + TICK_MS : 0;
			return;
		}
		drain_links(c);
		core_drain(c);
	}
}

uint64_t core_run(struct core *c)
{
	if (!c->dp)
		return TIMER_NEVER;
	if (!c->cfg.threads)
		dp_run_once(c->dp);
	command_retry(c);
	dp_punts(c->dp, punt, c, PUNTS_A_ROUND);
	run_timers(c);
	drain_links(c);
	core_drain(c);
	make_spare_keys(c);
	return next_look_ms(c);
}

void core_dh_done(struct core *c, struct ike_dh_job *job)
{
	c->dh_out--;
	ike_dh_done(c->ike, core_now(c), job);
	core_drain(c);
}

/* ---- end ---- */

void core_wait(struct core *c)
{
	struct os_ready ready;
	int poll = c->os->poll_new(c->os->ctx);

	if (poll < 0)
		return;
	if (c->os->poll_add(c->os->ctx, poll, core_punt_fd(c), c))
		c->os->poll_wait(c->os->ctx, poll, &ready, 1, CLOSE_WAIT_MS);
	c->os->close(c->os->ctx, poll);
}

static void say_goodbye(struct core *c)
{
	c->stopping = true;
	list_each (&c->peers, it)
		core_peer_say_goodbye(list_entry(it, struct peer, node), "shutdown");
	for (unsigned i = 0; i < CLOSE_ROUNDS && !list_empty(&c->peers); i++) {
		core_wait(c);
		core_run(c);
	}
}

static void free_sessions(struct core *c)
{
	list_each (&c->sessions, it) {
		struct session *s = list_entry(it, struct session, node);

		timerq_disarm(&c->timers, &s->watch);
		timerq_disarm(&c->timers, &s->ra);
		lease_drop(s);
		ppp_free(s->ppp);
		list_del(&s->node);
		name_put(c, s->user);
		name_put(c, s->group_policy);
		name_put(c, s->tunnel_group);
		name_put(c, s->account);
		name_put(c, s->hub_name);
		name_put(c, s->access_user);
		name_put(c, s->access_group);
		free(s);
	}
}

void core_free(struct core *c)
{
	if (!c)
		return;
	if (c->dp) {
		say_goodbye(c);
		hubs_close(c);
		dp_stop(c->dp);
	}
	free_sessions(c);
	etherip_free_all(c);
	core_peer_free_all(c);
	command_drop_all(c);
	apply_undo(c);
	for (unsigned w = 0; w < c->cfg.workers; w++) {
		slots_free(&c->peer_slots[w]);
		slots_free(&c->session_slots[w]);
		slots_free(&c->port_slots[w]);
	}
	map_free(&c->peers_by_handle);
	map_free(&c->peers_by_ike);
	map_free(&c->children_by_handle);
	map_free(&c->children_by_id);
	map_free(&c->children_by_spi);
	map_free(&c->sessions_by_handle);
	map_free(&c->sessions_by_call);
	map_free(&c->sessions_by_ip);
	map_free(&c->leases_by_port);
	map_free(&c->names);
	config_free(c->config);
	stories_free(c);
	free(c);
}
