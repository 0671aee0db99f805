/*
 * api: the server's state as JSON, and the verbs that change it from outside.
 * Called by manage. Never writes to a peer but through the session's events.
 */
#include "core/api.h"

#include <limits.h>
#include <stdlib.h>
#include <strings.h>

#include "core/plain.h"
#include "core_i.h"
#include "ike_suites.h"

static json_t *ip_json(uint32_t ip)
{
	char text[IP_ADDR_TEXT];
	struct ip_addr a = ip4_addr(ip);

	return ip ? json_string(ip_addr_text(&a, text, sizeof(text))) : json_null();
}

static json_t *addr_json(const struct ip_addr *a)
{
	char text[IP_ADDR_TEXT];

	return json_string(ip_addr_text(a, text, sizeof(text)));
}

static const struct child *newest_child(const struct peer *p)
{
	return list_empty(&p->children) ? NULL : list_entry(p->children.prev, struct child, node);
}

/* ---- sessions ---- */

static void put_counters(json_t *o, const struct session *s)
{
	json_object_set_new(o, "bytes_rx", json_integer((json_int_t)s->stats.bytes_in));
	json_object_set_new(o, "bytes_tx", json_integer((json_int_t)s->stats.bytes_out));
	json_object_set_new(o, "packets_rx", json_integer((json_int_t)s->stats.packets_in));
	json_object_set_new(o, "packets_tx", json_integer((json_int_t)s->stats.packets_out));
	json_object_set_new(o, "drops_rx", json_integer((json_int_t)s->stats.drops_in));
	json_object_set_new(o, "drops_tx", json_integer((json_int_t)s->stats.drops_out));
}

static const char *nat_words(const struct peer *p)
{
	if (p->peer_behind_nat)
		return p->we_behind_nat ? "both" : "client";
	return p->we_behind_nat ? "server" : "none";
}

static json_t *quirks_json(uint32_t quirks)
{
	json_t *all = json_array();

	for (uint32_t bit = 1; ike_quirk_name(bit); bit <<= 1) {
		if (quirks & bit)
			json_array_append_new(all, json_string(ike_quirk_name(bit)));
	}
	return all;
}

/* What each protocol thinks of the client: docs/QUIRKS.md. */
static void put_client(json_t *o, const struct session *s)
{
	const struct peer *p = s->peer;
	const char *ppp = s->ppp ? ppp_client_system(s->ppp) : NULL;

	json_object_set_new(o, "client", plain_json(p->client));
	json_object_set_new(o, "client_version", plain_json(p->client_version));
	json_object_set_new(o, "l2tp_client",
			    plain_json(s->l2tp.client_system ? s->l2tp.client_system : "unknown"));
	json_object_set_new(o, "ppp_client", plain_json(ppp ? ppp : "unknown"));
	json_object_set_new(o, "quirks", quirks_json(p->quirks));
	json_object_set_new(o, "nat", json_string(nat_words(p)));
}

static void put_peer(json_t *o, const struct peer *p)
{
	const struct child *ch = newest_child(p);

	json_object_set_new(o, "public_ip", addr_json(&p->flow.remote.addr));
	json_object_set_new(o, "public_port", json_integer(p->flow.remote.port));
	json_object_set_new(o, "protocol",
			    json_string(ch && ch->udp_encap
						? "IKEv1 IPsecOverNatT L2TPOverIPsecOverNatT"
						: "IKEv1 IPsec L2TPOverIPsec"));
	json_object_set_new(o, "encryption",
			    json_string(ch ? ike_suites_cipher_name(&ch->out.alg) : "-"));
	json_object_set_new(o, "hashing",
			    json_string(ch ? ike_suites_auth_name(&ch->out.alg) : "-"));
	json_object_set_new(o, "worker", json_integer(p->worker));
}

static json_t *prefix6_json(uint64_t prefix)
{
	struct ip_addr a = {.family = 6};
	char text[IP_ADDR_TEXT];

	ipv6_addr_put(a.ip, (struct ipv6_addr){prefix, 0});
	return json_sprintf("%s/64", ip_addr_text(&a, text, sizeof(text)));
}

static const char *address_from(const struct session *s)
{
	const struct dhcp_result *r = lease_result(s);

	if (!s->ip)
		return "-";
	if (r && r->leased)
		return "segment";
	return s->pool ? "pool" : "user";
}

static json_t *lease_json(const struct session *s)
{
	const struct dhcp_result *r = lease_result(s);
	uint64_t now_ms = core_now(s->core);
	bool ends = r && r->ends_ms != TIMER_NEVER && r->ends_ms > now_ms;

	if (!s->lease)
		return json_null();
	return json_pack("{s:s, s:o, s:o, s:i, s:b, s:o}", "state", lease_state(s), "server",
			 ip_json(r ? r->server : 0), "router", ip_json(r ? r->router : 0), "prefix",
			 (int)lease_prefix(s), "leased", r && r->leased, "ends_in_s",
			 ends ? json_integer((json_int_t)((r->ends_ms - now_ms) / 1000))
			      : json_null());
}

json_t *api_session(const struct session *s)
{
	struct core *c = s->core;
	json_t *o = json_object();
	uint64_t since = s->up_ms ? s->up_ms : s->begin_ms;

	json_object_set_new(o, "index", json_integer(s->index));
	json_object_set_new(o, "user", plain_json(name_text(s->user)));
	json_object_set_new(o, "state", json_string(session_state_name(s->state)));
	json_object_set_new(o, "assigned_ip", ip_json(s->ip));
	json_object_set_new(o, "address_from", json_string(address_from(s)));
	json_object_set_new(o, "lease", lease_json(s));
	if (s->ipv6_on)
		json_object_set_new(o, "assigned_ipv6", prefix6_json(s->prefix6));
	put_peer(o, s->peer);
	put_client(o, s);
	json_object_set_new(o, "auth", json_string(s->auth ? ppp_auth_name(s->auth) : "-"));
	json_object_set_new(o, "group_policy", plain_json(name_text(s->group_policy)));
	json_object_set_new(o, "tunnel_group", plain_json(name_text(s->tunnel_group)));
	json_object_set_new(o, "hub", plain_json(s->ip ? c->hubs[s->hub].name : "-"));
	json_object_set_new(o, "user_of", json_string(s->hub_user ? "hub" : "LOCAL"));
	json_object_set_new(o, "host_name", plain_json(s->l2tp.peer_host_name));
	json_object_set_new(o, "login_time", json_integer((json_int_t)s->up_wall_s));
	json_object_set_new(o, "duration_s",
			    json_integer((json_int_t)((core_now(c) - since) / 1000)));
	json_object_set_new(o, "inactivity_s",
			    json_integer(s->up_ms ? (json_int_t)(session_idle_ms(s) / 1000) : 0));
	json_object_set_new(o, "tunnel_id", json_integer(s->l2tp.tunnel_id));
	json_object_set_new(o, "session_id", json_integer(s->l2tp.session_id));
	put_counters(o, s);
	return o;
}

json_t *api_sessions_of(struct core *c, const char *hub)
{
	json_t *all = json_array();

	list_each (&c->sessions, it) {
		const struct session *s = list_entry(it, struct session, node);

		if (!hub || strcasecmp(name_text(s->hub_name), hub) == 0)
			json_array_append_new(all, api_session(s));
	}
	return all;
}

json_t *api_sessions(struct core *c)
{
	return api_sessions_of(c, NULL);
}

json_t *api_summary(struct core *c)
{
	json_t *o = json_object();

	json_object_set_new(o, "active", json_integer((json_int_t)c->sessions_now));
	json_object_set_new(o, "cumulative", json_integer((json_int_t)c->sessions_total));
	json_object_set_new(o, "peak", json_integer((json_int_t)c->sessions_peak));
	json_object_set_new(o, "uptime_s",
			    json_integer((json_int_t)((core_now(c) - c->started_ms) / 1000)));
	return o;
}

json_t *api_version(struct core *c)
{
	json_t *o = api_summary(c);

	json_object_set_new(o, "version", json_string(SEKISHO_VERSION));
	json_object_set_new(o, "hostname", plain_json(c->config ? c->config->hostname : ""));
	json_object_set_new(o, "workers", json_integer(c->cfg.workers));
	return o;
}

/* ---- security associations ---- */

static json_t *ike_sa_json(struct core *c, const struct ike_sa_info *i)
{
	json_t *o = json_object();
	uint64_t age_s = i->up_ms ? (core_now(c) - i->up_ms) / 1000 : 0;

	json_object_set_new(o, "peer", addr_json(&i->flow.remote.addr));
	json_object_set_new(o, "peer_port", json_integer(i->flow.remote.port));
	json_object_set_new(o, "role",
			    json_string(i->role == IKE_RESPONDER ? "responder" : "initiator"));
	json_object_set_new(o, "state", json_string(i->state));
	json_object_set_new(o, "encrypt", json_string(ike_suites_policy_cipher_name(&i->policy)));
	json_object_set_new(o, "hash", json_string(ike_suites_policy_hash_name(&i->policy)));
	json_object_set_new(o, "group", json_integer(i->policy.group));
	json_object_set_new(o, "auth", json_string("preshared"));
	json_object_set_new(o, "lifetime_s", json_integer(i->life_s));
	json_object_set_new(o, "remaining_s",
			    json_integer(i->life_s > age_s ? (json_int_t)(i->life_s - age_s) : 0));
	json_object_set_new(o, "nat_traversal", json_boolean(i->natt));
	json_object_set_new(o, "peer_behind_nat", json_boolean(i->peer_behind_nat));
	json_object_set_new(o, "server_behind_nat", json_boolean(i->we_behind_nat));
	json_object_set_new(o, "client", json_string(i->client ? i->client : "unknown"));
	json_object_set_new(o, "client_version", json_string(i->client_version));
	json_object_set_new(o, "quirks", quirks_json(i->quirks));
	json_object_set_new(o, "children", json_integer(i->children));
	return o;
}

json_t *api_ikev1_sas(struct core *c)
{
	json_t *all = json_array();
	struct ike_sa_info info;
	unsigned cursor = 0;

	while (ike_each_sa(c->ike, &cursor, &info))
		json_array_append_new(all, ike_sa_json(c, &info));
	return all;
}

static const struct session *first_session(const struct peer *p)
{
	return list_empty(&p->sessions) ? NULL
					: list_entry(p->sessions.next, struct session, peer_node);
}

static json_t *spi_json(uint32_t spi)
{
	char text[16];

	snprintf(text, sizeof(text), "0x%08X", spi);
	return json_string(text);
}

static json_t *child_json(struct core *c, const struct child *ch)
{
	const struct session *s = first_session(ch->peer);
	uint64_t age_s = (core_now(c) - ch->up_ms) / 1000;
	json_t *o = json_object();

	json_object_set_new(o, "peer", addr_json(&ch->peer->flow.remote.addr));
	json_object_set_new(o, "peer_port", json_integer(ch->peer->flow.remote.port));
	json_object_set_new(o, "local", addr_json(&ch->peer->flow.local.addr));
	json_object_set_new(o, "user", plain_json(s ? name_text(s->user) : ""));
	json_object_set_new(o, "inbound_spi", spi_json(ch->spi_in));
	json_object_set_new(o, "outbound_spi", spi_json(ch->out.spi));
	json_object_set_new(o, "encryption", json_string(ike_suites_cipher_name(&ch->out.alg)));
	json_object_set_new(o, "hashing", json_string(ike_suites_auth_name(&ch->out.alg)));
	json_object_set_new(o, "mode", json_string(ch->out.tunnel ? "tunnel" : "transport"));
	json_object_set_new(o, "udp_encapsulation", json_boolean(ch->udp_encap));
	json_object_set_new(o, "sending", json_boolean(ch->out_used));
	json_object_set_new(o, "lifetime_s", json_integer(ch->life_s));
	json_object_set_new(o, "lifetime_kb", json_integer(ch->life_kb));
	json_object_set_new(
		o, "remaining_s",
		json_integer(ch->life_s > age_s ? (json_int_t)(ch->life_s - age_s) : 0));
	json_object_set_new(o, "replay_window", json_integer(ch->out.replay_window));
	return o;
}

json_t *api_ipsec_sas(struct core *c)
{
	json_t *all = json_array();

	list_each (&c->peers, it) {
		struct peer *p = list_entry(it, struct peer, node);

		list_each (&p->children, jt)
			json_array_append_new(all,
					      child_json(c, list_entry(jt, struct child, node)));
	}
	return all;
}

/* ---- pools, counters, configuration ---- */

/* The addresses that sessions have from the pool. */
static json_t *pool_users(struct core *c, const struct pool *pool)
{
	json_t *all = json_array();

	list_each (&c->sessions, it) {
		const struct session *s = list_entry(it, struct session, node);

		if (s->pool == pool)
			json_array_append_new(all,
					      json_pack("{s:o, s:o}", "ip", ip_json(s->ip), "user",
							plain_json(name_text(s->user))));
	}
	return all;
}

json_t *api_pools(struct core *c)
{
	json_t *all = json_array();

	for (unsigned i = 0; i < c->n_pools; i++) {
		const struct cfg_pool *p = config_pool(c->config, c->pools[i].name);
		uint8_t prefix = c->pools[i].prefix;
		json_t *o = json_object();

		json_object_set_new(o, "name", plain_json(c->pools[i].name));
		json_object_set_new(o, "begin", ip_json(p ? p->first : 0));
		json_object_set_new(o, "end", ip_json(p ? p->last : 0));
		json_object_set_new(o, "mask", ip_json(prefix ? UINT32_MAX << (32 - prefix) : 0));
		json_object_set_new(o, "size", json_integer(pool_size(c->pools[i].pool)));
		json_object_set_new(o, "in_use", json_integer(pool_used(c->pools[i].pool)));
		json_object_set_new(o, "addresses", pool_users(c, c->pools[i].pool));
		json_array_append_new(all, o);
	}
	return all;
}

static json_t *l2tp_counters(struct core *c)
{
	struct l2tp_stats s;

	l2tp_get_stats(c->l2tp, &s);
	return json_pack(
		"{s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I}",
		"messages_in", (json_int_t)s.messages_in, "messages_out",
		(json_int_t)s.messages_out, "retransmits", (json_int_t)s.retransmits, "drop_short",
		(json_int_t)s.drop_short, "drop_version", (json_int_t)s.drop_version, "drop_length",
		(json_int_t)s.drop_length, "drop_avp", (json_int_t)s.drop_avp, "drop_no_tunnel",
		(json_int_t)s.drop_no_tunnel, "drop_wrong_path", (json_int_t)s.drop_wrong_path,
		"drop_no_call", (json_int_t)s.drop_no_call, "drop_out_of_window",
		(json_int_t)s.drop_out_of_window, "drop_limit", (json_int_t)s.drop_limit,
		"drop_state", (json_int_t)s.drop_state, "drop_peer_gone",
		(json_int_t)c->drops.l2tp_no_peer, "drop_port", (json_int_t)c->drops.l2tp_port,
		"drop_service_off", (json_int_t)c->drops.l2tp_off);
}

/* What became of the packets that control answers itself, by the reasons of their rooms. */
static json_t *inform_counters(const struct core *c)
{
	json_t *o = json_object();

	for (unsigned i = 0; i < DHCP_N_DROPS; i++)
		json_object_set_new(o, i ? dhcp_drop_name(i) : "answered",
				    json_integer((json_int_t)c->drops.inform[i]));
	return o;
}

static json_t *nd_counters(const struct core *c)
{
	json_t *o = json_object();

	for (unsigned i = 0; i < ND_N_FAULTS; i++)
		json_object_set_new(o, nd_fault_name(i), json_integer((json_int_t)c->drops.nd[i]));
	return o;
}

static json_t *lease_counters(const struct core *c)
{
	json_t *o = json_object();

	for (unsigned i = 0; i < DHCP_N_ALL_DROPS; i++)
		json_object_set_new(o, i ? dhcp_drop_name(i) : "taken",
				    json_integer((json_int_t)c->drops.lease[i]));
	json_object_set_new(o, "no-session", json_integer((json_int_t)c->drops.lease_no_session));
	json_object_set_new(o, "arp-not-asked", json_integer((json_int_t)c->drops.lease_no_arp));
	return o;
}

static json_t *ike_counters(struct core *c)
{
	struct ike_stats s;

	ike_get_stats(c->ike, &s);
	return json_pack("{s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I}",
			 "messages_in", (json_int_t)s.messages_in, "messages_out",
			 (json_int_t)s.messages_out, "replies_repeated",
			 (json_int_t)s.replies_repeated, "fragments_in", (json_int_t)s.fragments_in,
			 "fragments_out", (json_int_t)s.fragments_out, "reassembled",
			 (json_int_t)s.reassembled, "dpd_sent", (json_int_t)s.dpd_sent, "dpd_dead",
			 (json_int_t)s.dpd_dead, "phase1_up", (json_int_t)s.phase1_up,
			 "phase1_failed", (json_int_t)s.phase1_failed, "phase2_up",
			 (json_int_t)s.phase2_up, "phase2_failed", (json_int_t)s.phase2_failed);
}

json_t *api_counters(struct core *c)
{
	json_t *o = json_object(), *dp = json_object(), *ike = json_object();
	const char *name, *help;
	uint64_t value;

	for (unsigned i = 0; dp_counter(c->dp, i, &name, &help, &value); i++)
		json_object_set_new(dp, name, json_integer((json_int_t)value));
	for (unsigned i = 0; ike_drop_counter(c->ike, i, &name, &value); i++)
		json_object_set_new(ike, name, json_integer((json_int_t)value));
	json_object_set_new(o, "dataplane", dp);
	json_object_set_new(o, "ike", ike_counters(c));
	json_object_set_new(o, "ike_drops", ike);
	json_object_set_new(o, "l2tp", l2tp_counters(c));
	json_object_set_new(o, "dhcpinform", inform_counters(c));
	json_object_set_new(o, "nd", nd_counters(c));
	json_object_set_new(o, "dhcp_client", lease_counters(c));
	return o;
}

json_t *api_running_config(struct core *c)
{
	char *text = config_print(c->config, true);
	json_t *o = plain_json(text);

	free(text);
	return o;
}

/* ---- verbs ---- */

bool api_is_whom(const struct session *s, const struct api_whom *whom)
{
	struct ip_addr want;

	switch (whom->by) {
	case API_LOGOFF_INDEX:
		return s->index == strtoul(whom->value, NULL, 10);
	case API_LOGOFF_NAME:
		return strcasecmp(name_text(s->user), whom->value) == 0;
	case API_LOGOFF_IP:
		return ip_addr_parse(whom->value, &want) && s->ip && ip4_of(&want) == s->ip;
	case API_LOGOFF_ALL:
		return true;
	}
	return false;
}

unsigned api_logoff(struct core *c, enum api_logoff_by by, const char *value)
{
	const struct api_whom whom = {by, value};
	struct api_walk *w = api_walk_new(c);
	unsigned ended = 0;

	if (w)
		api_walk_logoff(w, UINT_MAX, &whom, &ended);
	api_walk_free(w);
	return ended;
}
