/*
 * check: what the server holds, judged. Looks behind core_api on purpose: a slot
 * or a table entry that leaks is seen by no front end.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core_i.h"
#include "world.h"

unsigned check_sessions(struct world *w)
{
	unsigned n = 0;

	list_each (&w->core->sessions, it)
		n += list_entry(it, struct session, node)->state == SESSION_UP;
	return n;
}

void check_ids(struct world *w, uint16_t *tunnel_id, uint16_t *session_id)
{
	const struct session *s;

	if (list_empty(&w->core->sessions))
		return;
	s = list_entry(w->core->sessions.next, struct session, node);
	*tunnel_id = s->l2tp.tunnel_id;
	*session_id = s->l2tp.session_id;
}

static bool all_slots_free(const struct slots *s)
{
	return s->n_free == s->n;
}

static const char *core_left(const struct core *c)
{
	if (!list_empty(&c->sessions))
		return "a session";
	if (!list_empty(&c->peers))
		return "a peer";
	if (!list_empty(&c->commands))
		return "a command that waits for a worker";
	if (!list_empty(&c->ready))
		return "a link that waits to be drained";
	if (c->peers_by_handle.used || c->peers_by_ike.used || c->children_by_handle.used ||
	    c->children_by_id.used || c->children_by_spi.used || c->sessions_by_handle.used ||
	    c->sessions_by_call.used)
		return "an entry of a table";
	if (c->sessions_now)
		return "a session in the count";
	for (unsigned i = 0; i < c->cfg.workers; i++) {
		if (!all_slots_free(&c->peer_slots[i]) || !all_slots_free(&c->session_slots[i]))
			return "a slot of a worker";
		if (c->worker_load[i])
			return "load of a worker";
	}
	for (unsigned i = 0; i < c->n_pools; i++) {
		if (pool_used(c->pools[i].pool))
			return "an address of a pool";
	}
	for (unsigned i = 0; i < CFG_HUBS_MAX; i++) {
		if (c->hubs[i].prefixes.n_used)
			return "an IPv6 prefix";
	}
	return NULL;
}

static const char *rooms_left(const struct core *c)
{
	struct l2tp_stats l2tp;
	struct ike_stats ike;

	ike_get_stats(c->ike, &ike);
	l2tp_get_stats(c->l2tp, &l2tp);
	if (ike.half_open)
		return "a half-open ISAKMP SA";
	if (ike.established)
		return "an ISAKMP SA";
	if (ike.children)
		return "a pair of ESP SAs";
	if (l2tp.calls)
		return "an L2TP call";
	if (l2tp.tunnels)
		return "an L2TP tunnel";
	if (l2tp.acts_refused)
		return "an action of l2tp that found no room";
	return NULL;
}

/* What the front ends may see: the same by core_api. */
static const char *api_left(struct core *c)
{
	json_t *sessions = api_sessions(c), *ike = api_ikev1_sas(c), *esp = api_ipsec_sas(c);
	json_t *pools = api_pools(c), *pool;
	const char *left = NULL;
	size_t i;

	if (json_array_size(sessions))
		left = "a session in show vpn-sessiondb";
	else if (json_array_size(ike))
		left = "an SA in show crypto ikev1 sa";
	else if (json_array_size(esp))
		left = "a pair in show crypto ipsec sa";
	json_array_foreach(pools, i, pool)
	{
		if (json_integer_value(json_object_get(pool, "in_use")))
			left = "an address in show ip local pool";
	}
	json_decref(sessions);
	json_decref(ike);
	json_decref(esp);
	json_decref(pools);
	return left;
}

uint64_t check_counter(struct world *w, const char *name)
{
	const char *n, *help;
	uint64_t value;

	for (unsigned i = 0; dp_counter(w->core->dp, i, &n, &help, &value); i++) {
		if (strcmp(n, name) == 0)
			return value;
	}
	return UINT64_MAX;
}

bool check_empty(struct world *w, char *what, size_t cap)
{
	static const char *const never[] = {"commands-refused", "punt-full", "handoff-full",
					    "handoff-no-worker"};
	const char *left = core_left(w->core);

	if (!left)
		left = rooms_left(w->core);
	if (!left)
		left = api_left(w->core);
	for (unsigned i = 0; !left && i < sizeof(never) / sizeof(*never); i++) {
		if (check_counter(w, never[i]))
			left = never[i];
	}
	snprintf(what, cap, "%s", left ? left : "");
	return !left;
}

bool check_explained(struct world *w, const char *who, const char *text)
{
	json_t *stories = api_explain(w->core, who);
	char *dump = json_dumps(stories, JSON_COMPACT);
	bool found = dump && strstr(dump, text);

	free(dump);
	json_decref(stories);
	return found;
}
