/*
 * load_path: the way of packets of one thread of the load generator. Datagrams of many
 * clients are opened together and sealed together, and leave in runs that the kernel
 * cuts (UDP_SEGMENT).
 */
#pragma once

#include "crypto/burst.h"
#include "lac/lac.h"
#include "load_net.h"
#include "load_stats.h"
#include "os/os.h"

#define LOAD_PIECES 128

struct load_client;
struct load_thread;

/* A datagram that is ready to leave, or will be when its job is done. */
struct load_piece {
	struct load_client *client;
	struct endpoint to;
	uint8_t *p;
	size_t len;
};

struct load_path {
	/* in */
	uint8_t *in_mem; /* OS_BATCH buffers */
	struct os_rx in[OS_BATCH];
	unsigned in_used;
	struct burst_job opens[BURST_MAX]; /* owner: the client */
	unsigned n_opens;

	/* out */
	uint8_t *out_mem;
	size_t out_at;
	struct burst_job seals[BURST_MAX];
	unsigned n_seals;
	struct load_piece pieces[LOAD_PIECES];
	unsigned n_pieces;
	const struct load_client *last; /* whose packet was laid last, in front octets before it */
	size_t front;
};

bool load_path_init(struct load_path *p); /* false: memory */
void load_path_free(struct load_path *p);

/* Takes what waits on a socket, one system call; clients get what is theirs by
 * load_client_packet() and load_client_input(), at the latest when load_path_opened()
 * is called. */
void load_path_receive(struct load_thread *t, struct load_socket *s);
void load_path_opened(struct load_thread *t);

/* Room for an IP packet of at most LOAD_PACKET_MAX octets of that client. Sends what waits when
 * there is none. */
uint8_t *load_path_room(struct load_thread *t, struct load_client *c);
/* The packet of so many octets is in that room. False: the client is not up. */
bool load_path_packet(struct load_thread *t, struct load_client *c, uint8_t *packet, size_t len);

/* A datagram of the client's own, copied. */
void load_path_datagram(struct load_thread *t, struct load_client *c, const struct endpoint *to,
			struct bytes datagram);

/* Seals and sends all that waits. */
void load_path_flush(struct load_thread *t);
