/*
 * spare: Diffie-Hellman key pairs made ahead (RFC 2409 section 5 does not say when g^xr is
 * made). A responder then needs one sum instead of two while many clients connect at
 * once. Each pair is used for one exchange, so that nothing of its forward secrecy is
 * given up. Pairs are made only of groups that were asked for, and no more than would
 * take FULL_US to make. Called by act.c, ike.c. Never computes.
 */
#include "spare.h"

#include "sa.h"

#define FULL_US  100000
#define FULL_MAX 256

void spares_init(struct dh_spares *s)
{
	for (unsigned g = 0; g < SPARE_GROUPS; g++)
		list_init(&s->of[g].jobs);
}

static struct ike_dh_job *take(struct spare_set *set)
{
	struct ike_dh_job *job;

	if (list_empty(&set->jobs))
		return NULL;
	job = list_entry(set->jobs.next, struct ike_dh_job, link);
	list_del(&job->link);
	set->n--;
	return job;
}

void spares_free(struct dh_spares *s)
{
	for (unsigned g = 0; g < SPARE_GROUPS; g++) {
		struct ike_dh_job *job;

		while ((job = take(&s->of[g])))
			dh_job_free(job);
	}
}

/* One pair is half of an exchange. */
static unsigned full(unsigned group)
{
	unsigned n = FULL_US / (dh_cost_us(group) / 2);

	return n < FULL_MAX ? n : FULL_MAX;
}

void spare_use(struct ike *k, struct ike_dh_job *job)
{
	struct spare_set *set;
	struct ike_dh_job *spare;

	if (job->sum != DH_BOTH || job->group >= SPARE_GROUPS)
		return;
	set = &k->spares.of[job->group];
	set->wanted = ++k->spares.wanted;
	spare = take(set);
	if (!spare)
		return;
	job->dh = spare->dh;
	spare->dh = NULL;
	memcpy(job->ours, spare->ours, job->public_len);
	dh_job_free(spare);
}

void spare_keep(struct ike *k, struct ike_dh_job *job)
{
	struct spare_set *set = &k->spares.of[job->group];

	if (!job->ok || set->n >= full(job->group)) {
		dh_job_free(job);
		return;
	}
	list_push(&set->jobs, &job->link);
	set->n++;
}

struct ike_dh_job *ike_dh_spare(struct ike *k)
{
	struct ike_dh_job *job;
	unsigned group = 0;

	for (unsigned g = 0; g < SPARE_GROUPS; g++) {
		const struct spare_set *set = &k->spares.of[g];

		if (set->wanted > k->spares.of[group].wanted && set->n < full(g))
			group = g;
	}
	job = group ? dh_job_new(group, DH_GENERATE, (struct bytes){NULL, 0}) : NULL;
	if (!job)
		return NULL;
	job->spare = true;
	list_push(&k->dh_out, &job->link);
	return job;
}
