/*
 * natt: the versions of NAT traversal, detection of NAT by NAT-D and the original
 * addresses of NAT-OA (RFC 3947 sections 3 and 5, draft-ietf-ipsec-nat-t-ike-00 to
 * 08). Called by main, aggressive and quick. Never moves an SA to another address:
 * that follows an authenticated message.
 */
#include "natt.h"

const struct natt_variant natt_rfc3947 = {
	.name = "RFC 3947",
	.vendor = VENDOR_RFC3947,
	.nat_d = PAYLOAD_NAT_D,
	.nat_oa = PAYLOAD_NAT_OA,
	.encap_tunnel = ENCAP_UDP_TUNNEL,
	.encap_transport = ENCAP_UDP_TRANSPORT,
	.floats = true,
};

#define DRAFT(id, words, float_too)                                                                \
	{                                                                                          \
		.name = "draft " words, .vendor = (id), .nat_d = PAYLOAD_NAT_D_DRAFT,              \
		.nat_oa = PAYLOAD_NAT_OA_DRAFT, .encap_tunnel = ENCAP_DRAFT_UDP_TUNNEL,            \
		.encap_transport = ENCAP_DRAFT_UDP_TRANSPORT, .floats = (float_too),               \
		.own_oa_only = true                                                                \
	}
#define DRAFT4(id, words)                                                                          \
	{                                                                                          \
		.name = "draft " words, .vendor = (id), .nat_d = PAYLOAD_NAT_D_DRAFT4,             \
		.nat_oa = PAYLOAD_NAT_OA_DRAFT4, .encap_tunnel = ENCAP_DRAFT_UDP_TUNNEL,           \
		.encap_transport = ENCAP_DRAFT_UDP_TRANSPORT, .floats = true                       \
	}

/* In the order in which they are answered. */
static const struct natt_variant drafts[] = {
	DRAFT(VENDOR_NATT_03, "03", true),
	DRAFT(VENDOR_NATT_02N, "02\\n", true),
	DRAFT(VENDOR_NATT_02, "02", true),
	DRAFT4(VENDOR_NATT_08, "08"),
	DRAFT4(VENDOR_NATT_07, "07"),
	DRAFT4(VENDOR_NATT_06, "06"),
	DRAFT4(VENDOR_NATT_05, "05"),
	DRAFT4(VENDOR_NATT_04, "04"),
	{
		.name = "Apple's draft",
		.vendor = VENDOR_NATT_APPLE,
		.nat_d = PAYLOAD_NAT_D_DRAFT4,
		.nat_oa = PAYLOAD_NAT_OA_DRAFT4,
		.encap_tunnel = ENCAP_UDP_TUNNEL,
		.encap_transport = ENCAP_UDP_TRANSPORT,
		.floats = true,
		.source_first = true,
	},
	DRAFT(VENDOR_NATT_01, "01", false),
	DRAFT(VENDOR_NATT_00, "00", false),
};

#define N_DRAFTS (sizeof(drafts) / sizeof(drafts[0]))

const struct natt_variant *natt_choose(uint32_t vendors)
{
	if (vendors & VENDOR_BIT(VENDOR_RFC3947))
		return &natt_rfc3947;
	for (size_t i = 0; i < N_DRAFTS; i++)
		if (vendors & VENDOR_BIT(drafts[i].vendor))
			return &drafts[i];
	return NULL;
}

/* Both lists are in the same order, VENDOR_RFC3947 first. */
_Static_assert((int)VENDOR_NATT_APPLE - (int)VENDOR_RFC3947 == (int)IKE_NATT_APPLE, "same order");
_Static_assert((int)VENDOR_NATT_03 - (int)VENDOR_RFC3947 == (int)IKE_NATT_DRAFT_03, "same order");

enum vendor natt_vendor(enum ike_natt version)
{
	return (enum vendor)((int)VENDOR_RFC3947 + (int)version);
}

const struct payload *natt_payload(const struct payloads *p, uint8_t number, unsigned n)
{
	for (unsigned i = 0; i < p->n; i++)
		if (p->all[i].type == number && n-- == 0)
			return &p->all[i];
	return NULL;
}

bool natt_hash(enum prim_hash hash, const uint8_t *cky_i, const uint8_t *cky_r,
	       const struct endpoint *e, uint8_t *out)
{
	uint8_t port[2] = {(uint8_t)(e->port >> 8), (uint8_t)e->port};
	const struct bytes parts[] = {{cky_i, ISAKMP_COOKIE_LEN},
				      {cky_r, ISAKMP_COOKIE_LEN},
				      {e->addr.ip, ip_addr_len(&e->addr)},
				      {port, sizeof(port)}};

	return prim_hash(hash, parts, 4, out);
}

bool natt_find(const struct natt_variant *v, enum prim_hash hash, const uint8_t *cky_i,
	       const uint8_t *cky_r, const struct flow *flow, const struct payloads *p,
	       struct natt_finding *out)
{
	uint8_t ours[PRIM_HASH_MAX], theirs[PRIM_HASH_MAX];
	const struct bytes local = {ours, prim_hash_len(hash)};
	const struct bytes remote = {theirs, prim_hash_len(hash)};
	const unsigned for_us = v->source_first ? 1 : 0;
	const struct payload *d;

	*out = (struct natt_finding){0};
	if (!natt_payload(p, v->nat_d, 1))
		return true;
	if (!natt_hash(hash, cky_i, cky_r, &flow->local, ours) ||
	    !natt_hash(hash, cky_i, cky_r, &flow->remote, theirs))
		return false;
	out->checked = true;
	out->ours = natt_payload(p, v->nat_d, for_us)->body;
	out->we_behind_nat = !bytes_eq(out->ours, local);
	out->peer_behind_nat = true;
	for (unsigned n = 0; (d = natt_payload(p, v->nat_d, n)); n++)
		if (n != for_us && bytes_eq(d->body, remote))
			out->peer_behind_nat = false;
	return true;
}

void nat_oa_write(struct wr *w, const struct ip_addr *a)
{
	wr_u8(w, a->family == 6 ? ID_IPV6_ADDR : ID_IPV4_ADDR);
	wr_zero(w, 3);
	wr_copy(w, a->ip, ip_addr_len(a));
}
