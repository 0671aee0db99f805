/*
 * lcp_framing: Protocol-Field-Compression, Address-and-Control-Field-Compression and
 * the Async-Control-Character-Map, which means nothing where frames are packets.
 *
 * RFC 1661 sections 6.5 and 6.6, RFC 1662 section 7.1. Called through the table of
 * lcp.c.
 */
#include "link.h"

enum cp_answer lcp_judge_accm(struct ppp *p, struct bytes data, struct wr *nak)
{
	(void)p;
	(void)nak;
	return data.len == 4 ? CP_ANSWER_ACK : CP_ANSWER_REJECT;
}

enum cp_answer lcp_judge_pfc(struct ppp *p, struct bytes data, struct wr *nak)
{
	(void)nak;
	p->lcp.scratch.pfc = data.len == 0;
	return data.len == 0 ? CP_ANSWER_ACK : CP_ANSWER_REJECT;
}

void lcp_request_pfc(const struct ppp *p, struct wr *w)
{
	if (p->lcp.ours.pfc_on) {
		wr_u8(w, 7);
		wr_u8(w, 2);
	}
}

bool lcp_refused_pfc(struct ppp *p, uint64_t now_ms)
{
	(void)now_ms;
	p->lcp.ours.pfc_on = false;
	return true;
}

enum cp_answer lcp_judge_acfc(struct ppp *p, struct bytes data, struct wr *nak)
{
	(void)nak;
	p->lcp.scratch.acfc = data.len == 0;
	return data.len == 0 ? CP_ANSWER_ACK : CP_ANSWER_REJECT;
}

void lcp_request_acfc(const struct ppp *p, struct wr *w)
{
	if (p->lcp.ours.acfc_on) {
		wr_u8(w, 8);
		wr_u8(w, 2);
	}
}

bool lcp_refused_acfc(struct ppp *p, uint64_t now_ms)
{
	(void)now_ms;
	p->lcp.ours.acfc_on = false;
	return true;
}
