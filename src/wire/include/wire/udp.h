/*
 * udp: the UDP header (RFC 768).
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "wire/be.h"

#define UDP_HDR      8
#define UDP_LEN      4 /* offsets of fields */
#define UDP_CHECKSUM 6

struct udp {
	uint16_t src_port, dst_port;
	uint16_t len; /* header and payload, 8 to what is there */
};

/* The gate: false when the header is cut or its length lies. The checksum is not
 * looked at: inside ESP the ICV has covered more (RFC 3948 section 3.1.2). */
static inline bool udp_parse(const uint8_t *p, size_t len, struct udp *out)
{
	if (len < UDP_HDR)
		return false;
	*out = (struct udp){.src_port = be16(p), .dst_port = be16(p + 2), .len = be16(p + 4)};
	return out->len >= UDP_HDR && out->len <= len;
}

/* Writes UDP_HDR octets with checksum 0 ("none"), which IPv4 allows. len: header and payload. */
static inline void udp_put(uint8_t *p, uint16_t src_port, uint16_t dst_port, uint16_t len)
{
	put_be16(p, src_port);
	put_be16(p + 2, dst_port);
	put_be16(p + 4, len);
	put_be16(p + UDP_CHECKSUM, 0);
}
