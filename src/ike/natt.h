/* NAT traversal (RFC 3947 and the drafts before it): variants, NAT-D, NAT-OA. Private to
 * src/ike. */
#pragma once

#include "base/addr.h"
#include "base/rd.h"
#include "base/wr.h"
#include "keymat.h"
#include "payload.h"
#include "vendor.h"

/* What a NAT-T version writes on the wire; clients.md 0.2. */
struct natt_variant {
	const char *name;
	enum vendor vendor;
	uint8_t nat_d, nat_oa; /* payload numbers */
	uint16_t encap_tunnel, encap_transport;
	bool floats;       /* goes on on port 4500; drafts 00 and 01 stay on 500 */
	bool source_first; /* of the NAT-D payloads the sender's own comes first */
	bool own_oa_only;  /* one NAT-OA, the sender's, where later ones have a pair */
};

extern const struct natt_variant natt_rfc3947;

/* The variant to answer to a peer that announced these (VENDOR_BIT()s); NULL: none.
 * RFC 3947 before the drafts 03 to 02, whose numbers everybody agrees on, before the rest. */
const struct natt_variant *natt_choose(uint32_t vendors);

/* The vendor id of a version. */
enum vendor natt_vendor(enum ike_natt version);

/* The n-th (from 0) NAT-D or NAT-OA payload with the variant's own number; NULL: none. Those
 * with numbers of other variants do not count. */
const struct payload *natt_payload(const struct payloads *p, uint8_t number, unsigned n);

/* What NAT-D told (RFC 3947 3.2). */
struct natt_finding {
	bool checked; /* at least two NAT-D payloads were there */
	bool peer_behind_nat, we_behind_nat;
	struct bytes ours; /* what the peer takes for the hash of our address */
};

/* HASH(CKY-I | CKY-R | IP | port) with the phase 1 hash into out. */
bool natt_hash(enum prim_hash hash, const uint8_t *cky_i, const uint8_t *cky_r,
	       const struct endpoint *e, uint8_t *out);

/* Compares the peer's NAT-D payloads with the flow: one is for us, the others are the peer's
 * own addresses. False: libcrypto failed. */
bool natt_find(const struct natt_variant *v, enum prim_hash hash, const uint8_t *cky_i,
	       const uint8_t *cky_r, const struct flow *flow, const struct payloads *p,
	       struct natt_finding *out);

/* Body of a NAT-OA payload. */
void nat_oa_write(struct wr *w, const struct ip_addr *a);
