/*
 * Rows: local bridges, between a virtual hub and a network interface of the server (softether.md
 * 2.6, 3.2). Called by shell.c and run.c.
 */
#include "verb.h"

static const struct verb_arg create[] = {
	{"", "Virtual hub: ", "The virtual hub.", "HubNameLB_str", .kind = ARG_NAME},
	{"DEVICE", "Network interface: ",
	 "The network interface that it is bridged to: a network card, or a Linux bridge.",
	 "DeviceName_str", .kind = ARG_NAME},
	{"TAP", NULL, "Not supported here: no.", "TapMode_bool", .kind = ARG_YES},
	{.name = NULL},
};

static const struct verb_arg of_hub[] = {
	{"", "Virtual hub: ", "The virtual hub.", "HubNameLB_str", .kind = ARG_NAME},
	{"DEVICE", "Network interface: ", "The network interface.", "DeviceName_str",
	 .kind = ARG_NAME},
	{.name = NULL},
};

static const struct verb_column columns[] = {
	{"Number", "Number_u32", SHOW_PLAIN, NULL},
	{"Virtual Hub Name", "HubNameLB_str", SHOW_TEXT, NULL},
	{"Network Adapter or Tap Device Name", "DeviceName_str", SHOW_TEXT, NULL},
	{"Status", "Status_u32", SHOW_CHOICE, "0=Offline 1=Error 2=Operating"},
	{.label = NULL},
};

static const struct verb_column device_columns[] = {
	{"Network Adapter", "DeviceName_str", SHOW_TEXT, NULL},
	{.label = NULL},
};

/* The answer's rows with their numbers and one word for their state. */
static unsigned list(struct vpncmd *v, const struct verb *verb, json_t *args)
{
	unsigned error;
	json_t *answer = run_call(v, "EnumLocalBridge", json_incref(args), &error), *row;
	size_t i;

	if (!answer)
		return error;
	json_array_foreach(json_object_get(answer, verb->list), i, row)
	{
		bool online = json_is_true(json_object_get(row, "Online_bool"));
		bool active = json_is_true(json_object_get(row, "Active_bool"));

		json_object_set_new(row, "Number_u32", json_integer((json_int_t)i + 1));
		json_object_set_new(row, "Status_u32", json_integer(!online ? 0 : active ? 2 : 1));
	}
	print_answer(v, verb, answer);
	json_decref(answer);
	return 0;
}

const struct verb verbs_bridge[] = {
	{.name = "BridgeList",
	 .purpose = "list the local bridges",
	 .scope = VERB_SERVER,
	 .run = list,
	 .output = PRINT_TABLE,
	 .list = "LocalBridgeList",
	 .columns = columns},
	{.name = "BridgeDeviceList",
	 .purpose = "list the network interfaces that a virtual hub can be bridged to",
	 .scope = VERB_SERVER,
	 .method = "EnumEthernet",
	 .output = PRINT_LINES,
	 .list = "EthList",
	 .columns = device_columns},
	{.name = "BridgeCreate",
	 .purpose = "bridge a virtual hub to a network interface",
	 .help = "The hub's way out is the interface then, and its DHCP server the segment's. An "
		 "interface that is not there is used when it comes: see BridgeList.",
	 .scope = VERB_SERVER,
	 .args = create,
	 .method = "AddLocalBridge"},
	{.name = "BridgeDelete",
	 .purpose = "take a virtual hub's local bridge away",
	 .scope = VERB_SERVER,
	 .args = of_hub,
	 .method = "DeleteLocalBridge"},
	{.name = NULL},
};
