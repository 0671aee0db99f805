/*
 * guards: what a port may not send whatever its policies say (security.md H-24 to H-27).
 *
 * A session (a PPP link made an Ethernet port) sends from the MAC and the addresses that we
 * gave it, and is no DHCP server, relay or router. A port that speaks Ethernet (EtherIP,
 * L2TPv3) has hosts behind it, which may be more or less anything, but say their own MAC in
 * ARP, Neighbor Discovery and DHCP. A way out is trusted.
 */
#pragma once

#include "hub/drops.h"
#include "hub/headers.h"

#define GUARD_DISCOVERS_SESSION  2 /* DHCPDISCOVER a second */
#define GUARD_DISCOVERS_ETHERNET 50

/* What a session was assigned. */
struct hub_assigned {
	uint64_t mac;
	uint32_t ip;     /* IPv4, host order; 0: none */
	uint64_t prefix; /* its /64, upper half; 0: none */
	uint64_t iid;    /* its link-local interface identifier; 0: no IPv6 */
};

/* State of a port; all zero is a fresh one. */
struct hub_guard {
	uint32_t second;
	uint32_t discovers; /* in it */
};

/* H-25, H-27: a session's frame. */
enum hub_drop guard_session(const struct hub_assigned *a, const struct hub_headers *h);

/* H-27: a frame of a host behind an Ethernet port. */
enum hub_drop guard_ethernet(const struct hub_headers *h);

/* H-26: may one more frame with a DHCPDISCOVER (or with DHCP of a client that cannot be read)
 * pass? max: how many a second. */
enum hub_drop guard_dhcp_rate(struct hub_guard *g, const struct hub_headers *h, uint32_t max,
			      uint64_t now_ms);
