/*
 * test_rig: some clients and a small server of real rooms (ike, l2tp, ppp and esp.c in the other
 * role) in virtual time, for the unit tests of this room. Client n is at 10.0.0.n + 1.
 */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "lac_i.h"

#define RIG_CLIENTS 16
#define RIG_PACKETS 256
#define RIG_PACKET  2048
#define RIG_SERVER  0x0a000001u
#define RIG_INNER   0xc0a80001u /* of the server; client n has RIG_INNER + 1 + n */
#define RIG_FRONT   64
#define RIG_ROOM    (RIG_FRONT + RIG_PACKET + LAC_SEAL_BACK)

struct rig_packet {
	unsigned client;
	size_t len;
	uint8_t b[RIG_PACKET];
};

/* What the server has of one client. */
struct rig_peer {
	ike_peer_id ike;
	struct flow flow;     /* of ISAKMP and ESP, the server's view */
	uint16_t client_port; /* L2TP: inner, or raw */
	struct esp esp;
	uint32_t call;
	struct l2tp_call_info info;
	struct ppp *ppp;
	bool ppp_up;
	uint16_t ns;
};

struct rig_client {
	struct lac *lac;
	unsigned ups, downs, dhs, datagrams;
	struct flow flow; /* of the last datagram */
};

struct rig {
	uint64_t now_ms, seed;
	bool raw, natt, sequencing;
	uint16_t server_port;       /* raw and inner: where the server's L2TP answers from */
	struct burst_alg alg;       /* of ESP; key_len 0: AES-256 SHA-1 */
	uint32_t life_kb;           /* 0: none worth speaking of */
	struct ike_load_pair *pair; /* for the clients' sums; NULL: their own */
	struct lac_shared *shared;  /* NULL: each its own */
	struct timerq timers;       /* the server's */
	struct ike *ike;
	struct l2tp *l2tp;
	struct esp_yard yard; /* of the server's pairs */
	struct rig_peer peers[RIG_CLIENTS];
	struct rig_client clients[RIG_CLIENTS];
	unsigned n_clients;
	struct rig_packet at_server[RIG_PACKETS], at_user[RIG_PACKETS]; /* by lac_next() */
	unsigned n_at_server, n_at_user;
	bool deaf; /* the clients' datagrams are lost */
	bool hold; /* the server's L2TP messages are kept here instead of sent */
	struct rig_packet held[RIG_PACKETS];
	unsigned n_held;
	const struct lac_profile *profile; /* of the clients */
};

/* Fill in raw ... shared before. */
void rig_open(struct rig *r, unsigned n_clients);
void rig_close(struct rig *r);
/* All clients up. */
void rig_connect(struct rig *r);
/* Everybody acts until nothing happens at this instant; lets ms pass. */
void rig_settle(struct rig *r);
void rig_pass(struct rig *r, uint64_t ms);

/* A made-up IPv4 packet of len octets, recognised by its number. */
size_t rig_ip(uint8_t *p, uint32_t number, size_t len);
uint32_t rig_number(struct bytes packet);

/* Where the server's datagrams to the client seem to come from. */
struct flow rig_from_server(const struct rig *r, unsigned client);

/* The server's UDP payload or IP packet to the client as a datagram in the RIG_ROOM octets at room:
 * sealed under its pair of number `older` (0: the one that it sends on). */
struct bytes rig_say(struct rig *r, unsigned client, unsigned older, struct bytes message,
		     uint8_t *room);
struct bytes rig_say_ip(struct rig *r, unsigned client, unsigned older, uint32_t number, size_t len,
			uint8_t *room);

/* A datagram of a client reaches the server, which acts. */
void rig_to_server(struct rig *r, unsigned client, const struct flow *flow, bool raw_esp,
		   struct bytes datagram);

uint64_t rig_drops(const struct rig *r, unsigned client, const char *name);
