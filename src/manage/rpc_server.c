/*
 * rpc_server: calls about the server as a whole and its IPsec services (softether.md 1.1, 4.2).
 * Called by rpc.c.
 */
#include <string.h>
#include <sys/utsname.h>

#include "core/api.h"
#include "rpc.h"

static void put(struct rpc *r, const char *field, json_t *value)
{
	json_object_set_new(r->result, field, value);
}

static void get_server_info(struct rpc *r)
{
	json_t *version = api_version(r->core);
	struct utsname u = {0};

	uname(&u);
	put(r, "ServerProductName_str", json_string("Sekisho"));
	json_object_set(r->result, "ServerVersionString_str", json_object_get(version, "version"));
	put(r, "ServerBuildInfoString_str", json_string(""));
	json_object_set(r->result, "ServerHostName_str", json_object_get(version, "hostname"));
	put(r, "ServerType_u32", json_integer(0));
	put(r, "OsSystemName_str", json_string(u.sysname));
	put(r, "OsProductName_str", json_string(u.sysname));
	put(r, "OsVersion_str", json_string(u.release));
	put(r, "KernelName_str", json_string(u.sysname));
	put(r, "KernelVersion_str", json_string(u.version));
	json_decref(version);
}

static void get_server_status(struct rpc *r)
{
	json_t *summary = api_summary(r->core);
	json_int_t up_s = json_integer_value(json_object_get(summary, "uptime_s"));
	unsigned users = r->cfg->n_users, groups = 0;
	time_t now = time(NULL);

	for (unsigned i = 0; i < r->cfg->n_hubs; i++) {
		users += r->cfg->hubs[i].n_users;
		groups += r->cfg->hubs[i].n_groups;
	}
	put(r, "ServerType_u32", json_integer(0));
	put(r, "NumHubTotal_u32", json_integer(r->cfg->n_hubs));
	json_object_set(r->result, "NumSessionsTotal_u32", json_object_get(summary, "active"));
	put(r, "NumUsers_u32", json_integer(users));
	put(r, "NumGroups_u32", json_integer(groups));
	put(r, "StartTime_dt", rpc_time(now - (time_t)up_s));
	put(r, "CurrentTime_dt", rpc_time(now));
	json_decref(summary);
}

static void get_config(struct rpc *r)
{
	put(r, "FileName_str", json_string("sekisho.conf"));
	put(r, "FileData_utf", api_running_config(r->core));
}

static void get_services(struct rpc *r)
{
	const struct config *c = r->cfg;
	const struct cfg_tunnel_group *g = config_group(c, "DefaultRAGroup");
	const struct cfg_hub *h = config_default_hub(c);

	put(r, "L2TP_IPsec_bool", json_boolean(c->services.l2tp));
	put(r, "L2TP_Raw_bool", json_false());
	put(r, "EtherIP_IPsec_bool", json_boolean(c->services.etherip));
	put(r, "IPsec_Secret_str", json_string(g && g->psk_set ? "*****" : ""));
	put(r, "L2TP_DefaultHub_str", json_string(h ? h->name : ""));
}

/* ASA's default for a profile allows CHAP and MS-CHAPv1 only, and no phone of today speaks them:
 * who switches L2TP on by SoftEther's command expects SoftEther's methods. */
static void allow_mschap2(struct rpc *r)
{
	const struct cfg_tunnel_group *g = config_group(r->cfg, "DefaultRAGroup");

	if (!rpc_bool(r, "L2TP_IPsec_bool") || (g && g->ppp_auth & CFG_PPP_MSCHAP2))
		return;
	rpc_command(r, "tunnel-group DefaultRAGroup ppp-attributes");
	rpc_command(r, "authentication ms-chap-v2");
}

/* All five values, as IPsecEnable sets them; those that a call leaves out stay. */
static void set_services(struct rpc *r)
{
	static const struct {
		const char *field, *word;
	} services[] = {{"L2TP_IPsec_bool", "l2tp"},
			{"L2TP_Raw_bool", "l2tp-raw"},
			{"EtherIP_IPsec_bool", "etherip"}};
	const char *key = rpc_text(r, "IPsec_Secret_str"),
		   *hub = rpc_text(r, "L2TP_DefaultHub_str");

	if (*hub && !config_hub(r->cfg, hub)) {
		rpc_fail(r, RPC_HUB_NOT_FOUND,
			 "There is no virtual hub \"%s\" to be the default one: make it first "
			 "(HubCreate).",
			 hub);
		return;
	}
	for (size_t i = 0; i < sizeof(services) / sizeof(services[0]); i++) {
		if (rpc_has(r, services[i].field))
			rpc_command(r, "%sipsec-service %s",
				    rpc_bool(r, services[i].field) ? "" : "no ", services[i].word);
	}
	allow_mschap2(r);
	if (*hub)
		rpc_command(r, "ipsec-service default-hub %q", hub);
	if (*key && strcmp(key, "*****") != 0) {
		rpc_command(r, "tunnel-group DefaultRAGroup ipsec-attributes");
		rpc_command(r, "ikev1 pre-shared-key %q", key);
	}
}

static void put_cap(json_t *list, const char *text, unsigned value)
{
	json_array_append_new(list,
			      json_pack("{s:s, s:s, s:i}", "CapsName_str", text,
					"CapsDescrption_utf", text, "CapsValue_u32", (int)value));
}

static void get_caps(struct rpc *r)
{
	json_t *list = json_array();

	put_cap(list, "Maximum Virtual Hubs", CFG_HUBS_MAX);
	put_cap(list, "Maximum Access Lists per Virtual Hub", ACCESS_RULES_MAX);
	put_cap(list, "IPv6 Access List is Supported", 1);
	put_cap(list, "Delay, Jitter and Packet Loss is Supported in Access List", 1);
	put_cap(list, "Local Bridge is Supported", 1);
	put_cap(list, "IPsec / L2TP / EtherIP / L2TPv3 Server Functions are Supported", 1);
	put_cap(list, "Cascade Connection is Supported", 0);
	put_cap(list, "Operation as Part of a Cluster is Supported", 0);
	put_cap(list, "The Virtual Layer 3 Switch is Supported", 0);
	put(r, "CapsList", list);
}

/* Nothing is ever unsaved: every change is in the file when its call is answered. */
static void flush(struct rpc *r)
{
	(void)r;
}

const struct rpc_row rpc_server_rows[] = {
	{"GetServerInfo", get_server_info, false},
	{"GetServerStatus", get_server_status, false},
	{"GetCaps", get_caps, false},
	{"GetConfig", get_config, false},
	{"Flush", flush, false},
	{"GetIPsecServices", get_services, false},
	{"SetIPsecServices", set_services, false},
	{NULL, NULL, false},
};
