/* Key pairs made ahead, when the crypto pool has nothing to do. Private to src/ike. */
#pragma once

#include "dh.h"

#define SPARE_GROUPS 22 /* prim.h knows none beyond 21 */

/* Pairs of each group that was asked for, oldest first; each is used once. */
struct dh_spares {
	struct spare_set {
		struct list jobs;
		unsigned n;
		uint64_t wanted; /* when it was asked for last, as a count; 0: never */
	} of[SPARE_GROUPS];
	uint64_t wanted;
};

struct ike;

void spares_init(struct dh_spares *s);
void spares_free(struct dh_spares *s);

/* A responder's job is about to leave: it takes a pair with it, when there is one. */
void spare_use(struct ike *k, struct ike_dh_job *job);

/* A job of ike_dh_spare() is back. */
void spare_keep(struct ike *k, struct ike_dh_job *job);
