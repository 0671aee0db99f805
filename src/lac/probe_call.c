/*
 * probe_call: one whole connection as far as the caller wants it, with the time of each
 * step; it is hung up in order. Called by the steps of the command probe. A refusal ends
 * the waiting soon: the layers would go on trying for a minute, and the server has spoken.
 */
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lac/echo.h"
#include "probe.h"

#define PING_WAIT_MS    500
#define PINGS           4
#define PING_DATA       56
#define LEAVING_MS      50    /* between two turns of those that hang up */
#define HANG_UP_MS      17000 /* the layers' own limits, one after the other */
#define AFTER_REFUSE_MS 1500  /* an unprotected notify may be forged: a right answer gets this */

struct talk {
	struct list link; /* among those that are leaving */
	struct list *leaving;
	struct probe_call how; /* its pointers are not looked at again */
	struct probe_result result;
	struct call *call;
	uint64_t begin_us, end_ms;
	bool down, reached, answered;
	uint16_t seq;        /* of the last ping */
	const char *refused; /* why the waiting is cut short; NULL: it is not */
};

static uint32_t since(const struct talk *t, uint64_t at_us)
{
	uint64_t us = at_us - t->begin_us;

	return us == 0 ? 1 : us > UINT32_MAX ? UINT32_MAX : (uint32_t)us;
}

/* How long to wait for the next step. */
static void be_patient(struct talk *t, enum lac_state reached)
{
	uint64_t now = call_now_ms(), last = t->begin_us / 1000 + t->how.timeout_ms;

	t->end_ms = reached >= LAC_PPP ? last : now + t->how.patience_ms;
	if (t->end_ms > last)
		t->end_ms = last;
}

/* ---- what happens ---- */

static void on_step(void *ctx, enum lac_state reached, uint64_t at_us)
{
	struct talk *t = ctx;

	t->result.reached = reached;
	be_patient(t, reached);
	lac_get_info(call_lac(t->call), &t->result.info);
	t->result.at_us[reached] = since(t, at_us);
	if (t->how.stop == STOP_ESP && reached == LAC_TUNNEL)
		t->reached = true;
}

static unsigned auth_bit(const char *name)
{
	for (unsigned bit = 1; name && bit <= PPP_AUTH_MSCHAP2; bit <<= 1)
		if (strcmp(name, ppp_auth_name((enum ppp_auth)bit)) == 0)
			return bit;
	return 0;
}

/* LCP without authentication is the last word only where the server goes on with it: pppd lets
 * it open so that it can refuse. */
static void on_lcp_open(struct talk *t)
{
	t->result.lcp_open = true;
	lac_get_info(call_lac(t->call), &t->result.info);
	t->result.auth = auth_bit(t->result.info.ppp_auth);
	if (t->how.stop == STOP_AUTH && t->result.auth)
		t->reached = true;
}

/* Refusals behind which the layers go on trying, for they may be forged or pass. Others end the
 * connection by themselves, or are about something that the server began. */
static bool is_final(const char *reason)
{
	static const char *const final[] = {"peer-auth-failed", "psk-mismatch", "peer-no-proposal",
					    "esp-install-failed", "no-psk"};

	for (size_t i = 0; i < sizeof(final) / sizeof(final[0]); i++)
		if (strcmp(reason, final[i]) == 0)
			return true;
	return false;
}

static void on_refusal(struct talk *t, const struct note *n)
{
	uint64_t soon = call_now_ms() + AFTER_REFUSE_MS;

	if (t->reached)
		return;
	t->result.refusal = *n;
	if (!is_final(n->reason))
		return;
	t->refused = n->reason;
	if (soon < t->end_ms)
		t->end_ms = soon;
}

static void on_note(void *ctx, const struct note *n, uint64_t at_us)
{
	struct talk *t = ctx;

	(void)at_us;
	if (strcmp(n->reason, "nat-detection") == 0) {
		lac_get_info(call_lac(t->call), &t->result.info);
		t->result.nat_known = true;
	} else if (strcmp(n->reason, "lcp-open") == 0) {
		on_lcp_open(t);
	} else if (strcmp(n->reason, "ppp-offer") == 0 && !t->result.lcp_offer[0] &&
		   strncmp(n->text, "LCP", 3) == 0) {
		snprintf(t->result.lcp_offer, sizeof(t->result.lcp_offer), "%s", n->text);
	} else if (n->kind == NOTE_REFUSED) {
		on_refusal(t, n);
	}
}

static void on_up(void *ctx, const struct ppp_up *up)
{
	struct talk *t = ctx;

	t->result.up = *up;
	if (t->how.stop != STOP_ESP)
		t->reached = true;
}

static void on_packet(void *ctx, struct bytes packet)
{
	struct talk *t = ctx;
	struct echo e;

	t->answered |= echo_parse(packet, &e) && e.type == ECHO_REPLY && e.intact &&
		       e.seq == t->seq && e.dst == t->result.up.local_ip;
}

static void on_down(void *ctx, const char *reason)
{
	struct talk *t = ctx;

	t->down = true;
	if (!t->reached && !t->result.reason[0])
		snprintf(t->result.reason, sizeof(t->result.reason), "%s", reason);
}

/* ---- the talk ---- */

static bool is_over(const struct talk *t)
{
	enum lac_state now = lac_get_state(call_lac(t->call));

	return now == LAC_DOWN || now == LAC_IDLE;
}

static void free_talk(struct talk *t)
{
	list_del(&t->link);
	call_free(t->call);
	free(t);
}

/* Those that hang up get their turns beside the one that is looked at. */
static void turn_leaving(struct list *leaving)
{
	list_each (leaving, it) {
		struct talk *t = list_entry(it, struct talk, link);

		call_turn(t->call, 0, NULL, 0);
		if (is_over(t) || call_now_ms() >= t->end_ms) {
			call_turn(t->call, 0, NULL, 0); /* the last datagrams leave */
			free_talk(t);
		}
	}
}

void probe_leave(struct list *leaving)
{
	while (!list_empty(leaving)) {
		(void)!poll(NULL, 0, LEAVING_MS);
		turn_leaving(leaving);
	}
}

static void turn(struct talk *t)
{
	uint64_t now = call_now_ms();
	int wait = t->end_ms > now ? (int)(t->end_ms - now) : 0;

	if (!list_empty(t->leaving) && wait > LEAVING_MS)
		wait = LEAVING_MS;
	call_turn(t->call, wait, NULL, 0);
	turn_leaving(t->leaving);
}

static void ping_once(struct talk *t)
{
	struct echo e = {.type = ECHO_REQUEST,
			 .seq = ++t->seq,
			 .src = t->result.up.local_ip,
			 .dst = t->result.up.peer_ip,
			 .size = PING_DATA};
	uint8_t p[ECHO_HEADERS + PING_DATA];
	uint64_t begin = call_now_us();
	size_t len = echo_build(p, &e);

	t->end_ms = begin / 1000 + PING_WAIT_MS;
	lac_send(call_lac(t->call), call_now_ms(), (struct bytes){p, len});
	while (!t->answered && !t->down && call_now_ms() < t->end_ms)
		turn(t);
	t->result.ping_us = t->answered ? (uint32_t)(call_now_us() - begin) : 0;
}

/* Some servers set up the user's interface only after IPCP: the first one may be lost. */
static void ping(struct talk *t)
{
	while (!t->answered && !t->down && t->seq < PINGS)
		ping_once(t);
	t->result.pinged = t->answered;
}

/* A user's session is waited for; others would only hold up the next connection, which, from
 * a port of its own, has nothing to do with them. */
static void hang_up(struct talk *t)
{
	uint64_t begin = call_now_us();
	bool wait = t->how.stop == STOP_UP || !t->how.port_any;

	t->end_ms = begin / 1000 + HANG_UP_MS;
	lac_hang_up(call_lac(t->call), call_now_ms());
	while (wait && !is_over(t) && call_now_ms() < t->end_ms)
		turn(t);
	t->result.hang_up_us = wait ? (uint32_t)(call_now_us() - begin) : 0;
}

/* The waiting was ended here: behind a refusal, or because nothing came any more. */
static void name_silence(struct talk *t)
{
	snprintf(t->result.reason, sizeof(t->result.reason), "%s",
		 t->refused                ? t->refused
		 : call_lacks_esp(t->call) ? "esp-not-permitted"
		 : call_heard(t->call)     ? "timeout"
					   : "silent");
}

static void talk(struct talk *t)
{
	struct probe_result *out = &t->result;

	t->begin_us = call_now_us();
	be_patient(t, LAC_PHASE1);
	lac_dial(call_lac(t->call), call_now_ms());
	while (!t->reached && !t->down && call_now_ms() < t->end_ms)
		turn(t);
	if (!t->down)
		lac_get_info(call_lac(t->call), &out->info);
	out->ok = t->reached && !t->down;
	if (t->down && call_lacks_esp(t->call))
		snprintf(out->reason, sizeof(out->reason), "esp-not-permitted");
	if (!t->reached && !t->down)
		name_silence(t);
	if (out->ok && t->how.stop == STOP_UP)
		ping(t);
	if (!t->down)
		hang_up(t);
}

void probe_call(const struct probe_call *call, struct probe_result *out)
{
	struct talk *t = calloc(1, sizeof(*t));
	const struct call_config cfg = {.lac = call->lac,
					.port_any = call->port_any,
					.handlers = {.ctx = t,
						     .step = on_step,
						     .note = on_note,
						     .up = on_up,
						     .packet = on_packet,
						     .down = on_down}};

	*out = (struct probe_result){0};
	if (t)
		t->call = call_make(&cfg, out->refusal.text, sizeof(out->refusal.text));
	if (!t || !t->call) {
		snprintf(out->reason, sizeof(out->reason), "local");
		free(t);
		return;
	}
	list_init(&t->link);
	t->leaving = call->leaving;
	t->how = *call;
	talk(t);
	*out = t->result;
	list_push(t->leaving, &t->link);
	turn_leaving(t->leaving);
}
