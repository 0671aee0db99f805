/*
 * queue: the actions that wait for ppp_next(), as records in one small buffer.
 *
 * No RFC. Called by link and the protocols to push, by ppp_next() to pop. The buffer
 * lives from the first record to the drain; a record that does not fit is counted and
 * forgotten, which the peer sees as a lost frame.
 */
#include <stdlib.h>
#include <string.h>

#include "base/secret.h"
#include "link.h"

struct record {
	uint16_t len; /* of the payload behind this header */
	uint8_t kind; /* enum ppp_act_kind */
	uint8_t note_kind;
};

static struct action_queue *queue_need(struct ppp *p)
{
	struct action_queue *q = p->queue ? p->queue : malloc(sizeof(*q));

	if (q && !p->queue)
		q->head = q->tail = 0;
	p->queue = q;
	return q;
}

/* A client's frames may hold a password. */
void queue_free(struct ppp *p)
{
	if (p->queue && p->cfg.role == PPP_CLIENT)
		secret_zero(p->queue, sizeof(*p->queue));
	free(p->queue);
	p->queue = NULL;
}

static uint8_t *push(struct ppp *p, struct record head, size_t reserve)
{
	struct action_queue *q = queue_need(p);
	size_t need = sizeof(head) + head.len;
	uint8_t *at;

	if (!q) {
		link_drop(p, PPP_DROP_QUEUE);
		return NULL;
	}
	if (q->head == q->tail)
		q->head = q->tail = 0;
	if (q->head && q->tail + need + reserve > sizeof(q->mem)) {
		memmove(q->mem, q->mem + q->head, (size_t)(q->tail - q->head));
		q->tail = (uint16_t)(q->tail - q->head);
		q->head = 0;
	}
	if (q->tail + need + reserve > sizeof(q->mem)) {
		link_drop(p, PPP_DROP_QUEUE);
		return NULL;
	}
	at = q->mem + q->tail;
	memcpy(at, &head, sizeof(head));
	q->tail = (uint16_t)(q->tail + need);
	if (p->cfg.ready)
		p->cfg.ready(p->cfg.ready_ctx);
	return at + sizeof(head);
}

void queue_frame(struct ppp *p, uint16_t protocol, struct bytes head, struct bytes body)
{
	size_t len = 2 + head.len + body.len;
	uint8_t *at;
	struct wr w;

	if (len > PPP_FRAME_MAX) {
		link_drop(p, PPP_DROP_QUEUE);
		return;
	}
	at = push(p, (struct record){.len = (uint16_t)len, .kind = PPP_ACT_SEND}, QUEUE_RESERVE);
	if (!at)
		return;
	w = wr_of(at, len);
	wr_u16(&w, protocol);
	wr_bytes(&w, head);
	wr_bytes(&w, body);
}

void queue_note(struct ppp *p, enum note_kind kind, const char *reason, const char *text)
{
	size_t n = strlen(text);
	struct record r = {.kind = PPP_ACT_NOTE, .note_kind = (uint8_t)kind};
	uint8_t *at;

	if (n >= NOTE_TEXT)
		n = NOTE_TEXT - 1;
	r.len = (uint16_t)(sizeof(reason) + n);
	at = push(p, r, QUEUE_RESERVE);
	if (!at)
		return;
	memcpy(at, &reason, sizeof(reason));
	memcpy(at + sizeof(reason), text, n);
}

void queue_plain(struct ppp *p, enum ppp_act_kind kind)
{
	push(p, (struct record){.kind = (uint8_t)kind}, 0);
}

void queue_up(struct ppp *p, const struct ppp_up *up)
{
	uint8_t *at = push(p, (struct record){.len = sizeof(*up), .kind = PPP_ACT_UP}, 0);

	if (at)
		memcpy(at, up, sizeof(*up));
}

void queue_up6(struct ppp *p, const struct ppp_up6 *up)
{
	uint8_t *at = push(p, (struct record){.len = sizeof(*up), .kind = PPP_ACT_UP6}, 0);

	if (at)
		memcpy(at, up, sizeof(*up));
}

static void show_note(struct note *n, const struct record *r, const uint8_t *at)
{
	n->kind = (enum note_kind)r->note_kind;
	memcpy(&n->reason, at, sizeof(n->reason));
	memcpy(n->text, at + sizeof(n->reason), r->len - sizeof(n->reason));
	n->text[r->len - sizeof(n->reason)] = '\0';
}

const struct ppp_act *queue_show_down(struct ppp *p, const char *reason)
{
	struct action_queue *q = queue_need(p);

	if (!q)
		return NULL;
	q->act = (struct ppp_act){.kind = PPP_ACT_DOWN, .reason = reason};
	return &q->act;
}

const struct ppp_act *queue_pop(struct ppp *p)
{
	struct action_queue *q = p->queue;
	struct ppp_act *out;
	struct record r;
	const uint8_t *at;

	if (!q || q->head == q->tail) {
		queue_free(p);
		return NULL;
	}
	out = &q->act;
	memcpy(&r, q->mem + q->head, sizeof(r));
	at = q->mem + q->head + sizeof(r);
	q->head = (uint16_t)(q->head + sizeof(r) + r.len);
	*out = (struct ppp_act){.kind = (enum ppp_act_kind)r.kind};
	if (r.kind == PPP_ACT_SEND)
		out->frame = (struct bytes){at, r.len};
	else if (r.kind == PPP_ACT_NOTE)
		show_note(&out->note, &r, at);
	else if (r.kind == PPP_ACT_UP)
		memcpy(&out->up, at, sizeof(out->up));
	else if (r.kind == PPP_ACT_UP6)
		memcpy(&out->up6, at, sizeof(out->up6));
	else if (r.kind == PPP_ACT_AUTH)
		auth_show_request(p, &out->auth);
	return out;
}
