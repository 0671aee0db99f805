/*
 * print: where the rows write their commands.
 */
#pragma once

#include "schema.h"

struct print;

/* One command; submode commands get their leading space. */
void print_line(struct print *w, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* A name as it must be written (quoted where needed), valid until eight more are
 * made. */
const char *print_name(struct print *w, const char *name);

bool print_masked(const struct print *w);
/* A key: ***** when masked. */
const char *print_key(struct print *w, const struct secret *s);

/* 192.0.2.1, and 255.255.255.0 of 24; valid as print_name(). */
const char *print_ip(struct print *w, uint32_t host_order);
const char *print_mask(struct print *w, unsigned prefix);

/* The commands of one object under its header. The header is left out when no
 * command follows, unless always. */
void print_mode(struct print *w, const struct config *c, enum mode m, const void *obj, bool always,
		const char *fmt, ...) __attribute__((format(printf, 6, 7)));
