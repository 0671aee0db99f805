/*
 * tcp_segment: reads and writes whole IPv4 packets with a TCP segment in them (RFC 9293
 * section 3.1, RFC 7323 section 2, RFC 2018). Called by tcp_in.c and tcp_out.c.
 */
#include "tcp_segment.h"

#include <string.h>

#include "base/wr.h"
#include "wire/be.h"
#include "wire/checksum.h"
#include "wire/ipv4.h"

#define OPT_END       0
#define OPT_NOP       1
#define OPT_MSS       2
#define OPT_SCALE     3
#define OPT_SACK_OK   4
#define OPT_SACK      5
#define SCALE_MAX     14
#define WINDOW_OFFSET 14
#define TTL           64

static void read_sacks(struct rd *r, struct tcp_segment *out)
{
	while (rd_left(r) >= 8 && out->n_sacks < TCP_SACKS_MAX) {
		uint32_t from = rd_u32(r), to = rd_u32(r);

		out->sacks[out->n_sacks++] = (struct tcp_range){from, to};
	}
}

static void read_option(uint8_t kind, struct rd *r, struct tcp_segment *out)
{
	switch (kind) {
	case OPT_MSS:
		out->mss = rd_u16(r);
		break;
	case OPT_SCALE:
		out->scale = rd_u8(r);
		out->scale_known = rd_ok(r);
		if (out->scale > SCALE_MAX)
			out->scale = SCALE_MAX;
		break;
	case OPT_SACK_OK:
		out->sack_permitted = true;
		break;
	case OPT_SACK:
		read_sacks(r, out);
		break;
	default: /* RFC 9293 MUST-6: an unknown option is passed over */
		break;
	}
}

static void read_options(struct rd r, struct tcp_segment *out)
{
	while (rd_left(&r)) {
		uint8_t kind = rd_u8(&r), len;
		struct rd body;

		if (kind == OPT_END)
			return;
		if (kind == OPT_NOP)
			continue;
		len = rd_u8(&r);
		if (len < 2)
			return;
		body = rd_sub(&r, len - 2u);
		if (!rd_ok(&body))
			return;
		read_option(kind, &body, out);
	}
}

enum tcp_fault tcp_segment_parse(struct bytes packet, struct tcp_segment *out)
{
	enum ipv4_fault bad;
	struct ipv4 ip;
	struct tcp tcp;
	const uint8_t *p;
	size_t len;

	bad = ipv4_parse(packet.p, packet.len, true, &ip);
	if (bad)
		return bad == IPV4_BAD_SUM ? SEGMENT_CHECKSUM : SEGMENT_NOT_TCP;
	if (ip.proto != IPV4_TCP || ipv4_is_fragment(&ip))
		return SEGMENT_NOT_TCP;
	p = packet.p + ip.hdr_len;
	len = (size_t)ip.total_len - ip.hdr_len;
	if (!tcp_parse(p, len, &tcp))
		return SEGMENT_CUT;
	if (checksum_fold(checksum_add(checksum_pseudo4(packet.p, IPV4_TCP, (uint32_t)len), p,
				       len)) != 0xffff)
		return SEGMENT_CHECKSUM;
	*out = (struct tcp_segment){
		.src_ip = ip.src,
		.dst_ip = ip.dst,
		.src_port = tcp.src_port,
		.dst_port = tcp.dst_port,
		.seq = tcp.seq,
		.ack = tcp.ack,
		.flags = tcp.flags,
		.window = be16(p + WINDOW_OFFSET),
		.data = (uint32_t)(len - tcp.hdr_len),
	};
	if (tcp.hdr_len > TCP_HDR)
		read_options(rd_of(p + TCP_HDR, tcp.hdr_len - (size_t)TCP_HDR), out);
	return SEGMENT_OK;
}

/* Each kind is padded to a whole number of words, so that the list needs no end. */
static void put_options(struct wr *w, const struct tcp_segment *s)
{
	if (s->mss) {
		wr_u16(w, OPT_MSS << 8 | 4);
		wr_u16(w, s->mss);
	}
	if (s->scale_known) {
		wr_u16(w, OPT_NOP << 8 | OPT_SCALE);
		wr_u16(w, (uint16_t)(3 << 8 | s->scale));
	}
	if (s->sack_permitted) {
		wr_u16(w, OPT_NOP << 8 | OPT_NOP);
		wr_u16(w, OPT_SACK_OK << 8 | 2);
	}
	if (s->n_sacks) {
		wr_u16(w, OPT_NOP << 8 | OPT_NOP);
		wr_u16(w, (uint16_t)(OPT_SACK << 8 | (2 + 8 * s->n_sacks)));
	}
	for (unsigned i = 0; i < s->n_sacks; i++) {
		wr_u32(w, s->sacks[i].from);
		wr_u32(w, s->sacks[i].to);
	}
}

size_t tcp_segment_put(uint8_t *p, const struct tcp_segment *s)
{
	uint8_t *tcp = p + IPV4_HDR;
	struct wr w = wr_of(tcp, TCP_HEADERS_MAX - IPV4_HDR);
	size_t len;

	wr_u16(&w, s->src_port);
	wr_u16(&w, s->dst_port);
	wr_u32(&w, s->seq);
	wr_u32(&w, s->ack);
	wr_u8(&w, 0);
	wr_u8(&w, s->flags);
	wr_u16(&w, s->window);
	wr_u32(&w, 0); /* checksum, urgent pointer */
	put_options(&w, s);
	tcp[12] = (uint8_t)(w.len / 4 << 4);
	len = w.len + s->data;
	memset(tcp + w.len, 0, s->data);
	ipv4_put(p, (uint16_t)(IPV4_HDR + len), TTL, IPV4_TCP, s->src_ip, s->dst_ip);
	/* the data are zeros, which add nothing */
	checksum_store(tcp + TCP_CHECKSUM,
		       checksum_add(checksum_pseudo4(p, IPV4_TCP, (uint32_t)len), tcp, w.len));
	return IPV4_HDR + len;
}
