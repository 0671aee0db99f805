/*
 * connection: the control connection of version 3, RFC 3931 sections 3.3 and 7.2. The
 * table is that of version 2 (tunnel_fsm); what its cells ask for is done by control.c
 * with the messages of version 3, which are here, with a Message Digest in each when a
 * secret is shared.
 *
 * Called by control.c, with the parsed message in l->parse. Never sends but through the
 * channel.
 */
#include "state3.h"

#include <string.h>

#include "base/secret.h"
#include "header3.h"

#define TYPE_AT 18 /* of the Message Type behind the header */

void connection_send(struct connection *c, struct l2tp3_message *m)
{
	uint8_t buf[L2TP_MESSAGE_MAX], digest[1 + DIGEST_MAX] = {c->digest_type};
	struct wr w = wr_of(buf, sizeof(buf));
	size_t start = header3_begin(&w, c->ctl.peer_id);

	if (c->digests) {
		m->present |= AVP3_BIT(AVP3_MESSAGE_DIGEST);
		m->message_digest = (struct bytes){digest, 1 + digest_len(c->digest_type)};
	}
	m->cisco = c->style && c->style->cisco_avps;
	m->cisco_version = c->cisco_version;
	message3_write(&w, m);
	header_end(&w, start);
	control_send(&c->ctl, &w, m->type);
}

/* What SCCRQ and SCCRP have in common. */
static void send_start(struct control *control, uint16_t type)
{
	struct connection *c = connection_of(control);
	static const uint8_t capabilities[] = {0, L2TP3_PW_ETHERNET, 0, L2TP3_PW_ETHERNET_VLAN};
	const struct l2tp3_config *cfg = &c->settings->cfg;
	const char *vendor = c->style->vendor_name ? c->style->vendor_name : cfg->vendor_name;
	struct l2tp3_message m = {
		.type = type,
		.present = AVP3_BIT(AVP3_HOST_NAME) | AVP3_BIT(AVP3_VENDOR_NAME) |
			   AVP3_BIT(AVP3_ROUTER_ID) | AVP3_BIT(AVP3_CONNECTION_ID) |
			   AVP3_BIT(AVP3_PW_CAPABILITIES),
		.host_name = l2tp_text(cfg->host_name),
		.vendor_name = l2tp_text(vendor),
		.router_id = c->style->router_id_zero ? 0 : cfg->router_id,
		.connection_id = control->id,
		.pw_capabilities = {capabilities, sizeof(capabilities)},
		.receive_window_size = control->settings->rx_window,
		.nonce = {c->nonce, sizeof(c->nonce)},
	};

	if (!c->style->no_window)
		m.present |= AVP3_BIT(AVP3_RECEIVE_WINDOW_SIZE);
	if (c->digests)
		m.present |= AVP3_BIT(AVP3_NONCE);
	if (type == MSG_SCCRQ && cfg->tie_breaker) {
		m.tie_breaker = tie_breaker_draw(&control->tie_breaker, control->settings);
		m.present |= AVP3_BIT(AVP3_TIE_BREAKER);
	}
	connection_send(c, &m);
}

/* A router that was switched off and on comes with a new connection: is it still there
 * where the old one was? */
static void probe_older(struct control *c, uint64_t now_ms)
{
	list_each (control_owner_bucket(c->e, c->path.owner), it) {
		struct control *other = list_entry(it, struct control, owner_link);

		if (other == c || other->path.owner != c->path.owner ||
		    strcmp(other->peer_host_name, c->peer_host_name) != 0)
			continue;
		control_event(other, now_ms, TEV_PROBE);
		control_settle(other, now_ms);
	}
}

static void up(struct control *c, uint64_t now_ms)
{
	control_note(c, NOTE_INFO, "l2tp3-connection-up",
		     "L2TPv3 control connection %u with \"%s\" established, peer's id %u%s", c->id,
		     c->peer_host_name, c->peer_id,
		     connection_of(c)->digests ? ", authenticated" : "");
	control_act(c->e, L2TP3_ACT_CONNECTION_UP, &c->path, c->id, (struct bytes){NULL, 0}, true);
	if (!c->caller)
		probe_older(c, now_ms);
	control_sessions_event(c, now_ms, SEV_CONNECTION_OPEN);
}

static void send_connected(struct control *c)
{
	connection_send(connection_of(c), &(struct l2tp3_message){.type = MSG_SCCCN});
}

static void send_hello(struct control *c)
{
	connection_send(connection_of(c), &(struct l2tp3_message){.type = MSG_HELLO});
}

static uint16_t send_stop(struct control *c, struct l2tp_result why, const char *text)
{
	struct l2tp3_message m = {
		.type = MSG_STOPCCN,
		.present = AVP3_BIT(AVP3_RESULT_CODE) | AVP3_BIT(AVP3_CONNECTION_ID),
		.result = why.result,
		.error = why.error,
		.error_message = l2tp_text(text),
		.connection_id = c->id,
	};

	connection_send(connection_of(c), &m);
	return m.result;
}

static void refuse(struct control *c, uint64_t now_ms)
{
	struct l2tp_result why = c->e->refusal;
	char text[NOTE_TEXT];

	refusal3_text(&connection_of(c)->l->parse, text, sizeof(text));
	control_note(c, NOTE_REFUSED, "l2tp3-refused", "refused (%s): %.100s%s", why.reason, text,
		     refusal3_fix(why.reason));
	control_stop(c, now_ms, why, why.error ? text : "");
}

static struct l2tp_result peer_result(struct control *c, char *text)
{
	const struct l2tp3_message *m = &connection_of(c)->l->parse.m;

	result_codes_text(m->type, m->result, m->error, m->error_message, text);
	return (struct l2tp_result){m->result, m->error, "peer-stopccn"};
}

static void transmit(struct control *c, struct bytes msg)
{
	act3_send(connection_of(c)->l, &c->path, c->id, msg);
}

/* Section 5.4.1: the digest is over the numbers too, so it is of the moment of sending. */
static void stamp(struct channel *ch, uint8_t *msg, size_t len, uint16_t ns, uint16_t nr)
{
	struct connection *c = list_entry(ch, struct connection, ctl.channel);
	struct digest_nonces nonces = {{c->nonce, sizeof(c->nonce)},
				       {c->peer_nonce, c->peer_nonce_len}};

	header_set_seq(msg, ns, nr);
	if (!c->digests || len <= TYPE_AT + 1)
		return;
	if (msg[TYPE_AT] == 0 && msg[TYPE_AT + 1] == MSG_SCCRQ)
		nonces = (struct digest_nonces){{NULL, 0}, {NULL, 0}};
	if (!digest_fill(msg, len, (struct bytes){c->settings->check_key, DIGEST_KEY_LEN}, &nonces))
		c->ctl.starved = true;
}

/* A ZLB; with digests, which need a body, an ACK (section 6.15). */
static void acknowledge(struct channel *ch, struct wr *w)
{
	struct connection *c = list_entry(ch, struct connection, ctl.channel);
	uint8_t digest[1 + DIGEST_MAX] = {c->digest_type};
	struct l2tp3_message m = {
		.type = MSG_ACK,
		.present = AVP3_BIT(AVP3_MESSAGE_DIGEST),
		.message_digest = {digest, 1 + digest_len(c->digest_type)},
	};
	size_t start = header3_begin(w, c->ctl.peer_id);

	if (c->digests)
		message3_write(w, &m);
	header_end(w, start);
	c->ctl.e->counts.acks_out++;
}

static void init(struct control *control)
{
	const struct control_settings *s = control->settings;
	struct connection *c = connection_of(control);

	c->l = list_entry(control->e, struct l2tp3, engine);
	c->settings = settings3_of(control->settings);
	c->style = control->caller ? c->settings->cfg.style : NULL;
	c->digests = c->settings->cfg.secret.len > 0;
	c->digest_type = c->settings->cfg.digest;
	if (c->digests)
		s->random(s->random_ctx, c->nonce, sizeof(c->nonce));
}

static const struct channel_form form = {stamp, acknowledge};

const struct control_version l2tp3_version = {
	.size = sizeof(struct connection),
	.session_size = sizeof(struct session),
	.noun = "control connection",
	.unheard = "; is L2TPv3 on at the router, over this carrier, with this digest secret?",
	.stopccn_sent = "l2tp3-stopccn-sent",
	.peer_stopccn = "l2tp3-peer-stopccn",
	.no_resources = "l2tp3-no-resources",
	.retransmit = "l2tp3-retransmit",
	.hello_timeout = "l2tp3-hello-timeout",
	.retransmit_timeout = "l2tp3-retransmit-timeout",
	.began_anew = "l2tp3-peer-began-anew",
	.late_result = 7,
	.hello_early = 8, /* section 4.4 */
	.act_send = L2TP3_ACT_SEND,
	.act_note = L2TP3_ACT_NOTE,
	.act_down = L2TP3_ACT_CONNECTION_DOWN,
	.act_session_down = L2TP3_ACT_SESSION_DOWN,
	.session_timer = SEV_TIMER,
	.session_close = SEV_CLOSE,
	.session_gone = SEV_CONNECTION_GONE,
	.form = &form,
	.draw = id3_draw,
	.draw_session = session3_draw,
	.init = init,
	.handle = connection_handle,
	.transmit = transmit,
	.send_start = send_start,
	.send_connected = send_connected,
	.send_hello = send_hello,
	.send_stop = send_stop,
	.up = up,
	.refuse = refuse,
	.peer_result = peer_result,
	.session_message = session_message,
	.session_event = session_event,
};
