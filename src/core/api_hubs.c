/*
 * api_hubs: the hubs as JSON, configured and running side by side. Called by manage.
 */
#include "core/api.h"
#include "core/plain.h"
#include "core_i.h"

static const char *state_of(const struct cfg_hub *h, const struct hub_run *run)
{
	if (!h->online)
		return "offline";
	return run ? "online" : "no-way-out";
}

static json_t *bridge(const struct hub_run *run)
{
	return json_pack("{s:s, s:o, s:s, s:o}", "kind", "bridge", "interface",
			 plain_json(run->bridge), "state", way_state_name(run->way), "why",
			 run->way == WAY_UP ? json_null() : plain_json(run->way_why));
}

static json_t *way_out(const struct cfg_hub *h, const struct hub_run *run)
{
	char text[IP_ADDR_TEXT];
	struct ip_addr host = ip4_addr(h->host_ip);

	if (!run)
		return json_null();
	if (run->bridge[0])
		return bridge(run);
	return json_pack("{s:s, s:s, s:s, s:i, s:b, s:b}", "kind", "secure-nat", "interface",
			 run->tap, "host", ip_addr_text(&host, text, sizeof(text)), "prefix",
			 (int)run->prefix, "nat", (int)run->nat, "ipv6", run->prefixes.n != 0);
}

static json_t *hub_json(struct core *c, const struct cfg_hub *h)
{
	const struct hub_run *run = hub_by_name(c, h->name);
	uint64_t last = run ? run->last_login_s : 0;
	json_t *o = json_object();

	json_object_set_new(o, "name", plain_json(h->name));
	json_object_set_new(o, "state", json_string(state_of(h, run)));
	json_object_set_new(o, "default", json_boolean(h == config_default_hub(c->config)));
	json_object_set_new(o, "enumerable", json_boolean(!h->no_enum));
	json_object_set_new(o, "sessions", json_integer(run ? run->n_logins : 0));
	json_object_set_new(o, "max_sessions",
			    h->max_sessions ? json_integer(h->max_sessions) : json_null());
	json_object_set_new(o, "users", json_integer(h->n_users));
	json_object_set_new(o, "groups", json_integer(h->n_groups));
	json_object_set_new(o, "way_out", way_out(h, run));
	json_object_set_new(o, "access_rules",
			    run ? json_integer((json_int_t)access_list_rules(run->rules->access))
				: json_null());
	json_object_set_new(o, "options_set", json_integer(__builtin_popcountll(h->options_set)));
	json_object_set_new(o, "last_login", last ? json_integer((json_int_t)last) : json_null());
	return o;
}

json_t *api_hubs(struct core *c, bool all)
{
	json_t *hubs = json_array();

	for (unsigned i = 0; i < c->config->n_hubs; i++) {
		if (all || !c->config->hubs[i].no_enum)
			json_array_append_new(hubs, hub_json(c, &c->config->hubs[i]));
	}
	return hubs;
}
