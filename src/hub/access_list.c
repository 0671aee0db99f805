/*
 * access_list: the access list as it is looked up: rules in order of priority, each filed under
 * the one of its conditions that fewest other rules share; one hash table of those. Built by
 * control, read by forward and deliver.
 *
 * A condition is (kind, length in bits, value): an address prefix, the leading bits of a MAC
 * that a mask leaves, a block of ports whose size is a power of two, a user, a protocol. A range
 * of ports lies in at most two neighbouring blocks of its own size, so a rule is filed once or
 * twice. The pair (kind, length) is a probe: a frame is looked up once for each.
 */
#include "hub/access_list.h"

#include <stdlib.h>
#include <string.h>

#include "base/addr.h"

enum kind { DST_IP, SRC_IP, DST_MAC, SRC_MAC, DST_NAME, SRC_NAME, DST_PORT, SRC_PORT, PROTO, REST };

#define KINDS      (REST + 1)
#define BITS       129         /* lengths 0 to 128 */
#define COUNTERS   (1u << 18)  /* of the estimate how many share a condition */
#define FEW        4           /* so many rules behind one probe are as good as one */
#define CONDS_MAX  (KINDS + 2) /* port kinds may give two each */
#define NAME_BITS  32
#define PROTO_BITS 8

struct cond {
	uint16_t probe; /* kind * BITS + length */
	uint64_t hi, lo;
};

struct entry {
	struct cond cond;
	uint32_t rank;
};

struct bucket {
	uint64_t hi, lo;
	uint32_t first;    /* in ranks[] */
	uint16_t n, probe; /* n 0: free */
};

struct probe {
	uint16_t number;
	uint32_t best; /* rank of its best rule */
};

struct access_list {
	struct access_rule *rules; /* by rank */
	uint32_t n;
	uint32_t *ranks; /* of a bucket's rules, ascending */
	struct bucket *buckets;
	uint32_t mask;
	struct probe *probes; /* by best */
	uint32_t n_probes;
	uint64_t digest;
	bool has_dst_name;
};

static uint32_t hash_of(const struct cond *c)
{
	uint64_t h = (c->hi ^ (uint64_t)c->probe << 48) * UINT64_C(0x9e3779b97f4a7c15);

	h ^= h >> 29;
	h = (h ^ c->lo) * UINT64_C(0xd6e8feb86659fd93);
	return (uint32_t)(h >> 32) ^ (uint32_t)h >> 15;
}

static uint64_t high_bits(uint64_t v, unsigned bits)
{
	return bits ? v >> (64 - bits) << (64 - bits) : 0;
}

static struct cond cond_of(enum kind kind, unsigned bits, uint64_t hi, uint64_t lo)
{
	return (struct cond){.probe = (uint16_t)(kind * BITS + bits), .hi = hi, .lo = lo};
}

static struct cond cond_of_ip(enum kind kind, unsigned bits, struct ipv6_addr a)
{
	return cond_of(kind, bits, bits < 64 ? high_bits(a.prefix, bits) : a.prefix,
		       bits > 64 ? high_bits(a.iid, bits - 64) : 0);
}

static struct cond cond_of_mac(enum kind kind, unsigned bits, uint64_t mac)
{
	return cond_of(kind, bits, 0, mac >> (48 - bits));
}

static unsigned put_ip(struct cond *out, enum kind kind, const struct access_prefix *p)
{
	if (p->len == 0)
		return 0;
	*out = cond_of_ip(kind, p->len, p->addr);
	return 1;
}

static unsigned put_mac(struct cond *out, enum kind kind, const struct access_mac *m)
{
	/* leading ones of the mask's 48 bits; the 16 below them stop the count */
	unsigned bits = (unsigned)__builtin_clzll(~(m->mask << 16));

	if (bits == 0)
		return 0;
	*out = cond_of_mac(kind, bits, m->mac);
	return 1;
}

static unsigned put_ports(struct cond *out, enum kind kind, const struct access_ports *r)
{
	unsigned bits = 16;

	if (r->last == 0)
		return 0;
	while (bits > 0 && (r->last >> (16 - bits)) - (r->first >> (16 - bits)) > 1)
		bits--;
	if (bits == 0)
		return 0;
	out[0] = cond_of(kind, bits, 0, r->first >> (16 - bits));
	if (r->first >> (16 - bits) == r->last >> (16 - bits))
		return 1;
	out[1] = cond_of(kind, bits, 0, r->last >> (16 - bits));
	return 2;
}

static unsigned put_name(struct cond *out, enum kind kind, uint32_t name)
{
	if (name == ACCESS_ANYONE)
		return 0;
	*out = cond_of(kind, NAME_BITS, 0, name);
	return 1;
}

/* All conditions that a rule can be filed under; those of one kind follow each other. */
static unsigned conds_of(const struct access_rule *r, struct cond *out)
{
	unsigned n = 0;

	n += put_ip(out + n, DST_IP, &r->dst);
	n += put_ip(out + n, SRC_IP, &r->src);
	n += put_mac(out + n, DST_MAC, &r->dst_mac);
	n += put_mac(out + n, SRC_MAC, &r->src_mac);
	n += put_name(out + n, DST_NAME, r->dst_name);
	n += put_name(out + n, SRC_NAME, r->src_name);
	n += put_ports(out + n, DST_PORT, &r->dst_port);
	n += put_ports(out + n, SRC_PORT, &r->src_port);
	if (n == 0 && r->proto != ACCESS_NO_PROTO)
		out[n++] = cond_of(PROTO, PROTO_BITS, 0, r->proto);
	if (n == 0)
		out[n++] = cond_of(REST, 0, 0, 0);
	return n;
}

/* How many rules share each condition, roughly (hashes may meet), and each probe. */
struct estimate {
	uint32_t *shared; /* COUNTERS */
	uint32_t probe[KINDS * BITS];
};

static void count(struct estimate *e, const struct access_rule *rules, uint32_t n)
{
	struct cond c[CONDS_MAX];

	for (uint32_t i = 0; i < n; i++) {
		unsigned k = conds_of(&rules[i], c);

		for (unsigned j = 0; j < k; j++) {
			e->shared[hash_of(&c[j]) % COUNTERS]++;
			e->probe[c[j].probe]++;
		}
	}
}

static uint32_t cost(const struct estimate *e, const struct cond *c)
{
	uint32_t shared = e->shared[hash_of(c) % COUNTERS];

	return shared < FEW ? FEW : shared;
}

/* Files a rule: writes one or two entries. Prefers what few share, then probes that many use. */
static unsigned file_rule(const struct estimate *e, const struct access_rule *r, uint32_t rank,
			  struct entry *out)
{
	struct cond c[CONDS_MAX];
	unsigned n = conds_of(r, c), best = 0, k = 0;

	for (unsigned i = 1; i < n; i++) {
		if (cost(e, &c[i]) < cost(e, &c[best]) ||
		    (cost(e, &c[i]) == cost(e, &c[best]) && c[i].probe != c[best].probe &&
		     e->probe[c[i].probe] > e->probe[c[best].probe]))
			best = i;
	}
	for (unsigned i = 0; i < n; i++) {
		if (c[i].probe == c[best].probe)
			out[k++] = (struct entry){c[i], rank};
	}
	return k;
}

static int by_cond(const void *a, const void *b)
{
	const struct entry *x = a, *y = b;

	if (x->cond.probe != y->cond.probe)
		return x->cond.probe < y->cond.probe ? -1 : 1;
	if (x->cond.hi != y->cond.hi)
		return x->cond.hi < y->cond.hi ? -1 : 1;
	if (x->cond.lo != y->cond.lo)
		return x->cond.lo < y->cond.lo ? -1 : 1;
	return (x->rank > y->rank) - (x->rank < y->rank);
}

static int by_priority(const void *a, const void *b)
{
	const struct access_rule *x = a, *y = b;

	if (x->priority != y->priority)
		return x->priority < y->priority ? -1 : 1;
	return (x->id > y->id) - (x->id < y->id);
}

static int by_best(const void *a, const void *b)
{
	const struct probe *x = a, *y = b;

	return (x->best > y->best) - (x->best < y->best);
}

static bool same(const struct cond *a, const struct cond *b)
{
	return a->probe == b->probe && a->hi == b->hi && a->lo == b->lo;
}

static void put_bucket(struct access_list *l, const struct cond *c, uint32_t first, uint32_t n)
{
	uint32_t i = hash_of(c) & l->mask;

	while (l->buckets[i].n)
		i = (i + 1) & l->mask;
	l->buckets[i] = (struct bucket){c->hi, c->lo, first, (uint16_t)n, c->probe};
}

/* entries are sorted: each run of one condition becomes a bucket, of one probe a probe. */
static void fill(struct access_list *l, const struct entry *entries, uint32_t n)
{
	for (uint32_t i = 0, end; i < n; i = end) {
		const struct cond *c = &entries[i].cond;
		bool is_new = l->n_probes == 0 || l->probes[l->n_probes - 1].number != c->probe;

		for (end = i; end < n && same(&entries[end].cond, c); end++)
			l->ranks[end] = entries[end].rank;
		put_bucket(l, c, i, end - i);
		if (is_new)
			l->probes[l->n_probes++] = (struct probe){c->probe, entries[i].rank};
		if (l->probes[l->n_probes - 1].best > entries[i].rank)
			l->probes[l->n_probes - 1].best = entries[i].rank;
	}
	qsort(l->probes, l->n_probes, sizeof(*l->probes), by_best);
}

static bool index_rules(struct access_list *l)
{
	struct estimate *e = calloc(1, sizeof(*e));
	struct entry *entries = calloc(2 * (size_t)l->n + 1, sizeof(*entries));
	uint32_t n = 0, size = 16;
	bool ok = false;

	if (e)
		e->shared = calloc(COUNTERS, sizeof(*e->shared));
	if (e && e->shared && entries) {
		count(e, l->rules, l->n);
		for (uint32_t i = 0; i < l->n; i++)
			n += file_rule(e, &l->rules[i], i, entries + n);
		qsort(entries, n, sizeof(*entries), by_cond);
		while (size < 2 * n)
			size *= 2;
		l->mask = size - 1;
		l->ranks = calloc((size_t)n + 1, sizeof(*l->ranks));
		l->buckets = calloc(size, sizeof(*l->buckets));
		l->probes = calloc(KINDS * BITS, sizeof(*l->probes));
		ok = l->ranks && l->buckets && l->probes;
		if (ok)
			fill(l, entries, n);
	}
	if (e)
		free(e->shared);
	free(e);
	free(entries);
	return ok;
}

struct access_list *access_list_build(const struct access_rule *rules, size_t n)
{
	struct access_list *l = n <= ACCESS_RULES_MAX ? calloc(1, sizeof(*l)) : NULL;

	if (!l)
		return NULL;
	l->rules = calloc(n + 1, sizeof(*l->rules));
	for (size_t i = 0; l->rules && i < n; i++) {
		if (!rules[i].active || access_rule_fault(&rules[i]))
			continue;
		l->rules[l->n++] = rules[i];
		l->has_dst_name |= rules[i].dst_name != ACCESS_ANYONE;
	}
	if (l->rules) {
		qsort(l->rules, l->n, sizeof(*l->rules), by_priority);
		l->digest = hash_bytes(l->rules, l->n * sizeof(*l->rules), l->n) | 1;
	}
	if (!l->rules || !index_rules(l)) {
		access_list_free(l);
		return NULL;
	}
	return l;
}

void access_list_free(struct access_list *l)
{
	if (!l)
		return;
	free(l->rules);
	free(l->ranks);
	free(l->buckets);
	free(l->probes);
	free(l);
}

/* What a look-up needs to know of the frame. */
struct look {
	const struct hub_headers *h;
	const struct access_names *who;
	bool on_arp, has_ip;
	struct ipv6_addr src, dst;
};

/* The frame's condition of the probe's kind; false when it has none. second: a group's number
 * instead of a user's. */
static bool frame_cond(const struct look *k, enum kind kind, unsigned bits, bool second,
		       struct cond *c)
{
	const struct hub_headers *h = k->h;
	uint32_t name, port;

	switch (kind) {
	case DST_IP:
	case SRC_IP:
		*c = cond_of_ip(kind, bits, kind == DST_IP ? k->dst : k->src);
		return k->has_ip;
	case DST_MAC:
	case SRC_MAC:
		*c = cond_of_mac(kind, bits, kind == DST_MAC ? h->dst_mac : h->src_mac);
		return true;
	case DST_NAME:
	case SRC_NAME:
		if (kind == DST_NAME)
			name = second ? k->who->dst_group : k->who->dst_user;
		else
			name = second ? k->who->src_group : k->who->src_user;
		*c = cond_of(kind, bits, 0, name);
		return name != ACCESS_ANYONE;
	case DST_PORT:
	case SRC_PORT:
		port = kind == DST_PORT ? h->dst_port : h->src_port;
		*c = cond_of(kind, bits, 0, port >> (16 - bits));
		return h->flags & HDR_PORTS;
	case PROTO:
		*c = cond_of(kind, bits, 0, h->proto);
		return h->flags & HDR_IP;
	default:
		*c = cond_of(REST, 0, 0, 0);
		return true;
	}
}

/* The rank of the first rule under c that matches, if it is better than best; else best. */
static uint32_t look_under(const struct access_list *l, const struct look *k, const struct cond *c,
			   uint32_t best)
{
	uint32_t i = hash_of(c) & l->mask;

	for (; l->buckets[i].n; i = (i + 1) & l->mask) {
		const struct bucket *b = &l->buckets[i];

		if (b->probe != c->probe || b->hi != c->hi || b->lo != c->lo)
			continue;
		for (uint32_t j = b->first; j < b->first + b->n && l->ranks[j] < best; j++) {
			if (access_rule_matches(&l->rules[l->ranks[j]], k->h, k->who, k->on_arp))
				return l->ranks[j];
		}
		return best;
	}
	return best;
}

static uint32_t first_match(const struct access_list *l, const struct look *k)
{
	uint32_t best = l->n;
	struct cond c;

	for (uint32_t i = 0; i < l->n_probes && l->probes[i].best < best; i++) {
		enum kind kind = l->probes[i].number / BITS;
		unsigned bits = l->probes[i].number % BITS;

		if (frame_cond(k, kind, bits, false, &c))
			best = look_under(l, k, &c, best);
		if ((kind == SRC_NAME || kind == DST_NAME) && frame_cond(k, kind, bits, true, &c))
			best = look_under(l, k, &c, best);
	}
	return best;
}

struct access_verdict access_list_judge(const struct access_list *l, const struct hub_headers *h,
					const struct access_names *who, bool on_arp)
{
	struct look k = {.h = h, .who = who, .on_arp = on_arp, .has_ip = h->flags & HDR_IP};
	const struct access_rule *r;
	uint32_t rank;

	if (!l || l->n == 0)
		return (struct access_verdict){0};
	if (k.has_ip) {
		k.src = h->src_ip;
		k.dst = h->dst_ip;
	} else if (on_arp && h->flags & HDR_ARP) {
		k.has_ip = true;
		k.src = hub_ip4(h->arp.sender_ip);
		k.dst = hub_ip4(h->arp.target_ip);
	}
	rank = first_match(l, &k);
	if (rank == l->n)
		return (struct access_verdict){0};
	r = &l->rules[rank];
	return (struct access_verdict){.discard = r->discard,
				       .jitter_percent = r->jitter_percent,
				       .loss_percent = r->loss_percent,
				       .delay_ms = r->delay_ms,
				       .id = r->id};
}

bool access_list_has_dst_name(const struct access_list *l)
{
	return l && l->has_dst_name;
}

uint64_t access_list_digest(const struct access_list *l)
{
	return l ? l->digest : 0;
}

size_t access_list_rules(const struct access_list *l)
{
	return l ? l->n : 0;
}

size_t access_list_probes(const struct access_list *l)
{
	return l ? l->n_probes : 0;
}
