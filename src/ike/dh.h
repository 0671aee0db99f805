/* Diffie-Hellman jobs (RFC 2409 section 6, RFC 5903). Private to src/ike. */
#pragma once

#include "base/list.h"
#include "ike/ike.h"

enum dh_sum {
	DH_GENERATE, /* our key pair */
	DH_DERIVE,   /* the secret, of a pair that we have */
	DH_BOTH,     /* responder: pair and secret at once */
	DH_NONE,     /* no Diffie-Hellman: the check of a proof */
};

struct proof; /* proof.h */

struct ike_dh_job {
	struct list link; /* in the list of jobs that are out */
	ike_sa_id sa;
	uint32_t mid;  /* Quick Mode; 0: phase 1 */
	bool stranger; /* counts in the budget of unauthenticated peers */
	bool orphan;   /* its struct ike is gone: only free it */
	bool spare;    /* a pair made ahead (spare.h) */
	enum dh_sum sum;
	unsigned group;
	bool ok;
	struct prim_dh *dh;
	bool borrowed;       /* dh is a struct ike_load_pair's */
	struct proof *proof; /* DH_NONE; owned */
	size_t public_len, secret_len;
	uint8_t *ours, *theirs, *secret; /* in mem */
	uint8_t mem[];
};

/* NULL: memory, or theirs does not have the group's length. theirs may be empty
 * (DH_GENERATE); dh_set_theirs() gives it later. */
struct ike_dh_job *dh_job_new(unsigned group, enum dh_sum sum, struct bytes theirs);
/* Takes proof over; NULL: memory, and proof is freed. */
struct ike_dh_job *dh_job_of_proof(struct proof *proof);
bool dh_job_set_theirs(struct ike_dh_job *job, struct bytes theirs);
void dh_job_free(struct ike_dh_job *job); /* wipes; NULL is harmless */

static inline struct bytes dh_ours(const struct ike_dh_job *job)
{
	return (struct bytes){job->ours, job->public_len};
}

static inline struct bytes dh_theirs(const struct ike_dh_job *job)
{
	return (struct bytes){job->theirs, job->public_len};
}

static inline struct bytes dh_secret(const struct ike_dh_job *job)
{
	return (struct bytes){job->secret, job->secret_len};
}
