/*
 * core_i: what the files of this room share. One struct core; peers own their
 * children and sessions; only session.c frees a session, only peer.c a peer.
 */
#pragma once

#include <stdio.h>
#include <string.h>

#include "aaa/pool.h"
#include "base/fsm.h"
#include "base/list.h"
#include "base/log.h"
#include "base/map.h"
#include "base/timerq.h"
#include "core/api.h"
#include "core/core.h"
#include "dataplane/dp.h"
#include "dhcp/client.h"
#include "dhcp/dhcp.h"
#include "l2tp/l2tp.h"
#include "ppp/ppp.h"
#include "wire/nd.h"

#define HUB_MTU        1400  /* largest IP packet inside; some suites leave less (core_peer_mtu) */
#define PEER_LINGER_MS 45000 /* an ISAKMP SA without a session is closed after this */
#define USER_MAX       256

/* Slots of a worker's fixed tables: those given back, and those from fresh on that were
 * never used. */
struct slots {
	uint32_t *resting;
	uint32_t first, n_resting; /* in resting, a ring */
	uint32_t fresh, n;
	uint32_t n_free; /* of both */
};
bool slots_init(struct slots *s, uint32_t n);
void slots_free(struct slots *s);
bool slots_take(struct slots *s, uint32_t *slot);
void slots_give(struct slots *s, uint32_t slot);

/* The /64s of a hub's IPv6 prefix, by number; 0 is the host's. */
struct prefixes {
	uint64_t net;  /* upper half of the first address, host order */
	uint32_t n;    /* 0: no IPv6 */
	uint32_t next; /* where to look for a free one */
	uint32_t n_used;
	uint8_t *used;
};

/* A name that several sessions may have, kept once (names.c). */
struct name {
	struct name *next; /* of the same hash */
	uint32_t refs;
	uint32_t n_logins;
	uint32_t n_ports;   /* EtherIP ports of the user */
	struct list logins; /* sessions of the user that are admitted and not closing, by age */
	uint32_t number;    /* in access lists (name_numbered()); 0: nobody asked for it */
	char text[];
};

/* What the workers judge the frames of a hub by (rules.c). */
struct rules {
	struct rules *older; /* some worker may still read them */
	uint64_t serial;
	unsigned acks; /* of the workers that have not said that they have these */
	struct hub_options options;
	struct access_list *access; /* NULL: pass */
	unsigned n_names;
	struct name **names; /* that the access list has numbers of */
};

/* Of a hub that is bridged to an interface. */
enum way_state {
	WAY_ABSENT, /* there is no such interface, or it cannot be opened */
	WAY_DOWN,
	WAY_UP
};

/* A hub that is up: its way out. */
struct hub_run {
	bool used;
	bool closing; /* it is nobody's any more; the workers are told to forget it */
	uint16_t index;
	unsigned acks;         /* that are waited for then */
	uint64_t last_login_s; /* wall clock; 0: nobody since it came up */
	uint32_t n_logins;     /* sessions that are admitted and not closing */
	char name[CFG_NAME_MAX + 1];
	char tap[PRIV_TAP_NAME];
	char bridge[PRIV_TAP_NAME]; /* the interface; empty: the way out is SecureNAT */
	enum way_state way;
	uint32_t way_index;       /* of the interface; 0: its queues are not open */
	char way_why[PRIV_ERROR]; /* it is not up */
	struct rules *rules;      /* newest first */
	bool nat;
	uint32_t host_ip;
	uint8_t prefix, prefix6;
	struct prefixes prefixes;
	unsigned n_dns6;
	struct ip_addr dns6[CFG_HUB_DNS6_MAX];
};

struct pool_run {
	char name[CFG_NAME_MAX + 1];
	uint8_t prefix;
	bool kept; /* in a plan: the pool is the running one's */
	struct pool *pool;
};

/* One pair of ESP SAs. */
struct child {
	struct list node; /* peer->children, oldest first */
	struct peer *peer;
	uint64_t handle;
	ike_child_id id;
	uint32_t spi_in;
	struct dp_sa out; /* its keys are wiped once it is the one that we send on */
	bool out_used;
	bool udp_encap;
	uint8_t protocol; /* that it may carry; 0: any */
	uint64_t up_ms;
	uint32_t life_s, life_kb;
};

/* The other end, through all the ISAKMP SAs that follow each other (ike.h). */
struct peer {
	struct list node; /* core->peers */
	uint64_t handle;  /* l2tp's owner, dp's peer handle */
	ike_peer_id id;
	ike_sa_id sa; /* its first: names its story */
	unsigned worker;
	uint32_t slot;
	struct flow flow;
	bool udp_encap;
	bool gone; /* ike has ended it: freed when the sessions are */
	/* The client system by its first phase 1 (constants of ike), IKE_QUIRK bits. */
	const char *client, *client_version;
	uint32_t quirks;
	bool natt, peer_behind_nat, we_behind_nat; /* by its last phase 1 */
	bool orphan;                               /* no ISAKMP SA is left, ESP SAs are */
	bool removing;                             /* the worker was told */
	struct list children;
	struct child *sending; /* the one that we send on, or NULL */
	struct list sessions;
	struct etherip *etherip; /* its port, or NULL */
	unsigned n_sessions;     /* and the port */
	uint64_t heard_ms;       /* its last L2TP message */
	uint8_t bare_renewals;   /* new ISAKMP SAs since the last session */
	struct timer linger;
	struct core *core;
};

enum session_state {
	SESSION_LINK,   /* PPP negotiates */
	SESSION_ADDING, /* the worker was told */
	SESSION_UP,
	SESSION_CLOSING,  /* PPP and the call are being closed */
	SESSION_REMOVING, /* the worker was told to forget it */
	SESSION_STATES
};

enum session_event {
	SESSION_EV_PPP_UP,
	SESSION_EV_PPP_SUSPEND, /* the peer renegotiates: nothing may pass */
	SESSION_EV_PPP_DOWN,
	SESSION_EV_CALL_DOWN,
	SESSION_EV_CLOSE, /* administrator, limit, time-out */
	SESSION_EV_ADDED,
	SESSION_EV_ADD_FAILED,
	SESSION_EV_REMOVED,
	SESSION_EVENTS
};

struct session {
	struct list node;       /* core->sessions */
	struct list peer_node;  /* peer->sessions */
	struct list ready_node; /* core->ready */
	struct core *core;
	struct peer *peer;
	uint64_t handle;
	unsigned index; /* what `show vpn-sessiondb` and logoff call it */
	enum session_state state;
	uint32_t call;
	struct l2tp_call_info l2tp;
	struct ppp *ppp;
	struct ppp_up up;
	uint32_t slot;
	bool has_slot, installed;
	uint16_t hub;
	uint8_t mac[6];
	uint32_t ip;
	struct pool *pool;         /* where ip came from; NULL: fixed */
	uint16_t mtu;              /* of the installed session */
	bool ipv6cp_open, ipv6_on; /* the client has it; the worker knows */
	struct ppp_up6 up6;
	uint64_t prefix6;    /* its /64: upper half of the address, host order; 0: none */
	struct timer ra;     /* the next router advertisement */
	unsigned n_ra;       /* sent since IPV6CP opened */
	bool inform_told;    /* its story has the first DHCPINFORM */
	struct lease *lease; /* on a bridged hub, from the first NETWORK on */
	struct name *user, *group_policy, *tunnel_group; /* NULL: not known yet */
	/* What logins are counted by: the user's name, of a hub's user with the hub's. */
	struct name *account;
	struct name *hub_name; /* the hub that it goes to, as configured */
	/* what access rules may name it by; no group: NULL */
	struct name *access_user, *access_group;
	bool hub_user;          /* user is one of that hub, not of LOCAL */
	bool auto_disconnect;   /* session_s is the policy's of a hub user */
	uint16_t login_hub;     /* where it counts as a session while it is logged in */
	uint8_t silence_s;      /* policy TimeOut: without a sign of life so long; 0: no limit */
	struct list login_node; /* account->logins, or nowhere */
	enum ppp_auth auth;
	uint32_t idle_s, session_s; /* CFG_NONE: no limit */
	uint32_t dns[2], wins[2];
	uint64_t begin_ms, up_ms, up_wall_s;
	struct dp_session_stats stats;
	struct timer watch; /* session and idle limits */
	bool stats_asked;   /* fresh counters were asked for when the idle limit seemed due */
	bool stats_came;    /* and they came */
	bool admitted;      /* authenticated, and the policy lets the user in */
	unsigned adds_out, dels_out; /* commands that the worker has not answered */
	const char *end_reason;
};

struct command {
	struct list node;
	unsigned worker;
	struct dp_cmd cmd;
};

/* L2TP over IPsec: UDP 500 and 4500 and ESP, all of them or none. */
struct service {
	bool wanted, open;
	struct ip_addr addr;    /* family 0: every local one */
	char error[PRIV_ERROR]; /* wanted and not open: why */
	struct timer retry;
	unsigned acks; /* of closed sockets that are waited for */
};

struct core {
	struct core_config cfg;
	const struct os *os;
	struct config *config;
	struct timerq timers;
	struct timer_wheel wheel;
	uint64_t tick_ms; /* timers are looked at from then on */
	struct ike *ike;
	unsigned dh_out; /* sums in the crypto pool */
	struct l2tp *l2tp;
	struct dp *dp;
	unsigned shard_bits;
	struct slots peer_slots[DP_WORKERS_MAX], session_slots[DP_WORKERS_MAX];
	struct slots port_slots[DP_WORKERS_MAX];
	struct list etherips;
	unsigned worker_load[DP_WORKERS_MAX];
	struct list peers, sessions;
	struct map peers_by_handle, peers_by_ike, children_by_handle, children_by_id,
		children_by_spi, sessions_by_handle, sessions_by_call, sessions_by_ip, names,
		stories_by_sa;
	uint64_t names_seed;
	struct list ready; /* sessions whose PPP link has actions from a timer */
	uint64_t next_handle;
	unsigned next_index;
	struct hub_run hubs[CFG_HUBS_MAX];
	struct service service;
	unsigned next_hub; /* where to look for a free place */
	uint64_t next_rules;
	uint32_t next_name;
	struct timer bridges;      /* the interfaces of bridged hubs are looked at */
	struct list leases;        /* whose DHCP clients have actions */
	struct map leases_by_port; /* sessions */
	unsigned n_pools;
	struct pool_run *pools;
	struct list commands;             /* waiting for room in a ring */
	unsigned waiting[DP_WORKERS_MAX]; /* how many of them for each worker */
	struct story *stories;
	struct story_note *story_notes;
	uint64_t story_serial;
	struct log_limit note_limit, keys_limit;
	bool debug_keys;
	struct {
		uint64_t l2tp_no_peer; /* a message of a peer that is gone */
		uint64_t l2tp_port;    /* not to UDP 1701 */
		uint64_t l2tp_off;     /* L2TP is not served */
		uint64_t inform[DHCP_N_DROPS], nd[ND_N_FAULTS]; /* 0: taken */
		uint64_t lease[DHCP_N_ALL_DROPS];               /* 0: taken */
		uint64_t lease_no_session, lease_no_arp;
	} drops;
	uint64_t sessions_total, sessions_peak, sessions_now;
	struct list walks; /* of front ends over the sessions (walk.c) */
	uint64_t walk_round;
	uint64_t started_ms, started_wall_s;
	bool stopping;
};

/* Milliseconds of the monotonic clock. */
static inline uint64_t core_now(const struct core *c)
{
	return c->os->now_ms(c->os->ctx);
}

/* commands.c: cookies of commands name the object that waits for the answer. */
enum ack_kind {
	ACK_NONE,
	ACK_CHILD,
	ACK_SESSION_ADD,
	ACK_SESSION_DEL,
	ACK_PEER_DEL,
	ACK_STATS, /* its handle is the round of api_walk_refresh() */
	ACK_HUB,   /* its handle is the hub's index */
	ACK_LISTEN,
	ACK_RULES, /* its handle is their serial number */
	ACK_PORT_ADD,
	ACK_PORT_DEL,
};
uint64_t ack_cookie(enum ack_kind kind, uint64_t handle);
void ack_take(struct core *c, uint64_t cookie, bool ok);
/* False when it was lost: a message or a question for counters that found no room. */
bool command_send(struct core *c, unsigned worker, const struct dp_cmd *cmd, const void *message);
void command_all(struct core *c, const struct dp_cmd *cmd);
bool command_stats(struct session *s, uint64_t cookie); /* asks the worker for counters */
void command_retry(struct core *c);
void command_drop_all(struct core *c);

/* debug.c: ike's `keys`; ctx is the core. */
void debug_keys_line(void *ctx, const char *line);

/* core.c: a sum leaves for the crypto pool. */
void core_submit(struct core *c, struct ike_dh_job *job);

/* core.c: until a worker has something to tell, 20 ms at most. */
void core_wait(struct core *c);

/* core.c: runs every action that waits in ike, l2tp and ppp. */
void core_drain(struct core *c);

/* listen.c: the sockets that cfg wants, from now on or as soon as they can be had. */
void listen_apply(struct core *c, const struct config *cfg);
void listen_acked(struct core *c);
const char *listen_waits(const struct core *c); /* why there are none yet; NULL: there are */

/* apply.c */
void apply_undo(struct core *c); /* frees what the first core_apply() made */

/* api.c */
json_t *api_session(const struct session *s);
bool api_is_whom(const struct session *s, const struct api_whom *whom);

/* walk.c */
void walks_answered(struct core *c, uint64_t round);
void walks_session_goes(struct session *s); /* before it leaves core->sessions */

/* ike_glue.c */
struct ike *ike_glue_new(struct core *c, const struct config *cfg);
bool ike_glue_apply(struct core *c, const struct config *cfg);
void ike_action(struct core *c, const struct ike_act *a);

/* l2tp_glue.c */
struct l2tp *l2tp_glue_new(struct core *c, const struct config *cfg);
void l2tp_glue_apply(struct core *c, const struct config *cfg);
void l2tp_action(struct core *c, const struct l2tp_act *a);
void l2tp_punt(struct core *c, const struct dp_punt *p);

/* peer.c */
struct peer *core_peer_new(struct core *c, const struct ike_act *up);
struct peer *core_peer_by_ike(struct core *c, ike_peer_id id);
struct peer *core_peer_by_handle(struct core *c, uint64_t handle);
void core_peer_moved(struct peer *p, const struct flow *flow);
void core_peer_renewed(struct peer *p, ike_sa_id sa, const struct flow *flow);
void core_peers_keepalive(struct core *c); /* the interval of NAT keepalives has changed */
void core_peer_orphan(struct peer *p);     /* only ESP SAs are left: is anybody there? */
/* The client forgot the sessions that it had before this SA. */
void core_peer_restarted(struct peer *p, ike_sa_id sa);
void core_peer_down(struct peer *p, const char *reason); /* ike has ended it */
/* We end it: StopCCN and Deletes are sent; harmless when it is gone. */
void core_peer_say_goodbye(struct peer *p, const char *reason);
/* The largest IP packet for its sessions: HUB_MTU, or what the SA leaves of 1500 octets. */
uint16_t core_peer_mtu(const struct peer *p, bool sequencing);
void core_peer_release(struct peer *p); /* tells the worker when nothing is left of it */
void core_peer_removed(struct peer *p); /* the worker has forgotten it: frees p */
void core_peer_free_all(struct core *c);
struct child *core_child_new(struct peer *p, ike_child_id id, const struct ike_child *keys);
struct child *core_child_by_id(struct core *c, ike_child_id id);
struct child *core_child_by_handle(struct core *c, uint64_t handle);
bool core_child_has_spi(struct core *c, uint32_t spi);
void core_child_send_on(struct child *ch);               /* the peer has it: send on it */
void core_child_first_used(struct child *ch);            /* the first good packet came on it */
void core_child_move(struct child *ch, struct peer *to); /* of the same worker */
void core_child_free(struct child *ch);

/* session.c */
struct session *session_new(struct peer *p, const struct l2tp_act *a);
/* Is other s, or one that the same client left without closing it, which ends when s is up? */
bool session_replaces(const struct session *s, const struct session *other);
struct session *session_by_call(struct core *c, uint32_t call);
struct session *session_by_handle(struct core *c, uint64_t handle);
void session_leave(struct session *s); /* its hub goes: the worker forgets it */
/* DP_CMD_NEIGH_ADD or _DEL of its address */
void session_neighbour(struct session *s, enum dp_cmd_kind kind);
void session_event(struct session *s, enum session_event ev, const char *reason);
const char *session_state_name(enum session_state state);
extern const struct fsm session_fsm;

/* names.c */
struct name *name_get(struct core *c, const char *text); /* a reference; NULL: memory */
void name_put(struct core *c, struct name *n);           /* gives it back; n may be NULL */
/* *at becomes text, its former name is given back. False: memory, and it is as before. */
bool name_set(struct core *c, struct name **at, const char *text);
/* A reference to a name as access lists have it: any case, with a number. */
struct name *name_numbered(struct core *c, const char *text);
static inline const char *name_text(const struct name *n)
{
	return n ? n->text : "";
}
/* The user is admitted: the session counts as one of the user's. */
void session_log_in(struct session *s);
void session_log_out(struct session *s); /* harmless when it does not count */

/* account.c: who a name is (DESIGN.md section 4). */
struct account {
	const struct cfg_tunnel_group *group; /* the profile */
	const struct cfg_hub *hub;            /* NULL: the profile has none */
	const struct cfg_user *user;          /* NULL: nobody */
	const struct cfg_hub_user *hub_user;  /* user is its login; NULL: user is LOCAL's */
	struct bytes bare;                    /* the name without hub or group */
	char why[160];                        /* nobody: what was looked for */
};
/* typed: as the peer sent it. */
void account_find(const struct config *cfg, struct bytes typed, struct account *out);
/* The user of a session as the configuration has it now; NULL: it is gone. */
const struct cfg_user *account_of_session(const struct session *s, const struct config *cfg);
/* The session is this account's. False: memory. */
bool account_become(struct session *s, const struct account *a);
/* What the worker judges the session's frames by: user, group, policy. */
void account_judged_by(const struct session *s, struct dp_judged *out);
/* Is the hub's user still one? False: told. */
bool account_is_current(const struct peer *p, const struct cfg_hub *h,
			const struct cfg_hub_user *u);
/* May the user have one more session or port beside these? most 0: any number. False: told. */
bool account_has_room(const struct peer *p, const struct cfg_user *u, uint32_t others,
		      uint32_t most);
/* Do the account, its hub and their policies let the session in? False, with the story told and
 * the MS-CHAP error (RFC 2759 6) in *error. */
bool account_admits(struct session *s, const struct account *a, uint16_t *error);

/* etherip.c: routers that come by EtherIP. */
struct aaa_local_user;
/* session_ppp.c: the stored password of a user of the configuration, for aaa_local(). */
void account_stored(const struct cfg_user *u, struct aaa_local_user *out);
/* The peer may send on an SA: a port for it, if it is for EtherIP and has none. */
void etherip_try(struct peer *p);
void etherip_child_gone(struct peer *p);
void etherip_peer_down(struct peer *p, const char *reason);
void etherip_hub_down(struct core *c, uint16_t hub, const char *why);
void etherip_acked(struct core *c, uint64_t handle, bool added, bool ok);
void etherip_stats(struct core *c, const struct dp_punt *p);
void etherip_silent(const struct peer *p); /* asks the worker whether it is there */
unsigned etherip_logoff(struct core *c, const struct api_whom *whom); /* how many */
void etherip_apply(struct core *c);
void etherip_free_all(struct core *c);

/* limits.c */
void session_stats(struct session *s, const struct dp_session_stats *stats);
bool session_login_limit(struct session *s, uint32_t logins);
uint64_t session_idle_ms(const struct session *s);
void limits_watch(struct session *s); /* begins to look at the session's limits */

/* session_ppp.c */
bool session_ppp_start(struct session *s);
void session_ppp_drain(struct session *s);
void session_ppp_network(struct session *s); /* it has an address: IPCP may go on */

/* session_packet.c: DP_PUNT_PACKET */
void session_packet(struct core *c, const struct dp_punt *p);
void session_send_packet(struct session *s, struct bytes packet); /* may be lost */

/* ipv6.c */
bool prefixes_init(struct prefixes *p, uint64_t net, uint8_t len); /* len 0: no IPv6 */
void prefixes_free(struct prefixes *p);
/* IPV6CP is to be spoken: some hub has IPv6, and which one is the user's is not known yet */
bool ipv6_wanted(const struct session *s);
void ipv6_up(struct session *s, const struct ppp_up6 *up);
void ipv6_down(struct session *s);
void ipv6_install(struct session *s);  /* the worker has the session */
void ipv6_withdraw(struct session *s); /* it will have it no more */
void ipv6_release(struct session *s);  /* gives its /64 back */
void ipv6_advertise(struct session *s, struct ipv6_addr to);

/* address.c */
/* True with s->ip 0: a DHCP server on the hub's segment gives the address (lease.c). */
bool address_assign(struct session *s, const struct config *cfg);
/* The session has it from now on. False: another one of the hub has it, or memory. */
bool address_hold(struct session *s, uint32_t ip);
struct session *session_by_ip(struct core *c, uint16_t hub, uint32_t ip);
uint8_t address_pool_prefix(const struct session *s); /* 0: not from a pool with a mask */
void address_release(struct session *s);
/* The pools as cfg wants them; nothing changes until the plan is used. NULL and a
 * sentence when a pool in use would go. */
struct pool_run *address_plan_pools(struct core *c, const struct config *cfg, char *error,
				    size_t cap);
void address_use_plan(struct core *c, struct pool_run *plan, unsigned n);
void address_drop_plan(struct pool_run *plan, unsigned n);
void address_free_pools(struct core *c);

/* hubs.c */
/* NULL with a sentence; nothing is open then. */
struct hub_run *hub_start(struct core *c, const struct cfg_hub *cfg, char *error, size_t cap);
/* Ends its sessions for this reason and waits for the workers. */
void hub_stop(struct core *c, struct hub_run *h, const char *why);
void hub_acked(struct core *c, uint64_t index, bool ok);
bool hub_set_nat(struct core *c, struct hub_run *h, bool on, char *error, size_t cap);
void hubs_close(struct core *c); /* at the end: the workers are not told */
struct hub_run *hub_by_name(struct core *c, const char *name);
/* Has the monitor given one for each worker? Else what came is closed and r->error says so; what:
 * "TAP queues". */
bool hub_queues_came(struct core *c, struct priv_result *r, const char *what);
void hub_queues_put(struct dp_hub *out, const struct priv_result *r); /* r NULL: none */
/* The hub, up and online; NULL: told to the peer. */
struct hub_run *hub_open_to(const struct peer *p, const struct cfg_hub *h);
/* May one more come beside these? False: told. */
bool hub_has_room(const struct peer *p, const struct cfg_hub *h, uint32_t others);
/* Does the account's hub take the session? It is the session's hub then; false: told. */
bool hub_admits(struct session *s, const struct account *a);
/* rules.c */
struct rules *rules_new(struct core *c, const struct cfg_hub *cfg); /* NULL: memory */
void rules_tell(struct core *c, struct hub_run *h);                 /* the workers have the hub */
/* Other ones when cfg says so; what cannot be had is logged. */
void rules_change(struct core *c, struct hub_run *h, const struct cfg_hub *cfg);
void rules_acked(struct core *c, uint64_t serial, bool ok);
void rules_free(struct core *c, struct hub_run *h); /* no worker reads them */

/* bridge.c */
/* What the workers are to be told of a bridged hub's way out, which may be none yet: from now on
 * they are told of each other one. */
void bridge_start(struct core *c, struct hub_run *h, struct dp_hub *out);
const char *way_state_name(enum way_state way);

/* lease.c */
/* Has the session all that IPCP needs? Always on a hub that is not bridged. False: DHCP servers
 * are asked; session_ppp_network() follows, or the session's end. */
bool lease_ready(struct session *s);
void lease_give_back(struct session *s); /* gives the address back; harmless without a lease */
void lease_drop(struct session *s);      /* says nothing to anybody */
/* To the hosts of its hub (RFC 5227 section 2.3), which may know the address behind the MAC of an
 * earlier session. */
void address_announce(struct session *s);
void leases_drain(struct core *c);
void lease_frame(struct core *c, const struct dp_punt *p); /* DP_PUNT_FRAME */
/* What is known of the segment; NULL: nothing. */
const struct dhcp_result *lease_result(const struct session *s);
uint8_t lease_prefix(const struct session *s);
uint32_t lease_local_ip(const struct session *s);
const char *lease_state(const struct session *s);
/* Name servers: the policy's, or else the segment's. */
void lease_servers(const struct session *s, uint32_t dns[2], uint32_t wins[2]);

/* hubs_apply.c: the hubs of cfg are up. False with a sentence, and all is as before, but that
 * sessions of hubs that were to change may have ended. */
bool hubs_apply(struct core *c, const struct config *cfg, char *error, size_t cap);

/* story.c: what happened to each attempt, for explain. */
#define STORY_NOTES 28
#define STORIES     512

struct story_note {
	enum note_kind kind;
	const char *reason;
	uint64_t at_ms;
	char text[NOTE_TEXT];
};

struct story {
	uint64_t serial; /* 0: never used */
	ike_sa_id sa;    /* 0: refused before there was one */
	struct endpoint remote;
	uint64_t begin_ms, last_ms, begin_wall_s;
	char user[USER_MAX];
	char client[64];
	bool up, ended;
	unsigned n, left_out;
	struct story_note *notes; /* STORY_NOTES; elsewhere, so that stories are found fast */
};
void stories_free(struct core *c);
void story_note(struct core *c, ike_sa_id sa, const struct flow *flow, const struct note *note);
void story_add(struct core *c, ike_sa_id sa, const struct flow *flow, enum note_kind kind,
	       const char *reason, const char *fmt, ...) __attribute__((format(printf, 6, 7)));
/* A refusal in the story of what the peer attempts; always false. reason: a constant. */
bool story_refuse(const struct peer *p, const char *reason, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
void story_user(struct core *c, ike_sa_id sa, struct bytes name);
bool stories_init(struct core *c);
void story_is_up(struct core *c, ike_sa_id sa);
/* The SA is a peer's that was there before: its attempt is no attempt, and what comes is told
 * in the story of that connection. */
void story_joins(struct core *c, ike_sa_id sa, ike_sa_id into);
