/*
 * policy: the security policies of users and groups (SoftEther's 38, softether.md 2.1): one
 * table row each, with range, default, who carries it out here and, where nobody can, why. The
 * configuration, vpncmd and the hub read the same rows.
 *
 * Policies that look at one frame alone are carried out by hub_policy_judge(); those that need
 * a table, a rate or a second port by forward.h (which says how); those of the session's life
 * by core.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "hub/drops.h"
#include "hub/headers.h"

/* In SoftEther's order: its numbers in lists and configurations. */
enum hub_policy_id {
	POLICY_ACCESS,
	POLICY_DHCP_FILTER,
	POLICY_DHCP_NO_SERVER,
	POLICY_DHCP_FORCE,
	POLICY_NO_BRIDGE,
	POLICY_NO_ROUTING,
	POLICY_CHECK_MAC,
	POLICY_CHECK_IP,
	POLICY_ARP_DHCP_ONLY,
	POLICY_PRIVACY_FILTER,
	POLICY_NO_SERVER,
	POLICY_NO_BROADCAST_LIMITER,
	POLICY_MONITOR_PORT,
	POLICY_MAX_CONNECTION,
	POLICY_TIMEOUT,
	POLICY_MAX_MAC,
	POLICY_MAX_IP,
	POLICY_MAX_UPLOAD,
	POLICY_MAX_DOWNLOAD,
	POLICY_FIX_PASSWORD,
	POLICY_MULTI_LOGINS,
	POLICY_NO_QOS,
	POLICY_RS_RA_FILTER,
	POLICY_RA_FILTER,
	POLICY_DHCPV6_FILTER,
	POLICY_DHCPV6_NO_SERVER,
	POLICY_NO_ROUTING_V6,
	POLICY_CHECK_IPV6,
	POLICY_NO_SERVER_V6,
	POLICY_MAX_IPV6,
	POLICY_NO_SAVE_PASSWORD,
	POLICY_AUTO_DISCONNECT,
	POLICY_FILTER_IPV4,
	POLICY_FILTER_IPV6,
	POLICY_FILTER_NON_IP,
	POLICY_NO_DEFAULT_ROUTER_IN_RA,
	POLICY_NO_DEFAULT_ROUTER_IN_RA_WHEN_IPV6,
	POLICY_VLAN_ID,
	POLICY_N
};

enum hub_policy_kind { POLICY_BOOL, POLICY_NUMBER };

/* Who carries it out. */
enum hub_policy_by {
	POLICY_BY_FRAME,   /* hub_policy_judge() */
	POLICY_BY_PORT,    /* hub_forward() and hub_deliver() */
	POLICY_BY_SESSION, /* core: log-in and the life of the session */
	POLICY_BY_NOBODY,  /* setting it is refused: row.refused says why */
};

enum hub_policy_ports {
	POLICY_ON_SESSIONS = 1, /* L2TP: ports that speak IP */
	POLICY_ON_ETHERNET = 2, /* EtherIP and L2TPv3 */
	POLICY_ON_BOTH = 3,
};

struct hub_policy_row {
	const char *name; /* SoftEther's spelling; case does not matter */
	enum hub_policy_kind kind;
	uint32_t min, max; /* of a number */
	bool zero_is_none; /* 0 is allowed, too: no limit */
	uint32_t standard; /* the default */
	const char *unit;  /* of a number, or "" */
	enum hub_policy_by by;
	enum hub_policy_ports ports; /* where it says something */
	const char *text;            /* what it does here */
	const char *refused;         /* why it cannot be set to other than its default, or NULL */
};

/* NULL when id is out of range. */
const struct hub_policy_row *hub_policy_row(unsigned id);

/* The id (0 to POLICY_N - 1) of a name in any case, or -1. */
int hub_policy_find(const char *name);

enum hub_policy_fault {
	POLICY_OK,
	POLICY_NO_SUCH, /* id */
	POLICY_RANGE,   /* not 0 or 1, or outside of min and max */
	POLICY_REFUSED, /* row.refused */
};
enum hub_policy_fault hub_policy_check(unsigned id, uint32_t value);

/* The values of all, by id. A user's own, else the group's, else the default (whole sets). */
struct hub_policy {
	uint32_t value[POLICY_N];
};
void hub_policy_standard(struct hub_policy *p);

/* What a port wants to know for each frame: one bit for each policy that is not 0. */
static inline uint64_t hub_policy_bit(enum hub_policy_id id)
{
	return UINT64_C(1) << id;
}
uint64_t hub_policy_bits(const struct hub_policy *p);

enum hub_way {
	HUB_IN = 1, /* from the port's user into the hub */
	HUB_OUT = 2 /* to the port's user */
};

/* The policies that look at one frame alone. Costs nothing where none is set. */
enum hub_drop hub_policy_judge(uint64_t bits, enum hub_way way, const struct hub_headers *h);
