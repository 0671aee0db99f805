/* How much Diffie-Hellman strangers may cause (security.md H-06). Private to src/ike. */
#pragma once

#include <stdint.h>

#include "base/addr.h"
#include "drop.h"

#define BUDGET_SETS 1024 /* a power of two */
#define BUDGET_WAYS 4

/* One network (IPv4 /24, IPv6 /64) that had something; in its set the one that had it longest
 * ago makes room. */
struct budget_net {
	uint64_t hash; /* 0: unused */
	uint64_t filled_ms, taken_ms;
	uint32_t left_us;
};

/* Microseconds of one core, filled as time passes, at most one second's worth. */
struct dh_budget {
	uint64_t filled_ms;
	uint32_t left_us;
	struct budget_net nets[BUDGET_SETS][BUDGET_WAYS];
};

/* The same for one authenticated peer, for the PFS of its Quick Modes (H-07). */
struct dh_share {
	uint64_t filled_ms;
	uint32_t left_us;
};

struct ike;
struct isakmp_sa;
struct peer;

/* What a responder's share of one key exchange in this group costs, about. */
uint32_t dh_cost_us(unsigned group);

/* May a stranger at flow->remote have one? DROP_NONE: yes, and it is charged. Otherwise
 * nothing is; the peer sends its message again. */
enum ike_drop dh_budget_take(struct ike *k, const struct flow *flow, unsigned group,
			     uint64_t now_ms);

/* sa's peer is no stranger any more: what sa took is given back, once. */
void dh_budget_settle(struct isakmp_sa *sa, uint64_t now_ms);

/* sa joins a peer that is no stranger: its sums go on the peer's own share when there is
 * enough of it; otherwise they stay a stranger's. */
void dh_budget_settle_renewal(struct isakmp_sa *sa, uint64_t now_ms);

/* The same for a Quick Mode of a peer with a KE payload body of so many octets: it has the
 * share of one network for itself. */
enum ike_drop dh_budget_peer(struct peer *p, size_t ke_len, uint64_t now_ms);
