/*
 * dial_ping: the proof that a server works: connects, pings through the tunnel, hangs up.
 * No interface, no route: nothing of this machine is touched. Called by dial_command();
 * ./quickstart ends with it.
 */
#include <stdio.h>

#include "command.h"
#include "dial.h"
#include "lac/echo.h"

#define PING_WAIT_MS 2000
#define WARM_UP_MS   1000 /* a server may announce itself before its own side is ready */
#define PING_DATA    56
#define ECHO_MAX     1500

struct pinger {
	struct dial_call call;
	uint16_t seq; /* of the ping that is out */
	bool answered;
};

/* Answers an echo request to us, notes the answer to our own. */
static void take_packet(void *ctx, struct bytes packet)
{
	struct pinger *p = ctx;
	uint8_t reply[ECHO_HEADERS + ECHO_MAX];
	struct echo e;
	size_t len;

	if (!echo_parse(packet, &e) || e.dst != p->call.up.local_ip)
		return;
	if (e.type == ECHO_REPLY) {
		p->answered |= e.intact && e.seq == p->seq;
	} else if (e.size <= ECHO_MAX) {
		e = (struct echo){.type = ECHO_REPLY,
				  .seq = e.seq,
				  .src = e.dst,
				  .dst = e.src,
				  .size = e.size};
		len = echo_build(reply, &e);
		lac_send(call_lac(p->call.call), call_now_ms(), (struct bytes){reply, len});
	}
}

static bool ping_once(struct pinger *p, struct dial_signals *s, uint32_t to, uint64_t wait_ms,
		      uint64_t *rtt_us)
{
	struct echo e = {.type = ECHO_REQUEST,
			 .seq = ++p->seq,
			 .src = p->call.up.local_ip,
			 .dst = to,
			 .size = PING_DATA};
	uint8_t out[ECHO_HEADERS + PING_DATA];
	size_t len = echo_build(out, &e);
	uint64_t begin = call_now_us(), end = begin / 1000 + wait_ms;

	p->answered = false;
	lac_send(call_lac(p->call.call), call_now_ms(), (struct bytes){out, len});
	while (!p->answered && call_now_ms() < end && !p->call.is_down && !s->stop)
		dial_turn(&p->call, s, end, NULL, 0);
	*rtt_us = call_now_us() - begin;
	return p->answered;
}

/* Until the first answer, which is not counted, or a second is over. */
static void warm_up(struct pinger *p, struct dial_signals *s, uint32_t to)
{
	uint64_t end = call_now_ms() + WARM_UP_MS, rtt_us;

	while (call_now_ms() < end && !p->call.is_down && !s->stop &&
	       !ping_once(p, s, to, WARM_UP_MS / 4, &rtt_us))
		;
}

static int ping(struct pinger *p, struct dial_signals *s)
{
	const struct dial_options *o = p->call.opt;
	struct ip_addr to = ip4_addr(o->ping ? o->ping : p->call.up.peer_ip);
	unsigned answered = 0;
	uint64_t sum_us = 0, rtt_us;
	char ip[IP_ADDR_TEXT];

	if (!o->count)
		return 0;
	warm_up(p, s, ip4_of(&to));
	for (unsigned i = 0; i < o->count && !p->call.is_down && !s->stop; i++) {
		if (!ping_once(p, s, ip4_of(&to), PING_WAIT_MS, &rtt_us))
			continue;
		answered++;
		sum_us += rtt_us;
	}
	printf("ping %s: %u of %u", ip_addr_text(&to, ip, sizeof(ip)), answered, o->count);
	if (answered)
		printf(", %.1f ms", (double)sum_us / answered / 1000);
	printf("\n");
	fflush(stdout);
	if (answered == o->count)
		return 0;
	if (p->call.is_down)
		return dial_say_failure(&p->call);
	fprintf(stderr, "failed: %s does not answer every ping through the tunnel\n", ip);
	return EXIT_FAILED;
}

int dial_ping(const struct dial_options *o, struct dial_signals *s)
{
	struct pinger p = {.call = {.opt = o, .ctx = &p, .packet = take_packet}};
	int rc;

	if (!dial_look_up(&p.call) || !dial_begin(&p.call))
		return EXIT_FAILED;
	rc = dial_connect(&p.call, s) ? ping(&p, s) : dial_say_failure(&p.call);
	dial_end(&p.call, s);
	if (rc == 0)
		printf("hung up\n");
	return rc;
}
