/*
 * The room's own OpenSSL library context: the default provider, which is built
 * into libcrypto, and every algorithm that the room uses, fetched once. A private
 * context keeps openssl.cnf, FIPS switches and loadable modules out, and fetching
 * early lets the engine process load everything before it is shut in its sandbox.
 *
 * The legacy provider is a loadable module and may be missing at run time, so
 * nothing here needs it: MD4 is in md4.c, and single DES is 3DES with three equal
 * keys, E(D(E(x))) = E(x) (prim_cipher.c, burst_openssl.c).
 *
 * Called by: every file of this room that uses EVP; main by prim_init().
 */
#include "libcrypto.h"

#include <openssl/err.h>
#include <openssl/kdf.h>
#include <openssl/provider.h>
#include <openssl/rand.h>
#include <pthread.h>

static struct libcrypto lib;
static const char *missing;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static bool load_digests(void)
{
	static const char *const names[] = {
		[PRIM_MD5] = "MD5",         [PRIM_SHA1] = "SHA1",       [PRIM_SHA256] = "SHA2-256",
		[PRIM_SHA384] = "SHA2-384", [PRIM_SHA512] = "SHA2-512",
	};

	for (unsigned h = PRIM_MD5; h <= PRIM_SHA512; h++) {
		lib.md[h] = EVP_MD_fetch(lib.ctx, names[h], NULL);
		if (!lib.md[h]) {
			missing = "libcrypto has no MD5 or SHA digest";
			return false;
		}
	}
	return true;
}

static bool load_ciphers(void)
{
	static const char *const cbc[AES_KEY_LENGTHS] = {"AES-128-CBC", "AES-192-CBC",
							 "AES-256-CBC"};
	static const char *const gcm[AES_KEY_LENGTHS] = {"AES-128-GCM", "AES-192-GCM",
							 "AES-256-GCM"};

	for (unsigned i = 0; i < AES_KEY_LENGTHS; i++) {
		lib.aes_cbc[i] = EVP_CIPHER_fetch(lib.ctx, cbc[i], NULL);
		lib.aes_gcm[i] = EVP_CIPHER_fetch(lib.ctx, gcm[i], NULL);
		if (!lib.aes_cbc[i] || !lib.aes_gcm[i]) {
			missing = "libcrypto has no AES-CBC or AES-GCM";
			return false;
		}
	}
	lib.des_ede3 = EVP_CIPHER_fetch(lib.ctx, "DES-EDE3", NULL);
	lib.des_ede3_cbc = EVP_CIPHER_fetch(lib.ctx, "DES-EDE3-CBC", NULL);
	if (lib.des_ede3 && lib.des_ede3_cbc)
		return true;
	missing = "libcrypto has no 3DES";
	return false;
}

/* The first octets drawn seed the generators: getrandom() is then open for certain. */
static bool load_random(void)
{
	uint8_t octet[1];

	if (RAND_bytes_ex(lib.ctx, octet, sizeof(octet), 0) == 1 &&
	    RAND_priv_bytes_ex(lib.ctx, octet, sizeof(octet), 0) == 1)
		return true;
	missing = "libcrypto has no random source";
	return false;
}

static void load(void)
{
	missing = "libcrypto has no default provider";
	lib.ctx = OSSL_LIB_CTX_new();
	if (!lib.ctx || !OSSL_PROVIDER_load(lib.ctx, "default"))
		return;
	if (!load_digests() || !load_ciphers() || !load_random())
		return;
	lib.pbkdf2 = EVP_KDF_fetch(lib.ctx, "PBKDF2", NULL);
	missing = lib.pbkdf2 ? NULL : "libcrypto has no PBKDF2";
}

const struct libcrypto *libcrypto(void)
{
	pthread_once(&once, load);
	return missing ? NULL : &lib;
}

static bool aes_key_len(size_t key_len)
{
	return key_len == 16 || key_len == 24 || key_len == 32;
}

const EVP_CIPHER *libcrypto_aes_cbc(size_t key_len)
{
	const struct libcrypto *l = libcrypto();

	return l && aes_key_len(key_len) ? l->aes_cbc[key_len / 8 - 2] : NULL;
}

const EVP_CIPHER *libcrypto_aes_gcm(size_t key_len)
{
	const struct libcrypto *l = libcrypto();

	return l && aes_key_len(key_len) ? l->aes_gcm[key_len / 8 - 2] : NULL;
}

void libcrypto_forget_errors(void)
{
	ERR_clear_error();
}

bool prim_init(const char **why)
{
	bool ok = libcrypto();

	if (why)
		*why = missing;
	return ok;
}
