/* Reading the laboratory's captures, which are not part of the project. For tests of this room. */
#pragma once

#include <stdint.h>
#include <stdio.h>

/* A file below $SEKISHO_CAPTURES or ../shared/captures; NULL: not there (skip). */
FILE *captures_open(const char *name);

/* Hex digits at text into out (cap octets); returns the octets, -1 when it is not hex. */
int hex_bytes(const char *text, uint8_t *out, size_t cap);
