/*
 * burst: checks of lengths and directions, the choice between the implementations,
 * and the life of an SA's keys.
 *
 * Called by: dataplane workers (esp_in, esp_out); burst_sa_new() by the control
 * thread. Never allocates but in burst_new() and burst_sa_new().
 */
#include <stdlib.h>

#include "base/secret.h"
#include "burst_impl.h"

/*
 * Shorter bursts go to libcrypto when both are there. Measured with
 *
 *	ninja -C build src/crypto/bench_burst && build/src/crypto/bench_burst 1408
 *
 * on an EPYC with AVX-512, VAES and SHA-NI, AES-256 and SHA-1, ns a packet to seal /
 * to open: libcrypto 2290 / 1120; ipsec-mb in bursts of 2, 3, 4, 8: 2800 / 1900,
 * 1920 / 1360, 1500 / 1070, 840 / 650. SHA-256: 2320 / 1170; 4490 / 3610, 3080 /
 * 2460, 2330 / 1900, 1250 / 1070. 4 is the least at which the pair is not slower
 * in the usual case; without SHA-NI (DESIGN.md section 6) 2 or 3 would be, so that
 * 4 gives away little on either machine.
 */
#define BURST_MB_LEAST 4

struct burst {
	struct burst_mb *mb; /* NULL: libcrypto only */
	size_t mb_least;     /* shortest burst for mb */
};

size_t burst_iv_len(const struct burst_alg *alg)
{
	(void)alg;
	return AES_BLOCK;
}

size_t burst_icv_len(const struct burst_alg *alg)
{
	return alg->auth == BURST_HMAC_SHA1_96 ? 12 : 16;
}

size_t burst_block_len(const struct burst_alg *alg)
{
	(void)alg;
	return AES_BLOCK;
}

size_t burst_auth_key_len(enum burst_auth auth)
{
	return auth == BURST_HMAC_SHA1_96 ? 20 : 32;
}

struct burst *burst_new(enum burst_impl impl)
{
	struct burst *b = calloc(1, sizeof(*b));

	if (!b)
		return NULL;
	if (impl != BURST_LIBCRYPTO)
		b->mb = burst_mb_new();
	b->mb_least = impl == BURST_AUTO ? BURST_MB_LEAST : 1;
	if (impl == BURST_IPSEC_MB ? b->mb != NULL : burst_openssl_available())
		return b;
	burst_free(b);
	return NULL;
}

void burst_free(struct burst *b)
{
	if (!b)
		return;
	burst_mb_free(b->mb);
	free(b);
}

const char *burst_impl_name(const struct burst *b)
{
	if (!b->mb)
		return "libcrypto";
	return b->mb_least > 1 ? "intel-ipsec-mb and libcrypto" : "intel-ipsec-mb";
}

static bool alg_known(const struct burst_alg *alg)
{
	return alg->cipher == BURST_AES_CBC &&
	       (alg->key_len == 16 || alg->key_len == 24 || alg->key_len == 32) &&
	       (alg->auth == BURST_HMAC_SHA1_96 || alg->auth == BURST_HMAC_SHA256_128);
}

struct burst_sa *burst_sa_new(const struct burst_alg *alg, enum burst_dir dir,
			      const uint8_t *enc_key, const uint8_t *auth_key)
{
	struct burst_sa *sa;

	if (!alg_known(alg))
		return NULL;
	sa = aligned_alloc(_Alignof(struct burst_sa), sizeof(*sa));
	if (!sa)
		return NULL;
	*sa = (struct burst_sa){.alg = *alg, .dir = dir};
	burst_mb_sa_init(sa, enc_key);
	if (burst_openssl_sa_init(sa, enc_key, auth_key))
		return sa;
	burst_sa_free(sa);
	return NULL;
}

void burst_sa_free(struct burst_sa *sa)
{
	if (!sa)
		return;
	burst_openssl_sa_end(sa);
	secret_zero(sa, sizeof(*sa));
	free(sa);
}

/* Header, IV, and one or more whole blocks, under an SA of this direction. */
static bool job_fits(const struct burst_job *job, enum burst_dir dir)
{
	uint32_t front = ESP_HEADER_LEN + AES_BLOCK;

	return job->sa->dir == dir && job->len > front && job->len <= BURST_LEN_MAX &&
	       (job->len - front) % AES_BLOCK == 0;
}

static void run(struct burst *b, enum burst_dir dir, struct burst_job *const *jobs, size_t n)
{
	if (b->mb && n >= b->mb_least)
		burst_mb_run(b->mb, dir, jobs, n);
	else if (dir == BURST_SEAL)
		burst_openssl_seal(jobs, n);
	else
		burst_openssl_open(jobs, n);
}

/* What does not fit is refused here; the rest stays together as one burst. */
static void check_and_run(struct burst *b, enum burst_dir dir, struct burst_job *jobs, size_t n)
{
	struct burst_job *fit[BURST_MAX];
	size_t n_fit = 0;

	for (size_t i = 0; i < n; i++) {
		jobs[i].ok = false;
		if (n_fit < BURST_MAX && job_fits(&jobs[i], dir))
			fit[n_fit++] = &jobs[i];
	}
	if (n_fit)
		run(b, dir, fit, n_fit);
}

void burst_seal(struct burst *b, struct burst_job *jobs, size_t n)
{
	check_and_run(b, BURST_SEAL, jobs, n);
}

void burst_open(struct burst *b, struct burst_job *jobs, size_t n)
{
	check_and_run(b, BURST_OPEN, jobs, n);
}
