/*
 * Rows: SecureNAT: its virtual host, NAT and DHCP server (softether.md 2.5, 3.2). Data for
 * shell.c and run.c. The server has one record of all settings: a row changes its part.
 */
#include "verb.h"

static const struct verb_arg host_set[] = {
	{"MAC", "MAC address (none: as it is): ", "The virtual host's MAC address; none.",
	 "MacAddress_bin", .kind = ARG_MAC},
	{"IP", "IP address: ", "The virtual host's address.", "Ip_ip", .kind = ARG_IPV4,
	 .least = 1},
	{"MASK", "Subnet mask: ", "The subnet mask of its net.", "Mask_ip", .kind = ARG_MASK},
	{.name = NULL},
};

static const struct verb_arg nat_set[] = {
	{"MTU", "MTU (64 to 1500): ", "The largest packet towards the outside.", "Mtu_u32",
	 .kind = ARG_NUMBER, .least = 64, .most = 1500},
	{"TCPTIMEOUT", "Seconds until a silent TCP connection is forgotten: ",
	 "After so many seconds a silent TCP connection is forgotten.", "NatTcpTimeout_u32",
	 .kind = ARG_NUMBER, .least = 60, .most = 2000000},
	{"UDPTIMEOUT", "Seconds until a silent UDP talk is forgotten: ",
	 "After so many seconds a silent UDP talk is forgotten.", "NatUdpTimeout_u32",
	 .kind = ARG_NUMBER, .least = 10, .most = 2000000},
	{"LOG", "Log (yes / no): ", "Log what NAT and DHCP do: yes or no.", "SaveLog_bool",
	 .kind = ARG_YES},
	{.name = NULL},
};

static const struct verb_arg dhcp_set[] = {
	{"START", "First address: ", "The first address that is given out.", "DhcpLeaseIPStart_ip",
	 .kind = ARG_IPV4, .least = 1},
	{"END", "Last address: ", "The last one, not before the first.", "DhcpLeaseIPEnd_ip",
	 .kind = ARG_IPV4, .least = 1},
	{"MASK", "Subnet mask: ", "The subnet mask of the net.", "DhcpSubnetMask_ip",
	 .kind = ARG_MASK},
	{"EXPIRE", "Lease in seconds: ", "How long an address is lent.", "DhcpExpireTimeSpan_u32",
	 .kind = ARG_NUMBER, .least = 15, .most = 2000000},
	{"GW", "Default gateway (none): ", "The default gateway; none.", "DhcpGatewayAddress_ip",
	 .kind = ARG_IPV4},
	{"DNS", "DNS server (none): ", "The first DNS server; none.", "DhcpDnsServerAddress_ip",
	 .kind = ARG_IPV4},
	{"DNS2", "Second DNS server (none): ", "The second DNS server; none.",
	 "DhcpDnsServerAddress2_ip", .kind = ARG_IPV4},
	{"DOMAIN", "Domain name (none): ", "The domain name; none.", "DhcpDomainName_str",
	 .kind = ARG_OR_NONE},
	{"LOG", "Log (yes / no): ", "Log what NAT and DHCP do: yes or no.", "SaveLog_bool",
	 .kind = ARG_YES},
	{"PUSHROUTE", NULL,
	 "Routes that clients are told: NETWORK/MASK/GATEWAY, up to 64 with commas between; none.",
	 "DhcpPushRoutes_str", .kind = ARG_OR_NONE},
	{.name = NULL},
};

static const struct verb_column host_columns[] = {
	{"MAC Address", "MacAddress_bin", SHOW_TEXT, NULL},
	{"IP Address", "Ip_ip", SHOW_TEXT, NULL},
	{"Subnet Mask", "Mask_ip", SHOW_TEXT, NULL},
	{.label = NULL},
};

static const struct verb_column nat_columns[] = {
	{"Use Virtual NAT Function", "UseNat_bool", SHOW_YES, NULL},
	{"MTU Value", "Mtu_u32", SHOW_PLAIN, NULL},
	{"TCP Session Timeout (Seconds)", "NatTcpTimeout_u32", SHOW_PLAIN, NULL},
	{"UDP Session Timeout (Seconds)", "NatUdpTimeout_u32", SHOW_PLAIN, NULL},
	{"Save NAT and DHCP Operation Log", "SaveLog_bool", SHOW_YES, NULL},
	{.label = NULL},
};

static const struct verb_column dhcp_columns[] = {
	{"Use Virtual DHCP Function", "UseDhcp_bool", SHOW_YES, NULL},
	{"Start Distribution Address Band", "DhcpLeaseIPStart_ip", SHOW_TEXT, NULL},
	{"End Distribution Address Band", "DhcpLeaseIPEnd_ip", SHOW_TEXT, NULL},
	{"Subnet Mask", "DhcpSubnetMask_ip", SHOW_TEXT, NULL},
	{"Lease Limit (Seconds)", "DhcpExpireTimeSpan_u32", SHOW_PLAIN, NULL},
	{"Default Gateway Address", "DhcpGatewayAddress_ip", SHOW_NONE_IP, NULL},
	{"DNS Server Address 1", "DhcpDnsServerAddress_ip", SHOW_NONE_IP, NULL},
	{"DNS Server Address 2", "DhcpDnsServerAddress2_ip", SHOW_NONE_IP, NULL},
	{"Domain Name", "DhcpDomainName_str", SHOW_TEXT, NULL},
	{"Save NAT and DHCP Operation Log", "SaveLog_bool", SHOW_YES, NULL},
	{"Static Routing Table to Push", "DhcpPushRoutes_str", SHOW_TEXT, NULL},
	{.label = NULL},
};

static const struct verb_column status_columns[] = {
	{"Virtual Hub Name", "HubName_str", SHOW_TEXT, NULL},
	{"NAT TCP/IP Sessions", "NumTcpSessions_u32", SHOW_COUNT, " Session"},
	{"NAT UDP/IP Sessions", "NumUdpSessions_u32", SHOW_COUNT, " Session"},
	{"NAT ICMP Sessions", "NumIcmpSessions_u32", SHOW_COUNT, " Session"},
	{"NAT DNS Sessions", "NumDnsSessions_u32", SHOW_COUNT, " Session"},
	{"Allocated DHCP Clients", "NumDhcpClients_u32", SHOW_COUNT, " Client"},
	{"Kernel-mode NAT is Active", "IsKernelMode_bool", SHOW_YES, NULL},
	{"Raw IP mode NAT is Active", "IsRawIpMode_bool", SHOW_YES, NULL},
	{.label = NULL},
};

static const struct verb_column dhcp_table[] = {
	{"ID", "Id_u32", SHOW_PLAIN, NULL},
	{"Leased at", "LeasedTime_dt", SHOW_DATE, NULL},
	{"Expires at", "ExpireTime_dt", SHOW_DATE, NULL},
	{"MAC Address", "MacAddress_bin", SHOW_TEXT, NULL},
	{"Allocated IP", "IpAddress_ip", SHOW_TEXT, NULL},
	{"Client Host Name", "Hostname_str", SHOW_TEXT, NULL},
	{.label = NULL},
};

static const struct verb_column nat_table[] = {
	{"ID", "Id_u32", SHOW_PLAIN, NULL},
	{"Protocol", "Protocol_u32", SHOW_CHOICE, "0=TCP 1=UDP 2=DNS 3=ICMP"},
	{"Source Host", "SrcHost_str", SHOW_TEXT, NULL},
	{"Source Port", "SrcPort_u32", SHOW_PLAIN, NULL},
	{"Destination Host", "DestHost_str", SHOW_TEXT, NULL},
	{"Destination Port", "DestPort_u32", SHOW_PLAIN, NULL},
	{"Created at", "CreatedTime_dt", SHOW_DATE, NULL},
	{"Last Communication", "LastCommTime_dt", SHOW_DATE, NULL},
	{"Transfer Bytes", "SendSize_u64 RecvSize_u64", SHOW_NUMBER, NULL},
	{.label = NULL},
};

#define CHANGES                                                                                    \
	.scope = VERB_HUB, .method = "SetSecureNATOption", .before = "GetSecureNATOption",         \
	.keys = "HubName_str"
#define SHOWS(what) .scope = VERB_HUB, .method = what, .output = PRINT_ITEMS

const struct verb verbs_nat[] = {
	{.name = "SecureNatEnable",
	 .purpose = "switch SecureNAT on: a virtual host with NAT and a DHCP server",
	 .help = "On a segment with a DHCP server of its own there would be two.",
	 .scope = VERB_HUB,
	 .method = "EnableSecureNAT"},
	{.name = "SecureNatDisable",
	 .purpose = "switch SecureNAT off",
	 .scope = VERB_HUB,
	 .method = "DisableSecureNAT"},
	{.name = "SecureNatStatusGet",
	 .purpose = "show what SecureNAT is doing",
	 SHOWS("GetSecureNATStatus"),
	 .columns = status_columns},
	{.name = "SecureNatHostGet",
	 .purpose = "show SecureNAT's virtual host",
	 SHOWS("GetSecureNATOption"),
	 .columns = host_columns},
	{.name = "SecureNatHostSet",
	 .purpose = "set the addresses of SecureNAT's virtual host",
	 .args = host_set,
	 CHANGES},
	{.name = "NatGet",
	 .purpose = "show SecureNAT's NAT settings",
	 SHOWS("GetSecureNATOption"),
	 .columns = nat_columns},
	{.name = "NatEnable",
	 .purpose = "switch SecureNAT's NAT on",
	 .constants = "{\"UseNat_bool\": true}",
	 CHANGES},
	{.name = "NatDisable",
	 .purpose = "switch SecureNAT's NAT off; its DHCP server stays",
	 .constants = "{\"UseNat_bool\": false}",
	 CHANGES},
	{.name = "NatSet", .purpose = "set how SecureNAT's NAT works", .args = nat_set, CHANGES},
	{.name = "NatTable",
	 .purpose = "list what SecureNAT's NAT translates",
	 .scope = VERB_HUB,
	 .method = "EnumNAT",
	 .output = PRINT_BLOCKS,
	 .list = "NatTable",
	 .columns = nat_table},
	{.name = "DhcpGet",
	 .purpose = "show the settings of SecureNAT's DHCP server",
	 SHOWS("GetSecureNATOption"),
	 .columns = dhcp_columns},
	{.name = "DhcpEnable",
	 .purpose = "switch SecureNAT's DHCP server on",
	 .constants = "{\"UseDhcp_bool\": true}",
	 CHANGES},
	{.name = "DhcpDisable",
	 .purpose = "switch SecureNAT's DHCP server off",
	 .constants = "{\"UseDhcp_bool\": false}",
	 CHANGES},
	{.name = "DhcpSet",
	 .purpose = "set what SecureNAT's DHCP server gives out",
	 .args = dhcp_set,
	 CHANGES},
	{.name = "DhcpTable",
	 .purpose = "list the addresses that SecureNAT's DHCP server has lent",
	 .scope = VERB_HUB,
	 .method = "EnumDHCP",
	 .output = PRINT_BLOCKS,
	 .list = "DhcpTable",
	 .columns = dhcp_table},
	{.name = NULL},
};
