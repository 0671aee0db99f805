/*
 * guard: judges DHCP frames that users send into a hub.
 *
 * RFC 2131 (who sends what to which port); security.md H-26 to H-28, H-24. Called by the data
 * plane's punt path for frames that hub/headers.h has found to be DHCP. Keeps nothing.
 */
#include "dhcp/guard.h"

#include <string.h>

#include "dhcp/packet.h"
#include "wire/eth.h"
#include "wire/ipv4.h"
#include "wire/udp.h"

enum direction { NO_DHCP, TO_SERVER, TO_CLIENT };

/* By the destination port; a later fragment has none. */
static enum direction direction_of(struct bytes packet)
{
	struct ipv4 ip;
	uint16_t port;

	if (ipv4_parse(packet.p, packet.len, false, &ip) != IPV4_OK || ip.proto != IPV4_UDP ||
	    ip.frag & IPV4_FRAG_OFFSET || ip.total_len < ip.hdr_len + UDP_HDR)
		return NO_DHCP;
	port = be16(packet.p + ip.hdr_len + 2);
	return port == DHCP_SERVER_PORT   ? TO_SERVER
	       : port == DHCP_CLIENT_PORT ? TO_CLIENT
					  : NO_DHCP;
}

static enum dhcp_drop judge_request(const struct dhcp_guard *g, const struct dhcp_envelope *e,
				    const struct dhcp_header *h)
{
	if (h->op != DHCP_BOOTREQUEST)
		return g->may_serve ? DHCP_DROP_NONE : DHCP_DROP_FROM_USER;
	if (h->giaddr || h->hops)
		return g->may_relay ? DHCP_DROP_NONE : DHCP_DROP_RELAYED;
	if (h->htype != DHCP_HTYPE_ETH || h->hlen != ETH_ADDR ||
	    memcmp(h->chaddr, e->src_mac, ETH_ADDR) != 0)
		return DHCP_DROP_CHADDR;
	if (g->mac && memcmp(h->chaddr, g->mac, ETH_ADDR) != 0)
		return DHCP_DROP_CHADDR;
	return DHCP_DROP_NONE;
}

enum dhcp_drop dhcp_guard(const struct dhcp_guard *g, struct bytes frame)
{
	struct bytes payload, packet;
	struct dhcp_envelope e;
	struct dhcp_message m;
	enum direction to;
	enum dhcp_drop why;
	struct eth eth;

	if (!eth_parse(frame.p, frame.len, &eth) || eth.type != ETH_TYPE_IPV4)
		return DHCP_DROP_NONE;
	packet = (struct bytes){frame.p + ETH_HDR, frame.len - ETH_HDR};
	to = direction_of(packet);
	if (to == NO_DHCP)
		return DHCP_DROP_NONE;
	if (g->no_dhcp)
		return DHCP_DROP_TYPE;
	if (to == TO_CLIENT)
		return g->may_serve ? DHCP_DROP_NONE : DHCP_DROP_FROM_USER;
	why = dhcp_open_frame(frame, DHCP_SERVER_PORT, &e, &payload);
	if (why == DHCP_DROP_NONE)
		why = dhcp_parse(payload, &m);
	return why == DHCP_DROP_NONE ? judge_request(g, &e, &m.head) : why;
}
