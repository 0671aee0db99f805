/*
 * forward: the one decision for a frame that came in by a port of a hub, and the second one at
 * each port that it goes out by. The data plane only carries them out.
 *
 *   frame -> hub_forward() --- DROP, ANSWER, TO_CONTROL
 *                          `-- TO_PORT, FLOOD -> [handoff] -> hub_deliver() at each port -> edit
 *
 * hub_forward() runs in the worker that owns the port of entry. It reads the headers once, then,
 * in this order: hub online, source, VLAN, guards, the hub's filters, the port's policies, its
 * rate, MAC learned, IP claimed, access list, destination. A bulk flow's frame costs one parse,
 * one look at the MAC table to learn, one probe of a small cache for its IP, one for the
 * access list's verdict, and one look at the MAC table for its destination. Nothing allocates,
 * locks or loops over ports.
 *
 * hub_deliver() runs in the worker that owns the port of exit: only it has that port's policies.
 * The frame is handed over with a struct hub_source (20 octets); the headers are read again
 * there (or handed over, too). It judges: still this hub, VLAN, PrivacyFilter, the port's
 * policies, access rules that name the receiver, the port's rate.
 *
 * Memory: a struct hub_switch a worker, a struct hub a hub and worker, a struct hub_port a port,
 * in its owner. Commands fill them; only the worker touches them then.
 *
 * Ports have numbers, which the data plane chooses. A session's MAC is session_mac | its
 * number, so that a frame for a session is forwarded without a table; a session with another
 * MAC is pinned in the MAC table. HUB_PORT_CONTROL is the virtual host (SecureNAT's), which
 * control runs: its MAC is pinned to that number.
 */
#pragma once

#include "hub/access_cache.h"
#include "hub/frame.h"
#include "hub/guards.h"
#include "hub/ip_table.h"
#include "hub/mac_table.h"
#include "hub/options.h"
#include "hub/policy.h"
#include "hub/shaper.h"
#include "hub/storm.h"

#define HUB_PORT_CONTROL        (UINT32_MAX - 1)
#define HUB_NO_ROUTING_PER_MAC  4  /* IPv4 addresses of a host, policy NoRouting */
#define HUB_NO_ROUTING6_PER_MAC 16 /* the same of IPv6 */
#define HUB_CLAIMS              512

/* What the data plane's commands do, in every worker: a session comes: ip_table_claim() of its
 * addresses as IP_ASSIGNED, mac_table_pin() when its MAC was chosen, neigh_add(); any port goes:
 * mac_table_forget_port() and ip_table_forget_port() until both say done, then its number is free;
 * a hub goes: the same by hub. Between packets: hub_switch_tend(). */

/* An address that a port claimed with success in this second: it is not claimed again. */
struct hub_claimed {
	struct ipv6_addr addr;
	uint32_t port, second;
	uint16_t vlan;
};

/* What a worker has for all its hubs. */
struct hub_switch {
	struct mac_table macs;
	struct ip_table ips;
	const struct neigh *neigh; /* addresses of sessions, for ARP and ND answers; or NULL */
	/* a MAC with these bits under the mask is session_mac | number; the mask has no bit of
	 * a number, and 0 is no such MACs */
	uint64_t session_mac, session_mask;
	uint64_t prng; /* not 0; for loss and jitter: nothing secret */
	struct hub_claimed claimed[HUB_CLAIMS];
	struct access_cache access;
};

/* Tables for max entries of hubs 0 to hubs - 1; seed: random. The other members are the
 * caller's to set. False: memory is short. */
bool hub_switch_init(struct hub_switch *sw, uint32_t max, uint32_t hubs, uint64_t seed);
void hub_switch_free(struct hub_switch *sw);

/* Between packets, some 256 places at a time: ages and grows both tables. */
void hub_switch_tend(struct hub_switch *sw, uint64_t now_ms, uint32_t budget);

struct hub_traffic {
	uint64_t unicast, unicast_octets, group, group_octets;
};

/* A hub in one worker. What each frame reads and writes stands first. */
struct hub {
	uint16_t number;
	bool online;
	bool dhcp_server;        /* control runs SecureNAT's DHCP server */
	bool groups_to_sessions; /* broadcast and multicast IP goes to sessions, too */
	/* the next three are from hub_configure() */
	uint16_t vlan_type;
	uint32_t storm_limit;
	uint64_t options;                 /* one bit for each that is not 0 */
	const struct access_list *access; /* or NULL */

	struct hub_traffic in, out;
	struct storm storm;
	uint64_t drops[HUB_DROP_N];
};

void hub_configure(struct hub *hub, const struct hub_options *o);

enum hub_port_kind {
	HUB_SESSION,  /* PPP: speaks IP */
	HUB_ETHERNET, /* EtherIP, L2TPv3 */
	HUB_WAY_OUT,  /* TAP, NIC, the user mode NAT, the virtual host: trusted */
	HUB_OWN,      /* what control sends under the MAC of a session: DHCP, ARP; trusted */
};

struct hub_port {
	uint32_t number;
	uint16_t hub;
	uint8_t kind;                 /* enum hub_port_kind */
	bool outer_ipv6;              /* its peer is reached over IPv6 */
	uint32_t user, group;         /* their numbers in access rules; ACCESS_ANYONE */
	struct hub_assigned assigned; /* of a session */
	/* from hub_port_configure() */
	uint64_t policies; /* hub_policy_bits() */
	uint16_t vlan;     /* 0: all of them, with tags */
	uint32_t max_mac, max_ip, max_ipv6;
	uint32_t upload_bps, download_bps;

	struct hub_guard guard;
	struct storm storm;
	struct shaper upload, download;
};

/* Puts a user's policies on a port. Where they do not apply to its kind they do nothing; a way
 * out has none but VLanId. */
void hub_port_configure(struct hub_port *p, const struct hub_policy *policy);

enum hub_verdict {
	HUB_DROP,       /* decision.drop says why; it has been counted */
	HUB_TO_PORT,    /* to decision.port */
	HUB_FLOOD,      /* to every port of the hub of the kinds in decision.flood */
	HUB_TO_CONTROL, /* only as decision.control says */
	HUB_ANSWER,     /* decision.answer_len octets of answer go back by the port of entry */
};

enum hub_flood {
	HUB_FLOOD_ETHERNET = 1,
	HUB_FLOOD_WAYS_OUT = 2,
	HUB_FLOOD_SESSIONS = 4,
};

/* A copy of the frame for control, whatever else is done with it. */
enum hub_control {
	HUB_CONTROL_DHCP_SERVER = 1, /* for SecureNAT's DHCP server */
	HUB_CONTROL_DHCP_CLIENT = 2, /* for the DHCP client of the session decision.client */
	HUB_CONTROL_HOST = 4,        /* for the virtual host */
};

/* News for the other workers' tables; also when the frame itself is dropped. */
enum hub_tell {
	HUB_TELL_MAC = 1,   /* the source is on the port of entry: mac_table_learn() */
	HUB_TELL_LEASE = 2, /* decision.lease: ip_table_claim() */
};

/* What hub_deliver() wants to know of a frame. */
struct hub_source {
	uint32_t port, user, group;
	uint16_t vlan; /* the VLAN that the frame is in; 0: none */
	uint8_t flags; /* enum hub_source_flag */
};

enum hub_source_flag {
	HUB_FROM_PRIVACY = 1, /* policy PrivacyFilter */
	HUB_FROM_ACCESS = 2,  /* a port with a VLAN of its own: the frame has no tag for it */
	HUB_FROM_FLOOD = 4,
};

struct hub_decision {
	enum hub_verdict verdict;
	enum hub_drop drop;
	uint32_t port, client;
	uint8_t flood, control, tell;
	uint16_t delay_ms; /* before it goes on */
	uint32_t rule;     /* of the access list, 0: none */
	size_t answer_len;
	struct hub_source from;
	struct ip_claim lease;
};

/* Decides about a frame (len octets) that came in by in, a port of hub. Fills h (valid unless
 * the drop is SHORT) and d; writes an answer into answer (FRAME_ANSWER_MAX octets). */
void hub_forward(struct hub_switch *sw, struct hub *hub, struct hub_port *in, const uint8_t *frame,
		 size_t len, uint64_t now_ms, struct hub_headers *h, uint8_t *answer,
		 struct hub_decision *d);

/* What has to be changed before the frame leaves. */
struct hub_edit {
	bool strip_tag;
	uint16_t add_tag, add_type; /* add_tag 0: none */
	bool no_default_router;     /* in a Router Advertisement */
};

/* May the frame leave by out, a port of this worker? Counts drops in hub. edit is filled when it
 * may. delay_ms (may be NULL) is added to by rules that name the receiver. */
enum hub_drop hub_deliver(struct hub_switch *sw, struct hub *hub, struct hub_port *out,
			  const struct hub_source *from, const struct hub_headers *h,
			  uint64_t now_ms, struct hub_edit *edit, uint16_t *delay_ms);

/* Carries edit out on the frame (*len octets, with 4 octets of room before it) and returns
 * where it begins now. h: of this frame; it is no longer right afterwards. */
uint8_t *hub_edit_frame(uint8_t *frame, size_t *len, const struct hub_headers *h,
			const struct hub_edit *edit);
