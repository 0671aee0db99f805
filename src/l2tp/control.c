/*
 * control: the control connection of both versions (RFC 2661 section 7.2, RFC 3931 section
 * 7.2): what the cells of tunnel_fsm ask for, its timers, the way of its messages through
 * the reliable channel.
 *
 * Called by the files of the versions and by timers; calls them back by struct
 * control_version. What makes a message acceptable is decided there before the table is
 * asked. Never sends but through the channel.
 */
#include "control.h"

#define QUEUE_MAX 1024 /* control messages of one connection that wait for acknowledgement */

static void set_timer(struct control *c, uint64_t deadline_ms)
{
	timerq_arm(c->settings->timers, &c->timer, deadline_ms);
}

void control_send(struct control *c, const struct wr *w, uint16_t type)
{
	if (!wr_ok(w) || !channel_send(&c->channel, wr_done(w), type))
		c->starved = true;
}

static void send_start(struct control *c, uint64_t now_ms, uint16_t type)
{
	c->e->version->send_start(c, type);
	set_timer(c, now_ms + SETUP_LIMIT_MS);
}

/* How much earlier than the interval a Hello may come (RFC 3931 section 4.4). */
static uint64_t hello_early_ms(const struct control *c)
{
	uint8_t part = c->e->version->hello_early;

	return part ? c->settings->hello_s * UINT64_C(1000) / part : 0;
}

static void arm_hello(struct control *c, uint64_t from_ms)
{
	uint64_t hello_ms = c->settings->hello_s * UINT64_C(1000), early = hello_early_ms(c);
	uint32_t jitter;

	if (!hello_ms)
		return;
	if (early) {
		c->settings->random(c->settings->random_ctx, &jitter, sizeof(jitter));
		hello_ms -= jitter % early;
	}
	set_timer(c, from_ms + hello_ms);
}

static void up(struct control *c, uint64_t now_ms)
{
	c->up_ms = now_ms;
	timerq_disarm(c->settings->timers, &c->timer);
	arm_hello(c, now_ms);
	c->e->version->up(c, now_ms);
}

static void send_connected(struct control *c, uint64_t now_ms)
{
	c->e->version->send_connected(c);
	up(c, now_ms);
}

void control_sessions_event(struct control *c, uint64_t now_ms, unsigned event)
{
	list_each (&c->sessions, it)
		c->e->version->session_event(list_entry(it, struct control_session, control_link),
					     now_ms, event);
}

static void sessions_gone(struct control *c, uint64_t now_ms)
{
	control_sessions_event(c, now_ms, c->e->version->session_gone);
}

void control_stop(struct control *c, uint64_t now_ms, struct l2tp_result end, const char *text)
{
	const struct control_version *v = c->e->version;
	uint16_t result;

	c->end = end;
	c->up_ms = now_ms;
	sessions_gone(c, now_ms);
	if (!end.result)
		end.result = 1;
	result = v->send_stop(c, end, text);
	set_timer(c, now_ms + 2 * channel_cycle_ms(&c->channel));
	control_note(c, NOTE_END, v->stopccn_sent,
		     "%s %u closed by us (%s): StopCCN result %u (%s), error %u (%s)", v->noun,
		     c->id, end.reason, result, stopccn_words(result), end.error,
		     error_words(end.error));
}

static void linger(struct control *c, uint64_t now_ms)
{
	channel_stop_sending(&c->channel);
	set_timer(c, now_ms + channel_cycle_ms(&c->channel));
}

static void peer_stop(struct control *c, uint64_t now_ms)
{
	const struct control_version *v = c->e->version;
	char text[RESULT_TEXT];

	c->end = v->peer_result(c, text);
	control_note(c, NOTE_END, v->peer_stopccn, "peer sent StopCCN: %s", text);
	sessions_gone(c, now_ms);
	linger(c, now_ms);
}

static void bury(struct control *c, uint64_t now_ms)
{
	if (!c->end.reason)
		c->end.reason = "path-gone";
	sessions_gone(c, now_ms);
	control_bury(c);
	control_act_down(c);
}

/* What is outstanding already asks the same question. */
static void probe(struct control *c)
{
	if (channel_idle(&c->channel))
		c->e->version->send_hello(c);
}

static void hello(struct control *c, uint64_t now_ms)
{
	uint64_t hello_ms = c->settings->hello_s * UINT64_C(1000);

	if (now_ms < c->heard_ms + hello_ms - hello_early_ms(c)) {
		arm_hello(c, c->heard_ms);
		return;
	}
	probe(c);
	arm_hello(c, now_ms);
}

static void perform(struct control *c, uint64_t now_ms, enum tunnel_action action)
{
	const struct control_version *v = c->e->version;

	switch (action) {
	case TACT_NONE:
		return;
	case TACT_SEND_SCCRQ:
		return send_start(c, now_ms, MSG_SCCRQ);
	case TACT_SEND_SCCRP:
		return send_start(c, now_ms, MSG_SCCRP);
	case TACT_SEND_SCCCN:
		return send_connected(c, now_ms);
	case TACT_UP:
		return up(c, now_ms);
	case TACT_REFUSE:
		return v->refuse(c, now_ms);
	case TACT_FSM_ERROR:
		return control_stop(c, now_ms, (struct l2tp_result){7, 0, "fsm-error"}, "");
	case TACT_CLOSE:
		return control_stop(c, now_ms, c->end, "");
	case TACT_LATE:
		return control_stop(c, now_ms,
				    (struct l2tp_result){v->late_result, 0, "setup-timeout"}, "");
	case TACT_PEER_STOP:
		return peer_stop(c, now_ms);
	case TACT_LINGER:
		return linger(c, now_ms);
	case TACT_CALL:
		return v->session_message(c, now_ms);
	case TACT_HELLO:
		return hello(c, now_ms);
	case TACT_PROBE:
		return probe(c);
	case TACT_TELL_CALLS:
		if (v->all_acked)
			v->all_acked(c, now_ms);
		return;
	case TACT_BURY:
		return bury(c, now_ms);
	}
}

void control_event(struct control *c, uint64_t now_ms, enum tunnel_event event)
{
	const struct fsm_cell *cell = fsm_cell(&tunnel_fsm, c->state, event);

	if (c->gone || !cell)
		return;
	if (cell->ignored_because) {
		c->e->counts.drop_state +=
			event >= TEV_SCCRQ && event <= TEV_CALL && event != TEV_HELLO;
		return;
	}
	c->state = cell->next;
	perform(c, now_ms, (enum tunnel_action)cell->action);
}

void control_settle(struct control *c, uint64_t now_ms)
{
	const struct control_version *v = c->e->version;

	if (c->starved && !c->gone) {
		c->end = (struct l2tp_result){2, 4, "no-resources"};
		control_note(c, NOTE_END, v->no_resources,
			     "%s %u dropped: no room for a control message", v->noun, c->id);
		control_event(c, now_ms, TEV_VANISH);
	}
	if (c->gone)
		return;
	channel_flush(&c->channel, now_ms);
	if (!channel_idle(&c->channel))
		return;
	control_event(c, now_ms, TEV_ALL_ACKED);
	if (!c->gone)
		channel_flush(&c->channel, now_ms);
}

void control_owner_event(struct control_engine *e, uint64_t now_ms, uint64_t owner,
			 enum tunnel_event event, const struct l2tp_result *why)
{
	list_each (control_owner_bucket(e, owner), it) {
		struct control *c = list_entry(it, struct control, owner_link);

		if (c->path.owner != owner)
			continue;
		if (why && c->state != TUNNEL_STOPPED && c->state != TUNNEL_STOP_SENT) {
			c->end = *why;
			if (!why->reason)
				c->end.reason = "admin";
		}
		control_event(c, now_ms, event);
		control_settle(c, now_ms);
	}
	control_reap(e);
}

void control_session_down(struct control_session *s, uint64_t now_ms)
{
	struct control *c = s->control;

	control_session_bury(s);
	control_act_session_down(s);
	if (!c->caller || c->n_sessions || c->state != TUNNEL_ESTABLISHED)
		return;
	c->end = (struct l2tp_result){1, 0, s->end.reason};
	control_event(c, now_ms, TEV_CLOSE);
}

void control_session_close(struct control_session *s, uint64_t now_ms, struct l2tp_result why)
{
	struct control *c = s->control;

	s->end = why;
	if (!s->end.reason)
		s->end.reason = "admin";
	c->e->version->session_event(s, now_ms, c->e->version->session_close);
	control_settle(c, now_ms);
	control_reap(c->e);
}

static void handle_held(struct control *c, uint64_t now_ms)
{
	struct channel_msg *m;

	while (!c->gone && (m = channel_take(&c->channel))) {
		c->e->version->handle(c, now_ms, (struct bytes){m->b, m->len});
		channel_put(&c->channel, m);
	}
}

void control_input(struct control *c, uint64_t now_ms, uint16_t ns, uint16_t nr, bool ack,
		   struct bytes msg)
{
	struct control_counts *n = &c->e->counts;

	switch (channel_receive(&c->channel, now_ms, ns, nr, ack, msg)) {
	case CHANNEL_DELIVER:
		c->heard_ms = now_ms;
		c->e->version->handle(c, now_ms, msg);
		handle_held(c, now_ms);
		break;
	case CHANNEL_ACK_ONLY:
	case CHANNEL_HELD:
		c->heard_ms = now_ms;
		break;
	case CHANNEL_DUPLICATE:
		c->heard_ms = now_ms;
		n->drop_duplicate++;
		break;
	case CHANNEL_OUTSIDE:
	case CHANNEL_BAD_NR:
		n->drop_out_of_window++;
		break;
	}
	control_settle(c, now_ms);
}

static void on_timer(struct timer *timer, uint64_t now_ms)
{
	struct control *c = list_entry(timer, struct control, timer);
	struct control_engine *e = c->e;

	control_event(c, now_ms, TEV_TIMER);
	control_settle(c, now_ms);
	control_reap(e);
}

static void on_transmit(struct channel *ch, struct bytes msg, bool again)
{
	struct control *c = list_entry(ch, struct control, channel);
	const struct control_version *v = c->e->version;

	if (again)
		c->e->counts.retransmits++;
	if (again && ch->tries == 1)
		control_note(c, NOTE_RETRY, v->retransmit,
			     "no acknowledgement from the peer of %s %u: sending again", v->noun,
			     c->id);
	v->transmit(c, msg);
}

static void on_exhausted(struct channel *ch, uint64_t now_ms, uint16_t tag)
{
	struct control *c = list_entry(ch, struct control, channel);
	struct control_engine *e = c->e;
	const struct control_version *v = e->version;

	if (!c->end.reason)
		c->end.reason = tag == MSG_HELLO ? "hello-timeout" : "retransmit-timeout";
	control_note(c, NOTE_END, tag == MSG_HELLO ? v->hello_timeout : v->retransmit_timeout,
		     "%s was sent %u times and never acknowledged: %s %u given up%s",
		     message_name(tag), ch->tries_max + 1u, v->noun, c->id,
		     tag == MSG_SCCRQ ? v->unheard : "");
	control_event(c, now_ms, TEV_EXHAUSTED);
	control_reap(e);
}

void control_init(struct control *c)
{
	static const struct channel_ops ops = {on_transmit, on_exhausted};
	const struct control_settings *s = c->settings;
	unsigned queue_max = 32 + 2 * s->sessions_max;
	struct channel_config ch = {
		.ops = &ops,
		.form = c->e->version->form,
		.pool = &c->e->pool,
		.timers = s->timers,
		.retransmit_ms = s->retransmit_ms,
		.retransmit_max_ms = s->retransmit_max_ms,
		.retransmit_tries = s->retransmit_tries,
		.rx_window = s->rx_window,
		.queue_max = queue_max < QUEUE_MAX ? (uint16_t)queue_max : QUEUE_MAX,
	};

	channel_init(&c->channel, &ch);
	c->timer.fire = on_timer;
}
