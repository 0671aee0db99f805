/*
 * arena: chained blocks, freed whole. Called by core and config. Never used
 * by protocol rooms before a peer is authenticated.
 */
#include "base/arena.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BLOCK 1024

struct block {
	struct block *next;
	size_t size;
	size_t used;
	_Alignas(16) unsigned char mem[];
};

struct arena {
	struct block *blocks;
	size_t limit;
	size_t used;
};

struct arena *arena_new(size_t limit)
{
	struct arena *a = calloc(1, sizeof(*a));

	if (a)
		a->limit = limit;
	return a;
}

void arena_free(struct arena *a)
{
	struct block *b = a ? a->blocks : NULL;

	while (b) {
		struct block *next = b->next;

		free(b);
		b = next;
	}
	free(a);
}

static struct block *add_block(struct arena *a, size_t need)
{
	size_t size = need > BLOCK ? need : BLOCK;
	struct block *b = malloc(sizeof(*b) + size);

	if (!b)
		return NULL;
	b->next = a->blocks;
	b->size = size;
	b->used = 0;
	a->blocks = b;
	return b;
}

void *arena_alloc(struct arena *a, size_t len)
{
	struct block *b = a->blocks;
	size_t need = (len + 15) & ~(size_t)15;
	void *p;

	if (need < len || (a->limit && a->limit - a->used < need))
		return NULL;
	if (!b || b->size - b->used < need)
		b = add_block(a, need);
	if (!b)
		return NULL;
	p = b->mem + b->used;
	b->used += need;
	a->used += need;
	memset(p, 0, need);
	return p;
}

char *arena_strdup(struct arena *a, const char *text)
{
	size_t len = strlen(text) + 1;
	char *copy = arena_alloc(a, len);

	if (copy)
		memcpy(copy, text, len);
	return copy;
}

char *arena_printf(struct arena *a, const char *fmt, ...)
{
	va_list ap, ap2;
	char *text;
	int len;

	va_start(ap, fmt);
	va_copy(ap2, ap);
	len = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	text = len < 0 ? NULL : arena_alloc(a, (size_t)len + 1);
	if (text)
		vsnprintf(text, (size_t)len + 1, fmt, ap2);
	va_end(ap2);
	return text;
}

size_t arena_used(const struct arena *a)
{
	return a->used;
}
