/*
 * rows_user: a password of a command into its stored form, for users of the server and of hubs.
 */
#pragma once

#include "parse.h"

/* In the order of username's grammar; FORM_CLEAR: no such word was given. */
enum password_form { FORM_MSCHAP, FORM_NT_ENCRYPTED, FORM_PBKDF2, FORM_ENCRYPTED, FORM_CLEAR };

/* w into *u, hashed or as a stored hash by its form (never FORM_ENCRYPTED); a masked one is
 * warned of and leaves the user without a password. False after an error; secrets are not in it. */
bool user_password(struct parse *p, struct cfg_user *u, const struct grammar_word *w,
		   enum password_form form);

/* May a user have this address? host order */
bool user_address_ok(uint32_t ip);
