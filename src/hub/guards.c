/*
 * guards: port security (security.md H-24 to H-27). Called by forward for each frame of a
 * session or an Ethernet port, before policies. Knows no tables: who has an address is the IP
 * table's.
 */
#include "hub/guards.h"

#include "wire/eth.h"
#include "wire/nd.h"

#define ND_REDIRECT 137

static bool ip_is_its_own(const struct hub_assigned *a, struct ipv6_addr src)
{
	if (hub_ip_is_4(src))
		return a->ip && src.iid == hub_ip4(a->ip).iid;
	if (ipv6_is_unspecified(src)) /* duplicate address detection */
		return a->iid != 0;
	if (src.prefix == IPV6_LINK_PREFIX)
		return a->iid && src.iid == a->iid;
	return a->prefix && src.prefix == a->prefix;
}

static bool is_server(const struct hub_headers *h)
{
	if (h->flags & (HDR_DHCP_SERVER | HDR_DHCP6_SERVER))
		return true;
	if (h->flags & HDR_DHCP_READ && h->dhcp.giaddr)
		return true;
	if (h->flags & HDR_CHAIN_CUT) /* may hide one, RFC 7113 section 3 */
		return h->hop_limit == IPV6_HOP_MAX;
	return h->flags & HDR_ND &&
	       (h->icmp_type == ND_ROUTER_ADVERTISEMENT || h->icmp_type == ND_REDIRECT);
}

enum hub_drop guard_session(const struct hub_assigned *a, const struct hub_headers *h)
{
	if (h->src_mac != a->mac)
		return HUB_DROP_SOURCE_MAC;
	if (h->flags & HDR_IP) {
		if (!ip_is_its_own(a, h->src_ip))
			return HUB_DROP_SOURCE_IP;
		if (h->flags & HDR_ND && h->icmp_type == ND_NEIGHBOR_ADVERTISEMENT &&
		    !ip_is_its_own(a, h->nd.target))
			return HUB_DROP_SOURCE_IP;
		return is_server(h) ? HUB_DROP_SESSION_SERVER : guard_ethernet(h);
	}
	if (h->flags & HDR_ARP) {
		if (h->arp.sender_mac != a->mac)
			return HUB_DROP_ARP_SENDER;
		return h->arp.sender_ip == 0 || h->arp.sender_ip == a->ip ? HUB_PASS
									  : HUB_DROP_SOURCE_IP;
	}
	return HUB_DROP_SOURCE_IP;
}

enum hub_drop guard_ethernet(const struct hub_headers *h)
{
	if (h->flags & HDR_ARP && h->arp.sender_mac != h->src_mac)
		return HUB_DROP_ARP_SENDER;
	/* a redirect names another's MAC by its nature */
	if (h->flags & HDR_ND && h->icmp_type != ND_REDIRECT && h->nd.link_addr &&
	    h->nd.link_addr != h->src_mac)
		return HUB_DROP_ARP_SENDER;
	/* a relay's message is its clients'; Windows asks for options over PPP (DHCPINFORM)
	 * under a MAC of its own making, and gets no address by it */
	if (h->flags & HDR_DHCP_READ && !(h->flags & HDR_DHCP_SERVER) && h->dhcp.giaddr == 0 &&
	    h->dhcp.message != DHCP_MSG_INFORM && hub_mac(h->dhcp.chaddr) != h->src_mac)
		return HUB_DROP_DHCP_CHADDR;
	return HUB_PASS;
}

enum hub_drop guard_dhcp_rate(struct hub_guard *g, const struct hub_headers *h, uint32_t max,
			      uint64_t now_ms)
{
	uint32_t second = (uint32_t)(now_ms / 1000);

	if (!(h->flags & HDR_DHCP) || h->flags & HDR_DHCP_SERVER)
		return HUB_PASS;
	if (h->flags & HDR_DHCP_READ && h->dhcp.message > DHCP_MSG_DISCOVER)
		return HUB_PASS;
	if (g->second != second)
		*g = (struct hub_guard){.second = second};
	if (g->discovers >= max)
		return HUB_DROP_DHCP_RATE;
	g->discovers++;
	return HUB_PASS;
}
