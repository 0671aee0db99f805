/*
 * iv_source: unpredictable octets for the IVs of CBC (RFC 3602 section 3), many at a time.
 *
 * AES-256 in counter mode. Each filling uses a key of its own, which is the first output of the
 * filling before: what was given out cannot be worked out from a later state, and no key makes
 * more than a few KiB. For keys and nonces the system's generator stays the source (os.h). A
 * struct iv_source belongs to one thread.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define IV_SOURCE_SEED 32

struct iv_source;

/* NULL when libcrypto has no AES or memory is short. It gives nothing out before its first
 * iv_source_seed(). */
struct iv_source *iv_source_new(void);

/* Wipes the state; s may be NULL. */
void iv_source_free(struct iv_source *s);

/* Mixes IV_SOURCE_SEED octets of the system's random source into the state. */
void iv_source_seed(struct iv_source *s, const uint8_t *seed);

/* len octets; false when it has no seed or libcrypto failed: then nothing in out may be used. */
bool iv_source_fill(struct iv_source *s, void *out, size_t len);
