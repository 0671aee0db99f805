/*
 * ipv4: check and build IPv4 headers (RFC 791). Called by dataplane for each
 * user packet. The gate checks the bound once and then reads at fixed offsets
 * (wire/be.h): a reader with a sticky error costs about twice as much here.
 */
#include "wire/ipv4.h"

#include <string.h>

#include "wire/be.h"
#include "wire/checksum.h"

enum ipv4_fault ipv4_parse(const uint8_t *p, size_t len, bool check_sum, struct ipv4 *out)
{
	if (len < IPV4_HDR)
		return IPV4_SHORT;
	if (p[0] >> 4 != 4)
		return IPV4_VERSION;
	*out = (struct ipv4){
		.hdr_len = (uint8_t)((p[0] & 15) * 4),
		.tos = p[1],
		.ttl = p[8],
		.proto = p[9],
		.total_len = be16(p + IPV4_TOTAL_LEN),
		.id = be16(p + IPV4_ID),
		.frag = be16(p + IPV4_FRAG),
		.src = be32(p + 12),
		.dst = be32(p + 16),
	};
	if (out->hdr_len < IPV4_HDR)
		return IPV4_IHL;
	if (out->hdr_len > len)
		return IPV4_SHORT;
	if (out->total_len < out->hdr_len || out->total_len > len)
		return IPV4_LENGTH;
	if (check_sum && checksum_fold(checksum_add(0, p, out->hdr_len)) != UINT16_MAX)
		return IPV4_BAD_SUM;
	return IPV4_OK;
}

void ipv4_fix_checksum(uint8_t *p, size_t hdr_len)
{
	put_be16(p + IPV4_CHECKSUM, 0);
	checksum_store(p + IPV4_CHECKSUM, checksum_add(0, p, hdr_len));
}

void ipv4_set_total_len(uint8_t *p, uint16_t total_len)
{
	put_be16(p + IPV4_TOTAL_LEN, total_len);
}

void ipv4_put(uint8_t *p, uint16_t total_len, uint8_t ttl, uint8_t proto, uint32_t src,
	      uint32_t dst)
{
	memset(p, 0, IPV4_HDR);
	p[0] = 0x45;
	put_be16(p + IPV4_TOTAL_LEN, total_len);
	put_be16(p + IPV4_FRAG, IPV4_FRAG_DF);
	p[8] = ttl;
	p[9] = proto;
	put_be32(p + 12, src);
	put_be32(p + 16, dst);
	ipv4_fix_checksum(p, IPV4_HDR);
}
