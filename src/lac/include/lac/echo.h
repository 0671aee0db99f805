/*
 * echo: the pings of clients: ICMP echo messages (RFC 792) in whole IPv4 packets,
 * with data that tells whether it came back unchanged.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/rd.h"

#define ECHO_REPLY   0
#define ECHO_REQUEST 8
#define ECHO_HEADERS 28 /* octets of IPv4 and ICMP header */

struct echo {
	uint8_t type; /* ECHO_REPLY or ECHO_REQUEST */
	uint16_t seq;
	uint32_t src, dst; /* host order */
	size_t size;       /* octets of data */
	bool intact;       /* the data is what echo_build() writes for this seq */
};

/* Writes ECHO_HEADERS + e->size octets at p (intact is not read); returns how many. */
size_t echo_build(uint8_t *p, const struct echo *e);

/* False when the packet is no echo message of ours, is cut, or a checksum is wrong. */
bool echo_parse(struct bytes packet, struct echo *out);
