/*
 * rekey: what a native client does to its ESP SAs in the middle of a session: a
 * further Quick Mode, and later a Delete for the older pair (clients.md). The
 * client room never does this by itself, so this reaches behind it.
 */
#include "../../src/lac/lac_i.h"

#include "../../src/ike/exchange.h"
#include "world.h"

void client_rekey(struct client *c)
{
	struct isakmp_sa *sa = sa_by_id(c->lac->ike, c->lac->sa);

	if (sa)
		quick_initiate(sa, world_now(c->world));
	lac_run(c->lac, world_now(c->world));
}

bool client_drop_old(struct client *c)
{
	struct isakmp_sa *sa = sa_by_id(c->lac->ike, c->lac->sa);
	struct child *old;

	if (!sa || sa->n_children < 2)
		return false;
	old = list_entry(sa->children.next, struct child, link);
	delete_send_esp(sa, old->spi_in);
	child_end(old, "rekeyed");
	lac_run(c->lac, world_now(c->world));
	return true;
}
