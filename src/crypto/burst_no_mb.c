/*
 * burst_mb.c's place where intel-ipsec-mb was not found at build time: there is no
 * such implementation, and burst.c uses libcrypto alone.
 */
#include "burst_impl.h"

struct burst_mb *burst_mb_new(void)
{
	return NULL;
}

void burst_mb_free(struct burst_mb *mb)
{
	(void)mb;
}

bool burst_mb_sa_init(struct burst_sa *sa, const uint8_t *enc_key)
{
	(void)sa;
	(void)enc_key;
	return true;
}

void burst_mb_sa_end(struct burst_sa *sa)
{
	(void)sa;
}

void burst_mb_run(struct burst_mb *mb, enum burst_dir dir, struct burst_job *const *jobs, size_t n)
{
	(void)mb;
	(void)dir;
	for (size_t i = 0; i < n; i++)
		jobs[i]->ok = false;
}
