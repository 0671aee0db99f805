/*
 * delay: frames that an access list's rule holds back (softether.md 3.2: delay, jitter), in the
 * worker that decided it. A fixed room: what does not fit is dropped and counted. Frames of one
 * delay keep their order. Called by bridge; run once a round.
 */
#include <stdlib.h>
#include <string.h>

#include "worker.h"

#define DELAYED_MAX 512
#define DELAYED_LEN 2048 /* octets of a frame with its virtio header */

struct delayed {
	uint64_t due_ms;
	uint64_t order;
	uint32_t port;
	uint16_t hub;
	bool used, judged;
	struct hub_source from;
	uint32_t len;
	uint8_t octets[TAP_ROOM + DELAYED_LEN];
};

struct delays {
	unsigned used;
	uint64_t next_ms, order;
	struct delayed at[DELAYED_MAX];
};

static struct delayed *free_place(struct worker *w)
{
	if (!w->delays)
		w->delays = calloc(1, sizeof(*w->delays));
	for (unsigned i = 0; w->delays && i < DELAYED_MAX; i++) {
		if (!w->delays->at[i].used)
			return &w->delays->at[i];
	}
	return NULL;
}

void delay_frame(struct worker *w, const struct bridge_frame *f, uint32_t port,
		 const struct hub_source *from, uint16_t delay_ms)
{
	struct delayed *d = VNET_HDR + f->len <= DELAYED_LEN ? free_place(w) : NULL;

	if (!d) {
		count(w, DROP_DELAY_FULL);
		return;
	}
	d->used = true;
	d->due_ms = w->now_ms + delay_ms;
	d->order = w->delays->order++;
	d->port = port;
	d->hub = f->hub;
	d->judged = from == NULL;
	if (from)
		d->from = *from;
	d->len = (uint32_t)f->len;
	memcpy(d->octets + TAP_ROOM, f->vnet_at, VNET_HDR + f->len);
	if (!w->delays->used++ || d->due_ms < w->delays->next_ms)
		w->delays->next_ms = d->due_ms;
	count(w, COUNT_DELAYED);
}

static void go_on(struct worker *w, struct delayed *d)
{
	struct bridge_frame f = {.hub = d->hub, .vnet_at = d->octets + TAP_ROOM, .len = d->len};

	if (!w->hubs[d->hub].used)
		count(w, DROP_FRAME_NOT_PORT);
	else if (d->judged)
		bridge_leave(w, &f, d->port);
	else if (port_is_here(w->index, d->port))
		bridge_out(w, &f, d->port, &d->from);
	else
		handoff_bridge(w, port_worker(d->port), &f, d->port, &d->from);
}

/* The one that is due and came first; NULL: none. Also finds the next deadline. */
static struct delayed *first_due(struct worker *w)
{
	struct delayed *first = NULL;

	w->delays->next_ms = TIMER_NEVER;
	for (unsigned i = 0; i < DELAYED_MAX; i++) {
		struct delayed *d = &w->delays->at[i];

		if (!d->used)
			continue;
		if (d->due_ms > w->now_ms) {
			if (d->due_ms < w->delays->next_ms)
				w->delays->next_ms = d->due_ms;
		} else if (!first || d->due_ms < first->due_ms ||
			   (d->due_ms == first->due_ms && d->order < first->order)) {
			first = d;
		}
	}
	return first;
}

void delay_run(struct worker *w)
{
	struct delayed *d;

	while (delay_next_ms(w) <= w->now_ms && (d = first_due(w))) {
		go_on(w, d);
		d->used = false;
		w->delays->used--;
		w->delays->next_ms = w->now_ms;
		w->work++;
	}
}

uint64_t delay_next_ms(const struct worker *w)
{
	return w->delays && w->delays->used ? w->delays->next_ms : TIMER_NEVER;
}

void delay_free(struct worker *w)
{
	free(w->delays);
}
