/*
 * link: the object behind struct ppp and what its parts call on each other. Private
 * to this room.
 */
#pragma once

#include "auth.h"
#include "cp.h"
#include "fsm.h"
#include "ppp/ppp.h"

/* RFC 1661 section 3.2. */
enum phase {
	PHASE_DEAD,
	PHASE_ESTABLISH,
	PHASE_AUTHENTICATE,
	PHASE_NETWORK,
	PHASE_TERMINATE,
	PHASE_COUNT,
};

/*
 * Actions that wait for ppp_next(): records in one buffer that empties with every
 * drain and is given back then. It takes the whole reaction to one frame; what does not
 * fit is a lost frame or a lost note, and counted. QUEUE_RESERVE is kept for what must
 * not be lost.
 */
#define QUEUE_SIZE    2048
#define QUEUE_RESERVE 288

struct action_queue {
	uint16_t head, tail;
	struct ppp_act act; /* what ppp_next() shows */
	uint8_t mem[QUEUE_SIZE];
};

/* What we ask for ourselves in LCP. */
struct lcp_ours {
	uint32_t magic;
	uint16_t mru;
	bool mru_on, magic_on, pfc_on, acfc_on;
	uint8_t auth;       /* enum ppp_auth that we demand, 0: none */
	uint8_t auth_left;  /* methods that the peer has not refused */
	uint8_t auth_floor; /* methods that may be agreed: never weaker than before */
};

/* What the peer asked for and got. */
struct lcp_theirs {
	uint32_t magic;
	uint16_t mru;
	bool pfc, acfc;
	uint8_t auth; /* enum ppp_auth that it demands of us, 0: none */
};

struct lcp {
	struct cp cp;
	struct lcp_ours ours;
	struct lcp_theirs theirs;  /* in force */
	struct lcp_theirs scratch; /* of the request that is being judged */
	uint8_t loops;             /* our own magic number seen in a row */
};

enum { ADDR_IP, ADDR_DNS1, ADDR_DNS2, ADDR_WINS1, ADDR_WINS2, N_ADDRS };

#define IPCP_EARLY_MAX 96

struct ipcp {
	struct cp cp;
	uint32_t ours[N_ADDRS];   /* what we ask for (server: only ADDR_IP) */
	uint32_t assign[N_ADDRS]; /* server: what the peer gets, 0: not had */
	uint32_t theirs;          /* the peer's address that we acknowledged */
	uint32_t scratch;
	bool saw_address;  /* the request at hand holds the IP-Address option */
	uint8_t rejected;  /* bit per ours[] that the peer will not hear of */
	bool waiting;      /* for the answer to PPP_ACT_NETWORK */
	bool asked;        /* PPP_ACT_NETWORK is unanswered */
	bool stale;        /* ... and was asked before a renegotiation */
	bool heard;        /* a frame of the peer's network phase came */
	uint8_t early_len; /* a Configure-Request that came while waiting */
	uint8_t early[IPCP_EARLY_MAX];
};

#define IPV6CP_EARLY_MAX 24

struct ipv6cp {
	struct cp cp;
	uint64_t ours;     /* interface identifiers: 0 is none */
	uint64_t assign;   /* server: the only one that the peer may have, 0: its own choice */
	uint64_t theirs;   /* acknowledged */
	uint64_t scratch;  /* of the request that is judged */
	bool saw_iid;      /* ... and it held one */
	bool ready;        /* server: NETWORK was answered; client: IPCP began */
	bool is_up;        /* UP6 was told and nothing took it back */
	uint8_t early_len; /* a Configure-Request that came before ready */
	uint8_t early[IPV6CP_EARLY_MAX];
};

/* What the peer did that tells client systems apart (quirk.c). */
struct signs {
	uint16_t seen;           /* SIGN_ bits */
	uint16_t told_protocols; /* bit per row of reject.c's table: in the story already */
};

struct echo {
	struct timer timer;
	uint64_t alive_ms;
	uint8_t unanswered;
	uint8_t id;
};

struct ppp {
	struct ppp_config cfg; /* name and password point to own_words */
	size_t size;           /* of this object, own_words included */

	uint8_t phase; /* enum phase */
	uint8_t next_id;
	uint8_t notes_left;
	bool is_up;     /* UP was told and nothing took it back */
	bool down_told; /* DOWN left: nothing more happens */
	const char *end_reason;
	const char *down_reason; /* DOWN waits behind the queue */

	struct lcp lcp;
	struct ipcp ipcp;
	struct ipv6cp ipv6cp;
	struct auth auth;
	struct echo echo;

	struct signs signs;
	uint64_t reject_second; /* Protocol-Rejects are counted a second at a time */
	uint8_t rejects;

	uint64_t frames_in;
	uint32_t drops[PPP_N_DROPS];
	struct action_queue *queue; /* NULL: nothing waits */
	uint8_t own_words[];        /* our name with its NUL, then the password */
};

/* queue.c */
void queue_frame(struct ppp *p, uint16_t protocol, struct bytes head, struct bytes body);
void queue_note(struct ppp *p, enum note_kind kind, const char *reason, const char *text);
void queue_plain(struct ppp *p, enum ppp_act_kind kind);
void queue_up(struct ppp *p, const struct ppp_up *up);
void queue_up6(struct ppp *p, const struct ppp_up6 *up);
/* The oldest, or NULL: then the buffer is given back. */
const struct ppp_act *queue_pop(struct ppp *p);
/* DOWN, which waits in no queue; NULL when memory is short: to be asked again. */
const struct ppp_act *queue_show_down(struct ppp *p, const char *reason);
void queue_free(struct ppp *p);

/* link.c */
uint8_t link_next_id(struct ppp *p);
void link_drop(struct ppp *p, enum ppp_drop why);
void link_note(struct ppp *p, enum note_kind kind, const char *reason, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));
/* One control packet of a code, an identifier and a body. */
void link_send(struct ppp *p, uint16_t protocol, uint8_t code, uint8_t id, struct bytes body);
void link_receive(struct ppp *p, uint64_t now_ms, struct bytes frame);
/* Ends the link through LCP; the first reason stays. */
void link_terminate(struct ppp *p, uint64_t now_ms, const char *reason);
/* LCP is finished: DOWN. */
void link_finished(struct ppp *p, uint64_t now_ms);
void link_established(struct ppp *p, uint64_t now_ms);
void link_authenticated(struct ppp *p, uint64_t now_ms);

/* lcp.c, and lcp_*.c for the options */
extern const struct cp_ops lcp_ops;
void lcp_init(struct ppp *p);
/* A packet came back that carries our own magic number. */
void lcp_looped(struct ppp *p, uint64_t now_ms);

/* reject.c: Protocol-Reject (RFC 1661 5.7), ours and the peer's. */
void reject_protocol(struct ppp *p, uint64_t now_ms, uint16_t protocol, struct bytes payload);
void reject_heard(struct ppp *p, uint64_t now_ms, struct bytes body);

enum cp_answer lcp_judge_mru(struct ppp *p, struct bytes data, struct wr *nak);
void lcp_request_mru(const struct ppp *p, struct wr *w);
bool lcp_naked_mru(struct ppp *p, uint64_t now_ms, struct bytes data);
bool lcp_rejected_mru(struct ppp *p, uint64_t now_ms);

enum cp_answer lcp_judge_magic(struct ppp *p, struct bytes data, struct wr *nak);
void lcp_request_magic(const struct ppp *p, struct wr *w);
bool lcp_naked_magic(struct ppp *p, uint64_t now_ms, struct bytes data);
bool lcp_rejected_magic(struct ppp *p, uint64_t now_ms);
void lcp_new_magic(struct ppp *p);

enum cp_answer lcp_judge_auth(struct ppp *p, struct bytes data, struct wr *nak);
void lcp_request_auth(const struct ppp *p, struct wr *w);
bool lcp_naked_auth(struct ppp *p, uint64_t now_ms, struct bytes data);
bool lcp_rejected_auth(struct ppp *p, uint64_t now_ms);
const char *lcp_auth_words(struct bytes data);
/* The strongest of a set, or 0. */
enum ppp_auth lcp_strongest_auth(unsigned set);

enum cp_answer lcp_judge_accm(struct ppp *p, struct bytes data, struct wr *nak);
enum cp_answer lcp_judge_pfc(struct ppp *p, struct bytes data, struct wr *nak);
void lcp_request_pfc(const struct ppp *p, struct wr *w);
bool lcp_refused_pfc(struct ppp *p, uint64_t now_ms);
enum cp_answer lcp_judge_acfc(struct ppp *p, struct bytes data, struct wr *nak);
void lcp_request_acfc(const struct ppp *p, struct wr *w);
bool lcp_refused_acfc(struct ppp *p, uint64_t now_ms);

/* echo.c */
void echo_init(struct ppp *p);
void echo_start(struct ppp *p, uint64_t now_ms);
void echo_stop(struct ppp *p);
void echo_alive(struct ppp *p, uint64_t now_ms);
/* Echo-Request, Echo-Reply or Discard-Request. */
void echo_input(struct ppp *p, uint64_t now_ms, const struct cp_packet *in);

/* ipcp.c */
extern const struct cp_ops ipcp_ops;
void ipcp_init(struct ppp *p);
void ipcp_start(struct ppp *p, uint64_t now_ms);
void ipcp_stop(struct ppp *p, uint64_t now_ms);
/* The link is closed instead of an answer to PPP_ACT_NETWORK: the peer is told in IPCP. */
void ipcp_refuse(struct ppp *p, const char *reason);
void ipcp_configure(struct ppp *p, uint64_t now_ms, const struct ppp_network *n);
void ipcp_input(struct ppp *p, uint64_t now_ms, struct bytes payload);

/* ipv6cp.c */
extern const struct cp_ops ipv6cp_ops;
void ipv6cp_init(struct ppp *p);
/* The network phase is ready for it; n is NULL for a client. */
void ipv6cp_start(struct ppp *p, uint64_t now_ms, const struct ppp_network *n);
void ipv6cp_stop(struct ppp *p, uint64_t now_ms);
void ipv6cp_input(struct ppp *p, uint64_t now_ms, struct bytes payload);

/* quirk.c: what was seen of the peer, as it comes. */
void quirk_option(struct ppp *p, uint16_t protocol, const struct cp_option_in *o);
void quirk_protocol(struct ppp *p, uint16_t protocol);
void quirk_identification(struct ppp *p, struct bytes text);
