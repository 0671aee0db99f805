/*
 * net: the sockets of one client: UDP 500 and 4500 and IP protocol 50, or UDP 1701 for plain
 * L2TP.
 */
#pragma once

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/addr.h"
#include "base/rd.h"
#include "os/os.h"

enum net_way { NET_ISAKMP, NET_NATT, NET_ESP, NET_L2TP, NET_WAYS };

#define NET_BATCH 8 /* receives of one system call, each perhaps a run of datagrams */

struct net_config {
	struct ip_addr server;
	struct ip_addr local; /* family 0: as the kernel's routes say */
	bool natt;            /* ports 500 and 4500, and protocol 50 if we may; else 500 and 50 */
	bool raw;             /* plain L2TP alone */
	bool port_any;        /* free ports in the place of 500, 4500 and 1701 */
};

struct net {
	int fd[NET_WAYS];      /* -1: not in use */
	struct endpoint local; /* the address, and the port of the first socket */
	struct ip_addr server;
	bool lacks_esp; /* something was to be sent by protocol 50, and we may not */
	struct os_rx rx[NET_BATCH];
	uint8_t *buffers;
};

/* So much may wait in either direction, if the kernel lets us. */
void net_set_buffers(int fd, int octets);

/* False with a sentence in err; nothing stays open. */
bool net_open(struct net *n, const struct net_config *cfg, char *err, size_t err_size);
void net_close(struct net *n);

/* The datagram leaves by the socket of its flow. With gso_size it is a run of datagrams of
 * that size each, the last perhaps shorter (os.h). What the kernel does not take is lost:
 * every layer repeats. */
void net_send(struct net *n, const struct flow *flow, bool raw_esp, struct bytes datagram,
	      uint16_t gso_size);

/* count datagrams by protocol 50, which knows no runs, in few system calls. */
void net_send_esp(struct net *n, const struct flow *flow, const struct bytes *datagram,
		  unsigned count);

/* The sockets to wait on: fills at most NET_WAYS, returns how many. */
unsigned net_pollfds(const struct net *n, struct pollfd *p);

/* One datagram that came from the server, in the net's own buffer, which may be written. */
typedef void net_take_fn(void *ctx, const struct flow *flow, bool raw_esp, uint8_t *datagram,
			 size_t len);
typedef void net_batch_fn(void *ctx);

/* Gives everything that waits to take, and calls batch each time before the buffers are used
 * again. p: as net_pollfds() filled it, with its revents. Datagrams of others are passed
 * over. */
void net_receive(struct net *n, const struct pollfd *p, net_take_fn *take, net_batch_fn *batch,
		 void *ctx);
