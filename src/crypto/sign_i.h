/* What sign.c and cert_file.c share. Private to src/crypto. */
#pragma once

#include <openssl/evp.h>

#include "crypto/sign.h"

#define SIGN_FILE_MAX (256 * 1024)

struct sign_key {
	EVP_PKEY *pkey;
};

/* Takes pkey over; NULL when it is not of a kind and size that we use: *why is a constant. */
struct sign_key *sign_key_of(EVP_PKEY *pkey, const char **why);
