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

/* The headers without what differs from packet to packet, summed once: the payload's sum is
 * then all that a packet needs. */
static void take_head(struct gso *g)
{
	uint8_t *l4 = g->head + g->ip_len;

	memcpy(g->head, g->packet, g->hdr_len);
	if (g->v6) {
		put_be16(g->head + IPV6_LEN, 0);
		g->l4_sum = checksum_pseudo6(g->packet, g->proto, 0);
	} else {
		put_be32(g->head + IPV4_TOTAL_LEN, 0); /* and the identification */
		put_be16(g->head + IPV4_CHECKSUM, 0);
		g->ip_sum = checksum_add(0, g->head, g->ip_len);
		g->l4_sum = checksum_pseudo4(g->packet, g->proto, 0);
	}
	if (g->proto == IPV4_TCP) {
		g->seq = be32(l4 + TCP_SEQ);
		g->flags = l4[TCP_FLAGS];
		put_be32(l4 + TCP_SEQ, 0);
		l4[TCP_FLAGS] = 0;
		put_be16(l4 + TCP_CHECKSUM, 0);
	} else {
		put_be32(l4 + UDP_LEN, 0); /* and the checksum */
	}
	g->l4_sum = checksum_add(g->l4_sum, l4, (size_t)g->hdr_len - g->ip_len);
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
	if (g->payload_len == 0)
		return false;
	take_head(g);
	return true;
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

/* RFC 9293: the sequence number advances; FIN and PSH belong to the last segment,
 * CWR to the first (RFC 3168 section 6.1.2). sum: of what is the same, the lengths and the
 * payload. Nothing that was just written is read again. */
static void put_tcp(const struct gso *g, uint8_t *tcp, uint64_t sum)
{
	uint32_t seq = g->seq + g->at;
	uint8_t off = 0;

	if (g->at + left(g) < g->payload_len)
		off |= TCP_FIN | TCP_PSH;
	if (g->at)
		off |= TCP_CWR;
	tcp[TCP_FLAGS] = g->flags & (uint8_t)~off;
	put_be32(tcp + TCP_SEQ, seq);
	checksum_store(tcp + TCP_CHECKSUM,
		       checksum_word32(checksum_word16(sum, tcp[TCP_FLAGS]), seq));
}

static void put_udp(uint8_t *udp, uint16_t len, uint64_t sum)
{
	put_be16(udp + UDP_LEN, len);
	checksum_store(udp + UDP_CHECKSUM, checksum_word16(sum, len));
	if (be16(udp + UDP_CHECKSUM) == 0)
		put_be16(udp + UDP_CHECKSUM, UINT16_MAX); /* 0 would say: none */
}

static void put_ip(const struct gso *g, uint8_t *ip, uint16_t len)
{
	uint16_t id = (uint16_t)(g->id + g->index);

	if (g->v6) {
		put_be16(ip + IPV6_LEN, (uint16_t)(len - IPV6_HDR));
		return;
	}
	ipv4_set_total_len(ip, len);
	put_be16(ip + IPV4_ID, id);
	checksum_store(ip + IPV4_CHECKSUM, checksum_word16(checksum_word16(g->ip_sum, len), id));
}

void gso_write(struct gso *g, uint8_t *dst)
{
	uint32_t n = left(g);
	uint16_t len = (uint16_t)(g->hdr_len + n), l4_len = (uint16_t)(len - g->ip_len);
	uint64_t sum = checksum_copy(dst + g->hdr_len, g->packet + g->hdr_len + g->at, n);

	sum = checksum_word16(checksum_join(g->l4_sum, sum), l4_len);
	memcpy(dst, g->head, g->hdr_len);
	put_ip(g, dst, len);
	if (g->proto == IPV4_TCP)
		put_tcp(g, dst + g->ip_len, sum);
	else
		put_udp(dst + g->ip_len, l4_len, sum);
	g->at += n;
	g->index++;
}
