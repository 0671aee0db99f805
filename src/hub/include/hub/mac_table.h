/*
 * mac_table: which port of which hub an Ethernet address was last seen on (IEEE 802.1D 7.8,
 * 7.9), per VLAN. One table for all hubs of a worker; each worker has its own copy, without
 * locks. An entry lives 600 s unseen; a pinned one until it is unpinned or its port is
 * forgotten. 65 536 addresses a hub.
 *
 * Per packet: mac_table_learn() and mac_table_find(), each one hash and mostly one cache line.
 * Neither allocates nor takes longer than 64 steps. Everything else is for commands and idle
 * moments, in slices that the caller sizes.
 *
 * now_s: seconds of a clock that never goes back.
 */
#pragma once

#include "hub/headers.h"
#include "hub/table.h"

#define MAC_LIFE_S      600
#define MAC_TELL_S      (MAC_LIFE_S / 4) /* the others hear of a living entry so often */
#define MAC_MOVES_PER_S 5                /* more are a loop (security.md H-28) */

struct mac_table {
	struct table t;
};

struct mac_claim {
	uint16_t hub, vlan;
	uint64_t mac;  /* hub_mac() */
	uint32_t port; /* not HUB_PORT_NONE */
	uint32_t max;  /* addresses that the port may have, 0: any number (MaxMac) */
	bool stay;     /* it may not be taken from another port (CheckMac) */
};

enum mac_learned {
	MAC_KNOWN, /* nothing new */
	MAC_TELL,  /* known, and time to tell the other workers that it lives */
	MAC_NEW,   /* learned: tell the others */
	MAC_MOVED, /* it was on another port: tell the others */
	/* the rest learned nothing */
	MAC_GROUP,     /* a group address or zero is no source */
	MAC_TAKEN,     /* on another port, and claim.stay or pinned there */
	MAC_FLAPPING,  /* it changed its port 5 times in this second: a loop */
	MAC_PORT_FULL, /* claim.max */
	MAC_HUB_FULL,  /* 65 536 */
	MAC_NO_ROOM,   /* until the next mac_table_tend(), or until something ages */
	MAC_N_LEARNED,
};

/* max: entries of all hubs, 1 to 2^26; hubs: their numbers are below it, at most 65 535.
 * seed: 64 random bits. False: out of range or memory is short. */
bool mac_table_init(struct mac_table *m, uint32_t max, uint32_t hubs, uint64_t seed);
void mac_table_free(struct mac_table *m);

/* A frame with this source came in by this port. Also for what another worker tells. */
enum mac_learned mac_table_learn(struct mac_table *m, const struct mac_claim *c, uint32_t now_s);

/* The port of a living entry, or HUB_PORT_NONE. */
uint32_t mac_table_find(const struct mac_table *m, uint16_t hub, uint16_t vlan, uint64_t mac,
			uint32_t now_s);

/* For a burst of frames: fetches what mac_table_find() will read, so that a table that is not in
 * the cache is waited for once, not for each frame. First for all frames with entry false, then
 * for all with true, then forward them. */
void mac_table_prefetch(const struct mac_table *m, uint16_t hub, uint16_t vlan, uint64_t mac,
			bool entry);

/* An entry that does not age, cannot be taken and takes the address from whom had it: the
 * virtual host, a session whose MAC an administrator chose. False: no room. */
bool mac_table_pin(struct mac_table *m, uint16_t hub, uint16_t vlan, uint64_t mac, uint32_t port,
		   uint32_t now_s);

/* Removes one (MacDelete); false: there was none. */
bool mac_table_delete(struct mac_table *m, uint16_t hub, uint16_t vlan, uint64_t mac);

uint32_t mac_table_port_count(const struct mac_table *m, uint32_t port);
uint32_t mac_table_hub_count(const struct mac_table *m, uint16_t hub);

/* Remove in slices; true when done. A port's number may have a new owner, and a hub's, only
 * then. cursor: 0 before the first slice. */
bool mac_table_forget_port(struct mac_table *m, uint32_t port, uint32_t budget);
bool mac_table_forget_hub(struct mac_table *m, uint16_t hub, uint32_t *cursor, uint32_t budget);

/* To be called often, between packets, with some 64 to 1024 places each time: ages, grows.
 * The only function besides _init that allocates. */
void mac_table_tend(struct mac_table *m, uint32_t now_s, uint32_t budget);

/* One entry, for `show`. */
struct mac_row {
	uint64_t mac;
	uint32_t port;
	uint16_t vlan;
	bool pinned;
	uint32_t created_s, seen_s;
};

/* The next living entry of the hub from *cursor on (0 at first; it stays valid whatever
 * happens to the table), looking at no more than budget places. False: none among them;
 * then *cursor is UINT32_MAX at the end, else the caller goes on later. */
bool mac_table_next(const struct mac_table *m, uint16_t hub, uint32_t *cursor, uint32_t budget,
		    uint32_t now_s, struct mac_row *row);
