/*
 * options: the table of a hub's extended options. Called by config, vpncmd and hub_configure().
 */
#include "hub/options.h"

#include <stddef.h>
#include <strings.h>

#include "wire/vlan.h"

#define HUB(n, what)                                                                               \
	{                                                                                          \
		n, 0, 1, 0, OPTION_BY_HUB, what, NULL                                              \
	}
#define HUB_NUM(n, lo, hi, def, what)                                                              \
	{                                                                                          \
		n, lo, hi, def, OPTION_BY_HUB, what, NULL                                          \
	}
#define SERVER(n, what)                                                                            \
	{                                                                                          \
		n, 0, 1, 0, OPTION_BY_SERVER, what, NULL                                           \
	}
#define SERVER_NUM(n, lo, hi, def, what)                                                           \
	{                                                                                          \
		n, lo, hi, def, OPTION_BY_SERVER, what, NULL                                       \
	}
#define FIXED(n, only, what, why)                                                                  \
	{                                                                                          \
		n, only, only, only, OPTION_FIXED, what, why                                       \
	}

#define NO_LOG "there is no packet log"

static const struct hub_option_row rows[OPTION_N] = {
	[OPTION_NO_ADDRESS_POLLING_IPV4] =
		FIXED("NoAddressPollingIPv4", 1, "does not ask by ARP who is still there",
		      "the hub never asks: leases and entries end by time"),
	[OPTION_NO_ADDRESS_POLLING_IPV6] =
		FIXED("NoAddressPollingIPv6", 1, "the same by Neighbor Discovery",
		      "the hub never asks: entries end by time"),
	[OPTION_NO_IP_TABLE] = HUB("NoIpTable", "keeps no IP table: CheckIP, MaxIP, NoRouting and "
						"their like do nothing, DHCPForce drops all"),
	[OPTION_NO_MAC_ADDRESS_LOG] = FIXED("NoMacAddressLog", 1, "new MACs are not logged",
					    "new MACs are never logged; the table shows them"),
	[OPTION_MANAGE_ONLY_PRIVATE_IP] = {"ManageOnlyPrivateIP", 0, 1, 1, OPTION_BY_HUB,
					   "the IP table has IPv4 addresses of private nets only",
					   NULL},
	[OPTION_MANAGE_ONLY_LOCAL_UNICAST_IPV6] = {"ManageOnlyLocalUnicastIPv6", 0, 1, 1,
						   OPTION_BY_HUB,
						   "the IP table has IPv6 addresses of links and "
						   "unique local nets only",
						   NULL},
	[OPTION_DISABLE_IP_PARSING] = FIXED("DisableIPParsing", 0, "looks at MACs only",
					    "policies and access lists need the IP headers"),
	[OPTION_YIELD_AFTER_STORE_PACKET] =
		FIXED("YieldAfterStorePacket", 0, "gives the processor away after each packet",
		      "a worker has its processor for itself"),
	[OPTION_NO_SPIN_LOCK_FOR_PACKET_DELAY] =
		FIXED("NoSpinLockForPacketDelay", 1, "delays packets without a spin lock",
		      "workers have no locks"),
	[OPTION_BROADCAST_STORM_DETECTION_THRESHOLD] =
		HUB_NUM("BroadcastStormDetectionThreshold", 0, UINT32_MAX / 16, 0,
			"group frames of a kind that a port may send in 500 ms; the hub four "
			"times as many, for unknown MACs 16 times; 0: 256"),
	[OPTION_CLIENT_MINIMUM_REQUIRED_BUILD] =
		FIXED("ClientMinimumRequiredBuild", 0, "oldest client that is let in",
		      "the clients of L2TP do not say their build"),
	[OPTION_FILTER_PPPOE] = HUB("FilterPPPoE", "drops PPPoE"),
	[OPTION_FILTER_OSPF] = HUB("FilterOSPF", "drops OSPF"),
	[OPTION_FILTER_IPV4] = HUB("FilterIPv4", "drops IPv4 and ARP"),
	[OPTION_FILTER_IPV6] = HUB("FilterIPv6", "drops IPv6"),
	[OPTION_FILTER_NON_IP] = HUB("FilterNonIP", "drops what is neither IP nor ARP"),
	[OPTION_NO_IPV4_PACKET_LOG] = FIXED("NoIPv4PacketLog", 1, "logs no IPv4 packets", NO_LOG),
	[OPTION_NO_IPV6_PACKET_LOG] = FIXED("NoIPv6PacketLog", 1, "logs no IPv6 packets", NO_LOG),
	[OPTION_FILTER_BPDU] = HUB("FilterBPDU", "drops spanning tree's frames"),
	[OPTION_NO_DEFAULT_ROUTER_IN_RA_WHEN_IPV6] =
		HUB("NoIPv6DefaultRouterInRAWhenIPv6", "router advertisements name no default "
						       "router to peers reached over IPv6"),
	[OPTION_NO_LOOK_BPDU_BRIDGE_ID] = FIXED("NoLookBPDUBridgeId", 1, "reads no bridge ids",
						"spanning tree's frames are passed on, not read"),
	[OPTION_NO_MANAGE_VLAN_ID] = HUB("NoManageVlanId", "one MAC table for all tags of a trunk"),
	[OPTION_VLAN_TYPE_ID] = HUB_NUM("VlanTypeId", VLAN_TYPE, VLAN_TYPE_OLD, VLAN_TYPE,
					"type of the tags that policy VLanId stands for: 33024, "
					"34984 or 37120"),
	[OPTION_FIX_FOR_DLINK_BPDU] = FIXED("FixForDLinkBPDU", 0, "changes foreign bridges' frames",
					    "spanning tree's frames are passed on as they are"),
	[OPTION_REQUIRED_CLIENT_ID] = FIXED("RequiredClientId", 0, "lets in one make of client",
					    "the clients of L2TP have no such id"),
	[OPTION_ADJUST_TCP_MSS_VALUE] = SERVER_NUM("AdjustTcpMssValue", 0, 9000, 0,
						   "TCP's MSS is lowered to it; 0: to what the "
						   "path carries"),
	[OPTION_DISABLE_ADJUST_TCP_MSS] = SERVER("DisableAdjustTcpMss", "leaves TCP's MSS alone"),
	[OPTION_NO_DHCP_PACKET_LOG_OUTSIDE_HUB] =
		FIXED("NoDhcpPacketLogOutsideHub", 1, "logs no DHCP of other segments", NO_LOG),
	[OPTION_DISABLE_HTTP_PARSING] = FIXED("DisableHttpParsing", 1, "reads no HTTP",
					      "nothing here reads the users' HTTP"),
	[OPTION_DISABLE_UDP_ACCELERATION] =
		FIXED("DisableUdpAcceleration", 1, "no acceleration over UDP",
		      "that is a feature of SoftEther's own protocol"),
	[OPTION_DISABLE_UDP_FILTER_FOR_LOCAL_BRIDGE_NIC] =
		FIXED("DisableUdpFilterForLocalBridgeNic", 1, "bridges its own tunnels' packets",
		      "nothing that belongs to a user is filtered on a bridged NIC"),
	[OPTION_APPLY_IPV4_ACCESS_LIST_ON_ARP] =
		HUB("ApplyIPv4AccessListOnArpPacket", "IPv4 rules without protocol or ports also "
						      "match ARP's addresses"),
	[OPTION_REMOVE_DEF_GW_ON_DHCP_FOR_LOCALHOST] =
		FIXED("RemoveDefGwOnDhcpForLocalhost", 0, "for a client on the server itself",
		      "the server is not its own client"),
	[OPTION_NAT_MAX_TCP_SESSIONS_PER_IP] =
		SERVER_NUM("SecureNAT_MaxTcpSessionsPerIp", 0, UINT32_MAX, 0,
			   "TCP connections of a host; 0: no limit"),
	[OPTION_NAT_MAX_TCP_SYN_SENT_PER_IP] =
		SERVER_NUM("SecureNAT_MaxTcpSynSentPerIp", 0, UINT32_MAX, 0,
			   "unanswered TCP connections of a host; 0: no limit"),
	[OPTION_NAT_MAX_UDP_SESSIONS_PER_IP] =
		SERVER_NUM("SecureNAT_MaxUdpSessionsPerIp", 0, UINT32_MAX, 0,
			   "UDP flows of a host; 0: no limit"),
	[OPTION_NAT_MAX_DNS_SESSIONS_PER_IP] =
		SERVER_NUM("SecureNAT_MaxDnsSessionsPerIp", 0, UINT32_MAX, 0,
			   "DNS questions of a host; 0: no limit"),
	[OPTION_NAT_MAX_ICMP_SESSIONS_PER_IP] = SERVER_NUM(
		"SecureNAT_MaxIcmpSessionsPerIp", 0, UINT32_MAX, 0, "pings of a host; 0: no limit"),
	[OPTION_ACCESS_LIST_INCLUDE_FILE_CACHE_LIFETIME] =
		FIXED("AccessListIncludeFileCacheLifetime", 30, "seconds that a list file is kept",
		      "access rules do not read files"),
	[OPTION_DISABLE_KERNEL_MODE_NAT] =
		SERVER("DisableKernelModeSecureNAT", "SecureNAT does not use the engine kernel"),
	[OPTION_DISABLE_IP_RAW_MODE_NAT] =
		FIXED("DisableIpRawModeSecureNAT", 1, "no NAT engine on raw sockets",
		      "the engines here are kernel and user"),
	[OPTION_DISABLE_USER_MODE_NAT] =
		SERVER("DisableUserModeSecureNAT", "SecureNAT does not use the engine user"),
	[OPTION_DISABLE_CHECK_MAC_ON_LOCAL_BRIDGE] =
		FIXED("DisableCheckMacOnLocalBridge", 1, "a bridged NIC's MACs are not checked",
		      "policies are users'; a bridged NIC has none"),
	[OPTION_DISABLE_CORRECT_IP_OFFLOAD_CHECKSUM] =
		SERVER("DisableCorrectIpOffloadChecksum",
		       "leaves the checksums of a bridged NIC's frames alone"),
	[OPTION_BROADCAST_LIMITER_STRICT_MODE] = HUB(
		"BroadcastLimiterStrictMode", "one storm limit for all kinds of flooded frames"),
	[OPTION_MAX_LOGGED_PACKETS_PER_MINUTE] =
		FIXED("MaxLoggedPacketsPerMinute", 0, "limit of the packet log", NO_LOG),
	[OPTION_DO_NOT_SAVE_HEAVY_SECURITY_LOGS] =
		FIXED("DoNotSaveHeavySecurityLogs", 0, "fewer lines in the security log",
		      "every log line is rate limited"),
	[OPTION_DROP_BROADCASTS_IN_PRIVACY_FILTER_MODE] =
		HUB("DropBroadcastsInPrivacyFilterMode",
		    "PrivacyFilter stops group frames, too (but ARP)"),
	[OPTION_DROP_ARP_IN_PRIVACY_FILTER_MODE] =
		HUB("DropArpInPrivacyFilterMode", "PrivacyFilter stops ARP, too"),
	[OPTION_ALLOW_SAME_USER_IN_PRIVACY_FILTER_MODE] =
		HUB("AllowSameUserInPrivacyFilterMode",
		    "PrivacyFilter does not stand between two ports of one user"),
	[OPTION_SUPPRESS_CLIENT_UPDATE_NOTIFICATION] =
		FIXED("SuppressClientUpdateNotification", 1, "does not ask clients to update",
		      "the clients of L2TP cannot be asked"),
	[OPTION_FLOODING_SEND_QUEUE_BUFFER_QUOTA] =
		FIXED("FloodingSendQueueBufferQuota", 0, "octets of flooded frames in queues",
		      "flooded frames are limited by the storm limits, not by a queue"),
	[OPTION_ASSIGN_VLAN_ID_BY_RADIUS] = SERVER("AssignVLanIdByRadiusAttribute",
						   "RADIUS' Tunnel-Private-Group-Id is VLanId"),
	[OPTION_DENY_RADIUS_LOGIN_WITHOUT_VLAN] =
		SERVER("DenyAllRadiusLoginWithNoVlanAssign",
		       "refuses RADIUS users without that attribute"),
	[OPTION_NAT_RANDOMIZE_ASSIGN_IP] =
		SERVER("SecureNAT_RandomizeAssignIp", "leases come in random order"),
	[OPTION_DETECT_DORMANT_SESSION_INTERVAL] =
		FIXED("DetectDormantSessionInterval", 0, "floods nothing to silent sessions",
		      "policy TimeOut ends sessions that are not there"),
	[OPTION_NO_PHYSICAL_IP_ON_PACKET_LOG] =
		FIXED("NoPhysicalIPOnPacketLog", 1, "no peer addresses in the packet log", NO_LOG),
	[OPTION_HUB_NAME_AS_DHCP_USER_CLASS] =
		SERVER("UseHubNameAsDhcpUserClassOption",
		       "DHCP requests for sessions say the hub's name as user class"),
	[OPTION_HUB_NAME_AS_RADIUS_NAS_ID] =
		SERVER("UseHubNameAsRadiusNasId", "RADIUS' NAS-Identifier is the hub's name"),
	[OPTION_ALLOW_EAP_MATCH_USER_BY_CERT] =
		FIXED("AllowEapMatchUserByCert", 0, "EAP-TLS users by certificate alone",
		      "a session's user is the one that the client names"),
	[OPTION_DHCP_DISCOVER_TIMEOUT_MS] =
		SERVER_NUM("DhcpDiscoverTimeoutMs", 1, 60000, 5000,
			   "how long a session waits for a DHCP server, in ms"),
};

const struct hub_option_row *hub_option_row(unsigned id)
{
	return id < OPTION_N ? &rows[id] : NULL;
}

int hub_option_find(const char *name)
{
	for (int i = 0; i < OPTION_N; i++) {
		if (strcasecmp(rows[i].name, name) == 0)
			return i;
	}
	return -1;
}

enum hub_option_fault hub_option_check(unsigned id, uint32_t value)
{
	const struct hub_option_row *row = hub_option_row(id);

	if (!row)
		return OPTION_NO_SUCH;
	if (row->by == OPTION_FIXED)
		return value == row->standard ? OPTION_OK : OPTION_REFUSED;
	if (value < row->min || value > row->max)
		return OPTION_RANGE;
	if (id == OPTION_VLAN_TYPE_ID && !vlan_is_tag((uint16_t)value))
		return OPTION_RANGE;
	return OPTION_OK;
}

void hub_options_standard(struct hub_options *o)
{
	for (unsigned i = 0; i < OPTION_N; i++)
		o->value[i] = rows[i].standard;
}
