/*
 * view: a struct core as tests/script/check.c judges it. Apart, because that room's
 * world and this one's sim have things of the same names.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct core;

/* Nothing is left of any connection; else what, in words. */
bool view_empty(struct core *core, char *what, size_t cap);

/* A counter of the data plane; UINT64_MAX when there is none of this name. */
uint64_t view_counter(struct core *core, const char *name);
