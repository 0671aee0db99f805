/*
 * drops: every reason for which a hub drops a frame. Name (stable, kebab-case, for metrics and
 * scripts) and a sentence. A struct hub has one counter for each; its worker alone writes it.
 */
#pragma once

#include <stdint.h>

#define HUB_DROPS(X)                                                                               \
	X(SHORT, "short", "frames without a whole Ethernet header")                                \
	X(OFFLINE, "offline", "frames while the hub is offline")                                   \
	X(TAGGED, "tagged", "frames with a VLAN tag from a port that has a VLAN of its own")       \
	X(STACKED, "stacked", "more tags and SNAP headers than anybody needs, to hide something")  \
	X(SOURCE_GROUP, "source-group", "frames whose source is a group address or zero")          \
	X(SOURCE_MAC, "source-mac", "a session's frames from another MAC than its port's")         \
	X(SOURCE_IP, "source-ip", "a session's packets from another address than its own")         \
	X(SESSION_SERVER, "session-server", "sessions that play DHCP server, relay or router")     \
	X(ARP_SENDER, "arp-sender", "ARP or ND that says another MAC than the frame's source")     \
	X(DHCP_CHADDR, "dhcp-chaddr", "DHCP requests for another MAC than the frame's source")     \
	X(DHCP_RATE, "dhcp-rate", "DHCP requests of a port beyond its rate")                       \
	X(OPTION_IPV4, "option-ipv4", "IPv4 and ARP, by the hub's option FilterIPv4")              \
	X(OPTION_IPV6, "option-ipv6", "IPv6, by the hub's option FilterIPv6")                      \
	X(OPTION_NON_IP, "option-non-ip", "neither IP nor ARP, by the hub's option FilterNonIP")   \
	X(OPTION_BPDU, "option-bpdu", "bridges' own frames, by the hub's option FilterBPDU")       \
	X(OPTION_PPPOE, "option-pppoe", "PPPoE, by the hub's option FilterPPPoE")                  \
	X(OPTION_OSPF, "option-ospf", "OSPF, by the hub's option FilterOSPF")                      \
	X(DHCP_FILTER, "policy-dhcp", "DHCP, by policy DHCPFilter")                                \
	X(DHCP_SERVER, "policy-dhcp-server", "DHCP servers' messages, by policy DHCPNoServer")     \
	X(DHCP_FORCE, "policy-dhcp-force", "addresses that no server leased, by policy DHCPForce") \
	X(ARP_DHCP_ONLY, "policy-arp-dhcp-only", "group frames, by policy ArpDhcpOnly")            \
	X(PRIVACY, "policy-privacy", "between two ports, by policy PrivacyFilter")                 \
	X(NO_SERVER, "policy-no-server", "TCP/IPv4 to or from a server, by policy NoServer")       \
	X(NO_SERVER_V6, "policy-no-server-v6", "the same of TCP/IPv6, by policy NoServerV6")       \
	X(RS_RA, "policy-rs-ra", "router solicitations and advertisements, by RSandRAFilter")      \
	X(RA, "policy-ra", "router advertisements, by policy RAFilter")                            \
	X(DHCP6_FILTER, "policy-dhcpv6", "DHCPv6, by policy DHCPv6Filter")                         \
	X(DHCP6_SERVER, "policy-dhcpv6-server", "DHCPv6 servers' messages, by DHCPv6NoServer")     \
	X(FILTER_IPV4, "policy-ipv4", "IPv4 and ARP, by policy FilterIPv4")                        \
	X(FILTER_IPV6, "policy-ipv6", "IPv6, by policy FilterIPv6")                                \
	X(FILTER_NON_IP, "policy-non-ip", "neither IP nor ARP, by policy FilterNonIP")             \
	X(NO_BRIDGE, "policy-no-bridge", "a second MAC of a port, by policy NoBridge")             \
	X(NO_ROUTING, "policy-no-routing", "more IPv4 addresses than hosts, by policy NoRouting")  \
	X(NO_ROUTING_V6, "policy-no-routing-v6", "more IPv6 addresses, by policy NoRoutingV6")     \
	X(MAX_MAC, "policy-max-mac", "one MAC too many, by policy MaxMac")                         \
	X(MAX_IP, "policy-max-ip", "one IPv4 address too many, by policy MaxIP")                   \
	X(MAX_IPV6, "policy-max-ipv6", "one IPv6 address too many, by policy MaxIPv6")             \
	X(CHECK_MAC, "policy-check-mac", "a MAC in use on another port, by policy CheckMac")       \
	X(CHECK_IP, "policy-check-ip", "an IPv4 address in use elsewhere, by policy CheckIP")      \
	X(CHECK_IPV6, "policy-check-ipv6", "an IPv6 address in use elsewhere, by CheckIPv6")       \
	X(UPLOAD, "policy-upload", "beyond the rate of policy MaxUpload")                          \
	X(DOWNLOAD, "policy-download", "beyond the rate of policy MaxDownload")                    \
	X(MAC_PINNED, "mac-pinned", "a MAC that belongs to another port for good")                 \
	X(MAC_FLAPPING, "mac-flapping", "a MAC that changes its port all the time: a loop")        \
	X(MAC_TABLE_FULL, "mac-table-full", "a new MAC where the hub has 65 536")                  \
	X(IP_ASSIGNED, "ip-assigned", "an address that is assigned to another port")               \
	X(IP_LEASED, "ip-leased", "an address that is leased to another port")                     \
	X(IP_TABLE_FULL, "ip-table-full", "a new address where the hub has 65 536")                \
	X(STORM_PORT, "storm-port", "flooded frames of a port beyond the storm limit")             \
	X(STORM_HUB, "storm-hub", "flooded frames of a hub beyond the storm limit")                \
	X(ACCESS_LIST, "access-list", "by the access list")                                        \
	X(ACCESS_LOSS, "access-loss", "by a loss rate of the access list")                         \
	X(SAME_PORT, "same-port", "for a host behind the port that it came from")                  \
	X(RESERVED_GROUP, "reserved-group", "to 01:80:c2:00:00:0x, which no bridge passes on")     \
	X(NOBODY, "nobody", "for a MAC that is kept for sessions and belongs to none")             \
	X(OTHER_HUB, "other-hub", "for a port that is now in another hub")                         \
	X(OTHER_VLAN, "other-vlan", "for a port that is in another VLAN")                          \
	X(ECHO, "echo", "flooded frames at the port that they came from")                          \
	X(NOT_FOR_SESSION, "not-for-session", "group frames that a session has no use for")

enum hub_drop {
	HUB_PASS, /* no drop */
#define X(id, name, help) HUB_DROP_##id,
	HUB_DROPS(X)
#undef X
		HUB_DROP_N
};

/* "access-list" and so on, and the sentence; "pass" for HUB_PASS. */
const char *hub_drop_name(enum hub_drop why);
const char *hub_drop_help(enum hub_drop why);
