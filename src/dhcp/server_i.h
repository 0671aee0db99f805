/*
 * server_i: what the files of the DHCP server share: the object, its leases (lease.c), the choice
 * of an address (server_choose.c), ports (server_port.c), the messages (server.c).
 */
#pragma once

#include "base/list.h"
#include "base/map.h"
#include "dhcp/options.h"
#include "dhcp/packet.h"
#include "dhcp/server.h"

/* What a store has to be told of a lease. */
enum pending { PENDING_NONE, PENDING_SAVE, PENDING_DROP };

/* A port that has asked, for its limits. */
struct port {
	uint32_t number;
	struct list leases; /* offered and bound */
	uint32_t n_leases;
	uint32_t tokens; /* messages that it may send now */
	uint64_t filled_ms;
	uint32_t declined; /* addresses, since declining_ms */
	uint64_t declining_ms;
};

struct lease {
	struct dhcp_lease pub;
	struct dhcp_server *s;
	struct list all;    /* of s->leases, by id */
	struct list by_key; /* of a bucket; none when declined */
	struct list idle;   /* of s->idle, when remembered: the oldest first */
	struct list dirty;  /* of s->dirty, when pending */
	enum pending pending;
	bool renewed;
	bool dead; /* in no table any more: goes when LEASE_DROP was taken */
	struct port *port;
	struct list on_port;
	struct timer timer;
};

/* How a client is told apart. */
struct client_key {
	uint8_t mac[6];
	uint8_t id_len;
	uint8_t id[DHCP_CLIENT_ID_MAX];
};

struct dhcp_server {
	struct dhcp_server_config cfg; /* its pointers point below */
	char *domain;
	struct dhcp_route *routes;
	struct dhcp_static *statics;

	/* One bit for each address of the range: set when it is reserved or has a lease. */
	uint64_t *used;
	uint32_t n_range, n_used, cursor;

	struct map by_ip; /* struct lease */
	struct list *buckets;
	uint32_t bucket_mask;
	uint64_t seed;
	struct list leases, idle, dirty;
	uint32_t next_id, n_leases;
	struct map ports; /* struct port, by number + 1 */

	uint8_t frame[DHCP_SERVER_FRAME_MAX];
	size_t frame_len; /* 0: no SEND is due */
	uint8_t frame_type;
	uint32_t frame_port;
	bool note_due;
	struct note note;
	uint64_t noted_ms;
	struct dhcp_server_stats stats;
};

/* ---- lease.c ---- */

/* Makes the table fit for so many leases (1 on). False: no memory, it is as it was. */
bool lease_buckets(struct dhcp_server *s, uint32_t n_leases);

struct lease *lease_by_ip(const struct dhcp_server *s, uint32_t ip);
struct lease *lease_by_key(const struct dhcp_server *s, const struct client_key *key);

/* A new one in the state OFFERED without a timer; NULL: no memory. ip has none. */
struct lease *lease_new(struct dhcp_server *s, uint32_t ip, const struct client_key *key);

/* Its state from now on, with the port that it counts for (NULL: none). */
void lease_set(struct lease *l, enum dhcp_lease_state state, uint64_t ends_ms, struct port *port);

/* Tells the store. */
void lease_save(struct lease *l, bool renewed);

/* It is over: remembered if it was bound before, else gone. */
void lease_end(struct lease *l);

/* Somebody else uses its address: kept back until ends_ms. */
void lease_keep_back(struct lease *l, uint64_t ends_ms);

/* It is gone, and its address free. */
void lease_remove(struct lease *l);

/* After LEASE_DROP of a dead one was taken. */
void lease_free(struct lease *l);

/* ---- server_choose.c ---- */

/* The address is used, or not any more (then it is free unless it is reserved). */
void choose_mark(struct dhcp_server *s, uint32_t ip, bool used);

/* Marks every address of the range as the configuration and the leases say. */
void choose_mark_all(struct dhcp_server *s);

/* Could a lease of ip be one of this configuration, by whatever rule? */
bool choose_possible(const struct dhcp_server *s, uint32_t ip);

/* The client's lease of ip, now or anew. NULL: it may not have it, somebody has it, or no memory.
 */
struct lease *choose_exact(struct dhcp_server *s, const struct dhcp_from *from,
			   const struct client_key *key, uint32_t ip);

/* The lease for a client that would like wanted (0: any): its fixed one, its own, that one, or a
 * new one. NULL: no address is free, or no memory. */
struct lease *choose_lease(struct dhcp_server *s, uint64_t now_ms, const struct dhcp_from *from,
			   const struct client_key *key, uint32_t wanted);

/* ---- server_port.c ---- */

/* The port's record, made when it is new. NULL: no memory. */
struct port *port_get(struct dhcp_server *s, uint64_t now_ms, const struct dhcp_from *from);

/* May it send one more message? */
bool port_allow(struct port *p, uint64_t now_ms, const struct dhcp_from *from);

/* May it have one more address kept back? In window_ms, so many as it may hold and four. */
bool port_may_decline(struct port *p, uint64_t now_ms, uint64_t window_ms,
		      const struct dhcp_from *from);

static inline uint32_t port_leases_max(const struct dhcp_from *from)
{
	return from->leases_max ? from->leases_max : 1;
}
