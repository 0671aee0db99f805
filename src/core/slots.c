/*
 * slots: which places of a worker's fixed tables are free, as a queue. Called by
 * peer and session. A slot given back rests, so that a late packet for it finds nobody;
 * one that was never used is taken only for that, so that the tables of a worker are
 * memory only as far as there were sessions.
 */
#include "core_i.h"

#include <stdlib.h>

#define REST 1024 /* slots that rest before the first of them is taken again */

bool slots_init(struct slots *s, uint32_t n)
{
	*s = (struct slots){.resting = malloc(n * sizeof(*s->resting)), .n = n, .n_free = n};
	return s->resting != NULL;
}

void slots_free(struct slots *s)
{
	free(s->resting);
	*s = (struct slots){0};
}

bool slots_take(struct slots *s, uint32_t *slot)
{
	if (!s->n_free)
		return false;
	s->n_free--;
	if (s->fresh < s->n && s->n_resting < REST) {
		*slot = s->fresh++;
		return true;
	}
	*slot = s->resting[s->first];
	s->first = (s->first + 1) % s->n;
	s->n_resting--;
	return true;
}

void slots_give(struct slots *s, uint32_t slot)
{
	s->resting[(s->first + s->n_resting++) % s->n] = slot;
	s->n_free++;
}
