/*
 * Behind the crypto: ESP packets with right and wrong ICVs, lengths and SAs in one
 * burst. libcrypto and intel-ipsec-mb must give the same verdicts and plaintexts, a
 * sealed packet must open, and a changed one must not.
 *
 * Input, for each job: SA (low bits), change to make (0: none), length (2 octets),
 * place of the change (2 octets).
 */
#include <stdlib.h>
#include <string.h>

#include "base/rd.h"
#include "crypto/burst.h"

#define LEN_MAX 2048

static const struct burst_alg algs[] = {
	{BURST_AES_CBC, 16, BURST_HMAC_SHA1_96},    {BURST_AES_CBC, 24, BURST_HMAC_SHA1_96},
	{BURST_AES_CBC, 32, BURST_HMAC_SHA1_96},    {BURST_AES_CBC, 16, BURST_HMAC_SHA256_128},
	{BURST_AES_CBC, 24, BURST_HMAC_SHA256_128}, {BURST_AES_CBC, 32, BURST_HMAC_SHA256_128},
	{BURST_AES_CBC, 32, BURST_HMAC_SHA256_96},  {BURST_AES_CBC, 16, BURST_HMAC_SHA384_192},
	{BURST_AES_CBC, 32, BURST_HMAC_SHA512_256}, {BURST_AES_CBC, 16, BURST_HMAC_MD5_96},
	{BURST_AES_GCM16, 16, BURST_AUTH_NONE},     {BURST_AES_GCM16, 24, BURST_AUTH_NONE},
	{BURST_AES_GCM16, 32, BURST_AUTH_NONE},     {BURST_3DES_CBC, 24, BURST_HMAC_SHA1_96},
	{BURST_3DES_CBC, 24, BURST_HMAC_MD5_96},    {BURST_DES_CBC, 8, BURST_HMAC_SHA1_96},
};
#define N_ALGS (sizeof(algs) / sizeof(algs[0]))

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct burst *plain, *best;
static struct burst_sa *seal[N_ALGS], *open[N_ALGS];
static uint8_t a[BURST_MAX][LEN_MAX + BURST_ICV_MAX], b[BURST_MAX][LEN_MAX + BURST_ICV_MAX];
static uint8_t clear[BURST_MAX][LEN_MAX + BURST_ICV_MAX];

static void must(bool ok)
{
	if (!ok)
		abort();
}

static void start(void)
{
	uint8_t key[BURST_ENC_KEY_MAX + BURST_AUTH_KEY_MAX];

	if (plain)
		return;
	plain = burst_new(BURST_LIBCRYPTO);
	best = burst_new(BURST_IPSEC_MB);
	if (!best)
		best = burst_new(BURST_AUTO);
	must(plain && best);
	for (unsigned i = 0; i < N_ALGS; i++) {
		for (unsigned k = 0; k < sizeof(key); k++)
			key[k] = (uint8_t)(7 * k + i);
		seal[i] = burst_sa_new(&algs[i], BURST_SEAL, key, key + BURST_ENC_KEY_MAX);
		open[i] = burst_sa_new(&algs[i], BURST_OPEN, key, key + BURST_ENC_KEY_MAX);
		must(seal[i] && open[i]);
	}
}

/* One job of the input: sealed where its length allows, then changed. True when it must open. */
static bool make(struct rd *r, unsigned i, struct burst_job *job)
{
	unsigned alg = rd_u8(r) % N_ALGS;
	uint8_t change = rd_u8(r);
	uint32_t len = rd_u16(r) % LEN_MAX;
	size_t at = rd_u16(r) % (len + 12);
	uint32_t front = 8 + (uint32_t)burst_iv_len(&algs[alg]);
	bool fits = len > front && (len - front) % burst_block_len(&algs[alg]) == 0;

	memset(a[i], (int)(i + 1), sizeof(a[i]));
	memcpy(clear[i], a[i], sizeof(clear[i]));
	*job = (struct burst_job){seal[alg], a[i], len, !fits, NULL};
	burst_seal(plain, job, 1);
	must(job->ok == fits);
	a[i][at] ^= change;
	job->sa = open[alg];
	return fits && change == 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct burst_job one[BURST_MAX], two[BURST_MAX];
	bool good[BURST_MAX];
	struct rd r = rd_of(data, size);
	unsigned n = 0;

	start();
	for (; n < BURST_MAX && rd_left(&r) >= 6; n++)
		good[n] = make(&r, n, &one[n]);
	memcpy(b, a, sizeof(b));
	memcpy(two, one, sizeof(two));
	for (unsigned i = 0; i < n; i++)
		two[i].esp = b[i];
	burst_open(plain, one, n);
	burst_open(best, two, n);
	for (unsigned i = 0; i < n; i++) {
		must(one[i].ok == good[i] && two[i].ok == good[i]);
		must(!good[i] || (memcmp(a[i], clear[i], one[i].len) == 0 &&
				  memcmp(b[i], clear[i], one[i].len) == 0));
	}
	return 0;
}
