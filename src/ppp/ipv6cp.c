/*
 * ipv6cp: the IPv6 Control Protocol: an interface identifier for each side.
 *
 * RFC 5072 sections 3 and 4 (Interface-Identifier; compression refused). Called by the
 * automaton, by link and by ipcp, which knows when the network phase is ready. The server
 * waits for the peer to begin: a client without IPv6 hears nothing of it. Whatever happens
 * here never ends the link.
 */
#include <string.h>

#include "base/addr.h"
#include "link.h"

#define OPT_INTERFACE_ID  1
#define OPT_COMPRESSION   2
#define OPTION_LEN        10
#define UNIVERSAL_BIT     (UINT64_C(2) << 56) /* RFC 5072 4.1: clear in what is made up */
#define LINK_LOCAL_PREFIX 0xfe80

static uint64_t rd_iid(struct rd *r)
{
	uint64_t high = rd_u32(r);

	return high << 32 | rd_u32(r);
}

static void write_iid(struct wr *w, uint64_t iid)
{
	wr_u8(w, OPT_INTERFACE_ID);
	wr_u8(w, OPTION_LEN);
	wr_u64(w, iid);
}

/* Neither zero nor the one to avoid. */
static uint64_t made_up(struct ppp *p, uint64_t avoid)
{
	uint8_t b[8];
	struct rd r = rd_of(b, sizeof(b));
	uint64_t iid;

	p->cfg.random(p->cfg.random_ctx, b, sizeof(b));
	iid = rd_iid(&r) & ~UNIVERSAL_BIT;
	while (iid == 0 || iid == avoid)
		iid++;
	return iid;
}

static void request_iid(const struct ppp *p, struct wr *w)
{
	write_iid(w, p->ipv6cp.ours);
}

static void suggest(struct ppp *p, struct wr *nak)
{
	const struct ipv6cp *c = &p->ipv6cp;

	write_iid(nak, c->assign ? c->assign : made_up(p, c->ours));
}

static enum cp_answer judge_iid(struct ppp *p, struct bytes data, struct wr *nak)
{
	struct ipv6cp *c = &p->ipv6cp;
	struct rd r = rd_of_bytes(data);
	uint64_t iid = rd_iid(&r);

	c->saw_iid = true;
	if (rd_done(&r) && iid && iid != c->ours && (!c->assign || iid == c->assign)) {
		c->scratch = iid;
		return CP_ANSWER_ACK;
	}
	suggest(p, nak);
	return CP_ANSWER_NAK;
}

/* RFC 5072 4.1: an identifier that is left out is asked for by a Nak. */
static bool missing(struct ppp *p, struct wr *nak)
{
	if (p->ipv6cp.saw_iid)
		return false;
	suggest(p, nak);
	return true;
}

/* A client takes what it is told; the server's own is not for the peer to choose. */
static bool naked_iid(struct ppp *p, uint64_t now_ms, struct bytes data)
{
	struct ipv6cp *c = &p->ipv6cp;
	struct rd r = rd_of_bytes(data);
	uint64_t iid = rd_iid(&r);

	(void)now_ms;
	if (p->cfg.role == PPP_SERVER)
		return true;
	c->ours = rd_done(&r) && iid && iid != c->theirs ? iid : made_up(p, c->theirs);
	return true;
}

static void give_up(struct ppp *p, uint64_t now_ms)
{
	link_note(
		p, NOTE_INFO, "ipv6cp-closed",
		"IPV6CP: no agreement on interface identifiers; the session goes on without IPv6");
	cp_event(&p->ipv6cp.cp, now_ms, CP_CLOSE, NULL);
}

static bool rejected_iid(struct ppp *p, uint64_t now_ms)
{
	give_up(p, now_ms);
	return false;
}

static const struct cp_option options[] = {
	{OPT_INTERFACE_ID, "Interface-Identifier", CP_SHOW_NAME, true, request_iid, judge_iid,
	 naked_iid, rejected_iid},
	{OPT_COMPRESSION, "IPv6-Compression-Protocol", CP_SHOW_NAME, false, NULL, NULL, NULL, NULL},
};

static void begin(struct ppp *p)
{
	p->ipv6cp.scratch = 0;
	p->ipv6cp.saw_iid = false;
}

static void accepted(struct ppp *p)
{
	p->ipv6cp.theirs = p->ipv6cp.scratch;
}

static const char *link_local_text(uint64_t iid, char *buf, size_t cap)
{
	struct ip_addr a = {.family = 6};
	struct wr w = wr_of(a.ip, sizeof(a.ip));

	wr_u16(&w, LINK_LOCAL_PREFIX);
	wr_zero(&w, 6);
	wr_u64(&w, iid);
	return ip_addr_text(&a, buf, cap);
}

static void up(struct ppp *p, uint64_t now_ms)
{
	struct ipv6cp *c = &p->ipv6cp;
	struct ppp_up6 told = {.local_iid = c->ours, .peer_iid = c->theirs};
	char local[IP_ADDR_TEXT], peer[IP_ADDR_TEXT];

	(void)now_ms;
	link_note(p, NOTE_CHOICE, "ipv6cp-up", "IPV6CP: own address %s, peer's %s",
		  link_local_text(c->ours, local, sizeof(local)),
		  link_local_text(c->theirs, peer, sizeof(peer)));
	c->is_up = true;
	queue_up6(p, &told);
}

static void down(struct ppp *p, uint64_t now_ms)
{
	(void)now_ms;
	if (p->ipv6cp.is_up)
		queue_plain(p, PPP_ACT_DOWN6);
	p->ipv6cp.is_up = false;
}

static void finished(struct ppp *p, uint64_t now_ms)
{
	(void)now_ms;
	link_note(p, NOTE_INFO, "ipv6cp-closed",
		  p->ipv6cp.cp.heard_terminate ? "IPV6CP: ended by the peer"
					       : "IPV6CP: not spoken with this peer");
}

const struct cp_ops ipv6cp_ops = {
	.protocol = PROTO_IPV6CP,
	.name = "IPV6CP",
	.options = options,
	.n_options = sizeof(options) / sizeof(options[0]),
	.begin = begin,
	.missing = missing,
	.accepted = accepted,
	.stuck = give_up,
	.up = up,
	.down = down,
	.finished = finished,
};

void ipv6cp_init(struct ppp *p)
{
	cp_init(&p->ipv6cp.cp, p, &ipv6cp_ops);
}

static void open_layer(struct ppp *p, uint64_t now_ms)
{
	struct cp *cp = &p->ipv6cp.cp;

	cp->rounds = 0;
	cp->naks = 0;
	cp->heard_terminate = false;
	cp_event(cp, now_ms, CP_OPEN, NULL);
	cp_event(cp, now_ms, CP_UP, NULL);
}

static void take(struct ppp *p, uint64_t now_ms, const struct cp_packet *in)
{
	struct cp *cp = &p->ipv6cp.cp;

	if (cp->state <= CP_STARTING && in->code == CODE_CONFIGURE_REQUEST)
		open_layer(p, now_ms);
	cp_input(cp, now_ms, in);
}

void ipv6cp_start(struct ppp *p, uint64_t now_ms, const struct ppp_network *n)
{
	struct ipv6cp *c = &p->ipv6cp;
	struct cp_packet in;

	if (!p->cfg.ipv6)
		return;
	c->ready = true;
	c->theirs = 0;
	c->ours = n && n->local_iid ? n->local_iid : made_up(p, n ? n->peer_iid : 0);
	c->assign = n && n->peer_iid != c->ours ? n->peer_iid : 0;
	if (p->cfg.role == PPP_CLIENT)
		open_layer(p, now_ms);
	else if (c->early_len && cp_parse((struct bytes){c->early, c->early_len}, &in))
		take(p, now_ms, &in);
	c->early_len = 0;
}

void ipv6cp_stop(struct ppp *p, uint64_t now_ms)
{
	p->ipv6cp.ready = false;
	p->ipv6cp.early_len = 0;
	cp_event(&p->ipv6cp.cp, now_ms, CP_DOWN, NULL);
}

/* While core finds an address for the peer, the newest request waits. */
static void keep_early(struct ppp *p, const struct cp_packet *in)
{
	struct ipv6cp *c = &p->ipv6cp;

	if (in->code != CODE_CONFIGURE_REQUEST || in->whole.len > sizeof(c->early)) {
		link_drop(p, PPP_DROP_STATE);
		return;
	}
	memcpy(c->early, in->whole.p, in->whole.len);
	c->early_len = (uint8_t)in->whole.len;
}

void ipv6cp_input(struct ppp *p, uint64_t now_ms, struct bytes payload)
{
	struct cp_packet in;

	if (!cp_parse(payload, &in))
		link_drop(p, PPP_DROP_SHORT);
	else if (!p->ipv6cp.ready)
		keep_early(p, &in);
	else
		take(p, now_ms, &in);
}
