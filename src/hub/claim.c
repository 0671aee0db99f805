/*
 * claim: the IP addresses that frames come from, and who leases what to whom: policies CheckIP,
 * CheckIPv6, MaxIP, MaxIPv6, NoRouting, NoRoutingV6, DHCPForce, and the ARP and ND inspection of
 * security.md H-24 and H-27. Called by forward once a frame passed guards and policies.
 */
#include "forward_i.h"

#include "wire/arp.h"
#include "wire/nd.h"

/* Private nets (RFC 1918), shared (RFC 6598), links (RFC 3927). */
static bool is_private4(uint32_t ip)
{
	return ip >> 24 == 10 || ip >> 20 == 0xac1 || ip >> 16 == 0xc0a8 || ip >> 22 == 0x191 ||
	       ip >> 16 == 0xa9fe;
}

/* Is the address one that the table has entries of? Others are only looked up: the whole
 * Internet may be behind a port. */
static bool is_managed(const struct hub *hub, struct ipv6_addr a)
{
	if (hub_ip_is_4(a))
		return !hub_option(hub, OPTION_MANAGE_ONLY_PRIVATE_IP) ||
		       is_private4((uint32_t)a.iid);
	return !hub_option(hub, OPTION_MANAGE_ONLY_LOCAL_UNICAST_IPV6) || ipv6_is_link_local(a) ||
	       a.prefix >> 57 == 0xfc >> 1;
}

static uint32_t lower(uint32_t a, uint32_t b)
{
	return a && (a < b || !b) ? a : b;
}

/* How many addresses of the family the port may have; 0: any number. */
static uint32_t limit_of(const struct hub_switch *sw, const struct hub_port *in, bool is4)
{
	uint32_t macs, routing = 0;

	if (port_policy(in, is4 ? POLICY_NO_ROUTING : POLICY_NO_ROUTING_V6)) {
		macs = mac_table_port_count(&sw->macs, in->number);
		routing = (macs ? macs : 1) *
			  (is4 ? HUB_NO_ROUTING_PER_MAC : HUB_NO_ROUTING6_PER_MAC);
	}
	return lower(routing, is4 ? in->max_ip : in->max_ipv6);
}

static enum hub_drop full_reason(const struct hub_port *in, bool is4, uint32_t limit)
{
	if (is4)
		return limit == in->max_ip ? HUB_DROP_MAX_IP : HUB_DROP_NO_ROUTING;
	return limit == in->max_ipv6 ? HUB_DROP_MAX_IPV6 : HUB_DROP_NO_ROUTING_V6;
}

static enum hub_drop reason_of(enum ip_learned l, const struct ip_claim *c,
			       const struct hub_port *in)
{
	bool is4 = hub_ip_is_4(c->addr);

	switch (l) {
	case IP_CONFLICT:
		return HUB_DROP_IP_ASSIGNED;
	case IP_TAKEN:
		if (!c->stay)
			return HUB_DROP_IP_LEASED;
		return is4 ? HUB_DROP_CHECK_IP : HUB_DROP_CHECK_IPV6;
	case IP_PORT_FULL:
		return full_reason(in, is4, c->max);
	case IP_HUB_FULL:
		return HUB_DROP_IP_TABLE_FULL;
	default:
		return HUB_PASS;
	}
}

/* Addresses that are not to be learned, or must have been leased, are only looked up. */
static enum hub_drop look_up(const struct hub_switch *sw, const struct hub_port *in,
			     const struct ip_claim *c, bool leased_only, uint32_t now_s)
{
	struct ip_row row;
	bool found = ip_table_find(&sw->ips, c->hub, c->vlan, c->addr, now_s, &row);

	if (found && row.how == IP_ASSIGNED && row.port != in->number)
		return HUB_DROP_IP_ASSIGNED;
	if (leased_only && (!found || row.how == IP_SEEN || row.port != in->number))
		return HUB_DROP_DHCP_FORCE;
	return HUB_PASS;
}

static enum hub_drop claim_new(struct hub_switch *sw, const struct hub *hub,
			       const struct hub_port *in, struct ip_claim *c, uint32_t now_s)
{
	bool is4 = hub_ip_is_4(c->addr), force = is4 && port_policy(in, POLICY_DHCP_FORCE);

	if (hub_option(hub, OPTION_NO_IP_TABLE))
		return force ? HUB_DROP_DHCP_FORCE : HUB_PASS;
	if (force || !is_managed(hub, c->addr))
		return look_up(sw, in, c, force, now_s);
	c->stay = port_policy(in, is4 ? POLICY_CHECK_IP : POLICY_CHECK_IPV6);
	c->max = limit_of(sw, in, is4);
	return reason_of(ip_table_claim(&sw->ips, c, now_s), c, in);
}

static enum hub_drop claim(struct hub_switch *sw, const struct hub *hub, const struct hub_port *in,
			   const struct hub_headers *h, const struct hub_decision *d,
			   struct ipv6_addr addr, uint32_t now_s)
{
	struct ip_claim c = {.hub = hub->number,
			     .vlan = table_vlan(hub, d->from.vlan),
			     .addr = addr,
			     .mac = h->src_mac,
			     .port = in->number};
	uint64_t hash = (addr.prefix ^ addr.iid ^ in->number) * UINT64_C(0x9e3779b97f4a7c15);
	struct hub_claimed *k = &sw->claimed[hash >> 55];
	enum hub_drop drop;

	if (ipv6_addr_eq(k->addr, addr) && k->port == in->number && k->second == now_s &&
	    k->vlan == c.vlan)
		return HUB_PASS;
	if (!hub_ip_is_host(addr))
		return HUB_PASS;
	drop = claim_new(sw, hub, in, &c, now_s);
	if (drop == HUB_PASS)
		*k = (struct hub_claimed){addr, in->number, now_s, c.vlan};
	return drop;
}

/* A server's ACK makes the address the client's. One that comes from a user's port does not
 * take it from a port where it lives. */
static void learn_lease(struct hub_switch *sw, const struct hub *hub, const struct hub_port *in,
			const struct hub_headers *h, uint32_t now_s, struct hub_decision *d)
{
	uint64_t mac = hub_mac(h->dhcp.chaddr);
	struct ip_claim c = {.hub = hub->number,
			     .vlan = table_vlan(hub, d->from.vlan),
			     .addr = hub_ip4(h->dhcp.yiaddr),
			     .mac = mac,
			     .how = IP_LEASED,
			     .lease_s = h->dhcp.lease_s};
	struct ip_row row;

	c.port = session_of(sw, mac);
	if (c.port == HUB_PORT_NONE)
		c.port = mac_table_find(&sw->macs, c.hub, c.vlan, mac, now_s);
	if (c.port == HUB_PORT_NONE || c.port == in->number || hub_option(hub, OPTION_NO_IP_TABLE))
		return;
	if (in->kind != HUB_WAY_OUT &&
	    ip_table_find(&sw->ips, c.hub, c.vlan, c.addr, now_s, &row) && row.port != c.port)
		return;
	if (ip_table_claim(&sw->ips, &c, now_s) <= IP_MOVED) {
		d->tell |= HUB_TELL_LEASE;
		d->lease = c;
	}
}

static void forget_lease(struct hub_switch *sw, const struct hub *hub, const struct hub_port *in,
			 const struct hub_headers *h, uint32_t now_s, const struct hub_decision *d)
{
	uint16_t vlan = table_vlan(hub, d->from.vlan);
	struct ipv6_addr addr = hub_ip4(h->dhcp.ciaddr);
	struct ip_row row;

	if (ip_table_find(&sw->ips, hub->number, vlan, addr, now_s, &row) && row.how == IP_LEASED &&
	    row.port == in->number)
		ip_table_delete(&sw->ips, hub->number, vlan, addr);
}

static void follow_dhcp(struct hub_switch *sw, const struct hub *hub, const struct hub_port *in,
			const struct hub_headers *h, uint32_t now_s, struct hub_decision *d)
{
	if (h->flags & HDR_DHCP_SERVER && h->dhcp.op == DHCP_BOOTREPLY &&
	    h->dhcp.message == DHCP_MSG_ACK && h->dhcp.yiaddr)
		learn_lease(sw, hub, in, h, now_s, d);
	else if (h->dhcp.op == DHCP_BOOTREQUEST && h->dhcp.message == DHCP_MSG_RELEASE)
		forget_lease(sw, hub, in, h, now_s, d);
}

enum hub_drop hub_claim_sources(struct hub_switch *sw, const struct hub *hub,
				const struct hub_port *in, const struct hub_headers *h,
				uint32_t now_s, struct hub_decision *d)
{
	enum hub_drop drop = HUB_PASS;

	/* the guard knows a session's own addresses */
	if (in->kind != HUB_SESSION && in->kind != HUB_OWN) {
		if (h->flags & HDR_IP)
			drop = claim(sw, hub, in, h, d, h->src_ip, now_s);
		else if (h->flags & HDR_ARP)
			drop = claim(sw, hub, in, h, d, hub_ip4(h->arp.sender_ip), now_s);
		if (drop == HUB_PASS && h->flags & HDR_ND &&
		    h->icmp_type == ND_NEIGHBOR_ADVERTISEMENT)
			drop = claim(sw, hub, in, h, d, h->nd.target, now_s);
	}
	if (drop == HUB_PASS && h->flags & HDR_DHCP_READ)
		follow_dhcp(sw, hub, in, h, now_s, d);
	return drop;
}
