/*
 * The SA payload (RFC 2408 3.4 to 3.6, RFC 2407 4.6.1): proposals and transforms
 * of either phase as a flat list of offers. Private to src/ike.
 */
#pragma once

#include "base/rd.h"
#include "base/wr.h"
#include "drop.h"
#include "isakmp.h"

#define OFFERS_MAX    128
#define OFFER_RAW_MAX 128 /* a transform that is longer can not be chosen */

enum phase { PHASE_1, PHASE_2 };

/* One transform with what its proposal says. Bytes point into the message. */
struct offer {
	uint8_t proposal;  /* number */
	uint8_t protocol;  /* PROTO_ISAKMP, PROTO_ESP ... */
	uint8_t transform; /* number */
	uint8_t id;        /* transform id: KEY_IKE, ESP_AES_CBC ... */
	bool bundled;      /* another proposal has the same number: both or none */
	bool strange;      /* an attribute twice, unknown or out of range */
	uint16_t cipher;   /* phase 1: OAKLEY_ENCRYPTION; phase 2: the transform id */
	uint16_t key_bits; /* 0: absent */
	uint16_t hash;     /* OAKLEY_HASH or DOI_AUTH; 0: absent */
	uint16_t auth;     /* phase 1 */
	uint16_t group;    /* 0: absent */
	uint16_t group_type;
	uint16_t encap; /* phase 2; 0: absent */
	uint32_t life_s, life_kb;
	struct bytes spi;
	struct bytes raw; /* the transform payload with its generic header */
};

struct offers {
	unsigned n;
	struct offer of[OFFERS_MAX];
};

/* Reads an SA payload body. Any nesting the RFC allows: several proposals, several
 * transforms each. Nothing of out is kept anywhere else. */
enum ike_drop offers_parse(struct bytes sa_body, enum phase phase, struct offers *out);

/* Writes an SA payload body that holds exactly the chosen offer, octet for octet,
 * under the same proposal and transform numbers, with our SPI (RFC 2408 4.2).
 * raw: the transform with its generic header, whose next-payload octet is cleared. */
void offer_echo(struct wr *w, uint8_t proposal, uint8_t protocol, struct bytes spi,
		struct bytes raw);
