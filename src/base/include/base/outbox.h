/*
 * outbox: the list of actions that a protocol room returns.
 *
 * Records of any size in one fixed buffer, first in, first out; the buffer
 * starts again when it runs empty. The room pushes, core pops. When it is full
 * the push is refused and counted: a lost send looks like a lost packet, which
 * every protocol here survives by retransmission; a record that must not be
 * lost (core hears of a new or ended object) is pushed with outbox_push_must(),
 * which may use the reserve that ordinary records leave.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#define OUTBOX_RESERVE 4096

struct outbox {
	uint8_t *mem;
	size_t cap;
	size_t head;
	size_t tail;
	uint64_t refused;
};

/* cap: octets, at least 4 * OUTBOX_RESERVE. Returns 0, or -1 when memory is short. */
int outbox_init(struct outbox *o, size_t cap);
void outbox_free(struct outbox *o);

/* A zeroed record of len octets (16-aligned), or NULL when there is no room. */
void *outbox_push(struct outbox *o, size_t len);
void *outbox_push_must(struct outbox *o, size_t len);

/* The oldest record, or NULL. It stays valid until the next push or pop. */
void *outbox_pop(struct outbox *o);
