/*
 * sa: the tables of ISAKMP SAs (RFC 2408 2.4, 2.5.3): a fixed number of slots,
 * half-open limits per source and in all, eviction, look-up by cookies (security.md
 * H-05, H-06, H-15). Called by ike.c and every exchange. Never reads a message.
 */
#include "sa.h"

#include <stdlib.h>

#include "rsa.h"

/* A source that has its share of half-open SAs may replace its oldest one after this: who
 * borrows a client's address must send all the time to keep that client out. */
#define SOURCE_HOLD_MS 2000

/* Who has sent a third message is where it says to be and costs a sum, which has its own
 * budget: many clients behind one address may be at it at once (H-06, "CGNAT"). */
#define LATE_FACTOR 8

#define FIRST_BUCKETS 1024
#define BUCKETS_MAX   (UINT32_C(1) << SLOT_BITS)

static const char *const state_names[SA_STATE_COUNT] = {
	[MM_FREE] = "MM_FREE",           [MM_WAIT_MSG3] = "MM_WAIT_MSG3",
	[MM_BLD_MSG4] = "MM_BLD_MSG4",   [MM_WAIT_MSG5] = "MM_WAIT_MSG5",
	[MM_WAIT_MSG2] = "MM_WAIT_MSG2", [MM_BLD_MSG3] = "MM_BLD_MSG3",
	[MM_WAIT_MSG4] = "MM_WAIT_MSG4", [MM_BLD_MSG5] = "MM_BLD_MSG5",
	[MM_WAIT_MSG6] = "MM_WAIT_MSG6", [MM_ACTIVE] = "MM_ACTIVE",
	[AM_BLD_MSG2] = "AM_BLD_MSG2",   [AM_WAIT_MSG3] = "AM_WAIT_MSG3",
	[AM_BLD_MSG1] = "AM_BLD_MSG1",   [AM_WAIT_MSG2] = "AM_WAIT_MSG2",
	[AM_BLD_MSG3] = "AM_BLD_MSG3",   [MM_CHK_MSG5] = "MM_CHK_MSG5",
	[MM_SIGN_MSG6] = "MM_SIGN_MSG6", [MM_SIGN_MSG5] = "MM_SIGN_MSG5",
	[MM_CHK_MSG6] = "MM_CHK_MSG6",   [AM_SIGN_MSG2] = "AM_SIGN_MSG2",
	[AM_CHK_MSG3] = "AM_CHK_MSG3",   [AM_CHK_MSG2] = "AM_CHK_MSG2",
	[AM_SIGN_MSG3] = "AM_SIGN_MSG3",
};

const char *sa_state_name(uint8_t state)
{
	return state < SA_STATE_COUNT ? state_names[state] : "?";
}

const char *sa_shown_state(const struct isakmp_sa *sa)
{
	return sa->aggressive && sa->state == MM_ACTIVE ? "AM_ACTIVE" : sa_state_name(sa->state);
}

static uint32_t power_of_two(uint32_t at_least)
{
	uint32_t n = 16;

	while (n < at_least)
		n *= 2;
	return n;
}

static uint64_t hash_own(const struct list *own_link)
{
	const struct isakmp_sa *sa = list_entry(own_link, struct isakmp_sa, own_link);
	const uint8_t *own = sa->role == IKE_RESPONDER ? sa->cky_r : sa->cky_i;

	return hash_bytes(own, ISAKMP_COOKIE_LEN, sa->ike->seed);
}

static uint64_t mm1_hash(const struct ike *k, const uint8_t *cky_i, const struct flow *flow)
{
	return hash_bytes(cky_i, ISAKMP_COOKIE_LEN, endpoint_hash(&flow->remote, k->seed));
}

static uint64_t hash_mm1(const struct list *mm1_link)
{
	const struct isakmp_sa *sa = list_entry(mm1_link, struct isakmp_sa, mm1_link);

	return mm1_hash(sa->ike, sa->cky_i, &sa->flow);
}

static bool tables_alloc(struct ike *k)
{
	uint32_t buckets = power_of_two(k->cap < FIRST_BUCKETS ? k->cap : FIRST_BUCKETS);
	unsigned half = k->cfg.half_open_max;

	k->slots = calloc(k->cap, sizeof(*k->slots));
	k->free_slots = calloc(k->cap, sizeof(*k->free_slots));
	k->handshakes = calloc(half, sizeof(*k->handshakes));
	k->free_handshakes = calloc(half, sizeof(*k->free_handshakes));
	k->sources = calloc(k->source_mask + 1, sizeof(*k->sources));
	return buckets_init(&k->by_own, buckets, hash_own) &&
	       buckets_init(&k->by_mm1, buckets, hash_mm1) &&
	       buckets_init(&k->by_twin, buckets, peer_twin_hash) && k->slots && k->free_slots &&
	       k->handshakes && k->free_handshakes && k->sources;
}

bool sa_tables_init(struct ike *k)
{
	unsigned half = k->cfg.half_open_max;

	k->cap = half + k->cfg.sa_max;
	if (half == 0 || k->cfg.sa_max == 0 || half >= 1u << SLOT_BITS ||
	    k->cfg.sa_max >= 1u << SLOT_BITS || k->cap >= 1u << SLOT_BITS)
		return false;
	k->source_mask = power_of_two(half * 4) - 1;
	k->sai_pool_free = UINT32_MAX;
	list_init(&k->peers);
	list_init(&k->half_early);
	list_init(&k->half_late);
	if (!tables_alloc(k))
		return false;
	for (unsigned i = 0; i < half; i++)
		k->free_handshakes[k->n_free_handshakes++] = half - 1 - i;
	return true;
}

void sa_tables_free(struct ike *k)
{
	if (k->peers.next)
		list_each (&k->peers, it)
			peer_end(list_entry(it, struct peer, node), "shutdown", false);
	for (uint32_t i = 0; k->slots && i < k->n_touched; i++)
		if (k->slots[i].id)
			sa_end(&k->slots[i], "shutdown", false);
	map_free(&k->peers_by_id);
	map_free(&k->children_by_id);
	buckets_free(&k->by_own);
	buckets_free(&k->by_mm1);
	buckets_free(&k->by_twin);
	free(k->slots);
	free(k->free_slots);
	free(k->handshakes);
	free(k->free_handshakes);
	free(k->sources);
	for (unsigned i = 0; i < SAI_POOL; i++)
		free(k->sai_pool[i]);
}

/* A slot that was never used yet is taken last, so that an idle server touches little memory. */
static struct isakmp_sa *slot_take(struct ike *k)
{
	if (k->n_free)
		return &k->slots[k->free_slots[--k->n_free]];
	if (k->n_touched == k->cap)
		return NULL;
	buckets_grow(&k->by_own, k->n_touched, BUCKETS_MAX);
	buckets_grow(&k->by_mm1, k->n_touched, BUCKETS_MAX);
	buckets_grow(&k->by_twin, k->n_touched, BUCKETS_MAX);
	return &k->slots[k->n_touched++];
}

static struct source *source_of(struct ike *k, const struct flow *flow)
{
	/* one IPv6 customer has a /64 */
	size_t len = flow->remote.addr.family == 6 ? 8 : ip_addr_len(&flow->remote.addr);

	uint64_t h = hash_bytes(flow->remote.addr.ip, len, k->seed);
	struct source *source = &k->sources[h & k->source_mask];

	if (!source->early.next)
		list_init(&source->early);
	return source;
}

unsigned sa_half_open_of(struct ike *k, const struct flow *flow)
{
	return source_of(k, flow)->n;
}

static void evict(struct ike *k, struct handshake *hs)
{
	drop(k, DROP_EVICTED);
	sa_end(hs->sa, "half-open-evicted", false);
}

static enum ike_drop source_admit(struct ike *k, const struct flow *flow, uint64_t now_ms)
{
	struct source *source = source_of(k, flow);
	struct handshake *oldest;

	if (source->n_early < k->cfg.half_open_per_source_max &&
	    source->n < k->cfg.half_open_per_source_max * LATE_FACTOR)
		return DROP_NONE;
	if (list_empty(&source->early))
		return DROP_SOURCE;
	oldest = list_entry(source->early.next, struct handshake, source_link);
	if (now_ms - oldest->born_ms < SOURCE_HOLD_MS)
		return DROP_SOURCE;
	evict(k, oldest);
	return DROP_NONE;
}

enum ike_drop sa_admit(struct ike *k, const struct flow *flow, uint64_t now_ms)
{
	enum ike_drop bad = source_admit(k, flow, now_ms);
	struct list *oldest = NULL;
	struct handshake *hs;

	if (bad)
		return bad;
	if (k->n_free_handshakes)
		return k->stats.established < k->cfg.sa_max ? DROP_NONE : DROP_SA_TABLE;
	if (!list_empty(&k->half_early))
		oldest = k->half_early.next;
	else if (!list_empty(&k->half_late))
		oldest = k->half_late.next;
	if (!oldest)
		return DROP_HALF_OPEN;
	hs = list_entry(oldest, struct handshake, age);
	/* who has paid with a DH value of its own is not pushed out by newcomers at once */
	if (list_empty(&k->half_early) && now_ms - hs->born_ms < k->cfg.half_open_ms / 2)
		return DROP_HALF_OPEN;
	evict(k, hs);
	return DROP_NONE;
}

static void handshake_free(struct isakmp_sa *sa)
{
	struct ike *k = sa->ike;
	struct handshake *hs = sa->hs;

	if (!hs)
		return;
	if (hs->source)
		hs->source->n--;
	if (hs->source && !list_empty(&hs->source_link))
		hs->source->n_early--;
	list_del(&hs->age);
	list_del(&hs->source_link);
	if (hs->source && sa->aggressive)
		k->n_aggressive--;
	if (hs->sai_in_pool)
		k->sai_pool_free |= 1u << (hs->sai_in_pool - 1);
	if (!hs->dh_out)
		dh_job_free(hs->dh);
	rsa_half_free(hs->rsa);
	secret_zero(hs, sizeof(*hs));
	k->free_handshakes[k->n_free_handshakes++] = (uint32_t)(hs - k->handshakes);
	k->stats.half_open--;
	sa->hs = NULL;
}

struct isakmp_sa *sa_new(struct ike *k, enum ike_role role, const struct flow *flow,
			 uint64_t now_ms)
{
	struct isakmp_sa *sa;

	if (k->n_free_handshakes == 0)
		return NULL;
	sa = slot_take(k);
	if (!sa)
		return NULL;
	*sa = (struct isakmp_sa){.ike = k, .role = role, .flow = *flow};
	sa->id = ++k->next_id << SLOT_BITS | (uint64_t)(sa - k->slots);
	list_init(&sa->own_link);
	list_init(&sa->mm1_link);
	list_init(&sa->quicks);
	list_init(&sa->peer_link);
	sa->hs = &k->handshakes[k->free_handshakes[--k->n_free_handshakes]];
	sa->hs->sa = sa;
	sa->hs->born_ms = now_ms;
	list_init(&sa->hs->age);
	list_init(&sa->hs->source_link);
	if (role == IKE_RESPONDER) {
		list_push(&k->half_early, &sa->hs->age);
		sa->hs->source = source_of(k, flow);
		sa->hs->source->n++;
		sa->hs->source->n_early++;
		list_push(&sa->hs->source->early, &sa->hs->source_link);
	}
	k->stats.half_open++;
	return sa;
}

static struct list *own_bucket(const struct ike *k, const uint8_t *cookie)
{
	return buckets_of(&k->by_own, hash_bytes(cookie, ISAKMP_COOKIE_LEN, k->seed));
}

static struct list *mm1_bucket(const struct ike *k, const uint8_t *cky_i, const struct flow *flow)
{
	return buckets_of(&k->by_mm1, mm1_hash(k, cky_i, flow));
}

void sa_index_own(struct isakmp_sa *sa)
{
	list_push(buckets_of(&sa->ike->by_own, hash_own(&sa->own_link)), &sa->own_link);
}

void sa_index_mm1(struct isakmp_sa *sa)
{
	list_push(buckets_of(&sa->ike->by_mm1, hash_mm1(&sa->mm1_link)), &sa->mm1_link);
}

bool sa_keep_sai(struct isakmp_sa *sa, struct bytes body)
{
	struct handshake *hs = sa->hs;
	struct ike *k = sa->ike;
	uint8_t *to = hs->sai;

	if (body.len > SAI_MAX)
		return false;
	if (body.len > SAI_INLINE) {
		unsigned i = 0;

		if (k->sai_pool_free == 0)
			return false;
		while (!(k->sai_pool_free >> i & 1))
			i++;
		to = k->sai_pool[i] ? k->sai_pool[i] : malloc(SAI_MAX);
		if (!to)
			return false;
		k->sai_pool[i] = to;
		k->sai_pool_free &= ~(1u << i);
		hs->sai_in_pool = (uint8_t)(i + 1);
	}
	memcpy(to, body.p, body.len);
	hs->sai_len = (uint16_t)body.len;
	return true;
}

struct bytes sa_sai(const struct isakmp_sa *sa)
{
	const struct handshake *hs = sa->hs;

	if (hs->sai_in_pool)
		return (struct bytes){sa->ike->sai_pool[hs->sai_in_pool - 1], hs->sai_len};
	return (struct bytes){hs->sai, hs->sai_len};
}

struct isakmp_sa *sa_by_id(const struct ike *k, ike_sa_id id)
{
	uint32_t slot = id & ((1u << SLOT_BITS) - 1);

	return id && slot < k->n_touched && k->slots[slot].id == id ? &k->slots[slot] : NULL;
}

static struct isakmp_sa *find_own(const struct ike *k, enum ike_role role, const uint8_t *cky_i,
				  const uint8_t *cky_r)
{
	const uint8_t *own = role == IKE_RESPONDER ? cky_r : cky_i;
	struct list *bucket = own_bucket(k, own);

	list_each (bucket, it) {
		struct isakmp_sa *sa = list_entry(it, struct isakmp_sa, own_link);

		if (sa->role != role || memcmp(sa->cky_i, cky_i, ISAKMP_COOKIE_LEN) != 0)
			continue;
		if (memcmp(sa->cky_r, cky_r, ISAKMP_COOKIE_LEN) == 0 || sa->state == MM_WAIT_MSG2 ||
		    sa->state == AM_WAIT_MSG2)
			return sa;
	}
	return NULL;
}

struct isakmp_sa *sa_by_cookies(const struct ike *k, const uint8_t *cky_i, const uint8_t *cky_r)
{
	struct isakmp_sa *sa = find_own(k, IKE_RESPONDER, cky_i, cky_r);

	return sa ? sa : find_own(k, IKE_INITIATOR, cky_i, cky_r);
}

struct isakmp_sa *sa_by_mm1(const struct ike *k, const uint8_t *cky_i, const struct flow *flow)
{
	struct list *bucket = mm1_bucket(k, cky_i, flow);

	list_each (bucket, it) {
		struct isakmp_sa *sa = list_entry(it, struct isakmp_sa, mm1_link);

		if (memcmp(sa->cky_i, cky_i, ISAKMP_COOKIE_LEN) == 0 &&
		    endpoint_eq(&sa->flow.remote, &flow->remote))
			return sa;
	}
	return NULL;
}

void sa_mark_late(struct isakmp_sa *sa)
{
	if (sa->hs->source && !list_empty(&sa->hs->source_link))
		sa->hs->source->n_early--;
	list_del(&sa->hs->age);
	list_del(&sa->hs->source_link);
	if (sa->role == IKE_RESPONDER)
		list_push(&sa->ike->half_late, &sa->hs->age);
}

void sa_handshake_done(struct isakmp_sa *sa)
{
	handshake_free(sa);
	secret_zero(sa->key.skeyid, sizeof(sa->key.skeyid));
	sa->ike->stats.established++;
}

void sa_header(const struct isakmp_sa *sa, uint8_t exchange, uint32_t mid, struct isakmp_header *h)
{
	*h = (struct isakmp_header){.exchange = exchange, .mid = mid};
	memcpy(h->cky_i, sa->cky_i, ISAKMP_COOKIE_LEN);
	memcpy(h->cky_r, sa->cky_r, ISAKMP_COOKIE_LEN);
}

void sa_end(struct isakmp_sa *sa, const char *reason, bool tell)
{
	struct ike *k = sa->ike;

	if (sa->ending)
		return;
	sa->ending = true;
	list_each (&sa->quicks, it)
		quick_end(list_entry(it, struct quick, link));
	peer_lose_sa(sa, reason, tell);
	timerq_disarm(k->timers, &sa->timer);
	list_del(&sa->own_link);
	list_del(&sa->mm1_link);
	if (sa->hs)
		handshake_free(sa);
	else
		k->stats.established--;
	reply_drop(&sa->reply);
	free(sa->cert);
	seen_free(&sa->seen);
	keymat_wipe(&sa->key);
	k->free_slots[k->n_free++] = (uint32_t)(sa - k->slots);
	secret_zero(sa, sizeof(*sa));
}
