/*
 * load_stats: counts by name, reasons of ends, drops; the sums over threads. Called by
 * load_client.c and load_report.c.
 */
#include "load_stats.h"

#include <string.h>

static struct load_reason *reason_of(struct load_stats *s, const char *reason,
				     enum lac_state reached)
{
	struct load_reason *r = s->reasons;

	for (unsigned i = 0; i + 1 < LOAD_REASONS_MAX && r->reason; i++, r++) {
		if (r->reached == reached && strcmp(r->reason, reason) == 0)
			return r;
	}
	if (!r->reason)
		*r = (struct load_reason){.reason = reason, .reached = reached};
	return r;
}

static void keep_refusal(struct load_reason *r, const struct note *refusal)
{
	if (refusal && refusal->kind == NOTE_REFUSED && r->refusal.kind != NOTE_REFUSED)
		r->refusal = *refusal;
}

void load_reason_add(struct load_stats *s, const char *reason, enum lac_state reached,
		     const struct note *refusal)
{
	struct load_reason *r = reason_of(s, reason, reached);

	r->count++;
	keep_refusal(r, refusal);
}

static void drop_add(struct load_stats *s, const char *name, uint64_t count)
{
	struct load_drop *d = s->drops;

	for (unsigned i = 0; i + 1 < LOAD_DROPS_MAX && d->name && strcmp(d->name, name) != 0; i++)
		d++;
	d->name = name;
	d->count += count;
}

void load_drops_add(struct load_stats *s, const struct lac *l)
{
	const char *name;
	uint64_t count;

	for (unsigned i = 0; lac_drop_counter(l, i, &name, &count); i++) {
		if (count)
			drop_add(s, name, count);
	}
}

void load_stats_sum(struct load_stats *into, const struct load_stats *from)
{
	uint64_t last = into->n[COUNT_LAST_UP_US];

	for (unsigned i = 0; i < LOAD_COUNTS; i++)
		into->n[i] += load_count_read(from, (enum load_count)i);
	into->n[COUNT_LAST_UP_US] -= last;
	if (into->n[COUNT_LAST_UP_US] < last)
		into->n[COUNT_LAST_UP_US] = last;
	load_hist_merge(&into->setup, &from->setup);
	load_hist_merge(&into->rtt, &from->rtt);
}

void load_stats_sum_reasons(struct load_stats *into, const struct load_stats *from)
{
	for (unsigned i = 0; i < LOAD_REASONS_MAX && from->reasons[i].reason; i++) {
		const struct load_reason *r = &from->reasons[i];
		struct load_reason *to = reason_of(into, r->reason, r->reached);

		to->count += r->count;
		keep_refusal(to, &r->refusal);
	}
	for (unsigned i = 0; i < LOAD_DROPS_MAX && from->drops[i].name; i++)
		drop_add(into, from->drops[i].name, from->drops[i].count);
}
