/*
 * act: the actions that leave the room, drops, randomness and rate limits. Called by every
 * exchange. Never blocks; allocates only the buckets of the nets, once.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "sa.h"

/* Room that one datagram or timer may need in the worst case: ending an SA with
 * all its children, notes included. */
#define ROOM_FOR_ONE (32 * (sizeof(struct ike_act) + 64) + IKE_MESSAGE_MAX)

bool act_room(const struct ike *k)
{
	size_t used = k->out->head == k->out->tail ? 0 : k->out->tail;

	return k->out->cap - used >= ROOM_FOR_ONE + OUTBOX_RESERVE;
}

void act_send(struct ike *k, struct isakmp_sa *sa, const struct flow *flow, bool natt,
	      struct bytes bytes)
{
	struct ike_act *a;

	if (bytes.len == 0) {
		drop(k, DROP_CRYPTO);
		return;
	}
	if (fragment_send(k, sa, flow, natt, bytes))
		return;
	a = outbox_push(k->out, sizeof(*a) + bytes.len);
	if (!a) {
		drop(k, DROP_OUTBOX);
		return;
	}
	a->kind = IKE_ACT_SEND;
	a->sa = sa ? sa->id : 0;
	a->flow = *flow;
	a->natt = natt;
	a->bytes.len = bytes.len;
	memcpy(a + 1, bytes.p, bytes.len);
	k->stats.messages_out++;
}

struct ike_act *act_must(struct ike *k, enum ike_act_kind kind, const struct isakmp_sa *sa)
{
	static struct ike_act lost; /* written, never read: the outbox is full */
	struct ike_act *a = outbox_push_must(k->out, sizeof(*a));

	if (!a) {
		drop(k, DROP_OUTBOX);
		lost = (struct ike_act){0};
		a = &lost;
	}
	a->kind = kind;
	a->sa = sa ? sa->id : 0;
	a->peer = sa && sa->peer ? sa->peer->id : 0;
	if (sa)
		a->flow = sa->flow;
	return a;
}

struct ike_act *act_peer(struct ike *k, enum ike_act_kind kind, const struct peer *p)
{
	struct ike_act *a = act_must(k, kind, peer_speaker(p));

	a->peer = p->id;
	a->flow = p->flow;
	return a;
}

void act_dh(struct ike *k, struct isakmp_sa *sa, struct ike_dh_job *job, bool stranger)
{
	struct ike_act *a = act_must(k, IKE_ACT_DH, sa);

	spare_use(k, job);
	job->sa = sa->id;
	job->stranger = stranger;
	k->dh_strangers += stranger;
	list_push(&k->dh_out, &job->link);
	a->job = job;
}

void act_note(struct ike *k, const struct isakmp_sa *sa, const struct flow *flow,
	      enum note_kind kind, const char *reason, const char *fmt, ...)
{
	struct ike_act *a = outbox_push(k->out, sizeof(*a));
	va_list ap;

	if (!a)
		return;
	a->kind = IKE_ACT_NOTE;
	a->sa = sa ? sa->id : 0;
	a->peer = sa && sa->peer ? sa->peer->id : 0;
	a->flow = *flow;
	a->note.kind = kind;
	a->note.reason = reason;
	va_start(ap, fmt);
	vsnprintf(a->note.text, sizeof(a->note.text), fmt, ap);
	va_end(ap);
}

void drop(struct ike *k, enum ike_drop why)
{
	k->drops[why]++;
}

uint32_t random_u32(struct ike *k)
{
	uint32_t v = 0;

	while (v == 0)
		k->cfg.host.random(k->cfg.host.ctx, &v, sizeof(v));
	return v;
}

bool bucket_take(struct bucket *b, uint64_t now_ms, uint32_t per_second)
{
	if (b->second != now_ms / 1000)
		*b = (struct bucket){.second = now_ms / 1000};
	if (b->used == per_second)
		return false;
	b->used++;
	return true;
}

bool bucket_take_net(struct ike *k, struct bucket **nets, const struct flow *flow, uint64_t now_ms,
		     uint32_t per_second)
{
	const struct ip_addr *a = &flow->remote.addr;
	uint64_t h = hash_bytes(a->ip, a->family == 6 ? 6 : 3, k->seed);

	if (!*nets)
		*nets = calloc(NOTIFY_BUCKETS, sizeof(**nets));
	return *nets && bucket_take(&(*nets)[h % NOTIFY_BUCKETS], now_ms, per_second);
}
