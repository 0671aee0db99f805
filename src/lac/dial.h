/*
 * dial: what the files of the program sekisho-dial share: its command line, its
 * sockets.
 */
#pragma once

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/secret.h"
#include "lac/lac.h"

#define DIAL_SOCKETS 3 /* the ways to the server: ISAKMP, NAT traversal, protocol 50 */

struct dial_options {
	struct ip_addr server;
	const char *user;
	struct secret psk, password;
	uint32_t ping; /* host order; 0: the PPP peer */
	unsigned count;
	uint64_t timeout_ms;
	bool natt, port_any;
	const char *aggressive; /* the name for Aggressive Mode; NULL: Main Mode */
};

/* False with a sentence on stderr. */
bool dial_options(struct dial_options *o, int argc, char **argv);

/* ISAKMP on 500, RFC 3948 on 4500, raw ESP (-1 with NAT traversal). */
struct dial_net {
	int fd[DIAL_SOCKETS];
	struct endpoint local; /* as the server would see us without a NAT */
	struct ip_addr server;
};

/* False with a sentence on stderr. */
bool dial_net_open(struct dial_net *n, const struct dial_options *o);
void dial_net_close(struct dial_net *n);
void dial_net_send(struct dial_net *n, const struct lac_act *a);
/* Gives everything that waits to l; waits at most timeout_ms for something to come. */
void dial_net_receive(struct dial_net *n, struct lac *l, int timeout_ms);

uint64_t dial_now_us(void); /* CLOCK_MONOTONIC */
