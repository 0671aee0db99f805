/*
 * state3: what the files of version 3 share: the engine, its control connections and
 * sessions, and the functions that one file has for the others. What version 2 has as well
 * is control.h's.
 */
#pragma once

#include "digest.h"
#include "l2tp/l2tp3.h"
#include "message3.h"
#include "state.h"

#define NONCE_LEN 16

struct settings3 {
	struct control_settings base;
	struct l2tp3_config cfg; /* its names point into base, which has what is within limits */
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
	SEV_UNACCEPTABLE, /* a message that is refused, why is in the engine's refusal */
	SEV_OTHER,        /* WEN: taken note of by nobody */
	SEV_TIE_LOST,     /* the peer's ICRQ for the same circuit crossed ours and wins */
	SEV_CLOSE,
	SEV_TIMER, /* set-up limit */
	SEV_CONNECTION_GONE,
	SESSION_EVENTS,
};

struct connection {
	struct control ctl;
	struct l2tp3 *l;            /* as ctl.e */
	struct settings3 *settings; /* as ctl.settings */
	const struct l2tp3_style *style;
	uint16_t cisco_version;
	bool digests;                 /* every message has a Message Digest, both ways */
	bool ethernet, ethernet_vlan; /* pseudowires that the peer has */
	uint8_t digest_type;
	uint8_t nonce[NONCE_LEN];
	uint8_t peer_nonce[PEER_NONCE_MAX], peer_nonce_len;
};

struct session {
	struct control_session ses;
	struct connection *connection; /* as ses.control */
	uint32_t peer_id;
	uint16_t pw_type;
	bool caller;
	bool active, peer_active; /* circuits */
	bool told_active;         /* what the peer knows of ours */
	uint8_t cookie_len, peer_cookie_len;
	uint8_t cookie[L2TP3_COOKIE_MAX], peer_cookie[L2TP3_COOKIE_MAX];
	uint8_t sublayer, peer_sublayer, sequencing, peer_sequencing;
	struct tie_breaker tie_breaker; /* in our ICRQ */
	char remote_end_id[L2TP3_END_ID_MAX + 1];
};

struct l2tp3 {
	struct control_engine engine;
	struct outbox outbox;
	struct l2tp3_stats stats;    /* those that are not among the engine's counts */
	struct message3_parse parse; /* of the message that is being handled */
	struct l2tp3_act current;    /* what l2tp3_next() returned */
	uint8_t scratch[AVP_SCRATCH];
	uint8_t current_bytes[L2TP_MESSAGE_MAX + 4];
};

static inline struct connection *connection_of(struct control *c)
{
	return c ? list_entry(c, struct connection, ctl) : NULL;
}

static inline struct session *session_of(struct control_session *s)
{
	return s ? list_entry(s, struct session, ses) : NULL;
}

static inline struct settings3 *settings3_of(struct control_settings *s)
{
	return list_entry(s, struct settings3, base);
}

/* style.c */
const struct l2tp3_style *style_of_request(const struct l2tp3_message *m);

/* settings3.c; NULL: no memory. */
struct control_settings *settings3_new(const struct l2tp3_config *cfg);

/* table3.c: ids, and look-ups by them. An id for a refusal or a new object; 0: none free. */
uint32_t id3_draw(struct control_engine *e, const struct l2tp_path *path, bool caller);
uint32_t session3_draw(struct control *c);
struct session *session_by_id(struct l2tp3 *l, uint32_t id);
struct session *session_by_peer(struct connection *c, uint32_t peer_id);

/* act3.c: actions. */
void act3_send(struct l2tp3 *l, const struct l2tp_path *path, uint32_t connection_id,
	       struct bytes msg);
bool act3_session_up(struct session *s);
void act3_session_status(struct session *s);
const struct l2tp3_act *act3_next(struct l2tp3 *l);

/* connection.c: the control connection. */
extern const struct control_version l2tp3_version;
/* Queues m; the Message Digest and Cisco's AVPs are added as the peer has them. */
void connection_send(struct connection *c, struct l2tp3_message *m);

/* l2tp3.c: one message in its turn. */
void connection_handle(struct control *c, uint64_t now_ms, struct bytes msg);

/* connection_accept.c: what makes a start message acceptable. */
enum tunnel_event connection_classify(struct connection *c); /* of l->parse */
/* SCCRQ in l->parse over path that belongs to no connection yet; its Message Digest is
 * right. digested: it has one. */
void connection_accept(struct l2tp3 *l, uint64_t now_ms, const struct l2tp_path *path,
		       struct bytes msg, bool digested, uint8_t digest_type);

/* session.c: the sessions of a control connection. */
extern const struct fsm session_fsm;
void session_event(struct control_session *s, uint64_t now_ms, unsigned event);
void session_message(struct control *c, uint64_t now_ms); /* l->parse */
struct session *session_call(struct connection *c, uint64_t now_ms);
struct session *session_make(struct connection *c); /* NULL: no room */
void session_send_cdn(struct connection *c, uint32_t id, uint32_t peer_id, struct l2tp_result why,
		      const char *text);
/* Our circuit became active or not: SLI. */
void session_tell_status(struct session *s, bool active);

/* session_request.c: ICRQ or OCRQ in l->parse. */
void session_request(struct connection *c, uint64_t now_ms);

/* session_terms.c: what the two sides ask of each other's frames. */
void terms_fill(struct session *s, struct l2tp3_message *m);
/* Takes the peer's terms of the message in l->parse. Result 0: acceptable. */
struct l2tp_result terms_take(struct session *s);
