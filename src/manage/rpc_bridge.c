/*
 * rpc_bridge: calls about the local bridges of virtual hubs (softether.md 2.6, 4.2). Called by
 * rpc.c. A hub has one way out: SecureNAT, or a bridge to one interface.
 */
#include <string.h>

#include "core/api.h"
#include "rpc.h"

/* Is the bridge of the hub, the index-th, carrying frames? */
static bool is_up(const json_t *hubs, unsigned index)
{
	const json_t *way = json_object_get(json_array_get(hubs, index), "way_out");
	const char *state = json_string_value(json_object_get(way, "state"));

	return state && strcmp(state, "up") == 0;
}

static void enum_bridge(struct rpc *r)
{
	json_t *hubs = api_hubs(r->core, true), *list = json_array();

	for (unsigned i = 0; i < r->cfg->n_hubs; i++) {
		const struct cfg_hub *h = &r->cfg->hubs[i];

		if (!*h->bridge)
			continue;
		json_array_append_new(list, json_pack("{s:s, s:s, s:b, s:b, s:b}", "DeviceName_str",
						      h->bridge, "HubNameLB_str", h->name,
						      "Online_bool", (int)h->online, "Active_bool",
						      (int)is_up(hubs, i), "TapMode_bool", 0));
	}
	json_object_set_new(r->result, "LocalBridgeList", list);
	json_decref(hubs);
}

/* The hub of these calls, which name it in a field of their own; NULL: the error is set. */
static const struct cfg_hub *bridge_hub(struct rpc *r)
{
	const char *name = rpc_text(r, "HubNameLB_str");
	const struct cfg_hub *h = config_hub(r->cfg, name);

	if (!h)
		rpc_fail(r, RPC_HUB_NOT_FOUND, "There is no virtual hub \"%s\".", name);
	return h;
}

/* The bridge that is there already is made by doing nothing, as SoftEther does. */
static void add_bridge(struct rpc *r)
{
	const struct cfg_hub *h = bridge_hub(r);
	const char *device = rpc_text(r, "DeviceName_str");

	if (!h)
		return;
	if (rpc_bool(r, "TapMode_bool")) {
		rpc_fail(r, RPC_BRIDGE_UNSUPPORTED,
			 "The server makes no TAP interface for a local bridge: make a Linux "
			 "bridge (ip link add NAME type bridge) and name that as the device.");
		return;
	}
	if (*h->bridge && strcmp(h->bridge, device) != 0) {
		rpc_fail(r, RPC_BRIDGE_UNSUPPORTED,
			 "The virtual hub \"%s\" is bridged to %s, and it can be to one interface "
			 "only: take that away first (BridgeDelete).",
			 h->name, h->bridge);
		return;
	}
	if (*h->bridge)
		return;
	rpc_command(r, "hub %q", h->name);
	rpc_command(r, "bridge %q", device);
}

static void delete_bridge(struct rpc *r)
{
	const struct cfg_hub *h = bridge_hub(r);
	const char *device = rpc_text(r, "DeviceName_str");

	if (!h)
		return;
	if (!*h->bridge || strcmp(h->bridge, device) != 0) {
		rpc_fail(r, RPC_OBJECT_NOT_FOUND,
			 "The virtual hub \"%s\" is not bridged to \"%s\".", h->name, device);
		return;
	}
	rpc_command(r, "hub %q", h->name);
	rpc_command(r, "no bridge");
}

static void enum_ethernet(struct rpc *r)
{
	json_t *names = api_interfaces(r->core, r->message, sizeof(r->message));
	json_t *list = json_array(), *name;
	size_t i;

	if (!names)
		r->code = RPC_INTERNAL;
	json_array_foreach(names, i, name)
		json_array_append_new(list, json_pack("{s:O, s:s}", "DeviceName_str", name,
						      "NetworkConnectionName_utf", ""));
	json_object_set_new(r->result, "EthList", list);
	json_decref(names);
}

static void get_support(struct rpc *r)
{
	json_object_set_new(r->result, "IsBridgeSupportedOs_bool", json_true());
	json_object_set_new(r->result, "IsWinPcapNeeded_bool", json_false());
}

const struct rpc_row rpc_bridge_rows[] = {
	{"EnumEthernet", enum_ethernet, false},   {"EnumLocalBridge", enum_bridge, false},
	{"AddLocalBridge", add_bridge, false},    {"DeleteLocalBridge", delete_bridge, false},
	{"GetBridgeSupport", get_support, false}, {NULL, NULL, false},
};
