/*
 * access_rule: one rule of an access list: is it right, and does it match a frame? Called by
 * access_list.c, by config (the check) and by tests (the plain loop over all rules).
 */
#include "hub/access_list.h"
#include "wire/tcp.h"

struct access_rule access_rule_any(void)
{
	return (struct access_rule){.active = true, .proto = ACCESS_NO_PROTO};
}

static bool prefix_is_right(const struct access_prefix *p, enum access_family family)
{
	if (p->len == 0)
		return true;
	if (family == ACCESS_IPV4)
		return p->len >= 96 && p->len <= 128 && hub_ip_is_4(p->addr);
	return family == ACCESS_IPV6 && p->len <= 128;
}

static const char *effect_fault(const struct access_rule *r)
{
	if (r->delay_ms > ACCESS_DELAY_MAX)
		return "the delay is 0 to 10000 ms";
	if (r->jitter_percent > 100)
		return "the jitter is 0 to 100 per cent of the delay";
	if (r->loss_percent > 100)
		return "the loss is 0 to 100 per cent";
	if (r->discard && (r->delay_ms || r->jitter_percent || r->loss_percent))
		return "delay, jitter and loss are for rules that pass";
	return NULL;
}

static bool has_ports(const struct access_rule *r)
{
	return r->src_port.last || r->dst_port.last;
}

const char *access_rule_fault(const struct access_rule *r)
{
	if (r->id == 0)
		return "an id is 1 or more";
	if (!prefix_is_right(&r->src, r->family) || !prefix_is_right(&r->dst, r->family))
		return "source and destination are prefixes of the rule's own family";
	if (r->proto > ACCESS_NO_PROTO)
		return "a protocol is a number from 0 to 255";
	if (r->src_port.first > r->src_port.last || r->dst_port.first > r->dst_port.last)
		return "a range of ports begins with the lower one";
	if (has_ports(r) && r->proto != 6 && r->proto != 17 && r->proto != ACCESS_NO_PROTO)
		return "only TCP and UDP have ports";
	if (r->tcp != ACCESS_TCP_ANY && r->proto != 6 && r->proto != ACCESS_NO_PROTO)
		return "only TCP has a state";
	if ((r->src_mac.mac | r->src_mac.mask | r->dst_mac.mac | r->dst_mac.mask) >> 48)
		return "a MAC has 48 bits";
	return effect_fault(r);
}

static bool in_prefix(const struct access_prefix *p, struct ipv6_addr a)
{
	if (p->len == 0)
		return true;
	if (p->len <= 64)
		return (p->addr.prefix ^ a.prefix) >> (64 - p->len) == 0;
	return p->addr.prefix == a.prefix && (p->addr.iid ^ a.iid) >> (128 - p->len) == 0;
}

static bool in_range(const struct access_ports *r, uint16_t port)
{
	return r->last == 0 || (port >= r->first && port <= r->last);
}

static bool is_named(uint32_t name, uint32_t user, uint32_t group)
{
	return name == ACCESS_ANYONE || name == user || name == group;
}

static bool tcp_matches(enum access_tcp want, const struct hub_headers *h)
{
	bool begins = (h->tcp_flags & (TCP_SYN | TCP_ACK)) == TCP_SYN;

	if (want == ACCESS_TCP_ANY)
		return true;
	return h->flags & HDR_TCP && begins == (want == ACCESS_TCP_UNESTABLISHED);
}

static bool ip_matches(const struct access_rule *r, const struct hub_headers *h)
{
	if (r->family == ACCESS_IPV4 && !(h->flags & HDR_IPV4))
		return false;
	if (r->family == ACCESS_IPV6 && !(h->flags & HDR_IPV6))
		return false;
	if (!in_prefix(&r->src, h->src_ip) || !in_prefix(&r->dst, h->dst_ip))
		return false;
	if (r->proto != ACCESS_NO_PROTO && r->proto != h->proto)
		return false;
	if (has_ports(r) && (!(h->flags & HDR_PORTS) || !in_range(&r->src_port, h->src_port) ||
			     !in_range(&r->dst_port, h->dst_port)))
		return false;
	return tcp_matches(r->tcp, h);
}

static bool needs_ip(const struct access_rule *r)
{
	return r->proto != ACCESS_NO_PROTO || has_ports(r) || r->tcp != ACCESS_TCP_ANY;
}

static bool not_ip_matches(const struct access_rule *r, const struct hub_headers *h, bool on_arp)
{
	if (needs_ip(r))
		return false;
	if (r->family == ACCESS_ANY)
		return true;
	return r->family == ACCESS_IPV4 && on_arp && h->flags & HDR_ARP &&
	       in_prefix(&r->src, hub_ip4(h->arp.sender_ip)) &&
	       in_prefix(&r->dst, hub_ip4(h->arp.target_ip));
}

bool access_rule_matches(const struct access_rule *r, const struct hub_headers *h,
			 const struct access_names *who, bool on_arp)
{
	if ((h->src_mac ^ r->src_mac.mac) & r->src_mac.mask ||
	    (h->dst_mac ^ r->dst_mac.mac) & r->dst_mac.mask)
		return false;
	if (!is_named(r->src_name, who->src_user, who->src_group) ||
	    !is_named(r->dst_name, who->dst_user, who->dst_group))
		return false;
	return h->flags & HDR_IP ? ip_matches(r, h) : not_ip_matches(r, h, on_arp);
}
