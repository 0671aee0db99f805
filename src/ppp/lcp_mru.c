/*
 * lcp_mru: the Maximum-Receive-Unit option.
 *
 * RFC 1661 section 6.1. Called through the table of lcp.c.
 */
#include "link.h"

enum cp_answer lcp_judge_mru(struct ppp *p, struct bytes data, struct wr *nak)
{
	struct rd r = rd_of_bytes(data);
	uint16_t mru = rd_u16(&r);

	if (rd_done(&r) && mru >= PPP_MRU_MIN) {
		p->lcp.scratch.mru = mru;
		return CP_ANSWER_ACK;
	}
	wr_u8(nak, 1);
	wr_u8(nak, 4);
	wr_u16(nak, PPP_MRU_MIN);
	return CP_ANSWER_NAK;
}

void lcp_request_mru(const struct ppp *p, struct wr *w)
{
	if (!p->lcp.ours.mru_on)
		return;
	wr_u8(w, 1);
	wr_u8(w, 4);
	wr_u16(w, p->lcp.ours.mru);
}

/* Down is the peer's right, up is ours. */
bool lcp_naked_mru(struct ppp *p, uint64_t now_ms, struct bytes data)
{
	struct rd r = rd_of_bytes(data);
	uint16_t mru = rd_u16(&r);

	(void)now_ms;
	if (rd_done(&r) && mru >= PPP_MRU_MIN && mru <= p->cfg.mru)
		p->lcp.ours.mru = mru;
	return true;
}

bool lcp_rejected_mru(struct ppp *p, uint64_t now_ms)
{
	(void)now_ms;
	p->lcp.ours.mru_on = false;
	return true;
}
