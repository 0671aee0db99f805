/*
 * tcp_segment: a TCP segment (RFC 9293 section 3.1) with the options that connections of
 * load clients have: MSS, window scale (RFC 7323), SACK (RFC 2018).
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/rd.h"
#include "tcp_ranges.h"
#include "wire/tcp.h"

#define TCP_SACKS_MAX   4 /* of what options have room for */
#define TCP_HEADERS_MAX 80

/* From a packet, or for one. */
struct tcp_segment {
	uint32_t src_ip, dst_ip; /* host order */
	uint16_t src_port, dst_port;
	uint32_t seq, ack;
	uint8_t flags;
	uint16_t window;  /* as on the wire */
	uint16_t mss;     /* 0: no such option */
	bool scale_known; /* the option is there */
	uint8_t scale;    /* at most 14 */
	bool sack_permitted;
	unsigned n_sacks;
	struct tcp_range sacks[TCP_SACKS_MAX];
	uint32_t data; /* octets of data */
};

enum tcp_fault {
	SEGMENT_OK,
	SEGMENT_NOT_TCP,  /* no whole IPv4 packet with TCP in it */
	SEGMENT_CUT,      /* the header does not fit in */
	SEGMENT_CHECKSUM, /* of IP or of TCP */
};

/* Reads a whole IPv4 packet. A broken option list: what stood before the break counts. */
enum tcp_fault tcp_segment_parse(struct bytes packet, struct tcp_segment *out);

/* Writes a whole IPv4 packet with s->data octets of zeros, checksums included; its length.
 * p has room for TCP_HEADERS_MAX and the data. */
size_t tcp_segment_put(uint8_t *p, const struct tcp_segment *s);
