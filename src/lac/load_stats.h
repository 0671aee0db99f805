/*
 * load_stats: what the threads of the load generator count, each its own; the main thread
 * reads while they run.
 */
#pragma once

#include <stdint.h>

#include "lac/lac.h"
#include "load_hist.h"

enum load_count {
	/* calls */
	COUNT_DIALS,
	COUNT_UPS,
	COUNT_FAILED,   /* dials that did not come up */
	COUNT_LOST,     /* were up and ended by the server or for silence */
	COUNT_HUNG_UP,  /* ended by us, orderly, to the end */
	COUNT_UNHEARD,  /* ended by us, and the server did not answer in time */
	COUNT_VANISHED, /* left without a word */
	COUNT_SETTLED,  /* clients that were up or failed at least once */
	/* as it is now, not a sum */
	COUNT_NOW_UP,
	COUNT_NOW_DIALLING,
	COUNT_LAST_UP_US, /* when the last one came up */
	/* user packets (inner IP) and datagrams (outer) */
	COUNT_PACKETS_OUT,
	COUNT_OCTETS_OUT,
	COUNT_PACKETS_IN,
	COUNT_OCTETS_IN,
	COUNT_DATAGRAMS_OUT,
	COUNT_DATAGRAMS_IN,
	COUNT_REFUSED,   /* datagrams that the kernel did not take */
	COUNT_STRANGERS, /* datagrams that are no client's */
	COUNT_OTHERS,    /* user packets that are no answer to anything */
	/* UDP and pings */
	COUNT_UDP_SENT,
	COUNT_UDP_RECEIVED,
	COUNT_UDP_LATE, /* came behind a later one */
	COUNT_PINGS_SENT,
	COUNT_PINGS_ANSWERED,
	/* TCP */
	COUNT_TCP_OPENED,
	COUNT_TCP_ENDED,
	COUNT_TCP_ACKED,
	COUNT_TCP_RECEIVED,
	COUNT_TCP_SENT_AGAIN,
	COUNT_TCP_TIMEOUTS,
	COUNT_TCP_EARLY,
	COUNT_TCP_DROPPED,
	LOAD_COUNTS
};

#define LOAD_REASONS_MAX 48
#define LOAD_DROPS_MAX   24

/* Why calls failed or ended. */
struct load_reason {
	const char *reason; /* a constant */
	enum lac_state reached;
	uint64_t count;
	struct note
		refusal; /* the first one's; kind NOTE_INFO: none. Read after the threads' end */
};

struct load_drop {
	const char *name; /* a constant */
	uint64_t count;
};

struct load_stats {
	uint64_t n[LOAD_COUNTS];
	struct load_hist setup, rtt;
	struct load_reason reasons[LOAD_REASONS_MAX];
	struct load_drop drops[LOAD_DROPS_MAX]; /* of the clients (lac_drop_counter) */
};

static inline void load_count_add(struct load_stats *s, enum load_count which, uint64_t more)
{
	__atomic_store_n(&s->n[which], s->n[which] + more, __ATOMIC_RELAXED);
}

static inline void load_count_sub(struct load_stats *s, enum load_count which, uint64_t less)
{
	__atomic_store_n(&s->n[which], s->n[which] - less, __ATOMIC_RELAXED);
}

static inline void load_count_set(struct load_stats *s, enum load_count which, uint64_t value)
{
	__atomic_store_n(&s->n[which], value, __ATOMIC_RELAXED);
}

/* Another thread's. */
static inline uint64_t load_count_read(const struct load_stats *s, enum load_count which)
{
	return __atomic_load_n(&s->n[which], __ATOMIC_RELAXED);
}

/* Adds one to a reason in the state that the call had reached; refusal may be NULL. More
 * than LOAD_REASONS_MAX kinds: the last one takes the rest. */
void load_reason_add(struct load_stats *s, const char *reason, enum lac_state reached,
		     const struct note *refusal);

/* Adds the drops of a client that goes. */
void load_drops_add(struct load_stats *s, const struct lac *l);

/* Adds from, whose thread may run, to into: counts and histograms; LAST_UP_US is the latest. */
void load_stats_sum(struct load_stats *into, const struct load_stats *from);

/* The rest, once its thread has ended. */
void load_stats_sum_reasons(struct load_stats *into, const struct load_stats *from);
