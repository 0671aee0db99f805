/*
 * twin: peers that turn out to be one (ike.h; clients.md 1.14 rules 3, 4). Two SAs are one
 * peer's when identity and remote address with port are the same: an identity alone proves
 * nothing under a shared key, an address alone nothing behind a NAT; and when both were heard
 * of lately. Called by peer.c, and by dpd.c for signs of life. Never builds a message.
 */
#include "exchange.h"

/* A client that renews is alive at its address: at the latest a Hello was acknowledged a minute
 * ago. Of one that was silent for longer a NAT may have given the port to somebody else, whose
 * identity may be the same: every small network has a 192.168.1.2. */
#define FRESH_MS 75000

static struct list *twin_bucket(const struct ike *k, const struct endpoint *remote)
{
	return buckets_of(&k->by_twin, endpoint_hash(remote, k->seed));
}

uint64_t peer_twin_hash(const struct list *twin_link)
{
	const struct peer *p = list_entry(twin_link, struct peer, twin_link);

	return endpoint_hash(&p->flow.remote, p->ike->seed);
}

void peer_twin_index(struct peer *p)
{
	list_del(&p->twin_link);
	list_push(twin_bucket(p->ike, &p->flow.remote), &p->twin_link);
}

static bool same_identity(const struct ike_id *a, const struct ike_id *b)
{
	return a->type == b->type && a->len == b->len && memcmp(a->data, b->data, a->len) == 0;
}

static struct peer *twin_of(struct ike *k, const struct ike_id *identity,
			    const struct endpoint *remote, const struct peer *not_this)
{
	struct list *bucket = twin_bucket(k, remote);

	list_each (bucket, it) {
		struct peer *p = list_entry(it, struct peer, twin_link);

		if (p != not_this && endpoint_eq(&p->flow.remote, remote) &&
		    same_identity(&p->identity, identity))
			return p;
	}
	return NULL;
}

/* ---- joining ---- */

/* Lists of children are by age. */
static void take_child(struct peer *p, struct child *c)
{
	struct list *at = p->children.prev;

	while (at != &p->children && list_entry(at, struct child, link)->id > c->id)
		at = at->prev;
	list_push(at->next, &c->link);
	p->n_children++;
	c->peer = p;
}

/* What a Quick Mode of ours asks for. */
static void take_selectors(struct peer *p, const struct peer *from)
{
	memcpy(p->id_ours, from->id_ours, sizeof(p->id_ours));
	memcpy(p->id_theirs, from->id_theirs, sizeof(p->id_theirs));
	p->id_ours_len = from->id_ours_len;
	p->id_theirs_len = from->id_theirs_len;
	p->suite = from->suite;
	p->pfs_group = from->pfs_group;
	p->life_s = from->life_s;
	p->life_kb = from->life_kb;
}

static void move_children(struct peer *to, struct peer *from)
{
	while (!list_empty(&from->children)) {
		struct child *c = list_entry(from->children.next, struct child, link);

		list_del(&c->link);
		from->n_children--;
		take_child(to, c);
		act_peer(to->ike, IKE_ACT_CHILD_MOVED, to)->child = c->id;
		if (to->children.prev == &c->link) /* the newest */
			take_selectors(to, from);
	}
}

static void absorb(struct peer *keep, struct peer *gone, uint64_t now_ms)
{
	keep->joined_ms = now_ms;
	move_children(keep, gone);
	while (!list_empty(&gone->sas)) {
		struct isakmp_sa *sa = list_entry(gone->sas.next, struct isakmp_sa, peer_link);

		list_del(&sa->peer_link);
		gone->n_sas--;
		peer_take_sa(keep, sa);
		if (sa->state == MM_ACTIVE)
			act_must(keep->ike, IKE_ACT_RENEWED, sa);
	}
	peer_end(gone, "joined", true);
	if (!keep->dpd.timer.armed)
		dpd_start(keep, now_ms);
}

/* Nobody else is where we have dialled. */
static bool fresh(const struct peer *p, uint64_t now_ms)
{
	return p->dial.protocol || p->dpd.alive_ms + FRESH_MS >= now_ms;
}

/* now_ms may be long past, when an old sign of life is told: what was heard since counts. */
static bool both_fresh(const struct peer *a, const struct peer *b, uint64_t now_ms)
{
	uint64_t last_ms = a->dpd.alive_ms > b->dpd.alive_ms ? a->dpd.alive_ms : b->dpd.alive_ms;

	if (last_ms < now_ms)
		last_ms = now_ms;
	return fresh(a, last_ms) && fresh(b, last_ms);
}

/* Has it what its packets are for? */
static bool in_use(const struct peer *p)
{
	return p->vouched || p->dial.protocol;
}

/* Sessions stay where they are, so children go to them. */
static bool may_move(const struct peer *from, const struct peer *to)
{
	const struct ike_host *host = &to->ike->cfg.host;

	return in_use(to) && !in_use(from) && from->n_children + to->n_children <= CHILDREN_MAX &&
	       (!host->may_move || host->may_move(host->ctx, from->id, to->id));
}

/* A NAT gave the client another port, its new phase 1 came from there before any packet of
 * the old SAs did; or all was silent while a clock jumped, and its new phase 1 came first: two
 * peers, until the old one is heard from there too. The older one stays, with its sessions. If
 * the newer one has sessions as well, or children that cannot move, it stays by itself: its
 * packets prove that somebody uses it. */
void peer_join_twin(struct peer *p, uint64_t now_ms)
{
	struct peer *twin = p->up ? twin_of(p->ike, &p->identity, &p->flow.remote, p) : NULL;
	struct peer *older, *newer;
	bool moves;

	if (!twin || !both_fresh(p, twin, now_ms))
		return;
	older = p->id < twin->id ? p : twin;
	newer = older == p ? twin : p;
	moves = newer->n_children == 0 || may_move(newer, older);
	if (!moves && older->n_children)
		return;
	act_note(p->ike, peer_speaker(twin), &p->flow, NOTE_INFO, "peer-joined",
		 "two connections of the same client at the same address: they are one now");
	if (moves)
		absorb(older, newer, now_ms);
	else
		absorb(newer, older, now_ms);
}

struct peer *peer_twin_fresh(const struct isakmp_sa *sa, uint64_t now_ms, ike_peer_id *silent)
{
	struct peer *twin = twin_of(sa->ike, &sa->peer_id, &sa->flow.remote, NULL);

	if (!twin || fresh(twin, now_ms))
		return twin;
	act_peer(sa->ike, IKE_ACT_SILENT, twin);
	*silent = twin->id;
	return NULL;
}
