/* Vendor ids (RFC 2408 3.16; clients.md 0.1) and the client system they betray. Private to src/ike.
 */
#pragma once

#include "payload.h"

enum vendor {
	VENDOR_RFC3947,
	VENDOR_NATT_00,
	VENDOR_NATT_02,
	VENDOR_NATT_02N,
	VENDOR_NATT_03,
	VENDOR_NATT_07,
	VENDOR_NATT_APPLE,
	VENDOR_DPD,
	VENDOR_XAUTH,
	VENDOR_UNITY,
	VENDOR_FRAGMENTATION, /* bare, or with racoon's 80000000 or Cisco's c0000000 */
	VENDOR_FRAGMENTATION_80,
	VENDOR_MS_NT5,
	VENDOR_MS_WIN8,
	VENDOR_MS_CGA,
	VENDOR_MS_DISCOVERY,
	VENDOR_RACOON,
	VENDOR_STRONGSWAN,
	VENDOR_OPENSWAN,
	VENDOR_FORTINET,
	VENDOR_PALO_ALTO,
	VENDOR_COUNT
};

#define VENDOR_BIT(v) (1u << (v))

/* The set of known vendor ids in a message. */
uint32_t vendors_of(const struct payloads *p);

/* "Windows", "macOS/iOS", "Android" ... or "unknown"; a constant. */
const char *vendor_client(uint32_t vendors);

/* The octets of an id that we send. */
struct bytes vendor_bytes(enum vendor v);
