/* Vendor ids (RFC 2408 3.16; clients.md 0.1). Which client they betray: quirk.h. Private to
 * src/ike.
 */
#pragma once

#include "payload.h"

enum vendor {
	VENDOR_RFC3947,
	VENDOR_NATT_00,
	VENDOR_NATT_01,
	VENDOR_NATT_02,
	VENDOR_NATT_02N,
	VENDOR_NATT_03,
	VENDOR_NATT_04,
	VENDOR_NATT_05,
	VENDOR_NATT_06,
	VENDOR_NATT_07,
	VENDOR_NATT_08,
	VENDOR_NATT_APPLE,
	VENDOR_DPD,
	VENDOR_XAUTH,
	VENDOR_UNITY,
	VENDOR_FRAGMENTATION,    /* bare, or with capabilities */
	VENDOR_FRAGMENTATION_80, /* racoon's 80000000 */
	VENDOR_FRAGMENTATION_C0, /* Cisco's c0000000 */
	VENDOR_MS_NT5,
	VENDOR_MS_WIN8,
	VENDOR_MS_CGA,
	VENDOR_MS_DISCOVERY,
	VENDOR_MS_CONTACT, /* Vid-Initial-Contact */
	VENDOR_RACOON,
	VENDOR_STRONGSWAN,
	VENDOR_OPENSWAN,
	VENDOR_FORTINET,
	VENDOR_PALO_ALTO,
	VENDOR_COUNT
};

#define VENDOR_BIT(v) (UINT32_C(1) << (v))
#define VENDORS_FRAGMENTATION                                                                      \
	(VENDOR_BIT(VENDOR_FRAGMENTATION) | VENDOR_BIT(VENDOR_FRAGMENTATION_80) |                  \
	 VENDOR_BIT(VENDOR_FRAGMENTATION_C0))

/* VENDOR_BIT() of an id; 0: not a known one. */
uint32_t vendor_bit(struct bytes id);

/* The set of known vendor ids in a message. */
uint32_t vendors_of(const struct payloads *p);

/* The number behind Microsoft's vendor id (4: XP SP2, 8: 7, 9: 8 and later); 0: none. */
uint8_t vendor_ms_version(const struct payloads *p);

/* The octets of an id that we send. */
struct bytes vendor_bytes(enum vendor v);
