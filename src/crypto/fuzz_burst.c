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

#define N_ALGS  6
#define FRONT   24
#define LEN_MAX 2048

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct burst *plain, *best;
static struct burst_sa *seal[N_ALGS], *open[N_ALGS];
static uint8_t a[BURST_MAX][LEN_MAX + 16], b[BURST_MAX][LEN_MAX + 16];
static uint8_t clear[BURST_MAX][LEN_MAX + 16];

static void must(bool ok)
{
	if (!ok)
		abort();
}

static void start(void)
{
	static uint8_t key[64];

	if (plain)
		return;
	plain = burst_new(BURST_LIBCRYPTO);
	best = burst_new(BURST_IPSEC_MB);
	if (!best)
		best = burst_new(BURST_AUTO);
	must(plain && best);
	for (unsigned i = 0; i < N_ALGS; i++) {
		struct burst_alg alg = {BURST_AES_CBC, (uint16_t)(16 + 8 * (i % 3)),
					i < 3 ? BURST_HMAC_SHA1_96 : BURST_HMAC_SHA256_128};

		key[0] = (uint8_t)i;
		seal[i] = burst_sa_new(&alg, BURST_SEAL, key, key + 8);
		open[i] = burst_sa_new(&alg, BURST_OPEN, key, key + 8);
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
	bool fits = len > FRONT && (len - FRONT) % 16 == 0;

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
