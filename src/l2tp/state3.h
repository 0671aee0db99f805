/*
 * state3: what the files of version 3 share: the engine, its control connections and
 * sessions, and the functions that one file has for the others. Limits, states and
 * events of a control connection are those of version 2 (state.h): RFC 3931 section
 * 7.2 has the same table.
 */
#pragma once

#include "base/map.h"
#include "digest.h"
#include "l2tp/l2tp3.h"
#include "message3.h"
#include "state.h"

#define NONCE_LEN 16

/* One configuration, shared by the connections that were made under it. */
struct settings3 {
	unsigned refs;
	struct l2tp3_config cfg; /* its names point below */
	char host_name[L2TP_HOST_NAME_MAX + 1];
	char vendor_name[L2TP_HOST_NAME_MAX + 1];
	char remote_end_id[L2TP3_END_ID_MAX + 1];
	uint8_t hide_key[DIGEST_KEY_LEN];  /* of the secret, for hidden AVPs */
	uint8_t check_key[DIGEST_KEY_LEN]; /* of the secret, for Message Digests */
};

enum session_state {
	SESSION_IDLE,
	SESSION_WAIT_CONNECTION,
	SESSION_WAIT_REPLY,
	SESSION_WAIT_CONNECT,
	SESSION_ESTABLISHED,
	SESSION_STATES,
};

enum session_event {
	SEV_CALL, /* a session is wanted */
	SEV_CONNECTION_OPEN,
	SEV_ICRQ,
	SEV_ICRP,
	SEV_ICCN,
	SEV_CDN,
	SEV_SLI,
	SEV_UNACCEPTABLE, /* a message that is refused, why is in l->refusal */
	SEV_OTHER,        /* WEN: taken note of by nobody */
	SEV_TIE_LOST,     /* the peer's ICRQ for the same circuit crossed ours and wins */
	SEV_CLOSE,
	SEV_TIMER, /* set-up limit */
	SEV_CONNECTION_GONE,
	SESSION_EVENTS,
};

/* The connections of one owner. */
struct owner3 {
	uint64_t id;
	struct list connections;
	unsigned n;
};

struct connection {
	struct l2tp3 *l;
	struct settings3 *settings;
	struct owner3 *owner;
	struct list link; /* in l->all */
	struct list owner_link;
	struct list grave_link;
	struct list sessions;
	struct channel channel;
	struct timer timer; /* see TEV_TIMER */
	struct l2tp_path path;
	struct l2tp_result end; /* why it goes */
	const struct l2tp3_style *style;
	uint64_t heard_ms; /* when the peer was last heard */
	uint64_t up_ms;    /* when it was established or we sent StopCCN */
	uint64_t request;  /* hash of the SCCRQ: its copies are the same octets */
	unsigned n_sessions;
	uint32_t id, peer_id;
	uint16_t cisco_version;
	uint8_t state; /* enum tunnel_state */
	bool caller;
	bool gone;                    /* buried */
	bool told;                    /* its DOWN is in the outbox */
	bool starved;                 /* a message could not be queued */
	bool digests;                 /* every message has a Message Digest, both ways */
	bool ethernet, ethernet_vlan; /* pseudowires that the peer has */
	uint8_t digest_type;
	uint8_t nonce[NONCE_LEN];
	uint8_t peer_nonce[PEER_NONCE_MAX], peer_nonce_len;
	uint8_t tie_breaker[TIE_BREAKER_LEN]; /* in our SCCRQ, when has_tie */
	bool has_tie;
	char peer_host_name[L2TP_HOST_NAME_MAX + 1];
	char peer_vendor_name[L2TP_HOST_NAME_MAX + 1];
};

struct session {
	struct list connection_link;
	struct list grave_link;
	struct timer timer;
	struct connection *connection;
	struct l2tp_result end;
	uint32_t id, peer_id;
	uint16_t pw_type;
	uint8_t state;
	bool caller;
	bool active, peer_active; /* circuits */
	bool told_active;         /* what the peer knows of ours */
	bool gone, told;
	uint8_t cookie_len, peer_cookie_len;
	uint8_t cookie[L2TP3_COOKIE_MAX], peer_cookie[L2TP3_COOKIE_MAX];
	uint8_t sublayer, peer_sublayer, sequencing, peer_sequencing;
	uint8_t tie_breaker[TIE_BREAKER_LEN]; /* in our ICRQ, when has_tie */
	bool has_tie;
	char remote_end_id[L2TP3_END_ID_MAX + 1];
};

/* An action waiting in the outbox; behind it its note, session info or bytes. */
struct queued_act3 {
	enum l2tp3_act_kind kind;
	uint32_t connection_id, session_id;
	uint32_t len;
	bool active;
	struct l2tp_path path;
	struct l2tp_result result;
	uint8_t tail[];
};

struct l2tp3 {
	struct settings3 *settings;
	struct outbox outbox;
	struct channel_pool pool;
	struct l2tp3_stats stats;
	struct map owners;      /* owner -> struct owner3 */
	struct map connections; /* our id -> struct connection */
	struct map sessions;    /* our id -> struct session */
	struct list all, dead_connections, dead_sessions;
	struct l2tp_result refusal; /* of the message that is being handled */
	uint32_t serial;
	struct message3_parse parse; /* of the message that is being handled */
	struct l2tp3_act current;    /* what l2tp3_next() returned */
	uint8_t scratch[AVP_SCRATCH];
	uint8_t current_bytes[L2TP_MESSAGE_MAX + 4];
};

/* style.c */
const struct l2tp3_style *style_of_request(const struct l2tp3_message *m);

/* settings3.c; NULL: no memory. */
struct settings3 *settings3_new(const struct l2tp3_config *cfg);
void settings3_put(struct settings3 *s);

/* table3.c: ids and look-ups. A NULL or 0 answer: none. */
struct connection *connection_new(struct l2tp3 *l, const struct l2tp_path *path, bool caller);
struct connection *connection_by_id(struct l2tp3 *l, uint32_t id); /* on any path */
/* The newest that the peer of path calls so; host: its Host Name, NULL: any. */
struct connection *connection_by_peer(struct l2tp3 *l, const struct l2tp_path *path,
				      uint32_t peer_id, const char *host);
struct connection *connection_calling(struct l2tp3 *l, const struct l2tp_path *path);
struct owner3 *owner3_of(struct l2tp3 *l, uint64_t owner);
void connection_bury(struct connection *c); /* out of the tables; freed by l2tp3_reap() */
struct session *session_new(struct connection *c);
struct session *session_by_id(struct l2tp3 *l, uint32_t id);
struct session *session_by_peer(struct connection *c, uint32_t peer_id);
void session_bury(struct session *s);
/* An id for a refusal or a new object; 0: none was free. */
uint32_t id3_draw(struct l2tp3 *l, const struct map *taken, uint16_t shard);
void l2tp3_reap(struct l2tp3 *l);

/* act3.c: actions. */
void act3_send(struct l2tp3 *l, const struct l2tp_path *path, uint32_t connection_id,
	       struct bytes msg);
void act3_connection(struct connection *c, enum l2tp3_act_kind kind); /* UP or DOWN */
bool act3_session_up(struct session *s);
void act3_session_status(struct session *s);
void act3_session_down(struct session *s);
const struct l2tp3_act *act3_next(struct l2tp3 *l);
void act3_note(struct l2tp3 *l, const struct l2tp_path *path, uint32_t connection_id,
	       enum note_kind kind, const char *reason, const char *fmt, ...)
	__attribute__((format(printf, 6, 7)));
#define connection_note(c, kind, reason, ...)                                                      \
	act3_note((c)->l, &(c)->path, (c)->id, kind, reason, __VA_ARGS__)

/* connection.c: the control connection. */
void connection_init(struct connection *c);
void connection_event(struct connection *c, uint64_t now_ms, enum tunnel_event event);
/* Everything that one reaction queued leaves; call it last for a connection. */
void connection_settle(struct connection *c, uint64_t now_ms);
/* Queues m; the Message Digest and Cisco's AVPs are added as the peer has them. */
void connection_send(struct connection *c, struct l2tp3_message *m);
struct bytes text3_bytes(const char *text);

/* connection_accept.c: what makes a start message acceptable. */
enum tunnel_event connection_classify(struct connection *c); /* of l->parse */
/* SCCRQ in l->parse over path that belongs to no connection yet; its Message Digest is
 * right. digested: it has one. */
void connection_accept(struct l2tp3 *l, uint64_t now_ms, const struct l2tp_path *path,
		       struct bytes msg, bool digested, uint8_t digest_type);
/* An SCCRQ with the peer's id of c: does the peer begin anew? */
bool connection_is_renewed(const struct connection *c, uint64_t now_ms, struct bytes msg);

/* session.c: the sessions of a control connection. */
extern const struct fsm session_fsm;
void session_event(struct session *s, uint64_t now_ms, enum session_event event);
void session_message(struct connection *c, uint64_t now_ms); /* l->parse */
struct session *session_call(struct connection *c, uint64_t now_ms);
struct session *session_make(struct connection *c); /* with its timer; NULL: no room */
void session_send_cdn(struct connection *c, uint32_t id, uint32_t peer_id, struct l2tp_result why,
		      const char *text);
void sessions_event(struct connection *c, uint64_t now_ms, enum session_event event);
/* Our circuit became active or not: SLI. */
void session_tell_status(struct session *s, bool active);

/* session_request.c: ICRQ or OCRQ in l->parse. */
void session_request(struct connection *c, uint64_t now_ms);

/* session_terms.c: what the two sides ask of each other's frames. */
void terms_fill(struct session *s, struct l2tp3_message *m);
/* Takes the peer's terms of the message in l->parse. Result 0: acceptable. */
struct l2tp_result terms_take(struct session *s);
