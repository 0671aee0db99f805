/*
 * icmp6: Packet Too Big (RFC 4443 section 3.2). Called by dataplane, which limits the
 * rate. Never answers an error with an error (section 2.4 e.1); a packet to a multicast
 * address may be answered (e.3), but the data path carries none.
 */
#include "wire/icmp6.h"

#include "wire/checksum.h"
#include "wire/ipv6.h"

#define ICMP6_HDR      8
#define PACKET_TOO_BIG 2
#define INFORMATIONAL  128 /* types from here on are no errors (section 2.1) */
#define REDIRECT       137
#define HOP_LIMIT      64
#define LOOPBACK_IID   1

static int may_be_answered(const struct ipv6 *ip, const uint8_t *p)
{
	uint8_t type;

	if (ipv6_is_multicast(ip->src) || ipv6_is_multicast(ip->dst) ||
	    (ip->src.prefix == 0 && ip->src.iid <= LOOPBACK_IID))
		return 0;
	if (ip->proto != IPV6_ICMP)
		return 1;
	if (ip->total_len == IPV6_HDR)
		return 0;
	type = p[IPV6_HDR];
	return type >= INFORMATIONAL && type != REDIRECT;
}

size_t icmp6_too_big(uint8_t *dst, const uint8_t *p, size_t len, uint32_t mtu)
{
	uint8_t *icmp = dst + IPV6_HDR;
	size_t quoted;
	struct ipv6 ip;

	if (ipv6_parse(p, len, &ip) != IPV6_OK || !may_be_answered(&ip, p))
		return 0;
	quoted = ip.total_len;
	if (quoted > ICMP6_TOO_BIG_MAX - IPV6_HDR - ICMP6_HDR)
		quoted = ICMP6_TOO_BIG_MAX - IPV6_HDR - ICMP6_HDR;
	ipv6_put(dst, (uint16_t)(ICMP6_HDR + quoted), HOP_LIMIT, IPV6_ICMP, ip.dst, ip.src);
	put_be32(icmp, (uint32_t)PACKET_TOO_BIG << 24);
	put_be32(icmp + 4, mtu);
	memcpy(icmp + ICMP6_HDR, p, quoted);
	checksum_store(icmp + 2, checksum_add(checksum_pseudo6(dst, IPV6_ICMP,
							       (uint32_t)(ICMP6_HDR + quoted)),
					      icmp, ICMP6_HDR + quoted));
	return IPV6_HDR + ICMP6_HDR + quoted;
}
