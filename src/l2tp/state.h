/*
 * state: what the files of version 2 share: the engine, its tunnels and calls, and the
 * functions that one file has for the others. What version 3 has as well is control.h's.
 */
#pragma once

#include "control.h"
#include "l2tp/habit.h"

#define CHALLENGE_LEN 16

struct settings {
	struct control_settings base;
	struct l2tp_config cfg; /* its names point into base, which has what is within limits */
};

enum call_state {
	CALL_IDLE,
	CALL_WAIT_TUNNEL,
	CALL_WAIT_REPLY,
	CALL_WAIT_CONNECT,
	CALL_ESTABLISHED,
	CALL_STATES,
};

enum call_event {
	CEV_DIAL, /* LAC: a call is wanted */
	CEV_TUNNEL_OPEN,
	CEV_ICRQ,
	CEV_ICRP,
	CEV_ICCN,
	CEV_CDN,
	CEV_UNACCEPTABLE, /* a message of the call that is refused, why is in the engine's refusal
			   */
	CEV_OTHER,        /* WEN, SLI: taken note of by nobody */
	CEV_CLOSE,
	CEV_TIMER, /* set-up limit */
	CEV_TUNNEL_GONE,
	CEV_ALL_ACKED, /* the peer acknowledged everything of the tunnel */
	CALL_EVENTS,
};

struct tunnel {
	struct control ctl;
	struct l2tp *l;            /* as ctl.e */
	struct settings *settings; /* as ctl.settings */
	uint64_t copy_ms;          /* when a copy of its SCCRQ came last, once it was up */
	unsigned copies;           /* that came apart from each other */
	const char *client_system;
	uint16_t peer_firmware;
	bool challenged; /* challenge is ours and not answered yet */
	uint8_t challenge[CHALLENGE_LEN];
};

struct call {
	struct control_session ses; /* its id is the handle: tunnel id, session id */
	struct tunnel *tunnel;      /* as ses.control */
	uint16_t id, peer_id;
	uint16_t data_ns;
	bool sequencing;  /* our data messages carry Ns */
	bool required;    /* the peer asked for it (AVP 39) */
	bool unconfirmed; /* LAC whose habit waits: ICCN is not acknowledged yet */
};

#define ACT_BYTES_MAX 4096 /* longest PPP frame or message in an action */

struct l2tp {
	struct control_engine engine;
	struct l2tp_work *own_work; /* NULL: the caller's */
	struct l2tp_stats stats;    /* those that are not among the engine's counts */
	uint16_t session_id;        /* of the header of the message that is being handled */
	uint16_t counted_id;        /* last tunnel id of a LAC that counts */
	uint8_t *scratch;           /* MESSAGE_SCRATCH octets, of the work */
	struct message_parse parse; /* of the message that is being handled */
	struct l2tp_act current;    /* what l2tp_next() returned */
	uint8_t *current_bytes;     /* ACT_BYTES_MAX octets, of the work */
};

/* See l2tp_config.work. */
struct l2tp_work {
	struct outbox outbox;
	uint8_t scratch[MESSAGE_SCRATCH];
	uint8_t current_bytes[ACT_BYTES_MAX];
};

static inline struct tunnel *tunnel_of(struct control *c)
{
	return c ? list_entry(c, struct tunnel, ctl) : NULL;
}

static inline struct call *call_of(struct control_session *s)
{
	return s ? list_entry(s, struct call, ses) : NULL;
}

static inline struct settings *settings_of(struct control_settings *s)
{
	return list_entry(s, struct settings, base);
}

/* table.c: ids and look-ups. A NULL or 0 answer: none. */
/* The one tunnel of the path; NULL when there are several. */
struct control *tunnel_alone(struct l2tp *l, const struct l2tp_path *path);
struct call *call_by_handle(struct l2tp *l, uint32_t handle);
struct call *call_by_peer(struct tunnel *t, uint16_t peer_session_id);
uint32_t tunnel_draw(struct control_engine *e, const struct l2tp_path *path, bool lac);
uint32_t call_draw(struct control *c); /* a handle */

/* act.c: actions. */
void l2tp_act_data(struct call *c, enum l2tp_act_kind kind, struct bytes frame);
bool l2tp_act_call_up(struct call *c);
const struct l2tp_act *l2tp_act_next(struct l2tp *l);

/* result.c */
/* What a StopCCN or CDN says for a message that was refused. */
struct l2tp_result refusal_of_verdict(enum message_verdict verdict);
/* "lacks AVP" */
const char *verdict_text(enum message_verdict verdict);
/* "ICRQ: unknown AVP vendor 9 type 5 with M" into out. */
void refusal_text(const struct message_parse *p, char *out, size_t cap);
/* "result 2 (general error), error 8 (...), "text"" into out (RESULT_TEXT octets). */
void result_text(const struct l2tp_message *m, char *out);
/* The same of the codes alone; type: StopCCN or CDN. */
void result_codes_text(uint16_t type, uint16_t result, uint16_t error, struct bytes message,
		       char *out);

/* tunnel.c: the control connection. */
extern const struct control_version l2tp_version;
/* Queues m for the peer's session (0: the tunnel itself). */
void tunnel_send(struct tunnel *t, uint16_t session_id, const struct l2tp_message *m);
/* l2tp.c: one message in its turn. */
void tunnel_handle(struct control *c, uint64_t now_ms, struct bytes msg);

/* tunnel_accept.c: what makes a start message acceptable. */
enum tunnel_event tunnel_classify(struct tunnel *t); /* of l->parse */
/* SCCRQ in l->parse over path that belongs to no tunnel yet. */
void tunnel_accept(struct l2tp *l, uint64_t now_ms, const struct l2tp_path *path,
		   struct bytes datagram, uint16_t ns);
/* The second copy of an SCCRQ after its tunnel was up: one may be late, but nobody goes on
 * sending them. */
bool tunnel_copy_renews(struct control *c, uint64_t now_ms);

/* habit.c: a LAC that plays a client system; nothing happens without a habit. */
#define HABIT_HOST (L2TP_HOST_NAME_MAX + 1)
#define HABIT_TAIL 32
struct l2tp_header;
const struct l2tp_habit *tunnel_habit(const struct tunnel *t); /* NULL: none */
/* What a SCCRQ, an ICRQ or ICCN, a StopCCN or CDN of the system looks like; host and
 * tail live as long as m. */
void habit_start(struct tunnel *t, struct l2tp_message *m, uint8_t host[HABIT_HOST]);
void habit_call(struct tunnel *t, struct l2tp_message *m, uint8_t tail[HABIT_TAIL]);
void habit_end(const struct tunnel *t, struct l2tp_message *m);
/* Would the system take this control message? */
bool habit_takes(const struct tunnel *t, const struct l2tp_header *in, struct bytes datagram);

/* call.c: the calls of a tunnel. */
extern const struct fsm call_fsm;
void call_event(struct control_session *s, uint64_t now_ms, unsigned event);
void call_message(struct control *c, uint64_t now_ms); /* l->parse, l->session_id */
struct call *call_dial(struct tunnel *t, uint64_t now_ms);
void call_data(struct call *c, bool has_seq, struct bytes frame);
void call_send_frame(struct call *c, struct bytes frame);
