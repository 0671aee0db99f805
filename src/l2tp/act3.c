/*
 * act3: the actions of version 3, queued in one outbox.
 *
 * Called by connection.c, session.c and l2tp3.c; l2tp3_next() takes them out. A send
 * that finds no room is a lost packet. The end of a connection or session is never
 * lost: what has no room stays buried and is told when the outbox has run empty. The
 * zero session id of the IP carrier is put before a message here.
 */
#include "state3.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const struct bytes nothing;

static struct queued_act3 *push(struct l2tp3 *l, enum l2tp3_act_kind kind,
				const struct l2tp_path *path, struct bytes tail, bool must)
{
	size_t size = sizeof(struct queued_act3) + tail.len;
	struct queued_act3 *q =
		must ? outbox_push_must(&l->outbox, size) : outbox_push(&l->outbox, size);

	if (!q)
		return NULL;
	q->kind = kind;
	q->path = *path;
	q->len = (uint32_t)tail.len;
	if (tail.len)
		memcpy(q->tail, tail.p, tail.len);
	return q;
}

void act3_send(struct l2tp3 *l, const struct l2tp_path *path, uint32_t connection_id,
	       struct bytes msg)
{
	uint8_t buf[L2TP_MESSAGE_MAX + 4];
	struct wr w = wr_of(buf, sizeof(buf));
	struct queued_act3 *q;

	if (l2tp3_over_ip(path))
		wr_u32(&w, 0);
	wr_bytes(&w, msg);
	q = push(l, L2TP3_ACT_SEND, path, wr_done(&w), false);
	if (q)
		q->connection_id = connection_id;
	l->stats.messages_out++;
}

static bool sessions_told(struct connection *c)
{
	list_each (&c->l->dead_sessions, it) {
		struct session *s = list_entry(it, struct session, grave_link);

		if (s->connection == c && !s->told)
			return false;
	}
	return true;
}

void act3_connection(struct connection *c, enum l2tp3_act_kind kind)
{
	bool down = kind == L2TP3_ACT_CONNECTION_DOWN;
	struct queued_act3 *q;

	if (down && !sessions_told(c))
		return;
	q = push(c->l, kind, &c->path, nothing, true);
	if (!q)
		return;
	q->connection_id = c->id;
	if (down)
		q->result = c->end;
	c->told = down;
}

static struct queued_act3 *push_session(struct session *s, enum l2tp3_act_kind kind,
					struct bytes tail)
{
	struct connection *c = s->connection;
	struct queued_act3 *q = push(c->l, kind, &c->path, tail, true);

	if (!q)
		return NULL;
	q->connection_id = c->id;
	q->session_id = s->id;
	q->active = s->peer_active;
	return q;
}

bool act3_session_up(struct session *s)
{
	const struct connection *c = s->connection;
	struct l2tp3_session_info info = {
		.owner = c->path.owner,
		.connection_id = c->id,
		.peer_connection_id = c->peer_id,
		.session_id = s->id,
		.peer_session_id = s->peer_id,
		.local_port = c->path.local_port,
		.remote_port = c->path.remote_port,
		.pw_type = s->pw_type,
		.cookie_len = s->cookie_len,
		.peer_cookie_len = s->peer_cookie_len,
		.sublayer = s->sublayer,
		.peer_sublayer = s->peer_sublayer,
		.sequencing = s->sequencing,
		.peer_sequencing = s->peer_sequencing,
		.active = s->peer_active,
		.caller = s->caller,
		.style = c->style->name,
	};

	memcpy(info.cookie, s->cookie, sizeof(info.cookie));
	memcpy(info.peer_cookie, s->peer_cookie, sizeof(info.peer_cookie));
	memcpy(info.remote_end_id, s->remote_end_id, sizeof(info.remote_end_id));
	memcpy(info.peer_host_name, c->peer_host_name, sizeof(info.peer_host_name));
	memcpy(info.peer_vendor_name, c->peer_vendor_name, sizeof(info.peer_vendor_name));
	return push_session(s, L2TP3_ACT_SESSION_UP,
			    (struct bytes){(uint8_t *)&info, sizeof(info)}) != NULL;
}

void act3_session_status(struct session *s)
{
	push_session(s, L2TP3_ACT_SESSION_STATUS, nothing);
}

void act3_session_down(struct session *s)
{
	struct queued_act3 *q = push_session(s, L2TP3_ACT_SESSION_DOWN, nothing);

	if (q)
		q->result = s->end;
	s->told = q != NULL;
}

void act3_note(struct l2tp3 *l, const struct l2tp_path *path, uint32_t connection_id,
	       enum note_kind kind, const char *reason, const char *fmt, ...)
{
	struct note n = {.kind = kind, .reason = reason};
	struct queued_act3 *q;
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(n.text, sizeof(n.text), fmt, ap);
	va_end(ap);
	q = push(l, L2TP3_ACT_NOTE, path, (struct bytes){(uint8_t *)&n, sizeof(n)}, false);
	if (q)
		q->connection_id = connection_id;
}

/* Ends that found no room earlier; sessions before their connections. */
static void tell_the_rest(struct l2tp3 *l)
{
	list_each (&l->dead_sessions, it) {
		struct session *s = list_entry(it, struct session, grave_link);

		if (!s->told)
			act3_session_down(s);
	}
	list_each (&l->dead_connections, it) {
		struct connection *c = list_entry(it, struct connection, grave_link);

		if (!c->told)
			act3_connection(c, L2TP3_ACT_CONNECTION_DOWN);
	}
	l2tp3_reap(l);
}

const struct l2tp3_act *act3_next(struct l2tp3 *l)
{
	struct queued_act3 *q = outbox_pop(&l->outbox);
	struct l2tp3_act *a = &l->current;

	if (!q) {
		tell_the_rest(l);
		q = outbox_pop(&l->outbox);
	}
	if (!q)
		return NULL;
	*a = (struct l2tp3_act){
		.kind = q->kind,
		.path = q->path,
		.connection_id = q->connection_id,
		.session_id = q->session_id,
		.active = q->active,
		.result = q->result,
	};
	if (q->kind == L2TP3_ACT_NOTE) {
		memcpy(&a->note, q->tail, sizeof(a->note));
	} else if (q->kind == L2TP3_ACT_SESSION_UP) {
		memcpy(&a->info, q->tail, sizeof(a->info));
	} else if (q->kind == L2TP3_ACT_SEND) {
		memcpy(l->current_bytes, q->tail, q->len);
		a->bytes = (struct bytes){l->current_bytes, q->len};
	}
	return a;
}
