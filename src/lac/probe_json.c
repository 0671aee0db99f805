/*
 * probe_json: the report of the command probe for scripts: the same facts as probe_text.c
 * prints, under stable names. jansson escapes; secrets are nowhere in it.
 */
#include <jansson.h>
#include <stdio.h>

#include "probe.h"

static json_t *known(enum probe_known k)
{
	return k == NOT_KNOWN ? json_null() : json_boolean(k == KNOWN_YES);
}

/* What came over the network may be no UTF-8: then it is left out. */
static json_t *text(const char *s)
{
	json_t *j = s && *s ? json_string(s) : NULL;

	return j ? j : json_null();
}

static json_t *ms_of(uint32_t us)
{
	return us ? json_real((double)us / 1000) : json_null();
}

static json_t *heard(enum probe_heard h, uint32_t us)
{
	static const char *const words[] = {[HEARD_NOTHING] = "silent",
					    [HEARD_CLOSED] = "closed",
					    [HEARD_CHOSE] = "answers",
					    [HEARD_REFUSED] = "answers",
					    [HEARD_STRANGE] = "answers"};
	bool yes = h != HEARD_NOTHING && h != HEARD_CLOSED;

	return json_pack("{s:s, s:o}", "state", words[h], "ms", yes ? ms_of(us) : json_null());
}

/* ---- the server ---- */

static json_t *natt_versions(unsigned set)
{
	json_t *list = json_array();

	for (int v = 0; v < IKE_NATT_COUNT; v++)
		if (set & 1u << v)
			json_array_append_new(list, json_string(ike_natt_words((enum ike_natt)v)));
	return list;
}

static json_t *vendor_ids(const struct probe_reach *r)
{
	json_t *list = json_array();
	char words[IKE_VENDOR_WORDS];

	for (unsigned i = 0; i < r->n_vendors; i++)
		json_array_append_new(list,
				      text(ike_vendor_words(&r->vendors[i], words, sizeof(words))));
	return list;
}

static json_t *ike_suites(const struct probe_offers *o)
{
	json_t *list = json_array();
	char words[LAC_WORDS], weak[64];

	for (unsigned i = 0; i < o->n; i++) {
		const struct ike_policy *p = &o->accepted[i];

		json_array_append_new(list,
				      json_pack("{s:s, s:o}", "suite",
						ike_policy_words(p, words, sizeof(words)), "weak",
						text(probe_weak_policy(p, weak, sizeof(weak)))));
	}
	return list;
}

static json_t *phase1(const struct probe *p)
{
	const struct probe_offers *o = &p->offers;

	return json_pack("{s:o, s:i, s:o, s:b, s:b, s:i, s:i}", "suites",
			 o->done ? ike_suites(o) : json_null(), "questions", (int)o->questions,
			 "life_s", o->life_s ? json_integer(o->life_s) : json_null(),
			 "refuses_by_notify", o->refuses_by_notify, "refuses_by_silence",
			 o->refuses_by_silence, "stopped_after", (int)o->stopped_after, "strange",
			 (int)o->strange);
}

static json_t *phase2(const struct probe *p)
{
	const struct probe_suites *s = &p->suites;
	json_t *list = json_array();
	char words[LAC_WORDS], weak[64];

	if (!s->done) {
		json_decref(list);
		return json_null();
	}
	for (unsigned i = 0; i < s->n; i++)
		json_array_append_new(
			list,
			json_pack("{s:s, s:o}", "suite",
				  ike_esp_words(&s->accepted[i], words, sizeof(words)), "weak",
				  text(probe_weak_esp(&s->accepted[i], weak, sizeof(weak)))));
	return json_pack("{s:o, s:o, s:o, s:o}", "suites", list, "udp_encapsulated",
			 known(s->encap), "plain", known(s->plain), "tunnel_mode",
			 known(s->tunnel));
}

static json_t *auth(const struct probe *p)
{
	json_t *list = json_array();

	for (unsigned bit = PPP_AUTH_MSCHAP2; p->auth.done && bit; bit >>= 1)
		if (p->auth.methods & bit)
			json_array_append_new(list, json_string(ppp_auth_name((enum ppp_auth)bit)));
	if (p->auth.done)
		return json_pack("{s:o, s:o, s:b}", "methods", list, "first_request",
				 text(p->auth.first), "none_at_all", p->auth.none == KNOWN_YES);
	json_decref(list);
	return json_null();
}

static json_t *reach(const struct probe *p)
{
	const struct probe_reach *r = &p->reach;
	const struct probe_suites *s = &p->suites;

	return json_pack(
		"{s:o, s:o, s:o, s:o, s:o, s:o}", "udp_500", heard(r->ike, r->ike_us), "udp_4500",
		heard(r->natt, r->natt_us), "esp",
		s->esp50_tried ? json_boolean(s->esp50.ok) : json_null(), "l2tp_without_ipsec",
		p->raw_tried ? json_boolean(p->raw_answers) : json_null(), "server_behind_nat",
		p->nat_known ? json_boolean(p->server_behind_nat) : json_null(), "we_behind_nat",
		p->nat_known ? json_boolean(p->we_behind_nat) : json_null());
}

static json_t *announces(const struct probe_reach *r)
{
	return json_pack("{s:o, s:b, s:b, s:b, s:o, s:o, s:o}", "nat_traversal",
			 natt_versions(r->natt_versions), "dead_peer_detection", r->dpd,
			 "fragmentation", r->fragmentation, "xauth", r->xauth, "vendor_ids",
			 vendor_ids(r), "aggressive_mode", known(r->aggressive), "aggressive_hash",
			 known(r->aggressive_hash));
}

/* ---- systems ---- */

static json_t *ip(uint32_t host_order)
{
	struct ip_addr a = ip4_addr(host_order);
	char buf[IP_ADDR_TEXT];

	return host_order ? json_string(ip_addr_text(&a, buf, sizeof(buf))) : json_null();
}

static json_t *steps(const struct probe_result *r)
{
	return json_pack("{s:o, s:o, s:o, s:o, s:o, s:o}", "phase1", ms_of(r->at_us[LAC_PHASE2]),
			 "phase2", ms_of(r->at_us[LAC_TUNNEL]), "l2tp", ms_of(r->at_us[LAC_PPP]),
			 "up", ms_of(r->at_us[LAC_UP]), "ping", ms_of(r->ping_us), "hang_up",
			 ms_of(r->hang_up_us));
}

static json_t *connection(const struct probe_result *r)
{
	return json_pack("{s:o, s:o, s:o, s:b, s:o, s:o, s:b, s:o, s:s}", "steps_ms", steps(r),
			 "phase1", text(r->info.phase1), "phase2", text(r->info.phase2),
			 "udp_encapsulated", r->info.udp_encap, "authentication",
			 text(r->info.ppp_auth), "address", ip(r->up.local_ip), "pinged", r->pinged,
			 "peer", ip(r->up.peer_ip), "reached", lac_state_name(r->reached));
}

static json_t *trouble(enum probe_trouble t, const struct lac_profile *row,
		       const struct probe_result *r)
{
	char fix[PROBE_WORDS];

	if (t == TROUBLE_NONE)
		return json_null();
	return json_pack("{s:s, s:s, s:s, s:o, s:s, s:o, s:o}", "what", probe_trouble_name(t),
			 "layer", probe_layer(t), "cause", probe_cause(t), "user_sees",
			 text(probe_seen(row, t)), "fix", probe_fix(t, row, fix, sizeof(fix)),
			 "reason", text(r->reason), "detail", text(r->refusal.text));
}

static json_t *system_row(const struct probe_system *s)
{
	char words[LAC_WORDS];

	return json_pack("{s:s, s:s, s:b, s:o, s:o, s:o}", "name", s->profile->name, "system",
			 s->profile->system, "ok", s->ok, "chosen",
			 s->heard == HEARD_CHOSE
				 ? json_string(ike_policy_words(&s->chosen, words, sizeof(words)))
				 : json_null(),
			 "connection", s->called ? connection(&s->result) : json_null(), "trouble",
			 trouble(s->trouble, s->profile, &s->result));
}

static json_t *systems(const struct probe *p)
{
	json_t *list = json_array();

	for (unsigned i = 0; i < p->n_systems; i++)
		json_array_append_new(list, system_row(&p->systems[i]));
	return list;
}

static json_t *warnings(const struct probe *p)
{
	json_t *list = json_array();
	char words[PROBE_WORDS];

	for (unsigned n = 0; probe_warning(p, n, words, sizeof(words)); n++)
		json_array_append_new(list, json_string(words));
	return list;
}

static json_t *raw(const struct probe *p)
{
	if (!p->opt.raw)
		return json_null();
	return json_pack("{s:b, s:o, s:o}", "ok", p->raw.ok, "connection", connection(&p->raw),
			 "trouble", trouble(probe_raw_trouble(p), NULL, &p->raw));
}

bool probe_print_json(const struct probe *p)
{
	char ip_text[IP_ADDR_TEXT];
	json_t *all = json_pack("{s:s, s:s, s:b, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:f}",
				"server", p->opt.server_text, "address",
				ip_addr_text(&p->opt.server, ip_text, sizeof(ip_text)), "ok",
				probe_status(p) == 0, "reach", reach(p), "announces",
				announces(&p->reach), "ike", phase1(p), "esp", phase2(p), "ppp",
				auth(p), "systems", systems(p), "raw", raw(p), "warnings",
				warnings(p), "seconds", (double)p->took_ms / 1000);
	bool ok = all && json_dumpf(all, stdout, JSON_INDENT(2)) == 0;

	json_decref(all);
	putchar('\n');
	return ok && fflush(stdout) == 0;
}
