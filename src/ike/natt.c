/*
 * natt: detection of NAT by NAT-D and the original addresses of NAT-OA (RFC 3947
 * sections 3 and 5). Called by main and quick. Never moves an SA to another
 * address: main does when an authenticated message came from there.
 */
#include "natt.h"

const struct natt_variant natt_rfc3947 = {
	.name = "RFC 3947",
	.nat_d = PAYLOAD_NAT_D,
	.nat_oa = PAYLOAD_NAT_OA,
	.encap_tunnel = ENCAP_UDP_TUNNEL,
	.encap_transport = ENCAP_UDP_TRANSPORT,
};

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

bool natt_find(enum prim_hash hash, const uint8_t *cky_i, const uint8_t *cky_r,
	       const struct flow *flow, const struct payloads *p, struct natt_finding *out)
{
	uint8_t ours[PRIM_HASH_MAX], theirs[PRIM_HASH_MAX];
	const struct bytes local = {ours, prim_hash_len(hash)};
	const struct bytes remote = {theirs, prim_hash_len(hash)};
	const struct payload *d = payload_first(p, KIND_NAT_D);

	*out = (struct natt_finding){0};
	if (!d || !payload_next(p, d))
		return true;
	if (!natt_hash(hash, cky_i, cky_r, &flow->local, ours) ||
	    !natt_hash(hash, cky_i, cky_r, &flow->remote, theirs))
		return false;
	out->checked = true;
	out->we_behind_nat = !bytes_eq(d->body, local);
	out->peer_behind_nat = true;
	while ((d = payload_next(p, d)))
		if (bytes_eq(d->body, remote))
			out->peer_behind_nat = false;
	return true;
}

void nat_oa_write(struct wr *w, const struct ip_addr *a)
{
	wr_u8(w, a->family == 6 ? ID_IPV6_ADDR : ID_IPV4_ADDR);
	wr_zero(w, 3);
	wr_copy(w, a->ip, ip_addr_len(a));
}
