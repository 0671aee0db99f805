/* NAT traversal (RFC 3947): variants, NAT-D, NAT-OA. Private to src/ike. */
#pragma once

#include "base/addr.h"
#include "base/rd.h"
#include "base/wr.h"
#include "keymat.h"
#include "payload.h"

/* What a NAT-T version writes on the wire; clients.md 0.2. */
struct natt_variant {
	const char *name;
	uint8_t nat_d, nat_oa; /* payload numbers */
	uint16_t encap_tunnel, encap_transport;
};

extern const struct natt_variant natt_rfc3947;

/* What NAT-D told (RFC 3947 3.2). */
struct natt_finding {
	bool checked; /* at least two NAT-D payloads were there */
	bool peer_behind_nat, we_behind_nat;
};

/* HASH(CKY-I | CKY-R | IP | port) with the phase 1 hash into out. */
bool natt_hash(enum prim_hash hash, const uint8_t *cky_i, const uint8_t *cky_r,
	       const struct endpoint *e, uint8_t *out);

/* Compares the peer's NAT-D payloads with the flow: the first is for us, the
 * others are the peer's own addresses. False: libcrypto failed. */
bool natt_find(enum prim_hash hash, const uint8_t *cky_i, const uint8_t *cky_r,
	       const struct flow *flow, const struct payloads *p, struct natt_finding *out);

/* Body of a NAT-OA payload. */
void nat_oa_write(struct wr *w, const struct ip_addr *a);
