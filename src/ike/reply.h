/* The stored answer to the last message of an exchange (H-12). Private to src/ike. */
#pragma once

#include "base/addr.h"
#include "base/rd.h"

#define REPLY_REPEATS_MAX 3
#define REPLY_WINDOW_MS   30000

struct reply {
	uint64_t request; /* seeded hash of the message that it answers; 0: none */
	uint8_t *bytes;   /* owned */
	size_t len;
	struct flow flow; /* where the request came from */
	bool natt;
	unsigned repeats; /* within the window */
	uint64_t window_ms;
};

/* Keeps a copy; false: memory. */
bool reply_keep(struct reply *r, uint64_t request, struct bytes bytes, const struct flow *flow,
		bool natt);
void reply_drop(struct reply *r);

/* May the answer be repeated at now_ms to this flow? Counts when it may. */
bool reply_may_repeat(struct reply *r, const struct flow *flow, uint64_t now_ms);
