/*
 * gso: cuts TCP and UDP super-packets into packets with right headers and
 * checksums. Called by port_out for what the TAP (TUN_F_TSO4, TUN_F_USO4) gives.
 * Pure: reads the super-packet, writes where it is told.
 */
#include "gso.h"

#include <string.h>

#include "wire/be.h"
#include "wire/checksum.h"
#include "wire/tcp.h"
#include "wire/udp.h"

static bool l4_header(const uint8_t *packet, const struct ipv4 *ip, uint16_t *len)
{
	struct tcp tcp;

	*len = UDP_HDR;
	if (ip->proto == IPV4_UDP)
		return ip->total_len >= ip->hdr_len + UDP_HDR;
	if (ip->proto != IPV4_TCP ||
	    !tcp_parse(packet + ip->hdr_len, (size_t)ip->total_len - ip->hdr_len, &tcp))
		return false;
	*len = tcp.hdr_len;
	return true;
}

bool gso_begin(struct gso *g, const uint8_t *packet, const struct ipv4 *ip, uint16_t segment,
	       uint16_t mtu)
{
	uint16_t l4_len;

	if (segment == 0 || ipv4_is_fragment(ip) || !l4_header(packet, ip, &l4_len))
		return false;
	*g = (struct gso){
		.packet = packet,
		.ip = *ip,
		.hdr_len = (uint16_t)(ip->hdr_len + l4_len),
		.segment = segment,
	};
	if (g->hdr_len >= mtu)
		return false;
	if (ip->proto == IPV4_TCP && segment > mtu - g->hdr_len)
		g->segment = (uint16_t)(mtu - g->hdr_len);
	g->payload_len = (uint32_t)(ip->total_len - g->hdr_len);
	return g->payload_len > 0;
}

static uint32_t left(const struct gso *g)
{
	uint32_t n = g->payload_len - g->at;

	return n < g->segment ? n : g->segment;
}

size_t gso_next_len(const struct gso *g)
{
	return g->at < g->payload_len ? g->hdr_len + left(g) : 0;
}

/* RFC 9293: the sequence number advances; FIN and PSH belong to the last segment,
 * CWR to the first (RFC 3168 section 6.1.2). */
static void fix_tcp(const struct gso *g, uint8_t *tcp, size_t len)
{
	uint8_t off = 0;

	if (g->at + left(g) < g->payload_len)
		off |= TCP_FIN | TCP_PSH;
	if (g->at)
		off |= TCP_CWR;
	tcp[TCP_FLAGS] &= (uint8_t)~off;
	put_be32(tcp + TCP_SEQ, be32(tcp + TCP_SEQ) + g->at);
	put_be16(tcp + TCP_CHECKSUM, 0);
	checksum_store(
		tcp + TCP_CHECKSUM,
		checksum_add(checksum_pseudo4(g->packet, IPV4_TCP, (uint32_t)len), tcp, len));
}

static void fix_udp(const struct gso *g, uint8_t *udp, size_t len)
{
	put_be16(udp + 4, (uint16_t)len);
	put_be16(udp + UDP_CHECKSUM, 0);
	checksum_store(
		udp + UDP_CHECKSUM,
		checksum_add(checksum_pseudo4(g->packet, IPV4_UDP, (uint32_t)len), udp, len));
	if (be16(udp + UDP_CHECKSUM) == 0)
		put_be16(udp + UDP_CHECKSUM, UINT16_MAX); /* 0 would say: none */
}

void gso_write(struct gso *g, uint8_t *dst)
{
	uint32_t n = left(g);
	size_t len = g->hdr_len + n;
	uint8_t *l4 = dst + g->ip.hdr_len;

	memcpy(dst, g->packet, g->hdr_len);
	memcpy(dst + g->hdr_len, g->packet + g->hdr_len + g->at, n);
	ipv4_set_total_len(dst, (uint16_t)len);
	put_be16(dst + IPV4_ID, (uint16_t)(g->ip.id + g->index));
	ipv4_fix_checksum(dst, g->ip.hdr_len);
	if (g->ip.proto == IPV4_TCP)
		fix_tcp(g, l4, len - g->ip.hdr_len);
	else
		fix_udp(g, l4, len - g->ip.hdr_len);
	g->at += n;
	g->index++;
}
