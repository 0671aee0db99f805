/*
 * frame: forwarding decisions of a hub with IP ports: ARP proxied from the
 * neighbour table (RFC 826), unicast by port MAC, groups not flooded (H-27,
 * H-28). Called by dataplane's switch. Never learns from a frame.
 */
#include "hub/frame.h"

#include "wire/arp.h"
#include "wire/eth.h"

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

enum frame_verdict frame_judge(const struct neigh *t, uint16_t hub, const uint8_t *frame,
			       size_t len, struct port_mac *port, uint8_t *answer)
{
	struct eth eth;

	if (!eth_parse(frame, len, &eth))
		return FRAME_SHORT;
	if (eth.type == ETH_TYPE_ARP)
		return judge_arp(t, hub, frame, len, answer);
	if (eth_is_group(eth.dst))
		return FRAME_GROUP;
	if (!port_mac_parse(eth.dst, port) || port->hub != hub)
		return FRAME_NOT_PORT;
	return eth.type == ETH_TYPE_IPV4 ? FRAME_TO_PORT : FRAME_NOT_IPV4;
}

const uint8_t *port_next_hop(const struct neigh *t, const struct port_ip *p, uint32_t dst,
			     const uint8_t *gateway_mac)
{
	uint32_t mask = p->prefix ? UINT32_MAX << (32 - p->prefix) : 0;
	const uint8_t *mac;

	if ((dst ^ p->ip) & mask)
		return gateway_mac;
	mac = neigh_find(t, p->hub, dst);
	return mac ? mac : gateway_mac;
}
