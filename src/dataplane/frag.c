/*
 * frag: IPv4 fragmentation (RFC 791 section 3.2) of packets without DF that are
 * larger than a session's MTU. Called by port_out. Pure, like gso.
 */
#include <string.h>

#include "dataplane/gso.h"
#include "wire/be.h"

#define OPT_END    0
#define OPT_NOP    1
#define OPT_COPIED 0x80

bool frag_begin(struct frag *f, const uint8_t *packet, const struct ipv4 *ip, uint16_t mtu)
{
	if (mtu < ip->hdr_len + 8)
		return false;
	*f = (struct frag){
		.packet = packet,
		.ip = *ip,
		.piece = (uint16_t)((mtu - ip->hdr_len) & ~7),
	};
	return (ip->frag & IPV4_FRAG_OFFSET) + (ip->total_len - ip->hdr_len) / 8 <=
	       IPV4_FRAG_OFFSET;
}

static uint32_t piece_len(const struct frag *f)
{
	uint32_t n = (uint32_t)(f->ip.total_len - f->ip.hdr_len) - f->at;

	return n < f->piece ? n : f->piece;
}

size_t frag_next_len(const struct frag *f)
{
	uint32_t n = piece_len(f);

	return n ? f->ip.hdr_len + n : 0;
}

/* Options without the copied flag belong to the first fragment only; they become
 * no-operations, which keeps the header's length. */
static void mute_options(uint8_t *hdr, size_t hdr_len)
{
	size_t at = IPV4_HDR;

	while (at < hdr_len && hdr[at] != OPT_END) {
		size_t len = 1;

		if (hdr[at] != OPT_NOP) {
			if (hdr_len - at < 2 || hdr[at + 1] < 2 || hdr[at + 1] > hdr_len - at)
				return;
			len = hdr[at + 1];
			if (!(hdr[at] & OPT_COPIED))
				memset(hdr + at, OPT_NOP, len);
		}
		at += len;
	}
}

void frag_write(struct frag *f, uint8_t *dst)
{
	uint32_t n = piece_len(f);
	uint16_t flags = f->ip.frag & (uint16_t)~IPV4_FRAG_OFFSET;
	uint16_t offset = (uint16_t)((f->ip.frag & IPV4_FRAG_OFFSET) + f->at / 8);

	memcpy(dst, f->packet, f->ip.hdr_len);
	memcpy(dst + f->ip.hdr_len, f->packet + f->ip.hdr_len + f->at, n);
	if (f->at)
		mute_options(dst, f->ip.hdr_len);
	if (f->at + n < (uint32_t)(f->ip.total_len - f->ip.hdr_len))
		flags |= IPV4_FRAG_MF;
	ipv4_set_total_len(dst, (uint16_t)(f->ip.hdr_len + n));
	put_be16(dst + IPV4_FRAG, (uint16_t)(flags | offset));
	ipv4_fix_checksum(dst, f->ip.hdr_len);
	f->at += n;
}
