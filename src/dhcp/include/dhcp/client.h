/*
 * client: a DHCP client for one port of a hub (RFC 2131 sections 3 and 4.4).
 *
 * One struct dhcp_client for each PPP session that takes its address from the segment. Pure:
 * takes (now, event, frame), queues actions. What it is told is believed only when the message
 * answers what it asked: xid, hardware address, server identifier and ports (security.md row
 * 157); DHCPFORCERENEW is not known to it.
 *
 * Three wishes: any address (with a preferred one or none); one address, by lease and no other
 * (a client that asks IPCP for it, where policy says that addresses are leased only); one
 * address without a lease, by DHCPINFORM, which must be answered with a subnet mask.
 *
 * Left out: INIT-REBOOT (a session has no memory), the random wait of 4.4.1 before the first
 * DISCOVER (a dialling user waits, and sessions do not start together).
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/note.h"
#include "base/timerq.h"
#include "dhcp/dhcp.h"

#define DHCP_CLIENT_FRAME_MAX 640 /* longest frame that a client sends */
#define DHCP_CLIENT_ROUTES    64  /* more are left out */
#define DHCP_CLIENT_NAME_MAX  63  /* host name, client id, vendor and user class, octets */
#define DHCP_DOMAIN_MAX       255
#define DHCP_LEASE_MIN_S      5 /* a shorter lease is none */

enum dhcp_want {
	DHCP_WANT_ANY,    /* wanted_ip, when set, is asked for (option 50), another is taken too */
	DHCP_WANT_LEASED, /* wanted_ip by lease, or nothing */
	DHCP_WANT_INFORM, /* wanted_ip without a lease: DHCPINFORM */
};

/* Copied by dhcp_client_new(). Text and ids longer than DHCP_CLIENT_NAME_MAX are cut. */
struct dhcp_client_config {
	uint8_t mac[6];
	const char *host_name;    /* option 12: the user, '-' for what no name has; NULL: none */
	struct bytes client_id;   /* option 61, type octet first; empty: 1 and the MAC */
	const char *vendor_class; /* option 60; NULL or "": none */
	const char *user_class;   /* option 77 (RFC 3004); NULL or "": none */
	enum dhcp_want want;
	uint32_t wanted_ip; /* host order; 0 or no host's: none */
	bool probe;         /* PROBE comes before an address is used */
	bool broadcast;     /* servers are asked to answer by broadcast */
	bool no_routes;     /* 121 and 249 are not asked, and not read */
	/* 0 takes the value in brackets. */
	uint32_t resend_ms;       /* first resend (4000), doubled each time up to 64 s */
	uint32_t setup_ms;        /* from start to LEASE, or LOST (20 000) */
	uint32_t decline_wait_ms; /* from a DECLINE to the next DISCOVER (10 000) */
	void (*random)(void *ctx, void *buf, size_t len);
	void *random_ctx;
	struct timerq *timers;
	/* Called when an action was queued, also by a timer: ask dhcp_client_next() soon. May be
	 * NULL; must not call back into the client. */
	void (*ready)(void *ctx);
	void *ready_ctx;
};

/* What was leased, or told by an INFORM's answer. Addresses in host order, 0: none. */
struct dhcp_result {
	uint32_t ip, mask; /* mask is contiguous; that of the class when the server said none */
	uint8_t prefix;    /* 1 to 32 */
	uint32_t router;   /* default router: of the classless routes when there are some (RFC
			    * 3442: then option 3 is not looked at), else of option 3 */
	uint32_t dns[2], wins[2];
	uint32_t server;       /* server identifier */
	uint8_t server_mac[6]; /* who sent the answer: the server, or the router before it */
	bool leased;           /* false: by DHCPINFORM, without end */
	uint32_t lease_s, t1_s, t2_s;
	uint64_t ends_ms;    /* TIMER_NEVER: never */
	uint8_t routes_from; /* 121, 249 or 0 */
	uint8_t n_routes;
	struct dhcp_route routes[DHCP_CLIENT_ROUTES]; /* as sent, the default route among them */
	char domain[DHCP_DOMAIN_MAX + 1];             /* "" when none, or not a name */
};

enum dhcp_client_act_kind {
	DHCP_CLIENT_SEND,  /* frame: a whole Ethernet frame from our MAC */
	DHCP_CLIENT_PROBE, /* ask by ARP (RFC 5227) who has ip; then dhcp_client_probed() */
	DHCP_CLIENT_LEASE, /* result: the address may be used */
	/* result: a renewal brought other values (dns, routes ...; never another address) or a
	 * new end: only for show when changed is false. */
	DHCP_CLIENT_RENEWED,
	DHCP_CLIENT_LOST, /* the client is idle again; after LEASE the address is gone at once */
	DHCP_CLIENT_NOTE,
};

/*
 * Reasons of LOST: "dhcp-no-server" (nobody offers anything), "dhcp-other-address" (the wanted
 * one was not offered), "dhcp-no-answer" (a server offered, then was silent), "dhcp-refused"
 * (DHCPNAK), "dhcp-address-taken" (the probe, or a conflict later), "dhcp-probe-silent" (no
 * dhcp_client_probed() in time), "dhcp-expired" (no server renewed), "dhcp-inform-silent".
 */
struct dhcp_client_act {
	enum dhcp_client_act_kind kind;
	struct bytes frame;               /* SEND: in the caller's buffer */
	uint32_t ip;                      /* PROBE */
	bool changed;                     /* RENEWED */
	const struct dhcp_result *result; /* LEASE, RENEWED; valid until the next input */
	const char *reason;               /* LOST: a string constant */
	struct note note;                 /* NOTE */
};

struct dhcp_client;

/* NULL: no memory, or a wanted_ip that no host can have where one is needed. Starts nothing. */
struct dhcp_client *dhcp_client_new(const struct dhcp_client_config *cfg);
void dhcp_client_free(struct dhcp_client *c); /* sends nothing; NULL is harmless */

/* Begins. Harmless when it runs already. */
void dhcp_client_start(struct dhcp_client *c, uint64_t now_ms);

/* A frame for UDP port 68 that the port received. Anything else is dropped by its reason, too. */
enum dhcp_drop dhcp_client_input(struct dhcp_client *c, uint64_t now_ms, struct bytes frame);

/* The answer to PROBE. taken may be told later too, when somebody else is seen with the address:
 * DHCPDECLINE, and LOST. */
void dhcp_client_probed(struct dhcp_client *c, uint64_t now_ms, bool taken);

/* The session ends: DHCPRELEASE when there is a lease; no LOST. */
void dhcp_client_stop(struct dhcp_client *c, uint64_t now_ms);

/* The oldest action. False: none. frame: room for DHCP_CLIENT_FRAME_MAX octets. */
bool dhcp_client_next(struct dhcp_client *c, struct dhcp_client_act *act, uint8_t *frame);

/* "selecting" and so on, and what is leased (NULL: nothing), for show. */
const char *dhcp_client_state(const struct dhcp_client *c);
const struct dhcp_result *dhcp_client_result(const struct dhcp_client *c);

struct dhcp_client_stats {
	uint64_t sent, resent, received;
	uint64_t drops[DHCP_N_ALL_DROPS];
	uint64_t acts_refused; /* actions that found the queue full */
};
void dhcp_client_get_stats(const struct dhcp_client *c, struct dhcp_client_stats *out);

/* Every (state, event) is listed? For the unit test; where: "STATE/EVENT" of the first that is
 * not. */
bool dhcp_client_table_ok(char *where, size_t cap);
