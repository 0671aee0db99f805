/*
 * call: runs one client (lac.h) over real sockets (net.c), the monotonic clock and the
 * kernel's random octets, and tells its caller what happens. Called by the commands dial
 * and probe. It decides nothing about the connection; Diffie-Hellman is computed in the
 * caller's thread, which holds nobody up but this one client.
 */
#include "call.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/timerq.h"
#include "call_data.h"
#include "net.h"
#include "os/os.h"

struct call {
	struct call_handlers tell;
	struct net net;
	struct lac *lac;
	bool raw, heard;
	bool news;           /* something was told in this turn: the caller wants to look at once */
	enum lac_state told; /* the last step that was told */
	struct lac_shared *shared;
	struct call_data data;
};

uint64_t call_now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000 + (uint64_t)t.tv_nsec / 1000;
}

uint64_t call_now_ms(void)
{
	return call_now_us() / 1000;
}

/* ---- making ---- */

static void forget_steps(struct call *c)
{
	c->told = c->raw ? LAC_PHASE2 : LAC_IDLE;
}

struct call *call_make(const struct call_config *cfg, char *err, size_t err_size)
{
	const struct net_config net = {.server = cfg->lac.server,
				       .local = cfg->local,
				       .natt = cfg->lac.natt,
				       .raw = cfg->lac.raw,
				       .port_any = cfg->port_any};
	struct lac_config lac = cfg->lac;
	struct call *c = calloc(1, sizeof(*c));

	if (!c || !net_open(&c->net, &net, err, err_size)) {
		if (!c)
			snprintf(err, err_size, "no memory");
		free(c);
		return NULL;
	}
	c->tell = cfg->handlers;
	c->raw = lac.raw;
	forget_steps(c);
	lac.local = c->net.local;
	lac.random = os_linux()->random;
	lac.shared = c->shared = lac_shared_new();
	c->lac = c->shared ? lac_new(&lac) : NULL;
	if (c->lac && call_data_init(&c->data, c->lac, c->shared, &c->net))
		return c;
	snprintf(err, err_size, "the client could not be made: a name or key is too long");
	call_free(c);
	return NULL;
}

void call_free(struct call *c)
{
	if (!c)
		return;
	lac_free(c->lac);
	lac_shared_free(c->shared);
	call_data_free(&c->data);
	net_close(&c->net);
	free(c);
}

struct lac *call_lac(struct call *c)
{
	return c->lac;
}

bool call_heard(const struct call *c)
{
	return c->heard;
}

bool call_lacks_esp(const struct call *c)
{
	return c->net.lacks_esp;
}

/* ---- what happened ---- */

static void tell_steps(struct call *c)
{
	enum lac_state now = lac_get_state(c->lac);

	if (now > LAC_UP)
		return;
	while (c->told < now) {
		c->told = (enum lac_state)(c->told + 1);
		if (c->tell.step)
			c->tell.step(c->tell.ctx, c->told, call_now_us());
	}
}

static void tell_packet(void *ctx, struct bytes packet)
{
	struct call *c = ctx;

	if (c->tell.packet)
		c->tell.packet(c->tell.ctx, packet);
}

static void tell_flush(struct call *c)
{
	if (c->tell.flush)
		c->tell.flush(c->tell.ctx);
}

static void take_act(struct call *c, const struct lac_act *a)
{
	c->news |= a->kind != LAC_ACT_DATAGRAM && a->kind != LAC_ACT_DH;
	switch (a->kind) {
	case LAC_ACT_DATAGRAM:
		net_send(&c->net, &a->flow, a->raw_esp, a->bytes, 0);
		break;
	case LAC_ACT_PACKET:
		tell_packet(c, a->bytes);
		tell_flush(c);
		break;
	case LAC_ACT_DH:
		ike_dh_run(a->job);
		lac_dh_done(c->lac, call_now_ms(), a->job);
		break;
	case LAC_ACT_NOTE:
		if (c->tell.note)
			c->tell.note(c->tell.ctx, &a->note, call_now_us());
		break;
	case LAC_ACT_UP:
		tell_steps(c);
		if (c->tell.up)
			c->tell.up(c->tell.ctx, &a->up);
		break;
	case LAC_ACT_DOWN:
		forget_steps(c);
		if (c->tell.down)
			c->tell.down(c->tell.ctx, a->reason);
		break;
	}
}

static void take_acts(struct call *c)
{
	const struct lac_act *a;

	while ((a = lac_next(c->lac)))
		take_act(c, a);
	tell_steps(c);
}

/* ---- user packets ---- */

uint8_t *call_packet(struct call *c)
{
	if (call_data_full(&c->data))
		call_flush(c);
	return call_data_slot(&c->data);
}

void call_packet_done(struct call *c, size_t len)
{
	call_data_filled(&c->data, len);
}

void call_flush(struct call *c)
{
	call_data_send(&c->data, call_now_ms());
	take_acts(c);
}

/* ---- a turn ---- */

/* The packets of what was gathered. */
static void open_batch(void *ctx)
{
	struct call *c = ctx;

	call_data_open(&c->data, call_now_ms(), tell_packet, c);
	take_acts(c);
}

static void end_batch(void *ctx)
{
	open_batch(ctx);
	tell_flush(ctx);
}

static void take_datagram(void *ctx, const struct flow *flow, bool raw_esp, uint8_t *datagram,
			  size_t len)
{
	struct call *c = ctx;
	enum call_data_take taken = call_data_take(&c->data, flow, raw_esp, datagram, len);

	c->heard = true;
	if (taken == CALL_DATA_FULL) {
		open_batch(c);
		taken = call_data_take(&c->data, flow, raw_esp, datagram, len);
	}
	if (taken == CALL_DATA_KEPT)
		return;
	open_batch(c);
	lac_input(c->lac, call_now_ms(), flow, raw_esp, (struct bytes){datagram, len});
	take_acts(c);
}

/* How long to wait: the caller's limit or the next timer, whichever is sooner. */
static int wait_ms(const struct call *c, int timeout_ms)
{
	uint64_t next = lac_next_ms(c->lac), now = call_now_ms(), left;

	if (next == TIMER_NEVER)
		return timeout_ms;
	left = next > now ? next - now : 0;
	if (timeout_ms >= 0 && left > (uint64_t)timeout_ms)
		return timeout_ms;
	return left > 3600000 ? 3600000 : (int)left;
}

void call_turn(struct call *c, int timeout_ms, struct pollfd *more, unsigned n)
{
	struct pollfd p[NET_WAYS + CALL_MORE_MAX];
	unsigned ways = net_pollfds(&c->net, p);

	c->news = false;
	call_flush(c);
	if (n > CALL_MORE_MAX)
		n = CALL_MORE_MAX;
	for (unsigned i = 0; i < n; i++) {
		p[ways + i] = more[i];
		more[i].revents = 0;
	}
	if (poll(p, ways + n, c->news ? 0 : wait_ms(c, timeout_ms)) > 0) {
		for (unsigned i = 0; i < n; i++)
			more[i].revents = p[ways + i].revents;
		net_receive(&c->net, p, take_datagram, end_batch, c);
	}
	lac_run(c->lac, call_now_ms());
	take_acts(c);
}
