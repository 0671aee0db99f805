/*
 * act: the actions that leave the client, in one outbox, which it has only while
 * some wait. Called by every file of this room. A datagram that finds no room is a
 * lost datagram.
 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "lac_i.h"

void lac_drop(struct lac *l, enum lac_drop why)
{
	l->drops[why]++;
}

static struct lac_box *box_of(struct lac *l)
{
	if (!l->box)
		l->box = shared_box_take(l->sh);
	return l->box;
}

static struct queued *push(struct lac *l, enum lac_act_kind kind, size_t tail)
{
	struct lac_box *box = box_of(l);
	struct queued *q = box ? outbox_push(&box->out, sizeof(*q) + tail) : NULL;

	if (q)
		q->act.kind = kind;
	else
		lac_drop(l, LAC_DROP_QUEUE);
	return q;
}

static struct queued *push_must(struct lac *l, enum lac_act_kind kind)
{
	struct lac_box *box = box_of(l);
	struct queued *q = box ? outbox_push_must(&box->out, sizeof(*q)) : NULL;

	if (q)
		q->act.kind = kind;
	else
		lac_drop(l, LAC_DROP_QUEUE);
	return q;
}

void lac_act_datagram(struct lac *l, const struct flow *flow, bool raw_esp, bool marker,
		      struct bytes bytes)
{
	size_t head = marker ? 4 : 0;
	struct queued *q;

	if (bytes.len == 0 || bytes.len + head > LAC_BYTES_MAX)
		return;
	q = push(l, LAC_ACT_DATAGRAM, head + bytes.len);
	if (!q)
		return;
	q->act.flow = *flow;
	q->act.raw_esp = raw_esp;
	q->act.bytes.len = head + bytes.len;
	memcpy(q->tail + head, bytes.p, bytes.len);
}

void lac_act_packet(struct lac *l, struct bytes packet)
{
	struct queued *q = push(l, LAC_ACT_PACKET, packet.len);

	if (!q)
		return;
	q->act.bytes.len = packet.len;
	memcpy(q->tail, packet.p, packet.len);
}

void lac_act_dh(struct lac *l, struct ike_dh_job *job)
{
	struct queued *q = push_must(l, LAC_ACT_DH);

	if (q)
		q->act.job = job;
}

void lac_act_copy_note(struct lac *l, const struct note *note)
{
	struct queued *q = push(l, LAC_ACT_NOTE, 0);

	if (q)
		q->act.note = *note;
}

void lac_act_note(struct lac *l, enum note_kind kind, const char *reason, const char *fmt, ...)
{
	struct note n = {.kind = kind, .reason = reason};
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(n.text, sizeof(n.text), fmt, ap);
	va_end(ap);
	lac_act_copy_note(l, &n);
}

void lac_act_up(struct lac *l)
{
	struct queued *q = push_must(l, LAC_ACT_UP);

	if (q)
		q->act.up = l->up;
}

void lac_act_down(struct lac *l)
{
	struct queued *q = push_must(l, LAC_ACT_DOWN);

	if (q)
		q->act.reason = l->reason;
}

const struct lac_act *lac_next(struct lac *l)
{
	struct queued *q = l->box ? outbox_pop(&l->box->out) : NULL;
	struct lac_shared *s = l->sh;

	if (!q && l->box) {
		shared_box_give(s, l->box);
		l->box = NULL;
	}
	if (!q)
		return NULL;
	s->current = q->act;
	if (q->act.bytes.len)
		memcpy(s->current_bytes, q->tail, q->act.bytes.len);
	s->current.bytes.p = s->current_bytes;
	return &s->current;
}
