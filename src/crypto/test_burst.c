/* Unit tests of burst.h: known packets, the implementations against each other, forgeries. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <pthread.h>

#include "crypto/burst.h"
#include "crypto/prim.h"
#include "test_files.h"

#define FRONT_MAX   24 /* SPI, sequence number, IV */
#define GUARD       32 /* octets around a packet that nobody may touch */
#define LEN_MAX     (FRONT_MAX + 1600)
#define GUARD_OCTET 0xa5

static const enum burst_impl all_impls[] = {BURST_AUTO, BURST_IPSEC_MB, BURST_LIBCRYPTO};
#define N_IMPLS 3

static const struct burst_alg all_algs[] = {
	{BURST_AES_CBC, 16, BURST_HMAC_SHA1_96},    {BURST_AES_CBC, 24, BURST_HMAC_SHA1_96},
	{BURST_AES_CBC, 32, BURST_HMAC_SHA1_96},    {BURST_AES_CBC, 16, BURST_HMAC_SHA256_128},
	{BURST_AES_CBC, 24, BURST_HMAC_SHA256_128}, {BURST_AES_CBC, 32, BURST_HMAC_SHA256_128},
	{BURST_AES_CBC, 32, BURST_HMAC_SHA256_96},  {BURST_AES_CBC, 16, BURST_HMAC_SHA384_192},
	{BURST_AES_CBC, 32, BURST_HMAC_SHA512_256}, {BURST_AES_CBC, 16, BURST_HMAC_MD5_96},
	{BURST_AES_GCM16, 16, BURST_AUTH_NONE},     {BURST_AES_GCM16, 24, BURST_AUTH_NONE},
	{BURST_AES_GCM16, 32, BURST_AUTH_NONE},     {BURST_3DES_CBC, 24, BURST_HMAC_SHA1_96},
	{BURST_3DES_CBC, 24, BURST_HMAC_MD5_96},    {BURST_DES_CBC, 8, BURST_HMAC_SHA512_256},
};
#define N_ALGS (sizeof(all_algs) / sizeof(all_algs[0]))

/* One SA in both directions, with its keys. */
struct pair {
	struct burst_alg alg;
	uint8_t enc_key[BURST_ENC_KEY_MAX], auth_key[BURST_AUTH_KEY_MAX];
	struct burst_sa *seal, *open;
};

static uint32_t front(const struct pair *p)
{
	return 8 + (uint32_t)burst_iv_len(&p->alg);
}

/* len octets of payload, or what comes next that the cipher can do. */
static uint32_t whole_blocks(const struct pair *p, uint32_t len)
{
	uint32_t block = (uint32_t)burst_block_len(&p->alg);

	return front(p) + (len + block - 1) / block * block;
}

static void fill_random(uint8_t *p, size_t len)
{
	for (size_t i = 0; i < len; i++)
		p[i] = (uint8_t)(rand() >> 7);
}

static void pair_make(struct pair *p, const struct burst_alg *alg)
{
	p->alg = *alg;
	p->seal = burst_sa_new(alg, BURST_SEAL, p->enc_key, p->auth_key);
	p->open = burst_sa_new(alg, BURST_OPEN, p->enc_key, p->auth_key);
	assert_non_null(p->seal);
	assert_non_null(p->open);
}

static void pair_random(struct pair *p, const struct burst_alg *alg)
{
	fill_random(p->enc_key, sizeof(p->enc_key));
	fill_random(p->auth_key, sizeof(p->auth_key));
	pair_make(p, alg);
}

static void pair_end(struct pair *p)
{
	burst_sa_free(p->seal);
	burst_sa_free(p->open);
}

static void reference_gcm(const struct pair *p, uint8_t *esp, size_t len)
{
	const EVP_CIPHER *ciphers[] = {EVP_aes_128_gcm(), EVP_aes_192_gcm(), EVP_aes_256_gcm()};
	EVP_CIPHER_CTX *c = EVP_CIPHER_CTX_new();
	uint8_t nonce[12];
	int n;

	memcpy(nonce, p->enc_key + p->alg.key_len, 4);
	memcpy(nonce + 4, esp + 8, 8);
	assert_int_equal(
		EVP_EncryptInit_ex(c, ciphers[p->alg.key_len / 8 - 2], NULL, p->enc_key, nonce), 1);
	assert_int_equal(EVP_EncryptUpdate(c, NULL, &n, esp, 8), 1);
	assert_int_equal(EVP_EncryptUpdate(c, esp + 16, &n, esp + 16, (int)len - 16), 1);
	assert_int_equal(EVP_EncryptFinal_ex(c, nonce, &n), 1);
	assert_int_equal(EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_GCM_GET_TAG, 16, esp + len), 1);
	EVP_CIPHER_CTX_free(c);
}

/* The packet as prim.h makes it, or libcrypto's GCM: no code is shared with burst. */
static void reference_seal(const struct pair *p, uint8_t *esp, size_t len)
{
	static const enum prim_cipher ciphers[] = {[BURST_AES_CBC] = PRIM_AES_CBC,
						   [BURST_3DES_CBC] = PRIM_3DES_CBC,
						   [BURST_DES_CBC] = PRIM_DES_CBC};
	static const enum prim_hash hashes[] = {
		[BURST_HMAC_SHA1_96] = PRIM_SHA1,      [BURST_HMAC_SHA256_128] = PRIM_SHA256,
		[BURST_HMAC_SHA256_96] = PRIM_SHA256,  [BURST_HMAC_SHA384_192] = PRIM_SHA384,
		[BURST_HMAC_SHA512_256] = PRIM_SHA512, [BURST_HMAC_MD5_96] = PRIM_MD5};
	struct bytes key = {p->auth_key, burst_auth_key_len(p->alg.auth)}, body = {esp, len};
	uint8_t mac[PRIM_HASH_MAX];

	if (p->alg.cipher == BURST_AES_GCM16) {
		reference_gcm(p, esp, len);
		return;
	}
	assert_true(prim_cbc_encrypt(ciphers[p->alg.cipher], p->enc_key, p->alg.key_len, esp + 8,
				     esp + front(p), len - front(p)));
	assert_true(prim_hmac(hashes[p->alg.auth], key, &body, 1, mac));
	memcpy(esp + len, mac, burst_icv_len(&p->alg));
}

struct packet {
	uint8_t b[GUARD + LEN_MAX + BURST_ICV_MAX + GUARD];
	uint8_t plain[LEN_MAX];
	uint8_t sealed[LEN_MAX + BURST_ICV_MAX];
	const struct pair *pair;
	uint32_t len;
};

static size_t whole(const struct packet *k)
{
	return k->len + burst_icv_len(&k->pair->alg);
}

static void packet_make(struct packet *k, const struct pair *pair, uint32_t len)
{
	k->pair = pair;
	k->len = len;
	memset(k->b, GUARD_OCTET, sizeof(k->b));
	fill_random(k->plain, len);
	memcpy(k->sealed, k->plain, len);
	reference_seal(pair, k->sealed, len);
	memcpy(k->b + GUARD, k->plain, len);
}

static void assert_guards(const struct packet *k)
{
	size_t end = GUARD + whole(k);

	for (size_t i = 0; i < GUARD; i++) {
		assert_int_equal(k->b[i], GUARD_OCTET);
		assert_int_equal(k->b[end + i], GUARD_OCTET);
	}
}

/* Seals the packets in one burst, compares with the reference, opens them again. */
static void seal_and_open(struct burst *b, struct packet *k, size_t n)
{
	struct burst_job jobs[BURST_MAX];

	for (size_t i = 0; i < n; i++) {
		jobs[i] =
			(struct burst_job){k[i].pair->seal, k[i].b + GUARD, k[i].len, false, &k[i]};
		memcpy(k[i].b + GUARD, k[i].plain, k[i].len);
		memset(k[i].b + GUARD + k[i].len, GUARD_OCTET, BURST_ICV_MAX);
	}
	burst_seal(b, jobs, n);
	for (size_t i = 0; i < n; i++) {
		assert_true(jobs[i].ok);
		assert_ptr_equal(jobs[i].owner, &k[i]);
		assert_memory_equal(k[i].b + GUARD, k[i].sealed, whole(&k[i]));
		assert_guards(&k[i]);
		jobs[i].sa = k[i].pair->open;
		jobs[i].ok = false;
	}
	burst_open(b, jobs, n);
	for (size_t i = 0; i < n; i++) {
		assert_true(jobs[i].ok);
		assert_memory_equal(k[i].b + GUARD, k[i].plain, k[i].len);
		assert_memory_equal(k[i].b + GUARD + k[i].len, k[i].sealed + k[i].len,
				    burst_icv_len(&k[i].pair->alg));
		assert_guards(&k[i]);
	}
}

static void sizes(void **state)
{
	static const struct burst_alg bad[] = {
		{BURST_AES_CBC, 0, BURST_HMAC_SHA1_96},
		{BURST_AES_CBC, 20, BURST_HMAC_SHA1_96},
		{BURST_AES_CBC, 64, BURST_HMAC_SHA256_128},
		{(enum burst_cipher)9, 16, BURST_HMAC_SHA1_96},
		{BURST_AES_CBC, 16, (enum burst_auth)9},
		{BURST_AES_CBC, 16, BURST_AUTH_NONE},
		{BURST_AES_GCM16, 16, BURST_HMAC_SHA1_96},
		{BURST_AES_GCM16, 20, BURST_AUTH_NONE},
		{BURST_3DES_CBC, 16, BURST_HMAC_SHA1_96},
		{BURST_DES_CBC, 24, BURST_HMAC_SHA1_96},
		{BURST_DES_CBC, 0, BURST_HMAC_SHA1_96},
	};
	static const struct {
		struct burst_alg alg;
		size_t iv, block, icv, enc_key, auth_key;
		bool counter;
	} t[] = {
		{{BURST_AES_CBC, 16, BURST_HMAC_SHA1_96}, 16, 16, 12, 16, 20, false},
		{{BURST_AES_CBC, 32, BURST_HMAC_SHA256_128}, 16, 16, 16, 32, 32, false},
		{{BURST_AES_CBC, 32, BURST_HMAC_SHA256_96}, 16, 16, 12, 32, 32, false},
		{{BURST_AES_CBC, 24, BURST_HMAC_SHA384_192}, 16, 16, 24, 24, 48, false},
		{{BURST_AES_CBC, 16, BURST_HMAC_SHA512_256}, 16, 16, 32, 16, 64, false},
		{{BURST_3DES_CBC, 24, BURST_HMAC_MD5_96}, 8, 8, 12, 24, 16, false},
		{{BURST_DES_CBC, 8, BURST_HMAC_MD5_96}, 8, 8, 12, 8, 16, false},
		{{BURST_AES_GCM16, 16, BURST_AUTH_NONE}, 8, 4, 16, 20, 0, true},
		{{BURST_AES_GCM16, 32, BURST_AUTH_NONE}, 8, 4, 16, 36, 0, true},
	};
	static const uint8_t key[64] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10};

	(void)state;
	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		assert_true(burst_alg_known(&t[i].alg));
		assert_int_equal(burst_iv_len(&t[i].alg), t[i].iv);
		assert_int_equal(burst_block_len(&t[i].alg), t[i].block);
		assert_int_equal(burst_icv_len(&t[i].alg), t[i].icv);
		assert_int_equal(burst_enc_key_len(&t[i].alg), t[i].enc_key);
		assert_int_equal(burst_auth_key_len(t[i].alg.auth), t[i].auth_key);
		assert_int_equal(burst_iv_is_counter(&t[i].alg), t[i].counter);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_false(burst_alg_known(&bad[i]));
		assert_null(burst_sa_new(&bad[i], BURST_SEAL, key, key));
	}
	burst_sa_free(NULL);
	burst_free(NULL);
}

/* RFC 2451 2.3: K1 = K2 or K2 = K3 is single DES; RFC 2409 appendix A: weak and semi-weak. */
static void weak_keys_are_refused(void **state)
{
	static const struct burst_alg des = {BURST_DES_CBC, 8, BURST_HMAC_SHA1_96};
	static const struct burst_alg des3 = {BURST_3DES_CBC, 24, BURST_HMAC_SHA1_96};
	static const struct burst_alg aes = {BURST_AES_CBC, 24, BURST_HMAC_SHA1_96};
	static const uint8_t weak[8] = {0x1f, 0x1f, 0x1f, 0x1f, 0x0e, 0x0e, 0x0e, 0x0e};
	uint8_t key[24], auth[20] = {0};

	(void)state;
	srand(18);
	fill_random(key, sizeof(key));
	for (unsigned i = 0; i < 3; i++) {
		uint8_t bad[24];
		struct burst_sa *sa;

		memcpy(bad, key, sizeof(bad));
		if (i < 2)
			memcpy(bad + 8 * i, bad + 8 * i + 8, 8);
		else
			memcpy(bad, weak, 8);
		assert_null(burst_sa_new(&des3, BURST_OPEN, bad, auth));
		sa = burst_sa_new(&aes, BURST_OPEN, bad, auth);
		assert_non_null(sa);
		burst_sa_free(sa);
	}
	assert_null(burst_sa_new(&des, BURST_SEAL, weak, auth));
}

static void implementations_say_who_they_are(void **state)
{
	struct burst *plain = burst_new(BURST_LIBCRYPTO), *both = burst_new(BURST_AUTO);
	struct burst *mb = burst_new(BURST_IPSEC_MB);

	(void)state;
	assert_non_null(plain);
	assert_non_null(both);
	assert_string_equal(burst_impl_name(plain), "libcrypto");
	if (mb) {
		assert_string_equal(burst_impl_name(mb), "intel-ipsec-mb");
		assert_string_equal(burst_impl_name(both), "intel-ipsec-mb and libcrypto");
	} else {
		assert_string_equal(burst_impl_name(both), "libcrypto");
	}
	burst_free(plain);
	burst_free(both);
	burst_free(mb);
}

/* Payloads of 4 to 1600 octets, all algorithms, each implementation against the reference. */
static void every_length(void **state)
{
	static struct packet k[BURST_MAX];
	struct pair p[N_ALGS];

	(void)state;
	srand(11);
	for (unsigned a = 0; a < N_ALGS; a++)
		pair_random(&p[a], &all_algs[a]);
	for (unsigned i = 0; i < N_IMPLS; i++) {
		struct burst *b = burst_new(all_impls[i]);

		for (uint32_t len = 4; b && len <= 1600; len += 4)
			for (unsigned n = 1; n <= 7; n += 6) {
				for (unsigned j = 0; j < n; j++) {
					const struct pair *one = &p[(len / 4 + 3 * j) % N_ALGS];

					packet_make(&k[j], one, whole_blocks(one, len));
				}
				seal_and_open(b, k, n);
			}
		burst_free(b);
	}
	for (unsigned a = 0; a < N_ALGS; a++)
		pair_end(&p[a]);
}

/* Bursts of every size, SAs and algorithms and lengths mixed. The same struct burst
 * throughout: nothing of one call may be left for the next. */
static void every_burst_size(void **state)
{
	enum { N_PAIRS = 40 };
	static struct packet k[BURST_MAX];
	struct pair p[N_PAIRS];

	(void)state;
	srand(12);
	for (unsigned i = 0; i < N_PAIRS; i++)
		pair_random(&p[i], &all_algs[i % N_ALGS]);
	for (unsigned i = 0; i < N_IMPLS; i++) {
		struct burst *b = burst_new(all_impls[i]);

		for (size_t n = 1; b && n <= BURST_MAX; n++) {
			for (size_t j = 0; j < n; j++) {
				const struct pair *one = &p[rand() % N_PAIRS];

				packet_make(&k[j], one,
					    whole_blocks(one, 1 + (uint32_t)rand() % 1600));
			}
			seal_and_open(b, k, n);
		}
		burst_free(b);
	}
	for (unsigned i = 0; i < N_PAIRS; i++)
		pair_end(&p[i]);
}

/* One bit wrong anywhere refuses that packet and no other of its burst. */
static void every_octet_is_covered(void **state)
{
	enum { N = 5 };
	static struct packet k[N];
	struct burst_job jobs[N];
	struct pair p[N_ALGS];

	(void)state;
	srand(13);
	for (unsigned a = 0; a < N_ALGS; a++)
		pair_random(&p[a], &all_algs[a]);
	for (unsigned i = 0; i < N_IMPLS * N_ALGS; i++) {
		struct burst *b = burst_new(all_impls[i / N_ALGS]);
		uint32_t octets = front(&p[i % N_ALGS]) + 64;
		size_t icv_len = burst_icv_len(&all_algs[i % N_ALGS]);

		for (size_t at = 0; b && at < octets + icv_len; at++) {
			size_t bad = at % N, n = at % 2 ? N : bad + 1;

			for (size_t j = 0; j < n; j++) {
				packet_make(&k[j], &p[i % N_ALGS], octets);
				memcpy(k[j].b + GUARD, k[j].sealed, whole(&k[j]));
				jobs[j] = (struct burst_job){p[i % N_ALGS].open, k[j].b + GUARD,
							     octets, j == bad, NULL};
			}
			k[bad].b[GUARD + at] ^= (uint8_t)(1u << rand() % 8);
			burst_open(b, jobs, n);
			for (size_t j = 0; j < n; j++)
				assert_int_equal(jobs[j].ok, j != bad);
		}
		burst_free(b);
	}
	for (unsigned a = 0; a < N_ALGS; a++)
		pair_end(&p[a]);
}

/* Wrong lengths, the other direction's SA, another SA's packet: refused, and the
 * good packets around them are not touched by it. */
static void what_does_not_fit_is_refused(void **state)
{
	static const uint32_t bad_len[] = {0, 1, 8, 23, 24, 25, 39, 41, 55, 65536 + 24, UINT32_MAX};
	enum { N_BAD = sizeof(bad_len) / sizeof(bad_len[0]) };
	static struct packet k[N_BAD + 3];
	struct burst_job jobs[N_BAD + 3];
	struct pair p, q;

	(void)state;
	srand(14);
	pair_random(&p, &all_algs[2]);
	pair_random(&q, &all_algs[2]);
	for (unsigned i = 0; i < N_IMPLS; i++) {
		struct burst *b = burst_new(all_impls[i]);

		for (unsigned j = 0; b && j < N_BAD + 3; j++) {
			packet_make(&k[j], &p, FRONT_MAX + 32);
			memcpy(k[j].b + GUARD, k[j].sealed, whole(&k[j]));
			jobs[j] = (struct burst_job){p.open, k[j].b + GUARD,
						     j < N_BAD ? bad_len[j] : k[j].len, true, NULL};
		}
		jobs[N_BAD].sa = p.seal;
		jobs[N_BAD + 1].sa = q.open;
		if (b)
			burst_open(b, jobs, N_BAD + 3);
		for (unsigned j = 0; b && j < N_BAD + 3; j++)
			assert_int_equal(jobs[j].ok, j == N_BAD + 2);
		jobs[0] = (struct burst_job){p.open, k[0].b + GUARD, k[0].len, true, NULL};
		jobs[1] = (struct burst_job){p.seal, k[1].b + GUARD, 40 + 1, true, NULL};
		if (b) {
			burst_seal(b, jobs, 2);
			assert_false(jobs[0].ok || jobs[1].ok);
			assert_memory_equal(k[0].b + GUARD, k[0].sealed, whole(&k[0]));
			burst_seal(b, jobs, 0);
			burst_open(b, NULL, 0);
		}
		burst_free(b);
	}
	pair_end(&p);
	pair_end(&q);
}

/* An SA made once and used by struct bursts of both kinds in turn, as BURST_AUTO does. */
static void an_sa_works_with_every_burst(void **state)
{
	static struct packet k[3];
	struct pair p;

	(void)state;
	srand(15);
	pair_random(&p, &all_algs[5]);
	for (unsigned round = 0; round < 6; round++) {
		struct burst *b = burst_new(all_impls[round % N_IMPLS]);

		for (unsigned j = 0; j < 3; j++)
			packet_make(&k[j], &p, FRONT_MAX + 16 * (round + 1));
		if (b)
			seal_and_open(b, k, 3);
		burst_free(b);
	}
	pair_end(&p);
}

static unsigned allocations;

static void *counting_malloc(size_t len, const char *file, int line)
{
	(void)file;
	(void)line;
	allocations++;
	return malloc(len);
}

static void *counting_realloc(void *p, size_t len, const char *file, int line)
{
	(void)file;
	(void)line;
	allocations++;
	return realloc(p, len);
}

static void plain_free(void *p, const char *file, int line)
{
	(void)file;
	(void)line;
	free(p);
}

/* DESIGN.md section 5, rule 5. The count is of libcrypto's allocations. */
static void packets_allocate_nothing(void **state)
{
	static struct packet k[BURST_MAX];
	struct burst_job jobs[BURST_MAX];

	(void)state;
	srand(16);
	for (unsigned i = 0; i < N_IMPLS * N_ALGS; i++) {
		struct burst *b = burst_new(all_impls[i / N_ALGS]);
		struct pair p;
		unsigned before;

		pair_random(&p, &all_algs[i % N_ALGS]);
		assert_true(allocations > 0);
		for (unsigned j = 0; j < BURST_MAX; j++) {
			packet_make(&k[j], &p, front(&p) + 1408);
			jobs[j] = (struct burst_job){p.seal, k[j].b + GUARD, k[j].len, false, NULL};
		}
		before = allocations;
		if (b)
			burst_seal(b, jobs, BURST_MAX);
		for (unsigned j = 0; j < BURST_MAX; j++)
			jobs[j].sa = p.open;
		if (b)
			burst_open(b, jobs, BURST_MAX);
		assert_int_equal(allocations, before);
		for (unsigned j = 0; b && j < BURST_MAX; j++)
			assert_true(jobs[j].ok);
		burst_free(b);
		pair_end(&p);
	}
}

struct worker {
	struct packet *k;
	pthread_t thread;
};

static void *work(void *ctx)
{
	struct worker *w = ctx;
	struct burst *b = burst_new(BURST_AUTO);

	for (unsigned round = 0; round < 50; round++)
		seal_and_open(b, w->k, 1 + round % 8);
	burst_free(b);
	return NULL;
}

/* SAs made by the control thread, each used by one of two workers at once. */
static void workers_do_not_share(void **state)
{
	static struct packet k[2][8];
	struct worker w[2];
	struct pair p[2];

	(void)state;
	srand(17);
	for (unsigned i = 0; i < 2; i++) {
		pair_random(&p[i], &all_algs[2 + 3 * i]);
		for (unsigned j = 0; j < 8; j++)
			packet_make(&k[i][j], &p[i], FRONT_MAX + 16 * (j + 1));
		w[i] = (struct worker){.k = k[i]};
		assert_int_equal(pthread_create(&w[i].thread, NULL, work, &w[i]), 0);
	}
	for (unsigned i = 0; i < 2; i++) {
		pthread_join(w[i].thread, NULL);
		pair_end(&p[i]);
	}
}

/* libcrypto's contexts are shared by all SAs: packets of three take turns, one of them is
 * forgotten and freed, and another may be where it was. */
static void sas_take_turns(void **state)
{
	static struct packet k;

	(void)state;
	srand(19);
	for (size_t a = 0; a < N_ALGS; a++) {
		struct burst *b = burst_new(BURST_LIBCRYPTO);
		struct pair p[3];

		for (unsigned i = 0; i < 3; i++)
			pair_random(&p[i], &all_algs[a]);
		for (unsigned round = 0; round < 30; round++) {
			unsigned i = round % 3;

			packet_make(&k, &p[i], whole_blocks(&p[i], 40));
			seal_and_open(b, &k, 1);
			if (round % 4 != 3)
				continue;
			burst_forget(b, p[i].seal);
			burst_forget(b, p[i].open);
			pair_end(&p[i]);
			pair_random(&p[i], &all_algs[a]);
		}
		for (unsigned i = 0; i < 3; i++)
			pair_end(&p[i]);
		burst_free(b);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sizes),
		cmocka_unit_test(weak_keys_are_refused),
		cmocka_unit_test(implementations_say_who_they_are),
		cmocka_unit_test(every_length),
		cmocka_unit_test(every_burst_size),
		cmocka_unit_test(every_octet_is_covered),
		cmocka_unit_test(what_does_not_fit_is_refused),
		cmocka_unit_test(an_sa_works_with_every_burst),
		cmocka_unit_test(sas_take_turns),
		cmocka_unit_test(packets_allocate_nothing),
		cmocka_unit_test(workers_do_not_share),
	};

	if (CRYPTO_set_mem_functions(counting_malloc, counting_realloc, plain_free) != 1)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
