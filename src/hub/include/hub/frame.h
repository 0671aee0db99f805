/*
 * frame: what the hub does with an Ethernet frame that came in by the way out
 * (TAP), and where a PPP port's packet goes. Pure: takes bytes, returns a
 * verdict; the neighbour table says who is where.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "hub/neigh.h"
#include "hub/port_mac.h"

enum frame_verdict {
	FRAME_TO_PORT,       /* IPv4 for the session's port `port` */
	FRAME_ARP_ANSWER,    /* an answer was built: ETH_HDR + ARP_LEN octets */
	FRAME_SHORT,         /* no Ethernet header */
	FRAME_GROUP,         /* broadcast or multicast: IP ports want none */
	FRAME_NOT_PORT,      /* unicast to a MAC that is no session's port of this hub */
	FRAME_NOT_IPV4,      /* unicast to a port, but neither IPv4 nor ARP */
	FRAME_ARP_MALFORMED, /* cut, or not Ethernet/IPv4 */
	FRAME_ARP_IGNORED,   /* not a request, or for an address that is not a port's */
};

#define FRAME_ANSWER_LEN 42

/* Judges the frame (len octets) that came in on hub. port is set for FRAME_TO_PORT,
 * answer (FRAME_ANSWER_LEN octets) is written for FRAME_ARP_ANSWER. */
enum frame_verdict frame_judge(const struct neigh *t, uint16_t hub, const uint8_t *frame,
			       size_t len, struct port_mac *port, uint8_t *answer);

/* What a PPP port is allowed and where its packets go. */
struct port_ip {
	uint16_t hub;
	uint32_t ip;    /* assigned, host order */
	uint8_t prefix; /* 0 to 32, of the net that it is on */
};

/* H-25: the only source is the assigned address. */
static inline int port_source_ok(const struct port_ip *p, uint32_t src)
{
	return src == p->ip;
}

/* The next hop's MAC for a packet to dst: a known neighbour on the port's own net,
 * else gateway_mac (the host on the TAP). */
const uint8_t *port_next_hop(const struct neigh *t, const struct port_ip *p, uint32_t dst,
			     const uint8_t *gateway_mac);
