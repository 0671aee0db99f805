/* libcrypto: the room's own library context and the algorithms fetched from it. */
#pragma once

#include <openssl/evp.h>

#include "crypto/prim.h"

#define AES_KEY_LENGTHS 3 /* 16, 24, 32 octets */

struct libcrypto {
	OSSL_LIB_CTX *ctx;
	EVP_MD *md[PRIM_SHA512 + 1];          /* by enum prim_hash; none for PRIM_MD4 */
	EVP_CIPHER *aes_cbc[AES_KEY_LENGTHS]; /* by libcrypto_aes_cbc() */
	EVP_CIPHER *aes_gcm[AES_KEY_LENGTHS]; /* by libcrypto_aes_gcm() */
	EVP_CIPHER *des_ede3, *des_ede3_cbc;
	EVP_KDF *pbkdf2;
};

/* Loaded once for the process and never freed; NULL when it could not be. */
const struct libcrypto *libcrypto(void);

/* AES of this key length in octets, or NULL when there is no such AES or no libcrypto. */
const EVP_CIPHER *libcrypto_aes_cbc(size_t key_len);
const EVP_CIPHER *libcrypto_aes_gcm(size_t key_len);

/* What failed in libcrypto was expected or is told otherwise: its queue of errors of this thread
 * is emptied. */
void libcrypto_forget_errors(void);
