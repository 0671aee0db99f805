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

#define POOL_BASE         (64 * 1024)
#define POOL_PER_TUNNEL   (8 * 1024)
#define POOL_MAX          (64 * 1024 * 1024)
#define OUTBOX_MIN        (32 * 1024)
#define OUTBOX_PER_TUNNEL 1024
#define OUTBOX_MAX        (256 * 1024)
#define CONTROL_MAX       4096 /* longest control message that is looked at */
#define RX_WINDOW_MAX     32768
#define RETRANSMIT_MAX_MS 8000
#define TRIES_MIN         5

/* Room for the actions of one turn; more when many tunnels have something to say. */
static size_t pool_octets(unsigned tunnels_max)
{
	size_t n = POOL_BASE + (size_t)tunnels_max * POOL_PER_TUNNEL;

	return n < POOL_MAX ? n : POOL_MAX;
}

static size_t outbox_octets(unsigned tunnels_max)
{
	size_t n = OUTBOX_MIN + (size_t)tunnels_max * OUTBOX_PER_TUNNEL;

	return n < OUTBOX_MAX ? n : OUTBOX_MAX;
}

static struct settings *settings_new(const struct l2tp_config *cfg)
{
	struct settings *s = calloc(1, sizeof(*s));

	if (!s)
		return NULL;
	s->refs = 1;
	s->cfg = *cfg;
	/* 4.4.3: at least one octet */
	strncpy(s->host_name, cfg->host_name && *cfg->host_name ? cfg->host_name : "lns",
		L2TP_HOST_NAME_MAX);
	strncpy(s->vendor_name, cfg->vendor_name ? cfg->vendor_name : "", L2TP_HOST_NAME_MAX);
	s->cfg.host_name = s->host_name;
	s->cfg.vendor_name = s->vendor_name;
	if (s->cfg.rx_window == 0)
		s->cfg.rx_window = 1;
	if (s->cfg.rx_window > RX_WINDOW_MAX)
		s->cfg.rx_window = RX_WINDOW_MAX;
	if (s->cfg.retransmit_max_ms == 0 || s->cfg.retransmit_max_ms > RETRANSMIT_MAX_MS)
		s->cfg.retransmit_max_ms = RETRANSMIT_MAX_MS;
	if (s->cfg.retransmit_ms == 0)
		s->cfg.retransmit_ms = 1000;
	if (s->cfg.retransmit_tries < TRIES_MIN)
		s->cfg.retransmit_tries = TRIES_MIN;
	if (s->cfg.shard_bits > 12)
		s->cfg.shard_bits = 12;
	return s;
}

struct l2tp_work *l2tp_work_new(unsigned tunnels_max)
{
	struct l2tp_work *w = malloc(sizeof(*w));

	if (w && outbox_init(&w->outbox, outbox_octets(tunnels_max)) == 0)
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
	l->outbox = &w->outbox;
	l->scratch = w->scratch;
	l->current_bytes = w->current_bytes;
	return true;
}

struct l2tp *l2tp_new(const struct l2tp_config *cfg)
{
	struct l2tp *l = calloc(1, sizeof(*l));

	if (!l)
		return NULL;
	l->settings = settings_new(cfg);
	if (!l->settings || !l2tp_tables_init(l, cfg->tunnels_max) || !work_init(l, cfg)) {
		free(l->settings);
		l2tp_tables_free(l);
		free(l);
		return NULL;
	}
	l->pool.limit = pool_octets(l->settings->cfg.tunnels_max);
	list_init(&l->dead_tunnels);
	list_init(&l->dead_calls);
	return l;
}

static void bury_tunnel(struct list *owner_link)
{
	struct tunnel *t = list_entry(owner_link, struct tunnel, owner_link);

	list_each (&t->calls, it) {
		struct call *c = list_entry(it, struct call, tunnel_link);

		call_bury(c);
		c->told = true;
	}
	tunnel_bury(t);
	t->told = true;
}

static void bury_all(struct l2tp *l)
{
	buckets_each(&l->owners, bury_tunnel);
	list_each (&l->dead_calls, it)
		list_entry(it, struct call, grave_link)->told = true;
	list_each (&l->dead_tunnels, it)
		list_entry(it, struct tunnel, grave_link)->told = true;
	l2tp_reap(l);
}

void l2tp_free(struct l2tp *l)
{
	if (!l)
		return;
	bury_all(l);
	l2tp_settings_put(l->settings);
	l->outbox->head = l->outbox->tail = 0;
	secret_zero(l->scratch, MESSAGE_SCRATCH);
	l2tp_work_free(l->own_work);
	l2tp_tables_free(l);
	free(l);
}

void l2tp_reconfigure(struct l2tp *l, const struct l2tp_config *cfg)
{
	struct settings *s = settings_new(cfg);

	if (!s)
		return;
	l2tp_settings_put(l->settings);
	l->settings = s;
	l->pool.limit = pool_octets(s->cfg.tunnels_max);
}

static void parse(struct l2tp *l, const struct settings *s, struct bytes body)
{
	message_parse(body, secret_bytes(&s->cfg.secret), l->scratch, &l->parse);
}

/* One message in its turn. */
static void handle(struct tunnel *t, uint64_t now_ms, const struct l2tp_header *h)
{
	struct l2tp *l = t->l;

	parse(l, t->settings, h->payload);
	l->session_id = h->session_id;
	if (l->parse.verdict != MESSAGE_BROKEN && l->parse.verdict != MESSAGE_IGNORED)
		tunnel_event(t, now_ms, tunnel_classify(t));
	secret_zero(l->scratch, MESSAGE_SCRATCH);
}

static void handle_held(struct tunnel *t, uint64_t now_ms)
{
	struct channel_msg *m;

	while (!t->gone && (m = channel_take(&t->channel))) {
		struct l2tp_header h;

		if (header_parse((struct bytes){m->b, m->len}, &h) == HEADER_OK)
			handle(t, now_ms, &h);
		channel_put(&t->channel, m);
	}
}

/* A control message for a tunnel that is known and over its own path. */
static void tunnel_input(struct tunnel *t, uint64_t now_ms, const struct l2tp_header *h,
			 struct bytes msg)
{
	struct l2tp_stats *s = &t->l->stats;
	bool zlb = h->payload.len == 0;

	if (!habit_takes(t, h, msg)) {
		s->drop_strict++;
		return;
	}
	if (!zlb && !avp_chain_ok(h->payload)) {
		s->drop_avp++;
		return;
	}
	switch (channel_receive(&t->channel, now_ms, h->ns, h->nr, zlb, msg)) {
	case CHANNEL_DELIVER:
		t->heard_ms = now_ms;
		handle(t, now_ms, h);
		handle_held(t, now_ms);
		break;
	case CHANNEL_ACK_ONLY:
	case CHANNEL_HELD:
		t->heard_ms = now_ms;
		break;
	case CHANNEL_DUPLICATE:
		t->heard_ms = now_ms;
		s->drop_duplicate++;
		break;
	case CHANNEL_OUTSIDE:
	case CHANNEL_BAD_NR:
		s->drop_out_of_window++;
		break;
	}
	tunnel_settle(t, now_ms);
}

/* The tunnel that a StopCCN to no id of ours is about: by the peer's id; old clients
 * put our id where theirs should be (clients.md 2.1), or none. */
static struct tunnel *stopped_tunnel(struct l2tp *l, const struct l2tp_path *path)
{
	uint16_t id = l->parse.m.assigned_tunnel_id;
	struct tunnel *t = id ? tunnel_by_peer(l, path, id, NULL) : NULL;

	if (!t && id)
		t = tunnel_by_id(l, path, id);
	return t || id ? t : tunnel_alone(l, path);
}

/* The tunnel that an SCCRQ made: this is a copy. One whose peer begins anew with the
 * same id, as Windows does that counts from 1, gives way. */
static struct tunnel *requested_tunnel(struct l2tp *l, uint64_t now_ms,
				       const struct l2tp_path *path, struct bytes msg)
{
	char host[L2TP_HOST_NAME_MAX + 1];
	struct tunnel *t;

	l2tp_printable(l->parse.m.host_name, host, sizeof(host));
	t = tunnel_by_peer(l, path, l->parse.m.assigned_tunnel_id, host);
	if (!t || t->lac)
		return NULL;
	if (l->parse.verdict != MESSAGE_OK || !tunnel_is_renewed(t, now_ms, msg))
		return t;
	if (t->state != TUNNEL_STOPPED) {
		t->end = (struct l2tp_result){1, 0, "peer-began-anew"};
		tunnel_note(t, NOTE_END, "l2tp-peer-began-anew",
			    "tunnel %u ends: its peer asks for a new one with the same id", t->id);
	}
	tunnel_event(t, now_ms, TEV_VANISH);
	return NULL;
}

/* A control message for tunnel 0: SCCRQ, a copy of one, or the StopCCN of a peer that
 * never learned our id. */
static void input_unbound(struct l2tp *l, uint64_t now_ms, const struct l2tp_path *path,
			  const struct l2tp_header *h, struct bytes msg)
{
	struct tunnel *t = NULL;

	parse(l, l->settings, h->payload);
	if (l->parse.verdict == MESSAGE_BROKEN) {
		l->stats.drop_avp++;
		return;
	}
	if (l->parse.m.type == MSG_STOPCCN)
		t = stopped_tunnel(l, path);
	else if (l->parse.m.type == MSG_SCCRQ)
		t = requested_tunnel(l, now_ms, path, msg);
	if (t)
		tunnel_input(t, now_ms, h, msg);
	else if (!l->parse.m.assigned_tunnel_id)
		l->stats.drop_avp++;
	else if (l->parse.m.type != MSG_SCCRQ)
		l->stats.drop_no_tunnel++;
	else if (h->ns != 0)
		l->stats.drop_out_of_window++;
	else
		tunnel_accept(l, now_ms, path, msg, h->ns);
	secret_zero(l->scratch, MESSAGE_SCRATCH);
}

/* A control message to an id that is none of ours on this path. The StopCCN of old
 * clients goes to their own id. */
static void input_stray(struct l2tp *l, uint64_t now_ms, const struct l2tp_path *path,
			const struct l2tp_header *h, struct bytes msg)
{
	struct tunnel *t = tunnel_by_peer(l, path, h->tunnel_id, NULL);

	parse(l, l->settings, h->payload);
	if (t && l->parse.verdict != MESSAGE_BROKEN && l->parse.m.type == MSG_STOPCCN)
		tunnel_input(t, now_ms, h, msg);
	else if (tunnel_id_known(l, h->tunnel_id))
		l->stats.drop_wrong_path++;
	else
		l->stats.drop_no_tunnel++;
	secret_zero(l->scratch, MESSAGE_SCRATCH);
}

static void input_data(struct l2tp *l, uint64_t now_ms, const struct l2tp_path *path,
		       const struct l2tp_header *h)
{
	struct tunnel *t = tunnel_by_id(l, path, h->tunnel_id);
	struct call *c;

	if (!t) {
		*(tunnel_id_known(l, h->tunnel_id) ? &l->stats.drop_wrong_path
						   : &l->stats.drop_no_tunnel) += 1;
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
	struct tunnel *t;

	if (h->length > CONTROL_MAX) {
		l->stats.drop_length++;
		return;
	}
	msg.len = h->length;
	l->stats.messages_in++;
	if (h->tunnel_id == 0) {
		input_unbound(l, now_ms, path, h, msg);
		return;
	}
	t = tunnel_by_id(l, path, h->tunnel_id);
	if (t)
		tunnel_input(t, now_ms, h, msg);
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
	l2tp_reap(l);
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
		c->tunnel->heard_ms = now_ms;
}

void l2tp_call_close(struct l2tp *l, uint64_t now_ms, uint32_t call, struct l2tp_result why)
{
	struct call *c = call_by_handle(l, call);
	struct tunnel *t;

	if (!c)
		return;
	t = c->tunnel;
	c->end = why;
	if (!c->end.reason)
		c->end.reason = "admin";
	call_event(c, now_ms, CEV_CLOSE);
	tunnel_settle(t, now_ms);
	l2tp_reap(l);
}

void l2tp_owner_close(struct l2tp *l, uint64_t now_ms, uint64_t owner, struct l2tp_result why,
		      bool send)
{
	struct list *bucket = l2tp_owner_bucket(l, owner);

	if (!why.reason)
		why.reason = "admin";
	list_each (bucket, it) {
		struct tunnel *t = list_entry(it, struct tunnel, owner_link);

		if (t->path.owner != owner)
			continue;
		if (t->state != TUNNEL_STOPPED && t->state != TUNNEL_STOP_SENT)
			t->end = why;
		tunnel_event(t, now_ms, send ? TEV_CLOSE : TEV_VANISH);
		tunnel_settle(t, now_ms);
	}
	l2tp_reap(l);
}

void l2tp_owner_probe(struct l2tp *l, uint64_t now_ms, uint64_t owner)
{
	struct list *bucket = l2tp_owner_bucket(l, owner);

	list_each (bucket, it) {
		struct tunnel *t = list_entry(it, struct tunnel, owner_link);

		if (t->path.owner != owner)
			continue;
		tunnel_event(t, now_ms, TEV_PROBE);
		tunnel_settle(t, now_ms);
	}
	l2tp_reap(l);
}

uint32_t l2tp_dial(struct l2tp *l, uint64_t now_ms, const struct l2tp_path *path)
{
	struct tunnel *t = tunnel_new(l, path, true);
	struct call *c;
	uint32_t handle;

	if (!t) {
		l->stats.drop_limit++;
		return 0;
	}
	t->heard_ms = now_ms;
	c = call_dial(t, now_ms);
	handle = c ? call_handle(c) : 0;
	tunnel_event(t, now_ms, c ? TEV_OPEN : TEV_VANISH);
	tunnel_settle(t, now_ms);
	l2tp_reap(l);
	return handle;
}

const struct l2tp_act *l2tp_next(struct l2tp *l)
{
	return l2tp_act_next(l);
}

void l2tp_get_stats(const struct l2tp *l, struct l2tp_stats *out)
{
	*out = l->stats;
	out->acts_refused = l->outbox->refused;
}
