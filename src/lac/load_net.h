/*
 * load_net: the sockets of one thread of the load generator. Either each client has one, on
 * a port of the kernel's choice and the address that the kernel sends from, or all have
 * addresses of their own out of one prefix that is local to this host (an AnyIP route)
 * and share a few sockets, which the packet's address tells apart.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/addr.h"

struct load_client;

struct load_socket {
	int fd; /* -1: none */
	/* Of one client, or of those clients of a prefix that have the same turn at it. */
	struct load_client *client;
	unsigned round;
};

struct load_net {
	int poll;
	/* with a prefix: client n of all has address n % addresses, in round n / addresses */
	uint32_t prefix; /* host order */
	unsigned bits;   /* 0: no prefix */
	uint32_t addresses, nets;
	unsigned n_sockets;
	bool complained;             /* once is enough for ten thousand sockets */
	struct load_socket *sockets; /* one a client, or one a round */
};

/* prefix and bits (8 to 30, 0: none); n sockets for clients without prefix; total: clients
 * of all threads. False: a sentence is on stderr. */
bool load_net_open(struct load_net *n, uint32_t prefix, unsigned bits, unsigned clients,
		   unsigned total);
void load_net_close(struct load_net *n);

/* Opens the socket of a client without prefix, when it is not open. */
bool load_net_open_one(struct load_net *n, struct load_socket *s, struct load_client *c);

/* The address of a client by its number over all, and its round. */
uint32_t load_net_address(const struct load_net *n, uint32_t number, unsigned *round);
/* And back; false: an address that no client has. */
bool load_net_number(const struct load_net *n, unsigned round, uint32_t address, uint32_t *number);
