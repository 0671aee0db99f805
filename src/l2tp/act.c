/*
 * act: the actions of this room, queued in one outbox.
 *
 * Called by tunnel.c, call.c and l2tp.c; l2tp_next() takes them out. A send that
 * finds no room is a lost packet. The end of a tunnel or call is never lost: what
 * has no room stays buried and is told when the outbox has run empty.
 */
#include "state.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static struct queued_act *push(struct l2tp *l, enum l2tp_act_kind kind,
			       const struct l2tp_path *path, struct bytes tail, bool must)
{
	size_t size = sizeof(struct queued_act) + tail.len;
	struct queued_act *q =
		must ? outbox_push_must(l->outbox, size) : outbox_push(l->outbox, size);

	if (!q)
		return NULL;
	q->kind = kind;
	q->path = *path;
	q->len = (uint32_t)tail.len;
	if (tail.len)
		memcpy(q->tail, tail.p, tail.len);
	return q;
}

static const struct bytes nothing;

void l2tp_act_send(struct tunnel *t, struct bytes msg)
{
	struct queued_act *q = push(t->l, L2TP_ACT_SEND, &t->path, msg, false);

	if (q)
		q->tunnel_id = t->id;
	t->l->stats.messages_out++;
}

void l2tp_act_send_refusal(struct l2tp *l, const struct l2tp_path *path, struct bytes msg)
{
	push(l, L2TP_ACT_SEND, path, msg, false);
	l->stats.messages_out++;
}

static struct queued_act *push_call(struct call *c, enum l2tp_act_kind kind, struct bytes tail,
				    bool must)
{
	struct queued_act *q = push(c->tunnel->l, kind, &c->tunnel->path, tail, must);

	if (!q)
		return NULL;
	q->tunnel_id = c->tunnel->id;
	q->session_id = c->id;
	q->call = call_handle(c);
	return q;
}

void l2tp_act_send_data(struct call *c, struct bytes msg)
{
	push_call(c, L2TP_ACT_SEND_DATA, msg, false);
}

void l2tp_act_ppp(struct call *c, struct bytes frame)
{
	push_call(c, L2TP_ACT_PPP, frame, false);
}

bool l2tp_act_call_up(struct call *c)
{
	const struct tunnel *t = c->tunnel;
	struct l2tp_call_info info = {
		.owner = t->path.owner,
		.tunnel_id = t->id,
		.session_id = c->id,
		.peer_tunnel_id = t->peer_id,
		.peer_session_id = c->peer_id,
		.local_port = t->path.local_port,
		.remote_port = t->path.remote_port,
		.sequencing = c->required,
		.peer_firmware = t->peer_firmware,
		.client_system = t->client_system ? t->client_system : "",
	};

	memcpy(info.peer_host_name, t->peer_host_name, sizeof(info.peer_host_name));
	memcpy(info.peer_vendor_name, t->peer_vendor_name, sizeof(info.peer_vendor_name));
	return push_call(c, L2TP_ACT_CALL_UP, (struct bytes){(uint8_t *)&info, sizeof(info)},
			 true) != NULL;
}

void l2tp_act_call_down(struct call *c)
{
	struct queued_act *q = push_call(c, L2TP_ACT_CALL_DOWN, nothing, true);

	if (q)
		q->result = c->end;
	c->told = q != NULL;
}

void l2tp_act_tunnel_up(struct tunnel *t)
{
	struct queued_act *q = push(t->l, L2TP_ACT_TUNNEL_UP, &t->path, nothing, true);

	if (q)
		q->tunnel_id = t->id;
}

static bool calls_told(struct tunnel *t)
{
	list_each (&t->l->dead_calls, it) {
		struct call *c = list_entry(it, struct call, grave_link);

		if (c->tunnel == t && !c->told)
			return false;
	}
	return true;
}

void l2tp_act_tunnel_down(struct tunnel *t)
{
	struct queued_act *q;

	if (!calls_told(t))
		return;
	q = push(t->l, L2TP_ACT_TUNNEL_DOWN, &t->path, nothing, true);
	if (!q)
		return;
	q->tunnel_id = t->id;
	q->result = t->end;
	t->told = true;
}

void l2tp_act_note(struct l2tp *l, const struct l2tp_path *path, uint16_t tunnel_id,
		   enum note_kind kind, const char *reason, const char *fmt, ...)
{
	struct note n = {.kind = kind, .reason = reason};
	struct queued_act *q;
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(n.text, sizeof(n.text), fmt, ap);
	va_end(ap);
	q = push(l, L2TP_ACT_NOTE, path, (struct bytes){(uint8_t *)&n, sizeof(n)}, false);
	if (q)
		q->tunnel_id = tunnel_id;
}

/* Ends that found no room earlier; calls before their tunnels. */
static void tell_the_rest(struct l2tp *l)
{
	list_each (&l->dead_calls, it) {
		struct call *c = list_entry(it, struct call, grave_link);

		if (!c->told)
			l2tp_act_call_down(c);
	}
	list_each (&l->dead_tunnels, it) {
		struct tunnel *t = list_entry(it, struct tunnel, grave_link);

		if (!t->told)
			l2tp_act_tunnel_down(t);
	}
	l2tp_reap(l);
}

const struct l2tp_act *l2tp_act_next(struct l2tp *l)
{
	struct queued_act *q = outbox_pop(l->outbox);
	struct l2tp_act *a = &l->current;

	if (!q) {
		tell_the_rest(l);
		q = outbox_pop(l->outbox);
	}
	if (!q)
		return NULL;
	*a = (struct l2tp_act){
		.kind = q->kind,
		.path = q->path,
		.tunnel_id = q->tunnel_id,
		.session_id = q->session_id,
		.call = q->call,
		.result = q->result,
	};
	if (q->kind == L2TP_ACT_NOTE) {
		memcpy(&a->note, q->tail, sizeof(a->note));
	} else if (q->kind == L2TP_ACT_CALL_UP) {
		memcpy(&a->info, q->tail, sizeof(a->info));
	} else {
		memcpy(l->current_bytes, q->tail, q->len);
		a->bytes = (struct bytes){l->current_bytes, q->len};
	}
	return a;
}
