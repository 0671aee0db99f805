/*
 * burst over intel-ipsec-mb: a burst of packets, of any mix of SAs and algorithms,
 * is submitted at once; the library fills its lanes across them. Every call flushes
 * what it submitted, so nothing is held back between calls.
 *
 * A manager (lanes and job queue) belongs to a struct burst. Round keys are expanded
 * by a manager of the process's own: expansion is a pure function and the round keys
 * are laid out alike for every manager.
 *
 * Called by: burst.c. The file is compiled only where the library was found.
 */
#include <stdlib.h>
#include <string.h>

#define NO_COMPAT_IMB_API_053
#include <intel-ipsec-mb.h>
#include <pthread.h>

#include "base/secret.h"
#include "burst_impl.h"

struct burst_mb {
	IMB_MGR *mgr;
	/* Tags of packets to be opened: compared here, never written over the packet's. */
	uint8_t icv[BURST_MAX][BURST_ICV_MAX];
	uint8_t nonce[BURST_MAX][GCM_NONCE];
};

#define DES_KEY    8
#define DES_ROUNDS 16

/* Of DES the first schedule is used; of 3DES the three, through the pointers. */
struct des_keys {
	const void *of[3];
	uint64_t schedule[3][DES_ROUNDS];
};

/* Without AES instructions the library runs an emulation by tables, which is slow
 * and not constant in time: then it counts as not available. */
static IMB_MGR *new_manager(void)
{
	IMB_MGR *mgr = alloc_mb_mgr(0);
	IMB_ARCH arch = IMB_ARCH_NONE;

	if (!mgr)
		return NULL;
	init_mb_mgr_auto(mgr, &arch);
	if (arch == IMB_ARCH_NONE || arch == IMB_ARCH_NOAESNI || imb_get_errno(mgr) != 0 ||
	    ((mgr->features & IMB_FEATURE_SELF_TEST) &&
	     !(mgr->features & IMB_FEATURE_SELF_TEST_PASS))) {
		free_mb_mgr(mgr);
		return NULL;
	}
	return mgr;
}

static IMB_MGR *expander;
static pthread_once_t expander_once = PTHREAD_ONCE_INIT;

static void load_expander(void)
{
	expander = new_manager();
}

struct burst_mb *burst_mb_new(void)
{
	struct burst_mb *mb = calloc(1, sizeof(*mb));

	if (!mb)
		return NULL;
	pthread_once(&expander_once, load_expander);
	mb->mgr = expander ? new_manager() : NULL;
	if (mb->mgr)
		return mb;
	free(mb);
	return NULL;
}

void burst_mb_free(struct burst_mb *mb)
{
	if (!mb)
		return;
	free_mb_mgr(mb->mgr);
	free(mb);
}

static void aes_keys(struct burst_sa *sa, const uint8_t *enc_key)
{
	_Alignas(16) uint8_t other[AES_BLOCK * AES_ROUNDS_MAX];
	void *enc = sa->dir == BURST_SEAL ? sa->round_keys : other;
	void *dec = sa->dir == BURST_SEAL ? other : sa->round_keys;

	if (sa->alg.key_len == 16)
		IMB_AES_KEYEXP_128(expander, enc_key, enc, dec);
	else if (sa->alg.key_len == 24)
		IMB_AES_KEYEXP_192(expander, enc_key, enc, dec);
	else
		IMB_AES_KEYEXP_256(expander, enc_key, enc, dec);
	secret_zero(other, sizeof(other));
}

static bool gcm_keys(struct burst_sa *sa, const uint8_t *enc_key)
{
	struct gcm_key_data *k = aligned_alloc(_Alignof(struct gcm_key_data), sizeof(*k));

	if (!k)
		return false;
	memset(k, 0, sizeof(*k));
	sa->mb_keys = k;
	if (sa->alg.key_len == 16)
		IMB_AES128_GCM_PRE(expander, enc_key, k);
	else if (sa->alg.key_len == 24)
		IMB_AES192_GCM_PRE(expander, enc_key, k);
	else
		IMB_AES256_GCM_PRE(expander, enc_key, k);
	return true;
}

static bool des_keys(struct burst_sa *sa, const uint8_t *enc_key)
{
	struct des_keys *k = calloc(1, sizeof(*k));

	if (!k)
		return false;
	sa->mb_keys = k;
	for (unsigned i = 0; i < 3; i++)
		k->of[i] = k->schedule[i];
	for (unsigned i = 0; i < sa->alg.key_len / DES_KEY; i++)
		IMB_DES_KEYSCHED(expander, k->schedule[i], enc_key + (size_t)DES_KEY * i);
	return true;
}

bool burst_mb_sa_init(struct burst_sa *sa, const uint8_t *enc_key)
{
	pthread_once(&expander_once, load_expander);
	if (!expander)
		return true;
	switch (sa->alg.cipher) {
	case BURST_AES_GCM16:
		return gcm_keys(sa, enc_key);
	case BURST_3DES_CBC:
	case BURST_DES_CBC:
		return des_keys(sa, enc_key);
	case BURST_AES_CBC:
		break;
	}
	aes_keys(sa, enc_key);
	return true;
}

void burst_mb_sa_end(struct burst_sa *sa)
{
	if (!sa->mb_keys)
		return;
	secret_zero(sa->mb_keys, sa->alg.cipher == BURST_AES_GCM16 ? sizeof(struct gcm_key_data)
								   : sizeof(struct des_keys));
	free(sa->mb_keys);
	sa->mb_keys = NULL;
}

/* The library's names of our algorithms, and where its keys are. */
static void fill_cipher(IMB_JOB *j, const struct burst_sa *sa)
{
	static const IMB_CIPHER_MODE modes[] = {
		[BURST_AES_CBC] = IMB_CIPHER_CBC,
		[BURST_AES_GCM16] = IMB_CIPHER_GCM,
		[BURST_3DES_CBC] = IMB_CIPHER_DES3,
		[BURST_DES_CBC] = IMB_CIPHER_DES,
	};
	const void *keys = sa->mb_keys;

	if (sa->alg.cipher == BURST_AES_CBC)
		keys = sa->round_keys;
	else if (sa->alg.cipher == BURST_DES_CBC)
		keys = ((const struct des_keys *)sa->mb_keys)->schedule[0];
	j->cipher_mode = modes[sa->alg.cipher];
	j->key_len_in_bytes = sa->alg.key_len;
	j->enc_keys = keys;
	j->dec_keys = keys;
}

static void fill_hmac(IMB_JOB *j, const struct burst_job *job)
{
	static const IMB_HASH_ALG algs[] = {
		[BURST_HMAC_SHA1_96] = IMB_AUTH_HMAC_SHA_1,
		[BURST_HMAC_SHA256_128] = IMB_AUTH_HMAC_SHA_256,
		[BURST_HMAC_SHA256_96] = IMB_AUTH_HMAC_SHA_256,
		[BURST_HMAC_SHA384_192] = IMB_AUTH_HMAC_SHA_384,
		[BURST_HMAC_SHA512_256] = IMB_AUTH_HMAC_SHA_512,
		[BURST_HMAC_MD5_96] = IMB_AUTH_MD5,
	};

	j->hash_alg = algs[job->sa->alg.auth];
	j->hash_start_src_offset_in_bytes = 0;
	j->msg_len_to_hash_in_bytes = job->len;
	j->u.HMAC._hashed_auth_key_xor_ipad = (const uint8_t *)&job->sa->inner;
	j->u.HMAC._hashed_auth_key_xor_opad = (const uint8_t *)&job->sa->outer;
}

/* RFC 4106: nonce = salt | IV, additional data = SPI | sequence number. */
static void fill_gcm(IMB_JOB *j, const struct burst_job *job, uint8_t nonce[GCM_NONCE])
{
	memcpy(nonce, job->sa->salt, GCM_SALT);
	memcpy(nonce + GCM_SALT, job->esp + ESP_HEADER_LEN, GCM_NONCE - GCM_SALT);
	j->iv = nonce;
	j->iv_len_in_bytes = GCM_NONCE;
	j->hash_alg = IMB_AUTH_AES_GMAC;
	j->hash_start_src_offset_in_bytes = j->cipher_start_src_offset_in_bytes;
	j->msg_len_to_hash_in_bytes = j->msg_len_to_cipher_in_bytes;
	j->u.GCM.aad = job->esp;
	j->u.GCM.aad_len_in_bytes = ESP_HEADER_LEN;
}

/* tag: a place of BURST_ICV_MAX octets, for what the library may not put into the packet. */
static void fill(IMB_JOB *j, enum burst_dir dir, struct burst_job *job, uint8_t *tag,
		 uint8_t nonce[GCM_NONCE])
{
	const struct burst_sa *sa = job->sa;
	uint8_t *iv = job->esp + ESP_HEADER_LEN;
	bool cut = sa->alg.auth == BURST_HMAC_SHA256_96; /* the library knows 16 octets only */

	fill_cipher(j, sa);
	j->cipher_direction = dir == BURST_SEAL ? IMB_DIR_ENCRYPT : IMB_DIR_DECRYPT;
	j->chain_order = dir == BURST_SEAL ? IMB_ORDER_CIPHER_HASH : IMB_ORDER_HASH_CIPHER;
	j->iv = iv;
	j->iv_len_in_bytes = sa->iv_len;
	j->src = job->esp;
	j->dst = iv + sa->iv_len;
	j->cipher_start_src_offset_in_bytes = ESP_HEADER_LEN + sa->iv_len;
	j->msg_len_to_cipher_in_bytes = job->len - ESP_HEADER_LEN - sa->iv_len;
	if (sa->alg.cipher == BURST_AES_GCM16)
		fill_gcm(j, job, nonce);
	else
		fill_hmac(j, job);
	j->auth_tag_output = dir == BURST_SEAL && !cut ? job->esp + job->len : tag;
	j->auth_tag_output_len_in_bytes = cut ? 16 : sa->icv_len;
	j->user_data = job;
	j->user_data2 = j->auth_tag_output;
}

/* Completed jobs carry their struct burst_job in user_data and their tag's place in user_data2. */
static void finish(IMB_JOB *const *done, uint32_t n, enum burst_dir dir)
{
	for (uint32_t i = 0; i < n; i++) {
		struct burst_job *job = done[i]->user_data;
		uint8_t *icv = job->esp + job->len, *tag = done[i]->user_data2;

		job->ok = done[i]->status == IMB_STATUS_COMPLETED &&
			  (dir == BURST_SEAL || secret_eq(tag, icv, job->sa->icv_len));
		if (dir == BURST_SEAL && tag != icv)
			memcpy(icv, tag, job->sa->icv_len);
	}
}

static void flush(struct burst_mb *mb, enum burst_dir dir)
{
	IMB_JOB *done[BURST_MAX];
	uint32_t n;

	while ((n = IMB_FLUSH_BURST(mb->mgr, BURST_MAX, done)) != 0)
		finish(done, n, dir);
}

/* The queue (IMB_MAX_JOBS) is empty on entry and longer than any burst, so that
 * one request gets all the jobs; were it not so, the rest stays refused. */
void burst_mb_run(struct burst_mb *mb, enum burst_dir dir, struct burst_job *const *jobs, size_t n)
{
	IMB_JOB *queue[BURST_MAX];
	uint32_t got = IMB_GET_NEXT_BURST(mb->mgr, (uint32_t)n, queue);

	for (size_t i = 0; i < n; i++)
		jobs[i]->ok = false;
	for (uint32_t i = 0; i < got; i++)
		fill(queue[i], dir, jobs[i], mb->icv[i], mb->nonce[i]);
	finish(queue, IMB_SUBMIT_BURST(mb->mgr, got, queue), dir);
	flush(mb, dir);
}

_Static_assert(BURST_MAX <= IMB_MAX_BURST_SIZE && BURST_MAX < IMB_MAX_JOBS,
	       "a burst must fit the queue");
