/*
 * The engine's side: each verb is one frame to the monitor and one back. Called
 * by core on the control thread. Knows nothing of how the monitor acts.
 */
#include "os/priv_client.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "linux.h"
#include "priv_frame.h"
#include "priv_proto.h"

static void gone(struct priv_result *out)
{
	out->ok = false;
	snprintf(out->error, sizeof(out->error), "the monitor process is gone");
}

/* Takes the answer apart; closes what it should not have brought. */
static void read_answer(const struct priv_answer *a, ssize_t len, const struct priv_act *act,
			struct priv_result *out)
{
	if (len != (ssize_t)sizeof(*a) || a->version != PRIV_VERSION || a->verb != act->verb ||
	    a->n_fds != out->n_fds || a->ok > 1) {
		while (out->n_fds)
			close(out->fds[--out->n_fds]);
		gone(out);
		return;
	}
	out->ok = a->ok == 1;
	out->index = a->index;
	for (unsigned i = 0; i < out->n_fds; i++)
		linux_tap_forget(out->fds[i]);
	memcpy(out->error, a->error, sizeof(out->error));
	out->error[sizeof(out->error) - 1] = '\0';
}

static void call(void *ctx, const struct priv_act *act, int send_fd, struct priv_result *out)
{
	int fd = (int)(intptr_t)ctx;
	struct priv_request req;
	struct priv_answer answer;
	ssize_t len;

	memset(out, 0, sizeof(*out));
	if (!priv_check(act, out->error))
		return;
	priv_encode(act, &req);
	if (!priv_frame_send(fd, &req, sizeof(req), &send_fd, send_fd >= 0 ? 1 : 0, 0)) {
		gone(out);
		return;
	}
	len = priv_frame_recv(fd, &answer, sizeof(answer), out->fds, &out->n_fds, 0);
	read_answer(&answer, len, act, out);
}

static void open_udp(void *ctx, const struct priv_udp *req, struct priv_result *out)
{
	call(ctx, &(struct priv_act){.verb = PRIV_OPEN_UDP, .u.udp = *req}, -1, out);
}

static void open_esp(void *ctx, const struct ip_addr *addr, uint16_t n, struct priv_result *out)
{
	call(ctx, &(struct priv_act){.verb = PRIV_OPEN_ESP, .u.esp = {*addr, n}}, -1, out);
}

static void open_tap(void *ctx, const struct priv_tap *req, struct priv_result *out)
{
	call(ctx, &(struct priv_act){.verb = PRIV_OPEN_TAP, .u.tap = *req}, -1, out);
}

static void open_bridge(void *ctx, const struct priv_bridge *req, struct priv_result *out)
{
	call(ctx, &(struct priv_act){.verb = PRIV_OPEN_BRIDGE, .u.bridge = *req}, -1, out);
}

static void look_bridge(void *ctx, const char *interface, struct priv_result *out)
{
	struct priv_act act = {.verb = PRIV_LOOK_BRIDGE};

	memcpy(act.u.bridge.interface, interface,
	       strnlen(interface, sizeof(act.u.bridge.interface)));
	call(ctx, &act, -1, out);
}

static void list_bridges(void *ctx, struct priv_result *out)
{
	call(ctx, &(struct priv_act){.verb = PRIV_LIST_BRIDGES}, -1, out);
}

static void by_name(void *ctx, enum priv_verb verb, const char *name, struct priv_result *out)
{
	struct priv_act act = {.verb = verb};

	/* A name that is too long stays so, and is refused. */
	memcpy(act.u.name, name, strnlen(name, sizeof(act.u.name)));
	call(ctx, &act, -1, out);
}

static void close_tap(void *ctx, const char *name, struct priv_result *out)
{
	by_name(ctx, PRIV_CLOSE_TAP, name, out);
}

static void nat_on(void *ctx, const struct priv_nat *req, struct priv_result *out)
{
	call(ctx, &(struct priv_act){.verb = PRIV_NAT_ON, .u.nat = *req}, -1, out);
}

static void nat_off(void *ctx, const char *tap, struct priv_result *out)
{
	by_name(ctx, PRIV_NAT_OFF, tap, out);
}

static void read_config(void *ctx, struct priv_result *out)
{
	call(ctx, &(struct priv_act){.verb = PRIV_READ_CONFIG}, -1, out);
}

static void save_config(void *ctx, const char *text, uint32_t len, struct priv_result *out)
{
	struct priv_act act = {.verb = PRIV_SAVE_CONFIG, .u.save_len = len};
	int fd = priv_sealed_memfd(text, len);

	if (fd < 0) {
		*out = (struct priv_result){.ok = false};
		snprintf(out->error, sizeof(out->error), "no memory for the configuration: %s",
			 strerror(errno));
		return;
	}
	call(ctx, &act, fd, out);
	close(fd);
}

void priv_client_init(struct priv_ops *ops, int fd)
{
	*ops = (struct priv_ops){
		.ctx = (void *)(intptr_t)fd,
		.open_udp = open_udp,
		.open_esp = open_esp,
		.open_tap = open_tap,
		.open_bridge = open_bridge,
		.look_bridge = look_bridge,
		.list_bridges = list_bridges,
		.close_tap = close_tap,
		.nat_on = nat_on,
		.nat_off = nat_off,
		.read_config = read_config,
		.save_config = save_config,
	};
}
