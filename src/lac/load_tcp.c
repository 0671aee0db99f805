/*
 * load_tcp: one TCP connection at a time for a client, to the target's chargen (RFC 864) or
 * discard (RFC 863) port. Called by load_traffic.c. Never does I/O.
 */
#include "load_tcp.h"

#include <stdlib.h>

#define PORT_DISCARD 9
#define PORT_CHARGEN 19
#define PORT_FIRST   32768
#define PORTS        28000
#define WINDOW       (6u << 20) /* octets on their way to us */
#define AGAIN_US     1000000    /* between the end of a connection and the next one */

struct load_tcp {
	struct tcb tcb;
	struct tcb_counts told; /* what is in the thread's counts */
	bool told_open, ended;
	uint16_t port;     /* of the last connection */
	uint64_t again_us; /* when the next one begins, 0: there is one */
};

static uint16_t target_port(const struct load_traffic_options *o)
{
	if (o->target_port)
		return o->target_port;
	return o->direction == LOAD_UP ? PORT_DISCARD : PORT_CHARGEN;
}

/* Another port and another place in the numbers each time, so that no old segment fits. */
static void connect_again(struct load_tcp *t, const struct load_traffic *f,
			  const struct load_traffic_options *o, uint64_t now_us)
{
	const struct tcb_config cfg = {
		.local_ip = f->local_ip,
		.remote_ip = f->target_ip,
		.local_port = t->port = (uint16_t)(PORT_FIRST + (t->port + 1u) % PORTS),
		.remote_port = target_port(o),
		.mtu = f->size,
		.isn = (uint32_t)(now_us * 250) ^ f->local_ip,
		.window = WINDOW,
		.sends = o->direction != LOAD_DOWN,
	};

	tcb_open(&t->tcb, &cfg, now_us);
	t->told = (struct tcb_counts){0};
	t->told_open = false;
	t->again_us = 0;
}

struct load_tcp *load_tcp_new(const struct load_traffic *f, const struct load_traffic_options *o,
			      uint64_t now_us)
{
	struct load_tcp *t = calloc(1, sizeof(*t));

	if (!t)
		return NULL;
	t->port = (uint16_t)(now_us / 1000 % PORTS);
	connect_again(t, f, o, now_us);
	return t;
}

void load_tcp_free(struct load_tcp *t)
{
	free(t);
}

void load_tcp_abort(struct load_tcp *t, uint64_t now_us)
{
	t->ended = true;
	tcb_abort(&t->tcb, now_us);
}

static void tell_one(struct load_stats *s, enum load_count which, uint64_t now, uint64_t *told)
{
	if (now != *told) {
		load_count_add(s, which, now - *told);
		*told = now;
	}
}

static void tell(struct load_tcp *t, struct load_stats *s)
{
	const struct tcb_counts *c = &t->tcb.counts;

	tell_one(s, COUNT_TCP_ACKED, c->acked, &t->told.acked);
	tell_one(s, COUNT_TCP_RECEIVED, c->received, &t->told.received);
	tell_one(s, COUNT_TCP_SENT_AGAIN, c->sent_again, &t->told.sent_again);
	tell_one(s, COUNT_TCP_TIMEOUTS, c->timeouts, &t->told.timeouts);
	tell_one(s, COUNT_TCP_EARLY, c->early, &t->told.early);
	tell_one(s, COUNT_TCP_DROPPED, c->dropped, &t->told.dropped);
	if (t->tcb.state == TCB_ESTABLISHED && !t->told_open) {
		t->told_open = true;
		load_count_add(s, COUNT_TCP_OPENED, 1);
	}
}

/* The connection has ended: another one, when it is time. */
static void go_on(struct load_tcp *t, const struct load_traffic *f,
		  const struct load_traffic_options *o, struct load_stats *s, uint64_t now_us)
{
	if (t->ended || t->tcb.state != TCB_CLOSED || t->tcb.rst_due)
		return;
	if (!t->again_us) {
		t->again_us = now_us + AGAIN_US;
		load_count_add(s, COUNT_TCP_ENDED, 1);
	} else if (now_us >= t->again_us) {
		connect_again(t, f, o, now_us);
	}
}

size_t load_tcp_out(struct load_traffic *f, const struct load_traffic_options *o,
		    struct load_stats *s, uint64_t now_us, uint8_t *p)
{
	struct load_tcp *t = f->tcp;
	size_t len;

	go_on(t, f, o, s, now_us);
	if (tcb_next_us(&t->tcb) <= now_us)
		tcb_run(&t->tcb, now_us);
	len = tcb_output(&t->tcb, now_us, p);
	tell(t, s);
	return len;
}

bool load_tcp_in(struct load_tcp *t, struct load_stats *s, uint64_t now_us, struct bytes packet)
{
	struct tcb_counts before = t->tcb.counts;

	tcb_input(&t->tcb, now_us, packet);
	if (t->tcb.counts.measured != before.measured)
		load_hist_add(&s->rtt, t->tcb.rtt_us);
	return t->tcb.counts.dropped == before.dropped;
}

uint64_t load_tcp_next_us(const struct load_tcp *t)
{
	if (t->again_us)
		return t->again_us;
	return tcb_next_us(&t->tcb);
}
