/*
 * manage: the control socket and the commands that it understands.
 *
 * One request a connection: a line of JSON {"words": [...], "json": bool}; one
 * answer: {"ok": bool, "text": "...", "data": ...} and the end of the stream. Sessions are
 * listed in pieces, as text or, where json was asked for, as data alone.
 * Or one of SoftEther's calls: {"method": "GetHub", "params": {...}}; the answer is {"result":
 * {...}} or {"error": {"code": N, "message": "..."}} (softether.md 4).
 * Reaches the server only through core/api.h. On the control thread's libuv loop.
 */
#pragma once

#include <uv.h>

#include "core/core.h"

#define MANAGE_REQUEST_MAX 8192
#define MANAGE_CONNECTIONS_MAX 32
#define MANAGE_IDLE_MS 5000

struct manage;

struct manage_config {
	struct core *core;
	uv_loop_t *loop;
	int listen_fd; /* a listening SOCK_STREAM unix socket; taken over */
	/* Reads the configuration file again and applies it: false and a sentence. */
	bool (*reload)(void *ctx, char *error, size_t cap);
	void *reload_ctx;
	/* An action may have armed timers or queued work: the loop looks again. */
	void (*touched)(void *ctx);
	void *touched_ctx;
	uint32_t idle_ms; /* a connection's time to ask, and again to read; 0: MANAGE_IDLE_MS */
};

struct manage *manage_new(const struct manage_config *cfg);

/* Closes the socket and every connection; the loop must run once more before
 * the memory is free. */
void manage_close(struct manage *m);
