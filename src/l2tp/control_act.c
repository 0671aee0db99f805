/*
 * control_act: the actions of this room, queued in one outbox.
 *
 * Called by control.c and the files of the versions; l2tp_next() and l2tp3_next() take them
 * out. A send that finds no room is a lost packet. The end of a connection or session is
 * never lost: what has no room stays buried and is told when the outbox has run empty.
 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "control.h"

static const struct bytes nothing;

struct queued_act *control_act(struct control_engine *e, unsigned kind,
			       const struct l2tp_path *path, uint32_t id, struct bytes tail,
			       bool must)
{
	size_t size = sizeof(struct queued_act) + tail.len;
	struct queued_act *q =
		must ? outbox_push_must(e->outbox, size) : outbox_push(e->outbox, size);

	if (!q)
		return NULL;
	q->kind = kind;
	q->path = *path;
	q->control_id = id;
	q->len = (uint32_t)tail.len;
	if (tail.len)
		memcpy(q->tail, tail.p, tail.len);
	return q;
}

struct queued_act *control_session_act(struct control_session *s, unsigned kind, struct bytes tail,
				       bool must)
{
	struct control *c = s->control;
	struct queued_act *q = control_act(c->e, kind, &c->path, c->id, tail, must);

	if (q)
		q->session_id = s->id;
	return q;
}

void control_act_send(struct control_engine *e, const struct l2tp_path *path, uint32_t id,
		      struct bytes msg)
{
	control_act(e, e->version->act_send, path, id, msg, false);
	e->counts.messages_out++;
}

void control_act_session_down(struct control_session *s)
{
	struct queued_act *q =
		control_session_act(s, s->control->e->version->act_session_down, nothing, true);

	if (q)
		q->result = s->end;
	s->told = q != NULL;
}

static bool sessions_told(struct control *c)
{
	list_each (&c->e->dead_sessions, it) {
		struct control_session *s = list_entry(it, struct control_session, grave_link);

		if (s->control == c && !s->told)
			return false;
	}
	return true;
}

void control_act_down(struct control *c)
{
	struct queued_act *q;

	if (!sessions_told(c))
		return;
	q = control_act(c->e, c->e->version->act_down, &c->path, c->id, nothing, true);
	if (q)
		q->result = c->end;
	c->told = q != NULL;
}

void control_act_note(struct control_engine *e, const struct l2tp_path *path, uint32_t id,
		      enum note_kind kind, const char *reason, const char *fmt, ...)
{
	struct note n = {.kind = kind, .reason = reason};
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(n.text, sizeof(n.text), fmt, ap);
	va_end(ap);
	control_act(e, e->version->act_note, path, id, (struct bytes){(uint8_t *)&n, sizeof(n)},
		    false);
}

/* Ends that found no room earlier; sessions before their connections. */
static void tell_the_rest(struct control_engine *e)
{
	list_each (&e->dead_sessions, it) {
		struct control_session *s = list_entry(it, struct control_session, grave_link);

		if (!s->told)
			control_act_session_down(s);
	}
	list_each (&e->dead, it) {
		struct control *c = list_entry(it, struct control, grave_link);

		if (!c->told)
			control_act_down(c);
	}
	control_reap(e);
}

const struct queued_act *control_act_next(struct control_engine *e)
{
	const struct queued_act *q = outbox_pop(e->outbox);

	if (q)
		return q;
	tell_the_rest(e);
	return outbox_pop(e->outbox);
}
