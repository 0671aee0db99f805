/*
 * call_data: user packets of one call by the burst: sealed and opened many at a time, sent
 * in runs that the kernel cuts (UDP_SEGMENT). Private to call.c.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "call.h"
#include "net.h"

struct call_data {
	struct lac *lac;
	struct lac_shared *shared;
	struct net *net;
	uint8_t *slots; /* BURST_MAX packets on their way out, with room around each */
	size_t len[BURST_MAX];
	size_t n_out;
	struct burst_job in[BURST_MAX];
	size_t n_in;
};

/* What d uses outlives it. False: no memory. */
bool call_data_init(struct call_data *d, struct lac *lac, struct lac_shared *shared,
		    struct net *net);
void call_data_free(struct call_data *d);

/* Where the next packet goes, CALL_PACKET_MAX octets; full: call_data_send() first. */
uint8_t *call_data_slot(struct call_data *d);
bool call_data_full(const struct call_data *d);
void call_data_filled(struct call_data *d, size_t len);
void call_data_send(struct call_data *d, uint64_t now_ms);

/* CALL_DATA_KEPT: the datagram waits, where it is, for call_data_open(). */
enum call_data_take {
	CALL_DATA_NO, /* for lac_input(), after call_data_open() */
	CALL_DATA_KEPT,
	CALL_DATA_FULL, /* call_data_open(), then again */
};
enum call_data_take call_data_take(struct call_data *d, const struct flow *flow, bool raw_esp,
				   uint8_t *datagram, size_t len);
/* Opens what waits; each user packet goes to packet. */
void call_data_open(struct call_data *d, uint64_t now_ms,
		    void (*packet)(void *ctx, struct bytes ip_packet), void *ctx);
