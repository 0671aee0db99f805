/*
 * etherip: the header of an Ethernet frame in IP protocol 97 (RFC 3378 section 3):
 * version 3 and twelve zero bits.
 */
#pragma once

#include "base/rd.h"
#include "wire/be.h"
#include "wire/eth.h"

#define ETHERIP_PROTO   97
#define ETHERIP_HDR     2
#define ETHERIP_VERSION 0x3000

enum etherip_fault {
	ETHERIP_OK,
	ETHERIP_SHORT,    /* no whole header */
	ETHERIP_BAD,      /* not version 3 */
	ETHERIP_RESERVED, /* version 3 with reserved bits: another tunnel, or damaged */
	ETHERIP_FRAME,    /* less than an Ethernet header behind it */
};

/* The gate: *frame is the Ethernet frame in an IP payload. */
static inline enum etherip_fault etherip_parse(struct bytes payload, struct bytes *frame)
{
	uint16_t head;

	if (payload.len < ETHERIP_HDR)
		return ETHERIP_SHORT;
	head = be16(payload.p);
	if (head != ETHERIP_VERSION)
		return head >> 12 == ETHERIP_VERSION >> 12 ? ETHERIP_RESERVED : ETHERIP_BAD;
	if (payload.len < ETHERIP_HDR + ETH_HDR)
		return ETHERIP_FRAME;
	*frame = (struct bytes){payload.p + ETHERIP_HDR, payload.len - ETHERIP_HDR};
	return ETHERIP_OK;
}

/* Writes ETHERIP_HDR octets at p. */
static inline void etherip_put(uint8_t *p)
{
	put_be16(p, ETHERIP_VERSION);
}
