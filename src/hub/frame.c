/*
 * frame: forwarding decisions of a hub with IP ports: ARP and Neighbor
 * Solicitations answered from the neighbour table (RFC 826, RFC 4861 section 7.2.4),
 * unicast by port MAC, IPv6 to the hub's MAC by its destination's /64, groups not
 * flooded (H-27, H-28). Called by dataplane's switch. Never learns from a frame.
 */
#include "hub/frame.h"

#include "wire/arp.h"
#include "wire/eth.h"
#include "wire/ipv6.h"
#include "wire/nd.h"

#define REDIRECT 137 /* RFC 4861 section 4.5 */

static void build_answer(uint8_t *answer, const struct arp *request, const uint8_t *mac)
{
	struct wr w = wr_of(answer + ETH_HDR, ARP_LEN);
	struct arp reply = {
		.op = ARP_REPLY,
		.sender_ip = request->target_ip,
		.target_ip = request->sender_ip,
	};

	memcpy(reply.sender_mac, mac, ETH_ADDR);
	memcpy(reply.target_mac, request->sender_mac, ETH_ADDR);
	eth_put(answer, request->sender_mac, mac, ETH_TYPE_ARP);
	arp_build(&w, &reply);
}

static enum frame_verdict judge_arp(const struct neigh *t, uint16_t hub, const uint8_t *frame,
				    size_t len, uint8_t *answer)
{
	struct rd r = rd_of(frame + ETH_HDR, len - ETH_HDR);
	struct arp request;
	struct port_mac port;
	const uint8_t *mac;

	if (!arp_parse(&r, &request))
		return FRAME_ARP_MALFORMED;
	if (request.op != ARP_REQUEST || request.sender_ip == request.target_ip ||
	    eth_is_group(request.sender_mac))
		return FRAME_ARP_IGNORED;
	mac = neigh_find(t, hub, request.target_ip);
	if (!mac || !port_mac_parse(mac, &port)) /* a real host answers for itself */
		return FRAME_ARP_IGNORED;
	build_answer(answer, &request, mac);
	return FRAME_ARP_ANSWER;
}

/* For a session's address the hub answers as the router to it; a host that has these
 * prefixes on its link is served like one that has a route. */
static bool answers_for(const struct neigh *t, uint16_t hub, struct ipv6_addr target)
{
	return neigh_find6(t, hub, target.prefix) &&
	       (target.prefix != IPV6_LINK_PREFIX || target.iid == HUB_IPV6_IID);
}

static enum frame_verdict judge_nd(const struct neigh *t, uint16_t hub, const uint8_t *frame,
				   size_t len, uint8_t *answer)
{
	const uint8_t *src = frame + ETH_ADDR;
	struct wr w = wr_of(answer + ETH_HDR, FRAME_ND_ANSWER_LEN - ETH_HDR);
	enum nd_fault fault;
	uint8_t mac[ETH_ADDR];
	struct nd nd;

	fault = nd_parse(frame + ETH_HDR, len - ETH_HDR, &nd);
	if (fault == ND_OTHER)
		return FRAME_GROUP;
	if (fault != ND_OK)
		return FRAME_ND_MALFORMED;
	if (nd.type != ND_NEIGHBOR_SOLICITATION || ipv6_is_unspecified(nd.src) ||
	    eth_is_group(src) || !answers_for(t, hub, nd.target))
		return FRAME_ND_IGNORED;
	hub_mac_put(mac, (uint8_t)hub);
	eth_put(answer, src, mac, ETH_TYPE_IPV6);
	nd_put_na(&w, &nd, true, mac);
	return FRAME_ND_ANSWER;
}

/* IPv6 to the hub's MAC: the host's route to the sessions ends here. */
static enum frame_verdict judge_routed(const struct neigh *t, uint16_t hub, const uint8_t *frame,
				       size_t len, struct port_mac *port, uint8_t *answer)
{
	struct ipv6 ip;
	const uint8_t *mac;

	if (ipv6_parse(frame + ETH_HDR, len - ETH_HDR, &ip) != IPV6_OK)
		return FRAME_IPV6_SHORT;
	if (ipv6_is_link_local(ip.dst) || ipv6_is_multicast(ip.dst) ||
	    nd_looks_like(frame + ETH_HDR, len - ETH_HDR))
		return judge_nd(t, hub, frame, len, answer);
	/* the host sends one to a session that asks it for an address of no session */
	if (ip.proto == IPV6_ICMP && frame[ETH_HDR + IPV6_HDR] == REDIRECT)
		return FRAME_ND_IGNORED;
	mac = neigh_find6(t, hub, ip.dst.prefix);
	return mac && port_mac_parse(mac, port) ? FRAME_TO_PORT : FRAME_IPV6_NOBODY;
}

enum frame_verdict frame_judge(const struct neigh *t, uint16_t hub, const uint8_t *frame,
			       size_t len, struct port_mac *port, uint8_t *answer)
{
	struct eth eth;

	if (!eth_parse(frame, len, &eth))
		return FRAME_SHORT;
	if (eth.type == ETH_TYPE_ARP)
		return judge_arp(t, hub, frame, len, answer);
	if (eth_is_group(eth.dst))
		return eth.type == ETH_TYPE_IPV6 ? judge_nd(t, hub, frame, len, answer)
						 : FRAME_GROUP;
	if (port_mac_parse(eth.dst, port))
		return eth.type == ETH_TYPE_IPV4 || eth.type == ETH_TYPE_IPV6 ? FRAME_TO_PORT
									      : FRAME_NOT_IP;
	if (eth.type == ETH_TYPE_IPV6 && hub_mac_is(eth.dst, (uint8_t)hub))
		return judge_routed(t, hub, frame, len, port, answer);
	return FRAME_NOT_PORT;
}

const uint8_t *port_next_hop(const struct neigh *t, const struct port_ip *p, uint32_t dst,
			     const uint8_t *gateway_mac)
{
	const uint8_t *mac;

	if (!port_is_on_net(p, dst))
		return gateway_mac;
	mac = neigh_find(t, p->hub, dst);
	return mac ? mac : gateway_mac;
}
