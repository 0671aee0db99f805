/*
 * listing: answers about many sessions, in pieces of JSON text that make one answer of
 * manage.h when they are put together: between two of them the server serves its clients.
 */
#pragma once

#include <stdbool.h>

#include "core/api.h"

#define LISTING_PIECE 64 /* sessions */

struct listing;

/* The sessions as text for people, or with json as data. NULL: memory is short. */
struct listing *listing_sessions(struct core *c, bool detail, bool json);
/* Ends sessions and says how many; whom->value must live as long. */
struct listing *listing_logoff(struct core *c, const struct api_whom *whom);
void listing_free(struct listing *l); /* NULL is harmless */

/* Calls ready when the next piece can be made; not from within the call. False: it can be made
 * now, but the loop should turn before. */
bool listing_wait(struct listing *l, void (*ready)(void *ctx), void *ctx);

/* The next piece, perhaps empty, owned by the caller; *last: that was all. NULL: memory. */
char *listing_piece(struct listing *l, bool *last);
