/*
 * pool: the addresses of an `ip local pool`, one bit each.
 *
 * The next address given is the one behind the last, so that a released address
 * rests as long as it can.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct pool;

/* first to last, host order, inclusive; at most 2^20 addresses. NULL otherwise. */
struct pool *pool_new(uint32_t first, uint32_t last);
void pool_free(struct pool *p);

/* A free address, or 0 when the pool is exhausted. */
uint32_t pool_take(struct pool *p);

/* Takes this very address; false when it is outside or taken. */
bool pool_take_ip(struct pool *p, uint32_t ip);

/* Gives it back; harmless when it is outside or free. */
void pool_give(struct pool *p, uint32_t ip);

unsigned pool_size(const struct pool *p);
unsigned pool_used(const struct pool *p);
