/*
 * client_i: what the files of the DHCP client share: its states and events (client_table.c),
 * its object (client.c), what it does (client_act.c), its actions
 * (client_queue.c), its messages (client_message.c).
 */
#pragma once

#include "base/fsm.h"
#include "dhcp/client.h"
#include "dhcp/packet.h"

/* RFC 2131 figure 5, with the probe of 4.4.1 and the way of DHCPINFORM as states of their own. */
enum client_state {
	CLIENT_IDLE,
	CLIENT_WAITING,    /* INIT: before the next DISCOVER, after a NAK or a DECLINE */
	CLIENT_SELECTING,  /* DISCOVER is out */
	CLIENT_REQUESTING, /* REQUEST is out */
	CLIENT_CHECKING,   /* ACKed; is the address free? */
	CLIENT_BOUND,
	CLIENT_RENEWING,
	CLIENT_REBINDING,
	CLIENT_CHECKING_FIXED, /* is the wanted address free? */
	CLIENT_INFORMING,      /* INFORM is out */
	CLIENT_FIXED,          /* in use without a lease */
	CLIENT_N_STATES,
};

enum client_event {
	CLIENT_START,
	CLIENT_START_FIXED, /* by DHCPINFORM */
	CLIENT_STOP,
	CLIENT_OFFER, /* one that we may take */
	CLIENT_ACK,   /* for what we asked */
	CLIENT_NAK,
	CLIENT_SILENT, /* all tries of a REQUEST are used up */
	CLIENT_FREE,   /* the probe's results */
	CLIENT_TAKEN,
	CLIENT_RESEND, /* the timer of (re)transmission */
	CLIENT_PHASE,  /* the other timer: end of set-up, T1, T2 or end of the lease */
	CLIENT_N_EVENTS,
};

enum client_action {
	CLIENT_DO_NOTHING,
	CLIENT_DO_DISCOVER,
	CLIENT_DO_PROBE_FIXED,
	CLIENT_DO_REQUEST,
	CLIENT_DO_CHECK,
	CLIENT_DO_BIND,
	CLIENT_DO_REFUSED,
	CLIENT_DO_SILENT,
	CLIENT_DO_DECLINE,
	CLIENT_DO_AGAIN,
	CLIENT_DO_RENEW,
	CLIENT_DO_RENEW_AGAIN,
	CLIENT_DO_REBIND,
	CLIENT_DO_RENEWED,
	CLIENT_DO_INFORM,
	CLIENT_DO_FIXED,
	CLIENT_DO_RELEASE,
	CLIENT_DO_QUIET,
	CLIENT_DO_GIVE_UP,
	CLIENT_DO_GIVE_BACK,
	CLIENT_DO_EXPIRED,
	CLIENT_DO_LOSE_REFUSED,
	CLIENT_DO_LOSE_TAKEN,
	CLIENT_DO_FIXED_TAKEN,
	CLIENT_N_ACTIONS,
};

extern const struct fsm client_fsm;

/* One message to be built when its action is taken. */
struct client_message {
	uint8_t type;
	uint32_t xid;
	uint16_t secs;
	uint32_t ciaddr;
	uint32_t requested; /* option 50; 0: none */
	uint32_t server;    /* option 54; 0: none */
	bool unicast;       /* to server, by to_mac; else broadcast */
	uint8_t to_mac[6];
};

struct client_text {
	uint8_t len;
	char b[DHCP_CLIENT_NAME_MAX + 1];
};

/* What client_message_put() needs to know of a client. */
struct client_identity {
	uint8_t mac[6];
	bool broadcast, no_routes;
	struct client_text host_name, client_id, vendor_class, user_class;
};

/* The whole frame; returns its length. frame: DHCP_CLIENT_FRAME_MAX octets, which always do. */
size_t client_message_put(uint8_t *frame, const struct client_identity *id,
			  const struct client_message *m);

/* Takes a frame apart and checks what belongs to every answer: ports, op, hardware address. */
enum dhcp_drop client_message_open(struct bytes frame, const struct client_identity *id,
				   struct dhcp_envelope *e, struct dhcp_message *m);

/* What an OFFER or ACK gives; fixed_ip: it is the answer to an INFORM from that address, else 0.
 * out is zeroed by the caller; ends_ms is left 0. */
enum dhcp_drop client_result_read(const struct dhcp_message *m, const struct dhcp_envelope *e,
				  uint32_t fixed_ip, bool routes, struct dhcp_result *out);

/* What is said in the story, with a server and an address. */
enum saying {
	SAY_NOTHING,
	SAY_OFFER,
	SAY_OTHER,
	SAY_REFUSED,
	SAY_SILENT,
	SAY_TAKEN,
	SAY_NOBODY,
	SAY_REBIND,
	N_SAYINGS,
};

#define CLIENT_QUEUE 12

/* A queued action. */
struct step {
	enum dhcp_client_act_kind kind;
	bool changed;
	enum saying say;
	uint32_t ip, server;
	const char *reason;
	struct client_message message;
};

struct dhcp_client {
	struct client_identity id;
	enum dhcp_want want;
	uint32_t wanted_ip;
	bool probe;
	uint32_t resend_ms, setup_ms, decline_wait_ms;
	void (*random)(void *ctx, void *buf, size_t len);
	void *random_ctx;
	struct timerq *timers;
	void (*ready)(void *ctx);
	void *ready_ctx;

	enum client_state state;
	uint32_t xid;
	uint64_t began_ms; /* of this exchange: secs count from here */
	uint64_t asked_ms; /* first REQUEST with this xid: the lease counts from here (4.4.1) */
	unsigned tries;    /* transmissions of the message that is out */
	unsigned naks;
	uint32_t ip, server; /* offered, or leased */
	const char *why;     /* LOST's reason when set-up ends now */
	bool told_other;
	struct client_message out; /* the message that is out */
	struct dhcp_result result;
	const struct dhcp_result *heard; /* while an OFFER or ACK is handled */
	struct timer resend, phase;

	struct step queue[CLIENT_QUEUE];
	unsigned head, n;
	struct dhcp_client_stats stats;
};

/* Carries out what the table says for the event, at once; it may cause a further one. */
void client_event(struct dhcp_client *c, uint64_t now_ms, enum client_event ev);

/* ---- client_queue.c ---- */

/* A new action at the end; NULL: the queue is full (counted). */
struct step *client_push(struct dhcp_client *c, enum dhcp_client_act_kind kind);

/* Queues a sentence. */
void client_say(struct dhcp_client *c, enum saying what, uint32_t server, uint32_t ip);

/* The sentence. */
void client_note_write(const struct step *s, struct note *note);
