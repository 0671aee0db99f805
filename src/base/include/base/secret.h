/*
 * Secrets: bytes that are wiped when they go, compared in constant time and
 * never printed. A struct secret owns its bytes inline; copy it only with
 * secret_set() and end it with secret_wipe().
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/rd.h"

#define SECRET_MAX 256

struct secret {
	uint16_t len;
	uint8_t b[SECRET_MAX];
};

/* Overwrites len bytes so that the compiler cannot leave it out. */
void secret_zero(void *p, size_t len);

/* Same bytes? Time depends on len only. */
bool secret_eq(const void *a, const void *b, size_t len);

/* Copies len bytes (at most SECRET_MAX); false and s empty when len is too large. */
bool secret_set(struct secret *s, const void *p, size_t len);

void secret_wipe(struct secret *s);

static inline struct bytes secret_bytes(const struct secret *s)
{
	return (struct bytes){s->b, s->len};
}
