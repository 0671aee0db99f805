/*
 * child: pairs of ESP SAs of an ISAKMP SA (RFC 2409 5.5, RFC 2407 4.5): made by a
 * Quick Mode, ended by Delete, hard expiry or the end of their ISAKMP SA. Called
 * by quick, informational, sa. Never sees a packet of the pair.
 */
#include <stdlib.h>

#include "sa.h"

#define LIFE_GRACE_MS 5000 /* the peer, who counts too, deletes or renews first */

static void child_expired(struct timer *t, uint64_t now_ms)
{
	struct child *c = list_entry(t, struct child, life);

	if (!act_room(c->sa->ike)) {
		timerq_arm(c->sa->ike->timers, t, now_ms + 1);
		return;
	}
	child_end(c, "esp-expired");
}

/* Makes room for one more: a pair that the peer never confirmed goes first. */
static bool child_room(struct isakmp_sa *sa)
{
	if (sa->n_children < CHILDREN_MAX)
		return true;
	list_each (&sa->children, it) {
		struct child *c = list_entry(it, struct child, link);

		if (!c->up) {
			child_end(c, "esp-unconfirmed");
			return true;
		}
	}
	return false;
}

struct child *child_new(struct isakmp_sa *sa, const struct quick *q, uint64_t now_ms)
{
	struct ike *k = sa->ike;
	struct child *c = child_room(sa) ? calloc(1, sizeof(*c)) : NULL;
	struct ike_act *a;

	if (!c)
		return NULL;
	c->sa = sa;
	c->id = ++k->next_id << SLOT_BITS | (sa->id & ((1u << SLOT_BITS) - 1));
	c->spi_in = q->keys.spi_in;
	c->spi_out = q->keys.spi_out;
	c->mid = q->mid;
	c->life.fire = child_expired;
	if (q->keys.life_s)
		timerq_arm(k->timers, &c->life,
			   now_ms + q->keys.life_s * UINT64_C(1000) + LIFE_GRACE_MS);
	list_push(&sa->children, &c->link);
	sa->n_children++;
	k->stats.children++;
	a = act_must(k, IKE_ACT_CHILD_ADD, sa);
	a->child = c->id;
	a->keys = q->keys;
	return c;
}

struct child *child_by_id(const struct isakmp_sa *sa, ike_child_id id)
{
	list_each (&sa->children, it) {
		struct child *c = list_entry(it, struct child, link);

		if (c->id == id)
			return c;
	}
	return NULL;
}

struct child *child_by_spi_out(const struct isakmp_sa *sa, uint32_t spi)
{
	list_each (&sa->children, it) {
		struct child *c = list_entry(it, struct child, link);

		if (c->spi_out == spi)
			return c;
	}
	return NULL;
}

void child_up(struct child *c, const struct flow *flow)
{
	struct ike *k = c->sa->ike;

	if (c->up)
		return;
	c->up = true;
	k->stats.phase2_up++;
	act_must(k, IKE_ACT_CHILD_UP, c->sa)->child = c->id;
	act_note(k, c->sa, flow, NOTE_INFO, "child-up", "ESP SAs are up: in 0x%08x, out 0x%08x",
		 c->spi_in, c->spi_out);
}

void child_end(struct child *c, const char *reason)
{
	struct isakmp_sa *sa = c->sa;
	struct ike *k = sa->ike;

	if (reason) {
		struct ike_act *a = act_must(k, IKE_ACT_CHILD_DOWN, sa);

		a->child = c->id;
		a->reason = reason;
		act_note(k, sa, &sa->flow, NOTE_END, reason, "ESP SAs 0x%08x/0x%08x are gone",
			 c->spi_in, c->spi_out);
	}
	timerq_disarm(k->timers, &c->life);
	list_del(&c->link);
	sa->n_children--;
	k->stats.children--;
	free(c);
}
