/*
 * tag: ICMP echo messages (RFC 792) whose data names the person that they are of,
 * so that a packet which reaches somebody else is seen at once. Called by person.c
 * and host.c. Never sends.
 */
#include <string.h>

#include "sim.h"
#include "wire/be.h"
#include "wire/checksum.h"
#include "wire/ipv4.h"

#define ICMP_HDR   8
#define TAG_ID     0x5449
#define TAG_MAGIC  0x53696d21u
#define TAG_LEN    16
#define ECHO_REQ   8
#define ECHO_REPLY 0

size_t tag_build(uint8_t *p, const struct tag *t)
{
	size_t len = ICMP_HDR + TAG_LEN + t->size;
	uint8_t *icmp = p + IPV4_HDR, *data = icmp + ICMP_HDR;

	ipv4_put(p, (uint16_t)(IPV4_HDR + len), 64, IPV4_ICMP, t->src, t->dst);
	memset(icmp, 0, len);
	icmp[0] = t->reply ? ECHO_REPLY : ECHO_REQ;
	put_be16(icmp + 4, TAG_ID);
	put_be16(icmp + 6, (uint16_t)t->nonce);
	put_be32(data, TAG_MAGIC);
	put_be32(data + 4, t->person);
	put_be32(data + 8, t->life);
	put_be32(data + 12, t->nonce);
	for (size_t i = 0; i < t->size; i++)
		data[TAG_LEN + i] = (uint8_t)(t->nonce + i);
	checksum_store(icmp + 2, checksum_add(0, icmp, len));
	return IPV4_HDR + len;
}

bool tag_parse(struct bytes packet, struct tag *out)
{
	struct ipv4 ip;
	const uint8_t *icmp, *data;
	size_t len;

	if (ipv4_parse(packet.p, packet.len, true, &ip) != IPV4_OK || ip.proto != IPV4_ICMP ||
	    ip.total_len < ip.hdr_len + ICMP_HDR + TAG_LEN)
		return false;
	icmp = packet.p + ip.hdr_len;
	data = icmp + ICMP_HDR;
	len = (size_t)ip.total_len - ip.hdr_len;
	if (be32(data) != TAG_MAGIC || checksum_fold(checksum_add(0, icmp, len)) != 0xffff)
		return false;
	*out = (struct tag){.reply = icmp[0] == ECHO_REPLY,
			    .src = ip.src,
			    .dst = ip.dst,
			    .person = be32(data + 4),
			    .life = be32(data + 8),
			    .nonce = be32(data + 12),
			    .size = len - ICMP_HDR - TAG_LEN};
	for (size_t i = 0; i < out->size; i++) {
		if (data[TAG_LEN + i] != (uint8_t)(out->nonce + i))
			return false;
	}
	return true;
}
