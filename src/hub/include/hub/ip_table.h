/*
 * ip_table: which port of which hub an IP address (4 or 6) was last seen on, behind which MAC,
 * and how it is known. For the policies CheckIP, CheckIPv6, DHCPForce, NoRouting, MaxIP,
 * MaxIPv6, for ARP inspection (security.md H-24, H-27), and for `show`. Per VLAN; one table for
 * all hubs of a worker, each worker its own copy. 65 536 addresses a hub.
 *
 * Not looked up for every frame: forward.h asks once a second for each address that a port
 * uses. As mac_table.h: no allocation but in _init and _tend, bounded steps, slices.
 */
#pragma once

#include "hub/headers.h"
#include "hub/table.h"

#define IP_LIFE_S        60  /* unseen */
#define IP_LEASED_LIFE_S 300 /* unseen, at least; and until the lease ends */

struct ip_table {
	struct table t;
};

/* How an address is known; the higher one stays when both are true. */
enum ip_known {
	IP_SEEN,     /* as a source */
	IP_LEASED,   /* a DHCP server gave it to this MAC on this port */
	IP_ASSIGNED, /* ours: a session's by IPCP, the virtual host's; for as long as it stands */
};

struct ip_claim {
	uint16_t hub, vlan;
	struct ipv6_addr addr; /* hub_ip4() for IPv4 */
	uint64_t mac;
	uint32_t port; /* not HUB_PORT_NONE */
	uint32_t max;  /* addresses of its family that the port may have, 0: any number */
	bool stay;     /* it may not be taken from another port (CheckIP, CheckIPv6) */
	enum ip_known how;
	uint32_t lease_s; /* IP_LEASED: how long */
};

enum ip_learned {
	IP_KNOWN,
	IP_NEW,
	IP_MOVED, /* it was on another port */
	/* the rest learned nothing */
	IP_NO_SOURCE,  /* unspecified, multicast, broadcast, 0/8, loopback: nobody's address */
	IP_TAKEN,      /* on another port, and claim.stay or leased there */
	IP_CONFLICT,   /* assigned to another port */
	IP_PORT_FULL,  /* claim.max */
	IP_HUB_FULL,   /* 65 536 */
	IP_TABLE_FULL, /* until the next ip_table_tend(), or until something ages */
	IP_N_LEARNED,
};

/* As mac_table_init(). */
bool ip_table_init(struct ip_table *t, uint32_t max, uint32_t hubs, uint64_t seed);
void ip_table_free(struct ip_table *t);

/* The port uses the address, has leased it, or is given it. A claim with IP_ASSIGNED takes the
 * address from whoever only used it; IP_CONFLICT when it is assigned elsewhere. */
enum ip_learned ip_table_claim(struct ip_table *t, const struct ip_claim *c, uint32_t now_s);

struct ip_row {
	struct ipv6_addr addr;
	uint64_t mac;
	uint32_t port;
	uint16_t vlan;
	enum ip_known how;
	uint32_t created_s, seen_s;
};

/* The living entry; false: none. */
bool ip_table_find(const struct ip_table *t, uint16_t hub, uint16_t vlan, struct ipv6_addr addr,
		   uint32_t now_s, struct ip_row *row);

/* Removes one (IpDelete, DHCPRELEASE, a session's end); false: there was none. */
bool ip_table_delete(struct ip_table *t, uint16_t hub, uint16_t vlan, struct ipv6_addr addr);

/* IPv4 or IPv6 addresses of a port. */
uint32_t ip_table_port_count(const struct ip_table *t, uint32_t port, bool ipv6);
uint32_t ip_table_hub_count(const struct ip_table *t, uint16_t hub);

/* As those of mac_table.h. */
bool ip_table_forget_port(struct ip_table *t, uint32_t port, uint32_t budget);
bool ip_table_forget_hub(struct ip_table *t, uint16_t hub, uint32_t *cursor, uint32_t budget);
void ip_table_tend(struct ip_table *t, uint32_t now_s, uint32_t budget);
bool ip_table_next(const struct ip_table *t, uint16_t hub, uint32_t *cursor, uint32_t budget,
		   uint32_t now_s, struct ip_row *row);

/* Can the address be a host's? Not: unspecified, multicast, loopback, 0/8, 240/4. */
bool hub_ip_is_host(struct ipv6_addr a);
