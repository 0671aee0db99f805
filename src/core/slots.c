/*
 * slots: which places of a worker's fixed tables are free, as a queue. Called by
 * peer and session. A slot given back is taken again last, so that a late packet for it
 * finds nobody.
 */
#include "core_i.h"

#include <stdlib.h>

bool slots_init(struct slots *s, uint32_t n)
{
	s->free = malloc(n * sizeof(*s->free));
	if (!s->free)
		return false;
	for (uint32_t i = 0; i < n; i++)
		s->free[i] = i;
	s->n_free = s->n = n;
	s->first = 0;
	return true;
}

void slots_free(struct slots *s)
{
	free(s->free);
	*s = (struct slots){0};
}

bool slots_take(struct slots *s, uint32_t *slot)
{
	if (!s->n_free)
		return false;
	*slot = s->free[s->first];
	s->first = (s->first + 1) % s->n;
	s->n_free--;
	return true;
}

void slots_give(struct slots *s, uint32_t slot)
{
	s->free[(s->first + s->n_free++) % s->n] = slot;
}
