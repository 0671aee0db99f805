/*
 * shaper: a token bucket in bits per second, for MaxUpload and MaxDownload.
 *
 * It polices: what is over is to be dropped, and TCP slows down. A frame passes while the
 * bucket is not empty and may leave it in debt, so that one super-packet (GSO, 64 KiB) passes
 * at any rate and the mean is still the rate. The bucket holds 250 ms of the rate.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SHAPER_BURST_MS 250

/* All zero is a fresh one: its bucket is filled at the first frame. */
struct shaper {
	uint64_t last_ms;
	int64_t tokens; /* thousandths of a bit */
	bool started;
};

/* May a frame of len octets pass at rate bits per second (0: no limit)? */
bool shaper_admit(struct shaper *s, uint32_t rate_bps, size_t len, uint64_t now_ms);
