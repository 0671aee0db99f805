/*
 * tap_out: frames to the host on the TAP. TCP segments of one flow that follow
 * each other in a batch, and UDP datagrams of one size, leave as one super-packet: one
 * writev() of the decrypted pieces where they are, no copy. The virtio header says that the kernel
 * has to complete the checksum; so every piece's own checksum is verified first, or a broken
 * segment would become a good one. What may be merged is said in wire/merge.h.
 * Called by switch; flushed before the receive buffers are used again.
 */
#include "wire/checksum.h"
#include "wire/eth.h"
#include "wire/merge.h"
#include "wire/udp.h"
#include "worker.h"

static bool tap_takes(struct worker *w, uint16_t hub, const struct iovec *iov, unsigned n)
{
	bool taken = w->os->tap_write(w->os->ctx, w->hubs[hub].tap, iov, n);

	if (taken)
		count(w, COUNT_TAP_FRAMES_OUT);
	return taken;
}

static void tap_write(struct worker *w, uint16_t hub, const struct iovec *iov, unsigned n)
{
	if (w->hubs[hub].tap < 0)
		count(w, DROP_NO_TAP);
	else if (!tap_takes(w, hub, iov, n))
		count(w, DROP_TAP_WRITE);
}

void tap_out_frame(struct worker *w, uint16_t hub, uint8_t *vnet_at, size_t len)
{
	struct iovec iov = {.iov_base = vnet_at, .iov_len = VNET_HDR + len};

	tap_write(w, hub, &iov, 1);
}

static void write_packet(struct worker *w, uint16_t hub, uint8_t *packet, size_t len)
{
	static const struct vnet plain = {0};
	uint8_t *vnet_at = packet - ETH_HDR - VNET_HDR;

	vnet_put(vnet_at, &plain);
	tap_out_frame(w, hub, vnet_at, ETH_HDR + len);
}

static void write_single(struct worker *w, const struct tap_packet *p)
{
	write_packet(w, p->hub, p->at, p->len);
}

static void set_ip_len(const struct tap_packet *p, uint32_t len)
{
	if (p->v6) {
		put_be16(p->at + IPV6_LEN, (uint16_t)(len - IPV6_HDR));
		return;
	}
	ipv4_set_total_len(p->at, (uint16_t)len);
	ipv4_fix_checksum(p->at, p->hdr_len);
}

static bool is_udp(const struct tap_super *s)
{
	return s->first.proto == IPV4_UDP;
}

/* Headers of a super-packet: lengths, flags of all pieces, the checksum partial. */
static void super_headers(struct tap_super *s)
{
	const struct tap_packet *p = &s->first;
	uint8_t *l4 = p->at + p->hdr_len;
	uint32_t l4_len = s->total_len - p->hdr_len;
	uint16_t sum_at = is_udp(s) ? UDP_CHECKSUM : TCP_CHECKSUM;
	struct vnet v = {
		.flags = VNET_F_NEEDS_CSUM,
		.gso_type = is_udp(s) ? VNET_GSO_UDP_L4
			    : p->v6   ? VNET_GSO_TCPV6
				      : VNET_GSO_TCPV4,
		.hdr_len = (uint16_t)(ETH_HDR + p->hdr_len + s->tcp.hdr_len),
		.gso_size = s->segment,
		.csum_start = (uint16_t)(ETH_HDR + p->hdr_len),
		.csum_offset = sum_at,
	};

	set_ip_len(p, s->total_len);
	if (is_udp(s))
		put_be16(l4 + UDP_LEN, (uint16_t)l4_len);
	else
		l4[TCP_FLAGS] = s->flags;
	checksum_store_partial(l4 + sum_at, merge_pseudo_sum(p->at, p->v6, p->proto, l4_len));
	vnet_put(p->at - ETH_HDR - VNET_HDR, &v);
}

/* The kernel has not taken the super-packet: its datagrams one by one. Each has its own headers
 * before its payload still, but the first, whose are in was. */
static void write_pieces(struct worker *w, struct tap_super *s, const uint8_t *was)
{
	size_t heads = (size_t)s->first.hdr_len + UDP_HDR;
	uint64_t before = w->counts[COUNT_TAP_FRAMES_OUT];

	memcpy(s->first.at, was, heads);
	write_single(w, &s->first);
	for (unsigned i = 1; i < s->n_pieces; i++)
		write_packet(w, s->first.hub, (uint8_t *)s->pieces[i].iov_base - heads,
			     heads + s->pieces[i].iov_len);
	/* not because the TAP was down: no more of them */
	if (w->counts[COUNT_TAP_FRAMES_OUT] != before)
		w->hubs[s->first.hub].no_uso = true;
}

static void udp_flush(struct worker *w, struct tap_super *s)
{
	uint8_t was[IPV6_HDR + UDP_HDR];

	memcpy(was, s->first.at, (size_t)s->first.hdr_len + UDP_HDR);
	super_headers(s);
	if (w->hubs[s->first.hub].tap < 0 || !tap_takes(w, s->first.hub, s->pieces, s->n_pieces))
		write_pieces(w, s, was);
}

static void super_flush(struct worker *w, struct tap_super *s)
{
	s->used = false;
	if (s->n_pieces == 1) {
		write_single(w, &s->first);
	} else if (is_udp(s)) {
		udp_flush(w, s);
	} else {
		super_headers(s);
		tap_write(w, s->first.hub, s->pieces, s->n_pieces);
	}
}

static bool same_flow(const struct tap_super *s, const struct tap_packet *p, const struct tcp *l4)
{
	return s->used && s->first.hub == p->hub && s->first.v6 == p->v6 &&
	       s->first.proto == p->proto && s->tcp.src_port == l4->src_port &&
	       s->tcp.dst_port == l4->dst_port && merge_same_addresses(s->first.at, p->at, p->v6);
}

static bool fits(const struct tap_super *s, const struct tap_packet *p, size_t payload)
{
	return !s->closed && s->n_pieces < TAP_SUPER_PIECES &&
	       merge_has_room(s->total_len, s->segment, payload) &&
	       merge_same_ip(s->first.at, p->at, p->v6);
}

static bool continues(const struct tap_super *s, const struct tap_packet *p, const struct tcp *tcp)
{
	return tcp->seq == s->next_seq &&
	       merge_same_tcp(s->first.at + p->hdr_len, &s->tcp, p->at + p->hdr_len, tcp);
}

static bool sum_ok(const struct tap_packet *p)
{
	uint32_t len = (uint32_t)p->len - p->hdr_len;

	return merge_sum_ok(merge_pseudo_sum(p->at, p->v6, p->proto, len), p->at + p->hdr_len, len);
}

static bool verified(struct tap_super *s)
{
	if (!s->verified) {
		s->verified = sum_ok(&s->first);
		s->closed |= !s->verified;
	}
	return s->verified;
}

static void super_append(struct tap_super *s, uint8_t *payload, size_t len, uint8_t flags)
{
	s->pieces[s->n_pieces++] = (struct iovec){.iov_base = payload, .iov_len = len};
	s->next_seq += (uint32_t)len;
	s->total_len += (uint32_t)len;
	s->flags |= flags;
	s->closed |= len < s->segment || (flags & TCP_PSH);
}

static void super_begin(struct tap_super *s, const struct tap_packet *p, const struct tcp *l4,
			size_t payload)
{
	s->used = true;
	s->verified = false;
	s->closed = l4->flags & TCP_PSH;
	s->segment = (uint16_t)payload;
	s->first = *p;
	s->tcp = *l4;
	s->next_seq = l4->seq + (uint32_t)payload;
	s->total_len = p->len;
	s->flags = l4->flags;
	s->n_pieces = 1;
	s->pieces[0] = (struct iovec){
		.iov_base = p->at - ETH_HDR - VNET_HDR,
		.iov_len = (size_t)VNET_HDR + ETH_HDR + p->len,
	};
}

/* Where packets of the flow wait; place: of its addresses. */
static struct tap_super *super_of(struct worker *w, uint64_t place, const struct tcp *l4)
{
	return &w->supers[(place ^ l4->src_port ^ l4->dst_port) % TAP_SUPERS];
}

/* joins: the packet continues s by its headers; begins: it may be the first of a super-packet. */
static void merge(struct worker *w, struct tap_super *s, const struct tap_packet *p,
		  const struct tcp *l4, bool joins, bool begins)
{
	size_t heads = (size_t)p->hdr_len + l4->hdr_len, payload = p->len - heads;

	if (joins && verified(s) && sum_ok(p)) {
		super_append(s, p->at + heads, payload, l4->flags);
		count(w, COUNT_TAP_MERGED);
		return;
	}
	/* a flow's packets keep their order, so what waits goes first */
	if (s->used)
		super_flush(w, s);
	if (begins)
		super_begin(s, p, l4, payload);
	else
		write_single(w, p);
}

/* A packet with TCP behind an IP header of hdr_len octets; place: of its flow's addresses. */
static void tcp_out(struct worker *w, const struct tap_packet *p, uint64_t place)
{
	size_t l4_len = (size_t)p->len - p->hdr_len, payload;
	struct tap_super *s;
	struct tcp tcp;
	bool joins;

	if (!tcp_parse(p->at + p->hdr_len, l4_len, &tcp)) {
		write_single(w, p);
		return;
	}
	payload = l4_len - tcp.hdr_len;
	s = super_of(w, place, &tcp);
	joins = same_flow(s, p, &tcp) && !(tcp.flags & ~(TCP_ACK | TCP_PSH)) &&
		fits(s, p, payload) && continues(s, p, &tcp);
	merge(w, s, p, &tcp, joins, payload && tcp.flags == TCP_ACK);
}

/* May the datagram be cut out of a super-packet again as it was? The kernel counts
 * identifications up, which matters where fragments may be (RFC 6864). */
static bool udp_mergeable(const struct worker *w, const struct tap_packet *p, const struct udp *udp)
{
	return !w->hubs[p->hub].no_uso && udp->len == p->len - p->hdr_len &&
	       (p->v6 || be16(p->at + IPV4_FRAG) & IPV4_FRAG_DF);
}

static void udp_out(struct worker *w, const struct tap_packet *p, uint64_t place)
{
	size_t l4_len = (size_t)p->len - p->hdr_len;
	struct tap_super *s;
	struct tcp ports;
	struct udp udp;
	bool mergeable;

	if (!udp_parse(p->at + p->hdr_len, l4_len, &udp)) {
		write_single(w, p);
		return;
	}
	ports = (struct tcp){
		.src_port = udp.src_port, .dst_port = udp.dst_port, .hdr_len = UDP_HDR};
	mergeable = udp_mergeable(w, p, &udp);
	s = super_of(w, place, &ports);
	merge(w, s, p, &ports, mergeable && same_flow(s, p, &ports) && fits(s, p, l4_len - UDP_HDR),
	      mergeable);
}

void tap_out(struct worker *w, uint16_t hub, uint8_t *packet, const struct ipv4 *ip)
{
	struct tap_packet p = {.at = packet,
			       .proto = ip->proto,
			       .hdr_len = IPV4_HDR,
			       .len = ip->total_len,
			       .hub = hub};
	bool plain = !ipv4_is_fragment(ip) && ip->hdr_len == IPV4_HDR;

	if (plain && ip->proto == IPV4_TCP)
		tcp_out(w, &p, ip->src ^ ip->dst);
	else if (plain && ip->proto == IPV4_UDP)
		udp_out(w, &p, ip->src ^ ip->dst);
	else
		write_single(w, &p);
}

void tap_out6(struct worker *w, uint16_t hub, uint8_t *packet, const struct ipv6 *ip)
{
	struct tap_packet p = {.at = packet,
			       .v6 = true,
			       .proto = ip->proto,
			       .hdr_len = IPV6_HDR,
			       .len = ip->total_len,
			       .hub = hub};
	uint64_t place = ip->src.prefix ^ ip->src.iid ^ ip->dst.iid;

	if (ip->proto == IPV6_TCP)
		tcp_out(w, &p, place);
	else if (ip->proto == IPV6_UDP)
		udp_out(w, &p, place);
	else
		write_single(w, &p);
}

void tap_out_flush(struct worker *w)
{
	for (unsigned i = 0; i < TAP_SUPERS; i++) {
		if (w->supers[i].used)
			super_flush(w, &w->supers[i]);
	}
}
