/*
 * lac: one L2TP/IPsec client, pure: the same protocol rooms in the other role.
 *
 * A struct lac is a whole native client: IKE initiator, ESP, L2TP LAC, PPP client.
 * It takes datagrams and the user's IP packets, and returns datagrams and IP
 * packets. Used by the scripts in virtual time, by quickstart's dial and, later,
 * by sekisho-lac. Slow DH runs where the caller wants.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/addr.h"
#include "base/note.h"
#include "base/rd.h"
#include "ike/ike.h"
#include "lac/profile.h"
#include "ppp/ppp.h"

struct lac;

struct lac_config {
	struct endpoint local; /* our address and UDP port as we see it; port 500 or any */
	struct ip_addr server;
	struct bytes psk;
	const char *user;
	struct bytes password;
	unsigned ppp_auth; /* methods accepted, enum ppp_auth bits */
	const struct ike_policy
		*policies; /* NULL: AES-256 SHA-1 group 14, and AES-128 SHA-256 group 19 */
	size_t n_policies;
	const struct ike_esp *esps; /* NULL: AES-256 SHA-1, AES-128 SHA-256 */
	size_t n_esps;
	bool natt;                /* announce RFC 3947 */
	struct bytes l2tp_secret; /* of the tunnel (RFC 2661 5.1.1); empty: none */
	uint16_t l2tp_port;       /* inner UDP source port, 1701 by default */
	uint16_t mru;             /* 1400 by default */
	bool ipv6;                /* speak IPV6CP; a profile has its own word on it */
	/* Plays a client system (profile.h): policies, esps, l2tp_port and mru may be left to it.
	 * NULL: itself. */
	const struct lac_profile *profile;
	uint32_t esp_life_s;  /* of ESP SAs, renewed at 19/20 of it; 0: as the profile says */
	uint32_t esp_life_kb; /* asked for; 0: 250000, or what the profile says */
	/* Aggressive Mode under this identity (type 0: Main Mode), message 3 in clear */
	struct ike_id aggressive_id;
	bool clear_msg3;
	uint16_t fragment_mtu; /* IKE fragments (ike.h); 0: none, or what the profile does */
	void (*random)(void *ctx, void *buf, size_t len);
	void *random_ctx;
};

enum lac_state {
	LAC_IDLE,
	LAC_PHASE1,
	LAC_PHASE2,
	LAC_TUNNEL,
	LAC_PPP,
	LAC_UP,
	LAC_CLOSING,
	LAC_DOWN
};
const char *lac_state_name(enum lac_state s);

enum lac_act_kind {
	LAC_ACT_DATAGRAM, /* to the network: UDP payload with flow, or raw protocol 50 */
	LAC_ACT_PACKET,   /* an IP packet for the user */
	LAC_ACT_DH,       /* run ike_dh_run(job), then lac_dh_done() */
	LAC_ACT_NOTE,
	LAC_ACT_UP,   /* addresses are in up */
	LAC_ACT_DOWN, /* reason */
};

struct lac_act {
	enum lac_act_kind kind;
	struct flow flow;   /* DATAGRAM: local port 500 or 4500 as the client uses */
	bool raw_esp;       /* DATAGRAM: IP protocol 50 instead of UDP */
	struct bytes bytes; /* DATAGRAM, PACKET; valid until the next lac_next() */
	struct ike_dh_job *job;
	struct note note;
	struct ppp_up up;
	const char *reason;
};

/* A name as client systems give it to Aggressive Mode: USER_FQDN with an @, FQDN with a dot,
 * else KEY_ID (clients.md 1.2, 1.3). Longer than ike_id holds: cut. */
struct ike_id lac_identity(const char *name);

struct lac *lac_new(const struct lac_config *cfg); /* copies everything; wipes at the end */
void lac_free(struct lac *l);

void lac_dial(struct lac *l, uint64_t now_ms);
/* Orderly: PPP terminate, CDN, StopCCN, Delete; DOWN follows. */
void lac_hang_up(struct lac *l, uint64_t now_ms);

/* While up: a new Main Mode (lac_renew) or a new pair of ESP SAs (lac_rekey) beside the old
 * one, as native clients do before a lifetime ends (RFC 2409 section 4); the old one is
 * deleted some seconds later. It does both by itself when lifetimes end. Nothing when
 * not up or already at it. */
void lac_renew(struct lac *l, uint64_t now_ms);
void lac_rekey(struct lac *l, uint64_t now_ms);

/* A UDP payload that came to local port 500 or 4500 (flow as we see it), or with
 * raw_esp an ESP packet. */
void lac_input(struct lac *l, uint64_t now_ms, const struct flow *flow, bool raw_esp,
	       struct bytes datagram);
void lac_dh_done(struct lac *l, uint64_t now_ms, struct ike_dh_job *job);

/* An IPv4 or IPv6 packet of the user; dropped unless up. */
void lac_send(struct lac *l, uint64_t now_ms, struct bytes ip_packet);

/* Fires what is due. */
void lac_run(struct lac *l, uint64_t now_ms);
uint64_t lac_next_ms(const struct lac *l); /* TIMER_NEVER: nothing waits */

const struct lac_act *lac_next(struct lac *l);

enum lac_state lac_get_state(const struct lac *l);
const char *lac_down_reason(const struct lac *l); /* NULL until DOWN */

/* The identifiers that IPV6CP agreed on; false: it is not open. */
bool lac_get_up6(const struct lac *l, struct ppp_up6 *out);

/* Packets dropped, by reason: n from 0; false behind the last. */
bool lac_drop_counter(const struct lac *l, unsigned n, const char **name, uint64_t *count);
