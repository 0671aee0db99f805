/*
 * What an ESP packet costs by burst size, for both implementations of crypto/burst.h.
 *
 *	bench_burst [OCTETS]	payload of a packet, default 1408; a multiple of 16
 *
 * One JSON object a line: nanoseconds of CPU time a packet, the best of several
 * rounds, because other work on the machine only ever adds.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "crypto/burst.h"

#define FRONT       24 /* ESP header and IV */
#define OCTETS_MAX  8192
#define ROUNDS      15
#define REPEATS     16
#define NS_A_SECOND 1e9

static uint8_t packets[BURST_MAX][FRONT + OCTETS_MAX + BURST_ICV_MAX];
static uint8_t sealed[BURST_MAX][FRONT + OCTETS_MAX + BURST_ICV_MAX];

static double cpu_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return (double)t.tv_sec * NS_A_SECOND + (double)t.tv_nsec;
}

/* All the packets, n at a time: the clock is read once for all of them, because
 * reading it costs a good part of a packet. Opening destroys the packets, so they
 * are put back before, outside the measured time. */
static double round_ns(struct burst *b, enum burst_dir dir, struct burst_job *jobs, size_t n)
{
	size_t groups = BURST_MAX / n;
	double ns = 0;

	for (unsigned repeat = 0; repeat < REPEATS; repeat++) {
		double start;

		if (dir == BURST_OPEN)
			memcpy(packets, sealed, sizeof(packets));
		start = cpu_ns();
		for (size_t g = 0; g < groups; g++)
			if (dir == BURST_SEAL)
				burst_seal(b, jobs + g * n, n);
			else
				burst_open(b, jobs + g * n, n);
		ns += cpu_ns() - start;
		for (size_t i = 0; i < groups * n; i++)
			if (!jobs[i].ok)
				abort();
	}
	return ns / (double)(REPEATS * groups * n);
}

static double best_ns(struct burst *b, enum burst_dir dir, struct burst_job *jobs, size_t n)
{
	double best = round_ns(b, dir, jobs, n);

	for (unsigned i = 1; i < ROUNDS; i++) {
		double ns = round_ns(b, dir, jobs, n);

		best = ns < best ? ns : best;
	}
	return best;
}

static const char *auth_name(enum burst_auth auth)
{
	static const char *const names[] = {[BURST_HMAC_SHA1_96] = "sha1-96",
					    [BURST_HMAC_SHA256_128] = "sha256-128",
					    [BURST_HMAC_SHA256_96] = "sha256-96",
					    [BURST_HMAC_SHA384_192] = "sha384-192",
					    [BURST_HMAC_SHA512_256] = "sha512-256",
					    [BURST_HMAC_MD5_96] = "md5-96",
					    [BURST_AUTH_NONE] = "gcm"};

	return names[auth];
}

static void measure(struct burst *b, const struct burst_alg *alg, uint32_t octets)
{
	static const uint8_t enc_key[BURST_ENC_KEY_MAX] = {1};
	static const uint8_t auth_key[BURST_AUTH_KEY_MAX] = {2};
	struct burst_sa *seal = burst_sa_new(alg, BURST_SEAL, enc_key, auth_key);
	struct burst_sa *open = burst_sa_new(alg, BURST_OPEN, enc_key, auth_key);
	struct burst_job jobs[BURST_MAX];

	if (!seal || !open)
		abort();
	for (size_t n = 1; n <= BURST_MAX; n = n < 4 ? n + 1 : n * 2) {
		double ns[2];

		for (size_t i = 0; i < BURST_MAX; i++)
			jobs[i] = (struct burst_job){
				.sa = seal, .esp = packets[i], .len = FRONT + octets};
		ns[0] = best_ns(b, BURST_SEAL, jobs, n);
		burst_seal(b, jobs, BURST_MAX);
		memcpy(sealed, packets, sizeof(sealed));
		for (size_t i = 0; i < BURST_MAX; i++)
			jobs[i].sa = open;
		ns[1] = best_ns(b, BURST_OPEN, jobs, n);
		printf("{\"impl\": \"%s\", \"aes\": %u, \"auth\": \"%s\", \"octets\": %u, "
		       "\"burst\": %zu, \"seal_ns\": %.0f, \"open_ns\": %.0f}\n",
		       burst_impl_name(b), alg->key_len * 8u, auth_name(alg->auth), octets, n,
		       ns[0], ns[1]);
	}
	burst_sa_free(seal);
	burst_sa_free(open);
}

int main(int argc, char **argv)
{
	static const struct burst_alg algs[] = {{BURST_AES_CBC, 16, BURST_HMAC_SHA1_96},
						{BURST_AES_CBC, 32, BURST_HMAC_SHA1_96},
						{BURST_AES_CBC, 32, BURST_HMAC_SHA256_128},
						{BURST_AES_CBC, 32, BURST_HMAC_SHA512_256},
						{BURST_AES_GCM16, 16, BURST_AUTH_NONE},
						{BURST_AES_GCM16, 32, BURST_AUTH_NONE}};
	uint32_t octets = argc > 1 ? (uint32_t)strtoul(argv[1], NULL, 10) : 1408;

	if (octets == 0 || octets > OCTETS_MAX || octets % 16 != 0) {
		fprintf(stderr, "bench_burst: OCTETS is a multiple of 16 up to %d\n", OCTETS_MAX);
		return 2;
	}
	for (size_t a = 0; a < sizeof(algs) / sizeof(algs[0]); a++)
		for (int impl = BURST_AUTO; impl <= BURST_LIBCRYPTO; impl++) {
			struct burst *b = burst_new((enum burst_impl)impl);

			if (b)
				measure(b, &algs[a], octets);
			burst_free(b);
		}
	return 0;
}
