/*
 * peer: the other end as one (ike.h): which ISAKMP SAs are whose, what happens to
 * the children when one SA takes the place of another (RFC 2408 2.1 calls it
 * renewal; RFC 2409 4 lets phase 2 outlive phase 1; clients.md 1.14 rules 3, 4, 11),
 * where the peer is (RFC 3947 4), and its end. Called by the exchanges, child.c,
 * sa.c and ike.c. Never builds a message.
 */
#include <stdlib.h>

#include "exchange.h"
#include "quirk.h"

#define RETIRE_MS 5000 /* an SA that we replaced: what is on its way still arrives */

/* Two clients that were taken for one after all pull it back and forth. */
#define PULLED_MS   120000 /* behind the joining */
#define RETURN_MS   30000  /* back where it was so soon */
#define RETURNS_MAX 3

struct peer *peer_by_id(const struct ike *k, ike_peer_id id)
{
	return id ? map_get(&k->peers_by_id, id) : NULL;
}

struct peer *peer_new(struct ike *k, const struct flow *flow)
{
	struct peer *p = k->n_peers < k->cfg.sa_max ? calloc(1, sizeof(*p)) : NULL;

	if (!p)
		return NULL;
	p->id = ++k->next_id;
	if (!map_put(&k->peers_by_id, p->id, p)) {
		free(p);
		return NULL;
	}
	p->ike = k;
	p->flow = *flow;
	list_init(&p->twin_link);
	list_init(&p->sas);
	list_init(&p->children);
	list_push(&k->peers, &p->node);
	k->n_peers++;
	return p;
}

void peer_take_sa(struct peer *p, struct isakmp_sa *sa)
{
	sa->peer = p;
	list_push(&p->sas, &sa->peer_link);
	p->n_sas++;
}

/* Is the peer pulled between two addresses? */
static bool pulled(struct peer *p, const struct flow *flow, uint64_t now_ms)
{
	bool back = endpoint_eq(&p->former, &flow->remote) && now_ms - p->former_ms < RETURN_MS;

	p->returns = back ? p->returns + 1 : 0;
	p->former = p->flow.remote;
	p->former_ms = now_ms;
	return p->returns >= RETURNS_MAX && p->joined_ms && now_ms - p->joined_ms < PULLED_MS;
}

static void set_flow(struct peer *p, const struct flow *flow, uint64_t now_ms)
{
	p->flow = *flow;
	p->path_ms = now_ms;
	list_each (&p->sas, it) {
		struct isakmp_sa *sa = list_entry(it, struct isakmp_sa, peer_link);

		if (sa->natt && sa->state == MM_ACTIVE)
			sa->flow = *flow;
	}
	if (!p->up)
		return;
	peer_twin_index(p);
}

/* ---- SAs come and go ---- */

struct isakmp_sa *peer_speaker(const struct peer *p)
{
	for (struct list *it = p->sas.prev; it != &p->sas; it = it->prev) {
		struct isakmp_sa *sa = list_entry(it, struct isakmp_sa, peer_link);

		if (sa->state == MM_ACTIVE)
			return sa;
	}
	return NULL;
}

const struct quirk *peer_quirk(const struct peer *p)
{
	list_each (&p->sas, it) {
		const struct isakmp_sa *sa = list_entry(it, struct isakmp_sa, peer_link);

		if (sa->quirk)
			return sa->quirk;
	}
	return NULL;
}

/* Who began the new SA puts the older ones away; the other side waits for the Deletes. One
 * that the other side began at the same time is not older. */
static void retire_older(struct isakmp_sa *newest, uint64_t now_ms)
{
	list_each (&newest->peer->sas, it) {
		struct isakmp_sa *sa = list_entry(it, struct isakmp_sa, peer_link);

		if (sa->id >= newest->id || sa->state != MM_ACTIVE)
			continue;
		sa->replaced = true;
		sa_arm(sa, now_ms + RETIRE_MS);
	}
}

/* However often a client begins anew, it has a few ISAKMP SAs: the oldest goes (H-07). */
static void limit_sas(struct peer *p, uint64_t now_ms)
{
	struct isakmp_sa *oldest = list_entry(p->sas.next, struct isakmp_sa, peer_link);

	if (p->n_sas <= SAS_MAX || oldest->state != MM_ACTIVE)
		return;
	oldest->replaced = true;
	sa_arm(oldest, now_ms);
}

bool peer_admit(struct isakmp_sa *sa, uint64_t now_ms)
{
	struct ike *k = sa->ike;
	struct peer *p = sa->peer;
	ike_peer_id silent = 0;

	if (!p)
		p = peer_twin_fresh(sa, now_ms, &silent);
	if (!p)
		p = peer_new(k, &sa->flow);
	if (!p)
		return false;
	if (!sa->peer)
		peer_take_sa(p, sa);
	if (p->renewing == sa->id)
		p->renewing = 0;
	p->identity = sa->peer_id;
	p->natt = sa->natt;
	if (p->up) {
		p->joined_ms = now_ms;
		if (p->vouched)
			dh_budget_settle_renewal(sa, now_ms);
		limit_sas(p, now_ms);
		set_flow(p, &sa->flow, now_ms);
		if (sa->role == IKE_INITIATOR)
			retire_older(sa, now_ms);
		if (sa->role == IKE_INITIATOR && k->cfg.rekey)
			peer_rekey_before(p, NULL, now_ms);
		act_must(k, IKE_ACT_RENEWED, sa);
		act_note(k, sa, &sa->flow, NOTE_INFO, "ike-renewed",
			 "a new ISAKMP SA for a client that is here: it keeps its %u pairs of ESP "
			 "SAs",
			 p->n_children);
		return true;
	}
	p->up = true;
	set_flow(p, &sa->flow, 0);
	act_must(k, IKE_ACT_UP, sa)->twin = silent;
	return true;
}

static unsigned active_sas(const struct peer *p)
{
	unsigned n = 0;

	list_each (&p->sas, it)
		n += list_entry(it, struct isakmp_sa, peer_link)->state == MM_ACTIVE;
	return n;
}

void peer_lose_sa(struct isakmp_sa *sa, const char *reason, bool tell)
{
	struct peer *p = sa->peer;
	bool was_active = sa->state == MM_ACTIVE;

	if (!p)
		return;
	list_del(&sa->peer_link);
	p->n_sas--;
	sa->peer = NULL;
	if (p->renewing == sa->id)
		p->renewing = 0;
	if (!tell || p->ending)
		return;
	if (was_active && p->n_children && active_sas(p) == 0)
		act_peer(p->ike, IKE_ACT_ORPHAN, p);
	peer_tidy(p, reason);
}

void peer_tidy(struct peer *p, const char *reason)
{
	if (!p->ending && p->n_sas == 0 && (p->n_children == 0 || !p->up))
		peer_end(p, reason, true);
}

void peer_end(struct peer *p, const char *reason, bool tell)
{
	struct ike *k = p->ike;

	if (p->ending)
		return;
	p->ending = true;
	while (!list_empty(&p->children))
		child_end(list_entry(p->children.next, struct child, link), tell ? reason : NULL);
	if (tell)
		act_peer(k, IKE_ACT_DOWN, p)->reason = reason;
	while (!list_empty(&p->sas))
		sa_end(list_entry(p->sas.next, struct isakmp_sa, peer_link), reason, tell);
	timerq_disarm(k->timers, &p->keepalive);
	dpd_stop(p);
	map_del(&k->peers_by_id, p->id);
	list_del(&p->twin_link);
	list_del(&p->node);
	k->n_peers--;
	secret_zero(p, sizeof(*p));
	free(p);
}

/* ---- what authenticated messages say ---- */

void peer_heard(struct isakmp_sa *sa, const struct flow *flow, bool natt, uint64_t now_ms)
{
	struct peer *p = sa->peer;

	if (!p || (endpoint_eq(&sa->flow.remote, &flow->remote) &&
		   endpoint_eq(&sa->flow.local, &flow->local)))
		return;
	if (!natt || (p->path_ms && now_ms - p->path_ms < PATH_CHANGE_MS))
		return;
	set_flow(p, flow, now_ms);
	act_must(p->ike, IKE_ACT_PATH, sa);
	act_note(p->ike, sa, flow, NOTE_INFO, "peer-moved",
		 "an authenticated message came from a new address: the SA follows it");
	peer_join_twin(p, now_ms);
}

void ike_vouch(struct ike *k, uint64_t now_ms, ike_peer_id id)
{
	struct peer *p = peer_by_id(k, id);

	if (!p)
		return;
	p->vouched = true;
	list_each (&p->sas, it)
		dh_budget_settle(list_entry(it, struct isakmp_sa, peer_link), now_ms);
}

void ike_path_changed(struct ike *k, uint64_t now_ms, ike_peer_id id, const struct flow *flow)
{
	struct peer *p = peer_by_id(k, id);

	if (!p || !p->up)
		return;
	dpd_alive(p, now_ms);
	if (pulled(p, flow, now_ms)) {
		act_note(k, peer_speaker(p), flow, NOTE_END, "address-conflict",
			 "packets come from two addresses in turn: two clients with one identity");
		ike_close(k, now_ms, id, "address-conflict");
		return;
	}
	set_flow(p, flow, now_ms);
	peer_join_twin(p, now_ms);
}

/* Of what is older than sa only: the message may have been late. */
void peer_initial_contact(struct isakmp_sa *sa)
{
	struct peer *p = sa->peer;
	struct ike *k = sa->ike;
	bool any = false;

	list_each (&p->children, it) {
		struct child *c = list_entry(it, struct child, link);

		if (c->made_under >= sa->id)
			continue;
		child_end(c, "initial-contact");
		any = true;
	}
	list_each (&p->sas, it) {
		struct isakmp_sa *other = list_entry(it, struct isakmp_sa, peer_link);

		if (other->id >= sa->id || other->state != MM_ACTIVE)
			continue;
		sa_end(other, "initial-contact", true);
		any = true;
	}
	if (any)
		act_must(k, IKE_ACT_RESTARTED, sa);
	act_note(k, sa, &sa->flow, NOTE_INFO, "initial-contact",
		 any ? "the client has begun anew: what it had here before is forgotten"
		     : "the peer says that it has no other SAs with us");
}

/* Many systems take an ISAKMP SA's pairs down with it (strongSwan does), though RFC 2409 lets
 * them outlive it: the newest pair is made again under another SA. */
void peer_rekey_before(struct peer *p, const struct isakmp_sa *end_of, uint64_t now_ms)
{
	const struct child *newest =
		p->n_children ? list_entry(p->children.prev, struct child, link) : NULL;
	const struct isakmp_sa *speaker = peer_speaker(p);

	if (!newest || !p->ike->cfg.rekey || !speaker || speaker == end_of ||
	    newest->made_under == speaker->id || (end_of && newest->made_under != end_of->id))
		return;
	ike_rekey(p->ike, now_ms, p->id);
}

/* ---- the caller's wishes ---- */

static bool rekeying(const struct isakmp_sa *sa)
{
	list_each (&sa->quicks, it) {
		struct quick *q = list_entry(it, struct quick, link);

		if (q->role == IKE_INITIATOR && q->state != QM_DONE)
			return true;
	}
	return false;
}

bool ike_rekey(struct ike *k, uint64_t now_ms, ike_peer_id id)
{
	struct peer *p = peer_by_id(k, id);
	struct isakmp_sa *sa = p ? peer_speaker(p) : NULL;

	if (!sa || !act_room(k) || p->id_ours_len == 0 || rekeying(sa))
		return false;
	/* towards a client only where its system takes it */
	if (p->dial.protocol == 0 && !quirk_allows_rekey(sa->quirk))
		return false;
	quick_initiate(sa, now_ms);
	return true;
}

bool ike_renew(struct ike *k, uint64_t now_ms, ike_peer_id id)
{
	struct peer *p = peer_by_id(k, id);

	if (!p || !p->up || p->renewing || !act_room(k))
		return false;
	p->renewing = main_initiate(p, now_ms);
	return p->renewing != 0;
}

void ike_close(struct ike *k, uint64_t now_ms, ike_peer_id id, const char *reason)
{
	struct peer *p = peer_by_id(k, id);
	struct isakmp_sa *speaker = p ? peer_speaker(p) : NULL;

	(void)now_ms;
	if (!p)
		return;
	if (speaker)
		list_each (&p->children, it)
			delete_send_esp(speaker, list_entry(it, struct child, link)->spi_in);
	list_each (&p->sas, it) {
		struct isakmp_sa *sa = list_entry(it, struct isakmp_sa, peer_link);

		if (sa->state == MM_ACTIVE)
			delete_send_isakmp(sa);
	}
	peer_end(p, reason, true);
}
