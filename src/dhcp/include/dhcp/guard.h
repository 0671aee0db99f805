/*
 * guard: what DHCP messages may pass a port of a hub (security.md H-26 to H-28; SoftEther's
 * DHCPFilter, DHCPNoServer).
 *
 * Pure and without memory: one frame, one verdict. A frame that is no DHCP passes.
 */
#pragma once

#include "dhcp/dhcp.h"

struct dhcp_guard {
	bool may_serve;     /* a server or its bridge stands behind the port */
	bool may_relay;     /* a relay does: giaddr may be set, chaddr is another's */
	bool no_dhcp;       /* nothing of DHCP passes */
	const uint8_t *mac; /* the port's only MAC address (PPP session), or NULL */
};

/* A frame that came in by the port, without VLAN tag. DHCP_DROP_NONE: it passes. Else FROM_USER
 * (a server's message), RELAYED, CHADDR (hardware address: not the sender's, or not the port's),
 * FRAGMENT (a first fragment to a DHCP port: it would hide the rest), TYPE (no_dhcp), or what
 * dhcp_parse() says. */
enum dhcp_drop dhcp_guard(const struct dhcp_guard *g, struct bytes frame);
