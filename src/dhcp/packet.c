/*
 * packet: DHCP's envelopes.
 *
 * RFC 2131 section 4.1 (UDP ports), RFC 768, RFC 894. Called by inform, client, server and
 * guard. Knows nothing of the message.
 */
#include "dhcp/packet.h"

#include <string.h>

#include "wire/checksum.h"
#include "wire/eth.h"
#include "wire/ipv4.h"
#include "wire/udp.h"

#define TTL 64

/* RFC 768: 0 means that the sender made none. */
static bool udp_sum_ok(const uint8_t *ip, const uint8_t *udp, size_t len)
{
	uint64_t sum = checksum_pseudo4(ip, IPV4_UDP, (uint32_t)len);

	return be16(udp + UDP_CHECKSUM) == 0 ||
	       checksum_fold(checksum_add(sum, udp, len)) == UINT16_MAX;
}

enum dhcp_drop dhcp_open_packet(struct bytes packet, uint16_t dst_port, struct dhcp_envelope *e,
				struct bytes *payload)
{
	struct ipv4 ip;
	struct udp udp;
	const uint8_t *at;

	if (ipv4_parse(packet.p, packet.len, true, &ip) != IPV4_OK)
		return DHCP_DROP_IP;
	if (ipv4_is_fragment(&ip))
		return DHCP_DROP_FRAGMENT;
	at = packet.p + ip.hdr_len;
	if (ip.proto != IPV4_UDP || !udp_parse(at, (size_t)ip.total_len - ip.hdr_len, &udp) ||
	    udp.dst_port != dst_port)
		return DHCP_DROP_UDP;
	if (!udp_sum_ok(packet.p, at, udp.len))
		return DHCP_DROP_CHECKSUM;
	e->src_ip = ip.src;
	e->dst_ip = ip.dst;
	e->src_port = udp.src_port;
	e->dst_port = udp.dst_port;
	*payload = (struct bytes){at + UDP_HDR, udp.len - (size_t)UDP_HDR};
	return DHCP_DROP_NONE;
}

enum dhcp_drop dhcp_open_frame(struct bytes frame, uint16_t dst_port, struct dhcp_envelope *e,
			       struct bytes *payload)
{
	struct eth eth;

	if (!eth_parse(frame.p, frame.len, &eth) || eth.type != ETH_TYPE_IPV4 ||
	    eth_is_group(eth.src))
		return DHCP_DROP_FRAME;
	memcpy(e->dst_mac, eth.dst, ETH_ADDR);
	memcpy(e->src_mac, eth.src, ETH_ADDR);
	return dhcp_open_packet((struct bytes){frame.p + ETH_HDR, frame.len - ETH_HDR}, dst_port, e,
				payload);
}

void dhcp_seal_packet(uint8_t *p, size_t message_len, const struct dhcp_envelope *e)
{
	uint16_t udp_len = (uint16_t)(UDP_HDR + message_len);
	uint8_t *udp = p + IPV4_HDR;
	uint64_t sum;

	ipv4_put(p, (uint16_t)(IPV4_HDR + udp_len), TTL, IPV4_UDP, e->src_ip, e->dst_ip);
	udp_put(udp, e->src_port, e->dst_port, udp_len);
	sum = checksum_pseudo4(p, IPV4_UDP, udp_len);
	checksum_store(udp + UDP_CHECKSUM, checksum_add(sum, udp, udp_len));
	if (be16(udp + UDP_CHECKSUM) == 0)
		put_be16(udp + UDP_CHECKSUM, UINT16_MAX);
}

void dhcp_seal_frame(uint8_t *p, size_t message_len, const struct dhcp_envelope *e)
{
	eth_put(p, e->dst_mac, e->src_mac, ETH_TYPE_IPV4);
	dhcp_seal_packet(p + ETH_HDR, message_len, e);
}
