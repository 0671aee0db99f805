/*
 * probe_call: one whole connection as far as the caller wants it, with the time of each
 * step; it is hung up in order. Called by the steps of the command probe. A refusal ends
 * the waiting soon: the layers would go on trying for a minute, and the server has spoken.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lac/echo.h"
#include "probe.h"

#define PING_WAIT_MS    2000
#define PING_DATA       56
#define HANG_UP_MS      17000 /* the layers' own limits, one after the other */
#define AFTER_REFUSE_MS 1500  /* an unprotected notify may be forged: a right answer gets this */

struct talk {
	const struct probe_call *how;
	struct probe_result *out;
	struct call *call;
	uint64_t begin_us, end_ms;
	bool down, reached, answered;
};

static uint32_t since(const struct talk *t, uint64_t at_us)
{
	uint64_t us = at_us - t->begin_us;

	return us == 0 ? 1 : us > UINT32_MAX ? UINT32_MAX : (uint32_t)us;
}

/* ---- what happens ---- */

static void on_step(void *ctx, enum lac_state reached, uint64_t at_us)
{
	struct talk *t = ctx;

	t->out->reached = reached;
	t->out->at_us[reached] = since(t, at_us);
	if (t->how->stop == STOP_ESP && reached == LAC_TUNNEL)
		t->reached = true;
}

static unsigned auth_bit(const char *name)
{
	for (unsigned bit = 1; name && bit <= PPP_AUTH_MSCHAP2; bit <<= 1)
		if (strcmp(name, ppp_auth_name((enum ppp_auth)bit)) == 0)
			return bit;
	return 0;
}

static void on_lcp_open(struct talk *t)
{
	t->out->lcp_open = true;
	lac_get_info(call_lac(t->call), &t->out->info);
	t->out->auth = auth_bit(t->out->info.ppp_auth);
	if (t->how->stop == STOP_AUTH)
		t->reached = true;
}

static void on_refusal(struct talk *t, const struct note *n)
{
	uint64_t soon = call_now_ms() + AFTER_REFUSE_MS;

	t->out->refusal = *n;
	if (soon < t->end_ms)
		t->end_ms = soon;
}

static void on_note(void *ctx, const struct note *n, uint64_t at_us)
{
	struct talk *t = ctx;

	(void)at_us;
	if (getenv("PROBE_DEBUG"))
		fprintf(stderr, "%8.1f %s: %s\n", since(t, at_us) / 1000.0, n->reason, n->text);
	if (strcmp(n->reason, "nat-detection") == 0) {
		lac_get_info(call_lac(t->call), &t->out->info);
		t->out->nat_known = true;
	} else if (strcmp(n->reason, "lcp-open") == 0) {
		on_lcp_open(t);
	} else if (strcmp(n->reason, "ppp-offer") == 0 && !t->out->lcp_offer[0] &&
		   strncmp(n->text, "LCP", 3) == 0) {
		snprintf(t->out->lcp_offer, sizeof(t->out->lcp_offer), "%s", n->text);
	} else if (n->kind == NOTE_REFUSED) {
		on_refusal(t, n);
	}
}

static void on_up(void *ctx, const struct ppp_up *up)
{
	struct talk *t = ctx;

	t->out->up = *up;
	if (t->how->stop == STOP_UP)
		t->reached = true;
}

static void on_packet(void *ctx, struct bytes packet)
{
	struct talk *t = ctx;
	struct echo e;

	t->answered |= echo_parse(packet, &e) && e.type == ECHO_REPLY && e.intact && e.seq == 1 &&
		       e.dst == t->out->up.local_ip;
}

static void on_down(void *ctx, const char *reason)
{
	struct talk *t = ctx;

	t->down = true;
	if (!t->reached && !t->out->reason[0])
		snprintf(t->out->reason, sizeof(t->out->reason), "%s", reason);
}

/* ---- the talk ---- */

static void turn(struct talk *t)
{
	uint64_t now = call_now_ms();

	call_turn(t->call, t->end_ms > now ? (int)(t->end_ms - now) : 0, NULL, 0);
}

static void ping(struct talk *t)
{
	struct echo e = {.type = ECHO_REQUEST,
			 .seq = 1,
			 .src = t->out->up.local_ip,
			 .dst = t->out->up.peer_ip,
			 .size = PING_DATA};
	uint8_t p[ECHO_HEADERS + PING_DATA];
	uint64_t begin = call_now_us();
	size_t len = echo_build(p, &e);

	t->end_ms = begin / 1000 + PING_WAIT_MS;
	lac_send(call_lac(t->call), call_now_ms(), (struct bytes){p, len});
	while (!t->answered && !t->down && call_now_ms() < t->end_ms)
		turn(t);
	t->out->pinged = t->answered;
	t->out->ping_us = t->answered ? (uint32_t)(call_now_us() - begin) : 0;
}

static bool is_over(const struct talk *t)
{
	enum lac_state now = lac_get_state(call_lac(t->call));

	return now == LAC_DOWN || now == LAC_IDLE;
}

static void hang_up(struct talk *t)
{
	uint64_t begin = call_now_us();

	t->end_ms = begin / 1000 + HANG_UP_MS;
	lac_hang_up(call_lac(t->call), call_now_ms());
	while (!is_over(t) && call_now_ms() < t->end_ms)
		turn(t);
	t->end_ms = 0;
	turn(t); /* the last datagrams leave */
	t->out->hang_up_us = (uint32_t)(call_now_us() - begin);
}

/* The waiting was ended here: behind a refusal, or because nothing came any more. */
static void name_silence(struct talk *t)
{
	const char *refused = t->out->refusal.reason;

	snprintf(t->out->reason, sizeof(t->out->reason), "%s",
		 refused               ? refused
		 : call_heard(t->call) ? "timeout"
				       : "silent");
}

static void talk(struct talk *t)
{
	struct probe_result *out = t->out;

	t->begin_us = call_now_us();
	t->end_ms = t->begin_us / 1000 + t->how->timeout_ms;
	lac_dial(call_lac(t->call), call_now_ms());
	while (!t->reached && !t->down && call_now_ms() < t->end_ms)
		turn(t);
	if (!t->down)
		lac_get_info(call_lac(t->call), &out->info);
	out->ok = t->reached && !t->down;
	if (!t->reached && !t->down)
		name_silence(t);
	if (out->ok && t->how->stop == STOP_UP)
		ping(t);
	if (!t->down)
		hang_up(t);
}

void probe_call(const struct probe_call *call, struct probe_result *out)
{
	struct talk t = {.how = call, .out = out};
	const struct call_config cfg = {.lac = call->lac,
					.port_any = call->port_any,
					.handlers = {.ctx = &t,
						     .step = on_step,
						     .note = on_note,
						     .up = on_up,
						     .packet = on_packet,
						     .down = on_down}};

	*out = (struct probe_result){0};
	t.call = call_make(&cfg, out->refusal.text, sizeof(out->refusal.text));
	if (!t.call) {
		snprintf(out->reason, sizeof(out->reason), "local");
		return;
	}
	talk(&t);
	call_free(t.call);
}
