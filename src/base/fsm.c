/*
 * fsm: the completeness check of state tables. Called by unit tests. Never
 * runs in the server.
 */
#include "base/fsm.h"

#include <stdio.h>

bool fsm_check(const struct fsm *f, char *buf, size_t cap)
{
	for (unsigned s = 0; s < f->n_states; s++) {
		for (unsigned e = 0; e < f->n_events; e++) {
			if (f->cells[s * f->n_events + e].listed)
				continue;
			snprintf(buf, cap, "%s: %s/%s is not listed", f->name, f->state_names[s],
				 f->event_names[e]);
			return false;
		}
	}
	return true;
}
