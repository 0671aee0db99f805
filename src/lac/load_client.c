/*
 * load_client: one emulated client of the load generator: dials when it is its turn, says
 * what came of it, has traffic while it is up, dials again after a failure, a churn or a
 * storm. Called by load_thread.c and load_path.c.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/fsm.h"
#include "load.h"
#include "load_state.h"

#define BACKOFF_FIRST_MS 1000
#define BACKOFF_MAX_MS   30000
#define CLOSING_MS       9000
#define FAKE_NET         0x64400000 /* 100.64.0.0/10 (RFC 6598) */
#define FAKE_HOSTS       (1u << 22)
#define PORT_ISAKMP      500
#define PORT_L2TP        1701
#define PACKETS_A_TURN   176 /* of one client: four runs of 44 */

/* ---- the call ---- */

/* %d becomes the client's number from 1; there is at most one (load_options.c). */
static void user_of(const struct load_client *c, char *buf, size_t cap)
{
	const char *user = c->thread->opt->user, *mark = strstr(user, "%d");

	if (mark)
		snprintf(buf, cap, "%.*s%u%s", (int)(mark - user), user, c->number + 1, mark + 2);
	else
		snprintf(buf, cap, "%s", user);
}

/* What every native client has: without a profile all set-ups and packets cost the same. */
static const struct ike_policy policy = {1, 7, 256, PRIM_SHA1, 14, IKE_AUTH_PSK, 28800};
static const struct ike_esp esp = {
	.alg = {BURST_AES_CBC, 32, BURST_HMAC_SHA1_96}, .transport = true, .name = "AES-256 SHA-1"};

/* The address that the client believes to have is never the one that the server sees: it is
 * behind a NAT (RFC 3947 3.2), so that ESP is in UDP whatever the server prefers. */
static struct lac *make_call(const struct load_client *c)
{
	const struct load_options *o = c->thread->opt;
	char user[LOAD_USER_MAX + 16];
	const struct lac_config cfg = {
		.local = {ip4_addr(FAKE_NET + c->number % FAKE_HOSTS),
			  o->raw ? PORT_L2TP : PORT_ISAKMP},
		.server = o->server,
		.psk = secret_bytes(&o->psk),
		.user = user,
		.password = secret_bytes(&o->password),
		.ppp_auth = PPP_AUTH_PAP | PPP_AUTH_MSCHAP1 | PPP_AUTH_MSCHAP2,
		.policies = o->profile ? NULL : &policy,
		.n_policies = !o->profile,
		.esps = o->profile ? NULL : &esp,
		.n_esps = !o->profile,
		.natt = true,
		.profile = o->profile,
		.raw = o->raw,
		.shared = c->thread->shared,
		.random = os_linux()->random,
	};

	user_of(c, user, sizeof(user));
	return lac_new(&cfg);
}

static void drop_call(struct load_client *c)
{
	struct load_thread *t = c->thread;

	if (!c->lac)
		return;
	for (unsigned i = 0; i < c->n_sums; i++)
		lac_dh_done(c->lac, load_now_ms(t), c->sum[i]);
	c->n_sums = 0;
	list_del(&c->sums);
	load_drops_add(&t->stats, c->lac);
	lac_free(c->lac);
	c->lac = NULL;
	load_traffic_free(&c->traffic);
}

/* ---- actions ---- */

static void settled(struct load_client *c)
{
	if (!c->settled)
		load_count_add(&c->thread->stats, COUNT_SETTLED, 1);
	c->settled = true;
}

static void dial(struct load_client *c)
{
	struct load_thread *t = c->thread;

	c->dialled_us = t->now_us;
	c->reached = LAC_IDLE;
	c->heard = false;
	c->refusal.kind = NOTE_INFO;
	c->deadline_ms = load_now_ms(t) + t->opt->dial_s * 1000ull;
	load_count_add(&t->stats, COUNT_DIALS, 1);
	load_count_add(&t->stats, COUNT_NOW_DIALLING, 1);
	if (load_net_open_one(&t->net, c->socket, c))
		c->lac = make_call(c);
	if (c->lac)
		lac_dial(c->lac, load_now_ms(t));
	else
		load_client_event(c, LOAD_EV_DOWN);
}

static void begin_traffic(struct load_client *c)
{
	struct load_thread *t = c->thread;
	const struct ppp_up *up = c->lac ? lac_get_up(c->lac) : NULL;

	if (up && t->phase_seen == LOAD_TRAFFIC && !c->traffic.runs)
		load_traffic_begin(&c->traffic, &t->opt->traffic, up, c->number, t->now_us);
}

static void is_up(struct load_client *c)
{
	struct load_stats *s = &c->thread->stats;

	c->failures = 0;
	c->deadline_ms = TIMER_NEVER;
	load_count_add(s, COUNT_UPS, 1);
	load_count_sub(s, COUNT_NOW_DIALLING, 1);
	load_count_add(s, COUNT_NOW_UP, 1);
	load_count_set(s, COUNT_LAST_UP_US, c->thread->now_us);
	load_hist_add(&s->setup, c->thread->now_us - c->dialled_us);
	settled(c);
}

/* A dial or a call has ended against our will: once more after a while, longer each time. */
static void again_later(struct load_client *c, enum load_count now, enum load_count sum,
			const char *reason)
{
	struct load_thread *t = c->thread;
	uint64_t wait_ms = BACKOFF_FIRST_MS;

	load_count_sub(&t->stats, now, 1);
	load_count_add(&t->stats, sum, 1);
	load_reason_add(&t->stats, reason, c->reached, &c->refusal);
	for (unsigned i = 0; i < c->failures && wait_ms < BACKOFF_MAX_MS; i++)
		wait_ms *= 2;
	c->failures++;
	c->deadline_ms = load_now_ms(t) + (wait_ms < BACKOFF_MAX_MS ? wait_ms : BACKOFF_MAX_MS);
	settled(c);
	drop_call(c);
}

static const char *why_down(const struct load_client *c)
{
	const char *reason = c->lac ? lac_down_reason(c->lac) : "no-memory-or-socket";

	return reason ? reason : "unknown";
}

/* A server that never answered is another failure than one that falls silent. */
static const char *why_failed(const struct load_client *c, const char *reason)
{
	return !c->heard && strcmp(reason, "timeout") == 0 ? "silent" : reason;
}

static void hang_up(struct load_client *c, enum load_state from)
{
	struct load_thread *t = c->thread;

	load_count_sub(&t->stats, from == CLIENT_UP ? COUNT_NOW_UP : COUNT_NOW_DIALLING, 1);
	c->deadline_ms = load_now_ms(t) + CLOSING_MS;
	load_traffic_free(&c->traffic);
	lac_hang_up(c->lac, load_now_ms(t));
}

static void in_line(struct load_client *c)
{
	c->deadline_ms = TIMER_NEVER;
	if (c->state == CLIENT_IDLE)
		list_push(&c->thread->line, &c->line);
	else
		c->thread->gone++;
}

static void ended(struct load_client *c, enum load_count sum)
{
	load_count_add(&c->thread->stats, sum, 1);
	drop_call(c);
	in_line(c);
}

static void act(struct load_client *c, enum load_action what, enum load_state from)
{
	switch (what) {
	case ACT_NONE:
		break;
	case ACT_DIAL:
		dial(c);
		break;
	case ACT_UP:
		is_up(c);
		begin_traffic(c);
		break;
	case ACT_FAILED:
		again_later(c, COUNT_NOW_DIALLING, COUNT_FAILED, why_failed(c, why_down(c)));
		break;
	case ACT_TOO_LATE:
		again_later(c, COUNT_NOW_DIALLING, COUNT_FAILED, why_failed(c, "timeout"));
		break;
	case ACT_LOST:
		again_later(c, COUNT_NOW_UP, COUNT_LOST, why_down(c));
		break;
	case ACT_HANG_UP:
		hang_up(c, from);
		break;
	case ACT_VANISH:
		load_count_sub(&c->thread->stats, COUNT_NOW_UP, 1);
		ended(c, COUNT_VANISHED);
		break;
	case ACT_CLOSED:
		ended(c, COUNT_HUNG_UP);
		break;
	case ACT_UNHEARD:
		ended(c, COUNT_UNHEARD);
		break;
	case ACT_IN_LINE:
		in_line(c);
		break;
	case ACT_LEAVE_LINE:
		list_del(&c->line);
		in_line(c);
		break;
	}
}

void load_client_event(struct load_client *c, enum load_event ev)
{
	enum load_state from = c->state;
	const struct fsm_cell *cell = fsm_cell(&load_fsm, from, ev);

	if (!cell || cell->ignored_because)
		return;
	c->state = (enum load_state)cell->next;
	act(c, (enum load_action)cell->action, from);
	load_thread_wants(c->thread, c);
}

/* ---- what the call wants ---- */

static void take_sum(struct load_client *c, struct ike_dh_job *job)
{
	if (c->n_sums == sizeof(c->sum) / sizeof(c->sum[0])) {
		lac_dh_done(c->lac, load_now_ms(c->thread), job);
		return;
	}
	c->sum[c->n_sums++] = job;
	list_del(&c->sums);
	list_push(&c->thread->sums, &c->sums);
}

void load_client_sum(struct load_client *c)
{
	struct ike_dh_job *job = c->sum[--c->n_sums];

	if (c->thread->pair)
		ike_dh_run_load(job, c->thread->pair);
	else
		ike_dh_run(job);
	lac_dh_done(c->lac, load_now_ms(c->thread), job);
	list_del(&c->sums);
	if (c->n_sums)
		list_push(&c->thread->sums, &c->sums);
	load_thread_wants(c->thread, c);
}

static void take_action(struct load_client *c, const struct lac_act *a)
{
	switch (a->kind) {
	case LAC_ACT_DATAGRAM:
		if (!a->raw_esp)
			load_path_datagram(c->thread, c, &a->flow.remote, a->bytes);
		break;
	case LAC_ACT_PACKET:
		load_client_packet(c, a->bytes);
		break;
	case LAC_ACT_DH:
		take_sum(c, a->job);
		break;
	case LAC_ACT_NOTE:
		if (a->note.kind == NOTE_REFUSED)
			c->refusal = a->note;
		break;
	case LAC_ACT_UP:
	case LAC_ACT_DOWN:
		break; /* its state tells */
	}
}

static void take_actions(struct load_client *c)
{
	const struct lac_act *a;
	enum lac_state state;

	while (c->lac && (a = lac_next(c->lac)))
		take_action(c, a);
	state = c->lac ? lac_get_state(c->lac) : LAC_IDLE;
	if (state <= LAC_UP && state > c->reached)
		c->reached = state;
	if (state == LAC_UP)
		load_client_event(c, LOAD_EV_UP);
	else if (state == LAC_DOWN)
		load_client_event(c, LOAD_EV_DOWN);
}

/* True: there is more, in the next turn. */
static bool traffic_out(struct load_client *c)
{
	struct load_thread *t = c->thread;

	for (unsigned i = 0; i < PACKETS_A_TURN; i++) {
		uint8_t *p = load_path_room(t, c);
		size_t len =
			load_traffic_out(&c->traffic, &t->opt->traffic, &t->stats, t->now_us, p);

		if (!len || !load_path_packet(t, c, p, len))
			return false;
	}
	return true;
}

static void set_timer(struct load_client *c, uint64_t next_us)
{
	uint64_t tick = (next_us + LOAD_TICK_US - 1) / LOAD_TICK_US;

	/* a timer that fires too early costs less than one that is moved each time */
	if (next_us == UINT64_MAX || (c->timer.armed && c->timer.deadline_ms <= tick))
		return;
	timerq_arm(&c->thread->timers, &c->timer, tick);
}

static uint64_t earlier(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

static uint64_t in_us(uint64_t ms)
{
	return ms == TIMER_NEVER ? UINT64_MAX : ms * 1000;
}

void load_client_turn(struct load_client *c)
{
	struct load_thread *t = c->thread;
	uint64_t next_us;

	if (load_now_ms(t) >= c->deadline_ms)
		load_client_event(c, LOAD_EV_LATE);
	if (c->lac && lac_next_ms(c->lac) <= load_now_ms(t))
		lac_run(c->lac, load_now_ms(t));
	take_actions(c);
	next_us = in_us(c->lac ? earlier(lac_next_ms(c->lac), c->deadline_ms) : c->deadline_ms);
	if (c->state == CLIENT_UP && (c->traffic.runs || c->traffic.tcp)) {
		if (traffic_out(c))
			load_thread_wants(t, c);
		next_us = earlier(next_us, load_traffic_next_us(&c->traffic, &t->opt->traffic));
	}
	set_timer(c, next_us);
}

void load_client_input(struct load_client *c, const struct flow *flow, struct bytes datagram)
{
	c->heard = true;
	lac_input(c->lac, load_now_ms(c->thread), flow, false, datagram);
	load_thread_wants(c->thread, c);
}

void load_client_packet(struct load_client *c, struct bytes packet)
{
	struct load_thread *t = c->thread;

	load_count_add(&t->stats, COUNT_PACKETS_IN, 1);
	load_count_add(&t->stats, COUNT_OCTETS_IN, packet.len);
	load_traffic_in(&c->traffic, &t->opt->traffic, &t->stats, t->now_us, packet);
}

/* ---- making ---- */

static void timer_fired(struct timer *timer, uint64_t now_ms)
{
	struct load_client *c = list_entry(timer, struct load_client, timer);

	(void)now_ms;
	load_thread_wants(c->thread, c);
}

void load_client_init(struct load_client *c, struct load_thread *t, uint32_t number)
{
	unsigned round;

	*c = (struct load_client){
		.thread = t,
		.timer.fire = timer_fired,
		.number = number,
		.state = CLIENT_IDLE,
		.deadline_ms = TIMER_NEVER,
	};
	list_init(&c->turn);
	list_init(&c->sums);
	list_init(&c->line);
	list_push(&t->line, &c->line);
	c->source_ip = load_net_address(&t->net, number, &round);
	c->socket = &t->net.sockets[t->net.bits ? round : number / t->opt->threads];
}

void load_client_free(struct load_client *c)
{
	drop_call(c);
	timerq_disarm(&c->thread->timers, &c->timer);
}
