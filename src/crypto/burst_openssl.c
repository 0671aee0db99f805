/*
 * burst over libcrypto: ESP with AES-CBC, 3DES-CBC or DES-CBC and HMAC, and with
 * AES-GCM (RFC 4303, 3602, 2451, 2405, 4106), one packet at a time.
 *
 * A context of each algorithm and direction belongs to a struct burst. It keeps the key of
 * the SA that it was used for last, so that packets of one SA only set their IV; a packet of
 * another SA costs one key expansion more (0.1 us), and an SA no context of its own (0.6 KiB).
 *
 * Called by: burst.c.
 */
#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/evp.h>

#include "base/secret.h"
#include "burst_impl.h"
#include "libcrypto.h"

#define DES_KEY 8

/* The algorithms by key length: AES 16, 24, 32, then 3DES, which single DES is too. */
enum { CBC = 0, GCM = AES_KEY_LENGTHS, DES3 = 2 * AES_KEY_LENGTHS, N_ALGS };

struct keyed {
	EVP_CIPHER_CTX *ctx;
	uint64_t serial; /* of the SA whose key it has; 0: none */
};

struct burst_openssl {
	struct keyed of[N_ALGS][2]; /* by enum burst_dir */
};

static bool keyed_init(struct keyed *k, const EVP_CIPHER *cipher, bool seal)
{
	k->ctx = EVP_CIPHER_CTX_new();
	return k->ctx && EVP_CipherInit_ex2(k->ctx, cipher, NULL, NULL, seal, NULL) == 1 &&
	       EVP_CIPHER_CTX_set_padding(k->ctx, 0) == 1;
}

static const EVP_CIPHER *cipher_of(const struct libcrypto *l, unsigned alg)
{
	if (alg == DES3)
		return l->des_ede3_cbc;
	return alg < GCM ? l->aes_cbc[alg - CBC] : l->aes_gcm[alg - GCM];
}

struct burst_openssl *burst_openssl_new(void)
{
	const struct libcrypto *l = libcrypto();
	struct burst_openssl *o = l ? calloc(1, sizeof(*o)) : NULL;
	bool ok = o;

	for (unsigned a = 0; ok && a < N_ALGS; a++)
		ok = keyed_init(&o->of[a][BURST_SEAL], cipher_of(l, a), true) &&
		     keyed_init(&o->of[a][BURST_OPEN], cipher_of(l, a), false);
	if (ok)
		return o;
	ERR_clear_error();
	burst_openssl_free(o);
	return NULL;
}

void burst_openssl_free(struct burst_openssl *o)
{
	for (unsigned a = 0; o && a < N_ALGS; a++) {
		EVP_CIPHER_CTX_free(o->of[a][BURST_SEAL].ctx);
		EVP_CIPHER_CTX_free(o->of[a][BURST_OPEN].ctx);
	}
	free(o);
}

/* Single DES out of the default provider: see libcrypto.c. */
void burst_openssl_sa_init(struct burst_sa *sa, const uint8_t *enc_key)
{
	unsigned times = sa->alg.cipher == BURST_DES_CBC ? 3 : 1;

	for (unsigned i = 0; i < times; i++)
		memcpy(sa->key + (size_t)i * DES_KEY, enc_key, sa->alg.key_len);
}

static struct keyed *keyed_of(struct burst_openssl *o, const struct burst_sa *sa)
{
	unsigned by_len = sa->alg.key_len / 8u - 2;

	switch (sa->alg.cipher) {
	case BURST_AES_CBC:
		return &o->of[CBC + by_len][sa->dir];
	case BURST_AES_GCM16:
		return &o->of[GCM + by_len][sa->dir];
	case BURST_3DES_CBC:
	case BURST_DES_CBC:
		break;
	}
	return &o->of[DES3][sa->dir];
}

/* Another key in its place: 3DES takes three different parts, others anything. */
void burst_openssl_forget(struct burst_openssl *o, const struct burst_sa *sa)
{
	static const uint8_t nobodys[SA_KEY_MAX] = "0123456789abcdefghijklmnopqrstu";
	struct keyed *k = keyed_of(o, sa);

	if (k->serial != sa->serial)
		return;
	k->serial = 0;
	EVP_CipherInit_ex(k->ctx, NULL, NULL, nobodys, NULL, -1);
}

/* The context with the SA's key and a packet's IV; NULL when libcrypto fails. */
static EVP_CIPHER_CTX *ready(struct burst_openssl *o, const struct burst_sa *sa, const uint8_t *iv)
{
	struct keyed *k = keyed_of(o, sa);
	const uint8_t *key = k->serial == sa->serial ? NULL : sa->key;

	k->serial = sa->serial;
	if (EVP_CipherInit_ex(k->ctx, NULL, NULL, key, iv, -1) == 1)
		return k->ctx;
	k->serial = 0;
	return NULL;
}

static bool run_cbc(struct burst_openssl *o, const struct burst_job *job)
{
	uint8_t *iv = job->esp + ESP_HEADER_LEN, *text = iv + job->sa->iv_len;
	int len = (int)(job->len - ESP_HEADER_LEN - job->sa->iv_len), n = 0;
	EVP_CIPHER_CTX *ctx = ready(o, job->sa, iv);

	if (ctx && EVP_CipherUpdate(ctx, text, &n, text, len) == 1 && n == len)
		return true;
	ERR_clear_error();
	return false;
}

/* RFC 4106: nonce = salt | IV, additional data = SPI | sequence number. The tag that a
 * packet to be opened must have is told before, and compared in constant time. */
static bool run_gcm(struct burst_openssl *o, const struct burst_job *job)
{
	EVP_CIPHER_CTX *ctx;
	bool seal = job->sa->dir == BURST_SEAL;
	uint8_t *iv = job->esp + ESP_HEADER_LEN, *text = iv + job->sa->iv_len;
	uint8_t *tag = job->esp + job->len, nonce[GCM_NONCE];
	int len = (int)(job->len - ESP_HEADER_LEN - job->sa->iv_len), n = 0, tag_len;
	bool ok;

	tag_len = job->sa->icv_len;
	memcpy(nonce, job->sa->salt, GCM_SALT);
	memcpy(nonce + GCM_SALT, iv, GCM_NONCE - GCM_SALT);
	ctx = ready(o, job->sa, nonce);
	ok = ctx && EVP_CipherUpdate(ctx, NULL, &n, job->esp, ESP_HEADER_LEN) == 1 &&
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

void burst_openssl_seal(struct burst_openssl *o, struct burst_job *const *jobs, size_t n)
{
	uint8_t mac[BURST_AUTH_KEY_MAX];

	for (size_t i = 0; i < n; i++) {
		struct burst_job *job = jobs[i];

		job->ok = is_gcm(job) ? run_gcm(o, job) : run_cbc(o, job);
		if (!job->ok || is_gcm(job))
			continue;
		burst_hmac(job->sa, job->esp, job->len, mac);
		memcpy(job->esp + job->len, mac, job->sa->icv_len);
	}
}

void burst_openssl_open(struct burst_openssl *o, struct burst_job *const *jobs, size_t n)
{
	uint8_t mac[BURST_AUTH_KEY_MAX];

	for (size_t i = 0; i < n; i++) {
		struct burst_job *job = jobs[i];

		if (is_gcm(job)) {
			job->ok = run_gcm(o, job);
			continue;
		}
		burst_hmac(job->sa, job->esp, job->len, mac);
		job->ok = secret_eq(mac, job->esp + job->len, job->sa->icv_len) && run_cbc(o, job);
	}
}
