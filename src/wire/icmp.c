/*
 * icmp: destination unreachable, code 4 (RFC 792, next-hop MTU by RFC 1191
 * section 4). Called by dataplane, which limits the rate. Never answers an ICMP
 * error with an error (RFC 1122 section 3.2.2).
 */
#include "wire/icmp.h"

#include <string.h>

#include "wire/be.h"
#include "wire/checksum.h"
#include "wire/ipv4.h"

#define ICMP_HDR             8
#define UNREACHABLE          3
#define FRAGMENTATION_NEEDED 4
#define ECHO_REPLY           0
#define ECHO                 8

static int may_be_answered(const struct ipv4 *ip, const uint8_t *p)
{
	if (ip->frag & IPV4_FRAG_OFFSET)
		return 0;
	if (ip->src == 0 || ip->src >> 28 >= 14 || ip->src >> 24 == 127)
		return 0;
	if (ip->proto != IPV4_ICMP)
		return 1;
	return ip->total_len > ip->hdr_len &&
	       (p[ip->hdr_len] == ECHO || p[ip->hdr_len] == ECHO_REPLY);
}

size_t icmp_too_big(uint8_t *dst, const uint8_t *p, size_t len, uint32_t src, uint16_t mtu)
{
	struct ipv4 ip;
	size_t quoted;
	uint8_t *icmp = dst + IPV4_HDR;

	if (ipv4_parse(p, len, false, &ip) != IPV4_OK || !may_be_answered(&ip, p))
		return 0;
	quoted = ip.total_len;
	if (quoted > ICMP_TOO_BIG_MAX - IPV4_HDR - ICMP_HDR)
		quoted = ICMP_TOO_BIG_MAX - IPV4_HDR - ICMP_HDR;
	memset(icmp, 0, ICMP_HDR);
	icmp[0] = UNREACHABLE;
	icmp[1] = FRAGMENTATION_NEEDED;
	put_be16(icmp + 6, mtu);
	memcpy(icmp + ICMP_HDR, p, quoted);
	checksum_store(icmp + 2, checksum_add(0, icmp, ICMP_HDR + quoted));
	ipv4_put(dst, (uint16_t)(IPV4_HDR + ICMP_HDR + quoted), 64, IPV4_ICMP, src, ip.src);
	return IPV4_HDR + ICMP_HDR + quoted;
}
