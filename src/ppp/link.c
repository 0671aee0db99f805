/*
 * link: the phases of one link, which protocol may speak in which of them, and the
 * reason why it ends.
 *
 * RFC 1661 section 3 (phases) and 5.7 (unknown protocols). Called by ppp.c and by the
 * protocols. Never looks into a packet.
 */
#include "link.h"

#include <stdarg.h>
#include <stdio.h>

enum protocol_class {
	CLASS_LCP,
	CLASS_AUTH,
	CLASS_IPCP,
	CLASS_IPV6CP,
	CLASS_USER,
	CLASS_OTHER,
	CLASS_COUNT,
};

enum verdict { REJECT_IT, TAKE_IT, DROP_DEAD, DROP_STATE, DROP_EARLY, DROP_USER };

/* Before LCP is open only LCP speaks; before authentication only LCP and the agreed
 * method; what we do not speak is rejected once the network phase begins. The answer to
 * credentials is repeated even while the link ends. */
static const uint8_t admission[PHASE_COUNT][CLASS_COUNT] = {
	[PHASE_DEAD] = {DROP_DEAD, DROP_DEAD, DROP_DEAD, DROP_DEAD, DROP_DEAD, DROP_DEAD},
	[PHASE_ESTABLISH] = {TAKE_IT, DROP_STATE, DROP_EARLY, DROP_EARLY, DROP_EARLY, DROP_EARLY},
	[PHASE_AUTHENTICATE] = {TAKE_IT, TAKE_IT, DROP_EARLY, DROP_EARLY, DROP_EARLY, DROP_EARLY},
	[PHASE_NETWORK] = {TAKE_IT, TAKE_IT, TAKE_IT, TAKE_IT, DROP_USER, REJECT_IT},
	[PHASE_TERMINATE] = {TAKE_IT, TAKE_IT, DROP_STATE, DROP_STATE, DROP_STATE, DROP_STATE},
};

static enum protocol_class class_of(const struct ppp *p, uint16_t protocol)
{
	switch (protocol) {
	case PROTO_LCP:
		return CLASS_LCP;
	case PROTO_PAP:
	case PROTO_CHAP:
		return CLASS_AUTH;
	case PROTO_IPCP:
		return CLASS_IPCP;
	case PROTO_IPV6CP:
		return p->cfg.ipv6 ? CLASS_IPV6CP : CLASS_OTHER;
	case PROTO_IPV4:
	case PROTO_IPV6:
		return CLASS_USER;
	default:
		return CLASS_OTHER;
	}
}

uint8_t link_next_id(struct ppp *p)
{
	return p->next_id++;
}

void link_drop(struct ppp *p, enum ppp_drop why)
{
	if (p->drops[why] < UINT32_MAX)
		p->drops[why]++;
}

/* The last notes of a link's budget are for what explains its end. */
#define NOTES_FOR_THE_END 16

/* A peer cannot fill the log: notes come out of a budget for the link's life. */
void link_note(struct ppp *p, enum note_kind kind, const char *reason, const char *fmt, ...)
{
	char text[NOTE_TEXT];
	va_list ap;

	bool essential = kind == NOTE_REFUSED || kind == NOTE_END;

	if (p->notes_left <= (essential ? 0 : NOTES_FOR_THE_END))
		return;
	p->notes_left--;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	queue_note(p, kind, reason, text);
}

void link_send(struct ppp *p, uint16_t protocol, uint8_t code, uint8_t id, struct bytes body)
{
	uint8_t head[CP_HEADER];
	struct wr w = wr_of(head, sizeof(head));

	if (body.len > CP_BODY_MAX)
		body.len = CP_BODY_MAX;
	wr_u8(&w, code);
	wr_u8(&w, id);
	wr_u16(&w, (uint16_t)(CP_HEADER + body.len));
	queue_frame(p, protocol, wr_done(&w), body);
}

static void lcp_input(struct ppp *p, uint64_t now_ms, struct bytes payload)
{
	struct cp_packet in;

	if (!cp_parse(payload, &in)) {
		link_drop(p, PPP_DROP_SHORT);
		return;
	}
	cp_input(&p->lcp.cp, now_ms, &in);
	lcp_looped(p, now_ms);
}

static void admit(struct ppp *p, uint64_t now_ms, uint16_t protocol, struct bytes payload)
{
	switch (class_of(p, protocol)) {
	case CLASS_LCP:
		lcp_input(p, now_ms, payload);
		break;
	case CLASS_AUTH:
		auth_input(p, now_ms, protocol, payload);
		break;
	case CLASS_IPV6CP:
		p->ipcp.heard = true;
		ipv6cp_input(p, now_ms, payload);
		break;
	default:
		ipcp_input(p, now_ms, payload);
	}
}

void link_receive(struct ppp *p, uint64_t now_ms, struct bytes frame)
{
	uint16_t protocol;
	struct bytes payload;

	p->frames_in++;
	if (!frame_parse(frame, &protocol, &payload)) {
		link_drop(p, PPP_DROP_SHORT);
		return;
	}
	switch (admission[p->phase][class_of(p, protocol)]) {
	case TAKE_IT:
		admit(p, now_ms, protocol, payload);
		break;
	case REJECT_IT:
		p->ipcp.heard = true;
		reject_protocol(p, now_ms, protocol, payload);
		break;
	case DROP_DEAD:
		link_drop(p, PPP_DROP_DEAD);
		break;
	case DROP_EARLY:
		link_drop(p, PPP_DROP_EARLY);
		break;
	case DROP_USER:
		link_drop(p, PPP_DROP_USER);
		break;
	default:
		link_drop(p, PPP_DROP_STATE);
	}
}

void link_terminate(struct ppp *p, uint64_t now_ms, const char *reason)
{
	if (!p->end_reason)
		p->end_reason = reason;
	if (p->phase == PHASE_DEAD) {
		link_finished(p, now_ms);
		return;
	}
	p->phase = PHASE_TERMINATE;
	cp_event(&p->lcp.cp, now_ms, CP_CLOSE, NULL);
}

static const char *why_finished(const struct ppp *p)
{
	if (p->end_reason)
		return p->end_reason;
	if (p->auth.refusals)
		return "auth-failed";
	return p->lcp.cp.heard_terminate ? "peer-terminated" : "lcp-timeout";
}

void link_finished(struct ppp *p, uint64_t now_ms)
{
	if (p->down_reason)
		return;
	auth_stop(p, now_ms);
	echo_stop(p);
	timerq_disarm(p->cfg.timers, &p->auth.timer);
	timerq_disarm(p->cfg.timers, &p->lcp.cp.restart);
	timerq_disarm(p->cfg.timers, &p->ipcp.cp.restart);
	timerq_disarm(p->cfg.timers, &p->ipv6cp.cp.restart);
	p->phase = PHASE_DEAD;
	p->down_reason = why_finished(p);
	if (!p->end_reason && p->auth.refusals)
		link_note(p, NOTE_REFUSED, "auth-failed",
			  "the peer ends the link after its credentials were refused");
	/* DOWN stands in no queue */
	if (p->cfg.ready)
		p->cfg.ready(p->cfg.ready_ctx);
}

void link_established(struct ppp *p, uint64_t now_ms)
{
	bool server = p->cfg.role == PPP_SERVER;
	unsigned method = server ? p->lcp.ours.auth : p->lcp.theirs.auth;

	link_note(p, NOTE_CHOICE, "lcp-open", "LCP is open: authentication %s, peer's MRU %u",
		  ppp_auth_name((enum ppp_auth)method), p->lcp.theirs.mru);
	if (!method) {
		p->phase = PHASE_AUTHENTICATE;
		link_authenticated(p, now_ms);
		return;
	}
	p->phase = PHASE_AUTHENTICATE;
	auth_start(p, now_ms);
}

/* A challenge again in the network phase changes nothing when it is answered. */
void link_authenticated(struct ppp *p, uint64_t now_ms)
{
	if (p->phase != PHASE_AUTHENTICATE)
		return;
	p->phase = PHASE_NETWORK;
	ipcp_start(p, now_ms);
}
