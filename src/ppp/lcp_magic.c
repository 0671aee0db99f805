/*
 * lcp_magic: the Magic-Number option and what it is for: to notice a looped link.
 *
 * RFC 1661 section 6.4. Called through the table of lcp.c.
 */
#include "link.h"

void lcp_new_magic(struct ppp *p)
{
	uint8_t b[4];
	struct rd r = rd_of(b, sizeof(b));

	p->cfg.random(p->cfg.random_ctx, b, sizeof(b));
	p->lcp.ours.magic = rd_u32(&r);
	if (p->lcp.ours.magic == 0)
		p->lcp.ours.magic = 1;
}

static void write_magic(struct wr *w, uint32_t magic)
{
	wr_u8(w, 5);
	wr_u8(w, 6);
	wr_u32(w, magic);
}

/* A magic number equal to ours is a loop or a coincidence: a Nak with another number
 * tells them apart, alone, because a looped link brings our refusals of our own options
 * back to us. Zero is not allowed (6.4). */
enum cp_answer lcp_judge_magic(struct ppp *p, struct bytes data, struct wr *nak)
{
	struct rd r = rd_of_bytes(data);
	uint32_t magic = rd_u32(&r);
	bool own = p->lcp.ours.magic_on && magic == p->lcp.ours.magic;
	uint8_t other[4];

	if (!rd_done(&r))
		return CP_ANSWER_REJECT;
	if (!own && magic) {
		p->lcp.loops = 0;
		p->lcp.scratch.magic = magic;
		return CP_ANSWER_ACK;
	}
	p->lcp.loops = (uint8_t)(p->lcp.loops + own);
	p->cfg.random(p->cfg.random_ctx, other, sizeof(other));
	r = rd_of(other, sizeof(other));
	write_magic(nak, rd_u32(&r) | 1);
	return own ? CP_ANSWER_NAK_ALONE : CP_ANSWER_NAK;
}

void lcp_request_magic(const struct ppp *p, struct wr *w)
{
	if (p->lcp.ours.magic_on)
		write_magic(w, p->lcp.ours.magic);
}

bool lcp_naked_magic(struct ppp *p, uint64_t now_ms, struct bytes data)
{
	(void)now_ms;
	(void)data;
	lcp_new_magic(p);
	return true;
}

bool lcp_rejected_magic(struct ppp *p, uint64_t now_ms)
{
	(void)now_ms;
	p->lcp.ours.magic_on = false;
	return true;
}
