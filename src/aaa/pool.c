/*
 * pool: address pools as bitmaps. Called by core when a session is given or
 * gives back its address. Never allocates after pool_new().
 */
#include "aaa/pool.h"

#include <stdlib.h>

#define POOL_MAX (UINT32_C(1) << 20)

struct pool {
	uint32_t first;
	uint32_t size;
	uint32_t used;
	uint32_t next;
	uint64_t taken[];
};

struct pool *pool_new(uint32_t first, uint32_t last)
{
	struct pool *p;
	uint32_t size;

	if (last < first || last - first >= POOL_MAX)
		return NULL;
	size = last - first + 1;
	p = calloc(1, sizeof(*p) + (size + 63) / 64 * sizeof(uint64_t));
	if (!p)
		return NULL;
	p->first = first;
	p->size = size;
	return p;
}

void pool_free(struct pool *p)
{
	free(p);
}

static bool is_taken(const struct pool *p, uint32_t i)
{
	return p->taken[i / 64] >> (i % 64) & 1;
}

static void take(struct pool *p, uint32_t i)
{
	p->taken[i / 64] |= UINT64_C(1) << (i % 64);
	p->used++;
}

uint32_t pool_take(struct pool *p)
{
	uint32_t i;

	if (p->used == p->size)
		return 0;
	while (is_taken(p, p->next))
		p->next = (p->next + 1) % p->size;
	i = p->next;
	take(p, i);
	p->next = (i + 1) % p->size;
	return p->first + i;
}

bool pool_take_ip(struct pool *p, uint32_t ip)
{
	uint32_t i = ip - p->first;

	if (ip < p->first || i >= p->size || is_taken(p, i))
		return false;
	take(p, i);
	return true;
}

void pool_give(struct pool *p, uint32_t ip)
{
	uint32_t i = ip - p->first;

	if (ip < p->first || i >= p->size || !is_taken(p, i))
		return;
	p->taken[i / 64] &= ~(UINT64_C(1) << (i % 64));
	p->used--;
}

unsigned pool_size(const struct pool *p)
{
	return p->size;
}

unsigned pool_used(const struct pool *p)
{
	return p->used;
}
