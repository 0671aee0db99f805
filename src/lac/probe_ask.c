/*
 * probe_ask: puts single questions (ike/probe.h) to a server: UDP 500, and 4500 with the
 * non-ESP marker (RFC 3947 4); one at a time, at most 20 in a second, four after a
 * refusal. Called by the steps of the command probe through struct probe_asker.
 */
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "os/os.h"
#include "probe.h"

#define PAUSE_MS         50  /* between two questions */
#define PAUSE_REFUSED_MS 260 /* servers send few notifies to one network in a second */
#define MARKER           4   /* octets of the non-ESP marker (RFC 3948 2.2) */
#define ANSWER_MAX       4096

enum { WAY_500, WAY_4500, WAYS };

struct probe_line {
	int fd[WAYS]; /* connected: ICMP errors come back as errors */
	uint64_t not_before_ms;
};

static bool open_way(struct probe_line *l, int way, const struct probe_options *o, char *err,
		     size_t err_size)
{
	const uint16_t port = way == WAY_500 ? 500 : 4500;
	struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(port)};
	struct sockaddr_in from = {.sin_family = AF_INET,
				   .sin_port = htons(o->port_500 ? port : 0)};
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	l->fd[way] = fd;
	memcpy(&to.sin_addr, o->server.ip, 4);
	if (fd >= 0 && bind(fd, (struct sockaddr *)&from, sizeof(from)) == 0 &&
	    connect(fd, (struct sockaddr *)&to, sizeof(to)) == 0)
		return true;
	snprintf(err, err_size, "UDP port %u: %s%s", port, strerror(errno),
		 o->port_500 ? " (without --port-500 a free one is taken)" : "");
	return false;
}

static void wait_until(uint64_t ms)
{
	uint64_t now = call_now_ms();

	if (now < ms)
		(void)!poll(NULL, 0, (int)(ms - now));
}

/* True: the message is on its way; false: the way is closed (ICMP), or there is none. */
static bool put(struct probe_line *l, int way, const uint8_t *msg, size_t len)
{
	uint8_t buf[MARKER + IKE_PROBE_OCTETS] = {0};

	memcpy(buf + MARKER, msg, len);
	if (way == WAY_500)
		return send(l->fd[way], buf + MARKER, len, 0) >= 0;
	return send(l->fd[way], buf, len + MARKER, 0) >= 0;
}

static enum probe_heard judge(enum ike_probe_verdict v)
{
	static const enum probe_heard heard[] = {
		[IKE_PROBE_CHOSE] = HEARD_CHOSE,
		[IKE_PROBE_REFUSED] = HEARD_REFUSED,
		[IKE_PROBE_STRANGE] = HEARD_STRANGE,
	};

	return heard[v];
}

/* One datagram, if one waits: what it says to the question. */
static enum probe_heard take(struct probe_line *l, int way, const struct ike_probe *q,
			     struct ike_probe_answer *out)
{
	const size_t skip = way == WAY_500 ? 0 : MARKER;
	uint8_t buf[ANSWER_MAX];
	ssize_t got = recv(l->fd[way], buf, sizeof(buf), 0);
	enum ike_probe_verdict v;

	if (got < 0)
		return errno == ECONNREFUSED ? HEARD_CLOSED : HEARD_NOTHING;
	if ((size_t)got < skip)
		return HEARD_NOTHING;
	v = ike_probe_read(q, (struct bytes){buf + skip, (size_t)got - skip}, out);
	return v == IKE_PROBE_OTHER ? HEARD_NOTHING : judge(v);
}

static enum probe_heard listen_for(struct probe_line *l, int way, const struct ike_probe *q,
				   uint32_t wait_ms, struct ike_probe_answer *out)
{
	uint64_t end = call_now_ms() + wait_ms, now;
	struct pollfd p = {.fd = l->fd[way], .events = POLLIN};
	enum probe_heard heard = HEARD_NOTHING;

	while (heard == HEARD_NOTHING && (now = call_now_ms()) < end) {
		if (poll(&p, 1, (int)(end - now)) > 0)
			heard = take(l, way, q, out);
	}
	return heard;
}

static enum probe_heard ask(void *ctx, uint16_t port, struct ike_probe *q, unsigned tries,
			    uint32_t wait_ms, struct ike_probe_answer *out, uint32_t *us)
{
	const int way = port == 500 ? WAY_500 : WAY_4500;
	const struct os *os = os_linux();
	enum probe_heard heard = HEARD_NOTHING;
	struct probe_line *l = ctx;
	uint8_t msg[IKE_PROBE_OCTETS];
	uint64_t begin;
	size_t len;

	os->random(os->ctx, q->cky_i, sizeof(q->cky_i));
	len = ike_probe_write(q, os->random, os->ctx, msg, sizeof(msg));
	wait_until(l->not_before_ms);
	begin = call_now_us();
	for (unsigned i = 0; len && heard == HEARD_NOTHING && i < tries; i++) {
		if (put(l, way, msg, len))
			heard = listen_for(l, way, q, wait_ms, out);
		else
			heard = errno == ECONNREFUSED ? HEARD_CLOSED : HEARD_NOTHING;
	}
	*us = (uint32_t)(call_now_us() - begin);
	if (heard == HEARD_CHOSE || heard == HEARD_STRANGE) {
		len = ike_probe_abandon(q, out, os->random, os->ctx, msg, sizeof(msg));
		(void)put(l, way, msg, len);
	}
	l->not_before_ms = call_now_ms() + (heard == HEARD_REFUSED ? PAUSE_REFUSED_MS : PAUSE_MS);
	return heard;
}

struct probe_line *probe_line_new(const struct probe_options *o, struct probe_asker *asker,
				  char *err, size_t err_size)
{
	struct probe_line *l = calloc(1, sizeof(*l));

	if (!l) {
		snprintf(err, err_size, "no memory");
		return NULL;
	}
	l->fd[WAY_500] = l->fd[WAY_4500] = -1;
	*asker = (struct probe_asker){l, ask};
	if (open_way(l, WAY_500, o, err, err_size) && open_way(l, WAY_4500, o, err, err_size))
		return l;
	probe_line_free(l);
	return NULL;
}

void probe_line_free(struct probe_line *l)
{
	if (!l)
		return;
	for (int i = 0; i < WAYS; i++) {
		if (l->fd[i] >= 0)
			close(l->fd[i]);
	}
	free(l);
}
