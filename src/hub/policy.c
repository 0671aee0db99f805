/*
 * policy: the table of security policies and those of them that need nothing but a frame's
 * headers. Called by forward and deliver for frames, by config and core for the rows.
 */
#include "hub/policy.h"

#include <stddef.h>
#include <strings.h>

#include "wire/eth.h"
#include "wire/ipv4.h"
#include "wire/nd.h"
#include "wire/tcp.h"

#define BOOL(n, id_by, on, what)                                                                   \
	{                                                                                          \
		n, POLICY_BOOL, 0, 1, true, 0, "", id_by, on, what, NULL                           \
	}
#define NUM(n, lo, hi, none, def, unit, id_by, on, what)                                           \
	{                                                                                          \
		n, POLICY_NUMBER, lo, hi, none, def, unit, id_by, on, what, NULL                   \
	}
#define FRAME   POLICY_BY_FRAME
#define PORT    POLICY_BY_PORT
#define SESSION POLICY_BY_SESSION
#define BOTH    POLICY_ON_BOTH
#define ETHER   POLICY_ON_ETHERNET

static const struct hub_policy_row rows[POLICY_N] = {
	[POLICY_ACCESS] = {"Access", POLICY_BOOL, 0, 1, true, 1, "", SESSION, BOTH,
			   "may log in at all", NULL},
	[POLICY_DHCP_FILTER] = BOOL("DHCPFilter", FRAME, BOTH, "drops all DHCP of IPv4, both ways"),
	[POLICY_DHCP_NO_SERVER] = BOOL("DHCPNoServer", FRAME, BOTH,
				       "drops what the port sends as a DHCP server; a session's "
				       "is always dropped"),
	[POLICY_DHCP_FORCE] = BOOL("DHCPForce", PORT, BOTH,
				   "only IPv4 addresses that a DHCP server leased may be used; a "
				   "session may not ask for one by IPCP"),
	[POLICY_NO_BRIDGE] =
		BOOL("NoBridge", PORT, ETHER, "one MAC behind the port; a session never has more"),
	[POLICY_NO_ROUTING] = BOOL("NoRouting", PORT, ETHER,
				   "at most 4 IPv4 addresses for each MAC behind the port; a "
				   "session has one"),
	[POLICY_CHECK_MAC] =
		BOOL("CheckMac", PORT, ETHER,
		     "a MAC in use on another port is refused; a session's is its own"),
	[POLICY_CHECK_IP] = BOOL("CheckIP", PORT, ETHER,
				 "an IPv4 address in use on another port is refused; an assigned "
				 "one always is"),
	[POLICY_ARP_DHCP_ONLY] = BOOL("ArpDhcpOnly", FRAME, BOTH,
				      "of group frames only ARP, DHCP and ICMPv6 pass, both ways"),
	[POLICY_PRIVACY_FILTER] = BOOL("PrivacyFilter", PORT, BOTH,
				       "nothing between two ports that both have it; of group "
				       "frames see the hub's options"),
	[POLICY_NO_SERVER] =
		BOOL("NoServer", FRAME, BOTH, "drops TCP/IPv4 connections to the port's hosts"),
	[POLICY_NO_BROADCAST_LIMITER] = BOOL("NoBroadcastLimiter", PORT, BOTH,
					     "the port's storm limit is off; the hub's stays"),
	[POLICY_MONITOR_PORT] = {"MonitorPort", POLICY_BOOL, 0, 1, true, 0, "", POLICY_BY_NOBODY,
				 BOTH, "may open a monitoring session",
				 "no client of L2TP, EtherIP or L2TPv3 can ask for a monitoring "
				 "session"},
	[POLICY_MAX_CONNECTION] = {"MaxConnection", POLICY_NUMBER, 1, 32, false, 32, "connections",
				   POLICY_BY_NOBODY, BOTH, "TCP connections of a session",
				   "sessions of L2TP, EtherIP and L2TPv3 have no TCP connections"},
	[POLICY_TIMEOUT] = NUM("TimeOut", 5, 60, false, 20, "s", SESSION, BOTH,
			       "a session that is silent for so long is asked, and ended when it "
			       "does not answer"),
	[POLICY_MAX_MAC] = NUM("MaxMac", 1, 65535, true, 0, "addresses", PORT, ETHER,
			       "MAC addresses behind the port; a session has one"),
	[POLICY_MAX_IP] = NUM("MaxIP", 1, 65535, true, 0, "addresses", PORT, ETHER,
			      "IPv4 addresses behind the port; a session has one"),
	[POLICY_MAX_UPLOAD] = NUM("MaxUpload", 1, UINT32_MAX, true, 0, "bit/s", PORT, BOTH,
				  "rate of what comes in by the port"),
	[POLICY_MAX_DOWNLOAD] = NUM("MaxDownload", 1, UINT32_MAX, true, 0, "bit/s", PORT, BOTH,
				    "rate of what goes out by the port"),
	[POLICY_FIX_PASSWORD] =
		BOOL("FixPassword", SESSION, BOTH, "the user cannot change the password"),
	[POLICY_MULTI_LOGINS] = NUM("MultiLogins", 1, 65535, true, 0, "sessions", SESSION, BOTH,
				    "sessions of the user at the same time"),
	[POLICY_NO_QOS] = {"NoQoS", POLICY_BOOL, 0, 1, true, 0, "", POLICY_BY_NOBODY, BOTH,
			   "no preference for VoIP packets",
			   "packets are never reordered here, so there is no QoS to switch off"},
	[POLICY_RS_RA_FILTER] = BOOL("RSandRAFilter", FRAME, BOTH,
				     "drops router solicitations and advertisements, both ways"),
	[POLICY_RA_FILTER] = BOOL("RAFilter", FRAME, BOTH,
				  "drops router advertisements, both ways; a session's are always "
				  "dropped"),
	[POLICY_DHCPV6_FILTER] = BOOL("DHCPv6Filter", FRAME, BOTH, "drops all DHCPv6, both ways"),
	[POLICY_DHCPV6_NO_SERVER] =
		BOOL("DHCPv6NoServer", FRAME, BOTH, "drops what the port sends as a DHCPv6 server"),
	[POLICY_NO_ROUTING_V6] = BOOL("NoRoutingV6", PORT, ETHER,
				      "at most 16 IPv6 addresses for each MAC behind the port; a "
				      "session has its prefix"),
	[POLICY_CHECK_IPV6] =
		BOOL("CheckIPv6", PORT, ETHER, "an IPv6 address in use on another port is refused"),
	[POLICY_NO_SERVER_V6] =
		BOOL("NoServerV6", FRAME, BOTH, "drops TCP/IPv6 connections to the port's hosts"),
	[POLICY_MAX_IPV6] = NUM("MaxIPv6", 1, 65535, true, 0, "addresses", PORT, ETHER,
				"IPv6 addresses behind the port"),
	[POLICY_NO_SAVE_PASSWORD] = {"NoSavePassword", POLICY_BOOL, 0, 1, true, 0, "",
				     POLICY_BY_NOBODY, BOTH,
				     "the client may not store the password",
				     "no protocol here can tell a client to forget its password"},
	[POLICY_AUTO_DISCONNECT] = NUM("AutoDisconnect", 1, UINT32_MAX / 1000, true, 0, "s",
				       SESSION, BOTH, "the session ends after so long"),
	[POLICY_FILTER_IPV4] = BOOL("FilterIPv4", FRAME, BOTH, "drops IPv4 and ARP, both ways"),
	[POLICY_FILTER_IPV6] = BOOL("FilterIPv6", FRAME, BOTH, "drops IPv6, both ways"),
	[POLICY_FILTER_NON_IP] = BOOL("FilterNonIP", FRAME, BOTH,
				      "drops what is neither IPv4, IPv6 nor ARP, both ways"),
	[POLICY_NO_DEFAULT_ROUTER_IN_RA] = BOOL("NoIPv6DefaultRouterInRA", PORT, BOTH,
						"router advertisements to the port name no default "
						"router"),
	[POLICY_NO_DEFAULT_ROUTER_IN_RA_WHEN_IPV6] =
		BOOL("NoIPv6DefaultRouterInRAWhenIPv6", PORT, BOTH,
		     "the same where the peer itself is reached over IPv6"),
	[POLICY_VLAN_ID] = NUM("VLanId", 1, 4095, true, 0, "", PORT, BOTH,
			       "the port is in this VLAN: its frames have no tag, the hub's do"),
};

const struct hub_policy_row *hub_policy_row(unsigned id)
{
	return id < POLICY_N ? &rows[id] : NULL;
}

int hub_policy_find(const char *name)
{
	for (int i = 0; i < POLICY_N; i++) {
		if (strcasecmp(rows[i].name, name) == 0)
			return i;
	}
	return -1;
}

enum hub_policy_fault hub_policy_check(unsigned id, uint32_t value)
{
	const struct hub_policy_row *row = hub_policy_row(id);

	if (!row)
		return POLICY_NO_SUCH;
	if (!(row->zero_is_none && value == 0) && (value < row->min || value > row->max))
		return POLICY_RANGE;
	return row->refused && value != row->standard ? POLICY_REFUSED : POLICY_OK;
}

void hub_policy_standard(struct hub_policy *p)
{
	for (unsigned i = 0; i < POLICY_N; i++)
		p->value[i] = rows[i].standard;
}

uint64_t hub_policy_bits(const struct hub_policy *p)
{
	uint64_t bits = 0;

	for (unsigned i = 0; i < POLICY_N; i++)
		bits |= p->value[i] ? hub_policy_bit(i) : 0;
	return bits;
}

static bool is_dhcp(const struct hub_headers *h, enum hub_way way)
{
	(void)way;
	return h->flags & HDR_DHCP;
}

static bool is_dhcp_server(const struct hub_headers *h, enum hub_way way)
{
	return way == HUB_IN && h->flags & HDR_DHCP_SERVER;
}

static bool is_chatter(const struct hub_headers *h, enum hub_way way)
{
	(void)way;
	return h->flags & HDR_GROUP && !(h->flags & (HDR_ARP | HDR_DHCP | HDR_DHCP6 | HDR_ICMP6));
}

/* The first segment of a connection towards the port, the second from it. What hides its flags
 * in a tiny fragment is dropped, too (RFC 3128). */
static bool is_tcp_server(const struct hub_headers *h, enum hub_way way, uint32_t family)
{
	uint8_t want = way == HUB_IN ? TCP_SYN | TCP_ACK : TCP_SYN;

	if (!(h->flags & family))
		return false;
	if (h->flags & HDR_TCP)
		return (h->tcp_flags & (TCP_SYN | TCP_ACK)) == want;
	return (h->flags & HDR_L4_CUT && h->proto == IPV4_TCP) || h->flags & HDR_CHAIN_CUT;
}

static bool is_tcp4_server(const struct hub_headers *h, enum hub_way way)
{
	return is_tcp_server(h, way, HDR_IPV4);
}

static bool is_tcp6_server(const struct hub_headers *h, enum hub_way way)
{
	return is_tcp_server(h, way, HDR_IPV6);
}

/* A chain that cannot be followed may end in one (RFC 7113 section 3): only what a router has
 * not passed on is taken for Neighbor Discovery. */
static bool is_nd(const struct hub_headers *h, uint8_t type)
{
	if (h->flags & HDR_CHAIN_CUT)
		return h->hop_limit == IPV6_HOP_MAX;
	return h->flags & HDR_ND && h->icmp_type == type;
}

static bool is_ra(const struct hub_headers *h, enum hub_way way)
{
	(void)way;
	return is_nd(h, ND_ROUTER_ADVERTISEMENT);
}

static bool is_rs_or_ra(const struct hub_headers *h, enum hub_way way)
{
	return is_ra(h, way) || is_nd(h, ND_ROUTER_SOLICITATION);
}

static bool is_dhcp6(const struct hub_headers *h, enum hub_way way)
{
	(void)way;
	return h->flags & HDR_DHCP6;
}

static bool is_dhcp6_server(const struct hub_headers *h, enum hub_way way)
{
	return way == HUB_IN && h->flags & HDR_DHCP6_SERVER;
}

static bool is_ipv4(const struct hub_headers *h, enum hub_way way)
{
	(void)way;
	return h->type == ETH_TYPE_IPV4 || h->type == ETH_TYPE_ARP;
}

static bool is_ipv6(const struct hub_headers *h, enum hub_way way)
{
	(void)way;
	return h->type == ETH_TYPE_IPV6;
}

static bool is_non_ip(const struct hub_headers *h, enum hub_way way)
{
	return !is_ipv4(h, way) && !is_ipv6(h, way);
}

static const struct {
	bool (*is)(const struct hub_headers *h, enum hub_way way);
	enum hub_drop drop;
} filters[POLICY_N] = {
	[POLICY_DHCP_FILTER] = {is_dhcp, HUB_DROP_DHCP_FILTER},
	[POLICY_DHCP_NO_SERVER] = {is_dhcp_server, HUB_DROP_DHCP_SERVER},
	[POLICY_ARP_DHCP_ONLY] = {is_chatter, HUB_DROP_ARP_DHCP_ONLY},
	[POLICY_NO_SERVER] = {is_tcp4_server, HUB_DROP_NO_SERVER},
	[POLICY_RS_RA_FILTER] = {is_rs_or_ra, HUB_DROP_RS_RA},
	[POLICY_RA_FILTER] = {is_ra, HUB_DROP_RA},
	[POLICY_DHCPV6_FILTER] = {is_dhcp6, HUB_DROP_DHCP6_FILTER},
	[POLICY_DHCPV6_NO_SERVER] = {is_dhcp6_server, HUB_DROP_DHCP6_SERVER},
	[POLICY_NO_SERVER_V6] = {is_tcp6_server, HUB_DROP_NO_SERVER_V6},
	[POLICY_FILTER_IPV4] = {is_ipv4, HUB_DROP_FILTER_IPV4},
	[POLICY_FILTER_IPV6] = {is_ipv6, HUB_DROP_FILTER_IPV6},
	[POLICY_FILTER_NON_IP] = {is_non_ip, HUB_DROP_FILTER_NON_IP},
};

#define BIT(id) (UINT64_C(1) << (id))
#define BY_FRAME                                                                                   \
	(BIT(POLICY_DHCP_FILTER) | BIT(POLICY_DHCP_NO_SERVER) | BIT(POLICY_ARP_DHCP_ONLY) |        \
	 BIT(POLICY_NO_SERVER) | BIT(POLICY_RS_RA_FILTER) | BIT(POLICY_RA_FILTER) |                \
	 BIT(POLICY_DHCPV6_FILTER) | BIT(POLICY_DHCPV6_NO_SERVER) | BIT(POLICY_NO_SERVER_V6) |     \
	 BIT(POLICY_FILTER_IPV4) | BIT(POLICY_FILTER_IPV6) | BIT(POLICY_FILTER_NON_IP))

enum hub_drop hub_policy_judge(uint64_t bits, enum hub_way way, const struct hub_headers *h)
{
	for (bits &= BY_FRAME; bits; bits &= bits - 1) {
		unsigned id = (unsigned)__builtin_ctzll(bits);

		if (filters[id].is(h, way))
			return filters[id].drop;
	}
	return HUB_PASS;
}
