/*
 * lac: one L2TP/IPsec client, pure: the same protocol rooms in the other role.
 *
 * A struct lac is a whole native client: IKE initiator, ESP, L2TP LAC, PPP client.
 * It takes datagrams and the user's IP packets, and returns datagrams and IP
 * packets. Used by the scripts in virtual time and by sekisho-lac. Slow DH runs where
 * the caller wants.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/addr.h"
#include "base/note.h"
#include "base/rd.h"
#include "crypto/burst.h"
#include "ike/ike.h"
#include "lac/profile.h"
#include "ppp/ppp.h"

struct lac;

/*
 * What many clients of one thread use together: the engine that seals and opens their
 * packets, buffers that are empty between two calls, random octets drawn ahead. A client
 * without one has its own, which is right for a few clients and costs 450 KiB;
 * with one a client has 24 KiB.
 */
struct lac_shared;
struct lac_shared *lac_shared_new(void);    /* NULL: memory */
void lac_shared_free(struct lac_shared *s); /* after the last of its clients; NULL is harmless */
/* burst_seal() and burst_open() of jobs that lac_seal_begin() and lac_open_begin() filled in; n
 * is 0 to BURST_MAX. Every such job must come here once: keys are kept until then. */
void lac_shared_seal(struct lac_shared *s, struct burst_job *jobs, size_t n);
void lac_shared_open(struct lac_shared *s, struct burst_job *jobs, size_t n);

struct lac_config {
	/* Our address and UDP port as we see it; port 500 or any, raw: 1701 or any. */
	struct endpoint local;
	struct ip_addr server;
	struct bytes psk;
	/* RSA signatures instead of psk, when there is a chain: the key is chains[0]'s, wall_s is
	 * the time of day (ike.h), with random_ctx. What is pointed to outlives the client. */
	struct ike_pki pki;
	const struct sign_key *key;
	int64_t (*wall_s)(void *ctx);
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
	/* LCP Echo-Requests while nothing comes; three without an answer end it; 0:
	 * none. A profile has its own word on it. */
	uint16_t echo_s;
	/* Plays a client system (profile.h): policies, esps, l2tp_port and mru may be left to it.
	 * NULL: itself. */
	const struct lac_profile *profile;
	uint32_t esp_life_s;  /* of ESP SAs, renewed at 19/20 of it; 0: as the profile says */
	uint32_t esp_life_kb; /* asked for; 0: 250000, or what the profile says */
	/* Aggressive Mode under this identity (type 0: Main Mode), message 3 in clear */
	struct ike_id aggressive_id;
	bool clear_msg3;
	uint16_t fragment_mtu; /* IKE fragments (ike.h); 0: none, or what the profile does */
	/* Plain L2TP (RFC 2661 8.1) between local and the server's UDP port 1701: no ISAKMP, no
	 * ESP, the state goes from IDLE to TUNNEL; psk, policies, esps, natt, l2tp_port are not
	 * looked at. Who is in between reads and changes everything. */
	bool raw;
	/* Belongs to the caller, outlives the client, one thread at a time with all its clients,
	 * which have the same source of random octets. NULL: the client has its own. */
	struct lac_shared *shared;
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
	struct flow flow;   /* DATAGRAM: local port 500 or 4500 as the client uses; raw: its own */
	bool raw_esp;       /* DATAGRAM: IP protocol 50 instead of UDP */
	struct bytes bytes; /* DATAGRAM, PACKET; valid as long as the action */
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
 * raw_esp an ESP packet; of a raw client one that came to its port from the server's 1701, or
 * from the port that the server has chosen for its answers (RFC 2661 8.1). */
void lac_input(struct lac *l, uint64_t now_ms, const struct flow *flow, bool raw_esp,
	       struct bytes datagram);
void lac_dh_done(struct lac *l, uint64_t now_ms, struct ike_dh_job *job);

/* An IPv4 or IPv6 packet of the user; dropped unless up. */
void lac_send(struct lac *l, uint64_t now_ms, struct bytes ip_packet);

/* Fires what is due. */
void lac_run(struct lac *l, uint64_t now_ms);
uint64_t lac_next_ms(const struct lac *l); /* TIMER_NEVER: nothing waits */

/* The oldest action, or NULL. Valid until the next lac_next() of this client, or of one that
 * has the same lac_shared. */
const struct lac_act *lac_next(struct lac *l);

/*
 * ---- The same path for callers that gather bursts of many clients ----
 *
 * Out: lac_seal_begin() for each packet, one lac_shared_seal() of all the jobs, then the
 * datagrams may leave. In: lac_open_begin() for each datagram, one lac_shared_open() of all the
 * jobs, then lac_open_end() for each of them. lac_send() and lac_input() are the
 * same with a burst of one.
 *
 * Between begin and burst anything may be called, lac_free() too: the keys of a job stay
 * until it was run, and a lac_open_end() that finds its SA gone drops its packet.
 */

#define LAC_SEAL_FRONT 48 /* ESP 8, IV 16, UDP 8, L2TP 12, PPP 4 */
#define LAC_SEAL_BACK  64 /* padding 15, trailer 2, ICV 32 */

enum lac_seal {
	LAC_SEAL_NO,    /* not up, no SA, or no sequence numbers left: dropped and counted */
	LAC_SEAL_JOB,   /* *job is filled in (but for owner): lac_shared_seal(), then send *out */
	LAC_SEAL_READY, /* plain L2TP: send *out */
};

struct lac_sealed {
	/* Local port 4500, or a raw client's own; with raw_esp the ports are 0. Inside the client:
	 * it says where its last packet went. */
	const struct flow *flow;
	bool raw_esp; /* IP protocol 50 instead of UDP */
	uint8_t *datagram;
	size_t len; /* at most that of the packet + LAC_SEAL_FRONT + LAC_SEAL_BACK */
};

/* packet: an IPv4 or IPv6 packet of the user of 1 to 65000 octets; LAC_SEAL_FRONT octets in front
 * of it and LAC_SEAL_BACK behind it are the client's to write. PPP, L2TP, UDP and
 * ESP are laid around it in place. A sequence number is used up by each call. */
enum lac_seal lac_seal_begin(struct lac *l, uint64_t now_ms, uint8_t *packet, size_t len,
			     struct burst_job *job, struct lac_sealed *out);

enum lac_open {
	LAC_OPEN_NO,    /* not an ESP packet of this client that may be new: to lac_input() */
	LAC_OPEN_JOB,   /* *job is filled in (but for owner): lac_shared_open(), then lac_open_end()
			 */
	LAC_OPEN_READY, /* plain L2TP: lac_open_end() at once */
};

/* A datagram as for lac_input(), which will be changed in place. Nothing is counted and nothing
 * kept: LAC_OPEN_NO may be asked again. */
enum lac_open lac_open_begin(struct lac *l, const struct flow *flow, bool raw_esp,
			     uint8_t *datagram, size_t len, struct burst_job *job);

/* True: *ip_packet, inside the datagram, is for the user. False: it was something of the client
 * itself (control messages, PPP, what its profile asked for) or it was dropped and
 * counted: take lac_next() until it is NULL. */
bool lac_open_end(struct lac *l, uint64_t now_ms, const struct burst_job *job,
		  struct bytes *ip_packet);

enum lac_state lac_get_state(const struct lac *l);
const char *lac_down_reason(const struct lac *l); /* NULL until DOWN */

/* What IPCP agreed on, while UP; else NULL. Valid until the client is used again. */
const struct ppp_up *lac_get_up(const struct lac *l);

#define LAC_WORDS 72

/* What is known of the connection so far; texts are empty until it is known. */
struct lac_info {
	char phase1[LAC_WORDS]; /* "AES256-SHA1-MODP2048" */
	char phase2[LAC_WORDS]; /* "AES256-SHA1" */
	char server[LAC_WORDS]; /* by its vendor ids; "unknown" where they tell nothing */
	bool udp_encap;         /* ESP in UDP (RFC 3948) */
	bool server_behind_nat, we_behind_nat;             /* as NAT-D says (RFC 3947 3.2) */
	char host_name[LAC_WORDS], vendor_name[LAC_WORDS]; /* L2TP, the server's AVPs */
	uint16_t firmware;
	const char *ppp_auth;   /* "MS-CHAPv2" ...; NULL: none yet */
	uint16_t mru, peer_mru; /* longest IP packet to us and from us */
};
void lac_get_info(const struct lac *l, struct lac_info *out);

/* The identifiers that IPV6CP agreed on; false: it is not open. */
bool lac_get_up6(const struct lac *l, struct ppp_up6 *out);

/* Packets dropped, by reason: n from 0; false behind the last. */
bool lac_drop_counter(const struct lac *l, unsigned n, const char **name, uint64_t *count);
