/*
 * nd: RFC 4861 sections 4.1 to 4.4 and 4.6 (formats), 6.1 and 7.1 (validation), 7.2.4
 * (answers to solicitations); RFC 8106 section 5.1 (RDNSS). Called by hub, core and lac.
 * Never decides who is a router or a neighbour, and keeps nothing.
 */
#include "wire/nd.h"

#include "wire/checksum.h"

#define HEAD 4 /* type, code, checksum */

#define RA_MANAGED    0x80
#define RA_OTHER      0x40
#define NA_ROUTER     0x80
#define NA_SOLICITED  0x40
#define NA_OVERRIDE   0x20
#define PREFIX_LINK   0x80
#define PREFIX_AUTO   0x40
#define OPTION_UNIT   8
#define RDNSS_ADDRESS 16

enum {
	OPT_SOURCE_LINK_ADDR = 1,
	OPT_TARGET_LINK_ADDR = 2,
	OPT_PREFIX = 3,
	OPT_MTU = 5,
	OPT_RDNSS = 25,
};

static const char *const fault_names[ND_N_FAULTS] = {
	[ND_OK] = "ok",
	[ND_SHORT] = "short",
	[ND_OTHER] = "other",
	[ND_HOP_LIMIT] = "hop-limit",
	[ND_CHECKSUM] = "checksum",
	[ND_CODE] = "code",
	[ND_OPTION] = "option",
	[ND_ADDRESS] = "address",
};

const char *nd_fault_name(enum nd_fault why)
{
	return why < ND_N_FAULTS ? fault_names[why] : "unknown";
}

static bool is_nd_type(uint8_t type)
{
	return type >= ND_ROUTER_SOLICITATION && type <= ND_NEIGHBOR_ADVERTISEMENT;
}

bool nd_looks_like(const uint8_t *p, size_t len)
{
	return len > IPV6_HDR && p[0] >> 4 == 6 && p[IPV6_NEXT] == IPV6_ICMP &&
	       is_nd_type(p[IPV6_HDR]);
}

/* ---- parsing ---- */

static struct ipv6_addr rd_addr(struct rd *r)
{
	uint8_t b[16];

	rd_copy(r, b, sizeof(b));
	return ipv6_addr_get(b);
}

static void read_prefix(struct rd *r, struct nd_ra *ra)
{
	struct nd_prefix x;
	uint8_t flags;

	x.len = rd_u8(r);
	flags = rd_u8(r);
	x.on_link = flags & PREFIX_LINK;
	x.autonomous = flags & PREFIX_AUTO;
	x.valid_s = rd_u32(r);
	x.preferred_s = rd_u32(r);
	rd_skip(r, 4);
	x.addr = rd_addr(r);
	if (rd_ok(r) && x.len <= 128 && ra->n_prefixes < ND_PREFIXES_MAX)
		ra->prefixes[ra->n_prefixes++] = x;
}

static void read_rdnss(struct rd *r, struct nd_ra *ra)
{
	rd_skip(r, 2);
	ra->dns_lifetime_s = rd_u32(r);
	while (rd_left(r) >= RDNSS_ADDRESS && ra->n_dns < ND_DNS_MAX)
		ra->dns[ra->n_dns++] = rd_addr(r);
}

static void read_link_addr(struct rd *r, struct nd *out)
{
	rd_copy(r, out->link_addr, sizeof(out->link_addr));
	out->has_link_addr = rd_ok(r);
}

/* RFC 4861 4.6: an option that means nothing here, or is too short for what it is, is
 * passed over; only a length of 0 or beyond the packet spoils the message. */
static bool read_options(struct rd *r, struct nd *out)
{
	bool target = out->type == ND_NEIGHBOR_ADVERTISEMENT;

	while (rd_left(r) > 0) {
		uint8_t type = rd_u8(r);
		size_t len = (size_t)rd_u8(r) * OPTION_UNIT;
		struct rd o;

		if (len == 0)
			return false;
		o = rd_sub(r, len - 2);
		if (!rd_ok(r))
			return false;
		if (type == (target ? OPT_TARGET_LINK_ADDR : OPT_SOURCE_LINK_ADDR)) {
			read_link_addr(&o, out);
		} else if (out->type != ND_ROUTER_ADVERTISEMENT) {
			continue;
		} else if (type == OPT_PREFIX) {
			read_prefix(&o, &out->ra);
		} else if (type == OPT_MTU) {
			rd_skip(&o, 2);
			out->ra.mtu = rd_u32(&o);
		} else if (type == OPT_RDNSS) {
			read_rdnss(&o, &out->ra);
		}
	}
	return rd_ok(r);
}

static void read_ra(struct rd *r, struct nd_ra *ra)
{
	uint8_t flags;

	ra->hop_limit = rd_u8(r);
	flags = rd_u8(r);
	ra->managed = flags & RA_MANAGED;
	ra->other = flags & RA_OTHER;
	ra->lifetime_s = rd_u16(r);
	ra->reachable_ms = rd_u32(r);
	ra->retrans_ms = rd_u32(r);
}

static void read_neighbor(struct rd *r, struct nd *out)
{
	uint8_t flags = rd_u8(r);

	rd_skip(r, 3);
	out->target = rd_addr(r);
	if (out->type != ND_NEIGHBOR_ADVERTISEMENT)
		return;
	out->router = flags & NA_ROUTER;
	out->solicited = flags & NA_SOLICITED;
	out->override = flags & NA_OVERRIDE;
}

/* 6.1.1, 6.1.2, 7.1.1, 7.1.2: what may stand in the address fields. */
static bool addresses_ok(const struct nd *m)
{
	bool nobody = ipv6_is_unspecified(m->src);

	if (ipv6_is_multicast(m->src))
		return false;
	switch (m->type) {
	case ND_ROUTER_SOLICITATION:
		return !(nobody && m->has_link_addr);
	case ND_ROUTER_ADVERTISEMENT:
		return ipv6_is_link_local(m->src);
	case ND_NEIGHBOR_SOLICITATION:
		if (nobody &&
		    (m->has_link_addr || !ipv6_addr_eq(m->dst, ipv6_solicited(m->target))))
			return false;
		break;
	default:
		if (ipv6_is_multicast(m->dst) && m->solicited)
			return false;
	}
	return !ipv6_is_multicast(m->target) && !ipv6_is_unspecified(m->target);
}

static enum nd_fault read_message(struct rd *r, struct nd *out)
{
	if (rd_u8(r) != 0)
		return ND_CODE;
	rd_skip(r, 2);
	if (out->type == ND_ROUTER_ADVERTISEMENT)
		read_ra(r, &out->ra);
	else if (out->type == ND_ROUTER_SOLICITATION)
		rd_skip(r, 4);
	else
		read_neighbor(r, out);
	if (!rd_ok(r))
		return ND_SHORT;
	if (!read_options(r, out))
		return ND_OPTION;
	return addresses_ok(out) ? ND_OK : ND_ADDRESS;
}

enum nd_fault nd_parse(const uint8_t *p, size_t len, struct nd *out)
{
	struct ipv6 ip;
	struct rd r;
	size_t icmp_len;

	memset(out, 0, sizeof(*out));
	switch (ipv6_parse(p, len, &ip)) {
	case IPV6_OK:
		break;
	case IPV6_VERSION:
		return ND_OTHER;
	default:
		return ND_SHORT;
	}
	icmp_len = ip.total_len - IPV6_HDR;
	r = rd_of(p + IPV6_HDR, icmp_len);
	out->type = rd_u8(&r);
	out->src = ip.src;
	out->dst = ip.dst;
	if (ip.proto != IPV6_ICMP || !is_nd_type(out->type))
		return ND_OTHER;
	if (ip.hop_limit != IPV6_HOP_MAX)
		return ND_HOP_LIMIT;
	if (icmp_len < HEAD)
		return ND_SHORT;
	if (checksum_fold(checksum_add(checksum_pseudo6(p, IPV6_ICMP, (uint32_t)icmp_len),
				       p + IPV6_HDR, icmp_len)) != UINT16_MAX)
		return ND_CHECKSUM;
	return read_message(&r, out);
}

/* ---- building ---- */

static void wr_addr(struct wr *w, struct ipv6_addr a)
{
	wr_u64(w, a.prefix);
	wr_u64(w, a.iid);
}

/* Room for the IPv6 header and the ICMPv6 head; finish() fills both. */
static size_t begin(struct wr *w, uint8_t type)
{
	size_t start = w->len;

	wr_zero(w, IPV6_HDR);
	wr_u8(w, type);
	wr_u8(w, 0);
	wr_u16(w, 0);
	return start;
}

static void finish(struct wr *w, size_t start, struct ipv6_addr src, struct ipv6_addr dst)
{
	size_t len = w->len - start - IPV6_HDR;
	uint8_t *p = w->buf + start;
	uint64_t sum;

	if (!wr_ok(w))
		return;
	ipv6_put(p, (uint16_t)len, IPV6_HOP_MAX, IPV6_ICMP, src, dst);
	sum = checksum_pseudo6(p, IPV6_ICMP, (uint32_t)len);
	checksum_store(p + IPV6_HDR + 2, checksum_add(sum, p + IPV6_HDR, len));
}

static void write_link_addr(struct wr *w, uint8_t type, const uint8_t *link_addr)
{
	if (!link_addr)
		return;
	wr_u8(w, type);
	wr_u8(w, 1);
	wr_copy(w, link_addr, 6);
}

static void write_prefix(struct wr *w, const struct nd_prefix *x)
{
	unsigned flags = (x->on_link ? PREFIX_LINK : 0u) | (x->autonomous ? PREFIX_AUTO : 0u);

	wr_u8(w, OPT_PREFIX);
	wr_u8(w, 4);
	wr_u8(w, x->len);
	wr_u8(w, (uint8_t)flags);
	wr_u32(w, x->valid_s);
	wr_u32(w, x->preferred_s);
	wr_u32(w, 0);
	wr_addr(w, x->addr);
}

static void write_rdnss(struct wr *w, const struct nd_ra *ra)
{
	unsigned n = ra->n_dns < ND_DNS_MAX ? ra->n_dns : ND_DNS_MAX;

	if (n == 0)
		return;
	wr_u8(w, OPT_RDNSS);
	wr_u8(w, (uint8_t)(1 + 2 * n));
	wr_u16(w, 0);
	wr_u32(w, ra->dns_lifetime_s);
	for (unsigned i = 0; i < n; i++)
		wr_addr(w, ra->dns[i]);
}

void nd_put_ra(struct wr *w, struct ipv6_addr src, struct ipv6_addr dst, const struct nd_ra *ra,
	       const uint8_t *link_addr)
{
	size_t start = begin(w, ND_ROUTER_ADVERTISEMENT);

	wr_u8(w, ra->hop_limit);
	wr_u8(w, (uint8_t)((ra->managed ? RA_MANAGED : 0) | (ra->other ? RA_OTHER : 0)));
	wr_u16(w, ra->lifetime_s);
	wr_u32(w, ra->reachable_ms);
	wr_u32(w, ra->retrans_ms);
	write_link_addr(w, OPT_SOURCE_LINK_ADDR, link_addr);
	if (ra->mtu >= IPV6_MTU_MIN) {
		wr_u8(w, OPT_MTU);
		wr_u8(w, 1);
		wr_u16(w, 0);
		wr_u32(w, ra->mtu);
	}
	for (unsigned i = 0; i < ra->n_prefixes && i < ND_PREFIXES_MAX; i++)
		write_prefix(w, &ra->prefixes[i]);
	write_rdnss(w, ra);
	finish(w, start, src, dst);
}

void nd_put_rs(struct wr *w, struct ipv6_addr src, const uint8_t *link_addr)
{
	size_t start = begin(w, ND_ROUTER_SOLICITATION);

	wr_u32(w, 0);
	write_link_addr(w, OPT_SOURCE_LINK_ADDR, ipv6_is_unspecified(src) ? NULL : link_addr);
	finish(w, start, src, ND_ALL_ROUTERS);
}

void nd_put_ns(struct wr *w, struct ipv6_addr src, struct ipv6_addr target,
	       const uint8_t *link_addr)
{
	size_t start = begin(w, ND_NEIGHBOR_SOLICITATION);

	wr_u32(w, 0);
	wr_addr(w, target);
	write_link_addr(w, OPT_SOURCE_LINK_ADDR, ipv6_is_unspecified(src) ? NULL : link_addr);
	finish(w, start, src, ipv6_solicited(target));
}

void nd_put_na(struct wr *w, const struct nd *solicitation, bool router, const uint8_t *link_addr)
{
	size_t start = begin(w, ND_NEIGHBOR_ADVERTISEMENT);
	bool nobody = ipv6_is_unspecified(solicitation->src);
	unsigned flags =
		NA_OVERRIDE | (nobody ? 0u : NA_SOLICITED) | (router ? (unsigned)NA_ROUTER : 0u);

	wr_u8(w, (uint8_t)flags);
	wr_zero(w, 3);
	wr_addr(w, solicitation->target);
	write_link_addr(w, OPT_TARGET_LINK_ADDR, link_addr);
	finish(w, start, solicitation->target, nobody ? ND_ALL_NODES : solicitation->src);
}
