/*
 * dial_packets: packets between a TUN with struct virtio_net_hdr and a call, cut and merged.
 * Private to dial.
 */
#pragma once

#include <stdint.h>

#include "base/rd.h"
#include "call.h"

struct dial_packets;
struct dial_packets *dial_packets_new(void); /* NULL: no memory */
void dial_packets_free(struct dial_packets *p);

/* What the host sent, from the descriptor fd into the call (NULL: nowhere), in packets of at
 * most mtu octets; some hundred packets at most. */
void dial_packets_out(struct dial_packets *p, int fd, struct call *c, uint16_t mtu);

/* An IPv4 packet for the host; its octets stay where they are until dial_packets_flush(). */
void dial_packets_in(struct dial_packets *p, int fd, struct bytes packet);
void dial_packets_flush(struct dial_packets *p, int fd);
