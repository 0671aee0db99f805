/*
 * What must be undone after a crash: empty files in the monitor's run directory, one a
 * thing, made before the thing is done and removed after it is undone. dir NULL: nothing
 * is noted. Names: "ip-forward", "ip6-forward" and "nat-" with a TAP's name.
 */
#pragma once

#include <stdbool.h>

#define NOTE_FORWARD  "ip-forward"
#define NOTE_FORWARD6 "ip6-forward"
#define NOTE_NAT      "nat-"

/* False with a sentence in error (PRIV_ERROR octets). */
bool note_make(const char *dir, const char *kind, const char *name, char *error);
void note_remove(const char *dir, const char *kind, const char *name);
bool note_there(const char *dir, const char *kind, const char *name);

/* Calls fn with each name that is noted under kind. */
void note_each(const char *dir, const char *kind, void (*fn)(void *ctx, const char *name),
	       void *ctx);
