/*
 * eth: the Ethernet II header.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "wire/be.h"

#define ETH_HDR       14
#define ETH_ADDR      6
#define ETH_TYPE_IPV4 0x0800
#define ETH_TYPE_ARP  0x0806
#define ETH_TYPE_IPV6 0x86dd

struct eth {
	const uint8_t *dst, *src; /* in place */
	uint16_t type;
};

/* The gate: false when there are fewer than ETH_HDR octets. */
static inline bool eth_parse(const uint8_t *p, size_t len, struct eth *out)
{
	if (len < ETH_HDR)
		return false;
	*out = (struct eth){.dst = p, .src = p + 6, .type = be16(p + 12)};
	return true;
}

/* Writes ETH_HDR octets at p. */
static inline void eth_put(uint8_t *p, const uint8_t dst[6], const uint8_t src[6], uint16_t type)
{
	memcpy(p, dst, 6);
	memcpy(p + 6, src, 6);
	put_be16(p + 12, type);
}

/* Group address (broadcast or multicast)? */
static inline bool eth_is_group(const uint8_t mac[6])
{
	return mac[0] & 1;
}
