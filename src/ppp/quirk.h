/*
 * quirk: one row of the ledger of client systems (quirk.c), for the room's tests. Private to
 * this room.
 */
#pragma once

#include <stddef.h>

/* What was seen of a peer: bits of struct signs.seen. */
enum sign {
	SIGN_MSRASV5_00 = 1 << 0, /* Identification (RFC 1570 2.1) */
	SIGN_MSRASV5_10 = 1 << 1,
	SIGN_MSRASV5_20 = 1 << 2,
	SIGN_CALLBACK = 1 << 3, /* LCP options */
	SIGN_ACCM = 1 << 4,
	SIGN_MRU = 1 << 5, /* any */
	SIGN_MRU_1270 = 1 << 6,
	SIGN_MRU_1400 = 1 << 7,
	SIGN_ACSP = 1 << 8, /* a protocol that was refused */
};

struct quirk {
	const char *system;
	unsigned all, none;                     /* signs that must and must not have been seen */
	const char *sign, *does, *we_do, *test; /* for people */
};

extern const struct quirk quirks[];
extern const size_t n_quirks;

/* The row for these signs, or NULL. */
const struct quirk *quirk_find(unsigned seen);
