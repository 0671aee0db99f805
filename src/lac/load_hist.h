/*
 * load_hist: how often which time came, in buckets that are a thirty-second of their value
 * wide, from a microsecond to over an hour. One thread adds; others may read at any time.
 */
#pragma once

#include <stdint.h>

#define LOAD_HIST_SUB     32 /* buckets to each doubling */
#define LOAD_HIST_BUCKETS (LOAD_HIST_SUB * 28)

struct load_hist {
	uint64_t n[LOAD_HIST_BUCKETS];
	uint64_t count, sum_us, max_us;
};

void load_hist_add(struct load_hist *h, uint64_t us);

/* What from has by now is added to into, which is the caller's alone. */
void load_hist_merge(struct load_hist *into, const struct load_hist *from);

/* into, a merge, less what an earlier merge before had; the greatest value stays. */
void load_hist_subtract(struct load_hist *into, const struct load_hist *before);

/* The value that permille of all do not exceed, at most 1/32 too high; 0: none came. */
uint64_t load_hist_quantile_us(const struct load_hist *h, unsigned permille);
