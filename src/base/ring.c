/*
 * ring: single-producer single-consumer byte ring. Called by core and
 * dataplane. Never blocks and never allocates after ring_new().
 *
 * A record is an 8-octet header (length) and its octets, padded to 8. A record
 * is never split: when it does not fit before the end, a skip header fills the
 * rest and the record starts at offset 0.
 */
#include "base/ring.h"

#include <stdlib.h>

#define CACHE_LINE 64
#define SKIP       UINT64_MAX

struct ring {
	size_t size;
	uint8_t *mem;
	/* owned by the producer */
	_Alignas(CACHE_LINE) atomic_size_t head;
	size_t tail_seen;
	size_t pending;
	/* owned by the consumer */
	_Alignas(CACHE_LINE) atomic_size_t tail;
};

static size_t padded(size_t len)
{
	return (len + 7) & ~(size_t)7;
}

struct ring *ring_new(size_t size)
{
	struct ring *r;

	if (size < 4096 || (size & (size - 1)))
		return NULL;
	r = aligned_alloc(CACHE_LINE, (sizeof(*r) + CACHE_LINE - 1) / CACHE_LINE * CACHE_LINE);
	if (!r)
		return NULL;
	*r = (struct ring){.size = size, .mem = aligned_alloc(CACHE_LINE, size)};
	if (!r->mem) {
		free(r);
		return NULL;
	}
	return r;
}

void ring_free(struct ring *r)
{
	if (!r)
		return;
	free(r->mem);
	free(r);
}

static uint64_t *header_at(const struct ring *r, size_t pos)
{
	return (uint64_t *)(void *)(r->mem + (pos & (r->size - 1)));
}

static bool has_room(struct ring *r, size_t head, size_t need)
{
	if (r->size - (head - r->tail_seen) >= need)
		return true;
	r->tail_seen = atomic_load_explicit(&r->tail, memory_order_acquire);
	return r->size - (head - r->tail_seen) >= need;
}

void *ring_reserve(struct ring *r, size_t len)
{
	size_t head = atomic_load_explicit(&r->head, memory_order_relaxed);
	size_t need = 8 + padded(len);
	size_t to_end = r->size - (head & (r->size - 1));

	if (need > r->size / 2)
		return NULL;
	if (need > to_end) {
		if (!has_room(r, head, to_end + need))
			return NULL;
		*header_at(r, head) = SKIP;
		head += to_end;
		atomic_store_explicit(&r->head, head, memory_order_release);
	} else if (!has_room(r, head, need)) {
		return NULL;
	}
	*header_at(r, head) = len;
	r->pending = need;
	return header_at(r, head) + 1;
}

void ring_commit(struct ring *r)
{
	size_t head = atomic_load_explicit(&r->head, memory_order_relaxed);

	atomic_store_explicit(&r->head, head + r->pending, memory_order_release);
	r->pending = 0;
}

const void *ring_peek(struct ring *r, size_t *len)
{
	size_t tail = atomic_load_explicit(&r->tail, memory_order_relaxed);
	size_t head = atomic_load_explicit(&r->head, memory_order_acquire);

	if (tail != head && *header_at(r, tail) == SKIP) {
		tail += r->size - (tail & (r->size - 1));
		atomic_store_explicit(&r->tail, tail, memory_order_release);
	}
	if (tail == head)
		return NULL;
	*len = *header_at(r, tail);
	return header_at(r, tail) + 1;
}

void ring_pop(struct ring *r)
{
	size_t tail = atomic_load_explicit(&r->tail, memory_order_relaxed);

	tail += 8 + padded(*header_at(r, tail));
	atomic_store_explicit(&r->tail, tail, memory_order_release);
}

bool ring_empty(const struct ring *r)
{
	return atomic_load_explicit(&r->tail, memory_order_acquire) ==
	       atomic_load_explicit(&r->head, memory_order_acquire);
}
