/*
 * control_accept: what an SCCRQ meets: the connection that it made already, ours that
 * crosses it (Tie Breaker, RFC 2661 section 4.4.3, RFC 3931 section 5.4.3), the owner's
 * limit.
 *
 * Called by tunnel_accept.c and connection_accept.c, which say what a start message must
 * have; by l2tp.c and l2tp3.c; for tie breakers of sessions by session_request.c.
 */
#include "control.h"

#include <string.h>

#include "header.h"

struct bytes tie_breaker_draw(struct tie_breaker *ours, const struct control_settings *s)
{
	s->random(s->random_ctx, ours->value, sizeof(ours->value));
	ours->set = true;
	return (struct bytes){ours->value, sizeof(ours->value)};
}

int tie_breaker_order(const struct tie_breaker *ours, struct bytes theirs)
{
	if (ours->set && theirs.len == TIE_BREAKER_LEN)
		return memcmp(theirs.p, ours->value, TIE_BREAKER_LEN);
	return theirs.len ? -1 : ours->set;
}

static struct control *calling(struct control_engine *e, const struct l2tp_path *path)
{
	list_each (control_owner_bucket(e, path->owner), it) {
		struct control *c = list_entry(it, struct control, owner_link);

		if (l2tp_path_eq(&c->path, path) && c->state == TUNNEL_WAIT_CTL_REPLY)
			return c;
	}
	return NULL;
}

/* Our own SCCRQ to the same peer may be waiting; without any tie breaker there are two
 * connections. False: the peer's request is not answered, it has lost or nobody has won. */
static bool give_way(struct control_engine *e, uint64_t now_ms, const struct l2tp_path *path,
		     struct bytes theirs)
{
	struct control *ours = calling(e, path);
	int order;

	if (!ours || (!ours->tie_breaker.set && !theirs.len))
		return true;
	order = tie_breaker_order(&ours->tie_breaker, theirs);
	if (order <= 0) {
		ours->end = (struct l2tp_result){1, 0, "tie-breaker-lost"};
		control_event(ours, now_ms, TEV_TIE_LOST);
	}
	return order < 0;
}

/* Room for one more of the owner: one that only answers duplicates gives way. */
static void make_room(struct control_engine *e, uint64_t now_ms, uint64_t owner)
{
	if (control_owner_count(e, owner) < e->settings->per_owner_max)
		return;
	list_each (control_owner_bucket(e, owner), it) {
		struct control *c = list_entry(it, struct control, owner_link);

		if (c->path.owner != owner || c->state != TUNNEL_STOPPED)
			continue;
		control_event(c, now_ms, TEV_VANISH);
		return;
	}
}

struct control *control_admit(struct control_engine *e, uint64_t now_ms,
			      const struct l2tp_path *path, struct bytes tie_breaker,
			      struct l2tp_result *why)
{
	struct control *c;

	if (why->result)
		return NULL;
	if (!give_way(e, now_ms, path, tie_breaker)) {
		e->counts.drop_state++;
		return NULL;
	}
	make_room(e, now_ms, path->owner);
	c = control_new(e, path, false);
	e->counts.drop_limit += !c;
	*why = (struct l2tp_result){2, 4, "no-resources"};
	return c;
}

/* The octets of an SCCRQ behind its header, as a number. */
static uint64_t request_hash(struct bytes msg)
{
	uint64_t h = UINT64_C(0xcbf29ce484222325); /* FNV-1a */

	for (size_t i = HEADER_CONTROL_LEN; i < msg.len; i++)
		h = (h ^ msg.p[i]) * UINT64_C(0x100000001b3);
	return h;
}

void control_accept(struct control *c, uint64_t now_ms, uint16_t ns, struct bytes msg)
{
	c->request = request_hash(msg);
	c->heard_ms = now_ms;
	channel_receive(&c->channel, now_ms, ns, 0, false, msg);
	control_event(c, now_ms, TEV_SCCRQ);
	control_settle(c, now_ms);
}

/* An SCCRQ with the peer's id of c: is it from a peer that begins anew, and no copy of the one
 * that made c? Other octets, or too late for a copy (RFC 2661 section 5.7's cycle). */
static bool is_renewed(struct control *c, uint64_t now_ms, struct bytes msg)
{
	const struct control_version *v = c->e->version;

	if (c->state == TUNNEL_STOPPED || c->request != request_hash(msg))
		return true;
	if (c->state != TUNNEL_ESTABLISHED && c->state != TUNNEL_STOP_SENT)
		return false;
	return now_ms - c->up_ms >= channel_cycle_ms(&c->channel) ||
	       (v->copy_renews && v->copy_renews(c, now_ms));
}

struct control *control_requested(struct control_engine *e, uint64_t now_ms,
				  const struct l2tp_path *path, uint32_t peer_id,
				  struct bytes host_name, bool sound, struct bytes msg)
{
	const struct control_version *v = e->version;
	char host[L2TP_HOST_NAME_MAX + 1];
	struct control *c;

	l2tp_printable(host_name, host, sizeof(host));
	c = control_by_peer(e, path, peer_id, host);
	if (!c || c->caller)
		return NULL;
	if (!sound || !is_renewed(c, now_ms, msg))
		return c;
	if (c->state != TUNNEL_STOPPED) {
		c->end = (struct l2tp_result){1, 0, "peer-began-anew"};
		control_note(c, NOTE_END, v->began_anew,
			     "%s %u ends: its peer asks for a new one with the same id", v->noun,
			     c->id);
	}
	control_event(c, now_ms, TEV_VANISH);
	return NULL;
}
