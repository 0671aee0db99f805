/*
 * dial_packets: packets between the interface and the call. Super-packets that the kernel
 * gives (TUN_F_TSO4, TUN_F_USO4) are cut; TCP segments that follow each other in a
 * batch leave as one super-packet, by the rules of wire/merge.h. The
 * header then asks the kernel to complete the checksum, so each segment's own is
 * verified first: a broken one must not become a good one. Called by dial_stay.c.
 */
#include "dial_packets.h"

#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

#include "dataplane/gso.h"
#include "wire/checksum.h"
#include "wire/merge.h"
#include "wire/tcp.h"
#include "wire/udp.h"
#include "wire/vnet.h"

#define READ_MAX    (VNET_HDR + 65536)
#define PACKETS_MAX 256 /* out in a turn: then the server's have their turn */
#define SUPERS      8   /* flows that are merged at the same time */
#define PIECES      46
#define HEADERS_MAX (IPV4_HDR + TCP_HDR_MAX)

struct super {
	bool used, closed;
	uint8_t headers[HEADERS_MAX]; /* IP and TCP, of the first segment */
	uint8_t flags;                /* TCP, of all */
	uint16_t segment;             /* octets of payload in each but the last */
	struct tcp tcp;
	uint32_t next_seq, total_len;
	unsigned n;
	struct iovec piece[PIECES]; /* payloads, where they are until the flush */
};

struct dial_packets {
	struct super super[SUPERS];
	uint8_t read[READ_MAX];
};

struct dial_packets *dial_packets_new(void)
{
	return calloc(1, sizeof(struct dial_packets));
}

void dial_packets_free(struct dial_packets *p)
{
	free(p);
}

/* ---- from the host ---- */

static unsigned cut(struct call *c, const uint8_t *packet, const struct ipv4 *ip,
		    const struct vnet *v, uint16_t mtu)
{
	unsigned n = 0;
	struct gso g;
	size_t len;

	if (!gso_begin(&g, packet, ip, v->gso_size, mtu))
		return 0;
	while ((len = gso_next_len(&g)) != 0 && len <= CALL_PACKET_MAX) {
		gso_write(&g, call_packet(c));
		call_packet_done(c, len);
		n++;
	}
	return n;
}

/* The kernel left the checksum to us: the field holds the pseudo header's sum. */
static bool complete_checksum(uint8_t *packet, size_t len, const struct vnet *v)
{
	size_t field = (size_t)v->csum_start + v->csum_offset;

	if (field + 2 > len)
		return false;
	checksum_store(packet + field,
		       checksum_add(0, packet + v->csum_start, len - v->csum_start));
	if (v->csum_offset == UDP_CHECKSUM && be16(packet + field) == 0)
		put_be16(packet + field, UINT16_MAX); /* 0 would say: none */
	return true;
}

static unsigned one_to_call(struct call *c, uint8_t *frame, size_t len, uint16_t mtu)
{
	uint8_t *packet = frame + VNET_HDR;
	struct vnet v;
	struct ipv4 ip;

	/* IPv6 is not spoken: what the kernel sends on a new interface ends here */
	if (!vnet_parse(frame, len, &v) ||
	    ipv4_parse(packet, len - VNET_HDR, false, &ip) != IPV4_OK)
		return 0;
	if ((v.gso_type & ~VNET_GSO_ECN) != VNET_GSO_NONE)
		return cut(c, packet, &ip, &v, mtu);
	if (ip.total_len > CALL_PACKET_MAX ||
	    (v.flags & VNET_F_NEEDS_CSUM && !complete_checksum(packet, ip.total_len, &v)))
		return 0;
	memcpy(call_packet(c), packet, ip.total_len);
	call_packet_done(c, ip.total_len);
	return 1;
}

void dial_packets_out(struct dial_packets *p, int fd, struct call *c, uint16_t mtu)
{
	unsigned n = 0;

	while (n < PACKETS_MAX) {
		ssize_t len = read(fd, p->read, READ_MAX);

		if (len <= 0)
			break;
		n += c ? one_to_call(c, p->read, (size_t)len, mtu) : 1;
	}
	if (c)
		call_flush(c);
}

/* ---- to the host ---- */

static void write_single(int fd, struct bytes packet)
{
	static const uint8_t plain[VNET_HDR];
	const struct iovec iov[] = {{(void *)(uintptr_t)plain, sizeof(plain)},
				    {(void *)(uintptr_t)packet.p, packet.len}};

	/* what the kernel does not take is a lost packet */
	(void)!writev(fd, iov, 2);
}

static void write_super(int fd, struct super *s)
{
	uint16_t hdr_len = (uint16_t)(IPV4_HDR + s->tcp.hdr_len);
	uint8_t head[VNET_HDR + HEADERS_MAX], *ip = head + VNET_HDR;
	struct iovec iov[1 + PIECES] = {{head, (size_t)VNET_HDR + hdr_len}};
	struct vnet v = {0};

	s->used = false;
	memcpy(ip, s->headers, hdr_len);
	if (s->n > 1) {
		v = (struct vnet){.flags = VNET_F_NEEDS_CSUM,
				  .gso_type = VNET_GSO_TCPV4,
				  .hdr_len = hdr_len,
				  .gso_size = s->segment,
				  .csum_start = IPV4_HDR,
				  .csum_offset = TCP_CHECKSUM};
		ipv4_set_total_len(ip, (uint16_t)s->total_len);
		ipv4_fix_checksum(ip, IPV4_HDR);
		ip[IPV4_HDR + TCP_FLAGS] = s->flags;
		checksum_store_partial(ip + IPV4_HDR + TCP_CHECKSUM,
				       checksum_pseudo4(ip, IPV4_TCP, s->total_len - IPV4_HDR));
	}
	vnet_put(head, &v);
	memcpy(iov + 1, s->piece, s->n * sizeof(*s->piece));
	(void)!writev(fd, iov, (int)(1 + s->n));
}

static bool sum_ok(struct bytes packet)
{
	uint32_t len = (uint32_t)packet.len - IPV4_HDR;

	return merge_sum_ok(checksum_pseudo4(packet.p, IPV4_TCP, len), packet.p + IPV4_HDR, len);
}

static bool same_flow(const struct super *s, const uint8_t *p, const struct tcp *tcp)
{
	return s->used && s->tcp.src_port == tcp->src_port && s->tcp.dst_port == tcp->dst_port &&
	       merge_same_addresses(s->headers, p, false);
}

static bool continues(const struct super *s, const uint8_t *p, const struct tcp *tcp,
		      size_t payload)
{
	return !s->closed && s->n < PIECES && tcp->seq == s->next_seq &&
	       merge_has_room(s->total_len, s->segment, payload) &&
	       merge_same_ip(s->headers, p, false) &&
	       merge_same_tcp(s->headers + IPV4_HDR, &s->tcp, p + IPV4_HDR, tcp);
}

static void append(struct super *s, const uint8_t *payload, size_t len, uint8_t flags)
{
	s->piece[s->n++] = (struct iovec){(void *)(uintptr_t)payload, len};
	s->next_seq += (uint32_t)len;
	s->total_len += (uint32_t)len;
	s->flags |= flags;
	s->closed |= len < s->segment || flags & TCP_PSH;
}

static void begin(struct super *s, const uint8_t *p, const struct tcp *tcp, size_t payload)
{
	size_t hdr_len = IPV4_HDR + (size_t)tcp->hdr_len;

	s->used = true;
	s->closed = false;
	s->flags = 0;
	s->segment = (uint16_t)payload;
	s->tcp = *tcp;
	s->next_seq = tcp->seq;
	s->total_len = (uint32_t)hdr_len;
	s->n = 0;
	memcpy(s->headers, p, hdr_len);
	append(s, p + hdr_len, payload, tcp->flags);
}

/* A packet of exactly its total length with TCP right behind 20 octets of header? */
static bool tcp_of(struct bytes packet, struct tcp *tcp, size_t *payload)
{
	struct ipv4 ip;

	if (ipv4_parse(packet.p, packet.len, false, &ip) != IPV4_OK || ip.proto != IPV4_TCP ||
	    ip.hdr_len != IPV4_HDR || ip.total_len != packet.len || ipv4_is_fragment(&ip) ||
	    !tcp_parse(packet.p + IPV4_HDR, packet.len - IPV4_HDR, tcp))
		return false;
	*payload = packet.len - IPV4_HDR - tcp->hdr_len;
	return true;
}

void dial_packets_in(struct dial_packets *p, int fd, struct bytes packet)
{
	size_t payload;
	struct super *s;
	struct tcp tcp;
	bool plain, good;

	if (!tcp_of(packet, &tcp, &payload)) {
		write_single(fd, packet);
		return;
	}
	s = &p->super[(tcp.src_port ^ tcp.dst_port ^ packet.p[15] ^ packet.p[19]) % SUPERS];
	plain = payload && !(tcp.flags & ~(TCP_ACK | TCP_PSH));
	good = plain && sum_ok(packet);
	if (good && same_flow(s, packet.p, &tcp) && continues(s, packet.p, &tcp, payload)) {
		append(s, packet.p + IPV4_HDR + tcp.hdr_len, payload, tcp.flags);
		return;
	}
	/* a flow's packets keep their order, so what waits goes first */
	if (s->used)
		write_super(fd, s);
	if (good && tcp.flags == TCP_ACK)
		begin(s, packet.p, &tcp, payload);
	else
		write_single(fd, packet);
}

void dial_packets_flush(struct dial_packets *p, int fd)
{
	for (size_t i = 0; i < SUPERS; i++) {
		if (p->super[i].used)
			write_super(fd, &p->super[i]);
	}
}
