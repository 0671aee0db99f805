/*
 * state: what the files of this room share: the engine, its tunnels and calls,
 * and the functions that one file has for the others.
 */
#pragma once

#include "base/buckets.h"
#include "base/fsm.h"
#include "base/list.h"
#include "base/outbox.h"
#include "channel.h"
#include "l2tp/habit.h"
#include "l2tp/l2tp.h"
#include "message.h"

#define SETUP_LIMIT_MS  60000 /* a tunnel or call that is not up by then is given up */
#define CHALLENGE_LEN   16
#define TIE_BREAKER_LEN 8
#define QUEUE_MAX       1024 /* control messages of one tunnel that wait for acknowledgement */
#define BUCKETS_FIRST   1024 /* at most, for many tunnels; it grows with them */
#define BUCKETS_MAX     131072

/* One configuration, shared by the tunnels that were made under it. */
struct settings {
	unsigned refs;
	struct l2tp_config cfg; /* host_name and vendor_name point below */
	char host_name[L2TP_HOST_NAME_MAX + 1];
	char vendor_name[L2TP_HOST_NAME_MAX + 1];
};

enum tunnel_state {
	TUNNEL_IDLE,
	TUNNEL_WAIT_CTL_REPLY,
	TUNNEL_WAIT_CTL_CONN,
	TUNNEL_ESTABLISHED,
	TUNNEL_STOP_SENT, /* our StopCCN is not acknowledged yet */
	TUNNEL_STOPPED,   /* the peer's StopCCN: duplicates are answered for one cycle */
	TUNNEL_STATES,
};

enum tunnel_event {
	TEV_OPEN,         /* dial */
	TEV_SCCRQ,        /* an acceptable SCCRQ */
	TEV_SCCRP,        /* an acceptable SCCRP */
	TEV_SCCCN,        /* an acceptable SCCCN */
	TEV_UNACCEPTABLE, /* a message that is refused, why is in l->refusal */
	TEV_STOPCCN,
	TEV_HELLO,
	TEV_CALL,      /* a message about a call */
	TEV_CLOSE,     /* administrator, owner or last call of a dialled tunnel */
	TEV_TIE_LOST,  /* the peer's SCCRQ crossed ours and wins (4.4.3 Tie Breaker) */
	TEV_TIMER,     /* set-up limit, hello interval, end of the cycle: by state */
	TEV_EXHAUSTED, /* retransmissions without acknowledgement */
	TEV_ALL_ACKED, /* the peer acknowledged everything */
	TEV_VANISH,    /* the path is gone: nothing can be sent */
	TEV_PROBE,     /* is the peer there? */
	TUNNEL_EVENTS,
};

/* What the cells of tunnel_fsm ask for, in both versions. */
enum tunnel_action {
	TACT_NONE,
	TACT_SEND_SCCRQ,
	TACT_SEND_SCCRP,
	TACT_SEND_SCCCN,
	TACT_UP,
	TACT_REFUSE,    /* StopCCN with what refused the message */
	TACT_FSM_ERROR, /* StopCCN result 7 */
	TACT_CLOSE,     /* StopCCN with the end that is noted */
	TACT_LATE,      /* StopCCN: not up in time */
	TACT_PEER_STOP,
	TACT_LINGER,
	TACT_CALL,
	TACT_HELLO,
	TACT_PROBE,
	TACT_TELL_CALLS,
	TACT_BURY,
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
	CEV_UNACCEPTABLE, /* a message of the call that is refused, why is in l->refusal */
	CEV_OTHER,        /* WEN, SLI: taken note of by nobody */
	CEV_CLOSE,
	CEV_TIMER, /* set-up limit */
	CEV_TUNNEL_GONE,
	CEV_ALL_ACKED, /* the peer acknowledged everything of the tunnel */
	CALL_EVENTS,
};

struct tunnel {
	struct l2tp *l;
	struct settings *settings;
	struct list owner_link; /* in l->owners */
	struct list id_link;    /* in l->ids */
	struct list grave_link;
	struct list calls;
	struct channel channel;
	struct timer timer; /* see TEV_TIMER */
	struct l2tp_path path;
	struct l2tp_result end; /* why it goes; for TUNNEL_DOWN and its calls */
	uint64_t heard_ms;      /* when the peer was last heard */
	uint64_t up_ms;         /* when it was established or we sent StopCCN */
	uint64_t copy_ms;       /* when a copy of its SCCRQ came last, once it was up */
	unsigned copies;        /* that came apart from each other */
	uint64_t request;       /* hash of the SCCRQ: its copies are the same octets */
	const char *client_system;
	unsigned n_calls;
	uint16_t id, peer_id;
	uint16_t peer_firmware;
	uint8_t state;
	bool lac;        /* we dialled */
	bool gone;       /* buried */
	bool told;       /* TUNNEL_DOWN is in the outbox */
	bool starved;    /* a message could not be queued */
	bool challenged; /* challenge is ours and not answered yet */
	uint8_t challenge[CHALLENGE_LEN];
	uint8_t tie_breaker[TIE_BREAKER_LEN]; /* in our SCCRQ, when has_tie */
	bool has_tie;
	char peer_host_name[L2TP_HOST_NAME_MAX + 1];
	char peer_vendor_name[L2TP_HOST_NAME_MAX + 1];
};

struct call {
	struct list tunnel_link;
	struct list hash_link; /* in l->calls */
	struct list grave_link;
	struct timer timer;
	struct tunnel *tunnel;
	struct l2tp_result end;
	uint16_t id, peer_id;
	uint16_t data_ns;
	uint8_t state;
	bool sequencing;  /* our data messages carry Ns */
	bool required;    /* the peer asked for it (AVP 39) */
	bool unconfirmed; /* LAC whose habit waits: ICCN is not acknowledged yet */
	bool gone, told;  /* as for tunnels */
};

/* An action waiting in the outbox; behind it its note, call info or bytes. */
struct queued_act {
	enum l2tp_act_kind kind;
	uint16_t tunnel_id, session_id;
	uint32_t call;
	uint32_t len;
	struct l2tp_path path;
	struct l2tp_result result;
	uint8_t tail[];
};

#define ACT_BYTES_MAX 4096 /* longest PPP frame or message in an action */

struct l2tp {
	struct settings *settings;
	struct l2tp_work *own_work; /* NULL: the caller's */
	struct outbox *outbox;      /* of the work, as are scratch and current_bytes */
	struct channel_pool pool;
	struct l2tp_stats stats;
	/* tunnels by owner and by id, and calls by handle */
	struct buckets owners, ids, calls;
	struct list dead_tunnels, dead_calls;
	struct l2tp_result refusal; /* of the message that is being handled */
	uint16_t session_id;        /* of its header */
	uint32_t call_serial;
	uint16_t counted_id;        /* last tunnel id of a LAC that counts */
	uint8_t *scratch;           /* MESSAGE_SCRATCH octets */
	struct message_parse parse; /* of the message that is being handled */
	struct l2tp_act current;    /* what l2tp_next() returned */
	uint8_t *current_bytes;     /* ACT_BYTES_MAX octets */
};

/* See l2tp_config.work. */
struct l2tp_work {
	struct outbox outbox;
	uint8_t scratch[MESSAGE_SCRATCH];
	uint8_t current_bytes[ACT_BYTES_MAX];
};

/* table.c: ids and look-ups. A NULL or 0 answer: none. */
bool l2tp_path_eq(const struct l2tp_path *a, const struct l2tp_path *b);
struct tunnel *tunnel_new(struct l2tp *l, const struct l2tp_path *path, bool lac);
bool l2tp_tables_init(struct l2tp *l, unsigned tunnels_max); /* false: no memory */
void l2tp_tables_free(struct l2tp *l);
/* The tunnel that the peer of path means by id. Peers may have the same ids: a tunnel's is
 * its own among those of its owner, a call's handle among all. */
struct tunnel *tunnel_by_id(struct l2tp *l, const struct l2tp_path *path, uint16_t id);
bool tunnel_id_known(struct l2tp *l, uint16_t id); /* on any path */
/* The newest that the peer calls so; host: its Host Name, NULL: any. */
struct tunnel *tunnel_by_peer(struct l2tp *l, const struct l2tp_path *path, uint16_t peer_id,
			      const char *host);
/* The one tunnel of the path; NULL when there are several. */
struct tunnel *tunnel_alone(struct l2tp *l, const struct l2tp_path *path);
struct tunnel *tunnel_stopped_of(struct l2tp *l, uint64_t owner);
unsigned l2tp_owner_tunnels(struct l2tp *l, uint64_t owner);
struct tunnel *tunnel_dialling(struct l2tp *l, const struct l2tp_path *path);
struct list *l2tp_owner_bucket(struct l2tp *l, uint64_t owner);
void tunnel_bury(struct tunnel *t); /* out of the tables; freed by l2tp_reap() */
struct call *call_new(struct tunnel *t);
struct call *call_by_handle(struct l2tp *l, uint32_t handle);
struct call *call_by_peer(struct tunnel *t, uint16_t peer_session_id);
uint32_t call_handle(const struct call *c);
void call_bury(struct call *c);
uint16_t session_id_draw(struct tunnel *t);
uint16_t tunnel_id_draw(struct l2tp *l, const struct l2tp_path *path);
void l2tp_reap(struct l2tp *l);
void l2tp_settings_put(struct settings *s);

/* act.c: actions. */
void l2tp_act_send(struct tunnel *t, struct bytes msg);
void l2tp_act_send_refusal(struct l2tp *l, const struct l2tp_path *path, struct bytes msg);
void l2tp_act_send_data(struct call *c, struct bytes msg);
void l2tp_act_ppp(struct call *c, struct bytes frame);
bool l2tp_act_call_up(struct call *c);
void l2tp_act_call_down(struct call *c);
void l2tp_act_tunnel_up(struct tunnel *t);
void l2tp_act_tunnel_down(struct tunnel *t);
const struct l2tp_act *l2tp_act_next(struct l2tp *l);
void l2tp_act_note(struct l2tp *l, const struct l2tp_path *path, uint16_t tunnel_id,
		   enum note_kind kind, const char *reason, const char *fmt, ...)
	__attribute__((format(printf, 6, 7)));
#define tunnel_note(t, kind, reason, ...)                                                          \
	l2tp_act_note((t)->l, &(t)->path, (t)->id, kind, reason, __VA_ARGS__)

/* result.c: result and error codes in words (4.4.2). */
const char *stopccn_words(uint16_t result);
const char *cdn_words(uint16_t result);
const char *error_words(uint16_t error);
/* Peer text in printable ASCII, without trailing NULs, at most cap - 1 octets. */
void l2tp_printable(struct bytes text, char *out, size_t cap);
/* What a StopCCN or CDN says for a message that was refused. */
struct l2tp_result refusal_of(const struct message_parse *p);
struct l2tp_result refusal_of_verdict(enum message_verdict verdict);
/* "lacks AVP" */
const char *verdict_text(enum message_verdict verdict);
/* "ICRQ: unknown AVP vendor 9 type 5 with M" into out. */
void refusal_text(const struct message_parse *p, char *out, size_t cap);

#define RESULT_TEXT 160
/* "result 2 (general error), error 8 (...), "text"" into out (RESULT_TEXT octets). */
void result_text(const struct l2tp_message *m, char *out);
/* The same of the codes alone; type: StopCCN or CDN. */
void result_codes_text(uint16_t type, uint16_t result, uint16_t error, struct bytes message,
		       char *out);

/* tunnel.c: the control connection. */
extern const struct fsm tunnel_fsm;
void tunnel_event(struct tunnel *t, uint64_t now_ms, enum tunnel_event event);
/* Everything that one reaction queued leaves; call it last for a tunnel. */
void tunnel_settle(struct tunnel *t, uint64_t now_ms);
/* tunnel_accept.c: what makes a start message acceptable. */
enum tunnel_event tunnel_classify(struct tunnel *t); /* of l->parse */
/* SCCRQ in l->parse over path that belongs to no tunnel yet. */
void tunnel_accept(struct l2tp *l, uint64_t now_ms, const struct l2tp_path *path,
		   struct bytes datagram, uint16_t ns);

/* The octets of an SCCRQ behind its header, as a number. */
uint64_t tunnel_request_hash(struct bytes datagram);
/* An SCCRQ with the peer's id of t: is it from a peer that begins anew, and no copy of
 * the one that made t? Other octets, or too late for a copy (section 5.7's cycle), or the
 * second one after t was up: a copy may be late, but nobody goes on sending them. */
bool tunnel_is_renewed(struct tunnel *t, uint64_t now_ms, struct bytes datagram);

/* Queues m for the peer's session (0: the tunnel itself). */
void tunnel_send(struct tunnel *t, uint16_t session_id, const struct l2tp_message *m);
/* Channel and timer of a new tunnel. */
void tunnel_init(struct tunnel *t);

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
void call_event(struct call *c, uint64_t now_ms, enum call_event event);
void call_message(struct tunnel *t, uint64_t now_ms); /* l->parse, l->session_id */
struct call *call_dial(struct tunnel *t, uint64_t now_ms);
void calls_event(struct tunnel *t, uint64_t now_ms, enum call_event event);
void call_data(struct call *c, bool has_seq, struct bytes frame);
void call_send_frame(struct call *c, struct bytes frame);
