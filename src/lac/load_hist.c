/*
 * load_hist: a histogram with logarithmic buckets, each doubling cut in 32. Called by the
 * threads of the load generator, one each, and by load_report.c, which merges.
 */
#include "load_hist.h"

#define SUB_BITS 5

static uint64_t get(const uint64_t *p)
{
	return __atomic_load_n(p, __ATOMIC_RELAXED);
}

/* One writer: no read-modify-write is needed for the reader to see whole numbers. */
static void put(uint64_t *p, uint64_t v)
{
	__atomic_store_n(p, v, __ATOMIC_RELAXED);
}

/* Values below 2 * LOAD_HIST_SUB have a bucket each. */
static unsigned bucket_of(uint64_t us)
{
	unsigned shift = 0;

	while (us >> shift >= 2 * LOAD_HIST_SUB)
		shift++;
	shift = shift * LOAD_HIST_SUB + (unsigned)(us >> shift);
	return shift < LOAD_HIST_BUCKETS ? shift : LOAD_HIST_BUCKETS - 1;
}

static uint64_t top_of(unsigned bucket)
{
	unsigned shift;

	if (bucket < 2 * LOAD_HIST_SUB)
		return bucket;
	shift = (bucket >> SUB_BITS) - 1;
	return ((uint64_t)(bucket - shift * LOAD_HIST_SUB + 1) << shift) - 1;
}

void load_hist_add(struct load_hist *h, uint64_t us)
{
	uint64_t *n = &h->n[bucket_of(us)];

	put(n, *n + 1);
	put(&h->count, h->count + 1);
	put(&h->sum_us, h->sum_us + us);
	if (us > h->max_us)
		put(&h->max_us, us);
}

void load_hist_merge(struct load_hist *into, const struct load_hist *from)
{
	uint64_t max_us = get(&from->max_us);

	for (unsigned i = 0; i < LOAD_HIST_BUCKETS; i++)
		into->n[i] += get(&from->n[i]);
	into->count += get(&from->count);
	into->sum_us += get(&from->sum_us);
	if (max_us > into->max_us)
		into->max_us = max_us;
}

void load_hist_subtract(struct load_hist *into, const struct load_hist *before)
{
	for (unsigned i = 0; i < LOAD_HIST_BUCKETS; i++)
		into->n[i] -= before->n[i];
	into->count -= before->count;
	into->sum_us -= before->sum_us;
}

uint64_t load_hist_quantile_us(const struct load_hist *h, unsigned permille)
{
	uint64_t total = 0, seen = 0, want;

	for (unsigned i = 0; i < LOAD_HIST_BUCKETS; i++)
		total += h->n[i];
	want = (total * permille + 999) / 1000;
	for (unsigned i = 0; i < LOAD_HIST_BUCKETS; i++) {
		seen += h->n[i];
		if (h->n[i] && seen >= want)
			return top_of(i) < h->max_us ? top_of(i) : h->max_us;
	}
	return 0;
}
