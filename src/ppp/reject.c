/*
 * reject: Protocol-Reject, ours for what is not spoken here and the peer's for what it
 * does not speak.
 *
 * RFC 1661 section 5.7. Called by link and lcp. Each refused protocol is told once in the
 * story; the replies are limited a second.
 */
#include "link.h"

#define PER_SECOND 10

/* What clients are known to try, and what the refusal means to them. At most 16 rows: their
 * bits are signs.told_protocols; the last one stands for every other protocol. */
static const struct {
	uint16_t protocol;
	const char *name;
} known[] = {
	{PROTO_CCP, "CCP (compression and MPPE; IPsec encrypts)"},
	{PROTO_IPV6CP, "IPV6CP (this hub has no IPv6 prefix)"},
	{PROTO_ACSCP, "ACSP (Apple's server protocol; routes are given by DHCPINFORM)"},
	{PROTO_ACSP, "ACSP data"},
	{0x8053, "ECP (encryption; IPsec does it)"},
	{0xc029, "CBCP (callback)"},
	{0xc02b, "BACP (bandwidth allocation)"},
	{0xc02d, "BAP (bandwidth allocation)"},
	{0xc025, "LQR (link quality)"},
	{0xc227, "EAP"},
	{0x003d, "Multilink"},
	{0x8031, "BCP (bridging)"},
	{0x802b, "IPXCP"},
	{0x8281, "MPLSCP"},
	{0, NULL},
};

#define N_KNOWN (sizeof(known) / sizeof(known[0]))
_Static_assert(N_KNOWN <= 16, "one bit each in signs.told_protocols");

static size_t row_of(uint16_t protocol)
{
	size_t i = 0;

	while (known[i].name && known[i].protocol != protocol)
		i++;
	return i;
}

static void tell_once(struct ppp *p, uint16_t protocol)
{
	size_t i = row_of(protocol);
	uint16_t bit = (uint16_t)(1u << i);

	if (p->signs.told_protocols & bit)
		return;
	p->signs.told_protocols |= bit;
	if (known[i].name)
		link_note(p, NOTE_CHOICE, "ppp-protocol-refused", "refused %s", known[i].name);
	else
		link_note(p, NOTE_CHOICE, "ppp-protocol-refused", "refused protocol %04x",
			  protocol);
}

/* Each reply holds what the peer's MRU takes of its frame. */
void reject_protocol(struct ppp *p, uint64_t now_ms, uint16_t protocol, struct bytes payload)
{
	uint8_t buf[CP_BODY_MAX];
	struct wr w = wr_of(buf, sizeof(buf));
	size_t room = p->lcp.theirs.mru < 1500 ? p->lcp.theirs.mru - CP_HEADER : CP_BODY_MAX;

	if (p->reject_second != now_ms / 1000) {
		p->reject_second = now_ms / 1000;
		p->rejects = 0;
	}
	if (p->rejects >= PER_SECOND) {
		link_drop(p, PPP_DROP_RATE);
		return;
	}
	p->rejects++;
	wr_u16(&w, protocol);
	wr_copy(&w, payload.p, payload.len > room - 2 ? room - 2 : payload.len);
	link_send(p, PROTO_LCP, CODE_PROTOCOL_REJECT, link_next_id(p), wr_done(&w));
	quirk_protocol(p, protocol);
	tell_once(p, protocol);
}

/* An essential protocol that the peer does not have ends the link. */
void reject_heard(struct ppp *p, uint64_t now_ms, struct bytes body)
{
	struct rd r = rd_of_bytes(body);
	uint16_t protocol = rd_u16(&r);

	if (!rd_ok(&r) || p->lcp.cp.state != CP_OPENED) {
		link_drop(p, rd_ok(&r) ? PPP_DROP_STATE : PPP_DROP_SHORT);
		return;
	}
	link_note(p, NOTE_INFO, "ppp-protocol-reject", "peer does not speak protocol %04x",
		  protocol);
	if (protocol == PROTO_LCP)
		cp_event(&p->lcp.cp, now_ms, CP_RXJ_MINUS, NULL);
	else if (protocol == PROTO_IPCP)
		link_terminate(p, now_ms, "ipcp-refused");
	else if (protocol == PROTO_IPV6CP)
		cp_event(&p->ipv6cp.cp, now_ms, CP_RXJ_MINUS, NULL);
	else if ((protocol == PROTO_PAP || protocol == PROTO_CHAP) &&
		 p->phase == PHASE_AUTHENTICATE)
		link_terminate(p, now_ms, "auth-refused");
}
