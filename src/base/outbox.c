/*
 * outbox: FIFO of action records in one buffer. Called by ike, l2tp, ppp (push)
 * and core, lac, tests (pop). Never allocates after outbox_init().
 */
#include "base/outbox.h"

#include <stdlib.h>
#include <string.h>

struct record {
	size_t len;
	_Alignas(16) uint8_t body[];
};

int outbox_init(struct outbox *o, size_t cap)
{
	*o = (struct outbox){.mem = malloc(cap), .cap = cap};
	return o->mem ? 0 : -1;
}

void outbox_free(struct outbox *o)
{
	free(o->mem);
	*o = (struct outbox){0};
}

static void *push(struct outbox *o, size_t len, size_t reserve)
{
	size_t need = sizeof(struct record) + ((len + 15) & ~(size_t)15);
	struct record *r;

	if (o->head == o->tail)
		o->head = o->tail = 0;
	if (o->cap - o->tail < need + reserve) {
		o->refused++;
		return NULL;
	}
	r = (struct record *)(void *)(o->mem + o->tail);
	r->len = need;
	memset(r->body, 0, need - sizeof(*r));
	o->tail += need;
	return r->body;
}

void *outbox_push(struct outbox *o, size_t len)
{
	return push(o, len, OUTBOX_RESERVE);
}

void *outbox_push_must(struct outbox *o, size_t len)
{
	return push(o, len, 0);
}

void *outbox_pop(struct outbox *o)
{
	struct record *r;

	if (o->head == o->tail)
		return NULL;
	r = (struct record *)(void *)(o->mem + o->head);
	o->head += r->len;
	return r->body;
}
