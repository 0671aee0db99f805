/*
 * burst: checks of lengths and directions, the choice between the implementations,
 * and the life of an SA's keys.
 *
 * Called by: dataplane workers (esp_in, esp_out); burst_sa_new() by the control
 * thread. Never allocates but in burst_new() and burst_sa_new().
 */
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/secret.h"
#include "burst_impl.h"
#include "crypto/prim.h"

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
 * 4 gives away little on either machine. AES-128-GCM: libcrypto 540, ipsec-mb 190 in
 * any burst, of one packet too.
 */
#define BURST_MB_LEAST 4

struct burst {
	struct burst_openssl *openssl;
	struct burst_mb *mb; /* NULL: libcrypto only */
	size_t mb_least;     /* shortest burst for mb */
};

struct burst *burst_new(enum burst_impl impl)
{
	struct burst *b = calloc(1, sizeof(*b));

	if (!b)
		return NULL;
	if (impl != BURST_LIBCRYPTO)
		b->mb = burst_mb_new();
	if (impl != BURST_IPSEC_MB)
		b->openssl = burst_openssl_new();
	b->mb_least = impl == BURST_AUTO ? BURST_MB_LEAST : 1;
	if (impl == BURST_IPSEC_MB ? b->mb != NULL : b->openssl != NULL)
		return b;
	burst_free(b);
	return NULL;
}

void burst_free(struct burst *b)
{
	if (!b)
		return;
	burst_mb_free(b->mb);
	burst_openssl_free(b->openssl);
	free(b);
}

const char *burst_impl_name(const struct burst *b)
{
	if (!b->mb)
		return "libcrypto";
	return b->mb_least > 1 ? "intel-ipsec-mb and libcrypto" : "intel-ipsec-mb";
}

/* RFC 2451 2.2: such keys are to be refused, and another SA asked for. */
static bool key_is_weak(const struct burst_alg *alg, const uint8_t *enc_key)
{
	if (alg->cipher == BURST_DES_CBC)
		return prim_cbc_key_weak(PRIM_DES_CBC, enc_key);
	return alg->cipher == BURST_3DES_CBC && prim_cbc_key_weak(PRIM_3DES_CBC, enc_key);
}

struct burst_sa *burst_sa_new(const struct burst_alg *alg, enum burst_dir dir,
			      const uint8_t *enc_key, const uint8_t *auth_key)
{
	static atomic_uint_fast64_t serials;
	struct burst_sa *sa;

	if (!burst_alg_known(alg) || key_is_weak(alg, enc_key))
		return NULL;
	sa = aligned_alloc(_Alignof(struct burst_sa), sizeof(*sa));
	if (!sa)
		return NULL;
	*sa = (struct burst_sa){.alg = *alg,
				.dir = dir,
				.serial = atomic_fetch_add(&serials, 1) + 1,
				.iv_len = (uint8_t)burst_iv_len(alg),
				.icv_len = (uint8_t)burst_icv_len(alg),
				.block_len = (uint8_t)burst_block_len(alg)};
	memcpy(sa->salt, enc_key + alg->key_len, burst_enc_key_len(alg) - alg->key_len);
	burst_hmac_init(sa, auth_key);
	burst_openssl_sa_init(sa, enc_key);
	if (burst_mb_sa_init(sa, enc_key))
		return sa;
	burst_sa_free(sa);
	return NULL;
}

void burst_sa_free(struct burst_sa *sa)
{
	if (!sa)
		return;
	burst_mb_sa_end(sa);
	secret_zero(sa, sizeof(*sa));
	free(sa);
}

void burst_forget(struct burst *b, const struct burst_sa *sa)
{
	if (sa && b->openssl)
		burst_openssl_forget(b->openssl, sa);
}

/* Header, IV, and one or more whole blocks, under an SA of this direction. */
static bool job_fits(const struct burst_job *job, enum burst_dir dir)
{
	uint32_t front = ESP_HEADER_LEN + job->sa->iv_len;

	return job->sa->dir == dir && job->len > front && job->len <= BURST_LEN_MAX &&
	       (job->len - front) % job->sa->block_len == 0;
}

static void run_openssl(struct burst *b, enum burst_dir dir, struct burst_job *const *jobs,
			size_t n)
{
	if (dir == BURST_SEAL)
		burst_openssl_seal(b->openssl, jobs, n);
	else
		burst_openssl_open(b->openssl, jobs, n);
}

/* Too few for the lanes; but GCM needs none, for it is parallel within a packet. */
static void run_few(struct burst *b, enum burst_dir dir, struct burst_job *const *jobs, size_t n)
{
	struct burst_job *gcm[BURST_MB_LEAST];
	size_t n_gcm = 0;

	for (size_t i = 0; i < n; i++) {
		if (jobs[i]->sa->alg.cipher == BURST_AES_GCM16)
			gcm[n_gcm++] = jobs[i];
		else
			run_openssl(b, dir, &jobs[i], 1);
	}
	if (n_gcm)
		burst_mb_run(b->mb, dir, gcm, n_gcm);
}

static void run(struct burst *b, enum burst_dir dir, struct burst_job *const *jobs, size_t n)
{
	if (!b->mb)
		run_openssl(b, dir, jobs, n);
	else if (n < b->mb_least)
		run_few(b, dir, jobs, n);
	else
		burst_mb_run(b->mb, dir, jobs, n);
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
