/*
 * Rows: sessions of a virtual hub and what the hub has learnt of them (softether.md 2.3, 2.6,
 * 3.2). Data for shell.c and run.c.
 */
#include "verb.h"

static const struct verb_arg session_name[] = {
	{"", "Session name: ", "The session, as SessionList shows it.", "Name_str",
	 .kind = ARG_NAME},
	{.name = NULL},
};

static const struct verb_arg of_session[] = {
	{"", NULL, "Only what was learnt from this session.", "Name_str", .kind = ARG_TEXT},
	{.name = NULL},
};

static const struct verb_arg entry[] = {
	{"", "ID: ", "The entry, as the list shows it.", "Key_u32", .kind = ARG_NUMBER,
	 .most = UINT32_MAX},
	{.name = NULL},
};

static const struct verb_column session_list[] = {
	{"Session Name", "Name_str", SHOW_TEXT, NULL},
	{"VLAN ID", "VLanId_u32", SHOW_DASH, NULL},
	{"Location", "RemoteHostname_str", SHOW_TEXT, NULL},
	{"User Name", "Username_str", SHOW_TEXT, NULL},
	{"Source Host Name", "Hostname_str", SHOW_TEXT, NULL},
	{"TCP Connections", "CurrentNumTcp_u32", SHOW_DASH, NULL},
	{"Transfer Bytes", "PacketSize_u64", SHOW_NUMBER, NULL},
	{"Transfer Packets", "PacketNum_u64", SHOW_NUMBER, NULL},
	{.label = NULL},
};

static const struct verb_column session_get[] = {
	{"Session Name", "Name_str", SHOW_TEXT, NULL},
	{"User Name (Authentication)", "Username_str", SHOW_TEXT, NULL},
	{"User Name (Database)", "RealUsername_str", SHOW_TEXT, NULL},
	{"Group Name", "GroupName_str", SHOW_DASH, NULL},
	{"Client IP Address", "Client_Ip_Address_ip", SHOW_TEXT, NULL},
	{"Client Host Name", "SessionStatus_ClientHostName_str", SHOW_TEXT, NULL},
	{"Client Product Name (Reported)", "ClientProductName_str", SHOW_TEXT, NULL},
	{"Assigned IP Address", "AssignedIp_ip", SHOW_TEXT, NULL},
	{"Connection Started at", "StartTime_dt", SHOW_DATE, NULL},
	{"Encryption", "CipherName_str", SHOW_TEXT, NULL},
	{"Outgoing Data Size", "TotalSendSize_u64", SHOW_BYTES, NULL},
	{"Incoming Data Size", "TotalRecvSize_u64", SHOW_BYTES, NULL},
	{.label = NULL},
};

static const struct verb_column mac_table[] = {
	{"ID", "Key_u32", SHOW_PLAIN, NULL},
	{"Session Name", "SessionName_str", SHOW_TEXT, NULL},
	{"VLAN ID", "VlanId_u32", SHOW_DASH, NULL},
	{"MAC Address", "MacAddress_bin", SHOW_TEXT, NULL},
	{"Created at", "CreatedTime_dt", SHOW_STAMP, NULL},
	{"Updated at", "UpdatedTime_dt", SHOW_STAMP, NULL},
	{.label = NULL},
};

static const struct verb_column ip_table[] = {
	{"ID", "Key_u32", SHOW_PLAIN, NULL},
	{"Session Name", "SessionName_str", SHOW_TEXT, NULL},
	{"IP Address", "IpAddress_ip", SHOW_TEXT, NULL},
	{"Created at", "CreatedTime_dt", SHOW_STAMP, NULL},
	{"Updated at", "UpdatedTime_dt", SHOW_STAMP, NULL},
	{.label = NULL},
};

const struct verb verbs_session[] = {
	{.name = "SessionList",
	 .purpose = "list the virtual hub's sessions",
	 .scope = VERB_HUB,
	 .method = "EnumSession",
	 .output = PRINT_BLOCKS,
	 .list = "SessionList",
	 .columns = session_list},
	{.name = "SessionGet",
	 .purpose = "show a session",
	 .scope = VERB_HUB,
	 .args = session_name,
	 .method = "GetSessionStatus",
	 .output = PRINT_ITEMS,
	 .columns = session_get},
	{.name = "SessionDisconnect",
	 .purpose = "end a session",
	 .scope = VERB_HUB,
	 .args = session_name,
	 .method = "DeleteSession"},
	{.name = "MacTable",
	 .purpose = "list the MAC addresses that the virtual hub has learnt",
	 .scope = VERB_HUB,
	 .args = of_session,
	 .method = "EnumMacTable",
	 .output = PRINT_BLOCKS,
	 .list = "MacTable",
	 .columns = mac_table},
	{.name = "MacDelete",
	 .purpose = "forget a MAC address",
	 .scope = VERB_HUB,
	 .args = entry,
	 .method = "DeleteMacTable"},
	{.name = "IpTable",
	 .purpose = "list the IP addresses that the virtual hub has seen",
	 .scope = VERB_HUB,
	 .args = of_session,
	 .method = "EnumIpTable",
	 .output = PRINT_BLOCKS,
	 .list = "IpTable",
	 .columns = ip_table},
	{.name = "IpDelete",
	 .purpose = "forget an IP address",
	 .scope = VERB_HUB,
	 .args = entry,
	 .method = "DeleteIpTable"},
	{.name = NULL},
};
