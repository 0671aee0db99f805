/*
 * burst over libcrypto: ESP with AES-CBC, 3DES-CBC or DES-CBC and HMAC, and with
 * AES-GCM (RFC 4303, 3602, 2451, 2405, 4106), one packet at a time.
 *
 * The cipher is an EVP context keyed once for the SA; a packet only sets its IV.
 *
 * Called by: burst.c.
 */
#include <string.h>

#include <openssl/err.h>
#include <openssl/evp.h>

#include "base/secret.h"
#include "burst_impl.h"
#include "libcrypto.h"

#define DES_KEY  8
#define DES3_KEY 24

bool burst_openssl_available(void)
{
	return libcrypto();
}

/* Single DES out of the default provider: see libcrypto.c. */
static const uint8_t *cipher_key(const struct burst_sa *sa, const uint8_t *enc_key,
				 uint8_t triple[DES3_KEY])
{
	if (sa->alg.cipher != BURST_DES_CBC)
		return enc_key;
	for (unsigned i = 0; i < DES3_KEY; i += DES_KEY)
		memcpy(triple + i, enc_key, DES_KEY);
	return triple;
}

static const EVP_CIPHER *cipher_of(const struct burst_alg *alg)
{
	switch (alg->cipher) {
	case BURST_AES_CBC:
		return libcrypto_aes_cbc(alg->key_len);
	case BURST_AES_GCM16:
		return libcrypto_aes_gcm(alg->key_len);
	case BURST_3DES_CBC:
	case BURST_DES_CBC:
		break;
	}
	return libcrypto() ? libcrypto()->des_ede3_cbc : NULL;
}

bool burst_openssl_sa_init(struct burst_sa *sa, const uint8_t *enc_key)
{
	const EVP_CIPHER *cipher = cipher_of(&sa->alg);
	EVP_CIPHER_CTX *ctx = cipher ? EVP_CIPHER_CTX_new() : NULL;
	uint8_t triple[DES3_KEY];
	bool ok = ctx &&
		  EVP_CipherInit_ex2(ctx, cipher, cipher_key(sa, enc_key, triple), NULL,
				     sa->dir == BURST_SEAL, NULL) == 1 &&
		  EVP_CIPHER_CTX_set_padding(ctx, 0) == 1;

	secret_zero(triple, sizeof(triple));
	if (ok) {
		sa->cipher = ctx;
		return true;
	}
	EVP_CIPHER_CTX_free(ctx);
	ERR_clear_error();
	return false;
}

void burst_openssl_sa_end(struct burst_sa *sa)
{
	EVP_CIPHER_CTX_free(sa->cipher);
	sa->cipher = NULL;
}

static bool run_cbc(const struct burst_job *job)
{
	EVP_CIPHER_CTX *ctx = job->sa->cipher;
	uint8_t *iv = job->esp + ESP_HEADER_LEN, *text = iv + job->sa->iv_len;
	int len = (int)(job->len - ESP_HEADER_LEN - job->sa->iv_len), n = 0;

	if (EVP_CipherInit_ex(ctx, NULL, NULL, NULL, iv, -1) == 1 &&
	    EVP_CipherUpdate(ctx, text, &n, text, len) == 1 && n == len)
		return true;
	ERR_clear_error();
	return false;
}

/* RFC 4106: nonce = salt | IV, additional data = SPI | sequence number. The tag that a
 * packet to be opened must have is told before, and compared in constant time. */
static bool run_gcm(const struct burst_job *job)
{
	EVP_CIPHER_CTX *ctx = job->sa->cipher;
	bool seal = job->sa->dir == BURST_SEAL;
	uint8_t *iv = job->esp + ESP_HEADER_LEN, *text = iv + job->sa->iv_len;
	uint8_t *tag = job->esp + job->len, nonce[GCM_NONCE];
	int len = (int)(job->len - ESP_HEADER_LEN - job->sa->iv_len), n = 0, tag_len;
	bool ok;

	tag_len = job->sa->icv_len;
	memcpy(nonce, job->sa->salt, GCM_SALT);
	memcpy(nonce + GCM_SALT, iv, GCM_NONCE - GCM_SALT);
	ok = EVP_CipherInit_ex(ctx, NULL, NULL, NULL, nonce, -1) == 1 &&
	     EVP_CipherUpdate(ctx, NULL, &n, job->esp, ESP_HEADER_LEN) == 1 &&
	     EVP_CipherUpdate(ctx, text, &n, text, len) == 1 && n == len &&
	     (seal || EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_TAG, tag_len, tag) == 1) &&
	     EVP_CipherFinal_ex(ctx, nonce, &n) == 1 &&
	     (!seal || EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_GET_TAG, tag_len, tag) == 1);
	if (!ok)
		ERR_clear_error();
	return ok;
}

static bool is_gcm(const struct burst_job *job)
{
	return job->sa->alg.cipher == BURST_AES_GCM16;
}

void burst_openssl_seal(struct burst_job *const *jobs, size_t n)
{
	uint8_t mac[BURST_AUTH_KEY_MAX];

	for (size_t i = 0; i < n; i++) {
		struct burst_job *job = jobs[i];

		job->ok = is_gcm(job) ? run_gcm(job) : run_cbc(job);
		if (!job->ok || is_gcm(job))
			continue;
		burst_hmac(job->sa, job->esp, job->len, mac);
		memcpy(job->esp + job->len, mac, job->sa->icv_len);
	}
}

void burst_openssl_open(struct burst_job *const *jobs, size_t n)
{
	uint8_t mac[BURST_AUTH_KEY_MAX];

	for (size_t i = 0; i < n; i++) {
		struct burst_job *job = jobs[i];

		if (is_gcm(job)) {
			job->ok = run_gcm(job);
			continue;
		}
		burst_hmac(job->sa, job->esp, job->len, mac);
		job->ok = secret_eq(mac, job->esp + job->len, job->sa->icv_len) && run_cbc(job);
	}
}
