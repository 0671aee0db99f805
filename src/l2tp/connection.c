/*
 * connection: the control connection of version 3, RFC 3931 sections 3.3 and 7.2. The
 * table is that of version 2 (tunnel_fsm); what its cells ask for is done here in
 * the messages of version 3, with a Message Digest in each when a secret is shared.
 *
 * Called by l2tp3.c with the parsed message in l->parse, by timers and by session.c.
 * What makes a message acceptable is decided in connection_accept.c before the table
 * is asked. Never sends but through the channel.
 */
#include "state3.h"

#include <string.h>

#include "base/secret.h"
#include "header3.h"

#define JITTER  8  /* Hellos come up to an eighth of their interval early (section 4.4) */
#define TYPE_AT 18 /* of the Message Type behind the header */

static void set_timer(struct connection *c, uint64_t deadline_ms)
{
	timerq_arm(c->settings->cfg.timers, &c->timer, deadline_ms);
}

struct bytes text3_bytes(const char *text)
{
	return (struct bytes){(const uint8_t *)text, strlen(text)};
}

void connection_send(struct connection *c, struct l2tp3_message *m)
{
	uint8_t buf[L2TP_MESSAGE_MAX], digest[1 + DIGEST_MAX] = {c->digest_type};
	struct wr w = wr_of(buf, sizeof(buf));
	size_t start = header3_begin(&w, c->peer_id);

	if (c->digests) {
		m->present |= AVP3_BIT(AVP3_MESSAGE_DIGEST);
		m->message_digest = (struct bytes){digest, 1 + digest_len(c->digest_type)};
	}
	m->cisco = c->style && c->style->cisco_avps;
	m->cisco_version = c->cisco_version;
	message3_write(&w, m);
	header_end(&w, start);
	if (!wr_ok(&w) || !channel_send(&c->channel, wr_done(&w), m->type))
		c->starved = true;
}

/* What SCCRQ and SCCRP have in common. */
static void send_start(struct connection *c, uint64_t now_ms, uint16_t type)
{
	static const uint8_t capabilities[] = {0, L2TP3_PW_ETHERNET, 0, L2TP3_PW_ETHERNET_VLAN};
	const struct l2tp3_config *cfg = &c->settings->cfg;
	const char *vendor = c->style->vendor_name ? c->style->vendor_name : cfg->vendor_name;
	struct l2tp3_message m = {
		.type = type,
		.present = AVP3_BIT(AVP3_HOST_NAME) | AVP3_BIT(AVP3_VENDOR_NAME) |
			   AVP3_BIT(AVP3_ROUTER_ID) | AVP3_BIT(AVP3_CONNECTION_ID) |
			   AVP3_BIT(AVP3_PW_CAPABILITIES),
		.host_name = text3_bytes(cfg->host_name),
		.vendor_name = text3_bytes(vendor),
		.router_id = c->style->router_id_zero ? 0 : cfg->router_id,
		.connection_id = c->id,
		.pw_capabilities = {capabilities, sizeof(capabilities)},
		.receive_window_size = cfg->rx_window,
		.nonce = {c->nonce, sizeof(c->nonce)},
		.tie_breaker = {c->tie_breaker, sizeof(c->tie_breaker)},
	};

	if (!c->style->no_window)
		m.present |= AVP3_BIT(AVP3_RECEIVE_WINDOW_SIZE);
	if (c->digests)
		m.present |= AVP3_BIT(AVP3_NONCE);
	if (type == MSG_SCCRQ && cfg->tie_breaker) {
		cfg->random(cfg->random_ctx, c->tie_breaker, sizeof(c->tie_breaker));
		c->has_tie = true;
		m.present |= AVP3_BIT(AVP3_TIE_BREAKER);
	}
	connection_send(c, &m);
	set_timer(c, now_ms + SETUP_LIMIT_MS);
}

static void arm_hello(struct connection *c, uint64_t from_ms)
{
	const struct l2tp3_config *cfg = &c->settings->cfg;
	uint64_t hello_ms = (uint64_t)cfg->hello_s * 1000;
	uint32_t jitter;

	if (!hello_ms)
		return;
	cfg->random(cfg->random_ctx, &jitter, sizeof(jitter));
	set_timer(c, from_ms + hello_ms - jitter % (hello_ms / JITTER));
}

/* A router that was switched off and on comes with a new connection: is it still there
 * where the old one was? */
static void probe_older(struct connection *c, uint64_t now_ms)
{
	list_each (&c->owner->connections, it) {
		struct connection *other = list_entry(it, struct connection, owner_link);

		if (other == c || strcmp(other->peer_host_name, c->peer_host_name) != 0)
			continue;
		connection_event(other, now_ms, TEV_PROBE);
		connection_settle(other, now_ms);
	}
}

static void up(struct connection *c, uint64_t now_ms)
{
	c->up_ms = now_ms;
	timerq_disarm(c->settings->cfg.timers, &c->timer);
	arm_hello(c, now_ms);
	connection_note(c, NOTE_INFO, "l2tp3-connection-up",
			"L2TPv3 control connection %u with \"%s\" established, peer's id %u%s",
			c->id, c->peer_host_name, c->peer_id, c->digests ? ", authenticated" : "");
	act3_connection(c, L2TP3_ACT_CONNECTION_UP);
	if (!c->caller)
		probe_older(c, now_ms);
	sessions_event(c, now_ms, SEV_CONNECTION_OPEN);
}

static void send_scccn(struct connection *c, uint64_t now_ms)
{
	struct l2tp3_message m = {.type = MSG_SCCCN};

	connection_send(c, &m);
	up(c, now_ms);
}

/* StopCCN with the result; the sessions go with it. text: for the peer's log. */
static void stop(struct connection *c, uint64_t now_ms, struct l2tp_result end, const char *text)
{
	struct l2tp3_message m = {
		.type = MSG_STOPCCN,
		.present = AVP3_BIT(AVP3_RESULT_CODE) | AVP3_BIT(AVP3_CONNECTION_ID),
		.result = end.result ? end.result : 1,
		.error = end.error,
		.error_message = text3_bytes(text),
		.connection_id = c->id,
	};

	c->end = end;
	c->up_ms = now_ms;
	sessions_event(c, now_ms, SEV_CONNECTION_GONE);
	connection_send(c, &m);
	set_timer(c, now_ms + 2 * channel_cycle_ms(&c->channel));
	connection_note(c, NOTE_END, "l2tp3-stopccn-sent",
			"control connection %u closed by us (%s): StopCCN result %u (%s), error %u "
			"(%s)",
			c->id, end.reason, m.result, stopccn_words(m.result), m.error,
			error_words(m.error));
}

static void refuse(struct connection *c, uint64_t now_ms)
{
	char text[NOTE_TEXT];

	refusal3_text(&c->l->parse, text, sizeof(text));
	connection_note(c, NOTE_REFUSED, "l2tp3-refused", "refused (%s): %.100s%s",
			c->l->refusal.reason, text, refusal3_fix(c->l->refusal.reason));
	stop(c, now_ms, c->l->refusal, c->l->refusal.error ? text : "");
}

static void linger(struct connection *c, uint64_t now_ms)
{
	channel_stop_sending(&c->channel);
	set_timer(c, now_ms + channel_cycle_ms(&c->channel));
}

static void peer_stop(struct connection *c, uint64_t now_ms)
{
	const struct l2tp3_message *m = &c->l->parse.m;
	char text[RESULT_TEXT];

	result_codes_text(m->type, m->result, m->error, m->error_message, text);
	connection_note(c, NOTE_END, "l2tp3-peer-stopccn", "peer sent StopCCN: %s", text);
	c->end = (struct l2tp_result){m->result, m->error, "peer-stopccn"};
	sessions_event(c, now_ms, SEV_CONNECTION_GONE);
	linger(c, now_ms);
}

static void bury(struct connection *c, uint64_t now_ms)
{
	if (!c->end.reason)
		c->end.reason = "path-gone";
	sessions_event(c, now_ms, SEV_CONNECTION_GONE);
	connection_bury(c);
	act3_connection(c, L2TP3_ACT_CONNECTION_DOWN);
}

/* What is outstanding already asks the same question. */
static void probe(struct connection *c)
{
	struct l2tp3_message m = {.type = MSG_HELLO};

	if (channel_idle(&c->channel))
		connection_send(c, &m);
}

static void hello(struct connection *c, uint64_t now_ms)
{
	uint64_t hello_ms = (uint64_t)c->settings->cfg.hello_s * 1000;

	if (now_ms < c->heard_ms + hello_ms - hello_ms / JITTER) {
		arm_hello(c, c->heard_ms);
		return;
	}
	probe(c);
	arm_hello(c, now_ms);
}

static void perform(struct connection *c, uint64_t now_ms, enum tunnel_action action)
{
	switch (action) {
	case TACT_NONE:
	case TACT_TELL_CALLS: /* an acknowledgement means nothing to a session */
		return;
	case TACT_SEND_SCCRQ:
		return send_start(c, now_ms, MSG_SCCRQ);
	case TACT_SEND_SCCRP:
		return send_start(c, now_ms, MSG_SCCRP);
	case TACT_SEND_SCCCN:
		return send_scccn(c, now_ms);
	case TACT_UP:
		return up(c, now_ms);
	case TACT_REFUSE:
		return refuse(c, now_ms);
	case TACT_FSM_ERROR:
		return stop(c, now_ms, (struct l2tp_result){7, 0, "fsm-error"}, "");
	case TACT_CLOSE:
		return stop(c, now_ms, c->end, "");
	case TACT_LATE:
		return stop(c, now_ms, (struct l2tp_result){7, 0, "setup-timeout"}, "");
	case TACT_PEER_STOP:
		return peer_stop(c, now_ms);
	case TACT_LINGER:
		return linger(c, now_ms);
	case TACT_CALL:
		return session_message(c, now_ms);
	case TACT_HELLO:
		return hello(c, now_ms);
	case TACT_PROBE:
		return probe(c);
	case TACT_BURY:
		return bury(c, now_ms);
	}
}

void connection_event(struct connection *c, uint64_t now_ms, enum tunnel_event event)
{
	const struct fsm_cell *cell = fsm_cell(&tunnel_fsm, c->state, event);

	if (c->gone || !cell)
		return;
	if (cell->ignored_because) {
		c->l->stats.drop_state +=
			event >= TEV_SCCRQ && event <= TEV_CALL && event != TEV_HELLO;
		return;
	}
	c->state = cell->next;
	perform(c, now_ms, (enum tunnel_action)cell->action);
}

void connection_settle(struct connection *c, uint64_t now_ms)
{
	if (c->starved && !c->gone) {
		c->end = (struct l2tp_result){2, 4, "no-resources"};
		connection_note(c, NOTE_END, "l2tp3-no-resources",
				"control connection %u dropped: no room for a control message",
				c->id);
		connection_event(c, now_ms, TEV_VANISH);
	}
	if (c->gone)
		return;
	channel_flush(&c->channel, now_ms);
	if (!channel_idle(&c->channel))
		return;
	connection_event(c, now_ms, TEV_ALL_ACKED);
	if (!c->gone)
		channel_flush(&c->channel, now_ms);
}

static void on_timer(struct timer *timer, uint64_t now_ms)
{
	struct connection *c = list_entry(timer, struct connection, timer);
	struct l2tp3 *l = c->l;

	connection_event(c, now_ms, TEV_TIMER);
	connection_settle(c, now_ms);
	l2tp3_reap(l);
}

static void on_transmit(struct channel *ch, struct bytes msg, bool again)
{
	struct connection *c = list_entry(ch, struct connection, channel);

	if (again)
		c->l->stats.retransmits++;
	if (again && ch->tries == 1)
		connection_note(
			c, NOTE_RETRY, "l2tp3-retransmit",
			"no acknowledgement from the peer of control connection %u: sending "
			"again",
			c->id);
	act3_send(c->l, &c->path, c->id, msg);
}

static void on_exhausted(struct channel *ch, uint64_t now_ms, uint16_t tag)
{
	struct connection *c = list_entry(ch, struct connection, channel);
	struct l2tp3 *l = c->l;

	if (!c->end.reason)
		c->end.reason = tag == MSG_HELLO ? "hello-timeout" : "retransmit-timeout";
	connection_note(c, NOTE_END,
			tag == MSG_HELLO ? "l2tp3-hello-timeout" : "l2tp3-retransmit-timeout",
			"%s was sent %u times and never acknowledged: control connection %u given "
			"up%s",
			message3_name(tag), ch->tries_max + 1u, c->id,
			tag == MSG_SCCRQ ? "; is L2TPv3 on at the router, over this carrier, with "
					   "this digest secret?"
					 : "");
	connection_event(c, now_ms, TEV_EXHAUSTED);
	l2tp3_reap(l);
}

/* Section 5.4.1: the digest is over the numbers too, so it is of the moment of sending. */
static void stamp(struct channel *ch, uint8_t *msg, size_t len, uint16_t ns, uint16_t nr)
{
	struct connection *c = list_entry(ch, struct connection, channel);
	struct digest_nonces nonces = {{c->nonce, sizeof(c->nonce)},
				       {c->peer_nonce, c->peer_nonce_len}};

	header_set_seq(msg, ns, nr);
	if (!c->digests || len <= TYPE_AT + 1)
		return;
	if (msg[TYPE_AT] == 0 && msg[TYPE_AT + 1] == MSG_SCCRQ)
		nonces = (struct digest_nonces){{NULL, 0}, {NULL, 0}};
	if (!digest_fill(msg, len, (struct bytes){c->settings->check_key, DIGEST_KEY_LEN}, &nonces))
		c->starved = true;
}

/* A ZLB; with digests, which need a body, an ACK (section 6.15). */
static void acknowledge(struct channel *ch, struct wr *w)
{
	struct connection *c = list_entry(ch, struct connection, channel);
	uint8_t digest[1 + DIGEST_MAX] = {c->digest_type};
	struct l2tp3_message m = {
		.type = MSG_ACK,
		.present = AVP3_BIT(AVP3_MESSAGE_DIGEST),
		.message_digest = {digest, 1 + digest_len(c->digest_type)},
	};
	size_t start = header3_begin(w, c->peer_id);

	if (c->digests)
		message3_write(w, &m);
	header_end(w, start);
	c->l->stats.acks_out++;
}

void connection_init(struct connection *c)
{
	static const struct channel_ops ops = {on_transmit, on_exhausted};
	static const struct channel_form form = {stamp, acknowledge};
	const struct l2tp3_config *cfg = &c->settings->cfg;
	unsigned queue_max = 32 + 2 * cfg->sessions_per_connection_max;
	struct channel_config ch = {
		.ops = &ops,
		.form = &form,
		.pool = &c->l->pool,
		.timers = cfg->timers,
		.retransmit_ms = cfg->retransmit_ms,
		.retransmit_max_ms = cfg->retransmit_max_ms,
		.retransmit_tries = cfg->retransmit_tries,
		.rx_window = cfg->rx_window,
		.queue_max = queue_max < QUEUE_MAX ? (uint16_t)queue_max : QUEUE_MAX,
	};

	channel_init(&c->channel, &ch);
	c->timer.fire = on_timer;
	c->digests = cfg->secret.len > 0;
	c->digest_type = cfg->digest;
	if (c->digests)
		cfg->random(cfg->random_ctx, c->nonce, sizeof(c->nonce));
}
