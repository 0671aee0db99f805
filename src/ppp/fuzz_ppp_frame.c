/*
 * fuzz_ppp_frame: a sequence of frames and events into one link, with a fixed random
 * source and virtual time.
 *
 * Input: an octet of flags (bits 0 to 3: methods; bit 4: client; bit 5: verdicts are
 * yes; bit 6: AUTH and NETWORK are answered at once; bit 7: IPV6CP), then records: a 16-bit length
 * and a frame, or 0xff00 + n for event n. Checks what must hold whatever comes: actions are well
 * formed, UP never comes before a verdict, DOWN is the last action, what leaves is no large
 * multiple of what came in.
 */
#include <stdlib.h>
#include <string.h>

#include "base/rd.h"
#include "ppp/ppp.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { EVENT_TIME, EVENT_YES, EVENT_NO, EVENT_NETWORK, EVENT_CLOSE, EVENT_ALIVE, EVENT_LATER };

struct run {
	struct ppp *p;
	struct timerq timers;
	uint64_t now_ms;
	uint8_t flags;
	bool yes;      /* the answer to the last AUTH */
	bool accepted; /* NETWORK came, after a yes where a method was demanded */
	bool down;
	bool up, up6;
	size_t sent;
	unsigned notes;
};

static void must(bool ok)
{
	if (!ok)
		abort();
}

static void same_random(void *ctx, void *buf, size_t len)
{
	(void)ctx;
	memset(buf, 0x5a, len);
}

static void answer_auth(struct run *x, bool yes)
{
	struct ppp_verdict v = {.ok = yes, .mschap_error = 691, .message = "words"};

	x->yes = yes;
	ppp_verdict(x->p, x->now_ms, &v);
}

static void answer_network(struct run *x)
{
	struct ppp_network n = {.local_ip = 0x0a000001,
				.peer_ip = 0x0a000042,
				.dns = {8, 0},
				.local_iid = 1,
				.peer_iid = x->flags & 0x08 ? 0x42 : 0};

	ppp_set_network(x->p, x->now_ms, &n);
}

static void check_frame(struct run *x, struct bytes f)
{
	must(f.len >= 6 && f.len <= PPP_FRAME_MAX);
	must((size_t)(f.p[4] << 8 | f.p[5]) == f.len - 2);
	x->sent += f.len;
}

/* UP6 and DOWN6 take turns; no network phase, no IPv6. */
static void check_ipv6(struct run *x, const struct ppp_act *a)
{
	bool client = x->flags & 0x10;

	if (a->kind == PPP_ACT_UP6) {
		must(x->flags & 0x80 && !x->up6 && (x->accepted || client));
		must(a->up6.local_iid && a->up6.peer_iid && a->up6.local_iid != a->up6.peer_iid);
		must(client || a->up6.local_iid == 1);
		must(client || !(x->flags & 0x08) || a->up6.peer_iid == 0x42);
		x->up6 = true;
	} else if (a->kind == PPP_ACT_DOWN6) {
		must(x->up6);
		x->up6 = false;
	} else if (a->kind == PPP_ACT_SUSPEND) {
		must(x->up);
		x->up = false;
	} else if (a->kind == PPP_ACT_DOWN || a->kind == PPP_ACT_AUTH) {
		must(!x->up && !x->up6);
	}
}

static void check_action(struct run *x, const struct ppp_act *a)
{
	bool at_once = x->flags & 0x40;

	must(!x->down);
	if (a->kind == PPP_ACT_SEND)
		check_frame(x, a->frame);
	if (a->kind == PPP_ACT_NOTE)
		must(++x->notes <= 80 && strlen(a->note.text) < NOTE_TEXT);
	if (a->kind == PPP_ACT_AUTH) {
		must(a->auth.name.len > 0 && a->auth.name.len <= PPP_NAME_MAX);
		x->yes = x->accepted = false;
		if (at_once)
			answer_auth(x, x->flags & 0x20);
	}
	if (a->kind == PPP_ACT_NETWORK) {
		must(x->yes || !(x->flags & 0x0f));
		x->accepted = true;
		if (at_once)
			answer_network(x);
	}
	if (a->kind == PPP_ACT_UP) {
		must(x->accepted || x->flags & 0x10);
		must(x->flags & 0x10 || a->up.peer_ip == 0x0a000042);
		must(!x->up);
		x->up = true;
	}
	check_ipv6(x, a);
	x->down = a->kind == PPP_ACT_DOWN;
}

static void drain(struct run *x)
{
	const struct ppp_act *a;

	while ((a = ppp_next(x->p)))
		check_action(x, a);
}

static void happen(struct run *x, unsigned event)
{
	if (event == EVENT_TIME || event == EVENT_LATER) {
		x->now_ms += event == EVENT_TIME ? 3000 : 60000;
		timerq_run(&x->timers, x->now_ms, 20);
	} else if (event == EVENT_YES || event == EVENT_NO) {
		answer_auth(x, event == EVENT_YES);
	} else if (event == EVENT_NETWORK) {
		answer_network(x);
	} else if (event == EVENT_CLOSE) {
		ppp_close(x->p, x->now_ms, "admin");
	} else {
		ppp_alive(x->p, x->now_ms);
	}
}

static void feed(struct run *x, struct bytes frame)
{
	uint8_t *copy = malloc(frame.len ? frame.len : 1);
	size_t before = x->sent;

	must(copy != NULL);
	if (frame.len)
		memcpy(copy, frame.p, frame.len);
	ppp_input(x->p, x->now_ms, (struct bytes){copy, frame.len});
	free(copy);
	drain(x);
	must(x->sent - before <= frame.len + 700);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rd r = rd_of(data, size);
	struct run x = {.now_ms = 1000, .flags = rd_u8(&r)};
	struct ppp_config cfg = {
		.role = x.flags & 0x10 ? PPP_CLIENT : PPP_SERVER,
		.auth = x.flags & 0x0f,
		.mru = 1400,
		.echo_s = 10,
		.echo_fail_max = 3,
		.name = "name",
		.password = {(const uint8_t *)"word", x.flags & 0x10 ? 4 : 0},
		.random = same_random,
		.timers = &x.timers,
		.ipv6 = x.flags & 0x80,
	};

	x.p = ppp_new(&cfg);
	must(x.p != NULL);
	ppp_open(x.p, x.now_ms);
	drain(&x);
	while (rd_ok(&r) && rd_left(&r) >= 2) {
		unsigned len = rd_u16(&r);

		if (len >= 0xff00)
			happen(&x, len & 0xff);
		else
			feed(&x, rd_bytes(&r, len < rd_left(&r) ? len : rd_left(&r)));
		drain(&x);
	}
	ppp_free(x.p);
	must(timerq_next_ms(&x.timers) == TIMER_NEVER);
	return 0;
}
