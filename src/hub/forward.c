/*
 * forward: what a hub does with a frame that came in by one of its ports (IEEE 802.1D 7.7, with
 * guards, policies, storm limits and the access list before it). Called by dataplane's switch in
 * the worker that owns the port. What the ports of exit say is deliver.c's.
 */
#include "hub/forward.h"

#include "forward_i.h"
#include "wire/arp.h"
#include "wire/eth.h"
#include "wire/nd.h"

#define OSPF     89
#define BPDU_STP UINT64_C(0x0180c2000000)

bool hub_switch_init(struct hub_switch *sw, uint32_t max, uint32_t hubs, uint64_t seed)
{
	*sw = (struct hub_switch){.prng = seed | 1};
	if (!mac_table_init(&sw->macs, max, hubs, seed))
		return false;
	if (ip_table_init(&sw->ips, max, hubs, seed * UINT64_C(0x9e3779b97f4a7c15)))
		return true;
	mac_table_free(&sw->macs);
	return false;
}

void hub_switch_free(struct hub_switch *sw)
{
	mac_table_free(&sw->macs);
	ip_table_free(&sw->ips);
}

void hub_switch_tend(struct hub_switch *sw, uint64_t now_ms, uint32_t budget)
{
	mac_table_tend(&sw->macs, (uint32_t)(now_ms / 1000), budget);
	ip_table_tend(&sw->ips, (uint32_t)(now_ms / 1000), budget);
}

void hub_configure(struct hub *hub, const struct hub_options *o)
{
	uint32_t limit = o->value[OPTION_BROADCAST_STORM_DETECTION_THRESHOLD];

	hub->options = 0;
	for (unsigned i = 0; i < OPTION_N; i++)
		hub->options |= o->value[i] ? UINT64_C(1) << i : 0;
	hub->storm_limit = limit ? limit : STORM_PORT_DEFAULT;
	hub->vlan_type = (uint16_t)o->value[OPTION_VLAN_TYPE_ID];
}

void hub_port_configure(struct hub_port *p, const struct hub_policy *policy)
{
	p->policies = p->kind == HUB_WAY_OUT ? 0 : hub_policy_bits(policy);
	p->vlan = (uint16_t)policy->value[POLICY_VLAN_ID];
	p->max_mac = p->max_ip = p->max_ipv6 = p->upload_bps = p->download_bps = 0;
	if (p->kind == HUB_WAY_OUT)
		return;
	p->max_mac = policy->value[POLICY_MAX_MAC];
	if (policy->value[POLICY_NO_BRIDGE])
		p->max_mac = 1;
	p->max_ip = policy->value[POLICY_MAX_IP];
	p->max_ipv6 = policy->value[POLICY_MAX_IPV6];
	p->upload_bps = policy->value[POLICY_MAX_UPLOAD];
	p->download_bps = policy->value[POLICY_MAX_DOWNLOAD];
}

static enum hub_drop drop_if(bool is, enum hub_drop why)
{
	return is ? why : HUB_PASS;
}

static enum hub_drop judge_source(struct passage *p)
{
	const struct hub_headers *h = p->h;
	uint64_t src = h->src_mac;

	if (hub_mac_is_group(src) || src == 0)
		return HUB_DROP_SOURCE_GROUP;
	if (p->in->kind == HUB_OWN)
		return HUB_PASS;
	if (p->in->kind == HUB_SESSION)
		return guard_session(&p->in->assigned, h);
	if (session_of(p->sw, src) != HUB_PORT_NONE)
		return HUB_DROP_MAC_PINNED;
	if (p->in->kind == HUB_ETHERNET && h->flags & HDR_STACKED)
		return HUB_DROP_STACKED;
	return p->in->kind == HUB_ETHERNET ? guard_ethernet(h) : HUB_PASS;
}

static enum hub_drop judge_vlan(struct passage *p)
{
	struct hub_source *from = &p->d->from;

	*from = (struct hub_source){.port = p->in->number,
				    .user = p->in->user,
				    .group = p->in->group,
				    .vlan = p->in->vlan ? p->in->vlan : p->h->vlan};
	if (port_policy(p->in, POLICY_PRIVACY_FILTER))
		from->flags |= HUB_FROM_PRIVACY;
	if (p->in->vlan == 0)
		return HUB_PASS;
	from->flags |= HUB_FROM_ACCESS;
	return drop_if(p->h->vlan != 0, HUB_DROP_TAGGED);
}

#define FILTERS                                                                                    \
	(UINT64_C(1) << OPTION_FILTER_IPV4 | UINT64_C(1) << OPTION_FILTER_IPV6 |                   \
	 UINT64_C(1) << OPTION_FILTER_NON_IP | UINT64_C(1) << OPTION_FILTER_BPDU |                 \
	 UINT64_C(1) << OPTION_FILTER_PPPOE | UINT64_C(1) << OPTION_FILTER_OSPF)

/* The hub's own filters, for all its ports. */
static enum hub_drop judge_options(const struct hub *hub, const struct hub_headers *h)
{
	bool v4 = h->type == ETH_TYPE_IPV4 || h->type == ETH_TYPE_ARP;
	bool v6 = h->type == ETH_TYPE_IPV6;

	/* pause frames, link aggregation, 802.1X are between neighbours (802.1D 7.12.6);
	 * spanning tree's go through, since the hub takes no part in it */
	if (h->flags & HDR_BPDU && h->dst_mac != BPDU_STP)
		return HUB_DROP_RESERVED_GROUP;
	if (!(hub->options & FILTERS))
		return HUB_PASS;
	if (v4 && hub_option(hub, OPTION_FILTER_IPV4))
		return HUB_DROP_OPTION_IPV4;
	if (v6 && hub_option(hub, OPTION_FILTER_IPV6))
		return HUB_DROP_OPTION_IPV6;
	if (h->flags & HDR_BPDU && hub_option(hub, OPTION_FILTER_BPDU))
		return HUB_DROP_OPTION_BPDU;
	if (h->flags & HDR_PPPOE && hub_option(hub, OPTION_FILTER_PPPOE))
		return HUB_DROP_OPTION_PPPOE;
	if (h->flags & HDR_IP && h->proto == OSPF && hub_option(hub, OPTION_FILTER_OSPF))
		return HUB_DROP_OPTION_OSPF;
	return drop_if(!v4 && !v6 && hub_option(hub, OPTION_FILTER_NON_IP), HUB_DROP_OPTION_NON_IP);
}

static enum hub_drop judge_port(struct passage *p)
{
	struct hub_port *in = p->in;
	enum hub_drop drop;

	if (in->kind == HUB_WAY_OUT || in->kind == HUB_OWN)
		return HUB_PASS;
	drop = hub_policy_judge(in->policies, HUB_IN, p->h);
	if (drop == HUB_PASS)
		drop = guard_dhcp_rate(&in->guard, p->h,
				       in->kind == HUB_SESSION ? GUARD_DISCOVERS_SESSION
							       : GUARD_DISCOVERS_ETHERNET,
				       p->now_ms);
	if (drop != HUB_PASS)
		return drop;
	return drop_if(!shaper_admit(&in->upload, in->upload_bps, p->h->len, p->now_ms),
		       HUB_DROP_UPLOAD);
}

static enum hub_drop learn_mac(struct passage *p)
{
	struct hub_port *in = p->in;
	struct mac_claim c = {.hub = p->hub->number,
			      .vlan = table_vlan(p->hub, p->d->from.vlan),
			      .mac = p->h->src_mac,
			      .port = in->number,
			      .max = in->max_mac,
			      .stay = port_policy(in, POLICY_CHECK_MAC)};

	/* its MAC names it, or is pinned */
	if (in->kind == HUB_SESSION || in->kind == HUB_OWN)
		return HUB_PASS;
	switch (mac_table_learn(&p->sw->macs, &c, p->now_s)) {
	case MAC_TELL:
	case MAC_NEW:
	case MAC_MOVED:
		p->d->tell |= HUB_TELL_MAC;
		return HUB_PASS;
	case MAC_TAKEN:
		return c.stay ? HUB_DROP_CHECK_MAC : HUB_DROP_MAC_PINNED;
	case MAC_FLAPPING:
		return HUB_DROP_MAC_FLAPPING;
	case MAC_PORT_FULL:
		return port_policy(in, POLICY_NO_BRIDGE) ? HUB_DROP_NO_BRIDGE : HUB_DROP_MAX_MAC;
	case MAC_HUB_FULL:
		return HUB_DROP_MAC_TABLE_FULL;
	default:
		return HUB_PASS;
	}
}

unsigned hub_percent(struct hub_switch *sw)
{
	sw->prng ^= sw->prng << 13;
	sw->prng ^= sw->prng >> 7;
	sw->prng ^= sw->prng << 17;
	return (unsigned)((sw->prng >> 32) * 100 >> 32);
}

enum hub_drop hub_apply_rule(struct hub_switch *sw, const struct access_verdict *v,
			     uint16_t *delay_ms)
{
	unsigned delay = v->delay_ms;

	if (v->discard)
		return HUB_DROP_ACCESS_LIST;
	if (v->loss_percent && hub_percent(sw) < v->loss_percent)
		return HUB_DROP_ACCESS_LOSS;
	if (v->jitter_percent) /* evenly around the delay */
		delay = delay * (100 - v->jitter_percent) / 100 +
			delay * (2u * v->jitter_percent) / 100 * hub_percent(sw) / 99;
	*delay_ms = (uint16_t)(*delay_ms + delay);
	return HUB_PASS;
}

static enum hub_drop judge_access(struct passage *p)
{
	struct access_names who = {.src_user = p->in->user, .src_group = p->in->group};
	struct access_verdict v;

	if (!p->hub->access || access_list_has_dst_name(p->hub->access))
		return HUB_PASS;
	v = access_cache_judge(&p->sw->access, p->hub->access, p->h, &who,
			       hub_option(p->hub, OPTION_APPLY_IPV4_ACCESS_LIST_ON_ARP));
	p->d->rule = v.id;
	return hub_apply_rule(p->sw, &v, &p->d->delay_ms);
}

/* What sessions want of group frames: IP that is not about the link itself. */
static bool is_for_sessions(const struct hub_headers *h)
{
	return h->flags & HDR_IP && !(h->flags & (HDR_DHCP | HDR_DHCP6 | HDR_ND | HDR_CHAIN_CUT));
}

/* Copies of DHCP for control: for our server, and for the client of a session. */
static void note_dhcp(struct passage *p)
{
	const struct hub_headers *h = p->h;
	uint32_t client;

	if (!(h->flags & HDR_DHCP_READ))
		return;
	if (!(h->flags & HDR_DHCP_SERVER)) {
		if (p->hub->dhcp_server)
			p->d->control |= HUB_CONTROL_DHCP_SERVER;
		return;
	}
	client = session_of(p->sw, hub_mac(h->dhcp.chaddr));
	if (client == HUB_PORT_NONE || h->dhcp.op != DHCP_BOOTREPLY)
		return;
	p->d->control |= HUB_CONTROL_DHCP_CLIENT;
	p->d->client = client;
}

static enum hub_drop flood(struct passage *p, enum storm_class class)
{
	struct hub *hub = p->hub;
	bool strict = hub_option(hub, OPTION_BROADCAST_LIMITER_STRICT_MODE);
	uint32_t limit = hub->storm_limit;

	/* a host that only listens is unknown for a time: its flow is no storm yet */
	if (class == STORM_UNKNOWN && !strict)
		limit *= STORM_UNKNOWN_FACTOR;
	if (!port_policy(p->in, POLICY_NO_BROADCAST_LIMITER) &&
	    !storm_admit(&p->in->storm, class, limit, strict, p->now_ms))
		return HUB_DROP_STORM_PORT;
	if (!storm_admit(&hub->storm, class, limit * STORM_HUB_FACTOR, strict, p->now_ms))
		return HUB_DROP_STORM_HUB;
	p->d->verdict = HUB_FLOOD;
	p->d->from.flags |= HUB_FROM_FLOOD;
	p->d->flood = HUB_FLOOD_ETHERNET | HUB_FLOOD_WAYS_OUT;
	if (class != STORM_UNKNOWN && hub->groups_to_sessions && is_for_sessions(p->h))
		p->d->flood |= HUB_FLOOD_SESSIONS;
	return HUB_PASS;
}

static enum hub_drop to_group(struct passage *p)
{
	enum hub_drop drop;

	if (hub_asks(p->h) && hub_answer(p))
		return HUB_PASS;
	note_dhcp(p);
	drop = flood(p, p->h->flags & HDR_BROADCAST ? STORM_BROADCAST : STORM_MULTICAST);
	if (drop == HUB_PASS || !p->d->control)
		return drop;
	/* DHCP has its own limit (H-26): a storm does not keep anybody from an address */
	p->d->verdict = HUB_TO_CONTROL;
	return HUB_PASS;
}

static enum hub_drop to_port(struct passage *p, uint32_t port)
{
	if (port == p->in->number)
		return HUB_DROP_SAME_PORT;
	if (port == HUB_PORT_CONTROL) {
		p->d->control |= HUB_CONTROL_HOST;
		p->d->verdict = HUB_TO_CONTROL;
		return HUB_PASS;
	}
	p->d->port = port;
	p->d->verdict = HUB_TO_PORT;
	return HUB_PASS;
}

static enum hub_drop to_session(struct passage *p, uint32_t session)
{
	const struct hub_headers *h = p->h;

	if (h->flags & HDR_ARP && h->arp.op == ARP_REPLY) /* to what its port has asked */
		return to_port(p, session);
	if (hub_asks(h))
		return hub_answer(p) ? HUB_PASS : HUB_DROP_NOBODY;
	if (h->flags & HDR_DHCP_SERVER) {
		note_dhcp(p);
		if (p->d->control & HUB_CONTROL_DHCP_CLIENT) {
			p->d->verdict = HUB_TO_CONTROL;
			return HUB_PASS;
		}
	}
	return h->flags & HDR_IP ? to_port(p, session) : HUB_DROP_NOT_FOR_SESSION;
}

/* The hub's own MAC: the next hop of the host's IPv6 route to the sessions (frame.h). */
static enum hub_drop to_hub_mac(struct passage *p)
{
	uint32_t session = hub_route(p);

	if (p->d->verdict == HUB_ANSWER)
		return HUB_PASS;
	return session == HUB_PORT_NONE ? HUB_DROP_NOBODY : to_port(p, session);
}

static enum hub_drop to_unicast(struct passage *p)
{
	const struct hub_headers *h = p->h;
	uint32_t port = session_of(p->sw, h->dst_mac);
	uint8_t mac[ETH_ADDR];

	if (port != HUB_PORT_NONE)
		return to_session(p, port);
	if (h->dst_mac >> 40 == HUB_MAC_FIRST) {
		hub_mac_octets(mac, h->dst_mac);
		if (hub_mac_is(mac, (uint8_t)p->hub->number))
			return to_hub_mac(p);
	}
	port = mac_table_find(&p->sw->macs, p->hub->number, table_vlan(p->hub, p->d->from.vlan),
			      h->dst_mac, p->now_s);
	return port == HUB_PORT_NONE ? flood(p, STORM_UNKNOWN) : to_port(p, port);
}

static enum hub_drop judge(struct passage *p)
{
	enum hub_drop drop = drop_if(!p->hub->online, HUB_DROP_OFFLINE);

	if (drop == HUB_PASS)
		drop = judge_source(p);
	if (drop == HUB_PASS)
		drop = judge_vlan(p);
	if (drop == HUB_PASS)
		drop = judge_options(p->hub, p->h);
	if (drop == HUB_PASS)
		drop = judge_port(p);
	if (drop == HUB_PASS)
		drop = learn_mac(p);
	if (drop == HUB_PASS)
		drop = hub_claim_sources(p->sw, p->hub, p->in, p->h, p->now_s, p->d);
	if (drop == HUB_PASS)
		drop = judge_access(p);
	if (drop == HUB_PASS)
		drop = p->h->flags & HDR_GROUP ? to_group(p) : to_unicast(p);
	return drop;
}

static void count(struct hub_traffic *t, const struct hub_headers *h)
{
	if (h->flags & HDR_GROUP) {
		t->group++;
		t->group_octets += h->len;
	} else {
		t->unicast++;
		t->unicast_octets += h->len;
	}
}

void hub_forward(struct hub_switch *sw, struct hub *hub, struct hub_port *in, const uint8_t *frame,
		 size_t len, uint64_t now_ms, struct hub_headers *h, uint8_t *answer_buf,
		 struct hub_decision *d)
{
	struct passage p = {.sw = sw,
			    .hub = hub,
			    .in = in,
			    .frame = frame,
			    .now_ms = now_ms,
			    .now_s = (uint32_t)(now_ms / 1000),
			    .h = h,
			    .answer = answer_buf,
			    .d = d};

	d->verdict = HUB_DROP;
	d->port = d->client = HUB_PORT_NONE;
	d->flood = d->control = d->tell = 0;
	d->delay_ms = 0;
	d->rule = 0;
	d->answer_len = 0;
	if (!hub_headers_parse(frame, len, h)) {
		d->drop = HUB_DROP_SHORT;
	} else {
		count(&hub->in, h);
		d->drop = judge(&p);
	}
	if (d->drop == HUB_PASS)
		return;
	d->verdict = HUB_DROP;
	hub->drops[d->drop]++;
}
