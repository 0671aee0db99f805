/*
 * keepalive: NAT keepalives (RFC 3948 section 4): one octet FF to a peer that nothing was
 * sent to for keepalive_s, so that the NAT between us keeps its mapping. Control says who
 * gets them, for only IKE knows of the NAT. A packet moves no timer: when it fires, the
 * last packet's time is looked at. Called by worker and commands.
 */
#include "base/list.h"
#include "wire/esp.h"
#include "worker.h"

#define TICK_MS   100 /* those of so long are sent together */
#define ROUND_MAX 256

static uint64_t due_ms(const struct peer *p)
{
	uint64_t last_ms = p->kept_ms > p->out.esp.last_ms ? p->kept_ms : p->out.esp.last_ms;

	return last_ms + p->keepalive_s * UINT64_C(1000);
}

static void arm(struct worker *w, struct peer *p, uint64_t at_ms)
{
	timerq_arm(&w->keepalives, &p->keepalive, at_ms);
	if (at_ms < w->keepalive_ms)
		w->keepalive_ms = at_ms;
}

void keepalive_init(struct worker *w)
{
	timerq_use_wheel(&w->keepalives, &w->keepalive_wheel, w->os->now_ms(w->os->ctx));
	w->keepalive_ms = TIMER_NEVER;
}

void keepalive_set(struct worker *w, struct peer *p, uint16_t keepalive_s)
{
	if (keepalive_s == p->keepalive_s)
		return;
	if (!p->keepalive_s)
		p->kept_ms = w->now_ms;
	p->keepalive_s = keepalive_s;
	if (keepalive_s)
		arm(w, p, due_ms(p));
	else
		timerq_disarm(&w->keepalives, &p->keepalive);
}

static void send_one(struct worker *w, struct peer *p)
{
	int fd = w->sources[SOURCE_UDP4500].fd;
	uint8_t *at = fd >= 0 ? tx_reserve(w, 1) : NULL;

	p->kept_ms = w->now_ms;
	if (!at)
		return;
	*at = NATT_KEEPALIVE;
	tx_commit(w, fd, &p->flow, 1, false);
	count(w, COUNT_TX_KEEPALIVE);
}

void keepalive_run(struct worker *w)
{
	struct timer *t = NULL;
	uint64_t next_ms;

	if (w->now_ms < w->keepalive_ms)
		return;
	for (unsigned n = 0; n < ROUND_MAX; n++) {
		struct peer *p;

		t = timerq_pop(&w->keepalives, w->now_ms);
		if (!t)
			break;
		p = list_entry(t, struct peer, keepalive);
		if (w->now_ms >= due_ms(p))
			send_one(w, p);
		timerq_arm(&w->keepalives, t, due_ms(p));
	}
	w->more |= t != NULL;
	next_ms = timerq_next_ms(&w->keepalives);
	if (next_ms > w->now_ms && next_ms < w->now_ms + TICK_MS)
		next_ms = w->now_ms + TICK_MS;
	w->keepalive_ms = next_ms;
}
