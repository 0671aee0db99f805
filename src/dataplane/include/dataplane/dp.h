/*
 * dp: the data plane as the control thread sees it.
 *
 * N workers, each a pinned thread with its own descriptors, SAs and sessions.
 * Control reaches a worker only by commands (dp_command, ring down) and hears
 * from it only by punts (dp_punts, ring up): DESIGN.md section 1, decision 4.
 *
 * The shard is in the numbers that control picks: worker = spi & shard_mask,
 * and peers and sessions are slots of the worker that owns them. A peer (the
 * other end of one ISAKMP SA), its SAs and its sessions live in one worker.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/addr.h"
#include "crypto/burst.h"
#include "hub/access_list.h"
#include "hub/options.h"
#include "hub/policy.h"
#include "os/os.h"

#define DP_WORKERS_MAX 64
#define DP_MESSAGE_MAX 10000 /* longest ISAKMP or L2TP message in a punt or command */
#define DP_HUBS_MAX    64
#define DP_PORTS_MAX   1024 /* that speak Ethernet, of each worker */

#define DP_PACKET_PUNT_MAX 1500 /* longest packet in DP_PUNT_PACKET */
#define DP_PACKET_PUNTS    8

struct dp;

struct dp_config {
	const struct os *os;
	unsigned workers;      /* 1 to DP_WORKERS_MAX */
	unsigned peers_max;    /* for each worker; all tables are allocated at start */
	unsigned sessions_max; /* for each worker */
	bool pin;              /* pin the threads to cores */
	/* In the MACs of sessions' ports: two servers on one LAN have different ones. */
	uint8_t machine;
	enum burst_impl burst;
	/* Descriptors, one for each worker unless said; taken over, closed by dp_free().
	 * -1: none. */
	int udp500; /* worker 0 reads it */
	int udp4500[DP_WORKERS_MAX];
	int esp[DP_WORKERS_MAX]; /* raw protocol 50 */
	/* Of each class (ISAKMP, events), for each worker; 0: 1000. Of L2TP messages four
	 * times as many, of which one peer gets at most a sixteenth and one. Of ISAKMP one network
	 * (/24, /64) gets at most half, and behind half of the class a 64th and one. */
	uint32_t punts_per_second_max;
};

/* Number of low bits of an SPI, tunnel id ... that name the worker. */
unsigned dp_shard_bits(unsigned workers);

/* The largest time an SA's packets can be counted: a send SA stops before 2^32. */
#define DP_SEQ_SOFT UINT32_C(0xf0000000) /* DP_PUNT_SA_SOFT is sent once behind this */

struct dp *dp_new(const struct dp_config *cfg);
/* Threads on: dp_start; or driven by the caller: dp_run_once (tests). */
bool dp_start(struct dp *dp);
/* One round of every worker on the caller's thread; true when anything was done. */
bool dp_run_once(struct dp *dp);
/* When dp_run_once() has something to do that only the clock brings; UINT64_MAX: nothing. */
uint64_t dp_next_ms(const struct dp *dp);
void dp_stop(struct dp *dp); /* joins the threads */
void dp_free(struct dp *dp); /* wipes keys */

/* ---- commands: control -> worker ---- */

enum dp_cmd_kind {
	DP_CMD_HUB_ADD,   /* every worker: hub with its way out */
	DP_CMD_HUB_DEL,   /* refused while it has sessions or ports; closes its TAP queue */
	DP_CMD_HUB_RULES, /* every worker: access list and options of a hub from now on */
	/* Every worker: another way out of a bridged hub (tap of dp_hub), or none; the former
	 * queues are closed. */
	DP_CMD_HUB_WAY,
	DP_CMD_NEIGH_ADD, /* every worker: ip, or a /64 of IPv6, on hub is at mac */
	DP_CMD_NEIGH_DEL,
	DP_CMD_PEER_ADD,
	DP_CMD_PEER_PATH, /* the peer's outer path changed */
	DP_CMD_PEER_DEL,  /* with its SAs, sessions and ports */
	DP_CMD_SA_IN_ADD,
	DP_CMD_SA_IN_DEL,
	/* The peer sends on this one from now on. The one before stays parked with its
	 * sequence number until SA_OUT_DEL, at most DP_SA_OUT_MAX a peer (then the oldest is
	 * forgotten). One that the peer still has (same spi and sa_handle) goes on where it
	 * stopped and its keys are not looked at; keys all zero and not there: refused. */
	DP_CMD_SA_OUT_SET,
	DP_CMD_SA_OUT_DEL, /* wipes it, parked or not; when sent on: the peer has none */
	/* Both SAs of a child are another peer's from now on, as they are: sequence numbers and
	 * replay window too. The one that was sent on is parked there, until SA_OUT_SET. */
	DP_CMD_SA_MOVE,
	DP_CMD_SA_STATS, /* asks for DP_PUNT_SA_STATS of a child */
	DP_CMD_SESSION_ADD,
	DP_CMD_SESSION_DEL,
	DP_CMD_SESSION_IP6, /* an installed session speaks IPv6 from now on, or no more */
	DP_CMD_SEND_ISAKMP, /* message, by flow; worker 0's sockets */
	DP_CMD_SEND_L2TP,   /* message, into the peer's outbound SA; a data message of
			     * an installed session with sequencing gets that session's Ns */
	DP_CMD_SEND_PACKET, /* message: an IP packet for a session's peer */
	/* message: an Ethernet frame that goes into a hub as if it came by a session's port, of a
	 * session of this worker that is installed or not yet: DHCP, ARP. Its source is the
	 * port's MAC. */
	DP_CMD_SEND_FRAME,
	DP_CMD_PORT_ADD, /* a port that speaks Ethernet, in the worker of its peer */
	/* Refused when PEER_DEL took it. Its slot may be refused for a moment afterwards. */
	DP_CMD_PORT_DEL,
	DP_CMD_PORT_STATS, /* asks for DP_PUNT_STATS of a port: frames and their octets */
	DP_CMD_STATS,      /* asks for DP_PUNT_STATS of a session */
	DP_CMD_LISTEN,     /* a socket in place of the worker's, which is closed */
};

enum dp_socket { DP_SOCKET_UDP500, DP_SOCKET_UDP4500, DP_SOCKET_ESP, DP_SOCKETS };

struct dp_sa {
	uint32_t spi;
	struct burst_alg alg;
	/* wiped by the worker after expansion */
	uint8_t enc_key[BURST_ENC_KEY_MAX], auth_key[BURST_AUTH_KEY_MAX];
	uint32_t peer;  /* slot */
	bool udp_encap; /* out: UDP 4500; else protocol 50 */
	bool tunnel;    /* an inner IPv4 header with the two addresses below */
	/* Host order, never 0; local: ours. What the selectors name (IDcr, IDci), behind a
	 * NAT other than the outer ones. */
	uint32_t tunnel_local, tunnel_remote;
	uint32_t replay_window; /* in: packets, at least 1024 */
	/* Control's name of the child, comes back in punts; one name for both directions. */
	uint64_t sa_handle;
	/* Of each direction for itself, in 1024 octets to which the cipher is applied: payload,
	 * padding and trailer (RFC 4301 section 4.4.2.1). 0: no limit. Behind soft_kb
	 * DP_PUNT_SA_SOFT is sent once; behind hard_kb nothing is sent any more, and nothing
	 * accepted behind a quarter more than it: the ends need not count alike. */
	uint32_t soft_kb, hard_kb;
};

#define DP_SA_OUT_MAX 8 /* outbound SAs of a peer, the one that it sends on included */

/* The largest IP packet of a session whose datagrams on the outbound SA fit into outer_mtu
 * octets (1280 to 65535) with every header around it: family of the outer addresses 4 or 6;
 * sequencing: of the session. Workers hold their sessions to this with DP_OUTER_MTU, below
 * whatever dp_session.mtu says, and again when the SA changes. */
uint16_t dp_session_mtu(const struct dp_sa *sa, uint8_t family, bool sequencing,
			uint16_t outer_mtu);
#define DP_OUTER_MTU 1500

struct dp_session {
	uint32_t slot, peer;
	uint64_t handle;                          /* control's name, comes back in punts */
	uint16_t tunnel_id, session_id;           /* ours: what the peer sends to */
	uint16_t peer_tunnel_id, peer_session_id; /* theirs */
	uint16_t local_port, remote_port;         /* inner UDP */
	bool tx_acfc, tx_pfc, sequencing;
	uint16_t ns;         /* sequencing: the first Ns that this session sends */
	uint32_t ip;         /* assigned, host order: the only source accepted */
	uint32_t gateway_ip; /* host order */
	uint8_t prefix;      /* of the hub's net as the client's host stack sees it */
	uint16_t mtu;        /* largest IP packet towards the peer */
	uint16_t hub;        /* index */
	uint8_t mac[6];      /* dp_session_mac(); another is refused */
};

/* What the frames of a session are judged by. */
struct dp_judged {
	/* The names of its user and group in the hub's access list, ACCESS_ANYONE: none. */
	uint32_t user, group;
	struct hub_policy policy;
};

enum dp_port_kind { DP_PORT_ETHERIP };

/* A port that speaks Ethernet: a switch of the peer's with hosts behind it. EtherIP: what comes in
 * the peer's SAs as IP protocol 97 (RFC 3378), in either mode; one of a peer. */
struct dp_port {
	uint32_t slot; /* below DP_PORTS_MAX: of a table of its own in the peer's worker */
	uint32_t peer; /* slot */
	enum dp_port_kind kind;
	uint64_t handle; /* control's name, comes back in punts */
	uint16_t hub;    /* index */
	/* The largest IP packet of its hosts, 1280 or more. TCP is held to it, and to what fits
	 * DP_OUTER_MTU; longer frames leave in fragments of the ESP packet. */
	uint16_t mtu;
	uint32_t user, group; /* as of a session */
	struct hub_policy policy;
};

/* Without `bridged` a hub's way out is a TAP with one host on it, which routes for the sessions;
 * with it, a segment with hosts, routers and a DHCP server of its own (a NIC by packet sockets, or
 * a TAP that is a Linux bridge's port): sessions ask for their next hops by ARP, and tap_mac and
 * tap_ip mean nothing. The sessions of a bridged hub have no IPv6. */
struct dp_hub {
	uint16_t hub;
	bool bridged;
	uint8_t tap_mac[6];      /* the host on the TAP */
	uint32_t tap_ip;         /* its address, host order; 0: none */
	int tap[DP_WORKERS_MAX]; /* queues, one for each worker; -1: none */
};

struct dp_cmd {
	enum dp_cmd_kind kind;
	uint64_t cookie; /* not 0: answered with DP_PUNT_ACK of the same cookie */
	union {
		struct dp_hub hub;
		/* Control keeps both until every worker has acknowledged the next ones. */
		struct {
			uint16_t hub;
			const struct hub_options *options;
			const struct access_list *access; /* NULL: pass */
		} rules;
		struct {
			enum dp_socket which; /* UDP500: worker 0's only */
			int fd;               /* taken over; -1: none from now on */
		} listen;
		struct {
			uint16_t hub;
			uint32_t ip;
			/* not 0: this /64 (upper half of the address, host order) in place of
			 * ip. fe80::/64 at dp_hub_mac(): the hub answers for fe80::2. */
			uint64_t prefix6;
			uint8_t mac[6];
		} neigh;
		struct {
			uint32_t slot;
			struct flow flow;
			bool udp_encap;
			uint16_t keepalive_s; /* NAT keepalives after such a silence; 0: none */
			uint64_t handle;
		} peer;
		struct dp_sa sa;
		struct {
			uint32_t spi;
		} sa_del;
		struct {
			uint32_t peer; /* slot */
			uint32_t to;   /* SA_MOVE: the other peer's */
			uint64_t sa_handle;
		} child; /* SA_OUT_DEL, SA_MOVE and SA_STATS */
		struct {
			struct dp_session session;
			struct dp_judged judged;
		}; /* SESSION_ADD */
		struct dp_port port;
		struct {
			uint32_t slot;
		} session_del; /* and STATS, PORT_DEL, PORT_STATS */
		struct {
			uint32_t slot;
			/* halves of addresses, host order. Every address of the /64 is the
			 * session's; 0: no IPv6. Wants the session's mtu to be 1280 or more. */
			uint64_t prefix;
			uint64_t peer_iid, router_iid; /* fe80:: of the link's ends */
		} session_ip6;
		struct {
			struct flow flow;
			bool natt;
			uint32_t len;
		} isakmp;
		struct {
			uint32_t slot; /* of an installed session */
			uint32_t len;
		} packet;
		struct {
			uint16_t hub;
			uint32_t slot;
			uint32_t len; /* 14 to DP_FRAME_MAX */
		} frame;
		struct {
			uint32_t peer;
			uint16_t local_port, remote_port;
			uint32_t len;
		} l2tp;
	} u;
};

/* Copies cmd, and for SEND_* the message behind it. False: the ring is full (try
 * again later; SEND_* may be dropped). Wakes the worker, but for NEIGH_ADD and NEIGH_DEL
 * without a cookie: they are in force before any packet that the worker sees then. */
bool dp_command(struct dp *dp, unsigned worker, const struct dp_cmd *cmd, const void *message);

#define DP_FRAME_MAX 1514

/* The MAC of a session's port: locally administered, holds machine (dp_config), worker and slot,
 * so that a frame's destination names its owner without a table. */
void dp_session_mac(uint8_t machine, unsigned worker, uint32_t slot, uint8_t mac[6]);

/* The hub's own MAC: where the host on the TAP sends IPv6 for the sessions' prefixes. The
 * worker finds the session by the destination's /64. */
void dp_hub_mac(uint16_t hub, uint8_t mac[6]);

/* ---- punts: worker -> control ---- */

enum dp_punt_kind {
	DP_PUNT_ACK,      /* cookie, ok */
	DP_PUNT_ISAKMP,   /* message from flow (natt: marker taken off) */
	DP_PUNT_L2TP,     /* a control message, or a data message that needs control (no session
			   * yet, or PPP negotiation): UDP payload, decrypted with SA sa_handle */
	DP_PUNT_PATH,     /* an authenticated packet of this peer came from a new address */
	DP_PUNT_SA_SOFT,  /* sequence numbers or octets run out: rekey; once for each */
	DP_PUNT_SA_FIRST, /* the first good packet on an inbound SA */
	DP_PUNT_SA_STATS, /* cookie as in the command */
	DP_PUNT_STATS,
	/* An IP packet of an installed session that control answers: IPv4 UDP to port 67
	 * (DHCPINFORM), ICMPv6 router and neighbour solicitations to us. Its source is the
	 * session's, its header was checked, and it is at most DP_PACKET_PUNT_MAX octets long.
	 * At most DP_PACKET_PUNTS a second of each session, and as the other classes in all. */
	DP_PUNT_PACKET,
	/* A frame (at most DP_FRAME_MAX octets) for the session whose port has the slot of
	 * port_worker: a DHCP server's message, or an ARP reply while it is not installed.
	 * Limited as DP_PUNT_PACKET, but not by session. */
	DP_PUNT_FRAME,
};

struct dp_session_stats {
	uint64_t packets_in, bytes_in, packets_out, bytes_out; /* IP packets, their octets */
	uint64_t drops_in, drops_out;
	uint64_t last_in_ms, last_out_ms;
	uint16_t ns; /* sequencing: the next Ns */
};

/* A child's two SAs; of a direction that the worker does not have (any more): zero. */
struct dp_sa_stats {
	uint64_t packets_in, octets_in, packets_out, octets_out; /* octets as for soft_kb */
	uint64_t last_in_ms, last_out_ms;                        /* 0: none yet */
	uint64_t icv_failures, replays;
	uint64_t sequence_in, sequence_out; /* highest received, last used */
	bool icv96;                         /* HMAC-SHA2-256 cut to 96 bits, by what is known */
	bool sending;                       /* the peer's outbound SA, not a parked one */
};

struct dp_punt {
	enum dp_punt_kind kind;
	unsigned worker;
	uint64_t cookie;  /* ACK */
	bool ok;          /* ACK */
	struct flow flow; /* ISAKMP, PATH, L2TP (outer) */
	bool natt;        /* ISAKMP */
	uint64_t peer_handle, sa_handle, session_handle;
	uint16_t local_port, remote_port; /* L2TP: inner ports, ours and theirs */
	/* FRAME */
	uint16_t hub;
	unsigned port_worker;
	uint32_t port_slot;
	/* SA_FIRST: the peer cuts HMAC-SHA2-256 to 96 bits although 128 were agreed (Android
	 * before 8); both SAs of the child do it from now on. */
	bool icv96;
	bool inbound, by_octets; /* SA_SOFT: of which direction; not by sequence numbers */
	union {
		struct dp_session_stats stats;
		struct dp_sa_stats sa_stats;
	};
	const uint8_t *message;
	uint32_t len;
};

/* Becomes readable when punts wait (os wake descriptor; for poll_add or uv_poll). */
int dp_punt_fd(const struct dp *dp);

/* Calls fn for each waiting punt, at most max; returns how many. */
unsigned dp_punts(struct dp *dp, void (*fn)(void *ctx, const struct dp_punt *p), void *ctx,
		  unsigned max);

/* ---- counters ---- */

/* Sum over the workers of counter n (from 0): its name, what it counts; false behind the last. */
bool dp_counter(const struct dp *dp, unsigned n, const char **name, const char **help,
		uint64_t *value);

/* CPU time of a worker's thread in microseconds and packets it handled, for bench. */
void dp_worker_cpu(const struct dp *dp, unsigned worker, uint64_t *cpu_us);
