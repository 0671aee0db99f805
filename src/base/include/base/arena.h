/*
 * arena: memory that lives as long as its owner and is freed whole. Used for
 * what a session, a story or a configuration keeps. Not for the data path.
 */
#pragma once

#include <stddef.h>

struct arena;

/* limit: most octets it may ever hold (0: no limit). NULL when memory is short. */
struct arena *arena_new(size_t limit);
void arena_free(struct arena *a);

/* Zeroed, 16-aligned; NULL when the limit or the memory is reached. */
void *arena_alloc(struct arena *a, size_t len);

/* A copy of the text, or NULL as above. */
char *arena_strdup(struct arena *a, const char *text);
char *arena_printf(struct arena *a, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Octets handed out so far. */
size_t arena_used(const struct arena *a);
