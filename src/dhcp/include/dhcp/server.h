/*
 * server: the DHCP server of a hub's SecureNAT (RFC 2131 section 4.3).
 *
 * Pure: frames in, actions out; the caller keeps the leases that it is told to keep. Every frame
 * comes with the port that it came by, which is what limits go by: a user may change the MAC
 * address, the client identifier and everything else, the port not (security.md H-26).
 *
 * Unlike SoftEther's: RELEASE frees an address at once, DECLINE keeps it back for a while, a
 * client is told by its client identifier when it sends one (RFC 2131 4.2, RFC 6842).
 * It is authoritative: a client that comes with an address of the range which nobody has gets it
 * (leases may have been lost), with any other a DHCPNAK.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/note.h"
#include "base/timerq.h"
#include "dhcp/dhcp.h"

#define DHCP_SERVER_RANGE_MAX  65536 /* addresses from first to last */
#define DHCP_SERVER_ROUTES_MAX 64
#define DHCP_SERVER_LEASE_MIN  15 /* seconds */
#define DHCP_SERVER_FRAME_MAX  1514
#define DHCP_CLIENT_ID_MAX     64 /* a client with a longer one is told by its MAC */
#define DHCP_HOST_NAME_MAX     63

/* A fixed address, of a user (any case) or of a MAC. It may lie in the range or outside. */
struct dhcp_static {
	const char *user; /* NULL: by mac */
	uint8_t mac[6];
	uint32_t ip;
};

/* SecureNAT's DhcpSet, and what goes with it. Addresses in host order. Copied. */
struct dhcp_server_config {
	uint8_t mac[6];       /* of the virtual host: our frames' source */
	uint32_t ip;          /* of the virtual host: server identifier */
	uint32_t first, last; /* /START /END */
	uint32_t mask;        /* /MASK */
	uint32_t lease_s;     /* /EXPIRE; DHCP_SERVER_LEASE_MIN to UINT32_MAX (for ever) */
	uint32_t gateway;     /* /GW; 0: none */
	uint32_t dns[2];      /* /DNS, /DNS2; 0: none */
	uint32_t wins[2];     /* 0: none */
	const char *domain;   /* /DOMAIN; NULL or "": none */
	const struct dhcp_route *routes; /* /PUSHROUTE, options 121 and 249 */
	size_t n_routes;
	const struct dhcp_static *statics;
	size_t n_statics;
	bool random_addresses; /* SecureNAT_RandomizeAssignIp */
	bool relays;           /* messages with giaddr are answered */
	uint32_t hold_ms;      /* an offer is held so long; 0: 5000 */
	uint32_t decline_s;    /* a declined address is kept back so long; 0: 3600 */
	/* Does another host than mac use ip (the hub's table of addresses, ARP)? Asked before an
	 * address is offered that no lease stands for. NULL: nobody knows. */
	bool (*in_use)(void *ctx, uint32_t ip, const uint8_t mac[6]);
	void *in_use_ctx;
	void (*random)(void *ctx, void *buf, size_t len);
	void *random_ctx;
	struct timerq *timers;
	/* Called when a lease ran out by a timer: ask dhcp_server_next() soon. May be NULL; must
	 * not call back. */
	void (*ready)(void *ctx);
	void *ready_ctx;
};

/* Is it a configuration? NULL, or what is wrong in words for the administrator (a constant). */
const char *dhcp_server_check(const struct dhcp_server_config *cfg);

/* Who sent a frame. */
struct dhcp_from {
	uint32_t port;       /* the hub's number of the port */
	const char *user;    /* of its session, for statics; NULL: none */
	uint32_t fixed_ip;   /* the user's note "IPv4:", before statics; 0: none */
	uint32_t leases_max; /* addresses that the port may hold: 1 for a PPP session; 0: 1 */
	bool ppp; /* a PPP session: without a gateway it is told a route to the segment */
};

enum dhcp_lease_state {
	DHCP_LEASE_OFFERED,
	DHCP_LEASE_BOUND,
	DHCP_LEASE_ENDED,    /* remembered, so that the client gets it again while it is free */
	DHCP_LEASE_DECLINED, /* somebody else uses it, the client says */
};

/* One row of DhcpTable. Times are of the clock of now_ms. */
struct dhcp_lease {
	uint32_t id; /* from 1, in the order of making */
	uint32_t ip;
	uint8_t mac[6];
	uint8_t state;
	uint8_t client_id_len; /* 0: told by mac */
	uint8_t client_id[DHCP_CLIENT_ID_MAX];
	uint32_t port;
	uint64_t leased_ms, ends_ms; /* ends_ms TIMER_NEVER: never */
	char host_name[DHCP_HOST_NAME_MAX + 1];
};

enum dhcp_server_act_kind {
	DHCP_SERVER_LEASE_SAVE, /* lease is bound: keep it under its ip, before the SEND behind */
	DHCP_SERVER_LEASE_DROP, /* the lease of lease->ip is over: keep it no more */
	DHCP_SERVER_SEND,       /* frame, for the port that asked */
	DHCP_SERVER_NOTE,
};

struct dhcp_server_act {
	enum dhcp_server_act_kind kind;
	struct dhcp_lease lease; /* LEASE_SAVE, LEASE_DROP */
	bool renewed;            /* LEASE_SAVE: it was bound before */
	uint32_t port;           /* SEND */
	uint8_t type;            /* SEND: enum dhcp_type */
	struct bytes frame;      /* SEND: valid until the next input */
	struct note note;
};

struct dhcp_server;

/* cfg must pass dhcp_server_check(). NULL: no memory, or it does not. */
struct dhcp_server *dhcp_server_new(const struct dhcp_server_config *cfg);
void dhcp_server_free(struct dhcp_server *s); /* NULL is harmless */

/* The new configuration, whole. Leases that it has no place for end (LEASE_DROP), their clients
 * hear it when they renew. False: it does not pass the check, or no memory; nothing changed. */
bool dhcp_server_reconfigure(struct dhcp_server *s, uint64_t now_ms,
			     const struct dhcp_server_config *cfg);

/* A lease that was saved: ip, mac, client_id, leased_ms, ends_ms and host_name count. False: it
 * is over, is not ours to give, or is there twice: drop it from the store. */
bool dhcp_server_restore(struct dhcp_server *s, uint64_t now_ms, const struct dhcp_lease *lease);

/* A frame for UDP port 67 that came by a port. At most one SEND follows: take all actions before
 * the next input, which else forgets it. Drops have no SEND. */
enum dhcp_drop dhcp_server_input(struct dhcp_server *s, uint64_t now_ms,
				 const struct dhcp_from *from, struct bytes frame);

/* The port is gone: its leases stay, held against no port. */
void dhcp_server_port_gone(struct dhcp_server *s, uint32_t port);

/* The oldest action; false: none. */
bool dhcp_server_next(struct dhcp_server *s, struct dhcp_server_act *act);

/* Up to max leases with ids above after_id, in the order of ids; returns how many. Remembered
 * ones (DHCP_LEASE_ENDED) are not among them. */
size_t dhcp_server_table(const struct dhcp_server *s, uint32_t after_id, struct dhcp_lease *out,
			 size_t max);

/* Ends the lease of ip, by the administrator. False: there is none. */
bool dhcp_server_delete(struct dhcp_server *s, uint64_t now_ms, uint32_t ip);

struct dhcp_server_stats {
	uint64_t in[DHCP_INFORM + 1]; /* by type; 0: others */
	uint64_t offers, acks, naks, informs;
	uint64_t expired, released, declined, conflicts;
	uint64_t drops[DHCP_N_ALL_DROPS];
	uint64_t acts_refused;                     /* replies that nobody took */
	uint32_t offered, bound, ended, kept_back; /* addresses now, by state */
	uint32_t range, free;                      /* of the range; never used or free again */
};
void dhcp_server_get_stats(const struct dhcp_server *s, struct dhcp_server_stats *out);
