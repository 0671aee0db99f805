/*
 * tap_in: reads frames and super-packets of a hub's TAP, each behind its virtio
 * header, and gives them to the switch. First node of the way out.
 */
#include "wire/eth.h"
#include "worker.h"

void tap_in(struct worker *w, const struct source *s)
{
	for (unsigned i = 0; i < TAP_READS_MAX; i++) {
		size_t len = w->os->tap_read(w->os->ctx, s->fd, w->tap_mem + TAP_ROOM, TAP_BUF);

		if (len == 0)
			break;
		w->work++;
		count(w, COUNT_TAP_FRAMES_IN);
		if (len < VNET_HDR + ETH_HDR)
			count(w, DROP_FRAME_SHORT);
		else
			switch_frame(w, s->hub, w->tap_mem + TAP_ROOM, len - VNET_HDR);
	}
}
