/*
 * port_mac: the MAC address of a session's port names its owner, so that a
 * frame's destination needs no table: 5a, machine, worker, slot (24 bits). The machine keeps
 * two servers on one LAN apart. Bit 1 of the first octet is set: locally administered.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define PORT_MAC_FIRST 0x5a
#define HUB_MAC_FIRST  0x5e /* the hub's own: as the router to its IPv6 sessions */
#define PORT_MAC_SLOTS (UINT32_C(1) << 24)

struct port_mac {
	uint8_t machine, worker;
	uint32_t slot; /* below PORT_MAC_SLOTS */
};

static inline void port_mac_put(uint8_t mac[6], struct port_mac m)
{
	mac[0] = PORT_MAC_FIRST;
	mac[1] = m.machine;
	mac[2] = m.worker;
	mac[3] = (uint8_t)(m.slot >> 16);
	mac[4] = (uint8_t)(m.slot >> 8);
	mac[5] = (uint8_t)m.slot;
}

/* False: not the MAC of a session's port. */
static inline bool port_mac_parse(const uint8_t mac[6], struct port_mac *out)
{
	out->machine = mac[1];
	out->worker = mac[2];
	out->slot = (uint32_t)mac[3] << 16 | (uint32_t)mac[4] << 8 | mac[5];
	return mac[0] == PORT_MAC_FIRST;
}

/* The MAC that the host on the TAP sends IPv6 for sessions to. */
static inline void hub_mac_put(uint8_t mac[6], uint8_t hub)
{
	mac[0] = HUB_MAC_FIRST;
	mac[1] = hub;
	mac[2] = mac[3] = mac[4] = 0;
	mac[5] = 1;
}

static inline bool hub_mac_is(const uint8_t mac[6], uint8_t hub)
{
	return mac[0] == HUB_MAC_FIRST && mac[1] == hub && (mac[2] | mac[3] | mac[4]) == 0 &&
	       mac[5] == 1;
}
