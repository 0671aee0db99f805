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

#define POOL_BASE             (64 * 1024)
#define POOL_PER_CONNECTION   (8 * 1024)
#define POOL_MAX              (64 * 1024 * 1024)
#define OUTBOX_MIN            (32 * 1024)
#define OUTBOX_PER_CONNECTION 1024
#define OUTBOX_MAX            (256 * 1024)
#define CONTROL_MAX           4096 /* longest control message that is looked at */

static size_t clamp(size_t n, size_t max)
{
	return n < max ? n : max;
}

static void set_pool(struct l2tp3 *l)
{
	size_t n = l->settings->cfg.connections_max;

	l->pool.limit = clamp(POOL_BASE + n * POOL_PER_CONNECTION, POOL_MAX);
}

struct l2tp3 *l2tp3_new(const struct l2tp3_config *cfg)
{
	size_t room = clamp(OUTBOX_MIN + (size_t)cfg->connections_max * OUTBOX_PER_CONNECTION,
			    OUTBOX_MAX);
	struct l2tp3 *l = calloc(1, sizeof(*l));

	if (!l)
		return NULL;
	l->settings = settings3_new(cfg);
	if (!l->settings || outbox_init(&l->outbox, room) != 0) {
		if (l->settings)
			settings3_put(l->settings);
		free(l);
		return NULL;
	}
	set_pool(l);
	list_init(&l->all);
	list_init(&l->dead_connections);
	list_init(&l->dead_sessions);
	return l;
}

static void bury_all(struct l2tp3 *l)
{
	list_each (&l->all, it) {
		struct connection *c = list_entry(it, struct connection, link);

		list_each (&c->sessions, in)
			session_bury(list_entry(in, struct session, connection_link));
		connection_bury(c);
	}
	list_each (&l->dead_sessions, it)
		list_entry(it, struct session, grave_link)->told = true;
	list_each (&l->dead_connections, it)
		list_entry(it, struct connection, grave_link)->told = true;
	l2tp3_reap(l);
}

void l2tp3_free(struct l2tp3 *l)
{
	if (!l)
		return;
	bury_all(l);
	settings3_put(l->settings);
	outbox_free(&l->outbox);
	map_free(&l->owners);
	map_free(&l->connections);
	map_free(&l->sessions);
	secret_zero(l, sizeof(*l));
	free(l);
}

void l2tp3_reconfigure(struct l2tp3 *l, const struct l2tp3_config *cfg)
{
	struct settings3 *s = settings3_new(cfg);

	if (!s)
		return;
	settings3_put(l->settings);
	l->settings = s;
	set_pool(l);
}

static void parse(struct l2tp3 *l, const struct settings3 *s, struct bytes body)
{
	struct bytes key = {s->hide_key, s->cfg.secret.len ? DIGEST_KEY_LEN : 0};

	message3_parse(body, key, l->scratch, &l->parse);
}

/* One message in its turn. */
static void handle(struct connection *c, uint64_t now_ms, struct bytes body)
{
	struct l2tp3 *l = c->l;

	parse(l, c->settings, body);
	if (l->parse.verdict != MESSAGE_BROKEN && l->parse.verdict != MESSAGE_IGNORED)
		connection_event(c, now_ms, connection_classify(c));
	secret_zero(l->scratch, AVP_SCRATCH);
}

static void handle_held(struct connection *c, uint64_t now_ms)
{
	struct channel_msg *m;

	while (!c->gone && (m = channel_take(&c->channel))) {
		struct l2tp3_header h;

		if (header3_parse((struct bytes){m->b, m->len}, &h) == HEADER_OK)
			handle(c, now_ms, h.payload);
		channel_put(&c->channel, m);
	}
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
		nonces.sender = c->state == TUNNEL_WAIT_CTL_REPLY
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
	act3_note(l, path, 0, NOTE_REFUSED, "l2tp3-digest", "%s dropped: its Message Digest is %s",
		  message,
		  secret ? "missing or wrong; is the same digest secret set at the router?"
			 : "made with a secret, and none is set here");
}

/* A control message for a connection that is known and over its own path. */
static void connection_input(struct connection *c, uint64_t now_ms, const struct l2tp3_header *h,
			     struct bytes msg)
{
	struct l2tp3_stats *s = &c->l->stats;
	bool zlb = h->payload.len == 0;
	uint16_t type = MSG_ACK;
	struct bytes nonce = {NULL, 0};

	if (!zlb && !digest_peek(msg, &type, &nonce)) {
		s->drop_avp++;
		return;
	}
	if (zlb ? c->digests : !authentic(c, msg, type, nonce)) {
		s->drop_digest++;
		if (type == MSG_SCCRP && c->state == TUNNEL_WAIT_CTL_REPLY)
			note_digest(c->l, &c->path, "SCCRP", c->digests);
		return;
	}
	switch (channel_receive(&c->channel, now_ms, h->ns, h->nr, type == MSG_ACK, msg)) {
	case CHANNEL_DELIVER:
		c->heard_ms = now_ms;
		handle(c, now_ms, h->payload);
		handle_held(c, now_ms);
		break;
	case CHANNEL_ACK_ONLY:
	case CHANNEL_HELD:
		c->heard_ms = now_ms;
		break;
	case CHANNEL_DUPLICATE:
		c->heard_ms = now_ms;
		s->drop_duplicate++;
		break;
	case CHANNEL_OUTSIDE:
	case CHANNEL_BAD_NR:
		s->drop_out_of_window++;
		break;
	}
	connection_settle(c, now_ms);
}

/* The connection that an SCCRQ made: this is a copy. One whose peer begins anew with the
 * same id gives way. */
static struct connection *requested(struct l2tp3 *l, uint64_t now_ms, const struct l2tp_path *path,
				    struct bytes msg)
{
	char host[L2TP_HOST_NAME_MAX + 1];
	struct connection *c;

	l2tp_printable(l->parse.m.host_name, host, sizeof(host));
	c = connection_by_peer(l, path, l->parse.m.connection_id, host);
	if (!c || c->caller)
		return NULL;
	if (l->parse.verdict != MESSAGE_OK || !connection_is_renewed(c, now_ms, msg))
		return c;
	if (c->state != TUNNEL_STOPPED) {
		c->end = (struct l2tp_result){1, 0, "peer-began-anew"};
		connection_note(c, NOTE_END, "l2tp3-peer-began-anew",
				"control connection %u ends: its peer asks for a new one with the "
				"same id",
				c->id);
	}
	connection_event(c, now_ms, TEV_VANISH);
	return NULL;
}

static void input_request(struct l2tp3 *l, uint64_t now_ms, const struct l2tp_path *path,
			  const struct l2tp3_header *h, struct bytes msg)
{
	static const struct digest_nonces none = {{NULL, 0}, {NULL, 0}};
	struct bytes key = {l->settings->check_key, DIGEST_KEY_LEN};
	bool secret = l->settings->cfg.secret.len;
	uint8_t digest_type = l->settings->cfg.digest;
	enum digest_verdict v = digest_check(msg, key, &none, &digest_type);
	struct connection *c;

	if (v == DIGEST_WRONG || (v == DIGEST_NONE && secret)) {
		l->stats.drop_digest++;
		note_digest(l, path, "SCCRQ", secret);
		return;
	}
	c = requested(l, now_ms, path, msg);
	if (c)
		connection_input(c, now_ms, h, msg);
	else if (!l->parse.m.connection_id)
		l->stats.drop_avp++;
	else if (h->ns != 0)
		l->stats.drop_out_of_window++;
	else
		connection_accept(l, now_ms, path, msg, v == DIGEST_OK && secret, digest_type);
}

/* A control message for connection 0: SCCRQ, a copy of one, or the StopCCN of a peer that
 * never learned our id (5.4.3, Assigned Control Connection ID). */
static void input_unbound(struct l2tp3 *l, uint64_t now_ms, const struct l2tp_path *path,
			  const struct l2tp3_header *h, struct bytes msg)
{
	struct connection *c;

	parse(l, l->settings, h->payload);
	if (l->parse.verdict == MESSAGE_BROKEN) {
		l->stats.drop_avp++;
	} else if (l->parse.m.type == MSG_SCCRQ) {
		input_request(l, now_ms, path, h, msg);
	} else {
		c = l->parse.m.type == MSG_STOPCCN
			    ? connection_by_peer(l, path, l->parse.m.connection_id, NULL)
			    : NULL;
		if (c)
			connection_input(c, now_ms, h, msg);
		else
			l->stats.drop_no_connection++;
	}
	secret_zero(l->scratch, AVP_SCRATCH);
}

static void input_control(struct l2tp3 *l, uint64_t now_ms, const struct l2tp_path *path,
			  const struct l2tp3_header *h, struct bytes msg)
{
	struct connection *c;

	if (h->length > CONTROL_MAX) {
		l->stats.drop_length++;
		return;
	}
	msg.len = h->length;
	l->stats.messages_in++;
	if (h->connection_id == 0) {
		input_unbound(l, now_ms, path, h, msg);
		return;
	}
	c = connection_by_id(l, h->connection_id);
	if (!c)
		l->stats.drop_no_connection++;
	else if (!l2tp_path_eq(&c->path, path))
		l->stats.drop_wrong_path++;
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
	} else if (!l2tp_path_eq(&s->connection->path, path)) {
		l->stats.drop_wrong_path++;
	} else {
		s->connection->heard_ms = now_ms;
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
	l2tp3_reap(l);
}

uint32_t l2tp3_call(struct l2tp3 *l, uint64_t now_ms, const struct l2tp_path *path)
{
	bool refused = l->settings->cfg.style->udp_only && l2tp3_over_ip(path);
	struct connection *c = refused ? NULL : connection_new(l, path, true);
	struct session *s;
	uint32_t id;

	if (!c) {
		l->stats.drop_limit++;
		return 0;
	}
	c->heard_ms = now_ms;
	s = session_call(c, now_ms);
	id = s ? s->id : 0;
	connection_event(c, now_ms, s ? TEV_OPEN : TEV_VANISH);
	connection_settle(c, now_ms);
	l2tp3_reap(l);
	return id;
}

void l2tp3_session_heard(struct l2tp3 *l, uint64_t now_ms, uint32_t session_id)
{
	struct session *s = session_by_id(l, session_id);

	if (s)
		s->connection->heard_ms = now_ms;
}

void l2tp3_session_status(struct l2tp3 *l, uint64_t now_ms, uint32_t session_id, bool active)
{
	struct session *s = session_by_id(l, session_id);

	if (!s)
		return;
	session_tell_status(s, active);
	connection_settle(s->connection, now_ms);
	l2tp3_reap(l);
}

void l2tp3_session_close(struct l2tp3 *l, uint64_t now_ms, uint32_t session_id,
			 struct l2tp_result why)
{
	struct session *s = session_by_id(l, session_id);
	struct connection *c;

	if (!s)
		return;
	c = s->connection;
	s->end = why;
	if (!s->end.reason)
		s->end.reason = "admin";
	session_event(s, now_ms, SEV_CLOSE);
	connection_settle(c, now_ms);
	l2tp3_reap(l);
}

/* Every connection of the owner gets the event; the owner may go with its last one. */
static void owner_event(struct l2tp3 *l, uint64_t now_ms, uint64_t owner, enum tunnel_event event,
			const struct l2tp_result *why)
{
	struct owner3 *o = owner3_of(l, owner);
	unsigned n = o ? o->n : 0;
	struct list *it = o ? o->connections.next : NULL;

	for (; n; n--) {
		struct connection *c = list_entry(it, struct connection, owner_link);

		it = it->next;
		if (why && c->state != TUNNEL_STOPPED && c->state != TUNNEL_STOP_SENT)
			c->end = *why;
		connection_event(c, now_ms, event);
		connection_settle(c, now_ms);
	}
	l2tp3_reap(l);
}

void l2tp3_owner_close(struct l2tp3 *l, uint64_t now_ms, uint64_t owner, struct l2tp_result why,
		       bool send)
{
	if (!why.reason)
		why.reason = "admin";
	owner_event(l, now_ms, owner, send ? TEV_CLOSE : TEV_VANISH, &why);
}

void l2tp3_owner_probe(struct l2tp3 *l, uint64_t now_ms, uint64_t owner)
{
	owner_event(l, now_ms, owner, TEV_PROBE, NULL);
}

const struct l2tp3_act *l2tp3_next(struct l2tp3 *l)
{
	return act3_next(l);
}

void l2tp3_get_stats(const struct l2tp3 *l, struct l2tp3_stats *out)
{
	*out = l->stats;
	out->acts_refused = l->outbox.refused;
}
