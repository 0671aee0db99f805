/*
 * view: the scripts' judgement of an empty server (tests/script/check.c), which
 * knows a server by its world, for a struct core alone. Called by audit.c.
 */
#include "view.h"

#include "../script/world.h"

bool view_empty(struct core *core, char *what, size_t cap)
{
	struct world w = {.core = core};

	return check_empty(&w, what, cap);
}

uint64_t view_counter(struct core *core, const char *name)
{
	struct world w = {.core = core};

	return check_counter(&w, name);
}
