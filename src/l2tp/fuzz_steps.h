/*
 * fuzz_steps: what the session fuzzers of both versions share: inputs of records, each one
 * octet kind, one octet length, octets; and randomness that repeats.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

static inline void fuzz_fill(uint64_t *state, void *buf, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		*state = *state * UINT64_C(6364136223846793005) + 1;
		((uint8_t *)buf)[i] = (uint8_t)(*state >> 40);
	}
}

/* The records behind the first octet. Those of kind 3, time, have a length alone. */
static inline void fuzz_steps(const uint8_t *data, size_t size,
			      void (*step)(uint8_t kind, const uint8_t *p, size_t len))
{
	size_t at = 1;

	while (size - at >= 2) {
		uint8_t kind = data[at];
		size_t len = data[at + 1];

		at += 2;
		if ((kind & 7) != 3 && len > size - at)
			len = size - at;
		step(kind, data + at, len);
		at += (kind & 7) == 3 ? 0 : len;
	}
}
