/*
 * Rows: virtual hubs and their options (softether.md 2.3, 2.4, 3.2). Data for shell.c and run.c;
 * `Hub` changes what the shell has chosen.
 */
#include <string.h>
#include <strings.h>

#include "verb.h"

static const struct verb_arg hub_create[] = {
	{"", "Name of the virtual hub: ", "The name of the new virtual hub.", "HubName_str",
	 .kind = ARG_NAME},
	{"PASSWORD", "Password of the hub's administrator: ",
	 "What the administrator of this hub alone logs in with; empty: nobody can.",
	 "AdminPasswordPlainText_str", .kind = ARG_SECRET},
	{.name = NULL},
};

static const struct verb_arg hub_name[] = {
	{"", "Name of the virtual hub: ", "The virtual hub.", "HubName_str", .kind = ARG_NAME},
	{.name = NULL},
};

static const struct verb_arg hub_choose[] = {
	{"", NULL, "The virtual hub that the next commands are about; nothing: none.",
	 "HubName_str", .kind = ARG_TEXT},
	{.name = NULL},
};

static const struct verb_arg max_session[] = {
	{"", "Most sessions (0: no limit): ", "How many sessions the hub may have; 0: no limit.",
	 "MaxSession_u32", .kind = ARG_NUMBER, .most = 100000},
	{.name = NULL},
};

static const struct verb_arg hub_password[] = {
	{"", "Password of the hub's administrator: ", "The new password.",
	 "AdminPasswordPlainText_str", .kind = ARG_SECRET},
	{.name = NULL},
};

static const struct verb_column hub_list[] = {
	{"Virtual Hub Name", "HubName_str", SHOW_TEXT, NULL},
	{"Status", "Online_bool", SHOW_CHOICE, "0=Offline 1=Online"},
	{"Type", "HubType_u32", SHOW_CHOICE, "0=Standalone 1=Static 2=Dynamic"},
	{"Users", "NumUsers_u32", SHOW_NUMBER, NULL},
	{"Groups", "NumGroups_u32", SHOW_NUMBER, NULL},
	{"Sessions", "NumSessions_u32", SHOW_NUMBER, NULL},
	{"MAC Tables", "NumMacTables_u32", SHOW_NUMBER, NULL},
	{"IP Tables", "NumIpTables_u32", SHOW_NUMBER, NULL},
	{"Num Logins", "NumLogin_u32", SHOW_NUMBER, NULL},
	{"Last Login", "LastLoginTime_dt", SHOW_STAMP, NULL},
	{"Last Communication", "LastCommTime_dt", SHOW_STAMP, NULL},
	{"Transfer Bytes",
	 "Ex.Recv.UnicastBytes_u64 Ex.Recv.BroadcastBytes_u64 Ex.Send.UnicastBytes_u64 "
	 "Ex.Send.BroadcastBytes_u64",
	 SHOW_NUMBER, NULL},
	{"Transfer Packets",
	 "Ex.Recv.UnicastCount_u64 Ex.Recv.BroadcastCount_u64 Ex.Send.UnicastCount_u64 "
	 "Ex.Send.BroadcastCount_u64",
	 SHOW_NUMBER, NULL},
	{.label = NULL},
};

static const struct verb_column hub_options[] = {
	{"Enumeration of Virtual Hub for Anonymous User", "NoEnum_bool", SHOW_CHOICE,
	 "0=Allow 1=Deny"},
	{"Max Number of Sessions", "MaxSession_u32", SHOW_LIMIT, NULL},
	{"Status", "Online_bool", SHOW_CHOICE, "0=Offline 1=Online"},
	{"Virtual Hub Type", "HubType_u32", SHOW_CHOICE, "0=Standalone 1=Static 2=Dynamic"},
	{.label = NULL},
};

static const struct verb_column hub_status[] = {
	{"Virtual Hub Name", "HubName_str", SHOW_TEXT, NULL},
	{"Status", "Online_bool", SHOW_CHOICE, "0=Offline 1=Online"},
	{"Type", "HubType_u32", SHOW_CHOICE, "0=Standalone 1=Static 2=Dynamic"},
	{"SecureNAT", "SecureNATEnabled_bool", SHOW_CHOICE, "0=Disabled 1=Enabled"},
	{"Sessions", "NumSessions_u32", SHOW_NUMBER, NULL},
	{"Access Lists", "NumAccessLists_u32", SHOW_NUMBER, NULL},
	{"Users", "NumUsers_u32", SHOW_NUMBER, NULL},
	{"Groups", "NumGroups_u32", SHOW_NUMBER, NULL},
	{"MAC Tables", "NumMacTables_u32", SHOW_NUMBER, NULL},
	{"IP Tables", "NumIpTables_u32", SHOW_NUMBER, NULL},
	{"Num Logins", "NumLogin_u32", SHOW_NUMBER, NULL},
	{"Last Login", "LastLoginTime_dt", SHOW_STAMP, NULL},
	{"Last Communication", "LastCommTime_dt", SHOW_STAMP, NULL},
	{"Created at", "CreatedTime_dt", SHOW_STAMP, NULL},
	{"Outgoing Unicast Packets", "Send.UnicastCount_u64", SHOW_PACKETS, NULL},
	{"Outgoing Unicast Total Size", "Send.UnicastBytes_u64", SHOW_BYTES, NULL},
	{"Incoming Unicast Packets", "Recv.UnicastCount_u64", SHOW_PACKETS, NULL},
	{"Incoming Unicast Total Size", "Recv.UnicastBytes_u64", SHOW_BYTES, NULL},
	{.label = NULL},
};

static const struct verb_arg option_set[] = {
	{"", "Name of the option: ", "One of the names that the list shows.", "Name_str",
	 .kind = ARG_NAME},
	{"VALUE", "Value: ", "A number; 0 switches most of them off.", "Value_u32",
	 .kind = ARG_NUMBER, .most = UINT32_MAX},
	{.name = NULL},
};

static const struct verb_column option_list[] = {
	{"Item", "Name_str", SHOW_TEXT, NULL},
	{"Value", "Value_u32", SHOW_PLAIN, NULL},
	{"Description", "Descrption_utf", SHOW_TEXT, NULL},
	{.label = NULL},
};

/* A hub that is not there is told at once, and nothing is chosen. */
static unsigned choose(struct vpncmd *v, const struct verb *verb, json_t *args)
{
	const char *name = json_string_value(json_object_get(args, "HubName_str"));
	unsigned error;
	json_t *hub;

	(void)verb;
	if (!name)
		name = "";
	if (v->o.hub_admin && *name && strcasecmp(name, v->o.hub) != 0)
		return run_fail(v, 52, NULL);
	if (*name) {
		hub = run_call(v, "GetHub", json_incref(args), &error);
		if (!hub)
			return error;
		name = json_string_value(json_object_get(hub, "HubName_str"));
		snprintf(v->hub, sizeof(v->hub), "%s", name ? name : "");
		json_decref(hub);
	} else {
		v->hub[0] = '\0';
	}
	return 0;
}

/* The whole list goes to the server, as its call wants it: here it has one row. */
static unsigned set_option(struct vpncmd *v, const struct verb *verb, json_t *args)
{
	json_t *call = json_pack("{s:O, s:[{s:O, s:O}]}", "HubName_str",
				 json_object_get(args, "HubName_str"), "AdminOptionList",
				 "Name_str", json_object_get(args, "Name_str"), "Value_u32",
				 json_object_get(args, "Value_u32"));
	unsigned error;

	json_decref(run_call(v, verb->name[0] == 'A' ? "SetHubAdminOptions" : "SetHubExtOptions",
			     call, &error));
	return error;
}

const struct verb verbs_hub[] = {
	{.name = "Hub",
	 .purpose = "choose the virtual hub that the next commands are about",
	 .args = hub_choose,
	 .run = choose},
	{.name = "HubCreate",
	 .purpose = "make a virtual hub",
	 .scope = VERB_SERVER,
	 .args = hub_create,
	 .method = "CreateHub",
	 .constants = "{\"Online_bool\": true}"},
	{.name = "HubDelete",
	 .purpose = "delete a virtual hub with its users",
	 .help = "Its sessions end.",
	 .scope = VERB_SERVER,
	 .args = hub_name,
	 .method = "DeleteHub"},
	{.name = "HubList",
	 .purpose = "list the virtual hubs",
	 .scope = VERB_SERVER,
	 .method = "EnumHub",
	 .output = PRINT_BLOCKS,
	 .list = "HubList",
	 .columns = hub_list},
	{.name = "Online",
	 .purpose = "put the virtual hub online",
	 .scope = VERB_HUB,
	 .method = "SetHubOnline",
	 .constants = "{\"Online_bool\": true}"},
	{.name = "Offline",
	 .purpose = "put the virtual hub offline: its sessions end, nobody comes in",
	 .scope = VERB_HUB,
	 .method = "SetHubOnline",
	 .constants = "{\"Online_bool\": false}"},
	{.name = "OptionsGet",
	 .purpose = "show the virtual hub's settings",
	 .scope = VERB_HUB,
	 .method = "GetHub",
	 .output = PRINT_ITEMS,
	 .columns = hub_options},
	{.name = "StatusGet",
	 .purpose = "show what the virtual hub is doing",
	 .scope = VERB_HUB,
	 .method = "GetHubStatus",
	 .output = PRINT_ITEMS,
	 .columns = hub_status},
	{.name = "SetMaxSession",
	 .purpose = "limit the virtual hub's sessions",
	 .scope = VERB_HUB,
	 .args = max_session,
	 .method = "SetHub",
	 .before = "GetHub",
	 .keys = "HubName_str"},
	{.name = "SetHubPassword",
	 .purpose = "set the password of the virtual hub's administrator",
	 .scope = VERB_HUB,
	 .args = hub_password,
	 .method = "SetHub",
	 .before = "GetHub",
	 .keys = "HubName_str"},
	{.name = "SetEnumAllow",
	 .purpose = "show the virtual hub to strangers who ask for a list",
	 .scope = VERB_HUB,
	 .method = "SetHub",
	 .before = "GetHub",
	 .keys = "HubName_str",
	 .constants = "{\"NoEnum_bool\": false}"},
	{.name = "SetEnumDeny",
	 .purpose = "hide the virtual hub from strangers who ask for a list",
	 .scope = VERB_HUB,
	 .method = "SetHub",
	 .before = "GetHub",
	 .keys = "HubName_str",
	 .constants = "{\"NoEnum_bool\": true}"},
	{.name = "ExtOptionList",
	 .purpose = "list the virtual hub's extended options",
	 .scope = VERB_HUB,
	 .method = "GetHubExtOptions",
	 .output = PRINT_BLOCKS,
	 .list = "AdminOptionList",
	 .columns = option_list},
	{.name = "ExtOptionSet",
	 .purpose = "set an extended option of the virtual hub",
	 .scope = VERB_HUB,
	 .args = option_set,
	 .run = set_option},
	{.name = "AdminOptionList",
	 .purpose = "list what the virtual hub's own administrator is held to",
	 .scope = VERB_HUB,
	 .method = "GetHubAdminOptions",
	 .output = PRINT_BLOCKS,
	 .list = "AdminOptionList",
	 .columns = option_list},
	{.name = "AdminOptionSet",
	 .purpose = "set what the virtual hub's own administrator is held to",
	 .scope = VERB_HUB,
	 .args = option_set,
	 .run = set_option},
	{.name = NULL},
};
