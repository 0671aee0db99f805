/*
 * The payload gate (RFC 2408 3.2, 5.3): one loop checks every length once and
 * buckets the payloads by type; handlers see only what has passed it. Private
 * to src/ike.
 */
#pragma once

#include "base/addr.h"
#include "base/rd.h"
#include "base/wr.h"
#include "drop.h"
#include "ike/ike.h"
#include "isakmp.h"

#define PAYLOADS_MAX 40 /* Apple sends 14, Windows 9 */

/* The types that handlers ask for; the rest of the numbers is ignored or refused. */
enum payload_kind {
	KIND_SA,
	KIND_KE,
	KIND_ID,
	KIND_CERT,
	KIND_CERT_REQUEST,
	KIND_HASH,
	KIND_SIGNATURE,
	KIND_NONCE,
	KIND_NOTIFY,
	KIND_DELETE,
	KIND_VENDOR_ID,
	KIND_NAT_D,
	KIND_NAT_OA,
	KIND_COUNT
};

#define KIND_BIT(kind) (1u << (kind))

struct payload {
	uint8_t kind;
	uint8_t type;       /* the number on the wire: NAT-D and NAT-OA have several */
	uint8_t next_same;  /* index + 1 of the next payload of this kind; 0: none */
	struct bytes body;  /* behind the generic header */
	struct bytes whole; /* with it */
};

struct payloads {
	unsigned n;
	struct payload all[PAYLOADS_MAX];
	uint8_t first[KIND_COUNT]; /* index + 1; 0: none */
	uint8_t last[KIND_COUNT];
	uint8_t count[KIND_COUNT];
	struct bytes chain; /* all payloads, padding left out */
};

/* Walks the chain that begins with type next in area. tail: bytes may follow the
 * last payload (padding of an encrypted message). *out points into area. */
enum ike_drop payloads_parse(uint8_t next, struct bytes area, bool tail, struct payloads *out);

/* Every kind in required is there exactly once where `once` says so, at least once otherwise. */
enum ike_drop payloads_require(const struct payloads *p, unsigned required, unsigned once);

/* First and following payload of a kind; NULL: none. */
const struct payload *payload_first(const struct payloads *p, enum payload_kind kind);
const struct payload *payload_next(const struct payloads *p, const struct payload *of);

/* Identification payload body (RFC 2407 4.6.2) into out; false when the data
 * does not have the length of its type or is longer than out holds. */
bool id_parse(struct bytes body, struct ike_id *out);

/* The body that id_parse() would read the same from. */
void id_write(struct wr *w, const struct ike_id *id);

/* The address in an id of type 1, 5 or 4 with a /32 mask; false for others. */
bool id_address(const struct ike_id *id, struct ip_addr *out);

/* "192.0.2.1", "host.example", "key-id", for notes; returns buf. */
const char *id_words(const struct ike_id *id, char *buf, size_t cap);

/* NAT-OA body (RFC 3947 5.2); false when it is not an address. */
bool nat_oa_parse(struct bytes body, struct ip_addr *out);

struct notify {
	uint32_t doi;
	uint8_t protocol;
	uint16_t type;
	struct bytes spi, data;
};
bool notify_parse(struct bytes body, struct notify *out);

struct delete_body {
	uint32_t doi;
	uint8_t protocol;
	uint8_t spi_len;
	uint16_t n;
	struct bytes spis; /* n * spi_len octets */
};
bool delete_parse(struct bytes body, struct delete_body *out);
