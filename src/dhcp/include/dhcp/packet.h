/*
 * packet: DHCP messages in their envelopes: UDP over IPv4 (RFC 2131 section 4.1), alone or
 * in an Ethernet frame.
 */
#pragma once

#include "dhcp/dhcp.h"

#define DHCP_ETH_HDR      14
#define DHCP_IP_HDRS      28 /* IPv4 and UDP headers */
#define DHCP_FRAME_HDRS   42 /* with the Ethernet header */
#define DHCP_BROADCAST_IP UINT32_MAX

/* A message that was taken out, or is put into, its envelope. Addresses in host order. */
struct dhcp_envelope {
	uint8_t dst_mac[6], src_mac[6]; /* frames only */
	uint32_t src_ip, dst_ip;
	uint16_t src_port, dst_port;
};

/* Opens an IPv4 packet for UDP port dst_port: DHCP_DROP_NONE, IP, FRAGMENT, UDP or CHECKSUM.
 * Both sums are checked. The payload lies in the packet. */
enum dhcp_drop dhcp_open_packet(struct bytes ip_packet, uint16_t dst_port, struct dhcp_envelope *e,
				struct bytes *payload);

/* The same of an Ethernet frame without a VLAN tag; also DHCP_DROP_FRAME. */
enum dhcp_drop dhcp_open_frame(struct bytes frame, uint16_t dst_port, struct dhcp_envelope *e,
			       struct bytes *payload);

/* Writes the DHCP_IP_HDRS octets at p, in front of a message of message_len octets (at most
 * 65507), and the checksums. */
void dhcp_seal_packet(uint8_t *p, size_t message_len, const struct dhcp_envelope *e);

/* Writes the DHCP_FRAME_HDRS octets at p, in front of such a message. */
void dhcp_seal_frame(uint8_t *p, size_t message_len, const struct dhcp_envelope *e);
