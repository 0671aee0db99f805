/*
 * password: users' passwords and their stored forms (asa-and-peers.md 1.2).
 */
#pragma once

#include "config/config.h"

/* PBKDF2-HMAC-SHA-512 iterations of new hashes: some 20 ms on one core, paid at
 * each PAP login. Stored ones may have their own, within these bounds. */
#define PASSWORD_ITERATIONS     50000
#define PASSWORD_ITERATIONS_MIN 1000
#define PASSWORD_ITERATIONS_MAX 1000000

/* Longest stored form and NUL: "$sha512$1000000$" and base64 of 16 and 32 octets. */
#define PASSWORD_TEXT 96

#define PASSWORD_PBKDF2_PREFIX "$sha512$"

/* The NT hash of a clear password; false when it is not UTF-8 or too long. */
bool password_set_nt(struct cfg_user *u, struct bytes clear);

/* PBKDF2 of a clear password with a fresh salt. */
bool password_set_pbkdf2(struct cfg_user *u, struct bytes clear, uint32_t iterations,
			 cfg_random *random, void *random_ctx);

/* Stored forms: 32 hex digits or base64 of 16 octets; $sha512$N$SALT$HASH. */
bool password_load_nt(struct cfg_user *u, const char *text);
bool password_load_pbkdf2(struct cfg_user *u, const char *text);

/* The stored form into buf (PASSWORD_TEXT octets); "" for CFG_PW_NONE. */
void password_text(const struct cfg_user *u, char *buf);
