/*
 * control: what the control connections of version 2 (RFC 2661, struct tunnel) and of version 3
 * (RFC 3931, struct connection) have in common, and the calls or sessions in them: reliable
 * delivery, the state table, timers, look-ups, the queue of actions. What the RFCs say
 * differently is a struct control_version; those files include this one, never the other
 * way round.
 */
#pragma once

#include "base/buckets.h"
#include "base/fsm.h"
#include "base/list.h"
#include "base/outbox.h"
#include "channel.h"
#include "l2tp/l2tp.h"
#include "message.h"

#define SETUP_LIMIT_MS  60000 /* what is not up by then is given up */
#define TIE_BREAKER_LEN 8
#define CONTROL_MAX     4096 /* longest control message that is looked at */

/* States, events and actions of RFC 2661 section 7.2 and RFC 3931 section 7.2. */
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
	TEV_UNACCEPTABLE, /* a message that is refused, why is in the engine's refusal */
	TEV_STOPCCN,
	TEV_HELLO,
	TEV_CALL,      /* a message about a call or session */
	TEV_CLOSE,     /* administrator, owner or last call of a dialled tunnel */
	TEV_TIE_LOST,  /* the peer's SCCRQ crossed ours and wins (Tie Breaker) */
	TEV_TIMER,     /* set-up limit, hello interval, end of the cycle: by state */
	TEV_EXHAUSTED, /* retransmissions without acknowledgement */
	TEV_ALL_ACKED, /* the peer acknowledged everything */
	TEV_VANISH,    /* the path is gone: nothing can be sent */
	TEV_PROBE,     /* is the peer there? */
	TUNNEL_EVENTS,
};

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

extern const struct fsm tunnel_fsm; /* tunnel.c; of both versions */

/* What the configurations of both versions say, within the RFCs' limits. Shared by those that
 * were made under it. Stands first in the version's struct, which goes with it. */
struct control_settings {
	size_t size; /* of the version's struct */
	unsigned refs;
	unsigned all_max, per_owner_max, sessions_max;
	uint32_t retransmit_ms, retransmit_max_ms;
	uint16_t hello_s, rx_window;
	uint8_t retransmit_tries, shard_bits;
	void (*random)(void *ctx, void *buf, size_t len);
	void *random_ctx;
	struct timerq *timers;
	char host_name[L2TP_HOST_NAME_MAX + 1];
	char vendor_name[L2TP_HOST_NAME_MAX + 1];
};

struct tie_breaker {
	bool set;
	uint8_t value[TIE_BREAKER_LEN];
};

struct control {
	struct control_engine *e;
	struct control_settings *settings;
	struct list owner_link; /* in e->owners */
	struct list id_link;    /* in e->ids */
	struct list grave_link;
	struct list sessions;
	struct channel channel;
	struct timer timer; /* see TEV_TIMER */
	struct l2tp_path path;
	struct l2tp_result end; /* why it goes; for its DOWN and its sessions */
	uint64_t heard_ms;      /* when the peer was last heard */
	uint64_t up_ms;         /* when it was established or we sent StopCCN */
	uint64_t request;       /* hash of the SCCRQ: its copies are the same octets */
	unsigned n_sessions;
	uint32_t id, peer_id;           /* version 2: 16 bits */
	uint8_t state;                  /* enum tunnel_state */
	bool caller;                    /* we sent the SCCRQ */
	bool gone;                      /* buried */
	bool told;                      /* its DOWN is in the outbox */
	bool starved;                   /* a message could not be queued */
	struct tie_breaker tie_breaker; /* in our SCCRQ */
	char peer_host_name[L2TP_HOST_NAME_MAX + 1];
	char peer_vendor_name[L2TP_HOST_NAME_MAX + 1];
};

/* A call (RFC 2661) or session (RFC 3931). */
struct control_session {
	struct control *control;
	struct list control_link;
	struct list id_link; /* in e->sessions */
	struct list grave_link;
	struct timer timer;
	struct l2tp_result end;
	uint32_t id;   /* unique in the engine; version 2: the call's handle */
	uint8_t state; /* of the version's table */
	bool gone, told;
};

struct control_counts {
	uint64_t messages_in, messages_out, retransmits, acks_out, drop_avp, drop_duplicate,
		drop_out_of_window, drop_wrong_path, drop_unknown, drop_limit, drop_state;
};

/* All control connections of one version. */
struct control_engine {
	const struct control_version *version;
	struct control_settings *settings; /* for new ones */
	struct outbox *outbox;
	struct channel_pool pool;
	struct control_counts counts;
	struct buckets owners, ids, sessions;
	struct list dead, dead_sessions;
	struct l2tp_result refusal; /* of the message that is being handled */
	unsigned n, n_sessions;
	uint32_t serial; /* Call Serial Number, Serial Number */
};

/* An action waiting in the outbox; behind it its note, session info or bytes. */
struct queued_act {
	unsigned kind; /* of the version */
	uint32_t control_id, session_id;
	uint32_t len;
	bool active; /* version 3: the peer's circuit */
	struct l2tp_path path;
	struct l2tp_result result;
	uint8_t tail[];
};

/* What is of the version. Functions about a message have it in the version's parse. */
struct control_version {
	size_t size, session_size; /* of the structs in which struct control and struct
				    * control_session stand first */
	const char *noun;          /* in notes */
	const char *unheard;       /* said when nobody answers an SCCRQ */
	const char *stopccn_sent, *peer_stopccn, *no_resources, *retransmit, *hello_timeout,
		*retransmit_timeout, *began_anew; /* reasons of notes */
	uint16_t late_result;                     /* StopCCN's, not up in time */
	uint8_t hello_early; /* Hellos come up to this part of their interval early; 0: never */
	unsigned act_send, act_note, act_down, act_session_down; /* kinds of actions */
	unsigned session_timer, session_close, session_gone;     /* events of the session's table */
	const struct channel_form *form;                         /* NULL: version 2 */

	/* An id that is free, 0: none. */
	uint32_t (*draw)(struct control_engine *e, const struct l2tp_path *path, bool caller);
	uint32_t (*draw_session)(struct control *c);
	void (*init)(struct control *c); /* what stands behind struct control in a new one */
	/* A whole message in its turn: parse, tell what it is, control_event(). */
	void (*handle)(struct control *c, uint64_t now_ms, struct bytes msg);
	void (*transmit)(struct control *c, struct bytes msg);
	/* Each queues its message. */
	void (*send_start)(struct control *c, uint16_t type); /* SCCRQ or SCCRP */
	void (*send_connected)(struct control *c);
	void (*send_hello)(struct control *c);
	/* text: for the peer's log. Returns the result that stands in it. */
	uint16_t (*send_stop)(struct control *c, struct l2tp_result why, const char *text);
	void (*up)(struct control *c, uint64_t now_ms); /* tells it, sessions included */
	/* The message is refused: a note, and control_stop(). */
	void (*refuse)(struct control *c, uint64_t now_ms);
	/* Of the StopCCN, and in words into text (RESULT_TEXT octets). */
	struct l2tp_result (*peer_result)(struct control *c, char *text);
	void (*session_message)(struct control *c, uint64_t now_ms);
	void (*session_event)(struct control_session *s, uint64_t now_ms, unsigned event);
	void (*all_acked)(struct control *c, uint64_t now_ms); /* NULL: means nothing */
	/* A copy of the SCCRQ of one that is up: does its peer begin anew? NULL: no. */
	bool (*copy_renews)(struct control *c, uint64_t now_ms);
};

/* control.c: the control connection. */
void control_init(struct control *c); /* channel and timer */
void control_event(struct control *c, uint64_t now_ms, enum tunnel_event event);
/* Everything that one reaction queued leaves; call it last for a connection. */
void control_settle(struct control *c, uint64_t now_ms);
/* Queues the message that w has. */
void control_send(struct control *c, const struct wr *w, uint16_t type);
/* StopCCN with the result; the sessions go with it. */
void control_stop(struct control *c, uint64_t now_ms, struct l2tp_result end, const char *text);
/* A control message over the connection's own path, its numbers as in the header. ack: it
 * is an acknowledgement alone. */
void control_input(struct control *c, uint64_t now_ms, uint16_t ns, uint16_t nr, bool ack,
		   struct bytes msg);
/* Every connection of the owner gets the event. why: its end; NULL: as it is. */
void control_owner_event(struct control_engine *e, uint64_t now_ms, uint64_t owner,
			 enum tunnel_event event, const struct l2tp_result *why);
void control_sessions_event(struct control *c, uint64_t now_ms, unsigned event);
/* It has ended: told, and a connection that we called goes with its last session. */
void control_session_down(struct control_session *s, uint64_t now_ms);
void control_session_close(struct control_session *s, uint64_t now_ms, struct l2tp_result why);

/* control_accept.c: an SCCRQ that belongs to no connection yet, or to one already. */
/* A new value for a message of ours. */
struct bytes tie_breaker_draw(struct tie_breaker *ours, const struct control_settings *s);
/* Of the peer's value (empty: none) to ours: below 0 the peer wins. Who has none loses to who
 * has, the lower value wins. */
int tie_breaker_order(const struct tie_breaker *ours, struct bytes theirs);
/* A new connection for an SCCRQ; why: the reason to refuse it, result 0: none so far.
 * NULL: refused for *why; result 0 there: it has lost against ours and is not answered. */
struct control *control_admit(struct control_engine *e, uint64_t now_ms,
			      const struct l2tp_path *path, struct bytes tie_breaker,
			      struct l2tp_result *why);
/* The SCCRQ of a connection that control_admit() made. */
void control_accept(struct control *c, uint64_t now_ms, uint16_t ns, struct bytes msg);
/* The connection that an SCCRQ with the peer's id and Host Name made: this is a copy. One
 * whose peer begins anew with the same id, as Windows does that counts from 1, gives way.
 * sound: the message is one that could be accepted. */
struct control *control_requested(struct control_engine *e, uint64_t now_ms,
				  const struct l2tp_path *path, uint32_t peer_id,
				  struct bytes host_name, bool sound, struct bytes msg);

/* control_table.c: the objects. A NULL answer: none. */
#define CONTROL_SETTINGS(cfg)                                                                      \
	.refs = 1, .hello_s = (cfg)->hello_s, .rx_window = (cfg)->rx_window,                       \
	.retransmit_ms = (cfg)->retransmit_ms, .retransmit_max_ms = (cfg)->retransmit_max_ms,      \
	.retransmit_tries = (cfg)->retransmit_tries, .shard_bits = (cfg)->shard_bits,              \
	.random = (cfg)->random, .random_ctx = (cfg)->random_ctx, .timers = (cfg)->timers
/* The RFCs' limits over what was configured, and the names; host "": the default. */
void control_settings_limit(struct control_settings *s, const char *host, const char *vendor,
			    const char *default_host);
void control_settings_put(struct control_settings *s);
size_t control_outbox_octets(unsigned all_max);
bool l2tp_path_eq(const struct l2tp_path *a, const struct l2tp_path *b);
/* Takes s along, in failure too. False: no memory. */
bool control_engine_init(struct control_engine *e, const struct control_version *v,
			 struct control_settings *s);
/* s NULL: nothing happens. */
void control_engine_configure(struct control_engine *e, struct control_settings *s);
void control_engine_end(struct control_engine *e); /* nothing is told any more */
struct control *control_new(struct control_engine *e, const struct l2tp_path *path, bool caller);
void control_bury(struct control *c); /* out of the tables; freed by control_reap() */
struct control_session *control_session_new(struct control *c);
void control_session_bury(struct control_session *s);
void control_reap(struct control_engine *e);
/* owner 0: any. Peers of version 2 may have the same ids, those of one owner have not. */
struct control *control_by_id(struct control_engine *e, uint64_t owner, uint32_t id);
/* The same of one path. */
struct control *control_on_path(struct control_engine *e, const struct l2tp_path *path,
				uint32_t id);
/* The newest that the peer calls so; host: its Host Name, NULL: any. */
struct control *control_by_peer(struct control_engine *e, const struct l2tp_path *path,
				uint32_t peer_id, const char *host);
struct control_session *control_session_by_id(struct control_engine *e, uint32_t id);
/* The list in which the owner's connections are, and others. */
struct list *control_owner_bucket(struct control_engine *e, uint64_t owner);
unsigned control_owner_count(struct control_engine *e, uint64_t owner);

/* control_act.c: actions. NULL: no room in the outbox. must: it may use the reserve. */
struct queued_act *control_act(struct control_engine *e, unsigned kind,
			       const struct l2tp_path *path, uint32_t id, struct bytes tail,
			       bool must);
struct queued_act *control_session_act(struct control_session *s, unsigned kind, struct bytes tail,
				       bool must);
void control_act_send(struct control_engine *e, const struct l2tp_path *path, uint32_t id,
		      struct bytes msg);
void control_act_down(struct control *c);
void control_act_session_down(struct control_session *s);
/* The oldest; valid until the next action is queued. */
const struct queued_act *control_act_next(struct control_engine *e);
void control_act_note(struct control_engine *e, const struct l2tp_path *path, uint32_t id,
		      enum note_kind kind, const char *reason, const char *fmt, ...)
	__attribute__((format(printf, 6, 7)));
#define control_note(c, kind, reason, ...)                                                         \
	control_act_note((c)->e, &(c)->path, (c)->id, kind, reason, __VA_ARGS__)

/* result.c: result and error codes in words (RFC 2661 4.4.2). */
#define RESULT_TEXT 160
const char *stopccn_words(uint16_t result);
const char *cdn_words(uint16_t result);
const char *error_words(uint16_t error);
/* Peer text in printable ASCII, without trailing NULs, at most cap - 1 octets. */
void l2tp_printable(struct bytes text, char *out, size_t cap);
struct bytes l2tp_text(const char *text); /* without its NUL */
