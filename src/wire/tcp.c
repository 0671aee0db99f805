/*
 * tcp: header gate and MSS clamp (RFC 9293 section 3.2). Called by dataplane.
 * Never keeps state and never looks at the payload.
 */
#include "wire/tcp.h"

#include "wire/be.h"
#include "wire/checksum.h"

#define OPT_END 0
#define OPT_NOP 1
#define OPT_MSS 2

bool tcp_parse(const uint8_t *p, size_t len, struct tcp *out)
{
	if (len < TCP_HDR)
		return false;
	*out = (struct tcp){
		.src_port = be16(p),
		.dst_port = be16(p + 2),
		.seq = be32(p + TCP_SEQ),
		.ack = be32(p + 8),
		.hdr_len = (uint8_t)((p[12] >> 4) * 4),
		.flags = p[TCP_FLAGS],
	};
	return out->hdr_len >= TCP_HDR && out->hdr_len <= len;
}

/* Offset of the MSS option's value, or 0 when there is none. */
static size_t find_mss(const uint8_t *p, size_t hdr_len)
{
	size_t at = TCP_HDR;

	while (at < hdr_len && p[at] != OPT_END) {
		if (p[at] == OPT_NOP) {
			at++;
			continue;
		}
		if (hdr_len - at < 2 || p[at + 1] < 2 || p[at + 1] > hdr_len - at)
			return 0;
		if (p[at] == OPT_MSS)
			return p[at + 1] == 4 ? at + 2 : 0;
		at += p[at + 1];
	}
	return 0;
}

/* The value may stand at an odd offset; the words under the checksum do not. */
static void replace_in_sum(uint8_t *p, size_t at, uint16_t mss)
{
	size_t first = at & ~(size_t)1, words = at & 1 ? 2 : 1;
	uint16_t before[2] = {0, 0};

	for (size_t i = 0; i < words; i++)
		before[i] = be16(p + first + 2 * i);
	put_be16(p + at, mss);
	for (size_t i = 0; i < words; i++)
		checksum_replace16(p + TCP_CHECKSUM, before[i], be16(p + first + 2 * i));
}

bool tcp_clamp_mss(uint8_t *p, size_t len, uint16_t max, bool fix_sum)
{
	struct tcp t;
	size_t at;

	if (!tcp_parse(p, len, &t) || !(t.flags & TCP_SYN))
		return false;
	at = find_mss(p, t.hdr_len);
	if (!at || be16(p + at) <= max)
		return false;
	if (fix_sum)
		replace_in_sum(p, at, max);
	else
		put_be16(p + at, max);
	return true;
}
