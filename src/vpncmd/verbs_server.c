/*
 * Rows: the server as a whole and a hub's RADIUS server (softether.md 3.2). Data for shell.c and
 * run.c; ConfigGet, Caps and About have a form of their own.
 */
#include <string.h>

#include "verb.h"

static const struct verb_column info_columns[] = {
	{"Product Name", "ServerProductName_str", SHOW_TEXT, NULL},
	{"Version", "ServerVersionString_str", SHOW_TEXT, NULL},
	{"Build", "ServerBuildInfoString_str", SHOW_TEXT, NULL},
	{"Host Name", "ServerHostName_str", SHOW_TEXT, NULL},
	{"Server Type", "ServerType_u32", SHOW_CHOICE, "0=Standalone_Server"},
	{"Type of Operating System", "OsSystemName_str", SHOW_TEXT, NULL},
	{"Product Name of Operating System", "OsProductName_str", SHOW_TEXT, NULL},
	{"Operating System Version", "OsVersion_str", SHOW_TEXT, NULL},
	{"Type of OS Kernel", "KernelName_str", SHOW_TEXT, NULL},
	{"Version of OS Kernel", "KernelVersion_str", SHOW_TEXT, NULL},
	{.label = NULL},
};

static const struct verb_column status_columns[] = {
	{"Server Type", "ServerType_u32", SHOW_CHOICE, "0=Standalone_Server"},
	{"Number of Virtual Hubs", "NumHubTotal_u32", SHOW_NUMBER, NULL},
	{"Number of Sessions", "NumSessionsTotal_u32", SHOW_NUMBER, NULL},
	{"Number of MAC Address Tables", "NumMacTables_u32", SHOW_NUMBER, NULL},
	{"Number of IP Address Tables", "NumIpTables_u32", SHOW_NUMBER, NULL},
	{"Number of Users", "NumUsers_u32", SHOW_NUMBER, NULL},
	{"Number of Groups", "NumGroups_u32", SHOW_NUMBER, NULL},
	{"Outgoing Unicast Packets", "Send.UnicastCount_u64", SHOW_PACKETS, NULL},
	{"Outgoing Unicast Total Size", "Send.UnicastBytes_u64", SHOW_BYTES, NULL},
	{"Incoming Unicast Packets", "Recv.UnicastCount_u64", SHOW_PACKETS, NULL},
	{"Incoming Unicast Total Size", "Recv.UnicastBytes_u64", SHOW_BYTES, NULL},
	{"Server Started at", "StartTime_dt", SHOW_DATE, NULL},
	{"Current Time", "CurrentTime_dt", SHOW_DATE, NULL},
	{.label = NULL},
};

static const struct verb_column caps_columns[] = {
	{"Item", "CapsDescrption_utf", SHOW_TEXT, NULL},
	{"Value", "CapsValue_u32", SHOW_PLAIN, NULL},
	{.label = NULL},
};

static const struct verb_arg port[] = {
	{"", "Port: ", "The TCP port, 1 to 65535.", "Port_u32", .kind = ARG_NUMBER, .least = 1,
	 .most = 65535},
	{.name = NULL},
};

static const struct verb_column listener_columns[] = {
	{"Port Number", "Ports_u32", SHOW_PLAIN, NULL},
	{"Enabled", "Enables_bool", SHOW_YES, NULL},
	{"Failed", "Errors_bool", SHOW_YES, NULL},
	{.label = NULL},
};

static const struct verb_arg password[] = {
	{"", "New password: ", "The administrator's password for the whole server.",
	 "PlainTextPassword_str", .kind = ARG_SECRET},
	{.name = NULL},
};

static const struct verb_arg radius_set[] = {
	{"", "RADIUS server (HOST:PORT): ", "Its name or address, and its port.",
	 "RadiusServerName_str", "RadiusPort_u32", ARG_HOSTPORT, .least = 1812},
	{"SECRET", "Shared secret: ", "The secret that it shares with this server.",
	 "RadiusSecret_str", .kind = ARG_SECRET},
	{"RETRY_INTERVAL", "Milliseconds between two tries (500 to 10000): ",
	 "How long an answer is waited for before the question is sent again.",
	 "RadiusRetryInterval_u32", .kind = ARG_NUMBER, .least = 500, .most = 10000},
	{.name = NULL},
};

static const struct verb_column radius_columns[] = {
	{"RADIUS Server Host Name or IP Address", "RadiusServerName_str", SHOW_DASH, NULL},
	{"RADIUS Server Port Number", "RadiusPort_u32", SHOW_PLAIN, NULL},
	{"Shared Secret", "RadiusSecret_str", SHOW_TEXT, NULL},
	{"Retry Interval (in milliseconds)", "RadiusRetryInterval_u32", SHOW_PLAIN, NULL},
	{.label = NULL},
};

static const struct verb_arg config_get[] = {
	{"", NULL, "A file to write it to; nothing: it is shown.", "FileName_str",
	 .kind = ARG_TEXT},
	{.name = NULL},
};

static unsigned get_config(struct vpncmd *v, const struct verb *verb, json_t *args)
{
	const char *path = json_string_value(json_object_get(args, "FileName_str")), *text;
	unsigned error;
	json_t *answer = run_call(v, "GetConfig", json_object(), &error);
	FILE *to;

	(void)verb;
	if (!answer)
		return error;
	text = json_string_value(json_object_get(answer, "FileData_utf"));
	to = path && *path ? fopen(path, "we") : v->io.out;
	if (!to)
		error = run_fail(v, VPNCMD_INVALID_PARAMETER, "The file cannot be written.");
	else
		fprintf(to, "%s", text ? text : "");
	if (to && to != v->io.out && fclose(to) != 0)
		error = run_fail(v, VPNCMD_INVALID_PARAMETER, "The file cannot be written whole.");
	json_decref(answer);
	return error;
}

static unsigned about(struct vpncmd *v, const struct verb *verb, json_t *args)
{
	(void)verb;
	(void)args;
	fprintf(v->io.out, "vpncmd of Sekisho: the command names, parameters and error numbers are "
			   "SoftEther VPN's.\n");
	return 0;
}

const struct verb verbs_server[] = {
	{.name = "About", .purpose = "say what this program is", .run = about},
	{.name = "ServerInfoGet",
	 .purpose = "show which server this is",
	 .method = "GetServerInfo",
	 .output = PRINT_ITEMS,
	 .columns = info_columns},
	{.name = "ServerStatusGet",
	 .purpose = "show what the server is doing",
	 .scope = VERB_SERVER,
	 .method = "GetServerStatus",
	 .output = PRINT_ITEMS,
	 .columns = status_columns},
	{.name = "Caps",
	 .purpose = "list what the server can do",
	 .method = "GetCaps",
	 .output = PRINT_TABLE,
	 .list = "CapsList",
	 .columns = caps_columns},
	{.name = "ServerPasswordSet",
	 .purpose = "set the administrator's password for the whole server",
	 .scope = VERB_SERVER,
	 .args = password,
	 .method = "SetServerPassword"},
	{.name = "Check",
	 .purpose = "see whether the server has what it needs",
	 .method = "Check",
	 .output = PRINT_TABLE,
	 .list = "CapsList",
	 .columns = caps_columns},
	{.name = "Flush",
	 .purpose = "save the configuration",
	 .scope = VERB_SERVER,
	 .method = "Flush"},
	{.name = "ConfigGet",
	 .purpose = "show the configuration, secrets masked",
	 .scope = VERB_SERVER,
	 .args = config_get,
	 .run = get_config},
	{.name = "ListenerList",
	 .purpose = "list the TCP ports that administrators connect to",
	 .scope = VERB_SERVER,
	 .method = "EnumListener",
	 .output = PRINT_TABLE,
	 .list = "ListenerList",
	 .columns = listener_columns},
	{.name = "ListenerCreate",
	 .purpose = "listen on a TCP port for administrators",
	 .scope = VERB_SERVER,
	 .args = port,
	 .method = "CreateListener",
	 .constants = "{\"Enable_bool\": true}"},
	{.name = "ListenerDelete",
	 .purpose = "listen on a TCP port no more",
	 .scope = VERB_SERVER,
	 .args = port,
	 .method = "DeleteListener"},
	{.name = "ListenerEnable",
	 .purpose = "switch a listener on",
	 .scope = VERB_SERVER,
	 .args = port,
	 .method = "EnableListener",
	 .constants = "{\"Enable_bool\": true}"},
	{.name = "ListenerDisable",
	 .purpose = "switch a listener off",
	 .scope = VERB_SERVER,
	 .args = port,
	 .method = "EnableListener",
	 .constants = "{\"Enable_bool\": false}"},
	{.name = "RadiusServerSet",
	 .purpose = "set the RADIUS server of the virtual hub's users",
	 .scope = VERB_HUB,
	 .args = radius_set,
	 .method = "SetHubRadius"},
	{.name = "RadiusServerDelete",
	 .purpose = "use no RADIUS server",
	 .scope = VERB_HUB,
	 .method = "SetHubRadius",
	 .constants = "{\"RadiusServerName_str\": \"\"}"},
	{.name = "RadiusServerGet",
	 .purpose = "show the RADIUS server of the virtual hub's users",
	 .scope = VERB_HUB,
	 .method = "GetHubRadius",
	 .output = PRINT_ITEMS,
	 .columns = radius_columns},
	{.name = NULL},
};
