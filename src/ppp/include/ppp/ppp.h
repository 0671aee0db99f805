/*
 * ppp: one Point-to-Point Protocol link end (RFC 1661), both roles.
 *
 * The same automaton and options serve the server's side of a call and, in
 * sekisho-lac, the client's. Pure: takes (now, event, bytes), queues actions in
 * an outbox. It sees only negotiation frames (LCP, authentication, NCPs); user
 * packets never come here once the session is up.
 *
 * Clauses: RFC 1661 (automaton, LCP), 1570 (Identification), 1334 (PAP), 2433 and
 * 2759 (MS-CHAP), 1994 (CHAP message formats), 1332 and 1877 (IPCP, DNS, WINS), 5072
 * (IPV6CP, where it is wanted), 1962 (refused by Protocol-Reject).
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/addr.h"
#include "base/note.h"
#include "base/rd.h"
#include "base/timerq.h"

enum ppp_role { PPP_SERVER, PPP_CLIENT };

/* Authentication methods, as bits of an allowed set. Offered by the server in
 * this order of strength: MS-CHAPv2, MS-CHAPv1, CHAP, PAP. */
enum ppp_auth {
	PPP_AUTH_PAP = 1,
	PPP_AUTH_CHAP = 2,
	PPP_AUTH_MSCHAP1 = 4,
	PPP_AUTH_MSCHAP2 = 8,
};

#define PPP_MRU_MIN   576
#define PPP_NAME_MAX  255
#define PPP_FRAME_MAX 1600 /* longest frame that this room sends */

struct ppp_config {
	enum ppp_role role;
	unsigned auth;         /* server: methods offered; client: methods accepted */
	uint16_t mru;          /* largest packet that we receive: 576 to 1500 */
	uint16_t echo_s;       /* LCP Echo-Request interval when idle, 0: never */
	uint8_t echo_fail_max; /* unanswered echoes that end the link */
	const char *name;      /* our CHAP name (host name), or the client's user name */
	/* client only: password, UTF-8; copied and wiped at the end */
	struct bytes password;
	/* Fills len random octets (os). */
	void (*random)(void *ctx, void *buf, size_t len);
	void *random_ctx;
	/* Timers live in the caller's queue. */
	struct timerq *timers;
	/* Restart timer and counters (RFC 1661 4.6); 0 takes 3000 ms, 10, 2, 5. */
	uint32_t restart_ms;
	uint8_t max_configure;
	uint8_t max_terminate;
	uint8_t max_failure;
	/* Called when an action was queued, also by a timer: ask ppp_next() soon. May be
	 * NULL; must not call back into the link. */
	void (*ready)(void *ctx);
	void *ready_ctx;
	/* IPV6CP is spoken; false: refused by Protocol-Reject */
	bool ipv6;
	/* server, MS-CHAP: how often a name and password may be tried on one link before it is
	 * ended (RFC 2759 9.1: R=1 and a new challenge in between); 0 takes 3. */
	uint8_t auth_tries;
};

/* What the server side gives the client, after authentication. */
struct ppp_network {
	uint32_t local_ip; /* our address, host order */
	uint32_t peer_ip;  /* the client's assigned address, host order */
	uint32_t dns[2];   /* 0: none */
	uint32_t wins[2];  /* 0: none */
	/* With ppp_config.ipv6: interface identifiers as numbers, host order. 0: local_iid is
	 * chosen at random; peer_iid is what the peer proposes, unless that is zero or ours:
	 * then a random one is suggested. A peer_iid that is set is the only one that the
	 * peer may have. */
	uint64_t local_iid, peer_iid;
};

/* The outcome of authentication, from aaa. */
struct ppp_verdict {
	bool ok;
	/* MS-CHAPv2, ok: the 20 octets of the authenticator response (RFC 2759 8.7) */
	uint8_t auth_response[20];
	/* refused: the MS-CHAP error (RFC 2433 5, RFC 2759 6): 646, 647, 648, 649, 691 */
	uint16_t mschap_error;
	const char *message; /* plain words for the peer, may be NULL */
};

struct ppp_auth_request {
	enum ppp_auth method;
	struct bytes name; /* as the peer typed it; not terminated */
	uint8_t id;        /* CHAP identifier */
	/* PAP: the password. CHAP: the 16-octet digest. MS-CHAPv1 and v2: the
	 * 24-octet NT response. */
	struct bytes response;
	uint8_t challenge[16];      /* CHAP, v2: 16 octets; v1: 8 */
	uint8_t peer_challenge[16]; /* v2 */
};

enum ppp_act_kind {
	PPP_ACT_SEND, /* frame: protocol field and contents, no FF 03 */
	PPP_ACT_NOTE,
	PPP_ACT_AUTH,    /* server: check this; answer with ppp_verdict() */
	PPP_ACT_NETWORK, /* server: authenticated; answer with ppp_network() or ppp_close() */
	PPP_ACT_UP,      /* IPCP is open */
	PPP_ACT_DOWN,    /* the link is finished; reason is set. Once, the last action. */
	/* after UP: the peer renegotiates, or the link ends. No user packet may pass until
	 * the next UP, which may come after another AUTH and NETWORK for another user. */
	PPP_ACT_SUSPEND,
	/* IPV6CP is open: before or after UP. Stands through a SUSPEND of IPCP alone. */
	PPP_ACT_UP6,
	/* after UP6: no IPv6 packet may pass until the next UP6. The link goes on; when it ends
	 * or LCP is negotiated again, this comes too. */
	PPP_ACT_DOWN6,
};

struct ppp_up {
	uint32_t local_ip, peer_ip; /* host order */
	uint32_t dns[2], wins[2];   /* client: what was learnt */
	uint16_t peer_mru;          /* longest packet that we may send */
	bool tx_acfc;               /* we may leave out FF 03 */
	bool tx_pfc;                /* we may shorten the protocol field */
};

/* Interface identifiers (RFC 5072 section 4.1), host order, different and not zero. */
struct ppp_up6 {
	uint64_t local_iid, peer_iid;
};

struct ppp_act {
	enum ppp_act_kind kind;
	union {                               /* what belongs to the kind */
		struct bytes frame;           /* SEND; valid until the next ppp_next() */
		struct note note;             /* NOTE */
		struct ppp_auth_request auth; /* AUTH; valid until the next ppp_next() */
		struct ppp_up up;             /* UP */
		struct ppp_up6 up6;           /* UP6 */
		const char *reason;           /* DOWN: kebab-case, a string constant */
	};
};

/*
 * Reasons of DOWN: "lower-down" (ppp_free follows anyway), "admin", "peer-terminated",
 * "lcp-timeout", "lcp-loopback", "auth-refused" (peer will do none of the methods),
 * "auth-failed", "auth-timeout", "ipcp-refused", "ipcp-timeout", "echo-timeout",
 * "no-address", "lcp-loop" (negotiation without end), "memory", and what
 * ppp_close() was given.
 */

struct ppp;

/* cfg is copied (name and password too); the random source and the timer queue
 * must outlive the link. NULL when memory is short or the password is longer than 255
 * octets (PAP cannot say it). About 1 KiB while the link is up, 4 KiB while it negotiates. */
struct ppp *ppp_new(const struct ppp_config *cfg);
void ppp_free(struct ppp *p); /* disarms its timers and wipes its secrets */

/* The call is up (L2TP ICCN): LCP starts sending. */
void ppp_open(struct ppp *p, uint64_t now_ms);

/* One frame from the peer, with or without FF 03 and with either protocol field
 * length. Frames of user protocols are ignored and counted. */
void ppp_input(struct ppp *p, uint64_t now_ms, struct bytes frame);

/* Answers PPP_ACT_AUTH; ignored when no request is open. Every AUTH must be answered
 * once: when the peer renegotiated meanwhile, the late answer is not used and, if new
 * credentials wait, AUTH comes again with these. An AUTH with an empty name never
 * comes; a PAP password may be empty. */
void ppp_verdict(struct ppp *p, uint64_t now_ms, const struct ppp_verdict *v);

/* Answers PPP_ACT_NETWORK. As with AUTH: an answer to a question from before a
 * renegotiation is not used, and NETWORK comes again. */
void ppp_set_network(struct ppp *p, uint64_t now_ms, const struct ppp_network *n);

/* Terminates with LCP Terminate-Request; reason: kebab-case constant for DOWN and
 * the text sent to the peer. DOWN follows after the acknowledgement or time-out. */
void ppp_close(struct ppp *p, uint64_t now_ms, const char *reason);

/* The next action, or NULL. Valid until the next call on this link. */
const struct ppp_act *ppp_next(struct ppp *p);

/* A user packet passed: the echo timer starts again. */
void ppp_alive(struct ppp *p, uint64_t now_ms);

/* Called by the timer queue's owner only through struct timer.fire. */

struct ppp_status {
	const char *lcp_state, *ipcp_state; /* RFC 1661 names */
	const char *ipv6cp_state;           /* "Initial" without ppp_config.ipv6 */
	const char *phase;                  /* Dead, Establish, Authenticate, Network, Terminate */
	enum ppp_auth auth;                 /* negotiated, 0 before */
	uint64_t frames_in, frames_dropped;
};
void ppp_get_status(const struct ppp *p, struct ppp_status *out);

/* Why a frame was dropped, or a part of our reaction to it. */
enum ppp_drop {
	PPP_DROP_SHORT,     /* shorter than its own fields say, or no such framing */
	PPP_DROP_OPTION,    /* an option list that is malformed, or an Ack of other options */
	PPP_DROP_ID,        /* the identifier is of no request of ours */
	PPP_DROP_STATE,     /* means nothing in the state that we are in */
	PPP_DROP_CODE,      /* a code that this side of the protocol does not take */
	PPP_DROP_METHOD,    /* an authentication protocol that was not agreed */
	PPP_DROP_EARLY,     /* a network protocol before authentication */
	PPP_DROP_USER,      /* user data: does not belong here */
	PPP_DROP_DUPLICATE, /* credentials again while aaa is asked */
	PPP_DROP_RATE,      /* would be one Protocol-Reject too many this second */
	PPP_DROP_LOOPED,    /* carries our own magic number */
	PPP_DROP_DEAD,      /* before ppp_open() or after the end */
	PPP_DROP_QUEUE,     /* an action that found no room */
	PPP_N_DROPS,
};
uint64_t ppp_drops(const struct ppp *p, enum ppp_drop why);
const char *ppp_drop_name(enum ppp_drop why); /* "short", "option" and so on */

/* "MS-CHAPv2" and so on; the ASA keyword spelling is config's affair. */
const char *ppp_auth_name(enum ppp_auth a);

/* Which client system this looks like, from what it said so far, by the ledger in quirk.c:
 * "Windows 10.0", "Apple" and so on, a string constant; NULL when nothing tells. A guess
 * for people: nothing is decided by it. */
const char *ppp_client_system(const struct ppp *p);
