/*
 * l2tp: L2TPv2 control connections and calls (RFC 2661), LNS and LAC roles.
 *
 * One struct l2tp holds every tunnel of an engine. Pure: takes (now, event,
 * bytes), queues actions. A tunnel belongs to the lower path that created it
 * (l2tp_path): an ISAKMP SA, or nothing but a pair of addresses for plain L2TP.
 * A message for a tunnel that comes over another path is dropped and counted
 * (security.md H-18, H-21).
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/note.h"
#include "base/rd.h"
#include "base/secret.h"
#include "base/timerq.h"

#define L2TP_MESSAGE_MAX   1400 /* longest control message that we send */
#define L2TP_HOST_NAME_MAX 64

/* The way to a peer, opaque here. Equal owner and ports: the same path. */
struct l2tp_path {
	uint64_t owner;      /* names the ISAKMP peer; never 0 */
	uint16_t local_port; /* inner UDP ports as the peer uses them */
	uint16_t remote_port;
	uint16_t shard; /* low bits of the ids that we choose, see l2tp_config */
};

struct l2tp_habit; /* habit.h */

/* The buffers of a struct l2tp that are empty between two calls. */
struct l2tp_work;
/* For as many tunnels as tunnels_max of its users says. NULL: memory. */
struct l2tp_work *l2tp_work_new(unsigned tunnels_max);
void l2tp_work_free(struct l2tp_work *w); /* after those who have it; NULL is harmless */

struct l2tp_config {
	const char *host_name;      /* ours, sent in SCCRP */
	const char *vendor_name;    /* "Sekisho" */
	uint16_t hello_s;           /* 10 to 300; 0: never (client) */
	uint16_t rx_window;         /* Receive Window Size that we announce: 1 to 32768 */
	uint32_t retransmit_ms;     /* first; doubles up to retransmit_max_ms (RFC 2661 5.8) */
	uint32_t retransmit_max_ms; /* at most 8000 */
	uint8_t retransmit_tries;   /* at least 5 */
	unsigned tunnels_max;       /* in all */
	unsigned tunnels_per_owner_max;
	unsigned calls_per_tunnel_max;
	uint8_t shard_bits;   /* our tunnel and session ids have path.shard in these low bits */
	struct secret secret; /* tunnel secret for Challenge and hidden AVPs; empty: none */
	const struct l2tp_habit *habit; /* LAC: speaks as this client system; NULL: as ourselves */
	bool tie_breaker; /* LAC: our SCCRQ has one, for peers that may dial us (4.4.3) */
	/* Buffers that several struct l2tp of one thread have together: l2tp_next() of one must be
	 * NULL before another is called. NULL: its own. */
	struct l2tp_work *work;
	void (*random)(void *ctx, void *buf, size_t len);
	void *random_ctx;
	struct timerq *timers;
};

/* A tunnel or call that was refused or given up before it was up has a DOWN without
 * an UP. After the peer's StopCCN the calls' DOWN comes at once, the tunnel's when
 * its duplicates are answered no more (a full retransmission cycle, 31 s). */
enum l2tp_act_kind {
	L2TP_ACT_SEND,      /* a control message for the path; payload of UDP */
	L2TP_ACT_SEND_DATA, /* a data message (PPP negotiation) for the path */
	L2TP_ACT_NOTE,
	L2TP_ACT_TUNNEL_UP,
	L2TP_ACT_TUNNEL_DOWN, /* the tunnel and its calls are gone; the last action of a tunnel */
	L2TP_ACT_CALL_UP,     /* ICCN accepted (LNS) or sent (LAC): PPP may start */
	L2TP_ACT_CALL_DOWN,   /* the last action of a call; its ids are free again */
	L2TP_ACT_PPP,         /* a PPP frame that came in a data message of a call */
};

/* Result of StopCCN or CDN (RFC 2661 4.4.2); error 0 when absent. */
struct l2tp_result {
	uint16_t result;
	uint16_t error;
	const char *reason; /* kebab-case constant, ours: "peer-stopccn", "hello-timeout",
			     * "retransmit-timeout", "admin", "no-resources", ... */
};

struct l2tp_call_info {
	uint64_t owner;
	uint16_t tunnel_id, session_id;           /* ours: what the peer sends to */
	uint16_t peer_tunnel_id, peer_session_id; /* what we send to */
	uint16_t local_port, remote_port;
	bool sequencing; /* peer required it (AVP 39) */
	char peer_host_name[L2TP_HOST_NAME_MAX + 1];
	char peer_vendor_name[L2TP_HOST_NAME_MAX + 1];
	uint16_t peer_firmware;
	const char
		*client_system; /* by its SCCRQ (quirk.h): a constant, "unknown" if none; LAC: "" */
};

struct l2tp_act {
	enum l2tp_act_kind kind;
	struct l2tp_path path; /* SEND, SEND_DATA, TUNNEL_* */
	uint16_t tunnel_id;    /* SEND.., TUNNEL_*, CALL_*, PPP: ours; 0 for refusals */
	uint16_t session_id;   /* CALL_*, PPP, SEND_DATA: ours */
	uint32_t call;         /* CALL_*, PPP: handle, never 0 */
	struct bytes bytes;    /* SEND.., PPP; valid until the next l2tp_next() */
	struct note note;
	struct l2tp_result result;  /* *_DOWN */
	struct l2tp_call_info info; /* CALL_UP */
};

struct l2tp;

struct l2tp *l2tp_new(const struct l2tp_config *cfg); /* cfg copied */
void l2tp_free(struct l2tp *l);                       /* wipes secrets, disarms timers */

/* Takes effect for new tunnels (hello, secret, names, limits). */
void l2tp_reconfigure(struct l2tp *l, const struct l2tp_config *cfg);

/* A UDP payload that came over path: control, or a data message that a worker
 * could not take (no session yet, or PPP negotiation). */
void l2tp_input(struct l2tp *l, uint64_t now_ms, const struct l2tp_path *path, struct bytes msg);

/* Sends a PPP frame in a data message of the call (Ns when sequencing). */
void l2tp_call_send(struct l2tp *l, uint64_t now_ms, uint32_t call, struct bytes frame);

/* The Ns of the call's next data message, and setting it: the data plane takes the
 * counter over while it sends for the call, and gives it back. */
uint16_t l2tp_call_ns(struct l2tp *l, uint32_t call);
void l2tp_call_set_ns(struct l2tp *l, uint32_t call, uint16_t ns);

/* A data message of the call came that l2tp_input() was not given: no Hello is due. */
void l2tp_call_heard(struct l2tp *l, uint64_t now_ms, uint32_t call);

/* CDN with the result, then CALL_DOWN. When it was the tunnel's last call and the
 * tunnel is an LNS's, StopCCN is left to the peer or to the owner's end. */
void l2tp_call_close(struct l2tp *l, uint64_t now_ms, uint32_t call, struct l2tp_result why);

/* StopCCN to every tunnel of the owner (send true), or silence (the path is gone). */
void l2tp_owner_close(struct l2tp *l, uint64_t now_ms, uint64_t owner, struct l2tp_result why,
		      bool send);

/* Is the other end there? A Hello at once on every tunnel of the owner that has nothing
 * outstanding; silence ends a tunnel by its retransmissions ("hello-timeout"). */
void l2tp_owner_probe(struct l2tp *l, uint64_t now_ms, uint64_t owner);

/* LAC role: opens a tunnel and one call over path; 0 when a limit is reached, else
 * the call's handle. */
uint32_t l2tp_dial(struct l2tp *l, uint64_t now_ms, const struct l2tp_path *path);

const struct l2tp_act *l2tp_next(struct l2tp *l);

/* Counters of drops by name, for show and tests. */
struct l2tp_stats {
	uint64_t messages_in, messages_out, retransmits, zlb_out;
	uint64_t drop_short, drop_version, drop_length, drop_avp, drop_no_tunnel, drop_wrong_path,
		drop_no_call, drop_out_of_window, drop_duplicate, drop_limit, drop_state;
	uint64_t drop_strict;  /* LAC: what its habit does not take */
	uint64_t drop_flags;   /* a control message without L or S, or with O or P */
	uint64_t acts_refused; /* actions that found the outbox full: lost packets and notes */
	unsigned tunnels, calls;
};
void l2tp_get_stats(const struct l2tp *l, struct l2tp_stats *out);
