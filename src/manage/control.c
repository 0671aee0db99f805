/*
 * control: the control socket on the libuv loop. Called by manage.h's users.
 * A connection is one request and one answer; slow, long and many connections
 * are cut by limits. Never touches packets.
 */
#include <stdlib.h>
#include <string.h>

#include "base/list.h"
#include "command.h"
#include "core/api.h"
#include "core/plain.h"
#include "rpc.h"

struct manage {
	struct manage_config cfg;
	uv_pipe_t listener;
	struct list connections;
	unsigned n;
	uint64_t idle_ms;
	bool listener_gone;
};

struct connection {
	struct list node;
	struct manage *m;
	uv_pipe_t pipe;
	uv_timer_t idle;
	uv_write_t write;
	unsigned open_handles;
	size_t len;
	bool answered;
	bool closing;
	bool last; /* out is the last piece of the answer */
	struct answer answer;
	struct api_walk *walk; /* of a call that waits for fresh counters */
	char *out;
	json_t *request;
	char in[MANAGE_REQUEST_MAX];
};

static void manage_gone(struct manage *m)
{
	if (m->listener_gone && m->n == 0)
		free(m);
}

static void handle_closed(uv_handle_t *h)
{
	struct connection *c = h->data;
	struct manage *m = c->m;

	if (--c->open_handles)
		return;
	list_del(&c->node);
	m->n--;
	json_decref(c->request);
	free(c->out);
	free(c);
	manage_gone(m);
}

static void connection_close(struct connection *c)
{
	if (c->closing)
		return;
	c->closing = true;
	answer_wipe(&c->answer); /* nobody waits for counters any more */
	api_walk_free(c->walk);
	c->walk = NULL;
	uv_close((uv_handle_t *)&c->pipe, handle_closed);
	uv_close((uv_handle_t *)&c->idle, handle_closed);
}

static void too_slow(uv_timer_t *t)
{
	connection_close(t->data);
}

static void next_piece(struct connection *c);

static void written(uv_write_t *w, int status)
{
	struct connection *c = w->data;

	if (status < 0 || c->last)
		connection_close(c);
	else
		next_piece(c);
}

/* What stands in out. */
static void write_out(struct connection *c)
{
	uv_buf_t buf;

	if (!c->out) {
		connection_close(c);
		return;
	}
	uv_timer_start(&c->idle, too_slow, c->m->idle_ms, 0); /* for the reader, anew */
	buf = uv_buf_init(c->out, (unsigned)strlen(c->out));
	c->write.data = c;
	if (uv_write(&c->write, (uv_stream_t *)&c->pipe, &buf, 1, written) < 0)
		connection_close(c);
}

static void reply(struct connection *c, const struct answer *a)
{
	json_t *o = json_object();

	json_object_set_new(o, "ok", json_boolean(a->ok));
	json_object_set_new(o, "text", plain_json(a->text));
	if (a->data)
		json_object_set(o, "data", a->data);
	c->out = json_dumps(o, JSON_COMPACT);
	c->last = true;
	json_decref(o);
	write_out(c);
}

/* An answer may have armed timers or queued work. */
static void touched(struct connection *c)
{
	if (c->m->cfg.touched)
		c->m->cfg.touched(c->m->cfg.touched_ctx);
}

/* ---- an answer in pieces ---- */

static void piece_ready(void *ctx)
{
	struct connection *c = ctx;

	free(c->out);
	c->out = listing_piece(c->answer.listing, &c->last);
	if (c->out && !*c->out)
		next_piece(c);
	else
		write_out(c);
}

static void loop_has_turned(uv_timer_t *t)
{
	piece_ready(t->data);
}

/* As long as it takes, which is not the reader's fault. */
static void next_piece(struct connection *c)
{
	uv_timer_stop(&c->idle);
	if (!listing_wait(c->answer.listing, piece_ready, c))
		uv_timer_start(&c->idle, loop_has_turned, 0, 0);
	touched(c);
}

/* ---- the request ---- */

#define WORDS_MAX 64

static unsigned words_of(const json_t *request, const char **words)
{
	const json_t *list = json_object_get(request, "words"), *w;
	unsigned n = 0;
	size_t i;

	json_array_foreach(list, i, w)
	{
		if (n == WORDS_MAX || !json_is_string(w))
			return 0;
		words[n++] = json_string_value(w);
	}
	return n;
}

static void run(struct connection *c, const char *const *words, unsigned n)
{
	bool json = json_is_true(json_object_get(c->request, "json"));

	c->answer = command_run(&c->m->cfg, words, n, json);
	if (c->answer.listing) {
		next_piece(c);
		return;
	}
	reply(c, &c->answer);
	touched(c);
}

/* ---- SoftEther's calls (rpc.h) ---- */

#define COUNTERS_MAX 4096 /* sessions whose counters a call waits for */

static void call(void *ctx)
{
	struct connection *c = ctx;
	json_t *answer = rpc_run(c->m->cfg.core, c->request);

	c->out = json_dumps(answer, JSON_COMPACT);
	c->last = true;
	json_decref(answer);
	write_out(c);
	touched(c);
}

static void call_or_wait(struct connection *c)
{
	if (rpc_wants_refresh(c->request))
		c->walk = api_walk_new(c->m->cfg.core);
	if (!c->walk) {
		call(c);
		return;
	}
	api_walk_refresh(c->walk, COUNTERS_MAX, call, c);
	touched(c);
}

static void request_line(struct connection *c)
{
	const char *words[WORDS_MAX];
	struct answer bad = {.text = (char *)"the request is not a JSON object of words"};
	unsigned n;

	c->answered = true;
	uv_read_stop((uv_stream_t *)&c->pipe);
	c->request = json_loadb(c->in, c->len, JSON_REJECT_DUPLICATES, NULL);
	if (json_is_string(json_object_get(c->request, "method"))) {
		call_or_wait(c);
		return;
	}
	n = words_of(c->request, words);
	if (!n) {
		reply(c, &bad);
		return;
	}
	run(c, words, n);
}

/* ---- the stream ---- */

static void give_buffer(uv_handle_t *h, size_t suggested, uv_buf_t *buf)
{
	struct connection *c = h->data;

	(void)suggested;
	*buf = uv_buf_init(c->in + c->len, (unsigned)(sizeof(c->in) - c->len));
}

static void received(uv_stream_t *stream, ssize_t n, const uv_buf_t *buf)
{
	struct connection *c = stream->data;
	const char *end;

	(void)buf;
	if (n < 0) { /* ended, or longer than a request may be (UV_ENOBUFS) */
		connection_close(c);
		return;
	}
	end = memchr(c->in + c->len, '\n', (size_t)n);
	c->len += (size_t)n;
	if (!end || c->answered)
		return;
	c->len = (size_t)(end - c->in);
	request_line(c);
}

static void accepted(uv_stream_t *listener, int status)
{
	struct manage *m = listener->data;
	struct connection *c = status == 0 ? calloc(1, sizeof(*c)) : NULL;

	if (!c)
		return;
	c->m = m;
	uv_pipe_init(m->cfg.loop, &c->pipe, 0);
	uv_timer_init(m->cfg.loop, &c->idle);
	c->pipe.data = c->idle.data = c;
	c->open_handles = 2;
	list_push(&m->connections, &c->node);
	m->n++;
	if (uv_accept(listener, (uv_stream_t *)&c->pipe) < 0 || m->n > MANAGE_CONNECTIONS_MAX) {
		connection_close(c);
		return;
	}
	uv_timer_start(&c->idle, too_slow, m->idle_ms, 0);
	uv_read_start((uv_stream_t *)&c->pipe, give_buffer, received);
}

struct manage *manage_new(const struct manage_config *cfg)
{
	struct manage *m = calloc(1, sizeof(*m));

	if (!m)
		return NULL;
	m->cfg = *cfg;
	m->idle_ms = cfg->idle_ms ? cfg->idle_ms : MANAGE_IDLE_MS;
	list_init(&m->connections);
	uv_pipe_init(cfg->loop, &m->listener, 0);
	m->listener.data = m;
	if (uv_pipe_open(&m->listener, cfg->listen_fd) < 0 ||
	    uv_listen((uv_stream_t *)&m->listener, 64, accepted) < 0) {
		manage_close(m);
		return NULL;
	}
	return m;
}

static void listener_closed(uv_handle_t *h)
{
	struct manage *m = h->data;

	m->listener_gone = true;
	manage_gone(m);
}

void manage_close(struct manage *m)
{
	list_each (&m->connections, it) {
		struct connection *c = list_entry(it, struct connection, node);

		connection_close(c);
	}
	uv_close((uv_handle_t *)&m->listener, listener_closed);
}
