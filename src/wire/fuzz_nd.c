/*
 * fuzz_nd: one IPv6 packet into the Neighbor Discovery parser.
 *
 * Input: an octet of flags (bit 0: the checksum and the payload length are made right first),
 * then the packet. Checks what must hold whatever comes: what is taken passes the worker's
 * look too, a Router Advertisement that is built from what was parsed parses to the same, and a
 * solicitation can be answered by a packet that is taken.
 */
#include <stdlib.h>
#include <string.h>

#include "wire/checksum.h"
#include "wire/nd.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool ok)
{
	if (!ok)
		abort();
}

static void make_right(uint8_t *p, size_t len)
{
	uint64_t sum;

	if (len < IPV6_HDR + 4 || len - IPV6_HDR > 1500)
		return;
	put_be16(p + IPV6_LEN, (uint16_t)(len - IPV6_HDR));
	put_be16(p + IPV6_HDR + 2, 0);
	sum = checksum_pseudo6(p, IPV6_ICMP, (uint32_t)(len - IPV6_HDR));
	checksum_store(p + IPV6_HDR + 2, checksum_add(sum, p + IPV6_HDR, len - IPV6_HDR));
}

static void check_prefixes(const struct nd_ra *a, const struct nd_ra *b)
{
	for (unsigned i = 0; i < a->n_prefixes; i++) {
		const struct nd_prefix *x = &a->prefixes[i], *y = &b->prefixes[i];

		must(ipv6_addr_eq(x->addr, y->addr) && x->len == y->len);
		must(x->on_link == y->on_link && x->autonomous == y->autonomous);
		must(x->valid_s == y->valid_s && x->preferred_s == y->preferred_s);
	}
}

static void build_again(const struct nd *m)
{
	uint8_t buf[ND_PACKET_MAX];
	struct wr w = wr_of(buf, sizeof(buf));
	struct nd again;

	nd_put_ra(&w, m->src, m->dst, &m->ra, m->has_link_addr ? m->link_addr : NULL);
	must(wr_ok(&w) && nd_parse(buf, w.len, &again) == ND_OK);
	must(again.ra.lifetime_s == m->ra.lifetime_s && again.ra.n_dns == m->ra.n_dns);
	must(again.ra.n_prefixes == m->ra.n_prefixes && again.has_link_addr == m->has_link_addr);
	must(again.ra.mtu == (m->ra.mtu >= IPV6_MTU_MIN ? m->ra.mtu : 0));
	check_prefixes(&m->ra, &again.ra);
}

static void answer(const struct nd *m)
{
	uint8_t buf[ND_PACKET_MAX];
	struct wr w = wr_of(buf, sizeof(buf));
	struct nd again;

	nd_put_na(&w, m, true, NULL);
	must(wr_ok(&w) && nd_parse(buf, w.len, &again) == ND_OK);
	must(again.router && ipv6_addr_eq(again.target, m->target));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct nd m;
	uint8_t *p;

	if (size < 1)
		return 0;
	p = malloc(size);
	must(p != NULL);
	memcpy(p, data + 1, size - 1);
	if (data[0] & 1)
		make_right(p, size - 1);
	enum nd_fault why = nd_parse(p, size - 1, &m);
	must(why < ND_N_FAULTS);
	if (why == ND_OK) {
		must(nd_looks_like(p, size - 1));
		must(m.ra.n_prefixes <= ND_PREFIXES_MAX && m.ra.n_dns <= ND_DNS_MAX);
		if (m.type == ND_ROUTER_ADVERTISEMENT)
			build_again(&m);
		if (m.type == ND_NEIGHBOR_SOLICITATION)
			answer(&m);
	}
	free(p);
	return 0;
}
