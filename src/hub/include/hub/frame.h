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
	FRAME_TO_PORT,       /* IPv4 or IPv6 for the session's port `port` */
	FRAME_ARP_ANSWER,    /* an answer was built: FRAME_ARP_ANSWER_LEN octets */
	FRAME_ND_ANSWER,     /* the same: FRAME_ND_ANSWER_LEN octets */
	FRAME_SHORT,         /* no Ethernet header */
	FRAME_GROUP,         /* broadcast or multicast: IP ports want none */
	FRAME_NOT_PORT,      /* unicast to a MAC that is no session's port */
	FRAME_NOT_IP,        /* unicast to a port, but neither IPv4, IPv6 nor ARP */
	FRAME_ARP_MALFORMED, /* cut, or not Ethernet/IPv4 */
	FRAME_ARP_IGNORED,   /* not a request, or for an address that is not a port's */
	FRAME_IPV6_SHORT,    /* to the hub's MAC, but no whole IPv6 packet */
	FRAME_IPV6_NOBODY,   /* for an IPv6 address that no session has */
	FRAME_ND_MALFORMED,  /* Neighbor Discovery that RFC 4861 says to drop */
	FRAME_ND_IGNORED,    /* not a solicitation, or for nobody's address */
};

#define FRAME_ARP_ANSWER_LEN 42
#define FRAME_ND_ANSWER_LEN  86
#define FRAME_ANSWER_MAX     86

/* The hub's own address on its segment, fe80::2: next hop of the host's route to the
 * sessions' prefixes. It answers for it while the neighbour table has fe80::/64. */
#define HUB_IPV6_IID 2

/* Judges the frame (len octets) that came in on hub. port is set for FRAME_TO_PORT,
 * answer (FRAME_ANSWER_MAX octets) is written for FRAME_ARP_ANSWER and FRAME_ND_ANSWER. */
enum frame_verdict frame_judge(const struct neigh *t, uint16_t hub, const uint8_t *frame,
			       size_t len, struct port_mac *port, uint8_t *answer);

/* What a PPP port is allowed and where its packets go. */
struct port_ip {
	uint16_t hub;
	uint32_t ip;    /* assigned, host order */
	uint8_t prefix; /* 0 to 32, of the net that it is on */
};

/* The same for IPv6. The session has a /64 of its own (RFC 8273), in which its system may
 * take as many addresses as it likes, and one link-local address (RFC 5072 section 5). */
struct port_ip6 {
	bool on;
	uint64_t prefix;               /* upper half of its addresses */
	uint64_t peer_iid, router_iid; /* of the link's two ends */
};

/* H-25: the only source is the assigned address. */
static inline int port_source_ok(const struct port_ip *p, uint32_t src)
{
	return src == p->ip;
}

/* The host part of the port's net, as a mask. */
static inline uint32_t port_host_bits(const struct port_ip *p)
{
	return p->prefix < 32 ? UINT32_MAX >> p->prefix : 0;
}

/* Is dst on the port's own net? */
static inline bool port_is_on_net(const struct port_ip *p, uint32_t dst)
{
	return ((dst ^ p->ip) & ~port_host_bits(p)) == 0;
}

/* The next hop's MAC for a packet to dst: a known neighbour on the port's own net,
 * else gateway_mac (the host on the TAP). */
const uint8_t *port_next_hop(const struct neigh *t, const struct port_ip *p, uint32_t dst,
			     const uint8_t *gateway_mac);
