/*
 * l2tp3: the public functions of version 3, and the way of a datagram from its carrier
 * (RFC 3931 section 4.1) to its control connection.
 *
 * Called by core and lac. A message reaches a control connection only over the path
 * that made it (security.md H-18, H-21) and, with a shared secret, only when its Message
 * Digest is right: before that nothing of it is used (5.4.1).
 */
#include "l2tp/l2tp3.h"

#include <stdlib.h>
#include <string.h>

#include "base/secret.h"
#include "header3.h"
#include "state3.h"

struct l2tp3 *l2tp3_new(const struct l2tp3_config *cfg)
{
	struct l2tp3 *l = calloc(1, sizeof(*l));

	if (!l)
		return NULL;
	if (!control_engine_init(&l->engine, &l2tp3_version, settings3_new(cfg))) {
		free(l);
		return NULL;
	}
	l->engine.outbox = &l->outbox;
	if (outbox_init(&l->outbox, control_outbox_octets(cfg->connections_max)) == 0)
		return l;
	control_engine_end(&l->engine);
	free(l);
	return NULL;
}

void l2tp3_free(struct l2tp3 *l)
{
	if (!l)
		return;
	control_engine_end(&l->engine);
	outbox_free(&l->outbox);
	secret_zero(l, sizeof(*l));
	free(l);
}

void l2tp3_reconfigure(struct l2tp3 *l, const struct l2tp3_config *cfg)
{
	control_engine_configure(&l->engine, settings3_new(cfg));
}

static void parse(struct l2tp3 *l, const struct settings3 *s, struct bytes body)
{
	struct bytes key = {s->hide_key, s->cfg.secret.len ? DIGEST_KEY_LEN : 0};

	message3_parse(body, key, l->scratch, &l->parse);
}

void connection_handle(struct control *c, uint64_t now_ms, struct bytes msg)
{
	struct l2tp3 *l = connection_of(c)->l;
	struct l2tp3_header h;

	if (header3_parse(msg, &h) != HEADER_OK)
		return;
	parse(l, connection_of(c)->settings, h.payload);
	if (l->parse.verdict != MESSAGE_BROKEN && l->parse.verdict != MESSAGE_IGNORED)
		control_event(c, now_ms, connection_classify(connection_of(c)));
	secret_zero(l->scratch, AVP_SCRATCH);
}

/* Is the message's digest right, or is none due and there is none? Without a secret a
 * digest is a check against corruption alone, with an empty key (section 4.3). */
static bool authentic(const struct connection *c, struct bytes msg, uint16_t type,
		      struct bytes nonce)
{
	struct digest_nonces nonces = {{NULL, 0}, {NULL, 0}};
	enum digest_verdict v;
	uint8_t digest_type;

	if (c->digests && type != MSG_SCCRQ) {
		nonces.receiver = (struct bytes){c->nonce, sizeof(c->nonce)};
		nonces.sender = c->ctl.state == TUNNEL_WAIT_CTL_REPLY
					? nonce
					: (struct bytes){c->peer_nonce, c->peer_nonce_len};
	}
	v = digest_check(msg, (struct bytes){c->settings->check_key, DIGEST_KEY_LEN}, &nonces,
			 &digest_type);
	return v == DIGEST_OK || (v == DIGEST_NONE && !c->digests);
}

static void note_digest(struct l2tp3 *l, const struct l2tp_path *path, const char *message,
			bool secret)
{
	control_act_note(&l->engine, path, 0, NOTE_REFUSED, "l2tp3-digest",
			 "%s dropped: its Message Digest is %s", message,
			 secret ? "missing or wrong; is the same digest secret set at the router?"
				: "made with a secret, and none is set here");
}

/* A control message for a connection that is known and over its own path. */
static void connection_input(struct control *control, uint64_t now_ms, const struct l2tp3_header *h,
			     struct bytes msg)
{
	struct connection *c = connection_of(control);
	bool zlb = h->payload.len == 0;
	uint16_t type = MSG_ACK;
	struct bytes nonce = {NULL, 0};

	if (!zlb && !digest_peek(msg, &type, &nonce)) {
		control->e->counts.drop_avp++;
		return;
	}
	if (zlb ? c->digests : !authentic(c, msg, type, nonce)) {
		c->l->stats.drop_digest++;
		if (type == MSG_SCCRP && control->state == TUNNEL_WAIT_CTL_REPLY)
			note_digest(c->l, &control->path, "SCCRP", c->digests);
		return;
	}
	control_input(control, now_ms, h->ns, h->nr, type == MSG_ACK, msg);
}

static void input_request(struct l2tp3 *l, uint64_t now_ms, const struct l2tp_path *path,
			  const struct l2tp3_header *h, struct bytes msg)
{
	static const struct digest_nonces none = {{NULL, 0}, {NULL, 0}};
	const struct settings3 *s = settings3_of(l->engine.settings);
	const struct message3_parse *p = &l->parse;
	bool secret = s->cfg.secret.len;
	uint8_t digest_type = s->cfg.digest;
	enum digest_verdict v = digest_check(msg, (struct bytes){s->check_key, DIGEST_KEY_LEN},
					     &none, &digest_type);
	struct control *c;

	if (v == DIGEST_WRONG || (v == DIGEST_NONE && secret)) {
		l->stats.drop_digest++;
		note_digest(l, path, "SCCRQ", secret);
		return;
	}
	c = control_requested(&l->engine, now_ms, path, p->m.connection_id, p->m.host_name,
			      p->verdict == MESSAGE_OK, msg);
	if (c)
		connection_input(c, now_ms, h, msg);
	else if (!p->m.connection_id)
		l->engine.counts.drop_avp++;
	else if (h->ns != 0)
		l->engine.counts.drop_out_of_window++;
	else
		connection_accept(l, now_ms, path, msg, v == DIGEST_OK && secret, digest_type);
}

/* A control message for connection 0: SCCRQ, a copy of one, or the StopCCN of a peer that
 * never learned our id (5.4.3, Assigned Control Connection ID). */
static void input_unbound(struct l2tp3 *l, uint64_t now_ms, const struct l2tp_path *path,
			  const struct l2tp3_header *h, struct bytes msg)
{
	struct control *c;

	parse(l, settings3_of(l->engine.settings), h->payload);
	if (l->parse.verdict == MESSAGE_BROKEN) {
		l->engine.counts.drop_avp++;
	} else if (l->parse.m.type == MSG_SCCRQ) {
		input_request(l, now_ms, path, h, msg);
	} else {
		c = l->parse.m.type == MSG_STOPCCN
			    ? control_by_peer(&l->engine, path, l->parse.m.connection_id, NULL)
			    : NULL;
		if (c)
			connection_input(c, now_ms, h, msg);
		else
			l->engine.counts.drop_unknown++;
	}
	secret_zero(l->scratch, AVP_SCRATCH);
}

static void input_control(struct l2tp3 *l, uint64_t now_ms, const struct l2tp_path *path,
			  const struct l2tp3_header *h, struct bytes msg)
{
	struct control *c;

	if (h->length > CONTROL_MAX) {
		l->stats.drop_length++;
		return;
	}
	msg.len = h->length;
	l->engine.counts.messages_in++;
	if (h->connection_id == 0) {
		input_unbound(l, now_ms, path, h, msg);
		return;
	}
	c = control_by_id(&l->engine, 0, h->connection_id);
	if (!c)
		l->engine.counts.drop_unknown++;
	else if (!l2tp_path_eq(&c->path, path))
		l->engine.counts.drop_wrong_path++;
	else
		connection_input(c, now_ms, h, msg);
}

/* A frame: the worker that knows the session was not asked, or does not know it yet. */
static void input_data(struct l2tp3 *l, uint64_t now_ms, const struct l2tp_path *path,
		       uint32_t session_id)
{
	struct session *s = session_by_id(l, session_id);

	if (!s) {
		l->stats.drop_no_session++;
	} else if (!l2tp_path_eq(&s->ses.control->path, path)) {
		l->engine.counts.drop_wrong_path++;
	} else {
		s->ses.control->heard_ms = now_ms;
		l->stats.drop_data++;
	}
}

static void input_message(struct l2tp3 *l, uint64_t now_ms, const struct l2tp_path *path,
			  struct bytes msg)
{
	struct l2tp3_header h;
	struct rd r = rd_of_bytes(msg);

	switch (header3_parse(msg, &h)) {
	case HEADER_OK:
		if (h.control) {
			input_control(l, now_ms, path, &h, msg);
			return;
		}
		rd_skip(&r, 4);
		input_data(l, now_ms, path, rd_u32(&r));
		return;
	case HEADER_SHORT:
		l->stats.drop_short++;
		return;
	case HEADER_VERSION:
		l->stats.drop_version++;
		return;
	case HEADER_FLAGS:
		l->stats.drop_flags++;
		return;
	case HEADER_LENGTH:
		l->stats.drop_length++;
		return;
	}
}

/* Over IP the session id stands first, 0 before a control message (4.1.1). */
static void input_ip(struct l2tp3 *l, uint64_t now_ms, const struct l2tp_path *path,
		     struct bytes msg)
{
	struct rd r = rd_of_bytes(msg);
	uint32_t session_id = rd_u32(&r);
	struct l2tp3_header h;

	if (!rd_ok(&r)) {
		l->stats.drop_short++;
		return;
	}
	msg = rd_rest(&r);
	if (session_id)
		input_data(l, now_ms, path, session_id);
	else if (header3_parse(msg, &h) == HEADER_OK && !h.control)
		l->stats.drop_flags++;
	else
		input_message(l, now_ms, path, msg);
}

void l2tp3_input(struct l2tp3 *l, uint64_t now_ms, const struct l2tp_path *path, struct bytes msg)
{
	if (l2tp3_over_ip(path))
		input_ip(l, now_ms, path, msg);
	else
		input_message(l, now_ms, path, msg);
	control_reap(&l->engine);
}

uint32_t l2tp3_call(struct l2tp3 *l, uint64_t now_ms, const struct l2tp_path *path)
{
	bool refused = settings3_of(l->engine.settings)->cfg.style->udp_only && l2tp3_over_ip(path);
	struct control *c = refused ? NULL : control_new(&l->engine, path, true);
	struct session *s;
	uint32_t id;

	if (!c) {
		l->engine.counts.drop_limit++;
		return 0;
	}
	c->heard_ms = now_ms;
	s = session_call(connection_of(c), now_ms);
	id = s ? s->ses.id : 0;
	control_event(c, now_ms, s ? TEV_OPEN : TEV_VANISH);
	control_settle(c, now_ms);
	control_reap(&l->engine);
	return id;
}

void l2tp3_session_heard(struct l2tp3 *l, uint64_t now_ms, uint32_t session_id)
{
	struct session *s = session_by_id(l, session_id);

	if (s)
		s->ses.control->heard_ms = now_ms;
}

void l2tp3_session_status(struct l2tp3 *l, uint64_t now_ms, uint32_t session_id, bool active)
{
	struct session *s = session_by_id(l, session_id);

	if (!s)
		return;
	session_tell_status(s, active);
	control_settle(s->ses.control, now_ms);
	control_reap(&l->engine);
}

void l2tp3_session_close(struct l2tp3 *l, uint64_t now_ms, uint32_t session_id,
			 struct l2tp_result why)
{
	struct session *s = session_by_id(l, session_id);

	if (s)
		control_session_close(&s->ses, now_ms, why);
}

void l2tp3_owner_close(struct l2tp3 *l, uint64_t now_ms, uint64_t owner, struct l2tp_result why,
		       bool send)
{
	control_owner_event(&l->engine, now_ms, owner, send ? TEV_CLOSE : TEV_VANISH, &why);
}

void l2tp3_owner_probe(struct l2tp3 *l, uint64_t now_ms, uint64_t owner)
{
	control_owner_event(&l->engine, now_ms, owner, TEV_PROBE, NULL);
}

const struct l2tp3_act *l2tp3_next(struct l2tp3 *l)
{
	return act3_next(l);
}

void l2tp3_get_stats(const struct l2tp3 *l, struct l2tp3_stats *out)
{
	const struct control_counts *n = &l->engine.counts;

	*out = l->stats;
	out->messages_in = n->messages_in;
	out->messages_out = n->messages_out;
	out->retransmits = n->retransmits;
	out->acks_out = n->acks_out;
	out->drop_avp = n->drop_avp;
	out->drop_no_connection = n->drop_unknown;
	out->drop_wrong_path = n->drop_wrong_path;
	out->drop_out_of_window = n->drop_out_of_window;
	out->drop_duplicate = n->drop_duplicate;
	out->drop_limit = n->drop_limit;
	out->drop_state = n->drop_state;
	out->acts_refused = l->outbox.refused;
	out->connections = l->engine.n;
	out->sessions = l->engine.n_sessions;
}
