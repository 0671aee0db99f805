/*
 * vnet: struct virtio_net_hdr (virtio 1.1 section 5.1.6, without num_buffers),
 * little endian: what stands in front of each frame of a TAP with IFF_VNET_HDR.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "wire/be.h"

#define VNET_HDR 10

#define VNET_F_NEEDS_CSUM 1 /* the checksum field holds the pseudo header's sum */
#define VNET_F_DATA_VALID 2

#define VNET_GSO_NONE   0
#define VNET_GSO_TCPV4  1
#define VNET_GSO_TCPV6  4
#define VNET_GSO_UDP_L4 5
#define VNET_GSO_ECN    0x80

struct vnet {
	uint8_t flags, gso_type;
	uint16_t hdr_len, gso_size;
	uint16_t csum_start, csum_offset; /* from the frame's first octet */
};

/* The gate: false when there are fewer than VNET_HDR octets. */
static inline bool vnet_parse(const uint8_t *p, size_t len, struct vnet *out)
{
	if (len < VNET_HDR)
		return false;
	*out = (struct vnet){
		.flags = p[0],
		.gso_type = p[1],
		.hdr_len = le16(p + 2),
		.gso_size = le16(p + 4),
		.csum_start = le16(p + 6),
		.csum_offset = le16(p + 8),
	};
	return true;
}

/* Writes VNET_HDR octets. */
static inline void vnet_put(uint8_t *p, const struct vnet *v)
{
	p[0] = v->flags;
	p[1] = v->gso_type;
	put_le16(p + 2, v->hdr_len);
	put_le16(p + 4, v->gso_size);
	put_le16(p + 6, v->csum_start);
	put_le16(p + 8, v->csum_offset);
}
