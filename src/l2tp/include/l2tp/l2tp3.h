/*
 * l2tp3: L2TPv3 control connections and Ethernet sessions (RFC 3931, RFC 4719), the
 * LCCE that answers and the LCCE that calls.
 *
 * One struct l2tp3 holds every control connection of an engine, beside the version 2
 * of l2tp.h. Pure: takes (now, event, bytes), queues actions. A control connection
 * belongs to the path that made it; a message that comes over another one is dropped
 * and counted. Control messages only: frames go through wire/l2tp3_data.h.
 */
#pragma once

#include "l2tp/l2tp.h"

/* The path of l2tp.h; local_port 0: IP protocol 115, else UDP. Over protocol 115 the
 * octets in and out are the IP payload, with the zero session id before a control
 * message. */
static inline bool l2tp3_over_ip(const struct l2tp_path *p)
{
	return p->local_port == 0;
}

/* Is a UDP payload for this room, and not for version 2? */
static inline bool l2tp3_is(struct bytes udp_payload)
{
	return udp_payload.len >= 2 && (udp_payload.p[1] & 0x0f) == 3;
}

#define L2TP3_COOKIE_MAX 8
#define L2TP3_END_ID_MAX 64

enum l2tp3_pseudowire { L2TP3_PW_ETHERNET_VLAN = 4, L2TP3_PW_ETHERNET = 5 };
enum l2tp3_sublayer { L2TP3_SUBLAYER_NONE = 0, L2TP3_SUBLAYER_DEFAULT = 1 };
/* Which frames that come in are to have a sequence number (AVP 70). */
enum l2tp3_sequencing {
	L2TP3_SEQUENCE_NONE = 0,
	L2TP3_SEQUENCE_NON_IP = 1,
	L2TP3_SEQUENCE_ALL = 2
};
enum l2tp3_digest { L2TP3_DIGEST_MD5 = 0, L2TP3_DIGEST_SHA1 = 1 };

enum l2tp3_cookie_rule {
	L2TP3_COOKIE_CONFIGURED, /* cookie_len of the configuration */
	L2TP3_COOKIE_AS_PEER,    /* as long as the peer's; a caller: as configured */
	L2TP3_COOKIE_NEVER,
};

/* How a family of routers writes RFC 3931. An answerer finds the row by the request. */
struct l2tp3_style {
	const char *name;          /* "standard", "cisco", "yamaha" */
	const char *vendor_prefix; /* of the requester's Vendor Name; NULL: not told by it */
	const char *vendor_name;   /* ours towards such a peer; NULL: the configuration's */
	bool cisco_avps;           /* vendor 9's beside the standard ones; told by them */
	bool router_id_zero;
	bool no_window;          /* Receive Window Size is left out */
	bool reply_pw_type;      /* ICRP has the Pseudowire Type */
	bool udp_only;           /* never over protocol 115 */
	bool no_sublayer;        /* never asked for one */
	uint16_t circuit_status; /* N and A bits of ICRQ and ICRP */
	enum l2tp3_cookie_rule cookie;
};

/* Row n from 0, NULL behind the last; the row of a name, or NULL. */
const struct l2tp3_style *l2tp3_style(unsigned n);
const struct l2tp3_style *l2tp3_style_by_name(const char *name);

struct l2tp3_config {
	const char *host_name;
	const char *vendor_name;
	uint32_t router_id;
	uint16_t hello_s;           /* 10 to 300; 0: never */
	uint16_t rx_window;         /* 1 to 32768 */
	uint32_t retransmit_ms;     /* first; doubles up to retransmit_max_ms */
	uint32_t retransmit_max_ms; /* at most 8000 */
	uint8_t retransmit_tries;   /* at least 5 */
	unsigned connections_max;   /* in all */
	unsigned connections_per_owner_max;
	unsigned sessions_per_connection_max;
	uint8_t shard_bits;   /* our 32-bit ids have path.shard in these low bits */
	uint8_t cookie_len;   /* of the frames that come in: 0, 4 or 8 */
	uint8_t sublayer;     /* enum l2tp3_sublayer of the frames that come in */
	uint8_t sequencing;   /* enum l2tp3_sequencing; not NONE needs the default sublayer */
	struct secret secret; /* for Message Digests and hidden AVPs; empty: none */
	uint8_t digest;       /* enum l2tp3_digest of a caller; an answerer takes the peer's */
	/* A caller */
	const struct l2tp3_style *style; /* NULL: standard */
	uint16_t pw_type;                /* enum l2tp3_pseudowire; 0: Ethernet */
	const char *remote_end_id;       /* Remote End ID of ICRQ; NULL: "1" */
	bool tie_breaker;                /* for peers that may call us at the same time */
	void (*random)(void *ctx, void *buf, size_t len);
	void *random_ctx;
	struct timerq *timers;
};

/* What was refused or given up before it was up has a DOWN without an UP. After the
 * peer's StopCCN the sessions' DOWN comes at once, the connection's when duplicates
 * are answered no more. */
enum l2tp3_act_kind {
	L2TP3_ACT_SEND, /* a control message for the path */
	L2TP3_ACT_NOTE,
	L2TP3_ACT_CONNECTION_UP,
	L2TP3_ACT_CONNECTION_DOWN, /* the last action of a control connection */
	L2TP3_ACT_SESSION_UP,      /* frames may come and go */
	L2TP3_ACT_SESSION_STATUS,  /* the peer's circuit became active or not: active */
	L2TP3_ACT_SESSION_DOWN,    /* the last action of a session; its id is free again */
};

struct l2tp3_session_info {
	uint64_t owner;
	uint32_t connection_id, peer_connection_id;
	uint32_t session_id;                      /* in the frames that come in */
	uint32_t peer_session_id;                 /* in the frames that we send */
	uint16_t local_port, remote_port;         /* 0: protocol 115 */
	uint16_t pw_type;                         /* enum l2tp3_pseudowire */
	uint8_t cookie_len, peer_cookie_len;      /* 0, 4 or 8 */
	uint8_t cookie[L2TP3_COOKIE_MAX];         /* in the frames that come in */
	uint8_t peer_cookie[L2TP3_COOKIE_MAX];    /* in the frames that we send */
	uint8_t sublayer, peer_sublayer;          /* in what comes in; in what we send */
	uint8_t sequencing, peer_sequencing;      /* what comes in; what we send */
	bool active;                              /* the peer's circuit takes frames */
	bool caller;                              /* we asked for the session */
	const char *style;                        /* name of the row */
	char remote_end_id[L2TP3_END_ID_MAX + 1]; /* as the ICRQ has it, printable */
	char peer_host_name[L2TP_HOST_NAME_MAX + 1];
	char peer_vendor_name[L2TP_HOST_NAME_MAX + 1];
};

struct l2tp3_act {
	enum l2tp3_act_kind kind;
	struct l2tp_path path;
	uint32_t connection_id; /* ours; 0 for refusals */
	uint32_t session_id;    /* SESSION_*: ours, names the session */
	bool active;            /* SESSION_STATUS */
	struct bytes bytes;     /* SEND; valid until the next l2tp3_next() */
	struct note note;
	struct l2tp_result result;      /* *_DOWN */
	struct l2tp3_session_info info; /* SESSION_UP */
};

struct l2tp3;

/* cfg copied; NULL: memory. */
struct l2tp3 *l2tp3_new(const struct l2tp3_config *cfg);
void l2tp3_free(struct l2tp3 *l); /* wipes secrets, disarms timers; NULL is harmless */

/* Takes effect for new control connections. */
void l2tp3_reconfigure(struct l2tp3 *l, const struct l2tp3_config *cfg);

/* An IP payload of protocol 115 or a UDP payload with a version 3 header that came
 * over path: a control message, or a data message that no worker could take (dropped
 * and counted). */
void l2tp3_input(struct l2tp3 *l, uint64_t now_ms, const struct l2tp_path *path, struct bytes msg);

/* Calls: opens a control connection over path and one session in it. The session's
 * id, 0 when a limit is reached or the style does not go over the path's carrier. */
uint32_t l2tp3_call(struct l2tp3 *l, uint64_t now_ms, const struct l2tp_path *path);

/* A frame of the session came: no Hello is due. */
void l2tp3_session_heard(struct l2tp3 *l, uint64_t now_ms, uint32_t session_id);

/* Our circuit takes frames, or no more: told to the peer by SLI (RFC 3931 6.14). */
void l2tp3_session_status(struct l2tp3 *l, uint64_t now_ms, uint32_t session_id, bool active);

/* CDN with the result, then SESSION_DOWN. The last session of a connection that we
 * called takes the connection along. */
void l2tp3_session_close(struct l2tp3 *l, uint64_t now_ms, uint32_t session_id,
			 struct l2tp_result why);

/* StopCCN to every connection of the owner (send true), or silence (the path is gone). */
void l2tp3_owner_close(struct l2tp3 *l, uint64_t now_ms, uint64_t owner, struct l2tp_result why,
		       bool send);

/* A Hello at once on every connection of the owner that has nothing outstanding. */
void l2tp3_owner_probe(struct l2tp3 *l, uint64_t now_ms, uint64_t owner);

const struct l2tp3_act *l2tp3_next(struct l2tp3 *l);

/* Counters; drop_*: what came and was dropped, by its reason. */
struct l2tp3_stats {
	uint64_t messages_in, messages_out, retransmits, acks_out;
	uint64_t drop_short, drop_version, drop_flags, drop_length, drop_avp, drop_no_connection,
		drop_wrong_path, drop_no_session, drop_out_of_window, drop_duplicate, drop_limit,
		drop_state;
	uint64_t drop_digest;  /* Message Digest wrong, or missing where one is due */
	uint64_t drop_data;    /* frames of a session that were not taken by a worker */
	uint64_t acts_refused; /* actions that found the outbox full */
	unsigned connections, sessions;
};
void l2tp3_get_stats(const struct l2tp3 *l, struct l2tp3_stats *out);
