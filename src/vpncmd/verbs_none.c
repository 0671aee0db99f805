/*
 * Rows: SoftEther's commands that this server has no use for, each with the reason: they
 * answer 33, NOT_SUPPORTED (softether.md 3.2). Also the list of all tables.
 */
#include <stddef.h>

#include "verb.h"

#define CASCADE                                                                                    \
	"A virtual hub is joined to another site by EtherIP or L2TPv3 over IPsec "                 \
	"(EtherIpClientAdd), not by SoftEther's own protocol."
#define CLUSTER "This server stands alone: there is no cluster."
#define ROUTER                                                                                     \
	"The host's kernel routes between virtual hubs: each hub's way out is an interface of "    \
	"the "                                                                                     \
	"host."
#define LICENSE "There are no licences."
#define OWN_PROTOCOL                                                                               \
	"The server speaks L2TP, EtherIP and L2TPv3 only: SoftEther's own protocol, OpenVPN, "     \
	"SSTP "                                                                                    \
	"and WireGuard are not there."
#define CLOUD   "The server asks nobody on the Internet for anything: no dynamic DNS, no VPN Azure."
#define NOT_YET "This server does not have that function yet."
#define NO(n, p, w)                                                                                \
	{                                                                                          \
		.name = n, .purpose = p, .why_not = w                                              \
	}

const struct verb verbs_none[] = {
	NO("AcAdd", "add a rule for source addresses", NOT_YET),
	NO("AcAdd6", "add a rule for source addresses", NOT_YET),
	NO("AcDel", "delete a rule for source addresses", NOT_YET),
	NO("AcList", "list the rules for source addresses", NOT_YET),
	NO("CAList", "list the CAs of the virtual hub", NOT_YET),
	NO("CAAdd", "trust a CA", NOT_YET),
	NO("CADelete", "trust a CA no more", NOT_YET),
	NO("CAGet", "show a CA", NOT_YET),
	NO("CrlList", "list what is revoked", NOT_YET),
	NO("CrlAdd", "revoke a certificate", NOT_YET),
	NO("CrlDel", "revoke a certificate no more", NOT_YET),
	NO("CrlGet", "show what is revoked", NOT_YET),
	NO("UserCertSet", "have a user authenticate by a certificate of its own", NOT_YET),
	NO("UserCertGet", "show a user's certificate", NOT_YET),
	NO("ConnectionList", "list the administrators' connections", NOT_YET),
	NO("ConnectionGet", "show an administrator's connection", NOT_YET),
	NO("ConnectionDisconnect", "end an administrator's connection", NOT_YET),
	NO("LogGet", "show what the virtual hub logs", NOT_YET),
	NO("LogEnable", "switch a log on", NOT_YET),
	NO("LogDisable", "switch a log off", NOT_YET),
	NO("LogSwitchSet", "say when a new log file begins", NOT_YET),
	NO("LogPacketSaveType", "say what of packets is logged", NOT_YET),
	NO("LogFileList", "list the log files", NOT_YET),
	NO("LogFileGet", "fetch a log file", NOT_YET),
	NO("SyslogGet", "show where the log is sent", NOT_YET),
	NO("SyslogEnable", "send the log to a server", NOT_YET),
	NO("SyslogDisable", "send the log nowhere", NOT_YET),
	NO("ServerCertGet", "show the server's TLS certificate", NOT_YET),
	NO("ServerKeyGet", "show the key of the server's TLS certificate", NOT_YET),
	NO("ServerCertSet", "set the server's TLS certificate", NOT_YET),
	NO("ServerCertRegenerate", "make the server a TLS certificate", NOT_YET),
	NO("CascadeList", "list the cascades", CASCADE),
	NO("CascadeCreate", "make a cascade", CASCADE),
	NO("CascadeSet", "change a cascade", CASCADE),
	NO("CascadeGet", "show a cascade", CASCADE),
	NO("CascadeDelete", "delete a cascade", CASCADE),
	NO("CascadeUsernameSet", "set a cascade's user", CASCADE),
	NO("CascadeAnonymousSet", "set a cascade's authentication", CASCADE),
	NO("CascadePasswordSet", "set a cascade's authentication", CASCADE),
	NO("CascadeCertSet", "set a cascade's authentication", CASCADE),
	NO("CascadeCertGet", "show a cascade's certificate", CASCADE),
	NO("CascadeEncryptEnable", "set how a cascade is carried", CASCADE),
	NO("CascadeEncryptDisable", "set how a cascade is carried", CASCADE),
	NO("CascadeCompressEnable", "set how a cascade is carried", CASCADE),
	NO("CascadeCompressDisable", "set how a cascade is carried", CASCADE),
	NO("CascadeHttpHeaderAdd", "set a cascade's proxy", CASCADE),
	NO("CascadeHttpHeaderDelete", "set a cascade's proxy", CASCADE),
	NO("CascadeHttpHeaderGet", "show a cascade's proxy", CASCADE),
	NO("CascadeProxyNone", "set a cascade's proxy", CASCADE),
	NO("CascadeProxyHttp", "set a cascade's proxy", CASCADE),
	NO("CascadeProxySocks", "set a cascade's proxy", CASCADE),
	NO("CascadeProxySocks5", "set a cascade's proxy", CASCADE),
	NO("CascadeServerCertEnable", "set what a cascade checks", CASCADE),
	NO("CascadeServerCertDisable", "set what a cascade checks", CASCADE),
	NO("CascadeDefaultCAEnable", "set what a cascade checks", CASCADE),
	NO("CascadeDefaultCADisable", "set what a cascade checks", CASCADE),
	NO("CascadeServerCertSet", "set what a cascade checks", CASCADE),
	NO("CascadeServerCertDelete", "set what a cascade checks", CASCADE),
	NO("CascadeServerCertGet", "show what a cascade checks", CASCADE),
	NO("CascadeDetailSet", "set how a cascade is carried", CASCADE),
	NO("CascadePolicySet", "set a cascade's policies", CASCADE),
	NO("CascadeStatusGet", "show a cascade", CASCADE),
	NO("CascadeRename", "rename a cascade", CASCADE),
	NO("CascadeOnline", "switch a cascade on", CASCADE),
	NO("CascadeOffline", "switch a cascade off", CASCADE),
	NO("ClusterSettingGet", "show the cluster", CLUSTER),
	NO("ClusterSettingStandalone", "leave the cluster", CLUSTER),
	NO("ClusterSettingController", "lead a cluster", CLUSTER),
	NO("ClusterSettingMember", "join a cluster", CLUSTER),
	NO("ClusterMemberList", "list the cluster", CLUSTER),
	NO("ClusterMemberInfoGet", "show a server of the cluster", CLUSTER),
	NO("ClusterMemberCertGet", "show a server of the cluster", CLUSTER),
	NO("ClusterConnectionStatusGet", "show the connection to the cluster", CLUSTER),
	NO("HubCreateDynamic", "make a virtual hub of a cluster", CLUSTER),
	NO("HubCreateStatic", "make a virtual hub of a cluster", CLUSTER),
	NO("HubSetDynamic", "change a virtual hub of a cluster", CLUSTER),
	NO("HubSetStatic", "change a virtual hub of a cluster", CLUSTER),
	NO("RouterList", "list the virtual routers", ROUTER),
	NO("RouterAdd", "make a virtual router", ROUTER),
	NO("RouterDelete", "delete a virtual router", ROUTER),
	NO("RouterStart", "start a virtual router", ROUTER),
	NO("RouterStop", "stop a virtual router", ROUTER),
	NO("RouterIfList", "list a virtual router's interfaces", ROUTER),
	NO("RouterIfAdd", "give a virtual router an interface", ROUTER),
	NO("RouterIfDel", "take a virtual router's interface away", ROUTER),
	NO("RouterTableList", "list a virtual router's routes", ROUTER),
	NO("RouterTableAdd", "give a virtual router a route", ROUTER),
	NO("RouterTableDel", "take a virtual router's route away", ROUTER),
	NO("LicenseAdd", "add a licence", LICENSE),
	NO("LicenseDel", "delete a licence", LICENSE),
	NO("LicenseList", "list the licences", LICENSE),
	NO("LicenseStatus", "show the licences", LICENSE),
	NO("PortsUDPGet", "list the UDP ports of SoftEther's own protocol", OWN_PROTOCOL),
	NO("PortsUDPSet", "set the UDP ports of SoftEther's own protocol", OWN_PROTOCOL),
	NO("ProtoOptionsGet", "show the options of another protocol", OWN_PROTOCOL),
	NO("ProtoOptionsSet", "set the options of another protocol", OWN_PROTOCOL),
	NO("WgkAdd", "add a WireGuard key", OWN_PROTOCOL),
	NO("WgkDelete", "delete a WireGuard key", OWN_PROTOCOL),
	NO("WgkEnum", "list the WireGuard keys", OWN_PROTOCOL),
	NO("OpenVpnMakeConfig", "write a configuration for OpenVPN", OWN_PROTOCOL),
	NO("VpnOverIcmpDnsEnable", "switch VPN over ICMP or DNS", OWN_PROTOCOL),
	NO("VpnOverIcmpDnsGet", "show VPN over ICMP or DNS", OWN_PROTOCOL),
	NO("ServerCipherGet", "show the cipher of SoftEther's own protocol", OWN_PROTOCOL),
	NO("ServerCipherSet", "set the cipher of SoftEther's own protocol", OWN_PROTOCOL),
	NO("TrafficClient", "measure a line", "See sekisho-lac load."),
	NO("TrafficServer", "measure a line", "See sekisho-lac load."),
	NO("KeepEnable", "keep the Internet connection alive", CLOUD),
	NO("KeepDisable", "keep the Internet connection alive", CLOUD),
	NO("KeepSet", "keep the Internet connection alive", CLOUD),
	NO("KeepGet", "keep the Internet connection alive", CLOUD),
	NO("DynamicDnsGetStatus", "show the dynamic DNS name", CLOUD),
	NO("DynamicDnsSetHostname", "set the dynamic DNS name", CLOUD),
	NO("VpnAzureGetStatus", "show VPN Azure", CLOUD),
	NO("VpnAzureSetEnable", "switch VPN Azure", CLOUD),
	NO("Crash", "end the server by an error",
	   "The server has no command that makes it fail: systemctl restart sekishod."),
	NO("Debug", "debug the server", "See sekisho debug."),
	NO("Reboot", "restart the server", "The host does that: systemctl restart sekishod."),
	NO("ConfigSet", "replace the configuration",
	   "The file is the configuration: write it and type sekisho configure memory."),
	NO("MakeCert", "make a certificate", "The openssl program does that."),
	NO("MakeCert2048", "make a certificate", "The openssl program does that."),
	NO("SetStaticNetwork", "set a virtual hub's network", OWN_PROTOCOL),
	{.name = NULL},
};

extern const struct verb verbs_ipsec[], verbs_hub[], verbs_access[], verbs_user[], verbs_policy[],
	verbs_nat[], verbs_session[], verbs_bridge[], verbs_server[];

const struct verb *const verb_tables[] = {verbs_ipsec,  verbs_hub,  verbs_access,  verbs_user,
					  verbs_policy, verbs_nat,  verbs_session, verbs_bridge,
					  verbs_server, verbs_none, NULL};
