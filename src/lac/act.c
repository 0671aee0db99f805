/*
 * act: the actions that leave the client, in one outbox. Called by every file of
 * this room. A datagram that finds no room is a lost datagram.
 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "lac_i.h"

void lac_drop(struct lac *l, enum lac_drop why)
{
	l->drops[why]++;
}

static struct queued *push(struct lac *l, enum lac_act_kind kind, size_t tail)
{
	struct queued *q = outbox_push(&l->out, sizeof(*q) + tail);

	if (q)
		q->act.kind = kind;
	else
		lac_drop(l, LAC_DROP_QUEUE);
	return q;
}

static struct queued *push_must(struct lac *l, enum lac_act_kind kind)
{
	struct queued *q = outbox_push_must(&l->out, sizeof(*q));

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
	struct queued *q = outbox_pop(&l->out);

	if (!q)
		return NULL;
	l->current = q->act;
	if (q->act.bytes.len)
		memcpy(l->current_bytes, q->tail, q->act.bytes.len);
	l->current.bytes.p = l->current_bytes;
	return &l->current;
}
