/*
 * Rows: the IPsec services and the routers that come by EtherIP and L2TPv3 (softether.md 1.1,
 * 1.7, 3.2). Data for shell.c and run.c.
 */
#include "verb.h"

static const struct verb_arg ipsec_enable[] = {
	{"L2TP", "Serve L2TP over IPsec (yes / no): ",
	 "L2TP over IPsec, for the clients that are in Windows, macOS, iOS, Android and others: "
	 "yes or "
	 "no.",
	 "L2TP_IPsec_bool", .kind = ARG_YES},
	{"L2TPRAW", "Serve L2TP without encryption (yes / no): ",
	 "L2TP without IPsec. Nothing of it is secret: yes or no.", "L2TP_Raw_bool",
	 .kind = ARG_YES},
	{"ETHERIP", "Serve EtherIP and L2TPv3 over IPsec (yes / no): ",
	 "Routers that bridge Ethernet by EtherIP or L2TPv3 over IPsec: yes or no.",
	 "EtherIP_IPsec_bool", .kind = ARG_YES},
	{"PSK", "Pre-shared key: ",
	 "The pre-shared key of all services. Long and random; Android 4.0 alone wants 9 "
	 "characters "
	 "at most.",
	 "IPsec_Secret_str", .kind = ARG_TEXT},
	{"DEFAULTHUB",
	 "Default virtual hub: ", "The virtual hub of users who name none. It must exist.",
	 "L2TP_DefaultHub_str", .kind = ARG_NAME},
	{.name = NULL},
};

static const struct verb_column ipsec_columns[] = {
	{"L2TP over IPsec Server Function Enabled", "L2TP_IPsec_bool", SHOW_YES, NULL},
	{"Raw L2TP Server Function Enabled", "L2TP_Raw_bool", SHOW_YES, NULL},
	{"EtherIP / L2TPv3 over IPsec Server Function Enabled", "EtherIP_IPsec_bool", SHOW_YES,
	 NULL},
	{"IPsec Pre-Shared Key String", "IPsec_Secret_str", SHOW_TEXT, NULL},
	{"Name of Default Virtual Hub", "L2TP_DefaultHub_str", SHOW_TEXT, NULL},
	{.label = NULL},
};

static const struct verb_arg etherip_add[] = {
	{"", "ISAKMP phase 1 ID: ",
	 "What the router calls itself in phase 1: a name, an address, or * for every other one.",
	 "Id_str", .kind = ARG_NAME},
	{"HUB", "Virtual hub: ", "The virtual hub that it is bridged to. It must exist.",
	 "HubName_str", .kind = ARG_NAME},
	{"USERNAME", "User: ", "The user of that hub that it comes as.", "UserName_str",
	 .kind = ARG_NAME},
	{"PASSWORD", "Password: ", "That user's password.", "Password_str", .kind = ARG_SECRET},
	{.name = NULL},
};

static const struct verb_arg etherip_delete[] = {
	{"", "ISAKMP phase 1 ID: ", "The entry's ID.", "Id_str", .kind = ARG_NAME},
	{.name = NULL},
};

static const struct verb_column etherip_columns[] = {
	{"ISAKMP Phase 1 ID", "Id_str", SHOW_TEXT, NULL},
	{"Virtual Hub Name", "HubName_str", SHOW_TEXT, NULL},
	{"User Name", "UserName_str", SHOW_TEXT, NULL},
	{.label = NULL},
};

const struct verb verbs_ipsec[] = {
	{.name = "IPsecEnable",
	 .purpose = "switch the IPsec services, their key and their default hub",
	 .help = "All five values are set. Takes effect at once; sessions of services that stay on "
		 "stay.",
	 .scope = VERB_SERVER,
	 .args = ipsec_enable,
	 .method = "SetIPsecServices"},
	{.name = "IPsecGet",
	 .purpose = "show the IPsec services, their key and their default hub",
	 .scope = VERB_SERVER,
	 .method = "GetIPsecServices",
	 .output = PRINT_ITEMS,
	 .columns = ipsec_columns},
	{.name = "EtherIpClientAdd",
	 .purpose = "let a router in by EtherIP or L2TPv3",
	 .help = "An entry of the same ID is replaced. Its tunnels are cut and made again.",
	 .scope = VERB_SERVER,
	 .args = etherip_add,
	 .method = "AddEtherIpId"},
	{.name = "EtherIpClientDelete",
	 .purpose = "let a router in no more",
	 .scope = VERB_SERVER,
	 .args = etherip_delete,
	 .method = "DeleteEtherIpId"},
	{.name = "EtherIpClientList",
	 .purpose = "list the routers that may come by EtherIP or L2TPv3",
	 .scope = VERB_SERVER,
	 .method = "EnumEtherIpId",
	 .output = PRINT_TABLE,
	 .list = "Settings",
	 .columns = etherip_columns},
	{.name = NULL},
};
