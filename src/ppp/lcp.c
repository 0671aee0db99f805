/*
 * lcp: the Link Control Protocol: its options, its codes beyond negotiation, and
 * what its layer events mean to the link.
 *
 * RFC 1661 section 6, RFC 1570 sections 2.1 and 2.2. Called by the
 * automaton and by link. The options are judged in lcp_*.c.
 */
#include <string.h>

#include "base/log.h"
#include "link.h"

#define LOOPS_MAX 5 /* requests with our own magic number in a row */

static const struct cp_option options[] = {
	{1, "MRU", CP_SHOW_DECIMAL, false, lcp_request_mru, lcp_judge_mru, lcp_naked_mru,
	 lcp_rejected_mru},
	{2, "ACCM", CP_SHOW_NAME, false, NULL, lcp_judge_accm, NULL, NULL},
	{3, "authentication", CP_SHOW_AUTH, false, lcp_request_auth, lcp_judge_auth, lcp_naked_auth,
	 lcp_rejected_auth},
	{4, "Quality-Protocol", CP_SHOW_NAME, false, NULL, NULL, NULL, NULL},
	{5, "Magic-Number", CP_SHOW_NAME, false, lcp_request_magic, lcp_judge_magic,
	 lcp_naked_magic, lcp_rejected_magic},
	{7, "PFC", CP_SHOW_NAME, false, lcp_request_pfc, lcp_judge_pfc, NULL, lcp_refused_pfc},
	{8, "ACFC", CP_SHOW_NAME, false, lcp_request_acfc, lcp_judge_acfc, NULL, lcp_refused_acfc},
	{9, "FCS-Alternatives", CP_SHOW_NAME, false, NULL, NULL, NULL, NULL},
	{13, "Callback", CP_SHOW_NAME, false, NULL, NULL, NULL, NULL},
	{17, "MRRU", CP_SHOW_DECIMAL, false, NULL, NULL, NULL, NULL},
	{18, "Short-Sequence-Numbers", CP_SHOW_NAME, false, NULL, NULL, NULL, NULL},
	{19, "Endpoint-Discriminator", CP_SHOW_NAME, false, NULL, NULL, NULL, NULL},
	{23, "Link-Discriminator", CP_SHOW_NAME, false, NULL, NULL, NULL, NULL},
};

static void lcp_begin(struct ppp *p)
{
	p->lcp.scratch = (struct lcp_theirs){.mru = 1500};
}

static void lcp_accepted(struct ppp *p)
{
	p->lcp.theirs = p->lcp.scratch;
}

static void lcp_up(struct ppp *p, uint64_t now_ms)
{
	link_established(p, now_ms);
}

/* What authenticated once binds what may be agreed from now on. */
static void lcp_down(struct ppp *p, uint64_t now_ms)
{
	struct lcp_ours *o = &p->lcp.ours;
	bool ending = p->lcp.cp.state == CP_CLOSING || p->lcp.cp.state == CP_STOPPING;

	if (p->auth.state == AUTH_PASSED && o->auth)
		o->auth_floor &= (uint8_t) ~(o->auth - 1);
	p->phase = ending ? PHASE_TERMINATE : PHASE_ESTABLISH;
	if (!ending)
		link_note(p, NOTE_RETRY, "ppp-renegotiate",
			  "LCP is negotiated again: authentication starts over");
	echo_stop(p);
	ipv6cp_stop(p, now_ms);
	ipcp_stop(p, now_ms);
	auth_stop(p, now_ms);
}

static void lcp_finished(struct ppp *p, uint64_t now_ms)
{
	link_finished(p, now_ms);
}

static void lcp_stuck(struct ppp *p, uint64_t now_ms)
{
	link_note(p, NOTE_REFUSED, "lcp-loop", "LCP: the peer negotiates without end");
	link_terminate(p, now_ms, "lcp-loop");
}

void lcp_looped(struct ppp *p, uint64_t now_ms)
{
	if (p->lcp.loops < LOOPS_MAX)
		return;
	p->lcp.loops = 0;
	link_note(p, NOTE_REFUSED, "lcp-loopback", "our own frames come back");
	link_terminate(p, now_ms, "lcp-loopback");
}

static bool printable(struct bytes b)
{
	for (size_t i = 0; i < b.len; i++)
		if (b.p[i] < 0x20 || b.p[i] > 0x7e)
			return false;
	return b.len > 0;
}

/* RFC 1570 2.1: told, never answered. Windows also sends a binary one. */
static void identification(struct ppp *p, struct bytes body)
{
	struct rd r = rd_of_bytes(body);
	char who[NOTE_TEXT - 40];
	struct bytes text;

	rd_skip(&r, 4);
	text = rd_rest(&r);
	quirk_identification(p, text);
	if (printable(text))
		link_note(p, NOTE_INFO, "ppp-identification", "peer calls itself %s",
			  log_quote(text.p, text.len, who, sizeof(who)));
}

static bool lcp_extra(struct ppp *p, uint64_t now_ms, const struct cp_packet *in)
{
	switch (in->code) {
	case CODE_PROTOCOL_REJECT:
		reject_heard(p, now_ms, in->body);
		return true;
	case CODE_ECHO_REQUEST:
	case CODE_ECHO_REPLY:
	case CODE_DISCARD_REQUEST:
		echo_input(p, now_ms, in);
		return true;
	case CODE_IDENTIFICATION:
		identification(p, in->body);
		return true;
	case CODE_TIME_REMAINING:
		return true;
	default:
		return false;
	}
}

const struct cp_ops lcp_ops = {
	.protocol = PROTO_LCP,
	.name = "LCP",
	.options = options,
	.n_options = sizeof(options) / sizeof(options[0]),
	.begin = lcp_begin,
	.accepted = lcp_accepted,
	.extra = lcp_extra,
	.stuck = lcp_stuck,
	.up = lcp_up,
	.down = lcp_down,
	.finished = lcp_finished,
};

void lcp_init(struct ppp *p)
{
	struct lcp_ours *o = &p->lcp.ours;

	cp_init(&p->lcp.cp, p, &lcp_ops);
	lcp_begin(p);
	lcp_accepted(p);
	o->mru = p->cfg.mru;
	o->mru_on = o->magic_on = o->pfc_on = o->acfc_on = true;
	o->auth_left = o->auth_floor = (uint8_t)p->cfg.auth;
	if (p->cfg.role == PPP_SERVER)
		o->auth = (uint8_t)lcp_strongest_auth(p->cfg.auth);
	lcp_new_magic(p);
}
