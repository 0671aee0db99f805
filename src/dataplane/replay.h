/*
 * replay: the anti-replay window of an inbound SA (RFC 4303 section 3.4.3) as the
 * ring of bit blocks of RFC 6479: advancing clears whole words, nothing is shifted.
 *
 * Sequence numbers are 64 bits wide inside, so no arithmetic wraps; without ESN
 * what comes in is at most 2^32 - 1.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define REPLAY_WORDS_MAX  64
#define REPLAY_WINDOW_MIN 1024
#define REPLAY_WINDOW_MAX ((REPLAY_WORDS_MAX - 1) * 64) /* one word is being refilled */

struct replay {
	uint64_t top; /* highest sequence number committed; 0: none */
	uint32_t window;
	uint32_t mask; /* words of the map, a power of two, less one */
	uint64_t *map;
};

enum replay_verdict {
	REPLAY_FRESH,
	REPLAY_ZERO, /* sequence number 0 is never sent */
	REPLAY_OLD,  /* behind the window */
	REPLAY_SEEN, /* received before */
};

/* r is all zero, or begins anew. window: packets; brought into REPLAY_WINDOW_MIN to
 * REPLAY_WINDOW_MAX. False: no memory for its map. */
bool replay_init(struct replay *r, uint32_t window);
void replay_free(struct replay *r);

/* Before the ICV is known: may the packet be fresh? Changes nothing. */
enum replay_verdict replay_check(const struct replay *r, uint64_t seq);

/* After the ICV was right: checks again (the same number may be in the burst twice)
 * and marks it. */
enum replay_verdict replay_commit(struct replay *r, uint64_t seq);
