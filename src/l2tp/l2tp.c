/*
 * l2tp: the public functions of the room, and the way of a datagram from its
 * header to its tunnel and call.
 *
 * Called by core and lac. A datagram reaches a tunnel only over the path that
 * made it (security.md H-18, H-21); everything else is dropped by name and
 * without a reply. The one message for which nothing exists yet is an SCCRQ.
 */
#include "state.h"

#include <stdlib.h>
#include <string.h>

#include "base/secret.h"
#include "header.h"

static struct control_settings *settings_new(const struct l2tp_config *cfg)
{
	struct settings *s = calloc(1, sizeof(*s));

	if (!s)
		return NULL;
	s->cfg = *cfg;
	s->base = (struct control_settings){
		CONTROL_SETTINGS(cfg),
		.size = sizeof(*s),
		.all_max = cfg->tunnels_max,
		.per_owner_max = cfg->tunnels_per_owner_max,
		.sessions_max = cfg->calls_per_tunnel_max,
	};
	control_settings_limit(&s->base, cfg->host_name, cfg->vendor_name, "lns");
	s->cfg.host_name = s->base.host_name;
	s->cfg.vendor_name = s->base.vendor_name;
	return &s->base;
}

struct l2tp_work *l2tp_work_new(unsigned tunnels_max)
{
	struct l2tp_work *w = malloc(sizeof(*w));

	if (w && outbox_init(&w->outbox, control_outbox_octets(tunnels_max)) == 0)
		return w;
	free(w);
	return NULL;
}

void l2tp_work_free(struct l2tp_work *w)
{
	if (!w)
		return;
	outbox_free(&w->outbox);
	secret_zero(w, sizeof(*w));
	free(w);
}

static bool work_init(struct l2tp *l, const struct l2tp_config *cfg)
{
	struct l2tp_work *w = cfg->work;

	if (!w)
		w = l->own_work = l2tp_work_new(cfg->tunnels_max);
	if (!w)
		return false;
	l->engine.outbox = &w->outbox;
	l->scratch = w->scratch;
	l->current_bytes = w->current_bytes;
	return true;
}

struct l2tp *l2tp_new(const struct l2tp_config *cfg)
{
	struct l2tp *l = calloc(1, sizeof(*l));

	if (!l)
		return NULL;
	if (!control_engine_init(&l->engine, &l2tp_version, settings_new(cfg))) {
		free(l);
		return NULL;
	}
	if (work_init(l, cfg))
		return l;
	control_engine_end(&l->engine);
	free(l);
	return NULL;
}

void l2tp_free(struct l2tp *l)
{
	if (!l)
		return;
	control_engine_end(&l->engine);
	l->engine.outbox->head = l->engine.outbox->tail = 0;
	secret_zero(l->scratch, MESSAGE_SCRATCH);
	l2tp_work_free(l->own_work);
	free(l);
}

void l2tp_reconfigure(struct l2tp *l, const struct l2tp_config *cfg)
{
	control_engine_configure(&l->engine, settings_new(cfg));
}

static void parse(struct l2tp *l, const struct settings *s, struct bytes body)
{
	message_parse(body, secret_bytes(&s->cfg.secret), l->scratch, &l->parse);
}

void tunnel_handle(struct control *c, uint64_t now_ms, struct bytes msg)
{
	struct tunnel *t = tunnel_of(c);
	struct l2tp *l = t->l;
	struct l2tp_header h;

	if (header_parse(msg, &h) != HEADER_OK)
		return;
	parse(l, t->settings, h.payload);
	l->session_id = h.session_id;
	if (l->parse.verdict != MESSAGE_BROKEN && l->parse.verdict != MESSAGE_IGNORED)
		control_event(c, now_ms, tunnel_classify(t));
	secret_zero(l->scratch, MESSAGE_SCRATCH);
}

/* A control message for a tunnel that is known and over its own path. */
static void tunnel_input(struct control *c, uint64_t now_ms, const struct l2tp_header *h,
			 struct bytes msg)
{
	bool zlb = h->payload.len == 0;

	if (!habit_takes(tunnel_of(c), h, msg))
		tunnel_of(c)->l->stats.drop_strict++;
	else if (!zlb && !avp_chain_ok(h->payload))
		c->e->counts.drop_avp++;
	else
		control_input(c, now_ms, h->ns, h->nr, zlb, msg);
}

/* The tunnel that a StopCCN to no id of ours is about: by the peer's id; old clients
 * put our id where theirs should be (clients.md 2.1), or none. */
static struct control *stopped_tunnel(struct l2tp *l, const struct l2tp_path *path)
{
	uint16_t id = l->parse.m.assigned_tunnel_id;
	struct control *c = id ? control_by_peer(&l->engine, path, id, NULL) : NULL;

	if (!c && id)
		c = control_on_path(&l->engine, path, id);
	return c || id ? c : tunnel_alone(l, path);
}

/* A control message for tunnel 0: SCCRQ, a copy of one, or the StopCCN of a peer that
 * never learned our id. */
static void input_unbound(struct l2tp *l, uint64_t now_ms, const struct l2tp_path *path,
			  const struct l2tp_header *h, struct bytes msg)
{
	const struct l2tp_message *m = &l->parse.m;
	struct control *c = NULL;

	parse(l, settings_of(l->engine.settings), h->payload);
	if (l->parse.verdict == MESSAGE_BROKEN) {
		l->engine.counts.drop_avp++;
		return;
	}
	if (m->type == MSG_STOPCCN)
		c = stopped_tunnel(l, path);
	else if (m->type == MSG_SCCRQ)
		c = control_requested(&l->engine, now_ms, path, m->assigned_tunnel_id, m->host_name,
				      l->parse.verdict == MESSAGE_OK, msg);
	if (c)
		tunnel_input(c, now_ms, h, msg);
	else if (!m->assigned_tunnel_id)
		l->engine.counts.drop_avp++;
	else if (m->type != MSG_SCCRQ)
		l->engine.counts.drop_unknown++;
	else if (h->ns != 0)
		l->engine.counts.drop_out_of_window++;
	else
		tunnel_accept(l, now_ms, path, msg, h->ns);
	secret_zero(l->scratch, MESSAGE_SCRATCH);
}

/* The id is another path's or nobody's. */
static void count_stray(struct l2tp *l, uint16_t id)
{
	if (control_by_id(&l->engine, 0, id))
		l->engine.counts.drop_wrong_path++;
	else
		l->engine.counts.drop_unknown++;
}

/* A control message to an id that is none of ours on this path. The StopCCN of old
 * clients goes to their own id. */
static void input_stray(struct l2tp *l, uint64_t now_ms, const struct l2tp_path *path,
			const struct l2tp_header *h, struct bytes msg)
{
	struct control *c = control_by_peer(&l->engine, path, h->tunnel_id, NULL);

	parse(l, settings_of(l->engine.settings), h->payload);
	if (c && l->parse.verdict != MESSAGE_BROKEN && l->parse.m.type == MSG_STOPCCN)
		tunnel_input(c, now_ms, h, msg);
	else
		count_stray(l, h->tunnel_id);
	secret_zero(l->scratch, MESSAGE_SCRATCH);
}

static void input_data(struct l2tp *l, uint64_t now_ms, const struct l2tp_path *path,
		       const struct l2tp_header *h)
{
	struct control *t = control_on_path(&l->engine, path, h->tunnel_id);
	struct call *c;

	if (!t) {
		count_stray(l, h->tunnel_id);
		return;
	}
	c = call_by_handle(l, (uint32_t)h->tunnel_id << 16 | h->session_id);
	if (!c) {
		l->stats.drop_no_call++;
		return;
	}
	t->heard_ms = now_ms;
	call_data(c, h->has_seq, h->payload);
}

static void input_control(struct l2tp *l, uint64_t now_ms, const struct l2tp_path *path,
			  const struct l2tp_header *h, struct bytes msg)
{
	struct control *c;

	if (h->length > CONTROL_MAX) {
		l->stats.drop_length++;
		return;
	}
	msg.len = h->length;
	l->engine.counts.messages_in++;
	if (h->tunnel_id == 0) {
		input_unbound(l, now_ms, path, h, msg);
		return;
	}
	c = control_on_path(&l->engine, path, h->tunnel_id);
	if (c)
		tunnel_input(c, now_ms, h, msg);
	else
		input_stray(l, now_ms, path, h, msg);
}

void l2tp_input(struct l2tp *l, uint64_t now_ms, const struct l2tp_path *path, struct bytes msg)
{
	struct l2tp_header h;

	switch (header_parse(msg, &h)) {
	case HEADER_OK:
		if (h.control)
			input_control(l, now_ms, path, &h, msg);
		else
			input_data(l, now_ms, path, &h);
		break;
	case HEADER_SHORT:
		l->stats.drop_short++;
		break;
	case HEADER_VERSION:
		l->stats.drop_version++;
		break;
	case HEADER_FLAGS:
		l->stats.drop_flags++;
		break;
	case HEADER_LENGTH:
		l->stats.drop_length++;
		break;
	}
	control_reap(&l->engine);
}

void l2tp_call_send(struct l2tp *l, uint64_t now_ms, uint32_t call, struct bytes frame)
{
	struct call *c = call_by_handle(l, call);

	(void)now_ms;
	if (c)
		call_send_frame(c, frame);
}

uint16_t l2tp_call_ns(struct l2tp *l, uint32_t call)
{
	const struct call *c = call_by_handle(l, call);

	return c ? c->data_ns : 0;
}

void l2tp_call_set_ns(struct l2tp *l, uint32_t call, uint16_t ns)
{
	struct call *c = call_by_handle(l, call);

	if (c)
		c->data_ns = ns;
}

void l2tp_call_heard(struct l2tp *l, uint64_t now_ms, uint32_t call)
{
	struct call *c = call_by_handle(l, call);

	if (c)
		c->ses.control->heard_ms = now_ms;
}

void l2tp_call_close(struct l2tp *l, uint64_t now_ms, uint32_t call, struct l2tp_result why)
{
	struct call *c = call_by_handle(l, call);

	if (c)
		control_session_close(&c->ses, now_ms, why);
}

void l2tp_owner_close(struct l2tp *l, uint64_t now_ms, uint64_t owner, struct l2tp_result why,
		      bool send)
{
	control_owner_event(&l->engine, now_ms, owner, send ? TEV_CLOSE : TEV_VANISH, &why);
}

void l2tp_owner_probe(struct l2tp *l, uint64_t now_ms, uint64_t owner)
{
	control_owner_event(&l->engine, now_ms, owner, TEV_PROBE, NULL);
}

uint32_t l2tp_dial(struct l2tp *l, uint64_t now_ms, const struct l2tp_path *path)
{
	struct control *t = control_new(&l->engine, path, true);
	struct call *c;
	uint32_t handle;

	if (!t) {
		l->engine.counts.drop_limit++;
		return 0;
	}
	t->heard_ms = now_ms;
	c = call_dial(tunnel_of(t), now_ms);
	handle = c ? c->ses.id : 0;
	control_event(t, now_ms, c ? TEV_OPEN : TEV_VANISH);
	control_settle(t, now_ms);
	control_reap(&l->engine);
	return handle;
}

const struct l2tp_act *l2tp_next(struct l2tp *l)
{
	return l2tp_act_next(l);
}

void l2tp_get_stats(const struct l2tp *l, struct l2tp_stats *out)
{
	const struct control_counts *n = &l->engine.counts;

	*out = l->stats;
	out->messages_in = n->messages_in;
	out->messages_out = n->messages_out;
	out->retransmits = n->retransmits;
	out->zlb_out = n->acks_out;
	out->drop_avp = n->drop_avp;
	out->drop_no_tunnel = n->drop_unknown;
	out->drop_wrong_path = n->drop_wrong_path;
	out->drop_out_of_window = n->drop_out_of_window;
	out->drop_duplicate = n->drop_duplicate;
	out->drop_limit = n->drop_limit;
	out->drop_state = n->drop_state;
	out->acts_refused = l->engine.outbox->refused;
	out->tunnels = l->engine.n;
	out->calls = l->engine.n_sessions;
}
