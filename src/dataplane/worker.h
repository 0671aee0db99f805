/*
 * worker: what one worker owns. Private to the data plane.
 *
 * Everything here belongs to the worker's thread. The exceptions: `counts` may be
 * read by others (relaxed), the rings have their own rules, `stop` is atomic.
 */
#pragma once

#include <pthread.h>
#include <stdatomic.h>

#include "base/ring.h"
#include "base/timerq.h"
#include "crypto/burst.h"
#include "dataplane/dp.h"
#include "drops.h"
#include "hub/forward.h"
#include "hub/frame.h"
#include "hub/neigh.h"
#include "os/os.h"
#include "replay.h"
#include "wire/eth.h"
#include "wire/ipv4.h"
#include "wire/ipv6.h"
#include "wire/tcp.h"
#include "wire/vlan.h"
#include "wire/vnet.h"

#define NONE UINT32_MAX /* no slot */

#define RX_BATCH         16 /* receive buffers of 64 KiB */
#define RX_BUF           65536
#define RX_CALLS_MAX     4  /* receives of one socket in a round */
#define TAP_READS_MAX    64 /* frames of one TAP in a round */
#define TAP_ROOM         8  /* in front of a vnet header, for a VLAN tag; keeps alignment */
#define TAP_BUF          (VNET_HDR + ETH_HDR + VLAN_TAG + 65536)
#define TX_ARENA         (256 * 1024) /* stays in the second-level cache */
#define TX_RUNS          128
#define TX_GSO_MAX       (DP_OUTER_MTU - 20 - 8) /* of a datagram in a run, over IPv4 */
#define TX_GSO_MAX_V6    (DP_OUTER_MTU - 40 - 8)
#define HANDOFF_ARENA    (512 * 1024)
#define IV_POOL          8192
#define SA_IN_PER_PEER   4 /* mean; one peer may have more */
#define TAP_SUPERS       16
#define TAP_SUPER_PIECES 64

/* What an SA has in either direction. */
struct esp_sa {
	struct burst_sa *keys;  /* NULL: no SA */
	struct burst_sa *other; /* with the other truncation of HMAC-SHA2-256 (icv.c); or NULL */
	uint8_t iv_len, icv_len, block_len;
	bool iv_is_counter, icv96, tunnel, soft_told;
	uint32_t spi;
	uint32_t tunnel_local, tunnel_remote;
	uint64_t handle;
	uint64_t packets, octets, last_ms;
	uint64_t soft_octets, hard_octets; /* UINT64_MAX: no limit */
};

struct sa_in {
	bool used, first_told;
	uint8_t other_failures; /* packets that `other` did not open either */
	uint32_t peer;
	uint32_t next; /* of the same peer */
	uint64_t icv_failures, replays;
	struct esp_sa esp;
	struct replay replay;
};

struct sa_out {
	struct esp_sa esp;
	bool udp_encap, seq_told;
	uint16_t mtu; /* of a session without sequencing */
	uint64_t seq; /* last used */
	struct sa_out *older;
};

/* What was used in the current second. */
struct rate {
	uint64_t second;
	uint32_t used;
};

struct peer {
	bool used, udp_encap, moved;
	struct flow flow;
	uint64_t handle, moved_ms;
	uint32_t sa_first, session_first, port_first;
	bool icv96;            /* what its last SA with HMAC-SHA2-256 was found to do */
	struct sa_out out;     /* the one that it sends on */
	struct sa_out *parked; /* those before, newest first */
	struct rate punts;
	uint16_t keepalive_s; /* 0: none */
	uint64_t kept_ms;     /* the last keepalive, or when they began */
	struct timer keepalive;
};

struct session {
	bool used;
	uint32_t next; /* of the same peer */
	struct port_ip port;
	struct port_ip6 ip6;
	bool judged; /* it has policies: its frames go through hub_forward() and _deliver() */
	struct hub_port link; /* the same port as the hub's switch knows it */
	struct rate packets;  /* punted: control answers them */
	uint16_t ns;          /* next to send */
	uint16_t mtu_max;     /* control's; cfg.mtu is also what fits the peer's SA */
	struct dp_session cfg;
	struct dp_session_stats stats;
};

/* A port that speaks Ethernet. */
struct ethernet {
	bool used;
	uint32_t next, next_of_hub; /* of the same peer, in the same hub */
	uint64_t untold;            /* workers that have not heard that it came, or went */
	struct hub_port link;
	struct dp_port cfg;
	struct dp_session_stats stats;
};

/* A hub in this worker, with its own queue of the way out. */
struct segment {
	bool used, bridged;
	bool ruled;          /* it has an access list or options */
	bool judged;         /* ruled, bridged or with ports: frames go through hub_forward() */
	uint32_t sessions;   /* and ports */
	uint32_t port_first; /* of those that speak Ethernet, in this worker */
	int tap;
	bool no_uso; /* the kernel takes no UDP super-packets (before Linux 6.2) */
	uint8_t tap_mac[6];
	uint32_t tap_ip; /* no session may have it (H-24) */
	struct hub hub;
	struct hub_port way_out;
};

/* Numbers of ports: a session's is what its MAC ends with, behind those are the ports that speak
 * Ethernet. A way out has one in all workers. */
#define PORT_WORKER_SHIFT 24
#define PORT_WAY_OUT      UINT32_C(0xff000000)
#define PORT_FLOOD_HERE   UINT32_C(0xfffffff0) /* no port: the hub's in this worker */
#define PORT_FLOOD        UINT32_C(0xfffffff1) /* in all workers, and the way out */

static inline uint32_t port_number(unsigned worker, uint32_t slot)
{
	return (uint32_t)worker << PORT_WORKER_SHIFT | slot;
}

static inline unsigned port_worker(uint32_t number)
{
	return number >> PORT_WORKER_SHIFT;
}

static inline uint32_t port_slot(uint32_t number)
{
	return number & (PORT_MAC_SLOTS - 1);
}

static inline bool port_is_way_out(uint32_t number)
{
	return number >= PORT_WAY_OUT && number < PORT_FLOOD_HERE;
}

/* Is it for this worker to send by it? */
static inline bool port_is_here(unsigned worker, uint32_t number)
{
	return number >= PORT_WAY_OUT || port_worker(number) == worker;
}

#define SLOT_MAP_MOVES 8 /* old places that an addition or deletion moves */

/* Slots by key: open addressing, linear probing, deletion by shifting back. */
struct slot_map {
	uint64_t *keys;
	uint32_t *slots; /* slot + 1; 0: free, so that nobody has to write what is not used */
	uint32_t mask, used;
	/* while it doubles: the half that is being left; the places before `moved` are empty */
	uint64_t *old_keys;
	uint32_t *old_slots, moved;
};

enum source_kind { SOURCE_WAKE, SOURCE_UDP500, SOURCE_UDP4500, SOURCE_ESP, SOURCE_TAP };

struct source {
	enum source_kind kind;
	uint16_t hub;
	int fd;
};

/* A packet between its pre-check and its decryption. */
struct esp_rx {
	struct sa_in *sa;
	const struct flow *flow; /* valid until esp_in_flush() has passed the packet on */
	uint8_t *esp;
	uint32_t seq;
	bool udp_encap;
	bool other; /* opened with the SA's other keys */
};

/* Datagrams of one size to one flow that stand behind each other in the arena. */
struct tx_run {
	int fd;
	bool closed; /* a shorter one ended it, or it must go alone */
	uint16_t size;
	uint16_t n;
	uint32_t at, len;
	struct flow flow;
};

struct tx {
	uint8_t *arena;
	uint32_t used;
	unsigned n_jobs, n_runs;
	struct burst_job jobs[BURST_MAX];
	struct tx_run runs[TX_RUNS];
};

/* A user's packet on its way to the TAP, IPv4 or IPv6. */
struct tap_packet {
	uint8_t *at;
	bool v6;
	uint8_t proto;
	uint8_t hdr_len; /* IP */
	uint16_t len, hub;
};

/* TCP segments or UDP datagrams of one flow on their way to the TAP. */
struct tap_super {
	bool used, closed, verified;
	uint16_t segment; /* payload octets of the first */
	struct tap_packet first;
	struct tcp tcp; /* UDP: ports and hdr_len alone */
	uint32_t next_seq;
	uint32_t total_len; /* IP */
	uint8_t flags;      /* TCP flags of all */
	unsigned n_pieces;
	struct iovec pieces[TAP_SUPER_PIECES];
};

enum punt_class {
	PUNT_CLASS_ISAKMP,
	PUNT_CLASS_L2TP,
	PUNT_CLASS_EVENT,
	PUNT_CLASS_PACKET,
	PUNT_CLASSES
};

#define ISAKMP_SOURCES 1024 /* buckets of networks that ISAKMP messages come from */

struct worker {
	struct dp *dp;
	const struct os *os;
	unsigned index, n_workers;
	uint64_t now_ms; /* read once a round */
	uint64_t work;   /* things done, for dp_run_once() */
	struct burst *burst;

	uint32_t peers_max, sessions_max, sas_max;
	struct peer *peers;
	struct session *sessions;
	struct ethernet *ethernets;         /* DP_PORTS_MAX */
	uint64_t port_workers[DP_HUBS_MAX]; /* those that have such ports in the hub */
	unsigned ports_untold;
	struct sa_in *sas;
	uint32_t sa_free;  /* chain of places that were used; NONE: empty */
	uint32_t sa_fresh; /* the first place that was never used */
	struct slot_map by_spi, by_call;
	uint8_t machine;
	struct segment hubs[DP_HUBS_MAX];
	struct neigh neigh;
	struct hub_switch sw;
	uint64_t tended_ms;
	unsigned n_judged;             /* hubs whose tables are in use */
	struct neighbours *neighbours; /* NULL until a hub is bridged */
	struct delays *delays;         /* NULL until a rule delays */

	int poll, wake;
	struct source sources[SOURCE_TAP + DP_HUBS_MAX]; /* hub h: SOURCE_TAP + h */

	uint8_t *rx_mem;
	struct os_rx rx[RX_BATCH];
	uint8_t *tap_mem;
	uint8_t *flood_mem; /* a frame that one of several ports changes */
	uint8_t *scratch;   /* one packet with its headers: ICMP, UDP segments to be fragmented */
	uint8_t *handoff_mem;
	size_t handoff_used;
	unsigned n_open;
	struct burst_job open_jobs[BURST_MAX];
	struct esp_rx open_rx[BURST_MAX];
	struct tx tx;
	struct tap_super supers[TAP_SUPERS];

	struct iv_source *iv_source; /* NULL: the system's random source instead */
	uint32_t iv_fills;
	uint8_t ivs[IV_POOL];
	size_t iv_at;

	struct ring *commands, *punts;
	bool more;            /* a limit of this round was reached: do not sleep */
	bool command_stalled; /* waits until the ring of punts has room */
	bool punted;          /* control must be woken */
	uint32_t punt_limit;
	struct rate punt_rates[PUNT_CLASSES], icmp_rate;
	struct timerq keepalives;
	struct timer_wheel keepalive_wheel;
	uint64_t keepalive_ms; /* when to look at them next; TIMER_NEVER: there are none */
	uint64_t isakmp_second, isakmp_seed;
	uint32_t isakmp_used[ISAKMP_SOURCES]; /* in isakmp_second */
	uint64_t wake_workers;                /* bits of those that got a handoff in this round */

	uint64_t counts[DP_COUNT_N];

	pthread_t thread;
	bool started;
	atomic_bool stop;
	atomic_bool woken;       /* somebody wrote to wake, and no round has begun since */
	_Atomic uint64_t cpu_us; /* of a thread that has ended */
};

static inline void count_n(struct worker *w, enum dp_count c, uint64_t n)
{
	__atomic_store_n(&w->counts[c], w->counts[c] + n, __ATOMIC_RELAXED);
}

static inline void count(struct worker *w, enum dp_count c)
{
	count_n(w, c, 1);
}

/* At most max in each second; counts when it may. */
bool rate_ok(struct rate *r, uint64_t now_ms, uint32_t max);

/* worker.c */
struct worker *worker_new(struct dp *dp, const struct dp_config *cfg, unsigned index);
void worker_free(struct worker *w);
bool worker_round_all(struct worker *w);         /* every source once */
void worker_loop(struct worker *w);              /* until stop */
uint64_t worker_next_ms(const struct worker *w); /* what the clock brings next; TIMER_NEVER */
bool worker_watch(struct worker *w, enum source_kind kind, unsigned hub, int fd);
void worker_unwatch(struct worker *w, enum source_kind kind, unsigned hub);

/* tables.c */
bool slot_map_init(struct slot_map *m);
void slot_map_free(struct slot_map *m);
uint32_t slot_map_find(const struct slot_map *m, uint64_t key); /* NONE: not there */
/* key is not there; false: memory is short */
bool slot_map_add(struct slot_map *m, uint64_t key, uint32_t slot);
void slot_map_del(struct slot_map *m, uint64_t key);
uint64_t call_key(uint32_t peer, uint16_t tunnel_id, uint16_t session_id);
bool tables_init(struct worker *w, const struct dp_config *cfg);
void tables_free(struct worker *w);
bool sa_in_room(const struct worker *w);
uint32_t sa_in_alloc(struct worker *w);
void sa_in_give(struct worker *w, uint32_t slot); /* an empty place */
void sa_in_release(struct worker *w, uint32_t slot);
void sa_in_move(struct worker *w, uint32_t slot, uint32_t peer); /* to another peer */
void esp_sa_clear(struct worker *w, struct esp_sa *esp);         /* wipes the keys */
void sa_out_clear(struct worker *w, struct sa_out *out);
void session_release(struct worker *w, uint32_t slot);
void peer_release(struct worker *w, uint32_t slot);

/* dp.c: of the whole data plane */
struct worker *dp_worker(const struct dp *dp, unsigned worker); /* for tests */
unsigned dp_owner(const struct worker *w, uint32_t spi);
struct ring *dp_handoff_ring(const struct worker *w, unsigned from, unsigned to);
void dp_wake(const struct worker *w, unsigned worker);
void dp_wake_control(const struct worker *w);

/* rx.c */
void rx_socket(struct worker *w, const struct source *s);

/* esp_in.c */
void esp_in(struct worker *w, uint8_t *esp, size_t len, const struct flow *flow, bool udp_encap);
void esp_in_flush(struct worker *w); /* decrypts and passes on what waits */

/* sa.c: what commands do with SAs; false: refused. */
bool sa_in_make(struct worker *w, const struct dp_sa *sa);
bool sa_out_make(struct worker *w, const struct dp_sa *sa);
bool sa_out_delete(struct worker *w, struct peer *p, uint64_t handle);
/* Both SAs of a child go to the peer in slot `to`, which there is. */
bool sa_move(struct worker *w, struct peer *from, uint32_t to, uint64_t handle);
bool sa_stats_get(struct worker *w, struct peer *p, uint64_t handle, struct dp_sa_stats *out);
struct sa_in *sa_in_of(struct worker *w, const struct peer *p, uint64_t handle); /* or NULL */
struct sa_out *sa_out_of(struct peer *p, uint64_t handle);                       /* or NULL */

/* mtu.c: sets the MTU of a session for its peer's outbound SA. */
void session_fit(struct worker *w, struct session *s);

/* icv.c */
/* The truncation that an SA of a peer begins with. */
void icv_guess(struct worker *w, struct peer *p, struct esp_sa *esp);
uint8_t icv_other_len(const struct esp_sa *esp);
/* The first good packet of an SA: it was opened with the other keys or not. */
void icv_found(struct worker *w, struct sa_in *sa, bool other);
void icv_failed(struct sa_in *sa); /* a packet was opened with neither */

/* life.c */
/* One more packet of an SA, octets to which the cipher was applied. */
void life_count(struct worker *w, const struct peer *p, struct esp_sa *esp, bool inbound,
		size_t octets);
bool life_over_in(const struct esp_sa *esp);
bool life_over_out(const struct esp_sa *esp);

/* tunnel.c */
/* Takes the inner IPv4 header of a tunnel mode SA off, next: what it held; false: counted and
 * gone. */
bool tunnel_in(struct worker *w, const struct esp_sa *esp, uint8_t **payload, size_t *len,
	       uint8_t *next);

/* keepalive.c */
void keepalive_init(struct worker *w);
void keepalive_set(struct worker *w, struct peer *p, uint16_t keepalive_s);
void keepalive_run(struct worker *w); /* sends those that are due, some of them a round */

/* path.c */
void path_seen(struct worker *w, const struct esp_rx *rx, bool newest);

/* l2tp_in.c, ppp_in.c: the payload of an authentic packet; it may be written to, and at
 * least the octets of the ESP header and IV stand in front of it. */
void l2tp_in(struct worker *w, const struct esp_rx *rx, uint8_t *payload, size_t len);
struct l2tp_rx {
	const struct esp_rx *rx;
	uint16_t local_port, remote_port;
	const uint8_t *message; /* UDP payload */
	uint32_t len;
};
/* To control, with the session when there is one. */
void l2tp_in_control(struct worker *w, struct session *s, const struct l2tp_rx *l2tp);
void ppp_in(struct worker *w, struct session *s, const struct l2tp_rx *l2tp, uint8_t *frame,
	    size_t len);

/* switch.c */
/* An IPv4 packet of a session's user; VNET_HDR + ETH_HDR octets in front are free. */
void switch_user_packet(struct worker *w, struct session *s, uint8_t *packet, size_t len);
void switch_drop(struct worker *w, struct session *s, enum dp_count reason); /* a user's packet */
void switch_taken(struct worker *w, struct session *s, size_t len);          /* it is accepted */
/* For the session's port that mac names; false when it names none of the session's hub. */
bool switch_to_session(struct worker *w, struct session *s, const uint8_t *mac, uint8_t *frame,
		       size_t len);
/* For control; counts when it may not go there. No traffic of the user: it does not keep a
 * session from being idle. */
void switch_punt(struct worker *w, struct session *s, const uint8_t *packet, size_t len);
/* A frame that came by the TAP or from another worker's session: vnet header, then len
 * octets of frame, both may be written to, and TAP_ROOM octets in front of them. */
void switch_frame(struct worker *w, uint16_t hub, uint8_t *vnet_at, size_t len);
/* A frame that this worker makes in a session's name (ICMP), laid out like that; to whom it is
 * for. */
void switch_own_frame(struct worker *w, struct session *s, uint8_t *vnet_at, size_t len);

/* bridge.c: hubs with rules, policies or a bridged segment, by hub_forward(). */
/* How the octets of a frame lie: as in switch_frame(). */
struct bridge_frame {
	uint16_t hub;
	uint8_t *vnet_at;
	size_t len;
	bool stays; /* until tap_out_flush(): it may wait for others of its flow */
};
/* A frame that came by the port in. False: it was dropped. */
bool bridge_in(struct worker *w, struct hub_port *in, const struct bridge_frame *f);
/* The second half, at a port of this worker (or the way out): from another worker, or late. */
void bridge_out(struct worker *w, const struct bridge_frame *f, uint32_t port,
		const struct hub_source *from);
/* The end of it: the port has judged the frame, which waited since. */
void bridge_leave(struct worker *w, const struct bridge_frame *f, uint32_t port);
/* A plain port's frame to a session with policies: they judge it. */
void bridge_to_session(struct worker *w, struct session *s, const struct bridge_frame *f);
/* A user's packet with its Ethernet header to be written in front. */
void bridge_user_packet(struct worker *w, struct session *s, uint8_t *packet,
			const struct ipv4 *ip);
void bridge_user_packet6(struct worker *w, struct session *s, uint8_t *packet,
			 const struct ipv6 *ip);
/* Control's frame under the MAC of a session's port. */
bool bridge_own(struct worker *w, uint16_t hub, uint32_t slot, const uint8_t *frame, size_t len);
/* What a worker has learned that the others need. */
struct bridge_news {
	enum { NEWS_MAC, NEWS_LEASE, NEWS_ARP, NEWS_PORT } kind;
	struct mac_claim mac;
	struct ip_claim lease;
	uint16_t hub; /* ARP, PORT */
	uint32_t ip;
	uint64_t at;
	uint32_t port;
	bool gone, there; /* the port; any of the hub with the sender */
};
void bridge_learn(struct worker *w, const struct bridge_news *news);
void bridge_judge_session(struct worker *w, struct session *s, const struct dp_judged *by);
void bridge_rule_hub(struct worker *w, uint16_t hub, const struct hub_options *o,
		     const struct access_list *access);
void bridge_judge_hub(struct worker *w, uint16_t hub); /* its ports came or went */
void bridge_forget_hub(struct worker *w, uint16_t hub);
/* The address is the session's whose port has this MAC, or no more. */
void bridge_assign(struct worker *w, uint16_t hub, uint32_t ip, const uint8_t *mac, bool there);
void bridge_tend(struct worker *w); /* once a round */

/* ethernet.c: ports that speak Ethernet. */
/* The EtherIP packet in an authentic one of a peer; as l2tp_in(). */
void ethernet_in(struct worker *w, const struct esp_rx *rx, uint8_t *payload, size_t len);
struct ethernet *ethernet_of_port(struct worker *w, uint32_t port); /* by number; or NULL */
struct ethernet *ethernet_at(struct worker *w, uint32_t slot);      /* or NULL */
bool ethernet_add(struct worker *w, const struct dp_port *p);       /* false: refused */
void ethernet_release(struct worker *w, uint32_t slot);
void ethernet_tell(struct worker *w); /* once a round: what others have not heard yet */
void ethernet_heard(struct worker *w, const struct bridge_news *news);

/* ethernet_out.c */
/* Copies the frame: it stays as it was. */
void ethernet_out(struct worker *w, struct ethernet *e, const uint8_t *vnet_at, size_t len);
/* Lowers the MSS of a SYN in the frame to what fits the port's path. whole: its checksum is. */
void ethernet_clamp(struct worker *w, const struct ethernet *e, uint8_t *frame, size_t len,
		    bool whole);
/* mtu.c: the largest packet in a frame without a tag that is not fragmented on the way. */
uint16_t ethernet_mtu(const struct worker *w, const struct ethernet *e);

/* neighbour.c: next hops on bridged segments, by ARP (RFC 826). */
/* The packet's frame leaves when the MAC of ip is known: at once, later or never. f: its
 * destination is to be written. */
void neighbour_send(struct worker *w, struct session *s, uint32_t ip, const struct bridge_frame *f);
/* Somebody said in an ARP packet that ip is at mac; to_session: it is the answer to a question
 * of a session of this worker. */
void neighbour_heard(struct worker *w, uint16_t hub, uint32_t ip, uint64_t mac, bool to_session);
void neighbour_forget_hub(struct worker *w, uint16_t hub);
void neighbour_free(struct worker *w);

/* delay.c: frames that wait because a rule says so. */
/* from: who the port is to judge it by; NULL: it has. */
void delay_frame(struct worker *w, const struct bridge_frame *f, uint32_t port,
		 const struct hub_source *from, uint16_t delay_ms);
void delay_run(struct worker *w);
uint64_t delay_next_ms(const struct worker *w); /* TIMER_NEVER: none waits */
void delay_free(struct worker *w);

/* switch6.c: the same for IPv6. */
void switch_user_packet6(struct worker *w, struct session *s, uint8_t *packet, size_t len);

/* tap_out.c */
void tap_out(struct worker *w, uint16_t hub, uint8_t *packet, const struct ipv4 *ip);
void tap_out6(struct worker *w, uint16_t hub, uint8_t *packet, const struct ipv6 *ip);
void tap_out_frame(struct worker *w, uint16_t hub, uint8_t *vnet_at, size_t len);
void tap_out_flush(struct worker *w);

/* tap_in.c */
void tap_in(struct worker *w, const struct source *s);

/* port_out.c: an IP packet out of a session's port; frame as in switch_frame(). */
void port_out(struct worker *w, struct session *s, uint8_t *vnet_at, size_t frame_len);
void port_drop(struct worker *w, struct session *s, enum dp_count reason);
/* A whole packet within the session's MTU, by its PPP protocol. */
void port_send(struct worker *w, struct session *s, const uint8_t *packet, size_t len,
	       uint8_t ppp_protocol);
/* What the kernel left to the device: the sum from csum_start to the packet's end, over
 * the pseudo header's sum that stands in the field. proto: behind an IP header of hdr_len
 * octets. False: the offsets lie outside of the packet. */
bool port_complete_checksum(uint8_t *packet, const struct vnet *v, size_t hdr_len, size_t len,
			    uint8_t proto);
struct gso;
/* Cuts and sends what is within the MTU; false at the first segment that is not. */
bool port_send_segments(struct worker *w, struct session *s, struct gso *g, uint8_t ppp_protocol);
/* port_out6.c */
void port_out6(struct worker *w, struct session *s, uint8_t *vnet_at, size_t frame_len);

/* l2tp_out.c */
#define PPP_IPV4 0x21 /* protocol numbers, first octet 0 (RFC 1332, RFC 5072) */
#define PPP_IPV6 0x57
/* Headers for an IP packet of len octets; where to write it, or NULL (counted). */
uint8_t *l2tp_out_begin(struct worker *w, struct session *s, size_t len, uint8_t ppp_protocol);
void l2tp_out_end(struct worker *w, struct session *s, uint8_t *packet, size_t len);
/* A control message into the peer's SA. */
bool l2tp_out_message(struct worker *w, struct peer *p, uint16_t local_port, uint16_t remote_port,
		      const void *message, size_t len);

/* esp_out.c */
/* Room for a payload of len octets behind header and IV, or NULL (counted). */
uint8_t *esp_out_begin(struct worker *w, struct peer *p, size_t len);
/* Pads, and queues it for encryption and sending. payload as begin returned it; next: its
 * protocol. */
void esp_out_end(struct worker *w, struct peer *p, uint8_t *payload, size_t len, uint8_t next);

/* tx.c */
uint8_t *tx_reserve(struct worker *w, size_t len); /* NULL: longer than the arena */
void tx_commit(struct worker *w, int fd, const struct flow *flow, size_t len, bool may_join);
void tx_seal_later(struct worker *w, const struct burst_sa *keys, uint8_t *esp, size_t len);
void tx_flush(struct worker *w);

/* handoff.c */
void handoff_esp(struct worker *w, unsigned to, const uint8_t *esp, size_t len,
		 const struct flow *flow, bool udp_encap);
void handoff_frame(struct worker *w, unsigned to, const struct bridge_frame *f);
/* For bridge_out() there. */
void handoff_bridge(struct worker *w, unsigned to, const struct bridge_frame *f, uint32_t port,
		    const struct hub_source *from);
bool handoff_news(struct worker *w, unsigned to, const struct bridge_news *news); /* full: no */
void handoff_take(struct worker *w);
void handoff_wake(struct worker *w);

/* commands.c */
void commands_take(struct worker *w);

/* punts.c */
bool punt_message(struct worker *w, enum punt_class class, struct dp_punt *p);
bool punt_isakmp(struct worker *w, struct dp_punt *p); /* each source its share */
bool punt_reply(struct worker *w, struct dp_punt *p);  /* ACK and STATS: no limit */
bool punt_has_room(struct worker *w);
bool punt_peer_ok(struct worker *w, struct peer *p);
bool punt_packet(struct worker *w, struct session *s, struct dp_punt *p);
/* frame: with its vnet header in front. */
void punt_frame(struct worker *w, uint16_t hub, uint32_t port, const uint8_t *frame, size_t len);
