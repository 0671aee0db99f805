/*
 * session: one user's connection, from the accepted call to the final record.
 *
 * The only owner of a session's life: every part (PPP, call, worker, limits,
 * administrator) reports events here, and the table below says what may happen.
 * Called by the glue files and by api.c.
 */
#include "core_i.h"

#include <stdlib.h>

#include "base/fsm.h"

enum action {
	A_NONE,
	A_INSTALL,
	A_SUSPEND,
	A_CLOSE_PPP,
	A_CLOSE_CALL,
	A_REMOVE,
	A_ANNOUNCE,
	A_FINISH
};

static const char *const state_names[SESSION_STATES] = {
	[SESSION_LINK] = "link",       [SESSION_ADDING] = "adding",     [SESSION_UP] = "up",
	[SESSION_CLOSING] = "closing", [SESSION_REMOVING] = "removing",
};

static const char *const event_names[SESSION_EVENTS] = {
	[SESSION_EV_PPP_UP] = "ppp-up",         [SESSION_EV_PPP_SUSPEND] = "ppp-suspend",
	[SESSION_EV_PPP_DOWN] = "ppp-down",     [SESSION_EV_CALL_DOWN] = "call-down",
	[SESSION_EV_CLOSE] = "close",           [SESSION_EV_ADDED] = "added",
	[SESSION_EV_ADD_FAILED] = "add-failed", [SESSION_EV_REMOVED] = "removed",
};

#define AT(state, event)  [SESSION_##state * SESSION_EVENTS + SESSION_EV_##event]
#define DO(next, act)     FSM_DO(SESSION_##next, act)
#define IGNORE(same, why) FSM_IGNORE(SESSION_##same, why)

/* clang-format off */
static const struct fsm_cell cells[SESSION_STATES * SESSION_EVENTS] = {
	AT(LINK, PPP_UP)         = DO(ADDING, A_INSTALL),
	AT(LINK, PPP_SUSPEND)    = IGNORE(LINK, "it is not up"),
	AT(LINK, PPP_DOWN)       = DO(CLOSING, A_CLOSE_CALL),
	AT(LINK, CALL_DOWN)      = DO(REMOVING, A_REMOVE),
	AT(LINK, CLOSE)          = DO(CLOSING, A_CLOSE_PPP),
	AT(LINK, ADDED)          = IGNORE(LINK, "the answer to a suspended link's addition"),
	AT(LINK, ADD_FAILED)     = IGNORE(LINK, "the answer to a suspended link's addition"),
	AT(LINK, REMOVED)        = IGNORE(LINK, "the answer to a suspended link's removal"),

	AT(ADDING, PPP_UP)       = IGNORE(ADDING, "a suspension comes between"),
	AT(ADDING, PPP_SUSPEND)  = DO(LINK, A_SUSPEND),
	AT(ADDING, PPP_DOWN)     = DO(CLOSING, A_CLOSE_CALL),
	AT(ADDING, CALL_DOWN)    = DO(REMOVING, A_REMOVE),
	AT(ADDING, CLOSE)        = DO(CLOSING, A_CLOSE_PPP),
	AT(ADDING, ADDED)        = DO(UP, A_ANNOUNCE),
	AT(ADDING, ADD_FAILED)   = DO(CLOSING, A_CLOSE_PPP),
	AT(ADDING, REMOVED)      = IGNORE(ADDING, "the answer to a suspended link's removal"),

	AT(UP, PPP_UP)           = IGNORE(UP, "a suspension comes between"),
	AT(UP, PPP_SUSPEND)      = DO(LINK, A_SUSPEND),
	AT(UP, PPP_DOWN)         = DO(CLOSING, A_CLOSE_CALL),
	AT(UP, CALL_DOWN)        = DO(REMOVING, A_REMOVE),
	AT(UP, CLOSE)            = DO(CLOSING, A_CLOSE_PPP),
	AT(UP, ADDED)            = IGNORE(UP, "an earlier addition's answer"),
	AT(UP, ADD_FAILED)       = IGNORE(UP, "an earlier addition's answer"),
	AT(UP, REMOVED)          = IGNORE(UP, "the answer to a suspended link's removal"),

	AT(CLOSING, PPP_UP)      = IGNORE(CLOSING, "too late"),
	AT(CLOSING, PPP_SUSPEND) = IGNORE(CLOSING, "it is closing"),
	AT(CLOSING, PPP_DOWN)    = DO(CLOSING, A_CLOSE_CALL),
	AT(CLOSING, CALL_DOWN)   = DO(REMOVING, A_REMOVE),
	AT(CLOSING, CLOSE)       = IGNORE(CLOSING, "it is closing"),
	AT(CLOSING, ADDED)       = IGNORE(CLOSING, "it will be removed"),
	AT(CLOSING, ADD_FAILED)  = IGNORE(CLOSING, "it is closing"),
	AT(CLOSING, REMOVED)     = IGNORE(CLOSING, "the answer to a suspended link's removal"),

	AT(REMOVING, PPP_UP)     = IGNORE(REMOVING, "too late"),
	AT(REMOVING, PPP_SUSPEND)= IGNORE(REMOVING, "the call is gone"),
	AT(REMOVING, PPP_DOWN)   = IGNORE(REMOVING, "the call is gone"),
	AT(REMOVING, CALL_DOWN)  = IGNORE(REMOVING, "the call is gone"),
	AT(REMOVING, CLOSE)      = IGNORE(REMOVING, "it is closed"),
	AT(REMOVING, ADDED)      = IGNORE(REMOVING, "the removal follows it"),
	AT(REMOVING, ADD_FAILED) = IGNORE(REMOVING, "the removal follows it"),
	AT(REMOVING, REMOVED)    = DO(REMOVING, A_FINISH),
};
/* clang-format on */

const struct fsm session_fsm = {
	"session", state_names, event_names, SESSION_STATES, SESSION_EVENTS, cells,
};

const char *session_state_name(enum session_state state)
{
	return state_names[state];
}

struct session *session_by_call(struct core *c, uint32_t call)
{
	return map_get(&c->sessions_by_call, call);
}

struct session *session_by_handle(struct core *c, uint64_t handle)
{
	return map_get(&c->sessions_by_handle, handle);
}

struct session *session_new(struct peer *p, const struct l2tp_act *a)
{
	struct core *c = p->core;
	struct session *s = calloc(1, sizeof(*s));

	if (!s)
		return NULL;
	s->core = c;
	s->peer = p;
	s->handle = ++c->next_handle;
	s->index = ++c->next_index;
	s->call = a->call;
	s->l2tp = a->info;
	s->begin_ms = core_now(s->core);
	list_init(&s->ready_node);
	list_init(&s->login_node);
	s->idle_s = s->session_s = CFG_NONE;
	if (!slots_take(&c->session_slots[p->worker], &s->slot)) {
		free(s);
		return NULL;
	}
	if (!map_put(&c->sessions_by_handle, s->handle, s) ||
	    !map_put(&c->sessions_by_call, s->call, s)) {
		map_del(&c->sessions_by_handle, s->handle);
		slots_give(&c->session_slots[p->worker], s->slot);
		free(s);
		return NULL;
	}
	dp_session_mac(c->cfg.machine, p->worker, s->slot, s->mac);
	list_push(&c->sessions, &s->node);
	list_push(&p->sessions, &s->peer_node);
	p->n_sessions++;
	p->bare_renewals = 0;
	timerq_disarm(&c->timers, &p->linger);
	return s;
}

/* ---- actions ---- */

void session_neighbour(struct session *s, enum dp_cmd_kind kind)
{
	struct dp_cmd cmd = {.kind = kind};

	cmd.u.neigh.hub = s->hub;
	cmd.u.neigh.ip = s->ip;
	memcpy(cmd.u.neigh.mac, s->mac, sizeof(s->mac));
	command_all(s->core, &cmd);
}

static void uninstall(struct session *s)
{
	struct dp_cmd del = {.kind = DP_CMD_SESSION_DEL,
			     .cookie = ack_cookie(ACK_SESSION_DEL, s->handle)};

	ipv6_withdraw(s);
	session_neighbour(s, DP_CMD_NEIGH_DEL);
	command_stats(s, 0);
	del.u.session_del.slot = s->slot;
	command_send(s->core, s->peer->worker, &del, NULL);
	s->installed = false;
	s->dels_out++;
}

void session_leave(struct session *s)
{
	lease_give_back(s);
	if (s->installed)
		uninstall(s);
	ipv6_release(s);
}

static void install(struct session *s)
{
	struct dp_cmd cmd = {.kind = DP_CMD_SESSION_ADD,
			     .cookie = ack_cookie(ACK_SESSION_ADD, s->handle)};
	const struct hub_run *hub = &s->core->hubs[s->hub];
	const struct dhcp_result *segment = lease_result(s);

	s->mtu = core_peer_mtu(s->peer, s->l2tp.sequencing);
	if (s->up.peer_mru < s->mtu)
		s->mtu = s->up.peer_mru;
	cmd.u.session = (struct dp_session){
		.slot = s->slot,
		.peer = s->peer->slot,
		.handle = s->handle,
		.tunnel_id = s->l2tp.tunnel_id,
		.session_id = s->l2tp.session_id,
		.peer_tunnel_id = s->l2tp.peer_tunnel_id,
		.peer_session_id = s->l2tp.peer_session_id,
		.local_port = s->l2tp.local_port,
		.remote_port = s->l2tp.remote_port,
		.tx_acfc = s->up.tx_acfc,
		.tx_pfc = s->up.tx_pfc,
		.sequencing = s->l2tp.sequencing,
		.ns = l2tp_call_ns(s->core->l2tp, s->call),
		.ip = s->ip,
		.gateway_ip = segment ? segment->router : hub->host_ip,
		.prefix = s->lease ? lease_prefix(s) : hub->prefix,
		.mtu = s->mtu,
		.hub = s->hub,
	};
	memcpy(cmd.u.session.mac, s->mac, sizeof(s->mac));
	account_judged_by(s, &cmd.u.judged);
	command_send(s->core, s->peer->worker, &cmd, NULL);
	session_neighbour(s, DP_CMD_NEIGH_ADD);
	s->installed = true;
	s->adds_out++;
	ipv6_install(s);
}

/* RFC 2661 section 4.4.2, result codes of CDN: 4 lack of facilities for the time
 * being, 3 administrative reasons. */
static void close_call(struct session *s)
{
	bool lack = strcmp(s->end_reason, "no-address") == 0 ||
		    strcmp(s->end_reason, "no-resources") == 0;
	struct l2tp_result why = {.result = lack ? 4 : 3, .reason = s->end_reason};

	l2tp_call_close(s->core->l2tp, core_now(s->core), s->call, why);
}

static void remove_session(struct session *s)
{
	map_del(&s->core->sessions_by_call, s->call);
	timerq_disarm(&s->core->timers, &s->watch);
	list_del(&s->ready_node);
	ppp_free(s->ppp);
	s->ppp = NULL;
	if (s->installed)
		uninstall(s);
	else
		session_event(s, SESSION_EV_REMOVED, NULL);
}

/* The client has dialled again without leaving: its former tunnel would stand, with the
 * user's address, until the Hellos fail. Calls of one tunnel are left alone. */
bool session_replaces(const struct session *s, const struct session *other)
{
	return other == s ||
	       (other->peer == s->peer && other->admitted && s->l2tp.peer_host_name[0] &&
		other->l2tp.tunnel_id != s->l2tp.tunnel_id && other->account == s->account &&
		strcmp(other->l2tp.peer_host_name, s->l2tp.peer_host_name) == 0);
}

static void end_former(const struct session *s)
{
	list_each (&s->peer->sessions, it) {
		struct session *other = list_entry(it, struct session, peer_node);

		if (other != s && other->state < SESSION_CLOSING && session_replaces(s, other))
			session_event(other, SESSION_EV_CLOSE, "dialled-again");
	}
}

static const char *quoted_user(const struct session *s, char *buf, size_t cap)
{
	const char *user = name_text(s->user);

	return log_quote(user, strlen(user), buf, cap);
}

static void announce(struct session *s)
{
	struct core *c = s->core;
	char ip[IP_ADDR_TEXT], from[ENDPOINT_TEXT], user[140];
	struct ip_addr addr = ip4_addr(s->ip);

	limits_watch(s); /* the limits may be another user's now */
	address_announce(s);
	if (s->up_ms)
		return;
	s->up_ms = core_now(s->core);
	s->up_wall_s = c->os->wall_s(c->os->ctx);
	c->hubs[s->hub].last_login_s = s->up_wall_s;
	c->sessions_total++;
	if (++c->sessions_now > c->sessions_peak)
		c->sessions_peak = c->sessions_now;
	ike_vouch(c->ike, core_now(c), s->peer->id);
	story_is_up(c, s->peer->sa);
	ip_addr_text(&addr, ip, sizeof(ip));
	story_add(c, s->peer->sa, &s->peer->flow, NOTE_INFO, "session-up",
		  "the session is up: %s has %s on hub %s", name_text(s->user), ip,
		  c->hubs[s->hub].name);
	log_line(LOG_LEVEL_INFO, "session",
		 "event=up index=%u user=%s ip=%s from=%s hub=%s group=%s policy=%s", s->index,
		 quoted_user(s, user, sizeof(user)), ip,
		 endpoint_text(&s->peer->flow.remote, from, sizeof(from)), c->hubs[s->hub].name,
		 name_text(s->tunnel_group), name_text(s->group_policy));
	end_former(s);
}

static void record(const struct session *s)
{
	char ip[IP_ADDR_TEXT], from[ENDPOINT_TEXT], user[140];
	struct ip_addr addr = ip4_addr(s->ip);
	uint64_t since = s->up_ms ? s->up_ms : s->begin_ms;

	log_line(LOG_LEVEL_INFO, "session",
		 "event=end index=%u user=%s ip=%s from=%s up=%s duration_s=%llu bytes_in=%llu "
		 "bytes_out=%llu packets_in=%llu packets_out=%llu reason=%s",
		 s->index, quoted_user(s, user, sizeof(user)),
		 s->ip ? ip_addr_text(&addr, ip, sizeof(ip)) : "-",
		 endpoint_text(&s->peer->flow.remote, from, sizeof(from)), s->up_ms ? "yes" : "no",
		 (unsigned long long)((core_now(s->core) - since) / 1000),
		 (unsigned long long)s->stats.bytes_in, (unsigned long long)s->stats.bytes_out,
		 (unsigned long long)s->stats.packets_in, (unsigned long long)s->stats.packets_out,
		 s->end_reason);
}

static void finish(struct session *s)
{
	struct core *c = s->core;
	struct peer *p = s->peer;

	record(s);
	story_add(c, p->sa, &p->flow, NOTE_END, s->end_reason, "the session ended: %s",
		  s->end_reason);
	address_release(s);
	if (s->up_ms)
		c->sessions_now--;
	map_del(&c->sessions_by_handle, s->handle);
	slots_give(&c->session_slots[p->worker], s->slot);
	walks_session_goes(s);
	list_del(&s->node);
	list_del(&s->peer_node);
	name_put(c, s->user);
	name_put(c, s->group_policy);
	name_put(c, s->tunnel_group);
	name_put(c, s->account);
	name_put(c, s->hub_name);
	name_put(c, s->access_user);
	name_put(c, s->access_group);
	p->n_sessions--;
	free(s);
	core_peer_release(p);
}

static void act(struct session *s, enum action action)
{
	switch (action) {
	case A_NONE:
		break;
	case A_INSTALL:
		install(s);
		break;
	case A_SUSPEND:
		uninstall(s);
		break;
	case A_CLOSE_PPP:
		ppp_close(s->ppp, core_now(s->core), s->end_reason);
		session_ppp_drain(s);
		break;
	case A_CLOSE_CALL:
		close_call(s);
		break;
	case A_REMOVE:
		remove_session(s);
		break;
	case A_ANNOUNCE:
		announce(s);
		break;
	case A_FINISH:
		finish(s);
		break;
	}
}

void session_event(struct session *s, enum session_event ev, const char *reason)
{
	const struct fsm_cell *cell = fsm_cell(&session_fsm, s->state, ev);

	if (cell->ignored_because)
		return;
	if (!s->end_reason)
		s->end_reason = reason;
	if (!s->end_reason && cell->next >= SESSION_CLOSING)
		s->end_reason = "unknown";
	s->state = (enum session_state)cell->next;
	if (s->state > SESSION_UP)
		session_log_out(s);
	act(s, (enum action)cell->action);
}
