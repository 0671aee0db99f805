/*
 * The monitor's verbs: reads a request, has it checked (priv_proto.c,
 * priv_check.c), acts (priv_net.c, priv_tap.c, priv_bridge.c, priv_nat.c, files.c), answers, and
 * remembers what must be undone. Called by the monitor's loop in src/main. Never
 * waits for the engine.
 */
#include "os/priv_server.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/log.h"
#include "notes.h"
#include "priv_act.h"
#include "priv_frame.h"
#include "priv_proto.h"

#define TAPS_MAX 64

struct tap {
	char name[PRIV_TAP_NAME]; /* empty: the place is free */
	uint32_t host_ip;         /* 0: a port of a Linux bridge */
	bool nat, v6;
};

struct priv_server {
	char *config_path;
	char *run_dir; /* or NULL */
	struct tap taps[TAPS_MAX];
	bool forward_was_off, forward6_was_off; /* we switched it on */
	struct log_limit refusals;
};

bool priv_error(char *error, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(error, PRIV_ERROR, fmt, ap);
	va_end(ap);
	return false;
}

void priv_close_fds(struct priv_result *out)
{
	while (out->n_fds)
		close(out->fds[--out->n_fds]);
}

/* The TAP of this name, or with "" a free place; NULL when there is none. */
static struct tap *find_tap(struct priv_server *s, const char *name)
{
	for (unsigned i = 0; i < TAPS_MAX; i++)
		if (strcmp(s->taps[i].name, name) == 0)
			return &s->taps[i];
	return NULL;
}

/* ---- forwarding and NAT ---- */

struct forwarding {
	int family;
	const char *note;
	bool *was_off;
};

static struct forwarding forwarding_of(struct priv_server *s, int family)
{
	return family == 6 ? (struct forwarding){6, NOTE_FORWARD6, &s->forward6_was_off}
			   : (struct forwarding){4, NOTE_FORWARD, &s->forward_was_off};
}

static bool forward_on(struct priv_server *s, int family, char *error)
{
	struct forwarding f = forwarding_of(s, family);
	int was;

	if (*f.was_off)
		return true;
	if (!note_make(s->run_dir, f.note, "", error))
		return false;
	was = priv_forward_set(family, 1, error);
	*f.was_off = was == 0;
	if (was != 0)
		note_remove(s->run_dir, f.note, "");
	return was >= 0;
}

/* When the last NAT, or the last TAP with IPv6, is gone, forwarding is as we found it. */
static bool forward_restore(struct priv_server *s, int family, char *error)
{
	struct forwarding f = forwarding_of(s, family);

	for (unsigned i = 0; i < TAPS_MAX; i++)
		if (family == 6 ? s->taps[i].v6 : s->taps[i].nat)
			return true;
	if (!*f.was_off)
		return true;
	if (priv_forward_set(family, 0, error) < 0)
		return false;
	*f.was_off = false;
	note_remove(s->run_dir, f.note, "");
	return true;
}

static bool nat_off(struct priv_server *s, struct tap *tap, char *error)
{
	if (!priv_nat_off(tap->name, error))
		return false;
	tap->nat = false;
	note_remove(s->run_dir, NOTE_NAT, tap->name);
	return forward_restore(s, 4, error);
}

static bool nat_on(struct priv_server *s, const struct priv_nat *req, char *error)
{
	struct tap *tap = find_tap(s, req->tap);
	char ignored[PRIV_ERROR];

	if (!tap)
		return priv_error(error, "NAT for %s, which is not an open TAP", req->tap);
	if ((tap->host_ip ^ req->net) & ~(UINT32_MAX >> req->prefix))
		return priv_error(error, "NAT for a net that %s has no address in", req->tap);
	if (!note_make(s->run_dir, NOTE_NAT, req->tap, error))
		return false;
	tap->nat = true;
	if (priv_nat_on(req, tap->v6, error) && forward_on(s, 4, error))
		return true;
	nat_off(s, tap, ignored);
	return false;
}

/* ---- TAPs ---- */

static bool tap_gone(struct priv_server *s, struct tap *tap, char *error)
{
	if (tap->nat && !nat_off(s, tap, error))
		return false;
	if (!priv_tap_delete(tap->name, error))
		return false;
	memset(tap, 0, sizeof(*tap));
	return forward_restore(s, 6, error);
}

/* A place for the TAP of this name, whose former holder is gone; NULL with a sentence. */
static struct tap *tap_place(struct priv_server *s, const char *name, char *error)
{
	struct tap *tap = find_tap(s, name);

	if (!tap)
		tap = find_tap(s, "");
	if (!tap) {
		priv_error(error, "there are %d TAPs already", TAPS_MAX);
		return NULL;
	}
	return *tap->name && !tap_gone(s, tap, error) ? NULL : tap;
}

static bool open_tap(struct priv_server *s, const struct priv_tap *req, struct priv_result *out)
{
	struct tap *tap = tap_place(s, req->name, out->error);
	char ignored[PRIV_ERROR];

	if (!tap || !priv_tap_open(req, out))
		return false;
	memcpy(tap->name, req->name, sizeof(tap->name));
	tap->host_ip = req->host_ip;
	tap->v6 = req->prefix6 != 0;
	if (!tap->v6 || forward_on(s, 6, out->error))
		return true;
	priv_close_fds(out);
	tap_gone(s, tap, ignored);
	return false;
}

/* Packet sockets need no place: nothing of them is left when they are closed. */
static bool open_bridge(struct priv_server *s, const struct priv_bridge *req,
			struct priv_result *out)
{
	struct tap *tap = tap_place(s, req->tap, out->error);
	bool port;

	if (!tap || !priv_bridge_open(req, &port, out))
		return false;
	if (port)
		memcpy(tap->name, req->tap, sizeof(tap->name));
	return true;
}

static bool close_tap(struct priv_server *s, const char *name, char *error)
{
	struct tap *tap = find_tap(s, name);

	return !tap || tap_gone(s, tap, error);
}

static bool close_nat(struct priv_server *s, const char *name, char *error)
{
	struct tap *tap = find_tap(s, name);

	if (!tap || !tap->nat)
		return priv_error(error, "there is no NAT for %s", name);
	return nat_off(s, tap, error);
}

/* ---- requests ---- */

static bool read_config(struct priv_server *s, struct priv_result *out)
{
	int fd = priv_config_open(s->config_path, out->error);

	if (fd < 0)
		return false;
	out->fds[out->n_fds++] = fd;
	return true;
}

/* memfd: the descriptor that came with SAVE_CONFIG. */
static bool act_on(struct priv_server *s, const struct priv_act *act, int memfd,
		   struct priv_result *out)
{
	switch (act->verb) {
	case PRIV_OPEN_UDP:
		return priv_net_open_udp(&act->u.udp, out);
	case PRIV_OPEN_ESP:
		return priv_net_open_esp(&act->u.esp.addr, act->u.esp.n, out);
	case PRIV_OPEN_TAP:
		return open_tap(s, &act->u.tap, out);
	case PRIV_OPEN_BRIDGE:
		return open_bridge(s, &act->u.bridge, out);
	case PRIV_LOOK_BRIDGE:
		return priv_bridge_look(act->u.bridge.interface, out);
	case PRIV_LIST_BRIDGES:
		return priv_bridge_list(out);
	case PRIV_CLOSE_TAP:
		return close_tap(s, act->u.name, out->error);
	case PRIV_NAT_ON:
		return nat_on(s, &act->u.nat, out->error);
	case PRIV_NAT_OFF:
		return close_nat(s, act->u.name, out->error);
	case PRIV_READ_CONFIG:
		return read_config(s, out);
	case PRIV_SAVE_CONFIG:
		return config_save(s->config_path, memfd, act->u.save_len, out->error);
	}
	return false;
}

/* An engine that asks for what is not on the list is broken or taken over. */
static void log_refusal(struct priv_server *s, const char *error)
{
	struct timespec t;
	uint64_t held;

	clock_gettime(CLOCK_MONOTONIC, &t);
	if (log_allow(&s->refusals, (uint64_t)t.tv_sec * 1000, &held))
		log_line(LOG_LEVEL_WARNING, "monitor", "refused=\"%s\" held_back=%llu", error,
			 (unsigned long long)held);
}

static bool answer(int fd, uint32_t verb, const struct priv_result *out)
{
	struct priv_answer a = {
		.version = PRIV_VERSION,
		.verb = verb,
		.ok = out->ok,
		.n_fds = out->n_fds,
		.index = out->index,
	};

	memcpy(a.error, out->error, sizeof(a.error));
	return priv_frame_send(fd, &a, sizeof(a), out->fds, out->n_fds, MSG_DONTWAIT);
}

bool priv_server_serve(struct priv_server *s, int fd)
{
	struct priv_request req = {0};
	struct priv_result out = {0};
	struct priv_act act;
	int came[PRIV_FDS_MAX];
	unsigned n_came;
	ssize_t len = priv_frame_recv(fd, &req, sizeof(req), came, &n_came, MSG_DONTWAIT);
	bool ok;

	if (len < 0)
		return errno == EAGAIN;
	if (len == 0 && n_came == 0)
		return false;
	if (priv_decode(&req, (size_t)len, n_came, &act, out.error)) {
		out.ok = act_on(s, &act, n_came ? came[0] : -1, &out);
		if (out.ok)
			memset(out.error, 0, sizeof(out.error));
	} else {
		log_refusal(s, out.error);
	}
	while (n_came)
		close(came[--n_came]);
	ok = answer(fd, req.verb, &out);
	priv_close_fds(&out);
	return ok;
}

/* ---- beginning and end ---- */

/* A NAT that an earlier run noted and did not undo. */
static void undo_nat(void *ctx, const char *name)
{
	struct priv_server *s = ctx;
	struct priv_act act = {.verb = PRIV_NAT_OFF};
	char error[PRIV_ERROR];

	memcpy(act.u.name, name, strnlen(name, sizeof(act.u.name)));
	if (!priv_check(&act, error))
		return;
	if (priv_nat_off(act.u.name, error))
		note_remove(s->run_dir, NOTE_NAT, act.u.name);
	else
		log_line(LOG_LEVEL_WARNING, "monitor", "tap=%s error=\"%s\"", act.u.name, error);
}

/* What an earlier run switched on and did not switch off. */
static void restore_both(struct priv_server *s)
{
	char error[PRIV_ERROR];

	s->forward_was_off = note_there(s->run_dir, NOTE_FORWARD, "");
	s->forward6_was_off = note_there(s->run_dir, NOTE_FORWARD6, "");
	if (!forward_restore(s, 4, error) || !forward_restore(s, 6, error))
		log_line(LOG_LEVEL_WARNING, "monitor", "error=\"%s\"", error);
}

struct priv_server *priv_server_init(const struct monitor_config *cfg)
{
	struct priv_server *s = calloc(1, sizeof(*s));

	if (!s)
		return NULL;
	s->refusals.per_second = 10;
	s->config_path = strdup(cfg->config_path);
	s->run_dir = cfg->run_dir ? strdup(cfg->run_dir) : NULL;
	if (!s->config_path || (cfg->run_dir && !s->run_dir)) {
		free(s->config_path);
		free(s->run_dir);
		free(s);
		return NULL;
	}
	note_each(s->run_dir, NOTE_NAT, undo_nat, s);
	restore_both(s);
	return s;
}

void priv_server_cleanup(struct priv_server *s)
{
	char error[PRIV_ERROR];

	if (!s)
		return;
	for (unsigned i = 0; i < TAPS_MAX; i++)
		if (*s->taps[i].name && !tap_gone(s, &s->taps[i], error))
			log_line(LOG_LEVEL_WARNING, "monitor", "tap=%s error=\"%s\"",
				 s->taps[i].name, error);
	if (!forward_restore(s, 4, error) || !forward_restore(s, 6, error))
		log_line(LOG_LEVEL_WARNING, "monitor", "error=\"%s\"", error);
	free(s->config_path);
	free(s->run_dir);
	free(s);
}
