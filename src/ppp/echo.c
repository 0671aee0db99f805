/*
 * echo: LCP Echo-Request, Echo-Reply and Discard-Request, and the keepalive that is
 * made of them.
 *
 * RFC 1661 section 5.8 and 5.9. Called by lcp (packets), link (start, stop) and the
 * timer queue. Sends nothing while packets pass.
 */
#include "base/list.h"
#include "link.h"

static void send_request(struct ppp *p)
{
	uint8_t buf[4];
	struct wr w = wr_of(buf, sizeof(buf));

	p->echo.id = link_next_id(p);
	wr_u32(&w, p->lcp.ours.magic_on ? p->lcp.ours.magic : 0);
	link_send(p, PROTO_LCP, CODE_ECHO_REQUEST, p->echo.id, wr_done(&w));
}

/* The timer is not moved by every packet: when it fires it looks how long the silence
 * has been. */
static void on_timer(struct timer *t, uint64_t now_ms)
{
	struct echo *e = list_entry(t, struct echo, timer);
	struct ppp *p = list_entry(e, struct ppp, echo);
	uint64_t interval_ms = (uint64_t)p->cfg.echo_s * 1000;

	if (e->unanswered == 0 && now_ms < e->alive_ms + interval_ms) {
		timerq_arm(p->cfg.timers, t, e->alive_ms + interval_ms);
		return;
	}
	if (e->unanswered >= p->cfg.echo_fail_max) {
		link_note(p, NOTE_END, "echo-timeout", "%u LCP echoes went unanswered",
			  e->unanswered);
		link_terminate(p, now_ms, "echo-timeout");
		return;
	}
	e->unanswered++;
	send_request(p);
	timerq_arm(p->cfg.timers, t, now_ms + interval_ms);
}

void echo_init(struct ppp *p)
{
	p->echo.timer.fire = on_timer;
}

void echo_start(struct ppp *p, uint64_t now_ms)
{
	p->echo.alive_ms = now_ms;
	p->echo.unanswered = 0;
	if (p->cfg.echo_s)
		timerq_arm(p->cfg.timers, &p->echo.timer, now_ms + (uint64_t)p->cfg.echo_s * 1000);
}

void echo_stop(struct ppp *p)
{
	timerq_disarm(p->cfg.timers, &p->echo.timer);
}

void echo_alive(struct ppp *p, uint64_t now_ms)
{
	p->echo.alive_ms = now_ms;
	p->echo.unanswered = 0;
}

static void answer_request(struct ppp *p, uint64_t now_ms, const struct cp_packet *in,
			   struct bytes data)
{
	uint8_t buf[CP_BODY_MAX];
	struct wr w = wr_of(buf, sizeof(buf));
	struct cp_reply reply = {.id = in->id};

	wr_u32(&w, p->lcp.ours.magic_on ? p->lcp.ours.magic : 0);
	wr_bytes(&w, data);
	if (!wr_ok(&w) || w.len + CP_HEADER > p->lcp.theirs.mru) {
		link_drop(p, PPP_DROP_QUEUE);
		return;
	}
	reply.body = wr_done(&w);
	cp_event(&p->lcp.cp, now_ms, CP_RXR, &reply);
}

void echo_input(struct ppp *p, uint64_t now_ms, const struct cp_packet *in)
{
	struct rd r = rd_of_bytes(in->body);
	uint32_t magic = rd_u32(&r);
	bool own = p->lcp.ours.magic_on && magic == p->lcp.ours.magic;

	if (!rd_ok(&r)) {
		link_drop(p, PPP_DROP_SHORT);
		return;
	}
	if (p->lcp.cp.state != CP_OPENED) {
		link_drop(p, PPP_DROP_STATE);
		return;
	}
	if (own) {
		link_drop(p, PPP_DROP_LOOPED);
		p->lcp.loops++;
		return;
	}
	if (in->code == CODE_ECHO_REQUEST)
		answer_request(p, now_ms, in, rd_rest(&r));
	p->lcp.loops = 0;
	echo_alive(p, now_ms);
}
