/*
 * ring: records of any length from one producer thread to one consumer thread.
 *
 * The only way between the control thread and a worker, and between two
 * workers. A full ring refuses the record: the producer counts the drop or
 * tries again; it never waits. The memory is allocated once by ring_new().
 */
#pragma once

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ring;

/* size: octets, a power of two of at least 4096. NULL when memory is short. */
struct ring *ring_new(size_t size);
void ring_free(struct ring *r);

/* Producer: room for a record of len octets (8-aligned), or NULL when full or
 * len is more than half the ring. Visible to the consumer at ring_commit(). */
void *ring_reserve(struct ring *r, size_t len);
void ring_commit(struct ring *r);

/* Consumer: the oldest record and its length, or NULL. Valid until ring_pop(). */
const void *ring_peek(struct ring *r, size_t *len);
void ring_pop(struct ring *r);

bool ring_empty(const struct ring *r);
