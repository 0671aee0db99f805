/*
 * access_cache: verdicts by flow. Called by forward and deliver instead of the access list
 * itself.
 */
#include "hub/access_cache.h"

#include <string.h>

#include "wire/tcp.h"

#define FEW 4 /* so many rules are looked at in less time than the cache */

enum kind { IS_IP = 1, IS_IPV6 = 2, IS_ARP = 4, HAS_PORTS = 8, IS_TCP = 16, BEGINS = 32 };

_Static_assert(sizeof(struct access_flow) == 80, "a flow has no padding");

static struct access_flow flow_of(const struct access_list *l, const struct hub_headers *h,
				  const struct access_names *who, bool on_arp)
{
	struct access_flow f = {.digest = access_list_digest(l),
				.src_mac = h->src_mac,
				.dst_mac = h->dst_mac,
				.who = *who};

	if (h->flags & HDR_IP) {
		f.kind = IS_IP | (h->flags & HDR_IPV6 ? IS_IPV6 : 0);
		f.src = h->src_ip;
		f.dst = h->dst_ip;
		f.proto = h->proto;
	} else if (on_arp && h->flags & HDR_ARP) {
		f.kind = IS_ARP;
		f.src = hub_ip4(h->arp.sender_ip);
		f.dst = hub_ip4(h->arp.target_ip);
	}
	if (h->flags & HDR_PORTS) {
		f.kind |= HAS_PORTS;
		f.src_port = h->src_port;
		f.dst_port = h->dst_port;
	}
	if (h->flags & HDR_TCP) {
		f.kind |= IS_TCP;
		if ((h->tcp_flags & (TCP_SYN | TCP_ACK)) == TCP_SYN)
			f.kind |= BEGINS;
	}
	return f;
}

/* The first of the two places where a flow may be. */
static size_t pair_of(const struct access_flow *f)
{
	uint64_t words[sizeof(*f) / sizeof(uint64_t)], hash = 0;

	memcpy(words, f, sizeof(words));
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		hash = (hash ^ words[i]) * UINT64_C(0x9e3779b97f4a7c15) + (hash >> 32);
	return (size_t)(hash >> 40) % (ACCESS_CACHE / 2) * 2;
}

struct access_verdict access_cache_judge(struct access_cache *c, const struct access_list *l,
					 const struct hub_headers *h,
					 const struct access_names *who, bool on_arp)
{
	struct access_flow f;
	struct access_place *pair;

	if (access_list_rules(l) <= FEW)
		return access_list_judge(l, h, who, on_arp);
	f = flow_of(l, h, who, on_arp);
	pair = &c->places[pair_of(&f)];
	if (memcmp(&pair[0].flow, &f, sizeof(f)) == 0)
		return pair[0].verdict;
	if (memcmp(&pair[1].flow, &f, sizeof(f)) == 0)
		return pair[1].verdict;
	pair[1] = pair[0];
	pair[0].flow = f;
	pair[0].verdict = access_list_judge(l, h, who, on_arp);
	return pair[0].verdict;
}
