/*
 * budget: Diffie-Hellman for strangers, in time of a core (security.md H-06, 3.1): so
 * much a second in all, so much for each network, so that a flood of third messages
 * from real addresses leaves the processor to those who are connected. When half of the
 * whole is gone, the rest is for networks that had nothing lately: a client that comes
 * into a flood is served at its first or second try. Who turns out to be a user gives
 * back what he took: a whole office that reconnects at once is no flood, and the limit is
 * on those who never log in. Called where a stranger's message asks for a sum. Never
 * computes.
 */
#include "budget.h"

#include <stdlib.h>

#include "sa.h"

#define LATELY_MS 5000

/* Two operations, measured on a 2.5 GHz core (security.md 3.1); what is not there is put
 * between its neighbours by the square of its size. */
uint32_t dh_cost_us(unsigned group)
{
	switch (group) {
	case 1:
	case 2:
		return 400;
	case 5:
		return 700;
	case 14:
		return 1100;
	case 15:
		return 2900;
	case 16:
		return 5600;
	case 17:
		return 14000;
	case 18:
		return 30000;
	case 19:
		return 200;
	case 20:
		return 2300;
	default:
		return 4000;
	}
}

/* Adds what time has brought since *filled_ms. */
static void fill(uint32_t *left_us, uint64_t *filled_ms, uint32_t us_per_second, uint64_t now_ms)
{
	uint64_t passed_ms = now_ms - *filled_ms;
	uint64_t sum = us_per_second;

	if (passed_ms < 1000)
		sum = *left_us + passed_ms * us_per_second / 1000;
	*left_us = sum < us_per_second ? (uint32_t)sum : us_per_second;
	*filled_ms = now_ms;
}

/* The network's place; one that was not there begins with all that is its due. */
static struct budget_net *net_of(struct ike *k, const struct ip_addr *a, uint64_t now_ms)
{
	uint64_t hash = hash_bytes(a->ip, a->family == 6 ? 8 : 3, k->seed) | 1;
	struct budget_net *set = k->dh_budget->nets[hash >> 32 & (BUDGET_SETS - 1)];
	struct budget_net *oldest = set;

	for (unsigned i = 0; i < BUDGET_WAYS; i++) {
		if (set[i].hash == hash)
			return &set[i];
		if (set[i].taken_ms < oldest->taken_ms)
			oldest = &set[i];
	}
	*oldest = (struct budget_net){
		.hash = hash, .filled_ms = now_ms, .left_us = k->cfg.dh_net_us_per_second};
	return oldest;
}

enum ike_drop dh_budget_take(struct ike *k, const struct flow *flow, unsigned group,
			     uint64_t now_ms)
{
	const uint32_t all_us = k->cfg.dh_us_per_second, net_us = k->cfg.dh_net_us_per_second;
	uint32_t cost = dh_cost_us(group);
	struct budget_net *net;
	struct dh_budget *b;
	bool scarce, lately;

	if (all_us == 0)
		return DROP_NONE;
	if (!k->dh_budget)
		k->dh_budget = calloc(1, sizeof(*k->dh_budget));
	b = k->dh_budget;
	if (!b)
		return DROP_MEMORY;
	fill(&b->left_us, &b->filled_ms, all_us, now_ms);
	/* a group may cost more than a second's worth: then it takes all there is */
	if (b->left_us < (cost < all_us ? cost : all_us))
		return DROP_DH_BUDGET;
	net = net_of(k, &flow->remote.addr, now_ms);
	fill(&net->left_us, &net->filled_ms, net_us, now_ms);
	scarce = b->left_us < all_us / 2;
	lately = net->taken_ms && now_ms - net->taken_ms < LATELY_MS;
	if ((scarce && lately) || net->left_us < (cost < net_us ? cost : net_us))
		return DROP_DH_SOURCE;
	b->left_us -= cost < b->left_us ? cost : b->left_us;
	net->left_us -= cost < net->left_us ? cost : net->left_us;
	net->taken_ms = now_ms;
	return DROP_NONE;
}

static void give(uint32_t *left_us, uint32_t cost_us, uint32_t most_us)
{
	uint64_t sum = (uint64_t)*left_us + cost_us;

	*left_us = sum < most_us ? (uint32_t)sum : most_us;
}

void dh_budget_settle(struct isakmp_sa *sa, uint64_t now_ms)
{
	struct ike *k = sa->ike;
	struct dh_budget *b = k->dh_budget;
	uint32_t cost = dh_cost_us(sa->dh_owed);
	struct budget_net *net;

	if (!b || !sa->dh_owed)
		return;
	sa->dh_owed = 0;
	give(&b->left_us, cost, k->cfg.dh_us_per_second);
	net = net_of(k, &sa->flow.remote.addr, now_ms);
	give(&net->left_us, cost, k->cfg.dh_net_us_per_second);
	net->taken_ms = 0; /* its next client need not wait while others flood */
}

/* The group is agreed later; the length of its values is known at once. */
static unsigned group_by_len(size_t ke_len)
{
	static const uint8_t groups[] = {19, 2, 20, 5, 14, 21, 15, 16, 17, 18};

	for (size_t i = 0; i < sizeof(groups); i++)
		if (prim_dh_public_len(groups[i]) == ke_len)
			return groups[i];
	return 0;
}

static enum ike_drop take_share(struct peer *p, unsigned group, uint64_t now_ms)
{
	const uint32_t share_us = p->ike->cfg.dh_net_us_per_second;
	uint32_t cost = dh_cost_us(group);

	if (p->ike->cfg.dh_us_per_second == 0)
		return DROP_NONE;
	fill(&p->dh_share.left_us, &p->dh_share.filled_ms, share_us, now_ms);
	if (p->dh_share.left_us < (cost < share_us ? cost : share_us))
		return DROP_DH_SOURCE;
	p->dh_share.left_us -= cost < p->dh_share.left_us ? cost : p->dh_share.left_us;
	return DROP_NONE;
}

enum ike_drop dh_budget_peer(struct peer *p, size_t ke_len, uint64_t now_ms)
{
	return take_share(p, group_by_len(ke_len), now_ms);
}

void dh_budget_settle_renewal(struct isakmp_sa *sa, uint64_t now_ms)
{
	if (sa->dh_owed && take_share(sa->peer, sa->dh_owed, now_ms) == DROP_NONE)
		dh_budget_settle(sa, now_ms);
}
