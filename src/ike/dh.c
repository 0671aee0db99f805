/*
 * dh: the slow sums as objects that leave the control thread (RFC 2409 section
 * 6, RFC 3526, RFC 5903). Made by main and quick, run by the caller's crypto
 * pool, given back by ike_dh_done(). A job never points at an SA: it names one.
 */
#include "dh.h"

#include <stdlib.h>

#include "proof.h"

struct ike_dh_job *dh_job_new(unsigned group, enum dh_sum sum, struct bytes theirs)
{
	size_t pub = prim_dh_public_len(group), sec = prim_dh_secret_len(group);
	struct ike_dh_job *job;

	if (pub == 0)
		return NULL;
	job = calloc(1, sizeof(*job) + 2 * pub + sec);
	if (!job)
		return NULL;
	list_init(&job->link);
	job->sum = sum;
	job->group = group;
	job->public_len = pub;
	job->secret_len = sec;
	job->ours = job->mem;
	job->theirs = job->mem + pub;
	job->secret = job->mem + 2 * pub;
	if (sum != DH_GENERATE && !dh_job_set_theirs(job, theirs)) {
		dh_job_free(job);
		return NULL;
	}
	return job;
}

struct ike_dh_job *dh_job_of_proof(struct proof *proof)
{
	struct ike_dh_job *job = calloc(1, sizeof(*job));

	if (!job) {
		proof_free(proof);
		return NULL;
	}
	list_init(&job->link);
	job->sum = DH_NONE;
	job->proof = proof;
	return job;
}

bool dh_job_set_theirs(struct ike_dh_job *job, struct bytes theirs)
{
	if (theirs.len != job->public_len)
		return false;
	memcpy(job->theirs, theirs.p, theirs.len);
	return true;
}

static void release_pair(struct ike_dh_job *job)
{
	if (!job->borrowed)
		prim_dh_free(job->dh);
	job->dh = NULL;
	job->borrowed = false;
}

void dh_job_free(struct ike_dh_job *job)
{
	if (!job)
		return;
	list_del(&job->link);
	release_pair(job);
	proof_free(job->proof);
	secret_zero(job->mem, 2 * job->public_len + job->secret_len);
	free(job);
}

void ike_dh_run(struct ike_dh_job *job)
{
	job->ok = true;
	if (job->sum == DH_NONE) {
		job->ok = proof_check(job->proof);
		return;
	}
	if (!job->dh && job->sum != DH_DERIVE) {
		job->dh = prim_dh_generate(job->group);
		job->ok = job->dh && prim_dh_public(job->dh, job->ours);
	}
	if (job->sum == DH_GENERATE)
		return;
	job->ok = job->ok && prim_dh_derive(job->dh, dh_theirs(job), job->secret);
	release_pair(job);
}

/* ---- for load generators only ---- */

struct ike_load_pair {
	unsigned group;
	struct prim_dh *dh;
	uint8_t public_value[];
};

struct ike_load_pair *ike_load_pair_new(unsigned group)
{
	struct ike_load_pair *pair = calloc(1, sizeof(*pair) + prim_dh_public_len(group));

	if (!pair)
		return NULL;
	pair->group = group;
	pair->dh = prim_dh_known(group) ? prim_dh_generate(group) : NULL;
	if (pair->dh && prim_dh_public(pair->dh, pair->public_value))
		return pair;
	ike_load_pair_free(pair);
	return NULL;
}

void ike_load_pair_free(struct ike_load_pair *pair)
{
	if (!pair)
		return;
	prim_dh_free(pair->dh);
	free(pair);
}

void ike_dh_run_load(struct ike_dh_job *job, struct ike_load_pair *pair)
{
	if (job->sum != DH_GENERATE || job->group != pair->group) {
		ike_dh_run(job);
		return;
	}
	job->dh = pair->dh;
	job->borrowed = true;
	job->ok = true;
	memcpy(job->ours, pair->public_value, job->public_len);
}
