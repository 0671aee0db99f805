/* Message ids that were used (RFC 2408 3.1; security.md H-13). Private to src/ike. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define SEEN_RING        256   /* Informational ids remembered: a power of two */
#define SEEN_QUICK_MAX   1024  /* random Quick Mode ids; then the SA must be replaced */
#define SEEN_COUNTER_MAX 65535 /* ids up to here are a client's counter */

struct seen_ids {
	uint32_t *ring; /* grows to SEEN_RING; then the oldest id makes room */
	uint32_t n_ring, cap_ring, ring_next;
	uint32_t *quick; /* grows to SEEN_QUICK_MAX */
	uint32_t n_quick, cap_quick;
	uint32_t counter_top; /* highest counter id */
	uint64_t counter_bits;
};

enum seen_verdict { SEEN_FRESH, SEEN_BEFORE, SEEN_FULL };

/* Was the id used before? Changes nothing. */
enum seen_verdict seen_check(const struct seen_ids *s, uint32_t mid, bool quick);
/* Remembers an id of an authenticated message; false: memory. */
bool seen_add(struct seen_ids *s, uint32_t mid, bool quick);
void seen_free(struct seen_ids *s);
