/*
 * rpc_hub: calls about virtual hubs and their SecureNAT (softether.md 2.3, 2.5, 4.2). Called by
 * rpc.c.
 */
#include <arpa/inet.h>
#include <string.h>
#include <strings.h>

#include "core/api.h"
#include "rpc.h"

static json_t *hub_json(const struct cfg_hub *h)
{
	return json_pack("{s:s, s:b, s:i, s:b, s:i}", "HubName_str", h->name, "Online_bool",
			 h->online, "MaxSession_u32", (int)h->max_sessions, "NoEnum_bool",
			 h->no_enum, "HubType_u32", 0);
}

/* of: the hub as api_hubs() has it. */
static void put_counts(json_t *o, const struct cfg_hub *h, const json_t *of)
{
	const json_t *last = json_object_get(of, "last_login");

	json_object_set(o, "NumUsers_u32", json_object_get(of, "users"));
	json_object_set(o, "NumGroups_u32", json_object_get(of, "groups"));
	json_object_set(o, "NumSessions_u32", json_object_get(of, "sessions"));
	json_object_set_new(o, "NumAccessLists_u32", json_integer(h->n_access));
	json_object_set_new(o, "SecureNATEnabled_bool", json_boolean(h->securenat));
	if (json_integer_value(last))
		json_object_set_new(o, "LastLoginTime_dt",
				    rpc_time((time_t)json_integer_value(last)));
}

static void enum_hub(struct rpc *r)
{
	json_t *hubs = api_hubs(r->core, true), *list = json_array();

	for (unsigned i = 0; i < r->cfg->n_hubs; i++) {
		json_t *o = hub_json(&r->cfg->hubs[i]);

		put_counts(o, &r->cfg->hubs[i], json_array_get(hubs, i));
		json_array_append_new(list, o);
	}
	json_object_set_new(r->result, "NumHub_u32", json_integer(r->cfg->n_hubs));
	json_object_set_new(r->result, "HubList", list);
	json_decref(hubs);
}

static void get_hub(struct rpc *r)
{
	const struct cfg_hub *h = rpc_hub(r);

	if (!h)
		return;
	json_object_update_new(r->result, hub_json(h));
}

static void get_hub_status(struct rpc *r)
{
	const struct cfg_hub *h = rpc_hub(r);
	json_t *hubs;

	if (!h)
		return;
	hubs = api_hubs(r->core, true);
	json_object_update_new(r->result, hub_json(h));
	put_counts(r->result, h, json_array_get(hubs, (size_t)(h - r->cfg->hubs)));
	json_decref(hubs);
}

/* What a call says of a hub's settings; the mode of the hub is open. */
static void put_settings(struct rpc *r)
{
	uint64_t max = rpc_number(r, "MaxSession_u32");

	if (rpc_has(r, "Online_bool"))
		rpc_command(r, rpc_bool(r, "Online_bool") ? "online" : "offline");
	if (max)
		rpc_command(r, "max-session %u", (unsigned)max);
	else if (rpc_has(r, "MaxSession_u32"))
		rpc_command(r, "no max-session");
	if (rpc_has(r, "NoEnum_bool"))
		rpc_command(r, rpc_bool(r, "NoEnum_bool") ? "no-enum" : "no no-enum");
}

/* A hub's own administrator cannot log in: his password would be taken and do nothing. */
static bool has_password(struct rpc *r)
{
	const char *password = rpc_text(r, "AdminPasswordPlainText_str");

	if (!*password)
		return false;
	rpc_fail(r, RPC_NOT_SUPPORTED,
		 "A virtual hub cannot have an administrator of its own yet: leave the password "
		 "empty (/PASSWORD:\"\").");
	return true;
}

static void create_hub(struct rpc *r)
{
	const char *name = rpc_text(r, "HubName_str");

	if (config_hub(r->cfg, name)) {
		rpc_fail(r, RPC_HUB_EXISTS, "There is a virtual hub \"%s\" already.", name);
		return;
	}
	if (has_password(r))
		return;
	rpc_command(r, "hub %q", name);
	put_settings(r);
}

static void set_hub(struct rpc *r)
{
	const struct cfg_hub *h = rpc_hub(r);

	if (!h || has_password(r))
		return;
	rpc_command(r, "hub %q", h->name);
	put_settings(r);
}

/* The default hub goes without another one in its place: users who name no hub are told that
 * there is none. */
static void delete_hub(struct rpc *r)
{
	const struct cfg_hub *h = rpc_hub(r);

	if (!h)
		return;
	if (strcasecmp(r->cfg->services.default_hub, h->name) == 0)
		rpc_command(r, "no ipsec-service default-hub");
	rpc_command(r, "no hub %q", h->name);
}

/* What is online already stays so: no error to SoftEther, either. */
static void set_online(struct rpc *r)
{
	const struct cfg_hub *h = rpc_hub(r);

	if (!h)
		return;
	rpc_command(r, "hub %q", h->name);
	rpc_command(r, rpc_bool(r, "Online_bool") ? "online" : "offline");
}

/* ---- SecureNAT ---- */

static json_t *ip_json(uint32_t ip)
{
	struct in_addr in = {htonl(ip)};
	char text[INET_ADDRSTRLEN];

	inet_ntop(AF_INET, &in, text, sizeof(text));
	return json_string(text);
}

static void get_nat(struct rpc *r)
{
	const struct cfg_hub *h = rpc_hub(r);
	uint32_t mask;

	if (!h)
		return;
	mask = h->prefix ? UINT32_MAX << (32 - h->prefix) : 0;
	json_object_set_new(r->result, "HubName_str", json_string(h->name));
	json_object_set_new(r->result, "Ip_ip", ip_json(h->host_ip));
	json_object_set_new(r->result, "Mask_ip", ip_json(mask));
	json_object_set_new(r->result, "UseNat_bool", json_boolean(h->nat));
	json_object_set_new(r->result, "UseDhcp_bool", json_false());
}

/* What has no command yet is refused when a call asks for something else than what is. */
static bool asks_for_more(struct rpc *r)
{
	static const char *const fields[] = {"MacAddress_bin",      "Mtu_u32",
					     "NatTcpTimeout_u32",   "NatUdpTimeout_u32",
					     "DhcpLeaseIPStart_ip", "SaveLog_bool"};

	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
		if (!rpc_has(r, fields[i]) || !*rpc_text(r, fields[i]))
			continue;
		rpc_fail(r, RPC_NOT_SUPPORTED, "SecureNAT cannot be told %s yet.", fields[i]);
		return true;
	}
	if (rpc_number(r, "Mtu_u32") || rpc_number(r, "NatTcpTimeout_u32") ||
	    rpc_bool(r, "UseDhcp_bool")) {
		rpc_fail(r, RPC_NOT_SUPPORTED,
			 "SecureNAT has no DHCP server, MTU or time-outs of its own yet.");
		return true;
	}
	return false;
}

static void set_nat(struct rpc *r)
{
	const struct cfg_hub *h = rpc_hub(r);
	const char *ip = rpc_text(r, "Ip_ip");

	if (!h || asks_for_more(r))
		return;
	rpc_command(r, "hub %q", h->name);
	if (*ip && strcmp(ip, "0.0.0.0") != 0)
		rpc_command(r, "secure-nat host %q %q", ip, rpc_text(r, "Mask_ip"));
	if (rpc_has(r, "UseNat_bool"))
		rpc_command(r, "%ssecure-nat nat enable", rpc_bool(r, "UseNat_bool") ? "" : "no ");
}

static bool in_use(const struct config *c, uint32_t ip)
{
	for (unsigned i = 0; i < c->n_hubs; i++) {
		const struct cfg_hub *h = &c->hubs[i];

		if (h->host_ip && (h->host_ip ^ ip) >> (32 - h->prefix) == 0)
			return true;
	}
	return false;
}

/* SecureNAT begins with SoftEther's own address, 192.168.30.1, or that of the next net that no
 * other hub has: the kernel has one way to an address. */
static void enable_nat(struct rpc *r)
{
	const struct cfg_hub *h = rpc_hub(r);
	unsigned net = 30;

	if (!h)
		return;
	while (net < 255 && in_use(r->cfg, 192U << 24 | 168U << 16 | net << 8 | 1))
		net++;
	rpc_command(r, "hub %q", h->name);
	if (!h->host_ip) {
		rpc_command(r, "secure-nat host 192.168.%u.1 255.255.255.0", net);
		rpc_command(r, "secure-nat nat enable");
	}
	rpc_command(r, "secure-nat enable");
}

static void disable_nat(struct rpc *r)
{
	const struct cfg_hub *h = rpc_hub(r);

	if (!h)
		return;
	rpc_command(r, "hub %q", h->name);
	rpc_command(r, "no secure-nat enable");
}

const struct rpc_row rpc_hub_rows[] = {
	{"EnumHub", enum_hub, false},
	{"GetHub", get_hub, false},
	{"GetHubStatus", get_hub_status, false},
	{"CreateHub", create_hub, false},
	{"SetHub", set_hub, false},
	{"DeleteHub", delete_hub, false},
	{"SetHubOnline", set_online, false},
	{"GetSecureNATOption", get_nat, false},
	{"SetSecureNATOption", set_nat, false},
	{"EnableSecureNAT", enable_nat, false},
	{"DisableSecureNAT", disable_nat, false},
	{NULL, NULL, false},
};
