/*
 * storm: limits how many frames are flooded (security.md H-28): by each port, and by the whole
 * hub, so that a loop through two bridges stops by itself. Broadcasts, multicasts and frames
 * for unknown MACs are counted each for themselves, in windows of 500 ms (softether.md 2.3);
 * in strict mode together. 20 octets a port.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define STORM_WINDOW_MS      500
#define STORM_PORT_DEFAULT   256 /* frames of a class in a window */
#define STORM_HUB_FACTOR     4   /* the hub's limit is so many ports' limits */
#define STORM_UNKNOWN_FACTOR 16  /* for unknown MACs the limits are so much higher */

enum storm_class { STORM_BROADCAST, STORM_MULTICAST, STORM_UNKNOWN, STORM_CLASSES };

/* All zero is a fresh one. */
struct storm {
	uint32_t window, over; /* numbers of the present window and of the last that was over */
	uint32_t n[STORM_CLASSES];
};

/* One more frame; false when it is over the limit (frames of the class in a window; of all
 * classes together when strict). Frames over the limit are not counted on: the next window
 * starts fresh. */
bool storm_admit(struct storm *s, enum storm_class class, uint32_t limit, bool strict,
		 uint64_t now_ms);

/* Was this window or the one before over the limit? For an event when it begins and ends. */
bool storm_is_on(const struct storm *s, uint64_t now_ms);
