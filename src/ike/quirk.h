/*
 * The ledger of client systems (clients.md 1): how each is recognised in its first
 * message, what it does, what we do about it. One row a system; docs/QUIRKS.md is
 * printed from it. Never decides about authentication. Private to src/ike.
 */
#pragma once

#include "ike/ike.h"
#include "payload.h"
#include "proposal.h"
#include "vendor.h"

/* The first message as the ledger looks at it. */
struct quirk_signs {
	uint32_t vendors;       /* VENDOR_BIT()s */
	uint8_t ms_version;     /* the number behind the Microsoft vendor id; 0: none */
	uint8_t n_offers;       /* phase 1 transforms; 0: not looked at */
	uint16_t cipher, group; /* of the first transform */
};

struct quirk {
	const char *system;             /* "Windows" */
	const char *version;            /* "7"; empty when nothing tells */
	uint32_t want, avoid;           /* vendor bits: all of these, none of those */
	uint8_t ms_min, ms_max;         /* 0, 0: any */
	uint8_t offers_min, offers_max; /* 0, 0: any */
	uint16_t cipher, group;         /* of the first transform; 0: any */
	uint32_t flags;                 /* enum ike_quirk */
	const char *sign, *does, *we_do;
	const char *test; /* "FILE FUNCTION" of this room, or "script NAME" */
};

/* Reads the signs from a first message; offers NULL: not there (an answer). */
void ledger_signs(const struct payloads *p, const struct offers *offers, struct quirk_signs *out);

/* The first row that fits; the last one, "unknown", fits everybody. Never NULL. */
const struct quirk *ledger_find(const struct quirk_signs *signs);

/* Row n from 0; NULL behind the last. */
const struct quirk *ledger_row(unsigned n);

/* What we may do to a peer; q NULL: not known yet, nothing that could harm. */
bool quirk_allows_rekey(const struct quirk *q); /* begin a Quick Mode towards it */
bool quirk_allows_renew(const struct quirk *q); /* begin a Main Mode towards it */
bool quirk_allows_dpd(const struct quirk *q);   /* ask it R-U-THERE */
/* It goes away when we look translated: our NAT-D must be what it computed itself. */
bool quirk_hides_our_nat(const struct quirk *q);
/* Its HMAC-SHA2-256 may be cut to 96 bits: other integrity is chosen when there is some. */
bool quirk_avoids_sha256(const struct quirk *q);
