/*
 * gso: cuts TCP and UDP super-packets into packets with right headers and
 * checksums. Called by port_out for what the TAP (TUN_F_TSO4, TUN_F_USO4) gives.
 * Pure: reads the super-packet, writes where it is told.
 */
#include "dataplane/gso.h"

#include <string.h>

#include "wire/be.h"
#include "wire/checksum.h"
#include "wire/tcp.h"
#include "wire/udp.h"

/* The TCP or UDP header of len octets behind the IP header. */
static bool l4_header(const uint8_t *l4, size_t len, uint8_t proto, uint16_t *hdr_len)
{
	struct tcp tcp;

	*hdr_len = UDP_HDR;
	if (proto == IPV4_UDP)
		return len >= UDP_HDR;
	if (proto != IPV4_TCP || !tcp_parse(l4, len, &tcp))
		return false;
	*hdr_len = tcp.hdr_len;
	return true;
}

/* g has everything of the IP header; total: octets of the super-packet. */
static bool begin(struct gso *g, size_t total, uint16_t segment, uint16_t mtu)
{
	uint16_t l4_len;

	if (segment == 0 || !l4_header(g->packet + g->ip_len, total - g->ip_len, g->proto, &l4_len))
		return false;
	g->segment = segment;
	g->hdr_len = (uint16_t)(g->ip_len + l4_len);
	if (g->hdr_len >= mtu)
		return false;
	if (g->proto == IPV4_TCP && segment > mtu - g->hdr_len)
		g->segment = (uint16_t)(mtu - g->hdr_len);
	g->payload_len = (uint32_t)(total - g->hdr_len);
	return g->payload_len > 0;
}

bool gso_begin(struct gso *g, const uint8_t *packet, const struct ipv4 *ip, uint16_t segment,
	       uint16_t mtu)
{
	*g = (struct gso){
		.packet = packet, .ip_len = ip->hdr_len, .proto = ip->proto, .id = ip->id};
	return !ipv4_is_fragment(ip) && begin(g, ip->total_len, segment, mtu);
}

bool gso_begin6(struct gso *g, const uint8_t *packet, const struct ipv6 *ip, uint16_t segment,
		uint16_t mtu)
{
	*g = (struct gso){.packet = packet, .v6 = true, .ip_len = IPV6_HDR, .proto = ip->proto};
	return begin(g, ip->total_len, segment, mtu);
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

static void sum(const struct gso *g, uint8_t *l4, size_t at, size_t len)
{
	uint64_t pseudo = g->v6 ? checksum_pseudo6(g->packet, g->proto, (uint32_t)len)
				: checksum_pseudo4(g->packet, g->proto, (uint32_t)len);

	put_be16(l4 + at, 0);
	checksum_store(l4 + at, checksum_add(pseudo, l4, len));
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
	sum(g, tcp, TCP_CHECKSUM, len);
}

static void fix_udp(const struct gso *g, uint8_t *udp, size_t len)
{
	put_be16(udp + 4, (uint16_t)len);
	sum(g, udp, UDP_CHECKSUM, len);
	if (be16(udp + UDP_CHECKSUM) == 0)
		put_be16(udp + UDP_CHECKSUM, UINT16_MAX); /* 0 would say: none */
}

static void fix_ip(const struct gso *g, uint8_t *dst, size_t len)
{
	if (g->v6) {
		put_be16(dst + IPV6_LEN, (uint16_t)(len - IPV6_HDR));
		return;
	}
	ipv4_set_total_len(dst, (uint16_t)len);
	put_be16(dst + IPV4_ID, (uint16_t)(g->id + g->index));
	ipv4_fix_checksum(dst, g->ip_len);
}

void gso_write(struct gso *g, uint8_t *dst)
{
	uint32_t n = left(g);
	size_t len = g->hdr_len + n;
	uint8_t *l4 = dst + g->ip_len;

	memcpy(dst, g->packet, g->hdr_len);
	memcpy(dst + g->hdr_len, g->packet + g->hdr_len + g->at, n);
	fix_ip(g, dst, len);
	if (g->proto == IPV4_TCP)
		fix_tcp(g, l4, len - g->ip_len);
	else
		fix_udp(g, l4, len - g->ip_len);
	g->at += n;
	g->index++;
}
