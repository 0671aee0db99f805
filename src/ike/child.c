/*
 * child: pairs of ESP SAs of a peer (RFC 2409 5.5, RFC 2407 4.5): made by a Quick
 * Mode, renewed by another one before they expire, ended by Delete, hard expiry or
 * the end of their peer. Called by quick, informational, peer. Never sees a packet
 * of the pair.
 */
#include <stdlib.h>

#include "exchange.h"
#include "keylog.h"
#include "quirk.h"

#define LIFE_GRACE_MS 5000  /* the peer, who counts too, deletes or renews first */
#define RETIRE_MS     10000 /* a pair that we replaced: what is on its way still arrives */

static void child_gone(struct child *c, const char *reason)
{
	struct peer *p = c->peer;

	child_end(c, reason);
	peer_tidy(p, reason);
}

static void child_timer(struct timer *t, uint64_t now_ms)
{
	struct child *c = list_entry(t, struct child, life);
	struct ike *k = c->peer->ike;
	struct isakmp_sa *sa = peer_speaker(c->peer);

	if (!act_room(k)) {
		timerq_arm(k->timers, t, now_ms + 1);
		return;
	}
	if (now_ms < c->expire_ms || !c->aged) {
		/* late, when the clock jumped: the renewal still gets its time */
		if (c->expire_ms < now_ms + LIFE_GRACE_MS)
			c->expire_ms = now_ms + LIFE_GRACE_MS;
		c->aged = true;
		timerq_arm(k->timers, t, c->expire_ms);
		if (c->peer->children.prev == &c->link)
			ike_rekey(k, now_ms, c->peer->id);
		return;
	}
	if (c->replaced && sa)
		delete_send_esp(sa, c->spi_in);
	child_gone(c, c->replaced ? "rekeyed" : "esp-expired");
}

static void arm_life(struct child *c, const struct isakmp_sa *sa, uint32_t life_s, uint64_t now_ms)
{
	struct ike *k = sa->ike;
	uint64_t life_ms = life_s * UINT64_C(1000), renewal_ms;

	c->life.fire = child_timer;
	if (!life_s)
		return;
	c->expire_ms = now_ms + life_ms + LIFE_GRACE_MS;
	renewal_ms =
		lifetime_renewal_ms(k, PHASE_2, c->role, quirk_allows_rekey(sa->quirk), life_ms);
	if (!renewal_ms)
		c->aged = true;
	timerq_arm(k->timers, &c->life, renewal_ms ? now_ms + renewal_ms : c->expire_ms);
}

void child_shorten(struct child *c, uint32_t life_s, uint64_t now_ms)
{
	struct isakmp_sa *sa = peer_speaker(c->peer);
	uint64_t end_ms = now_ms + life_s * UINT64_C(1000) + LIFE_GRACE_MS;

	if (sa && life_s && (!c->expire_ms || end_ms < c->expire_ms))
		arm_life(c, sa, life_s, now_ms);
}

/* Makes room for one more: a pair that the peer never confirmed goes first. */
static bool child_room(struct peer *p)
{
	if (p->n_children < CHILDREN_MAX)
		return true;
	list_each (&p->children, it) {
		struct child *c = list_entry(it, struct child, link);

		if (!c->up) {
			child_end(c, "esp-unconfirmed");
			return true;
		}
	}
	return false;
}

/* What a Quick Mode of ours for this peer will ask for. */
static void remember_selectors(struct peer *p, const struct quick *q)
{
	bool initiator = q->role == IKE_INITIATOR;
	const uint8_t *ours = initiator ? q->id_i : q->id_r;
	const uint8_t *theirs = initiator ? q->id_r : q->id_i;
	uint8_t ours_len = initiator ? q->id_i_len : q->id_r_len;
	uint8_t theirs_len = initiator ? q->id_r_len : q->id_i_len;

	p->suite = (struct ike_esp){.alg = q->keys.alg,
				    .transport = !q->keys.tunnel,
				    .tunnel = q->keys.tunnel,
				    .name = "as before",
				    .pfs_group = q->group};
	p->pfs_group = q->group;
	p->life_s = q->keys.life_s;
	p->life_kb = q->keys.life_kb;
	p->id_ours_len = p->id_theirs_len = 0;
	if (ours_len > SELECTOR_MAX || theirs_len > SELECTOR_MAX)
		return;
	memcpy(p->id_ours, ours, ours_len);
	memcpy(p->id_theirs, theirs, theirs_len);
	p->id_ours_len = ours_len;
	p->id_theirs_len = theirs_len;
}

struct child *child_new(struct isakmp_sa *sa, const struct quick *q, uint64_t now_ms)
{
	struct peer *p = sa->peer;
	struct ike *k = sa->ike;
	struct child *c = child_room(p) ? calloc(1, sizeof(*c)) : NULL;
	struct ike_act *a;

	if (!c)
		return NULL;
	c->peer = p;
	c->id = ++k->next_id;
	if (!map_put(&k->children_by_id, c->id, c)) {
		free(c);
		return NULL;
	}
	c->made_under = sa->id;
	c->role = q->role;
	c->began = q->began;
	c->spi_in = q->keys.spi_in;
	c->spi_out = q->keys.spi_out;
	c->mid = q->mid;
	arm_life(c, sa, q->keys.life_s, now_ms);
	list_push(&p->children, &c->link);
	p->n_children++;
	k->stats.children++;
	remember_selectors(p, q);
	a = act_must(k, IKE_ACT_CHILD_ADD, sa);
	a->child = c->id;
	a->keys = q->keys;
	keylog_child(k, &q->keys);
	return c;
}

struct child *child_by_id(const struct ike *k, ike_child_id id)
{
	return id ? map_get(&k->children_by_id, id) : NULL;
}

struct child *child_by_spi_out(const struct peer *p, uint32_t spi)
{
	list_each (&p->children, it) {
		struct child *c = list_entry(it, struct child, link);

		if (c->spi_out == spi)
			return c;
	}
	return NULL;
}

/* The side that began the new pair puts the older ones away; one that the other side began at
 * the same time is not older. */
static void retire_older(struct child *newest, uint64_t now_ms)
{
	for (struct list *it = newest->link.prev; it != &newest->peer->children; it = it->prev) {
		struct child *c = list_entry(it, struct child, link);

		if (c->replaced || c->id > newest->began)
			continue;
		c->replaced = true;
		c->aged = true;
		c->expire_ms = now_ms + RETIRE_MS;
		timerq_arm(c->peer->ike->timers, &c->life, c->expire_ms);
	}
}

void child_up(struct child *c, const struct flow *flow, uint64_t now_ms)
{
	struct peer *p = c->peer;
	struct ike *k = p->ike;

	if (c->up)
		return;
	c->up = true;
	k->stats.phase2_up++;
	act_peer(k, IKE_ACT_CHILD_UP, p)->child = c->id;
	act_note(k, peer_speaker(p), flow, NOTE_INFO, "child-up",
		 "ESP SAs are up: in 0x%08x, out 0x%08x", c->spi_in, c->spi_out);
	if (c->role == IKE_INITIATOR)
		retire_older(c, now_ms);
}

void child_end(struct child *c, const char *reason)
{
	struct peer *p = c->peer;
	struct ike *k = p->ike;

	if (reason) {
		struct ike_act *a = act_peer(k, IKE_ACT_CHILD_DOWN, p);

		a->child = c->id;
		a->reason = reason;
		act_note(k, peer_speaker(p), &p->flow, NOTE_INFO, reason,
			 "ESP SAs 0x%08x/0x%08x are gone", c->spi_in, c->spi_out);
	}
	timerq_disarm(k->timers, &c->life);
	map_del(&k->children_by_id, c->id);
	list_del(&c->link);
	p->n_children--;
	k->stats.children--;
	free(c);
}
