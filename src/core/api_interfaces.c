/*
 * api_interfaces: the interfaces of this host that a hub can be bridged to, as the monitor lists
 * them. Called by manage.
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "core/api.h"
#include "core/plain.h"
#include "core_i.h"

json_t *api_interfaces(struct core *c, char *error, size_t cap)
{
	struct priv_result r = {0};
	json_t *all = json_array();
	char name[64];
	FILE *from;

	c->cfg.priv->list_bridges(c->cfg.priv->ctx, &r);
	from = r.ok && r.n_fds == 1 ? fdopen(r.fds[0], "r") : NULL;
	if (!from) {
		snprintf(error, cap, "%s", r.ok ? "the list cannot be read" : r.error);
		for (unsigned i = 0; i < r.n_fds; i++)
			close(r.fds[i]);
		json_decref(all);
		return NULL;
	}
	rewind(from);
	while (fgets(name, sizeof(name), from)) {
		name[strcspn(name, "\n")] = '\0';
		json_array_append_new(all, plain_json(name));
	}
	fclose(from);
	return all;
}
