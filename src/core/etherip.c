/*
 * etherip: routers that come by EtherIP over IPsec (RFC 3378; softether.md 1.7). A peer whose SAs
 * may carry EtherIP gets a port on a hub: by its ISAKMP identity the table names the hub and the
 * hub's user that it logs in as, without anything more from the peer. The port goes with the last
 * such SA, and whenever the configuration says something else of it; then it is made again. Called
 * by peer (SAs), hubs, apply and commands.
 */
#include "etherip.h"

#include <stdlib.h>
#include <strings.h>

#include "core/plain.h"

#define PROTO_ETHERIP 97
#define PORT_MTU      1500
#define LOOK_MS       20000 /* counters, and by them signs of life */

struct etherip {
	struct list node; /* core->etherips */
	struct core *core;
	struct peer *peer;
	uint64_t handle;
	unsigned index, worker;
	uint32_t slot;
	uint16_t hub;
	bool up;
	char id[ETHERIP_ID], hub_name[CFG_NAME_MAX + 1], user[CFG_NAME_MAX + 1];
	uint64_t credential;
	struct hub_policy policy;
	struct name *account, *access_user, *access_group;
	uint64_t up_ms, up_wall_s;
	struct dp_session_stats stats;
	struct timer look;
};

/* ---- its life ---- */

static void release(struct etherip *e)
{
	struct core *c = e->core;

	timerq_disarm(&c->timers, &e->look);
	name_put(c, e->account);
	name_put(c, e->access_user);
	name_put(c, e->access_group);
	list_del(&e->node);
	slots_give(&c->port_slots[e->worker], e->slot);
	free(e);
}

/* It counts no longer, and the worker is told to forget it. */
static void end(struct etherip *e, const char *reason)
{
	struct dp_cmd cmd = {.kind = DP_CMD_PORT_DEL,
			     .cookie = ack_cookie(ACK_PORT_DEL, e->handle)};
	struct core *c = e->core;
	struct peer *p = e->peer;

	e->peer = NULL;
	p->etherip = NULL;
	p->n_sessions--;
	e->account->n_ports--;
	c->hubs[e->hub].n_logins--;
	timerq_disarm(&c->timers, &e->look);
	story_add(c, p->sa, &p->flow, NOTE_END, reason,
		  "the EtherIP port on the hub %s is gone: %s", e->hub_name, reason);
	log_line(LOG_LEVEL_INFO, "core", "event=etherip-down index=%u hub=%s user=%s reason=%s",
		 e->index, e->hub_name, e->user, reason);
	cmd.u.session_del.slot = e->slot;
	command_send(c, e->worker, &cmd, NULL);
}

static void end_and_release(struct etherip *e, const char *reason)
{
	struct peer *p = e->peer;

	end(e, reason);
	core_peer_release(p);
}

static void ask(const struct etherip *e)
{
	struct dp_cmd cmd = {.kind = DP_CMD_PORT_STATS};

	cmd.u.session_del.slot = e->slot;
	command_send(e->core, e->worker, &cmd, NULL);
}

static void look(struct timer *t, uint64_t now_ms)
{
	struct etherip *e = list_entry(t, struct etherip, look);
	uint64_t most_s = e->policy.value[POLICY_AUTO_DISCONNECT];

	if (most_s && now_ms >= e->up_ms + most_s * 1000) {
		end_and_release(e, "auto-disconnect");
		return;
	}
	ask(e);
	timerq_arm(&e->core->timers, t, now_ms + LOOK_MS);
}

void etherip_silent(const struct peer *p)
{
	if (p->etherip && p->etherip->up)
		ask(p->etherip);
}

static struct etherip *by_handle(struct core *c, uint64_t handle)
{
	list_each (&c->etherips, it) {
		struct etherip *e = list_entry(it, struct etherip, node);

		if (e->handle == handle)
			return e;
	}
	return NULL;
}

void etherip_stats(struct core *c, const struct dp_punt *p)
{
	struct etherip *e = by_handle(c, p->session_handle);

	if (!e || !e->peer)
		return;
	e->stats = p->stats;
	ike_alive(c->ike, p->stats.last_in_ms, e->peer->id);
}

void etherip_acked(struct core *c, uint64_t handle, bool added, bool ok)
{
	struct etherip *e = by_handle(c, handle);
	char remote[ENDPOINT_TEXT], quoted[2 * ETHERIP_ID];

	if (!e)
		return;
	if (!added) {
		release(e);
		return;
	}
	if (!e->peer)
		return;
	if (!ok) {
		end_and_release(e, "worker-refused");
		return;
	}
	e->up = true;
	e->up_ms = core_now(c);
	e->up_wall_s = c->os->wall_s(c->os->ctx);
	timerq_arm(&c->timers, &e->look, e->up_ms + LOOK_MS);
	ike_vouch(c->ike, e->up_ms, e->peer->id);
	story_add(c, e->peer->sa, &e->peer->flow, NOTE_INFO, "etherip-up",
		  "EtherIP: the router %s is on the hub %s as the user %s", e->id, e->hub_name,
		  e->user);
	story_is_up(c, e->peer->sa);
	log_line(LOG_LEVEL_INFO, "core", "event=etherip-up index=%u id=%s hub=%s user=%s peer=%s",
		 e->index, log_quote(e->id, strlen(e->id), quoted, sizeof(quoted)), e->hub_name,
		 e->user, endpoint_text(&e->peer->flow.remote, remote, sizeof(remote)));
}

static void account_key(const struct etherip_login *l, char key[2 * CFG_NAME_MAX + 2])
{
	snprintf(key, 2 * CFG_NAME_MAX + 2, "%s\n%s", l->hub->name, l->user->login.name);
}

static bool take_names(struct etherip *e, const struct etherip_login *l)
{
	const char *group = l->user->group;

	e->access_user = name_numbered(e->core, l->user->login.name);
	e->access_group = group[0] ? name_numbered(e->core, group) : NULL;
	snprintf(e->hub_name, sizeof(e->hub_name), "%s", l->hub->name);
	snprintf(e->user, sizeof(e->user), "%s", l->user->login.name);
	return e->access_user && (e->access_group || !group[0]);
}

static void tell_worker(const struct etherip *e)
{
	struct dp_cmd cmd = {.kind = DP_CMD_PORT_ADD,
			     .cookie = ack_cookie(ACK_PORT_ADD, e->handle)};

	cmd.u.port = (struct dp_port){
		.slot = e->slot,
		.peer = e->peer->slot,
		.kind = DP_PORT_ETHERIP,
		.handle = e->handle,
		.hub = e->hub,
		.mtu = PORT_MTU,
		.user = e->access_user->number,
		.group = e->access_group ? e->access_group->number : ACCESS_ANYONE,
		.policy = e->policy,
	};
	command_send(e->core, e->worker, &cmd, NULL);
}

/* account: given over. */
static void begin(struct peer *p, const char *id, const struct etherip_login *l,
		  struct name *account)
{
	struct core *c = p->core;
	struct etherip *e = calloc(1, sizeof(*e));

	if (!e || !slots_take(&c->port_slots[p->worker], &e->slot)) {
		story_refuse(p, "too-many-sessions", "every place for a port is taken");
		name_put(c, account);
		free(e);
		return;
	}
	e->core = c;
	e->peer = p;
	e->worker = p->worker;
	e->handle = ++c->next_handle;
	e->index = ++c->next_index;
	e->hub = l->run->index;
	e->policy = l->policy;
	e->credential = l->credential;
	e->account = account;
	e->look.fire = look;
	snprintf(e->id, sizeof(e->id), "%s", id);
	list_push(&c->etherips, &e->node);
	if (!take_names(e, l)) {
		story_refuse(p, "no-memory", "memory is short");
		release(e);
		return;
	}
	p->etherip = e;
	p->n_sessions++;
	p->bare_renewals = 0;
	account->n_ports++;
	l->run->n_logins++;
	timerq_disarm(&c->timers, &p->linger);
	story_user(c, p->sa, (struct bytes){(const uint8_t *)e->user, strlen(e->user)});
	tell_worker(e);
}

/* What the peer's SAs may carry: 0: no EtherIP, 1: everything, 2: it by name. */
static int carries(const struct peer *p)
{
	int most = 0;

	list_each (&p->children, it) {
		const struct child *ch = list_entry(it, struct child, node);
		int this = ch->protocol == PROTO_ETHERIP ? 2 : ch->protocol == 0;

		most = this > most ? this : most;
	}
	return most;
}

void etherip_try(struct peer *p)
{
	char id[ETHERIP_ID], key[2 * CFG_NAME_MAX + 2];
	struct core *c = p->core;
	struct name *account;
	struct etherip_login l;
	int may = carries(p);

	if (!c->config->services.etherip || c->stopping || p->gone || p->etherip || !p->sending ||
	    !may || !etherip_id_of(p, id) || !etherip_find(p, id, may == 2, &l) ||
	    !etherip_password_ok(p, &l))
		return;
	account_key(&l, key);
	account = name_get(c, key);
	if (account && etherip_limits_ok(p, &l, account))
		begin(p, id, &l, account);
	else
		name_put(c, account);
}

void etherip_child_gone(struct peer *p)
{
	if (p->etherip && !carries(p))
		end_and_release(p->etherip, "no-esp-sa");
}

void etherip_peer_down(struct peer *p, const char *reason)
{
	if (p->etherip)
		end(p->etherip, reason);
}

void etherip_hub_down(struct core *c, uint16_t hub, const char *why)
{
	list_each (&c->etherips, it) {
		struct etherip *e = list_entry(it, struct etherip, node);

		if (e->peer && e->hub == hub)
			end_and_release(e, why);
	}
}

static bool is_whom(const struct etherip *e, const struct api_whom *whom)
{
	switch (whom->by) {
	case API_LOGOFF_INDEX:
		return strtoul(whom->value, NULL, 10) == e->index;
	case API_LOGOFF_NAME:
		return strcasecmp(whom->value, e->user) == 0;
	case API_LOGOFF_IP: /* it has none */
		return false;
	case API_LOGOFF_ALL:
		break;
	}
	return true;
}

/* The whole peer: a router whose port alone is gone would not know. */
unsigned etherip_logoff(struct core *c, const struct api_whom *whom)
{
	unsigned n = 0;

	list_each (&c->etherips, it) {
		struct etherip *e = list_entry(it, struct etherip, node);

		if (!e->peer || !is_whom(e, whom))
			continue;
		n++;
		core_peer_say_goodbye(e->peer, "administrator");
	}
	return n;
}

/* ---- a configuration takes effect ---- */

static bool same(const struct etherip *e, const struct etherip_login *l)
{
	const char *group = e->access_group ? e->access_group->text : "";

	return e->hub == l->run->index && strcasecmp(e->user, l->user->login.name) == 0 &&
	       e->credential == l->credential && strcasecmp(group, l->user->group) == 0 &&
	       memcmp(&e->policy, &l->policy, sizeof(e->policy)) == 0;
}

static void apply_one(struct etherip *e)
{
	struct peer *p = e->peer;
	struct etherip_login l;

	if (!e->core->config->services.etherip) {
		core_peer_say_goodbye(p, "service-off");
		return;
	}
	if (etherip_find(p, e->id, carries(p) == 2, &l) && same(e, &l))
		return;
	end_and_release(e, "config-changed");
}

/* Those that stay as they were are not touched; whoever has no port yet may have one now. */
void etherip_apply(struct core *c)
{
	list_each (&c->etherips, it) {
		struct etherip *e = list_entry(it, struct etherip, node);

		if (e->peer)
			apply_one(e);
	}
	list_each (&c->peers, it)
		etherip_try(list_entry(it, struct peer, node));
}

void etherip_free_all(struct core *c)
{
	list_each (&c->etherips, it) {
		struct etherip *e = list_entry(it, struct etherip, node);

		if (e->peer)
			e->peer->etherip = NULL;
		release(e);
	}
}

/* ---- show etherip ---- */

json_t *api_etherip(struct core *c)
{
	json_t *all = json_array();

	list_each (&c->etherips, it) {
		const struct etherip *e = list_entry(it, struct etherip, node);
		char text[ENDPOINT_TEXT];

		if (!e->peer)
			continue;
		json_array_append_new(
			all,
			json_pack(
				"{s:i, s:s, s:s, s:o, s:o, s:o, s:s, s:s, s:I, s:I, s:I, s:I, s:I}",
				"index", (int)e->index, "protocol", "EtherIPOverIPsec", "state",
				e->up ? "up" : "adding", "id", plain_json(e->id), "hub",
				plain_json(e->hub_name), "user", plain_json(e->user), "public",
				endpoint_text(&e->peer->flow.remote, text, sizeof(text)), "client",
				e->peer->client, "since", (json_int_t)e->up_wall_s, "frames_in",
				(json_int_t)e->stats.packets_in, "octets_in",
				(json_int_t)e->stats.bytes_in, "frames_out",
				(json_int_t)e->stats.packets_out, "octets_out",
				(json_int_t)e->stats.bytes_out));
	}
	return all;
}
