/*
 * load_thread: one thread of the load generator: its loop of epoll, timers, dials, sums and
 * packets over the clients that are its own. Called by load_main.c. Never looks at all
 * its clients in one turn.
 */
#include "load.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <time.h>

#include "call.h"

#define LOOK_US        100000 /* at the phase, at the latest; below a second */
#define EVENTS         64
#define TIMERS_A_TURN  1024
#define SUMS_A_TURN    2 /* about a millisecond; packets wait meanwhile */
#define DIALS_A_TURN   32
#define LEAVES_A_TURN  64
#define LEAVE_S        5 /* hanging up is spread over so long */
#define SLACK_US       20000
#define SLACK_NS       10000 /* of the kernel's timers: packets leave when they are due */
#define GROUP_MODP2048 14

/* ---- making ---- */

static bool complain(const char *what)
{
	fprintf(stderr, "sekisho-lac: %s\n", what);
	return false;
}

static bool make_clients(struct load_thread *t)
{
	t->clients = calloc(t->n_clients ? t->n_clients : 1, sizeof(*t->clients));
	if (!t->clients)
		return complain("no memory for so many clients");
	for (unsigned i = 0; i < t->n_clients; i++)
		load_client_init(&t->clients[i], t, i * t->opt->threads + t->index);
	return true;
}

/* This thread's part of a figure that is for all. */
static unsigned share(const struct load_thread *t, unsigned whole)
{
	unsigned n = t->opt->threads;

	return whole / n + (t->index < whole % n);
}

bool load_thread_init(struct load_thread *t, const struct load_options *opt, unsigned index)
{
	t->opt = opt;
	t->index = index;
	t->wake = -1;
	t->net.poll = -1;
	list_init(&t->turns);
	list_init(&t->line);
	list_init(&t->sums);
	t->n_clients = share(t, opt->clients);
	if (!load_net_open(&t->net, opt->sources, opt->sources_bits, t->n_clients, opt->clients))
		return false;
	t->shared = lac_shared_new();
	t->pair = opt->fresh_keys ? NULL : ike_load_pair_new(GROUP_MODP2048);
	t->wake = os_linux()->wake_new(NULL);
	if (!t->shared || t->wake < 0 || !os_linux()->poll_add(NULL, t->net.poll, t->wake, NULL) ||
	    !load_path_init(&t->path))
		return complain("no memory for a thread");
	return make_clients(t);
}

void load_thread_free(struct load_thread *t)
{
	for (unsigned i = 0; t->clients && i < t->n_clients; i++)
		load_client_free(&t->clients[i]);
	free(t->clients);
	t->clients = NULL;
	load_path_free(&t->path);
	lac_shared_free(t->shared);
	ike_load_pair_free(t->pair);
	load_net_close(&t->net);
	os_linux()->close(NULL, t->wake);
}

void load_thread_wants(struct load_thread *t, struct load_client *c)
{
	if (list_empty(&c->turn))
		list_push(&t->turns, &c->turn);
}

/* ---- the phases ---- */

static void each_client(struct load_thread *t, void (*f)(struct load_client *c))
{
	for (unsigned i = 0; i < t->n_clients; i++)
		f(&t->clients[i]);
}

static void begin_one(struct load_client *c)
{
	const struct ppp_up *up = c->state == CLIENT_UP ? lac_get_up(c->lac) : NULL;

	if (!up)
		return;
	load_traffic_begin(&c->traffic, &c->thread->opt->traffic, up, c->number, c->thread->now_us);
	load_thread_wants(c->thread, c);
}

static void end_one(struct load_client *c)
{
	load_traffic_end(&c->traffic, c->thread->now_us);
	load_thread_wants(c->thread, c);
}

static void vanish_one(struct load_client *c)
{
	load_client_event(c, LOAD_EV_VANISH);
}

static void enter(struct load_thread *t, enum load_phase phase)
{
	t->phase_seen = phase;
	switch (phase) {
	case LOAD_SETUP:
		load_pace_begin(&t->dials, t->now_us, share(t, t->opt->rate));
		break;
	case LOAD_TRAFFIC:
		load_pace_begin(&t->churns, t->now_us, share(t, t->opt->churn));
		each_client(t, begin_one);
		break;
	case LOAD_DRAIN:
		each_client(t, end_one);
		break;
	case LOAD_LEAVE:
		load_pace_begin(&t->leaves, t->now_us, t->n_clients / LEAVE_S + 100);
		break;
	case LOAD_QUIT:
		break;
	}
}

static void take_orders(struct load_thread *t)
{
	enum load_phase phase = (enum load_phase)__atomic_load_n(&t->phase, __ATOMIC_ACQUIRE);
	unsigned storms = __atomic_load_n(&t->storms, __ATOMIC_ACQUIRE);

	if (phase != t->phase_seen)
		enter(t, phase);
	if (storms != t->storms_seen)
		each_client(t, vanish_one);
	t->storms_seen = storms;
}

/* ---- what is due ---- */

/* Somebody waits for a dial, and the window has room. */
static bool may_dial(const struct load_thread *t)
{
	unsigned window = share(t, t->opt->window);

	return t->phase_seen < LOAD_DRAIN && !list_empty(&t->line) &&
	       t->stats.n[COUNT_NOW_DIALLING] < (window ? window : 1);
}

static void dial_some(struct load_thread *t)
{
	unsigned due;

	load_pace_forgive(&t->dials, t->now_us, SLACK_US);
	due = load_pace_due(&t->dials, t->now_us, DIALS_A_TURN);
	while (due && may_dial(t)) {
		struct load_client *c = list_entry(t->line.next, struct load_client, line);

		list_del(&c->line);
		load_client_event(c, LOAD_EV_GO);
		load_pace_did(&t->dials, 1);
		due--;
	}
}

/* Hangs up calls that are up, one client after the other, in a circle. */
static void churn_some(struct load_thread *t)
{
	unsigned due, looked = 0;

	if (t->phase_seen != LOAD_TRAFFIC || !t->churns.per_s)
		return;
	due = load_pace_due(&t->churns, t->now_us, DIALS_A_TURN);
	load_pace_did(&t->churns, due);
	while (due && looked++ < t->n_clients && looked < TIMERS_A_TURN) {
		struct load_client *c = &t->clients[t->next_churn++ % t->n_clients];

		due -= c->state == CLIENT_UP;
		load_client_event(c, LOAD_EV_HANG_UP);
	}
}

static void leave_some(struct load_thread *t)
{
	unsigned due;

	if (t->phase_seen != LOAD_LEAVE)
		return;
	due = load_pace_due(&t->leaves, t->now_us, LEAVES_A_TURN);
	load_pace_did(&t->leaves, due);
	for (; due && t->next_leave < t->n_clients; due--)
		load_client_event(&t->clients[t->next_leave++], LOAD_EV_LEAVE);
}

static void sum_some(struct load_thread *t)
{
	for (unsigned i = 0; i < SUMS_A_TURN && !list_empty(&t->sums); i++)
		load_client_sum(list_entry(t->sums.next, struct load_client, sums));
}

/* Those that are in the list now; who wants another turn gets it in the next one. */
static void turn_all(struct load_thread *t)
{
	struct list now;

	if (list_empty(&t->turns))
		return;
	t->now_us = call_now_us();
	/* now takes the place of the list's head, which is empty then */
	list_push(&t->turns, &now);
	list_del(&t->turns);
	while (!list_empty(&now)) {
		struct load_client *c = list_entry(now.next, struct load_client, turn);

		list_del(&c->turn);
		load_client_turn(c);
	}
	load_path_flush(t);
}

/* ---- the loop ---- */

static uint64_t earlier(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

static uint64_t wait_us(const struct load_thread *t)
{
	uint64_t next = t->now_us + LOOK_US, tick = timerq_next_ms(&t->timers);

	if (!list_empty(&t->turns) || !list_empty(&t->sums))
		return 0;
	if (tick != TIMER_NEVER)
		next = earlier(next, tick * LOAD_TICK_US);
	if (may_dial(t))
		next = earlier(next, load_pace_next_us(&t->dials));
	if (t->phase_seen == LOAD_TRAFFIC && t->churns.per_s)
		next = earlier(next, load_pace_next_us(&t->churns));
	if (t->phase_seen == LOAD_LEAVE && t->next_leave < t->n_clients)
		next = earlier(next, load_pace_next_us(&t->leaves));
	return next > t->now_us ? next - t->now_us : 0;
}

static void receive(struct load_thread *t)
{
	uint64_t us = wait_us(t);
	struct timespec wait = {.tv_nsec = (long)us * 1000};
	struct epoll_event ready[EVENTS];
	int n = epoll_pwait2(t->net.poll, ready, EVENTS, &wait, NULL);

	t->now_us = call_now_us();
	for (int i = 0; i < n; i++) {
		if (ready[i].data.ptr)
			load_path_receive(t, ready[i].data.ptr);
		else
			os_linux()->wake_clear(NULL, t->wake);
	}
	load_path_opened(t);
}

static bool is_over(const struct load_thread *t)
{
	return t->phase_seen == LOAD_QUIT ||
	       (t->phase_seen == LOAD_LEAVE && t->gone == t->n_clients);
}

void *load_thread_run(void *thread)
{
	struct load_thread *t = thread;
	prctl(PR_SET_TIMERSLACK, SLACK_NS);
	t->now_us = call_now_us();
	enter(t, LOAD_SETUP);
	while (!is_over(t)) {
		take_orders(t);
		timerq_run(&t->timers, t->now_us / LOAD_TICK_US, TIMERS_A_TURN);
		dial_some(t);
		churn_some(t);
		leave_some(t);
		sum_some(t);
		turn_all(t);
		receive(t);
	}
	load_path_flush(t);
	__atomic_store_n(&t->done, 1, __ATOMIC_RELEASE);
	return NULL;
}
