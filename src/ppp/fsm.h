/*
 * fsm: one option negotiation automaton (RFC 1661 section 4), as LCP, IPCP and IPV6CP
 * use it. The table is fsm.c's; what the protocols add is a struct cp_ops and a list of
 * options; negotiate.c turns packets into events.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/fsm.h"
#include "base/timerq.h"
#include "base/wr.h"
#include "cp.h"

struct ppp;

/* RFC 1661 section 4.2, with its numbers. */
enum cp_state {
	CP_INITIAL,
	CP_STARTING,
	CP_CLOSED,
	CP_STOPPED,
	CP_CLOSING,
	CP_STOPPING,
	CP_REQ_SENT,
	CP_ACK_RCVD,
	CP_ACK_SENT,
	CP_OPENED,
	CP_N_STATES,
};

/* RFC 1661 section 4.3. */
enum cp_event {
	CP_UP,
	CP_DOWN,
	CP_OPEN,
	CP_CLOSE,
	CP_TO_PLUS,
	CP_TO_MINUS,
	CP_RCR_PLUS,
	CP_RCR_MINUS,
	CP_RCA,
	CP_RCN,
	CP_RTR,
	CP_RTA,
	CP_RUC,
	CP_RXJ_PLUS,
	CP_RXJ_MINUS,
	CP_RXR,
	CP_N_EVENTS,
};

/* RFC 1661 section 4.4, as bits, in the order in which a cell's actions run. */
enum {
	DO_TLD = 1 << 0,  /* This-Layer-Down */
	DO_IRC = 1 << 1,  /* Initialize-Restart-Count */
	DO_ZRC = 1 << 2,  /* Zero-Restart-Count */
	DO_SCR = 1 << 3,  /* Send-Configure-Request */
	DO_SCA = 1 << 4,  /* Send-Configure-Ack */
	DO_SCN = 1 << 5,  /* Send-Configure-Nak or Reject */
	DO_STR = 1 << 6,  /* Send-Terminate-Request */
	DO_STA = 1 << 7,  /* Send-Terminate-Ack */
	DO_SCJ = 1 << 8,  /* Send-Code-Reject */
	DO_SER = 1 << 9,  /* Send-Echo-Reply */
	DO_TLU = 1 << 10, /* This-Layer-Up */
	DO_TLS = 1 << 11, /* This-Layer-Started */
	DO_TLF = 1 << 12, /* This-Layer-Finished */
};

/* The answer to one option, and to a whole Configure-Request. NAK_ALONE: nothing but
 * this Nak is said to the whole request. */
enum cp_answer { CP_ANSWER_ACK, CP_ANSWER_NAK, CP_ANSWER_REJECT, CP_ANSWER_NAK_ALONE };

/* How an option's value is put into the story. */
enum cp_show { CP_SHOW_NAME, CP_SHOW_DECIMAL, CP_SHOW_ADDRESS, CP_SHOW_AUTH };

/* One option that a protocol knows by name. Every function may be NULL: an option
 * without judge is rejected, one without request is never sent. */
struct cp_option {
	uint8_t type;
	const char *name;
	enum cp_show show;
	bool must; /* refusing our Nak for ever ends the link */

	/* Appends ours to a Configure-Request, if we have it to say. */
	void (*request)(const struct ppp *p, struct wr *w);
	/* The peer's wish: fills the scratch of its protocol; a Nak goes to nak. */
	enum cp_answer (*judge)(struct ppp *p, struct bytes data, struct wr *nak);
	/* The peer refused ours; false when that ended the link. */
	bool (*naked)(struct ppp *p, uint64_t now_ms, struct bytes data);
	bool (*rejected)(struct ppp *p, uint64_t now_ms);
};

/* What a protocol adds to the automaton. */
struct cp_ops {
	uint16_t protocol;
	const char *name;
	const struct cp_option *options;
	size_t n_options;

	/* A Configure-Request is about to be judged: empty the scratch. */
	void (*begin)(struct ppp *p);
	/* All options were judged: Naks for what the peer left out. May be NULL. */
	bool (*missing)(struct ppp *p, struct wr *nak);
	/* It is acknowledged: the scratch is what the peer has. */
	void (*accepted)(struct ppp *p);
	/* A code beyond Code-Reject; false when it is not known either. */
	bool (*extra)(struct ppp *p, uint64_t now_ms, const struct cp_packet *in);
	/* The peer does not come to an end, or refuses what must be. */
	void (*stuck)(struct ppp *p, uint64_t now_ms);
	/* The restart timer sent something again. May be NULL. */
	void (*again)(struct ppp *p);

	void (*up)(struct ppp *p, uint64_t now_ms);
	void (*down)(struct ppp *p, uint64_t now_ms);
	void (*finished)(struct ppp *p, uint64_t now_ms);
};

struct cp {
	const struct cp_ops *ops;
	struct ppp *link;
	struct timer restart;
	uint32_t up_s;      /* when this layer came up last */
	uint32_t acked;     /* hash of the request that we acknowledged last */
	uint8_t state;      /* enum cp_state */
	uint8_t request_id; /* of our last Configure-Request */
	uint8_t restart_count;
	uint8_t naks;      /* Configure-Naks sent since the last Ack: Max-Failure */
	uint8_t rounds;    /* configure packets received since this layer was last up */
	uint8_t reopens;   /* times that this layer came up, without a long time in between */
	bool told : 1;     /* the peer's options are in the story */
	bool answered : 1; /* our last request got its Ack, Nak or Reject: a second is a copy */
	bool insists : 1;  /* the last request broke Max-Failure on an option that must be */
	bool heard_terminate : 1;
};

/* What the packet behind an event puts into the answer. */
struct cp_reply {
	uint8_t id;
	uint8_t code;      /* Configure-Ack, Nak or Reject */
	struct bytes body; /* options, or the packet for Code-Reject, or echo data */
};

extern const struct fsm cp_fsm;

/* The actions of a cell, DO_ bits. */
unsigned cp_actions(const struct fsm_cell *cell);

void cp_init(struct cp *cp, struct ppp *link, const struct cp_ops *ops);

/* Runs one event; reply may be NULL for events that no packet brought. */
void cp_event(struct cp *cp, uint64_t now_ms, enum cp_event ev, const struct cp_reply *reply);

/* negotiate.c: one packet of this protocol. */
void cp_input(struct cp *cp, uint64_t now_ms, const struct cp_packet *in);

/* negotiate.c: our options as they stand, for Configure-Request and to check an Ack. */
void cp_build_request(const struct cp *cp, struct wr *w);

/* "Req-Sent" and so on. */
const char *cp_state_name(const struct cp *cp);
