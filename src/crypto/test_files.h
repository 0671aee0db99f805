/* test_files: known-answer files and captures that lie beside the project, for this room's tests.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/rd.h"

/* Opens a file of $SEKISHO_CAPTURES, or of ../shared/captures beside the source
 * tree; NULL when it is not there. */
FILE *captures_open(const char *name);

#define VECTOR_FIELDS 16

/* One block of vectors.txt: the lines between blank lines, and the [section] before them. */
struct vector {
	char section[256];
	unsigned n;
	char *name[VECTOR_FIELDS];
	char *value[VECTOR_FIELDS];
	char text[16384];
};

bool vector_next(FILE *f, struct vector *v);

/* The field as text, or NULL. */
const char *vector_text(const struct vector *v, const char *name);

/* The field's hex into buf, empty when there is no such field; fails the test when it does not fit.
 */
struct bytes vector_hex(const struct vector *v, const char *name, uint8_t *buf, size_t cap);

/* Hex digits to octets; fails the test on anything else. */
struct bytes hex_bytes(const char *hex, uint8_t *buf, size_t cap);

/* Calls each with every ESP packet (SPI to ICV) of a pcap or pcapng of Ethernet
 * frames: IP protocol 50, and UDP 4500. Returns how many; -1 when there is no file. */
int captures_each_esp(const char *name, void (*each)(void *ctx, uint8_t *esp, size_t len),
		      void *ctx);
