/*
 * echo: builds and reads ICMP echo messages (RFC 792). Called by `dial` and
 * the scripts' clients and hosts. Never sends.
 */
#include "lac/echo.h"

#include <string.h>

#include "wire/be.h"
#include "wire/checksum.h"
#include "wire/ipv4.h"

#define ICMP_HDR 8
#define ECHO_ID  0x534b /* "SK": not the echo of another program */

static uint8_t pattern(uint16_t seq, size_t i)
{
	return (uint8_t)(seq * 7u + i);
}

size_t echo_build(uint8_t *p, const struct echo *e)
{
	uint8_t *icmp = p + IPV4_HDR;

	ipv4_put(p, (uint16_t)(ECHO_HEADERS + e->size), 64, IPV4_ICMP, e->src, e->dst);
	memset(icmp, 0, ICMP_HDR);
	icmp[0] = e->type;
	put_be16(icmp + 4, ECHO_ID);
	put_be16(icmp + 6, e->seq);
	for (size_t i = 0; i < e->size; i++)
		icmp[ICMP_HDR + i] = pattern(e->seq, i);
	checksum_store(icmp + 2, checksum_add(0, icmp, ICMP_HDR + e->size));
	return ECHO_HEADERS + e->size;
}

bool echo_parse(struct bytes packet, struct echo *out)
{
	struct ipv4 ip;
	const uint8_t *icmp;
	size_t len;

	if (ipv4_parse(packet.p, packet.len, true, &ip) != IPV4_OK || ip.proto != IPV4_ICMP ||
	    ipv4_is_fragment(&ip) || ip.total_len < ip.hdr_len + ICMP_HDR)
		return false;
	icmp = packet.p + ip.hdr_len;
	len = (size_t)ip.total_len - ip.hdr_len;
	if ((icmp[0] != ECHO_REQUEST && icmp[0] != ECHO_REPLY) || be16(icmp + 4) != ECHO_ID ||
	    checksum_fold(checksum_add(0, icmp, len)) != 0xffff)
		return false;
	*out = (struct echo){.type = icmp[0],
			     .seq = be16(icmp + 6),
			     .src = ip.src,
			     .dst = ip.dst,
			     .size = len - ICMP_HDR,
			     .intact = true};
	for (size_t i = 0; i < out->size; i++)
		out->intact &= icmp[ICMP_HDR + i] == pattern(out->seq, i);
	return true;
}
