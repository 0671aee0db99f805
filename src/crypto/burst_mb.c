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

#define NO_COMPAT_IMB_API_053
#include <intel-ipsec-mb.h>
#include <pthread.h>

#include "base/secret.h"
#include "burst_impl.h"

struct burst_mb {
	IMB_MGR *mgr;
	/* Tags of packets to be opened: compared here, never written over the packet's. */
	uint8_t icv[BURST_MAX][ICV_MAX];
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

void burst_mb_sa_init(struct burst_sa *sa, const uint8_t *enc_key)
{
	_Alignas(16) uint8_t other[AES_BLOCK * AES_ROUNDS_MAX];
	void *enc = sa->dir == BURST_SEAL ? sa->round_keys : other;
	void *dec = sa->dir == BURST_SEAL ? other : sa->round_keys;

	pthread_once(&expander_once, load_expander);
	if (!expander)
		return;
	if (sa->alg.key_len == 16)
		IMB_AES_KEYEXP_128(expander, enc_key, enc, dec);
	else if (sa->alg.key_len == 24)
		IMB_AES_KEYEXP_192(expander, enc_key, enc, dec);
	else
		IMB_AES_KEYEXP_256(expander, enc_key, enc, dec);
	secret_zero(other, sizeof(other));
}

static void fill(IMB_JOB *j, enum burst_dir dir, const struct burst_job *job, uint8_t *icv)
{
	const struct burst_sa *sa = job->sa;
	uint8_t *iv = job->esp + ESP_HEADER_LEN;

	j->cipher_mode = IMB_CIPHER_CBC;
	j->cipher_direction = dir == BURST_SEAL ? IMB_DIR_ENCRYPT : IMB_DIR_DECRYPT;
	j->chain_order = dir == BURST_SEAL ? IMB_ORDER_CIPHER_HASH : IMB_ORDER_HASH_CIPHER;
	j->enc_keys = sa->round_keys;
	j->dec_keys = sa->round_keys;
	j->key_len_in_bytes = sa->alg.key_len;
	j->iv = iv;
	j->iv_len_in_bytes = AES_BLOCK;
	j->src = job->esp;
	j->dst = iv + AES_BLOCK;
	j->cipher_start_src_offset_in_bytes = ESP_HEADER_LEN + AES_BLOCK;
	j->msg_len_to_cipher_in_bytes = job->len - ESP_HEADER_LEN - AES_BLOCK;
	j->hash_alg =
		sa->alg.auth == BURST_HMAC_SHA1_96 ? IMB_AUTH_HMAC_SHA_1 : IMB_AUTH_HMAC_SHA_256;
	j->hash_start_src_offset_in_bytes = 0;
	j->msg_len_to_hash_in_bytes = job->len;
	j->auth_tag_output = dir == BURST_SEAL ? job->esp + job->len : icv;
	j->auth_tag_output_len_in_bytes = burst_icv_len(&sa->alg);
	j->u.HMAC._hashed_auth_key_xor_ipad = (const uint8_t *)sa->inner;
	j->u.HMAC._hashed_auth_key_xor_opad = (const uint8_t *)sa->outer;
}

/* Completed jobs carry their struct burst_job in user_data and their tag's place in user_data2. */
static void finish(IMB_JOB *const *done, uint32_t n, enum burst_dir dir)
{
	for (uint32_t i = 0; i < n; i++) {
		struct burst_job *job = done[i]->user_data;

		job->ok = done[i]->status == IMB_STATUS_COMPLETED &&
			  (dir == BURST_SEAL || secret_eq(done[i]->user_data2, job->esp + job->len,
							  burst_icv_len(&job->sa->alg)));
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
	for (uint32_t i = 0; i < got; i++) {
		fill(queue[i], dir, jobs[i], mb->icv[i]);
		queue[i]->user_data = jobs[i];
		queue[i]->user_data2 = mb->icv[i];
	}
	finish(queue, IMB_SUBMIT_BURST(mb->mgr, got, queue), dir);
	flush(mb, dir);
}

_Static_assert(BURST_MAX <= IMB_MAX_BURST_SIZE && BURST_MAX < IMB_MAX_JOBS,
	       "a burst must fit the queue");
