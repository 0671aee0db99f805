/*
 * access_cache: the verdicts of an access list on the flows of the moment, so that a bulk flow
 * costs the same whatever the list is. One a worker; all that a rule can look at is the key, and
 * the list's digest, so a changed list or user never meets an old verdict. A flow takes the place
 * of the older one of two that have its hash; who sends many flows only makes himself slow.
 */
#pragma once

#include "hub/access_list.h"

#define ACCESS_CACHE 512 /* flows */

/* What a verdict depends on. No padding: it is hashed and compared whole. */
struct access_flow {
	uint64_t digest; /* of the list; 0: a free place */
	uint64_t src_mac, dst_mac;
	struct ipv6_addr src, dst;
	struct access_names who;
	uint16_t src_port, dst_port;
	uint16_t proto, kind;
};

struct access_place {
	struct access_flow flow;
	struct access_verdict verdict;
};

struct access_cache {
	struct access_place places[ACCESS_CACHE]; /* in pairs; all zero at first */
};

/* As access_list_judge(). */
struct access_verdict access_cache_judge(struct access_cache *c, const struct access_list *l,
					 const struct hub_headers *h,
					 const struct access_names *who, bool on_arp);
